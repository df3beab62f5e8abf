# Control registers and places of the tables of address spaces, in both architecture modes.

	.set	CR3,0x80c00002
	.set	CR4,0x00040001
	.set	CR14,0x00080067
	.set	DUCT,0x66000
	.set	AFT,0x67000
	.set	AST,0x68000
	.set	ASTE1,AST+0x40
	.set	ASTE2,AST+0x80
	.set	LISTS,0x69000
	.set	LINKAGE,0x69800
	.set	ENTRIES,0x6a000
