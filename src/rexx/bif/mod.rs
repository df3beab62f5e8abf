//! The built-in functions (ANSI X3.274 chapter 9; SC24-5770 chapter 3): one row and one function each,
//! in families. A row carries the standard's own argument string, and [`Bif::check`] checks every call
//! against it (error 40.n) before the function runs.
//!
//! What a function needs of the running program comes through [`BifHost`]; everything else is in
//! [`BifContext`]. Functions that only the program's surroundings can answer ([`Place::Exit`]) are rows
//! like the others; the Vm checks their arguments here and answers them through its exits.

mod args;
mod check;
mod convert;
mod datetime;
mod numeric;
mod state;
pub mod stream;
mod string;
#[cfg(test)]
mod testing;
mod word;

use crate::base::codepage::CodePage;
use crate::base::random::Random;
use crate::num::Settings;

use super::{Dialect, Error, Value};

pub use check::Signature;

/// A built-in function.
pub struct Bif {
    /// Its name, in upper case.
    pub name: &'static str,
    /// The standard's argument string, such as `rANY rWHOLE>=0 oPAD`; a `+` at the end repeats the last
    /// item.
    pub args: &'static str,
    /// The argument string, ready for checking.
    pub signature: Signature,
    /// Who answers it.
    pub place: Place,
    /// The function, called with arguments that passed [`Bif::check`].
    pub run: Run,
    /// What it does, in a sentence.
    pub doc: &'static str,
    /// A call and its value: `SUBSTR('abc',2) == 'bc'`.
    pub example: &'static str,
}

/// A function's body. Omitted arguments are `None`; there are never more than the signature allows.
pub type Run = fn(&mut BifContext<'_>, &[Option<Value>]) -> Result<Value, Error>;

/// Who answers a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// [`Bif::run`].
    Here,
    /// The Vm, by leaving with an exit (QUEUED, the stream functions).
    Exit(Asks),
}

/// What a function that is answered by an exit asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// LINEIN: lines that were read ahead answer it too.
    Line,
    /// LINES, likewise.
    Lines,
    /// Anything else.
    Other,
}

/// What every function may use.
pub struct BifContext<'a> {
    /// The name the function was called by, for error messages.
    pub name: &'static str,
    /// The caller's numeric settings.
    pub settings: Settings,
    /// The language level.
    pub dialect: Dialect,
    /// How codes and order of characters are seen.
    pub codepage: CodePage,
    /// The generator of RANDOM.
    pub random: &'a mut Random,
    /// The running program.
    pub host: &'a mut dyn BifHost,
}

/// What SYMBOL says of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Symbol {
    /// Not a symbol.
    Bad,
    /// A constant, or a variable without a value.
    Literal,
    /// A variable with a value.
    Variable,
}

/// What CONDITION asks of the current condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConditionPart {
    /// The name of the condition.
    Name,
    /// The descriptive string.
    Description,
    /// Extra information.
    Extra,
    /// CALL or SIGNAL.
    Instruction,
    /// ON, OFF or DELAY.
    State,
}

/// The running program, as built-in functions see it.
pub trait BifHost {
    /// Takes storage for a long result that is about to be made.
    ///
    /// # Errors
    /// 5 when the program has not so much.
    fn storage(&mut self, bytes: usize) -> Result<(), Error>;
    /// Microseconds since 1970-01-01 UTC, the same throughout a clause.
    fn now(&mut self) -> i64;
    /// The zone's offset from UTC in microseconds, east positive.
    fn zone_offset(&self) -> i64;
    /// When the elapsed-time clock of this level was started, in microseconds as [`BifHost::now`].
    fn timer(&mut self) -> &mut Option<i64>;
    /// What a symbol is; it is already upper-cased and known to be one.
    fn symbol(&mut self, name: &[u8]) -> Symbol;
    /// The value of a symbol as an expression would give it (tails substituted, an unset variable its
    /// derived name); then assigns `new` when given.
    ///
    /// # Errors
    /// 40.26 when the name cannot be assigned to.
    fn value(&mut self, name: &[u8], new: Option<&Value>) -> Result<Value, Error>;
    /// VALUE with a pool named: the old value; then assigns `new` when given.
    ///
    /// # Errors
    /// 40.36 no such variable, 40.37 no such pool.
    fn pool_value(&mut self, name: &[u8], new: Option<&Value>, pool: &[u8])
    -> Result<Value, Error>;
    /// The environment that commands go to.
    fn address(&self) -> Vec<u8>;
    /// ADDRESS('I'), ('O') and ('E'): position, type and resource of a redirection, such as
    /// `INPUT NORMAL`.
    fn address_stream(&self, which: u8) -> Vec<u8>;
    /// How many arguments the routine was called with.
    fn arg_count(&self) -> usize;
    /// An argument, counted from 1; `None` when it was omitted or beyond the last.
    fn arg(&self, number: usize) -> Option<Value>;
    /// The value of a reserved symbol such as `.RC`; `None` while it has none.
    fn reserved(&self, name: &str) -> Option<Value>;
    /// Notes RESULT for `.RESULT`: a CALL has ended.
    fn note_result(&mut self);
    /// A part of the current condition; empty when there is none.
    fn condition(&self, part: ConditionPart) -> Vec<u8>;
    /// How many lines the source has; 0 when it is not shown.
    fn source_lines(&self) -> usize;
    /// A line of the source, counted from 1.
    fn source_line(&self, number: usize) -> Vec<u8>;
    /// The trace setting, such as `?R`.
    fn trace(&self) -> Vec<u8>;
    /// Sets tracing as the TRACE function does: letters and `?` already checked.
    fn set_trace(&mut self, setting: &[u8]);
}

/// The families, in the order of the reference pages.
const FAMILIES: &[&[Bif]] = &[
    string::TABLE,
    word::TABLE,
    numeric::TABLE,
    convert::TABLE,
    datetime::TABLE,
    state::TABLE,
    stream::TABLE,
];

/// The function of a name in upper case.
pub fn lookup(name: &[u8]) -> Option<&'static Bif> {
    let row = all().find(|bif| bif.name.as_bytes() == name);
    row.or_else(|| reserved(name))
}

/// The reserved symbol of a name in upper case, with its period; [`NOTE_RESULT`] is no symbol.
pub fn reserved(name: &[u8]) -> Option<&'static Bif> {
    state::RESERVED.iter().find(|b| b.name.as_bytes() == name)
}

/// The reserved symbol that tells what a CALL gave.
pub const RESULT_SYMBOL: &str = ".RESULT";

/// What a CALL has given is noted for [`RESULT_SYMBOL`]. No program can write this name.
pub const NOTE_RESULT: &str = ".=";

/// Every function.
pub fn all() -> impl Iterator<Item = &'static Bif> {
    FAMILIES.iter().flat_map(|family| family.iter())
}

impl Bif {
    /// A row.
    pub const fn new(
        name: &'static str,
        args: &'static str,
        run: Run,
        doc: &'static str,
        example: &'static str,
    ) -> Bif {
        Bif {
            name,
            args,
            signature: Signature::parse(args),
            place: Place::Here,
            run,
            doc,
            example,
        }
    }

    /// The same row, answered by an exit of the Vm.
    pub const fn by_exit(mut self, asks: Asks) -> Bif {
        self.place = Place::Exit(asks);
        self
    }

    /// Whether a call with this many arguments is answered by an exit: VALUE is when it names a pool.
    pub fn leaves(&self, args: usize) -> bool {
        self.place != Place::Here || self.name == "VALUE" && args > 2
    }

    /// Checks the arguments, then runs the function.
    ///
    /// # Errors
    /// 40.n for the arguments, and what the function itself raises.
    pub fn call(
        &'static self,
        context: &mut BifContext<'_>,
        args: &[Option<Value>],
    ) -> Result<Value, Error> {
        context.name = self.name;
        self.check(context.settings, args)?;
        (self.run)(context, args)
    }
}
