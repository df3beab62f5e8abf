//! What the channel subsystem sees of a device: its identity, the commands it executes and the unit
//! status it answers with (Principles of Operation, chapter 16, "Device Status"; SENSE ID as in the
//! common I/O-device commands manual).

use std::any::Any;

use super::transfer::Transfer;

/// Unit (device) status: the byte in bits 0-7 of SCSW word 2.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct UnitStatus(pub u8);

impl UnitStatus {
    /// The operator or the device wants something: a key was pressed, a device became ready.
    pub const ATTENTION: UnitStatus = UnitStatus(0x80);
    /// Changes the meaning of the other bits; with device end the next CCW of the chain is skipped.
    pub const MODIFIER: UnitStatus = UnitStatus(0x40);
    /// The control unit has become free.
    pub const CONTROL_UNIT_END: UnitStatus = UnitStatus(0x20);
    /// The device is executing something else.
    pub const BUSY: UnitStatus = UnitStatus(0x10);
    /// The channel's part of the operation is over.
    pub const CHANNEL_END: UnitStatus = UnitStatus(0x08);
    /// The device's part of the operation is over.
    pub const DEVICE_END: UnitStatus = UnitStatus(0x04);
    /// The device has sense bytes to tell what went wrong.
    pub const UNIT_CHECK: UnitStatus = UnitStatus(0x02);
    /// The device met something that is not an error, such as the end of a deck.
    pub const UNIT_EXCEPTION: UnitStatus = UnitStatus(0x01);
    /// Channel end and device end: the operation went as it should.
    pub const NORMAL: UnitStatus = UnitStatus(0x0C);
    /// Channel end, device end, unit check.
    pub const CHECK: UnitStatus = UnitStatus(0x0E);
    /// Channel end, device end, unit exception.
    pub const EXCEPTION: UnitStatus = UnitStatus(0x0D);

    /// Whether every bit of `other` is on.
    pub fn has(self, other: UnitStatus) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both sets of bits.
    pub fn with(self, other: UnitStatus) -> UnitStatus {
        UnitStatus(self.0 | other.0)
    }
}

/// How a device answers a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The operation is over, with this status.
    Ended(UnitStatus),
    /// The device waits for something outside, such as a typed line, and has moved no data yet. The
    /// command is given to it again each time the devices are serviced.
    Pending,
}

/// The classes that CP's QUERY VIRTUAL groups devices by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// The virtual machine's console.
    Console,
    /// A card reader.
    Reader,
    /// A card punch.
    Punch,
    /// A line printer.
    Printer,
    /// A disk.
    Dasd,
    /// A tape drive.
    Tape,
    /// A channel-to-channel adapter or network device.
    Communication,
}

impl Class {
    /// The keyword of CP responses: `CONS`, `RDR`, `PUN`, `PRT`, `DASD`, `TAPE`, `CTCA`.
    pub fn keyword(self) -> &'static str {
        match self {
            Class::Console => "CONS",
            Class::Reader => "RDR",
            Class::Punch => "PUN",
            Class::Printer => "PRT",
            Class::Dasd => "DASD",
            Class::Tape => "TAPE",
            Class::Communication => "CTCA",
        }
    }
}

/// What a device says it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Identity {
    /// The class for QUERY VIRTUAL.
    pub class: Class,
    /// Control unit type, decimal digits as hexadecimal (X'3215' is a 3215).
    pub control_unit: u16,
    /// Control unit model.
    pub control_unit_model: u8,
    /// Device type, decimal digits as hexadecimal.
    pub device: u16,
    /// Device model.
    pub device_model: u8,
}

impl Identity {
    /// The seven bytes that SENSE ID (X'E4') gives.
    pub fn sense_id(&self) -> [u8; 7] {
        let [cu_high, cu_low] = self.control_unit.to_be_bytes();
        let [high, low] = self.device.to_be_bytes();
        let (cu_model, model) = (self.control_unit_model, self.device_model);
        [0xFF, cu_high, cu_low, cu_model, high, low, model]
    }
}

/// A device with its control unit, as seen from the channel. `Any` lets CP reach the concrete device.
pub trait Device: Any + Send {
    /// What the device is.
    fn identity(&self) -> Identity;

    /// Executes one command of a channel program, moving data through `data`.
    fn execute(&mut self, command: u8, data: &mut Transfer<'_>) -> Outcome;

    /// Whether the device can do its work: a reader has cards, a drive has its volume.
    fn ready(&self) -> bool {
        true
    }

    /// A new channel program begins: forget what belongs to one chain (file mask, located record).
    fn begin(&mut self) {}

    /// The operation that the device has answered with [`Outcome::Pending`] was ended by HALT or CLEAR
    /// SUBCHANNEL.
    fn halt(&mut self) {}

    /// The system was reset: sense data and everything half done is gone.
    fn reset(&mut self) {}

    /// Unsolicited status that the device wants to present, taken from it. It is asked only when the
    /// subchannel can present it.
    fn take_unsolicited(&mut self) -> Option<UnitStatus> {
        None
    }
}

/// Finds the device of a device number.
pub trait DeviceMap {
    /// The device, or none when it is not there.
    fn device(&mut self, number: u16) -> Option<&mut dyn Device>;
}
