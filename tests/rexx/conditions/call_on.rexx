/* CALL ON: the routine is called when the clause is done, the program goes on after it. */

call on error
'exit 3'
say 'after' rc                           /* expect each: trap 3 2 exit 3 | after 3 */
exit
error: say 'trap' rc sigl condition('D'); return

call on error name oops
'exit 1'; say 'next'                     /* expect each: ERROR CALL DELAY | next */
'exit 0'; say 'none'                     /* expect: none */
'exit 2'                                 /* expect: ERROR CALL DELAY */
call off error
'exit 2'; say 'off' rc                   /* expect: off 2 */
exit
oops: say condition('C') condition('I') condition('S'); return

/* The result of the trap's routine is thrown away. */
result = 'kept'
call on error
'exit 1'
say result                               /* expect: kept */
exit
error: return 'lost'

/* CALL ON and SIGNAL ON replace one another. */
signal on error name sig
call on error name cal
'exit 1'                                 /* expect: call */
signal on error name sig
'exit 1'
cal: say 'call'; return
sig: say 'signal'; exit                  /* expect: signal */

/* Within the trap's routine the trap is delayed: an error there goes unseen. */
call on error
'exit 1'                                 /* expect each: in 1 | out */
say 'end'                                /* expect: end */
exit
error: say 'in' rc; 'exit 2'; say 'out'; return

signal on error
'exit 5'
say 'never'
error: say rc sigl condition('D')        /* expect: 5 2 exit 5 */

/* Without a trap an error's return code is all there is. */
'exit 9'; say rc                         /* expect: 9 */

call on error name missing
'exit 1'                                 /* expect error: 16.1 */

/* level: ansi */
call on error name inner
if 0 then do; inner: nop; end
'exit 1'                                 /* expect error: 16.3 */
