//! The decimal number itself: sign, coefficient, exponent, and the ways in and out of it.

use std::borrow::Cow;

use super::large;
use super::limbs::{self, Limbs};
use super::{EXPONENT_LIMIT, NumError, Settings};

/// The longest coefficient, in digits, that is kept in a machine word.
pub(super) const WORD: u32 = 19;

/// Ten to the power of 0 to 19.
pub(super) const POW10: [u64; 20] = {
    let mut table = [1u64; 20];
    let mut i = 1;
    while i < 20 {
        table[i] = table[i - 1] * 10;
        i += 1;
    }
    table
};

/// An exact decimal number: a coefficient of any length times a power of ten. Zeros at the end of the
/// coefficient count: 1.50 and 1.5 are equal but print differently.
#[derive(Debug, Clone)]
pub struct Number {
    pub(super) negative: bool,
    pub(super) exponent: i64,
    pub(super) coefficient: Coefficient,
}

/// The digits of a number.
#[derive(Debug, Clone)]
pub(super) enum Coefficient {
    /// Below 10^19.
    Word(u64),
    /// 10^19 or more.
    Long(Limbs),
}

/// Why a text is not a number that can be worked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// It is not written as a number.
    #[error("not a number")]
    NotNumber,
    /// It is written as a number, but its exponent has more than nine digits (error 41.7).
    #[error("the exponent is out of range")]
    OutOfRange,
}

/// How many decimal digits `v` has; 1 for zero.
#[inline]
pub(super) fn word_digits(v: u64) -> u32 {
    v.checked_ilog10().unwrap_or(0) + 1
}

/// How many decimal digits `v` has; 1 for zero.
#[inline]
pub(super) fn wide_digits(v: u128) -> u32 {
    u64::try_from(v).map_or_else(|_| v.ilog10() + 1, word_digits)
}

impl Number {
    /// The number 0.
    pub const ZERO: Number = Number::word(false, 0, 0);
    /// The number 1.
    pub const ONE: Number = Number::word(false, 1, 0);

    pub(super) const fn word(negative: bool, coefficient: u64, exponent: i64) -> Number {
        Number {
            negative,
            exponent,
            coefficient: Coefficient::Word(coefficient),
        }
    }

    /// A number of limbs; short ones become a word.
    pub(super) fn long(negative: bool, coefficient: Limbs, exponent: i64) -> Number {
        let coefficient = match limbs::to_u64(&coefficient) {
            Some(v) => Coefficient::Word(v),
            None => Coefficient::Long(coefficient),
        };
        Number {
            negative,
            exponent,
            coefficient,
        }
    }

    /// The number of a sign, a coefficient below 10^19 and an exponent.
    pub const fn from_parts(negative: bool, coefficient: u64, exponent: i64) -> Number {
        Number::word(negative, coefficient, exponent)
    }

    /// Sign, coefficient and exponent when the coefficient fits in a word.
    pub const fn parts(&self) -> Option<(bool, u64, i64)> {
        match &self.coefficient {
            Coefficient::Word(v) => Some((self.negative, *v, self.exponent)),
            Coefficient::Long(_) => None,
        }
    }

    /// Whether the number is zero.
    pub fn is_zero(&self) -> bool {
        matches!(self.coefficient, Coefficient::Word(0))
    }

    /// Whether the number is below zero.
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// How many digits the coefficient has; 1 for zero.
    pub(super) fn length(&self) -> i64 {
        match &self.coefficient {
            Coefficient::Word(v) => i64::from(word_digits(*v)),
            Coefficient::Long(v) => limbs::digits(v) as i64,
        }
    }

    /// The coefficient as limbs.
    pub(super) fn limbs(&self) -> Cow<'_, [u32]> {
        match &self.coefficient {
            Coefficient::Word(v) => Cow::Owned(limbs::from_u128(u128::from(*v))),
            Coefficient::Long(v) => Cow::Borrowed(v),
        }
    }

    /// The ASCII digits of the coefficient, appended to `out`.
    pub(super) fn write_coefficient(&self, out: &mut Vec<u8>) {
        match &self.coefficient {
            Coefficient::Word(v) => {
                let mut room = [0; 20];
                let mut at = room.len();
                let mut left = *v;
                loop {
                    at -= 1;
                    room[at] = b'0' + (left % 10) as u8;
                    left /= 10;
                    if left == 0 {
                        break;
                    }
                }
                out.extend_from_slice(&room[at..]);
            }
            Coefficient::Long(v) => limbs::write_digits(v, out),
        }
    }

    /// The coefficient cut to its first `digits` + 1 digits, as operands are before an operation.
    /// For `digits` up to 18.
    pub(super) fn cut_word(&self, digits: u32) -> (u64, i64) {
        match &self.coefficient {
            Coefficient::Word(v) => {
                if *v < POW10[digits as usize] {
                    return (*v, self.exponent);
                }
                let drop = word_digits(*v).saturating_sub(digits + 1);
                (*v / POW10[drop as usize], self.exponent + i64::from(drop))
            }
            Coefficient::Long(v) => {
                let drop = limbs::digits(v).saturating_sub(digits as usize + 1);
                let kept = limbs::shift_right(v, drop);
                (
                    limbs::to_u64(&kept).unwrap_or(u64::MAX),
                    self.exponent + drop as i64,
                )
            }
        }
    }

    /// The coefficient cut to its first `digits` + 1 digits.
    pub(super) fn cut_limbs(&self, digits: u32) -> (Cow<'_, [u32]>, i64) {
        let all = self.limbs();
        let drop = limbs::digits(&all).saturating_sub(digits as usize + 1);
        if drop == 0 {
            return (all, self.exponent);
        }
        (
            Cow::Owned(limbs::shift_right(&all, drop)),
            self.exponent + drop as i64,
        )
    }

    /// Checks the exponent of a result, and gives zero its only form.
    pub(super) fn finish(self) -> Result<Number, NumError> {
        if self.is_zero() {
            return Ok(Number::ZERO);
        }
        // Only a number far from the middle is worth counting digits for.
        if self.exponent.unsigned_abs() < 400_000_000
            && matches!(self.coefficient, Coefficient::Word(_))
        {
            return Ok(self);
        }
        let adjusted = self.exponent + self.length() - 1;
        if adjusted > EXPONENT_LIMIT {
            return Err(NumError::Overflow);
        }
        if adjusted < -EXPONENT_LIMIT {
            return Err(NumError::Underflow);
        }
        Ok(self)
    }

    /// The number rounded half up to `digits` digits; exact when it is no longer than that.
    pub fn rounded(&self, digits: u32) -> Cow<'_, Number> {
        match &self.coefficient {
            Coefficient::Word(v) => {
                if digits >= WORD || *v < POW10[digits as usize] {
                    return Cow::Borrowed(self);
                }
                let (v, e) = round_wide(u128::from(*v), self.exponent, digits);
                Cow::Owned(Number::word(self.negative, v, e))
            }
            Coefficient::Long(v) => {
                if limbs::digits(v) <= digits as usize {
                    return Cow::Borrowed(self);
                }
                let (v, e) = round_limbs(v, self.exponent, digits);
                Cow::Owned(Number::long(self.negative, v, e))
            }
        }
    }

    /// `+x`: the number rounded to DIGITS.
    ///
    /// # Errors
    /// Overflow, when rounding takes the exponent past its limit.
    pub fn plus(&self, settings: &Settings) -> Result<Number, NumError> {
        self.rounded(settings.digits).into_owned().finish()
    }

    /// `-x`.
    ///
    /// # Errors
    /// As [`Number::plus`].
    pub fn minus(&self, settings: &Settings) -> Result<Number, NumError> {
        let mut n = self.plus(settings)?;
        n.negative = !n.negative && !n.is_zero();
        Ok(n)
    }

    /// The number without its sign.
    #[must_use]
    pub fn abs(mut self) -> Number {
        self.negative = false;
        self
    }

    /// Whether this is a whole number under the settings: no fraction, and printed without an exponent.
    pub fn is_whole(&self, settings: &Settings) -> bool {
        if self.exponent + self.length() > i64::from(settings.digits) {
            return self.is_zero();
        }
        self.has_no_fraction()
    }

    fn has_no_fraction(&self) -> bool {
        if self.exponent >= 0 || self.is_zero() {
            return true;
        }
        let Ok(places) = usize::try_from(-self.exponent) else {
            return false;
        };
        match &self.coefficient {
            Coefficient::Word(v) => POW10.get(places).is_some_and(|p| v % p == 0),
            Coefficient::Long(v) => limbs::trailing_zeros(v) >= places,
        }
    }

    /// The value as a machine integer, if it is whole under the settings and fits.
    pub fn whole(&self, settings: &Settings) -> Option<i64> {
        if !self.is_whole(settings) {
            return None;
        }
        self.to_i64()
    }

    /// The value as a machine integer, if it has no fraction and fits.
    pub fn to_i64(&self) -> Option<i64> {
        if !self.has_no_fraction() {
            return None;
        }
        let v = match &self.coefficient {
            Coefficient::Word(v) => *v,
            Coefficient::Long(v) => {
                let places = usize::try_from(-self.exponent).ok()?;
                let v = limbs::to_u64(&limbs::shift_right(v, places))?;
                return signed(v, self.negative);
            }
        };
        let places = usize::try_from(self.exponent.unsigned_abs()).ok()?;
        let power = POW10.get(places);
        let v = match power {
            _ if v == 0 => 0,
            Some(p) if self.exponent >= 0 => v.checked_mul(*p)?,
            Some(p) => v / p,
            None => return None,
        };
        signed(v, self.negative)
    }

    /// The whole part, without sign, as limbs of base 10^9, and whether the number was whole. For
    /// conversions to other bases; the caller has checked that the exponent is sane.
    pub(super) fn whole_limbs(&self) -> Limbs {
        let all = self.limbs();
        let places = usize::try_from(self.exponent.unsigned_abs()).unwrap_or(usize::MAX);
        if self.exponent >= 0 {
            limbs::shift_left(&all, places)
        } else {
            limbs::shift_right(&all, places)
        }
    }

    /// The bytes of the magnitude of a whole number, most significant first, at least one.
    ///
    /// # Errors
    /// Too many digits to be worked with.
    pub fn magnitude_bytes(&self) -> Result<Vec<u8>, NumError> {
        let length = usize::try_from(self.exponent + self.length()).unwrap_or(0);
        large::bounded_plain(length / 9, length / 9)?;
        let mut left = self.whole_limbs();
        let mut out = Vec::new();
        while !left.is_empty() {
            // Three bytes a turn.
            let rest = limbs::div_limb(&mut left, 1 << 24);
            out.extend_from_slice(&rest.to_le_bytes()[..3]);
        }
        while out.len() > 1 && out.last() == Some(&0) {
            out.pop();
        }
        if out.is_empty() {
            out.push(0);
        }
        out.reverse();
        Ok(out)
    }

    /// The whole number whose magnitude has these bytes, most significant first.
    ///
    /// # Errors
    /// Too many bytes to be worked with.
    pub fn from_magnitude(negative: bool, bytes: &[u8]) -> Result<Number, NumError> {
        large::bounded_plain(bytes.len() / 3, bytes.len() / 4)?;
        let mut v = Limbs::new();
        for chunk in bytes.chunks(3) {
            let by = 1 << (8 * chunk.len());
            let more = chunk.iter().fold(0u32, |n, b| n << 8 | u32::from(*b));
            v = limbs::add(&limbs::mul(&v, &[by]), &limbs::from_u128(u128::from(more)));
        }
        let n = Number::long(negative, v, 0);
        Ok(if n.is_zero() { Number::ZERO } else { n })
    }

    /// How many digits the whole part has that plain notation writes out; 0 for a fraction.
    pub fn reach(&self) -> usize {
        usize::try_from(self.exponent + self.length()).unwrap_or(0)
    }

    /// Whether the magnitude of a whole number needs more than `digits` digits.
    pub fn exceeds(&self, digits: u32) -> bool {
        !self.is_zero() && self.exponent + self.length() > i64::from(digits)
    }

    /// Whether the number has significant digits beyond the first `digits`; zeros at its end are none.
    pub fn loses_digits(&self, digits: u32) -> bool {
        self.length() > i64::from(digits)
            && self.clone().without_trailing_zeros().length() > i64::from(digits)
    }
}

fn signed(v: u64, negative: bool) -> Option<i64> {
    let v = i64::try_from(v).ok()?;
    Some(if negative { -v } else { v })
}

impl From<i64> for Number {
    fn from(v: i64) -> Number {
        Number::word(v < 0, v.unsigned_abs(), 0)
    }
}

/// Rounds a wide coefficient half up to `digits` digits, 19 at most.
#[inline]
pub(super) fn round_wide(v: u128, exponent: i64, digits: u32) -> (u64, i64) {
    let length = wide_digits(v);
    if length <= digits {
        return (v as u64, exponent);
    }
    let drop = length - digits;
    let rounded = match u64::try_from(v) {
        Ok(v) if drop < 19 && v < u64::MAX / 2 => {
            let p = POW10[drop as usize];
            (v + p / 2) / p
        }
        _ => {
            let p = 10u128.pow(drop);
            ((v + p / 2) / p) as u64
        }
    };
    let exponent = exponent + i64::from(drop);
    if digits < WORD && rounded == POW10[digits as usize] {
        return (rounded / 10, exponent + 1);
    }
    (rounded, exponent)
}

/// Rounds limbs half up to `digits` digits.
pub(super) fn round_limbs(v: &[u32], exponent: i64, digits: u32) -> (Limbs, i64) {
    let drop = limbs::digits(v).saturating_sub(digits as usize);
    if drop == 0 {
        return (v.to_vec(), exponent);
    }
    let mut kept = limbs::shift_right(v, drop);
    let mut exponent = exponent + drop as i64;
    if limbs::digit_at(v, drop - 1) >= 5 {
        limbs::increment(&mut kept);
        if limbs::digits(&kept) > digits as usize {
            kept = limbs::shift_right(&kept, 1);
            exponent += 1;
        }
    }
    (kept, exponent)
}
