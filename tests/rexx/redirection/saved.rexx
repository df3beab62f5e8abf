/* ADDRESS WITH: the setting of an environment, and ADDRESS() that tells it. */
/* world: host */

say address('I') '/' address('O') '/' address('E') /* expect: INPUT NORMAL / REPLACE NORMAL / REPLACE NORMAL */

address system with output stem o. input stem i.
say address('I') '/' address('O')        /* expect: INPUT STEM I. / REPLACE STEM O. */

address system with output append stream 'F1' error normal
say address('Output') '/' address('Error') /* expect: APPEND STREAM F1 / REPLACE NORMAL */

/* A routine has its caller's, and its own ends with it. */
address system with output stem o.
call sub
say address('O')                         /* expect each: REPLACE STEM O. | REPLACE STEM O. */
'echo text'; say o.1                     /* expect: text */
exit
sub: say address('O'); address system with output stem p.; return

/* An environment that is named without WITH has none. */
address system with output stem o.
address system
say address('O')                         /* expect: REPLACE NORMAL */
