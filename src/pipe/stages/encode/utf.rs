//! UTF: Unicode in its three forms.

use super::codes;
use crate::base::Record;
use crate::base::codepage::CodePage;
use crate::base::msg::fpl;
use crate::pipe::args::{Args, Fault};
use crate::pipe::filter::{Emit, Filter, Flow};
use crate::pipe::stage::Body;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Eight,
    Sixteen,
    ThirtyTwo,
}

struct Utf {
    from: Form,
    to: Form,
    page: CodePage,
    /// The first bytes of a character that goes on in the next record.
    held: Vec<u8>,
}

pub fn utf(args: &mut Args<'_>) -> Result<Body, Fault> {
    let forms = [
        ("8", Form::Eight),
        ("16", Form::Sixteen),
        ("32", Form::ThirtyTwo),
    ];
    let form = |args: &mut Args<'_>| {
        let word = args.peek().unwrap_or(b"");
        let missing = match word.is_empty() {
            true => args.missing(),
            false => Fault::new(&fpl::FPLSCA111E, &[word]),
        };
        args.choice(&forms).ok_or(missing)
    };
    args.keyword("FROM");
    let from = form(args)?;
    args.keyword("TO");
    let to = form(args)?;
    args.end()?;
    Ok(Body::filter(Utf {
        from,
        to,
        page: args.page,
        held: Vec::new(),
    }))
}

/// What stands first in some bytes.
enum Next {
    /// A character of so many bytes.
    Char(char, usize),
    /// The beginning of one.
    Partial,
    Bad,
}

fn eight(bytes: &[u8]) -> Next {
    let size = match bytes[0] {
        0..=0x7f => 1,
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return Next::Bad,
    };
    match std::str::from_utf8(&bytes[..size.min(bytes.len())]) {
        Ok(text) => text
            .chars()
            .next()
            .map_or(Next::Bad, |c| Next::Char(c, size)),
        Err(e) if e.error_len().is_none() => Next::Partial,
        Err(_) => Next::Bad,
    }
}

fn sixteen(bytes: &[u8]) -> Next {
    let unit = |at: usize| Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
    let Some(first) = unit(0) else {
        return Next::Partial;
    };
    if !(0xd800..0xdc00).contains(&first) {
        return char::from_u32(u32::from(first)).map_or(Next::Bad, |c| Next::Char(c, 2));
    }
    let Some(second) = unit(2) else {
        return Next::Partial;
    };
    match char::decode_utf16([first, second]).next() {
        Some(Ok(c)) => Next::Char(c, 4),
        _ => Next::Bad,
    }
}

fn thirty_two(bytes: &[u8]) -> Next {
    match *bytes {
        [a, b, c, d, ..] => {
            let code = u32::from_be_bytes([a, b, c, d]);
            char::from_u32(code).map_or(Next::Bad, |c| Next::Char(c, 4))
        }
        _ => Next::Partial,
    }
}

fn write(form: Form, c: char, out: &mut Vec<u8>) {
    match form {
        Form::Eight => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        Form::Sixteen => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.extend_from_slice(&unit.to_be_bytes());
            }
        }
        Form::ThirtyTwo => out.extend_from_slice(&u32::from(c).to_be_bytes()),
    }
}

impl Filter for Utf {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        let mut bytes = std::mem::take(&mut self.held);
        bytes.extend_from_slice(&codes::of(self.page, record));
        let mut line = Vec::with_capacity(bytes.len());
        let mut at = 0;
        while at < bytes.len() {
            let next = match self.from {
                Form::Eight => eight(&bytes[at..]),
                Form::Sixteen => sixteen(&bytes[at..]),
                Form::ThirtyTwo => thirty_two(&bytes[at..]),
            };
            match next {
                Next::Char(c, size) => {
                    write(self.to, c, &mut line);
                    at += size;
                }
                Next::Partial => break,
                Next::Bad => {
                    out.put(1, record.clone());
                    return Flow::More;
                }
            }
        }
        self.held = bytes[at..].to_vec();
        out.put(0, codes::record(self.page, line));
        Flow::More
    }

    fn finish(&mut self, out: &mut Emit) {
        if !self.held.is_empty() {
            let held = std::mem::take(&mut self.held);
            out.put(1, codes::record(self.page, held));
        }
    }
}
