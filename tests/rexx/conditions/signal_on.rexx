/* SIGNAL ON: the trap fires once, the program goes on at its label. */

signal on syntax
x = 1 / 0
say 'never'
syntax: say rc sigl condition('C') condition('I') condition('S') /* expect: 42 2 SYNTAX SIGNAL OFF */

signal on syntax name oops
x = 'a' + 1
oops: say rc sigl                        /* expect: 41 2 */

signal on syntax
signal on syntax name other
x = 1 / 0
syntax: say 'wrong'
other: say 'the last one counts'         /* expect: the last one counts */

signal on syntax
signal off syntax
x = 1 / 0                                /* expect error: 42.3 */

/* A trap that has fired is off. */
signal on syntax
x = 1 / 0
syntax: x = 2 / 0                        /* expect error: 42.3 */

/* It can be set again. */
n = 0
again:
n = n + 1
signal on syntax name again
if n < 4 then x = 1 / 0
say n                                    /* expect: 4 */

signal on syntax name nowhere
x = 1 / 0                                /* expect error: 16.1 */

signal on novalue
x = unset + 1
novalue: say sigl condition('D') condition('C') symbol('RC') /* expect: 2 UNSET NOVALUE LIT */

i = 3
signal on novalue
x = a.i
novalue: say condition('D')              /* expect: A.3 */

signal on novalue
x = 'a' 5 3y .5
say 'set' x                              /* expect: set a 5 3Y .5 */
y = unset
novalue: say 'unset' condition('D')      /* expect: unset UNSET */

/* NOVALUE is not raised by the tail's own names. */
signal on novalue
a. = 'default'
say a.i                                  /* expect: default */
drop i; parse value 'x' with i; say i    /* expect: x */
say symbol('NONE')                       /* expect: LIT */
if datatype(nope) = 'CHAR' then say 'never'
novalue: say condition('D')              /* expect: NOPE */

/* An error within a routine: the routine's trap is the caller's until it sets one. */
signal on syntax
call sub
say 'never'
sub: x = 1 / 0
return
syntax: say 'caught' sigl                /* expect: caught 5 */

/* Traps of a routine end with it. */
signal on syntax name outer
call sub
x = 1 / 0
sub: signal on syntax name inner; return
inner: say 'inner'; exit
outer: say 'outer' sigl                  /* expect: outer 4 */

/* What is trapped in a routine stays at its level. */
call sub; say 'back' x                   /* expect: back trapped */
exit
sub: signal on syntax name oops; x = 1 / 0; return
oops: x = 'trapped'; return

signal on syntax
interpret 'x = 1 +'
syntax: say rc sigl                      /* expect: 35 2 */

signal on syntax
interpret 'x = 1 / 0'
syntax: say rc sigl                      /* expect: 42 2 */

signal on syntax
call nosuchroutine
syntax: say rc condition('C')            /* expect: 43 SYNTAX */

signal on syntax
signal nolabel
syntax: say rc                           /* expect: 16 */

/* LOSTDIGITS: an operand has more digits than NUMERIC DIGITS. */
signal on lostdigits
x = 123456789 + 1
say 'fits' x                             /* expect: fits 123456790 */
x = 1234567891 + 1
lostdigits: say sigl condition('D') condition('C') /* expect: 5 1234567891 LOSTDIGITS */

/* Zeros beyond them are no loss. */
signal on lostdigits
x = 12345678900 + 1
say x                                    /* expect: 1.23456789E+10 */
exit
lostdigits: say 'never'

signal on lostdigits
x = 1.2345678901 + 1
lostdigits: say condition('D')           /* expect: 1.2345678901 */
