//! Stages that deal with several streams in turn and with time: DEAL, GATHER, SYNCHRONISE, AGGRC, DELAY, FANINTWO, FANOUTTWO
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs").

use super::{Delay, MANY, PLAIN, Row, task};
use crate::base::Record;
use crate::base::msg::fpl;
use crate::pipe::args::{self, Args, Fault};
use crate::pipe::kernel::worse;
use crate::pipe::range::{Range, Separators};
use crate::pipe::spec::Direction;
use crate::pipe::stage::{Body, Stage, Stop, end_with};

pub const TABLE: &[Row] = &[
    Row {
        names: "DEAL",
        operands: "[STREAMid inputRange [STRIP] | KEY inputRange [STRIP]]",
        doc: "Writes records to its output streams in turn, or to the stream that each names, or to the next for each key.",
        outputs: MANY,
        make: deal,
        example: (
            "(end ?) literal a b c|split|d: deal|hole ? d: |console",
            &["b"],
        ),
        ..PLAIN
    },
    Row {
        names: "GATHER",
        operands: "",
        doc: "Passes one record of each input stream in turn.",
        inputs: MANY,
        make: gather,
        example: (
            "(end ?) literal a b|split|g: gather|console ? literal c d|split|g:",
            &["a", "c", "b", "d"],
        ),
        ..PLAIN
    },
    Row {
        names: "SYNChronise SYNChronize",
        operands: "",
        doc: "Passes the n-th records of all streams together.",
        inputs: MANY,
        outputs: MANY,
        make: synchronise,
        example: (
            "(end ?) literal a b|split|s: synchronise|console ? literal c|s: |console",
            &["a", "c"],
        ),
        ..PLAIN
    },
    Row {
        names: "AGGRC",
        operands: "",
        doc: "Aggregates the return codes in its records; writes the result, or ends with it when there is no output.",
        delay: Delay::Buffers,
        eof: crate::pipe::EofReport::Current,
        make: aggrc,
        example: ("literal 0 99 -3 6|split|aggrc|console", &["-3"]),
        ..PLAIN
    },
    Row {
        names: "DELAY",
        operands: "",
        doc: "Passes each record after the interval, or at the time of day, in its first word.",
        make: delay,
        example: ("literal +0 go|delay|console", &["+0 go"]),
        ..PLAIN
    },
    Row {
        names: "FANINTWO",
        operands: "",
        doc: "Passes records from its two input streams, the secondary first.",
        inputs: 2,
        make: fanintwo,
        example: (
            "(end ?) literal a|f: fanintwo|console ? literal b|f:",
            &["a", "b"],
        ),
        ..PLAIN
    },
    Row {
        names: "FANOUTTWO FANOUTWO",
        operands: "",
        doc: "Copies records to its two output streams, the secondary first.",
        outputs: 2,
        make: fanouttwo,
        example: (
            "(end ?) literal a|f: fanouttwo|xlate|console ? f: |console",
            &["a", "A"],
        ),
        ..PLAIN
    },
];

/// Which stream DEAL writes a record to.
enum Choice {
    Turn,
    Named(Range, bool),
    Key(Range, bool),
}

fn deal(args: &mut Args<'_>) -> Result<Body, Fault> {
    let by = args.choice(&[("STREAMid", true), ("KEY", false)]);
    let choice = match by {
        None => Choice::Turn,
        Some(named) => {
            let range = Range::take(args, &mut Separators::default())?;
            let strip = args.keyword("STRIP");
            match named {
                true => Choice::Named(range, strip),
                false => Choice::Key(range, strip),
            }
        }
    };
    args.end_of_known()?;
    Ok(task(|s| run_deal(s, choice)))
}

async fn run_deal(s: Stage, choice: Choice) -> Result<(), Stop> {
    let outputs = s.streams().1;
    let mut turn = outputs - 1;
    let mut last: Option<Vec<u8>> = None;
    loop {
        let record = s.peekto(0).await?;
        let mut line = record.clone();
        let port = match &choice {
            Choice::Turn => {
                turn = (turn + 1) % outputs;
                turn
            }
            Choice::Key(range, strip) => {
                let key = range.of(&record);
                if last.as_deref() != Some(key) {
                    turn = (turn + 1) % outputs;
                    last = Some(key.to_vec());
                }
                line = without(&record, range, *strip);
                turn
            }
            Choice::Named(range, strip) => {
                let name = range.of(&record).trim_ascii();
                let port = s.find_stream(Direction::Output, name);
                let missing = || s.fail(Fault::new(&fpl::FPLSCA102E, &[name]));
                line = without(&record, range, *strip);
                port.filter(|_| !name.is_empty()).ok_or_else(missing)?
            }
        };
        s.pass(port, line).await?;
        s.readto(0).await?;
    }
}

fn without(record: &Record, range: &Range, strip: bool) -> Record {
    match range.find(record) {
        Some((start, end)) if strip => {
            let mut line = record[..start].to_vec();
            line.extend_from_slice(&record[end..]);
            Record::from(line)
        }
        _ => record.clone(),
    }
}

fn gather(args: &mut Args<'_>) -> Result<Body, Fault> {
    args.end_of_known()?;
    Ok(task(|s| async move {
        let inputs = s.streams().0;
        loop {
            let mut any = false;
            for port in 0..inputs {
                let record = match s.peekto(port).await {
                    Err(Stop::Eof) if s.has_output(0) => continue,
                    other => other?,
                };
                s.output(0, record).await?;
                s.readto(port).await?;
                any = true;
            }
            if !any {
                return Ok(());
            }
        }
    }))
}

fn synchronise(args: &mut Args<'_>) -> Result<Body, Fault> {
    args.end()?;
    Ok(task(|s| async move {
        let streams = s.streams().0;
        loop {
            let mut records = Vec::new();
            for port in 0..streams {
                records.push(s.peekto(port).await?);
            }
            for (port, record) in records.into_iter().enumerate() {
                s.output(port, record).await?;
                s.readto(port).await?;
            }
        }
    }))
}

fn aggrc(args: &mut Args<'_>) -> Result<Body, Fault> {
    args.end()?;
    Ok(task(|s| async move {
        let mut rc = 0;
        while let Some(record) = s.next(0).await? {
            let number = args::signed(args::trim(&record)).and_then(|n| i32::try_from(n).ok());
            let bad = || s.fail(Fault::new(&fpl::FPLSCA058E, &[&record]));
            rc = worse(rc, number.ok_or_else(bad)?);
            s.readto(0).await?;
        }
        if s.has_output(0) {
            return s.output(0, Record::from(rc.to_string().into_bytes())).await;
        }
        end_with(rc)
    }))
}

fn delay(args: &mut Args<'_>) -> Result<Body, Fault> {
    args.end()?;
    Ok(task(|s| async move {
        loop {
            let record = s.peekto(0).await?;
            let mut words = Args::new(&record, false);
            let word = words.word().unwrap_or(b"");
            let clock = s.host(|h| h.clock()).await;
            let wait = interval(word, clock.local().micros_of_day());
            let wait = wait.ok_or_else(|| s.fail(Fault::new(&fpl::FPLSCA058E, &[word])))?;
            if wait > 0 {
                s.wait_until(clock.micros().saturating_add(wait)).await;
            }
            s.output(0, record).await?;
            s.readto(0).await?;
        }
    }))
}

/// Microseconds to wait: `+` and an interval, or a time of day; each as hours, minutes, seconds apart by colons.
fn interval(word: &[u8], now: i64) -> Option<i64> {
    let relative = word.first() == Some(&b'+');
    let text = word.strip_prefix(b"+").unwrap_or(word);
    let mut parts = Vec::new();
    for part in text.split(|&b| b == b':') {
        parts.push(i64::try_from(args::unsigned(part).ok()?).ok()?);
    }
    let (h, m, s) = match (parts.as_slice(), relative) {
        (&[s], true) => (0, 0, s),
        (&[m, s], true) => (0, m, s),
        (&[h], false) => (h, 0, 0),
        (&[h, m], false) => (h, m, 0),
        (&[h, m, s], _) => (h, m, s),
        _ => return None,
    };
    let minutes = h.checked_mul(60)?.checked_add(m)?;
    let seconds = minutes.checked_mul(60)?.checked_add(s)?;
    let micros = seconds.checked_mul(1_000_000)?;
    Some(match relative {
        true => micros,
        false => (micros - now).max(0),
    })
}

fn fanintwo(args: &mut Args<'_>) -> Result<Body, Fault> {
    args.end()?;
    Ok(task(|s| async move {
        loop {
            let mut port = s.any_input().await?;
            if port == 0 && s.has_record(1) {
                port = 1;
            }
            let record = s.peekto(port).await?;
            s.output(0, record).await?;
            s.readto(port).await?;
        }
    }))
}

fn fanouttwo(args: &mut Args<'_>) -> Result<Body, Fault> {
    args.end()?;
    Ok(task(|s| async move {
        loop {
            let record = s.peekto(0).await?;
            if s.has_output(1) {
                s.pass(1, record.clone()).await?;
            }
            s.pass(0, record).await?;
            s.readto(0).await?;
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipe::tests::check;

    #[test]
    fn dealing_by_name_and_key() {
        check(
            "(end ?) literal b1 a1 b2|split|d.a: deal streamid 1|insert />/|console ? d.b: |console",
            0,
            &["b1", ">a1", "b2"],
        );
        check(
            "(end ?) literal x1 x2 y1 z1|split|d: deal key 1 strip|insert />/|console ? d: |console",
            0,
            &[">1", ">2", "1", ">1"],
        );
        check("literal q|deal streamid 1|console", -102, &[]);
    }

    #[test]
    fn intervals() {
        assert_eq!(interval(b"+1:30", 0), Some(90_000_000));
        assert_eq!(interval(b"1", 0), Some(3_600_000_000));
        assert_eq!(interval(b"1", 7_200_000_000), Some(0));
        assert_eq!(interval(b"soon", 0), None);
        assert_eq!(interval(b"+9000000000000000000", 0), None);
    }

    #[test]
    fn a_return_code_without_output_is_the_stage_s_own() {
        check("literal 0 7 3|split|aggrc", 7, &[]);
    }
}
