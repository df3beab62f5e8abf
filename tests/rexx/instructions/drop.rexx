/* DROP: variables become unset. */

x = 1; y = 2; drop x; say x y            /* expect: X 2 */
x = 1; drop x y; say x y                 /* expect: X Y */
drop nothing; say nothing                /* expect: NOTHING */
a. = 0; a.1 = 1; drop a.1; say a.1 a.2   /* expect: A.1 0 */
drop a.; say a.1 a.2                     /* expect: A.1 A.2 */
i = 5; b.5 = 'x'; drop b.i; say b.5 i    /* expect: B.5 5 */
x = 1; y = 2; names = 'x Y'; drop (names); say x y names /* expect: X Y x Y */
x = 1; n = 'x'; drop (n) n; say x n      /* expect: X N */
c.1 = 1; n = 'c.'; drop (n); say c.1     /* expect: C.1 */
n = ''; drop (n); say 'ok'               /* expect: ok */
x = 1; x = ; drop x; say symbol('x')     /* expect: LIT */

drop                                     /* expect error: 20.1 */
drop 3                                   /* expect error: 20.1 */
drop 'x'                                 /* expect error: 20.1 */
drop x 3y                                /* expect error: 20.1 */
drop (x                                  /* expect error: 46.1 */
drop (3)                                 /* expect error: 20.1 */
drop ()                                  /* expect error: 20.1 */
drop x + y                               /* expect error: 20.1 */
n = '3x'; drop (n)                       /* expect error: 20.1 */
n = 'a*b'; drop (n)                      /* expect error: 20.1 */
