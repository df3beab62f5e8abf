//! Conditions and their traps (SC24-5770 chapter 7, "Conditions and condition traps"; ANSI X3.274
//! section 8.4).

use std::rc::Rc;

use super::flow::DISCARD;
use super::{Raised, TrapState, Vm, Wait};
use crate::rexx::ast::{Condition, TrapKind};
use crate::rexx::names::RC;
use crate::rexx::{CallKind, Error, Exit, Value, bif};

/// The error of a program that was halted.
const HALTED: u16 = 4;

impl Vm {
    /// An error or condition in the clause just run: goes to its trap, or ends the program.
    pub(super) fn raise(&mut self, mut error: Error) -> Option<Exit> {
        if error.line == 0 {
            error.line = self.line() as usize;
            self.locate(&mut error);
        }
        if let Some(depth) = self.tracer.typed {
            self.typed_line_failed(depth, &error);
            return None;
        }
        let condition = match error.number {
            0 => Condition::ALL
                .get(usize::from(error.subcode))
                .map_or(Condition::Syntax, |c| c.0),
            _ => Condition::Syntax,
        };
        let trap = &self.settings.traps[condition as usize];
        // What halts a program is trapped by HALT alone.
        if trap.state == TrapState::Off || error.number == HALTED {
            if condition != Condition::Syntax {
                // The trap went off between: nothing to do.
                return None;
            }
            return Some(self.die(error));
        }
        let description = match condition {
            Condition::Syntax => error
                .detail()
                .unwrap_or_else(|| error.text().as_bytes().to_vec()),
            _ => error.inserts.first().cloned().unwrap_or_default(),
        };
        if condition == Condition::Syntax {
            let number = Value::Int(i64::from(error.number));
            self.put(RC, number);
            let message = format!("{}.{}", error.number, error.subcode);
            self.reserved.rc = Some(i64::from(error.number));
            self.reserved.message = Some(Value::from(message.as_str()));
        }
        let extra = match condition {
            Condition::Syntax => format!("{}.{}", error.number, error.subcode).into_bytes(),
            _ => Vec::new(),
        };
        match self.signal_trap(condition, description, extra) {
            Ok(()) => None,
            Err(error) => self.raise(error),
        }
    }

    /// Notes the clause in hand as the place of an error that has none; within a text of INTERPRET there
    /// is none to show.
    pub(super) fn locate(&self, error: &mut Error) {
        if self.level.interpret {
            error.place = None;
        } else if error.place.is_none() {
            let clause = self.code.clause_of.get(self.pc.saturating_sub(1));
            let span = clause.and_then(|n| self.code.spans.get(*n as usize));
            error.place = span.map(|s| (s.start, s.end));
        }
    }

    /// Fires a SIGNAL trap.
    fn signal_trap(
        &mut self,
        condition: Condition,
        description: Vec<u8>,
        extra: Vec<u8>,
    ) -> Result<(), Error> {
        self.own_settings();
        let trap = std::mem::take(&mut self.settings.traps[condition as usize]);
        self.settings_changed();
        self.settings.condition = Some(Rc::new(Raised {
            condition,
            by: TrapKind::Signal,
            description,
            extra,
        }));
        let label = trap
            .label
            .unwrap_or_else(|| condition.name().as_bytes().into());
        let keep_line = self.line();
        let result = self.signal(&label);
        if let Err(mut error) = result {
            if error.line == 0 {
                error.line = keep_line as usize;
            }
            return Err(error);
        }
        Ok(())
    }

    /// The program ends with an error: the clauses that led there go out as trace lines.
    pub(super) fn die(&mut self, error: Error) -> Exit {
        self.traceback();
        Exit::Raised(error)
    }

    /// A condition that CALL or SIGNAL may trap and that is ignored otherwise.
    /// Gives `false` when no trap is on.
    pub(super) fn event(
        &mut self,
        condition: Condition,
        description: &[u8],
    ) -> Result<bool, Error> {
        if self.tracer.typed.is_some() {
            return Ok(false);
        }
        let trap = &mut self.settings.traps[condition as usize];
        if trap.state == TrapState::Off {
            return Ok(false);
        }
        // A clause whose condition is trapped cannot run again.
        self.level.pause = false;
        match (trap.state, trap.by) {
            // While one is handled, further commands' errors are let go; the others wait.
            (TrapState::Delay, _) if matches!(condition, Condition::Error | Condition::Failure) => {
            }
            (TrapState::Delay, _) => self.wait_for_trap(condition, description),
            (TrapState::On, Some(TrapKind::Call)) => self.call_trap(condition, description)?,
            _ => self.signal_trap(condition, description.to_vec(), Vec::new())?,
        }
        Ok(true)
    }

    /// The same for a condition that comes up within a clause: a CALL trap waits for its end.
    pub(super) fn event_within(
        &mut self,
        condition: Condition,
        description: &[u8],
    ) -> Result<(), Error> {
        let trap = &self.settings.traps[condition as usize];
        let called = trap.state == TrapState::On && trap.by == Some(TrapKind::Call);
        if called && self.code.checks && self.tracer.typed.is_none() {
            self.wait_for_trap(condition, description);
            return Ok(());
        }
        self.event(condition, description).map(|_| ())
    }

    /// Whether a condition ends its clause at once: a SIGNAL trap is on.
    pub(super) fn signals(&self, condition: Condition) -> bool {
        let trap = &self.settings.traps[condition as usize];
        trap.state == TrapState::On
            && trap.by == Some(TrapKind::Signal)
            && self.tracer.typed.is_none()
    }

    /// Keeps a condition until its trap can fire; of each, the last one counts.
    fn wait_for_trap(&mut self, condition: Condition, description: &[u8]) {
        self.pending.retain(|p| p.0 != condition);
        self.pending.push((condition, description.into()));
    }

    /// Fires a CALL trap that waits for a clause to begin; that clause comes when it is done.
    pub(super) fn fire_waiting(&mut self) -> Result<bool, Error> {
        if self.pending.is_empty() || self.tracer.typed.is_some() {
            return Ok(false);
        }
        let traps = &self.settings.traps;
        let ready = |p: &(Condition, Rc<[u8]>)| traps[p.0 as usize].state == TrapState::On;
        let Some(at) = self.pending.iter().position(ready) else {
            return Ok(false);
        };
        let (condition, description) = self.pending.remove(at);
        self.pc -= 1;
        self.event(condition, &description)
    }

    /// Fires a CALL trap.
    fn call_trap(&mut self, condition: Condition, description: &[u8]) -> Result<(), Error> {
        let trap = &mut self.settings.traps[condition as usize];
        let label = trap
            .label
            .clone()
            .unwrap_or_else(|| condition.name().as_bytes().into());
        let Some(entry) = self.entry_of(&label) else {
            return self.call_trap_outside(condition, &label);
        };
        let entry = self.admitted(entry, &label, 3)?;
        self.own_settings();
        self.settings.traps[condition as usize].state = TrapState::Delay;
        self.settings_changed();
        let live = self.layout.temps;
        self.count_step();
        self.call_entry(entry, 0, DISCARD, live);
        self.level.handler = Some(condition);
        // What the handler sees goes with it; the caller keeps its own.
        self.own_settings();
        self.settings.condition = Some(Rc::new(Raised {
            condition,
            by: TrapKind::Call,
            description: description.to_vec(),
            extra: Vec::new(),
        }));
        Ok(())
    }

    /// Fires a CALL trap whose routine is no internal one: a built-in function, or one from outside.
    fn call_trap_outside(&mut self, condition: Condition, name: &[u8]) -> Result<(), Error> {
        if self.program.unreadable.is_some() {
            return Err(self.no_label(name));
        }
        if let Some(row) = bif::lookup(name).filter(|row| row.place == bif::Place::Here) {
            return self.run_bif(row, &[]).map(|_| ());
        }
        self.own_settings();
        self.settings.traps[condition as usize].state = TrapState::Delay;
        self.settings_changed();
        self.set_line();
        self.wait = Wait::Handler {
            condition,
            name: name.to_vec(),
        };
        self.leaving = Some(Exit::Call {
            name: name.to_vec(),
            quoted: false,
            kind: CallKind::Subroutine,
            args: Vec::new(),
        });
        Ok(())
    }

    /// The routine of a CALL trap returned: the trap is on again, and what waited comes now.
    pub(super) fn handler_done(&mut self, condition: Condition) -> Result<Option<Exit>, Error> {
        let trap = &mut self.settings.traps[condition as usize];
        if trap.state == TrapState::Delay {
            trap.state = TrapState::On;
        }
        self.settings_changed();
        if let Some(at) = self.pending.iter().position(|p| p.0 == condition) {
            let (_, description) = self.pending.remove(at);
            self.event(condition, &description)?;
        }
        Ok(self.leaving.take())
    }

    /// LOSTDIGITS as an error on its way to its trap.
    pub(super) fn lost_digits(&self, v: &Value) -> Error {
        v.with_bytes(|b| Error::condition(Condition::LostDigits, b))
    }
}
