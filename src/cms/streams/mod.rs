//! The streams of REXX programs: LINEIN, LINEOUT, CHARIN, CHAROUT, LINES, CHARS, STREAM, QUALIFY
//! (ANSI X3.274 sections 5.8 and 9.7; SC24-5770, "Input and output streams").
//!
//! In a session a stream is a CMS file, `fn ft [fm]`; where no virtual machine stands between, it is a
//! host path. The default stream is the console, which the session itself serves. Streams stay open
//! until they are closed, or the command that was typed has ended.
//!
//! Where the standard leaves it open: a last line without a line end is a line like others; a write at
//! a position overwrites and does not cut what is behind it; LINES and CHARS give 0 or 1 unless C asks
//! for the count; LINEOUT and CHAROUT with neither text nor position close the stream.

mod command;
mod stream;

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use super::attributes::{Attributes, Kept};
use super::disk::{Entry, Opened};
use super::fileid::{Mode, Name};
use super::files::{Accessed, Files};
use super::state::Switch;
use crate::rexx::{Count, Error, Lent, Ready, Reply, StreamAsk, Value};
use stream::{Fault, Sink, Source, State, Stream};

/// What a stream's name means.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// A CMS file.
    Cms(Name, Mode),
    /// A host file.
    Host(PathBuf),
    /// The host's standard error.
    Errors,
    /// Nothing that can be opened.
    Bad,
    /// Nothing any more.
    Closed,
}

/// A stream and what it is.
#[derive(Debug)]
struct Slot {
    place: Place,
    stream: Stream,
    /// OPEN allowed only this.
    only: Option<Way>,
}

/// Reading or writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Read,
    Write,
}

/// What writing begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begin {
    /// Behind what is there.
    End,
    /// What is there is thrown away.
    Replace,
    /// Nothing may be there.
    New,
}

/// Where streams are found.
#[derive(Clone, Copy)]
pub struct Where<'a> {
    /// The accessed disks.
    pub files: &'a Files,
    /// Whether names are host paths.
    pub host: Switch,
}

/// The streams that programs have open.
#[derive(Debug, Default)]
pub struct Streams {
    slots: Vec<Slot>,
    /// Slots that no name has any more.
    free: Vec<usize>,
    /// The slot of each name as programs write it.
    names: FxHashMap<Vec<u8>, usize>,
    /// The name used last, and its slot.
    last: Option<(Vec<u8>, usize)>,
    /// Something may have been written since the last flush.
    wrote: bool,
}

/// Whether a name means the default stream.
pub fn is_console(name: &[u8], host: Switch) -> bool {
    let trimmed = name.trim_ascii();
    trimmed.is_empty()
        || host.is_on()
            && (trimmed.eq_ignore_ascii_case(b"STDIN") || trimmed.eq_ignore_ascii_case(b"STDOUT"))
}

impl Streams {
    /// Does what a stream function asks; `None` when it asks the console.
    pub fn ask(&mut self, at: Where<'_>, name: &Value, ask: &StreamAsk) -> Option<Reply> {
        name.with_bytes(|name| self.ask_named(at, name, ask))
    }

    fn ask_named(&mut self, at: Where<'_>, name: &[u8], ask: &StreamAsk) -> Option<Reply> {
        if let Some((last, slot)) = &self.last
            && last == name
            && let Some(slot) = self.slots.get_mut(*slot)
            && slot.stream.state == State::Ready
        {
            match ask {
                StreamAsk::LineIn {
                    at: None,
                    read: true,
                } if slot.stream.reads() => {
                    if let Ok(line) = slot.stream.read_line() {
                        return Some(Reply::Stream(line, Ready::Yes));
                    }
                }
                StreamAsk::LineOut {
                    line: Some(line),
                    at: None,
                } if slot.stream.writes() => {
                    let done = line.with_bytes(|line| slot.stream.write_line(line));
                    let done = done.map(|()| Value::int(0));
                    let bif = Bif::new("LINEOUT", 3, None);
                    return Some(self.finish(name, done, Value::int(1), bif));
                }
                StreamAsk::Lines(Count::Any) | StreamAsk::Chars(Count::Any)
                    if slot.stream.reads() =>
                {
                    if let Ok(more) = slot.stream.has_more() {
                        return Some(Reply::Stream(Value::truth(more), Ready::Yes));
                    }
                }
                _ => {}
            }
        }
        if is_console(name, at.host) {
            return None;
        }
        Some(self.slow(at, name, ask))
    }

    /// Does what a stream function asks, however the stream is named.
    pub fn slow(&mut self, at: Where<'_>, name: &[u8], ask: &StreamAsk) -> Reply {
        match ask {
            StreamAsk::LineIn { at: line, read } => self.linein(at, name, *line, *read),
            StreamAsk::CharIn { at: from, count } => self.charin(at, name, *from, *count),
            StreamAsk::Lines(how) => self.left(at, name, *how, Stream::lines_left),
            StreamAsk::Chars(how) => self.left(at, name, *how, Stream::chars_left),
            StreamAsk::LineOut {
                line: None,
                at: None,
            }
            | StreamAsk::CharOut {
                text: None,
                at: None,
            } => {
                let closed = self.close(at, name).unwrap_or(Ok(()));
                out(0, closed.is_err())
            }
            StreamAsk::LineOut { line, at: to } => self.lineout(at, name, line.as_ref(), *to),
            StreamAsk::CharOut { text, at: from } => self.charout(at, name, text.as_ref(), *from),
            StreamAsk::Qualify => done(qualify(at, name)),
            StreamAsk::State => done(self.state(name).to_vec()),
            StreamAsk::Description => done(self.description(name)),
            StreamAsk::Command(command) => self.command(at, name, command),
        }
    }

    // ---- names ----

    /// The slot of a name, if a program has used it.
    fn find(&self, name: &[u8]) -> Option<usize> {
        self.names.get(name).copied()
    }

    /// The slot of a name, made when there is none.
    fn slot(&mut self, at: Where<'_>, name: &[u8]) -> usize {
        let slot = self.find(name).unwrap_or_else(|| {
            let place = place(at, name);
            let same = self.slots.iter().position(|s| s.place == place);
            let slot = same.or_else(|| self.free.pop()).unwrap_or(self.slots.len());
            if same.is_none() {
                let new = Slot {
                    place,
                    stream: Stream::default(),
                    only: None,
                };
                match self.slots.get_mut(slot) {
                    Some(old) => *old = new,
                    None => self.slots.push(new),
                }
            }
            self.names.insert(name.to_vec(), slot);
            slot
        });
        self.last = Some((name.to_vec(), slot));
        slot
    }

    // ---- reading ahead ----

    /// Lends what was read ahead of the stream used last, so that its lines can be taken without
    /// asking for each.
    pub fn lend(&mut self) -> Option<Lent> {
        let (name, slot) = self.last.as_ref()?;
        let stream = &mut self.slots.get_mut(*slot)?.stream;
        let (block, at) = stream.lend()?;
        let name = name.clone();
        Some(Lent {
            name,
            block,
            at,
            lines: 0,
        })
    }

    /// Takes back what was lent last.
    pub fn take_back(&mut self, lent: Lent) {
        if let Some((_, slot)) = &self.last
            && let Some(slot) = self.slots.get_mut(*slot)
        {
            slot.stream.take_back(lent);
        }
    }

    // ---- opening and closing ----

    /// The stream of a name, open for reading.
    fn reading(&mut self, at: Where<'_>, name: &[u8]) -> Result<&mut Stream, Fault> {
        let number = self.slot(at, name);
        let slot = &mut self.slots[number];
        if slot.only == Some(Way::Write) {
            return Err(denied());
        }
        if !slot.stream.reads() {
            slot.stream.flush()?;
            let source = open_source(at, &slot.place)?;
            slot.stream.open_reading(source, length(at, &slot.place));
        }
        Ok(&mut slot.stream)
    }

    /// The stream of a name, open for writing.
    fn writing(&mut self, at: Where<'_>, name: &[u8], begin: Begin) -> Result<&mut Stream, Fault> {
        let number = self.slot(at, name);
        let slot = &mut self.slots[number];
        if slot.only == Some(Way::Read) {
            return Err(denied());
        }
        if !slot.stream.writes() || begin != Begin::End {
            let (sink, end) = open_sink(at, &slot.place, begin)?;
            let unended = match (&sink, &slot.place) {
                (Sink::File(file), Place::Cms(..)) => !ends_a_line(file, end)?,
                _ => false,
            };
            slot.stream.open_writing(sink, end, length(at, &slot.place));
            if unended {
                // A record of a CMS file is whole; the next one is a line of its own.
                slot.stream.write(b"", b"\n")?;
            }
        }
        self.wrote = true;
        Ok(&mut slot.stream)
    }

    /// Closes a stream; `None` when it was not open.
    fn close(&mut self, at: Where<'_>, name: &[u8]) -> Option<io::Result<()>> {
        let number = match self.find(name) {
            Some(number) => number,
            None => {
                let place = place(at, name);
                self.slots.iter().position(|s| s.place == place)?
            }
        };
        let slot = self.slots.get_mut(number)?;
        let flushed = slot.stream.flush();
        slot.place = Place::Closed;
        slot.stream = Stream::default();
        self.names.retain(|_, n| *n != number);
        self.last = None;
        self.free.push(number);
        Some(flushed)
    }

    /// Puts out everything that was gathered, before something else may look at the files. Gives the
    /// first fault and the name of its stream.
    pub fn flush(&mut self) -> Option<(io::Error, Vec<u8>)> {
        if !std::mem::take(&mut self.wrote) {
            return None;
        }
        let mut fault = None;
        for (number, slot) in self.slots.iter_mut().enumerate() {
            if let Err(e) = slot.stream.flush() {
                let name = self.names.iter().find(|(_, n)| **n == number);
                let name = name.map_or_else(Vec::new, |(name, _)| name.clone());
                fault.get_or_insert((e, name));
            }
            self.wrote |= slot.stream.writes();
        }
        fault
    }

    /// Closes every stream. Gives the first fault and the name of its stream.
    pub fn close_all(&mut self) -> Option<(io::Error, Vec<u8>)> {
        let fault = self.flush();
        *self = Streams::default();
        fault
    }

    // ---- the functions ----

    /// Notes what came of an operation and makes the reply.
    fn finish(&mut self, name: &[u8], outcome: Result<Value, Fault>, or: Value, bif: Bif) -> Reply {
        let slot = self.find(name).and_then(|n| self.slots.get_mut(n));
        let Some(slot) = slot else {
            return Reply::Stream(or, Ready::No);
        };
        let stream = &mut slot.stream;
        stream.why.clear();
        let e = match outcome {
            Ok(value) => {
                stream.state = State::Ready;
                return Reply::Stream(value, Ready::Yes);
            }
            Err(Fault::End) => {
                stream.state = State::NotReady;
                stream.why = b"EOF".to_vec();
                return Reply::Stream(or, Ready::No);
            }
            Err(Fault::Outside) => {
                let (argument, found) = (bif.position.to_string(), bif.found.to_string());
                let inserts: [&[u8]; 3] =
                    [bif.name.as_bytes(), argument.as_bytes(), found.as_bytes()];
                return Reply::Error(Error::new(40, 41, &inserts));
            }
            Err(Fault::NoPositions) => {
                return Reply::Error(Error::new(40, 42, &[bif.name.as_bytes(), name]));
            }
            Err(Fault::System(e)) => e,
        };
        stream.state = State::Error;
        stream.why = e.to_string().into_bytes();
        Reply::Stream(or, Ready::No)
    }

    fn linein(&mut self, at: Where<'_>, name: &[u8], line: Option<u64>, read: bool) -> Reply {
        let outcome = self.reading(at, name).and_then(|stream| {
            if let Some(line) = line {
                stream.seek_line(line)?;
            }
            if read {
                stream.read_line()
            } else {
                Ok(Value::empty())
            }
        });
        self.finish(name, outcome, Value::empty(), Bif::new("LINEIN", 2, line))
    }

    fn charin(&mut self, at: Where<'_>, name: &[u8], from: Option<u64>, count: usize) -> Reply {
        let read = self.reading(at, name).and_then(|stream| {
            if let Some(from) = from {
                stream.seek_reading(from - 1)?;
            }
            stream.read_chars(count)
        });
        let (outcome, or) = match read {
            Ok(text) if text.len() < count => (Err(Fault::End), Value::from_vec(text)),
            Ok(text) => (Ok(Value::from_vec(text)), Value::empty()),
            Err(fault) => (Err(fault), Value::empty()),
        };
        self.finish(name, outcome, or, Bif::new("CHARIN", 2, from))
    }

    fn left(
        &mut self,
        at: Where<'_>,
        name: &[u8],
        how: Count,
        count: fn(&mut Stream) -> Result<u64, Fault>,
    ) -> Reply {
        let known = self.find(name).is_some();
        let left = self.reading(at, name).and_then(|stream| match how {
            Count::Any => Ok(u64::from(stream.has_more()?)),
            Count::Exact => count(stream),
        });
        if left.is_err() && !known {
            // Asking does not make a stream of what is not there.
            let _ = self.close(at, name);
        }
        let left = i64::try_from(left.unwrap_or(0)).unwrap_or(i64::MAX);
        Reply::Stream(Value::int(left), Ready::Yes)
    }

    fn lineout(
        &mut self,
        at: Where<'_>,
        name: &[u8],
        line: Option<&Value>,
        to: Option<u64>,
    ) -> Reply {
        let outcome = self.writing(at, name, Begin::End).and_then(|stream| {
            if let Some(to) = to {
                let byte = stream.line_start(to)?;
                stream.seek_writing(byte)?;
            }
            line.map_or(Ok(()), |l| l.with_bytes(|l| stream.write_line(l)))
        });
        let outcome = outcome.map(|()| Value::int(0));
        let or = Value::int(i64::from(line.is_some()));
        self.finish(name, outcome, or, Bif::new("LINEOUT", 3, to))
    }

    fn charout(
        &mut self,
        at: Where<'_>,
        name: &[u8],
        text: Option<&Value>,
        from: Option<u64>,
    ) -> Reply {
        let outcome = self.writing(at, name, Begin::End).and_then(|stream| {
            if let Some(from) = from {
                stream.seek_writing(from - 1)?;
            }
            text.map_or(Ok(()), |t| t.with_bytes(|t| stream.write(t, b"")))
        });
        let outcome = outcome.map(|()| Value::int(0));
        let length = text.map_or(0, Value::len);
        let or = Value::int(i64::try_from(length).unwrap_or(i64::MAX));
        self.finish(name, outcome, or, Bif::new("CHAROUT", 3, from))
    }

    fn state(&self, name: &[u8]) -> &'static [u8] {
        match self.find(name).map(|n| self.slots[n].stream.state) {
            None => b"UNKNOWN",
            Some(State::Ready) => b"READY",
            Some(State::NotReady) => b"NOTREADY",
            Some(State::Error) => b"ERROR",
        }
    }

    fn description(&self, name: &[u8]) -> Vec<u8> {
        let mut text = self.state(name).to_vec();
        let why = self.find(name).map(|n| &self.slots[n].stream.why);
        if let Some(why) = why.filter(|w| !w.is_empty()) {
            text.push(b':');
            text.extend_from_slice(why);
        }
        text
    }
}

/// The function an error is raised for, and its position argument.
struct Bif {
    name: &'static str,
    position: u8,
    found: u64,
}

impl Bif {
    fn new(name: &'static str, position: u8, found: Option<u64>) -> Bif {
        Bif {
            name,
            position,
            found: found.unwrap_or(0),
        }
    }
}

fn done(text: Vec<u8>) -> Reply {
    Reply::Stream(Value::from_vec(text), Ready::Yes)
}

fn out(left: i64, failed: bool) -> Reply {
    let ready = if failed { Ready::No } else { Ready::Yes };
    Reply::Stream(Value::int(left + i64::from(failed)), ready)
}

fn denied() -> Fault {
    Fault::System(io::ErrorKind::PermissionDenied.into())
}

/// What a stream's name means.
fn place(at: Where<'_>, name: &[u8]) -> Place {
    if at.host.is_on() {
        let name = name.trim_ascii();
        if name.eq_ignore_ascii_case(b"STDERR") {
            return Place::Errors;
        }
        return Place::Host(Path::new(std::ffi::OsStr::from_bytes(name)).to_owned());
    }
    let upper = name.to_ascii_uppercase();
    let words: Vec<&[u8]> = upper
        .split(|c| *c == b' ')
        .filter(|w| !w.is_empty())
        .collect();
    let (fname, ftype, mode) = match words[..] {
        [fname, ftype] => (fname, ftype, &b"*"[..]),
        [fname, ftype, mode] => (fname, ftype, mode),
        _ => return Place::Bad,
    };
    match (Name::new(fname, ftype), Mode::parse(mode)) {
        (Some(name), Some(mode)) => {
            // The mode number selects nothing.
            let mode = mode.letter().map_or(Mode::Any, |l| Mode::Letter(l, None));
            let found = at.files.find(&name, mode);
            let mode = found.map_or(mode, |f| Mode::Letter(f.letter, None));
            Place::Cms(name, mode)
        }
        _ => Place::Bad,
    }
}

/// The whole name of a stream: a path from the root, or `fn ft fm`.
fn qualify(at: Where<'_>, name: &[u8]) -> Vec<u8> {
    match place(at, name) {
        _ if is_console(name, at.host) => name.to_vec(),
        Place::Host(path) => {
            let whole = std::fs::canonicalize(&path).or_else(|_| std::path::absolute(&path));
            whole.unwrap_or(path).as_os_str().as_bytes().to_vec()
        }
        Place::Cms(name, mode) => {
            let letter = char::from(mode.letter().unwrap_or(b'A'));
            format!("{name} {letter}1").into_bytes()
        }
        Place::Errors | Place::Bad | Place::Closed => name.to_vec(),
    }
}

fn open_source(at: Where<'_>, place: &Place) -> Result<Source, Fault> {
    let not_found = || Fault::System(io::ErrorKind::NotFound.into());
    match place {
        Place::Host(path) => {
            let file = File::open(path)?;
            let kind = file.metadata()?.file_type();
            if kind.is_dir() {
                return Err(Fault::System(io::ErrorKind::IsADirectory.into()));
            }
            Ok(if kind.is_file() {
                Source::File(file)
            } else {
                Source::Flow(file)
            })
        }
        Place::Cms(name, mode) => {
            let found = at.files.find(name, *mode).ok_or_else(not_found)?;
            uncounted(&found.entry)?;
            Ok(match found.entry.open()? {
                Opened::File(file) => Source::File(file),
                Opened::Bytes(bytes) => Source::Bytes(bytes),
                // Programs in storage are no files that a stream could name.
                Opened::Storage(_) => return Err(not_found()),
            })
        }
        Place::Errors => Err(denied()),
        Place::Bad | Place::Closed => Err(not_found()),
    }
}

/// Streams are lines: a file whose records have line ends in them is for EXECIO and pipelines.
fn uncounted(entry: &Entry) -> io::Result<()> {
    match entry.attributes.kept {
        Kept::Counted => Err(io::Error::other("records with line ends are no lines")),
        Kept::Lines | Kept::Bytes => Ok(()),
    }
}

/// The length of the records of a file of RECFM F; 0 for others.
fn length(at: Where<'_>, place: &Place) -> usize {
    let Place::Cms(name, mode) = place else {
        return 0;
    };
    let found = at.files.find(name, *mode);
    found.map_or(0, |f| f.entry.attributes.recfm.fixed().unwrap_or(0))
}

/// Opens for writing; gives where the end is.
fn open_sink(at: Where<'_>, place: &Place, begin: Begin) -> Result<(Sink, u64), Fault> {
    let mut options = OpenOptions::new();
    options.write(true).create(begin != Begin::New);
    options.create_new(begin == Begin::New);
    let file = match place {
        Place::Host(path) => {
            let both = options.clone().read(true).open(path);
            both.or_else(|_| options.open(path))?
        }
        Place::Cms(name, mode) => {
            let letter = mode.letter().unwrap_or(b'A');
            let accessed = at.files.get(letter).filter(|a| Accessed::writable(a));
            let accessed =
                accessed.ok_or_else(|| Fault::System(io::ErrorKind::ReadOnlyFilesystem.into()))?;
            let entry = accessed.disk.find(name);
            entry.as_ref().map_or(Ok(()), uncounted)?;
            let file = accessed.disk.open_in_place(name, options.read(true))?;
            if entry.is_none_or(|e| e.attributes.kept == Kept::Lines) {
                Attributes::say_text(&file);
            }
            file
        }
        Place::Errors => {
            let own = io::stderr().as_fd().try_clone_to_owned()?;
            return Ok((Sink::Flow(File::from(own)), 0));
        }
        Place::Bad | Place::Closed => {
            return Err(Fault::System(io::ErrorKind::InvalidFilename.into()));
        }
    };
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok((Sink::Flow(file), 0));
    }
    if begin == Begin::Replace {
        file.set_len(0)?;
        return Ok((Sink::File(file), 0));
    }
    Ok((Sink::File(file), metadata.len()))
}

/// Whether a file is empty or its last line is ended.
fn ends_a_line(file: &File, size: u64) -> io::Result<bool> {
    let mut last = [b'\n'];
    if size > 0 {
        file.read_exact_at(&mut last, size - 1)?;
    }
    Ok(last[0] == b'\n')
}
