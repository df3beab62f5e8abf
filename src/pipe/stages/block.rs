//! Stages that cut and build blocks and words: DEBLOCK, TOKENISE, ESCAPE, SPILL, SNAKE, FBLOCK
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs").

use super::{Delay, PLAIN, Row, filter};
use crate::base::Record;
use crate::base::msg::fpl;
use crate::pipe::args::{self, Args, Fault};
use crate::pipe::filter::{Each, Emit, Filter, Flow, Map};
use crate::pipe::stage::Body;

pub const TABLE: &[Row] = &[
    Row {
        names: "DEBLOCK",
        operands: "[FIXED] [number] | LINEND [xorc] | CRLF | STRING delimitedString",
        doc: "Cuts a byte stream into records of a length or at line ends.",
        make: deblock,
        example: ("literal abcde|deblock 2|console", &["ab", "cd", "e"]),
        ..PLAIN
    },
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
        operands: "number",
        doc: "Splits long records at blanks.",
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

fn positive(args: &mut Args<'_>) -> Result<usize, Fault> {
    match args.length()? {
        0 => Err(Fault::new(&fpl::FPLSCA066E, &[b"0"])),
        n => Ok(n),
    }
}

/// Cuts at a string; a piece without its end waits for the next record.
struct Lines {
    end: Vec<u8>,
    partial: Vec<u8>,
}

impl Filter for Lines {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        if self.partial.is_empty() {
            self.cut(record, out);
            return Flow::More;
        }
        // The end may lie across the two records.
        let from = (self.partial.len() + 1).saturating_sub(self.end.len());
        self.partial.extend_from_slice(record);
        if memchr::memmem::find(&self.partial[from..], &self.end).is_some() {
            let joined = Record::from(std::mem::take(&mut self.partial));
            self.cut(&joined, out);
        }
        Flow::More
    }

    fn finish(&mut self, out: &mut Emit) {
        if !self.partial.is_empty() {
            out.put(0, Record::from(std::mem::take(&mut self.partial)));
        }
    }
}

impl Lines {
    fn cut(&mut self, record: &Record, out: &mut Emit) {
        let mut start = 0;
        for at in memchr::memmem::find_iter(record, &self.end) {
            out.put(0, record.slice(start, at - start));
            start = at + self.end.len();
        }
        self.partial = record[start..].to_vec();
    }
}

fn deblock(args: &mut Args<'_>) -> Result<Body, Fault> {
    let lines = |end: Vec<u8>| {
        filter(Lines {
            end,
            partial: Vec::new(),
        })
    };
    if args.keyword("LINEND") {
        let end = match args.is_done() {
            // X'15' in EBCDIC is the host's new line.
            true => b'\n',
            false => args.xorc()?,
        };
        args.end()?;
        return lines(vec![end]);
    }
    if args.keyword("CRLF") {
        args.end()?;
        return lines(b"\r\n".to_vec());
    }
    if args.keyword("STRING") {
        let end = args.delimited()?;
        args.end_of_known()?;
        return match end.is_empty() {
            true => Err(Fault::new(&fpl::FPLSCA113E, &[])),
            false => lines(end),
        };
    }
    let fixed = args.keyword("Fixed");
    let length = match args.peek() {
        None => 80,
        Some(word) if !fixed && args::unsigned(word).is_err() => {
            return Err(Fault::new(&fpl::FPLSCA9002E, &[word]));
        }
        Some(_) => positive(args)?,
    };
    args.end()?;
    filter(Each(move |record: &Record, out: &mut Emit| {
        let mut at = 0;
        while at < record.len() {
            let n = length.min(record.len() - at);
            out.put(0, record.slice(at, n));
            at += n;
        }
        Flow::More
    }))
}

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
    args.end_of_known()?;
    filter(Each(move |record: &Record, out: &mut Emit| {
        let mut start = 0;
        while record.len() - start > width {
            let window = &record[start..=start + width];
            let blank = window.iter().rposition(|&b| b == b' ').filter(|&n| n > 0);
            let cut = blank.unwrap_or(width);
            out.put(0, record.slice(start, cut));
            start += cut + usize::from(blank.is_some());
        }
        out.put(0, record.slice(start, record.len() - start));
        Flow::More
    }))
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
        check(
            "literal b;c|literal a;b|deblock linend ;|console",
            0,
            &["a", "bb", "c"],
        );
        check(
            "literal ab<>cd<|literal x|deblock string /<>/|console",
            0,
            &["xab", "cd<"],
        );
        check("literal a;;b;|deblock linend ;|console", 0, &["a", "", "b"]);
        check(
            "literal a < > b<>c<>|split|deblock string /<>/|console",
            0,
            &["a", "b", "c"],
        );
        check("literal a|fblock 99999999999999|console", -59, &[]);
        check("literal a|deblock 0|console", -66, &[]);
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
    }
}
