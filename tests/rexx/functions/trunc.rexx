/* TRUNC: the whole part and so many decimals, never with an exponent. */

say trunc(12.3)                          /* expect: 12 */
say trunc(127.09782, 3)                  /* expect: 127.097 */
say trunc(127.1, 3)                      /* expect: 127.100 */
say trunc(127, 2)                        /* expect: 127.00 */
say trunc(-12.9)                         /* expect: -12 */
say trunc(0)                             /* expect: 0 */
say trunc(0, 2)                          /* expect: 0.00 */
say trunc(.5)                            /* expect: 0 */
say trunc(-.5)                           /* expect: 0 */
say trunc(-0.05, 1)                      /* expect: 0.0 */
say trunc(-0.15, 1)                      /* expect: -0.1 */
say trunc(1e12)                          /* expect: 1000000000000 */
say trunc(1e-5, 3)                       /* expect: 0.000 */
say trunc(0.000001, 3)                   /* expect: 0.000 */
say trunc(0.000001, 6)                   /* expect: 0.000001 */
say trunc(1234567.8915)                  /* expect: 1234567 */
say trunc(12345678.99)                   /* expect: 12345679 */
say trunc(999999999.9)                   /* expect: 1000000000 */
say trunc(' 5.5 ', 0)                    /* expect: 5 */
say trunc(1.999999999, 2)                /* expect: 2.00 */
say trunc(1.99999999, 2)                 /* expect: 1.99 */

say trunc()                              /* expect error: 40.3 */
say trunc(1, 1, 1)                       /* expect error: 40.4 */
say trunc('x')                           /* expect error: 40.11 */
say trunc('')                            /* expect error: 40.11 */
say trunc(1, -1)                         /* expect error: 40.13 */
say trunc(1, .5)                         /* expect error: 40.12 */
say trunc(1, 'x')                        /* expect error: 40.12 */
say trunc(, 1)                           /* expect error: 40.5 */
