//! The channel-to-channel adapter (3088 model 08): two devices, mostly of two virtual machines, that give each
//! other data and control commands in the basic mode (ESCON Channel-to-Channel Adapter, SA22-7203). In the
//! extended mode that Linux and VM TCP/IP ask for, PREPARE is over at once; the rest is the same here.
//!
//! What both sides must know stands in a [`Line`]. A command that needs the other side waits; the other side is
//! told by an attention interruption, or by the end of its PREPARE, and answers with the complementary command.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::unit::{Sense, command, sense};
use crate::machine::channel::{Class, Device, Identity, Outcome, Transfer, UnitStatus};

/// Commands besides those that every device has. The modifier bits of write and control say nothing here.
mod order {
    pub const WRITE: u8 = 0x01;
    pub const READ: u8 = 0x02;
    pub const READ_BACKWARD: u8 = 0x0C;
    pub const CONTROL: u8 = 0x07;
    pub const SENSE_COMMAND: u8 = 0x14;
    pub const WRITE_CONTROL: u8 = 0x17;
    pub const BASIC_MODE: u8 = 0x43;
    pub const WRITE_END_OF_FILE: u8 = 0x81;
    pub const EXTENDED_MODE: u8 = 0xC3;
    pub const PREPARE: u8 = 0xE3;
}

/// Sense: the machine on the other side was reset.
const OTHER_RESET: u8 = 0x01;
/// The status of a command that meets one of the same kind from the other side.
const COLLISION: UnitStatus = UnitStatus(0x90);
/// Bytes of one write, enough for any count and chaining of data.
const MOST: usize = 0x10_0000;

const IDENTITY: Identity = Identity {
    class: Class::Communication,
    control_unit: 0x3088,
    control_unit_model: 0x08,
    device: 0,
    device_model: 0,
};

/// How a side tells the machine on the other side that there is something to do for its device.
pub type Bell = Arc<dyn Fn() + Send + Sync>;

/// The command that a side waits with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Waits {
    #[default]
    Nothing,
    Write(u8),
    Read(u8),
    Control(u8),
    Prepare,
}

impl Waits {
    fn code(self) -> u8 {
        match self {
            Waits::Nothing => 0,
            Waits::Write(code) | Waits::Read(code) | Waits::Control(code) => code,
            Waits::Prepare => order::PREPARE,
        }
    }
}

/// What a write gave.
#[derive(Debug)]
enum Sent {
    Data(Vec<u8>),
    EndOfFile,
}

#[derive(Default)]
struct Side {
    present: bool,
    waits: Waits,
    /// What the waiting read gets.
    got: Option<Sent>,
    /// The waiting control or prepare command is over.
    released: bool,
    /// Attention is to be presented.
    attention: bool,
    /// The other side was reset while this one waited.
    other_reset: bool,
    bell: Option<Bell>,
}

/// What connects two adapters.
pub struct Line {
    sides: Mutex<[Side; 2]>,
}

impl Line {
    /// A line between two machines that hear these bells.
    pub fn new(bells: [Bell; 2]) -> Arc<Line> {
        let side = |bell| Side {
            bell: Some(bell),
            ..Side::default()
        };
        Arc::new(Line {
            sides: Mutex::new(bells.map(side)),
        })
    }

    fn lock(&self) -> MutexGuard<'_, [Side; 2]> {
        self.sides.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One adapter.
#[derive(Default)]
pub struct Ctc {
    line: Option<(Arc<Line>, usize)>,
    sense: Sense,
    extended: bool,
}

/// A command to do with the other side.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// It is new.
    First,
    /// It has waited.
    Again,
}

impl Ctc {
    /// An adapter that is connected with nothing.
    pub fn new() -> Ctc {
        Ctc::default()
    }

    /// Connects the adapter as one of the two sides, 0 or 1, of a line.
    pub fn connect(&mut self, line: Arc<Line>, side: usize) {
        self.disconnect();
        line.lock()[side].present = true;
        self.line = Some((line, side));
    }

    /// Ends the connection; a command that waits on the other side ends with unit check.
    pub fn disconnect(&mut self) {
        if let Some((line, me)) = self.line.take() {
            let mut sides = line.lock();
            let bell = sides[me].bell.take();
            sides[me] = Side {
                bell,
                ..Side::default()
            };
            ring(sides, 1 - me);
        }
    }

    /// Whether the other side is there.
    pub fn connected(&self) -> bool {
        let there = |(line, me): &(Arc<Line>, usize)| line.lock()[1 - me].present;
        self.line.as_ref().is_some_and(there)
    }

    /// Forgets the command that waits.
    fn forget(&mut self) {
        if let Some((line, me)) = &self.line {
            let mut sides = line.lock();
            let mine = &mut sides[*me];
            (mine.waits, mine.released, mine.got) = (Waits::Nothing, false, None);
        }
    }

    fn write(&mut self, code: u8, data: &mut Transfer<'_>) -> Outcome {
        let Some((line, me)) = self.line.clone() else {
            return self.sense.check(sense::INTERVENTION_REQUIRED);
        };
        let mut sides = line.lock();
        let step = match self.enter(&mut sides, me, Waits::Write(code)) {
            Ok(step) => step,
            Err(outcome) => return outcome,
        };
        let other = &mut sides[1 - me];
        if !matches!(other.waits, Waits::Read(_)) || other.got.is_some() {
            return self.wait(sides, me, step);
        }
        other.got = Some(match code {
            order::WRITE_END_OF_FILE => Sent::EndOfFile,
            _ => Sent::Data(data.get_all(MOST)),
        });
        sides[me].waits = Waits::Nothing;
        ring(sides, 1 - me);
        Outcome::Ended(UnitStatus::NORMAL)
    }

    fn read(&mut self, code: u8, data: &mut Transfer<'_>) -> Outcome {
        let Some((line, me)) = self.line.clone() else {
            return self.sense.check(sense::INTERVENTION_REQUIRED);
        };
        let mut sides = line.lock();
        if let Some(sent) = sides[me].got.take() {
            sides[me].waits = Waits::Nothing;
            drop(sides);
            return match sent {
                Sent::Data(bytes) => {
                    data.put(&bytes);
                    Outcome::Ended(UnitStatus::NORMAL)
                }
                Sent::EndOfFile => Outcome::Ended(UnitStatus::EXCEPTION),
            };
        }
        let step = match self.enter(&mut sides, me, Waits::Read(code)) {
            Ok(step) => step,
            Err(outcome) => return outcome,
        };
        self.wait(sides, me, step)
    }

    fn control(&mut self, code: u8) -> Outcome {
        let Some((line, me)) = self.line.clone() else {
            return self.sense.check(sense::INTERVENTION_REQUIRED);
        };
        let mut sides = line.lock();
        let step = match self.enter(&mut sides, me, Waits::Control(code)) {
            Ok(step) => step,
            Err(outcome) => return outcome,
        };
        if std::mem::take(&mut sides[me].released) {
            sides[me].waits = Waits::Nothing;
            return Outcome::Ended(UnitStatus::NORMAL);
        }
        self.wait(sides, me, step)
    }

    fn prepare(&mut self) -> Outcome {
        let Some((line, me)) = self.line.clone() else {
            return self.sense.check(sense::INTERVENTION_REQUIRED);
        };
        let mut sides = line.lock();
        let waits_with_data = !matches!(sides[1 - me].waits, Waits::Nothing | Waits::Prepare);
        if let Some(bad) = self.gone(&mut sides, me) {
            return bad;
        }
        if self.extended || waits_with_data || std::mem::take(&mut sides[me].released) {
            let mine = &mut sides[me];
            (mine.waits, mine.attention) = (Waits::Nothing, false);
            return Outcome::Ended(UnitStatus::NORMAL);
        }
        sides[me].waits = Waits::Prepare;
        Outcome::Pending
    }

    /// What the other side waits with; a control command is over when it has been seen.
    fn sense_command(&mut self, data: &mut Transfer<'_>) -> Outcome {
        let Some((line, me)) = self.line.clone() else {
            return self.sense.check(sense::INTERVENTION_REQUIRED);
        };
        let mut sides = line.lock();
        if let Some(bad) = self.gone(&mut sides, me) {
            return bad;
        }
        let waits = sides[1 - me].waits;
        sides[me].attention = false;
        data.put(&[waits.code()]);
        if matches!(waits, Waits::Control(_)) {
            sides[1 - me].released = true;
            ring(sides, 1 - me);
        }
        Outcome::Ended(UnitStatus::NORMAL)
    }

    /// Unit check when there is no other side, or when it was reset under a command that waits.
    fn gone(&mut self, sides: &mut [Side; 2], me: usize) -> Option<Outcome> {
        let reset = std::mem::take(&mut sides[me].other_reset);
        if sides[1 - me].present && !reset {
            return None;
        }
        let mine = &mut sides[me];
        (mine.waits, mine.released, mine.got) = (Waits::Nothing, false, None);
        let why = if reset { OTHER_RESET } else { 0 };
        Some(self.sense.check(sense::INTERVENTION_REQUIRED | why))
    }

    /// Begins with a command for the other side, or goes on with it.
    fn enter(&mut self, sides: &mut [Side; 2], me: usize, waits: Waits) -> Result<Step, Outcome> {
        if let Some(bad) = self.gone(sides, me) {
            return Err(bad);
        }
        if sides[me].waits == waits {
            return Ok(Step::Again);
        }
        let fits = match sides[1 - me].waits {
            Waits::Nothing | Waits::Prepare => true,
            Waits::Write(_) => matches!(waits, Waits::Read(_)),
            Waits::Read(_) => matches!(waits, Waits::Write(_)),
            Waits::Control(_) => false,
        };
        if !fits {
            return Err(Outcome::Ended(COLLISION));
        }
        let mine = &mut sides[me];
        (mine.waits, mine.released, mine.attention) = (waits, false, false);
        Ok(Step::First)
    }

    /// Waits for the other side, which is told of it once.
    fn wait(&mut self, mut sides: MutexGuard<'_, [Side; 2]>, me: usize, step: Step) -> Outcome {
        if step == Step::First {
            let other = &mut sides[1 - me];
            match other.waits {
                Waits::Nothing => other.attention = true,
                Waits::Prepare => other.released = true,
                _ => {}
            }
            ring(sides, 1 - me);
        }
        Outcome::Pending
    }
}

/// Rings the bell of a side once the line is free.
fn ring(sides: MutexGuard<'_, [Side; 2]>, side: usize) {
    let bell = sides[side].bell.clone();
    drop(sides);
    if let Some(bell) = bell {
        bell();
    }
}

impl Drop for Ctc {
    fn drop(&mut self) {
        self.disconnect();
    }
}

impl Device for Ctc {
    fn identity(&self) -> Identity {
        IDENTITY
    }

    fn execute(&mut self, code: u8, data: &mut Transfer<'_>) -> Outcome {
        if code != command::SENSE {
            self.sense.clear();
        }
        match code {
            order::WRITE | order::WRITE_END_OF_FILE => self.write(code, data),
            order::READ | order::READ_BACKWARD => self.read(code, data),
            order::CONTROL | order::WRITE_CONTROL => self.control(code),
            order::PREPARE => self.prepare(),
            order::SENSE_COMMAND => self.sense_command(data),
            order::EXTENDED_MODE | order::BASIC_MODE => {
                self.extended = code == order::EXTENDED_MODE;
                Outcome::Ended(UnitStatus::NORMAL)
            }
            _ => self.sense.common(code, &IDENTITY, data),
        }
    }

    fn ready(&self) -> bool {
        false
    }

    fn halt(&mut self) {
        self.forget();
        if let Some((line, me)) = &self.line {
            line.lock()[1 - me].attention = false;
        }
    }

    fn reset(&mut self) {
        self.sense.clear();
        self.extended = false;
        self.forget();
        if let Some((line, me)) = &self.line {
            let mut sides = line.lock();
            sides[*me].attention = false;
            sides[*me].other_reset = false;
            let other = &mut sides[1 - me];
            other.attention = false;
            if other.waits != Waits::Nothing {
                other.other_reset = true;
                ring(sides, 1 - me);
            }
        }
    }

    fn take_unsolicited(&mut self) -> Option<UnitStatus> {
        let (line, me) = self.line.as_ref()?;
        let attention = &mut line.lock()[*me].attention;
        std::mem::take(attention).then_some(UnitStatus::ATTENTION)
    }
}
