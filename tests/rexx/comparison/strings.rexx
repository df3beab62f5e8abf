/* Comparison of strings: leading and trailing blanks mean nothing, the shorter one is padded. */

say ('abc' = 'abc') ('abc' = 'ABC')      /* expect: 1 0 */
say (' abc' = 'abc ') ('abc' = 'abc  ')  /* expect: 1 1 */
say ('' = '   ') ('' = '')               /* expect: 1 1 */
say ('a b' = 'ab') ('a  b' = 'a b')      /* expect: 0 0 */
say ('abc' < 'abd') ('abc' > 'ab')       /* expect: 1 1 */
say ('ab' < 'ab!') ('ab' > 'ab')         /* expect: 1 0 */
say ('a' > '') ('' < 'a')                /* expect: 1 1 */
say ('1x' > '1') ('x' \= 'y')            /* expect: 1 1 */
say ('abc' <> 'abd') ('abc' >< 'abc')    /* expect: 1 0 */
say ('a' \> 'b') ('a' \< 'b')            /* expect: 1 0 */
say ('b' >= 'a') ('a' >= 'a') ('a' <= 'b') /* expect: 1 1 1 */
say ('ab' = 'ab'||'00'x)                 /* expect: 0 */
say ('Zebra' < 'apple')                  /* expect: 1 */
