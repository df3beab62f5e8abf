/* ABS and SIGN: the argument is rounded to DIGITS first. */

say abs('12.3')                          /* expect: 12.3 */
say abs(' -0.307')                       /* expect: 0.307 */
say abs(-5)                              /* expect: 5 */
say abs(0)                               /* expect: 0 */
say abs('-0')                            /* expect: 0 */
say abs('-0.00')                         /* expect: 0 */
say abs(1234567891)                      /* expect: 1.23456789E+9 */
say abs('- 7')                           /* expect: 7 */
say abs('-1e3')                          /* expect: 1000 */
say abs('-1.50')                         /* expect: 1.50 */
say sign(12.3)                           /* expect: 1 */
say sign(' -0.307')                      /* expect: -1 */
say sign(0.0)                            /* expect: 0 */
say sign('-0')                           /* expect: 0 */
say sign(1e-999999)                      /* expect: 1 */

numeric digits 3
say abs(-12345)                          /* expect: 1.23E+4 */
say abs(-0.12355)                        /* expect: 0.124 */
say abs(-999.9)                          /* expect: 1.00E+3 */

say abs()                                /* expect error: 40.3 */
say abs(1, 2)                            /* expect error: 40.4 */
say abs('x')                             /* expect error: 40.11 */
say abs('')                              /* expect error: 40.11 */
say abs('1 2')                           /* expect error: 40.11 */
say abs('1e1234567890')                  /* expect error: 40.9 */
say sign()                               /* expect error: 40.3 */
say sign('1e')                           /* expect error: 40.11 */
say sign(1, 1)                           /* expect error: 40.4 */
