//! Debian's kernel from the card deck to its shell, and a program's own run at that shell: here, on hercules
//! and on QEMU's translator, in turn in the same minutes. What is compared is the time that each process used of
//! the host's processors, so that what else runs on the host counts little.

use super::{median, project, row, seconds};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Boots of each, where the environment has no BOOTS: they take a while.
const BOOTS: usize = 3;
/// After this a machine that has not come to where it should is given up.
const MOST: Duration = Duration::from_secs(600);
/// What is typed at the shell. The markers are written with quotes there, so that an echo of it is none. Hercules
/// takes short lines and shows one of those that a guest writes at once, hence the pauses; `|` is another character
/// on its console.
const TYPED: [&str; 3] = [
    "b=/bin/busybox; s='/bin/busybox sleep 1'; $b mknod /dev/zero c 1 5",
    "$b dd if=/dev/zero of=/z bs=1M count=8",
    "$s; echo SHA-'BEGIN'; $s; $b sha256sum /z /z; $s; echo SHA-'END'",
];
/// What the program says when it has run: a sum, two blanks and the file's name.
const SUM: &str = "  /z";

/// What a boot took.
struct Times {
    boot: Duration,
    sha: Duration,
}

/// A machine that boots, with what it writes.
struct Guest {
    child: Child,
    lines: Receiver<String>,
    /// Holds what the process has for files.
    _dir: tempfile::TempDir,
}

/// The rows; they are skipped where tests/tools/fetch-debian-kernel has not been run.
pub fn rows() {
    let debian = project().join("target/debian-s390x");
    let Ok(facts) = fs::read_to_string(debian.join("facts")) else {
        println!("Debian boot: skipped, tests/tools/fetch-debian-kernel has not been run");
        return;
    };
    let fact = |name: &str| {
        let line = facts.lines().find_map(|l| l.strip_prefix(name));
        line.unwrap_or_default().trim().to_owned()
    };
    let (marker, parameters) = (fact("marker "), fact("parameters "));
    let (mut ours, mut hercules, mut qemu) = (Vec::new(), Vec::new(), Vec::new());
    let boots = std::env::var("BOOTS").ok().and_then(|n| n.parse().ok());
    for _ in 0..boots.unwrap_or(BOOTS) {
        ours.extend(measured("cms", start_cms(&debian), &marker));
        hercules.extend(measured(
            "hercules",
            start_hercules(&debian, &marker),
            &marker,
        ));
        let started = start_qemu(&debian, &parameters);
        qemu.extend(measured("qemu-system-s390x", started, &marker));
    }
    let of = |all: &[Times], which: fn(&Times) -> Duration| {
        (!all.is_empty()).then(|| median(all.iter().map(which).collect()))
    };
    let boot: fn(&Times) -> Duration = |t| t.boot;
    let sha: fn(&Times) -> Duration = |t| t.sha;
    let labels = [
        ("Debian boot to its shell, CPU time", boot, "1/3, then 1/5"),
        ("busybox sha256sum of 16 MiB, CPU time", sha, "1/3"),
    ];
    for (what, which, target) in labels {
        let Some(own) = of(&ours, which) else {
            println!("{what}: skipped, the machine here did not come to its end");
            continue;
        };
        row(
            &format!("{what}, beside hercules"),
            own,
            of(&hercules, which),
            target,
        );
        match of(&qemu, which) {
            Some(peer) => {
                let ratio = own.as_secs_f64() / peer.as_secs_f64();
                println!(
                    "{:<58} {:>10} {:>10} {ratio:>7.3}",
                    "the same beside QEMU's translator",
                    seconds(own),
                    seconds(peer)
                );
            }
            None => {
                println!("the same beside QEMU's translator: skipped, QEMU did not come to its end")
            }
        }
    }
}

/// The times of a boot, or why there are none.
fn measured(name: &str, guest: Option<Guest>, marker: &str) -> Option<Times> {
    let times = guest.and_then(|guest| guest.times(marker));
    if times.is_none() {
        println!("{name}: skipped, it is not installed or did not come to its end");
    }
    times
}

impl Guest {
    /// A process that writes its guest's console on standard output.
    fn start(mut command: Command, dir: tempfile::TempDir) -> Option<Guest> {
        let mut child = command
            .current_dir(dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut out = BufReader::new(child.stdout.take()?);
        let (send, lines) = channel();
        // Ends with the process, or when nobody takes its lines any more.
        std::thread::spawn(move || {
            let mut line = Vec::new();
            while out.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
                if send
                    .send(String::from_utf8_lossy(&line).into_owned())
                    .is_err()
                {
                    break;
                }
                line.clear();
            }
        });
        Some(Guest {
            child,
            lines,
            _dir: dir,
        })
    }

    /// Types a line, where the process reads any.
    fn types(&mut self, line: &str) -> Option<()> {
        let stdin = self.child.stdin.as_mut()?;
        // Who reads nothing has a script of its own.
        let _ = writeln!(stdin, "{line}");
        Some(())
    }

    /// Boots, and has the program run.
    fn times(mut self, marker: &str) -> Option<Times> {
        let boot = self.wait_for(marker)?;
        for line in TYPED {
            std::thread::sleep(Duration::from_secs(1));
            self.types(line)?;
        }
        let begin = self.wait_for("SHA-BEGIN")?;
        self.wait_for(SUM)?;
        let end = self.wait_for("SHA-END")?;
        Some(Times {
            boot,
            sha: end.saturating_sub(begin),
        })
    }

    /// Waits for a line with this text, and says how much processor time was used until then.
    fn wait_for(&mut self, text: &str) -> Option<Duration> {
        let start = Instant::now();
        loop {
            let left = MOST.checked_sub(start.elapsed())?;
            if self.lines.recv_timeout(left).ok()?.contains(text) {
                return processor_time(self.child.id());
            }
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        // The measurement is over, whether or not the process would end by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a process used of the host's processors, in proc(5)'s hundredths of a second.
fn processor_time(process: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(Duration::from_millis((user + system) * 10))
}

fn decks(debian: &Path) -> [PathBuf; 3] {
    ["kernel.deck", "parm.deck", "initrd.deck"].map(|name| debian.join(name))
}

fn start_cms(debian: &Path) -> Option<Guest> {
    let dir = tempfile::tempdir().ok()?;
    let [kernel, parm, initrd] = decks(debian).map(|d| d.display().to_string());
    let directory = format!(
        "USER LINUX1 NOPASS 64M 256M EG\n IPL CMS\n MACHINE ESA\n CONSOLE 0009 3215\n\
         \x20SPOOL 000C 2540 READER *\n MDISK 0190 FB-512 1 END LIN190 RR\n HOST 0190 BUILTIN EXECS\n\
         \x20HOST 0200 DECK '{kernel}' '{parm}' '{initrd}'\n"
    );
    fs::write(dir.path().join("system.direct"), directory).ok()?;
    let mut guest = Guest::start(super::cms(dir.path(), &["--system", "."]), dir)?;
    guest.types("IPL 200")?;
    Some(guest)
}

/// Hercules reads no standard input as a daemon: its automatic operator types when the marker has come.
fn start_hercules(debian: &Path, marker: &str) -> Option<Guest> {
    let dir = tempfile::tempdir().ok()?;
    let write = |name: &str, text: String| fs::write(dir.path().join(name), text).ok();
    for (deck, name) in decks(debian).iter().zip(["1", "2", "3"]) {
        fs::copy(deck, dir.path().join(name)).ok()?;
    }
    // Code page 500 is what Linux uses with the service processor; the priorities are those of any process.
    write(
        "config",
        "CODEPAGE 819/500\nCPUMODEL 2097\nMAINSIZE 64\nNUMCPU 1\nARCHMODE ESAME\nOSTAILOR QUIET\n\
         DIAG8CMD DISABLE\nHERCPRIO 0\nTODPRIO 0\nDEVPRIO 0\nCPUPRIO 0\n0009 3215-C\n\
         0200 3505 1 2 3 ebcdic eof\n"
            .to_owned(),
    )?;
    let first = marker.split(':').next().unwrap_or(marker);
    write(
        "script",
        format!("hao tgt {first}\nhao cmd script typed\nipl 200\n"),
    )?;
    write("typed", TYPED.map(|l| format!("pause 1\n.{l}\n")).concat())?;
    let mut command = Command::new("hercules");
    command
        .args(["-d", "-f", "config"])
        .env("HERCULES_RC", "script");
    Guest::start(command, dir)
}

/// QEMU 7.2 gives a guest nothing of what is typed in line mode, so its console is the VT220.
fn start_qemu(debian: &Path, parameters: &str) -> Option<Guest> {
    let dir = tempfile::tempdir().ok()?;
    let mut command = Command::new("qemu-system-s390x");
    command
        .args(["-accel", "tcg", "-M", "s390-ccw-virtio", "-m", "64"])
        .args(["-nographic", "-nodefaults", "-no-reboot"])
        .args(["-chardev", "stdio,id=console"])
        .args(["-device", "sclpconsole,chardev=console"])
        .arg("-kernel")
        .arg(debian.join("vmlinuz"))
        .arg("-initrd")
        .arg(debian.join("initrd"))
        .args(["-append", &parameters.replace("ttyS0", "ttyS1")]);
    Guest::start(command, dir)
}
