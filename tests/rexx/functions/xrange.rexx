/* XRANGE: the characters from one to another, round the end when the first is greater. */

say xrange('a', 'f')                     /* expect: abcdef */
say xrange('a', 'a')                     /* expect: a */
say c2x(xrange('03'x, '07'x))            /* expect: 0304050607 */
say c2x(xrange(, '04'x))                 /* expect: 0001020304 */
say c2x(xrange('FE'x, '02'x))            /* expect: FEFF000102 */
say c2x(xrange('FD'x))                   /* expect: FDFEFF */
say length(xrange())                     /* expect: 256 */
say c2x(left(xrange(), 2))               /* expect: 0001 */
say length(xrange('b', 'a'))             /* expect: 256 */
say left(xrange('b', 'a'), 3)            /* expect: bcd */
say c2x(right(xrange(), 1))              /* expect: FF */

say xrange('a', 'b', 'c')                /* expect error: 40.4 */
say xrange('ab', 'c')                    /* expect error: 40.23 */
say xrange('a', '')                      /* expect error: 40.23 */
say xrange('')                           /* expect error: 40.23 */
