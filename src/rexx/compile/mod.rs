//! Clauses to bytecode. Blocks are matched here, with a stack of open ones; a clause that does not
//! fit becomes an instruction that raises its error when it is reached.

mod blocks;
mod clauses;
mod expr;
mod template;

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::ast::{Call, Clause, Expr, Kind, Target, TrapKind};
use super::code::{CONST, ClauseKind, Code, Entry, Insn, Layout, Reg, Slot2, Span};
use super::names::Names;
use super::{Dialect, Error, Value};
use blocks::Block;

/// The labels of a program: name to number.
pub type Labels = FxHashMap<Rc<[u8]>, u32>;

/// What the code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// Runs at full speed; clauses leave no trace.
    Plain,
    /// Shows every clause and value, as TRACE asks.
    Traced,
}

/// What is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A program: decides the layout of the window.
    Program,
    /// A program again, with the layout it has.
    Again(Layout),
    /// A text of INTERPRET, in a program's layout, with this many numbers given in the first
    /// temporaries.
    Interpret(Layout, u32),
}

/// Compiles clauses. Gives the code and the window's layout.
pub fn compile(
    clauses: &[Clause],
    text: Rc<[u8]>,
    names: &mut Names,
    labels: &Labels,
    unit: Unit,
    flavour: Flavour,
) -> (Code, Layout) {
    let layout = match unit {
        Unit::Program => Layout {
            vars: names.vars() as u32,
            temps: 0,
        },
        Unit::Again(layout) | Unit::Interpret(layout, _) => layout,
    };
    let fold = unit == Unit::Program
        && flavour == Flavour::Plain
        && !clauses
            .iter()
            .any(|c| matches!(c.kind, Kind::Numeric(_) | Kind::Interpret(_)));
    let mut c = Compiler {
        clauses,
        names,
        labels,
        layout,
        unit,
        flavour,
        fold,
        code: Code {
            traced: flavour == Flavour::Traced,
            checks: flavour == Flavour::Traced || wants_checks(clauses, &text),
            text,
            entries: vec![Entry::UNSEEN; labels.len()],
            ..Code::default()
        },
        constants: FxHashMap::default(),
        next_temp: 0,
        max_temp: 0,
        clause: 0,
        blocks: Vec::new(),
        starts: vec![u32::MAX; clauses.len()],
        inner: Vec::new(),
    };
    if let Unit::Interpret(_, given) = unit {
        c.code.given = given;
        for _ in 0..given {
            c.temp();
        }
    }
    c.code.spans = clauses.iter().map(span).collect();
    c.everything();
    let layout = match unit {
        Unit::Program => Layout {
            temps: c.max_temp,
            ..layout
        },
        Unit::Again(layout) | Unit::Interpret(layout, _) => layout,
    };
    (c.code, layout)
}

/// The labels of a program's clauses; of several with one name the first counts.
pub fn labels_of(clauses: &[Clause]) -> Labels {
    let mut labels = Labels::default();
    let readable = clauses.iter().take_while(|c| !is_unreadable(c));
    for clause in readable {
        if let Kind::Label(name) = &clause.kind {
            let next = labels.len() as u32;
            labels.entry(name.as_slice().into()).or_insert(next);
        }
    }
    labels
}

/// Whether clauses must look for what waits for their start: CALL ON is used, or the function TRACE.
fn wants_checks(clauses: &[Clause], text: &[u8]) -> bool {
    let asks = |kind: &Kind| match kind {
        Kind::Trap(trap) => trap.by == TrapKind::Call && trap.label.is_some(),
        Kind::Call(call) => matches!(&**call, Call::Routine(r) if r.name == b"TRACE"),
        _ => false,
    };
    clauses.iter().any(|c| asks(&c.kind))
        || memchr::memchr_iter(b'(', text).any(|at| {
            at.checked_sub(5)
                .is_some_and(|from| text[from..at].eq_ignore_ascii_case(b"TRACE"))
        })
}

/// The language level that a program asks for by an OPTIONS as its first clause; the last word counts.
pub fn own_dialect(clauses: &[Clause], names: &Names) -> Option<Dialect> {
    let words = match &clauses.first()?.kind {
        Kind::Options(Expr::Const(words)) => words.to_vec(),
        Kind::Options(Expr::Var(id)) => names.var_name(*id).to_vec(),
        _ => return None,
    };
    words
        .split(|b| *b == b' ')
        .filter_map(Dialect::named)
        .next_back()
}

/// The first clause that cannot be cut into tokens: a search for a label ends there with its error.
pub fn unreadable(clauses: &[Clause]) -> Option<Error> {
    let clause = clauses.iter().find(|c| is_unreadable(c))?;
    let Kind::Error(error) = &clause.kind else {
        return None;
    };
    let mut error = error.clone();
    error.line = clause.line as usize;
    Some(error)
}

fn is_unreadable(clause: &Clause) -> bool {
    matches!(&clause.kind, Kind::Error(e) if matches!(e.number, 6 | 12 | 13 | 22 | 30))
}

fn span(clause: &Clause) -> Span {
    Span {
        line: clause.line,
        start: clause.start,
        end: clause.end,
        depth: 0,
        what: match clause.kind {
            Kind::Label(_) => ClauseKind::Label,
            Kind::Call(_)
            | Kind::Else
            | Kind::End(_)
            | Kind::Exit(_)
            | Kind::Iterate(_)
            | Kind::Leave(_)
            | Kind::Otherwise
            | Kind::Return(_)
            | Kind::Signal(_)
            | Kind::SignalValue(_)
            | Kind::Then => ClauseKind::Passing,
            _ => ClauseKind::Other,
        },
    }
}

struct Compiler<'a> {
    clauses: &'a [Clause],
    names: &'a mut Names,
    labels: &'a Labels,
    layout: Layout,
    unit: Unit,
    flavour: Flavour,
    /// Whether constants may be worked out now: no NUMERIC can change what they give.
    fold: bool,
    code: Code,
    constants: FxHashMap<Vec<u8>, Reg>,
    next_temp: u32,
    max_temp: u32,
    /// The clause in hand.
    clause: usize,
    blocks: Vec<Block>,
    /// Where clauses outside all blocks start.
    starts: Vec<u32>,
    /// Labels that stand within blocks, with the clause after them.
    inner: Vec<(u32, usize)>,
}

impl<'a> Compiler<'a> {
    fn here(&self) -> u32 {
        self.code.insns.len() as u32
    }

    /// Adds an instruction; gives its place.
    fn emit(&mut self, insn: Insn) -> usize {
        let at = self.code.insns.len();
        self.code.insns.push(insn);
        let clause = self.clause.min(self.clauses.len().saturating_sub(1));
        self.code.clause_of.push(clause as u32);
        at
    }

    /// Sets the target of the jump at a place.
    fn patch(&mut self, at: usize, target: u32) {
        match &mut self.code.insns[at] {
            Insn::Jump { to }
            | Insn::Loop { to }
            | Insn::JumpFalse { to, .. }
            | Insn::JumpUnless { to, .. }
            | Insn::JumpUnlessI { to, .. }
            | Insn::CountDown { exit: to, .. }
            | Insn::Test { exit: to, .. } => *to = target,
            _ => {}
        }
    }

    /// Sets the target of a jump to here.
    fn patch_here(&mut self, at: usize) {
        let here = self.here();
        self.patch(at, here);
    }

    fn raise(&mut self, error: Error) {
        let number = self.code.errors.len() as u32;
        self.code.errors.push(error);
        self.emit(Insn::Raise { error: number });
    }

    fn constant(&mut self, value: &Value) -> Reg {
        let value = value.clone().normal();
        if let Some(reg) = value.with_bytes(|key| self.constants.get(key)) {
            return *reg;
        }
        let reg = CONST | self.code.consts.len() as u32;
        self.constants.insert(value.to_vec(), reg);
        self.code.consts.push(value);
        reg
    }

    /// A new temporary; it is free again when `next_temp` is set back.
    fn temp(&mut self) -> Reg {
        let k = self.next_temp;
        self.next_temp += 1;
        self.max_temp = self.max_temp.max(self.next_temp);
        self.temp_reg(k)
    }

    fn temp_reg(&mut self, k: u32) -> Reg {
        if self.unit == Unit::Program || k < self.layout.temps {
            return self.layout.vars + k;
        }
        // More temporaries than the program has: a nameless variable each.
        let id = self.names.var(format!("\0{k}").as_bytes());
        self.layout.var(id)
    }

    fn slot(&mut self, target: &Target) -> Slot2 {
        self.code.slot(target, self.layout)
    }

    fn tail(&mut self, parts: &[super::ast::Part]) -> u32 {
        self.code
            .tails
            .push(super::code::tail_of(parts, self.layout));
        self.code.tails.len() as u32 - 1
    }
}
