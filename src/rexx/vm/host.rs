//! The running program as built-in functions see it.

use super::{Frozen, Trap, TrapState, Vm};
use crate::base::random::Random;
use crate::rexx::ast::TrapKind;
use crate::rexx::bif::{BifContext, BifHost, ConditionPart, Symbol as What};
use crate::rexx::code::{Code, Reg};
use crate::rexx::names::Symbol;
use crate::rexx::{Error, Value};

impl Vm {
    /// Calls a built-in function with the last `n` arguments pushed.
    pub(super) fn call_bif(&mut self, code: &Code, bif: u32, n: usize) -> Result<Value, Error> {
        let row = code.bifs[bif as usize];
        let mut args = std::mem::take(&mut self.scratch);
        let from = self.args.len() - n;
        args.extend(self.args.drain(from..));
        let result = self.run_bif(row, &args);
        args.clear();
        self.scratch = args;
        result
    }

    /// Runs a built-in function.
    pub(super) fn run_bif(
        &mut self,
        row: &'static crate::rexx::bif::Bif,
        args: &[Option<Value>],
    ) -> Result<Value, Error> {
        let mut random = std::mem::replace(&mut self.random, Random::seeded(0));
        let mut context = BifContext {
            name: row.name,
            settings: self.settings.numeric,
            dialect: self.program.dialect,
            codepage: self.codepage,
            random: &mut random,
            host: self,
        };
        let result = row.call(&mut context, args);
        self.random = random;
        let v = result?;
        self.charge(v.storage())?;
        Ok(v)
    }

    /// Stores a function's result.
    pub(super) fn deliver(&mut self, d: Reg, v: Value) {
        let d = if d == crate::rexx::code::NONE {
            crate::rexx::names::RESULT
        } else {
            d
        };
        self.put(d, v);
    }
}

impl BifHost for Vm {
    fn storage(&mut self, bytes: usize) -> Result<(), Error> {
        self.charge(bytes)
    }

    fn now(&mut self) -> i64 {
        let clause = self
            .code
            .clause_of
            .get(self.pc.saturating_sub(1))
            .copied()
            .unwrap_or(0);
        if let Some(frozen) = &self.frozen
            && frozen.clause == clause
            && frozen.budget == self.budget
        {
            return frozen.now;
        }
        let now = self.inv.clock.micros();
        self.frozen = Some(Box::new(Frozen {
            clause,
            budget: self.budget,
            now,
        }));
        now
    }

    fn zone_offset(&self) -> i64 {
        i64::from(self.inv.clock.zone().offset) * 1_000_000
    }

    fn timer(&mut self) -> &mut Option<i64> {
        self.own_settings();
        &mut self.settings.elapsed
    }

    fn symbol(&mut self, name: &[u8]) -> What {
        if !self.has_its_letters(name) {
            return What::Bad;
        }
        if self.get_variable(name).is_some() {
            What::Variable
        } else {
            What::Literal
        }
    }

    fn value(&mut self, name: &[u8], new: Option<&Value>) -> Result<Value, Error> {
        let bad = || Error::new(40, 26, &[b"VALUE", b"1", name]);
        if !self.has_its_letters(name) {
            return Err(bad());
        }
        self.charge(name.len())?;
        match self.with_names(|names| names.symbol(name)) {
            Symbol::Constant(text) => match new {
                Some(_) => Err(bad()),
                None => Ok(Value::from_vec(text)),
            },
            Symbol::Variable(target) => {
                let old = match self.target_value(&target) {
                    Some(v) => v,
                    None => {
                        let name = self.target_name(&target);
                        if self.novalue {
                            return Err(Error::condition(
                                crate::rexx::ast::Condition::NoValue,
                                &name,
                            ));
                        }
                        Value::from_vec(name)
                    }
                };
                if let Some(v) = new {
                    self.set_target(&target, Some(v.clone()));
                }
                Ok(old)
            }
        }
    }

    fn pool_value(&mut self, _: &[u8], _: Option<&Value>, pool: &[u8]) -> Result<Value, Error> {
        Err(Error::new(40, 37, &[b"VALUE", pool]))
    }

    fn address(&self) -> Vec<u8> {
        self.settings.address[0].to_vec()
    }

    fn address_stream(&self, which: u8) -> Vec<u8> {
        let io = self.settings.io[0].as_deref();
        io.cloned().unwrap_or_default().text(which)
    }

    fn arg_count(&self) -> usize {
        self.level.args_len as usize
    }

    fn arg(&self, number: usize) -> Option<Value> {
        self.argument(number.checked_sub(1)?)
    }

    fn reserved(&self, name: &str) -> Option<Value> {
        let told = &self.reserved;
        match name {
            ".MN" => told.message.clone(),
            ".RC" => told.rc.map(Value::int),
            ".RS" => told.state.map(Value::int),
            ".SIGL" => (told.line > 0).then(|| Value::int(i64::from(told.line))),
            _ => told.result.clone(),
        }
    }

    fn note_result(&mut self) {
        self.reserved.result = self.get_variable(b"RESULT");
    }

    fn condition(&self, part: ConditionPart) -> Vec<u8> {
        let Some(raised) = &self.settings.condition else {
            return Vec::new();
        };
        match part {
            ConditionPart::Name => raised.condition.name().as_bytes().to_vec(),
            ConditionPart::Description => raised.description.clone(),
            ConditionPart::Extra => raised.extra.clone(),
            ConditionPart::Instruction => match raised.by {
                TrapKind::Call => b"CALL".to_vec(),
                TrapKind::Signal => b"SIGNAL".to_vec(),
            },
            ConditionPart::State => {
                let trap: &Trap = &self.settings.traps[raised.condition as usize];
                match trap.state {
                    TrapState::Off => b"OFF".to_vec(),
                    TrapState::On => b"ON".to_vec(),
                    TrapState::Delay => b"DELAY".to_vec(),
                }
            }
        }
    }

    fn source_lines(&self) -> usize {
        self.program.lines()
    }

    fn source_line(&self, number: usize) -> Vec<u8> {
        self.program.line(number).to_vec()
    }

    fn trace(&self) -> Vec<u8> {
        self.settings.trace.text()
    }

    fn set_trace(&mut self, setting: &[u8]) {
        if let Ok(new) = super::trace::Setting::of(setting, self.settings.trace) {
            self.set_trace_to(new);
        }
    }
}
