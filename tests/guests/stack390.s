# Program calls, address spaces and the linkage stack in ESA/390: entries of
# 168 bytes, words of registers, and tables of the dual-address-space facility
# when the address-space-function control is off. As stack.s otherwise.

	.include "frame390.s"

	.set	CR0,0x0cb50000		# spaces, extraction, format, AFP, functions
	.set	NO_FUNCTIONS,0x0cb40000
	.include "frame-tables.s"
	.set	SMALL_AST,0x69a00
	.set	SMALL_ENTRIES,0x6a800
	.set	HEADER1,0xf2ee0
	.set	LAST1,HEADER1+16+2*168
	.set	HEADER2,0xf4000
	.set	LAST2,HEADER2+16+168
	.set	REAL,0xf2000-0x5c000

	.balign	8
controls:
	.long	CR0,0x60200,DUCT,CR3,CR4,ASTE1,0,0x61000
	.long	0x00080000,0,0,0,0,0x63000,CR14,HEADER1+8

	.section .tables,"a"
	.macro	SEGMENT pages
	.long	\pages+15
	.fill	1023,4,0x20
	.endm
	SEGMENT	0x64000
	SEGMENT	0x64800
	SEGMENT	0x65000
	SEGMENT	0x65800
	.macro	PAGES own
	.set	page,0
	.rept	0xf0
	.long	page
	.set	page,page+0x1000
	.endr
	.long	\own
	.endm
	PAGES	0x58000
	.fill	15+256,4,0x400
	PAGES	0x59000
	.fill	15+256,4,0x400
	PAGES	0x5a000
	.fill	15+256,4,0x400
	PAGES	0x400
	.long	0x400,0x5c000,0x5d000,0x5e000,0x400,0x5f200
	.fill	9+256,4,0x400
	.org	0x6000
	.fill	0x5000,1,0

	.org	0xb000				# DUCT
	.long	ASTE1,0,0,0,LISTS+1,0,0,0,0,0,0,0,0,0,0,0
	.org	0xc000				# ASN first table
	.long	AST,SMALL_AST,AST+0x20
	.fill	1021,4,0x80000000
	.org	0xd000				# ASN second table
	.macro	ASTE authority index asce list sequence linkage=0 invalid=0
	.long	\authority+\invalid,\index<<16,\asce,\linkage,\list,\sequence,0,0
	.fill	8,4,0
	.endm
	.set	ALL,LISTS+0x400
	.set	NONE,LISTS+0x404
	.set	LTD,0x80000000+LINKAGE
	ASTE	ALL,0,0,0,0,0,0x80000000			# 0
	ASTE	ALL+1,4,0x60200,LISTS+0x200,0x11,LTD		# 1, base space
	ASTE	ALL,5,0x61000,0,0x10022,LTD			# 2
	ASTE	ALL,0,0,0,0x33,0,0x80000000			# 3, invalid
	ASTE	NONE,0,0x61000,0,0x44,LTD			# 4, no authority
	ASTE	ALL,4,0x80061000,0,0x55,LTD			# 5, space-switch event
	ASTE	ALL,4,0x62200,0,0x66,LTD			# 6, subspace
	ASTE	ALL+2,4,0x61000,0,0x77,LTD			# 7, bad
	.fill	16*56,4,0
	.org	0xe000				# access lists
	.macro	ALE flags index aste sequence
	.long	\flags+\index,0,\aste,\sequence
	.endm
	ALE	0x80000000,0,0,0
	ALE	0x80000000,0,0,0
	ALE	0x00050000,0,ASTE2,0x10022			# 2
	ALE	0x00060000,0,ASTE2,0x10022			# 3
	ALE	0x01050000,9,AST+0x100,0x44			# 4
	ALE	0x02050000,0,ASTE2,0x10022			# 5
	ALE	0x00050000,0,AST+0x180,0x66			# 6
	.org	0xe400
	.long	0xffffffff,0
	.org	0xe800				# linkage table
	.long	ENTRIES+7,SMALL_ENTRIES
	.fill	30,4,0x80000000
	.org	0xea00				# 16-byte space entries: 64, 65
	.long	ALL,4<<16,0x61000,LTD
	.long	0x80000000,0,0,0
	.org	0xf000				# entry table
	.macro	ENTRY to flags=0 asn=0 aste=0 akm=0x0040 ekm=0x0001
	.long	\akm<<16+\asn,\to,0x44444444,\ekm<<16,\flags,\aste,0,0
	.endm
	.set	STACKING,0x80000000
	.set	OPTIONS,0x1e50000d
	ENTRY	called+M31					# 0
	ENTRY	called+M31,0,2,ASTE2				# 1
	ENTRY	called						# 2
	ENTRY	called+M31,STACKING				# 3
	ENTRY	called+M31,STACKING,2,ASTE2			# 4
	ENTRY	tells+M31,STACKING+OPTIONS,2,ASTE2		# 5
	ENTRY	returns+M31,STACKING+OPTIONS,2,ASTE2		# 6
	ENTRY	returns,STACKING				# 7
	ENTRY	called+M31,STACKING,5,AST+0x140			# 8
	ENTRY	0x01000000+called				# 9
	ENTRY	called+M31,0,3,AST+0xc0				# 10
	ENTRY	transfers+M31,0,2,ASTE2				# 11
	.fill	20*32,1,0
	.org	0xf800				# 16-byte entries
	.long	0x00400000,called+M31,0x44444444,0x00010000	# 0
	.long	0x00400000+64,called+M31,0x44444444,0x00010000	# 1
	.long	0x00400000+65,called+M31,0x44444444,0x00010000	# 2
	.org	0x10000

	.text
fresh:
	WORD	%r2,DUCT
	WORD	%r3,0x5000
	WORD	%r4,DUCT+0x5000
	lr	%r5,%r3
	mvcl	%r2,%r4
	WORD	%r2,0x58000
	WORD	%r3,0x8000
	slr	%r5,%r5
	mvcl	%r2,%r4
	WORD	%r2,DATA
	lhi	%r3,0x1000
	slr	%r5,%r5
	mvcl	%r2,%r4
	WORD	%r2,0x58000
	mvi	0(%r2),0x11
	ahi	%r2,0x1000
	mvi	0(%r2),0x22
	ahi	%r2,0x1000
	mvi	0(%r2),0x66
	WORD	%r3,stack1
	WORD	%r2,HEADER1-REAL
	mvc	0(16,%r2),0(%r3)
	WORD	%r2,LAST1-REAL
	mvc	0(16,%r2),16(%r3)
	WORD	%r2,HEADER2-REAL
	mvc	0(16,%r2),32(%r3)
	WORD	%r2,LAST2-REAL
	mvc	0(16,%r2),48(%r3)
	lam	%a0,%a15,64(%r3)
	br	%r14

	.balign	8
parameters:
	.short	0x1234,6,9,2
stack1:	.long	0x77777777,0
	.byte	0x01,0x11
	.short	2*168,0,0
	.long	0,M31+HEADER2+8
	.byte	0x02,0x11
	.short	0,0,0
	.long	0x77777777,0
	.byte	0x01,0x22
	.short	168,0,0
	.long	0,0
	.byte	0x02,0x22
	.short	0,0,0
	.fill	16,4,0

	.macro	TEST name
	bras	%r14,fresh
	CASE	"\name"
	.endm
	.macro	STATE name
	PIECE	"\name, control registers" DATA+0x800
	.endm
	.macro	STACKED name at
	PIECE	"\name, entry" \at-REAL
	PIECE	"\name, entry, second part" \at-REAL+48
	.endm
	.set	FIRST,HEADER1+16

called:
	stctl	%c0,%c15,0x800(%r8)
	iac	%r6
	lr	%r5,%r14
	svc	255
tells:
	esar	%r3
	epar	%r5
	iac	%r6
	svc	255
returns:
	lm	%r2,%r6,0(%r8)
	lhi	%r7,0x777
	pr
	svc	254
transfers:
	lr	%r2,%r3
	pt	%r2,%r14
	svc	254

cases:
	TEST	"390 BAKR, no branch"
	sar	%a3,%r3
	UNDER	DAT
	bakr	%r0,%r0
	stctl	%c0,%c15,0x800(%r8)
	END
	STATE	"390 BAKR, no branch"
	STACKED	"390 BAKR, no branch" FIRST
	PIECE	"390 BAKR, no branch, header" HEADER1-REAL
	TEST	"390 BAKR and PR, 24-bit"
	WORD	%r10,4f
	WORD	%r11,5f
	UNDER	DAT+ARMODE
	bakr	%r10,%r11
	svc	254
5:	sac	0
	lhi	%r2,2
	pr
	svc	253
4:	stctl	%c0,%c15,0x800(%r8)
	svc	255
	END
	STATE	"390 BAKR and PR, 24-bit"
	STACKED	"390 BAKR and PR, 24-bit" FIRST
	TEST	"390 BAKR, second entry across a page"
	UNDER	DAT
	bakr	%r0,%r0
	lhi	%r2,2
	bakr	%r0,%r0
	stctl	%c0,%c15,0x800(%r8)
	END
	STATE	"390 BAKR, second entry across a page"
	STACKED	"390 BAKR, second entry across a page" FIRST+168
	TEST	"390 BAKR, third entry in the next section"
	UNDER	DAT
	bakr	%r0,%r0
	bakr	%r0,%r0
	bakr	%r0,%r0
	lhi	%r2,3
	ereg	%r2,%r4
	stctl	%c0,%c15,0x800(%r8)
	END
	STATE	"390 BAKR, third entry in the next section"
	STACKED	"390 BAKR, third entry in the next section" HEADER2+16
	PIECE	"390 BAKR, third entry in the next section, header" HEADER2-REAL
	TEST	"390 BAKR, stack full"
	UNDER	DAT
	bakr	%r0,%r0
	bakr	%r0,%r0
	bakr	%r0,%r0
	bakr	%r0,%r0
	END
	TEST	"390 BAKR and PR through three entries"
	WORD	%r10,M31+4f
	WORD	%r11,M31+5f
	WORD	%r12,M31+6f
	UNDER	DAT
	bakr	%r10,%r0
	bakr	%r11,%r0
	lhi	%r2,1
	bakr	%r12,%r0
	lhi	%r2,2
	pr
6:	lr	%r4,%r2
	pr
5:	pr
	svc	253
4:	stctl	%c0,%c15,0x800(%r8)
	svc	255
	END
	STATE	"390 BAKR and PR through three entries"
	PIECE	"390 BAKR and PR through three entries, header" HEADER1-REAL
	TEST	"390 BAKR without the functions"
	CONTROL	0,NO_FUNCTIONS
	UNDER	DAT
	bakr	%r0,%r0
	END
	TEST	"390 PR without the functions"
	CONTROL	0,NO_FUNCTIONS
	UNDER	DAT
	pr
	END
	TEST	"390 PR, nothing on the stack"
	UNDER	DAT
	pr
	END
	TEST	"390 EREG, stack page missing"
	CONTROL	15,0xf5008
	UNDER	DAT
	ereg	%r2,%r3
	END
	TEST	"390 ESTA and MSTA"
	UNDER	DAT+ARMODE
	bakr	%r0,%r0
	msta	%r2
	lhi	%r6,3
	esta	%r4,%r6
	lhi	%r6,1
	esta	%r2,%r6
	ipm	%r6
	END
	STACKED	"390 ESTA and MSTA" FIRST
	TEST	"390 ESTA, status and branch address"
	UNDER	DAT
	bakr	%r0,%r0
	lhi	%r6,0
	esta	%r4,%r6
	lhi	%r6,2
	esta	%r2,%r6
	END
	TEST	"390 ESTA, code 4"
	UNDER	DAT
	bakr	%r0,%r0
	lhi	%r6,4
	esta	%r4,%r6
	END
	TEST	"390 EREGG is not there"
	UNDER	DAT
	bakr	%r0,%r0
	.long	0xb90e0023
	END
	TEST	"390 PC, basic"
	UNDER	DAT
	pc	0
	END
	STATE	"390 PC, basic"
	TEST	"390 PC, basic, to 24-bit"
	UNDER	DAT
	pc	2
	END
	TEST	"390 PC, basic, space 2"
	UNDER	DAT+PROBLEM
	pc	1
	END
	STATE	"390 PC, basic, space 2"
	TEST	"390 PC, stacking"
	UNDER	DAT
	pc	3
	END
	STACKED	"390 PC, stacking" FIRST
	TEST	"390 PC, stacking, space 2"
	UNDER	DAT+ARMODE
	pc	4
	END
	STATE	"390 PC, stacking, space 2"
	STACKED	"390 PC, stacking, space 2" FIRST
	TEST	"390 PC, stacking, all options"
	UNDER	DAT+PROBLEM
	pc	5
	END
	STACKED	"390 PC, stacking, all options" FIRST
	TEST	"390 PC and PR, space 2, all options"
	UNDER	DAT
	pc	6
	stctl	%c0,%c15,0x800(%r8)
	END
	STATE	"390 PC and PR, space 2, all options"
	TEST	"390 PC and PR, there in 24-bit mode"
	UNDER	DAT
	pc	7
	END
	TEST	"390 PC, space-switch event"
	UNDER	DAT
	pc	8
	END
	TEST	"390 PC, space-switch event of the space left"
	CONTROL	1,0x80060200
	UNDER	DAT
	pc	1
	END
	TEST	"390 PC, address too long"
	UNDER	DAT
	pc	9
	END
	TEST	"390 PC, space invalid"
	UNDER	DAT
	pc	10
	END
	TEST	"390 PC, no such call"
	UNDER	DAT
	pc	0x200
	END
	TEST	"390 PC, no such entry"
	UNDER	DAT
	pc	0x20
	END
	TEST	"390 PC without the functions"
	CONTROL	0,NO_FUNCTIONS
	CONTROL	5,LTD
	UNDER	DAT
	pc	0x100
	END
	STATE	"390 PC without the functions"
	TEST	"390 PC without the functions, another space"
	CONTROL	0,NO_FUNCTIONS
	CONTROL	5,LTD
	UNDER	DAT
	pc	0x101
	END
	STATE	"390 PC without the functions, another space"
	TEST	"390 PC without the functions, space invalid"
	CONTROL	0,NO_FUNCTIONS
	CONTROL	5,LTD
	UNDER	DAT
	pc	0x102
	END
	TEST	"390 PC without the functions, in access-register mode"
	CONTROL	0,NO_FUNCTIONS
	CONTROL	5,LTD
	UNDER	DAT+ARMODE
	pc	0x100
	END
	TEST	"390 PC without the functions, no linkage"
	CONTROL	0,NO_FUNCTIONS
	CONTROL	5,LINKAGE
	UNDER	DAT
	pc	0x100
	END
	TEST	"390 PC and PT"
	UNDER	DAT
	pc	11
	stctl	%c0,%c15,0x800(%r8)
	END
	STATE	"390 PC and PT"
	TEST	"390 SSAR"
	lhi	%r2,6
	UNDER	DAT
	ssar	%r2
	stctl	%c0,%c15,0x800(%r8)
	END
	STATE	"390 SSAR"
	TEST	"390 SSAR, no authority"
	lhi	%r2,4
	UNDER	DAT
	ssar	%r2
	END
	TEST	"390 SSAR, no such number"
	lhi	%r2,0xc0
	UNDER	DAT
	ssar	%r2
	END
	TEST	"390 SSAR, reserved bits of the first table"
	lhi	%r2,0x80
	UNDER	DAT
	ssar	%r2
	END
	TEST	"390 SSAR, reserved bits of the second table"
	lhi	%r2,7
	UNDER	DAT
	ssar	%r2
	END
	TEST	"390 LASP"
	WORD	%r7,parameters
	lasp	0(%r7),0
	ipm	%r2
	stctl	%c0,%c15,0x800(%r8)
	END
	STATE	"390 LASP"
	.macro	LIST name alet
	TEST	"390 access, \name"
	WORD	%r7,\alet
	sar	%a7,%r7
	tar	%a7,%r3
	ipm	%r4
	WORD	%r7,0xf0000
	UNDER	DAT+ARMODE
	ic	%r2,0(%r7)
	lra	%r3,0(%r7)
	tprot	0(%r7),0
	ipm	%r5
	mvi	4(%r7),1
	END
	.endm
	LIST	"public" 0x00050002
	LIST	"sequence" 0x00050003
	LIST	"not authorized" 0x00050004
	LIST	"fetch only" 0x00050005
	LIST	"no entry" 0x01050002
	TEST	"390 LRA by a token of no entry"
	WORD	%r7,0x00050003
	sar	%a7,%r7
	UNDER	DAT+ARMODE
	lra	%r3,0(%r7)
	ipm	%r5
	END
	TEST	"390 BSG, subspace"
	WORD	%r7,0x00050006
	sar	%a7,%r7
	WORD	%r7,M31+4f
	UNDER	DAT
	bsg	%r3,%r7
	svc	254
4:	stctl	%c0,%c15,0x800(%r8)
	END
	STATE	"390 BSG, subspace"
	PIECE	"390 BSG, subspace, control table" DUCT
	TEST	"390 BSA, there and back"
	WORD	%r7,M31+4f
	WORD	%r3,0x00c00080
	UNDER	DAT
	bsa	%r3,%r7
	svc	255
4:	bsa	%r4,%r0
	END
	PIECE	"390 BSA, there and back, control table" DUCT
	TEST	"390 PC and PR traced"
	CONTROL	12,DATA+0x900+2
	UNDER	DAT
	pc	6
	stctl	%c0,%c15,0x800(%r8)
	END
	STATE	"390 PC and PR traced"
	PIECE	"390 PC and PR traced, trace table" DATA+0x900
	TEST	"390 branches traced"
	CONTROL	12,0x80000000+DATA+0x900
	WORD	%r7,4f
	basr	%r3,%r7
4:	WORD	%r7,5f
	bassm	%r3,%r7
5:	stctl	%c0,%c15,0x800(%r8)
	END
	STATE	"390 branches traced"
	PIECE	"390 branches traced, trace table" DATA+0x900
	TEST	"390 SAC home, space-switch event"
	CONTROL	13,0x80063000
	UNDER	DAT
	sac	0x300
	END
	FINISHED
