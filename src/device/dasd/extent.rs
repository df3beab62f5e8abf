//! DEFINE EXTENT, LOCATE RECORD and SET FILE MASK: what a chain may touch, and what it is about to do
//! (3990 Storage Control Reference, GA32-0274, chapter "Define Extent and Locate Record").

use super::geometry::Geometry;
use super::{Done, Trouble};
use crate::machine::channel::{Transfer, UnitStatus};

use super::ckd::Ckd;
use super::place::At;

/// Bytes of parameters that both commands have.
const PARAMETERS: usize = 16;

/// The file mask.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Mask(u8);

/// What a command does to the disk, as far as the file mask is concerned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Writing {
    /// Data of a record, or key and data.
    Update,
    /// Records are made or erased.
    Format,
    /// Home address and record zero.
    Home,
}

impl Mask {
    /// A mask byte; its one reserved bit must be zero.
    pub fn new(byte: u8) -> Result<Mask, Trouble> {
        match byte & 0x20 {
            0 => Ok(Mask(byte)),
            _ => Err(Trouble::PARAMETER),
        }
    }

    /// Whether it lets a command write.
    pub fn allows(self, writing: Writing) -> bool {
        match self.0 & 0xC0 {
            0x00 => writing != Writing::Home,
            0x40 => false,
            0x80 => writing == Writing::Update,
            _ => true,
        }
    }

    /// Whether SEEK and RECALIBRATE may be used.
    pub fn seeks(self) -> bool {
        self.0 & 0x18 == 0
    }

    /// Whether SEEK CYLINDER may be used.
    pub fn seeks_cylinder(self) -> bool {
        self.0 & 0x10 == 0
    }

    /// Whether SEEK HEAD and going on to the next track are allowed.
    pub fn switches(self) -> bool {
        self.0 & 0x18 != 0x18
    }
}

/// What LOCATE RECORD has announced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Domain {
    /// The operation code.
    pub operation: u8,
    /// READ COUNT may follow the last write.
    suffix: bool,
    /// Commands that belong to it and have not come yet.
    pub left: u8,
}

/// Operation codes of LOCATE RECORD.
pub(super) mod operation {
    pub const ORIENT: u8 = 0x00;
    pub const WRITE_DATA: u8 = 0x01;
    pub const FORMAT: u8 = 0x03;
    pub const READ_DATA: u8 = 0x06;
    pub const READ_ANY: u8 = 0x0A;
    pub const WRITE_TRACK: u8 = 0x0B;
    pub const READ_TRACKS: u8 = 0x0C;
    pub const READ: u8 = 0x16;
    pub const ALL: [u8; 8] = [
        ORIENT,
        WRITE_DATA,
        FORMAT,
        READ_DATA,
        READ_ANY,
        WRITE_TRACK,
        READ_TRACKS,
        READ,
    ];
}

impl Domain {
    /// Whether a command that belongs to these operations is in its place.
    pub fn takes(&self, operations: &[u8], counts: bool) -> bool {
        let suffixed = counts && self.suffix && self.left == 1;
        operations.contains(&self.operation) || suffixed
    }
}

/// The number of the track with an address CCHH, when there is one.
pub(super) fn track_of(geometry: &Geometry, cylinders: u32, address: [u8; 4]) -> Option<u32> {
    let cylinder = u32::from(u16::from_be_bytes([address[0], address[1]]));
    let head = u16::from_be_bytes([address[2], address[3]]);
    let inside = cylinder < cylinders && head < geometry.heads;
    inside.then(|| cylinder * u32::from(geometry.heads) + u32::from(head))
}

fn parameters(data: &mut Transfer<'_>) -> Result<[u8; PARAMETERS], Trouble> {
    let mut bytes = [0; PARAMETERS];
    match data.get(&mut bytes) {
        PARAMETERS => Ok(bytes),
        _ => Err(Trouble::SHORT),
    }
}

/// X'1F': the file mask, once in a chain and not with DEFINE EXTENT.
pub(super) fn set_mask(disk: &mut Ckd, _: u8, data: &mut Transfer<'_>) -> Done {
    let mut byte = [0];
    if disk.chain.masked {
        return Err(Trouble::SEQUENCE);
    }
    if data.get(&mut byte) == 0 {
        return Err(Trouble::SHORT);
    }
    disk.chain.mask = Mask::new(byte[0])?;
    disk.chain.masked = true;
    Ok(UnitStatus::NORMAL)
}

/// X'63': the file mask and the tracks that the chain keeps to.
pub(super) fn define(disk: &mut Ckd, _: u8, data: &mut Transfer<'_>) -> Done {
    if disk.chain.masked {
        return Err(Trouble::SEQUENCE);
    }
    let p = parameters(data)?;
    let mask = Mask::new(p[0])?;
    // Architecture mode: extended count-key-data.
    if p[1] & 0xC0 != 0xC0 {
        return Err(Trouble::PARAMETER);
    }
    let track = |at: usize| disk.track_at([p[at], p[at + 1], p[at + 2], p[at + 3]]);
    let (Some(first), Some(last)) = (track(8), track(12)) else {
        return Err(Trouble::PARAMETER);
    };
    if first > last {
        return Err(Trouble::PARAMETER);
    }
    disk.chain.mask = mask;
    disk.chain.masked = true;
    disk.chain.extent = Some((first, last));
    Ok(UnitStatus::NORMAL)
}

/// X'47': goes to a record and says what comes.
pub(super) fn locate(disk: &mut Ckd, _: u8, data: &mut Transfer<'_>) -> Done {
    if disk.chain.extent.is_none() {
        return Err(Trouble::SEQUENCE);
    }
    let p = parameters(data)?;
    let (orientation, code) = (p[0] & 0xC0, p[0] & 0x3F);
    let counted = code == operation::ORIENT || p[3] != 0;
    if !operation::ALL.contains(&code) || !counted || p[2] != 0 {
        return Err(Trouble::PARAMETER);
    }
    let number = disk.track_at([p[4], p[5], p[6], p[7]]);
    disk.go_to(number.ok_or(Trouble::PARAMETER)?)?;
    let id = [p[8], p[9], p[10], p[11], p[12]];
    match orientation {
        0x40 => disk.chain.at = At::Home,
        0xC0 => disk.chain.at = At::Index,
        orientation => {
            let record = disk.track()?.find(&id).ok_or(Trouble::NO_RECORD)?;
            disk.chain.at = match orientation {
                0x80 => At::Data(record),
                _ => At::Count(record),
            };
        }
    }
    disk.chain.located = true;
    disk.chain.domain = (code != operation::ORIENT).then_some(Domain {
        operation: code,
        suffix: p[1] & 1 != 0,
        left: p[3],
    });
    Ok(UnitStatus::NORMAL)
}
