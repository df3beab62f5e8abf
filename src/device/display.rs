//! The 3270 display, as far as the channel sees it (3270 Data Stream Programmer's Reference, GA23-0059):
//! it hands the outbound data streams to the terminal layer, which keeps the screen, and gives the
//! program the inbound ones that come back.

use std::collections::VecDeque;

use super::unit::{Sense, UnitRecord, command};
use crate::machine::channel::{Class, Device, Identity, Outcome, Transfer, UnitStatus};

/// Command: write.
const WRITE: u8 = 0x01;
/// Command: erase, then write.
const ERASE_WRITE: u8 = 0x05;
/// Command: erase, then write at the alternate size.
const ERASE_WRITE_ALTERNATE: u8 = 0x0D;
/// Command: erase all unprotected fields.
const ERASE_UNPROTECTED: u8 = 0x0F;
/// Command: write structured field.
const WRITE_STRUCTURED: u8 = 0x11;
/// Command: read the whole buffer.
const READ_BUFFER: u8 = 0x02;
/// Command: read modified fields.
const READ_MODIFIED: u8 = 0x06;
/// Command: read modified fields whatever key was pressed.
const READ_MODIFIED_ALL: u8 = 0x0E;
/// Command: select, which local controllers take before a read.
const SELECT: u8 = 0x0B;
/// Bytes of one write, enough for any count.
const MOST: usize = 0x1_0000;

const IDENTITY: Identity = Identity {
    class: Class::Console,
    control_unit: 0x3274,
    control_unit_model: 0x1D,
    device: 0x3278,
    device_model: 0x02,
};

/// A 3270 display station.
#[derive(Debug, Default)]
pub struct Display {
    outbound: Vec<UnitRecord>,
    inbound: VecDeque<Vec<u8>>,
    sense: Sense,
    /// A read command that waits for the terminal to answer.
    wanted: Option<u8>,
    /// Attention has been presented for what is inbound and no read has come since.
    announced: bool,
}

impl Display {
    /// A display that has shown nothing.
    pub fn new() -> Display {
        Display::default()
    }

    /// Takes the outbound data streams since the last call, each with the command that wrote it.
    pub fn take_outbound(&mut self) -> Vec<UnitRecord> {
        std::mem::take(&mut self.outbound)
    }

    /// The read command that the program waits in, if it does. The terminal answers it with
    /// [`Display::put_inbound`]: the whole screen for read buffer, else the modified fields.
    pub fn wanted(&self) -> Option<u8> {
        self.wanted
    }

    /// An inbound data stream, beginning with the attention identifier: a key was pressed, or a read
    /// is answered.
    pub fn put_inbound(&mut self, stream: Vec<u8>) {
        self.inbound.push_back(stream);
    }

    fn read(&mut self, command: u8, data: &mut Transfer<'_>) -> Outcome {
        let Some(stream) = self.inbound.pop_front() else {
            self.wanted = Some(command);
            return Outcome::Pending;
        };
        self.wanted = None;
        self.announced = false;
        data.put(&stream);
        Outcome::Ended(UnitStatus::NORMAL)
    }
}

impl Device for Display {
    fn identity(&self) -> Identity {
        IDENTITY
    }

    fn execute(&mut self, command: u8, data: &mut Transfer<'_>) -> Outcome {
        match command {
            WRITE | ERASE_WRITE | ERASE_WRITE_ALTERNATE | WRITE_STRUCTURED => {
                let stream = data.get_all(MOST);
                if !data.stopped() {
                    self.outbound.push(UnitRecord {
                        command,
                        data: stream,
                    });
                }
            }
            ERASE_UNPROTECTED => self.outbound.push(UnitRecord {
                command,
                data: Vec::new(),
            }),
            SELECT => return self.sense.common(command::NO_OPERATION, &IDENTITY, data),
            READ_BUFFER | READ_MODIFIED | READ_MODIFIED_ALL => return self.read(command, data),
            _ => return self.sense.common(command, &IDENTITY, data),
        }
        Outcome::Ended(UnitStatus::NORMAL)
    }

    fn halt(&mut self) {
        self.wanted = None;
    }

    fn reset(&mut self) {
        self.sense.clear();
        self.wanted = None;
        self.announced = false;
        self.inbound.clear();
    }

    fn take_unsolicited(&mut self) -> Option<UnitStatus> {
        if self.inbound.is_empty() || self.announced {
            return None;
        }
        self.announced = true;
        Some(UnitStatus::ATTENTION)
    }
}
