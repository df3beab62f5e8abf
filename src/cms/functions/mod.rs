//! The functions that CMS adds to REXX (SC24-5770, "Additional built-in functions provided in z/VM"), and
//! VALUE with a pool, which only the session can answer.

mod csl;
mod diag;
mod queue;
mod settings;
mod socket;
mod storage;

use super::frame::Ended;
use super::port::Port;
use super::state::State;
use crate::base::codepage::CodePage;
use crate::rexx::{Error, Value, Vm};

pub use csl::{OpenFiles as CslFiles, routines};
pub use socket::Sockets;

/// What a function may use.
pub struct Env<'a> {
    /// The session.
    pub cms: &'a mut State,
    /// The way to CP and the console.
    pub port: &'a mut dyn Port,
    /// The program that calls, for its variables.
    pub program: Option<&'a mut Vm>,
}

impl Env<'_> {
    /// How codes are seen by the program that calls: as when it began.
    fn codepage(&self) -> CodePage {
        let own = self.program.as_deref().map(|vm| vm.program().level());
        own.unwrap_or(self.cms.settings.level).codepage
    }
}

/// The arguments; an omitted one is `None`.
pub type Args = [Option<Vec<u8>>];

/// A function's value, or the error of the call.
pub type Outcome = Result<Vec<u8>, Error>;

/// A function.
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// Its arguments.
    pub args: &'static str,
    /// How many arguments it takes, at least and at most.
    pub count: (usize, usize),
    /// Runs it.
    pub run: fn(&mut Env<'_>, &Args) -> Outcome,
    /// What it gives.
    pub doc: &'static str,
}

/// The families that come first, as those of RXSYSFN do on CMS.
const FAMILIES: &[&[Row]] = &[
    settings::ROWS,
    csl::ROWS,
    diag::ROWS,
    storage::ROWS,
    socket::ROWS,
];

/// What CMS does not have, so that a program of that name is found before it.
const ADDED: &[&[Row]] = &[queue::ROWS];

/// All of them.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    FAMILIES.iter().chain(ADDED).flat_map(|f| f.iter())
}

fn of(families: &[&'static [Row]], name: &[u8]) -> Option<&'static Row> {
    let mut rows = families.iter().flat_map(|f| f.iter());
    rows.find(|r| r.name.as_bytes() == name)
}

/// CMS's function of a name in upper case.
pub fn find(name: &[u8]) -> Option<&'static Row> {
    of(FAMILIES, name)
}

/// The function of a name in upper case that other systems have and CMS has not.
pub fn find_added(name: &[u8]) -> Option<&'static Row> {
    of(ADDED, name)
}

/// Calls a function.
pub fn run(row: &Row, mut env: Env<'_>, args: &[Option<Value>]) -> Ended {
    let args: Vec<Option<Vec<u8>>> = args.iter().map(|a| a.as_ref().map(Value::to_vec)).collect();
    let there = args
        .iter()
        .rposition(Option::is_some)
        .map_or(0, |at| at + 1);
    let (least, most) = row.count;
    let name = row.name.as_bytes();
    if there < least {
        let least = least.to_string();
        return Ended::Error(Error::new(40, 3, &[name, least.as_bytes()]));
    }
    if there > most {
        let most = most.to_string();
        return Ended::Error(Error::new(40, 4, &[name, most.as_bytes()]));
    }
    match (row.run)(&mut env, &args[..there]) {
        Ok(value) => Ended::Value(Some(Value::from_vec(value))),
        Err(error) => Ended::Error(error),
    }
}

/// An argument; omitted ones are null.
fn text(args: &Args, at: usize) -> &[u8] {
    match args.get(at) {
        Some(Some(text)) => text,
        _ => b"",
    }
}

/// Error 40 for an argument that is not one of those that can be.
fn bad(name: &str, at: usize, wanted: &str, found: &[u8]) -> Error {
    let at = at.to_string();
    let inserts: [&[u8]; 4] = [name.as_bytes(), at.as_bytes(), wanted.as_bytes(), found];
    Error::new(40, 28, &inserts)
}

/// A whole number; error 40 otherwise.
fn whole(name: &str, args: &Args, at: usize) -> Result<usize, Error> {
    let found = text(args, at);
    let number = std::str::from_utf8(found.trim_ascii()).ok();
    number.and_then(|n| n.parse().ok()).ok_or_else(|| {
        let at = (at + 1).to_string();
        Error::new(40, 12, &[name.as_bytes(), at.as_bytes(), found])
    })
}

/// A hexadecimal number; error 40 otherwise.
fn hex(name: &str, args: &Args, at: usize) -> Result<u64, Error> {
    let found = text(args, at);
    let number = std::str::from_utf8(found.trim_ascii()).ok();
    let number = number.and_then(|n| u64::from_str_radix(n, 16).ok());
    number.ok_or_else(|| Error::new(40, 25, &[name.as_bytes(), found]))
}
