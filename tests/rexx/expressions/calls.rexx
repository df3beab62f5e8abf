/* Function calls: a symbol or a string with a parenthesis directly after it. */

say f(1)f(2) f(3)                        /* expect: <1><2> <3> */
exit
f: return '<'arg(1)'>'

say f()                                  /* expect: 0 */
say f(,)                                 /* expect: 0 */
say f(,1) f(1,,1)                        /* expect: 2 3 */
exit
f: return arg()

/* An internal routine comes before a built-in function; a quoted name goes past it. */
say length('abc') 'LENGTH'('abc')        /* expect: mine 3 */
call length 'abc'; say result            /* expect: mine */
call 'LENGTH' 'abc'; say result          /* expect: 3 */
exit
length: return 'mine'

/* A call within a call, and a routine that calls itself. */
say fact(5) max(fact(3), fact(4))        /* expect: 120 24 */
exit
fact: procedure; parse arg n; if n < 2 then return 1; return n * fact(n - 1)

/* The order of evaluation is from left to right. */
say f('a') + f('b') * f('c')             /* expect each: a | b | c | 2 */
exit
f: say arg(1); return 1

x = 0
say g() + x                              /* expect: 6 */
say x + g()                              /* expect: 6 */
exit
g: x = x + 3; return 3

say 1(2)                                 /* expect error: 43.1 */
say ''(2)                                /* expect error: 43.1 */
say f(1                                  /* expect error: 36.1 */
say max(1, 2                             /* expect error: 36.1 */
say (1 + 2                               /* expect error: 36.1 */
say ((1)                                 /* expect error: 36.1 */
say 1 + 2)                               /* expect error: 37.2 */
say 1, 2                                 /* expect error: 37.1 */
say (1, 2)                               /* expect error: 37.1 */
x = 1, 2                                 /* expect error: 37.1 */
say f.(1)                                /* expect error: 51.1 */
