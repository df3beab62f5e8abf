# The console: a 3215 at device 0009 where there is one, otherwise the service
# processor's line mode. Above both: formatted lines.

	.section .text,"ax"

# Looks at every subchannel for device 0009 and enables it.
find_console:
	ENTER
	lhi	%r1,1
	sll	%r1,16			# X'00010000', the first
find_next:
	stsch	schib(%r13)
	jo	find_none		# cc 3: there are no more
	tm	schib+5(%r13),0x01	# a device number, and it is valid
	jz	find_step
	larl	%r3,console_device
	clc	schib+6(2,%r13),0(%r3)
	je	find_enable
find_step:
	ahi	%r1,1
	tmll	%r1,0xffff
	jnz	find_next
	j	find_none
find_enable:
	mvi	schib+4(%r13),3<<3	# interruption subclass 3
	oi	schib+5(%r13),0x80	# enabled
	lhi	%r4,16
find_modify:
	msch	schib(%r13)
	jz	find_found
	jo	find_none
	tsch	irb(%r13)		# status from before is of no use now
	brct	%r4,find_modify
	j	find_none
find_found:
	st	%r1,con_ssid(%r13)
find_none:
	icm	%r1,15,con_ssid(%r13)
	jnz	find_end
	brasl	%r14,sclp_open
find_end:
	LEAVE

# One CCW for the 3215: command r2, data at r3, r4 bytes. Returns when it ended;
# r2 is not 0 if the console could not do it.
con_io:
	ENTER
	st	%r4,ccw(%r13)
	stc	%r2,ccw(%r13)
	mvi	ccw+1(%r13),0x20	# any length
	st	%r3,ccw+4(%r13)
	xc	orb(12,%r13),orb(%r13)
	larl	%r5,console_orb
	mvc	orb+4(4,%r13),0(%r5)
	la	%r5,ccw(%r13)
	st	%r5,orb+8(%r13)
	l	%r12,con_ssid(%r13)
con_start:
	xc	con_done(3,%r13),con_done(%r13)
	lr	%r1,%r12
	ssch	orb(%r13)
	jz	con_wait
	jo	con_gone		# cc 3
	brasl	%r14,wait		# it has something else to tell first
	j	con_start
con_wait:
	brasl	%r14,wait
	cli	con_done(%r13),0
	je	con_wait
	tm	con_unit(%r13),0x10	# busy: it was just about to speak
	jo	con_start
	lhi	%r2,0
	tm	con_unit(%r13),0x02	# unit check
	jo	con_gone
	tm	con_sub(%r13),0x3f
	jz	con_ended
con_gone:
	lhi	%r2,1
con_ended:
	LEAVE

# What was typed: r2 its address, r3 its length.
con_read:
	ENTER
	la	%r3,input(%r13)
	lghi	%r4,INPUT_SIZE
	lhi	%r2,0x0a
	brasl	%r14,con_io
	lghi	%r3,0
	ltr	%r2,%r2
	jnz	con_nothing
	lghi	%r3,INPUT_SIZE
	llgh	%r4,con_residual(%r13)
	sgr	%r3,%r4
con_nothing:
	la	%r2,input(%r13)
	LEAVE

# Writes the line of r3 bytes at r2.
put_line:
	ENTER
	ltr	%r3,%r3
	jnz	put_some
	text	" "
put_some:
	chi	%r3,LONGEST
	jnh	put_short
	lghi	%r3,LONGEST
put_short:
	icm	%r1,15,con_ssid(%r13)
	jz	put_sclp
	lgr	%r4,%r3
	lgr	%r3,%r2
	lhi	%r2,0x09		# write, then a new line
	brasl	%r14,con_io
	j	put_end
put_sclp:
	brasl	%r14,sclp_write
put_end:
	LEAVE

# Formats the text of r3 bytes at r2 with the values in args, and writes it.
say:
	ENTER
	lgr	%r8,%r2
	lgr	%r9,%r3
	la	%r10,line(%r13)
	la	%r11,args(%r13)
say_byte:
	ltr	%r9,%r9
	jnp	say_end
	llgc	%r1,0(%r8)
	la	%r8,1(%r8)
	ahi	%r9,-1
	chi	%r1,PERCENT
	je	say_value
	stc	%r1,0(%r10)
	la	%r10,1(%r10)
	j	say_byte
say_value:
	llgc	%r1,0(%r8)
	la	%r8,1(%r8)
	ahi	%r9,-1
	lg	%r2,0(%r11)
	la	%r11,8(%r11)
	lhi	%r3,8
	chi	%r1,0xa7		# x
	je	say_hex
	lhi	%r3,4
	chi	%r1,0x88		# h
	je	say_hex
	lhi	%r3,1
	chi	%r1,0x84		# d
	je	say_decimal
	lhi	%r3,2
	chi	%r1,0xf2		# 2
	je	say_decimal
	lg	%r3,0(%r11)		# s: move a string
	la	%r11,8(%r11)
say_string:
	ltr	%r3,%r3
	jz	say_byte
	mvc	0(1,%r10),0(%r2)
	la	%r10,1(%r10)
	la	%r2,1(%r2)
	brct	%r3,say_string
	j	say_byte
say_hex:
	lr	%r4,%r3			# the last digit first
	ar	%r10,%r3
	lgr	%r5,%r10
say_nibble:
	lghi	%r1,15
	ngr	%r1,%r2
	srlg	%r2,%r2,4
	larl	%r7,hex_digits
	ic	%r1,0(%r1,%r7)
	aghi	%r5,-1
	stc	%r1,0(%r5)
	brct	%r4,say_nibble
	j	say_byte
say_decimal:
	la	%r4,digits+24(%r13)	# at least r3 digits
	lgr	%r7,%r2
	lghi	%r5,10
say_digit:
	slgr	%r6,%r6
	dlgr	%r6,%r5
	la	%r1,0xf0(%r6)
	aghi	%r4,-1
	stc	%r1,0(%r4)
	ahi	%r3,-1
	ltgr	%r7,%r7
	jnz	say_digit
	ltr	%r3,%r3
	jp	say_digit
	la	%r3,digits+24(%r13)
	sgr	%r3,%r4
	lgr	%r2,%r4
	j	say_string
say_end:
	lgr	%r3,%r10
	la	%r2,line(%r13)
	sgr	%r3,%r2
	brasl	%r14,put_line
	LEAVE

# Asks the service processor for r2 with the SCCB; r2 is the response code, or
# 0 if there is no service processor to ask.
sclp_call:
	ENTER
	lgr	%r12,%r13
	aghi	%r12,SCCB
sclp_again:
	mvi	sclp_done(%r13),0
	ATTEMPT sclp_none
	.insn	rre,0xb2200000,%r2,%r12	# SERVC
	ipm	%r10
	ATTEMPT_END
	srl	%r10,28
	ltr	%r10,%r10
	jz	sclp_wait
	chi	%r10,3
	je	sclp_none
	lgr	%r11,%r2
	brasl	%r14,wait		# busy
	lgr	%r2,%r11
	j	sclp_again
sclp_wait:
	cli	sclp_done(%r13),0
	jne	sclp_ended
	brasl	%r14,wait
	j	sclp_wait
sclp_ended:
	llgh	%r2,6(%r12)
	LEAVE
sclp_none:
	lghi	%r2,0
	LEAVE

# An empty SCCB of r2 bytes; r2 its address.
sclp_new:
	lgr	%r1,%r13
	aghi	%r1,SCCB
	lgr	%r4,%r1
	lghi	%r5,0x1000
	slgr	%r3,%r3
	lgr	%r0,%r2
	slgr	%r2,%r2
	mvcl	%r4,%r2
	lgr	%r2,%r1
	sth	%r0,0(%r2)
	br	%r14

# READ SCP INFORMATION gives the size of storage.
sclp_read_info:
	ENTER
	lghi	%r2,0x1000
	brasl	%r14,sclp_new
	lgr	%r12,%r2
	larl	%r1,sclp_commands
	l	%r2,0(%r1)
	brasl	%r14,sclp_call
	chi	%r2,0x0010
	jne	sclp_info_end
	llgh	%r2,8(%r12)		# increments
	llgc	%r3,10(%r12)		# megabytes in one
	ltr	%r3,%r3
	jnz	sclp_info_size
	l	%r3,100(%r12)
sclp_info_size:
	msr	%r2,%r3
	st	%r2,storage_mb(%r13)
sclp_info_end:
	LEAVE

# Says that we write messages and read operator commands.
sclp_open:
	ENTER
	lghi	%r2,28
	brasl	%r14,sclp_new
	mvi	11(%r2),4		# masks of four bytes
	mvi	12(%r2),0x80		# we receive operator commands
	mvi	16(%r2),0x40		# we send messages
	larl	%r1,sclp_commands
	l	%r2,4(%r1)
	brasl	%r14,sclp_call
	LEAVE

# Writes the line of r3 bytes at r2 as a message data block.
sclp_write:
	ENTER
	lgr	%r6,%r2
	lgr	%r7,%r3
	la	%r2,SCCB_TEXT(%r3)
	brasl	%r14,sclp_new
	larl	%r1,message_block
	mvc	8(SCCB_TEXT-8,%r2),0(%r1)
	la	%r3,SCCB_TEXT-8(%r7)
	sth	%r3,8(%r2)		# the event
	aghi	%r3,-6
	sth	%r3,14(%r2)		# its message data block
	la	%r3,10(%r7)
	sth	%r3,SCCB_TEXT-10(%r2)	# the text object
	la	%r4,SCCB_TEXT(%r2)
sclp_move:
	mvc	0(1,%r4),0(%r6)
	la	%r4,1(%r4)
	la	%r6,1(%r6)
	brct	%r7,sclp_move
	larl	%r1,sclp_commands
	l	%r2,8(%r1)
	brasl	%r14,sclp_call
	LEAVE

# What the operator typed: r2 its address, r3 its length. It lies in nested
# vectors: 1310, 1212, 1320 with two-byte heads, then 31 and 30 with one byte.
sclp_read:
	ENTER
	lghi	%r2,0x1000
	brasl	%r14,sclp_new
	lgr	%r12,%r2
	larl	%r1,sclp_commands
	l	%r2,12(%r1)
	brasl	%r14,sclp_call
	chi	%r2,0x0020
	jne	sclp_nothing
	cli	10(%r12),0x01		# an operator command?
	jne	sclp_nothing
	la	%r2,14(%r12)
	llgh	%r3,8(%r12)
	aghi	%r3,-6
	lhi	%r4,0x1310
	brasl	%r14,find_vector
	lhi	%r4,0x1212
	brasl	%r14,find_vector
	lhi	%r4,0x1320
	brasl	%r14,find_vector
	lhi	%r4,0x31
	brasl	%r14,find_subvector
	lhi	%r4,0x30
	brasl	%r14,find_subvector
	ltr	%r3,%r3
	jz	sclp_nothing
	chi	%r3,INPUT_SIZE
	jnh	sclp_copy
	lghi	%r3,INPUT_SIZE
sclp_copy:
	la	%r4,input(%r13)
	lgr	%r5,%r3
	lgr	%r6,%r3
sclp_copy_byte:
	mvc	0(1,%r4),0(%r2)
	la	%r4,1(%r4)
	la	%r2,1(%r2)
	brct	%r5,sclp_copy_byte
	lgr	%r3,%r6
	la	%r2,input(%r13)
	LEAVE
sclp_nothing:
	lghi	%r3,0
	la	%r2,input(%r13)
	LEAVE

# Narrows r2, r3 to the content of the vector r4 in it; r3 is 0 if it has none.
find_vector:
	chi	%r3,4
	jl	find_missing
	llgh	%r1,0(%r2)
	chi	%r1,4
	jl	find_missing
	llgh	%r5,2(%r2)
	cr	%r5,%r4
	je	find_content
	agr	%r2,%r1
	sgr	%r3,%r1
	j	find_vector
find_content:
	la	%r2,4(%r2)
	lgr	%r3,%r1
	aghi	%r3,-4
	br	%r14
find_subvector:
	chi	%r3,2
	jl	find_missing
	llgc	%r1,0(%r2)
	chi	%r1,2
	jl	find_missing
	llgc	%r5,1(%r2)
	cr	%r5,%r4
	je	find_subcontent
	agr	%r2,%r1
	sgr	%r3,%r1
	j	find_subvector
find_subcontent:
	la	%r2,2(%r2)
	lgr	%r3,%r1
	aghi	%r3,-2
	br	%r14
find_missing:
	lghi	%r3,0
	br	%r14

	.balign	8,0
console_orb:	.long	0x0080ff00	# a format-1 CCW, any path
sclp_commands:	.long	0x00020001	# read SCP information
		.long	0x00780005	# write event mask
		.long	0x00760005	# write event data
		.long	0x00770005	# read event data
hex_digits:	.quad	0xf0f1f2f3f4f5f6f7,0xf8f9c1c2c3c4c5c6
console_device:	.short	0x0009

# An event of type 2 with a message data block: its head, a general object
# (empty: no time, no date) and the head of a text object.
message_block:
	.short	0			# length of the event
	.byte	0x02,0
	.short	0
	.short	0,0x0001		# message data block
	.long	0xd4c4c240,1		# MDB, first revision
	.short	GENERAL,0x0001		# general object
	.fill	GENERAL-4,1,0
	.short	0,0x0004		# text object
	.short	0x1000			# end of text
	.long	0
