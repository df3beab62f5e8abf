//! The clock that every layer asks. A test sets it; nothing below reads the host's clock by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A handle on a clock: cheap to copy, the same time for all who share it.
#[derive(Clone, Debug)]
pub struct Clock {
    source: Arc<Source>,
    zone: Zone,
}

#[derive(Debug)]
enum Source {
    /// The host's clock, made monotonic from the moment it was opened.
    Host { start_micros: i64, since: Instant },
    /// A clock that moves only when it is told to.
    Manual(AtomicI64),
}

/// A time zone as CP shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Seconds east of Greenwich (negative: west).
    pub offset: i32,
    /// Three or four letters, such as `UTC` or `EDT`.
    pub name: String,
}

impl Clock {
    /// The host's clock, in UTC unless the `TZ` of [`Clock::with_zone`] says otherwise.
    pub fn host() -> Self {
        let start_micros = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |d| i64::try_from(d.as_micros()).unwrap_or(i64::MAX));
        let source = Source::Host {
            start_micros,
            since: Instant::now(),
        };
        Clock {
            source: Arc::new(source),
            zone: Zone {
                offset: 0,
                name: "UTC".into(),
            },
        }
    }

    /// A clock that stands at `micros` since 1970-01-01 UTC until [`Clock::advance`] moves it.
    pub fn fixed(micros: i64) -> Self {
        let source = Source::Manual(AtomicI64::new(micros));
        Clock {
            source: Arc::new(source),
            zone: Zone {
                offset: 0,
                name: "UTC".into(),
            },
        }
    }

    /// The same clock seen from another zone.
    pub fn with_zone(mut self, zone: Zone) -> Self {
        self.zone = zone;
        self
    }

    /// Microseconds since 1970-01-01 00:00 UTC.
    pub fn micros(&self) -> i64 {
        match &*self.source {
            Source::Host {
                start_micros,
                since,
            } => start_micros + i64::try_from(since.elapsed().as_micros()).unwrap_or(i64::MAX),
            Source::Manual(at) => at.load(Ordering::Relaxed),
        }
    }

    /// Moves a fixed clock on; the host's clock moves by itself and ignores this.
    pub fn advance(&self, micros: i64) {
        if let Source::Manual(at) = &*self.source {
            at.fetch_add(micros, Ordering::Relaxed);
        }
    }

    /// Whether the clock stands still unless advanced.
    pub fn is_fixed(&self) -> bool {
        matches!(*self.source, Source::Manual(_))
    }

    /// The zone times are shown in.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The local date and time now.
    pub fn local(&self) -> Civil {
        Civil::from_micros(self.micros() + i64::from(self.zone.offset) * 1_000_000)
    }

    /// The TOD-clock value now: units of 2^-12 microseconds since 1900-01-01
    /// (Principles of Operation, Timing).
    pub fn tod(&self) -> u64 {
        const EPOCH_1900_TO_1970: i64 = 2_208_988_800_000_000;
        let micros = u64::try_from(self.micros() + EPOCH_1900_TO_1970).unwrap_or(0);
        micros << 12
    }
}

/// The months' English names, January first.
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A calendar date and time of day, in the Gregorian calendar without limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// Days since 0001-01-01 (REXX DATE('B')).
    pub base_days: i64,
    /// The year.
    pub year: i64,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 1 to 366.
    pub day_of_year: u16,
    /// 0 Monday to 6 Sunday.
    pub weekday: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
    /// 0 to 999,999.
    pub micro: u32,
}

/// Days from 0001-01-01 to 1970-01-01.
const BASE_TO_1970: i64 = 719_162;

impl Civil {
    /// The date and time of microseconds since 1970-01-01 00:00 of the same zone.
    pub fn from_micros(micros: i64) -> Civil {
        let seconds = micros.div_euclid(1_000_000);
        let days = seconds.div_euclid(86_400);
        let of_day = seconds.rem_euclid(86_400);
        let mut c = Civil::from_base_days(days + BASE_TO_1970);
        c.hour = small(of_day / 3600);
        c.minute = small(of_day / 60 % 60);
        c.second = small(of_day % 60);
        c.micro = u32::try_from(micros.rem_euclid(1_000_000)).unwrap_or(0);
        c
    }

    /// Midnight of a day counted from 0001-01-01.
    pub fn from_base_days(base_days: i64) -> Civil {
        // The algorithm counts years from March, so that the leap day ends one.
        let z = base_days + 306;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let day = doy - (153 * mp + 2) / 5 + 1;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        let year = yoe + era * 400 + i64::from(month <= 2);
        let day_of_year = base_days - base_days_of(year, 1, 1) + 1;
        Civil {
            base_days,
            year,
            month: small(month),
            day: small(day),
            day_of_year: u16::try_from(day_of_year).unwrap_or(0),
            weekday: small(base_days.rem_euclid(7)),
            hour: 0,
            minute: 0,
            second: 0,
            micro: 0,
        }
    }

    /// Microseconds since midnight.
    pub fn micros_of_day(&self) -> i64 {
        ((i64::from(self.hour) * 60 + i64::from(self.minute)) * 60 + i64::from(self.second))
            * 1_000_000
            + i64::from(self.micro)
    }

    /// `MONDAY` to `SUNDAY`.
    pub fn weekday_name(&self) -> &'static str {
        WEEKDAYS[usize::from(self.weekday)]
    }
}

/// The days of the week, Monday first, as CP writes them.
pub const WEEKDAYS: [&str; 7] = [
    "MONDAY",
    "TUESDAY",
    "WEDNESDAY",
    "THURSDAY",
    "FRIDAY",
    "SATURDAY",
    "SUNDAY",
];

/// Days from 0001-01-01 to a date; month 1 to 12.
pub fn base_days_of(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let mp = (month + 9) % 12;
    let doy = (153 * mp + 2) / 5 + day - 1;
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 306
}

/// The number of days of a month; month 1 to 12.
pub fn days_in_month(year: i64, month: u8) -> u8 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn small(v: i64) -> u8 {
    u8::try_from(v).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_days() {
        let c = Civil::from_micros(0);
        assert_eq!(
            (c.year, c.month, c.day, c.weekday_name()),
            (1970, 1, 1, "THURSDAY")
        );
        assert_eq!(base_days_of(1, 1, 1), 0);
        assert_eq!(Civil::from_base_days(0).weekday_name(), "MONDAY");
        let c = Civil::from_base_days(base_days_of(2024, 2, 29));
        assert_eq!((c.year, c.month, c.day, c.day_of_year), (2024, 2, 29, 60));
    }

    #[test]
    fn every_day_goes_there_and_back() {
        for d in 0..800_000 {
            let c = Civil::from_base_days(d);
            assert_eq!(
                base_days_of(c.year, i64::from(c.month), i64::from(c.day)),
                d
            );
            assert!(c.day <= days_in_month(c.year, c.month));
        }
    }

    #[test]
    fn a_fixed_clock_moves_when_told() {
        let clock = Clock::fixed(1_000_000);
        clock.advance(5);
        assert_eq!(clock.micros(), 1_000_005);
        assert_eq!(clock.tod() >> 12, 2_208_988_801_000_005);
    }
}
