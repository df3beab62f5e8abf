//! Files read and changed in other ways than from end to end: DISKBACK, DISKFAST, DISKSLOW, DISKRANDOM,
//! DISKUPDATE, STATE, STATEW (*User's Guide and Reference*, chapter "Inventory of built-in programs").

use super::files::{file_fault, write_options};
use super::{DRIVER, Delay, PLAIN, Place, Row, task};
use crate::base::Record;
use crate::base::clock::Civil;
use crate::base::msg::fpl;
use crate::pipe::args::{self, Args, Fault};
use crate::pipe::host::{FileError, FileState, Format, Mode};
use crate::pipe::kernel::EofReport;
use crate::pipe::stage::{Body, Stage, Stop, end_with};

pub const TABLE: &[Row] = &[
    Row {
        names: "DISKBACK FILEBACK MDSKBACK",
        operands: "fileid",
        doc: "Reads a file from the last record to the first.",
        place: Place::First,
        delay: Delay::Source,
        level: -1,
        make: back,
        example: ("diskback test data|console", &["three", "two", "one"]),
        ..PLAIN
    },
    Row {
        names: "DISKFAST FILEFAST",
        operands: "fileid [Variable | Fixed [number]]",
        doc: "Reads a file when first; else adds records to it and passes them.",
        make: |a| slow(a, From::Anywhere),
        example: ("diskfast test data|take 1|console", &["one"]),
        ..DRIVER
    },
    Row {
        names: "DISKSLOW FILESLOW MDSKSLOW",
        operands: "fileid [FROM number] [Variable | Fixed [number]]",
        doc: "Reads a file when first, from a record on; else writes records to it from there on, and passes them.",
        make: |a| slow(a, From::Number),
        example: ("diskslow test data from 3|console", &["three"]),
        ..DRIVER
    },
    Row {
        names: "DISKRANDOM FILERANDOM MDSKRANDOM",
        operands: "fileid [BLOCKED] [NUMBER] [number | number-number | number.number ...]",
        doc: "Reads the records that its operands and its input ask for by number.",
        level: -1,
        make: random,
        example: (
            "literal 3|diskrandom test data 1-2|console",
            &["one", "two", "three"],
        ),
        ..PLAIN
    },
    Row {
        names: "DISKUPDATE FILEUPDATE MDSKUPDATE",
        operands: "fileid",
        doc: "Replaces records of a file: the first ten columns of each record are the number of the one to replace.",
        place: Place::NotFirst,
        make: update,
        example: (
            "strliteral /         2TWO/|diskupdate test data|specs 11-* 1|console",
            &["TWO"],
        ),
        ..DRIVER
    },
    Row {
        names: "STATE",
        operands: "[fileid] [QUIET] [NODETAILS | SHOrtdate | ISOdate | FULldate | STAndard]",
        doc: "Tells about files that exist; the names of the others go to the secondary output, else the return code is 28.",
        outputs: 2,
        make: |a| state(a, Wanted::Any),
        example: (
            "state test data isodate|console",
            &["TEST     DATA     A1 V          5          3          1 1970-01-01 00:00:00"],
        ),
        eof: EofReport::Current,
        ..PLAIN
    },
    Row {
        names: "STATEW",
        operands: "[fileid] [QUIET] [NODETAILS | SHOrtdate | ISOdate | FULldate | STAndard]",
        doc: "STATE for files on disks that can be written to.",
        outputs: 2,
        make: |a| state(a, Wanted::Writable),
        example: ("statew test data nodetails|console", &["test data"]),
        eof: EofReport::Current,
        ..PLAIN
    },
];

/// Takes a file identifier: a path, or the name, the type and perhaps the mode.
fn fileid(args: &mut Args<'_>) -> Result<Vec<u8>, Fault> {
    let mut fileid = args.need()?.to_vec();
    if fileid.iter().any(|b| b"/.".contains(b)) {
        return Ok(fileid);
    }
    let is_mode = |word: &[u8]| match word {
        [letter] => letter.is_ascii_alphabetic() || *letter == b'*',
        [letter, digit] => letter.is_ascii_alphabetic() && digit.is_ascii_digit(),
        _ => false,
    };
    for n in 0..2 {
        let Some(word) = args.peek().filter(|w| n == 0 || is_mode(w)) else {
            break;
        };
        fileid.push(b' ');
        fileid.extend_from_slice(word);
        args.word();
    }
    Ok(fileid)
}

/// All records of a file.
async fn load(s: &Stage, fileid: &[u8]) -> Result<Vec<Record>, Stop> {
    let name = fileid.to_vec();
    let opened = s.host(move |h| h.open_input(&name)).await;
    let mut input = opened.map_err(|e| s.fail(file_fault(fileid, e)))?;
    let mut records = Vec::new();
    loop {
        match input.read() {
            Ok(Some(record)) => records.push(record),
            Ok(None) => return Ok(records),
            Err(e) => return Err(s.fail(file_fault(fileid, e))),
        }
    }
}

/// Puts all records of a file in place of what it was.
async fn store(s: &Stage, fileid: &[u8], format: Format, records: Vec<Record>) -> Result<(), Stop> {
    let name = fileid.to_vec();
    let done = s
        .host(move |h| {
            let mut output = h.open_output(&name, Mode::Replace, format)?;
            for record in &records {
                output.put(record)?;
            }
            output.commit()
        })
        .await;
    done.map_err(|e| s.fail(file_fault(fileid, e)))
}

fn back(args: &mut Args<'_>) -> Result<Body, Fault> {
    let fileid = fileid(args)?;
    args.end()?;
    Ok(task(|s| async move {
        let records = load(&s, &fileid).await?;
        s.commit(0).await?;
        for record in records.into_iter().rev() {
            s.output(0, record).await?;
        }
        Ok(())
    }))
}

/// Whether a stage may be told where to begin.
#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    Anywhere,
    Number,
}

fn slow(args: &mut Args<'_>, from: From) -> Result<Body, Fault> {
    let first = args.first;
    let fileid = fileid(args)?;
    let mut start = None;
    if from == From::Number && args.keyword("FROM") {
        start = Some(number(args.need()?)?);
    }
    let format = write_options(args)?.0;
    args.end()?;
    Ok(task(move |s| async move {
        match first {
            true => read_from(s, fileid, start.unwrap_or(1)).await,
            false => write_from(s, fileid, start, format).await,
        }
    }))
}

/// A record number, from 1.
fn number(word: &[u8]) -> Result<usize, Fault> {
    match args::unsigned(word)? {
        0 => Err(Fault::new(&fpl::FPLSCA066E, &[word])),
        n => Ok(usize::try_from(n).unwrap_or(usize::MAX)),
    }
}

async fn read_from(s: Stage, fileid: Vec<u8>, start: usize) -> Result<(), Stop> {
    let records = load(&s, &fileid).await?;
    s.commit(0).await?;
    for record in records.into_iter().skip(start - 1) {
        s.output(0, record).await?;
    }
    Ok(())
}

async fn write_from(
    s: Stage,
    fileid: Vec<u8>,
    start: Option<usize>,
    format: Format,
) -> Result<(), Stop> {
    let name = fileid.clone();
    let exists = s.host(move |h| h.open_input(&name).map(drop)).await;
    let mut records = match exists {
        Err(FileError::NotFound) => Vec::new(),
        Err(e) => return Err(s.fail(file_fault(&fileid, e))),
        Ok(()) => load(&s, &fileid).await?,
    };
    let mut next = start.map_or(records.len(), |n| n - 1);
    if next > records.len() {
        let n = (next + 1).to_string();
        return Err(s.fail(Fault::new(&fpl::FPLDSK517E, &[n.as_bytes(), &fileid])));
    }
    s.commit(0).await?;
    while let Some(record) = s.next(0).await? {
        match records.get_mut(next) {
            Some(place) => *place = record.clone(),
            None => records.push(record.clone()),
        }
        next += 1;
        s.pass(0, record).await?;
        s.readto(0).await?;
    }
    store(&s, &fileid, format, records).await
}

/// Takes `n`, `n-m`, `n-*`, `n.m`: the first record and the one behind the last, from 1.
fn extent(word: &[u8]) -> Result<(usize, usize), Fault> {
    let bad = || Fault::new(&fpl::FPLSCA054E, &[word]);
    let Some(at) = word.iter().position(|b| b"-.".contains(b)) else {
        let n = number(word)?;
        return Ok((n, n.saturating_add(1)));
    };
    let first = number(&word[..at]).map_err(|_| bad())?;
    let rest = &word[at + 1..];
    let behind = match (word[at], rest) {
        (_, b"*") => usize::MAX,
        (b'-', rest) => number(rest).map_err(|_| bad())?.saturating_add(1),
        (_, rest) => first.saturating_add(number(rest).map_err(|_| bad())?),
    };
    match behind > first {
        true => Ok((first, behind)),
        false => Err(bad()),
    }
}

/// How DISKRANDOM writes what it reads.
#[derive(Clone, Copy)]
struct Shown {
    blocked: bool,
    numbered: bool,
}

fn random(args: &mut Args<'_>) -> Result<Body, Fault> {
    let fileid = fileid(args)?;
    let blocked = args.keyword("BLOCKED");
    let numbered = args.keyword("NUMBER");
    let mut wanted = Vec::new();
    while let Some(word) = args.word() {
        wanted.push(extent(word)?);
    }
    let shown = Shown { blocked, numbered };
    Ok(task(move |s| async move {
        let records = load(&s, &fileid).await?;
        s.commit(0).await?;
        for extent in wanted {
            give(&s, &fileid, &records, extent, shown).await?;
        }
        loop {
            let asked = s.peekto(0).await?;
            let mut words = Args::new(&asked, false);
            while let Some(word) = words.word() {
                let extent = extent(word).map_err(|fault| s.fail(fault))?;
                give(&s, &fileid, &records, extent, shown).await?;
            }
            s.readto(0).await?;
        }
    }))
}

async fn give(
    s: &Stage,
    fileid: &[u8],
    records: &[Record],
    (first, behind): (usize, usize),
    shown: Shown,
) -> Result<(), Stop> {
    let end = match behind {
        usize::MAX => records.len(),
        n => n - 1,
    };
    let Some(found) = records.get(first - 1..end) else {
        let n = end.to_string();
        return Err(s.fail(Fault::new(&fpl::FPLDSK517E, &[n.as_bytes(), fileid])));
    };
    let mark = |n: usize| match shown.numbered {
        true => format!("{n:>10}").into_bytes(),
        false => Vec::new(),
    };
    if shown.blocked {
        let mut line = mark(first);
        for record in found {
            line.extend_from_slice(record);
        }
        return s.output(0, Record::from(line)).await;
    }
    for (n, record) in found.iter().enumerate() {
        let line = match shown.numbered {
            true => Record::from([&mark(first + n)[..], record].concat()),
            false => record.clone(),
        };
        s.output(0, line).await?;
    }
    Ok(())
}

/// The columns of a record number.
const NUMBER: usize = 10;

fn update(args: &mut Args<'_>) -> Result<Body, Fault> {
    let fileid = fileid(args)?;
    let format = write_options(args)?.0;
    args.end()?;
    Ok(task(move |s| async move {
        let mut records = load(&s, &fileid).await?;
        s.commit(0).await?;
        while let Some(record) = s.next(0).await? {
            let at = NUMBER.min(record.len());
            let n = number(args::trim(&record[..at])).map_err(|fault| s.fail(fault))?;
            let Some(place) = records.get_mut(n - 1) else {
                let n = n.to_string();
                return Err(s.fail(Fault::new(&fpl::FPLDSK517E, &[n.as_bytes(), &fileid])));
            };
            *place = record.slice(at, record.len() - at);
            s.pass(0, record).await?;
            s.readto(0).await?;
        }
        store(&s, &fileid, format, records).await
    }))
}

/// Which files STATE finds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Any,
    Writable,
}

/// How STATE shows a date.
#[derive(Clone, Copy)]
enum Date {
    Short,
    Iso,
    Full,
    Standard,
}

#[derive(Clone, Copy)]
struct Ask {
    wanted: Wanted,
    /// `None`: the name alone, as it was given.
    date: Option<Date>,
}

fn state(args: &mut Args<'_>, wanted: Wanted) -> Result<Body, Fault> {
    let dates = [
        ("SHOrtdate", Some(Date::Short)),
        ("ISOdate", Some(Date::Iso)),
        ("FULldate", Some(Date::Full)),
        ("STAndard", Some(Date::Standard)),
        ("NODETAILS", None),
    ];
    let is_option = |args: &Args<'_>| {
        let mut ahead = Args::new(args.rest(), false);
        ahead.keyword("QUIET") || ahead.choice(&dates).is_some()
    };
    let first = match args.is_done() || is_option(args) {
        true => None,
        false => Some(fileid(args)?),
    };
    let mut quiet = false;
    let mut date = Some(Date::Short);
    while !args.is_done() {
        if args.keyword("QUIET") {
            quiet = true;
        } else if let Some(form) = args.choice(&dates) {
            date = form;
        } else {
            args.end()?;
        }
    }
    let ask = Ask { wanted, date };
    Ok(task(move |s| async move {
        s.commit(0).await?;
        let mut rc = 0;
        if let Some(fileid) = first {
            rc = one_state(&s, Record::from(fileid), ask).await?;
        }
        while let Some(record) = s.next(0).await? {
            rc = rc.max(one_state(&s, record, ask).await?);
            s.readto(0).await?;
        }
        end_with(if quiet { 0 } else { rc })
    }))
}

/// Tells about one file; gives 28 when it is not there and nobody else is told.
async fn one_state(s: &Stage, record: Record, ask: Ask) -> Result<i32, Stop> {
    let name = args::trim(&record).to_vec();
    let (found, zone) = s
        .host(move |h| (h.file_state(&name), h.clock().zone().offset))
        .await;
    let found = match found {
        Ok(state) if ask.wanted == Wanted::Any || state.writable => Some(state),
        Ok(_) | Err(FileError::NotFound | FileError::NoDisk | FileError::ReadOnly) => None,
        Err(e) => return Err(s.fail(file_fault(&record, e))),
    };
    match found {
        Some(state) => {
            let line = match ask.date {
                None => record,
                Some(date) => Record::from(details(&state, date, zone)),
            };
            s.pass(0, line).await?;
            Ok(0)
        }
        None if s.streams().1 > 1 => {
            s.pass(1, record).await?;
            Ok(0)
        }
        None => Ok(28),
    }
}

fn details(state: &FileState, date: Date, zone: i32) -> Vec<u8> {
    let c = Civil::from_micros(state.changed + i64::from(zone) * 1_000_000);
    let (year, month, day) = (c.year, c.month, c.day);
    let time = format!("{:02}:{:02}:{:02}", c.hour, c.minute, c.second);
    let when = match date {
        Date::Short => format!("{month:2}/{day:02}/{:02} {time}", year.rem_euclid(100)),
        Date::Full => format!("{month:2}/{day:02}/{year:04} {time}"),
        Date::Iso => format!("{year:04}-{month:02}-{day:02} {time}"),
        Date::Standard => {
            let time = time.replace(':', "");
            format!("{year:04}{month:02}{day:02}{time}")
        }
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!(
        "{:<8} {:<8} {:<2} {} {:>10} {:>10} {:>10} {when}",
        text(&state.fname),
        text(&state.ftype),
        text(&state.fm),
        char::from(state.recfm),
        state.lrecl,
        state.records,
        state.blocks,
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use crate::pipe::tests::TestHost;

    fn host() -> TestHost {
        let mut host = TestHost::default();
        host.file("NUMBERS DATA", &["one", "two", "three", "four"]);
        host.file("READONLY DATA", &["x"]);
        host
    }

    #[test]
    fn files_read_in_other_orders() {
        for (spec, said) in [
            (
                "fileback numbers data",
                &["four", "three", "two", "one"][..],
            ),
            ("mdskslow numbers data from 3", &["three", "four"]),
            ("fileslow numbers data from 9", &[]),
            (
                "diskrandom numbers data 3-* 1.2",
                &["three", "four", "one", "two"],
            ),
            (
                "literal 4 2|diskrandom numbers data number",
                &["         4four", "         2two"],
            ),
            (
                "diskrandom numbers data blocked number 2-3",
                &["         2twothree"],
            ),
        ] {
            let mut host = host();
            assert_eq!(host.run(&format!("{spec}|console")), 0, "{spec}");
            assert_eq!(host.said, said, "{spec}");
        }
        for (spec, rc) in [
            ("diskback no file|hole", -146),
            ("diskrandom numbers data 5|hole", -517),
            ("diskrandom numbers data 2-1|hole", -54),
            ("literal 0|diskrandom numbers data|hole", -66),
            ("literal x|diskrandom numbers data|hole", -58),
            ("diskslow numbers data from 0|hole", -66),
            ("diskfast numbers data from 2|hole", -112),
        ] {
            assert_eq!(host().run(spec), rc, "{spec}");
        }
    }

    #[test]
    fn files_changed_in_place() {
        let mut h = host();
        assert_eq!(
            h.run("literal B A|split|diskslow numbers data from 2|console"),
            0
        );
        assert_eq!(h.said, ["B", "A"]);
        assert_eq!(h.lines("NUMBERS DATA"), ["one", "B", "A", "four"]);
        assert_eq!(h.run("literal five|diskslow numbers data"), 0);
        assert_eq!(h.run("literal new|filefast fresh file"), 0);
        assert_eq!(h.lines("NUMBERS DATA")[4..], ["five"]);
        assert_eq!(h.lines("FRESH FILE"), ["new"]);
        assert_eq!(
            h.run("strliteral /3         Three/|diskupdate numbers data"),
            0
        );
        assert_eq!(h.lines("NUMBERS DATA")[2], "Three");
        // A record that is not there leaves the file as it was.
        let spec = "strliteral /         9x/|strliteral /         1y/|diskupdate numbers data";
        assert_eq!(h.run(spec), -517);
        assert_eq!(h.lines("NUMBERS DATA")[0], "one");
        assert_eq!(h.run("literal x|diskslow numbers data from 20"), -517);
        assert_eq!(h.run("literal x|diskupdate no file"), -146);
        assert_eq!(h.run("literal x|diskslow readonly data from 1"), -119);
    }

    #[test]
    fn what_is_known_of_files() {
        let mut h = host();
        let spec = "(end ?) literal no file|literal numbers data|s: state|console ? s: |insert />/|console";
        assert_eq!(h.run(spec), 0);
        assert_eq!(
            h.said,
            [
                "NUMBERS  DATA     A1 V          5          4          1  1/01/70 00:00:00",
                ">no file"
            ]
        );
        for (spec, rc) in [
            ("state no file", 28),
            ("state no file quiet", 0),
            ("literal no file|state quiet|hole", 0),
            ("statew readonly data", 28),
            ("state readonly data nodetails", 0),
            ("literal numbers data|state|hole", 0),
            ("state numbers data nonsense", -112),
        ] {
            assert_eq!(host().run(spec), rc, "{spec}");
        }
        let mut h = host();
        assert_eq!(h.run("state numbers data fulldate|specs w7-* 1|console"), 0);
        assert_eq!(h.said, ["1  1/01/1970 00:00:00"]);
    }
}
