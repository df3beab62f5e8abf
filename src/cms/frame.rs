//! What is suspended on a session's stack: a REXX program or a pipeline.

use std::collections::VecDeque;

use super::ledger::Share;
use super::stack::Typed;
use crate::pipe::Pipeline;
use crate::rexx::{CallKind, CommandLines, CommandOutput, Flag, Reply, StreamAsk, Value, Vm};

/// One suspended piece of work.
pub enum Frame {
    /// A REXX program.
    Program(Box<Running>),
    /// A pipeline.
    Pipe(Box<Piping>),
    /// A program that is a stage of the pipeline below, and the number of its parcel.
    Stage(Box<Running>, u32),
}

impl Frame {
    /// The program's machine, when it is a program.
    pub fn vm(&mut self) -> Option<&mut Vm> {
        match self {
            Frame::Program(program) | Frame::Stage(program, _) => Some(&mut program.vm),
            Frame::Pipe(_) => None,
        }
    }
}

/// What a program waits for while another frame is above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pending {
    /// Nothing.
    Nothing,
    /// A console line.
    Line,
    /// A command's return code.
    Command,
    /// A routine's value.
    Call,
    /// The console, for what [`Running::asked`] asks of it.
    Stream,
}

/// A REXX program.
pub struct Running {
    /// The program itself.
    pub vm: Vm,
    /// What it is told when it is resumed.
    pub next: Reply,
    /// What it waits for.
    pub pending: Pending,
    /// What it asks of the console while [`Pending::Stream`].
    pub asked: Option<StreamAsk>,
    /// The redirections of the command it waits for.
    pub redirected: Option<Box<Redirected>>,
    /// The output and error lines that the command it waits for has left for it.
    pub kept: Option<Box<CommandLines>>,
    /// `fn ft`, for error messages.
    pub name: Vec<u8>,
    /// What PARSE SOURCE gives.
    pub source: Vec<u8>,
    /// How it was called.
    pub kind: CallKind,
    /// The storage it holds.
    pub share: Share,
}

/// How ADDRESS WITH redirects a command.
#[derive(Debug)]
pub struct Redirected {
    /// What was typed ahead, while other lines stand in for it.
    pub input: Option<Typed>,
    /// Where the output goes.
    pub output: CommandOutput,
    /// Where the error output goes.
    pub error: CommandOutput,
}

/// A pipeline.
pub struct Piping {
    /// The pipeline itself.
    pub pipeline: Pipeline,
    /// The command that it waits for, while another frame is above it.
    pub ticket: Option<u32>,
    /// The console lines its stages wait for.
    pub reads: VecDeque<u32>,
    /// Whether the command's console output is its response.
    pub catching: Catching,
    /// About how many records it has passed.
    pub passed: u64,
    /// Whether it is the one that is run alone, for whoever watches.
    pub outermost: bool,
}

/// Whether console output goes to a pipeline instead of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Catching {
    /// The stages CMS and COMMAND.
    Yes,
    /// A command that a stage program issued.
    No,
}

/// How a command or routine ended.
#[derive(Debug, Clone)]
pub enum Ended {
    /// A command, with its return code.
    Command(i32),
    /// A routine, with or without a value.
    Value(Option<Value>),
    /// A routine that could not be run or ended with an error.
    Failed,
    /// A routine that ended with this error.
    Error(crate::rexx::Error),
    /// There is no such routine.
    NotFound,
}

impl Ended {
    /// The return code, where one is wanted.
    pub fn rc(&self) -> i32 {
        match self {
            Ended::Command(rc) => *rc,
            Ended::Value(_) => 0,
            Ended::Error(error) => 20_000 + i32::from(error.number),
            Ended::Failed | Ended::NotFound => 20_040,
        }
    }
}

/// Error 40, incorrect call to routine: what a caller sees of a routine that failed.
const INCORRECT_CALL: u16 = 40;

impl Running {
    /// Notes what the program has charged for, before another runs above it.
    pub fn note_charged(&mut self) {
        self.share.set(self.vm.charged());
    }

    /// Takes the answer to what the program waits for.
    pub fn answer(&mut self, ended: Ended) {
        self.next = match (self.pending, ended) {
            (Pending::Call, Ended::Value(value)) => Reply::Value(value),
            (Pending::Call, Ended::NotFound) => Reply::NotFound,
            (Pending::Call, Ended::Error(error)) => Reply::Error(error),
            (Pending::Call, _) => Reply::Fail {
                number: INCORRECT_CALL,
                sub: 1,
            },
            (Pending::Nothing | Pending::Line | Pending::Stream, _) => Reply::Done,
            (Pending::Command, ended) => {
                let rc = ended.rc();
                let (rc, flag) = (i64::from(rc), flag(rc));
                match self.kept.take() {
                    Some(lines) => Reply::Command { rc, flag, lines },
                    None => Reply::Rc { rc, flag },
                }
            }
        };
        self.pending = Pending::Nothing;
    }
}

/// The condition that a return code raises.
pub fn flag(rc: i32) -> Flag {
    match rc {
        0 => Flag::Ok,
        1.. => Flag::Error,
        _ => Flag::Failure,
    }
}
