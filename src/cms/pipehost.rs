//! What a pipeline finds around it in a CMS session: the calling program's variables, the console, the
//! accessed disks, the program stack.

use std::os::unix::ffi::OsStrExt;

use super::attributes::{Attributes, LONGEST, Recfm};
use super::commands::operands::{Bad, Selection};
use super::draft::Draft;
use super::fileid::{Mode, Name};
use super::files::{Accessed, Found};
use super::frame::{Frame, Running};
use super::lines::Lines;
use super::port::Port;
use super::search;
use super::stage::{ENVIRONMENT, Stage};
use super::state::{Start, State, Switch, emsg};
use super::{bytefile, database, nethost};
use crate::base::codepage::{CodePage, ebcdic_to_host, host_to_ebcdic};
use crate::base::msg::Emsg;
use crate::base::{Clock, Message, Record};
use crate::cp::CardRead;
use crate::pipe::{
    self, Calls, Card, Database, Datagrams, FileError, FileState, Format, Host, Input, Listener,
    Names, Order, Output, Pool, PoolFrom, Socket, SqlError, StageProgram, TerminalEnd, VarError,
};
use crate::rexx::{CallKind, Value};

/// The session, seen from a pipeline.
pub struct PipeHost<'a> {
    /// The session's state.
    pub cms: &'a mut State,
    /// The way to CP and the console.
    pub port: &'a mut dyn Port,
    /// What is suspended below the pipeline.
    pub below: &'a mut [Frame],
}

impl PipeHost<'_> {
    /// The program whose variables a pool is.
    fn program(&mut self, pool: &Pool) -> Result<&mut Running, VarError> {
        let level = usize::try_from(pool.level).unwrap_or(usize::MAX);
        let programs = self.below.iter_mut().filter_map(|f| match f {
            Frame::Program(program) | Frame::Stage(program, _) => Some(&mut **program),
            Frame::Pipe(_) => None,
        });
        let found = match pool.from {
            PoolFrom::Caller => programs.rev().nth(level),
            PoolFrom::Main => programs.into_iter().nth(level),
            PoolFrom::Producer => None,
        };
        found.ok_or(VarError::NoProgram)
    }
}

impl PipeHost<'_> {
    /// A file on an accessed disk.
    fn found(&self, fileid: &[u8]) -> Result<Found, FileError> {
        let selection = selection(fileid, b"*")?;
        if let Some(letter) = selection.mode.letter()
            && self.cms.files.get(letter).is_none()
        {
            return Err(FileError::NoDisk);
        }
        selection
            .literal()
            .and_then(|name| self.cms.files.find(&name, selection.mode))
            .ok_or(FileError::NotFound)
    }
}

/// A file identifier as a stage has it: `fn ft [fm]`, in any case.
fn selection(fileid: &[u8], default_mode: &[u8]) -> Result<Selection, FileError> {
    let upper = fileid.to_ascii_uppercase();
    let words: Vec<&[u8]> = upper
        .split(|&c| c == b' ')
        .filter(|w| !w.is_empty())
        .collect();
    let (fname, ftype, mode) = match words[..] {
        [fname, ftype] => (fname, ftype, default_mode),
        [fname, ftype, mode] => (fname, ftype, mode),
        _ => return Err(FileError::BadName(fileid.to_vec())),
    };
    let selection = Selection::parse(fname, ftype, mode).map_err(|bad| match bad {
        Bad::Incomplete => FileError::BadName(fileid.to_vec()),
        Bad::Mode(word) | Bad::Character(_, word) => FileError::BadName(word),
    })?;
    if selection.literal().is_none() {
        return Err(FileError::BadName(fileid.to_vec()));
    }
    Ok(selection)
}

fn failed(e: std::io::Error) -> FileError {
    match e.kind() {
        std::io::ErrorKind::NotFound => FileError::NotFound,
        _ => FileError::Failed(e.to_string().into_bytes()),
    }
}

/// What is not there when a file cannot be made is its folder.
fn not_made(e: std::io::Error) -> FileError {
    if e.kind() == std::io::ErrorKind::PermissionDenied {
        return FileError::ReadOnly;
    }
    match failed(e) {
        FileError::NotFound => FileError::NoDisk,
        other => other,
    }
}

struct Reader(Lines);

impl Input for Reader {
    fn read(&mut self) -> Result<Option<Record>, FileError> {
        self.0.read().map_err(failed)
    }

    fn at_hand(&mut self) -> Option<Record> {
        self.0.at_hand()
    }

    fn seek(&mut self, text: &pipe::Finder) -> Result<pipe::Sought, FileError> {
        self.0.seek(text).map_err(failed)
    }
}

struct Writer {
    draft: Draft,
    how: pipe::Mode,
    place: Place,
    /// The length of the first record is to be that of all.
    first: bool,
    wrote: bool,
}

/// Where a file is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// On a disk, where there are no files without records.
    Disk,
    /// At a path of the host.
    Host,
}

impl Output for Writer {
    fn fixed(&self) -> Option<u32> {
        let length = self.draft.attributes().recfm.fixed()?;
        u32::try_from(length).ok()
    }

    fn put(&mut self, record: &[u8]) -> Result<(), FileError> {
        if std::mem::take(&mut self.first) {
            set_recfm(&mut self.draft, Recfm::Fixed(record.len().max(1)));
        }
        self.wrote = true;
        self.draft.put(record).map_err(failed)
    }

    fn commit(&mut self) -> Result<(), FileError> {
        match self.how {
            _ if self.wrote || self.place == Place::Host => self.put_in_place(),
            pipe::Mode::Replace => self.draft.commit_nothing(),
            pipe::Mode::Append => Ok(()),
        }
        .map_err(failed)
    }
}

impl Writer {
    fn put_in_place(&mut self) -> std::io::Result<()> {
        match self.how {
            pipe::Mode::Replace => self.draft.commit(),
            pipe::Mode::Append => self.draft.commit_behind(),
        }
    }
}

fn set_recfm(draft: &mut Draft, recfm: Recfm) {
    let attributes = Attributes {
        recfm,
        ..draft.attributes()
    };
    draft.have(attributes);
}

impl Host for PipeHost<'_> {
    fn message(&mut self, message: &Message) {
        self.cms.report(self.port, message);
    }

    fn show_place(&mut self, spec: &[u8], from: usize, to: usize) {
        if !self.cms.excerpts.is_on() || self.cms.is_capturing() {
            return;
        }
        for line in crate::base::excerpt::marked("       | ", spec, from, to) {
            self.cms.say(self.port, &line);
        }
    }

    fn say(&mut self, line: &[u8]) {
        self.cms.say(self.port, line);
    }

    fn get_variable(&mut self, pool: &Pool, name: &[u8]) -> Result<Option<Vec<u8>>, VarError> {
        let vm = &self.program(pool)?.vm;
        let value = match pool.names {
            Names::Symbolic => vm.get_variable(name),
            Names::Direct => vm.get_direct(name),
        };
        Ok(value.map(|v| v.to_vec()))
    }

    fn set_variable(
        &mut self,
        pool: &Pool,
        name: &[u8],
        value: Option<&[u8]>,
    ) -> Result<(), VarError> {
        let vm = &mut self.program(pool)?.vm;
        let value = value.map(Value::from_bytes);
        match pool.names {
            Names::Symbolic => vm.set_variable(name, value),
            Names::Direct => vm.set_direct(name, value),
        }
        .map_err(|_| VarError::BadName)
    }

    fn variables(&mut self, pool: &Pool) -> Result<Vec<(Vec<u8>, Vec<u8>)>, VarError> {
        let all = self.program(pool)?.vm.all_variables();
        Ok(all.into_iter().map(|(n, v)| (n, v.to_vec())).collect())
    }

    fn source(&mut self, pool: &Pool) -> Result<Vec<u8>, VarError> {
        Ok(self.program(pool)?.source.clone())
    }

    fn open_input(&mut self, fileid: &[u8]) -> Result<Box<dyn Input>, FileError> {
        if let Some(lines) = self.cms.host_input(fileid) {
            return Ok(Box::new(Reader(lines.map_err(failed)?)));
        }
        let found = self.found(fileid)?;
        Ok(Box::new(Reader(found.entry.reader().map_err(failed)?)))
    }

    fn open_output(
        &mut self,
        fileid: &[u8],
        how: pipe::Mode,
        format: Format,
    ) -> Result<Box<dyn Output>, FileError> {
        if let Some(draft) = self.cms.host_output(fileid) {
            let draft = draft.map_err(not_made)?;
            return Ok(Box::new(Writer {
                draft,
                how,
                place: Place::Host,
                first: false,
                wrote: false,
            }));
        }
        let selection = selection(fileid, b"A")?;
        let (Some(name), Mode::Letter(letter, number)) = (selection.literal(), selection.mode)
        else {
            return Err(FileError::BadName(fileid.to_vec()));
        };
        let accessed = self.cms.files.get(letter).ok_or(FileError::NoDisk)?;
        if !Accessed::writable(accessed) {
            return Err(FileError::ReadOnly);
        }
        let mut draft = accessed.disk.create(&name).map_err(not_made)?;
        let is_old = how == pipe::Mode::Append && accessed.disk.find(&name).is_some();
        accessed.disk.forget();
        self.cms.open.close(&name, letter);
        if !is_old {
            draft.have(draft.attributes().numbered(number));
            match format {
                Format::Default | Format::Fixed(None) => {}
                Format::Variable => set_recfm(&mut draft, Recfm::Variable),
                Format::Fixed(Some(n)) => {
                    set_recfm(
                        &mut draft,
                        Recfm::Fixed(usize::try_from(n).unwrap_or(LONGEST)),
                    );
                }
            }
        }
        Ok(Box::new(Writer {
            draft,
            how,
            place: Place::Disk,
            first: !is_old && format == Format::Fixed(None),
            wrote: false,
        }))
    }

    fn file_state(&mut self, fileid: &[u8]) -> Result<FileState, FileError> {
        let found = self.found(fileid)?;
        let shape = found.entry.shape().map_err(failed)?;
        let disk = self.cms.files.get(found.letter);
        Ok(FileState {
            fname: found.entry.name.fname.to_vec(),
            ftype: found.entry.name.ftype.to_vec(),
            fm: found.fm().to_vec(),
            recfm: found.entry.attributes.recfm.letter(),
            lrecl: shape.lrecl as u64,
            records: shape.records,
            blocks: found.entry.blocks(),
            changed: found.entry.changed,
            writable: disk.is_some_and(Accessed::writable),
        })
    }

    fn emsg(&mut self, line: &[u8]) {
        // The id is the first word.
        let id = line.iter().position(|&c| c == b' ').unwrap_or(line.len());
        let shown = match emsg(self.port) {
            Emsg::On => line,
            Emsg::Off => return,
            Emsg::Code => &line[..id],
            Emsg::Text => line.get(id + 1..).unwrap_or_default(),
        };
        self.cms.say(self.port, shown);
    }

    fn write_unit(&mut self, device: u16, command: u8, text: &[u8]) -> bool {
        self.port.write_unit(device, command, &host_to_ebcdic(text))
    }

    fn has_device(&mut self, device: u16) -> bool {
        self.port.device(Some(device)).is_some()
    }

    fn read_unit(&mut self, device: u16) -> Option<Card> {
        Some(match self.port.read_unit(device)? {
            CardRead::Card(card) => Card::Card(ebcdic_to_host(&card)),
            CardRead::EndOfFile | CardRead::Empty => Card::End,
        })
    }

    fn read_storage(&mut self, at: u64, length: usize) -> Option<Vec<u8>> {
        self.port.read_storage(at, length)
    }

    fn write_storage(&mut self, at: u64, data: &[u8]) -> bool {
        self.port.write_storage(at, data)
    }

    fn connect(&mut self, host: &[u8], port: u16) -> Result<Box<dyn Socket>, Vec<u8>> {
        nethost::connect(&self.cms.allowed, host, port)
    }

    fn listen(&mut self, address: &[u8], port: u16) -> Result<Box<dyn Listener>, Vec<u8>> {
        nethost::listen(&self.cms.allowed, address, port)
    }

    fn listen_for_messages(&mut self, listen: bool) -> bool {
        self.port.listen_for_messages(listen)
    }

    fn take_message(&mut self) -> Option<Vec<u8>> {
        self.port.take_message()
    }

    fn immediate(&mut self, name: &[u8]) -> Option<Box<dyn Calls>> {
        Some(self.cms.immediates.add(name))
    }

    fn open_bytes(&mut self, path: &[u8]) -> Result<Box<dyn Input>, FileError> {
        bytefile::open(self.cms.bytes_of(path)?)
    }

    fn create_bytes(&mut self, path: &[u8], how: pipe::Mode) -> Result<Box<dyn Output>, FileError> {
        bytefile::create(self.cms.bytes_of(path)?, how)
    }

    fn folder(&mut self, path: &[u8]) -> Result<Vec<Vec<u8>>, FileError> {
        bytefile::folder(self.cms.bytes_of(path)?)
    }

    fn datagrams(&mut self, address: &[u8], port: u16) -> Result<Box<dyn Datagrams>, Vec<u8>> {
        nethost::datagrams(&self.cms.allowed, address, port)
    }

    fn resolve(&mut self, host: &[u8]) -> Result<Vec<Vec<u8>>, Vec<u8>> {
        nethost::resolve(&self.cms.allowed, host)
    }

    fn name_of(&mut self, address: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
        nethost::name_of(&self.cms.allowed, address)
    }

    fn structures(&mut self) -> crate::pipe::structure::Table {
        self.cms.structures.clone()
    }

    fn host_name(&mut self) -> Vec<u8> {
        rustix::system::uname().nodename().to_bytes().to_vec()
    }

    fn database(&mut self, name: Option<&[u8]>) -> Result<Box<dyn Database>, SqlError> {
        if self.cms.host_paths.is_on() {
            let path = name.unwrap_or(b"sql.database").trim_ascii();
            let path = std::path::Path::new(std::ffi::OsStr::from_bytes(path));
            return database::open(path);
        }
        let unavailable = || database::unavailable("no such disk, or not writable");
        let selection = selection(name.unwrap_or(b"SQL DATABASE A"), b"A");
        let selection = selection.map_err(|_| unavailable())?;
        let name = selection.literal().ok_or_else(unavailable)?;
        let letter = selection.mode.letter().unwrap_or(b'A');
        let accessed = self.cms.files.get(letter).ok_or_else(unavailable)?;
        // An empty file is an empty data base.
        let mut options = std::fs::OpenOptions::new();
        let made = accessed
            .disk
            .open_in_place(&name, options.append(true).create(true));
        made.map_err(|e| database::unavailable(&e.to_string()))?;
        let entry = accessed.disk.find(&name).ok_or_else(unavailable)?;
        database::open(entry.host_path().ok_or_else(unavailable)?)
    }

    fn pull(&mut self) -> Option<Vec<u8>> {
        self.cms.stack.take()
    }

    fn queued(&mut self) -> usize {
        self.cms.stack.count()
    }

    fn push(&mut self, order: Order, line: &[u8]) {
        self.cms.stack.put(order.into(), line.to_vec());
    }

    fn find_stage(&mut self, name: &[u8], args: &[u8]) -> Option<Box<dyn StageProgram>> {
        let upper = name.to_ascii_uppercase();
        let name = Name::new(&upper, b"REXX")?;
        let found = search::program(self.cms, &name)?;
        let text = found.entry.content().ok()?;
        let source = [
            b"CMS COMMAND ",
            name.to_string().as_bytes(),
            b" ",
            &found.fm(),
            b" ",
            &upper,
            b" ",
            ENVIRONMENT,
        ]
        .concat();
        let start = Start {
            program: self.cms.compile(&found.fileid(), text),
            name: name.to_string().into_bytes(),
            source,
            address: ENVIRONMENT,
            kind: CallKind::Command,
            args: vec![Some(Value::from_bytes(args))],
        };
        let running = Box::new(self.cms.start(start));
        Some(Box::new(Stage::new(running, self.cms.parcels.clone())))
    }

    fn clock(&self) -> Clock {
        self.cms.clock().clone()
    }

    /// Without a system the console is what the caller reads, perhaps a file.
    fn terminal_end(&self) -> TerminalEnd {
        match self.cms.host_paths {
            Switch::On => TerminalEnd::Input,
            Switch::Off => TerminalEnd::NullLine,
        }
    }

    fn codepage(&self) -> CodePage {
        self.cms.settings.level.codepage
    }
}
