/* ABBREV: the second string abbreviates the first, in at least so many characters. */

say abbrev('Print', 'Pri')           /* expect: 1 */
say abbrev('PRINT', 'Pri')           /* expect: 0 */
say abbrev('PRINT', 'PRI', 4)        /* expect: 0 */
say abbrev('PRINT', 'PRI', 3)        /* expect: 1 */
say abbrev('PRINT', 'PRY')           /* expect: 0 */
say abbrev('PRINT', '')              /* expect: 1 */
say abbrev('PRINT', '', 1)           /* expect: 0 */
say abbrev('', '')                   /* expect: 1 */
say abbrev('', 'a')                  /* expect: 0 */
say abbrev('PRINT', 'PRINT', 5)      /* expect: 1 */
say abbrev('PRINT', 'PRINT', 6)      /* expect: 0 */
say abbrev('PRINT', 'PRINTS')        /* expect: 0 */
say abbrev('PRINT', 'PRINT ')        /* expect: 0 */
say abbrev('PRINT', ' PRINT')        /* expect: 0 */
say abbrev('PRINT', 'PRI', 0)        /* expect: 1 */
say abbrev('PRINT', 'PRI', '3.0')    /* expect: 1 */
say abbrev('PRINT', 'PRI',)          /* expect: 1 */

say abbrev('a')                      /* expect error: 40.3 */
say abbrev()                         /* expect error: 40.3 */
say abbrev('a', 'a', 1, 1)           /* expect error: 40.4 */
say abbrev(, 'a')                    /* expect error: 40.5 */
say abbrev('a', , 1)                 /* expect error: 40.5 */
say abbrev('a', 'a', -1)             /* expect error: 40.13 */
say abbrev('a', 'a', 1.5)            /* expect error: 40.12 */
say abbrev('a', 'a', 'x')            /* expect error: 40.12 */
say abbrev('a', 'a', '')             /* expect error: 40.12 */
