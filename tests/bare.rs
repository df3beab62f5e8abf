//! Bare-metal programs (tests/guests, assembled by Debian's cross binutils) that leave a record of every case:
//! run here, and compared with what the same program left elsewhere.

use crate::support::project;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use vmshare::base::Clock;
use vmshare::machine::{Config, Exit, Machine, Psw, State};

const STORAGE: u64 = 64 << 20;
/// How much of storage is looked at.
pub const LOOKED_AT: usize = 0x80000;
const RECORDS: usize = 0x900;
const RESULTS: usize = 0x40000;
const NAMES: usize = 0x70000;
const RECORD: usize = 128;
/// The disabled wait at the end.
const END: u64 = 0x600D;
/// The kind of a record that is a piece of storage.
const PIECE: u64 = 5;

/// A case in which the other one does something else: its name, and the section of the Principles of Operation
/// that says what is right.
pub type Fault = (&'static str, &'static str);

/// One record.
#[derive(Clone, PartialEq, Eq)]
pub struct Record<'a>(&'a [u8]);

impl Record<'_> {
    fn word(&self, at: usize) -> u64 {
        self.0[at..at + 8]
            .iter()
            .fold(0, |v, b| v << 8 | u64::from(*b))
    }

    /// What happened, in one line.
    fn text(&self) -> String {
        if self.word(0) == PIECE {
            let words = (1..16).map(|w| format!(" {:016X}", self.word(8 * w)));
            return words.collect::<String>().trim_start().to_owned();
        }
        let low = |from: usize, to: usize| -> String {
            let bytes = &self.0[24 + from - 128..24 + to - 128];
            bytes.iter().map(|b| format!("{b:02X}")).collect()
        };
        let mut text = format!(
            "kind {} PSW {:016X} {:X} ext {} svc {} pgm {} dxc {} mon {} per {} {} ids {} teid {} code {} io {}",
            self.word(0),
            self.word(8),
            self.word(16),
            low(128, 136),
            low(136, 140),
            low(140, 144),
            low(144, 148),
            low(148, 150),
            low(150, 152),
            low(152, 160),
            low(160, 164),
            low(168, 176),
            low(176, 184),
            low(184, 192)
        );
        for r in 0..5 {
            let _ = write!(text, " R{} {:X}", r + 2, self.word(88 + 8 * r));
        }
        text
    }
}

impl Record<'_> {
    /// The record without what the architecture leaves open or a later facility adds: the addressing mode of
    /// a PER event (151); fetch or store in the identification (bits 52, 53), enhanced suppression (bit 56),
    /// and all of it with an exception that stores none; the access register of an access outside access-register mode.
    fn settled(&self) -> Vec<u8> {
        let mut bytes = self.0.to_vec();
        if self.word(0) == PIECE {
            return bytes;
        }
        let low = |at: usize| 24 + at - 128;
        let code = u16::from_be_bytes([bytes[low(142)], bytes[low(143)]]);
        bytes[low(151)] = 0;
        bytes[low(174)] &= !0x0C;
        bytes[low(175)] &= !0x80;
        if matches!(code, 4 | 0x10 | 0x11 | 0x38..=0x3B) && self.word(8) >> 46 & 3 != 1 {
            bytes[low(160)] = 0;
        }
        if code == 0x12 {
            bytes[low(168)..low(176)].fill(0);
        }
        bytes
    }
}

/// Assembles the programs; nothing when there is no assembler.
pub fn assembled(dir: &Path) -> Option<()> {
    if Command::new("s390x-linux-gnu-as")
        .arg("--version")
        .output()
        .is_err()
    {
        eprintln!("skipped: binutils-s390x-linux-gnu is not installed");
        return None;
    }
    let built = Command::new(project().join("tests/guests/build"))
        .arg(dir)
        .status()
        .unwrap();
    assert!(built.success());
    Some(())
}

/// Storage after the program here.
pub fn here(image: &[u8], cpus: u8) -> Vec<u8> {
    let mut config = Config::new(STORAGE, Clock::fixed(0));
    config.cpus = cpus;
    config.time = vmshare::machine::TimeSource::Instructions;
    let mut machine = Machine::new(config).unwrap();
    machine.storage.write(0, image).unwrap();
    // As an IPL would: in ESA/390.
    let psw = image[..8].iter().fold(0, |v, b| v << 8 | u64::from(*b));
    machine.cpus[0].load_psw(Psw::from_short(psw, false));
    machine.cpus[0].state = State::Operating;
    let mut exit = Exit::Budget;
    for _ in 0..10_000 {
        exit = machine.run(1000);
        let over = match &exit {
            Exit::DisabledWait { cpu } => *cpu == 0,
            Exit::Budget | Exit::ChannelWork | Exit::ServiceCall { .. } => false,
            _ => true,
        };
        let all = machine.storage.read_vec(0, RESULTS).unwrap();
        if over || cases(&all) > 512 {
            break;
        }
    }
    let storage = machine.storage.read_vec(0, LOOKED_AT).unwrap();
    let psw = machine.cpus[0].psw;
    assert!(
        exit == (Exit::DisabledWait { cpu: 0 }) && psw.addr == END,
        "it ended by {exit:?} at {psw:?} behind {} of {} cases",
        cases(&storage),
        names(&storage).len()
    );
    storage
}

/// How many records there are.
fn cases(storage: &[u8]) -> usize {
    let next = storage[RECORDS..RECORDS + 8].iter();
    (next.fold(0usize, |v, b| v << 8 | usize::from(*b)) - RESULTS) / RECORD
}

/// The names of all cases.
fn names(storage: &[u8]) -> Vec<String> {
    let names = storage[NAMES..].split(|b| *b == 0);
    let names = names.take_while(|n| !n.is_empty());
    names
        .map(|n| String::from_utf8_lossy(n).into_owned())
        .collect()
}

/// The records by the names of their cases.
pub fn records(storage: &[u8]) -> Vec<(String, Record<'_>)> {
    let names = names(storage);
    assert_eq!(names.len(), cases(storage), "a record for every case");
    let all = storage[RESULTS..].chunks(RECORD).map(Record);
    names.into_iter().zip(all).collect()
}

/// The cases that are not as they should be: different from the other one's, or no longer different.
pub fn differences(
    ours: &[u8],
    (name_of_other, theirs): (&str, &[u8]),
    faults: &[Fault],
) -> String {
    let theirs: HashMap<String, Record<'_>> = records(theirs).into_iter().collect();
    let mut text = String::new();
    for (name, record) in records(ours) {
        let Some(other) = theirs.get(&name) else {
            let _ = writeln!(text, "{name}: nothing in {name_of_other}");
            continue;
        };
        let known = faults.iter().any(|(n, _)| *n == name);
        if (record.settled() == other.settled()) == known {
            let _ = writeln!(
                text,
                "{name}{}\n  here {}\n  {name_of_other} {}",
                if known { " (no longer different)" } else { "" },
                record.text(),
                other.text()
            );
        }
    }
    text
}
