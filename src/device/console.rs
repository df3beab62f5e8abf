//! The 3215 console printer-keyboard, as CP simulates it: lines in EBCDIC, attention when a line
//! was typed, and the carriage-return rule that TERMINAL AUTOCR sets.

use std::collections::VecDeque;

use super::unit::Sense;
use crate::base::codepage::CodePage;
use crate::machine::channel::{Class, Device, Identity, Outcome, Transfer, UnitStatus};

/// Command: write, no carriage return.
const WRITE: u8 = 0x01;
/// Command: write, carriage return.
const WRITE_RETURN: u8 = 0x09;
/// Command: read inquiry.
const READ: u8 = 0x0A;
/// Command: sound the alarm.
const ALARM: u8 = 0x0B;
/// The new-line character.
const NEW_LINE: u8 = 0x15;
/// Bytes of one write, enough for any count.
const MOST: usize = 0x1_0000;

const IDENTITY: Identity = Identity {
    class: Class::Console,
    control_unit: 0x3215,
    control_unit_model: 0,
    device: 0,
    device_model: 0,
};

/// Whether the carriage returns after a write that did not ask for it (TERMINAL AUTOCR).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum AutoReturn {
    /// It does: every write ends its line.
    #[default]
    On,
    /// It does not: the next write goes on in the line.
    Off,
}

/// A 3215 console.
#[derive(Debug, Default)]
pub struct Console {
    typed: VecDeque<Vec<u8>>,
    lines: Vec<Vec<u8>>,
    partial: Vec<u8>,
    sense: Sense,
    auto_return: AutoReturn,
    /// A read waits for a line.
    reading: bool,
    /// Attention has been presented for what is typed and no read has come since.
    announced: bool,
    /// The attention key was pressed.
    attention: bool,
    alarms: u32,
}

impl Console {
    /// A console with nothing typed or shown.
    pub fn new() -> Console {
        Console::default()
    }

    /// Sets what TERMINAL AUTOCR sets.
    pub fn set_auto_return(&mut self, auto_return: AutoReturn) {
        self.auto_return = auto_return;
    }

    /// A line of host bytes typed by the user: it answers a waiting read, or raises attention.
    pub fn type_line(&mut self, line: &[u8]) {
        self.typed
            .push_back(line.iter().map(|&b| CodePage::CONSOLE.code_of(b)).collect());
    }

    /// The attention key.
    pub fn attention(&mut self) {
        self.attention = true;
    }

    /// Whether the program waits for a line.
    pub fn reading(&self) -> bool {
        self.reading
    }

    /// Takes the complete lines shown since the last call, as host bytes.
    pub fn take_lines(&mut self) -> impl Iterator<Item = Vec<u8>> + use<> {
        std::mem::take(&mut self.lines).into_iter()
    }

    /// The unfinished line, as a prompt stands before what is typed.
    pub fn unfinished(&self) -> &[u8] {
        &self.partial
    }

    /// How often the alarm sounded since the last call.
    pub fn take_alarms(&mut self) -> u32 {
        std::mem::take(&mut self.alarms)
    }

    fn write(&mut self, data: &mut Transfer<'_>, auto_return: AutoReturn) -> Outcome {
        let text = data.get_all(MOST);
        for &code in &text {
            if code == NEW_LINE {
                self.end_line();
            } else {
                self.partial.push(CodePage::CONSOLE.to_host(code));
            }
        }
        // A write that ended with a new line has returned the carriage already.
        let returned = text.last() == Some(&NEW_LINE);
        if auto_return == AutoReturn::On && !returned {
            self.end_line();
        }
        Outcome::Ended(UnitStatus::NORMAL)
    }

    fn end_line(&mut self) {
        self.lines.push(std::mem::take(&mut self.partial));
    }

    fn read(&mut self, data: &mut Transfer<'_>) -> Outcome {
        let Some(line) = self.typed.pop_front() else {
            self.reading = true;
            return Outcome::Pending;
        };
        self.reading = false;
        self.announced = false;
        // The typed line ends the line on the paper.
        if !self.partial.is_empty() {
            self.end_line();
        }
        data.put(&line);
        Outcome::Ended(UnitStatus::NORMAL)
    }
}

impl Device for Console {
    fn identity(&self) -> Identity {
        IDENTITY
    }

    fn execute(&mut self, command: u8, data: &mut Transfer<'_>) -> Outcome {
        match command {
            WRITE => self.write(data, self.auto_return),
            WRITE_RETURN => self.write(data, AutoReturn::On),
            READ => self.read(data),
            ALARM => {
                self.alarms = self.alarms.saturating_add(1);
                Outcome::Ended(UnitStatus::NORMAL)
            }
            _ => self.sense.common(command, &IDENTITY, data),
        }
    }

    fn halt(&mut self) {
        self.reading = false;
    }

    fn reset(&mut self) {
        self.sense.clear();
        self.reading = false;
        self.announced = false;
        self.attention = false;
        if !self.partial.is_empty() {
            self.end_line();
        }
    }

    fn take_unsolicited(&mut self) -> Option<UnitStatus> {
        let line = !self.typed.is_empty() && !self.announced;
        if !line && !self.attention {
            return None;
        }
        self.attention = false;
        self.announced = !self.typed.is_empty();
        Some(UnitStatus::ATTENTION)
    }
}
