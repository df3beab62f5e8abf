//! Stages that choose by comparison: PICK, UNIQUE, ABBREV, VERIFY, WILDCARD, ALL
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs").

mod relation;

use self::relation::Tests;
use super::{Delay, Row, SELECTION, filter};
use crate::base::Record;
use crate::base::msg::fpl;
use crate::pipe::args::{self, Args, CharSet, Fault};
use crate::pipe::filter::{Choose, Emit, Filter, Flow, Turn};
use crate::pipe::range::{Range, Separators};
use crate::pipe::stage::Body;
use crate::pipe::target::{Case, Compare};

pub const TABLE: &[Row] = &[
    Row {
        names: "PICK",
        operands: "[NOPAD | PAD xorc] [ANYcase] [FROM [AFTER] | TO [AFTER] | WHILE] operand {== | \\== | << | <<= | >> | >>= | = | \\= | < | <= | > | >= | IN | NOTIN} operand[,operand...] [AND ... | OR ...] [TO [AFTER] operand comparison operand ... | COUNT number]",
        doc: "Selects records by comparing fields with strings or with each other.",
        make: pick,
        example: (
            "literal a1 b2 c3|split|pick 1 >> /a/ and 2 < 3|console",
            &["b2"],
        ),
        ..SELECTION
    },
    Row {
        names: "UNIQue",
        operands: "[COUNT] [NOPAD | PAD xorc] [ANYcase] [inputRange | (inputRange [NOPAD | PAD xorc] ...)] [LAST | FIRST | SINGLEs | MULTiple | PAIRwise]",
        doc: "Selects one record of each run of records that are the same.",
        delay: Delay::One,
        make: unique,
        example: (
            "literal a a b a|split|unique count|console",
            &["         2a", "         1b", "         1a"],
        ),
        ..SELECTION
    },
    Row {
        names: "ABBREViation",
        operands: "[word [number]] [ANYcase]",
        doc: "Selects records whose first word is an abbreviation of a word.",
        make: abbreviation,
        example: (
            "literal que x|literal qzz|abbrev query 2|console",
            &["que x"],
        ),
        ..SELECTION
    },
    Row {
        names: "VERIFY",
        operands: "[ANYcase] [inputRange] delimitedString",
        doc: "Selects records that hold only characters of a string.",
        make: verify,
        example: ("literal 12|literal 1x|verify /0123456789/|console", &["12"]),
        ..SELECTION
    },
    Row {
        names: "WILDCARD",
        operands: "[ANYcase] [inputRange] pattern",
        doc: "Selects records that match a pattern: * any characters, % one character.",
        make: wildcard,
        example: ("literal abc abd xyz|split|wildcard a%c*|console", &["abc"]),
        ..SELECTION
    },
    Row {
        names: "ALL",
        operands: "[ANYcase] expression of delimitedStrings with & | ! ( )",
        doc: "Selects records by a logical expression of strings that they contain.",
        make: all,
        example: ("literal ab ac bc|split|all /a/&!/b/|console", &["ac"]),
        ..SELECTION
    },
];

/// Which records PICK selects once its test has held.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    Each,
    From,
    To,
    While,
    /// Runs that another test ends.
    Between,
    /// Runs of so many records.
    Count(u64),
}

struct Pick {
    compare: Compare,
    tests: Tests,
    /// What ends a run of [`Extent::Between`], and whether that record still belongs to it.
    until: Option<(Tests, bool)>,
    extent: Extent,
    after: bool,
    switched: bool,
    /// How many records of a run are still to come.
    left: u64,
    secondary: bool,
    turn: Turn,
}

fn pick(args: &mut Args<'_>) -> Result<Body, Fault> {
    let mut compare = Compare::take(args)?;
    let mut extent = args
        .choice(&[
            ("FROM", Extent::From),
            ("TO", Extent::To),
            ("WHILE", Extent::While),
        ])
        .unwrap_or(Extent::Each);
    let after = args.keyword("AFTER");
    let late = Compare::take(args)?;
    compare.pad = compare.pad.or(late.pad);
    if late.case == Case::Any {
        compare.case = Case::Any;
    }
    let mut separators = Separators::default();
    let tests = Tests::take(args, &mut separators)?;
    let mut until = None;
    if extent == Extent::From {
        if args.keyword("TO") {
            let with = args.keyword("AFTER");
            until = Some((Tests::take(args, &mut separators)?, with));
            extent = Extent::Between;
        } else if args.keyword("COUNT") {
            extent = Extent::Count(args::unsigned(args.need()?)?);
        }
    }
    args.end()?;
    filter(Pick {
        compare,
        tests,
        until,
        extent,
        after,
        switched: false,
        left: 0,
        secondary: false,
        turn: Turn::default(),
    })
}

impl Pick {
    /// Whether a record is selected.
    fn judge(&mut self, record: &[u8]) -> Result<bool, Fault> {
        let before = self.switched;
        match self.extent {
            Extent::Each => self.tests.hold(record, self.compare),
            Extent::From => {
                self.switched = before || self.tests.hold(record, self.compare)?;
                Ok(if self.after { before } else { self.switched })
            }
            Extent::To => {
                self.switched = before || self.tests.hold(record, self.compare)?;
                Ok(!(if self.after { before } else { self.switched }))
            }
            Extent::While => {
                self.switched = before || !self.tests.hold(record, self.compare)?;
                Ok(!self.switched)
            }
            Extent::Between => self.between(record),
            Extent::Count(n) => {
                if self.left > 0 {
                    self.left -= 1;
                    return Ok(true);
                }
                if !self.tests.hold(record, self.compare)? {
                    return Ok(false);
                }
                self.left = if self.after { n } else { n.saturating_sub(1) };
                Ok(!self.after && n > 0)
            }
        }
    }

    fn between(&mut self, record: &[u8]) -> Result<bool, Fault> {
        if !self.switched {
            self.switched = self.tests.hold(record, self.compare)?;
            return Ok(self.switched && !self.after);
        }
        let Some((tests, with)) = &self.until else {
            return Ok(true);
        };
        self.switched = !tests.hold(record, self.compare)?;
        Ok(self.switched || *with)
    }
}

impl Filter for Pick {
    fn start(&mut self, outputs: &[bool]) {
        self.secondary = outputs.get(1).copied().unwrap_or(false);
    }

    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        match self.judge(record) {
            Ok(selected) => {
                let before = u8::from(self.extent == Extent::From);
                let once = matches!(self.extent, Extent::From | Extent::To | Extent::While);
                let over = once && self.switched && self.secondary;
                self.turn
                    .put(out, record, usize::from(!selected), (before, over))
            }
            Err(fault) => out.fail(fault),
        }
    }

    fn selects(&self) -> bool {
        true
    }
}

/// Which record of a run UNIQUE selects.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Last,
    First,
    Singles,
    Multiple,
    /// Both records of each pair that is the same.
    Pairs,
}

struct Unique {
    /// The ranges that are compared, and how each is.
    keys: Vec<(Range, Compare)>,
    count: bool,
    which: Which,
    held: Option<Record>,
    run: u64,
}

fn unique(args: &mut Args<'_>) -> Result<Body, Fault> {
    let count = args.keyword("COUNT");
    let compare = Compare::take(args)?;
    let mut keys = unique_keys(args, compare)?;
    if keys.is_empty() {
        keys.push((Range::whole(), compare));
    }
    let which = args.choice(&[
        ("LAST", Which::Last),
        ("FIRST", Which::First),
        ("SINGLEs", Which::Singles),
        ("MULTiple", Which::Multiple),
        ("PAIRwise", Which::Pairs),
    ]);
    args.end()?;
    filter(Unique {
        keys,
        count,
        which: which.unwrap_or(Which::Last),
        held: None,
        run: 0,
    })
}

/// Takes the ranges of UNIQUE: one, or some in parentheses, each with its own pad character.
fn unique_keys(args: &mut Args<'_>, compare: Compare) -> Result<Vec<(Range, Compare)>, Fault> {
    let mut separators = Separators::default();
    if !Range::ahead(args) {
        return Ok(Vec::new());
    }
    args.blanks();
    if args.rest().first() != Some(&b'(') {
        return Ok(vec![(Range::take(args, &mut separators)?, compare)]);
    }
    let rest = args.rest();
    let Some(close) = rest.iter().position(|&b| b == b')') else {
        return Err(Fault::new(&fpl::FPLSCA057E, &[]));
    };
    let mut inner = args.within(&rest[1..close]);
    args.advance(close + 1);
    let mut keys = Vec::new();
    while !inner.is_done() {
        let range = Range::take(&mut inner, &mut separators)?;
        let mut own = compare;
        own.take_pad(&mut inner)?;
        keys.push((range, own));
    }
    match keys.len() {
        0 => Err(Fault::new(&fpl::FPLSCA055E, &[])),
        1..=10 => Ok(keys),
        _ => Err(Fault::new(&fpl::FPLSCA056E, &[])),
    }
}

impl Unique {
    fn same(&self, a: &[u8], b: &[u8]) -> bool {
        let mut keys = self.keys.iter();
        keys.all(|(range, compare)| compare.order(range.of(a), range.of(b)).is_eq())
    }

    fn counted(&self, record: Record) -> Record {
        match self.count {
            false => record,
            true => counted(self.run, &record),
        }
    }

    /// Lets the held record go; `more` says that the next one is the same.
    fn release(&mut self, more: bool, out: &mut Emit) {
        let Some(record) = self.held.take() else {
            return;
        };
        let primary = match self.which {
            Which::Last => !more,
            Which::First => self.run == 1 && !self.count,
            Which::Singles => self.run == 1 && !more,
            Which::Multiple => self.run > 1 || more,
            Which::Pairs => true,
        };
        let record = if primary {
            self.counted(record)
        } else {
            record
        };
        out.put(usize::from(!primary), record);
    }
}

/// A record after its count in ten columns.
pub(super) fn counted(count: u64, record: &[u8]) -> Record {
    let mut digits = [b' '; 20];
    let mut at = digits.len();
    let mut left = count;
    while left > 0 || at == digits.len() {
        at -= 1;
        digits[at] = b'0' + (left % 10) as u8;
        left /= 10;
    }
    let digits = &digits[at.min(10)..];
    let mut line = Vec::with_capacity(digits.len() + record.len());
    line.extend_from_slice(digits);
    line.extend_from_slice(record);
    Record::from(line)
}

impl Filter for Unique {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        let more = self.held.as_ref().is_some_and(|h| self.same(h, record));
        if self.which == Which::First {
            return self.first(more, record, out);
        }
        if self.which == Which::Pairs {
            return self.pair(more, record, out);
        }
        self.release(more, out);
        self.run = if more { self.run + 1 } else { 1 };
        self.held = Some(record.clone());
        Flow::More
    }

    fn finish(&mut self, out: &mut Emit) {
        if self.which == Which::First {
            if let Some(held) = self.held.take().filter(|_| self.count) {
                out.put(0, counted(self.run, &held));
            }
            return;
        }
        self.release(false, out);
    }
}

impl Unique {
    /// Records two by two: a pair that is the same goes to the secondary output, one that differs to the
    /// primary; so does a last record that is alone.
    fn pair(&mut self, same: bool, record: &Record, out: &mut Emit) -> Flow {
        match self.held.take() {
            Some(held) => {
                let stream = usize::from(same);
                out.put(stream, held);
                out.put(stream, record.clone());
            }
            None => self.held = Some(record.clone()),
        }
        Flow::More
    }

    /// FIRST does not delay records, unless they are counted.
    fn first(&mut self, more: bool, record: &Record, out: &mut Emit) -> Flow {
        if more {
            self.run += 1;
            out.put(1, record.clone());
            return Flow::More;
        }
        if let Some(held) = self.held.replace(record.clone()).filter(|_| self.count) {
            out.put(0, counted(self.run, &held));
        }
        self.run = 1;
        if !self.count {
            out.put(0, record.clone());
        }
        Flow::More
    }
}

fn abbreviation(args: &mut Args<'_>) -> Result<Body, Fault> {
    let mut case = Case::take(args);
    let word = args.word().unwrap_or(b"").to_vec();
    let least = args.number().unwrap_or(0);
    if case == Case::Exact {
        case = Case::take(args);
    }
    args.end()?;
    let least = usize::try_from(least).unwrap_or(usize::MAX);
    filter(Choose(move |record: &[u8]| {
        let mut first = Args::new(record, false);
        let found = first.word().unwrap_or(b"");
        found.len() >= least
            && word
                .get(..found.len())
                .is_some_and(|start| case.same(start, found))
    }))
}

fn verify(args: &mut Args<'_>) -> Result<Body, Fault> {
    let case = Case::take(args);
    let range = match Range::ahead(args) {
        true => Range::take(args, &mut Separators::default())?,
        false => Range::whole(),
    };
    let mut set = CharSet::of(&args.delimited()?);
    if case == Case::Any {
        set = set.anycase();
    }
    args.end()?;
    filter(Choose(move |r: &[u8]| {
        range.of(r).iter().all(|&b| set.has(b))
    }))
}

fn wildcard(args: &mut Args<'_>) -> Result<Body, Fault> {
    let case = Case::take(args);
    let mut range = Range::whole();
    let trimmed = args::trim(args.rest());
    if Range::ahead(args) && trimmed.contains(&b' ') {
        range = Range::take(args, &mut Separators::default())?;
    }
    let pattern = args::trim(args.take_rest()).to_vec();
    if pattern.is_empty() {
        return Err(args.missing());
    }
    filter(Choose(move |r: &[u8]| matches(&pattern, range.of(r), case)))
}

/// Whether a text matches a pattern of `*` and `%`.
pub(super) fn matches(pattern: &[u8], text: &[u8], case: Case) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        let fits = match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p, t));
                p += 1;
                continue;
            }
            Some(b'%') => true,
            Some(&c) => case.same(&[c], &text[t..=t]),
            None => false,
        };
        if fits {
            p += 1;
            t += 1;
            continue;
        }
        let Some((star, from)) = retry else {
            return false;
        };
        retry = Some((star, from + 1));
        p = star + 1;
        t = from + 1;
    }
    pattern[p..].iter().all(|&c| c == b'*')
}

/// A term of ALL in reverse Polish order.
enum Term {
    Has(Vec<u8>),
    And,
    Or,
    Not,
}

fn all(args: &mut Args<'_>) -> Result<Body, Fault> {
    let case = Case::take(args);
    let mut terms = Vec::new();
    let mut operators: Vec<u8> = Vec::new();
    let mut operand = true;
    loop {
        args.blanks();
        let Some(&c) = args.rest().first() else {
            break;
        };
        match (c, operand) {
            (b'(' | b'!' | b'\\' | b'^' | 0xac, true) => {
                args.advance(1);
                operators.push(if c == b'(' { b'(' } else { b'!' });
            }
            (b'&' | b'|' | b'!', false) => {
                args.advance(1);
                let weight = |o: u8| match o {
                    b'!' => 3,
                    b'&' => 2,
                    b'|' => 1,
                    _ => 0,
                };
                // An exclamation mark between terms is an or that needs no doubling.
                let c = if c == b'!' { b'|' } else { c };
                while let Some(top) = operators.pop_if(|o| weight(*o) >= weight(c)) {
                    terms.push(term(top));
                }
                operators.push(c);
                operand = true;
            }
            (b')', false) => {
                args.advance(1);
                loop {
                    match operators.pop() {
                        Some(b'(') => break,
                        Some(o) => terms.push(term(o)),
                        None => return Err(Fault::new(&fpl::FPLSPC204E, &[])),
                    }
                }
            }
            (_, true) => {
                terms.push(Term::Has(args.delimited()?));
                operand = false;
            }
            _ => return Err(Fault::new(&fpl::FPLSCA221E, &[&[c]])),
        }
    }
    if operand {
        return Err(match operators.is_empty() {
            true => args.missing(),
            false => Fault::new(&fpl::FPLSPC206E, &[]),
        });
    }
    while let Some(o) = operators.pop() {
        if o == b'(' {
            return Err(Fault::new(&fpl::FPLSCA200E, &[]));
        }
        terms.push(term(o));
    }
    filter(Choose(move |r: &[u8]| evaluate(&terms, r, case)))
}

fn term(operator: u8) -> Term {
    match operator {
        b'&' => Term::And,
        b'!' => Term::Not,
        _ => Term::Or,
    }
}

fn evaluate(terms: &[Term], record: &[u8], case: Case) -> bool {
    let mut stack: Vec<bool> = Vec::new();
    for term in terms {
        let value = match term {
            Term::Has(text) => case.find(record, text, 0).is_some(),
            Term::Not => !stack.pop().unwrap_or(false),
            Term::And | Term::Or => {
                let b = stack.pop().unwrap_or(false);
                let a = stack.pop().unwrap_or(false);
                if matches!(term, Term::And) {
                    a && b
                } else {
                    a || b
                }
            }
        };
        stack.push(value);
    }
    stack.pop().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use crate::pipe::tests::check;

    #[test]
    fn pick_compares() {
        for (test, said) in [
            ("w1 == /a/", &["a 10"][..]),
            ("w2 > 9", &["a 10", "c 9.5"]),
            ("w2 = 9.50", &["c 9.5"]),
            ("w2 < 0", &["b -3"]),
            ("w1 >> /a/ and w2 > 0 or w2 = 10", &["a 10", "c 9.5"]),
            ("w1 == /x/, /c/", &["c 9.5"]),
            ("w1 == /x/,/c/ and w2 > 0", &["c 9.5"]),
            ("w2 = 9.5,-3", &["b -3", "c 9.5"]),
            ("/10/ == w1,w2", &["a 10"]),
            ("w1 ^== /a/ and w2 ^= 9.5", &["b -3"]),
            // The length of n+ is that of the other side.
            ("1+ == /b -/", &["b -3"]),
            ("3+ == /9/", &["c 9.5"]),
            ("/10/ == 3+", &["a 10"]),
            ("1+ >> /b/", &["c 9.5"]),
            ("9+ == //", &["a 10", "b -3", "c 9.5"]),
            ("w1 in /xxcyy/", &["c 9.5"]),
            ("w1 notin /xcyb/", &["a 10"]),
            ("w1 in /C/, /b/", &["b -3"]),
            ("w1 notin /c/, /b/", &["a 10"]),
            ("anycase /A/ in 1-*", &["a 10"]),
            ("/-/ IN 1-*", &["b -3"]),
            ("anycase w1 == /A/", &["a 10"]),
            ("from w1 == /b/", &["b -3", "c 9.5"]),
            ("from after w1 == /b/", &["c 9.5"]),
            ("to w1 == /b/", &["a 10"]),
            ("to after w1 == /b/", &["a 10", "b -3"]),
            ("while w2 = 10", &["a 10"]),
            ("w-1;-1 == /9.5/", &["c 9.5"]),
            ("3+ == /10/", &["a 10"]),
            ("pad blank w1 == /a  /", &["a 10"]),
            ("from w1 == /b/ to w1 == /c/", &["b -3"]),
            ("from w1 == /a/ to after w1 == /b/", &["a 10", "b -3"]),
            ("from after w2 > 0 to w1 == /x/", &["b -3", "c 9.5"]),
            ("from w1 == /a/ count 2", &["a 10", "b -3"]),
            ("from after w1 == /a/ count 1", &["b -3"]),
            ("from w2 > 0 count 1", &["a 10", "c 9.5"]),
        ] {
            let spec = format!("literal c 9.5|literal b -3|literal a 10|pick {test}|console");
            check(&spec, 0, said);
        }
        check("literal x|pick 1 > 5|console", -58, &[]);
        check("literal x|pick 1 =! 5|console", -687, &[]);
        check("literal x|pick 0+ == /x/|console", -66, &[]);
        // Only a test for the same takes a list.
        check("literal x|pick 1 >> /a/, /b/|console", -112, &[]);
    }

    #[test]
    fn unique_chooses_of_each_run() {
        for (operands, first, second) in [
            ("", &["a", "b", "c"][..], &["a", "a"][..]),
            ("first", &["a", "b", "c"], &["a", "a"]),
            ("singles", &["b", "c"], &["a", "a", "a"]),
            ("multiple", &["a", "a", "a"], &["b", "c"]),
            ("pairwise", &["a", "b", "c"], &["a", "a"]),
            (
                "count first",
                &["         3a", "         1b", "         1c"],
                &["a", "a"],
            ),
        ] {
            check(
                &format!("literal a a a b c|split|unique {operands}|console"),
                0,
                first,
            );
            let spec =
                format!("(end ?) literal a a a b c|split|u: unique {operands}|hole ? u: |console");
            check(&spec, 0, second);
        }
    }

    #[test]
    fn ranges_with_their_own_padding() {
        for (operands, said) in [
            ("(1 pad 0 2)", &["a", "a0", "a1"][..]),
            ("(1 2 pad 0)", &["a0", "a1"]),
            ("pad 0", &["a0", "a1"]),
        ] {
            let spec = format!("literal a a0 a1|split|unique {operands}|console");
            check(&spec, 0, said);
        }
        check("literal a|unique ()|hole", -55, &[]);
        check("literal a|unique (1 2|hole", -57, &[]);
    }

    #[test]
    fn logical_expressions() {
        check(
            "literal ab ac bc|split|all (/a/ & /b/) ! /bc/|console",
            0,
            &["ab", "bc"],
        );
        check("literal ab|all (/a/|console", -200, &[]);
        check("literal ab|all /a/ &|console", -206, &[]);
        check("literal ab|all /a/)|console", -204, &[]);
        check("literal ab|all /a/ b|console", -221, &[]);
        check("literal ab AC|split|all any /A/|console", 0, &["ab", "AC"]);
    }
}
