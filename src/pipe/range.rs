//! Input ranges: columns, words and fields of a record (*User's Guide and Reference*, "Input ranges").

use super::args::{self, Args, Fault};
use super::structure::{Member, Qualifier};
use crate::base::abbrev;
use crate::base::msg::fpl;

/// What a range counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Columns,
    /// Runs of the separator count as one.
    Words(u8),
    /// Every separator counts.
    Fields(u8),
    /// Every separator counts that is not between quotes.
    Quoted(u8, u8),
}

/// Where a range ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum To {
    /// The position counted from the left (positive) or the right (negative).
    At(i64),
    /// So many units from the start.
    Length(u64),
    /// The end of the record.
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    unit: Unit,
    from: i64,
    to: To,
}

/// One input range: the last part is cut from the record, the one before it from that, and so on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    parts: Vec<Part>,
}

/// The word and field separators in force; they stay for later ranges of the stage.
#[derive(Debug, Clone)]
pub struct Separators {
    /// WORDSEPARATOR, a blank unless said otherwise.
    pub word: u8,
    /// FIELDSEPARATOR, a tab unless said otherwise.
    pub field: u8,
    /// What QUOTE after FIELDSEPARATOR says: it surrounds fields that contain the separator.
    pub quote: Option<u8>,
    /// QUALIFY: what the names of members are of.
    pub qualifier: Option<Qualifier>,
}

impl Default for Separators {
    fn default() -> Self {
        Separators {
            word: b' ',
            field: b'\t',
            quote: None,
            qualifier: None,
        }
    }
}

impl Separators {
    /// Takes WORDSEPARATOR, FIELDSEPARATOR and QUALIFY as often as they stand there.
    ///
    /// # Errors
    /// 50 not a character, 113 nothing there, 9006 not a structure.
    pub fn take(&mut self, args: &mut Args<'_>) -> Result<(), Fault> {
        loop {
            if args.keyword("WORDSEParator") || args.keyword("WS") {
                self.word = args.xorc()?;
            } else if args.keyword("FIELDSEparator") || args.keyword("FS") {
                self.field = args.xorc()?;
                self.quote = match args.keyword("Quote") {
                    true => Some(args.xorc()?),
                    false => None,
                };
            } else if args.keyword("QUALify") {
                self.qualifier = Some(Qualifier::take(args)?);
            } else {
                return Ok(());
            }
        }
    }
}

impl Range {
    /// The whole record (`1-*`).
    pub fn whole() -> Self {
        let part = Part {
            unit: Unit::Columns,
            from: 1,
            to: To::End,
        };
        Range { parts: vec![part] }
    }

    /// Whether this is the whole record.
    pub fn is_whole(&self) -> bool {
        *self == Range::whole()
    }

    /// The first column (from 0) and the one after the last (`usize::MAX`: to the end), when the range is
    /// columns counted from the left.
    pub fn columns(&self) -> Option<(usize, usize)> {
        let [part] = self.parts.as_slice() else {
            return None;
        };
        if part.unit != Unit::Columns {
            return None;
        }
        let first = usize::try_from(part.from).ok()?.checked_sub(1)?;
        let after = match part.to {
            To::End => usize::MAX,
            To::At(n) => usize::try_from(n).ok()?,
            To::Length(n) => first.saturating_add(usize::try_from(n).ok()?),
        };
        Some((first, after.max(first)))
    }

    /// The start and end of the range in the record; `None` when the record does not reach it.
    pub fn find(&self, record: &[u8]) -> Option<(usize, usize)> {
        let (mut start, mut end) = (0, record.len());
        for part in self.parts.iter().rev() {
            let (s, e) = part.find(&record[start..end])?;
            (start, end) = (start + s, start + e);
        }
        Some((start, end))
    }

    /// The bytes of the range; none when the record does not reach it.
    pub fn of<'r>(&self, record: &'r [u8]) -> &'r [u8] {
        self.find(record).map_or(&[], |(s, e)| &record[s..e])
    }

    /// Whether the next operand looks like a range and not like a delimitedString.
    pub fn ahead(args: &Args<'_>) -> bool {
        let Some(word) = args.peek() else {
            return false;
        };
        match word[0] {
            b'0'..=b'9' | b'(' => true,
            b'*' | b'-' | b'+' => range_part(word, Unit::Columns).is_some(),
            b if b.is_ascii_alphabetic() => introduces(word),
            _ => false,
        }
    }

    /// Takes one range with the separators and SUBSTR prefixes before it.
    ///
    /// # Errors
    /// 54 not a range, 50 separator, 113 nothing there, 9006 and 9007 not a member.
    pub fn take(args: &mut Args<'_>, separators: &mut Separators) -> Result<Range, Fault> {
        let mut parts = Vec::new();
        loop {
            separators.take(args)?;
            if args.keyword("SUBSTRing") {
                separators.take(args)?;
                parts.push(Range::part(args, separators)?);
                if !args.keyword("OF") {
                    return Err(Fault::new(&fpl::FPLSCA111E, &[args.peek().unwrap_or(b"")]));
                }
            } else {
                parts.push(Range::part(args, separators)?);
                return Ok(Range { parts });
            }
        }
    }

    fn part(args: &mut Args<'_>, separators: &Separators) -> Result<Part, Fault> {
        if args.keyword("MEMber") {
            let name = args.need()?;
            let qualifier = separators.qualifier.as_ref();
            return Ok(Part::of(&args.structures.member(name, qualifier)?));
        }
        let word = args.need()?;
        let letters = word
            .iter()
            .position(|b| !b.is_ascii_alphabetic())
            .unwrap_or(word.len());
        let (key, digits) = word.split_at(letters);
        let unit = if key.is_empty() {
            Unit::Columns
        } else if abbrev::matches("Words", key) {
            Unit::Words(separators.word)
        } else if abbrev::matches("Fields", key) {
            match separators.quote {
                Some(quote) => Unit::Quoted(separators.field, quote),
                None => Unit::Fields(separators.field),
            }
        } else {
            return Err(Fault::new(&fpl::FPLSCA054E, &[word]));
        };
        let digits = match digits.is_empty() {
            true => args.need()?,
            false => digits,
        };
        range_part(digits, unit).ok_or_else(|| Fault::new(&fpl::FPLSCA054E, &[word]))
    }

    /// Takes ranges when there are any: one, or up to ten in parentheses.
    ///
    /// # Errors
    /// Those of [`Range::take`]; 55 none in list, 56 more than ten, 57 parenthesis missing.
    pub fn list(args: &mut Args<'_>, separators: &mut Separators) -> Result<Vec<Range>, Fault> {
        if !Range::ahead(args) {
            return Ok(Vec::new());
        }
        args.blanks();
        if args.rest().first() != Some(&b'(') {
            return Ok(vec![Range::take(args, separators)?]);
        }
        let rest = args.rest();
        let Some(close) = rest.iter().position(|&b| b == b')') else {
            return Err(Fault::new(&fpl::FPLSCA057E, &[]));
        };
        let mut inner = args.within(&rest[1..close]);
        args.advance(close + 1);
        let mut ranges = Vec::new();
        while !inner.is_done() {
            ranges.push(Range::take(&mut inner, separators)?);
        }
        match ranges.len() {
            0 => Err(Fault::new(&fpl::FPLSCA055E, &[])),
            1..=10 => Ok(ranges),
            _ => Err(Fault::new(&fpl::FPLSCA056E, &[])),
        }
    }
}

/// Whether a word that begins with a letter begins a range.
fn introduces(word: &[u8]) -> bool {
    let letters = word
        .iter()
        .position(|b| !b.is_ascii_alphabetic())
        .unwrap_or(word.len());
    let (key, digits) = word.split_at(letters);
    if digits.is_empty() {
        let openers = [
            "WORDSEParator",
            "WS",
            "FIELDSEparator",
            "FS",
            "SUBSTRing",
            "Words",
            "Fields",
            "QUALify",
            "MEMber",
        ];
        return openers.iter().any(|k| abbrev::matches(k, key));
    }
    (abbrev::matches("Words", key) || abbrev::matches("Fields", key))
        && range_part(digits, Unit::Columns).is_some()
}

/// Reads `n`, `n-m`, `n.len`, `n;m`, `n-*`, `*-n`; a negative number counts from the end.
fn range_part(text: &[u8], unit: Unit) -> Option<Part> {
    let first = usize::from(matches!(text.first(), Some(b'-' | b'+')));
    let at = text[first..]
        .iter()
        .position(|b| b"-.;".contains(b))
        .map(|i| i + first);
    let (from, sign, rest) = match at {
        Some(at) => (&text[..at], text[at], &text[at + 1..]),
        None => (text, b' ', &b""[..]),
    };
    let from = match from {
        b"*" if sign != b' ' => 1,
        word => args::signed(word).filter(|&n| n != 0)?,
    };
    let to = match (sign, rest) {
        (b' ', _) => To::Length(1),
        (b'-' | b';', b"*") => To::End,
        (b'-', word) => {
            let to = i64::try_from(args::unsigned(word).ok()?).ok()?;
            if from < 0 || to < from {
                return None;
            }
            To::At(to)
        }
        (b';', word) => {
            let to = args::signed(word).filter(|&n| n != 0)?;
            if (to > 0) == (from > 0) && to < from {
                return None;
            }
            To::At(to)
        }
        (_, b"*") => To::End,
        (_, word) => To::Length(args::unsigned(word).ok()?),
    };
    Some(Part { unit, from, to })
}

impl Part {
    /// The columns of a member.
    fn of(member: &Member) -> Part {
        let to = match member.length {
            Some(length) => To::Length(length as u64),
            None => To::End,
        };
        Part {
            unit: Unit::Columns,
            from: i64::try_from(member.first).map_or(i64::MAX, |n| n.saturating_add(1)),
            to,
        }
    }

    fn find(&self, record: &[u8]) -> Option<(usize, usize)> {
        match self.unit {
            Unit::Columns => self.bounds(record.len()),
            Unit::Words(separator) => self.words(record, separator),
            Unit::Fields(separator) => self.fields(record, separator),
            Unit::Quoted(separator, quote) => self.quoted(record, separator, quote),
        }
    }

    /// The first unit (from 0) and the one after the last, of `total`; `None` when there is none.
    fn bounds(&self, total: usize) -> Option<(usize, usize)> {
        let total = i64::try_from(total).ok()?;
        let place = |n: i64| if n > 0 { n - 1 } else { total + n };
        let first = place(self.from);
        let after = match self.to {
            To::End => total,
            To::At(n) => place(n) + 1,
            To::Length(n) => first.saturating_add(i64::try_from(n).unwrap_or(i64::MAX)),
        };
        let first = first.max(0);
        let after = after.min(total);
        if first >= total || after < first || (after == first && self.to != To::Length(0)) {
            return None;
        }
        Some((usize::try_from(first).ok()?, usize::try_from(after).ok()?))
    }

    fn words(&self, record: &[u8], separator: u8) -> Option<(usize, usize)> {
        if self.from > 0 && !matches!(self.to, To::At(..0)) {
            return self.words_forward(record, separator);
        }
        let mut words = Vec::new();
        let mut at = 0;
        while let Some((start, end)) = next_word(record, at, separator) {
            words.push((start, end));
            at = end;
        }
        let (first, after) = self.bounds(words.len())?;
        Some((words[first].0, words[after.max(first + 1) - 1].1))
    }

    fn words_forward(&self, record: &[u8], separator: u8) -> Option<(usize, usize)> {
        let first = u64::try_from(self.from).ok()?;
        let last = match self.to {
            To::End => u64::MAX,
            To::At(n) => u64::try_from(n).ok()?,
            To::Length(n) => first.saturating_add(n).saturating_sub(1),
        };
        let mut at = 0;
        let mut count = 0;
        let mut start = None;
        while let Some((s, e)) = next_word(record, at, separator) {
            count += 1;
            at = e;
            if count == first {
                if last == u64::MAX {
                    return Some((s, trimmed_end(record, separator)));
                }
                start = Some(s);
            }
            if count >= last {
                break;
            }
        }
        start.map(|s| (s, at.max(s)))
    }

    fn fields(&self, record: &[u8], separator: u8) -> Option<(usize, usize)> {
        let mut fields = Vec::new();
        let mut start = 0;
        for at in memchr::memchr_iter(separator, record) {
            fields.push((start, at));
            start = at + 1;
        }
        fields.push((start, record.len()));
        let (first, after) = self.bounds(fields.len())?;
        Some((fields[first].0, fields[after.max(first + 1) - 1].1))
    }

    /// Fields of which some are between quotes; a range of one field leaves these out (from the tests of
    /// `edwardaux/Pipes`).
    fn quoted(&self, record: &[u8], separator: u8, quote: u8) -> Option<(usize, usize)> {
        let mut fields = Vec::new();
        let (mut start, mut at) = (0, 0);
        while at <= record.len() {
            if at == start && record.get(at) == Some(&quote) {
                // To the quote that is not doubled.
                at += 1;
                while let Some(n) = memchr::memchr(quote, &record[at..]) {
                    at += n + 1;
                    if record.get(at) != Some(&quote) {
                        break;
                    }
                    at += 1;
                }
            }
            let end = memchr::memchr(separator, &record[at..]).map_or(record.len(), |n| at + n);
            fields.push((start, end));
            start = end + 1;
            at = start;
        }
        let (first, after) = self.bounds(fields.len())?;
        let last = after.max(first + 1) - 1;
        let (from, to) = (fields[first].0, fields[last].1);
        let text = &record[from..to];
        match first == last && text.len() > 1 && text[0] == quote && text.ends_with(&[quote]) {
            true => Some((from + 1, to - 1)),
            false => Some((from, to)),
        }
    }
}

fn next_word(record: &[u8], from: usize, separator: u8) -> Option<(usize, usize)> {
    let start = from + record[from..].iter().position(|&b| b != separator)?;
    let end = record[start..]
        .iter()
        .position(|&b| b == separator)
        .map_or(record.len(), |n| start + n);
    Some((start, end))
}

fn trimmed_end(record: &[u8], separator: u8) -> usize {
    record
        .iter()
        .rposition(|&b| b != separator)
        .map_or(0, |n| n + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(range: &str, record: &str) -> String {
        let mut args = Args::new(range.as_bytes(), false);
        let range = Range::take(&mut args, &mut Separators::default()).unwrap();
        String::from_utf8_lossy(range.of(record.as_bytes())).into_owned()
    }

    fn fails(range: &str) -> i32 {
        let mut args = Args::new(range.as_bytes(), false);
        Range::list(&mut args, &mut Separators::default())
            .map(|_| 0)
            .unwrap_or_else(|f| f.message.number())
    }

    #[test]
    fn columns() {
        for (range, shows) in [
            ("3", "c"),
            ("2-4", "bcd"),
            ("2.2", "bc"),
            ("5-*", "ef"),
            ("*-2", "ab"),
            ("-2;-1", "ef"),
            ("2;-2", "bcde"),
            ("-1", "f"),
            ("-9;2", "ab"),
            ("7", ""),
            ("7-9", ""),
            ("5-99", "ef"),
        ] {
            assert_eq!(cut(range, "abcdef"), shows, "{range}");
        }
    }

    #[test]
    fn words_and_fields() {
        let r = " one  two three ";
        assert_eq!(cut("w2", r), "two");
        assert_eq!(cut("words1.2", r), "one  two");
        assert_eq!(cut("word 2-*", r), "two three");
        assert_eq!(cut("w-1", r), "three");
        assert_eq!(cut("w-2;-1", r), "two three");
        assert_eq!(cut("w4", r), "");
        assert_eq!(cut("fs , f2", "a,,c"), "");
        assert_eq!(cut("fs , f3", "a,,c"), "c");
        assert_eq!(cut("fs , f-1", "a,,c"), "c");
        assert_eq!(cut("fs , f2-*", "a,,c"), ",c");
        assert_eq!(cut("ws , w2", "a,,c"), "c");
        assert_eq!(cut("substr 2.2 of w2", r), "wo");
        assert_eq!(cut("substr fs - f2 of ws / w1", "x"), "");
    }

    #[test]
    fn errors() {
        assert_eq!(fails("5-3"), 54);
        assert_eq!(fails("0"), 54);
        assert_eq!(fails("()"), 55);
        assert_eq!(fails("(1 2 3 4 5 6 7 8 9 10 11)"), 56);
        assert_eq!(fails("(1 2"), 57);
        assert_eq!(fails("(w1 3.4)"), 0);
        assert_eq!(fails("substr 1 w2"), 111);
    }
}
