//! Stages that take one record and give a few at once: plain functions, called directly along the line.
//!
//! A filter never waits. Whoever writes to it calls [`Filter::step`], and the records it puts out are passed
//! on before the writer's OUTPUT returns, so that it neither delays a record nor holds one.

use std::rc::Rc;

use super::args::Fault;
use super::kernel::told::Told;
use super::target::Case;
use crate::base::Record;

/// What looks for a text, made ready once.
#[derive(Debug)]
pub enum Finder {
    /// Upper and lower case differ.
    Exact(Box<memchr::memmem::Finder<'static>>),
    /// Upper and lower case are the same: the text, and what finds it in long stretches.
    AnyCase(Vec<u8>, Box<regex::bytes::Regex>),
}

/// The length from which on a stretch is long.
const LONG: usize = 512;

impl Finder {
    /// Looks for a text that is not null; none when the text is too long for that.
    pub fn new(text: &[u8], case: Case) -> Option<Finder> {
        if case == Case::Exact {
            let finder = memchr::memmem::Finder::new(text).into_owned();
            return Some(Finder::Exact(Box::new(finder)));
        }
        let pattern: String = text.iter().map(|b| format!("\\x{b:02x}")).collect();
        let regex = regex::bytes::RegexBuilder::new(&pattern)
            .unicode(false)
            .case_insensitive(true)
            .build();
        Some(Finder::AnyCase(text.to_vec(), Box::new(regex.ok()?)))
    }

    /// The text.
    pub fn needle(&self) -> &[u8] {
        match self {
            Finder::Exact(finder) => finder.needle(),
            Finder::AnyCase(text, _) => text,
        }
    }

    /// Where the text first stands.
    pub fn find(&self, text: &[u8]) -> Option<usize> {
        match self {
            Finder::Exact(finder) => finder.find(text),
            Finder::AnyCase(needle, _) if text.len() < LONG => Case::Any.find(text, needle, 0),
            Finder::AnyCase(_, regex) => regex.find(text).map(|m| m.start()),
        }
    }
}

/// A stage as a plain function over its records.
pub trait Filter {
    /// Told once, before the first record, which output streams are connected.
    fn start(&mut self, _outputs: &[bool]) {}

    /// Takes a record and puts out what it makes of it.
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow;

    /// Whether each record goes, at once and as it is, to the primary or the secondary output. Only such a
    /// filter can decide about records for another stage.
    fn selects(&self) -> bool {
        false
    }

    /// The text that a record must hold to be of any use while the secondary output is not connected: others
    /// need not be read.
    fn seeks(&self) -> Option<&Rc<Finder>> {
        None
    }

    /// The output stream to which nothing goes at end of file: its consumer sees that before
    /// [`Filter::finish`].
    fn done_with(&self) -> Option<u8> {
        None
    }

    /// Told once, at end of file on the input.
    fn finish(&mut self, _out: &mut Emit) {}

    /// Told after [`Filter::finish`], each time all was passed on, until there is no more: for those that
    /// have held a lot.
    fn more(&mut self, _out: &mut Emit) -> Left {
        Left::Nothing
    }
}

/// Whether a filter has records left at end of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// All was put out.
    Nothing,
    /// Some were put out, perhaps not all.
    Some,
}

/// What a filter says after a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// The record is consumed; more are welcome.
    More,
    /// The record is consumed; the stage ends.
    Last,
    /// The stage ends and leaves the record where it is.
    Stop,
    /// The stage ends with the fault that was given to [`Emit::fail`].
    Fail,
    /// The record is consumed; nothing more goes to this output stream, whose consumer sees end of file.
    Leave(u8),
    /// Nothing more goes to this output stream; once its consumer has seen end of file, the same record is to
    /// be shown again. Nothing was put out for it yet.
    Again(u8),
}

/// A stage that writes to one output stream, and from some record on to the other one.
#[derive(Default)]
pub struct Turn {
    left: bool,
}

impl Turn {
    /// Puts a record out; `over` says that nothing behind it goes to the output stream `before`.
    pub fn put(
        &mut self,
        out: &mut Emit,
        record: &Record,
        port: usize,
        (before, over): (u8, bool),
    ) -> Flow {
        if over && !std::mem::replace(&mut self.left, true) {
            if port != usize::from(before) {
                return Flow::Again(before);
            }
            out.put(port, record.clone());
            return Flow::Leave(before);
        }
        out.put(port, record.clone());
        Flow::More
    }
}

/// Where a filter puts its records.
#[derive(Default)]
pub struct Emit {
    pub(super) items: Vec<(usize, Record)>,
    pub(super) fault: Option<Fault>,
    pub(super) told: Told,
}

impl Emit {
    /// Puts a record on an output stream (0 is the primary).
    #[inline]
    pub fn put(&mut self, stream: usize, record: Record) {
        self.items.push((stream, record));
    }

    /// Says a line on the terminal.
    pub fn say(&mut self, line: &[u8]) {
        self.told.say(line);
    }

    /// Ends the stage with a message.
    pub fn fail(&mut self, fault: Fault) -> Flow {
        self.fault = Some(fault);
        Flow::Fail
    }
}

/// A filter from a closure over its own state.
pub struct Each<F>(pub F);

impl<F: FnMut(&Record, &mut Emit) -> Flow> Filter for Each<F> {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        (self.0)(record, out)
    }
}

/// A filter that routes whole records: to the primary output when `keep` says so, else to the secondary.
pub struct Choose<F>(pub F);

impl<F: FnMut(&[u8]) -> bool> Filter for Choose<F> {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        out.put(usize::from(!(self.0)(record)), record.clone());
        Flow::More
    }

    fn selects(&self) -> bool {
        true
    }
}

/// A filter that selects the records with a text in them.
pub struct Holds(pub Rc<Finder>);

impl Filter for Holds {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        let port = usize::from(self.0.find(record).is_none());
        out.put(port, record.clone());
        Flow::More
    }

    fn selects(&self) -> bool {
        true
    }

    fn seeks(&self) -> Option<&Rc<Finder>> {
        Some(&self.0)
    }
}

/// A filter that makes one record of one.
pub struct Map<F>(pub F);

impl<F: FnMut(&Record) -> Record> Filter for Map<F> {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        out.put(0, (self.0)(record));
        Flow::More
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_in_any_case_in_short_and_long_stretches() {
        for text in ["a", "ErroR", ".*", "x\u{e9}y", "[a]\\d", "\n"] {
            let finder = Finder::new(text.as_bytes(), Case::Any).expect("short");
            for before in [0, 3, LONG, 3 * LONG] {
                let mut line = vec![b'-'; before];
                assert_eq!(finder.find(&line), None, "{text}");
                line.extend(text.as_bytes().to_ascii_uppercase());
                line.extend([b'-'; LONG]);
                assert_eq!(finder.find(&line), Some(before), "{text}");
            }
        }
    }
}
