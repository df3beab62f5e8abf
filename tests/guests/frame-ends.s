# How every program in z/Architecture begins and ends.

	.set	A64,0x0000000180000000

# Goes into z/Architecture, where it is not there yet, and 64-bit mode.
	.macro	ZARCH
	lhi	%r0,0
	lhi	%r1,1
	sigp	%r0,%r0,0x12
	sam64
	.endm

# No case is left: a disabled wait that the test knows.
	.macro	FINISHED
	larl	%r1,7f
	lpswe	0(%r1)
	.balign	8
7:	.quad	0x0002000180000000,0x600D
	.endm
