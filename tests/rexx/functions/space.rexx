/* SPACE: the words with so many pad characters between them. */

say '['space('abc  def  ')']'            /* expect: [abc def] */
say '['space('  abc def', 3)']'          /* expect: [abc   def] */
say '['space('abc  def  ', 1)']'         /* expect: [abc def] */
say '['space('abc  def  ', 0)']'         /* expect: [abcdef] */
say '['space('abc  def  ', 2, '+')']'    /* expect: [abc++def] */
say '['space('abc def', , '-')']'        /* expect: [abc-def] */
say '['space('')']'                      /* expect: [] */
say '['space('   ')']'                   /* expect: [] */
say '['space(' a ', 5, '*')']'           /* expect: [a] */

say space()                              /* expect error: 40.3 */
say space('a', 1, ' ', 1)                /* expect error: 40.4 */
say space('a', -1)                       /* expect error: 40.13 */
say space('a', 'x')                      /* expect error: 40.12 */
say space('a', 1, '')                    /* expect error: 40.23 */
say space('a', 1, '--')                  /* expect error: 40.23 */
