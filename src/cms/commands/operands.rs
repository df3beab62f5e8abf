//! Operands and options of a command: words, then options behind a left parenthesis, as the tokenized
//! parameter list has them.

use crate::cms::fileid::{self, Mode, Name, Pattern};

/// What stands behind a command's name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Operands {
    /// The words before the left parenthesis.
    pub words: Vec<Vec<u8>>,
    /// The words behind it, up to a right parenthesis.
    pub options: Vec<Vec<u8>>,
}

/// Why words do not make a file identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bad {
    /// File name or file type is missing.
    Incomplete,
    /// The file mode.
    Mode(Vec<u8>),
    /// A character of the name or type, and the word.
    Character(u8, Vec<u8>),
}

impl Operands {
    /// Splits a text; parentheses are words of their own.
    pub fn parse(text: &[u8]) -> Operands {
        let mut operands = Operands::default();
        let mut in_options = false;
        for word in words(text) {
            match word {
                b"(" if !in_options => in_options = true,
                b")" if in_options => break,
                word if in_options => operands.options.push(word.to_vec()),
                word => operands.words.push(word.to_vec()),
            }
        }
        operands
    }

    /// The word at a place, an empty one when there is none.
    pub fn word(&self, at: usize) -> &[u8] {
        self.words.get(at).map_or(&[], Vec::as_slice)
    }
}

/// The blank-delimited words of a text, parentheses apart.
fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let start = rest.iter().position(|&c| c != b' ')?;
        rest = &rest[start..];
        let len = match rest[0] {
            b'(' | b')' => 1,
            _ => rest
                .iter()
                .position(|c| matches!(c, b' ' | b'(' | b')'))
                .unwrap_or(rest.len()),
        };
        let (word, behind) = rest.split_at(len);
        rest = behind;
        Some(word)
    })
}

/// A pattern for files, as fn ft fm operands give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// File name.
    pub fname: Pattern,
    /// File type.
    pub ftype: Pattern,
    /// File mode.
    pub mode: Mode,
}

impl Selection {
    /// Reads three operands; file name and file type may be patterns.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn parse(fname: &[u8], ftype: &[u8], mode: &[u8]) -> Result<Selection, Bad> {
        if fname.is_empty() || ftype.is_empty() {
            return Err(Bad::Incomplete);
        }
        let part = |word: &[u8]| {
            let pattern = Pattern::new(fileid::token(word));
            match pattern.invalid_char() {
                Some(c) => Err(Bad::Character(c, word.to_vec())),
                None => Ok(pattern),
            }
        };
        Ok(Selection {
            fname: part(fname)?,
            ftype: part(ftype)?,
            mode: Mode::parse(mode).ok_or_else(|| Bad::Mode(mode.to_vec()))?,
        })
    }

    /// The one file meant; `None` when a part is a pattern. A name in small letters names no file.
    pub fn literal(&self) -> Option<Name> {
        if !self.fname.is_literal() || !self.ftype.is_literal() {
            return None;
        }
        Name::new(self.fname.text(), self.ftype.text())
    }

    /// The operands with single blanks, for messages.
    pub fn text(&self) -> Vec<u8> {
        let mut text = self.fname.text().to_vec();
        text.push(b' ');
        text.extend_from_slice(self.ftype.text());
        text.push(b' ');
        match self.mode {
            Mode::Any => text.push(b'*'),
            Mode::Letter(letter, digit) => {
                text.push(letter);
                text.extend(digit.map(|d| b'0' + d));
            }
        }
        text
    }
}

/// The ids a command uses for faults in a file identifier.
pub struct FileidMessages {
    /// Invalid filemode: return code 24.
    pub mode: &'static crate::base::Msg,
    /// Incomplete fileid: return code 24.
    pub incomplete: &'static crate::base::Msg,
    /// Invalid character: return code 20.
    pub character: &'static crate::base::Msg,
}

impl Bad {
    /// The message and the return code.
    pub fn fault(&self, ids: &FileidMessages) -> (crate::base::Message, i32) {
        match self {
            Bad::Incomplete => (ids.incomplete.with(&[]), 24),
            Bad::Mode(word) => (ids.mode.with(&[word]), 24),
            Bad::Character(c, word) => (ids.character.with(&[&[*c], word]), 20),
        }
    }

    /// Issues the message and gives the return code.
    pub fn report(&self, call: &mut super::Call<'_>, ids: &FileidMessages) -> super::Verdict {
        let (message, rc) = self.fault(ids);
        call.cms.report(call.port, &message);
        super::Verdict::Rc(rc)
    }
}

/// A whole number without sign, as line numbers and counts are written.
pub fn number(word: &[u8]) -> Option<u64> {
    if word.is_empty() || !word.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(word).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_end_at_the_right_parenthesis() {
        let o = Operands::parse(b"  SAVELX EXEC(LABEL) A ");
        assert_eq!(o.words, [b"SAVELX".to_vec(), b"EXEC".to_vec()]);
        assert_eq!(o.options, [b"LABEL".to_vec()]);
        assert_eq!(Operands::parse(b"A ( B C").options.len(), 2);
        assert_eq!(Operands::parse(b"").word(3), b"");
    }

    #[test]
    fn faults_of_a_fileid() {
        let bad = |f: &str, t: &str, m: &str| {
            Selection::parse(f.as_bytes(), t.as_bytes(), m.as_bytes()).err()
        };
        assert_eq!(bad("A", "", ""), Some(Bad::Incomplete));
        assert_eq!(bad("A", "B", "7"), Some(Bad::Mode(b"7".to_vec())));
        assert_eq!(
            bad("A/B", "C", "A"),
            Some(Bad::Character(b'/', b"A/B".to_vec()))
        );
        assert_eq!(bad("A*", "%", "*"), None);
    }
}
