//! Real input: Debian's kernel formats disks on image files, makes file systems and fills them; other
//! programs read the images.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::{Place, project};

/// Bytes of a 3390's track in an image, and of the header.
const TRACK: usize = 56832;
const HEADER: usize = 512;

/// The folder of the decks, when tests/tools/fetch-debian-disks has made them.
pub fn decks() -> Option<PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| project().join("target"), PathBuf::from);
    let dir = target.join("debian-s390x-disks");
    if !dir.join("ready").exists() {
        eprintln!(
            "skipped: {} is not there; tests/tools/fetch-debian-disks makes it",
            dir.display()
        );
        return None;
    }
    Some(dir)
}

fn there(program: &str) -> bool {
    let found = Command::new(program)
        .arg("-V")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    if !found {
        eprintln!("skipped: {program} is not installed");
    }
    found
}

fn directory(decks: &Path) -> String {
    let deck = |name: &str| decks.join(name).display().to_string();
    format!(
        "USER LINUX1 NOPASS 256M 256M EG\n IPL CMS\n MACHINE ESA\n CONSOLE 0009 3215\n\
         \x20MDISK 0190 FB-512 1 END LIN190 RR\n HOST 0190 BUILTIN EXECS\n\
         \x20MDISK 0201 3390 1 10 LNX201 MR\n HOST 0201 IMAGE ckd.3390\n\
         \x20MDISK 0202 FB-512 1 8000 LNX202 MR\n HOST 0202 IMAGE fba.img\n\
         \x20MDISK 0203 3390 11 10 LNX203 MR\n HOST 0203 IMAGE ldl.3390\n\
         \x20HOST 0200 DECK '{}' '{}' '{}'\n",
        deck("kernel.deck"),
        deck("write.deck"),
        deck("initrd.deck")
    )
}

/// IPLs the kernel and gives the lines that /init has for the test.
fn boot(place: &Place, system: &Path) -> Vec<String> {
    // The kernel waits for devices by time, not by instructions.
    let (mut child, mut stdin, lines) = place.live(system);
    stdin.write_all(b"#CP IPL 200 CLEAR\n").unwrap();
    let mut said = Vec::new();
    // Once it is done, or failed, there is nothing more to wait for: the process is killed, and what was
    // reported done is in the images.
    while let Ok(line) = lines.recv_timeout(Duration::from_secs(600)) {
        let line = line.trim().to_owned();
        let over = line.starts_with("DISKS done") || line.starts_with("DISKS failed");
        if line.starts_with("DISKS") || line.contains("HCP") {
            said.push(line);
        }
        if over {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    drop(stdin);
    said
}

/// The records of 4096 bytes of an image from a track on, one after the other.
fn records(image: &Path, first: usize) -> Vec<u8> {
    let bytes = fs::read(image).unwrap();
    let mut out = Vec::new();
    for track in bytes[HEADER..].chunks(TRACK).skip(first) {
        let mut at = 5;
        while track[at..at + 8] != [0xFF; 8] {
            let key = usize::from(track[at + 5]);
            let data = usize::from(u16::from_be_bytes([track[at + 6], track[at + 7]]));
            if track[at + 4] != 0 {
                assert_eq!((key, data), (0, 4096));
                out.extend(&track[at + 8..at + 8 + data]);
            }
            at += 8 + key + data;
        }
    }
    out
}

/// What a file system on the host's side has in a file.
fn file(image: &str, name: &str) -> Vec<u8> {
    let cat = Command::new("debugfs")
        .args(["-R", &format!("cat {name}"), image])
        .output()
        .unwrap();
    cat.stdout
}

#[test]
fn debian_formats_and_fills_disks_that_others_read() {
    if cfg!(debug_assertions) {
        eprintln!("skipped: without optimization a boot of Debian's kernel takes too long");
        return;
    }
    let Some(decks) = decks() else { return };
    if !there("debugfs") || !there("e2fsck") {
        return;
    }
    let place = Place::new();
    let system = place.system(&directory(&decks));
    let said = boot(&place, &system);
    assert_eq!(
        said.last().map(String::as_str),
        Some("DISKS done"),
        "{said:?}"
    );
    let sum = |name: &str| {
        let line = said.iter().find_map(|l| l.strip_prefix(name));
        line.unwrap_or_else(|| panic!("{said:?}")).trim().to_owned()
    };
    assert_eq!(sum("DISKS eckd "), sum("DISKS fba "));
    // DIAGNOSE 250 reads what the other drivers wrote, and they what was written with it.
    let (written, note) = (sum("DISKS fba "), "written by");
    assert_eq!(
        sum("DISKS read DIAG 0202 "),
        format!("{written} {note} fba")
    );
    assert_eq!(
        sum("DISKS read DIAG 0203 "),
        format!("{written} {note} ldl")
    );
    let numbers = "44969d026ed4164dbe77d48d4d359e98ac4057008cafd61723be72bff83e5fd4";
    assert_eq!(sum("DISKS back FBA  0202 "), numbers);
    assert_eq!(sum("DISKS back ECKD 0203 "), numbers);
    // The first two tracks have the label and the table of contents; Linux's partition is behind them.
    let ckd = system.join("ckd.raw");
    fs::write(&ckd, records(&system.join("ckd.3390"), 2)).unwrap();
    let ckd = ckd.to_str().unwrap();
    let fba = format!("{}?offset=1024", system.join("fba.img").display());
    let numbers: String = (1..=100_000).map(|n| format!("{n}\n")).collect();
    for (image, note) in [(ckd, "written by eckd\n"), (&fba, "written by fba\n")] {
        assert_eq!(file(image, "/folder/note"), note.as_bytes());
        assert!(file(image, "/numbers") == numbers.as_bytes(), "{note}");
        assert!(file(image, "/zeros") == [0; 409_600], "{note}");
    }
    let check = Command::new("e2fsck").args(["-fn", ckd]).output().unwrap();
    assert!(check.status.success(), "{check:?}");
    if there("dasdls") {
        let listed = Command::new("dasdls")
            .arg(system.join("ckd.3390"))
            .output()
            .unwrap();
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        assert!(listed.contains("LINUX.V0X0201.PART0001.NATIVE"), "{listed}");
    }
}

#[test]
fn images_go_to_hercules_and_come_from_it() {
    if !there("dasdinit") || !there("dasdcopy") {
        return;
    }
    let place = Place::new();
    let system = place.system(
        "USER LINUX1 NOPASS 16M 16M EG\n IPL CMS\n CONSOLE 0009 3215\n\
         \x20MDISK 0190 FB-512 1 END LIN190 RR\n HOST 0190 BUILTIN EXECS\n\
         \x20MDISK 0201 3390 1 3 LNX201 MR\n HOST 0201 IMAGE ours.3390\n\
         \x20HOST 0202 IMAGE theirs.3390 RR\n HOST 0203 IMAGE theirs.3380 RR\n",
    );
    let tool = |words: &[&str]| {
        let done = Command::new(words[0])
            .args(&words[1..])
            .current_dir(&system)
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
    };
    tool(&["dasdinit", "theirs.3390", "3390", "VOL001", "2"]);
    tool(&["dasdinit", "theirs.3380", "3380", "VOL002", "4"]);
    let run = place.cms(&[
        "--system",
        system.to_str().unwrap(),
        "CP",
        "QUERY",
        "VIRTUAL",
        "DASD",
    ]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    for line in [
        "DASD 0201 3390 LNX201 R/W          3 CYL",
        "DASD 0202 3390        R/O          2 CYL",
        "DASD 0203 3380        R/O          4 CYL",
    ] {
        assert!(run.out.contains(line), "{}", run.out);
    }
    // Hercules reads every track of what was made here.
    tool(&["dasdcopy", "-o", "CKD", "ours.3390", "copy.3390"]);
    let bytes = |name: &str| fs::read(system.join(name)).unwrap()[HEADER..].to_vec();
    assert!(bytes("ours.3390") == bytes("copy.3390"));
}
