/* PARSE and templates that go wrong. */

parse                                    /* expect error: 25.12 */
parse other x                            /* expect error: 25.12 */
parse upper                              /* expect error: 25.13 */
parse 5                                  /* expect error: 25.12 */
parse value 'x' p                        /* expect error: 38.3 */
parse value 'x'                          /* expect error: 38.3 */
parse value                              /* expect error: 38.3 */
parse var                                /* expect error: 20.1 */
parse var 3                              /* expect error: 20.1 */
parse var 'x' p                          /* expect error: 20.1 */
parse arg p +                            /* expect error: 38.2 */
parse arg p + q                          /* expect error: 38.2 */
parse arg p = q                          /* expect error: 38.2 */
parse arg p - 'x'                        /* expect error: 38.2 */
parse arg p * q                          /* expect error: 38.1 */
parse arg 3x                             /* expect error: 38.1 */
parse arg p .x                           /* expect error: 38.1 */
parse arg (                              /* expect error: 19.7 */
parse arg (3) p                          /* expect error: 19.7 */
parse arg ('x') p                        /* expect error: 19.7 */
parse arg (p                             /* expect error: 46.1 */
parse arg (p q)                          /* expect error: 46.1 */
parse arg p )                            /* expect error: 38.1 */
parse value 1 + with p                   /* expect error: 35.1 */
arg p * q                                /* expect error: 38.1 */
pull 3x                                  /* expect error: 38.1 */
