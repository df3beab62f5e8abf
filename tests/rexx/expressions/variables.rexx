/* Variables: unset ones are their names; values are characters and stay as they were made. */

say unset Unset.1 unset.                 /* expect: UNSET UNSET.1 UNSET. */
x = 007; say x x + 0                     /* expect: 007 7 */
x = '  spaced  '; say '['||x||']'            /* expect: [  spaced  ] */
x = 1.50; say x x * 1                    /* expect: 1.50 1.50 */
x = 'a'; y = x; x = 'b'; say x y         /* expect: b a */
a = 1; a = a + a; a = a + a; say a       /* expect: 4 */
x.1 = 'i'; x.01 = 'ii'; say x.1 x.01     /* expect: i ii */
n = 1; x.n = 'iii'; say x.1              /* expect: iii */
n = '1 '; x.n = 'iv'; say x.1            /* expect: iii */
x = ''; say '['||x||']' length(x)            /* expect: [] 0 */
_ = 'underscore'; say _                  /* expect: underscore */
say (x = '') (x == '')                   /* expect: 1 1 */
stem. = 'd'; stem.a.b = 'e'; a = 'A'; say stem.a.b stem.a stem.c.d /* expect: d d d */
v = 'V'; v = v||v; v = v||v; say v       /* expect: VVVV */
