//! PARSE, ARG and PULL with their templates (SC24-5770 chapter 5, "Parsing").

use super::token::{Tok, Token};
use super::{Parsed, Parser};
use crate::rexx::Error;
use crate::rexx::ast::{Fold, Kind, Parse, ParseSource, Pattern, Place, Step, Target, Template};

impl Parser<'_> {
    /// `ARG template` is `PARSE UPPER ARG template`.
    pub fn arg(&mut self) -> Parsed<Kind> {
        self.finish(Fold::Upper, false, ParseSource::Arg)
    }

    /// `PULL template` is `PARSE UPPER PULL template`.
    pub fn pull(&mut self) -> Parsed<Kind> {
        self.finish(Fold::Upper, false, ParseSource::Pull)
    }

    /// PARSE, after the keyword.
    pub fn parse_clause(&mut self) -> Parsed<Kind> {
        let mut fold = Fold::None;
        let mut caseless = false;
        loop {
            if fold == Fold::None && self.take_word("UPPER") {
                fold = Fold::Upper;
            } else if fold == Fold::None && self.take_word("LOWER") {
                fold = Fold::Lower;
            } else if !caseless && self.take_word("CASELESS") {
                caseless = true;
            } else {
                break;
            }
        }
        let subcode = if fold == Fold::None { 12 } else { 13 };
        let source = match () {
            () if self.take_word("ARG") => ParseSource::Arg,
            () if self.takes_source("EXTERNAL") => ParseSource::External,
            () if self.take_word("LINEIN") => ParseSource::Linein,
            () if self.takes_source("NUMERIC") => ParseSource::Numeric,
            () if self.take_word("PULL") => ParseSource::Pull,
            () if self.take_word("SOURCE") => ParseSource::Source,
            () if self.take_word("VERSION") => ParseSource::Version,
            () if self.take_word("VAR") => ParseSource::Var(self.variable_here()?),
            () if self.take_word("VALUE") => {
                let value = if self.is_word("WITH") || self.at_end() {
                    None
                } else {
                    Some(self.expr_until(&["WITH"])?)
                };
                if !self.take_word("WITH") {
                    return Err(Error::new(38, 3, &[self.found()]));
                }
                ParseSource::Value(value)
            }
            () => return Err(Error::new(25, subcode, &[self.found()])),
        };
        self.finish(fold, caseless, source)
    }

    /// Takes the name of a source that not every language level has.
    fn takes_source(&mut self, word: &str) -> bool {
        self.dialect.has_parse_source(word) && self.take_word(word)
    }

    fn finish(&mut self, fold: Fold, caseless: bool, source: ParseSource) -> Parsed<Kind> {
        let mut templates = vec![Template::default()];
        let mut targets: Vec<Option<Target>> = Vec::new();
        while let Some(token) = self.peek().filter(|t| t.kind != Tok::End) {
            if token.kind == Tok::Op(b',') {
                self.at += 1;
                close(&mut templates, &mut targets);
                templates.push(Template::default());
                continue;
            }
            if let Some(target) = self.template_target(token)? {
                targets.push(target);
                continue;
            }
            let pattern = self.pattern(token)?;
            if let Some(template) = templates.last_mut() {
                template.steps.push(Step {
                    targets: std::mem::take(&mut targets),
                    pattern,
                });
            }
        }
        close(&mut templates, &mut targets);
        Ok(Kind::Parse(Box::new(Parse {
            fold,
            caseless,
            source,
            templates,
        })))
    }

    /// A variable or a period; `None` when a pattern stands here.
    fn template_target(&mut self, token: Token) -> Parsed<Option<Option<Target>>> {
        if token.kind != Tok::Symbol {
            return Ok(None);
        }
        let text = self.text_of(token);
        if text == b"." {
            self.at += 1;
            return Ok(Some(None));
        }
        if text[0].is_ascii_digit() {
            return Ok(None);
        }
        if text[0] == b'.' {
            return Err(Error::new(38, 1, &[text]));
        }
        self.at += 1;
        Ok(Some(Some(self.target(token)?)))
    }

    fn pattern(&mut self, token: Token) -> Parsed<Pattern> {
        self.check_bad()?;
        match token.kind {
            Tok::String | Tok::Hex | Tok::Binary => {
                let text = self.literal(token)?.to_vec();
                self.at += 1;
                Ok(Pattern::Text(text))
            }
            Tok::Symbol if crate::num::Number::parse(self.text_of(token)).is_none() => {
                Err(Error::new(38, 1, &[self.found()]))
            }
            Tok::Symbol => Ok(Pattern::At(self.place()?)),
            Tok::Op(b'=') => {
                self.at += 1;
                Ok(Pattern::At(self.place()?))
            }
            Tok::Op(b'+') => {
                self.at += 1;
                Ok(Pattern::Plus(self.place()?))
            }
            Tok::Op(b'-') => {
                self.at += 1;
                Ok(Pattern::Minus(self.place()?))
            }
            Tok::Op(b'(') => Ok(Pattern::Variable(self.variable_in_parentheses()?)),
            _ => Err(Error::new(38, 1, &[self.found()])),
        }
    }

    fn variable_in_parentheses(&mut self) -> Parsed<Target> {
        self.at += 1;
        let token = self.peek().filter(|t| t.kind == Tok::Symbol);
        let Some(target) = token.and_then(|t| self.target(t).ok()) else {
            return Err(Error::new(19, 7, &[self.found()]));
        };
        self.at += 1;
        if !self.take_op(b')') {
            return Err(Error::new(46, 1, &[self.found()]));
        }
        Ok(target)
    }

    /// A whole number, or a variable in parentheses.
    fn place(&mut self) -> Parsed<Place> {
        if self.is_op(0, b'(') {
            return Ok(Place::Variable(self.variable_in_parentheses()?));
        }
        let Some(token) = self.peek().filter(|t| t.kind == Tok::Symbol) else {
            return Err(Error::new(38, 2, &[self.found()]));
        };
        let text = self.text_of(token);
        let number = std::str::from_utf8(text)
            .ok()
            .and_then(|t| t.parse::<u32>().ok());
        let Some(number) = number.filter(|_| text.iter().all(u8::is_ascii_digit)) else {
            let whole = crate::num::Number::parse(text).is_some();
            return Err(Error::new(
                if whole { 26 } else { 38 },
                if whole { 4 } else { 2 },
                &[text],
            ));
        };
        self.at += 1;
        Ok(Place::Number(i64::from(number)))
    }
}

/// Ends the template in hand.
fn close(templates: &mut [Template], targets: &mut Vec<Option<Target>>) {
    if let Some(template) = templates.last_mut() {
        template.steps.push(Step {
            targets: std::mem::take(targets),
            pattern: Pattern::End,
        });
    }
}
