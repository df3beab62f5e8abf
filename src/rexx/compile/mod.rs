//! Clauses to bytecode. Blocks are matched here, with a stack of open ones; a clause that does not
//! fit becomes an instruction that raises its error when it is reached.

mod blocks;
mod clauses;
mod expr;

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::ast::{Clause, Kind, Target};
use super::code::{CONST, ClauseKind, Code, Entry, Insn, Layout, Reg, Slot2, Span};
use super::names::Names;
use super::{Error, Value};
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
            text,
            traced: flavour == Flavour::Traced,
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
    for clause in clauses {
        if let Kind::Label(name) = &clause.kind {
            let next = labels.len() as u32;
            labels.entry(name.as_slice().into()).or_insert(next);
        }
    }
    labels
}

fn span(clause: &Clause) -> Span {
    Span {
        line: clause.line,
        start: clause.start,
        end: clause.end,
        depth: 0,
        what: match clause.kind {
            Kind::Label(_) => ClauseKind::Label,
            Kind::Command(_) => ClauseKind::Command,
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
        let key = value.to_vec();
        if let Some(reg) = self.constants.get(&key) {
            return *reg;
        }
        let reg = CONST | self.code.consts.len() as u32;
        self.code.consts.push(value);
        self.constants.insert(key, reg);
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
