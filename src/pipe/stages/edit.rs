//! Stages that change each record: SPLIT, STRIP and kin
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs").

use super::{PLAIN, Row, filter};
use crate::base::Record;
use crate::pipe::args::{self, Args, Fault};
use crate::pipe::filter::{Emit, Filter, Flow, Map};
use crate::pipe::stage::Body;
use crate::pipe::target::{Case, Target};

pub const TABLE: &[Row] = &[
    Row {
        names: "SPECs",
        operands: crate::pipe::specs::OPERANDS,
        doc: "Builds records from fields of its input, literals, numbers and what is worked out from them; totals, control breaks and reports.",
        inputs: super::MANY,
        outputs: super::MANY,
        make: |a| {
            let plan = crate::pipe::specs::parse(a)?;
            plan.check_streams(a)?;
            Ok(plan.into_body())
        },
        example: (
            "literal 3 b|literal 4 a|specs a: w1 1.3 right w2 nextword set #0+=a eof print #0 1.3 right /total/ nextword|console",
            &["  4 a", "  3 b", "  7 total"],
        ),
        notes: crate::pipe::specs::notes,
        ..PLAIN
    },
    Row {
        names: "SPLIT",
        operands: "[ANYcase] [MINimum number] [[snumber] BEFORE | AFTER | AT] [NOT] [BLANK | xrange | STRing delimitedString | [ANYof] delimitedString] [number]",
        doc: "Splits records at, before or after a target (blank unless said); writes no null records.",
        make: split,
        example: ("literal a b  c|split|console", &["a", "b", "c"]),
        ..PLAIN
    },
    Row {
        names: "STRIP",
        operands: "[ANYcase] [BOTH | LEADING | TRAILING] [NOT] [BLANK | xrange | STRing delimitedString | [ANYof] delimitedString] [number]",
        doc: "Removes leading and trailing characters (blanks unless said).",
        make: strip,
        example: ("literal  a |strip|console", &["a"]),
        ..PLAIN
    },
];

/// Where a record is split.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Where {
    At,
    Before,
    After,
}

struct Split {
    target: Target,
    not: bool,
    place: Where,
    offset: i64,
    minimum: usize,
    most: u64,
}

fn split(args: &mut Args<'_>) -> Result<Body, Fault> {
    let case = Case::take(args);
    let mut minimum = 0;
    if args.keyword("MINimum") {
        minimum = usize::try_from(args::unsigned(args.need()?)?).unwrap_or(usize::MAX);
    }
    let places = [("BEFORE", Where::Before), ("AFTER", Where::After)];
    let mut offset = 0;
    let mut place = args.choice(&places);
    if place.is_none() && args.keyword("AT") {
        place = Some(Where::At);
    }
    if place.is_none() {
        // A number before BEFORE or AFTER is an offset; else it is the target or the count.
        let mut ahead = Args::new(args.rest(), false);
        if let Some(n) = ahead.signed()
            && let Some(found) = ahead.choice(&places)
        {
            args.word();
            args.word();
            offset = n;
            place = Some(found);
        }
    }
    let not = args.keyword("NOT");
    let target = match is_count(args) {
        true => Target::blank(),
        false => Target::take(args, case)?.unwrap_or_else(Target::blank),
    };
    let most = args.count().unwrap_or(u64::MAX);
    args.end()?;
    filter(Split {
        target,
        not,
        place: place.unwrap_or(Where::At),
        offset,
        minimum,
        most,
    })
}

/// Whether the only word left is a number of more than two digits, which no xrange is.
fn is_count(args: &Args<'_>) -> bool {
    let word = args.peek().unwrap_or(b"");
    word.len() > 2 && word.iter().all(u8::is_ascii_digit)
}

impl Split {
    fn find(&self, text: &[u8], from: usize) -> Option<(usize, usize)> {
        match self.not {
            false => self.target.find(text, from),
            true => self.target.find_not(text, from),
        }
    }

    /// Where the piece ends and where the next one starts.
    fn cut(&self, start: usize, end: usize) -> (usize, usize) {
        let moved = |at: usize, by: i64| {
            let at = i64::try_from(at).unwrap_or(i64::MAX).saturating_add(by);
            usize::try_from(at.max(0)).unwrap_or(usize::MAX)
        };
        match self.place {
            Where::At => (start, end),
            Where::Before => {
                let at = moved(start, -self.offset);
                (at, at)
            }
            Where::After => {
                let at = moved(end, self.offset);
                (at, at)
            }
        }
    }
}

impl Filter for Split {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        let mut piece = 0usize;
        let mut search = 0;
        let mut splits = 0;
        while splits < self.most {
            let from = search.max(piece.saturating_add(self.minimum));
            let Some((start, end)) = self.find(record, from) else {
                break;
            };
            search = end;
            let (stop, next) = self.cut(start, end);
            if stop < piece || stop > record.len() {
                continue;
            }
            if stop > piece {
                out.put(0, record.slice(piece, stop - piece));
            }
            piece = next;
            splits += 1;
        }
        if piece < record.len() {
            out.put(0, record.slice(piece, record.len() - piece));
        }
        Flow::More
    }
}

/// Which ends are stripped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    Both,
    Leading,
    Trailing,
}

fn strip(args: &mut Args<'_>) -> Result<Body, Fault> {
    let mut case = Case::take(args);
    let ends = args
        .choice(&[
            ("BOTH", Ends::Both),
            ("LEADING", Ends::Leading),
            ("TRAILING", Ends::Trailing),
        ])
        .unwrap_or(Ends::Both);
    if case == Case::Exact {
        case = Case::take(args);
    }
    let not = args.keyword("NOT") || args.keyword("TO");
    let target = match is_count(args) {
        true => Target::blank(),
        false => Target::take(args, case)?.unwrap_or_else(Target::blank),
    };
    let most = args.count().unwrap_or(u64::MAX);
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    args.end()?;
    filter(Map(move |record: &Record| {
        let start = match ends {
            Ends::Trailing => 0,
            _ => leading(record, &target, not, most),
        };
        let end = match ends {
            Ends::Leading => record.len(),
            _ => trailing(record, start, &target, not, most),
        };
        record.slice(start, end - start)
    }))
}

fn leading(record: &[u8], target: &Target, not: bool, most: usize) -> usize {
    let mut at = 0;
    while at < record.len() {
        let step = match (target.length_at(record, at), not) {
            (0, true) => 1,
            (n, false) if n > 0 => n,
            _ => break,
        };
        if at + step > most {
            break;
        }
        at += step;
    }
    at
}

fn trailing(record: &[u8], start: usize, target: &Target, not: bool, most: usize) -> usize {
    let mut end = record.len();
    while end > start {
        let step = match (target.length_before(record, end), not) {
            (0, true) => 1,
            (n, false) if n > 0 => n,
            _ => break,
        };
        if end - step < start || record.len() - (end - step) > most {
            break;
        }
        end -= step;
    }
    end
}
