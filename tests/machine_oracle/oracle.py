"""The other s390x: runs single instructions in the Python package unicorn.

Standard input brings frames of cases, standard output takes frames of results; both little-endian, laid out by
tests/machine_oracle/peer.rs. A case says what every register, the code and the data area hold before; the result
says what they hold after one instruction, and which program interruption it would have caused.
"""
import ctypes
import struct
import sys
import zlib

try:
    import unicorn
    from unicorn import Uc, UC_ARCH_S390X, UC_HOOK_INTR, UC_MODE_BIG_ENDIAN, UC_PROT_ALL
    from unicorn import s390x_const as names
    from unicorn.unicorn_py3.unicorn import uclib
except ImportError as why:
    print(f"the package unicorn cannot be loaded: {why}", file=sys.stderr)
    sys.exit(3)

CODE, CODE_SIZE = 0x10000, 0xE000
# Zeros before the data area, for operands that miss it.
MARGIN = 0x2000
DATA, DATA_SIZE = 0x20000, 0x2000
MASK_AFP = 0x40000
NOWHERE = 0x8000


def position(blob, value, width, what, start=0):
    """Where a value that was put into a register lies in the saved context."""
    at = blob.find(struct.pack("<Q" if width == 8 else "<I", value), start)
    if at < 0:
        print(f"this unicorn keeps {what} where it cannot be found", file=sys.stderr)
        sys.exit(3)
    return at


class Peer:
    """One unicorn engine and the layout of its saved context, found by experiment."""

    def __init__(self):
        self.engine = Uc(UC_ARCH_S390X, UC_MODE_BIG_ENDIAN)
        self.data = ctypes.create_string_buffer(MARGIN + DATA_SIZE + 4096)
        self.margin = (ctypes.addressof(self.data) + 4095) & ~4095
        self.host = self.margin + MARGIN
        self.area = (ctypes.c_char * DATA_SIZE).from_address(self.host)
        # The page before the code has to be there too: unicorn looks at it when an instruction is refused.
        self.engine.mem_map(0, CODE + CODE_SIZE)
        self.engine.mem_map_ptr(DATA - MARGIN, MARGIN + DATA_SIZE, UC_PROT_ALL, self.margin)
        self.interruption = 0
        self.engine.hook_add(UC_HOOK_INTR, self.on_interruption)
        self.context = self.engine.context_save()
        self.size = self.context.size
        self.pointer = self.context.context
        self.address = ctypes.cast(self.pointer, ctypes.c_void_p).value
        self.handle = self.engine._uch
        self.find_layout()

    def on_interruption(self, engine, number, _):
        self.interruption = number
        engine.emu_stop()

    def save(self):
        uclib.uc_context_save(self.handle, self.pointer)
        return ctypes.string_at(self.address, self.size)

    def execute(self, code):
        self.engine.mem_write(CODE, code)
        self.engine.ctl_remove_cache(CODE, CODE + len(code))
        self.interruption = 0
        self.engine.emu_start(CODE, CODE + len(code), count=1)
        return self.save()

    def find_layout(self):
        write = self.engine.reg_write
        for i in range(16):
            write(names.UC_S390X_REG_R0 + i, 0x1111000000001100 + i)
            write(names.UC_S390X_REG_A0 + i, 0x22002200 + i)
            write(names.UC_S390X_REG_F0 + i, 0x3333000000003300 + i)
            write(names.UC_S390X_REG_CR0 + i, 0x4444000000004400 + i)
        write(names.UC_S390X_REG_PSWM, 0x0000000180000000)
        blob = self.save()
        self.gr = position(blob, 0x1111000000001100, 8, "the general registers")
        self.ar = position(blob, 0x22002200, 4, "the access registers")
        self.fpr = position(blob, 0x3333000000003300, 8, "the floating-point registers")
        self.psw = position(blob, 0x0000000180000000, 8, "the PSW")
        cr1 = position(blob, 0x4444000000004401, 8, "the control registers")
        write(names.UC_S390X_REG_CR0, MASK_AFP)
        # Two program interruptions, two places: the one that goes from 1 to 2 is the code.
        self.interruption = 0
        first = self.execute(bytes.fromhex("0000"))
        write(names.UC_S390X_REG_PSWM, 0x0001000180000000)
        second = self.execute(bytes.fromhex("ac000000"))
        places = range(self.psw, cr1)
        codes = [i for i in places if first[i] == 1 and second[i] == 2 and i % 4 == 0]
        if len(codes) != 1:
            print("this unicorn keeps the interruption code where it cannot be found", file=sys.stderr)
            sys.exit(3)
        self.code = codes[0]
        # SFPC shows where the FPC is, and each rounding mode's own picture of the context.
        write(names.UC_S390X_REG_R4, 0xF8F80000)
        blob = self.execute(bytes.fromhex("b3840040"))
        self.fpc = position(blob, 0xF8F80000, 4, "the floating-point control register", self.ar)
        self.templates = []
        for mode in range(8):
            write(names.UC_S390X_REG_R4, mode if mode in (1, 2, 3, 7) else 0)
            self.templates.append(self.execute(bytes.fromhex("b3840040")))
        # Behind the FPC the rounding mode changes, and before it stands when tininess is found: before rounding
        # (1), as the reset that unicorn leaves out would have set it.
        pairs = range(self.fpc + 4, self.psw)
        tininess = [i - 1 for i in pairs if self.templates[0][i] == 0 and self.templates[1][i] == 3]
        tininess = tininess or [
            i - 1 for i in pairs if self.templates[0][i] != self.templates[1][i] != self.templates[2][i]
        ]
        self.templates = [t[: tininess[0]] + b"\1" + t[tininess[0] + 1 :] for t in self.templates]
        # Without the AFP-register control, for a few cases.
        self.cr0 = cr1 - 8
        # The condition code stands behind the FPC; the constant codes are 0 to 3.
        self.cc = self.fpc + 4

    def run(self, case, out):
        """Runs one case and appends its result; gives back where the next case starts."""
        frame, at = case
        flags, code_at, code_len, target_at, target_len, patches, mask, fpc = HEAD.unpack_from(frame, at)
        at += HEAD.size
        memmove, address = ctypes.memmove, self.address
        memmove(address, self.templates[fpc & 7], self.size)
        memmove(address + self.gr, frame[at : at + 128], 128)
        memmove(address + self.fpr, frame[at + 128 : at + 384], 256)
        memmove(address + self.ar, frame[at + 384 : at + 448], 64)
        at += 448
        memmove(address + self.fpc, struct.pack("<II", fpc, mask >> 44 & 3), 8)
        memmove(address + self.psw, struct.pack("<QQ", mask & ~(3 << 44), code_at), 16)
        memmove(address + self.code, bytes(4), 4)
        if flags & 8:
            memmove(address + self.cr0, bytes(8), 8)
        memmove(self.margin, self.whole, MARGIN + DATA_SIZE)
        for _ in range(patches):
            offset, length = PATCH.unpack_from(frame, at)
            at += PATCH.size
            memmove(self.host + offset, frame[at : at + length], length)
            at += length
        code = frame[at : at + code_len + target_len]
        at += code_len + target_len
        # What EXECUTE made of its target is remembered beyond the bits that the register brings.
        if target_len or (code_at, target_at, code) != self.last:
            self.engine.mem_write(code_at, code[:code_len])
            if target_len:
                self.engine.mem_write(target_at, code[code_len:])
                self.engine.ctl_remove_cache(target_at, target_at + target_len)
            # Writing does not make unicorn forget what it has translated; what crosses a page least of all.
            if target_len or code_at & 0xFFF >= 0xFF8 or not code_at & 0xFFF:
                self.engine.ctl_flush_tb()
            else:
                self.engine.ctl_remove_cache(code_at, code_at + code_len)
            self.last = (code_at, target_at, code)
        self.interruption = 0
        uclib.uc_context_restore(self.handle, self.pointer)
        error = uclib.uc_emu_start(self.handle, code_at, NOWHERE, 0, 1)
        count = 1
        if target_len and not error and not self.interruption:
            if self.engine.reg_read(names.UC_S390X_REG_PC) == code_at:
                # This EXECUTE counted as an instruction of its own and has changed nothing yet.
                count = 2
                uclib.uc_context_restore(self.handle, self.pointer)
                error = uclib.uc_emu_start(self.handle, code_at, NOWHERE, 0, count)
        mask = self.engine.reg_read(names.UC_S390X_REG_PSWM)
        if flags & 6:
            # Instructions that may end early go on until they are done.
            for _ in range(200):
                if error or self.interruption:
                    break
                again = flags & 4 and mask >> 44 & 3 == 3
                if not again and self.engine.reg_read(names.UC_S390X_REG_PC) != code_at:
                    break
                error = uclib.uc_emu_start(self.handle, code_at, NOWHERE, 0, count)
                mask = self.engine.reg_read(names.UC_S390X_REG_PSWM)
        if error:
            self.interruption = 0x80 | error
        uclib.uc_context_save(self.handle, self.pointer)
        blob = ctypes.string_at(address, self.size)
        area = self.area.raw
        program = struct.unpack_from("<I", blob, self.code)[0]
        out.append(RESULT.pack(self.interruption, program, zlib.crc32(area), mask))
        out.append(blob[self.psw + 8 : self.psw + 16])
        out.append(blob[self.fpc : self.fpc + 4])
        out.append(blob[self.gr : self.gr + 128])
        out.append(blob[self.fpr : self.fpr + 256])
        out.append(blob[self.ar : self.ar + 64])
        if flags & 1:
            out.append(area)
        return at

    def serve(self, source, sink):
        self.whole = bytes(MARGIN) + source.read(DATA_SIZE)
        self.last = None
        while True:
            head = source.read(8)
            if len(head) < 8:
                return
            length, count = struct.unpack("<II", head)
            frame = source.read(length)
            at, out = 0, []
            for _ in range(count):
                at = self.run((frame, at), out)
            out = b"".join(out)
            sink.write(struct.pack("<II", len(out), count))
            sink.write(out)
            sink.flush()


# flags, code address and length, target address and length, patches, PSW mask, FPC
HEAD = struct.Struct("<HIHIHHQI")
# offset in the data area, length
PATCH = struct.Struct("<HH")
# interruption, program code, checksum of the data area, PSW mask
RESULT = struct.Struct("<IIIQ")

if __name__ == "__main__":
    print(f"unicorn {unicorn.__version__}", file=sys.stderr)
    Peer().serve(sys.stdin.buffer, sys.stdout.buffer)
