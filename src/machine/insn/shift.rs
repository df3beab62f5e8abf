//! Shifts and rotates (Principles of Operation, chapter 7).

use super::Format::*;
use super::load::{finish, overflowed, sign_cc};
use super::source::*;
use super::{Row, both, hot, long, with};
use crate::machine::bits::{bits64, high32, join32, low32, signed64};
use crate::machine::block::Op;
use crate::machine::cpu::{Cpu, Step};
use crate::machine::storage::Storage;

pub(super) const TABLE: &[Row] = &[
    hot!(both(0x8900, "sll", RsShift; left_logical::<u32, R1>)),
    hot!(with(45, 0xEBDF, "sllk", Rsy; left_logical::<u32, R3>)),
    hot!(long(0xEB0D, "sllg", Rsy; left_logical::<u64, R3>)),
    hot!(both(0x8800, "srl", RsShift; right_logical::<u32, R1>)),
    hot!(with(45, 0xEBDE, "srlk", Rsy; right_logical::<u32, R3>)),
    hot!(long(0xEB0C, "srlg", Rsy; right_logical::<u64, R3>)),
    hot!(both(0x8B00, "sla", RsShift; left_signed::<u32, R1>)),
    hot!(with(45, 0xEBDD, "slak", Rsy; left_signed::<u32, R3>)),
    hot!(long(0xEB0B, "slag", Rsy; left_signed::<u64, R3>)),
    hot!(both(0x8A00, "sra", RsShift; right_signed::<u32, R1>)),
    hot!(with(45, 0xEBDC, "srak", Rsy; right_signed::<u32, R3>)),
    hot!(long(0xEB0A, "srag", Rsy; right_signed::<u64, R3>)),
    both(0x8D00, "sldl", RsShift, left_double_logical),
    both(0x8C00, "srdl", RsShift, right_double_logical),
    both(0x8F00, "slda", RsShift, left_double),
    both(0x8E00, "srda", RsShift, right_double),
    hot!(long(0xEB1D, "rll", Rsy; rotate_word)),
    hot!(long(0xEB1C, "rllg", Rsy; rotate_long)),
];

/// The shift amount: the low six bits of the second-operand address.
#[inline(always)]
fn amount(cpu: &Cpu, op: &Op) -> u32 {
    low32(first(cpu, op)) & 63
}

fn left_logical<T: Word, S: Source<T>>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let n = amount(cpu, op);
    let v = S::get(cpu, st, op)?.to_u64() << n;
    T::set(cpu, op.r1, T::cut(v));
    Ok(())
}

fn right_logical<T: Word, S: Source<T>>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let n = amount(cpu, op);
    let v = S::get(cpu, st, op)?.to_u64() >> n;
    T::set(cpu, op.r1, T::cut(v));
    Ok(())
}

/// A signed left shift of a number of `bits`: the sign stays; true when a bit unlike it was shifted out.
fn shift_left(v: u64, bits: u32, n: u32) -> (u64, bool) {
    let unused = 64 - bits;
    let signed = i128::from(signed64(v << unused) >> unused);
    let wide = signed << n;
    let limit = 1i128 << (bits - 1);
    let overflow = wide >= limit || wide < -limit;
    let sign = if signed < 0 { 1u64 << (bits - 1) } else { 0 };
    let numeric = (1u64 << (bits - 1)) - 1;
    (v << n & numeric | sign, overflow)
}

fn left_signed<T: Word, S: Source<T>>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let n = amount(cpu, op);
    let (v, overflow) = shift_left(S::get(cpu, st, op)?.to_u64(), T::BITS, n);
    finish(cpu, op, T::cut(v), overflow)
}

fn right_signed<T: Word, S: Source<T>>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let n = amount(cpu, op);
    let v = signed64(S::get(cpu, st, op)?.extend()) >> n;
    finish(cpu, op, T::cut(bits64(v)), false)
}

/// The even-odd pair of 32-bit registers as one number.
fn pair(cpu: &Cpu, r: u8) -> u64 {
    join32(cpu.gr32(r), cpu.gr32(r + 1))
}

fn set_pair(cpu: &mut Cpu, r: u8, v: u64) {
    cpu.set_gr32(r, high32(v));
    cpu.set_gr32(r + 1, low32(v));
}

fn left_double_logical(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    even(op.r1)?;
    let v = pair(cpu, op.r1) << amount(cpu, op);
    set_pair(cpu, op.r1, v);
    Ok(())
}

fn right_double_logical(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    even(op.r1)?;
    let v = pair(cpu, op.r1) >> amount(cpu, op);
    set_pair(cpu, op.r1, v);
    Ok(())
}

fn left_double(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    even(op.r1)?;
    let (v, overflow) = shift_left(pair(cpu, op.r1), 64, amount(cpu, op));
    set_pair(cpu, op.r1, v);
    if overflow {
        return overflowed(cpu);
    }
    cpu.set_cc(sign_cc(v));
    Ok(())
}

fn right_double(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    even(op.r1)?;
    let v = bits64(signed64(pair(cpu, op.r1)) >> amount(cpu, op));
    set_pair(cpu, op.r1, v);
    cpu.set_cc(sign_cc(v));
    Ok(())
}

fn rotate_word(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    let v = cpu.gr32(op.r3).rotate_left(amount(cpu, op) & 31);
    cpu.set_gr32(op.r1, v);
    Ok(())
}

fn rotate_long(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    let v = cpu.gr64(op.r3).rotate_left(amount(cpu, op));
    cpu.set_gr64(op.r1, v);
    Ok(())
}
