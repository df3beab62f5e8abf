/* DO in every form. */

do; say 'plain'; end                     /* expect: plain */
do 3; say 'r'; end                       /* expect each: r | r | r */
do 0; say 'never'; end
do '2'; say 's'; end                     /* expect each: s | s */
do 1 + 1; say 't'; end                   /* expect each: t | t */
do i = 1 to 3; say i; end                /* expect each: 1 | 2 | 3 */
say i                                    /* expect: 4 */
do i = 3 to 1; say 'never'; end; say i   /* expect: 3 */
do i = 3 to 1 by -1; say i; end; say i   /* expect each: 3 | 2 | 1 | 0 */
do i = 1 by 2 to 6; say i; end           /* expect each: 1 | 3 | 5 */
do i = 5 for 2; say i; end; say i        /* expect each: 5 | 6 | 7 */
do i = 1 to 10 for 2; say i; end         /* expect each: 1 | 2 */
do i = 1 to 2 for 10; say i; end         /* expect each: 1 | 2 */
do i = 1 for 0; say 'never'; end; say i  /* expect: 1 */
do i = 1 by 0.5 to 2; say i; end         /* expect each: 1 | 1.5 | 2.0 */
do i = 1.0 to 2; say i; end              /* expect each: 1.0 | 2.0 */
do i = ' 1 ' to 2; say '['i']'; end      /* expect each: [1] | [2] */
do i = 2 by -1 for 3; say i; end         /* expect each: 2 | 1 | 0 */
do i = 1 by 0 for 2; say i; end          /* expect each: 1 | 1 */
do i = '+1' for 1; say i; end            /* expect: 1 */
do i = 1e1 for 1; say i; end             /* expect: 10 */

i = 0
do while i < 2; i = i + 1; say i; end    /* expect each: 1 | 2 */
do until i >= 3; i = i + 1; say i; end   /* expect: 3 */
do until i >= 3; i = i + 1; say i; end   /* expect: 4 */
do while 0; say 'never'; end
do forever; leave; end; say 'left'       /* expect: left */
do forever until i > 5; i = i + 1; end; say i /* expect: 6 */
do forever while i < 8; i = i + 1; end; say i /* expect: 8 */
do 5 until i = 10; i = i + 1; end; say i /* expect: 10 */
do 5 while i < 12; i = i + 1; end; say i /* expect: 12 */
do j = 1 while j < 3; say j; end; say j  /* expect each: 1 | 2 | 3 */
do j = 1 to 5 until j = 2; say j; end; say j /* expect each: 1 | 2 | 2 */
do j = 1 to 2 until j = 9; nop; end; say j /* expect: 3 */

do i = 1 to 3; i = i + 1; say i; end     /* expect each: 2 | 4 */
n = 3
do i = 1 to n; n = 1; say i; end         /* expect each: 1 | 2 | 3 */
do i = i to i + 1; say i; end            /* expect each: 4 | 5 */
do a.1 = 1 to 2; say a.1; end a.1        /* expect each: 1 | 2 */
k = 1
do b.k = 1 to 2; say k b.k; k = 1; end b.k /* expect each: 1 1 | 1 2 */
do i = 1 to 2; do j = 1 to 2; say i j; end j; end i /* expect each: 1 1 | 1 2 | 2 1 | 2 2 */
do
  do
    say 'deep'                           /* expect: deep */
  end
end
do i = 1 to 2
end
say i                                    /* expect: 3 */
do Mixed = 1 to 1; end MIXED; say mixed  /* expect: 2 */

/* The expressions are evaluated once, in the order in which they are written. */
do i = f(1) to f(2) by f(1) for f(5); say 'body' i; end
exit                                     /* expect each: f 1 | f 2 | f 1 | f 5 | body 1 | body 2 */
f: say 'f' arg(1); return arg(1)

do i = f(1) for f(1) by f(1) to f(2); say 'body' i; end
exit                                     /* expect each: f 1 | f 1 | f 1 | f 2 | body 1 */
f: say 'f' arg(1); return arg(1)

/* WHILE is evaluated before each round, UNTIL after it. */
do i = 1 to 2 while f('w'); say i; end
do i = 1 to 2 until \f('u'); say i; end
exit                                     /* expect each: w | 1 | w | 2 | 1 | u | 2 | u */
f: say arg(1); return 1

do i = 1 to 3 to 4; end                  /* expect error: 27.1 */
do i = 1 by 1 by 1; end                  /* expect error: 27.1 */
do i = 1 for 1 for 1; end                /* expect error: 27.1 */
do forever to 3; end                     /* expect error: 25.16 */
do forever i; end                        /* expect error: 25.16 */
do while 1 until 1; end                  /* expect error: 27.1 */
do i = 'x' to 3; end                     /* expect error: 41.6 */
do i = 1 to 'x'; end                     /* expect error: 41.4 */
do i = 1 to 3 by 'x'; end                /* expect error: 41.5 */
do i = 1 for 'x'; end                    /* expect error: 26.3 */
do i = 1 for 1.5; end                    /* expect error: 26.3 */
do i = 1 for -1; end                     /* expect error: 26.3 */
do 'x'; end                              /* expect error: 26.2 */
do 1.5; end                              /* expect error: 26.2 */
do -1; end                               /* expect error: 26.2 */
do ''; end                               /* expect error: 26.2 */
do while 2; end                          /* expect error: 34.3 */
do while 'true'; end                     /* expect error: 34.3 */
do until 2; end                          /* expect error: 34.4 */
do i = ; end                             /* expect error: 35.1 */
do i = 1 to; end                         /* expect error: 35.1 */
do while; end                            /* expect error: 35.1 */
do 3 +; end                              /* expect error: 35.1 */
do 3x = 1 to 2; end                      /* expect error: 31.2 */
do 3 = 1 to 2; end                       /* expect error: 31.1 */
do i = 1 to 2; end j                     /* expect error: 10.2 */
do 2; end i                              /* expect error: 10.3 */
do; end i                                /* expect error: 10.3 */
end                                      /* expect error: 10.1 */
if 1 then end                            /* expect error: 10.5 */
if 0 then nop; else end                  /* expect error: 10.6 */
do i = 1 to 2; end 3                     /* expect error: 21.1 */

do i = 1 to 3                            /* expect error: 14.1 */

do                                       /* expect error: 14.1 */

do i = 1 to 2
  do j = 1 to 2
    nop
  end i
end j                                    /* expect error: 10.2 line 4 */

x = 'x'
do i = 1 to 3; i = x; end                /* expect error: 41.1 line 2 */
