//! Stages that deal with several streams in turn and with time: DEAL, GATHER, SYNCHRONISE, AGGRC, DELAY, FANINTWO, FANOUTTWO
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs").

use super::flow::stop;
use super::{Delay, MANY, PLAIN, Row, task};
use crate::base::Record;
use crate::base::msg::fpl;
use crate::pipe::args::{self, Args, Fault};
use crate::pipe::kernel::{EofReport, worse};
use crate::pipe::range::{Range, Separators};
use crate::pipe::spec::Direction;
use crate::pipe::stage::{Body, Stage, Stop, end_with};

pub const TABLE: &[Row] = &[
    Row {
        names: "DEAL",
        operands: "[STOP {ALLEOF | ANYEOF | number} | SECONDARY [RELEASE | LATCH] | STREAMid inputRange [STRIP] | KEY inputRange [STRIP]]",
        doc: "Writes records to its output streams in turn, or to the stream that each names, or to the next for each key, or to that which the secondary input names.",
        inputs: 2,
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
        operands: "[STOP {ALLEOF | ANYEOF | number} | STREAMid inputRange]",
        doc: "Passes one record of each input stream in turn, or of the stream that the record on stream 0 names.",
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
    /// Each in turn, until so many are gone.
    Turn(Option<u64>),
    Named(Range, bool),
    Key(Range, bool),
    /// The one that the record on the secondary input names.
    Secondary(Secondary),
}

/// When a record on the secondary input of DEAL is consumed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Secondary {
    /// After the record that it routes.
    After,
    /// Before that (RELEASE).
    Before,
    /// At once; it counts until the next one comes (LATCH).
    Latch,
}

fn deal(args: &mut Args<'_>) -> Result<Body, Fault> {
    let choice = if args.keyword("STREAMid") {
        let range = Range::take(args, &mut Separators::default())?;
        Choice::Named(range, args.keyword("STRIP"))
    } else if args.keyword("KEY") {
        let range = Range::take(args, &mut Separators::default())?;
        Choice::Key(range, args.keyword("STRIP"))
    } else if args.keyword("SECONDARY") {
        let rows = [("RELEASE", Secondary::Before), ("LATCH", Secondary::Latch)];
        Choice::Secondary(args.choice(&rows).unwrap_or(Secondary::After))
    } else {
        Choice::Turn(stop(args)?)
    };
    args.end()?;
    Ok(task(|s| async move {
        match choice {
            Choice::Secondary(Secondary::Latch) => deal_latched(s).await,
            Choice::Secondary(when) => deal_secondary(s, when).await,
            choice => run_deal(s, choice).await,
        }
    }))
}

/// The output stream that a record names.
fn named_stream(s: &Stage, name: &[u8]) -> Result<usize, Stop> {
    let name = name.trim_ascii();
    let port = s.find_stream(Direction::Output, name);
    let missing = || s.fail(Fault::new(&fpl::FPLSCA178E, &[name]));
    port.filter(|_| !name.is_empty()).ok_or_else(missing)
}

async fn run_deal(s: Stage, choice: Choice) -> Result<(), Stop> {
    let outputs = s.streams().1;
    let mut turn = outputs - 1;
    let mut last: Option<Vec<u8>> = None;
    if let Choice::Turn(Some(1)) = choice {
        s.eof_report(EofReport::Any);
    }
    loop {
        let record = s.peekto(0).await?;
        let mut line = record.clone();
        let port = match &choice {
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
                line = without(&record, range, *strip);
                named_stream(&s, range.of(&record))?
            }
            _ => {
                turn = (turn + 1) % outputs;
                turn
            }
        };
        s.pass(port, line).await?;
        if let Choice::Turn(Some(most)) = choice {
            let gone = (0..outputs).filter(|&port| !s.has_output(port)).count() as u64;
            if gone >= most {
                return Ok(());
            }
        }
        s.readto(0).await?;
    }
}

async fn deal_secondary(s: Stage, when: Secondary) -> Result<(), Stop> {
    loop {
        let port = named_stream(&s, &s.peekto(1).await?)?;
        let record = s.peekto(0).await?;
        if when == Secondary::Before {
            s.readto(1).await?;
        }
        s.pass(port, record).await?;
        s.readto(0).await?;
        if when == Secondary::After {
            s.readto(1).await?;
        }
    }
}

async fn deal_latched(s: Stage) -> Result<(), Stop> {
    let mut to = 0;
    loop {
        let mut port = s.any_input_while(0).await?;
        if port == 0 && s.has_record(1) {
            port = 1;
        }
        let record = s.peekto(port).await?;
        match port {
            0 => s.pass(to, record).await?,
            _ => to = named_stream(&s, &record)?,
        }
        s.readto(port).await?;
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
    if args.keyword("STREAMid") {
        let range = Range::take(args, &mut Separators::default())?;
        args.end()?;
        return Ok(task(move |s| gather_named(s, range)));
    }
    let most = stop(args)?;
    args.end()?;
    Ok(task(move |s| async move {
        let inputs = s.streams().0;
        loop {
            let mut gone = 0;
            for port in 0..inputs {
                let record = match s.peekto(port).await {
                    Err(Stop::Eof) if s.has_output(0) => {
                        gone += 1;
                        if most.is_some_and(|most| gone >= most) {
                            return Ok(());
                        }
                        continue;
                    }
                    other => other?,
                };
                s.output(0, record).await?;
                s.readto(port).await?;
            }
            if gone >= inputs as u64 {
                return Ok(());
            }
        }
    }))
}

/// Each record of stream 0 names the stream whose next record is passed.
async fn gather_named(s: Stage, range: Range) -> Result<(), Stop> {
    loop {
        let order = s.peekto(0).await?;
        let name = range.of(&order).trim_ascii();
        let port = s.find_stream(Direction::Input, name);
        let missing = || s.fail(Fault::new(&fpl::FPLSCA178E, &[name]));
        let port = port.filter(|_| !name.is_empty()).ok_or_else(missing)?;
        let record = s.peekto(port).await?;
        s.output(0, record).await?;
        s.readto(port).await?;
        if port != 0 {
            s.readto(0).await?;
        }
    }
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
        let mut found = None;
        while let Some(record) = s.next(0).await? {
            let number = args::signed(args::trim(&record)).and_then(|n| i32::try_from(n).ok());
            let bad = || s.fail(Fault::new(&fpl::FPLSCA058E, &[&record]));
            found = Some(worse(found.unwrap_or(0), number.ok_or_else(bad)?));
            s.readto(0).await?;
        }
        // Nothing is told of no return codes.
        let Some(rc) = found else {
            return Ok(());
        };
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
            let wait = wait.ok_or_else(|| s.fail(Fault::new(&fpl::FPLSCA400E, &[word])))?;
            if wait > 0 {
                s.wait_until(clock.micros().saturating_add(wait)).await?;
            }
            s.output(0, record).await?;
            s.readto(0).await?;
        }
    }))
}

/// Microseconds to wait: `+` and an interval, or a time of day; each as hours, minutes, seconds apart by colons,
/// the seconds perhaps with a fraction.
fn interval(word: &[u8], now: i64) -> Option<i64> {
    let relative = word.first() == Some(&b'+');
    let text = word.strip_prefix(b"+").unwrap_or(word);
    let parts: Vec<&[u8]> = text.split(|&b| b == b':').collect();
    let whole = |part: &[u8]| i64::try_from(args::unsigned(part).ok()?).ok();
    let (hours, minutes, micros) = match (parts.as_slice(), relative) {
        (&[s], true) => (0, 0, super::held::seconds(s)?),
        (&[m, s], true) => (0, whole(m)?, super::held::seconds(s)?),
        (&[h], false) => (whole(h)?, 0, 0),
        (&[h, m], false) => (whole(h)?, whole(m)?, 0),
        (&[h, m, s], _) => (whole(h)?, whole(m)?, super::held::seconds(s)?),
        _ => return None,
    };
    let minutes = hours.checked_mul(60)?.checked_add(minutes)?;
    let micros = minutes.checked_mul(60_000_000)?.checked_add(micros)?;
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
        check("literal q|deal streamid 1|console", -178, &[]);
    }

    #[test]
    fn dealing_until_streams_are_gone() {
        let network = "(end ?) literal a b c d e|split|d: deal OPTION|insert />/|console ? d: |take 1|console";
        check(&network.replace("OPTION", ""), 0, &[">a", "b", ">c", ">e"]);
        check(&network.replace("OPTION", "stop anyeof"), 0, &[">a", "b"]);
        check(
            &network.replace("OPTION", "stop 2"),
            0,
            &[">a", "b", ">c", ">e"],
        );
    }

    #[test]
    fn the_secondary_stream_says_where() {
        for option in ["", "release"] {
            check(
                &format!(
                    "(end ?) literal a b c|split|d: deal secondary {option}|insert />/|console ? literal 1 0|split|d: |console"
                ),
                0,
                &["a", ">b"],
            );
        }
        // The stream that was named last counts until another is named; at first it is the primary.
        check(
            "(end ?) literal 1 a b 0 c|split|l: pick 1 >> /1/|d: deal secondary latch|insert />/|console ? l: |d: |console",
            0,
            &["a", "b", ">c"],
        );
        check(
            "(end ?) literal a|d: deal secondary|console ? literal 9|d:",
            -178,
            &[],
        );
    }

    #[test]
    fn gathering() {
        let network = "(end ?) literal a b c|split|g: gather OPTION|console ? literal d|g:";
        check(&network.replace("OPTION", ""), 0, &["a", "d", "b", "c"]);
        check(
            &network.replace("OPTION", "stop anyeof"),
            0,
            &["a", "d", "b"],
        );
        check(
            "(end ?) literal 1 x 2 y 1|split|nlocate /x/|nlocate /y/|g: gather streamid 1|console ? literal a b|split|g: ? literal c|g:",
            0,
            &["a", "c", "b"],
        );
        check("literal 7|gather streamid 1|console", -178, &[]);
    }

    #[test]
    fn intervals() {
        assert_eq!(interval(b"+1:30", 0), Some(90_000_000));
        assert_eq!(interval(b"1", 0), Some(3_600_000_000));
        assert_eq!(interval(b"+.25", 0), Some(250_000));
        assert_eq!(interval(b"0:0:1.5", 500_000), Some(1_000_000));
        assert_eq!(interval(b"+1.5:00", 0), None);
        assert_eq!(interval(b"1", 7_200_000_000), Some(0));
        assert_eq!(interval(b"soon", 0), None);
        assert_eq!(interval(b"+9000000000000000000", 0), None);
    }

    #[test]
    fn a_return_code_without_output_is_the_stage_s_own() {
        check("literal 0 7 3|split|aggrc", 7, &[]);
    }
}
