//! Reading a stage's argument string: words, keywords, numbers, delimitedString, xorc and xrange
//! (*User's Guide and Reference*, chapter Syntax, "Common elements").

use super::structure::Structures;
use crate::base::codepage::CodePage;
use crate::base::msg::fpl;
use crate::base::{Message, Msg, abbrev};

/// An argument that is not valid: the message, whose number gives the return code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is to be told.
    pub message: Message,
}

impl From<Message> for Fault {
    fn from(message: Message) -> Self {
        Fault { message }
    }
}

impl Fault {
    /// A fault of a catalogue row with its inserts.
    pub fn new(msg: &'static Msg, inserts: &[&[u8]]) -> Self {
        msg.with(inserts).into()
    }

    /// The return code: minus the number of the message.
    pub fn rc(&self) -> i32 {
        -self.message.number()
    }
}

/// Without leading and trailing blanks.
pub fn trim(text: &[u8]) -> &[u8] {
    text.trim_ascii()
}

/// Text without blanks before it.
pub fn trim_left(text: &[u8]) -> &[u8] {
    let at = text.iter().position(|&b| b != b' ').unwrap_or(text.len());
    &text[at..]
}

/// A set of characters.
#[derive(Clone, PartialEq, Eq)]
pub struct CharSet(Box<[bool; 256]>);

impl std::fmt::Debug for CharSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let members: Vec<u8> = (0..=255).filter(|&b| self.has(b)).collect();
        write!(f, "{:?}", String::from_utf8_lossy(&members))
    }
}

impl CharSet {
    /// The characters of a string.
    pub fn of(members: &[u8]) -> Self {
        let mut set = [false; 256];
        for &b in members {
            set[usize::from(b)] = true;
        }
        CharSet(Box::new(set))
    }

    /// Whether a character is in the set.
    pub fn has(&self, b: u8) -> bool {
        self.0[usize::from(b)]
    }

    /// The set with the other case of each letter.
    pub fn anycase(mut self) -> Self {
        for b in 0..=255u8 {
            if self.has(b) {
                self.0[usize::from(b.to_ascii_lowercase())] = true;
                self.0[usize::from(b.to_ascii_uppercase())] = true;
            }
        }
        self
    }
}

/// The longest record that padding makes.
pub const LONGEST: usize = (1 << 31) - 1;

/// A cursor over a stage's argument string.
pub struct Args<'a> {
    text: &'a [u8],
    at: usize,
    /// Whether the stage is the first of its pipeline.
    pub first: bool,
    /// Whether these are all operands of the stage.
    whole: bool,
    /// The code page that characters are given in by their codes.
    pub page: CodePage,
    /// The identifiers of the stage's streams; none when they are not known.
    pub streams: &'a [Option<Vec<u8>>],
    /// The structures that MEMBER refers to.
    pub structures: Structures,
}

impl<'a> Args<'a> {
    /// A cursor at the start of `text`.
    pub fn new(text: &'a [u8], first: bool) -> Self {
        let page = CodePage::Host;
        Args {
            text,
            at: 0,
            first,
            whole: false,
            page,
            streams: &[],
            structures: Structures::default(),
        }
    }

    /// The same cursor, over all operands of a stage.
    pub fn of_stage(self) -> Self {
        Args {
            whole: true,
            ..self
        }
    }

    /// The same cursor, for a stage with streams of these identifiers.
    pub fn with_streams(self, streams: &'a [Option<Vec<u8>>]) -> Self {
        Args { streams, ..self }
    }

    /// The stage must have a stream of this number or identifier, when its streams are known.
    ///
    /// # Errors
    /// Message 178: a stream that an operand names; 102 is for pipeline commands.
    pub fn stream(&self, name: &[u8]) -> Result<(), Fault> {
        let named =
            |id: &Option<Vec<u8>>| id.as_ref().is_some_and(|i| i.eq_ignore_ascii_case(name));
        let there = match unsigned(name) {
            Ok(n) => usize::try_from(n).is_ok_and(|n| n < self.streams.len()),
            Err(_) => name == b"*" || self.streams.iter().any(named),
        };
        match there || self.streams.is_empty() {
            true => Ok(()),
            false => Err(Fault::new(&fpl::FPLSCA178E, &[name])),
        }
    }

    /// The stage must have a secondary stream, when its streams are known.
    ///
    /// # Errors
    /// Message 222.
    pub fn secondary(&self) -> Result<(), Fault> {
        match self.has_secondary() || self.streams.is_empty() {
            true => Ok(()),
            false => Err(Fault::new(&fpl::FPLSCA222E, &[])),
        }
    }

    /// Whether the stage has a secondary stream, when its streams are known.
    pub fn has_secondary(&self) -> bool {
        self.streams.len() > 1
    }

    /// The same cursor, where codes are those of a code page.
    pub fn in_page(self, page: CodePage) -> Self {
        Args { page, ..self }
    }

    /// The same cursor, with structures to refer to.
    pub fn with(self, structures: &Structures) -> Self {
        let structures = structures.clone();
        Args { structures, ..self }
    }

    /// A cursor over a part of the operands, or over operands within them.
    pub fn within<'b>(&self, text: &'b [u8]) -> Args<'b> {
        let inner = Args::new(text, self.first).in_page(self.page);
        inner.with(&self.structures)
    }

    /// What is left, leading blanks and all.
    pub fn rest(&self) -> &'a [u8] {
        &self.text[self.at..]
    }

    /// Takes what is left.
    pub fn take_rest(&mut self) -> &'a [u8] {
        let rest = self.rest();
        self.at = self.text.len();
        rest
    }

    /// Skips blanks.
    pub fn blanks(&mut self) {
        while self.text.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
    }

    /// Whether nothing but blanks is left.
    pub fn is_done(&self) -> bool {
        trim(self.rest()).is_empty()
    }

    /// The next word, which stays.
    pub fn peek(&self) -> Option<&'a [u8]> {
        let rest = self.rest();
        let start = rest.iter().position(|&b| b != b' ')?;
        let rest = &rest[start..];
        let end = rest.iter().position(|&b| b == b' ').unwrap_or(rest.len());
        Some(&rest[..end])
    }

    /// Takes the next word.
    pub fn word(&mut self) -> Option<&'a [u8]> {
        let word = self.peek()?;
        self.blanks();
        self.at += word.len();
        Some(word)
    }

    /// Takes the next word, which must be there.
    ///
    /// # Errors
    /// Message 11 or 113 (see [`Args::missing`]).
    pub fn need(&mut self) -> Result<&'a [u8], Fault> {
        self.word().ok_or_else(|| self.missing())
    }

    /// The fault of an operand that is not there: 11 when the stage has no operands at all, though it needs
    /// some; 113 when there are some, but not all of them (the book's explanations of both messages).
    pub fn missing(&self) -> Fault {
        match self.whole && trim(self.text).is_empty() {
            true => Fault::new(&fpl::FPLSCA011E, &[]),
            false => Fault::new(&fpl::FPLSCA113E, &[]),
        }
    }

    /// Moves on by `n` bytes of what is left.
    pub fn advance(&mut self, n: usize) {
        self.at = (self.at + n).min(self.text.len());
    }

    /// Takes the next word when it is an abbreviation of `pattern`.
    pub fn keyword(&mut self, pattern: &str) -> bool {
        let Some(word) = self.peek() else {
            return false;
        };
        let found = abbrev::matches(pattern, word);
        if found {
            self.word();
        }
        found
    }

    /// Takes the next word when it is one of the rows' keywords.
    pub fn choice<T: Copy>(&mut self, rows: &[(&str, T)]) -> Option<T> {
        let row = abbrev::find(rows, |r| r.0, self.peek()?)?;
        self.word();
        Some(row.1)
    }

    /// Takes ANYCASE or one of its synonyms.
    pub fn anycase(&mut self) -> bool {
        ["ANYcase", "CASEANY", "CASEIgnore", "CASELESS", "IGNORECASE"]
            .iter()
            .any(|k| self.keyword(k))
    }

    /// Nothing may be left.
    ///
    /// # Errors
    /// Message 112 with what is left.
    pub fn end(&mut self) -> Result<(), Fault> {
        match self.is_done() {
            true => Ok(()),
            false => Err(Fault::new(&fpl::FPLSCA112E, &[trim(self.rest())])),
        }
    }

    /// Takes a number that is the length of a record.
    ///
    /// # Errors
    /// 113 nothing there, 58 not a number, 59 longer than a record may be.
    pub fn length(&mut self) -> Result<usize, Fault> {
        let word = self.need()?;
        let n = usize::try_from(unsigned(word)?).unwrap_or(usize::MAX);
        match n {
            0..=LONGEST => Ok(n),
            _ => Err(Fault::new(&fpl::FPLDEB059E, &[word])),
        }
    }

    /// Takes a number when the next word is one (digits alone).
    pub fn number(&mut self) -> Option<u64> {
        let n = unsigned(self.peek()?).ok()?;
        self.word();
        Some(n)
    }

    /// Takes a signed number when the next word is one.
    pub fn signed(&mut self) -> Option<i64> {
        let n = signed(self.peek()?)?;
        self.word();
        Some(n)
    }

    /// Takes a number or `*` (as many as possible).
    pub fn count(&mut self) -> Option<u64> {
        if self.peek() == Some(b"*") {
            self.word();
            return Some(u64::MAX);
        }
        self.number()
    }

    /// Takes a delimitedString: `/text/`, `Xhh…`, `Hhh…` or `Bbbbbbbbb`.
    ///
    /// # Errors
    /// 113 nothing there, 60 second delimiter missing, 64, 65, 335 to 338 in a hexadecimal or binary literal.
    pub fn delimited(&mut self) -> Result<Vec<u8>, Fault> {
        self.blanks();
        let rest = self.rest();
        let Some(&first) = rest.first() else {
            return Err(self.missing());
        };
        if b"xXhHbB".contains(&first) {
            let word = self.need()?;
            let (prefix, digits) = word.split_at(1);
            let codes = match first {
                b'b' | b'B' => binary(prefix, digits),
                _ => hexadecimal(prefix, digits),
            };
            let page = self.page;
            return codes.map(|codes| codes.into_iter().map(|code| page.to_host(code)).collect());
        }
        let Some(end) = rest[1..].iter().position(|&b| b == first) else {
            return Err(Fault::new(&fpl::FPLSCA060E, &[rest]));
        };
        self.advance(end + 2);
        Ok(rest[1..=end].to_vec())
    }

    /// Takes a word that is an xorc.
    ///
    /// # Errors
    /// 113 nothing there, 50 not a character.
    pub fn xorc(&mut self) -> Result<u8, Fault> {
        xorc(self.need()?, self.page)
    }
}

fn hexadecimal(prefix: &[u8], digits: &[u8]) -> Result<Vec<u8>, Fault> {
    if digits.is_empty() {
        return Err(Fault::new(&fpl::FPLSCA064E, &[prefix]));
    }
    let Some(nibbles) = digits
        .iter()
        .map(|&d| nibble(d))
        .collect::<Option<Vec<_>>>()
    else {
        return Err(Fault::new(&fpl::FPLSCA065E, &[digits]));
    };
    if digits.len() % 2 == 1 {
        return Err(Fault::new(&fpl::FPLSCA335E, &[digits]));
    }
    Ok(nibbles.chunks(2).map(|c| c[0] << 4 | c[1]).collect())
}

fn binary(prefix: &[u8], digits: &[u8]) -> Result<Vec<u8>, Fault> {
    if digits.is_empty() {
        return Err(Fault::new(&fpl::FPLSCA337E, &[prefix]));
    }
    if !digits.iter().all(|d| b"01".contains(d)) {
        return Err(Fault::new(&fpl::FPLSCA338E, &[digits]));
    }
    if !digits.len().is_multiple_of(8) {
        return Err(Fault::new(&fpl::FPLSCA336E, &[digits]));
    }
    let byte = |c: &[u8]| c.iter().fold(0, |b, d| b << 1 | (d - b'0'));
    Ok(digits.chunks(8).map(byte).collect())
}

fn nibble(d: u8) -> Option<u8> {
    char::from(d)
        .to_digit(16)
        .and_then(|n| u8::try_from(n).ok())
}

/// The names a character may be given by.
const NAMED: &[(&str, u8)] = &[
    ("BLAnk", b' '),
    ("SPace", b' '),
    ("NUll", 0),
    ("TABulate", b'\t'),
    ("COLON", b':'),
    ("COMma", b','),
    ("QUote", b'"'),
];

/// A character: itself, its code in two hexadecimal digits, or its name.
///
/// # Errors
/// Message 50.
pub fn xorc(word: &[u8], page: CodePage) -> Result<u8, Fault> {
    match *word {
        [one] => return Ok(one),
        [high, low] => {
            if let (Some(high), Some(low)) = (nibble(high), nibble(low)) {
                return Ok(page.to_host(high << 4 | low));
            }
        }
        _ => {}
    }
    abbrev::find(NAMED, |n| n.0, word)
        .map(|n| n.1)
        .ok_or_else(|| Fault::new(&fpl::FPLSCA050E, &[word]))
}

/// A range of characters: `a-z`, `40-4f`, `40.16`, or one xorc. Gives them in the order of their codes,
/// which may wrap around X'FF'.
///
/// # Errors
/// Message 50.
pub fn xrange(word: &[u8], page: CodePage) -> Result<Vec<u8>, Fault> {
    let (first, last) = codes(word, page)?;
    let length = usize::from(last.wrapping_sub(first)) + 1;
    let codes = (first..=255).chain(0..=255).take(length);
    Ok(codes.map(|code| page.to_host(code)).collect())
}

/// The first and the last code of a range of characters.
fn codes(word: &[u8], page: CodePage) -> Result<(u8, u8), Fault> {
    let code = |word| xorc(word, page).map(|c| page.code_of(c));
    if let Ok(one) = code(word) {
        return Ok((one, one));
    }
    let bad = || Fault::new(&fpl::FPLSCA050E, &[word]);
    // The sign stands after one or two characters, or after a name.
    let at = (1..word.len().saturating_sub(1))
        .find(|&i| b"-.".contains(&word[i]) && code(&word[..i]).is_ok())
        .ok_or_else(bad)?;
    let from = code(&word[..at])?;
    if word[at] == b'-' {
        return Ok((from, code(&word[at + 1..]).map_err(|_| bad())?));
    }
    match unsigned(&word[at + 1..]) {
        Ok(n @ 1..=256) => {
            let more = u8::try_from(n - 1).map_err(|_| bad())?;
            Ok((from, from.wrapping_add(more)))
        }
        _ => Err(bad()),
    }
}

/// A number without sign.
///
/// # Errors
/// Message 58.
pub fn unsigned(word: &[u8]) -> Result<u64, Fault> {
    let bad = || Fault::new(&fpl::FPLSCA058E, &[word]);
    if word.is_empty() || !word.iter().all(u8::is_ascii_digit) {
        return Err(bad());
    }
    let text = std::str::from_utf8(word).map_err(|_| bad())?;
    text.parse().map_err(|_| bad())
}

/// A number with or without sign.
pub fn signed(word: &[u8]) -> Option<i64> {
    let (sign, digits) = match word.first()? {
        b'-' => (-1, &word[1..]),
        b'+' => (1, &word[1..]),
        _ => (1, word),
    };
    Some(sign * i64::try_from(unsigned(digits).ok()?).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delimited(text: &str) -> Result<Vec<u8>, i32> {
        let mut args = Args::new(text.as_bytes(), false);
        args.delimited().map_err(|f| f.message.number())
    }

    #[test]
    fn delimited_strings() {
        assert_eq!(delimited(" /a b/ x"), Ok(b"a b".to_vec()));
        assert_eq!(delimited("//"), Ok(vec![]));
        assert_eq!(delimited("x4142"), Ok(b"AB".to_vec()));
        assert_eq!(delimited("b01000001"), Ok(b"A".to_vec()));
        for (text, n) in [
            ("", 113),
            ("/a", 60),
            ("x", 64),
            ("xz1", 65),
            ("h123", 335),
            ("b0101", 336),
            ("b", 337),
            ("b00000002", 338),
        ] {
            assert_eq!(delimited(text), Err(n), "{text}");
        }
    }

    #[test]
    fn characters_and_ranges() {
        assert_eq!(xorc(b"*", CodePage::Host), Ok(b'*'));
        assert_eq!(xorc(b"5c", CodePage::Host), Ok(0x5c));
        assert_eq!(xorc(b"blank", CodePage::Host), Ok(b' '));
        assert!(xorc(b"zz", CodePage::Host).is_err());
        let host = |word: &[u8]| xrange(word, CodePage::Host);
        assert_eq!(host(b"a-z"), Ok((b'a'..=b'z').collect()));
        assert_eq!(host(b"40.16"), Ok((0x40..=0x4f).collect()));
        assert_eq!(host(b"64-64"), Ok(vec![0x64]));
        assert_eq!(host(b"-"), Ok(vec![b'-']));
        assert_eq!(host(b"blank-7f"), Ok((b' '..=0x7f).collect()));
        assert_eq!(host(b"fe-01"), Ok(vec![0xfe, 0xff, 0, 1]));
        assert!(host(b"abc").is_err());
        let ebcdic = |word: &[u8]| xrange(word, CodePage::Ibm1047);
        assert_eq!(ebcdic(b"f0.10"), Ok(b"0123456789".to_vec()));
        assert_eq!(ebcdic(b"c8-c9"), Ok(b"HI".to_vec()));
        assert_eq!(ebcdic(b"i-j").map(|r| r.len()), Ok(9), "letters with a gap");
    }

    #[test]
    fn what_is_left_is_told() {
        let mut args = Args::new(b" 5 any  more ", false);
        assert_eq!(args.number(), Some(5));
        assert!(args.anycase());
        assert_eq!(args.end().unwrap_err().rc(), -112);
    }
}
