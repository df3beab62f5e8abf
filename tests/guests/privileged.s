# Privileged behaviour, case by case: program interruptions, translation,
# protection, keys, PSWs, PER, timers, signals.

	.include "frame.s"

	.set	AFP,0x40000

	.balign	8
controls:
	.quad	AFP				# 0
	.quad	0x60007				# 1: primary, region-third table
	.quad	0
	.quad	0				# 3: no key for the problem state
	.quad	0
	.quad	0
	.quad	0
	.quad	0x61003				# 7: secondary, segment table
	.quad	0
	.quad	0,0,0				# 9-11: PER
	.quad	0
	.quad	0x6200b				# 13: home, region-second table
	.quad	0
	.quad	0

	.section .tables,"a"
region_third:					# 60000
	.quad	0x61007,0x24,0x61003,0x61004
	.fill	2044-1536,8,0x24
	.org	0x1000
segment:					# 61000
	.quad	0x64000,0x20,0x64200,0x64004,0x64010
	.fill	512-5,8,0x20
	.org	0x2000
region_second:					# 62000
	.quad	0x6000b,0x28
	.fill	510,8,0x28
	.org	0x3000
region_first:					# 63000
	.quad	0x6200f,0x2c
	.fill	510,8,0x2c
	.org	0x4000
pages:						# 64000
	.set	page,0
	.rept	0xf0
	.quad	page
	.set	page,page+0x1000
	.endr
	.quad	0xf0400,0x51200,0xf2800,0x7fff000000
	.fill	12,8,0x400
	.org	0x5000
bad_segments:					# 65000
	.fill	512,8,0x20

	.data
	.quad	0x0123456789abcdef,0xfedcba9876543210
	.fill	0x3ff0,1,0x5a

	.text
cases:
# Program interruptions
	CASE	"operation, 2 bytes"
	.short	0
	END
	CASE	"operation, 4 bytes"
	.short	0xb2fe,0xffff
	END
	CASE	"operation, 6 bytes"
	.short	0xe3ff,0x0000,0x00ff
	END
	CASE	"privileged operation"
	UNDER	PROBLEM+A64
	stctg	%c0,%c0,0(%r8)
	END
	CASE	"privileged before specification"
	UNDER	PROBLEM+A64
	lpswe	1(%r8)
	END
	CASE	"execute"
	larl	%r1,7f
	ex	%r0,0(%r1)
7:	ex	%r0,0(%r1)
	END
	CASE	"execute, odd target"
	ex	%r0,1(%r8)
	END
	CASE	"addressing, fetch"
	llilh	%r7,0x7000
	lg	%r2,8(%r7)
	END
	CASE	"addressing, store"
	llilh	%r7,0x7000
	stg	%r2,8(%r7)
	END
	CASE	"specification, odd pair"
	.short	0x1c32			# MR 3,2
	END
	CASE	"specification, boundary"
	cs	%r2,%r3,2(%r8)
	END
	CASE	"fixed-point overflow, masked"
	lgfi	%r2,0x7fffffff
	ahi	%r2,1
	END
	CASE	"fixed-point overflow"
	lhi	%r1,0
	iilh	%r1,0x0800
	spm	%r1
	iilf	%r2,0x7fffffff
	ahi	%r2,1
	END
	CASE	"fixed-point divide"
	lhi	%r4,0
	lhi	%r5,1
	lhi	%r6,0
	dr	%r4,%r6
	END
	CASE	"fixed-point divide, long"
	lghi	%r5,1
	lghi	%r6,0
	dsgr	%r4,%r6
	END
	CASE	"data, compare and trap"
	crj	%r2,%r3,8,.
	cgrt	%r2,%r3,6
	END
	CASE	"data, AFP register"
	CONTROL	0,0
	lzdr	%f1
	END
	CASE	"data, BFP without the control"
	CONTROL	0,0
	sfpc	%r2
	END
	CASE	"data, IEEE invalid operation"
	llilf	%r1,0x80000000
	sfpc	%r1
	lzdr	%f0
	lzdr	%f2
	ddbr	%f0,%f2
	END
	CASE	"data, IEEE division by zero"
	llilf	%r1,0x40000000
	sfpc	%r1
	lhi	%r1,1
	cdfbr	%f0,%r1
	lzdr	%f2
	ddbr	%f0,%f2
	END
	CASE	"after floating point"
	lhi	%r1,0
	sfpc	%r1
	END
	CASE	"monitor call, masked"
	mc	0x123(%r8),5
	END
	CASE	"monitor call"
	CONTROL	8,0x0400
	mc	0x123(%r8),5
	END
	CASE	"monitor call, class 16"
	mc	0,16
	END
	CASE	"supervisor call"
	svc	7
	END
	CASE	"supervisor call, executed"
	larl	%r1,7f
	lghi	%r2,0x21
	ex	%r2,0(%r1)
7:	svc	0x42
	END

# PSWs
	CASE	"LPSWE, bit that must be zero"
	UNDER	0x8000000180000000
	END
	CASE	"LPSWE, bit 12"
	UNDER	0x0008000180000000
	END
	CASE	"LPSWE, no addressing mode"
	UNDER	0x0000000100000000
	END
	CASE	"LPSWE, 24-bit address too long"
	larl	%r1,7f
	lpswe	0(%r1)
	.balign	8
7:	.quad	0,0x1000000
	END
	CASE	"LPSWE, 31-bit address too long"
	larl	%r1,7f
	lpswe	0(%r1)
	.balign	8
7:	.quad	A31,0x80000000
	END
	CASE	"LPSWE, odd address"
	larl	%r1,7f
	lpswe	0(%r1)
	.balign	8
7:	.quad	A64,0x10001
	END
	CASE	"LPSWE, address without storage"
	larl	%r1,7f
	lpswe	0(%r1)
	.balign	8
7:	.quad	A64,0x70000000
	END
	CASE	"LPSW, bit 12 is zero"
	larl	%r1,7f
	lpsw	0(%r1)
	.balign	8
7:	.long	0,0x80000400
	END
	CASE	"LPSW"
	larl	%r1,8f
	stg	%r1,NEWPSW
	larl	%r1,7f
	mvc	NEWPSW(4),0(%r1)
	oi	NEWPSW+4,0x80
	lpsw	NEWPSW
	.balign	8
7:	.long	0x00081000
8:
	END
	CASE	"LPSWE, not on a doubleword"
	lpswe	4(%r8)
	END
	CASE	"SSM, bit that must be zero"
	mvi	0x10(%r8),0x80
	ssm	0x10(%r8)
	END
	CASE	"SSM suppression"
	CONTROL	0,AFP+0x40000000
	mvi	0x10(%r8),0x00
	ssm	0x10(%r8)
	END
	CASE	"STOSM, STNSM"
	stosm	0x10(%r8),0x03
	stnsm	0x11(%r8),0xfc
	lg	%r2,0x10(%r8)
	END
	CASE	"EPSW"
	epsw	%r2,%r3
	END
	CASE	"IPM, SPM"
	iilf	%r2,0x35000000
	spm	%r2
	ipm	%r3
	END
	CASE	"SPKA, IPK"
	spka	0x70
	ipk
	END
	CASE	"SPKA in the problem state without authority"
	UNDER	PROBLEM+A64
	spka	0x70
	END
	CASE	"SPKA in the problem state"
	CONTROL	3,0x01000000
	UNDER	PROBLEM+A64
	spka	0x70
	END
	CASE	"SAC without DAT"
	sac	0
	END
	CASE	"SAC without the secondary-space control"
	UNDER	DAT+A64
	sac	0x100
	END
	CASE	"SAC secondary"
	CONTROL	0,AFP+0x4000000
	UNDER	DAT+A64
	sac	0x100
	END
	CASE	"SACF home"
	UNDER	DAT+A64
	sacf	0x300
	END
	CASE	"SACF home, problem state"
	CONTROL	0,AFP+0x4000000
	UNDER	DAT+PROBLEM+A64
	sacf	0x300
	END
	CASE	"SAC with a bad code"
	UNDER	DAT+A64
	sac	0x400
	END

# Control registers, prefix, addresses
	CASE	"STCTL, STCTG"
	stctg	%c1,%c1,0x100(%r8)
	stctl	%c7,%c7,0x108(%r8)
	lg	%r2,0x100(%r8)
	l	%r3,0x108(%r8)
	END
	CASE	"LCTL leaves the left half"
	CONTROL	2,0x1111111122222222
	mvc	0x100(4,%r8),0(%r8)
	lctl	%c2,%c2,0x100(%r8)
	stctg	%c2,%c2,0x100(%r8)
	lg	%r2,0x100(%r8)
	END
	CASE	"LCTLG not on a doubleword"
	lctlg	%c2,%c2,4(%r8)
	END
	CASE	"STAP"
	stap	0x100(%r8)
	lh	%r2,0x100(%r8)
	END
	CASE	"STAP, odd"
	stap	0x101(%r8)
	END
	CASE	"SPX, STPX"
	mvhi	0x100(%r8),0
	spx	0x100(%r8)
	stpx	0x104(%r8)
	lg	%r2,0x100(%r8)
	END
	CASE	"SPX, odd"
	spx	0x102(%r8)
	END
	CASE	"SPX outside storage"
	iilf	%r2,0x7ffff000
	st	%r2,0x100(%r8)
	spx	0x100(%r8)
	END
	CASE	"prefixing, both ways"
	iilf	%r2,0x80000
	st	%r2,0x100(%r8)
	mvc	0xa00(8),0(%r8)
	lgfi	%r7,0x80000
	mvc	0(256,%r7),0
	mvc	0x100(256,%r7),0x100
	mvc	0x800(256,%r7),0x800
	mvc	0x900(256,%r7),0x900
	spx	0x100(%r8)
	lg	%r2,0xa00(%r7)
	lg	%r3,0xa00
	mvhi	0x100(%r8),0
	spx	0x100(%r8)
	END

# Translation
	CASE	"DAT on, same address"
	UNDER	DAT+A64
	lg	%r2,0(%r8)
	END
	CASE	"region-third translation"
	UNDER	DAT+A64
	llihl	%r7,0
	oill	%r7,8
	iilh	%r7,0x8000
	lg	%r2,0(%r7)
	END
	CASE	"region-third table, translation specification"
	UNDER	DAT+A64
	llihl	%r7,1
	lg	%r2,0(%r7)
	END
	CASE	"segment translation, table length"
	UNDER	DAT+A64
	llihl	%r7,1
	iilh	%r7,0xa000
	lg	%r2,0(%r7)
	END
	CASE	"ASCE type"
	UNDER	DAT+A64
	llihh	%r7,1
	lg	%r2,8(%r7)
	END
	CASE	"segment translation"
	UNDER	DAT+A64
	llilh	%r7,0x10
	lg	%r2,0x123(%r7)
	END
	CASE	"segment translation, store"
	UNDER	DAT+A64
	llilh	%r7,0x10
	stg	%r2,0x123(%r7)
	END
	CASE	"segment table, translation specification"
	UNDER	DAT+A64
	llilh	%r7,0x30
	lg	%r2,0x123(%r7)
	END
	CASE	"page translation"
	UNDER	DAT+A64
	llilf	%r7,0xf0000
	lg	%r2,0x123(%r7)
	END
	CASE	"page translation, store"
	UNDER	DAT+A64
	llilf	%r7,0xf0000
	stg	%r2,0x123(%r7)
	END
	CASE	"page translation, second page of an operand"
	UNDER	DAT+A64
	llilf	%r7,0xeffff
	mvc	0(8,%r7),0(%r8)
	END
	CASE	"page table, translation specification"
	UNDER	DAT+A64
	llilf	%r7,0xf2000
	lg	%r2,0x123(%r7)
	END
	CASE	"page outside storage"
	UNDER	DAT+A64
	llilf	%r7,0xf3000
	lg	%r2,0x120(%r7)
	END
	CASE	"instruction in a page that is not there"
	UNDER	DAT+A64
	llilf	%r7,0xf0000
	br	%r7
	END
	CASE	"page protection"
	UNDER	DAT+A64
	llilf	%r7,0xf1000
	lg	%r2,0(%r7)
	stg	%r2,8(%r7)
	END
	CASE	"segment protection"
	UNDER	DAT+A64
	llilf	%r7,0x250000
	lg	%r2,0(%r7)
	stg	%r2,8(%r7)
	END
	CASE	"secondary space, page translation"
	CONTROL	0,AFP+0x4000000
	UNDER	DAT+SECONDARY+A64
	llilf	%r7,0xf0000
	lg	%r2,0x123(%r7)
	END
	CASE	"home space, page translation"
	UNDER	DAT+HOME+A64
	llilf	%r7,0xf0000
	lg	%r2,0x123(%r7)
	END
	CASE	"region-second translation"
	UNDER	DAT+HOME+A64
	llihl	%r7,0x400
	lg	%r2,0x123(%r7)
	END
	CASE	"region-first translation"
	CONTROL	1,0x6300f
	UNDER	DAT+A64
	llihh	%r7,0x20
	lg	%r2,0x123(%r7)
	END
	CASE	"real space"
	CONTROL	1,0x20
	UNDER	DAT+A64
	lg	%r2,0(%r8)
	END
	CASE	"31-bit addressing under DAT"
	UNDER	DAT+A31
	oilh	%r8,0x8000
	l	%r2,0(%r8)
	END
	CASE	"LRA"
	lra	%r2,0x123(%r8)
	END
	CASE	"LRAG, segment missing"
	llilh	%r7,0x10
	lrag	%r2,0x123(%r7)
	END
	CASE	"LRAG, page missing"
	llilf	%r7,0xf0000
	lrag	%r2,0x123(%r7)
	END
	CASE	"LRAG, ASCE type"
	llihh	%r7,1
	lrag	%r2,0x123(%r7)
	END
	CASE	"LRAG, region missing"
	llihl	%r7,0
	oill	%r7,8
	iilh	%r7,0x8000
	lrag	%r2,0x123(%r7)
	END
	CASE	"LRA in 31-bit mode"
	UNDER	A31
	lra	%r2,0x123(%r8)
	END
	CASE	"LRAG under DAT, segment missing"
	UNDER	DAT+A64
	llilh	%r7,0x10
	lrag	%r2,0x123(%r7)
	END
	CASE	"LRAG under DAT, page missing"
	UNDER	DAT+A64
	llilf	%r7,0xf0000
	lrag	%r2,0x123(%r7)
	END
	CASE	"LRAG under DAT, ASCE type"
	UNDER	DAT+A64
	llihh	%r7,1
	lrag	%r2,0x123(%r7)
	END
	CASE	"LRAG under DAT, region missing"
	UNDER	DAT+A64
	llilf	%r7,0x80000008
	lrag	%r2,0x123(%r7)
	END
	CASE	"LRA under DAT, 31-bit mode"
	UNDER	DAT+A31
	lra	%r2,0x123(%r8)
	END
	CASE	"IPTE"
	llilf	%r2,0x64000
	llilf	%r3,0x5f000
	ipte	%r2,%r3
	lg	%r4,0x2f8(%r2)
	mvghi	0x2f8(%r2),0
	oi	0x2fd(%r2),0x05
	oi	0x2fe(%r2),0xf0
	END

	.macro	SEGMENTS
	lgfi	%r7,0x66000
	xc	0(256,%r7),0(%r7)
	lay	%r1,0x3f00(%r7)
	xc	0(256,%r1),0(%r1)
	.endm
	CASE	"IDTE, two segments"
	SEGMENTS
	lgr	%r4,%r7
	llilf	%r5,0x100001
	idte	%r4,%r0,%r5
	lg	%r2,0(%r7)
	lg	%r3,8(%r7)
	lg	%r5,16(%r7)
	lg	%r6,24(%r7)
	END
	CASE	"IDTE, from the last entry on"
	SEGMENTS
	lgr	%r4,%r7
	llilf	%r5,0x7ff00001
	idte	%r4,%r0,%r5
	lg	%r2,0(%r7)
	lg	%r3,8(%r7)
	lg	%r5,0x3ff0(%r7)
	lg	%r6,0x3ff8(%r7)
	END
	CASE	"IDTE, region-first entry"
	SEGMENTS
	lay	%r4,12(%r7)
	llihh	%r5,0x40
	idte	%r4,%r0,%r5
	lg	%r2,0(%r7)
	lg	%r3,8(%r7)
	lg	%r5,16(%r7)
	END
	CASE	"IDTE, bits that must be zero"
	SEGMENTS
	lgr	%r4,%r7
	llilf	%r5,0x104000
	idte	%r4,%r0,%r5
	END
	CASE	"IDTE, bits that must be zero, by ASCE"
	llilf	%r5,0x104800
	idte	%r4,%r0,%r5
	END
	CASE	"IDTE by ASCE"
	SEGMENTS
	llilf	%r6,0x60007
	lgr	%r4,%r7
	UNDER	DAT+A64
	llilf	%r3,0x5f000
	lg	%r2,0(%r3)
	llilf	%r1,0x64000
	mvghi	0x2f8(%r1),0x400
	lghi	%r5,0x800
	idte	%r4,%r6,%r5
	lg	%r2,0(%r3)
	END
	CASE	"IDTE by ASCE, the page again"
	llilf	%r1,0x64000
	llilf	%r2,0x5f000
	stg	%r2,0x2f8(%r1)
	llilf	%r6,0x60007
	lghi	%r5,0x800
	UNDER	DAT+A64
	idte	%r4,%r6,%r5
	lg	%r2,0(%r2)
	END

# Protection
	CASE	"low-address protection"
	CONTROL	0,AFP+0x10000000
	stg	%r2,0x50
	END
	CASE	"low-address protection, second page"
	CONTROL	0,AFP+0x10000000
	lghi	%r7,0x1000
	stg	%r2,0x50(%r7)
	END
	CASE	"low-address protection, not behind 511"
	CONTROL	0,AFP+0x10000000
	lghi	%r7,0x200
	stg	%r2,0x50(%r7)
	END
	CASE	"SSKE, ISKE, RRBE"
	lghi	%r2,0x76
	sske	%r2,%r9
	lghi	%r3,0
	iske	%r3,%r9
	rrbe	%r0,%r9
	ipm	%r5
	iske	%r4,%r9
	END
	CASE	"change and reference bits"
	lghi	%r2,0x10
	sske	%r2,%r9
	lg	%r3,0(%r9)
	iske	%r4,%r9
	stg	%r3,0(%r9)
	iske	%r5,%r9
	END
	CASE	"key-controlled protection, store"
	lghi	%r2,0x30
	sske	%r2,%r9
	spka	0x50
	lg	%r3,0(%r9)
	stg	%r3,0(%r9)
	END
	CASE	"key-controlled protection, same key"
	spka	0x30
	stg	%r3,0(%r9)
	END
	CASE	"fetch protection"
	lghi	%r2,0x38
	sske	%r2,%r9
	spka	0x50
	lg	%r3,0(%r9)
	END
	CASE	"fetch protection, instruction"
	mvc	0x100(8,%r9),0(%r8)
	la	%r7,0x100(%r9)
	spka	0x50
	br	%r7
	END
	CASE	"fetch protection, MVC crossing"
	la	%r7,0xffc(%r8)
	spka	0x50
	mvc	0x20(8,%r8),0(%r7)
	END
	CASE	"key 9 and the storage-protection override"
	CONTROL	0,AFP+0x1000000
	lghi	%r2,0x90
	sske	%r2,%r9
	spka	0x50
	stg	%r3,0(%r9)
	END
	CASE	"key 9 without it"
	spka	0x50
	stg	%r3,0(%r9)
	END
	CASE	"TPROT, key 0"
	lghi	%r2,0x38
	sske	%r2,%r9
	tprot	0(%r9),0
	END
	CASE	"TPROT, fetch-protected"
	tprot	0(%r9),0x50
	END
	CASE	"TPROT, store-protected"
	lghi	%r2,0x30
	sske	%r2,%r9
	tprot	0(%r9),0x50
	END
	CASE	"TPROT, page protection"
	UNDER	DAT+A64
	llilf	%r7,0xf1000
	tprot	0(%r7),0
	END
	CASE	"TPROT, no translation"
	UNDER	DAT+A64
	llilf	%r7,0xf0000
	tprot	0(%r7),0
	END
	CASE	"TPROT, no storage"
	llilh	%r7,0x7000
	tprot	0(%r7),0
	END
	CASE	"ISKE outside storage"
	llilh	%r7,0x7000
	iske	%r2,%r7
	END
	CASE	"keys back"
	lghi	%r2,0
	sske	%r2,%r9
	END
	CASE	"LURA, STURA"
	lura	%r2,%r8
	lgr	%r7,%r8
	aghi	%r7,0x200
	stura	%r3,%r7
	lurag	%r4,%r7
	END
	CASE	"LURA, boundary"
	aghi	%r8,2
	lura	%r2,%r8
	END
	CASE	"TB"
	lghi	%r0,0
	tb	%r0,%r9
	lg	%r3,0x800(%r9)
	END
	CASE	"CSP, equal"
	l	%r2,0(%r8)
	csp	%r2,%r8
	lg	%r4,0(%r8)
	END
	CASE	"CSP, not equal"
	csp	%r4,%r8
	END

# Moves between spaces
	CASE	"MVCOS without DAT"
	lghi	%r0,0
	lghi	%r2,8
	mvcos	0x300(%r8),0(%r8),%r2
	END
	CASE	"MVCOS"
	UNDER	DAT+A64
	lghi	%r0,0
	lghi	%r2,8
	mvcos	0x300(%r8),0(%r8),%r2
	lg	%r3,0x300(%r8)
	END
	CASE	"MVCOS, secondary source"
	CONTROL	0,AFP+0x4000000
	UNDER	DAT+A64
	lghi	%r0,0x81
	llilf	%r2,5000
	mvcos	0(%r9),0(%r8),%r2
	END
	CASE	"MVCOS, page missing"
	CONTROL	0,AFP+0x4000000
	UNDER	DAT+A64
	lghi	%r0,0x81
	lghi	%r2,8
	llilf	%r7,0xf0000
	mvcos	0(%r8),0(%r7),%r2
	END
	CASE	"MVCOS, key without authority"
	UNDER	DAT+PROBLEM+A64
	llilf	%r0,0x5002
	lghi	%r2,8
	mvcos	0x300(%r8),0(%r8),%r2
	END
	CASE	"MVCP without the secondary-space control"
	UNDER	DAT+A64
	lghi	%r2,8
	lghi	%r3,0
	mvcp	0x300(%r2,%r8),0(%r8),%r3
	END
	CASE	"MVCP"
	CONTROL	0,AFP+0x4000000
	UNDER	DAT+A64
	lghi	%r2,8
	lghi	%r3,0
	mvcp	0x300(%r2,%r8),0(%r8),%r3
	lg	%r4,0x300(%r8)
	END
	CASE	"MVCS, more than 256"
	CONTROL	0,AFP+0x4000000
	UNDER	DAT+A64
	lghi	%r2,300
	lghi	%r3,0
	mvcs	0x400(%r2,%r8),0(%r8),%r3
	END
	CASE	"MVCP, page missing"
	CONTROL	0,AFP+0x4000000
	UNDER	DAT+A64
	lghi	%r2,8
	lghi	%r3,0
	llilf	%r7,0xf0000
	mvcp	0x300(%r2,%r8),0(%r7),%r3
	END
	CASE	"MVPG"
	UNDER	DAT+A64
	lghi	%r0,0
	lgr	%r2,%r9
	lgr	%r3,%r8
	mvpg	%r2,%r3
	lg	%r4,0(%r9)
	END
	CASE	"MVPG, source missing, condition code asked for"
	UNDER	DAT+A64
	lghi	%r0,0x100
	lgr	%r2,%r9
	llilf	%r3,0xf0000
	mvpg	%r2,%r3
	END
	CASE	"MVPG, source missing"
	UNDER	DAT+A64
	lghi	%r0,0
	lgr	%r2,%r9
	llilf	%r3,0xf0000
	mvpg	%r2,%r3
	END

# PER
	CASE	"PER, instruction fetching"
	larl	%r1,7f
	stg	%r1,0x500(%r8)
	stg	%r1,0x508(%r8)
	lctlg	%c10,%c11,0x500(%r8)
	CONTROL	9,0x40000000
	UNDER	PER+A64
	lghi	%r2,1
7:	lghi	%r2,2
	lghi	%r2,3
	END
	CASE	"PER, storage alteration"
	la	%r1,0x510(%r8)
	stg	%r1,0x500(%r8)
	stg	%r1,0x508(%r8)
	lctlg	%c10,%c11,0x500(%r8)
	CONTROL	9,0x20000000
	UNDER	PER+A64
	lghi	%r2,1
	stg	%r2,0x500(%r8)
	stg	%r2,0x510(%r8)
	lghi	%r2,3
	END
	CASE	"PER, successful branching"
	CONTROL	10,0
	CONTROL	11,0x7fffffffffffffff
	CONTROL	9,0x80000000
	UNDER	PER+A64
	lghi	%r2,1
	ltgr	%r2,%r2
	jz	7f
	j	7f
	lghi	%r2,3
7:	END
	CASE	"PER and an exception"
	larl	%r1,7f
	stg	%r1,0x500(%r8)
	stg	%r1,0x508(%r8)
	lctlg	%c10,%c11,0x500(%r8)
	CONTROL	9,0x40000000
	UNDER	PER+A64
7:	.short	0x1c32			# MR 3,2
	END

# Timers and signals
	CASE	"clock comparator"
	stck	0x100(%r8)		# QEMU takes one far back for one far ahead
	sckc	0x100(%r8)
	CONTROL	0,AFP+0x800
	UNDER	EXTERNAL+A64
	j	.
	END
	CASE	"processor timer"
	mvghi	0x100(%r8),0x1000
	spt	0x100(%r8)
	CONTROL	0,AFP+0x400
	UNDER	EXTERNAL+A64
	j	.
	END
	CASE	"clock comparator before the processor timer"
	mvghi	0x100(%r8),0x1000
	spt	0x100(%r8)
	stck	0x100(%r8)
	sckc	0x100(%r8)
	lhi	%r7,0x7fff		# until both are due
	mhi	%r7,100
8:	brct	%r7,8b
	CONTROL	0,AFP+0xc00
	UNDER	EXTERNAL+A64
	j	.
	END
	CASE	"timers off"
	mvghi	0x100(%r8),-1
	sckc	0x100(%r8)
	END
	CASE	"SIGP, no such processor"
	lghi	%r7,9
	sigp	%r2,%r7,1
	END
	CASE	"SIGP, invalid order"
	lghi	%r7,1
	sigp	%r2,%r7,0xfe
	END
	CASE	"SIGP, sense a stopped one"
	lghi	%r7,1
	sigp	%r2,%r7,1
	END
	CASE	"SIGP, sense the running status of a stopped one"
	lghi	%r7,1
	sigp	%r2,%r7,0x15
	END
	CASE	"SIGP, sense the running status of oneself"
	lghi	%r7,0
	sigp	%r2,%r7,0x15
	END
	CASE	"SIGP, sense oneself"
	lghi	%r7,0
	sigp	%r2,%r7,1
	END
	CASE	"SIGP, emergency signal to oneself"
	lghi	%r7,0
	sigp	%r2,%r7,3
	CONTROL	0,AFP+0x4000
	UNDER	EXTERNAL+A64
	j	.
	END
	CASE	"SIGP, external call to oneself"
	lghi	%r7,0
	sigp	%r2,%r7,2
	sigp	%r3,%r7,2
	CONTROL	0,AFP+0x2000
	UNDER	EXTERNAL+A64
	j	.
	END
	CASE	"SIGP, emergency signal before external call"
	lghi	%r7,0
	sigp	%r2,%r7,2
	sigp	%r3,%r7,3
	CONTROL	0,AFP+0x6000
	UNDER	EXTERNAL+A64
	j	.
	END
	CASE	"SIGP, the external call left"
	CONTROL	0,AFP+0x2000
	UNDER	EXTERNAL+A64
	j	.
	END
	CASE	"SIGP, set prefix outside storage"
	lghi	%r7,1
	iilf	%r3,0x7ffff000
	sigp	%r2,%r7,0x0d
	END
	CASE	"SIGP, set prefix"
	lghi	%r7,1
	lgfi	%r3,0
	sigp	%r2,%r7,0x0d
	END
	CASE	"SIGP, initial CPU reset"
	lghi	%r7,1
	sigp	%r2,%r7,0x0b
	END
	CASE	"SIGP, restart; the other one stops itself"
	mvghi	0x600(%r8),0
	lghi	%r7,1
	sigp	%r2,%r7,6
8:	ltg	%r4,0x600(%r8)
	jz	8b
8:	sigp	%r2,%r7,1
	jz	8b
	END
	CASE	"SIGP, store status at an address"
	lghi	%r7,1
	lgfi	%r3,DATA+0x2000
	sigp	%r2,%r7,0x0e
	lgfi	%r7,DATA+0x2000
	lmg	%r3,%r5,0x100(%r7)
	lg	%r6,0x80+9*8(%r7)
	END
	CASE	"SIGP, set architecture again"
	lghi	%r3,1
	sigp	%r2,%r3,0x12
	END

# What the machine says
	CASE	"STSI, level"
	lghi	%r0,0
	lghi	%r1,0
	stsi	0
	lgr	%r2,%r0
	END
	CASE	"STSI, selectors that are not there"
	llilf	%r0,0x10000005
	lghi	%r1,1
	stsi	0(%r9)
	END
	CASE	"STSI, bits that must be zero"
	llilf	%r0,0x10000101
	lghi	%r1,1
	stsi	0(%r9)
	END
	CASE	"STSI, not on a page"
	llilf	%r0,0x10000001
	lghi	%r1,1
	stsi	8(%r9)
	END
	CASE	"STFLE, not on a doubleword"
	lghi	%r0,0
	stfle	4(%r9)
	END
	CASE	"STIDP, not on a doubleword"
	stidp	4(%r9)
	END
	CASE	"SCK in the problem state"
	UNDER	PROBLEM+A64
	sckc	0(%r9)
	END
	CASE	"STSCH, no such subchannel"
	llilf	%r1,0x1fff0
	oilh	%r1,1
	stsch	0x100(%r9)
	END
	CASE	"STSCH, bad subsystem identification"
	lghi	%r1,0
	stsch	0x100(%r9)
	END
	CASE	"XSCH, no such subchannel"
	llilf	%r1,0x1fff0
	oilh	%r1,1
	xsch
	END
	CASE	"TPI, nothing pending"
	tpi	0
	END
	FINISHED

# The other processor, from a restart: leaves something in its registers, says
# that it was there, and stops itself.
other_cpu:
	lgfi	%r8,DATA
	lghi	%r9,0x999
	lghi	%r7,1
	lghi	%r1,0x777
	stg	%r1,0x600(%r8)
	lghi	%r3,0
0:	sigp	%r2,%r7,5
	j	0b
