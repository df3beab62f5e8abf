/* When a result is shown with an exponent: more digits before the point than DIGITS, or too small. */

say 1e9 + 0                              /* expect: 1E+9 */
say 1e8 + 0                              /* expect: 100000000 */
say 12e8 + 0                             /* expect: 1.2E+9 */
say 1.20e9 + 0                           /* expect: 1.20E+9 */
say 123456789e1 + 0                      /* expect: 1.23456789E+9 */
say 1e-5 + 0                             /* expect: 0.00001 */
say 1e-6 + 0                             /* expect: 0.000001 */
say 1e-7 + 0                             /* expect cms: 0.0000001 */ /* expect ansi: 1E-7 */
say 1e-7 * 1                             /* expect cms: 0.0000001 */ /* expect ansi: 1E-7 */
say 12e-8 + 0                            /* expect cms: 0.00000012 */ /* expect ansi: 1.2E-7 */
say 123456789e-14 + 0                    /* expect cms: 0.00000123456789 */ /* expect ansi: 0.00000123456789 */
say 123456789e-15 + 0                    /* expect cms: 0.000000123456789 */ /* expect ansi: 1.23456789E-7 */
say 1e-18 + 0                            /* expect cms: 0.000000000000000001 */ /* expect ansi: 1E-18 */
say 1e-19 + 0                            /* expect: 1E-19 */
say 12e-19 + 0                           /* expect: 1.2E-18 */
say 123456789e-18 + 0                    /* expect cms: 0.000000000123456789 */ /* expect ansi: 1.23456789E-10 */
say 123456789e-19 + 0                    /* expect: 1.23456789E-11 */
say -1e-19 + 0                           /* expect: -1E-19 */
say 1 / 1000000                          /* expect: 0.000001 */
say 1 / 3000000                          /* expect cms: 0.000000333333333 */ /* expect ansi: 3.33333333E-7 */
say 1.0E+3                               /* expect: 1.0E+3 */
say 1.0E+3 + 0                           /* expect: 1000 */

numeric form engineering
say 1e9 + 0 1e10 + 0 1e11 + 0 1e12 + 0   /* expect: 1E+9 10E+9 100E+9 1E+12 */
say 123456789 * 100                      /* expect: 12.3456789E+9 */
say 123456789 * 1000                     /* expect: 123.456789E+9 */
say 1e-20 + 0 1e-21 + 0 12e-22 + 0       /* expect: 10E-21 1E-21 1.2E-21 */
say 1.5e10 + 0                           /* expect: 15E+9 */

numeric digits 3
say 1000 + 0 999 + 0                     /* expect: 1.00E+3 999 */
say 12345e5 + 0                          /* expect: 1.23E+9 */
say 1e-6 + 0                             /* expect: 0.000001 */
say 1e-7 + 0                             /* expect: 1E-7 */
say 1.23e-5 + 0                          /* expect cms: 1.23E-5 */ /* expect ansi: 0.0000123 */
