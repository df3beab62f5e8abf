/* DATE: conversions, which do not depend on the day. */

say date('B', '20001231', 'S')           /* expect: 730484 */
say date('B', '00010101', 'S')           /* expect: 0 */
say date('S', 0, 'B')                    /* expect: 00010101 */
say date('S', 730484, 'B')               /* expect: 20001231 */
say date('W', 0, 'B')                    /* expect: Monday */
say date('W', '20090511', 'S')           /* expect: Monday */
say date('weekday', '20000229', 's')     /* expect: Tuesday */
say date('M', '20090511', 'S')           /* expect: May */
say date('N', '20090501', 'S')           /* expect: 1 May 2009 */
say date('N', '20091231', 'S')           /* expect: 31 Dec 2009 */
say date('D', '20000301', 'S')           /* expect: 61 */
say date('D', '19000301', 'S')           /* expect: 60 */
say date('D', '20001231', 'S')           /* expect: 366 */
say date('E', '20090501', 'S')           /* expect: 01/05/09 */
say date('U', '20090501', 'S')           /* expect: 05/01/09 */
say date('O', '20090501', 'S')           /* expect: 09/05/01 */
say date('S', '1 May 2009')              /* expect: 20090501 */
say date('S', '1 May 2009', 'N')         /* expect: 20090501 */
say date('S', '31/12/99', 'E')           /* expect: 19991231 */
say date('S', '12/31/99', 'U')           /* expect: 19991231 */
say date('S', '99/12/31', 'O')           /* expect: 19991231 */
say date(, '20090501', 'S')              /* expect: 1 May 2009 */
say date('B', '99991231', 'S')           /* expect: 3652058 */
say date('S', 3652058, 'B')              /* expect: 99991231 */
say date('S', '29 Feb 2004')             /* expect: 20040229 */

say date('S', '20090501', 'S', '-')      /* expect: 2009-05-01 */
say date('S', '20090501', 'S', '')       /* expect: 20090501 */
say date('E', '20090501', 'S', '.')      /* expect: 01.05.09 */
say date('N', '20090501', 'S', '-')      /* expect: 1-May-2009 */
say date('S', '2009-05-01', 'S', , '-')  /* expect: 20090501 */
say date('S', '2009-05-01', 'S', '/', '-') /* expect: 2009/05/01 */
say date('S', '01.05.09', 'E', , '.')    /* expect: 20090501 */
say date('U', '01 05 09', 'E', '', ' ')  /* expect: 050109 */

say date('S', '20090532', 'S')           /* expect error: 40.19 */
say date('S', '20090229', 'S')           /* expect error: 40.19 */
say date('S', '20091301', 'S')           /* expect error: 40.19 */
say date('S', '2009050', 'S')            /* expect error: 40.19 */
say date('S', 'abc', 'S')                /* expect error: 40.19 */
say date('S', '1 may 2009', 'N')         /* expect error: 40.19 */
say date('S', '01 May 2009', 'N')        /* expect error: 40.19 */
say date('S', '1/5/09', 'E')             /* expect error: 40.19 */
say date('S', 'x', 'B')                  /* expect error: 40.19 */
say date('X')                            /* expect error: 40.28 */
say date('')                             /* expect error: 40.21 */
say date('S', '20090501', 'M')           /* expect error: 40.28 */
say date('S', '20090501', 'W')           /* expect error: 40.28 */
say date('S', '20090501', 'S', 'a')      /* expect error: 40.43 */
say date('S', '20090501', 'S', '--')     /* expect error: 40.43 */
say date('S', '20090501', 'S', '', '', 1) /* expect error: 40.4 */

/* regina: the time passes while it runs */
/* The formats of today go together. */
today = date('S')
say length(today) (date('B') = date('B', today, 'S')) /* expect: 8 1 */
say (date() == date('N', today, 'S')) (date('N') == date()) /* expect: 1 1 */
say (date('D') = date('D', today, 'S')) (date('W') == date('W', today, 'S')) /* expect: 1 1 */
say (date('E') == date('E', today, 'S')) (date('U') == date('U', today, 'S')) /* expect: 1 1 */
say (date('O') == date('O', today, 'S')) (date('M') == date('M', today, 'S')) /* expect: 1 1 */
say (date('S', date('E'), 'E') == today) (date('S', date('D'), 'D') == today) /* expect: 1 1 */

/* regina: the time passes while it runs */
say date('S', , 'S')                     /* expect error: 40.19 */
