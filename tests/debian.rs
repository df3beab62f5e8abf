//! Real input: Debian's s390x kernel on device 200, by the same SAVELX.

use crate::support::{Place, project};
use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

/// The folder of the fetched kernel, and what was measured of it on another machine.
fn debian() -> Option<(PathBuf, HashMap<String, String>)> {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| project().join("target"), PathBuf::from);
    let dir = target.join("debian-s390x");
    let Ok(facts) = fs::read_to_string(dir.join("facts")) else {
        eprintln!(
            "skipped: {} is not there; tests/tools/fetch-debian-kernel makes it",
            dir.display()
        );
        return None;
    };
    let facts = facts
        .lines()
        .filter_map(|l| l.split_once(' '))
        .map(|(a, b)| (a.to_owned(), b.to_owned()));
    Some((dir, facts.collect()))
}

fn directory(decks: &std::path::Path) -> String {
    let deck = |name: &str| decks.join(name).display().to_string();
    format!(
        "USER LINUX1 NOPASS 64M 256M EG\n IPL CMS\n MACHINE ESA\n CONSOLE 0009 3215\n\
         \x20SPOOL 000C 2540 READER *\n MDISK 0190 FB-512 1 END LIN190 RR\n HOST 0190 BUILTIN EXECS\n\
         \x20HOST 0200 DECK '{}' '{}' '{}'\n",
        deck("kernel.deck"),
        deck("parm.deck"),
        deck("initrd.deck")
    )
}

/// Reads `DISPLAY` lines of storage into bytes.
fn storage(out: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in out.lines() {
        let Some((at, words)) = line.split_once(' ') else {
            continue;
        };
        if !(at.starts_with('R') || at.starts_with('V')) || at.len() < 9 {
            continue;
        }
        for word in words
            .split_whitespace()
            .take(4)
            .take_while(|w| w.len() == 8)
        {
            bytes.extend(u32::from_str_radix(word, 16).unwrap().to_be_bytes());
        }
    }
    bytes
}

/// The ranges of addresses that differ from the kernel file when x'10000' is reached.
fn differing(facts: &HashMap<String, String>) -> Vec<(usize, usize)> {
    facts["differs"]
        .split(' ')
        .map(|r| r.split_once('-').unwrap())
        .map(|(a, b)| {
            (
                usize::from_str_radix(a, 16).unwrap(),
                usize::from_str_radix(b, 16).unwrap(),
            )
        })
        .collect()
}

#[test]
fn savelx_saves_debians_kernel_at_10000() {
    let Some((dir, facts)) = debian() else { return };
    let place = Place::new();
    let system = place.system(&directory(&dir));
    let system = system.to_str().unwrap();

    let saved = place.cms(&["--system", system, "SAVELX", "DEBNSS", "200"]);
    assert_eq!(saved.code, 0, "{}{}", saved.out, saved.err);
    assert!(saved.out.contains("successfully saved"), "{}", saved.out);

    // An IPL of what was saved, stopped before its first instruction.
    let stopped = format!(
        "#CP TRACE INSTR RANGE 10000\n#CP IPL DEBNSS\n#CP DISPLAY PSW\n#CP DISPLAY R10400.20\n\
         #CP QUERY NSS MAP\n#CP DISPLAY R0.{:X}\n#CP LOGOFF\n",
        0x50_0000
    );
    let run = place.typing(&["--system", system], &stopped);
    let psw = run
        .out
        .lines()
        .find(|l| l.starts_with("PSW"))
        .unwrap_or_else(|| panic!("{}", run.out));
    let digits: String = psw
        .split('=')
        .nth(1)
        .unwrap()
        .chars()
        .filter(char::is_ascii_hexdigit)
        .collect();
    assert_eq!(digits, facts["psw"]);

    for range in [
        "00000  000FF   EW",
        "00100  002FF   SR",
        "00300  004FF   EW",
    ] {
        assert!(run.out.contains(range), "{range} in the map");
    }

    let bytes = storage(run.out.split("QUERY NSS").last().unwrap_or(&run.out));
    let kernel = fs::read(dir.join("vmlinuz")).unwrap();
    let differs = differing(&facts);
    let bytes = &bytes[bytes.len() - 0x50_0000..];
    for (at, (got, want)) in bytes.iter().zip(&kernel).enumerate() {
        if got != want {
            assert!(
                differs.iter().any(|&(a, b)| (a..=b).contains(&at)),
                "address {at:X}: {got:02X} for {want:02X}"
            );
        }
    }
    let word = |at: usize| u64::from_be_bytes(bytes[at..at + 8].try_into().unwrap());
    assert_eq!(format!("{:X}", word(0x10408)), facts["initrd_start"]);
    assert_eq!(format!("{:X}", word(0x10410)), facts["initrd_size"]);
}
