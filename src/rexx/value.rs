//! REXX values: byte strings, with small whole numbers kept as such (SC24-5770 chapter 2).
//!
//! A value is 16 bytes. An `Int` *is* its decimal text; a `Short` holds up to fourteen bytes in
//! place; a `Long` shares its bytes and remembers whether they make a number; a `Part` is a piece of one.

use std::cell::Cell;
use std::ops::Range;
use std::rc::Rc;

use crate::num::{Form, Number, Settings};

/// The largest magnitude that an [`Value::Int`] holds: eighteen digits.
pub const INT_LIMIT: i64 = 999_999_999_999_999_999;

/// How many bytes a [`Value::Short`] holds.
pub const SHORT: usize = 14;

/// A REXX value.
#[derive(Clone, Debug)]
pub enum Value {
    /// A whole number; its text is the canonical decimal one. Never beyond [`INT_LIMIT`].
    Int(i64),
    /// Up to fourteen bytes in place: the length, then the bytes.
    Short(u8, [u8; SHORT]),
    /// A longer string, shared between its holders.
    Long(Rc<Long>),
    /// A piece of a longer string: where it starts (three bytes, the low one first), its length, and the
    /// string. Always longer than a `Short`, and never a small piece of a large string.
    Part([u8; 3], u32, Rc<Long>),
    /// A number with a point or an exponent, as arithmetic gave it: notation, exponent, coefficient.
    /// Never one that an `Int` could be.
    Dec(Notation, i16, i64),
}

/// The parts of a [`Value::Dec`].
struct Dec {
    notation: Notation,
    exponent: i16,
    coefficient: i64,
}

/// How a [`Value::Dec`] prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notation {
    /// With a point.
    Plain,
    /// One digit before the point, and an exponent.
    Scientific,
}

/// The coefficient of a [`Value::Dec`] stays below this, so that its text fits a [`Scratch`].
const DEC_LIMIT: u64 = 1_000_000_000_000_000;

const _: () = assert!(size_of::<Value>() == 16);

/// A [`Value::Part`] starts before this.
const FAR: usize = 1 << 24;

/// A string is kept for a piece of it when it is at most this many times as long.
const WASTE: usize = 4;

/// Where a [`Value::Part`] starts.
#[inline]
fn place([a, b, c]: [u8; 3]) -> usize {
    u32::from_le_bytes([a, b, c, 0]) as usize
}

/// The number that one to four decimal digits are, in the same way as [`few_digits`].
#[inline(always)]
fn four_digits(n: u8, bytes: [u8; 4]) -> Option<i64> {
    let unused = 32 - 8 * u32::from(n);
    let v = (u32::from_le_bytes(bytes) << unused) ^ (0x3030_3030 << unused);
    if (v | v.wrapping_add(0x0606_0606)) & 0xF0F0_F0F0 != 0 {
        return None;
    }
    let v = v.wrapping_mul(10).wrapping_add(v >> 8) & 0x00FF_00FF;
    let v = v.wrapping_mul(100).wrapping_add(v >> 16) & 0xFFFF;
    Some(i64::from(v))
}

/// The number that one to eight decimal digits are, found by halves: pairs, fours, all.
#[inline(always)]
fn few_digits(n: u8, bytes: &[u8; SHORT]) -> Option<i64> {
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    let [a, b, c, d, e, f, g, h, ..] = *bytes;
    if n <= 4 {
        return four_digits(n, [a, b, c, d]);
    }
    let unused = 64 - 8 * u32::from(n);
    // Zeros before the first digit, which is the lowest byte.
    let text = u64::from_le_bytes([a, b, c, d, e, f, g, h]) << unused;
    let v = text ^ (ZEROS << unused);
    // A digit leaves at most 9, which 6 does not carry out of four bits.
    const HIGH: u64 = 0xF0F0_F0F0_F0F0_F0F0;
    if (v | v.wrapping_add(0x0606_0606_0606_0606)) & HIGH != 0 {
        return None;
    }
    let v = v.wrapping_mul(10).wrapping_add(v >> 8) & 0x00FF_00FF_00FF_00FF;
    let v = v.wrapping_mul(100).wrapping_add(v >> 16) & 0x0000_FFFF_0000_FFFF;
    let v = v.wrapping_mul(10_000).wrapping_add(v >> 32) & 0xFFFF_FFFF;
    Some(v as i64)
}

/// What a [`Long`] takes beside its bytes.
const LONG_COST: usize = size_of::<Long>() + 32;

/// A shared string, with what is known of it as a number.
#[derive(Debug, Default, Clone)]
pub struct Long {
    bytes: Vec<u8>,
    kind: Cell<Kind>,
}

/// What is known of a string as a number.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Kind {
    #[default]
    Unknown,
    Number,
    Text,
}

impl Long {
    /// The bytes of the string.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether the string is already known not to be a number.
    pub fn is_text(&self) -> bool {
        self.kind.get() == Kind::Text
    }

    /// Remembers that the string is no number.
    pub fn mark_text(&self) {
        self.kind.set(Kind::Text);
    }

    /// Remembers that the string is a number.
    pub fn mark_number(&self) {
        self.kind.set(Kind::Number);
    }
}

/// Room for the text of an `Int` or a `Short`.
pub type Scratch = [u8; 24];

/// An empty [`Scratch`].
pub const SCRATCH: Scratch = [0; 24];

impl Value {
    /// A value with these bytes.
    #[inline]
    pub fn from_bytes(bytes: &[u8]) -> Value {
        if bytes.len() <= SHORT {
            let mut room = [0; SHORT];
            room[..bytes.len()].copy_from_slice(bytes);
            Value::Short(bytes.len() as u8, room)
        } else {
            Value::Long(Rc::new(Long {
                bytes: bytes.to_vec(),
                kind: Cell::new(Kind::Unknown),
            }))
        }
    }

    /// A value with these bytes; a long vector is kept, not copied.
    #[inline]
    pub fn from_vec(bytes: Vec<u8>) -> Value {
        if bytes.len() <= SHORT {
            return Value::from_bytes(&bytes);
        }
        Value::Long(Rc::new(Long {
            bytes,
            kind: Cell::new(Kind::Unknown),
        }))
    }

    /// Becomes a value with these bytes; a long string that nobody shares gives its room for them, if that
    /// is not far too much. Gives the bytes of storage that this took.
    pub fn refill(&mut self, bytes: &[u8]) -> usize {
        let Some((room, before)) = self.room_for(bytes.len()) else {
            *self = Value::from_bytes(bytes);
            return self.storage();
        };
        room.extend_from_slice(bytes);
        room.capacity() - before
    }

    /// The room of a long string that nobody shares, empty, and how large it is; `None` when it is no such
    /// string, or its room is far too much for so many bytes.
    #[inline]
    fn room_for(&mut self, length: usize) -> Option<(&mut Vec<u8>, usize)> {
        let Value::Long(long) = self else {
            return None;
        };
        let long = Rc::get_mut(long)?;
        let capacity = long.bytes.capacity();
        if length <= SHORT || capacity > length * WASTE {
            return None;
        }
        long.bytes.clear();
        long.kind.set(Kind::Unknown);
        Some((&mut long.bytes, capacity))
    }

    /// Adds the bytes to a text.
    #[inline]
    pub fn put_behind(&self, text: &mut Vec<u8>) {
        match self {
            Value::Long(long) => text.extend_from_slice(&long.bytes),
            // Of a fixed length, without a call; what is too much is cut off again.
            Value::Short(length, bytes) => {
                let end = text.len() + usize::from(*length);
                text.extend_from_slice(bytes);
                text.truncate(end);
            }
            other => {
                let mut room = SCRATCH;
                text.extend_from_slice(other.as_bytes(&mut room));
            }
        }
    }

    /// What [`Value::fill`] takes of storage, or less.
    pub fn filling(&self, length: usize) -> usize {
        match self {
            Value::Long(long)
                if length + SHORT <= long.bytes.capacity() && Rc::strong_count(long) == 1 =>
            {
                0
            }
            _ => length + SHORT + LONG_COST,
        }
    }

    /// Becomes a long string of so many bytes, which `write` adds ([`Value::put_behind`]); in the room of the
    /// old one where that is its own.
    #[inline]
    pub fn fill(&mut self, length: usize, write: impl FnOnce(&mut Vec<u8>)) {
        if let Some((room, _)) = self.room_for(length) {
            room.reserve_exact(length + SHORT);
            return write(room);
        }
        let mut bytes = Vec::with_capacity(length + SHORT);
        write(&mut bytes);
        *self = Value::from_vec(bytes);
    }

    /// A whole number; beyond [`INT_LIMIT`] it becomes text.
    #[inline]
    pub fn int(v: i64) -> Value {
        if v.unsigned_abs() <= INT_LIMIT.unsigned_abs() {
            Value::Int(v)
        } else {
            Value::from_vec(v.to_string().into_bytes())
        }
    }

    /// The null string.
    #[inline]
    pub const fn empty() -> Value {
        Value::Short(0, [0; SHORT])
    }

    /// The truth values `1` and `0`.
    #[inline]
    pub const fn truth(v: bool) -> Value {
        Value::Int(v as i64)
    }

    /// The bytes, in place where they are kept, else written into `room`.
    #[inline]
    pub fn as_bytes<'a>(&'a self, room: &'a mut Scratch) -> &'a [u8] {
        match self {
            Value::Int(v) => digits(*v, room),
            Value::Dec(notation, exponent, coefficient) => {
                let dec = Dec {
                    notation: *notation,
                    exponent: *exponent,
                    coefficient: *coefficient,
                };
                dec.text(room)
            }
            Value::Short(n, bytes) => &bytes[..usize::from(*n)],
            Value::Long(long) => &long.bytes,
            Value::Part(start, length, long) => {
                let start = place(*start);
                &long.bytes[start..start + *length as usize]
            }
        }
    }

    /// A piece of this value, whose text this is. A large piece shares the bytes.
    pub fn piece(&self, text: &[u8], piece: Range<usize>) -> Value {
        let shared = self.share(text.len(), piece.clone());
        shared.unwrap_or_else(|| Value::from_bytes(&text[piece]))
    }

    /// A piece that shares the bytes of this value, which are so many, when that is worth it.
    pub fn share(&self, length: usize, piece: Range<usize>) -> Option<Value> {
        let size = piece.end - piece.start;
        if size <= SHORT {
            return None;
        }
        let (before, long) = match self {
            _ if size == length => return Some(self.clone()),
            Value::Long(long) => (0, long),
            Value::Part(start, _, long) => (place(*start), long),
            _ => return None,
        };
        let start = before + piece.start;
        if start >= FAR || size * WASTE < long.bytes.len() {
            return None;
        }
        let [a, b, c, _] = (start as u32).to_le_bytes();
        let size = u32::try_from(size).ok()?;
        Some(Value::Part([a, b, c], size, Rc::clone(long)))
    }

    /// Runs `f` on the bytes.
    #[inline]
    pub fn with_bytes<R>(&self, f: impl FnOnce(&[u8]) -> R) -> R {
        let mut room = SCRATCH;
        f(self.as_bytes(&mut room))
    }

    /// The bytes, copied.
    pub fn to_vec(&self) -> Vec<u8> {
        self.with_bytes(<[u8]>::to_vec)
    }

    /// The length in bytes.
    pub fn len(&self) -> usize {
        match self {
            Value::Int(v) => {
                let figures = v
                    .unsigned_abs()
                    .checked_ilog10()
                    .map_or(1, |n| n as usize + 1);
                figures + usize::from(*v < 0)
            }
            Value::Dec(..) => self.with_bytes(<[u8]>::len),
            Value::Short(n, _) => usize::from(*n),
            Value::Long(long) => long.bytes.len(),
            Value::Part(_, length, _) => *length as usize,
        }
    }

    /// The bytes of storage it takes beside its sixteen.
    #[inline]
    pub fn storage(&self) -> usize {
        match self {
            Value::Long(long) => long.bytes.capacity() + LONG_COST,
            _ => 0,
        }
    }

    /// The bytes of storage that [`Value::append`] may take for so many bytes more; `in_place` when
    /// this value itself grows, not a copy.
    #[inline]
    pub fn growth(&self, more: usize, in_place: bool) -> usize {
        match self {
            Value::Long(long) => {
                let (length, room) = (long.bytes.len(), long.bytes.capacity());
                if !in_place || Rc::strong_count(long) > 1 {
                    (length + more).next_power_of_two() + LONG_COST
                } else if length + more <= room {
                    0
                } else {
                    (length + more).max(room * 2) - room
                }
            }
            _ => more,
        }
    }

    /// Whether this is the null string.
    pub fn is_empty(&self) -> bool {
        matches!(self, Value::Short(0, _))
    }

    /// The value as a whole number when that is cheap to see: an `Int`, or text that is exactly
    /// what an `Int` would print. `None` says nothing about other numbers.
    #[inline]
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Value::Int(v) => Some(*v),
            Value::Short(n, bytes) => canonical(&bytes[..usize::from(*n)]),
            Value::Long(long) => canonical(&long.bytes),
            Value::Part(_, 19.., _) | Value::Dec(..) => None,
            Value::Part(..) => self.with_bytes(canonical),
        }
    }

    /// The value as a number; `None` when it is not one.
    #[inline]
    pub fn number(&self) -> Option<Number> {
        match self {
            Value::Int(v) => Some(Number::from(*v)),
            Value::Dec(_, exponent, coefficient) => Some(Number::from_parts(
                *coefficient < 0,
                coefficient.unsigned_abs(),
                i64::from(*exponent),
            )),
            Value::Short(n, bytes) => Number::parse(&bytes[..usize::from(*n)]),
            Value::Part(..) => self.with_bytes(Number::parse),
            Value::Long(long) if long.is_text() => None,
            Value::Long(long) => {
                let number = Number::parse(&long.bytes);
                if number.is_none() {
                    long.mark_text();
                }
                number
            }
        }
    }

    /// The value that a result of arithmetic prints as; it is rounded to DIGITS already.
    pub fn of_number(n: &Number, settings: &Settings) -> Value {
        Value::small_number(n, settings).unwrap_or_else(|| Value::from_vec(n.format(settings)))
    }

    /// The same without making text, for the common forms.
    fn small_number(n: &Number, settings: &Settings) -> Option<Value> {
        let (negative, coefficient, exponent) = n.parts()?;
        if coefficient == 0 {
            return (exponent == 0).then_some(Value::Int(0));
        }
        if coefficient >= DEC_LIMIT {
            return None;
        }
        let signed = if negative {
            -(coefficient as i64)
        } else {
            coefficient as i64
        };
        Value::of_parts(signed, exponent, settings)
    }

    /// Coefficient and exponent, when both are small and seen at little cost: the text of a number may have
    /// a sign and a point, but no blanks and no exponent.
    #[inline]
    pub fn parts(&self) -> Option<(i64, i64)> {
        match self {
            Value::Int(v) => Some((*v, 0)),
            Value::Dec(_, exponent, coefficient) => Some((*coefficient, i64::from(*exponent))),
            Value::Short(n, bytes) => text_parts(&bytes[..usize::from(*n)]),
            Value::Long(_) | Value::Part(..) => None,
        }
    }

    /// The whole number that a short text of decimal digits is.
    #[inline]
    pub fn few_digits(&self) -> Option<i64> {
        match self {
            Value::Short(n @ 1..=8, bytes) => few_digits(*n, bytes),
            _ => None,
        }
    }

    /// The value as a whole number when that is cheap to see; leading zeros do not matter here.
    #[inline]
    pub fn whole(&self) -> Option<i64> {
        match self {
            Value::Int(v) => Some(*v),
            Value::Short(n @ 1..=8, bytes) => few_digits(*n, bytes),
            Value::Short(n, bytes) => {
                let mut v = 0;
                for &b in &bytes[..usize::from(*n)] {
                    let d = b.wrapping_sub(b'0');
                    if d > 9 {
                        return None;
                    }
                    v = v * 10 + i64::from(d);
                }
                (*n > 0).then_some(v)
            }
            _ => None,
        }
    }

    /// The value of a coefficient other than 0, below [`DEC_LIMIT`], and an exponent.
    #[inline]
    pub fn of_parts(signed: i64, exponent: i64, settings: &Settings) -> Option<Value> {
        let length = i64::from(signed.unsigned_abs().ilog10()) + 1;
        if length > i64::from(settings.digits) {
            return None;
        }
        let whole = length + exponent;
        if exponent >= 0 && whole <= i64::from(settings.digits) {
            let scale = 10i64.checked_pow(u32::try_from(exponent).ok()?)?;
            return signed
                .checked_mul(scale)
                .filter(|v| v.unsigned_abs() <= INT_LIMIT.unsigned_abs())
                .map(Value::Int);
        }
        let notation = if exponent < 0 && whole > -5 && -exponent <= i64::from(settings.digits) * 2
        {
            Notation::Plain
        } else if exponent >= 0 && settings.form == Form::Scientific && whole <= 1000 {
            Notation::Scientific
        } else {
            return None;
        };
        Some(Value::Dec(notation, i16::try_from(exponent).ok()?, signed))
    }

    /// The same value in the form that arithmetic likes best: an `Int` where the text is canonical.
    pub fn normal(self) -> Value {
        self.as_int().map_or(self, Value::Int)
    }

    /// The value with a to z in upper case.
    pub fn upper(&self) -> Value {
        match self {
            Value::Int(v) => Value::Int(*v),
            Value::Short(n, bytes) => Value::Short(*n, bytes.map(|b| b.to_ascii_uppercase())),
            other => other.with_bytes(|b| {
                if b.iter().any(u8::is_ascii_lowercase) {
                    Value::from_vec(b.to_ascii_uppercase())
                } else {
                    other.clone()
                }
            }),
        }
    }

    /// Appends bytes; a long string with one holder grows in place.
    pub fn append(&mut self, more: &[u8]) {
        if let Value::Long(long) = self
            && let Some(long) = Rc::get_mut(long)
        {
            long.bytes.extend_from_slice(more);
            long.kind.set(Kind::Unknown);
            return;
        }
        let mut room = SCRATCH;
        let own = self.as_bytes(&mut room);
        let total = own.len() + more.len();
        if total <= SHORT {
            let mut bytes = [0; SHORT];
            bytes[..own.len()].copy_from_slice(own);
            bytes[own.len()..total].copy_from_slice(more);
            *self = Value::Short(total as u8, bytes);
            return;
        }
        let mut bytes = Vec::with_capacity(total.next_power_of_two());
        bytes.extend_from_slice(own);
        bytes.extend_from_slice(more);
        *self = Value::from_vec(bytes);
    }
}

/// A short text as it is put together: its bytes, the first one lowest.
#[derive(Debug, Default)]
pub struct ShortText {
    bytes: u128,
    length: usize,
}

impl ShortText {
    /// Adds a value, after a blank or not; false, and no longer of use, when it gets too long.
    #[inline(always)]
    pub fn add(&mut self, blank: bool, v: &Value) -> bool {
        let (length, bytes) = match v {
            Value::Short(length, bytes) => (usize::from(*length), *bytes),
            Value::Int(v) => {
                let mut room = SCRATCH;
                let text = digits(*v, &mut room);
                let mut bytes = [0; SHORT];
                match bytes.get_mut(..text.len()) {
                    Some(part) => part.copy_from_slice(text),
                    None => return false,
                }
                (text.len(), bytes)
            }
            _ => return false,
        };
        let at = self.length + usize::from(blank);
        if at + length > SHORT {
            return false;
        }
        if blank {
            self.bytes |= u128::from(b' ') << (8 * self.length);
        }
        let mut room = [0; 16];
        room[..SHORT].copy_from_slice(&bytes);
        // At most fourteen bytes, so that no shift reaches the width.
        let own = u128::from_le_bytes(room) & ((1 << (8 * length)) - 1);
        self.bytes |= own << (8 * at);
        self.length = at + length;
        true
    }

    /// Its length.
    #[inline]
    pub fn length(&self) -> usize {
        self.length
    }

    /// Its bytes, and after them zeros.
    #[inline]
    pub fn bytes(&self) -> [u8; SHORT] {
        let mut bytes = [0; SHORT];
        bytes.copy_from_slice(&self.bytes.to_le_bytes()[..SHORT]);
        bytes
    }
}

impl Dec {
    /// The text, written into `room`.
    fn text<'a>(&self, room: &'a mut Scratch) -> &'a [u8] {
        let mut own = SCRATCH;
        let all = digits(self.coefficient, &mut own);
        let (sign, figures) = match all {
            [b'-', rest @ ..] => (&b"-"[..], rest),
            _ => (&b""[..], all),
        };
        let mut out = Filled { room, length: 0 };
        out.add(sign);
        let whole = figures.len() as i64 + i64::from(self.exponent);
        match self.notation {
            Notation::Plain if whole <= 0 => {
                out.add(b"0.");
                out.add(&b"00000000"[..usize::try_from(-whole).unwrap_or(0).min(8)]);
                out.add(figures);
            }
            Notation::Plain => {
                let (before, after) =
                    figures.split_at(usize::try_from(whole).unwrap_or(0).min(figures.len()));
                out.add(before);
                out.add(b".");
                out.add(after);
            }
            Notation::Scientific => {
                out.add(&figures[..1]);
                if figures.len() > 1 {
                    out.add(b".");
                    out.add(&figures[1..]);
                }
                out.add(b"E+");
                let mut power = SCRATCH;
                out.add(digits(whole - 1, &mut power));
            }
        }
        let Filled { room, length } = out;
        &room[..length]
    }
}

/// Bytes being written into a room that is known to be large enough.
struct Filled<'a> {
    room: &'a mut Scratch,
    length: usize,
}

impl Filled<'_> {
    fn add(&mut self, bytes: &[u8]) {
        self.room[self.length..self.length + bytes.len()].copy_from_slice(bytes);
        self.length += bytes.len();
    }
}

impl Default for Value {
    fn default() -> Value {
        Value::empty()
    }
}

impl PartialEq for Value {
    /// Byte-wise equality (the strict comparison).
    fn eq(&self, other: &Value) -> bool {
        if let (Value::Int(a), Value::Int(b)) = (self, other) {
            return a == b;
        }
        self.with_bytes(|a| other.with_bytes(|b| a == b))
    }
}

impl Eq for Value {}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::from_bytes(text.as_bytes())
    }
}

/// The decimal text of `v`, written at the end of `room`.
#[inline]
fn digits(v: i64, room: &mut Scratch) -> &[u8] {
    let mut at = room.len();
    let mut left = v.unsigned_abs();
    loop {
        at -= 1;
        room[at] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    if v < 0 {
        at -= 1;
        room[at] = b'-';
    }
    &room[at..]
}

impl Value {
    /// The number that this text is the canonical form of, up to eighteen digits.
    #[inline]
    pub fn canonical(text: &[u8]) -> Option<i64> {
        canonical(text)
    }
}

/// Coefficient and exponent of the text of a plain number.
fn text_parts(text: &[u8]) -> Option<(i64, i64)> {
    let (negative, body) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let mut v = 0i64;
    let mut seen = 0;
    let mut point = None;
    for &b in body {
        let d = b.wrapping_sub(b'0');
        if d <= 9 {
            v = v * 10 + i64::from(d);
            seen += 1;
        } else if b == b'.' && point.is_none() {
            point = Some(seen);
        } else {
            return None;
        }
    }
    if seen == 0 {
        return None;
    }
    let exponent = point.map_or(0, |at| at - seen);
    Some((if negative { -v } else { v }, exponent))
}

#[inline]
fn canonical(bytes: &[u8]) -> Option<i64> {
    let (negative, body) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, bytes),
    };
    match body {
        [] => return None,
        [b'0'] if !negative => return Some(0),
        [b'1'..=b'9', ..] if body.len() <= 18 => {}
        _ => return None,
    }
    let mut v = 0i64;
    for &b in body {
        let d = b.wrapping_sub(b'0');
        if d > 9 {
            return None;
        }
        v = v * 10 + i64::from(d);
    }
    Some(if negative { -v } else { v })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_print_as_their_text_would() {
        let mut seed = crate::base::random::Random::seeded(3);
        let mut small = 0;
        for _ in 0..200_000 {
            let digits = seed.between(1, 16) as u32;
            let length = seed.between(0, digits.into()) as u32;
            let coefficient = seed.between(0, 10u64.pow(length) - 1);
            let exponent = seed.between(0, 40) as i64 - 20;
            let n = Number::from_parts(
                seed.between(0, 1) == 1 && coefficient != 0,
                coefficient,
                exponent,
            );
            let rule = if seed.between(0, 1) == 1 {
                crate::num::SmallRule::Cms
            } else {
                crate::num::SmallRule::Ansi
            };
            let settings = Settings {
                digits,
                small: rule,
                ..Settings::default()
            };
            if let Some(v) = Value::small_number(&n, &settings) {
                small += 1;
                assert_eq!(
                    String::from_utf8(v.to_vec()),
                    String::from_utf8(n.format(&settings)),
                    "{n:?} {settings:?}"
                );
                assert_eq!(
                    v.number().map(|n| n.format(&settings)),
                    Some(n.format(&settings))
                );
            }
        }
        assert!(small > 50_000);
    }

    #[test]
    fn digits_are_seen_as_numbers_and_nothing_else_is() {
        for text in [
            "0",
            "7",
            "09",
            "123",
            "0042",
            "12345",
            "99999999",
            "00000000",
            "123456789",
        ] {
            let value = Value::from_bytes(text.as_bytes());
            assert_eq!(value.whole(), text.parse().ok(), "{text}");
            for at in 0..text.len() {
                for bad in [0, b' ', b'/', b':', b'a', b'.', b'-', 0xB0, 0xFF] {
                    let mut bytes = text.as_bytes().to_vec();
                    bytes[at] = bad;
                    assert_eq!(Value::from_bytes(&bytes).whole(), None, "{bytes:?}");
                }
            }
        }
        assert_eq!(Value::empty().whole(), None);
    }

    #[test]
    fn text_of_every_form() {
        for v in [0, 7, -7, 1000, INT_LIMIT, -INT_LIMIT] {
            assert_eq!(Value::int(v).to_vec(), v.to_string().into_bytes());
            assert_eq!(
                Value::from_bytes(v.to_string().as_bytes()).as_int(),
                Some(v)
            );
            assert_eq!(Value::int(v).len(), v.to_string().len());
        }
        assert!(matches!(Value::int(i64::MIN), Value::Long(_)));
        for text in [
            "",
            "-",
            "00",
            "01",
            "-0",
            "+1",
            "1.0",
            " 1",
            "1234567890123456789",
        ] {
            assert_eq!(Value::from(text).as_int(), None, "{text}");
        }
    }

    #[test]
    fn pieces_of_every_form() {
        let text: Vec<u8> = (0..200).collect();
        let whole = Value::from_bytes(&text);
        for (from, to) in [
            (0, 200),
            (0, 0),
            (5, 19),
            (5, 20),
            (190, 200),
            (100, 200),
            (20, 199),
        ] {
            let mut piece = whole.piece(&text, from..to);
            assert_eq!(piece.to_vec(), &text[from..to]);
            assert_eq!(piece.len(), to - from);
            let again = piece.piece(&piece.to_vec(), 0..(to - from) / 2);
            assert_eq!(again.to_vec(), &text[from..from + (to - from) / 2]);
            piece.append(b"!");
            assert_eq!(piece.to_vec(), [&text[from..to], b"!"].concat());
        }
        assert_eq!(whole.to_vec(), text);
        assert!(matches!(whole.piece(&text, 10..190), Value::Part(..)));
        assert!(matches!(whole.piece(&text, 10..40), Value::Long(_)));
        let digits = Value::from("                        17                    ");
        let part = digits.piece(&digits.to_vec(), 5..40);
        assert!(matches!(part, Value::Part(..)));
        assert_eq!(part.number().map(|n| n.to_i64()), Some(Some(17)));
        assert_eq!(Value::from("007").whole(), Some(7));
        assert_eq!(Value::from("").whole(), None);
        assert_eq!(Value::from("-7").whole(), None);
    }

    #[test]
    fn refilled_values_forget_what_they_were() {
        let mut v = Value::from("                    17");
        assert_eq!(v.number().map(|n| n.to_i64()), Some(Some(17)));
        let shared = v.clone();
        for text in [
            "a text that is no number",
            "short",
            "                    18",
            "",
        ] {
            v.refill(text.as_bytes());
            assert_eq!(v.to_vec(), text.as_bytes());
            assert_eq!(v.number().is_some(), text.ends_with('8'), "{text}");
        }
        assert_eq!(shared.to_vec(), b"                    17");
        let mut large = Value::from_vec(vec![b'x'; 10_000]);
        large.refill(b"a text of twenty-odd");
        assert!(large.storage() < 1000, "no large room for a small text");
    }

    #[test]
    fn appending_crosses_the_forms() {
        let mut v = Value::Int(12);
        let mut plain = b"12".to_vec();
        for i in 0..60u8 {
            let kept = v.clone();
            let before = plain.clone();
            v.append(&[i, b'x']);
            plain.extend_from_slice(&[i, b'x']);
            assert_eq!(v.to_vec(), plain);
            assert_eq!(kept.to_vec(), before, "a copy does not see the change");
        }
        assert_eq!(Value::from("5"), Value::Int(5));
        assert_ne!(Value::from("05"), Value::Int(5));
    }
}
