//! Moving and comparing runs of bytes (Principles of Operation, chapter 7).

use super::Format::*;
use super::compare::order_cc;
use super::source::*;
use super::{Row, both, long};
use crate::machine::access::Access;
use crate::machine::bits::{count, index, low8, low32};
use crate::machine::block::Op;
use crate::machine::cpu::{Cpu, ProgramCode, Step, Stop};
use crate::machine::storage::{PAGE, Storage};
use std::cmp::Ordering;

pub(super) const TABLE: &[Row] = &[
    both(0xD200, "mvc", Ss, move_characters),
    both(0xE800, "mvcin", Ss, move_inverse),
    both(0xD100, "mvn", Ss, move_part::<0x0F>),
    both(0xD300, "mvz", Ss, move_part::<0xF0>),
    both(0xD500, "clc", Ss, compare_characters),
    both(0x0E00, "mvcl", Rr, move_long),
    both(0x0F00, "clcl", Rr, compare_long),
    both(0xA800, "mvcle", Rs, move_long_extended),
    both(0xA900, "clcle", Rs, compare_long_extended),
    long(0xEB8E, "mvclu", Rsy, move_long_unicode),
    long(0xEB8F, "clclu", Rsy, compare_long_unicode),
    both(0xB255, "mvst", Rre, move_string),
    both(0xB25D, "clst", Rre, compare_string),
    both(0xB25E, "srst", Rre, search_string::<1>),
    long(0xB9BE, "srstu", Rre, search_string::<2>),
    both(0xB257, "cuse", Rre, compare_until_substring_equal),
    both(0xB241, "cksm", Rre, checksum),
];

/// Bytes of one unit of an operation that ends with condition code 3 when it takes too long.
pub(super) const UNIT: u64 = 1 << 20;

/// Checks both operands, then moves byte by byte from left to right as the architecture says; when the
/// destination does not start inside the source that is one copy.
fn move_characters(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let len = usize::from(op.x) + 1;
    let (a, b) = (first(cpu, op), second(cpu, op));
    let from = cpu.span(st, b, len, op.b2, Access::Fetch)?;
    let to = cpu.span(st, a, len, op.b, Access::Store)?;
    if from.rest == 0 && to.rest == 0 {
        let distance = to.at.wrapping_sub(from.at);
        if distance == 0 || distance >= count(len) {
            st.copy_within(from.at, to.at, len);
            return Ok(());
        }
        if distance == 1 {
            let byte = st.get8(from.at);
            st.fill(to.at, len, byte);
            return Ok(());
        }
    }
    for i in 0..len {
        let v = st.get8(from.byte(i));
        st.put8(to.byte(i), v);
    }
    Ok(())
}

fn move_inverse(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let len = usize::from(op.x) + 1;
    let (a, b) = (first(cpu, op), second(cpu, op));
    let start = b.wrapping_sub(count(len) - 1) & cpu.amask;
    let from = cpu.span(st, start, len, op.b2, Access::Fetch)?;
    let to = cpu.span(st, a, len, op.b, Access::Store)?;
    for i in 0..len {
        let v = st.get8(from.byte(len - 1 - i));
        st.put8(to.byte(i), v);
    }
    Ok(())
}

fn move_part<const MASK: u8>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let len = usize::from(op.x) + 1;
    let (a, b) = (first(cpu, op), second(cpu, op));
    let from = cpu.span(st, b, len, op.b2, Access::Fetch)?;
    cpu.span(st, a, len, op.b, Access::Fetch)?;
    let to = cpu.span(st, a, len, op.b, Access::Store)?;
    for i in 0..len {
        let at = to.byte(i);
        let v = st.get8(at) & !MASK | st.get8(from.byte(i)) & MASK;
        st.put8(at, v);
    }
    Ok(())
}

fn compare_characters(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let len = usize::from(op.x) + 1;
    let (a, b) = (first(cpu, op), second(cpu, op));
    let one = cpu.span(st, a, len, op.b, Access::Fetch)?;
    let two = cpu.span(st, b, len, op.b2, Access::Fetch)?;
    let (mut x, mut y) = ([0u8; 256], [0u8; 256]);
    one.read(st, &mut x[..len]);
    two.read(st, &mut y[..len]);
    cpu.set_cc(order_cc(x[..len].cmp(&y[..len])));
    Ok(())
}

/// The address in a register.
#[inline(always)]
pub(super) fn pointer(cpu: &Cpu, r: u8) -> u64 {
    cpu.gr64(r) & cpu.amask
}

/// The length in a register: 32 bits, or 64 in 64-bit mode.
#[inline(always)]
pub(super) fn length_of(cpu: &Cpu, r: u8) -> u64 {
    if cpu.is_64() {
        cpu.gr64(r)
    } else {
        u64::from(cpu.gr32(r))
    }
}

/// Sets a length.
#[inline(always)]
pub(super) fn set_length(cpu: &mut Cpu, r: u8, v: u64) {
    if cpu.is_64() {
        cpu.set_gr64(r, v);
    } else {
        cpu.set_gr32(r, low32(v));
    }
}

/// The 24-bit length of MVCL and CLCL.
fn short_length(cpu: &Cpu, r: u8) -> u64 {
    u64::from(cpu.gr32(r) & 0x00FF_FFFF)
}

fn set_short_length(cpu: &mut Cpu, r: u8, v: u64) {
    let v = cpu.gr32(r) & 0xFF00_0000 | low32(v) & 0x00FF_FFFF;
    cpu.set_gr32(r, v);
}

/// Moves an address on and a length down by `n`.
pub(super) fn advance(cpu: &mut Cpu, r: u8, n: u64) {
    let a = pointer(cpu, r).wrapping_add(n) & cpu.amask;
    cpu.set_address(r, a);
}

/// Bytes up to the end of the page.
#[inline(always)]
pub(super) fn page_room(a: u64) -> u64 {
    PAGE - a % PAGE
}

fn move_long(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    even(op.r1)?;
    even(op.r2)?;
    let (to, from) = (op.r1, op.r2);
    let (tl, fl) = (short_length(cpu, to + 1), short_length(cpu, from + 1));
    let (ta, fa) = (pointer(cpu, to), pointer(cpu, from));
    // Addresses come out in the form of the addressing mode, even when nothing is moved.
    cpu.set_address(to, ta);
    cpu.set_address(from, fa);
    let moved = tl.min(fl);
    // Destructive overlap: the destination starts inside the part of the source still to be used.
    let into = ta.wrapping_sub(fa) & cpu.amask;
    if moved > 1 && into != 0 && into < moved {
        cpu.set_cc(3);
        return Ok(());
    }
    cpu.set_cc(match tl.cmp(&fl) {
        Ordering::Equal => 0,
        Ordering::Less => 1,
        Ordering::Greater => 2,
    });
    let pad = low8(u64::from(cpu.gr32(from + 1) >> 24));
    loop {
        let left = short_length(cpu, to + 1);
        if left == 0 {
            return Ok(());
        }
        let source = short_length(cpu, from + 1);
        let ta = pointer(cpu, to);
        let mut n = left.min(page_room(ta));
        if source == 0 {
            let at = cpu.locate(st, ta, index(n), to, Access::Store)?;
            st.fill(at, index(n), pad);
        } else {
            let fa = pointer(cpu, from);
            n = n.min(source).min(page_room(fa));
            let f = cpu.locate(st, fa, index(n), from, Access::Fetch)?;
            let t = cpu.locate(st, ta, index(n), to, Access::Store)?;
            st.copy_within(f, t, index(n));
            if from != to {
                advance(cpu, from, n);
                set_short_length(cpu, from + 1, source - n);
            }
        }
        advance(cpu, to, n);
        set_short_length(cpu, to + 1, left - n);
    }
}

/// One side of a long comparison: what is left of it, or the padding.
struct Side {
    bytes: [u8; 256],
}

/// Reads up to 256 bytes of one operand, padded.
fn side(cpu: &mut Cpu, st: &mut Storage, r: u8, left: u64, n: u64, pad: u8) -> Result<Side, Stop> {
    let mut bytes = [pad; 256];
    let have = index(n.min(left));
    if have > 0 {
        let a = pointer(cpu, r);
        let at = cpu.locate(st, a, have, r, Access::Fetch)?;
        st.copy_out(at, &mut bytes[..have]);
    }
    Ok(Side { bytes })
}

/// How many bytes can be looked at together.
fn together(cpu: &Cpu, r1: u8, l1: u64, r2: u8, l2: u64) -> u64 {
    let mut n = 256.min(l1.max(l2));
    if l1 > 0 {
        n = n.min(l1).min(page_room(pointer(cpu, r1)));
    }
    if l2 > 0 {
        n = n.min(l2).min(page_room(pointer(cpu, r2)));
    }
    n
}

type GetLength = fn(&Cpu, u8) -> u64;
type SetLength = fn(&mut Cpu, u8, u64);

/// The common part of CLCL and CLCLE: true when the end was reached, else a unit was used up.
fn compare_runs(
    cpu: &mut Cpu,
    st: &mut Storage,
    (r1, r2): (u8, u8),
    pad: u8,
    get: GetLength,
    set: SetLength,
) -> Result<bool, Stop> {
    let mut unit = 0;
    while unit < UNIT {
        let (l1, l2) = (get(cpu, r1 + 1), get(cpu, r2 + 1));
        if l1 == 0 && l2 == 0 {
            cpu.set_cc(0);
            return Ok(true);
        }
        let n = together(cpu, r1, l1, r2, l2);
        let one = side(cpu, st, r1, l1, n, pad)?;
        let two = side(cpu, st, r2, l2, n, pad)?;
        let len = index(n);
        let differ = (0..len).find(|i| one.bytes[*i] != two.bytes[*i]);
        let done = differ.map_or(n, count);
        // Both operands may be the same pair, which moves on once.
        let sides = [(r1, l1), (r2, l2)];
        for (r, l) in sides.into_iter().take(if r1 == r2 { 1 } else { 2 }) {
            let step = done.min(l);
            advance(cpu, r, step);
            set(cpu, r + 1, l - step);
        }
        if let Some(i) = differ {
            cpu.set_cc(order_cc(one.bytes[i].cmp(&two.bytes[i])));
            return Ok(true);
        }
        unit += n;
    }
    Ok(false)
}

fn compare_long(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    even(op.r1)?;
    even(op.r2)?;
    let pad = low8(u64::from(cpu.gr32(op.r2 + 1) >> 24));
    let (a, b) = (pointer(cpu, op.r1), pointer(cpu, op.r2));
    cpu.set_address(op.r1, a);
    cpu.set_address(op.r2, b);
    if compare_runs(cpu, st, (op.r1, op.r2), pad, short_length, set_short_length)? {
        return Ok(());
    }
    Err(Stop::Again)
}

fn move_long_extended(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let pad = [low8(first(cpu, op))];
    move_extended::<1>(cpu, st, op, &pad)
}

fn move_long_unicode(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let pad = crate::machine::bits::low16(first(cpu, op)).to_be_bytes();
    if length_of(cpu, op.r1 + 1) & 1 != 0 || length_of(cpu, op.r3 + 1) & 1 != 0 {
        even(op.r1)?;
        even(op.r3)?;
        return Err(Stop::Program(ProgramCode::SPECIFICATION));
    }
    move_extended::<2>(cpu, st, op, &pad)
}

fn move_extended<const N: u64>(cpu: &mut Cpu, st: &mut Storage, op: &Op, pad: &[u8]) -> Step {
    even(op.r1)?;
    even(op.r3)?;
    let (to, from) = (op.r1, op.r3);
    let mut cc = match length_of(cpu, to + 1).cmp(&length_of(cpu, from + 1)) {
        Ordering::Equal => 0,
        Ordering::Less => 1,
        Ordering::Greater => 2,
    };
    let (ta, fa) = (pointer(cpu, to), pointer(cpu, from));
    cpu.set_address(to, ta);
    cpu.set_address(from, fa);
    let mut unit = 0;
    loop {
        let left = length_of(cpu, to + 1);
        if left == 0 {
            break;
        }
        if unit >= UNIT {
            cc = 3;
            break;
        }
        let source = length_of(cpu, from + 1);
        let ta = pointer(cpu, to);
        let mut n = left.min(page_room(ta));
        if source == 0 {
            let at = cpu.locate(st, ta, index(n), to, Access::Store)?;
            if N == 1 {
                st.fill(at, index(n), pad[0]);
            } else {
                // An odd address makes the pair cross the page: which half comes next is told by the
                // length that is left.
                for i in 0..n {
                    st.put8(at + i, pad[index((left - i) & 1)]);
                }
            }
        } else {
            let fa = pointer(cpu, from);
            n = n.min(source).min(page_room(fa));
            let f = cpu.locate(st, fa, index(n), from, Access::Fetch)?;
            let t = cpu.locate(st, ta, index(n), to, Access::Store)?;
            st.copy_within(f, t, index(n));
            if from != to {
                advance(cpu, from, n);
                set_length(cpu, from + 1, source - n);
            }
        }
        advance(cpu, to, n);
        set_length(cpu, to + 1, left - n);
        unit += n;
    }
    cpu.set_cc(cc);
    Ok(())
}

fn compare_long_extended(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    even(op.r1)?;
    even(op.r3)?;
    let pad = low8(first(cpu, op));
    let (a, b) = (pointer(cpu, op.r1), pointer(cpu, op.r3));
    cpu.set_address(op.r1, a);
    cpu.set_address(op.r3, b);
    if !compare_runs(cpu, st, (op.r1, op.r3), pad, length_of, set_length)? {
        cpu.set_cc(3);
    }
    Ok(())
}

fn compare_long_unicode(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    even(op.r1)?;
    even(op.r3)?;
    let pad = crate::machine::bits::low16(first(cpu, op));
    let (r1, r2) = (op.r1, op.r3);
    if (length_of(cpu, r1 + 1) | length_of(cpu, r2 + 1)) & 1 != 0 {
        return Err(Stop::Program(ProgramCode::SPECIFICATION));
    }
    for _ in 0..UNIT / 64 {
        let (l1, l2) = (length_of(cpu, r1 + 1), length_of(cpu, r2 + 1));
        if l1 == 0 && l2 == 0 {
            cpu.set_cc(0);
            return Ok(());
        }
        let mut pair = [pad; 2];
        for (v, (r, l)) in pair.iter_mut().zip([(r1, l1), (r2, l2)]) {
            if l > 0 {
                let a = pointer(cpu, r);
                *v = cpu.load::<u16>(st, a, r)?;
            }
        }
        if pair[0] != pair[1] {
            cpu.set_cc(order_cc(pair[0].cmp(&pair[1])));
            return Ok(());
        }
        let sides = [(r1, l1), (r2, l2)];
        for (r, l) in sides.into_iter().take(if r1 == r2 { 1 } else { 2 }) {
            let n = l.min(2);
            advance(cpu, r, n);
            set_length(cpu, r + 1, l - n);
        }
    }
    cpu.set_cc(3);
    Ok(())
}

/// The character of register 0, `bytes` wide; the rest of its low word must be zero.
fn terminator(cpu: &Cpu, bytes: u32) -> Result<u32, Stop> {
    let v = cpu.gr32(0);
    if v >> (8 * bytes) != 0 {
        return Err(Stop::Program(ProgramCode::SPECIFICATION));
    }
    Ok(v)
}

/// Reads up to the end of the page, at most 256 bytes.
fn page_piece(
    cpu: &mut Cpu,
    st: &mut Storage,
    r: u8,
    a: u64,
    bytes: &mut [u8; 256],
) -> Result<usize, Stop> {
    let n = index(page_room(a).min(256));
    let at = cpu.locate(st, a, n, r, Access::Fetch)?;
    st.copy_out(at, &mut bytes[..n]);
    Ok(n)
}

fn move_string(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let end = low8(u64::from(terminator(cpu, 1)?));
    let (mut to, mut from) = (pointer(cpu, op.r1), pointer(cpu, op.r2));
    let mut unit = 0;
    let mut bytes = [0u8; 256];
    while unit < UNIT {
        let n = page_piece(cpu, st, op.r2, from, &mut bytes)?;
        let n = n.min(index(page_room(to)));
        let found = memchr::memchr(end, &bytes[..n]);
        let n = found.map_or(n, |i| i + 1);
        let at = cpu.locate(st, to, n, op.r1, Access::Store)?;
        st.copy_in(at, &bytes[..n]);
        if found.is_some() {
            let last = to.wrapping_add(count(n) - 1) & cpu.amask;
            cpu.set_address(op.r1, last);
            cpu.set_cc(1);
            return Ok(());
        }
        to = to.wrapping_add(count(n)) & cpu.amask;
        from = from.wrapping_add(count(n)) & cpu.amask;
        unit += count(n);
    }
    cpu.set_address(op.r1, to);
    cpu.set_address(op.r2, from);
    cpu.set_cc(3);
    Ok(())
}

fn compare_string(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let end = low8(u64::from(terminator(cpu, 1)?));
    let (mut a, mut b) = (pointer(cpu, op.r1), pointer(cpu, op.r2));
    let (mut x, mut y) = ([0u8; 256], [0u8; 256]);
    let mut unit = 0;
    while unit < UNIT {
        let n = page_piece(cpu, st, op.r1, a, &mut x)?;
        let n = n.min(page_piece(cpu, st, op.r2, b, &mut y)?);
        for i in 0..n {
            let (p, q) = (x[i], y[i]);
            if p == q && p != end {
                continue;
            }
            if p == q {
                cpu.set_cc(0);
                return Ok(());
            }
            let a = a.wrapping_add(count(i)) & cpu.amask;
            let b = b.wrapping_add(count(i)) & cpu.amask;
            cpu.set_address(op.r1, a);
            cpu.set_address(op.r2, b);
            // The end character is low, whatever its code.
            let low = p == end || q != end && p < q;
            cpu.set_cc(if low { 1 } else { 2 });
            return Ok(());
        }
        a = a.wrapping_add(count(n)) & cpu.amask;
        b = b.wrapping_add(count(n)) & cpu.amask;
        unit += count(n);
    }
    cpu.set_address(op.r1, a);
    cpu.set_address(op.r2, b);
    cpu.set_cc(3);
    Ok(())
}

fn search_string<const N: u64>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let wanted = terminator(cpu, if N == 1 { 1 } else { 2 })?;
    let end = pointer(cpu, op.r1);
    let mut a = pointer(cpu, op.r2);
    if N == 2 {
        return search_unicode(cpu, st, op, wanted, end, a);
    }
    let wanted = low8(u64::from(wanted));
    let mut bytes = [0u8; 256];
    let mut unit = 0;
    while unit < UNIT {
        let left = end.wrapping_sub(a) & cpu.amask;
        if left == 0 {
            cpu.set_cc(2);
            return Ok(());
        }
        let n = index(page_room(a).min(256).min(left));
        let at = cpu.locate(st, a, n, op.r2, Access::Fetch)?;
        st.copy_out(at, &mut bytes[..n]);
        if let Some(i) = memchr::memchr(wanted, &bytes[..n]) {
            let found = a.wrapping_add(count(i)) & cpu.amask;
            cpu.set_address(op.r1, found);
            cpu.set_cc(1);
            return Ok(());
        }
        a = a.wrapping_add(count(n)) & cpu.amask;
        unit += count(n);
    }
    cpu.set_address(op.r2, a);
    cpu.set_cc(3);
    Ok(())
}

fn search_unicode(
    cpu: &mut Cpu,
    st: &mut Storage,
    op: &Op,
    wanted: u32,
    end: u64,
    start: u64,
) -> Step {
    let mut a = start;
    // Addresses that differ in the low bit never meet: the end is then one byte further on.
    let end = end.wrapping_add((start ^ end) & 1) & cpu.amask;
    for _ in 0..UNIT / 64 {
        if a == end {
            cpu.set_cc(2);
            return Ok(());
        }
        let v = cpu.load::<u16>(st, a, op.r2)?;
        if u32::from(v) == wanted {
            cpu.set_address(op.r1, a);
            cpu.set_cc(1);
            return Ok(());
        }
        a = a.wrapping_add(2) & cpu.amask;
    }
    cpu.set_address(op.r2, a);
    cpu.set_cc(3);
    Ok(())
}

fn compare_until_substring_equal(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    even(op.r1)?;
    even(op.r2)?;
    let wanted = u64::from(low8(cpu.gr64(0)));
    let pad = low8(cpu.gr64(1));
    let (r1, r2) = (op.r1, op.r2);
    let (mut a, mut b) = (pointer(cpu, r1), pointer(cpu, r2));
    let (mut l1, mut l2) = (length_of(cpu, r1 + 1), length_of(cpu, r2 + 1));
    if wanted == 0 {
        cpu.set_cc(0);
        return Ok(());
    }
    if l1 == 0 && l2 == 0 {
        cpu.set_cc(2);
        return Ok(());
    }
    // Where the current equal run began, to go back to.
    let (mut run, mut begin) = (0, (a, l1, b, l2));
    let mut last_differs = true;
    for _ in 0..UNIT / 64 {
        if run == 0 {
            begin = (a, l1, b, l2);
        }
        let mut bytes = [pad; 2];
        if l1 > 0 {
            bytes[0] = cpu.load::<u8>(st, a, r1)?;
        }
        if l2 > 0 {
            bytes[1] = cpu.load::<u8>(st, b, r2)?;
        }
        last_differs = bytes[0] != bytes[1];
        run = if last_differs { 0 } else { run + 1 };
        if l1 > 0 {
            a = a.wrapping_add(1) & cpu.amask;
            l1 -= 1;
        }
        if l2 > 0 {
            b = b.wrapping_add(1) & cpu.amask;
            l2 -= 1;
        }
        if run == wanted {
            set_sides(cpu, r1, r2, begin);
            cpu.set_cc(0);
            return Ok(());
        }
        if l1 == 0 && l2 == 0 {
            let place = if last_differs { (a, l1, b, l2) } else { begin };
            set_sides(cpu, r1, r2, place);
            cpu.set_cc(if last_differs { 2 } else { 1 });
            return Ok(());
        }
    }
    let place = if last_differs { (a, l1, b, l2) } else { begin };
    set_sides(cpu, r1, r2, place);
    cpu.set_cc(3);
    Ok(())
}

fn set_sides(cpu: &mut Cpu, r1: u8, r2: u8, (a, l1, b, l2): (u64, u64, u64, u64)) {
    cpu.set_address(r1, a);
    set_length(cpu, r1 + 1, l1);
    cpu.set_address(r2, b);
    set_length(cpu, r2 + 1, l2);
}

fn checksum(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    even(op.r2)?;
    let mut unit = 0;
    loop {
        let left = length_of(cpu, op.r2 + 1);
        if left == 0 {
            let a = pointer(cpu, op.r2);
            cpu.set_address(op.r2, a);
            cpu.set_cc(0);
            return Ok(());
        }
        if unit >= UNIT {
            cpu.set_cc(3);
            return Ok(());
        }
        let a = pointer(cpu, op.r2);
        // Whole words while they last; the last one is padded with zeros.
        let mut n = left.min(256);
        if n > 4 {
            n &= !3;
        }
        let mut bytes = [0u8; 256];
        let span = cpu.span(st, a, index(n), op.r2, Access::Fetch)?;
        span.read(st, &mut bytes[..index(n)]);
        let mut sum = u64::from(cpu.gr32(op.r1));
        for w in bytes[..index(n.next_multiple_of(4))].chunks_exact(4) {
            sum += u64::from(u32::from_be_bytes([w[0], w[1], w[2], w[3]]));
            sum = (sum & 0xFFFF_FFFF) + (sum >> 32);
        }
        cpu.set_gr32(op.r1, low32(sum));
        advance(cpu, op.r2, n);
        set_length(cpu, op.r2 + 1, left - n);
        unit += n;
    }
}
