//! The interpreter loop.

use std::rc::Rc;

use super::ops::truth;
use super::store::Slot;
use super::{Vm, Wait};
use crate::num::small;
use crate::rexx::ast::Op;
use crate::rexx::bif;
use crate::rexx::code::{Code, Insn, LoopInfo, NONE, NameRef, Reg, Slot2};
use crate::rexx::{CallKind, Error, Exit, Value};

/// What an instruction off the fast path leads to.
enum Next {
    /// The next instruction.
    Go,
    /// Code or place changed.
    Moved,
    Leave(Exit),
    /// Trace lines wait to go out.
    Flush,
}

/// Where a run stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// At a command without redirections.
    Command,
    /// At a line of SAY, [`Vm::saying`].
    Say,
    /// At what [`Vm::left`] says: it is large, and is moved no oftener than need be.
    Exit,
    /// Only trace lines wait.
    Flush,
}

impl Vm {
    /// Stops a run.
    #[inline]
    fn stop(&mut self, exit: Exit) -> Stop {
        self.left = Some(exit);
        Stop::Exit
    }

    /// Runs until something is needed.
    pub(super) fn run(&mut self) -> Stop {
        'code: loop {
            let code = Rc::clone(&self.code);
            let insns = code.insns.as_slice();
            let mut pc = self.pc;
            if self.budget == 0 {
                // Whatever led to other code counts as a step, so that no loop of them goes on for ever.
                if let Some(exit) = self.look(pc) {
                    return self.stop(exit);
                }
                continue 'code;
            }
            macro_rules! check {
                ($e:expr) => {
                    match $e {
                        Ok(v) => v,
                        Err(error) => {
                            self.pc = pc;
                            match self.raise(error) {
                                Some(exit) => return self.stop(exit),
                                None => continue 'code,
                            }
                        }
                    }
                };
            }
            macro_rules! go_back {
                ($to:expr) => {{
                    if self.budget > 0 {
                        self.budget -= 1;
                        pc = $to as usize;
                        continue;
                    }
                    self.pc = pc;
                    match check!(self.poll($to as usize)) {
                        Some(exit) => return self.stop(exit),
                        None => continue 'code,
                    }
                }};
            }
            loop {
                pc = self.quick(pc);
                let insn = insns[pc];
                pc += 1;
                match insn {
                    Insn::Move { d, s } => {
                        let v = match self.peek(&code, s) {
                            Some(v) => v.clone(),
                            None => {
                                self.pc = pc;
                                check!(self.unset(s))
                            }
                        };
                        self.put(d, v);
                    }
                    Insn::JumpUnlessI { op, a, i, to } => {
                        self.pc = pc;
                        if !check!(self.slow_compare_i(&code, op, a, i64::from(i))) {
                            pc = to as usize;
                        }
                    }
                    Insn::JumpUnless { op, a, b, to } => {
                        self.pc = pc;
                        if !check!(self.slow_compare(&code, op, a, b)) {
                            pc = to as usize;
                        }
                    }
                    Insn::StepTo { var, to, back } => {
                        self.pc = pc;
                        if !check!(self.step_simple(&code, var, to)) {
                            continue;
                        }
                        go_back!(back);
                    }
                    Insn::Loop { to } => {
                        go_back!(to);
                    }
                    Insn::Step { l, back } => {
                        self.pc = pc;
                        if !check!(self.step(&code, l)) {
                            continue;
                        }
                        go_back!(back);
                    }
                    Insn::Test { l, exit } => {
                        self.pc = pc;
                        if !check!(self.goes_on(&code, &code.loops[l as usize])) {
                            pc = exit as usize;
                        }
                    }
                    Insn::JumpFalse { why, a, to } => {
                        let t = match self.peek(&code, a) {
                            Some(v) => truth(v),
                            None => None,
                        };
                        match t {
                            Some(true) => {}
                            Some(false) => pc = to as usize,
                            None => {
                                self.pc = pc;
                                check!(self.no_truth(&code, a, why));
                            }
                        }
                    }
                    Insn::GetTail { d, stem, tail } => {
                        self.pc = pc;
                        let v = check!(self.tail_value(&code, stem, tail));
                        self.put(d, v);
                    }
                    Insn::SetTail { stem, tail, s } => {
                        self.pc = pc;
                        let v = check!(self.value(&code, s));
                        check!(self.set_tail(&code, stem, tail, v));
                    }
                    Insn::Arg { s } => {
                        let v = match self.peek(&code, s) {
                            Some(v) => v.clone(),
                            None => {
                                self.pc = pc;
                                check!(self.unset(s))
                            }
                        };
                        self.args.push(Some(v));
                    }
                    Insn::Procedure { list } => {
                        self.pc = pc;
                        check!(self.procedure(&code, list));
                    }
                    Insn::TakeArg { d, n } => {
                        let v = self.argument(n as usize).unwrap_or_default();
                        self.put(d, v);
                    }
                    Insn::CallLabel { n, d, label, live } => {
                        self.pc = pc;
                        if self.budget == 0 {
                            // The call is made when the interrupt or the fuel is dealt with.
                            match check!(self.poll(pc - 1)) {
                                Some(exit) => return self.stop(exit),
                                None => continue 'code,
                            }
                        }
                        self.budget -= 1;
                        let entry = code.entries.get(label as usize).copied();
                        let entry = match entry {
                            Some(entry)
                                if Rc::ptr_eq(&code, &self.program.code)
                                    && !self.tracing()
                                    && !entry.inner =>
                            {
                                entry
                            }
                            _ => check!(self.entry_by_number(label)),
                        };
                        self.call_entry(entry, usize::from(n), d, live);
                        if !Rc::ptr_eq(&code, &self.code) {
                            continue 'code;
                        }
                        pc = self.pc;
                    }
                    Insn::CallBif { n, d, bif } => {
                        self.pc = pc;
                        let v = check!(self.call_bif(&code, bif, usize::from(n)));
                        self.deliver(d, v);
                    }
                    Insn::Return { s } => {
                        self.pc = pc;
                        let v = if s == NONE {
                            None
                        } else {
                            Some(check!(self.value(&code, s)))
                        };
                        if let Some(exit) = check!(self.return_value(v)) {
                            return self.stop(exit);
                        }
                        if !Rc::ptr_eq(&code, &self.code) {
                            continue 'code;
                        }
                        pc = self.pc;
                    }
                    Insn::Parse { parse, s } => {
                        self.pc = pc;
                        check!(self.parse(&code, &code.parses[parse as usize], s));
                    }
                    Insn::Command {
                        s,
                        env: NONE,
                        with: _,
                    } if self.asks_plainly() => {
                        self.pc = pc;
                        check!(self.ask(&code, s));
                        return Stop::Command;
                    }
                    Insn::Concat { d, a, b } => {
                        self.pc = pc;
                        check!(self.concatenate(&code, d, &[(false, a), (false, b)]));
                    }
                    Insn::ConcatBlank { d, a, b } => {
                        self.pc = pc;
                        check!(self.concatenate(&code, d, &[(false, a), (true, b)]));
                    }
                    Insn::ConcatN { d, list } => {
                        self.pc = pc;
                        check!(self.concatenate(&code, d, &code.concats[list as usize]));
                    }
                    Insn::Say { s } => {
                        self.pc = pc;
                        self.saying = match self.peek(&code, s) {
                            Some(v) => v.to_vec(),
                            None => check!(self.unset(s)).to_vec(),
                        };
                        return Stop::Say;
                    }
                    other => {
                        self.pc = pc;
                        match check!(self.other(&code, other)) {
                            Next::Go => {}
                            Next::Moved => continue 'code,
                            Next::Leave(exit) => return self.stop(exit),
                            Next::Flush => return Stop::Flush,
                        }
                    }
                }
            }
        }
    }

    /// Deals with what a used-up budget means before the clause at `pc` runs.
    #[cold]
    #[inline(never)]
    fn look(&mut self, pc: usize) -> Option<Exit> {
        // The clause that is interrupted is the one about to run.
        self.pc = pc + 1;
        match self.poll(pc) {
            Ok(exit) => exit,
            Err(error) => self.raise(error),
        }
    }

    /// Instructions that are not worth a place in the loop.
    fn other(&mut self, code: &Code, insn: Insn) -> Result<Next, Error> {
        match insn {
            Insn::Clause(n) => return self.clause_boundary(code, n),
            Insn::ClauseAgain(n) => {
                self.trace_clause(code, n);
            }
            Insn::Check => return self.check(),
            Insn::Show { tag, s, name } => self.trace_value(code, tag, s, name)?,
            Insn::GetStem { d, stem } => {
                let v = self.stem_value(stem)?;
                self.put(d, v);
            }
            Insn::SetStem { stem, s } => {
                let v = self.value(code, s)?;
                self.assign_stem(stem, Some(v));
            }
            Insn::Add { d, a, b } => self.slow_arithmetic(code, Op::Add, d, a, b)?,
            Insn::Sub { d, a, b } => self.slow_arithmetic(code, Op::Sub, d, a, b)?,
            Insn::Mul { d, a, b } => self.slow_arithmetic(code, Op::Mul, d, a, b)?,
            Insn::IntDiv { d, a, b } => self.slow_arithmetic(code, Op::IntDiv, d, a, b)?,
            Insn::Rem { d, a, b } => self.slow_arithmetic(code, Op::Rem, d, a, b)?,
            Insn::Arith { op, d, a, b } => self.slow_arithmetic(code, op, d, a, b)?,
            Insn::AddI { d, a, i } => self.slow_arithmetic_i(code, Op::Add, d, a, i)?,
            Insn::MulI { d, a, i } => self.slow_arithmetic_i(code, Op::Mul, d, a, i)?,
            Insn::IntDivI { d, a, i } => self.slow_arithmetic_i(code, Op::IntDiv, d, a, i)?,
            Insn::RemI { d, a, i } => self.slow_arithmetic_i(code, Op::Rem, d, a, i)?,
            Insn::Prefix { op, d, a } => {
                let v = self.value(code, a)?;
                let v = self.prefixed(op, &v)?;
                self.put(d, v);
            }
            Insn::Compare { op, d, a, b } => {
                let v = self.slow_compare(code, op, a, b)?;
                self.put(d, Value::truth(v));
            }
            Insn::Logic { op, d, a, b } => {
                let (x, y) = (self.value(code, a)?, self.value(code, b)?);
                let v = self.logical(op, &x, &y)?;
                self.put(d, v);
            }
            Insn::Sum { d, list } => self.slow_sum(code, d, &code.sums[list as usize])?,
            Insn::ArgNone => self.args.push(None),
            Insn::Count { why, d, s } => {
                let v = self.value(code, s)?;
                let n = self.whole_count(&v, u16::from(why))?;
                self.put(d, Value::Int(n));
            }
            Insn::Number { why, d, s } => {
                let v = self.value(code, s)?;
                let v = self.rounded(&v, u16::from(why))?;
                self.put(d, v);
            }
            Insn::Raise { error } => return Err(code.errors[error as usize].clone()),
            other => return self.instruction(code, other),
        }
        Ok(Next::Go)
    }

    /// Instructions that change control or ask for something outside.
    fn instruction(&mut self, code: &Code, insn: Insn) -> Result<Next, Error> {
        match insn {
            Insn::Push { s } => return Ok(Next::Leave(Exit::Push(self.value(code, s)?.to_vec()))),
            Insn::Queue { s } => {
                return Ok(Next::Leave(Exit::Queue(self.value(code, s)?.to_vec())));
            }
            Insn::Pull { d } => {
                self.wait = Wait::Line { d };
                return Ok(Next::Leave(Exit::Pull));
            }
            Insn::PullTerminal { d } => {
                self.wait = Wait::Line { d };
                return Ok(Next::Leave(Exit::PullTerminal));
            }
            Insn::Command { s, env, with } => {
                let exit = self.command(code, s, env, with)?;
                return Ok(exit.map_or(Next::Go, Next::Leave));
            }
            Insn::Drop { list } => self.drop_list(code, &code.lists[list as usize])?,
            Insn::Upper { list } => self.upper_list(code, &code.lists[list as usize])?,
            Insn::AddressSet { s, with } => {
                let v = self.value(code, s)?;
                let io = self.redirects(code, with)?;
                self.set_address(&v, io)?;
            }
            Insn::AddressSwap => self.swap_address(),
            Insn::Interpret { s, live } => {
                let v = self.value(code, s)?;
                self.interpret(&v, live)?;
                return Ok(Next::Moved);
            }
            Insn::Signal { label } => {
                let name = self.label_name(label);
                self.signal(&name)?;
                return Ok(Next::Moved);
            }
            Insn::SignalValue { s } => {
                let name = self.value(code, s)?.to_vec();
                self.signal(&name)?;
                return Ok(Next::Moved);
            }
            Insn::Trap { trap } => self.set_trap(&code.traps[trap as usize]),
            Insn::Numeric { what, s } => {
                let v = if s == NONE {
                    None
                } else {
                    Some(self.value(code, s)?)
                };
                self.numeric(what, v.as_ref())?;
            }
            Insn::Options { s } => {
                self.value(code, s)?;
            }
            Insn::TraceSet { s } => {
                let v = self.value(code, s)?;
                self.set_trace_request(&v)?;
                return Ok(Next::Moved);
            }
            Insn::CallNamed { n, d, name } => {
                let called = &code.called[name as usize];
                return self.call_outside(&called.name, called.quoted, usize::from(n), d);
            }
            Insn::CallExit { n, d, bif } => {
                let row = code.bifs[bif as usize];
                return self.call_exit(row, usize::from(n), d);
            }
            Insn::CallComputed { n, s, live } => {
                let name = self.value(code, s)?.to_vec();
                return self.call_computed(&name, usize::from(n), live);
            }
            Insn::Exit { s } => {
                let v = if s == NONE {
                    None
                } else {
                    Some(self.value(code, s)?)
                };
                return Ok(Next::Leave(Exit::Done(v)));
            }
            Insn::End => {
                if let Some(exit) = self.pause() {
                    return Ok(Next::Leave(exit));
                }
                return Ok(match self.end_of_code()? {
                    Some(exit) => Next::Leave(exit),
                    None => Next::Moved,
                });
            }
            _ => {}
        }
        Ok(Next::Go)
    }

    /// Whether routines run in traced code.
    pub(super) fn tracing(&self) -> bool {
        self.settings.trace.watches()
    }

    /// A clause begins in traced code.
    fn clause_boundary(&mut self, code: &Code, n: u32) -> Result<Next, Error> {
        if !self.outbox.is_empty() {
            self.pc -= 1;
            return Ok(Next::Flush);
        }
        if let Some(exit) = self.pause() {
            return Ok(Next::Leave(exit));
        }
        if self.fire_waiting()? {
            return Ok(self.leaving.take().map_or(Next::Moved, Next::Leave));
        }
        if self.switched() {
            return Ok(Next::Moved);
        }
        if self.settings.trace.letter == b'S' && self.frames.is_empty() {
            return self.scan(code, n).map(Next::Leave);
        }
        self.begin_clause(code, n);
        Ok(Next::Go)
    }

    /// A clause begins in plain code that looks for what waits.
    fn check(&mut self) -> Result<Next, Error> {
        if self.fire_waiting()? {
            return Ok(self.leaving.take().map_or(Next::Moved, Next::Leave));
        }
        Ok(if self.switched() {
            Next::Moved
        } else {
            Next::Go
        })
    }

    /// Goes over to the other code at the clause that begins here, if tracing wants it.
    fn switched(&mut self) -> bool {
        let traced = self.code.traced;
        if self.tracing() == traced || self.level.interpret {
            return false;
        }
        self.pc -= 1;
        self.trace_switch();
        let switched = self.code.traced != traced;
        self.pc += usize::from(!switched);
        switched
    }

    fn entry_by_number(&mut self, label: u32) -> Result<crate::rexx::code::Entry, Error> {
        let name = self.label_name(label);
        self.entry_for(&name, 3)
    }

    fn label_name(&self, label: u32) -> Vec<u8> {
        let found = self.program.labels.iter().find(|(_, n)| **n == label);
        found.map_or_else(Vec::new, |(name, _)| name.to_vec())
    }

    #[cold]
    fn no_truth(&mut self, code: &Code, a: Reg, why: u8) -> Result<(), Error> {
        let v = self.value(code, a)?;
        Err(v.with_bytes(|b| Error::new(34, u16::from(why), &[b])))
    }

    pub(super) fn slow_arithmetic(
        &mut self,
        code: &Code,
        op: Op,
        d: Reg,
        a: Reg,
        b: Reg,
    ) -> Result<(), Error> {
        let v = match (self.peek(code, a), self.peek(code, b)) {
            (Some(x), Some(y)) => self.arithmetic(op, x, y)?,
            _ => {
                let (x, y) = (self.value(code, a)?, self.value(code, b)?);
                self.arithmetic(op, &x, &y)?
            }
        };
        self.put(d, v);
        Ok(())
    }

    fn slow_sum(&mut self, code: &Code, d: Reg, list: &[(bool, Reg)]) -> Result<(), Error> {
        let Some(((_, first), rest)) = list.split_first() else {
            return Ok(());
        };
        let mut sum = self.value(code, *first)?;
        for (minus, r) in rest {
            let v = self.value(code, *r)?;
            let op = if *minus { Op::Sub } else { Op::Add };
            sum = self.arithmetic(op, &sum, &v)?;
        }
        self.put(d, sum);
        Ok(())
    }

    fn slow_arithmetic_i(
        &mut self,
        code: &Code,
        op: Op,
        d: Reg,
        a: Reg,
        i: i32,
    ) -> Result<(), Error> {
        let (op, i) = if op == Op::Add && i < 0 {
            (Op::Sub, -i64::from(i))
        } else {
            (op, i64::from(i))
        };
        let i = Value::Int(i);
        let v = match self.peek(code, a) {
            Some(x) => self.arithmetic(op, x, &i)?,
            None => {
                let x = self.value(code, a)?;
                self.arithmetic(op, &x, &i)?
            }
        };
        self.put(d, v);
        Ok(())
    }

    fn slow_compare(&mut self, code: &Code, op: Op, a: Reg, b: Reg) -> Result<bool, Error> {
        if let (Some(x), Some(y)) = (self.peek(code, a), self.peek(code, b)) {
            return self.compares(op, x, y);
        }
        let (x, y) = (self.value(code, a)?, self.value(code, b)?);
        self.compares(op, &x, &y)
    }

    fn slow_compare_i(&mut self, code: &Code, op: Op, a: Reg, i: i64) -> Result<bool, Error> {
        let i = Value::Int(i);
        if let Some(x) = self.peek(code, a) {
            return self.compares(op, x, &i);
        }
        let x = self.value(code, a)?;
        self.compares(op, &x, &i)
    }

    // ---- loops ----

    /// A count of DO: a whole number, not negative.
    fn whole_count(&mut self, v: &Value, subcode: u16) -> Result<i64, Error> {
        let whole = v
            .as_int()
            .or_else(|| v.number()?.whole(&self.settings.numeric));
        whole
            .filter(|n| *n >= 0)
            .ok_or_else(|| v.with_bytes(|b| Error::new(26, subcode, &[b])))
    }

    /// A number rounded to DIGITS.
    fn rounded(&mut self, v: &Value, subcode: u16) -> Result<Value, Error> {
        if let Value::Int(n) = v
            && n.abs() < self.limit
        {
            return Ok(v.clone());
        }
        let n = self.number(v, subcode, "")?;
        match n.plus(&self.settings.numeric) {
            Ok(n) => Ok(self.formatted(&n)),
            Err(e) => Err(Error::bare(e.code().0, e.code().1)),
        }
    }

    /// Steps `DO var = … TO …`; gives whether the loop goes on.
    fn step_simple(&mut self, code: &Code, var: Reg, to: Reg) -> Result<bool, Error> {
        let v = self.value(code, var)?;
        let v = self.arithmetic(Op::Add, &v, &Value::Int(1))?;
        self.put(var, v.clone());
        let limit = self.value(code, to)?;
        self.compares(Op::Le, &v, &limit)
    }

    /// Steps any controlled loop; gives whether it goes on.
    fn step(&mut self, code: &Code, l: u32) -> Result<bool, Error> {
        let info = &code.loops[l as usize];
        if let Slot2::Simple(var) = info.control
            && info.count == NONE
            && info.by != NONE
            && info.to != NONE
            && let (Some(v), Some(by), Some(to)) =
                (self.int(var), self.int(info.by), self.int(info.to))
            && let Some(v) = small::add(v, by, self.limit)
        {
            self.put(var, Value::Int(v));
            return Ok(if by < 0 { v >= to } else { v <= to });
        }
        let by = match info.by {
            NONE => Value::Int(1),
            r => self.value(code, r)?,
        };
        let v = self.slot_value(code, &info.control)?;
        let v = self.arithmetic(Op::Add, &v, &by)?;
        self.assign(code, &info.control, v)?;
        self.goes_on(code, info)
    }

    #[inline]
    fn int(&self, r: Reg) -> Option<i64> {
        match self.slots.get(self.base + r as usize) {
            Some(Slot::Val(Value::Int(v))) => Some(*v),
            _ => None,
        }
    }

    /// The tests of TO and FOR.
    fn goes_on(&mut self, code: &Code, info: &LoopInfo) -> Result<bool, Error> {
        if info.to != NONE {
            let v = self.slot_value(code, &info.control)?;
            let to = self.value(code, info.to)?;
            let down = match info.by {
                NONE => false,
                r => {
                    let by = self.value(code, r)?;
                    self.compares(Op::Lt, &by, &Value::Int(0))?
                }
            };
            if !self.compares(if down { Op::Ge } else { Op::Le }, &v, &to)? {
                return Ok(false);
            }
        }
        if info.count != NONE {
            let left = self.int(info.count).unwrap_or(0);
            if left <= 0 {
                return Ok(false);
            }
            self.put(info.count, Value::Int(left - 1));
        }
        Ok(true)
    }

    // ---- names ----

    fn drop_list(&mut self, code: &Code, list: &[NameRef]) -> Result<(), Error> {
        for name in list {
            match name {
                NameRef::Direct(slot) => self.drop_slot(code, slot)?,
                NameRef::Indirect(slot) => {
                    for target in self.listed(code, slot)? {
                        self.set_target(&target, None);
                    }
                }
            }
        }
        Ok(())
    }

    fn upper_list(&mut self, code: &Code, list: &[NameRef]) -> Result<(), Error> {
        for name in list {
            if let NameRef::Direct(slot) = name {
                let v = self.slot_value(code, slot)?.upper();
                self.assign(code, slot, v)?;
            }
        }
        Ok(())
    }

    // ---- outside ----

    /// Calls what is neither internal nor built in.
    fn call_outside(&mut self, name: &[u8], quoted: bool, n: usize, d: Reg) -> Result<Next, Error> {
        let from = self.args.len() - n;
        let args: Vec<Option<Value>> = self.args.drain(from..).collect();
        if !quoted && let Some(error) = &self.program.unreadable {
            return Err(error.clone());
        }
        self.leave_for(name, quoted, args, d)
    }

    /// Leaves for a routine that whoever is above has.
    fn leave_for(
        &mut self,
        name: &[u8],
        quoted: bool,
        args: Vec<Option<Value>>,
        d: Reg,
    ) -> Result<Next, Error> {
        self.wait = Wait::Result {
            d,
            name: name.to_vec(),
            args: self.args.len(),
        };
        let kind = if d == NONE {
            CallKind::Subroutine
        } else {
            CallKind::Function
        };
        Ok(Next::Leave(Exit::Call {
            name: name.to_vec(),
            quoted,
            kind,
            args,
        }))
    }

    /// Calls a built-in function that whoever is above answers.
    fn call_exit(&mut self, row: &'static bif::Bif, n: usize, d: Reg) -> Result<Next, Error> {
        let mut args = std::mem::take(&mut self.scratch);
        let from = self.args.len() - n;
        args.extend(self.args.drain(from..));
        let checked = row.check(self.settings.numeric, &args);
        let exit = checked.and_then(|()| bif::stream::exit(row, &args));
        if let Ok(None) = exit
            && row.name != "QUEUED"
        {
            return self.leave_for(row.name.as_bytes(), false, args, d);
        }
        args.clear();
        self.scratch = args;
        let Some(exit) = exit? else {
            self.wait = Wait::Count { d };
            return Ok(Next::Leave(Exit::Queued));
        };
        if let Exit::Stream { name, .. } = &exit {
            let name = name.clone();
            self.wait = Wait::Stream { d, name };
        }
        Ok(Next::Leave(exit))
    }

    /// `CALL (name)`: internal, built in, or outside.
    fn call_computed(&mut self, name: &[u8], n: usize, live: u32) -> Result<Next, Error> {
        if let Some(entry) = self.entry_of(name) {
            let entry = self.admitted(entry, name, 3)?;
            self.count_step();
            self.call_entry(entry, n, NONE, live);
            return Ok(Next::Moved);
        }
        if let Some(row) = bif::lookup(name) {
            if row.leaves(n) {
                return self.call_exit(row, n, NONE);
            }
            let from = self.args.len() - n;
            let args: Vec<Option<Value>> = self.args.drain(from..).collect();
            let v = self.run_bif(row, &args)?;
            self.deliver(NONE, v);
            return Ok(Next::Go);
        }
        self.call_outside(name, true, n, NONE)
    }
}
