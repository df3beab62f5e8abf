/* ADDRESS WITH: what is wrong with it. */
/* world: host */

address system with                      /* expect error: 25.5 */
address system 'x' with inputs normal    /* expect error: 25.5 */
address system with input normal input normal /* expect error: 25.5 */
address system with input append stem a. /* expect error: 25.6 */
address system with input frob           /* expect error: 25.6 */
address system with output frob          /* expect error: 25.7 */
address system with output append normal /* expect error: 25.8 */
address system with output replace       /* expect error: 25.9 */
address system with error frob           /* expect error: 25.14 */
address system with error append frob    /* expect error: 25.8 */
address system with error                /* expect error: 25.14 */
address system with output stream (1     /* expect error: 36.1 */
address system with output stream (1, 2) /* expect error: 37.1 */
address system with output stream        /* expect error: 53.1 */
address system with output stem 'a.'     /* expect error: 53.2 */
address system with output stem a        /* expect error: 53.3 */
address system with output stem a.1      /* expect error: 53.3 */
a.0 = 'x'; address system 'exit' with input stem a. /* expect error: 54.1 */
a.0 = -1; address system 'exit' with input stem a. /* expect error: 54.1 */
address system 'exit' with input stem a. /* expect error: 54.1 */
address system 'echo' with output append stem a.  /* expect error: 54.1 */
