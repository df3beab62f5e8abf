//! STATE, STATEW, ESTATE, ESTATEW: whether a file exists, and whether it can be written.

use super::operands::{FileidMessages, Selection};
use super::{Call, Origin, Row, Verdict, by_name};
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

/// Whether a module of CMS is asked for: the commands are within, and programs look whether PIPE MODULE is
/// there before they use it.
fn is_module(selection: &Selection) -> bool {
    let name = selection.literal().filter(|n| n.ftype == b"MODULE");
    let on_system_disk = selection.mode.takes(b'S') || selection.mode.takes(b'Y');
    on_system_disk && name.is_some_and(|n| by_name(&n.fname).is_some())
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
    if found || disks == Disks::All && is_module(&selection) {
        return Verdict::Rc(0);
    }
    // A program that asks by ADDRESS COMMAND wants the return code, not the message.
    if call.origin == Origin::Command {
        return Verdict::Rc(28);
    }
    call.fail(&dms::DMSSTT002E, &[&selection.text()], 28)
}

#[cfg(test)]
mod tests {
    use crate::cms::testing::Console;

    #[test]
    fn commands_count_as_their_modules() {
        let mut c = Console::ready(&[]);
        assert_eq!(c.enter("state pipe module *"), ["Ready;"]);
        assert_eq!(c.enter("estate pipe module s"), ["Ready;"]);
        let missing = [
            "state pipe module a",
            "state nosuch module *",
            "statew pipe module *",
        ];
        for command in missing {
            let last = c.enter(command).last().cloned();
            assert_eq!(last.as_deref(), Some("Ready(00028);"), "{command}");
        }
    }
}
