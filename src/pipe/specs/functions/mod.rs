//! The function library of expressions: REXX's functions on strings, words and numbers, and what SPECS
//! converts. A table for each family; first(), eof() and break() belong to [`super::expr`].

mod numbers;
mod strings;
mod words;

use super::eval::bounded;
use super::value::{LONGEST, Num, Value};
use crate::base::codepage::CodePage;
use crate::base::msg::fpl;
use crate::pipe::args::Fault;

/// A function: one row.
pub struct Function {
    /// The name, in small letters.
    pub name: &'static str,
    /// How many arguments must be there.
    pub least: usize,
    /// How many there may be.
    pub most: usize,
    run: Run,
    /// A call, and its value as text.
    pub example: (&'static str, &'static str),
}

type Run = fn(&mut Given) -> Result<Value, Fault>;

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Every family's table: the functions that expressions of SPECS may call.
pub const FUNCTIONS: &[&[Function]] = &[strings::TABLE, words::TABLE, numbers::TABLE];

const fn row(
    name: &'static str,
    least: usize,
    most: usize,
    run: Run,
    example: (&'static str, &'static str),
) -> Function {
    Function {
        name,
        least,
        most,
        run,
        example,
    }
}

/// The function of a name in any case.
pub fn find(name: &[u8]) -> Option<&'static Function> {
    let all = FUNCTIONS.iter().copied().flatten();
    all.into_iter()
        .find(|f| f.name.as_bytes().eq_ignore_ascii_case(name))
}

impl Function {
    /// Calls the function.
    ///
    /// # Errors
    /// 1079 an argument is not valid, 1038 not a number, those of the function.
    pub(super) fn call(&self, values: Vec<Option<Value>>, page: CodePage) -> Result<Value, Fault> {
        let mut given = Given {
            name: self.name,
            values,
            page,
        };
        (self.run)(&mut given)
    }
}

/// The arguments of a call.
pub(super) struct Given {
    name: &'static str,
    values: Vec<Option<Value>>,
    /// What codes bytes have.
    page: CodePage,
}

impl Given {
    fn take(&mut self, n: usize) -> Option<Value> {
        self.values.get_mut(n).and_then(Option::take)
    }

    /// An argument that is a string; null when it was left out.
    fn text(&mut self, n: usize) -> Vec<u8> {
        self.take(n).map(Value::into_text).unwrap_or_default()
    }

    /// An argument that is a string, if it is there.
    fn maybe(&mut self, n: usize) -> Option<Vec<u8>> {
        self.take(n).map(Value::into_text)
    }

    /// An argument that is a number; zero when it was left out.
    fn num(&mut self, n: usize) -> Result<Num, Fault> {
        self.take(n).map_or(Ok(Num::from(0)), |v| v.num())
    }

    fn bad(&self, n: usize, value: &Value) -> Fault {
        let mut text = Vec::new();
        value.write(&mut text);
        let number = (n + 1).to_string();
        Fault::new(
            &fpl::FPLSPC1079E,
            &[number.as_bytes(), self.name.as_bytes(), &text],
        )
    }

    /// An argument that is a whole number of at least `least`.
    fn whole(&mut self, n: usize, least: i64) -> Result<Option<i64>, Fault> {
        let Some(value) = self.take(n) else {
            return Ok(None);
        };
        let whole = value.num()?.whole().filter(|&v| v >= least);
        whole.map(Some).ok_or_else(|| self.bad(n, &value))
    }

    /// An argument that is a length.
    fn length(&mut self, n: usize) -> Result<Option<usize>, Fault> {
        let length = self.whole(n, 0)?;
        length
            .map(|v| bounded(usize::try_from(v).unwrap_or(usize::MAX)))
            .transpose()
    }

    /// An argument that is a position, from 1; gives it from 0.
    fn position(&mut self, n: usize) -> Result<Option<usize>, Fault> {
        let position = self.whole(n, 1)?;
        Ok(position.map(|v| usize::try_from(v - 1).unwrap_or(usize::MAX)))
    }

    /// An argument that is one character.
    fn character(&mut self, n: usize, default: u8) -> Result<u8, Fault> {
        match self.take(n).map(Value::into_text) {
            None => Ok(default),
            Some(text) => match *text.as_slice() {
                [one] => Ok(one),
                _ => Err(self.bad(n, &Value::Text(text))),
            },
        }
    }

    /// An argument whose first letter is one of `letters`, the first of which is the default.
    fn option(&mut self, n: usize, letters: &[u8]) -> Result<u8, Fault> {
        match self.take(n).map(Value::into_text) {
            None => Ok(letters[0]),
            Some(text) => match text.first().map(u8::to_ascii_uppercase) {
                Some(b) if letters.contains(&b) => Ok(b),
                _ => Err(self.bad(n, &Value::Text(text))),
            },
        }
    }
}

fn text(bytes: impl Into<Vec<u8>>) -> Result<Value, Fault> {
    let bytes = bytes.into();
    bounded(bytes.len())?;
    Ok(Value::Text(bytes))
}

/// A count or a position from 1; 0 for none.
fn count(n: usize) -> Result<Value, Fault> {
    Ok(Value::from(i64::try_from(n).unwrap_or(i64::MAX)))
}

/// A position from 0 as one from 1, or 0 for none.
fn place(at: Option<usize>) -> Result<Value, Fault> {
    count(at.map_or(0, |n| n + 1))
}

/// How often a string may stand in one of [`LONGEST`] bytes.
fn fits(times: usize, length: usize) -> Result<(), Fault> {
    bounded(times.checked_mul(length).unwrap_or(LONGEST + 1)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipe::specs::tests::shown;

    #[test]
    fn every_function_does_its_example() {
        for f in FUNCTIONS.iter().copied().flatten() {
            let (call, value) = f.example;
            assert!(call.contains(&format!("{}(", f.name)), "{}", f.name);
            let list = format!("print ''||({call}) 1");
            let doubled = list.replace('|', "||");
            assert_eq!(shown(&doubled), Ok(vec![value.to_string()]), "{call}");
        }
    }
}
