/* Literal strings: doubled quotes, the null string, and what may follow. */

say 'it''s' "it's" 'say "x"' "say ""x""" /* expect: it's it's say "x" say "x" */
say ''                                   /* expect:  */
say '['''']'                             /* expect: [''] */
say """"                                 /* expect: " */
say 'a''''b'                             /* expect: a''b */
say 'a'"b"                               /* expect: ab */
say 'a' "b"                              /* expect: a b */
say '  kept  '                           /* expect:   kept   */
say 'mixed Case'                         /* expect: mixed Case */
say length('tab	here')                   /* expect: 8 */

say 'a                                   /* expect error: 6.2 */
say "a                                   /* expect error: 6.3 */
say 'a''                                 /* expect error: 6.2 */
