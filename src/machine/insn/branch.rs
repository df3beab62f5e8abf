//! Branches (Principles of Operation, chapter 7, and chapter 5: Sequential Instruction-Address Generation,
//! Execute-type instructions).

use super::Format::*;
use super::source::*;
use super::{Format, Row, both, hot, long, with};
use crate::machine::access::Access;
use crate::machine::bits::{high32, low8, low16, low32, signed64};
use crate::machine::block::Op;
use crate::machine::chain::{self, JumpTable, Rest};
use crate::machine::cpu::{Cpu, ProgramCode, Step, Stop};
use crate::machine::psw::Amode;
use crate::machine::run::next_of;
use crate::machine::storage::Storage;
use crate::machine::trace::{self, Entries};

pub(super) const TABLE: &[Row] = &[
    both(0x0500, "balr", Rr, link_register::<true>),
    both(0x4500, "bal", Rx, link_storage::<true>).last(),
    hot!(both(0x0D00, "basr", Rr; link_register::<false>)),
    both(0x4D00, "bas", Rx, link_storage::<false>).last(),
    both(0x0C00, "bassm", Rr, link_and_set_mode).last(),
    both(0x0B00, "bsm", Rr, branch_and_set_mode).last(),
    hot!(both(0x0700, "bcr", RrMask; on_condition_register)),
    hot!(both(0x4700, "bc", RxMask; on_condition)),
    hot!(both(0x0600, "bctr", Rr; on_count_register::<u32>)),
    hot!(long(0xB946, "bctgr", Rre; on_count_register::<u64>)),
    hot!(both(0x4600, "bct", Rx; on_count::<u32>)),
    hot!(long(0xE346, "bctg", Rxy; on_count::<u64>)),
    both(0x8600, "bxh", Rs, on_index::<u32, High>),
    long(0xEB44, "bxhg", Rsy, on_index::<u64, High>),
    both(0x8700, "bxle", Rs, on_index::<u32, LowOrEqual>),
    long(0xEB45, "bxleg", Rsy, on_index::<u64, LowOrEqual>),
    on_mask(0xA704, "brc", RiMask),
    on_mask(0xC004, "brcl", RilMask),
    hot!(both(0xA705, "bras", RiRel; relative_and_save)).last(),
    hot!(both(0xC005, "brasl", RilRel; relative_and_save)).last(),
    hot!(both(0xA706, "brct", RiRel; relative_on_count::<u32>)),
    hot!(long(0xA707, "brctg", RiRel; relative_on_count::<u64>)),
    with(45, 0xCC06, "brcth", RilRel, relative_on_count_high),
    both(0x8400, "brxh", Rsi, relative_on_index::<u32, High>),
    long(0xEC44, "brxhg", RieE, relative_on_index::<u64, High>),
    both(0x8500, "brxle", Rsi, relative_on_index::<u32, LowOrEqual>),
    long(0xEC45, "brxlg", RieE, relative_on_index::<u64, LowOrEqual>),
    // EXECUTE
    both(0x4400, "ex", Rx, execute),
    with(35, 0xC600, "exrl", RilRel, execute_relative),
];

/// Takes a branch to an address that is already inside the addressing mode.
#[inline(always)]
pub(super) fn go(cpu: &mut Cpu, _: &Op, target: u64) -> Step {
    cpu.psw.addr = target;
    Err(Stop::Branch)
}

/// Takes a relative branch.
#[inline(always)]
pub(super) fn go_relative(cpu: &mut Cpu, op: &Op) -> Step {
    cpu.psw.addr = relative(cpu, op);
    Err(Stop::Branch)
}

/// Whether a condition mask has the bit of the condition code.
#[inline(always)]
fn holds(cpu: &Cpu, mask: u8) -> bool {
    u32::from(mask) << cpu.psw.cc & 8 != 0
}

fn on_condition_register(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    // Register 0: no branch; it serializes, which nobody here can see.
    if op.r2 != 0 && holds(cpu, op.r1) {
        let target = cpu.gr64(op.r2) & cpu.amask;
        return go(cpu, op, target);
    }
    Ok(())
}

fn on_condition(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    if holds(cpu, op.r1) {
        let target = address(cpu, op);
        return go(cpu, op, target);
    }
    Ok(())
}

fn relative_on_condition(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    if holds(cpu, op.r1) {
        return go_relative(cpu, op);
    }
    Ok(())
}

/// A row of a relative branch on condition, which has a function for the masks most used.
const fn on_mask(opcode: u16, mnemonic: &'static str, format: Format) -> Row {
    Row {
        chain: |op| match op.r1 {
            15 => when::<15>,
            8 => when::<8>,
            7 => when::<7>,
            4 => when::<4>,
            _ => when::<0>,
        },
        ..both(opcode, mnemonic, format, relative_on_condition)
    }
}

/// Branches when the mask has the bit of the condition code: this mask, or 0 for the one in the operation.
fn when<const MASK: u8>(
    cpu: &mut Cpu,
    st: &mut Storage,
    jumps: &JumpTable,
    op: &Op,
    rest: Rest<'_>,
) {
    let holds = match MASK {
        15 => true,
        8 => cpu.psw.cc == 0,
        7 => cpu.psw.cc != 0,
        4 => cpu.psw.cc == 1,
        _ => holds(cpu, op.r1),
    };
    if holds {
        cpu.psw.addr = relative(cpu, op);
        return chain::branch(cpu, st, jumps, op);
    }
    chain::go_on(cpu, st, jumps, op, rest);
}

/// The link information: the address behind the instruction, with the mode bit, or in 24-bit mode
/// (BRANCH AND LINK) with length, condition code and program mask.
fn link<const AND_LINK: bool>(cpu: &mut Cpu, op: &Op) {
    let next = next_of(cpu, op);
    match cpu.psw.amode {
        Amode::A64 => cpu.set_gr64(op.r1, next),
        Amode::A31 => cpu.set_gr32(op.r1, low32(next) | 0x8000_0000),
        Amode::A24 if AND_LINK => {
            let len = op.len;
            let top = (len / 2) << 6 | cpu.psw.cc << 4 | cpu.psw.progmask;
            cpu.set_gr32(op.r1, u32::from(top) << 24 | low32(next));
        }
        Amode::A24 => cpu.set_gr32(op.r1, low32(next)),
    }
}

fn link_register<const AND_LINK: bool>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let target = cpu.gr64(op.r2) & cpu.amask;
    if cpu.cr[12] & trace::BRANCHES != 0 && op.r2 != 0 {
        let mut traced = Entries::default();
        traced.branch(cpu, st, (cpu.psw.amode, target))?;
        traced.store(cpu, st)?;
    }
    link::<AND_LINK>(cpu, op);
    if op.r2 == 0 {
        return Ok(());
    }
    go(cpu, op, target)
}

fn link_storage<const AND_LINK: bool>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    let target = address(cpu, op);
    link::<AND_LINK>(cpu, op);
    go(cpu, op, target)
}

fn relative_and_save(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    link::<false>(cpu, op);
    go_relative(cpu, op)
}

/// The addressing mode and address that a register names: bit 63 one means 64-bit, else bit 32 chooses.
pub(super) fn mode_of(cpu: &Cpu, v: u64) -> (Amode, u64) {
    if cpu.psw.zarch && v & 1 != 0 {
        (Amode::A64, v & !1)
    } else if v & 0x8000_0000 != 0 {
        (Amode::A31, v & 0x7FFF_FFFF)
    } else {
        (Amode::A24, v & 0x00FF_FFFF)
    }
}

fn set_mode_and_go(cpu: &mut Cpu, v: u64) -> Step {
    let (amode, target) = mode_of(cpu, v);
    cpu.psw.amode = amode;
    cpu.amask = amode.mask();
    cpu.psw.addr = target;
    Err(Stop::Branch)
}

fn branch_and_set_mode(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let target = cpu.gr64(op.r2);
    if op.r2 != 0 && trace::traces_modes(cpu) {
        let mut traced = Entries::default();
        traced.mode(cpu, st, mode_of(cpu, target).0, next_of(cpu, op))?;
        traced.store(cpu, st)?;
    }
    if op.r1 != 0 {
        match cpu.psw.amode {
            Amode::A64 => cpu.set_gr64(op.r1, cpu.gr64(op.r1) | 1),
            Amode::A31 => cpu.set_gr32(op.r1, cpu.gr32(op.r1) | 0x8000_0000),
            Amode::A24 => cpu.set_gr32(op.r1, cpu.gr32(op.r1) & 0x7FFF_FFFF),
        }
    }
    if op.r2 == 0 {
        return Ok(());
    }
    set_mode_and_go(cpu, target)
}

fn link_and_set_mode(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let target = cpu.gr64(op.r2);
    let next = next_of(cpu, op);
    if op.r2 != 0 && trace::traces_modes(cpu) {
        let mut traced = Entries::default();
        traced.moding_branch(cpu, st, mode_of(cpu, target), next)?;
        traced.store(cpu, st)?;
    }
    match cpu.psw.amode {
        Amode::A64 => cpu.set_gr64(op.r1, next | 1),
        Amode::A31 => cpu.set_gr32(op.r1, low32(next) | 0x8000_0000),
        Amode::A24 => cpu.set_gr32(op.r1, low32(next)),
    }
    if op.r2 == 0 {
        return Ok(());
    }
    set_mode_and_go(cpu, target)
}

fn on_count_register<T: Word>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    let target = cpu.gr64(op.r2) & cpu.amask;
    let v = T::reg(cpu, op.r1).minus(T::cut(1)).0;
    T::set(cpu, op.r1, v);
    if op.r2 != 0 && v != T::default() {
        return go(cpu, op, target);
    }
    Ok(())
}

fn on_count<T: Word>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    let target = address(cpu, op);
    let v = T::reg(cpu, op.r1).minus(T::cut(1)).0;
    T::set(cpu, op.r1, v);
    if v != T::default() {
        return go(cpu, op, target);
    }
    Ok(())
}

fn relative_on_count<T: Word>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    let v = T::reg(cpu, op.r1).minus(T::cut(1)).0;
    T::set(cpu, op.r1, v);
    if v != T::default() {
        return go_relative(cpu, op);
    }
    Ok(())
}

fn relative_on_count_high(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    let v = high32(cpu.gr64(op.r1)).wrapping_sub(1);
    cpu.set_high32(op.r1, v);
    if v != 0 {
        return go_relative(cpu, op);
    }
    Ok(())
}

/// When a branch on index is taken.
trait IndexRule {
    fn taken(sum: i64, limit: i64) -> bool;
}
struct High;
struct LowOrEqual;
impl IndexRule for High {
    fn taken(sum: i64, limit: i64) -> bool {
        sum > limit
    }
}
impl IndexRule for LowOrEqual {
    fn taken(sum: i64, limit: i64) -> bool {
        sum <= limit
    }
}

/// Adds the increment and says whether to branch. The limit is in the odd register of the pair.
fn step_index<T: Word, R: IndexRule>(cpu: &mut Cpu, op: &Op) -> bool {
    let increment = T::reg(cpu, op.r3);
    let limit = T::reg(cpu, op.r3 | 1);
    let sum = T::reg(cpu, op.r1).plus(increment).0;
    T::set(cpu, op.r1, sum);
    R::taken(signed64(sum.extend()), signed64(limit.extend()))
}

fn on_index<T: Word, R: IndexRule>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    let target = address(cpu, op);
    if step_index::<T, R>(cpu, op) {
        return go(cpu, op, target);
    }
    Ok(())
}

fn relative_on_index<T: Word, R: IndexRule>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    if step_index::<T, R>(cpu, op) {
        return go_relative(cpu, op);
    }
    Ok(())
}

fn execute(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let target = address(cpu, op);
    execute_at(cpu, st, op, target)
}

fn execute_relative(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let target = relative(cpu, op);
    execute_at(cpu, st, op, target)
}

/// Runs the instruction at `target` with the low byte of the register OR-ed into its second byte.
fn execute_at(cpu: &mut Cpu, st: &mut Storage, op: &Op, target: u64) -> Step {
    if target & 1 != 0 {
        return Err(Stop::Program(ProgramCode::SPECIFICATION));
    }
    let mut bytes = [0u8; 6];
    let mut at = 0;
    let mut len = 2;
    while at < len {
        let va = target.wrapping_add(crate::machine::bits::count(at)) & cpu.amask;
        let absolute = cpu.locate(st, va, 2, 0, Access::Instruction)?;
        st.copy_out(absolute, &mut bytes[at..at + 2]);
        len = usize::from(super::length(bytes[0]));
        at += 2;
    }
    if op.r1 != 0 {
        bytes[1] |= low8(cpu.gr64(op.r1));
    }
    let mut subject = super::decode(&bytes, cpu.psw.zarch);
    if matches!(bytes[0], 0x44) || bytes[0] == 0xC6 && bytes[1] & 15 == 0 {
        return Err(Stop::Program(ProgramCode::EXECUTE));
    }
    let own = subject.len;
    subject.off = op.off;
    subject.len = op.len;
    if super::has_its_place(&subject, cpu.psw.zarch) {
        // Its relative operand counts from where it stands, not from the EXECUTE.
        subject.len = own;
        return execute_relative_subject(cpu, st, op, &subject, target);
    }
    let done = (subject.run)(cpu, st, &subject);
    if done == Err(Stop::Machine) {
        cpu.executed = Some(subject);
    }
    done
}

/// A subject with a relative operand: run as if it stood at its own place; what it saves or falls through
/// to is behind the EXECUTE.
fn execute_relative_subject(
    cpu: &mut Cpu,
    st: &mut Storage,
    op: &Op,
    subject: &Op,
    target: u64,
) -> Step {
    let here = cpu.page;
    let next = next_of(cpu, op);
    let mut moved = *subject;
    moved.off = low16(target & 0xFFF);
    // `next_of` adds the length: place it so that the sum is what follows the EXECUTE.
    cpu.page = target & !0xFFF;
    let links = matches!(super::opcode_of(&moved), Some(0xA705 | 0xC005));
    let done = (moved.run)(cpu, st, &moved);
    cpu.page = here;
    if links {
        let saved = match cpu.psw.amode {
            Amode::A64 => next,
            Amode::A31 => next | 0x8000_0000,
            Amode::A24 => next,
        };
        if cpu.is_64() {
            cpu.set_gr64(moved.r1, saved);
        } else {
            cpu.set_gr32(moved.r1, low32(saved));
        }
    }
    done
}
