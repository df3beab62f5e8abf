//! Operators: arithmetic, comparison, logic and concatenation (ANSI X3.274 section 7.4).

use std::cmp::Ordering;

use super::Vm;
use super::quick::Near;
use super::store::Slot;
use crate::base::codepage::CodePage;
use crate::num::{Form, NumError, Number, ParseError, Settings, small};
use crate::rexx::ast::{Op, Prefix};
use crate::rexx::code::{Code, Reg};
use crate::rexx::value::{Notation, SHORT};
use crate::rexx::{Error, SCRATCH, Value};

impl Vm {
    /// The number of a value; error 41 with this subcode otherwise.
    pub(super) fn number(&self, v: &Value, subcode: u16, op: &str) -> Result<Number, Error> {
        let Some(number) = v.number() else {
            return Err(v.with_bytes(|b| match Number::try_parse(b) {
                Err(ParseError::OutOfRange) => Error::new(41, 7, &[b]),
                // What is no number is no whole number either.
                _ if op == Op::Power.text() && subcode == 2 => Error::new(26, 8, &[b]),
                _ => Error::new(41, subcode, &[b, op.as_bytes()]),
            }));
        };
        if self.lostdigits && number.loses_digits(self.settings.numeric.digits) {
            return Err(self.lost_digits(v));
        }
        Ok(number)
    }

    /// Infix arithmetic.
    pub(super) fn arithmetic(&self, op: Op, a: &Value, b: &Value) -> Result<Value, Error> {
        if let (Some(x), Some(y)) = (a.as_int(), b.as_int())
            && let Some(v) = self.small_arithmetic(op, x, y)
        {
            return Ok(Value::Int(v));
        }
        let x = self.number(a, 1, op.text())?;
        let y = self.number(b, 2, op.text())?;
        if self.settings.numeric.digits > MANY_DIGITS {
            self.foresee_digits(op, a, b)?;
        }
        let settings = &self.settings.numeric;
        let result = match op {
            Op::Add => x.add(&y, settings),
            Op::Sub => x.sub(&y, settings),
            Op::Mul => x.mul(&y, settings),
            Op::Div => x.div(&y, settings),
            Op::IntDiv => x.int_div(&y, settings),
            Op::Rem => x.rem(&y, settings),
            _ => x.pow(&y, settings),
        };
        match result {
            Ok(n) => {
                let v = self.formatted(&n);
                self.charge(v.storage())?;
                Ok(v)
            }
            Err(e) => Err(self.arithmetic_error(e, op, a, b)),
        }
    }

    fn small_arithmetic(&self, op: Op, x: i64, y: i64) -> Option<i64> {
        let limit = self.limit;
        match op {
            Op::Add => small::add(x, y, limit),
            Op::Sub => small::sub(x, y, limit),
            Op::Mul => small::mul(x, y, limit),
            Op::Div => small::div(x, y, limit),
            Op::IntDiv => small::int_div(x, y, limit),
            Op::Rem => small::rem(x, y, limit),
            Op::Power => small::pow(x, y, limit),
            _ => None,
        }
    }

    /// A number as a value, by the settings.
    pub(super) fn formatted(&self, n: &Number) -> Value {
        Value::of_number(n, &self.settings.numeric)
    }

    fn arithmetic_error(&self, e: NumError, op: Op, a: &Value, b: &Value) -> Error {
        let (number, subcode) = e.code();
        let (a, b) = (a.to_vec(), b.to_vec());
        let digits = self.settings.numeric.digits.to_string();
        match e {
            NumError::Overflow | NumError::Underflow => {
                Error::new(number, subcode, &[&a, op.text().as_bytes(), &b])
            }
            NumError::DivideByZero | NumError::TooMuch => Error::bare(number, subcode),
            NumError::PowerNotWhole => Error::new(number, subcode, &[&b]),
            NumError::QuotientTooLong | NumError::RemainderTooLong => {
                Error::new(number, subcode, &[&a, &b, digits.as_bytes()])
            }
        }
    }

    /// A prefix operator.
    pub(super) fn prefixed(&mut self, op: Prefix, v: &Value) -> Result<Value, Error> {
        match op {
            Prefix::Not => match truth(v) {
                Some(t) => Ok(Value::truth(!t)),
                None => Err(v.with_bytes(|b| Error::new(34, 6, &[b"\\", b]))),
            },
            Prefix::Plus | Prefix::Minus => {
                let minus = op == Prefix::Minus;
                if let Some(x) = v.as_int().filter(|x| x.abs() < self.limit) {
                    return Ok(Value::Int(if minus { -x } else { x }));
                }
                let n = self.number(v, 3, if minus { "-" } else { "+" })?;
                let settings = &self.settings.numeric;
                let result = if minus {
                    n.minus(settings)
                } else {
                    n.plus(settings)
                };
                match result {
                    Ok(n) => Ok(self.formatted(&n)),
                    Err(e) => {
                        let op = if minus { Op::Sub } else { Op::Add };
                        Err(self.arithmetic_error(e, op, &Value::Int(0), v))
                    }
                }
            }
        }
    }

    /// Whether a comparison holds.
    pub(super) fn compares(&self, op: Op, a: &Value, b: &Value) -> Result<bool, Error> {
        if op as u8 >= Op::StrictEq as u8 {
            return Ok(holds(op, self.strict_order(op, a, b)));
        }
        if let (Value::Int(x), Value::Int(y)) = (a, b)
            && let Some(order) = small::compare(*x, *y, self.compare_limit)
        {
            return Ok(holds(op, order));
        }
        if let Some(order) = quick_order(a, b, &self.near) {
            return Ok(holds(op, order));
        }
        if let (Some(x), Some(y)) = (numeric(a), numeric(b)) {
            if self.settings.numeric.digits > MANY_DIGITS {
                self.foresee_digits(Op::Sub, a, b)?;
            }
            if self.lostdigits {
                self.number(a, 1, op.text())?;
                self.number(b, 2, op.text())?;
            }
            return Ok(holds(op, x.compare(&y, &self.settings.numeric)));
        }
        let (mut ra, mut rb) = (SCRATCH, SCRATCH);
        let other = self.program.dialect.other_blank();
        let (x, y) = (
            stripped(a.as_bytes(&mut ra), other),
            stripped(b.as_bytes(&mut rb), other),
        );
        if matches!(op, Op::Eq | Op::Ne) {
            return Ok((x == y) == (op == Op::Eq));
        }
        Ok(holds(op, padded_order(x, y, self.codepage)))
    }

    fn strict_order(&self, op: Op, a: &Value, b: &Value) -> Ordering {
        if matches!(op, Op::StrictEq | Op::StrictNe) {
            return if a == b {
                Ordering::Equal
            } else {
                Ordering::Less
            };
        }
        let (mut ra, mut rb) = (SCRATCH, SCRATCH);
        ordered(a.as_bytes(&mut ra), b.as_bytes(&mut rb), self.codepage)
    }

    /// `&`, `|` and `&&`.
    pub(super) fn logical(&self, op: Op, a: &Value, b: &Value) -> Result<Value, Error> {
        let side = |v: &Value, subcode| {
            truth(v).ok_or_else(|| {
                v.with_bytes(|b| Error::new(34, subcode, &[op.text().as_bytes(), b]))
            })
        };
        let (x, y) = (side(a, 5)?, side(b, 6)?);
        Ok(Value::truth(match op {
            Op::And => x & y,
            Op::Or => x | y,
            _ => x ^ y,
        }))
    }

    /// Joins operands; the first one's own string grows when nobody else holds it.
    pub(super) fn concatenate(
        &mut self,
        code: &Code,
        d: Reg,
        list: &[(bool, Reg)],
    ) -> Result<(), Error> {
        let Some(((_, first), rest)) = list.split_first() else {
            return Ok(());
        };
        if self.join(code, d, list) {
            return Ok(());
        }
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        for (blank, r) in rest {
            let more = self.peek(code, *r).map_or(0, Value::storage);
            if more > LARGE
                && let Err(e) = self.charge(more)
            {
                self.text = Vec::new();
                return Err(e);
            }
            if *blank {
                text.push(b' ');
            }
            match self.peek(code, *r) {
                Some(v) => {
                    let mut room = SCRATCH;
                    text.extend_from_slice(v.as_bytes(&mut room));
                }
                None => match self.unset(*r) {
                    Ok(v) => v.with_bytes(|b| text.extend_from_slice(b)),
                    Err(e) => {
                        self.text = text;
                        return Err(e);
                    }
                },
            }
        }
        let result = self.append(code, d, *first, &text);
        if text.capacity() <= LARGE {
            self.text = text;
        }
        result
    }

    /// `d` becomes some values joined, in the room of what it was if that is its own. A short string is not
    /// made here, nor one that is put to itself, nor one of values that are not set, nor one for which there
    /// is no storage.
    fn join(&mut self, code: &Code, d: Reg, list: &[(bool, Reg)]) -> bool {
        let mut length = 0;
        for (blank, r) in list {
            match self.peek(code, *r) {
                Some(v) if *r != d => length += v.len() + usize::from(*blank),
                _ => return false,
            }
        }
        let cost = match self.place(d) {
            Slot::Val(v) => v.filling(length),
            _ => Value::empty().filling(length),
        };
        if length <= SHORT || self.charge(cost).is_err() {
            return false;
        }
        let mut v = match std::mem::take(self.place(d)) {
            Slot::Val(v) => v,
            _ => Value::empty(),
        };
        v.fill(length, |text| {
            for (blank, r) in list {
                if *blank {
                    text.push(b' ');
                }
                if let Some(piece) = self.peek(code, *r) {
                    piece.put_behind(text);
                }
            }
        });
        self.put(d, v);
        true
    }

    /// `d = a || more`.
    fn append(&mut self, code: &Code, d: Reg, a: Reg, more: &[u8]) -> Result<(), Error> {
        let own = d == a && d & crate::rexx::code::CONST == 0;
        // A string that grows in place doubles its room now and then; another is copied.
        let grown = self.peek(code, a).map_or(0, |v| v.growth(more.len(), own));
        self.charge(grown)?;
        let mut v = if own {
            match std::mem::take(self.place(d)) {
                super::Slot::Val(v) => v,
                _ => self.unset(a)?,
            }
        } else {
            self.value(code, a)?
        };
        v.append(more);
        self.put(d, v);
        Ok(())
    }
}

/// From this many DIGITS on the storage of an operation on numbers is looked after.
const MANY_DIGITS: u32 = 10_000;

/// A room of this size is not kept, and charged for.
const LARGE: usize = 1 << 16;

/// 10 to the power of 0 to 9.
const POWERS: [i64; 10] = [
    1,
    10,
    100,
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
    1_000_000_000,
];

/// Two numbers brought to one exponent, for DIGITS up to fifteen; `None` when one of them reaches over more
/// digits than an operand may have, and would be cut.
#[inline(always)]
fn aligned(a: &Value, b: &Value, limit: i64) -> Option<(i64, i64, i64)> {
    let ((x, ex), (y, ey)) = (a.parts()?, b.parts()?);
    if x.abs() >= limit || y.abs() >= limit {
        return None;
    }
    if ex == ey {
        return Some((x, y, ex));
    }
    let gap = ex - ey;
    let scale = *POWERS.get(usize::try_from(gap.abs()).ok()?)?;
    let (x, y, e) = if gap > 0 {
        (x.checked_mul(scale)?, y, ey)
    } else {
        (x, y.checked_mul(scale)?, ex)
    };
    (x.abs() < limit * 10 && y.abs() < limit * 10).then_some((x, y, e))
}

/// The sum or difference of two short numbers, when it can be had exactly and then rounded.
#[inline]
pub(super) fn quick_sum(op: Op, a: &Value, b: &Value, near: &Near) -> Option<Value> {
    let (limit, settings) = (near.limit?, &near.settings);
    let sign = if op == Op::Sub { -1 } else { 1 };
    let (x, y, exponent) = aligned(a, b, limit)?;
    let y = sign * y;
    if x == 0 || y == 0 {
        // The other one as it is; aligned, it may have got zeros.
        let (v, e) = if y == 0 { a.parts()? } else { b.parts()? };
        let v = if y == 0 { v } else { sign * v };
        return rounded_value(v, e, limit, settings);
    }
    let sum = x + y;
    let size = sum.abs();
    // Digits count from the first one of the larger operand, also when the sum is shorter.
    let reach = size.max(x.abs()).max(y.abs());
    let (kept, cut) = match reach {
        _ if reach < limit => return rounded_value(sum, exponent, limit, settings),
        _ if size < limit * 10 => ((size + 5) / 10, 1),
        _ => ((size + 50) / 100, 2),
    };
    if size < 10 || (reach >= limit * 10) != (cut == 2) {
        return None;
    }
    let (kept, cut) = if kept >= limit {
        (kept / 10, cut + 1)
    } else {
        (kept, cut)
    };
    let kept = if sum < 0 { -kept } else { kept };
    rounded_value(kept, exponent + cut, limit, settings)
}

/// The value of a coefficient below `limit` and an exponent.
#[inline(always)]
fn rounded_value(v: i64, exponent: i64, limit: i64, settings: &Settings) -> Option<Value> {
    if exponent == 0 || v == 0 {
        return Some(Value::Int(v));
    }
    if let Some(scale) = usize::try_from(exponent).ok().and_then(|e| POWERS.get(e))
        && settings.form == Form::Scientific
    {
        let whole = v.checked_mul(*scale)?;
        return Some(if whole.abs() < limit {
            Value::Int(whole)
        } else {
            Value::Dec(Notation::Scientific, exponent as i16, v)
        });
    }
    Value::of_parts(v, exponent, settings)
}

/// How two short numbers compare, when that is seen at once; without FUZZ.
#[inline]
pub(super) fn quick_order(a: &Value, b: &Value, near: &Near) -> Option<Ordering> {
    let limit = near.limit.filter(|_| near.settings.fuzz == 0)?;
    let ((x, _), (y, _)) = (a.parts()?, b.parts()?);
    if x.signum() != y.signum() || x == 0 {
        return Some(x.cmp(&y));
    }
    let (x, y, _) = aligned(a, b, limit)?;
    // Where the difference would be rounded, a small one counts as none.
    let cut = x.abs() >= limit || y.abs() >= limit;
    (!cut || (x - y).abs() >= 10).then(|| x.cmp(&y))
}

/// The truth of a value: exactly `1` or `0`.
pub(super) fn truth(v: &Value) -> Option<bool> {
    match v {
        Value::Int(1) => Some(true),
        Value::Int(0) => Some(false),
        Value::Short(1, text) if text[0] == b'1' => Some(true),
        Value::Short(1, text) if text[0] == b'0' => Some(false),
        _ => None,
    }
}

#[inline]
fn holds(op: Op, order: Ordering) -> bool {
    match op {
        Op::Eq | Op::StrictEq => order == Ordering::Equal,
        Op::Ne | Op::StrictNe => order != Ordering::Equal,
        Op::Gt | Op::StrictGt => order == Ordering::Greater,
        Op::Lt | Op::StrictLt => order == Ordering::Less,
        Op::Ge | Op::StrictGe => order != Ordering::Less,
        _ => order != Ordering::Greater,
    }
}

/// The number of a value, if it is one; text that cannot be one is refused at its first character.
fn numeric(v: &Value) -> Option<Number> {
    let first = match v {
        Value::Int(_) | Value::Dec(..) => return v.number(),
        Value::Short(n, bytes) => bytes[..usize::from(*n)].iter(),
        Value::Long(long) => long.bytes().iter(),
        Value::Part(..) => return v.number(),
    };
    let first = first.copied().find(|b| *b != b' ' && *b != b'\t')?;
    if !first.is_ascii_digit() && !matches!(first, b'+' | b'-' | b'.') {
        return None;
    }
    v.number()
}

/// Without blanks at either end; `other` is one too.
fn stripped(mut b: &[u8], other: u8) -> &[u8] {
    while let [first, rest @ ..] = b
        && (*first == b' ' || *first == other)
    {
        b = rest;
    }
    while let [rest @ .., last] = b
        && (*last == b' ' || *last == other)
    {
        b = rest;
    }
    b
}

fn rank(b: u8, codepage: CodePage) -> u8 {
    codepage.code_of(b)
}

/// The order of two strings, byte by byte, as the code page has it.
fn ordered(a: &[u8], b: &[u8], codepage: CodePage) -> Ordering {
    if codepage == CodePage::Host {
        return a.cmp(b);
    }
    let both = |x: &[u8]| x.iter().map(|b| rank(*b, codepage)).collect::<Vec<u8>>();
    both(a).cmp(&both(b))
}

/// The same with the shorter one filled up with blanks.
fn padded_order(a: &[u8], b: &[u8], codepage: CodePage) -> Ordering {
    let n = a.len().min(b.len());
    let order = ordered(&a[..n], &b[..n], codepage);
    if order != Ordering::Equal {
        return order;
    }
    let blank = rank(b' ', codepage);
    let against = |rest: &[u8]| {
        rest.iter()
            .map(|x| rank(*x, codepage).cmp(&blank))
            .find(|o| *o != Ordering::Equal)
            .unwrap_or(Ordering::Equal)
    };
    if a.len() > n {
        against(&a[n..])
    } else {
        against(&b[n..]).reverse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::Random;
    use crate::rexx::{CallKind, Dialect, Invocation, compile};

    #[test]
    fn a_quick_sum_is_the_sum() {
        let mut vm = Vm::new(
            compile(b"", Dialect::Cms),
            Invocation {
                kind: CallKind::Command,
                args: Vec::new(),
                source: Vec::new(),
                name: Vec::new(),
                address: Vec::new(),
                clock: crate::base::clock::Clock::fixed(0),
                seed: 0,
                user: Vec::new(),
                codepage: CodePage::Host,
                storage: crate::rexx::STORAGE,
            },
        );
        let mut random = Random::seeded(5);
        let mut quick = 0;
        for _ in 0..200_000 {
            vm.settings.numeric.digits = random.between(1, 15) as u32;
            vm.settings_changed();
            let settings = vm.settings.numeric;
            let mut one = || {
                let length = random.between(1, 10) as u32;
                let coefficient = random.between(1, 10u64.pow(length) - 1);
                let exponent = random.between(0, 12) as i64 - 6;
                let n = Number::from_parts(random.between(0, 1) == 1, coefficient, exponent);
                Value::of_number(&n, &settings)
            };
            let (a, b) = (one(), one());
            for op in [Op::Add, Op::Sub] {
                let (Some(v), Some(x), Some(y)) =
                    (quick_sum(op, &a, &b, &vm.near), a.number(), b.number())
                else {
                    continue;
                };
                quick += 1;
                let sum = if op == Op::Add {
                    x.add(&y, &settings)
                } else {
                    x.sub(&y, &settings)
                };
                let sum = sum.map(|n| String::from_utf8(n.format(&settings)));
                assert_eq!(
                    Ok(String::from_utf8(v.to_vec())),
                    sum,
                    "{a:?} {op:?} {b:?} {settings:?}"
                );
            }
        }
        assert!(quick > 50_000, "{quick}");
    }
}
