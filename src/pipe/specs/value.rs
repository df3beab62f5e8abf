//! The values of expressions: exact decimal numbers of up to 31 digits, and strings.
//!
//! A number that fits a machine word, with its decimal point, is worked on as such; whatever does not goes the
//! general way of [`crate::num`], which gives the same results.

use std::cmp::Ordering;

use crate::base::msg::fpl;
use crate::num::{NumError, Number, Settings};
use crate::pipe::args::Fault;

/// How many digits a result has at most.
const DIGITS: u32 = 31;

/// The most digits after the point that a small number has.
const PLACES: u32 = 18;

/// The longest text that is taken for a number, without the blanks around it.
const LONGEST_NUMBER: usize = 255;

/// The longest string an expression makes, in bytes.
pub(super) const LONGEST: usize = 1 << 24;

/// The settings of the general way.
pub(super) fn settings() -> Settings {
    Settings::default().with_digits(DIGITS)
}

/// A number.
#[derive(Debug, Clone)]
pub(super) enum Num {
    /// `v` times ten to the power of minus `places`.
    Small { v: i64, places: u32 },
    /// Any other.
    Large(Number),
}

/// What an expression gives.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Num(Num),
    Text(Vec<u8>),
}

impl From<i64> for Num {
    fn from(v: i64) -> Num {
        Num::Small { v, places: 0 }
    }
}

impl From<i64> for Value {
    fn from(v: i64) -> Value {
        Value::Num(Num::from(v))
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Value {
        Value::from(i64::from(yes))
    }
}

impl From<Number> for Num {
    fn from(n: Number) -> Num {
        let Some((negative, v, exponent)) = n.parts() else {
            return Num::Large(n);
        };
        let small = i64::try_from(v).ok().and_then(|v| {
            let v = if negative { -v } else { v };
            match u32::try_from(-exponent) {
                Ok(places @ 0..=PLACES) => Some(small(v, places)),
                _ => None,
            }
        });
        small.unwrap_or(Num::Large(n))
    }
}

fn small(v: i64, places: u32) -> Num {
    // Zero has one form.
    let places = if v == 0 { 0 } else { places };
    Num::Small { v, places }
}

/// What went wrong in arithmetic, as a message.
pub(super) fn arithmetic(error: NumError) -> Fault {
    match error {
        NumError::DivideByZero => Fault::new(&fpl::FPLSPC668E, &[]),
        _ => Fault::new(&fpl::FPLSPC1039E, &[]),
    }
}

/// Both numbers with the same places after the point, where that is easy.
fn aligned(a: (i64, u32), b: (i64, u32)) -> Option<(i64, i64, u32)> {
    match a.1.cmp(&b.1) {
        Ordering::Equal => Some((a.0, b.0, a.1)),
        Ordering::Less => Some((a.0.checked_mul(10i64.pow(b.1 - a.1))?, b.0, b.1)),
        Ordering::Greater => Some((a.0, b.0.checked_mul(10i64.pow(a.1 - b.1))?, a.1)),
    }
}

type General = fn(&Number, &Number, &Settings) -> Result<Number, NumError>;

impl Num {
    /// The number that a text is; a text of blanks alone is zero.
    ///
    /// # Errors
    /// Message 1038.
    pub fn parse(text: &[u8]) -> Result<Num, Fault> {
        if let Some((v, places)) = parse_small(text) {
            return Ok(small(v, places));
        }
        if text.iter().all(|&b| b == b' ') {
            return Ok(Num::from(0));
        }
        let digits = super::eval::stripped(text);
        let number = match digits.len() {
            0..=LONGEST_NUMBER => Number::parse(digits),
            _ => None,
        };
        let bad = || {
            Fault::new(
                &fpl::FPLSPC1038E,
                &[&text[..text.len().min(LONGEST_NUMBER)]],
            )
        };
        number.map(Num::from).ok_or_else(bad)
    }

    /// The digits and the places after the point of the number that a text is, where that is easy.
    pub fn quick(text: &[u8]) -> Option<(i64, u32)> {
        parse_small(text)
    }

    /// Adds a number, given by its digits and places, where that is easy; whether it was.
    pub fn add_quick(&mut self, by: (i64, u32)) -> bool {
        let Num::Small { v, places } = self else {
            return false;
        };
        let Some((a, b, common)) = aligned((*v, *places), by) else {
            return false;
        };
        match a.checked_add(b) {
            Some(sum) => {
                *v = sum;
                *places = if sum == 0 { 0 } else { common };
                true
            }
            None => false,
        }
    }

    /// The number in its general form.
    pub fn number(&self) -> Number {
        match self {
            Num::Small { v, places } => {
                Number::from_parts(*v < 0, v.unsigned_abs(), -i64::from(*places))
            }
            Num::Large(n) => n.clone(),
        }
    }

    fn generally(&self, other: &Num, f: General) -> Result<Num, Fault> {
        let result = f(&self.number(), &other.number(), &settings());
        result.map(Num::from).map_err(arithmetic)
    }

    fn pair(&self, other: &Num) -> Option<((i64, u32), (i64, u32))> {
        match (self, other) {
            (Num::Small { v: a, places: p }, Num::Small { v: b, places: q }) => {
                Some(((*a, *p), (*b, *q)))
            }
            _ => None,
        }
    }

    /// `self + other`.
    ///
    /// # Errors
    /// Message 1039, as for all results that are out of range.
    pub fn add(&self, other: &Num) -> Result<Num, Fault> {
        let easy = |(a, b)| {
            let (a, b, places) = aligned(a, b)?;
            Some(small(a.checked_add(b)?, places))
        };
        match self.pair(other).and_then(easy) {
            Some(sum) => Ok(sum),
            None => self.generally(other, Number::add),
        }
    }

    /// `self - other`.
    ///
    /// # Errors
    /// Message 1039.
    pub fn sub(&self, other: &Num) -> Result<Num, Fault> {
        let easy = |(a, b)| {
            let (a, b, places) = aligned(a, b)?;
            Some(small(a.checked_sub(b)?, places))
        };
        match self.pair(other).and_then(easy) {
            Some(difference) => Ok(difference),
            None => self.generally(other, Number::sub),
        }
    }

    /// `self * other`.
    ///
    /// # Errors
    /// Message 1039.
    pub fn mul(&self, other: &Num) -> Result<Num, Fault> {
        let easy = |((a, p), (b, q)): ((i64, u32), (i64, u32))| {
            (p + q <= PLACES).then_some(small(a.checked_mul(b)?, p + q))
        };
        match self.pair(other).and_then(easy) {
            Some(product) => Ok(product),
            None => self.generally(other, Number::mul),
        }
    }

    /// `self / other`.
    ///
    /// # Errors
    /// 1039, 668 division by zero.
    pub fn div(&self, other: &Num) -> Result<Num, Fault> {
        match self.pair(other) {
            Some(((a, 0), (b, 0))) if b != 0 && a.checked_rem(b) == Some(0) => Ok(Num::from(a / b)),
            _ => self.generally(other, Number::div),
        }
    }

    /// `self % other`, the whole quotient.
    ///
    /// # Errors
    /// 1039, 668 division by zero.
    pub fn int_div(&self, other: &Num) -> Result<Num, Fault> {
        match self
            .pair(other)
            .map(|((a, p), (b, q))| (p | q, a.checked_div(b)))
        {
            Some((0, Some(quotient))) => Ok(Num::from(quotient)),
            _ => self.generally(other, Number::int_div),
        }
    }

    /// `self // other`, the remainder.
    ///
    /// # Errors
    /// 1039, 668 division by zero.
    pub fn rem(&self, other: &Num) -> Result<Num, Fault> {
        match self
            .pair(other)
            .map(|((a, p), (b, q))| (p | q, a.checked_rem(b)))
        {
            Some((0, Some(remainder))) => Ok(Num::from(remainder)),
            _ => self.generally(other, Number::rem),
        }
    }

    /// `self ** other`.
    ///
    /// # Errors
    /// 1039.
    pub fn pow(&self, other: &Num) -> Result<Num, Fault> {
        self.generally(other, Number::pow)
    }

    /// `-self`.
    ///
    /// # Errors
    /// 1039.
    pub fn negated(&self) -> Result<Num, Fault> {
        Num::from(0).sub(self)
    }

    /// How two numbers compare.
    pub fn compare(&self, other: &Num) -> Ordering {
        match self.pair(other).and_then(|(a, b)| aligned(a, b)) {
            Some((a, b, _)) => a.cmp(&b),
            None => self.number().compare(&other.number(), &settings()),
        }
    }

    /// Whether the number is not zero.
    pub fn is_true(&self) -> bool {
        match self {
            Num::Small { v, .. } => *v != 0,
            Num::Large(n) => !n.is_zero(),
        }
    }

    /// The value as a machine integer, if it is whole and fits.
    pub fn whole(&self) -> Option<i64> {
        match self {
            Num::Small { v, places: 0 } => Some(*v),
            other => other.number().to_i64(),
        }
    }

    /// Appends the number's text.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Num::Small { v, places } => write_small(*v, *places, out),
            Num::Large(n) => n.write(&settings(), out),
        }
    }
}

/// A number of up to eighteen digits without exponent, with blanks around it.
fn parse_small(text: &[u8]) -> Option<(i64, u32)> {
    let start = text.iter().position(|&b| b != b' ')?;
    let mut rest = &text[start..];
    let negative = match rest[0] {
        b'-' => true,
        b'+' => false,
        _ => {
            return digits(rest, false);
        }
    };
    rest = &rest[1..];
    digits(rest, negative)
}

fn digits(text: &[u8], negative: bool) -> Option<(i64, u32)> {
    let mut v = 0i64;
    let mut count = 0;
    let mut point = None;
    for (at, &b) in text.iter().enumerate() {
        match b {
            b'0'..=b'9' if count < 18 => {
                v = v * 10 + i64::from(b - b'0');
                count += 1;
            }
            b'.' if point.is_none() => point = Some(count),
            b' ' if text[at..].iter().all(|&b| b == b' ') => break,
            _ => return None,
        }
    }
    if count == 0 {
        return None;
    }
    let places = count - point.unwrap_or(count);
    // Zero has one form.
    let places = if v == 0 { 0 } else { places };
    Some((if negative { -v } else { v }, places))
}

fn write_small(v: i64, places: u32, out: &mut Vec<u8>) {
    if v < 0 {
        out.push(b'-');
    }
    let mut room = [b'0'; 40];
    let mut at = room.len();
    let mut left = v.unsigned_abs();
    let places = usize::try_from(places).unwrap_or(0);
    let least = if places == 0 { 1 } else { places + 2 };
    let mut written = 0;
    while left > 0 || written < least {
        at -= 1;
        if places > 0 && written == places {
            room[at] = b'.';
        } else {
            room[at] = b'0' + u8::try_from(left % 10).unwrap_or(0);
            left /= 10;
        }
        written += 1;
    }
    out.extend_from_slice(&room[at..]);
}

impl Value {
    /// The value as a number.
    ///
    /// # Errors
    /// Message 1038.
    pub fn num(&self) -> Result<Num, Fault> {
        match self {
            Value::Num(n) => Ok(n.clone()),
            Value::Text(text) => Num::parse(text),
        }
    }

    /// The value as text.
    pub fn into_text(self) -> Vec<u8> {
        match self {
            Value::Text(text) => text,
            Value::Num(n) => {
                let mut out = Vec::with_capacity(24);
                n.write(&mut out);
                out
            }
        }
    }

    /// Appends the value's text.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Value::Text(text) => out.extend_from_slice(text),
            Value::Num(n) => n.write(out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(n: &Num) -> String {
        let mut out = Vec::new();
        n.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_are_read_and_written() {
        for (given, shows) in [
            ("", "0"),
            ("  ", "0"),
            (" 12 ", "12"),
            ("-0.50", "-0.50"),
            (".5", "0.5"),
            ("5.", "5"),
            ("0.00", "0"),
            ("+ 7", "7"),
            ("1e3", "1000"),
            ("000000000000000000012", "12"),
            (
                "123456789012345678901234567890.5",
                "123456789012345678901234567890.5",
            ),
            ("0.000000000000000001", "0.000000000000000001"),
        ] {
            assert_eq!(
                text(&Num::parse(given.as_bytes()).unwrap()),
                shows,
                "{given:?}"
            );
        }
        let long = "1".repeat(LONGEST_NUMBER + 1);
        for bad in ["x", "1 2", "1.2.3", ".", "-", "- -1", "1-", &long] {
            assert!(Num::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert_eq!(
            text(&Num::parse(&long.as_bytes()[..40]).unwrap()).len(),
            "1.111111111111111111111111111111E+39".len()
        );
    }

    proptest! {
        #[test]
        fn the_small_way_is_the_general_way(
            a in prop_oneof![any::<i64>(), -1000i64..1000], p in 0u32..=18,
            b in prop_oneof![any::<i64>(), -1000i64..1000], q in 0u32..=18,
        ) {
            let (x, y) = (small(a, p), small(b, q));
            let large = |n: &Num| Num::Large(n.number());
            type Op = fn(&Num, &Num) -> Result<Num, Fault>;
            let ops: [Op; 6] = [Num::add, Num::sub, Num::mul, Num::div, Num::int_div, Num::rem];
            for op in ops {
                let fast = op(&x, &y).map(|n| text(&n));
                let slow = op(&large(&x), &large(&y)).map(|n| text(&n));
                prop_assert_eq!(fast, slow);
            }
            prop_assert_eq!(x.compare(&y), large(&x).compare(&large(&y)));
            prop_assert_eq!(text(&x), text(&large(&x)));
        }
    }
}
