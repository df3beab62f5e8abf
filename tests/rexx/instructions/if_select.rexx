/* IF and SELECT. */

if 1 then say 'yes'                      /* expect: yes */
if 0 then say 'never'
if 0 then say 'never'; else say 'else'   /* expect: else */
if 1 = 1 then do; say 'a'; say 'b'; end  /* expect each: a | b */
if 1 then nop; else say 'never'
if 0 then nop
else say 'on the next line'              /* expect: on the next line */
if 1
  then
    say 'spread'                         /* expect: spread */
  else
    say 'never'
if 1 then if 0 then say 'x'; else say 'inner else' /* expect: inner else */
if 1 then
  if 0 then say 'x'
  else nop
else say 'outer else'
if 0 then
  if 0 then say 'x'
  else nop
else say 'outer else'                    /* expect: outer else */
if '1' then say 'string'                 /* expect: string */
if \0 then say 'not'                     /* expect: not */
if 1 then; say 'after nothing'           /* expect: after nothing */
if 1 then x = 'if'; else x = 'else'; say x /* expect: if */

select
  when 0 then say 'never'
  when 1 then say 'first true'           /* expect: first true */
  when 1 then say 'too late'
  otherwise say 'never'
end
select; when 0 then nop; otherwise; end
select; when 0 then nop; otherwise say 'a'; say 'b'; end /* expect each: a | b */
select; when 1 then do; say 'c'; say 'd'; end; end /* expect each: c | d */
select; when 0 then nop; otherwise do; say 'e'; end; end /* expect: e */
x = 2
select
  when x = 1 then say 'one'
  when x = 2
    then say 'two'                       /* expect: two */
end
select
  when 1 then select; when 0 then nop; otherwise say 'nested'; end /* expect: nested */
  otherwise nop
end

select when 1 then say 'same clause'; end /* expect error: 21.1 */

if 'x' then nop                          /* expect error: 34.1 */
if 2 then nop                            /* expect error: 34.1 */
if '' then nop                           /* expect error: 34.1 */
if ' 1' then nop                         /* expect error: 34.1 */
if 1.0 then nop                          /* expect error: 34.1 */
if maybe then nop                        /* expect error: 34.1 */
if 1; say 'x'                            /* expect error: 18.1 */
if then nop                              /* expect error: 35.1 */
then nop                                 /* expect error: 8.1 */
else nop                                 /* expect error: 8.2 */
when 1 then nop                          /* expect error: 9.1 */
otherwise nop                            /* expect error: 9.2 */
select; when 'x' then nop; end           /* expect error: 34.2 */
select; when 2 then nop; end             /* expect error: 34.2 */
select; when 1; nop; end                 /* expect error: 18.2 */
select; when then nop; end               /* expect error: 35.1 */
select; say 'x'; end                     /* expect error: 7.1 */
select; end                              /* expect error: 7.1 */
select; otherwise nop; end               /* expect error: 7.1 */
select; when 0 then nop; end             /* expect error: 7.3 */
select; when 0 then nop; say 'x'; end    /* expect error: 7.2 */
select; when 1 then nop; end x           /* expect error: 10.4 */
if 1 then                                /* expect error: 14.3 */
if 0 then nop; else                      /* expect error: 14.4 */

select                                   /* expect error: 14.2 line 1 */

select
  when 1 then nop                        /* expect error: 14.2 line 1 */

if 1 then nop; nop; else nop             /* expect error: 8.2 */
