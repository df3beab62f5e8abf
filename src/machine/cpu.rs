//! One CPU: its registers, what it may still be interrupted by, and what is derived from its PSW and
//! control registers (Principles of Operation, chapter 4: Control).

use super::access::{Context, Jumps, Tlb};
use super::bits::{join32, low32};
use super::block::Op;
use super::chain::Ended;
use super::psw::{Amode, Psw, Space};
use std::collections::VecDeque;

/// A program-interruption code (Principles of Operation, chapter 6).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct ProgramCode(pub u16);

macro_rules! codes {
    ($($name:ident $code:literal $text:literal)+) => {
        impl ProgramCode {
            $(#[doc = $text] pub const $name: ProgramCode = ProgramCode($code);)+

            /// The exception's name in plain words.
            pub fn name(self) -> &'static str {
                match self.0 & 0xFF {
                    $($code => $text,)+
                    _ => "unknown exception",
                }
            }
        }
    };
}

codes! {
    OPERATION 0x01 "operation exception"
    PRIVILEGED 0x02 "privileged-operation exception"
    EXECUTE 0x03 "execute exception"
    PROTECTION 0x04 "protection exception"
    ADDRESSING 0x05 "addressing exception"
    SPECIFICATION 0x06 "specification exception"
    DATA 0x07 "data exception"
    FIXED_OVERFLOW 0x08 "fixed-point-overflow exception"
    FIXED_DIVIDE 0x09 "fixed-point-divide exception"
    DECIMAL_OVERFLOW 0x0A "decimal-overflow exception"
    DECIMAL_DIVIDE 0x0B "decimal-divide exception"
    SEGMENT 0x10 "segment-translation exception"
    PAGE 0x11 "page-translation exception"
    TRANSLATION 0x12 "translation-specification exception"
    SPECIAL 0x13 "special-operation exception"
    OPERAND 0x15 "operand exception"
    TRACE_TABLE 0x16 "trace-table exception"
    ASN_TRANSLATION 0x17 "ASN-translation-specification exception"
    SPACE_SWITCH 0x1C "space-switch event"
    PC_TRANSLATION 0x1F "PC-translation-specification exception"
    AFX 0x20 "AFX-translation exception"
    ASX 0x21 "ASX-translation exception"
    LX 0x22 "LX-translation exception"
    EX 0x23 "EX-translation exception"
    PRIMARY_AUTHORITY 0x24 "primary-authority exception"
    SECONDARY_AUTHORITY 0x25 "secondary-authority exception"
    ALET_SPECIFICATION 0x28 "ALET-specification exception"
    ALEN 0x29 "ALEN-translation exception"
    ALE_SEQUENCE 0x2A "ALE-sequence exception"
    ASTE_VALIDITY 0x2B "ASTE-validity exception"
    ASTE_SEQUENCE 0x2C "ASTE-sequence exception"
    EXTENDED_AUTHORITY 0x2D "extended-authority exception"
    STACK_FULL 0x30 "stack-full exception"
    STACK_EMPTY 0x31 "stack-empty exception"
    STACK_SPECIFICATION 0x32 "stack-specification exception"
    STACK_TYPE 0x33 "stack-type exception"
    STACK_OPERATION 0x34 "stack-operation exception"
    ASCE_TYPE 0x38 "ASCE-type exception"
    REGION_FIRST 0x39 "region-first-translation exception"
    REGION_SECOND 0x3A "region-second-translation exception"
    REGION_THIRD 0x3B "region-third-translation exception"
    MONITOR 0x40 "monitor event"
    PER 0x80 "PER event"
}

impl ProgramCode {
    /// Whether the old PSW points at the instruction itself (nullification) instead of behind it.
    pub fn nullifies(self) -> bool {
        matches!(self.0 & 0x7F, 0x10 | 0x11 | 0x16 | 0x20..=0x27 | 0x29..=0x2D | 0x30..=0x34 | 0x38..=0x3B)
    }
}

/// Why an instruction did not simply end and go on to the next one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// The instruction completed and the PSW has the address of the next one.
    Branch,
    /// The instruction completed; masks or translation may have changed, the next one is behind it.
    Next,
    /// The instruction completed and loaded the PSW; what is enabled may have changed.
    Loaded,
    /// The instruction completed as a branch that loaded more of the PSW, or changed spaces; `Cpu::event` may be
    /// waiting.
    Called,
    /// The instruction was interrupted between units of operation and goes on where it is.
    Again,
    /// A program interruption.
    Program(ProgramCode),
    /// The instruction is about to store into decoded code: drop it and run the instruction again.
    CodeStore,
    /// The instruction works on the whole machine: its row's machine function does it.
    Machine,
    /// A page of a saved system is damaged (`Cpu::fault_page`).
    BadPage,
}

/// A program interruption after an instruction that completed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// A space-switch event.
    SpaceSwitch,
    /// A space-switch event when the instruction has a PER event as well.
    SpaceSwitchUnderPer,
}

/// What a handler gives back: go on, or why not.
pub type Step = Result<(), Stop>;

impl From<ProgramCode> for Stop {
    fn from(code: ProgramCode) -> Stop {
        Stop::Program(code)
    }
}

/// Whether the CPU runs (Principles of Operation, chapter 4: Stopped, Operating, Load, and Check-Stop States).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Instructions and interruptions are taken.
    Operating,
    /// Nothing is taken until a start or restart.
    Stopped,
    /// Nothing is taken until a reset.
    CheckStop,
}

/// An external interruption that waits to be taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct External {
    /// The interruption code.
    pub code: u16,
    /// The CPU address stored with it.
    pub cpu: u16,
    /// The 32-bit parameter, for codes that have one.
    pub parameter: u32,
    /// The 64-bit parameter (real location X'11B8'), for codes that have one.
    pub long: Option<u64>,
    /// The bit of control register 0 that must be one, 32 to 63 counted from the left.
    pub mask_bit: u8,
}

/// Where a CPU wants the messages that come with external interruptions X'4000' (IUCV), and which.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MessageBuffer {
    /// The real address.
    pub at: u64,
    /// From the left: messages of types 9, 8, 7 and 6, and those about paths.
    pub mask: u8,
    /// From the left: those about paths of types 1 to 5.
    pub control_mask: u8,
}

impl MessageBuffer {
    /// Whether a message of the type is taken.
    pub fn takes(self, kind: u8) -> bool {
        const PATHS: u8 = 0x08;
        match kind {
            1..=5 => self.mask & PATHS != 0 && self.control_mask << (kind - 1) & 0x80 != 0,
            6..=9 => self.mask << (9 - kind) & 0x80 != 0,
            _ => false,
        }
    }
}

/// What the exception handling wants to know about the last refused access.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Translation-exception identification (lowcore 168), as z/Architecture stores it.
    pub id: u64,
    /// Exception access identification (lowcore 160).
    pub access: u8,
    /// The access register, when access-register mode names the operand's space.
    pub operand: u8,
    /// Operand access identification (lowcore 162): the registers of MOVE PAGE.
    pub registers: u8,
    /// Data-exception code.
    pub dxc: u8,
    /// Monitor class.
    pub monitor_class: u8,
    /// Monitor code.
    pub monitor_code: u64,
}

/// The general registers, and behind them others that are always zero: an address without a base or an index is
/// then formed like any other, and whatever number stands in an operation is that of a register.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Registers([[u64; 16]; 16]);

impl Registers {
    /// A register by its number, zero from 16 up.
    #[inline(always)]
    pub(super) fn or_zero(&self, number: u8) -> u64 {
        self.0.as_flattened()[usize::from(number)]
    }

    /// Changes a register, 0 to 15.
    #[inline(always)]
    pub(super) fn change(&mut self, number: u8, to: impl FnOnce(u64) -> u64) {
        debug_assert!(number < 16, "general register {number}");
        let register = &mut self.0.as_flattened_mut()[usize::from(number)];
        *register = to(*register);
    }
}

impl From<[u64; 16]> for Registers {
    fn from(values: [u64; 16]) -> Registers {
        let mut all = [[0; 16]; 16];
        all[0] = values;
        Registers(all)
    }
}

impl std::fmt::Debug for Registers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0[0].fmt(f)
    }
}

impl std::ops::Deref for Registers {
    type Target = [u64; 16];

    #[inline(always)]
    fn deref(&self) -> &[u64; 16] {
        &self.0[0]
    }
}

impl std::ops::DerefMut for Registers {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [u64; 16] {
        &mut self.0[0]
    }
}

/// One CPU of a virtual machine.
pub struct Cpu {
    /// General registers.
    pub gr: Registers,
    /// Access registers.
    pub ar: [u32; 16],
    /// Control registers.
    pub cr: [u64; 16],
    /// Floating-point registers.
    pub fpr: [u64; 16],
    /// Floating-point control register.
    pub fpc: u32,
    /// The current PSW; its address is exact whenever the machine is outside `run`.
    pub psw: Psw,
    /// The prefix.
    pub prefix: u64,
    /// The CPU address.
    pub address: u16,
    /// Whether it runs.
    pub state: State,
    /// The clock comparator.
    pub clock_comparator: u64,
    /// The CPU timer as it was at `timer_set_at`.
    pub cpu_timer: u64,
    /// The TOD when the CPU timer was last set.
    pub timer_set_at: u64,
    /// The TOD programmable register.
    pub tod_programmable: u32,
    /// External interruptions waiting for this CPU alone (emergency signals, external calls).
    pub externals: VecDeque<External>,
    /// Where it wants the messages of IUCV.
    pub message_buffer: Option<MessageBuffer>,
    /// A restart interruption is pending.
    pub restart: bool,
    /// Instructions this CPU completed.
    pub instructions: u64,
    /// The breaking-event address.
    pub breaking: u64,

    /// The last refused access.
    pub fault: Fault,
    /// The damaged page of [`Stop::BadPage`].
    pub fault_page: u64,
    /// What is left to be taken of an instruction that completed, with its `fault`.
    pub(super) event: Option<Event>,
    /// The virtual page of the instructions being run: an operation's address is this plus its offset.
    pub(super) page: u64,
    /// How many operations may still be run before the loop is back; those of a block count when it starts.
    pub(super) left: i64,
    /// Why the loop is back.
    pub(super) ended: Ended,
    /// The address bits that count in the current addressing mode.
    pub(super) amask: u64,
    /// The context tag of operand accesses; zero when it depends on the access register.
    pub(super) data: u64,
    /// The context tag of instruction fetches.
    pub(super) fetch: u64,
    /// Translations made before.
    pub(super) tlb: Tlb,
    /// Where blocks start, by virtual address.
    /// Not here while blocks run, which come from it.
    pub(super) jumps: Option<Jumps>,
    /// What entries of `jumps` for the current fetch context are tagged with.
    pub(super) code_tag: u64,
    /// Contexts that have tags.
    pub(super) contexts: Vec<Context>,
    /// The storage epoch that the translations belong to.
    pub(super) epoch: u64,
    /// How many of the pages that changed since then have been dropped from the translations.
    pub(super) changed: usize,
    /// The target of an EXECUTE, when it has to be finished by the machine.
    pub(super) executed: Option<Op>,
    /// The instruction at this address has been reported to the traps and is to run now.
    pub(super) passed: Option<u64>,
    /// Virtual addresses stored into by the current instruction, for PER and traps; `None` when nobody asks.
    pub(super) stores: Option<Vec<(u64, u64)>>,
    /// PER events of the current instruction (bits of the PER code).
    pub(super) per_code: u16,
    /// Address for the PER interruption.
    pub(super) per_address: u64,
    /// Other CPUs' translations have to be purged as well.
    pub(super) purge_others: bool,
}

impl Cpu {
    /// A CPU after a clear reset, stopped.
    pub fn new(address: u16) -> Cpu {
        let mut cpu = Cpu {
            gr: [0; 16].into(),
            ar: [0; 16],
            cr: [0; 16],
            fpr: [0; 16],
            fpc: 0,
            psw: Psw::default(),
            prefix: 0,
            address,
            state: State::Stopped,
            clock_comparator: 0,
            cpu_timer: 0,
            timer_set_at: 0,
            tod_programmable: 0,
            externals: VecDeque::new(),
            message_buffer: None,
            restart: false,
            instructions: 0,
            breaking: 1,
            fault: Fault::default(),
            fault_page: 0,
            event: None,
            left: 0,
            ended: Ended::Between,
            page: 0,
            amask: 0,
            data: 0,
            fetch: 0,
            tlb: Tlb::new(),
            jumps: Some(super::access::no_jumps()),
            code_tag: 0,
            contexts: Vec::new(),
            epoch: 0,
            changed: 0,
            executed: None,
            passed: None,
            stores: None,
            per_code: 0,
            per_address: 0,
            purge_others: false,
        };
        cpu.initial_reset();
        cpu
    }

    /// CPU reset: interruptions cleared, stopped; registers stay.
    pub fn reset(&mut self) {
        self.externals.clear();
        self.message_buffer = None;
        self.restart = false;
        self.state = State::Stopped;
        self.executed = None;
        self.passed = None;
        self.purge();
    }

    /// Initial CPU reset: PSW, prefix, timers and control registers get their initial values, and
    /// the architecture mode is ESA/390.
    pub fn initial_reset(&mut self) {
        self.reset();
        self.psw = Psw::from_short(0x0008_0000_0000_0000, false);
        self.prefix = 0;
        self.cpu_timer = 0;
        self.clock_comparator = 0;
        self.tod_programmable = 0;
        self.fpc = 0;
        self.cr = [0; 16];
        self.cr[0] = 0xE0;
        self.cr[14] = 0xC200_0000;
        self.breaking = 1;
    }

    /// Clear reset of this CPU's registers.
    pub fn clear_reset(&mut self) {
        self.initial_reset();
        self.gr = [0; 16].into();
        self.ar = [0; 16];
        self.fpr = [0; 16];
    }

    /// Whether the CPU is in the wait state and operating.
    pub fn is_waiting(&self) -> bool {
        self.state == State::Operating && self.psw.wait
    }

    /// Whether a wait can never end: no interruption but restart is enabled.
    pub fn is_disabled_wait(&self) -> bool {
        self.is_waiting() && !self.psw.io && !self.psw.ext && !self.psw.mcheck
    }

    /// The low word of a general register.
    #[inline(always)]
    pub fn gr32(&self, r: u8) -> u32 {
        low32(self.gr[usize::from(r & 15)])
    }

    /// A whole general register.
    #[inline(always)]
    pub fn gr64(&self, r: u8) -> u64 {
        self.gr[usize::from(r & 15)]
    }

    /// Sets the low word of a general register; the high word stays.
    #[inline(always)]
    pub fn set_gr32(&mut self, r: u8, v: u32) {
        let g = &mut self.gr[usize::from(r & 15)];
        *g = (*g & 0xFFFF_FFFF_0000_0000) | u64::from(v);
    }

    /// Sets a whole general register.
    #[inline(always)]
    pub fn set_gr64(&mut self, r: u8, v: u64) {
        self.gr[usize::from(r & 15)] = v;
    }

    /// Sets the high word of a general register.
    #[inline(always)]
    pub fn set_high32(&mut self, r: u8, v: u32) {
        let g = &mut self.gr[usize::from(r & 15)];
        *g = join32(v, low32(*g));
    }

    /// Sets a register to an address as LOAD ADDRESS does: 24- and 31-bit modes leave the high word.
    #[inline(always)]
    pub fn set_address(&mut self, r: u8, v: u64) {
        if self.psw.amode == Amode::A64 {
            self.set_gr64(r, v);
        } else {
            self.set_gr32(r, low32(v & self.amask));
        }
    }

    /// The condition code.
    #[inline(always)]
    pub fn set_cc(&mut self, cc: u8) {
        self.psw.cc = cc;
    }

    /// A bit of a control register, 0 to 63 counted from the left.
    #[inline(always)]
    pub fn control(&self, register: usize, bit: u8) -> bool {
        self.cr[register] & (1u64 << (63 - bit)) != 0
    }

    /// Fails unless the CPU is in the supervisor state.
    #[inline(always)]
    pub fn supervisor(&self) -> Step {
        if self.psw.problem {
            return Err(Stop::Program(ProgramCode::PRIVILEGED));
        }
        Ok(())
    }

    /// The ASCE of an address space (the control registers of chapter 3).
    pub fn asce_of(&self, space: Space) -> u64 {
        match space {
            Space::Primary | Space::Access => self.cr[1],
            Space::Secondary => self.cr[7],
            Space::Home => self.cr[13],
        }
    }

    /// Loads a PSW and everything that follows from it. The caller has judged nothing: an invalid
    /// PSW gives a specification exception at the next fetch.
    pub fn load_psw(&mut self, psw: Psw) {
        self.psw = psw;
        self.refresh();
    }
}

impl std::fmt::Debug for Cpu {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cpu")
            .field("psw", &self.psw)
            .field("gr", &self.gr)
            .finish_non_exhaustive()
    }
}
