/* OVERLAY: a string laid over another one from a position. */

say overlay(' ', 'abcdef', 3)            /* expect: ab def */
say overlay('.', 'abcdef', 3, 2)         /* expect: ab. ef */
say overlay('qq', 'abcd')                /* expect: qqcd */
say overlay('qq', 'abcd', 4)             /* expect: abcqq */
say overlay('123', 'abc', 5, 6, '+')     /* expect: abc+123+++ */
say overlay('123', 'abc', 2, 0)          /* expect: abc */
say overlay('', 'abc', 2)                /* expect: abc */
say overlay('', 'abc', 2, 1, '-')        /* expect: a-c */
say '['overlay('', 'abc', 6)']'          /* expect: [abc  ] */
say overlay('xyz', 'abc', 1, 2)          /* expect: xyc */
say '['overlay('', '')']'                /* expect: [] */
say overlay('x', '', 3, , '.')           /* expect: ..x */

say overlay('a')                         /* expect error: 40.3 */
say overlay('a', 'b', 1, 1, ' ', 1)      /* expect error: 40.4 */
say overlay('a', , 1)                    /* expect error: 40.5 */
say overlay('a', 'b', 0)                 /* expect error: 40.14 */
say overlay('a', 'b', 1, -1)             /* expect error: 40.13 */
say overlay('a', 'b', 'x')               /* expect error: 40.12 */
say overlay('a', 'b', 1, 1, '')          /* expect error: 40.23 */
