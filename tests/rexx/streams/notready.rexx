/* NOTREADY: a stream that cannot give or take what is asked. */
/* world: host */

/* Without a trap the end of a stream is a null string. */
call lineout 'f', 'x'; call lineout 'f'
say linein('f') '['linein('f')']' stream('f') /* expect: x [] NOTREADY */

signal on notready
call lineout 'f', 'x'; call lineout 'f'
say linein('f')                          /* expect: x */
y = linein('f')
say 'never'
notready: say 'at' sigl condition('C') condition('I') condition('S') /* expect: at 4 NOTREADY SIGNAL OFF */
say symbol('Y')                          /* expect: LIT */

signal on notready name gone
x = linein('nofile')
gone: say condition('C') sigl            /* expect: NOTREADY 2 */

/* A trap by CALL runs when the clause is done, with the value in its place. */
call on notready name n
x = 'a'linein('nofile')'b'
say x done                               /* expect: ab 3 */
exit
n: done = sigl; return

/* Within the trap's routine another one waits, and comes when it returns. */
call on notready name n
c = 0
x = charin('nofile')
say 'after' c                            /* expect: after 1 */
x = charin('nofile')
say 'after' c                            /* expect: after 2 */
exit
n: c = c + 1; return

/* The last line without its end is no reason. */
signal on notready
call charout 'f', 'abc'; call charout 'f'
say linein('f')                          /* expect: abc */
exit
notready: say 'never'

call on notready name n
say charin('nofile')'.'                  /* expect each: . | called NOTREADY CALL DELAY */
say condition('C')'.'                    /* expect: . */
exit
n: say 'called' condition('C') condition('I') condition('S'); return
