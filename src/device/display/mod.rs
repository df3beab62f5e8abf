//! The 3270 display station (3270 Data Stream Programmer's Reference, GA23-0059; 3274 Control Unit Description,
//! GA23-0061): the channel's commands work on its buffer, and so do the keys of whoever sits there.
//!
//! | file | what |
//! |---|---|
//! | [`screen`] | the buffer: cells, fields, the cursor, how a place looks |
//! | [`outbound`] | the write control character and the orders |
//! | [`inbound`] | what a read gives |
//! | [`structured`] | structured fields, queries |
//! | [`keyboard`] | keys |

mod inbound;
mod keyboard;
mod outbound;
mod screen;
mod structured;

use std::collections::VecDeque;

pub use inbound::Aid;
pub use keyboard::{Key, Pressed};
pub use screen::{Look, Model, Screen};

use self::inbound::Amount;
use self::outbound::BadStream;
use self::screen::DEFAULT;
use super::unit::{Sense, command};
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
/// Command: read buffer.
const READ_BUFFER: u8 = 0x02;
/// Command: read modified fields.
const READ_MODIFIED: u8 = 0x06;
/// Command: read modified fields whatever key was pressed.
const READ_MODIFIED_ALL: u8 = 0x0E;
/// Command: select, which local controllers take before a read.
const SELECT: u8 = 0x0B;
/// Bytes of one write, enough for any count.
const MOST: usize = 0x1_0000;

/// Sense: the data stream is not one.
const OPERATION_CHECK: u8 = 0x01;

const IDENTITY: Identity = Identity {
    class: Class::Console,
    control_unit: 0x3274,
    control_unit_model: 0x1D,
    device: 0x3278,
    device_model: 0x02,
};

/// A 3270 display station.
#[derive(Debug)]
pub struct Display {
    screen: Screen,
    sense: Sense,
    /// The program has written something.
    written: bool,
    /// Where a read begins: at the first place, or behind what the same program has written.
    from: usize,
    /// What the next read gives in place of the screen.
    answer: Option<Vec<u8>>,
    /// Attention is to be presented.
    attention: bool,
    /// Lines that wait until the keyboard is free.
    typed: VecDeque<Vec<u8>>,
}

impl Display {
    /// A display that has shown nothing.
    pub fn new(model: Model) -> Display {
        Display {
            screen: Screen::new(model),
            sense: Sense::default(),
            written: false,
            from: 0,
            answer: None,
            attention: false,
            typed: VecDeque::new(),
        }
    }

    /// What is shown; none before the program has written something.
    pub fn screen(&self) -> Option<&Screen> {
        self.written.then_some(&self.screen)
    }

    /// Makes it another model, as it is when it is switched on.
    pub fn set_model(&mut self, model: Model) {
        self.screen.model = model;
        Device::reset(self);
    }

    /// How often the alarm sounded since the last call.
    pub fn take_alarms(&mut self) -> u32 {
        self.screen.take_alarms()
    }

    /// A key is pressed.
    pub fn press(&mut self, key: Key) -> Pressed {
        let pressed = self.screen.press(key);
        self.attention |= pressed == Pressed::Attention;
        pressed
    }

    /// A line of host bytes and ENTER, as soon as the keyboard is free.
    pub fn type_line(&mut self, line: &[u8]) {
        self.typed.push_back(line.to_vec());
        self.type_waiting();
    }

    fn type_waiting(&mut self) {
        if self.screen.locked() {
            return;
        }
        if let Some(line) = self.typed.pop_front() {
            if !line.is_empty() {
                self.screen.type_text(&line);
            }
            self.press(Key::Aid(Aid::Enter));
        }
    }

    fn outbound(&mut self, command: u8, data: &mut Transfer<'_>) -> Outcome {
        let stream = data.get_all(MOST);
        if data.stopped() {
            return Outcome::Ended(UnitStatus::NORMAL);
        }
        let alternate = self.screen.alternate();
        let done = match command {
            WRITE => self.screen.write(&stream),
            ERASE_WRITE => self.screen.erase_write(DEFAULT, &stream),
            ERASE_WRITE_ALTERNATE => self.screen.erase_write(alternate, &stream),
            _ => self.structured(&stream),
        };
        self.written = true;
        self.from = self.screen.address;
        match done {
            Ok(()) => {
                self.type_waiting();
                Outcome::Ended(UnitStatus::NORMAL)
            }
            Err(BadStream) => self.sense.check(OPERATION_CHECK),
        }
    }

    fn structured(&mut self, stream: &[u8]) -> Result<(), BadStream> {
        if let Some(answer) = self.screen.write_structured(stream)? {
            self.answer = Some(answer);
            self.attention = true;
        }
        Ok(())
    }

    fn read(&mut self, command: u8, data: &mut Transfer<'_>) -> Outcome {
        let stream = match (self.answer.take(), command) {
            (Some(answer), _) => answer,
            (None, READ_BUFFER) => self.screen.read_buffer(self.from),
            (None, READ_MODIFIED_ALL) => self.screen.read_modified(Amount::All, self.from),
            (None, _) => self.screen.read_modified(Amount::ByKey, self.from),
        };
        data.put(&stream);
        Outcome::Ended(UnitStatus::NORMAL)
    }
}

impl Device for Display {
    fn identity(&self) -> Identity {
        Identity {
            device_model: self.screen.model().number(),
            ..IDENTITY
        }
    }

    fn execute(&mut self, code: u8, data: &mut Transfer<'_>) -> Outcome {
        if code != command::SENSE {
            self.sense.clear();
        }
        match code {
            WRITE | ERASE_WRITE | ERASE_WRITE_ALTERNATE | WRITE_STRUCTURED => {
                self.outbound(code, data)
            }
            ERASE_UNPROTECTED => {
                self.screen.erase_unprotected();
                self.type_waiting();
                Outcome::Ended(UnitStatus::NORMAL)
            }
            SELECT => Outcome::Ended(UnitStatus::NORMAL),
            READ_BUFFER | READ_MODIFIED | READ_MODIFIED_ALL => self.read(code, data),
            _ => self.sense.common(code, &self.identity(), data),
        }
    }

    fn begin(&mut self) {
        self.screen.begin();
        self.from = 0;
    }

    fn reset(&mut self) {
        let changes = self.screen.changes() + 1;
        self.screen = Screen::new(self.screen.model());
        self.screen.changes = changes;
        self.sense.clear();
        self.answer = None;
        self.attention = false;
        self.written = false;
    }

    fn take_unsolicited(&mut self) -> Option<UnitStatus> {
        std::mem::take(&mut self.attention).then_some(UnitStatus::ATTENTION)
    }
}

#[cfg(test)]
mod peer_tests;
#[cfg(test)]
mod tests;
