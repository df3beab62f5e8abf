//! ADDRESS in all its forms, with the redirections of WITH (ANSI X3.274 section 8.3.1; SC24-5770,
//! ADDRESS).

use super::token::Tok;
use super::{Parsed, Parser};
use crate::rexx::ast::{Address, Connection, Expr, Io, Kind, Target};
use crate::rexx::names::Symbol;
use crate::rexx::{Error, Keep, Value};

/// The subcode of error 25 for what cannot stand behind INPUT.
const INPUT: u16 = 6;

impl Parser<'_> {
    /// ADDRESS, after the keyword.
    pub fn address(&mut self) -> Parsed<Kind> {
        if self.at_end() {
            return Ok(Kind::Address(Box::new(Address::Swap)));
        }
        let computed = self.take_word("VALUE") || self.starts_expression();
        let name = if computed {
            self.expr_until(&["WITH"])?
        } else {
            Expr::Const(Value::from_vec(self.name_here(1)?))
        };
        let command = match computed || self.at_end() || self.is_word("WITH") {
            true => None,
            false => Some(self.expr_until(&["WITH"])?),
        };
        let with = match self.take_word("WITH") {
            true => Some(self.connection()?),
            false => None,
        };
        Ok(Kind::Address(Box::new(match command {
            None => Address::Set(name, with),
            Some(command) => Address::Once(name, command, with),
        })))
    }

    /// INPUT, OUTPUT and ERROR, each at most once, in any order.
    fn connection(&mut self) -> Parsed<Connection> {
        let mut with = Connection::default();
        while !self.at_end() {
            let (place, subcode) = match () {
                () if with.input.is_none() && self.take_word("INPUT") => (&mut with.input, INPUT),
                () if with.output.is_none() && self.take_word("OUTPUT") => (&mut with.output, 7),
                () if with.error.is_none() && self.take_word("ERROR") => (&mut with.error, 14),
                () => return Err(Error::new(25, 5, &[self.found()])),
            };
            *place = Some(self.io(subcode)?);
        }
        if with.input.is_none() && with.output.is_none() && with.error.is_none() {
            return Err(Error::new(25, 5, &[b""]));
        }
        Ok(with)
    }

    /// What stands behind INPUT, OUTPUT or ERROR, which the subcode of error 25 tells apart.
    fn io(&mut self, subcode: u16) -> Parsed<Io> {
        let (place, subcode) = match () {
            () if subcode != INPUT && self.take_word("APPEND") => (Keep::Append, 8),
            () if subcode != INPUT && self.take_word("REPLACE") => (Keep::Replace, 9),
            () => (Keep::Replace, subcode),
        };
        if !matches!(subcode, 8 | 9) && self.take_word("NORMAL") {
            return Ok(Io::Normal);
        }
        if self.take_word("STREAM") {
            return Ok(Io::Stream(place, self.stream_name()?));
        }
        if !self.take_word("STEM") {
            return Err(Error::new(25, subcode, &[self.found()]));
        }
        let Some(token) = self.peek().filter(|t| t.kind == Tok::Symbol) else {
            return Err(Error::new(53, 2, &[self.found()]));
        };
        match self.names.symbol(self.text_of(token)) {
            Symbol::Variable(Target::Stem(stem)) => {
                self.at += 1;
                Ok(Io::Stem(place, stem))
            }
            _ => Err(Error::new(53, 3, &[self.text_of(token)])),
        }
    }

    /// The name of a stream: a string, a variable, or an expression in parentheses.
    fn stream_name(&mut self) -> Parsed<Expr> {
        let Some(token) = self.peek() else {
            return Err(Error::new(53, 1, &[b""]));
        };
        match token.kind {
            Tok::String | Tok::Hex | Tok::Binary => {
                let text = self.literal(token)?.to_vec();
                self.at += 1;
                Ok(Expr::Const(Value::from_vec(text)))
            }
            Tok::Symbol => {
                self.at += 1;
                match self.names.symbol(self.text_of(token)) {
                    Symbol::Constant(text) => Ok(Expr::Const(Value::from_vec(text))),
                    Symbol::Variable(target) => Ok(super::variable(target)),
                }
            }
            Tok::Op(b'(') => self.parenthesis(),
            _ => Err(Error::new(53, 1, &[self.found()])),
        }
    }
}
