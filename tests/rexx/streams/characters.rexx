/* Characters of a stream: CHARIN, CHAROUT, CHARS. */
/* world: host */

say charout('f', 'abcdef') charout('f', 'gh') charout('f') /* expect: 0 0 0 */
say charin('f') charin('f', , 3) charin('f', 2, 2) charin('f', 8) /* expect: a bcd bc h */

call charout 'f', 'abc'; call charout 'f'
say chars('f', 'C') charin('f', , 2) chars('f', 'Count') charin('f') chars('f') /* expect: 3 ab 1 c 0 */

/* Without an option CHARS tells only whether there are any. */
call charout 'f', 'abc'; call charout 'f'
say chars('f') chars('f', 'N')           /* expect: 1 1 */

/* More than there is gives what there is. */
call charout 'f', 'abc'; call charout 'f'
say '['charin('f', 2, 9)']' '['charin('f')']' /* expect: [bc] [] */

/* A count of 0 gives nothing and stays. */
call charout 'f', 'abc'; call charout 'f'
say '['charin('f', 2, 0)']' charin('f')  /* expect: [] b */

/* Lines end by characters that CHARIN gives too. */
call lineout 'f', 'a'; call lineout 'f'
say chars('f', 'C') c2x(charin('f', 1, 2)) /* expect: 2 610A */

/* CHARIN and LINEIN share their place. */
call lineout 'f', 'abc'; call lineout 'f', 'def'; call lineout 'f'
say charin('f') linein('f') linein('f')  /* expect: a bc def */

/* Writing at a place replaces what is there. */
call charout 'f', 'abcdef'; call charout 'f', 'XY', 3; call charout 'f'
say charin('f', 1, 9)                    /* expect: abXYef */

/* A place without text only moves there. */
call charout 'f', 'abcdef'; call charout 'f', , 2; call charout 'f', '-'; call charout 'f'
say charin('f', 1, 9)                    /* expect: a-cdef */

/* Every byte comes back as it was. */
call charout 'f', xrange(); call charout 'f'
say charin('f', 1, 256) == xrange()      /* expect: 1 */

call charout , 'no'; call charout , 'line'; say '' /* expect: noline */

/* input: abc */
say charin() charin(, , 2)               /* expect: a bc */

say charin('f', 0)                       /* expect error: 40.14 */
say charin('f', 1, -1)                   /* expect error: 40.13 */
say charin('f', 'x')                     /* expect error: 40.12 */
say charout('f', 'a', 0)                 /* expect error: 40.14 */
say chars('f', 'X')                      /* expect error: 40.28 */
