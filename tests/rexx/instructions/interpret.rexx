/* INTERPRET: clauses made at run time. */

interpret 'say "hello"'                  /* expect: hello */
interpret 'x = 5'; say x                 /* expect: 5 */
interpret 'say 1; say 2'                 /* expect each: 1 | 2 */
interpret ''
interpret 'say x' '+ 1'                  /* expect: 6 */
name = 'y'; interpret name '= 7'; say y  /* expect: 7 */
interpret 'do i = 1 to 2; say i; end'    /* expect each: 1 | 2 */
interpret 'if x = 5 then say "five"; else say "other"' /* expect: five */
interpret "interpret 'say 9'"            /* expect: 9 */
interpret 'call sub 3'; say result       /* expect: 9 */
interpret 'parse value "a b" with p q'; say q p /* expect: b a */
interpret ';;; say "semicolons";'        /* expect: semicolons */
interpret 'say f(2)'                     /* expect: 4 */
do i = 1 to 2; interpret 'say i'; end    /* expect each: 1 | 2 */
interpret 'exit'
say 'never'
sub: return arg(1) ** 2
f: return arg(1) + 2

interpret 'numeric digits 5'; say digits() /* expect: 5 */

interpret 'signal out'
say 'never'
out: say 'out'                           /* expect: out */

call sub; say 'back' result              /* expect: back 4 */
exit
sub: interpret 'return 4'; say 'never'

interpret 'label: say 1'                 /* expect error: 47.1 */
interpret 'do'                           /* expect error: 14.1 */
interpret 'end'                          /* expect error: 10.1 */
interpret 'say 1 +'                      /* expect error: 35.1 */
interpret "say 'x"                       /* expect error: 6.2 */
interpret 'say "x'                       /* expect error: 6.3 */
interpret 'if 1 then'                    /* expect error: 14.3 */
interpret 'if'                           /* expect error: 35.1 */
interpret 'if 1'                         /* expect error: 18.1 */
interpret 'do i ='                       /* expect error: 35.1 */
interpret 'else'                         /* expect error: 8.2 */
interpret 'x = 1/0'                      /* expect error: 42.3 */
interpret 'select; when 1 then nop'      /* expect error: 14.2 */
interpret '/'||'* open'                  /* expect error: 6.1 */
interpret                                /* expect error: 35.1 */
interpret 1 +                            /* expect error: 35.1 */
