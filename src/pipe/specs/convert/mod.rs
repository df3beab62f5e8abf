//! The conversions of SPECS (*User's Guide and Reference*, "SPECS reference", Conversion): between what a
//! machine keeps and what people read.
//!
//! The letters say what a field is: C bytes as they are, X hexadecimal digits, B binary digits, D a decimal
//! number of a fullword, F a hexadecimal floating-point number, I a time of the TOD clock, P a packed decimal
//! number, T a time of the TOD clock as people write it, U an unsigned number, V a string that the machine keeps
//! with its length before it. C2x makes of what the machine keeps what people read, x2C the other way about: C2V
//! takes the length off and V2C puts it there.

mod float;
mod iso;
mod packed;

use crate::base::codepage::CodePage;
use crate::base::msg::fpl;
use crate::pipe::args::{self, Fault};
use crate::pipe::structure::Member;

pub(super) use float::{from_float, to_float};
pub(super) use packed::{from_packed, to_packed};

/// What a field is converted from and to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Conversion {
    from: u8,
    to: u8,
    /// The decimal places of a packed number.
    scale: u32,
}

/// The most decimal places of a packed number.
pub const MOST_PLACES: u32 = 31;

impl Conversion {
    /// The conversion a word such as `C2X` or `P2C(2)` names; `None` when it names none.
    ///
    /// # Errors
    /// Messages 58 the number of decimal places is not one, 391 no such conversion, 639 decimal places where there
    /// can be none.
    pub fn named(word: &[u8]) -> Result<Option<Conversion>, Fault> {
        let upper = word.to_ascii_uppercase();
        let &[from, b'2', to, ref rest @ ..] = upper.as_slice() else {
            return Ok(None);
        };
        if !from.is_ascii_uppercase() || !to.is_ascii_uppercase() {
            return Ok(None);
        }
        let scale = match rest {
            [] => 0,
            [b'(', number @ .., b')'] if from == b'P' || to == b'P' => {
                let n = args::unsigned(number)?;
                let bad = || Fault::new(&fpl::FPLSCA058E, &[number]);
                let n = (n <= u64::from(MOST_PLACES)).then_some(n).ok_or_else(bad)?;
                u32::try_from(n).map_err(|_| bad())?
            }
            [b'(', .., b')'] => return Err(Fault::new(&fpl::FPLSPC639E, &[word])),
            _ => return Ok(None),
        };
        let known = |c| b"CXBDFIPTUV".contains(&c);
        match known(from) && known(to) && from != to {
            true => Ok(Some(Conversion { from, to, scale })),
            false => Err(Fault::new(&fpl::FPLSPC391E, &[word])),
        }
    }
}

/// The number that a member of a structure holds; `None` when its type is not a number.
///
/// # Errors
/// 1048 not packed decimal, 392 a length that is not valid.
pub(super) fn number_of(member: &Member, codes: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
    let text = match member.kind {
        b'D' => signed(codes)?.to_string().into_bytes(),
        b'U' => unsigned(codes)?.to_string().into_bytes(),
        b'F' if codes.is_empty() => b"0".to_vec(),
        b'F' => to_float(codes)?,
        b'P' if codes.is_empty() => b"0".to_vec(),
        b'P' => to_packed(codes, member.scale)?,
        _ => return Ok(None),
    };
    Ok(Some(text.trim_ascii().to_vec()))
}

/// The unsigned number of up to eight bytes.
fn unsigned(bytes: &[u8]) -> Result<u64, Fault> {
    if bytes.len() > 8 {
        return Err(conversion_error(b"C2U", &to_hex(bytes)));
    }
    Ok(bytes.iter().fold(0, |n, &b| n << 8 | u64::from(b)))
}

/// Converts a value; characters have the codes of a code page.
///
/// # Errors
/// 392 not hexadecimal, binary or decimal digits, or not all of a byte's, 1038 not a number, 1039 out of range, 1048
/// not packed decimal, 1183 not a time, 352 and 392 a length that is not valid.
pub(super) fn convert(
    conversion: Conversion,
    value: &[u8],
    page: CodePage,
) -> Result<Vec<u8>, Fault> {
    let scale = conversion.scale;
    let coded = || value.iter().map(|b| page.code_of(*b)).collect::<Vec<u8>>();
    let bytes = match conversion.from {
        b'X' => whole_hex(value)?,
        b'B' => whole_binary(value)?,
        b'D' => from_decimal(value)?,
        b'F' => from_float(value)?,
        b'I' => iso::from_iso(value)?,
        b'T' => iso::from_text(value)?,
        b'P' => from_packed(value, scale)?,
        b'U' => from_unsigned(value)?,
        b'V' => with_length(&coded())?,
        _ => coded(),
    };
    let host = |codes: Vec<u8>| codes.into_iter().map(|code| page.to_host(code)).collect();
    Ok(match conversion.to {
        b'X' => to_hex(&bytes),
        b'B' => to_binary(&bytes),
        b'D' => to_decimal(&bytes)?,
        b'F' => to_float(&bytes)?,
        b'I' => iso::to_iso(&bytes)?,
        b'T' => iso::to_text(&bytes)?,
        b'P' => to_packed(&bytes, scale)?,
        b'U' => to_unsigned(&bytes)?,
        b'V' => host(without_length(&bytes)?),
        _ => host(bytes),
    })
}

/// Message 392: the input of a conversion is not what it takes.
fn conversion_error(routine: &[u8], value: &[u8]) -> Fault {
    Fault::new(&fpl::FPLSPC392E, &[routine, value])
}

/// The bytes of hexadecimal digits, two for each.
fn whole_hex(value: &[u8]) -> Result<Vec<u8>, Fault> {
    match value.iter().filter(|&&b| b != b' ').count() % 2 {
        0 => from_hex(value),
        _ => Err(conversion_error(b"X2C", value)),
    }
}

/// The bytes of binary digits, eight for each.
fn whole_binary(value: &[u8]) -> Result<Vec<u8>, Fault> {
    match value.iter().filter(|&&b| b != b' ').count() % 8 {
        0 => from_binary(value),
        _ => Err(conversion_error(b"B2C", value)),
    }
}

/// The bytes of hexadecimal digits; an odd one more is the first byte's, as in REXX.
pub(super) fn from_hex(value: &[u8]) -> Result<Vec<u8>, Fault> {
    let bad = || conversion_error(b"X2C", value);
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

/// Bytes as hexadecimal digits.
pub(super) fn to_hex(bytes: &[u8]) -> Vec<u8> {
    let digit = |n: u8| b"0123456789ABCDEF"[usize::from(n)];
    let pairs = bytes.iter().map(|b| [digit(b >> 4), digit(b & 15)]);
    pairs.flatten().collect()
}

/// The bytes of binary digits; those missing stand before them.
pub(super) fn from_binary(value: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut digits: Vec<u8> = value.iter().copied().filter(|&b| b != b' ').collect();
    if !digits.iter().all(|d| b"01".contains(d)) {
        return Err(conversion_error(b"B2C", value));
    }
    let missing = digits.len().next_multiple_of(8) - digits.len();
    digits.splice(0..0, std::iter::repeat_n(b'0', missing));
    let byte = |c: &[u8]| c.iter().fold(0, |b, d| b << 1 | (d - b'0'));
    Ok(digits.chunks(8).map(byte).collect())
}

/// Bytes as binary digits.
pub(super) fn to_binary(bytes: &[u8]) -> Vec<u8> {
    let bits = bytes.iter().map(|b| format!("{b:08b}").into_bytes());
    bits.flatten().collect()
}

/// A four-byte two's complement number.
fn from_decimal(value: &[u8]) -> Result<Vec<u8>, Fault> {
    let bad = || conversion_error(b"D2C", value);
    let n = args::signed(value.trim_ascii()).ok_or_else(bad)?;
    let n = i32::try_from(n)
        .or_else(|_| u32::try_from(n).map(u32::cast_signed))
        .map_err(|_| bad())?;
    Ok(n.to_be_bytes().to_vec())
}

/// The signed number of up to eight bytes.
pub(super) fn signed(bytes: &[u8]) -> Result<i64, Fault> {
    if bytes.len() > 8 {
        return Err(conversion_error(b"C2D", &to_hex(bytes)));
    }
    let negative = bytes.first().is_some_and(|b| b & 0x80 != 0);
    let fill = if negative { -1i64 } else { 0 };
    Ok(bytes.iter().fold(fill, |n, &b| n << 8 | i64::from(b)))
}

/// A signed number in eleven columns.
fn to_decimal(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    Ok(format!("{:>11}", signed(bytes)?).into_bytes())
}

/// A four-byte number without sign.
fn from_unsigned(value: &[u8]) -> Result<Vec<u8>, Fault> {
    let bad = || conversion_error(b"U2C", value);
    let n = args::unsigned(value.trim_ascii()).map_err(|_| bad())?;
    let n = u32::try_from(n).map_err(|_| bad())?;
    Ok(n.to_be_bytes().to_vec())
}

/// A number without sign of up to eight bytes, in eleven columns.
fn to_unsigned(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    if bytes.len() > 8 {
        return Err(conversion_error(b"C2U", &to_hex(bytes)));
    }
    let n = bytes.iter().fold(0u64, |n, &b| n << 8 | u64::from(b));
    Ok(format!("{n:>11}").into_bytes())
}

/// A string whose length stands before it, in two bytes, and which is just as long.
fn without_length(value: &[u8]) -> Result<Vec<u8>, Fault> {
    let bad = || conversion_error(b"C2V", &to_hex(value));
    let (length, rest) = value.split_first_chunk::<2>().ok_or_else(bad)?;
    match usize::from(u16::from_be_bytes(*length)) == rest.len() {
        true => Ok(rest.to_vec()),
        false => Err(bad()),
    }
}

fn with_length(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    let bad = |_| conversion_error(b"V2C", &to_hex(&bytes[..40]));
    let mut out = u16::try_from(bytes.len())
        .map_err(bad)?
        .to_be_bytes()
        .to_vec();
    out.extend_from_slice(bytes);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn run(name: &str, value: &[u8], page: CodePage) -> Result<Vec<u8>, i32> {
        let conversion = Conversion::named(name.as_bytes()).unwrap().unwrap();
        convert(conversion, value, page).map_err(|f| f.rc())
    }

    fn shows(name: &str, hex: &str) -> Result<String, i32> {
        let value = from_hex(hex.as_bytes()).unwrap();
        let text = run(name, &value, CodePage::Host)?;
        Ok(String::from_utf8(text).unwrap())
    }

    fn keeps(name: &str, text: &str) -> Result<String, i32> {
        let bytes = run(name, text.as_bytes(), CodePage::Host)?;
        Ok(String::from_utf8(to_hex(&bytes)).unwrap())
    }

    #[test]
    fn unsigned_numbers() {
        assert_eq!(shows("C2U", "FFFFFFFF"), Ok(" 4294967295".to_string()));
        assert_eq!(shows("C2U", "FF"), Ok("        255".to_string()));
        assert_eq!(shows("C2U", "010203040506070809"), Err(-392));
        assert_eq!(keeps("U2C", " 4294967295"), Ok("FFFFFFFF".to_string()));
        assert_eq!(keeps("U2C", "-1"), Err(-392));
        assert_eq!(keeps("U2C", "4294967296"), Err(-392));
        assert_eq!(keeps("X2U", "10"), Ok(to_text_hex("         16")));
    }

    fn to_text_hex(text: &str) -> String {
        String::from_utf8(to_hex(text.as_bytes())).unwrap()
    }

    #[test]
    fn packed_numbers() {
        let show = |text: &str| Ok(text.to_string());
        assert_eq!(shows("C2P", "12345C"), show(" 12345"));
        assert_eq!(shows("C2P(2)", "00005D"), show("  -0.05"));
        assert_eq!(shows("C2P", "0C"), show(" 0"));
        assert_eq!(shows("C2P", "12A45C"), Err(-1048));
        assert_eq!(shows("C2P", "1234"), Err(-1048));
        let long = |end: &str| Ok(format!("{end:0>32}"));
        assert_eq!(keeps("P2C", " -123"), long("123D"));
        assert_eq!(keeps("P2C(2)", "1.5"), long("150C"));
        assert_eq!(keeps("P2C(1)", "0.25"), long("3C"));
        assert_eq!(keeps("P2C", "1e31"), Err(-1039));
        assert_eq!(keeps("P2C", "x"), Err(-1038));
    }

    #[test]
    fn floating_point_numbers() {
        let show = |text: &str| Ok(text.to_string());
        assert_eq!(shows("C2F", "4110000000000000"), show("1E+00"));
        assert_eq!(shows("C2F", "C276A00000000000"), show("-1.18625E+02"));
        assert_eq!(shows("C2F", "0000000000000000"), show("0E+00"));
        assert_eq!(shows("C2F", "4019999A"), show("1E-01"));
        assert_eq!(shows("C2F", "41"), Err(-392));
        assert_eq!(keeps("F2C", "-118.625"), show("C276A00000000000"));
        assert_eq!(keeps("F2C", "0.1"), show("401999999999999A"));
        assert_eq!(keeps("F2C", "1E+99"), Err(-1039));
        assert_eq!(keeps("F2C", "1E-99"), show("0000000000000000"));
    }

    #[test]
    fn times() {
        let new_year = "20240101000000000000";
        let tod = keeps("I2C", "20240101").unwrap();
        assert_eq!(shows("C2I", &tod), Ok(new_year.to_string()));
        assert_eq!(
            shows("C2I", "7D91048BCA000000"),
            Ok("19700101000000000000".to_string())
        );
        assert_eq!(keeps("I2C", "20231301"), Err(-1183));
        assert_eq!(keeps("I2C", "202"), Err(-1183));
        assert_eq!(
            shows("C2T", "7D91048BCA000000"),
            Ok("1970-01-01 00:00:00.000000".to_string())
        );
        for text in [
            "2024-02-29 23:59:58.000123",
            "2024-02-29 23:59:58",
            "2024-02-29",
        ] {
            let tod = keeps("T2C", text).unwrap();
            assert!(shows("C2T", &tod).unwrap().starts_with(text), "{text}");
        }
        for bad in [
            "2023-02-29",
            "2024-2-29",
            "2024-02-29 24:00",
            "2024-02-29T12:00:00",
            "2024-02-29 1",
            "2024-02-29 12:00:00.1234567",
            "20240229",
        ] {
            assert_eq!(keeps("T2C", bad), Err(-1183), "{bad}");
        }
        assert_eq!(shows("C2I", "00"), Err(-352));
        assert_eq!(keeps("I2C", "071225"), keeps("I2C", "20071225"));
        assert_eq!(keeps("I2C", "991225"), keeps("I2C", "19991225"));
    }

    #[test]
    fn varying_strings_and_codes() {
        assert_eq!(keeps("V2C", "ab"), Ok("00026162".to_string()));
        assert_eq!(keeps("V2C", ""), Ok("0000".to_string()));
        assert_eq!(keeps("V2C", &"x".repeat(65_536)), Err(-392));
        assert_eq!(shows("C2V", "000161"), Ok("a".to_string()));
        for bad in ["00", "0003", "0001616263", "000361"] {
            assert_eq!(shows("C2V", bad), Err(-392), "{bad}");
        }
        // Whole bytes only, blanks aside.
        assert_eq!(keeps("X2C", " 61 6 2 "), Ok("6162".to_string()));
        assert_eq!(keeps("X2C", "1"), Err(-392));
        assert_eq!(keeps("B2C", "01010"), Err(-392));
        assert_eq!(run("C2X", b"A", CodePage::Ibm1047), Ok(b"C1".to_vec()));
        assert_eq!(
            run("X2B", b"a5", CodePage::Ibm1047),
            Ok(b"10100101".to_vec())
        );
        assert!(Conversion::named(b"C2P(99)").is_err());
        assert!(Conversion::named(b"C2X(1)").is_err());
        assert!(Conversion::named(b"C2C").is_err());
        assert_eq!(Conversion::named(b"C2"), Ok(None));
    }

    proptest! {
        #[test]
        fn what_is_converted_and_back_is_the_same(
            bytes in prop::collection::vec(any::<u8>(), 0..40),
            fullword in any::<[u8; 4]>(),
            digits in "[1-9][0-9]{0,28}", negative in any::<bool>(), scale in 0u32..10,
        ) {
            for page in [CodePage::Host, CodePage::Ibm1047] {
                for (there, back) in [("C2X", "X2C"), ("C2B", "B2C"), ("V2C", "C2V")] {
                    let middle = run(there, &bytes, page).unwrap();
                    prop_assert_eq!(run(back, &middle, page), Ok(bytes.clone()));
                }
                let middle = run("C2D", &fullword, page).unwrap();
                prop_assert_eq!(run("D2C", &middle, page), Ok(fullword.to_vec()));
                let sign = if negative { "D" } else { "C" };
                let packed = from_hex(format!("{digits}{sign}").as_bytes()).unwrap();
                let packed: Vec<u8> = packed.iter().map(|&b| page.to_host(b)).collect();
                let printed = run(&format!("C2P({scale})"), &packed, page).unwrap();
                let again = run(&format!("P2C({scale})"), &printed, page).unwrap();
                prop_assert!(again.ends_with(&packed), "{:?}", printed);
            }
        }

        #[test]
        fn floats_come_back(digits in "[1-9][0-9]{0,13}[1-9]", power in -60i32..60) {
            let (lead, rest) = digits.split_at(1);
            let sign = if power < 0 { '-' } else { '+' };
            let printed = format!("{lead}.{rest}E{sign}{:02}", power.abs());
            let bytes = run("F2C", printed.as_bytes(), CodePage::Host).unwrap();
            let again = run("C2F", &bytes, CodePage::Host).unwrap();
            prop_assert_eq!(String::from_utf8(again).unwrap(), printed);
        }
    }
}
