/* Instructions that meet: conditions, routines, INTERPRET and settings in one another. */

/* A trap set where another fired, and what the routine's caller has of it. */
signal on syntax name outer
a = b()
say 'a' a                                /* expect each: in b 8 SIGNAL | again 10 41 | a recovered */
exit
b: procedure
signal on syntax name s2
c = 1 / 0
s2: say 'in b' sigl condition('I'); signal on syntax name s3
d = 'x' + 1
s3: say 'again' sigl rc; return 'recovered'
outer: say 'outer'

/* RETURN within INTERPRET leaves the routine, its loops and the text. */
do i = 1 to 2
  call q i
end
say 'done' i                             /* expect each: 1 1 | 1 2 | end 1 | done 3 */
exit
q: arg n
interpret 'do k = 1 to 2; if n = 2 then return; say n k; end'
say 'end' n
return

/* NUMERIC of a routine begins as its caller's and ends with it, at every depth. */
numeric digits 20; numeric fuzz 1
call p
say digits() fuzz()                      /* expect each: 20 1 | 3 1 | 3 | 20 1 */
x = f(); say x '/' digits() fuzz() form() /* expect: ENGINEERING 2 / 20 1 SCIENTIFIC */
exit
p: procedure; say digits() fuzz(); numeric digits 3
call pp; say digits(); return
pp: say digits() fuzz(); numeric digits 30; return
f: numeric form engineering; numeric fuzz 2; return form() fuzz()

/* An exposed stem: tails that are new, dropped and changed in the routine. */
a.1 = 'one'; a.x = 'ex'
call change
say a.1 a.x a.new                        /* expect: one! A.X n */
exit
change: procedure expose a. (none)
none = 'nothing'
a.new = 'n'; drop a.x; a.1 = a.1 || '!'
return

/* A list that names a stem, a compound and itself. */
list = 'a b. c.1'; a = 1; b. = 'bd'; b.1 = 'b1'; c.1 = 'c1'; c.2 = 'c2'; d = 4
call in
say a b.1 b.9 c.1 c.2 d                  /* expect each: a b. c.1 1 b1 bd c1 C.2 D | 2 x B.9 y c2 4 */
exit
in: procedure expose (list)
say list a b.1 b.7 c.1 c.2 d
a = 2; b.1 = 'x'; c.1 = 'y'; c.2 = 'z'; d = 9; drop b.9
return

/* SIGNAL out of a loop of a routine that an INTERPRET called. */
do j = 1 to 3
  interpret 'call deep' j
end
say 'after' j result                     /* expect: after 4 got 3 */
exit
deep: arg m
do k = 1 to 5
  interpret "if k = 2 then signal out"
end
out: return 'got' m

/* The elapsed clock of a routine begins as its caller's. */
call time 'R'
say own() (time('E') >= 0)               /* expect: 1 1 */
exit
own: procedure; x = time('R'); return (time('E') < 5)

/* VALUE and SYMBOL with names made of names. */
i = 'X'; s.x = 'tail'; name = 's.i'
say value(name) symbol(name) value('s.' || 'i', 'new') s.x value('S.I') /* expect: tail VAR tail new new */
