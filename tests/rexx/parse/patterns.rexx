/* String patterns: the text up to the next occurrence; the pattern itself is left out. */

parse value 'key=value' with p '=' q; say '['p']['q']' /* expect: [key][value] */
parse value 'key = value' with p '=' q; say '['p']['q']' /* expect: [key ][ value] */
parse value 'a,b,c' with p ',' q ',' r; say '['p']['q']['r']' /* expect: [a][b][c] */
parse value 'a,b' with p ',' q ',' r; say '['p']['q']['r']' /* expect: [a][b][] */
parse value 'abc' with p ',' q; say '['p']['q']' /* expect: [abc][] */
parse value 'a,b c,d' with p ',' q r ',' s; say '['p']['q']['r']['s']' /* expect: [a][b][c][d] */
parse value 'one two, three' with p q ',' r; say '['p']['q']['r']' /* expect: [one][two][ three] */
parse value 'a::b' with p '::' q; say '['p']['q']' /* expect: [a][b] */
parse value 'aXbxc' with p 'x' q; say '['p']['q']' /* expect: [aXb][c] */
parse value ',a' with p ',' q; say '['p']['q']' /* expect: [][a] */
parse value 'a,' with p ',' q; say '['p']['q']' /* expect: [a][] */
parse value 'a,b,c' with ',' p ','; say '['p']' /* expect: [b] */
parse value 'a,b,c' with . ',' . ',' p; say '['p']' /* expect: [c] */
parse value 'abc' with p '' q; say '['p']['q']' /* expect: [abc][] */
parse value 'a b c' with p ' ' q; say '['p']['q']' /* expect: [a][b c] */
parse value 'aaa' with p 'a' q 'a' r; say '['p']['q']['r']' /* expect: [][][a] */
parse value 'x-y-z' with p '-' '-' q; say '['p']['q']' /* expect: [x][z] */
parse value 'abcabc' with p 'c' q 'a' r; say '['p']['q']['r']' /* expect: [ab][][bc] */

sep = '/'; parse value '12/25/99' with m (sep) d (sep) y; say m d y /* expect: 12 25 99 */
sep = ''; parse value 'abc' with p (sep) q; say '['p']['q']' /* expect: [abc][] */
parse value '|a|b|' with sep +1 p (sep) q (sep); say '['sep']['p']['q']' /* expect: [|][a][b] */
s.1 = '-'; parse value 'a-b' with p (s.1) q; say p q /* expect: a b */
parse upper value 'axbXc' with p 'X' q 'X' r; say p q r /* expect: A B C */
parse upper value 'axb' with p 'x' q; say '['p']['q']' /* expect: [AXB][] */
parse value "it's" with p "'" q; say '['p']['q']' /* expect: [it][s] */
parse value 'a'||'00'x||'b' with p '00'x q; say p q /* expect: a b */
