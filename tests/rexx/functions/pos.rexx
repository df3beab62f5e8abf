/* POS, and INDEX, which is POS with the strings the other way round. */

say pos('day', 'Saturday')               /* expect: 6 */
say pos('x', 'abc def ghi')              /* expect: 0 */
say pos(' ', 'abc def ghi')              /* expect: 4 */
say pos(' ', 'abc def ghi', 5)           /* expect: 8 */
say pos(' ', 'abc def ghi', 4)           /* expect: 4 */
say pos('', 'abc')                       /* expect: 0 */
say pos('a', '')                         /* expect: 0 */
say pos('', '')                          /* expect: 0 */
say pos('abc', 'abc')                    /* expect: 1 */
say pos('abcd', 'abc')                   /* expect: 0 */
say pos('c', 'abc', 4)                   /* expect: 0 */
say pos('c', 'abc', 99)                  /* expect: 0 */
say pos('aa', 'aaaa', 2)                 /* expect: 2 */
say pos('A', 'abc')                      /* expect: 0 */
say pos('ab', 'aab')                     /* expect: 2 */
say pos(0, 1e10)                         /* expect: 4 */

say pos('a')                             /* expect error: 40.3 */
say pos('a', 'b', 1, 1)                  /* expect error: 40.4 */
say pos('a', , 1)                        /* expect error: 40.5 */
say pos('a', 'b', 0)                     /* expect error: 40.14 */
say pos('a', 'b', 'c')                   /* expect error: 40.12 */

say index('abcdef', 'cd')                /* expect: 3 */
say index('abcdef', 'xd')                /* expect: 0 */
say index('abcdef', 'bc', 3)             /* expect: 0 */
say index('abcabc', 'bc', 3)             /* expect: 5 */
say index('abcabc', 'bc', 6)             /* expect: 0 */
say index('abc', '')                     /* expect: 0 */
say index('', 'a')                       /* expect: 0 */

say index('a')                           /* expect error: 40.3 */
say index('a', 'b', 0)                   /* expect error: 40.14 */
