//! Operations with the registers and storage that a test makes up, one after the other here and in Debian's hercules
//! (tests/guests/ops.s): registers, how each ended, and all of storage compared.

mod compress;
mod dictionary;
mod sort;
mod trap;

use crate::bare::assembled;
use crate::hercules::in_hercules;
use crate::machine_oracle::Dice;
use std::fmt::Write as _;
use std::fs;
use vmshare::base::Clock;
use vmshare::machine::{Config, Exit, Machine, Psw, State};

/// How much of storage is compared.
const STORAGE: usize = 16 << 20;
const CONTROLS: usize = 0x0F_8008;
const COUNT: usize = 0x0F_8000;
const TABLE: usize = 0x10_0000;
const RESULTS: usize = 0x20_0000;
/// Most operations of one table.
const MOST: usize = 0x1000;
/// The segment tables of the primary and of the secondary space, and the page tables: storage as it is, but for the
/// secondary space's segment 5, which is segment 6.
const SEGMENTS: u64 = 0x30_0000;
const OTHER_SEGMENTS: u64 = 0x30_4000;
const PAGES: u64 = 0x30_8000;
/// From here on storage is the test's own.
pub const FREE: u64 = 0x31_0000;
/// Control register 0 with the AFP-register control.
const AFP: u64 = 0x4_0000;
/// The 64-bit addressing mode in a PSW.
pub const A64: u64 = 0x1_8000_0000;
/// The 31-bit addressing mode.
pub const A31: u64 = 0x8000_0000;
/// The 24-bit addressing mode.
pub const A24: u64 = 0;
/// Translation.
pub const DAT: u64 = 0x0400_0000_0000_0000;
/// The access-register mode.
pub const ARMODE: u64 = 0x0000_4000_0000_0000;
/// A page-table entry's invalid bit.
pub const INVALID: u64 = 0x400;
/// A page-table entry's protection bit.
pub const PROTECTED: u64 = 0x200;

/// So many bytes of storage after a program, which starts at X'10000' and ends with a disabled wait.
fn storage_after(image: &[u8], bytes: usize) -> Vec<u8> {
    let mut machine = Machine::new(Config::new(64 << 20, Clock::fixed(0))).unwrap();
    machine.storage.write(0, image).unwrap();
    machine.cpus[0].load_psw(Psw::from_long(A64, 0x10000));
    machine.cpus[0].state = State::Operating;
    let exit = machine.run(100_000_000);
    assert_eq!(exit, Exit::DisabledWait { cpu: 0 });
    assert_eq!(machine.cpus[0].psw.addr, 0x600D, "where it ended");
    machine.storage.read_vec(0, bytes).unwrap()
}

/// One operation.
#[derive(Clone)]
pub struct Operation {
    /// What it is about.
    pub name: String,
    /// General registers.
    pub gr: [u64; 16],
    /// The first half of the PSW.
    pub psw: u64,
    /// Instructions, at most 24 bytes.
    pub code: Vec<u8>,
    /// Access registers.
    pub ar: [u32; 16],
}

/// How an operation ended.
#[derive(Clone, PartialEq, Eq)]
pub struct Ending(Vec<u8>);

impl Ending {
    fn word(&self, at: usize) -> u64 {
        word(&self.0, at)
    }

    /// A general register.
    pub fn gr(&self, r: usize) -> u64 {
        self.word(8 * r)
    }

    /// The condition code.
    pub fn cc(&self) -> u8 {
        (self.word(128) >> 44 & 3) as u8
    }

    /// The program-interruption code, zero when there was none.
    pub fn program(&self) -> u16 {
        if self.word(168) == 1 {
            (self.word(144) >> 32) as u16
        } else {
            0
        }
    }

    /// Takes a general register out of the comparison.
    pub fn forget(&mut self, r: usize) {
        self.0[8 * r..8 * r + 8].fill(0);
    }

    /// Takes the length of the instruction out of the comparison, and what depends on it.
    pub fn forget_length(&mut self) {
        self.0[143..146].fill(0);
    }

    /// Takes the first bit of the addressing mode out of the comparison.
    pub fn forget_mode(&mut self) {
        self.0[131] &= !1;
    }

    /// Takes out what a later facility adds to the identification of an exception, and all of it when the code
    /// stores none.
    fn leave_open(&mut self) {
        if !matches!(self.program(), 4 | 0x10 | 0x11 | 0x38..=0x3B) {
            self.0[152..168].fill(0);
        }
        if self.word(128) & (DAT | 3 << 46) != DAT | ARMODE {
            // An access register is named by hercules in every mode.
            self.0[152] = 0;
        } else {
            // Space 01 is right (3 Translation-exception identification), even if it is the primary space.
            self.0[167] &= !3;
        }
        self.0[166] &= !0x0C;
        self.0[167] &= !0x80;
    }

    fn text(&self) -> String {
        let mut text = format!(
            "PSW {:016X} {:X} pgm {:016X} {:016X} {:016X} kind {}",
            self.word(128),
            self.word(136),
            self.word(144),
            self.word(152),
            self.word(160),
            self.word(168)
        );
        for r in 0..16 {
            let _ = write!(text, " R{r} {:X}", self.gr(r));
        }
        text
    }
}

/// The doubleword at a place.
fn word(bytes: &[u8], at: usize) -> u64 {
    bytes[at..at + 8]
        .iter()
        .fold(0, |v, b| v << 8 | u64::from(*b))
}

/// A table of operations, and the storage they find.
pub struct Table {
    image: Vec<u8>,
    operations: Vec<Operation>,
    controls: [u64; 16],
}

/// Storage after a table, and the endings.
pub struct After {
    /// All of storage.
    pub storage: Vec<u8>,
    endings: Vec<Ending>,
}

impl After {
    fn of(storage: Vec<u8>, count: usize) -> After {
        let endings = (0..count).map(|n| {
            let at = RESULTS + 256 * n;
            Ending(storage[at..at + 240].to_vec())
        });
        After {
            endings: endings.collect(),
            storage,
        }
    }

    /// How operation `n` ended.
    pub fn ending(&self, n: usize) -> &Ending {
        &self.endings[n]
    }

    /// A piece of storage.
    pub fn piece(&self, at: u64, len: u64) -> &[u8] {
        &self.storage[at as usize..(at + len) as usize]
    }
}

/// What is compared of an operation: its ending without what is open.
pub type Settle = fn(&Operation, &mut Ending);

impl Table {
    /// A table without operations; nothing when there is no assembler.
    pub fn new() -> Option<Table> {
        let dir = tempfile::tempdir().unwrap();
        assembled(dir.path())?;
        let mut image = fs::read(dir.path().join("ops.image")).unwrap();
        image.resize(STORAGE, 0);
        let mut controls = [0; 16];
        controls[0] = AFP;
        controls[1] = SEGMENTS;
        controls[7] = OTHER_SEGMENTS;
        controls[13] = SEGMENTS;
        let mut table = Table {
            image,
            operations: Vec::new(),
            controls,
        };
        for n in 0..2048 {
            let entry = if n < 16 { PAGES + 2048 * n } else { 0x20 };
            table.put(SEGMENTS + 8 * n, &entry.to_be_bytes());
            let entry = if n == 5 { PAGES + 2048 * 6 } else { entry };
            table.put(OTHER_SEGMENTS + 8 * n, &entry.to_be_bytes());
        }
        for page in 0..STORAGE as u64 / 4096 {
            table.page(4096 * page, 0);
        }
        Some(table)
    }

    /// Makes a page of virtual storage invalid or protected.
    pub fn page(&mut self, at: u64, bits: u64) {
        let entry = at & !4095 | bits;
        self.put(PAGES + at / 4096 * 8, &entry.to_be_bytes());
    }

    /// Puts bytes into storage.
    pub fn put(&mut self, at: u64, bytes: &[u8]) {
        assert!(at >= 0xF_9000, "the program is there");
        let at = at as usize;
        self.image[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// Appends an operation and gives its number.
    pub fn add(&mut self, operation: Operation) -> usize {
        assert!(operation.code.len() <= 24 && self.operations.len() < MOST);
        self.operations.push(operation);
        self.operations.len() - 1
    }

    /// The image with everything.
    fn whole(&self) -> Vec<u8> {
        let mut image = self.image.clone();
        let mut put = |at: usize, bytes: &[u8]| image[at..at + bytes.len()].copy_from_slice(bytes);
        put(COUNT, &(self.operations.len() as u64).to_be_bytes());
        for (r, value) in self.controls.iter().enumerate() {
            put(CONTROLS + 8 * r, &value.to_be_bytes());
        }
        for (n, operation) in self.operations.iter().enumerate() {
            let at = TABLE + 256 * n;
            for (r, value) in operation.gr.iter().enumerate() {
                put(at + 8 * r, &value.to_be_bytes());
            }
            put(at + 128, &operation.psw.to_be_bytes());
            put(at + 136, &operation.code);
            // NOPR up to the SVC.
            for gap in (operation.code.len()..24).step_by(2) {
                put(at + 136 + gap, &[0x07, 0x00]);
            }
            for (r, value) in operation.ar.iter().enumerate() {
                put(at + 160 + 4 * r, &value.to_be_bytes());
            }
        }
        image
    }

    /// Runs it here.
    pub fn here(&self) -> After {
        let storage = storage_after(&self.whole(), STORAGE);
        After::of(storage, self.operations.len())
    }

    /// Runs it in hercules; nothing when that is not installed.
    pub fn in_hercules(&self) -> Option<After> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ops.image");
        fs::write(&path, self.whole()).unwrap();
        let storage = in_hercules(&path, dir.path(), STORAGE)?;
        Some(After::of(storage, self.operations.len()))
    }

    /// Runs it here and in hercules, and compares endings and storage.
    pub fn compare(&self, settle: Settle) -> After {
        let ours = self.here();
        let Some(theirs) = self.in_hercules() else {
            return ours;
        };
        let mut text = self.differences(settle, &ours, &theirs);
        let free = FREE as usize;
        let differ = |i: &usize| ours.storage[*i] != theirs.storage[*i];
        if let Some(at) = (free..STORAGE).find(differ) {
            let end = (at + 32).min(STORAGE);
            let _ = writeln!(
                text,
                "storage from {at:X}\n  here     {:02X?}\n  hercules {:02X?}",
                &ours.storage[at..end],
                &theirs.storage[at..end]
            );
        }
        assert!(text.is_empty(), "{text}");
        ours
    }

    /// Runs it here and in hercules, and compares the endings only.
    pub fn compare_endings(&self, settle: Settle) -> After {
        let ours = self.here();
        if let Some(theirs) = self.in_hercules() {
            let text = self.differences(settle, &ours, &theirs);
            assert!(text.is_empty(), "{text}");
        }
        ours
    }

    /// The operations that ended differently.
    fn differences(&self, settle: Settle, ours: &After, theirs: &After) -> String {
        let mut text = String::new();
        let mut wrong = 0;
        for (n, operation) in self.operations.iter().enumerate() {
            let (mut a, mut b) = (ours.endings[n].clone(), theirs.endings[n].clone());
            for ending in [&mut a, &mut b] {
                ending.leave_open();
                settle(operation, ending);
            }
            if a != b {
                wrong += 1;
                if wrong <= 10 {
                    let _ = writeln!(
                        text,
                        "{n} {}\n  before   {:X?}\n  here     {}\n  hercules {}",
                        operation.name,
                        operation.gr,
                        a.text(),
                        b.text()
                    );
                }
            }
        }
        if wrong > 0 {
            let _ = writeln!(text, "{wrong} of {} are different", self.operations.len());
        }
        text
    }
}
