//! Expressions are worked out: the counters and fields of a specification and what operators do with them.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::convert::number_of;
use super::expr::{Binary, Expr, Level, Test};
use super::value::{LONGEST, Num, Value, arithmetic as arithmetic_fault, settings};
use crate::base::Record;
use crate::base::codepage::CodePage;
use crate::base::msg::fpl;
use crate::num::Number;
use crate::pipe::args::Fault;
use crate::pipe::structure::Member;

/// What expressions see and change.
pub(super) struct Memory {
    /// The last value of each field identifier, by its number.
    pub fields: Vec<Vec<u8>>,
    pub counters: Vec<Value>,
    /// The highest break level that is established.
    pub level: Level,
    /// The number of the cycle, from 1.
    pub cycle: i64,
    pub eof: bool,
    pub page: CodePage,
    /// The record that members of structures are of.
    pub record: Record,
}

/// A string an expression makes must not be longer than [`LONGEST`].
///
/// # Errors
/// Message 105.
pub(super) fn bounded(length: usize) -> Result<usize, Fault> {
    match length {
        0..=LONGEST => Ok(length),
        _ => Err(Fault::new(&fpl::FPLSPC105E, &[])),
    }
}

impl Memory {
    /// Memory for so many counters, all zero.
    pub fn new(counters: usize, page: CodePage) -> Memory {
        Memory {
            fields: vec![Vec::new(); 54],
            counters: vec![Value::from(0); counters],
            level: 0,
            cycle: 0,
            eof: false,
            page,
            record: Record::null(),
        }
    }

    /// The value of an expression.
    ///
    /// # Errors
    /// 1038 not a number, 1039 out of range, 668 division by zero, those of the functions.
    pub fn value(&mut self, expr: &Expr) -> Result<Value, Fault> {
        Ok(match expr {
            Expr::Constant(value) => value.clone(),
            Expr::Field(id) => Value::Text(self.fields[usize::from(*id)].clone()),
            Expr::Member(member) => self.member(member)?,
            Expr::Counter(n) => self.counters[*n].clone(),
            Expr::Assign(n, op, of) => {
                self.assign(*n, *op, of)?;
                self.counters[*n].clone()
            }
            Expr::Binary(Binary::Concatenate, a, b) => {
                let mut text = self.value(a)?.into_text();
                let more = self.value(b)?;
                more.write(&mut text);
                bounded(text.len())?;
                Value::Text(text)
            }
            Expr::Choose(parts) => {
                let chosen = if self.is_true(&parts[0])? { 1 } else { 2 };
                self.value(&parts[chosen])?
            }
            Expr::List(all) => {
                let mut last = Value::from(0);
                for expr in all {
                    last = self.value(expr)?;
                }
                last
            }
            Expr::Call(function, given) => {
                let mut values = Vec::with_capacity(given.len());
                for expr in given {
                    values.push(expr.as_ref().map(|e| self.value(e)).transpose()?);
                }
                function.call(values, self.page)?
            }
            other => Value::Num(self.num(other)?),
        })
    }

    /// The value of a member: a number when its type is one.
    fn member(&self, member: &Member) -> Result<Value, Fault> {
        let end = match member.length {
            Some(length) => member.first.saturating_add(length),
            None => usize::MAX,
        };
        let end = end.min(self.record.len());
        let bytes = self.record.get(member.first..end).unwrap_or_default();
        let codes: Vec<u8> = bytes.iter().map(|b| self.page.code_of(*b)).collect();
        Ok(match number_of(member, &codes)? {
            Some(text) => Value::Num(Num::parse(&text)?),
            None => Value::Text(bytes.to_vec()),
        })
    }

    /// The value of an expression as a number.
    ///
    /// # Errors
    /// As [`Memory::value`].
    pub fn num(&mut self, expr: &Expr) -> Result<Num, Fault> {
        match expr {
            Expr::Constant(Value::Num(n)) => Ok(n.clone()),
            Expr::Field(id) => Num::parse(&self.fields[usize::from(*id)]),
            Expr::Counter(n) => self.counters[*n].num(),
            Expr::Binary(op, a, b) => match arithmetic(*op) {
                Some(f) => {
                    let a = self.num(a)?;
                    f(&a, &self.num(b)?)
                }
                None => match op {
                    Binary::Concatenate => self.value(expr)?.num(),
                    _ => self.test(*op, a, b).map(|yes| Num::from(i64::from(yes))),
                },
            },
            Expr::Assign(n, op, of) => {
                self.assign(*n, *op, of)?;
                self.counters[*n].num()
            }
            Expr::Choose(parts) => {
                let chosen = if self.is_true(&parts[0])? { 1 } else { 2 };
                self.num(&parts[chosen])
            }
            Expr::Negate(of) => self.num(of)?.negated(),
            Expr::Plus(of) => self.num(of),
            Expr::Break(id) => Ok(Num::from(i64::from(*id <= self.level))),
            Expr::First => Ok(Num::from(i64::from(self.cycle == 1 && !self.eof))),
            Expr::Eof => Ok(Num::from(i64::from(self.eof))),
            Expr::Number => Ok(Num::from(self.cycle)),
            Expr::Not(_) | Expr::And(..) | Expr::Or(..) => {
                self.is_true(expr).map(|yes| Num::from(i64::from(yes)))
            }
            other => self.value(other)?.num(),
        }
    }

    /// Whether an expression is true: any number but zero.
    ///
    /// # Errors
    /// As [`Memory::value`].
    pub fn is_true(&mut self, expr: &Expr) -> Result<bool, Fault> {
        match expr {
            Expr::Not(of) => self.is_true(of).map(|yes| !yes),
            Expr::And(a, b) => Ok(self.is_true(a)? && self.is_true(b)?),
            Expr::Or(a, b) => Ok(self.is_true(a)? || self.is_true(b)?),
            Expr::Binary(op @ (Binary::Compare(_) | Binary::Strict(_)), a, b) => {
                self.test(*op, a, b)
            }
            other => self.num(other).map(|n| n.is_true()),
        }
    }

    /// Works out an expression for what it assigns.
    ///
    /// # Errors
    /// As [`Memory::value`].
    pub fn set(&mut self, expr: &Expr) -> Result<(), Fault> {
        match expr {
            Expr::Assign(n, op, of) => self.assign(*n, *op, of),
            Expr::List(all) => all.iter().try_for_each(|e| self.set(e)),
            other => self.value(other).map(drop),
        }
    }

    /// A number that needs no working out: its digits, and the places after the point.
    fn quick(&self, expr: &Expr) -> Option<(i64, u32)> {
        match expr {
            Expr::Constant(Value::Num(Num::Small { v, places })) => Some((*v, *places)),
            Expr::Field(id) => Num::quick(&self.fields[usize::from(*id)]),
            _ => None,
        }
    }

    fn assign(&mut self, n: usize, op: Option<Binary>, of: &Expr) -> Result<(), Fault> {
        if op == Some(Binary::Add)
            && let Some(by) = self.quick(of)
            && let Value::Num(counter) = &mut self.counters[n]
            && counter.add_quick(by)
        {
            return Ok(());
        }
        let value = match op {
            None => self.value(of)?,
            Some(Binary::Concatenate) => {
                let more = self.value(of)?;
                let old = std::mem::replace(&mut self.counters[n], Value::from(0));
                let mut text = old.into_text();
                more.write(&mut text);
                bounded(text.len())?;
                Value::Text(text)
            }
            Some(op) => {
                let by = self.num(of)?;
                let old = match &self.counters[n] {
                    Value::Num(n) => n,
                    Value::Text(text) => &Num::parse(text)?,
                };
                match arithmetic(op) {
                    Some(f) => Value::Num(f(old, &by)?),
                    None => Value::Num(by),
                }
            }
        };
        self.counters[n] = value;
        Ok(())
    }

    /// A comparison, or exclusive or.
    fn test(&mut self, op: Binary, a: &Expr, b: &Expr) -> Result<bool, Fault> {
        if op == Binary::Xor {
            return Ok(self.is_true(a)? != self.is_true(b)?);
        }
        let page = self.page;
        if let (Some(a), Some(b)) = (self.view(a), self.view(b)) {
            return Ok(compare(op, &a, &b, page));
        }
        let (a, b) = (self.value(a)?, self.value(b)?);
        Ok(compare(op, &View::of(&a), &View::of(&b), page))
    }

    /// What an expression is that needs no working out.
    fn view<'e>(&'e self, expr: &'e Expr) -> Option<View<'e>> {
        match expr {
            Expr::Constant(value) => Some(View::of(value)),
            Expr::Field(id) => Some(View::Text(&self.fields[usize::from(*id)])),
            Expr::Counter(n) => Some(View::of(&self.counters[*n])),
            _ => None,
        }
    }
}

/// A value that is looked at.
enum View<'e> {
    Num(&'e Num),
    Text(&'e [u8]),
}

impl View<'_> {
    fn of(value: &Value) -> View<'_> {
        match value {
            Value::Num(n) => View::Num(n),
            Value::Text(text) => View::Text(text),
        }
    }

    fn text(&self) -> Cow<'_, [u8]> {
        match self {
            View::Text(text) => Cow::Borrowed(text),
            View::Num(n) => {
                let mut text = Vec::new();
                n.write(&mut text);
                Cow::Owned(text)
            }
        }
    }

    /// The number that it is; blanks alone are none.
    fn num(&self) -> Option<Cow<'_, Num>> {
        match self {
            View::Num(n) => Some(Cow::Borrowed(n)),
            View::Text(text) if text.iter().all(|&b| b == b' ') => None,
            View::Text(text) => Num::parse(text).ok().map(Cow::Owned),
        }
    }
}

/// Whether a comparison holds.
fn compare(op: Binary, a: &View<'_>, b: &View<'_>, page: CodePage) -> bool {
    match op {
        Binary::Compare(test) => holds(test, compared(a, b, page)),
        Binary::Strict(test) => holds(test, ordered(&a.text(), &b.text(), page)),
        _ => false,
    }
}

type Arithmetic = fn(&Num, &Num) -> Result<Num, Fault>;

fn arithmetic(op: Binary) -> Option<Arithmetic> {
    Some(match op {
        Binary::Add => Num::add,
        Binary::Subtract => Num::sub,
        Binary::Multiply => Num::mul,
        Binary::Divide => Num::div,
        Binary::IntDivide => Num::int_div,
        Binary::Remainder => Num::rem,
        Binary::Power => Num::pow,
        _ => return None,
    })
}

fn holds(test: Test, order: Ordering) -> bool {
    match test {
        Test::Equal => order == Ordering::Equal,
        Test::NotEqual => order != Ordering::Equal,
        Test::Less => order == Ordering::Less,
        Test::LessEqual => order != Ordering::Greater,
        Test::Greater => order == Ordering::Greater,
        Test::GreaterEqual => order != Ordering::Less,
    }
}

/// Strings by the codes of their bytes.
fn ordered(a: &[u8], b: &[u8], page: CodePage) -> Ordering {
    let codes = |text: &[u8]| text.iter().map(|&b| page.code_of(b)).collect::<Vec<_>>();
    match page {
        CodePage::Host => a.cmp(b),
        _ => codes(a).cmp(&codes(b)),
    }
}

/// As REXX compares: numbers by value, all else as strings without blanks around them, the shorter one padded
/// with blanks.
fn compared(a: &View<'_>, b: &View<'_>, page: CodePage) -> Ordering {
    if let (Some(a), Some(b)) = (a.num(), b.num()) {
        return a.compare(&b);
    }
    let (a, b) = (a.text(), b.text());
    let (a, b) = (stripped(&a), stripped(&b));
    if a == b {
        return Ordering::Equal;
    }
    let length = a.len().max(b.len());
    let padded = |text: &[u8]| {
        let mut text = text.to_vec();
        text.resize(length, b' ');
        text
    };
    ordered(&padded(a), &padded(b), page)
}

/// Without leading and trailing blanks.
pub(super) fn stripped(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|b| *b != b' ').unwrap_or(text.len());
    let end = text
        .iter()
        .rposition(|b| *b != b' ')
        .map_or(start, |n| n + 1);
    &text[start..end]
}

/// The square root of a number that is not negative, to as many digits as results have.
///
/// # Errors
/// 1329 for a negative number.
pub(super) fn square_root(of: &Num) -> Result<Num, Fault> {
    let n = of.number();
    if n.is_zero() {
        return Ok(Num::from(0));
    }
    if n.is_negative() {
        let mut text = Vec::new();
        of.write(&mut text);
        return Err(Fault::new(&fpl::FPLSPC1329E, &[&text]));
    }
    let exact = settings();
    let wide = exact.with_digits(exact.digits + 4);
    let half = Number::from_parts(false, 5, -1);
    // A first guess with half the digits before the point, then Newton's way until it no longer changes.
    let (_, v, exponent) = n.rounded(18).parts().unwrap_or((false, 1, 0));
    let reach = exponent + i64::from(v.checked_ilog10().unwrap_or(0));
    let mut root = Number::from_parts(false, 3, reach.div_euclid(2));
    for _ in 0..60 {
        let step = |root: &Number| {
            let quotient = n.div(root, &wide)?;
            root.add(&quotient, &wide)?.mul(&half, &wide)
        };
        let next = step(&root).map_err(arithmetic_fault)?;
        let same = next.compare(&root, &wide) == Ordering::Equal;
        root = next;
        if same {
            break;
        }
    }
    let root = root.plus(&exact).map_err(arithmetic_fault)?;
    Ok(root.without_trailing_zeros().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn square_roots_are_exact_to_the_last_digit() {
        for (of, is) in [
            ("0", "0"),
            ("144", "12"),
            ("2", "1.41421356237309504880168872421"),
            ("1e-400", "1E-200"),
            ("4e401", "6.324555320336758663997787088865E+200"),
            ("0.25", "0.5"),
        ] {
            let root = square_root(&Num::parse(of.as_bytes()).unwrap()).unwrap();
            let text = Value::Num(root).into_text();
            assert_eq!(String::from_utf8(text).unwrap(), is, "{of}");
        }
    }
}
