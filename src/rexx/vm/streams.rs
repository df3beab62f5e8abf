//! Stream functions: what they answer, and lines that were read ahead and lent to the program, which LINEIN
//! and LINES take without an exit (ANSI X3.274 section 9.7).

use super::Vm;
use super::store::Slot;
use crate::rexx::ast::Condition;
use crate::rexx::bif::{Asks, Bif, Place};
use crate::rexx::code::Reg;
use crate::rexx::{Error, Exit, Lent, Ready, Reply, Value};

impl Vm {
    /// Lends what was read ahead of a stream. It comes back by [`Vm::give_back`], which must be asked
    /// after every [`Vm::resume`], before anything else looks at the stream.
    pub fn lend(&mut self, lent: Lent) {
        self.lent = Some(lent);
    }

    /// Gives back what was lent.
    #[inline]
    pub fn give_back(&mut self) -> Option<Lent> {
        self.lent.take()
    }

    /// A stream function was answered.
    pub(super) fn stream_done(
        &mut self,
        d: Reg,
        name: &Value,
        reply: Reply,
    ) -> Result<Option<Exit>, Error> {
        let (value, ready) = match reply {
            Reply::Stream(value, ready) => (value, ready),
            Reply::Line(line) => (Value::from_vec(line), Ready::Yes),
            Reply::Error(error) => return Err(error),
            _ => (Value::empty(), Ready::No),
        };
        if ready == Ready::Yes || !self.signals(Condition::NotReady) {
            self.charge_made(&value);
            self.deliver(d, value);
        }
        if ready == Ready::No {
            self.event_within(Condition::NotReady, &name.to_vec())?;
        }
        Ok(self.leaving.take())
    }
}

/// Answers LINEIN or LINES, whose one argument is the last pushed, from what was lent, and takes the argument;
/// `false` when that does not tell.
pub(super) fn answer_from_lent(
    lent: &mut Option<Lent>,
    args: &mut Vec<Option<Value>>,
    row: &Bif,
    to: &mut Slot,
) -> bool {
    let (Some(lent), Some(Some(name))) = (lent, args.last()) else {
        return false;
    };
    if !name.with_bytes(|name| name == lent.name) {
        return false;
    }
    let Some(rest) = lent.block.get(lent.at..) else {
        return false;
    };
    match row.place {
        Place::Exit(Asks::Lines) if !rest.is_empty() => *to = Slot::Val(Value::truth(true)),
        Place::Exit(Asks::Line) => {
            let Some(length) = memchr::memchr(b'\n', rest) else {
                return false;
            };
            let line = &rest[..length];
            match to {
                Slot::Val(old) => {
                    old.refill(line);
                }
                _ => *to = Slot::Val(Value::from_bytes(line)),
            }
            lent.at += length + 1;
            lent.lines += 1;
        }
        _ => return false,
    }
    args.pop();
    true
}
