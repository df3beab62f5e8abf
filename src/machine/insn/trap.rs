//! TRAP and RESUME PROGRAM: leaving a program at any instruction for one that the dispatchable-unit control table
//! names, and going on in it (Principles of Operation, chapter 10; chapter 5: Trap Control Block).

use super::Format::*;
use super::control::go_to_space;
use super::source::first;
use super::{Row, both};
use crate::machine::access::Access;
use crate::machine::bits::{count, index, join32, low32};
use crate::machine::block::Op;
use crate::machine::cpu::{Cpu, ProgramCode, Step, Stop};
use crate::machine::dat::prefixed;
use crate::machine::psw::{Amode, Psw, Space};
use crate::machine::run::next_of;
use crate::machine::storage::{PAGE, Storage};
use crate::machine::trace::Entries;

pub(super) const TABLE: &[Row] = &[
    both(0x01FF, "trap2", E, trap_2).last(),
    both(0xB2FF, "trap4", S, trap_4).last(),
    both(0xB277, "rp", S, resume_program).last(),
];

/// Where the dispatchable-unit control table has the address of the trap control block.
const TRAP_WORD: u64 = 44;
/// The trap control block's controls for the form of the PSW and of the general registers.
const LONG_PSW: u32 = 0x0004_0000;
const LONG_REGISTERS: u32 = 0x0002_0000;
/// The trap flags: the instruction was executed by EXECUTE; it is TRAP4.
const EXECUTED: u32 = 0x8000_0000;
const FOUR: u32 = 0x4000_0000;

fn special<T>() -> Result<T, Stop> {
    Err(Stop::Program(ProgramCode::SPECIAL))
}

fn specification<T>() -> Result<T, Stop> {
    Err(Stop::Program(ProgramCode::SPECIFICATION))
}

fn trap_2(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    trap(cpu, st, op, 2, 0)
}

fn trap_4(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let operand = low32(first(cpu, op)) & 0x7FFF_FFFF;
    trap(cpu, st, op, 4, operand)
}

/// The space of the trap control block and of the trap save area.
fn home(cpu: &Cpu) -> Option<(u64, u8)> {
    Some((cpu.cr[13], Space::Home.bits()))
}

/// A word of the trap control block.
fn word_at_home(cpu: &mut Cpu, st: &mut Storage, at: u64) -> Result<u32, Stop> {
    let (space, key) = (home(cpu), cpu.psw.key);
    let at = cpu.locate_in(st, space, key, at & 0x7FFF_FFFF, 4, Access::Fetch)?;
    Ok(st.get32(at))
}

fn trap(cpu: &mut Cpu, st: &mut Storage, op: &Op, own_length: u8, operand: u32) -> Step {
    if !cpu.psw.dat || !matches!(cpu.psw.space, Space::Primary | Space::Access) {
        return special();
    }
    let table = prefixed(cpu.prefix, cpu.psw.zarch, cpu.cr[2] & 0x7FFF_FFC0);
    if !st.has(table) {
        return Err(Stop::Program(ProgramCode::ADDRESSING));
    }
    let designation = st.get32(table + TRAP_WORD);
    if designation & 1 == 0 {
        return special();
    }
    let block = u64::from(designation & 0x7FFF_FFF8);
    let controls = if cpu.psw.zarch {
        word_at_home(cpu, st, block)?
    } else {
        0
    };
    let area = u64::from(word_at_home(cpu, st, block + 12)? & 0x7FFF_FFF8);
    let program = u64::from(word_at_home(cpu, st, block + 20)? & 0x7FFF_FFFF);
    let mut flags = u32::from(op.len) << 16;
    if op.len != own_length || executes(cpu, st, op) {
        flags |= EXECUTED;
    }
    if own_length == 4 {
        flags |= FOUR;
    }
    let saved = saved(cpu, op, controls, flags, operand);
    let pieces = places(cpu, st, area, saved.len())?;
    if controls & LONG_PSW == 0 && cpu.is_64() {
        return special();
    }
    let mut traced = Entries::default();
    traced.branch(cpu, st, (Amode::A31, program))?;
    traced.store(cpu, st)?;
    let (one, two) = saved.split_at(pieces[0].1);
    st.copy_in(pieces[0].0, one);
    st.copy_in(pieces[1].0, two);
    if cpu.is_64() {
        cpu.set_gr64(15, block);
    } else {
        cpu.set_gr32(15, low32(block));
    }
    cpu.psw.amode = Amode::A31;
    cpu.psw.space = Space::Primary;
    cpu.psw.addr = program;
    cpu.refresh();
    Err(Stop::Branch)
}

/// Whether what stands at the instruction's place is an EXECUTE.
fn executes(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> bool {
    let own = cpu.page.wrapping_add(u64::from(op.off)) & cpu.amask;
    match cpu.locate(st, own, 1, 0, Access::Instruction) {
        Ok(at) => matches!(st.get8(at), 0x44 | 0xC6),
        Err(_) => false,
    }
}

/// What goes into the trap save area.
fn saved(cpu: &Cpu, op: &Op, controls: u32, flags: u32, operand: u32) -> Vec<u8> {
    let mut all = Vec::with_capacity(160);
    all.extend(u64::from(flags).rotate_left(32).to_be_bytes());
    all.extend(join32(operand, cpu.ar[15]).to_be_bytes());
    let psw = Psw {
        addr: next_of(cpu, op),
        ..cpu.psw
    };
    if controls & LONG_PSW != 0 {
        all.extend(psw.bytes());
    } else {
        all.extend(psw.short().to_be_bytes());
        all.extend([0; 8]);
    }
    for v in cpu.gr.iter() {
        if controls & LONG_REGISTERS != 0 {
            all.extend(v.to_be_bytes());
        } else {
            all.extend(low32(*v).to_be_bytes());
        }
    }
    all
}

/// The trap save area in absolute storage: one or two runs.
fn places(
    cpu: &mut Cpu,
    st: &mut Storage,
    area: u64,
    len: usize,
) -> Result<[(u64, usize); 2], Stop> {
    let (space, key) = (home(cpu), cpu.psw.key);
    let here = len.min(index(PAGE - area % PAGE));
    let one = cpu.locate_in(st, space, key, area, here, Access::Store)?;
    let rest = len - here;
    if rest == 0 {
        return Ok([(one, len), (one, 0)]);
    }
    let next = area.wrapping_add(count(here)) & 0x7FFF_FFFF;
    let two = cpu.locate_in(st, space, key, next, rest, Access::Store)?;
    Ok([(one, here), (two, rest)])
}

/// The parameter list behind RESUME PROGRAM.
struct Parameters {
    /// The PSW has sixteen bytes.
    long_psw: bool,
    /// The general register has eight bytes.
    long_register: bool,
    /// Those are two words, the left one here.
    left_word: Option<u64>,
    psw: u64,
    access: u64,
    general: u64,
}

/// A halfword of the space of the instructions.
fn instruction_half(cpu: &mut Cpu, st: &mut Storage, at: u64) -> Result<u64, Stop> {
    let at = cpu.locate(st, at & cpu.amask, 2, 0, Access::Instruction)?;
    Ok(u64::from(st.get16(at)))
}

fn parameters(cpu: &mut Cpu, st: &mut Storage, list: u64) -> Result<Parameters, Stop> {
    let flags = instruction_half(cpu, st, list)?;
    if flags & 0xFFF8 != 0 || flags != 0 && !cpu.psw.zarch {
        return specification();
    }
    let mut offset = |n: u64| instruction_half(cpu, st, list.wrapping_add(2 * n));
    Ok(Parameters {
        long_psw: flags & 4 != 0,
        long_register: flags & 2 != 0,
        psw: offset(1)?,
        access: offset(2)?,
        general: offset(3)?,
        left_word: if flags & 3 == 3 {
            Some(offset(4)?)
        } else {
            None
        },
    })
}

/// Takes the address, the modes, the condition code and the program mask of the PSW, and the registers that the
/// operand's base register names, from the operand.
fn resume_program(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let a = first(cpu, op);
    let list = parameters(cpu, st, next_of(cpu, op))?;
    let mask = cpu.amask;
    let field = |offset: u64| a.wrapping_add(offset) & mask;
    let high = cpu.load::<u64>(st, field(list.psw), op.b)?;
    let low = if list.long_psw {
        Some(cpu.load::<u64>(st, field(list.psw + 8), op.b)?)
    } else {
        None
    };
    let access = cpu.load::<u32>(st, field(list.access), op.b)?;
    let general = match (list.long_register, list.left_word) {
        (true, None) => cpu.load::<u64>(st, field(list.general), op.b)?,
        (_, left) => {
            let right = cpu.load::<u32>(st, field(list.general), op.b)?;
            let left = match left {
                Some(left) => cpu.load::<u32>(st, field(left), op.b)?,
                None => low32(cpu.gr64(op.b) >> 32),
            };
            join32(left, right)
        }
    };
    let psw = resumed(cpu, high, low)?;
    let mut traced = Entries::default();
    traced.moding_branch(cpu, st, (psw.amode, psw.addr), next_of(cpu, op))?;
    traced.store(cpu, st)?;
    cpu.ar[usize::from(op.b)] = access;
    cpu.set_gr64(op.b, general);
    let space = psw.space;
    cpu.psw = Psw {
        space: cpu.psw.space,
        ..psw
    };
    go_to_space(cpu, space);
    Err(Stop::Called)
}

/// The PSW with bits 16-23, 31 and 32 and the instruction address from a saved one.
fn resumed(cpu: &Cpu, high: u64, low: Option<u64>) -> Result<Psw, Stop> {
    let given = Psw::from_long(high & 0x0000_FF00_0000_0000, 0);
    if given.space == Space::Home && cpu.psw.problem && cpu.psw.dat {
        return Err(Stop::Program(ProgramCode::PRIVILEGED));
    }
    let amode = match high >> 31 & 3 {
        0 => Amode::A24,
        1 => Amode::A31,
        3 if cpu.psw.zarch => Amode::A64,
        _ => return specification(),
    };
    let addr = low.unwrap_or(high & 0x7FFF_FFFF);
    if addr & !amode.mask() != 0 || addr & 1 != 0 {
        return specification();
    }
    Ok(Psw {
        space: given.space,
        cc: given.cc,
        progmask: given.progmask,
        amode,
        addr,
        ..cpu.psw
    })
}
