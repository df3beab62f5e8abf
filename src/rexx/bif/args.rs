//! Reading arguments that passed the checker, and making results: no copies where none are needed.

use crate::num::Number;

use super::{BifContext, Error, Value};

/// The longest string a function makes; beyond it storage is exhausted (error 5).
pub(super) const LONGEST: usize = crate::num::LONGEST as usize;

/// An argument as a length or a position; `None` when it was omitted.
#[inline]
pub(super) fn whole(args: &[Option<Value>], index: usize) -> Option<usize> {
    let value = args.get(index)?.as_ref()?;
    let v = match value.as_int() {
        Some(v) => v,
        None => value.with_bytes(|text| Number::parse(text).and_then(|n| n.to_i64()))?,
    };
    usize::try_from(v).ok()
}

/// An argument's character, else the blank.
#[inline]
pub(super) fn pad(args: &[Option<Value>], index: usize) -> u8 {
    pad_or(args, index, b' ')
}

/// An argument's character, else another.
#[inline]
pub(super) fn pad_or(args: &[Option<Value>], index: usize, otherwise: u8) -> u8 {
    match args.get(index) {
        Some(Some(value)) => value.with_bytes(|text| text.first().copied().unwrap_or(otherwise)),
        _ => otherwise,
    }
}

/// An option's letter in upper case, else another.
#[inline]
pub(super) fn option(args: &[Option<Value>], index: usize, otherwise: u8) -> u8 {
    pad_or(args, index, otherwise).to_ascii_uppercase()
}

/// An argument that is there or not.
#[inline]
pub(super) fn given(args: &[Option<Value>], index: usize) -> Option<&Value> {
    args.get(index)?.as_ref()
}

/// Runs `f` on the bytes of an argument; omitted ones are the null string.
#[inline]
pub(super) fn text<R>(args: &[Option<Value>], index: usize, f: impl FnOnce(&[u8]) -> R) -> R {
    match args.get(index) {
        Some(Some(value)) => value.with_bytes(f),
        _ => f(b""),
    }
}

/// Runs `f` on the bytes of two arguments.
#[inline]
pub(super) fn texts<R>(
    args: &[Option<Value>],
    first: usize,
    second: usize,
    f: impl FnOnce(&[u8], &[u8]) -> R,
) -> R {
    text(args, first, |a| text(args, second, |b| f(a, b)))
}

/// An argument as a number.
pub(super) fn number(args: &[Option<Value>], index: usize) -> Number {
    match given(args, index) {
        Some(Value::Int(v)) => Number::from(*v),
        Some(value) => value.with_bytes(Number::parse).unwrap_or(Number::ZERO),
        None => Number::ZERO,
    }
}

/// A count as a value.
#[inline]
pub(super) fn count(v: usize) -> Result<Value, Error> {
    Ok(Value::int(v as i64))
}

/// Results up to this length are charged for when they are there.
const SHORT_RESULT: usize = 256;

impl BifContext<'_> {
    /// Takes storage for a result; error 5 when there is none, or for more than [`LONGEST`] bytes.
    #[inline]
    pub(super) fn room(&mut self, length: usize) -> Result<(), Error> {
        if length <= SHORT_RESULT {
            return Ok(());
        }
        if length > LONGEST {
            return Err(Error::bare(5, 0));
        }
        self.host.storage(length)
    }

    /// Error 40 with a subcode; the function's name is the first insert.
    pub(super) fn fail(&self, subcode: u16, inserts: &[&[u8]]) -> Error {
        let mut all = vec![self.name.as_bytes()];
        all.extend_from_slice(inserts);
        Error::new(40, subcode, &all)
    }

    /// What separates words: the blank; in the standard's level the tab too.
    #[inline]
    pub(super) fn blanks(&self) -> impl Fn(u8) -> bool + Copy + use<> {
        let other = self.dialect.other_blank();
        move |b| b == b' ' || b == other
    }

    /// A number as a value, in the caller's settings.
    pub(super) fn value(&self, n: &Number) -> Value {
        Value::from_vec(n.format(&self.settings)).normal()
    }
}
