# Registers: r0-r5 are free, r6-r12 are kept by a routine, r13 is the private
# page, r14 returns, r15 is the stack. Arguments and answers are in r2, r3, r4.

	.machine z900
	.machinemode zarch

# Characters, as code page 1047 has them.
	.equ	BLANK, 0x40
	.equ	PERCENT, 0x6c
	.equ	NEWLINE, 0x15

# The private pages. Only the first has names; offsets are from X'300000'.
	.equ	PRIVATE_SEGMENT, 0x30		# for LLILH: X'300000'
	.equ	SCCB, 0x1000			# one page for the service processor
	.equ	GENERAL, 56			# a general object in it
	.equ	SCCB_TEXT, 8+6+12+GENERAL+10	# where a message's text starts
	.equ	RESPONSE, 0x2000		# what CP answers
	.equ	RESPONSE_SIZE, 0x2000
	.equ	STACK_TOP, 0x6000
	.equ	INPUT_SIZE, 160
	.equ	LONGEST, 1024			# line that is written

	.struct	0
eyecatcher:	.space	16
counter:	.space	8	# COUNT
ticks:		.space	8	# clock comparator interruptions
boot_tod:	.space	8
recover:	.space	8	# where a program interruption continues
args:		.space	48	# of the line being formatted
storage_mb:	.space	4
con_ssid:	.space	4	# 0: no 3215, use the service processor
con_done:	.space	1	# the channel program has ended
con_unit:	.space	1	# its unit status
con_sub:	.space	1	# its subchannel status
con_attn:	.space	1	# somebody wants to type
con_residual:	.space	2
sclp_done:	.space	1
sclp_attn:	.space	1
looping:	.space	1	# keep the clock ticking
dying:		.space	1	# a second fault must not ask for a console
ext_key:	.space	1	# the external-interrupt key was pressed
scratch:	.space	1
svc_code:	.space	4
	.balign	8
cpu_id:		.space	8
clock:		.space	8
ccw:		.space	8
orb:		.space	12
schib:		.space	52
irb:		.space	96
	.balign	8
digits:		.space	24
line:		.space	256	# out
input:		.space	INPUT_SIZE	# in, as typed
upper:		.space	INPUT_SIZE	# the same in upper case
names_end:

# Saved registers of interrupted work, in low storage where no base is needed.
	.equ	SAVE_EXT, 0xc00
	.equ	SAVE_IO, 0xc80
	.equ	SAVE_PGM, 0xd00
	.equ	SAVE_SVC, 0xd80

# Low storage that the machine defines (Principles of Operation, chapter 3).
	.equ	EXT_PARM, 0x80
	.equ	EXT_CODE, 0x86
	.equ	SVC_CODE, 0x8a
	.equ	PGM_CODE, 0x8e
	.equ	IO_SSID, 0xb8
	.equ	EXT_OLD, 0x130
	.equ	SVC_OLD, 0x140
	.equ	PGM_OLD, 0x150
	.equ	IO_OLD, 0x170
	.equ	NEW_PSWS, 0x1a0

	.macro	ENTER
	stmg	%r6,%r15,48(%r15)
	aghi	%r15,-160
	.endm

	.macro	LEAVE
	aghi	%r15,160
	lmg	%r6,%r15,48(%r15)
	br	%r14
	.endm

# Points r2 at a text and puts its length in r3. The section .msg is written
# in ASCII here; the build makes it EBCDIC.
	.macro	text string
	.pushsection .msg
	.balign	2,0x20
9991:	.ascii	"\string"
9992:	.popsection
	larl	%r2,9991b
	lhi	%r3,9992b-9991b
	.endm

# Writes a line. In the text %d is a decimal number, %2 two digits of one,
# %x eight hexadecimal digits, %h four, %s a string (address, then length);
# their values are in the named registers, in that order.
	.macro	say string, a, b, c, d, e, f
	put_arg	0,\a
	put_arg	8,\b
	put_arg	16,\c
	put_arg	24,\d
	put_arg	32,\e
	put_arg	40,\f
	text	"\string"
	brasl	%r14,say
	.endm

	.macro	put_arg at, reg
	.ifnb	\reg
	stg	\reg,args+\at(%r13)
	.endif
	.endm

# What follows may be interrupted by the program; then go on at `label`, with
# the interruption code in r2.
	.macro	ATTEMPT label
	larl	%r1,\label
	stg	%r1,recover(%r13)
	.endm

	.macro	ATTEMPT_END
	xc	recover(8,%r13),recover(%r13)
	.endm
