/* Lines of a stream: LINEIN, LINEOUT, LINES. */
/* world: host */

say lineout('f', 'one') lineout('f', 'two') lineout('f') /* expect: 0 0 0 */
say linein('f') linein('f') '['linein('f')']' /* expect: one two [] */

/* Reading begins at the first line, writing behind the last one. */
call lineout 'f', 'a'
call lineout 'f', 'b'
say linein('f')                          /* expect: a */
call lineout 'f', 'c'
say linein('f') linein('f')              /* expect: b c */

/* A stream that is closed is read from its first line again. */
call lineout 'f', 'a'; call lineout 'f', 'b'
say linein('f')                          /* expect: a */
call lineout 'f'
say linein('f')                          /* expect: a */

/* Null lines are lines. */
call lineout 'f', ''; call lineout 'f', 'x'; call lineout 'f', ''
n = 0; do while lines('f') > 0; n = n + 1; l.n = linein('f'); end
say n '['l.1']['l.2']['l.3']'            /* expect: 3 [][x][] */

/* A last line without its end is a line. */
call charout 'f', 'a' || '0a'x || 'b'; call charout 'f'
say linein('f') linein('f') lines('f')   /* expect: a b 0 */

/* What is written behind it goes on in that line. */
call charout 'f', 'ab'; call lineout 'f', 'cd'; call lineout 'f'
say linein('f')                          /* expect: abcd */

/* LINES without an option tells only whether there are any; with C it counts. */
call lineout 'f', 1; call lineout 'f', 2; call lineout 'f', 3; call lineout 'f'
say (lines('f', 'N') > 0) lines('f', 'C') /* expect: 1 3 */
x = linein('f'); say lines('f', 'Count') (lines('f') > 0) /* expect: 2 1 */
x = linein('f'); x = linein('f'); say lines('f') lines('f', 'C') /* expect: 0 0 */

/* No file, no lines; to ask makes none. */
say lines('nofile') chars('nofile') '['linein('nofile')']' /* expect: 0 0 [] */
say stream('nofile', 'C', 'QUERY EXISTS') || '.' /* expect: . */

/* LINEIN with a count of 0 reads nothing. */
call lineout 'f', 'a'; call lineout 'f', 'b'; call lineout 'f'
say '['linein('f', , 0)']' linein('f', 2, 0)'.' linein('f') /* expect: [] . b */

/* A line from a number on. */
do i = 1 to 5; call lineout 'f', 'line' i; end; call lineout 'f'
say linein('f', 4) linein('f') linein('f', 2) /* expect: line 4 line 5 line 2 */
say linein('f', 1, 1) linein('f', 1)     /* expect: line 1 line 1 */

/* Two streams do not disturb one another. */
call lineout 'f', 'f1'; call lineout 'g', 'g1'; call lineout 'f', 'f2'; call lineout 'g', 'g2'
say linein('g') linein('f') linein('f') linein('g') /* expect: g1 f1 f2 g2 */

/* PARSE LINEIN and the default stream. */
/* input: first */
/* input: second */
say lines() > 0                          /* expect: 1 */
parse linein x; say x                    /* expect: first */
say linein()                             /* expect: second */
say '['linein()']' lines()               /* expect: [] 0 */

say lineout(, 'to the console')          /* expect each: to the console | 0 */

say linein('f', 0)                       /* expect error: 40.14 */
say linein('f', 1.5)                     /* expect error: 40.12 */
say linein('f', 1, 2)                    /* expect error: 40.39 */
say lines('f', 'X')                      /* expect error: 40.28 */
say lines('f', 'C', 1)                   /* expect error: 40.4 */
