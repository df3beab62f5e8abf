//! Stages about pipelines themselves and messages: HELP, JEREMY, PAUSE, PIPESTOP, IMMCMD, STARMSG, EMSG
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs").

use super::sources::Answer;
use super::{Delay, FAMILIES, Lookup, PLAIN, Place, Row, lookup, task};
use crate::base::Record;
use crate::base::msg::fpl;
use crate::pipe::CommandKind;
use crate::pipe::args::{self, Args, Fault};
use crate::pipe::kernel::EofReport;
use crate::pipe::stage::{Body, Stage, Stop};

pub const TABLE: &[Row] = &[
    Row {
        names: "HELP AHELP ?",
        operands: "[stage | number]",
        doc: "Writes what a stage does and its operands, the text of a message, or the names of all stages; to the terminal when there is no output.",
        place: Place::First,
        delay: Delay::Source,
        make: help,
        example: (
            "help copy|take 2|console",
            &["COPY", "Passes records, delaying each by one."],
        ),
        ..PLAIN
    },
    Row {
        names: "JEREMY",
        operands: "",
        doc: "Writes the state of each stage when it starts and after each record.",
        make: |a| {
            a.end()?;
            Ok(task(jeremy))
        },
        example: (
            "jeremy|take 1|locate /jeremy/|console",
            &["1 1 ready: jeremy"],
        ),
        ..PLAIN
    },
    Row {
        names: "PAUSE",
        operands: "",
        doc: "Passes records; signals a pause to whoever watches the pipeline for each.",
        make: |a| {
            a.end()?;
            Ok(task(|s| async move { s.short(0, 0).await }))
        },
        example: ("literal a|pause|console", &["a"]),
        ..PLAIN
    },
    Row {
        names: "PIPESTOP",
        operands: "",
        doc: "At its first record, tells the stages that wait for an external event to wait no longer; passes records.",
        make: |a| {
            a.end()?;
            Ok(task(|s| async move {
                s.peekto(0).await?;
                s.stop_waiting();
                s.short(0, 0).await
            }))
        },
        example: (
            "(end ?) literal +9999|delay|console ? literal now|pipestop|console",
            &["now"],
        ),
        ..PLAIN
    },
    Row {
        names: "IMMCMD",
        operands: "name",
        doc: "Writes the argument string each time that the immediate command of this name is typed.",
        place: Place::First,
        delay: Delay::Source,
        make: immcmd,
        example: ("immcmd stop|take 1|console", &["now"]),
        ..PLAIN
    },
    Row {
        names: "STARMSG",
        operands: "[*MSG] [command]",
        doc: "Writes what comes to the message service (SET SMSG IUCV): class, sender, and the text from column 17; issues the command when it listens.",
        place: Place::First,
        delay: Delay::Source,
        make: starmsg,
        example: ("starmsg *msg|take 1|console", &["00000004TEST    hello"]),
        ..PLAIN
    },
    Row {
        names: "EMSG",
        operands: "[string]",
        doc: "Shows its argument and its records as messages, whose id SET EMSG may hide, and passes them.",
        eof: EofReport::Current,
        make: emsg,
        example: ("emsg ABCDEF001I Hello", &["ABCDEF001I Hello"]),
        ..PLAIN
    },
];

fn help(args: &mut Args<'_>) -> Result<Body, Fault> {
    let lines = match args.word() {
        None => all_names(),
        Some(word) if word.iter().all(u8::is_ascii_digit) => messages(word)?,
        Some(verb) => match lookup(verb) {
            Lookup::Found(row) => row.help(),
            Lookup::Absent => return Err(Fault::new(&fpl::FPLSCA9001E, &[verb])),
            Lookup::Unknown => {
                let name = verb.to_ascii_uppercase();
                return Err(Fault::new(&fpl::FPLSCA027E, &[&name]));
            }
        },
    };
    args.end()?;
    Ok(task(|s| async move {
        let answer = Answer::of(&s);
        for line in lines {
            answer.tell(&s, line.into_bytes()).await?;
        }
        Ok(())
    }))
}

/// The messages of Pipelines with a number.
fn messages(word: &[u8]) -> Result<Vec<String>, Fault> {
    let number = args::unsigned(word)?;
    let rows = fpl::ALL.iter();
    let same = rows.filter(|m| u64::try_from(m.number()).is_ok_and(|n| n == number));
    let lines: Vec<String> = same.map(|m| format!("{} {}", m.id, m.text)).collect();
    match lines.is_empty() {
        true => Err(Fault::new(&fpl::FPLSCA111E, &[word])),
        false => Ok(lines),
    }
}

fn all_names() -> Vec<String> {
    let rows = FAMILIES.iter().copied().flatten();
    let names = rows.filter_map(|row| row.names.split(' ').next());
    let mut names: Vec<String> = names.map(str::to_ascii_uppercase).collect();
    names.sort();
    names
}

async fn jeremy(s: Stage) -> Result<(), Stop> {
    let answer = Answer::of(&s);
    loop {
        for line in s.states() {
            answer.tell(&s, line.into_bytes()).await?;
        }
        s.readto(0).await?;
    }
}

/// How often typed lines are looked for, in microseconds.
const LOOK: i64 = 50_000;

fn immcmd(args: &mut Args<'_>) -> Result<Body, Fault> {
    let name = args.need()?.to_vec();
    args.end()?;
    Ok(task(|s| async move {
        s.commit(0).await?;
        let Some(mut calls) = s.host(move |h| h.immediate(&name)).await else {
            return Ok(());
        };
        while s.has_output(0) {
            match calls.take() {
                Some(argument) => s.output(0, Record::from(argument)).await?,
                None => {
                    let now = s.host(|h| h.clock().micros()).await;
                    s.wait_until(now.saturating_add(LOOK)).await?;
                }
            }
        }
        Ok(())
    }))
}

fn starmsg(args: &mut Args<'_>) -> Result<Body, Fault> {
    if let Some(service) = args.peek().filter(|w| w.starts_with(b"*")) {
        if !service.eq_ignore_ascii_case(b"*MSG") {
            return Err(Fault::new(&fpl::FPLSCA9002E, &[service]));
        }
        args.word();
    }
    let command = args::trim(args.take_rest()).to_vec();
    Ok(task(|s| async move {
        s.commit(0).await?;
        if !s.host(|h| h.listen_for_messages(true)).await {
            return Err(s.fail(Fault::new(&fpl::FPLSCA9001E, &[b"STARMSG"])));
        }
        let done = listen(&s, command).await;
        s.host(|h| h.listen_for_messages(false)).await;
        done
    }))
}

/// Writes each message as it comes.
async fn listen(s: &Stage, command: Vec<u8>) -> Result<(), Stop> {
    if !command.is_empty() {
        let reply = s.command(CommandKind::Command, command).await;
        if reply.rc != 0 {
            return Err(Stop::Rc(reply.rc));
        }
    }
    s.awaits_events();
    while s.has_output(0) {
        match s.host(|h| h.take_message()).await {
            Some(message) => s.output(0, Record::from(message)).await?,
            None => {
                let now = s.host(|h| h.clock().micros()).await;
                s.wait_until(now.saturating_add(LOOK)).await?;
            }
        }
        s.stopped()?;
    }
    Ok(())
}

fn emsg(args: &mut Args<'_>) -> Result<Body, Fault> {
    let first = args::trim(args.take_rest()).to_vec();
    Ok(task(|s| async move {
        s.commit(0).await?;
        if !first.is_empty() {
            show(&s, Record::from(first)).await?;
        }
        loop {
            let record = s.peekto(0).await?;
            show(&s, record).await?;
            s.readto(0).await?;
        }
    }))
}

async fn show(s: &Stage, record: Record) -> Result<(), Stop> {
    let line = record.clone();
    s.host(move |h| h.emsg(&line)).await;
    s.pass(0, record).await
}

#[cfg(test)]
mod tests {
    use crate::pipe::tests::check;

    #[test]
    fn help_with_a_message() {
        check(
            "help 27|console",
            0,
            &["FPLSCA027E Entry point {} not found"],
        );
        check(
            "help 060|console",
            0,
            &["FPLSCA060E Delimiter missing after string \"{}\""],
        );
        check("help 8888|console", -111, &[]);
    }

    #[test]
    fn help_for_stages() {
        check(
            "help copy",
            0,
            &[
                "COPY",
                "Passes records, delaying each by one.",
                "Streams: 1 in, 1 out; may delay one record.",
                "Example: PIPE literal a|copy|console",
            ],
        );
        check("? trunc|take 1|chop 13|console", 0, &["CHOP TRUNCate"]);
        check(
            "help dateconv|locate /JULIAN_SHORT/|count lines|console",
            0,
            &["1"],
        );
        check("help nosuch", -27, &[]);
        check("help browse", -9001, &[]);
        check("literal a|help", -87, &[]);
    }

    #[test]
    fn waiting_ends_when_told() {
        check(
            "(end ?) literal +9999 late|delay|console ? literal a b|split|pipestop|console",
            0,
            &["a", "b"],
        );
        check("literal a|emsg b|console", 0, &["b", "b", "a", "a"]);
        check("literal a|pause x|console", -112, &[]);
    }
}
