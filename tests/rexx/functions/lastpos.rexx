/* LASTPOS: the last occurrence, searched backwards from a position. */

say lastpos(' ', 'abc def ghi')          /* expect: 8 */
say lastpos(' ', 'abcdefghi')            /* expect: 0 */
say lastpos('xy', 'efgxyz')              /* expect: 4 */
say lastpos(' ', 'abc def ghi', 7)       /* expect: 4 */
say lastpos('', 'abc')                   /* expect: 0 */
say lastpos('a', '')                     /* expect: 0 */
say lastpos('', '')                      /* expect: 0 */
say lastpos('ab', 'abab', 3)             /* expect: 1 */
say lastpos('ab', 'abab', 4)             /* expect: 3 */
say lastpos('ab', 'abab', 1)             /* expect: 0 */
say lastpos('ab', 'abab', 2)             /* expect: 1 */
say lastpos('a', 'abc', 99)              /* expect: 1 */
say lastpos('abc', 'abc')                /* expect: 1 */
say lastpos('abcd', 'abc')               /* expect: 0 */
say lastpos('aa', 'aaaa')                /* expect: 3 */

say lastpos('a')                         /* expect error: 40.3 */
say lastpos('a', 'b', 1, 1)              /* expect error: 40.4 */
say lastpos(, 'b')                       /* expect error: 40.5 */
say lastpos('a', 'b', 0)                 /* expect error: 40.14 */
say lastpos('a', 'b', 'x')               /* expect error: 40.12 */
