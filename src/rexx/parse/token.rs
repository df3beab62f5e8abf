//! Tokens, cut by grammar/rexx.pest.

use pest::Parser;
use pest_derive::Parser;

#[derive(Parser)]
#[grammar = "../grammar/rexx.pest"]
struct Grammar;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tok {
    /// A symbol, or a number with a signed exponent.
    Symbol,
    String,
    Hex,
    Binary,
    /// One operator character; every not sign is a backslash here.
    Op(u8),
    /// The end of a clause.
    End,
    /// A quote without its partner, or a comment without its end.
    Unmatched,
    /// A character that no program may have.
    Bad,
}

/// A token and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    pub kind: Tok,
    pub start: u32,
    pub end: u32,
    pub line: u32,
}

/// How many characters a symbol may have (error 30).
pub const LONGEST_NAME: u32 = 250;

impl Token {
    /// A whole text as one token.
    fn whole(kind: Tok, text: &[u8]) -> Token {
        Token {
            kind,
            start: 0,
            end: text.len() as u32,
            line: 1,
        }
    }

    /// Whether this is a symbol that is too long.
    pub fn is_long_name(&self) -> bool {
        self.kind == Tok::Symbol && self.end - self.start > LONGEST_NAME
    }
}

/// How deep comments may nest before they are taken for unmatched.
const COMMENT_DEPTH: usize = 1000;

/// Cuts a program into tokens.
pub fn tokens(text: &[u8]) -> Vec<Token> {
    if too_deep(text) {
        return vec![Token::whole(Tok::Unmatched, text)];
    }
    super::plain::tokens(text).unwrap_or_else(|| by_grammar(text))
}

/// Cuts any program into tokens.
fn by_grammar(text: &[u8]) -> Vec<Token> {
    if let Ok(ascii) = std::str::from_utf8(text)
        && text.is_ascii()
    {
        return cut(ascii, text);
    }
    let latin: String = text.iter().map(|&b| char::from(b)).collect();
    cut(&latin, text)
}

/// `latin` is `text` with one character a byte.
fn cut(latin: &str, text: &[u8]) -> Vec<Token> {
    let Ok(mut pairs) = Grammar::parse(Rule::program, latin) else {
        return vec![Token::whole(Tok::Bad, text)];
    };
    let Some(program) = pairs.next() else {
        return Vec::new();
    };
    let ascii = latin.len() == text.len();
    let mut out = Vec::with_capacity(text.len() / 4);
    let mut place = Place::default();
    for pair in program.into_inner() {
        let span = pair.as_span();
        let (mut start, mut end) = (span.start(), span.end());
        if !ascii {
            start = place.bytes_before(latin, start);
            end = place.bytes_before(latin, end);
        }
        let kind = match pair.as_rule() {
            Rule::symbol => Tok::Symbol,
            Rule::string => match text[end - 1] {
                b'x' | b'X' => Tok::Hex,
                b'b' | b'B' => Tok::Binary,
                _ => Tok::String,
            },
            Rule::end => Tok::End,
            Rule::op => Tok::Op(match text[start] {
                b'^' | 0xAC | 0xC2 => b'\\',
                other => other,
            }),
            Rule::bad_quote | Rule::bad_comment => Tok::Unmatched,
            Rule::EOI => break,
            _ => Tok::Bad,
        };
        out.push(Token {
            kind,
            start: start as u32,
            end: end as u32,
            line: place.line_at(text, start),
        });
    }
    out
}

/// Follows rising positions through a text.
#[derive(Default)]
struct Place {
    seen: usize,
    lines: u32,
    latin: usize,
    bytes: usize,
}

impl Place {
    /// The line of a position, from 1; positions must not fall.
    fn line_at(&mut self, text: &[u8], at: usize) -> u32 {
        while self.seen < at {
            let b = text[self.seen];
            self.seen += 1;
            self.lines +=
                u32::from(b == b'\n' || (b == b'\r' && text.get(self.seen) != Some(&b'\n')));
        }
        self.lines + 1
    }

    /// How many bytes of the text a position in its one-character-a-byte form stands for.
    fn bytes_before(&mut self, latin: &str, at: usize) -> usize {
        self.bytes += latin[self.latin..at].chars().count();
        self.latin = at;
        self.bytes
    }
}

/// Whether comments could nest deeper than the grammar should follow.
fn too_deep(text: &[u8]) -> bool {
    let mut depth = 0usize;
    for at in memchr::memchr_iter(b'*', text) {
        let opens = at > 0 && text[at - 1] == b'/';
        let closes = text.get(at + 1) == Some(&b'/');
        if opens {
            depth += 1;
        } else if closes {
            depth = depth.saturating_sub(1);
        }
        if depth > COMMENT_DEPTH {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &[u8]) -> Vec<Tok> {
        tokens(text).iter().map(|t| t.kind).collect()
    }

    #[test]
    fn nasty_tokens() {
        use Tok::*;
        assert_eq!(kinds(b"a /* x /* y */ ' */ b"), [Symbol, Symbol]);
        assert_eq!(kinds(b"1E+5x 1e-3"), [Symbol, Op(b'+'), Symbol, Symbol]);
        assert_eq!(
            kinds(b"'f0'x 'f0'xy '01'b\"\"\"\"b"),
            [Hex, String, Symbol, Binary, Binary]
        );
        assert_eq!(
            kinds(b"a, /* c */ \n b,c"),
            [Symbol, Symbol, Op(b','), Symbol]
        );
        assert_eq!(kinds(b"'abc\nx"), [Unmatched, End, Symbol]);
        assert_eq!(kinds(b"x /* open"), [Symbol, Unmatched]);
        assert_eq!(kinds(b"#!/bin/rexx\nsay"), [End, Symbol]);
        assert_eq!(
            kinds(b"\xACa \xC2\xAC= \xA2x {"),
            [Op(b'\\'), Symbol, Op(b'\\'), Op(b'='), Symbol, Bad]
        );
        let t = tokens(b"say '\xE9'\nx\xA2 = 1");
        assert_eq!((t[3].start, t[3].end, t[3].line), (8, 10, 2));
    }

    /// What programs are made of, and what is hard to cut.
    const PIECES: &[&[u8]] = &[
        b"a",
        b"x",
        b"b1",
        b"E",
        b"1",
        b".",
        b"1e",
        b"2.5E",
        b"+",
        b"-",
        b"7",
        b"'",
        b"\"",
        b"'s'",
        b"\"d\"",
        b"''",
        b"X",
        b" ",
        b"\t",
        b"\x0B",
        b"\n",
        b"\r",
        b"\r\n",
        b",",
        b";",
        b"\x1A",
        b"/*",
        b"*/",
        b"/",
        b"*",
        b"/* c */",
        b"/* two\nlines */",
        b"(",
        b")",
        b"=",
        b"<",
        b">",
        b"\\",
        b"^",
        b"\xAC",
        b"\xC2\xAC",
        b"\xC2",
        b"\xA2",
        b"#!",
        b"%",
        b"&",
        b"|",
        b":",
        b"\xE9",
        b"{",
        b"\0",
        b"say",
        b"_!?@#$",
    ];

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(4000))]

        /// The grammar says what a token is, and what is cut by hand is the same.
        #[test]
        fn the_short_way_is_the_grammars(
            picks in proptest::collection::vec(0..PIECES.len(), 0..14),
        ) {
            let text: Vec<u8> = picks.iter().flat_map(|k| PIECES[*k]).copied().collect();
            if let Some(plain) = crate::rexx::parse::plain::tokens(&text) {
                proptest::prop_assert_eq!(plain, by_grammar(&text), "{}", text.escape_ascii());
            }
        }
    }

    #[test]
    fn usual_text_needs_no_grammar() {
        let text = b"/* c */ a.1 = 'it''s'x || \"q\", /* on */\r\n b \xAC= 1.5E+3; say '\xE9'\n";
        let plain = crate::rexx::parse::plain::tokens(text);
        assert_eq!(plain, Some(by_grammar(text)));
    }

    #[test]
    fn nesting_without_end_is_no_crash() {
        let deep = b"/*".repeat(100_000);
        assert_eq!(kinds(&deep), [Tok::Unmatched]);
    }
}
