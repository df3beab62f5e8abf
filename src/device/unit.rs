//! What unit-record and console devices share: sense data, the commands that every device has, and the
//! records that go to the spool.

use crate::machine::channel::{Identity, Outcome, Transfer, UnitStatus};

/// Sense bits of byte 0, the same for all devices.
pub mod sense {
    /// The device does not have this command.
    pub const COMMAND_REJECT: u8 = 0x80;
    /// Somebody has to do something at the device.
    pub const INTERVENTION_REQUIRED: u8 = 0x40;
}

/// The commands that every device has.
pub mod command {
    /// Does nothing.
    pub const NO_OPERATION: u8 = 0x03;
    /// Gives the sense bytes.
    pub const SENSE: u8 = 0x04;
    /// Gives the device's identity.
    pub const SENSE_ID: u8 = 0xE4;
}

/// A record that a punch or printer has made, with the command that made it, as spool files keep them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnitRecord {
    /// The CCW command code: with a printer it says how the carriage moved.
    pub command: u8,
    /// The data in EBCDIC, as the program gave it.
    pub data: Vec<u8>,
}

/// The sense byte of a simple device, and the commands it implies.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sense(u8);

impl Sense {
    /// Executes the commands that every device has; any other is rejected.
    pub fn common(&mut self, command: u8, identity: &Identity, data: &mut Transfer<'_>) -> Outcome {
        match command {
            command::NO_OPERATION => {}
            command::SENSE => {
                data.put(&[self.0]);
                self.0 = 0;
            }
            command::SENSE_ID => {
                data.put(&identity.sense_id());
            }
            _ => return self.check(sense::COMMAND_REJECT),
        }
        Outcome::Ended(UnitStatus::NORMAL)
    }

    /// Ends a command with unit check and these sense bits.
    pub fn check(&mut self, bits: u8) -> Outcome {
        self.0 = bits;
        Outcome::Ended(UnitStatus::CHECK)
    }

    /// Forgets the sense data, as every command but SENSE does.
    pub fn clear(&mut self) {
        self.0 = 0;
    }
}
