//! Packed decimal numbers (*Principles of Operation*, chapter "Decimal instructions").

use crate::base::msg::fpl;
use crate::num::{Layout, Number};
use crate::pipe::args::Fault;
use crate::pipe::specs::value::{Num, settings};

/// How many bytes a packed number has: 31 digits and the sign.
const BYTES: usize = 16;

/// The packed number of a printed one, with so many decimal places; 16 bytes.
///
/// # Errors
/// 1038 not a number, 1039 more than 31 digits.
pub fn from_packed(value: &[u8], scale: u32) -> Result<Vec<u8>, Fault> {
    let n = Num::parse(value)?.number();
    let negative = n.is_negative();
    let digits = whole_digits(&n.abs(), scale)?;
    let mut nibbles = vec![0; BYTES * 2 - 1 - digits.len()];
    nibbles.extend(digits.iter().map(|d| d - b'0'));
    let zero = nibbles.iter().all(|&n| n == 0);
    nibbles.push(if negative && !zero { 0xd } else { 0xc });
    Ok(nibbles.chunks(2).map(|c| c[0] << 4 | c[1]).collect())
}

/// The digits of a number without its point, rounded to so many decimal places; at most 31.
fn whole_digits(n: &Number, scale: u32) -> Result<Vec<u8>, Fault> {
    let large = || Fault::new(&fpl::FPLSPC1039E, &[]);
    if n.reach() > BYTES * 2 {
        return Err(large());
    }
    let layout = Layout {
        after: usize::try_from(scale).ok(),
        expp: Some(0),
        ..Layout::default()
    };
    let text = n
        .layout(&layout, &settings().with_digits(80))
        .map_err(|_| large())?;
    let digits = text.into_iter().filter(u8::is_ascii_digit);
    let digits: Vec<u8> = digits.skip_while(|&d| d == b'0').collect();
    match digits.len() {
        0..32 => Ok(digits),
        _ => Err(large()),
    }
}

/// A packed number printed with so many decimal places, right aligned in as many columns as its digits, sign
/// and point may take.
///
/// # Errors
/// 1048 a digit or the sign is not valid.
pub fn to_packed(bytes: &[u8], scale: u32) -> Result<Vec<u8>, Fault> {
    let bad = || Fault::new(&fpl::FPLSPC1048E, &[&super::to_hex(bytes)]);
    let mut nibbles: Vec<u8> = bytes.iter().flat_map(|b| [b >> 4, b & 15]).collect();
    let negative = match nibbles.pop().ok_or_else(bad)? {
        0xa | 0xc | 0xe | 0xf => false,
        0xb | 0xd => true,
        _ => return Err(bad()),
    };
    if nibbles.iter().any(|&n| n > 9) {
        return Err(bad());
    }
    let width = nibbles.len() + 1 + usize::from(scale > 0);
    let scale = usize::try_from(scale).unwrap_or(0);
    let mut digits: Vec<u8> = nibbles.into_iter().map(|n| b'0' + n).collect();
    let missing = (scale + 1).saturating_sub(digits.len());
    digits.splice(0..0, std::iter::repeat_n(b'0', missing));
    let point = digits.len() - scale;
    let first = digits[..point - 1].iter().position(|&d| d != b'0');
    let mut out = Vec::new();
    if negative {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[first.unwrap_or(point - 1)..point]);
    if scale > 0 {
        out.push(b'.');
        out.extend_from_slice(&digits[point..]);
    }
    let blanks = width.saturating_sub(out.len());
    out.splice(0..0, std::iter::repeat_n(b' ', blanks));
    Ok(out)
}
