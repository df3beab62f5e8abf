/* Logical operators take 0 and 1 only; both sides are evaluated. */

say (1 & 1) (1 & 0) (0 & 1) (0 & 0)      /* expect: 1 0 0 0 */
say (1 | 1) (1 | 0) (0 | 1) (0 | 0)      /* expect: 1 1 1 0 */
say (1 && 1) (1 && 0) (0 && 1) (0 && 0)  /* expect: 0 1 1 0 */
say (\1) (\0) (\\1)                      /* expect: 0 1 1 */
say (1 = 1) & (2 > 1)                    /* expect: 1 */
say f(0) & f(1)                          /* expect each: called 0 | called 1 | 0 */
say f(1) | f(0)                          /* expect each: called 1 | called 0 | 1 */
exit
f: say 'called' arg(1); return arg(1)

say 2 & 1                                /* expect error: 34.5 */
say 1 & 2                                /* expect error: 34.6 */
say 'x' | 1                              /* expect error: 34.5 */
say 0 | 'x'                              /* expect error: 34.6 */
say 1 | ''                               /* expect error: 34.6 */
say '' && 1                              /* expect error: 34.5 */
say 1.0 & 1                              /* expect error: 34.5 */
say ' 1' & 1                             /* expect error: 34.5 */
say '01' | 0                             /* expect error: 34.5 */
say 1 && 10                              /* expect error: 34.6 */
say \2                                   /* expect error: 34.6 */
say \'a'                                 /* expect error: 34.6 */
say \''                                  /* expect error: 34.6 */
