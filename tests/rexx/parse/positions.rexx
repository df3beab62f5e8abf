/* Positions: absolute, relative, from variables. */

parse value 'abcdefgh' with p 4 q; say '['p']['q']' /* expect: [abc][defgh] */
parse value 'abcdefgh' with 3 p; say '['p']' /* expect: [cdefgh] */
parse value 'abcdefgh' with 3 p 5; say '['p']' /* expect: [cd] */
parse value 'abcdefgh' with 3 p 5 q 7 r; say '['p']['q']['r']' /* expect: [cd][ef][gh] */
parse value 'abcdefgh' with p =4 q; say '['p']['q']' /* expect: [abc][defgh] */
parse value 'abcdefgh' with 1 p 1 q; say '['p']['q']' /* expect: [abcdefgh][abcdefgh] */
parse value 'abcdefgh' with 4 p 2 q; say '['p']['q']' /* expect: [defgh][bcdefgh] */
parse value 'abcdefgh' with p 10 q; say '['p']['q']' /* expect: [abcdefgh][] */
parse value 'abcdefgh' with p 9 q; say '['p']['q']' /* expect: [abcdefgh][] */
parse value 'abcdefgh' with p 0 q; say '['p']['q']' /* expect: [abcdefgh][abcdefgh] */
parse value 'abcdefgh' with 3 p 3 q; say '['p']['q']' /* expect: [cdefgh][cdefgh] */
parse value '' with p 3 q; say '['p']['q']' /* expect: [][] */
parse value 'ab cd ef' with p q 5 r; say '['p']['q']['r']' /* expect: [ab][c][d ef] */
parse value 'abcdef' with 2 p 4 1 q 3; say '['p']['q']' /* expect: [bc][ab] */
parse value 'abcdef' with 2 4 p; say '['p']' /* expect: [def] */

parse value 'abcdefgh' with p +3 q; say '['p']['q']' /* expect: [abc][defgh] */
parse value 'abcdefgh' with 3 p +2 q; say '['p']['q']' /* expect: [cd][efgh] */
parse value 'abcdefgh' with 5 p -2 q; say '['p']['q']' /* expect: [efgh][cdefgh] */
parse value 'abcdefgh' with 5 p -9 q; say '['p']['q']' /* expect: [efgh][abcdefgh] */
parse value 'abcdefgh' with p +20 q; say '['p']['q']' /* expect: [abcdefgh][] */
parse value 'abcdefgh' with p +0 q; say '['p']['q']' /* expect: [abcdefgh][abcdefgh] */
parse value 'abcdefgh' with 3 p +1 q +1 r; say '['p']['q']['r']' /* expect: [c][d][efgh] */
parse value 'abcdefgh' with 'c' p +2 q; say '['p']['q']' /* expect: [cd][efgh] */
parse value 'abcdefgh' with 'cd' p +0 q; say '['p']['q']' /* expect: [cdefgh][cdefgh] */
parse value 'abcdefgh' with 'cd' +1 p; say '['p']' /* expect: [defgh] */
parse value 'abcdefgh' with 'e' -2 p 'e'; say '['p']' /* expect: [cd] */
parse value 'abcdefgh' with p 'x' q +1; say '['p']['q']' /* expect: [abcdefgh][] */
parse value 'abcdefgh' with 'x' -2 p; say '['p']' /* expect: [gh] */
parse value 'abcdefgh' with +2 p +2 q; say '['p']['q']' /* expect: [cd][efgh] */
parse value 'key=val' with p '=' +0 q; say '['p']['q']' /* expect: [key][=val] */

n = 4; parse value 'abcdefgh' with p =(n) q; say '['p']['q']' /* expect: [abc][defgh] */
parse value 'abcdefgh' with 2 p +(n) q; say '['p']['q']' /* expect: [bcde][fgh] */
parse value 'abcdefgh' with 6 p -(n) q; say '['p']['q']' /* expect: [fgh][bcdefgh] */
parse value '3abcdef' with n 2 p +(n) q; say n '['p']['q']' /* expect: 3 [abc][def] */
n = ' 4 '; parse value 'abcdefgh' with p =(n) q; say p /* expect: abc */
n = '4.0'; parse value 'abcdefgh' with p =(n) q; say p /* expect: abc */
n = 4; parse value 'ab4cd' with p (n) q; say p q /* expect: ab cd */

parse value '19990225' with y 5 m 7 d; say y m d /* expect: 1999 02 25 */
parse value '19990225' with y +4 m +2 d +2; say y m d /* expect: 1999 02 25 */
parse value 'one two three' with p . 1 whole; say '['p']['whole']' /* expect: [one][one two three] */
parse value 'abc' with 2 p 2 q 3 r; say '['p']['q']['r']' /* expect: [bc][b][c] */

n = 'x'; parse value 'a' with =(n) p     /* expect error: 26.4 */
n = 1.5; parse value 'a' with +(n) p     /* expect error: 26.4 */
parse value 'a' with 1.5 p               /* expect error: 26.4 */
parse value 'a' with +1.5 p              /* expect error: 26.4 */
