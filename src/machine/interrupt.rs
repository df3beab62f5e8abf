//! Interruptions: which one is next, and the exchange of PSWs with what is stored beside them
//! (Principles of Operation, chapter 6).

use super::Machine;
use super::bits::low32;
use super::cpu::{Cpu, External, ProgramCode};
use super::dat::prefixed;
use super::psw::Psw;
use super::storage::{Storage, StorageError};

/// The external-interruption code of the clock comparator. The condition lasts until it is set anew.
pub const CLOCK_COMPARATOR: u16 = 0x1004;
/// The external interruption of IUCV, and its bit in control register 0.
const MESSAGE: u16 = 0x4000;
const MESSAGE_MASK: u8 = 62;
/// The external-interruption code of the CPU timer. The condition lasts until it is set anew.
pub const CPU_TIMER: u16 = 0x1005;

/// The classes that exchange PSWs, with the old and new locations in ESA/390 and in z/Architecture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// Restart.
    Restart,
    /// External.
    External,
    /// Supervisor call.
    Svc,
    /// Program.
    Program,
    /// Machine check.
    MachineCheck,
    /// Input/output.
    Io,
}

impl Class {
    fn places(self, zarch: bool) -> (u64, u64) {
        let (esa, long) = match self {
            Class::Restart => ((8, 0), (288, 416)),
            Class::External => ((24, 88), (304, 432)),
            Class::Svc => ((32, 96), (320, 448)),
            Class::Program => ((40, 104), (336, 464)),
            Class::MachineCheck => ((48, 112), (352, 480)),
            Class::Io => ((56, 120), (368, 496)),
        };
        if zarch { long } else { esa }
    }
}

/// The absolute address of a place in a CPU's low core.
pub fn lowcore(cpu: &Cpu, at: u64) -> u64 {
    prefixed(cpu.prefix, cpu.psw.zarch, at)
}

/// Stores the old PSW and loads the new one. Fails when the low core cannot be used.
pub fn exchange(cpu: &mut Cpu, st: &mut Storage, class: Class) -> Result<(), StorageError> {
    let zarch = cpu.psw.zarch;
    let (old, new) = class.places(zarch);
    let (old, new) = (lowcore(cpu, old), lowcore(cpu, new));
    let next = if zarch {
        st.write(old, &cpu.psw.bytes())?;
        let mut image = [0u8; 16];
        st.read(new, &mut image)?;
        let whole = u128::from_be_bytes(image);
        Psw::from_long(super::bits::high64(whole), super::bits::low64(whole))
    } else {
        st.write(old, &cpu.psw.short().to_be_bytes())?;
        let mut image = [0u8; 8];
        st.read(new, &mut image)?;
        Psw::from_short(u64::from_be_bytes(image), false)
    };
    cpu.load_psw(next);
    Ok(())
}

fn put(cpu: &Cpu, st: &mut Storage, at: u64, bytes: &[u8]) -> Result<(), StorageError> {
    st.write(lowcore(cpu, at), bytes)
}

/// A program interruption of the instruction at `at`, `ilc` bytes long (as executed). The CPU's
/// `fault` tells the rest.
pub fn program(
    cpu: &mut Cpu,
    st: &mut Storage,
    code: ProgramCode,
    at: u64,
    ilc: u8,
) -> Result<(), StorageError> {
    // A PSW that is not valid is stored as it was loaded: no instruction was executed under it.
    cpu.psw.addr = if code.nullifies() || ilc == 0 {
        at
    } else {
        at.wrapping_add(u64::from(ilc)) & cpu.psw.amode.mask()
    };
    program_here(cpu, st, code, ilc)
}

/// A program interruption with the PSW as it stands.
pub fn program_here(
    cpu: &mut Cpu,
    st: &mut Storage,
    code: ProgramCode,
    ilc: u8,
) -> Result<(), StorageError> {
    let zarch = cpu.psw.zarch;
    let mut word = code.0;
    if cpu.per_code != 0 {
        word |= 0x80;
        let per = [low8(cpu.per_code >> 8), 0];
        put(cpu, st, 150, &per)?;
        if zarch {
            put(cpu, st, 152, &cpu.per_address.to_be_bytes())?;
        } else {
            put(cpu, st, 152, &low32(cpu.per_address).to_be_bytes())?;
        }
        put(cpu, st, 161, &[0])?;
        cpu.per_code = 0;
    }
    put(cpu, st, 140, &[0, ilc])?;
    put(cpu, st, 142, &word.to_be_bytes())?;
    match code {
        ProgramCode::DATA => {
            let dxc = cpu.fault.dxc;
            put(cpu, st, 144, &[0, 0, 0, dxc])?;
            if cpu.control(0, 45) {
                cpu.fpc = (cpu.fpc & 0xFFFF_00FF) | u32::from(dxc) << 8;
            }
        }
        ProgramCode::MONITOR => {
            put(cpu, st, 148, &[0, cpu.fault.monitor_class])?;
            if zarch {
                put(cpu, st, 176, &cpu.fault.monitor_code.to_be_bytes())?;
            } else {
                put(cpu, st, 156, &low32(cpu.fault.monitor_code).to_be_bytes())?;
            }
        }
        ProgramCode::PROTECTION
        | ProgramCode::SEGMENT
        | ProgramCode::PAGE
        | ProgramCode::ASCE_TYPE
        | ProgramCode::REGION_FIRST
        | ProgramCode::REGION_SECOND
        | ProgramCode::REGION_THIRD => {
            if zarch {
                put(cpu, st, 168, &cpu.fault.id.to_be_bytes())?;
            } else {
                put(
                    cpu,
                    st,
                    144,
                    &low32(cpu.fault.id & 0x7FFF_FFFF).to_be_bytes(),
                )?;
            }
            put(cpu, st, 160, &[cpu.fault.access])?;
            put(cpu, st, 162, &[cpu.fault.registers])?;
        }
        ProgramCode::SPACE_SWITCH
        | ProgramCode::AFX
        | ProgramCode::ASX
        | ProgramCode::LX
        | ProgramCode::EX
        | ProgramCode::PRIMARY_AUTHORITY
        | ProgramCode::SECONDARY_AUTHORITY => {
            let at = if zarch { 172 } else { 144 };
            put(cpu, st, at, &low32(cpu.fault.id).to_be_bytes())?;
        }
        ProgramCode::ALET_SPECIFICATION
        | ProgramCode::ALEN
        | ProgramCode::ALE_SEQUENCE
        | ProgramCode::ASTE_VALIDITY
        | ProgramCode::ASTE_SEQUENCE
        | ProgramCode::EXTENDED_AUTHORITY => put(cpu, st, 160, &[cpu.fault.access])?,
        _ => {}
    }
    if zarch {
        put(cpu, st, 272, &cpu.breaking.to_be_bytes())?;
    }
    exchange(cpu, st, Class::Program)
}

fn low8(v: u16) -> u8 {
    super::bits::low8(u64::from(v))
}

/// A supervisor call; the PSW has the address behind the instruction already.
pub fn svc(cpu: &mut Cpu, st: &mut Storage, number: u8, ilc: u8) -> Result<(), StorageError> {
    put(cpu, st, 136, &[0, ilc, 0, number])?;
    exchange(cpu, st, Class::Svc)
}

/// What was delivered, for the traps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Delivered {
    /// Nothing was pending that the CPU is enabled for.
    Nothing,
    /// A restart.
    Restart,
    /// A machine check.
    MachineCheck,
    /// An external interruption and its code.
    External(u16),
    /// An I/O interruption and its subsystem-identification word.
    Io(u32),
}

impl Machine {
    /// Takes one pending interruption that a CPU is enabled for, in the order of chapter 6.
    pub(super) fn deliver(&mut self, i: usize) -> Result<Delivered, StorageError> {
        if self.cpus[i].restart {
            let cpu = &mut self.cpus[i];
            cpu.restart = false;
            cpu.state = super::cpu::State::Operating;
            exchange(cpu, &mut self.storage, Class::Restart)?;
            return Ok(Delivered::Restart);
        }
        if let Some(check) = self.deliver_check(i)? {
            return Ok(check);
        }
        if self.cpus[i].psw.ext
            && let Some(external) = self.next_external(i)
        {
            let cpu = &mut self.cpus[i];
            let st = &mut self.storage;
            put(cpu, st, 132, &external.cpu.to_be_bytes())?;
            put(cpu, st, 134, &external.code.to_be_bytes())?;
            put(cpu, st, 128, &external.parameter.to_be_bytes())?;
            if let Some(long) = external.long {
                put(cpu, st, 0x11B8, &long.to_be_bytes())?;
            }
            exchange(cpu, st, Class::External)?;
            return Ok(Delivered::External(external.code));
        }
        if self.cpus[i].psw.io {
            let mask = super::bits::low8(self.cpus[i].cr[6] >> 24);
            if let Some(io) = self.channels.take_interrupt(mask) {
                let cpu = &mut self.cpus[i];
                let st = &mut self.storage;
                put(cpu, st, 184, &io.subsystem_id.to_be_bytes())?;
                put(cpu, st, 188, &io.parameter.to_be_bytes())?;
                if cpu.psw.zarch {
                    put(cpu, st, 192, &io.identification.to_be_bytes())?;
                }
                exchange(cpu, st, Class::Io)?;
                return Ok(Delivered::Io(io.subsystem_id));
            }
        }
        Ok(Delivered::Nothing)
    }

    /// Takes the external interruption that is next for a CPU.
    fn next_external(&mut self, i: usize) -> Option<External> {
        let enabled = |cpu: &Cpu, e: &External| cpu.control(0, e.mask_bit);
        let cpu = &mut self.cpus[i];
        if let Some(at) = cpu.externals.iter().position(|e| enabled(cpu, e)) {
            return cpu.externals.remove(at);
        }
        let now = self.tod.now(self.instructions);
        if cpu.control(0, 52) && cpu.comparator_due(now) {
            return Some(timer_external(CLOCK_COMPARATOR, 52));
        }
        if cpu.control(0, 53) && cpu.timer_due(now) {
            return Some(timer_external(CPU_TIMER, 53));
        }
        if cpu.control(0, 54)
            && let Some(parameter) = self.sclp.take_signal()
        {
            return Some(External {
                parameter,
                ..timer_external(0x2401, 54)
            });
        }
        if cpu.control(0, MESSAGE_MASK)
            && let Some(external) = self.next_message(i)
        {
            return Some(external);
        }
        let cpu = &self.cpus[i];
        let at = self.externals.iter().position(|e| enabled(cpu, e))?;
        self.externals.remove(at)
    }

    /// Puts the next message that a CPU takes into its buffer.
    fn next_message(&mut self, i: usize) -> Option<External> {
        let cpu = &self.cpus[i];
        let buffer = cpu.message_buffer?;
        let wanted = |m: &super::Message| buffer.takes(m[3]);
        let at = self.messages.iter().position(wanted)?;
        let message = self.messages.remove(at)?;
        // CP took the buffer only because it is in storage.
        let absolute = lowcore(cpu, buffer.at);
        let _ = self.storage.write(absolute, &message);
        Some(timer_external(MESSAGE, MESSAGE_MASK))
    }
}

fn timer_external(code: u16, mask_bit: u8) -> External {
    External {
        code,
        cpu: 0,
        parameter: 0,
        long: None,
        mask_bit,
    }
}
