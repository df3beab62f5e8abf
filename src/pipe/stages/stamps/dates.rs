//! The date formats of DATECONVERT.

use crate::base::clock::{Civil, MONTHS, base_days_of, days_in_month};

/// A date and a time of day.
pub struct Moment {
    date: Civil,
    /// Microseconds since midnight.
    of_day: i64,
    /// Whether a fraction of a second was given.
    fraction: bool,
}

/// Days from 0001-01-01 to 1970-01-01.
const BASE_TO_1970: i64 = 719_162;

impl Moment {
    /// Seconds since 1970.
    pub fn seconds(&self) -> Option<i64> {
        let days = self.date.base_days - BASE_TO_1970;
        days.checked_mul(86_400)?
            .checked_add(self.of_day / 1_000_000)
    }
}

/// The first of the hundred years that two digits are of.
#[derive(Clone, Copy)]
pub struct Years(pub i64);

impl Years {
    fn expand(self, two: i64) -> i64 {
        self.0 + (two - self.0).rem_euclid(100)
    }
}

/// How many digits a year has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Year {
    Two,
    Four,
}

/// The order of year, month and day, or what else stands for a day.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Month, day, year.
    American,
    /// Year, month, day.
    Sorted,
    /// Day, month, year.
    European,
    /// Day, name of the month, year.
    Named,
    /// Year and day of the year.
    Julian,
    /// Days since 0001-01-01.
    Base,
    /// Days of the century.
    Century,
    /// The day of the year alone.
    OfYear,
    Posix,
    MonthName,
    Weekday,
}

/// A date format.
#[derive(Clone, Copy)]
pub struct Format {
    kind: Kind,
    year: Year,
    /// Between the parts; 0: nothing.
    separator: u8,
    /// Between the date and the time of day, and within that.
    time: (u8, u8),
}

const fn format(kind: Kind, year: Year, separator: u8) -> Format {
    Format {
        kind,
        year,
        separator,
        time: (b' ', b':'),
    }
}

const fn with_time(mut format: Format, before: u8, within: u8) -> Format {
    format.time = (before, within);
    format
}

impl Format {
    /// What input is in unless said.
    pub const SHORT: Format = format(Kind::American, Year::Two, b'/');
    /// What output is in unless said.
    pub const ISO: Format = format(Kind::Sorted, Year::Four, b'-');

    /// Whether no date can be read in this format.
    pub fn is_output_only(&self) -> bool {
        matches!(self.kind, Kind::MonthName | Kind::Weekday | Kind::OfYear)
    }

    /// What to call it in a message.
    pub fn name(&self) -> &'static [u8] {
        match self.kind {
            Kind::MonthName => b"REXX_DATE_M",
            Kind::Weekday => b"REXX_DATE_W",
            _ => b"REXX_DATE_D",
        }
    }
}

/// The formats by name; capitals are the minimum abbreviation.
pub const FORMATS: &[(&str, Format)] = &[
    ("SHOrtdate", Format::SHORT),
    ("USA_SHORT", Format::SHORT),
    ("VMDATE", Format::SHORT),
    ("REXX_DATE_U", Format::SHORT),
    ("REXXU", Format::SHORT),
    ("RU", Format::SHORT),
    ("FULldate", FULL),
    ("USA", FULL),
    ("ISO_SHORT", format(Kind::Sorted, Year::Two, b'-')),
    ("ISOdate", Format::ISO),
    (
        "DB2_SHORT",
        with_time(format(Kind::Sorted, Year::Two, b'-'), b'-', b'.'),
    ),
    ("DB2", with_time(Format::ISO, b'-', b'.')),
    ("NORMAL", NAMED),
    ("REXX_DATE_N", NAMED),
    ("REXXN", NAMED),
    ("RN", NAMED),
    ("REXX_DATE_N_SHORT", format(Kind::Named, Year::Two, b' ')),
    ("REXXN_SHORT", format(Kind::Named, Year::Two, b' ')),
    ("RN_SHORT", format(Kind::Named, Year::Two, b' ')),
    ("CSL_SHORT", ORDERED),
    ("REXX_DATE_O", ORDERED),
    ("REXXO", ORDERED),
    ("RO", ORDERED),
    ("CSL", format(Kind::Sorted, Year::Four, b'/')),
    (
        "PIPE_SHORT",
        with_time(format(Kind::Sorted, Year::Two, 0), 0, 0),
    ),
    ("PIPE", PIPE),
    ("REXX_DATE_S", PIPE),
    ("REXXS", PIPE),
    ("RS", PIPE),
    ("EURSHORT", format(Kind::European, Year::Two, b'.')),
    ("EUR_SHORT", format(Kind::European, Year::Two, b'.')),
    ("EUR", format(Kind::European, Year::Four, b'.')),
    ("JULIAN_SHORT", format(Kind::Julian, Year::Two, b'.')),
    ("JULIAN", format(Kind::Julian, Year::Four, b'.')),
    ("POSIX", format(Kind::Posix, Year::Four, 0)),
    ("REXX_DATE_B", BASE),
    ("REXXB", BASE),
    ("RB", BASE),
    ("REXX_DATE_C", CENTURY),
    ("REXXC", CENTURY),
    ("RC", CENTURY),
    ("REXX_DATE_D", OF_YEAR),
    ("REXXD", OF_YEAR),
    ("RD", OF_YEAR),
    ("REXX_DATE_E", EUROPEAN),
    ("REXXE", EUROPEAN),
    ("RE", EUROPEAN),
    ("REXX_DATE_E_LONG", EUROPEAN_LONG),
    ("REXXE_LONG", EUROPEAN_LONG),
    ("RE_LONG", EUROPEAN_LONG),
    ("REXX_DATE_J", JULIAN),
    ("REXXJ", JULIAN),
    ("RJ", JULIAN),
    ("REXX_DATE_J_LONG", JULIAN_LONG),
    ("REXXJ_LONG", JULIAN_LONG),
    ("RJ_LONG", JULIAN_LONG),
    ("REXX_DATE_M", MONTH),
    ("REXXM", MONTH),
    ("RM", MONTH),
    ("REXX_DATE_W", WEEKDAY),
    ("REXXW", WEEKDAY),
    ("RW", WEEKDAY),
];

const FULL: Format = format(Kind::American, Year::Four, b'/');
const NAMED: Format = format(Kind::Named, Year::Four, b' ');
const ORDERED: Format = format(Kind::Sorted, Year::Two, b'/');
const PIPE: Format = with_time(format(Kind::Sorted, Year::Four, 0), 0, 0);
const BASE: Format = format(Kind::Base, Year::Four, 0);
const CENTURY: Format = format(Kind::Century, Year::Four, 0);
const OF_YEAR: Format = format(Kind::OfYear, Year::Four, 0);
const EUROPEAN: Format = format(Kind::European, Year::Two, b'/');
const EUROPEAN_LONG: Format = format(Kind::European, Year::Four, b'/');
const JULIAN: Format = format(Kind::Julian, Year::Two, 0);
const JULIAN_LONG: Format = format(Kind::Julian, Year::Four, 0);
const MONTH: Format = format(Kind::MonthName, Year::Four, 0);
const WEEKDAY: Format = format(Kind::Weekday, Year::Four, 0);

/// Formats of CMS Pipelines that are not built in here.
pub const ABSENT: &[&[u8]] = &[
    b"TOD_ABSOLUTE",
    b"TODABS",
    b"TOD_RELATIVE",
    b"TODREL",
    b"SCIENTIFIC_ABSOLUTE",
    b"SCIABS",
    b"SCIENTIFIC_RELATIVE",
    b"SCIREL",
    b"MET",
];

/// A cursor over the text of a date.
struct Text<'a>(&'a [u8]);

impl Text<'_> {
    /// Takes a number of at most so many digits.
    fn number(&mut self, most: usize) -> Option<i64> {
        let digits = self.0.iter().take(most).take_while(|b| b.is_ascii_digit());
        let n = digits.count();
        let value = crate::pipe::args::unsigned(&self.0[..n]).ok()?;
        self.0 = &self.0[n..];
        i64::try_from(value).ok()
    }

    /// Takes a number of exactly so many digits.
    fn digits(&mut self, n: usize) -> Option<i64> {
        let before = self.0.len();
        let value = self.number(n)?;
        (before - self.0.len() == n).then_some(value)
    }

    fn skip(&mut self, b: u8) -> Option<()> {
        if b != 0 {
            self.0 = self.0.strip_prefix(&[b])?;
            if b == b' ' {
                self.0 = self.0.trim_ascii_start();
            }
        }
        Some(())
    }
}

/// Reads a date and the time behind it, if there is one; `None` when it is not valid.
pub fn read(format: Format, text: &[u8], years: Years) -> Option<Moment> {
    let mut text = Text(text);
    let date = read_date(format, &mut text, years)?;
    if format.kind == Kind::Posix {
        let seconds = date;
        let days = seconds.div_euclid(86_400);
        return text.0.is_empty().then(|| Moment {
            date: Civil::from_base_days(days + BASE_TO_1970),
            of_day: seconds.rem_euclid(86_400) * 1_000_000,
            fraction: false,
        });
    }
    let (of_day, fraction) = match text.0.is_empty() {
        true => (0, false),
        false => read_time(format, &mut text)?,
    };
    text.0.is_empty().then(|| Moment {
        date: Civil::from_base_days(date),
        of_day,
        fraction,
    })
}

/// Days since 0001-01-01 (of POSIX the seconds).
fn read_date(format: Format, text: &mut Text<'_>, years: Years) -> Option<i64> {
    let apart = format.separator;
    let year = |text: &mut Text<'_>| {
        let year = match (format.year, apart) {
            (Year::Two, _) => text.digits(2)?,
            (Year::Four, 0) => text.digits(4)?,
            (Year::Four, _) => text.number(7)?,
        };
        Some(match format.year {
            Year::Two => years.expand(year),
            Year::Four => year,
        })
    };
    let part = |text: &mut Text<'_>| match apart {
        0 => text.digits(2),
        _ => text.number(2),
    };
    match format.kind {
        Kind::American => {
            let month = part(text)?;
            text.skip(apart)?;
            let day = part(text)?;
            text.skip(apart)?;
            days(year(text)?, month, day)
        }
        Kind::Sorted => {
            let year = year(text)?;
            text.skip(apart)?;
            let month = part(text)?;
            text.skip(apart)?;
            days(year, month, part(text)?)
        }
        Kind::European => {
            let day = part(text)?;
            text.skip(apart)?;
            let month = part(text)?;
            text.skip(apart)?;
            days(year(text)?, month, day)
        }
        Kind::Named => {
            let day = text.number(2)?;
            text.skip(b' ')?;
            let name = text.0.get(..3)?;
            let month = MONTHS
                .iter()
                .position(|m| name.eq_ignore_ascii_case(&m.as_bytes()[..3]))?;
            text.0 = &text.0[3..];
            text.skip(b' ')?;
            days(year(text)?, i64::try_from(month + 1).ok()?, day)
        }
        Kind::Julian => {
            let year = year(text)?;
            text.skip(apart)?;
            let day = text.digits(3)?;
            let first = days(year, 1, 1)?;
            let last = days(year, 12, 31)?;
            (day >= 1 && first + day - 1 <= last).then_some(first + day - 1)
        }
        Kind::Base => text.number(9),
        Kind::Century => {
            // As REXX counts them: the first day is 1; of the century that brings the year into the window.
            let century = years.0 - years.0.rem_euclid(100);
            let n = text.number(6)?;
            let day = base_days_of(century, 1, 1) + n - 1;
            match Civil::from_base_days(day).year < years.0 {
                true => Some(base_days_of(century + 100, 1, 1) + n - 1),
                false => Some(day),
            }
        }
        Kind::Posix => text.number(18),
        Kind::OfYear | Kind::MonthName | Kind::Weekday => None,
    }
}

fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let short = u8::try_from(month).ok().filter(|m| (1..=12).contains(m))?;
    let last = i64::from(days_in_month(year, short));
    ((1..=last).contains(&day) && year >= 1).then(|| base_days_of(year, month, day))
}

/// Microseconds since midnight, and whether there was a fraction.
fn read_time(format: Format, text: &mut Text<'_>) -> Option<(i64, bool)> {
    let (before, within) = format.time;
    text.skip(before)?;
    let hour = text.number(2)?;
    text.skip(within)?;
    let minute = text.digits(2)?;
    let mut second = 0;
    if !text.0.is_empty() {
        text.skip(within)?;
        second = text.digits(2)?;
    }
    let mut micros = 0;
    let fraction = !text.0.is_empty();
    if fraction {
        if within != 0 {
            text.skip(b'.')?;
        }
        let length = text.0.len();
        micros = text.number(6)?;
        for _ in length - text.0.len()..6 {
            micros *= 10;
        }
    }
    let valid = hour < 24 && minute < 60 && second < 60;
    let seconds = (hour * 60 + minute) * 60 + second;
    valid.then_some((seconds * 1_000_000 + micros, fraction))
}

/// Writes a date, with the time of day when that is wanted.
pub fn write(format: Format, moment: &Moment, time: bool) -> Vec<u8> {
    let d = &moment.date;
    let year = match format.year {
        Year::Two => format!("{:02}", d.year.rem_euclid(100)),
        Year::Four => format!("{:04}", d.year),
    };
    let (month, day) = (format!("{:02}", d.month), format!("{:02}", d.day));
    let apart = match format.separator {
        0 => String::new(),
        b => char::from(b).to_string(),
    };
    let name = MONTHS[usize::from(d.month.clamp(1, 12)) - 1];
    let mut out = match format.kind {
        Kind::American => [month, day, year].join(&apart),
        Kind::Sorted => [year, month, day].join(&apart),
        Kind::European => [day, month, year].join(&apart),
        Kind::Named => format!("{} {} {year}", d.day, &name[..3]),
        Kind::Julian => format!("{year}{apart}{:03}", d.day_of_year),
        Kind::Base => d.base_days.to_string(),
        Kind::Century => (d.base_days - base_days_of(d.year - d.year % 100, 1, 1) + 1).to_string(),
        Kind::OfYear => d.day_of_year.to_string(),
        Kind::Posix => return moment.seconds().unwrap_or(0).to_string().into_bytes(),
        Kind::MonthName => name.to_string(),
        Kind::Weekday => {
            let name = d.weekday_name();
            format!("{}{}", &name[..1], name[1..].to_ascii_lowercase())
        }
    };
    if time {
        let (before, within) = format.time;
        let seconds = moment.of_day / 1_000_000;
        let mut push = |b: u8| {
            if b != 0 {
                out.push(char::from(b));
            }
        };
        push(before);
        let [h, m, s] =
            [seconds / 3600, seconds / 60 % 60, seconds % 60].map(|n| format!("{n:02}"));
        let within_text = match within {
            0 => String::new(),
            b => char::from(b).to_string(),
        };
        out.push_str(&[h, m, s].join(&within_text));
        // DB2's timestamps have their fraction always.
        if moment.fraction || within == b'.' {
            if within != 0 {
                out.push('.');
            }
            out.push_str(&format!("{:06}", moment.of_day % 1_000_000));
        }
    }
    out.into_bytes()
}
