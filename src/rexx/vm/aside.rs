//! Built-in functions off the short way: they run with what is at hand, and when one asks for more, what it
//! gave does not count and it runs again.

use std::cell::Cell;

use crate::rexx::bif::{BifHost, ConditionPart, Symbol};
use crate::rexx::{Error, Value};

/// The running program as far as it is at hand.
pub(super) struct Aside<'a> {
    args: &'a [Option<Value>],
    room: &'a Cell<usize>,
    timer: Option<i64>,
    asked: Cell<bool>,
}

impl<'a> Aside<'a> {
    /// A program whose routine has these arguments, with this much storage left.
    pub fn of(args: &'a [Option<Value>], room: &'a Cell<usize>) -> Aside<'a> {
        Aside {
            args,
            room,
            timer: None,
            asked: Cell::new(false),
        }
    }

    /// Whether what a function gave counts: it asked for nothing else, and there is storage for it.
    #[inline]
    pub fn answers(&self, v: &Value) -> bool {
        let left = self.room.get().checked_sub(v.storage());
        if let Some(left) = left {
            self.room.set(left);
        }
        left.is_some() && !self.asked.get()
    }

    fn ask<T: Default>(&self) -> T {
        self.asked.set(true);
        T::default()
    }
}

impl BifHost for Aside<'_> {
    fn storage(&mut self, bytes: usize) -> Result<(), Error> {
        let left = self.room.get().checked_sub(bytes);
        self.room.set(left.ok_or_else(|| Error::bare(5, 0))?);
        Ok(())
    }

    fn now(&mut self) -> i64 {
        self.ask()
    }

    fn zone_offset(&self) -> i64 {
        self.ask()
    }

    fn timer(&mut self) -> &mut Option<i64> {
        self.asked.set(true);
        &mut self.timer
    }

    fn symbol(&mut self, _: &[u8]) -> Symbol {
        self.asked.set(true);
        Symbol::Bad
    }

    fn value(&mut self, _: &[u8], _: Option<&Value>) -> Result<Value, Error> {
        Ok(self.ask())
    }

    fn pool_value(&mut self, _: &[u8], _: Option<&Value>, _: &[u8]) -> Result<Value, Error> {
        Ok(self.ask())
    }

    fn address(&self) -> Vec<u8> {
        self.ask()
    }

    fn address_stream(&self, _: u8) -> Vec<u8> {
        self.ask()
    }

    fn arg_count(&self) -> usize {
        self.args.len()
    }

    fn arg(&self, number: usize) -> Option<Value> {
        self.args.get(number.checked_sub(1)?).cloned().flatten()
    }

    fn reserved(&self, _: &str) -> Option<Value> {
        self.ask()
    }

    fn note_result(&mut self) {
        self.asked.set(true);
    }

    fn condition(&self, _: ConditionPart) -> Vec<u8> {
        self.ask()
    }

    fn source_lines(&self) -> usize {
        self.ask()
    }

    fn source_line(&self, _: usize) -> Vec<u8> {
        self.ask()
    }

    fn trace(&self) -> Vec<u8> {
        self.ask()
    }

    fn set_trace(&mut self, _: &[u8]) {
        self.asked.set(true);
    }
}
