//! What a CMS session keeps besides the programs that run in it: settings, disks, stack, console.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::rc::Rc;

use super::allowed::Allowed;
use super::commands::programs::InStorage;
use super::commands::synonym::Synonym;
use super::draft::Draft;
use super::execio::OpenFiles;
use super::files::{Accessed, Files};
use super::frame::{Pending, Running};
use super::functions::{CslFiles, Sockets};
use super::globals::Globals;
use super::immediate::Immediates;
use super::ledger::Ledger;
use super::lines::Lines;
use super::port::Port;
use super::stack::{Queues, Stack};
use super::stage::Parcels;
use super::streams::{Streams, Where};
use super::watch::{Storage, Watcher};
use crate::base::msg::Emsg;
use crate::base::{Clock, Message, Record};
use crate::cp::{CpReply, Fate, Minidisk, NativeInfo};
use crate::pipe::FileError;
use crate::rexx::{self, CallKind, Interrupt, Invocation, Reply, StreamAsk, Value, Vm};

/// A setting that is on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// Off.
    Off,
    /// On.
    On,
}

impl Switch {
    /// Whether it is on.
    pub fn is_on(self) -> bool {
        self == Switch::On
    }

    /// Reads `ON` or `OFF`.
    pub fn parse(word: &[u8]) -> Option<Switch> {
        match word {
            b"ON" => Some(Switch::On),
            b"OFF" => Some(Switch::Off),
            _ => None,
        }
    }

    /// `ON` or `OFF`.
    pub fn text(self) -> &'static str {
        if self.is_on() { "ON" } else { "OFF" }
    }
}

/// The form of the ready message (SET RDYMSG).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadyForm {
    /// LMSG: with times.
    Long,
    /// SMSG: without.
    Short,
    /// None at all: a face that runs single commands shows what they say and gives their return code.
    Silent,
}

/// Whether console output is shown (SET CMSTYPE, HT, RT).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typing {
    /// RT: lines are shown.
    Resumed,
    /// HT: lines are thrown away until the next ready message.
    Halted,
}

/// What SET changes.
#[derive(Debug, Clone)]
pub struct Settings {
    /// SET ABBREV: commands may be abbreviated.
    pub abbrev: Switch,
    /// SET EXECTRAC: programs start with tracing on.
    pub exectrac: Switch,
    /// SET IMPCP: what CMS does not know goes to CP.
    pub impcp: Switch,
    /// SET IMPEX: EXECs run by name.
    pub impex: Switch,
    /// The level of the language, and how codes are seen (SET CODEPAGE).
    pub level: rexx::Language,
    /// SET RDYMSG.
    pub ready: ReadyForm,
    /// SET CMSTYPE.
    pub typing: Typing,
    /// Settings that are kept for QUERY and do nothing here, by name.
    pub kept: BTreeMap<&'static str, Vec<u8>>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            abbrev: Switch::On,
            exectrac: Switch::Off,
            impcp: Switch::On,
            impex: Switch::On,
            level: rexx::Language::default(),
            ready: ReadyForm::Long,
            typing: Typing::Resumed,
            kept: BTreeMap::new(),
        }
    }
}

/// How a program is started.
pub struct Start {
    /// The compiled program.
    pub program: Rc<rexx::Program>,
    /// `fn ft`, for error messages.
    pub name: Vec<u8>,
    /// What PARSE SOURCE gives.
    pub source: Vec<u8>,
    /// Where its commands go at first.
    pub address: &'static [u8],
    /// How it was called.
    pub kind: CallKind,
    /// Its arguments.
    pub args: Vec<Option<Value>>,
}

/// A compiled program and the text it came from.
type Compiled = (Vec<u8>, Rc<rexx::Program>);

/// The session's state.
pub struct State {
    /// Who and where: user, node, clock, seed.
    pub info: NativeInfo,
    /// The settings.
    pub settings: Settings,
    /// Other names for commands (SYNONYM).
    pub synonyms: Vec<Synonym>,
    /// The libraries to look in, by kind (GLOBAL).
    pub libraries: BTreeMap<&'static str, Vec<Vec<u8>>>,
    /// The accessed disks.
    pub files: Files,
    /// The program stack and what was typed ahead.
    pub stack: Stack,
    /// GLOBALV's variables.
    pub globals: Globals,
    /// The files EXECIO has open.
    pub open: OpenFiles,
    /// The EXECs that EXECLOAD put into storage.
    pub in_storage: InStorage,
    /// The files that CSL routines have open.
    pub csl: CslFiles,
    /// The queues of RXQUEUE.
    pub queues: Queues,
    /// The sockets programs have.
    pub sockets: Sockets,
    /// What STRUCTURE ADD has defined for the session.
    pub structures: crate::pipe::structure::Table,
    /// What of the host may be used.
    pub allowed: Allowed,
    /// The immediate commands of pipelines.
    pub immediates: Immediates,
    /// The host's environment variables that programs have set, for themselves and ADDRESS SYSTEM.
    pub environment: BTreeMap<Vec<u8>, Vec<u8>>,
    /// How many commands are running whose output goes elsewhere, CP's responses with it.
    pub catching_cp: u32,
    /// The streams programs have open.
    pub streams: Streams,
    /// The beginning of a console line whose end was not written yet.
    part: Vec<u8>,
    /// Console output that stages are catching, the innermost last.
    captures: Vec<Vec<Record>>,
    /// Stage programs on their way between a pipeline and the session.
    pub parcels: Parcels,
    /// A CP command took the virtual machine away: nothing of the session may run any more.
    pub gone: bool,
    /// PIPMOD STOP was issued, and the pipelines were not told yet.
    pub stop_pipes: bool,
    /// A CP command was issued since this was last cleared.
    pub asked_cp: bool,
    /// Whether stages may name host files by path: only where no virtual machine stands between.
    pub host_paths: Switch,
    /// Whether an error that ends a program shows its place in the source.
    pub excerpts: Switch,
    /// The storage of the programs.
    pub ledger: Ledger,
    /// How many console lines there were.
    pub said: u64,
    /// The storage that pipelines may fill.
    pub storage: Storage,
    /// Who watches the pipeline that is run alone.
    pub watcher: Option<Box<dyn Watcher>>,
    compiled: HashMap<Vec<u8>, Compiled>,
    programs_started: u64,
}

impl State {
    /// A session with the disks that IPL finds accessed.
    pub fn new(info: NativeInfo, minidisks: &[Minidisk]) -> State {
        let mut state = State::bare(info);
        state.access_at_ipl(minidisks);
        state
    }

    /// Accesses what IPL accesses when the user has it: 191 as A, 192 as D, 190 as S and 19E as its
    /// extension Y.
    pub fn access_at_ipl(&mut self, minidisks: &[Minidisk]) {
        let at_ipl = [
            (0x191, b'A', None),
            (0x192, b'D', None),
            (0x190, b'S', None),
            (0x19E, b'Y', Some(b'S')),
        ];
        for (vdev, letter, parent) in at_ipl {
            let disk = minidisks
                .iter()
                .find(|m| m.vdev == vdev)
                .and_then(super::disk::Disk::open);
            if let Some(disk) = disk {
                self.files.access(Accessed {
                    letter,
                    parent,
                    filter: None,
                    disk,
                });
            }
        }
    }

    fn bare(info: NativeInfo) -> State {
        State {
            info,
            settings: Settings::default(),
            synonyms: Vec::new(),
            libraries: BTreeMap::new(),
            files: Files::default(),
            stack: Stack::default(),
            globals: Globals::default(),
            open: OpenFiles::default(),
            in_storage: InStorage::default(),
            csl: CslFiles::default(),
            queues: Queues::default(),
            sockets: Sockets::default(),
            structures: crate::pipe::structure::Table::default(),
            allowed: Allowed::default(),
            immediates: Immediates::default(),
            environment: BTreeMap::new(),
            catching_cp: 0,
            streams: Streams::default(),
            part: Vec::new(),
            captures: Vec::new(),
            parcels: Parcels::default(),
            gone: false,
            stop_pipes: false,
            asked_cp: false,
            host_paths: Switch::Off,
            excerpts: Switch::Off,
            ledger: Ledger::new(rexx::STORAGE),
            said: 0,
            storage: Storage::of_host(),
            watcher: None,
            compiled: HashMap::new(),
            programs_started: 0,
        }
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.info.clock
    }

    /// Issues CP commands, and keeps in mind what they did to the virtual machine.
    pub fn cp(&mut self, port: &mut dyn Port, text: &[u8]) -> CpReply {
        let reply = port.command(text);
        self.asked_cp = true;
        self.gone |= reply.fate == Fate::Gone;
        reply
    }

    /// The width of the console's lines, as CP's QUERY TERMINAL tells it; 80 when it tells none.
    pub fn linesize(&mut self, port: &mut dyn Port) -> u32 {
        let reply = self.cp(port, b"QUERY TERMINAL");
        let text = reply.response.join(&b' ');
        let mut words = text
            .split(|c| matches!(c, b' ' | b','))
            .filter(|w| !w.is_empty());
        words.find(|w| *w == b"LINESIZE");
        let digits = std::str::from_utf8(words.next().unwrap_or(b"80")).unwrap_or("80");
        digits.parse().unwrap_or(80)
    }

    /// Opens a host file by path, where the session allows it and the text is one; `None` otherwise.
    pub fn host_input(&self, path: &[u8]) -> Option<io::Result<Lines>> {
        let path = self.host_path(path)?;
        Some(std::fs::File::open(path).map(|f| Lines::new(Box::new(f))))
    }

    /// Begins a host file by path, where the session allows it and the text is one; `None` otherwise.
    pub fn host_output(&self, path: &[u8]) -> Option<io::Result<Draft>> {
        Some(Draft::of_path(self.host_path(path)?))
    }

    /// The path of a host file that is read or written as bytes, where the session allows it.
    pub fn bytes_of<'a>(&self, path: &'a [u8]) -> Result<&'a Path, FileError> {
        self.host_path(path).ok_or(FileError::NoDisk)
    }

    fn host_path<'a>(&self, path: &'a [u8]) -> Option<&'a Path> {
        let path = path.trim_ascii();
        let is_path = self.host_paths.is_on() && !path.is_empty() && !path.contains(&b' ');
        is_path.then(|| Path::new(OsStr::from_bytes(path)))
    }

    /// Does what a stream function asks; `None` when it asks the console.
    pub fn stream(&mut self, name: &Value, ask: &StreamAsk) -> Option<Reply> {
        let at = Where {
            files: &self.files,
            host: self.host_paths,
        };
        self.streams.ask(at, name, ask)
    }

    /// Does what STREAM commands, of the console too.
    pub fn stream_command(&mut self, name: &Value, ask: &StreamAsk) -> Reply {
        let at = Where {
            files: &self.files,
            host: self.host_paths,
        };
        name.with_bytes(|name| self.streams.slow(at, name, ask))
    }

    /// Writes characters to the console. A line appears when its end is written, or, on a console that
    /// can, piece by piece.
    pub fn say_part(&mut self, port: &mut dyn Port, text: &[u8]) {
        let mut lines = text.split(|c| *c == b'\n');
        let last = lines.next_back().unwrap_or_default();
        for line in lines {
            self.say(port, line);
        }
        let shown = self.captures.is_empty() && self.settings.typing == Typing::Resumed;
        if !shown || !port.write_part(last) {
            self.part.extend_from_slice(last);
        }
    }

    /// Shows the beginning of a line whose end was never written.
    pub fn end_part(&mut self, port: &mut dyn Port) {
        if !self.part.is_empty() {
            self.say(port, b"");
        }
    }

    /// Writes a line to the console, or to the stage that catches console output.
    pub fn say(&mut self, port: &mut dyn Port, line: &[u8]) {
        self.said += 1;
        if !self.part.is_empty() {
            let mut whole = std::mem::take(&mut self.part);
            whole.extend_from_slice(line);
            return self.say(port, &whole);
        }
        if let Some(capture) = self.captures.last_mut() {
            capture.push(Record::from(line));
        } else if self.settings.typing == Typing::Resumed {
            port.write(line);
        }
    }

    /// Issues a message as SET EMSG wants it; information messages are shown whole or not at all.
    pub fn report(&mut self, port: &mut dyn Port, message: &Message) {
        let setting = emsg(port);
        if let Some(line) = message.line(setting) {
            self.say(port, &line);
        }
    }

    /// Begins to catch console output.
    pub fn capture(&mut self) {
        self.captures.push(Vec::new());
    }

    /// Ends the innermost catching and gives what was caught.
    pub fn captured(&mut self) -> Vec<Record> {
        self.captures.pop().unwrap_or_default()
    }

    /// Whether console output is being caught.
    pub fn is_capturing(&self) -> bool {
        !self.captures.is_empty()
    }

    /// Forgets all catching, when the programs that wanted it are gone.
    pub fn drop_captures(&mut self) {
        self.captures.clear();
    }

    /// The compiled form of a program's text, kept from call to call while the text is the same.
    pub fn compile(&mut self, fileid: &[u8], source: Vec<u8>) -> Rc<rexx::Program> {
        let level = self.settings.level;
        if let Some((text, program)) = self.compiled.get(fileid)
            && *text == source
            && program.level().codepage == level.codepage
        {
            return Rc::clone(program);
        }
        let program = rexx::compile(&source, level);
        let kept = (source, Rc::clone(&program));
        self.compiled.insert(fileid.to_vec(), kept);
        program
    }

    /// A program that is ready to run.
    pub fn start(&mut self, start: Start) -> Running {
        let Start {
            program,
            name,
            source,
            address,
            kind,
            args,
        } = start;
        let invocation = Invocation {
            kind,
            args,
            source: source.clone(),
            name: name.clone(),
            address: address.to_vec(),
            clock: self.clock().clone(),
            seed: self.next_seed(),
            user: self.info.user.clone(),
            codepage: self.settings.level.codepage,
            storage: self.ledger.room(),
        };
        let mut vm = Vm::new(program, invocation);
        if self.settings.exectrac.is_on() {
            vm.interrupt(Interrupt::TraceStart);
        }
        Running {
            vm,
            next: Reply::Done,
            pending: Pending::Nothing,
            asked: None,
            redirected: None,
            kept: None,
            name,
            source,
            kind,
            share: self.ledger.share(),
        }
    }

    /// A seed for the next program: each differs, a repeated session repeats them.
    fn next_seed(&mut self) -> u64 {
        self.programs_started += 1;
        self.info.seed.wrapping_add(self.programs_started)
    }
}

/// The user's SET EMSG setting, as CP's QUERY SET tells it.
pub fn emsg(port: &mut dyn Port) -> Emsg {
    let reply = port.command(b"QUERY SET");
    let text = reply.response.join(&b' ');
    let mut words = text
        .split(|c| matches!(c, b' ' | b','))
        .filter(|w| !w.is_empty());
    words.find(|w| *w == b"EMSG");
    match words.next() {
        Some(b"OFF") => Emsg::Off,
        Some(b"CODE") => Emsg::Code,
        Some(b"TEXT") => Emsg::Text,
        _ => Emsg::On,
    }
}
