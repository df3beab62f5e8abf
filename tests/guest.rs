//! The embedded guest is what its source says.

use crate::support::project;
use std::fs;
use std::process::Command;

#[test]
fn the_committed_deck_is_rebuilt_byte_for_byte() {
    if Command::new("s390x-linux-gnu-as")
        .arg("--version")
        .output()
        .is_err()
    {
        eprintln!("skipped: binutils-s390x-linux-gnu is not installed");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let built = Command::new(project().join("guest/build"))
        .arg(dir.path())
        .status()
        .unwrap();
    assert!(built.success());
    let committed = fs::read(project().join("guest/guest.deck")).unwrap();
    assert!(
        fs::read(dir.path().join("guest.deck")).unwrap() == committed,
        "guest/guest.deck is out of date"
    );
}
