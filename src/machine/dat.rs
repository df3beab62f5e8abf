//! Dynamic address translation and prefixing
//! (Principles of Operation, chapter 3: Dynamic Address Translation; ESA/390 Principles of Operation, chapter 3).

use super::access::{Access, Context};
use super::art;
use super::bits::{index, low8, low32};
use super::cpu::{Cpu, ProgramCode, Stop};
use super::psw::Space;
use super::storage::{PAGE, Storage};

/// Where the tables lead.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Found {
    /// The byte's address: real, or absolute in a frame of 1 MB.
    address: u64,
    /// A segment-table entry named a frame of 1 MB.
    frame: bool,
    /// DAT protection: no stores.
    pub protected: bool,
    /// Access-control bits and fetch protection of the segment-table entry, where it has some: they stand for
    /// those of the storage key.
    pub key: Option<u8>,
}

impl Found {
    /// A byte of a page, or of a space without tables.
    fn page(real: u64, protected: bool) -> Found {
        Found {
            address: real,
            frame: false,
            protected,
            key: None,
        }
    }

    /// Real address of the byte.
    pub fn real(&self, prefix: u64, zarch: bool) -> u64 {
        match self.frame {
            true => prefixed(prefix, zarch, self.address),
            false => self.address,
        }
    }

    /// Absolute address of the byte.
    pub fn absolute(&self, prefix: u64, zarch: bool) -> u64 {
        match self.frame {
            true => self.address,
            false => prefixed(prefix, zarch, self.address),
        }
    }
}

/// Where a byte was found in storage.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// Absolute address of the byte.
    pub absolute: u64,
    /// DAT protection: no stores.
    pub protected: bool,
    /// What stands for the access-control bits and fetch protection of the storage key.
    pub key: Option<u8>,
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
/// Format control of a segment-table entry: it names a frame.
const FORMAT: u64 = 0x400;
/// Access-control bits and fetch protection of such an entry are valid.
const KEY_VALID: u64 = 0x1_0000;
/// A frame that a segment-table entry names.
const FRAME: u64 = 1 << 20;
/// The control of enhanced DAT in control register 0.
const ENHANCED: u32 = 1 << 23;

/// In an exception identification: the access was one for storing (access-exception-fetch/store-indication
/// facility).
pub const STORING: u64 = 0x400;
/// The same for fetching.
const FETCHING: u64 = 0x800;

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
    access: Access,
) -> Result<Place, Stop> {
    let found = if context.dat {
        match walk(st, context.asce, va, context.zarch, context.control) {
            Ok(found) => Found {
                protected: found.protected || context.named & art::FETCH_ONLY != 0,
                ..found
            },
            Err(missed) => {
                blame(cpu, context, va, access);
                return Err(Stop::Program(missed.code));
            }
        }
    } else {
        Found::page(va, false)
    };
    let absolute = found.absolute(context.prefix, context.zarch);
    if !st.has(absolute) {
        return Err(Stop::Program(ProgramCode::ADDRESSING));
    }
    Ok(Place {
        absolute,
        protected: found.protected,
        key: found.key,
    })
}

/// Says in the exception identification which page of which space it is about, and what the access was for.
pub fn blame(cpu: &mut Cpu, context: &Context, va: u64, access: Access) {
    let indication = match access {
        _ if !context.zarch => 0,
        Access::Store => STORING,
        Access::Fetch | Access::Instruction => FETCHING,
    };
    let named = context.named & art::NAME;
    cpu.fault.id = (va & !(PAGE - 1)) | indication | u64::from(named);
    if named == Space::Access.bits() {
        cpu.fault.access = cpu.fault.operand;
    }
}

/// Walks the tables of an ASCE (or an ESA/390 segment-table designation) under control register 0.
pub fn walk(
    st: &mut Storage,
    asce: u64,
    va: u64,
    zarch: bool,
    control: u32,
) -> Result<Found, Missed> {
    if zarch {
        walk_long(st, asce, va, is_enhanced(control))
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

/// What region and segment tables lead to.
pub enum Segment {
    /// A page table.
    Table {
        /// Its real address.
        origin: u64,
        /// No stores anywhere in the segment.
        protected: bool,
    },
    /// A frame of 1 MB.
    Frame {
        /// The segment-table entry that names it.
        entry: u64,
        /// Real address of that.
        at: u64,
        /// No stores.
        protected: bool,
    },
}

fn walk_long(st: &mut Storage, asce: u64, va: u64, enhanced: bool) -> Result<Found, Missed> {
    if is_real_space(asce) {
        return Ok(Found::page(va, false));
    }
    let (origin, mut protected) = match segment(st, asce, va, enhanced)? {
        Segment::Table { origin, protected } => (origin, protected),
        Segment::Frame {
            entry, protected, ..
        } => return Ok(frame(entry, va, protected)),
    };
    let at = page_entry(origin, va);
    let entry = entry64(st, at)?;
    if entry & PAGE_INVALID != 0 {
        return missed(ProgramCode::PAGE, at);
    }
    if entry & 0x800 != 0 {
        return missed(ProgramCode::TRANSLATION, at);
    }
    protected |= entry & PROTECT != 0;
    Ok(Found::page((entry & !0xFFF) | (va & 0xFFF), protected))
}

/// Whether an address-space-control element is one of real storage, without tables.
pub fn is_real_space(asce: u64) -> bool {
    asce & REAL_SPACE != 0
}

/// Real address of the entry of an address in a page table.
pub fn page_entry(origin: u64, va: u64) -> u64 {
    origin.wrapping_add(((va >> 12) & 0xFF) * 8)
}

/// Whether enhanced DAT is on in control register 0.
pub fn is_enhanced(control: u32) -> bool {
    control & ENHANCED != 0
}

/// Walks the region and segment tables of a z/Architecture ASCE that has some.
pub fn segment(st: &mut Storage, asce: u64, va: u64, enhanced: bool) -> Result<Segment, Missed> {
    let top = 3 - index((asce >> 2) & 3);
    // Address bits above what the top table covers must be zero.
    if top > 0 && va >> (LEVELS[top].0 + 11) != 0 {
        return missed(ProgramCode::ASCE_TYPE, 0);
    }
    let mut origin = asce & !0xFFF;
    let mut first = 0;
    let mut last = asce & 3;
    let mut protected = false;
    for (kind, (shift, code)) in (0..4).rev().zip(LEVELS).skip(top) {
        let i = (va >> shift) & 0x7FF;
        if i >> 9 < first || i >> 9 > last {
            return missed(code, 0);
        }
        let at = origin.wrapping_add(i * 8);
        let entry = entry64(st, at)?;
        if entry & INVALID != 0 {
            return missed(code, at);
        }
        if (entry >> 2) & 3 != kind {
            return missed(ProgramCode::TRANSLATION, at);
        }
        if kind > 0 {
            protected |= enhanced && entry & PROTECT != 0;
            first = (entry >> 6) & 3;
            last = entry & 3;
            origin = entry & !0xFFF;
            continue;
        }
        // A common segment may not stand in a private space.
        if asce & PRIVATE != 0 && entry & 0x10 != 0 {
            return missed(ProgramCode::TRANSLATION, at);
        }
        protected |= entry & PROTECT != 0;
        if enhanced && entry & FORMAT != 0 {
            return Ok(Segment::Frame {
                entry,
                at,
                protected,
            });
        }
        origin = entry & !0x7FF;
    }
    Ok(Segment::Table { origin, protected })
}

/// A byte of the frame that a segment-table entry names.
fn frame(entry: u64, va: u64, protected: bool) -> Found {
    Found {
        address: (entry & !(FRAME - 1)) | (va & (FRAME - 1)),
        frame: true,
        protected,
        key: (entry & KEY_VALID != 0).then(|| low8(entry >> 8) & 0xF8),
    }
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
    let real = u64::from(entry & 0x7FFF_F000) | (va & 0xFFF);
    Ok(Found::page(real, entry & 0x200 != 0))
}
