/* TIME: conversions, and what can be known of now. */

say time('C', '00:00:00')                /* expect: 12:00am */
say time('C', '00:30:00')                /* expect: 12:30am */
say time('C', '12:00:00')                /* expect: 12:00pm */
say time('C', '12:59:59')                /* expect: 12:59pm */
say time('C', '13:05:00', 'N')           /* expect: 1:05pm */
say time('C', '09:59:59', 'N')           /* expect: 9:59am */
say time('C', '23:59:00', 'N')           /* expect: 11:59pm */
say time('H', '01:10:00')                /* expect: 1 */
say time('M', '01:10:00')                /* expect: 70 */
say time('S', '01:10:05')                /* expect: 4205 */
say time('N', '01:10:05')                /* expect: 01:10:05 */
say time(, '01:10:05')                   /* expect: 01:10:05 */
say time('L', '01:10:05')                /* expect: 01:10:05.000000 */
say time('N', '01:10:05.123456', 'L')    /* expect: 01:10:05 */
say time('L', '01:10:05.123456', 'L')    /* expect: 01:10:05.123456 */
say time('N', '11:27pm', 'C')            /* expect: 23:27:00 */
say time('N', '12:05am', 'C')            /* expect: 00:05:00 */
say time('N', '12:05pm', 'C')            /* expect: 12:05:00 */
say time('N', 4205, 'S')                 /* expect: 01:10:05 */
say time('N', 70, 'M')                   /* expect: 01:10:00 */
say time('N', 23, 'H')                   /* expect: 23:00:00 */
say time('N', 0, 'S')                    /* expect: 00:00:00 */
say time('N', 86399, 'S')                /* expect: 23:59:59 */
say time('c', 61, 'm')                   /* expect: 1:01am */

say time('N', '24:00:00')                /* expect error: 40.19 */
say time('N', '1:10:05')                 /* expect error: 40.19 */
say time('N', '01:60:00')                /* expect error: 40.19 */
say time('N', 'abc')                     /* expect error: 40.19 */
say time('N', '13:00pm', 'C')            /* expect error: 40.19 */
say time('N', -1, 'S')                   /* expect error: 40.19 */
say time('N', 86400, 'S')                /* expect error: 40.19 */
say time('O', '01:00:00')                /* expect error: 40.29 */
say time('X')                            /* expect error: 40.28 */
say time('')                             /* expect error: 40.21 */
say time('N', '01:00:00', 'E')           /* expect error: 40.28 */
say time('N', '01:00:00', 'N', 1)        /* expect error: 40.4 */

/* regina: the time passes while it runs */
/* The clock stands still within a clause, and the formats go together. */
say (time('N') == left(time('L'), 8)) (time('S') = time('S', time('N'))) (time('H') = time('H', time('N'))) /* expect: 1 1 1 */
say (time() == time('N')) (time('M') = time('M', time())) (time('C') == time('C', time())) /* expect: 1 1 1 */
say (time('L') == time('L')) (date('S')time('L') == date('S')time('L')) /* expect: 1 1 */

/* regina: the time passes while it runs */
/* The elapsed-time clock starts with its first use; a routine has its own, started from the caller's. */
say time('E')                            /* expect: 0 */
call sub                                 /* expect: 1 */
say (time('E') < 60)                     /* expect: 1 */
say (time('R') < 60) (time('E') < 60)    /* expect: 1 1 */
exit
sub: say (time('E') < 60); return

/* regina: the time passes while it runs */
/* A clock that is first used in a routine has not been started for the caller. */
call sub; say time('R')                  /* expect each: 0 | 0 */
exit
sub: say time('R'); return

/* regina: the time passes while it runs */
say time('N', , 'S')                     /* expect error: 40.19 */
/* regina: the time passes while it runs */
say time('E', '01:00:00')                /* expect error: 40.29 */
/* regina: the time passes while it runs */
say time('R', '01:00:00')                /* expect error: 40.29 */
