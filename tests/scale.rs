//! A late save point of Debian's kernel, and many machines that go on from it.
//!
//! One boot serves all checks: it takes a minute or so in a build that is not optimized.

use crate::support::{Place, fetched_kernel};
use std::fmt::Write as _;

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

    // One machine: commands at its shell, the date of the clock, poweroff.
    let lines = "IPL LATE\necho sum $((6*7))\n/bin/busybox date\n/bin/busybox poweroff -f\n#CP INDICATE USER\n#CP LOGOFF\n";
    let one = place.typing(&["--system", system], lines);
    for part in [
        "VMSHARE-MARKER: init runs on Linux",
        "sum 42",
        "Mon May 11 12:3",
        "HCPGSP2629I",
        "IPLSYS=LATE",
    ] {
        assert!(one.out.contains(part), "{part}\n{}", one.out);
    }

    // Several at once, and the same again byte for byte.
    let mut script = String::new();
    for n in 1..=GUESTS {
        let _ = writeln!(script, "XAUTOLOG LX{n}");
    }
    script.push_str("SLEEP 5 SEC\n");
    for n in 1..=GUESTS {
        let _ = writeln!(script, "SEND LX{n} echo answer $(({n}*111))");
    }
    script
        .push_str("SEND LX1 while :; do :; done\nSEND LX2 /bin/busybox poweroff -f\nSLEEP 2 SEC\n");
    script.push_str(
        "SEND LX3 echo still $((5*5*5))\nSLEEP 5 SEC\nQUERY NAMES\nFORCE LX1\n#CP LOGOFF\n",
    );
    let run = || place.typing(&["--system", system], &script).out;
    let many = run();
    for n in 1..=GUESTS {
        let answer = format!("LX{n}     : answer {}", n * 111);
        assert!(many.contains(&answer), "{answer}\n{many}");
    }
    assert!(many.contains("LX3     : still 125"), "{many}");
    assert!(many.contains("LX2     : HCPGSP2629I"), "{many}");
    assert_eq!(many, run());
}
