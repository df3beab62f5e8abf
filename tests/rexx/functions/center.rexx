/* CENTER and CENTRE: a string in the middle of a width; the odd character goes to the right. */

say '['center('ABC', 7)']'           /* expect: [  ABC  ] */
say '['center('ABC', 8)']'           /* expect: [  ABC   ] */
say '['center('ABC', 8, '-')']'      /* expect: [--ABC---] */
say '['center('', 4, '+')']'         /* expect: [++++] */
say '['center('ABC', 0)']'           /* expect: [] */
say '['center('', 0)']'              /* expect: [] */
say '['center('ABC', 3)']'           /* expect: [ABC] */
say '['center('ABCDE', 4)']'         /* expect: [ABCD] */
say '['center('ABCDE', 3)']'         /* expect: [BCD] */
say '['center('ABCDE', 2)']'         /* expect: [BC] */
say '['center('ABCDE', 1)']'         /* expect: [C] */
say '['center(' A ', 5, '*')']'      /* expect: [* A *] */
say '['centre('The true REXX', 8)']' /* expect: [e true R] */
say '['centre('AB', 5)']'            /* expect: [ AB  ] */
say '['center(12.50, 7, 0)']'        /* expect: [012.500] */

say center('A')                      /* expect error: 40.3 */
say center('A', 3, 'x', 'y')         /* expect error: 40.4 */
say center(, 3)                      /* expect error: 40.5 */
say center('A', -1)                  /* expect error: 40.13 */
say center('A', 'B')                 /* expect error: 40.12 */
say center('A', 2.5)                 /* expect error: 40.12 */
say center('A', 3, '')               /* expect error: 40.23 */
say center('A', 3, '--')             /* expect error: 40.23 */
say centre('A', 3, '--')             /* expect error: 40.23 */
