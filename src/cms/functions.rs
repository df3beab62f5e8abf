//! The functions that CMS adds to REXX (SC24-5770, "Additional built-in functions provided in z/VM").

use super::frame::Ended;
use super::port::Port;
use super::state::{State, Typing};
use crate::rexx::Value;

/// What runs a function; `None` when its arguments are wrong.
type Function = fn(&mut State, &mut dyn Port, &[Vec<u8>]) -> Option<Vec<u8>>;

/// A function.
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// Its arguments.
    pub args: &'static str,
    run: Function,
    /// What it gives.
    pub doc: &'static str,
}

/// All of them.
pub const ROWS: &[Row] = &[
    Row {
        name: "CMSFLAG",
        args: "flag",
        run: cmsflag,
        doc: "1 when the setting of CMS (ABBREV, CMSTYPE, EXECTRAC, IMPCP, IMPEX, SUBSET) is on, else 0.",
    },
    Row {
        name: "DIAG",
        args: "code[,data...]",
        run: diag,
        doc: "What a DIAGNOSE gives; 8 runs a CP command and gives its response, each line ended by X'15'.",
    },
    Row {
        name: "DIAGRC",
        args: "code[,data...]",
        run: diagrc,
        doc: "As DIAG, with the return code in columns 1 to 9 and the condition code in 11; data from 17 on.",
    },
    Row {
        name: "EXTERNALS",
        args: "",
        run: externals,
        doc: "The number of lines typed ahead.",
    },
    Row {
        name: "LINESIZE",
        args: "",
        run: linesize,
        doc: "The width of the terminal.",
    },
    Row {
        name: "USERID",
        args: "",
        run: userid,
        doc: "The user identification.",
    },
];

/// The function of a name in upper case.
pub fn find(name: &[u8]) -> Option<&'static Row> {
    ROWS.iter().find(|r| r.name.as_bytes() == name)
}

/// Calls a function; wrong arguments are an incorrect call to it.
pub fn run(row: &Row, cms: &mut State, port: &mut dyn Port, args: &[Option<Value>]) -> Ended {
    let args: Vec<Vec<u8>> = args
        .iter()
        .map(|a| a.as_ref().map_or_else(Vec::new, Value::to_vec))
        .collect();
    if row.args.is_empty() && !args.is_empty() {
        return Ended::Failed;
    }
    match (row.run)(cms, port, &args) {
        Some(value) => Ended::Value(Some(Value::from_vec(value))),
        None => Ended::Failed,
    }
}

fn userid(cms: &mut State, _: &mut dyn Port, _: &[Vec<u8>]) -> Option<Vec<u8>> {
    Some(cms.info.user.clone())
}

fn externals(cms: &mut State, _: &mut dyn Port, _: &[Vec<u8>]) -> Option<Vec<u8>> {
    Some(cms.stack.typed_count().to_string().into_bytes())
}

fn cmsflag(cms: &mut State, _: &mut dyn Port, args: &[Vec<u8>]) -> Option<Vec<u8>> {
    let [name] = args else { return None };
    let on = match name.to_ascii_uppercase().as_slice() {
        b"ABBREV" => cms.settings.abbrev.is_on(),
        b"CMSTYPE" => cms.settings.typing == Typing::Resumed,
        b"EXECTRAC" => cms.settings.exectrac.is_on(),
        b"IMPCP" => cms.settings.impcp.is_on(),
        b"IMPEX" => cms.settings.impex.is_on(),
        b"AUTOREAD" | b"DOS" | b"PROTECT" | b"RELPAGE" | b"SUBSET" => false,
        _ => return None,
    };
    Some(vec![if on { b'1' } else { b'0' }])
}

/// The width that CP's QUERY TERMINAL tells.
fn linesize(cms: &mut State, port: &mut dyn Port, _: &[Vec<u8>]) -> Option<Vec<u8>> {
    let reply = cms.cp(port, b"QUERY TERMINAL");
    let text = reply.response.join(&b' ');
    let mut words = text
        .split(|c| matches!(c, b' ' | b','))
        .filter(|w| !w.is_empty());
    words.find(|w| *w == b"LINESIZE");
    let digits = std::str::from_utf8(words.next().unwrap_or(b"80")).ok()?;
    let width: u32 = digits.parse().unwrap_or(80);
    Some(width.to_string().into_bytes())
}

/// What a DIAGNOSE gave: return code and data.
fn diagnose(cms: &mut State, port: &mut dyn Port, args: &[Vec<u8>]) -> Option<(i32, Vec<u8>)> {
    let (code, data) = args.split_first()?;
    let digits = std::str::from_utf8(code.trim_ascii()).ok()?;
    match u16::from_str_radix(digits, 16).ok()? {
        0x08 => {
            let command = data.first()?;
            let reply = cms.cp(port, command);
            let end = cms.codepage.to_host(0x15);
            let mut text = Vec::new();
            for line in reply.response {
                text.extend(line);
                text.push(end);
            }
            Some((reply.rc, text))
        }
        _ => None,
    }
}

fn diag(cms: &mut State, port: &mut dyn Port, args: &[Vec<u8>]) -> Option<Vec<u8>> {
    diagnose(cms, port, args).map(|(_, data)| data)
}

fn diagrc(cms: &mut State, port: &mut dyn Port, args: &[Vec<u8>]) -> Option<Vec<u8>> {
    let (rc, data) = diagnose(cms, port, args)?;
    let mut text = format!("{rc:>9} 0     ").into_bytes();
    text.extend(data);
    Some(text)
}
