/* Words of a template: each takes a word, the last takes the rest. */

parse value 'one two three' with p q r; say '['p']['q']['r']' /* expect: [one][two][three] */
parse value 'one two three four' with p q r; say '['p']['q']['r']' /* expect: [one][two][three four] */
parse value 'one' with p q r; say '['p']['q']['r']' /* expect: [one][][] */
parse value '' with p q; say '['p']['q']'  /* expect: [][] */
parse value '  one   two   ' with p q; say '['p']['q']' /* expect: [one][  two   ] */
parse value '  one   two   ' with p; say '['p']' /* expect: [  one   two   ] */
parse value '  one   two   ' with p .; say '['p']' /* expect: [one] */
parse value '  one  ' with p q; say '['p']['q']' /* expect: [one][ ] */
parse value 'one two' with p q r; say '['p']['q']['r']' /* expect: [one][two][] */
parse value 'one two  ' with p q r; say '['p']['q']['r']' /* expect: [one][two][ ] */
parse value 'one  two' with p q; say '['p']['q']' /* expect: [one][ two] */
parse value 'a b c d' with . q . s; say '['q']['s']' /* expect: [b][d] */
parse value 'a b c d' with p . ; say '['p']' /* expect: [a] */
parse value 'a b' with p p; say '['p']'    /* expect: [b] */
parse value 'a b c' with p q p; say '['p']['q']' /* expect: [c][b] */
parse value 'x y' with; say 'nothing'      /* expect: nothing */
parse value 'Mixed Case' with p q; say p q /* expect: Mixed Case */
parse upper value 'Mixed Case' with p q; say p q /* expect: MIXED CASE */
parse value 1 + 2 4 with p q; say p q      /* expect: 3 4 */
parse value with p; say '['p']'            /* expect: [] */

str = 'alpha beta gamma'
parse var str p str; say '['p']['str']'    /* expect: [alpha][beta gamma] */
parse var str p str; say '['p']['str']'    /* expect: [beta][gamma] */
parse var str p str; say '['p']['str']'    /* expect: [gamma][] */
parse var str p str; say '['p']['str']'    /* expect: [][] */

i = 1; str = '2 val'
parse var str i s.i; say i s.2             /* expect: 2 val */
parse var unset p; say p                   /* expect: UNSET */
t.1 = 'deep down'; parse var t.1 p q; say q p /* expect: down deep */
parse value 'v w' with u.1 u.2; say u.2 u.1 /* expect: w v */
parse value 'all' with z.; say z.9         /* expect: all */
