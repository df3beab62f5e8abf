/* WORDS, WORD, WORDINDEX and WORDLENGTH. */

say words('Now is the time')             /* expect: 4 */
say words(' ')                           /* expect: 0 */
say words('')                            /* expect: 0 */
say words('  a  b  ')                    /* expect: 2 */
say words('one')                         /* expect: 1 */
say words('a,b c;d')                     /* expect: 2 */
say '['word('Now is the time', 3)']'     /* expect: [the] */
say '['word('Now is the time', 5)']'     /* expect: [] */
say '['word('  a  b  ', 2)']'            /* expect: [b] */
say '['word('', 1)']'                    /* expect: [] */
say '['word('x', 1)']'                   /* expect: [x] */
say wordindex('Now is the time', 3)      /* expect: 8 */
say wordindex('Now is the time', 6)      /* expect: 0 */
say wordindex('  a  b', 1)               /* expect: 3 */
say wordindex('  a  b', 2)               /* expect: 6 */
say wordindex('', 1)                     /* expect: 0 */
say wordlength('Now is the time', 2)     /* expect: 2 */
say wordlength('Now comes the time', 2)  /* expect: 5 */
say wordlength('Now is the time', 6)     /* expect: 0 */
say wordlength('', 1)                    /* expect: 0 */
say word('1.0 2.0', 2) + 1               /* expect: 3.0 */

say words()                              /* expect error: 40.3 */
say words('a', 'b')                      /* expect error: 40.4 */
say word('a')                            /* expect error: 40.3 */
say word('a', 1, 1)                      /* expect error: 40.4 */
say word(, 1)                            /* expect error: 40.5 */
say word('a', 0)                         /* expect error: 40.14 */
say word('a', -1)                        /* expect error: 40.14 */
say word('a', 'b')                       /* expect error: 40.12 */
say wordindex('a')                       /* expect error: 40.3 */
say wordindex('a', 0)                    /* expect error: 40.14 */
say wordindex('a', 1.5)                  /* expect error: 40.12 */
say wordlength('a')                      /* expect error: 40.3 */
say wordlength('a', 0)                   /* expect error: 40.14 */
say wordlength('a', '')                  /* expect error: 40.12 */
