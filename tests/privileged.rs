//! Privileged behaviour against qemu-system-s390x: the same bare-metal program (tests/guests, assembled by
//! Debian's cross binutils) runs in both, and what every case left in its record is compared.
//!
//! QEMU is stopped by the program's disabled wait and its storage is saved through its monitor.

use crate::support::project;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use vmshare::base::Clock;
use vmshare::machine::{Config, Exit, Machine, Psw, State};

const STORAGE: u64 = 64 << 20;
/// How much of storage is looked at.
const LOOKED_AT: usize = 0x80000;
const RECORDS: usize = 0x900;
const RESULTS: usize = 0x40000;
const NAMES: usize = 0x70000;
const RECORD: usize = 128;
/// The disabled wait at the end.
const END: u64 = 0x600D;

/// Cases in which QEMU 7.2 does something else: (name, why, section of the Principles of Operation).
const FAULTS: &[(&str, &str)] = &[
    (
        "execute, odd target",
        "6 Specification exception: odd target of EXECUTE",
    ),
    (
        "fixed-point overflow",
        "7 ADD: QEMU never interrupts for overflow",
    ),
    ("monitor call", "7 MONITOR CALL: QEMU loses its way"),
    (
        "LPSWE, bit that must be zero",
        "6 Early exception recognition: QEMU takes any PSW",
    ),
    ("LPSWE, bit 12", "6 Early exception recognition"),
    ("LPSWE, no addressing mode", "6 Early exception recognition"),
    (
        "LPSWE, 24-bit address too long",
        "6 Early exception recognition",
    ),
    (
        "LPSWE, 31-bit address too long",
        "6 Early exception recognition",
    ),
    (
        "LPSWE, odd address",
        "6 Specification exception: odd instruction address",
    ),
    ("LPSW, bit 12 is zero", "10 LOAD PSW"),
    ("LPSW", "10 LOAD PSW: bits 12 and 32 of the PSW"),
    (
        "SSM, bit that must be zero",
        "6 Early exception recognition",
    ),
    (
        "SSM suppression",
        "10 SET SYSTEM MASK: control register 0, bit 33",
    ),
    ("SPKA, IPK", "10 INSERT PSW KEY: QEMU has none"),
    (
        "SPKA in the problem state",
        "10 SET PSW KEY FROM ADDRESS: the PSW-key mask",
    ),
    (
        "SAC without DAT",
        "10 SET ADDRESS SPACE CONTROL: QEMU has only the fast form",
    ),
    (
        "SAC without the secondary-space control",
        "10 SET ADDRESS SPACE CONTROL",
    ),
    ("SAC secondary", "10 SET ADDRESS SPACE CONTROL"),
    ("SAC with a bad code", "10 SET ADDRESS SPACE CONTROL"),
    (
        "LRAG, segment missing",
        "10 LOAD REAL ADDRESS: translates without DAT in the PSW as well",
    ),
    ("LRAG, page missing", "10 LOAD REAL ADDRESS"),
    ("LRAG, ASCE type", "10 LOAD REAL ADDRESS"),
    ("LRAG, region missing", "10 LOAD REAL ADDRESS"),
    (
        "LRA in 31-bit mode",
        "10 LOAD REAL ADDRESS: bits 0-31 remain",
    ),
    (
        "LRAG under DAT, segment missing",
        "10 LOAD REAL ADDRESS: condition code 1 and the entry's address",
    ),
    (
        "LRAG under DAT, page missing",
        "10 LOAD REAL ADDRESS: condition code 2 and the entry's address",
    ),
    (
        "LRAG under DAT, ASCE type",
        "10 LOAD REAL ADDRESS: bits 0-31 remain with condition code 3",
    ),
    (
        "LRAG under DAT, region missing",
        "10 LOAD REAL ADDRESS: the same",
    ),
    (
        "LRA under DAT, 31-bit mode",
        "10 LOAD REAL ADDRESS: bits 0-31 remain",
    ),
    (
        "key-controlled protection, store",
        "3 Key-controlled protection: QEMU has keys, but no protection",
    ),
    ("fetch protection", "3 Key-controlled protection"),
    (
        "fetch protection, instruction",
        "3 Key-controlled protection",
    ),
    (
        "fetch protection, MVC crossing",
        "3 Key-controlled protection",
    ),
    ("key 9 without it", "3 Key-controlled protection"),
    ("TPROT, fetch-protected", "10 TEST PROTECTION: keys"),
    ("TPROT, store-protected", "10 TEST PROTECTION: keys"),
    (
        "TPROT, page protection",
        "10 TEST PROTECTION: stores an identification with no interruption",
    ),
    ("TPROT, no translation", "10 TEST PROTECTION: the same"),
    (
        "LURA, boundary",
        "10 LOAD USING REAL ADDRESS: specification exception",
    ),
    (
        "PER, successful branching",
        "4 PER: the old PSW has the branch address",
    ),
    (
        "SIGP, store status at an address",
        "4 Stopped state: a processor that stops itself does so at once",
    ),
];

/// One record.
#[derive(Clone, PartialEq, Eq)]
struct Record<'a>(&'a [u8]);

impl Record<'_> {
    fn word(&self, at: usize) -> u64 {
        self.0[at..at + 8]
            .iter()
            .fold(0, |v, b| v << 8 | u64::from(*b))
    }

    /// What happened, in one line.
    fn text(&self) -> String {
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
    /// and all of it with an exception that stores none.
    fn settled(&self) -> Vec<u8> {
        let mut bytes = self.0.to_vec();
        let low = |at: usize| 24 + at - 128;
        let code = u16::from_be_bytes([bytes[low(142)], bytes[low(143)]]);
        bytes[low(151)] = 0;
        bytes[low(174)] &= !0x0C;
        bytes[low(175)] &= !0x80;
        if code == 0x12 {
            bytes[low(168)..low(176)].fill(0);
        }
        bytes
    }
}

/// Assembles the programs; nothing when there is no assembler.
fn assembled(dir: &Path) -> Option<()> {
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

/// Storage after the program in QEMU; nothing when QEMU is not there.
fn in_qemu(image: &Path, dir: &Path) -> Option<Vec<u8>> {
    let started = Command::new("qemu-system-s390x")
        .args(["-M", "s390-ccw-virtio", "-m", "64", "-smp", "2"])
        .args(["-nographic", "-nodefaults", "-action", "panic=pause"])
        .args(["-qmp", "stdio", "-kernel"])
        .arg(image)
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut qemu) = started else {
        eprintln!("skipped: qemu-system-misc is not installed");
        return None;
    };
    let mut input = qemu.stdin.take().unwrap();
    let mut lines = BufReader::new(qemu.stdout.take().unwrap()).lines();
    let (send, events) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        while let Some(Ok(line)) = lines.next() {
            let _ = send.send(line);
        }
    });
    let mut say = |text: &str| writeln!(input, "{text}").unwrap();
    say(r#"{"execute":"qmp_capabilities"}"#);
    // A program that never ends is found out by what it has left.
    let until = std::time::Instant::now() + Duration::from_secs(30);
    while let Ok(line) = events.recv_timeout(Duration::from_secs(1)).or_else(|_| {
        (std::time::Instant::now() < until)
            .then(String::new)
            .ok_or(())
    }) {
        if line.contains("GUEST_PANICKED") {
            break;
        }
    }
    say(&format!(
        r#"{{"execute":"human-monitor-command","arguments":{{"command-line":"pmemsave 0 {LOOKED_AT} storage"}}}}"#
    ));
    say(r#"{"execute":"quit"}"#);
    qemu.wait().unwrap();
    reader.join().unwrap();
    Some(fs::read(dir.join("storage")).unwrap())
}

/// Storage after the program here, and how it ended.
fn here(image: &[u8]) -> (Vec<u8>, Exit) {
    let mut config = Config::new(STORAGE, Clock::fixed(0));
    config.cpus = 2;
    config.time = vmshare::machine::TimeSource::Instructions;
    let mut machine = Machine::new(config).unwrap();
    machine.storage.write(0, image).unwrap();
    machine.cpus[0].load_psw(Psw::from_long(0x1_8000_0000, 0x10000));
    machine.cpus[0].state = State::Operating;
    let mut exit = Exit::Budget;
    for _ in 0..1000 {
        exit = machine.run(100_000);
        let over = match &exit {
            Exit::DisabledWait { cpu } => *cpu == 0,
            Exit::Budget | Exit::ChannelWork | Exit::ServiceCall { .. } => false,
            _ => true,
        };
        if over {
            break;
        }
    }
    assert_eq!(exit, Exit::DisabledWait { cpu: 0 });
    assert_eq!(machine.cpus[0].psw.addr, END, "where it ended");
    (machine.storage.read_vec(0, LOOKED_AT).unwrap(), exit)
}

/// The records by the names of their cases.
fn records(storage: &[u8]) -> Vec<(String, Record<'_>)> {
    let word = |at: usize| {
        storage[at..at + 8]
            .iter()
            .fold(0usize, |v, b| v << 8 | usize::from(*b))
    };
    let count = (word(RECORDS) - RESULTS) / RECORD;
    let names = storage[NAMES..].split(|b| *b == 0);
    let names = names.take_while(|n| !n.is_empty());
    let names: Vec<String> = names
        .map(|n| String::from_utf8_lossy(n).into_owned())
        .collect();
    assert_eq!(names.len(), count, "a record for every case");
    let all = storage[RESULTS..].chunks(RECORD).map(Record);
    names.into_iter().zip(all).collect()
}

#[test]
fn privileged_instructions_do_what_they_do_in_qemu() {
    let dir = tempfile::tempdir().unwrap();
    if assembled(dir.path()).is_none() {
        return;
    }
    let image = dir.path().join("privileged.image");
    let (ours, _) = here(&fs::read(&image).unwrap());
    let ours = records(&ours);
    eprintln!(
        "privileged: {} cases, {} known faults of QEMU",
        ours.len(),
        FAULTS.len()
    );
    // QEMU's two processors are threads of a busy host: what is different must be so each time.
    let mut text = String::new();
    for _ in 0..3 {
        let Some(theirs) = in_qemu(&image, dir.path()) else {
            return;
        };
        text = differences(&ours, &records(&theirs).into_iter().collect());
        if text.is_empty() {
            return;
        }
    }
    panic!("{text}");
}

/// The cases that are not as they should be: different, or no longer different.
fn differences(ours: &[(String, Record<'_>)], theirs: &HashMap<String, Record<'_>>) -> String {
    let mut text = String::new();
    for (name, record) in ours {
        let other = &theirs[name];
        let known = FAULTS.iter().any(|(n, _)| n == name);
        if (record.settled() == other.settled()) == known {
            let _ = writeln!(
                text,
                "{name}{}\n  here {}\n  QEMU {}",
                if known { " (no longer different)" } else { "" },
                record.text(),
                other.text()
            );
        }
    }
    text
}
