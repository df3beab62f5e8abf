//! Programs in storage and environments: EXECLOAD, EXECDROP, EXECMAP, EXECSTAT, SUBCOM
//! (z/VM: CMS Commands and Utilities Reference).

use std::rc::Rc;

use super::operands::{FileidMessages, Selection};
use super::{Call, Row, Verdict};
use crate::base::abbrev::matches;
use crate::base::msg::dms;
use crate::cms::fileid::{Mode, Pattern, token};
use crate::cms::stack::Order;

/// The family.
pub const ROWS: &[Row] = &[
    Row {
        name: "EXECDrop",
        operands: "fn ft|* *|fn *|* ft [(User|SYstem]",
        run: execdrop,
        doc: "Drops EXECs that EXECLOAD put into storage.",
        example: "EXECDROP SAVELX EXEC",
    },
    Row {
        name: "EXECLoad",
        operands: "fn ft [fm [execname [exectype]]] [(User|SYstem Push]",
        run: execload,
        doc: "Puts an EXEC into storage, where it is found before those on disks.",
        example: "EXECLOAD SAVELX EXEC S",
    },
    Row {
        name: "EXECMap",
        operands: "[fn|* [ft|*]] [(User|SYstem STACK|LIFO|FIFO]",
        run: execmap,
        doc: "Lists the EXECs in storage.",
        example: "EXECMAP * EXEC",
    },
    Row {
        name: "EXECStat",
        operands: "fn ft",
        run: execstat,
        doc: "Return code 0 when an EXEC is in storage, 4 when it is on a disk, 28 when neither.",
        example: "EXECSTAT SAVELX EXEC",
    },
    Row {
        name: "SUBCOM",
        operands: "name",
        run: subcom,
        doc: "Return code 0 when commands can be addressed to that environment, 1 when not.",
        example: "SUBCOM CMS",
    },
];

/// The return code of EXECSTAT for an EXEC that is only on a disk.
const ON_DISK: i32 = 4;

/// Which storage an EXEC is in; USER goes when everything that runs is abandoned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// USER.
    User,
    /// SYSTEM.
    System,
}

/// An EXEC in storage.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The name it is called by.
    pub execname: Vec<u8>,
    /// Its type.
    pub exectype: Vec<u8>,
    /// Where it is.
    pub storage: Storage,
    /// What is in it.
    pub text: Rc<[u8]>,
}

/// The EXECs in storage; of several with one name the last one loaded runs.
#[derive(Debug, Default)]
pub struct InStorage(Vec<Loaded>);

impl InStorage {
    /// The EXEC of a name and type.
    pub fn find(&self, execname: &[u8], exectype: &[u8]) -> Option<&Loaded> {
        let fits = |l: &&Loaded| l.execname == execname && l.exectype == exectype;
        self.0.iter().rev().find(fits)
    }

    /// Drops what is in USER storage, as an abend does.
    pub fn abend(&mut self) {
        self.0.retain(|l| l.storage == Storage::System);
    }
}

const IDS: FileidMessages = FileidMessages {
    mode: &dms::DMSEXL048E,
    incomplete: &dms::DMSEXL054E,
    character: &dms::DMSEXL062E,
};

/// USER or SYSTEM among the options.
fn storage(word: &[u8]) -> Option<Storage> {
    match word {
        w if matches("User", w) => Some(Storage::User),
        w if matches("SYstem", w) => Some(Storage::System),
        _ => None,
    }
}

fn execload(call: &mut Call<'_>) -> Verdict {
    let operands = call.operands();
    let (mut place, mut push) = (Storage::User, false);
    for option in &operands.options {
        match storage(option) {
            Some(found) => place = found,
            None if matches("Push", option) => push = true,
            None => return call.fail(&dms::DMSEXL003E, &[option], 24),
        }
    }
    if operands.words.len() > 5 {
        return call.fail(&dms::DMSEXL070E, &[operands.word(5)], 24);
    }
    let selection = match Selection::parse(operands.word(0), operands.word(1), operands.word(2)) {
        Ok(selection) => selection,
        Err(bad) => return bad.report(call, &IDS),
    };
    let found = selection
        .literal()
        .and_then(|name| call.cms.files.find(&name, selection.mode));
    let Some(found) = found else {
        return call.fail(&dms::DMSEXL002E, &[&selection.text()], 28);
    };
    let named = |at: usize, own: &[u8]| match operands.word(at) {
        b"" | b"=" => own.to_vec(),
        word => token(word).to_vec(),
    };
    let execname = named(3, &found.entry.name.fname);
    let exectype = named(4, &found.entry.name.ftype);
    if !push && call.cms.in_storage.find(&execname, &exectype).is_some() {
        let name = [&execname[..], b" ", &exectype[..]].concat();
        return call.fail(&dms::DMSEXL024E, &[&name], 28);
    }
    let text = match found.entry.content() {
        Ok(text) => text.into(),
        Err(e) => {
            let why = e.to_string();
            return call.fail(&dms::DMSEXL104S, &[why.as_bytes(), &found.fileid()], 100);
        }
    };
    call.cms.in_storage.0.push(Loaded {
        execname,
        exectype,
        storage: place,
        text,
    });
    Verdict::Rc(0)
}

fn execdrop(call: &mut Call<'_>) -> Verdict {
    let operands = call.operands();
    let mut place = None;
    for option in &operands.options {
        match storage(option) {
            Some(found) => place = Some(found),
            None => return call.fail(&dms::DMSEXD003E, &[option], 24),
        }
    }
    if operands.words.len() != 2 {
        return match operands.words.get(2) {
            Some(word) => call.fail(&dms::DMSEXD070E, &[word], 24),
            None => call.fail(&dms::DMSEXD054E, &[], 24),
        };
    }
    let (fname, ftype) = (operands.word(0), operands.word(1));
    let fits = |word: &[u8], name: &[u8]| word == b"*" || word == name;
    let wanted = |l: &Loaded| {
        fits(fname, &l.execname) && fits(ftype, &l.exectype) && place.is_none_or(|p| p == l.storage)
    };
    let loaded = &mut call.cms.in_storage.0;
    let before = loaded.len();
    if fname != b"*" && ftype != b"*" {
        // Of several with one name only the one that would run.
        if let Some(at) = loaded.iter().rposition(wanted) {
            loaded.remove(at);
        }
    } else {
        loaded.retain(|l| !wanted(l));
    }
    if loaded.len() < before {
        return Verdict::Rc(0);
    }
    let name = [fname, b" ", ftype].concat();
    call.fail(&dms::DMSEXD002E, &[&name], 28)
}

fn execmap(call: &mut Call<'_>) -> Verdict {
    let operands = call.operands();
    let (mut place, mut order) = (None, None);
    for option in &operands.options {
        match storage(option) {
            Some(found) => place = Some(found),
            None if matches("STACK", option) || matches("FIFO", option) => {
                order = Some(Order::Fifo);
            }
            None if matches("LIFO", option) => order = Some(Order::Lifo),
            None => return call.fail(&dms::DMSEXM003E, &[option], 24),
        }
    }
    let pattern = |at: usize| match operands.word(at) {
        b"" => Pattern::new(b"*"),
        word => Pattern::new(word),
    };
    let (fname, ftype) = (pattern(0), pattern(1));
    let shown = call.cms.in_storage.0.iter().filter(|l| {
        fname.fits(&l.execname) && ftype.fits(&l.exectype) && place.is_none_or(|p| p == l.storage)
    });
    let lines: Vec<Vec<u8>> = shown.map(map_line).collect();
    if lines.is_empty() {
        return call.fail(&dms::DMSEXM002E, &[], 28);
    }
    let header = b"Name     Type     Usage  Records    Bytes  Attribute".to_vec();
    for line in std::iter::once(header).chain(lines) {
        match order {
            Some(order) => call.cms.stack.put(order, line),
            None => call.say(&line),
        }
    }
    Verdict::Rc(0)
}

/// Name, type, how many run it (none are held while they run), records, bytes and storage.
fn map_line(loaded: &Loaded) -> Vec<u8> {
    let text = String::from_utf8_lossy;
    let bytes = loaded.text.len();
    let ends = memchr::memchr_iter(b'\n', &loaded.text).count();
    let records = ends + usize::from(loaded.text.last().is_some_and(|b| *b != b'\n'));
    let place = match loaded.storage {
        Storage::User => "USER",
        Storage::System => "SYSTEM",
    };
    let (name, kind) = (text(&loaded.execname), text(&loaded.exectype));
    format!(
        "{name:<8} {kind:<8} {:>5} {records:>8} {bytes:>8}  {place}",
        0
    )
    .into_bytes()
}

fn execstat(call: &mut Call<'_>) -> Verdict {
    let operands = call.operands();
    let selection = match Selection::parse(operands.word(0), operands.word(1), b"*") {
        Ok(selection) => selection,
        Err(bad) => return bad.report(call, &IDS),
    };
    if let Some(word) = operands.words.get(2) {
        return call.fail(&dms::DMSEXL070E, &[word], 24);
    }
    let (fname, ftype) = (selection.fname.text(), selection.ftype.text());
    if call.cms.in_storage.find(fname, ftype).is_some() {
        return Verdict::Rc(0);
    }
    let on_disk = selection
        .literal()
        .and_then(|name| call.cms.files.find(&name, Mode::Any));
    Verdict::Rc(if on_disk.is_some() { ON_DISK } else { 28 })
}

fn subcom(call: &mut Call<'_>) -> Verdict {
    let operands = call.operands();
    let there = match operands.word(0) {
        b"" => return Verdict::Rc(24),
        b"CMS" | b"COMMAND" => true,
        b"EXECCOMM" => call.program.is_some(),
        b"SYSTEM" => call.cms.allowed.system,
        _ => false,
    };
    Verdict::Rc(i32::from(!there))
}
