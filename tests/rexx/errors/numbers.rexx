/* Every error number that a program can cause by itself, once more in order. */

say 'open                                /* expect error: 6.2 */
say "open                                /* expect error: 6.3 */
select; nop; end                         /* expect error: 7.1 */
then nop                                 /* expect error: 8.1 */
else nop                                 /* expect error: 8.2 */
when 1 then nop                          /* expect error: 9.1 */
otherwise                                /* expect error: 9.2 */
end                                      /* expect error: 10.1 */
say 1 { 2                                /* expect error: 13.1 */
do forever                               /* expect error: 14.1 */
say '1 1'x                               /* expect error: 15.1 */
say '1 1'b                               /* expect error: 15.2 */
say 'q'x                                 /* expect error: 15.3 */
say 'q'b                                 /* expect error: 15.4 */
signal nolabel                           /* expect error: 16.1 */
procedure                                /* expect error: 17.1 */
if 1                                     /* expect error: 18.1 */
call *                                   /* expect error: 19.2 */
signal ;                                 /* expect error: 19.4 */
drop *                                   /* expect error: 20.1 */
do 1; leave *; end                       /* expect error: 20.2 */
nop 1                                    /* expect error: 21.1 */
trace unknown                            /* expect error: 24.1 */
call on never                            /* expect error: 25.1 */
call off never                           /* expect error: 25.2 */
signal on never                          /* expect error: 25.3 */
signal off never                         /* expect error: 25.4 */
numeric form round                       /* expect error: 25.11 */
parse nothing                            /* expect error: 25.12 */
parse upper nothing                      /* expect error: 25.13 */
numeric nothing                          /* expect error: 25.15 */
do forever and ever; end                 /* expect error: 25.16 */
do 'many'; end                           /* expect error: 26.2 */
do i = 1 for 'many'; end                 /* expect error: 26.3 */
n = 'x'; parse value '' with =(n)        /* expect error: 26.4 */
numeric digits 'many'                    /* expect error: 26.5 */
numeric fuzz 'some'                      /* expect error: 26.6 */
say 2 ** .5                              /* expect error: 26.8 */
say 1e20 % 3                             /* expect error: 26.11 */
say 1e20 // 3                            /* expect error: 26.12 */
do i = 1 to 2 to 3; end                  /* expect error: 27.1 */
leave                                    /* expect error: 28.1 */
iterate                                  /* expect error: 28.2 */
do j = 1 to 2; leave i; end              /* expect error: 28.3 */
do j = 1 to 2; iterate i; end            /* expect error: 28.4 */
7 = 8                                    /* expect error: 31.1 */
7up = 8                                  /* expect error: 31.2 */
.up = 8                                  /* expect error: 31.3 */
numeric fuzz 99                          /* expect error: 33.1 */
numeric form value 'round'               /* expect error: 33.3 */
if 7 then nop                            /* expect error: 34.1 */
select; when 7 then nop; end             /* expect error: 34.2 */
do while 7; end                          /* expect error: 34.3 */
do until 7; end                          /* expect error: 34.4 */
say 7 | 0                                /* expect error: 34.5 */
say 0 & 7                                /* expect error: 34.6 */
say 7 +                                  /* expect error: 35.1 */
say (7                                   /* expect error: 36.1 */
say 7, 8                                 /* expect error: 37.1 */
say 7)                                   /* expect error: 37.2 */
parse arg * a                            /* expect error: 38.1 */
parse arg a = b                          /* expect error: 38.2 */
parse value 7                            /* expect error: 38.3 */
say length()                             /* expect error: 40.3 */
say length(1, 2)                         /* expect error: 40.4 */
say left(, 2)                            /* expect error: 40.5 */
say abs('1e9999999999')                  /* expect error: 40.9 */
say abs('one')                           /* expect error: 40.11 */
say left('a', 'two')                     /* expect error: 40.12 */
say left('a', -2)                        /* expect error: 40.13 */
say word('a', 0)                         /* expect error: 40.14 */
say errortext(99)                        /* expect error: 40.17 */
say time('N', 'noon', 'N')               /* expect error: 40.19 */
say strip('a', '')                       /* expect error: 40.21 */
say left('a', 2, '')                     /* expect error: 40.23 */
say b2x('two')                           /* expect error: 40.24 */
say x2c('x')                             /* expect error: 40.25 */
say value('a b')                         /* expect error: 40.26 */
say strip('a', 'X')                      /* expect error: 40.28 */
say random(100001)                       /* expect error: 40.31 */
say random(1, 200000)                    /* expect error: 40.32 */
say random(2, 1)                         /* expect error: 40.33 */
say sourceline(99)                       /* expect error: 40.34 */
say x2d('FFFFFFFFFF')                    /* expect error: 40.35 */
say value('a', 1, 'none')                /* expect error: 40.37 */
say format(123, 2)                       /* expect error: 40.38 */
say 'one' + 1                            /* expect error: 41.1 */
say 1 + 'one'                            /* expect error: 41.2 */
say -'one'                               /* expect error: 41.3 */
do i = 1 to 'one'; end                   /* expect error: 41.4 */
do i = 1 by 'one'; end                   /* expect error: 41.5 */
do i = 'one' to 2; end                   /* expect error: 41.6 */
say 1e999999999 * 100                    /* expect error: 42.1 */
say 1e-999999999 / 100                   /* expect error: 42.2 */
say 7 / 0                                /* expect error: 42.3 */
say nosuch()                             /* expect error: 43.1 */
drop (a                                  /* expect error: 46.1 */
interpret 'here: nop'                    /* expect error: 47.1 */
say a.(1)                                /* expect error: 51.1 */

say f()
exit
f: return                                /* expect error: 45.1 */

select
  when 0 then nop
end                                      /* expect error: 7.3 */

select
  when 0 then nop
  say 'between'
end                                      /* expect error: 7.2 line 3 */

do i = 1 to 1
end j                                    /* expect error: 10.2 */

do 1
end j                                    /* expect error: 10.3 */

select
  when 1 then nop
end j                                    /* expect error: 10.4 */

/* regina: calls no host's routine that gives nothing */
say nodata()                             /* expect error: 44.1 */

/* regina: takes as much storage as the host has */
say copies('ab', 999999999)              /* expect error: 5.0 */
