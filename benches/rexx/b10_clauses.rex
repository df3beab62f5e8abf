/* b10: a mix of all kinds of clauses, counted; REXXCPS's idea, the mix our own */
parse arg rounds .
if rounds='' then rounds=30000
trace off
signal on novalue
list='red green blue amber violet'
total=0
flag.=0
do round=1 to rounds
  /* assignments and arithmetic */
  a=round//17+1
  b=a*3-1
  c=(b+a)%2
  d=a/4
  key='K'a
  /* compound variables */
  flag.a=flag.a+1
  flag.a.b=c
  tally.key=flag.a
  /* decisions */
  if a>b then total=total-1
  else total=total+1
  select
    when a<5 then e='low'
    when a<12 then e='middle'
    otherwise e='high'
  end
  if e='high' & c>3 | a=1 then nop
  /* loops */
  do i=1 to 4
    total=total+i
    if i=3 then iterate
    total=total-1
  end
  do while c>20
    c=c-5
  end
  n=0
  do until n>=3
    n=n+1
  end
  do 2
    n=n-1
  end
  do forever
    n=n+1
    if n>4 then leave
  end
  /* strings and functions */
  f=e||'-'||a b
  g=substr(f,2,3)
  h=left(e,6)'|'right(a,4,'0')
  l=length(f)+pos('-',f)+words(list)
  w=word(list,a//5+1)
  u=translate(w)
  if \datatype(a,'W') then total=0
  if abbrev('violet',left(w,1)) then total=total+1
  /* parsing */
  parse var f left '-' rest
  parse var list first second . last
  parse value a'/'||b'/'||c with x '/' y '/' z
  parse upper value w with w1 +2 w2
  /* routines */
  call count a, b
  total=total+result
  total=total+double(c)
  call bump
  /* indirect */
  if round//50=0 then interpret 'total=total+'a
  if round//100=0 then do
    queue f
    parse pull back
    total=total+length(back)
    drop u h
    upper w
    numeric digits 12
    total=total+d*0
    numeric digits 9
    address command
  end
end
say rounds 'rounds,' total first second last w1 w2 x y z l flag.1
exit 0

count: procedure
  arg p, q
  return max(p,q)-min(p,q)

double: return arg(1)*2

bump: procedure expose total
  total=total+1
  return
