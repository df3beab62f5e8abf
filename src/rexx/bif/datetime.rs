//! DATE and TIME, with their conversions (ANSI X3.274 section 9.8; SC24-5770 chapter 3). Both see the
//! time at which the clause first asked.

use crate::base::clock::{Civil, MONTHS, WEEKDAYS, base_days_of};

use super::args::{given, option, text};
use super::{Bif, BifContext, Error, Value};

pub(super) const TABLE: &[Bif] = &[
    Bif::new(
        "DATE",
        "oBCDEJMNOSUW oANY oBCDEJNOSU oSEP oSEP",
        date,
        "Today's date in a format, or another date converted to it.",
        "DATE('B','19960523','S') == 728801",
    ),
    Bif::new(
        "TIME",
        "oCEHLMNORS oANY oCHLMNS",
        time,
        "The time of day in a format, a time converted to it, or an elapsed time.",
        "TIME('C','16:54:22') == '4:54pm'",
    ),
];

type Context<'a> = BifContext<'a>;
type Args = [Option<Value>];
type Outcome = Result<Value, Error>;

/// The first day past the year 9999.
const END: i64 = 3_652_059;

const MICROS: i64 = 1_000_000;
const DAY: i64 = 86_400 * MICROS;

fn local(context: &mut Context) -> Civil {
    let now = context.host.now();
    Civil::from_micros(now + context.host.zone_offset())
}

fn today(context: &mut Context) -> Civil {
    Civil::from_base_days(local(context).base_days)
}

fn date(context: &mut Context, args: &Args) -> Outcome {
    if given(args, 1).is_none() && given(args, 2).is_some() {
        return text(args, 2, |option| Err(context.fail(19, &[b"", option])));
    }
    let out = option(args, 0, b'N');
    let separator = separator(context, args, 3, out)?;
    let day = match given(args, 1) {
        None => today(context),
        Some(value) => value.with_bytes(|value| converted(context, args, value))?,
    };
    Ok(Value::from_vec(shown(&day, out, &separator)))
}

/// The day that the second argument means in the format of the third.
fn converted(context: &mut Context, args: &Args, value: &[u8]) -> Result<Civil, Error> {
    let input = option(args, 2, b'N');
    let separator = separator(context, args, 4, input)?;
    let bad = |context: &Context| {
        let name = given(args, 2).map_or(b"N".to_vec(), Value::to_vec);
        context.fail(19, &[value, &name])
    };
    let now = today(context);
    let Some(base) = read(value, input, &separator, &now) else {
        return Err(bad(context));
    };
    if !(0..END).contains(&base) {
        return Err(context.fail(18, &[]));
    }
    // What does not come out the same was no date: the 31st of April, or a missing zero.
    let day = Civil::from_base_days(base);
    if shown(&day, input, &separator) != value {
        return Err(bad(context));
    }
    Ok(day)
}

/// What stands between the parts of a format: an argument, or the format's own.
fn separator(context: &Context, args: &Args, index: usize, option: u8) -> Result<Vec<u8>, Error> {
    let own: Option<&[u8]> = match option {
        b'N' => Some(b" "),
        b'E' | b'O' | b'U' => Some(b"/"),
        b'S' => Some(b""),
        _ => None,
    };
    match (given(args, index), own) {
        (None, own) => Ok(own.unwrap_or_default().to_vec()),
        (Some(value), Some(_)) => Ok(value.to_vec()),
        (Some(value), None) => {
            // The fourth argument belongs to the format in the first, the fifth to the third's.
            let format: &[u8] = if index == 3 { b"1" } else { b"3" };
            Err(context.fail(44, &[format, &[option], &value.to_vec()]))
        }
    }
}

fn shown(day: &Civil, option: u8, separator: &[u8]) -> Vec<u8> {
    let two = |v: i64| format!("{:02}", v.rem_euclid(100)).into_bytes();
    let (d, m, y) = (
        two(i64::from(day.day)),
        two(i64::from(day.month)),
        two(day.year),
    );
    let month = MONTHS[usize::from(day.month) - 1];
    let full = format!("{:04}", day.year).into_bytes();
    match option {
        b'B' => day.base_days.to_string().into_bytes(),
        b'C' => (day.base_days - century(day) + 1).to_string().into_bytes(),
        b'D' => day.day_of_year.to_string().into_bytes(),
        b'E' => [d, m, y].join(separator),
        b'J' => format!("{:02}{:03}", day.year.rem_euclid(100), day.day_of_year).into_bytes(),
        b'M' => month.as_bytes().to_vec(),
        b'O' => [y, m, d].join(separator),
        b'S' => [full, m, d].join(separator),
        b'U' => [m, d, y].join(separator),
        b'W' => {
            let name = WEEKDAYS[usize::from(day.weekday)];
            [&name[..1], &name[1..].to_ascii_lowercase()]
                .concat()
                .into_bytes()
        }
        _ => [
            day.day.to_string().into_bytes(),
            month.as_bytes()[..3].to_vec(),
            full,
        ]
        .join(separator),
    }
}

/// The first day of a day's century (a year that ends in 00).
fn century(day: &Civil) -> i64 {
    base_days_of(day.year - day.year.rem_euclid(100), 1, 1)
}

/// The base day of a date; `None` when it is not written as the format wants.
fn read(value: &[u8], option: u8, separator: &[u8], now: &Civil) -> Option<i64> {
    let widths = match option {
        b'B' => return digits(value),
        b'C' => return Some(century(now) + digits(value)? - 1),
        b'D' => return Some(base_days_of(now.year, 1, 1) + digits(value)? - 1),
        b'J' => {
            let (year, day) = value.split_at_checked(2)?;
            return Some(base_days_of(windowed(digits(year)?, now), 1, 1) + digits(day)? - 1);
        }
        b'N' => [value.len().checked_sub(7)?, 3, 4],
        b'S' => [4, 2, 2],
        _ => [2, 2, 2],
    };
    let [a, b, c] = if separator.is_empty() {
        let (a, rest) = value.split_at_checked(widths[0])?;
        let (b, c) = rest.split_at_checked(widths[1])?;
        [a, b, c]
    } else {
        let mut parts = value.splitn(3, |byte| *byte == separator[0]);
        [parts.next()?, parts.next()?, parts.next()?]
    };
    let (year, month, day) = match option {
        b'N' => {
            let named = |name: &&str| name.as_bytes()[..3] == *b;
            let month = MONTHS.iter().position(named)? + 1;
            (digits(c)?, month as i64, digits(a)?)
        }
        b'S' => (digits(a)?, digits(b)?, digits(c)?),
        b'E' => (windowed(digits(c)?, now), digits(b)?, digits(a)?),
        b'O' => (windowed(digits(a)?, now), digits(b)?, digits(c)?),
        _ => (windowed(digits(c)?, now), digits(a)?, digits(b)?),
    };
    (1..=12)
        .contains(&month)
        .then(|| base_days_of(year, month, day))
}

/// A year without its century: the one from fifty years back to forty-nine years on.
fn windowed(year: i64, now: &Civil) -> i64 {
    let first = now.year - 50;
    first + (year - first).rem_euclid(100)
}

/// Up to nine ASCII digits.
fn digits(text: &[u8]) -> Option<i64> {
    if text.is_empty() || text.len() > 9 || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(text.iter().fold(0, |v, d| v * 10 + i64::from(d - b'0')))
}

fn time(context: &mut Context, args: &Args) -> Outcome {
    if given(args, 1).is_none() && given(args, 2).is_some() {
        return text(args, 2, |option| Err(context.fail(19, &[b"", option])));
    }
    let out = option(args, 0, b'N');
    let Some(value) = given(args, 1) else {
        return match out {
            b'E' | b'R' => Ok(elapsed(context, out)),
            b'O' => Ok(Value::int(context.host.zone_offset())),
            _ => {
                let at = local(context).micros_of_day();
                Ok(Value::from_vec(clock_text(at, out).into_bytes()))
            }
        };
    };
    if matches!(out, b'E' | b'R' | b'O') {
        return Err(context.fail(29, &[&[out]]));
    }
    let input = option(args, 2, b'N');
    value.with_bytes(|value| {
        let at = std::str::from_utf8(value)
            .ok()
            .and_then(|value| time_read(value, input))
            .filter(|at| clock_text(*at, input).as_bytes() == value);
        match at {
            Some(at) => Ok(Value::from_vec(clock_text(at, out).into_bytes())),
            None => {
                let name = given(args, 2).map_or(b"N".to_vec(), Value::to_vec);
                Err(context.fail(19, &[value, &name]))
            }
        }
    })
}

/// TIME('E') and TIME('R'): seconds since the clock of this level was started; the first call starts it.
fn elapsed(context: &mut Context, option: u8) -> Value {
    let now = context.host.now();
    let timer = context.host.timer();
    let started = *timer.get_or_insert(now);
    if option == b'R' {
        *timer = Some(now);
    }
    let spent = now - started;
    if spent == 0 {
        return Value::int(0);
    }
    let text = format!("{}.{:06}", spent / MICROS, (spent % MICROS).abs());
    Value::from_vec(text.into_bytes())
}

/// A time of day, in microseconds, in a format.
fn clock_text(at: i64, option: u8) -> String {
    let seconds = at / MICROS;
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match option {
        b'C' => {
            let half = if h >= 12 { "pm" } else { "am" };
            format!("{}:{m:02}{half}", (h + 11) % 12 + 1)
        }
        b'H' => h.to_string(),
        b'L' => format!("{h:02}:{m:02}:{s:02}.{:06}", at % MICROS),
        b'M' => (seconds / 60).to_string(),
        b'S' => seconds.to_string(),
        _ => format!("{h:02}:{m:02}:{s:02}"),
    }
}

/// Microseconds of the day that a text means; roughly, for the caller compares what comes back out.
fn time_read(value: &str, option: u8) -> Option<i64> {
    let whole = |text: &str| digits(text.as_bytes());
    let at = match option {
        b'C' => {
            let (hour, rest) = value.split_once(':')?;
            let (minute, half) = rest.split_at_checked(2)?;
            let afternoon = if half == "pm" { 12 } else { 0 };
            ((whole(hour)? % 12 + afternoon) * 60 + whole(minute)?) * 60 * MICROS
        }
        b'H' => whole(value)? * 3600 * MICROS,
        b'M' => whole(value)? * 60 * MICROS,
        b'S' => whole(value)? * MICROS,
        _ => {
            let (hour, rest) = value.split_once(':')?;
            let (minute, second) = rest.split_once(':')?;
            let (second, micro) = match second.split_once('.') {
                Some((second, micro)) => (whole(second)?, whole(micro)?),
                None => (whole(second)?, 0),
            };
            ((whole(hour)? * 60 + whole(minute)?) * 60 + second) * MICROS + micro
        }
    };
    (0..DAY).contains(&at).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;

    #[test]
    fn today_in_every_format() {
        Bench::new().table(
            r"
            DATE() == '23 May 1996'
            DATE('B') == 728801
            DATE('C') == 35207
            DATE('D') == 144
            DATE('E') == '23/05/96'
            DATE('J') == '96144'
            DATE('M') == 'May'
            DATE('N') == '23 May 1996'
            DATE('O') == '96/05/23'
            DATE('S') == '19960523'
            DATE('sorted') == '19960523'
            DATE('U') == '05/23/96'
            DATE('W') == 'Thursday'
            DATE('X') ! 40.28 DATE|1|BCDEJMNOSUW|X
            DATE('') ! 40.21 DATE|1
            TIME() == '16:54:22'
            TIME('C') == '4:54pm'
            TIME('H') == 16
            TIME('L') == '16:54:22.123456'
            TIME('M') == 1014
            TIME('N') == '16:54:22'
            TIME('S') == 60862
            TIME('O') == 0
            ",
        );
    }

    #[test]
    fn conversions() {
        Bench::new().table(
            r"
            DATE('S','23 May 1996') == '19960523'
            DATE('B','1 Jan 0001') == 0
            DATE('W','0','B') == 'Monday'
            DATE('N','3652058','B') == '31 Dec 9999'
            DATE('N','3652059','B') ! 40.18 DATE
            DATE('S','29/02/96','E') == '19960229'
            DATE('S','29/02/97','E') ! 40.19 DATE|29/02/97|E
            DATE('S','31 Apr 1996') ! 40.19 DATE|31 Apr 1996|N
            DATE('S','01 Apr 1996') ! 40.19 DATE|01 Apr 1996|N
            DATE('S','1 apr 1996') ! 40.19 DATE|1 apr 1996|N
            DATE('S','45/12/31','O') == '20451231'
            DATE('S','46/01/01','O') == '19460101'
            DATE('S','46/12/31','O') == '19461231'
            DATE('S','02/29/00','U') == '20000229'
            DATE('N','20000229','S') == '29 Feb 2000'
            DATE('N','2000-02-29','S',,'-') == '29 Feb 2000'
            DATE('S','29 Feb 2000','N','-') == '2000-02-29'
            DATE('E','20000229','S','') == '290200'
            DATE('N','290200','E',,'') == '29 Feb 2000'
            DATE('N','29Feb2000','N','-','') == '29-Feb-2000'
            DATE('B','20000229','S','-') ! 40.44 DATE|1|B|-
            DATE('S','5','B',,'-') ! 40.44 DATE|3|B|-
            DATE('S','20000229','S','ab') ! 40.43 DATE|4|ab
            DATE('S','20000229','S','a') ! 40.43 DATE|4|a
            DATE('S','366','D') == '19961231'
            DATE('S','367','D') ! 40.19 DATE|367|D
            DATE('S','96366','J') == '19961231'
            DATE('S','96000','J') ! 40.19 DATE|96000|J
            DATE('J','1','C') == '00001'
            DATE('S','1','C') == '19000101'
            DATE('S',,'B') ! 40.19 DATE||B
            DATE('S','abc','B') ! 40.19 DATE|abc|B
            DATE('S','x','M') ! 40.28 DATE|3|BCDEJNOSU|M
            TIME('C','16:54:22') == '4:54pm'
            TIME('N','4:54pm','C') == '16:54:00'
            TIME('N','12:00am','C') == '00:00:00'
            TIME('N','12:05pm','C') == '12:05:00'
            TIME('C','0','H') == '12:00am'
            TIME('L','16:54:22.5','L') ! 40.19 TIME|16:54:22.5|L
            TIME('S','16:54:22.500000','L') == 60862
            TIME('L','86399','S') == '23:59:59.000000'
            TIME('L','86400','S') ! 40.19 TIME|86400|S
            TIME('N','24','H') ! 40.19 TIME|24|H
            TIME('N','7:00','N') ! 40.19 TIME|7:00|N
            TIME('E','1','H') ! 40.29 TIME|E
            TIME('N',,'H') ! 40.19 TIME||H
            ",
        );
    }

    #[test]
    fn the_zone_moves_the_day() {
        let mut bench = Bench::new();
        bench.host.offset = 8 * 3_600_000_000;
        assert_eq!(bench.text("DATE('S')"), "19960524");
        assert_eq!(bench.text("TIME()"), "00:54:22");
        assert_eq!(bench.text("TIME('O')"), "28800000000");
    }

    #[test]
    fn elapsed_time_starts_at_the_first_call() {
        let mut bench = Bench::new();
        assert_eq!(bench.text("TIME('E')"), "0");
        bench.host.now += 1_500_000;
        assert_eq!(bench.text("TIME('E')"), "1.500000");
        assert_eq!(bench.text("TIME('R')"), "1.500000");
        assert_eq!(bench.text("TIME('E')"), "0");
        bench.host.now += 7;
        assert_eq!(bench.text("TIME('E')"), "0.000007");
    }
}
