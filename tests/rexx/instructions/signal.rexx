/* SIGNAL to a label: blocks are left, SIGL is set. */

signal there
say 'never'
there: say 'here' sigl                   /* expect: here 1 */

signal 'THERE'
there: say 'string'                      /* expect: string */

where = 'there'; signal value translate(where)
there: say 'value'                       /* expect: value */

signal ('TH'||'ERE')
there: say 'parenthesis'                 /* expect: parenthesis */

signal value 'THERE'
there: say 'literal'                     /* expect: literal */

/* A loop that is left by SIGNAL is over. */
do i = 1 to 3
  signal out
end
out: say 'out' i                         /* expect: out 1 */

do i = 1 to 3; signal out; end
out: leave                               /* expect error: 28.1 */

/* level: cms */
if 1 then signal out
say 'never'
out: say 'end'                           /* expect: end */
end                                      /* expect error: 10.1 */

/* From within a routine the program goes on in the routine. */
call sub; say 'returned'                 /* expect each: there | returned */
exit
sub: signal there
there: say 'there'; return

signal nowhere                           /* expect error: 16.1 */
signal value 'nowhere'                   /* expect error: 16.1 */
signal                                   /* expect error: 19.4 */
signal +                                 /* expect error: 35.1 */
signal on                                /* expect error: 25.3 */
signal on other                          /* expect error: 25.3 */
signal off other                         /* expect error: 25.4 */
signal off                               /* expect error: 25.4 */
signal on error name                     /* expect error: 19.3 */
signal on error name 3 4                 /* expect error: 21.1 */
signal a b                               /* expect error: 21.1 */

signal inside
do
inside: nop
end                                      /* expect cms error: 10.1 line 4 */ /* expect ansi error: 16.2 line 1 */

signal inside
if 1 then do
inside: nop
end                                      /* expect cms error: 10.1 line 4 */ /* expect ansi error: 16.2 line 1 */
