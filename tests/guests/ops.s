# Runs a table of single operations that a test has put behind the program: each
# with its registers and PSW, and each leaves its registers and how it ended.
#
# An operation at TABLE+256n: 16 general registers, the first half of a PSW (128),
# 24 bytes of instructions (136), 16 access registers (160). A result at
# RESULTS+256n: 16 general registers, the old PSW (128), low core 140-147 (144),
# 160-175 (152), what interrupted (168: 1 program, 2 supervisor call), 16 access
# registers (176).

	.include "frame-ends.s"

	.set	SAVE,0x800
	.set	NEXT,0x880			# the operation
	.set	LEFT,0x888			# how many are left
	.set	NEWPSW,0x890
	.set	ACCESS,0x8c0
	.set	COUNT,0x0f8000
	.set	CONTROLS,0x0f8008		# 16 control registers
	.set	TABLE,0x100000
	.set	RESULTS,0x100000		# behind the operation

	.section .low,"a"
	.long	0x00080000,0x80010000
	.org	0x1a0
	.quad	0x0002000180000000,0xBAD0
	.quad	0x0002000180000000,0xBAD1
	.quad	A64,on_svc
	.quad	A64,on_program
	.quad	0x0002000180000000,0xBAD2
	.quad	0x0002000180000000,0xBAD3
	.org	0x2000

	.text
	.globl	start
start:
	ZARCH
	llilf	%r1,CONTROLS
	lctlg	%c0,%c15,0(%r1)
	llilf	%r1,COUNT
	mvc	LEFT(8),0(%r1)
	llilf	%r1,TABLE
	stg	%r1,NEXT

next:
	lg	%r2,LEFT
	aghi	%r2,-1
	jl	over
	stg	%r2,LEFT
	lg	%r14,NEXT
	larl	%r1,slot
	mvc	0(24,%r1),136(%r14)
	stg	%r1,NEWPSW+8
	mvc	NEWPSW(8),128(%r14)
	lam	%a0,%a15,160(%r14)
	xc	0x80(64),0x80
	lmg	%r0,%r15,0(%r14)
	lpswe	NEWPSW

	.balign	8
slot:
	.fill	24,1,0
	svc	255

on_program:
	stmg	%r0,%r15,SAVE
	lghi	%r0,1
	la	%r1,0x150
	j	result
on_svc:
	stmg	%r0,%r15,SAVE
	lghi	%r0,2
	la	%r1,0x140
result:
	stam	%a0,%a15,ACCESS
	lg	%r13,NEXT
	llilf	%r12,RESULTS
	agr	%r12,%r13
	mvc	0(128,%r12),SAVE
	mvc	128(16,%r12),0(%r1)
	mvc	144(8,%r12),140
	mvc	152(16,%r12),160
	stg	%r0,168(%r12)
	mvc	176(64,%r12),ACCESS
	aghi	%r13,256
	stg	%r13,NEXT
	llilf	%r1,CONTROLS
	lctlg	%c0,%c15,0(%r1)
	lhi	%r1,0
	sar	%a0,%r1
	j	next

over:
	FINISHED

	.section .names,"a"
	.asciz	""
