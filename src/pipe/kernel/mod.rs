//! The dispatcher's books: stages, the links between them, sets of pipelines, and the rules by which records
//! and ends of file move (*User's Guide and Reference*, chapter "Pipeline dispatcher").
//!
//! A record stands in its link from the producer's OUTPUT until the consumer's READTO. Nothing here runs a
//! stage; [`super::run`] polls those that are ready. No function here calls itself, however long the pipeline.

pub(super) mod events;
mod sets;
mod streams;
pub(super) mod told;
pub(super) mod warp;
mod watch;

use std::collections::VecDeque;
use std::rc::Rc;

pub(super) use self::watch::Watch;
pub use self::watch::{StageView, Waiting};

use crate::base::msg::fpl;
use crate::base::{Message, Record};
use crate::pipe::filter::{Emit, Filter, Finder, Flow};
use crate::pipe::host::{CommandKind, CommandReply, Host, Socket};
use crate::pipe::program::{SharedProgram, SharedRunner};
use crate::pipe::spec::Options;
use crate::pipe::stage::{Body, Stop};
use crate::pipe::structure::Structures;

pub(super) type NodeId = usize;
pub(super) type LinkId = usize;
pub(super) type SetId = usize;

/// How many stages message 30 tells about.
const STALL_SHOWN: usize = 100;

/// The most stages that a pipeline may have at a time.
const MOST_STAGES: usize = 20_000;

/// The return code of everything that waits when a pipeline stalls.
pub(super) const STALLED: i32 = -4095;

/// Storage with stable numbers whose free places are used again.
pub(super) struct Slab<T> {
    items: Vec<Option<T>>,
    free: Vec<usize>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Slab {
            items: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<T> Slab<T> {
    pub fn add(&mut self, item: T) -> usize {
        match self.free.pop() {
            Some(n) => {
                self.items[n] = Some(item);
                n
            }
            None => {
                self.items.push(Some(item));
                self.items.len() - 1
            }
        }
    }
    pub fn get(&self, n: usize) -> Option<&T> {
        self.items.get(n).and_then(Option::as_ref)
    }
    pub fn get_mut(&mut self, n: usize) -> Option<&mut T> {
        self.items.get_mut(n).and_then(Option::as_mut)
    }
    pub fn remove(&mut self, n: usize) -> Option<T> {
        let item = self.items.get_mut(n)?.take();
        if item.is_some() {
            self.free.push(n);
        }
        item
    }
    #[cfg(test)]
    pub fn places(&self) -> usize {
        self.items.len()
    }
    fn count(&self) -> usize {
        self.items.len() - self.free.len()
    }
    pub fn ids(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.items.len()).filter(|&n| self.items[n].is_some())
    }
}

/// One side of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    At(NodeId, usize),
    /// A subroutine's stage let go; the caller will have it back.
    Parked,
    Gone,
}

/// A connection from an output stream to an input stream.
pub(super) struct Link {
    pub from: Side,
    pub to: Side,
    /// The record that was written and not yet consumed.
    pub record: Option<Record>,
    /// Who waits for the record to be consumed.
    waiter: NodeId,
    arrival: u64,
    /// Who gets the consumer's side back when a subroutine ends.
    home_to: Vec<(NodeId, usize)>,
    home_from: Vec<(NodeId, usize)>,
}

/// A stream of a stage.
#[derive(Debug, Clone, Default)]
pub(super) struct Port {
    pub id: Option<Vec<u8>>,
    pub link: Option<LinkId>,
}

/// What a stage is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    NotStarted,
    Ready,
    Running,
    Input(usize),
    AnyInput,
    /// For output and for input, whichever comes first.
    Either,
    Output,
    Commit(i32),
    Host,
    Ticket(u32),
    Until(i64),
    /// For input on a stream, but no longer than until a time.
    Timed(usize, i64),
    Call,
    Fused,
    Ended,
}

/// When a read says end of file because of the other streams (EOFREPORT).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EofReport {
    /// Only the stream that is read counts.
    Current,
    /// A read ends as soon as any output is gone.
    Any,
    /// A read ends when all outputs are gone.
    All,
}

/// A step of passing a record down the line.
enum Work {
    Deliver(NodeId, usize, Record),
    After(NodeId, Flow),
}

/// Whether a step was within the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spent {
    Within,
    Out,
}

/// What a stage that waits is given.
pub(super) enum Answer {
    Command(CommandReply),
    Line(Option<Vec<u8>>),
}

pub(super) struct Node {
    pub set: SetId,
    /// Place in the pipeline, from 1.
    pub number: usize,
    /// The pipeline in the specification, from 1.
    pub pipeline: usize,
    pub text: Vec<u8>,
    pub options: Rc<Options>,
    pub inputs: Vec<Port>,
    pub outputs: Vec<Port>,
    pub wait: Wait,
    pub level: i32,
    pub eof: EofReport,
    pub program: Option<SharedProgram>,
    pub body: Option<Body>,
    filter: Option<Box<dyn Filter>>,
    /// Whether the filter was told its outputs already.
    pub begun: bool,
    /// Whether it stands at a stream of the stage that issued its pipeline.
    joined: bool,
    ended: bool,
    stalled: bool,
    /// Whether PIPESTOP has told it to wait no longer.
    pub stopped: bool,
    /// Whether it has waited for an external event, and will again.
    pub eventful: bool,
    work: Vec<Work>,
    offered: bool,
    consumed: Option<bool>,
    /// The return code that SETRC gave the record's producer.
    pub output_rc: i32,
    pub answer: Option<Answer>,
    pub rc_answer: Option<i32>,
    /// The input and output stream that SELECT chose.
    pub selected: (usize, usize),
    /// The records that came and went, when that is counted.
    passed: (u64, u64),
}

/// What started a set of pipelines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Main,
    Call(NodeId),
    Add(NodeId),
}

pub(super) struct Set {
    pub kind: Kind,
    pub options: Rc<Options>,
    members: Vec<NodeId>,
    live: usize,
    pub rc: i32,
    level: Option<i32>,
    /// Stages not started or waiting for a commit.
    waiting: usize,
    aborted: bool,
    restore: Vec<(NodeId, crate::pipe::spec::Direction, usize, LinkId)>,
    /// The pool of variables of the program that issued it.
    pub parent: Option<SetId>,
    /// Who hears its messages, when not the host.
    pub hears: Option<events::Ear>,
}

/// How many numbers of messages QUERY MSGLIST gives.
const REMEMBERED: usize = 11;

/// A stage as the linker made it.
pub(super) struct NewNode {
    pub number: usize,
    pub pipeline: usize,
    pub text: Vec<u8>,
    pub options: Rc<Options>,
    /// The streams' identifiers; both sides have as many.
    pub inputs: Vec<Option<Vec<u8>>>,
    pub outputs: Vec<Option<Vec<u8>>>,
    pub body: Body,
    pub level: i32,
    pub eof: EofReport,
}

/// A connector of ADDPIPE or CALLPIPE and the stream it stands at.
pub(super) struct NewConnector {
    pub direction: crate::pipe::spec::Direction,
    pub stream: Vec<u8>,
    /// Whether it begins its pipeline.
    pub begins: bool,
    pub node: usize,
    pub port: usize,
}

/// What the linker made of a specification.
pub(super) struct Built {
    pub nodes: Vec<NewNode>,
    /// From (node, output) to (node, input).
    pub links: Vec<((usize, usize), (usize, usize))>,
    pub connectors: Vec<NewConnector>,
    pub options: Rc<Options>,
}

/// Whether filters are called directly or run as stages of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fusion {
    /// Direct calls.
    #[default]
    On,
    /// Every stage on its own: slower, the same to see.
    Off,
}

/// A question to the owner of the pipeline.
pub(super) enum Request {
    Command(u32, CommandKind, Vec<u8>),
    Console(u32),
}

type WithHost = dyn FnOnce(&mut dyn Host);

/// What is to be done with the host.
pub(super) enum HostCall {
    /// Something that a stage asks once.
    Once(Box<WithHost>),
    /// A stage program is to run on.
    Program(SharedRunner),
}

#[derive(Default)]
pub(super) struct Kernel {
    pub nodes: Slab<Node>,
    pub links: Slab<Link>,
    pub sets: Slab<Set>,
    pub ready: VecDeque<NodeId>,
    pub host_call: Option<HostCall>,
    pub requests: VecDeque<Request>,
    /// The numbers of the latest messages, the oldest first.
    pub issued: VecDeque<i32>,
    pub fusion: Fusion,
    /// The return code of the sets that have ended.
    pub rc: i32,
    pub live_sets: usize,
    next_ticket: u32,
    arrivals: u64,
    /// What is to be done once the record in hand was passed on: the last comes first. Empty between records.
    work: Vec<Work>,
    /// What the filter that was called puts out, and what is to be told.
    pub emit: Emit,
    /// Connections on their way from TCPLISTEN to TCPDATA.
    pub parked: Slab<Box<dyn Socket>>,
    /// The structures that are defined.
    pub structures: Structures,
    /// The stages that read from wormholes.
    pub warps: Vec<warp::Reader>,
    warps_opened: u64,
    to_end: VecDeque<(NodeId, i32)>,
    ending: bool,
    pub stalls: u32,
    /// How many steps are left of the budget: a record passed to a stage, a poll, a call of the host.
    pub left: u64,
    /// The return code to end with at once: there were too many stages.
    pub overflow: Option<i32>,
    /// Whether any stage is traced.
    pub tracing: bool,
    /// What the stages do is counted, for whoever watches.
    pub watch: Option<Box<Watch>>,
}

/// The worse of two return codes: the most negative, else the larger.
pub(super) fn worse(a: i32, b: i32) -> i32 {
    if a < 0 || b < 0 { a.min(b) } else { a.max(b) }
}

impl Kernel {
    /// A number for a question to the owner.
    pub fn ticket(&mut self) -> u32 {
        self.next_ticket += 1;
        self.next_ticket
    }

    /// Asks to be raised to a commit level.
    pub fn commit(&mut self, id: NodeId, level: i32) -> bool {
        if self.traced(id) {
            let message = fpl::FPLDSP537I.with(&[level.to_string().as_bytes()]);
            self.report(id, message);
        }
        let Some(node) = self.nodes.get_mut(id) else {
            return false;
        };
        if level <= node.level {
            node.rc_answer = Some(0);
            return false;
        }
        node.wait = Wait::Commit(level);
        let set = node.set;
        if let Some(s) = self.sets.get_mut(set) {
            s.waiting += 1;
        }
        self.settle(set);
        true
    }

    /// Whether what a stage does is traced (TRACE).
    pub fn traced(&self, id: NodeId) -> bool {
        self.tracing && self.nodes.get(id).is_some_and(|n| n.options.trace)
    }

    /// Issues a message of a stage with its follow-ups (MSGLEVEL says which).
    pub fn report(&mut self, id: NodeId, message: Message) {
        let Some(node) = self.nodes.get(id) else {
            self.emit.told.message(message);
            return;
        };
        let name = self.sets.get(node.set).map(|s| s.options.name.clone());
        let follow = follow_ups(
            node.options.msglevel,
            &name.unwrap_or_default(),
            Some((node.number, node.pipeline)),
            None,
            &node.text,
        );
        let mut all = vec![message];
        all.extend(follow);
        self.tell(id, all);
    }

    /// Gives messages to whoever hears those of a stage.
    pub fn tell(&mut self, id: NodeId, messages: Vec<Message>) {
        for message in &messages {
            self.issued.push_back(message.number());
        }
        while self.issued.len() > REMEMBERED {
            self.issued.pop_front();
        }
        let set = self.nodes.get(id).and_then(|n| self.sets.get(n.set));
        match set.and_then(|s| s.hears.as_ref()) {
            Some(ear) => ear.messages(messages),
            None => {
                for message in messages {
                    self.emit.told.message(message);
                }
            }
        }
    }

    /// Tells the stages that wait for an external event to wait no longer (PIPESTOP).
    pub fn stop_waiting(&mut self) {
        let ids: Vec<NodeId> = self.nodes.ids().collect();
        for id in ids {
            let Some(node) = self.nodes.get_mut(id) else {
                continue;
            };
            let waits = matches!(
                node.wait,
                Wait::Ticket(_) | Wait::Until(_) | Wait::Timed(..)
            );
            // One that is about to wait again, when its record is consumed, is told as well.
            node.stopped |= waits || node.eventful;
            if waits {
                self.wake(id);
            }
        }
    }

    /// What each stage is doing: its place, its state and its text.
    pub fn states(&self) -> Vec<String> {
        let nodes = self.nodes.ids().filter_map(|id| self.nodes.get(id));
        nodes
            .map(|node| {
                let text = String::from_utf8_lossy(&node.text).into_owned();
                let (pipeline, number) = (node.pipeline, node.number);
                format!("{pipeline} {number} {}: {text}", state(node))
            })
            .collect()
    }

    /// Reports a stall and gives everything that waits its return code.
    pub fn stall(&mut self) {
        self.stalls += 1;
        self.sets_stall();
        let ids: Vec<NodeId> = self.nodes.ids().collect();
        if self.stalls == 1 {
            self.emit.told.message(fpl::FPLDSP029E.with(&[]));
            for &id in ids.iter().take(STALL_SHOWN) {
                let Some(node) = self.nodes.get(id) else {
                    continue;
                };
                let message = fpl::FPLDSP030I.with(&[
                    node.number.to_string().as_bytes(),
                    node.pipeline.to_string().as_bytes(),
                    state(node).as_bytes(),
                    &node.text,
                ]);
                self.emit.told.message(message);
            }
            if ids.len() > STALL_SHOWN {
                let more = (ids.len() - STALL_SHOWN).to_string();
                let message = fpl::FPLDSP9004I.with(&[more.as_bytes()]);
                self.emit.told.message(message);
            }
        }
        let mut lines = Vec::new();
        for id in ids {
            let Some(node) = self.nodes.get_mut(id) else {
                continue;
            };
            match node.wait {
                Wait::Input(_) | Wait::AnyInput | Wait::Either | Wait::Output => {
                    node.stalled = true;
                    self.wake(id);
                }
                Wait::Fused => {
                    node.stalled = true;
                    lines.push(id);
                }
                _ => {}
            }
        }
        // What waits in a line has no end of file either: it writes nothing more.
        for id in lines {
            self.end(id, STALLED);
        }
        self.rc = worse(self.rc, STALLED);
    }
}

/// How much of the specification message 192 shows.
const PREVIOUS: usize = 30;

/// Messages 3 or 4, 192 and 1, as MSGLEVEL has them: the stage's place, the place (from 0) in the
/// specification, the stage's text.
pub(super) fn follow_ups(
    msglevel: u32,
    name: &[u8],
    stage: Option<(usize, usize)>,
    scan: Option<(&[u8], usize)>,
    text: &[u8],
) -> Vec<Message> {
    let mut out = Vec::new();
    if let Some((number, pipeline)) = stage {
        let (number, pipeline) = (number.to_string(), pipeline.to_string());
        if msglevel & 4 != 0 {
            out.push(match name.is_empty() {
                true => fpl::FPLSCA003I.with(&[number.as_bytes(), pipeline.as_bytes()]),
                false => fpl::FPLSCA004I.with(&[number.as_bytes(), pipeline.as_bytes(), name]),
            });
        }
    }
    if msglevel & 8 != 0
        && let Some((spec, at)) = scan
    {
        let before = &spec[..at.min(spec.len())];
        let before = &before[before.len().saturating_sub(PREVIOUS)..];
        let at = (at + 1).to_string();
        out.push(fpl::FPLSCA192I.with(&[at.as_bytes(), before]));
    }
    if msglevel & 1 != 0 && !text.is_empty() {
        out.push(fpl::FPLSCA001I.with(&[text]));
    }
    out
}

/// A stage's state in the words of message 30.
fn state(node: &Node) -> String {
    match node.wait {
        Wait::NotStarted => "not started".into(),
        Wait::Ready | Wait::Running => "ready".into(),
        Wait::Input(n) => format!("waiting for input on stream {n}"),
        Wait::AnyInput => "waiting for input on any stream".into(),
        Wait::Either => "waiting for input or output".into(),
        Wait::Output => "waiting for output".into(),
        Wait::Commit(n) => format!("waiting to commit to level {n}"),
        Wait::Host | Wait::Ticket(_) | Wait::Until(_) | Wait::Timed(..) => {
            "waiting for an external event".into()
        }
        Wait::Call => "waiting for a subroutine".into(),
        Wait::Fused => "waiting for input on stream 0".into(),
        Wait::Ended => "ended".into(),
    }
}
