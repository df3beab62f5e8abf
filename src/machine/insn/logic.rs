//! Bits: AND, OR, EXCLUSIVE OR, tests under mask, rotates with insertion, counts
//! (Principles of Operation, chapter 7).

use super::Format::*;
use super::load::sign_cc;
use super::source::*;
use super::{Row, both, hot, long, quick, with};
use crate::machine::access::Access;
use crate::machine::bits::{bits32, high32, join32, low8, low32, signed32};
use crate::machine::block::Op;
use crate::machine::cpu::{Cpu, Step};
use crate::machine::storage::Storage;

pub(super) const TABLE: &[Row] = &[
    // AND
    quick!(both(0x1400, "nr", Rr; logic::<u32, And, R1, R2>)),
    quick!(long(0xB980, "ngr", Rre; logic::<u64, And, R1, R2>)),
    quick!(with(45, 0xB9F4, "nrk", RrfA; logic::<u32, And, R2, R3>)),
    quick!(with(45, 0xB9E4, "ngrk", RrfA; logic::<u64, And, R2, R3>)),
    quick!(both(0x5400, "n", Rx; logic::<u32, And, R1, Mem>)),
    quick!(with(18, 0xE354, "ny", Rxy; logic::<u32, And, R1, Mem>)),
    quick!(long(0xE380, "ng", Rxy; logic::<u64, And, R1, Mem>)),
    both(0x9400, "ni", Si, logic_storage::<And>),
    with(18, 0xEB54, "niy", Siy, logic_storage::<And>),
    both(0xD400, "nc", Ss, logic_characters::<And>),
    hot!(long(0xA504, "nihh", Ri; logic_halfword::<And, 48>)),
    hot!(long(0xA505, "nihl", Ri; logic_halfword::<And, 32>)),
    hot!(long(0xA506, "nilh", Ri; logic_halfword::<And, 16>)),
    hot!(long(0xA507, "nill", Ri; logic_halfword::<And, 0>)),
    hot!(with(21, 0xC00A, "nihf", Ril; logic_word::<And, 32>)),
    hot!(with(21, 0xC00B, "nilf", Ril; logic_word::<And, 0>)),
    // OR
    quick!(both(0x1600, "or", Rr; logic::<u32, Or, R1, R2>)),
    quick!(long(0xB981, "ogr", Rre; logic::<u64, Or, R1, R2>)),
    quick!(with(45, 0xB9F6, "ork", RrfA; logic::<u32, Or, R2, R3>)),
    quick!(with(45, 0xB9E6, "ogrk", RrfA; logic::<u64, Or, R2, R3>)),
    quick!(both(0x5600, "o", Rx; logic::<u32, Or, R1, Mem>)),
    quick!(with(18, 0xE356, "oy", Rxy; logic::<u32, Or, R1, Mem>)),
    quick!(long(0xE381, "og", Rxy; logic::<u64, Or, R1, Mem>)),
    both(0x9600, "oi", Si, logic_storage::<Or>),
    with(18, 0xEB56, "oiy", Siy, logic_storage::<Or>),
    both(0xD600, "oc", Ss, logic_characters::<Or>),
    hot!(long(0xA508, "oihh", Ri; logic_halfword::<Or, 48>)),
    hot!(long(0xA509, "oihl", Ri; logic_halfword::<Or, 32>)),
    hot!(long(0xA50A, "oilh", Ri; logic_halfword::<Or, 16>)),
    hot!(long(0xA50B, "oill", Ri; logic_halfword::<Or, 0>)),
    hot!(with(21, 0xC00C, "oihf", Ril; logic_word::<Or, 32>)),
    hot!(with(21, 0xC00D, "oilf", Ril; logic_word::<Or, 0>)),
    // EXCLUSIVE OR
    quick!(both(0x1700, "xr", Rr; logic::<u32, Xor, R1, R2>)),
    quick!(long(0xB982, "xgr", Rre; logic::<u64, Xor, R1, R2>)),
    quick!(with(45, 0xB9F7, "xrk", RrfA; logic::<u32, Xor, R2, R3>)),
    quick!(with(45, 0xB9E7, "xgrk", RrfA; logic::<u64, Xor, R2, R3>)),
    quick!(both(0x5700, "x", Rx; logic::<u32, Xor, R1, Mem>)),
    quick!(with(18, 0xE357, "xy", Rxy; logic::<u32, Xor, R1, Mem>)),
    quick!(long(0xE382, "xg", Rxy; logic::<u64, Xor, R1, Mem>)),
    both(0x9700, "xi", Si, logic_storage::<Xor>),
    with(18, 0xEB57, "xiy", Siy, logic_storage::<Xor>),
    both(0xD700, "xc", Ss, logic_characters::<Xor>),
    hot!(with(21, 0xC006, "xihf", Ril; logic_word::<Xor, 32>)),
    hot!(with(21, 0xC007, "xilf", Ril; logic_word::<Xor, 0>)),
    // TEST UNDER MASK
    quick!(both(0x9100, "tm", Si; test_storage)),
    quick!(with(18, 0xEB51, "tmy", Siy; test_storage)),
    hot!(both(0xA702, "tmhh", Ri; test_register::<48>)),
    hot!(both(0xA703, "tmhl", Ri; test_register::<32>)),
    hot!(both(0xA700, "tmlh", Ri; test_register::<16>)),
    hot!(both(0xA701, "tmll", Ri; test_register::<0>)),
    // ROTATE THEN … SELECTED BITS
    hot!(with(34, 0xEC55, "risbg", RieF; rotate_insert)),
    hot!(with(34, 0xEC54, "rnsbg", RieF; rotate_logic::<And>)),
    hot!(with(34, 0xEC56, "rosbg", RieF; rotate_logic::<Or>)),
    hot!(with(34, 0xEC57, "rxsbg", RieF; rotate_logic::<Xor>)),
    with(45, 0xEC5D, "risbhg", RieF, rotate_insert_half::<32>),
    with(45, 0xEC51, "risblg", RieF, rotate_insert_half::<0>),
    // Counts
    with(21, 0xB983, "flogr", Rre, find_leftmost_one),
    with(45, 0xB9E1, "popcnt", Rre, population_count),
];

/// A bitwise operation.
trait Bitwise {
    fn of(a: u64, b: u64) -> u64;
}
struct And;
struct Or;
struct Xor;
impl Bitwise for And {
    #[inline(always)]
    fn of(a: u64, b: u64) -> u64 {
        a & b
    }
}
impl Bitwise for Or {
    #[inline(always)]
    fn of(a: u64, b: u64) -> u64 {
        a | b
    }
}
impl Bitwise for Xor {
    #[inline(always)]
    fn of(a: u64, b: u64) -> u64 {
        a ^ b
    }
}

fn logic<T: Word, F: Bitwise, A: Source<T>, B: Source<T>>(
    cpu: &mut Cpu,
    st: &mut Storage,
    op: &Op,
) -> Step {
    with_operand::<T, B>(cpu, st, op, logic_with::<T, F, A>)
}

#[inline(always)]
fn logic_with<T: Word, F: Bitwise, A: Source<T>>(
    cpu: &mut Cpu,
    st: &mut Storage,
    op: &Op,
    b: T,
) -> Step {
    let v = T::cut(F::of(A::get(cpu, st, op)?.to_u64(), b.to_u64()));
    T::set(cpu, op.r1, v);
    cpu.set_cc(u8::from(v != T::default()));
    Ok(())
}

/// Part of a register, `bits` wide, changed by an immediate; the rest stays.
#[inline(always)]
fn part<F: Bitwise>(cpu: &mut Cpu, r: u8, immediate: u64, mask: u64, shift: u32) {
    let old = cpu.gr64(r);
    let v = F::of(old >> shift & mask, immediate) & mask;
    cpu.set_gr64(r, old & !(mask << shift) | v << shift);
    cpu.set_cc(u8::from(v != 0));
}

fn logic_halfword<F: Bitwise, const SHIFT: u32>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    part::<F>(
        cpu,
        op.r1,
        u64::from(bits32(op.imm) & 0xFFFF),
        0xFFFF,
        SHIFT,
    );
    Ok(())
}

fn logic_word<F: Bitwise, const SHIFT: u32>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    part::<F>(cpu, op.r1, u64::from(bits32(op.imm)), 0xFFFF_FFFF, SHIFT);
    Ok(())
}

fn logic_storage<F: Bitwise>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let a = first(cpu, op);
    let old = u64::from(cpu.load::<u8>(st, a, op.b)?);
    let v = low8(F::of(old, u64::from(bits32(op.imm))));
    cpu.store(st, a, op.b, v)?;
    cpu.set_cc(u8::from(v != 0));
    Ok(())
}

fn logic_characters<F: Bitwise>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let len = usize::from(op.x) + 1;
    let (a, b) = (first(cpu, op), second(cpu, op));
    let from = cpu.span(st, b, len, op.b2, Access::Fetch)?;
    // The first operand is fetched as well as stored into.
    cpu.span(st, a, len, op.b, Access::Fetch)?;
    let to = cpu.span(st, a, len, op.b, Access::Store)?;
    if from == to {
        // XC of a field with itself is how fields are cleared.
        let (mut v, mut any) = ([0u8; 256], 0);
        to.read(st, &mut v[..len]);
        for byte in &mut v[..len] {
            *byte = low8(F::of(u64::from(*byte), u64::from(*byte)));
            any |= *byte;
        }
        to.write(st, &v[..len]);
        cpu.set_cc(u8::from(any != 0));
        return Ok(());
    }
    let mut any = 0;
    // Byte by byte from left to right: the operands may overlap.
    for i in 0..len {
        let at = to.byte(i);
        let v = low8(F::of(
            u64::from(st.get8(at)),
            u64::from(st.get8(from.byte(i))),
        ));
        st.put8(at, v);
        any |= v;
    }
    cpu.set_cc(u8::from(any != 0));
    Ok(())
}

/// The condition code of the selected bits: all zeros 0, mixed 1 or 2 by the leftmost, all ones 3.
#[inline(always)]
fn mask_cc(selected: u32, mask: u32) -> u8 {
    if selected == 0 {
        return 0;
    }
    if selected == mask {
        return 3;
    }
    let leftmost = 31 - mask.leading_zeros();
    if selected >> leftmost & 1 == 0 { 1 } else { 2 }
}

fn test_storage(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let a = first(cpu, op);
    let v = cpu.load::<u8>(st, a, op.b)?;
    test_byte(cpu, op, v);
    Ok(())
}

#[inline(always)]
fn test_byte(cpu: &mut Cpu, op: &Op, v: u8) {
    let mask = bits32(op.imm);
    let chosen = u32::from(v) & mask;
    // For one byte, mixed is always code 1.
    cpu.set_cc(match chosen {
        0 => 0,
        _ if chosen == mask => 3,
        _ => 1,
    });
}

fn test_register<const SHIFT: u32>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    let v = low32(cpu.gr64(op.r1) >> SHIFT);
    let mask = bits32(op.imm) & 0xFFFF;
    cpu.set_cc(mask_cc(v & mask, mask));
    Ok(())
}

/// The mask of bits `from` to `to` of 64, around the end when they are the other way round.
pub(super) fn selected(from: u8, to: u8) -> u64 {
    let left = u64::MAX >> (from & 63);
    let right = u64::MAX << (63 - (to & 63));
    if from & 63 <= to & 63 {
        left & right
    } else {
        left | right
    }
}

/// A mask as an operation holds it.
pub(super) fn halves(mask: u64) -> (i32, i32) {
    (signed32(high32(mask)), signed32(low32(mask)))
}

/// The mask of selected bits of an operation.
#[inline(always)]
fn selection(op: &Op) -> u64 {
    join32(bits32(op.imm), bits32(op.disp))
}

fn rotate_insert(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    let mask = selection(op);
    let rotated = cpu.gr64(op.r2).rotate_left(u32::from(op.b2 & 63));
    let rest = if op.b & 0x80 != 0 { 0 } else { cpu.gr64(op.r1) };
    let v = rotated & mask | rest & !mask;
    cpu.set_gr64(op.r1, v);
    cpu.set_cc(sign_cc(v));
    Ok(())
}

fn rotate_logic<F: Bitwise>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    let mask = selection(op);
    let rotated = cpu.gr64(op.r2).rotate_left(u32::from(op.b2 & 63));
    let old = cpu.gr64(op.r1);
    let v = F::of(old, rotated) & mask;
    // With the test bit only the condition code is set.
    if op.x & 0x80 == 0 {
        cpu.set_gr64(op.r1, v | old & !mask);
    }
    cpu.set_cc(u8::from(v != 0));
    Ok(())
}

fn rotate_insert_half<const SHIFT: u32>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    let (from, to) = (op.x & 31, op.b & 31);
    let left = u32::MAX >> from;
    let right = u32::MAX << (31 - to);
    let mask = if from <= to {
        left & right
    } else {
        left | right
    };
    let rotated = low32(cpu.gr64(op.r2).rotate_left(u32::from(op.b2 & 63)) >> SHIFT);
    let old = cpu.gr64(op.r1);
    let half = low32(old >> SHIFT);
    let rest = if op.b & 0x80 != 0 { 0 } else { half };
    let v = rotated & mask | rest & !mask;
    cpu.set_gr64(
        op.r1,
        if SHIFT == 0 {
            join32(high32(old), v)
        } else {
            join32(v, low32(old))
        },
    );
    Ok(())
}

fn find_leftmost_one(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    even(op.r1)?;
    let v = cpu.gr64(op.r2);
    let zeros = v.leading_zeros();
    cpu.set_gr64(op.r1, u64::from(zeros));
    let leftmost = 0x8000_0000_0000_0000u64.checked_shr(zeros).unwrap_or(0);
    cpu.set_gr64(op.r1 + 1, v & !leftmost);
    cpu.set_cc(if v == 0 { 0 } else { 2 });
    Ok(())
}

fn population_count(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    let bytes = cpu.gr64(op.r2).to_be_bytes();
    let counts = bytes.map(|b| low8(u64::from(b.count_ones())));
    let v = u64::from_be_bytes(counts);
    cpu.set_gr64(op.r1, v);
    cpu.set_cc(u8::from(v != 0));
    Ok(())
}

/// Handlers whose operand in storage is at hand.
mod quick {
    use super::*;
    #[inline(always)]
    pub fn test_storage(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Option<Step> {
        let v = cpu.peek::<u8>(st, first(cpu, op))?;
        test_byte(cpu, op, v);
        Some(Ok(()))
    }

    #[inline(always)]
    pub fn logic<T: Word, F: Bitwise, A: Source<T>, B: Source<T>>(
        cpu: &mut Cpu,
        st: &mut Storage,
        op: &Op,
    ) -> Option<Step> {
        quickly::<T, B>(cpu, st, op, logic_with::<T, F, A>)
    }
}
