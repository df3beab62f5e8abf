/* JUSTIFY: the words spread over a width (CMS; the standard has no such function). */

say '['justify('The blue sky', 14)']'        /* expect: [The  blue  sky] */
say '['justify('The blue sky', 8)']'         /* expect: [The blue] */
say '['justify('The blue sky', 9)']'         /* expect: [The  blue] */
say '['justify('The blue sky', 9, '+')']'    /* expect: [The++blue] */
say '['justify('a', 5)']'                    /* expect: [a    ] */
say '['justify('a  b', 0)']'                 /* expect: [] */
say '['justify('', 3)']'                     /* expect: [   ] */

say justify('a')                             /* expect error: 40.3 */
say justify('a', -1)                         /* expect error: 40.13 */
say justify('a', 5, '')                      /* expect error: 40.23 */
