/* every kind of clause */
signal on syntax; call on error name oops
parse arg x y . 'a' z +3 w -1 (x) 5 . , second
numeric digits 20; numeric fuzz 2; numeric form engineering
do i = 1 to 5 by 2 for 3 while i < 4; a.i = i ** 2 / 3; end i
do until x = 1; x = 1; leave; end
select; when a.1 = 1 then nop; otherwise say 'no'; end
if x == 1 & \(y = '') then call sub x, , 'f0'x; else drop a. x (y)
interpret 'say' copies('ab', 3) || "'c'" 1E+5 // 7 '0101'b
push x; queue y; pull z; parse upper var z one +1 two (y) .
address command 'STATE' x; upper x; options 'none'; trace o
parse value time('l') date('b') with h ':' . ; parse source src; parse version v
say format(1/3, 2, 4) right(x, 5, '*') translate(x, 'ab', 'cd') value('a.1', 2)
exit result
sub: procedure expose a. x; parse arg a, b, c; return a + 1
oops: return
syntax: say errortext(rc) sigl condition('d'); exit rc
