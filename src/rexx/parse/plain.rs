//! Tokens of the usual text, cut by hand: grammar/rexx.pest says what a token is, and a test holds this to
//! it, but a parser that can go back takes five times as long for what never needs to.

use super::token::{Tok, Token};
use crate::rexx::names::is_symbol_byte;

/// Whether each byte can stand in a symbol.
const LETTERS: [bool; 256] = {
    let mut table = [false; 256];
    let mut b = 0;
    while b < 256 {
        table[b] = is_symbol_byte(b as u8);
        b += 1;
    }
    table
};

/// The tokens of a text; `None` when it has something that the grammar must name: a quote or
/// comment without its end, a character that no program may have.
pub fn tokens(text: &[u8]) -> Option<Vec<Token>> {
    let mut cutter = Cutter {
        text,
        at: 0,
        line: 1,
        out: Vec::with_capacity(text.len() / 4),
    };
    if text.starts_with(b"#!") {
        cutter.at = memchr::memchr2(b'\n', b'\r', text).unwrap_or(text.len());
    }
    while let Some(&b) = text.get(cutter.at) {
        cutter.item(b)?;
    }
    Some(cutter.out)
}

/// How many bytes a text begins with that can stand in a symbol.
fn letters(text: &[u8]) -> usize {
    let letter = |b: &u8| LETTERS[usize::from(*b)];
    text.iter().position(|b| !letter(b)).unwrap_or(text.len())
}

/// How long the sign and the digits are that make a number with a signed exponent of a symbol which ends in E
/// and what follows it; 0 when they do not.
fn signed_exponent(symbol: &[u8], behind: &[u8]) -> usize {
    let ([mantissa @ .., b'E' | b'e'], [b'+' | b'-', power @ ..]) = (symbol, behind) else {
        return 0;
    };
    let digits = mantissa.iter().filter(|b| b.is_ascii_digit()).count();
    let points = mantissa.iter().filter(|b| **b == b'.').count();
    let power = &power[..letters(power)];
    let number = digits > 0 && points <= 1 && digits + points == mantissa.len();
    if number && !power.is_empty() && power.iter().all(u8::is_ascii_digit) {
        return 1 + power.len();
    }
    0
}

/// Walks a text.
struct Cutter<'a> {
    text: &'a [u8],
    at: usize,
    line: u32,
    out: Vec<Token>,
}

impl Cutter<'_> {
    /// Takes what begins with this byte.
    fn item(&mut self, b: u8) -> Option<()> {
        match b {
            b' ' | b'\t' | 0x0B | 0x0C => self.at += 1,
            b'\'' | b'"' => self.string(b)?,
            b'\n' | b'\r' => {
                let length = self.newline(self.at);
                self.push(Tok::End, length);
                self.line += 1;
            }
            b';' | 0x1A => self.push(Tok::End, 1),
            b'/' if self.byte(1) == Some(b'*') => {
                (self.at, self.line) = self.after_comment(self.at, self.line)?;
            }
            b',' => match self.continued() {
                Some(next) => (self.at, self.line) = next,
                None => self.push(Tok::Op(b), 1),
            },
            b'<'..=b'>' | b'('..=b'-' | b'/' | b'%' | b'&' | b'|' | b':' | b'\\' => {
                self.push(Tok::Op(b), 1);
            }
            b'^' | 0xAC => self.push(Tok::Op(b'\\'), 1),
            0xC2 if self.byte(1) == Some(0xAC) => self.push(Tok::Op(b'\\'), 2),
            _ if LETTERS[usize::from(b)] => self.symbol(),
            _ => return None,
        }
        Some(())
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at + ahead).copied()
    }

    /// Adds a token of this length.
    fn push(&mut self, kind: Tok, length: usize) {
        let start = self.at;
        self.at += length;
        self.out.push(Token {
            kind,
            start: start as u32,
            end: self.at as u32,
            line: self.line,
        });
    }

    /// How long the line end at a place is; 0 when none is there.
    fn newline(&self, at: usize) -> usize {
        match self.text.get(at..) {
            Some([b'\r', b'\n', ..]) => 2,
            Some([b'\r' | b'\n', ..]) => 1,
            _ => 0,
        }
    }

    fn symbol(&mut self) {
        let rest = &self.text[self.at..];
        let length = letters(rest);
        let exponent = signed_exponent(&rest[..length], &rest[length..]);
        self.push(Tok::Symbol, length + exponent);
    }

    fn string(&mut self, quote: u8) -> Option<()> {
        let rest = &self.text[self.at..];
        let mut length = 1;
        loop {
            length += memchr::memchr3(quote, b'\n', b'\r', &rest[length..])?;
            if rest[length] != quote {
                return None;
            }
            if rest.get(length + 1) != Some(&quote) {
                break;
            }
            length += 2;
        }
        length += 1;
        let kind = match rest.get(length) {
            Some(b'x' | b'X') => Tok::Hex,
            Some(b'b' | b'B') => Tok::Binary,
            _ => Tok::String,
        };
        let more = rest
            .get(length + 1)
            .is_some_and(|b| LETTERS[usize::from(*b)]);
        if kind == Tok::String || more {
            self.push(Tok::String, length);
        } else {
            self.push(kind, length + 1);
        }
        Some(())
    }

    /// Where the comment that starts at a place ends, and the line there; `None` when it does not.
    fn after_comment(&self, at: usize, mut line: u32) -> Option<(usize, u32)> {
        let text = &self.text[at..];
        let mut depth = 0usize;
        let mut i = 0;
        loop {
            match (text.get(i)?, text.get(i + 1)) {
                (b'/', Some(b'*')) => {
                    depth += 1;
                    i += 2;
                }
                (b'*', Some(b'/')) => {
                    depth -= 1;
                    i += 2;
                    if depth == 0 {
                        return Some((at + i, line));
                    }
                }
                (b, next) => {
                    line += u32::from(*b == b'\n' || (*b == b'\r' && next != Some(&b'\n')));
                    i += 1;
                }
            }
        }
    }

    /// Where a clause goes on after the comma here and the line there, if the comma continues it.
    fn continued(&self) -> Option<(usize, u32)> {
        let (mut at, mut line) = (self.at + 1, self.line);
        loop {
            match self.text.get(at..)? {
                [b' ' | b'\t' | 0x0B | 0x0C, ..] => at += 1,
                [b'\n' | b'\r', ..] => return Some((at + self.newline(at), line + 1)),
                [b'/', b'*', ..] => (at, line) = self.after_comment(at, line)?,
                _ => return None,
            }
        }
    }
}
