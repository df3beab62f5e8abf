//! What Linux does at its end: `reboot` from a device and from a saved system, `halt`, `poweroff` and a panic,
//! with CP commands to be executed then.

use std::fs::{copy, create_dir, read_to_string, write};
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

/// What installers of Linux have always come with.
const PUNCHES: &str = "/* */\n\
    'CP SPOOL PUNCH *'\n\
    'CP CLOSE READER'\n\
    'CP PURGE READER ALL'\n\
    'PUNCH DEBIAN KERNEL A (NOH'\n\
    'PUNCH DEBIAN PARM A (NOH'\n\
    'PUNCH DEBIAN INITRD A (NOH'\n\
    'CP CHANGE READER ALL KEEP NOHOLD'\n\
    'CP IPL 00C CLEAR'\n";

#[test]
fn an_exec_punches_linux_and_loads_it_from_the_reader() {
    if cfg!(debug_assertions) {
        eprintln!("skipped: without optimization a boot of Debian's kernel takes too long");
        return;
    }
    let Some(debian) = fetched_kernel() else {
        return;
    };
    let place = Place::new();
    let system = place.system(
        "USER LINUX1 NOPASS 128M 128M EG\n IPL CMS\n MACHINE ESA\n CONSOLE 0009 3215\n\
         \x20SPOOL 000C 2540 READER *\n SPOOL 000D 2540 PUNCH A\n\
         \x20MDISK 0190 FB-512 1 END LIN190 RR\n HOST 0190 BUILTIN EXECS\n\
         \x20MDISK 0191 FB-512 1 100000 LNX191 MR\n HOST 0191 FOLDER a\n",
    );
    let folder = system.join("a");
    create_dir(&folder).unwrap();
    copy(debian.join("vmlinuz"), folder.join("debian.kernel")).unwrap();
    copy(debian.join("initrd"), folder.join("debian.initrd")).unwrap();
    write(folder.join("debian.parm"), "console=ttyS0 nokaslr quiet\n").unwrap();
    write(folder.join("debian.exec"), PUNCHES).unwrap();
    let mut s = Session::start(&place, &system);
    s.types("DEBIAN", SHELL);
    s.types("export PATH=/bin; echo $((6*7))", "42");
    // The files are kept, and there to be read again.
    s.types("busybox reboot -f", SHELL);
    s.types("export PATH=/bin; echo $((6*8))", "48");
}

#[test]
fn linux_is_loaded_from_the_disks_that_zipl_wrote() {
    if cfg!(debug_assertions) {
        eprintln!("skipped: without optimization a boot of Debian's kernel takes too long");
        return;
    }
    let Some(decks) = crate::disks::decks() else {
        return;
    };
    let place = Place::new();
    let deck = |name: &str| decks.join(name).display().to_string();
    let system = place.system(&format!(
        "USER LINUX1 NOPASS 256M 256M EG\n IPL CMS\n MACHINE ESA\n CONSOLE 0009 3215\n\
         \x20MDISK 0190 FB-512 1 END LIN190 RR\n HOST 0190 BUILTIN EXECS\n\
         \x20MDISK 0201 3390 1 40 LNX201 MR\n HOST 0201 IMAGE ckd.3390\n\
         \x20MDISK 0202 FB-512 1 60000 LNX202 MR\n HOST 0202 IMAGE fba.img\n\
         \x20HOST 0200 DECK '{}' '{}' '{}'\n",
        deck("kernel.deck"),
        deck("install.deck"),
        deck("initrd.deck")
    ));
    let mut s = Session::start(&place, &system);
    let said = s.types("#CP IPL 200 CLEAR", "DISKS done");
    assert!(!said.contains("DISKS failed"), "{said}");
    s.types("", "HCPGSP2629I");

    // The loader's menu is answered with CP's VINPUT, LOADPARM or not at all; PARM is added to what it says.
    let parameters = "export PATH=/bin; busybox cat /proc/cmdline; echo $((6*7))";
    let mut chosen = |load: &str, menu: Option<&str>, wanted: &[&str]| {
        match menu {
            None => s.types(load, SHELL),
            Some(answer) => {
                s.types(load, "Please choose");
                s.types(answer, SHELL)
            }
        };
        let said = s.types(parameters, "42");
        for word in wanted {
            assert!(said.contains(word), "{load}: {said}");
        }
    };
    let (ckd, fba) = ("disk=dasda", "disk=dasdb");
    chosen(
        "#CP IPL 201",
        Some("#CP VI VMSG 2 more=typed"),
        &[ckd, "choice=second", "more=typed"],
    );
    chosen(
        "#CP IPL 201 CLEAR LOADPARM 1 PARM extra=yes",
        None,
        &[ckd, "choice=first", "extra=yes"],
    );
    chosen("#CP IPL 202 LOADP 2", None, &[fba, "choice=second"]);

    // `reboot` loads from the same disk again, with what is said in between.
    s.types(
        "busybox mkdir /sys; busybox mount -t sysfs sysfs /sys; cd /sys/firmware/reipl/ccw; pwd",
        "/sys/firmware/reipl/ccw",
    );
    let said = s.types("busybox cat device loadparm; echo $((6*8))", "48");
    assert!(said.contains("0.0.0202\n2\n"), "{said}");
    s.types(
        "echo 1 >loadparm; echo again >parm; busybox reboot -f",
        SHELL,
    );
    let said = s.types(parameters, "42");
    assert!(
        said.contains(fba) && said.contains("choice=first") && said.contains("again"),
        "{said}"
    );
}
