//! Lines that are continued: JOINCONT, ASMCONT, ASMFIND, ASMNFIND, ASMXPND, STRASMFIND, STRASMNFIND
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs"; *HLASM Language Reference*,
//! "Statement boundaries").

use super::labels::xedit_find;
use super::{Delay, PLAIN, Row, SELECTION, filter, task};
use crate::base::Record;
use crate::pipe::args::{Args, CharSet, Fault};
use crate::pipe::filter::{Each, Emit, Filter, Flow};
use crate::pipe::range::{Range, Separators};
use crate::pipe::stage::{Body, Stage, Stop};
use crate::pipe::target::Case;

pub const TABLE: &[Row] = &[
    Row {
        names: "JOINCONT",
        operands: "[ANYcase] [NOT] [TRAILING | LEADING | RANGE inputRange] [DELAY] [ANYof] delimitedString [KEEP] [delimitedString]",
        doc: "Joins a record that ends in a string with the next one; or one that begins with it with the one before.",
        delay: Delay::Buffers,
        make: joincont,
        example: (
            "literal b|literal a,|joincont trailing /,/ /+/|console",
            &["a+b"],
        ),
        ..PLAIN
    },
    Row {
        names: "ASMCONT",
        operands: "",
        doc: "Joins the lines of an assembler statement that is continued by column 72.",
        delay: Delay::Buffers,
        make: |a| {
            a.end()?;
            filter(Asmcont { line: Vec::new() })
        },
        example: ("literal  LR 1,2|asmcont|console", &[" LR 1,2"]),
        ..PLAIN
    },
    Row {
        names: "ASMXPND",
        operands: "",
        doc: "Breaks joined assembler statements in lines of 80 columns.",
        make: |a| {
            a.end()?;
            filter(Each(asmxpnd))
        },
        example: ("literal  LR 1,2|asmxpnd|console", &[" LR 1,2"]),
        ..PLAIN
    },
    Row {
        names: "ASMFIND",
        operands: "string",
        doc: "Selects whole assembler statements whose first line FIND selects.",
        make: |a| find(a, 0),
        example: ("literal *x|literal  LR 1,2|asmfind *|console", &["*x"]),
        ..SELECTION
    },
    Row {
        names: "ASMNFIND",
        operands: "string",
        doc: "Selects whole assembler statements whose first line FIND does not select.",
        make: |a| find(a, 1),
        example: (
            "literal *x|literal  LR 1,2|asmnfind *|console",
            &[" LR 1,2"],
        ),
        ..SELECTION
    },
    Row {
        names: "STRASMFIND",
        operands: "[ANYcase] delimitedString",
        doc: "Selects whole assembler statements whose first line begins with a delimited string.",
        make: |a| strfind(a, 0),
        example: ("literal *x|literal  LR|strasmfind /*/|console", &["*x"]),
        ..SELECTION
    },
    Row {
        names: "STRASMNFIND",
        operands: "[ANYcase] delimitedString",
        doc: "Selects whole assembler statements whose first line does not begin with a delimited string.",
        make: |a| strfind(a, 1),
        example: ("literal *x|literal  LR|strasmnfind /*/|console", &[" LR"]),
        ..SELECTION
    },
];

/// Where JOINCONT looks.
enum Place {
    Trailing,
    Leading,
    Range(Range),
}

/// What JOINCONT looks for.
enum Wanted {
    Text(Vec<u8>, Case),
    Any(CharSet),
}

impl Wanted {
    fn length(&self) -> usize {
        match self {
            Wanted::Text(text, _) => text.len(),
            Wanted::Any(_) => 1,
        }
    }

    fn is(&self, part: &[u8]) -> bool {
        match self {
            Wanted::Text(text, case) => case.same(part, text),
            Wanted::Any(set) => part.len() == 1 && part.iter().all(|&b| set.has(b)),
        }
    }
}

struct Joincont {
    place: Place,
    not: bool,
    wanted: Wanted,
    keep: bool,
    between: Vec<u8>,
    /// What is joined so far.
    line: Option<Vec<u8>>,
}

fn joincont(args: &mut Args<'_>) -> Result<Body, Fault> {
    let case = Case::take(args);
    let not = args.keyword("NOT");
    let place = if args.keyword("LEADING") {
        Place::Leading
    } else if args.keyword("RANGE") {
        Place::Range(Range::take(args, &mut Separators::default())?)
    } else {
        args.keyword("TRAILING");
        Place::Trailing
    };
    let delay = args.keyword("DELAY");
    let any = args.keyword("ANYof");
    let text = args.delimited()?;
    let wanted = match (any, case) {
        (false, case) => Wanted::Text(text, case),
        (true, Case::Exact) => Wanted::Any(CharSet::of(&text)),
        (true, Case::Any) => Wanted::Any(CharSet::of(&text).anycase()),
    };
    let keep = args.keyword("KEEP");
    let between = match args.is_done() {
        true => Vec::new(),
        false => args.delimited()?,
    };
    args.end()?;
    let joiner = Joincont {
        place,
        not,
        wanted,
        keep,
        between,
        line: None,
    };
    match delay {
        false => filter(joiner),
        true => Ok(task(move |s| delayed(s, joiner))),
    }
}

/// With DELAY a record is consumed before what it completes is written.
async fn delayed(s: Stage, mut joiner: Joincont) -> Result<(), Stop> {
    let mut out = Emit::default();
    while let Some(record) = s.next(0).await? {
        joiner.step(&record, &mut out);
        s.readto(0).await?;
        for (port, line) in out.items.drain(..) {
            s.output(port, line).await?;
        }
    }
    joiner.finish(&mut out);
    for (port, line) in out.items.drain(..) {
        s.output(port, line).await?;
    }
    Ok(())
}

impl Joincont {
    /// The part of a record that is looked at; `None` when the record is too short.
    fn part(&self, record: &[u8]) -> Option<(usize, usize)> {
        let n = self.wanted.length();
        match &self.place {
            Place::Leading => (record.len() >= n).then_some((0, n)),
            Place::Trailing => record.len().checked_sub(n).map(|at| (at, record.len())),
            Place::Range(range) => range.find(record),
        }
    }

    /// Whether the record is one to be continued (or, LEADING, continues the one before), and what is left
    /// of it without the string.
    fn judge<'r>(&self, record: &'r [u8]) -> (bool, &'r [u8]) {
        let part = self.part(record);
        let found = part.filter(|&(start, end)| self.wanted.is(&record[start..end]));
        let rest = match (&self.place, found) {
            (Place::Leading, Some((_, end))) if !self.keep => &record[end..],
            (Place::Trailing, Some((start, _))) if !self.keep => &record[..start],
            _ => record,
        };
        (found.is_some() != self.not, rest)
    }

    fn add(&mut self, data: &[u8]) {
        match &mut self.line {
            Some(line) => {
                line.extend_from_slice(&self.between);
                line.extend_from_slice(data);
            }
            None => self.line = Some(data.to_vec()),
        }
    }
}

impl Filter for Joincont {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        let (joins, rest) = self.judge(record);
        let leading = matches!(self.place, Place::Leading);
        if leading && !joins {
            self.finish(out);
        }
        self.add(rest);
        if !leading && !joins {
            self.finish(out);
        }
        Flow::More
    }

    fn finish(&mut self, out: &mut Emit) {
        if let Some(line) = self.line.take() {
            out.put(0, Record::from(line));
        }
    }
}

/// The column (from 0) whose character says that an assembler statement is continued.
const CONTINUATION: usize = 71;
/// The column (from 0) where a continuation line goes on.
const CONTINUE: usize = 15;

fn is_continued(record: &[u8]) -> bool {
    record.get(CONTINUATION).is_some_and(|&b| b != b' ')
}

/// The first 71 columns of the first line and columns 16 to 71 of the others.
struct Asmcont {
    line: Vec<u8>,
}

impl Filter for Asmcont {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        let continued = is_continued(record);
        if self.line.is_empty() && !continued {
            out.put(0, record.clone());
            return Flow::More;
        }
        let from = match self.line.is_empty() {
            true => 0,
            false => CONTINUE.min(record.len()),
        };
        let text = &record[from..CONTINUATION.min(record.len())];
        self.line.extend_from_slice(text);
        if !continued {
            self.finish(out);
        }
        Flow::More
    }

    fn finish(&mut self, out: &mut Emit) {
        if !self.line.is_empty() {
            out.put(0, Record::from(std::mem::take(&mut self.line)));
        }
    }
}

fn asmxpnd(record: &Record, out: &mut Emit) -> Flow {
    if record.len() <= CONTINUATION {
        out.put(0, record.clone());
        return Flow::More;
    }
    let mut at = 0;
    while at < record.len() {
        let indent = if at == 0 { 0 } else { CONTINUE };
        let n = (CONTINUATION - indent).min(record.len() - at);
        let mut line = vec![b' '; indent];
        line.extend_from_slice(&record[at..at + n]);
        at += n;
        if at < record.len() {
            line.push(b'*');
            line.resize(80, b' ');
        }
        out.put(0, Record::from(line));
    }
    Flow::More
}

/// Selects statements: the lines that continue one go where its first line went.
struct Statements<F> {
    chosen: F,
    /// The output stream of those that are chosen.
    stream: usize,
    /// The stream of the statement that goes on.
    within: Option<usize>,
}

impl<F: FnMut(&[u8]) -> bool> Filter for Statements<F> {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        let stream = match self.within {
            Some(stream) => stream,
            None if (self.chosen)(record) => self.stream,
            None => 1 - self.stream,
        };
        self.within = is_continued(record).then_some(stream);
        out.put(stream, record.clone());
        Flow::More
    }

    fn selects(&self) -> bool {
        true
    }
}

fn find(args: &mut Args<'_>, stream: usize) -> Result<Body, Fault> {
    let chosen = xedit_find(args)?;
    filter(Statements {
        chosen,
        stream,
        within: None,
    })
}

fn strfind(args: &mut Args<'_>, stream: usize) -> Result<Body, Fault> {
    let case = Case::take(args);
    let text = args.delimited()?;
    args.end()?;
    filter(Statements {
        chosen: move |r: &[u8]| {
            r.get(..text.len())
                .is_some_and(|start| case.same(start, &text))
        },
        stream,
        within: None,
    })
}

#[cfg(test)]
mod tests {
    use crate::pipe::tests::check;

    #[test]
    fn continuation_in_its_forms() {
        for (input, operands, said) in [
            ("a- b- c d", "/-/", &["abc", "d"][..]),
            ("a- b- c d", "/-/ keep", &["a-b-c", "d"]),
            ("a- b", "trailing /-/ /+/", &["a+b"]),
            ("a- b+ c", "anyof /+-/", &["abc"]),
            ("aX bx c", "anycase /x/", &["abc"]),
            ("a b; c d;", "not /;/", &["ab", "cd"]),
            ("a b; c d;", "not /;/ keep", &["ab;", "cd;"]),
            ("a -b -c d", "leading /-/", &["abc", "d"]),
            ("a -b -c d", "leading /-/ keep / /", &["a -b -c", "d"]),
            ("-a b", "leading /-/", &["a", "b"]),
            ("xa xb yc d", "range 1 /x/", &["xaxbyc", "d"]),
            ("a-", "/-/", &["a"]),
            ("a- b- c d", "delay /-/", &["abc", "d"]),
        ] {
            check(
                &format!("literal {input}|split|joincont {operands}|console"),
                0,
                said,
            );
        }
        check("literal a|joincont|console", -11, &[]);
        check("literal a|joincont /a/ keep /b/ x|console", -112, &[]);
    }

    #[test]
    fn trailing_continuation_does_not_delay_the_last_line() {
        let network = "(end ?) literal b c|split|o: fanout|joincont OPTION/-/|i: faninany|console ? o: |insert />/|i:";
        check(&network.replace("OPTION", ""), 0, &["b", ">b", "c", ">c"]);
        check(
            &network.replace("OPTION", "leading "),
            0,
            &[">b", "b", ">c", "c"],
        );
    }

    #[test]
    fn assembler_statements() {
        let long =
            "LABEL    DC    C'a string that is so long that it goes on behind column 71'  and more";
        check(
            &format!("literal {long}|asmxpnd|asmcont|console"),
            0,
            &[long],
        );
        check(
            &format!("literal {long}|asmxpnd|specs 72 1|console"),
            0,
            &["*", ""],
        );
        check(
            &format!("literal x|literal {long}|asmxpnd|asmfind LABEL|count lines|console"),
            0,
            &["2"],
        );
        check(
            &format!("literal x|literal {long}|asmxpnd|strasmnfind any /label/|console"),
            0,
            &["x"],
        );
    }
}
