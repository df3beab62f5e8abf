//! The relations of PICK: fields compared as strings or as numbers.

use std::cmp::Ordering;

use crate::base::msg::fpl;
use crate::pipe::args::{self, Args, Fault};
use crate::pipe::range::{Range, Separators};
use crate::pipe::target::Compare;

/// One side of a comparison.
enum Operand {
    Range(Range),
    Text(Vec<u8>),
    /// `n+`: from a column (from 0) on, as long as the other side is.
    From(usize),
}

impl Operand {
    fn take(args: &mut Args<'_>, separators: &mut Separators) -> Result<Operand, Fault> {
        let word = args.peek().unwrap_or(b"");
        if let Some(column) = word.strip_suffix(b"+")
            && let Ok(n) = args::unsigned(column)
        {
            let Some(from) = n.checked_sub(1) else {
                return Err(Fault::new(&fpl::FPLSCA066E, &[column]));
            };
            args.word();
            return Ok(Operand::From(usize::try_from(from).unwrap_or(usize::MAX)));
        }
        match Range::ahead(args) {
            true => Ok(Operand::Range(Range::take(args, separators)?)),
            false => Ok(Operand::Text(args.delimited()?)),
        }
    }

    /// The field of a record; `length` is that of the other side, when that has one of its own.
    fn of<'r>(&'r self, record: &'r [u8], length: Option<usize>) -> &'r [u8] {
        match self {
            Operand::Range(range) => range.of(record),
            Operand::Text(text) => text,
            Operand::From(column) => {
                let rest = record.get(*column..).unwrap_or(b"");
                &rest[..length.unwrap_or(rest.len()).min(rest.len())]
            }
        }
    }

    /// The length of the field, unless it is that of the other side.
    fn length(&self, record: &[u8]) -> Option<usize> {
        match self {
            Operand::From(_) => None,
            other => Some(other.of(record, None).len()),
        }
    }
}

/// What is asked of two fields.
#[derive(Clone, Copy)]
enum Comparison {
    /// How they are in order: as strings.
    Strings(Order),
    /// As numbers.
    Numbers(Order),
    /// Whether the first one stands somewhere in the second one.
    In,
    NotIn,
}

/// Which orders of two fields will do.
#[derive(Clone, Copy)]
struct Order {
    less: bool,
    equal: bool,
    greater: bool,
}

impl Order {
    fn allows(self, order: Ordering) -> bool {
        match order {
            Ordering::Less => self.less,
            Ordering::Equal => self.equal,
            Ordering::Greater => self.greater,
        }
    }
}

const fn order(less: bool, equal: bool, greater: bool) -> Order {
    Order {
        less,
        equal,
        greater,
    }
}

const EQUAL: Order = order(false, true, false);
const UNEQUAL: Order = order(true, false, true);
const LESS: Order = order(true, false, false);
const NOT_GREATER: Order = order(true, true, false);
const GREATER: Order = order(false, false, true);
const NOT_LESS: Order = order(false, true, true);

const OPERATORS: &[(&[u8], Comparison)] = &[
    (b"==", Comparison::Strings(EQUAL)),
    (b"\\==", Comparison::Strings(UNEQUAL)),
    (b"/==", Comparison::Strings(UNEQUAL)),
    (b"^==", Comparison::Strings(UNEQUAL)),
    (b"\xac==", Comparison::Strings(UNEQUAL)),
    (b"<<", Comparison::Strings(LESS)),
    (b"<<=", Comparison::Strings(NOT_GREATER)),
    (b">>", Comparison::Strings(GREATER)),
    (b">>=", Comparison::Strings(NOT_LESS)),
    (b"IN", Comparison::In),
    (b"NOTIN", Comparison::NotIn),
    (b"=", Comparison::Numbers(EQUAL)),
    (b"\\=", Comparison::Numbers(UNEQUAL)),
    (b"/=", Comparison::Numbers(UNEQUAL)),
    (b"^=", Comparison::Numbers(UNEQUAL)),
    (b"\xac=", Comparison::Numbers(UNEQUAL)),
    (b"<", Comparison::Numbers(LESS)),
    (b"<=", Comparison::Numbers(NOT_GREATER)),
    (b">", Comparison::Numbers(GREATER)),
    (b">=", Comparison::Numbers(NOT_LESS)),
];

impl Comparison {
    fn is_numeric(self) -> bool {
        matches!(self, Comparison::Numbers(_))
    }

    /// Whether there may be several operands, of which one must do (with NOTIN: all).
    fn takes_list(self) -> bool {
        match self {
            Comparison::Strings(order) | Comparison::Numbers(order) => {
                order.equal && !order.less && !order.greater
            }
            Comparison::In | Comparison::NotIn => true,
        }
    }

    fn holds(self, left: &[u8], right: &[u8], compare: Compare) -> Result<bool, Fault> {
        match self {
            Comparison::Strings(order) => Ok(order.allows(compare.order(left, right))),
            Comparison::Numbers(order) => {
                let bad = |w: &[u8]| Fault::new(&fpl::FPLSCA058E, &[w]);
                let a = number(left).ok_or_else(|| bad(left))?;
                let b = number(right).ok_or_else(|| bad(right))?;
                Ok(order.allows(a.order(&b)))
            }
            Comparison::In => Ok(compare.case.find(right, left, 0).is_some()),
            Comparison::NotIn => Ok(compare.case.find(right, left, 0).is_none()),
        }
    }
}

struct Test {
    left: Operand,
    comparison: Comparison,
    right: Vec<Operand>,
}

impl Test {
    fn take(args: &mut Args<'_>, separators: &mut Separators) -> Result<Test, Fault> {
        let left = Operand::take(args, separators)?;
        let word = args.need()?;
        let named = |name: &[u8]| word.eq_ignore_ascii_case(name);
        let Some((_, comparison)) = OPERATORS.iter().find(|o| named(o.0)) else {
            return Err(Fault::new(&fpl::FPLPIC687E, &[word]));
        };
        // On the right of a numeric comparison a bare number is a number, not a column.
        let mut right = Vec::new();
        loop {
            right.push(Self::operand(args, separators, *comparison)?);
            args.blanks();
            if args.rest().first() != Some(&b',') || !comparison.takes_list() {
                break;
            }
            args.advance(1);
        }
        Ok(Test {
            left,
            comparison: *comparison,
            right,
        })
    }

    fn operand(
        args: &mut Args<'_>,
        separators: &mut Separators,
        comparison: Comparison,
    ) -> Result<Operand, Fault> {
        let word = args.peek().unwrap_or(b"");
        let end = memchr::memchr(b',', word).unwrap_or(word.len());
        let digits = &word[..end];
        if comparison.is_numeric() && number(digits).is_some() {
            args.blanks();
            args.advance(digits.len());
            return Ok(Operand::Text(digits.to_vec()));
        }
        let rest = args.rest();
        if comparison.takes_list()
            && let Some(comma) = memchr::memchr(b',', rest)
        {
            // The range may end at the comma; else that belongs to the range, as a separator.
            let mut ahead = args.within(&rest[..comma]);
            let mut kept = separators.clone();
            if Range::ahead(&ahead)
                && let Ok(operand) = Operand::take(&mut ahead, &mut kept)
            {
                *separators = kept;
                args.advance(comma - ahead.rest().len());
                return Ok(operand);
            }
        }
        Operand::take(args, separators)
    }

    fn holds(&self, record: &[u8], compare: Compare) -> Result<bool, Fault> {
        let all = matches!(self.comparison, Comparison::NotIn);
        let of_left = self.left.length(record);
        for right in &self.right {
            let left = self.left.of(record, right.length(record));
            let right = right.of(record, of_left);
            if self.comparison.holds(left, right, compare)? != all {
                return Ok(!all);
            }
        }
        Ok(all)
    }
}

/// A decimal number: its digits before and after the period without needless zeros.
struct Decimal<'a> {
    negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
}

fn number(text: &[u8]) -> Option<Decimal<'_>> {
    let text = args::trim(text);
    let (negative, digits) = match text.first()? {
        b'-' => (true, args::trim(&text[1..])),
        b'+' => (false, args::trim(&text[1..])),
        _ => (false, text),
    };
    let (whole, fraction) = match memchr::memchr(b'.', digits) {
        Some(at) => (&digits[..at], &digits[at + 1..]),
        None => (digits, &b""[..]),
    };
    let all = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    if whole.len() + fraction.len() == 0 || !all(whole) || !all(fraction) {
        return None;
    }
    let lead = whole.iter().take_while(|&&d| d == b'0').count();
    let tail = fraction.iter().rev().take_while(|&&d| d == b'0').count();
    Some(Decimal {
        negative,
        whole: &whole[lead..],
        fraction: &fraction[..fraction.len() - tail],
    })
}

impl Decimal<'_> {
    fn is_zero(&self) -> bool {
        self.whole.is_empty() && self.fraction.is_empty()
    }

    fn order(&self, other: &Decimal<'_>) -> Ordering {
        let sign = |d: &Decimal<'_>| match (d.is_zero(), d.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let size = self
            .whole
            .len()
            .cmp(&other.whole.len())
            .then_with(|| self.whole.cmp(other.whole))
            .then_with(|| self.fraction.cmp(other.fraction));
        match sign(self).cmp(&sign(other)) {
            Ordering::Equal if sign(self) < 0 => size.reverse(),
            Ordering::Equal => size,
            order => order,
        }
    }
}

/// Alternatives, each of tests that must all hold.
pub struct Tests(Vec<Vec<Test>>);

impl Tests {
    /// Reads tests with AND and OR between them.
    ///
    /// # Errors
    /// 687 not an operator; those of a range or a string.
    pub fn take(args: &mut Args<'_>, separators: &mut Separators) -> Result<Tests, Fault> {
        let mut tests = vec![vec![Test::take(args, separators)?]];
        loop {
            if args.keyword("AND") {
                let test = Test::take(args, separators)?;
                if let Some(last) = tests.last_mut() {
                    last.push(test);
                }
            } else if args.keyword("OR") {
                tests.push(vec![Test::take(args, separators)?]);
            } else {
                return Ok(Tests(tests));
            }
        }
    }

    /// Whether a record passes.
    ///
    /// # Errors
    /// 58 when what is compared as a number is not one.
    pub fn hold(&self, record: &[u8], compare: Compare) -> Result<bool, Fault> {
        for all in &self.0 {
            let mut holds = true;
            for test in all {
                holds = holds && test.holds(record, compare)?;
            }
            if holds {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
