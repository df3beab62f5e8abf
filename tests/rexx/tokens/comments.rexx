/* Comments nest, separate tokens, and add no blank. */

say 'a'/* one */'b'                      /* expect: ab */
say 'a' /* one */ 'b'                    /* expect: a b */
abc = 1; def = 2
say abc/* x /* nested */ y */def         /* expect: 12 */
say abc /* x */def                       /* expect: 1 2 */
say abc/**/ def                          /* expect: 1 2 */

/* A comment goes over
   several lines, ' and " mean nothing in it */ say 'here' /* expect: here */
say 6 /* of
lines */ / 3                             /* expect: 2 */
say /* nothing */                        /* expect:  */
say length('/* in a string */')          /* expect: 17 */
say 7 /* / * not an end * / */ // 4      /* expect: 3 */

x = 1 /* open /* and closed */           /* expect error: 6.1 */
