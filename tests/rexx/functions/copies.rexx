/* COPIES: a string so many times. */

say copies('abc', 3)                 /* expect: abcabcabc */
say '['copies('abc', 0)']'           /* expect: [] */
say '['copies('', 5)']'              /* expect: [] */
say copies('x', 1)                   /* expect: x */
say '['copies(' ', 3)']'             /* expect: [   ] */
say copies(7, '2.0')                 /* expect: 77 */
say copies(1, 2) + 1                 /* expect: 12 */
say length(copies('ab', 1e3))        /* expect: 2000 */
say length(copies('', 999999999))    /* expect: 0 */

say copies('a')                      /* expect error: 40.3 */
say copies('a', 1, 1)                /* expect error: 40.4 */
say copies(, 1)                      /* expect error: 40.5 */
say copies('a', -1)                  /* expect error: 40.13 */
say copies('a', 'n')                 /* expect error: 40.12 */
say copies('a', 0.5)                 /* expect error: 40.12 */
