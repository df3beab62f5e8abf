//! What neither QEMU nor Unicorn has, against Debian's hercules: the same bare-metal programs (tests/guests) run in
//! both, and what every case left in its record is compared.

use crate::bare::{Fault, LOOKED_AT, assembled, differences, here, records};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The machine: one processor, and a console, which hercules insists on. Program interruptions are not told of.
const CONFIG: &str = "\
CPUSERIAL 002623
CPUMODEL 2097
MAINSIZE 64
NUMCPU 1
ARCHMODE ESAME
DIAG8CMD DISABLE
OSTAILOR QUIET
0009 3215-C
";

/// How long a program may take.
const SECONDS: u64 = 60;

/// A peer that is ended when the test goes on.
struct Peer(Child);

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// So many bytes of storage after the program in hercules; nothing when hercules is not there.
pub fn in_hercules(image: &Path, dir: &Path, bytes: usize) -> Option<Vec<u8>> {
    let file = image.file_name().unwrap().to_str().unwrap();
    // Storage is saved when the processor has stopped; until then it is refused.
    let mut script = String::from("ipl image.ins\n");
    for second in 1..=SECONDS {
        let _ = writeln!(script, "pause 1\nsavecore core{second} 0 {:x}", bytes - 1);
        let _ = writeln!(script, "savecore done{second} 0 0");
    }
    for (name, text) in [
        ("config", CONFIG),
        ("script", &script),
        ("image.ins", &format!("* a program\n{file} 0\n")),
    ] {
        fs::write(dir.join(name), text).unwrap();
    }
    let log = fs::File::create(dir.join("log")).unwrap();
    let started = Command::new("hercules")
        .args(["-d", "-f", "config"])
        .env("HERCULES_RC", "script")
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn();
    let Ok(child) = started else {
        eprintln!("skipped: hercules is not installed");
        return None;
    };
    let _peer = Peer(child);
    let until = Instant::now() + Duration::from_secs(2 * SECONDS);
    let saved = |second: &u64| dir.join(format!("done{second}")).exists();
    loop {
        if let Some(second) = (1..=SECONDS).find(saved) {
            return Some(fs::read(dir.join(format!("core{second}"))).unwrap());
        }
        let log = || fs::read_to_string(dir.join("log")).unwrap_or_default();
        assert!(Instant::now() < until, "it does not end:\n{}", log());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Runs a program of tests/guests in both and compares the records; hercules is wrong in the cases of `faults`.
pub fn compare(program: &str, faults: &[Fault]) {
    let dir = tempfile::tempdir().unwrap();
    if assembled(dir.path()).is_none() {
        return;
    }
    let image = dir.path().join(format!("{program}.image"));
    let ours = here(&fs::read(&image).unwrap(), 1);
    let Some(theirs) = in_hercules(&image, dir.path(), LOOKED_AT) else {
        return;
    };
    let count = records(&ours).len();
    eprintln!(
        "{program}: {count} cases, {} known faults of hercules",
        faults.len()
    );
    let text = differences(&ours, ("hercules", &theirs), faults);
    assert!(text.is_empty(), "{text}");
}

/// The linkage stack, program calls and address spaces.
const STACK_FAULTS: &[Fault] = &[
    (
        "PER, storage alteration by PR",
        "4 Storage Alteration: the next-entry size of the entry before is stored",
    ),
    (
        "PC, basic, far away",
        "6 Instruction-length code: any, when the instruction cannot be fetched",
    ),
    (
        "access, reserved bits",
        "3 Exception access identification: stored with an ALET-specification exception",
    ),
    (
        "BSG, token",
        "3 Exception access identification: stored with an ALET-specification exception",
    ),
    (
        "BSG, in 64-bit mode",
        "10 BRANCH IN SUBSPACE GROUP: 64-bit mode stays",
    ),
    (
        "branches traced, 24-bit and far, trace table",
        "4 Branch tracing: format 3 for a 64-bit address",
    ),
    (
        "PC that fails traced, trace table",
        "4 Tracing: a nullified instruction need not have an entry",
    ),
];

#[test]
fn calls_and_returns_by_chance_are_as_in_hercules() {
    compare("calls", &[]);
}

#[test]
fn program_calls_in_esa_390_are_as_in_hercules() {
    compare("stack390", &[]);
}

#[test]
fn program_calls_and_spaces_are_as_in_hercules() {
    compare("stack", STACK_FAULTS);
}
