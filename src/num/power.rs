//! `**` (ANSI X3.274 section 7.4.10, routine Power): left-to-right binary powers at a raised precision.

use super::limbs;
use super::number::Coefficient;
use super::{NumError, Number, Settings};

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
        let bits = bits_of(power);
        let length = u32::try_from(power.exponent + power.length()).unwrap_or(settings.digits);
        let working =
            settings.with_digits(settings.digits.saturating_add(length).saturating_add(1));
        let base = self.cut(settings.digits);
        let raised = raise(&base, &bits, &working).and_then(|a| {
            if power.is_negative() {
                Number::ONE.div(&a, &working)
            } else {
                Ok(a)
            }
        });
        let raised = match raised {
            Ok(a) => a,
            // The intermediate result of a negative power goes the other way.
            Err(e) if power.is_negative() => return Err(opposite(e)),
            Err(e) => return Err(e),
        };
        raised
            .rounded(settings.digits)
            .into_owned()
            .without_trailing_zeros()
            .finish()
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
        NumError::Underflow | NumError::DivideByZero => NumError::Overflow,
        other => other,
    }
}
