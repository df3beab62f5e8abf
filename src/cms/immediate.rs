//! Immediate commands: what acts at once on whatever runs (z/VM: CMS Commands, "Immediate Commands").

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use crate::pipe::Calls;
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

/// The calls of an immediate command: their argument strings.
type Queue = RefCell<VecDeque<Vec<u8>>>;

/// The immediate commands that stages of pipelines have set up (IMMCMD).
#[derive(Default)]
pub struct Immediates {
    commands: Vec<(Vec<u8>, Weak<Queue>)>,
}

struct Waiting(Rc<Queue>);

impl Calls for Waiting {
    fn take(&mut self) -> Option<Vec<u8>> {
        self.0.borrow_mut().pop_front()
    }
}

impl Immediates {
    /// Sets up a command; the one set up last is called.
    pub fn add(&mut self, name: &[u8]) -> Box<dyn Calls> {
        let queue = Rc::new(Queue::default());
        self.commands.retain(|c| c.1.strong_count() > 0);
        let name = name.to_ascii_uppercase();
        self.commands.push((name, Rc::downgrade(&queue)));
        Box::new(Waiting(queue))
    }

    /// Calls the command that a typed line is; `false` when it is none.
    pub fn call(&mut self, line: &[u8]) -> bool {
        self.commands.retain(|c| c.1.strong_count() > 0);
        let line = line.trim_ascii();
        let end = line.iter().position(|&b| b == b' ').unwrap_or(line.len());
        let (word, rest) = line.split_at(end);
        let named = |c: &&(Vec<u8>, Weak<Queue>)| c.0.eq_ignore_ascii_case(word);
        let found = self.commands.iter().rev().find(named);
        let Some(queue) = found.and_then(|c| c.1.upgrade()) else {
            return false;
        };
        let argument = rest.strip_prefix(b" ").unwrap_or(rest);
        queue.borrow_mut().push_back(argument.to_vec());
        true
    }
}

/// The immediate command that a typed line is, in any case.
pub fn find(line: &[u8]) -> Option<&'static Row> {
    let word = line.trim_ascii();
    ROWS.iter()
        .find(|r| r.name.as_bytes().eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_of_stages() {
        let mut all = Immediates::default();
        assert!(!all.call(b"stop now"));
        let mut stop = all.add(b"stop");
        assert!(all.call(b" STOP  now "));
        assert!(!all.call(b"stopped"));
        let mut inner = all.add(b"Stop");
        assert!(all.call(b"stop"));
        assert_eq!(inner.take(), Some(Vec::new()));
        drop(inner);
        assert!(all.call(b"stop again"));
        assert_eq!(stop.take(), Some(b" now".to_vec()));
        assert_eq!(stop.take(), Some(b"again".to_vec()));
        assert_eq!(stop.take(), None);
        drop(stop);
        assert!(!all.call(b"stop"));
    }
}
