//! Privileged behaviour against qemu-system-s390x: the same bare-metal program (tests/guests, assembled by
//! Debian's cross binutils) runs in both, and what every case left in its record is compared.
//!
//! QEMU is stopped by the program's disabled wait and its storage is saved through its monitor.

use crate::bare::{Fault, LOOKED_AT, assembled, differences, here, records};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Cases in which QEMU 7.2 does something else: what is right, by the section of the Principles of Operation.
const FAULTS: &[Fault] = &[
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
        "IDTE by ASCE",
        "10 INVALIDATE DAT TABLE ENTRY: QEMU forgets a few instructions later",
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

#[test]
fn privileged_instructions_do_what_they_do_in_qemu() {
    let dir = tempfile::tempdir().unwrap();
    if assembled(dir.path()).is_none() {
        return;
    }
    let image = dir.path().join("privileged.image");
    let ours = here(&fs::read(&image).unwrap(), 2);
    eprintln!(
        "privileged: {} cases, {} known faults of QEMU",
        records(&ours).len(),
        FAULTS.len()
    );
    // QEMU's two processors are threads of a busy host: what is different must be so each time.
    let mut text = String::new();
    for _ in 0..3 {
        let Some(theirs) = in_qemu(&image, dir.path()) else {
            return;
        };
        text = differences(&ours, ("QEMU", &theirs), FAULTS);
        if text.is_empty() {
            return;
        }
    }
    panic!("{text}");
}
