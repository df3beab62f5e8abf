/* Expressions that are none. */

say 1 +                                  /* expect error: 35.1 */
say * 2                                  /* expect error: 35.1 */
say 1 * / 2                              /* expect error: 35.1 */
say 1 = = = 2                            /* expect error: 35.1 */
say 1 & | 0                              /* expect error: 35.1 */
say ()                                   /* expect error: 35.1 */
say 1 + ()                               /* expect error: 35.1 */
say 1 ||                                 /* expect error: 35.1 */
say \                                    /* expect error: 35.1 */
say -                                    /* expect error: 35.1 */
x = 1 +                                  /* expect error: 35.1 */
if 1 + then say 'x'                      /* expect error: 35.1 */
call f 1 +                               /* expect error: 35.1 */
say max(1 +)                             /* expect error: 35.1 */
say 5 \ 6                                /* expect error: 35.1 */
say 5 5 * * * 5                          /* expect error: 35.1 */
return 1 *                               /* expect error: 35.1 */
say 'a' 'b' +                            /* expect error: 35.1 */

/* An assignment of nothing is an assignment of the null string. */
x =
say '['||x']'                            /* expect: [] */
x = 1; x = ; say '['||x']'               /* expect: [] */
