//! Moving values between registers, storage and immediates (Principles of Operation, chapter 7).

use super::Format::*;
use super::source::*;
use super::{Row, both, hot, long, quick, with};
use crate::machine::access::{Access, Scalar};
use crate::machine::bits::{bits32, high32, join32, low8, low32, signed64};
use crate::machine::block::Op;
use crate::machine::cpu::{Cpu, Step};
use crate::machine::storage::Storage;

pub(super) const TABLE: &[Row] = &[
    quick!(both(0x1800, "lr", Rr; load::<u32, R2>)),
    quick!(long(0xB904, "lgr", Rre; load::<u64, R2>)),
    quick!(long(0xB914, "lgfr", Rre; load::<u64, R2Word>)),
    quick!(both(0x5800, "l", Rx; load::<u32, Mem>)),
    quick!(with(18, 0xE358, "ly", Rxy; load::<u32, Mem>)),
    quick!(long(0xE304, "lg", Rxy; load::<u64, Mem>)),
    quick!(long(0xE314, "lgf", Rxy; load::<u64, MemWord>)),
    quick!(with(21, 0xC001, "lgfi", Ril; load::<u64, Imm>)),
    quick!(with(34, 0xC40D, "lrl", RilRel; load::<u32, Rel>)),
    quick!(with(34, 0xC408, "lgrl", RilRel; load::<u64, Rel>)),
    quick!(with(34, 0xC40C, "lgfrl", RilRel; load::<u64, RelWord>)),
    // LOAD AND TEST
    quick!(both(0x1200, "ltr", Rr; load_and_test::<u32, R2>)),
    quick!(long(0xB902, "ltgr", Rre; load_and_test::<u64, R2>)),
    quick!(long(0xB912, "ltgfr", Rre; load_and_test::<u64, R2Word>)),
    quick!(with(21, 0xE312, "lt", Rxy; load_and_test::<u32, Mem>)),
    quick!(with(21, 0xE302, "ltg", Rxy; load_and_test::<u64, Mem>)),
    quick!(with(34, 0xE332, "ltgf", Rxy; load_and_test::<u64, MemWord>)),
    // LOAD BYTE, HALFWORD
    quick!(with(21, 0xB926, "lbr", Rre; load::<u32, R2Byte>)),
    quick!(with(21, 0xB906, "lgbr", Rre; load::<u64, R2Byte>)),
    quick!(with(18, 0xE376, "lb", Rxy; load::<u32, MemByte>)),
    quick!(with(18, 0xE377, "lgb", Rxy; load::<u64, MemByte>)),
    quick!(with(21, 0xB927, "lhr", Rre; load::<u32, R2Half>)),
    quick!(with(21, 0xB907, "lghr", Rre; load::<u64, R2Half>)),
    quick!(both(0x4800, "lh", Rx; load::<u32, MemHalf>)),
    quick!(with(18, 0xE378, "lhy", Rxy; load::<u32, MemHalf>)),
    quick!(long(0xE315, "lgh", Rxy; load::<u64, MemHalf>)),
    quick!(both(0xA708, "lhi", Ri; load::<u32, Imm>)),
    quick!(long(0xA709, "lghi", Ri; load::<u64, Imm>)),
    quick!(with(34, 0xC405, "lhrl", RilRel; load::<u32, RelHalf>)),
    quick!(with(34, 0xC404, "lghrl", RilRel; load::<u64, RelHalf>)),
    // LOAD LOGICAL
    quick!(long(0xB916, "llgfr", Rre; load::<u64, R2WordZ>)),
    quick!(long(0xE316, "llgf", Rxy; load::<u64, MemWordZ>)),
    quick!(with(34, 0xC40E, "llgfrl", RilRel; load::<u64, RelWordZ>)),
    quick!(with(21, 0xB994, "llcr", Rre; load::<u32, R2ByteZ>)),
    quick!(with(21, 0xB984, "llgcr", Rre; load::<u64, R2ByteZ>)),
    quick!(with(21, 0xE394, "llc", Rxy; load::<u32, MemByteZ>)),
    quick!(long(0xE390, "llgc", Rxy; load::<u64, MemByteZ>)),
    quick!(with(21, 0xB995, "llhr", Rre; load::<u32, R2HalfZ>)),
    quick!(with(21, 0xB985, "llghr", Rre; load::<u64, R2HalfZ>)),
    quick!(with(21, 0xE395, "llh", Rxy; load::<u32, MemHalfZ>)),
    quick!(long(0xE391, "llgh", Rxy; load::<u64, MemHalfZ>)),
    quick!(with(34, 0xC402, "llhrl", RilRel; load::<u32, RelHalfZ>)),
    quick!(with(34, 0xC406, "llghrl", RilRel; load::<u64, RelHalfZ>)),
    quick!(long(0xB917, "llgtr", Rre; load::<u64, R2Low31>)),
    quick!(long(0xE317, "llgt", Rxy; load::<u64, MemLow31>)),
    // LOAD LOGICAL IMMEDIATE, INSERT IMMEDIATE
    hot!(long(0xA50C, "llihh", Ri; load_logical_immediate::<48>)),
    hot!(long(0xA50D, "llihl", Ri; load_logical_immediate::<32>)),
    hot!(long(0xA50E, "llilh", Ri; load_logical_immediate::<16>)),
    hot!(long(0xA50F, "llill", Ri; load_logical_immediate::<0>)),
    hot!(with(21, 0xC00E, "llihf", Ril; load_logical_word::<32>)),
    hot!(with(21, 0xC00F, "llilf", Ril; load_logical_word::<0>)),
    hot!(long(0xA500, "iihh", Ri; insert_halfword::<48>)),
    hot!(long(0xA501, "iihl", Ri; insert_halfword::<32>)),
    hot!(long(0xA502, "iilh", Ri; insert_halfword::<16>)),
    hot!(long(0xA503, "iill", Ri; insert_halfword::<0>)),
    hot!(with(21, 0xC008, "iihf", Ril; insert_word::<32>)),
    hot!(with(21, 0xC009, "iilf", Ril; insert_word::<0>)),
    // LOAD ADDRESS
    hot!(both(0x4100, "la", Rx; load_address)),
    hot!(with(18, 0xE371, "lay", Rxy; load_address)),
    hot!(both(0xC000, "larl", RilRel; load_address_relative)),
    both(0x5100, "lae", Rx, load_address_extended),
    with(34, 0xE375, "laey", Rxy, load_address_extended),
    // LOAD COMPLEMENT, NEGATIVE, POSITIVE
    hot!(both(0x1300, "lcr", Rr; complement::<u32, R2>)),
    hot!(long(0xB903, "lcgr", Rre; complement::<u64, R2>)),
    hot!(long(0xB913, "lcgfr", Rre; complement::<u64, R2Word>)),
    both(0x1100, "lnr", Rr, negative::<u32, R2>),
    long(0xB901, "lngr", Rre, negative::<u64, R2>),
    long(0xB911, "lngfr", Rre, negative::<u64, R2Word>),
    both(0x1000, "lpr", Rr, positive::<u32, R2>),
    long(0xB900, "lpgr", Rre, positive::<u64, R2>),
    long(0xB910, "lpgfr", Rre, positive::<u64, R2Word>),
    // LOAD REVERSED
    long(0xB91F, "lrvr", Rre, reverse_register::<u32>),
    long(0xB90F, "lrvgr", Rre, reverse_register::<u64>),
    long(0xE31F, "lrvh", Rxy, reverse_halfword),
    long(0xE31E, "lrv", Rxy, reverse_storage::<u32>),
    long(0xE30F, "lrvg", Rxy, reverse_storage::<u64>),
    long(0xE33F, "strvh", Rxy, store_reversed::<u16>),
    long(0xE33E, "strv", Rxy, store_reversed::<u32>),
    long(0xE32F, "strvg", Rxy, store_reversed::<u64>),
    // STORE
    quick!(both(0x5000, "st", Rx; store::<u32>)),
    quick!(with(18, 0xE350, "sty", Rxy; store::<u32>)),
    quick!(long(0xE324, "stg", Rxy; store::<u64>)),
    quick!(both(0x4000, "sth", Rx; store::<u16>)),
    quick!(with(18, 0xE370, "sthy", Rxy; store::<u16>)),
    quick!(both(0x4200, "stc", Rx; store::<u8>)),
    quick!(with(18, 0xE372, "stcy", Rxy; store::<u8>)),
    with(34, 0xC40F, "strl", RilRel, store_relative::<u32, 4>),
    with(34, 0xC40B, "stgrl", RilRel, store_relative::<u64, 8>),
    with(34, 0xC407, "sthrl", RilRel, store_relative::<u16, 2>),
    quick!(both(0x4300, "ic", Rx; insert_character)),
    quick!(with(18, 0xE373, "icy", Rxy; insert_character)),
    // MOVE immediate
    quick!(both(0x9200, "mvi", Si; move_immediate::<u8>)),
    quick!(with(18, 0xEB52, "mviy", Siy; move_immediate::<u8>)),
    quick!(with(34, 0xE544, "mvhhi", Sil; move_immediate::<u16>)),
    quick!(with(34, 0xE54C, "mvhi", Sil; move_immediate::<u32>)),
    quick!(with(34, 0xE548, "mvghi", Sil; move_immediate::<u64>)),
    // LOAD, STORE MULTIPLE
    both(0x9800, "lm", Rs, load_multiple::<u32>),
    with(18, 0xEB98, "lmy", Rsy, load_multiple::<u32>),
    long(0xEB04, "lmg", Rsy, load_multiple::<u64>),
    long(0xEB96, "lmh", Rsy, load_multiple_high),
    long(0xEF00, "lmd", SsRegs, load_multiple_disjoint),
    both(0x9000, "stm", Rs, store_multiple::<u32>),
    with(18, 0xEB90, "stmy", Rsy, store_multiple::<u32>),
    long(0xEB24, "stmg", Rsy, store_multiple::<u64>),
    long(0xEB26, "stmh", Rsy, store_multiple_high),
    // Pairs
    long(0xE38F, "lpq", Rxy, load_pair_quad),
    long(0xE38E, "stpq", Rxy, store_pair_quad),
    with(45, 0xC804, "lpd", Ssf, load_pair_disjoint::<u32>),
    with(45, 0xC805, "lpdg", Ssf, load_pair_disjoint::<u64>),
    // LOAD, STORE ON CONDITION
    hot!(with(45, 0xB9F2, "locr", RrfC; load_on_condition::<u32>)),
    hot!(with(45, 0xB9E2, "locgr", RrfC; load_on_condition::<u64>)),
    with(45, 0xEBF2, "loc", RsyCond, load_storage_on_condition::<u32>),
    with(
        45,
        0xEBE2,
        "locg",
        RsyCond,
        load_storage_on_condition::<u64>,
    ),
    with(45, 0xEBF3, "stoc", RsyCond, store_on_condition::<u32>),
    with(45, 0xEBE3, "stocg", RsyCond, store_on_condition::<u64>),
    // High words
    with(45, 0xE3C0, "lbh", Rxy, load_high::<MemByte>),
    with(45, 0xE3C4, "lhh", Rxy, load_high::<MemHalf>),
    with(45, 0xE3CA, "lfh", Rxy, load_high::<Mem>),
    with(45, 0xE3C2, "llch", Rxy, load_high::<MemByteZ>),
    with(45, 0xE3C6, "llhh", Rxy, load_high::<MemHalfZ>),
    with(45, 0xE3C3, "stch", Rxy, store_high::<u8>),
    with(45, 0xE3C7, "sthh", Rxy, store_high::<u16>),
    with(45, 0xE3CB, "stfh", Rxy, store_high::<u32>),
    // Characters under mask
    both(0xBF00, "icm", RsMask, insert_under_mask::<0>),
    with(18, 0xEB81, "icmy", RsyMask, insert_under_mask::<0>),
    long(0xEB80, "icmh", RsyMask, insert_under_mask::<32>),
    both(0xBE00, "stcm", RsMask, store_under_mask::<0>),
    with(18, 0xEB2D, "stcmy", RsyMask, store_under_mask::<0>),
    long(0xEB2C, "stcmh", RsyMask, store_under_mask::<32>),
    // Access registers
    both(0x9A00, "lam", Rs, load_access),
    with(18, 0xEB9A, "lamy", Rsy, load_access),
    both(0x9B00, "stam", Rs, store_access),
    with(18, 0xEB9B, "stamy", Rsy, store_access),
    both(0xB24D, "cpya", Rre, copy_access),
    both(0xB24E, "sar", Rre, set_access),
    both(0xB24F, "ear", Rre, extract_access),
];

fn load<T: Word, S: Source<T>>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    with_operand::<T, S>(cpu, st, op, put::<T>)
}

#[inline(always)]
fn put<T: Word>(cpu: &mut Cpu, _: &mut Storage, op: &Op, v: T) -> Step {
    T::set(cpu, op.r1, v);
    Ok(())
}

/// The condition code of a signed value.
#[inline(always)]
pub(super) fn sign_cc<T: Word>(v: T) -> u8 {
    let v = signed64(v.extend());
    u8::from(v > 0) << 1 | u8::from(v < 0)
}

fn load_and_test<T: Word, S: Source<T>>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    with_operand::<T, S>(cpu, st, op, put_and_test::<T>)
}

#[inline(always)]
fn put_and_test<T: Word>(cpu: &mut Cpu, _: &mut Storage, op: &Op, v: T) -> Step {
    T::set(cpu, op.r1, v);
    cpu.set_cc(sign_cc(v));
    Ok(())
}

fn load_logical_immediate<const SHIFT: u32>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    cpu.set_gr64(op.r1, u64::from(bits32(op.imm) & 0xFFFF) << SHIFT);
    Ok(())
}

fn load_logical_word<const SHIFT: u32>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    cpu.set_gr64(op.r1, u64::from(bits32(op.imm)) << SHIFT);
    Ok(())
}

fn insert_halfword<const SHIFT: u32>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    let v = cpu.gr64(op.r1) & !(0xFFFF << SHIFT);
    cpu.set_gr64(op.r1, v | u64::from(bits32(op.imm) & 0xFFFF) << SHIFT);
    Ok(())
}

fn insert_word<const SHIFT: u32>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    let v = cpu.gr64(op.r1) & !(0xFFFF_FFFF << SHIFT);
    cpu.set_gr64(op.r1, v | u64::from(bits32(op.imm)) << SHIFT);
    Ok(())
}

fn load_address(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    let a = address(cpu, op);
    cpu.set_address(op.r1, a);
    Ok(())
}

fn load_address_relative(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    let a = relative(cpu, op);
    cpu.set_address(op.r1, a);
    Ok(())
}

fn load_address_extended(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    use crate::machine::psw::Space;
    let a = address(cpu, op);
    cpu.set_address(op.r1, a);
    let named = match cpu.psw.space {
        Space::Primary => 0,
        Space::Secondary => 1,
        Space::Home => 2,
        Space::Access if op.b == 0 => 0,
        Space::Access => cpu.ar[usize::from(op.b)],
    };
    cpu.ar[usize::from(op.r1)] = named;
    Ok(())
}

fn complement<T: Word, S: Source<T>>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let v = S::get(cpu, st, op)?;
    let (v, overflow, _) = T::default().minus(v);
    finish(cpu, op, v, overflow)
}

fn negative<T: Word, S: Source<T>>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let v = S::get(cpu, st, op)?;
    let v = if v.negative() {
        v
    } else {
        T::default().minus(v).0
    };
    finish(cpu, op, v, false)
}

fn positive<T: Word, S: Source<T>>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let v = S::get(cpu, st, op)?;
    if v.negative() {
        let (v, overflow, _) = T::default().minus(v);
        return finish(cpu, op, v, overflow);
    }
    finish(cpu, op, v, false)
}

/// Sets the result and the signed condition code, with the overflow exception when it is enabled.
#[inline(always)]
pub(super) fn finish<T: Word>(cpu: &mut Cpu, op: &Op, v: T, overflow: bool) -> Step {
    T::set(cpu, op.r1, v);
    if overflow {
        return overflowed(cpu);
    }
    cpu.set_cc(sign_cc(v));
    Ok(())
}

/// Condition code 3 and, when the program mask says so, the fixed-point-overflow exception.
#[cold]
#[inline(never)]
pub(super) fn overflowed(cpu: &mut Cpu) -> Step {
    use crate::machine::cpu::{ProgramCode, Stop};
    cpu.set_cc(3);
    if cpu.psw.progmask & 8 != 0 {
        return Err(Stop::Program(ProgramCode::FIXED_OVERFLOW));
    }
    Ok(())
}

fn reverse_register<T: Word>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    let v = T::reg(cpu, op.r2).to_u64().swap_bytes() >> (64 - T::BITS);
    T::set(cpu, op.r1, T::cut(v));
    Ok(())
}

fn reverse_halfword(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let a = address(cpu, op);
    let v = cpu.load::<u16>(st, a, op.b)?.swap_bytes();
    let old = cpu.gr64(op.r1) & !0xFFFF;
    cpu.set_gr64(op.r1, old | u64::from(v));
    Ok(())
}

fn reverse_storage<T: Word>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let a = address(cpu, op);
    let v = cpu.load::<T>(st, a, op.b)?.to_u64().swap_bytes() >> (64 - T::BITS);
    T::set(cpu, op.r1, T::cut(v));
    Ok(())
}

fn store_reversed<T: Scalar>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let a = address(cpu, op);
    let v = T::from_u64(cpu.gr64(op.r1).swap_bytes() >> (64 - 8 * T::BYTES));
    cpu.store(st, a, op.b, v)
}

fn store<T: Scalar>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let a = address(cpu, op);
    cpu.store(st, a, op.b, T::from_u64(cpu.gr64(op.r1)))
}

fn store_relative<T: Scalar, const ALIGN: u64>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let a = aligned(relative(cpu, op), ALIGN)?;
    cpu.store_relative(st, a, T::from_u64(cpu.gr64(op.r1)))
}

fn insert_character(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let a = address(cpu, op);
    let v = cpu.load::<u8>(st, a, op.b)?;
    put_character(cpu, op, v);
    Ok(())
}

#[inline(always)]
fn put_character(cpu: &mut Cpu, op: &Op, v: u8) {
    let old = cpu.gr64(op.r1) & !0xFF;
    cpu.set_gr64(op.r1, old | u64::from(v));
}

fn move_immediate<T: Scalar>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let a = first(cpu, op);
    let v = crate::machine::bits::bits64(i64::from(op.imm));
    cpu.store(st, a, op.b, T::from_u64(v))
}

/// How many registers from the first to the third, around register 15.
#[inline(always)]
pub(super) fn registers(op: &Op) -> u8 {
    (op.r3.wrapping_sub(op.r1) & 15) + 1
}

fn load_multiple<T: Word>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let a = address(cpu, op);
    let n = u64::from(registers(op));
    let span = cpu.span(
        st,
        a,
        usize::from(registers(op)) * crate::machine::bits::index(T::BYTES),
        op.b,
        Access::Fetch,
    )?;
    if span.rest == 0 {
        for i in 0..n {
            let v = T::read(st, span.at + i * T::BYTES);
            T::set(cpu, (op.r1 + low8(i)) & 15, v);
        }
        return Ok(());
    }
    let mut bytes = [0u8; 128];
    span.read(
        st,
        &mut bytes[..usize::from(registers(op)) * crate::machine::bits::index(T::BYTES)],
    );
    for i in 0..n {
        let v = from_bytes(&bytes, i, T::BYTES);
        T::set(cpu, (op.r1 + low8(i)) & 15, T::cut(v));
    }
    Ok(())
}

/// The `i`th big-endian number of `n` bytes.
fn from_bytes(bytes: &[u8], i: u64, n: u64) -> u64 {
    let at = crate::machine::bits::index(i * n);
    let end = at + crate::machine::bits::index(n);
    bytes[at..end].iter().fold(0, |v, b| v << 8 | u64::from(*b))
}

fn words<const N: usize>(
    cpu: &mut Cpu,
    st: &mut Storage,
    at: u64,
    b: u8,
    n: u8,
) -> Result<[u32; N], crate::machine::cpu::Stop> {
    let mut bytes = [0u8; 64];
    let len = usize::from(n) * 4;
    let span = cpu.span(st, at, len, b, Access::Fetch)?;
    span.read(st, &mut bytes[..len]);
    let mut out = [0; N];
    for (v, b) in out.iter_mut().zip(bytes.chunks_exact(4)) {
        *v = u32::from_be_bytes([b[0], b[1], b[2], b[3]]);
    }
    Ok(out)
}

fn put_words(
    cpu: &mut Cpu,
    st: &mut Storage,
    at: u64,
    b: u8,
    words: impl Iterator<Item = u32>,
) -> Step {
    let mut bytes = [0u8; 64];
    let mut len = 0;
    for w in words.take(16) {
        bytes[len..len + 4].copy_from_slice(&w.to_be_bytes());
        len += 4;
    }
    cpu.store_bytes(st, at, b, &bytes[..len])
}

fn load_multiple_high(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let a = address(cpu, op);
    let n = registers(op);
    let v: [u32; 16] = words(cpu, st, a, op.b, n)?;
    for (i, w) in (0..n).zip(v) {
        cpu.set_high32((op.r1 + i) & 15, w);
    }
    Ok(())
}

fn load_multiple_disjoint(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let n = registers(op);
    let high = first(cpu, op);
    let low = second(cpu, op);
    let h: [u32; 16] = words(cpu, st, high, op.b, n)?;
    let l: [u32; 16] = words(cpu, st, low, op.b2, n)?;
    for (i, (h, l)) in (0..n).zip(h.into_iter().zip(l)) {
        cpu.set_gr64((op.r1 + i) & 15, join32(h, l));
    }
    Ok(())
}

fn store_multiple<T: Word>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let a = address(cpu, op);
    let n = u64::from(registers(op));
    let len = crate::machine::bits::index(n * T::BYTES);
    let span = cpu.span(st, a, len, op.b, Access::Store)?;
    if span.rest == 0 {
        for i in 0..n {
            T::write(
                st,
                span.at + i * T::BYTES,
                T::reg(cpu, (op.r1 + low8(i)) & 15),
            );
        }
        return Ok(());
    }
    let mut bytes = [0u8; 128];
    let size = crate::machine::bits::index(T::BYTES);
    for (i, place) in (0u8..).zip(bytes[..len].chunks_exact_mut(size)) {
        let v = T::reg(cpu, (op.r1 + i) & 15).to_u64().to_be_bytes();
        place.copy_from_slice(&v[8 - size..]);
    }
    span.write(st, &bytes[..len]);
    Ok(())
}

fn store_multiple_high(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let a = address(cpu, op);
    let n = registers(op);
    let gr = cpu.gr;
    let all = (0..n).map(|i| high32(gr[usize::from((op.r1 + i) & 15)]));
    put_words(cpu, st, a, op.b, all)
}

fn load_pair_quad(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    even(op.r1)?;
    let a = aligned(address(cpu, op), 16)?;
    let at = cpu.locate(st, a, 16, op.b, Access::Fetch)?;
    cpu.set_gr64(op.r1, st.get64(at));
    cpu.set_gr64(op.r1 + 1, st.get64(at + 8));
    Ok(())
}

fn store_pair_quad(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    even(op.r1)?;
    let a = aligned(address(cpu, op), 16)?;
    let at = cpu.locate(st, a, 16, op.b, Access::Store)?;
    st.put64(at, cpu.gr64(op.r1));
    st.put64(at + 8, cpu.gr64(op.r1 + 1));
    Ok(())
}

fn load_pair_disjoint<T: Word>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    // R3 stands where other formats have R1.
    even(op.r1)?;
    let a = aligned(first(cpu, op), T::BYTES)?;
    let b = aligned(second(cpu, op), T::BYTES)?;
    let x = cpu.load::<T>(st, a, op.b)?;
    let y = cpu.load::<T>(st, b, op.b2)?;
    T::set(cpu, op.r1, x);
    T::set(cpu, op.r1 + 1, y);
    // Nobody else can have stored in between.
    cpu.set_cc(0);
    Ok(())
}

#[inline(always)]
fn holds(cpu: &Cpu, mask: u8) -> bool {
    (mask >> (3 - cpu.psw.cc)) & 1 != 0
}

fn load_on_condition<T: Word>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    if holds(cpu, op.r3) {
        let v = T::reg(cpu, op.r2);
        T::set(cpu, op.r1, v);
    }
    Ok(())
}

fn load_storage_on_condition<T: Word>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    if holds(cpu, op.r3) {
        let a = address(cpu, op);
        let v = cpu.load::<T>(st, a, op.b)?;
        T::set(cpu, op.r1, v);
    }
    Ok(())
}

fn store_on_condition<T: Word>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    if !holds(cpu, op.r3) {
        return Ok(());
    }
    let a = address(cpu, op);
    cpu.store(st, a, op.b, T::reg(cpu, op.r1))
}

fn load_high<S: Source<u32>>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let v = S::get(cpu, st, op)?;
    cpu.set_high32(op.r1, v);
    Ok(())
}

fn store_high<T: Scalar>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let a = address(cpu, op);
    let v = T::from_u64(cpu.gr64(op.r1) >> 32);
    cpu.store(st, a, op.b, v)
}

fn insert_under_mask<const SHIFT: u32>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let a = address(cpu, op);
    let mask = op.r3;
    if mask == 15 {
        // The usual case: all four bytes.
        let v = cpu.load::<u32>(st, a, op.b)?;
        let old = cpu.gr64(op.r1) & !(0xFFFF_FFFF << SHIFT);
        cpu.set_gr64(op.r1, old | u64::from(v) << SHIFT);
        cpu.set_cc(sign_cc(v));
        return Ok(());
    }
    let n = usize::try_from(mask.count_ones()).unwrap_or(0);
    let mut bytes = [0u8; 4];
    // With a mask of zero, access exceptions for one byte are still recognized.
    let span = cpu.span(st, a, n.max(1), op.b, Access::Fetch)?;
    if n > 0 {
        span.read(st, &mut bytes[..n]);
    }
    let mut word = low32(cpu.gr64(op.r1) >> SHIFT);
    let mut next = bytes.iter();
    for i in 0..4u32 {
        if mask & (8 >> i) != 0
            && let Some(b) = next.next()
        {
            let shift = 24 - 8 * i;
            word = word & !(0xFF << shift) | u32::from(*b) << shift;
        }
    }
    let old = cpu.gr64(op.r1) & !(0xFFFF_FFFF << SHIFT);
    cpu.set_gr64(op.r1, old | u64::from(word) << SHIFT);
    cpu.set_cc(if bytes[..n].iter().all(|b| *b == 0) {
        0
    } else if bytes[0] & 0x80 != 0 {
        1
    } else {
        2
    });
    Ok(())
}

fn store_under_mask<const SHIFT: u32>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let a = address(cpu, op);
    let word = low32(cpu.gr64(op.r1) >> SHIFT).to_be_bytes();
    let mut bytes = [0u8; 4];
    let mut n = 0;
    for (i, b) in word.into_iter().enumerate() {
        if op.r3 & (8 >> i) != 0 {
            bytes[n] = b;
            n += 1;
        }
    }
    cpu.store_bytes(st, a, op.b, &bytes[..n])
}

fn load_access(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let a = aligned(address(cpu, op), 4)?;
    let n = registers(op);
    let v: [u32; 16] = words(cpu, st, a, op.b, n)?;
    for (i, w) in (0..n).zip(v) {
        cpu.ar[usize::from((op.r1 + i) & 15)] = w;
    }
    Ok(())
}

fn store_access(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let a = aligned(address(cpu, op), 4)?;
    let ar = cpu.ar;
    let all = (0..registers(op)).map(|i| ar[usize::from((op.r1 + i) & 15)]);
    put_words(cpu, st, a, op.b, all)
}

fn copy_access(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    cpu.ar[usize::from(op.r1)] = cpu.ar[usize::from(op.r2)];
    Ok(())
}

fn set_access(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    cpu.ar[usize::from(op.r1)] = cpu.gr32(op.r2);
    Ok(())
}

fn extract_access(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    let v = cpu.ar[usize::from(op.r2)];
    cpu.set_gr32(op.r1, v);
    Ok(())
}

/// Handlers whose operand in storage is at hand.
mod quick {
    use super::*;
    #[inline(always)]
    pub fn load<T: Word, S: Source<T>>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Option<Step> {
        quickly::<T, S>(cpu, st, op, put::<T>)
    }

    #[inline(always)]
    pub fn load_and_test<T: Word, S: Source<T>>(
        cpu: &mut Cpu,
        st: &mut Storage,
        op: &Op,
    ) -> Option<Step> {
        quickly::<T, S>(cpu, st, op, put_and_test::<T>)
    }

    #[inline(always)]
    pub fn store<T: Scalar>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Option<Step> {
        let a = address(cpu, op);
        cpu.poke(st, a, T::from_u64(Word::reg(cpu, op.r1))).map(Ok)
    }

    #[inline(always)]
    pub fn move_immediate<T: Scalar>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Option<Step> {
        let v = crate::machine::bits::bits64(i64::from(op.imm));
        cpu.poke(st, first(cpu, op), T::from_u64(v)).map(Ok)
    }

    #[inline(always)]
    pub fn insert_character(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Option<Step> {
        let v = cpu.peek::<u8>(st, address(cpu, op))?;
        put_character(cpu, op, v);
        Some(Ok(()))
    }
}
