# The entry at X'10000' and what follows from it: startup, the interruption
# handlers, waiting. A saved system resumes at the entry with nothing but
# storage, keys and registers, so everything else is set up from here on.

	.section .entry,"ax"
	.globl	entry
entry:
	larl	%r1,entry_crs
	lctlg	%c0,%c15,0(%r1)
	jg	start
	.balign	8,0
entry_crs:
	.quad	0x0a40		# 0: clock comparator, service signal, key
	.quad	0,0,0,0,0
	.quad	0x10000000	# 6: I/O-interruption subclass 3, the console
	.quad	0,0,0,0,0,0,0,0,0

	.section .text,"ax"
	.globl	text_start
text_start:
poke_word:	.long	0	# POKE adds 1 here, where it may
table_built:	.long	0
text_name:	.quad	0xe5d4e2c8c1d9c540,0xe3c5e7e340404040	# VMSHARE TEXT

start:
	sam64
	llilh	%r13,PRIVATE_SEGMENT
	la	%r2,eyecatcher+16(%r13)	# nothing is left from the last start
	lghi	%r3,names_end-16
	slgr	%r4,%r4
	slgr	%r5,%r5
	mvcl	%r2,%r4
	lgr	%r15,%r13
	aghi	%r15,STACK_TOP-160
	brasl	%r14,mark_private
	larl	%r1,new_psws
	mvc	NEW_PSWS(96),0(%r1)
	brasl	%r14,clock_off
	stck	boot_tod(%r13)
	stidp	cpu_id(%r13)
	larl	%r1,table_built		# a loader has done it, or nobody
	icm	%r0,15,0(%r1)
	jnz	start_console
	brasl	%r14,build_table
start_console:
	brasl	%r14,sclp_read_info
	brasl	%r14,find_console
	brasl	%r14,banner

# The main loop: runs disabled, and is interrupted only where it waits.
main:
	lgr	%r15,%r13
	aghi	%r15,STACK_TOP-160
	mvi	looping(%r13),0
	tm	ext_key(%r13),1
	jo	main_key
	tm	con_attn(%r13),1
	jo	main_3215
	tm	sclp_attn(%r13),1
	jo	main_sclp
	brasl	%r14,wait
	j	main
main_key:
	mvi	ext_key(%r13),0
	say	"External interruption 0040: somebody pressed the key."
	j	main
main_3215:
	mvi	con_attn(%r13),0
	brasl	%r14,con_read
	jg	command
main_sclp:
	mvi	sclp_attn(%r13),0
	brasl	%r14,sclp_read
	jg	command

# Waits until an interruption has been handled.
wait:
	larl	%r1,wait_psw
	lpswe	0(%r1)
wait_over:
	stnsm	scratch(%r13),0xfc
	br	%r14

# No clock comparator interruption until somebody wants one.
clock_off:
	larl	%r1,never
	sckc	0(%r1)
	br	%r14

# A name in the private pages, for whoever displays storage.
mark_private:
	llilh	%r1,PRIVATE_SEGMENT
	larl	%r3,private_name
	mvc	0(16,%r1),0(%r3)
	br	%r14

# Marks the odd numbers below 2*PRIMES_SIZE that are not prime: number n has
# byte n/2. Once built it is only read, so one copy serves every machine.
	.equ	PRIMES_SIZE, 0x20000
build_table:
	larl	%r1,primes
	mvi	0(%r1),1		# 1 is no prime
	llilh	%r0,PRIMES_SIZE>>16
	lghi	%r2,3
build_number:
	srlg	%r3,%r2,1
	la	%r4,0(%r3,%r1)
	cli	0(%r4),0
	jne	build_step
	lgr	%r5,%r2			# from its square, every second multiple
	msgr	%r5,%r2
	srlg	%r5,%r5,1
build_multiple:
	la	%r4,0(%r5,%r1)
	mvi	0(%r4),1
	agr	%r5,%r2
	clgr	%r5,%r0
	jl	build_multiple
build_step:
	aghi	%r2,2
	chi	%r2,512			# its square is behind the table's end
	jl	build_number
	larl	%r1,table_built
	mvi	3(%r1),1
	br	%r14

# Interruption handlers. Each notes what happened, ends the wait if there was
# one, and goes back.
external:
	stmg	%r0,%r15,SAVE_EXT
	llilh	%r13,PRIVATE_SEGMENT
	lh	%r1,EXT_CODE
	chi	%r1,0x1004
	je	external_clock
	chi	%r1,0x2401
	je	external_service
	mvi	ext_key(%r13),1
	j	external_end
external_clock:
	lg	%r1,ticks(%r13)
	aghi	%r1,1
	stg	%r1,ticks(%r13)
	brasl	%r14,clock_off
	cli	looping(%r13),0
	je	external_end
	stck	clock(%r13)		# while it loops, once a second
	lg	%r1,clock(%r13)
	larl	%r2,second
	alg	%r1,0(%r2)
	stg	%r1,clock(%r13)
	sckc	clock(%r13)
	j	external_end
external_service:
	l	%r1,EXT_PARM
	nill	%r1,0xfff8		# an SCCB's address: its work is done
	ltr	%r1,%r1
	jz	external_event
	mvi	sclp_done(%r13),1
external_event:
	tm	EXT_PARM+3,0x01		# there is an event to read
	jz	external_end
	mvi	sclp_attn(%r13),1
external_end:
	ni	EXT_OLD+1,0xfd
	lmg	%r0,%r15,SAVE_EXT
	lpswe	EXT_OLD

input_output:
	stmg	%r0,%r15,SAVE_IO
	llilh	%r13,PRIVATE_SEGMENT
	l	%r1,IO_SSID
	c	%r1,con_ssid(%r13)
	jne	io_end
	tsch	irb(%r13)
	jnz	io_end
	oc	con_unit(2,%r13),irb+8(%r13)
	tm	irb+8(%r13),0x80	# attention
	jz	io_function
	mvi	con_attn(%r13),1
io_function:
	tm	irb+3(%r13),0x06	# primary or secondary status
	jz	io_end
	tm	irb+3(%r13),0x04
	jz	io_secondary
	mvc	con_residual(2,%r13),irb+10(%r13)
io_secondary:
	tm	irb+3(%r13),0x02
	jz	io_end
	mvi	con_done(%r13),1
io_end:
	ni	IO_OLD+1,0xfd
	lmg	%r0,%r15,SAVE_IO
	lpswe	IO_OLD

supervisor_call:
	stg	%r13,SAVE_SVC
	llilh	%r13,PRIVATE_SEGMENT
	mvc	svc_code+2(2,%r13),SVC_CODE
	lg	%r13,SAVE_SVC
	lpswe	SVC_OLD

# Somebody was ready for it, or it is the end.
program:
	stmg	%r0,%r15,SAVE_PGM
	llilh	%r13,PRIVATE_SEGMENT
	lg	%r1,recover(%r13)
	ltgr	%r1,%r1
	jz	program_unexpected
	ATTEMPT_END
	stg	%r1,PGM_OLD+8
	lmg	%r0,%r15,SAVE_PGM
	llgh	%r2,PGM_CODE
	lpswe	PGM_OLD
program_unexpected:
	lgr	%r15,%r13
	aghi	%r15,STACK_TOP-160
	llgh	%r6,PGM_CODE
	cli	dying(%r13),0
	jne	program_stop
	mvi	dying(%r13),1
	lg	%r7,PGM_OLD+8
	say	"Program interruption %h at %x; nothing handles it. The guest stops.", %r6, %r7
program_stop:
	larl	%r1,stopped_psw
	mvc	0xe00(16),0(%r1)
	sth	%r6,0xe00+14
	lpswe	0xe00

# SYSTEM RESTART: back to the console, whatever it was doing.
restart:
	llilh	%r13,PRIVATE_SEGMENT
	lgr	%r15,%r13
	aghi	%r15,STACK_TOP-160
	ATTEMPT_END
	mvi	dying(%r13),0
	brasl	%r14,clock_off
	say	"Restarted; the counter is kept."
	j	main

	.balign	8,0
new_psws:
	.quad	0x0000000180000000,restart
	.quad	0x0000000180000000,external
	.quad	0x0000000180000000,supervisor_call
	.quad	0x0000000180000000,program
	.quad	0x0002000180000000,0x0bad0c04	# machine check
	.quad	0x0000000180000000,input_output
wait_psw:	.quad	0x0302000180000000,wait_over
stopped_psw:	.quad	0x0002000180000000,0x0bad0000
halted_psw:	.quad	0x0002000180000000,0x0fff
never:		.quad	-1
second:		.quad	1000000*4096		# in TOD clock units
private_name:	.quad	0xe5d4e2c8c1d9c540,0xc4c1e3c140404040	# VMSHARE DATA

	.section .tables,"aw",@nobits
primes:	.space	PRIMES_SIZE

	.section .private,"aw",@nobits
	.equ	PRIVATE_SIZE, STACK_TOP
private_start:
	.space	PRIVATE_SIZE
