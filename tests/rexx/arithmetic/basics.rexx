/* Addition, subtraction and multiplication: trailing zeros stay, results are rounded to DIGITS. */

say 2 + 3                                /* expect: 5 */
say 12 + 7.00                            /* expect: 19.00 */
say 1.3 - 1.07                           /* expect: 0.23 */
say 1.3 - 2.07                           /* expect: -0.77 */
say 1.30 - 1.3                           /* expect: 0 */
say 1.20 * 3                             /* expect: 3.60 */
say 7 * 3                                /* expect: 21 */
say 0.9 * 0.8                            /* expect: 0.72 */
say 1.10 * 1.10                          /* expect: 1.2100 */
say 0 * 1.50                             /* expect: 0 */
say 5 * 0.00                             /* expect: 0 */
say -3 * 2                               /* expect: -6 */
say -0                                   /* expect: 0 */
say +007                                 /* expect: 7 */
say -0.0                                 /* expect: 0 */
say 0.00 + 0                             /* expect: 0 */
say 1.00 + 0                             /* expect: 1.00 */
say 999999999 + 1                        /* expect: 1.00000000E+9 */
say 123456789 * 10                       /* expect: 1.23456789E+9 */
say 123456789 * 11                       /* expect: 1.35802468E+9 */
say 999999999 * 999999999                /* expect: 9.99999998E+17 */
say 123456789 + 0.1                      /* expect: 123456789 */
say 123456789 + 0.5                      /* expect: 123456790 */
say 123456789 + 0.49                     /* expect: 123456789 */
say 123456788.6 + 0                      /* expect: 123456789 */
say 1 - 1e-10                            /* expect: 1.00000000 */
say 1e10 + 1                             /* expect: 1.00000000E+10 */
say 1e100 + 1                            /* expect: 1.00000000E+100 */
say 1e100 + 0                            /* expect: 1E+100 */
say 0 + 1e-10                            /* expect cms: 0.0000000001 */ /* expect ansi: 1E-10 */
say 0 - 5                                /* expect: -5 */
say '5' + '  6  '                        /* expect: 11 */
say '- 5' + 6                            /* expect: 1 */
say '+5.' - '.5'                         /* expect: 4.5 */
say 1.5e3 + 1                            /* expect: 1501 */
say .1 + .2                              /* expect: 0.3 */
say 1e2 * 1e3                            /* expect: 100000 */
say 100 - 99.99                          /* expect: 0.01 */

numeric digits 5
say 12345 + 0.6                          /* expect: 12346 */
say 99999 + 1                            /* expect: 1.0000E+5 */
say 12345 * 3                            /* expect: 37035 */
say 54321 * 3                            /* expect: 1.6296E+5 */
say 123456 + 0                           /* expect: 1.2346E+5 */
say 123455 + 0 123454 + 0                /* expect: 1.2346E+5 1.2345E+5 */
say 1234567 - 1234500                    /* expect: 0 */
say 12345.67 * 1                         /* expect: 12346 */

numeric digits 3
say 12.3 + 4.56                          /* expect: 16.9 */
say 100 + 0.5                            /* expect: 101 */
say 99.95 + 0                            /* expect: 100 */
say 1.005 * 1                            /* expect: 1.01 */

numeric digits 20
say 12345678901234567890 + 1             /* expect: 12345678901234567891 */
say 99999999999999999999 + 1             /* expect: 1.0000000000000000000E+20 */
say 1 / 3                                /* expect: 0.33333333333333333333 */
say 2 ** 64                              /* expect: 18446744073709551616 */
say 9999999999 * 9999999999              /* expect: 99999999980000000001 */

numeric digits 1
say 9 + 1                                /* expect: 1E+1 */
say 5 + 4                                /* expect: 9 */
say 15 * 1                               /* expect: 2E+1 */
say 1 / 3                                /* expect: 0.3 */
