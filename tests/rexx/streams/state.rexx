/* STREAM: the state of a stream, and commands to it. */
/* world: host */

say stream('f') stream('f', 'S') stream('f', 'State') /* expect: UNKNOWN UNKNOWN UNKNOWN */
call lineout 'f', 'x'; say stream('f')   /* expect: READY */
call lineout 'f'; say stream('f')        /* expect: UNKNOWN */
x = linein('f'); say stream('f')         /* expect: READY */
x = linein('f'); say stream('f')         /* expect: NOTREADY */

say stream('nofile', 'C', 'QUERY EXISTS') || '.' /* expect: . */
call lineout 'f', 'x'; call lineout 'f'
say stream('f', 'C', 'QUERY EXISTS') \== '' /* expect: 1 */
say stream('f', 'C', 'QUERY SIZE')       /* expect: 2 */

say stream('f', 'C', 'OPEN WRITE')       /* expect: READY: */
say lineout('f', 'a')                    /* expect: 0 */
say stream('f', 'C', 'CLOSE')            /* expect: READY: */
say linein('f')                          /* expect: a */

/* OPEN READ of what is not there. */
say word(translate(stream('nofile', 'C', 'OPEN READ'), ' ', ':'), 1) stream('nofile') /* expect: ERROR ERROR */

/* OPEN WRITE REPLACE empties the file. */
call lineout 'f', 'old'; call lineout 'f'
say stream('f', 'C', 'OPEN WRITE REPLACE') /* expect: READY: */
call lineout 'f', 'new'; call lineout 'f'
say linein('f') lines('f')               /* expect: new 0 */

say stream()                             /* expect error: 40.3 */
say stream('f', 'C')                     /* expect error: 40.3 */
say stream('f', 'S', 'CLOSE')            /* expect error: 40.4 */
say stream('f', 'X')                     /* expect error: 40.28 */

say stream('f', 'C', 'QUERY STREAMTYPE') || '.' /* expect: UNKNOWN. */
call lineout 'f', 'x'; say stream('f', 'C', 'QUERY STREAMTYPE') /* expect: PERSISTENT */

say (length(qualify('f')) > 2) right(qualify('f'), 2) /* expect: 1 /f */
