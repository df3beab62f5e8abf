//! Hexadecimal floating-point numbers (*Principles of Operation*, chapter "Floating-point overview"): a sign,
//! a power of sixteen in excess of 64, and a fraction of up to fourteen hexadecimal digits.

use crate::base::msg::fpl;
use crate::num::{Number, Settings};
use crate::pipe::args::Fault;
use crate::pipe::specs::value::{Num, arithmetic};

/// Digits enough for the greatest number and more.
const WIDE: u32 = 120;

fn wide() -> Settings {
    Settings::default().with_digits(WIDE)
}

/// `n` times sixteen to a power.
fn scaled(n: &Number, power: i64) -> Result<Number, Fault> {
    let factor = Number::from(16).pow(&Number::from(power.abs()), &wide());
    let factor = factor.map_err(arithmetic)?;
    let result = match power < 0 {
        true => n.div(&factor, &wide()),
        false => n.mul(&factor, &wide()),
    };
    result.map_err(arithmetic)
}

/// The long floating-point number (eight bytes) nearest to a printed one.
///
/// # Errors
/// 1038 not a number, 1039 too large.
pub fn from_float(value: &[u8]) -> Result<Vec<u8>, Fault> {
    let large = || Fault::new(&fpl::FPLSPC1039E, &[]);
    let n = Num::parse(value)?.number();
    let sign = u64::from(n.is_negative()) << 63;
    let n = n.abs();
    if n.reach() > 80 {
        return Err(large());
    }
    let (one, least) = (Number::ONE, scaled(&Number::ONE, -1)?);
    let less = |a: &Number, b: &Number| a.compare(b, &wide()) == std::cmp::Ordering::Less;
    let (mut left, mut power) = (n.clone(), 0);
    while !less(&left, &one) {
        left = scaled(&left, -1)?;
        power += 1;
    }
    while less(&left, &least) && power > -65 {
        left = scaled(&left, 1)?;
        power -= 1;
    }
    let half = Number::from_parts(false, 5, -1);
    let mut fraction = scaled(&left, 14)?
        .add(&half, &wide())
        .and_then(|f| f.int_div(&Number::ONE, &wide()))
        .map_err(arithmetic)?
        .to_i64()
        .and_then(|f| u64::try_from(f).ok())
        .ok_or_else(large)?;
    if fraction == 1 << 56 {
        (fraction, power) = (1 << 52, power + 1);
    }
    if power > 63 {
        return Err(large());
    }
    if power < -64 || fraction == 0 {
        return Ok(vec![0; 8]);
    }
    let exponent = u64::try_from(power + 64).map_err(|_| large())? << 56;
    Ok((sign | exponent | fraction).to_be_bytes().to_vec())
}

/// A floating-point number of two to eight bytes in scientific notation: the digits that are sure, six of a
/// short one and fifteen of a longer one, without zeros at their end.
///
/// # Errors
/// 392 a length that is not valid.
pub fn to_float(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    let [first, fraction @ ..] = bytes else {
        return Err(super::conversion_error(b"C2F", &super::to_hex(bytes)));
    };
    if !(1..=7).contains(&fraction.len()) {
        return Err(super::conversion_error(b"C2F", &super::to_hex(bytes)));
    }
    let places = 2 * i64::try_from(fraction.len()).unwrap_or(0);
    let n = Number::from_magnitude(first & 0x80 != 0, fraction).map_err(arithmetic)?;
    let n = scaled(&n, i64::from(first & 0x7f) - 64 - places)?;
    let digits = if bytes.len() <= 4 { 6 } else { 15 };
    let n = n.rounded(digits).into_owned().without_trailing_zeros();
    let (negative, v, exponent) = n.parts().unwrap_or((false, 0, 0));
    let text = v.to_string();
    let (lead, rest) = text.split_at(1);
    let power = exponent + i64::try_from(rest.len()).unwrap_or(0);
    let sign = if negative { "-" } else { "" };
    let point = if rest.is_empty() { "" } else { "." };
    let direction = if power < 0 { '-' } else { '+' };
    let power = power.abs();
    Ok(format!("{sign}{lead}{point}{rest}E{direction}{power:02}").into_bytes())
}
