//! The language levels: the one place where CMS (SC24-5770) and the standard (ANSI X3.274) part.
//! `docs/rexx-levels.md` is this page for users; `tests` walks its rows.

use crate::base::codepage::CodePage;
use crate::base::msg::rexx as catalogue;
use crate::num::SmallRule;

/// Which language level rules where CMS and the standard differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Dialect {
    /// REXX as CMS has it.
    #[default]
    Cms,
    /// ANSI X3.274.
    Ansi,
}

/// What a program is compiled for: the level of the language, and how codes are seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Language {
    /// The language level.
    pub dialect: Dialect,
    /// The code page that hexadecimal and binary literals are written in.
    pub codepage: CodePage,
}

impl From<Dialect> for Language {
    fn from(dialect: Dialect) -> Language {
        Language {
            dialect,
            ..Language::default()
        }
    }
}

/// How many columns CMS gives a line number in trace output.
const CMS_NUMBER_WIDTH: usize = 6;

impl Dialect {
    /// The level of a name as users write it: `CMS` or `ANSI`.
    pub fn named(name: &[u8]) -> Option<Dialect> {
        match name.to_ascii_uppercase().as_slice() {
            b"CMS" => Some(Dialect::Cms),
            b"ANSI" => Some(Dialect::Ansi),
            _ => None,
        }
    }

    fn is_cms(self) -> bool {
        self == Dialect::Cms
    }

    /// When a small number takes exponential notation.
    pub fn small_rule(self) -> SmallRule {
        match self {
            Dialect::Cms => SmallRule::Cms,
            Dialect::Ansi => SmallRule::Ansi,
        }
    }

    /// What PARSE VERSION gives: language, level and date of this release.
    pub fn version(self) -> &'static [u8] {
        match self {
            Dialect::Cms => b"REXXvmshare 4.02 21 Nov 2026",
            Dialect::Ansi => b"REXXvmshare 5.00 21 Nov 2026",
        }
    }

    /// Whether a keyword instruction is one at this level: UPPER is CMS's alone.
    pub fn has_instruction(self, keyword: &str) -> bool {
        self.is_cms() || keyword != "UPPER"
    }

    /// Whether PARSE takes its text from here: EXTERNAL and NUMERIC are CMS's alone.
    pub fn has_parse_source(self, keyword: &str) -> bool {
        self.is_cms() || !matches!(keyword, "EXTERNAL" | "NUMERIC")
    }

    /// Whether `@ # $ ¢` may stand in symbols: on CMS they may.
    pub fn has_national_letters(self) -> bool {
        self.is_cms()
    }

    /// Whether a byte that may stand in a symbol on CMS may do so here.
    pub fn has_symbol_byte(self, b: u8) -> bool {
        self.has_national_letters() || !b"@#$\xA2".contains(&b)
    }

    /// Whether a symbol of a period and a name is reserved: `.RC` and the like, all others error 50.1.
    pub fn has_reserved_symbols(self) -> bool {
        !self.is_cms()
    }

    /// The most characters that the name of an environment has.
    pub fn environment_limit(self) -> Option<usize> {
        self.is_cms().then_some(8)
    }

    /// The most characters that a literal string has; of a hexadecimal or binary one, packed.
    pub fn literal_limit(self) -> Option<usize> {
        self.is_cms().then_some(250)
    }

    /// What separates words beside the blank: nothing on CMS, the tab in the standard.
    #[inline]
    pub fn other_blank(self) -> u8 {
        match self {
            Dialect::Cms => b' ',
            Dialect::Ansi => b'\t',
        }
    }

    /// Whether the whole program is checked before it runs: the standard does, CMS finds a bad clause
    /// when it comes to it.
    pub fn checks_first(self) -> bool {
        !self.is_cms()
    }

    /// Whether SIGNAL and calls to a label within a block are errors: the standard's 16.2 and 16.3.
    pub fn refuses_inner_labels(self) -> bool {
        !self.is_cms()
    }

    /// Whether TRANSLATE with a pad and no tables makes every character the pad; the standard upper-cases.
    pub fn translates_to_pad(self) -> bool {
        self.is_cms()
    }

    /// The text of an error number.
    pub fn error_text(self, number: u16) -> &'static str {
        match self {
            Dialect::Cms => catalogue::cms(number).map_or("", |row| row.text),
            Dialect::Ansi => catalogue::text(number),
        }
    }

    /// How wide line numbers are in trace output of a program of so many lines.
    pub fn number_width(self, lines: usize) -> usize {
        match self {
            Dialect::Cms => CMS_NUMBER_WIDTH,
            Dialect::Ansi => lines.max(1).to_string().len(),
        }
    }

    /// A line number in its columns; CMS cuts one that is too long on the left and says so with `?`.
    pub fn line_number(self, number: u32, lines: usize) -> String {
        let width = self.number_width(lines);
        if self.is_cms() && number > 99_999 {
            return format!("?{:05}", number % 100_000);
        }
        format!("{number:>width$}")
    }

    /// What trace output says of a command's return code.
    pub fn return_code(self, rc: i64) -> String {
        match self {
            Dialect::Cms => format!("+++ RC({rc}) +++"),
            Dialect::Ansi => format!("+++ RC={rc} +++"),
        }
    }

    /// What is shown when interactive tracing first waits for a line.
    pub fn prompt(self) -> &'static str {
        match self {
            Dialect::Cms => {
                "+++ Interactive trace.  TRACE OFF to end debug, ENTER to continue. +++"
            }
            Dialect::Ansi => {
                "+++ Interactive trace. \"Trace Off\" to end debug. ENTER to continue. +++"
            }
        }
    }

    /// What is shown of an error in a line typed at a pause of interactive tracing.
    pub fn typed_error(self, number: u16) -> String {
        let text = self.error_text(number);
        match self {
            Dialect::Cms => format!("+++ Interactive trace.  Error {number}: {text} +++"),
            Dialect::Ansi => format!("+++ Error {number} in interactive trace: {text} +++"),
        }
    }
}
