//! TYPE: a file on the console.

use super::operands::{FileidMessages, Selection, number};
use super::{Call, Row, Verdict};
use crate::base::abbrev::matches;
use crate::base::msg::dms;

/// The family.
pub const ROWS: &[Row] = &[
    Row {
        name: "Type",
        operands: "fn ft [fm] [rec1|* [recn|*]] [(COL xxxxx[-yyyyy] HEX)]",
        run: type_file,
        doc: "Shows the records of a file.",
        example: "TYPE SAVELX EXEC S 1 3",
    },
    Row {
        name: "VMFCLEAR",
        operands: "",
        run: clear,
        doc: "Clears the screen of a display; a line terminal has nothing to clear.",
        example: "VMFCLEAR",
    },
];

const IDS: FileidMessages = FileidMessages {
    mode: &dms::DMSTYP048E,
    incomplete: &dms::DMSTYP054E,
    character: &dms::DMSTYP062E,
};

fn clear(_call: &mut Call<'_>) -> Verdict {
    Verdict::Rc(0)
}

/// The columns and the form a record is shown in.
struct Form {
    first: usize,
    last: usize,
    hex: bool,
}

fn type_file(call: &mut Call<'_>) -> Verdict {
    let operands = call.operands();
    let form = match form(&operands.options) {
        Ok(form) => form,
        Err(word) => return call.fail(&dms::DMSTYP003E, &[&word], 24),
    };
    // The file mode may be left out before record numbers only when there are none.
    let selection = match Selection::parse(operands.word(0), operands.word(1), operands.word(2)) {
        Ok(selection) => selection,
        Err(bad) => return bad.report(call, &IDS),
    };
    let limits = (
        limit(operands.word(3), 1),
        limit(operands.word(4), u64::MAX),
    );
    let (Some(first), Some(last)) = limits else {
        let at = if limits.0.is_none() { 3 } else { 4 };
        return call.fail(&dms::DMSTYP029E, &[operands.word(at)], 24);
    };
    if operands.words.len() > 5 {
        return call.fail(&dms::DMSTYP070E, &[operands.word(5)], 24);
    }
    if let Some(letter) = selection.mode.letter()
        && call.cms.files.get(letter).is_none()
    {
        return call.fail(&dms::DMSTYP069E, &[&[letter]], 36);
    }
    let found = selection
        .literal()
        .and_then(|name| call.cms.files.find(&name, selection.mode));
    let Some(found) = found else {
        return call.fail(&dms::DMSTYP002E, &[&selection.text()], 28);
    };
    call.say(b"");
    let shown = show(call, &found, first..=last, &form);
    call.say(b"");
    match shown {
        Ok(()) => Verdict::Rc(0),
        Err(e) => {
            let why = e.to_string();
            call.fail(&dms::DMSTYP104S, &[why.as_bytes(), &found.fileid()], 100)
        }
    }
}

fn limit(word: &[u8], default: u64) -> Option<u64> {
    match word {
        b"" | b"*" => Some(default),
        word => number(word).filter(|n| *n > 0),
    }
}

fn form(options: &[Vec<u8>]) -> Result<Form, Vec<u8>> {
    let mut form = Form {
        first: 1,
        last: usize::MAX,
        hex: false,
    };
    let mut words = options.iter();
    while let Some(word) = words.next() {
        if matches("HEX", word) {
            form.hex = true;
        } else if matches("COL", word) {
            let range = words.next().ok_or_else(|| word.clone())?;
            (form.first, form.last) = columns(range).ok_or_else(|| range.clone())?;
        } else {
            return Err(word.clone());
        }
    }
    Ok(form)
}

/// Reads `xxxxx` or `xxxxx-yyyyy`.
fn columns(range: &[u8]) -> Option<(usize, usize)> {
    let column = |w: &[u8]| usize::try_from(number(w)?).ok().filter(|n| *n > 0);
    match range.iter().position(|&c| c == b'-') {
        Some(dash) => Some((column(&range[..dash])?, column(&range[dash + 1..])?)),
        None => Some((column(range)?, usize::MAX)),
    }
}

fn show(
    call: &mut Call<'_>,
    found: &crate::cms::files::Found,
    records: std::ops::RangeInclusive<u64>,
    form: &Form,
) -> std::io::Result<()> {
    let mut lines = found.entry.reader()?;
    let mut at = 0;
    while let Some(line) = lines.read()? {
        at += 1;
        if at > *records.end() {
            break;
        }
        if !records.contains(&at) {
            continue;
        }
        let part = &line[(form.first - 1).min(line.len())..form.last.min(line.len())];
        if form.hex {
            let codes: Vec<u8> = part
                .iter()
                .map(|&b| call.cms.settings.level.codepage.code_of(b))
                .collect();
            let text: String = codes.iter().map(|b| format!("{b:02X}")).collect();
            call.say(text.as_bytes());
        } else {
            call.say(part);
        }
    }
    Ok(())
}
