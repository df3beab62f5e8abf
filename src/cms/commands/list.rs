//! LISTFILE: the files that fit a pattern, with as much about each as is asked for.

use super::operands::{Bad, FileidMessages, Selection};
use super::{Call, Operands, Row, Verdict};
use crate::base::abbrev::matches;
use crate::base::msg::dms;
use crate::cms::fileid::Name;
use crate::cms::files::{DateForm, Found, local};
use crate::cms::stack::Order;

/// The family.
pub const ROWS: &[Row] = &[Row {
    name: "Listfile",
    operands: "[fn [ft [fm]]] [(FName|FType|FMode|FOrmat|ALloc|Date|Label Header|NOHeader ALLFILE|AUTHFILE EXec|APpend|STACK|FIFO|LIFO SHOrtdate|FULldate|ISOdate)]",
    run: listfile,
    doc: "Lists the files that fit a pattern.",
    example: "LISTFILE * EXEC S (DATE",
}];

/// How much of each file is shown; each kind shows what the ones before it show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Detail {
    Name,
    Type,
    Mode,
    Format,
    Alloc,
    Date,
    Label,
}

/// Where the lines go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Console,
    Exec,
    Append,
    Stack(Order),
}

struct Options {
    detail: Detail,
    header: Option<bool>,
    target: Target,
    dates: DateForm,
}

const IDS: FileidMessages = FileidMessages {
    mode: &dms::DMSLST048E,
    incomplete: &dms::DMSLST062E,
    character: &dms::DMSLST062E,
};

fn listfile(call: &mut Call<'_>) -> Verdict {
    let operands = call.operands();
    if operands.words.len() > 3 {
        return call.fail(&dms::DMSLST070E, &[operands.word(3)], 24);
    }
    let options = match options(&operands) {
        Ok(options) => options,
        Err(word) => return call.fail(&dms::DMSLST003E, &[&word], 24),
    };
    let or = |at, default: &'static [u8]| match operands.word(at) {
        b"" => default.to_vec(),
        word => word.to_vec(),
    };
    let selection = match Selection::parse(&or(0, b"*"), &or(1, b"*"), &or(2, b"A")) {
        Ok(selection) => selection,
        Err(bad) => return Bad::report(&bad, call, &IDS),
    };
    if let Some(letter) = selection.mode.letter()
        && call.cms.files.get(letter).is_none()
    {
        return call.fail(&dms::DMSLST069E, &[&[letter]], 36);
    }
    let found = call
        .cms
        .files
        .select(&selection.fname, &selection.ftype, selection.mode);
    if found.is_empty() {
        return call.fail(&dms::DMSLST002E, &[], 28);
    }
    let lines = lines(call, &found, &options);
    give(call, options.target, lines)
}

fn options(operands: &Operands) -> Result<Options, Vec<u8>> {
    let mut options = Options {
        detail: Detail::Mode,
        header: None,
        target: Target::Console,
        dates: DateForm::Short,
    };
    for word in &operands.options {
        let detail = [
            ("FName", Detail::Name),
            ("FType", Detail::Type),
            ("FMode", Detail::Mode),
            ("FOrmat", Detail::Format),
            ("ALloc", Detail::Alloc),
            ("Date", Detail::Date),
            ("Label", Detail::Label),
        ];
        let target = [
            ("EXec", Target::Exec),
            ("APpend", Target::Append),
            ("STACK", Target::Stack(Order::Fifo)),
            ("FIFO", Target::Stack(Order::Fifo)),
            ("LIFO", Target::Stack(Order::Lifo)),
        ];
        if let Some((_, d)) = detail.iter().find(|(name, _)| matches(name, word)) {
            options.detail = *d;
        } else if let Some((_, t)) = target.iter().find(|(name, _)| matches(name, word)) {
            options.target = *t;
        } else if let Some(form) = DateForm::option(word) {
            options.dates = form;
        } else if matches("Header", word) {
            options.header = Some(true);
        } else if matches("NOHeader", word) {
            options.header = Some(false);
        } else if matches("ALLFILE", word) || matches("AUTHFILE", word) {
            // Every file of a minidisk is one's own to see.
        } else {
            return Err(word.clone());
        }
    }
    Ok(options)
}

/// The lines to show: the header when it is wanted, then one for each file.
fn lines(call: &Call<'_>, found: &[Found], options: &Options) -> Vec<Vec<u8>> {
    let default = options.detail >= Detail::Format && options.target == Target::Console;
    let mut lines = Vec::with_capacity(found.len() + 1);
    if options.header.unwrap_or(default) {
        lines.push(header(options));
    }
    lines.extend(found.iter().map(|f| line(call, f, options)));
    lines
}

fn header(options: &Options) -> Vec<u8> {
    let mut text = match options.detail {
        Detail::Name => String::from("FILENAME"),
        Detail::Type => String::from("FILENAME FILETYPE"),
        _ => String::from("FILENAME FILETYPE FM"),
    };
    if options.detail >= Detail::Format {
        text.push_str(" FORMAT LRECL");
    }
    if options.detail >= Detail::Alloc {
        text.push_str("       RECS     BLOCKS");
    }
    if options.detail >= Detail::Date {
        let width = date_width(options.dates);
        text.push_str(&format!("{:>width$}     TIME", "DATE"));
    }
    if options.detail >= Detail::Label {
        text.push_str(" LABEL");
    }
    text.into_bytes()
}

/// How wide the date column is with the blanks before it.
fn date_width(dates: DateForm) -> usize {
    if dates == DateForm::Short { 9 } else { 11 }
}

fn line(call: &Call<'_>, found: &Found, options: &Options) -> Vec<u8> {
    let lossy = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
    let (fname, ftype) = (
        lossy(&found.entry.name.fname),
        lossy(&found.entry.name.ftype),
    );
    let for_exec = matches!(options.target, Target::Exec | Target::Append);
    let mut text = if for_exec {
        String::from("&1 &2 ")
    } else {
        String::new()
    };
    match options.detail {
        Detail::Name => text.push_str(&fname),
        Detail::Type => text.push_str(&format!("{fname:<8} {ftype}")),
        _ => text.push_str(&format!("{fname:<8} {ftype:<8} {}", lossy(&found.fm()))),
    }
    if options.detail >= Detail::Format {
        // What cannot be read now shows as empty, as a file of another user's open for output does.
        let shape = found.entry.shape().unwrap_or_default();
        let recfm = char::from(found.entry.attributes.recfm.letter());
        text.push_str(&format!(" {recfm}{:>11}", shape.lrecl));
        if options.detail >= Detail::Alloc {
            text.push_str(&format!(
                "{:>11}{:>11}",
                shape.records,
                found.entry.blocks()
            ));
        }
    }
    if options.detail >= Detail::Date {
        let at = local(found.entry.changed, call.cms.clock());
        let date = options.dates.text(&at);
        // The short and full forms show the month without its leading zero.
        let date = match options.dates {
            DateForm::Iso => date.as_str(),
            _ => date.strip_prefix('0').unwrap_or(&date),
        };
        let width = date_width(options.dates);
        text.push_str(&format!(
            "{date:>width$} {:>2}:{:02}:{:02}",
            at.hour, at.minute, at.second
        ));
    }
    if options.detail >= Detail::Label
        && let Some(disk) = call.cms.files.get(found.letter)
    {
        text.push_str(&format!(" {}", lossy(&disk.disk.label)));
    }
    text.into_bytes()
}

/// Gives the lines to where they were asked for.
fn give(call: &mut Call<'_>, target: Target, lines: Vec<Vec<u8>>) -> Verdict {
    match target {
        Target::Console => {
            for line in lines {
                call.say(&line);
            }
            Verdict::Rc(0)
        }
        Target::Stack(order) => {
            for line in lines {
                call.cms.stack.put(order, line);
            }
            Verdict::Rc(0)
        }
        Target::Exec | Target::Append => write_exec(call, target, &lines),
    }
}

/// Writes CMS EXEC A1, or adds to it.
fn write_exec(call: &mut Call<'_>, target: Target, lines: &[Vec<u8>]) -> Verdict {
    let Some(name) = Name::new(b"CMS", b"EXEC") else {
        return Verdict::Rc(256);
    };
    let Some(accessed) = call.cms.files.get(b'A') else {
        return call.fail(&dms::DMSLST069E, &[b"A"], 36);
    };
    if !accessed.writable() {
        return call.fail(&dms::DMSLST037E, &[b"A"], 36);
    }
    let written = accessed.disk.create(&name).and_then(|mut draft| {
        for line in lines {
            draft.put(line)?;
        }
        if target == Target::Append {
            draft.commit_behind()
        } else {
            draft.commit()
        }
    });
    accessed.disk.forget();
    match written {
        Ok(()) => Verdict::Rc(0),
        Err(e) => call.fail(
            &dms::DMSLST105S,
            &[e.to_string().as_bytes(), b"CMS EXEC A1"],
            100,
        ),
    }
}
