//! Expressions: flat runs of operands and operators, put in order by precedence
//! (ANSI X3.274 section 7.4.1; SC24-5770 chapter 2, "Expressions and operators").

use super::token::Tok;
use super::{Parsed, Parser};
use crate::rexx::ast::{Expr, FunctionCall, Glue, Op, Prefix, Target};
use crate::rexx::bif;
use crate::rexx::names::Symbol;
use crate::rexx::{Error, Value};

/// How deep an expression may nest: error 11 beyond.
const DEPTH: usize = 1000;

/// An infix operator with its binding strength.
#[derive(Clone, Copy)]
enum Infix {
    Concat(Glue),
    Op(Op),
}

const CONCAT: u8 = 4;

fn strength(op: Op) -> u8 {
    match op {
        Op::Or | Op::Xor => 1,
        Op::And => 2,
        Op::Add | Op::Sub => 5,
        Op::Mul | Op::Div | Op::IntDiv | Op::Rem => 6,
        Op::Power => 7,
        _ => 3,
    }
}

impl Parser<'_> {
    /// An expression that ends where one of `stops` stands as a word.
    pub fn expr_until(&mut self, stops: &'static [&'static str]) -> Parsed<Expr> {
        let before = std::mem::replace(&mut self.stops, stops);
        let e = self.expr(0);
        self.stops = before;
        e
    }

    /// An expression, or nothing when the clause ends here.
    pub fn optional_expr(&mut self) -> Parsed<Option<Expr>> {
        if self.at_end() {
            return Ok(None);
        }
        self.expr(0).map(Some)
    }

    /// An expression of operators that bind at least as strongly as `least`.
    pub fn expr(&mut self, least: u8) -> Parsed<Expr> {
        self.depth += 1;
        if self.depth > DEPTH {
            self.depth = 0;
            return Err(Error::new(11, 1, &[]));
        }
        let mut left = self.operand()?;
        // How high the tree is that has grown so far: walking it must not overflow the stack.
        let mut height = self.height;
        while let Some((infix, width)) = self.infix()? {
            let op = match infix {
                Infix::Concat(_) if CONCAT < least => break,
                Infix::Concat(glue) => {
                    self.at += width;
                    let right = self.expr(CONCAT + 1)?;
                    height = self.above(height)?;
                    left = joined(left, glue, right);
                    continue;
                }
                Infix::Op(op) => op,
            };
            if strength(op) < least {
                break;
            }
            self.at += width;
            let right = self.expr(strength(op) + 1)?;
            height = self.above(height)? + 1;
            left = Expr::Binary(op, Box::new(left), Box::new(right));
        }
        self.depth = self.depth.saturating_sub(1);
        self.height = height;
        Ok(left)
    }

    /// The height of what joins a tree of this height and the one just read.
    fn above(&self, height: usize) -> Parsed<usize> {
        let height = height.max(self.height);
        if height > DEPTH {
            return Err(Error::new(11, 1, &[]));
        }
        Ok(height)
    }

    /// The operator here and how many tokens it takes; `None` at the end of the expression.
    fn infix(&self) -> Parsed<Option<(Infix, usize)>> {
        let Some(token) = self.peek() else {
            return Ok(None);
        };
        let Tok::Op(first) = token.kind else {
            self.check_bad()?;
            return Ok((token.kind != Tok::End && !self.stops_here())
                .then(|| (Infix::Concat(self.glue()), 0)));
        };
        let next = |n| self.is_op(1, n);
        let third = |n| self.is_op(2, n);
        let one = |op| Ok(Some((Infix::Op(op), 1)));
        let two = |op| Ok(Some((Infix::Op(op), 2)));
        let three = |op| Ok(Some((Infix::Op(op), 3)));
        match first {
            b'(' => Ok(Some((Infix::Concat(self.glue()), 0))),
            b'+' => one(Op::Add),
            b'-' => one(Op::Sub),
            b'*' if next(b'*') => two(Op::Power),
            b'*' => one(Op::Mul),
            b'/' if next(b'/') => two(Op::Rem),
            b'/' if next(b'=') && third(b'=') => three(Op::StrictNe),
            b'/' if next(b'=') => two(Op::Ne),
            b'/' => one(Op::Div),
            b'%' => one(Op::IntDiv),
            b'|' if next(b'|') => Ok(Some((Infix::Concat(Glue::Abut), 2))),
            b'|' => one(Op::Or),
            b'&' if next(b'&') => two(Op::Xor),
            b'&' => one(Op::And),
            b'=' if next(b'=') => two(Op::StrictEq),
            b'=' => one(Op::Eq),
            b'>' if next(b'>') && third(b'=') => three(Op::StrictGe),
            b'>' if next(b'>') => two(Op::StrictGt),
            b'>' if next(b'=') => two(Op::Ge),
            b'>' if next(b'<') => two(Op::Ne),
            b'>' => one(Op::Gt),
            b'<' if next(b'<') && third(b'=') => three(Op::StrictLe),
            b'<' if next(b'<') => two(Op::StrictLt),
            b'<' if next(b'=') => two(Op::Le),
            b'<' if next(b'>') => two(Op::Ne),
            b'<' => one(Op::Lt),
            b'\\' if next(b'=') && third(b'=') => three(Op::StrictNe),
            b'\\' if next(b'=') => two(Op::Ne),
            b'\\' if next(b'>') && third(b'>') => three(Op::StrictLe),
            b'\\' if next(b'>') => two(Op::Le),
            b'\\' if next(b'<') && third(b'<') => three(Op::StrictGe),
            b'\\' if next(b'<') => two(Op::Ge),
            b',' | b')' | b':' => Ok(None),
            _ => Err(self.bad_expression()),
        }
    }

    /// Error 35 at the token here.
    pub fn bad_expression(&self) -> Error {
        Error::new(35, 1, &[self.found()])
    }

    /// Error for what follows a complete expression.
    pub fn after_expression(&self) -> Parsed<()> {
        match self.peek().map(|t| t.kind) {
            None | Some(Tok::End) => Ok(()),
            Some(Tok::Op(b',')) => Err(Error::bare(37, 1)),
            Some(Tok::Op(b')')) => Err(Error::bare(37, 2)),
            Some(Tok::Op(_)) => Err(self.bad_expression()),
            Some(_) => Err(Error::new(21, 1, &[self.found()])),
        }
    }

    fn stops_here(&self) -> bool {
        self.stops.iter().any(|word| self.is_word(word))
    }

    /// Whether a blank stands between the token before and the one here.
    fn glue(&self) -> Glue {
        let end = self
            .at
            .checked_sub(1)
            .map_or(0, |i| self.tokens[i].end as usize);
        let start = self.peek().map_or(end, |t| t.start as usize);
        let mut depth = 0usize;
        let mut i = end;
        while i < start {
            match &self.text[i..start] {
                [b'/', b'*', ..] => {
                    depth += 1;
                    i += 1;
                }
                [b'*', b'/', ..] => {
                    depth = depth.saturating_sub(1);
                    i += 1;
                }
                _ if depth == 0 => return Glue::Blank,
                _ => {}
            }
            i += 1;
        }
        Glue::Abut
    }

    fn operand(&mut self) -> Parsed<Expr> {
        let Some(token) = self
            .peek()
            .filter(|t| t.kind != Tok::End && !self.stops_here())
        else {
            return Err(self.bad_expression());
        };
        self.height = 0;
        match token.kind {
            Tok::Op(b'(') => self.parenthesis(),
            Tok::Op(op @ (b'+' | b'-' | b'\\')) => {
                // `\=` at an operand's place is no prefix.
                self.at += 1;
                self.depth += 1;
                if self.depth > DEPTH {
                    self.depth = 0;
                    return Err(Error::new(11, 1, &[]));
                }
                let inner = self.operand()?;
                self.depth = self.depth.saturating_sub(1);
                self.height = self.above(0)? + 1;
                let prefix = match op {
                    b'+' => Prefix::Plus,
                    b'-' => Prefix::Minus,
                    _ => Prefix::Not,
                };
                Ok(Expr::Prefix(prefix, Box::new(inner)))
            }
            // Inside an expression an operand is missing; only at its start the mark itself is wrong.
            Tok::Op(b',') if self.depth <= 1 => Err(Error::bare(37, 1)),
            Tok::Op(b')') if self.depth <= 1 && self.parens == 0 => Err(Error::bare(37, 2)),
            Tok::Op(_) => Err(self.bad_expression()),
            Tok::Symbol => self.symbol(),
            Tok::String | Tok::Hex | Tok::Binary => {
                let value = self.literal(token)?;
                self.at += 1;
                if self.calls_here() {
                    return self.call(value.to_vec(), true);
                }
                Ok(Expr::Const(value))
            }
            Tok::Unmatched | Tok::Bad | Tok::End => {
                self.check_bad()?;
                Err(self.bad_expression())
            }
        }
    }

    /// Whether a parenthesis stands directly after the token just taken.
    fn calls_here(&self) -> bool {
        let end = self.at.checked_sub(1).map_or(0, |i| self.tokens[i].end);
        self.peek()
            .is_some_and(|t| t.kind == Tok::Op(b'(') && t.start == end)
    }

    fn symbol(&mut self) -> Parsed<Expr> {
        let Some(token) = self.peek() else {
            return Err(self.bad_expression());
        };
        let text = self.text_of(token);
        self.at += 1;
        if self.calls_here() {
            if text.ends_with(b".") && text.len() > 1 {
                return Err(Error::new(51, 1, &[text]));
            }
            return self.call(text.to_ascii_uppercase(), false);
        }
        if let [b'.', first, ..] = text
            && !first.is_ascii_digit()
            && self.dialect.has_reserved_symbols()
        {
            return self.reserved(text);
        }
        Ok(match self.names.symbol(text) {
            Symbol::Constant(text) => match self.open.binary_search(&token.start) {
                Ok(at) => {
                    self.opened += 1;
                    Expr::Param(at as u32)
                }
                Err(_) => Expr::Const(Value::from_vec(text)),
            },
            Symbol::Variable(target) => variable(target),
        })
    }

    /// A symbol of a period and a name: its value is asked for when it is needed.
    fn reserved(&mut self, written: &[u8]) -> Parsed<Expr> {
        let name = written.to_ascii_uppercase();
        let row = bif::reserved(&name).ok_or_else(|| Error::new(50, 1, &[written]))?;
        self.names.tells_result |= row.name == bif::RESULT_SYMBOL;
        self.height = self.above(0)? + 1;
        Ok(Expr::Call(Box::new(FunctionCall {
            name,
            quoted: true,
            args: Vec::new(),
        })))
    }

    /// An expression in parentheses; the first one stands here.
    pub fn parenthesis(&mut self) -> Parsed<Expr> {
        let line = self.peek().map_or(0, |t| t.line);
        self.at += 1;
        self.parens += 1;
        let e = self.expr(0)?;
        self.parens -= 1;
        if self.take_op(b')') {
            return Ok(e);
        }
        if self.is_op(0, b',') {
            return Err(Error::bare(37, 1));
        }
        Err(Error::new(36, 1, &[line.to_string().as_bytes()]))
    }

    /// The arguments of a function; the parenthesis stands here.
    fn call(&mut self, name: Vec<u8>, quoted: bool) -> Parsed<Expr> {
        let line = self.peek().map_or(0, |t| t.line);
        self.at += 1;
        self.parens += 1;
        let args = self.arguments()?;
        self.parens -= 1;
        self.height = self.above(0)? + 1;
        if !self.take_op(b')') {
            return Err(Error::new(36, 1, &[line.to_string().as_bytes()]));
        }
        Ok(Expr::Call(Box::new(FunctionCall { name, quoted, args })))
    }

    /// Arguments up to a closing parenthesis or the end of the clause.
    pub fn arguments(&mut self) -> Parsed<Vec<Option<Expr>>> {
        let mut args = Vec::new();
        let mut height = 0;
        if self.at_end() || self.is_op(0, b')') {
            return Ok(args);
        }
        loop {
            let omitted = self.at_end() || self.is_op(0, b',') || self.is_op(0, b')');
            args.push(if omitted { None } else { Some(self.expr(0)?) });
            height = self.above(height)?;
            self.height = height;
            if !self.take_op(b',') {
                break;
            }
        }
        // The last argument that is there ends the list: `f(1,,)` has one.
        let kept = args
            .iter()
            .rposition(Option::is_some)
            .map_or(0, |at| at + 1);
        args.truncate(kept);
        Ok(args)
    }
}

/// A variable as an expression.
pub fn variable(target: Target) -> Expr {
    match target {
        Target::Simple(id) => Expr::Var(id),
        Target::Stem(id) => Expr::Stem(id),
        Target::Compound(id, tail) => Expr::Compound(id, tail),
    }
}

/// Joins two operands, flat: `a b c` is one list.
fn joined(left: Expr, glue: Glue, right: Expr) -> Expr {
    match left {
        Expr::Concat(mut list) => {
            list.push((glue, right));
            Expr::Concat(list)
        }
        left => Expr::Concat(vec![(Glue::Abut, left), (glue, right)]),
    }
}
