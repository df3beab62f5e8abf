# Facilities of the control chapter up to the z196: enhanced DAT, DAT
# enhancement, key setting, frame management, parsing.

	.include "frame.s"

	.set	AFP,0x40000
	.set	ENHANCED,0x800000
	.set	REGION,0x60000
	.set	SEGMENTS,0x61000
	.set	PAGES,0x64000
	.set	FRAME,0x200000		# what the segments lead to

	.balign	8
controls:
	.quad	AFP+ENHANCED			# 0
	.quad	REGION+7			# 1: primary, region-third table
	.quad	0
	.quad	0
	.quad	0
	.quad	0
	.quad	0
	.quad	SEGMENTS+3			# 7: secondary, segment table
	.quad	0
	.quad	0,0,0
	.quad	0
	.quad	0x6200b				# 13: home, region-second table
	.quad	0
	.quad	0

	.section .tables,"a"
region_third:					# 60000
	.quad	SEGMENTS+7,0x24,SEGMENTS+0x207,0x24
	.fill	2048-4,8,0x24
	.org	0x4000
pages:						# 64000
	.set	page,0
	.rept	0x100
	.quad	page
	.set	page,page+0x1000
	.endr

	.data
	.quad	0x0123456789abcdef,0xfedcba9876543210
	.fill	0x3ff0,1,0x5a

	.text
# The segment table and the page table as they are before a case.
tables:
	llilf	%r7,SEGMENTS
	larl	%r1,segment_entries
	mvc	0(segment_count*8,%r7),0(%r1)
	lghi	%r1,0x20
	stg	%r1,0x3ff0(%r7)			# entries 2046 and 2047
	stg	%r1,0x3ff8(%r7)
	llilf	%r7,REGION
	lghi	%r1,SEGMENTS-0x60000+7
	oilh	%r1,6
	stg	%r1,0(%r7)
	mvghi	8(%r7),0x24
	llilf	%r7,PAGES
	lghi	%r1,0
0:	stg	%r1,0(%r7)
	aghi	%r7,8
	aghi	%r1,0x1000
	clgfi	%r1,0x100000
	jl	0b
	br	%r14
	.balign	8
segment_entries:
	.quad	PAGES				# 0
	.quad	FRAME+0x400			# 1: a frame
	.quad	FRAME+0x600			# 2: protected
	.quad	FRAME+0x13400			# 3: key 3
	.quad	FRAME+0x13c00			# 4: key 3, fetch protection
	.quad	FRAME+0x410			# 5: common
	.quad	FRAME+0x420			# 6: invalid
	.quad	0x7ff00400			# 7: outside storage
	.quad	0x400				# 8: absolute 0
	.quad	PAGES				# 9: pages
	.quad	FRAME+0x500			# A: change-recording override
	.quad	FRAME+0x404			# B: not a segment's
	.quad	FRAME+0xfd400			# C: reserved bits, key 13
	.quad	FRAME+0x3400			# D: a key that is not valid
	.quad	0x20,0x20,0x20
	.set	segment_count,(.-segment_entries)/8

	.macro	START name
	CASE	"\name"
	brasl	%r14,tables
	.endm

cases:
	START	"what frames hold"
	llilf	%r7,FRAME
	mvghi	8(%r7),0x1111
	llilf	%r1,DATA
	stg	%r1,0(%r7)			# a page-table entry, without enhanced DAT
	aghi	%r7,0x4560
	mvghi	0(%r7),0x2222
	END

# Frames
	START	"frame, fetch"
	UNDER	DAT+A64
	llilf	%r7,0x104560
	lg	%r2,0(%r7)
	END
	START	"frame, store, at its end"
	UNDER	DAT+A64
	llilf	%r7,0x1ffff8
	stg	%r2,0(%r7)
	llilf	%r7,FRAME+0xffff8
	UNDER	A64
	lg	%r3,0(%r7)
	END
	START	"frame, across the end into the next one"
	UNDER	DAT+A64
	llilf	%r7,0x1ffffc
	lg	%r3,0(%r7)
	END
	START	"without the control the format is not looked at"
	CONTROL	0,AFP
	UNDER	DAT+A64
	llilf	%r7,0x100008
	lg	%r2,0(%r7)
	END
	START	"frame, protected"
	UNDER	DAT+A64
	llilf	%r7,0x200000
	lg	%r2,8(%r7)
	stg	%r3,8(%r7)
	END
	START	"frame, key 3, fetched under key 5"
	UNDER	DAT+A64
	llilf	%r7,0x300000
	spka	0x50
	lg	%r2,8(%r7)
	END
	START	"frame, key 3, stored into under key 5"
	UNDER	DAT+A64
	llilf	%r7,0x300000
	spka	0x50
	stg	%r2,8(%r7)
	END
	START	"frame, key 3, stored into under key 3"
	UNDER	DAT+A64
	llilf	%r7,0x305000
	spka	0x30
	stg	%r2,8(%r7)
	spka	0
	lg	%r3,8(%r7)
	END
	START	"frame, key 3, stored into under key 0"
	UNDER	DAT+A64
	llilf	%r7,0x305000
	stg	%r2,8(%r7)
	END
	START	"frame, fetch-protected"
	UNDER	DAT+A64
	llilf	%r7,0x400000
	spka	0x50
	lg	%r2,8(%r7)
	END
	START	"frame, fetch-protected, instruction"
	UNDER	DAT+A64
	llilf	%r7,0x400000
	spka	0x50
	br	%r7
	END
	START	"frame, the storage key does not matter"
	llilf	%r7,FRAME
	lghi	%r2,0x58
	sske	%r2,%r7
	UNDER	DAT+A64
	llilf	%r7,0x300000
	spka	0x30
	lg	%r3,8(%r7)
	END
	START	"frame, the storage key matters where the entry has none"
	UNDER	DAT+A64
	llilf	%r7,0xd00000
	spka	0x30
	lg	%r3,8(%r7)
	END
	START	"frame, reference and change bits are the storage key's"
	llilf	%r7,FRAME
	lghi	%r2,0
	sske	%r2,%r7
	UNDER	DAT+A64
	llilf	%r6,0x300000
	lg	%r3,8(%r6)
	iske	%r4,%r7
	stg	%r3,8(%r6)
	iske	%r5,%r7
	END
	START	"frame, common segment"
	UNDER	DAT+A64
	llilf	%r7,0x500000
	lg	%r2,8(%r7)
	END
	START	"frame, common segment in a private space"
	CONTROL	1,REGION+0x107
	UNDER	DAT+A64
	llilf	%r7,0x500000
	lg	%r2,8(%r7)
	END
	START	"frame in a private space"
	CONTROL	1,REGION+0x107
	UNDER	DAT+A64
	llilf	%r7,0x100000
	lg	%r2,8(%r7)
	END
	START	"frame, invalid"
	UNDER	DAT+A64
	llilf	%r7,0x600000
	lg	%r2,8(%r7)
	END
	START	"frame outside storage"
	UNDER	DAT+A64
	llilf	%r7,0x700000
	lg	%r2,8(%r7)
	END
	START	"frame, change-recording override"
	UNDER	DAT+A64
	llilf	%r7,0xa00000
	lg	%r2,8(%r7)
	stg	%r2,8(%r7)
	END
	START	"frame, table type"
	UNDER	DAT+A64
	llilf	%r7,0xb00000
	lg	%r2,8(%r7)
	END
	START	"frame, reserved bits"
	UNDER	DAT+A64
	llilf	%r7,0xc00000
	lg	%r2,8(%r7)
	END
	START	"frame, invalid, table type"
	llilf	%r7,SEGMENTS
	mvghi	0x58(%r7),0x424
	UNDER	DAT+A64
	llilf	%r7,0xb00000
	lg	%r2,8(%r7)
	END
	START	"region protection"
	llilf	%r7,REGION
	llilf	%r1,SEGMENTS+0x207
	stg	%r1,8(%r7)
	UNDER	DAT+A64
	llilf	%r7,0x80900000+DATA
	lg	%r2,0(%r7)
	stg	%r2,0x18(%r7)
	END
	START	"region protection, frame"
	llilf	%r7,REGION
	llilf	%r1,SEGMENTS+0x207
	stg	%r1,8(%r7)
	UNDER	DAT+A64
	llilf	%r7,0x80100000
	lg	%r2,8(%r7)
	stg	%r2,8(%r7)
	END
	START	"region protection, without the control"
	llilf	%r7,REGION
	llilf	%r1,SEGMENTS+0x207
	stg	%r1,8(%r7)
	CONTROL	0,AFP
	UNDER	DAT+A64
	llilf	%r7,0x80900000+DATA
	lg	%r2,0(%r7)
	stg	%r2,0x18(%r7)
	END
	START	"low-address protection in a frame"
	CONTROL	0,AFP+ENHANCED+0x10000000
	CONTROL	1,0x61003
	llilf	%r7,SEGMENTS
	mvghi	0(%r7),0x400
	UNDER	DAT+A64
	stg	%r2,0x50
	END

# Addresses of page-table entries
	.macro	ENTRY name mask address
	START	"LPTEA, \name"
	UNDER	DAT+A64
	llihf	%r2,0x55555555
	llihf	%r7,\address>>32
	iilf	%r7,\address&0xffffffff
	lptea	%r2,%r0,%r7,\mask
	END
	.endm
	ENTRY	"page table" 0 0x4560
	ENTRY	"another segment" 0 0x9ff000
	ENTRY	"frame" 0 0x104560
	ENTRY	"protected frame" 0 0x204560
	ENTRY	"invalid segment" 0 0x604560
	ENTRY	"not a segment's entry" 0 0xb04560
	ENTRY	"invalid region" 0 0x80000000
	ENTRY	"protected region" 0 0x100104560
	ENTRY	"page table in a protected region" 0 0x100004560
	ENTRY	"beyond the table" 0 0x7ffffffffff
	ENTRY	"too long" 0 0x40000000000
	ENTRY	"secondary" 2 0x4560
	ENTRY	"secondary, too long" 2 0x80000000
	ENTRY	"home" 3 0x4560
	ENTRY	"current" 4 0x4560
	ENTRY	"mask" 5 0x4560
	ENTRY	"access register" 1 0x4560
	START	"LPTEA, access register, no list"
	iilf	%r1,0x7
	sar	%a7,%r1
	UNDER	DAT+A64
	lghi	%r2,-1
	llilf	%r7,0x4560
	lptea	%r2,%r0,%r7,1
	END
	START	"LPTEA, bad token"
	iilf	%r1,0x80000007
	sar	%a7,%r1
	UNDER	DAT+A64
	lghi	%r2,-1
	llilf	%r7,0x4560
	lptea	%r2,%r0,%r7,1
	END
	START	"LPTEA, protected segment"
	llilf	%r7,SEGMENTS
	llilf	%r1,PAGES+0x200
	stg	%r1,0(%r7)
	UNDER	DAT+A64
	llilf	%r7,0x4560
	lptea	%r2,%r0,%r7,0
	END
	START	"LPTEA, no enhanced DAT"
	CONTROL	0,AFP
	UNDER	DAT+A64
	llilf	%r7,0x204560
	lptea	%r2,%r0,%r7,0
	END
	START	"LPTEA, real space"
	CONTROL	7,0x20
	UNDER	DAT+A64
	llilf	%r7,0x4560
	lptea	%r2,%r0,%r7,2
	END
	START	"LPTEA without DAT"
	llilf	%r7,0x104560
	lptea	%r2,%r0,%r7,4
	END
	START	"LPTEA in the problem state"
	UNDER	0x0001000180000000
	lptea	%r2,%r0,%r7,0
	END

# Real addresses of frames
	START	"LRAG, frame"
	UNDER	DAT+A64
	llilf	%r7,0x104560
	lrag	%r2,7(%r7)
	END
	START	"LRA, frame"
	UNDER	DAT+A31
	llilf	%r7,0x104560
	lra	%r2,7(%r7)
	END
	START	"LRAG, invalid frame"
	UNDER	DAT+A64
	llilf	%r7,0x604560
	lrag	%r2,7(%r7)
	END
	START	"STRAG, frame"
	UNDER	DAT+A64
	llilf	%r7,0x104560
	strag	0x100(%r8),7(%r7)
	lg	%r2,0x100(%r8)
	END
	START	"LRAG and a prefix"
	llilf	%r2,0x80000
	st	%r2,0x100(%r8)
	lgfi	%r7,0x80000
	mvc	0(256,%r7),0
	mvc	0x100(256,%r7),0x100
	mvc	0x800(256,%r7),0x800
	mvc	0x900(256,%r7),0x900
	mvghi	0xa00,0x3333
	mvghi	0xa00(%r7),0x4444
	spx	0x100(%r8)
	UNDER	DAT+A64
	llilf	%r7,0x800000
	lrag	%r2,0xa00(%r7)
	lg	%r3,0xa00(%r7)
	lg	%r4,0xa00
	END
	lg	%r1,RECORDS
	mvhi	0x100(%r8),0
	spx	0x100(%r8)
	stg	%r1,RECORDS
	START	"TPROT, frame"
	UNDER	DAT+A64
	llilf	%r7,0x104560
	tprot	0(%r7),0
	END
	START	"TPROT, frame, protected"
	UNDER	DAT+A64
	llilf	%r7,0x204560
	tprot	0(%r7),0
	END
	START	"TPROT, frame, key 3 for key 5"
	UNDER	DAT+A64
	llilf	%r7,0x304560
	tprot	0(%r7),0x50
	END
	START	"TPROT, frame, fetch protection for key 5"
	UNDER	DAT+A64
	llilf	%r7,0x404560
	tprot	0(%r7),0x50
	END
	START	"TPROT, frame, fetch protection for key 3"
	UNDER	DAT+A64
	llilf	%r7,0x404560
	tprot	0(%r7),0x30
	END
	START	"IVSK, frame"
	UNDER	DAT+A64
	llilf	%r7,0x404560
	lghi	%r2,-1
	ivsk	%r2,%r7
	END
	START	"IVSK, frame, the entry's key not valid"
	UNDER	DAT+A64
	llilf	%r7,0xd00560
	lghi	%r2,-1
	ivsk	%r2,%r7
	END
	START	"MVCOS under the key of a frame"
	CONTROL	0,AFP+ENHANCED+0x4000000
	UNDER	DAT+A64
	llilf	%r0,0x50020000
	lghi	%r2,8
	llilf	%r7,0x300000
	mvcos	0(%r7),0(%r8),%r2
	END

# Invalidation
	START	"IDTE, segment"
	llilf	%r4,SEGMENTS
	UNDER	DAT+A64
	llilf	%r7,0x104560
	lg	%r2,0(%r7)
	llilf	%r5,0x100000
	idte	%r4,%r0,%r5
	UNDER	A64
	lg	%r3,8(%r4)
	lg	%r6,16(%r4)
	UNDER	DAT+A64
	lg	%r2,0(%r7)
	END
	START	"IDTE, two segments more"
	llilf	%r4,SEGMENTS
	UNDER	DAT+A64
	llilf	%r7,0x304560
	lg	%r2,0(%r7)
	llilf	%r5,0x100002
	idte	%r4,%r0,%r5
	UNDER	A64
	lg	%r3,8(%r4)
	lg	%r6,24(%r4)
	UNDER	DAT+A64
	lg	%r2,0(%r7)
	END
	START	"IDTE, the segment behind is as it was"
	llilf	%r4,SEGMENTS
	UNDER	DAT+A64
	llilf	%r7,0x304560
	lg	%r2,0(%r7)
	llilf	%r5,0x100001
	idte	%r4,%r0,%r5
	lg	%r2,0(%r7)
	END
	START	"IDTE, beyond the last entry"
	llilf	%r4,SEGMENTS
	llilf	%r5,0x7fe00003
	idte	%r4,%r0,%r5
	lg	%r2,0x3ff0(%r4)
	lg	%r3,0x3ff8(%r4)
	lg	%r5,0(%r4)
	lg	%r6,8(%r4)
	END
	START	"IDTE, addresses of regions do not matter for a segment"
	llilf	%r4,SEGMENTS
	llilf	%r5,0x100000
	oihl	%r5,0xffff
	idte	%r4,%r0,%r5
	lg	%r2,8(%r4)
	END
	START	"IDTE, region-third entry in use"
	llilf	%r4,REGION+4
	llilf	%r6,REGION
	llilf	%r1,SEGMENTS+7
	stg	%r1,8(%r6)
	UNDER	DAT+A64
	llilf	%r7,0x80104560
	lg	%r2,0(%r7)
	llilf	%r5,0x80000000
	idte	%r4,%r0,%r5
	UNDER	A64
	lg	%r3,8(%r6)
	UNDER	DAT+A64
	lg	%r2,0(%r7)
	END
	START	"IDTE, region-third entry 1"
	llilf	%r4,REGION+4
	llilf	%r6,REGION
	mvghi	8(%r6),0x4
	llilf	%r5,0x80000000
	idte	%r4,%r0,%r5
	lg	%r2,0(%r6)
	lg	%r3,8(%r6)
	END
	START	"IDTE, region-second entry 1"
	llilf	%r4,REGION+8
	llilf	%r6,REGION
	mvghi	8(%r6),0x8
	llihl	%r5,0x400
	idte	%r4,%r0,%r5
	lg	%r2,0(%r6)
	lg	%r3,8(%r6)
	END
	START	"IDTE, region-first entry 1"
	llilf	%r4,REGION+12
	llilf	%r6,REGION
	mvghi	8(%r6),0xc
	llihh	%r5,0x20
	idte	%r4,%r0,%r5
	lg	%r2,0(%r6)
	lg	%r3,8(%r6)
	END
	START	"IDTE, reserved bits"
	llilf	%r4,SEGMENTS
	llilf	%r5,0x101000
	idte	%r4,%r0,%r5
	END
	START	"IDTE, reserved bits, by ASCE"
	llilf	%r4,SEGMENTS
	llilf	%r5,0x80800
	lghi	%r3,0
	idte	%r4,%r3,%r5
	END
	START	"IDTE in the problem state"
	UNDER	PROBLEM+A64
	llilf	%r4,SEGMENTS
	llilf	%r5,0x101000
	idte	%r4,%r0,%r5
	END
	START	"IDTE, table outside storage"
	llilf	%r4,0x70000000
	llilf	%r5,0x100000
	idte	%r4,%r0,%r5
	END
	START	"IDTE by ASCE"
	llilf	%r4,SEGMENTS
	llilf	%r6,REGION+7
	UNDER	DAT+A64
	llilf	%r7,0x104560
	lg	%r2,0(%r7)
	oi	15(%r4),0x20
	lghi	%r5,0x800
	idte	%r0,%r6,%r5
	lg	%r3,0(%r7)
	END
	START	"IDTE by ASCE, other attributes"
	llilf	%r4,SEGMENTS
	llilf	%r6,REGION+0x2c4
	UNDER	DAT+A64
	llilf	%r7,0x104560
	lg	%r2,0(%r7)
	oi	15(%r4),0x20
	lghi	%r5,0x800
	idte	%r0,%r6,%r5
	lg	%r3,0(%r7)
	END
	START	"IDTE by ASCE invalidates nothing"
	llilf	%r4,SEGMENTS
	llilf	%r6,REGION+7
	lghi	%r5,0x801
	idte	%r4,%r6,%r5
	lg	%r2,0(%r4)
	llilf	%r5,REGION
	lg	%r3,0(%r5)
	END
	START	"IPTE drops what it names"
	llilf	%r4,PAGES
	UNDER	DAT+A64
	llilf	%r7,0x951000
	lg	%r2,0(%r7)
	lgr	%r5,%r7
	ipte	%r4,%r5
	UNDER	A64
	lg	%r3,0x288(%r4)
	UNDER	DAT+A64
	lg	%r2,0(%r7)
	END
	START	"IPTE in a segment that is not the first"
	llilf	%r4,PAGES
	oill	%r4,0x7ff
	llilf	%r5,0x1951fff
	ipte	%r4,%r5
	llilf	%r7,PAGES
	lg	%r3,0x288(%r7)
	lg	%r6,0x290(%r7)
	END
	START	"IPTE of a range"
	llilf	%r4,PAGES
	UNDER	DAT+A64
	llilf	%r7,0x953123
	lg	%r2,0(%r7)
	llilf	%r5,0x951123
	lghi	%r6,0x102
	ipte	%r4,%r5,%r6
	UNDER	A64
	lg	%r2,0x288(%r4)
	lg	%r3,0x298(%r4)
	UNDER	DAT+A64
	lg	%r0,0(%r7)
	END
	START	"IPTE of a range to the last entry"
	llilf	%r4,PAGES
	llilf	%r5,0x9fe000
	lghi	%r6,1
	ipte	%r4,%r5,%r6
	lg	%r2,0x7f0(%r4)
	lg	%r3,0x7f8(%r4)
	END
	START	"IPTE of a range behind the last entry"
	llilf	%r4,PAGES
	llilf	%r5,0x9fe000
	lghi	%r6,2
	ipte	%r4,%r5,%r6
	END
	START	"CSPG, equal"
	lg	%r2,0(%r8)
	cspg	%r2,%r8
	lg	%r4,0(%r8)
	stg	%r2,0(%r8)
	END
	START	"CSPG, equal, forgets"
	llilf	%r6,SEGMENTS
	UNDER	DAT+A64
	llilf	%r7,0x104560
	lg	%r2,0(%r7)
	lg	%r4,8(%r6)
	lghi	%r5,0x20
	aghi	%r6,8+1
	cspg	%r4,%r6
	lg	%r3,0(%r7)
	END
	START	"CSPG, not equal"
	cspg	%r4,%r8
	END
	START	"CSPG, bits that are not the address's"
	lgr	%r6,%r8
	oill	%r6,7
	lg	%r2,0(%r8)
	cspg	%r2,%r6
	lg	%r4,0(%r8)
	stg	%r2,0(%r8)
	END
	START	"CSPG, odd register"
	.short	0xb98a,0x0038
	END
	START	"CSPG in the problem state"
	UNDER	PROBLEM+A64
	cspg	%r2,%r8
	END

# Keys
	.macro	KEYED name old new mask
	START	"\name"
	lghi	%r2,\old
	sske	%r2,%r9
	lghi	%r3,\new
	sske	%r3,%r9,\mask
	lghi	%r4,0
	iske	%r4,%r9
	END
	.endm
	KEYED	"SSKE, no conditions" 0x36 0x10 0
	KEYED	"SSKE, quiescing not needed" 0x36 0x10 8
	KEYED	"SSKE, MR, equal" 0x36 0x36 4
	KEYED	"SSKE, MR, reference bit" 0x36 0x32 4
	KEYED	"SSKE, MR, change bit" 0x36 0x34 4
	KEYED	"SSKE, MC, reference bit" 0x36 0x32 2
	KEYED	"SSKE, MC, change bit" 0x36 0x34 2
	KEYED	"SSKE, MR and MC, both bits" 0x36 0x30 6
	KEYED	"SSKE, MR and MC, fetch protection" 0x36 0x38 6
	KEYED	"SSKE, MR and MC, access control" 0x36 0x46 6
	KEYED	"SSKE, bit 55 and 63" 0x36 0x1ff 6
	START	"SSKE, several blocks"
	llilf	%r7,FRAME+0xfd123
	lgr	%r6,%r7
	lghi	%r3,0x46
	sske	%r3,%r7,1
	lgr	%r2,%r7
	lghi	%r4,0
	iske	%r4,%r6
	llilf	%r7,FRAME+0xff000
	iske	%r5,%r7
	END
	START	"SSKE, several blocks, those around them"
	llilf	%r7,FRAME+0xfc000
	lghi	%r4,0
	iske	%r4,%r7
	llilf	%r7,FRAME+0x100000
	lghi	%r5,0
	iske	%r5,%r7
	END
	START	"SSKE, several blocks in 31-bit mode"
	UNDER	A31
	llilf	%r7,FRAME+0x800fd000
	iihl	%r7,0x1234
	lghi	%r3,0x56
	sske	%r3,%r7,1
	lgr	%r2,%r7
	END
	START	"SSKE, several blocks outside storage"
	llilf	%r7,0x4000000
	sske	%r3,%r7,1
	END

# Frames managed
	.macro	MANAGE name what where
	START	"\name"
	llilf	%r2,\what
	llilf	%r3,\where
	pfmf	%r2,%r3
	END
	.endm
	START	"PFMF, a small frame: key"
	llilf	%r2,0x20076
	llilf	%r3,FRAME+0x8000
	pfmf	%r2,%r3
	lghi	%r4,0
	iske	%r4,%r3
	END
	START	"PFMF, a small frame: cleared, its key stays"
	llilf	%r2,0x10076
	llilf	%r3,FRAME+0x4000
	lghi	%r1,0x60
	sske	%r1,%r3
	pfmf	%r2,%r3
	lghi	%r4,0
	iske	%r4,%r3
	lg	%r5,0x560(%r3)
	END
	START	"PFMF, a small frame: both"
	llilf	%r2,0x30070
	llilf	%r3,FRAME+0x4000
	mvghi	0x560(%r3),99
	pfmf	%r2,%r3
	lghi	%r4,0
	iske	%r4,%r3
	lg	%r5,0x560(%r3)
	END
	START	"PFMF, nothing"
	llilf	%r2,0x00070
	llilf	%r3,FRAME+0x4000
	pfmf	%r2,%r3
	END
	START	"PFMF, MR and MC"
	llilf	%r3,FRAME+0x4000
	lghi	%r4,0x76
	sske	%r4,%r3
	llilf	%r2,0x20670
	pfmf	%r2,%r3
	iske	%r4,%r3
	llilf	%r2,0x20270
	pfmf	%r2,%r3
	lghi	%r5,0
	iske	%r5,%r3
	END
	START	"PFMF, a large frame from its middle"
	llilf	%r2,0x310a0
	llilf	%r3,0x3fd000
	llilf	%r7,0x3fc000
	lghi	%r4,0x20
	sske	%r4,%r7
	mvghi	8(%r7),1
	stg	%r2,0x3ff8(%r7)
	pfmf	%r2,%r3
	iske	%r4,%r7
	lg	%r5,0x3ff8(%r7)
	llilf	%r7,0x3ff000
	lghi	%r6,0
	iske	%r6,%r7
	END
	START	"PFMF, large, what is before stays"
	llilf	%r7,0x3fc000
	lg	%r2,8(%r7)
	END
	START	"PFMF, large, in 31-bit mode"
	UNDER	A31
	llilf	%r2,0x310a0
	llilf	%r3,0x803fd000
	iihl	%r3,0x1234
	pfmf	%r2,%r3
	END
	MANAGE	"PFMF, 2 GB" 0x320a0 0x300000
	MANAGE	"PFMF, frame-size code 7" 0x370a0 0x300000
	MANAGE	"PFMF, bit 45" 0x70000 0x300000
	MANAGE	"PFMF, bit 32" 0x80030000 0x300000
	MANAGE	"PFMF, usage indication" 0x38000 0x300000
	MANAGE	"PFMF, quiescing not needed" 0x20800 0x300000
	MANAGE	"PFMF, outside storage" 0x30000 0x4000000
	MANAGE	"PFMF, large, outside storage" 0x31000 0x4000000
	MANAGE	"PFMF, not on a frame" 0x30000 0x300123
	START	"PFMF, bits 0-31 of the first register"
	llilf	%r2,0x30070
	oihf	%r2,0xffffffff
	llilf	%r3,FRAME+0x4000
	pfmf	%r2,%r3
	END
	START	"PFMF in the problem state"
	UNDER	PROBLEM+A64
	llilf	%r2,0xffffffff
	pfmf	%r2,%r3
	END
	START	"PFMF and low-address protection"
	CONTROL	0,AFP+0x10000000
	llilf	%r2,0x10000
	lghi	%r3,0x1000
	pfmf	%r2,%r3
	END
	START	"PFMF, key only, and low-address protection"
	CONTROL	0,AFP+0x10000000
	llilf	%r2,0x20000
	lghi	%r3,0x1000
	pfmf	%r2,%r3
	END
	START	"PFMF needs no control"
	CONTROL	0,AFP
	llilf	%r2,0x310a0
	llilf	%r3,0x3fd000
	pfmf	%r2,%r3
	END

# Time
	START	"PTFF, reserved bit"
	lghi	%r0,0x80
	lgr	%r1,%r8
	ptff
	END
	START	"PTFF, no such function"
	lghi	%r0,0x3f
	lgr	%r1,%r8
	ptff
	END
	START	"PTFF, control in the problem state"
	UNDER	PROBLEM+A64
	lghi	%r0,0x41
	lgr	%r1,%r8
	ptff
	END
	START	"PTFF, query in the problem state"
	UNDER	PROBLEM+A64
	lghi	%r0,3
	la	%r1,0x103(%r8)
	ptff
	END
	START	"PTFF, query, block outside storage"
	lghi	%r0,3
	llilh	%r1,0x7000
	ptff
	END
	START	"PTFF, the clock is the physical one and an offset"
	lghi	%r0,1
	la	%r1,0x100(%r8)
	ptff
	lg	%r2,0x110(%r8)
	lg	%r3,0x118(%r8)
	sgr	%r2,%r3
	lghi	%r3,0
	END
	START	"PTFF, nothing is steered"
	lghi	%r0,2
	la	%r1,0x100(%r8)
	ptff
	lg	%r2,0x118(%r8)
	lg	%r3,0x130(%r8)
	END
	START	"PTFF, available functions"
	lghi	%r0,0
	la	%r1,0x100(%r8)
	ptff
	lgb	%r2,0x100(%r8)
	srlg	%r2,%r2,4
	END
	START	"ECTG"
	mvghi	0x100(%r8),-1
	spt	0x100(%r8)
	la	%r2,8(%r8)
	ectg	0(%r8),3(%r8),%r2
	lgr	%r3,%r1
	END
	START	"ECTG, third operand outside storage"
	llilh	%r2,0x7000
	ectg	0(%r8),3(%r8),%r2
	END
	START	"ECTG in the problem state, register 1"
	UNDER	PROBLEM+A64
	la	%r1,8(%r8)
	ectg	0(%r8),0(%r8),%r1
	lgr	%r3,%r1
	END
	START	"LPP"
	lpp	0(%r8)
	END
	START	"LPP, not on a doubleword"
	lpp	4(%r8)
	END
	START	"LPP in the problem state"
	UNDER	PROBLEM+A64
	lpp	4(%r8)
	END

# Parsing
	.macro	PARSE name insn first length mask
	START	"\name"
	lgfi	%r1,DATA+0x2000
	lgr	%r7,%r1
	xc	0(256,%r7),0(%r7)
	mvc	0x100(256,%r7),0(%r7)
	mvc	0x200(256,%r7),0(%r7)
	mvi	0x41(%r7),7
	mvi	0x82(%r7),8
	mvi	0x83(%r7),9
	larl	%r6,text
	la	%r4,\first(%r6)
	lghi	%r5,\length
	lgr	%r0,%r4
	\insn	%r4,%r2,\mask
	sgr	%r4,%r0
	lghi	%r6,0
	END
	.endm
	START	"what is behind the tables of TRTE"
	lgfi	%r7,DATA+0x2000
	xc	0x300(256,%r7),0x300(%r7)
	END
	PARSE	"TRTE, one byte each" trte 0 16 0
	PARSE	"TRTE, not found" trte 0 5 0
	PARSE	"TRTE, no bytes" trte 0 0 0
	PARSE	"TRTE, function codes of two bytes" trte 0 16 4
	PARSE	"TRTE, arguments of two bytes" trte 2 14 8
	PARSE	"TRTE, arguments of two bytes, limit" trte 2 14 10
	PARSE	"TRTE, both of two bytes" trte 2 14 12
	PARSE	"TRTE, both of two bytes, limit" trte 2 14 14
	PARSE	"TRTE, odd length" trte 2 13 8
	PARSE	"TRTE, reserved bit of the mask" trte 0 16 1
	PARSE	"TRTRE, one byte each" trtre 15 16 0
	PARSE	"TRTRE, not found" trtre 4 5 0
	PARSE	"TRTRE, function codes of two bytes" trtre 15 16 4
	PARSE	"TRTRE, arguments of two bytes" trtre 14 14 8
	PARSE	"TRTRE, arguments of two bytes, limit" trtre 14 14 10
	PARSE	"TRTRE, both of two bytes, limit" trtre 14 14 14
	START	"TRTE, odd register"
	.short	0xb9bf,0x0032
	END
	START	"TRTE, table address in the right bits"
	lgfi	%r1,DATA+0x2007
	larl	%r4,text
	lghi	%r5,16
	lgr	%r0,%r4
	trte	%r4,%r2,0
	sgr	%r4,%r0
	END
	START	"TRTE in 31-bit mode"
	UNDER	A31
	lgfi	%r1,DATA+0x2000
	larl	%r4,text
	oihf	%r4,0x12345678
	lghi	%r5,16
	oihf	%r5,0x23456789
	lgr	%r0,%r4
	trte	%r4,%r2,0
	sgr	%r4,%r0
	END
	FINISHED
	.balign	16
text:
	.byte	1,2,3,4,0x20,0x11,0x41,0x42,0,0x41,0x22,0,0,1,2,3

other_cpu:
	j	.
