//! `**` (ANSI X3.274 section 7.4.10, routine Power): left-to-right binary powers at a raised precision.

use super::number::Coefficient;
use super::{NumError, Number, Settings};
use super::{large, limbs};

/// How many digits a power may have.
const LONGEST_POWER: i64 = 50_000;

impl Number {
    /// `self ** power`.
    ///
    /// # Errors
    /// A power that is not whole under DIGITS; overflow or underflow.
    pub fn pow(&self, power: &Number, settings: &Settings) -> Result<Number, NumError> {
        if !power.is_whole(settings) {
            return Err(NumError::PowerNotWhole);
        }
        if power.is_zero() {
            return Ok(Number::ONE);
        }
        if power.exponent + power.length() > LONGEST_POWER {
            return Err(NumError::TooMuch);
        }
        let bits = bits_of(power);
        let length = u32::try_from(power.exponent + power.length()).unwrap_or(settings.digits);
        let working =
            settings.with_digits(settings.digits.saturating_add(length).saturating_add(1));
        let base = self.cut(settings.digits);
        let limbs = working.digits as usize / 9;
        if base.length() > 1 || base.is_two_or_more() {
            large::bounded(limbs.saturating_mul(bits.len()), limbs)?;
        }
        let raised = if power.is_negative() {
            // What is too great before the division would have been too small after it.
            let a = raise(&base, &bits, &working).map_err(opposite)?;
            Number::ONE.div(&a, &working)?
        } else {
            raise(&base, &bits, &working)?
        };
        raised
            .rounded(settings.digits)
            .into_owned()
            .without_trailing_zeros()
            .finish()
    }

    /// Whether the coefficient is not 0 or 1, which no power makes longer.
    fn is_two_or_more(&self) -> bool {
        !matches!(self.coefficient, Coefficient::Word(0 | 1))
    }

    /// The number cut to its first `digits` + 1 digits.
    fn cut(&self, digits: u32) -> Number {
        match &self.coefficient {
            Coefficient::Word(_) if digits >= super::ops::WORD_DIGITS => self.clone(),
            Coefficient::Word(_) => {
                let (v, e) = self.cut_word(digits);
                Number::word(self.negative, v, e)
            }
            Coefficient::Long(_) => {
                let (v, e) = self.cut_limbs(digits);
                Number::long(self.negative, v.into_owned(), e)
            }
        }
    }
}

/// The binary digits of the magnitude of a whole number, most significant first, the first one set.
fn bits_of(n: &Number) -> Vec<bool> {
    let mut left = n.whole_limbs();
    let mut bits = Vec::new();
    while !left.is_empty() {
        bits.push(limbs::div_limb(&mut left, 2) == 1);
    }
    bits.reverse();
    bits
}

fn raise(base: &Number, bits: &[bool], working: &Settings) -> Result<Number, NumError> {
    let mut a = Number::ONE;
    for (i, bit) in bits.iter().enumerate() {
        if *bit {
            a = a.mul(base, working)?;
        }
        // Nothing changes 0 and 1 any more; a power of a thousand digits would go on squaring.
        if a.is_zero() {
            break;
        }
        if i + 1 < bits.len() {
            a = a.mul(&a, working)?;
        }
    }
    Ok(a)
}

fn opposite(e: NumError) -> NumError {
    match e {
        NumError::Overflow => NumError::Underflow,
        NumError::Underflow => NumError::Overflow,
        other => other,
    }
}
