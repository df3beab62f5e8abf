//! CMDCALL, GETFMADR, WAKEUP and XMITMSG: what programs use to run commands, to find room for a disk, to
//! wait, and to speak as CMS does (z/VM: CMS Commands and Utilities Reference).

use super::{Call, Fault, Operands, Row, Verdict, by_name};
use crate::base::Message;
use crate::base::abbrev::matches;
use crate::base::msg::dms;
use crate::cms::commands::operands::number;
use crate::cms::fileid::{Mode, Name};
use crate::cms::search;
use crate::cms::stack::Order;
use crate::cms::state::emsg;
use crate::rexx::Value;

/// The family.
pub const ROWS: &[Row] = &[
    Row {
        name: "CMDCALL",
        operands: "command",
        run: cmdcall,
        doc: "Runs a command as if it were typed, so that it issues the messages it keeps from programs.",
        example: "CMDCALL QUERY SEARCH",
    },
    Row {
        name: "GETFMADR",
        operands: "[vdev]",
        run: getfmadr,
        doc: "Stacks a file mode that is not accessed, a device number that is free, and the last free file mode.",
        example: "GETFMADR 200",
    },
    Row {
        name: "WAKEUP",
        operands: "[hh:mm[:ss]|+mm|+hh:mm[:ss]] [(CONS SMSG IUCVMSG RDR)]",
        run: wakeup,
        doc: "Waits for a time (return code 2), a special message (1), a message by IUCV (5), a reader file (4) or a line from the console (6).",
        example: "WAKEUP +0",
    },
    Row {
        name: "XMITMSG",
        operands: "number [variable|'text' ...] [(APPLID id CALLER name ERRMSG HEADER|NOHEADER LETTER x FORMAT n LINE n DISPLAY|NODISPLAY VAR)]",
        run: xmitmsg,
        doc: "Issues one of the messages of CMS, or puts it into the variables MESSAGE.0, MESSAGE.1.",
        example: "XMITMSG 3 'WRONG' (ERRMSG",
    },
];

/// The command is an EXEC that ships with the system, which ADDRESS COMMAND finds as well.
fn wakeup(call: &mut Call<'_>) -> Verdict {
    let name = Name::new(b"WAKEUP", b"EXEC");
    let found = name.and_then(|n| call.cms.files.find(&n, Mode::Letter(b'S', None)));
    match found {
        Some(found) => Verdict::Exec {
            found,
            args: call.text.to_vec(),
            called: b"WAKEUP".to_vec(),
        },
        None => Verdict::Rc(-3),
    }
}

fn cmdcall(call: &mut Call<'_>) -> Verdict {
    let (word, _) = search::split(call.text);
    if word.is_empty() {
        return Verdict::Rc(0);
    }
    match by_name(&word.to_ascii_uppercase()) {
        Some(_) => Verdict::Again(call.text.to_vec()),
        None => Verdict::Rc(-3),
    }
}

/// Where the search for a free device number begins.
const FIRST_VDEV: u16 = 0x120;

/// No file mode, or no device number, is left.
const NO_ROOM: i32 = 36;

fn getfmadr(call: &mut Call<'_>) -> Verdict {
    let operands = call.operands();
    let first = match operands.word(0) {
        b"" => Some(FIRST_VDEV),
        word => crate::cp::words::vdev(word).filter(|v| *v > 0),
    };
    let Some(first) = first else {
        return call.fail(&dms::DMSGFM017E, &[operands.word(0)], 24);
    };
    if let Some(word) = operands.words.get(1).or(operands.options.first()) {
        return call.fail(&dms::DMSGFM070E, &[word], 24);
    }
    let free = |letter: &u8| call.cms.files.get(*letter).is_none();
    let mode = (b'A'..=b'Z').find(free);
    let last = (b'A'..=b'Z').rev().find(free);
    let vdev = (first..=u16::MAX).find(|v| call.port.device(Some(*v)).is_none());
    let (Some(mode), Some(last), Some(vdev)) = (mode, last, vdev) else {
        return Verdict::Rc(NO_ROOM);
    };
    let (mode, last) = (char::from(mode), char::from(last));
    let line = format!("*GETFMADR {mode} {vdev:04X} {last}");
    call.cms.stack.put(Order::Lifo, line.into_bytes());
    Verdict::Rc(0)
}

/// The message is not in the repository.
const NO_MESSAGE: i32 = 12;

/// What XMITMSG was asked.
struct Asked {
    number: i32,
    inserts: Vec<Vec<u8>>,
    applid: Vec<u8>,
    caller: Vec<u8>,
    letter: Option<u8>,
    header: Header,
    shown: bool,
    variables: bool,
}

/// Whether the message id stands before the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Header {
    Yes,
    No,
}

fn xmitmsg(call: &mut Call<'_>) -> Verdict {
    let asked = match asked(call) {
        Ok(asked) => asked,
        Err(fault) => return call.raise(&fault),
    };
    // The repository of CMS is the only one: no other application's can be added.
    let row = dms::ALL.iter().find(|m| m.number() == asked.number);
    let (Some(row), b"DMS") = (row, asked.applid.as_slice()) else {
        let number = asked.number.to_string();
        return call.fail(
            &dms::DMSMGM814E,
            &[number.as_bytes(), &asked.caller, &asked.applid],
            NO_MESSAGE,
        );
    };
    let inserts: Vec<&[u8]> = asked.inserts.iter().map(Vec::as_slice).collect();
    let Message { text, .. } = row.with(&inserts);
    let letter = asked.letter.unwrap_or(row.severity());
    let id = format!(
        "DMS{}{:03}{}",
        String::from_utf8_lossy(&asked.caller),
        asked.number,
        char::from(letter)
    );
    let line = match asked.header {
        Header::Yes => emsg(call.port).line(id.as_bytes(), &text),
        Header::No => Some(text.clone()),
    };
    if asked.variables {
        let whole = match asked.header {
            Header::Yes => [id.as_bytes(), b" ", &text].concat(),
            Header::No => text,
        };
        let set = call.program.as_deref_mut().is_some_and(|vm| {
            vm.set_variable(b"MESSAGE.1", Some(Value::from_bytes(&whole)))
                .is_ok()
                && vm
                    .set_variable(b"MESSAGE.0", Some(Value::from_bytes(b"1")))
                    .is_ok()
        });
        return Verdict::Rc(if set { 0 } else { 24 });
    }
    if let Some(line) = line.filter(|_| asked.shown) {
        call.say(&line);
    }
    Verdict::Rc(0)
}

fn asked(call: &mut Call<'_>) -> Result<Asked, Fault> {
    let (words, options) = tokens(call.text);
    let first = words.first().map_or(&[][..], Vec::as_slice);
    let number = number(first)
        .and_then(|n| i32::try_from(n).ok())
        .filter(|n| (1..=9999).contains(n))
        .ok_or_else(|| (dms::DMSXMM405E.with(&[first]), 24))?;
    let mut asked = Asked {
        number,
        inserts: Vec::new(),
        applid: b"DMS".to_vec(),
        caller: b"XMM".to_vec(),
        letter: None,
        header: Header::Yes,
        shown: true,
        variables: false,
    };
    for word in &words[1..] {
        let insert = substitution(call, word);
        asked.inserts.push(insert);
    }
    let upper = Operands {
        words: Vec::new(),
        options: options.iter().map(|w| w.to_ascii_uppercase()).collect(),
    };
    let mut options = upper.options.into_iter();
    while let Some(word) = options.next() {
        let mut value = || {
            let missing = || (dms::DMSXMM637E.with(&[&word]), 24);
            options.next().filter(|v| !v.is_empty()).ok_or_else(missing)
        };
        match word.as_slice() {
            w if matches("APPLID", w) => asked.applid = value()?,
            w if matches("CALLER", w) => {
                asked.caller = value()?;
                asked.caller.truncate(3);
            }
            w if matches("LETTER", w) => asked.letter = value()?.first().copied(),
            // A message here has one format and one line.
            w if matches("FORMAT", w) || matches("LINE", w) => {
                value()?;
            }
            w if matches("ERRMSG", w) || matches("DISPLAY", w) => asked.shown = true,
            w if matches("NODISPLAY", w) || matches("NODISP", w) => asked.shown = false,
            w if matches("HEADER", w) => asked.header = Header::Yes,
            w if matches("NOHEADER", w) => asked.header = Header::No,
            w if matches("VAR", w) => asked.variables = true,
            w if matches("COMPRESS", w) || matches("NOCOMPRESS", w) || matches("SYSLANG", w) => {}
            w => return Err((dms::DMSXMM003E.with(&[w]), 24)),
        }
    }
    Ok(asked)
}

/// The words before and behind the left parenthesis; a text in quotes is one word, with its quotes.
fn tokens(text: &[u8]) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let mut lists = (Vec::new(), Vec::new());
    let mut behind = false;
    let mut rest = text.trim_ascii_start();
    while let Some(&first) = rest.first() {
        let len = match first {
            b'(' | b')' => 1,
            b'\'' | b'"' => rest[1..]
                .iter()
                .position(|&c| c == first)
                .map_or(rest.len(), |at| at + 2),
            _ => rest
                .iter()
                .position(|c| b" ()".contains(c))
                .unwrap_or(rest.len()),
        };
        let (word, next) = rest.split_at(len);
        rest = next.trim_ascii_start();
        match (word, behind) {
            (b"(", false) => behind = true,
            (b")", true) => break,
            (word, true) => lists.1.push(word.to_vec()),
            (word, false) => lists.0.push(word.to_vec()),
        }
    }
    lists
}

/// What stands for a word of the message: the text in quotes, a number, or the value of a variable.
fn substitution(call: &mut Call<'_>, word: &[u8]) -> Vec<u8> {
    match word {
        [quote @ (b'\'' | b'"'), text @ ..] => {
            text.strip_suffix(&[*quote]).unwrap_or(text).to_vec()
        }
        [first, ..] if first.is_ascii_digit() => word.to_vec(),
        name => call
            .program
            .as_deref_mut()
            .and_then(|vm| vm.get_variable(name))
            .map_or_else(|| name.to_vec(), |value| value.to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use crate::cms::testing::Console;

    #[test]
    fn cmdcall_makes_commands_speak() {
        let program = "/* */\ntrace off\naddress command\n'ERASE NO FILE A'; say rc\n\
                       'CMDCALL ERASE NO FILE A'; say rc\n'CMDCALL NOSUCH'; say rc\n";
        let mut c = Console::ready(&[("t.exec", program)]);
        assert_eq!(
            c.enter("t"),
            [
                "28",
                "DMSERS002E File NO FILE A not found",
                "28",
                "-3",
                "Ready;"
            ]
        );
    }

    #[test]
    fn getfmadr_finds_room() {
        let program = "/* */\naddress command\n'GETFMADR'; say rc; parse pull . mode va last .; say mode va last\n\
                       'GETFMADR F100'; parse pull . mode va .; say mode va\n'GETFMADR XYZ'; say rc\n";
        let mut c = Console::ready(&[("t.exec", program)]);
        assert_eq!(
            c.enter("t")[..4],
            [
                "0",
                "B 0120 Z",
                "B F100",
                "DMSGFM017E Invalid device address XYZ"
            ]
        );
    }

    #[test]
    fn xmitmsg_speaks_as_cms_does() {
        let program = "/* */\nop = 'FROB'\naddress command\n'XMITMSG 3 OP (ERRMSG'; say rc\n\
                       \"XMITMSG 2 'A B C' (CALLER TST LETTER W\"\n'XMITMSG 3 OP (VAR NOHEADER'\n\
                       say message.0 message.1\n'XMITMSG 3 OP (APPLID WEB'; say rc\n'XMITMSG X'; say rc\n";
        let mut c = Console::ready(&[("t.exec", program)]);
        let lines = c.enter("t");
        assert_eq!(lines[0], "DMSXMM003E Invalid option: FROB");
        assert_eq!(lines[1], "0");
        assert_eq!(lines[2], "DMSTST002W File A B C not found");
        assert_eq!(lines[3], "1 Invalid option: FROB");
        assert_eq!(lines[5], "12");
        assert_eq!(lines[7], "24");
        c.cp.emsg = "TEXT";
        assert_eq!(c.enter("t")[0], "Invalid option: FROB");
    }
}
