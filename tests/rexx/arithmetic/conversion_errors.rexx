/* What is no number cannot be calculated with. */

say 'abc' + 1                            /* expect error: 41.1 */
say 1 + 'abc'                            /* expect error: 41.2 */
say 1 - ''                               /* expect error: 41.2 */
say unset * 2                            /* expect error: 41.1 */
say -'abc'                               /* expect error: 41.3 */
say +'1 2'                               /* expect error: 41.3 */
say 1 + '1e'                             /* expect error: 41.2 */
say '1.2.3' + 1                          /* expect error: 41.1 */
say '0x10' + 1                           /* expect error: 41.1 */
say '1,000' + 1                          /* expect error: 41.1 */
say '1e1234567890' + 1                   /* expect error: 41.7 */
say 1 + '1e1000000000'                   /* expect error: 41.7 */
say 'a' * 'b'                            /* expect error: 41.1 */
say 3 // 'b'                             /* expect error: 41.2 */
say 'a' % 2                              /* expect error: 41.1 */

say 1e999999999 * 10                     /* expect error: 42.1 */
say 9e999999999 + 9e999999999            /* expect error: 42.1 */
say 1e-999999999 / 10                    /* expect error: 42.2 */
say 1e500000000 * 1e500000000            /* expect error: 42.1 */
say 1e-500000000 * 1e-500000000          /* expect error: 42.2 */
