/* MAX and MIN. */

say max(12, 6, 7, 9)                     /* expect: 12 */
say max(17.3, 19, 17.03)                 /* expect: 19 */
say max(-7, -3, -4.3)                    /* expect: -3 */
say max(1)                               /* expect: 1 */
say max(1, 1.0)                          /* expect: 1 */
say max(1.0, 1)                          /* expect: 1.0 */
say max(' 5 ', 4)                        /* expect: 5 */
say max(1e3, 999)                        /* expect: 1000 */
say max(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 21, 12, 13, 14, 15, 16, 17, 18, 19, 20) /* expect: 21 */
say max(1234567891, 1)                   /* expect: 1.23456789E+9 */
say min(12, 6, 7, 9)                     /* expect: 6 */
say min(17.3, 19, 17.03)                 /* expect: 17.03 */
say min(-7, -3, -4.3)                    /* expect: -7 */
say min(1, 1.0)                          /* expect: 1 */
say min('-0', 0)                         /* expect: 0 */
say min(.5)                              /* expect: 0.5 */

say max()                                /* expect error: 40.3 */
say max('x')                             /* expect error: 40.11 */
say max(1, 'x')                          /* expect error: 40.11 */
say max(1, , 2)                          /* expect error: 40.5 */
say max(, 2)                             /* expect error: 40.5 */
say max(1, '')                           /* expect error: 40.11 */
say min()                                /* expect error: 40.3 */
say min(1, 'two')                        /* expect error: 40.11 */
say min(1, , 2)                          /* expect error: 40.5 */

numeric digits 2
say max(123, 124) min(123, 124)          /* expect: 1.2E+2 1.2E+2 */
