//! Stages that let one stream decide about others: DAM, PREDSELECT, FILLUP, THREEWAY, COMBINE, EOFBACK, BEAT
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs").

use super::{Delay, MANY, PLAIN, Row, filter, task};
use crate::base::Record;
use crate::base::msg::fpl;
use crate::pipe::args::{self, Args, Fault};
use crate::pipe::filter::{Each, Emit, Flow};
use crate::pipe::range::{Range, Separators};
use crate::pipe::stage::{Body, Stage, Stop, end_with};

pub const TABLE: &[Row] = &[
    Row {
        names: "DAM",
        operands: "",
        doc: "Waits for a record on stream 0, then passes each input stream to the output stream of its number.",
        inputs: MANY,
        outputs: MANY,
        make: |a| {
            a.end()?;
            Ok(task(dam))
        },
        example: (
            "(end ?) literal go|d: dam|hole ? literal a|d: |console",
            &["a"],
        ),
        ..PLAIN
    },
    Row {
        names: "PREDSELect",
        operands: "",
        doc: "Holds the latest record of stream 0; a record on stream 1 sends it to the primary output, one on stream 2 to the secondary.",
        inputs: 3,
        outputs: 2,
        make: |a| {
            a.end()?;
            Ok(task(predselect))
        },
        example: (
            "(end ?) literal a1 b2|split|o: fanout|p: predselect|console ? o: |chop 1|l: locate /a/|p: |insert /not / |console ? l: |p:",
            &["a1", "not b2"],
        ),
        ..PLAIN
    },
    Row {
        names: "FILLUP",
        operands: "",
        doc: "Passes records to its first output stream until that is at end of file, then to the next one.",
        outputs: MANY,
        make: |a| {
            a.end()?;
            Ok(task(fillup))
        },
        example: (
            "(end ?) literal a b c|split|f: fillup|take 1|hole ? f: |console",
            &["b", "c"],
        ),
        ..PLAIN
    },
    Row {
        names: "THREEWAY",
        operands: "inputRange",
        doc: "Splits each record in what is before a range, the range, and what is behind it; writes them to three streams.",
        outputs: 3,
        make: threeway,
        example: (
            "(end ?) literal abcde|t: threeway 2.3|console ? t: |console ? t: |console",
            &["a", "bcd", "e"],
        ),
        ..PLAIN
    },
    Row {
        names: "COMBINE",
        operands: "[number | * | KEYLENgth number | STOP {ALLEOF | ANYEOF}] [Or | aNd | eXclusiveor | FIRST | LAST]",
        doc: "Makes one record of a run of records, or of the records of two streams, bit by bit.",
        inputs: 2,
        delay: Delay::Buffers,
        make: combine,
        example: ("literal ab|literal A|combine or|console", &["ab"]),
        ..PLAIN
    },
    Row {
        names: "EOFBACK",
        operands: "stage",
        doc: "Passes records and runs an output device driver on each; ends when its output is gone.",
        make: eofback,
        example: ("literal a|eofback console|hole", &["a"]),
        ..PLAIN
    },
    Row {
        names: "BEAT",
        operands: "[ONCE] seconds[.fraction] [delimitedString]",
        doc: "Passes records; writes the string (to the secondary output when there is one) when none came for so long.",
        outputs: 2,
        make: beat,
        example: ("literal a|beat 5|console", &["a"]),
        ..PLAIN
    },
];

/// The options of a specification that is made here; the arguments may hold the usual characters.
const OPTIONS: &[u8] = b"(END 00)";

async fn dam(s: Stage) -> Result<(), Stop> {
    s.peekto(0).await?;
    let (inputs, outputs) = s.streams();
    let mut spec = OPTIONS.to_vec();
    for n in 0..inputs.min(outputs) {
        if n > 0 {
            spec.push(0);
        }
        spec.extend_from_slice(format!("*.INPUT.{n}:|*.OUTPUT.{n}:").as_bytes());
    }
    // Handed over for good, so that each stream sees its own end of file.
    end_with(s.addpipe(spec).await)
}

async fn predselect(s: Stage) -> Result<(), Stop> {
    let mut held: Option<Record> = None;
    loop {
        let port = s.any_input().await?;
        if port == 0 {
            held = Some(s.readto(0).await?);
            continue;
        }
        if let Some(record) = held.take() {
            s.pass(port - 1, record).await?;
        }
        s.readto(port).await?;
    }
}

async fn fillup(s: Stage) -> Result<(), Stop> {
    for port in 0..s.streams().1 {
        while s.has_output(port) {
            let record = s.peekto(0).await?;
            match s.output(port, record).await {
                Ok(()) => {
                    s.readto(0).await?;
                }
                Err(Stop::Eof) => break,
                other => other?,
            }
        }
    }
    Ok(())
}

fn threeway(args: &mut Args<'_>) -> Result<Body, Fault> {
    let range = Range::take(args, &mut Separators::default())?;
    args.end()?;
    filter(Each(move |record: &Record, out: &mut Emit| {
        let (start, end) = range.find(record).unwrap_or((record.len(), record.len()));
        out.put(0, record.slice(0, start));
        out.put(1, record.slice(start, end - start));
        out.put(2, record.slice(end, record.len() - end));
        Flow::More
    }))
}

/// What COMBINE does with two records.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Operation {
    Or,
    And,
    Exclusive,
    First,
    Last,
}

impl Operation {
    /// Puts a record over what there is; the longer one's tail stays.
    fn apply(self, line: &mut Vec<u8>, record: &[u8]) {
        match self {
            Operation::First => return,
            Operation::Last => {
                line.clear();
                line.extend_from_slice(record);
                return;
            }
            _ => {}
        }
        for (to, &from) in line.iter_mut().zip(record) {
            match self {
                Operation::Or => *to |= from,
                Operation::And => *to &= from,
                _ => *to ^= from,
            }
        }
        if record.len() > line.len() {
            line.extend_from_slice(&record[line.len()..]);
        }
    }
}

/// Which records COMBINE takes together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    More(u64),
    Key(usize),
}

fn combine(args: &mut Args<'_>) -> Result<Body, Fault> {
    let mut group = Group::More(1);
    let mut streams = None;
    if args.keyword("STOP") {
        let stop = args.choice(&[("ALLEOF", false), ("ANYEOF", true)]);
        let bad = || Fault::new(&fpl::FPLSCA111E, &[args.peek().unwrap_or(b"")]);
        streams = Some(stop.ok_or_else(bad)?);
    } else if args.keyword("KEYLENgth") {
        group = Group::Key(args.length()?);
    } else if let Some(n) = args.count() {
        group = Group::More(n);
    }
    let operation = args.choice(&[
        ("Or", Operation::Or),
        ("N", Operation::And),
        ("AND", Operation::And),
        ("X", Operation::Exclusive),
        ("EXClusiveor", Operation::Exclusive),
        ("FIRST", Operation::First),
        ("LAST", Operation::Last),
    ]);
    let operation = operation.unwrap_or(Operation::Or);
    args.end()?;
    Ok(task(move |s| async move {
        match (streams, s.streams().0) {
            (None, 1) => combine_run(s, group, operation).await,
            (any, _) => combine_streams(s, any.unwrap_or(false), operation).await,
        }
    }))
}

async fn combine_run(s: Stage, group: Group, operation: Operation) -> Result<(), Stop> {
    let mut line: Option<(Vec<u8>, Vec<u8>)> = None;
    let mut joined = 0;
    while let Some(record) = s.next(0).await? {
        let length = match group {
            Group::Key(n) => n.min(record.len()),
            Group::More(_) => 0,
        };
        let (key, data) = record.split_at(length);
        if line.as_ref().is_some_and(|(held, _)| held != key) {
            flush(&s, &mut line).await?;
        }
        match &mut line {
            Some((_, held)) => operation.apply(held, data),
            None => {
                line = Some((key.to_vec(), data.to_vec()));
                joined = 0;
            }
        }
        joined += 1;
        if matches!(group, Group::More(n) if joined > n) {
            flush(&s, &mut line).await?;
        }
        s.readto(0).await?;
    }
    flush(&s, &mut line).await
}

/// Writes what was combined, its key before it.
async fn flush(s: &Stage, line: &mut Option<(Vec<u8>, Vec<u8>)>) -> Result<(), Stop> {
    match line.take() {
        Some((key, data)) => s.output(0, Record::from([key, data].concat())).await,
        None => Ok(()),
    }
}

async fn combine_streams(s: Stage, any: bool, operation: Operation) -> Result<(), Stop> {
    let inputs = s.streams().0;
    loop {
        let mut line: Option<Vec<u8>> = None;
        let mut read = Vec::new();
        for port in 0..inputs {
            let Some(record) = s.next(port).await? else {
                if any {
                    return Ok(());
                }
                continue;
            };
            read.push(port);
            match &mut line {
                Some(line) => operation.apply(line, &record),
                None => line = Some(record.to_vec()),
            }
        }
        let Some(line) = line else { return Ok(()) };
        s.output(0, Record::from(line)).await?;
        for port in read {
            s.readto(port).await?;
        }
    }
}

fn eofback(args: &mut Args<'_>) -> Result<Body, Fault> {
    let text = args::trim(args.take_rest()).to_vec();
    if text.is_empty() {
        return Err(args.missing());
    }
    Ok(task(|s| async move {
        // The driver stands beside the stream, so that it does not keep the end of file from going back.
        let mut spec = OPTIONS.to_vec();
        spec.extend_from_slice(b"*.INPUT.0:|o:FANOUT STOP 1|*.OUTPUT.0:\0o:|");
        spec.extend_from_slice(&text);
        end_with(s.callpipe(spec).await)
    }))
}

fn beat(args: &mut Args<'_>) -> Result<Body, Fault> {
    let once = args.keyword("ONCE");
    let word = args.need()?;
    let micros = seconds(word).ok_or_else(|| Fault::new(&fpl::FPLSCA058E, &[word]))?;
    let text = match args.is_done() {
        true => Vec::new(),
        false => args.delimited()?,
    };
    args.end()?;
    let text = Record::from(text);
    Ok(task(move |s| async move {
        let port = usize::from(s.streams().1 > 1);
        let mut idle = false;
        let mut until = None;
        loop {
            let now = s.host(|h| h.clock().micros()).await;
            let due = *until.get_or_insert(now.saturating_add(micros));
            let found = match once && idle {
                true => s.peekto(0).await.map(Some)?,
                false => s.peekto_until(0, due).await?,
            };
            if let Some(record) = found {
                idle = false;
                s.output(0, record).await?;
                s.readto(0).await?;
            } else if s.host(|h| h.clock().micros()).await >= due {
                idle = true;
                s.output(port, text.clone()).await?;
            } else {
                continue;
            }
            until = None;
        }
    }))
}

/// Microseconds of a number of seconds with or without a fraction.
pub(super) fn seconds(word: &[u8]) -> Option<i64> {
    let (whole, fraction) = match memchr::memchr(b'.', word) {
        Some(at) => (&word[..at], &word[at + 1..]),
        None => (word, &b""[..]),
    };
    let whole = match whole.is_empty() && !fraction.is_empty() {
        true => 0,
        false => i64::try_from(args::unsigned(whole).ok()?).ok()?,
    };
    let mut micros = 0;
    for n in 0..6 {
        let digit = fraction.get(n).copied().unwrap_or(b'0');
        let digit = char::from(digit).to_digit(10)?;
        micros = micros * 10 + i64::from(digit);
    }
    whole.checked_mul(1_000_000)?.checked_add(micros)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipe::tests::check;

    #[test]
    fn a_dam_opens_with_the_first_record() {
        // Nothing passes when the primary stream ends without one.
        check("(end ?) hole|d: dam|hole ? literal a|d: |console", 0, &[]);
        check(
            "(end ?) literal x|d: dam|console ? literal a b|split|d: |console",
            0,
            &["x", "a", "b"],
        );
        check("literal a|dam 1|console", -112, &[]);
    }

    #[test]
    fn a_test_decides_about_the_record_before_it() {
        // A second answer finds nothing left, and a record without an answer is dropped.
        check(
            "(end ?) literal a b c|split|o: fanout|p: predselect|console ? o: |nlocate /b/|dup|p:",
            0,
            &["a", "c"],
        );
    }

    #[test]
    fn streams_fill_up_in_turn() {
        check(
            "(end ?) literal a b c d|split|f: fillup|take 1|console ? f: |take 2|insert /-/|console ? f: |insert /+/|console",
            0,
            &["a", "-b", "-c", "+d"],
        );
        check("literal a b|split|fillup|take 1|console", 0, &["a"]);
    }

    #[test]
    fn records_combined() {
        for (spec, said) in [
            ("literal 1 2 4|split|combine", &["3", "4"][..]),
            ("literal 1 2 4|split|combine * or", &["7"]),
            ("literal ab a`|split|combine and", &["a`"]),
            ("literal abc AB|split|combine x|change x20 /./", &["..c"]),
            (
                "literal k1 k2 m5|split|combine keylength 1 last",
                &["k2", "m5"],
            ),
            (
                "literal k1 k2 m5|split|combine keylen 1 first",
                &["k1", "m5"],
            ),
        ] {
            check(&format!("{spec}|console"), 0, said);
        }
        check(
            "(end ?) literal 1 2|split|c: combine or|console ? literal 4|c:",
            0,
            &["5", "2"],
        );
        check(
            "(end ?) literal 1 2|split|c: combine stop anyeof or|console ? literal 4|c:",
            0,
            &["5"],
        );
        check("literal a|combine stop never|console", -111, &[]);
    }

    #[test]
    fn a_pair_is_written_when_it_is_complete() {
        check(
            "(end ?) literal 1 2 4|split|o: fanout|combine|insert /=/|i: faninany|console ? o: |i:",
            0,
            &["1", "=3", "2", "4", "=4"],
        );
    }

    #[test]
    fn intervals_in_seconds() {
        assert_eq!(seconds(b"1.5"), Some(1_500_000));
        assert_eq!(seconds(b".25"), Some(250_000));
        assert_eq!(seconds(b"2"), Some(2_000_000));
        assert_eq!(seconds(b"x"), None);
        check("literal a|beat soon|console", -58, &[]);
    }

    #[test]
    fn three_parts() {
        check(
            "(end ?) literal one two three|t: threeway w2|console ? t: |console ? t: |console",
            0,
            &["one ", "two", " three"],
        );
        check("literal a|threeway|console", -11, &[]);
    }
}
