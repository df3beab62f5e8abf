//! Expressions: counters, fields, operators and functions, read into a tree
//! (*User's Guide and Reference*, "SPECS reference", Expressions).
//!
//! An expression ends at the first blank that is not within parentheses or quotes. The operators are those of
//! REXX, with assignment to counters, `?:` and `;` below them.

use super::functions::{self, Function};
use super::value::{Num, Value};
use crate::base::msg::fpl;
use crate::pipe::args::{self, Args, Fault};
use crate::pipe::structure::{Member, Qualifier, Structures};

/// How deep an expression may be nested.
const DEEPEST: usize = 100;

/// How many operands an expression may have, so that working it out cannot go too deep.
const MOST: usize = 500;

/// The highest counter, plus one.
pub(super) const COUNTERS: usize = 1 << 16;

/// An operator of two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    IntDivide,
    Remainder,
    Power,
    Concatenate,
    /// A comparison of numbers, or of strings without leading and trailing blanks.
    Compare(Test),
    /// A comparison of strings, byte by byte.
    Strict(Test),
    Xor,
}

/// What a comparison asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Test {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// A place in the break hierarchy: the number of a field identifier (`a` lowest, `Z` highest), above all
/// end of file.
pub(super) type Level = u8;

/// The level of end of file.
pub(super) const END: Level = 53;

/// The number of a field identifier, from 1; also its level.
pub(super) fn identifier(letter: u8) -> Option<Level> {
    match letter {
        b'a'..=b'z' => Some(letter - b'a' + 1),
        b'A'..=b'Z' => Some(letter - b'A' + 27),
        _ => None,
    }
}

/// An expression.
#[derive(Debug)]
pub(super) enum Expr {
    Constant(Value),
    Field(Level),
    /// A member of a structure.
    Member(Box<Member>),
    Counter(usize),
    Assign(usize, Option<Binary>, Box<Expr>),
    Negate(Box<Expr>),
    Plus(Box<Expr>),
    Not(Box<Expr>),
    Binary(Binary, Box<Expr>, Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Choose(Box<[Expr; 3]>),
    List(Vec<Expr>),
    Call(&'static Function, Vec<Option<Expr>>),
    Break(Level),
    First,
    Eof,
    Number,
}

/// What reading expressions must know and find out.
pub(super) struct Scope {
    /// The field identifiers that are defined so far.
    pub fields: [bool; 54],
    /// How many counters were reserved, if that was said.
    pub reserved: Option<usize>,
    /// How many counters are needed.
    pub counters: usize,
    /// The field identifiers whose changes are control breaks.
    pub breaks: [bool; 54],
    /// Whether end of file is asked for.
    pub asks_eof: bool,
    /// QUALIFY: the structure that names are of.
    pub members: Option<Qualifier>,
    /// The structures there are.
    pub structures: Structures,
    /// Whether members of structures are used.
    pub asks_members: bool,
}

/// Where an expression ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    /// At the first blank.
    Blank,
    /// At this keyword.
    Keyword(&'static str),
}

struct Parser<'a, 's> {
    text: &'a [u8],
    at: usize,
    /// How many parentheses are open.
    open: usize,
    depth: usize,
    /// How many operands there are so far.
    operands: usize,
    ends: Ends,
    scope: &'s mut Scope,
}

/// Takes an expression.
///
/// # Errors
/// 206 nothing there, 200 parenthesis, 666 to 1079, 1033 field, 1301 function, 1561 counter.
pub(super) fn take(args: &mut Args<'_>, ends: Ends, scope: &mut Scope) -> Result<Expr, Fault> {
    args.blanks();
    let mut parser = Parser::new(args.rest(), ends, scope);
    if parser.peek().is_none() {
        return Err(Fault::new(&fpl::FPLSPC206E, &[]));
    }
    let expr = parser.list()?;
    let at = parser.at;
    if let Some(b) = parser.peek() {
        return Err(parser.unexpected(b));
    }
    args.advance(at);
    Ok(expr)
}

/// Takes an expression in parentheses and leaves what follows them.
///
/// # Errors
/// As [`take`].
pub(super) fn parenthesised(args: &mut Args<'_>, scope: &mut Scope) -> Result<Expr, Fault> {
    args.blanks();
    let mut parser = Parser::new(args.rest(), Ends::Blank, scope);
    let expr = parser.primary()?;
    let at = parser.at;
    args.advance(at);
    Ok(expr)
}

impl<'a, 's> Parser<'a, 's> {
    fn new(text: &'a [u8], ends: Ends, scope: &'s mut Scope) -> Self {
        Parser {
            text,
            at: 0,
            open: 0,
            depth: 0,
            operands: 0,
            ends,
            scope,
        }
    }

    /// The next character of the expression, past blanks where they mean nothing.
    fn peek(&mut self) -> Option<u8> {
        let rest = &self.text[self.at..];
        let blanks = rest.iter().position(|&b| b != b' ').unwrap_or(rest.len());
        if blanks > 0 {
            match self.ends {
                _ if self.open > 0 => self.at += blanks,
                Ends::Blank => return None,
                Ends::Keyword(word) => {
                    let next = &rest[blanks..];
                    let end = next.iter().position(|&b| b == b' ').unwrap_or(next.len());
                    if next[..end].eq_ignore_ascii_case(word.as_bytes()) {
                        return None;
                    }
                    self.at += blanks;
                }
            }
        }
        self.text.get(self.at).copied()
    }

    fn unexpected(&self, b: u8) -> Fault {
        if b == b')' {
            return Fault::new(&fpl::FPLSPC204E, &[&self.text[self.at..]]);
        }
        Fault::new(&fpl::FPLSPC1091E, &[&self.text[self.at..]])
    }

    /// The operator that is next, which stays.
    fn operator(&mut self) -> Option<&'static Row> {
        self.peek()?;
        let rest = &self.text[self.at..];
        OPERATORS.iter().find(|r| rest.starts_with(r.text))
    }

    fn deeper<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Fault::new(&fpl::FPLSPC105E, &[]));
        }
        let result = f(self);
        self.depth -= 1;
        result
    }

    /// `expr ; expr …`
    fn list(&mut self) -> Result<Expr, Fault> {
        let mut all = vec![self.assignment()?];
        while self.peek() == Some(b';') {
            self.at += 1;
            if matches!(self.peek(), None | Some(b')')) {
                break;
            }
            all.push(self.assignment()?);
        }
        match all.pop() {
            Some(only) if all.is_empty() => Ok(only),
            last => {
                all.extend(last);
                Ok(Expr::List(all))
            }
        }
    }

    /// `#n := expr`, or an expression without assignment.
    fn assignment(&mut self) -> Result<Expr, Fault> {
        self.deeper(|p| {
            let left = p.choice()?;
            let Some(&Row {
                text,
                join: Join::Assign(operator),
                ..
            }) = p.operator()
            else {
                return Ok(left);
            };
            let Expr::Counter(n) = left else {
                return Err(Fault::new(&fpl::FPLSPC1083E, &[&p.text[..p.at]]));
            };
            p.at += text.len();
            let value = p.assignment()?;
            Ok(Expr::Assign(n, operator, Box::new(value)))
        })
    }

    /// `test ? yes : no`
    fn choice(&mut self) -> Result<Expr, Fault> {
        let test = self.binary(1)?;
        if self.peek() != Some(b'?') {
            return Ok(test);
        }
        self.at += 1;
        let yes = self.assignment()?;
        if self.peek() != Some(b':') {
            return Err(Fault::new(&fpl::FPLSPC1082E, &[&self.text[..self.at]]));
        }
        self.at += 1;
        let no = self.assignment()?;
        Ok(Expr::Choose(Box::new([test, yes, no])))
    }

    /// Operators of two operands that bind as `least` does, or closer.
    fn binary(&mut self, least: u8) -> Result<Expr, Fault> {
        let mut left = self.unary()?;
        while let Some(row) = self.operator().filter(|r| r.binds >= least) {
            self.at += row.text.len();
            let right = self.deeper(|p| p.binary(row.binds + 1))?;
            left = row.join.of(left, right);
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr, Fault> {
        let Some(b) = self.peek() else {
            return Err(Fault::new(&fpl::FPLSPC666E, &[self.text]));
        };
        self.operands += 1;
        if self.operands > MOST {
            return Err(Fault::new(&fpl::FPLSPC105E, &[]));
        }
        let make: fn(Box<Expr>) -> Expr = match b {
            b'-' => Expr::Negate,
            b'+' => Expr::Plus,
            b'!' | b'^' | b'\\' | 0xac => Expr::Not,
            _ => return self.primary(),
        };
        self.at += 1;
        let of = self.deeper(Self::unary)?;
        Ok(make(Box::new(of)))
    }

    fn primary(&mut self) -> Result<Expr, Fault> {
        let Some(b) = self.peek() else {
            return Err(Fault::new(&fpl::FPLSPC666E, &[self.text]));
        };
        match b {
            b'(' => {
                self.at += 1;
                self.open += 1;
                let inner = self.list()?;
                self.close()?;
                Ok(inner)
            }
            b'#' => self.counter(),
            b'\'' | b'"' => self.quoted(b),
            b'0'..=b'9' | b'.' => self.literal(),
            b'a'..=b'z' | b'A'..=b'Z' => self.named(),
            b => Err(self.unexpected(b)),
        }
    }

    fn close(&mut self) -> Result<(), Fault> {
        match self.peek() {
            Some(b')') => {
                self.at += 1;
                self.open -= 1;
                Ok(())
            }
            None => Err(Fault::new(&fpl::FPLSCA200E, &[])),
            Some(b) => Err(self.unexpected(b)),
        }
    }

    /// What matches from here on.
    fn run(&mut self, which: impl Fn(&u8) -> bool) -> &'a [u8] {
        let rest = &self.text[self.at..];
        let end = rest.iter().position(|b| !which(b)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn counter(&mut self) -> Result<Expr, Fault> {
        self.at += 1;
        let word = self.run(u8::is_ascii_digit);
        let most = self.scope.reserved.unwrap_or(COUNTERS);
        let n = args::unsigned(word)
            .ok()
            .and_then(|n| usize::try_from(n).ok())
            .filter(|&n| n < most)
            .ok_or_else(|| Fault::new(&fpl::FPLSPC1561E, &[word]))?;
        self.scope.counters = self.scope.counters.max(n + 1);
        Ok(Expr::Counter(n))
    }

    fn quoted(&mut self, quote: u8) -> Result<Expr, Fault> {
        let mut text = Vec::new();
        loop {
            self.at += 1;
            let from = self.at;
            self.run(|&b| b != quote);
            text.extend_from_slice(&self.text[from..self.at]);
            if self.at == self.text.len() {
                return Err(Fault::new(&fpl::FPLSCA060E, &[&self.text[from - 1..]]));
            }
            self.at += 1;
            if self.text.get(self.at) != Some(&quote) {
                break;
            }
            text.push(quote);
        }
        Ok(Expr::Constant(Value::Text(text)))
    }

    fn literal(&mut self) -> Result<Expr, Fault> {
        let from = self.at;
        self.run(|b| b.is_ascii_digit() || *b == b'.');
        if matches!(self.text.get(self.at), Some(b'e' | b'E')) {
            let sign = matches!(self.text.get(self.at + 1), Some(b'+' | b'-'));
            let digit = self.at + 1 + usize::from(sign);
            if self.text.get(digit).is_some_and(u8::is_ascii_digit) {
                self.at = digit;
                self.run(u8::is_ascii_digit);
            }
        }
        let n = Num::parse(&self.text[from..self.at])?;
        Ok(Expr::Constant(Value::Num(n)))
    }

    /// A field identifier, a member of a structure or a function.
    fn named(&mut self) -> Result<Expr, Fault> {
        let name = self.run(|b| b.is_ascii_alphanumeric() || *b == b'_');
        if self.text.get(self.at) == Some(&b'(') {
            self.at += 1;
            self.open += 1;
            return self.deeper(|p| p.call(name));
        }
        let dotted = self.text.get(self.at) == Some(&b'.');
        match name {
            &[letter] if !dotted => match (self.defined(letter), &self.scope.members) {
                (Err(_), Some(_)) => self.member(name),
                (defined, _) => defined.map(Expr::Field),
            },
            _ if dotted || self.scope.members.is_some() => self.member(name),
            _ => Err(Fault::new(&fpl::FPLSPC1032E, &[name])),
        }
    }

    /// A member of a structure, perhaps behind the structure's name and a period.
    fn member(&mut self, name: &[u8]) -> Result<Expr, Fault> {
        let from = self.at - name.len();
        if self.text.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.run(|b| b.is_ascii_alphanumeric() || *b == b'_');
        }
        let scope = &mut *self.scope;
        let in_force = scope.members.as_ref();
        let member = scope
            .structures
            .member(&self.text[from..self.at], in_force)?;
        scope.asks_members = true;
        Ok(Expr::Member(Box::new(member)))
    }

    fn defined(&self, letter: u8) -> Result<Level, Fault> {
        identifier(letter)
            .filter(|&id| self.scope.fields[usize::from(id)])
            .ok_or_else(|| Fault::new(&fpl::FPLSPC1033E, &[&[letter]]))
    }

    fn call(&mut self, name: &[u8]) -> Result<Expr, Fault> {
        if name.eq_ignore_ascii_case(b"break") {
            self.peek();
            let word = self.run(|b| b.is_ascii_alphanumeric());
            let &[letter] = word else {
                return Err(Fault::new(&fpl::FPLSPC1032E, &[word]));
            };
            let id = self.defined(letter)?;
            self.close()?;
            self.scope.breaks[usize::from(id)] = true;
            return Ok(Expr::Break(id));
        }
        let bare = match name.to_ascii_lowercase().as_slice() {
            b"first" => Some(Expr::First),
            b"eof" => Some(Expr::Eof),
            b"number" | b"recno" => Some(Expr::Number),
            _ => None,
        };
        if let Some(bare) = bare {
            self.scope.asks_eof |= matches!(bare, Expr::Eof);
            self.close()?;
            return Ok(bare);
        }
        let Some(function) = functions::find(name) else {
            return Err(Fault::new(&fpl::FPLSPC1301E, &[name]));
        };
        let mut given = Vec::new();
        if self.peek() != Some(b')') {
            loop {
                given.push(match self.peek() {
                    Some(b',' | b')') => None,
                    _ => Some(self.assignment()?),
                });
                if self.peek() != Some(b',') {
                    break;
                }
                self.at += 1;
            }
        }
        self.close()?;
        let needed = given
            .iter()
            .take(function.least)
            .filter(|g| g.is_some())
            .count();
        if needed < function.least || given.len() > function.most {
            return Err(Fault::new(&fpl::FPLSPC1078E, &[function.name.as_bytes()]));
        }
        Ok(Expr::Call(function, given))
    }
}

/// What an operator makes of its operands.
#[derive(Debug, Clone, Copy)]
enum Join {
    Operator(Binary),
    And,
    Or,
    /// Assignment, perhaps of what the operator makes of the counter.
    Assign(Option<Binary>),
}

impl Join {
    fn of(self, left: Expr, right: Expr) -> Expr {
        let (left, right) = (Box::new(left), Box::new(right));
        match self {
            Join::Operator(op) => Expr::Binary(op, left, right),
            Join::And => Expr::And(left, right),
            Join::Or => Expr::Or(left, right),
            Join::Assign(_) => *right,
        }
    }
}

/// An operator: how it is written, how close it binds (0: below `?:`), what it makes.
struct Row {
    text: &'static [u8],
    binds: u8,
    join: Join,
}

const fn row(text: &'static [u8], binds: u8, join: Join) -> Row {
    Row { text, binds, join }
}

const fn arithmetic(text: &'static [u8], binds: u8, op: Binary) -> Row {
    row(text, binds, Join::Operator(op))
}

const fn assign(text: &'static [u8], op: Option<Binary>) -> Row {
    row(text, 0, Join::Assign(op))
}

const fn compare(text: &'static [u8], test: Test) -> Row {
    row(text, 3, Join::Operator(Binary::Compare(test)))
}

const fn strict(text: &'static [u8], test: Test) -> Row {
    row(text, 3, Join::Operator(Binary::Strict(test)))
}

/// The operators; one that begins another stands behind it.
const OPERATORS: &[Row] = &[
    strict(b"!==", Test::NotEqual),
    strict(b"^==", Test::NotEqual),
    strict(b"\\==", Test::NotEqual),
    strict(b"\xac==", Test::NotEqual),
    strict(b"<<=", Test::LessEqual),
    strict(b">>=", Test::GreaterEqual),
    assign(b"||=", Some(Binary::Concatenate)),
    assign(b"//=", Some(Binary::Remainder)),
    strict(b"==", Test::Equal),
    strict(b"<<", Test::Less),
    strict(b">>", Test::Greater),
    compare(b"!=", Test::NotEqual),
    compare(b"^=", Test::NotEqual),
    compare(b"\\=", Test::NotEqual),
    compare(b"\xac=", Test::NotEqual),
    compare(b"<>", Test::NotEqual),
    compare(b"><", Test::NotEqual),
    compare(b"<=", Test::LessEqual),
    compare(b">=", Test::GreaterEqual),
    assign(b":=", None),
    assign(b"+=", Some(Binary::Add)),
    assign(b"-=", Some(Binary::Subtract)),
    assign(b"*=", Some(Binary::Multiply)),
    assign(b"/=", Some(Binary::Divide)),
    assign(b"%=", Some(Binary::IntDivide)),
    arithmetic(b"||", 4, Binary::Concatenate),
    arithmetic(b"//", 6, Binary::Remainder),
    arithmetic(b"**", 7, Binary::Power),
    arithmetic(b"&&", 1, Binary::Xor),
    row(b"|", 1, Join::Or),
    row(b"&", 2, Join::And),
    compare(b"=", Test::Equal),
    compare(b"<", Test::Less),
    compare(b">", Test::Greater),
    arithmetic(b"+", 5, Binary::Add),
    arithmetic(b"-", 5, Binary::Subtract),
    arithmetic(b"*", 6, Binary::Multiply),
    arithmetic(b"/", 6, Binary::Divide),
    arithmetic(b"%", 6, Binary::IntDivide),
];
