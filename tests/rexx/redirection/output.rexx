/* ADDRESS WITH: where the output and the errors of a command go. */
/* world: host */

address system 'echo one; echo two' with output stem o.
say o.0 o.1 o.2 rc                       /* expect: 2 one two 0 */

/* No output, no lines. */
o. = 'old'
address system 'exit 3' with output stem o.
say o.0 o.1 rc                           /* expect: 0 old 3 */

/* REPLACE is what happens unless APPEND is said. */
address system 'echo 1' with output stem o.
address system 'echo 2' with output append stem o.
address system 'echo 3' with output append stem o.
say o.0 o.1 o.2 o.3                      /* expect: 3 1 2 3 */
address system 'echo 4' with output replace stem o.
say o.0 o.1                              /* expect: 1 4 */

address system 'echo out; echo err >&2' with output stem o. error stem e.
say o.0 o.1 e.0 e.1                      /* expect: 1 out 1 err */

address system 'echo err >&2; echo out' with error stem e. output stem o.
say o.1 e.1                              /* expect: out err */

/* NORMAL is the console. */
address system 'echo seen' with output normal /* expect: seen */

/* To a stream. */
address system 'echo a; echo b' with output stream 'f'
say linein('f') linein('f') lines('f')   /* expect: a b 0 */

address system 'echo a' with output stream 'f'
address system 'echo b' with output append stream 'f'
say linein('f') linein('f')              /* expect: a b */

/* The name of a stream may be in a variable, or an expression in parentheses. */
name = 'f'
address system 'echo a' with output stream name
say linein('f')                          /* expect: a */
call lineout 'f'
address system 'echo b' with output stream (name || 1)
say linein('f1')                         /* expect: b */

/* Null lines and a last line without its end. */
address system 'echo; echo x; printf y' with output stem o.
say o.0 '['o.1']['o.2']['o.3']'          /* expect: 3 [][x][y] */

/* The redirection of one command ends with it. */
address system 'echo kept' with output stem o.
address system 'echo seen'               /* expect: seen */

/* That of an environment stays. */
address system with output stem o.
'echo 1'; say o.1                        /* expect: 1 */
'echo 2'; say o.0 o.1                    /* expect: 1 2 */

/* The same stem for both takes the lines of both. */
address system 'echo out; echo err >&2' with output stem o. error append stem o.
say o.0                                  /* expect: 2 */

/* The conditions of a command come after its output is in place. */
call on error name e
address system 'echo text; exit 2' with output stem o.
say 'done'                               /* expect each: text 2 | done */
exit
e: say o.1 rc; return
