//! CMS commands: one row and one function each, by family (z/VM: CMS Commands and Utilities Reference).
//!
//! Return codes: 20 an invalid character in a file identifier, 24 an operand, 28 no such file (or one that
//! should not be there), 36 a disk that is not accessed or is read-only, 100 a device or file error.

mod calls;
mod copy;
mod device;
mod erase;
mod exec;
mod help;
mod identify;
mod list;
mod names;
pub mod operands;
pub mod programs;
mod set;
mod stacks;
mod stat;
pub mod synonym;
mod typing;
pub mod unit_record;

use super::files::Found;
use super::port::Port;
use super::state::State;
use crate::base::abbrev;
use crate::base::msg::{Message, Msg};
use crate::rexx::Vm;
pub use operands::Operands;

/// Who issued a command: it decides the search, the case of operands and some messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Typed, or read from the stack at the ready prompt.
    Console,
    /// ADDRESS CMS in a program.
    Cms,
    /// ADDRESS COMMAND in a program.
    Command,
}

/// How a command reaches CP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToCp {
    /// By the CP command: CP's own messages and return code.
    Explicit,
    /// Because CMS does not know it: CP's return code 1 means that nobody does.
    Implied,
}

/// What became of a command, or what must run to finish it.
#[derive(Debug)]
pub enum Verdict {
    /// It is done.
    Rc(i32),
    /// A program is to run; its return code is the command's.
    Exec {
        /// The program.
        found: Found,
        /// The argument string.
        args: Vec<u8>,
        /// The name it was called by.
        called: Vec<u8>,
    },
    /// Another command is to run as if it were typed.
    Again(Vec<u8>),
    /// A pipeline is to run.
    Pipe(Vec<u8>),
    /// CP is to run it.
    Cp(ToCp, Vec<u8>),
}

/// A fault: its message and the command's return code.
pub type Fault = (Message, i32);

/// One command with everything it may touch.
pub struct Call<'a> {
    /// The session.
    pub cms: &'a mut State,
    /// The way to CP and the console.
    pub port: &'a mut dyn Port,
    /// The program that issued it, for its variables.
    pub program: Option<&'a mut Vm>,
    /// Who issued it.
    pub origin: Origin,
    /// The command as it was written.
    pub line: &'a [u8],
    /// What stands behind the command's name, without leading blanks.
    pub text: &'a [u8],
}

impl Call<'_> {
    /// Writes a line to the console.
    pub fn say(&mut self, line: &[u8]) {
        self.cms.say(self.port, line);
    }

    /// Issues a message.
    pub fn report(&mut self, msg: &'static Msg, inserts: &[&[u8]]) {
        self.cms.report(self.port, &msg.with(inserts));
    }

    /// Issues a message and ends with a return code.
    pub fn fail(&mut self, msg: &'static Msg, inserts: &[&[u8]], rc: i32) -> Verdict {
        self.report(msg, inserts);
        Verdict::Rc(rc)
    }

    /// Issues the message of a fault and ends with its return code.
    pub fn raise(&mut self, fault: &Fault) -> Verdict {
        self.cms.report(self.port, &fault.0);
        Verdict::Rc(fault.1)
    }

    /// The operands, in upper case unless ADDRESS COMMAND passed them.
    pub fn operands(&self) -> Operands {
        Operands::parse(&self.folded())
    }

    /// The operand text, in upper case unless ADDRESS COMMAND passed it.
    pub fn folded(&self) -> Vec<u8> {
        match self.origin {
            Origin::Command => self.text.to_vec(),
            _ => self.text.to_ascii_uppercase(),
        }
    }
}

/// A command: its name with the minimum abbreviation in capitals, and what it does.
pub struct Row {
    /// The name; what stands in small letters may be left off from the right.
    pub name: &'static str,
    /// The operands as a syntax line.
    pub operands: &'static str,
    /// Runs it.
    pub run: fn(&mut Call<'_>) -> Verdict,
    /// What it does, in a sentence.
    pub doc: &'static str,
    /// A command that can be run.
    pub example: &'static str,
}

/// The families, in the order in which abbreviations are tried.
pub const FAMILIES: &[&[Row]] = &[
    exec::ROWS,
    programs::ROWS,
    list::ROWS,
    stat::ROWS,
    erase::ROWS,
    copy::ROWS,
    typing::ROWS,
    unit_record::ROWS,
    device::ROWS,
    set::ROWS,
    stacks::ROWS,
    identify::ROWS,
    calls::ROWS,
    names::ROWS,
    synonym::ROWS,
    help::ROWS,
    super::execio::ROWS,
    super::globals::ROWS,
];

/// All rows.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    FAMILIES.iter().flat_map(|f| f.iter())
}

/// The command of exactly this name, which must be in upper case.
pub fn by_name(name: &[u8]) -> Option<&'static Row> {
    rows().find(|r| {
        r.name.len() == name.len()
            && r.name
                .bytes()
                .zip(name)
                .all(|(a, b)| a.to_ascii_uppercase() == *b)
    })
}

/// The command that `word` abbreviates.
pub fn by_abbreviation(word: &[u8]) -> Option<&'static Row> {
    rows().find(|r| abbrev::matches(r.name, word))
}

/// The whole name of a row in upper case.
pub fn full_name(row: &Row) -> Vec<u8> {
    row.name.to_ascii_uppercase().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_whole_and_found_by_its_own_name() {
        for row in rows() {
            let name = full_name(row);
            assert_eq!(by_name(&name).map(|r| r.name), Some(row.name));
            assert_eq!(by_abbreviation(&name).map(|r| r.name), Some(row.name));
            assert!(
                !row.doc.is_empty() && !row.example.is_empty(),
                "{}",
                row.name
            );
            let first = row.example.split(' ').next().unwrap_or_default();
            assert!(
                abbrev::matches(row.name, first.as_bytes()),
                "{}",
                row.example
            );
        }
    }
}
