/* DELWORD and SUBWORD: a string without some of its words, and some of its words alone. */

say '['delword('Now is the  time', 2, 2)']'  /* expect: [Now time] */
say '['delword('Now is the time ', 3)']'     /* expect: [Now is ] */
say '['delword('Now is the  time', 5)']'     /* expect: [Now is the  time] */
say '['delword('Now is   the time', 3, 1)']' /* expect: [Now is   time] */
say '['delword('Now is the time', 1, 0)']'   /* expect: [Now is the time] */
say '['delword('Now is the time', 1)']'      /* expect: [] */
say '['delword('  Now is', 1)']'             /* expect: [  ] */
say '['delword('  Now  is ', 1, 1)']'        /* expect: [  is ] */
say '['delword('a b c ', 3, 1)']'            /* expect: [a b ] */
say '['delword('', 1)']'                     /* expect: [] */
say '['delword('a b', 2, 99)']'              /* expect: [a ] */
say '['subword('Now is the  time', 2, 2)']'  /* expect: [is the] */
say '['subword('Now is the  time', 3)']'     /* expect: [the  time] */
say '['subword('Now is the  time', 5)']'     /* expect: [] */
say '['subword('  a  b  c  ', 1)']'          /* expect: [a  b  c] */
say '['subword('  a  b  c  ', 2, 1)']'       /* expect: [b] */
say '['subword('a b', 1, 0)']'               /* expect: [] */
say '['subword('', 1)']'                     /* expect: [] */
say '['subword('a b', 2, 99)']'              /* expect: [b] */

say delword('a')                             /* expect error: 40.3 */
say delword('a', 1, 1, 1)                    /* expect error: 40.4 */
say delword('a', 0)                          /* expect error: 40.14 */
say delword('a', 1, -1)                      /* expect error: 40.13 */
say delword('a', 'x')                        /* expect error: 40.12 */
say subword('a')                             /* expect error: 40.3 */
say subword('a', 1, 1, 1)                    /* expect error: 40.4 */
say subword('a', 0)                          /* expect error: 40.14 */
say subword('a', 1, -1)                      /* expect error: 40.13 */
say subword('a', 1, 'x')                     /* expect error: 40.12 */
