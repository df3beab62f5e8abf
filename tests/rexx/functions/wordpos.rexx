/* WORDPOS, and FIND, which is WORDPOS with the strings the other way round. */

say wordpos('the', 'now is the time')        /* expect: 3 */
say wordpos('The', 'now is the time')        /* expect: 0 */
say wordpos('is the', 'now is the time')     /* expect: 2 */
say wordpos('is   the', 'now is the time')   /* expect: 2 */
say wordpos('is time ', 'now is   the time') /* expect: 0 */
say wordpos('be', 'To be or not to be')      /* expect: 2 */
say wordpos('be', 'To be or not to be', 3)   /* expect: 6 */
say wordpos('be', 'To be or not to be', 7)   /* expect: 0 */
say wordpos('', 'a b')                       /* expect: 0 */
say wordpos('  ', 'a b')                     /* expect: 0 */
say wordpos('a', '')                         /* expect: 0 */
say wordpos('', '')                          /* expect: 0 */
say wordpos('b', 'abc b')                    /* expect: 2 */
say wordpos('a b', 'a b')                    /* expect: 1 */
say wordpos('b a', 'a b a')                  /* expect: 2 */
say wordpos('1', '1.0 1')                    /* expect: 2 */

say wordpos('a')                             /* expect error: 40.3 */
say wordpos('a', 'b', 1, 1)                  /* expect error: 40.4 */
say wordpos(, 'b')                           /* expect error: 40.5 */
say wordpos('a', 'b', 0)                     /* expect error: 40.14 */
say wordpos('a', 'b', 'x')                   /* expect error: 40.12 */

say find('now is the time', 'is the time')   /* expect: 2 */
say find('now is  the time', 'is    the')    /* expect: 2 */
say find('now is  the time', 'is  time')     /* expect: 0 */
say find('', 'a')                            /* expect: 0 */
say find('a', '')                            /* expect: 0 */

say find('a')                                /* expect error: 40.3 */
