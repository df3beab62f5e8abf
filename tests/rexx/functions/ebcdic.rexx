/* With code page 1047 whatever shows codes or order answers as on the mainframe. */
/* codepage: 1047 */
/* regina: has the host's codes only */

say c2x('A') c2x('a') c2x('0') c2x(' ')  /* expect: C1 81 F0 40 */
say c2x('ABC') c2x('$') c2x('#') c2x('@') /* expect: C1C2C3 5B 7B 7C */
say x2c('C1C2') x2c('81 82')             /* expect: AB ab */
say c2d('A') c2d('0') d2c(193) d2c(129)  /* expect: 193 240 A a */
say xrange('a', 'e') xrange('A', 'C')    /* expect: abcde ABC */
say length(xrange('i', 'j'))             /* expect: 9 */
say c2x(xrange(x2c('C9'), x2c('D1')))            /* expect: C9CACBCCCDCECFD0D1 */
say length(xrange()) c2x(left(xrange(), 3)) /* expect: 256 000102 */
say ('a' < 'A') ('Z' < '0') ('a' << 'A') ('9' >> 'Z') /* expect: 1 1 1 1 */
say (' ' < 'a') ('a' < 'b') ('i' < 'j')  /* expect: 1 1 1 */
say c2x(bitand('A', x2c('BF'))) bitor('a', x2c('40')) /* expect: 81 A */
say translate('abc') translate('abc', x2c('81'), 'c') /* expect: ABC aba */
say (x2c('40') == ' ') c2x('a'||x2c('00'))       /* expect: 1 8100 */
say verify(x2c('C1'), 'A') pos(x2c('C1'), 'xA')  /* expect: 0 2 */
say datatype(x2c('F1F2')) x2c('F1F2') * 2        /* expect: NUM 24 */
say x2b(c2x('A')) b2x('11110001')        /* expect: 11000001 F1 */
