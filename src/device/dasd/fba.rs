//! The fixed-block disk (9336) behind a 6310: blocks of 512 bytes, gone to with DEFINE EXTENT and LOCATE
//! (IBM 3370 Direct Access Storage Description, GA26-1657, whose commands it has).

use std::sync::Arc;

use super::image::{BLOCK, Image, Shape};
use super::{Access, Done, Trouble, Unit};
use crate::machine::channel::{Class, Device, Identity, Outcome, Transfer, UnitStatus};

/// Sense bytes of a fixed-block disk.
const SENSE: usize = 24;
const BLOCK_BYTES: u16 = 512;

/// The extent of a chain, in blocks.
#[derive(Clone, Copy, Debug)]
struct Extent {
    /// Writing is allowed.
    writes: bool,
    /// The block of the disk where the extent begins.
    start: u32,
    /// The number that the extent's first block has for LOCATE.
    first: u32,
    /// The number of its last block.
    last: u32,
}

/// What LOCATE is going to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Operation {
    Write,
    Read,
}

#[derive(Clone, Copy, Debug)]
struct Located {
    operation: Operation,
    /// The next block of the disk.
    next: u32,
    /// Blocks left.
    left: u32,
}

/// A fixed-block disk.
pub struct Fba {
    unit: Unit,
    blocks: u32,
    extent: Option<Extent>,
    located: Option<Located>,
}

impl Fba {
    /// A link to a fixed-block image; none for another kind. `link` is a number that no other link to the
    /// image has.
    pub fn new(image: Arc<Image>, access: Access, link: u64) -> Option<Fba> {
        let Shape::Fixed { blocks } = image.shape() else {
            return None;
        };
        Some(Fba {
            unit: Unit::new(image, access, link),
            blocks,
            extent: None,
            located: None,
        })
    }

    /// What was wrong with the image since the last call.
    pub fn take_faults(&mut self) -> Vec<String> {
        std::mem::take(&mut self.unit.faults)
    }

    /// The disk and what this link may do.
    pub fn link(&self) -> (&Arc<Image>, Access) {
        (&self.unit.image, self.unit.access)
    }

    fn command(&mut self, command: u8, data: &mut Transfer<'_>) -> Done {
        if let Some(done) = self.unit.link_command(command, SENSE, data) {
            return done;
        }
        if !matches!(command, 0x04 | 0xE4 | 0x64) {
            self.unit.sense = [0; 32];
        }
        match command {
            0x03 => Ok(UnitStatus::NORMAL),
            0x04 => {
                data.put(&self.unit.sense[..SENSE]);
                self.unit.sense = [0; 32];
                Ok(UnitStatus::NORMAL)
            }
            0xE4 => {
                data.put(&self.identity().sense_id());
                Ok(UnitStatus::NORMAL)
            }
            0x64 => {
                data.put(&self.characteristics());
                Ok(UnitStatus::NORMAL)
            }
            0x02 => self.read_ipl(data),
            0x63 => self.define(data),
            0x43 => self.locate(data),
            0x42 => self.read(data),
            0x41 => self.write(data),
            _ => Err(Trouble::COMMAND),
        }
    }

    /// X'64': READ DEVICE CHARACTERISTICS.
    fn characteristics(&self) -> [u8; 32] {
        let mut out = [0; 32];
        // Burst mode and data chaining; movable access mechanism.
        out[0] = 0x30;
        out[1] = 0x08;
        // Fixed-block disk, and which one.
        out[2] = 0x21;
        out[3] = 0x11;
        out[4..6].copy_from_slice(&BLOCK_BYTES.to_be_bytes());
        // Blocks of a cyclical group and under one position.
        out[6..10].copy_from_slice(&111u32.to_be_bytes());
        out[10..14].copy_from_slice(&777u32.to_be_bytes());
        out[14..18].copy_from_slice(&self.blocks.to_be_bytes());
        out
    }

    fn read_ipl(&mut self, data: &mut Transfer<'_>) -> Done {
        self.extent = None;
        let mut block = [0; BLOCK];
        self.get_blocks(0, &mut block)?;
        data.put(&block);
        Ok(UnitStatus::NORMAL)
    }

    fn define(&mut self, data: &mut Transfer<'_>) -> Done {
        if self.extent.is_some() {
            return Err(Trouble::SEQUENCE);
        }
        let mut p = [0; 16];
        if data.get(&mut p) < p.len() {
            return Err(Trouble::SHORT);
        }
        let word = |at: usize| u32::from_be_bytes([p[at], p[at + 1], p[at + 2], p[at + 3]]);
        let size = u16::from_be_bytes([p[2], p[3]]);
        let reserved = p[0] & 0x33 != 0 || p[1] != 0;
        if reserved || !matches!(size, 0 | BLOCK_BYTES) || p[0] & 0xC0 == 0x80 {
            return Err(Trouble::PARAMETER);
        }
        let (start, first, last) = (word(4), word(8), word(12));
        if first > last {
            return Err(Trouble::PARAMETER);
        }
        let end = u64::from(start) + u64::from(last - first);
        if end >= u64::from(self.blocks) {
            return Err(Trouble::FILE_PROTECTED);
        }
        self.extent = Some(Extent {
            writes: p[0] & 0xC0 != 0x40,
            start,
            first,
            last,
        });
        Ok(UnitStatus::NORMAL)
    }

    fn locate(&mut self, data: &mut Transfer<'_>) -> Done {
        let mut p = [0; 8];
        if data.get(&mut p) < p.len() {
            return Err(Trouble::SHORT);
        }
        let whole = Extent {
            writes: true,
            start: 0,
            first: 0,
            last: self.blocks - 1,
        };
        let extent = self.extent.unwrap_or(whole);
        let count = u32::from(u16::from_be_bytes([p[2], p[3]]));
        let block = u32::from_be_bytes([p[4], p[5], p[6], p[7]]);
        let operation = match p[0] {
            // Write, write and check.
            0x01 | 0x05 => Operation::Write,
            0x06 => Operation::Read,
            _ => return Err(Trouble::PARAMETER),
        };
        if p[1] != 0 || count == 0 {
            return Err(Trouble::PARAMETER);
        }
        let inside =
            (extent.first..=extent.last).contains(&block) && count - 1 <= extent.last - block;
        if !inside || operation == Operation::Write && !extent.writes {
            return Err(Trouble::FILE_PROTECTED);
        }
        self.located = Some(Located {
            operation,
            next: extent.start + (block - extent.first),
            left: count,
        });
        Ok(UnitStatus::NORMAL)
    }

    /// What LOCATE announced, once.
    fn announced(&mut self, operation: Operation) -> Result<Located, Trouble> {
        let located = self.located.take();
        let fits = |l: &Located| l.operation == operation;
        located.filter(fits).ok_or(Trouble::SEQUENCE)
    }

    fn read(&mut self, data: &mut Transfer<'_>) -> Done {
        let at = self.announced(Operation::Read)?;
        let mut block = [0; BLOCK];
        for number in at.next..at.next + at.left {
            if data.count() == 0 || data.stopped() {
                break;
            }
            self.get_blocks(number, &mut block)?;
            data.put(&block);
        }
        Ok(UnitStatus::NORMAL)
    }

    /// X'41': WRITE. Data that end inside a block leave the rest of it zeros; none at all make zeros of all
    /// the blocks, which is how a program gives them back.
    fn write(&mut self, data: &mut Transfer<'_>) -> Done {
        let at = self.announced(Operation::Write)?;
        if self.unit.access == Access::Read {
            return Err(Trouble::READ_ONLY);
        }
        if data.count() == 0 {
            return match self.unit.image.clear_blocks(at.next, at.left) {
                Ok(()) => Ok(UnitStatus::NORMAL),
                Err(error) => Err(self.unit.broken(&error)),
            };
        }
        for number in at.next..at.next + at.left {
            let mut block = [0; BLOCK];
            let came = data.get(&mut block);
            if came == 0 || data.stopped() {
                break;
            }
            if let Err(error) = self.unit.image.write_blocks(number, &block) {
                return Err(self.unit.broken(&error));
            }
            if came < BLOCK {
                break;
            }
        }
        Ok(UnitStatus::NORMAL)
    }

    fn get_blocks(&mut self, first: u32, into: &mut [u8]) -> Result<(), Trouble> {
        let read = self.unit.image.read_blocks(first, into);
        read.map_err(|error| self.unit.broken(&error))
    }
}

impl Device for Fba {
    fn identity(&self) -> Identity {
        Identity {
            class: Class::Dasd,
            control_unit: 0x6310,
            control_unit_model: 0x80,
            device: 0x9336,
            device_model: 0x10,
        }
    }

    fn execute(&mut self, command: u8, data: &mut Transfer<'_>) -> Outcome {
        if command != 0x14 && self.unit.image.reserved_else(self.unit.link) {
            return Outcome::Pending;
        }
        let done = self.command(command, data);
        self.unit.end(done)
    }

    fn begin(&mut self) {
        self.extent = None;
        self.located = None;
    }

    fn halt(&mut self) {
        self.begin();
    }

    fn reset(&mut self) {
        self.unit.reset();
        self.begin();
    }
}
