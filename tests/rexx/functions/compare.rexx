/* COMPARE: the first position where two strings differ; the shorter one is padded. */

say compare('abc', 'abc')            /* expect: 0 */
say compare('abc', 'ak')             /* expect: 2 */
say compare('ab ', 'ab')             /* expect: 0 */
say compare('ab ', 'ab', ' ')        /* expect: 0 */
say compare('ab ', 'ab', 'x')        /* expect: 3 */
say compare('ab-- ', 'ab', '-')      /* expect: 5 */
say compare('ab', 'ab--', '-')       /* expect: 0 */
say compare('', '')                  /* expect: 0 */
say compare('', ' ')                 /* expect: 0 */
say compare('', 'a')                 /* expect: 1 */
say compare('a', '')                 /* expect: 1 */
say compare('A', 'a')                /* expect: 1 */
say compare('abc', 'abd')            /* expect: 3 */
say compare(1.0, 1)                  /* expect: 2 */
say compare('ab', 'ab   x')          /* expect: 6 */

say compare('a')                     /* expect error: 40.3 */
say compare('a', 'b', 'c', 'd')      /* expect error: 40.4 */
say compare(, 'b')                   /* expect error: 40.5 */
say compare('a', 'b', '')            /* expect error: 40.23 */
say compare('a', 'b', 'xx')          /* expect error: 40.23 */
