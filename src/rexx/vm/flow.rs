//! Calls, returns, INTERPRET, SIGNAL, settings, and the answers from outside (SC24-5770 chapter 3).

use std::rc::Rc;

use super::address::Redirects;
use super::store::Slot;
use super::{Frame, Level, Trap, TrapState, Vm, Wait};
use crate::num::{Form, small};
use crate::rexx::ast::{Clause, Condition, Target};
use crate::rexx::code::{
    Code, Entry, Insn, NONE, NameRef, NumericSet, PENDING, Reg, Slot2, Span, TrapSet,
};
use crate::rexx::compile::{self, Flavour, Unit};
use crate::rexx::names::{RC, RESULT, SIGL, is_symbol_byte};
use crate::rexx::{CommandLines, Error, Exit, Flag, Reply, Value, parse};

/// Where the result of a routine goes that a CALL trap started: nowhere.
pub(super) const DISCARD: Reg = NONE - 1;

/// How many INTERPRET texts are kept.
const KEPT_TEXTS: usize = 2000;
/// How long they may be together, about; much longer ones are not kept at all.
const KEPT_BYTES: usize = 1 << 18;

impl Frame {
    /// The clause that the routine goes back into.
    pub(super) fn span(&self) -> Option<Span> {
        let clause = self.code.clause_of.get(self.pc.saturating_sub(1))?;
        self.code.spans.get(*clause as usize).copied()
    }

    fn line(&self) -> u32 {
        self.span().map_or(0, |s| s.line)
    }
}

impl Vm {
    /// The line of the instruction just taken.
    pub(super) fn line(&self) -> u32 {
        let clause = self.code.clause_of.get(self.pc.saturating_sub(1));
        let span = clause.and_then(|n| self.code.spans.get(*n as usize));
        // A line of an INTERPRET text is that of the INTERPRET clause.
        if self.level.interpret
            && let Some(frame) = self.frames.iter().rev().find(|f| !f.level.interpret)
        {
            return frame.line();
        }
        span.map_or(0, |s| s.line)
    }

    pub(super) fn set_line(&mut self) {
        let line = self.line();
        self.reserved.line = line;
        self.put(SIGL, Value::Int(i64::from(line)));
    }

    // ---- calls ----

    /// Calls an internal routine whose arguments are the last `n` pushed.
    pub(super) fn call_entry(&mut self, entry: Entry, n: usize, d: Reg, live: u32) {
        self.set_line();
        if !entry.procedure {
            self.save_temps(live);
        }
        let live = if entry.procedure { 0 } else { live };
        let code = self.program_code();
        let level = Level {
            procedure: false,
            saved: false,
            interpret: false,
            handler: None,
            args_len: n as u32,
            clause: super::debug::NOWHERE,
            pause: false,
        };
        let frame = Frame {
            code: std::mem::replace(&mut self.code, code),
            pc: self.pc,
            base: self.base,
            stem_base: self.stem_base,
            args_start: self.args_start,
            dst: d,
            live,
            level: std::mem::replace(&mut self.level, level),
            frozen: self.frozen.take(),
        };
        self.args_start = self.args.len() - n;
        self.frames.push(frame);
        self.pc = entry.call as usize;
    }

    /// The register of a temporary.
    fn temp_reg(&self, k: u32) -> Reg {
        if k < self.layout.temps {
            return self.layout.vars + k;
        }
        let id = self
            .names
            .find_var(format!("\0{k}").as_bytes())
            .unwrap_or(0);
        self.layout.var(id)
    }

    fn save_temps(&mut self, live: u32) {
        for k in 0..live {
            let r = self.temp_reg(k);
            let slot = std::mem::take(self.place(r));
            self.saved.push(slot);
        }
    }

    fn restore_temps(&mut self, live: u32) {
        for k in (0..live).rev() {
            let r = self.temp_reg(k);
            if let Some(slot) = self.saved.pop() {
                *self.place(r) = slot;
            }
        }
    }

    /// The code that internal routines run in: the traced one when tracing.
    pub(super) fn program_code(&mut self) -> Rc<Code> {
        if self.settings.trace.watches()
            && let Some(code) = self.traced_code()
        {
            return code;
        }
        Rc::clone(&self.program.code)
    }

    /// The program compiled for tracing.
    pub(super) fn traced_code(&mut self) -> Option<Rc<Code>> {
        if self.traced.is_none() {
            let program = Rc::clone(&self.program);
            let layout = self.layout;
            let code = self.with_names(|names| {
                let clauses = parse::parse(&program.text, names, program.level);
                compile::compile(
                    &clauses,
                    Rc::clone(&program.text),
                    names,
                    &program.labels,
                    Unit::Again(layout),
                    Flavour::Traced,
                )
                .0
            });
            self.traced = Some(Rc::new(code));
        }
        self.traced.clone()
    }

    /// The entry of a label in the code that routines run in.
    pub(super) fn entry_of(&mut self, name: &[u8]) -> Option<Entry> {
        let number = *self.program.labels.get(name)?;
        let code = self.program_code();
        code.entries
            .get(number as usize)
            .copied()
            .filter(|e| e.call < PENDING)
    }

    /// The entry of a label that SIGNAL (subcode 2) or a call (3) goes to: error 16.1 when there is none,
    /// and by the standard error 16 with the subcode for one within a block.
    pub(super) fn entry_for(&mut self, name: &[u8], subcode: u16) -> Result<Entry, Error> {
        match self.entry_of(name) {
            None => Err(self.no_label(name)),
            Some(entry) => self.admitted(entry, name, subcode),
        }
    }

    /// The entry of a label that was found, unless the standard refuses it for its place.
    pub(super) fn admitted(&self, entry: Entry, name: &[u8], subcode: u16) -> Result<Entry, Error> {
        if entry.inner && self.program.dialect.refuses_inner_labels() {
            return Err(Error::new(16, subcode, &[name]));
        }
        Ok(entry)
    }

    /// A step that no clause of a loop counts: what goes round by it can be stopped too.
    pub(super) fn count_step(&mut self) {
        self.budget = self.budget.saturating_sub(1);
    }

    /// PROCEDURE: a window of its own for the routine.
    pub(super) fn procedure(&mut self, code: &Code, list: u32) -> Result<(), Error> {
        if self.level.procedure || self.frames.is_empty() || self.level.interpret {
            return Err(Error::bare(17, 1));
        }
        let (base, stem_base) = (self.base, self.stem_base);
        let list = &code.lists[list as usize];
        for name in list {
            if let NameRef::Indirect(slot) = name {
                // Listed names get their places in the caller's window before it is left.
                self.listed(code, slot)?;
            }
        }
        self.level.procedure = true;
        self.charge((self.window() + self.names.stems()) * size_of::<Slot>())?;
        self.base += self.window();
        self.stem_base += self.names.stems();
        self.grow();
        for name in list {
            match name {
                NameRef::Direct(slot) => self.expose(code, slot, base, stem_base)?,
                NameRef::Indirect(slot) => {
                    self.expose(code, slot, base, stem_base)?;
                    for target in self.listed(code, slot)? {
                        let mut own = Code::default();
                        let slot = own.slot(&target, self.layout);
                        self.expose(&own, &slot, base, stem_base)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The variables that a variable lists.
    pub(super) fn listed(&mut self, code: &Code, slot: &Slot2) -> Result<Vec<Target>, Error> {
        let text = self.slot_value(code, slot)?.to_vec();
        self.charge_text(text.len())?;
        text.split(|b| *b == b' ')
            .filter(|word| !word.is_empty())
            .map(|word| self.indirect(word))
            .collect()
    }

    /// The variable of a word in an indirect list; error 20.1 when it is none.
    pub(super) fn indirect(&mut self, word: &[u8]) -> Result<Target, Error> {
        self.named(word).ok_or_else(|| Error::new(20, 1, &[word]))
    }

    /// Ends the routine; `None` when the program itself ends.
    pub(super) fn return_value(&mut self, value: Option<Value>) -> Result<Option<Exit>, Error> {
        while self.level.interpret {
            self.pop();
        }
        let Some(frame) = self.frames.last() else {
            return Ok(Some(Exit::Done(value)));
        };
        let d = frame.dst;
        if d < DISCARD && value.is_none() {
            return Err(Error::new(45, 1, &[&self.routine_name()]));
        }
        let handler = self.level.handler;
        self.pop();
        match (d, value) {
            (DISCARD, _) => {}
            (NONE, Some(v)) => self.put(RESULT, v),
            (NONE, None) => *self.place(RESULT) = Slot::Unset,
            (d, Some(v)) => self.put(d, v),
            (_, None) => {}
        }
        if let Some(condition) = handler {
            return self.handler_done(condition);
        }
        Ok(None)
    }

    /// RETURN with a value where nothing but the call itself is undone; else gives the value back.
    #[inline]
    pub(super) fn return_quick(&mut self, value: Value) -> Result<(), Value> {
        let Some(frame) = self.frames.last() else {
            return Err(value);
        };
        let d = frame.dst;
        if d == DISCARD
            || self.level.interpret
            || self.level.handler.is_some()
            || !Rc::ptr_eq(&frame.code, &self.code)
        {
            return Err(value);
        }
        self.pop();
        self.put(if d == NONE { RESULT } else { d }, value);
        Ok(())
    }

    /// The name of the label that the current routine was entered by.
    fn routine_name(&self) -> Vec<u8> {
        let Some(frame) = self.frames.last() else {
            return Vec::new();
        };
        let label = frame
            .pc
            .checked_sub(1)
            .and_then(|pc| frame.code.insns.get(pc))
            .and_then(|i| match i {
                Insn::CallLabel { label, .. } => Some(*label),
                _ => None,
            });
        self.program
            .labels
            .iter()
            .find(|(_, n)| Some(**n) == label)
            .map_or_else(Vec::new, |(name, _)| name.to_vec())
    }

    /// Takes the topmost frame off and restores what it holds.
    pub(super) fn pop(&mut self) {
        let Some(frame) = self.frames.pop() else {
            return;
        };
        let level = std::mem::replace(&mut self.level, frame.level);
        if level.interpret {
            self.texts.pop();
            // Settings belong to the routine, not to the text.
            self.level.saved = level.saved;
            self.level.procedure = level.procedure;
        } else {
            if level.saved
                && let Some(settings) = self.settings_stack.pop()
            {
                self.settings = settings;
                self.settings_changed();
            }
            if level.procedure {
                self.clear_window();
            }
            self.args.truncate(self.args_start);
            self.args_start = frame.args_start;
            self.base = frame.base;
            self.stem_base = frame.stem_base;
            if level.procedure {
                self.grow();
            }
        }
        self.restore_temps(frame.live);
        self.code = frame.code;
        self.pc = frame.pc;
        self.typed_line_over();
        self.frozen = frame.frozen;
        if let Some(frozen) = &mut self.frozen {
            frozen.budget = self.budget;
        }
    }

    /// Runs a text.
    ///
    /// # Errors
    /// That of its first clause in error, where the language level checks texts before they run; 5 when
    /// there is no storage to compile it.
    pub(super) fn interpret(&mut self, text: &Value, live: u32) -> Result<(), Error> {
        let traced = self.settings.trace.watches() && self.tracer.typed.is_none();
        self.interpret_as(text, live, traced)
    }

    /// Runs a text that leaves no trace.
    pub(super) fn interpret_plain(&mut self, text: &Value, live: u32) -> Result<(), Error> {
        self.interpret_as(text, live, false)
    }

    fn interpret_as(&mut self, text: &Value, live: u32, traced: bool) -> Result<(), Error> {
        self.count_step();
        self.charge_text(text.len())?;
        let code = self.text_code(text, traced);
        if self.program.dialect.checks_first()
            && let Some((_, mut error)) = code.first_fault()
        {
            error.line = 0;
            return Err(error);
        }
        self.save_temps(live);
        let given = std::mem::take(&mut self.given);
        for (k, v) in given.iter().enumerate() {
            let r = self.temp_reg(k as u32);
            self.put(r, Value::Int(*v));
        }
        self.given = given;
        self.texts.push(text.clone());
        let level = Level {
            interpret: true,
            handler: None,
            clause: super::debug::NOWHERE,
            pause: false,
            ..self.level
        };
        let frame = Frame {
            code: std::mem::replace(&mut self.code, code),
            pc: self.pc,
            base: self.base,
            stem_base: self.stem_base,
            args_start: self.args_start,
            dst: DISCARD,
            live,
            level: std::mem::replace(&mut self.level, level),
            frozen: self.frozen.take(),
        };
        self.frames.push(frame);
        self.pc = 0;
        Ok(())
    }

    /// The code of a text. Texts that differ only in numbers share their code; the numbers of this
    /// one are left in `given`.
    pub(super) fn text_code(&mut self, text: &Value, traced: bool) -> Rc<Code> {
        let mut room = crate::rexx::SCRATCH;
        let text = text.as_bytes(&mut room);
        if !traced {
            self.shape(text);
            if !self.given.is_empty() {
                let mut key = std::mem::take(&mut self.text);
                let code = self.shared_code(text, &key);
                key.clear();
                self.text = key;
                if let Some(code) = code {
                    return code;
                }
            }
        }
        self.given.clear();
        let kept = if traced {
            &self.traced_texts
        } else {
            &self.interpreted
        };
        if let Some(code) = kept.get(text) {
            return Rc::clone(code);
        }
        let program = Rc::clone(&self.program);
        let flavour = if traced {
            Flavour::Traced
        } else {
            Flavour::Plain
        };
        let clauses = self.with_names(|names| parse::parse(text, names, program.level));
        let code = self.compile_text(&clauses, text, 0, flavour);
        let kept = if traced {
            &mut self.traced_texts
        } else {
            &mut self.interpreted
        };
        if kept.len() >= KEPT_TEXTS || self.kept > KEPT_BYTES {
            kept.clear();
            self.kept = 0;
        }
        if text.len() <= KEPT_BYTES / 16 {
            self.kept += text.len();
            kept.insert(text.into(), Rc::clone(&code));
        }
        code
    }

    /// The code of a text with its trace, beside so many numbers given to the code without.
    pub(super) fn traced_text(&mut self, text: &Value, given: u32) -> Rc<Code> {
        let level = self.program.level;
        let mut room = crate::rexx::SCRATCH;
        let text = text.as_bytes(&mut room);
        let clauses = self.with_names(|names| parse::parse(text, names, level));
        self.compile_text(&clauses, text, given, Flavour::Traced)
    }

    fn compile_text(
        &mut self,
        clauses: &[Clause],
        text: &[u8],
        given: u32,
        flavour: Flavour,
    ) -> Rc<Code> {
        let program = Rc::clone(&self.program);
        let unit = Unit::Interpret(self.layout, given);
        Rc::new(self.with_names(|names| {
            compile::compile(clauses, text.into(), names, &program.labels, unit, flavour).0
        }))
    }

    /// The code of a text of this shape, if it can be shared.
    fn shared_code(&mut self, text: &[u8], key: &[u8]) -> Option<Rc<Code>> {
        if let Some(found) = self.shapes.get(key) {
            return found.clone();
        }
        let program = Rc::clone(&self.program);
        let open = std::mem::take(&mut self.open);
        let clauses = self.with_names(|names| parse::parse_open(text, names, program.level, &open));
        let given = open.len() as u32;
        self.open = open;
        let code = clauses.map(|c| self.compile_text(&c, text, given, Flavour::Plain));
        if self.shapes.len() >= KEPT_TEXTS || self.kept > KEPT_BYTES {
            self.shapes.clear();
            self.kept = 0;
        }
        if text.len() <= KEPT_BYTES / 16 {
            self.kept += text.len();
            self.shapes.insert(key.into(), code.clone());
        }
        code
    }

    /// Finds the plain numbers of a text: their values go to `given`, their places to `open`, and the
    /// text with their digits blotted out to `text`.
    fn shape(&mut self, text: &[u8]) {
        self.given.clear();
        self.open.clear();
        self.text.clear();
        self.text.extend_from_slice(text);
        let mut at = 0;
        let mut before = 0u8;
        while let Some(&b) = text.get(at) {
            match b {
                b'\'' | b'"' => {
                    let end = memchr::memchr(b, &text[at + 1..]).map_or(text.len(), |n| at + n + 2);
                    at = end;
                    before = b;
                    continue;
                }
                b'/' if text.get(at + 1) == Some(&b'*') => {
                    self.given.clear();
                    return;
                }
                b'0'..=b'9' if !is_symbol_byte(before) => {
                    let length = text[at..].iter().take_while(|b| b.is_ascii_digit()).count();
                    let after = text.get(at + length).copied().unwrap_or(b' ');
                    let plain = length <= 9
                        && (b != b'0' || length == 1)
                        && !is_symbol_byte(after)
                        && after != b'(';
                    if plain {
                        let value = text[at..at + length]
                            .iter()
                            .fold(0, |v, d| v * 10 + i64::from(d - b'0'));
                        self.given.push(value);
                        self.open.push(at as u32);
                        self.text[at..at + length].fill(1);
                    }
                    at += length;
                    before = b'0';
                    continue;
                }
                _ => {}
            }
            before = b;
            at += 1;
        }
    }

    /// The end of the code: of the program, of a routine that fell off it, or of a text.
    pub(super) fn end_of_code(&mut self) -> Result<Option<Exit>, Error> {
        if self.level.interpret {
            self.pop();
            self.trace_switch();
            return Ok(None);
        }
        // Falling off the end of the program ends it, however deep: as EXIT does.
        Ok(Some(Exit::Done(None)))
    }

    // ---- signal ----

    /// Goes to a label: texts being interpreted end.
    pub(super) fn signal(&mut self, name: &[u8]) -> Result<(), Error> {
        let line = self.line();
        let entry = self.entry_for(name, 2)?;
        while self.level.interpret {
            self.pop();
        }
        self.count_step();
        self.reserved.line = line;
        self.put(SIGL, Value::Int(i64::from(line)));
        let end = self.args_start + self.level.args_len as usize;
        self.args.truncate(end);
        self.level.pause = false;
        self.code = self.program_code();
        self.pc = entry.signal as usize;
        self.turn();
        Ok(())
    }

    /// The error of a label that is not found: the search may have ended at an unreadable clause.
    pub(super) fn no_label(&self, name: &[u8]) -> Error {
        let unreadable = self.program.unreadable.clone();
        unreadable.unwrap_or_else(|| Error::new(16, 1, &[name]))
    }

    // ---- settings ----

    /// Keeps the caller's settings before the first change in a routine.
    pub(super) fn own_settings(&mut self) {
        if !self.level.saved && !self.frames.is_empty() {
            self.settings_stack.push(self.settings.clone());
            self.level.saved = true;
        }
    }

    /// Works out what follows from the settings.
    pub(super) fn settings_changed(&mut self) {
        let numeric = &self.settings.numeric;
        self.limit = small::limit(numeric.digits);
        self.compare_limit = small::limit(numeric.digits - numeric.fuzz);
        if numeric.fuzz > 0 {
            // With FUZZ, whole numbers compare equal when they differ a little.
            self.compare_limit = -1;
        }
        // A line typed at a pause fires no trap.
        let typed = self.tracer.typed.is_some();
        let on = |c: Condition| self.settings.traps[c as usize].state == TrapState::On && !typed;
        self.novalue = on(Condition::NoValue);
        self.lostdigits = on(Condition::LostDigits);
        let near = super::quick::Near::of(self.settings.numeric);
        self.near = if self.lostdigits { near.strict() } else { near };
    }

    /// NUMERIC.
    pub(super) fn numeric(&mut self, what: NumericSet, v: Option<&Value>) -> Result<(), Error> {
        self.own_settings();
        let numeric = &mut self.settings.numeric;
        let whole = |v: &Value, sub: u16, least: i64| {
            let found = v.as_int().or_else(|| v.number()?.to_i64());
            found
                .filter(|n| *n >= least && *n <= i64::from(u32::MAX >> 1))
                .map(|n| n as u32)
                .ok_or_else(|| v.with_bytes(|b| Error::new(26, sub, &[b])))
        };
        match what {
            NumericSet::Digits => {
                let below = v.and_then(Value::number).and_then(|n| n.to_i64());
                if let Some(digits) = below.filter(|d| *d <= i64::from(numeric.fuzz)) {
                    let (d, f) = (digits.to_string(), numeric.fuzz.to_string());
                    return Err(Error::new(33, 1, &[d.as_bytes(), f.as_bytes()]));
                }
                let digits = v.map_or(Ok(crate::num::DEFAULT_DIGITS), |v| whole(v, 5, 1))?;
                if digits > 1_000_000_000 {
                    return Err(Error::new(
                        33,
                        2,
                        &[digits.to_string().as_bytes(), b"1000000000"],
                    ));
                }
                numeric.digits = digits;
            }
            NumericSet::Fuzz => {
                let fuzz = v.map_or(Ok(0), |v| whole(v, 6, 0))?;
                if fuzz >= numeric.digits {
                    let (d, f) = (numeric.digits.to_string(), fuzz.to_string());
                    return Err(Error::new(33, 1, &[d.as_bytes(), f.as_bytes()]));
                }
                numeric.fuzz = fuzz;
            }
            NumericSet::Form => {
                let text = v.map(Value::to_vec).unwrap_or_default();
                numeric.form = match text.first().map(u8::to_ascii_uppercase) {
                    Some(b'S') => Form::Scientific,
                    Some(b'E') => Form::Engineering,
                    _ => return Err(Error::new(33, 3, &[&text])),
                };
            }
        }
        self.settings_changed();
        Ok(())
    }

    /// SIGNAL ON, CALL ON and their like.
    pub(super) fn set_trap(&mut self, set: &TrapSet) {
        self.own_settings();
        self.settings.traps[set.condition as usize] = match &set.label {
            Some(label) => Trap {
                state: TrapState::On,
                by: Some(set.by),
                label: Some(Rc::clone(label)),
            },
            None => Trap::default(),
        };
        self.settings_changed();
    }

    // ---- fuel and interrupts ----

    /// Takes a new amount of fuel and sees that interrupts are looked at soon.
    pub(super) fn refuel(&mut self, fuel: Option<u64>) {
        let urgent = self.halt || self.trace_start || self.trace_end;
        self.budget = match fuel {
            _ if urgent => 0,
            Some(fuel) => fuel.min(self.stretch()),
            None => self.stretch(),
        };
        self.fuel = fuel.map(|fuel| fuel - self.budget);
    }

    /// The fuel that is left.
    pub(super) fn fuel_left(&self) -> Option<u64> {
        self.fuel.map(|fuel| fuel + self.budget)
    }

    /// Notes that a clause may be running again.
    pub(super) fn turn(&mut self) {
        self.frozen = None;
    }

    /// The budget is used up: an interrupt, no more fuel, or only a look at the storage that is held.
    /// The program goes on at `back`.
    #[cold]
    pub(super) fn poll(&mut self, back: usize) -> Result<Option<Exit>, Error> {
        // Finding the line takes long below a million INTERPRETs: only where it is told.
        let line = if self.halt { self.line() } else { 0 };
        let here = std::mem::replace(&mut self.pc, back);
        if self.trace_start || self.trace_end {
            self.trace_from_outside();
            self.refuel(self.fuel_left());
            return Ok(None);
        }
        if self.halt {
            self.halt = false;
            self.refuel(self.fuel_left());
            if self.event(Condition::Halt, b"")? {
                self.put(SIGL, Value::Int(i64::from(line)));
                return Ok(self.leaving.take());
            }
            let mut error = Error::new(4, 1, &[b"HALT"]);
            error.line = line as usize;
            self.pc = here;
            return Err(error);
        }
        self.trace_switch();
        // The count of steps starts again: what a clause knew of the clock goes by it.
        self.turn();
        let spent = self.fuel == Some(0);
        self.refuel(self.fuel.filter(|_| !spent));
        if spent {
            return Ok(Some(Exit::Fuel));
        }
        let Err(mut error) = self.measure() else {
            return Ok(None);
        };
        self.pc = here;
        error.line = self.line() as usize;
        self.pc = back;
        Err(error)
    }

    // ---- replies ----

    /// Works in the answer to the last exit; gives the exit when the program is over at once.
    pub(super) fn take_reply(&mut self, reply: Reply) -> Option<Exit> {
        let wait = std::mem::replace(&mut self.wait, Wait::Nothing);
        // Fuel runs out within a loop, which looks for interrupts itself.
        let looks = !matches!(wait, Wait::Nothing | Wait::Over);
        let result = match wait {
            Wait::Nothing => Ok(None),
            Wait::Start if self.inv.storage == 0 => {
                self.pc = 1;
                let mut error = super::memory::exhausted();
                error.line = self.line() as usize;
                return Some(self.die(error));
            }
            Wait::Start => match self.program.fault.clone() {
                None => Ok(None),
                Some((clause, mut error)) => {
                    let at = self.code.clause_of.iter().position(|c| *c == clause);
                    self.pc = at.map_or(0, |at| at + 1);
                    self.locate(&mut error);
                    return Some(self.die(error));
                }
            },
            Wait::Over => {
                self.wait = Wait::Over;
                Ok(Some(Exit::Done(None)))
            }
            Wait::Command { io } => self.command_done(io.as_deref(), reply),
            Wait::Result { d, name, args } => {
                self.args.truncate(args);
                self.routine_done(d, &name, reply)
            }
            Wait::Handler { condition, name } => match reply {
                Reply::NotFound => Err(self.no_label(&name)),
                Reply::Fail { number, sub } => Err(Error::new(number, sub, &[&name])),
                _ => self.handler_done(condition),
            },
            Wait::Pause => {
                let line = match reply {
                    Reply::Line(line) => line,
                    _ => Vec::new(),
                };
                self.pause_answer(&line).map(|()| None)
            }
            Wait::Line { d } => {
                let line = match reply {
                    Reply::Line(line) => line,
                    _ => Vec::new(),
                };
                let line = Value::from_vec(line);
                self.charge_made(&line);
                self.put(d, line);
                Ok(None)
            }
            Wait::Stream { d, name } => self.stream_done(d, &name, reply),
            Wait::Count { d } => {
                let n = match reply {
                    Reply::Count(n) => n,
                    _ => 0,
                };
                let put = if d == NONE { RESULT } else { d };
                self.put(put, Value::int(n));
                Ok(None)
            }
        };
        let urgent = self.halt || self.trace_start || self.trace_end;
        let result = match result {
            Ok(None) if looks && urgent => self.poll(self.pc),
            result => result,
        };
        match result {
            Ok(exit) => exit,
            Err(error) => self.raise(error),
        }
    }

    /// Whether the answer to a command that went well means no more than its return code.
    #[inline]
    pub(super) fn is_answered_plainly(&self) -> bool {
        matches!(self.wait, Wait::Command { io: None })
            && self.outbox.is_empty()
            && self.tracer.typed.is_none()
            && !self.settings.trace.watches()
            && !(self.halt || self.trace_start || self.trace_end)
    }

    /// Takes the return code of a command that went well.
    #[inline]
    pub(super) fn answered(&mut self, rc: i64) {
        self.wait = Wait::Nothing;
        match self.place(RC) {
            Slot::Val(Value::Int(old)) => *old = rc,
            place => *place = Slot::Val(Value::int(rc)),
        }
        self.reserved.rc = Some(rc);
        self.reserved.state = Some(0);
    }

    fn command_done(
        &mut self,
        io: Option<&Redirects>,
        reply: Reply,
    ) -> Result<Option<Exit>, Error> {
        let (rc, flag) = match reply {
            Reply::Command { rc, flag, lines } => {
                if let Some(io) = io {
                    self.keep_output(io, *lines)?;
                }
                (rc, flag)
            }
            Reply::Rc { rc, flag } => {
                if let Some(io) = io {
                    self.keep_output(io, CommandLines::default())?;
                }
                (rc, flag)
            }
            Reply::NotFound => (-3, Flag::Failure),
            _ => (0, Flag::Ok),
        };
        if self.tracer.typed.is_none() {
            self.put(RC, Value::int(rc));
            self.reserved.rc = Some(rc);
            self.reserved.state = Some(match flag {
                Flag::Ok => 0,
                Flag::Error => 1,
                Flag::Failure => -1,
            });
        }
        self.trace_command_result(rc, flag);
        if flag == Flag::Ok {
            return Ok(self.leaving.take());
        }
        let text = self.asked().1.to_vec();
        let failed = flag == Flag::Failure && self.event(Condition::Failure, &text)?;
        if !failed {
            self.event(Condition::Error, &text)?;
        }
        Ok(self.leaving.take())
    }

    fn routine_done(&mut self, d: Reg, name: &[u8], reply: Reply) -> Result<Option<Exit>, Error> {
        match reply {
            Reply::Value(Some(v)) => {
                self.charge_made(&v);
                let put = if d == NONE { RESULT } else { d };
                self.put(put, v);
                Ok(None)
            }
            Reply::Count(n) => {
                let put = if d == NONE { RESULT } else { d };
                self.put(put, Value::int(n));
                Ok(None)
            }
            Reply::NotFound => Err(Error::new(43, 1, &[name])),
            Reply::Fail { number, sub } => Err(Error::new(number, sub, &[name])),
            Reply::Error(error) => Err(error),
            _ if d == NONE => {
                *self.place(RESULT) = Slot::Unset;
                Ok(None)
            }
            _ => Err(Error::new(44, 1, &[name])),
        }
    }
}
