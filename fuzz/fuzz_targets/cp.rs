//! Lines of CP commands on a system of its own in a temporary folder: answered or refused, never a panic.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;
use vmshare::base::Clock;
use vmshare::cp::{LogonHow, Options, System};

const DIRECTORY: &str = "\
USER FUZZ NOPASS 1M 2M ABCDEFG
 CONSOLE 0009 3215
 SPOOL 000C 2540 READER *
 SPOOL 000D 2540 PUNCH A
 HOST 0200 BUILTIN GUEST
USER OTHER NOPASS 1M 2M G
 CONSOLE 0009 3215
";

/// The folder of the system, emptied of what the input before saved.
fn folder() -> &'static TempDir {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let Ok(folder) = tempfile::tempdir() else {
            panic!("no temporary folder");
        };
        folder
    })
}

fuzz_target!(|lines: &[u8]| {
    let folder = folder().path();
    let _ = std::fs::remove_dir_all(folder.join("saved"));
    if std::fs::write(folder.join("system.direct"), DIRECTORY).is_err() {
        return;
    }
    let Ok(mut system) = System::open(Options {
        dir: Some(folder.to_path_buf()),
        work: folder.to_path_buf(),
        data: folder.to_path_buf(),
        clock: Clock::fixed(0),
        deterministic: true,
    }) else {
        return;
    };
    if system.logon(b"FUZZ", LogonHow::TerminalNoIpl).is_err() {
        return;
    }
    for line in lines.split(|b| *b == b'\n').take(12) {
        // ATTACH and its like name files of the host: only what is below the folder may be named.
        if line.contains(&b'/') {
            continue;
        }
        match line.split_first() {
            Some((b'>', typed)) => system.console_line(b"FUZZ", typed),
            _ => drop(system.command(b"FUZZ", line)),
        }
        let _ = system.run(500);
        let _ = system.take_output(b"FUZZ");
    }
});
