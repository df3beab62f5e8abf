//! Reading numbers (ANSI X3.274 section 6.2.2 and 7.4: blanks, sign, blanks, digits, exponent, blanks).

use super::EXPONENT_LIMIT;
use super::limbs;
use super::number::{Number, ParseError};

const fn blank(b: u8) -> bool {
    b == b' ' || b == b'\t'
}

impl Number {
    /// The number that a text is; `None` for anything else, also for an exponent out of range.
    #[inline]
    pub fn parse(text: &[u8]) -> Option<Number> {
        Number::try_parse(text).ok()
    }

    /// As [`Number::parse`], telling the two failures apart.
    ///
    /// # Errors
    /// [`ParseError::NotNumber`] (error 41.1 to 41.3 of an operation) or [`ParseError::OutOfRange`] (41.7).
    pub fn try_parse(text: &[u8]) -> Result<Number, ParseError> {
        let mut rest = text;
        skip_blanks(&mut rest);
        let negative = match rest.first() {
            Some(sign @ (b'+' | b'-')) => {
                rest = &rest[1..];
                skip_blanks(&mut rest);
                *sign == b'-'
            }
            _ => false,
        };
        let whole = digit_run(&mut rest);
        let fraction = match rest.first() {
            Some(b'.') => {
                rest = &rest[1..];
                digit_run(&mut rest)
            }
            _ => &[],
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(ParseError::NotNumber);
        }
        let exponent = match rest.first() {
            Some(b'e' | b'E') => {
                rest = &rest[1..];
                exponent(&mut rest)?
            }
            _ => 0,
        };
        skip_blanks(&mut rest);
        if !rest.is_empty() {
            return Err(ParseError::NotNumber);
        }
        build(negative, whole, fraction, exponent)
    }
}

fn skip_blanks(rest: &mut &[u8]) {
    while let [b, tail @ ..] = rest
        && blank(*b)
    {
        *rest = tail;
    }
}

fn digit_run<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    // Long runs are looked at sixteen bytes at a time, which the compiler does in one go.
    let blocks = rest.chunks_exact(16);
    let whole = 16 * blocks.take_while(|block| all_digits(block)).count();
    let end = rest[whole..]
        .iter()
        .position(|b| !b.is_ascii_digit())
        .map_or(rest.len(), |at| whole + at);
    let (run, tail) = rest.split_at(end);
    *rest = tail;
    run
}

fn all_digits(block: &[u8]) -> bool {
    block
        .iter()
        .fold(true, |all, b| all & (b.wrapping_sub(b'0') < 10))
}

fn exponent(rest: &mut &[u8]) -> Result<i64, ParseError> {
    let negative = match rest.first() {
        Some(sign @ (b'+' | b'-')) => {
            *rest = &rest[1..];
            *sign == b'-'
        }
        _ => false,
    };
    let run = digit_run(rest);
    if run.is_empty() {
        return Err(ParseError::NotNumber);
    }
    // Far beyond any limit the exact value no longer matters.
    let v = run.iter().fold(0i64, |n, d| {
        (n * 10 + i64::from(d - b'0')).min(1_000_000_000_000)
    });
    Ok(if negative { -v } else { v })
}

fn build(
    negative: bool,
    whole: &[u8],
    fraction: &[u8],
    exponent: i64,
) -> Result<Number, ParseError> {
    let skip = |run: &[u8]| run.iter().position(|&d| d != b'0').unwrap_or(run.len());
    let whole = &whole[skip(whole)..];
    let exponent = exponent - fraction.len() as i64;
    let fraction = if whole.is_empty() {
        &fraction[skip(fraction)..]
    } else {
        fraction
    };
    let length = whole.len() + fraction.len();
    let adjusted = exponent + (length.max(1) - 1) as i64;
    if adjusted.abs() > EXPONENT_LIMIT {
        return Err(ParseError::OutOfRange);
    }
    if length == 0 {
        return Ok(Number::ZERO);
    }
    if length <= 19 {
        let add = |n: u64, d: &u8| n * 10 + u64::from(d - b'0');
        let v = fraction.iter().fold(whole.iter().fold(0, add), add);
        return Ok(Number::word(negative, v, exponent));
    }
    let v = if fraction.is_empty() {
        limbs::from_digits(whole)
    } else if whole.is_empty() {
        limbs::from_digits(fraction)
    } else {
        limbs::from_digits(&[whole, fraction].concat())
    };
    Ok(Number::long(negative, v, exponent))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::Settings;

    #[test]
    fn what_is_a_number_and_what_is_not() {
        let yes = [
            "0",
            "00",
            "12",
            "-12",
            "+ 12",
            "  -  12  ",
            "1.",
            ".5",
            "0.50",
            "1e5",
            "1E+5",
            "1e-05",
            "\t7 ",
            "1.e2",
            "12345678901234567890123",
        ];
        let no = [
            "", " ", "+", "-", ".", "e5", ".e5", "1e", "1e+", "1 2", "1e5 5", "1e 5", "--1", "0x1",
            "1.2.3", "1-", "1e5.0", "abc", "1_0", "\u{663}",
        ];
        for text in yes {
            assert!(Number::parse(text.as_bytes()).is_some(), "{text:?}");
        }
        for text in no {
            assert_eq!(
                Number::try_parse(text.as_bytes()).err(),
                Some(ParseError::NotNumber),
                "{text:?}"
            );
        }
        for text in [
            "1e1000000000",
            "12e999999999",
            "1e-1000000000",
            "1e99999999999999999999",
        ] {
            assert_eq!(
                Number::try_parse(text.as_bytes()).err(),
                Some(ParseError::OutOfRange),
                "{text:?}"
            );
        }
        let n = Number::parse(b"0012.3400e2").unwrap();
        assert_eq!(n.format(&Settings::default()), b"1234.00");
    }
}
