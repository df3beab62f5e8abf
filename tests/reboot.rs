//! What Linux does at its end: `reboot` from a device and from a saved system, `halt`, `poweroff` and a panic,
//! with CP commands to be executed then.

use std::fs::read_to_string;
use std::io::Write;
use std::process::{Child, ChildStdin};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use crate::support::{Place, fetched_kernel};

/// How long anything may take.
const MOST: Duration = Duration::from_secs(200);
/// The last line before the shell's prompt.
const SHELL: &str = "job control turned off";

/// A session, and what its user sees.
struct Session {
    child: Child,
    keyboard: ChildStdin,
    lines: Receiver<String>,
}

impl Session {
    fn start(place: &Place, system: &std::path::Path) -> Session {
        // The kernel waits by time, not by instructions.
        let (child, keyboard, lines) = place.live(system);
        Session {
            child,
            keyboard,
            lines,
        }
    }

    /// Types a line and waits for a line with the text. Gives what came before it.
    fn types(&mut self, line: &str, until: &str) -> String {
        self.keyboard.write_all(line.as_bytes()).unwrap();
        self.keyboard.write_all(b"\n").unwrap();
        let end = Instant::now() + MOST;
        let mut said = String::new();
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("{line}: no {until:?} came:\n{said}");
            };
            let line = line.trim();
            // Not what was typed, when that is shown.
            if line.contains(until) && !line.contains("echo") {
                return said;
            }
            said += line;
            said.push('\n');
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn linux_is_loaded_again_as_it_asks_and_ends_as_it_says() {
    if cfg!(debug_assertions) {
        eprintln!("skipped: without optimization a boot of Debian's kernel takes too long");
        return;
    }
    let Some(debian) = fetched_kernel() else {
        return;
    };
    assert!(read_to_string(debian.join("facts")).is_ok());
    let place = Place::new();
    let deck = |name: &str| debian.join(name).display().to_string();
    let system = place.system(&format!(
        "USER LINUX1 NOPASS 128M 128M EG\n IPL CMS\n MACHINE ESA\n CONSOLE 0009 3215\n\
         \x20MDISK 0190 FB-512 1 END LIN190 RR\n HOST 0190 BUILTIN EXECS\n\
         \x20HOST 0200 DECK '{}' '{}' '{}'\n",
        deck("kernel.deck"),
        deck("parm.deck"),
        deck("initrd.deck")
    ));
    let mut s = Session::start(&place, &system);
    s.types("SAVELATE LATE 200", "Trace ended");
    s.types("#CP IPL LATE", SHELL);

    // From a saved system. What was there before is gone.
    let sysfs = "busybox mkdir /sys; busybox mount -t sysfs sysfs /sys; cd /sys/firmware; pwd";
    s.types("export PATH=/bin", "/ #");
    s.types(sysfs, "/sys/firmware");
    s.types(
        "echo nss >reipl/reipl_type; echo LATE >reipl/nss/name; echo $((6*7))",
        "42",
    );
    s.types("busybox reboot -f", SHELL);
    s.types("export PATH=/bin; echo /s*", "/s*");

    // A panic, and CP's command for it.
    s.types(sysfs, "/sys/firmware");
    s.types(
        "echo vmcmd >shutdown_actions/on_panic; echo IPL LATE >vmcmd/on_panic; echo $((6*8))",
        "48",
    );
    let said = s.types("echo c >/proc/sysrq-trigger", SHELL);
    assert!(said.contains("Kernel panic - not syncing"), "{said}");

    // The machine stops, after a command.
    s.types("export PATH=/bin; echo $((6*9))", "54");
    s.types(sysfs, "/sys/firmware");
    s.types(
        "echo vmcmd >shutdown_actions/on_halt; echo MSG LINUX1 HALTED >vmcmd/on_halt; echo $((7*9))",
        "63",
    );
    s.types("busybox halt -f", "MSG FROM LINUX1  : HALTED");
    s.types("", "HCPGSP2629I");

    // From the device that it was loaded from first, and off.
    s.types("#CP IPL LATE", SHELL);
    s.types("export PATH=/bin; busybox reboot -f", SHELL);
    s.types("export PATH=/bin; echo $((8*9))", "72");
    s.types("busybox poweroff -f", "HCPGSP2629I");
    s.types("#CP LOGOFF", "LOGOFF AT");
    assert!(s.child.wait().unwrap().success());
}
