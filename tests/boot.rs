//! The whole boot of Debian's kernel: what it writes on the console is what it writes in QEMU with the same
//! ramdisk and command line, apart from what names or measures the machine.

use regex::Regex;
use std::fs;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use crate::support::{Place, fetched_kernel, lines_of};

/// Boots that take longer are given up.
const MOST: Duration = Duration::from_secs(300);
/// The last line before the shell's prompt.
const END: &str = "job control turned off";

/// What is left out of a text before the comparison: the lines that one of these matches.
const LEFT_OUT: &[&str] = &[
    // The hypervisor, and what a kernel does only under this one.
    "^setup: Linux is running ",
    "^cma: Reserved",
    "^hvc_iucv:",
    "^iucv: Defining an interrupt buffer",
    // How much storage is left: the hypervisor's drivers and processors take some.
    "^Memory: ",
    "^printk: log_buf_len",
    // Sizes by the number of processors that there may be.
    "^cblist_init_generic: Setting shift",
    "^futex hash table entries",
    // Times and random numbers.
    "^audit: type=2000",
    "^random: crng init",
    // What each has of facilities.
    "^zpci: PCI is not supported because",
    "^cio: Channel measurement",
    "^hugetlbfs: disabling because",
    "^HugeTLB: ",
];

/// What other threads of the kernel say: it comes, but there is no telling between which lines.
const ANYWHERE: &[&str] = &[
    "^Trying to unpack rootfs",
    "^Freeing initrd memory",
    "^alg: self-tests",
];

/// What is made the same: the processors that there may be.
const MADE_SAME: &[(&str, &str)] = &[
    ("nr_cpu_ids=[0-9]+", "nr_cpu_ids=n"),
    ("CPUs=[0-9]+", "CPUs=n"),
];

/// A machine's process, and what its guest writes.
struct Booting {
    child: Child,
    lines: Receiver<String>,
}

impl Booting {
    fn start(mut command: Command) -> Option<Booting> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let lines = lines_of(child.stdout.take()?);
        Some(Booting { child, lines })
    }

    /// The lines up to one with this text.
    fn until(&mut self, text: &str) -> Vec<String> {
        let start = Instant::now();
        let mut said = Vec::new();
        loop {
            let left = MOST.saturating_sub(start.elapsed());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("no {text:?} came:\n{}", said.join("\n"));
            };
            let line = line.trim_end().to_owned();
            let over = line.contains(text);
            said.push(line);
            if over {
                return said;
            }
        }
    }
}

impl Drop for Booting {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A console's text from the kernel's first line on, without times and what the tables name; what comes anywhere
/// stands at its end.
fn settled(said: &[String]) -> String {
    let all = |patterns: &[&str]| -> Vec<Regex> {
        let made = patterns.iter().map(|r| Regex::new(r).unwrap());
        made.collect()
    };
    let time = Regex::new(r"^\[ *[0-9]+\.[0-9]+\] ").unwrap();
    let (left_out, anywhere) = (all(LEFT_OUT), all(ANYWHERE));
    let made_same: Vec<(Regex, &str)> = MADE_SAME
        .iter()
        .map(|(r, with)| (Regex::new(r).unwrap(), *with))
        .collect();
    let mut text = String::new();
    let mut last = Vec::new();
    for line in said {
        let mut line = time.replace(line, "").into_owned();
        if text.is_empty() && !line.starts_with("Linux version") {
            continue;
        }
        if left_out.iter().any(|r| r.is_match(&line)) {
            continue;
        }
        for (pattern, with) in &made_same {
            line = pattern.replace_all(&line, *with).into_owned();
        }
        line.push('\n');
        if anywhere.iter().any(|r| r.is_match(&line)) {
            last.push(line);
        } else {
            text.push_str(&line);
        }
    }
    last.sort();
    text + &last.concat()
}

/// The lines that one text has and the other has not, or the first that stand in another order.
fn differences(ours: &str, theirs: &str) -> String {
    let only = |text: &str, other: &str, mark: &str| -> String {
        let there: Vec<&str> = other.lines().collect();
        let lines = text.lines().filter(|l| !there.contains(l));
        lines.map(|l| format!("{mark} {l}\n")).collect()
    };
    let listed = only(theirs, ours, "QEMU:") + &only(ours, theirs, "here:");
    if !listed.is_empty() {
        return listed;
    }
    let mut pairs = theirs.lines().zip(ours.lines());
    let (theirs, ours) = pairs.find(|(a, b)| a != b).unwrap_or_default();
    format!("order:\nQEMU: {theirs}\nhere: {ours}\n")
}

#[test]
fn debians_kernel_says_what_it_says_in_qemu() {
    if cfg!(debug_assertions) {
        eprintln!("skipped: without optimization a boot of Debian's kernel takes too long");
        return;
    }
    let Some(debian) = fetched_kernel() else {
        return;
    };
    let facts = fs::read_to_string(debian.join("facts")).unwrap();
    let fact = |name: &str| {
        let line = facts.lines().find_map(|l| l.strip_prefix(name)).unwrap();
        line.trim().to_owned()
    };
    let mut qemu = Command::new("qemu-system-s390x");
    qemu.args(["-M", "s390-ccw-virtio", "-m", "64", "-nographic"])
        .args(["-nodefaults", "-no-reboot", "-chardev", "stdio,id=console"])
        .args(["-device", "sclplmconsole,chardev=console"])
        .arg("-kernel")
        .arg(debian.join("vmlinuz"))
        .arg("-initrd")
        .arg(debian.join("initrd"))
        .args(["-append", &fact("parameters ")]);
    let Some(mut qemu) = Booting::start(qemu) else {
        eprintln!("skipped: qemu-system-misc is not installed");
        return;
    };

    let place = Place::new();
    let deck = |name: &str| debian.join(name).display().to_string();
    let system = place.system(&format!(
        "USER LINUX1 NOPASS 64M 64M G\n IPL CMS\n MACHINE ESA\n CONSOLE 0009 3215\n\
         \x20HOST 0200 DECK '{}' '{}' '{}'\n",
        deck("kernel.deck"),
        deck("parm.deck"),
        deck("initrd.deck")
    ));
    // With the host's clock: the kernel waits by time, not by instructions.
    let mut cms = Command::new(env!("CARGO_BIN_EXE_cms"));
    cms.args(["--system", system.to_str().unwrap()])
        .current_dir(place.work())
        .env("XDG_DATA_HOME", place.data());
    let mut cms = Booting::start(cms).unwrap();
    let mut keyboard = cms.child.stdin.take().unwrap();
    keyboard.write_all(b"#CP IPL 200 CLEAR\n").unwrap();

    let theirs = settled(&qemu.until(END));
    let ours = settled(&cms.until(END));
    assert!(ours.contains(&fact("marker ")), "{ours}");
    assert!(ours.lines().count() > 100, "{ours}");
    assert!(ours == theirs, "{}", differences(&ours, &theirs));

    // The shell answers, and the machine is still CP's.
    keyboard.write_all(b"echo typed $((6 * 7))\n").unwrap();
    cms.until("typed 42");
    keyboard.write_all(b"#CP QUERY VIRTUAL 0009\n").unwrap();
    cms.until("CONS 0009");
}
