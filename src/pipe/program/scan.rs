//! The pipeline commands that scan operands for a program: SCANRANGE, SCANSTRING and GETRANGE.
//!
//! `SCANRANGE [OPTional | REQuired] token rest string` sets the variable `token` to the input range that the
//! string begins with and `rest` to what follows it; `GETRANGE token result [string]` sets `result` to that
//! part of the string, or of the record that stands on the selected input. `SCANSTRING [OPTional | REQuired]
//! result rest string` sets `result` to the text of a delimitedString.

use super::Runner;
use crate::base::Message;
use crate::base::codepage::CodePage;
use crate::base::msg::fpl;
use crate::pipe::args::{Args, Fault};
use crate::pipe::host::Names;
use crate::pipe::range::{Range, Separators};

/// What SCANRANGE and SCANSTRING are given.
struct Operands<'a> {
    required: bool,
    result: &'a [u8],
    rest: &'a [u8],
    string: &'a [u8],
}

impl<'a> Operands<'a> {
    fn read(text: &'a [u8]) -> Result<Operands<'a>, Fault> {
        let mut args = Args::new(text, false);
        let required = args.keyword("REQuired");
        if !required {
            args.keyword("OPTional");
        }
        Ok(Operands {
            required,
            result: args.need()?,
            rest: args.need()?,
            string: after_blank(args.rest()),
        })
    }
}

/// What follows the one blank behind a word.
fn after_blank(text: &[u8]) -> &[u8] {
    text.strip_prefix(b" ").unwrap_or(text)
}

/// Whether GETRANGE is to look at the record that stands on the input: no string is behind its operands.
pub(super) fn looks(text: &[u8]) -> bool {
    let mut args = Args::new(text, false);
    args.word().is_some() && args.word().is_some() && args.rest().is_empty()
}

impl Runner {
    pub(super) fn scanrange(&self, text: &[u8]) -> Result<i32, Message> {
        let operands = Operands::read(text).map_err(|f| f.message)?;
        let mut args = self.scanner(operands.string);
        if !Range::ahead(&args) && !operands.required {
            return self.scanned(&operands, b"", operands.string);
        }
        Range::take(&mut args, &mut Separators::default()).map_err(|f| f.message)?;
        let length = operands.string.len() - args.rest().len();
        self.scanned(&operands, &operands.string[..length], args.rest())
    }

    pub(super) fn scanstring(&self, text: &[u8]) -> Result<i32, Message> {
        let operands = Operands::read(text).map_err(|f| f.message)?;
        let mut args = self.scanner(operands.string);
        if args.is_done() && !operands.required {
            return self.scanned(&operands, b"", b"");
        }
        let string = args.delimited().map_err(|f| f.message)?;
        self.scanned(&operands, &string, args.rest())
    }

    fn scanner<'a>(&self, text: &'a [u8]) -> Args<'a> {
        let kernel = self.stage.kernel.borrow();
        let node = kernel.nodes.get(self.stage.id);
        let page = node.map_or(CodePage::Host, |n| n.options.page);
        Args::new(text, false)
            .in_page(page)
            .with(&kernel.structures)
    }

    fn scanned(&self, operands: &Operands<'_>, found: &[u8], rest: &[u8]) -> Result<i32, Message> {
        self.set(operands.result, Some(crate::pipe::args::trim(found)))?;
        self.set(operands.rest, Some(after_blank(rest)))?;
        Ok(0)
    }

    /// GETRANGE from the string behind its operands, or else from a record.
    pub(super) fn getrange(&self, text: &[u8], record: Option<&[u8]>) -> Result<i32, Message> {
        let mut args = Args::new(text, false);
        let token = args.need().map_err(|f| f.message)?;
        let name = args.need().map_err(|f| f.message)?;
        let range = self.variable(token)?;
        let range = match range.is_empty() {
            true => Range::whole(),
            false => Range::take(&mut self.scanner(&range), &mut Separators::default())
                .map_err(|f| f.message)?,
        };
        let string = record.unwrap_or_else(|| after_blank(args.rest()));
        self.set(name, Some(range.of(string))).map(|()| 0)
    }

    /// The value of a variable; its name when it has none.
    fn variable(&self, name: &[u8]) -> Result<Vec<u8>, Message> {
        let bad = || fpl::FPLVAR235E.with(&[name]);
        let program = self.programs.last().ok_or_else(bad)?;
        let value = program.borrow_mut().get_variable(Names::Symbolic, name);
        let value = value.map_err(|_| bad())?;
        Ok(value.unwrap_or_else(|| name.to_vec()))
    }
}
