/* INSERT: a string put into another one after a position. */

say insert(' ', 'abcdef', 3)             /* expect: abc def */
say insert('123', 'abc', 5, 6)'.'        /* expect: abc  123   . */
say insert('123', 'abc', 5, 6, '+')      /* expect: abc++123+++ */
say insert('123', 'abc')                 /* expect: 123abc */
say insert('123', 'abc', , 5, '-')       /* expect: 123--abc */
say insert('123', 'abc', 3)              /* expect: abc123 */
say insert('123', 'abc', 0)              /* expect: 123abc */
say insert('123', 'abc', 1, 2)           /* expect: a12bc */
say insert('123', 'abc', 1, 0)           /* expect: abc */
say '['insert('', 'abc', 5)']'           /* expect: [abc  ] */
say '['insert('', '')']'                 /* expect: [] */
say insert('x', '', 2, 2, '.')           /* expect: ..x. */
say insert('', 'abc', 1, 2, '*')         /* expect: a**bc */

say insert('a')                          /* expect error: 40.3 */
say insert('a', 'b', 0, 0, ' ', 1)       /* expect error: 40.4 */
say insert(, 'b')                        /* expect error: 40.5 */
say insert('a', 'b', -1)                 /* expect error: 40.13 */
say insert('a', 'b', 0, -1)              /* expect error: 40.13 */
say insert('a', 'b', 'x')                /* expect error: 40.12 */
say insert('a', 'b', 1, 1, '')           /* expect error: 40.23 */
say insert('a', 'b', 1, 1, 'ab')         /* expect error: 40.23 */
