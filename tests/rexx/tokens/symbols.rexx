/* Symbols: upper-cased, constant when they start with a digit or a period. */

say hello Hello HELLO                    /* expect: HELLO HELLO HELLO */
fred = 3; say Fred FRED fred             /* expect: 3 3 3 */
say 3abc .5 1.5.2 .5x .                  /* expect: 3ABC .5 1.5.2 .5X . */
a_b = 1; c?d = 2; e!f = 3; ?g = 4; !h = 5; _i = 6
say a_b c?d e!f ?g !h _i                 /* expect: 1 2 3 4 5 6 */
say 1e5 1E+5 1e-5                        /* expect: 1E5 1E+5 1E-5 */
say 1e5+1                                /* expect: 100001 */
say 12e+3 12E+3+0                        /* expect: 12E+3 12000 */
e = 2; say 1e +3                         /* expect error: 41.1 */
say 1.5e+2+1 .5e+1+1                     /* expect: 151 6 */
e = 5; say 3*e+2                         /* expect: 17 */
x1.2.3 = 'deep'; say x1.2.3 X1.2.3       /* expect: deep deep */
say 1x                                   /* expect: 1X */
if = 1; then = 2; do = 3; end = 4; say if then do end /* expect: 1 2 3 4 */

/* The letters of CMS. */
/* level: cms */
@a = 1; #b = 2; $c = 3; say @a #b $c     /* expect: 1 2 3 */

/* Behind a period they are reserved in the standard (reserved.rexx). */
/* level: cms */
say .x .rc                               /* expect: .X .RC */

3x = 5                                   /* expect error: 31.2 */
5 = 5                                    /* expect error: 31.1 */
.x = 5                                   /* expect error: 31.3 */
1e5 = 2                                  /* expect error: 31.1 */
say a{b                                  /* expect error: 13.1 */
say [a]                                  /* expect error: 13.1 */
say `a`                                  /* expect error: 13.1 */
