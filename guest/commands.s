# What can be typed. A row of the table is a command; HELP shows the rows. A
# command finds the rest of its line at r8 with r9 bytes (in upper case) and
# ends by going back to main.

	.section .text,"ax"

	.macro	row name, least, handler, help
	.pushsection .msg
9991:	.ascii	"\name"
9992:	.ascii	"\help"
9993:	.popsection
	.long	9991b,9992b,\handler
	.short	9992b-9991b,9993b-9992b,\least,0
	.endm
	.equ	ROW, 20

	.balign	4,0
rows:
	row	"HELP", 1, help, "HELP             lists the commands"
	row	"WHAT", 2, what, "WHAT             says what this is"
	row	"SHARE", 2, share, "SHARE [page ...] says what is shared, and how pages are protected"
	row	"COUNT", 2, count, "COUNT            adds 1 to a counter in private storage"
	row	"POKE", 1, poke, "POKE [address]   adds 1 to a word, 00100000 in shared text if none is given"
	row	"PRIME", 2, prime, "PRIME number     looks a number up in a shared table"
	row	"TIME", 1, time, "TIME             shows the time-of-day clock (UTC)"
	row	"WAIT", 3, wait_seconds, "WAIT seconds     waits for the clock comparator"
	row	"SVC", 2, call, "SVC number       calls the supervisor, that is itself"
	row	"CP", 2, cp, "CP command       gives the control program a command (DIAGNOSE X'008')"
	row	"LOOP", 2, loop, "LOOP             loops, with interruptions on, until the machine is reset"
	row	"CRASH", 3, crash, "CRASH [kind]     OPERATION, ADDRESSING, SPECIFICATION, DIVIDE or LOOP"
	row	"HALT", 4, halt, "HALT             loads a disabled wait"
rows_end:

command:
	lgr	%r9,%r3
	la	%r8,upper(%r13)
	mvc	upper(INPUT_SIZE,%r13),input(%r13)
	larl	%r1,to_upper
	tr	upper(INPUT_SIZE,%r13),0(%r1)
	brasl	%r14,next_word
	ltr	%r3,%r3
	jz	main			# an empty line asks for nothing
	larl	%r6,rows
command_row:
	ch	%r3,12(%r6)
	jh	command_next
	ch	%r3,16(%r6)
	jl	command_next
	l	%r5,0(%r6)
	lr	%r4,%r3
	ahi	%r4,-1
	larl	%r1,compare_word
	ex	%r4,0(%r1)
	je	command_found
command_next:
	ahi	%r6,ROW
	larl	%r1,rows_end
	cr	%r6,%r1
	jl	command_row
	say	"Unknown command: %s. HELP lists the commands.", %r2, %r3
	j	main
command_found:
	l	%r1,8(%r6)
	br	%r1
compare_word:
	clc	0(1,%r2),0(%r5)

# The next word of r8, r9: r2 its address, r3 its length, 0 if there is none.
next_word:
	lghi	%r3,0
next_blank:
	ltr	%r9,%r9
	jnp	next_end
	cli	0(%r8),BLANK
	jne	next_letters
	la	%r8,1(%r8)
	ahi	%r9,-1
	j	next_blank
next_letters:
	lgr	%r2,%r8
next_letter:
	la	%r8,1(%r8)
	ahi	%r3,1
	ahi	%r9,-1
	jnp	next_end
	cli	0(%r8),BLANK
	jne	next_letter
next_end:
	br	%r14

# The number in the next word, to base r4: r2 the number, r3 not 0 if there is
# none. At most eight digits.
next_number:
	lgr	%r0,%r14
	brasl	%r14,next_word
	lghi	%r5,0
	chi	%r3,8
	jh	number_bad
	ltr	%r3,%r3
	jz	number_bad
number_digit:
	llgc	%r1,0(%r2)
	aghi	%r1,-0xf0
	jm	number_letter
	chi	%r1,9
	jh	number_bad
	j	number_value
number_letter:
	aghi	%r1,0xf0-0xc1+10	# A to F
	chi	%r1,10
	jl	number_bad
number_value:
	cr	%r1,%r4
	jnl	number_bad
	msgr	%r5,%r4
	agr	%r5,%r1
	la	%r2,1(%r2)
	brct	%r3,number_digit
	lgr	%r2,%r5
	lghi	%r3,0
	j	number_end
number_bad:
	lghi	%r3,1
number_end:
	lgr	%r14,%r0
	br	%r14

banner:
	ENTER
	l	%r6,storage_mb(%r13)
	ltr	%r6,%r6
	jnz	banner_lines
	brasl	%r14,probe_storage
banner_lines:
	llgf	%r6,storage_mb(%r13)
	llgf	%r7,cpu_id(%r13)
	llgf	%r8,cpu_id+4(%r13)
	say	"vmshare guest kernel: a small system of its own, not Linux"
	icm	%r9,15,con_ssid(%r13)
	jz	banner_sclp
	llgfr	%r9,%r9
	say	"Storage %dM, CPU %x%x, console 3215 at 0009 (subchannel %x)", %r6, %r7, %r8, %r9
	j	banner_end
banner_sclp:
	say	"Storage %dM, CPU %x%x, console by the service processor", %r6, %r7, %r8
banner_end:
	say	"HELP lists the commands."
	LEAVE

# Without a service processor: megabytes until one is not there.
probe_storage:
	lghi	%r3,0
	ATTEMPT probe_end
probe_next:
	tprot	0(%r3),0
	llilh	%r4,0x10
	agr	%r3,%r4
	j	probe_next
probe_end:
	srlg	%r3,%r3,20
	st	%r3,storage_mb(%r13)
	br	%r14

help:
	larl	%r6,rows
help_row:
	llgf	%r2,4(%r6)
	llgh	%r3,14(%r6)
	brasl	%r14,put_line
	ahi	%r6,ROW
	larl	%r1,rows_end
	cr	%r6,%r1
	jl	help_row
	j	main

what:
	say	"This is vmshare's guest kernel: some kilobytes of z/Architecture assembler, not Linux."
	say	"A loader reads it from cards to storage and enters it once, at 00010000;"
	say	"its text is placed so that a saved system can share it (SHARE shows how)."
	cli	cpu_id(%r13),0xff
	je	what_virtual
	say	"The CPU identification says that no control program is below."
	j	main
what_virtual:
	say	"The CPU identification says that a control program runs this machine."
	j	main

share:
	larl	%r6,text_start
	larl	%r7,text_end
	aghi	%r7,-1
	lgr	%r10,%r7
	srlg	%r10,%r10,12
	aghi	%r10,-0xff
	say	"Text    %x-%x  %d pages of code and messages, may be shared", %r6, %r7, %r10
	larl	%r6,primes
	larl	%r7,tables_end
	aghi	%r7,-1
	lgr	%r10,%r7
	srlg	%r10,%r10,12
	aghi	%r10,-0x1ff
	say	"Table   %x-%x  %d pages, built before the entry, may be shared", %r6, %r7, %r10
	lgr	%r6,%r13
	larl	%r7,private_end
	aghi	%r7,-1
	lgr	%r10,%r7
	srlg	%r10,%r10,12
	aghi	%r10,-0x2ff
	say	"Private %x-%x  %d pages, and low storage with the entry", %r6, %r7, %r10
	brasl	%r14,share_page_word
	ltr	%r3,%r3
	jnz	share_usual
share_named:
	brasl	%r14,show_page
	brasl	%r14,share_page_word
	ltr	%r3,%r3
	jz	share_named
	j	main
share_usual:
	larl	%r6,usual_pages
share_next:
	lh	%r2,0(%r6)
	ltr	%r2,%r2
	jz	main
	brasl	%r14,show_page
	la	%r6,2(%r6)
	j	share_next
share_page_word:
	lghi	%r4,16
	jg	next_number
usual_pages:
	.short	0x10,0x100,0x101,0x1ff,0x200,0x21f,0x2ff,0x300,0x304,0

# Says how page r2 is protected.
show_page:
	ENTER
	llgfr	%r6,%r2
	sllg	%r7,%r6,12
	ATTEMPT show_missing
	tprot	0(%r7),0
	ipm	%r10
	ATTEMPT_END
	srl	%r10,28
	chi	%r10,1
	je	show_protected
	jh	show_closed
	say	"Page %x may be stored into", %r6
	LEAVE
show_protected:
	say	"Page %x is store-protected", %r6
	LEAVE
show_closed:
	say	"Page %x cannot be used", %r6
	LEAVE
show_missing:
	say	"Page %x is not in this machine's storage", %r6
	LEAVE

count:
	lg	%r6,counter(%r13)
	aghi	%r6,1
	stg	%r6,counter(%r13)
	la	%r7,counter(%r13)
	say	"Counter %d, at %x in private storage", %r6, %r7
	j	main

poke:
	lghi	%r4,16
	brasl	%r14,next_number
	lgr	%r6,%r2
	ltr	%r3,%r3
	jz	poke_there
	larl	%r6,poke_word
poke_there:
	ATTEMPT poke_stopped
	l	%r7,0(%r6)
	ahi	%r7,1
	st	%r7,0(%r6)
	ATTEMPT_END
	llgfr	%r7,%r7
	say	"Stored %x at %x: nothing protects it", %r7, %r6
	j	main
poke_stopped:
	lgr	%r7,%r2
	chi	%r7,0x0004
	jne	poke_other
	llilh	%r1,0x10
	clgr	%r6,%r1
	jl	poke_plain
	clgr	%r6,%r13
	jnl	poke_plain
	say	"Protection exception storing into shared text at %x", %r6
	j	main
poke_plain:
	say	"Protection exception storing at %x", %r6
	j	main
poke_other:
	say	"Program interruption %h storing at %x", %r7, %r6
	j	main

prime:
	lghi	%r4,10
	brasl	%r14,next_number
	ltr	%r3,%r3
	jnz	prime_usage
	lgr	%r6,%r2
	llilh	%r1,2*PRIMES_SIZE>>16
	clgr	%r6,%r1
	jnl	prime_usage
	chi	%r6,2
	je	prime_yes
	tmll	%r6,1
	jz	prime_no
	srlg	%r4,%r6,1
	larl	%r1,primes
	ar	%r4,%r1
	cli	0(%r4),0
	jne	prime_no
prime_yes:
	say	"%d is prime", %r6
	j	main
prime_no:
	say	"%d is not prime", %r6
	j	main
prime_usage:
	say	"PRIME needs a number below 262144"
	j	main

# The TOD clock counts microseconds since 1900 in bit 51.
time:
	stck	clock(%r13)
	lg	%r7,clock(%r13)
	lgr	%r12,%r7
	slg	%r12,boot_tod(%r13)
	larl	%r1,second
	lg	%r5,0(%r1)
	slgr	%r6,%r6
	dlgr	%r6,%r5			# r7 seconds
	lghi	%r5,60
	slgr	%r6,%r6
	dlgr	%r6,%r5			# r7 minutes
	lgr	%r11,%r6
	slgr	%r6,%r6
	dlgr	%r6,%r5			# r7 hours
	lgr	%r10,%r6
	lghi	%r5,24
	slgr	%r6,%r6
	dlgr	%r6,%r5			# r7 days
	lgr	%r9,%r6
	lghi	%r4,1900
time_year:
	brasl	%r14,days_of_february
	lghi	%r5,337
	ar	%r5,%r3
	cr	%r7,%r5
	jl	time_months
	sr	%r7,%r5
	ahi	%r4,1
	j	time_year
time_months:
	larl	%r1,month_days
	lghi	%r8,1
time_month:
	llgc	%r5,0(%r1)
	ltr	%r5,%r5
	jnz	time_days
	lr	%r5,%r3
time_days:
	cr	%r7,%r5
	jl	time_say
	sr	%r7,%r5
	la	%r1,1(%r1)
	aghi	%r8,1
	j	time_month
time_say:
	aghi	%r7,1
	say	"TOD clock %d-%2-%2 %2:%2:%2 UTC", %r4, %r8, %r7, %r9, %r10, %r11
	lgr	%r7,%r12
	larl	%r1,second
	lg	%r5,0(%r1)
	slgr	%r6,%r6
	dlgr	%r6,%r5
	lg	%r8,ticks(%r13)
	say	"%d seconds since the start, %d clock comparator interruptions", %r7, %r8
	j	main
month_days:
	.byte	31,0,31,30,31,30,31,31,30,31,30,31

# r3: 28 or 29, for the year in r4.
days_of_february:
	lghi	%r3,28
	lghi	%r1,3
	nr	%r1,%r4
	jnz	days_end
	lghi	%r3,29
	slgr	%r0,%r0
	lgr	%r1,%r4
	lghi	%r2,100
	dlgr	%r0,%r2
	ltgr	%r0,%r0
	jnz	days_end
	lghi	%r2,3
	nr	%r1,%r2			# a whole century: of four, one leaps
	jz	days_end
	lghi	%r3,28
days_end:
	br	%r14

wait_seconds:
	lghi	%r4,10
	brasl	%r14,next_number
	ltr	%r3,%r3
	jnz	wait_usage
	lgr	%r6,%r2
	larl	%r1,second
	lg	%r7,0(%r1)
	msgr	%r7,%r6
	stck	clock(%r13)
	alg	%r7,clock(%r13)
wait_more:
	stg	%r7,clock(%r13)
	sckc	clock(%r13)
	brasl	%r14,wait
	stck	clock(%r13)
	clg	%r7,clock(%r13)
	jnl	wait_more
	brasl	%r14,clock_off
	say	"Waited %d seconds", %r6
	j	main
wait_usage:
	say	"WAIT needs a number of seconds"
	j	main

call:
	lghi	%r4,10
	brasl	%r14,next_number
	ltr	%r3,%r3
	jnz	call_usage
	chi	%r2,255
	jh	call_usage
	xc	svc_code(4,%r13),svc_code(%r13)
	larl	%r1,call_svc
	ex	%r2,0(%r1)
	llgf	%r6,svc_code(%r13)
	say	"Supervisor call %d came back", %r6
	j	main
call_svc:
	svc	0
call_usage:
	say	"SVC needs a number up to 255"
	j	main

# Gives CP the rest of the line, as it was typed.
cp:
	brasl	%r14,next_word
	ltr	%r3,%r3
	jz	cp_usage
	aghi	%r2,input-upper
	agr	%r3,%r9
	lgr	%r4,%r3
	oilh	%r4,0x4000		# the response goes to a buffer
	lgr	%r3,%r13
	aghi	%r3,RESPONSE
	lgr	%r6,%r3
	lghi	%r5,RESPONSE_SIZE
	lgr	%r7,%r5
	ATTEMPT cp_missing
	sam31
	diag	%r2,%r4,0x008
	sam64
	ipm	%r0
	ATTEMPT_END
	llgfr	%r11,%r4
	tmlh	%r0,0x3000		# cc 1: more than the buffer holds
	jnz	cp_lines
	llgfr	%r7,%r5
cp_lines:
	lgr	%r2,%r6			# a line ends at X'15'
	lghi	%r3,0
cp_byte:
	ltr	%r7,%r7
	jz	cp_last
	ahi	%r7,-1
	cli	0(%r6),NEWLINE
	la	%r6,1(%r6)
	je	cp_line
	aghi	%r3,1
	j	cp_byte
cp_line:
	brasl	%r14,put_line
	j	cp_lines
cp_last:
	ltr	%r3,%r3
	jz	cp_code
	brasl	%r14,put_line
cp_code:
	say	"CP return code %d", %r11
	j	main
cp_missing:
	sam64
	lgr	%r6,%r2
	say	"DIAGNOSE 008 ended in program interruption %h: no control program answers", %r6
	j	main
cp_usage:
	say	"CP needs a command"
	j	main

loop:
	say	"Looping; SYSTEM RESTART gets it out"
	mvi	looping(%r13),1
	stck	clock(%r13)		# a first tick now
	sckc	clock(%r13)
	stosm	scratch(%r13),0x03
loop_here:
	j	loop_here

halt:
	say	"Halted"
	larl	%r1,halted_psw
	lpswe	0(%r1)

crash:
	brasl	%r14,next_word
	ltr	%r3,%r3
	jz	crash_operation
	cli	0(%r2),0xc1		# A
	je	crash_addressing
	cli	0(%r2),0xe2		# S
	je	crash_specification
	cli	0(%r2),0xc4		# D
	je	crash_divide
	cli	0(%r2),0xd3		# L
	je	crash_loop
	cli	0(%r2),0xd6		# O
	je	crash_operation
	say	"CRASH does not know %s", %r2, %r3
	j	main
crash_operation:
	.long	0
crash_addressing:
	llilh	%r1,0x7fff
	l	%r2,0(%r1)
crash_specification:
	lctlg	%c0,%c0,1
crash_divide:
	slgr	%r2,%r2
	dlgr	%r0,%r2
# A program new PSW that no machine takes: every program interruption is the
# next one.
crash_loop:
	larl	%r1,never
	mvc	NEW_PSWS+48(8),0(%r1)
	.long	0

# EBCDIC small letters to capitals, every other byte to itself.
to_upper:
	.set	at,0
	.rept	256
	.if	((at >= 0x81) && (at <= 0x89)) || ((at >= 0x91) && (at <= 0x99)) || ((at >= 0xa2) && (at <= 0xa9))
	.byte	at+0x40
	.else
	.byte	at
	.endif
	.set	at,at+1
	.endr
