//! The pauses of interactive tracing (SC24-5770 chapter 10, "Interactive debugging of programs").
//!
//! A clause that was shown leaves a mark on its level; at the next boundary the Vm asks for a line. A
//! null line goes on, `=` runs the marked clause again, anything else is interpreted in a frame of its
//! own: there nothing is traced, no trap fires, and an error is only shown.

use super::trace::Setting;
use super::{Vm, Wait};
use crate::rexx::code::{ClauseKind, Code};
use crate::rexx::{Error, Exit, Value};

/// No clause was passed yet on this level.
pub(super) const NOWHERE: u32 = u32::MAX;

impl Vm {
    /// A clause begins in traced code, at the instruction just taken: notes where, shows it, and sees
    /// that there is a pause after it.
    pub(super) fn begin_clause(&mut self, code: &Code, clause: u32) {
        self.level.clause = (self.pc - 1) as u32;
        if self.trace_clause(code, clause) {
            let what = code.spans.get(clause as usize).map(|s| s.what);
            if what != Some(ClauseKind::Passing) {
                self.pause_later();
            }
        }
    }

    /// Marks the clause in hand for a pause when it is done.
    pub(super) fn pause_later(&mut self) {
        self.level.pause = self.settings.trace.interactive && self.level.clause != NOWHERE;
    }

    /// A boundary: gives the exit that asks for a line when the clause before is to be followed by a
    /// pause.
    pub(super) fn pause(&mut self) -> Option<Exit> {
        if !self.level.pause || self.tracer.typed.is_some() {
            return None;
        }
        self.level.pause = false;
        if !self.settings.trace.interactive {
            return None;
        }
        if self.tracer.skip > 0 {
            self.tracer.skip -= 1;
            return None;
        }
        self.pc -= 1;
        if !std::mem::replace(&mut self.tracer.prompted, true) {
            self.say_note(self.program.dialect.prompt());
        }
        self.wait = Wait::Pause;
        Some(Exit::PullTerminal)
    }

    /// A line was typed at a pause.
    ///
    /// # Errors
    /// That of a line that is not run because it is wrong.
    pub(super) fn pause_answer(&mut self, line: &[u8]) -> Result<(), Error> {
        match line {
            b"" => {}
            b"=" => self.pc = self.level.clause as usize,
            _ => {
                self.level.pause = true;
                self.tracer.typed = Some(self.frames.len());
                self.settings_changed();
                let live = self.layout.temps;
                self.interpret_plain(&Value::from_bytes(line), live)?;
            }
        }
        Ok(())
    }

    /// A frame came off: the typed line may be done.
    pub(super) fn typed_line_over(&mut self) {
        if self.tracer.typed.is_some_and(|d| self.frames.len() <= d) {
            self.tracer.typed = None;
            self.settings_changed();
        }
    }

    /// TRACE with a number in a typed line: this pause is over, and so many more are passed over, or
    /// so many clauses without being shown.
    pub(super) fn skip_pauses(&mut self, n: i64) {
        if n < 0 {
            self.tracer.quiet = n.unsigned_abs();
        } else {
            self.tracer.skip = n.unsigned_abs();
        }
        let depth = self.tracer.typed.unwrap_or_default();
        if let Some(frame) = self.frames.get_mut(depth) {
            frame.level.pause = false;
        }
    }

    /// TS and TE: as `TRACE ?R` and `TRACE O` where the program stands.
    pub(super) fn trace_from_outside(&mut self) {
        let letter = if self.trace_start { b'R' } else { b'O' };
        let new = Setting {
            letter,
            interactive: self.trace_start,
            inhibited: false,
        };
        (self.trace_start, self.trace_end) = (false, false);
        self.set_trace_to(new);
        // Callers go on the same way.
        for settings in &mut self.settings_stack {
            settings.trace = new;
        }
        self.trace_switch();
    }

    /// An error in a typed line: it is shown, and the pause goes on.
    pub(super) fn typed_line_failed(&mut self, depth: usize, error: &Error) {
        while self.frames.len() > depth {
            self.pop();
        }
        self.typed_line_over();
        let end = self.args_start + self.level.args_len as usize;
        self.args.truncate(end);
        let dialect = self.program.dialect;
        self.say_note(&dialect.typed_error(error.number));
    }
}
