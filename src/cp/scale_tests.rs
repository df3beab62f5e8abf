//! Many machines, and machines that save themselves: shares, the queue of the dispatcher, DIAGNOSE X'08'
//! SAVESYS and IPL from inside, DIAGNOSE X'308'.

use super::tests::Rig;
use super::*;
use crate::base::codepage::host_to_ebcdic;

const DIRECTORY: &str = "\
PROFILE LIN
 CONSOLE 0009 3215
USER OPER NOPASS 64M 64M ABCDEG
 INCLUDE LIN
USER ONE NOPASS 64M 64M EG
 INCLUDE LIN
USER TWO NOPASS 64M 64M EG
 INCLUDE LIN
USER THREE NOPASS 64M 64M EG
 INCLUDE LIN
";

fn rig() -> Rig {
    Rig::with(DIRECTORY)
        .on("OPER")
        .on("ONE")
        .on("TWO")
        .on("THREE")
}

/// Stores a program and starts it; the machine is not waited for.
fn start(rig: &mut Rig, user: &str, program: &[&str], psw: &str) {
    for line in program.iter().copied().chain([psw, "BEGIN"]) {
        let reply = rig.system.command(user.as_bytes(), line.as_bytes());
        assert_eq!(reply.rc, 0, "{line}: {reply:?}");
    }
}

/// A branch to itself.
fn loops(rig: &mut Rig, user: &str) {
    start(rig, user, &["ST R800 47F00800"], "ST PSW 00080000 80000800");
}

/// What a command answers; nothing runs meanwhile.
fn answer(rig: &mut Rig, user: &str, command: &str) -> String {
    let reply = rig.system.command(user.as_bytes(), command.as_bytes());
    let lines = reply.response.iter();
    lines
        .map(|l| String::from_utf8_lossy(l).into_owned() + "\n")
        .collect()
}

fn instructions(rig: &mut Rig, user: &str) -> u64 {
    let text = answer(rig, "OPER", &format!("IND USER {user}"));
    let number = text.split("INSTRUCTIONS=").nth(1).unwrap();
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

#[test]
fn shares_weigh_the_slices() {
    let mut rig = rig();
    for user in ["ONE", "TWO", "THREE"] {
        loops(&mut rig, user);
    }
    assert_eq!(rig.rc("OPER", "SET SHARE ONE RELATIVE 300"), 0);
    assert_eq!(rig.rc("OPER", "SET SHARE TWO ABS 50%"), 0);
    for _ in 0..20 {
        assert_eq!(rig.system.run(10_000), Activity::Busy);
    }
    let [one, two, three] = ["ONE", "TWO", "THREE"].map(|u| instructions(&mut rig, u));
    let near = |a: u64, b: u64| a.abs_diff(b) * 20 < b;
    assert!(near(one, 3 * three), "{one} {two} {three}");
    assert!(near(two, one + three), "{one} {two} {three}");
    assert_eq!(rig.rc("OPER", "SET SHARE ONE RELATIVE 0"), 2);
    assert_eq!(rig.rc("OPER", "SET SHARE NOBODY RELATIVE 1"), 45);
    assert_eq!(
        answer(&mut rig, "OPER", "Q SHARE ONE"),
        "USER ONE     : RELATIVE SHARE =   300\n               MAXIMUM SHARE = NOLIMIT\n"
    );
    // The class A command is not known to others.
    assert_ne!(rig.rc("ONE", "SET SHARE ONE RELATIVE 10000"), 0);
}

#[test]
fn a_loop_and_a_crash_leave_the_others_alone() {
    let mut rig = rig();
    loops(&mut rig, "ONE");
    // A disabled wait, and program interruptions that lead to program interruptions.
    start(&mut rig, "TWO", &[], "ST PSW 000A0000 80000BAD");
    start(
        &mut rig,
        "THREE",
        &["ST R800 00000000"],
        "ST PSW 00080000 80000800",
    );
    for _ in 0..50 {
        rig.system.run(10_000);
    }
    assert_eq!(rig.system.state(b"TWO"), ConsoleState::CpRead);
    assert_eq!(rig.system.state(b"THREE"), ConsoleState::CpRead);
    assert_eq!(rig.system.state(b"ONE"), ConsoleState::Running);
    assert!(instructions(&mut rig, "ONE") >= 400_000);
    assert_eq!(rig.rc("OPER", "FORCE ONE"), 0);
    assert!(matches!(rig.system.run(10_000), Activity::Idle { .. }));
}

/// Storing commands for text at an address, four bytes each.
fn text(at: usize, text: &[u8]) -> Vec<String> {
    let bytes = host_to_ebcdic(text);
    let words = bytes.chunks(4).enumerate();
    words
        .map(|(i, word)| {
            let hex: String = (0..4)
                .map(|k| format!("{:02X}", word.get(k).unwrap_or(&0)))
                .collect();
            format!("ST R{:X} {hex}", at + 4 * i)
        })
        .collect()
}

/// DEFSYS, then SAVESYS and IPL in one DIAGNOSE, then what DIAGNOSE X'308' tells, then a disabled wait.
fn saves_itself(rig: &mut Rig, define: &[u8], parm: &[u8]) -> String {
    let ipl = [b"SAVESYS LNX\nIPL LNX".as_slice(), parm].concat();
    let mut program = text(0x1100, define);
    program.extend(text(0x1200, &ipl));
    let registers = format!(
        "ST G2 00001100 {:08X} 00001200 {:08X} 00000000 00000000 00002000 00000000",
        define.len(),
        ipl.len()
    );
    program.extend([
        registers,
        "ST R1000 83230008 83450008 A7680006 83860308 82000300".into(),
        "ST R300 000A0000 8000BEEF".into(),
    ]);
    let program: Vec<&str> = program.iter().map(String::as_str).collect();
    start(rig, "ONE", &program, "ST PSW 00080000 80001000");
    while rig.system.run(100_000) == Activity::Busy {}
    rig.types("ONE", &["d g3", "d g5", "d g9", "d r2070.10", "q nss map"])
}

#[test]
fn a_machine_saves_itself_and_goes_on_from_the_saved_system() {
    let mut rig = rig();
    let out = saves_itself(&mut rig, b"DEFSYS LNX 0-3 EW MINSIZE=64K PARMREGS=0-1", b"");
    // The register of the length is as it was saved: nothing but the length.
    for line in [
        "GPR  3 =  00000000",
        "GPR  5 =  00000013",
        "GPR  9 =  00000001",
        // The flag that the name is valid, then the name.
        "80000000 00000000 D3D5E740 40404040",
        "LNX      NSS      0000064K 00000  00003   EW  A  00001  00-01    NO",
    ] {
        assert!(out.contains(line), "{line}\n{out}");
    }
    assert!(out.contains("disabled wait PSW 000A0000 8000BEEF"), "{out}");
}

#[test]
fn a_savesys_that_fails_leaves_its_number_in_the_register() {
    let mut rig = rig();
    let out = saves_itself(&mut rig, b"DEFSYS OTHER 0-3 EW MINSIZE=64K", b"");
    assert!(out.contains("GPR  5 =  00000107"), "263: {out}");
    assert!(out.contains("disabled wait PSW 000A0000 8000BEEF"), "{out}");
    // Nothing was loaded that could be told of.
    assert!(out.contains("GPR  9 =  00000102"), "{out}");
}

#[test]
fn the_parm_of_the_ipl_comes_in_the_registers_and_in_the_block() {
    let mut rig = rig();
    saves_itself(
        &mut rig,
        b"DEFSYS LNX 0-3 EW MINSIZE=64K PARMREGS=0-1",
        b" PARM ROOT",
    );
    let out = rig.types("ONE", &["d g0.2", "d r2070.20"]);
    assert!(out.contains("GPR  0 =  D9D6D6E3  00000000"), "{out}");
    assert!(out.contains("C0000000 00000004 D3D5E740 40404040"), "{out}");
    assert!(out.contains("D9D6D6E3"), "{out}");
}

#[test]
fn the_same_run_twice_byte_for_byte() {
    let run = || {
        let mut rig = rig();
        for user in ["ONE", "TWO", "THREE"] {
            // STORE CLOCK over and over, and a count.
            let program = [
                "ST G1 00000000 00002000",
                "ST R800 B2052000 A71A0001 47F00800",
            ];
            start(&mut rig, user, &program, "ST PSW 00080000 80000800");
        }
        for n in 0..40 {
            rig.system.run(7_777);
            if n == 10 {
                rig.rc("OPER", "SET SHARE TWO RELATIVE 500");
            }
        }
        ["ONE", "TWO", "THREE"].map(|u| {
            ["D G1", "D R2000.8", "D PSW"]
                .map(|c| answer(&mut rig, u, c))
                .concat()
        })
    };
    let first = run();
    assert!(first[0].contains("GPR  1 ="), "{first:?}");
    assert_eq!(first, run());
}
