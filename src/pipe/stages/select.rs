//! Stages that choose records: LOCATE, NLOCATE, FIND, TAKE, DROP and kin
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs").

use std::collections::VecDeque;
use std::rc::Rc;

use super::{Row, SELECTION, filter};
use crate::base::Record;
use crate::base::msg::fpl;
use crate::pipe::args::{self, Args, CharSet, Fault};
use crate::pipe::filter::{Choose, Emit, Filter, Finder, Flow, Holds, Turn};
use crate::pipe::range::{Range, Separators};
use crate::pipe::stage::Body;
use crate::pipe::target::Case;

pub const TABLE: &[Row] = &[
    Row {
        names: "Locate",
        operands: "[ANYcase] [MIXED | ONEs | ZEROs] [inputRanges] [ANYof] [delimitedString]",
        doc: "Selects records that contain a string, or that reach the range.",
        make: |a| locate(a, true),
        example: ("literal a b|split|locate /b/|console", &["b"]),
        ..SELECTION
    },
    Row {
        names: "NLocate NOTLocate",
        operands: "[ANYcase] [MIXED | ONEs | ZEROs] [inputRanges] [ANYof] [delimitedString]",
        doc: "Selects records that do not contain a string, or that do not reach the range.",
        make: |a| locate(a, false),
        example: ("literal a b|split|nlocate /b/|console", &["a"]),
        ..SELECTION
    },
    Row {
        names: "TAKE",
        operands: "[FIRST | LAST] [number | *] [LINES | BYTES]",
        doc: "Selects the first or last records; the others go to the secondary output.",
        make: |a| amount(a, Part::Take),
        example: ("literal a b c|split|take 2|console", &["a", "b"]),
        ..SELECTION
    },
    Row {
        names: "DROP",
        operands: "[FIRST | LAST] [number | *] [LINES | BYTES]",
        doc: "Discards the first or last records (to the secondary output) and selects the others.",
        make: |a| amount(a, Part::Drop),
        example: ("literal a b c|split|drop last|console", &["a", "b"]),
        ..SELECTION
    },
];

/// What LOCATE looks for in each range.
enum Wanted {
    /// The range must be there.
    Reach,
    Text(Vec<u8>, Case),
    Any(CharSet),
    Bits(Bits, Vec<u8>),
}

/// How LOCATE compares bits under a mask.
#[derive(Clone, Copy)]
enum Bits {
    Mixed,
    Ones,
    Zeros,
}

impl Wanted {
    fn in_range(&self, record: &[u8], range: &Range) -> bool {
        let Some((start, end)) = range.find(record) else {
            // A null record, or one that is too short, contains nothing but the null string.
            return matches!(self, Wanted::Text(text, _) if text.is_empty());
        };
        let part = &record[start..end];
        match self {
            Wanted::Reach => true,
            Wanted::Text(text, case) => case.find(part, text, 0).is_some(),
            Wanted::Any(set) => part.iter().any(|&b| set.has(b)),
            Wanted::Bits(bits, mask) => bits.hold(part, mask),
        }
    }
}

impl Bits {
    fn hold(self, part: &[u8], mask: &[u8]) -> bool {
        let (mut ones, mut zeros) = (false, false);
        for (&b, &m) in part.iter().zip(mask) {
            ones |= b & m != 0;
            zeros |= !b & m != 0;
        }
        match self {
            Bits::Mixed => ones && zeros,
            Bits::Ones => ones && !zeros,
            Bits::Zeros => zeros && !ones,
        }
    }
}

/// Without a string a record is wanted that reaches into a range; without ranges too, one that is not null.
fn locate(args: &mut Args<'_>, keep: bool) -> Result<Body, Fault> {
    let mut case = Case::take(args);
    let bits = args.choice(&[
        ("MIXED", Bits::Mixed),
        ("ONEs", Bits::Ones),
        ("ZEROs", Bits::Zeros),
    ]);
    let mut ranges = Range::list(args, &mut Separators::default())?;
    if case == Case::Exact {
        case = Case::take(args);
    }
    let anyof = args.keyword("ANYof");
    let wanted = match args.is_done() {
        true => Wanted::Reach,
        false => {
            let text = args.delimited()?;
            match (bits, anyof, case) {
                (Some(bits), _, _) => Wanted::Bits(bits, text),
                (None, true, Case::Any) => Wanted::Any(CharSet::of(&text).anycase()),
                (None, true, Case::Exact) => Wanted::Any(CharSet::of(&text)),
                (None, false, case) => Wanted::Text(text, case),
            }
        }
    };
    args.end()?;
    if ranges.is_empty() {
        ranges.push(Range::whole());
    }
    if let (Wanted::Text(text, case), [range]) = (&wanted, ranges.as_slice())
        && range.is_whole()
        && !text.is_empty()
        && let Some(finder) = Finder::new(text, *case)
    {
        return match keep {
            true => filter(Holds(Rc::new(finder))),
            false => filter(Choose(move |r: &[u8]| finder.find(r).is_none())),
        };
    }
    filter(Choose(move |r: &[u8]| {
        ranges.iter().any(|range| wanted.in_range(r, range)) == keep
    }))
}

/// Whether the counted records are selected or discarded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Take,
    Drop,
}

/// What TAKE and DROP count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Lines,
    Bytes,
}

fn amount(args: &mut Args<'_>, part: Part) -> Result<Body, Fault> {
    let last = args
        .choice(&[("FIRST", false), ("LAST", true)])
        .unwrap_or(false);
    let left = match args.peek() {
        Some(word)
            if word
                .first()
                .is_some_and(|b| b.is_ascii_digit() || b"-*+".contains(b)) =>
        {
            let negative = args::signed(word).is_some_and(|n| n < 0);
            let bad = match negative {
                true => &fpl::FPLSCA287E,
                false => &fpl::FPLSCA058E,
            };
            let count = args.count();
            count.ok_or_else(|| Fault::new(bad, &[word]))?
        }
        _ => 1,
    };
    let unit = args.choice(&[("LINES", Unit::Lines), ("BYTES", Unit::Bytes)]);
    let unit = unit.unwrap_or(Unit::Lines);
    args.end()?;
    let (inside, outside) = match part {
        Part::Take => (0, 1),
        Part::Drop => (1, 0),
    };
    match last {
        false => filter(First {
            left,
            unit,
            inside,
            outside,
            outside_connected: true,
            turn: Turn::default(),
        }),
        true => filter(Last {
            most: left,
            unit,
            inside: usize::from(inside),
            outside,
            held: VecDeque::new(),
            size: 0,
        }),
    }
}

/// TAKE FIRST and DROP FIRST.
struct First {
    left: u64,
    unit: Unit,
    inside: u8,
    outside: usize,
    outside_connected: bool,
    turn: Turn,
}

impl Filter for First {
    fn start(&mut self, outputs: &[bool]) {
        self.outside_connected = outputs.get(self.outside).copied().unwrap_or(false);
    }

    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        let size = match self.unit {
            Unit::Lines => 1,
            Unit::Bytes => record.len() as u64,
        };
        if self.left == 0 {
            if !self.outside_connected {
                return Flow::Stop;
            }
            return self
                .turn
                .put(out, record, self.outside, (self.inside, true));
        }
        if size <= self.left {
            self.left -= size;
            let over = self.left == 0 && self.outside_connected;
            let flow = self
                .turn
                .put(out, record, usize::from(self.inside), (self.inside, over));
            if flow != Flow::More {
                return flow;
            }
        } else {
            let cut = usize::try_from(self.left).unwrap_or(usize::MAX);
            self.left = 0;
            out.put(usize::from(self.inside), record.slice(0, cut));
            out.put(self.outside, record.slice(cut, record.len() - cut));
        }
        match self.left == 0 && !self.outside_connected {
            true => Flow::Last,
            false => Flow::More,
        }
    }

    fn selects(&self) -> bool {
        self.unit == Unit::Lines
    }
}

/// TAKE LAST and DROP LAST: the records that may be among the last are held.
struct Last {
    most: u64,
    unit: Unit,
    inside: usize,
    outside: usize,
    held: VecDeque<Record>,
    size: u64,
}

impl Last {
    fn weight(&self, record: &Record) -> u64 {
        match self.unit {
            Unit::Lines => 1,
            Unit::Bytes => record.len() as u64,
        }
    }
}

impl Filter for Last {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        self.size += self.weight(record);
        self.held.push_back(record.clone());
        while let Some(front) = self.held.front() {
            let weight = self.weight(front);
            if self.size - weight < self.most || (weight == 0 && self.size <= self.most) {
                break;
            }
            self.size -= weight;
            if let Some(front) = self.held.pop_front() {
                out.put(self.outside, front);
            }
        }
        Flow::More
    }

    fn done_with(&self) -> Option<u8> {
        let over = self.unit == Unit::Lines;
        u8::try_from(self.outside).ok().filter(|_| over)
    }

    fn finish(&mut self, out: &mut Emit) {
        let mut excess = self.size.saturating_sub(self.most);
        for record in self.held.drain(..) {
            if self.unit == Unit::Bytes && excess > 0 {
                let cut = usize::try_from(excess)
                    .unwrap_or(usize::MAX)
                    .min(record.len());
                excess -= cut as u64;
                out.put(self.outside, record.slice(0, cut));
                out.put(self.inside, record.slice(cut, record.len() - cut));
            } else {
                out.put(self.inside, record);
            }
        }
    }
}
