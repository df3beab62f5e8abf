//! TRACE traps: what is watched for, what happens when it is seen, and the line that is shown (z/VM CP
//! Commands: TRACE, "Command Responses").

use crate::base::codepage::ebcdic_to_host;
use crate::machine::{Disassembly, Hit, HitKind, Trap, TrapKind, disassemble};

/// A trap as TRACE set it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceTrap {
    /// The trap identifier: a number, or what IDENTIFIER said.
    pub name: Vec<u8>,
    /// The number the machine knows it by.
    pub id: u32,
    /// What it watches for.
    pub kind: TrapKind,
    /// PSWA was written rather than RANGE.
    pub pswa: bool,
    /// Goes on after the hit instead of entering CP.
    pub run: bool,
    /// Shows nothing.
    pub silent: bool,
    /// Hits to pass over before the first counts.
    pub skip: u32,
    /// Hits to pass over between those that count.
    pub pass: u32,
    /// Stops at every nth hit that counts; the others only show.
    pub step: u32,
    /// The commands to execute.
    pub command: Vec<u8>,
    /// How often it was hit.
    pub hits: u64,
    /// Hits until the next that counts.
    left: u32,
    stepped: u32,
}

/// The traps of a virtual machine: the trace set INITIAL.
#[derive(Clone, Debug, Default)]
pub struct Traps {
    /// The traps in the order they were set.
    pub all: Vec<TraceTrap>,
    last: u32,
}

/// The most traps of a set.
pub const MOST: usize = 255;

/// What CP does about a hit.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Action {
    /// The line is shown.
    pub show: bool,
    /// CP is entered.
    pub stop: bool,
    /// Command strings to execute, each to be split at the user's LINEND.
    pub commands: Vec<Vec<u8>>,
}

impl TraceTrap {
    /// A trap without options.
    pub fn new(kind: TrapKind) -> TraceTrap {
        TraceTrap {
            name: Vec::new(),
            id: 0,
            kind,
            pswa: false,
            run: false,
            silent: false,
            skip: 0,
            pass: 0,
            step: 0,
            command: Vec::new(),
            hits: 0,
            left: 0,
            stepped: 0,
        }
    }

    /// The event name of QUERY TRACE.
    pub fn event(&self) -> &'static str {
        match self.kind {
            TrapKind::Instruction { .. } => "INSTR",
            TrapKind::Branch { .. } => "BRANCH",
            TrapKind::Store { .. } => "STORE",
            TrapKind::Svc(_) => "SVC",
            TrapKind::Program(_) => "PROG",
            TrapKind::External => "EXT",
            TrapKind::Io => "I/O",
            TrapKind::Restart => "RESTART",
        }
    }

    /// What it is limited to, as QUERY TRACE shows it.
    pub fn limit(&self) -> String {
        match self.kind {
            TrapKind::Instruction { start, end }
            | TrapKind::Branch { start, end }
            | TrapKind::Store { start, end } => {
                if (start, end) == (0, u64::MAX) {
                    return String::new();
                }
                let word = match self.kind {
                    TrapKind::Store { .. } => "INTO",
                    _ if self.pswa => "PSWA",
                    _ => "RANGE",
                };
                format!("{word}  {start:08X}-{end:08X}")
            }
            TrapKind::Svc(Some(n)) => format!("{n:02X}"),
            TrapKind::Program(Some(n)) => format!("{n:04X}"),
            _ => String::new(),
        }
    }
}

impl Traps {
    /// Adds a trap and gives its name; `None` when the set is full or has one of that name.
    pub fn add(&mut self, mut trap: TraceTrap) -> Option<Vec<u8>> {
        if self.all.len() >= MOST {
            return None;
        }
        self.last += 1;
        trap.id = self.last;
        if trap.name.is_empty() {
            let free = (1..).find(|n: &u32| self.named(n.to_string().as_bytes()).is_none());
            trap.name = free.unwrap_or(self.last).to_string().into_bytes();
        } else if self.named(&trap.name).is_some() {
            return None;
        }
        trap.left = trap.skip;
        let name = trap.name.clone();
        self.all.push(trap);
        Some(name)
    }

    /// The trap of a name.
    pub fn named(&self, name: &[u8]) -> Option<&TraceTrap> {
        self.all.iter().find(|t| t.name.eq_ignore_ascii_case(name))
    }

    /// Removes a trap; whether there was one.
    pub fn remove(&mut self, name: &[u8]) -> bool {
        let before = self.all.len();
        self.all.retain(|t| !t.name.eq_ignore_ascii_case(name));
        self.all.len() != before
    }

    /// The traps as the machine takes them.
    pub fn for_machine(&self) -> Vec<Trap> {
        self.all
            .iter()
            .map(|t| Trap {
                id: t.id,
                kind: t.kind,
            })
            .collect()
    }

    /// Counts a hit of these traps and says what is to be done.
    pub fn hit(&mut self, ids: &[u32]) -> Action {
        let mut action = Action::default();
        for trap in self.all.iter_mut().filter(|t| ids.contains(&t.id)) {
            trap.hits += 1;
            if trap.left > 0 {
                trap.left -= 1;
                continue;
            }
            trap.left = trap.pass;
            action.show |= !trap.silent;
            if !trap.command.is_empty() {
                action.commands.push(trap.command.clone());
            }
            trap.stepped += 1;
            if !trap.run && trap.stepped >= trap.step {
                trap.stepped = 0;
                action.stop = true;
            }
        }
        action
    }
}

/// An instruction as TRACE and DISPLAY I show it: mnemonic, its bytes; and its length.
pub fn instruction_text(bytes: &[u8], at: u64) -> (String, u64) {
    let Disassembly {
        mnemonic, length, ..
    } = disassemble(bytes, at);
    let bytes = &bytes[..length.min(bytes.len())];
    let hex: String = bytes.iter().map(|b| format!("{b:02X}")).collect();
    (
        format!("{mnemonic:<6}{hex}"),
        u64::try_from(length).unwrap_or(2),
    )
}

/// What a line needs to know of the processor.
pub struct Seen {
    /// The condition code.
    pub cc: u8,
    /// The PSW after an interruption, in the form that CP shows.
    pub new_psw: String,
    /// Whether CP stops here.
    pub stops: bool,
    /// The storage operand or branch target of the instruction, when there is one.
    pub operand: Option<(bool, u64)>,
}

/// The line of a hit.
pub fn hit_line(hit: &Hit, seen: &Seen) -> Vec<u8> {
    let lead = if seen.stops { " -> " } else { "    " };
    let address = address(hit.address);
    let (text, _) = match hit.instruction.is_empty() {
        true => (String::new(), 0),
        false => instruction_text(&hit.instruction, hit.address),
    };
    let line = match hit.kind {
        HitKind::Instruction => {
            let operand = match seen.operand {
                Some((true, at)) => format!(" >> {}", self::address(at)),
                Some((false, to)) => format!(" -> {}'", self::address(to)),
                None => String::new(),
            };
            with_cc(&format!("{lead}{address}' {text}{operand}"), seen.cc)
        }
        HitKind::Branch { to } => with_cc(
            &format!("{lead}{address}' {text} -> {}'", self::address(to)),
            seen.cc,
        ),
        HitKind::Store { at, .. } => with_cc(
            &format!("{lead}{address}' {text} >> {}", self::address(at)),
            seen.cc,
        ),
        HitKind::Svc { number } => {
            format!(
                "{lead}{address}' {text} *** SVC {number:02X} -> {}",
                seen.new_psw
            )
        }
        HitKind::Program { code } => {
            format!(
                "{lead}{address}' {text:<16} *** PROG {:04X} -> {}",
                code.0, seen.new_psw
            )
        }
        HitKind::External { code } => {
            format!("{lead}{address}' *** EXT {code:04X} -> {}", seen.new_psw)
        }
        HitKind::Io { subsystem } => {
            format!(
                "{lead}{address}' *** I/O {subsystem:08X} -> {}",
                seen.new_psw
            )
        }
        HitKind::Restart => format!("{lead}{address}' *** RESTART -> {}", seen.new_psw),
    };
    line.into_bytes()
}

/// The condition code stands in column 56, or behind a longer text.
fn with_cc(text: &str, cc: u8) -> String {
    format!("{text:<55} CC {cc}")
}

fn address(at: u64) -> String {
    match u32::try_from(at) {
        Ok(at) => format!("{at:08X}"),
        Err(_) => format!("{at:016X}"),
    }
}

/// EBCDIC storage as printable text.
pub fn printable(bytes: &[u8]) -> String {
    let show = |&c: &u8| {
        if (0x20..0x7F).contains(&c) {
            char::from(c)
        } else {
            '.'
        }
    };
    ebcdic_to_host(bytes).iter().map(show).collect()
}
