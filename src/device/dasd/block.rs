//! Numbered blocks of a disk without a channel program, as DIAGNOSE X'250' reads and writes them: blocks of
//! 512 to 4096 bytes, which on a count-key-data disk are records without keys, as many on each track as fit.

use super::image::{BLOCK, Image, ImageError, Shape};
use super::track::Record;

/// Why a block was not read or written.
#[derive(Debug)]
pub enum BlockFault {
    /// The disk has no block of the number.
    Outside,
    /// What is on the disk there is no record of that size.
    Unformatted,
    /// The image is broken.
    Broken(ImageError),
}

impl From<ImageError> for BlockFault {
    fn from(error: ImageError) -> BlockFault {
        BlockFault::Broken(error)
    }
}

/// Whether a block size is one that disks have: 512, 1024, 2048 or 4096 bytes.
pub fn is_size(size: u32) -> bool {
    matches!(size, 512 | 1024 | 2048 | 4096)
}

impl Image {
    /// How many blocks of so many bytes the disk has.
    pub fn blocks(&self, size: u32) -> u64 {
        match self.shape() {
            Shape::Fixed { blocks } => u64::from(blocks) / u64::from(size / 512).max(1),
            Shape::Ckd {
                geometry,
                cylinders,
            } => {
                let size = usize::try_from(size).unwrap_or(usize::MAX);
                let each = u64::try_from(geometry.records(size)).unwrap_or(0);
                u64::from(cylinders) * u64::from(geometry.heads) * each
            }
        }
    }

    /// Reads a block, counted from 0, of as many bytes as there is room.
    pub fn read_block(&self, number: u64, into: &mut [u8]) -> Result<(), BlockFault> {
        match self.shape() {
            Shape::Fixed { .. } => Ok(self.read_blocks(self.first(number, into.len())?, into)?),
            Shape::Ckd { .. } => {
                let (track, record) = self.record(number, into.len())?;
                let track = self.track(track)?;
                let record = *usable(track.records().get(record), into.len())?;
                into.copy_from_slice(track.bytes(record.data_range()));
                Ok(())
            }
        }
    }

    /// Writes a block, counted from 0.
    pub fn write_block(&self, number: u64, from: &[u8]) -> Result<(), BlockFault> {
        match self.shape() {
            Shape::Fixed { .. } => Ok(self.write_blocks(self.first(number, from.len())?, from)?),
            Shape::Ckd { .. } => {
                let (at, record) = self.record(number, from.len())?;
                let mut track = self.track(at)?;
                let record = *usable(track.records().get(record), from.len())?;
                for (place, bytes) in track.update(record.data_range().start, from) {
                    self.write_track(at, place, &bytes)?;
                }
                Ok(())
            }
        }
    }

    fn check(&self, number: u64, size: usize) -> Result<(), BlockFault> {
        let size = u32::try_from(size).unwrap_or(u32::MAX);
        match is_size(size) && number < self.blocks(size) {
            true => Ok(()),
            false => Err(BlockFault::Outside),
        }
    }

    /// The first fixed block of a block.
    fn first(&self, number: u64, size: usize) -> Result<u32, BlockFault> {
        self.check(number, size)?;
        let each = u64::try_from(size / BLOCK).unwrap_or(1);
        u32::try_from(number * each).map_err(|_| BlockFault::Outside)
    }

    /// The track of a block, and which record it is there.
    fn record(&self, number: u64, size: usize) -> Result<(u32, usize), BlockFault> {
        self.check(number, size)?;
        let Shape::Ckd { geometry, .. } = self.shape() else {
            return Err(BlockFault::Outside);
        };
        let each = u64::try_from(geometry.records(size)).unwrap_or(1).max(1);
        let track = u32::try_from(number / each).map_err(|_| BlockFault::Outside)?;
        let record = usize::try_from(number % each).unwrap_or(0) + 1;
        Ok((track, record))
    }
}

/// A record that is a block of the size.
fn usable(record: Option<&Record>, size: usize) -> Result<&Record, BlockFault> {
    record
        .filter(|r| r.key == 0 && r.data == size)
        .ok_or(BlockFault::Unformatted)
}
