/* TRANSLATE: character by character through tables; upper case when there is none. */

say translate('abcdef')                  /* expect: ABCDEF */
say translate('abcdef', '12', 'ec')      /* expect: ab2d1f */
say translate('abcdef', '12', 'abcd', '.') /* expect: 12..ef */
say translate('4123', 'abcd', '1234')    /* expect: dabc */
say '['translate('abbc', '&', 'b')']'    /* expect: [a&&c] */
say '['translate('abc', , 'b')']'        /* expect: [a c] */
say '['translate('abc', '', 'b')']'      /* expect: [a c] */
say '['translate('abc', , 'b', '-')']'   /* expect: [a-c] */
say '['translate('abc', , , '-')']'      /* expect ansi: [ABC] */ /* expect cms: [---] */
say '['translate('')']'                  /* expect: [] */
say '['translate('', 'a', 'b')']'        /* expect: [] */
say translate('aab', 'xy', 'aa')         /* expect: xxb */
say translate('abc', 'xyz', '')          /* expect: abc */
say translate('Abc 1.5')                 /* expect: ABC 1.5 */
say translate('abc', 'xyz1', 'abc')      /* expect: xyz */
say translate('20240131', 'd.m', 'x')    /* expect: 20240131 */
say translate('gh.ef.abcd', 19970827, 'abcdefgh') /* expect: 27.08.1997 */

say translate()                          /* expect error: 40.3 */
say translate('a', 'b', 'c', 'd', 'e')   /* expect error: 40.4 */
say translate(, 'b', 'c')                /* expect error: 40.5 */
say translate('a', 'b', 'c', '')         /* expect error: 40.23 */
say translate('a', 'b', 'c', 'xy')       /* expect error: 40.23 */
