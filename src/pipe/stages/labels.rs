//! Stages that choose by the beginning of records: FIND, BETWEEN, TOLABEL and kin
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs").

use super::{Row, SELECTION, filter};
use crate::base::Record;
use crate::base::msg::fpl;
use crate::pipe::args::{Args, Fault};
use crate::pipe::filter::{Choose, Emit, Filter, Flow, Turn};
use crate::pipe::stage::Body;
use crate::pipe::target::Case;

pub const TABLE: &[Row] = &[
    Row {
        names: "FIND",
        operands: "string",
        doc: "Selects records that begin with a string; a blank matches any character, _ a blank.",
        make: |a| find(a, true),
        example: ("literal abc|literal xbc|find a c|console", &["abc"]),
        ..SELECTION
    },
    Row {
        names: "NFIND NOTFIND",
        operands: "string",
        doc: "Selects records that do not begin with a string.",
        make: |a| find(a, false),
        example: ("literal abc|literal xbc|nfind a c|console", &["xbc"]),
        ..SELECTION
    },
    Row {
        names: "STRFIND",
        operands: "[ANYcase] delimitedString",
        doc: "Selects records that begin with a delimited string.",
        make: |a| strfind(a, true),
        example: ("literal abc|literal xbc|strfind /a/|console", &["abc"]),
        ..SELECTION
    },
    Row {
        names: "STRNFIND",
        operands: "[ANYcase] delimitedString",
        doc: "Selects records that do not begin with a delimited string.",
        make: |a| strfind(a, false),
        example: ("literal abc|literal xbc|strnfind any /A/|console", &["xbc"]),
        ..SELECTION
    },
    Row {
        names: "BETWEEN",
        operands: "[ANYcase] delimitedString {delimitedString | number}",
        doc: "Selects runs of records from one that begins with the first string to one that begins with the second.",
        make: |a| run(a, Bounds::With, 0),
        example: ("literal a b c d|split|between /b/ /c/|console", &["b", "c"]),
        ..SELECTION
    },
    Row {
        names: "OUTSIDE",
        operands: "[ANYcase] delimitedString {delimitedString | number}",
        doc: "Selects the records that BETWEEN does not.",
        make: |a| run(a, Bounds::With, 1),
        example: ("literal a b c d|split|outside /b/ /c/|console", &["a", "d"]),
        ..SELECTION
    },
    Row {
        names: "INSIDE",
        operands: "[ANYcase] delimitedString {delimitedString | number}",
        doc: "Selects the records between the bounds that BETWEEN uses.",
        make: |a| run(a, Bounds::Without, 0),
        example: (
            "literal a b c d e|split|inside /a/ /d/|console",
            &["b", "c"],
        ),
        ..SELECTION
    },
    Row {
        names: "NINSIDE NOTINSIDE",
        operands: "[ANYcase] delimitedString {delimitedString | number}",
        doc: "Selects the records that INSIDE does not.",
        make: |a| run(a, Bounds::Without, 1),
        example: (
            "literal a b c d e|split|ninside /a/ /d/|console",
            &["a", "d", "e"],
        ),
        ..SELECTION
    },
    Row {
        names: "TOLABel",
        operands: "[string]",
        doc: "Passes records up to, not including, the first that begins with a string.",
        make: |a| label(a.take_rest().to_vec(), Case::Exact, Side::To),
        example: ("literal a b c|split|tolabel b|console", &["a"]),
        ..SELECTION
    },
    Row {
        names: "STRTOLABel",
        operands: "[ANYcase] [INCLUSIVe | EXCLUSIVe] delimitedString",
        doc: "TOLABEL with a delimited string.",
        make: |a| strlabel(a, Side::To),
        example: ("literal a b c|split|strtolabel any /B/|console", &["a"]),
        ..SELECTION
    },
    Row {
        names: "FRLABEL FROMLABEL",
        operands: "[string]",
        doc: "Passes records from the first that begins with a string.",
        make: |a| label(a.take_rest().to_vec(), Case::Exact, Side::From),
        example: ("literal a b c|split|frlabel b|console", &["b", "c"]),
        ..SELECTION
    },
    Row {
        names: "STRFRLABel STRFROMLABEL",
        operands: "[ANYcase] [INCLUSIVe | EXCLUSIVe] delimitedString",
        doc: "FRLABEL with a delimited string.",
        make: |a| strlabel(a, Side::From),
        example: ("literal a b c|split|strfrlabel /b/|console", &["b", "c"]),
        ..SELECTION
    },
    Row {
        names: "WHILELABEL",
        operands: "[string]",
        doc: "Passes the first records that begin with a string.",
        make: |a| label(a.take_rest().to_vec(), Case::Exact, Side::While),
        example: (
            "literal ab ac b a|split|whilelabel a|console",
            &["ab", "ac"],
        ),
        ..SELECTION
    },
    Row {
        names: "STRWHILElabel",
        operands: "[ANYcase] [INCLUSIVe | EXCLUSIVe] delimitedString",
        doc: "WHILELABEL with a delimited string.",
        make: |a| strlabel(a, Side::While),
        example: (
            "literal ab ac b a|split|strwhilelabel /a/|console",
            &["ab", "ac"],
        ),
        ..SELECTION
    },
];

fn begins(record: &[u8], string: &[u8], case: Case) -> bool {
    record
        .get(..string.len())
        .is_some_and(|start| case.same(start, string))
}

/// Reads the string of FIND: a blank matches any character, an underscore a blank.
pub(super) fn xedit_find(args: &mut Args<'_>) -> Result<impl Fn(&[u8]) -> bool + 'static, Fault> {
    // Every record begins with the null string.
    let string = args.take_rest().to_vec();
    Ok(move |record: &[u8]| {
        record.len() >= string.len()
            && string.iter().zip(record).all(|(&s, &r)| match s {
                b' ' => true,
                b'_' => r == b' ',
                s => s == r,
            })
    })
}

fn find(args: &mut Args<'_>, keep: bool) -> Result<Body, Fault> {
    let matches = xedit_find(args)?;
    filter(Choose(move |r: &[u8]| matches(r) == keep))
}

fn strfind(args: &mut Args<'_>, keep: bool) -> Result<Body, Fault> {
    let case = Case::take(args);
    let string = args.delimited()?;
    args.end()?;
    filter(Choose(move |r: &[u8]| begins(r, &string, case) == keep))
}

/// Whether the records at the bounds belong to the run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bounds {
    With,
    Without,
}

/// What ends a run.
enum Until {
    Text(Vec<u8>),
    /// So many records, the first one counted. BETWEEN counts it too; INSIDE, which leaves it out, does not.
    Count(u64),
}

struct Run {
    case: Case,
    from: Vec<u8>,
    until: Until,
    bounds: Bounds,
    /// The output stream of the run; the rest goes to the other one.
    inside: usize,
    /// How many records of a run were seen; 0: outside.
    seen: u64,
}

fn run(args: &mut Args<'_>, bounds: Bounds, inside: usize) -> Result<Body, Fault> {
    let case = Case::take(args);
    let from = args.delimited()?;
    let until = match args.peek().map(crate::pipe::args::unsigned) {
        Some(Ok(n)) if bounds == Bounds::With && n >= 2 => {
            args.word();
            Until::Count(n)
        }
        Some(Ok(n)) if bounds == Bounds::Without && n >= 1 => {
            args.word();
            Until::Count(n.saturating_add(1))
        }
        Some(Ok(n)) => {
            let n = n.to_string();
            return Err(Fault::new(&fpl::FPLSCA066E, &[n.as_bytes()]));
        }
        None => return Err(Fault::new(&fpl::FPLSCA211E, &[])),
        _ => Until::Text(args.delimited()?),
    };
    args.end()?;
    filter(Run {
        case,
        from,
        until,
        bounds,
        inside,
        seen: 0,
    })
}

impl Filter for Run {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        let mut bound = false;
        let within = if self.seen == 0 {
            bound = begins(record, &self.from, self.case);
            self.seen = u64::from(bound);
            bound
        } else {
            self.seen += 1;
            let last = match &self.until {
                Until::Text(text) => {
                    bound = begins(record, text, self.case);
                    bound
                }
                Until::Count(n) => self.seen == *n,
            };
            if last {
                self.seen = 0;
            }
            true
        };
        let within = within && !(bound && self.bounds == Bounds::Without);
        let stream = if within { self.inside } else { 1 - self.inside };
        out.put(stream, record.clone());
        Flow::More
    }

    fn selects(&self) -> bool {
        true
    }
}

/// Which side of the label is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    To,
    From,
    While,
}

struct Label {
    string: Vec<u8>,
    case: Case,
    side: Side,
    /// Whether the record with the label (WHILE: the first without) is selected.
    bounds: Bounds,
    passed: bool,
    secondary: bool,
    turn: Turn,
}

fn strlabel(args: &mut Args<'_>, side: Side) -> Result<Body, Fault> {
    let case = Case::take(args);
    let bounds = args.choice(&[("INCLUSIVe", Bounds::With), ("EXCLUSIVe", Bounds::Without)]);
    let string = args.delimited()?;
    args.end()?;
    filter(Label {
        bounds: bounds.unwrap_or(side.usual()),
        ..Label::new(string, case, side)
    })
}

fn label(string: Vec<u8>, case: Case, side: Side) -> Result<Body, Fault> {
    filter(Label::new(string, case, side))
}

impl Side {
    /// Whether the record with the label is selected unless said.
    fn usual(self) -> Bounds {
        match self {
            Side::From => Bounds::With,
            Side::To | Side::While => Bounds::Without,
        }
    }
}

impl Label {
    fn new(string: Vec<u8>, case: Case, side: Side) -> Label {
        Label {
            string,
            case,
            side,
            bounds: side.usual(),
            passed: false,
            secondary: false,
            turn: Turn::default(),
        }
    }
}

impl Filter for Label {
    fn start(&mut self, outputs: &[bool]) {
        self.secondary = outputs.get(1).copied().unwrap_or(false);
    }

    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        let here = begins(record, &self.string, self.case);
        let before = self.passed;
        self.passed |= here != (self.side == Side::While);
        let bound = self.passed && !before;
        let primary = match bound {
            true => self.bounds == Bounds::With,
            false => self.passed == (self.side == Side::From),
        };
        if !primary && !self.secondary && self.side != Side::From {
            return Flow::Stop;
        }
        let before = u8::from(self.side == Side::From);
        let over = self.passed && self.secondary;
        self.turn
            .put(out, record, usize::from(!primary), (before, over))
    }

    fn selects(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use crate::pipe::tests::check;

    #[test]
    fn the_record_with_the_label() {
        for (stage, said) in [
            ("strtolabel /b/", &["a"][..]),
            ("strtolabel inclusive /b/", &["a", "b"]),
            ("strfrlabel /b/", &["b", "c"]),
            ("strfrlabel exclusive /b/", &["c"]),
            ("strwhile /a/", &["a"]),
            ("strwhile any inclusive /A/", &["a", "b"]),
        ] {
            check(&format!("literal a b c|split|{stage}|console"), 0, said);
        }
        check(
            "(end ?) literal a b c|split|l: strtolab inclusive /b/|console ? l: |insert />/|console",
            0,
            &["a", "b", ">c"],
        );
    }
}
