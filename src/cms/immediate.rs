//! Immediate commands: what acts at once on whatever runs (z/VM: CMS Commands, "Immediate Commands").

use crate::rexx::Interrupt;

/// What an immediate command does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// HX: all programs end.
    Abandon,
    /// HT: console output is thrown away until the next ready message.
    HaltTyping,
    /// RT: console output is shown again.
    ResumeTyping,
    /// HI, TS, TE: told to the running REXX programs.
    Interrupt(Interrupt),
    /// HO, RO, SO: they rule SVC tracing, which a CMS without SVCs has not; nothing changes.
    NoTracing,
}

/// An immediate command.
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub action: Action,
    /// The same in a sentence.
    pub doc: &'static str,
}

/// All of them.
pub const ROWS: &[Row] = &[
    Row {
        name: "HI",
        action: Action::Interrupt(Interrupt::Halt),
        doc: "Halts the running REXX programs (their HALT condition).",
    },
    Row {
        name: "HO",
        action: Action::NoTracing,
        doc: "Halts SVC tracing; there is none here.",
    },
    Row {
        name: "HT",
        action: Action::HaltTyping,
        doc: "Throws console output away until the next ready message or RT.",
    },
    Row {
        name: "HX",
        action: Action::Abandon,
        doc: "Ends everything that runs and returns to the ready prompt.",
    },
    Row {
        name: "RO",
        action: Action::NoTracing,
        doc: "Resumes SVC tracing; there is none here.",
    },
    Row {
        name: "RT",
        action: Action::ResumeTyping,
        doc: "Shows console output again.",
    },
    Row {
        name: "SO",
        action: Action::NoTracing,
        doc: "Suspends SVC tracing; there is none here.",
    },
    Row {
        name: "TE",
        action: Action::Interrupt(Interrupt::TraceEnd),
        doc: "Ends tracing of the running REXX programs.",
    },
    Row {
        name: "TS",
        action: Action::Interrupt(Interrupt::TraceStart),
        doc: "Starts tracing of the running REXX programs.",
    },
];

/// The immediate command that a typed line is, in any case.
pub fn find(line: &[u8]) -> Option<&'static Row> {
    let word = line.trim_ascii();
    ROWS.iter()
        .find(|r| r.name.as_bytes().eq_ignore_ascii_case(word))
}
