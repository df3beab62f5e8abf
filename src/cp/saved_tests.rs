//! The founding use: a machine IPLed from its reader, stopped at x'10000', saved, and IPLed by others.

use super::tests::Rig;
use super::*;

const DIRECTORY: &str = "\
PROFILE LIN
 CONSOLE 0009 3215
USER SAVER NOPASS 64M 256M EG
 INCLUDE LIN
 HOST 0200 BUILTIN GUEST
USER ONE NOPASS 64M 256M G
 INCLUDE LIN
USER TWO NOPASS 64M 256M G
 INCLUDE LIN
 NAMESAVE LXSHR
USER BIG NOPASS 128M 256M G
 INCLUDE LIN
USER TINY NOPASS 32M 32M G
 INCLUDE LIN
";

const DEFINE: &str = "defsys lxshr 0-ff ew 100-2ff sr 300-4ff ew minsize=64m";

/// A system where SAVER has saved the guest, and everybody is logged on.
fn saved(define: &str) -> Rig {
    let mut rig = Rig::with(DIRECTORY).on("SAVER");
    save(&mut rig, define);
    rig.on("ONE").on("TWO").on("BIG").on("TINY")
}

fn save(rig: &mut Rig, define: &str) {
    let trap = "trace i r 10000 cmd savesys lxshr\"# trace end all";
    let out = rig.types("SAVER", &[define, trap, "i 200"]);
    assert!(out.contains("HCPNSS440I"), "{out}");
    assert_eq!(rig.system.state(b"SAVER"), ConsoleState::CpRead);
}

fn file(rig: &Rig, name: &str) -> std::path::PathBuf {
    rig.folder.path().join("saved").join(name)
}

#[test]
fn the_founding_sequence_as_the_console_shows_it() {
    let mut rig = Rig::with(DIRECTORY).on("SAVER");
    let trap = "trace i r 10000 cmd savesys lxshr\"# trace end all";
    assert_eq!(
        rig.types("SAVER", &[DEFINE, trap, "i 200"]),
        "HCPNSD440I The Named Saved System (NSS) LXSHR was successfully defined in fileid 0001.\n\
         \x20-> 00010000' LARL  C0100000000C                        CC 2\n\
         HCPNSS440I Named Saved System (NSS) LXSHR was successfully saved in fileid 0001.\n\
         Trace ended\n"
    );
    assert_eq!(
        rig.types("SAVER", &["d psw", "q nss name lxshr map"]),
        "PSW = 00002001 80000000 00000000 00010000\n\
         FILE FILENAME FILETYPE MINSIZE  BEGPAG ENDPAG TYPE CL #USERS PARMREGS VMGROUP\n\
         0001 LXSHR    NSS      0065536K 00000  000FF   EW  A  00000  00-15    NO\n\
         0001 LXSHR    NSS      0065536K 00100  002FF   SR  A  00000  00-15    NO\n\
         0001 LXSHR    NSS      0065536K 00300  004FF   EW  A  00000  00-15    NO\n"
    );
}

#[test]
fn the_stored_commands_split_at_the_symbol_of_the_moment_when_the_trap_is_hit() {
    let mut rig = Rig::with(DIRECTORY).on("SAVER");
    rig.types("SAVER", &[DEFINE, "term linend %"]);
    // As DIAGNOSE X'08' gives it from the EXEC: nothing is split there.
    let trap = b"TRACE I R 10000 CMD SAVESYS LXSHR% TRACE END ALL";
    assert_eq!(rig.system.command(b"SAVER", trap).rc, 0);
    let out = rig.types("SAVER", &["i 200"]);
    assert!(out.ends_with("fileid 0001.\nTrace ended\n"), "{out}");
    // With another symbol the string is one command, and an operand too many for SAVESYS.
    rig.types("SAVER", &[DEFINE, "term linend #"]);
    assert_eq!(rig.system.command(b"SAVER", trap).rc, 0);
    let out = rig.types("SAVER", &["i 200"]);
    assert!(
        out.contains("HCPNSS002E") || out.contains("HCPNSS003E"),
        "{out}"
    );
    assert!(
        rig.types("SAVER", &["q trace"])
            .contains("CMD  SAVESYS LXSHR% TRACE END ALL")
    );
}

#[test]
fn trap_options_run_skip_pass_count() {
    let mut rig = Rig::with(DIRECTORY).on("SAVER");
    let out = rig.types("SAVER", &["trace i r 10000 run cmd d psw", "i 200"]);
    assert!(
        out.contains("00010000' LARL") && out.contains("PSW = 00002001 80000000"),
        "{out}"
    );
    assert!(
        out.contains("    00010000'") && out.contains("HELP lists"),
        "{out}"
    );
    let out = rig.types(
        "SAVER",
        &["#cp trace end", "#cp trace i count", "count", "#cp q trace"],
    );
    let count: u64 = out
        .split("COUNT ")
        .nth(1)
        .and_then(|t| t.lines().next())
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    assert!(count > 50 && out.contains("Counter 1"), "{out}");
    let out = rig.types(
        "SAVER",
        &["#cp trace end", "#cp trace svc 7 skip 1", "svc 7", "svc 7"],
    );
    assert_eq!(out.matches("*** SVC 07").count(), 1, "{out}");
    assert_eq!(rig.system.state(b"SAVER"), ConsoleState::CpRead);
    assert!(
        rig.types("SAVER", &["b"])
            .contains("Supervisor call 7 came back")
    );
}

#[test]
fn users_share_the_text_and_have_counters_of_their_own() {
    let mut rig = saved(DEFINE);
    for user in ["ONE", "TWO", "BIG"] {
        let out = rig.types(user, &["i lxshr"]);
        assert!(out.contains("HELP lists the commands."), "{user}: {out}");
    }
    assert!(rig.types("ONE", &["count", "count"]).contains("Counter 2,"));
    assert!(rig.types("TWO", &["count"]).contains("Counter 1,"));
    assert!(
        rig.types("BIG", &["count", "count", "count"])
            .contains("Counter 3,")
    );
    // The store is refused in that machine alone.
    let out = rig.types("ONE", &["#cp trace prog 4 run", "poke"]);
    assert!(out.contains("*** PROG 0004 ->"), "{out}");
    assert!(
        out.contains("Protection exception storing into shared text at 00100000"),
        "{out}"
    );
    assert!(rig.types("TWO", &["count"]).contains("Counter 2,"));
    let out = rig.types("SAVER", &["q nss map", "q nss users"]);
    assert!(out.contains("SR  A  00003"), "{out}");
    assert!(out.contains("     BIG\n     ONE\n     TWO\n"), "{out}");
    // A crash stops one machine.
    let out = rig.types("TWO", &["halt"]);
    assert!(
        out.contains("HCPGIR450W CP entered; disabled wait PSW 00020001 80000000 00000000 "),
        "{out}"
    );
    assert_eq!(rig.system.state(b"TWO"), ConsoleState::CpRead);
    assert!(rig.types("ONE", &["count"]).contains("Counter 3,"));
}

#[test]
fn a_program_issues_commands_by_diagnose_8() {
    let mut rig = saved(DEFINE);
    rig.types("ONE", &["i lxshr"]);
    assert_eq!(
        rig.types("ONE", &["cp q v stor"]),
        "STORAGE = 64M\nCP return code 0\n"
    );
    let out = rig.types("ONE", &["cp q frob"]);
    assert!(out.ends_with("CP return code 3\n"), "{out}");
    // A program's text is not split at LINEND; the console's is.
    assert_eq!(
        rig.types("ONE", &["cp echo a\"#b"]),
        "a#b\nCP return code 0\n"
    );
    let out = rig.types("ONE", &["cp i lxshr"]);
    assert!(
        out.contains("HELP lists the commands.") && !out.contains("return code"),
        "{out}"
    );
}

#[test]
fn waits_end_when_their_time_has_come() {
    let mut rig = saved(DEFINE);
    rig.types("ONE", &["i lxshr", "wait 5"]);
    assert!(matches!(
        rig.system.run(1),
        Activity::Idle {
            wake_micros: Some(_)
        }
    ));
    rig.settle();
    assert!(rig.out("ONE").contains("Waited 5 seconds"));
}

#[test]
fn a_machine_that_loops_holds_nobody_up_and_cp_gets_in() {
    let mut rig = saved(DEFINE);
    rig.types("ONE", &["i lxshr"]);
    rig.types("TWO", &["i lxshr"]);
    rig.system.console_line(b"ONE", b"loop");
    rig.system.console_line(b"TWO", b"count");
    for _ in 0..20 {
        assert_eq!(rig.system.run(10_000), Activity::Busy);
    }
    assert!(rig.out("TWO").contains("Counter 1,"));
    assert_eq!(rig.system.state(b"ONE"), ConsoleState::Running);
    assert!(rig.types("ONE", &["#cp"]).ends_with("CP\n"));
    assert!(
        rig.types("ONE", &["system restart"])
            .contains("Restarted; the counter is kept.")
    );
}

#[test]
fn who_may_not_have_it_is_refused_and_keeps_what_was_there() {
    let mut rig = saved(DEFINE);
    let reply = rig.system.command(b"TINY", b"IPL LXSHR");
    assert_eq!(reply.rc, 445);
    assert_eq!(
        rig.rc(
            "ONE",
            "IPL LXSHR PARM 123456789 123456789 123456789 123456789 123456789 123456789 1234567"
        ),
        128
    );
    let restricted = format!("{DEFINE} rstd parmregs=none");
    save(&mut rig, &restricted);
    assert!(rig.types("SAVER", &["q nss"]).contains("NSS  R  "));
    assert_eq!(rig.rc("ONE", "IPL LXSHR"), 449);
    assert_eq!(rig.rc("TWO", "IPL LXSHR PARM X"), 446);
    assert_eq!(rig.rc("TWO", "IPL LXSHR"), 0);
    assert!(rig.types("TWO", &[""]).contains("HELP lists"));
}

#[test]
fn parm_comes_in_the_registers_in_ebcdic() {
    let mut rig = saved(&format!("{DEFINE} parmregs=2-4"));
    rig.types("ONE", &["i lxshr stop parm ABCDEF"]);
    // The registers stand as IPL left them: nothing has run.
    assert_eq!(
        rig.types("ONE", &["d g2.3", "d psw"]),
        "GPR  2 =  C1C2C3C4  C5C60000  00000000\nPSW = 00002001 80000000 00000000 00010000\n"
    );
    assert_eq!(rig.rc("ONE", "IPL LXSHR PARM 1234567890123"), 128);
}

#[test]
fn pages_without_data_are_zero_and_shared_writes_are_seen_by_all() {
    let mut rig = saved(
        "defsys lxshr 0-ff ew 100-2ff sr 300-3ff ew 500-500 sw 501-501 sn 600-600 en 601-601 er",
    );
    rig.types("ONE", &["st 500000 1", "st 600000 1"]);
    rig.types("ONE", &["i lxshr stop"]);
    rig.types("TWO", &["i lxshr stop"]);
    assert_eq!(
        rig.types(
            "ONE",
            &["st u500000 12345678", "st u501000 9", "st u600000 7"]
        )
        .lines()
        .count(),
        3
    );
    assert_eq!(
        rig.types("TWO", &["d u500000", "d u501000", "d u600000"]),
        "U00500000  12345678\nU00501000  00000009\nU00600000  00000000\n"
    );
    // Read-only pages and the rest of a shared segment take no store, not even CP's.
    for at in ["100000", "502000", "601000"] {
        assert_eq!(rig.rc("ONE", &format!("ST U{at} 1")), 160, "{at}");
    }
    assert_eq!(rig.rc("ONE", "ST U602000 1"), 0);
}

#[test]
fn a_replaced_system_stays_with_those_who_have_it_until_they_leave() {
    let mut rig = saved(DEFINE);
    rig.types("ONE", &["i lxshr"]);
    save(&mut rig, DEFINE);
    let out = rig.types("SAVER", &["q nss"]);
    assert!(
        out.contains("0001 NSS  P") && out.contains("0002 NSS  A"),
        "{out}"
    );
    assert!(rig.types("ONE", &["count"]).contains("Counter 1,"));
    rig.types("ONE", &["#cp logoff"]);
    let out = rig.types(
        "SAVER",
        &["defsys other 0-1 ew", "purge nss name other", "q nss"],
    );
    assert!(!out.contains("NSS  P"), "{out}");
}

#[test]
fn another_process_finds_the_system_on_disk() {
    let rig = saved(DEFINE);
    let folder = rig.folder;
    drop(rig.system);
    let mut rig = Rig {
        system: Rig::open(folder.path()),
        folder,
    }
    .on("ONE");
    assert!(
        rig.types("ONE", &["i lxshr"])
            .contains("HELP lists the commands.")
    );
}

#[test]
fn a_damaged_file_is_refused_and_a_damaged_page_stops_the_machine_that_touches_it() {
    let mut rig = saved(DEFINE);
    let path = file(&rig, "LXSHR.0001.A");
    let good = std::fs::read(&path).unwrap();
    let mut bad = good.clone();
    bad[100] ^= 1;
    std::fs::write(&path, &bad).unwrap();
    let reply = rig.system.command(b"ONE", b"IPL LXSHR");
    assert_eq!(reply.rc, 444);
    let text = String::from_utf8_lossy(&reply.response[0]).into_owned();
    assert!(
        text.contains("LXSHR.0001.A: the header (checksum) is damaged"),
        "{text}"
    );
    // A page of the text: the entry branches there at once.
    let header = good.len() - 0x500 * 4096;
    let mut bad = good.clone();
    bad[header + 0x100 * 4096 + 8] ^= 1;
    std::fs::write(&path, &bad).unwrap();
    let out = rig.types("ONE", &["i lxshr"]);
    assert!(
        out.contains("HCPGIR454E CP entered; page 00100 of saved system file "),
        "{out}"
    );
    assert_eq!(rig.system.state(b"ONE"), ConsoleState::CpRead);
    let reply = rig.system.command(b"SAVER", b"Q NSS");
    assert_eq!(reply.rc, 0);
}

#[test]
fn storage_keys_and_registers_come_back() {
    let mut rig = Rig::with(DIRECTORY).on("SAVER").on("ONE");
    let trap = "trace i r 10000 cmd st gg7 1122334455667788\"#st ar3 77\"#st y2 99\"#savesys lxshr";
    rig.types("SAVER", &[DEFINE, trap, "i 200"]);
    rig.types("ONE", &["i lxshr stop"]);
    assert_eq!(
        rig.types("ONE", &["d gg7", "d ar3", "d y2"]),
        "GRG  7 =  1122334455667788\nAR  3 =  00000077\nFPR  2 =  0000000000000099\n"
    );
    let keys = rig.types("SAVER", &["d k0-fffff"]);
    assert_eq!(rig.types("ONE", &["d k0-fffff"]), keys);
}
