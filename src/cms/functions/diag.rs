//! DIAG and DIAGRC: what a DIAGNOSE gives a program (SC24-5770, DIAG; CP Programming Services for the
//! codes). Characters come as the session has them; what is binary comes as its code page shows it.

use super::{Args, Env, Outcome, Row, hex, text};
use crate::base::msg::Emsg;
use crate::cms::state::emsg;
use crate::rexx::Error;

/// The family.
pub(super) const ROWS: &[Row] = &[
    Row {
        name: "DIAG",
        args: "code[,data...]",
        count: (1, usize::MAX),
        run: diag,
        doc: "What a DIAGNOSE gives; 8 runs a CP command and gives its response, each line ended by X'15'.",
    },
    Row {
        name: "DIAGRC",
        args: "code[,data...]",
        count: (1, usize::MAX),
        run: diagrc,
        doc: "As DIAG, with the return code in columns 1 to 9 and the condition code in 11; data from 17 on.",
    },
];

/// What a DIAGNOSE came to.
struct Answer {
    rc: i32,
    data: Vec<u8>,
}

/// A code: its number and what it does with the arguments behind it.
struct Code {
    number: u64,
    run: fn(&mut Env<'_>, &Args) -> Result<Answer, Error>,
}

const CODES: &[Code] = &[
    Code {
        number: 0x00,
        run: identification,
    },
    Code {
        number: 0x08,
        run: command,
    },
    Code {
        number: 0x0C,
        run: timer,
    },
    Code {
        number: 0x5C,
        run: edit,
    },
    Code {
        number: 0x60,
        run: storage_size,
    },
    Code {
        number: 0xC8,
        run: language,
    },
];

fn diag(env: &mut Env<'_>, args: &Args) -> Outcome {
    diagnose(env, "DIAG", args).map(|answer| answer.data)
}

fn diagrc(env: &mut Env<'_>, args: &Args) -> Outcome {
    let Answer { rc, data } = diagnose(env, "DIAGRC", args)?;
    let mut text = format!("{rc:>9} 0     ").into_bytes();
    text.extend(data);
    Ok(text)
}

fn diagnose(env: &mut Env<'_>, name: &str, args: &Args) -> Result<Answer, Error> {
    let number = hex(name, args, 0)?;
    let Some(code) = CODES.iter().find(|c| c.number == number) else {
        let codes: Vec<String> = CODES.iter().map(|c| format!("{:02X}", c.number)).collect();
        return Err(super::bad(name, 1, &codes.join(" "), text(args, 0)));
    };
    (code.run)(env, &args[1..])
}

fn done(data: Vec<u8>) -> Result<Answer, Error> {
    Ok(Answer { rc: 0, data })
}

/// Binary bytes as the session's code page shows them.
fn binary(env: &Env<'_>, bytes: &[u8]) -> Vec<u8> {
    let page = env.cms.settings.level.codepage;
    bytes.iter().map(|b| page.to_host(*b)).collect()
}

/// X'00', the extended identification: 40 bytes.
fn identification(env: &mut Env<'_>, _: &Args) -> Result<Answer, Error> {
    let mut user = env.cms.info.user.clone();
    user.resize(8, b' ');
    let zone = env.cms.clock().zone().offset.to_be_bytes();
    let mut block = b"z/VM    ".to_vec();
    block.extend(binary(env, &[0; 8]));
    block.extend(user);
    block.extend(binary(env, &[0xFF, 0, 0, 0, 0, 0, 0, 0]));
    block.extend(binary(env, &zone));
    block.extend(binary(env, &[7, 3, 0, 0]));
    done(block)
}

/// X'08', a CP command.
fn command(env: &mut Env<'_>, args: &Args) -> Result<Answer, Error> {
    let Some(Some(command)) = args.first() else {
        return Err(Error::new(40, 5, &[b"DIAG", b"2"]));
    };
    let reply = env.cms.cp(env.port, command);
    let end = env.cms.settings.level.codepage.to_host(0x15);
    let mut data = Vec::new();
    for line in reply.response {
        data.extend(line);
        data.push(end);
    }
    Ok(Answer { rc: reply.rc, data })
}

/// X'0C', the pseudo timer: date, time, virtual and total processor time in microseconds.
fn timer(env: &mut Env<'_>, _: &Args) -> Result<Answer, Error> {
    let c = env.cms.clock().local();
    let year = c.year.rem_euclid(100);
    let mut data = format!(
        "{:02}/{:02}/{year:02}{:02}:{:02}:{:02}",
        c.month, c.day, c.hour, c.minute, c.second
    )
    .into_bytes();
    // CMS here runs without the virtual processor, so no time of it was used.
    data.extend(binary(env, &[0; 16]));
    done(data)
}

/// X'5C', a message as SET EMSG wants it: the identifier is its first ten characters.
fn edit(env: &mut Env<'_>, args: &Args) -> Result<Answer, Error> {
    const IDENTIFIER: usize = 10;
    let message = text(args, 0);
    let (id, rest) = message.split_at(message.len().min(IDENTIFIER));
    done(match emsg(env.port) {
        Emsg::On => message.to_vec(),
        Emsg::Off => Vec::new(),
        Emsg::Code => id.to_vec(),
        Emsg::Text => rest.trim_ascii_start().to_vec(),
    })
}

/// X'60', the size of the virtual machine's storage: 4 bytes.
fn storage_size(env: &mut Env<'_>, _: &Args) -> Result<Answer, Error> {
    let size = u32::try_from(env.port.storage_size()).unwrap_or(u32::MAX);
    done(binary(env, &size.to_be_bytes()))
}

/// X'C8', the language of the user's messages.
fn language(_: &mut Env<'_>, _: &Args) -> Result<Answer, Error> {
    done(b"AMENG".to_vec())
}
