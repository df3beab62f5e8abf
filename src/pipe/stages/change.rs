//! Stages that rewrite records: CHANGE, XLATE, CHOP, PAD, SPACE, REVERSE, INSERT, SUBSTRING, JOIN
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs").

use std::borrow::Cow;

use super::pick::counted;
use super::{Delay, PLAIN, Row, filter, task};
use crate::base::codepage::{CodePage, ebcdic_to_host, host_to_ebcdic};
use crate::base::msg::fpl;
use crate::base::record::Builder;
use crate::base::{Record, abbrev};
use crate::pipe::args::{self, Args, CharSet, Fault};
use crate::pipe::filter::{Each, Emit, Filter, Flow, Map};
use crate::pipe::range::{Range, Separators};
use crate::pipe::stage::{Body, Stage, Stop};
use crate::pipe::target::{Case, Target};

pub const TABLE: &[Row] = &[
    Row {
        names: "CHANGE",
        operands: "[ANYcase] [inputRanges] {/from/to/ | delimitedString delimitedString} [number | *]",
        doc: "Substitutes strings; with a secondary output, records that do not change go there.",
        outputs: 2,
        make: change,
        example: ("literal a-b-c|change /-/ + /|console", &["a + b + c"]),
        ..PLAIN
    },
    Row {
        names: "XLATE TRANSlate",
        operands: "[inputRanges] {UPper | LOWer | A2E | E2A | INput | OUTput | {TO | FROM} [CODEPAGE] number} {xrange xrange}",
        doc: "Replaces characters; to upper case unless said otherwise. The first record of a secondary input is a table of 256 characters to begin with.",
        inputs: 2,
        make: xlate,
        example: ("literal abc|xlate upper B x|console", &["ABC"]),
        ..PLAIN
    },
    Row {
        names: "CHOP TRUNCate",
        operands: "[snumber | [ANYcase] [[snumber] BEFORE | AFTER] [NOT] target]",
        doc: "Cuts records at a column or at a target; what is cut off goes to the secondary output.",
        outputs: 2,
        make: chop,
        example: ("literal abc def|chop blank|console", &["abc"]),
        ..PLAIN
    },
    Row {
        names: "PAD",
        operands: "[Left | Right] [[number] MODULO] number [BLANK | xorc]",
        doc: "Extends records to a length.",
        make: pad,
        example: ("literal ab|pad left 4 0|console", &["00ab"]),
        ..PLAIN
    },
    Row {
        names: "SPACE",
        operands: "[number] [xorc | [STRing] delimitedString] [xorc | [ANYof] delimitedString]",
        doc: "Puts so many blanks (or another string) between words; the last operand says what there is between them.",
        make: space,
        example: ("literal  a   b |space 1 ,|console", &["a,b"]),
        ..PLAIN
    },
    Row {
        names: "REVERSE",
        operands: "",
        doc: "Reverses the bytes of each record.",
        make: |a| {
            a.end()?;
            filter(Map(|r: &Record| {
                Record::from(r.iter().rev().copied().collect::<Vec<u8>>())
            }))
        },
        example: ("literal abc|reverse|console", &["cba"]),
        ..PLAIN
    },
    Row {
        names: "INSERT",
        operands: "delimitedString [BEFORE | AFTER] [inputRange]",
        doc: "Inserts a string before or after a range of each record.",
        make: insert,
        example: ("literal abc|insert /-/ after 1|console", &["a-bc"]),
        ..PLAIN
    },
    Row {
        names: "SUBSTRing",
        operands: "inputRange",
        doc: "Writes a range of each record.",
        make: |a| {
            let range = Range::take(a, &mut Separators::default())?;
            a.end()?;
            filter(Map(move |r: &Record| part(r, &range)))
        },
        example: ("literal one two|substr w2|console", &["two"]),
        ..PLAIN
    },
    Row {
        names: "JOIN",
        operands: "[COUNT] [number | * | KEYLENgth number] [delimitedString [TERMinate]] [number]",
        doc: "Joins each record with the next ones, a string between them.",
        delay: Delay::Buffers,
        make: join,
        example: ("literal a b c|split|join * /,/|console", &["a,b,c"]),
        ..PLAIN
    },
];

/// A range of a record, sharing its data.
pub(super) fn part(record: &Record, range: &Range) -> Record {
    match range.find(record) {
        Some((start, end)) => record.slice(start, end - start),
        None => Record::null(),
    }
}

struct Change {
    case: Case,
    ranges: Vec<Range>,
    from: Vec<u8>,
    /// What looks for `from`, byte by byte.
    finder: memchr::memmem::Finder<'static>,
    to: Vec<u8>,
    /// Whether the replacement takes the case of what it replaces: `from` begins with a letter and has none in
    /// upper case.
    follows: bool,
    most: u64,
    secondary: bool,
    builder: Builder,
}

fn change(args: &mut Args<'_>) -> Result<Body, Fault> {
    let mut case = Case::take(args);
    let mut ranges = Range::list(args, &mut Separators::default())?;
    if case == Case::Exact {
        case = Case::take(args);
    }
    let (from, to) = strings(args)?;
    let most = args.count().unwrap_or(u64::MAX);
    args.end()?;
    if from.is_empty() && most != u64::MAX && most != 1 {
        return Err(Fault::new(&fpl::FPLCHG198E, &[]));
    }
    columns(&ranges, from.len())?;
    if ranges.is_empty() {
        ranges.push(Range::whole());
    }
    filter(Change {
        case,
        ranges,
        finder: memchr::memmem::Finder::new(&from).into_owned(),
        follows: from.first().is_some_and(u8::is_ascii_lowercase)
            && !from.iter().any(u8::is_ascii_uppercase),
        from,
        to,
        most,
        secondary: false,
        builder: Builder::default(),
    })
}

/// Columns must be in order, and the string that is looked for must fit.
///
/// # Errors
/// 196, 197.
fn columns(ranges: &[Range], length: usize) -> Result<(), Fault> {
    let mut next = 0;
    for (first, after) in ranges.iter().filter_map(Range::columns) {
        if first < next {
            return Err(Fault::new(&fpl::FPLCHG196E, &[]));
        }
        if after - first < length {
            return Err(Fault::new(&fpl::FPLCHG197E, &[]));
        }
        next = after;
    }
    Ok(())
}

/// `/from/to/`, or two delimited strings.
fn strings(args: &mut Args<'_>) -> Result<(Vec<u8>, Vec<u8>), Fault> {
    args.blanks();
    let rest = args.rest();
    let Some(&delimiter) = rest.first() else {
        return Err(args.missing());
    };
    if !b"xXhHbB".contains(&delimiter) {
        let mut parts = rest[1..].splitn(3, |&b| b == delimiter);
        let (from, to, after) = (parts.next(), parts.next(), parts.next());
        if let (Some(from), Some(to), Some(after)) = (from, to, after) {
            let after = args::trim(after);
            let number = after.is_empty() || after == b"*" || args::unsigned(after).is_ok();
            if number {
                args.advance(from.len() + to.len() + 3);
                return Ok((from.to_vec(), to.to_vec()));
            }
        }
    }
    let from = args.delimited()?;
    Ok((from, args.delimited()?))
}

impl Change {
    /// What is put for a string that was found.
    fn replacement(&self, found: &[u8]) -> Cow<'_, [u8]> {
        if self.case == Case::Exact || !self.follows {
            return Cow::Borrowed(&self.to);
        }
        // The first two characters say how the replacement is written.
        let upper = |n: usize| found.get(n).is_some_and(u8::is_ascii_uppercase);
        let mut to = self.to.clone();
        if upper(0) && upper(1) {
            to.make_ascii_uppercase();
        } else if upper(0)
            && let Some(first) = to.first_mut()
        {
            first.make_ascii_uppercase();
        }
        Cow::Owned(to)
    }

    /// Where the string stands next.
    fn next(&self, text: &[u8], from: usize) -> Option<usize> {
        match self.case {
            Case::Exact => self.finder.find(text.get(from..)?).map(|n| n + from),
            case => case.find(text, &self.from, from),
        }
    }

    /// Puts the changed record into `out`; false when nothing changes.
    fn rewrite(&self, record: &[u8], out: &mut Vec<u8>) -> bool {
        let mut done = 0;
        let mut changed = false;
        for range in &self.ranges {
            let Some((start, end)) = range.find(record).filter(|r| r.0 >= done) else {
                if self.from.is_empty() && record.is_empty() && range.is_whole() {
                    out.extend_from_slice(&self.to);
                    return true;
                }
                continue;
            };
            if self.from.is_empty() {
                out.extend_from_slice(&record[done..start]);
                out.extend_from_slice(&self.to);
                done = start;
                changed = true;
                continue;
            }
            let mut left = self.most;
            let mut at = start;
            while left > 0 {
                let Some(found) = self.next(&record[..end], at) else {
                    break;
                };
                out.extend_from_slice(&record[done..found]);
                at = found + self.from.len();
                out.extend_from_slice(&self.replacement(&record[found..at]));
                done = at;
                left -= 1;
                changed = true;
            }
        }
        if changed {
            out.extend_from_slice(&record[done..]);
        }
        changed
    }
}

impl Filter for Change {
    fn start(&mut self, outputs: &[bool]) {
        self.secondary = outputs.len() > 1;
    }

    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        let mut line = std::mem::take(self.builder.line());
        let changed = self.rewrite(record, &mut line);
        *self.builder.line() = line;
        match changed {
            true => out.put(0, self.builder.finish()),
            false => out.put(usize::from(self.secondary), record.clone()),
        }
        Flow::More
    }
}

/// How a whole table of characters is mapped.
type Mapping = fn(&[u8]) -> Vec<u8>;

fn xlate(args: &mut Args<'_>) -> Result<Body, Fault> {
    let mut ranges = Range::list(args, &mut Separators::default())?;
    let all: [u8; 256] = std::array::from_fn(|n| n.to_le_bytes()[0]);
    let named = named_table(args)?;
    let mut pairs = Vec::new();
    while let Some(from) = args.word() {
        let from = args::xrange(from, args.page)?;
        if args.is_done() {
            return Err(Fault::new(&fpl::FPLSCA053E, &[]));
        }
        pairs.push((from, args::xrange(args.need()?, args.page)?));
    }
    if ranges.is_empty() {
        ranges.push(Range::whole());
    }
    if args.streams.len() > 1 {
        return Ok(task(move |s| async move {
            s.commit(0).await?;
            let loaded = loaded(&s).await?;
            let base = loaded.unwrap_or(all);
            let named = named.unwrap_or(all);
            let table = std::array::from_fn(|n| named[usize::from(base[n])]);
            s.go_on_as(translate(ranges, with_pairs(table, &pairs)))
        }));
    }
    let base = match (named, pairs.is_empty()) {
        (Some(table), _) => table,
        (None, true) => all.map(|b| b.to_ascii_uppercase()),
        (None, false) => all,
    };
    filter(translate(ranges, with_pairs(base, &pairs)))
}

/// Takes the names of translations; each works on what the one before gives.
fn named_table(args: &mut Args<'_>) -> Result<Option<[u8; 256]>, Fault> {
    let all: [u8; 256] = std::array::from_fn(|n| n.to_le_bytes()[0]);
    let mut table = all;
    let mut any = false;
    loop {
        let words: [(&str, Mapping); 4] = [
            ("UPper", |t| t.to_ascii_uppercase()),
            ("LOWer", |t| t.to_ascii_lowercase()),
            ("A2E", host_to_ebcdic),
            ("E2A", ebcdic_to_host),
        ];
        if let Some(map) = args.choice(&words) {
            let mapped = map(&all);
            for to in &mut table {
                *to = mapped[usize::from(*to)];
            }
        } else if args.keyword("INput") || args.keyword("OUTput") {
            // The terminal's translate tables change nothing.
        } else if let Some(to) = args.choice(&[("TO", true), ("FROM", false)]) {
            args.keyword("CODEPAGE");
            let other = code_page(args)?;
            let own = args.page;
            for b in &mut table {
                *b = match to {
                    true => own.to_host(other.code_of(*b)),
                    false => other.to_host(own.code_of(*b)),
                };
            }
        } else {
            return Ok(any.then_some(table));
        }
        any = true;
    }
}

fn with_pairs(mut table: [u8; 256], pairs: &[(Vec<u8>, Vec<u8>)]) -> [u8; 256] {
    for (from, to) in pairs {
        pair(&mut table, from, to);
    }
    table
}

/// Replaces the characters of ranges by those of a table.
fn translate(ranges: Vec<Range>, table: [u8; 256]) -> impl Filter {
    let upper = table == std::array::from_fn(|n| n.to_le_bytes()[0].to_ascii_uppercase());
    let mut builder = Builder::default();
    Map(move |record: &Record| {
        let line = builder.line();
        line.extend_from_slice(record);
        for range in &ranges {
            match range.find(record) {
                None => {}
                // The same, many bytes at a time.
                Some((start, end)) if upper => line[start..end].make_ascii_uppercase(),
                Some((start, end)) => {
                    for b in &mut line[start..end] {
                        *b = table[usize::from(*b)];
                    }
                }
            }
        }
        builder.finish()
    })
}

/// The translate table that the first record of the secondary input holds: what each of the 256 codes becomes.
async fn loaded(s: &Stage) -> Result<Option<[u8; 256]>, Stop> {
    let Some(record) = s.next(1).await? else {
        return Ok(None);
    };
    let page = s.host(|h| h.codepage()).await;
    let codes = super::codes::of(page, &record);
    let Ok(codes) = <[u8; 256]>::try_from(&*codes) else {
        let length = record.len().to_string();
        return Err(s.fail(Fault::new(&fpl::FPLSCA352E, &[length.as_bytes(), b"256"])));
    };
    s.readto(1).await?;
    s.sever_input(1);
    let host = |b: u8| page.to_host(codes[usize::from(page.code_of(b))]);
    Ok(Some(std::array::from_fn(|n| host(n.to_le_bytes()[0]))))
}

/// Takes the number of a code page.
fn code_page(args: &mut Args<'_>) -> Result<CodePage, Fault> {
    let word = args.need()?;
    let number = u16::try_from(args::unsigned(word)?).ok();
    let page = number.and_then(CodePage::numbered);
    page.ok_or_else(|| Fault::new(&fpl::FPLSCA9002E, &[word]))
}

/// Maps a range to a range; the last character of a shorter one repeats.
fn pair(table: &mut [u8; 256], from: &[u8], to: &[u8]) {
    let last = to.last().into_iter().cycle();
    for (source, target) in from.iter().zip(to.iter().chain(last)) {
        table[usize::from(*source)] = *target;
    }
}

/// Where CHOP cuts.
enum Cut {
    Column(usize),
    /// So many from the end.
    FromEnd(usize),
    Target {
        target: Target,
        not: bool,
        after: bool,
        offset: i64,
    },
}

fn chop(args: &mut Args<'_>) -> Result<Body, Fault> {
    let cut = cut(args)?;
    args.end()?;
    filter(Each(move |record: &Record, out: &mut Emit| {
        let at = cut.at(record).min(record.len());
        out.put(0, record.slice(0, at));
        out.put(1, record.slice(at, record.len() - at));
        Flow::More
    }))
}

fn cut(args: &mut Args<'_>) -> Result<Cut, Fault> {
    let case = Case::take(args);
    let mut ahead = Args::new(args.rest(), false);
    let number = ahead.signed();
    let placed = ahead.keyword("BEFORE") || ahead.keyword("AFTER");
    let mut offset = 0;
    match number {
        Some(n) if placed => {
            args.word();
            offset = n;
        }
        Some(n) if case == Case::Exact => {
            args.word();
            let size = usize::try_from(n.unsigned_abs()).unwrap_or(usize::MAX);
            return Ok(match n < 0 {
                true => Cut::FromEnd(size),
                false => Cut::Column(size),
            });
        }
        _ => {}
    }
    let after = args
        .choice(&[("BEFORE", false), ("AFTER", true)])
        .unwrap_or(false);
    let not = args.keyword("NOT");
    match Target::take(args, case)? {
        Some(target) => Ok(Cut::Target {
            target,
            not,
            after,
            offset,
        }),
        None if args.is_done() => Ok(Cut::Column(80)),
        None => Err(Fault::new(&fpl::FPLSCA111E, &[args.peek().unwrap_or(b"")])),
    }
}

impl Cut {
    fn at(&self, record: &[u8]) -> usize {
        let (target, not, after, offset) = match self {
            Cut::Column(n) => return *n,
            Cut::FromEnd(n) => return record.len().saturating_sub(*n),
            Cut::Target {
                target,
                not,
                after,
                offset,
            } => (target, *not, *after, *offset),
        };
        let found = match not {
            true => target.find_not(record, 0),
            false => target.find(record, 0),
        };
        let Some((start, end)) = found else {
            return record.len();
        };
        let (at, by) = match after {
            true => (end, offset),
            false => (start, -offset),
        };
        let at = i64::try_from(at)
            .unwrap_or(i64::MAX)
            .saturating_add(by)
            .max(0);
        usize::try_from(at).unwrap_or(usize::MAX)
    }
}

fn pad(args: &mut Args<'_>) -> Result<Body, Fault> {
    let sides = [("Left", true), ("Right", false)];
    let mut left = args.choice(&sides);
    let mut ahead = Args::new(args.rest(), false);
    let mut over = 0;
    if ahead.number().is_some() && ahead.keyword("MODULO") {
        over = args.length()?;
    }
    let modulo = args.keyword("MODULO");
    if left.is_none() {
        left = args.choice(&sides);
    }
    let width = args.length()?;
    if modulo && width == 0 {
        return Err(Fault::new(&fpl::FPLPAD158E, &[b"0"]));
    }
    if modulo && over >= width {
        let (over, width) = (over.to_string(), width.to_string());
        let of = [over.as_bytes(), width.as_bytes()];
        return Err(Fault::new(&fpl::FPLPAD149E, &of));
    }
    let fill = match args.is_done() {
        true => b' ',
        false => args.xorc()?,
    };
    args.end()?;
    filter(Map(move |record: &Record| {
        let want = match modulo {
            true => (record.len().max(over) - over).div_ceil(width) * width + over,
            false => width,
        };
        let missing = want.saturating_sub(record.len());
        if missing == 0 {
            return record.clone();
        }
        let mut line = Vec::with_capacity(want);
        if left == Some(true) {
            line.resize(missing, fill);
        }
        line.extend_from_slice(record);
        line.resize(want, fill);
        Record::from(line)
    }))
}

fn space(args: &mut Args<'_>) -> Result<Body, Fault> {
    let count = usize::try_from(args.number().unwrap_or(1)).unwrap_or(usize::MAX);
    // ANYOF can follow the number at once: the words are then set apart by a blank, or by nothing for 0.
    let bare = args.peek().is_some_and(|w| abbrev::matches("ANYof", w));
    let fill = match bare && args::xorc(args.peek().unwrap_or(b""), args.page).is_err() {
        true => b" ".to_vec(),
        false => characters(args, "STRing")?,
    };
    let apart = CharSet::of(&characters(args, "ANYof")?);
    args.end()?;
    if count.saturating_mul(fill.len()) > args::LONGEST {
        let count = count.to_string();
        return Err(Fault::new(&fpl::FPLDEB059E, &[count.as_bytes()]));
    }
    let between = fill.repeat(count);
    filter(Map(move |record: &Record| {
        let words: Vec<&[u8]> = record
            .split(|&b| apart.has(b))
            .filter(|w| !w.is_empty())
            .collect();
        Record::from(words.join(&between[..]))
    }))
}

/// Takes a character or a string that a keyword may introduce; a blank when nothing is left.
fn characters(args: &mut Args<'_>, keyword: &str) -> Result<Vec<u8>, Fault> {
    let Some(word) = args.peek() else {
        return Ok(vec![b' ']);
    };
    if let Ok(c) = args::xorc(word, args.page) {
        args.word();
        return Ok(vec![c]);
    }
    args.keyword(keyword);
    args.delimited()
}

fn insert(args: &mut Args<'_>) -> Result<Body, Fault> {
    let text = args.delimited()?;
    let after = args
        .choice(&[("BEFORE", false), ("AFTER", true)])
        .unwrap_or(false);
    let range = match args.is_done() {
        true => Range::whole(),
        false => Range::take(args, &mut Separators::default())?,
    };
    args.end()?;
    filter(Map(move |record: &Record| {
        let at = match (range.find(record), after) {
            (Some((start, _)), false) => start,
            (Some((_, end)), true) => end,
            (None, _) if range.is_whole() => 0,
            (None, _) => return record.clone(),
        };
        let mut line = record[..at].to_vec();
        line.extend_from_slice(&text);
        line.extend_from_slice(&record[at..]);
        Record::from(line)
    }))
}

/// How JOIN groups records.
enum Group {
    /// So many records after the first.
    More(u64),
    /// Records whose first bytes are the same.
    Key(usize),
}

struct Join {
    group: Group,
    between: Vec<u8>,
    longest: usize,
    line: Vec<u8>,
    joined: u64,
    /// Whether the string stands behind the last record too.
    terminate: bool,
    /// Whether how many records were joined is told before them.
    count: bool,
}

fn join(args: &mut Args<'_>) -> Result<Body, Fault> {
    let count = args.keyword("COUNT");
    let group = match args.keyword("KEYLENgth") {
        true => Group::Key(usize::try_from(args::unsigned(args.need()?)?).unwrap_or(usize::MAX)),
        false => Group::More(args.count().unwrap_or(1)),
    };
    let number = args.peek().is_some_and(|w| args::unsigned(w).is_ok());
    let between = match args.is_done() || number {
        true => Vec::new(),
        false => args.delimited()?,
    };
    let terminate = args.keyword("TERMinate");
    let longest = args.count().unwrap_or(u64::MAX);
    args.end()?;
    filter(Join {
        group,
        between,
        longest: usize::try_from(longest).unwrap_or(usize::MAX),
        line: Vec::new(),
        joined: 0,
        terminate,
        count,
    })
}

impl Join {
    fn flush(&mut self, out: &mut Emit) {
        if self.joined > 0 {
            let mut line = std::mem::take(&mut self.line);
            if self.terminate {
                line.extend_from_slice(&self.between);
            }
            out.put(
                0,
                match self.count {
                    true => counted(self.joined, &line),
                    false => Record::from(line),
                },
            );
        }
        self.joined = 0;
    }
}

impl Filter for Join {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        let mut data = &record[..];
        if let Group::Key(length) = self.group {
            let key = length.min(record.len());
            let same =
                self.joined > 0 && self.line.get(..key) == Some(&record[..key]) && key == length;
            match same {
                true => data = &record[key..],
                false => self.flush(out),
            }
        }
        if self.joined > 0 && self.line.len() + self.between.len() + data.len() > self.longest {
            self.flush(out);
            data = record;
        }
        if self.joined > 0 {
            self.line.extend_from_slice(&self.between);
        }
        self.line.extend_from_slice(data);
        self.joined += 1;
        if let Group::More(n) = self.group
            && self.joined > n
        {
            self.flush(out);
        }
        Flow::More
    }

    fn finish(&mut self, out: &mut Emit) {
        self.flush(out);
    }
}

#[cfg(test)]
mod tests {
    use crate::base::codepage::CodePage;
    use crate::pipe::tests::{check, check_in};

    #[test]
    fn change_in_its_forms() {
        for (input, operands, said) in [
            ("abcabc", "/b/X/", "aXcaXc"),
            ("abcabc", "/b/X/ 1", "aXcabc"),
            ("abcabc", "/b//", "acac"),
            ("abc", "//X/", "Xabc"),
            ("abc", "3 //X/", "abXc"),
            ("a b", "x20 /-/", "a-b"),
            ("a/b", "!/!-!", "a-b"),
            ("abcabc", "1-3 /b/X/", "aXcabc"),
            ("ab ab ab", "(w1 w3) /a/X/", "Xb ab Xb"),
            ("The cat THE Cat", "anycase /cat/dog/", "The dog THE Dog"),
            ("CAT", "anycase /cat/dog/", "DOG"),
            ("PIpe PiPe pIPE", "anycase /pipe/line/", "LINE Line line"),
            ("PiPe", "anycase /Pipe/line/", "line"),
            ("A1 B", "anycase /a1/x1/", "X1 B"),
            ("1A", "anycase /1a/two/", "two"),
            ("aaa", "/a/aa/", "aaaaaa"),
            ("", "//X/", "X"),
        ] {
            check(
                &format!("literal {input}|change {operands}|console"),
                0,
                &[said],
            );
        }
        check("literal a|change //x/ 2|console", -198, &[]);
        check("literal a|change /x|console", -60, &[]);
        check(
            "(end ?) literal ab b|split|c: change /a/x/|hole ? c: |console",
            0,
            &["b"],
        );
    }

    #[test]
    fn xlate_pairs_do_not_chain() {
        check("literal abc|xlate a b b c|console", 0, &["bcc"]);
        check("literal abc|xlate|console", 0, &["ABC"]);
        check("literal abc|xlate 2 upper|console", 0, &["aBc"]);
        check("literal abcdef|xlate a-f 1-3|console", 0, &["123333"]);
        check("literal A B|xlate lower blank _|console", 0, &["a_b"]);
    }

    #[test]
    fn xlate_with_a_table_on_the_secondary_input() {
        let spec = |operands: &str, table: &str| {
            format!("(end ?) literal abc|literal ABC|x: xlate {operands}|console ? {table}|x:")
        };
        let lower = "xrange 00-ff|xlate lower";
        check(&spec("", lower), 0, &["abc", "abc"]);
        check(&spec("c !", lower), 0, &["abc", "ab!"]);
        check(&spec("upper b b", lower), 0, &["ABC", "AbC"]);
        check(&spec("2", lower), 0, &["AbC", "abc"]);
        check(&spec("", "literal short"), -352, &[]);
        check(&spec("", "literal|drop 1"), 0, &["ABC", "abc"]);
        check_in(CodePage::Ibm1047, &spec("", lower), 0, &["abc", "abc"]);
    }

    #[test]
    fn xlate_between_code_pages() {
        for (operands, said) in [
            ("to 273", "C0"),
            ("to codepage 1141", "C0"),
            ("to 850", "84"),
            ("to 277 from 277", "E4"),
        ] {
            let spec = format!("strliteral xE4|xlate {operands}|specs 1-* c2x 1|console");
            check(&spec, 0, &[said]);
        }
        let spec = "strliteral x84|xlate from 437 to 1252|specs 1-* c2x 1|console";
        check(spec, 0, &["E4"]);
        check("literal a|xlate to 930|hole", -9002, &[]);
        check("literal a|xlate to x|hole", -58, &[]);
    }

    #[test]
    fn chop_pad_join() {
        for (spec, said) in [
            ("literal abcdef|chop 3", &["abc"][..]),
            ("literal abc def|chop after blank", &["abc "]),
            ("literal abcdef|chop 1 before string /d/", &["ab"]),
            ("literal abcdef|chop anycase string /D/", &["abc"]),
            ("literal aaab|chop not a", &["aaa"]),
            ("literal abcdef|chop -2", &["abcd"]),
            ("literal ab|chop -3", &[""]),
            ("literal abc|pad 5 .", &["abc.."]),
            ("literal abc|pad l 5", &["  abc"]),
            ("literal abc|pad 1 modulo 4 .", &["abc.."]),
            ("literal a|pad 1 modulo 4 .", &["a"]),
            ("literal a|pad right 2 modulo 4 .", &["a."]),
            ("literal 1 2 3|split|join * /,/ terminate", &["1,2,3,"]),
            (
                "literal 1 2 3|split|join count",
                &["         212", "         13"],
            ),
            ("literal a,,b;c|space 1 _ anyof /,;/", &["a_b_c"]),
            ("literal a,b c|space 2 string /-/ ,", &["a--b c"]),
            ("literal a|xlate to 1047|specs 1-* c2x 1", &["81"]),
            ("literal a|xlate to codepage 37 from 37", &["a"]),
            ("literal abcde|pad modulo 3 .", &["abcde."]),
            ("literal 1 2 3|split|join", &["12", "3"]),
            ("literal 1 2 3|split|join 2 /-/", &["1-2-3"]),
            ("literal aa bb cc|split|join * / / 5", &["aa bb", "cc"]),
            (
                "literal k1a k1b k2c|split|join keylength 2 /,/",
                &["k1a,b", "k2c"],
            ),
            ("literal one  two|insert /!/", &["!one  two"]),
            ("literal one two|insert /!/ before w2", &["one !two"]),
        ] {
            check(&format!("{spec}|console"), 0, said);
        }
        for stage in [
            "pad 99999999999999",
            "pad modulo 2147483648",
            "space 9999999999",
        ] {
            check(&format!("literal a b|{stage}|console"), -59, &[]);
        }
        check(
            "(end ?) literal abcdef|c: chop 2|hole ? c: |console",
            0,
            &["cdef"],
        );
        // The tail comes last: a copy of the front is enough to have both at once.
        check(
            "(end ?) literal abc,def|c: chop ,|console ? c: |console",
            0,
            &["abc", ",def"],
        );
        check(
            "(end ?) literal ab cdx|split|c: chop 1|copy|j: combine or|console ? c: |j:",
            0,
            &["c", "gx"],
        );
    }
}
