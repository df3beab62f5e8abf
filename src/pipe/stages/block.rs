//! Stages that cut and build blocks and words: TOKENISE, ESCAPE, SPILL, SNAKE, FBLOCK
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs").

use super::deblock::positive;
use super::{Delay, PLAIN, Row, filter};
use crate::base::Record;
use crate::base::abbrev;
use crate::base::msg::fpl;
use crate::pipe::args::{self, Args, Fault};
use crate::pipe::filter::{Each, Emit, Filter, Flow, Map};
use crate::pipe::stage::Body;
use crate::pipe::target::{Case, Target};

pub const TABLE: &[Row] = &[
    Row {
        names: "FBLOCK",
        operands: "number [xorc]",
        doc: "Blocks records to a fixed length; records may span blocks, the last one is padded.",
        delay: Delay::Buffers,
        make: fblock,
        example: (
            "literal de|literal abc|fblock 2 .|console",
            &["ab", "cd", "e."],
        ),
        ..PLAIN
    },
    Row {
        names: "TOKENISE TOKENIZE",
        operands: "delimitedString [delimitedString]",
        doc: "Writes each word, and each of the given characters, as a record; the second string after each record.",
        make: tokenise,
        example: ("literal a=b c|tokenise /=/|console", &["a", "=", "b", "c"]),
        ..PLAIN
    },
    Row {
        names: "ESCAPE",
        operands: "[delimitedString]",
        doc: "Puts an escape character before the characters of a string, whose first is the escape.",
        make: escape,
        example: ("literal a-b|escape /%-/|console", &["a%-b"]),
        ..PLAIN
    },
    Row {
        names: "SPILL",
        operands: "number [STRing delimitedString | ANYof delimitedString] [KEEP] [OFFSET {number | delimitedString}]",
        doc: "Splits long records at blanks, or after other characters; what begins the next lines may be indented.",
        make: spill,
        example: (
            "literal one two three|spill 8|console",
            &["one two", "three"],
        ),
        ..PLAIN
    },
    Row {
        names: "SNAKE",
        operands: "number [number]",
        doc: "Lays records out in columns, page by page.",
        delay: Delay::Buffers,
        make: snake,
        example: ("literal a b c|split|snake 2|console", &["ac", "b"]),
        ..PLAIN
    },
];

struct Fblock {
    length: usize,
    fill: Option<u8>,
    partial: Vec<u8>,
}

fn fblock(args: &mut Args<'_>) -> Result<Body, Fault> {
    let length = positive(args)?;
    let fill = match args.is_done() {
        true => None,
        false => Some(args.xorc()?),
    };
    args.end()?;
    filter(Fblock {
        length,
        fill,
        partial: Vec::new(),
    })
}

impl Filter for Fblock {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        let mut rest = &record[..];
        while self.partial.len() + rest.len() >= self.length {
            let n = self.length - self.partial.len();
            self.partial.extend_from_slice(&rest[..n]);
            rest = &rest[n..];
            out.put(0, Record::from(std::mem::take(&mut self.partial)));
        }
        self.partial.extend_from_slice(rest);
        Flow::More
    }

    fn finish(&mut self, out: &mut Emit) {
        if self.partial.is_empty() {
            return;
        }
        if let Some(fill) = self.fill {
            self.partial.resize(self.length, fill);
        }
        out.put(0, Record::from(std::mem::take(&mut self.partial)));
    }
}

fn tokenise(args: &mut Args<'_>) -> Result<Body, Fault> {
    let single = args::CharSet::of(&args.delimited()?);
    let after = match args.is_done() {
        true => None,
        false => Some(Record::from(args.delimited()?)),
    };
    args.end()?;
    filter(Each(move |record: &Record, out: &mut Emit| {
        let mut start = 0;
        for (at, &b) in record.iter().enumerate() {
            if b != b' ' && !single.has(b) {
                continue;
            }
            if at > start {
                out.put(0, record.slice(start, at - start));
            }
            if b != b' ' {
                out.put(0, record.slice(at, 1));
            }
            start = at + 1;
        }
        if record.len() > start {
            out.put(0, record.slice(start, record.len() - start));
        }
        if let Some(after) = &after {
            out.put(0, after.clone());
        }
        Flow::More
    }))
}

fn escape(args: &mut Args<'_>) -> Result<Body, Fault> {
    let chars = match args.is_done() {
        true => b"\"|".to_vec(),
        false => args.delimited()?,
    };
    args.end()?;
    let Some(&mark) = chars.first() else {
        return Err(Fault::new(&fpl::FPLSCA113E, &[]));
    };
    let set = args::CharSet::of(&chars);
    filter(Map(move |record: &Record| {
        let mut line = Vec::with_capacity(record.len() + 8);
        for &b in record.iter() {
            if set.has(b) {
                line.push(mark);
            }
            line.push(b);
        }
        Record::from(line)
    }))
}

fn spill(args: &mut Args<'_>) -> Result<Body, Fault> {
    let width = positive(args)?;
    let mut apart = Target::blank();
    if args
        .peek()
        .is_some_and(|w| ["STRing", "ANYof"].iter().any(|k| abbrev::matches(k, w)))
        && let Some(target) = Target::take(args, Case::Exact)?
    {
        apart = target;
    }
    let keep = args.keyword("KEEP");
    let mut indent = Vec::new();
    if args.keyword("OFFSET") {
        indent = match args.number() {
            Some(n) => vec![b' '; usize::try_from(n).unwrap_or(usize::MAX).min(width)],
            None => args.delimited()?,
        };
    }
    args.end()?;
    if indent.len() >= width {
        return Err(Fault::new(&fpl::FPLSPI755E, &[]));
    }
    filter(Each(move |record: &Record, out: &mut Emit| {
        let mut start = 0;
        loop {
            let before: &[u8] = if start == 0 { b"" } else { &indent };
            let room = width - before.len();
            let (cut, next) = match record.len() - start > room {
                true => break_at(record, start, room, &apart, keep),
                false => (record.len(), record.len()),
            };
            match before.is_empty() {
                true => out.put(0, record.slice(start, cut - start)),
                false => out.put(0, Record::from([before, &record[start..cut]].concat())),
            }
            start = next;
            if start >= record.len() {
                return Flow::More;
            }
        }
    }))
}

/// Where a line of a room ends and the next one starts: at the last separator within it, else at its end.
fn break_at(
    record: &[u8],
    start: usize,
    room: usize,
    apart: &Target,
    keep: bool,
) -> (usize, usize) {
    let end = start + room;
    for at in (start + 1..=end).rev() {
        let length = apart.length_at(record, at);
        if length == 0 {
            continue;
        }
        if !keep {
            return (at, at + length);
        }
        if at + length <= end {
            return (at + length, at + length);
        }
    }
    (end, end)
}

struct Snake {
    columns: usize,
    lines: Option<usize>,
    held: Vec<Record>,
}

fn snake(args: &mut Args<'_>) -> Result<Body, Fault> {
    let columns = positive(args)?;
    let lines = match args.is_done() {
        true => None,
        false => Some(positive(args)?),
    };
    args.end()?;
    filter(Snake {
        columns,
        lines,
        held: Vec::new(),
    })
}

impl Snake {
    fn page(&mut self, out: &mut Emit) {
        let depth = self.lines.unwrap_or(self.held.len().div_ceil(self.columns));
        for row in 0..depth.min(self.held.len()) {
            let mut line = Vec::new();
            for record in self.held.iter().skip(row).step_by(depth.max(1)) {
                line.extend_from_slice(record);
            }
            out.put(0, Record::from(line));
        }
        self.held.clear();
    }
}

impl Filter for Snake {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        self.held.push(record.clone());
        if self
            .lines
            .is_some_and(|l| self.held.len() == l.saturating_mul(self.columns))
        {
            self.page(out);
        }
        Flow::More
    }

    fn finish(&mut self, out: &mut Emit) {
        self.page(out);
    }
}

#[cfg(test)]
mod tests {
    use crate::pipe::tests::check;

    #[test]
    fn blocks() {
        check("literal a|fblock 99999999999999|console", -59, &[]);
        check(
            "literal 1 2 3 4 5|split|snake 2 2|console",
            0,
            &["13", "24", "5"],
        );
        check(
            "literal aaaaaaaa bb|spill 4|console",
            0,
            &["aaaa", "aaaa", "bb"],
        );
        for (operands, said) in [
            ("8", &["one two,", "three"][..]),
            ("9 keep", &["one two, ", "three"]),
            ("8 string /, /", &["one two", "three"]),
            ("8 anyof /, / keep", &["one two,", " three"]),
            ("8 offset 2", &["one two,", "  three"]),
            ("8 offset /> /", &["one two,", "> three"]),
            ("5", &["one", "two,", "three"]),
        ] {
            let spec = format!("literal one two, three|spill {operands}|console");
            check(&spec, 0, said);
        }
        check("literal a b|spill 4 offset 4|console", -755, &[]);
        check("literal a b|spill 4 nonsense|console", -112, &[]);
    }
}
