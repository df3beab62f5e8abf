//! Clauses to bytecode.

use super::{Compiler, Unit};
use crate::rexx::Error;
use crate::rexx::Value;
use crate::rexx::ast::{
    Address, Call, Clause, Connection, Expr, FunctionCall, Io, Kind, Named, Numeric, Parse,
    ParseSource, Target, Trace,
};
use crate::rexx::bif;
use crate::rexx::code::{
    Entry, Insn, IoCode, NONE, NameRef, NumericSet, PENDING, ParseCode, Reg, Source, Tag, TrapSet,
    UNSEEN, WithCode, target_of,
};
use crate::rexx::names::RESULT;

impl Compiler<'_> {
    /// All clauses, then the entries of labels that stand within blocks.
    pub fn everything(&mut self) {
        self.code.starts = vec![u32::MAX; self.clauses.len()];
        while self.clause < self.clauses.len() {
            self.one();
            self.clause += 1;
        }
        self.unfinished();
        self.emit(Insn::End);
        while let Some((label, clause)) = self.inner.pop() {
            self.inner_label(label, clause);
        }
    }

    /// The code that runs from a label within a block: there, the blocks around it are not active.
    fn inner_label(&mut self, label: u32, clause: usize) {
        self.blocks.clear();
        self.next_temp = 0;
        self.clause = clause;
        let at = self.here();
        self.code.entries[label as usize] = Entry {
            call: at,
            signal: at,
            procedure: false,
            inner: true,
        };
        while self.clause < self.clauses.len() {
            let start = self.starts[self.clause];
            if self.blocks.is_empty() && start != u32::MAX {
                self.emit(Insn::Jump { to: start });
                return;
            }
            let stray = self.blocks.is_empty()
                && matches!(
                    self.clauses[self.clause].kind,
                    Kind::End(_) | Kind::Else | Kind::Then | Kind::When(_) | Kind::Otherwise
                );
            self.one();
            if stray {
                return;
            }
            self.clause += 1;
        }
        self.unfinished();
        self.emit(Insn::End);
    }

    /// Notes where a clause starts; traced code shows it.
    pub fn clause_start(&mut self) {
        let n = self.clause;
        if self.code.starts[n] == u32::MAX {
            self.code.starts[n] = self.here();
            self.code.spans[n].depth = self.depth();
        }
        if self.traced() {
            self.emit(Insn::Clause(n as u32));
        } else if self.code.checks {
            self.emit(Insn::Check);
        }
    }

    /// How deep the clause in hand is nested: an END is as deep as its DO or SELECT.
    fn depth(&self) -> u16 {
        let open = self.blocks.len();
        let depth = match self.clauses[self.clause].kind {
            Kind::End(_) => open.saturating_sub(1),
            _ => open,
        };
        depth.min(usize::from(u16::MAX)) as u16
    }

    /// In traced code, shows the DO clause again when its loop goes round.
    pub fn clause_again(&mut self, clause: usize) {
        if self.traced() {
            self.emit(Insn::ClauseAgain(clause as u32));
        }
    }

    /// One clause.
    fn one(&mut self) {
        self.check_then();
        self.check_select();
        let n = self.clause;
        let clauses: &[Clause] = self.clauses;
        let kind = &clauses[n].kind;
        if self.blocks.is_empty()
            && !matches!(kind, Kind::Procedure(_))
            && self.starts[n] == u32::MAX
        {
            self.starts[n] = self.here();
        }
        let mark = self.next_temp;
        let whole = self.clause_kind(kind);
        if !matches!(kind, Kind::Do(_) | Kind::End(_)) {
            self.next_temp = mark;
        }
        if whole {
            self.instruction_done();
        }
    }

    /// Compiles one clause; gives whether it is a whole instruction.
    fn clause_kind(&mut self, kind: &Kind) -> bool {
        match kind {
            Kind::Label(name) => {
                self.label(name);
                return false;
            }
            Kind::Procedure(list) => {
                self.procedure(list);
                return true;
            }
            _ => self.clause_start(),
        }
        match kind {
            Kind::Then => {
                self.then();
                return false;
            }
            Kind::Else => {
                self.stray_else();
                return false;
            }
            Kind::If(e) => {
                self.condition(e, false);
                return false;
            }
            Kind::When(e) => {
                self.when(e);
                return false;
            }
            Kind::Select => {
                self.select();
                return false;
            }
            Kind::Otherwise => {
                self.otherwise();
                return false;
            }
            Kind::Do(d) => {
                self.begin(d);
                return false;
            }
            Kind::End(name) => {
                self.end(name.as_deref());
                return false;
            }
            other => self.simple(other),
        }
        true
    }

    fn simple(&mut self, kind: &Kind) {
        match kind {
            Kind::Assign(target, e) => self.assign(target, e),
            Kind::Command(e) => {
                let s = self.result(e);
                self.emit(Insn::Command {
                    s,
                    env: NONE,
                    with: NONE,
                });
            }
            Kind::Address(a) => self.address(a),
            Kind::Call(c) => self.call_clause(c),
            Kind::Drop(list) => {
                let list = self.name_list(list);
                self.emit(Insn::Drop { list });
            }
            Kind::Error(error) => self.raise(error.clone()),
            Kind::Exit(e) => {
                let s = self.optional(e.as_ref());
                self.emit(Insn::Exit { s });
            }
            Kind::Return(e) => {
                let s = self.optional(e.as_ref());
                self.emit(Insn::Return { s });
            }
            Kind::Interpret(e) => {
                let s = self.result(e);
                let live = self.next_temp;
                self.emit(Insn::Interpret { s, live });
            }
            Kind::Iterate(name) => self.leave(name.as_deref(), true),
            Kind::Leave(name) => self.leave(name.as_deref(), false),
            Kind::Numeric(n) => self.numeric(n),
            Kind::Options(e) => {
                let s = self.result(e);
                self.emit(Insn::Options { s });
            }
            Kind::Parse(p) => self.parse(p),
            Kind::Push(e) => {
                let s = self.or_empty(e.as_ref());
                self.emit(Insn::Push { s });
            }
            Kind::Queue(e) => {
                let s = self.or_empty(e.as_ref());
                self.emit(Insn::Queue { s });
            }
            Kind::Say(e) => {
                let s = self.or_empty(e.as_ref());
                self.emit(Insn::Say { s });
            }
            Kind::Signal(name) => self.signal(name),
            Kind::SignalValue(e) => {
                let s = self.result(e);
                self.emit(Insn::SignalValue { s });
            }
            Kind::Trace(Trace::Setting(setting)) => {
                let s = self.constant(&Value::from_bytes(setting));
                self.emit(Insn::TraceSet { s });
            }
            Kind::Trace(Trace::Value(e)) => {
                let s = self.result(e);
                self.emit(Insn::TraceSet { s });
            }
            Kind::Trap(trap) => {
                self.code.traps.push(TrapSet {
                    condition: trap.condition,
                    by: trap.by,
                    label: trap.label.as_deref().map(Into::into),
                });
                let trap = self.code.traps.len() as u32 - 1;
                self.emit(Insn::Trap { trap });
            }
            Kind::Upper(list) => {
                let list: Vec<Named> = list.iter().cloned().map(Named::Direct).collect();
                let list = self.name_list(&list);
                self.emit(Insn::Upper { list });
            }
            _ => {}
        }
    }

    /// An expression whose value is shown as the clause's result.
    fn result(&mut self, e: &Expr) -> Reg {
        let s = self.expr(e);
        self.show(Tag::Result, s, None);
        s
    }

    fn optional(&mut self, e: Option<&Expr>) -> Reg {
        e.map_or(NONE, |e| self.result(e))
    }

    fn or_empty(&mut self, e: Option<&Expr>) -> Reg {
        match e {
            Some(e) => self.result(e),
            None => self.constant(&Value::empty()),
        }
    }

    fn assign(&mut self, target: &Target, e: &Expr) {
        if let (Target::Simple(id), false) = (target, self.traced()) {
            let d = self.layout.var(*id);
            self.expr_into(e, d);
            return;
        }
        let s = self.result(e);
        self.store(target, s);
    }

    fn label(&mut self, name: &[u8]) {
        if matches!(self.unit, Unit::Interpret(..)) {
            return self.raise(Error::new(47, 1, &[name]));
        }
        let Some(&number) = self.labels.get(name) else {
            return;
        };
        if self.code.entries[number as usize].call != UNSEEN {
            return self.clause_start();
        }
        if !self.blocks.is_empty() {
            self.inner.push((number, self.clause + 1));
            self.code.entries[number as usize].call = PENDING;
            return self.clause_start();
        }
        let mut next = self.clause + 1;
        while matches!(
            self.clauses.get(next).map(|c| &c.kind),
            Some(Kind::Label(_))
        ) {
            next += 1;
        }
        let procedure = matches!(
            self.clauses.get(next).map(|c| &c.kind),
            Some(Kind::Procedure(_))
        );
        // Labels in a row lead to one PROCEDURE; whoever comes there other than by a call is refused once.
        let before = self.clause.checked_sub(1).map(|c| &self.clauses[c].kind);
        let refused = match before {
            Some(Kind::Label(name)) if procedure => self.labels.get(name.as_slice()),
            _ => None,
        };
        let signal = match refused {
            Some(&label) => self.code.entries[label as usize].signal,
            None => self.here(),
        };
        if procedure && refused.is_none() {
            let clause = std::mem::replace(&mut self.clause, next);
            self.raise(Error::bare(17, 1));
            self.clause = clause;
        }
        self.code.entries[number as usize] = Entry {
            call: self.here(),
            signal,
            procedure,
            inner: false,
        };
        self.clause_start();
    }

    fn procedure(&mut self, list: &[Named]) {
        let after_label = self
            .clause
            .checked_sub(1)
            .is_some_and(|before| matches!(self.clauses[before].kind, Kind::Label(_)));
        if !after_label || !self.blocks.is_empty() {
            self.clause_start();
            return self.raise(Error::bare(17, 1));
        }
        self.clause_start();
        let list = self.name_list(list);
        self.emit(Insn::Procedure { list });
    }

    fn name_list(&mut self, list: &[Named]) -> u32 {
        let list = list
            .iter()
            .map(|named| {
                let (target, indirect) = target_of(named);
                let slot = self.slot(target);
                if indirect {
                    NameRef::Indirect(slot)
                } else {
                    NameRef::Direct(slot)
                }
            })
            .collect();
        self.code.lists.push(list);
        self.code.lists.len() as u32 - 1
    }

    fn address(&mut self, a: &Address) {
        match a {
            Address::Swap => {
                self.emit(Insn::AddressSwap);
            }
            Address::Set(e, with) => {
                let s = self.result(e);
                let with = self.with(with.as_ref());
                self.emit(Insn::AddressSet { s, with });
            }
            Address::Once(env, command, with) => {
                let env = self.expr(env);
                let s = self.result(command);
                let with = self.with(with.as_ref());
                self.emit(Insn::Command { s, env, with });
            }
        }
    }

    /// The number of a WITH; [`NONE`] without one.
    fn with(&mut self, with: Option<&Connection>) -> u32 {
        let Some(with) = with else {
            return NONE;
        };
        let mut io = |io: &Option<Io>| match io {
            None | Some(Io::Normal) => IoCode::Normal,
            Some(Io::Stream(keep, name)) => IoCode::Stream(*keep, self.expr(name)),
            Some(Io::Stem(keep, stem)) => IoCode::Stem(*keep, *stem),
        };
        let with = WithCode {
            input: io(&with.input),
            output: io(&with.output),
            error: io(&with.error),
        };
        self.code.withs.push(with);
        self.code.withs.len() as u32 - 1
    }

    fn call_clause(&mut self, call: &Call) {
        match call {
            Call::Routine(call) => {
                self.call(call, NONE);
                let s = self.layout.var(RESULT);
                self.show(Tag::Assigned, s, None);
            }
            Call::Computed(name, args) => {
                let s = self.expr(name);
                let live = self.next_temp;
                let n = self.arguments(args);
                self.emit(Insn::CallComputed { n, s, live });
                let s = self.layout.var(RESULT);
                self.show(Tag::Assigned, s, None);
            }
        }
        if self.names.tells_result {
            let mark = self.next_temp;
            let d = self.temp();
            let note = FunctionCall {
                name: bif::NOTE_RESULT.into(),
                quoted: true,
                args: Vec::new(),
            };
            self.call(&note, d);
            self.next_temp = mark;
        }
    }

    fn signal(&mut self, name: &[u8]) {
        match self.labels.get(name) {
            Some(&label) => {
                self.emit(Insn::Signal { label });
            }
            None => {
                let s = self.constant(&Value::from_bytes(name));
                self.emit(Insn::SignalValue { s });
            }
        }
    }

    fn numeric(&mut self, n: &Numeric) {
        let (what, s) = match n {
            Numeric::Digits(e) => (NumericSet::Digits, self.optional(e.as_ref())),
            Numeric::Fuzz(e) => (NumericSet::Fuzz, self.optional(e.as_ref())),
            Numeric::Scientific => (NumericSet::Form, self.constant(&Value::from("SCIENTIFIC"))),
            Numeric::Engineering => (NumericSet::Form, self.constant(&Value::from("ENGINEERING"))),
            Numeric::Form(e) => (NumericSet::Form, self.result(e)),
        };
        self.emit(Insn::Numeric { what, s });
    }

    fn parse(&mut self, p: &Parse) {
        if self.simple_arguments(p) {
            return;
        }
        let (source, s) = match &p.source {
            ParseSource::Arg => (Source::Arg, NONE),
            ParseSource::Numeric => (Source::Numeric, NONE),
            ParseSource::Source => (Source::Program, NONE),
            ParseSource::Version => (Source::Version, NONE),
            ParseSource::Pull => {
                let d = self.temp();
                self.emit(Insn::Pull { d });
                (Source::Register, d)
            }
            ParseSource::Linein => {
                let d = self.temp();
                let call = FunctionCall {
                    name: b"LINEIN".to_vec(),
                    quoted: true,
                    args: Vec::new(),
                };
                self.call(&call, d);
                (Source::Register, d)
            }
            ParseSource::External => {
                let d = self.temp();
                self.emit(Insn::PullTerminal { d });
                (Source::Register, d)
            }
            ParseSource::Value(Some(e)) => (Source::Register, self.result(e)),
            ParseSource::Value(None) => (Source::Register, self.constant(&Value::empty())),
            ParseSource::Var(target) => {
                let e = crate::rexx::parse::variable(target.clone());
                (Source::Register, self.expr(&e))
            }
        };
        let templates = p.templates.iter();
        let templates = templates.map(|t| self.template(t, p.caseless)).collect();
        self.code.parses.push(ParseCode {
            fold: p.fold,
            caseless: p.caseless,
            source,
            templates,
        });
        let parse = self.code.parses.len() as u32 - 1;
        self.emit(Insn::Parse { parse, s });
    }

    /// `PARSE ARG a, b`: each argument whole into a simple variable.
    fn simple_arguments(&mut self, p: &Parse) -> bool {
        if self.traced() || !matches!(p.source, ParseSource::Arg) || p.fold != Default::default() {
            return false;
        }
        let mut plain = Vec::new();
        for template in &p.templates {
            match template.steps.as_slice() {
                [step] => match step.targets.as_slice() {
                    [Some(Target::Simple(id))] => plain.push(Some(*id)),
                    [] => plain.push(None),
                    _ => return false,
                },
                _ => return false,
            }
        }
        for (n, id) in plain.into_iter().enumerate() {
            if let Some(id) = id {
                let d = self.layout.var(id);
                self.emit(Insn::TakeArg { d, n: n as u32 });
            }
        }
        true
    }
}
