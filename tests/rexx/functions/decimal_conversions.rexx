/* C2D, D2C, D2X, X2D: to and from decimal, with a length as two's complement. */

say c2d('09'x)                           /* expect: 9 */
say c2d('81'x)                           /* expect: 129 */
say c2d('FF81'x)                         /* expect: 65409 */
say c2d('')                              /* expect: 0 */
say c2d('a')                             /* expect: 97 */
say c2d('81'x, 1)                        /* expect: -127 */
say c2d('81'x, 2)                        /* expect: 129 */
say c2d('FF81'x, 2)                      /* expect: -127 */
say c2d('FF81'x, 1)                      /* expect: -127 */
say c2d('FF7F'x, 1)                      /* expect: 127 */
say c2d('F081'x, 2)                      /* expect: -3967 */
say c2d('F081'x, 1)                      /* expect: -127 */
say c2d('0031'x, 0)                      /* expect: 0 */
say c2d('', 5)                           /* expect: 0 */
say c2d('3B9AC9FF'x)                     /* expect: 999999999 */

say c2d()                                /* expect error: 40.3 */
say c2d('a', 1, 1)                       /* expect error: 40.4 */
say c2d('a', -1)                         /* expect error: 40.13 */
say c2d('a', 'x')                        /* expect error: 40.12 */
say c2d('3B9ACA00'x)                     /* expect error: 40.35 */
say c2d('FFFFFFFFFF'x)                   /* expect error: 40.35 */

say c2x(d2c(9))                          /* expect: 09 */
say c2x(d2c(129))                        /* expect: 81 */
say c2x(d2c(129, 1))                     /* expect: 81 */
say c2x(d2c(129, 2))                     /* expect: 0081 */
say c2x(d2c(257, 1))                     /* expect: 01 */
say c2x(d2c(-127, 1))                    /* expect: 81 */
say c2x(d2c(-127, 2))                    /* expect: FF81 */
say c2x(d2c(-1, 4))                      /* expect: FFFFFFFF */
say '['d2c(12, 0)']'                     /* expect: [] */
say c2x(d2c(0, 2))                       /* expect: 0000 */
say c2x(d2c(-257, 1))                    /* expect: FF */
say c2x(d2c('12.0'))                     /* expect: 0C */
say c2x(d2c(65536))                      /* expect: 010000 */
say c2x(d2c(' 7 '))                      /* expect: 07 */

say d2c()                                /* expect error: 40.3 */
say d2c(1, 1, 1)                         /* expect error: 40.4 */
say d2c(-1)                              /* expect error: 40.13 */
say d2c(1.5)                             /* expect error: 40.12 */
say d2c('x')                             /* expect error: 40.12 */
say d2c(1, -1)                           /* expect error: 40.13 */
say d2c(12345678901)                     /* expect error: 40.12 */

say d2x(9)                               /* expect: 9 */
say d2x(129)                             /* expect: 81 */
say d2x(129, 1)                          /* expect: 1 */
say d2x(129, 2)                          /* expect: 81 */
say d2x(129, 4)                          /* expect: 0081 */
say d2x(257, 2)                          /* expect: 01 */
say d2x(-127, 2)                         /* expect: 81 */
say d2x(-127, 4)                         /* expect: FF81 */
say '['d2x(12, 0)']'                     /* expect: [] */
say d2x(255)                             /* expect: FF */
say d2x(-1, 3)                           /* expect: FFF */
say d2x(999999999)                       /* expect: 3B9AC9FF */

say d2x()                                /* expect error: 40.3 */
say d2x(-1)                              /* expect error: 40.13 */
say d2x(0.5)                             /* expect error: 40.12 */
say d2x('')                              /* expect error: 40.12 */
say d2x(1, -1)                           /* expect error: 40.13 */
say d2x(1, 'x')                          /* expect error: 40.12 */

say x2d('0E')                            /* expect: 14 */
say x2d('81')                            /* expect: 129 */
say x2d('F81')                           /* expect: 3969 */
say x2d('FF81')                          /* expect: 65409 */
say x2d('46 30'X)                        /* expect: 240 */
say x2d('66 30'X)                        /* expect: 240 */
say x2d('')                              /* expect: 0 */
say x2d('81', 2)                         /* expect: -127 */
say x2d('81', 4)                         /* expect: 129 */
say x2d('F081', 4)                       /* expect: -3967 */
say x2d('F081', 3)                       /* expect: 129 */
say x2d('F081', 2)                       /* expect: -127 */
say x2d('F081', 1)                       /* expect: 1 */
say x2d('0031', 0)                       /* expect: 0 */
say x2d('f', 1)                          /* expect: -1 */
say x2d('8', 1)                          /* expect: -8 */

say x2d()                                /* expect error: 40.3 */
say x2d('G')                             /* expect error: 40.25 */
say x2d('1 1')                           /* expect error: 40.25 */
say x2d('1', -1)                         /* expect error: 40.13 */
say x2d('1', 'x')                        /* expect error: 40.12 */
say x2d('3B9ACA00')                      /* expect error: 40.35 */
say x2d('FFFFFFFFFFFF')                  /* expect error: 40.35 */

numeric digits 20
say x2d('FFFFFFFFFFFFFFFF')              /* expect: 18446744073709551615 */
say d2x(18446744073709551615)            /* expect: FFFFFFFFFFFFFFFF */
say x2d('FFFFFFFFFFFFFFFF', 16)          /* expect: -1 */
say c2d('8000000000000000'x, 8)          /* expect: -9223372036854775808 */
