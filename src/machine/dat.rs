//! Dynamic address translation, access-register translation and prefixing
//! (Principles of Operation, chapter 3: Dynamic Address Translation; chapter 5: Access-Register Translation;
//! ESA/390 Principles of Operation, chapter 3).

use super::access::{Access, Context};
use super::bits::low32;
use super::cpu::{Cpu, ProgramCode, Stop};
use super::storage::{PAGE, Storage};

/// Where a page was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Found {
    /// Absolute address of the byte.
    pub absolute: u64,
    /// Real address of the byte.
    pub real: u64,
    /// DAT protection: no stores.
    pub protected: bool,
}

/// Why a walk through the tables ended: the exception, and the entry that was looked at last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Missed {
    /// The exception that an access would give.
    pub code: ProgramCode,
    /// Real address of the table entry that was invalid; zero when a length check failed.
    pub entry: u64,
}

const REAL_SPACE: u64 = 0x20;
const PRIVATE: u64 = 0x100;
const INVALID: u64 = 0x20;
const PROTECT: u64 = 0x200;
const PAGE_INVALID: u64 = 0x400;

/// Applies the prefix: a real address becomes absolute, and the other way round.
#[inline]
pub fn prefixed(prefix: u64, zarch: bool, real: u64) -> u64 {
    let block = if zarch { !0x1FFF } else { !0xFFF };
    if real & block == 0 {
        real | (prefix & block)
    } else if real & block == prefix & block {
        real & !block
    } else {
        real
    }
}

/// Whether a context's address space is private (low-address protection and the overrides do not apply).
#[inline]
pub fn private(context: &Context) -> bool {
    context.dat && context.asce & PRIVATE != 0
}

/// Translates a logical address of a context to an absolute one inside storage.
pub fn translate(
    cpu: &mut Cpu,
    st: &mut Storage,
    context: &Context,
    va: u64,
    _access: Access,
) -> Result<Found, Stop> {
    let found = if context.dat {
        match walk(st, context.asce, va, context.zarch, context.control) {
            Ok(found) => found,
            Err(missed) => {
                cpu.fault.id = (va & !(PAGE - 1)) | u64::from(context.named);
                cpu.fault.access = if context.named == 1 {
                    cpu.fault.operand
                } else {
                    0
                };
                return Err(Stop::Program(missed.code));
            }
        }
    } else {
        Found {
            absolute: 0,
            real: va,
            protected: false,
        }
    };
    let absolute = prefixed(context.prefix, context.zarch, found.real);
    if !st.has(absolute) {
        return Err(Stop::Program(ProgramCode::ADDRESSING));
    }
    Ok(Found { absolute, ..found })
}

/// Walks the tables of an ASCE (or an ESA/390 segment-table designation). The result's `absolute` is
/// not filled in.
pub fn walk(
    st: &mut Storage,
    asce: u64,
    va: u64,
    zarch: bool,
    control: u32,
) -> Result<Found, Missed> {
    if zarch {
        walk_long(st, asce, va)
    } else {
        walk_short(st, asce, va, control)
    }
}

fn missed<T>(code: ProgramCode, entry: u64) -> Result<T, Missed> {
    Err(Missed { code, entry })
}

fn entry64(st: &mut Storage, at: u64) -> Result<u64, Missed> {
    let mut bytes = [0; 8];
    match st.read(at, &mut bytes) {
        Ok(()) => Ok(u64::from_be_bytes(bytes)),
        Err(_) => missed(ProgramCode::ADDRESSING, at),
    }
}

fn entry32(st: &mut Storage, at: u64) -> Result<u32, Missed> {
    let mut bytes = [0; 4];
    match st.read(at, &mut bytes) {
        Ok(()) => Ok(u32::from_be_bytes(bytes)),
        Err(_) => missed(ProgramCode::ADDRESSING, at),
    }
}

/// The four upper levels, first to last: shift of the index, exception when it is missing.
const LEVELS: [(u32, ProgramCode); 4] = [
    (53, ProgramCode::REGION_FIRST),
    (42, ProgramCode::REGION_SECOND),
    (31, ProgramCode::REGION_THIRD),
    (20, ProgramCode::SEGMENT),
];

fn walk_long(st: &mut Storage, asce: u64, va: u64) -> Result<Found, Missed> {
    if asce & REAL_SPACE != 0 {
        return Ok(Found {
            absolute: 0,
            real: va,
            protected: false,
        });
    }
    let kind = (asce >> 2) & 3;
    let top = match kind {
        3 => 0,
        2 => 1,
        1 => 2,
        _ => 3,
    };
    // Address bits above what the top table covers must be zero.
    if top > 0 && va >> (LEVELS[top].0 + 11) != 0 {
        return missed(ProgramCode::ASCE_TYPE, 0);
    }
    let mut origin = asce & !0xFFF;
    let mut first = 0;
    let mut last = asce & 3;
    let mut protected = false;
    for (level, (shift, code)) in LEVELS.iter().enumerate().skip(top) {
        let i = (va >> shift) & 0x7FF;
        if i >> 9 < first || i >> 9 > last {
            return missed(*code, 0);
        }
        let at = origin.wrapping_add(i * 8);
        let entry = entry64(st, at)?;
        if entry & INVALID != 0 {
            return missed(*code, at);
        }
        let expected = match level {
            0 => 3,
            1 => 2,
            2 => 1,
            _ => 0,
        };
        if (entry >> 2) & 3 != expected {
            return missed(ProgramCode::TRANSLATION, at);
        }
        if level == 3 {
            // A common segment may not stand in a private space.
            if asce & PRIVATE != 0 && entry & 0x10 != 0 {
                return missed(ProgramCode::TRANSLATION, at);
            }
            protected |= entry & PROTECT != 0;
            origin = entry & !0x7FF;
        } else {
            first = (entry >> 6) & 3;
            last = entry & 3;
            origin = entry & !0xFFF;
        }
    }
    let at = origin.wrapping_add(((va >> 12) & 0xFF) * 8);
    let entry = entry64(st, at)?;
    if entry & PAGE_INVALID != 0 {
        return missed(ProgramCode::PAGE, at);
    }
    if entry & 0x800 != 0 {
        return missed(ProgramCode::TRANSLATION, at);
    }
    protected |= entry & PROTECT != 0;
    Ok(Found {
        absolute: 0,
        real: (entry & !0xFFF) | (va & 0xFFF),
        protected,
    })
}

fn walk_short(st: &mut Storage, std: u64, va: u64, control: u32) -> Result<Found, Missed> {
    // Control register 0 bits 8-12 must say 4K pages and 1M segments.
    if control & 0x00F8_0000 != 0x00B0_0000 {
        return missed(ProgramCode::TRANSLATION, 0);
    }
    let std = low32(std);
    let va32 = low32(va) & 0x7FFF_FFFF;
    let segment = va32 >> 20;
    if segment >> 4 > std & 0x7F {
        return missed(ProgramCode::SEGMENT, 0);
    }
    let at = u64::from(std & 0x7FFF_F000) + u64::from(segment) * 4;
    let entry = entry32(st, at)?;
    if entry & 0x20 != 0 {
        return missed(ProgramCode::SEGMENT, at);
    }
    if entry & 0x8000_0000 != 0 || std & 0x100 != 0 && entry & 0x10 != 0 {
        return missed(ProgramCode::TRANSLATION, at);
    }
    let page = (va32 >> 12) & 0xFF;
    if page >> 4 > entry & 0xF {
        return missed(ProgramCode::PAGE, 0);
    }
    let at = u64::from(entry & 0x7FFF_FFC0) + u64::from(page) * 4;
    let entry = entry32(st, at)?;
    if entry & 0x400 != 0 {
        return missed(ProgramCode::PAGE, at);
    }
    if entry & 0x8000_0900 != 0 {
        return missed(ProgramCode::TRANSLATION, at);
    }
    Ok(Found {
        absolute: 0,
        real: u64::from(entry & 0x7FFF_F000) | (va & 0xFFF),
        protected: entry & 0x200 != 0,
    })
}

/// The ASCE that an access register names, and how the exception identification calls it.
pub fn access_register_asce(cpu: &mut Cpu, b: u8) -> Result<(u64, u8), Stop> {
    let alet = if b & 15 == 0 {
        0
    } else {
        cpu.ar[usize::from(b & 15)]
    };
    match alet {
        0 => Ok((cpu.cr[1], 1)),
        1 => Ok((cpu.cr[7], 1)),
        _ => {
            cpu.fault.access = b & 15;
            // Access lists are not offered: every other ALET is one that no list has.
            let code = if alet >> 25 != 0 {
                ProgramCode::ALET_SPECIFICATION
            } else {
                ProgramCode::ALEN
            };
            Err(Stop::Program(code))
        }
    }
}
