//! The channel-to-channel adapter (3088 model 08): two devices, mostly of two virtual machines, that give each
//! other data and control commands (ESCON Channel-to-Channel Adapter, SA22-7203, the table of commands and
//! states in 2.13). What is here is the same in the basic and in the extended mode.
//!
//! A side is available, or works with a command that needs the other side: it waits. What both sides must know
//! stands in a [`Line`]. A control, read or write command that finds the other side available calls it with
//! attention. One that finds it waiting with PREPARE ends the PREPARE and calls nobody: drivers that begin every
//! program with PREPARE on both sides never see attention, which would meet their next START SUBCHANNEL.

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
/// The status of a command that meets one which it does not answer: attention and busy.
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
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Work {
    Prepare,
    Control(u8),
    Read(u8),
    Write(u8),
}

impl Work {
    fn code(self) -> u8 {
        match self {
            Work::Prepare => order::PREPARE,
            Work::Control(code) | Work::Read(code) | Work::Write(code) => code,
        }
    }
}

/// How a command that waited has ended, until its machine sees it.
#[derive(Debug)]
enum Ended {
    Normal,
    /// What a read gets.
    Data(Vec<u8>),
    EndOfFile,
    Collision,
    /// Unit check with these sense bits.
    Check(u8),
}

/// What becomes of a command when it comes to the adapter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Met {
    Over,
    Waits,
    Collides,
}

#[derive(Default)]
struct Side {
    present: bool,
    /// What the side waits with; it is available with none.
    works: Option<Work>,
    /// The side is available again, but the channel has not seen the end of its command.
    ended: Option<Ended>,
    /// Attention is to be presented.
    attention: bool,
    bell: Option<Bell>,
}

impl Side {
    /// Ends the command that it waits with.
    fn end(&mut self, how: Ended) {
        self.works = None;
        self.ended = Some(how);
    }

    /// Ends it with unit check, if there is one.
    fn break_off(&mut self, why: u8) {
        if self.works.is_some() {
            self.end(Ended::Check(sense::INTERVENTION_REQUIRED | why));
        }
    }

    fn forget(&mut self) {
        (self.works, self.ended, self.attention) = (None, None, false);
    }
}

/// What connects two adapters.
#[derive(Default)]
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

/// A command comes to the adapter: the table of commands by the state of the other side. True when the machine
/// of the other side has something to do for it.
fn meet(sides: &mut [Side; 2], me: usize, work: Work) -> (Met, bool) {
    let other = &mut sides[1 - me];
    let (met, call) = match (work, other.works) {
        (Work::Prepare, None) => (Met::Waits, false),
        (Work::Prepare, Some(Work::Prepare)) => {
            other.end(Ended::Normal);
            (Met::Over, true)
        }
        (Work::Prepare, Some(_)) => (Met::Over, false),
        (_, None) => {
            other.attention = true;
            (Met::Waits, true)
        }
        (_, Some(Work::Prepare)) => {
            other.end(Ended::Normal);
            (Met::Waits, true)
        }
        // The writer moves the data when its turn comes.
        (Work::Read(_), Some(Work::Write(_))) | (Work::Write(_), Some(Work::Read(_))) => {
            (Met::Waits, true)
        }
        _ => (Met::Collides, false),
    };
    let mine = &mut sides[me];
    mine.attention = false;
    mine.works = (met == Met::Waits).then_some(work);
    (met, call)
}

/// One adapter. One that is not coupled is on a line with nobody on the other side.
pub struct Ctc {
    line: Arc<Line>,
    side: usize,
    sense: Sense,
}

impl Default for Ctc {
    fn default() -> Ctc {
        Ctc::new()
    }
}

impl Ctc {
    /// An adapter that is connected with nothing: a command for the other side waits until there is one.
    pub fn new() -> Ctc {
        Ctc {
            line: Arc::default(),
            side: 0,
            sense: Sense::default(),
        }
    }

    /// Connects the adapter as one of the two sides, 0 or 1, of a line. A command that waits comes to the other
    /// side now.
    pub fn connect(&mut self, line: Arc<Line>, side: usize) {
        self.disconnect();
        let (works, ended) = {
            let mine = &mut self.line.lock()[self.side];
            (mine.works.take(), mine.ended.take())
        };
        (self.line, self.side) = (line, side);
        let line = self.line.clone();
        let mut sides = line.lock();
        let mine = &mut sides[side];
        (mine.present, mine.ended) = (true, ended);
        if let Some(work) = works {
            match meet(&mut sides, side, work).0 {
                Met::Over => sides[side].end(Ended::Normal),
                Met::Collides => sides[side].end(Ended::Collision),
                Met::Waits => {}
            }
        } else if sides[1 - side].works.is_some_and(|w| w != Work::Prepare) {
            sides[side].attention = true;
        }
        ring(sides, 1 - side);
    }

    /// Ends the connection; commands that wait on both sides end with unit check.
    pub fn disconnect(&mut self) {
        let line = self.line.clone();
        let mut sides = line.lock();
        let mine = &mut sides[self.side];
        if !mine.present {
            return;
        }
        mine.present = false;
        mine.break_off(0);
        let ended = mine.ended.take();
        mine.attention = false;
        let other = &mut sides[1 - self.side];
        other.attention = false;
        other.break_off(0);
        ring(sides, 1 - self.side);
        (self.line, self.side) = (Arc::default(), 0);
        self.line.lock()[0].ended = ended;
    }

    /// Whether the other side is there.
    pub fn connected(&self) -> bool {
        let sides = self.line.lock();
        sides[self.side].present && sides[1 - self.side].present
    }

    /// A command that needs the other side, new or again after it has waited.
    fn work(&mut self, work: Work, data: &mut Transfer<'_>) -> Outcome {
        let (line, me) = (self.line.clone(), self.side);
        let mut sides = line.lock();
        if let Some(how) = sides[me].ended.take() {
            drop(sides);
            return self.end(how, data);
        }
        let mut call = false;
        if sides[me].works != Some(work) {
            let met;
            (met, call) = meet(&mut sides, me, work);
            if met != Met::Waits {
                if call {
                    ring(sides, 1 - me);
                }
                return Outcome::Ended(match met {
                    Met::Collides => COLLISION,
                    _ => UnitStatus::NORMAL,
                });
            }
        }
        let other = &mut sides[1 - me];
        if let (Work::Write(code), Some(Work::Read(_))) = (work, other.works) {
            other.end(match code {
                order::WRITE_END_OF_FILE => Ended::EndOfFile,
                _ => Ended::Data(data.get_all(MOST)),
            });
            sides[me].works = None;
            ring(sides, 1 - me);
            return Outcome::Ended(UnitStatus::NORMAL);
        }
        if call {
            ring(sides, 1 - me);
        }
        Outcome::Pending
    }

    fn end(&mut self, how: Ended, data: &mut Transfer<'_>) -> Outcome {
        match how {
            Ended::Normal => {}
            Ended::Data(bytes) => {
                data.put(&bytes);
            }
            Ended::EndOfFile => return Outcome::Ended(UnitStatus::EXCEPTION),
            Ended::Collision => return Outcome::Ended(COLLISION),
            Ended::Check(bits) => return self.sense.check(bits),
        }
        Outcome::Ended(UnitStatus::NORMAL)
    }

    /// What the other side waits with; a control command is over when it has been seen.
    fn sense_command(&mut self, data: &mut Transfer<'_>) -> Outcome {
        let mut sides = self.line.lock();
        sides[self.side].attention = false;
        let other = &mut sides[1 - self.side];
        let works = other.works;
        data.put(&[works.map_or(0, Work::code)]);
        if let Some(Work::Control(_)) = works {
            other.end(Ended::Normal);
            ring(sides, 1 - self.side);
        }
        Outcome::Ended(UnitStatus::NORMAL)
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
            order::WRITE | order::WRITE_END_OF_FILE => self.work(Work::Write(code), data),
            order::READ | order::READ_BACKWARD => self.work(Work::Read(code), data),
            order::CONTROL | order::WRITE_CONTROL => self.work(Work::Control(code), data),
            order::PREPARE => self.work(Work::Prepare, data),
            order::SENSE_COMMAND => self.sense_command(data),
            order::EXTENDED_MODE | order::BASIC_MODE => Outcome::Ended(UnitStatus::NORMAL),
            _ => self.sense.common(code, &IDENTITY, data),
        }
    }

    fn ready(&self) -> bool {
        false
    }

    /// The command is withdrawn, with the attention that tells of it, and what was to be presented here is gone.
    fn halt(&mut self) {
        let mut sides = self.line.lock();
        sides[self.side].forget();
        sides[1 - self.side].attention = false;
    }

    fn reset(&mut self) {
        self.sense.clear();
        let mut sides = self.line.lock();
        sides[self.side].forget();
        let other = &mut sides[1 - self.side];
        other.attention = false;
        if other.works.is_some() {
            other.break_off(OTHER_RESET);
            ring(sides, 1 - self.side);
        }
    }

    fn take_unsolicited(&mut self) -> Option<UnitStatus> {
        let attention = &mut self.line.lock()[self.side].attention;
        std::mem::take(attention).then_some(UnitStatus::ATTENTION)
    }
}
