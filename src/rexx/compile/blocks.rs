//! IF, SELECT and DO: matching what belongs together (ANSI X3.274 section 6.3; errors 7 to 10, 14, 28).

use super::Compiler;
use crate::rexx::Error;
use crate::rexx::ast::{Do, Expr, Kind, Limit, Target, Until};
use crate::rexx::code::{Insn, LoopInfo, NONE, Reg, Slot2, Tag};

/// A block that is open.
#[derive(Debug)]
pub enum Block {
    /// IF or WHEN was seen, THEN must come; `jump` is the jump around.
    Condition {
        jump: usize,
        when: bool,
        line: u32,
    },
    /// The instruction after THEN.
    Then {
        jump: usize,
        line: u32,
    },
    /// The instruction after ELSE.
    Else {
        over: usize,
        line: u32,
    },
    /// The instruction after WHEN … THEN.
    When {
        jump: usize,
        line: u32,
    },
    Select(Box<Select>),
    Do(Box<Group>),
}

/// An open SELECT.
#[derive(Debug, Default)]
pub struct Select {
    /// Jumps to its end.
    ends: Vec<usize>,
    whens: usize,
    otherwise: bool,
    line: u32,
}

/// An open DO.
#[derive(Debug, Default)]
pub struct Group {
    /// The name that END, LEAVE and ITERATE may give.
    name: Vec<u8>,
    repeats: bool,
    /// Where the loop goes on after END.
    back: Back,
    until: Option<usize>,
    /// Jumps to its exit, and to its END.
    exits: Vec<usize>,
    iterates: Vec<usize>,
    temps: u32,
    line: u32,
    clause: usize,
}

/// How a loop repeats.
#[derive(Debug, Default, Clone, Copy)]
enum Back {
    #[default]
    Never,
    To(u32),
    Step {
        info: u32,
        to: u32,
    },
}

impl Compiler<'_> {
    /// IF or WHEN.
    pub fn condition(&mut self, e: &Expr, when: bool) {
        let jump = self.jump_unless(e, if when { 2 } else { 1 });
        let line = self.clauses[self.clause].line;
        self.blocks.push(Block::Condition { jump, when, line });
    }

    /// THEN after its condition.
    pub fn then(&mut self) {
        match self.blocks.pop() {
            Some(Block::Condition { jump, when, line }) => {
                self.blocks.push(if when {
                    Block::When { jump, line }
                } else {
                    Block::Then { jump, line }
                });
            }
            other => {
                self.blocks.extend(other);
                self.raise(Error::bare(8, 1));
            }
        }
    }

    /// An ELSE that belongs to no IF.
    pub fn stray_else(&mut self) {
        self.raise(Error::bare(8, 2));
    }

    /// Closes what ends with the instruction just compiled. `next` is the clause that follows.
    pub fn instruction_done(&mut self) {
        loop {
            match self.blocks.last() {
                Some(&Block::Then { jump, line }) => {
                    self.blocks.pop();
                    if matches!(self.next_kind(), Some(Kind::Else)) {
                        let over = self.emit(Insn::Jump { to: 0 });
                        self.patch_here(jump);
                        self.clause += 1;
                        self.blocks.push(Block::Else { over, line });
                        self.clause_start();
                        return;
                    }
                    self.patch_here(jump);
                }
                Some(&Block::Else { over, .. }) => {
                    self.blocks.pop();
                    self.patch_here(over);
                }
                Some(&Block::When { jump, .. }) => {
                    self.blocks.pop();
                    let end = self.emit(Insn::Jump { to: 0 });
                    if let Some(Block::Select(select)) = self.blocks.last_mut() {
                        select.ends.push(end);
                    }
                    self.patch_here(jump);
                    return;
                }
                _ => return,
            }
        }
    }

    fn next_kind(&self) -> Option<&Kind> {
        self.clauses.get(self.clause + 1).map(|c| &c.kind)
    }

    /// SELECT.
    pub fn select(&mut self) {
        let line = self.clauses[self.clause].line;
        self.blocks.push(Block::Select(Box::new(Select {
            line,
            ..Select::default()
        })));
    }

    /// WHEN: only directly within a SELECT without OTHERWISE.
    pub fn when(&mut self, e: &Expr) {
        match self.blocks.last_mut() {
            Some(Block::Select(select)) if !select.otherwise => {
                select.whens += 1;
                self.condition(e, true);
            }
            _ => self.raise(Error::bare(9, 1)),
        }
    }

    /// OTHERWISE.
    pub fn otherwise(&mut self) {
        match self.blocks.last_mut() {
            Some(Block::Select(select)) if !select.otherwise && select.whens > 0 => {
                select.otherwise = true;
            }
            Some(Block::Select(select)) if !select.otherwise => {
                let line = select.line.to_string();
                select.otherwise = true;
                self.raise(Error::new(7, 1, &[line.as_bytes(), b"OTHERWISE"]));
            }
            _ => self.raise(Error::bare(9, 2)),
        }
    }

    /// Raises error 7 when a SELECT wants WHEN and something else stands here.
    pub fn check_select(&mut self) {
        let kind = &self.clauses[self.clause].kind;
        if matches!(
            kind,
            Kind::When(_) | Kind::Otherwise | Kind::End(_) | Kind::Error(_)
        ) {
            return;
        }
        if let Some(Block::Select(select)) = self.blocks.last()
            && !select.otherwise
        {
            let line = select.line.to_string();
            let sub = if select.whens == 0 { 1 } else { 2 };
            let clause = &self.clauses[self.clause];
            let found = self.code.text[clause.start as usize..clause.end as usize].to_vec();
            self.raise(Error::new(7, sub, &[line.as_bytes(), &found]));
        }
    }

    /// Raises error 18 when a condition's THEN is missing.
    pub fn check_then(&mut self) {
        if let Some(&Block::Condition { when, line, jump }) = self.blocks.last() {
            if matches!(self.clauses[self.clause].kind, Kind::Then) {
                return;
            }
            let clause = &self.clauses[self.clause];
            let found = self.code.text[clause.start as usize..clause.end as usize].to_vec();
            self.blocks.pop();
            self.patch_here(jump);
            let _ = line;
            self.raise(Error::new(18, if when { 2 } else { 1 }, &[&found]));
        }
    }

    /// DO.
    pub fn begin(&mut self, d: &Do) {
        let mut group = Group {
            name: d.name.clone(),
            temps: self.next_temp,
            line: self.clauses[self.clause].line,
            clause: self.clause,
            ..Group::default()
        };
        group.repeats =
            d.control.is_some() || !d.limits.is_empty() || d.forever || d.condition.is_some();
        if let Some((target, first)) = &d.control {
            self.controlled(d, target, first, &mut group);
        } else if let Some((_, count)) = d.limits.first() {
            let t = self.temp();
            let mark = self.next_temp;
            let s = self.expr(count);
            self.show(Tag::Result, s, None);
            self.next_temp = mark;
            self.emit(Insn::Count { why: 2, d: t, s });
            group.back = Back::To(self.here());
            let exit = self.emit(Insn::CountDown { t, exit: 0 });
            group.exits.push(exit);
        } else if group.repeats {
            group.back = Back::To(self.here());
        }
        match &d.condition {
            Some((Until::While, e)) => {
                let exit = self.jump_unless(e, 3);
                group.exits.push(exit);
            }
            Some((Until::Until, _)) => group.until = Some(self.clause),
            None => {}
        }
        self.blocks.push(Block::Do(Box::new(group)));
    }

    /// The set-up of `DO i = …`.
    fn controlled(&mut self, d: &Do, target: &Target, first: &Expr, group: &mut Group) {
        let start = self.temp();
        let mark = self.next_temp;
        let s = self.expr(first);
        self.show(Tag::Result, s, None);
        self.next_temp = mark;
        self.emit(Insn::Number {
            why: 6,
            d: start,
            s,
        });
        let mut info = LoopInfo {
            control: self.slot(target),
            to: NONE,
            by: NONE,
            count: NONE,
        };
        for (limit, e) in &d.limits {
            let t = self.temp();
            let mark = self.next_temp;
            let s = self.expr(e);
            self.show(Tag::Result, s, None);
            self.next_temp = mark;
            match limit {
                Limit::To => {
                    self.emit(Insn::Number { why: 4, d: t, s });
                    info.to = t;
                }
                Limit::By => {
                    self.emit(Insn::Number { why: 5, d: t, s });
                    info.by = t;
                }
                Limit::For | Limit::Count => {
                    self.emit(Insn::Count { why: 3, d: t, s });
                    info.count = t;
                }
            }
        }
        self.store(target, start);
        self.code.loops.push(info);
        let l = self.code.loops.len() as u32 - 1;
        let exit = self.emit(Insn::Test { l, exit: 0 });
        group.exits.push(exit);
        group.back = Back::Step {
            info: l,
            to: self.here(),
        };
    }

    /// END.
    pub fn end(&mut self, name: Option<&[u8]>) {
        if name.is_some()
            && let Some(Block::Select(select)) = self.blocks.last_mut()
        {
            // Its instructions come to the bad END too.
            for end in std::mem::take(&mut select.ends) {
                self.patch_here(end);
            }
        }
        match self.blocks.last() {
            Some(Block::Do(group)) if name.is_none_or(|n| n == group.name.as_slice()) => {}
            Some(Block::Do(group)) => {
                let (line, own) = (group.line.to_string(), group.name.clone());
                let found = name.unwrap_or_default().to_vec();
                let sub = if own.is_empty() { 3 } else { 2 };
                self.raise(Error::new(10, sub, &[&own, line.as_bytes(), &found]));
            }
            Some(Block::Select(select)) if name.is_some() => {
                let line = select.line.to_string();
                let found = name.unwrap_or_default().to_vec();
                self.close_branches();
                self.raise(Error::new(10, 4, &[line.as_bytes(), &found]));
            }
            Some(Block::Select(_)) => {}
            Some(Block::Then { .. } | Block::When { .. }) => {
                self.raise(Error::bare(10, 5));
                return self.instruction_done();
            }
            Some(Block::Else { .. }) => {
                self.raise(Error::bare(10, 6));
                return self.instruction_done();
            }
            _ => return self.raise(Error::bare(10, 1)),
        }
        match self.blocks.pop() {
            Some(Block::Do(group)) => self.end_group(*group),
            Some(Block::Select(select)) => self.end_select(*select),
            _ => {}
        }
        self.instruction_done();
    }

    /// Whatever branch of the SELECT ran goes on here.
    fn close_branches(&mut self) {
        if let Some(Block::Select(select)) = self.blocks.last_mut() {
            let ends = std::mem::take(&mut select.ends);
            ends.into_iter().for_each(|end| self.patch_here(end));
        }
    }

    fn end_select(&mut self, select: Select) {
        if !select.otherwise {
            let line = select.line.to_string();
            self.raise(if select.whens == 0 {
                Error::new(7, 1, &[line.as_bytes(), b"END"])
            } else {
                Error::new(7, 3, &[line.as_bytes()])
            });
        }
        for end in select.ends {
            self.patch_here(end);
        }
    }

    fn end_group(&mut self, group: Group) {
        for at in group.iterates {
            self.patch_here(at);
        }
        let mut exits = group.exits;
        if let Some(clause) = group.until
            && let Kind::Do(d) = &self.clauses[clause].kind
            && let Some((_, e)) = &d.condition
        {
            let again = self.until(e);
            exits.push(self.emit(Insn::Jump { to: 0 }));
            self.patch_here(again);
        }
        if group.repeats {
            self.clause_again(group.clause);
        }
        match group.back {
            Back::Never => {}
            Back::To(to) => {
                self.code.backs.push(to);
                self.code.rounds.push(group.clause as u32);
                self.emit(Insn::Loop { to });
            }
            Back::Step { info, to } => {
                self.code.backs.push(to);
                self.code.rounds.push(group.clause as u32);
                self.step(info, to);
            }
        }
        for at in exits {
            self.patch_here(at);
        }
        self.next_temp = group.temps;
    }

    /// The jump back of `DO i = …`.
    fn step(&mut self, l: u32, back: u32) {
        let info = &self.code.loops[l as usize];
        let insn = match info.control {
            Slot2::Simple(var) if info.to != NONE && info.by == NONE && info.count == NONE => {
                Insn::StepTo {
                    var,
                    to: info.to,
                    back,
                }
            }
            _ => Insn::Step { l, back },
        };
        self.emit(insn);
    }

    /// The test of UNTIL: jumps when the loop goes on.
    fn until(&mut self, e: &Expr) -> usize {
        self.jump_unless(e, 4)
    }

    /// LEAVE or ITERATE.
    pub fn leave(&mut self, name: Option<&[u8]>, iterate: bool) {
        let found = self.blocks.iter().rposition(|b| match b {
            Block::Do(g) => g.repeats && name.is_none_or(|n| n == g.name.as_slice()),
            _ => false,
        });
        let Some(at) = found else {
            let in_loop = |b: &Block| matches!(b, Block::Do(g) if g.repeats);
            let named = name.is_some() && self.blocks.iter().any(in_loop);
            let sub = match (named, iterate) {
                (false, false) => 1,
                (false, true) => 2,
                (true, false) => 3,
                (true, true) => 4,
            };
            return self.raise(Error::new(28, sub, &[name.unwrap_or_default()]));
        };
        let jump = self.emit(Insn::Jump { to: 0 });
        if let Block::Do(group) = &mut self.blocks[at] {
            if iterate {
                group.iterates.push(jump);
            } else {
                group.exits.push(jump);
            }
        }
    }

    /// At the end of the text: error 14 for the innermost open block, if any.
    pub fn unfinished(&mut self) {
        let Some(block) = self.blocks.pop() else {
            return;
        };
        let (sub, line, jump) = match &block {
            Block::Do(g) => (1, g.line, None),
            Block::Select(s) => (2, s.line, None),
            Block::Then { line, jump } | Block::When { line, jump } => (3, *line, Some(*jump)),
            Block::Else { line, .. } => (4, *line, None),
            Block::Condition { line, when, jump } => {
                let (line, jump, sub) = (*line, *jump, if *when { 2 } else { 1 });
                self.patch_here(jump);
                let _ = line;
                self.raise(Error::new(18, sub, &[b""]));
                return self.unfinished();
            }
        };
        if let Some(jump) = jump {
            self.patch_here(jump);
        }
        if let Block::Do(group) = &block {
            for at in group.exits.iter().chain(&group.iterates) {
                let at = *at;
                self.patch_here(at);
            }
        }
        if let Block::Select(select) = &block {
            for at in &select.ends {
                let at = *at;
                self.patch_here(at);
            }
        }
        if let Block::Else { over, .. } = &block {
            let over = *over;
            self.patch_here(over);
        }
        let mut error = Error::new(14, sub, &[line.to_string().as_bytes()]);
        error.line = line as usize;
        self.raise(error);
        self.unfinished();
    }

    /// Stores a register in a variable.
    pub fn store(&mut self, target: &Target, s: Reg) {
        match self.slot(target) {
            Slot2::Simple(d) => self.emit(Insn::Move { d, s }),
            Slot2::Stem(stem) => self.emit(Insn::SetStem { stem, s }),
            Slot2::Compound(stem, tail) => {
                self.show(Tag::Compound, stem, Some(tail));
                self.emit(Insn::SetTail { stem, tail, s })
            }
        };
    }
}
