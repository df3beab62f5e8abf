/* Hexadecimal and binary strings, with their blanks. */

say '61'x '6162'X '4B'x                  /* expect: a ab K */
say '61 62'x                             /* expect: ab */
say '6162 6364'x                         /* expect: abcd */
say c2x('A'x) c2x('1 2A'x) c2x('123'x)   /* expect: 0A 012A 0123 */
say c2x('0 f0'x) c2x('F'x)               /* expect: 00F0 0F */
say length(''x) length(""X)              /* expect: 0 0 */
say "4d"x"4D"x                           /* expect: MM */
say 'aB'x == 'Ab'x                       /* expect: 1 */
say '01100001'b '0110 0001'B             /* expect: a a */
say c2x('1'b) c2x('11'b) c2x('1 0000'b)  /* expect: 01 03 10 */
say c2x('1111 0000 1111'b)               /* expect: 0F0F */
say c2x('0'b) c2x('0'x)                  /* expect: 00 00 */
say length(''b)                          /* expect: 0 */
say c2x('0000 0000 0000'b)               /* expect: 0000 */

/* A name that starts with x or b is not taken apart. */
xx = 'X'; bb = 'B'
say '61'xx '01'bb                        /* expect: 61X 01B */
say '61'||x '61' x                       /* expect: 61X 61 X */
say 'a'b1                                /* expect: aB1 */
say 'a'x.1                               /* expect: aX.1 */

say 'f0 0'x                              /* expect error: 15.1 */
say 'f0 0f 0'x                           /* expect error: 15.1 */
say ' f0'x                               /* expect error: 15.1 */
say 'f0 'x                               /* expect error: 15.1 */
say '<'x                                 /* expect error: 15.3 */
say 'xyz'x                               /* expect error: 15.3 */
say 'a'b'x'                              /* expect error: 15.4 */
say '2'b                                 /* expect error: 15.4 */
say '11 1'b                              /* expect error: 15.2 */
say ' 1'b                                /* expect error: 15.2 */
say '1 'b                                /* expect error: 15.2 */
