//! Targets: what SPLIT, CHOP, STRIP, SPACE and SPILL look for in a record
//! (`[ANYCASE] … [NOT] {BLANK | xrange | STRing dstr | [ANYof] dstr}`).

use std::borrow::Cow;
use std::cmp::Ordering;

use super::args::{self, Args, CharSet, Fault};
use crate::base::codepage::CodePage;

/// What is looked for.
#[derive(Debug, Clone)]
pub enum Target {
    /// Any character of a set.
    Set(CharSet),
    /// A string; the second form in any case (kept in lower case).
    Text(Vec<u8>, Case),
}

/// Whether case counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// Upper and lower case differ.
    Exact,
    /// Upper and lower case are the same.
    Any,
}

impl Case {
    /// Reads ANYCASE or a synonym.
    pub fn take(args: &mut Args<'_>) -> Case {
        match args.anycase() {
            true => Case::Any,
            false => Case::Exact,
        }
    }

    /// Whether two strings are the same.
    pub fn same(self, a: &[u8], b: &[u8]) -> bool {
        match self {
            Case::Exact => a == b,
            Case::Any => a.eq_ignore_ascii_case(b),
        }
    }

    /// Where `needle` first stands in `text` from `from` on.
    pub fn find(self, text: &[u8], needle: &[u8], from: usize) -> Option<usize> {
        let text = text.get(from..)?;
        let found = match self {
            Case::Exact => memchr::memmem::find(text, needle),
            Case::Any => find_anycase(text, needle),
        };
        found.map(|n| n + from)
    }
}

/// Where a string first stands, case ignored: looks for its rarest character in both cases, then compares.
fn find_anycase(text: &[u8], needle: &[u8]) -> Option<usize> {
    let last = text.len().checked_sub(needle.len())?;
    let Some(at) = (0..needle.len()).min_by_key(|&n| frequency(needle[n])) else {
        return Some(0);
    };
    let (lower, upper) = (
        needle[at].to_ascii_lowercase(),
        needle[at].to_ascii_uppercase(),
    );
    // Where that character may stand.
    let places = &text[at..=last + at];
    let here = |n: &usize| text[*n..*n + needle.len()].eq_ignore_ascii_case(needle);
    match lower == upper {
        true => memchr::memchr_iter(lower, places).find(here),
        false => memchr::memchr2_iter(lower, upper, places).find(here),
    }
}

/// How often a character stands in common text, as a rank.
fn frequency(c: u8) -> usize {
    const RISING: &[u8] = b"qzxjkvbpgywfmucldrhsnioate0123456789";
    match c {
        b' ' => RISING.len() + 1,
        c => RISING
            .iter()
            .position(|&r| r == c.to_ascii_lowercase())
            .map_or(0, |n| n + 1),
    }
}

/// How two fields are compared.
#[derive(Debug, Clone, Copy)]
pub struct Compare {
    /// What the shorter field is extended with; `None`: it comes first.
    pub pad: Option<u8>,
    /// Whether case counts.
    pub case: Case,
    /// The code page whose codes say which character comes first.
    pub page: CodePage,
}

impl Compare {
    /// Code by code, in the code page of the operands.
    pub fn exact(args: &Args<'_>) -> Compare {
        Compare {
            pad: None,
            case: Case::Exact,
            page: args.page,
        }
    }

    /// Reads NOPAD, PAD and ANYCASE as often as they stand there.
    ///
    /// # Errors
    /// 50 or 113 in the pad character.
    pub fn take(args: &mut Args<'_>) -> Result<Compare, Fault> {
        let mut compare = Compare::exact(args);
        while compare.take_one(args)? {}
        Ok(compare)
    }

    /// Reads one of NOPAD, PAD and ANYCASE; whether there was one.
    ///
    /// # Errors
    /// 50 or 113 in the pad character.
    pub fn take_one(&mut self, args: &mut Args<'_>) -> Result<bool, Fault> {
        if args.anycase() {
            self.case = Case::Any;
            return Ok(true);
        }
        self.take_pad(args)
    }

    /// Reads NOPAD or PAD; whether there was one.
    ///
    /// # Errors
    /// 50 or 113 in the pad character.
    pub fn take_pad(&mut self, args: &mut Args<'_>) -> Result<bool, Fault> {
        if args.keyword("NOPAD") {
            self.pad = None;
        } else if args.keyword("PAD") {
            self.pad = Some(args.xorc()?);
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// A field in the form that all fields equal to it have.
    pub fn canonical(self, field: &[u8]) -> Cow<'_, [u8]> {
        let end = match self.pad {
            Some(pad) => field.iter().rposition(|&b| b != pad).map_or(0, |n| n + 1),
            None => field.len(),
        };
        match self.case {
            Case::Any => field[..end].to_ascii_uppercase().into(),
            Case::Exact => field[..end].into(),
        }
    }

    /// The first bytes of a field in the order of fields; a shorter one is filled up.
    pub fn begin(self, field: &[u8], bytes: &mut [u8]) {
        let length = field.len().min(bytes.len());
        bytes[..length].copy_from_slice(&field[..length]);
        bytes[length..].fill(self.pad.unwrap_or(0));
        if self.case == Case::Any {
            bytes.make_ascii_uppercase();
        }
        if self.page != CodePage::Host {
            for b in bytes.iter_mut() {
                *b = self.page.code_of(*b);
            }
            if self.pad.is_none() {
                bytes[length..].fill(0);
            }
        }
    }

    /// Which of two fields comes first.
    pub fn order(self, a: &[u8], b: &[u8]) -> Ordering {
        let plain = self.pad.is_none() || a.len() == b.len();
        if self.case == Case::Exact && self.page == CodePage::Host && plain {
            return a.cmp(b);
        }
        let fold = |c: u8| match self.case {
            Case::Any => self.page.code_of(c.to_ascii_uppercase()),
            Case::Exact => self.page.code_of(c),
        };
        for n in 0..a.len().max(b.len()) {
            let at = |text: &[u8]| text.get(n).copied().or(self.pad).map(fold);
            let order = at(a).cmp(&at(b));
            if order.is_ne() {
                return order;
            }
        }
        Ordering::Equal
    }
}

/// Whether a character begins a delimitedString and nothing else.
fn is_delimiter(c: u8) -> bool {
    !c.is_ascii_alphanumeric() && !b"-*(".contains(&c)
}

impl Target {
    /// A blank.
    pub fn blank() -> Target {
        Target::Set(CharSet::of(b" "))
    }

    /// Takes a target; `None` when the next operand is none.
    ///
    /// # Errors
    /// Those of a delimitedString.
    pub fn take(args: &mut Args<'_>, case: Case) -> Result<Option<Target>, Fault> {
        let set = |set: CharSet| match case {
            Case::Any => Target::Set(set.anycase()),
            Case::Exact => Target::Set(set),
        };
        if args.keyword("STRing") {
            return Ok(Some(Target::Text(args.delimited()?, case)));
        }
        if args.keyword("ANYof") {
            return Ok(Some(set(CharSet::of(&args.delimited()?))));
        }
        let Some(word) = args.peek() else {
            return Ok(None);
        };
        match args::xrange(word, args.page) {
            Ok(members) => {
                args.word();
                Ok(Some(set(CharSet::of(&members))))
            }
            // A string alone is a set of characters, as with ANYOF.
            Err(_) if word.len() > 2 && is_delimiter(word[0]) => {
                Ok(Some(set(CharSet::of(&args.delimited()?))))
            }
            Err(_) => Ok(None),
        }
    }

    /// The first place at or after `from` where the target stands: its start and end.
    pub fn find(&self, text: &[u8], from: usize) -> Option<(usize, usize)> {
        match self {
            Target::Set(set) => {
                let at = text.get(from..)?.iter().position(|&b| set.has(b))? + from;
                Some((at, at + 1))
            }
            Target::Text(needle, _) if needle.is_empty() => None,
            Target::Text(needle, case) => {
                let at = case.find(text, needle, from)?;
                Some((at, at + needle.len()))
            }
        }
    }

    /// The first place at or after `from` where the target does not stand, and its end.
    pub fn find_not(&self, text: &[u8], from: usize) -> Option<(usize, usize)> {
        let mut at = from;
        while at < text.len() {
            match self.length_at(text, at) {
                0 => return Some((at, at + 1)),
                n => at += n,
            }
        }
        None
    }

    /// How long the target is that stands at a place; 0 when none does.
    pub fn length_at(&self, text: &[u8], at: usize) -> usize {
        match self {
            Target::Set(set) => usize::from(text.get(at).is_some_and(|&b| set.has(b))),
            Target::Text(needle, case) => match text.get(at..at + needle.len()) {
                Some(here) if case.same(here, needle) => needle.len(),
                _ => 0,
            },
        }
    }

    /// How long the target is that ends at a place; 0 when none does.
    pub fn length_before(&self, text: &[u8], end: usize) -> usize {
        match self {
            Target::Set(set) => {
                usize::from(end > 0 && text.get(end - 1).is_some_and(|&b| set.has(b)))
            }
            Target::Text(needle, case) => {
                let fits = end.checked_sub(needle.len());
                match fits.and_then(|at| text.get(at..end)) {
                    Some(here) if case.same(here, needle) => needle.len(),
                    _ => 0,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_alone_is_a_set_of_characters() {
        use crate::pipe::tests::check;
        check(
            "literal a,b;c|split at /,;/|strip|console",
            0,
            &["a", "b", "c"],
        );
        check(
            "strliteral /a<b<c/|split before /</|console",
            0,
            &["a", "<b", "<c"],
        );
        check("strliteral /ab.;/|strip trailing /.;/|console", 0, &["ab"]);
        check(
            "strliteral /a-b*c/|split at -|split at *|console",
            0,
            &["a", "b", "c"],
        );
        check("literal abc|split at /bc|console", -60, &[]);
    }

    #[test]
    fn strings_in_any_case_are_found_where_a_plain_scan_finds_them() {
        let texts: &[&[u8]] = &[
            b"",
            b"a",
            b"xXq-Q x",
            b"The Quick brown FOX",
            b"aAaAb",
            b"[{@`",
        ];
        let needles: &[&[u8]] = &[
            b"",
            b"A",
            b"Xq",
            b"q-q",
            b"FOX",
            b"aab",
            b"ab",
            b"{",
            b"@",
            b"zz z z z z z z z",
        ];
        for text in texts {
            for needle in needles {
                let plain = (0..=text.len()).find(|&n| {
                    text[n..].len() >= needle.len()
                        && text[n..n + needle.len()].eq_ignore_ascii_case(needle)
                });
                assert_eq!(
                    Case::Any.find(text, needle, 0),
                    plain,
                    "{text:?} {needle:?}"
                );
            }
        }
        assert_eq!(Case::Any.find(b"ab AB", b"aB", 1), Some(3));
    }
}
