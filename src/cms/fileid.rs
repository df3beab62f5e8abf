//! File identifiers: file name, file type, file mode, and the patterns commands take
//! (CMS User's Guide, "File Identifiers").

use std::fmt;

/// The longest file name or file type.
pub const NAME_LENGTH: usize = 8;

/// A file name and file type, in the case the file system keeps them: upper.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// File name, 1 to 8 characters.
    pub fname: Vec<u8>,
    /// File type, 1 to 8 characters.
    pub ftype: Vec<u8>,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (fname, ftype) = (
            String::from_utf8_lossy(&self.fname),
            String::from_utf8_lossy(&self.ftype),
        );
        write!(f, "{fname} {ftype}")
    }
}

/// Whether a character may stand in a file name or file type.
pub fn is_name_char(c: u8) -> bool {
    c.is_ascii_alphanumeric() || b"$#@+-:_".contains(&c)
}

/// Whether a word is a valid file name or file type: 1 to 8 valid characters.
pub fn is_name(word: &[u8]) -> bool {
    (1..=NAME_LENGTH).contains(&word.len()) && word.iter().copied().all(is_name_char)
}

/// The first character of a word that cannot stand in a file identifier.
pub fn invalid_char(word: &[u8]) -> Option<u8> {
    word.iter().copied().find(|&c| !is_name_char(c))
}

/// The first eight characters of an operand: what the tokenized parameter list keeps.
pub fn token(word: &[u8]) -> &[u8] {
    &word[..word.len().min(NAME_LENGTH)]
}

impl Name {
    /// A name from two words as they are written in upper case.
    pub fn new(fname: &[u8], ftype: &[u8]) -> Option<Name> {
        (is_name(fname) && is_name(ftype)).then(|| Name {
            fname: fname.to_vec(),
            ftype: ftype.to_vec(),
        })
    }

    /// The CMS name of a host file called `name.type`; `None` when it has none, and so is no CMS file.
    pub fn of_host(host: &[u8]) -> Option<Name> {
        let dot = host.iter().position(|&c| c == b'.')?;
        let (fname, ftype) = (&host[..dot], &host[dot + 1..]);
        Name::new(&fname.to_ascii_uppercase(), &ftype.to_ascii_uppercase())
    }

    /// What a new host file of this name is called: lower case, `name.type`.
    pub fn to_host(&self) -> String {
        let mut name = self.fname.to_ascii_lowercase();
        name.push(b'.');
        name.extend(self.ftype.to_ascii_lowercase());
        String::from_utf8_lossy(&name).into_owned()
    }
}

/// What a file mode operand asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Every accessed mode, in the order of search: `*`, or an operand left out.
    Any,
    /// One letter, with the mode number when one was given: `A`, `B1`.
    Letter(u8, Option<u8>),
}

impl Mode {
    /// Reads a file mode; `None` when it is not one. An empty word is [`Mode::Any`].
    pub fn parse(word: &[u8]) -> Option<Mode> {
        match word {
            [] | [b'*'] => Some(Mode::Any),
            [letter] if letter.is_ascii_alphabetic() => {
                Some(Mode::Letter(letter.to_ascii_uppercase(), None))
            }
            [letter, digit @ b'0'..=b'6'] if letter.is_ascii_alphabetic() => Some(Mode::Letter(
                letter.to_ascii_uppercase(),
                Some(digit - b'0'),
            )),
            _ => None,
        }
    }

    /// The letter, when there is one.
    pub fn letter(self) -> Option<u8> {
        match self {
            Mode::Any => None,
            Mode::Letter(l, _) => Some(l),
        }
    }

    /// The mode number, when one was given.
    pub fn number(self) -> Option<u8> {
        match self {
            Mode::Any => None,
            Mode::Letter(_, number) => number,
        }
    }

    /// Whether an accessed mode is meant.
    pub fn takes(self, letter: u8) -> bool {
        self.letter().is_none_or(|l| l == letter)
    }
}

/// A pattern for a file name or type: `*` is any string, `%` any one character
/// (LISTFILE, ERASE; CMS Commands, "Pattern Matching").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<u8>);

impl Pattern {
    /// A pattern from an operand.
    pub fn new(word: &[u8]) -> Pattern {
        Pattern(word.to_vec())
    }

    /// Whether the operand names one file only.
    pub fn is_literal(&self) -> bool {
        !self.0.iter().any(|c| matches!(c, b'*' | b'%'))
    }

    /// The operand as written.
    pub fn text(&self) -> &[u8] {
        &self.0
    }

    /// Whether a name fits.
    pub fn fits(&self, name: &[u8]) -> bool {
        fits(&self.0, name)
    }

    /// The first character that may stand neither in a name nor in a pattern.
    pub fn invalid_char(&self) -> Option<u8> {
        self.0
            .iter()
            .copied()
            .find(|&c| !is_name_char(c) && c != b'*' && c != b'%')
    }
}

/// Glob match without recursion: on a mismatch the last `*` takes one character more.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        if p < pattern.len() && pattern[p] == b'*' {
            star = Some((p, n));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == b'%' || pattern[p] == name[n]) {
            p += 1;
            n += 1;
        } else if let Some((at, taken)) = star {
            p = at + 1;
            n = taken + 1;
            star = Some((at, taken + 1));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&c| c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_that_are_cms_files() {
        assert_eq!(
            Name::of_host(b"savelx.exec").map(|n| n.to_string()),
            Some("SAVELX EXEC".into())
        );
        assert!(Name::of_host(b"A.B").is_some());
        for not in [
            &b".git"[..],
            b"Makefile",
            b"a.b.c",
            b"toolongname.exec",
            b"x.",
            b"sp ace.x",
            b"../x.y",
        ] {
            assert_eq!(Name::of_host(not), None, "{}", String::from_utf8_lossy(not));
        }
    }

    #[test]
    fn modes() {
        assert_eq!(Mode::parse(b"*"), Some(Mode::Any));
        assert_eq!(Mode::parse(b"a1"), Some(Mode::Letter(b'A', Some(1))));
        assert_eq!(Mode::parse(b"A7"), None);
        assert_eq!(Mode::parse(b"AA"), None);
        assert_eq!(Mode::parse(b"1"), None);
    }

    #[test]
    fn patterns() {
        assert!(Pattern::new(b"*").fits(b"SAVELX"));
        assert!(Pattern::new(b"S*X").fits(b"SAVELX"));
        assert!(Pattern::new(b"S*L*").fits(b"SAVELX"));
        assert!(Pattern::new(b"%AVELX").fits(b"SAVELX"));
        assert!(!Pattern::new(b"%").fits(b""));
        assert!(!Pattern::new(b"S*Y").fits(b"SAVELX"));
        assert!(!Pattern::new(b"SAVE").fits(b"SAVELX"));
        assert!(Pattern::new(b"*A*B*").fits(b"XAYABZ"));
    }
}
