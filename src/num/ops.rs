//! Addition, subtraction, multiplication, the three divisions and comparison (ANSI X3.274 section
//! 7.4.10, routines Prepare, AddSubComp, Multiply, DivType and PostOp).

use std::borrow::Cow;
use std::cmp::Ordering;

use super::large;
use super::limbs::{self, Limbs};
use super::number::{POW10, WORD, round_limbs, round_wide, wide_digits, word_digits};
use super::{NumError, Number, Settings};

/// NUMERIC DIGITS up to which operands and working results fit machine words.
pub(super) const WORD_DIGITS: u32 = WORD - 1;

/// Which result a whole division is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Want {
    Quotient,
    Remainder,
}

impl Number {
    /// `self + other`.
    ///
    /// # Errors
    /// Overflow or underflow.
    pub fn add(&self, other: &Number, settings: &Settings) -> Result<Number, NumError> {
        sum(
            self,
            other,
            other.negative,
            settings.digits,
            settings.digits,
        )
        .finish()
    }

    /// `self - other`.
    ///
    /// # Errors
    /// Overflow or underflow.
    pub fn sub(&self, other: &Number, settings: &Settings) -> Result<Number, NumError> {
        sum(
            self,
            other,
            !other.negative,
            settings.digits,
            settings.digits,
        )
        .finish()
    }

    /// `self * other`.
    ///
    /// # Errors
    /// Overflow or underflow.
    pub fn mul(&self, other: &Number, settings: &Settings) -> Result<Number, NumError> {
        let digits = settings.digits;
        let negative = self.negative != other.negative;
        if digits <= WORD_DIGITS {
            let (a, e1) = self.cut_word(digits);
            let (b, e2) = other.cut_word(digits);
            let exact = match a.checked_mul(b) {
                Some(v) => u128::from(v),
                None => u128::from(a) * u128::from(b),
            };
            let (v, e) = round_wide(exact, e1 + e2, digits);
            return Number::word(negative, v, e).finish();
        }
        let (a, e1) = self.cut_limbs(digits);
        let (b, e2) = other.cut_limbs(digits);
        large::bounded(a.len(), b.len())?;
        let (v, e) = shorten(limbs::mul(&a, &b), e1 + e2, digits);
        Number::long(negative, v, e).finish()
    }

    /// `self / other`, zeros at the end removed.
    ///
    /// # Errors
    /// Division by zero, overflow or underflow.
    pub fn div(&self, other: &Number, settings: &Settings) -> Result<Number, NumError> {
        if other.is_zero() {
            return Err(NumError::DivideByZero);
        }
        if self.is_zero() {
            return Ok(Number::ZERO);
        }
        let digits = settings.digits;
        let negative = self.negative != other.negative;
        let quotient = if digits <= WORD_DIGITS {
            divide_words(
                self.cut_word(digits),
                other.cut_word(digits),
                digits,
                negative,
            )
        } else {
            divide_limbs(
                self.cut_limbs(digits),
                other.cut_limbs(digits),
                digits,
                negative,
            )?
        };
        quotient.without_trailing_zeros().finish()
    }

    /// `self % other`: the whole part of the quotient.
    ///
    /// # Errors
    /// Division by zero; a quotient of more than DIGITS digits.
    pub fn int_div(&self, other: &Number, settings: &Settings) -> Result<Number, NumError> {
        whole_division(self, other, settings.digits, Want::Quotient)
    }

    /// `self // other`: what remains of `self`, with its sign.
    ///
    /// # Errors
    /// Division by zero; a quotient of more than DIGITS digits.
    pub fn rem(&self, other: &Number, settings: &Settings) -> Result<Number, NumError> {
        whole_division(self, other, settings.digits, Want::Remainder)
    }

    /// How `self` compares with `other`: the sign of their difference at DIGITS less FUZZ.
    pub fn compare(&self, other: &Number, settings: &Settings) -> Ordering {
        let sign = |n: &Number| match (n.is_zero(), n.negative) {
            (true, _) => 0,
            (_, true) => -1,
            (_, false) => 1,
        };
        let (a, b) = (sign(self), sign(other));
        if a != b || a == 0 {
            return a.cmp(&b);
        }
        let now = settings.digits.saturating_sub(settings.fuzz).max(1);
        let difference = sum(self, other, !other.negative, settings.digits, now);
        sign(&difference).cmp(&0)
    }

    /// The same value with no zeros at the end of the coefficient.
    #[must_use]
    pub fn without_trailing_zeros(self) -> Number {
        use super::number::Coefficient;
        match self.coefficient {
            Coefficient::Word(0) => Number::ZERO,
            Coefficient::Word(mut v) => {
                let mut exponent = self.exponent;
                while v % 1000 == 0 {
                    v /= 1000;
                    exponent += 3;
                }
                while v % 10 == 0 {
                    v /= 10;
                    exponent += 1;
                }
                Number::word(self.negative, v, exponent)
            }
            Coefficient::Long(v) => {
                let zeros = limbs::trailing_zeros(&v);
                if zeros == 0 {
                    return Number::long(self.negative, v, self.exponent);
                }
                let kept = limbs::shift_right(&v, zeros);
                Number::long(self.negative, kept, self.exponent + zeros as i64)
            }
        }
    }
}

/// Rounds limbs, without a copy when there is nothing to drop.
fn shorten(v: Limbs, exponent: i64, digits: u32) -> (Limbs, i64) {
    if limbs::digits(&v) <= digits as usize {
        return (v, exponent);
    }
    round_limbs(&v, exponent, digits)
}

/// `a` plus `b` with the sign given for it, operands cut to `digits` + 1, the work done to `now` + 1.
fn sum(a: &Number, b: &Number, b_negative: bool, digits: u32, now: u32) -> Number {
    if b.is_zero() {
        return a.rounded(digits).into_owned();
    }
    if a.is_zero() {
        let mut n = b.rounded(digits).into_owned();
        n.negative = b_negative;
        return n;
    }
    if digits <= WORD_DIGITS {
        sum_words(a, b, b_negative, digits, now)
    } else {
        sum_limbs(a, b, b_negative, digits, now)
    }
}

fn sum_words(a: &Number, b: &Number, b_negative: bool, digits: u32, now: u32) -> Number {
    let (x, e1) = a.cut_word(digits);
    let (y, e2) = b.cut_word(digits);
    let full = POW10[now as usize];
    if e1 == e2 && x < full && y < full {
        let (v, negative) = combine_words((x, a.negative), (y, b_negative));
        if v < u128::from(full) {
            return zero_or(Number::word(negative, v as u64, e1));
        }
    }
    let top = (e1 + i64::from(word_digits(x))).max(e2 + i64::from(word_digits(y)));
    let low = e1.min(e2).max(top - i64::from(now) - 1);
    let x = align_word(x, e1 - low);
    let y = align_word(y, e2 - low);
    let (v, negative) = combine_words((x, a.negative), (y, b_negative));
    let length = i64::from(wide_digits(v));
    let drop = (top - low).max(length) - i64::from(now);
    if drop <= 0 {
        return zero_or(Number::word(negative, v as u64, low));
    }
    if length <= drop {
        return Number::ZERO;
    }
    let p = POW10[drop as usize];
    let mut kept = match u64::try_from(v) {
        Ok(v) if v < u64::MAX / 2 => (v + p / 2) / p,
        _ => ((v + u128::from(p / 2)) / u128::from(p)) as u64,
    };
    let mut exponent = low + drop;
    if kept >= full {
        kept /= 10;
        exponent += 1;
    }
    zero_or(Number::word(negative, kept, exponent))
}

fn zero_or(n: Number) -> Number {
    if n.is_zero() { Number::ZERO } else { n }
}

/// Moves a coefficient by `places` to the left, or to the right when negative.
fn align_word(v: u64, places: i64) -> u64 {
    match usize::try_from(places) {
        Ok(up) => v * POW10[up],
        Err(_) => usize::try_from(-places)
            .ok()
            .and_then(|down| POW10.get(down))
            .map_or(0, |p| v / p),
    }
}

fn combine_words(a: (u64, bool), b: (u64, bool)) -> (u128, bool) {
    if a.1 == b.1 {
        return (u128::from(a.0) + u128::from(b.0), a.1);
    }
    if a.0 >= b.0 {
        (u128::from(a.0 - b.0), a.1)
    } else {
        (u128::from(b.0 - a.0), b.1)
    }
}

fn sum_limbs(a: &Number, b: &Number, b_negative: bool, digits: u32, now: u32) -> Number {
    let (x, e1) = a.cut_limbs(digits);
    let (y, e2) = b.cut_limbs(digits);
    let top = (e1 + limbs::digits(&x) as i64).max(e2 + limbs::digits(&y) as i64);
    let low = e1.min(e2).max(top - i64::from(now) - 1);
    let x = align_limbs(x, e1 - low);
    let y = align_limbs(y, e2 - low);
    let (v, negative) = match (a.negative == b_negative, limbs::compare(&x, &y)) {
        (true, _) => (limbs::add(&x, &y), a.negative),
        (false, Ordering::Less) => (limbs::sub(&y, &x), b_negative),
        (false, _) => (limbs::sub(&x, &y), a.negative),
    };
    let length = limbs::digits(&v) as i64;
    let drop = (top - low).max(length) - i64::from(now);
    if drop <= 0 {
        return zero_or(Number::long(negative, v, low));
    }
    if length <= drop {
        return Number::ZERO;
    }
    let kept = u32::try_from(length - drop).unwrap_or(now);
    // The carry of rounding may keep one digit more than `kept`, as long as `now` allows it.
    let mut exponent = low + drop;
    let places = usize::try_from(drop).unwrap_or(0);
    let mut kept_limbs = limbs::shift_right(&v, places);
    if limbs::digit_at(&v, places - 1) >= 5 {
        limbs::increment(&mut kept_limbs);
        if kept == now && limbs::digits(&kept_limbs) > now as usize {
            kept_limbs = limbs::shift_right(&kept_limbs, 1);
            exponent += 1;
        }
    }
    zero_or(Number::long(negative, kept_limbs, exponent))
}

fn align_limbs(v: Cow<'_, [u32]>, places: i64) -> Cow<'_, [u32]> {
    if places == 0 {
        return v;
    }
    let by = usize::try_from(places.unsigned_abs()).unwrap_or(usize::MAX);
    if places > 0 {
        Cow::Owned(limbs::shift_left(&v, by))
    } else {
        Cow::Owned(limbs::shift_right(&v, by))
    }
}

/// The quotient of words to `digits` digits: the dividend is scaled so that at least one digit more
/// than wanted comes out.
fn divide_words(a: (u64, i64), b: (u64, i64), digits: u32, negative: bool) -> Number {
    let scale = (digits + 1 + word_digits(b.0)).saturating_sub(word_digits(a.0));
    let e = a.1 - b.1 - i64::from(scale);
    let narrow = POW10.get(scale as usize).and_then(|p| a.0.checked_mul(*p));
    let quotient = match narrow {
        Some(v) => u128::from(v / b.0),
        None => u128::from(a.0) * 10u128.pow(scale) / u128::from(b.0),
    };
    let (v, e) = round_wide(quotient, e, digits);
    Number::word(negative, v, e)
}

fn divide_limbs(
    a: (Cow<'_, [u32]>, i64),
    b: (Cow<'_, [u32]>, i64),
    digits: u32,
    negative: bool,
) -> Result<Number, NumError> {
    let wanted = digits as usize + 1 + limbs::digits(&b.0);
    large::bounded((digits as usize).max(limbs::digits(&a.0)) / 9, b.0.len())?;
    let scale = wanted.saturating_sub(limbs::digits(&a.0));
    let (v, _) = limbs::div_rem(&limbs::shift_left(&a.0, scale), &b.0);
    let (v, e) = shorten(v, a.1 - b.1 - scale as i64, digits);
    Ok(Number::long(negative, v, e))
}

fn whole_division(a: &Number, b: &Number, digits: u32, want: Want) -> Result<Number, NumError> {
    if b.is_zero() {
        return Err(NumError::DivideByZero);
    }
    if a.is_zero() {
        return Ok(Number::ZERO);
    }
    let too_long = match want {
        Want::Quotient => NumError::QuotientTooLong,
        Want::Remainder => NumError::RemainderTooLong,
    };
    let (x, e1) = a.cut_limbs_or_word(digits);
    let (y, e2) = b.cut_limbs_or_word(digits);
    // One less than the digits of the quotient, or exactly that many.
    let least = x.digits() - y.digits() + e1 - e2;
    if least < 0 {
        return match want {
            Want::Quotient => Ok(Number::ZERO),
            Want::Remainder => a.rounded(digits).into_owned().finish(),
        };
    }
    if least > i64::from(digits) {
        return Err(too_long);
    }
    let up = |by: i64| usize::try_from(by).unwrap_or(0);
    let (quotient, rest) = match (x, y) {
        (Cut::Word(x), Cut::Word(y)) => {
            let x = u128::from(x) * 10u128.pow(up(e1 - e2) as u32);
            let y = u128::from(y) * 10u128.pow(up(e2 - e1) as u32);
            let (q, r) = match (u64::try_from(x), u64::try_from(y)) {
                (Ok(x), Ok(y)) => (u128::from(x / y), u128::from(x % y)),
                _ => (x / y, x % y),
            };
            (Magnitude::Wide(q), Magnitude::Wide(r))
        }
        (x, y) => {
            let x = limbs::shift_left(&x.into_limbs(), up(e1 - e2));
            let y = limbs::shift_left(&y.into_limbs(), up(e2 - e1));
            large::bounded(x.len().saturating_sub(y.len()), y.len())?;
            let (q, r) = limbs::div_rem(&x, &y);
            (Magnitude::Long(q), Magnitude::Long(r))
        }
    };
    if quotient.digits() > i64::from(digits) {
        return Err(too_long);
    }
    match want {
        Want::Quotient => quotient.number(a.negative != b.negative, 0, digits),
        Want::Remainder if quotient.is_zero() => a.rounded(digits).into_owned().finish(),
        Want::Remainder => rest.number(a.negative, e1.min(e2), digits),
    }
}

/// An operand cut to DIGITS + 1 digits.
enum Cut<'a> {
    Word(u64),
    Long(Cow<'a, [u32]>),
}

impl<'a> Cut<'a> {
    fn digits(&self) -> i64 {
        match self {
            Cut::Word(v) => i64::from(word_digits(*v)),
            Cut::Long(v) => limbs::digits(v) as i64,
        }
    }

    fn into_limbs(self) -> Cow<'a, [u32]> {
        match self {
            Cut::Word(v) => Cow::Owned(limbs::from_u128(u128::from(v))),
            Cut::Long(v) => v,
        }
    }
}

/// A magnitude that a whole division gives.
enum Magnitude {
    Wide(u128),
    Long(Limbs),
}

impl Magnitude {
    fn is_zero(&self) -> bool {
        match self {
            Magnitude::Wide(v) => *v == 0,
            Magnitude::Long(v) => v.is_empty(),
        }
    }

    fn digits(&self) -> i64 {
        match self {
            Magnitude::Wide(0) => 0,
            Magnitude::Wide(v) => i64::from(wide_digits(*v)),
            Magnitude::Long(v) => limbs::digits(v) as i64,
        }
    }

    fn number(self, negative: bool, exponent: i64, digits: u32) -> Result<Number, NumError> {
        let n = match self {
            Magnitude::Wide(v) => {
                let (v, e) = round_wide(v, exponent, digits);
                Number::word(negative, v, e)
            }
            Magnitude::Long(v) => {
                let (v, e) = shorten(v, exponent, digits);
                Number::long(negative, v, e)
            }
        };
        n.finish()
    }
}

impl Number {
    fn cut_limbs_or_word(&self, digits: u32) -> (Cut<'_>, i64) {
        if digits <= WORD_DIGITS {
            let (v, e) = self.cut_word(digits);
            return (Cut::Word(v), e);
        }
        let (v, e) = self.cut_limbs(digits);
        (Cut::Long(v), e)
    }
}
