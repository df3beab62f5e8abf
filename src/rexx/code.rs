//! Register bytecode: instructions, and the tables that they point into.
//!
//! A register is a place in the window of the current procedure level: the program's variables first,
//! then temporaries, then variables whose names came up while running. A register with [`CONST`] set
//! is a constant of the code instead.

use std::rc::Rc;

use super::ast::{Condition, Fold, Named, Op, Part, Prefix, StemId, Target, TrapKind};
use super::bif::Bif;
use super::{Error, Keep, Value};

/// A place in the window, or a constant.
pub type Reg = u32;
/// Marks a register number as that of a constant.
pub const CONST: Reg = 1 << 31;
/// No register.
pub const NONE: Reg = u32::MAX;

/// One instruction; 16 bytes.
#[derive(Debug, Clone, Copy)]
pub enum Insn {
    /// A clause starts; only in traced code.
    Clause(u32),
    /// A loop goes round to this clause; only in traced code.
    ClauseAgain(u32),
    /// A clause starts, in plain code where a CALL trap or a change of tracing may wait for that.
    Check,
    Move {
        d: Reg,
        s: Reg,
    },
    GetStem {
        d: Reg,
        stem: StemId,
    },
    GetTail {
        d: Reg,
        stem: StemId,
        tail: u32,
    },
    SetStem {
        stem: StemId,
        s: Reg,
    },
    SetTail {
        stem: StemId,
        tail: u32,
        s: Reg,
    },
    Add {
        d: Reg,
        a: Reg,
        b: Reg,
    },
    Sub {
        d: Reg,
        a: Reg,
        b: Reg,
    },
    Mul {
        d: Reg,
        a: Reg,
        b: Reg,
    },
    IntDiv {
        d: Reg,
        a: Reg,
        b: Reg,
    },
    Rem {
        d: Reg,
        a: Reg,
        b: Reg,
    },
    /// `/` and `**`.
    Arith {
        op: Op,
        d: Reg,
        a: Reg,
        b: Reg,
    },
    /// Adds a constant; a negative one was written with a minus.
    AddI {
        d: Reg,
        a: Reg,
        i: i32,
    },
    MulI {
        d: Reg,
        a: Reg,
        i: i32,
    },
    IntDivI {
        d: Reg,
        a: Reg,
        i: i32,
    },
    RemI {
        d: Reg,
        a: Reg,
        i: i32,
    },
    Prefix {
        op: Prefix,
        d: Reg,
        a: Reg,
    },
    Compare {
        op: Op,
        d: Reg,
        a: Reg,
        b: Reg,
    },
    Logic {
        op: Op,
        d: Reg,
        a: Reg,
        b: Reg,
    },
    /// `d = a || b`, with a blank between or not.
    Concat {
        d: Reg,
        a: Reg,
        b: Reg,
    },
    ConcatBlank {
        d: Reg,
        a: Reg,
        b: Reg,
    },
    ConcatN {
        d: Reg,
        list: u32,
    },
    /// Adds up variables and constants of a list, or takes them away, from left to right.
    Sum {
        d: Reg,
        list: u32,
    },
    /// Jumps when the comparison does not hold.
    JumpUnless {
        op: Op,
        a: Reg,
        b: Reg,
        to: u32,
    },
    JumpUnlessI {
        op: Op,
        a: Reg,
        i: i32,
        to: u32,
    },
    /// Jumps when the value is 0; `why` is the subcode of error 34.
    JumpFalse {
        why: u8,
        a: Reg,
        to: u32,
    },
    Jump {
        to: u32,
    },
    /// A jump back: looks for interrupts and fuel.
    Loop {
        to: u32,
    },
    /// Pushes an argument.
    Arg {
        s: Reg,
    },
    ArgNone,
    CallLabel {
        n: u16,
        d: Reg,
        label: u32,
        live: u32,
    },
    CallBif {
        n: u16,
        d: Reg,
        bif: u32,
    },
    CallNamed {
        n: u16,
        d: Reg,
        name: u32,
    },
    /// Calls a built-in function that whoever is above answers.
    CallExit {
        n: u16,
        d: Reg,
        bif: u32,
    },
    CallComputed {
        n: u16,
        s: Reg,
        live: u32,
    },
    Return {
        s: Reg,
    },
    Exit {
        s: Reg,
    },
    Procedure {
        list: u32,
    },
    TakeArg {
        d: Reg,
        n: u32,
    },
    Drop {
        list: u32,
    },
    Upper {
        list: u32,
    },
    Parse {
        parse: u32,
        s: Reg,
    },
    /// Reads a line into `d` from the stack or the terminal.
    Pull {
        d: Reg,
    },
    PullTerminal {
        d: Reg,
    },
    Say {
        s: Reg,
    },
    Push {
        s: Reg,
    },
    Queue {
        s: Reg,
    },
    /// A command; `env` and `with` are [`NONE`] for the current environment and its redirections.
    Command {
        s: Reg,
        env: Reg,
        with: u32,
    },
    AddressSet {
        s: Reg,
        with: u32,
    },
    AddressSwap,
    Interpret {
        s: Reg,
        live: u32,
    },
    Signal {
        label: u32,
    },
    SignalValue {
        s: Reg,
    },
    Trap {
        trap: u32,
    },
    Numeric {
        what: NumericSet,
        s: Reg,
    },
    Options {
        s: Reg,
    },
    TraceSet {
        s: Reg,
    },
    Raise {
        error: u32,
    },
    /// Checks a count: a whole number, not negative; `why` is the subcode of error 26.
    Count {
        why: u8,
        d: Reg,
        s: Reg,
    },
    /// Makes a number of a DO's value; `why` is the subcode of error 41.
    Number {
        why: u8,
        d: Reg,
        s: Reg,
    },
    /// Leaves a counted loop at zero, else counts down.
    CountDown {
        t: Reg,
        exit: u32,
    },
    /// The first test of a controlled loop.
    Test {
        l: u32,
        exit: u32,
    },
    /// Steps a controlled loop and jumps back unless it is over.
    Step {
        l: u32,
        back: u32,
    },
    /// The same for a simple variable, a step of one and TO alone.
    StepTo {
        var: Reg,
        to: Reg,
        back: u32,
    },
    /// Shows a value in traced code.
    Show {
        tag: Tag,
        s: Reg,
        name: u32,
    },
    /// The end of the code.
    End,
}

const _: () = assert!(size_of::<Insn>() == 16);

/// The three-character tags of trace lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    Compound,
    Function,
    Literal,
    Operation,
    Prefix,
    /// The value of a clause's expression.
    Result,
    /// A value that PARSE assigns or CALL brings back.
    Assigned,
    Variable,
    Placeholder,
}

impl Tag {
    /// The tag as it is shown.
    pub fn text(self) -> &'static str {
        match self {
            Tag::Compound => ">C>",
            Tag::Function => ">F>",
            Tag::Literal => ">L>",
            Tag::Operation => ">O>",
            Tag::Prefix => ">P>",
            Tag::Result | Tag::Assigned => ">>>",
            Tag::Variable => ">V>",
            Tag::Placeholder => ">.>",
        }
    }
}

/// What NUMERIC sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumericSet {
    Digits,
    Fuzz,
    Form,
}

/// A controlled loop.
#[derive(Debug, Clone)]
pub struct LoopInfo {
    pub control: Slot2,
    /// Limit, step and count, or [`NONE`].
    pub to: Reg,
    pub by: Reg,
    pub count: Reg,
}

/// A variable as the code addresses it.
#[derive(Debug, Clone)]
pub enum Slot2 {
    Simple(Reg),
    Stem(StemId),
    Compound(StemId, u32),
}

/// A name in DROP or EXPOSE.
#[derive(Debug, Clone)]
pub enum NameRef {
    Direct(Slot2),
    Indirect(Slot2),
}

/// A part of a tail, with registers.
#[derive(Debug, Clone)]
pub enum TailPart {
    Reg(Reg),
    Text(Vec<u8>),
}

/// A compiled tail.
#[derive(Debug, Clone)]
pub struct Tail {
    pub parts: Vec<TailPart>,
    /// The registers of a tail of one or two variables and nothing else; else [`NONE`].
    pub whole: (Reg, Reg),
}

/// A routine called by name.
#[derive(Debug, Clone)]
pub struct Called {
    pub name: Vec<u8>,
    pub quoted: bool,
}

/// The redirections of ADDRESS WITH.
#[derive(Debug)]
pub struct WithCode {
    pub input: IoCode,
    pub output: IoCode,
    pub error: IoCode,
}

/// Where a command's input comes from or its output goes.
#[derive(Debug, Clone, Copy)]
pub enum IoCode {
    Normal,
    Stream(Keep, Reg),
    Stem(Keep, StemId),
}

/// SIGNAL ON and its like.
#[derive(Debug, Clone)]
pub struct TrapSet {
    pub condition: Condition,
    pub by: TrapKind,
    pub label: Option<Rc<[u8]>>,
}

/// A compiled PARSE.
#[derive(Debug)]
pub struct ParseCode {
    pub fold: Fold,
    pub caseless: bool,
    pub source: Source,
    pub templates: Vec<TemplateCode>,
}

/// A compiled template.
#[derive(Debug)]
pub struct TemplateCode {
    pub steps: Vec<StepCode>,
    /// The same as one list of small operations; empty where each step is to be seen or weighed.
    pub moves: Vec<Move>,
    /// The variables that the moves search for.
    pub needs: Vec<Reg>,
    /// The moves lead to the end of the template.
    pub whole: bool,
}

impl ParseCode {
    /// The template, where there is one and it is all moves, and the text is in a register.
    #[inline]
    pub fn quick(&self) -> Option<&TemplateCode> {
        match self.templates.as_slice() {
            [template] if template.whole && self.source == Source::Register => Some(template),
            _ => None,
        }
    }
}

/// A small operation of a template. A pattern sets the piece in hand, and words are taken from it.
#[derive(Debug, Clone, Copy)]
pub enum Move {
    /// The piece ends where the text ends.
    End,
    /// The piece ends at this byte, at a few bytes, or at the text of this step.
    Byte(u8),
    Few(Few),
    Text(u32),
    /// The piece ends at the value of a variable, which this step names.
    Variable(Reg, u32),
    /// The piece ends at a position: counted from 0, or so far from the last one.
    At(u32),
    Plus(u32),
    Minus(u32),
    /// Takes the next word into a variable, or drops it.
    Word(Reg),
    SkipWord,
    /// Takes what is left of the piece.
    Rest(Reg),
    /// A piece up to a byte, or up to the end, that a variable takes whole.
    Upto(u8, Reg),
    All(Reg),
    /// From this step on the steps themselves are to be followed.
    Step(u32),
}

/// One to eight bytes, the first one lowest.
#[derive(Debug, Clone, Copy)]
pub struct Few {
    pub bytes: u64,
    pub length: u8,
}

impl Few {
    /// These bytes, which are one to eight.
    #[inline]
    pub fn of(text: &[u8]) -> Few {
        let bytes = text.iter().rev().fold(0, |v, b| v << 8 | u64::from(*b));
        let length = text.len() as u8;
        Few { bytes, length }
    }
}

/// Where the text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Arg,
    Register,
    Numeric,
    /// PARSE SOURCE.
    Program,
    Version,
}

/// A compiled template step.
#[derive(Debug)]
pub struct StepCode {
    pub targets: Vec<Option<Slot2>>,
    pub pattern: PatternCode,
}

/// A compiled pattern.
#[derive(Debug)]
pub enum PatternCode {
    End,
    Text(Vec<u8>),
    Variable(Slot2),
    At(PlaceCode),
    Plus(PlaceCode),
    Minus(PlaceCode),
}

/// A column or distance.
#[derive(Debug)]
pub enum PlaceCode {
    Number(i64),
    Variable(Slot2),
}

/// The clause an instruction belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    pub line: u32,
    pub start: u32,
    pub end: u32,
    /// How deep it is nested, for the indentation of trace lines.
    pub depth: u16,
    pub what: ClauseKind,
}

/// What a clause is, as far as tracing asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClauseKind {
    Label,
    /// It cannot safely run again, so interactive tracing does not pause after it.
    Passing,
    Other,
}

/// Compiled code: of a program, or of an INTERPRET text.
#[derive(Default)]
pub struct Code {
    pub insns: Vec<Insn>,
    /// The clause of each instruction.
    pub clause_of: Vec<u32>,
    pub spans: Vec<Span>,
    /// Where each clause starts, by number.
    pub starts: Vec<u32>,
    /// Where loops go back to, in the order of their ENDs: the same in plain and in traced code.
    pub backs: Vec<u32>,
    /// The DO clauses of these loops.
    pub rounds: Vec<u32>,
    pub consts: Vec<Value>,
    pub tails: Vec<Tail>,
    pub loops: Vec<LoopInfo>,
    pub lists: Vec<Vec<NameRef>>,
    /// What is joined, each after a blank or not; what is added up, each taken away or not.
    pub concats: Vec<Vec<(bool, Reg)>>,
    pub sums: Vec<Vec<(bool, Reg)>>,
    pub called: Vec<Called>,
    pub bifs: Vec<&'static Bif>,
    pub traps: Vec<TrapSet>,
    pub withs: Vec<WithCode>,
    pub parses: Vec<ParseCode>,
    pub errors: Vec<Error>,
    /// Entry points of the labels, by label number: for CALL and for SIGNAL.
    pub entries: Vec<Entry>,
    /// The source text that the spans point into.
    pub text: Rc<[u8]>,
    /// Whether the code shows its clauses.
    pub traced: bool,
    /// Whether every clause looks for CALL traps that wait.
    pub checks: bool,
    /// How many of the first temporaries hold numbers that the text was given.
    pub given: u32,
}

impl Code {
    /// The clauses that are wrong however the program runs, each with its first error, in their order.
    pub fn faults(&self) -> Vec<(u32, &Error)> {
        // Behind the end stands what runs from labels within blocks.
        let own = self.clause_of.iter().zip(&self.insns);
        let own = own.take_while(|(_, insn)| !matches!(insn, Insn::End));
        let mut faults: Vec<(u32, &Error)> = own
            .filter_map(|(clause, insn)| match insn {
                Insn::Raise { error } => Some((*clause, self.errors.get(*error as usize)?)),
                _ => None,
            })
            .filter(|(_, error)| error.is_of_syntax())
            .collect();
        faults.sort_by_key(|f| f.0);
        faults.dedup_by_key(|f| f.0);
        faults
    }

    /// The first of them, with its line.
    pub fn first_fault(&self) -> Option<(u32, Error)> {
        let (clause, error) = self.faults().into_iter().next()?;
        let mut error = error.clone();
        if error.line == 0 {
            error.line = self.spans.get(clause as usize)?.line as usize;
        }
        Some((clause, error))
    }

    /// A target as this code addresses it.
    pub fn slot(&mut self, target: &Target, layout: Layout) -> Slot2 {
        match target {
            Target::Simple(id) => Slot2::Simple(layout.var(*id)),
            Target::Stem(stem) => Slot2::Stem(*stem),
            Target::Compound(stem, parts) => {
                self.tails.push(tail_of(parts, layout));
                Slot2::Compound(*stem, self.tails.len() as u32 - 1)
            }
        }
    }
}

/// Where a label is entered.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub call: u32,
    pub signal: u32,
    /// The routine starts with PROCEDURE.
    pub procedure: bool,
    /// The label stands within a block.
    pub inner: bool,
}

/// An entry of a label not compiled yet.
pub const UNSEEN: u32 = u32::MAX;
/// An entry of a label that is compiled after everything else.
pub const PENDING: u32 = u32::MAX - 1;

impl Entry {
    /// An entry not compiled yet.
    pub const UNSEEN: Entry = Entry {
        call: UNSEEN,
        signal: UNSEEN,
        procedure: false,
        inner: false,
    };
}

/// Where registers lie in the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Layout {
    /// Variables that the program names.
    pub vars: u32,
    /// Temporaries after them.
    pub temps: u32,
}

impl Layout {
    /// The register of a variable.
    pub fn var(self, id: u32) -> Reg {
        if id < self.vars { id } else { id + self.temps }
    }

    /// The variable of a register; `None` for a temporary.
    pub fn id(self, reg: Reg) -> Option<u32> {
        if reg < self.vars {
            Some(reg)
        } else {
            reg.checked_sub(self.vars + self.temps)
                .map(|extra| extra + self.vars)
        }
    }
}

/// Turns a target's parts into registers.
pub fn tail_of(parts: &[Part], layout: Layout) -> Tail {
    let parts: Vec<TailPart> = parts
        .iter()
        .map(|p| match p {
            Part::Var(id) => TailPart::Reg(layout.var(*id)),
            Part::Text(text) => TailPart::Text(text.clone()),
        })
        .collect();
    let whole = match parts.as_slice() {
        [TailPart::Reg(a)] => (*a, NONE),
        [TailPart::Reg(a), TailPart::Reg(b)] => (*a, *b),
        _ => (NONE, NONE),
    };
    Tail { parts, whole }
}

/// Names as the syntax tree has them.
pub fn target_of(named: &Named) -> (&Target, bool) {
    match named {
        Named::Direct(t) => (t, false),
        Named::Indirect(t) => (t, true),
    }
}
