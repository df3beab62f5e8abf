//! The count-key-data disk (3390, 3380) behind a 3990: its commands, a row each, and those that read and
//! write (3990 Storage Control Reference, GA32-0274). A chain begins with no orientation; what it reads
//! comes from the image anew, so that links of several machines to one disk see the same.

use std::sync::Arc;

use super::extent::{self, Writing, operation};
use super::geometry::Geometry;
use super::image::{Image, Shape};
use super::place::{self, At, Chain, Found, MULTITRACK, Zero};
use super::track::{COUNT, Change, Count, HOME};
use super::{Access, CONTROL_UNIT, CONTROL_UNIT_MODEL, Done, Trouble, Unit, subsystem};
use crate::machine::channel::{Class, Device, Identity, Outcome, Transfer, UnitStatus};

/// What kind of command it is: what must come before it, and what it does to the rest of the chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// It tells about the device and changes nothing.
    Tell,
    /// It prepares or goes somewhere.
    Control,
    /// LOCATE RECORD and others that must not come inside a LOCATE RECORD but look for a place themselves.
    Begin,
    /// It looks for something.
    Search,
    /// It reads count fields only.
    Count,
    /// It reads.
    Read,
    /// It writes.
    Write(Writing),
}

/// A command.
struct Row {
    code: u8,
    /// Whether the code with bit 0 on is the same command, going on from track to track.
    multitrack: bool,
    kind: Kind,
    /// The LOCATE RECORD operations that it belongs to.
    operations: &'static [u8],
    run: fn(&mut Ckd, u8, &mut Transfer<'_>) -> Done,
}

const fn row(code: u8, kind: Kind, run: fn(&mut Ckd, u8, &mut Transfer<'_>) -> Done) -> Row {
    Row {
        code,
        multitrack: false,
        kind,
        operations: &[],
        run,
    }
}

impl Row {
    const fn multitrack(mut self) -> Row {
        self.multitrack = true;
        self
    }

    const fn within(mut self, operations: &'static [u8]) -> Row {
        self.operations = operations;
        self
    }
}

const READS: &[u8] = &[operation::READ_DATA, operation::READ];
const READS_ANY: &[u8] = &[operation::READ_DATA, operation::READ, operation::READ_ANY];
const FORMATS: &[u8] = &[operation::FORMAT];
const UPDATES: &[u8] = &[operation::WRITE_DATA];
const UPDATE: Kind = Kind::Write(Writing::Update);
const FORMAT: Kind = Kind::Write(Writing::Format);
const HOME_ADDRESS: Kind = Kind::Write(Writing::Home);

const TABLE: &[Row] = &[
    row(0x03, Kind::Control, no_operation),
    row(0x04, Kind::Tell, sense),
    row(0xE4, Kind::Tell, subsystem::sense_id),
    row(0x64, Kind::Tell, subsystem::characteristics),
    row(0xFA, Kind::Tell, subsystem::configuration),
    row(0x54, Kind::Tell, subsystem::status),
    row(0x27, Kind::Control, subsystem::perform),
    row(0x3E, Kind::Control, subsystem::read_data),
    row(0x07, Kind::Control, place::seek),
    row(0x0B, Kind::Control, place::seek),
    row(0x1B, Kind::Control, place::seek),
    row(0x13, Kind::Control, place::recalibrate),
    row(0x1F, Kind::Control, extent::set_mask),
    row(0x22, Kind::Tell, place::read_sector),
    row(0x23, Kind::Control, place::set_sector),
    row(0x63, Kind::Control, extent::define),
    row(0x47, Kind::Begin, extent::locate),
    row(0x02, Kind::Begin, read_ipl),
    row(0x39, Kind::Search, place::search_home).multitrack(),
    row(0x31, Kind::Search, place::search_id).multitrack(),
    row(0x51, Kind::Search, place::search_id).multitrack(),
    row(0x71, Kind::Search, place::search_id).multitrack(),
    row(0x29, Kind::Search, place::search_key).multitrack(),
    row(0x49, Kind::Search, place::search_key).multitrack(),
    row(0x69, Kind::Search, place::search_key).multitrack(),
    row(0x12, Kind::Count, read_count)
        .multitrack()
        .within(READS_ANY),
    row(0x06, Kind::Read, read_data)
        .multitrack()
        .within(READS_ANY),
    row(0x0E, Kind::Read, read_key_data)
        .multitrack()
        .within(READS),
    row(0x1E, Kind::Read, read_record)
        .multitrack()
        .within(READS_ANY),
    row(0x16, Kind::Read, read_zero).multitrack().within(READS),
    row(0x1A, Kind::Read, read_home).multitrack().within(READS),
    row(0x5E, Kind::Read, read_multiple).within(READS),
    row(0xDE, Kind::Read, read_track).within(&[operation::READ_TRACKS]),
    row(0x05, UPDATE, write_data).multitrack().within(UPDATES),
    row(0x0D, UPDATE, write_key_data)
        .multitrack()
        .within(UPDATES),
    row(0x1D, FORMAT, write_record).within(FORMATS),
    row(0x9D, FORMAT, write_record_next_track).within(FORMATS),
    row(0x11, FORMAT, erase).within(&[operation::FORMAT, operation::WRITE_TRACK]),
    row(0x15, HOME_ADDRESS, write_zero).within(FORMATS),
    row(0x19, HOME_ADDRESS, write_home).within(FORMATS),
];

/// A count-key-data disk.
pub struct Ckd {
    pub(super) unit: Unit,
    pub(super) geometry: &'static Geometry,
    pub(super) cylinders: u32,
    /// The device number, which the configuration data tell.
    pub(super) number: u16,
    /// The track where the access mechanism is.
    pub(super) arm: u32,
    pub(super) chain: Chain,
}

impl Ckd {
    /// A link to a count-key-data image; none for another kind. `link` is a number that no other link to
    /// the image has.
    pub fn new(image: Arc<Image>, access: Access, link: u64, number: u16) -> Option<Ckd> {
        let Shape::Ckd {
            geometry,
            cylinders,
        } = image.shape()
        else {
            return None;
        };
        Some(Ckd {
            unit: Unit::new(image, access, link),
            geometry,
            cylinders,
            number,
            arm: 0,
            chain: Chain::default(),
        })
    }

    /// The device has another number from now on.
    pub fn set_number(&mut self, number: u16) {
        self.number = number;
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
        if self.chain.domain.is_none()
            && let Some(done) = self.unit.link_command(command, 32, data)
        {
            return done;
        }
        let matches =
            |r: &&Row| r.code == command || r.multitrack && r.code | MULTITRACK == command;
        let row = TABLE.iter().find(matches).ok_or(Trouble::COMMAND)?;
        self.allowed(row)?;
        if row.kind != Kind::Tell {
            self.unit.sense = [0; 32];
        }
        if !matches!(row.kind, Kind::Tell | Kind::Search | Kind::Count) {
            self.chain.index = false;
        }
        if !matches!(row.kind, Kind::Write(_)) && command != 0x03 {
            self.chain.found = Found::Nothing;
        }
        let done = (row.run)(self, command, data)?;
        if matches!(row.kind, Kind::Count | Kind::Read | Kind::Write(_))
            && let Some(domain) = &mut self.chain.domain
        {
            domain.left = domain.left.saturating_sub(1);
            if domain.left == 0 {
                self.chain.domain = None;
            }
        }
        Ok(done)
    }

    /// Whether a command may come here.
    fn allowed(&self, row: &Row) -> Result<(), Trouble> {
        let counts = row.kind == Kind::Count;
        let domain = self.chain.domain.as_ref();
        if row.kind != Kind::Tell && domain.is_some_and(|d| !d.takes(row.operations, counts)) {
            return Err(Trouble::SEQUENCE);
        }
        let anywhere = matches!(row.kind, Kind::Tell | Kind::Control | Kind::Begin);
        if !anywhere && !self.chain.located {
            return Err(Trouble::SEQUENCE);
        }
        let Kind::Write(writing) = row.kind else {
            return Ok(());
        };
        if self.unit.access == Access::Read {
            return Err(Trouble::READ_ONLY);
        }
        match self.chain.mask.allows(writing) {
            true => Ok(()),
            false => Err(Trouble::FILE_PROTECTED),
        }
    }

    /// Writes a change of the current track to the image, in its order.
    fn write(&mut self, change: &Change) -> Result<(), Trouble> {
        for (at, bytes) in change {
            if let Err(error) = self.unit.image.write_track(self.arm, *at, bytes) {
                return Err(self.unit.broken(&error));
            }
        }
        Ok(())
    }

    /// Where the access mechanism is, in sense bytes of the 24-byte format that byte 27 announces.
    fn place_in_sense(&mut self) {
        let heads = u32::from(self.geometry.heads);
        let low = |n: u32| n.to_be_bytes()[3];
        let (cylinder, head) = (self.arm / heads, low(self.arm % heads));
        let sense = &mut self.unit.sense;
        (sense[5], sense[6]) = match self.cylinders {
            0..=4095 => (low(cylinder), low(cylinder >> 8) << 4 | head),
            _ => (0xFF, 0xFF),
        };
        sense[27] = 0x80;
        (sense[29], sense[30], sense[31]) = (low(cylinder >> 8), low(cylinder), head);
    }

    /// Gives part of the current track to the channel.
    fn give(&mut self, range: std::ops::Range<usize>, data: &mut Transfer<'_>) -> Done {
        data.put(self.track()?.bytes(range));
        Ok(UnitStatus::NORMAL)
    }
}

/// Data of length zero are an end of file: unit exception.
fn ended(length: usize) -> UnitStatus {
    match length {
        0 => UnitStatus::EXCEPTION,
        _ => UnitStatus::NORMAL,
    }
}

fn no_operation(_: &mut Ckd, _: u8, _: &mut Transfer<'_>) -> Done {
    Ok(UnitStatus::NORMAL)
}

fn sense(disk: &mut Ckd, _: u8, data: &mut Transfer<'_>) -> Done {
    data.put(&disk.unit.sense);
    disk.unit.sense = [0; 32];
    Ok(UnitStatus::NORMAL)
}

/// X'02': the first record of the disk.
fn read_ipl(disk: &mut Ckd, _: u8, data: &mut Transfer<'_>) -> Done {
    if !disk.chain.mask.seeks() {
        return Err(Trouble::FILE_PROTECTED);
    }
    disk.go_to(0)?;
    disk.chain.located = true;
    let record = disk.record(1)?;
    disk.chain.at = At::Data(1);
    disk.give(record.data_range(), data)?;
    Ok(ended(record.data))
}

fn read_count(disk: &mut Ckd, command: u8, data: &mut Transfer<'_>) -> Done {
    let index = disk.next(command, Zero::Skip)?;
    let record = disk.record(index)?;
    disk.give(record.at..record.at + COUNT, data)
}

fn read_data(disk: &mut Ckd, command: u8, data: &mut Transfer<'_>) -> Done {
    let index = match disk.chain.at {
        At::Count(index) | At::Key(index) => index,
        _ => disk.next(command, Zero::Skip)?,
    };
    let record = disk.record(index)?;
    disk.chain.at = At::Data(index);
    disk.chain.index = false;
    disk.give(record.data_range(), data)?;
    Ok(ended(record.data))
}

fn read_key_data(disk: &mut Ckd, command: u8, data: &mut Transfer<'_>) -> Done {
    let index = disk.this_or_next(command)?;
    let record = disk.record(index)?;
    disk.chain.at = At::Data(index);
    disk.chain.index = false;
    disk.give(record.key_range().start..record.end(), data)?;
    Ok(ended(record.data))
}

fn read_record(disk: &mut Ckd, command: u8, data: &mut Transfer<'_>) -> Done {
    let index = disk.next(command, Zero::Skip)?;
    let record = disk.record(index)?;
    disk.chain.at = At::Data(index);
    disk.chain.index = false;
    disk.give(record.at..record.end(), data)?;
    Ok(ended(record.data))
}

/// Outside of LOCATE RECORD, multitrack commands that read what is at the index point go to the next
/// track first.
fn to_index(disk: &mut Ckd, command: u8) -> Result<(), Trouble> {
    if command & MULTITRACK != 0 && disk.chain.domain.is_none() {
        disk.advance()?;
    }
    disk.chain.at = At::Index;
    Ok(())
}

fn read_zero(disk: &mut Ckd, command: u8, data: &mut Transfer<'_>) -> Done {
    to_index(disk, command)?;
    let record = disk.record(0)?;
    disk.chain.at = At::Data(0);
    disk.give(record.at..record.end(), data)?;
    Ok(ended(record.data))
}

fn read_home(disk: &mut Ckd, command: u8, data: &mut Transfer<'_>) -> Done {
    to_index(disk, command)?;
    disk.chain.at = At::Home;
    disk.give(0..HOME, data)
}

/// X'5E': the records from the next one to the end of the track.
fn read_multiple(disk: &mut Ckd, command: u8, data: &mut Transfer<'_>) -> Done {
    let first = disk.next(command, Zero::Skip)?;
    let start = disk.record(first)?.at;
    let last = disk.track()?.records().len() - 1;
    let end = disk.record(last)?.end();
    disk.chain.at = At::Data(last);
    disk.chain.index = false;
    disk.give(start..end, data)
}

/// X'DE', only inside LOCATE RECORD: all records of a track and the mark that ends it, then the next track.
fn read_track(disk: &mut Ckd, _: u8, data: &mut Transfer<'_>) -> Done {
    if disk.chain.domain.is_none() {
        return Err(Trouble::SEQUENCE);
    }
    if !matches!(disk.chain.at, At::Index | At::Home | At::Count(0)) {
        disk.advance()?;
    }
    let last = disk.track()?.records().len().checked_sub(1);
    let last = last.ok_or(Trouble::NO_RECORD)?;
    let end = disk.record(last)?.end() + COUNT;
    disk.chain.at = At::Data(last);
    disk.chain.index = false;
    disk.give(HOME..end, data)
}

/// Takes bytes for a field from the channel; what does not come is zeros. None when the channel stopped.
fn take(length: usize, data: &mut Transfer<'_>) -> Option<Vec<u8>> {
    let mut bytes = vec![0; length];
    data.get(&mut bytes);
    (!data.stopped()).then_some(bytes)
}

/// The record that an update is for: the one that was searched for, or inside LOCATE RECORD the one that
/// it went to and then each next one.
fn update_target(disk: &mut Ckd, command: u8, found: &[Found]) -> Result<usize, Trouble> {
    match disk.chain.at {
        At::Count(index) | At::Key(index) if found.contains(&disk.chain.found) => Ok(index),
        At::Count(index) if disk.chain.domain.is_some() => Ok(index),
        _ if disk.chain.domain.is_some() => disk.next(command, Zero::Skip),
        _ => Err(Trouble::SEQUENCE),
    }
}

fn write_data(disk: &mut Ckd, command: u8, data: &mut Transfer<'_>) -> Done {
    let index = update_target(disk, command, &[Found::Id, Found::Key])?;
    let record = disk.record(index)?;
    let Some(bytes) = take(record.data, data) else {
        return Ok(UnitStatus::NORMAL);
    };
    let change = disk.track()?.update(record.data_range().start, &bytes);
    disk.write(&change)?;
    disk.chain.at = At::Data(index);
    disk.chain.found = Found::Nothing;
    Ok(ended(record.data))
}

fn write_key_data(disk: &mut Ckd, command: u8, data: &mut Transfer<'_>) -> Done {
    let index = update_target(disk, command, &[Found::Id])?;
    let record = disk.record(index)?;
    let Some(bytes) = take(record.key + record.data, data) else {
        return Ok(UnitStatus::NORMAL);
    };
    let change = disk.track()?.update(record.key_range().start, &bytes);
    disk.write(&change)?;
    disk.chain.at = At::Data(index);
    disk.chain.found = Found::Nothing;
    Ok(ended(record.data))
}

/// A count field from the channel.
fn take_count(data: &mut Transfer<'_>) -> Result<Count, Trouble> {
    let mut count = [0; COUNT];
    match data.get(&mut count) {
        COUNT => Ok(Count(count)),
        _ => Err(Trouble::SHORT),
    }
}

/// How many records stay before the place where one is formatted: those that have passed.
fn kept(disk: &Ckd) -> Result<usize, Trouble> {
    let chained = disk.chain.domain.is_some()
        || matches!(disk.chain.found, Found::Id | Found::Key | Found::Record);
    match disk.chain.at {
        At::Count(i) | At::Key(i) | At::Data(i) if chained => Ok(i + 1),
        _ => Err(Trouble::SEQUENCE),
    }
}

/// Makes a record behind the first `keep` ones and cuts off the rest of the track.
fn format(disk: &mut Ckd, keep: usize, count: &Count, data: &mut Transfer<'_>) -> Done {
    let geometry = disk.geometry;
    if !disk.track()?.fits(geometry, keep, count) {
        return Err(Trouble::TRACK_FORMAT);
    }
    let Some(body) = take(count.key() + count.data(), data) else {
        return Ok(UnitStatus::NORMAL);
    };
    let change = disk.track()?.format(keep, count, &body);
    disk.write(&change)?;
    disk.chain.at = At::Data(keep);
    disk.chain.found = Found::Record;
    Ok(UnitStatus::NORMAL)
}

/// X'1D': WRITE COUNT, KEY, AND DATA.
fn write_record(disk: &mut Ckd, _: u8, data: &mut Transfer<'_>) -> Done {
    let keep = kept(disk)?;
    let count = take_count(data)?;
    format(disk, keep, &count, data)
}

/// X'9D', only inside LOCATE RECORD: behind record zero of the next track.
fn write_record_next_track(disk: &mut Ckd, _: u8, data: &mut Transfer<'_>) -> Done {
    if disk.chain.domain.is_none() {
        return Err(Trouble::SEQUENCE);
    }
    disk.advance()?;
    disk.record(0)?;
    disk.chain.at = At::Count(0);
    let count = take_count(data)?;
    format(disk, 1, &count, data)
}

/// X'11': ERASE takes what WRITE COUNT, KEY, AND DATA takes, and leaves nothing there.
fn erase(disk: &mut Ckd, _: u8, data: &mut Transfer<'_>) -> Done {
    let keep = kept(disk)?;
    let count = take_count(data)?;
    if take(count.key() + count.data(), data).is_none() {
        return Ok(UnitStatus::NORMAL);
    }
    let change = disk.track()?.cut(keep);
    disk.write(&change)?;
    disk.chain.at = At::Data(keep - 1);
    disk.chain.found = Found::Record;
    Ok(UnitStatus::NORMAL)
}

/// X'15': record zero, behind the home address.
fn write_zero(disk: &mut Ckd, _: u8, data: &mut Transfer<'_>) -> Done {
    let chained = disk.chain.domain.is_some() || disk.chain.found == Found::Home;
    if !chained || !matches!(disk.chain.at, At::Home | At::Index) {
        return Err(Trouble::SEQUENCE);
    }
    let count = take_count(data)?;
    // A track's first record is the one with number zero.
    if count.0[4] != 0 {
        return Err(Trouble::PARAMETER);
    }
    format(disk, 0, &count, data)
}

/// X'19': the home address, which can only say where the track is. The rest of the track is gone.
fn write_home(disk: &mut Ckd, _: u8, data: &mut Transfer<'_>) -> Done {
    let given = data.get_all(HOME);
    let track = disk.track()?;
    if given.len() < HOME {
        return Err(Trouble::SHORT);
    }
    if given != track.home() {
        return Err(Trouble::PARAMETER);
    }
    let change = track.cut(0);
    disk.write(&change)?;
    disk.chain.at = At::Home;
    disk.chain.found = Found::Home;
    Ok(UnitStatus::NORMAL)
}

impl Device for Ckd {
    fn identity(&self) -> Identity {
        Identity {
            class: Class::Dasd,
            control_unit: CONTROL_UNIT,
            control_unit_model: CONTROL_UNIT_MODEL,
            device: self.geometry.device,
            device_model: self.geometry.model(self.cylinders),
        }
    }

    fn execute(&mut self, command: u8, data: &mut Transfer<'_>) -> Outcome {
        // Another link has the disk for itself: the command waits, but not an unconditional reserve.
        if command != 0x14 && self.unit.image.reserved_else(self.unit.link) {
            return Outcome::Pending;
        }
        let done = self.command(command, data);
        let failed = done.is_err();
        let outcome = self.unit.end(done);
        if failed {
            self.place_in_sense();
        }
        outcome
    }

    fn begin(&mut self) {
        self.chain = Chain::default();
    }

    fn halt(&mut self) {
        self.chain = Chain::default();
    }

    fn reset(&mut self) {
        self.unit.reset();
        self.chain = Chain::default();
        self.arm = 0;
    }
}
