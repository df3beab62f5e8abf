//! The instructions that small whole numbers take the short way through. What does not fit here is left to
//! [`super::run`], which knows all the rules.

use std::rc::Rc;

use super::Vm;
use super::aside::Aside;
use super::moves::{Window, parse_value};
use super::ops::{quick_order, quick_sum};
use super::store::{Slot, StemSlot};
use super::streams::answer_from_lent;
use crate::num::{Form, Settings, small};
use crate::rexx::Value;
use crate::rexx::ast::{Op, Prefix};
use crate::rexx::bif::BifContext;
use crate::rexx::code::{Code, Insn, NONE, Reg};
use crate::rexx::names::RESULT;
use crate::rexx::value::{Notation, ShortText};

/// What the settings mean for small numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Near {
    /// Whole numbers are near when this, added to them, leaves none of the `far` bits: the sum of two of
    /// them then needs no more than DIGITS digits.
    offset: i64,
    far: u64,
    /// The first whole number that needs more than DIGITS digits, if that is within fifteen.
    pub limit: Option<i64>,
    pub settings: Settings,
}

/// What NUMERIC DIGITS 15 makes of [`small::limit`]; ten times as much scaled by ten still fits.
const DIGITS_15: u32 = 15;

impl Near {
    /// The meaning of these settings. With FUZZ, where near numbers may compare equal, only 0 is near.
    pub fn of(settings: Settings) -> Near {
        let limit = small::limit(settings.digits);
        let offset = 1 << (limit / 2).ilog2();
        let (offset, far) = match settings.fuzz {
            0 => (offset, !(2 * offset as u64 - 1)),
            _ => (0, !0),
        };
        Near {
            offset,
            far,
            limit: (settings.digits <= DIGITS_15).then_some(limit),
            settings,
        }
    }

    /// The same when long operands must be found out: only near numbers are known to be short.
    pub fn strict(self) -> Near {
        Near {
            limit: None,
            ..self
        }
    }

    /// The sum of whole numbers that need no more than DIGITS digits, when it needs no more either.
    #[inline(always)]
    fn whole_sum(&self, a: i64, b: i64) -> Option<i64> {
        let limit = self.limit?;
        let fits = |v: i64| -limit < v && v < limit;
        (fits(a) && fits(b) && fits(a + b)).then_some(a + b)
    }

    /// The usual sum where a total has grown past DIGITS: so many tens, which need all digits, and some
    /// ones. Gives the tens of the sum when they need all digits again.
    #[inline(always)]
    fn add_ones(&self, tens: i64, ones: i64) -> Option<i64> {
        let limit = self
            .limit
            .filter(|_| self.settings.form == Form::Scientific)?;
        let high = tens.wrapping_mul(10);
        if tens.abs() >= limit || high.abs() < limit || ones.abs() >= limit {
            return None;
        }
        let sum = high + ones;
        // Half up by magnitude.
        let kept = (sum + if sum < 0 { -5 } else { 5 }) / 10;
        (sum.abs() >= limit && kept.abs() < limit).then_some(kept)
    }

    /// Whether both are in the range.
    #[inline(always)]
    fn both(&self, a: i64, b: i64) -> bool {
        (a.wrapping_add(self.offset) as u64 | b.wrapping_add(self.offset) as u64) & self.far == 0
    }
}

/// Which orders of two numbers an operator holds for: less, equal and greater are bits 0 to 2. None for
/// operators that look at the characters.
const fn orders(op: Op) -> u8 {
    match op {
        Op::Eq | Op::StrictEq => 2,
        Op::Ne | Op::StrictNe => 5,
        Op::Gt => 4,
        Op::Lt => 1,
        Op::Ge => 6,
        Op::Le => 3,
        _ => 0,
    }
}

/// Whether a comparison of two numbers holds; `None` when it is not one of numbers.
#[inline(always)]
fn compares(op: Op, a: i64, b: i64) -> Option<bool> {
    let orders = orders(op);
    let bit = u8::from(a >= b) + u8::from(a > b);
    (orders != 0).then_some(orders >> bit & 1 == 1)
}

/// The quotient and the remainder of a number and a positive divisor.
#[inline(always)]
fn divided(a: i64, by: i64) -> (i64, i64) {
    if let (Ok(a), Ok(by)) = (u32::try_from(a), u32::try_from(by))
        && by != 0
    {
        return (i64::from(a / by), i64::from(a % by));
    }
    (a / by, a % by)
}

/// The whole number in a register; `None` also for an exposed variable.
#[inline(always)]
fn int(own: &[Slot], r: Reg) -> Option<i64> {
    match own.get(r as usize) {
        Some(Slot::Val(Value::Int(v))) => Some(*v),
        _ => None,
    }
}

/// The whole number in a register, also when it is there as text.
#[inline(always)]
fn whole(own: &[Slot], r: Reg) -> Option<i64> {
    match own.get(r as usize) {
        Some(Slot::Val(v)) => v.whole(),
        _ => None,
    }
}

/// Stores where a whole number is already.
#[inline(always)]
fn set_int(own: &mut [Slot], d: Reg, v: i64) -> bool {
    let there = own.get_mut(d as usize);
    let Some(Slot::Val(Value::Int(old))) = there else {
        return false;
    };
    *old = v;
    true
}

impl Window<'_> {
    /// The whole number in the register of an exposed variable.
    #[inline(never)]
    fn exposed_int(&self, r: Reg) -> Option<i64> {
        let Some(Slot::Ref(to)) = self.own.get(r as usize) else {
            return int(self.own, r);
        };
        match self.below.get(*to as usize) {
            Some(Slot::Val(Value::Int(v))) => Some(*v),
            _ => None,
        }
    }

    /// Two whole numbers, one of them in an exposed variable.
    #[inline(never)]
    fn exposed_pair(&self, a: Reg, b: Reg) -> Option<(i64, i64)> {
        Some((self.exposed_int(a)?, self.exposed_int(b)?))
    }

    #[inline(never)]
    fn set(&mut self, d: Reg, v: Value) -> bool {
        match self.slot(d) {
            Some(slot) => {
                *slot = Slot::Val(v);
                true
            }
            None => false,
        }
    }

    /// `d = s`.
    #[inline(never)]
    fn copy(&mut self, code: &Code, d: Reg, s: Reg) -> bool {
        let copy = match self.value(code, s) {
            Some(Value::Short(length, bytes)) => {
                let (length, bytes) = (usize::from(*length), *bytes);
                let Some(slot) = self.slot(d) else {
                    return false;
                };
                slot.put_short(length, |room| *room = bytes);
                return true;
            }
            Some(v) => v.clone(),
            None => return false,
        };
        self.set(d, copy)
    }

    /// A sum of numbers that are not both near whole ones.
    #[inline(never)]
    fn sum(&mut self, code: &Code, near: &Near, op: Op, [d, a, b]: [Reg; 3]) -> bool {
        if let Some(Slot::Val(Value::Dec(Notation::Scientific, 1, tens))) = self.own.get(a as usize)
            && let Some(ones) = int(self.own, b)
            && let Some(kept) = near.add_ones(*tens, if op == Op::Sub { -ones } else { ones })
        {
            return self.set_tens(d, kept);
        }
        if let Some(x) = whole(self.own, a)
            && let Some(y) = whole(self.own, b)
            && let Some(v) = near.whole_sum(x, if op == Op::Sub { -y } else { y })
        {
            return set_int(self.own, d, v) || self.set(d, Value::Int(v));
        }
        let (Some(x), Some(y)) = (self.value(code, a), self.value(code, b)) else {
            return false;
        };
        let v = quick_sum(op, x, y, near);
        v.is_some_and(|v| self.set(d, v))
    }

    /// The sum of a list of small numbers.
    #[inline(never)]
    fn sum_list(&mut self, code: &Code, near: &Near, d: Reg, list: &[(bool, Reg)]) -> bool {
        if let Some(v) = self.near_sum(code, near, list) {
            return set_int(self.own, d, v) || self.set(d, Value::Int(v));
        }
        if let Some(tens) = self.tens_sum(code, near, list) {
            return self.set_tens(d, tens);
        }
        let v = self.short_sum(code, near, list);
        v.is_some_and(|v| self.set(d, v))
    }

    /// The same where a total has grown past DIGITS and small whole numbers are added: so many tens.
    fn tens_sum(&self, code: &Code, near: &Near, list: &[(bool, Reg)]) -> Option<i64> {
        let ((_, first), rest) = list.split_first()?;
        let Value::Dec(Notation::Scientific, 1, mut tens) = *self.value(code, *first)? else {
            return None;
        };
        for (minus, r) in rest {
            let v = self.value(code, *r)?.whole()?;
            tens = near.add_ones(tens, if *minus { -v } else { v })?;
        }
        Some(tens)
    }

    /// The same when all of them and all sums on the way are whole and need no more than DIGITS digits.
    #[inline(always)]
    fn near_sum(&self, code: &Code, near: &Near, list: &[(bool, Reg)]) -> Option<i64> {
        let ((_, first), rest) = list.split_first()?;
        let mut sum = self.value(code, *first)?.whole()?;
        for (minus, r) in rest {
            let v = self.value(code, *r)?.whole()?;
            sum = near.whole_sum(sum, if *minus { -v } else { v })?;
        }
        Some(sum)
    }

    /// The same when they are short.
    fn short_sum(&self, code: &Code, near: &Near, list: &[(bool, Reg)]) -> Option<Value> {
        let ((_, first), rest) = list.split_first()?;
        let mut sum = self.value(code, *first)?.clone();
        for (minus, r) in rest {
            let op = if *minus { Op::Sub } else { Op::Add };
            sum = quick_sum(op, &sum, self.value(code, *r)?, near)?;
        }
        Some(sum)
    }

    /// The text of some values, when it is short.
    #[inline(never)]
    fn join(&mut self, code: &Code, d: Reg, list: &[(bool, Reg)]) -> bool {
        let mut text = ShortText::default();
        for (blank, r) in list {
            let v = self.value(code, *r);
            if !v.is_some_and(|v| text.add(*blank, v)) {
                return false;
            }
        }
        match self.slot(d) {
            Some(slot) => {
                slot.put_short(text.length(), |bytes| *bytes = text.bytes());
                true
            }
            None => false,
        }
    }

    /// Stores a number of tens.
    #[inline(always)]
    fn set_tens(&mut self, d: Reg, tens: i64) -> bool {
        if let Some(Slot::Val(Value::Dec(Notation::Scientific, 1, old))) =
            self.own.get_mut(d as usize)
        {
            *old = tens;
            return true;
        }
        self.set(d, Value::Dec(Notation::Scientific, 1, tens))
    }

    /// The same with a constant.
    #[inline(never)]
    fn sum_i(&mut self, code: &Code, near: &Near, d: Reg, a: Reg, i: i64) -> bool {
        if let Some(Slot::Val(Value::Dec(Notation::Scientific, 1, tens))) = self.own.get(a as usize)
            && let Some(kept) = near.add_ones(*tens, i)
        {
            return self.set_tens(d, kept);
        }
        if let Some(x) = whole(self.own, a)
            && let Some(v) = near.whole_sum(x, i)
        {
            return set_int(self.own, d, v) || self.set(d, Value::Int(v));
        }
        let v = self
            .value(code, a)
            .and_then(|x| quick_sum(Op::Add, x, &Value::Int(i), near));
        v.is_some_and(|v| self.set(d, v))
    }

    /// Whether a comparison holds of numbers that are not both near whole ones.
    #[inline(never)]
    fn compare(&self, code: &Code, near: &Near, op: Op, a: Reg, b: Reg) -> Option<bool> {
        let order = quick_order(self.value(code, a)?, self.value(code, b)?, near)?;
        compares(op, order as i64, 0)
    }

    /// The same with a constant.
    #[inline(never)]
    fn compare_i(&self, code: &Code, near: &Near, op: Op, a: Reg, i: i64) -> Option<bool> {
        if let Some(Slot::Val(Value::Dec(_, _, x))) = self.own.get(a as usize)
            && (*x < 0) != (i < 0)
            && i != 0
            && near.limit.is_some()
        {
            return compares(op, *x, i);
        }
        let order = quick_order(self.value(code, a)?, &Value::Int(i), near)?;
        compares(op, order as i64, 0)
    }
}

/// The place of a tail of one or two whole numbers, if the stem is at hand and has it.
#[inline(always)]
fn tail<'a>(
    regs: &Window<'_>,
    stems: &'a mut [StemSlot],
    at: usize,
    (a, b): (Reg, Reg),
) -> Option<&'a mut Slot> {
    let a = usize::try_from(int(regs.own, a).or_else(|| regs.exposed_int(a))?).ok()?;
    let own = match stems.get(at)? {
        StemSlot::Ref(to) => *to as usize,
        _ => at,
    };
    let StemSlot::Own(stem) = stems.get_mut(own)? else {
        return None;
    };
    if b == NONE {
        return stem.near(a);
    }
    let b = usize::try_from(int(regs.own, b).or_else(|| regs.exposed_int(b))?).ok()?;
    stem.near_pair(a, b)
}

impl Vm {
    /// Runs from an instruction on for as long as the short ways lead; gives the one where they end.
    #[inline(never)]
    pub(super) fn quick(&mut self, mut pc: usize) -> usize {
        let mut insns = self.code.insns.as_slice();
        let Some((mut below, mut own)) = self.slots.split_at_mut_checked(self.base) else {
            return pc;
        };
        /// Takes up the state again after a call or a return.
        macro_rules! moved {
            () => {{
                pc = self.pc;
                insns = self.code.insns.as_slice();
                let Some((new_below, new_own)) = self.slots.split_at_mut_checked(self.base) else {
                    return pc;
                };
                below = new_below;
                own = new_own;
            }};
        }
        /// The registers for what is not in sight at once.
        macro_rules! regs {
            () => {
                Window {
                    below: &mut *below,
                    own: &mut *own,
                }
            };
        }
        /// Two near operands, or the end of the short way.
        macro_rules! pair {
            ($a:expr, $b:expr) => {
                if let Some(a) = int(own, $a)
                    && let Some(b) = int(own, $b)
                    && self.near.both(a, b)
                {
                    (a, b)
                } else if let Some((a, b)) = regs!().exposed_pair($a, $b)
                    && self.near.both(a, b)
                {
                    (a, b)
                } else {
                    return pc;
                }
            };
            ($a:expr; $i:expr) => {
                if let Some(a) = int(own, $a)
                    && self.near.both(a, i64::from($i))
                {
                    (a, i64::from($i))
                } else if let Some(a) = regs!().exposed_int($a)
                    && self.near.both(a, i64::from($i))
                {
                    (a, i64::from($i))
                } else {
                    return pc;
                }
            };
        }
        /// Goes on when something could be done.
        macro_rules! done {
            ($e:expr) => {{
                if !$e {
                    return pc;
                }
                pc += 1;
            }};
        }
        /// Stores a whole number and goes on.
        macro_rules! store {
            ($d:expr, $v:expr) => {{
                let v = $v;
                if !set_int(own, $d, v) && !regs!().set($d, Value::Int(v)) {
                    return pc;
                }
                pc += 1;
            }};
        }
        /// A sum of near whole numbers, or of other numbers.
        macro_rules! sum {
            ($op:expr, $int:expr, $d:expr, $a:expr, $b:expr) => {
                if let Some(x) = int(own, $a)
                    && let Some(y) = int(own, $b)
                    && self.near.both(x, y)
                {
                    store!($d, $int(x, y));
                } else {
                    done!(regs!().sum(&self.code, &self.near, $op, [$d, $a, $b]));
                }
            };
        }
        /// Goes on or jumps.
        macro_rules! unless {
            ($holds:expr, $to:expr) => {
                match $holds {
                    Some(true) => pc += 1,
                    Some(false) => pc = $to as usize,
                    None => return pc,
                }
            };
        }
        macro_rules! back {
            ($to:expr) => {{
                self.budget -= 1;
                pc = $to as usize;
            }};
        }
        loop {
            let Some(insn) = insns.get(pc) else {
                return pc;
            };
            match *insn {
                Insn::Move { d, s } => match int(own, s) {
                    Some(v) => store!(d, v),
                    None => done!(regs!().copy(&self.code, d, s)),
                },
                Insn::Add { d, a, b } => sum!(Op::Add, |x, y| x + y, d, a, b),
                Insn::Sub { d, a, b } => sum!(Op::Sub, |x, y| x - y, d, a, b),
                Insn::AddI { d, a, i } => {
                    let i = i64::from(i);
                    if let Some(x) = int(own, a)
                        && self.near.both(x, i)
                    {
                        store!(d, x + i);
                    } else {
                        done!(regs!().sum_i(&self.code, &self.near, d, a, i));
                    }
                }
                Insn::Sum { d, list } => {
                    let list = &self.code.sums[list as usize];
                    done!(regs!().sum_list(&self.code, &self.near, d, list));
                }
                Insn::Concat { d, a, b } => {
                    done!(regs!().join(&self.code, d, &[(false, a), (false, b)]));
                }
                Insn::ConcatBlank { d, a, b } => {
                    done!(regs!().join(&self.code, d, &[(false, a), (true, b)]));
                }
                Insn::ConcatN { d, list } => {
                    let list = &self.code.concats[list as usize];
                    done!(regs!().join(&self.code, d, list));
                }
                Insn::CallBif { n, d, bif } => {
                    let d = if d == NONE { RESULT } else { d };
                    let row = self.code.bifs[bif as usize];
                    let own_args = self.args_start..self.args_start + self.level.args_len as usize;
                    let from = self.args.len() - usize::from(n);
                    let (Some(own_args), Some(args)) =
                        (self.args.get(own_args), self.args.get(from..))
                    else {
                        return pc;
                    };
                    let mut aside = Aside::of(own_args, &self.room);
                    let mut context = BifContext {
                        name: row.name,
                        settings: self.settings.numeric,
                        dialect: self.program.dialect,
                        codepage: self.codepage,
                        random: &mut self.random,
                        host: &mut aside,
                    };
                    let given = row.call(&mut context, args);
                    let Ok(v) = given else {
                        return pc;
                    };
                    if !aside.answers(&v) {
                        return pc;
                    }
                    self.args.truncate(from);
                    match v {
                        Value::Int(v) => store!(d, v),
                        v => done!(regs!().set(d, v)),
                    }
                }
                Insn::Mul { d, a, b } => {
                    let (x, y) = pair!(a, b);
                    match x.checked_mul(y) {
                        Some(v) if v.abs() < self.limit => store!(d, v),
                        _ => return pc,
                    }
                }
                Insn::MulI { d, a, i } => {
                    let (x, y) = pair!(a; i);
                    match x.checked_mul(y) {
                        Some(v) if v.abs() < self.limit => store!(d, v),
                        _ => return pc,
                    }
                }
                Insn::IntDivI { d, a, i } if i > 0 => {
                    let (x, y) = pair!(a; i);
                    store!(d, divided(x, y).0);
                }
                Insn::RemI { d, a, i } if i > 0 => {
                    let (x, y) = pair!(a; i);
                    store!(d, divided(x, y).1);
                }
                Insn::IntDiv { d, a, b } => {
                    let (x, y) = pair!(a, b);
                    if y <= 0 {
                        return pc;
                    }
                    store!(d, divided(x, y).0);
                }
                Insn::Rem { d, a, b } => {
                    let (x, y) = pair!(a, b);
                    if y <= 0 {
                        return pc;
                    }
                    store!(d, divided(x, y).1);
                }
                Insn::Prefix { op, d, a } => {
                    let Some(x) = int(own, a).filter(|x| self.near.both(*x, *x)) else {
                        return pc;
                    };
                    let v = match (op, x) {
                        (Prefix::Minus, _) => -x,
                        (Prefix::Plus, _) => x,
                        (Prefix::Not, 0 | 1) => 1 - x,
                        (Prefix::Not, _) => return pc,
                    };
                    store!(d, v);
                }
                Insn::JumpUnlessI { op, a, i, to } => {
                    let i = i64::from(i);
                    if let Some(x) = int(own, a)
                        && self.near.both(x, i)
                    {
                        unless!(compares(op, x, i), to);
                    } else {
                        unless!(regs!().compare_i(&self.code, &self.near, op, a, i), to);
                    }
                }
                Insn::JumpUnless { op, a, b, to } => {
                    if let Some(x) = int(own, a)
                        && let Some(y) = int(own, b)
                        && self.near.both(x, y)
                    {
                        unless!(compares(op, x, y), to);
                    } else {
                        unless!(regs!().compare(&self.code, &self.near, op, a, b), to);
                    }
                }
                Insn::Compare { op, d, a, b } => {
                    let (x, y) = pair!(a, b);
                    match compares(op, x, y) {
                        Some(holds) => store!(d, i64::from(holds)),
                        None => return pc,
                    }
                }
                Insn::Logic { op, d, a, b } => match (int(own, a), int(own, b)) {
                    (Some(x @ (0 | 1)), Some(y @ (0 | 1))) => {
                        let v = match op {
                            Op::And => x & y,
                            Op::Or => x | y,
                            _ => x ^ y,
                        };
                        store!(d, v);
                    }
                    _ => return pc,
                },
                Insn::JumpFalse { a, to, .. } => match int(own, a) {
                    Some(1) => pc += 1,
                    Some(0) => pc = to as usize,
                    _ => return pc,
                },
                Insn::Jump { to } => pc = to as usize,
                Insn::StepTo { var, to, back } => {
                    let (v, last) = pair!(var, to);
                    if self.budget == 0
                        || !(set_int(own, var, v + 1) || regs!().set(var, Value::Int(v + 1)))
                    {
                        return pc;
                    }
                    if v < last {
                        back!(back);
                    } else {
                        pc += 1;
                    }
                }
                Insn::Loop { to } => {
                    if self.budget == 0 {
                        return pc;
                    }
                    back!(to);
                }
                Insn::CountDown { t, exit } => match int(own, t) {
                    Some(n) if n > 0 => store!(t, n - 1),
                    _ => pc = exit as usize,
                },
                Insn::GetTail { d, stem, tail: t } => {
                    let by = self.code.tails[t as usize].whole;
                    match tail(
                        &regs!(),
                        &mut self.stems,
                        self.stem_base + stem as usize,
                        by,
                    ) {
                        Some(Slot::Val(Value::Int(v))) => store!(d, *v),
                        Some(Slot::Val(v)) => {
                            let v = v.clone();
                            done!(regs!().set(d, v));
                        }
                        _ => return pc,
                    }
                }
                Insn::SetTail { stem, tail: t, s } => {
                    let by = self.code.tails[t as usize].whole;
                    let Some(v) = regs!().value(&self.code, s).cloned() else {
                        return pc;
                    };
                    match tail(
                        &regs!(),
                        &mut self.stems,
                        self.stem_base + stem as usize,
                        by,
                    ) {
                        Some(Slot::Ref(_)) | None => return pc,
                        Some(slot) => {
                            *slot = Slot::Val(v);
                            pc += 1;
                        }
                    }
                }
                Insn::Arg { s } => match regs!().value(&self.code, s) {
                    Some(v) => {
                        self.args.push(Some(v.clone()));
                        pc += 1;
                    }
                    None => return pc,
                },
                Insn::Parse { parse, s } => {
                    let parse = &self.code.parses[parse as usize];
                    let mut window = Window {
                        below: &mut *below,
                        own: &mut *own,
                    };
                    let other = self.program.dialect.other_blank();
                    let room = &mut self.parsed;
                    done!(parse_value(
                        &self.code,
                        (parse, s),
                        &mut window,
                        room,
                        other
                    ));
                }
                Insn::CallExit { n: 1, d, bif } => {
                    let d = if d == NONE { RESULT } else { d };
                    let row = self.code.bifs[bif as usize];
                    match regs!().slot(d) {
                        Some(to) => {
                            done!(answer_from_lent(&mut self.lent, &mut self.args, row, to));
                        }
                        None => return pc,
                    }
                }
                Insn::TakeArg { d, n } if n < self.level.args_len => {
                    match self.args.get(self.args_start + n as usize) {
                        Some(Some(v)) => {
                            let v = v.clone();
                            done!(regs!().set(d, v));
                        }
                        _ => return pc,
                    }
                }
                Insn::CallLabel { n, d, label, live } => {
                    let plain = Rc::ptr_eq(&self.code, &self.program.code) && !self.tracing();
                    let entry = match self.code.entries.get(label as usize) {
                        Some(entry) if plain && self.budget > 0 => *entry,
                        _ => return pc,
                    };
                    self.budget -= 1;
                    self.pc = pc + 1;
                    self.call_entry(entry, usize::from(n), d, live);
                    moved!();
                }
                Insn::Procedure { list } if self.code.lists[list as usize].is_empty() => {
                    self.pc = pc + 1;
                    let code = Rc::clone(&self.code);
                    if self.procedure(&code, list).is_err() {
                        return pc;
                    }
                    moved!();
                }
                Insn::Return { s } => {
                    let Some(v) = regs!().value(&self.code, s).cloned() else {
                        return pc;
                    };
                    self.pc = pc + 1;
                    if self.return_quick(v).is_err() {
                        return pc;
                    }
                    moved!();
                }
                _ => return pc,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_numbers_add_up_within_digits() {
        for digits in 1..=20 {
            let limit = small::limit(digits);
            let near = Near::of(Settings::default().with_digits(digits));
            for v in [
                limit / 2,
                limit - 1,
                limit,
                i64::MAX,
                i64::MIN,
                -limit,
                4 - limit / 2,
            ] {
                assert!(!near.both(v, v) || (v + v).abs() < limit, "{v} {digits}");
            }
            assert!(near.both(0, 0) && near.both(-1, 1));
            assert!(near.both(limit / 4, 0), "{digits}");
        }
        let fuzzy = Near::of(Settings {
            fuzz: 1,
            ..Settings::default()
        });
        assert!(!fuzzy.both(1, 0) && !fuzzy.both(0, -1));
    }

    #[test]
    fn comparisons_of_numbers_and_of_characters() {
        assert_eq!(compares(Op::Lt, 9, 10), Some(true));
        assert_eq!(compares(Op::Ge, 10, 10), Some(true));
        assert_eq!(compares(Op::Ne, 10, 10), Some(false));
        assert_eq!(compares(Op::StrictEq, -3, -3), Some(true));
        assert_eq!(compares(Op::StrictGt, 10, 9), None);
    }
}
