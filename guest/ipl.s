# The IPL records and the loader. IPL reads 24 bytes of the first card to 0: a
# short PSW and two format-0 CCWs. These read cards 2 and 3 to X'18', which are
# 20 more CCWs, and those read the cards with X'F0'-X'72F'. From there on the
# deck is an image of storage, the loader fetches it until unit exception.

	.section .ipl,"ax"
	.equ	LOADED_BY_IPL, 0x730
	.equ	CARD, 80
	.equ	CARDS, 20		# cards a channel program reads

ipl_records:
	.long	0x00080000,0x80000000+load
	.long	0x02000018,0x60000000+CARD
	.long	0x02000068,0x60000000+CARD
	.fill	CARD-24,1,BLANK
	.set	at,0xf0
	.rept	19
	.long	0x02000000+at,0x60000000+CARD
	.set	at,at+CARD
	.endr
	.long	0x02000000+at,0x20000000+CARD

# Low storage up to X'200' belongs to the machine once it is in
# z/Architecture mode, so the loader starts behind it.
	.org	0x200,0
load:
	lhi	%r1,1			# z/Architecture; told "invalid parameter"
	slr	%r0,%r0			# by a machine that is there already
	sigp	%r1,%r0,0x12
	l	%r1,IO_SSID		# the subchannel that IPL came from
	lctl	%c6,%c6,load_cr6
	mvc	NEW_PSWS+80(16),load_io_psw
	lhi	%r2,LOADED_BY_IPL
load_next:
	la	%r6,load_ccws		# where each card goes
	lhi	%r7,CARDS
	lr	%r8,%r2
load_ccw:
	st	%r8,0(%r6)
	mvi	0(%r6),0x02		# READ
	ahi	%r8,CARD
	la	%r6,8(%r6)
	brct	%r7,load_ccw
	ssch	load_orb
	jnz	load_failed
load_wait:
	lpswe	load_wait_psw
load_interrupted:
	c	%r1,IO_SSID
	jne	load_wait
	tsch	load_irb
	jnz	load_wait
	tm	load_irb+8,0x01		# unit exception: the deck is read
	jo	load_end
	tm	load_irb+8,0x02		# unit check
	jo	load_failed
	tm	load_irb+9,0x3f		# any check the subchannel found
	jnz	load_failed
	tm	load_irb+8,0x04		# device end
	jz	load_wait
	lr	%r2,%r8
	j	load_next

# How far did it come? Cards of this channel program, less what the last did
# not transfer.
load_end:
	l	%r3,load_irb+4		# the CCW after the one that ended
	la	%r4,load_ccws
	sr	%r3,%r4
	srl	%r3,3
	mhi	%r3,CARD
	lh	%r4,load_irb+10
	sr	%r3,%r4
	ar	%r2,%r3
	c	%r2,load_needed
	jl	load_short

# Text to its place at 1 MB, its first place cleared; the private pages and the
# table cleared.
	l	%r4,load_from
	l	%r5,load_length
	l	%r2,load_to
	lr	%r3,%r5
	mvcl	%r2,%r4
	l	%r2,load_from
	l	%r3,load_length
	slr	%r5,%r5
	mvcl	%r2,%r4
	l	%r2,load_table
	l	%r3,load_table+4
	slr	%r5,%r5
	mvcl	%r2,%r4
	l	%r2,load_private
	l	%r3,load_private+4
	slr	%r5,%r5
	mvcl	%r2,%r4
	sam64
	slgr	%r2,%r2
	brasl	%r14,build_table
	brasl	%r14,mark_private
	jg	entry

load_failed:
	lpswe	load_failed_psw
load_short:
	lpswe	load_short_psw

	.balign	8,0
load_wait_psw:	.quad	0x0202000080000000,load_interrupted
load_io_psw:	.quad	0x0000000080000000,load_interrupted
load_failed_psw: .quad	0x0002000180000000,0x1ead
load_short_psw:	.quad	0x0002000180000000,0x5407
load_orb:	.long	0,0x0000ff00,load_ccws	# format-0 CCWs, any path
load_cr6:	.long	0xff000000
load_from:	.long	staged_text
load_needed:	.long	staged_end
load_to:	.long	text_start
load_length:	.long	text_length
load_table:	.long	primes, PRIMES_SIZE
load_private:	.long	private_start, PRIVATE_SIZE
	.balign	8,0
load_ccws:
	.rept	CARDS-1
	.long	0x02000000,0x60000000+CARD
	.endr
	.long	0x02000000,0x20000000+CARD
load_irb:	.fill	96,1,0
	.org	LOADED_BY_IPL,0		# as much as IPL reads
