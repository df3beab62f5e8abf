/* Literals by their codes: with code page 1047 they are the characters of the mainframe. */
/* codepage: 1047 */
/* regina: has the host's codes only */

say 'C1C2C3'x 'c1'x 'F1 F2'x             /* expect: ABC A 12 */
say '81'x '4B'x '6B'x '5C'x '61'x        /* expect: a . , * / */
say '1100 0001'b '11110000'b             /* expect: A 0 */
say ('40'x == ' ') length('40'x)         /* expect: 1 1 */
say c2x('C1'x) c2d('C1'x) c2x('abc' || '00'x) /* expect: C1 193 81828300 */
say 'F1F2'x + 1                          /* expect: 13 */
say ('f'x == x2c('0F')) c2x('f'x)        /* expect: 1 0F */
x = 'C1'x; c1 = 'name'; say value('C1') x /* expect: name A */

/* What is compared, and what a table holds, goes by those codes too. */
say ('C1'x = 'A') ('81'x << 'C1'x) translate('abc', 'C1'x, '81'x) /* expect: 1 1 Abc */
parse value 'one,two' with a '6B'x b; say a b /* expect: one two */
say pos('4B'x, 'a.b') verify('F1'x, '0123456789') strip('40'x || 'x' || '40'x) /* expect: 2 0 x */
interpret "say 'C1'x"                    /* expect: A */
say datatype('F1'x) datatype('C1'x, 'U') datatype('81'x, 'L') /* expect: NUM 1 1 */
say xrange('C1'x, 'C5'x)                 /* expect: ABCDE */
