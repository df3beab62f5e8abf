//! A late save point of Debian's kernel, and many machines that go on from it.
//!
//! One boot serves all checks: it takes a minute or so in a build that is not optimized.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Child, ChildStdin};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use crate::support::{Place, fetched_kernel};

const GUESTS: usize = 6;

/// The operator, who also saves, and the machines.
fn directory(decks: &std::path::Path) -> String {
    let deck = |name: &str| decks.join(name).display().to_string();
    let mut out = format!(
        "USER OPER NOPASS 128M 128M ABCDEG\n IPL CMS\n MACHINE ESA\n CONSOLE 0009 3215\n\
         \x20SPOOL 000C 2540 READER *\n MDISK 0190 FB-512 1 END SYS190 RR\n HOST 0190 BUILTIN EXECS\n\
         \x20MDISK 0191 FB-512 1 END OPR191 MR\n HOST 0200 DECK '{}' '{}' '{}'\n",
        deck("kernel.deck"),
        deck("parm.deck"),
        deck("initrd.deck")
    );
    for n in 1..=GUESTS {
        let _ = write!(
            out,
            "USER LX{n} NOPASS 128M 128M G\n MACHINE ESA\n IPL LATE\n CONSOLE 0009 3215 T OPER\n\
             \x20SPOOL 000C 2540 READER *\n"
        );
    }
    out
}

#[test]
fn debian_saved_late_goes_on_into_init_in_every_machine() {
    let Some(decks) = fetched_kernel() else {
        return;
    };
    let place = Place::new();
    let system = place.system(&directory(&decks));
    let system = system.to_str().unwrap();
    let saved = place.cms(&["--system", system, "SAVELATE", "LATE", "200"]);
    assert!(
        saved.code == 0 && saved.out.contains("successfully saved"),
        "{}{}",
        saved.out,
        saved.err
    );

    one_machine(&place, system);
    many_machines(&place, system);
}

/// Commands at the shell, the clock, poweroff.
fn one_machine(place: &Place, system: &str) {
    let mut session = Session::start(place, system);
    session.types("IPL LATE");
    session.until("VMSHARE-MARKER: init runs on Linux");
    session.types("echo sum $((6*7)) of $(/bin/busybox date +%Y)");
    // It says how late it is, not when it was saved: this century at any rate.
    session.until("sum 42 of 20");
    session.types("[ 6 -lt 7 ] && echo \"a [$((6+7))]\" ^ '|!{}~'");
    session.until("a [13] ^ |!{}~");
    session.types("/bin/busybox poweroff -f");
    session.until("HCPGSP2629I");
    session.types("#CP INDICATE USER");
    session.until("IPLSYS=LATE");
    session.ends();
}

/// Several at once from the operator's console: each answers, and a loop and a poweroff leave the others alone.
fn many_machines(place: &Place, system: &str) {
    let mut session = Session::start(place, system);
    let all = 1..=GUESTS;
    for n in all.clone() {
        session.types(&format!("XAUTOLOG LX{n}"));
    }
    for n in all.clone() {
        session.until(&format!("LX{n}     : VMSHARE-MARKER"));
    }
    for n in all.clone() {
        session.types(&format!("SEND LX{n} echo answer $(({n}*111))"));
    }
    for n in all {
        session.until(&format!("LX{n}     : answer {}", n * 111));
    }
    session.types("SEND LX1 while :; do :; done");
    session.types("SEND LX2 /bin/busybox poweroff -f");
    session.until("LX2     : HCPGSP2629I");
    session.types("SEND LX3 echo still $((5*5*5))");
    session.until("LX3     : still 125");
    session.types("QUERY NAMES");
    session.until("LX6");
    session.types("FORCE LX1");
    session.ends();
}

/// A session by the host's clock, typed at line by line.
struct Session {
    child: Child,
    keys: ChildStdin,
    lines: Receiver<String>,
    shown: String,
}

impl Session {
    fn start(place: &Place, system: &str) -> Session {
        let (child, keys, lines) = place.live(system.as_ref());
        let mut session = Session {
            child,
            keys,
            lines,
            shown: String::new(),
        };
        session.until("z/VM V");
        session
    }

    fn types(&mut self, line: &str) {
        writeln!(self.keys, "{line}").unwrap();
    }

    /// Waits until a text has been shown, sooner or later.
    fn until(&mut self, text: &str) {
        let end = Instant::now() + Duration::from_secs(240);
        while !self.shown.contains(text) {
            let left = end.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => self.shown += &(line + "\n"),
                Err(_) => {
                    let _ = self.child.kill();
                    panic!("{text} was not shown, but:\n{}", self.shown);
                }
            }
        }
    }

    fn ends(mut self) {
        self.types("#CP LOGOFF");
        self.until("LOGOFF AT");
        assert!(self.child.wait().unwrap().success(), "{}", self.shown);
    }
}
