/* SYMBOL and VALUE: names that are known only when the program runs. */

drop a.3; j = 3
say symbol('J')                          /* expect: VAR */
say symbol(j)                            /* expect: LIT */
say symbol('a.j')                        /* expect: LIT */
say symbol(2)                            /* expect: LIT */
say symbol('*')                          /* expect: BAD */
say symbol('')                           /* expect: BAD */
say symbol('unset')                      /* expect: LIT */
say symbol('j ')                         /* expect: BAD */
say symbol('.x')                         /* expect: LIT */
say symbol('3j')                         /* expect: LIT */
say symbol('1E+2')                       /* expect: LIT */
a.j = 5
say symbol('a.3') symbol('a.j') symbol('A.J') symbol('a.4') /* expect: VAR VAR VAR LIT */
a. = 0
say symbol('a.4') symbol('a.')           /* expect: VAR VAR */
drop a.4
say symbol('a.4')                        /* expect: LIT */

say symbol()                             /* expect error: 40.3 */
say symbol('a', 'b')                     /* expect error: 40.4 */

drop a3; a33 = 7; k = 3; fred = 'K'; list.5 = 'Hi'
say value('a'k)                          /* expect: A3 */
say value('a'k||k)                       /* expect: 7 */
say value('fred')                        /* expect: K */
say value(fred)                          /* expect: 3 */
say value(fred, 5)                       /* expect: 3 */
say value(fred)                          /* expect: 5 */
say value('LIST.'k)                      /* expect: Hi */
say value('list.k', 10) list.5           /* expect: Hi 10 */
say value('new.k', 'x') new.5            /* expect: NEW.5 x */
say value('12')                          /* expect: 12 */
say value('12a')                         /* expect: 12A */
say value('s.', 'all') s.9               /* expect: S. all */
say value('k', '') '['k']'               /* expect: 5 [] */

say value()                              /* expect error: 40.3 */
say value('a', 'b', 'c', 'd')            /* expect error: 40.4 */
say value('')                            /* expect error: 40.26 */
say value('a*b')                         /* expect error: 40.26 */
say value('a b')                         /* expect error: 40.26 */
say value('12', 'x')                     /* expect error: 40.26 */
say value('a', , 'NOSUCHPOOL')           /* expect error: 40.37 */
