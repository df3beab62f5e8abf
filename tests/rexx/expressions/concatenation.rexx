/* Concatenation: with one blank, without, by abuttal; values keep their characters. */

a = 1; b = 'x'
say a b                                  /* expect: 1 x */
say a    b                               /* expect: 1 x */
say a||b                                 /* expect: 1x */
say a'-'||b                              /* expect: 1-x */
say 'A'||b||'C'                          /* expect: AxC */
say a || b                               /* expect: 1x */
say (a)(b)                               /* expect: 1x */
say (a) (b)                              /* expect: 1 x */
say a(b)                                 /* expect error: 43.1 */
say 007 1.0 1e1                          /* expect: 007 1.0 1E1 */
say 007 + 0 1.0 + 0 1e1 + 0              /* expect: 7 1.0 10 */
say '' || ''                             /* expect:  */
say '['||'' ''||']'                      /* expect: [ ] */
x.1 = 'one'; i = 1
say x.i'+'                               /* expect: one+ */
say 3'4' + 1                             /* expect: 35 */
f = 'var'; say f (3)                     /* expect: var 3 */
say 'abc'('d')                           /* expect error: 43.1 */
