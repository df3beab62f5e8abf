//! Program calls and the linkage stack
//! (Principles of Operation, chapter 5: PC-Number Translation, Linkage Stack; chapter 10).

use super::Format::*;
use super::branch::mode_of;
use super::source::*;
use super::{Row, both, long};
use crate::machine::bits::{high32, join32, low8, low16, low32};
use crate::machine::block::Op;
use crate::machine::cpu::{Cpu, ProgramCode, Step, Stop};
use crate::machine::psw::{Amode, Psw, Space};
use crate::machine::run::next_of;
use crate::machine::spaces::{self, Aste, Right};
use crate::machine::stack::{self, Call, Kind, Purpose, State, Width};
use crate::machine::storage::Storage;
use crate::machine::trace::Entries;

pub(super) const TABLE: &[Row] = &[
    both(0x0101, "pr", E, program_return).last(),
    both(0xB218, "pc", S, program_call).last(),
    both(0xB228, "pt", Rre, program_transfer).last(),
    both(0xB240, "bakr", Rre, branch_and_stack).last(),
    both(0xB247, "msta", RreOne, modify_state),
    both(0xB24A, "esta", Rre, extract_state),
    both(0xB249, "ereg", Rre, extract_registers),
    long(0xB90E, "eregg", Rre, extract_long_registers),
];

fn special<T>() -> Result<T, Stop> {
    Err(Stop::Program(ProgramCode::SPECIAL))
}

/// The linkage stack needs DAT and the address-space-function control.
fn with_stack(cpu: &Cpu) -> Step {
    if !cpu.psw.dat || !spaces::has_functions(cpu) {
        return special();
    }
    Ok(())
}

/// What makes or takes off entries runs in primary-space or access-register mode.
fn primary_or_access(cpu: &Cpu) -> Step {
    match cpu.psw.space {
        Space::Primary | Space::Access => Ok(()),
        Space::Secondary | Space::Home => special(),
    }
}

/// What looks at entries does not run in secondary-space mode.
fn not_secondary(cpu: &Cpu) -> Step {
    with_stack(cpu)?;
    match cpu.psw.space {
        Space::Secondary => special(),
        _ => Ok(()),
    }
}

/// An address with its mode as state entries have it: bit 63 for 64-bit, bit 32 for 31-bit.
fn linkage(amode: Amode, address: u64) -> u64 {
    match amode {
        Amode::A64 => address | 1,
        Amode::A31 => address | 0x8000_0000,
        Amode::A24 => address,
    }
}

fn branch_and_stack(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    with_stack(cpu)?;
    primary_or_access(cpu)?;
    let next = next_of(cpu, op);
    let mut back = cpu.psw;
    (back.amode, back.addr) = match op.r1 {
        0 => (back.amode, next),
        r1 => mode_of(cpu, cpu.gr64(r1)),
    };
    let target = match op.r2 {
        0 => next,
        r2 => cpu.gr64(r2) & cpu.amask,
    };
    let mut traced = Entries::default();
    if op.r2 != 0 {
        traced.branch(cpu, st, (cpu.psw.amode, target))?;
    }
    let call = Call {
        kind: Kind::Branch,
        back,
        called: linkage(cpu.psw.amode, target),
    };
    stack::push(cpu, st, &call)?;
    traced.store(cpu, st)?;
    if op.r2 == 0 {
        return Ok(());
    }
    cpu.psw.addr = target;
    Err(Stop::Branch)
}

/// The current state entry, to be looked at.
fn looked_at(cpu: &mut Cpu, st: &mut Storage) -> Result<State, Stop> {
    stack::state(cpu, st, Purpose::Extract)
}

fn extract(cpu: &mut Cpu, st: &mut Storage, op: &Op, width: Width) -> Step {
    not_secondary(cpu)?;
    let saved = looked_at(cpu, st)?.registers(cpu, st)?;
    saved.load(cpu, op.r1, op.r2, width);
    Ok(())
}

fn extract_registers(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    extract(cpu, st, op, Width::Word)
}

fn extract_long_registers(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    extract(cpu, st, op, Width::Doubleword)
}

/// EXTRACT STACKED STATE: the second register's last byte says what.
fn extract_state(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    not_secondary(cpu)?;
    even(op.r1)?;
    let code = low8(cpu.gr64(op.r2));
    if code > if cpu.psw.zarch { 4 } else { 3 } {
        return Err(Stop::Program(ProgramCode::SPECIFICATION));
    }
    let state = looked_at(cpu, st)?;
    let pair = match code {
        0 => state.status(cpu, st)?,
        1 => state.short_psw(cpu, st)?,
        2 => state.called(cpu, st)?,
        3 => state.modifiable(cpu, st)?,
        _ => {
            let (mask, address) = state.psw(cpu, st)?.long();
            cpu.set_gr64(op.r1, mask);
            cpu.set_gr64(op.r1 + 1, address);
            cpu.set_cc(condition(&state));
            return Ok(());
        }
    };
    cpu.set_gr32(op.r1, high32(pair));
    cpu.set_gr32(op.r1 + 1, low32(pair));
    cpu.set_cc(condition(&state));
    Ok(())
}

/// 0 for a branch state entry, 1 for a program-call state entry.
fn condition(state: &State) -> u8 {
    u8::from(state.kind == Kind::Call)
}

fn modify_state(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    not_secondary(cpu)?;
    even(op.r1)?;
    let v = join32(cpu.gr32(op.r1), cpu.gr32(op.r1 + 1));
    looked_at(cpu, st)?.modify(cpu, st, v)
}

/// The linkage-table designation; a special-operation exception when its subsystem-linkage control is zero.
fn linkage_table(cpu: &Cpu, st: &mut Storage) -> Result<u32, Stop> {
    let designation = if spaces::has_functions(cpu) {
        Aste::at(cpu, st, spaces::primary_origin(cpu))?.linkage_table()
    } else {
        low32(cpu.cr[5])
    };
    if designation & 0x8000_0000 == 0 {
        return special();
    }
    Ok(designation)
}

/// An entry-table entry.
struct Entry {
    /// Where to go, and in what mode.
    amode: Amode,
    address: u64,
    problem: bool,
    /// Authorization key mask and entry key mask.
    allowed: u16,
    keys: u16,
    asn: u16,
    /// The word with the bits below, the key and the extended authorization index.
    options: u32,
    /// Where the space's entry is.
    origin: u32,
    parameter: u64,
}

/// Bits of [`Entry::options`].
const STACKING: u32 = 0x8000_0000;
const EXTENDED: u32 = 0x4000_0000;
const REPLACE_KEY: u32 = 0x1000_0000;
const REPLACE_MASK: u32 = 0x0800_0000;
const REPLACE_INDEX: u32 = 0x0400_0000;
const ACCESS_MODE: u32 = 0x0200_0000;
const SECONDARY: u32 = 0x0100_0000;

impl Entry {
    fn has(&self, option: u32) -> bool {
        self.options & option != 0
    }

    /// Takes the words of an entry apart: z/Architecture has others than ESA/390.
    fn from_words(all: [u32; 8], zarch: bool) -> Entry {
        let [zero, one, two, three, options, origin, six, seven] = all;
        let (keyed, parameter) = if zarch {
            (two, join32(six, seven))
        } else {
            (zero, u64::from(two))
        };
        let (amode, address) = if zarch && options & EXTENDED != 0 {
            (Amode::A64, join32(zero, one & !1))
        } else if one & 0x8000_0000 != 0 {
            (Amode::A31, u64::from(one & 0x7FFF_FFFE))
        } else {
            (Amode::A24, u64::from(one & 0x7FFF_FFFE))
        };
        Entry {
            amode,
            address,
            problem: one & 1 != 0,
            allowed: low16(u64::from(keyed >> 16)),
            keys: low16(u64::from(three >> 16)),
            asn: low16(u64::from(keyed)),
            options,
            origin: origin & spaces::BLOCK,
            parameter,
        }
    }
}

/// PC-number translation: linkage index, then entry index.
fn find_entry(
    cpu: &mut Cpu,
    st: &mut Storage,
    designation: u32,
    number: u32,
) -> Result<Entry, Stop> {
    let (linkage, entry) = (number >> 8, number & 0xFF);
    if linkage >> 5 > designation & 0x7F {
        return spaces::no_such_call(cpu, ProgramCode::LX, number);
    }
    let found = spaces::word(cpu, st, (designation & 0x7FFF_FF80) + linkage * 4)?;
    if found & 0x8000_0000 != 0 {
        return spaces::no_such_call(cpu, ProgramCode::LX, number);
    }
    if entry >> 2 > found & 0x3F {
        return spaces::no_such_call(cpu, ProgramCode::EX, number);
    }
    let table = found & spaces::BLOCK;
    let all = if spaces::has_functions(cpu) {
        spaces::words::<8>(cpu, st, table + entry * 32)?
    } else {
        let [a, b, c, d] = spaces::words::<4>(cpu, st, table + entry * 16)?;
        [a, b, c, d, 0, 0, 0, 0]
    };
    Ok(Entry::from_words(all, cpu.psw.zarch))
}

/// What a call may not be, in the order of the exceptions.
fn may_call(cpu: &Cpu, entry: &Entry) -> Step {
    if !entry.has(STACKING) {
        let extended = cpu.psw.zarch && entry.has(EXTENDED);
        if cpu.psw.space == Space::Access || extended != cpu.is_64() {
            return special();
        }
    }
    if entry.address & !entry.amode.mask() != 0 {
        return Err(Stop::Program(ProgramCode::PC_TRANSLATION));
    }
    if cpu.psw.problem && spaces::key_mask(cpu) & entry.allowed == 0 {
        return Err(Stop::Program(ProgramCode::PRIVILEGED));
    }
    Ok(())
}

/// The space that a call goes to: nothing for the current primary one.
fn called_space(
    cpu: &mut Cpu,
    st: &mut Storage,
    entry: &Entry,
) -> Result<Option<(Aste, u64)>, Stop> {
    if entry.asn == 0 {
        return Ok(None);
    }
    spaces::may_translate(cpu)?;
    let aste = if spaces::has_functions(cpu) {
        let aste = Aste::at(cpu, st, entry.origin)?;
        if aste.is_invalid() {
            return spaces::not_there(cpu, entry.asn);
        }
        aste
    } else {
        spaces::translate(cpu, st, entry.asn)?
    };
    let asce = spaces::replaced(cpu, st, &aste)?;
    Ok(Some((aste, asce)))
}

fn program_call(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let number = low32(first(cpu, op)) & 0xF_FFFF;
    if !cpu.psw.dat {
        return special();
    }
    primary_or_access(cpu)?;
    if !spaces::has_functions(cpu) && cpu.psw.space == Space::Access {
        return special();
    }
    let next = next_of(cpu, op);
    let designation = linkage_table(cpu, st)?;
    let mut traced = Entries::default();
    traced.call(cpu, st, number, next)?;
    let entry = find_entry(cpu, st, designation, number)?;
    may_call(cpu, &entry)?;
    let space = called_space(cpu, st, &entry)?;
    traced.mode(cpu, st, entry.amode, next)?;
    if entry.has(STACKING) {
        stack_call(cpu, st, (number, next), &entry, space.as_ref())?;
    } else {
        link_call(cpu, next, &entry);
    }
    traced.store(cpu, st)?;
    cpu.psw.amode = entry.amode;
    cpu.psw.addr = entry.address;
    cpu.psw.problem = entry.problem;
    if entry.amode == Amode::A64 {
        cpu.set_gr64(4, entry.parameter);
    } else {
        cpu.set_gr32(4, low32(entry.parameter));
    }
    spaces::secondary_is_primary(cpu);
    if let Some((aste, asce)) = space {
        spaces::enter(cpu, entry.asn, &aste, asce);
        if entry.has(STACKING) && entry.has(SECONDARY) {
            spaces::secondary_is_primary(cpu);
        }
    }
    cpu.refresh();
    Err(Stop::Called)
}

/// What a basic call leaves in registers 3 and 14, and does to the PSW-key mask.
fn link_call(cpu: &mut Cpu, next: u64, entry: &Entry) {
    let back = next | u64::from(cpu.psw.problem);
    match cpu.psw.amode {
        Amode::A64 => cpu.set_gr64(14, back),
        amode => cpu.set_gr32(14, low32(linkage(amode, back))),
    }
    let mask = spaces::key_mask(cpu);
    cpu.set_gr32(3, u32::from(mask) << 16 | u32::from(spaces::primary(cpu)));
    spaces::set_key_mask(cpu, mask | entry.keys);
}

/// Makes the state entry of a stacking call, and changes what only such a call changes.
fn stack_call(
    cpu: &mut Cpu,
    st: &mut Storage,
    (number, next): (u32, u64),
    entry: &Entry,
    space: Option<&(Aste, u64)>,
) -> Step {
    if !spaces::has_functions(cpu) {
        return special();
    }
    let identification = match space {
        Some((aste, _)) => u32::from(entry.asn) << 16 | aste.sequence() & 0xFFFF,
        None => 0,
    };
    let long = if entry.amode == Amode::A64 {
        0x8000_0000
    } else {
        0
    };
    let call = Call {
        kind: Kind::Call,
        back: Psw {
            addr: next,
            ..cpu.psw
        },
        called: join32(identification, number | long),
    };
    stack::push(cpu, st, &call)?;
    if entry.has(REPLACE_KEY) {
        cpu.psw.key = low8(u64::from(entry.options >> 20)) & 15;
    }
    let kept = if entry.has(REPLACE_MASK) {
        0
    } else {
        spaces::key_mask(cpu)
    };
    spaces::set_key_mask(cpu, kept | entry.keys);
    if entry.has(REPLACE_INDEX) {
        cpu.cr[8] = cpu.cr[8] & !0xFFFF_0000 | u64::from(entry.options & 0xFFFF) << 16;
    }
    cpu.psw.space = if entry.has(ACCESS_MODE) {
        Space::Access
    } else {
        Space::Primary
    };
    Ok(())
}

/// The spaces that a return goes to: nothing where there is no change of the primary one.
struct Spaces {
    primary: Option<(u16, Aste, u64)>,
    secondary: (u16, u64),
}

/// The spaces of a program-call state entry's status.
fn returned_spaces(cpu: &mut Cpu, st: &mut Storage, status: u64) -> Result<Spaces, Stop> {
    let (secondary, primary) = (low16(status >> 32), low16(status));
    let mut index = low16(cpu.cr[4] >> 16);
    let mut asce = cpu.cr[1];
    let mut new = None;
    if primary != spaces::primary(cpu) {
        spaces::may_translate(cpu)?;
        let aste = spaces::translate(cpu, st, primary)?;
        asce = spaces::replaced(cpu, st, &aste)?;
        index = aste.authorization_index();
        new = Some((primary, aste, asce));
    }
    if secondary != primary {
        spaces::may_translate(cpu)?;
        let aste = spaces::translate(cpu, st, secondary)?;
        spaces::authorize(cpu, st, (secondary, &aste), index, Right::Secondary)?;
        asce = spaces::replaced(cpu, st, &aste)?;
    }
    Ok(Spaces {
        primary: new,
        secondary: (secondary, asce),
    })
}

fn program_return(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    with_stack(cpu)?;
    primary_or_access(cpu)?;
    let state = stack::state(cpu, st, Purpose::Unstack)?;
    let saved = state.registers(cpu, st)?;
    let mut psw = state.psw(cpu, st)?;
    psw.per = cpu.psw.per;
    let removal = state.removal(cpu, st)?;
    let next = next_of(cpu, op);
    let mut traced = Entries::default();
    let mut back = None;
    if state.kind == Kind::Call {
        let status = state.status(cpu, st)?;
        traced.program_return(cpu, st, (low16(status), &psw), next)?;
        back = Some((status, returned_spaces(cpu, st, status)?));
    } else {
        traced.mode(cpu, st, psw.amode, next)?;
    }
    traced.store(cpu, st)?;
    removal.finish(cpu, st);
    saved.load(cpu, 2, 14, Width::Doubleword);
    if let Some((status, spaces)) = back {
        spaces::set_key_mask(cpu, low16(status >> 48));
        cpu.cr[8] = cpu.cr[8] & !0xFFFF_0000 | status & 0xFFFF_0000;
        if let Some((asn, aste, asce)) = spaces.primary {
            spaces::enter(cpu, asn, &aste, asce);
        }
        spaces::set_secondary(cpu, spaces.secondary.0, spaces.secondary.1);
    }
    cpu.load_psw(psw);
    Err(Stop::Called)
}

fn program_transfer(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    if !cpu.psw.dat || cpu.psw.space != Space::Primary {
        return special();
    }
    let (mask, asn) = (low16(cpu.gr64(op.r1) >> 16), low16(cpu.gr64(op.r1)));
    let to = cpu.gr64(op.r2);
    linkage_table(cpu, st)?;
    let mut traced = Entries::default();
    traced.transfer(cpu, st, asn, to)?;
    let problem = to & 1 != 0;
    let (amode, address) = if cpu.is_64() {
        (Amode::A64, to & !1)
    } else if to & 0x8000_0000 != 0 {
        (Amode::A31, to & 0x7FFF_FFFE)
    } else {
        (Amode::A24, to & 0x7FFF_FFFE)
    };
    if cpu.psw.problem && !problem {
        return Err(Stop::Program(ProgramCode::PRIVILEGED));
    }
    if address & !amode.mask() != 0 {
        return Err(Stop::Program(ProgramCode::SPECIFICATION));
    }
    let mut space = None;
    if asn != spaces::primary(cpu) {
        spaces::may_translate(cpu)?;
        let aste = spaces::translate(cpu, st, asn)?;
        let index = low16(cpu.cr[4] >> 16);
        spaces::authorize(cpu, st, (asn, &aste), index, Right::Primary)?;
        space = Some((spaces::replaced(cpu, st, &aste)?, aste));
    }
    traced.store(cpu, st)?;
    if let Some((asce, aste)) = space {
        spaces::enter(cpu, asn, &aste, asce);
    }
    spaces::secondary_is_primary(cpu);
    spaces::set_key_mask(cpu, spaces::key_mask(cpu) & mask);
    cpu.psw.amode = amode;
    cpu.psw.addr = address;
    cpu.psw.problem = problem;
    cpu.refresh();
    Err(Stop::Called)
}
