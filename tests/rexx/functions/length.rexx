/* LENGTH: how many characters. */

say length('abcdefgh')                   /* expect: 8 */
say length('abc defg')                   /* expect: 8 */
say length('')                           /* expect: 0 */
say length(' ')                          /* expect: 1 */
say length(1e3)                          /* expect: 3 */
say length(1000 + 0)                     /* expect: 4 */
say length('it''s')                      /* expect: 4 */
say length('00ff'x)                      /* expect: 2 */
say length(unset)                        /* expect: 5 */

say length()                             /* expect error: 40.3 */
say length('a', 'b')                     /* expect error: 40.4 */
