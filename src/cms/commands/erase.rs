//! ERASE and RENAME.

use super::operands::{FileidMessages, Selection};
use super::{Call, Fault, Origin, Row, Verdict};
use crate::base::abbrev::matches;
use crate::base::msg::dms;
use crate::cms::fileid::{Mode, Name};
use crate::cms::files::{Accessed, Found};

/// The family.
pub const ROWS: &[Row] = &[
    Row {
        name: "ERASE",
        operands: "fn ft [fm] [(Type|NOType)]",
        run: erase,
        doc: "Erases the files that fit.",
        example: "ERASE OLD DATA A",
    },
    Row {
        name: "Rename",
        operands: "fn1 ft1 fm1 fn2 ft2 fm2 [(Type|NOType)]",
        run: rename,
        doc: "Gives files another name; = keeps a part of the old one.",
        example: "RENAME OLD DATA A NEW = =",
    },
];

const ERASE_IDS: FileidMessages = FileidMessages {
    mode: &dms::DMSERS048E,
    incomplete: &dms::DMSERS054E,
    character: &dms::DMSERS062E,
};

const RENAME_IDS: FileidMessages = FileidMessages {
    mode: &dms::DMSRNM048E,
    incomplete: &dms::DMSRNM054E,
    character: &dms::DMSRNM062E,
};

/// Whether the files that were touched are named on the console.
fn wants_type(options: &[Vec<u8>]) -> Result<bool, &[u8]> {
    let mut wanted = false;
    for word in options {
        if matches("Type", word) {
            wanted = true;
        } else if matches("NOType", word) {
            wanted = false;
        } else {
            return Err(word);
        }
    }
    Ok(wanted)
}

fn erase(call: &mut Call<'_>) -> Verdict {
    let operands = call.operands();
    let named = match wants_type(&operands.options) {
        Ok(named) => named,
        Err(word) => return call.fail(&dms::DMSERS003E, &[word], 24),
    };
    if operands.words.len() > 3 {
        return call.fail(&dms::DMSERS070E, &[operands.word(3)], 24);
    }
    let mode: &[u8] = match operands.word(2) {
        b"" => b"A",
        word => word,
    };
    let selection = match Selection::parse(operands.word(0), operands.word(1), mode) {
        Ok(selection) => selection,
        Err(bad) => return bad.report(call, &ERASE_IDS),
    };
    if selection.fname.text() == b"*" && selection.ftype.text() == b"*" {
        return call.fail(&dms::DMSERS071E, &[mode], 24);
    }
    if let Some(letter) = selection.mode.letter() {
        match call.cms.files.get(letter).map(Accessed::writable) {
            None => return call.fail(&dms::DMSERS069E, &[&[letter]], 36),
            Some(false) => return call.fail(&dms::DMSERS037E, &[&[letter]], 36),
            Some(true) => {}
        }
    }
    let files = &call.cms.files;
    let found: Vec<Found> = files
        .select(&selection.fname, &selection.ftype, selection.mode)
        .into_iter()
        .filter(|f| files.get(f.letter).is_some_and(Accessed::writable))
        .collect();
    if found.is_empty() {
        if call.origin == Origin::Command {
            return Verdict::Rc(28);
        }
        return call.fail(&dms::DMSERS002E, &[&selection.text()], 28);
    }
    for file in &found {
        let erased = call
            .cms
            .files
            .get(file.letter)
            .map(|a| a.disk.erase(&file.entry.name));
        if let Some(Err(e)) = erased {
            let why = e.to_string();
            return call.fail(&dms::DMSERS105S, &[why.as_bytes(), &file.fileid()], 100);
        }
        call.cms.open.close(&file.entry.name, file.letter);
        if named {
            call.say(&file.fileid());
        }
    }
    Verdict::Rc(0)
}

fn rename(call: &mut Call<'_>) -> Verdict {
    let operands = call.operands();
    let named = match wants_type(&operands.options) {
        Ok(named) => named,
        Err(word) => return call.fail(&dms::DMSRNM003E, &[word], 24),
    };
    match operands.words.len() {
        0..6 => return call.fail(&dms::DMSRNM054E, &[], 24),
        6 => {}
        _ => return call.fail(&dms::DMSRNM070E, &[operands.word(6)], 24),
    }
    let from = match Selection::parse(operands.word(0), operands.word(1), operands.word(2)) {
        Ok(from) => from,
        Err(bad) => return bad.report(call, &RENAME_IDS),
    };
    let to_mode = match operands.word(5) {
        b"=" => Some(from.mode),
        word => Mode::parse(word),
    };
    let letter = from.mode.letter();
    let (Some(letter), Some(to_mode)) = (letter, to_mode) else {
        let word = if letter.is_none() { 2 } else { 5 };
        return call.fail(&dms::DMSRNM048E, &[operands.word(word)], 24);
    };
    if to_mode.letter() != Some(letter) {
        return call.fail(&dms::DMSRNM048E, &[operands.word(5)], 24);
    }
    match call.cms.files.get(letter).map(Accessed::writable) {
        None => return call.fail(&dms::DMSRNM069E, &[&[letter]], 36),
        Some(false) => return call.fail(&dms::DMSRNM037E, &[&[letter]], 36),
        Some(true) => {}
    }
    let mut found = call.cms.files.select(&from.fname, &from.ftype, from.mode);
    found.retain(|f| f.letter == letter);
    if found.is_empty() {
        return call.fail(&dms::DMSRNM002E, &[&from.text()], 28);
    }
    for file in &found {
        let names = [operands.word(3), operands.word(4)];
        match rename_one(call, file, names, to_mode.number()) {
            Ok(target) if named => call.say(&target),
            Ok(_) => {}
            Err(fault) => return call.raise(&fault),
        }
    }
    Verdict::Rc(0)
}

/// Renames a file, and gives it a mode number where one was said.
fn rename_one(
    call: &Call<'_>,
    file: &Found,
    [fname, ftype]: [&[u8]; 2],
    number: Option<u8>,
) -> Result<Vec<u8>, Fault> {
    let part = |word: &[u8], old: &[u8]| {
        if matches!(word, b"=" | b"*") {
            old.to_vec()
        } else {
            crate::cms::fileid::token(word).to_vec()
        }
    };
    let old = &file.entry.name;
    let new = (part(fname, &old.fname), part(ftype, &old.ftype));
    let Some(new) = Name::new(&new.0, &new.1) else {
        let word = if crate::cms::fileid::is_name(&new.0) {
            ftype
        } else {
            fname
        };
        let bad = crate::cms::fileid::invalid_char(word).unwrap_or(b' ');
        return Err((dms::DMSRNM062E.with(&[&[bad], word]), 20));
    };
    let attributes = file.entry.attributes.numbered(number);
    let letter = char::from(file.letter);
    let target = format!("{new} {letter}{}", attributes.number).into_bytes();
    let renamed = call.cms.files.get(file.letter).map(|a| {
        let same = *old == new && attributes != file.entry.attributes;
        if !same {
            a.disk.rename(old, &new)?;
        }
        match number {
            Some(number) => a.disk.set_number(&new, number),
            None => Ok(()),
        }
    });
    match renamed {
        Some(Err(e)) if e.kind() == std::io::ErrorKind::AlreadyExists => {
            Err((dms::DMSRNM024E.with(&[&target]), 28))
        }
        Some(Err(e)) => {
            let why = e.to_string();
            Err((dms::DMSRNM105S.with(&[why.as_bytes(), &file.fileid()]), 100))
        }
        _ => Ok(target),
    }
}
