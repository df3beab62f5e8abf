/* The line of an error is that of the clause which caused it. */

say 'one'                                /* expect: one */
x =,
  1 / 0                                  /* expect error: 42.3 line 2 */

if 1 then
  x = 1 / 0                              /* expect error: 42.3 */

do i = 1 to 3
  if i = 2 then x = 'a' + i
end                                      /* expect error: 41.1 line 2 */

call sub
exit
sub:
  return 1 / 0                           /* expect error: 42.3 */

x = f(0)
exit
f: return 1 / arg(1)                     /* expect error: 42.3 */

interpret 'x = 1',
  '/ 0'                                  /* expect error: 42.3 line 1 */

say 1 +,
    2 +                                  /* expect error: 35.1 line 1 */

nop; nop; say 1 / 0                      /* expect error: 42.3 */

select
  when 'x' then nop
end                                      /* expect error: 34.2 line 2 */

do while 'x'
end                                      /* expect error: 34.3 line 1 */

i = 'x'
do 1; i = i + 1
end                                      /* expect error: 41.1 line 2 */
