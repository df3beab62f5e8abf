/* Strict comparison: character by character, nothing stripped, nothing padded. */

say ('abc' == 'abc') ('abc' == 'abc ')   /* expect: 1 0 */
say (' abc' == 'abc') ('' == ' ')        /* expect: 0 0 */
say (1 == 1.0) (1 == '1') (01 == 1)      /* expect: 0 1 0 */
say (1 \== 1.0) ('a' \== 'a')            /* expect: 1 0 */
say ('abc' >> 'ab') ('ab' << 'abc')      /* expect: 1 1 */
say ('' << 'a') ('a' >> '') ('' >> '')   /* expect: 1 1 0 */
say ('10' >> '9') ('10' << '9')          /* expect: 0 1 */
say ('a' >>= 'a') ('a' <<= 'b') ('b' <<= 'a') /* expect: 1 1 0 */
say ('a' \>> 'b') ('a' \<< 'b')          /* expect: 1 0 */
say ('b' \>> 'a') ('b' \<< 'a') ('a' \<< 'a') /* expect: 0 1 1 */
say ('abc ' >> 'abc') ('abc' << 'abc ')  /* expect: 1 1 */
say ('FF'x >> '7F'x) ('80'x >> '20'x)    /* expect: 1 1 */
say (1e3 == 1E3) (.5 == 0.5)             /* expect: 1 0 */
x = 1000; say (x + 0 == 1e3 + 0)         /* expect: 1 */
