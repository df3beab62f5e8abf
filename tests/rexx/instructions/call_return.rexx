/* CALL and RETURN: routines, their arguments, RESULT and SIGL. */

call sub 1, 2; say result                /* expect: 3 */
call sub 5, 6
say result                               /* expect: 11 */
exit
sub: return arg(1) + arg(2)

result = 'old'
call sub
say result symbol('RESULT')              /* expect: RESULT LIT */
exit
sub: return

x = 1; call sub; say x                   /* expect: 2 */
exit
sub: x = 2; return

call one
say 'back'                               /* expect each: one | two | back */
exit
one: say 'one'; call two; return
two: say 'two'; return

/* A routine runs into the next one; a label is no end. */
call one                                 /* expect each: one | two */
exit
one: say 'one'
two: say 'two'
return

call sub
exit
sub: say sigl                            /* expect: 1 */
return

say sigl                                 /* expect: SIGL */

nop
x = f(2); say sigl                       /* expect: 2 */
exit
f: return 1

/* The first of two labels counts. */
call twice                               /* expect: first */
exit
twice: say 'first'; return
twice: say 'second'; return

/* RETURN without a call ends the program. */
say 'only this'                          /* expect: only this */
return
say 'never'

say 'x'                                  /* expect: x */
return 7

call (which) 5; say result               /* expect error: 43.1 line 1 */

which = 'SUB'; call (which) 5; say result /* expect: 25 */
exit
sub: return arg(1) ** 2

call sub 'a', , 'c'                      /* expect: 3 a  c */
call sub                                 /* expect: 0    */
exit
sub: say arg() arg(1) arg(2) arg(3); return

/* A string is a built-in function's or an external routine's name, never a label's. */
call 'SUB'
exit
sub: return                              /* expect error: 43.1 line 2 */

/* regina: nests only as deep as its stack */
/* Deep recursion. */
say depth(10000)                         /* expect: 10000 */
exit
depth: procedure; parse arg n; if n = 0 then return 0; return depth(n - 1) + 1

say f()
exit
f: return                                /* expect error: 45.1 */

say 'before'                             /* expect: before */
say f()
say 'never'
f: exit

call                                     /* expect error: 19.2 */
call ,                                   /* expect error: 19.2 */
call +                                   /* expect error: 19.2 */
call on                                  /* expect error: 25.1 */
call on other                            /* expect error: 25.1 */
call on syntax                           /* expect error: 25.1 */
call on novalue                          /* expect error: 25.1 */
call off other                           /* expect error: 25.2 */
call off                                 /* expect error: 25.2 */
call on error name                       /* expect error: 19.3 */
call on error x                          /* expect error: 21.1 */
call off error name x                    /* expect error: 21.1 */
call (x                                  /* expect error: 46.1 */
call f 1 2 +                             /* expect error: 35.1 */
call f 1)                                /* expect error: 37.2 */

/* level: cms */
call inside
do
inside: nop
end                                      /* expect error: 10.1 line 5 */
