//! DIAGNOSE X'64', named saved segment manipulation (z/VM CP Programming Services): finds, loads and purges
//! saved segments. The subcode in Ry says what is done; Rx has the address of the name, eight characters on a
//! doubleword boundary, or that of the parameter list of the extended functions.
//!
//! What could not be found in the books is ours: return codes 36 and 449 beside 44 and 177, and the subcodes X'28'
//! and X'30', the 64-bit forms of those 32 less.

use super::{Answer, Call, guest, read, register, set_cc, set_register, write};
use crate::base::codepage::ebcdic_to_host;
use crate::base::msg::hcp;
use crate::cp::guest::Guest;
use crate::cp::hardware::{Place, Sharing};
use crate::cp::saved::{PageRange, SavedError, Segment};
use crate::cp::system::System;
use crate::machine::ProgramCode;

/// What a program asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentFunction {
    /// LOADSHR: load as the pages are defined.
    Load,
    /// LOADNOLY: the same, unless something would be overlaid.
    LoadBeside,
    /// LOADNSHR: load a copy of all pages.
    LoadNonshared,
    /// PURGESEG.
    Purge,
    /// FINDSEG.
    Find,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentAnswer {
    /// The condition code: 0 or 1; 2 for an error.
    pub cc: u8,
    /// The address of the first byte; of no meaning for PURGESEG.
    pub first: u64,
    /// The address of the last byte, or the return code of an error.
    pub last: u64,
}

impl SegmentAnswer {
    /// There is no such segment.
    pub const NOT_FOUND: SegmentAnswer = error(NOT_FOUND);
}

/// There is no such segment.
const NOT_FOUND: u64 = 44;
/// The segment lies where storage or another segment is (LOADNOLY).
const OVERLAY: u64 = 36;
/// Its file is damaged or cannot be read: a paging error.
const PAGING: u64 = 177;
/// The user may not have it, or not in this way.
const NOT_AUTHORIZED: u64 = 449;

/// The extended function that tells of page ranges (FINDSEGA).
const FIND_RANGES: u8 = 0x0C;
const LIST: u64 = 24;

/// The subcodes; 32 more is the form for 64-bit addresses.
pub(super) fn manipulate(sys: &mut System, id: &[u8], call: &Call) -> Answer {
    let g = guest(sys, id)?;
    let subcode = register(g, call.cpu, call.r3);
    let wide = subcode & 0x20 != 0;
    let function = match subcode & !0x20 {
        0x00 => SegmentFunction::Load,
        0x04 => SegmentFunction::LoadNonshared,
        0x08 => SegmentFunction::Purge,
        0x0C => SegmentFunction::Find,
        0x10 => SegmentFunction::LoadBeside,
        0x18 => return extended(sys, id, call, wide),
        _ => return Err(ProgramCode::SPECIFICATION),
    };
    let at = register(g, call.cpu, call.r1);
    if !at.is_multiple_of(8) {
        return Err(ProgramCode::SPECIFICATION);
    }
    let name = name_of(&read(g, call.cpu, at, 8)?);
    let done = perform(sys, id, function, &name);
    let g = guest(sys, id)?;
    if done.cc < 2 && function != SegmentFunction::Purge {
        set_register(g, call.cpu, call.r1, done.first);
        set_register(g, call.cpu, call.r3, done.last);
    } else if done.cc == 2 {
        set_register(g, call.cpu, call.r3, done.last);
    }
    set_cc(g, call.cpu, done.cc);
    Ok(())
}

fn name_of(bytes: &[u8]) -> Vec<u8> {
    ebcdic_to_host(bytes).trim_ascii_end().to_ascii_uppercase()
}

/// Does what is asked for a virtual machine.
pub(in crate::cp) fn perform(
    sys: &mut System,
    id: &[u8],
    function: SegmentFunction,
    name: &[u8],
) -> SegmentAnswer {
    let Ok(g) = guest(sys, id) else {
        return SegmentAnswer::NOT_FOUND;
    };
    if function == SegmentFunction::Purge {
        match g.hardware.purge_segment(name) {
            Ok(true) => return bounds(0, (0, 0)),
            Ok(false) => {}
            Err(_) => return error(PAGING),
        }
    } else if function == SegmentFunction::Find
        && let Some(segment) = g.hardware.segment(name)
    {
        return bounds(0, segment.bounds(name));
    }
    let segment = match sys.saved.segment(name) {
        Ok(segment) => segment,
        Err(error) => return failed(sys, id, name, &error),
    };
    let sharing = match function {
        SegmentFunction::Find | SegmentFunction::Purge => return bounds(1, segment.bounds(name)),
        SegmentFunction::LoadNonshared => Sharing::Nonshared,
        SegmentFunction::Load | SegmentFunction::LoadBeside => Sharing::Shared,
    };
    let Ok(g) = guest(sys, id) else {
        return SegmentAnswer::NOT_FOUND;
    };
    if !may_load(g, name, &segment, sharing) {
        return error(NOT_AUTHORIZED);
    }
    if function == SegmentFunction::LoadBeside && g.hardware.overlays(&segment) {
        return error(OVERLAY);
    }
    match g.hardware.load_segment(name, &segment, sharing) {
        Ok(Place::Beyond) => bounds(0, segment.bounds(name)),
        Ok(Place::InStorage) => bounds(1, segment.bounds(name)),
        Err(error) => failed(sys, id, name, &error),
    }
}

fn bounds(cc: u8, (first, last): (u64, u64)) -> SegmentAnswer {
    SegmentAnswer { cc, first, last }
}

/// Whether a user may have a segment. A copy of shared pages is for those whose storage could be where the
/// segment is, for those with NAMESAVE, and for all when the segment was defined with LOADNSHR.
fn may_load(g: &Guest, name: &[u8], segment: &Segment, sharing: Sharing) -> bool {
    let named = |name: &[u8]| {
        let mut names = g.entry.namesave.iter();
        names.any(|n| n == name || segment.is_space(n))
    };
    let mut parts = segment.parts.iter().map(|p| &p.header.definition);
    let allowed = parts.all(|d| !d.restricted || named(&d.name));
    let nonshared = || {
        let fits = segment.bounds(name).1 < g.entry.max_storage;
        !segment.has_pages_of_cp() && (segment.may_be_nonshared() || named(name) || fits)
    };
    allowed && (sharing == Sharing::Shared || nonshared())
}

const fn error(code: u64) -> SegmentAnswer {
    SegmentAnswer {
        cc: 2,
        first: 0,
        last: code,
    }
}

/// A return code for what is wrong, which the console is told when it is a file.
fn failed(sys: &mut System, id: &[u8], name: &[u8], why: &SavedError) -> SegmentAnswer {
    if matches!(why, SavedError::NotFound) {
        return SegmentAnswer::NOT_FOUND;
    }
    let message = hcp::HCPNSL444E.with(&[name, why.to_string().as_bytes()]);
    sys.console_message(id, &message);
    error(PAGING)
}

/// SEGEXT: a list of 24 bytes with the function, the name at 8, the address of an area at 16 and its length at 20.
fn extended(sys: &mut System, id: &[u8], call: &Call, wide: bool) -> Answer {
    let g = guest(sys, id)?;
    let at = register(g, call.cpu, call.r1);
    if !at.is_multiple_of(8) || at % 4096 > 4096 - LIST {
        return Err(ProgramCode::SPECIFICATION);
    }
    let list = read(g, call.cpu, at, LIST)?;
    let word = u32::from_be_bytes([list[16], list[17], list[18], list[19]]);
    let length = u64::from(u16::from_be_bytes([list[20], list[21]]));
    let area = u64::from(word);
    let (front, each) = if wide { (24, 16) } else { (16, 8) };
    let crosses = area % 4096 + length > 4096;
    if list[0] != FIND_RANGES || !area.is_multiple_of(8) || length < front || crosses {
        return Err(ProgramCode::SPECIFICATION);
    }
    let name = name_of(&list[8..16]);
    let found = perform(sys, id, SegmentFunction::Find, &name);
    let ranges = match guest(sys, id)?.hardware.segment(&name) {
        Some(segment) => Ok(segment.ranges_of(&name)),
        None => sys.saved.segment(&name).map(|s| s.ranges_of(&name)),
    };
    let g = guest(sys, id)?;
    if let (0 | 1, Ok(ranges)) = (found.cc, &ranges) {
        let fits = usize::try_from((length - front) / each).unwrap_or(0);
        let block = match wide {
            true => block::<8>(&found, ranges, fits),
            false => block::<4>(&found, ranges, fits),
        };
        write(g, call.cpu, area, &block)?;
    } else {
        set_register(g, call.cpu, call.r3, found.last);
    }
    set_cc(g, call.cpu, found.cc);
    Ok(())
}

/// The addresses of the segment, how many ranges it has, how many follow; their addresses, the descriptor code in
/// the last byte of the first one. Addresses have `N` bytes.
fn block<const N: usize>(found: &SegmentAnswer, ranges: &[PageRange], fits: usize) -> Vec<u8> {
    let address = |at: u64| at.to_be_bytes()[8 - N..].to_vec();
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_be_bytes();
    let mut out = [address(found.first), address(found.last)].concat();
    out.extend(number(ranges.len()));
    out.extend(number(ranges.len().min(fits)));
    for range in ranges.iter().take(fits) {
        out.extend(address(
            u64::from(range.first) << 12 | u64::from(range.kind.told()),
        ));
        out.extend(address(u64::from(range.last) << 12 | 0xF00));
    }
    out
}
