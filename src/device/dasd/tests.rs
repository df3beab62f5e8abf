//! Disks driven by channel programs that the tests build in storage.

use std::path::PathBuf;

use super::*;
use crate::device::rig::{self, CC, Ccw, SLI};
use crate::machine::channel::{Device, Memory, Scsw, channel_status};

const CKD: u16 = 0x0201;
const FBA: u16 = 0x0202;
const CD: u8 = 0x80;
const SKIP: u8 = 0x10;
const IDA: u8 = 0x04;
const CHECK: u8 = 0x0E;
const NORMAL: u8 = 0x0C;

/// Where CCWs, parameters and data are in storage.
const PROGRAM: u32 = 0x1000;
const DATA: u32 = 0x8000;

/// Two disks, and where the next parameters go.
struct Rig {
    rig: rig::Rig,
    next: u32,
}

impl std::ops::Deref for Rig {
    type Target = rig::Rig;

    fn deref(&self) -> &rig::Rig {
        &self.rig
    }
}

impl std::ops::DerefMut for Rig {
    fn deref_mut(&mut self) -> &mut rig::Rig {
        &mut self.rig
    }
}

fn ckd_shape(cylinders: u32) -> Shape {
    let geometry = Geometry::of(0x3390).unwrap();
    Shape::Ckd {
        geometry,
        cylinders,
    }
}

impl Rig {
    fn over(ckd: Image, fba: Image, access: Access) -> Rig {
        let ckd = Ckd::new(Arc::new(ckd), access, 1, CKD).unwrap();
        let fba = Fba::new(Arc::new(fba), access, 2).unwrap();
        let units: Vec<(u16, Box<dyn Device>)> = vec![(CKD, Box::new(ckd)), (FBA, Box::new(fba))];
        Rig {
            rig: rig::Rig::of(units, 0x20_0000),
            next: 0,
        }
    }

    fn new(access: Access) -> Rig {
        let ckd = Image::temporary(ckd_shape(3)).unwrap();
        let fba = Image::temporary(Shape::Fixed { blocks: 100 }).unwrap();
        Rig::over(ckd, fba, access)
    }

    /// Puts bytes somewhere in storage and says where.
    fn put(&mut self, bytes: &[u8]) -> u32 {
        let at = 0x4000 + self.next;
        self.memory.write(u64::from(at), bytes).unwrap();
        self.next += u32::try_from(bytes.len().next_multiple_of(8)).unwrap();
        at
    }

    fn start(&mut self, number: u16, ccws: &[Ccw]) {
        for (at, (command, address, flags, count)) in (u64::from(PROGRAM)..).step_by(8).zip(ccws) {
            let mut ccw = [0; 8];
            ccw[0] = *command;
            ccw[1] = *flags;
            ccw[2..4].copy_from_slice(&count.to_be_bytes());
            ccw[4..8].copy_from_slice(&address.to_be_bytes());
            self.memory.write(at, &ccw).unwrap();
        }
        let mut orb = [0; 12];
        // Format-1 CCWs, format-2 IDAWs of 4K blocks.
        orb[5] = 0x82;
        orb[6] = 0xFF;
        orb[8..12].copy_from_slice(&PROGRAM.to_be_bytes());
        let id = self.id(number);
        assert_eq!(self.channels.start(id, &orb), Ok(0));
        self.service();
    }

    fn run(&mut self, number: u16, ccws: &[Ccw]) -> Scsw {
        self.next = 0;
        self.start(number, ccws);
        self.test(number).expect("status is pending")
    }

    /// Runs a program that must end well.
    fn good(&mut self, number: u16, ccws: &[Ccw]) {
        let status = self.run(number, ccws);
        let sense = self.sense(number);
        let got = (status.device, status.channel);
        assert_eq!(got, (NORMAL, 0), "{status:?} sense {sense:02X?}");
    }

    fn sense(&mut self, number: u16) -> Vec<u8> {
        self.start(number, &[(0x04, 0x7000, SLI, 32)]);
        assert_eq!(self.test(number).unwrap().device, NORMAL);
        self.bytes(0x7000, 32).to_vec()
    }

    /// Runs a program that must end with unit check, and gives sense bytes 0, 1 and 7 and how many CCWs
    /// were used.
    fn check(&mut self, number: u16, ccws: &[Ccw]) -> ([u8; 3], u32) {
        let status = self.run(number, ccws);
        assert_eq!(status.device & 0x02, 0x02, "{status:?}");
        let sense = self.sense(number);
        assert_eq!(
            sense[27],
            if number == FBA { 0 } else { 0x80 },
            "24-byte format"
        );
        assert!(
            self.sense(number)[..8].iter().all(|b| *b == 0),
            "sense is given once"
        );
        ([sense[0], sense[1], sense[7]], (status.ccw - PROGRAM) / 8)
    }

    fn bytes(&self, at: u32, length: usize) -> &[u8] {
        let at = usize::try_from(at).unwrap();
        &self.memory.bytes[at..at + length]
    }

    /// SEEK to a track.
    fn seek(&mut self, cylinder: u8, head: u8) -> Ccw {
        let at = self.put(&[0, 0, 0, cylinder, 0, head]);
        (0x07, at, CC, 6)
    }

    /// SEARCH ID EQUAL and the TIC back to it, which stands at this place of the program.
    fn search(&mut self, place: u32, id: [u8; 5]) -> [Ccw; 2] {
        let at = self.put(&id);
        [(0x31, at, CC, 5), (0x08, PROGRAM + place * 8, 0, 0)]
    }

    /// DEFINE EXTENT.
    fn define(&mut self, mask: u8, first: [u8; 2], last: [u8; 2]) -> Ccw {
        let mut p = [0; 16];
        (p[0], p[1]) = (mask, 0xC0);
        (p[9], p[11], p[13], p[15]) = (first[0], first[1], last[0], last[1]);
        let at = self.put(&p);
        (0x63, at, CC, 16)
    }

    /// LOCATE RECORD: orientation and operation, count, cylinder, head, record.
    fn locate(&mut self, operation: u8, count: u8, place: [u8; 3]) -> Ccw {
        let [cylinder, head, record] = place;
        let p = [
            operation, 0, 0, count, 0, cylinder, 0, head, 0, cylinder, 0, head, record, 0, 0, 0,
        ];
        let at = self.put(&p);
        (0x47, at, CC, 16)
    }

    /// Formats a track with records of so many bytes, each filled with its number.
    fn format(&mut self, cylinder: u8, head: u8, records: u8, size: u16) {
        let track = [cylinder, head];
        let mut program = vec![
            self.define(0, track, track),
            self.locate(0x03, records, [cylinder, head, 0]),
        ];
        let [high, low] = size.to_be_bytes();
        for number in 1..=records {
            let mut record = vec![0, cylinder, 0, head, number, 0, high, low];
            record.extend(vec![number; usize::from(size)]);
            let at = DATA + 0x10000 + u32::from(number) * 0x1800;
            self.memory.write(u64::from(at), &record).unwrap();
            let flags = if number == records { 0 } else { CC };
            program.push((0x1D, at, flags, size + 8));
        }
        self.good(CKD, &program);
    }
}

#[test]
fn linux_learns_what_the_disk_is() {
    let mut rig = Rig::new(Access::Write);
    rig.good(CKD, &[(0xE4, DATA, SLI, 256)]);
    let id = rig.bytes(DATA, 12).to_vec();
    assert_eq!(
        id,
        [
            0xFF, 0x39, 0x90, 0xEC, 0x33, 0x90, 0x02, 0, 0x40, 0xFA, 1, 0
        ]
    );
    rig.good(CKD, &[(0x64, DATA, 0, 64)]);
    assert_eq!(rig.bytes(DATA, 16)[12..], [0, 3, 0, 15]);
    rig.good(CKD, &[(0xFA, DATA, 0, 256)]);
    // A device element first, the general qualifier last.
    assert_eq!(
        (rig.bytes(DATA, 2)[1], rig.bytes(DATA + 224, 1)[0]),
        (1, 0x80)
    );
    assert_eq!(rig.bytes(DATA, 32)[31], 0x01, "unit address");
    let order = |rig: &mut Rig, bytes: [u8; 12]| {
        let at = rig.put(&bytes);
        vec![(0x27, at, CC, 12), (0x3E, DATA, SLI, 512)]
    };
    let features = order(&mut rig, [0x18, 0, 0, 0, 0, 0, 0x41, 0, 0, 0, 0, 0]);
    rig.good(CKD, &features);
    let addresses = order(&mut rig, [0x18, 0, 0, 0, 0, 0, 0x0E, 0, 0, 0, 0, 0]);
    rig.good(CKD, &addresses);
    assert_eq!(rig.bytes(DATA, 4), [1, 0, 1, 0]);
    // An order that is not offered, and data that were not asked for.
    let other = order(&mut rig, [0x18, 0, 0, 0, 0, 0, 0x77, 0, 0, 0, 0, 0]);
    assert_eq!(rig.check(CKD, &other), ([0x80, 0, 0x04], 1));
    assert_eq!(rig.check(CKD, &[(0x3E, DATA, SLI, 512)]).0, [0x80, 0, 0x02]);
    assert_eq!(rig.check(CKD, &[(0x99, DATA, SLI, 1)]).0, [0x80, 0, 0x01]);
    // The path group.
    let at = rig.put(&[0x80, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    rig.good(CKD, &[(0x34, DATA, 0, 12)]);
    assert_eq!(rig.bytes(DATA, 12), [0; 12]);
    rig.good(CKD, &[(0xAF, at, 0, 12)]);
    rig.good(CKD, &[(0x34, DATA, 0, 12)]);
    assert_eq!(
        rig.bytes(DATA, 12),
        [0xC8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    );
}

#[test]
fn an_unformatted_track_has_no_record_and_a_formatted_one_has() {
    let mut rig = Rig::new(Access::Write);
    // What Linux does first: four counts of track 0.
    let mut analysis = vec![
        rig.define(0x40, [0, 0], [0, 2]),
        rig.locate(0x06, 4, [0, 0, 0]),
    ];
    for index in 0..4 {
        let flags = if index < 3 { CC } else { 0 };
        analysis.push((0x12, DATA + 8 * index, flags, 8));
    }
    assert_eq!(rig.check(CKD, &analysis), ([0, 0x08, 0], 3));
    rig.format(0, 0, 12, 4096);
    analysis[0] = rig.define(0x40, [0, 0], [0, 2]);
    analysis[1] = rig.locate(0x06, 4, [0, 0, 0]);
    rig.good(CKD, &analysis);
    let counts = rig.bytes(DATA, 32);
    assert_eq!(counts[..8], [0, 0, 0, 0, 1, 0, 0x10, 0]);
    assert_eq!(counts[24..], [0, 0, 0, 0, 4, 0, 0x10, 0]);
    // A thirteenth record does not fit.
    let more = rig.put(&[0, 0, 0, 0, 13, 0, 0x10, 0]);
    let program = [
        rig.define(0, [0, 0], [0, 0]),
        rig.locate(0x03, 1, [0, 0, 12]),
        (0x1D, more, SLI, 8),
    ];
    assert_eq!(rig.check(CKD, &program).0, [0, 0x40, 0]);
    // LOCATE RECORD of a record that is not there.
    let program = [
        rig.define(0x40, [0, 0], [0, 2]),
        rig.locate(0x06, 1, [0, 0, 13]),
        (0x06, DATA, 0, 4096),
    ];
    assert_eq!(rig.check(CKD, &program), ([0, 0x08, 0], 2));
}

#[test]
fn blocks_go_through_idaws_and_over_the_end_of_a_track() {
    let mut rig = Rig::new(Access::Write);
    rig.format(0, 14, 12, 4096);
    rig.format(1, 0, 12, 4096);
    // Two blocks from 512 bytes before a page's end on, each of two IDAWs; the second is on the next
    // cylinder.
    let text: Vec<u8> = (0..8192u32).map(|n| (n % 251) as u8).collect();
    let from = 0xA_0E00u32;
    rig.memory.write(u64::from(from), &text).unwrap();
    let idaws = |rig: &mut Rig, at: u32| {
        let words = [at, (at + 0x1000) & !0xFFF].map(u64::from);
        let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_be_bytes()).collect();
        rig.put(&bytes)
    };
    let program = |rig: &mut Rig, mask, operation, command, at: u32| {
        vec![
            rig.define(mask, [0, 14], [1, 0]),
            rig.locate(operation, 2, [0, 14, 12]),
            (command, idaws(rig, at), CC | IDA, 4096),
            (command, idaws(rig, at + 4096), IDA, 4096),
        ]
    };
    let writes = program(&mut rig, 0x80, 0x01, 0x85, from);
    rig.good(CKD, &writes);
    let to = 0xC_0A00u32;
    let reads = program(&mut rig, 0x40, 0x06, 0x86, to);
    rig.good(CKD, &reads);
    assert_eq!(rig.bytes(to, 8192), text);
    // The extent ends before the second: file protected, and where.
    let mut program = program(&mut rig, 0x40, 0x06, 0x86, to);
    program[0] = rig.define(0x40, [0, 14], [0, 14]);
    assert_eq!(rig.check(CKD, &program), ([0, 0x04, 0], 4));
    assert_eq!(rig.run(CKD, &program).device, CHECK);
    let sense = rig.sense(CKD);
    assert_eq!(
        (&sense[5..7], &sense[29..32]),
        (&[0, 14][..], &[0, 0, 14][..])
    );
    // Outside of LOCATE RECORD a multitrack read ends with the cylinder.
    let [search, tic] = rig.search(1, [0, 0, 0, 14, 12]);
    let program = [
        rig.seek(0, 14),
        search,
        tic,
        (0x86, to, CC, 4096),
        (0x86, to, 0, 4096),
    ];
    assert_eq!(rig.check(CKD, &program), ([0, 0x20, 0], 5));
}

#[test]
fn wrong_lengths_are_told_unless_suppressed() {
    let mut rig = Rig::new(Access::Write);
    rig.format(0, 0, 3, 1000);
    let mut read = |flags: u8, count: u16| {
        let [search, tic] = rig.search(1, [0, 0, 0, 0, 2]);
        let program = [
            rig.seek(0, 0),
            search,
            tic,
            (0x06, DATA, flags, count),
            (0x03, 0, 0, 1),
        ];
        let status = rig.run(CKD, &program);
        (status.device, status.channel, status.count)
    };
    let wrong = channel_status::INCORRECT_LENGTH;
    assert_eq!(read(0, 1000), (NORMAL, 0, 0));
    assert_eq!(read(0, 1200), (NORMAL, wrong, 200), "a short record");
    assert_eq!(read(SLI, 1200), (NORMAL, 0, 200));
    assert_eq!(read(0, 100), (NORMAL, wrong, 0), "a long one");
    assert_eq!(read(SLI, 100), (NORMAL, 0, 0));
    assert_eq!(read(CC, 100), (NORMAL, wrong, 0), "and the chain is broken");
    assert_eq!(read(SKIP, 1000), (NORMAL, 0, 0));
    // Data chaining spreads a record over several places.
    let [search, tic] = rig.search(1, [0, 0, 0, 0, 3]);
    let program = [
        rig.seek(0, 0),
        search,
        tic,
        (0x06, 0x9000, CD, 1),
        (0x06, 0x9100, CD, 998),
        (0x06, 0x9800, 0, 1),
    ];
    rig.good(CKD, &program);
    assert_eq!(
        (rig.bytes(0x9000, 2), rig.bytes(0x9800, 2)),
        (&[3, 0][..], &[3, 0][..])
    );
}

#[test]
fn a_search_that_finds_nothing_ends() {
    let mut rig = Rig::new(Access::Write);
    rig.format(0, 0, 3, 100);
    let [search, tic] = rig.search(1, [0, 0, 0, 0, 9]);
    let program = [rig.seek(0, 0), search, tic, (0x06, DATA, 0, 100)];
    assert_eq!(rig.check(CKD, &program), ([0, 0x08, 0], 2));
    // Keys: there are none on the track.
    let key = rig.put(b"KEY1");
    let program = [
        rig.seek(0, 0),
        (0x29, key, CC, 4),
        (0x08, PROGRAM + 8, 0, 0),
    ];
    assert_eq!(rig.check(CKD, &program).0, [0, 0x08, 0]);
    // A home address of another track.
    let home = rig.put(&[0, 0, 0, 1]);
    let program = [
        rig.seek(0, 0),
        (0x39, home, CC, 4),
        (0x08, PROGRAM + 8, 0, 0),
    ];
    assert_eq!(rig.check(CKD, &program).0, [0, 0x08, 0]);
}

#[test]
fn keys_are_searched_and_written() {
    let mut rig = Rig::new(Access::Write);
    let mut program = vec![
        rig.define(0xC0, [0, 1], [0, 1]),
        rig.locate(0x03, 3, [0, 1, 0]),
    ];
    for (number, key) in [(1u8, b"ADAM"), (2, b"BILL"), (3, b"CARL")] {
        let mut record = vec![0, 0, 0, 1, number, 4, 0, 10];
        record.extend(key);
        record.extend([number; 10]);
        let at = rig.put(&record);
        program.push((0x1D, at, if number < 3 { CC } else { 0 }, 22));
    }
    rig.good(CKD, &program);
    let mut find = |command: u8, key: &[u8; 4]| {
        let at = rig.put(key);
        let program = [
            rig.seek(0, 1),
            (command, at, CC, 4),
            (0x08, PROGRAM + 8, 0, 0),
            (0x06, DATA, 0, 10),
        ];
        rig.good(CKD, &program);
        rig.bytes(DATA, 1)[0]
    };
    assert_eq!(find(0x29, b"BILL"), 2);
    assert_eq!(find(0x49, b"BILL"), 3, "high");
    assert_eq!(find(0x69, b"BERT"), 2, "equal or high");
    assert_eq!(find(0xA9, b"CARL"), 3, "multitrack");
    // WRITE KEY AND DATA, then the whole record with READ COUNT, KEY AND DATA.
    let new = rig.put(b"ZOE!0123456789");
    let [search, tic] = rig.search(1, [0, 0, 0, 1, 2]);
    let program = [rig.seek(0, 1), search, tic, (0x0D, new, 0, 14)];
    rig.good(CKD, &program);
    let [search, tic] = rig.search(1, [0, 0, 0, 1, 1]);
    let program = [rig.seek(0, 1), search, tic, (0x1E, DATA, 0, 22)];
    rig.good(CKD, &program);
    assert_eq!(rig.bytes(DATA + 8, 14), b"ZOE!0123456789");
    // The rest of the track in one, and record zero.
    let home = rig.put(&[0, 0, 0, 1]);
    let program = [
        rig.seek(0, 1),
        (0x39, home, CC, 4),
        (0x08, PROGRAM + 8, 0, 0),
        (0x16, DATA, CC, 16),
        (0x5E, DATA + 16, SLI, 500),
    ];
    rig.good(CKD, &program);
    assert_eq!(rig.bytes(DATA, 8), [0, 0, 0, 1, 0, 0, 0, 8]);
    assert_eq!(rig.bytes(DATA + 16, 8), [0, 0, 0, 1, 1, 4, 0, 10]);
    assert_eq!(rig.bytes(DATA + 16 + 44, 8), [0, 0, 0, 1, 3, 4, 0, 10]);
}

#[test]
fn what_the_mask_and_the_link_forbid_is_not_written() {
    let mut rig = Rig::new(Access::Write);
    rig.format(0, 0, 2, 100);
    let new = rig.put(&[7; 100]);
    let write = |rig: &mut Rig, mask: u8, command: u8, operation: u8| {
        vec![
            rig.define(mask, [0, 0], [0, 0]),
            rig.locate(operation, 1, [0, 0, 1]),
            (command, new, SLI, 100),
        ]
    };
    for (mask, command, operation) in [
        (0x40, 0x05, 0x01),
        (0x40, 0x1D, 0x03),
        (0x80, 0x1D, 0x03),
        (0x00, 0x15, 0x43),
        (0x00, 0x19, 0xC3),
    ] {
        let program = write(&mut rig, mask, command, operation);
        assert_eq!(
            rig.check(CKD, &program),
            ([0, 0x04, 0], 3),
            "{mask:X} {command:X}"
        );
    }
    // Another extent, before and behind it; another chain order; parameters that make no sense.
    let program = [
        rig.define(0, [0, 1], [0, 2]),
        rig.locate(0x06, 1, [0, 0, 1]),
    ];
    assert_eq!(rig.check(CKD, &program), ([0, 0x04, 0], 2));
    let program = [rig.locate(0x06, 1, [0, 0, 1])];
    assert_eq!(rig.check(CKD, &program).0, [0x80, 0, 0x02]);
    let program = [rig.define(0, [0, 0], [0, 0]), rig.define(0, [0, 0], [0, 0])];
    assert_eq!(rig.check(CKD, &program).0, [0x80, 0, 0x02]);
    for (first, last) in [([0, 0], [3, 0]), ([0, 0], [0, 15]), ([0, 2], [0, 1])] {
        let program = [rig.define(0, first, last)];
        assert_eq!(rig.check(CKD, &program).0, [0x80, 0, 0x04]);
    }
    let mut program = vec![rig.define(0, [0, 0], [0, 0])];
    program[0].3 = 15;
    assert_eq!(rig.check(CKD, &program).0, [0x80, 0, 0x03]);
    // A write that no search leads to, a read before any seek, a seek inside LOCATE RECORD.
    let program = [rig.seek(0, 0), (0x05, new, SLI, 100)];
    assert_eq!(rig.check(CKD, &program).0, [0x80, 0, 0x02]);
    assert_eq!(rig.check(CKD, &[(0x06, DATA, SLI, 100)]).0, [0x80, 0, 0x02]);
    let program = [
        rig.define(0, [0, 0], [0, 0]),
        rig.locate(0x06, 1, [0, 0, 1]),
        rig.seek(0, 0),
    ];
    assert_eq!(rig.check(CKD, &program).0, [0x80, 0, 0x02]);
    let program = [rig.seek(3, 0)];
    assert_eq!(rig.check(CKD, &program).0, [0x80, 0, 0x04]);
    // A read-only link.
    let mut rig = Rig::new(Access::Read);
    let program = write(&mut rig, 0xC0, 0x15, 0x43);
    assert_eq!(rig.check(CKD, &program).0, [0x80, 0x02, 0]);
}

#[test]
fn a_track_is_erased_and_begun_anew() {
    let mut rig = Rig::new(Access::Write);
    rig.format(0, 0, 5, 100);
    let gone = rig.put(&[0, 0, 0, 0, 9, 0, 0, 10]);
    let [search, tic] = rig.search(1, [0, 0, 0, 0, 2]);
    let program = [rig.seek(0, 0), search, tic, (0x11, gone, SLI, 8)];
    rig.good(CKD, &program);
    let count = |rig: &mut Rig| {
        let disk = rig.devices.get::<Ckd>(CKD).unwrap();
        disk.link().0.track(0).unwrap().records().len()
    };
    assert_eq!(count(&mut rig), 3, "record zero and two");
    // A home address and another record zero.
    let home = rig.put(&[0, 0, 0, 0, 0]);
    let zero = rig.put(&[0, 0, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4]);
    let one = rig.put(&[0, 0, 0, 0, 1, 0, 0, 2, 8, 9]);
    let all = rig.put(&[0xC0]);
    let program = [
        (0x1F, all, CC, 1),
        rig.seek(0, 0),
        (0x19, home, CC, 5),
        (0x15, zero, CC, 12),
        (0x1D, one, 0, 10),
    ];
    rig.good(CKD, &program);
    assert_eq!(count(&mut rig), 2);
    let program = [
        rig.define(0x40, [0, 0], [0, 0]),
        rig.locate(0x4C, 1, [0, 0, 0]),
        (0xDE, DATA, SLI, 1000),
    ];
    rig.good(CKD, &program);
    let track = [
        0, 0, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4, 0, 0, 0, 0, 1, 0, 0, 2, 8, 9,
    ];
    assert_eq!(rig.bytes(DATA, 22), track);
    assert_eq!(
        rig.bytes(DATA + 22, 9),
        [255, 255, 255, 255, 255, 255, 255, 255, 0]
    );
}

#[test]
fn data_of_length_zero_are_an_end_of_file() {
    let mut rig = Rig::new(Access::Write);
    rig.format(0, 0, 2, 0);
    let [search, tic] = rig.search(1, [0, 0, 0, 0, 1]);
    let program = [rig.seek(0, 0), search, tic, (0x06, DATA, SLI, 100)];
    assert_eq!(rig.run(CKD, &program).device, 0x0D);
}

#[test]
fn a_damaged_track_is_an_equipment_check_and_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let path: PathBuf = dir.path().join("bad.3390");
    Image::create(&path, ckd_shape(1)).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[512 + 3 * 56832 + 11] = 0xFF;
    std::fs::write(&path, bytes).unwrap();
    let ckd = Image::open(&path, Access::Write).unwrap();
    let fba = Image::temporary(Shape::Fixed { blocks: 1 }).unwrap();
    let mut rig = Rig::over(ckd, fba, Access::Write);
    let program = [rig.seek(0, 3), (0x12, DATA, 0, 8)];
    assert_eq!(rig.check(CKD, &program), ([0x10, 0, 0x10], 2));
    let disk = rig.devices.get_mut::<Ckd>(CKD).unwrap();
    let told = disk.take_faults();
    assert_eq!(told.len(), 1);
    assert!(
        told[0].contains("bad.3390: cylinder 0 head 3: byte 5: record"),
        "{told:?}"
    );
    rig.format(0, 2, 1, 10);
}

#[test]
fn what_was_reported_done_is_in_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("kept.3390");
    Image::create(&path, ckd_shape(3)).unwrap();
    let ckd = Image::open(&path, Access::Write).unwrap();
    let fba = Image::temporary(Shape::Fixed { blocks: 1 }).unwrap();
    let mut rig = Rig::over(ckd, fba, Access::Write);
    rig.format(2, 14, 12, 4096);
    // The file as it is now, without anything having been closed.
    let copy = dir.path().join("copy.3390");
    std::fs::copy(&path, &copy).unwrap();
    let image = Image::open(&copy, Access::Read).unwrap();
    let mut block = [0; 4096];
    for number in 0..12u64 {
        image.read_block(44 * 12 + number, &mut block).unwrap();
        assert_eq!(block, [u8::try_from(number).unwrap() + 1; 4096]);
    }
    assert!(matches!(
        image.read_block(45 * 12, &mut block),
        Err(BlockFault::Outside)
    ));
    assert!(matches!(
        image.read_block(0, &mut block),
        Err(BlockFault::Unformatted)
    ));
}

#[test]
fn a_disk_is_reserved_by_one_link_at_a_time() {
    let image = Arc::new(Image::temporary(ckd_shape(1)).unwrap());
    let mut rig = Rig::new(Access::Write);
    for (number, link) in [(0x301, 11), (0x302, 12)] {
        let disk = Ckd::new(Arc::clone(&image), Access::Write, link, number).unwrap();
        rig.devices.attach(number, Box::new(disk));
    }
    let whole = &mut *rig;
    whole.devices.connect(&mut whole.channels);
    rig.enable(0x301);
    rig.enable(0x302);
    rig.good(0x301, &[(0xB4, DATA, SLI, 32)]);
    // The other link waits until the disk is released.
    rig.start(0x302, &[(0xE4, DATA, SLI, 7)]);
    assert_eq!(rig.test(0x302), None);
    rig.good(0x301, &[(0x94, DATA, SLI, 32)]);
    rig.service();
    assert_eq!(rig.test(0x302).unwrap().device, NORMAL);
    // Unconditional reserve takes it, and going away gives it up.
    rig.good(0x302, &[(0xB4, DATA, SLI, 32)]);
    rig.good(0x301, &[(0x14, DATA, SLI, 32)]);
    rig.start(0x302, &[(0x03, 0, 0, 1)]);
    assert_eq!(rig.test(0x302), None);
    drop(rig.devices.detach(0x301));
    rig.service();
    assert_eq!(rig.test(0x302).unwrap().device, NORMAL);
}

#[test]
fn a_program_is_loaded_from_a_disk() {
    for number in [CKD, FBA] {
        let mut rig = Rig::new(Access::Write);
        // Record 1: a PSW and the CCWs that read what follows it.
        let mut first = vec![0x00, 0x08, 0x00, 0x00, 0x80, 0x00, 0x20, 0x00];
        if number == CKD {
            first.extend([0x06, 0, 0x30, 0x00, 0x20, 0, 0, 4]);
            first.extend([0; 8]);
        } else {
            first.extend([0x03, 0, 0, 0, 0x20, 0, 0, 1]);
            first.resize(512, 0);
        }
        if number == CKD {
            let mut ipl = vec![0, 0, 0, 0, 1, 0, 0, 24];
            ipl.extend(&first);
            let one = rig.put(&ipl);
            let two = rig.put(&[0, 0, 0, 0, 2, 0, 0, 4, 9, 8, 7, 6]);
            let program = [
                rig.define(0, [0, 0], [0, 0]),
                rig.locate(0x03, 2, [0, 0, 0]),
                (0x1D, one, CC, 32),
                (0x1D, two, 0, 12),
            ];
            rig.good(CKD, &program);
        } else {
            let disk = rig.devices.get::<Fba>(FBA).unwrap();
            disk.link().0.write_block(0, &first).unwrap();
        }
        let rig::Rig {
            devices,
            channels,
            memory,
        } = &mut *rig;
        assert_eq!(devices.load(channels, memory, number), Ok(()));
        assert_eq!(rig.bytes(0, 8), &first[..8]);
        if number == CKD {
            assert_eq!(rig.bytes(0x3000, 4), [9, 8, 7, 6]);
        }
    }
}

/// DEFINE EXTENT and LOCATE of a fixed-block disk.
fn fixed(rig: &mut Rig, mask: u8, extent: [u8; 3], operation: u8, blocks: [u8; 2]) -> Vec<Ccw> {
    let [start, first, last] = extent;
    let define = [mask, 0, 2, 0, 0, 0, 0, start, 0, 0, 0, first, 0, 0, 0, last];
    let [count, block] = blocks;
    let locate = [operation, 0, 0, count, 0, 0, 0, block];
    let (define, locate) = (rig.put(&define), rig.put(&locate));
    vec![(0x63, define, CC, 16), (0x43, locate, CC, 8)]
}

#[test]
fn fixed_blocks_are_read_and_written_inside_the_extent() {
    let mut rig = Rig::new(Access::Write);
    let text: Vec<u8> = (0..1536u32).map(|n| (n % 249) as u8).collect();
    rig.memory.write(u64::from(DATA), &text).unwrap();
    // Blocks 2 to 4 of an extent that begins at block 90.
    let mut program = fixed(&mut rig, 0, [90, 0, 9], 0x05, [3, 2]);
    program.extend([(0x41, DATA, CD, 700), (0x41, DATA + 700, 0, 836)]);
    rig.good(FBA, &program);
    let mut program = fixed(&mut rig, 0x40, [92, 10, 12], 0x06, [3, 10]);
    program.push((0x42, 0x9000, 0, 1536));
    rig.good(FBA, &program);
    assert_eq!(rig.bytes(0x9000, 1536), text);
    // A short write fills the block with zeros, one of nothing gives blocks back.
    let mut program = fixed(&mut rig, 0, [92, 0, 2], 0x01, [1, 0]);
    program.push((0x41, DATA, SLI, 3));
    rig.good(FBA, &program);
    let mut program = fixed(&mut rig, 0, [93, 0, 1], 0x01, [2, 0]);
    program.push((0x41, DATA, SLI, 0));
    rig.good(FBA, &program);
    let mut program = fixed(&mut rig, 0x40, [92, 0, 2], 0x06, [3, 0]);
    program.push((0x42, 0x9000, 0, 1536));
    rig.good(FBA, &program);
    assert_eq!(rig.bytes(0x9000, 3), &text[..3]);
    assert!(rig.bytes(0x9003, 1533).iter().all(|b| *b == 0));
    for (program, sense) in [
        (fixed(&mut rig, 0, [91, 0, 9], 0x06, [1, 0]), [0, 0x04, 0]),
        (fixed(&mut rig, 0, [0, 0, 9], 0x06, [3, 8]), [0, 0x04, 0]),
        (fixed(&mut rig, 0x40, [0, 0, 9], 0x01, [1, 0]), [0, 0x04, 0]),
        (fixed(&mut rig, 0, [0, 0, 9], 0x07, [1, 0]), [0x80, 0, 4]),
        (fixed(&mut rig, 0, [0, 0, 9], 0x06, [0, 0]), [0x80, 0, 4]),
        (fixed(&mut rig, 0x30, [0, 0, 9], 0x06, [1, 0]), [0x80, 0, 4]),
        (vec![(0x42, DATA, 0, 512)], [0x80, 0, 2]),
    ] {
        assert_eq!(rig.check(FBA, &program).0, sense);
    }
    let mut rig = Rig::new(Access::Read);
    let mut program = fixed(&mut rig, 0, [0, 0, 9], 0x01, [1, 0]);
    program.push((0x41, DATA, 0, 512));
    assert_eq!(rig.check(FBA, &program).0, [0x80, 0x02, 0]);
}

mod random {
    use super::*;
    use proptest::prelude::*;

    const COMMANDS: [u8; 44] = [
        0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x0B, 0x0D, 0x0E, 0x11, 0x12, 0x13, 0x14, 0x15,
        0x16, 0x19, 0x1A, 0x1B, 0x1D, 0x1E, 0x1F, 0x22, 0x23, 0x27, 0x29, 0x31, 0x34, 0x39, 0x3E,
        0x41, 0x42, 0x43, 0x47, 0x51, 0x54, 0x5E, 0x63, 0x64, 0x69, 0x94, 0xAF, 0xDE, 0xFA,
    ];

    prop_compose! {
        fn ccw()(
            command in prop_oneof![
                9 => proptest::sample::select(COMMANDS.to_vec()),
                3 => proptest::sample::select(COMMANDS.to_vec()).prop_map(|c| c | 0x80),
                1 => any::<u8>(),
            ],
            address in prop_oneof![0x4000u32..0x4100, Just(PROGRAM + 8), any::<u32>()],
            flags in prop_oneof![Just(CC), Just(CC | SLI), any::<u8>()],
            count in prop_oneof![0u16..40, any::<u16>()],
        ) -> Ccw {
            (command, address, flags, count)
        }
    }

    proptest! {
        /// Any chain of commands over any parameters ends, or is still going after many turns, and leaves
        /// tracks that can be read; nothing panics.
        #[test]
        fn no_channel_program_breaks_a_disk(
            ccws in proptest::collection::vec(ccw(), 1..24),
            parameters in proptest::collection::vec(prop_oneof![
                Just(0u8), Just(0xC0), Just(1), Just(0x03), 0u8..20, any::<u8>()
            ], 256),
            number in proptest::sample::select(vec![CKD, FBA]),
        ) {
            let mut rig = Rig::new(Access::Write);
            rig.format(0, 0, 3, 50);
            rig.memory.write(0x4000, &parameters).unwrap();
            rig.start(number, &ccws);
            for _ in 0..3 {
                rig.service();
            }
            rig.test(number);
            let disk = rig.devices.get_mut::<Ckd>(CKD).unwrap();
            prop_assert!(disk.take_faults().is_empty());
            for track in 0..45 {
                prop_assert!(disk.link().0.track(track).is_ok());
            }
        }
    }
}
