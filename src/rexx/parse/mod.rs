//! Source text to clauses.

mod address;
mod clause;
mod expr;
mod plain;
mod template;
mod token;

use super::ast::Clause;
use super::names::{Names, is_symbol_byte};
use super::{Dialect, Error, Language, Value};
use crate::base::codepage::CodePage;
pub use expr::variable;
use token::{Tok, Token};

/// Makes the clauses of a program or of an INTERPRET text; its names are entered in `names`.
pub fn parse(text: &[u8], names: &mut Names, level: Language) -> Vec<Clause> {
    parser(text, names, level, &[]).clauses()
}

/// The same with the numbers that start at these places left open; `None` when one of them stands
/// where only its own value will do.
pub fn parse_open(
    text: &[u8],
    names: &mut Names,
    level: Language,
    open: &[u32],
) -> Option<Vec<Clause>> {
    let mut parser = parser(text, names, level, open);
    let clauses = parser.clauses();
    (parser.opened == open.len()).then_some(clauses)
}

fn parser<'a>(
    text: &'a [u8],
    names: &'a mut Names,
    level: Language,
    open: &'a [u32],
) -> Parser<'a> {
    let dialect = level.dialect;
    let mut tokens = token::tokens(text);
    if !dialect.has_national_letters() {
        for token in tokens.iter_mut().filter(|t| t.kind == Tok::Symbol) {
            let symbol = &text[token.start as usize..token.end as usize];
            if !symbol.iter().all(|b| dialect.has_symbol_byte(*b)) {
                token.kind = Tok::Bad;
            }
        }
    }
    Parser {
        text,
        tokens,
        at: 0,
        names,
        dialect,
        codepage: level.codepage,
        stops: &[],
        depth: 0,
        parens: 0,
        height: 0,
        open,
        opened: 0,
    }
}

/// Walks the tokens.
struct Parser<'a> {
    text: &'a [u8],
    tokens: Vec<Token>,
    at: usize,
    names: &'a mut Names,
    dialect: Dialect,
    codepage: CodePage,
    /// The words that end an expression here (`THEN`, `WITH`, `TO` …).
    stops: &'static [&'static str],
    depth: usize,
    /// How many parentheses of the clause are open.
    parens: usize,
    /// How high the tree of the expression just read is.
    height: usize,
    /// Where numbers stand that are left open, and how many came up as operands.
    open: &'a [u32],
    opened: usize,
}

type Parsed<T> = Result<T, Error>;

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<Token> {
        self.tokens.get(self.at).copied()
    }

    fn peek_at(&self, ahead: usize) -> Option<Token> {
        self.tokens.get(self.at + ahead).copied()
    }

    /// Whether the clause is over.
    fn at_end(&self) -> bool {
        self.peek().is_none_or(|t| t.kind == Tok::End)
    }

    fn text_of(&self, token: Token) -> &'a [u8] {
        &self.text[token.start as usize..token.end as usize]
    }

    /// The text of the token here, for a message.
    fn found(&self) -> &'a [u8] {
        match self.peek() {
            Some(t) if t.kind != Tok::End => self.text_of(t),
            _ => b"",
        }
    }

    fn is_op(&self, ahead: usize, op: u8) -> bool {
        self.peek_at(ahead).is_some_and(|t| t.kind == Tok::Op(op))
    }

    /// Takes an operator character if it stands here.
    fn take_op(&mut self, op: u8) -> bool {
        let there = self.is_op(0, op);
        self.at += usize::from(there);
        there
    }

    /// Whether the token here is this word.
    fn is_word(&self, word: &str) -> bool {
        self.peek().is_some_and(|t| {
            t.kind == Tok::Symbol && self.text_of(t).eq_ignore_ascii_case(word.as_bytes())
        })
    }

    /// Takes a word if it stands here.
    fn take_word(&mut self, word: &str) -> bool {
        let there = self.is_word(word);
        self.at += usize::from(there);
        there
    }

    /// Errors 6 and 13 for a token that cannot be one.
    fn check_bad(&self) -> Parsed<()> {
        match self.peek().map(|t| (t.kind, t)) {
            Some((Tok::Unmatched, t)) => Err(self.unmatched(t)),
            Some((Tok::Bad, t)) => {
                let text = self.text_of(t);
                // Of a symbol that the language level does not have, the character that it lacks.
                let lacks = |b: &&u8| is_symbol_byte(**b) && !self.dialect.has_symbol_byte(**b);
                let text = text.iter().find(lacks).map_or(text, std::slice::from_ref);
                let code: Vec<u8> = text
                    .iter()
                    .flat_map(|b| format!("{:02X}", self.codepage.code_of(*b)).into_bytes())
                    .collect();
                Err(Error::new(13, 1, &[&code]))
            }
            _ => Ok(()),
        }
    }

    fn unmatched(&self, token: Token) -> Error {
        match self.text_of(token).first() {
            Some(b'/') => Error::bare(6, 1),
            Some(b'\'') => Error::bare(6, 2),
            _ => Error::bare(6, 3),
        }
    }

    /// The value of a string token, with its suffix worked in.
    fn literal(&self, token: Token) -> Parsed<Value> {
        let text = self.text_of(token);
        let quote = text[0];
        let body = match token.kind {
            Tok::String => &text[1..text.len() - 1],
            _ => &text[1..text.len() - 2],
        };
        let doubled = [quote, quote];
        let plain = if memchr::memmem::find(body, &doubled).is_some() {
            let mut out = Vec::with_capacity(body.len());
            let mut bytes = body.iter();
            while let Some(&b) = bytes.next() {
                out.push(b);
                if b == quote {
                    bytes.next();
                }
            }
            std::borrow::Cow::Owned(out)
        } else {
            std::borrow::Cow::Borrowed(body)
        };
        let host = |codes: Vec<u8>| {
            let host = codes.iter().map(|code| self.codepage.to_host(*code));
            Value::from_vec(host.collect())
        };
        let value = match token.kind {
            Tok::Hex => packed(&plain, Radix::Hex).map(host)?,
            Tok::Binary => packed(&plain, Radix::Binary).map(host)?,
            _ => Value::from_bytes(&plain),
        };
        match self.dialect.literal_limit() {
            Some(limit) if value.len() > limit => {
                Err(Error::new(30, 2, &[limit.to_string().as_bytes()]))
            }
            _ => Ok(value),
        }
    }
}

/// The two kinds of packed literals.
#[derive(Clone, Copy)]
enum Radix {
    Hex,
    Binary,
}

/// The bytes of a hexadecimal or binary literal; blanks only where a byte (or a nibble) begins.
fn packed(text: &[u8], radix: Radix) -> Result<Vec<u8>, Error> {
    let (bits, group, code) = match radix {
        Radix::Hex => (4u32, 2usize, (15, 1, 15, 3)),
        Radix::Binary => (1, 4, (15, 2, 15, 4)),
    };
    let blank = |b: &u8| *b == b' ' || *b == b'\t';
    let at_end = text.last().is_some_and(blank).then_some(text.len());
    if let Some(at) = text.first().is_some_and(blank).then_some(1).or(at_end) {
        return Err(Error::new(code.0, code.1, &[at.to_string().as_bytes()]));
    }
    let mut digits = Vec::with_capacity(text.len());
    let mut groups: Vec<usize> = vec![0];
    for b in text {
        if blank(b) {
            if groups.last() != Some(&0) {
                groups.push(0);
            }
            continue;
        }
        let digit = char::from(*b).to_digit(1 << bits);
        let Some(digit) = digit else {
            return Err(Error::new(code.2, code.3, &[&[*b]]));
        };
        digits.push(digit as u8);
        if let Some(last) = groups.last_mut() {
            *last += 1;
        }
    }
    if let Some(bad) = groups.iter().skip(1).position(|n| n % group != 0) {
        let at: usize = groups.iter().take(bad + 1).sum::<usize>() + bad + 1;
        return Err(Error::new(code.0, code.1, &[at.to_string().as_bytes()]));
    }
    let per_byte = 8 / bits as usize;
    let lead = (per_byte - digits.len() % per_byte) % per_byte;
    let mut out = Vec::with_capacity(digits.len() / per_byte + 1);
    let mut byte = 0u8;
    for (n, digit) in digits.iter().enumerate() {
        byte = (byte << bits) | digit;
        if (n + lead + 1).is_multiple_of(per_byte) {
            out.push(byte);
            byte = 0;
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_literals() {
        let hex = |t: &str| packed(t.as_bytes(), Radix::Hex).map_err(|e| (e.number, e.subcode));
        assert_eq!(hex("0 f0"), Ok(vec![0, 0xF0]));
        assert_eq!(hex("f0 0"), Err((15, 1)));
        assert_eq!(hex(""), Ok(vec![]));
        assert_eq!(hex("abc"), Ok(vec![0x0A, 0xBC]));
        assert_eq!(hex("1g"), Err((15, 3)));
        assert_eq!(hex(" 11"), Err((15, 1)));
        let bin = |t: &str| packed(t.as_bytes(), Radix::Binary).map_err(|e| (e.number, e.subcode));
        assert_eq!(bin("1 0000"), Ok(vec![0x10]));
        assert_eq!(bin("0100 0001"), Ok(vec![0x41]));
        assert_eq!(bin("01 001"), Err((15, 2)));
        assert_eq!(bin("012"), Err((15, 4)));
    }
}
