//! Comparisons, with and without a branch or a trap (Principles of Operation, chapter 7).

use super::Format::*;
use super::branch::{go, go_relative};
use super::source::*;
use super::{Format, Row, both, long, quick, with};
use crate::machine::access::{Access, Scalar};
use crate::machine::bits::{bits32, bits64, low32, signed64};
use crate::machine::block::Op;
use crate::machine::chain::{JumpTable, Rest, go_on_after};
use crate::machine::cpu::{Cpu, ProgramCode, Step, Stop};
use crate::machine::storage::Storage;
use std::cmp::Ordering;

pub(super) const TABLE: &[Row] = &[
    quick!(both(0x1900, "cr", Rr; compare::<u32, Signed, R1, R2>)),
    quick!(long(0xB920, "cgr", Rre; compare::<u64, Signed, R1, R2>)),
    quick!(long(0xB930, "cgfr", Rre; compare::<u64, Signed, R1, R2Word>)),
    quick!(both(0x5900, "c", Rx; compare::<u32, Signed, R1, Mem>)),
    quick!(with(18, 0xE359, "cy", Rxy; compare::<u32, Signed, R1, Mem>)),
    quick!(long(0xE320, "cg", Rxy; compare::<u64, Signed, R1, Mem>)),
    quick!(long(0xE330, "cgf", Rxy; compare::<u64, Signed, R1, MemWord>)),
    quick!(both(0x4900, "ch", Rx; compare::<u32, Signed, R1, MemHalf>)),
    quick!(with(18, 0xE379, "chy", Rxy; compare::<u32, Signed, R1, MemHalf>)),
    quick!(with(34, 0xE334, "cgh", Rxy; compare::<u64, Signed, R1, MemHalf>)),
    quick!(both(0xA70E, "chi", Ri; compare::<u32, Signed, R1, Imm>)),
    quick!(long(0xA70F, "cghi", Ri; compare::<u64, Signed, R1, Imm>)),
    quick!(with(21, 0xC20D, "cfi", Ril; compare::<u32, Signed, R1, Imm>)),
    quick!(with(21, 0xC20C, "cgfi", Ril; compare::<u64, Signed, R1, Imm>)),
    quick!(with(34, 0xC60D, "crl", RilRel; compare::<u32, Signed, R1, Rel>)),
    quick!(with(34, 0xC608, "cgrl", RilRel; compare::<u64, Signed, R1, Rel>)),
    quick!(with(34, 0xC60C, "cgfrl", RilRel; compare::<u64, Signed, R1, RelWord>)),
    quick!(with(34, 0xC605, "chrl", RilRel; compare::<u32, Signed, R1, RelHalf>)),
    quick!(with(34, 0xC604, "cghrl", RilRel; compare::<u64, Signed, R1, RelHalf>)),
    quick!(with(34, 0xE554, "chhsi", Sil; compare_storage_signed::<u16>)),
    quick!(with(34, 0xE55C, "chsi", Sil; compare_storage_signed::<u32>)),
    quick!(with(34, 0xE558, "cghsi", Sil; compare_storage_signed::<u64>)),
    quick!(with(45, 0xB9CD, "chhr", Rre; compare::<u32, Signed, R1High, R2High>)),
    quick!(with(45, 0xB9DD, "chlr", Rre; compare::<u32, Signed, R1High, R2>)),
    quick!(with(45, 0xE3CD, "chf", Rxy; compare::<u32, Signed, R1High, Mem>)),
    quick!(with(45, 0xCC0D, "cih", Ril; compare::<u32, Signed, R1High, Imm>)),
    // COMPARE LOGICAL
    quick!(both(0x1500, "clr", Rr; compare::<u32, Unsigned, R1, R2>)),
    quick!(long(0xB921, "clgr", Rre; compare::<u64, Unsigned, R1, R2>)),
    quick!(long(0xB931, "clgfr", Rre; compare::<u64, Unsigned, R1, R2WordZ>)),
    quick!(both(0x5500, "cl", Rx; compare::<u32, Unsigned, R1, Mem>)),
    quick!(with(18, 0xE355, "cly", Rxy; compare::<u32, Unsigned, R1, Mem>)),
    quick!(long(0xE321, "clg", Rxy; compare::<u64, Unsigned, R1, Mem>)),
    quick!(long(0xE331, "clgf", Rxy; compare::<u64, Unsigned, R1, MemWordZ>)),
    quick!(with(21, 0xC20F, "clfi", Ril; compare::<u32, Unsigned, R1, ImmZ>)),
    quick!(with(21, 0xC20E, "clgfi", Ril; compare::<u64, Unsigned, R1, ImmZ>)),
    quick!(with(34, 0xC60F, "clrl", RilRel; compare::<u32, Unsigned, R1, Rel>)),
    quick!(with(34, 0xC60A, "clgrl", RilRel; compare::<u64, Unsigned, R1, Rel>)),
    quick!(with(34, 0xC60E, "clgfrl", RilRel; compare::<u64, Unsigned, R1, RelWordZ>)),
    quick!(with(34, 0xC607, "clhrl", RilRel; compare::<u32, Unsigned, R1, RelHalfZ>)),
    quick!(with(34, 0xC606, "clghrl", RilRel; compare::<u64, Unsigned, R1, RelHalfZ>)),
    quick!(both(0x9500, "cli", Si; compare_storage_logical::<u8>)),
    quick!(with(18, 0xEB55, "cliy", Siy; compare_storage_logical::<u8>)),
    quick!(with(34, 0xE555, "clhhsi", Sil; compare_storage_logical::<u16>)),
    quick!(with(34, 0xE55D, "clfhsi", Sil; compare_storage_logical::<u32>)),
    quick!(with(34, 0xE559, "clghsi", Sil; compare_storage_logical::<u64>)),
    quick!(with(45, 0xB9CF, "clhhr", Rre; compare::<u32, Unsigned, R1High, R2High>)),
    quick!(with(45, 0xB9DF, "clhlr", Rre; compare::<u32, Unsigned, R1High, R2>)),
    quick!(with(45, 0xE3CF, "clhf", Rxy; compare::<u32, Unsigned, R1High, Mem>)),
    quick!(with(45, 0xCC0F, "clih", Ril; compare::<u32, Unsigned, R1High, ImmZ>)),
    both(0xBD00, "clm", RsMask, compare_under_mask::<0>),
    with(18, 0xEB21, "clmy", RsyMask, compare_under_mask::<0>),
    long(0xEB20, "clmh", RsyMask, compare_under_mask::<32>),
    // COMPARE AND BRANCH
    branching::<u32, Signed, R2>(0xEC76, "crj", RieB),
    branching::<u64, Signed, R2>(0xEC64, "cgrj", RieB),
    branching::<u32, Signed, Imm2>(0xEC7E, "cij", RieC),
    branching::<u64, Signed, Imm2>(0xEC7C, "cgij", RieC),
    branching::<u32, Unsigned, R2>(0xEC77, "clrj", RieB),
    branching::<u64, Unsigned, R2>(0xEC65, "clgrj", RieB),
    branching::<u32, Unsigned, Imm2Z>(0xEC7F, "clij", RieC),
    branching::<u64, Unsigned, Imm2Z>(0xEC7D, "clgij", RieC),
    with(34, 0xECF6, "crb", Rrs, branch_address::<u32, Signed, R2>),
    with(34, 0xECE4, "cgrb", Rrs, branch_address::<u64, Signed, R2>),
    with(34, 0xECFE, "cib", Ris, branch_address::<u32, Signed, Imm>),
    with(34, 0xECFC, "cgib", Ris, branch_address::<u64, Signed, Imm>),
    with(34, 0xECF7, "clrb", Rrs, branch_address::<u32, Unsigned, R2>),
    with(
        34,
        0xECE5,
        "clgrb",
        Rrs,
        branch_address::<u64, Unsigned, R2>,
    ),
    with(
        34,
        0xECFF,
        "clib",
        Ris,
        branch_address::<u32, Unsigned, ImmByteZ>,
    ),
    with(
        34,
        0xECFD,
        "clgib",
        Ris,
        branch_address::<u64, Unsigned, ImmByteZ>,
    ),
    // COMPARE AND TRAP
    with(34, 0xB972, "crt", RrfC, trap_registers::<u32, Signed>),
    with(34, 0xB960, "cgrt", RrfC, trap_registers::<u64, Signed>),
    with(34, 0xB973, "clrt", RrfC, trap_registers::<u32, Unsigned>),
    with(34, 0xB961, "clgrt", RrfC, trap_registers::<u64, Unsigned>),
    with(34, 0xEC72, "cit", RieA, trap_immediate::<u32, Signed, Imm>),
    with(34, 0xEC70, "cgit", RieA, trap_immediate::<u64, Signed, Imm>),
    with(
        34,
        0xEC73,
        "clfit",
        RieA,
        trap_immediate::<u32, Unsigned, ImmHalfZ>,
    ),
    with(
        34,
        0xEC71,
        "clgit",
        RieA,
        trap_immediate::<u64, Unsigned, ImmHalfZ>,
    ),
];

/// How two values are ordered.
trait Rule<T> {
    fn compare(a: T, b: T) -> Ordering;

    fn less(a: T, b: T) -> bool;

    /// The condition code: equal 0, low 1, high 2.
    #[inline(always)]
    fn cc(a: T, b: T) -> u8
    where
        T: Copy,
    {
        u8::from(Self::less(b, a)) << 1 | u8::from(Self::less(a, b))
    }
}

/// Both have a sign.
struct Signed;
/// Neither has a sign.
struct Unsigned;

impl<T: Word> Rule<T> for Signed {
    #[inline(always)]
    fn compare(a: T, b: T) -> Ordering {
        signed64(a.extend()).cmp(&signed64(b.extend()))
    }

    #[inline(always)]
    fn less(a: T, b: T) -> bool {
        signed64(a.extend()) < signed64(b.extend())
    }
}

impl<T: Word> Rule<T> for Unsigned {
    #[inline(always)]
    fn compare(a: T, b: T) -> Ordering {
        a.cmp(&b)
    }

    #[inline(always)]
    fn less(a: T, b: T) -> bool {
        a < b
    }
}

/// Equal 0, low 1, high 2.
#[inline(always)]
pub(super) fn order_cc(order: Ordering) -> u8 {
    match order {
        Ordering::Equal => 0,
        Ordering::Less => 1,
        Ordering::Greater => 2,
    }
}

fn compare<T: Word, R: Rule<T>, A: Source<T>, B: Source<T>>(
    cpu: &mut Cpu,
    st: &mut Storage,
    op: &Op,
) -> Step {
    with_operand::<T, B>(cpu, st, op, compare_with::<T, R, A>)
}

#[inline(always)]
fn compare_with<T: Word, R: Rule<T>, A: Source<T>>(
    cpu: &mut Cpu,
    st: &mut Storage,
    op: &Op,
    b: T,
) -> Step {
    let a = A::get(cpu, st, op)?;
    cpu.set_cc(R::cc(a, b));
    Ok(())
}

fn compare_storage_signed<T: Scalar>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let a = first(cpu, op);
    let v = cpu.load::<T>(st, a, op.b)?;
    compare_signed(cpu, op, v);
    Ok(())
}

#[inline(always)]
fn compare_signed<T: Scalar>(cpu: &mut Cpu, op: &Op, v: T) {
    let unused = 64 - 8 * T::BYTES;
    let v = bits64(signed64(v.to_u64() << unused) >> unused);
    cpu.set_cc(Signed::cc(v, bits64(i64::from(op.imm))));
}

fn compare_storage_logical<T: Scalar>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let a = first(cpu, op);
    let v = cpu.load::<T>(st, a, op.b)?;
    compare_logical(cpu, op, v);
    Ok(())
}

#[inline(always)]
fn compare_logical<T: Scalar>(cpu: &mut Cpu, op: &Op, v: T) {
    cpu.set_cc(Unsigned::cc(v.to_u64(), u64::from(bits32(op.imm) & 0xFFFF)));
}

fn compare_under_mask<const SHIFT: u32>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let a = address(cpu, op);
    let mask = op.r3;
    let n = usize::try_from(mask.count_ones()).unwrap_or(0);
    let span = cpu.span(st, a, n.max(1), op.b, Access::Fetch)?;
    let mut bytes = [0u8; 4];
    if n > 0 {
        span.read(st, &mut bytes[..n]);
    }
    let word = low32(cpu.gr64(op.r1) >> SHIFT).to_be_bytes();
    let chosen = (0..4).filter(|i| mask & (8 >> i) != 0).map(|i| word[i]);
    cpu.set_cc(order_cc(chosen.cmp(bytes[..n].iter().copied())));
    Ok(())
}

/// Whether the mask has the bit of the comparison's outcome.
#[inline(always)]
fn chosen(mask: u8, order: Ordering) -> bool {
    match order {
        Ordering::Equal => mask & 8 != 0,
        Ordering::Less => mask & 4 != 0,
        Ordering::Greater => mask & 2 != 0,
    }
}

fn branch_relative<T: Word, R: Rule<T>, B: Source<T>>(
    cpu: &mut Cpu,
    st: &mut Storage,
    op: &Op,
) -> Step {
    branch_when::<T, R, B, 0>(cpu, st, op)
}

/// Branches when the mask says so: this one, or 0 for the one in the operation.
#[inline(always)]
fn branch_when<T: Word, R: Rule<T>, B: Source<T>, const MASK: u8>(
    cpu: &mut Cpu,
    st: &mut Storage,
    op: &Op,
) -> Step {
    let (a, b) = (T::reg(cpu, op.r1), B::get(cpu, st, op)?);
    let holds = match MASK {
        8 => a == b,
        6 => a != b,
        4 => R::less(a, b),
        10 => !R::less(a, b),
        2 => R::less(b, a),
        12 => !R::less(b, a),
        _ => u32::from(op.m) << R::cc(a, b) & 8 != 0,
    };
    if holds {
        return go_relative(cpu, op);
    }
    Ok(())
}

/// A row of a comparison with a relative branch, which has a function for each mask.
const fn branching<T: Word, R: Rule<T>, B: Source<T>>(
    opcode: u16,
    mnemonic: &'static str,
    format: Format,
) -> Row {
    Row {
        chain: |op| match op.m & 14 {
            8 => branch_and_go_on::<T, R, B, 8>,
            6 => branch_and_go_on::<T, R, B, 6>,
            4 => branch_and_go_on::<T, R, B, 4>,
            10 => branch_and_go_on::<T, R, B, 10>,
            2 => branch_and_go_on::<T, R, B, 2>,
            12 => branch_and_go_on::<T, R, B, 12>,
            _ => branch_and_go_on::<T, R, B, 0>,
        },
        ..with(34, opcode, mnemonic, format, branch_relative::<T, R, B>)
    }
}

fn branch_and_go_on<T: Word, R: Rule<T>, B: Source<T>, const MASK: u8>(
    cpu: &mut Cpu,
    st: &mut Storage,
    jumps: &JumpTable,
    op: &Op,
    rest: Rest<'_>,
) {
    let step = branch_when::<T, R, B, MASK>(cpu, st, op);
    go_on_after(step, cpu, st, jumps, op, rest);
}

fn branch_address<T: Word, R: Rule<T>, B: Source<T>>(
    cpu: &mut Cpu,
    st: &mut Storage,
    op: &Op,
) -> Step {
    let b = B::get(cpu, st, op)?;
    if u32::from(op.m) << R::cc(T::reg(cpu, op.r1), b) & 8 != 0 {
        let target = first(cpu, op);
        return go(cpu, op, target);
    }
    Ok(())
}

fn trap(cpu: &mut Cpu, mask: u8, order: Ordering) -> Step {
    if !chosen(mask, order) {
        return Ok(());
    }
    cpu.fault.dxc = 0xFF;
    Err(Stop::Program(ProgramCode::DATA))
}

fn trap_registers<T: Word, R: Rule<T>>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    let order = R::compare(T::reg(cpu, op.r1), T::reg(cpu, op.r2));
    trap(cpu, op.r3, order)
}

fn trap_immediate<T: Word, R: Rule<T>, B: Source<T>>(
    cpu: &mut Cpu,
    st: &mut Storage,
    op: &Op,
) -> Step {
    let b = B::get(cpu, st, op)?;
    let order = R::compare(T::reg(cpu, op.r1), b);
    trap(cpu, op.m, order)
}

/// Handlers whose operand in storage is at hand.
mod quick {
    use super::*;
    #[inline(always)]
    pub fn compare_storage_signed<T: Scalar>(
        cpu: &mut Cpu,
        st: &mut Storage,
        op: &Op,
    ) -> Option<Step> {
        let v = cpu.peek::<T>(st, first(cpu, op))?;
        compare_signed(cpu, op, v);
        Some(Ok(()))
    }

    #[inline(always)]
    pub fn compare_storage_logical<T: Scalar>(
        cpu: &mut Cpu,
        st: &mut Storage,
        op: &Op,
    ) -> Option<Step> {
        let v = cpu.peek::<T>(st, first(cpu, op))?;
        compare_logical(cpu, op, v);
        Some(Ok(()))
    }

    #[inline(always)]
    pub fn compare<T: Word, R: Rule<T>, A: Source<T>, B: Source<T>>(
        cpu: &mut Cpu,
        st: &mut Storage,
        op: &Op,
    ) -> Option<Step> {
        quickly::<T, B>(cpu, st, op, compare_with::<T, R, A>)
    }
}
