//! The language: source → ast → register bytecode → [`Vm`], a plain struct that runs until it needs
//! something from whoever is above (SC24-5770; ANSI X3.274).

#[allow(missing_docs)]
mod ast;
pub mod bif;
#[allow(missing_docs)]
mod code;
mod compile;
mod error;
mod names;
mod parse;
#[cfg(test)]
mod tests;
mod value;
mod vm;

use std::rc::Rc;

use crate::base::clock::Clock;
use crate::base::codepage::CodePage;

pub use error::{Detail, Error};
pub use value::{INT_LIMIT, Long, SCRATCH, Scratch, Value};
pub use vm::{Program, Vm};

/// Which language level rules where CMS and the standard differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Dialect {
    /// REXX as CMS has it.
    #[default]
    Cms,
    /// ANSI X3.274.
    Ansi,
}

/// How a program was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum CallKind {
    /// As a command: one argument string, the result is a return code.
    #[default]
    Command,
    /// As a function: a result is required.
    Function,
    /// By CALL: a result may be given.
    Subroutine,
}

/// How a program is started.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// How it was called.
    pub kind: CallKind,
    /// The argument strings; `None` is an omitted one.
    pub args: Vec<Option<Value>>,
    /// The whole text of PARSE SOURCE, such as `CMS COMMAND SAVELX EXEC S1 savelx CMS`.
    pub source: Vec<u8>,
    /// The name for error messages, `fn ft`.
    pub name: Vec<u8>,
    /// The environment that commands go to at first.
    pub address: Vec<u8>,
    /// The clock of DATE and TIME.
    pub clock: Clock,
    /// The seed of RANDOM.
    pub seed: u64,
    /// The user who runs it.
    pub user: Vec<u8>,
    /// How codes and order of characters are seen.
    pub codepage: CodePage,
}

/// What came of a command, for conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// No condition.
    Ok,
    /// The ERROR condition.
    Error,
    /// The FAILURE condition.
    Failure,
}

/// The answer to an [`Exit`].
#[derive(Debug, Clone)]
pub enum Reply {
    /// Goes on; also the first reply of all.
    Done,
    /// A command ended.
    Rc {
        /// Its return code.
        rc: i64,
        /// Which condition it raises.
        flag: Flag,
    },
    /// A routine returned, with or without a result.
    Value(Option<Value>),
    /// No such routine: error 43.
    NotFound,
    /// The routine failed with this error.
    Fail {
        /// Error number.
        number: u16,
        /// Its subcode.
        sub: u16,
    },
    /// A line that was read.
    Line(Vec<u8>),
    /// How many lines are queued.
    Count(i64),
}

/// Why the Vm stopped, and what it wants.
#[derive(Debug, Clone)]
pub enum Exit {
    /// A command for an environment. Answer [`Reply::Rc`].
    Command {
        /// The environment's name.
        env: Vec<u8>,
        /// The command.
        text: Vec<u8>,
    },
    /// A routine that is neither internal nor built in here. Answer [`Reply::Value`],
    /// [`Reply::NotFound`] or [`Reply::Fail`].
    Call {
        /// The name, upper-cased unless quoted.
        name: Vec<u8>,
        /// Whether the name was written as a string.
        quoted: bool,
        /// Function or subroutine.
        kind: CallKind,
        /// The arguments.
        args: Vec<Option<Value>>,
    },
    /// A line of SAY. Answer [`Reply::Done`].
    Say(Vec<u8>),
    /// A line of trace output. Answer [`Reply::Done`].
    Trace(Vec<u8>),
    /// PULL: a line from the stack, else from the terminal. Answer [`Reply::Line`].
    Pull,
    /// PARSE EXTERNAL: a line from the terminal. Answer [`Reply::Line`].
    PullTerminal,
    /// PUSH. Answer [`Reply::Done`].
    Push(Vec<u8>),
    /// QUEUE. Answer [`Reply::Done`].
    Queue(Vec<u8>),
    /// How many lines are on the stack? Answer [`Reply::Count`].
    Queued,
    /// The fuel of [`Vm::set_fuel`] is used up. Answer [`Reply::Done`].
    Fuel,
    /// The program ended, with the value of EXIT or RETURN.
    Done(Option<Value>),
    /// An error that was not trapped ended the program; its traceback went out as trace lines.
    Raised(Error),
}

/// What can be signalled to a running program from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interrupt {
    /// HI: the HALT condition.
    Halt,
    /// TS: tracing starts.
    TraceStart,
    /// TE: tracing ends.
    TraceEnd,
}

/// A name that cannot be a variable's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadName;

/// Compiles a program. Never fails: a clause in error raises its error when it is reached.
pub fn compile(source: &[u8], dialect: Dialect) -> Rc<Program> {
    Rc::new(Program::new(source, dialect))
}
