//! CSL: calls to the callable services library (SC24-5770, CSL; z/VM: CMS Callable Services Reference,
//! "Return Codes" for those of the interface).
//!
//! A parameter is the name of a variable, a quoted string or a number. The first is the return code's
//! variable, which the interface's own negative codes go to as well; most routines have a reason code
//! behind it.

mod files;

use super::{Args, Env, Outcome, Row, text};
use crate::rexx::{Error, Value};

pub use files::OpenFiles;

/// The family.
pub(super) const ROWS: &[Row] = &[Row {
    name: "CSL",
    args: "'routine rc [parameters]'",
    count: (1, 1),
    run: csl,
    doc: "Calls a routine of the callable services library; -7 when there is no such routine here.",
}];

/// A routine.
pub struct Routine {
    /// Its name.
    pub name: &'static str,
    /// Its parameters, those in brackets may be left off.
    pub params: &'static str,
    /// How many parameters it takes, at least and at most.
    count: (usize, usize),
    /// Runs it.
    run: fn(&mut Call<'_, '_>) -> Ended,
    /// What it does.
    pub doc: &'static str,
}

/// The routines there are.
pub fn routines() -> impl Iterator<Item = &'static Routine> {
    files::ROUTINES.iter()
}

/// The codes of a routine, or the interface's own return code.
type Ended = Result<Codes, Refused>;

/// Return code and reason code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Codes {
    rc: i32,
    reason: i32,
}

/// A return code of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Refused(i32);

/// The routine was not loaded.
const NO_ROUTINE: Refused = Refused(-7);
const TOO_MANY: Refused = Refused(-10);
const TOO_FEW: Refused = Refused(-11);
/// The call is no call: a quote is open, or the return code has no variable.
const INVALID_CALL: Refused = Refused(-20);
/// A variable that has no value.
const NO_VALUE: Refused = Refused(-24);

impl Refused {
    /// The length in parameter `number` is none.
    fn length(number: usize) -> Refused {
        Refused::numbered(-29_000, number)
    }
    /// Parameter `number` is not of its type.
    fn data(number: usize) -> Refused {
        Refused::numbered(-27_000, number)
    }
    /// Parameter `number` must be a variable.
    fn name(number: usize) -> Refused {
        Refused::numbered(-28_000, number)
    }
    fn numbered(base: i32, number: usize) -> Refused {
        Refused(base - i32::try_from(number).unwrap_or(999).min(999))
    }
}

/// A parameter as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Param {
    Variable(Vec<u8>),
    Literal(Vec<u8>),
}

/// A call of a routine; parameters count from 1, the return code's.
struct Call<'a, 'b> {
    env: &'a mut Env<'b>,
    params: Vec<Param>,
}

impl Call<'_, '_> {
    /// Whether a parameter was given.
    fn has(&self, number: usize) -> bool {
        number <= self.params.len()
    }

    /// What a parameter holds.
    fn value(&self, number: usize) -> Result<Vec<u8>, Refused> {
        match self.params.get(number - 1) {
            None => Err(TOO_FEW),
            Some(Param::Literal(text)) => Ok(text.clone()),
            Some(Param::Variable(name)) => {
                let program = self.env.program.as_deref().ok_or(NO_VALUE)?;
                let value = program.get_variable(name).ok_or(NO_VALUE)?;
                Ok(value.to_vec())
            }
        }
    }

    /// A number of zero or more.
    fn number(&self, number: usize) -> Result<usize, Refused> {
        let value = self.value(number)?;
        let digits = std::str::from_utf8(value.trim_ascii()).ok();
        let parsed: Option<i64> = digits.and_then(|d| d.parse().ok());
        let found = parsed.ok_or_else(|| Refused::data(number))?;
        usize::try_from(found).map_err(|_| Refused::length(number))
    }

    /// A string whose length is the next parameter: cut to it, or filled with blanks.
    fn string(&self, number: usize) -> Result<Vec<u8>, Refused> {
        let mut value = self.value(number)?;
        let length = self.number(number + 1)?;
        // No routine takes a string that is much longer than what there is.
        if length > value.len() + LONGEST_PADDING {
            return Err(Refused::length(number + 1));
        }
        value.resize(length, b' ');
        Ok(value)
    }

    /// Gives a parameter's variable a value.
    fn set(&mut self, number: usize, value: Value) -> Result<(), Refused> {
        let Some(Param::Variable(name)) = self.params.get(number - 1) else {
            return Err(Refused::name(number));
        };
        let program = self.env.program.as_deref_mut().ok_or(INVALID_CALL)?;
        let set = program.set_variable(name, Some(value));
        set.map_err(|_| Refused::name(number))
    }

    fn set_number(&mut self, number: usize, value: usize) -> Result<(), Refused> {
        let value = i64::try_from(value).unwrap_or(i64::MAX);
        self.set(number, Value::int(value))
    }
}

/// How many blanks a length may add to a string: a record of the longest kind.
const LONGEST_PADDING: usize = 65_535;

fn csl(env: &mut Env<'_>, args: &Args) -> Outcome {
    let written = text(args, 0);
    if written.trim_ascii().is_empty() {
        return Err(Error::new(40, 21, &[b"CSL", b"1"]));
    }
    let rc = match call(env, written) {
        Ok(codes) => codes.rc,
        Err(Refused(rc)) => rc,
    };
    Ok(rc.to_string().into_bytes())
}

fn call(env: &mut Env<'_>, written: &[u8]) -> Ended {
    let mut params = words(written).ok_or(INVALID_CALL)?.into_iter();
    let (Param::Variable(name) | Param::Literal(name)) = params.next().ok_or(INVALID_CALL)?;
    let mut call = Call {
        env,
        params: params.collect(),
    };
    let ended = run(&mut call, &name);
    let rc = ended.map_or_else(|refused| refused.0, |codes| codes.rc);
    if call.has(1) {
        call.set(1, Value::int(i64::from(rc)))?;
    }
    ended
}

fn run(call: &mut Call<'_, '_>, name: &[u8]) -> Ended {
    let fits = |r: &&Routine| r.name.as_bytes().eq_ignore_ascii_case(name.trim_ascii());
    let routine = routines().find(fits).ok_or(NO_ROUTINE)?;
    let (least, most) = routine.count;
    match call.params.len() {
        n if n < least => return Err(TOO_FEW),
        n if n > most => return Err(TOO_MANY),
        _ => {}
    }
    let codes = (routine.run)(call)?;
    call.set(2, Value::int(i64::from(codes.reason)))?;
    Ok(codes)
}

/// Cuts the argument into parameters; `None` when a quote is open. A number is a literal.
fn words(text: &[u8]) -> Option<Vec<Param>> {
    let mut found = Vec::new();
    let mut rest = text.trim_ascii_start();
    while let Some(first) = rest.first() {
        let end = match first {
            b'\'' | b'"' => {
                let inner = &rest[1..];
                let end = inner.iter().position(|c| c == first)?;
                found.push(Param::Literal(inner[..end].to_vec()));
                end + 2
            }
            _ => {
                let ends = |c: &u8| c.is_ascii_whitespace() || *c == b',';
                let end = rest.iter().position(ends).unwrap_or(rest.len());
                let word = rest[..end].to_vec();
                found.push(match first {
                    b'0'..=b'9' | b'+' | b'-' => Param::Literal(word),
                    _ => Param::Variable(word),
                });
                end
            }
        };
        rest = rest[end..].trim_ascii_start();
        rest = rest.strip_prefix(b",").unwrap_or(rest).trim_ascii_start();
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_variables_strings_and_numbers() {
        let literal = |t: &str| Param::Literal(t.into());
        let variable = |t: &str| Param::Variable(t.into());
        assert_eq!(
            words(b" DMSOPEN rc rs.1 'A \"B C' 7 \"it's\" "),
            Some(vec![
                variable("DMSOPEN"),
                variable("rc"),
                variable("rs.1"),
                literal("A \"B C"),
                literal("7"),
                literal("it's"),
            ])
        );
        assert_eq!(words(b"X 'open"), None);
        assert_eq!(words(b"a, b"), Some(vec![variable("a"), variable("b")]));
    }
}
