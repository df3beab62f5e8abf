/* ADDRESS: where commands go; and what a command leaves in RC. */

say address()                            /* expect: SYSTEM */
address abc
say address()                            /* expect: ABC */
address 'Mixed C'; say address()         /* expect: Mixed C */
address; say address()                   /* expect: ABC */
address; say address()                   /* expect: Mixed C */
address value 'XY'; say address()        /* expect: XY */
where = 'z1'; address (where); say address() /* expect: z1 */
address value where'2'; say address()    /* expect: z12 */
call sub; say address()                  /* expect each: SUBENV | z12 */
exit
sub: address subenv; say address(); return

'exit 0'; say rc                         /* expect: 0 */
'exit 3'; say rc                         /* expect: 3 */
'echo hello'; say rc                     /* expect each: hello | 0 */

say rc                                   /* expect: RC */

address other
address system 'exit 4'; say rc address() /* expect: 4 OTHER */

address 3 4 +                            /* expect error: 35.1 */
address value                            /* expect error: 35.1 */
address value 1 +                        /* expect error: 35.1 */
address +                                /* expect error: 35.1 */

/* level: cms */
/* regina: names of environments have no limit */
address 'ninechars'                      /* expect error: 29.1 */
