//! The virtual machine: runs bytecode until it needs something from whoever is above.
//!
//! Calls, INTERPRET and trapped conditions push frames on the Vm's own stack, so that programs nest as
//! deep as memory allows. Nothing here reads or writes anything outside the struct.

mod address;
mod aside;
mod conditions;
mod debug;
mod flow;
mod host;
mod memory;
mod moves;
mod ops;
mod quick;
mod run;
mod store;
mod streams;
mod template;
mod trace;
mod vars;

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::ast::{Condition, TrapKind};
use super::code::{Code, Layout, Reg};
use super::compile::{self, Flavour, Labels, Unit};
use super::names::Names;
use super::{
    Dialect, Error, Exit, Flag, Interrupt, Invocation, Language, Lent, Reply, Value, parse,
};
use crate::base::codepage::CodePage;
use crate::base::random::Random;
use crate::num::{Settings as Numeric, small};
use run::Stop;
use store::{Slot, StemSlot};

/// A compiled program: shared by all that run it.
pub struct Program {
    text: Rc<[u8]>,
    level: Language,
    dialect: Dialect,
    names: Names,
    labels: Labels,
    layout: Layout,
    code: Rc<Code>,
    /// Where each line starts.
    lines: Vec<u32>,
    /// The first clause that cannot be cut into tokens: no label behind it is found.
    unreadable: Option<Error>,
    /// The first clause in error, where the language level finds it before the program runs.
    fault: Option<(u32, Error)>,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program")
            .field("lines", &self.lines.len())
            .finish_non_exhaustive()
    }
}

impl Program {
    pub(super) fn new(source: &[u8], mut level: Language) -> Program {
        let text: Rc<[u8]> = source.into();
        let mut names = Names::new();
        let mut clauses = parse::parse(source, &mut names, level);
        if let Some(own) = compile::own_dialect(&clauses, &names)
            && own != level.dialect
        {
            level.dialect = own;
            names = Names::new();
            clauses = parse::parse(source, &mut names, level);
        }
        let dialect = level.dialect;
        let labels = compile::labels_of(&clauses);
        let unreadable = compile::unreadable(&clauses);
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
        let fault = dialect.checks_first().then(|| code.first_fault());
        Program {
            unreadable,
            fault: fault.flatten(),
            text,
            level,
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

    /// What it was compiled for.
    pub fn level(&self) -> Language {
        self.level
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
    near: quick::Near,
    lostdigits: bool,
    novalue: bool,
    /// Steps until interrupts and fuel are looked at.
    budget: u64,
    fuel: Option<u64>,
    /// What may be made before what is held must be counted, and what the tables took when they were
    /// last looked at, in bytes.
    room: Cell<usize>,
    measured: usize,
    halt: bool,
    trace_start: bool,
    trace_end: bool,
    tracer: trace::Tracer,
    wait: Wait,
    asked: address::Asked,
    /// The names by which variables were set last from outside.
    known: vars::Known,
    /// What a run stopped at.
    left: Option<Exit>,
    saying: Vec<u8>,
    /// The call of a CALL trap's routine from outside, until the run loop is left.
    leaving: Option<Exit>,
    outbox: VecDeque<Exit>,
    /// The code of INTERPRET texts: by text, the same for tracing, and by shape where texts that
    /// differ only in numbers can share it.
    interpreted: FxHashMap<Box<[u8]>, Rc<Code>>,
    traced_texts: FxHashMap<Box<[u8]>, Rc<Code>>,
    shapes: FxHashMap<Box<[u8]>, Option<Rc<Code>>>,
    /// How long the kept texts are together.
    kept: usize,
    /// The numbers of the text in hand and where they stand.
    given: Vec<i64>,
    open: Vec<u32>,
    /// The texts being interpreted, the innermost last.
    texts: Vec<Value>,
    random: Random,
    frozen: Option<Box<Frozen>>,
    reserved: Reserved,
    /// Conditions that came while their traps were delayed.
    pending: Vec<(Condition, Rc<[u8]>)>,
    /// What was read ahead of a stream.
    lent: Option<Lent>,
    /// Rooms that are used again and again.
    text: Vec<u8>,
    scratch: Vec<Option<Value>>,
    parsed: moves::Small,
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
    /// Where the clause last begun in traced code starts.
    clause: u32,
    /// Interactive tracing pauses when that clause is done.
    pause: bool,
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

/// What the reserved symbols of the standard tell; no assignment of the program changes it.
#[derive(Debug, Default)]
struct Reserved {
    /// `.MN`.
    message: Option<Value>,
    /// `.RC`.
    rc: Option<i64>,
    /// `.RS`.
    state: Option<i64>,
    /// `.RESULT`.
    result: Option<Value>,
    /// `.SIGL`; 0 when there was none.
    line: u32,
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
    /// The redirections of the two environments.
    io: [Option<Rc<address::Redirects>>; 2],
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
    /// The program did not begin yet.
    Start,
    Nothing,
    /// A command's return code.
    Command {
        io: Option<Rc<address::Redirects>>,
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
    /// A stream function's value.
    Stream {
        d: Reg,
        name: Value,
    },
    Count {
        d: Reg,
    },
    /// The end of a CALL trap's routine from outside.
    Handler {
        condition: Condition,
        name: Vec<u8>,
    },
    /// A line typed at a pause of interactive tracing.
    Pause,
    /// The program is over.
    Over,
}

impl Vm {
    /// A program ready to run; the first [`Vm::resume`] takes [`Reply::Done`].
    pub fn new(program: Rc<Program>, inv: Invocation) -> Vm {
        let numeric = Numeric {
            small: program.dialect.small_rule(),
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
                clause: debug::NOWHERE,
                pause: false,
            },
            frames: Vec::new(),
            saved: Vec::new(),
            settings: Settings {
                numeric,
                traps: Default::default(),
                address: [Rc::clone(&address), address],
                io: [None, None],
                trace: trace::Setting::default(),
                condition: None,
                elapsed: None,
            },
            settings_stack: Vec::new(),
            limit: small::limit(numeric.digits),
            compare_limit: small::limit(numeric.digits),
            near: quick::Near::of(numeric),
            lostdigits: false,
            novalue: false,
            budget: 0,
            fuel: None,
            room: Cell::new(inv.storage),
            measured: 0,
            halt: false,
            trace_start: false,
            trace_end: false,
            tracer: trace::Tracer::default(),
            wait: Wait::Start,
            asked: address::Asked::default(),
            known: vars::Known::default(),
            left: None,
            saying: Vec::new(),
            leaving: None,
            outbox: VecDeque::new(),
            interpreted: FxHashMap::default(),
            traced_texts: FxHashMap::default(),
            shapes: FxHashMap::default(),
            kept: 0,
            given: Vec::new(),
            open: Vec::new(),
            texts: Vec::new(),
            random: Random::seeded(inv.seed),
            frozen: None,
            reserved: Reserved::default(),
            pending: Vec::new(),
            lent: None,
            text: Vec::new(),
            scratch: Vec::new(),
            parsed: moves::EMPTY,
            tail: Vec::new(),
            names,
            program,
            inv,
        };
        vm.grow();
        vm.refuel(None);
        vm
    }

    /// The line that the program stands at, from 1; where it ended when it is over.
    pub fn line_now(&self) -> usize {
        self.line() as usize
    }

    /// The program that runs.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Runs until something is needed from above.
    pub fn resume(&mut self, reply: Reply) -> Exit {
        let goes_on = matches!(reply, Reply::Done) && matches!(self.wait, Wait::Nothing);
        if !(goes_on && self.outbox.is_empty()) {
            if let Some(exit) = self.outbox.pop_front() {
                return exit;
            }
            if let Some(exit) = self.take_reply(reply) {
                return self.leave(exit);
            }
        }
        match self.run() {
            Stop::Command if self.outbox.is_empty() => Exit::Command(None),
            Stop::Say if self.outbox.is_empty() => Exit::Say(std::mem::take(&mut self.saying)),
            stop => self.stopped(stop),
        }
    }

    /// [`Vm::resume`] with the return code of a command; `None` is the next command, without redirections,
    /// as [`Exit::Command`].
    pub fn resume_command(&mut self, rc: i64, flag: Flag) -> Option<Exit> {
        if flag != Flag::Ok || !self.is_answered_plainly() {
            return Some(self.resume(Reply::Rc { rc, flag }));
        }
        self.answered(rc);
        match self.run() {
            Stop::Command if self.outbox.is_empty() => None,
            stop => Some(self.stopped(stop)),
        }
    }

    /// What a run has stopped at; runs on when that was nothing.
    #[inline(never)]
    fn stopped(&mut self, mut stop: Stop) -> Exit {
        loop {
            match stop {
                Stop::Command => return self.leave(Exit::Command(None)),
                Stop::Say => {
                    let line = std::mem::take(&mut self.saying);
                    return self.leave(Exit::Say(line));
                }
                Stop::Exit => {
                    if let Some(exit) = self.left.take() {
                        return self.leave(exit);
                    }
                }
                Stop::Flush => {
                    if let Some(exit) = self.outbox.pop_front() {
                        return exit;
                    }
                }
            }
            stop = self.run();
        }
    }

    /// Leaves with an exit; trace lines go out before it.
    fn leave(&mut self, exit: Exit) -> Exit {
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
            Interrupt::TraceStart => (self.trace_start, self.trace_end) = (true, false),
            Interrupt::TraceEnd => (self.trace_start, self.trace_end) = (false, true),
        }
        self.refuel(self.fuel_left());
    }

    /// How many steps (loops and calls, so at least that many clauses) may run before [`Exit::Fuel`].
    pub fn set_fuel(&mut self, clauses: u64) {
        self.refuel(Some(clauses));
    }
}
