# vmshare's guest kernel: a small z/Architecture system that is easy to save
# and to share. It is its own program and no Linux; it only lays its storage
# out and loads itself as a kernel with shared text does. README.md has the
# map of storage and the commands.
#
# One translation unit, so that the assembler alone knows every offset:
#   macros.s    registers, frames, text
#   ipl.s       X'0'      the records of the IPL deck and the loader
#   start.s     X'10000'  the entry; then startup and interruptions
#   console.s             the 3215, the service processor, formatted lines
#   commands.s            what can be typed

	.include "macros.s"
	.include "ipl.s"
	.include "start.s"
	.include "console.s"
	.include "commands.s"
