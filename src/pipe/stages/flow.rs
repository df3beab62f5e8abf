//! Stages that route and hold records: FANOUT, FANIN, FANINANY, BUFFER, COPY, DUPLICATE, APPEND, PREFACE and kin
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs").

use super::{Delay, MANY, PLAIN, Row, task};
use crate::base::Record;
use crate::base::msg::fpl;
use crate::pipe::args::{self, Args, Fault};
use crate::pipe::kernel::EofReport;
use crate::pipe::spec::Direction;
use crate::pipe::stage::{Body, Stage, Stop, end_with};

pub const TABLE: &[Row] = &[
    Row {
        names: "FANOUT",
        operands: "[STOP {ALLEOF | ANYEOF | number}]",
        doc: "Copies each record to all output streams in turn.",
        outputs: MANY,
        make: fanout,
        example: (
            "(end ?) literal a|f: fanout|i: faninany|console ? f: |i:",
            &["a", "a"],
        ),
        ..PLAIN
    },
    Row {
        names: "FANIN",
        operands: "[stream ...]",
        doc: "Passes its input streams one after the other.",
        inputs: MANY,
        make: fanin,
        example: (
            "(end ?) literal a|f: fanin|console ? literal b|f:",
            &["a", "b"],
        ),
        ..PLAIN
    },
    Row {
        names: "FANINANY",
        operands: "[STRICT]",
        doc: "Passes records from whichever input stream has one.",
        inputs: MANY,
        make: faninany,
        example: (
            "(end ?) literal a|f: faninany|console ? literal b|f:",
            &["a", "b"],
        ),
        ..PLAIN
    },
    Row {
        names: "BUFFER",
        operands: "[number [delimitedString]]",
        doc: "Holds all records until end of file; with a number, writes that many copies of each group.",
        delay: Delay::Buffers,
        make: buffer,
        example: ("literal b|literal a|buffer|console", &["a", "b"]),
        ..PLAIN
    },
    Row {
        names: "COPY",
        operands: "",
        doc: "Passes records, delaying each by one.",
        delay: Delay::One,
        make: |a| {
            a.end()?;
            Ok(task(copy))
        },
        example: ("literal a|copy|console", &["a"]),
        ..PLAIN
    },
    Row {
        names: "DUPlicate",
        operands: "[number | *]",
        doc: "Writes each record and that many more copies; -1 drops it.",
        make: duplicate,
        example: ("literal a|dup 2|console", &["a", "a", "a"]),
        ..PLAIN
    },
    Row {
        names: "APPEND",
        operands: "string",
        doc: "Passes the input, then runs its argument as a pipeline and passes what that gives.",
        make: append,
        example: ("literal a|append literal b|console", &["a", "b"]),
        ..PLAIN
    },
    Row {
        names: "PREFACE",
        operands: "string",
        doc: "Runs its argument as a pipeline and passes what that gives, then passes the input.",
        make: preface,
        example: ("literal a|preface literal b|console", &["b", "a"]),
        ..PLAIN
    },
    Row {
        names: "NOEOFBACK",
        operands: "",
        doc: "Passes records and goes on reading when its output is gone.",
        eof: EofReport::Current,
        make: |a| {
            a.end()?;
            Ok(task(noeofback))
        },
        example: ("literal b|literal a|noeofback|take 1|console", &["a"]),
        ..PLAIN
    },
    Row {
        names: "ELASTIC",
        operands: "",
        doc: "Takes records as they come and holds them only until its output takes them; what its output feeds back comes on stream 1.",
        inputs: 2,
        delay: Delay::Buffers,
        make: |a| {
            a.end()?;
            Ok(task(elastic))
        },
        example: ("literal b|literal a|elastic|console", &["a", "b"]),
        ..PLAIN
    },
    Row {
        names: "GATE",
        operands: "[STRICT]",
        doc: "Passes stream n to stream n until a record comes on stream 0.",
        inputs: MANY,
        outputs: MANY,
        make: gate,
        example: (
            "(end ?) literal stop|drop 1|g: gate ? literal a|g:|console",
            &["a"],
        ),
        ..PLAIN
    },
    Row {
        names: "JUXTAPOSe",
        operands: "[COUNT]",
        doc: "Prefixes each record of the other streams with the latest record of stream 0; with COUNT, ten columns before it tell how many that has prefixed so far.",
        inputs: MANY,
        make: juxtapose,
        example: (
            "(end ?) literal x|j: juxtapose|console ? literal b|literal a|j:",
            &["xa", "xb"],
        ),
        ..PLAIN
    },
    Row {
        names: "OVERlay",
        operands: "[xorc]",
        doc: "Lays the records of the higher streams over those of stream 0; the pad character is transparent.",
        inputs: MANY,
        make: overlay,
        example: (
            "(end ?) literal a c|o: overlay|console ? strliteral / b/|o:",
            &["abc"],
        ),
        delay: Delay::One,
        ..PLAIN
    },
];

/// How many streams at end of file stop a stage.
pub(super) fn stop(args: &mut Args<'_>) -> Result<Option<u64>, Fault> {
    if !args.keyword("STOP") {
        return Ok(None);
    }
    if args.keyword("ALLEOF") || args.keyword("ALLOF") {
        return Ok(None);
    }
    if args.keyword("ANYEOF") {
        return Ok(Some(1));
    }
    Ok(Some(args::unsigned(args.need()?)?))
}

fn fanout(args: &mut Args<'_>) -> Result<Body, Fault> {
    let stop = stop(args)?;
    args.end()?;
    Ok(task(move |s| async move {
        let outputs = s.streams().1;
        if stop == Some(1) {
            s.eof_report(EofReport::Any);
        }
        loop {
            let record = s.peekto(0).await?;
            let mut gone = 0;
            for port in 0..outputs {
                match s.output(port, record.clone()).await {
                    Err(Stop::Eof) => gone += 1,
                    other => other?,
                }
            }
            if gone >= stop.unwrap_or(u64::MAX).min(outputs as u64) {
                return Ok(());
            }
            s.readto(0).await?;
        }
    }))
}

fn fanin(args: &mut Args<'_>) -> Result<Body, Fault> {
    let mut wanted = Vec::new();
    while let Some(word) = args.word() {
        args.stream(word)?;
        wanted.push(word.to_vec());
    }
    Ok(task(|s| async move {
        let mut ports = Vec::new();
        for word in &wanted {
            let port = s.find_stream(Direction::Input, word);
            let missing = || s.fail(Fault::new(&fpl::FPLSCA178E, &[word]));
            ports.push(port.ok_or_else(missing)?);
        }
        if wanted.is_empty() {
            ports.extend(0..s.streams().0);
        }
        for port in ports {
            s.short(port, 0).await?;
            if !s.has_output(0) {
                break;
            }
            s.sever_input(port);
        }
        Ok(())
    }))
}

fn faninany(args: &mut Args<'_>) -> Result<Body, Fault> {
    let strict = args.keyword("STRICT");
    args.end()?;
    Ok(task(move |s| async move {
        if !strict {
            return s.forward_any(0).await;
        }
        loop {
            let port = s.any_input().await?;
            let port = s.lowest_ready().unwrap_or(port);
            let record = s.peekto(port).await?;
            s.output(0, record).await?;
            s.readto(port).await?;
        }
    }))
}

fn buffer(args: &mut Args<'_>) -> Result<Body, Fault> {
    let copies = match args.peek() {
        None => None,
        Some(word) => match args.number() {
            None => return Err(Fault::new(&fpl::FPLSCA058E, &[word])),
            Some(0) => return Err(Fault::new(&fpl::FPLSCA066E, &[word])),
            copies => copies,
        },
    };
    let between = match args.is_done() || copies.is_none() {
        true => Vec::new(),
        false => args.delimited()?,
    };
    args.end()?;
    let between = Record::from(between);
    Ok(task(move |s| async move {
        let Some(copies) = copies else {
            let held = read_all(&s, 0).await?;
            for record in held {
                s.output(0, record).await?;
            }
            return Ok(());
        };
        loop {
            let mut group = Vec::new();
            let more = loop {
                match s.readto(0).await {
                    Ok(record) if record.is_empty() => break true,
                    Ok(record) => group.push(record),
                    Err(Stop::Eof) => break false,
                    Err(stop) => return Err(stop),
                }
            };
            for copy in 0..copies {
                for record in &group {
                    s.output(0, record.clone()).await?;
                }
                if more || copy + 1 < copies {
                    s.output(0, between.clone()).await?;
                }
            }
            if !more {
                return Ok(());
            }
        }
    }))
}

/// Reads a stream to end of file.
pub(super) async fn read_all(s: &Stage, port: usize) -> Result<Vec<Record>, Stop> {
    let mut held = Vec::new();
    while let Some(record) = s.next(port).await? {
        held.push(record);
        s.readto(port).await?;
    }
    Ok(held)
}

async fn copy(s: Stage) -> Result<(), Stop> {
    loop {
        let record = s.readto(0).await?;
        s.output(0, record).await?;
    }
}

fn duplicate(args: &mut Args<'_>) -> Result<Body, Fault> {
    let more = match args.peek() {
        None => 1,
        Some(b"*") => {
            args.word();
            i64::MAX
        }
        Some(word) => match args.signed() {
            Some(n) if n >= -1 => n,
            Some(_) => return Err(Fault::new(&fpl::FPLSCA066E, &[word])),
            None => return Err(Fault::new(&fpl::FPLSCA058E, &[word])),
        },
    };
    args.end()?;
    Ok(task(move |s| async move {
        loop {
            let record = s.peekto(0).await?;
            let mut left = more;
            while left >= 0 {
                s.output(0, record.clone()).await?;
                left = if left == i64::MAX { left } else { left - 1 };
            }
            s.readto(0).await?;
        }
    }))
}

/// The specification that runs a stage's argument before its output stream.
fn tail(args: &mut Args<'_>) -> Result<Vec<u8>, Fault> {
    let text = args.take_rest();
    if args::trim(text).is_empty() {
        return Err(args.missing());
    }
    let mut spec = text.to_vec();
    spec.extend_from_slice(b"|*.OUTPUT.0:");
    Ok(spec)
}

async fn call(s: &Stage, spec: Vec<u8>) -> Result<(), Stop> {
    end_with(s.callpipe(spec).await)
}

fn append(args: &mut Args<'_>) -> Result<Body, Fault> {
    let spec = tail(args)?;
    Ok(task(|s| async move {
        s.short(0, 0).await?;
        if !s.has_output(0) {
            return Ok(());
        }
        call(&s, spec).await
    }))
}

fn preface(args: &mut Args<'_>) -> Result<Body, Fault> {
    let spec = tail(args)?;
    Ok(task(|s| async move {
        call(&s, spec).await?;
        s.short(0, 0).await
    }))
}

async fn noeofback(s: Stage) -> Result<(), Stop> {
    loop {
        let record = s.peekto(0).await?;
        s.pass(0, record).await?;
        s.readto(0).await?;
    }
}

/// Holds records only while its output does not take them.
async fn elastic(s: Stage) -> Result<(), Stop> {
    let mut held = std::collections::VecDeque::new();
    loop {
        let record = match held.pop_front() {
            Some(record) => record,
            None => {
                // The feedback ends with what it is fed from.
                let port = s.any_input_while(0).await?;
                s.readto(port).await?
            }
        };
        s.output_reading(0, record, &mut held).await?;
    }
}

fn gate(args: &mut Args<'_>) -> Result<Body, Fault> {
    let strict = args.keyword("STRICT");
    args.end()?;
    Ok(task(move |s| async move {
        loop {
            let mut port = s.any_input().await?;
            if strict {
                port = s.lowest_ready().unwrap_or(port);
            }
            if port == 0 {
                return Ok(());
            }
            let record = s.peekto(port).await?;
            s.pass(port, record).await?;
            s.readto(port).await?;
        }
    }))
}

fn juxtapose(args: &mut Args<'_>) -> Result<Body, Fault> {
    let counting = args.keyword("COUNT");
    args.end()?;
    Ok(task(move |s| async move {
        let mut prefix = Record::null();
        let mut used: u64 = 0;
        loop {
            let port = s.any_input().await?;
            let record = s.peekto(port).await?;
            if port == 0 {
                prefix = record;
                used = 0;
            } else {
                used += 1;
                let mut line = match counting {
                    true => format!("{used:>10}").into_bytes(),
                    false => Vec::with_capacity(prefix.len() + record.len()),
                };
                line.extend_from_slice(&prefix);
                line.extend_from_slice(&record);
                s.output(0, Record::from(line)).await?;
            }
            s.readto(port).await?;
        }
    }))
}

/// A record is read from each stream in turn, so that what writes to one stream after the other, as FANOUT and
/// CHOP do, need not wait for a record it is yet to write; this delays one record.
fn overlay(args: &mut Args<'_>) -> Result<Body, Fault> {
    let pad = match args.is_done() {
        true => b' ',
        false => args.xorc()?,
    };
    args.end()?;
    Ok(task(move |s| async move {
        let inputs = s.streams().0;
        loop {
            let mut line: Vec<u8> = Vec::new();
            let mut read = false;
            for port in 0..inputs {
                let record = match s.readto(port).await {
                    Err(Stop::Eof) if s.has_output(0) => continue,
                    other => other?,
                };
                read = true;
                line.resize(line.len().max(record.len()), pad);
                for (to, &from) in line.iter_mut().zip(record.iter()) {
                    if from != pad {
                        *to = from;
                    }
                }
            }
            if !read {
                return Ok(());
            }
            s.output(0, Record::from(line)).await?;
        }
    }))
}
