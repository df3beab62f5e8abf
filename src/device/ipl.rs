//! Initial program loading from a device (Principles of Operation, chapter 17).

use thiserror::Error;

use super::Devices;
use crate::base::codepage::host_to_ebcdic;
use crate::machine::channel::{Channels, Memory, Progress, UnitStatus, channel_status};
use crate::machine::{Machine, Psw, Request, Reset};

/// Why an IPL did not load.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum IplError {
    /// There is no device of the number.
    #[error("device {0:04X} does not exist")]
    NoDevice(u16),
    /// The device has nothing to read: the reader is empty, the console waits for a line.
    #[error("device {0:04X} is not ready")]
    NotReady(u16),
    /// The channel program ended with other status than channel end and device end.
    #[error(
        "I/O error on device {number:04X}: device status {device:02X}, subchannel status {channel:02X}"
    )]
    Status {
        /// Device number.
        number: u16,
        /// Unit status.
        device: u8,
        /// Subchannel status.
        channel: u8,
    },
    /// The channel program did not come to an end.
    #[error("the channel program on device {0:04X} does not end")]
    Endless(u16),
    /// What was loaded to location 0 is not a valid PSW.
    #[error("the PSW loaded from device {0:04X} is not valid")]
    BadPsw(u16),
    /// The host could not give the machine cleared storage.
    #[error("storage could not be cleared")]
    Storage,
}

/// What becomes of storage before an IPL.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Clearing {
    /// It keeps its contents.
    #[default]
    Keep,
    /// Storage and registers are cleared (IPL with CLEAR).
    Clear,
}

/// How often an IPL channel program may use up its allowance before it counts as endless.
const PATIENCE: u32 = 256;

impl Devices {
    /// IPL from a device in ESA/390 mode: reset, load, the parameters to the right halves of the general
    /// registers (at most 64 bytes, in EBCDIC), the PSW from location 0, and CPU 0 starts. After an
    /// error the machine is reset and stopped.
    pub fn ipl(
        &mut self,
        machine: &mut Machine,
        number: u16,
        clearing: Clearing,
        parameters: &[u8],
    ) -> Result<(), IplError> {
        let kind = match clearing {
            Clearing::Keep => Reset::Initial,
            Clearing::Clear => Reset::Clear,
        };
        machine.reset(kind).map_err(|_| IplError::Storage)?;
        let cpus = u8::try_from(machine.cpus.len()).unwrap_or(u8::MAX);
        (0..cpus).for_each(|cpu| machine.request(Request::Stop(cpu)));
        self.load(&mut machine.channels, &mut machine.storage, number)?;
        let mut image = [0; 8];
        let bad = IplError::BadPsw(number);
        Memory::read(&mut machine.storage, 0, &mut image).map_err(|_| bad)?;
        let psw = Psw::from_short(u64::from_be_bytes(image), false);
        let Some(cpu) = machine.cpus.first_mut() else {
            return Err(bad);
        };
        if !psw.valid() {
            return Err(bad);
        }
        pass(parameters, &mut cpu.gr);
        cpu.load_psw(psw);
        machine.request(Request::Start(0));
        Ok(())
    }

    /// The input/output part of an IPL: the implied read, the chain it leads to, and the identification
    /// words at locations 184 to 191. Channels and processors have been reset before.
    pub fn load(
        &mut self,
        channels: &mut Channels,
        memory: &mut dyn Memory,
        number: u16,
    ) -> Result<(), IplError> {
        self.reset();
        self.connect(channels);
        let subsystem = channels
            .begin_ipl(number)
            .ok_or(IplError::NoDevice(number))?;
        if !self
            .devices
            .get(&number)
            .is_some_and(|device| device.ready())
        {
            return Err(IplError::NotReady(number));
        }
        let mut progress = channels.service(memory, self);
        for _ in 0..PATIENCE {
            if progress == Progress::Quiet {
                break;
            }
            progress = channels.service(memory, self);
        }
        let Some(status) = channels.end_ipl(number) else {
            channels.reset();
            return Err(match progress {
                Progress::Quiet => IplError::NotReady(number),
                Progress::More => IplError::Endless(number),
            });
        };
        let errors = status.channel & !channel_status::PCI;
        if UnitStatus(status.device) != UnitStatus::NORMAL || errors != 0 {
            return Err(IplError::Status {
                number,
                device: status.device,
                channel: status.channel,
            });
        }
        let mut words = [0; 8];
        words[0..4].copy_from_slice(&subsystem.to_be_bytes());
        memory
            .write(184, &words)
            .map_err(|_| IplError::BadPsw(number))
    }
}

/// Puts the IPL parameters into the right halves of the registers; without parameters they stay.
fn pass(parameters: &[u8], registers: &mut [u64; 16]) {
    if parameters.is_empty() {
        return;
    }
    let mut text = [0; 64];
    for (to, from) in text.iter_mut().zip(host_to_ebcdic(parameters)) {
        *to = from;
    }
    for (register, word) in registers.iter_mut().zip(text.as_chunks::<4>().0) {
        *register = u64::from(u32::from_be_bytes(*word));
    }
}
