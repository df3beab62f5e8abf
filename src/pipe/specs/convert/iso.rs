//! Times: the eight bytes of the TOD clock, and `yyyymmddhhmmss` with six digits of microseconds.

use crate::base::clock::{Civil, base_days_of, days_in_month};
use crate::base::msg::fpl;
use crate::pipe::args::Fault;

/// Days from 0001-01-01 to the TOD clock's 1900-01-01.
const BASE_TO_1900: i64 = 693_595;
/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;
/// Microseconds from 1900-01-01 to 1970-01-01.
const TO_1970: i64 = 2_208_988_800_000_000;

/// The TOD clock of a time; what is left off from the right is zero.
///
/// # Errors
/// 1047 not a time.
pub fn from_iso(value: &[u8]) -> Result<Vec<u8>, Fault> {
    let bad = || Fault::new(&fpl::FPLSPC1047E, &[value]);
    let text = value.trim_ascii();
    if !(8..=20).contains(&text.len()) || !text.iter().all(u8::is_ascii_digit) {
        return Err(bad());
    }
    let mut digits = text.to_vec();
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

/// The time of a TOD clock.
///
/// # Errors
/// 1048 not eight bytes.
pub fn to_iso(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    let Ok(clock) = <[u8; 8]>::try_from(bytes) else {
        return Err(Fault::new(&fpl::FPLSPC1048E, &[b"8"]));
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
