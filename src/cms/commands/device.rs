//! ACCESS and RELEASE.

use super::{Call, Row, Verdict};
use crate::base::abbrev::matches;
use crate::base::msg::dms;
use crate::cms::disk::Disk;
use crate::cms::fileid::Pattern;
use crate::cms::files::Accessed;

/// The family.
pub const ROWS: &[Row] = &[
    Row {
        name: "ACcess",
        operands: "[vdev [mode[/ext] [fn [ft [fm]]]]] [(NOPROF|NODISK|NOSAVE)]",
        run: access,
        doc: "Makes a disk's files known under a file mode.",
        example: "ACCESS 190 S",
    },
    Row {
        name: "RELease",
        operands: "vdev|mode [(DET)]",
        run: release,
        doc: "Takes a disk's file mode away.",
        example: "RELEASE B",
    },
];

/// Reads a virtual device number: up to four hexadecimal digits.
pub fn vdev(word: &[u8]) -> Option<u16> {
    if word.is_empty() || word.len() > 4 {
        return None;
    }
    u16::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok()
}

/// A virtual device number as CMS shows it: at least three digits.
pub fn vdev_text(vdev: u16) -> String {
    format!("{vdev:03X}")
}

fn access(call: &mut Call<'_>) -> Verdict {
    let operands = call.operands();
    let known = ["NOPROF", "NODISK", "NOSAVE", "SAVEONLY", "USESAVE"];
    for word in &operands.options {
        if !known.iter().any(|k| matches(k, word)) {
            return call.fail(&dms::DMSACC003E, &[word], 24);
        }
    }
    let device = match operands.word(0) {
        b"" => b"191",
        word => word,
    };
    let Some(number) = vdev(device) else {
        return call.fail(&dms::DMSACC017E, &[device], 24);
    };
    let mode = match operands.word(1) {
        b"" => b"A",
        word => word,
    };
    let Some((letter, parent)) = mode_and_parent(mode) else {
        return call.fail(&dms::DMSACC048E, &[mode], 24);
    };
    if operands.words.len() > 5 {
        return call.fail(&dms::DMSACC070E, &[operands.word(5)], 24);
    }
    if let Some(parent) = parent
        && parent != letter
        && call.cms.files.get(parent).is_none()
    {
        return call.fail(&dms::DMSACC069E, &[&[parent]], 36);
    }
    let filter = filter(&operands.words);
    put_in_place(call, number, letter, parent, filter)
}

/// `A`, or `B/A` for a read-only extension.
fn mode_and_parent(word: &[u8]) -> Option<(u8, Option<u8>)> {
    match word {
        [l] if l.is_ascii_alphabetic() => Some((l.to_ascii_uppercase(), None)),
        [l, b'/', p] if l.is_ascii_alphabetic() && p.is_ascii_alphabetic() => {
            Some((l.to_ascii_uppercase(), Some(p.to_ascii_uppercase())))
        }
        _ => None,
    }
}

/// The files that stay visible: fn, ft (and a file mode, which selects nothing on a host folder).
fn filter(words: &[Vec<u8>]) -> Option<(Pattern, Pattern)> {
    let fname = words.get(2)?;
    let star = b"*".to_vec();
    let ftype = words.get(3).unwrap_or(&star);
    Some((Pattern::new(fname), Pattern::new(ftype)))
}

fn put_in_place(
    call: &mut Call<'_>,
    number: u16,
    letter: u8,
    parent: Option<u8>,
    filter: Option<(Pattern, Pattern)>,
) -> Verdict {
    let text = vdev_text(number);
    let minidisks = call.port.minidisks();
    let disk = minidisks
        .iter()
        .find(|m| m.vdev == number)
        .and_then(Disk::open);
    let Some(disk) = disk else {
        if let Some(old) = call.cms.files.release(letter) {
            let was = vdev_text(old.disk.vdev);
            call.report(&dms::DMSACP726I, &[was.as_bytes(), &[letter]]);
        }
        return call.fail(&dms::DMSACP113S, &[&[letter], text.as_bytes()], 100);
    };
    let new = Accessed {
        letter,
        parent,
        filter,
        disk,
    };
    let writable = new.writable();
    let mode = new.mode_text();
    let also: Vec<u8> = call
        .cms
        .files
        .all()
        .iter()
        .filter(|a| a.disk.vdev == number && a.letter != letter)
        .map(|a| a.letter)
        .collect();
    if let Some(old) = call.cms.files.access(new)
        && old.disk.vdev != number
    {
        let was = vdev_text(old.disk.vdev);
        call.report(
            &dms::DMSACC724I,
            &[text.as_bytes(), &[letter], was.as_bytes()],
        );
    }
    if !writable {
        call.report(&dms::DMSACP723I, &[mode.as_bytes(), text.as_bytes()]);
    }
    for other in also {
        call.report(&dms::DMSACP725I, &[text.as_bytes(), &[other]]);
    }
    Verdict::Rc(0)
}

fn release(call: &mut Call<'_>) -> Verdict {
    let operands = call.operands();
    let mut detach = false;
    for word in &operands.options {
        if !matches("DET", word) {
            return call.fail(&dms::DMSARE003E, &[word], 24);
        }
        detach = true;
    }
    let word = operands.word(0);
    if word.is_empty() {
        return call.fail(&dms::DMSARE028E, &[], 24);
    }
    if operands.words.len() > 1 {
        return call.fail(&dms::DMSARE070E, &[operands.word(1)], 24);
    }
    // A single letter is a file mode, even where it could be a device number.
    let letters: Vec<u8> = match word {
        [l] if l.is_ascii_alphabetic() => vec![l.to_ascii_uppercase()],
        _ => {
            let Some(number) = vdev(word) else {
                return call.fail(&dms::DMSARE017E, &[word], 24);
            };
            let all = call.cms.files.all().iter();
            all.filter(|a| a.disk.vdev == number)
                .map(|a| a.letter)
                .collect()
        }
    };
    let mut released = None;
    for letter in letters {
        if let Some(old) = call.cms.files.release(letter) {
            call.cms.open.close_disk(letter);
            released = Some(old.disk.vdev);
        }
    }
    match released {
        None => call.fail(&dms::DMSARE069E, &[word], 36),
        Some(number) if detach => Verdict::Cp(
            super::ToCp::Explicit,
            format!("DETACH {number:04X}").into_bytes(),
        ),
        Some(_) => Verdict::Rc(0),
    }
}
