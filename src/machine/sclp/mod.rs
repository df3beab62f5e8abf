//! The service-call logical processor: SERVC and the service signal. There is no public manual; what is
//! here is what operating systems rely on: the configuration and the event facility, through which a
//! console without devices works.
//!
//! A call is performed at once. Its end is told by the service signal, an external interruption
//! (code X'2401') whose parameter is the address of the SCCB, with bit 31 on while events wait.

mod events;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use super::channel::{ConditionCode, Memory, Refused};
use events::Event;

/// A program exception found in the operands of SERVC.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ServiceException {
    /// The SCCB is outside storage (X'0005').
    Addressing,
    /// The SCCB may not be stored into (X'0004').
    Protection,
    /// The SCCB address or length is not possible (X'0006').
    Specification,
}

/// What the configuration commands tell.
#[derive(Clone, Copy, Debug)]
pub struct Configuration<'a> {
    /// Bytes of main storage.
    pub storage: u64,
    /// Addresses of the configured processors.
    pub cpus: &'a [u8],
    /// The highest processor address that there can ever be.
    pub highest_cpu: u8,
    /// The prefix of the processor that executes SERVC; the SCCB may not be in the prefix area.
    pub prefix: u64,
}

/// Response codes, as stored in bytes 6 and 7 of the SCCB.
mod response {
    pub const READ: u16 = 0x0010;
    pub const DONE: u16 = 0x0020;
    pub const BOUNDARY: u16 = 0x0100;
    pub const INVALID_COMMAND: u16 = 0x01F0;
    pub const SHORT: u16 = 0x0300;
    pub const INVALID_FUNCTION: u16 = 0x40F0;
    pub const NO_EVENTS: u16 = 0x60F0;
    pub const INVALID_SELECTION: u16 = 0x70F0;
    pub const INCONSISTENT_LENGTHS: u16 = 0x72F0;
    pub const EVENT_SYNTAX: u16 = 0x73F0;
    pub const MASK_LENGTH: u16 = 0x74F0;
}

/// A command: its code without the byte that the command leaves open, and what performs it and gives
/// the response code.
struct Row {
    command: u32,
    perform: fn(&mut Sclp, &mut Sccb, &Configuration<'_>) -> u16,
}

const TABLE: &[Row] = &[
    // Read system-control-program information, and the forced form of it.
    Row {
        command: 0x0002_0001,
        perform: read_scp_info,
    },
    Row {
        command: 0x0012_0001,
        perform: read_scp_info,
    },
    Row {
        command: 0x0001_0001,
        perform: read_cpu_info,
    },
    // The event facility.
    Row {
        command: 0x0078_0005,
        perform: Sclp::write_event_mask,
    },
    Row {
        command: 0x0076_0005,
        perform: Sclp::write_event_data,
    },
    Row {
        command: 0x0077_0005,
        perform: Sclp::read_event_data,
    },
];

/// The bits of a command word that name the command.
const COMMAND: u32 = 0xFFFF_00FF;
/// Bytes of an SCCB's header.
const HEADER: usize = 8;
/// Bytes of the largest SCCB, which may not cross a page.
const PAGE: usize = 4096;

/// A copy of the control block that a call works on, so that the program cannot change it meanwhile.
struct Sccb {
    bytes: [u8; PAGE],
    length: usize,
}

impl Sccb {
    fn halfword(&self, at: usize) -> u16 {
        u16::from_be_bytes([self.bytes[at], self.bytes[at + 1]])
    }

    fn put(&mut self, at: usize, value: &[u8]) {
        self.bytes[at..at + value.len()].copy_from_slice(value);
    }

    fn put_halfword(&mut self, at: usize, value: u16) {
        self.put(at, &value.to_be_bytes());
    }

    fn set_length(&mut self, length: usize) {
        self.length = length.min(PAGE);
        self.put_halfword(0, u16::try_from(self.length).unwrap_or(u16::MAX));
    }
}

/// The service processor of one virtual machine.
#[derive(Clone, Debug)]
pub struct Sclp {
    /// The service signal's parameter, while it is pending.
    signal: Option<u32>,
    /// Event types that the program takes, bit 0 being type 1.
    receive: u64,
    events: VecDeque<Event>,
    lines: Vec<Vec<u8>>,
    partial: Vec<u8>,
    /// Event type of the program's last text.
    spoken: u8,
    load_parameter: [u8; 8],
}

impl Default for Sclp {
    fn default() -> Self {
        Sclp {
            signal: None,
            receive: 0,
            events: VecDeque::new(),
            lines: Vec::new(),
            partial: Vec::new(),
            spoken: 0,
            load_parameter: [0x40; 8],
        }
    }
}

impl Sclp {
    /// A service processor after power-on.
    pub fn new() -> Sclp {
        Sclp::default()
    }

    /// Sets the load parameter that READ SCP INFO shows, in EBCDIC.
    pub fn set_load_parameter(&mut self, parameter: [u8; 8]) {
        self.load_parameter = parameter;
    }

    /// System reset: masks, waiting events and the pending signal are gone. What was written stays for
    /// the console.
    pub fn reset(&mut self) {
        self.signal = None;
        self.receive = 0;
        self.events.clear();
        self.spoken = 0;
        self.end_line();
    }

    /// What a saved system keeps: the event types that the program takes, and where it spoke last.
    pub fn save(&self) -> [u8; 9] {
        let mut out = [0; 9];
        out[..8].copy_from_slice(&self.receive.to_be_bytes());
        out[8] = self.spoken;
        out
    }

    /// Sets the event facility up as [`Sclp::save`] found it.
    pub fn restore(&mut self, saved: &[u8; 9]) {
        let mut mask = [0; 8];
        mask.copy_from_slice(&saved[..8]);
        self.receive = u64::from_be_bytes(mask);
        self.spoken = saved[8];
    }

    /// The parameter of the pending service signal, if one is pending.
    pub fn signal(&self) -> Option<u32> {
        self.signal
    }

    /// Takes the pending service signal for the external interruption.
    pub fn take_signal(&mut self) -> Option<u32> {
        self.signal.take()
    }

    /// SERVC: the command word and the address of the SCCB. Condition code 0: done, the service signal
    /// is pending; 2: the signal of the last call has not been taken.
    pub fn call(
        &mut self,
        memory: &mut dyn Memory,
        configuration: &Configuration<'_>,
        command: u32,
        address: u64,
    ) -> Result<ConditionCode, ServiceException> {
        let area = address & !0x1FFF;
        if address & !0x7FFF_FFF8 != 0 || area == 0 || area == configuration.prefix {
            return Err(ServiceException::Specification);
        }
        let mut header = [0; HEADER];
        memory.read(address, &mut header).map_err(exception)?;
        let length = usize::from(u16::from_be_bytes([header[0], header[1]]));
        if length < HEADER {
            return Err(ServiceException::Specification);
        }
        if self.signal.is_some_and(|parameter| parameter & !7 != 0) {
            return Ok(2);
        }
        let within = usize::try_from(address % 4096).unwrap_or(0);
        if within + length > PAGE {
            self.respond(memory, address, response::BOUNDARY)?;
        } else {
            self.perform(memory, configuration, command, address, length)?;
        }
        let parameter = u32::try_from(address).unwrap_or(0);
        self.signal = Some(parameter | self.pending_bit());
        Ok(0)
    }

    fn perform(
        &mut self,
        memory: &mut dyn Memory,
        configuration: &Configuration<'_>,
        command: u32,
        address: u64,
        length: usize,
    ) -> Result<(), ServiceException> {
        let mut bytes = [0; PAGE];
        memory
            .read(address, &mut bytes[..length])
            .map_err(exception)?;
        let mut sccb = Sccb { bytes, length };
        let row = TABLE.iter().find(|row| row.command == command & COMMAND);
        let Some(row) = row else {
            return self.respond(memory, address, response::INVALID_COMMAND);
        };
        let code = (row.perform)(self, &mut sccb, configuration);
        sccb.put_halfword(6, code);
        let answer = &sccb.bytes[..sccb.length];
        memory.write(address, answer).map_err(exception)
    }

    fn respond(
        &self,
        memory: &mut dyn Memory,
        address: u64,
        code: u16,
    ) -> Result<(), ServiceException> {
        let response = code.to_be_bytes();
        memory.write(address + 6, &response).map_err(exception)
    }
}

fn exception(refused: Refused) -> ServiceException {
    match refused {
        Refused::Addressing => ServiceException::Addressing,
        Refused::Protection => ServiceException::Protection,
    }
}

/// Bytes that describe one processor.
const CPU_ENTRY: usize = 16;

fn put_cpus(sccb: &mut Sccb, at: usize, cpus: &[u8]) {
    for (i, cpu) in cpus.iter().enumerate() {
        let entry = at + i * CPU_ENTRY;
        sccb.bytes[entry..entry + CPU_ENTRY].fill(0);
        sccb.bytes[entry] = *cpu;
    }
}

fn read_scp_info(sclp: &mut Sclp, sccb: &mut Sccb, configuration: &Configuration<'_>) -> u16 {
    const ENTRIES: usize = 128;
    /// Facility: READ CPU INFO is there.
    const HAS_CPU_INFO: u64 = 0x0800_0000_0000_0000;
    let cpus = configuration.cpus;
    if sccb.length < ENTRIES + cpus.len() * CPU_ENTRY {
        return response::SHORT;
    }
    sccb.bytes[HEADER..ENTRIES].fill(0);
    let megabytes = configuration.storage >> 20;
    match u16::try_from(megabytes) {
        Ok(increments) => sccb.put_halfword(8, increments),
        // Too many increments of 1M for the field: the long fields tell them.
        Err(_) => sccb.put(104, &megabytes.to_be_bytes()),
    }
    sccb.bytes[10] = 1;
    sccb.put(100, &1u32.to_be_bytes());
    sccb.put_halfword(16, u16::try_from(cpus.len()).unwrap_or(u16::MAX));
    sccb.put_halfword(18, 128);
    let load_parameter = sclp.load_parameter;
    sccb.put(24, &load_parameter);
    sccb.put(48, &HAS_CPU_INFO.to_be_bytes());
    // Zero would leave it unsaid, which a program under a VM takes for 64 processors to set aside storage for.
    sccb.put_halfword(120, u16::from(configuration.highest_cpu.max(1)));
    put_cpus(sccb, ENTRIES, cpus);
    response::READ
}

fn read_cpu_info(_: &mut Sclp, sccb: &mut Sccb, configuration: &Configuration<'_>) -> u16 {
    const ENTRIES: usize = 24;
    let cpus = configuration.cpus;
    let end = ENTRIES + cpus.len() * CPU_ENTRY;
    if sccb.length < end {
        return response::SHORT;
    }
    sccb.bytes[HEADER..ENTRIES].fill(0);
    sccb.put_halfword(8, u16::try_from(cpus.len()).unwrap_or(u16::MAX));
    sccb.put_halfword(10, 24);
    sccb.put_halfword(14, u16::try_from(end).unwrap_or(u16::MAX));
    put_cpus(sccb, ENTRIES, cpus);
    response::READ
}
