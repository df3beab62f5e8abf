//! The virtual machine: runs bytecode until it needs something from whoever is above.
//!
//! Calls, INTERPRET and trapped conditions push frames on the Vm's own stack, so that programs nest as
//! deep as memory allows. Nothing here reads or writes anything outside the struct.

mod flow;
mod host;
mod ops;
mod run;
mod store;
mod template;
mod trace;
mod vars;

use std::collections::VecDeque;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::ast::{Condition, TrapKind};
use super::code::{Code, Layout, Reg};
use super::compile::{self, Flavour, Labels, Unit};
use super::names::Names;
use super::{Dialect, Exit, Interrupt, Invocation, Reply, Value, parse};
use crate::base::codepage::CodePage;
use crate::base::random::Random;
use crate::num::{Settings as Numeric, SmallRule, small};
use store::{Slot, StemSlot};

/// A compiled program: shared by all that run it.
pub struct Program {
    text: Rc<[u8]>,
    dialect: Dialect,
    names: Names,
    labels: Labels,
    layout: Layout,
    code: Rc<Code>,
    /// Where each line starts.
    lines: Vec<u32>,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program")
            .field("lines", &self.lines.len())
            .finish_non_exhaustive()
    }
}

impl Program {
    pub(super) fn new(source: &[u8], dialect: Dialect) -> Program {
        let text: Rc<[u8]> = source.into();
        let mut names = Names::new();
        let clauses = parse::parse(source, &mut names, dialect);
        let labels = compile::labels_of(&clauses);
        let (code, layout) = compile::compile(
            &clauses,
            Rc::clone(&text),
            &mut names,
            &labels,
            Unit::Program,
            Flavour::Plain,
        );
        let mut lines = vec![0];
        lines.extend(memchr::memchr_iter(b'\n', source).map(|at| at as u32 + 1));
        if source.last() == Some(&b'\n') || source.is_empty() {
            lines.pop();
        }
        Program {
            text,
            dialect,
            names,
            labels,
            layout,
            code: Rc::new(code),
            lines,
        }
    }

    /// The source text as it was given.
    pub fn source(&self) -> &[u8] {
        &self.text
    }

    /// The language level it was compiled for.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// How many lines the source has.
    pub fn lines(&self) -> usize {
        self.lines.len()
    }

    /// A line of the source, from 1, without its line end; empty beyond the last.
    pub fn line(&self, number: usize) -> &[u8] {
        let Some(&start) = number.checked_sub(1).and_then(|n| self.lines.get(n)) else {
            return b"";
        };
        let end = self
            .lines
            .get(number)
            .map_or(self.text.len(), |end| *end as usize);
        let line = &self.text[start as usize..end];
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        line.strip_suffix(b"\r").unwrap_or(line)
    }
}

/// A running program: owns its whole state and does no input or output of its own.
pub struct Vm {
    program: Rc<Program>,
    inv: Invocation,
    codepage: CodePage,
    names: Rc<Names>,
    layout: Layout,
    code: Rc<Code>,
    /// The program's own code, made for tracing when it is first wanted.
    traced: Option<Rc<Code>>,
    pc: usize,
    slots: Vec<Slot>,
    base: usize,
    stems: Vec<StemSlot>,
    stem_base: usize,
    args: Vec<Option<Value>>,
    args_start: usize,
    level: Level,
    frames: Vec<Frame>,
    /// Temporaries of callers whose window is in use by a routine.
    saved: Vec<Slot>,
    settings: Settings,
    settings_stack: Vec<Settings>,
    /// The first whole number that needs more than DIGITS digits, and more than DIGITS less FUZZ.
    limit: i64,
    compare_limit: i64,
    lostdigits: bool,
    novalue: bool,
    /// Steps until interrupts and fuel are looked at.
    budget: u64,
    fuel: Option<u64>,
    halt: bool,
    trace_start: bool,
    trace_end: bool,
    wait: Wait,
    outbox: VecDeque<Exit>,
    /// The code of INTERPRET texts: by text, the same for tracing, and by shape where texts that
    /// differ only in numbers can share it.
    interpreted: FxHashMap<Box<[u8]>, Rc<Code>>,
    traced_texts: FxHashMap<Box<[u8]>, Rc<Code>>,
    shapes: FxHashMap<Box<[u8]>, Option<Rc<Code>>>,
    /// The numbers of the text in hand and where they stand.
    given: Vec<i64>,
    open: Vec<u32>,
    /// The texts being interpreted, the innermost last.
    texts: Vec<Value>,
    random: Random,
    frozen: Option<Box<Frozen>>,
    /// Conditions that came while their traps were delayed.
    pending: Vec<(Condition, Rc<[u8]>)>,
    /// Rooms that are used again and again.
    text: Vec<u8>,
    scratch: Vec<Option<Value>>,
    tail: Vec<u8>,
}

impl std::fmt::Debug for Vm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vm")
            .field("name", &String::from_utf8_lossy(&self.inv.name))
            .field("depth", &self.frames.len())
            .finish_non_exhaustive()
    }
}

/// What belongs to the routine that runs.
#[derive(Debug, Clone, Copy)]
struct Level {
    /// PROCEDURE gave it a window of its own.
    procedure: bool,
    /// The caller's settings are kept on the stack of settings.
    saved: bool,
    /// INTERPRET started it.
    interpret: bool,
    /// The condition whose CALL trap started it.
    handler: Option<Condition>,
    args_len: u32,
}

/// What a routine goes back to.
struct Frame {
    code: Rc<Code>,
    pc: usize,
    base: usize,
    stem_base: usize,
    args_start: usize,
    dst: Reg,
    /// How many temporaries of the caller are saved.
    live: u32,
    level: Level,
    frozen: Option<Box<Frozen>>,
}

/// The clock as a clause sees it.
#[derive(Debug)]
struct Frozen {
    clause: u32,
    budget: u64,
    now: i64,
}

/// What a call saves and a return restores.
#[derive(Debug, Clone)]
struct Settings {
    numeric: Numeric,
    traps: [Trap; 7],
    address: [Rc<[u8]>; 2],
    trace: trace::Setting,
    condition: Option<Rc<Raised>>,
    elapsed: Option<i64>,
}

/// A trap.
#[derive(Debug, Clone, Default)]
struct Trap {
    state: TrapState,
    by: Option<TrapKind>,
    label: Option<Rc<[u8]>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum TrapState {
    #[default]
    Off,
    On,
    Delay,
}

/// A condition that was trapped, for CONDITION.
#[derive(Debug, Clone)]
struct Raised {
    condition: Condition,
    by: TrapKind,
    description: Vec<u8>,
    extra: Vec<u8>,
}

/// What the next reply is for.
#[derive(Debug)]
enum Wait {
    Nothing,
    /// A command's return code.
    Command {
        text: Vec<u8>,
    },
    /// A routine's result, for a register or RESULT.
    Result {
        d: Reg,
        name: Vec<u8>,
        args: usize,
    },
    /// A line.
    Line {
        d: Reg,
    },
    Count {
        d: Reg,
    },
    /// The program is over.
    Over,
}

impl Vm {
    /// A program ready to run; the first [`Vm::resume`] takes [`Reply::Done`].
    pub fn new(program: Rc<Program>, inv: Invocation) -> Vm {
        let small_rule = match program.dialect {
            Dialect::Cms => SmallRule::Cms,
            Dialect::Ansi => SmallRule::Ansi,
        };
        let numeric = Numeric {
            small: small_rule,
            ..Numeric::default()
        };
        let address: Rc<[u8]> = inv.address.as_slice().into();
        let names = Rc::new(program.names.clone());
        let mut vm = Vm {
            codepage: inv.codepage,
            layout: program.layout,
            code: Rc::clone(&program.code),
            traced: None,
            pc: 0,
            slots: Vec::new(),
            base: 0,
            stems: Vec::new(),
            stem_base: 0,
            args: inv.args.clone(),
            args_start: 0,
            level: Level {
                procedure: false,
                saved: false,
                interpret: false,
                handler: None,
                args_len: inv.args.len() as u32,
            },
            frames: Vec::new(),
            saved: Vec::new(),
            settings: Settings {
                numeric,
                traps: Default::default(),
                address: [Rc::clone(&address), address],
                trace: trace::Setting::default(),
                condition: None,
                elapsed: None,
            },
            settings_stack: Vec::new(),
            limit: small::limit(numeric.digits),
            compare_limit: small::limit(numeric.digits),
            lostdigits: false,
            novalue: false,
            budget: u64::MAX,
            fuel: None,
            halt: false,
            trace_start: false,
            trace_end: false,
            wait: Wait::Nothing,
            outbox: VecDeque::new(),
            interpreted: FxHashMap::default(),
            traced_texts: FxHashMap::default(),
            shapes: FxHashMap::default(),
            given: Vec::new(),
            open: Vec::new(),
            texts: Vec::new(),
            random: Random::seeded(inv.seed),
            frozen: None,
            pending: Vec::new(),
            text: Vec::new(),
            scratch: Vec::new(),
            tail: Vec::new(),
            names,
            program,
            inv,
        };
        vm.grow();
        vm
    }

    /// Runs until something is needed from above.
    pub fn resume(&mut self, reply: Reply) -> Exit {
        if let Some(exit) = self.outbox.pop_front() {
            return exit;
        }
        let exit = match self.take_reply(reply) {
            Some(exit) => exit,
            None => loop {
                if let Some(exit) = self.run() {
                    break exit;
                }
                if let Some(exit) = self.outbox.pop_front() {
                    return exit;
                }
            },
        };
        if matches!(exit, Exit::Done(_) | Exit::Raised(_)) {
            self.wait = Wait::Over;
        }
        match self.outbox.pop_front() {
            Some(first) => {
                self.outbox.push_back(exit);
                first
            }
            None => exit,
        }
    }

    /// Signals something from outside, seen at the next clause boundary.
    pub fn interrupt(&mut self, what: Interrupt) {
        match what {
            Interrupt::Halt => self.halt = true,
            Interrupt::TraceStart => self.trace_start = true,
            Interrupt::TraceEnd => self.trace_end = true,
        }
        self.refuel(self.fuel_left());
    }

    /// How many steps (loops and calls, so at least that many clauses) may run before [`Exit::Fuel`].
    pub fn set_fuel(&mut self, clauses: u64) {
        self.refuel(Some(clauses));
    }
}
