//! How much storage a program may hold: error 5 beyond (SC24-5770 appendix A).
//!
//! What is made is charged against [`Vm::room`] before it is made, and never given back; when the room
//! is used up, what is really held is counted, and the difference to the limit is the new room. So a
//! program pays for a subtraction where it makes a string, and for a walk over its variables once in as
//! many bytes as the limit leaves free.

use super::store::{Slot, Stem, StemSlot};
use super::{Settings, Vm};
use crate::rexx::ast::Op;
use crate::rexx::{Error, Value};

/// What a source byte of an INTERPRET text may come to while it is compiled.
const TEXT_COST: usize = 64;
/// What a name takes, about.
const NAME_COST: usize = 128;
/// Texts of INTERPRET up to this length are charged for when they are kept, not before.
const SMALL_TEXT: usize = 4096;

impl Vm {
    /// Takes storage for something about to be made.
    ///
    /// # Errors
    /// 5 when the program would hold more than its limit.
    #[inline]
    pub(super) fn charge(&self, bytes: usize) -> Result<(), Error> {
        match self.room.get().checked_sub(bytes) {
            Some(left) => {
                self.room.set(left);
                Ok(())
            }
            None => self.recount(bytes),
        }
    }

    /// Takes storage for what is there already: the next charge fails when it was too much.
    #[inline]
    pub(super) fn charge_made(&self, v: &Value) {
        self.room.set(self.room.get().saturating_sub(v.storage()));
    }

    /// Makes sure of storage for what goes again at once.
    pub(super) fn foresee(&self, bytes: usize) -> Result<(), Error> {
        self.charge(bytes)?;
        self.room.set(self.room.get() + bytes);
        Ok(())
    }

    /// Makes sure of storage for an operation on numbers.
    pub(super) fn foresee_digits(&self, op: Op, a: &Value, b: &Value) -> Result<(), Error> {
        let whole = a.as_int().is_some() && b.as_int().is_some();
        if whole && !matches!(op, Op::Div | Op::Power) {
            return Ok(());
        }
        let digits = usize::try_from(self.settings.numeric.digits).unwrap_or(usize::MAX);
        self.foresee(digits.saturating_mul(3))
    }

    /// Takes storage for compiling a text.
    pub(super) fn charge_text(&self, length: usize) -> Result<(), Error> {
        if length <= SMALL_TEXT {
            return self.charge(length);
        }
        if u32::try_from(length).is_err() {
            return Err(exhausted());
        }
        // The tables of the compiler go again; the code that stays is a small part of them.
        self.foresee(length.saturating_mul(TEXT_COST))?;
        self.charge(length)
    }

    /// The room is used up: counts what is really held.
    #[cold]
    fn recount(&self, bytes: usize) -> Result<(), Error> {
        let limit = self.inv.storage;
        let held = self.held();
        // A little stays free, so that a program near its limit does not count all the time.
        let most = limit - limit / 16;
        match held.checked_add(bytes) {
            Some(wanted) if wanted <= most => {
                self.room.set(limit - wanted);
                Ok(())
            }
            _ => {
                self.room.set(limit.saturating_sub(held));
                Err(exhausted())
            }
        }
    }

    /// The bytes that were charged for since they were last counted, and what was counted then: as much
    /// as the program holds or more.
    pub fn charged(&self) -> usize {
        self.inv.storage.saturating_sub(self.room.get())
    }

    /// Counts the bytes that the program really holds.
    pub fn count_storage(&mut self) -> usize {
        let held = self.held();
        self.room.set(self.inv.storage.saturating_sub(held));
        held
    }

    /// The bytes that the program holds.
    fn held(&self) -> usize {
        let slots = self.slots.iter().chain(&self.saved).map(slot_storage);
        let stems = self.stems.iter().map(|s| match s {
            StemSlot::Own(stem) => stem.storage(),
            _ => 0,
        });
        let args = self.args.iter().chain(&self.scratch).flatten();
        let texts = self.interpreted.keys().chain(self.traced_texts.keys());
        slots.sum::<usize>()
            + stems.sum::<usize>()
            + args.chain(&self.texts).map(share).sum::<usize>()
            + texts.map(|t| t.len()).sum::<usize>() * TEXT_COST
            + share(self.asked.kept())
            + self.shallow()
    }

    /// The bytes of the tables of this Vm, without what their entries share.
    fn shallow(&self) -> usize {
        let temps = self.layout.temps as usize;
        soon(&self.slots, self.window())
            + soon(&self.saved, temps)
            + soon(&self.stems, self.names.stems())
            + soon(&self.frames, 1)
            + soon(&self.texts, 1)
            + soon::<Settings>(&self.settings_stack, 1)
            + soon::<Option<Value>>(&self.args, 4)
            + (self.names.vars() + self.names.stems()) * NAME_COST
            + self.text.capacity()
            + self.tail.capacity()
    }

    /// Charges for what grew without being charged: frames, arguments and tails.
    pub(super) fn measure(&mut self) -> Result<(), Error> {
        let tables = self.stems.iter().map(|s| match s {
            StemSlot::Own(stem) => stem.tables(),
            _ => 0,
        });
        let now = self.shallow() + tables.sum::<usize>();
        let more = now.saturating_sub(self.measured);
        self.measured = now;
        self.charge(more)
    }

    /// How many steps may run before [`Vm::measure`] is due again: the more there is to look at, the
    /// more of them.
    pub(super) fn stretch(&self) -> u64 {
        (self.stems.len() as u64).max(STRETCH)
    }
}

/// The bytes that a table takes, or will take when it doubles, which so many entries a step may make it
/// do before it is looked at again.
fn soon<T>(table: &Vec<T>, a_step: usize) -> usize {
    let full = table.len() + a_step * STRETCH as usize > table.capacity();
    let small = table.len() < STRETCH as usize;
    let times = if full && !small { 2 } else { 1 };
    table.capacity() * size_of::<T>() * times
}

/// The least number of steps between two looks at the tables.
const STRETCH: u64 = 1 << 15;

/// The error that says so.
pub(super) fn exhausted() -> Error {
    Error::bare(5, 0)
}

/// What a value takes, shared among those that hold it.
fn share(v: &Value) -> usize {
    match v {
        Value::Long(long) => v.storage() / std::rc::Rc::strong_count(long).max(1),
        _ => 0,
    }
}

fn slot_storage(slot: &Slot) -> usize {
    match slot {
        Slot::Val(v) => share(v),
        _ => 0,
    }
}

impl Stem {
    /// The bytes of the stem with all its tails.
    fn storage(&self) -> usize {
        self.every_slot().map(slot_storage).sum::<usize>()
            + self.whole().map_or(0, share)
            + self.key_lengths()
            + self.tables()
    }
}

#[cfg(test)]
mod tests {
    use crate::base::clock::Clock;
    use crate::base::codepage::CodePage;
    use crate::rexx::{CallKind, Dialect, Exit, Invocation, Reply, Vm, compile};

    /// Runs a program with this much storage; gives what it said last, or its error.
    fn last(source: &str, storage: usize) -> String {
        let mut vm = Vm::new(
            compile(source.as_bytes(), Dialect::Cms),
            Invocation {
                kind: CallKind::Command,
                args: Vec::new(),
                source: Vec::new(),
                name: b"LAST EXEC".to_vec(),
                address: b"CMS".to_vec(),
                clock: Clock::fixed(0),
                seed: 1,
                user: Vec::new(),
                codepage: CodePage::Host,
                storage,
            },
        );
        let mut said = String::new();
        loop {
            match vm.resume(Reply::Done) {
                Exit::Say(line) => said = String::from_utf8_lossy(&line).into_owned(),
                Exit::Raised(e) => return format!("error {} line {}", e.number, e.line),
                Exit::Done(_) => return said,
                _ => {}
            }
        }
    }

    const MEGABYTE: usize = 1 << 20;

    #[test]
    fn storage_is_exhausted_before_it_is_taken() {
        for program in [
            "x = copies('x', 900000000)",
            "x = left('x', 100000000)",
            "x = right('x', 100000000)",
            "x = insert('x', 'y', 100000000)",
            "x = overlay('x', 'y', 100000000)",
            "x = center('x', 100000000)",
            "x = substr('x', 1, 100000000)",
            "x = trunc(1, 100000000)",
            "x = format(1, 100000000)",
            "x = d2c(1, 100000000)",
            "x = d2x(1, 100000000)",
            "x = space('a b', 100000000)",
            "x = justify('a b', 100000000)",
            "numeric digits 100000000; x = 1/3",
            "numeric digits 100000000; x = 1 + 1e90000000",
            "x = 'ab'; do forever; x = x || x; end",
            "x = 'ab'; do forever; x = x x 'y'; end",
            "x = ''; do forever; x = x || 'y'; end",
            "x = 'ab'; do forever; interpret 'x = x||x'; end",
            "do i = 1; a.i = i; end",
            "do i = 1; a.i.i = i; end",
            "do i = 1; j = 'x'i; a.j = i; end",
            "i = 64; do forever; a.i = 1; i = i * 2 + 60; end",
            "do i = 1; a.i = copies('x', 1000); end",
            "do i = 1 to 1000; a.i = copies('x', i * 10000); end",
            "call a; a: call a",
            "call a; a: procedure; call a",
            "a: interpret 'call a'",
            "x = 'interpret x'; interpret x",
            "x = copies('nop;', 100000); interpret x",
            "do i = 1; call value 'v'i, copies('x', 100); end",
            "x = copies('1 ', 100000); y = changestr('1', x, copies('z', 90))",
        ] {
            assert_eq!(last(program, 2 * MEGABYTE), "error 5 line 1", "{program}");
        }
    }

    #[test]
    fn what_is_let_go_can_be_had_again() {
        for program in [
            "do 200; x = copies('x', 1000000); end; say length(x)",
            "do 200; x = ''; do 100; x = x || copies('x', 10000); end; end; say length(x)",
            "do 40; drop a.; do i = 1 to 1000; a.i = copies('x', 1000); end; end; say 1000000",
            "do 40; call f; end; say result; exit; f: procedure; x = copies('x', 1000000); \
             return length(x)",
        ] {
            assert_eq!(last(program, 8 * MEGABYTE), "1000000", "{program}");
        }
    }

    #[test]
    fn the_error_can_be_trapped() {
        let program = "signal on syntax\nx = 'ab'\ndo forever; x = x || x; end\n\
                       syntax: say rc sigl (length(x) > 1000000)";
        assert_eq!(last(program, 16 * MEGABYTE), "5 3 1");
    }

    #[test]
    fn tails_far_apart_take_little() {
        let program = "i = 64; do 40; a.i = 1; b.i.i = 1; i = i * 2 + 60; end; say a.64 b.64.64";
        assert_eq!(last(program, 16 * MEGABYTE), "1 1");
    }
}
