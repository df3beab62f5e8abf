//! What the manual says, written down a second time, for rows that the peer does not have: digits as lists of
//! digits, numbers as 128 bits, storage as a list of bytes. Slow and plain on purpose.

use super::cases::Case;
use super::peer::{DATA, DATA_SIZE, End, State};
use vmshare::machine::block::Op;
use vmshare::machine::insn::Row;

/// What should come out.
pub enum Expected {
    /// The instruction completes with this state of registers, storage and condition code.
    Completed(Box<World>),
    /// One of these program interruptions (where two are due, either may come first).
    Program(Vec<u16>),
}

/// The state an instruction changes.
#[derive(Clone)]
pub struct World {
    pub area: Vec<u8>,
    pub gr: [u64; 16],
    pub ar: [u32; 16],
    pub fpr: [u64; 16],
    pub cc: u8,
    /// The PSW bits 31 and 32, when the addressing mode changes.
    pub mode: u64,
    pub address: u64,
}

/// Why an operand cannot be had.
type Codes = Vec<u16>;

/// Not known here: the operand lies outside the data area, where other things stand.
const UNKNOWN: u16 = 0;
const ADDRESSING: u16 = 5;
const SPECIFICATION: u16 = 6;
const DATA_EXCEPTION: u16 = 7;
const FIXED_DIVIDE: u16 = 9;
const DECIMAL_DIVIDE: u16 = 0xB;

impl World {
    fn new(case: &Case, base: &[u8]) -> World {
        let mut area = base.to_vec();
        for (at, bytes) in &case.patches {
            let at = usize::from(*at);
            area[at..at + bytes.len()].copy_from_slice(bytes);
        }
        World {
            area,
            gr: case.gr,
            ar: case.ar,
            fpr: case.fpr,
            cc: (case.mask >> 44 & 3) as u8,
            mode: case.mask >> 31 & 3,
            address: case.at + case.code.len() as u64,
        }
    }

    fn amask(&self) -> u64 {
        match self.mode {
            3 => u64::MAX,
            1 => 0x7FFF_FFFF,
            _ => 0xFF_FFFF,
        }
    }

    fn at(&self, b: u8, x: u8, disp: i64) -> u64 {
        let reg = |r: u8| {
            if r == 0 {
                0
            } else {
                self.gr[usize::from(r & 15)]
            }
        };
        reg(b).wrapping_add(reg(x)).wrapping_add(disp as u64) & self.amask()
    }

    fn range(&self, at: u64, len: usize) -> Result<std::ops::Range<usize>, Codes> {
        let from = at.checked_sub(DATA).ok_or(vec![UNKNOWN])? as usize;
        if from >= DATA_SIZE || len > DATA_SIZE - from {
            return Err(vec![ADDRESSING]);
        }
        Ok(from..from + len)
    }

    fn fetch(&self, at: u64, len: usize) -> Result<Vec<u8>, Codes> {
        Ok(self.area[self.range(at, len)?].to_vec())
    }

    fn store(&mut self, at: u64, bytes: &[u8]) -> Result<(), Codes> {
        let range = self.range(at, bytes.len())?;
        self.area[range].copy_from_slice(bytes);
        Ok(())
    }

    fn word(&mut self, r: u8, v: u32) {
        let g = &mut self.gr[usize::from(r)];
        *g = *g & !0xFFFF_FFFF | u64::from(v);
    }
}

/// What a row that has a model should do; nothing for rows without one and cases the manual leaves open.
pub fn expected(row: &Row, op: &Op, case: &Case, base: &[u8]) -> Option<Expected> {
    let mut w = World::new(case, base);
    // Operands below the data area are not modelled.
    let one = w.at(
        op.b,
        (op.x & 15) * u8::from(has_index(row)),
        i64::from(op.disp),
    );
    let two = w.at(op.b2, 0, i64::from(op.d2));
    let pair = (op.x >> 4, op.x & 15);
    let outcome = match row.mnemonic {
        "ap" | "sp" | "zap" | "cp" => add(&mut w, row.mnemonic, one, two, pair),
        "mp" => multiply(&mut w, one, two, pair),
        "dp" => divide(&mut w, one, two, pair),
        "srp" => shift(&mut w, one, two, pair),
        "ed" | "edmk" => {
            if one.abs_diff(two) < 512 {
                return None;
            }
            edit(
                &mut w,
                one,
                two,
                usize::from(op.x) + 1,
                row.mnemonic == "edmk",
            )
        }
        "cvb" | "cvby" => to_binary(&mut w, one, op.r1, 8),
        "cvbg" => to_binary(&mut w, one, op.r1, 16),
        "cvdg" => {
            let v = i128::from(w.gr[usize::from(op.r1)] as i64);
            let digits = digits_of(v.unsigned_abs(), 31);
            w.store(one, &pack(&digits, v < 0))
        }
        "unpk" => unpack(&mut w, one, two, pair),
        "cpya" => {
            w.ar[usize::from(op.r1)] = w.ar[usize::from(op.r2)];
            Ok(())
        }
        // The table's address is the length when the pair begins with register 0.
        "trte" | "trtre" if [0, op.r2, op.r2.wrapping_sub(1)].contains(&op.r1) => return None,
        "trte" | "trtre" => test_characters(&mut w, op, row.mnemonic == "trtre"),
        "lmd" => load_disjoint(&mut w, op, one, two),
        "bsm" | "bassm" => {
            branch_and_set_mode(&mut w, op, row.mnemonic == "bassm");
            Ok(())
        }
        "mc" if op.imm > 15 => Err(vec![SPECIFICATION]),
        // No monitor class is enabled.
        "mc" => Ok(()),
        "chrl" | "cghrl" => {
            let at = case.at.wrapping_add((i64::from(op.imm) * 2) as u64) & w.amask();
            compare_halfword(&mut w, op.r1, at, row.mnemonic == "cghrl")
        }
        "mdebr" | "mdeb" | "mxdbr" | "mxdb" if case.without_afp => Err(vec![DATA_EXCEPTION]),
        "mdebr" | "mdeb" => {
            let other = match row.mnemonic {
                "mdebr" => Ok(w.fpr[usize::from(op.r2)] >> 32),
                _ => w.fetch(one, 4).map(|b| bits(&b)),
            };
            product_of_shorts(&mut w, op.r1, other)?
        }
        "mxdbr" | "mxdb" if op.r1 & 2 != 0 => Err(vec![SPECIFICATION, ADDRESSING]),
        "mxdbr" | "mxdb" => {
            let other = match row.mnemonic {
                "mxdbr" => Ok(w.fpr[usize::from(op.r2)]),
                _ => w.fetch(one, 8).map(|b| bits(&b)),
            };
            product_of_longs(&mut w, op.r1, other)?
        }
        "cksm" if w.mode == 3 && op.r1 != op.r2 && op.r1 != op.r2 + 1 => checksum(&mut w, op),
        "stmh" => store_high(&mut w, op, one),
        "pka" | "pku" => {
            if one.abs_diff(two) < 512 {
                return None;
            }
            pack_characters(
                &mut w,
                one,
                two,
                usize::from(op.x) + 1,
                row.mnemonic == "pku",
            )
        }
        _ => return None,
    };
    Some(match outcome {
        Ok(()) => Expected::Completed(Box::new(w)),
        Err(codes) if codes.contains(&UNKNOWN) => return None,
        Err(codes) => Expected::Program(codes),
    })
}

fn has_index(row: &Row) -> bool {
    use vmshare::machine::insn::Format::{Rx, Rxe, Rxy};
    matches!(row.format, Rx | Rxy | Rxe)
}

/// TRANSLATE AND TEST EXTENDED, and its reverse.
fn test_characters(w: &mut World, op: &Op, back: bool) -> Result<(), Codes> {
    let (first, second) = (usize::from(op.r1), usize::from(op.r2));
    let width = |bit: u8| if op.r3 & bit != 0 { 2u64 } else { 1 };
    let (character, code) = (width(8), width(4));
    let length = w.gr[(first + 1) % 16] & (w.amask() | 0xFFFF_FFFF);
    if first % 2 != 0 || !length.is_multiple_of(character) {
        return Err(vec![SPECIFICATION]);
    }
    let mask = w.amask();
    let table = w.gr[1] & mask & !7;
    let number = |bytes: Vec<u8>| bytes.iter().fold(0, |v, b| v << 8 | u64::from(*b));
    let (mut at, mut left, mut found) = (w.gr[first] & mask, length, 0);
    while left > 0 {
        let c = number(w.fetch(at, character as usize)?);
        if op.r3 & 2 == 0 || c < 256 {
            found = number(w.fetch((table + c * code) & mask, code as usize)?);
        }
        if found != 0 {
            break;
        }
        at = if back {
            at.wrapping_sub(character)
        } else {
            at + character
        } & mask;
        left -= character;
    }
    w.cc = u8::from(found != 0);
    for (r, v) in [(first, at), (first + 1, left), (second, found)] {
        if w.mode == 3 {
            w.gr[r] = v;
        } else {
            w.word(r as u8, v as u32);
        }
    }
    Ok(())
}

/// Compares ours with what should come out.
pub fn wrong(expected: &Expected, ours: &State) -> Option<&'static str> {
    let w = match (expected, ours.end) {
        (Expected::Program(codes), End::Program(code)) => {
            return (!codes.contains(&code)).then_some("another interruption than the manual's");
        }
        (Expected::Program(_), _) => return Some("the manual wants an interruption"),
        (Expected::Completed(w), End::Completed) => w,
        (Expected::Completed(_), _) => return Some("the manual wants completion"),
    };
    let checks = [
        (w.gr == ours.gr, "general registers, by the manual"),
        (w.ar == ours.ar, "access registers, by the manual"),
        (w.fpr == ours.fpr, "floating-point registers, by the manual"),
        (
            crc32fast::hash(&w.area) == ours.checksum,
            "storage, by the manual",
        ),
        (w.cc == ours.cc(), "condition code, by the manual"),
        (
            w.mode == ours.mask >> 31 & 3,
            "addressing mode, by the manual",
        ),
        (
            w.address == ours.address,
            "instruction address, by the manual",
        ),
    ];
    checks.iter().find(|(same, _)| !same).map(|(_, what)| *what)
}

/// A packed number: digits from the left, and whether it is negative. Invalid codes are a data exception.
fn unpacked(bytes: &[u8]) -> Result<(Vec<u8>, bool), Codes> {
    let mut nibbles: Vec<u8> = bytes.iter().flat_map(|b| [b >> 4, b & 15]).collect();
    let sign = nibbles.pop().unwrap_or(0);
    if sign < 10 || nibbles.iter().any(|d| *d > 9) {
        return Err(vec![DATA_EXCEPTION]);
    }
    Ok((nibbles, sign == 0xB || sign == 0xD))
}

fn pack(digits: &[u8], negative: bool) -> Vec<u8> {
    let sign = if negative { 0xD } else { 0xC };
    let nibbles: Vec<u8> = digits.iter().copied().chain([sign]).collect();
    nibbles.chunks(2).map(|p| p[0] << 4 | p[1]).collect()
}

fn value(digits: &[u8]) -> u128 {
    digits.iter().fold(0, |v, d| v * 10 + u128::from(*d))
}

/// The last `n` digits of a magnitude.
fn digits_of(mut v: u128, n: usize) -> Vec<u8> {
    let mut digits = vec![0; n];
    for d in digits.iter_mut().rev() {
        *d = (v % 10) as u8;
        v /= 10;
    }
    digits
}

fn sign_cc(v: i128) -> u8 {
    match v.signum() {
        0 => 0,
        -1 => 1,
        _ => 2,
    }
}

/// Both operands of a decimal instruction; every exception that is due.
fn operands(
    w: &World,
    one: u64,
    two: u64,
    (l1, l2): (u8, u8),
    checked: bool,
) -> Result<(i128, i128), Codes> {
    let first = w.fetch(one, usize::from(l1) + 1);
    let second = w.fetch(two, usize::from(l2) + 1);
    let mut codes = Vec::new();
    let mut number = |bytes: Result<Vec<u8>, Codes>, needed: bool| match bytes {
        Err(e) => {
            codes.extend(e);
            0
        }
        Ok(_) if !needed => 0,
        Ok(bytes) => match unpacked(&bytes) {
            Ok((digits, negative)) => {
                let v = value(&digits) as i128;
                if negative { -v } else { v }
            }
            Err(e) => {
                codes.extend(e);
                0
            }
        },
    };
    let pair = (number(first, checked), number(second, true));
    if codes.is_empty() {
        Ok(pair)
    } else {
        Err(codes)
    }
}

fn add(w: &mut World, what: &str, one: u64, two: u64, lengths: (u8, u8)) -> Result<(), Codes> {
    let (a, b) = operands(w, one, two, lengths, what != "zap")?;
    let n = usize::from(lengths.0) * 2 + 1;
    if what == "cp" {
        w.cc = sign_cc(a - b);
        return Ok(());
    }
    let v = match what {
        "ap" => a + b,
        "sp" => a - b,
        _ => b,
    };
    let digits = digits_of(v.unsigned_abs(), n);
    let lost = v.unsigned_abs() != value(&digits);
    // A zero is positive, unless what made it a zero is that digits were lost.
    w.store(one, &pack(&digits, v < 0))?;
    w.cc = if lost { 3 } else { sign_cc(v) };
    Ok(())
}

fn multiply(w: &mut World, one: u64, two: u64, (l1, l2): (u8, u8)) -> Result<(), Codes> {
    if l2 > 7 || l2 >= l1 {
        return Err(vec![SPECIFICATION]);
    }
    let (a, b) = operands(w, one, two, (l1, l2), true)?;
    let multiplicand = w.fetch(one, usize::from(l1) + 1)?;
    if multiplicand[..=usize::from(l2)].iter().any(|b| *b != 0) {
        return Err(vec![DATA_EXCEPTION]);
    }
    let multiplier = w.fetch(two, usize::from(l2) + 1)?;
    let negative = unpacked(&multiplicand)?.1 != unpacked(&multiplier)?.1;
    let digits = digits_of(a.unsigned_abs() * b.unsigned_abs(), usize::from(l1) * 2 + 1);
    w.store(one, &pack(&digits, negative))
}

fn divide(w: &mut World, one: u64, two: u64, (l1, l2): (u8, u8)) -> Result<(), Codes> {
    if l2 > 7 || l2 >= l1 {
        return Err(vec![SPECIFICATION]);
    }
    let (a, b) = operands(w, one, two, (l1, l2), true)?;
    let dividend = unpacked(&w.fetch(one, usize::from(l1) + 1)?)?.1;
    let divisor = unpacked(&w.fetch(two, usize::from(l2) + 1)?)?.1;
    let n = usize::from(l1 - l2) * 2 - 1;
    let (a, b) = (a.unsigned_abs(), b.unsigned_abs());
    if b == 0 || a / b >= 10u128.pow(n as u32) {
        return Err(vec![DECIMAL_DIVIDE]);
    }
    let mut bytes = pack(&digits_of(a / b, n), dividend != divisor);
    bytes.extend(pack(&digits_of(a % b, usize::from(l2) * 2 + 1), dividend));
    w.store(one, &bytes)
}

fn shift(w: &mut World, one: u64, two: u64, (l1, rounding): (u8, u8)) -> Result<(), Codes> {
    let bytes = w.fetch(one, usize::from(l1) + 1);
    let mut codes = bytes.clone().err().unwrap_or_default();
    if rounding > 9 {
        codes.push(DATA_EXCEPTION);
    }
    let parsed = bytes.and_then(|b| unpacked(&b));
    codes.extend(parsed.clone().err().unwrap_or_default());
    if !codes.is_empty() {
        return Err(codes);
    }
    let (digits, negative) = parsed?;
    let n = digits.len();
    let by = (two & 0x3F) as i32;
    let (shifted, lost) = if by < 32 {
        let by = by as usize;
        let whole: Vec<u8> = digits.iter().copied().chain(vec![0; by]).collect();
        let (out, kept) = whole.split_at(by);
        (kept.to_vec(), out.iter().any(|d| *d != 0))
    } else {
        let by = (64 - by) as usize;
        let whole: Vec<u8> = vec![0; by].into_iter().chain(digits).collect();
        let v = value(&whole[..n]);
        let up = u128::from(whole[n] + rounding > 9);
        (digits_of(v + up, n), false)
    };
    let v = value(&shifted);
    w.store(one, &pack(&shifted, negative && (v != 0 || lost)))?;
    w.cc = match (lost, v) {
        (true, _) => 3,
        (_, 0) => 0,
        _ if negative => 1,
        _ => 2,
    };
    Ok(())
}

fn edit(w: &mut World, one: u64, two: u64, n: usize, mark: bool) -> Result<(), Codes> {
    let mut pattern = w.fetch(one, n)?;
    let fill = pattern[0];
    let (mut significant, mut nonzero) = (false, false);
    let mut source = two;
    let mut right: Option<u8> = None;
    let mut marked = None;
    for (i, place) in pattern.iter_mut().enumerate() {
        let p = *place;
        *place = match p {
            0x20 | 0x21 => {
                let (digit, sign) = match right.take() {
                    Some(d) => (d, None),
                    None => {
                        let b = w.fetch(source, 1)?[0];
                        source = source.wrapping_add(1) & w.amask();
                        if b >> 4 > 9 {
                            return Err(vec![DATA_EXCEPTION]);
                        }
                        if b & 15 > 9 {
                            (b >> 4, Some(b & 15))
                        } else {
                            right = Some(b & 15);
                            (b >> 4, None)
                        }
                    }
                };
                let shown = significant || digit != 0;
                if !significant && digit != 0 {
                    marked = Some(one.wrapping_add(i as u64) & w.amask());
                }
                nonzero |= digit != 0;
                significant |= digit != 0 || p == 0x21;
                if matches!(sign, Some(0xA | 0xC | 0xE | 0xF)) {
                    significant = false;
                }
                if shown { 0xF0 | digit } else { fill }
            }
            0x22 => {
                (significant, nonzero) = (false, false);
                fill
            }
            other if significant => other,
            _ => fill,
        };
    }
    w.store(one, &pattern)?;
    if let (true, Some(at)) = (mark, marked) {
        let keep = match w.mode {
            3 => 0,
            1 => !0xFFFF_FFFFu64,
            _ => !0xFF_FFFF,
        };
        w.gr[1] = w.gr[1] & keep | at;
    }
    w.cc = match (nonzero, significant) {
        (false, _) => 0,
        (_, true) => 1,
        (_, false) => 2,
    };
    Ok(())
}

fn to_binary(w: &mut World, at: u64, r: u8, n: usize) -> Result<(), Codes> {
    let (digits, negative) = unpacked(&w.fetch(at, n)?)?;
    let v = value(&digits) as i128;
    let v = if negative { -v } else { v };
    let fits = if n == 8 {
        i32::try_from(v).is_ok()
    } else {
        i64::try_from(v).is_ok()
    };
    if !fits {
        return Err(vec![FIXED_DIVIDE]);
    }
    if n == 8 {
        w.word(r, v as u32);
    } else {
        w.gr[usize::from(r)] = v as u64;
    }
    Ok(())
}

fn unpack(w: &mut World, one: u64, two: u64, (l1, l2): (u8, u8)) -> Result<(), Codes> {
    let (n, m) = (usize::from(l1) + 1, usize::from(l2) + 1);
    let to = w.range(one, n)?;
    let from = w.range(two, m)?;
    let mut dest = to.rev();
    let mut source = from.rev();
    if let (Some(d), Some(s)) = (dest.next(), source.next()) {
        w.area[d] = w.area[s].rotate_left(4);
    }
    while let Some(d) = dest.next() {
        let b = source.next().map_or(0, |s| w.area[s]);
        w.area[d] = 0xF0 | b & 15;
        if let Some(d) = dest.next() {
            w.area[d] = 0xF0 | b >> 4;
        }
    }
    Ok(())
}

/// PACK ASCII and PACK UNICODE: the right nibble of each character, and a plus sign behind the last.
fn pack_characters(w: &mut World, one: u64, two: u64, n: usize, wide: bool) -> Result<(), Codes> {
    if n > if wide { 64 } else { 32 } || wide && !n.is_multiple_of(2) {
        return Err(vec![SPECIFICATION, ADDRESSING]);
    }
    let bytes = w.fetch(two, n)?;
    let characters: Vec<u8> = bytes
        .chunks(if wide { 2 } else { 1 })
        .map(|c| c[c.len() - 1] & 15)
        .collect();
    let mut nibbles = vec![0; 31usize.saturating_sub(characters.len())];
    // One more than the result has room for falls off on the left.
    nibbles.extend(&characters[characters.len().saturating_sub(31)..]);
    w.store(one, &pack(&nibbles, false))
}

fn load_disjoint(w: &mut World, op: &Op, one: u64, two: u64) -> Result<(), Codes> {
    let (first, last) = (op.r1, op.r3);
    let n = usize::from(last.wrapping_sub(first) & 15) + 1;
    let high = w.fetch(one, 4 * n)?;
    let low = w.fetch(two, 4 * n)?;
    let word = |b: &[u8], i: usize| {
        b[4 * i..4 * i + 4]
            .iter()
            .fold(0u64, |v, b| v << 8 | u64::from(*b))
    };
    for i in 0..n {
        let r = usize::from((first + i as u8) & 15);
        w.gr[r] = word(&high, i) << 32 | word(&low, i);
    }
    Ok(())
}

fn store_high(w: &mut World, op: &Op, at: u64) -> Result<(), Codes> {
    let n = u64::from(op.r3.wrapping_sub(op.r1) & 15) + 1;
    let words = (0..n).flat_map(|i| {
        let r = usize::from((op.r1 + i as u8) & 15);
        ((w.gr[r] >> 32) as u32).to_be_bytes()
    });
    let bytes: Vec<u8> = words.collect();
    w.store(at, &bytes)
}

fn compare_halfword(w: &mut World, r: u8, at: u64, long: bool) -> Result<(), Codes> {
    let b = w.fetch(at, 2)?;
    let v = i64::from(i16::from_be_bytes([b[0], b[1]]));
    let a = w.gr[usize::from(r)];
    let a = if long { a as i64 } else { i64::from(a as i32) };
    w.cc = match a.cmp(&v) {
        std::cmp::Ordering::Equal => 0,
        std::cmp::Ordering::Less => 1,
        std::cmp::Ordering::Greater => 2,
    };
    Ok(())
}

fn branch_and_set_mode(w: &mut World, op: &Op, link: bool) {
    let target = w.gr[usize::from(op.r2)];
    let next = w.address;
    let g = &mut w.gr[usize::from(op.r1)];
    if link {
        *g = match w.mode {
            3 => next | 1,
            1 => *g & !0xFFFF_FFFF | 0x8000_0000 | next,
            _ => *g & !0xFFFF_FFFF | next,
        };
    } else if op.r1 != 0 {
        *g = match w.mode {
            3 => *g | 1,
            1 => *g | 0x8000_0000,
            _ => *g & !0x8000_0000,
        };
    }
    if op.r2 != 0 {
        (w.mode, w.address) = match (target & 1, target >> 31 & 1) {
            (1, _) => (3, target & !1),
            (_, 1) => (1, target & 0x7FFF_FFFF),
            _ => (0, target & 0xFF_FFFF),
        };
    }
}

fn bits(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |v, b| v << 8 | u64::from(*b))
}

/// MULTIPLY of two short operands to a long one, which is exact; nothing for NaNs and invalid operations.
fn product_of_shorts(
    w: &mut World,
    r1: u8,
    other: Result<u64, Codes>,
) -> Option<Result<(), Codes>> {
    let b = match other {
        Ok(b) => f64::from(f32::from_bits(b as u32)),
        Err(codes) => return Some(Err(codes)),
    };
    let a = f64::from(f32::from_bits((w.fpr[usize::from(r1)] >> 32) as u32));
    let product = a * b;
    if product.is_nan() {
        return None;
    }
    w.fpr[usize::from(r1)] = product.to_bits();
    Some(Ok(()))
}

/// MULTIPLY of two long operands to an extended one, which is exact and never subnormal.
fn product_of_longs(w: &mut World, r1: u8, other: Result<u64, Codes>) -> Option<Result<(), Codes>> {
    let b = match other {
        Ok(b) => b,
        Err(codes) => return Some(Err(codes)),
    };
    let a = w.fpr[usize::from(r1)];
    let (x, y) = (f64::from_bits(a), f64::from_bits(b));
    if !x.is_finite() || !y.is_finite() {
        return None;
    }
    let parts = |v: u64| {
        let (e, f) = (v >> 52 & 0x7FF, v & ((1 << 52) - 1));
        if e == 0 { (1, f) } else { (e, f | 1 << 52) }
    };
    let ((e1, f1), (e2, f2)) = (parts(a), parts(b));
    let product = u128::from(f1) * u128::from(f2);
    let sign = u128::from((a ^ b) >> 63) << 127;
    let result = if product == 0 {
        sign
    } else {
        // The product is an integer times 2 to the power (e1 - 1075) + (e2 - 1075).
        let top = 127 - product.leading_zeros() as i64;
        let exponent = (e1 + e2) as i64 - 2150 + top + 16383;
        let fraction = (product << (112 - top)) & ((1 << 112) - 1);
        sign | (exponent as u128) << 112 | fraction
    };
    w.fpr[usize::from(r1)] = (result >> 64) as u64;
    w.fpr[usize::from(r1) + 2] = result as u64;
    Some(Ok(()))
}

fn checksum(w: &mut World, op: &Op) -> Result<(), Codes> {
    if op.r2 & 1 != 0 {
        return Err(vec![SPECIFICATION]);
    }
    let (address, length) = (usize::from(op.r2), usize::from(op.r2) + 1);
    let n = usize::try_from(w.gr[length]).map_err(|_| vec![ADDRESSING])?;
    let bytes = w
        .fetch(w.gr[address], n)
        .or_else(|e| if n == 0 { Ok(Vec::new()) } else { Err(e) })?;
    let mut sum = w.gr[usize::from(op.r1)] & 0xFFFF_FFFF;
    for four in bytes.chunks(4) {
        let mut word = four.to_vec();
        word.resize(4, 0);
        sum += bits(&word);
        sum = (sum & 0xFFFF_FFFF) + (sum >> 32);
    }
    w.word(op.r1, sum as u32);
    w.gr[address] = w.gr[address].wrapping_add(n as u64);
    w.gr[length] = 0;
    w.cc = 0;
    Ok(())
}
