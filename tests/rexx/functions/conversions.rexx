/* B2X, X2B, C2X, X2C: between characters, hexadecimal and binary. */

say b2x('11000011')                      /* expect: C3 */
say b2x('10111')                         /* expect: 17 */
say b2x('101')                           /* expect: 5 */
say b2x('1 1111 0000')                   /* expect: 1F0 */
say '['b2x('')']'                        /* expect: [] */
say b2x('0')                             /* expect: 0 */
say b2x('0000 0000')                     /* expect: 00 */
say x2b('C3')                            /* expect: 11000011 */
say x2b('7')                             /* expect: 0111 */
say x2b('1 C1')                          /* expect: 000111000001 */
say '['x2b('')']'                        /* expect: [] */
say x2b('0')                             /* expect: 0000 */
say x2b('aB')                            /* expect: 10101011 */
say b2x(x2b('C3'))                       /* expect: C3 */
say c2x('0123'x)                         /* expect: 0123 */
say c2x('ZD8')                           /* expect: 5A4438 */
say '['c2x('')']'                        /* expect: [] */
say c2x(' ')                             /* expect: 20 */
say x2c('616263')                        /* expect: abc */
say x2c('61 62')                         /* expect: ab */
say '['x2c('')']'                        /* expect: [] */
say c2x(x2c('F'))                        /* expect: 0F */
say c2x(x2c('1 2A'))                     /* expect: 012A */
say c2x(x2c('4865 6c6C 6F'))             /* expect: 48656C6C6F */
say x2b(c2x('a'))                        /* expect: 01100001 */

say b2x()                                /* expect error: 40.3 */
say b2x('1', '1')                        /* expect error: 40.4 */
say b2x('2')                             /* expect error: 40.24 */
say b2x(' 1')                            /* expect error: 40.24 */
say b2x('11 1')                          /* expect error: 40.24 */
say x2b()                                /* expect error: 40.3 */
say x2b('G')                             /* expect error: 40.25 */
say x2b('1 1')                           /* expect error: 40.25 */
say x2b('11 ')                           /* expect error: 40.25 */
say c2x()                                /* expect error: 40.3 */
say c2x('a', 'b')                        /* expect error: 40.4 */
say x2c()                                /* expect error: 40.3 */
say x2c('xyz')                           /* expect error: 40.25 */
say x2c('1 1')                           /* expect error: 40.25 */
say x2c(' 11')                           /* expect error: 40.25 */
