//! The argument checker (ANSI X3.274 section 9.2.1, CheckArgs): the standard's argument strings, made
//! ready at compile time, and the errors 40.n of a call that does not fit.

use crate::num::{Number, ParseError, Settings};

use super::{Bif, Error, Value};

/// The most items an argument string has.
const ITEMS: usize = 5;

/// NUMERIC DIGITS under which `WHOLE` arguments are read, whatever the caller has.
const OWN_DIGITS: u32 = 9;

/// An argument string, ready for checking.
#[derive(Debug, Clone, Copy)]
pub struct Signature {
    items: [Kind; ITEMS],
    /// How many arguments must be there.
    min: usize,
    /// How many there may be.
    max: usize,
}

/// What one argument must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// ANY: any string.
    Any,
    /// NUM: a number.
    Number,
    /// WHOLE: a whole number of the function's own settings.
    Whole,
    /// WHOLE>=0.
    WholeFromZero,
    /// WHOLE>0.
    WholeFromOne,
    /// WHOLENUM: a whole number under the caller's DIGITS.
    CallerWhole,
    /// WHOLENUM>=0.
    CallerWholeFromZero,
    /// 0_90: an error number with an optional subcode.
    ErrorNumber,
    /// PAD: one character.
    Pad,
    /// SEP: one character that is no letter or digit, or nothing.
    Separator,
    /// HEX: hexadecimal digits.
    Hex,
    /// BIN: binary digits.
    Bin,
    /// SYM: a symbol.
    Symbol,
    /// ACEFILNOR: a trace setting.
    Trace,
    /// Letters: one bit for each that an option may start with.
    Option(u32),
}

impl Signature {
    /// Reads an argument string such as `rANY oWHOLE>=0`.
    pub const fn parse(text: &str) -> Signature {
        let text = text.as_bytes();
        let mut signature = Signature {
            items: [Kind::Any; ITEMS],
            min: 0,
            max: 0,
        };
        let mut at = 0;
        while at < text.len() {
            if text[at] == b'r' {
                signature.min += 1;
            }
            let start = at + 1;
            while at < text.len() && text[at] != b' ' && text[at] != b'+' {
                at += 1;
            }
            signature.items[signature.max] = Kind::named(text, start, at);
            signature.max += 1;
            if at < text.len() && text[at] == b'+' {
                signature.max = usize::MAX;
                return signature;
            }
            at += 1;
        }
        signature
    }

    fn item(&self, index: usize) -> Kind {
        let last = if self.max == usize::MAX { 0 } else { ITEMS - 1 };
        self.items[index.min(last)]
    }
}

const fn same(text: &[u8], from: usize, to: usize, word: &str) -> bool {
    let word = word.as_bytes();
    if to - from != word.len() {
        return false;
    }
    let mut i = 0;
    while i < word.len() {
        if text[from + i] != word[i] {
            return false;
        }
        i += 1;
    }
    true
}

impl Kind {
    const fn named(text: &[u8], from: usize, to: usize) -> Kind {
        const NAMES: [(&str, Kind); 14] = [
            ("ANY", Kind::Any),
            ("NUM", Kind::Number),
            ("WHOLE", Kind::Whole),
            ("WHOLE>=0", Kind::WholeFromZero),
            ("WHOLE>0", Kind::WholeFromOne),
            ("WHOLENUM", Kind::CallerWhole),
            ("WHOLENUM>=0", Kind::CallerWholeFromZero),
            ("0_90", Kind::ErrorNumber),
            ("PAD", Kind::Pad),
            ("SEP", Kind::Separator),
            ("HEX", Kind::Hex),
            ("BIN", Kind::Bin),
            ("SYM", Kind::Symbol),
            ("ACEFILNOR", Kind::Trace),
        ];
        let mut i = 0;
        while i < NAMES.len() {
            if same(text, from, to, NAMES[i].0) {
                return NAMES[i].1;
            }
            i += 1;
        }
        let mut letters = 0u32;
        let mut at = from;
        while at < to {
            assert!(
                text[at].is_ascii_uppercase(),
                "an argument string names a type or lists letters"
            );
            letters |= 1 << (text[at] - b'A');
            at += 1;
        }
        Kind::Option(letters)
    }
}

impl Bif {
    /// Checks the arguments of a call against the row.
    ///
    /// # Errors
    /// 40.3 to 40.43, as the standard has them; the first insert is always the function's name.
    pub fn check(&'static self, settings: Settings, args: &[Option<Value>]) -> Result<(), Error> {
        let signature = &self.signature;
        let (min, max) = (signature.min, signature.max);
        // Omitted arguments at the end do not count.
        let there = args
            .iter()
            .rposition(Option::is_some)
            .map_or(0, |at| at + 1);
        let args = &args[..there];
        if args.len() < min {
            return Err(self.fail(3, &[number(min).as_bytes()]));
        }
        if args.len() > max {
            return Err(self.fail(4, &[number(max).as_bytes()]));
        }
        for (index, arg) in args.iter().enumerate() {
            match arg {
                Some(value) => self.check_one(settings, index, value)?,
                None if index < min => {
                    return Err(self.fail(5, &[number(index + 1).as_bytes()]));
                }
                None => {}
            }
        }
        Ok(())
    }

    fn fail(&self, subcode: u16, inserts: &[&[u8]]) -> Error {
        let mut all = vec![self.name.as_bytes()];
        all.extend_from_slice(inserts);
        Error::new(40, subcode, &all)
    }

    #[inline]
    fn check_one(
        &'static self,
        settings: Settings,
        index: usize,
        value: &Value,
    ) -> Result<(), Error> {
        let kind = self.signature.item(index);
        match kind {
            Kind::Any => Ok(()),
            Kind::WholeFromZero | Kind::WholeFromOne | Kind::Whole => {
                if let Some(v) = value.as_int()
                    && v > 0
                    && v <= 999_999_999
                {
                    return Ok(());
                }
                self.check_whole(settings.with_digits(OWN_DIGITS), index, kind, value)
            }
            Kind::CallerWhole | Kind::CallerWholeFromZero => {
                self.check_whole(settings, index, kind, value)
            }
            Kind::Number => self.check_number(index, value),
            Kind::Pad if value.len() == 1 => Ok(()),
            _ => value.with_bytes(|text| self.check_text(index, kind, text)),
        }
    }

    fn check_number(&self, index: usize, value: &Value) -> Result<(), Error> {
        if matches!(value, Value::Int(_)) {
            return Ok(());
        }
        value.with_bytes(|text| match Number::try_parse(text) {
            Ok(_) => Ok(()),
            Err(ParseError::NotNumber) => Err(self.found(11, index, text)),
            Err(ParseError::OutOfRange) => {
                Err(self.fail(9, &[number(index + 1).as_bytes(), b"9", text]))
            }
        })
    }

    fn found(&self, subcode: u16, index: usize, text: &[u8]) -> Error {
        self.fail(subcode, &[number(index + 1).as_bytes(), text])
    }

    fn check_whole(
        &self,
        settings: Settings,
        index: usize,
        kind: Kind,
        value: &Value,
    ) -> Result<(), Error> {
        value.with_bytes(|text| {
            let Some(n) = Number::parse(text).filter(|n| n.is_whole(&settings)) else {
                return Err(self.found(12, index, text));
            };
            match kind {
                Kind::WholeFromZero | Kind::CallerWholeFromZero if n.is_negative() => {
                    Err(self.found(13, index, text))
                }
                Kind::WholeFromOne if n.is_negative() || n.is_zero() => {
                    Err(self.found(14, index, text))
                }
                _ => Ok(()),
            }
        })
    }

    fn check_text(&self, index: usize, kind: Kind, text: &[u8]) -> Result<(), Error> {
        match kind {
            Kind::Pad if text.len() != 1 => Err(self.found(23, index, text)),
            Kind::Separator if text.len() > 1 || text.iter().any(u8::is_ascii_alphanumeric) => {
                Err(self.found(43, index, text))
            }
            Kind::Hex if !is_grouped(text, 2, |b| b.is_ascii_hexdigit()) => {
                Err(self.fail(25, &[text]))
            }
            Kind::Bin if !is_grouped(text, 4, |b| matches!(b, b'0' | b'1')) => {
                Err(self.fail(24, &[text]))
            }
            Kind::Symbol if !is_symbol(text) => Err(self.fail(26, &[text])),
            Kind::ErrorNumber => self.check_error_number(text),
            Kind::Trace => self.check_trace(index, text),
            Kind::Option(letters) => self.check_option(index, letters, text),
            _ => Ok(()),
        }
    }

    fn check_error_number(&self, text: &[u8]) -> Result<(), Error> {
        let Some(n) = Number::parse(text) else {
            return Err(self.found(11, 0, text));
        };
        let cut = |places| {
            let text = n.truncated(places, &Settings::default());
            text.unwrap_or_default()
        };
        let major = cut(0);
        let in_range = matches!(major.as_slice(), [_] | [b'0'..=b'8', _] | b"90");
        let minor = cut(3);
        // The part after the point is the subcode: at most .9 in the standard's words, where .10 is .1.
        let tail = minor.rsplit(|&b| b == b'.').next().unwrap_or(b"");
        if !in_range || n.is_negative() || tail > b"900".as_slice() {
            return Err(self.fail(17, &[text]));
        }
        Ok(())
    }

    fn check_trace(&self, index: usize, text: &[u8]) -> Result<(), Error> {
        let letter = text.iter().find(|b| !matches!(b, b'?' | b'!'));
        match letter {
            None if !text.is_empty() => Ok(()),
            Some(b) if b"ACEFILNORS".contains(&b.to_ascii_uppercase()) => Ok(()),
            _ => Err(self.bad_option(index, text)),
        }
    }

    fn check_option(&self, index: usize, letters: u32, text: &[u8]) -> Result<(), Error> {
        let Some(first) = text.first() else {
            return Err(self.fail(21, &[number(index + 1).as_bytes()]));
        };
        let first = first.to_ascii_uppercase();
        if first.is_ascii_uppercase() && letters >> (first - b'A') & 1 == 1 {
            return Ok(());
        }
        Err(self.bad_option(index, text))
    }

    fn bad_option(&self, index: usize, text: &[u8]) -> Error {
        let list = self.args.split(' ').nth(index).unwrap_or(" ");
        self.fail(
            28,
            &[number(index + 1).as_bytes(), &list.as_bytes()[1..], text],
        )
    }
}

fn number(v: usize) -> String {
    v.to_string()
}

/// Whether a text is hexadecimal or binary digits as in a literal: blanks only between groups counted
/// from the right, none at either end.
pub(super) fn is_grouped(text: &[u8], group: usize, digit: impl Fn(u8) -> bool) -> bool {
    let blank = |b: &u8| matches!(b, b' ' | b'\t');
    if text.first().is_some_and(blank) || text.last().is_some_and(blank) {
        return false;
    }
    let mut count = 0;
    for b in text.iter().rev() {
        if blank(b) {
            if count % group != 0 {
                return false;
            }
        } else if digit(*b) {
            count += 1;
        } else {
            return false;
        }
    }
    true
}

/// Whether a text is written as a symbol: of the letters and digits that a name may have, or a number
/// with a signed exponent.
pub(super) fn is_symbol(text: &[u8]) -> bool {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"@#$\xA2._!?".contains(b);
    if text.is_empty() || text.len() > 250 {
        return false;
    }
    if text.iter().all(plain) {
        return true;
    }
    // Only a number may have a sign in it: digits, then E, then the sign.
    let starts_as_number = text[0].is_ascii_digit() || text[0] == b'.';
    starts_as_number && !text.ends_with(b" ") && Number::parse(text).is_some()
}
