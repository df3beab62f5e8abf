# Address spaces, access lists, tables for program calls and a linkage stack.
#
# Three spaces and the home space have the program at its real addresses and
# 0xF0000 each at its own: 0x58000 (space 1), 0x59000 (2), 0x5A000 (6, a
# subspace of 1). The stack is in the home space alone, at 0xF2000.

	.include "frame.s"

	.set	AFP,0x40000
	.set	SECONDARY_CONTROL,0x4000000
	.set	EXTRACTION,0x8000000
	.set	CR0,AFP+SECONDARY_CONTROL+EXTRACTION

# The pristine copy of the tables is 0x5000 behind them.
	.include "frame-tables.s"

# The stack: two sections, the second entry of the first across a page.
	.set	HEADER1,0xf2e00
	.set	LAST1,HEADER1+16+2*296
	.set	HEADER2,0xf4000
	.set	LAST2,HEADER2+16+296
	.set	REAL,0xf2000-0x5c000		# from a stack address to the real one

	.balign	8
controls:
	.quad	CR0,0x60200,DUCT,CR3,CR4,ASTE1,0,0x61000
	.quad	0x00080000,0,0,0,0,0x63000,CR14,HEADER1+8

	.section .tables,"a"
	.macro	SEGMENT pages
	.quad	\pages
	.rept	511
	.quad	0x20
	.endr
	.endm
	SEGMENT	0x64000				# 60000: space 1
	SEGMENT	0x64800				# 61000: space 2
	SEGMENT	0x65000				# 62000: space 6
	SEGMENT	0x65800				# 63000: home
	.macro	PAGES own
	.set	page,0
	.rept	0xf0
	.quad	page
	.set	page,page+0x1000
	.endr
	.quad	\own
	.endm
	PAGES	0x58000				# 64000
	.rept	15
	.quad	0x400
	.endr
	PAGES	0x59000
	.rept	15
	.quad	0x400
	.endr
	PAGES	0x5a000
	.rept	15
	.quad	0x400
	.endr
	PAGES	0x400
	.quad	0x400,0x5c000,0x5d000,0x5e000,0x400,0x5f200
	.rept	9
	.quad	0x400
	.endr
	.org	0x6000
	.fill	0x5000,1,0

# Their pristine copy.
	.org	0xb000				# DUCT
	.long	ASTE1,0,0,0,LISTS+1,0,0,0,0,0,0,0,0,0,0,0
	.org	0xc000				# ASN first table
	.long	AST
	.fill	1023,4,0x80000000
	.org	0xd000				# ASN second table
	.macro	ASTE authority index asce list sequence linkage=0 invalid=0
	.long	\authority+\invalid,\index<<16,0,\asce,\list,\sequence,\linkage
	.fill	9,4,0
	.endm
	.set	ALL,LISTS+0x400
	.set	NONE,LISTS+0x404
	.set	P_ONLY,LISTS+0x408
	.set	S_ONLY,LISTS+0x40c
	.set	LTD,0x80000000+LINKAGE
	ASTE	ALL,0,0,0,0,0,0x80000000			# 0
	ASTE	ALL+1,4,0x60200,LISTS+0x200,0x11,LTD		# 1, base space
	ASTE	ALL,5,0x61000,0,0x10022,LTD			# 2
	ASTE	ALL,0,0,0,0x33,0,0x80000000			# 3, invalid
	ASTE	NONE,0,0x61000,0,0x44,LTD			# 4, no authority
	ASTE	ALL,4,0x61040,0,0x55,LTD			# 5, space-switch event
	ASTE	ALL,4,0x62200,0,0x66,LTD			# 6, subspace
	ASTE	P_ONLY,4,0x61000,0,0x77,LTD			# 7
	ASTE	S_ONLY,4,0x61000,0,0x88,LTD			# 8
	ASTE	ALL+1,4,0x61200,0,0x99,LTD			# 9, another base space
	.fill	16*54,4,0
	.org	0xe000				# access lists
	.macro	ALE flags index aste sequence
	.long	\flags+\index,0,\aste,\sequence
	.endm
	.set	OK,0x00050000
	.set	BAD,0x80050000
	.set	PRIVATE,0x01050000
	.set	FETCH_ONLY,0x02050000
	ALE	BAD,0,0,0					# 0
	ALE	BAD,0,0,0					# 1
	ALE	OK,0,ASTE2,0x10022				# 2
	ALE	BAD,0,ASTE2,0x10022				# 3
	ALE	0x00060000,0,ASTE2,0x10022			# 4, sequence
	ALE	OK,0,AST+0xc0,0x33				# 5, entry invalid
	ALE	OK,0,ASTE2,0x22					# 6, entry's sequence
	ALE	PRIVATE,8,ASTE2,0x10022				# 7, our index
	ALE	PRIVATE,9,ASTE2,0x10022				# 8, authority
	ALE	PRIVATE,9,AST+0x100,0x44			# 9, no authority
	ALE	FETCH_ONLY,0,ASTE2,0x10022			# 10
	ALE	OK,0,AST+0x180,0x66				# 11, subspace
	ALE	OK,0,0x7ffff000,0				# 12, no storage
	ALE	OK,0,ASTE1,0x11					# 13, base space
	ALE	PRIVATE,9,AST+0x1c0,0x77			# 14, primary only
	ALE	OK,0,AST+0x240,0x99				# 15, another base
	ALE	OK,0,ASTE2,0x10022				# 16, behind the end
	.org	0xe200				# of the primary space
	ALE	BAD,0,0,0
	ALE	BAD,0,0,0
	ALE	OK,0,ASTE2,0x10022
	ALE	FETCH_ONLY,0,ASTE2,0x10022
	.rept	4
	ALE	BAD,0,0,0
	.endr
	.org	0xe400				# authority tables
	.long	0xffffffff,0,0x00808000,0x00404000
	.org	0xe800				# linkage table
	.long	ENTRIES+7,0x80000000
	.fill	30,4,0x80000000
	.org	0xf000				# entry table
	.macro	ENTRY to flags=0 asn=0 aste=0 akm=0x0040 ekm=0x0001 high=0
	.long	\high,\to,\akm<<16+\asn,\ekm<<16,\flags,\aste,0x77777777,0x44444444
	.endm
	.set	STACKING,0x80000000
	.set	LONG,0x40000000
	.set	KEY,0x10500000			# key 5
	.set	MASK,0x08000000
	.set	INDEX,0x0400000d		# 13
	.set	ACCESS,0x02000000
	.set	TO_SECOND,0x01000000
	.set	M31,0x80000000
	ENTRY	called,LONG					# 0
	ENTRY	called+M31					# 1
	ENTRY	called						# 2, 24-bit
	ENTRY	called+M31,0,2,ASTE2				# 3
	ENTRY	called,LONG,2,ASTE2				# 4
	ENTRY	quits+M31+1					# 5, problem state
	ENTRY	0x01000000+called				# 6, too long
	ENTRY	called+M31,0,3,AST+0xc0				# 7, invalid space
	ENTRY	called+M31,0,5,AST+0x140			# 8, event
	ENTRY	called+M31,0,9,0x7ffff000			# 9, no storage
	ENTRY	called,STACKING+LONG				# 10
	ENTRY	called+M31,STACKING				# 11
	ENTRY	called,STACKING+LONG,2,ASTE2			# 12
	ENTRY	called,STACKING+LONG+TO_SECOND,2,ASTE2		# 13
	ENTRY	tells,STACKING+LONG+KEY+MASK+INDEX+ACCESS,2,ASTE2 # 14
	ENTRY	returns,STACKING+LONG				# 15
	ENTRY	returns,STACKING+LONG+KEY+MASK+INDEX+ACCESS,2,ASTE2 # 16
	ENTRY	returns+M31,STACKING,2,ASTE2			# 17
	ENTRY	called,STACKING+LONG,5,AST+0x140		# 18, event
	ENTRY	quits+1,STACKING+LONG,2,ASTE2			# 19, problem state
	ENTRY	looks,STACKING+LONG,2,ASTE2			# 20
	ENTRY	returns,STACKING+LONG,5,AST+0x140		# 21, event
	ENTRY	called,LONG,0,0,0x0040,0x0001,0x1000		# 22, far away
	ENTRY	transfers,LONG,2,ASTE2				# 23
	ENTRY	branches,STACKING+LONG				# 24
	ENTRY	changes,STACKING+LONG,2,ASTE2			# 25
	ENTRY	returns+1,STACKING+LONG,2,ASTE2			# 26
	ENTRY	forbids,STACKING+LONG,2,ASTE2			# 27
	ENTRY	tells,STACKING+LONG+KEY+TO_SECOND,0		# 28
	.fill	3*32,1,0
	.org	0x10000

	.text
# Everything as it was: tables, stack, access registers, marks in the spaces.
fresh:
	lgfi	%r2,DUCT
	lgfi	%r3,0x5000
	lgfi	%r4,DUCT+0x5000
	lgr	%r5,%r3
	mvcl	%r2,%r4
	lgfi	%r2,0x58000
	lgfi	%r3,0x8000
	lghi	%r5,0
	mvcl	%r2,%r4
	lgfi	%r2,DATA
	lgfi	%r3,0x1000
	lghi	%r5,0
	mvcl	%r2,%r4
	llilf	%r3,0x11111111
	lgfi	%r2,0x58000
	st	%r3,0(%r2)
	slr	%r4,%r4
	lgfi	%r2,0x59000
	llilf	%r3,0x22222222
	st	%r3,0(%r2)
	lgfi	%r2,0x5a000
	llilf	%r3,0x66666666
	st	%r3,0(%r2)
	lgfi	%r2,HEADER1-REAL
	larl	%r3,stack1
	mvc	0(16,%r2),0(%r3)
	lgfi	%r2,LAST1-REAL
	mvc	0(16,%r2),16(%r3)
	lgfi	%r2,HEADER2-REAL
	mvc	0(16,%r2),32(%r3)
	lgfi	%r2,LAST2-REAL
	mvc	0(16,%r2),48(%r3)
	lam	%a0,%a15,64(%r3)
	br	%r14

	.balign	8
stack1:	.quad	0					# no section before
	.byte	0x09,0x11
	.short	2*296,0,0
	.quad	HEADER2+8+1				# the next section
	.byte	0x0a,0x11
	.short	0,0,0
	.quad	0
	.byte	0x09,0x22
	.short	296,0,0
	.quad	0					# no section behind
	.byte	0x0a,0x22
	.short	0,0,0
zeros:	.fill	16,4,0

	.macro	TEST name
	brasl	%r14,fresh
	CASE	"\name"
	.endm

# The control registers, and where programs are.
	.macro	STATE name
	PIECE	"\name, control registers" DATA+0x808
	.endm
	.macro	STACKED name at
	PIECE	"\name, entry" \at-REAL
	PIECE	"\name, entry, second part" \at-REAL+120
	PIECE	"\name, entry, third part" \at-REAL+176
	.endm
	.set	FIRST,HEADER1+16

# What calls come to.
called:
	stctg	%c0,%c15,0x800(%r8)
	epsw	%r2,%r5
	iac	%r6
	lg	%r5,0xf0(%r8)
	svc	255
tells:
	lg	%r4,0x900(%r8)
	epsw	%r2,%r5
	esar	%r3
	epar	%r5
	iac	%r6
	svc	255
forbids:
	lctlg	%c14,%c14,0x108(%r8)
	pr
	svc	254
quits:
	svc	255
returns:
	lmg	%r2,%r6,0(%r8)
	lghi	%r7,0x777
	lghi	%r14,0x7ee
	pr
	svc	254
looks:
	lghi	%r14,0
	ereg	%r14,%r3
	esta	%r4,%r5
	svc	255
transfers:
	lgr	%r2,%r3
	pt	%r2,%r14
	svc	254
branches:
	bakr	%r0,%r0
	ereg	%r2,%r3
	pr
	svc	254
changes:
	msta	%r2
	lghi	%r6,3
	esta	%r2,%r6
	svc	255
