/* ADDRESS, DIGITS, FORM, FUZZ, TRACE, QUEUED and SOURCELINE: how things stand. */

say digits() form() fuzz()               /* expect: 9 SCIENTIFIC 0 */
numeric digits 20; numeric form engineering; numeric fuzz 3
say digits() form() fuzz()               /* expect: 20 ENGINEERING 3 */

say digits(1)                            /* expect error: 40.4 */
say form(1)                              /* expect error: 40.4 */
say fuzz(1)                              /* expect error: 40.4 */
say queued(1)                            /* expect error: 40.4 */

say address()                            /* expect: SYSTEM */
address other
say address() address('N')               /* expect: OTHER OTHER */
address
say address()                            /* expect: SYSTEM */

say address('X')                         /* expect error: 40.28 */
say address('')                          /* expect error: 40.21 */
say address('N', 'N')                    /* expect error: 40.4 */

say trace()                              /* expect: N */
x = trace('O')
say x trace()                            /* expect: N O */
x = trace('Off'); x = trace('error'); say x trace() /* expect: O E */

say trace('X')                           /* expect error: 40.28 */
say trace('')                            /* expect error: 40.28 */
say trace('O', 'O')                      /* expect error: 40.4 */

queue 'a'; push 'b'
say queued()                             /* expect: 2 */
pull; say queued()                       /* expect: 1 */
pull; say queued()                       /* expect: 0 */

x = 'the first line'
say sourceline() sourceline(1)           /* expect: 3 x = 'the first line' */
/* the last */

say sourceline(3)                        /* expect error: 40.34 */
say sourceline(0)                        /* expect error: 40.14 */
say sourceline('x')                      /* expect error: 40.12 */
say sourceline(1, 1)                     /* expect error: 40.4 */
