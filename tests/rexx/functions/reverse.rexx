/* REVERSE: end for end. */

say reverse('ABc.')                      /* expect: .cBA */
say '['reverse('XYZ ')']'                /* expect: [ ZYX] */
say '['reverse('')']'                    /* expect: [] */
say reverse('a')                         /* expect: a */
say reverse(1.5)                         /* expect: 5.1 */
say reverse(reverse('abc d'))            /* expect: abc d */

say reverse()                            /* expect error: 40.3 */
say reverse('a', 'b')                    /* expect error: 40.4 */
