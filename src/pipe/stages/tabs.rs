//! Tabulate characters: UNTAB, RETAB
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs").

use super::{PLAIN, Row, filter};
use crate::base::Record;
use crate::base::msg::fpl;
use crate::pipe::args::{self, Args, Fault};
use crate::pipe::filter::Map;

pub const TABLE: &[Row] = &[
    Row {
        names: "UNTAB",
        operands: "[-number | number ...]",
        doc: "Replaces tabulate characters with blanks up to the next tab stop (every eight columns unless said).",
        make: |a| {
            let stops = Stops::take(a)?;
            filter(Map(move |r: &Record| untab(&stops, r)))
        },
        example: ("strliteral x6109620963|untab -4|console", &["a   b   c"]),
        ..PLAIN
    },
    Row {
        names: "RETAB",
        operands: "[-number | number ...]",
        doc: "Replaces runs of blanks before a tab stop with tabulate characters.",
        make: |a| {
            let stops = Stops::take(a)?;
            filter(Map(move |r: &Record| retab(&stops, r)))
        },
        example: ("literal a   b|retab -4|change x09 />/|console", &["a>b"]),
        ..PLAIN
    },
];

/// The columns (from 0) where tabs stop.
enum Stops {
    Every(usize),
    At(Vec<usize>),
}

impl Stops {
    fn take(args: &mut Args<'_>) -> Result<Stops, Fault> {
        let mut columns = Vec::new();
        while let Some(word) = args.word() {
            let bad = || Fault::new(&fpl::FPLSCA058E, &[word]);
            let n = args::signed(word).ok_or_else(bad)?;
            let size = usize::try_from(n.unsigned_abs()).unwrap_or(usize::MAX);
            match n {
                0 => return Err(Fault::new(&fpl::FPLSCA066E, &[word])),
                ..0 if columns.is_empty() => {
                    args.end()?;
                    return Ok(Stops::Every(size));
                }
                ..0 => return Err(Fault::new(&fpl::FPLSCA287E, &[word])),
                _ => columns.push(size - 1),
            }
        }
        columns.sort_unstable();
        Ok(match columns.is_empty() {
            true => Stops::Every(8),
            false => Stops::At(columns),
        })
    }

    /// The first stop behind a column; `None` behind the last one.
    fn after(&self, column: usize) -> Option<usize> {
        match self {
            Stops::Every(n) => Some((column / n + 1).saturating_mul(*n)),
            Stops::At(columns) => columns.iter().copied().find(|&c| c > column),
        }
    }
}

fn untab(stops: &Stops, record: &Record) -> Record {
    if memchr::memchr(b'\t', record).is_none() {
        return record.clone();
    }
    let mut line = Vec::with_capacity(record.len() + 32);
    for &b in record.iter() {
        if b != b'\t' {
            line.push(b);
            continue;
        }
        // Behind the last stop a tab is a blank.
        let to = stops.after(line.len()).unwrap_or(line.len() + 1);
        line.resize(to.min(args::LONGEST), b' ');
    }
    Record::from(line)
}

fn retab(stops: &Stops, record: &Record) -> Record {
    let mut line = Vec::with_capacity(record.len());
    let mut at = 0;
    while at < record.len() {
        if record[at] != b' ' {
            line.push(record[at]);
            at += 1;
            continue;
        }
        let end = record[at..].iter().position(|&b| b != b' ');
        let end = end.map_or(record.len(), |n| at + n);
        while let Some(stop) = stops.after(at).filter(|&stop| stop <= end) {
            // One blank is as short as a tab.
            line.push(if stop == at + 1 { b' ' } else { b'\t' });
            at = stop;
        }
        line.resize(line.len() + end - at, b' ');
        at = end;
    }
    Record::from(line)
}

#[cfg(test)]
mod tests {
    use crate::pipe::tests::check;

    #[test]
    fn tab_stops() {
        for (operands, said) in [
            ("", "a       b       c"),
            ("-8", "a       b       c"),
            ("-1", "a b c"),
            ("5 10", "a   b    c"),
            ("5", "a   b c"),
            ("10 5", "a   b    c"),
        ] {
            check(
                &format!("strliteral x6109620963|untab {operands}|console"),
                0,
                &[said],
            );
        }
        check("literal a|untab 0|console", -66, &[]);
        check("literal a|untab 5 -3|console", -287, &[]);
        check("literal a|untab -3 5|console", -112, &[]);
        check("literal a|untab x|console", -58, &[]);
    }

    #[test]
    fn what_retab_makes_untab_gives_back() {
        for text in [
            "a       b",
            "  x  y    z   ",
            "12345678 9",
            "        ",
            "a b c",
        ] {
            for operands in ["", "-4", "3 7 20"] {
                check(
                    &format!("literal {text}|retab {operands}|untab {operands}|console"),
                    0,
                    &[text],
                );
            }
        }
    }
}
