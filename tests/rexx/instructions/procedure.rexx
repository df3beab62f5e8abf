/* PROCEDURE: a routine's own variables, and those of its caller that are exposed. */

x = 1; y = 2; call p; say x y            /* expect each: X Y | 1 2 */
exit
p: procedure; say x y; x = 5; y = 6; return

x = 1; y = 2; call p; say x y            /* expect each: 1 Y | 5 2 */
exit
p: procedure expose x; say x y; x = 5; y = 6; return

a.1 = 'one'; a.2 = 'two'; call p; say a.1 a.2 /* expect each: one two | 1 two */
exit
p: procedure expose a.; say a.1 a.2; a.1 = 1; return

a.1 = 'one'; a.2 = 'two'; call p; say a.1 a.2 /* expect each: one A.2 | 1 two */
exit
p: procedure expose a.1; say a.1 a.2; a.1 = 1; a.2 = 2; return

/* From left to right: what is exposed later is not known to a tail. */
j = 1; a.1 = 'caller'; a.j = 'one'; call p
exit
p: procedure expose a.j j; say a.1 a.j   /* expect: A.1 A.1 */
return

j = 1; a.1 = 'one'; call p
exit
p: procedure expose j a.j; say a.1 a.j   /* expect: one one */
return

names = 'x y'; x = 1; y = 2; z = 3; call p; say x y z /* expect each: 1 2 Z x y | 8 9 3 */
exit
p: procedure expose (names); say x y z names; x = 8; y = 9; z = 7; return

s. = 'all'; s.1 = 'one'; call p; say s.1 s.2 /* expect: new new */
exit
p: procedure expose s.; s. = 'new'; return

x = 'set'; call p; say x symbol('x')     /* expect: X LIT */
exit
p: procedure expose x; drop x; return

call p; say x                            /* expect: now */
exit
p: procedure expose x; x = 'now'; return

x = 'outer'; call p; say x               /* expect each: X | inner | outer */
exit
p: procedure; call q; say x; return
q: procedure expose x; say x; x = 'inner'; return

call p                                   /* expect: ok */
exit
p:
/* A comment and other labels may stand between. */
p2: procedure; say 'ok'; return

x = 'kept'; say f() x                    /* expect: X kept */
exit
f: procedure; return x

procedure                                /* expect error: 17.1 */

call p
exit
p: nop
procedure                                /* expect error: 17.1 */

call p
exit
p: procedure
procedure                                /* expect error: 17.1 */

call p
exit
p: interpret 'procedure'                 /* expect error: 17.1 */

call p
exit
p: procedure hide x                      /* expect error: 25.17 */

call p
exit
p: procedure expose                      /* expect error: 20.1 */

call p
exit
p: procedure expose 3                    /* expect error: 20.1 */

call p
exit
p: procedure expose (x                   /* expect error: 46.1 */

call p
exit
p: procedure expose x, y                 /* expect error: 20.1 */
