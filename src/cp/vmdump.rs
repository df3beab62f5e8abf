//! The file that VMDUMP makes: records of 4096 bytes as the dump tools of z/VM and Linux read them (z/VM CP
//! Commands, "The contents of a virtual machine dump"; the layout is the one that Linux's zgetdump reads and
//! calls 64-bit "big").
//!
//! | record | what |
//! |---|---|
//! | 1 | the symptom record: what the file is, when, of which system, the dump's identification |
//! | 2 | the map: where the others are |
//! | 3- | registers of all processors, five records or more |
//! | next | the access list |
//! | next | the address space: its name, its size, which ranges were asked for |
//! | next | which bytes of the key maps are there, then these: a byte for each page, its key and whether it is there |
//! | rest | the pages that are not all zeros |

use crate::base::codepage::ebcdic_field;
use crate::machine::{Cpu, Machine};

/// Bytes of a record and of a page.
pub const RECORD: usize = 4096;
/// Records of registers that are always there.
const REGISTER_RECORDS: usize = 5;
/// The format that says 64-bit registers and large storage.
const BIG: u8 = 0x02;
/// The low bit of a byte in a key map: the page is in the file.
const PRESENT: u8 = 0x01;

/// What a dump says of itself besides the machine's state.
pub struct About<'a> {
    /// The system identification.
    pub system: &'a [u8],
    /// The user.
    pub user: &'a [u8],
    /// What FORMAT said, empty when nothing.
    pub format: &'a [u8],
    /// The text behind `*`.
    pub dumpid: &'a [u8],
    /// The date and time, `yymmdd` and `hhmm`.
    pub date: [u8; 6],
    /// See `date`.
    pub time: [u8; 4],
    /// The first and last byte of each range asked for.
    pub ranges: &'a [(u64, u64)],
}

/// Bytes being put at their places.
struct Area(Vec<u8>);

impl Area {
    fn new(records: usize) -> Area {
        Area(vec![0; records * RECORD])
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn text(&mut self, at: usize, length: usize, text: &[u8]) {
        self.put(at, &ebcdic_field(text, length));
    }

    fn longs(&mut self, at: usize, values: &[u64]) {
        for (n, value) in values.iter().enumerate() {
            self.put(at + 8 * n, &value.to_be_bytes());
        }
    }

    fn words(&mut self, at: usize, values: &[u32]) {
        for (n, value) in values.iter().enumerate() {
            self.put(at + 4 * n, &value.to_be_bytes());
        }
    }

    fn half(&mut self, at: usize, value: usize) {
        self.put(at, &u16::try_from(value).unwrap_or(u16::MAX).to_be_bytes());
    }
}

/// Makes the records of a dump.
///
/// # Errors
/// What cannot be read of the machine's storage.
pub fn records(machine: &mut Machine, about: &About<'_>) -> Result<Vec<Vec<u8>>, String> {
    let registers = registers(machine);
    let access = 3 + registers.0.len() / RECORD;
    let mut list = Area::new(1);
    list.text(0, 8, b"HCPDALBK");
    let mut out = symptoms(machine, about).0;
    out.extend(map(access).0);
    out.extend(registers.0);
    out.extend(list.0);
    out.extend(space(machine, about, access + 2).0);
    let (maps, pages) = storage(machine, about.ranges)?;
    out.extend(maps);
    let mut records: Vec<Vec<u8>> = out.chunks(RECORD).map(<[u8]>::to_vec).collect();
    records.extend(pages);
    Ok(records)
}

fn symptoms(machine: &Machine, about: &About<'_>) -> Area {
    const TEXT: usize = 200;
    let id = machine.config.cpu_id;
    let mut area = Area::new(1);
    area.text(0, 2, b"SR");
    area.text(2, 4, format!("{:04X}", id >> 16 & 0xFFFF).as_bytes());
    area.text(6, 6, format!("{:06X}", id >> 32 & 0xFF_FFFF).as_bytes());
    area.longs(16, &[machine.tod_now()]);
    area.text(24, 4, &about.time);
    area.text(28, 6, &about.date);
    area.text(34, 8, about.system);
    area.text(42, 12, b"");
    area.text(56, 8, b"VMDUMP");
    area.text(64, 2, b"10");
    let mut text = [b"VMDUMP OF ", about.user].concat();
    if !about.format.is_empty() {
        text.extend_from_slice(b" FORMAT ");
        text.extend_from_slice(about.format);
    }
    if !about.dumpid.is_empty() {
        text.extend_from_slice(b" *");
        text.extend_from_slice(about.dumpid);
    }
    // Sections 2 and 5: what is behind the fixed part, and the text.
    area.half(66, TEXT - 64);
    area.half(80, text.len());
    area.half(82, TEXT);
    area.text(TEXT, text.len(), &text);
    area
}

fn map(access: usize) -> Area {
    let record = |n: usize| u32::try_from(n).unwrap_or(0);
    let mut area = Area::new(1);
    area.text(0, 8, b"HCPDFMBK");
    // The registers, no vector registers, the access list of one record, one address space.
    area.words(8, &[3, 0, record(access), 1, 1, record(access + 1)]);
    area
}

/// The registers: the first processor in full, the others behind it.
fn registers(machine: &Machine) -> Area {
    const FIRST: usize = 1104;
    const OTHER: usize = 552;
    let others = machine.cpus.len().saturating_sub(1);
    let bytes = FIRST + others * OTHER;
    let mut area = Area::new(bytes.div_ceil(RECORD).max(REGISTER_RECORDS));
    let tod = machine.tod_now();
    let first = machine.cpus.first();
    area.text(0, 8, b"HCPDFIR");
    area.put(15, &[1]);
    area.longs(153, &[tod]);
    area.put(187, &[BIG]);
    area.longs(640, &[machine.storage.size()]);
    area.half(912, others);
    area.text(928, 33, b"BASE");
    if let Some(cpu) = first {
        area.longs(16, &cpu.gr[..]);
        area.words(144, &[prefix(cpu)]);
        area.longs(169, &[cpu.timer_at(tod)]);
        area.put(191, &[u8::from(cpu.psw.zarch)]);
        area.put(192, &cpu.psw.bytes());
        area.longs(208, &cpu.cr);
        area.longs(336, &cpu.fpr);
        area.longs(465, &[cpu.clock_comparator]);
        area.words(476, &[cpu.tod_programmable]);
        area.words(560, &cpu.ar);
        area.half(914, usize::from(cpu.address));
        area.words(968, &[cpu.fpc]);
    }
    for (n, cpu) in machine.cpus.iter().skip(1).enumerate() {
        let at = FIRST + n * OTHER;
        area.half(at, usize::from(cpu.address));
        area.longs(at + 16, &cpu.fpr);
        area.longs(at + 144, &cpu.gr[..]);
        area.put(at + 272, &cpu.psw.bytes());
        area.words(at + 296, &[prefix(cpu), cpu.fpc]);
        area.longs(at + 312, &[cpu.timer_at(tod)]);
        area.longs(at + 320, &[cpu.clock_comparator]);
        area.words(at + 336, &cpu.ar);
        area.longs(at + 400, &cpu.cr);
    }
    area
}

fn prefix(cpu: &Cpu) -> u32 {
    u32::try_from(cpu.prefix).unwrap_or(0)
}

/// The address space, and where the maps of its pages begin.
fn space(machine: &Machine, about: &About<'_>, maps: usize) -> Area {
    const FENCE: u64 = u64::MAX;
    let size = end(machine, about.ranges);
    let mut area = Area::new(1);
    area.text(0, 8, b"HCPASIBK");
    let name = [about.user, b":BASE"].concat();
    area.text(16, 33, &name);
    area.put(51, &[BIG]);
    area.longs(64, &[size, size]);
    area.longs(216, &[0, size - 1]);
    area.longs(280, &[FENCE]);
    let asked: Vec<u64> = about.ranges.iter().flat_map(|r| [r.0, r.1]).collect();
    area.longs(288, &asked[..asked.len().min(8)]);
    area.longs(352, &[FENCE]);
    area.words(360, &[u32::try_from(maps).unwrap_or(0)]);
    area
}

/// The maps in whole records, and the pages that they tell of.
type Maps = (Vec<u8>, Vec<Vec<u8>>);

/// Where storage ends, or the last page behind it that is asked for.
fn end(machine: &Machine, ranges: &[(u64, u64)]) -> u64 {
    let last = ranges.iter().map(|r| r.1.saturating_add(1)).max();
    machine.storage.size().max(last.unwrap_or(0))
}

fn storage(machine: &mut Machine, ranges: &[(u64, u64)]) -> Result<Maps, String> {
    let count = end(machine, ranges) / RECORD as u64;
    let asked = |page: u64| {
        let (first, last) = (page * RECORD as u64, page * RECORD as u64 + 4095);
        ranges.iter().any(|r| r.0 <= last && r.1 >= first)
    };
    // An index of one record covers the keys of 512 GB.
    let indexes = usize::try_from(count.div_ceil(RECORD as u64 * 8 * RECORD as u64)).unwrap_or(1);
    let mut out = Vec::new();
    let mut pages = Vec::new();
    for index in 0..indexes {
        let mut bits = vec![0u8; RECORD];
        let mut maps = Vec::new();
        for map in 0..RECORD * 8 {
            let first = (index * RECORD * 8 + map) as u64 * RECORD as u64;
            if first >= count {
                break;
            }
            let mut keys = vec![0u8; RECORD];
            for (n, page) in (first..count.min(first + RECORD as u64)).enumerate() {
                let at = page * RECORD as u64;
                if !asked(page) || !machine.storage.has(at) {
                    continue;
                }
                let bytes = machine.storage.read_vec(at, RECORD);
                let bytes = bytes.map_err(|e| e.to_string())?;
                if bytes.iter().any(|b| *b != 0) {
                    keys[n] = machine.storage.key(at) & 0xFE | PRESENT;
                    pages.push(bytes);
                }
            }
            if keys.iter().any(|k| *k != 0) {
                bits[map / 8] |= 0x80 >> (map % 8);
                maps.extend(keys);
            }
        }
        out.extend(bits);
        out.extend(maps);
    }
    Ok((out, pages))
}
