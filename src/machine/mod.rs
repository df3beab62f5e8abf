//! One virtual machine's hardware: a z/Architecture computer (Principles of Operation, SA22-7832-08,
//! level of the z196) that starts in ESA/390 mode as an IPL finds it.
//!
//! | module | what it is |
//! |---|---|
//! | [`storage`] | main storage, storage keys, pages of saved systems |
//! | [`psw`], [`cpu`] | the program-status word, the registers |
//! | [`dat`], [`access`] | address translation, and the translations remembered |
//! | [`art`], [`spaces`] | access lists, address-space numbers, authority |
//! | [`stack`], [`trace`] | the linkage stack, the trace table |
//! | [`block`], [`chain`] | decoded instructions, and how one follows another |
//! | [`insn`] | the instructions, one row and one function each, family by family |
//! | [`interrupt`], [`timer`] | interruptions, TOD clock, clock comparator, CPU timer |
//! | [`trap`] | what CP TRACE wants to be told |
//! | [`channel`], [`sclp`] | the channel subsystem and the service processor |
//!
//! [`Machine::run`] executes until something above is needed and says what ([`Exit`]); run again to go on.

pub mod access;
pub mod art;
mod bits;
pub mod block;
pub mod chain;
pub mod channel;
pub mod cpu;
pub mod dat;
pub mod insn;
pub mod interrupt;
mod mcheck;
pub mod psw;
mod run;
pub mod sclp;
mod seam;
pub mod spaces;
pub mod stack;
pub mod storage;
pub mod timer;
pub mod trace;
pub mod trap;

pub use cpu::{Cpu, External, MessageBuffer, ProgramCode, State};
pub use insn::disasm::{Disassembly, disassemble};
pub use psw::{Amode, Psw, Space};
pub use storage::{Share, Storage, StorageError};
pub use timer::TimeSource;
pub use trap::{Hit, HitKind, Trap, TrapKind};

use crate::base::Clock;
use std::collections::VecDeque;

/// What a virtual machine is made of.
#[derive(Clone, Debug)]
pub struct Config {
    /// Bytes of main storage.
    pub storage: u64,
    /// CPUs, at least one.
    pub cpus: u8,
    /// CPUs that there may ever be.
    pub most_cpus: u8,
    /// What STORE CPU ID stores for CPU 0: version (FF under a VM), identification, machine type.
    pub cpu_id: u64,
    /// The name of the logical partition, for STSI 2.2.2.
    pub partition: Vec<u8>,
    /// The user id, for STSI 3.2.2.
    pub guest_name: Vec<u8>,
    /// The control program's identification, at most 16 characters, for STSI 3.2.2.
    pub control_program: Vec<u8>,
    /// The name of the system, at most 8 characters, for STSI.
    pub system_name: Vec<u8>,
    /// Where time of day comes from.
    pub clock: Clock,
    /// What makes time pass.
    pub time: TimeSource,
}

impl Config {
    /// One CPU of machine type 2097 under a VM, with `storage` bytes.
    pub fn new(storage: u64, clock: Clock) -> Config {
        Config {
            storage,
            cpus: 1,
            most_cpus: 1,
            cpu_id: 0xFF00_0001_2097_0000,
            partition: b"VMSHARE".to_vec(),
            guest_name: b"LINUX1".to_vec(),
            control_program: b"z/VM    6.1.0".to_vec(),
            system_name: b"VMSHARE".to_vec(),
            clock,
            time: TimeSource::Clock,
        }
    }
}

/// Why [`Machine::run`] came back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Exit {
    /// The instructions asked for have been executed.
    Budget,
    /// Every operating CPU is in an enabled wait; `wake` is the TOD of the next timer interruption.
    Wait {
        /// TOD-clock value of the next timer interruption, if any is awaited.
        wake: Option<u64>,
    },
    /// A CPU loaded a wait PSW that no interruption can end. The CPU stays as it is.
    DisabledWait {
        /// Its number.
        cpu: u8,
    },
    /// No CPU is operating.
    Stopped,
    /// A CPU is in the check-stop state: its low core cannot be used.
    CheckStop {
        /// Its number.
        cpu: u8,
    },
    /// DIAGNOSE. The PSW is past it; CP does its part (registers, condition code, or
    /// [`Machine::program_interrupt`]) and runs on.
    Diagnose {
        /// The CPU that executed it.
        cpu: u8,
        /// The function code: the low 16 bits of the second-operand address.
        code: u64,
        /// First register.
        r1: u8,
        /// Third register.
        r3: u8,
    },
    /// An instruction that belongs to CP (IUCV, x'B2F0'). The PSW is past it; its length is 4.
    ControlProgram {
        /// The CPU that executed it.
        cpu: u8,
        /// The instruction.
        instruction: u32,
        /// The second-operand address.
        address: u64,
    },
    /// SERVC made console output that waits in `sclp`.
    ServiceCall {
        /// The CPU that executed it.
        cpu: u8,
    },
    /// A start, halt, clear or resume function waits in `channels`.
    ChannelWork,
    /// A trap of [`Machine::set_traps`].
    Hit(Hit),
    /// Program interruptions lead to nothing but program interruptions.
    ProgramLoop {
        /// The CPU that loops.
        cpu: u8,
    },
    /// The external new PSW is enabled for the timer interruption that loaded it: nothing else can happen.
    ExternalLoop {
        /// The CPU that loops.
        cpu: u8,
    },
    /// A page of a saved system is damaged; nothing was executed with it.
    BadPage {
        /// The page number in absolute storage.
        page: u64,
    },
}

/// The kinds of reset (Principles of Operation, chapter 4: Resets).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reset {
    /// CPU reset of all CPUs and the channel subsystem (subsystem reset): SYSTEM RESET.
    Normal,
    /// Initial CPU reset of all CPUs and subsystem reset.
    Initial,
    /// Registers, storage and keys are cleared too: SYSTEM CLEAR.
    Clear,
    /// CPU reset of one CPU.
    Cpu(u8),
    /// Initial CPU reset of one CPU.
    InitialCpu(u8),
}

/// What somebody outside asks of the machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Request {
    /// An external interruption for whichever CPU is enabled first.
    External(External),
    /// An external interruption for one CPU.
    ExternalTo(u8, External),
    /// The interrupt key (external x'0040').
    InterruptKey,
    /// A restart interruption of a CPU, which starts it.
    Restart(u8),
    /// The start key.
    Start(u8),
    /// The stop key.
    Stop(u8),
}

/// What an interruption of IUCV puts into a CPU's message buffer.
pub type Message = [u8; 40];

/// One virtual machine.
pub struct Machine {
    /// Main storage.
    pub storage: Storage,
    /// The CPUs, by CPU address.
    pub cpus: Vec<Cpu>,
    /// The channel subsystem.
    pub channels: channel::Channels,
    /// The service processor.
    pub sclp: sclp::Sclp,
    /// What the machine is made of.
    pub config: Config,
    /// The TOD clock.
    pub tod: timer::Tod,
    /// External interruptions for whichever CPU is enabled.
    pub externals: VecDeque<External>,
    /// Messages of IUCV for whichever CPU takes their type, which is in byte 3.
    pub messages: VecDeque<Message>,
    pub(self) instructions: u64,
    code: block::Cache,
    traps: trap::Traps,
    /// The CPU whose turn it is, by its place in `cpus`.
    turn: usize,
    /// The instruction count at which its turn ends; `None` when it has not begun.
    turn_ends: Option<u64>,
}

impl Machine {
    /// A machine after a clear reset, its CPUs stopped. Fails when the host cannot map its storage.
    pub fn new(config: Config) -> Result<Machine, std::io::Error> {
        let cpus = (0..config.cpus.max(1)).map(|a| Cpu::new(u16::from(a)));
        Ok(Machine {
            storage: Storage::new(config.storage)?,
            cpus: cpus.collect(),
            channels: channel::Channels::default(),
            sclp: sclp::Sclp::default(),
            tod: timer::Tod::new(config.clock.clone(), config.time),
            externals: VecDeque::new(),
            messages: VecDeque::new(),
            instructions: 0,
            code: block::Cache::default(),
            traps: trap::Traps::default(),
            turn: 0,
            turn_ends: None,
            config,
        })
    }

    /// Instructions executed since the machine was made.
    pub fn instructions(&self) -> u64 {
        self.instructions
    }

    /// Gives the host the memory of what was remembered to be faster: decoded code. It is made again where
    /// it is needed; nothing that a program sees changes. Does nothing while there is little of it.
    pub fn forget_decoded(&mut self, more_than: usize) {
        if self.code.kept() <= more_than {
            return;
        }
        self.code.clear(&mut self.storage);
    }

    /// The TOD clock now.
    pub fn tod_now(&self) -> u64 {
        self.tod.now(self.instructions)
    }

    /// Lets time pass until a TOD value, when time is made by instructions and all CPUs wait
    /// ([`Exit::Wait`]); otherwise time passes by itself and this does nothing.
    pub fn idle_until(&mut self, tod: u64) {
        self.tod.skip_to(tod, self.instructions);
    }

    /// Resets the machine or one CPU.
    pub fn reset(&mut self, kind: Reset) -> Result<(), std::io::Error> {
        match kind {
            Reset::Cpu(i) => {
                if let Some(cpu) = self.cpus.get_mut(usize::from(i)) {
                    cpu.reset();
                }
                return Ok(());
            }
            Reset::InitialCpu(i) => {
                if let Some(cpu) = self.cpus.get_mut(usize::from(i)) {
                    cpu.initial_reset();
                }
                return Ok(());
            }
            Reset::Normal => self.cpus.iter_mut().for_each(Cpu::reset),
            Reset::Initial => self.cpus.iter_mut().for_each(Cpu::initial_reset),
            Reset::Clear => {
                self.cpus.iter_mut().for_each(Cpu::clear_reset);
                self.storage.clear()?;
                self.code.clear(&mut self.storage);
            }
        }
        self.externals.clear();
        self.messages.clear();
        self.channels.reset();
        self.sclp.reset();
        Ok(())
    }

    /// Does what somebody outside asks for. CPU numbers that do not exist are ignored.
    pub fn request(&mut self, request: Request) {
        match request {
            Request::External(e) => self.externals.push_back(e),
            Request::ExternalTo(i, e) => {
                if let Some(cpu) = self.cpus.get_mut(usize::from(i)) {
                    cpu.externals.push_back(e);
                }
            }
            Request::InterruptKey => self.externals.push_back(External {
                code: 0x0040,
                cpu: 0,
                parameter: 0,
                long: None,
                mask_bit: 57,
            }),
            Request::Restart(i) => {
                if let Some(cpu) = self.cpus.get_mut(usize::from(i))
                    && cpu.state != State::CheckStop
                {
                    cpu.restart = true;
                    cpu.state = State::Operating;
                }
            }
            Request::Start(i) => self.set_state(i, State::Operating),
            Request::Stop(i) => self.set_state(i, State::Stopped),
        }
    }

    fn set_state(&mut self, i: u8, state: State) {
        if let Some(cpu) = self.cpus.get_mut(usize::from(i))
            && cpu.state != State::CheckStop
        {
            cpu.state = state;
        }
    }

    /// The end of an initial program load: CPU 0 starts in ESA/390 mode under the short PSW at absolute
    /// location 0. False, and nothing starts, when that is no PSW.
    pub fn start_loaded(&mut self) -> bool {
        let psw = Psw::from_short(self.storage.get64(0), false);
        if !psw.valid() {
            return false;
        }
        let cpu = &mut self.cpus[0];
        cpu.load_psw(psw);
        cpu.state = State::Operating;
        true
    }

    /// Gives a CPU a program interruption, as for a DIAGNOSE that CP refuses: the PSW is past the
    /// instruction, `ilc` bytes long.
    pub fn program_interrupt(&mut self, cpu: u8, code: ProgramCode, ilc: u8) {
        if let Some(c) = self.cpus.get_mut(usize::from(cpu)) {
            c.fault = cpu::Fault::default();
            c.per_code = 0;
            if code.nullifies() {
                c.psw.addr = c.psw.addr.wrapping_sub(u64::from(ilc)) & c.psw.amode.mask();
            }
            if interrupt::program_here(c, &mut self.storage, code, ilc).is_err() {
                c.state = State::CheckStop;
            }
        }
    }

    /// Replaces the traps.
    pub fn set_traps(&mut self, traps: Vec<Trap>) {
        self.traps = trap::Traps::new(traps);
        for cpu in &mut self.cpus {
            cpu.purge();
        }
    }

    /// Translates a logical address as a CPU sees it now: the absolute address, or the exception that an
    /// access would give. Nothing changes, not even reference bits.
    pub fn translate(
        &mut self,
        cpu: u8,
        va: u64,
        space: Option<Space>,
    ) -> Result<u64, ProgramCode> {
        let Some(c) = self.cpus.get(usize::from(cpu)) else {
            return Err(ProgramCode::ADDRESSING);
        };
        let zarch = c.psw.zarch;
        let absolute = match space {
            Some(space) => {
                let asce = c.asce_of(space);
                let control = bits::low32(c.cr[0]);
                dat::walk(&mut self.storage, asce, va, zarch, control)
                    .map_err(|m| m.code)?
                    .absolute(c.prefix, zarch)
            }
            None => dat::prefixed(c.prefix, zarch, va),
        };
        if self.storage.has(absolute) {
            Ok(absolute)
        } else {
            Err(ProgramCode::ADDRESSING)
        }
    }

    /// The space that operands come from under a CPU's PSW: `None` when DAT is off.
    pub fn operand_space(&self, cpu: u8) -> Option<Space> {
        let psw = &self.cpus.get(usize::from(cpu))?.psw;
        psw.dat.then_some(psw.space)
    }
}

#[cfg(test)]
mod tests;
