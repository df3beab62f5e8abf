//! COPYFILE: files copied, joined, cut and changed on the way.

use super::operands::{FileidMessages, Selection, number};
use super::{Call, Fault, Row, Verdict};
use crate::base::Record;
use crate::base::abbrev::matches;
use crate::base::codepage::CodePage;
use crate::base::msg::dms;
use crate::base::packed::{Bad, Form, FromLines, Given, pack_all};
use crate::cms::attributes::{Attributes, Kept, LONGEST, Recfm};
use crate::cms::fileid::{Mode, Name, token};
use crate::cms::files::{Accessed, Found};

/// The family.
pub const ROWS: &[Row] = &[Row {
    name: "COpyfile",
    operands: "fn1 ft1 fm1 [fn2 ft2 fm2 ...] [fno fto fmo] [(REPlace|APpend|NEWFile OLDDate|NEWDate Type|NOType FRom n|FRLabel text FOR n|TOLabel text RECfm F|V LRecl n TRunc|NOTRunc UPcase|LOwcase PAck|UNPack)]",
    run: copyfile,
    doc: "Copies files; = in the output keeps a part of the input's name.",
    example: "COPYFILE SAVELX EXEC S MYSAVE = A (REPLACE",
}];

const IDS: FileidMessages = FileidMessages {
    mode: &dms::DMSCPY048E,
    incomplete: &dms::DMSCPY054E,
    character: &dms::DMSCPY062E,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Old {
    /// NEWFILE: there must be none.
    Refuse,
    Replace,
    Append,
}

/// Whether the output is packed, or the input unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    No,
    Pack,
    Unpack,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Keep,
    Upper,
    Lower,
}

/// Where copying begins or ends within an input file.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Edge {
    None,
    Record(u64),
    Label(Vec<u8>),
}

struct Options {
    old: Old,
    keep_date: bool,
    named: bool,
    from: Edge,
    to: Edge,
    fixed: Option<bool>,
    lrecl: Option<usize>,
    trunc: bool,
    case: Case,
    packing: Packing,
    fill: u8,
}

fn copyfile(call: &mut Call<'_>) -> Verdict {
    match run(call) {
        Ok(()) => Verdict::Rc(0),
        Err(fault) => call.raise(&fault),
    }
}

fn run(call: &mut Call<'_>) -> Result<(), Fault> {
    let operands = call.operands();
    let options = options(&operands.options)?;
    if operands.words.is_empty() {
        return Err((dms::DMSCPY042E.with(&[]), 24));
    }
    if !operands.words.len().is_multiple_of(3) {
        return Err((dms::DMSCPY054E.with(&[]), 24));
    }
    let mut ids: Vec<&[Vec<u8>]> = operands.words.chunks(3).collect();
    let same = [b"=".to_vec(), b"=".to_vec(), b"=".to_vec()];
    let output = if ids.len() > 1 {
        ids.pop().unwrap_or(&same)
    } else {
        &same
    };
    let mut inputs = Vec::new();
    for id in &ids {
        let found = select(call, id)?;
        inputs.push(found);
    }
    // A pattern, or several files for several outputs, copies file by file; fixed output joins them all.
    let literal_output = !output.iter().take(2).any(|w| w.contains(&b'='));
    let files: Vec<Found> = inputs.into_iter().flatten().collect();
    if literal_output && files.len() > 1 {
        let target = target(call, output, &files[0])?;
        return copy(call, &files, &target, &options);
    }
    if ids.len() > 1 {
        // COPYFILE A B C  D E F  = = =: the first input names the output.
        let target = target(call, output, &files[0])?;
        return copy(call, &files, &target, &options);
    }
    for file in files {
        let target = target(call, output, &file)?;
        copy(call, std::slice::from_ref(&file), &target, &options)?;
    }
    Ok(())
}

/// The input files that one group of three operands means.
fn select(call: &Call<'_>, id: &[Vec<u8>]) -> Result<Vec<Found>, Fault> {
    let selection = Selection::parse(&id[0], &id[1], &id[2]).map_err(|bad| bad.fault(&IDS))?;
    if let Some(letter) = selection.mode.letter()
        && call.cms.files.get(letter).is_none()
    {
        return Err((dms::DMSCPY069E.with(&[&[letter]]), 36));
    }
    let files = &call.cms.files;
    let found = match selection.literal() {
        Some(name) => files.find(&name, selection.mode).into_iter().collect(),
        None => files.select(&selection.fname, &selection.ftype, selection.mode),
    };
    if found.is_empty() {
        return Err((dms::DMSCPY002E.with(&[&selection.text()]), 28));
    }
    Ok(found)
}

/// Where a copy goes.
struct Target {
    name: Name,
    letter: u8,
    /// The mode number: what was said, else that of the input.
    number: u8,
}

impl Target {
    fn fileid(&self) -> Vec<u8> {
        let (letter, number) = (char::from(self.letter), self.number);
        format!("{} {letter}{number}", self.name).into_bytes()
    }
}

fn target(call: &Call<'_>, output: &[Vec<u8>], input: &Found) -> Result<Target, Fault> {
    let part = |word: &[u8], old: &[u8]| match word {
        b"=" => old.to_vec(),
        word => token(word).to_vec(),
    };
    let fname = part(&output[0], &input.entry.name.fname);
    let ftype = part(&output[1], &input.entry.name.ftype);
    let mode = match output[2].as_slice() {
        b"=" => Some(Mode::Letter(input.letter, None)),
        word => Mode::parse(word),
    };
    let Some(letter) = mode.and_then(Mode::letter) else {
        return Err((dms::DMSCPY048E.with(&[&output[2]]), 24));
    };
    let name = Name::new(&fname, &ftype).ok_or_else(|| {
        let word = if crate::cms::fileid::is_name(&fname) {
            &ftype
        } else {
            &fname
        };
        let bad = crate::cms::fileid::invalid_char(word).unwrap_or(b' ');
        (dms::DMSCPY062E.with(&[&[bad], word]), 20)
    })?;
    match call.cms.files.get(letter).map(Accessed::writable) {
        None => Err((dms::DMSCPY069E.with(&[&[letter]]), 36)),
        Some(false) => Err((dms::DMSCPY037E.with(&[&[letter]]), 36)),
        Some(true) => Ok(Target {
            name,
            letter,
            number: mode
                .and_then(Mode::number)
                .unwrap_or(input.entry.attributes.number),
        }),
    }
}

fn copy(
    call: &mut Call<'_>,
    inputs: &[Found],
    target: &Target,
    options: &Options,
) -> Result<(), Fault> {
    let Some(accessed) = call.cms.files.get(target.letter) else {
        return Err((dms::DMSCPY069E.with(&[&[target.letter]]), 36));
    };
    let old = accessed.disk.find(&target.name);
    // A file copied onto itself with options that change it is replaced: nothing else can be meant.
    let onto_itself = inputs
        .iter()
        .any(|f| f.letter == target.letter && f.entry.name == target.name);
    if old.is_some() && options.old == Old::Refuse && !onto_itself {
        return Err((dms::DMSCPY024E.with(&[&target.fileid()]), 28));
    }
    let writing = |e: std::io::Error| {
        let why = e.to_string();
        (
            dms::DMSCPY105S.with(&[why.as_bytes(), &target.fileid()]),
            100,
        )
    };
    let page = call.cms.settings.level.codepage;
    let mut draft = accessed.disk.create(&target.name).map_err(writing)?;
    let append = options.old == Old::Append && old.is_some();
    if !append {
        let old = inputs[0].entry.attributes;
        let recfm = recfm(&inputs[0], options).map_err(writing)?;
        draft.have(Attributes {
            recfm,
            number: target.number,
            // Cards that are no text stay that.
            kept: if recfm == old.recfm {
                old.kept
            } else {
                Kept::Lines
            },
        });
    }
    for input in inputs {
        copy_records(input, options, page, &mut draft)?;
    }
    if append {
        draft.commit_behind()
    } else {
        draft.commit()
    }
    .map_err(writing)?;
    drop(draft);
    accessed.disk.forget();
    if options.keep_date
        && let Some(path) = accessed
            .disk
            .find(&target.name)
            .and_then(|e| e.host_path().map(std::path::Path::to_owned))
    {
        keep_date(&path, &inputs[0]).map_err(writing)?;
    }
    call.cms.open.close(&target.name, target.letter);
    if !onto_itself {
        erase_read(call, inputs).map_err(writing)?;
    }
    if options.named {
        for input in inputs {
            let line = [&input.fileid()[..], b" COPIED TO ", &target.fileid()].concat();
            call.say(&line);
        }
    }
    Ok(())
}

/// The record format of a copy: as the options say, else as the input has it. Packed data has its own form.
fn recfm(input: &Found, options: &Options) -> std::io::Result<Recfm> {
    let old = input.entry.attributes.recfm;
    if options.packing != Packing::No {
        return Ok(Recfm::Variable);
    }
    Ok(match (options.fixed, options.lrecl) {
        (Some(false), _) => Recfm::Variable,
        (None, _) if old == Recfm::Variable => old,
        (_, Some(length)) => Recfm::Fixed(length.min(LONGEST)),
        (_, None) => Recfm::Fixed(input.entry.shape()?.lrecl.max(1)),
    })
}

/// Erases the inputs of mode number 3: they have been read.
fn erase_read(call: &Call<'_>, inputs: &[Found]) -> std::io::Result<()> {
    for input in inputs.iter().filter(|f| f.entry.once) {
        if let Some(accessed) = call.cms.files.get(input.letter) {
            accessed.disk.erase(&input.entry.name)?;
        }
    }
    Ok(())
}

/// Gives the copy the date of its input (OLDDATE).
fn keep_date(path: &std::path::Path, input: &Found) -> std::io::Result<()> {
    let micros = u64::try_from(input.entry.changed).unwrap_or(0);
    let when = std::time::UNIX_EPOCH + std::time::Duration::from_micros(micros);
    std::fs::OpenOptions::new()
        .write(true)
        .open(path)?
        .set_modified(when)
}

fn copy_records(
    input: &Found,
    options: &Options,
    page: CodePage,
    draft: &mut crate::cms::draft::Draft,
) -> Result<(), Fault> {
    let reading = |e: std::io::Error| {
        let why = e.to_string();
        (
            dms::DMSCPY104S.with(&[why.as_bytes(), &input.fileid()]),
            100,
        )
    };
    let mut lines = input.entry.lines().map_err(reading)?;
    let mut unpacked = match options.packing {
        Packing::Unpack => Some(unpack(|| lines.read(), page).map_err(reading)?),
        _ => None,
    };
    let mut packed = Vec::new();
    let mut at = 0;
    let mut begun = options.from == Edge::None;
    let mut copied = 0;
    loop {
        let next = match &mut unpacked {
            Some(records) => records.next(),
            None => lines.read().map_err(reading)?.map(|line| line.to_vec()),
        };
        let Some(line) = next else { break };
        at += 1;
        begun = begun
            || match &options.from {
                Edge::None => true,
                Edge::Record(n) => at >= *n,
                Edge::Label(text) => line.starts_with(text),
            };
        if !begun {
            continue;
        }
        match &options.to {
            Edge::Record(n) if copied >= *n => break,
            Edge::Label(text) if line.starts_with(text) => break,
            _ => {}
        }
        let record = changed(&line, options);
        match options.packing {
            Packing::Pack => packed.push(record),
            _ => draft.put(&record).map_err(reading)?,
        }
        copied += 1;
    }
    if options.packing == Packing::Pack {
        let form = options.fixed.map(|fixed| match fixed {
            true => Form::Fixed,
            false => Form::Variable,
        });
        for block in pack_all(&packed, form, page) {
            draft.put(&block).map_err(reading)?;
        }
    }
    if !begun {
        let what: &[u8] = match &options.from {
            Edge::Label(text) => text,
            _ => b"FROM",
        };
        return Err((dms::DMSCPY157E.with(&[what, &input.fileid()]), 32));
    }
    Ok(())
}

/// The records of a file, unpacked if it is packed.
fn unpack(
    mut read: impl FnMut() -> std::io::Result<Option<Record>>,
    page: CodePage,
) -> std::io::Result<std::vec::IntoIter<Vec<u8>>> {
    let bad = |_: Bad| std::io::Error::new(std::io::ErrorKind::InvalidData, "not packed data");
    let mut from = FromLines::new(page);
    let mut records = Vec::new();
    while let Some(line) = read()? {
        match from.line(&line).map_err(bad)? {
            Given::AsItIs => records.push(line.to_vec()),
            Given::Records(more) => records.extend(more),
        }
    }
    records.extend(from.finish().map_err(bad)?);
    Ok(records.into_iter())
}

/// A record as the options want it.
fn changed(line: &[u8], options: &Options) -> Vec<u8> {
    let mut record = match options.case {
        Case::Keep => line.to_vec(),
        Case::Upper => line.to_ascii_uppercase(),
        Case::Lower => line.to_ascii_lowercase(),
    };
    if let Some(lrecl) = options.lrecl {
        record.truncate(lrecl);
        if options.fixed == Some(true) {
            record.resize(lrecl, options.fill);
        }
    }
    if options.trunc {
        let end = record
            .iter()
            .rposition(|&c| c != options.fill)
            .map_or(0, |at| at + 1);
        record.truncate(end);
    }
    record
}

fn options(words: &[Vec<u8>]) -> Result<Options, Fault> {
    let mut o = Options {
        old: Old::Refuse,
        keep_date: false,
        named: false,
        from: Edge::None,
        to: Edge::None,
        fixed: None,
        lrecl: None,
        trunc: false,
        case: Case::Keep,
        packing: Packing::No,
        fill: b' ',
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let is = |name: &str| matches(name, word);
        if is("REPlace") {
            o.old = Old::Replace;
        } else if is("APpend") {
            o.old = Old::Append;
        } else if is("NEWFile") {
            o.old = Old::Refuse;
        } else if is("OLDDate") {
            o.keep_date = true;
        } else if is("NEWDate") {
            o.keep_date = false;
        } else if is("Type") {
            o.named = true;
        } else if is("NOType") {
            o.named = false;
        } else if is("PAck") {
            o.packing = Packing::Pack;
        } else if is("UNPack") {
            o.packing = Packing::Unpack;
        } else if is("TRunc") {
            o.trunc = true;
        } else if is("NOTRunc") {
            o.trunc = false;
        } else if is("UPcase") {
            o.case = Case::Upper;
        } else if is("LOwcase") {
            o.case = Case::Lower;
        } else {
            with_value(&mut o, word, words.next())?;
        }
    }
    Ok(o)
}

/// An option that takes a value.
fn with_value(o: &mut Options, word: &[u8], value: Option<&Vec<u8>>) -> Result<(), Fault> {
    let is = |name: &str| matches(name, word);
    let known = [
        "FRom", "FRLabel", "FOR", "TOLabel", "RECfm", "LRecl", "FIll",
    ];
    if !known.iter().any(|name| is(name)) {
        return Err((dms::DMSCPY003E.with(&[word]), 24));
    }
    let value = value.ok_or_else(|| (dms::DMSCPY050E.with(&[word]), 24))?;
    let bad = || (dms::DMSCPY029E.with(&[value, word]), 24);
    let positive = || number(value).filter(|n| *n > 0).ok_or_else(bad);
    if is("FRom") {
        o.from = Edge::Record(positive()?);
    } else if is("FRLabel") {
        o.from = Edge::Label(value.clone());
    } else if is("FOR") {
        o.to = Edge::Record(positive()?);
    } else if is("TOLabel") {
        o.to = Edge::Label(value.clone());
    } else if is("LRecl") {
        o.lrecl = Some(usize::try_from(positive()?).map_err(|_| bad())?);
    } else if is("FIll") {
        let [c] = value[..] else { return Err(bad()) };
        o.fill = c;
    } else {
        o.fixed = Some(match value.as_slice() {
            b"F" => true,
            b"V" => false,
            _ => return Err(bad()),
        });
    }
    Ok(())
}
