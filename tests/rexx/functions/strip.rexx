/* STRIP: without the blanks, or another character, of one end or both. */

say '['strip('  ab c  ')']'              /* expect: [ab c] */
say '['strip('  ab c  ', 'L')']'         /* expect: [ab c  ] */
say '['strip('  ab c  ', 't')']'         /* expect: [  ab c] */
say '['strip('  ab c  ', 'both')']'      /* expect: [ab c] */
say '['strip('  ab c  ', 'Leading')']'   /* expect: [ab c  ] */
say '['strip('  ab c  ', 'trailing')']'  /* expect: [  ab c] */
say '['strip('12.7000', , 0)']'          /* expect: [12.7] */
say '['strip('0012.700', , 0)']'         /* expect: [12.7] */
say '['strip('0012.700', 'L', 0)']'      /* expect: [12.700] */
say '['strip('aaa', , 'a')']'            /* expect: [] */
say '['strip('    ')']'                  /* expect: [] */
say '['strip('')']'                      /* expect: [] */
say '['strip('abc', , 'x')']'            /* expect: [abc] */
say '['strip(' abc ', , 'x')']'          /* expect: [ abc ] */
say '['strip('xAbx', 'B', 'X')']'        /* expect: [xAbx] */

say strip()                              /* expect error: 40.3 */
say strip('a', 'b', ' ', 1)              /* expect error: 40.4 */
say strip(, 'B')                         /* expect error: 40.5 */
say strip('a', 'x')                      /* expect error: 40.28 */
say strip('a', '')                       /* expect error: 40.21 */
say strip('a', 'B', '')                  /* expect error: 40.23 */
say strip('a', 'B', 'xy')                /* expect error: 40.23 */
