/* Powers: whole exponents only; the result is rounded, trailing zeros go when the power is negative. */

say 2 ** 3                               /* expect: 8 */
say 2 ** 0                               /* expect: 1 */
say 0 ** 0                               /* expect: 1 */
say 0 ** 5                               /* expect: 0 */
say 2 ** -3                              /* expect: 0.125 */
say 1.7 ** 8                             /* expect: 69.7575744 */
say (-2) ** 3                            /* expect: -8 */
say (-2) ** 2                            /* expect: 4 */
say 2 ** 31                              /* expect: 2.14748365E+9 */
say 2 ** 30                              /* expect: 1.07374182E+9 */
say 2 ** 29                              /* expect: 536870912 */
say 10 ** 9                              /* expect: 1E+9 */
say 10 ** 8                              /* expect: 100000000 */
say 10 ** -2                             /* expect: 0.01 */
say 3 ** 2.0                             /* expect: 9 */
say 3 ** 2e0                             /* expect: 9 */
say 1.1 ** 2                             /* expect: 1.21 */
say 1.0 ** 3                             /* expect: 1 */
say 2 ** 100                             /* expect: 1.2676506E+30 */
say 0.5 ** 10                            /* expect: 0.0009765625 */
say 3 ** -2                              /* expect: 0.111111111 */
say 1 ** 999999999                       /* expect: 1 */
say '2' ** ' 3 '                         /* expect: 8 */

numeric digits 50
say 2 ** 128                             /* expect: 340282366920938463463374607431768211456 */
say 1.01 ** 10                           /* expect: 1.10462212541120451001 */

say 2 ** 1.5                             /* expect error: 26.8 */
say 2 ** 'x'                             /* expect error: 26.8 */
say 'x' ** 2                             /* expect error: 41.1 */
say 2 ** ''                              /* expect error: 26.8 */
say 2 ** 1e10                            /* expect error: 26.8 */
say 10 ** 1000000000                     /* expect error: 26.8 */
say 99 ** 999999999                      /* expect error: 42.1 */
say .01 ** 999999999                     /* expect error: 42.2 */

/* regina: a negative power of zero does not end */
say 0 ** -1                              /* expect error: 42.3 */
