/* ADDRESS WITH: what a command reads. */
/* world: host */

i.0 = 2; i.1 = 'first'; i.2 = 'second'
address system 'while read l; do echo "<$l>"; done' with input stem i. output stem o.
say o.0 o.1 o.2                          /* expect: 2 <first> <second> */

/* Only as many lines as the first tail says. */
i.0 = 1; i.1 = 'one'; i.2 = 'two'
address system 'while read l; do echo "<$l>"; done' with input stem i. output stem o.
say o.0 o.1                              /* expect: 1 <one> */

i.0 = 0
address system 'read l || echo none' with input stem i. output stem o.
say o.1                                  /* expect: none */

call lineout 'f', 'from a file'; call lineout 'f'
address system 'read l; echo "<$l>"' with input stream 'f' output stem o.
say o.1                                  /* expect: <from a file> */

/* The same stem may be read and written. */
s.0 = 2; s.1 = 'a'; s.2 = 'b'
address system 'while read l; do echo "$l$l"; done' with input stem s. output stem s.
say s.0 s.1 s.2                          /* expect: 2 aa bb */

/* A command that does not read leaves the rest. */
i.0 = 3; i.1 = 1; i.2 = 2; i.3 = 3
address system 'exit 4' with input stem i.
say rc                                   /* expect: 4 */

/* input: typed */
address system 'read l; echo "$l"' with input normal output stem o.
say o.1                                  /* expect: typed */
