//! The stream functions (ANSI X3.274 section 9.7; SC24-5770 chapter 3 and "Input and output streams"):
//! their arguments are checked here, and what they ask goes to whoever keeps the streams.

use super::args::{LONGEST, given, number, option, text, whole};
use super::{Asks, Bif, BifContext, Error, Value};
use crate::rexx::{Count, Exit, StreamAsk};

pub(super) const TABLE: &[Bif] = &[
    Bif::new(
        "CHARIN",
        "oANY oWHOLE>0 oWHOLE>=0",
        elsewhere,
        "Reads characters from a stream.",
        "CHARIN('NO SUCH') == ''",
    )
    .by_exit(Asks::Other),
    Bif::new(
        "CHAROUT",
        "oANY oANY oWHOLE>0",
        elsewhere,
        "Writes characters to a stream; gives how many were not written.",
        "CHAROUT(,'') == 0",
    )
    .by_exit(Asks::Other),
    Bif::new(
        "CHARS",
        "oANY oCN",
        elsewhere,
        "1 when a stream has more characters, else 0; with C how many.",
        "CHARS('NO SUCH') == 0",
    )
    .by_exit(Asks::Other),
    Bif::new(
        "LINEIN",
        "oANY oWHOLE>0 oWHOLE>=0",
        elsewhere,
        "Reads a line from a stream.",
        "LINEIN('NO SUCH') == ''",
    )
    .by_exit(Asks::Line),
    Bif::new(
        "LINEOUT",
        "oANY oANY oWHOLE>0",
        elsewhere,
        "Writes a line to a stream; gives how many were not written.",
        "LINEOUT('X Y Z9','x') == 1",
    )
    .by_exit(Asks::Other),
    Bif::new(
        "LINES",
        "oANY oCN",
        elsewhere,
        "1 when a stream has more lines, else 0; with C how many.",
        "LINES('NO SUCH') == 0",
    )
    .by_exit(Asks::Lines),
    Bif::new(
        "QUALIFY",
        "oANY",
        elsewhere,
        "The whole name of a stream.",
        "QUALIFY('') == ''",
    )
    .by_exit(Asks::Other),
    Bif::new(
        "STREAM",
        "rANY oCDS oANY",
        elsewhere,
        "The state of a stream, or what a command to it gives.",
        "STREAM('NO SUCH') == 'UNKNOWN'",
    )
    .by_exit(Asks::Other),
];

type Args = [Option<Value>];

fn elsewhere(_: &mut BifContext, _: &Args) -> Result<Value, Error> {
    // The Vm leaves with an exit for these rows; to come here is a fault of the interpreter.
    Err(Error::bare(49, 0))
}

/// The exit that a stream function leaves with; `None` when the row is no stream function. The
/// arguments have passed the checker.
///
/// # Errors
/// 40.3, 40.4 for STREAM, 40.39 for LINEIN, 5 for more characters than a string can have.
pub fn exit(row: &'static Bif, args: &Args) -> Result<Option<Exit>, Error> {
    let name = given(args, 0).cloned().unwrap_or_default();
    let at = || whole(args, 1).map(|n| n as u64);
    let count = || match option(args, 1, b'N') {
        b'C' => Count::Exact,
        _ => Count::Any,
    };
    let out = || (given(args, 1).cloned(), whole(args, 2).map(|n| n as u64));
    let ask = match row.name {
        "LINEIN" => StreamAsk::LineIn {
            at: at(),
            read: line_count(args)?,
        },
        "LINES" => StreamAsk::Lines(count()),
        "LINEOUT" => {
            let (line, at) = out();
            StreamAsk::LineOut { line, at }
        }
        "CHARIN" => {
            let count = whole(args, 2).unwrap_or(1);
            if count > LONGEST {
                return Err(Error::bare(5, 0));
            }
            StreamAsk::CharIn { at: at(), count }
        }
        "CHAROUT" => {
            let (text, at) = out();
            StreamAsk::CharOut { text, at }
        }
        "CHARS" => StreamAsk::Chars(count()),
        "QUALIFY" => StreamAsk::Qualify,
        "STREAM" => stream(args)?,
        _ => return Ok(None),
    };
    Ok(Some(Exit::Stream { name, ask }))
}

/// LINEIN's third argument: whether a line is read at all.
fn line_count(args: &Args) -> Result<bool, Error> {
    match given(args, 2) {
        None => Ok(true),
        Some(_) => match number(args, 2).to_i64() {
            Some(0) => Ok(false),
            Some(1) => Ok(true),
            _ => Err(text(args, 2, |found| {
                Error::new(40, 39, &[b"LINEIN", found])
            })),
        },
    }
}

fn stream(args: &Args) -> Result<StreamAsk, Error> {
    let command = given(args, 2);
    match (option(args, 1, b'S'), command) {
        (b'C', Some(command)) => Ok(StreamAsk::Command(command.to_vec())),
        (b'C', None) => Err(Error::new(40, 3, &[b"STREAM", b"3"])),
        (_, Some(_)) => Err(Error::new(40, 4, &[b"STREAM", b"2"])),
        (b'D', None) => Ok(StreamAsk::Description),
        _ => Ok(StreamAsk::State),
    }
}
