//! Times: the eight bytes of the TOD clock, `yyyymmddhhmmss` with six digits of microseconds, and
//! `yyyy-mm-dd hh:mm:ss.uuuuuu`.

use crate::base::clock::{Civil, base_days_of, days_in_month};
use crate::base::msg::fpl;
use crate::pipe::args::Fault;

/// Days from 0001-01-01 to the TOD clock's 1900-01-01.
const BASE_TO_1900: i64 = 693_595;
/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;
/// Microseconds from 1900-01-01 to 1970-01-01.
const TO_1970: i64 = 2_208_988_800_000_000;

/// The TOD clock of a time; what is left off from the right is zero. A year of two digits, which is taken in a
/// date without time, is within 1950 to 2049.
///
/// # Errors
/// 1183 not a time.
pub fn from_iso(value: &[u8]) -> Result<Vec<u8>, Fault> {
    let bad = || Fault::new(&fpl::FPLSPC1183E, &[value]);
    let text = value.trim_ascii();
    if !(text.len() == 6 || (8..=20).contains(&text.len())) || !text.iter().all(u8::is_ascii_digit)
    {
        return Err(bad());
    }
    let mut digits = match text {
        [b'0'..=b'4', _, _, _, _, _] => [b"20", text].concat(),
        [_, _, _, _, _, _] => [b"19", text].concat(),
        _ => text.to_vec(),
    };
    digits.resize(20, b'0');
    let part = |from: usize, length: usize| {
        let digits = digits[from..from + length].iter();
        digits.fold(0i64, |n, d| n * 10 + i64::from(d - b'0'))
    };
    let (year, month, day) = (part(0, 4), part(4, 2), part(6, 2));
    let (hour, minute, second) = (part(8, 2), part(10, 2), part(12, 2));
    let known = u8::try_from(month).is_ok_and(|m| {
        (1..=12).contains(&m) && (1..=i64::from(days_in_month(year, m))).contains(&day)
    });
    if !known || hour > 23 || minute > 59 || second > 59 {
        return Err(bad());
    }
    let days = base_days_of(year, month, day) - BASE_TO_1900;
    let micros = days * DAY + ((hour * 60 + minute) * 60 + second) * 1_000_000 + part(14, 6);
    // The clock has 52 bits of microseconds.
    let micros = u64::try_from(micros).ok().filter(|&m| m < 1 << 52);
    let micros = micros.ok_or_else(bad)?;
    Ok((micros << 12).to_be_bytes().to_vec())
}

/// How a time is written; a zero stands for any digit.
const WRITTEN: &[u8] = b"0000-00-00 00:00:00.000000";

/// The digits of a date before a time.
const DATE: usize = 10;

/// The TOD clock of a time as people write it: a date at least, and as much of the time as there is.
///
/// # Errors
/// 1183 not a time.
pub fn from_text(value: &[u8]) -> Result<Vec<u8>, Fault> {
    let bad = || Fault::new(&fpl::FPLSPC1183E, &[value]);
    let text = value.trim_ascii();
    let alike = |(&t, &w): (&u8, &u8)| {
        if w == b'0' {
            t.is_ascii_digit()
        } else {
            t == w
        }
    };
    // Only whole numbers can be left off, but for the fraction.
    let ends = [DATE, 13, 16, 19];
    let whole = ends.contains(&text.len()) || (21..=WRITTEN.len()).contains(&text.len());
    if !whole || !text.iter().zip(WRITTEN).all(alike) {
        return Err(bad());
    }
    let digits: Vec<u8> = text.iter().copied().filter(u8::is_ascii_digit).collect();
    from_iso(&digits).map_err(|_| bad())
}

/// The time of a TOD clock as people write it.
///
/// # Errors
/// 352 not eight bytes.
pub fn to_text(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut digits = to_iso(bytes)?.into_iter();
    let put = |&w: &u8| {
        if w == b'0' {
            digits.next().unwrap_or(w)
        } else {
            w
        }
    };
    Ok(WRITTEN.iter().map(put).collect())
}

/// The time of a TOD clock.
///
/// # Errors
/// 352 not eight bytes.
pub fn to_iso(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    let Ok(clock) = <[u8; 8]>::try_from(bytes) else {
        let length = bytes.len().to_string();
        return Err(Fault::new(&fpl::FPLSCA352E, &[length.as_bytes(), b"8"]));
    };
    let micros = i64::try_from(u64::from_be_bytes(clock) >> 12).unwrap_or(0);
    let c = Civil::from_micros(micros - TO_1970);
    let Civil {
        year,
        month,
        day,
        hour,
        minute,
        second,
        micro,
        ..
    } = c;
    let text = format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}{micro:06}");
    Ok(text.into_bytes())
}
