/* Symbols of a period and a name: at the standard's level they are reserved. */
/* level: ansi */

say .rc .RESULT .sigl .mn .rs            /* expect: .RC .RESULT .SIGL .MN .RS */

'exit 5'; say .rc .rs rc                 /* expect: 5 1 5 */
'exit 0'; say .rc .rs rc                 /* expect: 0 0 0 */

/* No assignment changes them. */
'exit 5'
rc = 'mine'; say rc .rc                  /* expect: mine 5 */

call f 7
say result .result sigl .sigl            /* expect: 7 7 1 1 */
result = 'own'; say result .result       /* expect: own 7 */
call nothing
say symbol('RESULT') .result             /* expect: LIT .RESULT */
exit
f: return arg(1)
nothing: return

/* They are the same in every routine. */
call p 'v'
say .result .sigl                        /* expect each: .RESULT 2 | r 6 | v 6 */
exit
p: procedure; say .result .sigl
call r; say .result .sigl
return arg(1)
r: return 'r'

signal on syntax
x = 1 / 0
syntax: say .mn .rc rc .sigl             /* expect: 42.3 42 42 2 */

/* A built-in function called by CALL gives a result too. */
call length 'abc'; say .result           /* expect: 3 */

/* A period alone, and what begins as a number, are constants. */
say . .5 .5x                             /* expect: . .5 .5X */
parse value 'a b' with . x; say x        /* expect: b */

interpret "'exit 3'; say .rc"            /* expect: 3 */

a..rc = 1; say a..rc                     /* expect: 1 */

say .p                                   /* expect error: 50.1 */
x = 1 + .nothing                         /* expect error: 50.1 */
.rc = 3                                  /* expect error: 31.3 */
