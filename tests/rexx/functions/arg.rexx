/* ARG: the arguments of a routine. */

call name
exit
name: say arg() '['arg(1)']' arg(1, 'E') arg(1, 'O') /* expect: 0 [] 0 1 */

call name 'a', , 'b'
exit
name:
say arg()                                /* expect: 3 */
say '['arg(1)']' '['arg(2)']' '['arg(3)']' '['arg(4)']' /* expect: [a] [] [b] [] */
say arg(1, 'E') arg(2, 'E') arg(3, 'e') arg(4, 'exists') /* expect: 1 0 1 0 */
say arg(1, 'O') arg(2, 'O') arg(3, 'o') arg(4, 'omitted') /* expect: 0 1 0 1 */
say '['arg(1, 'N')']' '['arg(2, 'normal')']' /* expect: [a] [] */

x = name('', ' ')
exit
name: say arg() arg(1, 'E') '['arg(1)']' '['arg(2)']' /* expect: 2 1 [] [ ] */
return 1

/* args: Some WORDS here */
say arg() '['arg(1)']'                   /* expect: 1 [Some WORDS here] */

/* The arguments stay what they were. */
call name 'a'
exit
name: parse upper arg x; arg y; x = 'z'
say arg(1) x y                           /* expect: a z A */

say arg(0)                               /* expect error: 40.14 */
say arg('x')                             /* expect error: 40.12 */
say arg(1, 'X')                          /* expect error: 40.28 */
say arg(1, '')                           /* expect error: 40.21 */
say arg(1, 'E', 1)                       /* expect error: 40.4 */
say arg(, 'E')                           /* expect error: 40.5 */
