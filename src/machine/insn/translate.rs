//! Translation tables and Unicode conversions (Principles of Operation, chapter 7).

use super::Format::*;
use super::decimal::set_pointer;
use super::moves::{advance, length_of, pointer, set_length};
use super::source::*;
use super::{Row, both, long};
use crate::machine::access::Access;
use crate::machine::bits::{count, low8, low16};
use crate::machine::block::Op;
use crate::machine::cpu::{Cpu, ProgramCode, Step, Stop};
use crate::machine::storage::Storage;

pub(super) const TABLE: &[Row] = &[
    both(0xDC00, "tr", Ss, translate),
    both(0xDD00, "trt", Ss, translate_and_test::<false>),
    both(0xD000, "trtr", Ss, translate_and_test::<true>),
    both(0xB2A5, "tre", Rre, translate_extended),
    long(0xB993, "troo", RrfC, table_translate::<1, 1>),
    long(0xB992, "trot", RrfC, table_translate::<1, 2>),
    long(0xB991, "trto", RrfC, table_translate::<2, 1>),
    long(0xB990, "trtt", RrfC, table_translate::<2, 2>),
    long(0xB9BF, "trte", RrfC, test_extended::<false>),
    long(0xB9BD, "trtre", RrfC, test_extended::<true>),
    both(0xB2A7, "cu12", RrfC, convert::<Utf8, Utf16>),
    both(0xB2A6, "cu21", RrfC, convert::<Utf16, Utf8>),
    long(0xB9B0, "cu14", RrfC, convert::<Utf8, Utf32>),
    long(0xB9B1, "cu24", RrfC, convert::<Utf16, Utf32>),
    long(0xB9B2, "cu41", Rre, convert::<Utf32, Utf8>),
    long(0xB9B3, "cu42", Rre, convert::<Utf32, Utf16>),
];

/// Units of an operation that ends with condition code 3 when it takes too long.
const UNITS: u64 = 1 << 16;

fn translate(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let len = usize::from(op.x) + 1;
    let (a, b) = (first(cpu, op), second(cpu, op));
    let old = cpu.span(st, a, len, op.b, Access::Fetch)?;
    let to = cpu.span(st, a, len, op.b, Access::Store)?;
    let mut bytes = [0u8; 256];
    old.read(st, &mut bytes[..len]);
    // One byte after the other: the table may be part of the operand, so that an entry may have been
    // changed already. Nothing is stored before every entry was found.
    for i in 0..len {
        let entry = b.wrapping_add(u64::from(bytes[i])) & cpu.amask;
        let absolute = cpu.locate(st, entry, 1, op.b2, Access::Fetch)?;
        let changed = (0..i).find(|n| to.byte(*n) == absolute);
        bytes[i] = changed.map_or_else(|| st.get8(absolute), |n| bytes[n]);
    }
    to.write(st, &bytes[..len]);
    Ok(())
}

fn translate_and_test<const BACK: bool>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let len = usize::from(op.x) + 1;
    let (a, b) = (first(cpu, op), second(cpu, op));
    for i in 0..len {
        let n = count(i);
        let at = if BACK {
            a.wrapping_sub(n)
        } else {
            a.wrapping_add(n)
        } & cpu.amask;
        let byte = cpu.load::<u8>(st, at, op.b)?;
        let entry = b.wrapping_add(u64::from(byte)) & cpu.amask;
        let function = cpu.load::<u8>(st, entry, op.b2)?;
        if function != 0 {
            set_pointer(cpu, 1, at);
            let v = cpu.gr64(2) & !0xFF | u64::from(function);
            cpu.set_gr64(2, v);
            cpu.set_cc(if i == len - 1 { 2 } else { 1 });
            return Ok(());
        }
    }
    cpu.set_cc(0);
    Ok(())
}

fn translate_extended(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    even(op.r1)?;
    let stop = low8(cpu.gr64(0));
    let table = pointer(cpu, op.r2);
    for _ in 0..UNITS {
        let left = length_of(cpu, op.r1 + 1);
        let a = pointer(cpu, op.r1);
        if left == 0 {
            cpu.set_address(op.r1, a);
            cpu.set_cc(0);
            return Ok(());
        }
        let byte = cpu.load::<u8>(st, a, op.r1)?;
        if byte == stop {
            cpu.set_address(op.r1, a);
            cpu.set_cc(1);
            return Ok(());
        }
        let entry = table.wrapping_add(u64::from(byte)) & cpu.amask;
        let v = cpu.load::<u8>(st, entry, op.r2)?;
        cpu.store(st, a, op.r1, v)?;
        advance(cpu, op.r1, 1);
        set_length(cpu, op.r1 + 1, left - 1);
    }
    cpu.set_cc(3);
    Ok(())
}

/// A character of one or two bytes.
fn character(cpu: &mut Cpu, st: &mut Storage, at: u64, r: u8, bytes: u64) -> Result<u16, Stop> {
    if bytes == 1 {
        Ok(u16::from(cpu.load::<u8>(st, at, r)?))
    } else {
        cpu.load::<u16>(st, at, r)
    }
}

/// TRANSLATE ONE/TWO TO ONE/TWO: the table is named by register 1.
fn table_translate<const FROM: u64, const TO: u64>(
    cpu: &mut Cpu,
    st: &mut Storage,
    op: &Op,
) -> Step {
    even(op.r1)?;
    let table = pointer(cpu, 1) & !7;
    if !length_of(cpu, op.r1 + 1).is_multiple_of(FROM) {
        return Err(Stop::Program(ProgramCode::SPECIFICATION));
    }
    let test = if TO == 1 {
        u16::from(low8(cpu.gr64(0)))
    } else {
        low16(cpu.gr64(0))
    };
    let no_test = op.r3 & 1 != 0;
    for _ in 0..UNITS {
        let left = length_of(cpu, op.r1 + 1);
        let (to, from) = (pointer(cpu, op.r1), pointer(cpu, op.r2));
        if left == 0 {
            cpu.set_address(op.r1, to);
            cpu.set_address(op.r2, from);
            cpu.set_cc(0);
            return Ok(());
        }
        let c = character(cpu, st, from, op.r2, FROM)?;
        let entry = table.wrapping_add(u64::from(c) * TO) & cpu.amask;
        let v = character(cpu, st, entry, 1, TO)?;
        if !no_test && v == test {
            cpu.set_address(op.r1, to);
            cpu.set_address(op.r2, from);
            cpu.set_cc(1);
            return Ok(());
        }
        if TO == 1 {
            cpu.store(st, to, op.r1, low8(u64::from(v)))?;
        } else {
            cpu.store(st, to, op.r1, v)?;
        }
        advance(cpu, op.r1, TO);
        advance(cpu, op.r2, FROM);
        set_length(cpu, op.r1 + 1, left - FROM);
    }
    cpu.set_cc(3);
    Ok(())
}

/// TRANSLATE AND TEST (REVERSE) EXTENDED.
fn test_extended<const BACK: bool>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    even(op.r1)?;
    let wide = if op.r3 & 8 != 0 { 2u64 } else { 1 };
    let function_wide = if op.r3 & 4 != 0 { 2u64 } else { 1 };
    let limited = op.r3 & 2 != 0;
    let table = pointer(cpu, 1) & !7;
    if !length_of(cpu, op.r1 + 1).is_multiple_of(wide) {
        return Err(Stop::Program(ProgramCode::SPECIFICATION));
    }
    for _ in 0..UNITS {
        let left = length_of(cpu, op.r1 + 1);
        let a = pointer(cpu, op.r1);
        if left == 0 {
            cpu.set_address(op.r1, a);
            set_function(cpu, op.r2, 0);
            cpu.set_cc(0);
            return Ok(());
        }
        let c = character(cpu, st, a, op.r1, wide)?;
        let function = if limited && c > 255 {
            0
        } else {
            let entry = table.wrapping_add(u64::from(c) * function_wide) & cpu.amask;
            character(cpu, st, entry, 1, function_wide)?
        };
        if function != 0 {
            cpu.set_address(op.r1, a);
            set_function(cpu, op.r2, function);
            cpu.set_cc(1);
            return Ok(());
        }
        let step = if BACK { 0u64.wrapping_sub(wide) } else { wide };
        advance(cpu, op.r1, step);
        set_length(cpu, op.r1 + 1, left - wide);
    }
    cpu.set_cc(3);
    Ok(())
}

fn set_function(cpu: &mut Cpu, r: u8, v: u16) {
    if cpu.is_64() {
        cpu.set_gr64(r, u64::from(v));
    } else {
        cpu.set_gr32(r, u32::from(v));
    }
}

/// What reading one character gives.
enum Read {
    /// A code point and its bytes.
    Point(u32, u64),
    /// The rest of the operand is too short for a character.
    Short,
    /// No character.
    Invalid,
}

/// An encoding of Unicode.
trait Encoding {
    /// Reads the character at `at` of which `left` bytes remain.
    fn read(
        cpu: &mut Cpu,
        st: &mut Storage,
        at: u64,
        r: u8,
        left: u64,
        strict: bool,
    ) -> Result<Read, Stop>;
    /// The bytes of a code point and how many, `None` when it has none.
    fn write(point: u32) -> Option<([u8; 4], usize)>;
}

struct Utf8;
struct Utf16;
struct Utf32;

fn byte_at(cpu: &mut Cpu, st: &mut Storage, at: u64, n: u64, r: u8) -> Result<u32, Stop> {
    let a = at.wrapping_add(n) & cpu.amask;
    Ok(u32::from(cpu.load::<u8>(st, a, r)?))
}

impl Encoding for Utf8 {
    fn read(
        cpu: &mut Cpu,
        st: &mut Storage,
        at: u64,
        r: u8,
        left: u64,
        strict: bool,
    ) -> Result<Read, Stop> {
        if left == 0 {
            return Ok(Read::Short);
        }
        let lead = byte_at(cpu, st, at, 0, r)?;
        let n = match lead {
            0..=0x7F => return Ok(Read::Point(lead, 1)),
            0xC0..=0xDF if !strict || lead >= 0xC2 => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF7 if !strict || lead <= 0xF4 => 4,
            _ => return Ok(Read::Invalid),
        };
        if left < n {
            return Ok(Read::Short);
        }
        let mut point = lead & (0x7F >> n);
        for i in 1..n {
            let byte = byte_at(cpu, st, at, i, r)?;
            if strict && byte & 0xC0 != 0x80 {
                return Ok(Read::Invalid);
            }
            point = point << 6 | byte & 0x3F;
        }
        let bad = match n {
            3 => point < 0x800 || (0xD800..0xE000).contains(&point),
            4 => !(0x1_0000..=0x10_FFFF).contains(&point),
            _ => false,
        };
        if strict && bad {
            return Ok(Read::Invalid);
        }
        Ok(Read::Point(point, n))
    }

    fn write(point: u32) -> Option<([u8; 4], usize)> {
        let b = |v: u32| low8(u64::from(v));
        Some(match point {
            0..=0x7F => ([b(point), 0, 0, 0], 1),
            0x80..=0x7FF => ([b(0xC0 | point >> 6), b(0x80 | point & 63), 0, 0], 2),
            0x800..=0xFFFF => (
                [
                    b(0xE0 | point >> 12),
                    b(0x80 | point >> 6 & 63),
                    b(0x80 | point & 63),
                    0,
                ],
                3,
            ),
            _ => (
                [
                    b(0xF0 | point >> 18 & 7),
                    b(0x80 | point >> 12 & 63),
                    b(0x80 | point >> 6 & 63),
                    b(0x80 | point & 63),
                ],
                4,
            ),
        })
    }
}

impl Encoding for Utf16 {
    fn read(
        cpu: &mut Cpu,
        st: &mut Storage,
        at: u64,
        r: u8,
        left: u64,
        strict: bool,
    ) -> Result<Read, Stop> {
        if left < 2 {
            return Ok(Read::Short);
        }
        let high = u32::from(cpu.load::<u16>(st, at, r)?);
        if !(0xD800..0xDC00).contains(&high) {
            return Ok(Read::Point(high, 2));
        }
        if left < 4 {
            return Ok(Read::Short);
        }
        let next = at.wrapping_add(2) & cpu.amask;
        let low = u32::from(cpu.load::<u16>(st, next, r)?);
        if strict && !(0xDC00..0xE000).contains(&low) {
            return Ok(Read::Invalid);
        }
        let point = ((high & 0x3FF) << 10 | low & 0x3FF) + 0x1_0000;
        Ok(Read::Point(point, 4))
    }

    fn write(point: u32) -> Option<([u8; 4], usize)> {
        if point < 0x1_0000 {
            let [_, _, a, b] = point.to_be_bytes();
            return Some(([a, b, 0, 0], 2));
        }
        let v = point.wrapping_sub(0x1_0000) & 0xF_FFFF;
        let [a, b] = low16(u64::from(0xD800 | v >> 10)).to_be_bytes();
        let [c, d] = low16(u64::from(0xDC00 | v & 0x3FF)).to_be_bytes();
        Some(([a, b, c, d], 4))
    }
}

impl Encoding for Utf32 {
    fn read(
        cpu: &mut Cpu,
        st: &mut Storage,
        at: u64,
        r: u8,
        left: u64,
        _: bool,
    ) -> Result<Read, Stop> {
        if left < 4 {
            return Ok(Read::Short);
        }
        let point = cpu.load::<u32>(st, at, r)?;
        if point > 0x10_FFFF || (0xD800..0xDC00).contains(&point) {
            return Ok(Read::Invalid);
        }
        Ok(Read::Point(point, 4))
    }

    fn write(point: u32) -> Option<([u8; 4], usize)> {
        Some((point.to_be_bytes(), 4))
    }
}

fn convert<From: Encoding, To: Encoding>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    even(op.r1)?;
    even(op.r2)?;
    let strict = op.r3 & 1 != 0;
    for _ in 0..UNITS {
        let (room, left) = (length_of(cpu, op.r1 + 1), length_of(cpu, op.r2 + 1));
        let (to, from) = (pointer(cpu, op.r1), pointer(cpu, op.r2));
        cpu.set_address(op.r1, to);
        cpu.set_address(op.r2, from);
        let (point, used) = match From::read(cpu, st, from, op.r2, left, strict)? {
            Read::Point(point, used) => (point, used),
            Read::Short => {
                cpu.set_cc(0);
                return Ok(());
            }
            Read::Invalid => {
                cpu.set_cc(2);
                return Ok(());
            }
        };
        let Some((bytes, n)) = To::write(point) else {
            cpu.set_cc(2);
            return Ok(());
        };
        if room < count(n) {
            cpu.set_cc(1);
            return Ok(());
        }
        cpu.store_bytes(st, to, op.r1, &bytes[..n])?;
        advance(cpu, op.r1, count(n));
        set_length(cpu, op.r1 + 1, room - count(n));
        advance(cpu, op.r2, used);
        set_length(cpu, op.r2 + 1, left - used);
    }
    cpu.set_cc(3);
    Ok(())
}
