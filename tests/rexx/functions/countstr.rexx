/* COUNTSTR: how often a string occurs, without overlaps. */

say countstr('a', 'banana')          /* expect: 3 */
say countstr('an', 'banana')         /* expect: 2 */
say countstr('ana', 'banana')        /* expect: 1 */
say countstr('aa', 'aaaaa')          /* expect: 2 */
say countstr('x', 'banana')          /* expect: 0 */
say countstr('', 'banana')           /* expect: 0 */
say countstr('a', '')                /* expect: 0 */
say countstr('', '')                 /* expect: 0 */
say countstr('banana', 'banana')     /* expect: 1 */
say countstr('bananas', 'banana')    /* expect: 0 */
say countstr(1, 1101)                /* expect: 3 */

say countstr('a')                    /* expect error: 40.3 */
say countstr('a', 'b', 'c')          /* expect error: 40.4 */
say countstr(, 'b')                  /* expect error: 40.5 */
