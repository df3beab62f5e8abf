# What every program here stands on: a low core whose interruptions make a
# record and go on with the next case, and macros for cases.
#
# A record has 128 bytes: what interrupted (1 program, 2 supervisor call,
# 3 external, 4 input/output), the old PSW, low core 128-191, registers 2-6.
# A case that comes to its end says so with SVC 255. Kind 5 is 120 bytes of
# storage (PIECE).

	.include "frame-ends.s"

	.set	SAVE,0x800
	.set	RECORDS,0x900		# where the next record goes
	.set	RESUME,0x908		# where to go on after the case
	.set	NEWPSW,0x910
	.set	RESULTS,0x40000
	.set	DATA,0x50000

	.set	DAT,0x0400000000000000
	.set	PER,0x4000000000000000
	.set	EXTERNAL,0x0100000000000000
	.set	PROBLEM,0x0001000000000000
	.set	SECONDARY,0x0000800000000000
	.set	ARMODE,0x0000400000000000
	.set	HOME,0x0000C00000000000
	.set	A31,0x0000000080000000

	.section .low,"a"
	.long	0x00080000,0x80010000
	.org	0x1a0
	.quad	A64,other_cpu
	.quad	A64,on_external
	.quad	A64,on_svc
	.quad	A64,on_program
	.quad	0x0002000180000000,0xBAD1
	.quad	A64,on_io
	.org	0x900
	.quad	RESULTS
	.org	0x2000

	.text
	.globl	start
start:
	ZARCH
	larl	%r1,controls
	lctlg	%c0,%c15,0(%r1)
	j	cases

on_program:
	stmg	%r0,%r15,SAVE
	lghi	%r0,1
	la	%r1,0x150
	j	record
on_svc:
	stmg	%r0,%r15,SAVE
	lghi	%r0,2
	la	%r1,0x140
	j	record
on_external:
	stmg	%r0,%r15,SAVE
	lghi	%r0,3
	la	%r1,0x130
	j	record
on_io:
	stmg	%r0,%r15,SAVE
	lghi	%r0,4
	la	%r1,0x170
record:
	lg	%r13,RECORDS
	stg	%r0,0(%r13)
	mvc	8(16,%r13),0(%r1)
	mvc	24(64,%r13),0x80
	mvc	88(40,%r13),SAVE+16
	aghi	%r13,128
	stg	%r13,RECORDS
	larl	%r1,controls
	lctlg	%c0,%c15,0(%r1)
	ptlb
	lg	%r1,RESUME
	br	%r1

# Before a case: nothing of the last one is in the low core, and registers
# 2-6 hold what nobody else puts there. Registers 8 and 9 are the data page and
# the page behind it.
begin:
	xc	0x80(64),0x80
	larl	%r2,patterns
	lmg	%r2,%r6,0(%r2)
	lgfi	%r8,DATA
	lgfi	%r9,DATA+0x1000
	br	%r14

	.balign	8
patterns:
	.quad	0x2222222222222222,0x3333333333333333,0x4444444444444444
	.quad	0x5555555555555555,0x6666666666666666

	.macro	CASE name
	.pushsection .names,"a"
	.asciz	"\name"
	.popsection
	larl	%r1,9f
	stg	%r1,RESUME
	brasl	%r14,begin
	.endm

	.macro	END
	svc	255
9:
	.endm

# Goes on right behind with another first half of the PSW.
	.macro	UNDER mask
	larl	%r1,8f
	stg	%r1,NEWPSW+8
	larl	%r1,7f
	mvc	NEWPSW(8),0(%r1)
	lpswe	NEWPSW
	.balign	8
7:	.quad	\mask
8:
	.endm

# Control register n becomes a value.
	.macro	CONTROL n value
	larl	%r1,7f
	lctlg	%c\n,%c\n,0(%r1)
	j	8f
	.balign	8
7:	.quad	\value
8:
	.endm

# Between cases: a record of 120 bytes of real storage.
	.macro	PIECE name at
	.pushsection .names,"a"
	.asciz	"\name"
	.popsection
	llilf	%r1,\at
	lg	%r13,RECORDS
	mvghi	0(%r13),5
	mvc	8(120,%r13),0(%r1)
	aghi	%r13,128
	stg	%r13,RECORDS
	.endm
