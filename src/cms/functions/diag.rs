//! DIAG and DIAGRC: what a DIAGNOSE gives a program (SC24-5770, DIAG; CP Programming Services for the
//! codes). Characters come as the session has them; what is binary comes as its code page shows it.

use super::{Args, Env, Outcome, Row, hex, text};
use crate::base::msg::Emsg;
use crate::cms::files::DateForm;
use crate::cms::state::emsg;
use crate::cp::{SegmentAnswer, SegmentFunction};
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
    cc: u8,
    data: Vec<u8>,
}

/// A code: its number and what it does with the arguments behind it.
struct Code {
    number: u64,
    run: fn(&mut Env<'_>, &Args) -> Result<Answer, Error>,
}

const fn code(number: u64, run: fn(&mut Env<'_>, &Args) -> Result<Answer, Error>) -> Code {
    Code { number, run }
}

const CODES: &[Code] = &[
    code(0x00, identification),
    code(0x08, command),
    code(0x0C, timer),
    code(0x24, device_type),
    code(0x5C, edit),
    code(0x60, storage_size),
    code(0x64, segments),
    code(0x8C, display),
    code(0xC8, language),
    code(0x270, timer_extended),
];

fn diag(env: &mut Env<'_>, args: &Args) -> Outcome {
    diagnose(env, "DIAG", args).map(|answer| answer.data)
}

fn diagrc(env: &mut Env<'_>, args: &Args) -> Outcome {
    let Answer { rc, cc, data } = diagnose(env, "DIAGRC", args)?;
    let mut text = format!("{rc:>9} {cc}     ").into_bytes();
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
    Ok(Answer { rc: 0, cc: 0, data })
}

/// Binary bytes as the session's code page shows them.
fn binary(env: &Env<'_>, bytes: &[u8]) -> Vec<u8> {
    let page = env.codepage();
    bytes.iter().map(|b| page.to_host(*b)).collect()
}

/// X'00', the extended identification: 40 bytes. The name is the one that programs know.
fn identification(env: &mut Env<'_>, _: &Args) -> Result<Answer, Error> {
    let mut user = env.cms.info.user.clone();
    user.resize(8, b' ');
    let zone = env.cms.clock().zone().offset.to_be_bytes();
    let mut block = b"VM/ESA  ".to_vec();
    block.extend(binary(env, &[0, 0, 7, 0xFF, 0, 0, 0, 0]));
    block.extend(user);
    block.extend(binary(env, &[0xFF, 0, 0, 0, 0, 0, 0, 0]));
    block.extend(binary(env, &zone));
    block.extend(binary(env, &[3, 0, 0, 0]));
    done(block)
}

/// X'08', a CP command.
fn command(env: &mut Env<'_>, args: &Args) -> Result<Answer, Error> {
    let Some(Some(command)) = args.first() else {
        return Err(Error::new(40, 5, &[b"DIAG", b"2"]));
    };
    let reply = env.cms.cp(env.port, command);
    let end = env.codepage().to_host(0x15);
    let mut data = Vec::new();
    for line in reply.response {
        data.extend(line);
        data.push(end);
    }
    Ok(Answer {
        rc: reply.rc,
        cc: 0,
        data,
    })
}

/// X'0C', the pseudo timer: date, time, virtual and total processor time in microseconds.
fn timer(env: &mut Env<'_>, _: &Args) -> Result<Answer, Error> {
    let c = env.cms.clock().local();
    let date = DateForm::Short.text(&c);
    let mut data = format!("{date}{:02}:{:02}:{:02}", c.hour, c.minute, c.second).into_bytes();
    let used = env.port.cpu_micros().to_be_bytes();
    data.extend(binary(env, &used));
    data.extend(binary(env, &used));
    done(data)
}

/// X'270', the pseudo timer with more: behind what X'0C' gives the date in its full and ISO form, the
/// user's and the system's default form (0, short), and zeros up to 64 bytes.
fn timer_extended(env: &mut Env<'_>, args: &Args) -> Result<Answer, Error> {
    let mut answer = timer(env, args)?;
    let c = env.cms.clock().local();
    for form in [DateForm::Full, DateForm::Iso] {
        answer.data.extend(form.text(&c).into_bytes());
    }
    answer.data.extend(binary(env, &[0; 12]));
    Ok(answer)
}

/// X'24', device type and features: 13 bytes, the virtual and the real device, the console's number when
/// it was asked for as -1, and the condition code: 0, or 3 when there is no such device.
fn device_type(env: &mut Env<'_>, args: &Args) -> Result<Answer, Error> {
    let asked = match text(args, 0).trim_ascii() {
        b"-1" => None,
        _ => {
            let number = super::hex("DIAG", args, 0)?;
            let bad = || super::bad("DIAG", 2, "-1 or a device number", text(args, 0));
            Some(u16::try_from(number).map_err(|_| bad())?)
        }
    };
    let (words, cc) = match env.port.device(asked) {
        None => ([0; 3], 3),
        Some((number, word)) => {
            let console = if asked.is_none() {
                u32::from(number)
            } else {
                0
            };
            ([word, word, console], 0)
        }
    };
    let mut block: Vec<u8> = words.iter().flat_map(|w| w.to_be_bytes()).collect();
    block.push(cc);
    let data = binary(env, &block);
    Ok(Answer { rc: 0, cc, data })
}

/// X'64', a saved segment: found, loaded, purged, or loaded without sharing it. 9 bytes: its address, its end or
/// the return code, and the condition code.
fn segments(env: &mut Env<'_>, args: &Args) -> Result<Answer, Error> {
    let kind = text(args, 0).trim_ascii().to_ascii_uppercase();
    let function = match kind.as_slice() {
        b"F" => SegmentFunction::Find,
        b"L" => SegmentFunction::LoadNonshared,
        b"P" => SegmentFunction::Purge,
        b"S" => SegmentFunction::Load,
        _ => return Err(super::bad("DIAG", 2, "FLPS", &kind)),
    };
    let name = text(args, 1).trim_ascii().to_vec();
    if name.is_empty() {
        return Err(Error::new(40, 5, &[b"DIAG", b"3"]));
    }
    let SegmentAnswer { cc, first, last } = env.port.segment(function, &name);
    let word = |v: u64| u32::try_from(v).unwrap_or(u32::MAX).to_be_bytes();
    let mut block = [word(first), word(last)].concat();
    block.push(cc);
    let data = binary(env, &block);
    Ok(Answer { rc: 0, cc, data })
}

/// X'8C', what a 3270 as console can do: nothing, since the console of a session writes and reads lines.
fn display(_: &mut Env<'_>, _: &Args) -> Result<Answer, Error> {
    done(Vec::new())
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
