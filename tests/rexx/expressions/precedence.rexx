/* The order of operators. */

say 2 + 3 * 4                            /* expect: 14 */
say (2 + 3) * 4                          /* expect: 20 */
say 2 ** 3 ** 2                          /* expect: 64 */
say -2 ** 2                              /* expect: 4 */
say -(2 ** 2)                            /* expect: -4 */
say 2 ** -1                              /* expect: 0.5 */
say 10 - 3 - 2                           /* expect: 5 */
say 100 / 10 / 2                         /* expect: 5 */
say 7 // 4 * 2                           /* expect: 6 */
say 17 % 5 * 5 + 17 // 5                 /* expect: 17 */
say 1 + 1 1 + 1                          /* expect: 2 2 */
say 1 + 1||1 + 1                         /* expect: 22 */
say 1 || 2 + 3                           /* expect: 15 */
say 2 3 = '2 3'                          /* expect: 1 */
say 1 = 1 = 1                            /* expect: 1 */
say 3 > 2 > 1                            /* expect: 0 */
say 1 | 0 & 0                            /* expect: 1 */
say (1 | 0) & 0                          /* expect: 0 */
say 1 && 1 | 1                           /* expect: 1 */
say \1 = 0                               /* expect: 1 */
say \(1 = 0)                             /* expect: 1 */
say \0 & 0                               /* expect: 0 */
say - 3 + 5                              /* expect: 2 */
say 3 - - 3                              /* expect: 6 */
say 5 'x' = '5 x'                        /* expect: 1 */
say 2 * 3 || 4                           /* expect: 64 */
a = 3; say -a**2 +a -a                   /* expect: 9 */
