# Calls and returns put together by chance, so that several things are wrong at
# once: what counts is which exception comes first.

	.include "frame-spaces.s"

	.set	seed,20090511
	.macro	PICK name among
	.set	seed,(seed*1103515245+12345)&0x7fffffff
	.set	\name,(seed>>12)%\among
	.endm
# One of two values; the second once in so many.
	.macro	SELDOM name usual once among
	PICK	which \among
	.if	which
	.set	\name,\usual
	.else
	.set	\name,\once
	.endif
	.endm
# The space's number and where its entry is.
	.macro	SPACE asn aste
	PICK	\asn 8
	.if	\asn<3
	.set	\asn,0
	.elseif	\asn<6
	.set	\asn,2
	.elseif	\asn==6
	.set	\asn,5
	.endif
	.set	\aste,AST+0x40*\asn
	.endm
	.macro	MODE name
	PICK	\name 3
	.if	\name==0
	.set	\name,0
	.elseif	\name==1
	.set	\name,M31
	.else
	.set	\name,A64
	.endif
	.endm

	.macro	SOMECALL n
	PICK	flags 128
	SELDOM	stacks 1 0 3
	SELDOM	high 0 0x01000000 16
	PICK	ends 4
	SELDOM	akm 0x0040 0x0100 4
	PICK	ekm 0x10000
	SPACE	asn aste
	SELDOM	aste aste 0x7ffff000 10
	MODE	mode
	SELDOM	dat DAT 0 30
	SELDOM	problem PROBLEM 0 2
	PICK	space 16
	SELDOM	translates CR14 0x67 16
	SELDOM	linked LTD LINKAGE 25
	PICK	top 10
	SELDOM	number 0 0x120 8
	SELDOM	event 0x60200 0x60240 4
	.if	top==0
	.set	top,0xf5008
	.elseif	top==1
	.set	top,LAST2-8
	.elseif	top==2
	.set	top,HEADER1+9
	.else
	.set	top,HEADER1+8
	.endif
	.if	space==0
	.set	space,SECONDARY
	.elseif	space==1
	.set	space,HOME
	.elseif	space<6
	.set	space,ARMODE
	.else
	.set	space,0
	.endif
	.if	(ends&1)|(flags&64)
	.set	high,0
	.endif
	TEST	"call \n"
	larl	%r7,3f
	lgfi	%r2,ENTRIES
	mvc	0(32,%r2),0(%r7)
	lgfi	%r2,ASTE1
	mvc	24(4,%r2),32(%r7)
	lgfi	%r2,0
	j	2f
	.balign	8
3:	.long	0,tells+high+((ends&~(flags>>6)&1)<<31)+(ends>>1),(akm<<16)+asn,ekm<<16
	.long	(stacks<<31)+((flags&64)<<24)+((flags&31)<<24)+0x500000+0xd
	.long	aste,0x77777777,0x44444444,linked
2:	CONTROL	1,event
	CONTROL	14,translates
	CONTROL	15,top
	UNDER	dat+problem+space+mode
	pc	number
	END
	PIECE	"call \n, entry" FIRST+120-REAL
	.endm

	.macro	SOMERETURN n
	SELDOM	kind 0x0d 0x0c 3
	SELDOM	kind kind 0x8d 12
	SELDOM	kind kind 0x0a 16
	PICK	pkm 0x10000
	PICK	sasn 10
	PICK	eax 0x10000
	PICK	pasn 8
	MODE	mode
	PICK	space 4
	PICK	key 16
	PICK	problem 2
	PICK	rest 16
	SELDOM	reserved 0 0x0800000000000000 10
	SELDOM	long 0 0x100000000 12
	SELDOM	translates CR14 0x67 16
	SELDOM	event 0x60200 0x60240 4
	SELDOM	traced 0 SPACES 2
	SELDOM	from 0 ARMODE 3
	MODE	own
	.if	pasn<4
	.set	pasn,1
	.elseif	pasn<6
	.set	pasn,2
	.endif
	.if	sasn<3
	.set	sasn,2
	.elseif	sasn<5
	.set	sasn,1
	.endif
	TEST	"return \n"
	larl	%r7,3f
	lgfi	%r2,FIRST-REAL
	stmg	%r0,%r15,0(%r2)
	mvc	128(16,%r2),0(%r7)
	mvc	168(8,%r2),16(%r7)
	mvc	288(8,%r2),24(%r7)
	j	2f
	.balign	8
3:	.short	pkm,sasn,eax,pasn
	.quad	DAT+(problem<<48)+(space<<46)+(key<<52)+(rest<<40)+mode+reserved
	.quad	tells+long
	.byte	kind,0x11
	.short	296,0,0
2:	CONTROL	1,event
	CONTROL	12,TABLE+traced
	CONTROL	14,translates
	CONTROL	15,FIRST+288
	UNDER	DAT+from+own
	pr
	END
	PIECE	"return \n, entry before" HEADER1-REAL
	.endm
	.set	SPACES,2
	.set	TABLE,DATA+0x900

cases:
	.irp	tens,,1,2,3,4,5,6,7,8,9,10,11
	.irp	ones,0,1,2,3,4,5,6,7,8,9
	SOMECALL	\tens\ones
	.endr
	.endr
	.irp	tens,,1,2,3,4,5,6,7,8,9,10,11
	.irp	ones,0,1,2,3,4,5,6,7,8,9
	SOMERETURN	\tens\ones
	.endr
	.endr
	FINISHED

other_cpu:
	j	.
