//! The conversions of SPECS between character, hexadecimal, binary and decimal.

use crate::base::codepage::CodePage;
use crate::base::msg::fpl;
use crate::pipe::args::Fault;

/// What a field is converted from and to: C character, X hexadecimal, B binary digits, D decimal, V a string
/// with its length before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Conversion {
    from: u8,
    to: u8,
}

impl Conversion {
    /// The conversion a word such as `C2X` names; `None` when it names none, `Err` one that is not here.
    pub fn named(word: &[u8]) -> Option<Result<Conversion, Fault>> {
        let upper = word.to_ascii_uppercase();
        let &[from, b'2', to, ref rest @ ..] = upper.as_slice() else {
            return None;
        };
        if !b"CXBDVFIPT".contains(&from) || !b"CXBDVFIPT".contains(&to) || from == to {
            return None;
        }
        let known = b"CXBDV".contains(&from) && b"CXBDV".contains(&to) && rest.is_empty();
        Some(match known {
            true => Ok(Conversion { from, to }),
            false => Err(Fault::new(&fpl::FPLSCA9002E, &[word])),
        })
    }
}

/// Converts a value; characters have the codes of a code page.
pub(super) fn convert(
    conversion: Conversion,
    value: &[u8],
    page: CodePage,
) -> Result<Vec<u8>, Fault> {
    let coded = || value.iter().map(|b| page.code_of(*b)).collect::<Vec<u8>>();
    let bytes = match conversion.from {
        b'X' => from_hex(value)?,
        b'B' => from_binary(value)?,
        b'D' => from_decimal(value)?,
        b'V' => from_varying(&coded()),
        _ => coded(),
    };
    let host = |codes: Vec<u8>| codes.into_iter().map(|code| page.to_host(code)).collect();
    Ok(match conversion.to {
        b'X' => to_hex(&bytes),
        b'B' => to_binary(&bytes),
        b'D' => to_decimal(&bytes)?,
        b'V' => host(to_varying(&bytes)),
        _ => host(bytes),
    })
}

fn from_hex(value: &[u8]) -> Result<Vec<u8>, Fault> {
    let bad = || Fault::new(&fpl::FPLSCA065E, &[value]);
    let digits: Vec<u8> = value.iter().copied().filter(|&b| b != b' ').collect();
    let nibble = |d: &u8| {
        let n = char::from(*d).to_digit(16).ok_or_else(bad)?;
        u8::try_from(n).map_err(|_| bad())
    };
    let mut nibbles = digits.iter().map(nibble).collect::<Result<Vec<u8>, _>>()?;
    if nibbles.len() % 2 == 1 {
        nibbles.insert(0, 0);
    }
    Ok(nibbles.chunks(2).map(|c| c[0] << 4 | c[1]).collect())
}

fn to_hex(bytes: &[u8]) -> Vec<u8> {
    let digit = |n: u8| b"0123456789ABCDEF"[usize::from(n)];
    let pairs = bytes.iter().map(|b| [digit(b >> 4), digit(b & 15)]);
    pairs.flatten().collect()
}

fn from_binary(value: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut digits: Vec<u8> = value.iter().copied().filter(|&b| b != b' ').collect();
    if !digits.iter().all(|d| b"01".contains(d)) {
        return Err(Fault::new(&fpl::FPLSCA338E, &[value]));
    }
    while !digits.len().is_multiple_of(8) {
        digits.insert(0, b'0');
    }
    let byte = |c: &[u8]| c.iter().fold(0, |b, d| b << 1 | (d - b'0'));
    Ok(digits.chunks(8).map(byte).collect())
}

fn to_binary(bytes: &[u8]) -> Vec<u8> {
    let bits = bytes.iter().map(|b| format!("{b:08b}").into_bytes());
    bits.flatten().collect()
}

/// A four-byte two's complement number.
fn from_decimal(value: &[u8]) -> Result<Vec<u8>, Fault> {
    let bad = || Fault::new(&fpl::FPLSCA058E, &[value]);
    let n = crate::pipe::args::signed(value.trim_ascii()).ok_or_else(bad)?;
    let n = i32::try_from(n)
        .or_else(|_| u32::try_from(n).map(u32::cast_signed))
        .map_err(|_| bad())?;
    Ok(n.to_be_bytes().to_vec())
}

/// A signed number in eleven columns.
fn to_decimal(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    if bytes.len() > 8 {
        return Err(Fault::new(&fpl::FPLSCA058E, &[bytes]));
    }
    let negative = bytes.first().is_some_and(|b| b & 0x80 != 0);
    let fill = if negative { -1i64 } else { 0 };
    let n = bytes.iter().fold(fill, |n, &b| n << 8 | i64::from(b));
    Ok(format!("{n:>11}").into_bytes())
}

fn from_varying(value: &[u8]) -> Vec<u8> {
    let Some((length, rest)) = value.split_at_checked(2) else {
        return Vec::new();
    };
    let length = usize::from(length[0]) << 8 | usize::from(length[1]);
    rest[..length.min(rest.len())].to_vec()
}

fn to_varying(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    let mut out = length.to_be_bytes().to_vec();
    out.extend_from_slice(&bytes[..usize::from(length)]);
    out
}
