//! One spool file on disk: a header of attributes, then the records. Numbers are big-endian.
//!
//! | bytes | what |
//! |---|---|
//! | 0-7 | kind, `VMSHSPL` and a zero |
//! | 8-11 | version |
//! | 12-15 | length of the header |
//! | 16-19 | CRC-32 of the header from byte 20 on |
//! | 20- | attributes, the length and the CRC-32 of the records |
//! | behind the header | records: the CCW command, the length in two bytes, the data in EBCDIC without trailing blanks |

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::cp::UserId;
use crate::cp::saved::format::{In, Out};
use crate::device::UnitRecord;

const KIND: &[u8; 8] = b"VMSHSPL\0";
const VERSION: u32 = 1;
/// A header longer than this is no header.
const LONGEST_HEADER: u32 = 64 << 10;
/// The code of a blank.
const BLANK: u8 = 0x40;

/// Why a spool file could not be made or used.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// The file is not what was written.
    #[error("{file}: {place} is damaged")]
    Damaged {
        /// The file.
        file: String,
        /// The part of it.
        place: &'static str,
    },
    /// The host refused.
    #[error("{file}: {source}")]
    Host {
        /// The file.
        file: String,
        /// What the host said.
        source: std::io::Error,
    },
    /// All numbers from 1 to 9999 are in use.
    #[error("there is no spool file number left")]
    Full,
}

impl SpoolError {
    pub(super) fn host(path: &Path, source: std::io::Error) -> SpoolError {
        SpoolError::Host {
            file: path.display().to_string(),
            source,
        }
    }

    pub(super) fn damaged(path: &Path, place: &'static str) -> SpoolError {
        SpoolError::Damaged {
            file: path.display().to_string(),
            place,
        }
    }
}

/// The queue that a spool file is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Queue {
    /// Reader files.
    Reader,
    /// Printer files.
    Printer,
    /// Punch files.
    Punch,
}

impl Queue {
    /// The name in messages: RDR, PRT, PUN.
    pub fn name(self) -> &'static str {
        match self {
            Queue::Reader => "RDR",
            Queue::Printer => "PRT",
            Queue::Punch => "PUN",
        }
    }
}

/// The kind of device that made a spool file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// A printer.
    Printer,
    /// A punch.
    Punch,
    /// A console.
    Console,
    /// VMDUMP.
    Dump,
}

impl Made {
    /// The name in messages: PRT, PUN, CON, DMP.
    pub fn name(self) -> &'static str {
        match self {
            Made::Printer => "PRT",
            Made::Punch => "PUN",
            Made::Console => "CON",
            Made::Dump => "DMP",
        }
    }

    /// The bytes of a record that a reader gives at least.
    pub fn width(self) -> usize {
        match self {
            Made::Punch => 80,
            Made::Printer | Made::Console => 132,
            Made::Dump => 4096,
        }
    }
}

/// Who holds a file back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Hold {
    /// Its owner (HOLD).
    pub user: bool,
    /// The operator (SYSHOLD).
    pub system: bool,
}

impl Hold {
    /// The name in QUERY: NONE, USER, SYS or USYS.
    pub fn name(self) -> &'static str {
        match (self.user, self.system) {
            (false, false) => "NONE",
            (true, false) => "USER",
            (false, true) => "SYS",
            (true, true) => "USYS",
        }
    }

    /// Whether nobody holds it.
    pub fn none(self) -> bool {
        self == Hold::default()
    }
}

/// Everything of a spool file but its records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// The spool file number, 1 to 9999, unique in the system.
    pub id: u16,
    /// In whose queue it is.
    pub owner: UserId,
    /// Who made it.
    pub origin: UserId,
    /// The queue.
    pub queue: Queue,
    /// What made it.
    pub made: Made,
    /// The class.
    pub class: u8,
    /// How many copies.
    pub copies: u16,
    /// Who holds it.
    pub hold: Hold,
    /// Whether it stays, held, when it has been read.
    pub keep: bool,
    /// MSG rather than NOMSG.
    pub msg: bool,
    /// The form.
    pub form: Vec<u8>,
    /// The destination; OFF when there is none.
    pub dest: Vec<u8>,
    /// The distribution code.
    pub dist: Vec<u8>,
    /// The file name, empty when there is none.
    pub name: Vec<u8>,
    /// The file type.
    pub kind: Vec<u8>,
    /// What TAG said.
    pub tag: Vec<u8>,
    /// When it was closed, in microseconds since 1970 UTC.
    pub created: i64,
    /// Its place in the queue: the lowest is read first.
    pub place: i64,
    /// How many records with data it has.
    pub records: u64,
}

/// The records' place in the file, and what they must be.
struct Body {
    at: u64,
    length: u64,
    sum: u32,
}

/// Whether a record counts as data rather than a movement of the carriage.
pub fn is_data(record: &UnitRecord) -> bool {
    record.command & 0x03 == 0x01
}

fn encode_records(records: &[UnitRecord]) -> Vec<u8> {
    let mut out = Vec::new();
    for record in records {
        let used = record.data.iter().rposition(|&b| b != BLANK);
        // A length is two bytes: no device writes more in one go.
        let length = used.map_or(0, |last| last + 1).min(usize::from(u16::MAX));
        out.push(record.command);
        out.extend_from_slice(&u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
        out.extend_from_slice(&record.data[..length]);
    }
    out
}

fn decode_records(bytes: &[u8]) -> Option<Vec<UnitRecord>> {
    let mut input = In(bytes);
    let mut records = Vec::new();
    while !input.0.is_empty() {
        let command = input.u8()?;
        let length = input.u16()?;
        records.push(UnitRecord {
            command,
            data: input.take(usize::from(length))?.to_vec(),
        });
    }
    Some(records)
}

fn encode(a: &Attributes, length: u64, sum: u32) -> Vec<u8> {
    let mut out = Out(Vec::new());
    out.u16(a.id);
    out.name(&a.owner);
    out.name(&a.origin);
    out.u8(match a.queue {
        Queue::Reader => 0,
        Queue::Printer => 1,
        Queue::Punch => 2,
    });
    out.u8(match a.made {
        Made::Printer => 0,
        Made::Punch => 1,
        Made::Console => 2,
        Made::Dump => 3,
    });
    out.u8(a.class);
    out.u16(a.copies);
    for flag in [a.hold.user, a.hold.system, a.keep, a.msg] {
        out.u8(u8::from(flag));
    }
    for text in [&a.form, &a.dest, &a.dist, &a.name, &a.kind, &a.tag] {
        out.name(text);
    }
    for number in [
        a.created.cast_unsigned(),
        a.place.cast_unsigned(),
        a.records,
    ] {
        out.u64(number);
    }
    out.u64(length);
    out.u32(sum);
    let body = out.0;
    let mut all = Out(KIND.to_vec());
    all.u32(VERSION);
    all.u32(u32::try_from(body.len() + 20).unwrap_or(u32::MAX));
    all.u32(crc32fast::hash(&body));
    all.0.extend_from_slice(&body);
    all.0
}

fn decode(bytes: &[u8], at: u64) -> Option<(Attributes, Body)> {
    let mut input = In(bytes);
    let id = input.u16()?;
    let (owner, origin) = (input.name()?, input.name()?);
    let queue = match input.u8()? {
        0 => Queue::Reader,
        1 => Queue::Printer,
        2 => Queue::Punch,
        _ => return None,
    };
    let made = match input.u8()? {
        0 => Made::Printer,
        1 => Made::Punch,
        2 => Made::Console,
        3 => Made::Dump,
        _ => return None,
    };
    let class = input.u8()?;
    let copies = input.u16()?;
    let hold = Hold {
        user: input.u8()? != 0,
        system: input.u8()? != 0,
    };
    let attributes = Attributes {
        id,
        owner,
        origin,
        queue,
        made,
        class,
        copies,
        hold,
        keep: input.u8()? != 0,
        msg: input.u8()? != 0,
        form: input.name()?,
        dest: input.name()?,
        dist: input.name()?,
        name: input.name()?,
        kind: input.name()?,
        tag: input.name()?,
        created: input.u64()?.cast_signed(),
        place: input.u64()?.cast_signed(),
        records: input.u64()?,
    };
    let body = Body {
        at,
        length: input.u64()?,
        sum: input.u32()?,
    };
    (input.0.is_empty() && (1..=9999).contains(&id)).then_some((attributes, body))
}

fn create(path: &Path) -> Result<File, SpoolError> {
    File::options()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(|e| SpoolError::host(path, e))
}

/// Writes a new file and makes it safe on disk.
///
/// # Errors
/// What the host says.
pub fn write(path: &Path, a: &Attributes, records: &[UnitRecord]) -> Result<(), SpoolError> {
    let body = encode_records(records);
    let length = u64::try_from(body.len()).unwrap_or(u64::MAX);
    let mut file = create(path)?;
    file.write_all(&encode(a, length, crc32fast::hash(&body)))
        .and_then(|()| file.write_all(&body))
        .and_then(|()| file.sync_all())
        .map_err(|e| SpoolError::host(path, e))
}

/// Writes a copy of a file with other attributes and makes it safe on disk.
///
/// # Errors
/// What the host says, and damage to the old file's header.
pub fn rewrite(old: &Path, new: &Path, a: &Attributes) -> Result<(), SpoolError> {
    let mut from = File::open(old).map_err(|e| SpoolError::host(old, e))?;
    let (_, body) = read_front(&mut from, old)?;
    let mut file = create(new)?;
    file.write_all(&encode(a, body.length, body.sum))
        .and_then(|()| from.seek(SeekFrom::Start(body.at)))
        .and_then(|_| std::io::copy(&mut from.take(body.length), &mut file))
        .and_then(|_| file.sync_all())
        .map_err(|e| SpoolError::host(new, e))
}

/// Reads and checks the attributes of a file.
///
/// # Errors
/// Damage, and what the host says.
pub fn read(file: &mut File, path: &Path) -> Result<Attributes, SpoolError> {
    read_front(file, path).map(|(attributes, _)| attributes)
}

/// Reads and checks a whole file.
///
/// # Errors
/// Damage, and what the host says.
pub fn read_all(file: &mut File, path: &Path) -> Result<(Attributes, Vec<UnitRecord>), SpoolError> {
    let (attributes, body) = read_front(file, path)?;
    let host = |e| SpoolError::host(path, e);
    file.seek(SeekFrom::Start(body.at)).map_err(host)?;
    let mut bytes = Vec::new();
    file.take(body.length)
        .read_to_end(&mut bytes)
        .map_err(host)?;
    if crc32fast::hash(&bytes) != body.sum {
        return Err(SpoolError::damaged(path, "a record (checksum)"));
    }
    let records =
        decode_records(&bytes).ok_or_else(|| SpoolError::damaged(path, "a record (contents)"))?;
    Ok((attributes, records))
}

fn read_front(file: &mut File, path: &Path) -> Result<(Attributes, Body), SpoolError> {
    let damaged = |place| SpoolError::damaged(path, place);
    let short = |e: std::io::Error| match e.kind() {
        std::io::ErrorKind::UnexpectedEof => damaged("the header (cut off)"),
        _ => SpoolError::host(path, e),
    };
    let mut front = [0u8; 20];
    file.rewind().map_err(short)?;
    file.read_exact(&mut front).map_err(short)?;
    let word =
        |at: usize| u32::from_be_bytes([front[at], front[at + 1], front[at + 2], front[at + 3]]);
    if front[..8] != KIND[..] {
        return Err(damaged("the kind of file"));
    }
    if word(8) != VERSION {
        return Err(damaged("the version"));
    }
    let length = word(12);
    if !(20..=LONGEST_HEADER).contains(&length) {
        return Err(damaged("the length of the header"));
    }
    let mut header = vec![0u8; length as usize - 20];
    file.read_exact(&mut header).map_err(short)?;
    if crc32fast::hash(&header) != word(16) {
        return Err(damaged("the header (checksum)"));
    }
    let (attributes, body) =
        decode(&header, u64::from(length)).ok_or_else(|| damaged("the header (contents)"))?;
    let end = file.seek(SeekFrom::End(0)).map_err(short)?;
    if body.length.checked_add(body.at) != Some(end) {
        return Err(damaged("the length of the records"));
    }
    Ok((attributes, body))
}

#[cfg(test)]
pub(in crate::cp) mod tests {
    use super::*;

    pub fn attributes(id: u16) -> Attributes {
        Attributes {
            id,
            owner: b"LINUX1".to_vec(),
            origin: b"MAINT".to_vec(),
            queue: Queue::Reader,
            made: Made::Punch,
            class: b'A',
            copies: 1,
            hold: Hold::default(),
            keep: false,
            msg: false,
            form: b"STANDARD".to_vec(),
            dest: b"OFF".to_vec(),
            dist: b"LINUX1".to_vec(),
            name: b"A".to_vec(),
            kind: b"DECK".to_vec(),
            tag: Vec::new(),
            created: 7,
            place: i64::from(id),
            records: 1,
        }
    }

    pub fn card(text: &[u8]) -> UnitRecord {
        UnitRecord {
            command: 0x41,
            data: text.to_vec(),
        }
    }

    #[test]
    fn a_file_reads_as_it_was_written_and_any_changed_byte_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        let records = [card(b"\xC1\xC2\x40\x40"), card(b"\x40"), card(b"")];
        write(&path, &attributes(3), &records).unwrap();
        let other = dir.path().join("g");
        let mut changed = attributes(3);
        changed.hold.user = true;
        rewrite(&path, &other, &changed).unwrap();
        let (a, r) = read_all(&mut File::open(&other).unwrap(), &other).unwrap();
        assert_eq!(a, changed);
        // Trailing blanks are not kept.
        assert_eq!(r, [card(b"\xC1\xC2"), card(b""), card(b"")]);
        let good = std::fs::read(&path).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x10;
            std::fs::write(&path, &bad).unwrap();
            let error = read_all(&mut File::open(&path).unwrap(), &path).unwrap_err();
            assert!(error.to_string().contains("damaged"), "{at}: {error}");
            std::fs::write(&path, &good[..at]).unwrap();
            assert!(read_all(&mut File::open(&path).unwrap(), &path).is_err());
        }
    }
}
