/* DELSTR: a string without a part. */

say delstr('abcd', 3)                /* expect: ab */
say delstr('abcde', 3, 2)            /* expect: abe */
say delstr('abcde', 6)               /* expect: abcde */
say delstr('abcde', 3, 0)            /* expect: abcde */
say delstr('abcde', 5)               /* expect: abcd */
say '['delstr('abcde', 1)']'         /* expect: [] */
say delstr('abcde', 1, 1)            /* expect: bcde */
say delstr('abcde', 2, 100)          /* expect: a */
say '['delstr('', 1)']'              /* expect: [] */
say '['delstr('', 1, 1)']'           /* expect: [] */
say delstr('abcde', 4, 2)            /* expect: abc */
say delstr('abcde', 4, 1)            /* expect: abce */

say delstr('abc')                    /* expect error: 40.3 */
say delstr('abc', 1, 1, 1)           /* expect error: 40.4 */
say delstr(, 1)                      /* expect error: 40.5 */
say delstr('abc', 0)                 /* expect error: 40.14 */
say delstr('abc', -1)                /* expect error: 40.14 */
say delstr('abc', 1, -1)             /* expect error: 40.13 */
say delstr('abc', 'x')               /* expect error: 40.12 */
say delstr('abc', 1, 'x')            /* expect error: 40.12 */
