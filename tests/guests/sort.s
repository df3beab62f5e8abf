# Replacement selection with COMPARE AND FORM CODEWORD and UPDATE TREE: takes
# keys from a list and gives a run in ascending order, and a list of those that
# came too late for it. Keys have 12 bytes; the word before one is its own to use.

	.include "frame-ends.s"

	.set	MODE,0x100000		# 0: 31-bit mode, 1: 64-bit mode
	.set	PLAYERS,0x100008	# leaves of the tree
	.set	COUNT,0x100010		# keys
	.set	GIVEN,0x100018		# out: end of the run
	.set	LATE,0x100020		# out: end of the list of late ones
	.set	NOTHING,0x100034	# a key lower than all others
	.set	KEYS,0x110000		# addresses of keys, 8 bytes each
	.set	RUN,0x130000		# out: the same
	.set	LATER,0x150000		# out: the same
	.set	TREE,0x200000

	.section .low,"a"
	.long	0x00080000,0x80010000
	.org	0x1a0
	.quad	0x0002000180000000,0xBAD0
	.quad	0x0002000180000000,0xBAD1
	.quad	0x0002000180000000,0xBAD2
	.quad	0x0002000180000000,0xBAD3
	.quad	0x0002000180000000,0xBAD4
	.quad	0x0002000180000000,0xBAD5
	.org	0x2000

# The program for one width: g is nothing or g, half is the size of half a node,
# shift is how far the index in a codeword is from its place.
	.macro	SORT g load store half shift limit
	llilf	%r4,TREE
	llilf	%r6,\limit
	llilf	%r7,KEYS
	llilf	%r8,COUNT
	lg	%r8,0(%r8)
	llilf	%r9,RUN
	llilf	%r10,LATER
	llilf	%r11,PLAYERS
	lg	%r11,0(%r11)
	llilf	%r15,NOTHING
# Nodes are empty: a negative codeword lets the first comer stay.
	lgr	%r2,%r11
	lgr	%r3,%r4
	llilf	%r0,0x80000000
	sllg	%r0,%r0,8*(\half-4)
	lghi	%r1,0
1:	\store	%r0,0(%r3)
	\store	%r1,\half(%r3)
	aghi	%r3,2*\half
	brctg	%r2,1b
# Every leaf has its first player, a key or nobody.
	lgr	%r12,%r11
	mghi	%r12,2*\half
2:	lghi	%r0,0
	lgr	%r1,%r15
	aghi	%r8,-1
	jl	3f
	lgr	%r1,%r15
	lg	%r3,0(%r7)
	aghi	%r7,8
	lghi	%r2,0
	cfc	0(%r6)
	lgr	%r0,%r2
	lgr	%r1,%r3
	lgr	%r3,%r1
	aghi	%r3,-4
	st	%r12,0(%r3)
3:	brasl	%r14,9f
	aghi	%r12,2*\half
	brctg	%r11,2b
# The winner is the next of the run; who comes after it takes its leaf.
4:	lt\g\()r	%r0,%r0
	je	8f
	\store	%r1,8-\half(%r9)
	aghi	%r9,8
	lgr	%r3,%r1
	aghi	%r3,-4
	llgf	%r12,0(%r3)
5:	aghi	%r8,-1
	jl	6f
	lg	%r3,0(%r7)
	aghi	%r7,8
	lghi	%r2,0
	cfc	0(%r6)
	jl	7f
	jh	51f
	\store	%r3,8-\half(%r9)	# equal to the winner
	aghi	%r9,8
	j	5b
51:	\store	%r1,8-\half(%r10)	# lower: too late
	aghi	%r10,8
	lgr	%r1,%r3
	j	5b
6:	lghi	%r0,0
	lgr	%r1,%r15
	j	71f
7:	lgr	%r0,%r2
	lgr	%r1,%r3
	lgr	%r3,%r1
	aghi	%r3,-4
	st	%r12,0(%r3)
71:	brasl	%r14,9f
	j	4b
8:	llilf	%r1,GIVEN
	stg	%r9,0(%r1)
	stg	%r10,8(%r1)
	j	over
# From leaf R12 up: of two with the same codeword, the rest of the keys decides.
9:	lgr	%r5,%r12
91:	upt
	bnzr	%r14
	lt\g\()r	%r0,%r0
	je	91b
	\shift
	cfc	0(%r6)
	lgr	%r13,%r5
	agr	%r13,%r4
	\store	%r2,0(%r13)
	\store	%r3,\half(%r13)
	j	91b
	.endm

	.macro	SHORT
	srl	%r2,16
	.endm
	.macro	LONG
	srlg	%r2,%r2,48
	.endm

	.text
	.globl	start
start:
	ZARCH
	llilf	%r1,MODE
	lg	%r1,0(%r1)
	ltgr	%r1,%r1
	jne	long
	sam31
	SORT	,l,st,4,SHORT,10
long:
	SORT	g,lg,stg,8,LONG,6
over:
	sam64
	FINISHED

	.section .names,"a"
	.asciz	""
