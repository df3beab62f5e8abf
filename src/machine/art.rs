//! Access-register translation: the address space that an access-list-entry token names
//! (Principles of Operation, chapter 5: Access-Register Translation).

use super::bits::{low8, low16};
use super::cpu::{Cpu, Fault, ProgramCode, Stop};
use super::psw::Space;
use super::spaces::{self, Aste, Right};
use super::storage::Storage;

/// Beside the name of a space: an access list allows no stores into it.
pub const FETCH_ONLY: u8 = 0x80;
/// The part of it that the exception identification has.
pub const NAME: u8 = 3;
/// Where it has the number of the access register.
const REGISTER: u8 = 0x3C;

/// Bits of an ALET that must be zero.
const RESERVED: u32 = 0xFE00_0000;
/// In an ALET: of the primary space's list, not the dispatchable unit's.
const PRIMARY_LIST: u32 = 0x0100_0000;
/// The sequence number in an ALET, and in the first word of an access-list entry.
const SEQUENCE: u32 = 0x00FF_0000;
/// In the first word of an access-list entry.
const ENTRY_INVALID: u32 = 0x8000_0000;
const ENTRY_FETCH_ONLY: u32 = 0x0200_0000;
const ENTRY_PRIVATE: u32 = 0x0100_0000;
/// Where the control table and the space's entry have their access-list designation.
const DESIGNATION: u32 = 16;

/// What an access list says of a token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Listed {
    /// The space's entry.
    pub aste: Aste,
    /// No stores.
    pub fetch_only: bool,
}

/// How an access-list entry is used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Use {
    /// With this extended authorization index.
    By(u16),
    /// By BRANCH IN SUBSPACE GROUP: neither the token's sequence number nor authority counts.
    Branch,
}

/// Whether a token is of the primary space's list.
pub fn is_of_primary(alet: u32) -> bool {
    alet & PRIMARY_LIST != 0
}

/// The access-list entry of a token that is neither 0 nor 1. What was wrong is a program interruption that the
/// caller gives the number of the access register (`fault.access`).
pub fn look_up(cpu: &Cpu, st: &mut Storage, alet: u32, how: Use) -> Result<Listed, Stop> {
    let refused = |code| Err(Stop::Program(code));
    if alet & RESERVED != 0 {
        return refused(ProgramCode::ALET_SPECIFICATION);
    }
    let owner = if is_of_primary(alet) {
        spaces::primary_origin(cpu)
    } else {
        spaces::control_table(cpu)
    };
    let list = spaces::word(cpu, st, owner + DESIGNATION)?;
    let number = alet & 0xFFFF;
    if number >> 3 > list & 0x7F {
        return refused(ProgramCode::ALEN);
    }
    let at = (list & 0x7FFF_FF80) + number * 16;
    let [zero, _, origin, sequence] = spaces::words::<4>(cpu, st, at)?;
    if zero & ENTRY_INVALID != 0 {
        return refused(ProgramCode::ALEN);
    }
    if how != Use::Branch && (zero ^ alet) & SEQUENCE != 0 {
        return refused(ProgramCode::ALE_SEQUENCE);
    }
    let aste = Aste::at(cpu, st, origin & spaces::BLOCK)?;
    if aste.is_invalid() {
        return refused(ProgramCode::ASTE_VALIDITY);
    }
    if aste.sequence() != sequence {
        return refused(ProgramCode::ASTE_SEQUENCE);
    }
    if let Use::By(index) = how
        && zero & ENTRY_PRIVATE != 0
        && low16(u64::from(zero)) != index
        && !aste.allows(cpu, st, index, Right::Secondary)?
    {
        return refused(ProgramCode::EXTENDED_AUTHORITY);
    }
    Ok(Listed {
        aste,
        fetch_only: zero & ENTRY_FETCH_ONLY != 0,
    })
}

/// The extended authorization index.
pub fn extended_index(cpu: &Cpu) -> u16 {
    low16(cpu.cr[8] >> 16)
}

/// The access register of a space's name.
pub fn register(named: u8) -> u8 {
    (named & REGISTER) >> 2
}

/// A space's name without the access register, which translations do not depend on.
pub fn unregistered(named: u8) -> u8 {
    named & !REGISTER
}

/// The ASCE of the space that an access register names, and how the exception identification calls the space,
/// with [`FETCH_ONLY`] and the register.
pub fn asce(cpu: &mut Cpu, st: &mut Storage, b: u8) -> Result<(u64, u8), Stop> {
    let alet = match b & 15 {
        0 => 0,
        b => cpu.ar[usize::from(b)],
    };
    let named = Space::Access.bits() | (b & 15) << 2;
    match alet {
        0 => Ok((cpu.cr[1], named)),
        1 => Ok((cpu.cr[7], named)),
        _ => {
            let how = Use::By(extended_index(cpu));
            let listed = look_up(cpu, st, alet, how).inspect_err(|_| blame(cpu, b))?;
            let only = if listed.fetch_only { FETCH_ONLY } else { 0 };
            Ok((listed.aste.asce(), named | only))
        }
    }
}

/// Says which access register an exception is about.
pub fn blame(cpu: &mut Cpu, b: u8) {
    cpu.fault = Fault {
        access: b & 15,
        ..Fault::default()
    };
}

/// The condition code of TEST ACCESS for a token under an extended authorization index.
pub fn test(cpu: &Cpu, st: &mut Storage, alet: u32, index: u16) -> Result<u8, Stop> {
    match alet {
        0 => return Ok(0),
        1 => return Ok(3),
        _ => {}
    }
    match look_up(cpu, st, alet, Use::By(index)) {
        Ok(_) if is_of_primary(alet) => Ok(2),
        Ok(_) => Ok(1),
        Err(Stop::Program(ProgramCode::ADDRESSING)) => Err(Stop::Program(ProgramCode::ADDRESSING)),
        Err(Stop::Program(_)) => Ok(3),
        Err(stop) => Err(stop),
    }
}

/// The token in a trace entry: the list's bit, seven bits of the sequence number, the number.
pub fn traced(alet: u32) -> [u8; 3] {
    let list = if is_of_primary(alet) { 0x80 } else { 0 };
    let top = low8(u64::from(alet >> 16)) & 0x7F | list;
    let [_, _, a, b] = alet.to_be_bytes();
    [top, a, b]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Psw;

    #[test]
    fn an_access_list_says_which_space_and_that_it_is_only_read() {
        let mut st = Storage::new(0x10000).unwrap();
        let mut cpu = Cpu::new(0);
        cpu.load_psw(Psw::from_long(0x0400_4001_8000_0000, 0x1000));
        cpu.cr[2] = 0x2000;
        st.put32(0x2010, 0x2080);
        st.put32(0x2080 + 5 * 16, 0x0207_0000);
        st.put32(0x2080 + 5 * 16 + 8, 0x3000);
        st.put64(0x3008, 0x0123_4000);
        let mut space = |alet: u32, st: &mut Storage| {
            cpu.ar[7] = alet;
            let found = asce(&mut cpu, st, 7);
            (found, cpu.fault.access)
        };
        let (found, _) = space(0x0007_0005, &mut st);
        let named = Space::Access.bits() | FETCH_ONLY | 7 << 2;
        assert_eq!(found, Ok((0x0123_4000, named)));
        for (alet, code) in [
            (0x0207_0005, ProgramCode::ALET_SPECIFICATION),
            (0x0006_0005, ProgramCode::ALE_SEQUENCE),
            (0x0007_0008, ProgramCode::ALEN),
        ] {
            assert_eq!(space(alet, &mut st), (Err(Stop::Program(code)), 7));
        }
        st.put32(0x3014, 1);
        let (other, _) = space(0x0007_0005, &mut st);
        assert_eq!(other, Err(Stop::Program(ProgramCode::ASTE_SEQUENCE)));
        st.put32(0x3000, 0x8000_0000);
        let (none, _) = space(0x0007_0005, &mut st);
        assert_eq!(none, Err(Stop::Program(ProgramCode::ASTE_VALIDITY)));
    }
}
