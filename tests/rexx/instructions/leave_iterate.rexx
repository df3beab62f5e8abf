/* LEAVE and ITERATE: the innermost loop, or the one whose control variable is named. */

do i = 1 to 5; if i = 3 then leave; say i; end; say 'at' i /* expect each: 1 | 2 | at 3 */
do i = 1 to 4; if i = 2 then iterate; say i; end /* expect each: 1 | 3 | 4 */
do i = 1 to 2; do j = 1 to 2; if j = 2 then iterate i; say i j; end; end /* expect each: 1 1 | 2 1 */
do i = 1 to 2; do j = 1 to 2; if j = 2 then leave i; say i j; end; end; say i j /* expect each: 1 1 | 1 2 */
do i = 1 to 2; do j = 1 to 2; leave j; end; say i; end /* expect each: 1 | 2 */
do i = 1 to 2; do; if i = 1 then iterate; end; say i; end /* expect: 2 */
do i = 1 to 3; do; if i = 2 then leave; end; say i; end /* expect: 1 */
do i = 1 to 3; select; when i = 2 then iterate; otherwise say i; end; end /* expect each: 1 | 3 */
do i = 1 to 3; select; when i = 2 then leave; otherwise say i; end; end /* expect: 1 */
do 3; leave; say 'never'; end; say 'ok'  /* expect: ok */
n = 0; do until n = 3; n = n + 1; if n = 2 then iterate; say n; end /* expect each: 1 | 3 */
do forever; do forever; leave; end; leave; end; say 'out' /* expect: out */
do a.1 = 1 to 3; if a.1 = 2 then leave a.1; end; say a.1 /* expect: 2 */

do i = 1 to 2; interpret "if i = 1 then iterate"; say i; end /* expect error: 28.2 */
do i = 1 to 2; interpret 'leave'; end    /* expect error: 28.1 */
leave                                    /* expect error: 28.1 */
iterate                                  /* expect error: 28.2 */
do; leave; end                           /* expect error: 28.1 */
do; iterate; end                         /* expect error: 28.2 */
do i = 1 to 2; leave j; end              /* expect error: 28.3 */
do i = 1 to 2; iterate j; end            /* expect error: 28.4 */
leave i                                  /* expect error: 28.1 */
iterate i                                /* expect error: 28.2 */
do 2; leave 3; end                       /* expect error: 20.2 */
do 2; leave i j; end                     /* expect error: 21.1 */
do 2; iterate 'i'; end                   /* expect error: 20.2 */

do i = 1 to 2; call sub; end
exit
sub: leave                               /* expect error: 28.1 */

do i = 1 to 2; call sub; end
exit
sub: iterate i                           /* expect error: 28.2 */
