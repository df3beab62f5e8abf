/* What a routine changes of the settings ends with it: NUMERIC, ADDRESS, traps, TRACE. */

numeric digits 5; address first; signal on novalue name mine
call sub
say digits() fuzz() form() address() trace() /* expect each: 12 2 ENGINEERING SECOND E | 5 0 SCIENTIFIC FIRST N */
x = unset
exit
sub: numeric digits 12; numeric fuzz 2; numeric form engineering; address second
signal off novalue; x = unset; trace e
say digits() fuzz() form() address() trace(); return
mine: say 'trapped' sigl                 /* expect: trapped 4 */

/* INTERPRET is no routine: what it changes stays. */
interpret 'numeric digits 7; address third'
say digits() address()                   /* expect: 7 THIRD */

/* A function saves and restores them too. */
numeric digits 3
say 1 / f() 1 / 3                        /* expect: 0.333 0.333 */
exit
f: numeric digits 20; return 3

/* PROCEDURE hides variables, not settings. */
numeric digits 4
call sub                                 /* expect: 4 */
exit
sub: procedure; say digits(); return

/* RC and SIGL are variables like others. */
rc = 'mine'; sigl = 'too'; result = 'also'
say rc sigl result                       /* expect: mine too also */
