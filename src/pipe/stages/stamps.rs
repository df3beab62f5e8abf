//! Dates and times in records: TIMESTAMP, DATECONVERT, GREG2SEC, SEC2GREG
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs").

mod dates;

use super::{PLAIN, Row, task};
use crate::base::Record;
use crate::base::clock::Civil;
use crate::base::msg::fpl;
use crate::pipe::args::{self, Args, Fault};
use crate::pipe::range::{Range, Separators};
use crate::pipe::stage::{Body, Stage, Stop};
use dates::{FORMATS, Format, Moment, Years};

pub const TABLE: &[Row] = &[
    Row {
        names: "TIMEstamp",
        operands: "[number [number] | SHOrtdate | ISOdate | FULldate | STAndard | STRing delimitedString]",
        doc: "Prefixes records with the date and time: the last 8 of yyyymmddhhmmsshh unless said.",
        make: timestamp,
        example: (
            "literal  now|timestamp isodate|console",
            &["1970-01-01 00:00:00 now"],
        ),
        ..PLAIN
    },
    Row {
        names: "DATECONVert",
        operands: "[inputRange] [format [format]] [WINDOW snumber | BASEYEAR number] [TIMEOUT]",
        doc: "Converts dates from one format (SHORTDATE unless said) to another (ISODATE unless said); the rest of the record stays.",
        outputs: 2,
        make: dateconvert,
        example: (
            "literal due 12/31/99|dateconvert w2 shortdate isodate|console",
            &["due 1999-12-31"],
        ),
        notes: formats,
        ..PLAIN
    },
    Row {
        names: "GREG2SEC",
        operands: "[OFFSET snumber]",
        doc: "Makes seconds since 1970 of a timestamp yyyymmddhhmmss; the offset is that of the time zone in seconds.",
        make: |a| seconds(a, to_seconds),
        example: ("literal 20000101000000|greg2sec|console", &["946684800"]),
        ..PLAIN
    },
    Row {
        names: "SEC2GREG",
        operands: "[OFFSET snumber]",
        doc: "Makes a timestamp yyyymmddhhmmss of seconds since 1970; the offset is that of the time zone in seconds.",
        make: |a| seconds(a, to_gregorian),
        example: ("literal 946684800|sec2greg|console", &["20000101000000"]),
        ..PLAIN
    },
];

/// What TIMESTAMP writes.
enum Stamp {
    /// So many characters of the sixteen, from so many before the end.
    Digits(usize, usize),
    Pattern(Vec<u8>),
}

/// What HELP says of the formats of DATECONVERT.
fn formats() -> Vec<String> {
    let names: Vec<&str> = FORMATS.iter().map(|f| f.0).collect();
    vec![format!("Formats: {}", names.join(" "))]
}

fn timestamp(args: &mut Args<'_>) -> Result<Body, Fault> {
    let named = args.choice(&[
        ("SHOrtdate", &b"%e/%d/%y %T"[..]),
        ("ISOdate", b"%F %T"),
        ("FULldate", b"%e/%d/%Y %T"),
        ("STAndard", b"%Y%m%d%H%M%S"),
    ]);
    let stamp = if let Some(pattern) = named {
        Stamp::Pattern(pattern.to_vec())
    } else if args.keyword("STRing") {
        Stamp::Pattern(args.delimited()?)
    } else {
        let from = digits(args)?.unwrap_or(8);
        Stamp::Digits(from, digits(args)?.unwrap_or(from).min(from))
    };
    args.end()?;
    Ok(task(|s| async move {
        loop {
            let record = s.peekto(0).await?;
            let now = s.host(|h| h.clock().local()).await;
            let mut line = match &stamp {
                Stamp::Pattern(pattern) => format_time(pattern, &now),
                Stamp::Digits(from, length) => {
                    let all = format_time(b"%Y%m%d%H%M%S%t", &now);
                    let start = all.len().saturating_sub(*from);
                    all[start..(start + length).min(all.len())].to_vec()
                }
            };
            line.extend_from_slice(&record);
            s.output(0, Record::from(line)).await?;
            s.readto(0).await?;
        }
    }))
}

/// How many of the sixteen characters.
fn digits(args: &mut Args<'_>) -> Result<Option<usize>, Fault> {
    let Some(word) = args.word() else {
        return Ok(None);
    };
    match args::unsigned(word)? {
        n @ 1..=16 => Ok(usize::try_from(n).ok()),
        _ => Err(Fault::new(&fpl::FPLSCA111E, &[word])),
    }
}

/// Fills in a pattern: % and a letter stand for a part of the time.
fn format_time(pattern: &[u8], t: &Civil) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = pattern.iter();
    while let Some(&b) = rest.next() {
        let letter = match b {
            b'%' => rest.next().copied().unwrap_or(b'%'),
            other => {
                out.push(other);
                continue;
            }
        };
        let part = match letter {
            b'Y' => format!("{:04}", t.year),
            b'y' => format!("{:02}", t.year.rem_euclid(100)),
            b'm' => format!("{:02}", t.month),
            b'e' => format!("{:2}", t.month),
            b'd' => format!("{:02}", t.day),
            b'j' => format!("{:03}", t.day_of_year),
            b'H' => format!("{:02}", t.hour),
            b'M' => format!("{:02}", t.minute),
            b'S' => format!("{:02}", t.second),
            b't' => format!("{:02}", t.micro / 10_000),
            b'u' => format!("{:06}", t.micro),
            b'F' => format!("{:04}-{:02}-{:02}", t.year, t.month, t.day),
            b'T' => format!("{:02}:{:02}:{:02}", t.hour, t.minute, t.second),
            other => char::from(other).to_string(),
        };
        out.extend(part.chars().filter_map(|c| u8::try_from(c).ok()));
    }
    out
}

/// A conversion of the number or timestamp in a record, in a time zone.
type Seconds = fn(&[u8], i64) -> Option<Vec<u8>>;

fn seconds(args: &mut Args<'_>, convert: Seconds) -> Result<Body, Fault> {
    let mut offset = 0;
    if args.keyword("OFFSET") {
        let word = args.need()?;
        let bad = || Fault::new(&fpl::FPLSCA058E, &[word]);
        offset = args::signed(word).ok_or_else(bad)?;
    }
    args.end()?;
    Ok(task(move |s| async move {
        loop {
            let record = s.peekto(0).await?;
            let line = convert(args::trim(&record), offset);
            let bad = || s.fail(Fault::new(&fpl::FPLSCA058E, &[&record]));
            let line = line.ok_or_else(bad)?;
            s.output(0, Record::from(line)).await?;
            s.readto(0).await?;
        }
    }))
}

fn to_seconds(text: &[u8], offset: i64) -> Option<Vec<u8>> {
    let moment = dates::read(FORMATS.iter().find(|f| f.0 == "PIPE")?.1, text, Years(0))?;
    let seconds = moment.seconds()?.checked_sub(offset)?;
    Some(seconds.to_string().into_bytes())
}

fn to_gregorian(text: &[u8], offset: i64) -> Option<Vec<u8>> {
    let seconds = args::signed(text)?.checked_add(offset)?;
    let micros = seconds.checked_mul(1_000_000)?;
    Some(format_time(b"%Y%m%d%H%M%S", &Civil::from_micros(micros)))
}

/// Which hundred years two digits are of.
enum Window {
    /// From so many years after this one.
    Relative(i64),
    From(i64),
}

fn dateconvert(args: &mut Args<'_>) -> Result<Body, Fault> {
    let range = match Range::ahead(args) {
        true => Range::take(args, &mut Separators::default())?,
        false => Range::whole(),
    };
    let from = format(args)?.unwrap_or(Format::SHORT);
    let to = format(args)?.unwrap_or(Format::ISO);
    let mut window = Window::Relative(-50);
    let mut time = false;
    while !args.is_done() {
        if args.keyword("WINDOW") {
            let word = args.need()?;
            let bad = || Fault::new(&fpl::FPLSCA058E, &[word]);
            window = Window::Relative(args::signed(word).ok_or_else(bad)?);
        } else if args.keyword("BASEYEAR") {
            let word = args.need()?;
            window = Window::From(i64::try_from(args::unsigned(word)?).unwrap_or(i64::MAX / 2));
        } else if args.keyword("TIMEOUT") {
            time = true;
        } else {
            args.end()?;
        }
    }
    if from.is_output_only() {
        return Err(Fault::new(&fpl::FPLSCA1182E, &[from.name()]));
    }
    Ok(task(move |s| async move {
        let years = match window {
            Window::From(year) => Years(year),
            Window::Relative(n) => {
                let this = s.host(|h| h.clock().local().year).await;
                Years(this.saturating_add(n))
            }
        };
        run_dateconvert(s, range, from, to, years, time).await
    }))
}

/// Takes the name of a format.
fn format(args: &mut Args<'_>) -> Result<Option<Format>, Fault> {
    let Some(word) = args.peek() else {
        return Ok(None);
    };
    let known = FORMATS
        .iter()
        .find(|f| crate::base::abbrev::matches(f.0, word));
    if let Some((_, format)) = known {
        args.word();
        return Ok(Some(*format));
    }
    match dates::ABSENT.iter().any(|n| word.eq_ignore_ascii_case(n)) {
        true => Err(Fault::new(&fpl::FPLSCA9002E, &[word])),
        false => Ok(None),
    }
}

async fn run_dateconvert(
    s: Stage,
    range: Range,
    from: Format,
    to: Format,
    years: Years,
    time: bool,
) -> Result<(), Stop> {
    loop {
        let record = s.peekto(0).await?;
        let found = range.find(&record);
        let moment: Option<Moment> =
            found.and_then(|(a, b)| dates::read(from, record[a..b].trim_ascii(), years));
        match (found, moment) {
            (Some((start, end)), Some(moment)) => {
                let mut line = record[..start].to_vec();
                line.extend_from_slice(&dates::write(to, &moment, time));
                line.extend_from_slice(&record[end..]);
                s.output(0, Record::from(line)).await?;
            }
            _ if s.streams().1 > 1 => s.pass(1, record).await?,
            _ => {
                let text = range.of(&record);
                return Err(s.fail(Fault::new(&fpl::FPLSPC1183E, &[text])));
            }
        }
        s.readto(0).await?;
    }
}

#[cfg(test)]
mod tests {
    use crate::pipe::tests::check;

    #[test]
    fn timestamps() {
        for (operands, said) in [
            ("", "00000000x"),
            ("16", "1970010100000000x"),
            ("16 8", "19700101x"),
            ("shortdate", " 1/01/70 00:00:00x"),
            ("ful", " 1/01/1970 00:00:00x"),
            ("standard", "19700101000000x"),
            ("string /%d.%m.%Y 100%% /", "01.01.1970 100% x"),
        ] {
            check(
                &format!("literal x|timestamp {operands}|console"),
                0,
                &[said],
            );
        }
        check("literal x|timestamp 17|console", -111, &[]);
        check("literal x|timestamp x|console", -58, &[]);
        check(
            "(end ?) literal b|o: fanout|timestamp 1|i: faninany|console ? o: |i:",
            0,
            &["0b", "b"],
        );
    }

    #[test]
    fn dates_in_all_formats_and_back() {
        for (format, date) in [
            ("shortdate", "02/29/72"),
            ("fulldate", "02/29/1972"),
            ("usa", "02/29/1972"),
            ("iso_short", "72-02-29"),
            ("isodate", "1972-02-29"),
            ("normal", "29 Feb 1972"),
            ("csl", "1972/02/29"),
            ("csl_short", "72/02/29"),
            ("pipe", "19720229"),
            ("pipe_short", "720229"),
            ("eur", "29.02.1972"),
            ("eur_short", "29.02.72"),
            ("julian", "1972.060"),
            ("julian_short", "72.060"),
            ("posix", "68169600"),
            ("rexx_date_b", "719951"),
            ("rb", "719951"),
            ("rc", "26357"),
            ("re", "29/02/72"),
            ("re_long", "29/02/1972"),
            ("rj", "72060"),
            ("rj_long", "1972060"),
            ("rn", "29 Feb 1972"),
            ("ro", "72/02/29"),
            ("rs", "19720229"),
            ("ru", "02/29/72"),
        ] {
            check(
                &format!("literal {date}|dateconvert {format} isodate|console"),
                0,
                &["1972-02-29"],
            );
            check(
                &format!("literal 1972-02-29|dateconvert isodate {format}|console"),
                0,
                &[date],
            );
        }
        for (format, shown) in [("rw", "Tuesday"), ("rm", "February"), ("rd", "60")] {
            let spec = format!("literal 1972-02-29|dateconvert isodate {format}|console");
            check(&spec, 0, &[shown]);
        }
        check("literal a|dateconvert rexx_date_w|console", -1182, &[]);
        check("literal a|dateconvert tod_absolute|console", -9002, &[]);
    }

    #[test]
    fn windows_and_times_and_bad_dates() {
        // The clock of the tests stands in 1970: two digits are of 1920 to 2019 unless said.
        for (operands, said) in [
            ("", "2019-12-31"),
            ("window 0", "2019-12-31"),
            ("window -80", "1919-12-31"),
            ("baseyear 2020", "2119-12-31"),
            ("shortdate isodate timeout", "2019-12-31 00:00:00"),
        ] {
            let spec = format!("literal 12/31/19|dateconvert {operands}|console");
            check(&spec, 0, &[said]);
        }
        check(
            "literal 2001-02-03 04:05:06.5|dateconvert isodate db2 timeout|console",
            0,
            &["2001-02-03-04.05.06.500000"],
        );
        check(
            "(end ?) literal 02/30/99!13/01/99!2/3/99!|split !|d: dateconvert|console ? d: |insert />/|console",
            0,
            &[">02/30/99", ">13/01/99", "1999-02-03"],
        );
        check("literal 02/30/99|dateconvert|console", -1183, &[]);
    }

    #[test]
    fn seconds_of_timestamps() {
        check(
            "literal 20000101000000|greg2sec offset 3600|console",
            0,
            &["946681200"],
        );
        check("literal -1|sec2greg|console", 0, &["19691231235959"]);
        check(
            "literal 946681200|sec2greg offset 3600|console",
            0,
            &["20000101000000"],
        );
        check("literal x|sec2greg|console", -58, &[]);
    }
}
