/* CONDITION: what was trapped last, at this level. */

say '['condition()']' '['condition('C')']' '['condition('D')']' '['condition('S')']' '['condition('I')']' /* expect: [] [] [] [] [] */

signal on syntax
x = 1 / 0
syntax: say condition('C') condition('Instruction') condition('s') /* expect: SYNTAX SIGNAL OFF */
say condition()                          /* expect: SIGNAL */
signal on syntax; say condition('S')     /* expect: ON */

/* A routine sees its caller's; what it traps itself ends with it. */
signal on novalue name one
x = unset1
one:
call sub
say condition('D')                       /* expect each: UNSET1 | UNSET2 | UNSET1 */
exit
sub: say condition('D')
signal on novalue name two
x = unset2
two: say condition('D'); return

say condition('X')                       /* expect error: 40.28 */
say condition('')                        /* expect error: 40.21 */
say condition('C', 1)                    /* expect error: 40.4 */
