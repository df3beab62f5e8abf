# Program calls, address spaces, access lists and the linkage stack, case by
# case.

	.include "frame-spaces.s"

cases:
# Branch and stack
	TEST	"BAKR without DAT"
	bakr	%r0,%r0
	END
	TEST	"BAKR in the secondary space"
	UNDER	DAT+SECONDARY+A64
	bakr	%r0,%r0
	END
	TEST	"BAKR in the home space"
	UNDER	DAT+HOME+A64
	bakr	%r0,%r0
	END
	TEST	"BAKR, no branch"
	larl	%r1,zeros
	lam	%a0,%a15,0(%r1)
	sar	%a3,%r3
	UNDER	DAT+A64
	bakr	%r0,%r0
	stctg	%c0,%c15,0x800(%r8)
	END
	STATE	"BAKR, no branch"
	STACKED	"BAKR, no branch" FIRST
	PIECE	"BAKR, no branch, header" HEADER1-REAL
	TEST	"BAKR, to and from 64-bit mode"
	larl	%r7,4f
	larl	%r10,5f
	oill	%r10,1
	UNDER	DAT+A64
	bakr	%r10,%r7
	svc	254
4:	lghi	%r2,7
	lghi	%r7,0x77
	pr
	svc	253
5:	END
	STACKED	"BAKR, to and from 64-bit mode" FIRST
	PIECE	"BAKR, to and from 64-bit mode, header" HEADER1-REAL
	TEST	"BAKR, back to 31-bit mode"
	larl	%r7,4f
	larl	%r10,5f
	oilh	%r10,0x8000
	UNDER	DAT+A64
	bakr	%r10,%r7
	svc	254
4:	pr
	svc	253
5:	END
	STACKED	"BAKR, back to 31-bit mode" FIRST
	TEST	"BAKR, back to 24-bit mode, bits that do not count"
	larl	%r7,4f
	larl	%r10,5f
	oilh	%r10,0x7f00
	UNDER	DAT+ARMODE+A31
	bakr	%r10,%r7
	svc	254
4:	sac	0
	pr
	svc	253
5:	END
	STACKED	"BAKR, back to 24-bit mode, bits that do not count" FIRST
	TEST	"BAKR, from 24-bit mode"
	UNDER	DAT
	bakr	%r0,%r0
	END
	STACKED	"BAKR, from 24-bit mode" FIRST
	TEST	"BAKR, second entry across a page"
	UNDER	DAT+A64
	bakr	%r0,%r0
	lghi	%r2,2
	sar	%a2,%r2
	bakr	%r0,%r0
	lghi	%r2,0
	sar	%a2,%r2
	ereg	%r2,%r2
	ear	%r3,%a2
	stctg	%c0,%c15,0x800(%r8)
	END
	STATE	"BAKR, second entry across a page"
	STACKED	"BAKR, second entry across a page" FIRST+296
	TEST	"BAKR, third entry in the next section"
	UNDER	DAT+A64
	bakr	%r0,%r0
	bakr	%r0,%r0
	lghi	%r2,3
	bakr	%r0,%r0
	stctg	%c0,%c15,0x800(%r8)
	END
	STATE	"BAKR, third entry in the next section"
	STACKED	"BAKR, third entry in the next section" HEADER2+16
	PIECE	"BAKR, third entry in the next section, header" HEADER2-REAL
	PIECE	"BAKR, third entry in the next section, trailer" LAST1-REAL
	TEST	"BAKR, fourth entry: stack full"
	UNDER	DAT+A64
	bakr	%r0,%r0
	bakr	%r0,%r0
	bakr	%r0,%r0
	bakr	%r0,%r0
	END
	TEST	"BAKR and PR through three entries"
	larl	%r10,4f
	oill	%r10,1
	larl	%r11,5f
	oill	%r11,1
	larl	%r12,6f
	oill	%r12,1
	UNDER	DAT+A64
	bakr	%r10,%r0
	bakr	%r11,%r0
	lghi	%r2,1
	bakr	%r12,%r0
	lghi	%r2,2
	pr
6:	lgr	%r4,%r2
	pr
5:	pr
	svc	253
4:	stctg	%c0,%c15,0x800(%r8)
	svc	255
	END
	STATE	"BAKR and PR through three entries"
	PIECE	"BAKR and PR through three entries, header" HEADER1-REAL
	PIECE	"BAKR and PR through three entries, trailer" LAST1-REAL
	PIECE	"BAKR and PR through three entries, second header" HEADER2-REAL
	TEST	"BAKR, free space not a multiple of 8"
	lgfi	%r7,HEADER1-REAL
	mvhhi	10(%r7),4
	UNDER	DAT+A64
	bakr	%r0,%r0
	END
	TEST	"BAKR, free space not a multiple of 8, but enough"
	lgfi	%r7,HEADER1-REAL
	mvhhi	10(%r7),0x1fc
	UNDER	DAT+A64
	bakr	%r0,%r0
	END
	PIECE	"BAKR, free space not a multiple of 8, but enough, header" HEADER1-REAL
	TEST	"BAKR, next section too small"
	lgfi	%r7,HEADER1-REAL
	mvhhi	10(%r7),0
	mvc	16(16,%r7),LAST1-HEADER1(%r7)
	lgfi	%r7,HEADER2-REAL
	mvhhi	10(%r7),0x120
	UNDER	DAT+A64
	bakr	%r0,%r0
	END
	TEST	"BAKR, next section's entry is no header"
	lgfi	%r7,HEADER1-REAL
	mvhhi	10(%r7),0
	mvc	16(16,%r7),LAST1-HEADER1(%r7)
	lgfi	%r7,HEADER2-REAL
	mvi	8(%r7),0x0c
	UNDER	DAT+A64
	bakr	%r0,%r0
	END
	TEST	"BAKR, stack page missing"
	CONTROL	15,0xf5008
	UNDER	DAT+A64
	bakr	%r0,%r0
	END
	TEST	"BAKR, stack page protected"
	lgfi	%r7,0x5f000
	mvhhi	10(%r7),0x500
	CONTROL	15,0xf6008
	UNDER	DAT+A64
	bakr	%r0,%r0
	END
	TEST	"BAKR, second page of the entry missing"
	lgfi	%r7,0x5ef00
	mvhhi	2(%r7),0x500
	CONTROL	15,0xf4f00
	UNDER	DAT+A64
	bakr	%r0,%r0
	END
	TEST	"BAKR, stack under another key"
	lgfi	%r7,0x5c000
	lghi	%r2,0x38
	sske	%r2,%r7
	lgfi	%r2,0x22
	UNDER	DAT+PROBLEM+A64+0x0080000000000000
	bakr	%r0,%r0
	ereg	%r2,%r6
	END
	TEST	"storage key back"
	lgfi	%r7,0x5c000
	lghi	%r2,0
	sske	%r2,%r7
	END

# Looking at entries
	TEST	"EREG, nothing on the stack"
	UNDER	DAT+A64
	ereg	%r2,%r3
	END
	TEST	"EREG without DAT"
	ereg	%r2,%r3
	END
	TEST	"EREG in the secondary space"
	UNDER	DAT+SECONDARY+A64
	ereg	%r2,%r3
	END
	TEST	"EREG in the home space"
	UNDER	DAT+A64
	bakr	%r0,%r0
	lmg	%r2,%r6,0(%r8)
	sac	0x300
	ereg	%r3,%r4
	END
	TEST	"EREG, registers around the end"
	lghi	%r0,0x111
	lghi	%r1,0x222
	lghi	%r14,0x333
	sar	%a15,%r3
	sar	%a1,%r4
	UNDER	DAT+A64
	bakr	%r0,%r0
	lmg	%r0,%r6,0(%r8)
	lghi	%r14,0
	sar	%a15,%r14
	sar	%a1,%r14
	ereg	%r14,%r2
	lgr	%r3,%r0
	lgr	%r4,%r14
	ear	%r5,%a15
	ear	%r6,%a1
	END
	TEST	"EREG leaves the high words"
	UNDER	DAT+A64
	bakr	%r0,%r0
	lghi	%r2,-1
	lghi	%r3,-1
	ereg	%r2,%r2
	eregg	%r3,%r3
	END
	TEST	"ESTA, status"
	UNDER	DAT+A64
	bakr	%r0,%r0
	lghi	%r4,0x100
	esta	%r2,%r4
	ipm	%r5
	END
	TEST	"ESTA, short PSW"
	UNDER	DAT+A64
	bakr	%r0,%r0
	lghi	%r4,1
	esta	%r2,%r4
	END
	TEST	"ESTA, short PSW of a long address"
	iihl	%r10,0x1234
	iilf	%r10,0x80001235
	UNDER	DAT+A64
	bakr	%r10,%r0
	lghi	%r4,1
	esta	%r2,%r4
	END
	TEST	"ESTA, branch address"
	UNDER	DAT+A64
	bakr	%r0,%r0
	lghi	%r4,2
	esta	%r2,%r4
	END
	TEST	"ESTA, PSW"
	UNDER	DAT+ARMODE+A64
	bakr	%r0,%r0
	lghi	%r4,4
	esta	%r2,%r4
	END
	TEST	"ESTA, code 5"
	UNDER	DAT+A64
	bakr	%r0,%r0
	lghi	%r4,5
	esta	%r2,%r4
	END
	TEST	"ESTA, odd register"
	UNDER	DAT+A64
	bakr	%r0,%r0
	lghi	%r4,0
	.long	0xb24a0034
	END
	TEST	"ESTA, odd register, nothing on the stack"
	UNDER	DAT+A64
	lghi	%r4,0
	.long	0xb24a0034
	END
	TEST	"ESTA, odd register, without DAT"
	.long	0xb24a0034
	END
	TEST	"MSTA, odd register"
	UNDER	DAT+A64
	bakr	%r0,%r0
	.long	0xb2470030
	END
	TEST	"MSTA"
	UNDER	DAT+A64
	bakr	%r0,%r0
	msta	%r2
	lghi	%r6,3
	esta	%r4,%r6
	END
	STACKED	"MSTA" FIRST
	TEST	"MSTA of a call"
	UNDER	DAT+A64
	pc	25
	END
	TEST	"EREG, neither header nor state"
	lgfi	%r7,HEADER1-REAL
	mvi	8(%r7),0x0a
	UNDER	DAT+A64
	ereg	%r2,%r3
	END
	TEST	"EREG, header behind header"
	lgfi	%r7,HEADER2-REAL
	llilf	%r3,HEADER1+8+1
	stg	%r3,0(%r7)
	CONTROL	15,HEADER2+8
	UNDER	DAT+A64
	ereg	%r2,%r3
	END
	TEST	"EREG, entry page missing"
	CONTROL	15,0xf5008
	UNDER	DAT+A64
	ereg	%r2,%r3
	END
	TEST	"EREG, first page of the entry missing"
	lgfi	%r7,0x5c000
	mvi	0x18(%r7),0x0c
	CONTROL	15,0xf2018
	UNDER	DAT+A64
	ereg	%r2,%r3
	END
	TEST	"EREG, suppressed entries are looked at"
	UNDER	DAT+A64
	bakr	%r0,%r0
	UNDER	A64
	lgfi	%r7,FIRST+288-REAL
	oi	0(%r7),0x80
	UNDER	DAT+A64
	lghi	%r2,0
	ereg	%r2,%r3
	END

# Return
	TEST	"PR, nothing on the stack"
	UNDER	DAT+A64
	pr
	END
	TEST	"PR without DAT"
	pr
	END
	TEST	"PR in the secondary space"
	UNDER	DAT+SECONDARY+A64
	pr
	END
	TEST	"PR in the home space"
	UNDER	DAT+A64
	bakr	%r0,%r0
	sac	0x300
	pr
	END
	TEST	"PR, header suppressed"
	lgfi	%r7,HEADER1-REAL
	oi	8(%r7),0x80
	UNDER	DAT+A64
	pr
	END
	TEST	"PR, entry suppressed"
	UNDER	DAT+A64
	bakr	%r0,%r0
	UNDER	A64
	lgfi	%r7,FIRST+288-REAL
	oi	0(%r7),0x80
	UNDER	DAT+A64
	pr
	END
	TEST	"PR, neither header nor state"
	lgfi	%r7,HEADER1-REAL
	mvi	8(%r7),0x07
	UNDER	DAT+A64
	pr
	END
	TEST	"PR, the descriptor before protected"
	lgfi	%r7,0x5f000
	mvi	0x208+288(%r7),0x0c
	CONTROL	15,0xf6208+288
	UNDER	DAT+A64
	pr
	END
	TEST	"PR gives back a key and the problem state"
	larl	%r10,4f
	oill	%r10,1
	UNDER	DAT+PROBLEM+A64+0x0080000000000000
	bakr	%r10,%r0
	lghi	%r5,5
	pr
	svc	254
4:	END
	TEST	"PR keeps PER"
	larl	%r10,4f
	oill	%r10,1
	CONTROL	10,0
	UNDER	DAT+PER+A64
	bakr	%r10,%r0
	UNDER	DAT+A64
	pr
	svc	254
4:	END
	TEST	"PR, condition code and program mask"
	larl	%r10,4f
	oill	%r10,1
	llilh	%r3,0x2f00
	UNDER	DAT+A64
	spm	%r3
	bakr	%r10,%r0
	slr	%r3,%r3
	spm	%r3
	pr
	svc	254
4:	ipm	%r5
	END
	TEST	"PR to an odd address"
	larl	%r10,4f
	la	%r10,1(%r10)
	oilh	%r10,0x8000
	UNDER	DAT+A31
	bakr	%r10,%r0
	pr
	svc	254
4:	END
	TEST	"PR, reserved bit of the PSW"
	UNDER	DAT+A64
	bakr	%r0,%r0
	UNDER	A64
	lgfi	%r7,FIRST+136-REAL
	oi	0(%r7),0x80
	UNDER	DAT+A64
	pr
	END
	TEST	"PR to home-space mode"
	larl	%r10,4f
	oill	%r10,1
	UNDER	DAT+A64
	bakr	%r10,%r0
	UNDER	A64
	lgfi	%r7,FIRST+136-REAL
	oi	2(%r7),0xc0
	UNDER	DAT+A64
	pr
	svc	254
4:	END
	TEST	"EX of PR"
	larl	%r10,4f
	oill	%r10,1
	larl	%r11,5f
	UNDER	DAT+A64
	bakr	%r10,%r0
	lghi	%r2,2
	ex	%r0,0(%r11)
	svc	254
5:	pr
4:	END
	TEST	"PER, successful branching by PR"
	larl	%r10,4f
	oill	%r10,1
	CONTROL	10,0
	CONTROL	11,0x7fffffffffffffff
	UNDER	DAT+A64
	bakr	%r10,%r0
	CONTROL	9,0x80000000
	UNDER	DAT+PER+A64
	pr
	svc	254
4:	END
	TEST	"PER, storage alteration by BAKR"
	CONTROL	10,FIRST
	CONTROL	11,FIRST+7
	CONTROL	9,0x20000000
	UNDER	DAT+PER+A64
	bakr	%r0,%r0
	END
	TEST	"PER, storage alteration by BAKR, the entry before"
	CONTROL	10,HEADER1+8
	CONTROL	11,HEADER1+15
	CONTROL	9,0x20000000
	UNDER	DAT+PER+A64
	bakr	%r0,%r0
	END
	TEST	"PER, storage alteration by PR"
	CONTROL	10,HEADER1+8
	CONTROL	11,HEADER1+15
	CONTROL	9,0x20000000
	larl	%r10,4f
	oill	%r10,1
	UNDER	DAT+A64
	bakr	%r10,%r0
	UNDER	DAT+PER+A64
	pr
4:	END
	TEST	"PER, storage alteration by MSTA"
	CONTROL	10,FIRST+152
	CONTROL	11,FIRST+159
	CONTROL	9,0x20000000
	UNDER	DAT+A64
	bakr	%r0,%r0
	UNDER	DAT+PER+A64
	msta	%r2
	END

# Calls
	TEST	"PC without DAT"
	pc	0
	END
	TEST	"PC in the secondary space"
	UNDER	DAT+SECONDARY+A64
	pc	0
	END
	TEST	"PC in the home space"
	UNDER	DAT+HOME+A64
	pc	0
	END
	TEST	"PC, basic, 64-bit"
	UNDER	DAT+A64
	pc	0
	END
	STATE	"PC, basic, 64-bit"
	TEST	"PC, basic, 31-bit"
	UNDER	DAT+A31
	pc	1
	END
	STATE	"PC, basic, 31-bit"
	TEST	"PC, basic, register 14"
	UNDER	DAT+A31
	pc	1
	END
	TEST	"PC, basic, from 31-bit to 24-bit"
	UNDER	DAT+A31
	pc	2
	END
	TEST	"PC, basic, space 2"
	UNDER	DAT+A31
	pc	3
	END
	STATE	"PC, basic, space 2"
	TEST	"PC, basic, space 2, 64-bit"
	UNDER	DAT+A64
	pc	4
	END
	STATE	"PC, basic, space 2, 64-bit"
	TEST	"PC, basic, problem state there"
	UNDER	DAT+A31
	pc	5
	END
	TEST	"PC, basic, address too long"
	UNDER	DAT+A31
	pc	6
	END
	TEST	"PC, space invalid"
	UNDER	DAT+A31
	pc	7
	END
	TEST	"PC, space's entry outside storage"
	UNDER	DAT+A31
	pc	9
	END
	TEST	"PC, space-switch event"
	UNDER	DAT+A31
	pc	8
	END
	TEST	"PC, space-switch event of the space left"
	CONTROL	1,0x60240
	UNDER	DAT+A31
	pc	3
	END
	TEST	"PC, space-switch event under PER"
	CONTROL	10,0
	CONTROL	11,0x7fffffffffffffff
	CONTROL	9,0x80000000
	UNDER	DAT+PER+A31
	pc	3
	END
	TEST	"PC, successful branching"
	CONTROL	10,0
	CONTROL	11,0x7fffffffffffffff
	CONTROL	9,0x80000000
	UNDER	DAT+PER+A31
	pc	1
	END
	TEST	"PC, no ASN translation"
	CONTROL	14,0x67
	UNDER	DAT+A31
	pc	3
	END
	TEST	"PC, no subsystem linkage"
	lgfi	%r7,ASTE1
	llilf	%r3,LINKAGE
	st	%r3,24(%r7)
	UNDER	DAT+A31
	pc	1
	END
	TEST	"PC, primary entry outside storage"
	CONTROL	5,0x7ffff000
	UNDER	DAT+A31
	pc	1
	END
	TEST	"PC, linkage index invalid"
	UNDER	DAT+A31
	pc	0x101
	END
	TEST	"PC, linkage index too large"
	lghi	%r7,0x2000
	UNDER	DAT+A31
	pc	0x1(%r7)
	END
	TEST	"PC, high bits of the number do not count"
	llilf	%r7,0x7ff02000
	UNDER	DAT+A31
	pc	0x1(%r7)
	END
	TEST	"PC, entry index too large"
	UNDER	DAT+A31
	pc	32
	END
	TEST	"PC, basic, in access-register mode"
	UNDER	DAT+ARMODE+A31
	pc	1
	END
	TEST	"PC, basic, out of 64-bit mode"
	UNDER	DAT+A64
	pc	1
	END
	TEST	"PC, basic, into 64-bit mode"
	UNDER	DAT+A31
	pc	0
	END
	TEST	"PC, basic, far away"
	UNDER	DAT+A64
	pc	22
	END
	TEST	"PC, problem state, no authority"
	CONTROL	3,0x00800002
	UNDER	DAT+PROBLEM+A31
	pc	1
	END
	TEST	"PC, problem state"
	UNDER	DAT+PROBLEM+A31
	pc	1
	END
	STATE	"PC, problem state"
	TEST	"PC, stacking, 64-bit"
	UNDER	DAT+A64
	pc	10
	END
	STATE	"PC, stacking, 64-bit"
	STACKED	"PC, stacking, 64-bit" FIRST
	TEST	"PC, stacking, from 64-bit to 31-bit"
	UNDER	DAT+A64
	pc	11
	END
	STACKED	"PC, stacking, from 64-bit to 31-bit" FIRST
	TEST	"PC, stacking, from 31-bit to 64-bit"
	UNDER	DAT+A31
	pc	10
	END
	STACKED	"PC, stacking, from 31-bit to 64-bit" FIRST
	TEST	"PC, stacking, space 2"
	UNDER	DAT+ARMODE+A64
	pc	12
	END
	STATE	"PC, stacking, space 2"
	STACKED	"PC, stacking, space 2" FIRST
	TEST	"PC, stacking, secondary is the new primary"
	UNDER	DAT+A64
	pc	13
	END
	STATE	"PC, stacking, secondary is the new primary"
	TEST	"PC, stacking, all options"
	UNDER	DAT+PROBLEM+A64
	pc	14
	END
	STACKED	"PC, stacking, all options" FIRST
	TEST	"PC, stacking, space-switch event"
	UNDER	DAT+A64
	pc	18
	END
	TEST	"PC, stacking, problem state there"
	UNDER	DAT+A64
	pc	19
	END
	TEST	"PC, stacking, stack page missing"
	CONTROL	15,0xf5008
	UNDER	DAT+A64
	pc	12
	END
	TEST	"PC, stacking, full"
	CONTROL	15,HEADER2+8
	UNDER	DAT+A64
	bakr	%r0,%r0
	pc	12
	END
	TEST	"PC, stacking, looked at"
	lghi	%r5,2
	UNDER	DAT+A64
	pc	20
	END
	TEST	"PC and PR, same space"
	UNDER	DAT+A64
	pc	15
	lgr	%r2,%r7
	stctg	%c0,%c15,0x800(%r8)
	END
	STATE	"PC and PR, same space"
	TEST	"PC and PR, space 2, all options"
	sar	%a5,%r3
	UNDER	DAT+A64
	pc	16
	ear	%r2,%a5
	iac	%r3
	stctg	%c0,%c15,0x800(%r8)
	END
	STATE	"PC and PR, space 2, all options"
	PIECE	"PC and PR, space 2, all options, header" HEADER1-REAL
	TEST	"PC and PR, problem state and key"
	UNDER	DAT+PROBLEM+A64+0x0080000000000000
	pc	16
	END
	TEST	"PC and PR, problem state there, supervisor here"
	UNDER	DAT+A64
	pc	26
	stctg	%c0,%c15,0x800(%r8)
	END
	STATE	"PC and PR, problem state there, supervisor here"
	TEST	"PC and PR, 31-bit, access-register mode"
	UNDER	DAT+ARMODE+A31
	pc	17
	iac	%r3
	stctg	%c0,%c15,0x800(%r8)
	END
	STATE	"PC and PR, 31-bit, access-register mode"
	TEST	"PC and PR, space-switch event of the space left"
	CONTROL	1,0x60240
	UNDER	DAT+A64
	pc	16
	END
	TEST	"PC and PR, space-switch event"
	UNDER	DAT+A64
	pc	21
	END
	TEST	"PC, BAKR and PR"
	UNDER	DAT+A64
	pc	24
	svc	254
	END
	TEST	"PR, secondary space of no number"
	CONTROL	3,0x80c00043
	UNDER	DAT+A64
	pc	15
	END
	TEST	"PR, secondary space invalid"
	CONTROL	3,0x80c00003
	UNDER	DAT+A64
	pc	15
	END
	TEST	"PR, secondary space without authority"
	CONTROL	3,0x80c00004
	UNDER	DAT+A64
	pc	15
	END
	TEST	"PR, primary space invalid"
	CONTROL	4,0x00040003
	CONTROL	3,0x80c00003
	UNDER	DAT+A64
	pc	16
	END
	PIECE	"PR, primary space invalid, header" HEADER1-REAL
	TEST	"PR, no ASN translation"
	mvghi	0x108(%r8),0x67
	UNDER	DAT+A64
	pc	27
	END
	TEST	"PR, no ASN translation, same spaces"
	mvghi	0x108(%r8),0x67
	CONTROL	4,0x00040002
	UNDER	DAT+A64
	pc	27
	END
	TEST	"PC, stacking, into the next section"
	lgfi	%r7,HEADER1-REAL
	mvhhi	10(%r7),0
	mvc	16(16,%r7),LAST1-HEADER1(%r7)
	lgfi	%r7,HEADER2-REAL
	mvhi	0(%r7),0x123
	UNDER	DAT+A64
	pc	16
	stctg	%c0,%c15,0x800(%r8)
	END
	STATE	"PC, stacking, into the next section"
	STACKED	"PC, stacking, into the next section" HEADER2+16
	PIECE	"PC, stacking, into the next section, header" HEADER2-REAL
	TEST	"PC, stacking, same space, key and secondary"
	UNDER	DAT+PROBLEM+A64+0x0080000000000000
	pc	28
	END

# Transfer
	TEST	"PT without DAT"
	pt	%r2,%r3
	END
	TEST	"PT in access-register mode"
	UNDER	DAT+ARMODE+A64
	pt	%r2,%r3
	END
	TEST	"PT, same space"
	larl	%r3,called
	lgfi	%r2,0x00c00001
	UNDER	DAT+A64
	pt	%r2,%r3
	END
	STATE	"PT, same space"
	TEST	"PT, same space, to 24-bit and the problem state"
	larl	%r3,quits
	oill	%r3,1
	lgfi	%r2,0x00c00001
	UNDER	DAT+A31
	pt	%r2,%r3
	END
	TEST	"PT, address too long"
	larl	%r3,called
	oilh	%r3,0x0100
	lgfi	%r2,0x00c00001
	UNDER	DAT+A31
	pt	%r2,%r3
	END
	TEST	"PT, space 2"
	larl	%r3,called
	lgfi	%r2,0x00c00002
	UNDER	DAT+A64
	pt	%r2,%r3
	END
	STATE	"PT, space 2"
	TEST	"PT, supervisor state from the problem state"
	larl	%r3,called
	lgfi	%r2,0x00c00002
	UNDER	DAT+PROBLEM+A64
	pt	%r2,%r3
	END
	TEST	"PT, no such number"
	larl	%r3,called
	lgfi	%r2,0x00c00042
	UNDER	DAT+A64
	pt	%r2,%r3
	END
	TEST	"PT, space invalid"
	larl	%r3,called
	lgfi	%r2,0x00c00003
	UNDER	DAT+A64
	pt	%r2,%r3
	END
	TEST	"PT, no authority"
	larl	%r3,called
	lgfi	%r2,0x00c00004
	UNDER	DAT+A64
	pt	%r2,%r3
	END
	TEST	"PT, primary authority is enough"
	larl	%r3,called
	lgfi	%r2,0x00c00007
	UNDER	DAT+A64
	pt	%r2,%r3
	END
	STATE	"PT, primary authority is enough"
	TEST	"PT, secondary authority is not enough"
	larl	%r3,called
	lgfi	%r2,0x00c00008
	UNDER	DAT+A64
	pt	%r2,%r3
	END
	TEST	"PT, authorization index behind the table"
	CONTROL	4,0x00100001
	larl	%r3,called
	lgfi	%r2,0x00c00002
	UNDER	DAT+A64
	pt	%r2,%r3
	END
	TEST	"PT, space-switch event"
	larl	%r3,called
	lgfi	%r2,0x00c00005
	UNDER	DAT+A64
	pt	%r2,%r3
	END
	TEST	"PT, no ASN translation"
	CONTROL	14,0x67
	larl	%r3,called
	lgfi	%r2,0x00c00002
	UNDER	DAT+A64
	pt	%r2,%r3
	END
	TEST	"PT, no subsystem linkage"
	lgfi	%r7,ASTE1
	llilf	%r3,LINKAGE
	st	%r3,24(%r7)
	larl	%r3,called
	lgfi	%r2,0x00c00001
	UNDER	DAT+A64
	pt	%r2,%r3
	END
	TEST	"PC and PT"
	UNDER	DAT+A64
	pc	23
	stctg	%c0,%c15,0x800(%r8)
	END
	STATE	"PC and PT"

# The secondary space
	TEST	"SSAR without DAT"
	ssar	%r2
	END
	TEST	"SSAR, the primary space"
	lghi	%r2,1
	UNDER	DAT+A64
	ssar	%r2
	stctg	%c0,%c15,0x800(%r8)
	END
	STATE	"SSAR, the primary space"
	TEST	"SSAR, another space"
	lghi	%r2,8
	UNDER	DAT+A64
	ssar	%r2
	stctg	%c0,%c15,0x800(%r8)
	END
	STATE	"SSAR, another space"
	TEST	"SSAR, in secondary-space mode"
	lghi	%r2,6
	UNDER	DAT+SECONDARY+A64
	ssar	%r2
	llilf	%r7,0xf0000
	l	%r3,0(%r7)
	END
	TEST	"SSAR, no such number"
	lgfi	%r2,0x10042
	UNDER	DAT+A64
	ssar	%r2
	END
	TEST	"SSAR, space invalid"
	lghi	%r2,3
	UNDER	DAT+A64
	ssar	%r2
	END
	TEST	"SSAR, no authority"
	lghi	%r2,7
	UNDER	DAT+A64
	ssar	%r2
	END
	TEST	"SSAR, no ASN translation"
	CONTROL	14,0x67
	lghi	%r2,1
	UNDER	DAT+A64
	ssar	%r2
	END
	TEST	"SSAR, first table outside storage"
	CONTROL	14,0x0008fff8
	lghi	%r2,2
	UNDER	DAT+A64
	ssar	%r2
	END

	.macro	PARAMETERS name pkm sasn ax pasn how=0
	TEST	"\name"
	larl	%r7,4f
	lasp	0(%r7),\how
	ipm	%r2
	stctg	%c0,%c15,0x800(%r8)
	j	5f
	.balign	8
4:	.short	\pkm,\sasn,\ax,\pasn
5:
	END
	STATE	"\name"
	.endm
	PARAMETERS	"LASP, nothing new" 0x8000,2,9,1
	PARAMETERS	"LASP, given index" 0x8000,2,9,1,2
	PARAMETERS	"LASP, space 2" 0x1234,2,9,2
	PARAMETERS	"LASP, space 2 and 8" 0x1234,8,9,2
	PARAMETERS	"LASP, space 2 and 8 by an index without authority" 0x1234,8,0x10,2,2
	PARAMETERS	"LASP, space 2 and 8 without authorization" 0x1234,8,0x10,2,3
	PARAMETERS	"LASP, always translated" 0x1234,1,0,1,4
	PARAMETERS	"LASP, secondary the same, translated" 0x1234,2,0,1,4
	PARAMETERS	"LASP, secondary the same, not translated" 0x1234,2,0,1,1
	PARAMETERS	"LASP, no primary space" 0x1234,2,0,3
	PARAMETERS	"LASP, no such number" 0x1234,2,0,0x42
	PARAMETERS	"LASP, no secondary space" 0x1234,3,0,2
	PARAMETERS	"LASP, space-switch event" 0x1234,2,0,5
	TEST	"LASP in the problem state"
	UNDER	PROBLEM+A64
	lasp	0(%r8),0
	END
	TEST	"LASP, boundary"
	lasp	4(%r8),0
	END
	TEST	"LASP, no ASN translation"
	CONTROL	14,0x67
	lasp	0(%r8),0
	END
	TEST	"LASP, space left asks for the event"
	CONTROL	1,0x60240
	larl	%r7,4f
	lasp	0(%r7),0
	ipm	%r2
	j	5f
	.balign	8
4:	.short	0x1234,2,0,2
5:	END

# Access lists
	.macro	LIST name alet index=0x00080000
	TEST	"TAR, \name"
	llilf	%r7,\alet
	sar	%a7,%r7
	llilf	%r3,\index
	tar	%a7,%r3
	ipm	%r2
	END
	TEST	"access, \name"
	llilf	%r7,\alet
	sar	%a7,%r7
	CONTROL	8,\index
	llilf	%r7,0xf0000
	UNDER	DAT+ARMODE+A64
	l	%r2,0(%r7)
	mvhi	4(%r7),0x123
	l	%r3,4(%r7)
	END
	TEST	"LRA, \name"
	llilf	%r7,\alet
	sar	%a7,%r7
	CONTROL	8,\index
	llilf	%r7,0xf0000
	UNDER	DAT+ARMODE+A64
	lrag	%r2,0(%r7)
	ipm	%r3
	lra	%r4,0(%r7)
	tprot	0(%r7),0
	ipm	%r5
	END
	.endm
	LIST	"primary" 0
	LIST	"secondary" 1
	LIST	"reserved bits" 0x02050002
	LIST	"public" 0x00050002
	LIST	"of the primary space" 0x01050002
	LIST	"of the primary space, fetch only" 0x01050003
	LIST	"of the primary space, behind the end" 0x01050008
	LIST	"invalid" 0x00050003
	LIST	"sequence" 0x00050004
	LIST	"space invalid" 0x00050005
	LIST	"space's sequence" 0x00050006
	LIST	"private, own" 0x00050007
	LIST	"private, authorized" 0x00050008
	LIST	"private, behind the authority table" 0x00050008,0x00180000
	LIST	"private, not authorized" 0x00050009
	LIST	"private, primary authority alone" 0x0005000e
	LIST	"fetch only" 0x0005000a
	LIST	"space outside storage" 0x0005000c
	LIST	"behind the end" 0x00050010
	TEST	"TAR, register 0"
	llilf	%r7,0x00050002
	sar	%a0,%r7
	tar	%a0,%r3
	ipm	%r2
	END
	TEST	"access register 0 is the primary space"
	llilf	%r7,0x00050002
	sar	%a0,%r7
	UNDER	DAT+ARMODE+A64
	l	%r2,0x58(%r0)
	END
	TEST	"access, page missing"
	llilf	%r7,0x0005000b
	sar	%a7,%r7
	llilf	%r7,0xf1000
	UNDER	DAT+ARMODE+A64
	l	%r2,0(%r7)
	END
	TEST	"access, move from one space to another"
	llilf	%r7,0x00050002
	sar	%a7,%r7
	llilf	%r7,0x0005000b
	sar	%a10,%r7
	llilf	%r7,0xf0000
	llilf	%r10,0xf0000
	UNDER	DAT+ARMODE+A64
	mvc	8(4,%r7),0(%r10)
	mvc	12(4,%r7),0(%r7)
	lg	%r2,8(%r7)
	END
	TEST	"access, move to a fetch-only space"
	llilf	%r7,0x0005000a
	sar	%a7,%r7
	llilf	%r7,0xf0000
	UNDER	DAT+ARMODE+A64
	mvc	8(4,%r7),0(%r7)
	END
	TEST	"access, MVCK to a fetch-only space"
	llilf	%r7,0x0005000a
	sar	%a7,%r7
	llilf	%r7,0xf0000
	lghi	%r2,4
	UNDER	DAT+ARMODE+A64
	mvck	8(%r2,%r7),0(%r8),%r9
	END
	TEST	"access, MVCK, page missing"
	llilf	%r7,0x0005000b
	sar	%a7,%r7
	llilf	%r7,0xf1000
	lghi	%r2,4
	lghi	%r3,0
	UNDER	DAT+ARMODE+A64
	mvck	8(%r2,%r8),0(%r7),%r3
	END
	TEST	"access, MVCK, sequence"
	llilf	%r7,0x00050004
	sar	%a7,%r7
	llilf	%r7,0xf1000
	lghi	%r2,4
	lghi	%r3,0
	UNDER	DAT+ARMODE+A64
	mvck	8(%r2,%r8),0(%r7),%r3
	END
	TEST	"access, list outside storage"
	lgfi	%r7,DUCT
	iilf	%r2,0x7ffff001
	st	%r2,16(%r7)
	llilf	%r7,0x00050002
	sar	%a7,%r7
	llilf	%r7,0xf0000
	UNDER	DAT+ARMODE+A64
	l	%r2,0(%r7)
	END

# 360 entries and indices by chance: each byte is a condition code.
	TEST	"TAR, by chance"
	lgfi	%r7,LISTS+0x20			# entry 2
	llilf	%r2,0x12345678
	llilf	%r3,0x41c64e6d
	llilf	%r4,0x00050002
	sar	%a4,%r4
	lhi	%r10,0
3:	msr	%r2,%r3
	ahi	%r2,12345
	xc	0(16,%r7),0(%r7)
	lr	%r5,%r2
	srl	%r5,4
	nill	%r5,0x3
	nilh	%r5,0
	stc	%r5,0(%r7)			# private, fetch only
	tmlh	%r2,0x7000
	jnz	2f
	oi	0(%r7),0x80			# invalid
2:	mvi	1(%r7),5
	tmlh	%r2,0x0e00
	jnz	2f
	mvi	1(%r7),6			# sequence
2:	lr	%r5,%r2
	srl	%r5,8
	nill	%r5,3
	nilh	%r5,0
	ahi	%r5,8
	sth	%r5,2(%r7)			# index
	lr	%r5,%r2
	srl	%r5,10
	nill	%r5,15
	nilh	%r5,0
	sll	%r5,6
	lgfi	%r6,AST
	ar	%r6,%r5
	st	%r6,8(%r7)			# space
	mvc	12(4,%r7),20(%r6)
	tmll	%r2,0xe000
	jnz	2f
	oi	12(%r7),0x10			# its sequence
2:	lr	%r5,%r2
	srl	%r5,16
	nill	%r5,31
	nilh	%r5,0
	sll	%r5,16
	tar	%a4,%r5
	ipm	%r5
	srl	%r5,28
	la	%r6,0x200(%r10,%r8)
	stc	%r5,0(%r6)
	ahi	%r10,1
	chi	%r10,360
	jl	3b
	END
	PIECE	"TAR, by chance, codes" DATA+0x200
	PIECE	"TAR, by chance, more codes" DATA+0x278
	PIECE	"TAR, by chance, last codes" DATA+0x2f0

# Spaces and the home space
	TEST	"SAC home, space-switch event"
	CONTROL	13,0x63040
	UNDER	DAT+A64
	sac	0x300
	END
	TEST	"SAC home, space-switch event of the primary space"
	CONTROL	1,0x60240
	UNDER	DAT+A64
	sac	0x300
	END
	TEST	"SAC from home, space-switch event"
	CONTROL	13,0x63040
	UNDER	DAT+HOME+A64
	sac	0
	END
	TEST	"SACF from home, space-switch event of the primary space"
	CONTROL	1,0x60240
	UNDER	DAT+HOME+A64
	sacf	0
	END
	TEST	"SAC home in home-space mode, no event"
	CONTROL	13,0x63040
	UNDER	DAT+HOME+A64
	sac	0x300
	END

# Subspaces
	.macro	GROUP name alet mode=A31
	TEST	"\name"
	llilf	%r7,\alet
	sar	%a7,%r7
	larl	%r7,4f
	oilh	%r7,0x8000
	UNDER	DAT+\mode
	bsg	%r3,%r7
	svc	254
4:	stctg	%c0,%c15,0x800(%r8)
	llilf	%r7,0xf0000
	l	%r2,0(%r7)
	END
	STATE	"\name"
	PIECE	"\name, control table" DUCT
	.endm
	GROUP	"BSG, base space" 0
	GROUP	"BSG, base space by the list" 0x0005000d
	GROUP	"BSG, last subspace, none" 1
	GROUP	"BSG, subspace" 0x0005000b
	GROUP	"BSG, subspace, sequence does not count" 0x0007000b
	GROUP	"BSG, not of the group" 0x00050002
	GROUP	"BSG, another base space" 0x0005000f
	GROUP	"BSG, space invalid" 0x00050005
	GROUP	"BSG, token" 0x02000002
	TEST	"BSG, in 64-bit mode"
	llilf	%r7,0x0005000b
	sar	%a7,%r7
	larl	%r7,4f
	UNDER	DAT+A64
	bsg	%r3,%r7
	svc	254
4:	stctg	%c0,%c15,0x800(%r8)
	END
	STATE	"BSG, in 64-bit mode"
	TEST	"BSG without DAT"
	bsg	%r3,%r7
	END
	TEST	"BSG, other primary space"
	CONTROL	5,ASTE2
	UNDER	DAT+A31
	bsg	%r3,%r7
	END
	.macro	ACTIVE sequence=0x66
	lgfi	%r7,DUCT
	iilf	%r2,0x80000000+AST+0x180
	st	%r2,4(%r7)
	lghi	%r2,\sequence
	st	%r2,12(%r7)
	.endm
	TEST	"BSG, last subspace"
	ACTIVE
	lghi	%r7,1
	sar	%a7,%r7
	larl	%r7,4f
	oilh	%r7,0x8000
	UNDER	DAT+A31
	bsg	%r0,%r7
	svc	254
4:	stctg	%c0,%c15,0x800(%r8)
	END
	STATE	"BSG, last subspace"
	TEST	"BSG, last subspace, sequence"
	ACTIVE	0x67
	lghi	%r7,1
	sar	%a7,%r7
	larl	%r7,4f
	UNDER	DAT+A31
	bsg	%r0,%r7
4:	END
	TEST	"PC and PR, subspace active"
	ACTIVE
	UNDER	DAT+A64
	pc	16
	stctg	%c0,%c15,0x800(%r8)
	END
	STATE	"PC and PR, subspace active"
	TEST	"PC and PR, subspace active, sequence"
	ACTIVE	0x67
	UNDER	DAT+A64
	pc	16
	END

# Reduced authority
	TEST	"BSA, to reduced authority"
	larl	%r7,4f
	oilh	%r7,0x8000
	llilf	%r3,0x00c00080
	UNDER	DAT+A31
	bsa	%r3,%r7
	svc	254
4:	END
	PIECE	"BSA, to reduced authority, control table" DUCT
	TEST	"BSA, there and back"
	larl	%r7,4f
	oilh	%r7,0x8000
	llilf	%r3,0x00c00080
	UNDER	DAT+A31
	bsa	%r3,%r7
	stctg	%c0,%c15,0x800(%r8)
	svc	255
4:	bsa	%r4,%r0
	END
	STATE	"BSA, there and back"
	PIECE	"BSA, there and back, control table" DUCT
	TEST	"BSA, there and back in 64-bit mode"
	larl	%r7,4f
	llilf	%r3,0x00c00080
	UNDER	DAT+A64
	bsa	%r3,%r7
	stctg	%c0,%c15,0x800(%r8)
	svc	255
4:	bsa	%r4,%r0
	END
	STATE	"BSA, there and back in 64-bit mode"
	PIECE	"BSA, there and back in 64-bit mode, control table" DUCT
	TEST	"BSA back, nothing reduced"
	bsa	%r4,%r0
	END
	TEST	"BSA twice"
	larl	%r7,4f
	llilf	%r3,0x00c00080
	UNDER	DAT+A64
	bsa	%r3,%r7
4:	bsa	%r3,%r7
	END
	TEST	"BSA, key without authority"
	larl	%r7,4f
	llilf	%r3,0x00c00010
	UNDER	DAT+PROBLEM+A64
	bsa	%r3,%r7
4:	END
	TEST	"BSA, control table outside storage"
	CONTROL	2,0x7ffff000
	bsa	%r3,%r7
	END
	TEST	"BSA, control table low and protected"
	CONTROL	2,0x40
	CONTROL	0,CR0+0x10000000
	bsa	%r3,%r7
	END

# Tracing: the table is behind the data
	.set	TABLE,DATA+0x900
	.macro	TRACED name
	PIECE	"\name, trace table" TABLE
	.endm
	.set	BRANCHES,0x8000000000000000
	.set	SPACES,2
	TEST	"branches traced"
	larl	%r7,4f
	larl	%r10,5f
	larl	%r11,6f
	oilh	%r10,0x8000
	iihf	%r2,0x10
	CONTROL	12,TABLE+BRANCHES
	basr	%r3,%r7
4:	basr	%r3,%r0
	bassm	%r4,%r10
5:	balr	%r5,%r11
6:	sam64
	stctg	%c0,%c15,0x800(%r8)
	END
	STATE	"branches traced"
	TRACED	"branches traced"
	TEST	"branches traced, 24-bit and far"
	larl	%r7,4f
	llilf	%r10,0x80000000
	iihf	%r10,0x12345
	CONTROL	12,TABLE+BRANCHES
	UNDER	0
	basr	%r3,%r7
4:	sam64
	basr	%r3,%r10
	END
	TRACED	"branches traced, 24-bit and far"
	TEST	"BAKR traced"
	larl	%r7,4f
	CONTROL	12,TABLE+BRANCHES
	UNDER	DAT+A64
	bakr	%r0,%r7
4:	bakr	%r0,%r0
	stctg	%c0,%c15,0x800(%r8)
	END
	STATE	"BAKR traced"
	TRACED	"BAKR traced"
	TEST	"PC and PR traced"
	CONTROL	12,TABLE+SPACES
	UNDER	DAT+A64
	pc	16
	stctg	%c0,%c15,0x800(%r8)
	END
	STATE	"PC and PR traced"
	TRACED	"PC and PR traced"
	TEST	"PC and PR traced, 31-bit and problem state"
	CONTROL	12,TABLE+SPACES
	UNDER	DAT+PROBLEM+A31
	pc	17
	pc	16
	END
	TRACED	"PC and PR traced, 31-bit and problem state"
	TEST	"PC that fails traced"
	CONTROL	12,TABLE+SPACES
	UNDER	DAT+A64
	pc	0x101
	END
	TRACED	"PC that fails traced"
	TEST	"PT and SSAR traced"
	CONTROL	12,TABLE+SPACES
	lghi	%r2,8
	UNDER	DAT+A64
	ssar	%r2
	pc	23
	END
	TRACED	"PT and SSAR traced"
	TEST	"PT traced in 31-bit mode"
	CONTROL	12,TABLE+SPACES
	larl	%r3,called
	oilh	%r3,0x8000
	lgfi	%r2,0x00c00002
	UNDER	DAT+A31
	pt	%r2,%r3
	END
	TRACED	"PT traced in 31-bit mode"
	TEST	"BSG traced"
	CONTROL	12,TABLE+SPACES+BRANCHES
	llilf	%r7,0x0005000b
	sar	%a7,%r7
	larl	%r7,4f
	oilh	%r7,0x8000
	UNDER	DAT+A31
	bsg	%r3,%r7
4:	END
	TRACED	"BSG traced"
	.set	MODES,0x4000000000000000
	TEST	"modes traced"
	bras	%r7,3f
3:	la	%r7,4f-3b(%r7)
	la	%r10,5f-4f(%r7)
	oilh	%r10,0x8000
	la	%r11,6f-4f(%r7)
	oill	%r11,1
	CONTROL	12,TABLE+MODES
	sam31
	sam24
	sam64
	bsm	%r0,%r10
4:	svc	254
5:	bassm	%r5,%r11
	svc	253
6:	bassm	%r5,%r10
	END
	TRACED	"modes traced"
	TEST	"modes and branches traced"
	bras	%r7,3f
3:	la	%r7,4f-3b(%r7)
	la	%r10,5f-4f(%r7)
	oilh	%r10,0x8000
	la	%r11,6f-4f(%r7)
	oill	%r11,1
	CONTROL	12,TABLE+MODES+BRANCHES
	sam31
	sam64
	bassm	%r5,%r10
4:	svc	254
5:	bassm	%r5,%r11
	svc	253
6:	sam31
	bassm	%r5,%r10
	END
	TRACED	"modes and branches traced"
	TEST	"modes of PC and PR traced"
	CONTROL	12,TABLE+MODES+SPACES
	UNDER	DAT+A31
	pc	16
	END
	TRACED	"modes of PC and PR traced"
	TEST	"modes of PC and PR traced, not spaces"
	CONTROL	12,TABLE+MODES
	UNDER	DAT+A31
	pc	16
	END
	TRACED	"modes of PC and PR traced, not spaces"
	TEST	"modes of PR traced, branch entry"
	larl	%r10,4f
	oilh	%r10,0x8000
	CONTROL	12,TABLE+MODES
	UNDER	DAT+A64
	bakr	%r10,%r0
	pr
4:	END
	TRACED	"modes of PR traced, branch entry"
	TEST	"trace table full"
	CONTROL	12,DATA+0xff8+SPACES
	UNDER	DAT+A64
	pc	10
	END
	TEST	"trace table outside storage"
	CONTROL	12,0x7ffff000+SPACES
	UNDER	DAT+A64
	pc	10
	END
	TEST	"trace table low and protected"
	CONTROL	0,CR0+0x10000000
	CONTROL	12,0x80+SPACES
	UNDER	DAT+A64
	pc	10
	END
	FINISHED

other_cpu:
	j	.
