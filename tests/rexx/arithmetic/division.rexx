/* Division: trailing zeros go; integer division and remainder. */

say 2 / 3                                /* expect: 0.666666667 */
say 1 / 3                                /* expect: 0.333333333 */
say 5 / 2                                /* expect: 2.5 */
say 1 / 10                               /* expect: 0.1 */
say 12 / 12                              /* expect: 1 */
say 8.0 / 2                              /* expect: 4 */
say 2.40 / 2                             /* expect: 1.2 */
say 1000 / 100                           /* expect: 10 */
say 1000 / 1                             /* expect: 1000 */
say 2.4E6 / 2                            /* expect: 1200000 */
say 0 / 5                                /* expect: 0 */
say -7 / 2                               /* expect: -3.5 */
say 1 / 7                                /* expect: 0.142857143 */
say 1 / 1e9                              /* expect ansi: 1E-9 */ /* expect cms: 0.000000001 */
say 1e9 / 1                              /* expect: 1E+9 */
say 10 / 3 * 3                           /* expect: 9.99999999 */
say 123456789 / 10                       /* expect: 12345678.9 */

say 5 % 2                                /* expect: 2 */
say 2.4 % 0.5                            /* expect: 4 */
say -7 % 2                               /* expect: -3 */
say 7 % -2                               /* expect: -3 */
say 1 % 3                                /* expect: 0 */
say 0 % 3                                /* expect: 0 */
say 10 % 3 10 // 3                       /* expect: 3 1 */
say 2.1 // 3                             /* expect: 2.1 */
say 10 // 0.3                            /* expect: 0.1 */
say 3.6 // 1.3                           /* expect: 1.0 */
say -7 // 2                              /* expect: -1 */
say 7 // -2                              /* expect: 1 */
say 7 // 7                               /* expect: 0 */
say 5.50 // 1                            /* expect: 0.50 */
say 0 // 5                               /* expect: 0 */
say 1e9 // 7                             /* expect: 6 */
say 999999999 % 1                        /* expect: 999999999 */
say 1e-5 % 1                             /* expect: 0 */

say 1 / 0                                /* expect error: 42.3 */
say 0 / 0                                /* expect error: 42.3 */
say 1 % 0                                /* expect error: 42.3 */
say 1 // 0                               /* expect error: 42.3 */
say 1 / 0.00                             /* expect error: 42.3 */
say 1e9 % 1                              /* expect error: 26.11 */
say 1e9 // 1                             /* expect error: 26.12 */
say 1234567890 % 1                       /* expect error: 26.11 */
say 1 / 'x'                              /* expect error: 41.2 */
say '' / 1                               /* expect error: 41.1 */

numeric digits 3
say 1000 / 3                             /* expect: 333 */
say 2 / 3                                /* expect: 0.667 */
say 999 % 1                              /* expect: 999 */
say 12345 // 1e4                         /* expect: 2.34E+3 */

numeric digits 3
say 1000 % 1                             /* expect error: 26.11 */
