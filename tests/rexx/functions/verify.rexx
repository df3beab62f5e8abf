/* VERIFY: the first character that is not, or that is, one of a set. */

say verify('123', '1234567890')          /* expect: 0 */
say verify('1Z3', '1234567890')          /* expect: 2 */
say verify('AB4T', '1234567890')         /* expect: 1 */
say verify('AB4T', '1234567890', 'M')    /* expect: 3 */
say verify('AB4T', '1234567890', 'match') /* expect: 3 */
say verify('AB4T', '1234567890', 'N')    /* expect: 1 */
say verify('1P3Q4', '1234567890', , 3)   /* expect: 4 */
say verify('1P3Q4', '1234567890', 'N', 3) /* expect: 4 */
say verify('1P3Q4', '1234567890', 'N', 5) /* expect: 0 */
say verify('ABCDE', '', 'N', 3)          /* expect: 3 */
say verify('ABCDE', '', 'M', 3)          /* expect: 0 */
say verify('ABCDE', '')                  /* expect: 1 */
say verify('AB3CD5', '1234567890', 'M', 4) /* expect: 6 */
say verify('', 'abc')                    /* expect: 0 */
say verify('', '')                       /* expect: 0 */
say verify('', '', 'M')                  /* expect: 0 */
say verify('abc', 'abc', , 4)            /* expect: 0 */
say verify('abc', 'x', , 4)              /* expect: 0 */
say verify('abc', 'x', , 99)             /* expect: 0 */
say verify('abc', 'cba', 'm', 2)         /* expect: 2 */

say verify('a')                          /* expect error: 40.3 */
say verify('a', 'b', 'N', 1, 1)          /* expect error: 40.4 */
say verify(, 'b')                        /* expect error: 40.5 */
say verify('a', 'b', 'x')                /* expect error: 40.28 */
say verify('a', 'b', '')                 /* expect error: 40.21 */
say verify('a', 'b', , 0)                /* expect error: 40.14 */
say verify('a', 'b', 'N', 'x')           /* expect error: 40.12 */
