//! SPECS: rearranging records (*User's Guide and Reference*, chapter "SPECS pipeline specifications").
//!
//! A specification list is read once into a [`Plan`]; a record is then built item by item. Counters,
//! expressions, breaks and the second reading station are told to be not available, loudly (9002).

mod convert;
mod parse;

use crate::base::codepage::CodePage;
use crate::base::{Clock, Record};
use crate::pipe::args::Fault;
use crate::pipe::filter::{Emit, Filter, Flow};
use crate::pipe::range::Range;
use crate::pipe::stage::{Body, Stage, Stop};

use convert::Conversion;
pub use parse::parse;

/// What SPECS does for each record, and at end of file.
#[derive(Debug)]
pub struct Plan {
    each: Vec<Item>,
    at_end: Vec<Item>,
    /// What codes conversions show and take.
    page: CodePage,
}

/// One item of the list.
#[derive(Debug)]
enum Item {
    Field(Field),
    /// READ and READSTOP.
    Read(AtEnd),
    Write,
    /// OUTSTREAM: where the record is written.
    Output(usize),
}

/// What READ does at end of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AtEnd {
    /// Goes on with a null record.
    Null,
    /// Ends the specification.
    Stop,
}

/// A field: from where, how changed, to where.
#[derive(Debug)]
struct Field {
    source: Source,
    strip: bool,
    conversion: Option<Conversion>,
    place: Place,
    /// The length of the output field.
    length: Option<usize>,
    align: Align,
    pad: u8,
    /// Where to keep the value for ID, the number of the identifier's letter.
    keep: Option<u8>,
}

#[derive(Debug)]
enum Source {
    Range(Range),
    Text(Vec<u8>),
    Number { from: i64, by: i64 },
    Clock,
    Kept(u8),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A column, from 0.
    Column(usize),
    Next,
    NextWord,
    NextField,
    /// Nowhere: the value is only kept.
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Align {
    Left,
    Center,
    Right,
}

/// How a record is while it is built.
struct State {
    line: Vec<u8>,
    output: usize,
    cycle: i64,
    kept: Vec<Vec<u8>>,
    clock: Option<Clock>,
    page: CodePage,
}

impl State {
    fn new(page: CodePage) -> State {
        State {
            line: Vec::new(),
            output: 0,
            cycle: 0,
            kept: vec![Vec::new(); 256],
            clock: None,
            page,
        }
    }

    fn take(&mut self) -> Record {
        let room = self.line.capacity();
        Record::from(std::mem::replace(
            &mut self.line,
            Vec::with_capacity(room.min(4096)),
        ))
    }

    /// Puts one field into the line.
    fn field(&mut self, field: &Field, record: &[u8]) -> Result<(), Fault> {
        let made;
        let mut value: &[u8] = match &field.source {
            Source::Range(range) => range.of(record),
            Source::Text(text) => text,
            Source::Number { from, by } => {
                let n = from.saturating_add(by.saturating_mul(self.cycle - 1));
                made = n.to_string().into_bytes();
                &made
            }
            Source::Clock => {
                let tod = self.clock.as_ref().map_or(0, Clock::tod);
                let codes = tod.to_be_bytes();
                made = codes.map(|code| self.page.to_host(code)).to_vec();
                &made
            }
            Source::Kept(id) => {
                made = self.kept[usize::from(*id)].clone();
                &made
            }
        };
        if field.strip {
            let blank = |b: &u8| *b != b' ';
            let start = value.iter().position(blank).unwrap_or(value.len());
            let end = value.iter().rposition(blank).map_or(start, |n| n + 1);
            value = &value[start..end];
        }
        let converted;
        if let Some(conversion) = field.conversion {
            converted = convert::convert(conversion, value, self.page)?;
            value = &converted;
        }
        if let Some(id) = field.keep {
            self.kept[usize::from(id)] = value.to_vec();
        }
        place(&mut self.line, field, value);
        Ok(())
    }
}

/// Puts a value into the line.
fn place(line: &mut Vec<u8>, field: &Field, value: &[u8]) {
    if field.place == Place::None || (value.is_empty() && field.length.is_none()) {
        return;
    }
    let at = match field.place {
        Place::Column(n) => n,
        Place::NextWord if !line.is_empty() => {
            line.push(b' ');
            line.len()
        }
        Place::NextField if !line.is_empty() => {
            line.push(b'\t');
            line.len()
        }
        _ => line.len(),
    };
    let length = field.length.unwrap_or(value.len());
    if line.len() < at + length {
        line.resize(at + length, field.pad);
    }
    let out = &mut line[at..at + length];
    if value.len() >= length {
        let start = match field.align {
            Align::Left => 0,
            Align::Center => (value.len() - length) / 2,
            Align::Right => value.len() - length,
        };
        out.copy_from_slice(&value[start..start + length]);
        return;
    }
    let before = match field.align {
        Align::Left => 0,
        Align::Center => (length - value.len()) / 2,
        Align::Right => length - value.len(),
    };
    out.fill(field.pad);
    out[before..before + value.len()].copy_from_slice(value);
}

impl Plan {
    /// The stage: a filter, unless it reads more records than one for each it writes.
    pub fn into_body(self) -> Body {
        let has = |f: fn(&Item) -> bool| self.each.iter().chain(&self.at_end).any(f);
        let reads = has(|i| matches!(i, Item::Read(_)));
        let clock = has(|i| matches!(i, Item::Field(f) if matches!(f.source, Source::Clock)));
        let state = State::new(self.page);
        match reads || clock {
            true => Body::task(|s| run(s, self, state)),
            false => Body::filter(Specs { plan: self, state }),
        }
    }
}

struct Specs {
    plan: Plan,
    state: State,
}

impl Specs {
    fn items(&mut self, items: &[Item], record: &[u8], out: &mut Emit) -> Flow {
        for item in items {
            match item {
                Item::Field(field) => {
                    if let Err(fault) = self.state.field(field, record) {
                        return out.fail(fault);
                    }
                }
                Item::Write => out.put(self.state.output, self.state.take()),
                Item::Output(n) => self.state.output = *n,
                Item::Read(_) => {}
            }
        }
        out.put(self.state.output, self.state.take());
        Flow::More
    }
}

impl Filter for Specs {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        self.state.cycle += 1;
        let items = std::mem::take(&mut self.plan.each);
        let flow = self.items(&items, record, out);
        self.plan.each = items;
        flow
    }

    fn finish(&mut self, out: &mut Emit) {
        let items = std::mem::take(&mut self.plan.at_end);
        if !items.is_empty() {
            self.items(&items, &[], out);
        }
    }
}

/// SPECS with READ: a cycle may take several records; the last one it read is consumed at its end.
async fn run(s: Stage, plan: Plan, mut state: State) -> Result<(), Stop> {
    state.clock = Some(s.host(|h| h.clock()).await);
    while let Some(mut record) = s.next(0).await? {
        let mut held = true;
        state.cycle += 1;
        for item in &plan.each {
            match item {
                Item::Field(field) => {
                    let done = state.field(field, &record);
                    done.map_err(|fault| s.fail(fault))?;
                }
                Item::Write => s.output(state.output, state.take()).await?,
                Item::Output(n) => state.output = *n,
                Item::Read(at_end) => {
                    if held {
                        s.readto(0).await?;
                    }
                    let next = s.next(0).await?;
                    held = next.is_some();
                    record = next.unwrap_or_else(Record::null);
                    if !held && *at_end == AtEnd::Stop {
                        break;
                    }
                }
            }
        }
        s.output(state.output, state.take()).await?;
        if held {
            s.readto(0).await?;
        }
    }
    if plan.at_end.is_empty() {
        return Ok(());
    }
    for item in &plan.at_end {
        match item {
            Item::Field(field) => {
                let done = state.field(field, &[]);
                done.map_err(|fault| s.fail(fault))?;
            }
            Item::Write => s.output(state.output, state.take()).await?,
            Item::Output(n) => state.output = *n,
            Item::Read(_) => {}
        }
    }
    s.output(state.output, state.take()).await
}

#[cfg(test)]
mod tests {
    use crate::pipe::tests::check;

    #[test]
    fn placement_alignment_and_padding() {
        for (input, list, said) in [
            ("one two three", "w3 1 w1 nw", "three one"),
            ("one two three", "w1 1 w2 n", "onetwo"),
            ("one two", "w1 5 w2 1", "two one"),
            ("abc", "1-* 3.5 right", "    abc"),
            ("abcdef", "1-* 1.3 right", "def"),
            ("abcdef", "1-* 1.3", "abc"),
            ("abc", "1-* 1.7 center /x/ n", "  abc  x"),
            ("abc", "pad * 1-* 3.5", "**abc**"),
            ("abc", "/x/ 1 /y/ nextword.3 /z/ nw", "x y   z"),
            ("abc", "w5 1 w1 nw", "abc"),
            ("abc", "1-* 3-4", "  ab"),
            ("a,b,,d", "fs , f4 1 f3 nw f2 nw", "d b"),
            ("a b", "ws b w1 1", "a "),
            ("  ab  ", "1-* strip 1 /!/ n", "ab!"),
            ("12.5", "1-2 right1.4", "fails"),
            ("a b c", "substr 1 of w2 1", "b"),
            ("a b", "w-1 1", "b"),
            ("abc", "x4142 1 /-/ n", "AB-"),
            ("a b", "a: w2 . w1 1 id a nw", "a b"),
        ] {
            let spec = format!("literal {input}|specs {list}|console");
            match said {
                "fails" => check(&spec, -63, &[]),
                said => check(&spec, 0, &[said]),
            }
        }
    }

    #[test]
    fn numbers_reads_and_writes() {
        check(
            "literal b|literal a|specs number 1 1-* nw|console",
            0,
            &["         1 a", "         2 b"],
        );
        check(
            "literal b|literal a|specs recno from 10 by 5 1.3 right 1-* n|console",
            0,
            &[" 10a", " 15b"],
        );
        check(
            "literal a b c|split|specs 1-* 1 read 1-* nw /*/ nw|console",
            0,
            &["a b *", "c *"],
        );
        check(
            "literal a b c|split|specs 1-* 1 readstop 1-* nw /*/ nw|console",
            0,
            &["a b *", "c"],
        );
        check("literal a b|specs w1 1 write w2 1|console", 0, &["a", "b"]);
        check(
            "literal a b|split|specs 1-* 1 eof /end/ 1|console",
            0,
            &["a", "b", "end"],
        );
        check(
            "(end ?) literal a|s: specs 1-* 1 write outstream 1 /x/ 1|hole ? s: |console",
            0,
            &["x"],
        );
    }

    #[test]
    fn conversions() {
        for (input, list, said) in [
            ("AB", "1-* c2x 1", "4142"),
            ("4142", "1-* x2c 1", "AB"),
            ("A", "1-* c2b 1", "01000001"),
            ("01000001", "1-* b2c 1", "A"),
            ("A", "1-* c2d 1", "         65"),
            ("1094861636", "1-* d2c 1", "ABCD"),
            ("255", "1-* d2x 1", "000000FF"),
            ("ff", "1-* x2d 1", "         -1"),
            ("a5", "1-* x2b 1", "10100101"),
        ] {
            check(&format!("literal {input}|specs {list}|console"), 0, &[said]);
        }
        check("literal zz|specs 1-* x2c 1|console", -65, &[]);
        check("literal zz|specs 1-* d2c 1|console", -58, &[]);
    }

    #[test]
    fn what_is_not_there_is_told() {
        for (list, rc) in [
            ("", -113),
            ("1-*", -61),
            ("1-* zz", -63),
            ("1-* 0", -63),
            ("set #0+=1 1-* 1", -9002),
            ("1-* 1 select 1 1-* nw", -9002),
            ("id q 1", -1033),
            ("1-* c2p 1", -9002),
        ] {
            check(&format!("literal a|specs {list}|console"), rc, &[]);
        }
    }
}
