/* NOP, SAY, EXIT, OPTIONS, TRACE, PUSH, QUEUE, PULL, ARG, UPPER. */

nop; nop ; say 'ok'                      /* expect: ok */
say                                      /* expect:  */
say 'a' 1 + 1                            /* expect: a 2 */
options 'anything at all'; options ''; options 1 + 1; say 'still' /* expect: still */
trace off; trace 'O'; trace value 'Off'; say trace() /* expect: O */
trace (left('Normal', 1)); say trace()   /* expect: N */

queue 'one'; queue 'two'; push 'zero'; queue; push
pull a; say '['a']'                      /* expect: [] */
pull a; say a                            /* expect: ZERO */
parse pull a; say a                      /* expect: one */
pull a b; say a b                        /* expect: TWO  */
pull a; say '['a']' queued()             /* expect: [] 0 */

/* input: Typed in */
/* input: Second line */
pull a b; say a b                        /* expect: TYPED IN */
parse pull a; say a                      /* expect: Second line */

/* args: Some Words here */
arg a b; say a||'/'||b                       /* expect: SOME/WORDS HERE */
arg; parse arg a b; say a||'/'||b            /* expect: Some/Words here */
parse arg a, c; say a||'/'||c                /* expect: Some Words here/ */

call sub 'Ab', 'Cd'
exit
sub: arg a, b; say a b                   /* expect: AB CD */
parse arg a, b; say a b                  /* expect: Ab Cd */
arg , b; say b                           /* expect: CD */
return


nop x                                    /* expect error: 21.1 */
nop + 1                                  /* expect error: 21.1 */
trace x                                  /* expect error: 24.1 */
trace 'Xyz'                              /* expect error: 24.1 */
trace value 'q'                          /* expect error: 24.1 */
options                                  /* expect error: 35.1 */
trace 1.5                                /* expect error: 26.7 */

/* level: cms */
x = 'abc'; y.1 = 'def'; upper x y.1; say x y.1 /* expect: ABC DEF */

/* level: cms */
upper                                    /* expect error: 20.1 */
/* level: cms */
upper 3                                  /* expect error: 20.1 */
