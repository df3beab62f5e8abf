/* Clauses end with a line, with a semicolon, and not with a comma. */

say 'a'; say 'b';; say 'c';              /* expect each: a | b | c */
; ; say 'd' ;                            /* expect: d */
say 'a',
    'b'                                  /* expect: a b */
say 'a'||,
    'b'                                  /* expect: ab */
say 'c', /* a comment may follow */
    'd',      /* and another */
    'e'                                  /* expect: c d e */
say max(1,,
    2)                                   /* expect: 2 */
say 'a ,' 'b'                            /* expect: a , b */
x = 5,
  + 6; say x                             /* expect: 11 */
if x = 11 then say 'yes'; else say 'no'  /* expect: yes */
if x = 11
then
say 'then'                               /* expect: then */
else
say 'else'
label: say 'after a label'               /* expect: after a label */
one: two: say 'after two'                /* expect: after two */
three:
four:   say 'after four'                 /* expect: after four */

say 'no' 'label':                        /* expect error: 35.1 */
