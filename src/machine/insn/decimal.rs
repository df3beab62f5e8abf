//! Decimal instructions and conversions between decimal and binary
//! (Principles of Operation, chapters 7 and 8).

use super::Format::*;
use super::source::*;
use super::{Row, both, long, with};
use crate::machine::access::{Access, Span};
use crate::machine::bits::{bits64, low8, low32, signed32, signed64};
use crate::machine::block::Op;
use crate::machine::cpu::{Cpu, ProgramCode, Step, Stop};
use crate::machine::storage::Storage;

pub(super) const TABLE: &[Row] = &[
    both(0xF200, "pack", SsTwo, pack),
    both(0xF300, "unpk", SsTwo, unpack),
    both(0xF100, "mvo", SsTwo, move_with_offset),
    both(0xE900, "pka", Ss, pack_ascii),
    both(0xE100, "pku", Ss, pack_unicode),
    both(0xEA00, "unpka", Ss, unpack_ascii),
    both(0xE200, "unpku", Ss, unpack_unicode),
    both(0xEBC0, "tp", Rsl, test_decimal),
    both(0x4F00, "cvb", Rx, convert_to_binary),
    with(18, 0xE306, "cvby", Rxy, convert_to_binary),
    long(0xE30E, "cvbg", Rxy, convert_to_binary_long),
    both(0x4E00, "cvd", Rx, convert_to_decimal),
    with(18, 0xE326, "cvdy", Rxy, convert_to_decimal),
    long(0xE32E, "cvdg", Rxy, convert_to_decimal_long),
    both(0xFA00, "ap", SsTwo, add::<1>),
    both(0xFB00, "sp", SsTwo, add::<-1>),
    both(0xF800, "zap", SsTwo, zero_and_add),
    both(0xF900, "cp", SsTwo, compare),
    both(0xFC00, "mp", SsTwo, multiply),
    both(0xFD00, "dp", SsTwo, divide),
    both(0xF000, "srp", SsShift, shift_and_round),
    both(0xDE00, "ed", Ss, edit::<false>),
    both(0xDF00, "edmk", Ss, edit::<true>),
];

fn data(cpu: &mut Cpu) -> Stop {
    cpu.fault.dxc = 0;
    Stop::Program(ProgramCode::DATA)
}

/// A packed decimal number of up to 31 digits.
#[derive(Clone, Copy)]
struct Packed {
    magnitude: u128,
    negative: bool,
}

impl Packed {
    fn signed(self) -> i128 {
        let v = i128::try_from(self.magnitude).unwrap_or(i128::MAX);
        if self.negative { -v } else { v }
    }
}

/// Whether a sign code is minus; `None` for a digit.
fn minus(code: u8) -> Option<bool> {
    match code {
        0xB | 0xD => Some(true),
        0xA | 0xC | 0xE | 0xF => Some(false),
        _ => None,
    }
}

/// Reads packed bytes; `None` for an invalid digit or sign.
fn parse(bytes: &[u8]) -> Option<Packed> {
    let (last, front) = bytes.split_last()?;
    let mut v: u128 = 0;
    for b in front {
        let (h, l) = (b >> 4, b & 15);
        if h > 9 || l > 9 {
            return None;
        }
        v = v * 100 + u128::from(h * 10 + l);
    }
    if last >> 4 > 9 {
        return None;
    }
    Some(Packed {
        magnitude: v * 10 + u128::from(last >> 4),
        negative: minus(last & 15)?,
    })
}

/// Writes a number right-aligned; true when digits did not fit.
fn format(bytes: &mut [u8], v: Packed) -> bool {
    let mut rest = v.magnitude;
    let mut digit = || {
        let d = low8(crate::machine::bits::low64(rest % 10));
        rest /= 10;
        d
    };
    for (i, b) in bytes.iter_mut().rev().enumerate() {
        let low = if i == 0 {
            if v.negative { 0xD } else { 0xC }
        } else {
            digit()
        };
        *b = digit() << 4 | low;
    }
    rest != 0
}

/// The two operands of SS formats with two lengths, read and checked for access.
struct Operands {
    a: Vec<u8>,
    b: Vec<u8>,
    to: Span,
}

fn fetch_pair(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Result<Operands, Stop> {
    let (l1, l2) = (usize::from(op.r1) + 1, usize::from(op.r2) + 1);
    let (a, b) = (first(cpu, op), second(cpu, op));
    let from = cpu.span(st, b, l2, op.b2, Access::Fetch)?;
    let old = cpu.span(st, a, l1, op.b, Access::Fetch)?;
    let to = cpu.span(st, a, l1, op.b, Access::Store)?;
    let mut pair = Operands {
        a: vec![0; l1],
        b: vec![0; l2],
        to,
    };
    old.read(st, &mut pair.a);
    from.read(st, &mut pair.b);
    Ok(pair)
}

/// The second operand's bytes and the place of the first.
fn fetch_second(
    cpu: &mut Cpu,
    st: &mut Storage,
    op: &Op,
    l1: usize,
    l2: usize,
) -> Result<(Vec<u8>, Span), Stop> {
    let (a, b) = (first(cpu, op), second(cpu, op));
    let from = cpu.span(st, b, l2, op.b2, Access::Fetch)?;
    let to = cpu.span(st, a, l1, op.b, Access::Store)?;
    let mut bytes = vec![0; l2];
    from.read(st, &mut bytes);
    Ok((bytes, to))
}

/// PACK and UNPACK work from right to left, a byte at a time: overlapping operands see what was stored.
fn pack(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let (l1, l2) = (usize::from(op.r1) + 1, usize::from(op.r2) + 1);
    let (a, b) = (first(cpu, op), second(cpu, op));
    let from = cpu.span(st, b, l2, op.b2, Access::Fetch)?;
    let to = cpu.span(st, a, l1, op.b, Access::Store)?;
    let mut s = l2;
    let mut take = |st: &Storage| {
        if s == 0 {
            return 0;
        }
        s -= 1;
        st.get8(from.byte(s))
    };
    for d in (0..l1).rev() {
        let v = if d == l1 - 1 {
            take(st).rotate_left(4)
        } else {
            let low = take(st) & 15;
            low | take(st) << 4
        };
        st.put8(to.byte(d), v);
    }
    Ok(())
}

fn unpack(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let (l1, l2) = (usize::from(op.r1) + 1, usize::from(op.r2) + 1);
    let (a, b) = (first(cpu, op), second(cpu, op));
    let from = cpu.span(st, b, l2, op.b2, Access::Fetch)?;
    let to = cpu.span(st, a, l1, op.b, Access::Store)?;
    let mut s = l2;
    let mut high: Option<u8> = None;
    for d in (0..l1).rev() {
        let v = if d == l1 - 1 {
            s -= 1;
            st.get8(from.byte(s)).rotate_left(4)
        } else if let Some(h) = high.take() {
            0xF0 | h
        } else if s > 0 {
            s -= 1;
            let v = st.get8(from.byte(s));
            high = Some(v >> 4);
            0xF0 | v & 15
        } else {
            0xF0
        };
        st.put8(to.byte(d), v);
    }
    Ok(())
}

fn move_with_offset(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let (l1, l2) = (usize::from(op.r1) + 1, usize::from(op.r2) + 1);
    let (a, b) = (first(cpu, op), second(cpu, op));
    let from = cpu.span(st, b, l2, op.b2, Access::Fetch)?;
    cpu.span(st, a, l1, op.b, Access::Fetch)?;
    let to = cpu.span(st, a, l1, op.b, Access::Store)?;
    let mut carry = st.get8(to.byte(l1 - 1)) & 15;
    let mut s = l2;
    for d in (0..l1).rev() {
        let v = if s > 0 {
            s -= 1;
            st.get8(from.byte(s))
        } else {
            0
        };
        st.put8(to.byte(d), v << 4 | carry);
        carry = v >> 4;
    }
    Ok(())
}

fn specification<T>() -> Result<T, Stop> {
    Err(Stop::Program(ProgramCode::SPECIFICATION))
}

fn pack_ascii(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    if op.x > 31 {
        return specification();
    }
    let (source, to) = fetch_second(cpu, st, op, 16, usize::from(op.x) + 1)?;
    pack_digits(st, &source, &to);
    Ok(())
}

fn pack_unicode(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    if op.x > 63 || op.x & 1 == 0 {
        return specification();
    }
    let (source, to) = fetch_second(cpu, st, op, 16, usize::from(op.x) + 1)?;
    let digits: Vec<u8> = source.chunks(2).map(|c| c[1]).collect();
    pack_digits(st, &digits, &to);
    Ok(())
}

/// Packs digits behind an invented plus sign into 16 bytes.
fn pack_digits(st: &mut Storage, digits: &[u8], to: &Span) {
    let mut out = [0u8; 16];
    let mut rest = digits.iter().rev();
    for (i, b) in out.iter_mut().rev().enumerate() {
        let low = if i == 0 {
            0xC
        } else {
            rest.next().map_or(0, |d| d & 15)
        };
        let high = rest.next().map_or(0, |d| d & 15);
        *b = high << 4 | low;
    }
    to.write(st, &out);
}

fn unpack_digits(cpu: &mut Cpu, st: &mut Storage, op: &Op, zone: u8, wide: bool) -> Step {
    let len = usize::from(op.x) + 1;
    let (source, to) = fetch_second(cpu, st, op, len, 16)?;
    let digits = source.iter().flat_map(|b| [b >> 4, b & 15]).take(31);
    let digits: Vec<u8> = digits.collect();
    let wanted = if wide { len / 2 } else { len };
    let mut out = Vec::with_capacity(len);
    for i in 0..wanted {
        let from_right = wanted - 1 - i;
        let d = 30usize.checked_sub(from_right).map_or(0, |n| digits[n]);
        if wide {
            out.push(0);
        }
        out.push(zone | d);
    }
    to.write(st, &out);
    cpu.set_cc(match minus(source[15] & 15) {
        Some(false) => 0,
        Some(true) => 1,
        None => 3,
    });
    Ok(())
}

fn unpack_ascii(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    if op.x > 31 {
        return specification();
    }
    unpack_digits(cpu, st, op, 0x30, false)
}

fn unpack_unicode(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    if op.x > 63 || op.x & 1 == 0 {
        return specification();
    }
    unpack_digits(cpu, st, op, 0x30, true)
}

fn test_decimal(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let len = usize::from(op.r1) + 1;
    let a = first(cpu, op);
    let mut bytes = vec![0; len];
    cpu.span(st, a, len, op.b, Access::Fetch)?
        .read(st, &mut bytes);
    let last = bytes[len - 1];
    let digits = bytes[..len - 1].iter().flat_map(|b| [b >> 4, b & 15]);
    let bad_digit = digits.chain([last >> 4]).any(|d| d > 9);
    let bad_sign = minus(last & 15).is_none();
    cpu.set_cc(u8::from(bad_sign) | u8::from(bad_digit) << 1);
    Ok(())
}

fn packed_at<const N: usize>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Result<i128, Stop> {
    let a = address(cpu, op);
    let mut bytes = [0u8; N];
    cpu.span(st, a, N, op.b, Access::Fetch)?
        .read(st, &mut bytes);
    match parse(&bytes) {
        Some(v) => Ok(v.signed()),
        None => Err(data(cpu)),
    }
}

fn convert_to_binary(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let v = packed_at::<8>(cpu, st, op)?;
    let whole = i64::try_from(v).unwrap_or(0);
    cpu.set_gr32(op.r1, low32(bits64(whole)));
    if i32::try_from(v).is_err() {
        return Err(Stop::Program(ProgramCode::FIXED_DIVIDE));
    }
    Ok(())
}

fn convert_to_binary_long(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let v = packed_at::<16>(cpu, st, op)?;
    let Ok(v) = i64::try_from(v) else {
        return Err(Stop::Program(ProgramCode::FIXED_DIVIDE));
    };
    cpu.set_gr64(op.r1, bits64(v));
    Ok(())
}

fn store_packed<const N: usize>(cpu: &mut Cpu, st: &mut Storage, op: &Op, v: i64) -> Step {
    let a = address(cpu, op);
    let mut bytes = [0u8; N];
    let v = Packed {
        magnitude: u128::from(v.unsigned_abs()),
        negative: v < 0,
    };
    format(&mut bytes, v);
    cpu.store_bytes(st, a, op.b, &bytes)
}

fn convert_to_decimal(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let v = i64::from(signed32(cpu.gr32(op.r1)));
    store_packed::<8>(cpu, st, op, v)
}

fn convert_to_decimal_long(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let v = signed64(cpu.gr64(op.r1));
    store_packed::<16>(cpu, st, op, v)
}

/// Stores a result, sets the condition code and raises decimal overflow.
fn finish(cpu: &mut Cpu, st: &mut Storage, to: &Span, v: Packed) -> Step {
    let mut out = vec![0u8; to.len + to.rest];
    let lost = format(&mut out, v);
    if !lost && v.magnitude == 0 {
        // A true zero is positive.
        let last = out.len() - 1;
        out[last] = out[last] & 0xF0 | 0xC;
    }
    to.write(st, &out);
    if lost {
        cpu.set_cc(3);
        if cpu.psw.progmask & 4 != 0 {
            return Err(Stop::Program(ProgramCode::DECIMAL_OVERFLOW));
        }
        return Ok(());
    }
    cpu.set_cc(match (v.magnitude, v.negative) {
        (0, _) => 0,
        (_, true) => 1,
        (_, false) => 2,
    });
    Ok(())
}

fn from_signed(v: i128) -> Packed {
    Packed {
        magnitude: v.unsigned_abs(),
        negative: v < 0,
    }
}

fn add<const SIGN: i8>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let pair = fetch_pair(cpu, st, op)?;
    let (Some(a), Some(b)) = (parse(&pair.a), parse(&pair.b)) else {
        return Err(data(cpu));
    };
    let v = a.signed() + i128::from(SIGN) * b.signed();
    finish(cpu, st, &pair.to, from_signed(v))
}

fn zero_and_add(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let (l1, l2) = (usize::from(op.r1) + 1, usize::from(op.r2) + 1);
    let (source, to) = fetch_second(cpu, st, op, l1, l2)?;
    let Some(v) = parse(&source) else {
        return Err(data(cpu));
    };
    finish(cpu, st, &to, v)
}

fn compare(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let (l1, l2) = (usize::from(op.r1) + 1, usize::from(op.r2) + 1);
    let (a, b) = (first(cpu, op), second(cpu, op));
    let one = cpu.span(st, a, l1, op.b, Access::Fetch)?;
    let two = cpu.span(st, b, l2, op.b2, Access::Fetch)?;
    let (mut x, mut y) = (vec![0; l1], vec![0; l2]);
    one.read(st, &mut x);
    two.read(st, &mut y);
    let (Some(x), Some(y)) = (parse(&x), parse(&y)) else {
        return Err(data(cpu));
    };
    cpu.set_cc(super::compare::order_cc(x.signed().cmp(&y.signed())));
    Ok(())
}

/// Lengths that MULTIPLY and DIVIDE DECIMAL take.
fn product_lengths(op: &Op) -> Step {
    if op.r2 > 7 || op.r2 >= op.r1 {
        return specification();
    }
    Ok(())
}

fn multiply(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    product_lengths(op)?;
    let pair = fetch_pair(cpu, st, op)?;
    let (Some(a), Some(b)) = (parse(&pair.a), parse(&pair.b)) else {
        return Err(data(cpu));
    };
    // The multiplicand must have as many bytes of zeros on the left as the multiplier has bytes.
    if pair.a[..pair.b.len()].iter().any(|b| *b != 0) {
        return Err(data(cpu));
    }
    let v = Packed {
        magnitude: a.magnitude * b.magnitude,
        negative: a.negative != b.negative,
    };
    let mut out = vec![0u8; pair.a.len()];
    format(&mut out, v);
    pair.to.write(st, &out);
    Ok(())
}

fn divide(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    product_lengths(op)?;
    let pair = fetch_pair(cpu, st, op)?;
    let (Some(a), Some(b)) = (parse(&pair.a), parse(&pair.b)) else {
        return Err(data(cpu));
    };
    let too_big = Stop::Program(ProgramCode::DECIMAL_DIVIDE);
    let quotient = a.magnitude.checked_div(b.magnitude).ok_or(too_big)?;
    let quotient = Packed {
        magnitude: quotient,
        negative: a.negative != b.negative,
    };
    let remainder = Packed {
        magnitude: a.magnitude % b.magnitude,
        negative: a.negative,
    };
    let mut out = vec![0u8; pair.a.len()];
    let (left, right) = out.split_at_mut(pair.a.len() - pair.b.len());
    if format(left, quotient) {
        return Err(too_big);
    }
    format(right, remainder);
    pair.to.write(st, &out);
    Ok(())
}

fn shift_and_round(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let len = usize::from(op.r1) + 1;
    let a = first(cpu, op);
    let old = cpu.span(st, a, len, op.b, Access::Fetch)?;
    let to = cpu.span(st, a, len, op.b, Access::Store)?;
    let mut bytes = vec![0; len];
    old.read(st, &mut bytes);
    let Some(v) = parse(&bytes) else {
        return Err(data(cpu));
    };
    if op.r3 > 9 {
        return Err(data(cpu));
    }
    let n = low32(second(cpu, op)) & 63;
    if n < 32 {
        return shift_left(cpu, st, &to, v, n);
    }
    let n = 64 - n;
    let mut magnitude = v.magnitude;
    for i in 0..n {
        if i == n - 1 {
            magnitude += u128::from(op.r3);
        }
        magnitude /= 10;
    }
    finish(
        cpu,
        st,
        &to,
        Packed {
            magnitude,
            negative: v.negative,
        },
    )
}

/// A left shift keeps the low digits; overflow when others are lost, with the sign kept.
fn shift_left(cpu: &mut Cpu, st: &mut Storage, to: &Span, v: Packed, n: u32) -> Step {
    let digits = u32::try_from((to.len + to.rest) * 2 - 1).unwrap_or(31);
    let kept = digits.saturating_sub(n);
    let split = 10u128.pow(kept);
    let lost = v.magnitude / split != 0;
    let shifted = v.magnitude % split * 10u128.pow(n.min(digits));
    let result = Packed {
        magnitude: shifted,
        negative: v.negative,
    };
    if !lost {
        return finish(cpu, st, to, result);
    }
    let mut out = vec![0u8; to.len + to.rest];
    format(&mut out, result);
    to.write(st, &out);
    cpu.set_cc(3);
    if cpu.psw.progmask & 4 != 0 {
        return Err(Stop::Program(ProgramCode::DECIMAL_OVERFLOW));
    }
    Ok(())
}

/// The state of an EDIT as it goes through the pattern.
struct Edit {
    significant: bool,
    nonzero: bool,
    pending: Option<u8>,
}

fn edit<const MARK: bool>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let len = usize::from(op.x) + 1;
    let (a, b) = (first(cpu, op), second(cpu, op));
    let old = cpu.span(st, a, len, op.b, Access::Fetch)?;
    let to = cpu.span(st, a, len, op.b, Access::Store)?;
    let mut pattern = vec![0; len];
    old.read(st, &mut pattern);
    let fill = pattern[0];
    let mut out = Vec::with_capacity(len);
    let mut source = b;
    let mut mark = None;
    let mut state = Edit {
        significant: false,
        nonzero: false,
        pending: None,
    };
    for (i, p) in pattern.into_iter().enumerate() {
        match p {
            0x20 | 0x21 => {
                let digit = next_digit(cpu, st, op, &mut state, &mut source)?;
                let plus = digit.1;
                let digit = digit.0;
                if digit == 0 && !state.significant {
                    out.push(fill);
                } else {
                    if !state.significant {
                        mark = Some(i);
                    }
                    out.push(0xF0 | digit);
                }
                state.nonzero |= digit != 0;
                state.significant |= digit != 0 || p == 0x21;
                if plus {
                    state.significant = false;
                }
            }
            0x22 => {
                out.push(fill);
                state.significant = false;
                state.nonzero = false;
            }
            _ => out.push(if state.significant { p } else { fill }),
        }
    }
    to.write(st, &out);
    if MARK && let Some(i) = mark {
        let at = a.wrapping_add(crate::machine::bits::count(i)) & cpu.amask;
        set_pointer(cpu, 1, at);
    }
    cpu.set_cc(match (state.nonzero, state.significant) {
        (false, _) => 0,
        (true, true) => 1,
        (true, false) => 2,
    });
    Ok(())
}

/// The next source digit, and whether a plus sign follows it.
fn next_digit(
    cpu: &mut Cpu,
    st: &mut Storage,
    op: &Op,
    state: &mut Edit,
    source: &mut u64,
) -> Result<(u8, bool), Stop> {
    if let Some(digit) = state.pending.take() {
        return Ok((digit, false));
    }
    let at = *source & cpu.amask;
    let byte = cpu.load::<u8>(st, at, op.b2)?;
    *source = source.wrapping_add(1);
    let (high, low) = (byte >> 4, byte & 15);
    if high > 9 {
        return Err(data(cpu));
    }
    match minus(low) {
        None => {
            state.pending = Some(low);
            Ok((high, false))
        }
        Some(negative) => Ok((high, !negative)),
    }
}

/// Sets an address as TRANSLATE AND TEST and EDIT AND MARK do: in 24-bit mode the high byte of the word
/// stays.
pub(super) fn set_pointer(cpu: &mut Cpu, r: u8, at: u64) {
    use crate::machine::psw::Amode;
    match cpu.psw.amode {
        Amode::A64 => cpu.set_gr64(r, at),
        Amode::A31 => cpu.set_gr32(r, low32(at) & 0x7FFF_FFFF),
        Amode::A24 => {
            let v = cpu.gr32(r) & 0xFF00_0000 | low32(at) & 0x00FF_FFFF;
            cpu.set_gr32(r, v);
        }
    }
}
