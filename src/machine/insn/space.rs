//! Translation, prefix, and moves between address spaces and under other keys
//! (Principles of Operation, chapter 10).

use super::Format::*;
use super::control::key_allowed;
use super::moves::pointer;
use super::source::*;
use super::{Row, both, long, with};
use crate::machine::access::Access;
use crate::machine::art;
use crate::machine::bits::{count, index, low8, low16, low32};
use crate::machine::block::Op;
use crate::machine::cpu::{Cpu, ProgramCode, Step, Stop};
use crate::machine::dat::{self, Segment};
use crate::machine::psw::Space;
use crate::machine::storage::{PAGE, Storage};

pub(super) const TABLE: &[Row] = &[
    both(0xB100, "lra", Rx, load_real::<false>),
    with(18, 0xE313, "lray", Rxy, load_real::<false>),
    long(0xE303, "lrag", Rxy, load_real::<true>),
    long(0xE502, "strag", Sse, store_real_address),
    long(0xB9AA, "lptea", RrfB, load_entry_address),
    both(0xB24B, "lura", Rre, load_using_real::<u32>),
    long(0xB905, "lurag", Rre, load_using_real::<u64>),
    both(0xB246, "stura", Rre, store_using_real::<u32>),
    long(0xB925, "sturg", Rre, store_using_real::<u64>),
    both(0xE501, "tprot", Sse, test_protection),
    both(0xB22C, "tb", Rre, test_block),
    both(0xB210, "spx", S, set_prefix).last(),
    both(0xB211, "stpx", S, store_prefix),
    both(0xDA00, "mvcp", SsKey, move_to_primary),
    both(0xDB00, "mvcs", SsKey, move_to_secondary),
    both(0xD900, "mvck", SsKey, move_with_key),
    both(0xE50E, "mvcsk", Sse, move_with_source_key),
    both(0xE50F, "mvcdk", Sse, move_with_destination_key),
    with(27, 0xC800, "mvcos", Ssf, move_with_specifications),
    both(0xB22E, "pgin", Rre, no_expanded_storage),
    both(0xB22F, "pgout", Rre, no_expanded_storage),
    both(0xB254, "mvpg", Rre, move_page),
];

/// The ASCE that the PSW's space bits name, whether DAT is on or not, and the name of the space.
pub(super) fn current_space(cpu: &mut Cpu, st: &mut Storage, b: u8) -> Result<(u64, u8), Stop> {
    match cpu.psw.space {
        Space::Access => art::asce(cpu, st, b),
        space => Ok((cpu.asce_of(space), space.bits())),
    }
}

/// LOAD REAL ADDRESS, in the 32-bit form and in the 64-bit form.
fn load_real<const LONG: bool>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    cpu.supervisor()?;
    let a = address(cpu, op);
    let asce = match current_space(cpu, st, op.b) {
        Ok((asce, _)) => asce,
        Err(Stop::Program(code)) if code != ProgramCode::ADDRESSING => {
            cpu.set_gr32(op.r1, 0x8000_0000 | u32::from(code.0));
            cpu.set_cc(3);
            return Ok(());
        }
        Err(stop) => return Err(stop),
    };
    let whole = LONG || cpu.is_64();
    let zarch = cpu.psw.zarch;
    let walked = dat::walk(st, asce, a, zarch, low32(cpu.cr[0]));
    match walked.map(|found| found.real(cpu.prefix, zarch)) {
        Ok(real) if !whole && real >= 1 << 31 => {
            cpu.set_gr32(op.r1, 0x8000_0000 | u32::from(ProgramCode::SPECIAL.0));
            cpu.set_cc(3);
        }
        Ok(real) => {
            set_real(cpu, op.r1, whole, real);
            cpu.set_cc(0);
        }
        Err(missed) => match (missed.code, missed.entry) {
            (ProgramCode::TRANSLATION | ProgramCode::ADDRESSING, _) => {
                return Err(Stop::Program(missed.code));
            }
            (ProgramCode::SEGMENT, entry) if entry != 0 => {
                set_real(cpu, op.r1, whole, entry);
                cpu.set_cc(1);
            }
            (ProgramCode::PAGE, entry) if entry != 0 => {
                set_real(cpu, op.r1, whole, entry);
                cpu.set_cc(2);
            }
            (code, _) => {
                if zarch {
                    cpu.set_gr32(op.r1, 0x8000_0000 | u32::from(code.0));
                }
                cpu.set_cc(3);
            }
        },
    }
    Ok(())
}

/// LOAD PAGE-TABLE-ENTRY ADDRESS. What R3 has does not matter.
fn load_entry_address(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    cpu.supervisor()?;
    let va = pointer(cpu, op.r2);
    let space = match op.m {
        0..=3 => Space::from_bits(op.m),
        4 => cpu.psw.space,
        _ => return Err(Stop::Program(ProgramCode::SPECIFICATION)),
    };
    let asce = match space {
        Space::Access => art::asce(cpu, st, op.r2).map(|(asce, _)| asce),
        space => Ok(cpu.asce_of(space)),
    };
    let (v, cc) = match asce {
        Ok(asce) => entry_address(cpu, st, asce, va)?,
        Err(Stop::Program(code)) if code != ProgramCode::ADDRESSING => (u64::from(code.0), 3),
        Err(stop) => return Err(stop),
    };
    cpu.set_gr64(op.r1, v);
    cpu.set_cc(cc);
    Ok(())
}

/// The real address of a page-table entry with condition code 0, or 1 in a protected segment; that of the entry that
/// leads to none and what kind it is, with 2; the exception that an access would give, with 3.
fn entry_address(cpu: &Cpu, st: &mut Storage, asce: u64, va: u64) -> Result<(u64, u8), Stop> {
    /// A frame's segment-table entry is protected.
    const PROTECTED: u64 = 4;
    if dat::is_real_space(asce) {
        return Err(Stop::Program(ProgramCode::SPECIAL));
    }
    let enhanced = dat::is_enhanced(low32(cpu.cr[0]));
    let missed = match dat::segment(st, asce, va, enhanced) {
        Ok(Segment::Table { origin, protected }) => {
            return Ok((dat::page_entry(origin, va), u8::from(protected)));
        }
        Ok(Segment::Frame { at, protected, .. }) => {
            return Ok((at | if protected { PROTECTED } else { 0 }, 2));
        }
        Err(missed) => missed,
    };
    let kind = match missed.code {
        ProgramCode::TRANSLATION | ProgramCode::ADDRESSING => {
            return Err(Stop::Program(missed.code));
        }
        ProgramCode::REGION_FIRST => 3,
        ProgramCode::REGION_SECOND => 2,
        ProgramCode::REGION_THIRD => 1,
        _ => 0,
    };
    match missed.entry {
        0 => Ok((u64::from(missed.code.0), 3)),
        at => Ok((at | kind, 2)),
    }
}

fn set_real(cpu: &mut Cpu, r: u8, whole: bool, v: u64) {
    if whole {
        cpu.set_gr64(r, v);
    } else {
        cpu.set_gr32(r, low32(v));
    }
}

fn store_real_address(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    cpu.supervisor()?;
    let to = aligned(first(cpu, op), 8)?;
    let a = second(cpu, op);
    let (asce, named) = current_space(cpu, st, op.b2)?;
    let zarch = cpu.psw.zarch;
    match dat::walk(st, asce, a, zarch, low32(cpu.cr[0])) {
        Ok(found) => cpu.store(st, to, op.b, found.real(cpu.prefix, zarch)),
        Err(missed) => {
            art::blame(cpu, op.b2);
            cpu.fault.id = a & !(PAGE - 1) | u64::from(named & art::NAME);
            if cpu.psw.space != Space::Access {
                cpu.fault.access = 0;
            }
            Err(Stop::Program(missed.code))
        }
    }
}

/// The absolute address of a real one, inside storage.
pub(super) fn real(cpu: &Cpu, st: &Storage, at: u64) -> Result<u64, Stop> {
    let absolute = dat::prefixed(cpu.prefix, cpu.psw.zarch, at);
    if !st.has(absolute) {
        return Err(Stop::Program(ProgramCode::ADDRESSING));
    }
    Ok(absolute)
}

fn load_using_real<T: Word>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    cpu.supervisor()?;
    let a = aligned(pointer(cpu, op.r2), T::BYTES)?;
    let at = cpu.locate_in(st, None, cpu.psw.key, a, index(T::BYTES), Access::Fetch)?;
    let v = T::read(st, at);
    T::set(cpu, op.r1, v);
    Ok(())
}

fn store_using_real<T: Word>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    cpu.supervisor()?;
    let a = aligned(pointer(cpu, op.r2), T::BYTES)?;
    let at = cpu.locate_in(st, None, cpu.psw.key, a, index(T::BYTES), Access::Store)?;
    T::write(st, at, T::reg(cpu, op.r1));
    Ok(())
}

fn test_protection(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    cpu.supervisor()?;
    let a = first(cpu, op);
    let key = low8(second(cpu, op)) >> 4;
    let space = if cpu.psw.dat {
        match current_space(cpu, st, op.b) {
            Ok(space) => Some(space),
            Err(Stop::Program(ProgramCode::ADDRESSING)) => {
                return Err(Stop::Program(ProgramCode::ADDRESSING));
            }
            Err(_) => {
                cpu.set_cc(3);
                return Ok(());
            }
        }
    } else {
        None
    };
    let mut allowed = |access| match cpu.locate_in(st, space, key, a, 1, access) {
        Ok(_) | Err(Stop::CodeStore) => Ok(true),
        Err(Stop::Program(ProgramCode::PROTECTION)) => Ok(false),
        Err(stop) => Err(stop),
    };
    let cc = match allowed(Access::Fetch) {
        Ok(false) => 2,
        Ok(true) => match test_store(cpu, st, space, key, a)? {
            true => 0,
            false => 1,
        },
        Err(Stop::Program(code)) if code.nullifies() => 3,
        Err(stop) => return Err(stop),
    };
    cpu.set_cc(cc);
    Ok(())
}

/// Whether a byte could be stored, without marking the page as changed.
fn test_store(
    cpu: &mut Cpu,
    st: &mut Storage,
    space: Option<(u64, u8)>,
    key: u8,
    a: u64,
) -> Result<bool, Stop> {
    let at = cpu.locate_in(st, space, key, a, 1, Access::Fetch)?;
    let (mut block, mut private, mut protected) = (st.key(at), false, false);
    if let Some((asce, named)) = space {
        private = asce & 0x100 != 0;
        match dat::walk(st, asce, a, cpu.psw.zarch, low32(cpu.cr[0])) {
            Ok(found) => {
                block = found.key.unwrap_or(block);
                protected = found.protected || named & art::FETCH_ONLY != 0;
            }
            Err(_) => return Ok(false),
        }
    }
    if key != 0 && block >> 4 != key && !cpu.storage_override(block) {
        return Ok(false);
    }
    if cpu.is_low_protected(a) && !private {
        return Ok(false);
    }
    Ok(!protected && st.flags(at / PAGE) & crate::machine::storage::READ_ONLY == 0)
}

fn test_block(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    cpu.supervisor()?;
    let a = pointer(cpu, op.r2) & !(PAGE - 1);
    // Low-address protection applies; keys do not.
    let at = cpu.locate_in(st, None, 0, a, index(PAGE), Access::Store)?;
    st.fill(at, index(PAGE), 0);
    cpu.set_gr64(0, 0);
    cpu.set_cc(0);
    Ok(())
}

fn set_prefix(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    cpu.supervisor()?;
    let a = aligned(first(cpu, op), 4)?;
    let word = cpu.load::<u32>(st, a, op.b)?;
    let (mask, size) = if cpu.psw.zarch {
        (0x7FFF_E000, 0x2000)
    } else {
        (0x7FFF_F000, 0x1000)
    };
    let prefix = u64::from(word & mask);
    if prefix + size > st.size() {
        return Err(Stop::Program(ProgramCode::ADDRESSING));
    }
    cpu.prefix = prefix;
    cpu.purge();
    Err(Stop::Next)
}

fn store_prefix(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    cpu.supervisor()?;
    let a = aligned(first(cpu, op), 4)?;
    let v = low32(cpu.prefix);
    cpu.store(st, a, op.b, v)
}

/// One side of a move between spaces.
#[derive(Clone, Copy)]
struct Place {
    space: Option<(u64, u8)>,
    key: u8,
    at: u64,
}

/// Moves up to 4096 bytes from one place to another; both are checked before anything is moved.
fn move_between(cpu: &mut Cpu, st: &mut Storage, to: Place, from: Place, len: u64) -> Step {
    let mut pieces = Vec::with_capacity(3);
    let mut done = 0;
    while done < len {
        let a = from.at.wrapping_add(done) & cpu.amask;
        let b = to.at.wrapping_add(done) & cpu.amask;
        let n = (len - done).min(PAGE - a % PAGE).min(PAGE - b % PAGE);
        let f = cpu.locate_in(st, from.space, from.key, a, index(n), Access::Fetch)?;
        let t = cpu.locate_in(st, to.space, to.key, b, index(n), Access::Store)?;
        pieces.push((f, t, index(n)));
        done += n;
    }
    for (f, t, n) in pieces {
        if t > f && t < f + count(n) {
            // One byte after the other, as the architecture moves them.
            for i in 0..count(n) {
                let v = st.get8(f + i);
                st.put8(t + i, v);
            }
        } else {
            st.copy_within(f, t, n);
        }
    }
    Ok(())
}

/// The true length in the first register: at most 256 are moved, condition code 3 when there are more.
fn key_length(cpu: &mut Cpu, r: u8) -> u64 {
    let len = super::moves::length_of(cpu, r);
    cpu.set_cc(if len > 256 { 3 } else { 0 });
    len.min(256)
}

/// MVCP and MVCS need DAT, secondary-space control and primary- or secondary-space mode.
fn secondary_allowed(cpu: &Cpu) -> Step {
    let usual = matches!(cpu.psw.space, Space::Primary | Space::Secondary);
    if !cpu.psw.dat || !cpu.control(0, 37) || !usual {
        return Err(Stop::Program(ProgramCode::SPECIAL));
    }
    Ok(())
}

fn key_of(cpu: &Cpu, r: u8) -> Result<u8, Stop> {
    let key = low8(cpu.gr64(r)) >> 4;
    key_allowed(cpu, key)?;
    Ok(key)
}

fn move_to_primary(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    secondary_allowed(cpu)?;
    let key = key_of(cpu, op.r3)?;
    let (to, from) = (
        Place {
            space: Some((cpu.cr[1], 0)),
            key: cpu.psw.key,
            at: first(cpu, op),
        },
        Place {
            space: Some((cpu.cr[7], 2)),
            key,
            at: second(cpu, op),
        },
    );
    move_keyed(cpu, st, op, to, from)
}

fn move_to_secondary(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    secondary_allowed(cpu)?;
    let key = key_of(cpu, op.r3)?;
    let (to, from) = (
        Place {
            space: Some((cpu.cr[7], 2)),
            key,
            at: first(cpu, op),
        },
        Place {
            space: Some((cpu.cr[1], 0)),
            key: cpu.psw.key,
            at: second(cpu, op),
        },
    );
    move_keyed(cpu, st, op, to, from)
}

/// Moves with the length in the first register; the condition code is set only when the move was done.
fn move_keyed(cpu: &mut Cpu, st: &mut Storage, op: &Op, to: Place, from: Place) -> Step {
    let cc = cpu.psw.cc;
    let len = key_length(cpu, op.r1);
    let new = std::mem::replace(&mut cpu.psw.cc, cc);
    move_between(cpu, st, to, from, len)?;
    cpu.set_cc(new);
    Ok(())
}

/// The space of operands under the PSW.
fn operand_space(cpu: &mut Cpu, st: &mut Storage, b: u8) -> Result<Option<(u64, u8)>, Stop> {
    if !cpu.psw.dat {
        return Ok(None);
    }
    current_space(cpu, st, b).map(Some)
}

fn move_with_key(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let key = key_of(cpu, op.r3)?;
    let to = Place {
        space: operand_space(cpu, st, op.b)?,
        key: cpu.psw.key,
        at: first(cpu, op),
    };
    let from = Place {
        space: operand_space(cpu, st, op.b2)?,
        key,
        at: second(cpu, op),
    };
    move_keyed(cpu, st, op, to, from)
}

fn move_with_source_key(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let key = key_of(cpu, 1)?;
    let own = cpu.psw.key;
    move_by_registers(cpu, st, op, own, key)
}

fn move_with_destination_key(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let key = key_of(cpu, 1)?;
    let own = cpu.psw.key;
    move_by_registers(cpu, st, op, key, own)
}

/// MVCSK, MVCDK: the length code is in general register 0.
fn move_by_registers(cpu: &mut Cpu, st: &mut Storage, op: &Op, to: u8, from: u8) -> Step {
    let len = u64::from(low8(cpu.gr64(0))) + 1;
    let to = Place {
        space: operand_space(cpu, st, op.b)?,
        key: to,
        at: first(cpu, op),
    };
    let from = Place {
        space: operand_space(cpu, st, op.b2)?,
        key: from,
        at: second(cpu, op),
    };
    move_between(cpu, st, to, from, len)
}

/// MOVE WITH OPTIONAL SPECIFICATIONS: register 0 has a control for each operand.
fn move_with_specifications(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    if !cpu.psw.dat {
        return Err(Stop::Program(ProgramCode::SPECIAL));
    }
    let controls = cpu.gr32(0);
    let to = specified(
        cpu,
        st,
        low16(u64::from(controls >> 16)),
        op.b,
        first(cpu, op),
    )?;
    let from = specified(cpu, st, low16(u64::from(controls)), op.b2, second(cpu, op))?;
    if controls & 0x0001_0000 != 0 && controls & 0x00C0_0000 == 0x00C0_0000 && cpu.psw.problem {
        // The first operand in the home space from the problem state.
        return Err(Stop::Program(ProgramCode::SPECIAL));
    }
    let len = super::moves::length_of(cpu, op.r1);
    move_between(cpu, st, to, from, len.min(4096))?;
    cpu.set_cc(if len > 4096 { 3 } else { 0 });
    Ok(())
}

/// What one operand-access control says: key (when its K bit is one) and space (when its A bit is one).
fn specified(cpu: &mut Cpu, st: &mut Storage, control: u16, b: u8, at: u64) -> Result<Place, Stop> {
    let mut key = cpu.psw.key;
    if control & 2 != 0 {
        key = low8(u64::from(control >> 12));
        key_allowed(cpu, key)?;
    }
    let space = if control & 1 != 0 {
        Space::from_bits(low8(u64::from(control >> 6)) & 3)
    } else {
        cpu.psw.space
    };
    if space == Space::Secondary && !cpu.control(0, 37) {
        return Err(Stop::Program(ProgramCode::SPECIAL));
    }
    let space = match space {
        Space::Access => art::asce(cpu, st, b)?,
        space => (cpu.asce_of(space), space.bits()),
    };
    Ok(Place {
        space: Some(space),
        key,
        at,
    })
}

/// PAGE IN and PAGE OUT: there is no expanded storage, so no block number is one of it.
fn no_expanded_storage(cpu: &mut Cpu, _: &mut Storage, _: &Op) -> Step {
    cpu.supervisor()?;
    cpu.set_cc(3);
    Ok(())
}

/// MOVE PAGE, as without expanded storage: register 0 may ask for a key and for condition code 1 or 2
/// instead of a page-translation exception.
fn move_page(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let g0 = cpu.gr32(0);
    // Bits 48-51 must be zero; bits 52 and 53 choose which operand the key is for, not both.
    if g0 & 0xF000 != 0 || g0 & 0x0C00 == 0x0C00 {
        return Err(Stop::Program(ProgramCode::SPECIFICATION));
    }
    let asked = low8(u64::from(g0)) >> 4;
    let own = cpu.psw.key;
    if g0 & 0x0C00 != 0 {
        key_allowed(cpu, asked)?;
    }
    let to = Place {
        space: operand_space(cpu, st, op.r1)?,
        key: if g0 & 0x0800 != 0 { asked } else { own },
        at: pointer(cpu, op.r1) & !(PAGE - 1),
    };
    let from = Place {
        space: operand_space(cpu, st, op.r2)?,
        key: if g0 & 0x0400 != 0 { asked } else { own },
        at: pointer(cpu, op.r2) & !(PAGE - 1),
    };
    let size = index(PAGE);
    let optional = g0 & 0x100 != 0;
    let registers = op.r1 << 4 | op.r2;
    let f = match cpu.locate_in(st, from.space, from.key, from.at, size, Access::Fetch) {
        Err(Stop::Program(ProgramCode::PAGE)) if optional => {
            cpu.set_cc(2);
            return Ok(());
        }
        other => other.inspect_err(|_| cpu.fault.registers = registers)?,
    };
    let t = match cpu.locate_in(st, to.space, to.key, to.at, size, Access::Store) {
        Err(Stop::Program(ProgramCode::PAGE)) if optional => {
            cpu.set_cc(1);
            return Ok(());
        }
        other => other.inspect_err(|_| cpu.fault.registers = registers)?,
    };
    st.copy_within(f, t, size);
    cpu.set_cc(0);
    Ok(())
}
