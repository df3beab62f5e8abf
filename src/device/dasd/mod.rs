//! Disks on images: count-key-data disks behind a 3990 control unit ([`Ckd`]) and fixed-block ones behind
//! a 6310 ([`Fba`]). Several devices may share one [`Image`]: each is one link to the disk.
//!
//! | room | what it is |
//! |---|---|
//! | [`image`] | the file of a disk, its size and its kind |
//! | store | bytes under an image: a file or this process's storage, and when they are safe |
//! | [`geometry`] | the count-key-data device types |
//! | track | the records of one track and how they are changed |
//! | ckd, place, extent, subsystem | the commands of the 3990: data, positioning, DEFINE EXTENT and LOCATE RECORD, what it tells of itself |
//! | fba | the commands of the 6310 |
//! | block | numbered blocks without a channel program (DIAGNOSE X'250') |

pub mod block;
mod ckd;
mod extent;
mod fba;
pub mod geometry;
pub mod image;
mod place;
mod store;
mod subsystem;
mod track;

use std::sync::Arc;

pub use block::BlockFault;
pub use ckd::Ckd;
pub use fba::Fba;
pub use geometry::Geometry;
pub use image::{Image, ImageError, Shape};

use crate::machine::channel::{Outcome, Transfer, UnitStatus};

/// The control unit of count-key-data disks, and its model.
const CONTROL_UNIT: u16 = 0x3990;
const CONTROL_UNIT_MODEL: u8 = 0xEC;

/// Whether a disk is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Only read.
    Read,
    /// Read and written.
    Write,
}

/// Why a command ended with unit check: sense bytes 0 and 1, and the format and message of byte 7.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Trouble {
    bits: [u8; 2],
    message: u8,
}

impl Trouble {
    const fn new(first: u8, second: u8, message: u8) -> Trouble {
        Trouble {
            bits: [first, second],
            message,
        }
    }

    /// Command reject: there is no such command.
    const COMMAND: Trouble = Trouble::new(0x80, 0, 0x01);
    /// Command reject: it does not belong at this place of a chain.
    const SEQUENCE: Trouble = Trouble::new(0x80, 0, 0x02);
    /// Command reject: the count of the CCW is less than the parameters are long.
    const SHORT: Trouble = Trouble::new(0x80, 0, 0x03);
    /// Command reject: a parameter is not valid.
    const PARAMETER: Trouble = Trouble::new(0x80, 0, 0x04);
    /// Command reject and write inhibited: the disk is linked read-only.
    const READ_ONLY: Trouble = Trouble::new(0x80, 0x02, 0);
    /// Equipment check: the image cannot be read or written.
    const EQUIPMENT: Trouble = Trouble::new(0x10, 0, 0x10);
    /// The records do not fit on the track.
    const TRACK_FORMAT: Trouble = Trouble::new(0, 0x40, 0);
    /// A multitrack operation came to the end of the cylinder.
    const END_OF_CYLINDER: Trouble = Trouble::new(0, 0x20, 0);
    /// The track has no such record.
    const NO_RECORD: Trouble = Trouble::new(0, 0x08, 0);
    /// The file mask or the extent forbids it.
    const FILE_PROTECTED: Trouble = Trouble::new(0, 0x04, 0);
}

/// How a command of a disk ends.
type Done = Result<UnitStatus, Trouble>;

/// A device's part in a disk: the image with what this link may do, sense data, the path group, and who
/// it is among the links.
struct Unit {
    image: Arc<Image>,
    access: Access,
    /// A number that no other link to the image has.
    link: u64,
    sense: [u8; 32],
    /// Function and identification of SET PATH GROUP ID.
    group: [u8; 12],
    /// What was wrong with the image, not yet told.
    faults: Vec<String>,
}

/// The most faults that are kept until they are told.
const MOST_FAULTS: usize = 8;

impl Unit {
    fn new(image: Arc<Image>, access: Access, link: u64) -> Unit {
        let access = match image.access() {
            Access::Read => Access::Read,
            Access::Write => access,
        };
        Unit {
            image,
            access,
            link,
            sense: [0; 32],
            group: [0; 12],
            faults: Vec::new(),
        }
    }

    /// Remembers what is wrong with the image; the program sees an equipment check.
    fn broken(&mut self, error: &ImageError) -> Trouble {
        let text = error.to_string();
        if self.faults.len() < MOST_FAULTS && !self.faults.contains(&text) {
            self.faults.push(text);
        }
        Trouble::EQUIPMENT
    }

    /// Ends a command as it went.
    fn end(&mut self, done: Done) -> Outcome {
        match done {
            Ok(status) => Outcome::Ended(status),
            Err(trouble) => {
                self.sense = [0; 32];
                self.sense[..2].copy_from_slice(&trouble.bits);
                self.sense[7] = trouble.message;
                Outcome::Ended(UnitStatus::CHECK)
            }
        }
    }

    /// The commands about the link itself that both kinds of disk have; none of another command.
    fn link_command(&mut self, command: u8, sense: usize, data: &mut Transfer<'_>) -> Option<Done> {
        match command {
            // Sense path group ID: its state, and the identification when it was set.
            0x34 => {
                let mut state = self.group;
                state[0] = match self.group[0] {
                    0 => 0,
                    function => 0xC0 | (function & 0x80) >> 4,
                };
                data.put(&state);
            }
            // Set path group ID: establish, disband, resign.
            0xAF => {
                let given = data.get_all(12);
                let Ok(group) = <[u8; 12]>::try_from(given.as_slice()) else {
                    return Some(Err(Trouble::SHORT));
                };
                self.group = match group[0] & 0x60 {
                    0 => group,
                    _ => [0; 12],
                };
                // A group of one path only is remembered by another bit than none.
                self.group[0] |= u8::from(group[0] & 0x60 == 0);
            }
            // Device reserve, unconditional reserve, device release: each is a sense command as well.
            0xB4 => {
                self.image.reserve(self.link);
                data.put(&self.sense[..sense]);
            }
            0x14 => {
                self.image.take(self.link);
                data.put(&self.sense[..sense]);
            }
            0x94 => {
                self.image.release(self.link);
                data.put(&self.sense[..sense]);
            }
            // Read and reset buffered log: nothing was ever logged.
            0xA4 => {
                data.put(&[0; 32][..sense]);
            }
            _ => return None,
        }
        Some(Ok(UnitStatus::NORMAL))
    }

    fn reset(&mut self) {
        self.sense = [0; 32];
        self.group = [0; 12];
        self.image.release(self.link);
    }
}

impl Drop for Unit {
    fn drop(&mut self) {
        self.image.release(self.link);
    }
}

#[cfg(test)]
mod tests;
