//! The file routines of the callable services library, for files on accessed disks: DMSOPEN, DMSREAD,
//! DMSWRITE, DMSCLOSE, DMSERASE, DMSRENAM, DMSFILEC, DMSEXIFI, DMSGETFM (z/VM: CMS Callable Services
//! Reference). What is written takes its place when the file is closed, and not at all with NOCOMMIT.
//!
//! Return code 8 is an error of the call, 12 one of the disk; 4 a warning. Files of the host have lines
//! of any length; F gives a new file the length of its first record.

use std::collections::BTreeMap;
use std::io;

use super::{Call, Codes, Ended, Refused, Routine};
use crate::base::msg::dms;
use crate::cms::attributes::Recfm;
use crate::cms::draft::Draft;
use crate::cms::fileid::{Mode, Name};
use crate::cms::files::{Accessed, Files, Found};
use crate::cms::lines::Lines;
use crate::rexx::Value;

/// The family.
pub(super) const ROUTINES: &[Routine] = &[
    Routine {
        name: "DMSCLOSE",
        params: "rc reason token [commit length]",
        count: (3, 5),
        run: close,
        doc: "Closes a file; COMMIT keeps what was written, NOCOMMIT forgets it.",
    },
    Routine {
        name: "DMSERASE",
        params: "rc reason fileid length [commit length]",
        count: (4, 6),
        run: erase,
        doc: "Erases a file.",
    },
    Routine {
        name: "DMSEXIFI",
        params: "rc reason fileid length [commit length]",
        count: (4, 6),
        run: exists,
        doc: "Tells whether a file exists.",
    },
    Routine {
        name: "DMSFILEC",
        params: "rc reason fileid length fileid length [options length]",
        count: (6, 8),
        run: copy,
        doc: "Copies a file; REPLACE among the options lets it take another's place.",
    },
    Routine {
        name: "DMSGETFM",
        params: "rc reason letter",
        count: (3, 3),
        run: free_mode,
        doc: "Finds a file mode that is not in use.",
    },
    Routine {
        name: "DMSOPEN",
        params: "rc reason fileid length intent length token",
        count: (7, 7),
        run: open,
        doc: "Opens a file to READ, WRITE, REPLACE it or make it NEW; gives its token.",
    },
    Routine {
        name: "DMSREAD",
        params: "rc reason token records length buffer length bytes",
        count: (8, 8),
        run: read,
        doc: "Reads the next records, each as long as the first length when there are several.",
    },
    Routine {
        name: "DMSRENAM",
        params: "rc reason fileid length fileid length [commit length]",
        count: (6, 8),
        run: rename,
        doc: "Gives a file another name.",
    },
    Routine {
        name: "DMSWRITE",
        params: "rc reason token records length buffer length [record]",
        count: (7, 8),
        run: write,
        doc: "Writes records: behind the last one written, or from a record's number on.",
    },
];

/// The longest that several records together can be.
const LARGEST: usize = 16 << 20;

/// Reason codes. Those of a missing file are the manual's; it could not be looked up for the others.
mod reason {
    /// There is no such file.
    pub const NOT_FOUND: i32 = 44_000;
    /// There is such a file already.
    pub const EXISTS: i32 = 44_020;
    /// The end of the file.
    pub const END: i32 = 90_220;
    /// The token belongs to no open file, or one that is not open for this.
    pub const NOT_OPEN: i32 = 90_230;
    /// A keyword that is not one of those that can stand there.
    pub const KEYWORD: i32 = 90_310;
    /// The file identifier is none, or its disk is not accessed.
    pub const FILEID: i32 = 90_530;
    /// The disk cannot be written.
    pub const READ_ONLY: i32 = 90_540;
    /// The host could not do it.
    pub const HOST: i32 = 90_590;
}

const DONE: Codes = Codes { rc: 0, reason: 0 };

fn warning(reason: i32) -> Codes {
    Codes { rc: 4, reason }
}
fn error(reason: i32) -> Codes {
    Codes { rc: 8, reason }
}
fn severe(reason: i32) -> Codes {
    Codes { rc: 12, reason }
}

/// The codes of what the host says.
fn failed(e: &io::Error) -> Codes {
    match e.kind() {
        io::ErrorKind::NotFound => error(reason::NOT_FOUND),
        io::ErrorKind::AlreadyExists => error(reason::EXISTS),
        io::ErrorKind::ReadOnlyFilesystem => severe(reason::READ_ONLY),
        _ => severe(reason::HOST),
    }
}

/// How a file was opened.
enum Access {
    /// READ: the records come from the file one by one.
    Read(Lines),
    /// The others: all records are here, and the next one that is read or written.
    Write {
        records: Vec<Vec<u8>>,
        read: usize,
        write: usize,
    },
}

struct Opened {
    letter: u8,
    name: Name,
    access: Access,
    /// What the file is to be when it is written.
    form: Form,
}

/// The record format and mode number that a caller asked for.
#[derive(Clone, Copy, Default)]
struct Form {
    /// RECFM F.
    fixed: Option<bool>,
    number: Option<u8>,
}

impl Form {
    /// Gives a file what was asked for.
    fn give(self, draft: &mut Draft, records: &[Vec<u8>]) {
        let mut attributes = draft.attributes().numbered(self.number);
        match self.fixed {
            None => {}
            Some(false) => attributes.recfm = Recfm::Variable,
            Some(true) => {
                let length = records.first().map_or(1, |r| r.len().max(1));
                attributes.recfm = Recfm::Fixed(length);
            }
        }
        draft.have(attributes);
    }
}

/// The files that DMSOPEN opened, by token.
#[derive(Default)]
pub struct OpenFiles {
    opened: BTreeMap<Vec<u8>, Opened>,
    made: u64,
}

impl OpenFiles {
    /// Closes everything and keeps what was written: the command that was typed has ended. Gives the
    /// first fault with its file.
    pub fn close_all(&mut self, files: &Files) -> Option<(io::Error, Vec<u8>)> {
        let mut fault = None;
        for opened in std::mem::take(&mut self.opened).into_values() {
            if let Err(e) = opened.keep(files) {
                let fileid = format!("{} {}1", opened.name, char::from(opened.letter));
                fault.get_or_insert((e, fileid.into_bytes()));
            }
        }
        fault
    }

    /// Forgets everything that was not committed.
    pub fn abandon(&mut self) {
        self.opened.clear();
    }
}

impl Opened {
    /// Puts what was written into the file.
    fn keep(&self, files: &Files) -> io::Result<()> {
        let Access::Write { records, .. } = &self.access else {
            return Ok(());
        };
        let accessed = files.get(self.letter).ok_or(io::ErrorKind::NotFound)?;
        put(accessed, &self.name, records, |draft| {
            self.form.give(draft, records);
        })
    }
}

fn put(
    accessed: &Accessed,
    name: &Name,
    records: &[Vec<u8>],
    form: impl FnOnce(&mut Draft),
) -> io::Result<()> {
    let mut draft = accessed.disk.create(name)?;
    form(&mut draft);
    records.iter().try_for_each(|r| draft.put(r))?;
    let done = draft.commit();
    accessed.disk.forget();
    done
}

fn all_records(found: &Found) -> io::Result<Vec<Vec<u8>>> {
    let mut lines = found.entry.lines()?;
    let mut records = Vec::new();
    while let Some(line) = lines.read()? {
        records.push(line.to_vec());
    }
    Ok(records)
}

/// A file identifier: `fn ft` and perhaps a file mode.
fn fileid(text: &[u8]) -> Result<(Name, Mode), Codes> {
    let words: Vec<Vec<u8>> = text
        .split(|c| *c == b' ')
        .filter(|w| !w.is_empty())
        .map(<[u8]>::to_ascii_uppercase)
        .collect();
    let bad = || error(reason::FILEID);
    let word = |at: usize| words.get(at).map_or(&b""[..], Vec::as_slice);
    let name = Name::new(word(0), word(1)).ok_or_else(bad)?;
    let mode = Mode::parse(word(2)).ok_or_else(bad)?;
    match words.len() {
        2 | 3 => Ok((name, mode)),
        _ => Err(bad()),
    }
}

/// The disk that a new file goes to; without a file mode it is A.
fn target(files: &Files, mode: Mode) -> Result<&Accessed, Codes> {
    let letter = mode.letter().unwrap_or(b'A');
    let accessed = files.get(letter).ok_or(error(reason::FILEID))?;
    match accessed.writable() {
        true => Ok(accessed),
        false => Err(severe(reason::READ_ONLY)),
    }
}

/// Runs the body of a routine, whose failures are codes like its success.
macro_rules! codes {
    ($body:expr) => {
        Ok(match $body {
            Ok(codes) | Err(codes) => codes,
        })
    };
}

/// What EXECIO and streams have written must be in the files before they are looked at.
fn settle(call: &mut Call<'_, '_>) {
    let cms = &mut *call.env.cms;
    let fault = cms.open.flush(&cms.files);
    if let Some(message) = fault {
        cms.report(call.env.port, &message);
    }
    if let Some((e, name)) = cms.streams.flush() {
        let message = dms::DMSEIO105S.with(&[e.to_string().as_bytes(), &name]);
        cms.report(call.env.port, &message);
    }
}

fn find(call: &Call<'_, '_>, id: &(Name, Mode)) -> Result<Found, Codes> {
    let found = call.env.cms.files.find(&id.0, id.1);
    found.ok_or(error(reason::NOT_FOUND))
}

/// COMMIT or NOCOMMIT in a parameter that may be left off: whether to commit.
fn commits(call: &Call<'_, '_>, number: usize) -> Result<Result<bool, Codes>, Refused> {
    if !call.has(number) {
        return Ok(Ok(true));
    }
    let text = call.string(number)?.to_ascii_uppercase();
    let mut commit = true;
    for word in text.split(|c| *c == b' ').filter(|w| !w.is_empty()) {
        match word {
            b"COMMIT" => commit = true,
            b"NOCOMMIT" => commit = false,
            b"SHORTDATE" | b"FULLDATE" | b"ISODATE" => {}
            _ => return Ok(Err(error(reason::KEYWORD))),
        }
    }
    Ok(Ok(commit))
}

fn exists(call: &mut Call<'_, '_>) -> Ended {
    settle(call);
    let text = call.string(3)?;
    codes!(fileid(&text).and_then(|id| find(call, &id)).map(|_| DONE))
}

fn erase(call: &mut Call<'_, '_>) -> Ended {
    settle(call);
    let text = call.string(3)?;
    if let Err(codes) = commits(call, 5)? {
        return Ok(codes);
    }
    codes!(fileid(&text).and_then(|id| {
        let found = find(call, &id)?;
        let cms = &mut *call.env.cms;
        let accessed = target(&cms.files, Mode::Letter(found.letter, None))?;
        let erased = accessed.disk.erase(&id.0);
        cms.open.close(&id.0, found.letter);
        erased.map(|()| DONE).map_err(|e| failed(&e))
    }))
}

fn rename(call: &mut Call<'_, '_>) -> Ended {
    settle(call);
    let (old, new) = (call.string(3)?, call.string(5)?);
    if let Err(codes) = commits(call, 7)? {
        return Ok(codes);
    }
    codes!(fileid(&old).and_then(|old| {
        let (name, mode) = fileid(&new)?;
        let found = find(call, &old)?;
        if mode.letter().is_some_and(|l| l != found.letter) {
            return Err(error(reason::FILEID));
        }
        let accessed = target(&call.env.cms.files, Mode::Letter(found.letter, None))?;
        let renamed = accessed.disk.rename(&old.0, &name);
        call.env.cms.open.close(&old.0, found.letter);
        renamed.map(|()| DONE).map_err(|e| failed(&e))
    }))
}

fn copy(call: &mut Call<'_, '_>) -> Ended {
    settle(call);
    let (from, to) = (call.string(3)?, call.string(5)?);
    let mut replace = false;
    if call.has(7) {
        let options = call.string(7)?.to_ascii_uppercase();
        for word in options.split(|c| *c == b' ').filter(|w| !w.is_empty()) {
            match word {
                b"REPLACE" => replace = true,
                b"COMMIT" | b"NOREPLACE" => {}
                _ => return Ok(error(reason::KEYWORD)),
            }
        }
    }
    codes!(fileid(&from).and_then(|from| {
        let (name, mode) = fileid(&to)?;
        let found = find(call, &from)?;
        let records = all_records(&found).map_err(|e| failed(&e))?;
        let accessed = target(&call.env.cms.files, mode)?;
        if accessed.disk.find(&name).is_some() && !replace {
            return Err(error(reason::EXISTS));
        }
        let attributes = found.entry.attributes.numbered(mode.number());
        let done = put(accessed, &name, &records, |draft| draft.have(attributes));
        done.map(|()| DONE).map_err(|e| failed(&e))
    }))
}

fn free_mode(call: &mut Call<'_, '_>) -> Ended {
    match call.env.cms.files.free_letter() {
        Some(letter) => call.set(3, Value::from_bytes(&[letter])).map(|()| DONE),
        None => Ok(error(reason::FILEID)),
    }
}

/// What the intent of DMSOPEN says beside READ, NEW, WRITE and REPLACE; here it changes nothing.
const OTHER_INTENTS: &str = "CACHE NOCACHE NEWDATEREF OLDDATEREF RECOVER NORECOVER INPLACE \
    NOTINPLACE ALLOWEMPTY SHORTDATE FULLDATE ISODATE";

fn open(call: &mut Call<'_, '_>) -> Ended {
    settle(call);
    let text = call.string(3)?;
    let intent = call.string(5)?.to_ascii_uppercase();
    let opened = fileid(&text).and_then(|id| {
        let mut mode = None;
        let mut fixed = None;
        for word in intent.split(|c| *c == b' ').filter(|w| !w.is_empty()) {
            match word {
                b"READ" | b"NEW" | b"WRITE" | b"REPLACE" if mode.is_none() => mode = Some(word),
                b"F" => fixed = Some(true),
                b"V" => fixed = Some(false),
                word if OTHER_INTENTS
                    .split(' ')
                    .any(|known| known.as_bytes() == word) => {}
                _ => return Err(error(reason::KEYWORD)),
            }
        }
        let mut opened = access(call, id, mode.unwrap_or(b"READ"))?;
        // An old file that goes on keeps what it is.
        if mode != Some(b"WRITE") {
            opened.form.fixed = fixed;
        }
        Ok(opened)
    });
    let opened = match opened {
        Ok(opened) => opened,
        Err(codes) => return Ok(codes),
    };
    let files = &mut call.env.cms.csl;
    files.made += 1;
    let token = format!("{:08X}", files.made).into_bytes();
    files.opened.insert(token.clone(), opened);
    call.set(7, Value::from_vec(token)).map(|()| DONE)
}

/// Opens a file for an intent.
fn access(call: &Call<'_, '_>, id: (Name, Mode), intent: &[u8]) -> Result<Opened, Codes> {
    let files = &call.env.cms.files;
    let io = |e: io::Error| failed(&e);
    if intent == b"READ" {
        let found = find(call, &id)?;
        return Ok(Opened {
            letter: found.letter,
            name: id.0,
            form: Form::default(),
            access: Access::Read(found.entry.reader().map_err(io)?),
        });
    }
    let accessed = target(files, id.1)?;
    let letter = accessed.letter;
    let old = accessed
        .disk
        .find(&id.0)
        .map(|entry| Found { letter, entry });
    let records = match (intent, old) {
        (b"NEW", Some(_)) => return Err(error(reason::EXISTS)),
        (b"WRITE", Some(old)) => all_records(&old).map_err(io)?,
        _ => Vec::new(),
    };
    let write = records.len();
    let access = Access::Write {
        records,
        read: 0,
        write,
    };
    Ok(Opened {
        letter,
        name: id.0,
        access,
        form: Form {
            fixed: None,
            number: id.1.number(),
        },
    })
}

fn close(call: &mut Call<'_, '_>) -> Ended {
    let token = call.value(3)?;
    let commit = match commits(call, 4)? {
        Ok(commit) => commit,
        Err(codes) => return Ok(codes),
    };
    let cms = &mut *call.env.cms;
    let Some(opened) = cms.csl.opened.remove(&token) else {
        return Ok(error(reason::NOT_OPEN));
    };
    if !commit {
        return Ok(DONE);
    }
    let kept = opened.keep(&cms.files);
    cms.open.close(&opened.name, opened.letter);
    codes!(kept.map(|()| DONE).map_err(|e| failed(&e)))
}

fn read(call: &mut Call<'_, '_>) -> Ended {
    let token = call.value(3)?;
    let (count, length, room) = (call.number(4)?, call.number(5)?, call.number(7)?);
    if count > 1
        && count
            .checked_mul(length)
            .is_none_or(|n| n > room.min(LARGEST))
    {
        return Err(Refused::length(5));
    }
    let Some(opened) = call.env.cms.csl.opened.get_mut(&token) else {
        return Ok(error(reason::NOT_OPEN));
    };
    let mut data = Vec::new();
    for _ in 0..count {
        let record = match &mut opened.access {
            Access::Read(lines) => lines.read().map(|line| line.map(|l| l.to_vec())),
            Access::Write { records, read, .. } => {
                *read += 1;
                Ok(records.get(*read - 1).cloned())
            }
        };
        match record {
            Err(e) => return Ok(failed(&e)),
            Ok(None) if data.is_empty() => {
                call.set_number(8, 0)?;
                return Ok(error(reason::END));
            }
            Ok(None) => break,
            Ok(Some(mut record)) => {
                record.truncate(length);
                if count > 1 {
                    record.resize(length, b' ');
                }
                data.extend(record);
            }
        }
    }
    data.truncate(room);
    call.set_number(8, data.len())?;
    call.set(6, Value::from_vec(data)).map(|()| DONE)
}

fn write(call: &mut Call<'_, '_>) -> Ended {
    let token = call.value(3)?;
    let (count, length) = (call.number(4)?, call.number(5)?);
    let data = call.string(6)?;
    let at = if call.has(8) { call.number(8)? } else { 0 };
    let wanted = count.checked_mul(length).filter(|n| *n <= data.len());
    if wanted.is_none() || (length == 0 && count > 1) {
        return Err(Refused::length(5));
    }
    let opened = call.env.cms.csl.opened.get_mut(&token);
    let Some(Access::Write { records, write, .. }) = opened.map(|o| &mut o.access) else {
        return Ok(error(reason::NOT_OPEN));
    };
    if at > 0 {
        // A gap would be records without anything in them, which text files cannot have at will.
        if at > records.len() + 1 {
            return Ok(error(reason::END));
        }
        *write = at - 1;
    }
    for n in 0..count {
        let record = data[n * length..(n + 1) * length].to_vec();
        match records.get_mut(*write) {
            Some(old) => *old = record,
            None => records.push(record),
        }
        *write += 1;
    }
    let cut = data.contains(&b'\n');
    Ok(if cut { warning(0) } else { DONE })
}
