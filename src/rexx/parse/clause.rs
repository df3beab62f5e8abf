//! Clauses: labels, assignments, keyword instructions, commands (SC24-5770 chapter 3).

use super::token::{LONGEST_NAME, Tok, Token};
use super::{Parsed, Parser};
use crate::rexx::ast::{
    Call, Clause, Condition, Do, Expr, FunctionCall, Kind, Limit, Named, Numeric, Target, Trace,
    Trap, TrapKind, Until,
};
use crate::rexx::names::Symbol;
use crate::rexx::{Error, Value};

/// Reads the rest of an instruction; the keyword is taken already.
type Instruction = fn(&mut Parser<'_>) -> Parsed<Kind>;

/// The keyword instructions.
const INSTRUCTIONS: &[(&str, Instruction)] = &[
    ("ADDRESS", |p| p.address()),
    ("ARG", |p| p.arg()),
    ("CALL", |p| p.call_clause()),
    ("DO", |p| p.do_clause()),
    ("DROP", |p| p.drop_clause()),
    ("ELSE", |_| Ok(Kind::Else)),
    ("END", |p| Ok(Kind::End(p.block_name(21)?))),
    ("EXIT", |p| Ok(Kind::Exit(p.optional_expr()?))),
    ("IF", |p| Ok(Kind::If(p.expr_until(&["THEN"])?))),
    ("INTERPRET", |p| Ok(Kind::Interpret(p.expr(0)?))),
    ("ITERATE", |p| Ok(Kind::Iterate(p.block_name(20)?))),
    ("LEAVE", |p| Ok(Kind::Leave(p.block_name(20)?))),
    ("NOP", |_| Ok(Kind::Nop)),
    ("NUMERIC", |p| p.numeric()),
    ("OPTIONS", |p| Ok(Kind::Options(p.expr(0)?))),
    ("OTHERWISE", |_| Ok(Kind::Otherwise)),
    ("PARSE", |p| p.parse_clause()),
    ("PROCEDURE", |p| p.procedure()),
    ("PULL", |p| p.pull()),
    ("PUSH", |p| Ok(Kind::Push(p.optional_expr()?))),
    ("QUEUE", |p| Ok(Kind::Queue(p.optional_expr()?))),
    ("RETURN", |p| Ok(Kind::Return(p.optional_expr()?))),
    ("SAY", |p| Ok(Kind::Say(p.optional_expr()?))),
    ("SELECT", |_| Ok(Kind::Select)),
    ("SIGNAL", |p| p.signal()),
    ("THEN", |_| Ok(Kind::Then)),
    ("TRACE", |p| p.trace()),
    ("UPPER", |p| p.upper()),
    ("WHEN", |p| Ok(Kind::When(p.expr_until(&["THEN"])?))),
];

/// The words that end an expression within a DO clause.
const DO_WORDS: &[&str] = &["TO", "BY", "FOR", "WHILE", "UNTIL"];

impl Parser<'_> {
    /// All clauses to the end of the text.
    pub fn clauses(&mut self) -> Vec<Clause> {
        let mut out = Vec::new();
        while let Some(first) = self.peek() {
            if first.kind == Tok::End {
                self.at += 1;
                continue;
            }
            let from = self.at;
            self.depth = 0;
            self.stops = &[];
            self.parens = 0;
            let mut kind = self.clause(first).unwrap_or_else(|mut error| {
                error.place = self.peek().map(|t| (t.start, t.end));
                self.skip();
                Kind::Error(error)
            });
            let names = self.tokens[from..self.at.max(from)].iter();
            if names.clone().any(|t| t.is_long_name()) {
                let limit = LONGEST_NAME.to_string();
                kind = Kind::Error(Error::new(30, 1, &[limit.as_bytes()]));
            }
            let end = match self.at.checked_sub(1).filter(|&last| last >= from) {
                Some(last) => self.tokens[last].end,
                None => first.end,
            };
            out.push(Clause {
                line: first.line,
                start: first.start,
                end,
                kind,
            });
        }
        out
    }

    /// Goes to the end of the clause.
    fn skip(&mut self) {
        while self.peek().is_some_and(|t| t.kind != Tok::End) {
            self.at += 1;
        }
    }

    fn clause(&mut self, first: Token) -> Parsed<Kind> {
        self.check_bad()?;
        if first.kind == Tok::Symbol {
            if self.is_op(1, b':') {
                self.at += 2;
                return Ok(Kind::Label(self.text_of(first).to_ascii_uppercase()));
            }
            if self.is_op(1, b'=') && !self.is_op(2, b'=') {
                let kind = self.assignment(first)?;
                self.after_expression()?;
                return Ok(kind);
            }
            let word = self.text_of(first);
            let row = INSTRUCTIONS.iter().find(|row| {
                word.eq_ignore_ascii_case(row.0.as_bytes()) && self.dialect.has_instruction(row.0)
            });
            if let Some((_, read)) = row {
                self.at += 1;
                let kind = read(self)?;
                let open = match kind {
                    Kind::Then | Kind::Else | Kind::Otherwise => true,
                    Kind::If(_) | Kind::When(_) => self.is_word("THEN"),
                    _ => false,
                };
                if !open {
                    self.after_clause(&kind)?;
                }
                return Ok(kind);
            }
        }
        let command = self.expr(0)?;
        self.after_expression()?;
        Ok(Kind::Command(command))
    }

    /// Error for what follows a complete instruction.
    fn after_clause(&self, kind: &Kind) -> Parsed<()> {
        self.check_bad()?;
        if self.at_end() {
            return Ok(());
        }
        match kind {
            Kind::If(_) => Err(Error::new(18, 1, &[self.found()])),
            Kind::When(_) => Err(Error::new(18, 2, &[self.found()])),
            Kind::Do(_) if self.peek().is_some_and(|t| t.kind == Tok::Symbol) => {
                Err(Error::new(27, 1, &[self.found()]))
            }
            Kind::Nop | Kind::Select | Kind::End(_) | Kind::Leave(_) | Kind::Iterate(_) => {
                Err(Error::new(21, 1, &[self.found()]))
            }
            _ => self.after_expression(),
        }
    }

    fn assignment(&mut self, first: Token) -> Parsed<Kind> {
        let target = self.target(first)?;
        self.at += 2;
        if self.at_end() {
            self.check_bad()?;
            return Ok(Kind::Assign(target, Expr::Const(Value::empty())));
        }
        Ok(Kind::Assign(target, self.expr(0)?))
    }

    /// The variable that a symbol token names.
    pub fn target(&mut self, token: Token) -> Parsed<Target> {
        let text = self.text_of(token);
        match self.names.symbol(text) {
            Symbol::Variable(target) => Ok(target),
            Symbol::Constant(name) => {
                let sub = match name.first() {
                    _ if crate::num::Number::parse(&name).is_some() => 1,
                    Some(b'.') => 3,
                    _ => 2,
                };
                Err(Error::new(31, sub, &[text]))
            }
        }
    }

    /// The variable here; error 20.1 for anything else.
    pub fn variable_here(&mut self) -> Parsed<Target> {
        self.check_bad()?;
        let token = self.peek().filter(|t| t.kind == Tok::Symbol);
        let target = token.and_then(|t| self.target(t).ok());
        let Some(target) = target else {
            return Err(Error::new(20, 1, &[self.found()]));
        };
        self.at += 1;
        Ok(target)
    }

    /// Whether an operator stands here that an expression can begin with: VALUE is understood.
    pub fn starts_expression(&self) -> bool {
        b"(+-\\".iter().any(|op| self.is_op(0, *op))
    }

    /// The name after END, LEAVE or ITERATE, if any; error 20.2 or 21.1 for what is no name.
    fn block_name(&mut self, number: u16) -> Parsed<Option<Vec<u8>>> {
        if self.at_end() {
            return Ok(None);
        }
        self.check_bad()?;
        let subcode = if number == 20 { 2 } else { 1 };
        let token = self.peek().filter(|t| t.kind == Tok::Symbol);
        let Some(token) = token.filter(|t| self.target(*t).is_ok()) else {
            return Err(Error::new(number, subcode, &[self.found()]));
        };
        self.at += 1;
        Ok(Some(self.text_of(token).to_ascii_uppercase()))
    }

    /// A symbol or string here, as a name; error 19 with this subcode otherwise.
    pub fn name_here(&mut self, subcode: u16) -> Parsed<Vec<u8>> {
        self.check_bad()?;
        let Some(token) = self.peek() else {
            return Err(Error::new(19, subcode, &[b""]));
        };
        let name = match token.kind {
            Tok::Symbol => self.text_of(token).to_ascii_uppercase(),
            Tok::String | Tok::Hex | Tok::Binary => self.literal(token)?.to_vec(),
            _ => return Err(Error::new(19, subcode, &[self.found()])),
        };
        self.at += 1;
        Ok(name)
    }

    fn do_clause(&mut self) -> Parsed<Kind> {
        let mut d = Do::default();
        if self.at_end() {
            return Ok(Kind::Do(Box::new(d)));
        }
        let first = self.peek();
        if let Some(token) = first
            && token.kind == Tok::Symbol
            && self.is_op(1, b'=')
            && !self.is_op(2, b'=')
        {
            d.name = self.text_of(token).to_ascii_uppercase();
            let target = self.target(token)?;
            self.at += 2;
            d.control = Some((target, self.expr_until(DO_WORDS)?));
            self.limits(&mut d)?;
        } else if self.take_word("FOREVER") {
            d.forever = true;
        } else if !self.is_word("WHILE") && !self.is_word("UNTIL") {
            d.limits
                .push((Limit::Count, self.expr_until(&["WHILE", "UNTIL"])?));
        }
        for (word, kind) in [("WHILE", Until::While), ("UNTIL", Until::Until)] {
            if d.condition.is_none() && self.take_word(word) {
                d.condition = Some((kind, self.expr_until(DO_WORDS)?));
            }
        }
        if d.forever && !self.at_end() && d.condition.is_none() {
            return Err(Error::new(25, 16, &[self.found()]));
        }
        if !self.at_end() && self.peek().is_some_and(|t| t.kind == Tok::Symbol) {
            return Err(Error::new(27, 1, &[self.found()]));
        }
        Ok(Kind::Do(Box::new(d)))
    }

    /// TO, BY and FOR, each at most once, in any order.
    fn limits(&mut self, d: &mut Do) -> Parsed<()> {
        loop {
            let limit = match () {
                () if self.is_word("TO") => Limit::To,
                () if self.is_word("BY") => Limit::By,
                () if self.is_word("FOR") => Limit::For,
                () => return Ok(()),
            };
            if d.limits.iter().any(|(l, _)| *l == limit) {
                return Err(Error::new(27, 1, &[self.found()]));
            }
            self.at += 1;
            let e = self.expr_until(DO_WORDS)?;
            d.limits.push((limit, e));
        }
    }

    fn call_clause(&mut self) -> Parsed<Kind> {
        for (word, on) in [("ON", true), ("OFF", false)] {
            if self.is_word(word)
                && !self
                    .peek_at(1)
                    .is_some_and(|t| matches!(t.kind, Tok::Op(_)))
            {
                self.at += 1;
                return self.trap(TrapKind::Call, on);
            }
        }
        if self.is_op(0, b'(') {
            let name = self.parenthesis().map_err(|e| match e.number {
                36 => Error::new(46, 1, &[self.found()]),
                _ => e,
            })?;
            let args = self.arguments()?;
            return Ok(Kind::Call(Box::new(Call::Computed(name, args))));
        }
        let quoted = self.peek().is_some_and(|t| t.kind != Tok::Symbol);
        let name = self.name_here(2)?;
        let args = self.arguments()?;
        Ok(Kind::Call(Box::new(Call::Routine(FunctionCall {
            name,
            quoted,
            args,
        }))))
    }

    fn signal(&mut self) -> Parsed<Kind> {
        for (word, on) in [("ON", true), ("OFF", false)] {
            if self.is_word(word) {
                self.at += 1;
                return self.trap(TrapKind::Signal, on);
            }
        }
        if self.take_word("VALUE") {
            return Ok(Kind::SignalValue(self.expr(0)?));
        }
        if self.starts_expression() {
            return Ok(Kind::SignalValue(self.expr(0)?));
        }
        Ok(Kind::Signal(self.name_here(4)?))
    }

    /// The rest of SIGNAL ON and its like.
    fn trap(&mut self, by: TrapKind, on: bool) -> Parsed<Kind> {
        let found = Condition::ALL.iter().find(|(_, name)| self.is_word(name));
        let allowed = |c: Condition| {
            by == TrapKind::Signal
                || matches!(
                    c,
                    Condition::Error | Condition::Failure | Condition::Halt | Condition::NotReady
                )
        };
        let Some(&(condition, name)) = found.filter(|(c, _)| allowed(*c)) else {
            let sub = match (by, on) {
                (TrapKind::Call, true) => 1,
                (TrapKind::Call, false) => 2,
                (TrapKind::Signal, true) => 3,
                (TrapKind::Signal, false) => 4,
            };
            return Err(Error::new(25, sub, &[self.found()]));
        };
        self.at += 1;
        let label = if !on {
            None
        } else if self.take_word("NAME") {
            Some(self.name_here(3)?)
        } else {
            Some(name.as_bytes().to_vec())
        };
        Ok(Kind::Trap(Trap {
            condition,
            by,
            label,
        }))
    }

    fn numeric(&mut self) -> Parsed<Kind> {
        if self.take_word("DIGITS") {
            return Ok(Kind::Numeric(Numeric::Digits(self.optional_expr()?)));
        }
        if self.take_word("FUZZ") {
            return Ok(Kind::Numeric(Numeric::Fuzz(self.optional_expr()?)));
        }
        if !self.take_word("FORM") {
            return Err(Error::new(25, 15, &[self.found()]));
        }
        let form = if self.at_end() || self.take_word("SCIENTIFIC") {
            Numeric::Scientific
        } else if self.take_word("ENGINEERING") {
            Numeric::Engineering
        } else {
            let value = self.take_word("VALUE");
            if !value && self.peek().is_some_and(|t| t.kind == Tok::Symbol) {
                return Err(Error::new(25, 11, &[self.found()]));
            }
            Numeric::Form(self.expr(0)?)
        };
        Ok(Kind::Numeric(form))
    }

    fn procedure(&mut self) -> Parsed<Kind> {
        if self.at_end() {
            return Ok(Kind::Procedure(Vec::new()));
        }
        if !self.take_word("EXPOSE") {
            return Err(Error::new(25, 17, &[self.found()]));
        }
        Ok(Kind::Procedure(self.named_list()?))
    }

    fn drop_clause(&mut self) -> Parsed<Kind> {
        Ok(Kind::Drop(self.named_list()?))
    }

    /// One or more names, or variables in parentheses.
    fn named_list(&mut self) -> Parsed<Vec<Named>> {
        let mut list = Vec::new();
        loop {
            if self.take_op(b'(') {
                let target = self.variable_here()?;
                if !self.take_op(b')') {
                    return Err(Error::new(46, 1, &[self.found()]));
                }
                list.push(Named::Indirect(target));
            } else {
                list.push(Named::Direct(self.variable_here()?));
            }
            if self.at_end() {
                return Ok(list);
            }
        }
    }

    fn upper(&mut self) -> Parsed<Kind> {
        let mut list = vec![self.variable_here()?];
        while !self.at_end() {
            list.push(self.variable_here()?);
        }
        Ok(Kind::Upper(list))
    }

    fn trace(&mut self) -> Parsed<Kind> {
        if self.at_end() {
            return Ok(Kind::Trace(Trace::Setting(Vec::new())));
        }
        if self.take_word("VALUE") {
            return Ok(Kind::Trace(Trace::Value(self.expr(0)?)));
        }
        if self.starts_expression() {
            return Ok(Kind::Trace(Trace::Value(self.expr(0)?)));
        }
        Ok(Kind::Trace(Trace::Setting(self.name_here(6)?)))
    }
}
