//! The channel subsystem: subchannels, the I/O instructions' semantics, I/O interruptions (Principles of
//! Operation, chapters 13 to 17).
//!
//! The instruction functions take operands that the processor has fetched already and give back what it
//! must store, so they see neither addresses nor storage. Channel programs run in [`Channels::service`],
//! outside of instruction execution; the devices come from the layer above.

mod ccw;
mod chsc;
mod memory;
mod program;
mod subchannel;
#[cfg(test)]
mod tests;
mod transfer;
mod unit;

use std::collections::VecDeque;

pub use ccw::{Ccw, flag};
pub use memory::{Memory, Plain, Refused};
pub use program::Progress;
pub use subchannel::{Orb, Pmcw, Scsw, Subchannel, channel_status, scsw};
pub use transfer::Transfer;
pub use unit::{Class, Device, DeviceMap, Identity, Outcome, UnitStatus};

use program::Program;

/// The only program exception that the I/O instructions find in their operands: an operand exception
/// (program interruption code X'0015').
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OperandException;

/// A condition code, 0 to 3.
pub type ConditionCode = u8;

/// What an I/O interruption or TEST PENDING INTERRUPTION stores.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IoInterruption {
    /// Subsystem-identification word (real location 184).
    pub subsystem_id: u32,
    /// Interruption parameter (real location 188).
    pub parameter: u32,
    /// Interruption-identification word (real location 192, z/Architecture only).
    pub identification: u32,
}

/// CCWs of one channel program executed before control goes back to the processors.
const FUEL: u32 = 4096;

/// The channel subsystem of one virtual machine.
#[derive(Clone, Debug, Default)]
pub struct Channels {
    subchannels: Vec<Subchannel>,
    /// Interruption subclasses with an interruption pending: bit 0 (X'80') is ISC 0, as in CR6.
    pending: u8,
    /// Whether a function is pending that [`Channels::service`] has not seen.
    work: bool,
    limit: u64,
    reports: VecDeque<u32>,
    /// No machine check has told of the last one yet.
    report_signal: bool,
}

impl Channels {
    /// A channel subsystem without devices.
    pub fn new() -> Channels {
        Channels::default()
    }

    // Configuration, for the layer above.

    /// Gives the device number a subchannel: a free one, or the next.
    pub fn attach(&mut self, device: u16) -> u16 {
        if let Some(subchannel) = self.by_device(device) {
            return subchannel.number;
        }
        if let Some(free) = self.subchannels.iter_mut().find(|s| !s.pmcw.valid) {
            *free = Subchannel::new(free.number, device);
            return free.number;
        }
        let number = u16::try_from(self.subchannels.len()).unwrap_or(u16::MAX);
        self.subchannels.push(Subchannel::new(number, device));
        number
    }

    /// Takes the device number's subchannel away; whatever it was doing is gone.
    pub fn detach(&mut self, device: u16) {
        let found = |s: &&mut Subchannel| s.pmcw.valid && s.pmcw.device == device;
        if let Some(subchannel) = self.subchannels.iter_mut().find(found) {
            *subchannel = Subchannel {
                number: subchannel.number,
                ..Subchannel::default()
            };
            self.note_interruptions();
        }
    }

    /// Tells the program by a channel report that the subchannel's device has come or gone.
    pub fn report_change(&mut self, number: u16) {
        // Reporting source 3: subchannel; error recovery code 4: installed parameters initialized.
        self.report(0x0304_0000 | u32::from(number));
    }

    fn report(&mut self, word: u32) {
        const MOST: usize = 256;
        self.report_signal = true;
        if self.reports.len() < MOST {
            self.reports.push_back(word);
        } else if let Some(last) = self.reports.back_mut() {
            // Overflow.
            *last |= 0x2000_0000;
        }
    }

    /// The subchannels, in order of their numbers.
    pub fn subchannels(&self) -> &[Subchannel] {
        &self.subchannels
    }

    /// The subchannel of a device number.
    pub fn by_device(&self, device: u16) -> Option<&Subchannel> {
        let mut all = self.subchannels.iter();
        all.find(|s| s.pmcw.valid && s.pmcw.device == device)
    }

    /// I/O-system reset: every function, status and report is gone.
    pub fn reset(&mut self) {
        for subchannel in &mut self.subchannels {
            subchannel.reset();
        }
        self.reports.clear();
        self.report_signal = false;
        self.pending = 0;
        self.work = false;
        self.limit = 0;
    }

    /// What a saved system keeps of the subchannels: 30 bytes each, the number and the path-management
    /// control word. Status and channel programs in progress are not kept.
    pub fn save(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.subchannels.len() * 30);
        for subchannel in &self.subchannels {
            out.extend_from_slice(&subchannel.number.to_be_bytes());
            out.extend_from_slice(&subchannel.pmcw.image());
        }
        out
    }

    /// Sets the subchannels up as [`Channels::save`] found them, where the same device number has the
    /// same subchannel. The answer is whether all of them were found.
    pub fn restore(&mut self, saved: &[u8]) -> bool {
        let mut all = saved.len().is_multiple_of(30);
        for entry in saved.chunks_exact(30) {
            let number = usize::from(u16::from_be_bytes([entry[0], entry[1]]));
            let mut pmcw = [0; 28];
            pmcw.copy_from_slice(&entry[2..]);
            let device = u16::from_be_bytes([pmcw[6], pmcw[7]]);
            let valid = pmcw[5] & 1 != 0;
            match self.subchannels.get_mut(number) {
                Some(s) if s.pmcw.valid && valid && s.pmcw.device == device => {
                    s.pmcw.modify(&pmcw);
                }
                _ => all &= !valid,
            }
        }
        self.work = true;
        self.note_interruptions();
        all
    }

    // Execution, for the layer above.

    /// Whether a start, halt, clear or resume function waits for [`Channels::service`].
    pub fn work_pending(&self) -> bool {
        self.work
    }

    /// Performs all pending functions and goes on with channel programs. [`Progress::More`] says that
    /// some program is longer than its turn: service again after the processors have had theirs.
    pub fn service(&mut self, memory: &mut dyn Memory, devices: &mut dyn DeviceMap) -> Progress {
        self.work = false;
        let mut progress = Progress::Quiet;
        for subchannel in &mut self.subchannels {
            if !subchannel.pmcw.valid {
                continue;
            }
            let number = subchannel.pmcw.device;
            if subchannel.scsw.is(scsw::FUNCTION)
                && subchannel.perform(memory, devices.device(number), self.limit, FUEL)
                    == Progress::More
            {
                progress = Progress::More;
            }
            if let Some(device) = devices.device(number) {
                subchannel.offer(device);
            }
        }
        self.note_interruptions();
        progress
    }

    /// Begins the implied read of an initial program load on the device's subchannel, which it leaves
    /// enabled (Principles of Operation, chapter 17, "Initial Program Loading"). The answer is the
    /// subsystem-identification word, or none when there is no such device.
    pub fn begin_ipl(&mut self, device: u16) -> Option<u32> {
        let found = |s: &&mut Subchannel| s.pmcw.valid && s.pmcw.device == device;
        let subchannel = self.subchannels.iter_mut().find(found)?;
        subchannel.reset();
        subchannel.pmcw.enabled = true;
        subchannel.scsw.control = scsw::START | scsw::START_PENDING;
        subchannel.program = Some(Program::ipl());
        self.work = true;
        Some(subchannel.identification())
    }

    /// The ending status of the initial program load, taken from the subchannel, or none while it goes
    /// on.
    pub fn end_ipl(&mut self, device: u16) -> Option<Scsw> {
        let found = |s: &&mut Subchannel| s.pmcw.valid && s.pmcw.device == device;
        let subchannel = self.subchannels.iter_mut().find(found)?;
        let ended = scsw::PRIMARY | scsw::ALERT | scsw::SECONDARY;
        if !subchannel.scsw.is(ended) {
            return None;
        }
        let status = subchannel.scsw;
        subchannel.scsw = Scsw::default();
        subchannel.interruption = false;
        self.note_interruptions();
        Some(status)
    }

    // Interruptions, for the processors.

    fn note_interruptions(&mut self) {
        let all = self
            .subchannels
            .iter()
            .filter(|s| s.interruption && s.operational());
        self.pending = all.fold(0, |mask, s| mask | (0x80 >> s.pmcw.isc));
    }

    /// The interruption subclasses that have an interruption pending, as a mask like CR6 bits 32-39.
    pub fn pending_mask(&self) -> u8 {
        self.pending
    }

    /// Whether an interruption is pending that the subclass mask (CR6 bits 32-39) lets through.
    pub fn has_interrupt(&self, mask: u8) -> bool {
        self.pending & mask != 0
    }

    /// Takes the pending interruption that the subclass mask (CR6 bits 32-39) lets through: lowest
    /// subclass first. The subchannel stays status pending until TEST SUBCHANNEL.
    pub fn take_interrupt(&mut self, mask: u8) -> Option<IoInterruption> {
        if self.pending & mask == 0 {
            return None;
        }
        let waiting = |s: &&mut Subchannel| {
            s.interruption && s.operational() && mask & (0x80 >> s.pmcw.isc) != 0
        };
        let subchannel = self
            .subchannels
            .iter_mut()
            .filter(waiting)
            .min_by_key(|s| (s.pmcw.isc, s.number))?;
        subchannel.interruption = false;
        let taken = IoInterruption {
            subsystem_id: subchannel.identification(),
            parameter: subchannel.pmcw.parameter,
            identification: u32::from(subchannel.pmcw.isc) << 27,
        };
        self.note_interruptions();
        Some(taken)
    }

    // The instructions.

    fn at(&mut self, id: u32) -> Result<Option<&mut Subchannel>, OperandException> {
        let [zero, one, high, low] = id.to_be_bytes();
        if zero != 0 || one != 1 {
            return Err(OperandException);
        }
        let number = usize::from(u16::from_be_bytes([high, low]));
        Ok(self.subchannels.get_mut(number))
    }

    fn operational(&mut self, id: u32) -> Result<Option<&mut Subchannel>, OperandException> {
        Ok(self.at(id)?.filter(|s| s.operational()))
    }

    /// START SUBCHANNEL with the first 12 bytes of the ORB.
    pub fn start(&mut self, id: u32, orb: &[u8; 12]) -> Result<ConditionCode, OperandException> {
        let orb = Orb::new(orb);
        if orb.malformed() {
            return Err(OperandException);
        }
        let Some(subchannel) = self.operational(id)? else {
            return Ok(3);
        };
        if subchannel.scsw.is(scsw::PENDING) {
            return Ok(1);
        }
        if subchannel.scsw.is(scsw::FUNCTION) {
            return Ok(2);
        }
        let pmcw = &mut subchannel.pmcw;
        if orb.paths() & pmcw.logical & pmcw.available & pmcw.installed == 0 {
            return Ok(3);
        }
        pmcw.parameter = orb.parameter;
        pmcw.not_operational = 0;
        subchannel.scsw = Scsw {
            control: orb.scsw_bits() | scsw::START | scsw::START_PENDING,
            ..Scsw::default()
        };
        subchannel.program = Some(Program::new(orb));
        self.work = true;
        Ok(0)
    }

    /// RESUME SUBCHANNEL.
    pub fn resume(&mut self, id: u32) -> Result<ConditionCode, OperandException> {
        let Some(subchannel) = self.operational(id)? else {
            return Ok(3);
        };
        let state = &mut subchannel.scsw;
        if state.is(scsw::PENDING) {
            return Ok(1);
        }
        let only_start = state.control & scsw::FUNCTION == scsw::START;
        let resumable = only_start && state.is(scsw::SUSPEND_CONTROL);
        if !resumable || state.is(scsw::RESUME_PENDING) || !state.is(scsw::SUSPENDED) {
            return Ok(2);
        }
        state.control |= scsw::RESUME_PENDING;
        self.work = true;
        Ok(0)
    }

    /// HALT SUBCHANNEL.
    pub fn halt(&mut self, id: u32) -> Result<ConditionCode, OperandException> {
        let Some(subchannel) = self.operational(id)? else {
            return Ok(3);
        };
        let status = subchannel.scsw.control & scsw::STATUS;
        let ended = scsw::ALERT | scsw::PRIMARY | scsw::SECONDARY;
        if status == scsw::PENDING || (status & scsw::PENDING != 0 && status & ended != 0) {
            return Ok(1);
        }
        if subchannel.scsw.is(scsw::HALT | scsw::CLEAR) {
            return Ok(2);
        }
        subchannel.scsw.control &= !(scsw::RESUME_PENDING | scsw::START_PENDING | scsw::STATUS);
        subchannel.scsw.control |= scsw::HALT | scsw::HALT_PENDING;
        subchannel.interruption = false;
        self.work = true;
        self.note_interruptions();
        Ok(0)
    }

    /// CANCEL SUBCHANNEL: takes back a start that has not begun.
    pub fn cancel(&mut self, id: u32) -> Result<ConditionCode, OperandException> {
        let Some(subchannel) = self.operational(id)? else {
            return Ok(3);
        };
        let state = &mut subchannel.scsw;
        if state.is(scsw::PENDING) {
            return Ok(1);
        }
        if state.control & (scsw::FUNCTION | scsw::ACTIVITY) != scsw::START | scsw::START_PENDING {
            return Ok(2);
        }
        state.control &= !(scsw::FUNCTION | scsw::ACTIVITY);
        subchannel.program = None;
        Ok(0)
    }

    /// CLEAR SUBCHANNEL.
    pub fn clear(&mut self, id: u32) -> Result<ConditionCode, OperandException> {
        let Some(subchannel) = self.operational(id)? else {
            return Ok(3);
        };
        subchannel.scsw.control &= !(scsw::STATUS | scsw::ACTIVITY | scsw::FUNCTION);
        subchannel.scsw.control |= scsw::CLEAR | scsw::CLEAR_PENDING;
        subchannel.interruption = false;
        self.work = true;
        self.note_interruptions();
        Ok(0)
    }

    /// TEST SUBCHANNEL: the condition code, and the IRB to store (codes 0 and 1). The caller makes sure
    /// that it can be stored before it calls.
    pub fn test(&mut self, id: u32) -> Result<(ConditionCode, Option<[u8; 64]>), OperandException> {
        let Some(subchannel) = self.operational(id)? else {
            return Ok((3, None));
        };
        let irb = subchannel.irb();
        if !subchannel.scsw.is(scsw::PENDING) {
            return Ok((1, Some(irb)));
        }
        subchannel.clear_status();
        // The subchannel is free for what its device may have to say of its own accord.
        self.work |= !subchannel.scsw.is(scsw::FUNCTION);
        self.note_interruptions();
        Ok((0, Some(irb)))
    }

    /// STORE SUBCHANNEL: the SCHIB to store, or none for condition code 3.
    pub fn store(&mut self, id: u32) -> Result<Option<[u8; 52]>, OperandException> {
        Ok(self.at(id)?.map(|subchannel| subchannel.schib()))
    }

    /// MODIFY SUBCHANNEL with the first 28 bytes of the SCHIB (its PMCW).
    pub fn modify(&mut self, id: u32, pmcw: &[u8; 28]) -> Result<ConditionCode, OperandException> {
        if Pmcw::malformed(pmcw) {
            return Err(OperandException);
        }
        let Some(subchannel) = self.at(id)? else {
            return Ok(3);
        };
        if !subchannel.pmcw.valid {
            return Ok(0);
        }
        if subchannel.scsw.is(scsw::PENDING) {
            return Ok(1);
        }
        if subchannel.scsw.is(scsw::FUNCTION) {
            return Ok(2);
        }
        subchannel.pmcw.modify(pmcw);
        // What the device has to say can be presented once the subchannel is enabled.
        self.work = true;
        self.note_interruptions();
        Ok(0)
    }

    /// TEST PENDING INTERRUPTION under the subclass mask of CR6: condition code 1 with the code to
    /// store, else condition code 0.
    pub fn test_pending(&mut self, mask: u8) -> Option<IoInterruption> {
        self.take_interrupt(mask)
    }

    /// STORE CHANNEL REPORT WORD: condition code and the word (zero with condition code 1).
    pub fn store_report(&mut self) -> (ConditionCode, u32) {
        match self.reports.pop_front() {
            Some(report) => (0, report),
            None => (1, 0),
        }
    }

    /// Whether a machine check is to tell that a channel report waits; it does so once (subclass channel report
    /// pending, CR14 bit 35).
    pub fn take_report_signal(&mut self) -> bool {
        std::mem::take(&mut self.report_signal) && !self.reports.is_empty()
    }

    /// SET CHANNEL MONITOR with general registers 1 and 2. There is no measurement facility in the
    /// subchannels (their timing bit is zero), so a valid request changes nothing.
    pub fn set_monitor(&mut self, r1: u32, r2: u64) -> Result<(), OperandException> {
        let reserved = r1 & 0x0FFF_FFFC != 0;
        let misaligned = r1 & 2 != 0 && !r2.is_multiple_of(32);
        if reserved || misaligned {
            return Err(OperandException);
        }
        Ok(())
    }

    /// SET ADDRESS LIMIT with general register 1: a multiple of 64K below 2G.
    pub fn set_address_limit(&mut self, r1: u32) -> Result<(), OperandException> {
        if r1 & 0x8000_FFFF != 0 {
            return Err(OperandException);
        }
        self.limit = u64::from(r1);
        Ok(())
    }

    /// RESET CHANNEL PATH with general register 1: condition code.
    pub fn reset_path(&mut self, r1: u32) -> Result<ConditionCode, OperandException> {
        if r1 & 0xFFFF_FF00 != 0 {
            return Err(OperandException);
        }
        let uses = |s: &Subchannel| s.pmcw.valid && u32::from(s.pmcw.paths[0]) == r1;
        if !self.subchannels.iter().any(uses) {
            return Ok(3);
        }
        // Solicited, reporting source 4: channel path, recovery code 2: initialized.
        self.report(0x4402_0000 | r1);
        Ok(0)
    }

    /// STORE CHANNEL PATH STATUS: no path is ever active between instructions.
    pub fn path_status(&self) -> [u8; 32] {
        [0; 32]
    }

    /// CHANNEL SUBSYSTEM CALL on the 4096-byte command block: condition code, the response in place.
    pub fn call(&mut self, block: &mut [u8; 4096]) -> Result<ConditionCode, OperandException> {
        chsc::call(self, block)
    }
}
