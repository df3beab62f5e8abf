/* BITAND, BITOR and BITXOR: bit by bit, over the common length, or with the pad over the longer one. */

say c2x(bitand('73'x, '27'x))            /* expect: 23 */
say c2x(bitand('13'x, '5555'x))          /* expect: 1155 */
say c2x(bitand('13'x, '5555'x, '74'x))   /* expect: 1154 */
say bitand('pQrS', , 'DF'x)              /* expect: PQRS */
say bitand('abc')                        /* expect: abc */
say '['bitand('', 'a')']'                /* expect: [a] */
say '['bitand('')']'                     /* expect: [] */
say c2x(bitand('FF'x, '', '0F'x))        /* expect: 0F */
say c2x(bitor('15'x, '24'x))             /* expect: 35 */
say c2x(bitor('15'x, '2456'x))           /* expect: 3556 */
say c2x(bitor('15'x, '2456'x, 'F0'x))    /* expect: 35F6 */
say c2x(bitor('1111'x, , '4D'x))         /* expect: 5D5D */
say bitor('Fred', , ' ')                 /* expect: fred */
say c2x(bitxor('12'x, '22'x))            /* expect: 30 */
say c2x(bitxor('1211'x, '22'x))          /* expect: 3011 */
say c2x(bitxor('1111'x, '444444'x))      /* expect: 555544 */
say c2x(bitxor('1111'x, '444444'x, '40'x)) /* expect: 555504 */
say c2x(bitxor('1111'x, , '4D'x))        /* expect: 5C5C */
say c2x(bitxor('C711'x, '222222'x, ' ')) /* expect: E53302 */
say bitxor('abc', 'abc') == '000000'x    /* expect: 1 */

say bitand()                             /* expect error: 40.3 */
say bitand('a', 'b', 'c', 'd')           /* expect error: 40.4 */
say bitand('a', 'b', '')                 /* expect error: 40.23 */
say bitor()                              /* expect error: 40.3 */
say bitor('a', 'b', 'cc')                /* expect error: 40.23 */
say bitor(, 'b')                         /* expect error: 40.5 */
say bitxor()                             /* expect error: 40.3 */
say bitxor('a', 'b', 'cc')               /* expect error: 40.23 */
