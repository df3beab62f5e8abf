//! Which address spaces and keys a program has: loading and testing spaces, subspaces, reduced authority
//! (Principles of Operation, chapter 10; chapter 5: Subspace-Group Control Instruction).

use super::Format::*;
use super::control::key_allowed;
use super::source::*;
use super::{Row, both};
use crate::machine::access::Access;
use crate::machine::art::{self, Use};
use crate::machine::bits::{low8, low16, low32};
use crate::machine::block::Op;
use crate::machine::cpu::{Cpu, ProgramCode, Step, Stop};
use crate::machine::psw::Amode;
use crate::machine::run::next_of;
use crate::machine::spaces::{self, Aste, Right};
use crate::machine::storage::Storage;
use crate::machine::trace::Entries;

pub(super) const TABLE: &[Row] = &[
    both(0xE500, "lasp", Sse, load_spaces).last(),
    both(0xB225, "ssar", RreOne, set_secondary).last(),
    both(0xB24C, "tar", Rre, test_access),
    both(0xB25A, "bsa", Rre, branch_and_set_authority).last(),
    both(0xB258, "bsg", Rre, branch_in_group).last(),
];

fn special<T>() -> Result<T, Stop> {
    Err(Stop::Program(ProgramCode::SPECIAL))
}

/// SET SECONDARY ASN.
fn set_secondary(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    if !cpu.psw.dat {
        return special();
    }
    spaces::may_translate(cpu)?;
    let asn = low16(cpu.gr64(op.r1));
    let mut traced = Entries::default();
    traced.secondary(cpu, st, asn)?;
    let mut asce = cpu.cr[1];
    if asn != spaces::primary(cpu) {
        let aste = spaces::translate(cpu, st, asn)?;
        let index = low16(cpu.cr[4] >> 16);
        spaces::authorize(cpu, st, (asn, &aste), index, Right::Secondary)?;
        asce = spaces::replaced(cpu, st, &aste)?;
    }
    traced.store(cpu, st)?;
    spaces::set_secondary(cpu, asn, asce);
    cpu.refresh();
    Err(Stop::Next)
}

/// TEST ACCESS: the access register is looked at even when it is number 0.
fn test_access(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    if !spaces::has_functions(cpu) {
        return special();
    }
    let alet = cpu.ar[usize::from(op.r1 & 15)];
    let index = low16(cpu.gr64(op.r2) >> 16);
    let cc = art::test(cpu, st, alet, index)?;
    cpu.set_cc(cc);
    Ok(())
}

/// Bits of the second-operand address of LOAD ADDRESS SPACE PARAMETERS.
const ALWAYS_TRANSLATE: u64 = 4;
const GIVEN_INDEX: u64 = 2;
const NO_AUTHORIZATION: u64 = 1;

/// A condition that is a condition code, not an exception: the number designates nothing.
fn otherwise<T>(found: Result<T, Stop>, cc: u8) -> Result<Result<T, u8>, Stop> {
    match found {
        Ok(v) => Ok(Ok(v)),
        Err(Stop::Program(code)) if code.nullifies() => Ok(Err(cc)),
        Err(stop) => Err(stop),
    }
}

/// A space by its number, with its ASCE after subspace replacement.
fn space(cpu: &mut Cpu, st: &mut Storage, asn: u16) -> Result<(Aste, u64), Stop> {
    let aste = spaces::translate(cpu, st, asn)?;
    let asce = spaces::replaced(cpu, st, &aste)?;
    Ok((aste, asce))
}

/// LOAD ADDRESS SPACE PARAMETERS: PSW-key mask, secondary ASN, authorization index and primary ASN.
fn load_spaces(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    cpu.supervisor()?;
    spaces::may_translate(cpu)?;
    let at = aligned(first(cpu, op), 8)?;
    let how = second(cpu, op);
    let wanted = cpu.load::<u64>(st, at, op.b)?;
    let cc = match parameters(cpu, st, wanted, how)? {
        Ok(new) => {
            let primary = low16(wanted);
            if let Some(aste) = new.primary {
                spaces::set_primary_entry(cpu, &aste);
            }
            cpu.cr[1] = new.asce;
            spaces::set_low(cpu, 4, u32::from(new.index) << 16 | u32::from(primary));
            spaces::set_key_mask(cpu, low16(wanted >> 48));
            spaces::set_secondary(cpu, low16(wanted >> 32), new.secondary);
            cpu.refresh();
            0
        }
        Err(cc) => cc,
    };
    cpu.set_cc(cc);
    Err(Stop::Next)
}

/// What is to be loaded beside the numbers themselves.
struct Parameters {
    /// The primary space's entry, when it was looked for.
    primary: Option<Aste>,
    asce: u64,
    index: u16,
    secondary: u64,
}

/// The parameters, or the condition code that tells why not.
fn parameters(
    cpu: &mut Cpu,
    st: &mut Storage,
    wanted: u64,
    how: u64,
) -> Result<Result<Parameters, u8>, Stop> {
    let (secondary, primary) = (low16(wanted >> 32), low16(wanted));
    let mut new = Parameters {
        primary: None,
        asce: cpu.cr[1],
        index: low16(cpu.cr[4] >> 16),
        secondary: cpu.cr[7],
    };
    if how & ALWAYS_TRANSLATE != 0 || primary != spaces::primary(cpu) {
        let (aste, asce) = match otherwise(space(cpu, st, primary), 1)? {
            Ok(found) => found,
            Err(cc) => return Ok(Err(cc)),
        };
        if spaces::asks_for_event(cpu, cpu.cr[1]) || spaces::asks_for_event(cpu, asce) {
            return Ok(Err(3));
        }
        (new.asce, new.index) = (asce, aste.authorization_index());
        new.primary = Some(aste);
    }
    if how & GIVEN_INDEX != 0 {
        new.index = low16(wanted >> 16);
    }
    let same = secondary == low16(cpu.cr[3]);
    if secondary == primary {
        new.secondary = new.asce;
    } else if !same || how & ALWAYS_TRANSLATE != 0 || how & NO_AUTHORIZATION == 0 {
        let (aste, asce) = match otherwise(space(cpu, st, secondary), 2)? {
            Ok(found) => found,
            Err(cc) => return Ok(Err(cc)),
        };
        if how & NO_AUTHORIZATION == 0 && !aste.allows(cpu, st, new.index, Right::Secondary)? {
            return Ok(Err(2));
        }
        new.secondary = asce;
    }
    Ok(Ok(new))
}

/// The dispatchable-unit-control table's absolute address, to be stored into: real, but for low-address protection
/// unprotected.
fn control_table(cpu: &mut Cpu, st: &mut Storage) -> Result<u64, Stop> {
    let real = u64::from(spaces::control_table(cpu));
    // Key 0 fits every page.
    cpu.locate_in(st, None, 0, real, 64, Access::Store)
}

/// Where the next instruction is, as branches in a register say it: in 64-bit mode the address alone.
fn link(cpu: &Cpu, op: &Op) -> u64 {
    let next = next_of(cpu, op);
    match cpu.psw.amode {
        Amode::A31 => next | 0x8000_0000,
        Amode::A24 | Amode::A64 => next,
    }
}

/// The mode and the address of a branch that does not leave or enter 64-bit mode.
fn target(cpu: &Cpu, v: u64) -> (Amode, u64) {
    if cpu.is_64() {
        (Amode::A64, v)
    } else if v & 0x8000_0000 != 0 {
        (Amode::A31, v & 0x7FFF_FFFF)
    } else {
        (Amode::A24, v & 0x00FF_FFFF)
    }
}

/// Puts the link into a register, of which register 0 is none.
fn save_link(cpu: &mut Cpu, r1: u8, link: u64) {
    match (r1, cpu.is_64()) {
        (0, _) => {}
        (r1, true) => cpu.set_gr64(r1, link),
        (r1, false) => cpu.set_gr32(r1, low32(link)),
    }
}

/// Bits of the word of the control table that BRANCH AND SET AUTHORITY uses.
const REDUCED: u32 = 8;
const WAS_PROBLEM: u32 = 1;

/// Where the control table has that word and the address to go back to.
fn authority_places(cpu: &Cpu) -> (u64, u64) {
    if cpu.psw.zarch { (20, 32) } else { (36, 32) }
}

fn branch_and_set_authority(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    if !spaces::has_functions(cpu) {
        return special();
    }
    let table = control_table(cpu, st)?;
    let (word, _) = authority_places(cpu);
    let saved = st.get32(table + word);
    if saved & REDUCED == 0 {
        reduce(cpu, st, op, table)
    } else {
        restore(cpu, st, op, table)
    }
}

/// From the base authority to a reduced one: a key, a part of the PSW-key mask, the problem state.
fn reduce(cpu: &mut Cpu, st: &mut Storage, op: &Op, table: u64) -> Step {
    if op.r2 == 0 {
        return special();
    }
    let (amode, address) = target(cpu, cpu.gr64(op.r2));
    let mut traced = Entries::default();
    traced.branch(cpu, st, (amode, address))?;
    let wanted = cpu.gr32(op.r1);
    let key = low8(u64::from(wanted)) >> 4;
    key_allowed(cpu, key)?;
    let (word, back) = authority_places(cpu);
    let mask = spaces::key_mask(cpu);
    let problem = if cpu.psw.problem { WAS_PROBLEM } else { 0 };
    let saved = u32::from(mask) << 16 | u32::from(cpu.psw.key) << 4 | REDUCED | problem;
    st.put32(table + word, saved);
    let link = link(cpu, op);
    if cpu.psw.zarch {
        st.put64(table + back, link);
    } else {
        st.put32(table + back, low32(link));
    }
    traced.store(cpu, st)?;
    spaces::set_key_mask(cpu, mask & low16(u64::from(wanted >> 16)));
    cpu.psw.key = key;
    cpu.psw.problem = true;
    cpu.psw.amode = amode;
    cpu.psw.addr = address;
    cpu.refresh();
    Err(Stop::Called)
}

/// From a reduced authority back to the one before.
fn restore(cpu: &mut Cpu, st: &mut Storage, op: &Op, table: u64) -> Step {
    if op.r2 != 0 {
        return special();
    }
    let (word, back) = authority_places(cpu);
    let saved = st.get32(table + word);
    let back = if cpu.psw.zarch {
        st.get64(table + back)
    } else {
        u64::from(st.get32(table + back))
    };
    let (amode, address) = match cpu.is_64() {
        true => (Amode::A64, back),
        false if back & 0x8000_0000 != 0 => (Amode::A31, back & 0x7FFF_FFFF),
        false => (Amode::A24, back & 0x7FFF_FFFF),
    };
    let mut traced = Entries::default();
    traced.branch(cpu, st, (amode, address))?;
    save_link(cpu, op.r1, link(cpu, op));
    st.put32(table + word, saved & !REDUCED);
    traced.store(cpu, st)?;
    spaces::set_key_mask(cpu, low16(u64::from(saved >> 16)));
    cpu.psw.key = low8(u64::from(saved)) >> 4;
    cpu.psw.problem = saved & WAS_PROBLEM != 0;
    cpu.psw.amode = amode;
    cpu.psw.addr = address;
    cpu.refresh();
    Err(Stop::Called)
}

/// Where BRANCH IN SUBSPACE GROUP goes.
enum Destination {
    /// The base space.
    Base,
    /// The subspace that was used last.
    Last,
    /// Another subspace, to be noted with its sequence number.
    Subspace,
}

/// The destination that a token names, with its space's entry.
fn destination(
    cpu: &mut Cpu,
    st: &mut Storage,
    alet: u32,
    [base, active, _, sequence]: [u32; 4],
) -> Result<(Destination, Aste), Stop> {
    let base = base & spaces::BLOCK;
    match alet {
        0 => Ok((Destination::Base, Aste::at(cpu, st, base)?)),
        1 if active & spaces::BLOCK == 0 => special(),
        1 => {
            let last = spaces::subspace(cpu, st, active & spaces::BLOCK, sequence)?;
            Ok((Destination::Last, last))
        }
        _ => {
            let aste = art::look_up(cpu, st, alet, Use::Branch)?.aste;
            if aste.origin == base {
                return Ok((Destination::Base, aste));
            }
            if !aste.in_group() || aste.is_base() {
                return special();
            }
            Ok((Destination::Subspace, aste))
        }
    }
}

fn branch_in_group(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    if !cpu.psw.dat || !spaces::has_functions(cpu) {
        return special();
    }
    let alet = match op.r2 {
        0 => 0,
        r2 => cpu.ar[usize::from(r2 & 15)],
    };
    let to = target(cpu, cpu.gr64(op.r2));
    let mut traced = Entries::default();
    traced.subspace(cpu, st, alet, to)?;
    let table = control_table(cpu, st)?;
    let words = spaces::words::<4>(cpu, st, spaces::control_table(cpu))?;
    if spaces::primary_origin(cpu) != words[0] & spaces::BLOCK {
        return special();
    }
    let found = destination(cpu, st, alet, words);
    let (destination, aste) = found.inspect_err(|_| art::blame(cpu, op.r2))?;
    let kept = spaces::kept_bits(cpu);
    let (asce, note) = match destination {
        Destination::Base => (aste.asce(), words[1] & !spaces::SUBSPACE_ACTIVE),
        Destination::Last => (
            aste.asce() & !kept | cpu.cr[1] & kept,
            words[1] | spaces::SUBSPACE_ACTIVE,
        ),
        Destination::Subspace => {
            st.put32(table + 12, aste.sequence());
            (
                aste.asce() & !kept | cpu.cr[1] & kept,
                aste.origin | spaces::SUBSPACE_ACTIVE,
            )
        }
    };
    st.put32(table + 4, note);
    traced.store(cpu, st)?;
    cpu.cr[1] = asce;
    save_link(cpu, op.r1, link(cpu, op));
    (cpu.psw.amode, cpu.psw.addr) = to;
    spaces::secondary_is_primary(cpu);
    cpu.refresh();
    Err(Stop::Called)
}
