//! Expressions to bytecode.

use super::Compiler;
use crate::num::small;
use crate::rexx::ast::{Expr, FunctionCall, Glue, Op, Prefix};
use crate::rexx::bif;
use crate::rexx::code::{CONST, Called, Insn, Reg, Tag};
use crate::rexx::{Error, Value};

/// The default of NUMERIC DIGITS as a limit of whole numbers.
const NINE_DIGITS: i64 = 999_999_999;

impl Compiler<'_> {
    /// Evaluates an expression; the value is in the register given back, which may be a variable's own.
    pub fn expr(&mut self, e: &Expr) -> Reg {
        match e {
            Expr::Const(value) => {
                let reg = self.constant(value);
                self.show(Tag::Literal, reg, None);
                reg
            }
            Expr::Param(k) => self.temp_reg(*k),
            Expr::Var(id) => {
                let reg = self.layout.var(*id);
                self.show(Tag::Variable, reg, None);
                reg
            }
            _ => {
                let d = self.temp();
                self.expr_into(e, d);
                d
            }
        }
    }

    /// Evaluates an expression into a register.
    pub fn expr_into(&mut self, e: &Expr, d: Reg) {
        let mark = self.next_temp;
        match e {
            Expr::Const(_) | Expr::Param(_) | Expr::Var(_) => {
                let s = self.expr(e);
                self.emit(Insn::Move { d, s });
            }
            Expr::Stem(stem) => {
                self.emit(Insn::GetStem { d, stem: *stem });
                self.show(Tag::Variable, d, Some(*stem + 1));
            }
            Expr::Compound(stem, parts) => {
                let tail = self.tail(parts);
                self.show(Tag::Compound, *stem, Some(tail));
                self.emit(Insn::GetTail {
                    d,
                    stem: *stem,
                    tail,
                });
                self.show(Tag::Variable, d, None);
            }
            Expr::Prefix(op, inner) => self.prefix(*op, inner, d),
            Expr::Binary(op, a, b) => self.binary(*op, a, b, d),
            Expr::Concat(list) => self.concat(list, d),
            Expr::Call(call) => {
                self.call(call, d);
                self.show(Tag::Function, d, None);
            }
        }
        self.next_temp = mark;
    }

    /// Whether this is code that shows what it does.
    pub fn traced(&self) -> bool {
        self.flavour == super::Flavour::Traced
    }

    /// In traced code, shows a value.
    pub fn show(&mut self, tag: Tag, s: Reg, name: Option<u32>) {
        if self.traced() {
            self.emit(Insn::Show {
                tag,
                s,
                name: name.unwrap_or(0),
            });
        }
    }

    fn prefix(&mut self, op: Prefix, inner: &Expr, d: Reg) {
        if let Some(v) = self.folded_prefix(op, inner) {
            let s = self.constant(&v);
            self.emit(Insn::Move { d, s });
            return;
        }
        let a = self.expr(inner);
        self.emit(Insn::Prefix { op, d, a });
        self.show(Tag::Prefix, d, None);
    }

    /// The value of `-5` and its like when it cannot depend on NUMERIC.
    fn folded_prefix(&self, op: Prefix, inner: &Expr) -> Option<Value> {
        let Expr::Const(value) = inner else {
            return None;
        };
        let v = value
            .as_int()
            .filter(|v| self.fold && v.abs() <= NINE_DIGITS)?;
        match op {
            Prefix::Minus => Some(Value::Int(-v)),
            Prefix::Plus => Some(Value::Int(v)),
            Prefix::Not => None,
        }
    }

    /// The small whole number that an expression is, if it is a constant one.
    fn small_constant(&self, e: &Expr) -> Option<i32> {
        if self.traced() {
            return None;
        }
        let v = match e {
            Expr::Const(v) => v.as_int()?,
            Expr::Prefix(op, inner) => self.folded_prefix(*op, inner)?.as_int()?,
            _ => return None,
        };
        i32::try_from(v).ok()
    }

    fn binary(&mut self, op: Op, a: &Expr, b: &Expr, d: Reg) {
        if let Some(v) = self.folded(op, a, b) {
            let s = self.constant(&v);
            self.emit(Insn::Move { d, s });
            return;
        }
        if self.sum(op, a, b, d) {
            return;
        }
        if let Some(i) = self.small_constant(b) {
            let make: Option<fn(Reg, Reg, i32) -> Insn> = match op {
                Op::Add if i > 0 => Some(|d, a, i| Insn::AddI { d, a, i }),
                Op::Sub if i > 0 => Some(|d, a, i| Insn::AddI { d, a, i: -i }),
                Op::Mul => Some(|d, a, i| Insn::MulI { d, a, i }),
                Op::IntDiv if i > 0 => Some(|d, a, i| Insn::IntDivI { d, a, i }),
                Op::Rem if i > 0 => Some(|d, a, i| Insn::RemI { d, a, i }),
                _ => None,
            };
            if let Some(make) = make {
                let a = self.expr(a);
                self.emit(make(d, a, i));
                return;
            }
        }
        let (a, b) = self.pair(a, b);
        self.emit(match op {
            Op::Add => Insn::Add { d, a, b },
            Op::Sub => Insn::Sub { d, a, b },
            Op::Mul => Insn::Mul { d, a, b },
            Op::IntDiv => Insn::IntDiv { d, a, b },
            Op::Rem => Insn::Rem { d, a, b },
            Op::Div | Op::Power => Insn::Arith { op, d, a, b },
            Op::And | Op::Or | Op::Xor => Insn::Logic { op, d, a, b },
            _ => Insn::Compare { op, d, a, b },
        });
        self.show(Tag::Operation, d, None);
    }

    /// Three or more variables and constants that are added up or taken away.
    fn sum(&mut self, op: Op, a: &Expr, b: &Expr, d: Reg) -> bool {
        if self.traced() || !matches!(a, Expr::Binary(..)) || !is_sum(op, a, b) {
            return false;
        }
        let mut list = Vec::new();
        self.terms(op, a, b, &mut list);
        self.code.sums.push(list);
        let list = self.code.sums.len() as u32 - 1;
        self.emit(Insn::Sum { d, list });
        true
    }

    /// The terms of a sum, each taken away or not.
    fn terms(&mut self, op: Op, a: &Expr, b: &Expr, terms: &mut Vec<(bool, Reg)>) {
        match a {
            Expr::Binary(op, a, b) => self.terms(*op, a, b, terms),
            a => terms.push((false, self.expr(a))),
        }
        terms.push((op == Op::Sub, self.expr(b)));
    }

    fn folded(&self, op: Op, a: &Expr, b: &Expr) -> Option<Value> {
        if !self.fold {
            return None;
        }
        let (a, b) = (
            i64::from(self.small_constant(a)?),
            i64::from(self.small_constant(b)?),
        );
        let v = match op {
            Op::Add => small::add(a, b, NINE_DIGITS),
            Op::Sub => small::sub(a, b, NINE_DIGITS),
            Op::Mul => small::mul(a, b, NINE_DIGITS),
            Op::IntDiv => small::int_div(a, b, NINE_DIGITS),
            Op::Rem => small::rem(a, b, NINE_DIGITS),
            _ => None,
        }?;
        Some(Value::Int(v))
    }

    /// Two operands, left before right: what a call on the right could change is copied first.
    fn pair(&mut self, a: &Expr, b: &Expr) -> (Reg, Reg) {
        let ra = self.operand(a, self.changes(b));
        let rb = self.expr(b);
        (ra, rb)
    }

    /// An operand, kept from changes when something later could change a variable.
    fn operand(&mut self, e: &Expr, later_changes: bool) -> Reg {
        let reg = self.expr(e);
        if !later_changes || !matches!(e, Expr::Var(_)) {
            return reg;
        }
        let d = self.temp();
        self.emit(Insn::Move { d, s: reg });
        d
    }

    /// Whether evaluating an expression can change variables.
    fn changes(&self, e: &Expr) -> bool {
        match e {
            Expr::Const(_) | Expr::Param(_) | Expr::Var(_) | Expr::Stem(_) | Expr::Compound(..) => {
                false
            }
            Expr::Prefix(_, inner) => self.changes(inner),
            Expr::Binary(_, a, b) => self.changes(a) || self.changes(b),
            Expr::Concat(list) => list.iter().any(|(_, e)| self.changes(e)),
            Expr::Call(call) => {
                let internal = !call.quoted && self.labels.contains_key(call.name.as_slice());
                internal
                    || call.name == b"VALUE"
                    || bif::lookup(&call.name).is_none()
                    || call.args.iter().flatten().any(|e| self.changes(e))
            }
        }
    }

    fn concat(&mut self, list: &[(Glue, Expr)], d: Reg) {
        let traced = self.traced();
        let mut regs = Vec::with_capacity(list.len());
        let last_change = list.iter().rposition(|(_, e)| self.changes(e));
        for (n, (glue, e)) in list.iter().enumerate() {
            let reg = self.operand(e, last_change.is_some_and(|last| last > n));
            regs.push((*glue == Glue::Blank, reg));
            if traced && n > 0 {
                // Traced code joins two at a time, so that each join shows.
                let t = if n + 1 == list.len() { d } else { self.temp() };
                let a = regs[0].1;
                self.emit(join(t, a, reg, *glue));
                self.show(Tag::Operation, t, None);
                regs = vec![(false, t)];
            }
        }
        if traced {
            return;
        }
        if let [(_, a), (blank, b)] = regs[..] {
            let glue = if blank { Glue::Blank } else { Glue::Abut };
            self.emit(join(d, a, b, glue));
            return;
        }
        self.code.concats.push(regs);
        let list = self.code.concats.len() as u32 - 1;
        self.emit(Insn::ConcatN { d, list });
    }

    /// Pushes arguments; gives how many.
    pub fn arguments(&mut self, args: &[Option<Expr>]) -> u16 {
        for arg in args {
            let mark = self.next_temp;
            match arg {
                Some(e) => {
                    let s = self.expr(e);
                    self.emit(Insn::Arg { s });
                }
                None => {
                    self.emit(Insn::ArgNone);
                }
            }
            self.next_temp = mark;
        }
        if args.len() > usize::from(u16::MAX) {
            self.raise(Error::bare(11, 1));
        }
        args.len() as u16
    }

    /// Calls a routine; its result goes to `d`, or to RESULT when there is no register.
    pub fn call(&mut self, call: &FunctionCall, d: Reg) {
        // A function's own result register is not live across the call.
        let temps_from = self.layout.vars;
        let live = match d.checked_sub(temps_from) {
            Some(k) if d & CONST == 0 && k < self.next_temp => k,
            _ => self.next_temp,
        };
        let live = live.min(self.next_temp);
        let n = self.arguments(&call.args);
        if !call.quoted
            && let Some(&label) = self.labels.get(call.name.as_slice())
        {
            self.emit(Insn::CallLabel { n, d, label, live });
            return;
        }
        if let Some(row) = bif::lookup(&call.name) {
            let found = self.code.bifs.iter().position(|b| std::ptr::eq(*b, row));
            let bif = found.unwrap_or_else(|| {
                self.code.bifs.push(row);
                self.code.bifs.len() - 1
            }) as u32;
            self.emit(if row.leaves(usize::from(n)) {
                Insn::CallExit { n, d, bif }
            } else {
                Insn::CallBif { n, d, bif }
            });
            return;
        }
        self.code.called.push(Called {
            name: call.name.clone(),
            quoted: call.quoted,
        });
        let name = self.code.called.len() as u32 - 1;
        self.emit(Insn::CallNamed { n, d, name });
    }

    /// Emits a jump for when the condition is 0; gives its place.
    pub fn jump_unless(&mut self, e: &Expr, why: u8) -> usize {
        let mark = self.next_temp;
        let at = match e {
            Expr::Binary(op, a, b) if op.is_comparison() && !self.traced() => {
                if let Some(i) = self.small_constant(b) {
                    let a = self.expr(a);
                    self.emit(Insn::JumpUnlessI {
                        op: *op,
                        a,
                        i,
                        to: 0,
                    })
                } else {
                    let (a, b) = self.pair(a, b);
                    self.emit(Insn::JumpUnless {
                        op: *op,
                        a,
                        b,
                        to: 0,
                    })
                }
            }
            _ => {
                let a = self.expr(e);
                self.show(Tag::Result, a, None);
                self.emit(Insn::JumpFalse { why, a, to: 0 })
            }
        };
        self.next_temp = mark;
        at
    }
}

fn join(d: Reg, a: Reg, b: Reg, glue: Glue) -> Insn {
    match glue {
        Glue::Abut => Insn::Concat { d, a, b },
        Glue::Blank => Insn::ConcatBlank { d, a, b },
    }
}

/// Whether an expression adds up variables and constants, or takes them away, and nothing else.
fn is_sum(op: Op, a: &Expr, b: &Expr) -> bool {
    let is_term = |e: &Expr| matches!(e, Expr::Var(_) | Expr::Const(_));
    let first = || match a {
        Expr::Binary(op, a, b) => is_sum(*op, a, b),
        a => is_term(a),
    };
    matches!(op, Op::Add | Op::Sub) && is_term(b) && first()
}
