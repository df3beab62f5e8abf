//! What RUNPIPE EVENTS tells of the pipelines it runs: a record for each event, whose first byte says what it
//! is, columns 5 to 8 whose it is, and the words from column 9 on how it went.
//!
//! A string is a word that says how many bytes stand before it in the record, and a word with its length.

use std::cell::RefCell;
use std::rc::Rc;

use super::{Kernel, NodeId, SetId};
use crate::base::Message;
use crate::base::msg::Emsg;
use crate::pipe::spec::{Direction, Element, Label, Spec, What};

/// What a stage hears of the pipelines that it runs.
#[derive(Default)]
pub struct Hears {
    heard: RefCell<Vec<Heard>>,
    /// Whether it wants to know of events.
    events: bool,
}

/// Something that was heard.
pub enum Heard {
    /// A message.
    Message(Message),
    /// The record of an event.
    Event(Vec<u8>),
}

/// Who hears.
pub type Ear = Rc<Hears>;

/// A message; its number, then its text.
const MESSAGE: u8 = 0x00;
const BEGIN_SET: u8 = 0x01;
const END_SET: u8 = 0x02;
const ENTER_SCANNER: u8 = 0x03;
const LEAVE_SCANNER: u8 = 0x05;
/// A part of a specification, which column 19 names.
const SCAN: u8 = 0x06;
const START_STAGE: u8 = 0x08;
const END_STAGE: u8 = 0x09;
const STALLED: u8 = 0x0c;
const COMMIT: u8 = 0x0e;
const SUBROUTINE_END: u8 = 0x12;
const CALLER_WAITS: u8 = 0x13;

/// What column 19 says of a part of a specification.
const PIPELINE: u8 = 0;
const STAGE: u8 = 1;
const LABEL: u8 = 2;
const CONNECTOR: u8 = 3;

/// The number of a set of pipelines in events.
fn set_number(set: SetId) -> u32 {
    u32::try_from(set).unwrap_or(u32::MAX).saturating_add(1)
}

/// The number of a stage in events; none is that of a set.
fn stage_number(stage: NodeId) -> u32 {
    set_number(stage) | 0x8000_0000
}

fn word(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn event(code: u8, id: u32, words: &[u32]) -> Vec<u8> {
    let mut record = vec![code, 0, 0, 0];
    for word in std::iter::once(&id).chain(words) {
        record.extend_from_slice(&word.to_be_bytes());
    }
    record
}

/// A field of so many bytes.
fn field(record: &mut Vec<u8>, text: &[u8], width: usize) {
    let end = record.len() + width;
    record.extend_from_slice(&text[..text.len().min(width)]);
    record.resize(end, b' ');
}

impl Hears {
    /// One who wants to hear of messages, and of events too.
    pub fn new(events: bool) -> Ear {
        Rc::new(Hears {
            heard: RefCell::default(),
            events,
        })
    }

    /// Hears messages.
    pub fn messages(&self, messages: Vec<Message>) {
        let mut heard = self.heard.borrow_mut();
        for message in messages {
            heard.push(match self.events {
                false => Heard::Message(message),
                true => {
                    let number = message.number().cast_unsigned();
                    let mut record = event(MESSAGE, 0, &[number]);
                    record.extend(message.line(Emsg::On).unwrap_or_default());
                    Heard::Event(record)
                }
            });
        }
    }

    /// Takes what was heard.
    pub fn take(&self) -> Vec<Heard> {
        self.heard.take()
    }

    fn event(&self, make: impl FnOnce() -> Vec<u8>) {
        if self.events {
            self.heard.borrow_mut().push(Heard::Event(make()));
        }
    }

    /// The specification is about to be read.
    pub fn scanning(&self) {
        self.event(|| event(ENTER_SCANNER, 0, &[]));
    }

    /// The specification was read: its parts, when it is in order, and the return code.
    pub fn scanned(&self, spec: Option<&Spec>, rc: i32) {
        if !self.events {
            return;
        }
        for (n, pipeline) in spec.iter().flat_map(|s| &s.pipelines).enumerate() {
            let mut begin = event(SCAN, 0, &[word(n + 1), 0, 0]);
            begin[18] = PIPELINE;
            self.event(|| begin);
            for (number, element) in pipeline.iter().enumerate() {
                self.event(|| scanned(element, word(n + 1), word(number + 1)));
            }
        }
        self.event(|| event(LEAVE_SCANNER, 0, &[rc.cast_unsigned()]));
    }
}

/// The event of a part of a specification.
fn scanned(element: &Element, pipeline: u32, number: u32) -> Vec<u8> {
    let mut record = event(SCAN, 0, &[pipeline, number, 0]);
    match &element.what {
        What::Stage {
            label, verb, args, ..
        } => {
            record[18] = STAGE;
            record.extend_from_slice(&[0; 4]);
            labelled(&mut record, label.as_ref());
            record.extend_from_slice(&[0; 4]);
            for (text, before) in [(verb, 0), (args, verb.len())] {
                record.extend_from_slice(&word(56 + before).to_be_bytes());
                record.extend_from_slice(&word(text.len()).to_be_bytes());
            }
            record.extend_from_slice(verb);
            record.extend_from_slice(args);
        }
        What::Reference(label) => {
            record[18] = LABEL;
            record.extend_from_slice(&[0; 4]);
            labelled(&mut record, Some(label));
        }
        What::Connector { direction, stream } => {
            record[18] = CONNECTOR;
            record[19] = match direction {
                None => 0,
                Some(Direction::Input) => 1,
                Some(Direction::Output) => 2,
            };
            field(&mut record, stream, 4);
            let number = crate::pipe::args::unsigned(stream).unwrap_or(0);
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            record.extend_from_slice(&number.to_be_bytes());
        }
    }
    record
}

/// A label and the stream that it names.
fn labelled(record: &mut Vec<u8>, label: Option<&Label>) {
    let name = label.map_or(&b""[..], |l| &l.name);
    let stream = label.and_then(|l| l.stream.as_deref()).unwrap_or(b"");
    field(record, name, 8);
    field(record, stream, 4);
}

impl Kernel {
    fn tell_event(&self, set: SetId, make: impl FnOnce() -> Vec<u8>) {
        if let Some(ear) = self.sets.get(set).and_then(|s| s.hears.as_ref()) {
            ear.event(make);
        }
    }

    pub(super) fn set_begins(&self, set: SetId) {
        self.tell_event(set, || event(BEGIN_SET, set_number(set), &[]));
    }

    /// A set ends, and with it the wait of a stage whose subroutine it was.
    pub(super) fn set_ends(&self, set: SetId, rc: i32, caller: Option<NodeId>) {
        let rc = rc.cast_unsigned();
        self.tell_event(set, || event(END_SET, set_number(set), &[rc]));
        if let Some(caller) = caller
            && let Some(node) = self.nodes.get(caller)
        {
            self.tell_event(node.set, || {
                event(SUBROUTINE_END, stage_number(caller), &[rc])
            });
        }
    }

    pub(super) fn stage_starts(&self, id: NodeId, set: SetId) {
        self.tell_event(set, || event(START_STAGE, stage_number(id), &[]));
    }

    pub(super) fn stage_ends(&self, id: NodeId, set: SetId, rc: i32) {
        let rc = rc.cast_unsigned();
        self.tell_event(set, || event(END_STAGE, stage_number(id), &[rc]));
    }

    pub(super) fn set_commits(&self, set: SetId, rc: i32, level: i32) {
        let words = [rc.cast_unsigned(), level.cast_unsigned()];
        self.tell_event(set, || event(COMMIT, set_number(set), &words));
    }

    /// A stage waits for a set that it called.
    pub(super) fn caller_waits(&self, caller: NodeId, called: SetId) {
        if let Some(node) = self.nodes.get(caller) {
            let words = [set_number(called)];
            self.tell_event(node.set, || {
                event(CALLER_WAITS, stage_number(caller), &words)
            });
        }
    }

    pub(super) fn sets_stall(&self) {
        for set in self.sets.ids() {
            self.tell_event(set, || event(STALLED, set_number(set), &[]));
        }
    }
}
