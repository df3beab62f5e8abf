//! COMPRESSION CALL (Principles of Operation, chapter 7; SA22-7208, ESA/390 Data Compression): the operands, and
//! what one execution does. The tree that is searched is in `dictionary`.

use super::Format::*;
use super::dictionary::{Dictionary, SYMBOL_ROOM};
use super::moves::{length_of, pointer, set_length};
use super::source::even;
use super::{Row, both};
use crate::machine::access::Access;
use crate::machine::bits::{count, index};
use crate::machine::block::Op;
use crate::machine::cpu::{Cpu, ProgramCode, Step, Stop};
use crate::machine::storage::{PAGE, Storage};

pub(super) const TABLE: &[Row] = &[both(0xB263, "cmpsc", Rre, compression_call)];

/// Bytes of uncompressed data after which the operation ends with condition code 3.
const UNIT: u64 = 1 << 16;

/// Bits of register 0.
const TRANSLATE: u32 = 0x0001_0000;
const FORMAT_1: u32 = 0x0200;
const EXPAND: u32 = 0x0100;

/// No page: page addresses are multiples of 4096.
const NONE: u64 = u64::MAX;

/// What becomes of an exception that is found where a symbol is taken or put.
type Found<T> = Result<T, Stop>;

/// The logical page that was looked up last, so that the bytes of an operand are not looked up one by one.
#[derive(Clone, Copy)]
struct Window {
    page: u64,
    absolute: u64,
}

const SHUT: Window = Window {
    page: NONE,
    absolute: 0,
};

/// One operand: what is left of it, and where it is.
struct Operand {
    /// The register pair, and the access register.
    r: u8,
    at: u64,
    left: u64,
    window: Window,
}

/// The source of a compression or an expansion.
pub(super) struct Source<'a> {
    operand: &'a mut Operand,
}

/// What one execution works on.
struct Call {
    /// The first operand: where bytes or symbols go.
    to: Operand,
    /// The second operand: where they come from.
    from: Operand,
    /// Bits of a symbol, 9 to 13.
    size: u32,
    /// The compressed-data bit number: the bit of the current byte of compressed data, 0 to 7.
    bit: u32,
    /// Bytes of uncompressed data that this execution has done.
    done: u64,
}

fn compression_call(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    even(op.r1)?;
    even(op.r2)?;
    let g0 = cpu.gr32(0);
    let size = g0 >> 12 & 15;
    if !(1..=5).contains(&size) {
        return Err(Stop::Program(ProgramCode::SPECIFICATION));
    }
    let g1 = pointer(cpu, 1);
    let mut call = Call {
        to: Operand::of(cpu, op.r1),
        from: Operand::of(cpu, op.r2),
        size: size + 8,
        bit: cpu.gr32(1) & 7,
        done: 0,
    };
    let mut dictionary = Dictionary::new(g1 & !(PAGE - 1), op.r2, call.size, g0 & FORMAT_1 != 0);
    if g0 & TRANSLATE != 0 && g0 & EXPAND == 0 {
        dictionary.translate((g1 >> 3 & 0x1FF) << 7);
    }
    let ended = if g0 & EXPAND != 0 {
        call.expand(cpu, st, &mut dictionary)
    } else {
        call.compress(cpu, st, &mut dictionary)
    };
    // Whole symbols are done even when the next one meets an exception.
    if call.done > 0 {
        call.commit(cpu);
    }
    if let Err(Stop::Program(ProgramCode::DATA)) = ended {
        cpu.fault.dxc = 0;
    }
    cpu.set_cc(ended?);
    Ok(())
}

impl Operand {
    fn of(cpu: &Cpu, r: u8) -> Operand {
        Operand {
            r,
            at: pointer(cpu, r),
            left: length_of(cpu, r + 1),
            window: SHUT,
        }
    }

    /// The absolute address of the byte `ahead` of the current one, for a fetch.
    #[inline]
    fn fetched(&mut self, cpu: &mut Cpu, st: &mut Storage, ahead: u64) -> Found<u64> {
        let a = self.at.wrapping_add(ahead) & cpu.amask;
        if a & !(PAGE - 1) != self.window.page {
            self.window = window(cpu, st, a, PAGE - a % PAGE, self.r, Access::Fetch)?;
        }
        Ok(self.window.absolute + a % PAGE)
    }

    /// Stores bytes at the current place, all or none of them.
    #[inline]
    fn store(&mut self, cpu: &mut Cpu, st: &mut Storage, bytes: &[u8]) -> Step {
        let n = count(bytes.len());
        let within = self.at % PAGE + n <= PAGE;
        if !within || cpu.stores.is_some() {
            return cpu.store_bytes(st, self.at, self.r, bytes);
        }
        if self.at & !(PAGE - 1) != self.window.page {
            let most = self.left.min(PAGE - self.at % PAGE);
            self.window = window(cpu, st, self.at, most, self.r, Access::Store)?;
        }
        let absolute = self.window.absolute + self.at % PAGE;
        match bytes {
            [one] => st.put8(absolute, *one),
            [one, two] => {
                st.put8(absolute, *one);
                st.put8(absolute + 1, *two);
            }
            _ => st.copy_in(absolute, bytes),
        }
        Ok(())
    }

    /// Goes on by `n` bytes.
    #[inline]
    fn advance(&mut self, cpu: &Cpu, n: u64) {
        self.at = self.at.wrapping_add(n) & cpu.amask;
        self.left -= n;
    }

    fn commit(&self, cpu: &mut Cpu) {
        cpu.set_address(self.r, self.at);
        set_length(cpu, self.r + 1, self.left);
    }
}

/// Looks the page of `len` bytes at `a` up. Protection goes by the page, but for the first one, which is therefore
/// looked up for each byte.
fn window(
    cpu: &mut Cpu,
    st: &mut Storage,
    a: u64,
    len: u64,
    r: u8,
    access: Access,
) -> Found<Window> {
    let low = a < PAGE;
    let len = if low { 1 } else { index(len) };
    let absolute = cpu.locate(st, a, len, r, access)? - a % PAGE;
    Ok(Window {
        page: if low { NONE } else { a & !(PAGE - 1) },
        absolute,
    })
}

impl Source<'_> {
    /// Bytes of the source that are left.
    #[inline]
    pub(super) fn left(&self) -> u64 {
        self.operand.left
    }

    /// The byte `ahead` of the next one to be compressed.
    #[inline]
    pub(super) fn byte(&mut self, cpu: &mut Cpu, st: &mut Storage, ahead: u64) -> Found<u8> {
        let at = self.operand.fetched(cpu, st, ahead)?;
        Ok(st.get8(at))
    }
}

impl Call {
    /// Puts what is done into the registers.
    fn commit(&self, cpu: &mut Cpu) {
        let g1 = cpu.gr32(1) & !7 | self.bit;
        cpu.set_gr32(1, g1);
        self.to.commit(cpu);
        self.from.commit(cpu);
    }

    /// Whether an operand of symbols has one more.
    fn holds_symbol(&self, symbols: &Operand) -> bool {
        // Three bytes hold any symbol that begins in the first one.
        symbols.left >= 3 || symbols.left * 8 >= u64::from(self.bit + self.size)
    }

    /// Bytes and bits that a symbol goes on by.
    fn pass_symbol(&mut self) -> u64 {
        let bits = self.bit + self.size;
        self.bit = bits % 8;
        u64::from(bits / 8)
    }

    /// Compresses, and says with what condition code it ended.
    fn compress(
        &mut self,
        cpu: &mut Cpu,
        st: &mut Storage,
        dictionary: &mut Dictionary,
    ) -> Found<u8> {
        loop {
            if self.from.left == 0 {
                return Ok(0);
            }
            if !self.holds_symbol(&self.to) {
                return Ok(1);
            }
            if self.done >= UNIT {
                return Ok(3);
            }
            let mut source = Source {
                operand: &mut self.from,
            };
            let (symbol, used) = dictionary.longest(cpu, st, &mut source)?;
            let symbol = dictionary.interchange(cpu, st, symbol)?;
            self.put(cpu, st, symbol)?;
            self.from.advance(cpu, used);
            self.done += used;
        }
    }

    /// Stores a symbol at the current bit of the first operand. The bits behind it in its last byte become zero.
    fn put(&mut self, cpu: &mut Cpu, st: &mut Storage, symbol: u32) -> Step {
        let bits = self.bit + self.size;
        let [_, mut one, two, three] = (symbol << (24 - bits)).to_be_bytes();
        if self.bit > 0 {
            // The page is stored into anyway: whether it may be fetched from does not matter.
            let at = cpu.locate(st, self.to.at, 1, self.to.r, Access::Store)?;
            one |= st.get8(at) & !(0xFF >> self.bit);
        }
        let bytes = [one, two, three];
        let bytes = &bytes[..index(u64::from(bits.div_ceil(8)))];
        self.to.store(cpu, st, bytes)?;
        let n = self.pass_symbol();
        self.to.advance(cpu, n);
        Ok(())
    }

    /// Expands, and says with what condition code it ended.
    fn expand(
        &mut self,
        cpu: &mut Cpu,
        st: &mut Storage,
        dictionary: &mut Dictionary,
    ) -> Found<u8> {
        let mut room = [0u8; SYMBOL_ROOM];
        loop {
            if !self.holds_symbol(&self.from) {
                return Ok(0);
            }
            if self.to.left == 0 {
                return Ok(1);
            }
            if self.done >= UNIT {
                return Ok(3);
            }
            let symbol = self.next_symbol(cpu, st)?;
            let Some(len) = dictionary.expansion(cpu, st, symbol, self.to.left, &mut room)? else {
                return Ok(1);
            };
            self.to.store(cpu, st, &room[..len])?;
            self.to.advance(cpu, count(len));
            let n = self.pass_symbol();
            self.from.advance(cpu, n);
            self.done += count(len);
        }
    }

    /// The symbol at the current bit of the second operand.
    fn next_symbol(&mut self, cpu: &mut Cpu, st: &mut Storage) -> Found<u32> {
        let bits = self.bit + self.size;
        let mut v = 0;
        for n in 0..3 {
            v <<= 8;
            if bits > 8 * n {
                let at = self.from.fetched(cpu, st, u64::from(n))?;
                v |= u32::from(st.get8(at));
            }
        }
        Ok(v >> (24 - bits) & ((1 << self.size) - 1))
    }
}
