# Entered by IPL in ESA/390 mode at x'8000': switches to z/Architecture and goes to the loop at x'10000'.
	.globl _start
_start:	lhi %r1,1
	sr %r0,%r0
	sigp %r1,%r0,0x12
	sam64
	llilh %r1,1
	br %r1
