# The same as frame.s for programs that stay in ESA/390: records have the
# 8-byte old PSW and words of registers.

	.set	SAVE,0x800
	.set	RECORDS,0x900		# where the next record goes: the second word
	.set	RESUME,0x908		# where to go on after the case
	.set	NEWPSW,0x910
	.set	RESULTS,0x40000
	.set	DATA,0x50000

	.set	DAT,0x04080000
	.set	REALLY,0x00080000	# DAT off
	.set	PER,0x40000000
	.set	PROBLEM,0x00010000
	.set	SECONDARY,0x00008000
	.set	ARMODE,0x00004000
	.set	HOME,0x0000c000
	.set	M31,0x80000000

	.section .low,"a"
	.long	REALLY,M31+start
	.org	0x58
	.long	REALLY,M31+on_external
	.long	REALLY,M31+on_svc
	.long	REALLY,M31+on_program
	.long	0x000a0000,M31+0xbad1
	.long	REALLY,M31+on_io
	.org	0x900
	.quad	RESULTS
	.org	0x2000

# Loads a word from behind the instruction.
	.macro	WORD r value
	bras	\r,.Lw\@
	.long	\value
.Lw\@:	l	\r,0(\r)
	.endm

	.text
	.globl	start
start:
	WORD	%r1,controls
	lctl	%c0,%c15,0(%r1)
	j	cases

on_program:
	stm	%r0,%r15,SAVE
	lhi	%r0,1
	la	%r1,0x28
	j	record
on_svc:
	stm	%r0,%r15,SAVE
	lhi	%r0,2
	la	%r1,0x20
	j	record
on_external:
	stm	%r0,%r15,SAVE
	lhi	%r0,3
	la	%r1,0x18
	j	record
on_io:
	stm	%r0,%r15,SAVE
	lhi	%r0,4
	la	%r1,0x38
record:
	l	%r13,RECORDS+4
	xc	0(128,%r13),0(%r13)
	st	%r0,4(%r13)
	mvc	8(8,%r13),0(%r1)
	mvc	24(64,%r13),0x80
	mvc	92(4,%r13),SAVE+8
	mvc	100(4,%r13),SAVE+12
	mvc	108(4,%r13),SAVE+16
	mvc	116(4,%r13),SAVE+20
	mvc	124(4,%r13),SAVE+24
	ahi	%r13,128
	st	%r13,RECORDS+4
	WORD	%r1,controls
	lctl	%c0,%c15,0(%r1)
	ptlb
	l	%r1,RESUME
	br	%r1

begin:
	xc	0x80(64),0x80
	bras	%r8,1f
	.long	0x22222222,0x33333333,0x44444444,0x55555555,0x66666666
1:	lm	%r2,%r6,0(%r8)
	WORD	%r8,DATA
	lr	%r9,%r8
	ahi	%r9,0x1000
	br	%r14

	.macro	CASE name
	.pushsection .names,"a"
	.asciz	"\name"
	.popsection
	WORD	%r1,9f
	st	%r1,RESUME
	bras	%r14,begin
	.endm

	.macro	END
	svc	255
9:
	.endm

# Goes on right behind with another first word of the PSW.
	.macro	UNDER mask
	bras	%r1,8f
	.long	\mask,M31+7f
8:	mvc	NEWPSW(8),0(%r1)
	lpsw	NEWPSW
7:
	.endm

# Control register n becomes a value.
	.macro	CONTROL n value
	.balign	4
	bras	%r1,8f
	.long	\value
8:	lctl	%c\n,%c\n,0(%r1)
	.endm

# Between cases: a record of 120 bytes of real storage.
	.macro	PIECE name at
	.pushsection .names,"a"
	.asciz	"\name"
	.popsection
	WORD	%r1,\at
	l	%r13,RECORDS+4
	mvc	8(120,%r13),0(%r1)
	xc	0(8,%r13),0(%r13)
	mvi	7(%r13),5
	ahi	%r13,128
	st	%r13,RECORDS+4
	.endm

# No case is left: a disabled wait that the test knows.
	.macro	FINISHED
	bras	%r1,8f
	.long	0x000a0000,0x600d
8:	mvc	NEWPSW(8),0(%r1)
	lpsw	NEWPSW
	.endm
