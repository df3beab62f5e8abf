//! What CP TRACE wants to be told, before or after an instruction. Traps cost nothing where none is set:
//! only pages that an instruction trap touches are run one instruction at a time, and only traps on
//! branches and stores do that to the whole machine.

use super::cpu::ProgramCode;
use super::storage::PAGE;

/// One thing to watch for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Trap {
    /// The number that a [`Hit`] names it by.
    pub id: u32,
    /// What to watch for.
    pub kind: TrapKind,
}

/// What a trap watches for. Ranges are virtual addresses, both ends included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TrapKind {
    /// An instruction in a range; told before it runs.
    Instruction {
        /// First address.
        start: u64,
        /// Last address.
        end: u64,
    },
    /// A branch that is taken to a range; told after it.
    Branch {
        /// First address.
        start: u64,
        /// Last address.
        end: u64,
    },
    /// A store into a range; told after the instruction.
    Store {
        /// First address.
        start: u64,
        /// Last address.
        end: u64,
    },
    /// A supervisor call, of one number or all.
    Svc(Option<u8>),
    /// A program interruption, of one code or all.
    Program(Option<u16>),
    /// An external interruption.
    External,
    /// An I/O interruption.
    Io,
    /// A restart interruption.
    Restart,
}

/// What happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hit {
    /// The CPU.
    pub cpu: u8,
    /// The traps that it hit, in the order they were given.
    pub traps: Vec<u32>,
    /// What it was.
    pub kind: HitKind,
    /// The address of the instruction; for an interruption not of an instruction, the old PSW's address.
    pub address: u64,
    /// The instruction's bytes: two, four or six, none when it could not be read.
    pub instruction: Vec<u8>,
}

/// What a trap saw.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HitKind {
    /// The instruction is about to run.
    Instruction,
    /// A branch was taken.
    Branch {
        /// Where it went.
        to: u64,
    },
    /// Storage was changed.
    Store {
        /// First byte.
        at: u64,
        /// How many.
        len: u64,
    },
    /// A supervisor call was made; the new PSW is loaded.
    Svc {
        /// Its number.
        number: u8,
    },
    /// A program interruption; the new PSW is loaded.
    Program {
        /// Its code.
        code: ProgramCode,
    },
    /// An external interruption; the new PSW is loaded.
    External {
        /// Its code.
        code: u16,
    },
    /// An I/O interruption; the new PSW is loaded.
    Io {
        /// Subsystem-identification word.
        subsystem: u32,
    },
    /// A restart interruption; the new PSW is loaded.
    Restart,
}

/// The traps of a machine, sorted by what they cost.
#[derive(Default)]
pub(super) struct Traps {
    all: Vec<Trap>,
    /// Ranges of pages with instruction traps.
    pages: Vec<(u64, u64)>,
    /// Branch or store traps: every instruction is looked at.
    pub(super) everywhere: bool,
    pub(super) stores: bool,
}

impl Traps {
    pub(super) fn new(all: Vec<Trap>) -> Traps {
        let mut traps = Traps {
            all,
            ..Traps::default()
        };
        for trap in &traps.all {
            match trap.kind {
                TrapKind::Instruction { start, end } => {
                    traps.pages.push((start / PAGE, end / PAGE));
                }
                TrapKind::Branch { .. } => traps.everywhere = true,
                TrapKind::Store { .. } => {
                    traps.everywhere = true;
                    traps.stores = true;
                }
                _ => {}
            }
        }
        traps
    }

    /// Whether the page of an instruction address has instruction traps.
    pub(super) fn watches(&self, ia: u64) -> bool {
        let page = ia / PAGE;
        self.pages.iter().any(|(a, b)| (*a..=*b).contains(&page))
    }

    /// The traps that an event hits.
    pub(super) fn hit_by(&self, kind: &HitKind, address: u64) -> Vec<u32> {
        let hits = self.all.iter().filter(|trap| match (trap.kind, kind) {
            (TrapKind::Instruction { start, end }, HitKind::Instruction) => {
                (start..=end).contains(&address)
            }
            (TrapKind::Branch { start, end }, HitKind::Branch { to }) => (start..=end).contains(to),
            (TrapKind::Store { start, end }, HitKind::Store { at, len }) => {
                *at <= end && at.saturating_add(len.saturating_sub(1)) >= start
            }
            (TrapKind::Svc(only), HitKind::Svc { number }) => only.is_none_or(|n| n == *number),
            (TrapKind::Program(only), HitKind::Program { code }) => {
                only.is_none_or(|c| c == code.0)
            }
            (TrapKind::External, HitKind::External { .. })
            | (TrapKind::Io, HitKind::Io { .. })
            | (TrapKind::Restart, HitKind::Restart) => true,
            _ => false,
        });
        hits.map(|trap| trap.id).collect()
    }

    /// Whether any trap asks for this kind of interruption at all.
    pub(super) fn any(&self) -> bool {
        !self.all.is_empty()
    }
}
