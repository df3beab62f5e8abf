//! COUNT (*User's Guide and Reference*, chapter "Inventory of built-in programs").

use super::{PLAIN, Row, filter};
use crate::base::Record;
use crate::base::msg::fpl;
use crate::pipe::args::{Args, Fault};
use crate::pipe::filter::{Emit, Filter, Flow};
use crate::pipe::stage::Body;

pub const TABLE: &[Row] = &[Row {
    names: "COUNT",
    operands: "{CHARACTErs | CHARS | BYTES | WORDS | LINES | RECORDS | MINline | MAXline}",
    doc: "Counts bytes, words and lines; the result's order is fixed: bytes words lines shortest longest.",
    outputs: 2,
    make: count,
    example: (
        "literal one two|literal three|count lines words bytes|console",
        &["12 3 2"],
    ),
    ..PLAIN
}];

/// What is counted, in the order of the result.
const KEYWORDS: &[(&str, usize)] = &[
    ("CHARACTErs", 0),
    ("CHARS", 0),
    ("BYTES", 0),
    ("WORDS", 1),
    ("LINES", 2),
    ("RECORDS", 2),
    ("MINline", 3),
    ("MAXline", 4),
];

struct Count {
    wanted: [bool; 5],
    totals: [u64; 5],
    /// Whether records are passed to the primary and the counts go to the secondary.
    passes: bool,
}

fn count(args: &mut Args<'_>) -> Result<Body, Fault> {
    let mut wanted = [false; 5];
    while let Some(word) = args.peek() {
        let Some(n) = args.choice(KEYWORDS) else {
            return Err(Fault::new(&fpl::FPLSCA111E, &[word]));
        };
        wanted[n] = true;
    }
    if !wanted.contains(&true) {
        return Err(args.missing());
    }
    filter(Count {
        wanted,
        totals: [0, 0, 0, u64::MAX, 0],
        passes: false,
    })
}

fn words(record: &[u8]) -> u64 {
    let mut n = 0;
    let mut before = b' ';
    for &b in record {
        n += u64::from(before == b' ' && b != b' ');
        before = b;
    }
    n
}

impl Filter for Count {
    fn start(&mut self, outputs: &[bool]) {
        self.passes = outputs.len() > 1;
    }

    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        let length = record.len() as u64;
        self.totals[0] += length;
        if self.wanted[1] {
            self.totals[1] += words(record);
        }
        self.totals[2] += 1;
        self.totals[3] = self.totals[3].min(length);
        self.totals[4] = self.totals[4].max(length);
        if self.passes {
            out.put(0, record.clone());
        }
        Flow::More
    }

    fn finish(&mut self, out: &mut Emit) {
        if self.totals[2] == 0 {
            self.totals[3] = 0;
        }
        let shown = self.wanted.iter().zip(self.totals);
        let shown: Vec<String> = shown
            .filter(|(wanted, _)| **wanted)
            .map(|(_, n)| n.to_string())
            .collect();
        let line = Record::from(shown.join(" ").into_bytes());
        out.put(usize::from(self.passes), line);
    }
}
