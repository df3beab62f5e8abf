//! The language: source → ast → register bytecode → [`Vm`], a plain struct that runs until it needs
//! something from whoever is above (SC24-5770; ANSI X3.274).

#[allow(missing_docs)]
mod ast;
pub mod bif;
#[allow(missing_docs)]
mod code;
mod compile;
mod dialect;
mod error;
mod excerpt;
mod names;
mod parse;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_conditions;
#[cfg(test)]
mod tests_errors;
#[cfg(test)]
mod tests_levels;
#[cfg(test)]
mod tests_trace;
mod value;
mod vm;

use std::rc::Rc;

use crate::base::clock::Clock;
use crate::base::codepage::CodePage;

pub use dialect::{Dialect, Language};
pub use error::{Detail, Error};
pub use excerpt::excerpt;
pub use value::{INT_LIMIT, Long, SCRATCH, Scratch, Value};
pub use vm::{Program, Vm};

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
    /// How many bytes its variables, strings and calls may take: error 5 beyond, and at once
    /// when it is none. See [`STORAGE`].
    pub storage: usize,
}

/// The storage a program has unless its caller says otherwise, in bytes: 4 GB.
pub const STORAGE: usize = 4 << 30;

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

/// How LINES and CHARS count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// 1 when there is at least one, else 0.
    Any,
    /// How many there are.
    Exact,
}

/// What a stream function asks (ANSI X3.274 section 9.7). Positions count from 1.
#[derive(Debug, Clone)]
pub enum StreamAsk {
    /// CHARIN. Answer the characters.
    CharIn {
        /// Where to read from now on.
        at: Option<u64>,
        /// How many characters.
        count: usize,
    },
    /// CHAROUT. Answer how many characters were not written.
    CharOut {
        /// The characters; `None` with no position either closes the stream.
        text: Option<Value>,
        /// Where to write from now on.
        at: Option<u64>,
    },
    /// CHARS. Answer the count.
    Chars(Count),
    /// LINEIN. Answer the line.
    LineIn {
        /// The line to read from now on.
        at: Option<u64>,
        /// Whether a line is read at all.
        read: bool,
    },
    /// LINEOUT. Answer how many lines were not written.
    LineOut {
        /// The line; `None` with no position either closes the stream.
        line: Option<Value>,
        /// The line to write from now on.
        at: Option<u64>,
    },
    /// LINES. Answer the count.
    Lines(Count),
    /// QUALIFY. Answer the whole name.
    Qualify,
    /// STREAM(name,'S'). Answer READY, NOTREADY, ERROR or UNKNOWN.
    State,
    /// STREAM(name,'D'). Answer the state, a colon and the reason.
    Description,
    /// STREAM(name,'C',command). Answer what the command gives.
    Command(Vec<u8>),
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
    /// A command ended whose output was wanted.
    Command {
        /// Its return code.
        rc: i64,
        /// Which condition it raises.
        flag: Flag,
        /// The lines that were wanted.
        lines: Box<CommandLines>,
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
    /// The routine or function ends with this error.
    Error(Error),
    /// A stream function's value, and whether the stream was not ready (the NOTREADY condition).
    Stream(Value, Ready),
    /// A line that was read.
    Line(Vec<u8>),
    /// How many lines are queued.
    Count(i64),
}

/// The lines of a command that a program wanted.
#[derive(Debug, Clone, Default)]
pub struct CommandLines {
    /// Those of its output.
    pub output: Vec<Vec<u8>>,
    /// Those of its error output.
    pub error: Vec<Vec<u8>>,
}

/// What was read ahead of a stream, lent to a program so that it need not stop for every line
/// ([`Vm::lend`]).
#[derive(Debug, Clone, Default)]
pub struct Lent {
    /// The stream's name as the program writes it.
    pub name: Vec<u8>,
    /// What was read.
    pub block: Vec<u8>,
    /// The first byte that the program has not taken.
    pub at: usize,
    /// How many lines it has taken since it was lent.
    pub lines: u64,
}

/// Whether a stream could do what a function asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ready {
    /// It could.
    Yes,
    /// It could not, or not wholly: the NOTREADY condition.
    No,
}

/// Whether a command's output goes behind what is there or replaces it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// REPLACE, which is also meant when neither is said.
    Replace,
    /// APPEND.
    Append,
}

/// What a command reads.
#[derive(Debug, Clone)]
pub enum CommandInput {
    /// What it would read anyway.
    Normal,
    /// These lines.
    Lines(Vec<Vec<u8>>),
    /// The lines of a stream.
    Stream(Value),
}

/// Where what a command writes goes.
#[derive(Debug, Clone)]
pub enum CommandOutput {
    /// Where it would go anyway.
    Normal,
    /// Into [`Reply::Command`].
    Lines,
    /// To a stream.
    Stream(Keep, Value),
    /// Errors only: where the output goes.
    AsOutput,
}

/// The redirections of ADDRESS WITH.
#[derive(Debug, Clone)]
pub struct CommandIo {
    /// What the command reads.
    pub input: CommandInput,
    /// Where its output goes.
    pub output: CommandOutput,
    /// Where its error output goes.
    pub error: CommandOutput,
}

/// Why the Vm stopped, and what it wants.
#[derive(Debug, Clone)]
pub enum Exit {
    /// A command for an environment: [`Vm::asked`]. Answer [`Reply::Rc`], or [`Reply::Command`] with the
    /// lines that the redirections of ADDRESS WITH ask for.
    Command(Option<Box<CommandIo>>),
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
    /// A stream function. Answer [`Reply::Stream`], [`Reply::Line`] or [`Reply::Error`].
    Stream {
        /// The stream; the null string is the default one.
        name: Value,
        /// What is asked of it.
        ask: StreamAsk,
    },
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

/// Compiles a program for a language level, or for a level and a code page. Never fails: a clause in
/// error raises its error when the program runs. A program that begins with `OPTIONS ANSI` or
/// `OPTIONS CMS` has that language level whatever is asked for.
pub fn compile(source: &[u8], level: impl Into<Language>) -> Rc<Program> {
    Rc::new(Program::new(source, level.into()))
}
