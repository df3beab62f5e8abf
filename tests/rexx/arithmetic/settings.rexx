/* NUMERIC DIGITS, FUZZ and FORM, and what a routine does to them. */

numeric digits 4; call sub; say digits() form() /* expect each: 4 | 4 SCIENTIFIC */
exit
sub: say digits(); numeric digits 20; numeric form engineering; return

numeric digits 15; numeric fuzz 2; numeric form engineering
numeric digits; numeric fuzz; numeric form
say digits() fuzz() form()               /* expect: 9 0 SCIENTIFIC */
numeric digits 2 + 3; say digits()       /* expect: 5 */
numeric digits '12'; say digits()        /* expect: 12 */
numeric digits 1e1; say digits()         /* expect: 10 */
numeric form value 'e'; say form()       /* expect: ENGINEERING */
numeric form value 'Something'; say form() /* expect: SCIENTIFIC */
f = 'ENG'; numeric form value f; say form() /* expect: ENGINEERING */
numeric form ('S'); say form()           /* expect: SCIENTIFIC */

numeric digits 'x'                       /* expect error: 26.5 */
numeric digits 1.5                       /* expect error: 26.5 */
numeric digits 0                         /* expect error: 33.1 */
numeric digits -1                        /* expect error: 33.1 */
numeric fuzz -1                          /* expect error: 26.6 */
numeric fuzz 'x'                         /* expect error: 26.6 */
numeric fuzz 9                           /* expect error: 33.1 */
numeric fuzz 10                          /* expect error: 33.1 */
numeric form value 'x'                   /* expect error: 33.3 */
numeric form value ''                    /* expect error: 33.3 */
numeric form other                       /* expect error: 25.11 */
numeric other                            /* expect error: 25.15 */
numeric                                  /* expect error: 25.15 */
numeric 5                                /* expect error: 25.15 */

numeric fuzz 3
numeric digits 3                         /* expect error: 33.1 */
