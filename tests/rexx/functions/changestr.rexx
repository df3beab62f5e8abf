/* CHANGESTR: every occurrence of a string replaced, from the left, without looking at what was put in. */

say changestr('a', 'banana', 'o')    /* expect: bonono */
say changestr('an', 'banana', 'AN')  /* expect: bANANa */
say changestr('x', 'banana', 'y')    /* expect: banana */
say changestr('a', 'banana', '')     /* expect: bnn */
say changestr('a', 'aaa', 'aa')      /* expect: aaaaaa */
say changestr('aa', 'aaaaa', 'b')    /* expect: bba */
say changestr('', 'banana', 'x')     /* expect: banana */
say '['changestr('a', '', 'x')']'    /* expect: [] */
say '['changestr('a', 'a', '')']'    /* expect: [] */
say changestr('A', 'banana', 'x')    /* expect: banana */
say changestr('1', '101', '22')      /* expect: 22022 */
say changestr('', '', 'x')'.'        /* expect: . */

say changestr('a', 'b')              /* expect error: 40.3 */
say changestr('a', 'b', 'c', 'd')    /* expect error: 40.4 */
say changestr(, 'b', 'c')            /* expect error: 40.5 */
say changestr('a', , 'c')            /* expect error: 40.5 */
