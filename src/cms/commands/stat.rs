//! STATE, STATEW, ESTATE, ESTATEW: whether a file exists, and whether it can be written.

use super::operands::{FileidMessages, Selection};
use super::{Call, Origin, Row, Verdict};
use crate::base::msg::dms;

/// The family.
pub const ROWS: &[Row] = &[
    Row {
        name: "STATE",
        operands: "fn ft [fm]",
        run: state,
        doc: "Return code 0 when the file exists, 28 when not.",
        example: "STATE SAVELX EXEC S",
    },
    Row {
        name: "STATEW",
        operands: "fn ft [fm]",
        run: statew,
        doc: "Return code 0 when the file exists on a disk that can be written.",
        example: "STATEW PROFILE EXEC A",
    },
    Row {
        name: "ESTATE",
        operands: "fn ft [fm]",
        run: state,
        doc: "As STATE.",
        example: "ESTATE SAVELX EXEC S",
    },
    Row {
        name: "ESTATEW",
        operands: "fn ft [fm]",
        run: statew,
        doc: "As STATEW.",
        example: "ESTATEW PROFILE EXEC A",
    },
];

const IDS: FileidMessages = FileidMessages {
    mode: &dms::DMSSTT048E,
    incomplete: &dms::DMSSTT054E,
    character: &dms::DMSSTT062E,
};

/// Which disks count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Disks {
    All,
    Writable,
}

fn state(call: &mut Call<'_>) -> Verdict {
    look(call, Disks::All)
}

fn statew(call: &mut Call<'_>) -> Verdict {
    look(call, Disks::Writable)
}

fn look(call: &mut Call<'_>, disks: Disks) -> Verdict {
    let operands = call.operands();
    if operands.words.len() > 3 {
        return call.fail(&dms::DMSSTT070E, &[operands.word(3)], 24);
    }
    let selection = match Selection::parse(operands.word(0), operands.word(1), operands.word(2)) {
        Ok(selection) => selection,
        Err(bad) => return bad.report(call, &IDS),
    };
    if let Some(letter) = selection.mode.letter()
        && call.cms.files.get(letter).is_none()
    {
        return call.fail(&dms::DMSSTT069E, &[&[letter]], 36);
    }
    let files = &call.cms.files;
    let found = match selection.literal() {
        Some(name) if disks == Disks::All => files.find(&name, selection.mode).is_some(),
        _ => files
            .select(&selection.fname, &selection.ftype, selection.mode)
            .iter()
            .any(|f| {
                disks == Disks::All
                    || files
                        .get(f.letter)
                        .is_some_and(crate::cms::files::Accessed::writable)
            }),
    };
    if found {
        return Verdict::Rc(0);
    }
    // A program that asks by ADDRESS COMMAND wants the return code, not the message.
    if call.origin == Origin::Command {
        return Verdict::Rc(28);
    }
    call.fail(&dms::DMSSTT002E, &[&selection.text()], 28)
}
