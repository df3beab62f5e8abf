/* SUBSTR: a part of a string, padded where the string ends. */

say '['substr('abc', 2)']'               /* expect: [bc] */
say '['substr('abc', 2, 4)']'            /* expect: [bc  ] */
say '['substr('abc', 2, 6, '.')']'       /* expect: [bc....] */
say '['substr('abc', 1)']'               /* expect: [abc] */
say '['substr('abc', 3)']'               /* expect: [c] */
say '['substr('abc', 4)']'               /* expect: [] */
say '['substr('abc', 99)']'              /* expect: [] */
say '['substr('abc', 99, 2)']'           /* expect: [  ] */
say '['substr('abc', 1, 0)']'            /* expect: [] */
say '['substr('abc', 2, 1)']'            /* expect: [b] */
say '['substr('', 1)']'                  /* expect: [] */
say '['substr('', 1, 2, '*')']'          /* expect: [**] */
say '['substr('abc', 2, , '-')']'        /* expect: [bc] */
say '['substr('abc', '2.0', 1)']'        /* expect: [b] */
say '['substr('abc', ' 2 ', 1)']'        /* expect: [b] */
say '['substr('abc', 2e0, 1)']'          /* expect: [b] */
say substr(123456, 3, 2) + 1             /* expect: 35 */

say substr('abc')                        /* expect error: 40.3 */
say substr()                             /* expect error: 40.3 */
say substr('abc', 1, 1, ' ', 1)          /* expect error: 40.4 */
say substr(, 1)                          /* expect error: 40.5 */
say substr('abc', , 1)                   /* expect error: 40.5 */
say substr('abc', 0)                     /* expect error: 40.14 */
say substr('abc', -1)                    /* expect error: 40.14 */
say substr('abc', 1.5)                   /* expect error: 40.12 */
say substr('abc', 'one')                 /* expect error: 40.12 */
say substr('abc', '')                    /* expect error: 40.12 */
say substr('abc', 1, -1)                 /* expect error: 40.13 */
say substr('abc', 1, '1 2')              /* expect error: 40.12 */
say substr('abc', 1, 1, '')              /* expect error: 40.23 */
say substr('abc', 1, 1, 'xy')            /* expect error: 40.23 */

numeric digits 3
say substr('abcde', 2.000, 2)            /* expect: bc */
say substr(copies('a', 2000)'b', 2001)   /* expect: b */
