/* PARSE ARG, VALUE, VAR, PULL, LINEIN, EXTERNAL, SOURCE and VERSION. */

call sub 'one two', 'three,four', 'Five'
exit
sub:
parse arg p q, r ',' s, t; say '['p']['q']['r']['s']['t']' /* expect: [one][two][three][four][Five] */
parse arg , r; say '['r']'               /* expect: [three,four] */
parse arg p; say '['p']'                 /* expect: [one two] */
parse arg , , , u; say '['u']'           /* expect: [] */
parse arg p, , t; say '['p']['t']'       /* expect: [one two][Five] */
parse upper arg p, r; say p r            /* expect: ONE TWO THREE,FOUR */
return

/* Commas of other sources go on with the null string. */
parse value 'a b' with p, q; say '['p']['q']' /* expect: [a b][] */
str = 'c d'; parse var str p, q; say '['p']['q']' /* expect: [c d][] */

/* input: First Line here */
/* input: second */
parse linein p q; say '['p']['q']'       /* expect: [First][Line here] */
parse upper linein p; say '['p']'        /* expect: [SECOND] */
parse linein p; say '['p']'              /* expect: [] */

queue 'Queued line'
parse pull p q; say '['p']['q']'         /* expect: [Queued][line] */
queue 'Queued line'; parse upper pull p; say p /* expect: QUEUED LINE */

parse source sys how rest
say (how == 'COMMAND')                   /* expect: 1 */
parse version lang level day month year rest
say (left(lang, 4) == 'REXX') datatype(level, 'N') datatype(year, 'W') '['rest']' /* expect: 1 1 1 [] */

/* LOWER and CASELESS. */
parse lower value 'Mixed CASE' with p q; say p q /* expect: mixed case */
parse caseless value 'aXbxc' with p 'x' q 'X' r; say p q r /* expect: a b c */
parse caseless upper value 'aXbxc' with p 'x' q; say p q /* expect: A BXC */
parse upper caseless value 'aXb' with p 'x' q; say p q /* expect: A B */
