//! Carriage control: ASA characters say what to do before a line is printed, channel command codes what to do
//! after it (*z/Architecture Reference Summary*, "Printer"; *DFSMS Using Data Sets*, "Control characters"). What
//! is neither ends the stage (*CMS Pipelines User's Guide and Reference*, messages 179 and 180).

use crate::base::Record;
use crate::base::codepage::CodePage;
use crate::base::msg::fpl;
use crate::pipe::args::Fault;
use crate::pipe::filter::{Emit, Filter, Flow};

/// ASA characters with the bits of the command that does the same.
const MOVES: &[(u8, u8)] = &[
    (b'+', 0x00),
    (b' ', 0x08),
    (b'0', 0x10),
    (b'-', 0x18),
    (b'1', 0x88),
    (b'2', 0x90),
    (b'3', 0x98),
    (b'4', 0xa0),
    (b'5', 0xa8),
    (b'6', 0xb0),
    (b'7', 0xb8),
    (b'8', 0xc0),
    (b'9', 0xc8),
    (b'A', 0xd0),
    (b'B', 0xd8),
    (b'C', 0xe0),
];

/// Added to a move: write a line, then move.
const WRITE: u8 = 0x01;
/// Added to a move: move at once.
const IMMEDIATE: u8 = 0x03;

/// The move of an ASA character.
fn of_asa(c: u8) -> Option<u8> {
    MOVES.iter().find(|m| m.0 == c).map(|m| m.1)
}

/// The ASA character of the move in a command, and whether the command writes first.
fn of_machine(command: u8) -> Option<(u8, bool)> {
    let found = |kind: u8| {
        let is = |m: &&(u8, u8)| m.1 | kind == command;
        MOVES.iter().find(is).map(|m| (m.0, kind == WRITE))
    };
    found(WRITE).or_else(|| found(IMMEDIATE))
}

/// ASATOMC: a line is written with the move that the next one asks for.
pub struct ToMachine {
    page: CodePage,
    held: Option<Record>,
}

impl ToMachine {
    pub fn new(page: CodePage) -> ToMachine {
        ToMachine { page, held: None }
    }

    fn put(&self, command: u8, text: &[u8], out: &mut Emit) {
        let mut line = vec![self.page.to_host(command)];
        line.extend_from_slice(text);
        out.put(0, Record::from(line));
    }
}

impl Filter for ToMachine {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        let first = record.first().copied().unwrap_or(b' ');
        let Some(bits) = of_asa(first) else {
            return out.fail(Fault::new(&fpl::FPLASA179E, &[&[first]]));
        };
        let text = record.slice(record.len().min(1), record.len().saturating_sub(1));
        match self.held.replace(text) {
            Some(line) => self.put(bits | WRITE, &line, out),
            // The first line moves to where it is to be printed.
            None if bits != 0 => self.put(bits | IMMEDIATE, b"", out),
            None => {}
        }
        Flow::More
    }

    fn finish(&mut self, out: &mut Emit) {
        if let Some(line) = self.held.take() {
            self.put(WRITE, &line, out);
        }
    }
}

/// MCTOASA: the move of a command goes to the next line.
pub struct ToAsa {
    page: CodePage,
    next: u8,
}

impl ToAsa {
    pub fn new(page: CodePage) -> ToAsa {
        ToAsa { page, next: b'+' }
    }
}

impl Filter for ToAsa {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        let Some(&first) = record.first() else {
            return Flow::More;
        };
        let command = self.page.code_of(first);
        let Some((after, writes)) = of_machine(command) else {
            let code = format!("{command:02X}");
            return out.fail(Fault::new(&fpl::FPLMCA180E, &[code.as_bytes()]));
        };
        if !writes {
            // Two moves in a row: the first one is a line of its own.
            if self.next != b'+' {
                out.put(0, Record::from(&[self.next][..]));
            }
            self.next = after;
            return Flow::More;
        }
        let mut line = vec![self.next];
        line.extend_from_slice(&record[1..]);
        out.put(0, Record::from(line));
        self.next = after;
        Flow::More
    }
}
