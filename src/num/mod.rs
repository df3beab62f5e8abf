//! REXX decimal numbers: exact, to any number of digits (ANSI X3.274 section 7.4.7 and 7.4.10;
//! SC24-5770 chapter 6).
//!
//! [`Number`] is a sign, a whole coefficient and a power of ten. Operations take [`Settings`] and follow
//! the standard's own definition: operands are cut to DIGITS + 1 digits, results rounded half up to
//! DIGITS. Coefficients up to nineteen digits stay in a machine word; longer ones are limbs of base 10^9.
//! [`small`] has what a caller with two machine integers in hand can use without making numbers.

mod format;
mod large;
mod limbs;
mod number;
mod ops;
mod parse;
mod power;
pub mod small;
#[cfg(test)]
mod tests;

pub use format::{LONGEST, Layout, LayoutError};
pub use number::{Number, ParseError};

/// The greatest exponent, and the least with the sign changed.
pub const EXPONENT_LIMIT: i64 = 999_999_999;

/// The default of NUMERIC DIGITS.
pub const DEFAULT_DIGITS: u32 = 9;

/// NUMERIC FORM: how the exponent of a printed number is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Form {
    /// One digit before the point.
    #[default]
    Scientific,
    /// The exponent is a multiple of three.
    Engineering,
}

/// When a number below one is printed with an exponent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum SmallRule {
    /// CMS and TRL: when it needs more than twice DIGITS digits after the point.
    #[default]
    Cms,
    /// ANSI: when more than five zeros follow the point.
    Ansi,
}

/// The numeric settings of a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Settings {
    /// NUMERIC DIGITS, 1 or more.
    pub digits: u32,
    /// NUMERIC FUZZ, less than `digits`.
    pub fuzz: u32,
    /// NUMERIC FORM.
    pub form: Form,
    /// The language level's rule for numbers below one.
    pub small: SmallRule,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            digits: DEFAULT_DIGITS,
            fuzz: 0,
            form: Form::Scientific,
            small: SmallRule::Cms,
        }
    }
}

impl Settings {
    /// The same settings with another number of digits.
    pub fn with_digits(self, digits: u32) -> Settings {
        Settings { digits, ..self }
    }
}

/// What goes wrong in arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumError {
    /// The exponent of the result is too great.
    #[error("arithmetic overflow")]
    Overflow,
    /// The exponent of the result is too small.
    #[error("arithmetic underflow")]
    Underflow,
    /// A division by zero.
    #[error("division by zero")]
    DivideByZero,
    /// The exponent of `**` is not a whole number.
    #[error("the power is not a whole number")]
    PowerNotWhole,
    /// The result of `%` needs more than DIGITS digits.
    #[error("the integer quotient has too many digits")]
    QuotientTooLong,
    /// `//`, where the quotient of `%` would need more than DIGITS digits.
    #[error("the quotient of the remainder operation has too many digits")]
    RemainderTooLong,
    /// More digits than can be worked with in reasonable time.
    #[error("the numbers are too long to be worked with")]
    TooMuch,
}

impl NumError {
    /// Error number and subcode (ANSI X3.274 section 5.1).
    pub const fn code(self) -> (u16, u16) {
        match self {
            NumError::Overflow => (42, 1),
            NumError::Underflow => (42, 2),
            NumError::DivideByZero => (42, 3),
            NumError::PowerNotWhole => (26, 8),
            NumError::QuotientTooLong => (26, 11),
            NumError::RemainderTooLong => (26, 12),
            NumError::TooMuch => (5, 0),
        }
    }
}
