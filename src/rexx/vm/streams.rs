//! Stream functions: what they answer, and lines that were read ahead and lent to the program, which LINEIN
//! and LINES take without an exit (ANSI X3.274 section 9.7).

use super::Vm;
use crate::rexx::ast::Condition;
use crate::rexx::bif::{Asks, Bif, Place};
use crate::rexx::code::{Code, Reg};
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

    /// Answers LINEIN or LINES, whose one argument is the last pushed, from what was lent; `false` when
    /// that does not tell.
    pub(super) fn answer_from_lent(&mut self, code: &Code, d: Reg, bif: u32) -> bool {
        let Some(v) = self.lent_answer(code.bifs[bif as usize]) else {
            return false;
        };
        self.args.pop();
        self.deliver(d, v);
        true
    }

    fn lent_answer(&mut self, row: &'static Bif) -> Option<Value> {
        let lent = self.lent.as_mut()?;
        let name = self.args.last()?.as_ref()?;
        let same = name.with_bytes(|name| name == lent.name);
        if !same {
            return None;
        }
        let rest = lent.block.get(lent.at..)?;
        match row.place {
            Place::Exit(Asks::Lines) if !rest.is_empty() => Some(Value::truth(true)),
            Place::Exit(Asks::Line) => {
                let length = memchr::memchr(b'\n', rest)?;
                let line = Value::from_bytes(&rest[..length]);
                lent.at += length + 1;
                lent.lines += 1;
                Some(line)
            }
            _ => None,
        }
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
