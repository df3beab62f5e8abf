/* ERRORTEXT: the texts of the messages, which are the standard's in both levels but where CMS differs. */
/* level: ansi */

say errortext(5)                         /* expect: System resources exhausted */
say changestr('/', errortext(6), '')     /* expect: Unmatched "*" or quote */
say errortext(7)                         /* expect: WHEN or OTHERWISE expected */
say errortext(8)                         /* expect: Unexpected THEN or ELSE */
say errortext(9)                         /* expect: Unexpected WHEN or OTHERWISE */
say errortext(10)                        /* expect: Unexpected or unmatched END */
say errortext(14)                        /* expect: Incomplete DO/SELECT/IF */
say errortext(15)                        /* expect: Invalid hexadecimal or binary string */
say errortext(16)                        /* expect: Label not found */
say errortext(17)                        /* expect: Unexpected PROCEDURE */
say errortext(18)                        /* expect: THEN expected */
say errortext(19)                        /* expect: String or symbol expected */
say errortext(21)                        /* expect: Invalid data on end of clause */
say errortext(24)                        /* expect: Invalid TRACE request */
say errortext(26)                        /* expect: Invalid whole number */
say errortext(28)                        /* expect: Invalid LEAVE or ITERATE */
say errortext(35)                        /* expect: Invalid expression */
say errortext(40)                        /* expect: Incorrect call to routine */
say errortext(41)                        /* expect: Bad arithmetic conversion */
say errortext(43)                        /* expect: Routine not found */
say errortext(44)                        /* expect: Function did not return data */
say errortext(45)                        /* expect: No data specified on function RETURN */
say errortext(46)                        /* expect: Invalid variable reference */
say '['errortext(1)']'                   /* expect: [] */
say '['errortext(90)']'                  /* expect: [] */
say errortext(40, 'S')                   /* expect: Incorrect call to routine */
say errortext(40, 'N')                   /* expect: Incorrect call to routine */

say errortext()                          /* expect error: 40.3 */
say errortext(1, 'S', 1)                 /* expect error: 40.4 */
say errortext(91)                        /* expect error: 40.17 */
say errortext(-1)                        /* expect error: 40.17 */
say errortext('x')                       /* expect error: 40.11 */
say errortext(1, 'X')                    /* expect error: 40.28 */
say errortext(1, '')                     /* expect error: 40.21 */
