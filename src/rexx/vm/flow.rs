//! Calls, returns, INTERPRET, SIGNAL and conditions (SC24-5770 chapter 7, "Conditions and condition
//! traps"; ANSI X3.274 section 8.4).

use std::rc::Rc;

use super::store::Slot;
use super::{Frame, Level, Raised, Trap, TrapState, Vm, Wait};
use crate::num::{Form, small};
use crate::rexx::ast::{Clause, Condition, Target, TrapKind};
use crate::rexx::code::{
    Code, Entry, Insn, NONE, NameRef, NumericSet, PENDING, Reg, Slot2, Span, TrapSet,
};
use crate::rexx::compile::{self, Flavour, Unit};
use crate::rexx::names::{RC, RESULT, SIGL, is_symbol_byte};
use crate::rexx::{Error, Exit, Flag, Reply, Value, parse};

/// Where the result of a routine goes that a CALL trap started: nowhere.
pub(super) const DISCARD: Reg = NONE - 1;

/// How many INTERPRET texts are kept.
const KEPT_TEXTS: usize = 2000;

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

    fn set_line(&mut self) {
        let line = self.line();
        self.put(SIGL, Value::Int(i64::from(line)));
    }

    // ---- calls ----

    /// Calls an internal routine whose arguments are the last `n` pushed.
    pub(super) fn call_entry(&mut self, entry: Entry, n: usize, d: Reg, live: u32) {
        self.set_line();
        let live = if entry.procedure { 0 } else { live };
        for k in 0..live {
            let r = self.temp_reg(k);
            let slot = std::mem::take(self.place(r));
            self.saved.push(slot);
        }
        let code = self.program_code();
        let level = Level {
            procedure: false,
            saved: false,
            interpret: false,
            handler: None,
            args_len: n as u32,
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

    /// The code that internal routines run in: the traced one when tracing.
    pub(super) fn program_code(&mut self) -> Rc<Code> {
        if self.settings.trace.shows_clauses()
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
                let clauses = parse::parse(&program.text, names, program.dialect);
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
        self.base = self.slots.len();
        self.stem_base = self.stems.len();
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
        text.split(|b| *b == b' ')
            .filter(|word| !word.is_empty())
            .map(|word| self.indirect(word))
            .collect()
    }

    /// The variable of a word in an indirect list; error 20 or 31 when it is none.
    pub(super) fn indirect(&mut self, word: &[u8]) -> Result<Target, Error> {
        let Some(target) = self.named(word) else {
            let number = word
                .first()
                .is_some_and(|b| b.is_ascii_digit() || *b == b'.');
            return Err(if number {
                Error::new(31, if word[0] == b'.' { 3 } else { 2 }, &[word])
            } else {
                Error::new(20, 1, &[word])
            });
        };
        Ok(target)
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
    fn pop(&mut self) {
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
                self.slots.truncate(self.base);
                self.stems.truncate(self.stem_base);
            }
            self.args.truncate(self.args_start);
            self.args_start = frame.args_start;
            self.base = frame.base;
            self.stem_base = frame.stem_base;
            if level.procedure {
                self.grow();
            }
        }
        for k in (0..frame.live).rev() {
            let r = self.temp_reg(k);
            if let Some(slot) = self.saved.pop() {
                *self.place(r) = slot;
            }
        }
        self.code = frame.code;
        self.pc = frame.pc;
        self.frozen = frame.frozen;
        if let Some(frozen) = &mut self.frozen {
            frozen.budget = self.budget;
        }
    }

    /// Runs a text.
    pub(super) fn interpret(&mut self, text: &Value, live: u32) {
        let traced = self.settings.trace.shows_clauses();
        let code = self.text_code(text, traced);
        for k in 0..live {
            let r = self.temp_reg(k);
            let slot = std::mem::take(self.place(r));
            self.saved.push(slot);
        }
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
    }

    /// The code of a text. Texts that differ only in numbers share their code; the numbers of this
    /// one are left in `given`.
    fn text_code(&mut self, text: &Value, traced: bool) -> Rc<Code> {
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
        let clauses = self.with_names(|names| parse::parse(text, names, program.dialect));
        let code = self.compile_text(&clauses, text, 0, flavour);
        let kept = if traced {
            &mut self.traced_texts
        } else {
            &mut self.interpreted
        };
        if kept.len() >= KEPT_TEXTS {
            kept.clear();
        }
        kept.insert(text.into(), Rc::clone(&code));
        code
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
        let clauses =
            self.with_names(|names| parse::parse_open(text, names, program.dialect, &open));
        let given = open.len() as u32;
        self.open = open;
        let code = clauses.map(|c| self.compile_text(&c, text, given, Flavour::Plain));
        if self.shapes.len() >= KEPT_TEXTS {
            self.shapes.clear();
        }
        self.shapes.insert(key.into(), code.clone());
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
        let Some(entry) = self.entry_of(name) else {
            return Err(Error::new(16, 1, &[name]));
        };
        while self.level.interpret {
            self.pop();
        }
        self.put(SIGL, Value::Int(i64::from(line)));
        let end = self.args_start + self.level.args_len as usize;
        self.args.truncate(end);
        self.code = self.program_code();
        self.pc = entry.signal as usize;
        self.turn();
        Ok(())
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
        self.novalue = self.settings.traps[Condition::NoValue as usize].state == TrapState::On;
        self.lostdigits =
            self.settings.traps[Condition::LostDigits as usize].state == TrapState::On;
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
                let digits = v.map_or(Ok(crate::num::DEFAULT_DIGITS), |v| whole(v, 5, 1))?;
                if digits <= numeric.fuzz {
                    let (d, f) = (digits.to_string(), numeric.fuzz.to_string());
                    return Err(Error::new(33, 1, &[d.as_bytes(), f.as_bytes()]));
                }
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

    /// ADDRESS with an environment.
    pub(super) fn set_address(&mut self, v: &Value) -> Result<(), Error> {
        let name = v.to_vec();
        if name.len() > 8 && self.program.dialect == crate::rexx::Dialect::Cms {
            return Err(Error::new(29, 1, &[b"8", &name]));
        }
        self.own_settings();
        let address = &mut self.settings.address;
        address[1] = std::mem::replace(&mut address[0], name.into());
        Ok(())
    }

    /// ADDRESS alone.
    pub(super) fn swap_address(&mut self) {
        self.own_settings();
        self.settings.address.swap(0, 1);
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

    // ---- conditions ----

    /// An error or condition in the clause just run: goes to its trap, or ends the program.
    pub(super) fn raise(&mut self, mut error: Error) -> Option<Exit> {
        if error.line == 0 {
            error.line = self.line() as usize;
        }
        let condition = match error.number {
            0 => Condition::ALL
                .get(usize::from(error.subcode))
                .map_or(Condition::Syntax, |c| c.0),
            _ => Condition::Syntax,
        };
        let trap = &self.settings.traps[condition as usize];
        if trap.state == TrapState::Off {
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
            error.line = keep_line as usize;
            return Err(error);
        }
        Ok(())
    }

    /// The program ends with an error: the clauses that led there go out as trace lines.
    fn die(&mut self, error: Error) -> Exit {
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
        let trap = &mut self.settings.traps[condition as usize];
        match (trap.state, trap.by) {
            (TrapState::Off, _) => return Ok(false),
            (TrapState::Delay, _) => self.pending.push((condition, description.into())),
            (TrapState::On, Some(TrapKind::Call)) => self.call_trap(condition, description)?,
            (TrapState::On, _) => self.signal_trap(condition, description.to_vec(), Vec::new())?,
        }
        Ok(true)
    }

    /// Fires a CALL trap.
    fn call_trap(&mut self, condition: Condition, description: &[u8]) -> Result<(), Error> {
        let trap = &mut self.settings.traps[condition as usize];
        let label = trap
            .label
            .clone()
            .unwrap_or_else(|| condition.name().as_bytes().into());
        let Some(entry) = self.entry_of(&label) else {
            return Err(Error::new(16, 1, &[&label]));
        };
        self.own_settings();
        self.settings.traps[condition as usize].state = TrapState::Delay;
        self.settings_changed();
        let live = self.layout.temps;
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

    /// The routine of a CALL trap returned: the trap is on again, and what waited comes now.
    fn handler_done(&mut self, condition: Condition) -> Result<Option<Exit>, Error> {
        let trap = &mut self.settings.traps[condition as usize];
        if trap.state == TrapState::Delay {
            trap.state = TrapState::On;
        }
        self.settings_changed();
        if let Some(at) = self.pending.iter().position(|p| p.0 == condition) {
            let (_, description) = self.pending.remove(at);
            self.event(condition, &description)?;
        }
        Ok(None)
    }

    /// LOSTDIGITS as an error on its way to its trap.
    pub(super) fn lost_digits(&self, v: &Value) -> Error {
        v.with_bytes(|b| Error::condition(Condition::LostDigits, b))
    }

    // ---- fuel and interrupts ----

    /// Takes a new amount of fuel and sees that interrupts are looked at soon.
    pub(super) fn refuel(&mut self, fuel: Option<u64>) {
        self.fuel = fuel;
        let urgent = self.halt || self.trace_start || self.trace_end;
        self.budget = match fuel {
            _ if urgent => 0,
            Some(fuel) => fuel,
            None => u64::MAX,
        };
        if urgent {
            // What is left comes back when the interrupts are done.
            self.fuel = fuel;
        }
    }

    /// The fuel that is left.
    pub(super) fn fuel_left(&self) -> Option<u64> {
        let urgent = self.halt || self.trace_start || self.trace_end;
        match self.fuel {
            Some(_) if !urgent && self.budget != 0 => Some(self.budget),
            other => other,
        }
    }

    /// Notes that a clause may be running again.
    pub(super) fn turn(&mut self) {
        self.frozen = None;
    }

    /// The budget is used up: an interrupt, or no more fuel. The program goes on at `back`.
    #[cold]
    pub(super) fn poll(&mut self, back: usize) -> Result<Option<Exit>, Error> {
        let line = self.line();
        self.pc = back;
        if self.trace_start || self.trace_end {
            let setting: &[u8] = if self.trace_start { b"R" } else { b"O" };
            (self.trace_start, self.trace_end) = (false, false);
            self.settings.trace = super::trace::Setting::of(setting, self.settings.trace)?;
            self.trace_switch();
            self.refuel(self.fuel);
            return Ok(None);
        }
        if self.halt {
            self.halt = false;
            self.refuel(self.fuel);
            if self.event(Condition::Halt, b"")? {
                self.put(SIGL, Value::Int(i64::from(line)));
                return Ok(None);
            }
            let mut error = Error::new(4, 1, &[b"HALT"]);
            error.line = line as usize;
            return Err(error);
        }
        self.fuel = None;
        self.budget = u64::MAX;
        Ok(Some(Exit::Fuel))
    }

    // ---- replies ----

    /// Works in the answer to the last exit; gives the exit when the program is over at once.
    pub(super) fn take_reply(&mut self, reply: Reply) -> Option<Exit> {
        let result = match std::mem::replace(&mut self.wait, Wait::Nothing) {
            Wait::Nothing => Ok(None),
            Wait::Over => {
                self.wait = Wait::Over;
                Ok(Some(Exit::Done(None)))
            }
            Wait::Command { text } => self.command_done(&text, reply),
            Wait::Result { d, name, args } => {
                self.args.truncate(args);
                self.routine_done(d, &name, reply)
            }
            Wait::Line { d } => {
                let line = match reply {
                    Reply::Line(line) => line,
                    _ => Vec::new(),
                };
                self.put(d, Value::from_vec(line));
                Ok(None)
            }
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
        match result {
            Ok(exit) => exit,
            Err(error) => self.raise(error),
        }
    }

    fn command_done(&mut self, text: &[u8], reply: Reply) -> Result<Option<Exit>, Error> {
        let (rc, flag) = match reply {
            Reply::Rc { rc, flag } => (rc, flag),
            Reply::NotFound => (-3, Flag::Failure),
            _ => (0, Flag::Ok),
        };
        self.put(RC, Value::int(rc));
        self.trace_command_result(rc, flag);
        match flag {
            Flag::Ok => {}
            Flag::Error => {
                self.event(Condition::Error, text)?;
            }
            Flag::Failure => {
                if !self.event(Condition::Failure, text)? {
                    self.event(Condition::Error, text)?;
                }
            }
        }
        Ok(None)
    }

    fn routine_done(&mut self, d: Reg, name: &[u8], reply: Reply) -> Result<Option<Exit>, Error> {
        match reply {
            Reply::Value(Some(v)) => {
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
            _ if d == NONE => {
                *self.place(RESULT) = Slot::Unset;
                Ok(None)
            }
            _ => Err(Error::new(44, 1, &[name])),
        }
    }
}
