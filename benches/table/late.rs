//! A late save point of Debian's kernel: saving it, the IPL of it, and many machines that go on from it.

use super::{cms, median, private_kb, project, row};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use vmshare::base::Clock;
use vmshare::cp::{Activity, LogonHow, Options, System};

const RUNS: usize = 200;
const GUESTS: u64 = 300;
const SLICE: u64 = 2_000_000;
const MOST: Duration = Duration::from_secs(300);

/// The rows; they are skipped where tests/tools/fetch-debian-kernel has not been run.
pub fn rows() {
    let decks = project().join("target/debian-s390x");
    if !decks.join("kernel.deck").exists() {
        println!("SAVELATE: skipped, tests/tools/fetch-debian-kernel has not been run");
        return;
    }
    let Ok(dir) = tempfile::tempdir() else { return };
    let system = make(dir.path(), &decks);
    let start = Instant::now();
    let saved = cms(
        dir.path(),
        &[
            "--system",
            &system.to_string_lossy(),
            "SAVELATE",
            "LATE",
            "200",
        ],
    )
    .output();
    assert!(
        saved.is_ok_and(|o| String::from_utf8_lossy(&o.stdout).contains("successfully saved")),
        "SAVELATE saves"
    );
    row(
        "cms SAVELATE LATE 200 (Debian's kernel)",
        start.elapsed(),
        None,
        "",
    );
    first_instruction(&system);
    many(&system);
}

fn make(at: &Path, decks: &Path) -> PathBuf {
    let deck = |name: &str| decks.join(name).display().to_string();
    let mut directory = format!(
        "USER OPER NOPASS 128M 128M ABCDEG\n IPL CMS\n MACHINE ESA\n CONSOLE 0009 3215\n\
         \x20SPOOL 000C 2540 READER *\n MDISK 0190 FB-512 1 END SYS190 RR\n HOST 0190 BUILTIN EXECS\n\
         \x20HOST 0200 DECK '{}' '{}' '{}'\n",
        deck("kernel.deck"),
        deck("parm.deck"),
        deck("initrd.deck")
    );
    for n in 0..=GUESTS {
        let _ = write!(
            directory,
            "USER LX{n} NOPASS 128M 128M G\n MACHINE ESA\n IPL LATE\n CONSOLE 0009 3215 T OPER\n\
             \x20SPOOL 000C 2540 READER *\n"
        );
    }
    let dir = at.join("late");
    fs::create_dir_all(&dir).expect("a folder");
    fs::write(dir.join("system.direct"), directory).expect("a directory");
    dir
}

fn open(dir: &Path) -> System {
    let options = Options {
        dir: Some(dir.to_path_buf()),
        work: dir.to_path_buf(),
        data: dir.to_path_buf(),
        clock: Clock::host(),
        deterministic: false,
    };
    let mut system = System::open(options).expect("the system starts");
    system
        .logon(b"OPER", LogonHow::TerminalNoIpl)
        .expect("the operator logs on");
    system
}

/// From the command to the guest having run one instruction.
fn first_instruction(dir: &Path) {
    let mut system = open(dir);
    system
        .logon(b"LX0", LogonHow::DisconnectedNoIpl)
        .expect("a guest logs on");
    // It was saved a while ago.
    std::thread::sleep(Duration::from_secs(3));
    let times = (0..RUNS).map(|_| {
        let start = Instant::now();
        system.command(b"LX0", b"IPL LATE");
        system.run(1);
        start.elapsed()
    });
    row(
        "IPL LATE to the first guest instruction",
        median(times.collect()),
        None,
        "0.2 ms, then 0.05 ms",
    );
}

/// Runs until so many console lines with this text have come.
fn wait_for(system: &mut System, text: &str, count: u64) {
    let start = Instant::now();
    let mut seen = 0;
    while seen < count {
        assert!(
            start.elapsed() < MOST,
            "{seen} of {count} have come to {text}"
        );
        let activity = system.run(SLICE);
        let lines = system.take_output(b"OPER");
        let has = |l: &Vec<u8>| l.windows(text.len()).any(|w| w == text.as_bytes());
        seen += lines.iter().filter(|l| has(l)).count() as u64;
        if let Activity::Idle { .. } = activity {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// All guests at their shells, and all answering there.
fn many(dir: &Path) {
    let mut system = open(dir);
    let logon = |system: &mut System, n: u64| {
        let user = format!("LX{n}").into_bytes();
        system
            .logon(&user, LogonHow::Disconnected)
            .expect("a guest logs on");
    };
    logon(&mut system, 0);
    wait_for(&mut system, "job control turned off", 1);
    let before = private_kb();
    let start = Instant::now();
    (1..=GUESTS).for_each(|n| logon(&mut system, n));
    wait_for(&mut system, "job control turned off", GUESTS);
    for n in 1..=GUESTS {
        let text = format!("SEND LX{n} echo answer $((1000 * 1000))");
        assert_eq!(system.command(b"OPER", text.as_bytes()).rc, 0);
    }
    wait_for(&mut system, "answer 1000000", GUESTS);
    row(
        "300 guests of LATE from XAUTOLOG to an answer of each",
        start.elapsed(),
        None,
        "20 s",
    );
    let each = private_kb().saturating_sub(before) / GUESTS;
    let written = pages(&mut system) * 4;
    println!(
        "{:<58} {each:>7} kB of the host's private memory, {written} kB of them written by its program",
        "each of them, 128M, idle at its shell"
    );
}

/// Pages that one guest has stored into.
fn pages(system: &mut System) -> u64 {
    let reply = system.command(b"OPER", b"INDICATE USER LX1");
    let text = String::from_utf8_lossy(&reply.response.concat()).into_owned();
    let number = text.split("PRIVATE=").nth(1).unwrap_or("");
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}
