//! Stages that write what they are told and the terminal: LITERAL, STRLITERAL, CONSOLE
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs").

use super::{PLAIN, Row, task};
use crate::base::Record;
use crate::base::msg::fpl;
use crate::pipe::args::{Args, Fault};
use crate::pipe::filter::{Emit, Filter, Flow};
use crate::pipe::host::TerminalEnd;
use crate::pipe::kernel::EofReport;
use crate::pipe::stage::{Body, Stage, Stop};

pub const TABLE: &[Row] = &[
    Row {
        names: "LITERAL",
        operands: "[string]",
        doc: "Writes its argument string, then passes the input.",
        make: literal,
        example: ("literal second|literal first|console", &["first", "second"]),
        ..PLAIN
    },
    Row {
        names: "STRLITeral",
        operands: "[PREFACE | APPEND] [CONDitional] [delimitedString] | IFEMPTY [delimitedString]",
        doc: "Writes a delimited string before the input, or after it with APPEND.",
        make: strliteral,
        example: (
            "literal a|strliteral append / z /|strliteral x4142|console",
            &["AB", "a", " z "],
        ),
        ..PLAIN
    },
    Row {
        names: "CONSole TERMinal",
        operands: "[EOF delimitedString | NOEOF] [DIRECT] [ASYNchronously] [DARK]",
        doc: "Reads lines from the terminal to a null line when first; else shows and passes each record.",
        eof: EofReport::Current,
        make: console,
        example: ("literal hello|console", &["hello"]),
        ..PLAIN
    },
];

fn literal(args: &mut Args<'_>) -> Result<Body, Fault> {
    let text = Record::from(args.take_rest());
    Ok(task(|s| async move {
        s.output(0, text).await?;
        s.short(0, 0).await
    }))
}

fn strliteral(args: &mut Args<'_>) -> Result<Body, Fault> {
    let empty = args.keyword("IFEMPTY");
    let append = !empty && args.keyword("APPEND");
    if !empty && !append {
        args.keyword("PREFACE");
    }
    let conditional = !empty && args.keyword("CONDitional");
    let text = match args.is_done() {
        true => Vec::new(),
        false => args.delimited()?,
    };
    args.end()?;
    let text = Record::from(text);
    Ok(task(move |s| async move {
        if empty {
            return match s.next(0).await? {
                Some(_) => s.short(0, 0).await,
                None => s.output(0, text).await,
            };
        }
        if conditional {
            // Nothing is written when there is no input.
            s.peekto(0).await?;
        }
        if append {
            s.short(0, 0).await?;
            return s.output(0, text).await;
        }
        s.output(0, text).await?;
        s.short(0, 0).await
    }))
}

/// When the terminal is at end of file.
enum Until {
    /// As the host has it.
    Default,
    Line(Vec<u8>),
    Never,
}

fn console(args: &mut Args<'_>) -> Result<Body, Fault> {
    let first = args.first;
    let mut until = Until::Default;
    let mut known = false;
    while !args.is_done() {
        if args.keyword("EOF") {
            until = Until::Line(args.delimited()?);
        } else if args.keyword("NOEOF") {
            until = Until::Never;
        } else if ["DIRECT", "ASYNchronously", "DARK"]
            .iter()
            .any(|k| args.keyword(k))
        {
            // One terminal, read one way: these change nothing here.
        } else {
            let word = args.peek().unwrap_or(b"");
            return Err(match known {
                true => Fault::new(&fpl::FPLSCA112E, &[args.rest()]),
                false => Fault::new(&fpl::FPLSCA111E, &[word]),
            });
        }
        known = true;
    }
    Ok(match first {
        true => task(|s| read(s, until)),
        false => Body::filter(Showing { passes: true }),
    })
}

/// Shows records on the terminal, and passes them where somebody wants them.
struct Showing {
    passes: bool,
}

impl Filter for Showing {
    fn start(&mut self, outputs: &[bool]) {
        self.passes = outputs.contains(&true);
    }

    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        out.say(record);
        if self.passes {
            out.put(0, record.clone());
        }
        Flow::More
    }
}

async fn read(s: Stage, until: Until) -> Result<(), Stop> {
    let end = s.host(|h| h.terminal_end()).await;
    while let Some(line) = s.read_console().await {
        let ends = match &until {
            Until::Default => end == TerminalEnd::NullLine && line.is_empty(),
            Until::Line(text) => line.eq_ignore_ascii_case(text),
            Until::Never => false,
        };
        if ends {
            break;
        }
        s.output(0, Record::from(line)).await?;
        // No line is asked for that nobody wants.
        if !s.has_output(0) {
            break;
        }
    }
    Ok(())
}
