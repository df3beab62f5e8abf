//! Interlocked updates (Principles of Operation, chapter 7). One CPU runs at a time, so a load and a store are
//! one reference for every other CPU and channel.

use super::Format::*;
use super::arith::carry_cc;
use super::load::{overflowed, sign_cc};
use super::source::*;
use super::{Row, both, long, with};
use crate::machine::access::Access;
use crate::machine::bits::{join32, join64};
use crate::machine::block::Op;
use crate::machine::cpu::{Cpu, ProgramCode, Step, Stop};
use crate::machine::storage::Storage;

pub(super) const TABLE: &[Row] = &[
    both(0xBA00, "cs", Rs, compare_and_swap::<u32>),
    with(18, 0xEB14, "csy", Rsy, compare_and_swap::<u32>),
    long(0xEB30, "csg", Rsy, compare_and_swap::<u64>),
    both(0xBB00, "cds", Rs, compare_double),
    with(18, 0xEB31, "cdsy", Rsy, compare_double),
    long(0xEB3E, "cdsg", Rsy, compare_double_long),
    with(32, 0xC802, "csst", Ssf, compare_swap_and_store),
    both(0x9300, "ts", S, test_and_set),
    with(45, 0xEBF8, "laa", Rsy, load_and_add::<u32>),
    with(45, 0xEBE8, "laag", Rsy, load_and_add::<u64>),
    with(45, 0xEBFA, "laal", Rsy, load_and_add_logical::<u32>),
    with(45, 0xEBEA, "laalg", Rsy, load_and_add_logical::<u64>),
    with(45, 0xEBF4, "lan", Rsy, load_and::<u32, 0>),
    with(45, 0xEBE4, "lang", Rsy, load_and::<u64, 0>),
    with(45, 0xEBF6, "lao", Rsy, load_and::<u32, 1>),
    with(45, 0xEBE6, "laog", Rsy, load_and::<u64, 1>),
    with(45, 0xEBF7, "lax", Rsy, load_and::<u32, 2>),
    with(45, 0xEBE7, "laxg", Rsy, load_and::<u64, 2>),
    both(0xEE00, "plo", SsRegs, perform_locked),
];

/// The place of an interlocked operand: on its boundary, found writable first.
fn place(cpu: &mut Cpu, st: &mut Storage, at: u64, b: u8, n: u64) -> Result<u64, Stop> {
    let at = aligned(at, n)?;
    cpu.locate(st, at, crate::machine::bits::index(n), b, Access::Fetch)?;
    cpu.locate(st, at, crate::machine::bits::index(n), b, Access::Store)
}

fn compare_and_swap<T: Word>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let a = address(cpu, op);
    let at = place(cpu, st, a, op.b, T::BYTES)?;
    let old = T::read(st, at);
    if old == T::reg(cpu, op.r1) {
        T::write(st, at, T::reg(cpu, op.r3));
        cpu.set_cc(0);
    } else {
        T::set(cpu, op.r1, old);
        cpu.set_cc(1);
    }
    Ok(())
}

fn compare_double(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    even(op.r1)?;
    even(op.r3)?;
    let a = address(cpu, op);
    let at = place(cpu, st, a, op.b, 8)?;
    let old = st.get64(at);
    if old == join32(cpu.gr32(op.r1), cpu.gr32(op.r1 + 1)) {
        st.put64(at, join32(cpu.gr32(op.r3), cpu.gr32(op.r3 + 1)));
        cpu.set_cc(0);
    } else {
        cpu.set_gr32(op.r1, crate::machine::bits::high32(old));
        cpu.set_gr32(op.r1 + 1, crate::machine::bits::low32(old));
        cpu.set_cc(1);
    }
    Ok(())
}

fn quad(st: &Storage, at: u64) -> u128 {
    join64(st.get64(at), st.get64(at + 8))
}

fn put_quad(st: &mut Storage, at: u64, v: u128) {
    st.put64(at, crate::machine::bits::high64(v));
    st.put64(at + 8, crate::machine::bits::low64(v));
}

fn compare_double_long(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    even(op.r1)?;
    even(op.r3)?;
    let a = address(cpu, op);
    let at = place(cpu, st, a, op.b, 16)?;
    let old = quad(st, at);
    if old == join64(cpu.gr64(op.r1), cpu.gr64(op.r1 + 1)) {
        put_quad(st, at, join64(cpu.gr64(op.r3), cpu.gr64(op.r3 + 1)));
        cpu.set_cc(0);
    } else {
        cpu.set_gr64(op.r1, crate::machine::bits::high64(old));
        cpu.set_gr64(op.r1 + 1, crate::machine::bits::low64(old));
        cpu.set_cc(1);
    }
    Ok(())
}

/// COMPARE AND SWAP AND STORE: function code in register 0 bits 56-63, store characteristic in 48-55.
fn compare_swap_and_store(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let g0 = cpu.gr64(0);
    let (function, stores) = (g0 & 0xFF, g0 >> 8 & 0xFF);
    // Function 2 (16 bytes) and characteristic 4 belong to facility 33.
    if function > 2 || stores > 4 {
        return Err(Stop::Program(ProgramCode::SPECIFICATION));
    }
    let width = 4u64 << function;
    let list = pointer_of(cpu, 1);
    let a = first(cpu, op);
    let b = second(cpu, op);
    if list & 15 != 0 {
        return Err(Stop::Program(ProgramCode::SPECIFICATION));
    }
    let at = place(cpu, st, a, op.b, width)?;
    let size = 1u64 << stores;
    let into = aligned(b, size)?;
    let to = cpu.locate(
        st,
        into,
        crate::machine::bits::index(size),
        op.b2,
        Access::Store,
    )?;
    let mut parameters = [0u8; 32];
    cpu.fetch_bytes(st, list, 1, &mut parameters)?;
    let width = crate::machine::bits::index(width);
    let mut old = [0u8; 16];
    st.copy_out(at, &mut old[..width]);
    let mut expected = [0u8; 16];
    register_bytes(cpu, op.r1, width, &mut expected)?;
    if old != expected {
        set_register_bytes(cpu, op.r1, width, &old);
        cpu.set_cc(1);
        return Ok(());
    }
    st.copy_in(at, &parameters[..width]);
    let size = crate::machine::bits::index(size);
    st.copy_in(to, &parameters[16..16 + size]);
    cpu.set_cc(0);
    Ok(())
}

fn pointer_of(cpu: &Cpu, r: u8) -> u64 {
    cpu.gr64(r) & cpu.amask
}

fn register_bytes(cpu: &Cpu, r: u8, width: usize, into: &mut [u8; 16]) -> Step {
    match width {
        4 => into[..4].copy_from_slice(&cpu.gr32(r).to_be_bytes()),
        8 => into[..8].copy_from_slice(&cpu.gr64(r).to_be_bytes()),
        _ => {
            even(r)?;
            into.copy_from_slice(&join64(cpu.gr64(r), cpu.gr64(r + 1)).to_be_bytes());
        }
    }
    Ok(())
}

fn set_register_bytes(cpu: &mut Cpu, r: u8, width: usize, from: &[u8; 16]) {
    let v = u128::from_be_bytes(*from);
    let (high, low) = (
        crate::machine::bits::high64(v),
        crate::machine::bits::low64(v),
    );
    match width {
        4 => cpu.set_gr32(r, crate::machine::bits::high32(high)),
        8 => cpu.set_gr64(r, high),
        _ => {
            cpu.set_gr64(r, high);
            cpu.set_gr64(r + 1, low);
        }
    }
}

fn test_and_set(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let a = first(cpu, op);
    let at = place(cpu, st, a, op.b, 1)?;
    let old = st.get8(at);
    st.put8(at, 0xFF);
    cpu.set_cc(old >> 7);
    Ok(())
}

fn load_and_add<T: Word>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let a = address(cpu, op);
    let at = place(cpu, st, a, op.b, T::BYTES)?;
    let old = T::read(st, at);
    let (v, overflow, _) = old.plus(T::reg(cpu, op.r3));
    T::write(st, at, v);
    T::set(cpu, op.r1, old);
    if overflow {
        return overflowed(cpu);
    }
    cpu.set_cc(sign_cc(v));
    Ok(())
}

fn load_and_add_logical<T: Word>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let a = address(cpu, op);
    let at = place(cpu, st, a, op.b, T::BYTES)?;
    let old = T::read(st, at);
    let (v, _, carry) = old.plus(T::reg(cpu, op.r3));
    T::write(st, at, v);
    T::set(cpu, op.r1, old);
    cpu.set_cc(carry_cc(v, carry));
    Ok(())
}

/// AND (0), OR (1), EXCLUSIVE OR (2) with storage.
fn load_and<T: Word, const WHICH: u8>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let a = address(cpu, op);
    let at = place(cpu, st, a, op.b, T::BYTES)?;
    let old = T::read(st, at);
    let (x, y) = (old.to_u64(), T::reg(cpu, op.r3).to_u64());
    let v = T::cut(match WHICH {
        0 => x & y,
        1 => x | y,
        _ => x ^ y,
    });
    T::write(st, at, v);
    T::set(cpu, op.r1, old);
    cpu.set_cc(u8::from(v != T::default()));
    Ok(())
}

/// PERFORM LOCKED OPERATION: the function codes 0 to 23.
fn perform_locked(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let g0 = cpu.gr64(0);
    let code = g0 & 0xFF;
    if g0 & 0x100 != 0 {
        // Only asks whether the function is there.
        cpu.set_cc(if code <= 23 { 0 } else { 3 });
        return Ok(());
    }
    if code > 23 {
        return Err(Stop::Program(ProgramCode::SPECIFICATION));
    }
    Locked::new(cpu, op, code).run(cpu, st)
}

/// One PERFORM LOCKED OPERATION, its operands sorted out.
struct Locked {
    /// Bytes of an operand.
    width: u64,
    /// Operands are in the parameter list instead of registers (codes with G or X suffix).
    listed: bool,
    function: u64,
    r1: u8,
    r3: u8,
    a: u64,
    b: u64,
    b1: u8,
    list_base: u8,
    list: u64,
}

impl Locked {
    fn new(cpu: &Cpu, op: &Op, code: u64) -> Locked {
        let (width, listed) = match code & 3 {
            0 => (4, false),
            1 => (8, true),
            2 => (8, false),
            _ => (16, true),
        };
        Locked {
            width,
            listed,
            function: code >> 2,
            r1: op.r1,
            r3: op.r3,
            a: first(cpu, op),
            b: second(cpu, op),
            b1: op.b,
            list_base: op.b2,
            list: second(cpu, op),
        }
    }

    fn value(&self, cpu: &mut Cpu, st: &mut Storage, offset: u64) -> Result<u128, Stop> {
        self.at(cpu, st, self.slot(offset), self.list_base)
    }

    /// Where a list operand stands: doublewords at `offset`, words right-aligned in them, quadwords ending
    /// with them.
    fn slot(&self, offset: u64) -> u64 {
        self.list
            .wrapping_add(offset + 8 - self.width.min(offset + 8))
    }

    fn at(&self, cpu: &mut Cpu, st: &mut Storage, a: u64, b: u8) -> Result<u128, Stop> {
        let a = aligned(a & cpu.amask, self.width)?;
        Ok(match self.width {
            4 => u128::from(cpu.load::<u32>(st, a, b)?),
            8 => u128::from(cpu.load::<u64>(st, a, b)?),
            _ => {
                let at = cpu.locate(st, a, 16, b, Access::Fetch)?;
                quad(st, at)
            }
        })
    }

    fn put(&self, cpu: &mut Cpu, st: &mut Storage, a: u64, b: u8, v: u128) -> Step {
        let a = aligned(a & cpu.amask, self.width)?;
        let bytes = v.to_be_bytes();
        cpu.store_bytes(
            st,
            a,
            b,
            &bytes[16 - crate::machine::bits::index(self.width)..],
        )
    }

    fn writable(&self, cpu: &mut Cpu, st: &mut Storage, a: u64, b: u8) -> Step {
        let a = aligned(a & cpu.amask, self.width)?;
        cpu.locate(
            st,
            a,
            crate::machine::bits::index(self.width),
            b,
            Access::Store,
        )?;
        Ok(())
    }

    fn register(&self, cpu: &Cpu, r: u8) -> u128 {
        if self.width == 4 {
            u128::from(cpu.gr32(r))
        } else {
            u128::from(cpu.gr64(r))
        }
    }

    fn set_register(&self, cpu: &mut Cpu, r: u8, v: u128) {
        let v = crate::machine::bits::low64(v);
        if self.width == 4 {
            cpu.set_gr32(r, crate::machine::bits::low32(v));
        } else {
            cpu.set_gr64(r, v);
        }
    }

    /// The address in the parameter list at an offset, in the form of the addressing mode.
    fn list_address(&self, cpu: &mut Cpu, st: &mut Storage, offset: u64) -> Result<u64, Stop> {
        let a = self.list.wrapping_add(offset) & cpu.amask;
        if cpu.is_64() {
            cpu.load::<u64>(st, a, self.list_base)
        } else {
            let v = cpu.load::<u32>(st, a.wrapping_add(4) & cpu.amask, self.list_base)?;
            Ok(u64::from(v) & cpu.amask)
        }
    }

    fn run(&self, cpu: &mut Cpu, st: &mut Storage) -> Step {
        if self.listed {
            aligned(self.list, 8)?;
        } else if self.function != 0 {
            even(self.r1)?;
        }
        let compare = if self.listed {
            self.value(cpu, st, 8)?
        } else {
            self.register(cpu, self.r1)
        };
        let old = self.at(cpu, st, self.a, self.b1)?;
        if self.function == 0 {
            return self.compare_and_load(cpu, st, compare, old);
        }
        if compare != old {
            return self.differs(cpu, st, old);
        }
        self.stores(cpu, st)
    }

    fn differs(&self, cpu: &mut Cpu, st: &mut Storage, old: u128) -> Step {
        if self.listed {
            self.put(cpu, st, self.slot(8), self.list_base, old)?;
        } else {
            self.set_register(cpu, self.r1, old);
        }
        cpu.set_cc(1);
        Ok(())
    }

    fn compare_and_load(&self, cpu: &mut Cpu, st: &mut Storage, compare: u128, old: u128) -> Step {
        if compare != old {
            return self.differs(cpu, st, old);
        }
        if self.listed {
            let from = self.list_address(cpu, st, 72)?;
            let v = self.at(cpu, st, from, self.r3)?;
            self.put(cpu, st, self.slot(40), self.list_base, v)?;
        } else {
            let v = self.at(cpu, st, self.b, self.list_base)?;
            self.set_register(cpu, self.r3, v);
        }
        cpu.set_cc(0);
        Ok(())
    }

    /// Functions 1 to 5: swap, then store zero to three more operands.
    fn stores(&self, cpu: &mut Cpu, st: &mut Storage) -> Step {
        let replacement = if self.listed {
            self.value(cpu, st, 24)?
        } else {
            self.register(cpu, self.r1 + 1)
        };
        if self.function == 2 {
            return self.double_swap(cpu, st, replacement);
        }
        let mut pairs = Vec::new();
        match (self.function, self.listed) {
            (1, _) => {}
            (3, false) => pairs.push((self.b, self.list_base, self.register(cpu, self.r3))),
            (_, _) => {
                // Values at 56, 88, 120 and addresses at 72, 104, 136 of the list.
                for i in 0..self.function - 2 {
                    let v = self.value(cpu, st, 56 + 32 * i)?;
                    let to = self.list_address(cpu, st, 72 + 32 * i)?;
                    pairs.push((to, self.r3, v));
                }
            }
        }
        self.writable(cpu, st, self.a, self.b1)?;
        for (to, b, _) in &pairs {
            self.writable(cpu, st, *to, *b)?;
        }
        for (to, b, v) in pairs {
            self.put(cpu, st, to, b, v)?;
        }
        self.put(cpu, st, self.a, self.b1, replacement)?;
        cpu.set_cc(0);
        Ok(())
    }

    fn double_swap(&self, cpu: &mut Cpu, st: &mut Storage, replacement: u128) -> Step {
        let (to, b, compare, swap) = if self.listed {
            let to = self.list_address(cpu, st, 72)?;
            (
                to,
                self.r3,
                self.value(cpu, st, 40)?,
                self.value(cpu, st, 56)?,
            )
        } else {
            even(self.r3)?;
            let (c, s) = (self.register(cpu, self.r3), self.register(cpu, self.r3 + 1));
            (self.b, self.list_base, c, s)
        };
        let old = self.at(cpu, st, to, b)?;
        if old != compare {
            if self.listed {
                self.put(cpu, st, self.slot(40), self.list_base, old)?;
            } else {
                self.set_register(cpu, self.r3, old);
            }
            cpu.set_cc(2);
            return Ok(());
        }
        self.writable(cpu, st, self.a, self.b1)?;
        self.writable(cpu, st, to, b)?;
        self.put(cpu, st, to, b, swap)?;
        self.put(cpu, st, self.a, self.b1, replacement)?;
        cpu.set_cc(0);
        Ok(())
    }
}
