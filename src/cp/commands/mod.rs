//! The commands of CP (z/VM CP Commands and Utilities Reference), one family a file. A command is one
//! row and one function; a user without one of the row's privilege classes has no such command.

mod control;
mod couple;
mod define;
mod device;
mod display;
mod dump;
mod indicate;
mod ipl;
mod message;
mod query;
mod query_disks;
mod query_nss;
mod query_virtual;
mod saved;
mod screen;
mod segments;
mod session;
mod set;
mod spool;
mod spool_files;
mod store;
mod terminal;
mod trace;

use crate::base::abbrev;
use crate::base::msg::{Emsg, hcp};
use crate::base::{Message, Msg};
use crate::cp::UserId;
use crate::cp::classes::Classes;
use crate::cp::guest::Guest;
use crate::cp::native::{CpReply, Fate, Origin};
use crate::cp::system::System;
use crate::cp::words::Words;

pub(in crate::cp) use ipl::is_load_parameter;
pub(in crate::cp) use query::connect;
pub use screen::ScreenAreas;

/// One command, or one operand of QUERY or SET.
pub struct Row {
    /// The name; its capitals are the shortest abbreviation.
    pub name: &'static str,
    /// The privilege classes that have it; empty for everybody.
    pub classes: &'static str,
    /// What it does.
    pub run: fn(&mut Ctx<'_>, &mut Words<'_>) -> Outcome,
    /// Its operands, as a syntax line.
    pub usage: &'static str,
    /// What it does, in a sentence.
    pub doc: &'static str,
    /// A command line that works in the default system.
    pub example: &'static str,
}

/// What a command function answers: the message that it failed with, if it did.
pub type Outcome = Result<(), Message>;

/// The families, in the order of precedence of their abbreviations.
const FAMILIES: &[&[Row]] = &[
    query::COMMANDS,
    ipl::COMMANDS,
    set::COMMANDS,
    terminal::COMMANDS,
    screen::COMMANDS,
    trace::COMMANDS,
    display::COMMANDS,
    dump::COMMANDS,
    define::COMMANDS,
    control::COMMANDS,
    store::COMMANDS,
    saved::COMMANDS,
    segments::COMMANDS,
    message::COMMANDS,
    session::COMMANDS,
    device::COMMANDS,
    couple::COMMANDS,
    spool::COMMANDS,
    spool_files::COMMANDS,
    indicate::COMMANDS,
];

/// Every command row.
pub fn commands() -> impl Iterator<Item = &'static Row> {
    FAMILIES.iter().flat_map(|f| f.iter())
}

/// Every operand of QUERY, of QUERY VIRTUAL and of SET, with the command it belongs to.
pub fn operands() -> impl Iterator<Item = (&'static str, &'static Row)> {
    let query = query::OPERANDS.iter().map(|r| ("QUERY", r));
    let of_virtual = query_virtual::OPERANDS.iter().map(|r| ("QUERY VIRTUAL", r));
    query
        .chain(of_virtual)
        .chain(set::OPERANDS.iter().map(|r| ("SET", r)))
}

/// One command being executed.
pub struct Ctx<'a> {
    /// The system.
    pub sys: &'a mut System,
    /// Who issued it.
    pub user: UserId,
    /// How.
    pub origin: Origin,
    /// What became of the issuer.
    pub fate: Fate,
    rc: i32,
    out: Vec<Vec<u8>>,
}

impl<'a> Ctx<'a> {
    pub(in crate::cp) fn new(sys: &'a mut System, user: &[u8], origin: Origin) -> Ctx<'a> {
        Ctx {
            sys,
            user: user.to_vec(),
            origin,
            fate: Fate::Continues,
            rc: 0,
            out: Vec::new(),
        }
    }
}

impl Ctx<'_> {
    /// Adds a line to the response.
    pub fn say(&mut self, line: impl Into<Vec<u8>>) {
        self.out.push(line.into());
    }

    /// Adds an informational response that SET IMSG OFF suppresses.
    pub fn inform(&mut self, line: impl Into<Vec<u8>>) {
        if self.guest().is_none_or(|g| g.switches.imsg) {
            self.say(line);
        }
    }

    /// Adds a message to the response as SET EMSG and SET IMSG want it; an error sets the return code.
    pub fn message(&mut self, message: &Message) {
        let (emsg, imsg) = self
            .guest()
            .map_or((Emsg::On, true), |g| (g.switches.emsg, g.switches.imsg));
        let severity = message.msg.severity();
        if b"ERSTW".contains(&severity) {
            self.rc = message.number();
        } else if !imsg {
            return;
        }
        self.out.extend(message.line(emsg));
    }

    /// How many lines the response has.
    fn shown(&self) -> usize {
        self.out.len()
    }

    /// Takes back the lines of the response behind the first `kept`.
    fn forget_behind(&mut self, kept: usize) {
        self.out.truncate(kept);
    }

    /// The issuer's virtual machine, while it is logged on.
    pub fn guest(&self) -> Option<&Guest> {
        self.sys.guest(&self.user)
    }

    /// The issuer's virtual machine to change.
    pub fn guest_mut(&mut self) -> Result<&mut Guest, Message> {
        let user = self.user.clone();
        self.sys
            .guest_mut(&user)
            .ok_or_else(|| hcp::HCPCFC015E.with(&[b"command"]))
    }

    /// Closes the issuer's open spool files, as a system reset does.
    fn close_files(&mut self) {
        let user = self.user.clone();
        for line in self.sys.close_all(&user) {
            self.inform(line);
        }
    }

    /// The issuer's privilege classes.
    pub fn classes(&self) -> Classes {
        self.guest().map_or_else(Classes::default, |g| g.classes)
    }
}

/// Executes one command line.
pub fn execute(sys: &mut System, user: &[u8], text: &[u8], origin: Origin) -> CpReply {
    let mut ctx = Ctx::new(sys, user, origin);
    let mut words = Words::new(text);
    if let Err(message) = run(&mut ctx, &mut words) {
        ctx.message(&message);
        // A command that is answered by a message alone failed, whatever the severity.
        ctx.rc = message.number();
    }
    CpReply {
        rc: ctx.rc,
        response: ctx.out,
        fate: ctx.fate,
    }
}

/// Finds the row of the first word and runs it; an empty line is nothing.
pub fn run(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let Some(name) = words.next() else {
        return Ok(());
    };
    let classes = ctx.classes();
    let row = commands().find(|r| abbrev::matches(r.name, name) && classes.allows(r.classes));
    match row {
        Some(row) => (row.run)(ctx, words),
        None => Err(hcp::HCPCMD001E.with(&[&name.to_ascii_uppercase()])),
    }
}

/// Fails when words are left over.
pub fn no_more(words: &mut Words<'_>, invalid: &'static Msg) -> Outcome {
    match words.next() {
        Some(word) => Err(invalid.with(&[&word.to_ascii_uppercase()])),
        None => Ok(()),
    }
}

/// A storage size as CP shows it: in the largest unit that divides it.
pub fn size(bytes: u64) -> String {
    match bytes {
        b if b % (1 << 30) == 0 && b > 0 => format!("{}G", b >> 30),
        b if b % (1 << 20) == 0 && b > 0 => format!("{}M", b >> 20),
        b => format!("{}K", b >> 10),
    }
}

/// Joins bytes and texts into a line.
macro_rules! line {
    ($($arg:tt)*) => { format!($($arg)*).into_bytes() };
}
pub(crate) use line;

/// Bytes as text for a formatted line.
pub fn show(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}
