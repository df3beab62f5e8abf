//! CMS Pipelines: specification, dispatcher, stages.
//!
//! Follows *CMS Pipelines User's Guide and Reference* (SC24-6252). [`Pipeline`] owns the whole state of one
//! PIPE command. It runs until it is done or needs something that may take a while ([`Outcome`]); everything
//! quick comes through [`Host`].
//!
//! | room | holds |
//! |---|---|
//! | `spec` | the scanner: text to stages, labels, connectors (grammar/pipe.pest) |
//! | `link` | verbs looked up, operands read, streams connected |
//! | `kernel` | the dispatcher's books: links, records, ends of file, commit levels |
//! | `run` | the executor that polls the stages which are ready |
//! | `stage` | what an `async` stage may ask of the dispatcher |
//! | `filter` | stages that are plain functions, called directly along the line |
//! | `program` | REXX stages and their pipeline commands |
//! | `capture` | a host whose messages are kept |
//! | `args`, `range`, `target`, `structure` | operands |
//! | `specs` | SPECS |
//! | `stages` | a table for each family of stages |

pub mod args;
mod capture;
pub mod filter;
pub mod host;
mod kernel;
mod link;
mod program;
pub mod range;
mod run;
mod spec;
pub mod specs;
pub mod stage;
pub mod stages;
pub mod structure;
pub mod target;
#[cfg(test)]
mod tests;

pub use filter::Finder;
pub use host::{
    Calls, Card, CommandKind, CommandReply, Database, Datagram, Datagrams, FileError, FileState,
    Format, Heard, Host, Incoming, Input, Lines, Listener, Mode, NamedValues, Names, Order, Output,
    Pool, PoolFrom, Rows, Socket, Sought, SqlError, StageProgram, StageReply, StageRequest,
    TerminalEnd, VarError,
};
pub use kernel::{EofReport, Fusion, StageView, Waiting};
pub use run::Pipeline;

/// Why [`Pipeline::run`] came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The pipeline has ended with this return code.
    Done(i32),
    /// A command is to be run; answer with [`Pipeline::reply`] and run again.
    Command {
        /// Names the request in the answer.
        ticket: u32,
        /// Who runs it.
        kind: CommandKind,
        /// The command.
        text: Vec<u8>,
    },
    /// A line is to be read from the terminal; answer with [`Pipeline::reply_line`] and run again.
    ReadConsole {
        /// Names the request in the answer.
        ticket: u32,
    },
    /// The budget is used up; run again to go on where it stopped.
    Budget,
    /// Every stage waits for something outside: the answers still due, or a time to come.
    Wait {
        /// Microseconds since 1970 at which to run again, if a stage waits for a time.
        until: Option<i64>,
    },
}

/// Scans a specification without looking up its stages: for whoever wants to know whether it is well formed.
/// Codes in its options are those of the code page.
///
/// # Errors
/// The scanner's message (CMS Pipelines User's Guide and Reference, "Pipeline Specification").
pub fn check(
    spec: &[u8],
    page: crate::base::codepage::CodePage,
) -> Result<(), crate::base::Message> {
    spec::scan(spec, page).map(drop).map_err(|e| e.message)
}
