//! REXX programs as pipeline stages (`name REXX`).
//!
//! A stage program belongs to its pipeline. Pipeline commands (PEEKTO, OUTPUT, CALLPIPE …) go to the pipeline.
//! For anything that may run other programs (a command for CMS, a function that is an EXEC) the program
//! itself is handed to the session in a parcel, becomes a frame there, so that what it began finds its
//! variables, and is handed back with the answer.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::frame::{Pending, Running, flag};
use super::session::REXX_ERROR;
use crate::pipe::{Host, Names, Order, StageProgram, StageReply, StageRequest, VarError};
use crate::rexx::{CommandIo, Exit, Interrupt, Ready, Reply, StreamAsk, Value};

/// The environment of a stage program's pipeline commands.
pub const ENVIRONMENT: &[u8] = b"PIPE";

/// Clauses between two looks at what was typed.
const FUEL: u64 = 20_000;

/// A program on its way between its pipeline and the session, with what it wants.
pub struct Parcel {
    /// The program.
    pub running: Box<Running>,
    /// What it stopped for: a command, a call, or its fuel.
    pub exit: Exit,
}

/// The parcels under way, by number.
#[derive(Clone, Default)]
pub struct Parcels(Rc<RefCell<Shelf>>);

#[derive(Default)]
struct Shelf {
    parcels: BTreeMap<u32, Parcel>,
    last: u32,
    /// What was ever signalled, for the programs that are with their pipelines.
    signals: Vec<Interrupt>,
}

impl Parcels {
    /// Leaves a parcel; gives its number.
    pub fn leave(&self, parcel: Parcel) -> u32 {
        let mut shelf = self.0.borrow_mut();
        shelf.last = shelf.last.wrapping_add(1);
        let number = shelf.last;
        shelf.parcels.insert(number, parcel);
        number
    }

    /// Puts a parcel back under its number.
    pub fn put_back(&self, number: u32, parcel: Parcel) {
        self.0.borrow_mut().parcels.insert(number, parcel);
    }

    /// Takes a parcel.
    pub fn take(&self, number: u32) -> Option<Parcel> {
        self.0.borrow_mut().parcels.remove(&number)
    }

    /// Signals something to every stage program that is not a frame of the session.
    pub fn interrupt(&self, what: Interrupt) {
        let mut shelf = self.0.borrow_mut();
        for parcel in shelf.parcels.values_mut() {
            parcel.running.vm.interrupt(what);
        }
        shelf.signals.push(what);
    }

    /// The number of signals so far.
    fn signals(&self) -> usize {
        self.0.borrow().signals.len()
    }
}

/// A stage program.
pub struct Stage {
    /// The program; away while the session has it.
    running: Option<Box<Running>>,
    parcels: Parcels,
    /// The number of the parcel under way.
    away: Option<u32>,
    /// How many signals it has heard.
    heard: usize,
    source: Vec<u8>,
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(number) = self.away {
            self.parcels.take(number);
        }
    }
}

impl Stage {
    /// A stage that runs a program.
    pub fn new(running: Box<Running>, parcels: Parcels) -> Stage {
        let source = running.source.clone();
        Stage {
            running: Some(running),
            heard: parcels.signals(),
            parcels,
            away: None,
            source,
        }
    }

    /// Hands the program to the session.
    fn hand_over(&mut self, exit: Exit, pending: Pending) -> StageRequest {
        let Some(mut running) = self.running.take() else {
            return StageRequest::Done(REXX_ERROR);
        };
        running.pending = pending;
        let number = self.parcels.leave(Parcel { running, exit });
        self.away = Some(number);
        StageRequest::Command(number)
    }

    /// Takes the program back from the session; gives what it is to be told next.
    fn take_back(&mut self, number: u32) -> Reply {
        // What was signalled meanwhile it was told on its way.
        self.heard = self.parcels.signals();
        self.running = self.parcels.take(number).map(|p| p.running);
        match &mut self.running {
            Some(running) => std::mem::replace(&mut running.next, Reply::Done),
            None => Reply::Done,
        }
    }

    /// Runs the program on until it needs something of its pipeline.
    fn run(&mut self, mut next: Reply, host: &mut dyn Host, command: &mut Vec<u8>) -> StageRequest {
        loop {
            let Some(running) = &mut self.running else {
                return StageRequest::Done(REXX_ERROR);
            };
            running.vm.set_fuel(FUEL);
            let exit = running.vm.resume(next);
            match self.stops(exit, host, command) {
                Ok(request) => return request,
                Err(reply) => next = reply,
            }
        }
    }

    /// The program issues a command: one for its pipeline, or one that goes to the session.
    #[inline]
    fn issue(&mut self, io: Option<Box<CommandIo>>, command: &mut Vec<u8>) -> StageRequest {
        if let Some(running) = &self.running {
            let (env, text) = running.vm.asked();
            if env == ENVIRONMENT || env.eq_ignore_ascii_case(ENVIRONMENT) {
                command.clear();
                text.put_behind(command);
                return StageRequest::Pipe;
            }
        }
        self.hand_over(Exit::Command(io), Pending::Command)
    }

    /// The program has stopped: what it wants of its pipeline, or the answer it goes on with at once.
    fn stops(
        &mut self,
        exit: Exit,
        host: &mut dyn Host,
        command: &mut Vec<u8>,
    ) -> Result<StageRequest, Reply> {
        let request = match exit {
            Exit::Command(io) => self.issue(io, command),
            Exit::Say(line) | Exit::Trace(line) => {
                host.say(&line);
                return Err(Reply::Done);
            }
            Exit::Push(line) => {
                host.push(Order::Lifo, &line);
                return Err(Reply::Done);
            }
            Exit::Queue(line) => {
                host.push(Order::Fifo, &line);
                return Err(Reply::Done);
            }
            Exit::Queued => {
                let count = i64::try_from(host.queued()).unwrap_or(i64::MAX);
                return Err(Reply::Count(count));
            }
            Exit::Pull => match host.pull() {
                Some(line) => return Err(Reply::Line(line)),
                None => StageRequest::ReadConsole,
            },
            Exit::PullTerminal => StageRequest::ReadConsole,
            Exit::Stream {
                name,
                ask:
                    StreamAsk::LineIn {
                        at: None,
                        read: true,
                    },
            } if name.is_empty() => StageRequest::ReadConsole,
            exit @ Exit::Stream { .. } => self.hand_over(exit, Pending::Stream),
            exit @ Exit::Call { .. } => self.hand_over(exit, Pending::Call),
            Exit::Fuel => self.hand_over(Exit::Fuel, Pending::Nothing),
            Exit::Done(value) => {
                let rc = value.and_then(|v| v.as_int()).unwrap_or(0);
                StageRequest::Done(i32::try_from(rc).unwrap_or(i32::MAX))
            }
            Exit::Raised(error) => {
                let name = self.running.as_ref().map(|r| &r.name[..]);
                host.say(&error.cms_line(name.unwrap_or_default()));
                StageRequest::Done(REXX_ERROR + i32::from(error.number))
            }
        };
        Ok(request)
    }

    /// Tells the program what was signalled.
    fn hear(&mut self) {
        let shelf = self.parcels.0.borrow();
        if shelf.signals.len() == self.heard {
            return;
        }
        if let Some(running) = &mut self.running {
            for &what in &shelf.signals[self.heard..] {
                running.vm.interrupt(what);
            }
        }
        self.heard = shelf.signals.len();
    }
}

/// What a program is told of an answer.
fn told(reply: StageReply) -> Reply {
    match reply {
        StageReply::Rc(rc) => command_ended(rc),
        StageReply::Start => Reply::Done,
        StageReply::Command(reply) => command_ended(reply.rc),
        StageReply::Line(Some(line)) => Reply::Line(line),
        // A null line to PULL, the end of the stream to LINEIN.
        StageReply::Line(None) => Reply::Stream(Value::empty(), Ready::No),
    }
}

fn command_ended(rc: i32) -> Reply {
    Reply::Rc {
        rc: i64::from(rc),
        flag: flag(rc),
    }
}

impl StageProgram for Stage {
    fn resume(
        &mut self,
        reply: StageReply,
        host: &mut dyn Host,
        command: &mut Vec<u8>,
    ) -> StageRequest {
        let next = match self.away.take() {
            Some(number) => self.take_back(number),
            None => {
                self.hear();
                told(reply)
            }
        };
        self.run(next, host, command)
    }

    fn go_on(&mut self, rc: i32, host: &mut dyn Host, command: &mut Vec<u8>) -> StageRequest {
        self.hear();
        match &mut self.running {
            Some(running) => {
                running.vm.set_fuel(FUEL);
                match running.vm.resume_command(i64::from(rc), flag(rc)) {
                    None => self.issue(None, command),
                    Some(exit) => match self.stops(exit, host, command) {
                        Ok(request) => request,
                        Err(next) => self.run(next, host, command),
                    },
                }
            }
            None => self.resume(StageReply::Rc(rc), host, command),
        }
    }

    fn get_variable(&mut self, names: Names, name: &[u8]) -> Result<Option<Vec<u8>>, VarError> {
        let vm = &self.running.as_ref().ok_or(VarError::NoProgram)?.vm;
        let value = match names {
            Names::Symbolic => vm.get_variable(name),
            Names::Direct => vm.get_direct(name),
        };
        Ok(value.map(|v| v.to_vec()))
    }

    fn set_variable(
        &mut self,
        names: Names,
        name: &[u8],
        value: Option<&[u8]>,
    ) -> Result<(), VarError> {
        let vm = &mut self.running.as_mut().ok_or(VarError::NoProgram)?.vm;
        match (names, value) {
            (Names::Symbolic, Some(bytes)) => vm.set_bytes(name, bytes),
            (Names::Symbolic, None) => vm.set_variable(name, None),
            (Names::Direct, _) => vm.set_direct(name, value.map(Value::from_bytes)),
        }
        .map_err(|_| VarError::BadName)
    }

    fn variables(&mut self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let all = self.running.as_ref().map(|r| r.vm.all_variables());
        let all = all.unwrap_or_default().into_iter();
        all.map(|(name, value)| (name, value.to_vec())).collect()
    }

    fn source(&self) -> Vec<u8> {
        self.source.clone()
    }
}
