//! The line printer (1403 and its like): lines with the carriage movement of their command, kept until
//! CP's spool takes them.

use super::unit::{Sense, UnitRecord, command};
use crate::machine::channel::{Class, Device, Identity, Outcome, Transfer, UnitStatus};

/// Load the forms-control buffer.
const LOAD_FORMS: u8 = 0x63;
/// Load the universal character set.
const LOAD_CHARACTERS: u8 = 0xFB;
/// Bytes that a buffer load takes at most.
const BUFFER: usize = 512;

/// A line printer.
pub struct Printer {
    kind: u16,
    width: usize,
    lines: Vec<UnitRecord>,
    sense: Sense,
}

impl Printer {
    /// A printer of the type, such as X'1403', with its line length in characters.
    pub fn new(kind: u16, width: usize) -> Printer {
        Printer {
            kind,
            width,
            lines: Vec::new(),
            sense: Sense::default(),
        }
    }

    /// Prints one line, in EBCDIC, or moves the carriage when there is no data; what does not fit is lost.
    pub fn print(&mut self, command: u8, data: &[u8]) {
        let line = &data[..data.len().min(self.width)];
        self.lines.push(UnitRecord {
            command,
            data: line.to_vec(),
        });
    }

    /// How many lines and carriage movements there were since the last take.
    pub fn lines(&self) -> usize {
        self.lines.len()
    }

    /// Takes the lines printed and carriage movements made since the last call.
    pub fn take_lines(&mut self) -> Vec<UnitRecord> {
        std::mem::take(&mut self.lines)
    }
}

/// Whether the carriage bits of a write or control command mean something: space 0 to 3 lines, or skip
/// to channel 1 to 12.
fn carriage(command: u8) -> bool {
    let movement = command >> 3;
    match movement & 0x10 {
        0 => movement <= 3,
        _ => (1..=12).contains(&(movement & 0x0F)),
    }
}

impl Device for Printer {
    fn identity(&self) -> Identity {
        Identity {
            class: Class::Printer,
            control_unit: self.kind,
            control_unit_model: 0,
            device: 0,
            device_model: 0,
        }
    }

    fn execute(&mut self, command: u8, data: &mut Transfer<'_>) -> Outcome {
        let identity = self.identity();
        match command {
            command::NO_OPERATION => return self.sense.common(command, &identity, data),
            LOAD_FORMS | LOAD_CHARACTERS => {
                data.get_all(BUFFER);
            }
            // Gate load, block data check, allow data check, fold, unfold: nothing moves.
            0xEB | 0x73 | 0x7B | 0x43 | 0x23 => {}
            _ if command & 0x07 == 0x01 && carriage(command) => {
                let line = data.get_all(self.width);
                if data.stopped() {
                    return Outcome::Ended(UnitStatus::NORMAL);
                }
                self.print(command, &line);
            }
            _ if command & 0x07 == 0x03 && carriage(command) => self.print(command, &[]),
            _ => return self.sense.common(command, &identity, data),
        }
        Outcome::Ended(UnitStatus::NORMAL)
    }

    fn reset(&mut self) {
        self.sense.clear();
    }
}
