//! Binary-integer arithmetic (Principles of Operation, chapter 7).

use super::Format::*;
use super::load::{finish, overflowed, sign_cc};
use super::source::*;
use super::{Row, both, hot, long, quick, with};
use crate::machine::bits::{
    bits32, bits64, high32, high64, join32, join64, low32, low64, signed32, signed64,
};
use crate::machine::block::Op;
use crate::machine::cpu::{Cpu, ProgramCode, Step, Stop};
use crate::machine::storage::Storage;

pub(super) const TABLE: &[Row] = &[
    // ADD
    quick!(both(0x1A00, "ar", Rr; add::<u32, R1, R2>)),
    quick!(long(0xB908, "agr", Rre; add::<u64, R1, R2>)),
    quick!(long(0xB918, "agfr", Rre; add::<u64, R1, R2Word>)),
    quick!(with(45, 0xB9F8, "ark", RrfA; add::<u32, R2, R3>)),
    quick!(with(45, 0xB9E8, "agrk", RrfA; add::<u64, R2, R3>)),
    quick!(both(0x5A00, "a", Rx; add::<u32, R1, Mem>)),
    quick!(with(18, 0xE35A, "ay", Rxy; add::<u32, R1, Mem>)),
    quick!(long(0xE308, "ag", Rxy; add::<u64, R1, Mem>)),
    quick!(long(0xE318, "agf", Rxy; add::<u64, R1, MemWord>)),
    quick!(both(0x4A00, "ah", Rx; add::<u32, R1, MemHalf>)),
    quick!(with(18, 0xE37A, "ahy", Rxy; add::<u32, R1, MemHalf>)),
    quick!(both(0xA70A, "ahi", Ri; add::<u32, R1, Imm>)),
    quick!(long(0xA70B, "aghi", Ri; add::<u64, R1, Imm>)),
    quick!(with(21, 0xC209, "afi", Ril; add::<u32, R1, Imm>)),
    quick!(with(21, 0xC208, "agfi", Ril; add::<u64, R1, Imm>)),
    quick!(with(45, 0xECD8, "ahik", RieD; add::<u32, R3, Imm>)),
    quick!(with(45, 0xECD9, "aghik", RieD; add::<u64, R3, Imm>)),
    with(34, 0xEB6A, "asi", Siy, add_to_storage::<u32>),
    with(34, 0xEB7A, "agsi", Siy, add_to_storage::<u64>),
    with(45, 0xB9C8, "ahhhr", RrfA, add_high::<R2High, R3High>),
    with(45, 0xB9D8, "ahhlr", RrfA, add_high::<R2High, R3>),
    with(45, 0xCC08, "aih", Ril, add_high::<R1High, Imm>),
    // SUBTRACT
    quick!(both(0x1B00, "sr", Rr; subtract::<u32, R1, R2>)),
    quick!(long(0xB909, "sgr", Rre; subtract::<u64, R1, R2>)),
    quick!(long(0xB919, "sgfr", Rre; subtract::<u64, R1, R2Word>)),
    quick!(with(45, 0xB9F9, "srk", RrfA; subtract::<u32, R2, R3>)),
    quick!(with(45, 0xB9E9, "sgrk", RrfA; subtract::<u64, R2, R3>)),
    quick!(both(0x5B00, "s", Rx; subtract::<u32, R1, Mem>)),
    quick!(with(18, 0xE35B, "sy", Rxy; subtract::<u32, R1, Mem>)),
    quick!(long(0xE309, "sg", Rxy; subtract::<u64, R1, Mem>)),
    quick!(long(0xE319, "sgf", Rxy; subtract::<u64, R1, MemWord>)),
    quick!(both(0x4B00, "sh", Rx; subtract::<u32, R1, MemHalf>)),
    quick!(with(18, 0xE37B, "shy", Rxy; subtract::<u32, R1, MemHalf>)),
    with(45, 0xB9C9, "shhhr", RrfA, subtract_high::<R2High, R3High>),
    with(45, 0xB9D9, "shhlr", RrfA, subtract_high::<R2High, R3>),
    // ADD LOGICAL
    quick!(both(0x1E00, "alr", Rr; add_logical::<u32, R1, R2>)),
    quick!(long(0xB90A, "algr", Rre; add_logical::<u64, R1, R2>)),
    quick!(long(0xB91A, "algfr", Rre; add_logical::<u64, R1, R2WordZ>)),
    quick!(with(45, 0xB9FA, "alrk", RrfA; add_logical::<u32, R2, R3>)),
    quick!(with(45, 0xB9EA, "algrk", RrfA; add_logical::<u64, R2, R3>)),
    quick!(both(0x5E00, "al", Rx; add_logical::<u32, R1, Mem>)),
    quick!(with(18, 0xE35E, "aly", Rxy; add_logical::<u32, R1, Mem>)),
    quick!(long(0xE30A, "alg", Rxy; add_logical::<u64, R1, Mem>)),
    quick!(long(0xE31A, "algf", Rxy; add_logical::<u64, R1, MemWordZ>)),
    quick!(with(21, 0xC20B, "alfi", Ril; add_logical::<u32, R1, ImmZ>)),
    quick!(with(21, 0xC20A, "algfi", Ril; add_logical::<u64, R1, ImmZ>)),
    quick!(with(45, 0xECDA, "alhsik", RieD; add_logical::<u32, R3, Imm>)),
    quick!(with(45, 0xECDB, "alghsik", RieD; add_logical::<u64, R3, Imm>)),
    with(34, 0xEB6E, "alsi", Siy, add_logical_to_storage::<u32>),
    with(34, 0xEB7E, "algsi", Siy, add_logical_to_storage::<u64>),
    with(
        45,
        0xB9CA,
        "alhhhr",
        RrfA,
        add_logical_high::<R2High, R3High>,
    ),
    with(45, 0xB9DA, "alhhlr", RrfA, add_logical_high::<R2High, R3>),
    with(45, 0xCC0A, "alsih", Ril, add_logical_high::<R1High, Imm>),
    with(45, 0xCC0B, "alsihn", Ril, add_logical_high_no_cc),
    hot!(long(0xB998, "alcr", Rre; add_with_carry::<u32, R2>)),
    hot!(long(0xB988, "alcgr", Rre; add_with_carry::<u64, R2>)),
    long(0xE398, "alc", Rxy, add_with_carry::<u32, Mem>),
    long(0xE388, "alcg", Rxy, add_with_carry::<u64, Mem>),
    // SUBTRACT LOGICAL
    quick!(both(0x1F00, "slr", Rr; subtract_logical::<u32, R1, R2>)),
    quick!(long(0xB90B, "slgr", Rre; subtract_logical::<u64, R1, R2>)),
    quick!(long(0xB91B, "slgfr", Rre; subtract_logical::<u64, R1, R2WordZ>)),
    quick!(with(45, 0xB9FB, "slrk", RrfA; subtract_logical::<u32, R2, R3>)),
    quick!(with(45, 0xB9EB, "slgrk", RrfA; subtract_logical::<u64, R2, R3>)),
    quick!(both(0x5F00, "sl", Rx; subtract_logical::<u32, R1, Mem>)),
    quick!(with(18, 0xE35F, "sly", Rxy; subtract_logical::<u32, R1, Mem>)),
    quick!(long(0xE30B, "slg", Rxy; subtract_logical::<u64, R1, Mem>)),
    quick!(long(0xE31B, "slgf", Rxy; subtract_logical::<u64, R1, MemWordZ>)),
    quick!(with(21, 0xC205, "slfi", Ril; subtract_logical::<u32, R1, ImmZ>)),
    quick!(with(21, 0xC204, "slgfi", Ril; subtract_logical::<u64, R1, ImmZ>)),
    with(
        45,
        0xB9CB,
        "slhhhr",
        RrfA,
        subtract_logical_high::<R2High, R3High>,
    ),
    with(
        45,
        0xB9DB,
        "slhhlr",
        RrfA,
        subtract_logical_high::<R2High, R3>,
    ),
    hot!(long(0xB999, "slbr", Rre; subtract_with_borrow::<u32, R2>)),
    hot!(long(0xB989, "slbgr", Rre; subtract_with_borrow::<u64, R2>)),
    long(0xE399, "slb", Rxy, subtract_with_borrow::<u32, Mem>),
    long(0xE389, "slbg", Rxy, subtract_with_borrow::<u64, Mem>),
    // MULTIPLY
    both(0x1C00, "mr", Rr, multiply::<R2>),
    both(0x5C00, "m", Rx, multiply::<Mem>),
    with(34, 0xE35C, "mfy", Rxy, multiply::<Mem>),
    quick!(both(0x4C00, "mh", Rx; multiply_single::<u32, MemHalf>)),
    quick!(with(34, 0xE37C, "mhy", Rxy; multiply_single::<u32, MemHalf>)),
    quick!(both(0xA70C, "mhi", Ri; multiply_single::<u32, Imm>)),
    quick!(long(0xA70D, "mghi", Ri; multiply_single::<u64, Imm>)),
    long(0xB996, "mlr", Rre, multiply_logical::<R2>),
    long(0xE396, "ml", Rxy, multiply_logical::<Mem>),
    long(0xB986, "mlgr", Rre, multiply_logical_long::<R2>),
    long(0xE386, "mlg", Rxy, multiply_logical_long::<Mem>),
    quick!(both(0xB252, "msr", Rre; multiply_single::<u32, R2>)),
    quick!(long(0xB90C, "msgr", Rre; multiply_single::<u64, R2>)),
    quick!(long(0xB91C, "msgfr", Rre; multiply_single::<u64, R2Word>)),
    quick!(both(0x7100, "ms", Rx; multiply_single::<u32, Mem>)),
    quick!(with(18, 0xE351, "msy", Rxy; multiply_single::<u32, Mem>)),
    quick!(long(0xE30C, "msg", Rxy; multiply_single::<u64, Mem>)),
    quick!(long(0xE31C, "msgf", Rxy; multiply_single::<u64, MemWord>)),
    quick!(with(34, 0xC201, "msfi", Ril; multiply_single::<u32, Imm>)),
    quick!(with(34, 0xC200, "msgfi", Ril; multiply_single::<u64, Imm>)),
    // DIVIDE
    both(0x1D00, "dr", Rr, divide::<R2>),
    both(0x5D00, "d", Rx, divide::<Mem>),
    long(0xB997, "dlr", Rre, divide_logical::<R2>),
    long(0xE397, "dl", Rxy, divide_logical::<Mem>),
    long(0xB987, "dlgr", Rre, divide_logical_long::<R2>),
    long(0xE387, "dlg", Rxy, divide_logical_long::<Mem>),
    long(0xB90D, "dsgr", Rre, divide_single::<R2>),
    long(0xB91D, "dsgfr", Rre, divide_single::<R2Word>),
    long(0xE30D, "dsg", Rxy, divide_single::<Mem>),
    long(0xE31D, "dsgf", Rxy, divide_single::<MemWord>),
];

fn add<T: Word, A: Source<T>, B: Source<T>>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    with_operand::<T, B>(cpu, st, op, add_with::<T, A>)
}

#[inline(always)]
fn add_with<T: Word, A: Source<T>>(cpu: &mut Cpu, st: &mut Storage, op: &Op, b: T) -> Step {
    let (v, overflow, _) = A::get(cpu, st, op)?.plus(b);
    finish(cpu, op, v, overflow)
}

fn subtract<T: Word, A: Source<T>, B: Source<T>>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    with_operand::<T, B>(cpu, st, op, subtract_with::<T, A>)
}

#[inline(always)]
fn subtract_with<T: Word, A: Source<T>>(cpu: &mut Cpu, st: &mut Storage, op: &Op, b: T) -> Step {
    let (v, overflow, _) = A::get(cpu, st, op)?.minus(b);
    finish(cpu, op, v, overflow)
}

/// Condition code of an unsigned sum: carry, and whether it is zero.
#[inline(always)]
pub(super) fn carry_cc<T: Word>(v: T, carry: bool) -> u8 {
    u8::from(carry) << 1 | u8::from(v != T::default())
}

fn add_logical<T: Word, A: Source<T>, B: Source<T>>(
    cpu: &mut Cpu,
    st: &mut Storage,
    op: &Op,
) -> Step {
    with_operand::<T, B>(cpu, st, op, add_logical_with::<T, A>)
}

#[inline(always)]
fn add_logical_with<T: Word, A: Source<T>>(cpu: &mut Cpu, st: &mut Storage, op: &Op, b: T) -> Step {
    let (v, _, carry) = A::get(cpu, st, op)?.plus(b);
    T::set(cpu, op.r1, v);
    cpu.set_cc(carry_cc(v, carry));
    Ok(())
}

fn subtract_logical<T: Word, A: Source<T>, B: Source<T>>(
    cpu: &mut Cpu,
    st: &mut Storage,
    op: &Op,
) -> Step {
    with_operand::<T, B>(cpu, st, op, subtract_logical_with::<T, A>)
}

#[inline(always)]
fn subtract_logical_with<T: Word, A: Source<T>>(
    cpu: &mut Cpu,
    st: &mut Storage,
    op: &Op,
    b: T,
) -> Step {
    let (v, _, carry) = A::get(cpu, st, op)?.minus(b);
    T::set(cpu, op.r1, v);
    cpu.set_cc(carry_cc(v, carry));
    Ok(())
}

fn add_with_carry<T: Word, B: Source<T>>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let b = B::get(cpu, st, op)?;
    let (v, _, one) = T::reg(cpu, op.r1).plus(b);
    let (v, _, two) = v.plus(T::cut(u64::from(cpu.psw.cc >> 1)));
    T::set(cpu, op.r1, v);
    cpu.set_cc(carry_cc(v, one || two));
    Ok(())
}

fn subtract_with_borrow<T: Word, B: Source<T>>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let b = B::get(cpu, st, op)?;
    let (v, _, one) = T::reg(cpu, op.r1).minus(b);
    let (v, _, two) = v.minus(T::cut(1 - u64::from(cpu.psw.cc >> 1)));
    T::set(cpu, op.r1, v);
    cpu.set_cc(carry_cc(v, one && two));
    Ok(())
}

/// A read-modify-write of storage: checks that it can be stored before it is changed.
#[inline(always)]
pub(super) fn update<T: Word>(
    cpu: &mut Cpu,
    st: &mut Storage,
    op: &Op,
    change: impl FnOnce(T) -> T,
) -> Result<T, Stop> {
    let a = first(cpu, op);
    let v = change(cpu.load::<T>(st, a, op.b)?);
    cpu.store(st, a, op.b, v)?;
    Ok(v)
}

fn add_to_storage<T: Word>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let mut overflow = false;
    let v = update::<T>(cpu, st, op, |old| {
        let (v, o, _) = old.plus(immediate_byte(op));
        overflow = o;
        v
    })?;
    if overflow {
        return overflowed(cpu);
    }
    cpu.set_cc(sign_cc(v));
    Ok(())
}

fn add_logical_to_storage<T: Word>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let mut carry = false;
    let v = update::<T>(cpu, st, op, |old| {
        let (v, _, c) = old.plus(immediate_byte(op));
        carry = c;
        v
    })?;
    cpu.set_cc(carry_cc(v, carry));
    Ok(())
}

/// The immediate byte of SIY format, sign-extended.
fn immediate_byte<T: Word>(op: &Op) -> T {
    T::cut(crate::machine::bits::extend8(crate::machine::bits::low8(
        u64::from(bits32(op.imm)),
    )))
}

fn set_high(cpu: &mut Cpu, op: &Op, v: u32, overflow: bool) -> Step {
    cpu.set_high32(op.r1, v);
    if overflow {
        return overflowed(cpu);
    }
    cpu.set_cc(sign_cc(v));
    Ok(())
}

fn add_high<A: Source<u32>, B: Source<u32>>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let b = B::get(cpu, st, op)?;
    let (v, overflow, _) = A::get(cpu, st, op)?.plus(b);
    set_high(cpu, op, v, overflow)
}

fn subtract_high<A: Source<u32>, B: Source<u32>>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let b = B::get(cpu, st, op)?;
    let (v, overflow, _) = A::get(cpu, st, op)?.minus(b);
    set_high(cpu, op, v, overflow)
}

fn add_logical_high<A: Source<u32>, B: Source<u32>>(
    cpu: &mut Cpu,
    st: &mut Storage,
    op: &Op,
) -> Step {
    let b = B::get(cpu, st, op)?;
    let (v, _, carry) = A::get(cpu, st, op)?.plus(b);
    cpu.set_high32(op.r1, v);
    cpu.set_cc(carry_cc(v, carry));
    Ok(())
}

fn add_logical_high_no_cc(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    let v = high32(cpu.gr64(op.r1)).wrapping_add(bits32(op.imm));
    cpu.set_high32(op.r1, v);
    Ok(())
}

fn subtract_logical_high<A: Source<u32>, B: Source<u32>>(
    cpu: &mut Cpu,
    st: &mut Storage,
    op: &Op,
) -> Step {
    let b = B::get(cpu, st, op)?;
    let (v, _, carry) = A::get(cpu, st, op)?.minus(b);
    cpu.set_high32(op.r1, v);
    cpu.set_cc(carry_cc(v, carry));
    Ok(())
}

fn multiply_single<T: Word, B: Source<T>>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    with_operand::<T, B>(cpu, st, op, multiply_with::<T>)
}

#[inline(always)]
fn multiply_with<T: Word>(cpu: &mut Cpu, _: &mut Storage, op: &Op, b: T) -> Step {
    let v = T::reg(cpu, op.r1).times(b);
    T::set(cpu, op.r1, v);
    Ok(())
}

fn set_pair(cpu: &mut Cpu, r: u8, v: u64) {
    cpu.set_gr32(r, high32(v));
    cpu.set_gr32(r + 1, low32(v));
}

fn multiply<B: Source<u32>>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    even(op.r1)?;
    let b = i64::from(signed32(B::get(cpu, st, op)?));
    let a = i64::from(signed32(cpu.gr32(op.r1 + 1)));
    set_pair(cpu, op.r1, bits64(a * b));
    Ok(())
}

fn multiply_logical<B: Source<u32>>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    even(op.r1)?;
    let b = u64::from(B::get(cpu, st, op)?);
    let a = u64::from(cpu.gr32(op.r1 + 1));
    set_pair(cpu, op.r1, a * b);
    Ok(())
}

fn multiply_logical_long<B: Source<u64>>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    even(op.r1)?;
    let b = u128::from(B::get(cpu, st, op)?);
    let v = u128::from(cpu.gr64(op.r1 + 1)) * b;
    cpu.set_gr64(op.r1, high64(v));
    cpu.set_gr64(op.r1 + 1, low64(v));
    Ok(())
}

const DIVIDE: Stop = Stop::Program(ProgramCode::FIXED_DIVIDE);

fn divide<B: Source<u32>>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    even(op.r1)?;
    let b = i64::from(signed32(B::get(cpu, st, op)?));
    let a = signed64(join32(cpu.gr32(op.r1), cpu.gr32(op.r1 + 1)));
    let quotient = a.checked_div(b).ok_or(DIVIDE)?;
    let quotient = i32::try_from(quotient).map_err(|_| DIVIDE)?;
    cpu.set_gr32(op.r1, low32(bits64(a % b)));
    cpu.set_gr32(op.r1 + 1, bits32(quotient));
    Ok(())
}

fn divide_logical<B: Source<u32>>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    even(op.r1)?;
    let b = u64::from(B::get(cpu, st, op)?);
    let a = join32(cpu.gr32(op.r1), cpu.gr32(op.r1 + 1));
    let quotient = a.checked_div(b).ok_or(DIVIDE)?;
    let quotient = u32::try_from(quotient).map_err(|_| DIVIDE)?;
    cpu.set_gr32(op.r1, low32(a % b));
    cpu.set_gr32(op.r1 + 1, quotient);
    Ok(())
}

fn divide_logical_long<B: Source<u64>>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    even(op.r1)?;
    let b = u128::from(B::get(cpu, st, op)?);
    let a = join64(cpu.gr64(op.r1), cpu.gr64(op.r1 + 1));
    let quotient = a.checked_div(b).ok_or(DIVIDE)?;
    let quotient = u64::try_from(quotient).map_err(|_| DIVIDE)?;
    cpu.set_gr64(op.r1, low64(a % b));
    cpu.set_gr64(op.r1 + 1, quotient);
    Ok(())
}

fn divide_single<B: Source<u64>>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    even(op.r1)?;
    let b = signed64(B::get(cpu, st, op)?);
    let a = signed64(cpu.gr64(op.r1 + 1));
    let quotient = a.checked_div(b).ok_or(DIVIDE)?;
    cpu.set_gr64(op.r1, bits64(a.wrapping_rem(b)));
    cpu.set_gr64(op.r1 + 1, bits64(quotient));
    Ok(())
}

/// Handlers whose operand in storage is at hand.
mod quick {
    use super::*;

    /// Sets the result and the signed condition code, where there is no overflow.
    #[inline(always)]
    fn unless_overflow<T: Word>(cpu: &mut Cpu, op: &Op, v: T, overflow: bool) -> Option<Step> {
        (!overflow).then(|| finish(cpu, op, v, false))
    }

    #[inline(always)]
    pub fn add<T: Word, A: Source<T>, B: Source<T>>(
        cpu: &mut Cpu,
        st: &mut Storage,
        op: &Op,
    ) -> Option<Step> {
        let b = B::quick(cpu, st, op)?;
        let (v, overflow, _) = A::quick(cpu, st, op)?.plus(b);
        unless_overflow(cpu, op, v, overflow)
    }

    #[inline(always)]
    pub fn subtract<T: Word, A: Source<T>, B: Source<T>>(
        cpu: &mut Cpu,
        st: &mut Storage,
        op: &Op,
    ) -> Option<Step> {
        let b = B::quick(cpu, st, op)?;
        let (v, overflow, _) = A::quick(cpu, st, op)?.minus(b);
        unless_overflow(cpu, op, v, overflow)
    }

    #[inline(always)]
    pub fn add_logical<T: Word, A: Source<T>, B: Source<T>>(
        cpu: &mut Cpu,
        st: &mut Storage,
        op: &Op,
    ) -> Option<Step> {
        quickly::<T, B>(cpu, st, op, add_logical_with::<T, A>)
    }

    #[inline(always)]
    pub fn subtract_logical<T: Word, A: Source<T>, B: Source<T>>(
        cpu: &mut Cpu,
        st: &mut Storage,
        op: &Op,
    ) -> Option<Step> {
        quickly::<T, B>(cpu, st, op, subtract_logical_with::<T, A>)
    }

    #[inline(always)]
    pub fn multiply_single<T: Word, B: Source<T>>(
        cpu: &mut Cpu,
        st: &mut Storage,
        op: &Op,
    ) -> Option<Step> {
        quickly::<T, B>(cpu, st, op, multiply_with::<T>)
    }
}
