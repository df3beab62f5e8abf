//! EXECIO: records between files, CP responses, variables and the program stack
//! (z/VM: CMS Commands and Utilities Reference, EXECIO).
//!
//! A file stays open behind an EXECIO without FINIS, so that the next one reads on. What DISKW wrote is put
//! into the file as one piece before anything else can look at it.

use std::collections::BTreeMap;
use std::io;

use super::attributes::{Attributes, LONGEST, Recfm};
use super::commands::operands::{Selection, number};
use super::commands::unit_record;
use super::commands::{Call, Fault, Row, Verdict};
use super::fileid::{Mode, Name};
use super::files::{Accessed, Files};
use super::lines::Lines;
use super::stack::Order;
use super::state::emsg;
use crate::base::abbrev::matches;
use crate::base::codepage::{ebcdic_to_host, host_to_ebcdic};
use crate::base::msg::{Message, dms};
use crate::cp::CardRead;
use crate::rexx::Value;

/// The family.
pub const ROWS: &[Row] = &[Row {
    name: "EXECIO",
    operands: "lines|* DISKR fn ft [fm [line]]|DISKW fn ft fm [line [recfm [lrecl]]]|CARD|PUNCH|PRINT|EMSG|CP [(FINIS FIFO|LIFO|SKIP STEM name|VAR name MARgins m n STRIP CAse U|M ZONE m n FIND|LOCATE|AVOID /text/ NOTYPE BUFfer n CC code|DATA STRing text]",
    run: execio,
    doc: "Reads or writes records, or runs a CP command and keeps its response.",
    example: "EXECIO * DISKR SAVELX EXEC S (FINIS SKIP",
}];

/// A file that is being read.
struct Reading {
    lines: Lines,
    /// The number of the next record.
    next: u64,
}

/// The files EXECIO has open.
#[derive(Default)]
pub struct OpenFiles {
    reading: BTreeMap<(u8, Name), Reading>,
    written: BTreeMap<(u8, Name), Written>,
}

/// What DISKW wrote to a file, and what the file is.
struct Written {
    attributes: Attributes,
    records: Vec<Vec<u8>>,
}

impl OpenFiles {
    /// Forgets a file that was erased or replaced.
    pub fn close(&mut self, name: &Name, letter: u8) {
        let key = (letter, name.clone());
        self.reading.remove(&key);
        self.written.remove(&key);
    }

    /// Forgets every file of a disk that is released.
    pub fn close_disk(&mut self, letter: u8) {
        self.reading.retain(|(l, _), _| *l != letter);
        self.written.retain(|(l, _), _| *l != letter);
    }

    /// FINIS: closes what fits; `*` fits all. Whether anything was open.
    pub fn finis(&mut self, fname: &[u8], ftype: &[u8], fmode: &[u8]) -> bool {
        let fits = |word: &[u8], name: &[u8]| matches!(word, b"" | b"*") || word == name;
        let mode = Mode::parse(fmode).unwrap_or(Mode::Any);
        let before = self.reading.len();
        self.reading.retain(|(letter, name), _| {
            !(fits(fname, &name.fname) && fits(ftype, &name.ftype) && mode.takes(*letter))
        });
        self.reading.len() < before
    }

    /// Puts what was written into the files. Gives the first fault.
    pub fn flush(&mut self, files: &Files) -> Option<Message> {
        let mut fault = None;
        for ((letter, name), written) in std::mem::take(&mut self.written) {
            let Some(accessed) = files.get(letter) else {
                continue;
            };
            let put = || -> io::Result<()> {
                let mut draft = accessed.disk.create(&name)?;
                draft.have(written.attributes);
                written.records.iter().try_for_each(|r| draft.put(r))?;
                draft.commit_behind()
            };
            let done = put();
            accessed.disk.forget();
            if let Err(e) = done {
                let fileid = format!("{name} {}1", char::from(letter));
                let message = dms::DMSEIO105S.with(&[e.to_string().as_bytes(), fileid.as_bytes()]);
                fault.get_or_insert(message);
            }
        }
        fault
    }

    /// What a file is that DISKW writes to: as it is, or as it was said when it was new.
    fn attributes(&self, key: &(u8, Name), files: &Files) -> Option<Attributes> {
        let written = self.written.get(key).map(|w| w.attributes);
        let entry = || files.get(key.0)?.disk.find(&key.1);
        written.or_else(|| entry().map(|e| e.attributes))
    }

    /// Whether DISKW left anything to put into files.
    pub fn has_written(&self) -> bool {
        !self.written.is_empty()
    }
}

/// How records are searched.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Search {
    /// From the first column of the zone.
    Find,
    /// Anywhere in the zone.
    Locate,
    /// Nowhere in the zone.
    Avoid,
}

#[derive(Default)]
struct Options {
    finis: bool,
    order: Option<Order>,
    skip: bool,
    strip: bool,
    upper: bool,
    quiet: bool,
    stem: Option<Vec<u8>>,
    var: Option<Vec<u8>>,
    string: Option<Vec<u8>>,
    margins: Option<(usize, usize)>,
    zone: Option<(usize, usize)>,
    search: Option<(Search, Vec<u8>)>,
    carriage: Option<Carriage>,
}

/// How PRINT moves the paper.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Carriage {
    /// This machine code for every line.
    Code(u8),
    /// The first character of a line is its ANSI control character.
    Data,
}

fn bad(text: &[u8]) -> Fault {
    (dms::DMSEIO621E.with(&[text]), 24)
}

fn execio(call: &mut Call<'_>) -> Verdict {
    let (head, tail) = match call.text.iter().position(|&c| c == b'(') {
        Some(at) => (&call.text[..at], &call.text[at + 1..]),
        None => (call.text, &[][..]),
    };
    let options = match options(tail) {
        Ok(options) => options,
        Err(fault) => return call.raise(&fault),
    };
    let head = head.to_ascii_uppercase();
    let words: Vec<&[u8]> = head
        .split(|&c| c == b' ')
        .filter(|w| !w.is_empty())
        .collect();
    let done = run(call, &words, &options);
    match done {
        Ok(rc) => Verdict::Rc(rc),
        Err((message, rc)) => {
            if !options.quiet {
                call.cms.report(call.port, &message);
            }
            Verdict::Rc(rc)
        }
    }
}

fn run(call: &mut Call<'_>, words: &[&[u8]], options: &Options) -> Result<i32, Fault> {
    let (Some(count), Some(verb)) = (words.first(), words.get(1)) else {
        return Err(bad(b"operands are missing"));
    };
    let limit = match *count {
        b"*" => None,
        word => Some(number(word).ok_or_else(|| bad(word))?),
    };
    match *verb {
        b"DISKR" => read(call, limit, &words[2..], options),
        b"DISKW" => write(call, limit, &words[2..], options),
        b"CP" => cp(call, limit, options),
        b"CARD" | b"PUNCH" | b"PRINT" | b"EMSG" if words.len() > 2 => Err(bad(words[2])),
        b"CARD" => card(call, limit, options),
        b"PUNCH" => punch(call, limit, options),
        b"PRINT" => print(call, limit, options),
        b"EMSG" => issue(call, limit, options),
        word => Err(bad(word)),
    }
}

/// Reads the options; STRING takes the rest of the text as it is.
fn options(text: &[u8]) -> Result<Options, Fault> {
    let mut o = Options::default();
    let mut rest = text;
    while let Some(word) = next(&mut rest) {
        let is = |name: &str| matches(name, word);
        if word == b")" {
            break;
        } else if is("FINis") {
            o.finis = true;
        } else if is("FIFO") {
            o.order = Some(Order::Fifo);
        } else if is("LIFO") {
            o.order = Some(Order::Lifo);
        } else if is("SKip") {
            o.skip = true;
        } else if is("STRIP") {
            o.strip = true;
        } else if is("NOTYPE") {
            o.quiet = true;
        } else if is("STRing") {
            o.string = Some(rest.strip_prefix(b" ").unwrap_or(rest).to_vec());
            break;
        } else if is("STEM") || is("VAR") {
            let name = next(&mut rest).ok_or_else(|| bad(word))?.to_vec();
            let place = if is("VAR") { &mut o.var } else { &mut o.stem };
            *place = Some(name);
        } else if is("CAse") {
            o.upper = match next(&mut rest).map(<[u8]>::to_ascii_uppercase).as_deref() {
                Some(b"U") => true,
                Some(b"M") => false,
                other => return Err(bad(other.unwrap_or(word))),
            };
        } else if is("BUFfer") {
            // The response is never cut, however small a buffer is asked for.
            next(&mut rest).and_then(number).ok_or_else(|| bad(word))?;
        } else if is("CC") {
            let word = next(&mut rest).ok_or_else(|| bad(word))?;
            o.carriage = Some(carriage(word).ok_or_else(|| bad(word))?);
        } else if is("MARgins") || is("Zone") {
            let columns = (column(&mut rest), column(&mut rest));
            let (Some(first), Some(last)) = columns else {
                return Err(bad(word));
            };
            let place = if is("Zone") {
                &mut o.zone
            } else {
                &mut o.margins
            };
            *place = Some((first, last));
        } else if let Some(search) = search(word) {
            let wanted = delimited(&mut rest).ok_or_else(|| bad(word))?;
            o.search = Some((search, wanted));
        } else {
            return Err((dms::DMSEIO003E.with(&[word]), 24));
        }
    }
    Ok(o)
}

fn search(word: &[u8]) -> Option<Search> {
    if matches("FInd", word) {
        Some(Search::Find)
    } else if matches("LOcate", word) {
        Some(Search::Locate)
    } else if matches("AVoid", word) {
        Some(Search::Avoid)
    } else {
        None
    }
}

/// The value of CC: DATA, a character, or its code in hexadecimal digits.
fn carriage(word: &[u8]) -> Option<Carriage> {
    match word {
        w if w.eq_ignore_ascii_case(b"DATA") => Some(Carriage::Data),
        [control] => ansi(*control).map(Carriage::Code),
        [_, _] => std::str::from_utf8(word)
            .ok()
            .and_then(|w| u8::from_str_radix(w, 16).ok())
            .map(Carriage::Code),
        _ => None,
    }
}

/// The machine code that writes a line and moves the paper as an ANSI control character says; the motion
/// comes behind the line here, since each line is one operation.
fn ansi(control: u8) -> Option<u8> {
    Some(match control {
        b'+' => 0x01,
        b' ' => 0x09,
        b'0' => 0x11,
        b'-' => 0x19,
        b'1'..=b'9' => 0x81 | (control - b'0') << 3,
        b'A'..=b'C' => 0x81 | (control - b'A' + 10) << 3,
        _ => return None,
    })
}

/// Takes the next word off a text.
fn next<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let start = rest.iter().position(|&c| c != b' ')?;
    let from = &rest[start..];
    let end = from.iter().position(|&c| c == b' ').unwrap_or(from.len());
    *rest = &from[end..];
    Some(&from[..end])
}

fn column(rest: &mut &[u8]) -> Option<usize> {
    let word = next(rest)?;
    if word == b"*" {
        return Some(usize::MAX);
    }
    usize::try_from(number(word)?).ok().filter(|n| *n > 0)
}

/// Takes a string between delimiters off a text.
fn delimited(rest: &mut &[u8]) -> Option<Vec<u8>> {
    let start = rest.iter().position(|&c| c != b' ')?;
    let from = &rest[start..];
    let len = from[1..].iter().position(|&c| c == from[0])?;
    *rest = &from[len + 2..];
    Some(from[1..=len].to_vec())
}

/// The file that operands name; a file mode left out means the first disk that has it.
fn selection(words: &[&[u8]]) -> Result<Selection, Fault> {
    let word = |at: usize| words.get(at).copied().unwrap_or_default();
    Selection::parse(word(0), word(1), word(2)).map_err(|fault| {
        use super::commands::operands::Bad;
        match fault {
            Bad::Incomplete => bad(b"file name or file type is missing"),
            Bad::Mode(word) => (dms::DMSEIO048E.with(&[&word]), 24),
            Bad::Character(c, word) => (dms::DMSEIO062E.with(&[&[c], &word]), 20),
        }
    })
}

fn read(
    call: &mut Call<'_>,
    limit: Option<u64>,
    words: &[&[u8]],
    options: &Options,
) -> Result<i32, Fault> {
    flush(call)?;
    let selection = selection(words)?;
    let from = match words.get(3) {
        None => None,
        Some(word) => Some(number(word).filter(|n| *n > 0).ok_or_else(|| bad(word))?),
    };
    let found = selection
        .literal()
        .and_then(|name| call.cms.files.find(&name, selection.mode));
    let Some(found) = found else {
        return Err((dms::DMSEIO002E.with(&[&selection.text()]), 28));
    };
    let key = (found.letter, found.entry.name.clone());
    let failed = |e: io::Error| {
        let why = e.to_string();
        (
            dms::DMSEIO104S.with(&[why.as_bytes(), &found.fileid()]),
            100,
        )
    };
    let open = &mut call.cms.open.reading;
    let behind = |r: &Reading| from.is_some_and(|n| n < r.next);
    if open.get(&key).is_none_or(behind) {
        let lines = found.entry.reader().map_err(failed)?;
        open.insert(key.clone(), Reading { lines, next: 1 });
    }
    let Some(reading) = open.get_mut(&key) else {
        return Ok(0);
    };
    let (taken, rc) = take(reading, limit, from, options).map_err(failed)?;
    if options.finis {
        open.remove(&key);
    }
    give(call, taken, options)?;
    Ok(rc)
}

/// Reads records as the options want them; with the return code: 2 at the end of the file, 3 when nothing
/// fits the search.
fn take(
    reading: &mut Reading,
    limit: Option<u64>,
    from: Option<u64>,
    options: &Options,
) -> io::Result<(Vec<Vec<u8>>, i32)> {
    while from.is_some_and(|n| reading.next < n) {
        if reading.lines.read()?.is_none() {
            return Ok((Vec::new(), 2));
        }
        reading.next += 1;
    }
    let start = reading.next;
    let mut taken = Vec::new();
    let mut count = 0;
    while limit.is_none_or(|n| count < n) {
        let Some(line) = reading.lines.read()? else {
            let rc = match (&options.search, limit) {
                (Some(_), _) => 3,
                (None, Some(_)) => 2,
                // An asterisk reads to the end; only an attempt at the very end finds nothing.
                (None, None) if count == 0 && reading.next > 1 => 2,
                (None, None) => 0,
            };
            return Ok((taken, rc));
        };
        count += 1;
        reading.next += 1;
        if let Some((search, wanted)) = &options.search {
            if !fits(&line, *search, wanted, options.zone) {
                continue;
            }
            let absolute = reading.next - 1;
            taken.push(format!("{} {absolute}", absolute - start + 1).into_bytes());
            taken.push(shaped(&line, options));
            return Ok((taken, 0));
        }
        taken.push(shaped(&line, options));
    }
    let rc = if options.search.is_some() { 3 } else { 0 };
    Ok((taken, rc))
}

/// The columns of a record from `first` to `last`, counted from 1.
fn cut(line: &[u8], columns: Option<(usize, usize)>) -> &[u8] {
    let Some((first, last)) = columns else {
        return line;
    };
    let last = last.min(line.len());
    line.get(first - 1..last).unwrap_or_default()
}

fn fits(line: &[u8], search: Search, wanted: &[u8], zone: Option<(usize, usize)>) -> bool {
    let part = cut(line, zone);
    let contains = || wanted.is_empty() || memchr::memmem::find(part, wanted).is_some();
    match search {
        Search::Find => part.starts_with(wanted),
        Search::Locate => contains(),
        Search::Avoid => !contains(),
    }
}

fn shaped(line: &[u8], options: &Options) -> Vec<u8> {
    let mut part = cut(line, options.margins).to_vec();
    if options.strip {
        let end = part.iter().rposition(|&c| c != b' ').map_or(0, |at| at + 1);
        part.truncate(end);
    }
    if options.upper {
        part.make_ascii_uppercase();
    }
    part
}

/// Gives lines to variables or to the program stack.
fn give(call: &mut Call<'_>, lines: Vec<Vec<u8>>, options: &Options) -> Result<(), Fault> {
    if options.skip {
        return Ok(());
    }
    if options.stem.is_none() && options.var.is_none() {
        let order = options.order.unwrap_or(Order::Fifo);
        for line in lines {
            call.cms.stack.put(order, line);
        }
        return Ok(());
    }
    let mut settings = Vec::new();
    if let Some(name) = &options.var
        && let Some(line) = lines.first()
    {
        settings.push((name.clone(), Value::from_bytes(line)));
    }
    if let Some(stem) = &options.stem {
        let tail = |n: usize| [stem, n.to_string().as_bytes()].concat();
        settings.push((tail(0), Value::from(lines.len().to_string().as_str())));
        for (at, line) in lines.iter().enumerate() {
            settings.push((tail(at + 1), Value::from_bytes(line)));
        }
    }
    for (name, value) in settings {
        let set = call
            .program
            .as_deref_mut()
            .is_some_and(|vm| vm.set_variable(&name, Some(value)).is_ok());
        if !set {
            return Err((dms::DMSEIO618E.with(&[&name]), 24));
        }
    }
    Ok(())
}

fn flush(call: &mut Call<'_>) -> Result<(), Fault> {
    let cms = &mut *call.cms;
    match cms.open.flush(&cms.files) {
        Some(message) => Err((message, 100)),
        None => Ok(()),
    }
}

fn write(
    call: &mut Call<'_>,
    limit: Option<u64>,
    words: &[&[u8]],
    options: &Options,
) -> Result<i32, Fault> {
    let mut words = words.to_vec();
    if words.len() == 2 {
        words.push(b"A");
    }
    let selection = selection(&words)?;
    let (Some(letter), Some(name)) = (selection.mode.letter(), selection.literal()) else {
        return Err(bad(&selection.text()));
    };
    match call.cms.files.get(letter).map(Accessed::writable) {
        None => return Err((dms::DMSEIO069E.with(&[&[letter]]), WRITING + 36)),
        Some(false) => return Err((dms::DMSEIO037E.with(&[&[letter]]), WRITING + 12)),
        Some(true) => {}
    }
    let line = match words.get(3) {
        None | Some(&b"0" | &b"*") => None,
        Some(word) => Some(number(word).ok_or_else(|| bad(word))?),
    };
    let lines: Vec<Vec<u8>> = source(call, limit, options)?
        .iter()
        .map(|l| shaped(l, options))
        .collect();
    let key = (letter, name);
    let asked = asked(&words)?;
    let attributes = match call.cms.open.attributes(&key, &call.cms.files) {
        None => Attributes {
            recfm: asked.recfm(Recfm::Variable),
            ..Attributes::default().numbered(selection.mode.number())
        },
        Some(old) if asked.recfm(old.recfm) == old.recfm => old,
        Some(old) => {
            let same = asked.letter == Some(old.recfm.letter());
            let rc = if same { WRONG_LENGTH } else { WRONG_RECFM };
            return Err((dms::DMSEIO632E.with(&[]), rc));
        }
    };
    let longest = attributes.recfm.fixed().unwrap_or(usize::MAX);
    let cut = lines.iter().any(|l| l.len() > longest);
    call.cms.open.reading.remove(&key);
    match line {
        Some(line) if !lines.is_empty() => rewrite(call, &key, line, lines, attributes)?,
        _ => {
            let new = || Written {
                attributes,
                records: Vec::new(),
            };
            let written = call.cms.open.written.entry(key).or_insert_with(new);
            written.records.extend(lines);
        }
    }
    if options.finis {
        flush(call)?;
    }
    Ok(if cut { TRUNCATED } else { 0 })
}

/// The record format that DISKW's operands ask for.
struct Asked {
    letter: Option<u8>,
    length: Option<usize>,
}

impl Asked {
    /// What is asked for, where nothing is said `old`.
    fn recfm(&self, old: Recfm) -> Recfm {
        match (self.letter, old) {
            (None, _) => old,
            (Some(b'F'), Recfm::Fixed(old)) => Recfm::Fixed(self.length.unwrap_or(old)),
            (Some(b'F'), _) => Recfm::Fixed(self.length.unwrap_or(LRECL)),
            _ => Recfm::Variable,
        }
    }
}

/// Takes DISKW's last two operands: the record format and length.
fn asked(words: &[&[u8]]) -> Result<Asked, Fault> {
    if let Some(word) = words.get(6) {
        return Err(bad(word));
    }
    let letter = match words.get(4) {
        None => None,
        Some([letter @ (b'F' | b'V')]) => Some(*letter),
        Some(word) => return Err(bad(word)),
    };
    let length = |word: &&[u8]| column(&mut &word[..]).filter(|n| *n <= LONGEST);
    let length = match words.get(5) {
        None => None,
        Some(word) => Some(length(word).ok_or_else(|| bad(word))?),
    };
    Ok(Asked { letter, length })
}

/// The record length of a new F file that is given none.
const LRECL: usize = 80;

/// What DISKW adds to the return code of the write that failed.
const WRITING: i32 = 100;

/// The record length is not that of the file (FSWRITE's 15).
const WRONG_LENGTH: i32 = WRITING + 15;

/// The record format is not that of the file (FSWRITE's 16).
const WRONG_RECFM: i32 = WRITING + 16;

/// The lines that DISKW writes: STRING, VAR, STEM, else the program stack.
fn source(
    call: &mut Call<'_>,
    limit: Option<u64>,
    options: &Options,
) -> Result<Vec<Vec<u8>>, Fault> {
    let count = limit.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
    if let Some(text) = &options.string {
        return Ok(vec![text.clone(); count.min(1)]);
    }
    let variable = |call: &mut Call<'_>, name: &[u8]| {
        let value = call
            .program
            .as_deref_mut()
            .and_then(|vm| vm.get_variable(name));
        value.map(|v| v.to_vec())
    };
    if let Some(name) = &options.var {
        let value = variable(call, name).ok_or_else(|| bad(name))?;
        return Ok(vec![value]);
    }
    if let Some(stem) = &options.stem {
        let tail = |n: usize| [stem, n.to_string().as_bytes()].concat();
        let count = match limit {
            Some(_) => count,
            None => variable(call, &tail(0))
                .and_then(|n| usize::try_from(number(&n)?).ok())
                .ok_or_else(|| bad(&tail(0)))?,
        };
        return (1..=count)
            .map(|n| variable(call, &tail(n)).ok_or_else(|| bad(&tail(n))))
            .collect();
    }
    let mut lines = Vec::new();
    while lines.len() < count {
        match call.cms.stack.take() {
            Some(line) if line.is_empty() && limit.is_none() => break,
            Some(line) => lines.push(line),
            None => break,
        }
    }
    Ok(lines)
}

/// Writes records from a given one on. Records behind are kept while the lengths stay the same, as in a
/// variable-format file.
fn rewrite(
    call: &mut Call<'_>,
    key: &(u8, Name),
    line: u64,
    lines: Vec<Vec<u8>>,
    attributes: Attributes,
) -> Result<(), Fault> {
    flush(call)?;
    let (letter, name) = key;
    let Some(accessed) = call.cms.files.get(*letter) else {
        return Ok(());
    };
    let put = || -> io::Result<()> {
        let mut old = Vec::new();
        if let Some(entry) = accessed.disk.find(name) {
            let mut from = entry.lines()?;
            while let Some(record) = from.read()? {
                old.push(record.to_vec());
            }
        }
        let at = usize::try_from(line - 1)
            .unwrap_or(usize::MAX)
            .min(old.len());
        let mut same = true;
        for (offset, new) in lines.into_iter().enumerate() {
            match old.get_mut(at + offset) {
                Some(record) => {
                    same &= attributes.recfm.fixed().is_some() || record.len() == new.len();
                    *record = new;
                    if !same {
                        old.truncate(at + offset + 1);
                    }
                }
                None => old.push(new),
            }
        }
        let mut draft = accessed.disk.create(name)?;
        draft.have(attributes);
        old.iter().try_for_each(|r| draft.put(r))?;
        draft.commit()
    };
    let done = put();
    accessed.disk.forget();
    done.map_err(|e| {
        let fileid = format!("{name} {}1", char::from(*letter));
        (
            dms::DMSEIO105S.with(&[e.to_string().as_bytes(), fileid.as_bytes()]),
            100,
        )
    })
}

/// Some line was longer than the device takes: EXECIO's return code then.
const TRUNCATED: i32 = 1;

/// The lines to write, cut to what the device takes, and the return code.
fn output(
    call: &mut Call<'_>,
    limit: Option<u64>,
    options: &Options,
    longest: usize,
) -> Result<(Vec<Vec<u8>>, i32), Fault> {
    let lines = source(call, limit, options)?;
    let mut lines: Vec<Vec<u8>> = lines.iter().map(|l| shaped(l, options)).collect();
    let mut rc = 0;
    for line in lines.iter_mut().filter(|l| l.len() > longest) {
        line.truncate(longest);
        rc = TRUNCATED;
    }
    Ok((lines, rc))
}

/// Writes a line on a device.
fn put(call: &mut Call<'_>, vdev: u16, command: u8, line: &[u8]) -> Result<(), Fault> {
    match call.port.write_unit(vdev, command, &host_to_ebcdic(line)) {
        true => Ok(()),
        false => Err((dms::DMSEIO632E.with(&[]), 100)),
    }
}

fn punch(call: &mut Call<'_>, limit: Option<u64>, options: &Options) -> Result<i32, Fault> {
    let (lines, rc) = output(call, limit, options, unit_record::CARD)?;
    for line in lines {
        put(call, unit_record::PUNCH, unit_record::PUNCH_CARD, &line)?;
    }
    Ok(rc)
}

fn print(call: &mut Call<'_>, limit: Option<u64>, options: &Options) -> Result<i32, Fault> {
    let control = usize::from(options.carriage == Some(Carriage::Data));
    let (lines, rc) = output(call, limit, options, unit_record::LINE + control)?;
    for line in lines {
        let (command, text) = match (options.carriage, line.split_first()) {
            (None, _) => (unit_record::WRITE_SPACE, line.as_slice()),
            (Some(Carriage::Code(code)), _) => (code, line.as_slice()),
            (Some(Carriage::Data), None) => (unit_record::WRITE_SPACE, &[][..]),
            (Some(Carriage::Data), Some((control, text))) => {
                (ansi(*control).unwrap_or(unit_record::WRITE_SPACE), text)
            }
        };
        put(call, unit_record::PRINTER, command, text)?;
    }
    Ok(rc)
}

/// CARD: the next cards of the reader; 2 at the end of the file.
fn card(call: &mut Call<'_>, limit: Option<u64>, options: &Options) -> Result<i32, Fault> {
    let mut cards = Vec::new();
    let mut rc = 0;
    while limit.is_none_or(|n| (cards.len() as u64) < n) {
        match call.port.read_unit(unit_record::READER) {
            None => return Err((dms::DMSEIO632E.with(&[]), 100)),
            Some(CardRead::Card(card)) => cards.push(shaped(&ebcdic_to_host(&card), options)),
            Some(CardRead::EndOfFile | CardRead::Empty) => {
                let nothing = cards.is_empty();
                rc = if limit.is_some() || nothing { 2 } else { 0 };
                break;
            }
        }
    }
    give(call, cards, options)?;
    Ok(rc)
}

/// EMSG: lines that begin with a message id, as SET EMSG wants them.
fn issue(call: &mut Call<'_>, limit: Option<u64>, options: &Options) -> Result<i32, Fault> {
    let setting = emsg(call.port);
    for line in source(call, limit, options)? {
        let line = shaped(&line, options);
        let (id, text) = message_id(&line);
        if let Some(line) = setting.line(id, text) {
            call.say(&line);
        }
    }
    Ok(0)
}

/// A message id of ten or eleven characters, and the text behind it.
fn message_id(line: &[u8]) -> (&[u8], &[u8]) {
    let end = line.iter().position(|&c| c == b' ').unwrap_or(line.len());
    let end = if matches!(end, 10 | 11) {
        end
    } else {
        line.len().min(10)
    };
    (&line[..end], line.get(end + 1..).unwrap_or_default())
}

/// EXECIO's return code for a CP command that failed: CP's and this.
const CP_FAILED: i32 = 1000;

fn cp(call: &mut Call<'_>, limit: Option<u64>, options: &Options) -> Result<i32, Fault> {
    let text = match &options.string {
        Some(text) => text.clone(),
        None => call
            .cms
            .stack
            .take()
            .ok_or_else(|| bad(b"no CP command was given"))?,
    };
    let reply = call.cms.cp(call.port, &text);
    let count = limit.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
    let short = limit.is_some() && reply.response.len() < count;
    let lines = reply
        .response
        .iter()
        .take(count)
        .map(|l| shaped(l, options))
        .collect();
    give(call, lines, options)?;
    Ok(match reply.rc {
        0 if short => 2,
        0 => 0,
        rc => CP_FAILED + rc,
    })
}
