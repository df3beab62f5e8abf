//! The founding use: SAVELX EXEC on the embedded guest, and the guests that share its kernel.

use crate::support::{Place, project, transcript};
use std::fs;

/// The lines that no copy of the page keeps; `reference`-derived, each fixed by the lines around it.
const RESTORED: [&str; 4] = [
    "dodef",
    "SETSAVE = 'TRACE I R 10000 CMD SAVESYS' lxname",
    "setsave",
    "doipl",
];

#[test]
fn the_exec_is_the_pages_with_only_the_lost_lines_added() {
    let page = fs::read_to_string(project().join("tests/data/savelx-page.txt")).unwrap();
    let exec = fs::read_to_string(project().join("execs/savelx.exec")).unwrap();
    let mut wanted = page
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .peekable();
    let mut added = Vec::new();
    for line in exec.lines().map(str::trim).filter(|l| !l.is_empty()) {
        if wanted.peek() == Some(&line) {
            wanted.next();
        } else {
            added.push(line);
        }
    }
    assert_eq!(
        wanted.next(),
        None,
        "every line of the page stands in the EXEC, in order"
    );
    assert_eq!(added, RESTORED);
}

#[test]
fn savelx_builds_and_saves_and_other_processes_ipl_it() {
    let place = Place::new();
    let saved = place.cms(&["SAVELX", "LXSHR", "200"]);
    transcript("savelx", &saved.out);
    assert_eq!((saved.code, saved.err.as_str()), (0, ""));

    let shared = place.typing(
        &["IPL", "LXSHR"],
        "what\nshare\ncount\ncount\npoke\ncount\n#cp q nss map\n#cp logoff\n",
    );
    transcript("ipl_lxshr", &shared.out);
    assert_eq!(shared.code, 0);
}

#[test]
fn a_changed_line_end_is_why_the_exec_asks() {
    let place = Place::new();
    let run = place.cms(&["-c", "CP TERMINAL LINEND %", "-c", "SAVELX LXSHR 200"]);
    assert!(
        run.out
            .contains("TRACE I R 10000 CMD SAVESYS LXSHR% TRACE END ALL"),
        "{}",
        run.out
    );
    assert!(run.out.contains("successfully saved"), "{}", run.out);
    assert_eq!(run.code, 0, "{}", run.err);
}

#[test]
fn without_class_e_savelx_is_refused_and_says_so() {
    let place = Place::new();
    let dir = place.system(
        "USER LINUX1 NOPASS 64M 64M G\n IPL CMS\n MACHINE ESA\n CONSOLE 0009 3215\n SPOOL 000C 2540 READER *\n",
    );
    let run = place.cms(&["--system", dir.to_str().unwrap(), "SAVELX", "LXSHR", "200"]);
    assert_ne!(run.code, 0, "{}", run.out);
}
