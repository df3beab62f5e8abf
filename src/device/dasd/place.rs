//! Where a count-key-data disk is while a chain runs: the track, what of it has passed by, and the commands
//! that go somewhere or look for something: SEEK, SET SECTOR, SEARCH.

use super::ckd::Ckd;
use super::extent::{Domain, Mask};
use super::track::{HOME, Record, Track};
use super::{Done, Trouble, extent};
use crate::machine::channel::{Transfer, UnitStatus};

/// What has just passed by on the track.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum At {
    /// The index point.
    #[default]
    Index,
    /// The home address.
    Home,
    /// The count field of a record, counted from record zero.
    Count(usize),
    /// Its key.
    Key(usize),
    /// Its data.
    Data(usize),
}

/// What the command before has found or made, which writes are chained from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Found {
    /// Nothing.
    #[default]
    Nothing,
    /// The home address is the one searched for, or was written.
    Home,
    /// A record's identification is the one searched for.
    Id,
    /// A record's key is the one searched for.
    Key,
    /// A record was written.
    Record,
}

/// What belongs to one chain of commands.
#[derive(Default)]
pub(super) struct Chain {
    pub mask: Mask,
    /// DEFINE EXTENT or SET FILE MASK has come.
    pub masked: bool,
    /// The first and last track of DEFINE EXTENT.
    pub extent: Option<(u32, u32)>,
    pub domain: Option<Domain>,
    /// The disk has gone somewhere in this chain.
    pub located: bool,
    pub at: At,
    pub found: Found,
    /// The index point has passed since data were last moved.
    pub index: bool,
    /// What READ SUBSYSTEM DATA will read.
    pub prepared: Option<Vec<u8>>,
    track: Option<Track>,
}

/// Whether record zero counts among the records.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Zero {
    Skip,
    Take,
}

/// The bit of a command code that makes it go on to the next track.
pub(super) const MULTITRACK: u8 = 0x80;

impl Ckd {
    /// The track with an address.
    pub(super) fn track_at(&self, address: [u8; 4]) -> Option<u32> {
        extent::track_of(self.geometry, self.cylinders, address)
    }

    fn tracks(&self) -> u32 {
        self.cylinders * u32::from(self.geometry.heads)
    }

    /// Goes to a track inside the extent.
    pub(super) fn go_to(&mut self, number: u32) -> Result<(), Trouble> {
        let inside = |(first, last)| (first..=last).contains(&number);
        if number >= self.tracks() || !self.chain.extent.is_none_or(inside) {
            return Err(Trouble::FILE_PROTECTED);
        }
        self.arm = number;
        self.chain.at = At::Index;
        self.chain.index = false;
        Ok(())
    }

    /// Goes to the next track as multitrack commands do: inside a LOCATE RECORD as far as the extent
    /// reaches, else to the end of the cylinder.
    pub(super) fn advance(&mut self) -> Result<(), Trouble> {
        if self.chain.domain.is_none() {
            if !self.chain.mask.switches() {
                return Err(Trouble::FILE_PROTECTED);
            }
            if (self.arm + 1).is_multiple_of(u32::from(self.geometry.heads)) {
                return Err(Trouble::END_OF_CYLINDER);
            }
        }
        self.go_to(self.arm + 1)
    }

    /// The track where the disk is. It is read once in a chain.
    pub(super) fn track(&mut self) -> Result<&mut Track, Trouble> {
        let there = self.chain.track.take_if(|t| t.number() == self.arm);
        let track = match there {
            Some(track) => track,
            None => match self.unit.image.track(self.arm) {
                Ok(track) => track,
                Err(error) => return Err(self.unit.broken(&error)),
            },
        };
        Ok(self.chain.track.insert(track))
    }

    /// Goes on to the next count field. At the end of a track, multitrack commands go on with the next
    /// one, others with the same one again, until the index point has passed twice.
    pub(super) fn next(&mut self, command: u8, zero: Zero) -> Result<usize, Trouble> {
        loop {
            let count = self.track()?.records().len();
            let next = match self.chain.at {
                At::Index | At::Home => 0,
                At::Count(i) | At::Key(i) | At::Data(i) => i + 1,
            };
            let next = match zero {
                Zero::Skip => next.max(1),
                Zero::Take => next,
            };
            if next < count {
                self.chain.at = At::Count(next);
                return Ok(next);
            }
            if command & MULTITRACK != 0 {
                self.advance()?;
            } else if self.chain.index {
                return Err(Trouble::NO_RECORD);
            } else {
                self.chain.at = At::Index;
                self.chain.index = true;
            }
        }
    }

    /// The record whose count field is the next, or the one that has passed with nothing behind it yet.
    pub(super) fn this_or_next(&mut self, command: u8) -> Result<usize, Trouble> {
        match self.chain.at {
            At::Count(record) => Ok(record),
            _ => self.next(command, Zero::Skip),
        }
    }

    /// Where a record of the current track is.
    pub(super) fn record(&mut self, index: usize) -> Result<Record, Trouble> {
        let record = self.track()?.records().get(index).copied();
        record.ok_or(Trouble::NO_RECORD)
    }
}

/// X'07', X'0B', X'1B': SEEK, SEEK CYLINDER, SEEK HEAD.
pub(super) fn seek(disk: &mut Ckd, command: u8, data: &mut Transfer<'_>) -> Done {
    let mask = disk.chain.mask;
    let allowed = match command {
        0x07 => mask.seeks(),
        0x0B => mask.seeks_cylinder(),
        _ => mask.switches(),
    };
    if !allowed {
        return Err(Trouble::FILE_PROTECTED);
    }
    if command == 0x1B && !disk.chain.located {
        return Err(Trouble::SEQUENCE);
    }
    let mut p = [0; 6];
    if data.get(&mut p) < p.len() {
        return Err(Trouble::SHORT);
    }
    if p[0] != 0 || p[1] != 0 {
        return Err(Trouble::PARAMETER);
    }
    if command == 0x1B {
        let cylinder = disk.arm / u32::from(disk.geometry.heads);
        let cylinder = u16::try_from(cylinder).unwrap_or(u16::MAX);
        p[2..4].copy_from_slice(&cylinder.to_be_bytes());
    }
    let number = disk.track_at([p[2], p[3], p[4], p[5]]);
    disk.go_to(number.ok_or(Trouble::PARAMETER)?)?;
    disk.chain.located = true;
    Ok(UnitStatus::NORMAL)
}

/// X'13': to the first track. A 3390 does not have it.
pub(super) fn recalibrate(disk: &mut Ckd, _: u8, _: &mut Transfer<'_>) -> Done {
    if disk.geometry.device == 0x3390 {
        return Err(Trouble::COMMAND);
    }
    if !disk.chain.mask.seeks() {
        return Err(Trouble::FILE_PROTECTED);
    }
    disk.go_to(0)?;
    disk.chain.located = true;
    Ok(UnitStatus::NORMAL)
}

/// X'23': the rotational position to wait for. There is nothing to wait for here.
pub(super) fn set_sector(disk: &mut Ckd, _: u8, data: &mut Transfer<'_>) -> Done {
    let mut sector = [0];
    if data.get(&mut sector) == 0 {
        return Err(Trouble::SHORT);
    }
    if sector[0] != 0xFF && sector[0] >= disk.geometry.sector(disk.geometry.image) {
        return Err(Trouble::PARAMETER);
    }
    Ok(UnitStatus::NORMAL)
}

/// X'22': the rotational position of the record last used.
pub(super) fn read_sector(disk: &mut Ckd, _: u8, data: &mut Transfer<'_>) -> Done {
    let at = match disk.chain.at {
        At::Index | At::Home => 0,
        At::Count(i) | At::Key(i) | At::Data(i) => disk.record(i)?.at,
    };
    data.put(&[disk.geometry.sector(at)]);
    Ok(UnitStatus::NORMAL)
}

/// Which comparisons satisfy a search, by its command code.
fn satisfied(command: u8, found: &[u8], wanted: &[u8]) -> bool {
    let equal = found == wanted;
    match command & 0x60 {
        0x20 => equal,
        0x40 => found > wanted,
        _ => found >= wanted,
    }
}

fn answer(matched: bool) -> UnitStatus {
    match matched {
        true => UnitStatus::NORMAL.with(UnitStatus::MODIFIER),
        false => UnitStatus::NORMAL,
    }
}

/// Takes a search argument of so many bytes and compares as many as came.
fn compare(command: u8, found: &[u8], data: &mut Transfer<'_>) -> bool {
    let mut wanted = vec![0; found.len()];
    let length = data.get(&mut wanted);
    length > 0 && !data.stopped() && satisfied(command, &found[..length], &wanted[..length])
}

/// X'39': SEARCH HOME ADDRESS EQUAL.
pub(super) fn search_home(disk: &mut Ckd, command: u8, data: &mut Transfer<'_>) -> Done {
    if command & MULTITRACK != 0 && disk.chain.at != At::Index {
        disk.advance()?;
    }
    let home = disk
        .track()?
        .home()
        .get(1..HOME)
        .unwrap_or_default()
        .to_vec();
    let matched = compare(command, &home, data);
    disk.chain.at = At::Home;
    if matched {
        disk.chain.found = Found::Home;
    } else if command & MULTITRACK == 0 {
        if disk.chain.index {
            return Err(Trouble::NO_RECORD);
        }
        disk.chain.index = true;
    }
    Ok(answer(matched))
}

/// X'31', X'51', X'71': SEARCH ID EQUAL, HIGH, EQUAL OR HIGH.
pub(super) fn search_id(disk: &mut Ckd, command: u8, data: &mut Transfer<'_>) -> Done {
    let index = disk.next(command, Zero::Take)?;
    let record = disk.record(index)?;
    let id = disk.track()?.id(&record).to_vec();
    let matched = compare(command, &id, data);
    if matched {
        disk.chain.found = Found::Id;
    }
    Ok(answer(matched))
}

/// X'29', X'49', X'69': SEARCH KEY EQUAL, HIGH, EQUAL OR HIGH. Records without a key are passed over.
pub(super) fn search_key(disk: &mut Ckd, command: u8, data: &mut Transfer<'_>) -> Done {
    let (index, record) = loop {
        let index = disk.this_or_next(command)?;
        let record = disk.record(index)?;
        if record.key > 0 {
            break (index, record);
        }
        disk.chain.at = At::Data(index);
    };
    let key = disk.track()?.bytes(record.key_range()).to_vec();
    let matched = compare(command, &key, data);
    disk.chain.at = At::Key(index);
    if matched {
        disk.chain.found = Found::Key;
    }
    Ok(answer(matched))
}
