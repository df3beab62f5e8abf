//! A REXX error: number, subcode, inserts and the line it was raised on (ANSI X3.274 section 5.1;
//! SC24-5770 appendix A for the CMS wording).

use super::ast::Condition;
use crate::base::msg::rexx as catalogue;

/// An error of the language. One word wide, so that results stay small.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(Box<Detail>);

/// What an [`Error`] holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// The error number, 3 to 99.
    pub number: u16,
    /// The subcode, 0 when there is none.
    pub subcode: u16,
    /// What goes into the message text, in order.
    pub inserts: Vec<Vec<u8>>,
    /// The source line, 0 while not yet known.
    pub line: usize,
    /// Where in the source it happened, as the offsets of its start and end, when that is known.
    pub place: Option<(u32, u32)>,
}

impl Error {
    /// An error with its inserts; the Vm fills in the line.
    pub fn new(number: u16, subcode: u16, inserts: &[&[u8]]) -> Error {
        Error(Box::new(Detail {
            number,
            subcode,
            inserts: inserts.iter().map(|i| i.to_vec()).collect(),
            line: 0,
            place: None,
        }))
    }

    /// Whether this error of a clause can be told before the program runs: not that a label is missing
    /// (16), PROCEDURE at a place that calls decide (17), or a SELECT without a true WHEN (7.3).
    pub(super) fn is_of_syntax(&self) -> bool {
        !matches!((self.number, self.subcode), (16 | 17 | 47, _) | (7, 3))
    }

    /// An error without inserts.
    pub fn bare(number: u16, subcode: u16) -> Error {
        Error::new(number, subcode, &[])
    }

    /// A condition other than SYNTAX on its way to its trap; never leaves the Vm.
    pub(super) fn condition(condition: Condition, description: &[u8]) -> Error {
        Error::new(0, condition as u16, &[description])
    }

    /// The text that belongs to the number, such as `Bad arithmetic conversion`.
    pub fn text(&self) -> &'static str {
        catalogue::text(self.number)
    }

    /// The subcode's text with the inserts in place; `None` when there is no subcode.
    pub fn detail(&self) -> Option<Vec<u8>> {
        catalogue::subtext(self.number, self.subcode, &self.inserts)
    }

    /// The two lines of the standard: `Error 41 running NAME, line 3:  text` and `Error 41.1: detail`.
    pub fn two_line(&self, name: &[u8]) -> Vec<Vec<u8>> {
        let mut first = format!("Error {} running ", self.number).into_bytes();
        first.extend_from_slice(name);
        first.extend_from_slice(format!(", line {}:  {}", self.line, self.text()).as_bytes());
        let mut lines = vec![first];
        if let Some(detail) = self.detail() {
            let mut second = format!("Error {}.{}:  ", self.number, self.subcode).into_bytes();
            second.extend_from_slice(&detail);
            lines.push(second);
        }
        lines
    }

    /// The CMS line: `DMSREX476E Error 41 running fn ft, line 3: text`.
    pub fn cms_line(&self, fn_ft: &[u8]) -> Vec<u8> {
        // A number that CMS does not have can only come of a level beyond it: its failure is 49.
        let (id, text) = match catalogue::cms(self.number) {
            Some(row) => (row.id, row.text),
            None => ("DMSREX481E", self.text()),
        };
        let mut line = id.as_bytes().to_vec();
        line.extend_from_slice(format!(" Error {} running ", self.number).as_bytes());
        line.extend_from_slice(fn_ft);
        line.extend_from_slice(format!(", line {}: {text}", self.line).as_bytes());
        line
    }
}

impl std::ops::Deref for Error {
    type Target = Detail;
    fn deref(&self) -> &Detail {
        &self.0
    }
}

impl std::ops::DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Detail {
        &mut self.0
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "error {}.{}: {}", self.number, self.subcode, self.text())
    }
}

impl std::error::Error for Error {}
