//! What a pipeline needs from the system around it: the contract between the pipeline engine and its owner.
//!
//! The engine does no input or output of its own. Quick things (variables, files, the program stack, a line
//! on the terminal) go through [`Host`]; whatever may run programs (commands, console reads) is an
//! [`Outcome`](super::Outcome) with a ticket, so that the owner can do it at leisure and answer later.

use super::filter::Finder;
use super::structure::Table;
use crate::base::codepage::CodePage;
use crate::base::record::Block;
use crate::base::{Clock, Message, Record};

/// Which variable pool a stage means: the operands PRODUCER, number and MAIN of VAR, STEM and their kin.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pool {
    /// How many program levels to go back from the program that issued PIPE (0: that program itself).
    pub level: u32,
    /// Where counting starts.
    pub from: PoolFrom,
    /// How names are read.
    pub names: Names,
    /// Whether nothing is said when there is no such pool (NOMSG233).
    pub silent: bool,
}

/// Where the levels of a [`Pool`] are counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PoolFrom {
    /// The program that issued the pipeline.
    #[default]
    Caller,
    /// The outermost program (MAIN), counting inwards.
    Main,
    /// The program that is the stage before (PRODUCER); the host is never asked for it.
    Producer,
}

/// How a variable's name is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Names {
    /// As in a program: upper-cased, tails substituted.
    #[default]
    Symbolic,
    /// As it stands.
    Direct,
}

/// Why a variable could not be read or set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VarError {
    /// No program of that level is active.
    NoProgram,
    /// Not the name of a variable.
    BadName,
}

/// A file operation that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileError {
    /// The file does not exist.
    NotFound,
    /// No disk or folder of that mode or path.
    NoDisk,
    /// The disk or file is read-only.
    ReadOnly,
    /// Not a file identifier; the offending word.
    BadName(Vec<u8>),
    /// Whatever else the system said.
    Failed(Vec<u8>),
}

/// What is known of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileState {
    /// The file name.
    pub fname: Vec<u8>,
    /// The file type.
    pub ftype: Vec<u8>,
    /// The file mode, such as `A1`.
    pub fm: Vec<u8>,
    /// The record format: F or V.
    pub recfm: u8,
    /// The length of the longest record.
    pub lrecl: u64,
    /// The number of records.
    pub records: u64,
    /// The number of blocks.
    pub blocks: u64,
    /// When it was last written, in microseconds since 1970.
    pub changed: i64,
    /// Whether its disk can be written to.
    pub writable: bool,
}

/// What a card reader gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Card {
    /// A card, as host text.
    Card(Vec<u8>),
    /// The end of a deck, or nothing to read.
    End,
}

/// What a socket gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Some bytes.
    Bytes(Vec<u8>),
    /// Nothing yet.
    Nothing,
    /// The other end has closed.
    Ended,
    /// What the system says when it cannot be read.
    Failed(Vec<u8>),
}

/// A connection to another host; no call waits.
pub trait Socket {
    /// What has come in.
    fn read(&mut self) -> Heard;
    /// Sends what can be sent at once; gives how much that was.
    ///
    /// # Errors
    /// What the system says.
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Vec<u8>>;
}

/// A port that waits for connections; no call waits.
pub trait Listener {
    /// A connection that has come in, and who it is.
    ///
    /// # Errors
    /// What the system says.
    fn accept(&mut self) -> Result<Option<Incoming>, Vec<u8>>;
}

/// An immediate command that a stage has set up; it is gone when this is dropped.
pub trait Calls {
    /// The argument string of a call of the command that was not taken yet.
    fn take(&mut self) -> Option<Vec<u8>>;
}

/// A message that came on a port, with who sent it.
pub type Datagram = (std::net::SocketAddrV4, Vec<u8>);

/// A port for single messages; no call waits.
pub trait Datagrams {
    /// A message that has come in.
    ///
    /// # Errors
    /// What the system says.
    fn receive(&mut self) -> Result<Option<Datagram>, Vec<u8>>;
    /// Sends a message.
    ///
    /// # Errors
    /// What the system says.
    fn send(&mut self, to: std::net::SocketAddrV4, bytes: &[u8]) -> Result<(), Vec<u8>>;
}

/// A connection with the port and the address of its other end.
pub type Incoming = (Box<dyn Socket>, Vec<u8>);

/// What is said of a network that is not there.
const NO_NETWORK: &[u8] = b"There is no network";

/// What a data base has against a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlError {
    /// The SQL code: negative.
    pub code: i32,
    /// What it says.
    pub text: Vec<u8>,
}

/// The rows of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// The names of the columns.
    pub names: Vec<Vec<u8>>,
    /// The fields; a null is `None`.
    pub rows: Vec<Vec<Option<Vec<u8>>>>,
}

/// An open data base with a transaction.
pub trait Database {
    /// Runs a statement with the values of its markers.
    ///
    /// # Errors
    /// [`SqlError`].
    fn run(&mut self, statement: &[u8], values: &[&[u8]]) -> Result<Rows, SqlError>;
    /// Keeps what was changed.
    ///
    /// # Errors
    /// [`SqlError`].
    fn commit(&mut self) -> Result<(), SqlError>;
    /// Takes back what was changed.
    ///
    /// # Errors
    /// [`SqlError`].
    fn rollback(&mut self) -> Result<(), SqlError>;
}

/// An open input file.
pub trait Input {
    /// The next record; `None` at end of file.
    ///
    /// # Errors
    /// What the system says when the file cannot be read.
    fn read(&mut self) -> Result<Option<Record>, FileError>;

    /// The next record, when it was read already; `None` says nothing about what is to come.
    fn at_hand(&mut self) -> Option<Record> {
        None
    }

    /// The next record with a text in it; the others before it are not given.
    ///
    /// # Errors
    /// As [`Input::read`].
    fn seek(&mut self, text: &Finder) -> Result<Sought, FileError> {
        Ok(match self.read()? {
            Some(record) if text.find(&record).is_none() => Sought::NotYet,
            other => Sought::from(other),
        })
    }
}

/// How far a search for a record came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sought {
    /// To one that it may be.
    Record(Record),
    /// Not to one yet: call again.
    NotYet,
    /// To end of file.
    End,
}

impl From<Option<Record>> for Sought {
    fn from(read: Option<Record>) -> Sought {
        read.map_or(Sought::End, Sought::Record)
    }
}

/// The lines of a block (a mapped file, as a rule) as records that share its data.
pub struct Lines {
    block: Block,
    at: usize,
}

impl Lines {
    /// Reads the lines of a block; the last one need not have its new line.
    pub fn new(block: Block) -> Self {
        Lines { block, at: 0 }
    }
}

impl Input for Lines {
    fn read(&mut self) -> Result<Option<Record>, FileError> {
        let rest = &self.block.bytes()[self.at..];
        if rest.is_empty() {
            return Ok(None);
        }
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let record = self.block.slice(self.at, length);
        self.at += (length + 1).min(rest.len());
        Ok(Some(record))
    }
}

/// An open output file. Dropping it without [`Output::commit`] leaves the old file as it was.
pub trait Output {
    /// Writes one record.
    ///
    /// # Errors
    /// What the system says when the record cannot be written.
    fn put(&mut self, record: &[u8]) -> Result<(), FileError>;

    /// The length that all records of the file must have: that of the old one, or the one asked for.
    fn fixed(&self) -> Option<u32> {
        None
    }

    /// Puts the file in place: the new content replaces, or is added to, the old as one step.
    ///
    /// # Errors
    /// What the system says when the file cannot be put in place.
    fn commit(&mut self) -> Result<(), FileError>;
}

/// What is to happen to an old file of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// `>`: the new file replaces it.
    Replace,
    /// `>>`: records are added after it.
    Append,
}

/// The record format asked for by an output driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// As the old file has it, else variable.
    #[default]
    Default,
    /// VARIABLE.
    Variable,
    /// FIXED with this record length; `None`: that of the first record.
    Fixed(Option<u32>),
}

/// Which end of the program stack a line goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// First in, first out: at the far end.
    Fifo,
    /// Last in, first out: on top.
    Lifo,
}

/// Who runs a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandKind {
    /// CP, the response captured.
    Cp,
    /// CMS with full command resolution (as ADDRESS CMS), the response captured.
    Cms,
    /// CMS by exact name (as ADDRESS COMMAND), the response captured.
    Command,
    /// The subcommand environment of this name; no response is captured.
    Subcom(Vec<u8>),
    /// Something a stage program and its owner have agreed upon under this number.
    Program(u32),
}

/// What a command gave back.
#[derive(Debug, Clone, Default)]
pub struct CommandReply {
    /// The return code.
    pub rc: i32,
    /// The captured response lines.
    pub response: Vec<Record>,
}

/// What ends the lines of a terminal that is read without EOF or NOEOF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TerminalEnd {
    /// A null line: someone types.
    NullLine,
    /// The end of input alone: what is read may be a file, whose null lines are data.
    Input,
}

/// Names and values of variables.
pub type NamedValues = Vec<(Vec<u8>, Vec<u8>)>;

/// The system around a pipeline.
pub trait Host {
    /// Issues a message of the pipeline; SET EMSG is the host's matter.
    fn message(&mut self, message: &Message);
    /// Shows the word of a specification, from a place to another, that the messages before were about; for
    /// a person who reads.
    fn show_place(&mut self, _spec: &[u8], _from: usize, _to: usize) {}
    /// Writes a line to the terminal.
    fn say(&mut self, line: &[u8]);
    /// The value of a variable; `Ok(None)` when it is not set.
    ///
    /// # Errors
    /// [`VarError`] when there is no such pool or the name is no variable's.
    fn get_variable(&mut self, pool: &Pool, name: &[u8]) -> Result<Option<Vec<u8>>, VarError>;
    /// Sets a variable, or drops it when `value` is `None`.
    ///
    /// # Errors
    /// [`VarError`] when there is no such pool or the name is no variable's.
    fn set_variable(
        &mut self,
        pool: &Pool,
        name: &[u8],
        value: Option<&[u8]>,
    ) -> Result<(), VarError>;
    /// All variables of a pool with their values.
    ///
    /// # Errors
    /// [`VarError::NoProgram`] when there is no such pool.
    fn variables(&mut self, pool: &Pool) -> Result<NamedValues, VarError>;
    /// The source string (PARSE SOURCE) of the program that owns a pool.
    ///
    /// # Errors
    /// [`VarError::NoProgram`] when there is no such pool.
    fn source(&mut self, pool: &Pool) -> Result<Vec<u8>, VarError>;
    /// Opens a file to read; `fileid` is `fn ft [fm]` or a path, as the host reads it.
    ///
    /// # Errors
    /// [`FileError`], among others when the file does not exist.
    fn open_input(&mut self, fileid: &[u8]) -> Result<Box<dyn Input>, FileError>;
    /// Opens a file to write; nothing of the old file changes before [`Output::commit`].
    ///
    /// # Errors
    /// [`FileError`], among others when the disk is read-only.
    fn open_output(
        &mut self,
        fileid: &[u8],
        how: Mode,
        format: Format,
    ) -> Result<Box<dyn Output>, FileError>;
    /// What is known of a file; of a mode `*` the first in the order of search.
    ///
    /// # Errors
    /// [`FileError`], among others when the file does not exist.
    fn file_state(&mut self, fileid: &[u8]) -> Result<FileState, FileError>;
    /// Shows a line that begins with the id of a message, as SET EMSG has it.
    fn emsg(&mut self, line: &[u8]) {
        self.say(line);
    }
    /// Writes to a unit record device: a channel command code and host text; `false` when there is no such
    /// device.
    fn write_unit(&mut self, _device: u16, _command: u8, _text: &[u8]) -> bool {
        false
    }
    /// Whether the virtual machine has a device.
    fn has_device(&mut self, _device: u16) -> bool {
        false
    }
    /// Reads a card; `None` when there is no such device.
    fn read_unit(&mut self, _device: u16) -> Option<Card> {
        None
    }
    /// What is in the virtual machine's storage; `None` outside it.
    fn read_storage(&mut self, _at: u64, _length: usize) -> Option<Vec<u8>> {
        None
    }
    /// Changes the virtual machine's storage; `false` outside it.
    fn write_storage(&mut self, _at: u64, _data: &[u8]) -> bool {
        false
    }
    /// Connects to another host.
    ///
    /// # Errors
    /// What the system says.
    fn connect(&mut self, _host: &[u8], _port: u16) -> Result<Box<dyn Socket>, Vec<u8>> {
        Err(NO_NETWORK.to_vec())
    }
    /// Waits for connections on a port of an address of this host.
    ///
    /// # Errors
    /// What the system says.
    fn listen(&mut self, _address: &[u8], _port: u16) -> Result<Box<dyn Listener>, Vec<u8>> {
        Err(NO_NETWORK.to_vec())
    }
    /// Opens a host file by path, to be read as bytes: each record is what came at once.
    ///
    /// # Errors
    /// [`FileError`]; [`FileError::NoDisk`] where host files are reached through disks alone.
    fn open_bytes(&mut self, _path: &[u8]) -> Result<Box<dyn Input>, FileError> {
        Err(FileError::NoDisk)
    }
    /// Opens a host file by path, to be written as bytes.
    ///
    /// # Errors
    /// As [`Host::open_bytes`].
    fn create_bytes(&mut self, _path: &[u8], _how: Mode) -> Result<Box<dyn Output>, FileError> {
        Err(FileError::NoDisk)
    }
    /// The names of the files of a host folder, in order.
    ///
    /// # Errors
    /// As [`Host::open_bytes`].
    fn folder(&mut self, _path: &[u8]) -> Result<Vec<Vec<u8>>, FileError> {
        Err(FileError::NoDisk)
    }
    /// Connects to the message service of the virtual machine, or disconnects; `false` where there is none.
    fn listen_for_messages(&mut self, _listen: bool) -> bool {
        false
    }
    /// The next message of the message service: eight digits of its class, the sender in eight columns, the
    /// text.
    fn take_message(&mut self) -> Option<Vec<u8>> {
        None
    }
    /// Sets up an immediate command; `None` where no lines are typed.
    fn immediate(&mut self, _name: &[u8]) -> Option<Box<dyn Calls>> {
        None
    }
    /// Opens a port of an address of this host for single messages; 0 is any port.
    ///
    /// # Errors
    /// What the system says.
    fn datagrams(&mut self, _address: &[u8], _port: u16) -> Result<Box<dyn Datagrams>, Vec<u8>> {
        Err(NO_NETWORK.to_vec())
    }
    /// The Internet addresses of a host.
    ///
    /// # Errors
    /// What the system says.
    fn resolve(&mut self, _host: &[u8]) -> Result<Vec<Vec<u8>>, Vec<u8>> {
        Err(NO_NETWORK.to_vec())
    }
    /// The name of the host at an Internet address.
    ///
    /// # Errors
    /// What the system says.
    fn name_of(&mut self, _address: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
        Err(NO_NETWORK.to_vec())
    }
    /// The name of this host.
    fn host_name(&mut self) -> Vec<u8> {
        b"localhost".to_vec()
    }
    /// Opens a data base by file identifier or path; `None`: the usual one.
    ///
    /// # Errors
    /// [`SqlError`], among others when there is none.
    fn database(&mut self, _name: Option<&[u8]>) -> Result<Box<dyn Database>, SqlError> {
        Err(SqlError {
            code: -1,
            text: b"There is no data base".to_vec(),
        })
    }
    /// Takes the top line of the program stack; `None` when the stack is empty.
    fn pull(&mut self) -> Option<Vec<u8>>;
    /// The number of lines on the program stack.
    fn queued(&mut self) -> usize;
    /// Puts a line on the program stack.
    fn push(&mut self, order: Order, line: &[u8]);
    /// The program of a stage that is not built in (`name REXX`), not started yet.
    fn find_stage(&mut self, name: &[u8], args: &[u8]) -> Option<Box<dyn StageProgram>>;
    /// The clock of TODCLOCK, TIMESTAMP and DELAY.
    fn clock(&self) -> Clock;
    /// What ends the terminal's lines.
    fn terminal_end(&self) -> TerminalEnd {
        TerminalEnd::NullLine
    }
    /// The structures that were defined for the session (STRUCTURE ADD THREAD).
    fn structures(&mut self) -> Table {
        Table::default()
    }
    /// How code values and order are shown.
    fn codepage(&self) -> CodePage {
        CodePage::Host
    }
}

/// What a stage program is told when it is resumed.
#[derive(Debug, Clone)]
pub enum StageReply {
    /// The first call: begin.
    Start,
    /// The return code of a pipeline command, or of anything that gives nothing else.
    Rc(i32),
    /// The outcome of [`StageRequest::Command`].
    Command(CommandReply),
    /// The line of [`StageRequest::ReadConsole`]; `None` at end of input.
    Line(Option<Vec<u8>>),
}

/// What a stage program wants when it stops running.
#[derive(Debug, Clone)]
pub enum StageRequest {
    /// A pipeline command as the program wrote it (`PEEKTO line`, `OUTPUT text`, `CALLPIPE …`), left where
    /// [`StageProgram::resume`] was told to.
    /// Variables it sets are set through [`StageProgram::set_variable`]; the answer is [`StageReply::Rc`].
    Pipe,
    /// Something that the program and the owner have agreed upon under this number
    /// ([`CommandKind::Program`]); the answer is [`StageReply::Command`].
    Command(u32),
    /// A line from the terminal; the answer is [`StageReply::Line`].
    ReadConsole,
    /// The program has ended with this return code.
    Done(i32),
}

// It is made and looked at for every command.
const _: () = assert!(size_of::<StageRequest>() <= 8);

/// A program that runs as a stage: a suspended REXX program, as a rule.
pub trait StageProgram {
    /// Runs on until the program needs something; a pipeline command replaces what is in `command`.
    fn resume(
        &mut self,
        reply: StageReply,
        host: &mut dyn Host,
        command: &mut Vec<u8>,
    ) -> StageRequest;
    /// [`StageProgram::resume`] with the return code of a pipeline command.
    fn go_on(&mut self, rc: i32, host: &mut dyn Host, command: &mut Vec<u8>) -> StageRequest {
        self.resume(StageReply::Rc(rc), host, command)
    }
    /// The value of one of the program's own variables; `None` when it is not set.
    ///
    /// # Errors
    /// [`VarError::BadName`].
    fn get_variable(&mut self, names: Names, name: &[u8]) -> Result<Option<Vec<u8>>, VarError>;
    /// Sets or drops one of the program's own variables.
    ///
    /// # Errors
    /// [`VarError::BadName`].
    fn set_variable(
        &mut self,
        names: Names,
        name: &[u8],
        value: Option<&[u8]>,
    ) -> Result<(), VarError>;
    /// All variables of the program with their values.
    fn variables(&mut self) -> NamedValues;
    /// The program's source string (PARSE SOURCE).
    fn source(&self) -> Vec<u8>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_block() {
        let all = |text: &[u8]| {
            let mut lines = Lines::new(Block::new(text.to_vec()));
            let mut out = Vec::new();
            while let Ok(Some(record)) = lines.read() {
                out.push(String::from_utf8_lossy(&record).into_owned());
            }
            out
        };
        assert_eq!(all(b"a\n\nb"), ["a", "", "b"]);
        assert_eq!(all(b"a\n"), ["a"]);
        assert!(all(b"").is_empty());
    }
}
