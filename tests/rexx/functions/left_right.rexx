/* LEFT and RIGHT: so many characters from one end, padded at the other. */

say '['left('abc d', 8)']'               /* expect: [abc d   ] */
say '['left('abc d', 8, '.')']'          /* expect: [abc d...] */
say '['left('abc  def', 7)']'            /* expect: [abc  de] */
say '['left('', 3)']'                    /* expect: [   ] */
say '['left('abc', 0)']'                 /* expect: [] */
say '['left('abc', 3)']'                 /* expect: [abc] */
say '['left(3.14, 3)']'                  /* expect: [3.1] */
say '['right('abc  d', 8)']'             /* expect: [  abc  d] */
say '['right('abc def', 5)']'            /* expect: [c def] */
say '['right('12', 5, '0')']'            /* expect: [00012] */
say '['right('', 3, '*')']'              /* expect: [***] */
say '['right('abc', 0)']'                /* expect: [] */
say '['right('abc', 3)']'                /* expect: [abc] */
say right(7, 3, 0) + 0                   /* expect: 7 */

say left('a')                            /* expect error: 40.3 */
say left()                               /* expect error: 40.3 */
say left('a', 1, ' ', 1)                 /* expect error: 40.4 */
say left(, 1)                            /* expect error: 40.5 */
say left('a', -1)                        /* expect error: 40.13 */
say left('a', 'a')                       /* expect error: 40.12 */
say left('a', 1, '')                     /* expect error: 40.23 */
say right('a')                           /* expect error: 40.3 */
say right('a', 1, ' ', 1)                /* expect error: 40.4 */
say right('a', -1)                       /* expect error: 40.13 */
say right('a', 1.1)                      /* expect error: 40.12 */
say right('a', 1, 'xy')                  /* expect error: 40.23 */
