/* Functions are found by their names in any case; a quoted name must be in upper case. */

say length('abc') LENGTH('abc') Length('abc') /* expect: 3 3 3 */
say 'LENGTH'('abc') "LENGTH"("abc")      /* expect: 3 3 */
say length ('abc')                       /* expect: LENGTH abc */
call length 'abcd'; say result           /* expect: 4 */
call 'LENGTH' 'abcd'; say result         /* expect: 4 */

say 'length'('abc')                      /* expect error: 43.1 */
say nosuchfunction('abc')                /* expect error: 43.1 */
call nosuchroutine                       /* expect error: 43.1 */
