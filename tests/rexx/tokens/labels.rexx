/* Labels: any symbol, several on a clause, the first of two with one name counts. */

signal 3
say 'never'
3: say 'a number'                        /* expect: a number */

signal .x.1
say 'never'
.x.1: say 'a period'                     /* expect: a period */

call a.b
exit
a.b: say 'compound'; return              /* expect: compound */

j = 5; call a.j
exit
a.j: say 'not substituted'; return       /* expect: not substituted */

say 'run'; through: say 'through'        /* expect each: run | through */
one:; two: ; say 'semicolons'            /* expect: semicolons */
if: say 'a keyword'                      /* expect: a keyword */
say: say 'say'                           /* expect: say */
