//! Console transcripts: a system with a clock that stands still, driven as a terminal drives it.

use std::path::Path;

use super::native::{CpPort, NativeExit, NativeInfo, NativeSystem};
use super::*;
use crate::base::Clock;

/// 2013-08-31 22:42:30 UTC, a Saturday.
const NOW: i64 = 1_377_988_950_000_000;

/// A system that says what it reads, and issues CP commands that begin with `!`.
struct Echo {
    typed: Vec<Vec<u8>>,
    started: bool,
}

impl NativeSystem for Echo {
    fn run(&mut self, cp: &mut CpPort<'_>) -> NativeExit {
        if !self.started {
            self.started = true;
            cp.write(b"ECHO ready");
        }
        while !self.typed.is_empty() {
            let line = self.typed.remove(0);
            let Some(command) = line.strip_prefix(b"!") else {
                cp.write(&[b"read: ", line.as_slice()].concat());
                continue;
            };
            let reply = cp.command(command);
            match reply.fate {
                Fate::Gone => return NativeExit::Gone,
                Fate::Sleeps(_) => return NativeExit::Budget,
                Fate::Continues => {}
            }
            cp.write(format!("rc {}", reply.rc).as_bytes());
            for line in reply.response {
                cp.write(&[b"| ", line.as_slice()].concat());
            }
        }
        NativeExit::ReadConsole
    }
    fn input(&mut self, line: Vec<u8>) {
        self.typed.push(line);
    }
    fn attention(&mut self) {
        self.typed.push(b"attention".to_vec());
    }
}

pub(super) struct Rig {
    pub(super) system: System,
    pub(super) folder: tempfile::TempDir,
}

const DIRECTORY: &str = "\
USER LINUX1 NOPASS 64M 256M EG
 CONSOLE 0009 3215
 SPOOL 000C 2540 READER *
 SPOOL 000D 2540 PUNCH A
 MDISK 0191 FB-512 1 END LIN191 MR
 HOST 0200 BUILTIN GUEST
USER GENERAL NOPASS 16M 32M G
 CONSOLE 0009 3215 T LINUX1
 XAUTOLOG LINUX1
USER MAINT NOPASS 64M 1G ABCDEFG
 CONSOLE 0009 3215
 MDISK 0191 3390 1 007 MNT191 MR
USER SMALL NOPASS 4M 4M G
 CONSOLE 0009 3215
";

impl Rig {
    pub(super) fn new() -> Rig {
        Rig::with(DIRECTORY)
    }

    pub(super) fn with(directory: &str) -> Rig {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("system.direct"), directory).unwrap();
        let system = Rig::open(folder.path());
        Rig { system, folder }
    }

    pub(super) fn open(folder: &Path) -> System {
        let mut system = System::open(Options {
            dir: Some(folder.to_path_buf()),
            work: folder.to_path_buf(),
            data: folder.to_path_buf(),
            clock: Clock::fixed(NOW),
            deterministic: true,
        })
        .unwrap();
        let make = |_: &NativeInfo| -> Box<dyn NativeSystem> {
            Box::new(Echo {
                typed: Vec::new(),
                started: false,
            })
        };
        system.register_native("CMS", Box::new(make));
        system
    }

    pub(super) fn on(mut self, user: &str) -> Rig {
        self.system
            .logon(user.as_bytes(), LogonHow::TerminalNoIpl)
            .unwrap();
        self.system.take_output(user.as_bytes());
        self
    }

    pub(super) fn run(&mut self) {
        for _ in 0..1000 {
            if let Activity::Idle { .. } = self.system.run(100_000) {
                return;
            }
        }
        panic!("the system does not come to rest");
    }

    /// Lets time pass until nothing waits for it any more.
    pub(super) fn settle(&mut self) {
        for _ in 0..100 {
            match self.system.run(100_000) {
                Activity::Idle { wake_micros: None } => return,
                Activity::Idle {
                    wake_micros: Some(at),
                } => {
                    let now = self.system.clock().micros();
                    self.system.clock().advance(at - now);
                }
                Activity::Busy => {}
            }
        }
    }

    pub(super) fn out(&mut self, user: &str) -> String {
        let lines = self.system.take_output(user.as_bytes());
        lines
            .iter()
            .map(|l| String::from_utf8_lossy(l).into_owned() + "\n")
            .collect()
    }

    /// Types lines and gives what the console shows.
    pub(super) fn types(&mut self, user: &str, lines: &[&str]) -> String {
        for line in lines {
            self.system.console_line(user.as_bytes(), line.as_bytes());
            self.run();
        }
        self.out(user)
    }

    pub(super) fn rc(&mut self, user: &str, text: &str) -> i32 {
        self.system.command(user.as_bytes(), text.as_bytes()).rc
    }
}

#[test]
fn logon_greets_and_logoff_says_goodbye() {
    let mut rig = Rig::new();
    rig.system.logon(b"linux1", LogonHow::Terminal).unwrap();
    assert_eq!(
        rig.out("LINUX1"),
        "LOGON LINUX1\n\
         z/VM Version 7 Release 3.0, service level 2301 (64-bit),\n\
         built on the vmshare control program\n\
         There is no logmsg data\n\
         FILES:   NO RDR,   NO PRT,   NO PUN\n\
         LOGON AT 22:42:30 UTC SATURDAY 08/31/13\n"
    );
    assert_eq!(rig.system.state(b"LINUX1"), ConsoleState::CpRead);
    let twice = rig.system.logon(b"LINUX1", LogonHow::Terminal).unwrap_err();
    assert_eq!(twice.number(), 54);
    assert_eq!(
        rig.system
            .logon(b"NOBODY", LogonHow::Terminal)
            .unwrap_err()
            .number(),
        50
    );
    assert_eq!(
        rig.types("LINUX1", &["logoff"]),
        "CONNECT= 00:00:00 VIRTCPU= 000:00.00 TOTCPU= 000:00.00\n\
         LOGOFF AT 22:42:30 UTC SATURDAY 08/31/13\n"
    );
    assert_eq!(rig.system.state(b"LINUX1"), ConsoleState::LoggedOff);
}

#[test]
fn what_the_exec_asks_of_query_comes_as_it_parses_it() {
    let mut rig = Rig::new().on("LINUX1");
    let reply = rig.system.command(b"LINUX1", b"q term");
    assert_eq!(
        reply.response[0],
        b"LINEND #   , LINEDEL OFF , CHARDEL OFF , ESCAPE \"   , TABCHAR ON "
    );
    assert_eq!(
        rig.system.command(b"LINUX1", b"q v stor").response,
        [b"STORAGE = 64M".to_vec()]
    );
    assert_eq!(rig.rc("LINUX1", "terminal linend %"), 0);
    let first = rig.system.command(b"LINUX1", b"q term").response.remove(0);
    assert!(first.starts_with(b"LINEND %   ,"));
    assert_eq!(rig.rc("LINUX1", "terminal linend off"), 0);
    let first = rig.system.command(b"LINUX1", b"q term").response.remove(0);
    assert!(first.starts_with(b"LINEND OFF ,"));
}

#[test]
fn a_class_that_is_missing_is_a_command_that_is_not_there() {
    let mut rig = Rig::new().on("GENERAL");
    let reply = rig.system.command(b"GENERAL", b"DEFSYS X 0-1 EW");
    assert_eq!(reply.rc, 1);
    assert_eq!(
        reply.response,
        [b"HCPCMD001E Unknown CP command: DEFSYS".to_vec()]
    );
    for (text, rc) in [
        ("SAVESYS X", 1),
        ("FORCE LINUX1", 1),
        ("FROBNICATE", 1),
        ("Q NSS", 3),
        ("Q LINUX1", 45),
        ("Q NOBODY", 3),
        ("Q 1C5D", 40),
        ("MSG LINUX1 HI", 45),
        ("DETACH 260C", 40),
        ("IPL NOSUCH", 22),
        ("IPL CAFE", 40),
        ("LINK FAKEUSER 191 291 RR", 53),
        ("LINK LINUX1 555 291 RR", 107),
        ("TERM LINEND", 26),
        ("TERM FROB ON", 3),
        ("TERM ESCAPE #", 13),
        ("SET MSG MAYBE", 2),
        ("SET FROB ON", 3),
        ("SLEEP X", 2),
        ("TRACE FROB", 2),
        ("TRACE I R", 26),
        ("TRACE I R XYZ", 5),
        ("TRACE I FROB 1", 3),
        ("TRACE END 7", 1178),
        ("DEFINE STORAGE 64M", 94),
        ("DEFINE STORAGE 64", 2),
        ("STORE G0 XYZ", 5),
        ("STORE G99 0", 5),
        ("DISPLAY 20-10", 5),
        ("SYSTEM FROB", 2),
        ("XAUTOLOG MAINT", 59),
        ("SEND LINUX1 HI", 45),
        ("SPOOL FROB", 3),
        ("INDICATE FROB", 3),
        ("PURGE NSS ALL", 3),
        ("Q TIME NOW", 3),
        ("", 0),
    ] {
        assert_eq!(rig.rc("GENERAL", text), rc, "{text}");
    }
}

#[test]
fn emsg_chooses_the_parts_of_a_message_and_the_rc_stays() {
    let mut rig = Rig::new().on("LINUX1");
    let mut try_with = |setting: &str| {
        assert_eq!(rig.rc("LINUX1", &format!("SET EMSG {setting}")), 0);
        let reply = rig.system.command(b"LINUX1", b"Q GENERAL");
        assert_eq!(reply.rc, 45);
        reply
            .response
            .iter()
            .map(|l| String::from_utf8_lossy(l).into_owned())
            .collect::<String>()
    };
    assert_eq!(try_with("ON"), "HCPCQU045E GENERAL not logged on");
    assert_eq!(try_with("TEXT"), "GENERAL not logged on");
    assert_eq!(try_with("CODE"), "HCPCQU045E");
    assert_eq!(try_with("OFF"), "");
}

#[test]
fn only_what_is_typed_is_split_at_linend_and_only_diag_8_at_new_line() {
    let mut rig = Rig::new().on("LINUX1");
    let reply = rig.system.command(b"LINUX1", b"ECHO a#b");
    assert_eq!(reply.response, [b"a#b".to_vec()]);
    let reply = rig.system.command(b"LINUX1", b"ECHO a\x15Q FROB\x15ECHO c");
    assert_eq!((reply.rc, reply.response.len()), (3, 2));
    assert_eq!(rig.types("LINUX1", &["echo a#echo b"]), "a\nb\n");
    assert_eq!(rig.types("LINUX1", &["echo a\"#b"]), "a#b\n");
    assert_eq!(
        rig.types("LINUX1", &["term linend %", "echo a#b%echo c"]),
        "a#b\nc\n"
    );
}

#[test]
fn lines_go_to_cp_or_to_the_machine_as_the_state_says() {
    let mut rig = Rig::new().on("LINUX1");
    assert_eq!(rig.types("LINUX1", &["ipl cms"]), "ECHO ready\n");
    assert_eq!(rig.system.state(b"LINUX1"), ConsoleState::VmRead);
    assert_eq!(
        rig.types("LINUX1", &["hello#cp echo cp#world", "#cp query userid"]),
        "cp\nread: hello\nread: world\nLINUX1   AT VMSHARE\n"
    );
    assert_eq!(rig.types("LINUX1", &["#cp"]), "CP\n");
    assert_eq!(rig.system.state(b"LINUX1"), ConsoleState::CpRead);
    assert_eq!(
        rig.types("LINUX1", &["echo in cp", "b", "again"]),
        "in cp\nread: again\n"
    );
    rig.system.attention(b"LINUX1");
    assert_eq!(rig.types("LINUX1", &["x"]), "read: attention\nread: x\n");
    rig.system.attention(b"LINUX1");
    rig.system.attention(b"LINUX1");
    assert_eq!(rig.system.state(b"LINUX1"), ConsoleState::CpRead);
    assert_eq!(rig.types("LINUX1", &["echo twice"]), "CP\ntwice\n");
}

#[test]
fn a_program_gets_responses_and_loses_the_machine_to_ipl() {
    let mut rig = Rig::new().on("LINUX1");
    rig.types("LINUX1", &["ipl cms"]);
    assert_eq!(
        rig.types("LINUX1", &["!q v stor", "!ipl nosuch", "!silently q time"]),
        "rc 0\n| STORAGE = 64M\nrc 22\n\
         | HCPVMI022E A virtual device number was not supplied or it was invalid.\nrc 0\n"
    );
    assert_eq!(rig.types("LINUX1", &["!ipl cms"]), "ECHO ready\n");
    assert_eq!(
        rig.types("LINUX1", &["!def stor 32m"]),
        "STORAGE = 32M\nStorage cleared - system reset.\n"
    );
    assert_eq!(rig.system.state(b"LINUX1"), ConsoleState::CpRead);
    rig.types("LINUX1", &["ipl cms"]);
    let out = rig.types("LINUX1", &["!logoff"]);
    assert!(out.contains("LOGOFF AT"), "{out}");
    assert_eq!(rig.system.state(b"LINUX1"), ConsoleState::LoggedOff);
}

#[test]
fn sleep_holds_the_machine_until_its_time_or_attention() {
    let mut rig = Rig::new().on("LINUX1");
    rig.types("LINUX1", &["ipl cms"]);
    assert_eq!(rig.types("LINUX1", &["!sleep 2 sec", "typed ahead"]), "");
    assert_eq!(
        rig.system.run(1),
        Activity::Idle {
            wake_micros: Some(NOW + 2_000_000)
        }
    );
    rig.system.clock().advance(2_000_000);
    rig.run();
    assert_eq!(rig.out("LINUX1"), "read: typed ahead\n");
    assert_eq!(
        rig.types("LINUX1", &["#cp", "sleep 1 min", "echo later", "b"]),
        "CP\n"
    );
    assert_eq!(rig.system.state(b"LINUX1"), ConsoleState::Running);
    rig.system.clock().advance(60_000_000);
    rig.run();
    assert_eq!(rig.out("LINUX1"), "later\n");
    rig.types("LINUX1", &["!sleep"]);
    assert_eq!(rig.system.run(1), Activity::Idle { wake_micros: None });
    rig.system.attention(b"LINUX1");
    assert_eq!(rig.types("LINUX1", &["x"]), "read: x\n");
}

#[test]
fn messages_reach_the_other_console_with_their_header() {
    let mut rig = Rig::new().on("LINUX1").on("MAINT");
    assert_eq!(rig.types("LINUX1", &["msg maint Hello  there"]), "");
    assert_eq!(
        rig.out("MAINT"),
        "22:42:30 * MSG FROM LINUX1  : Hello  there\n"
    );
    rig.types(
        "MAINT",
        &["wng linux1 going down", "msgnoh linux1 bare", "msg all x"],
    );
    assert_eq!(
        rig.out("LINUX1"),
        "22:42:30 * WNG FROM MAINT   : going down\nbare\n22:42:30 * MSG FROM MAINT   : x\n"
    );
    rig.types("MAINT", &["set msg off"]);
    assert_eq!(
        rig.types("LINUX1", &["m maint x"]),
        "HCPMFS057I MAINT not receiving; MSG off\n"
    );
    assert_eq!(rig.rc("LINUX1", "M MAINT x"), 57);
}

#[test]
fn a_disconnected_machine_shows_on_its_secondary_users_console_and_takes_send() {
    let mut rig = Rig::new().on("LINUX1").on("MAINT");
    let out = rig.types("LINUX1", &["xautolog general ipl cms"]);
    assert!(out.starts_with("GENERAL : LOGON GENERAL\n"), "{out}");
    assert!(
        out.ends_with("Command accepted\nGENERAL : ECHO ready\n"),
        "{out}"
    );
    assert_eq!(rig.types("LINUX1", &["q general"]), "GENERAL  - DSC\n");
    assert_eq!(
        rig.types("LINUX1", &["send general hello"]),
        "GENERAL : read: hello\n"
    );
    assert_eq!(
        rig.types("LINUX1", &["send cp general q v stor"]),
        "GENERAL : STORAGE = 16M\n"
    );
    // Another takes it over, and gives it back to whom the directory names; its own secondary user lets it go.
    assert_eq!(rig.types("MAINT", &["set secuser general *"]), "");
    assert_eq!(
        rig.types("MAINT", &["q secuser general"]),
        "GENERAL SECUSER MAINT\n"
    );
    assert_eq!(
        rig.types("MAINT", &["send cp general q v stor"]),
        "GENERAL : STORAGE = 16M\n"
    );
    assert_eq!(rig.rc("LINUX1", "SET SECUSER GENERAL LINUX1"), 3);
    assert_eq!(rig.rc("LINUX1", "SET SECUSER GENERAL OFF"), 3);
    assert_eq!(rig.rc("LINUX1", "QUERY SECUSER GENERAL"), 3);
    assert_eq!(
        rig.types("MAINT", &["set secuser general reset", "q secuser all"]),
        "GENERAL SECUSER LINUX1\n"
    );
    assert_eq!(rig.rc("LINUX1", "SET SECUSER GENERAL OFF"), 0);
    assert_eq!(rig.types("MAINT", &["q secuser all"]), "");
    assert_eq!(rig.rc("MAINT", "SET SECUSER NOBODY *"), 45);
    rig.types("MAINT", &["force general"]);
    assert_eq!(rig.system.state(b"GENERAL"), ConsoleState::LoggedOff);
    assert_eq!(rig.rc("LINUX1", "SEND GENERAL X"), 45);
}

#[test]
fn query_names_and_users() {
    let mut rig = Rig::new().on("LINUX1").on("MAINT");
    assert_eq!(
        rig.types("LINUX1", &["q names"]),
        "LINUX1   -L0009, MAINT    -L0009\n"
    );
    assert_eq!(
        rig.types("LINUX1", &["q users"]),
        "   2 USERS,     0 DIALED,     0 NET\n"
    );
    assert_eq!(
        rig.types("LINUX1", &["disc", "q names"]),
        "DISCONNECT AT 22:42:30 UTC SATURDAY 08/31/13\n"
    );
    rig.system.logon(b"LINUX1", LogonHow::Terminal).unwrap();
    assert_eq!(
        rig.out("LINUX1"),
        "RECONNECTED AT 22:42:30 UTC SATURDAY 08/31/13\n"
    );
}

#[test]
fn storage_and_registers_are_stored_and_displayed() {
    let mut rig = Rig::new().on("LINUX1");
    assert_eq!(
        rig.types(
            "LINUX1",
            &[
                "store 1000 c1c2c3c4 1 2 3 4",
                "d 1000.14",
                "d t1000.10",
                "st s1003 c5c6",
                "d 1000",
                "d r1000-1001",
            ]
        ),
        "Store complete.\n\
         R00001000  C1C2C3C4 00000001 00000002 00000003\n\
         R00001010  00000004\n\
         R00001000  C1C2C3C4 00000001 00000002 00000003  *ABCD............*\n\
         Store complete.\n\
         R00001000  C1C2C3C5\n\
         R00001000  C1C2C3C5\n"
    );
    assert_eq!(
        rig.types(
            "LINUX1",
            &[
                "st g5 12345678 9",
                "d g5.2",
                "st gg5 1122334455667788",
                "d gg5",
                "d g"
            ]
        ),
        "Store complete.\n\
         GPR  5 =  12345678  00000009\n\
         Store complete.\n\
         GRG  5 =  1122334455667788\n\
         GPR  0 =  00000000  00000000  00000000  00000000\n\
         GPR  4 =  00000000  55667788  00000009  00000000\n\
         GPR  8 =  00000000  00000000  00000000  00000000\n\
         GPR 12 =  00000000  00000000  00000000  00000000\n"
    );
    assert_eq!(
        rig.types(
            "LINUX1",
            &[
                "st psw 000a0000 80001234",
                "d psw",
                "d x0.2",
                "d y0",
                "d k0-1fff",
                "d prefix"
            ]
        ),
        "Store complete.\n\
         PSW = 000A0000 80001234\n\
         ECR  0 =  000000E0  00000000\n\
         FPR  0 =  0000000000000000\n\
         00000000 TO 00001FFF  KEY = 00\n\
         PREFIX = 00000000\n"
    );
    let out = rig.types("LINUX1", &["d 3fffffc.8"]);
    assert!(out.contains("R04000000  addressing exception"), "{out}");
    assert_eq!(rig.rc("LINUX1", "ST 4000000 1"), 160);
}

#[test]
fn traps_are_listed_and_ended() {
    let mut rig = Rig::new().on("LINUX1");
    assert_eq!(rig.types("LINUX1", &["q trace"]), "No traces active\n");
    assert_eq!(
        rig.types(
            "LINUX1",
            &[
                "tr i r 10000 cmd savesys lxshr\"# trace end all",
                "tr prog 4 run",
                "q trace"
            ]
        ),
        "NAME  INITIAL    (ACTIVE)\n   1        INSTR      RANGE  00010000-00010000\n\
         \x20                      TERM   NOPRINT NORUN SIM\n\
         \x20                      SKIP 00000  PASS 00000  STEP 00000  COUNT 0\n\
         \x20                      CMD  savesys lxshr# trace end all\n\
         \x20  2        PROG       0004\n\
         \x20                      TERM   NOPRINT RUN SIM\n\
         \x20                      SKIP 00000  PASS 00000  STEP 00000  COUNT 0\n\
         \x20                      CMD  NONE\n"
    );
    assert_eq!(
        rig.types("LINUX1", &["trace end 1", "trace end all"]),
        "Trace ended\n"
    );
}

#[test]
fn defsys_savesys_and_purge_say_what_they_do() {
    let mut rig = Rig::new().on("LINUX1");
    let define = "defsys lxshr 0-ff ew 100-2ff sr 300-4ff ew minsize=64m";
    assert_eq!(
        rig.types("LINUX1", &[define, define, "q nss", "q nss map"]),
        "HCPNSD440I The Named Saved System (NSS) LXSHR was successfully defined in fileid 0001.\n\
         HCPNSD442E A skeleton of Named Saved System (NSS) LXSHR is already defined.\n\
         OWNERID FILE TYPE CL RECS DATE  TIME     FILENAME FILETYPE ORIGINID\n\
         *NSS    0001 NSS  S  0001 08/31 22:42:30 LXSHR    NSS      LINUX1\n\
         FILE FILENAME FILETYPE MINSIZE  BEGPAG ENDPAG TYPE CL #USERS PARMREGS VMGROUP\n\
         0001 LXSHR    NSS      0065536K 00000  000FF   EW  S  00000  00-15    NO\n\
         0001 LXSHR    NSS      0065536K 00100  002FF   SR  S  00000  00-15    NO\n\
         0001 LXSHR    NSS      0065536K 00300  004FF   EW  S  00000  00-15    NO\n"
    );
    let map = rig
        .system
        .command(b"LINUX1", b"Q NSS NAME LXSHR MAP")
        .response;
    assert_eq!(
        (&map[2][32..37], &map[2][39..44]),
        (&b"00100"[..], &b"002FF"[..])
    );
    // A skeleton cannot be IPLed, and CMS is no machine that could be saved.
    assert_eq!(rig.rc("LINUX1", "IPL LXSHR"), 22);
    assert_eq!(rig.rc("LINUX1", "SAVESYS LXSHR"), 447);
    assert_eq!(rig.rc("LINUX1", "SAVESYS OTHER"), 263);
    assert_eq!(
        rig.types(
            "LINUX1",
            &["purge nss name lxshr", "purge nss all", "q nss all"]
        ),
        "0001 FILE PURGED\nNO FILES PURGED\nNO NSS FILES\n"
    );
}

#[test]
fn a_user_cannot_name_host_files_beyond_the_disks() {
    let mut rig = Rig::new().on("LINUX1");
    let disk = rig.folder.path().join("disks/linux1.0191");
    assert!(disk.is_dir());
    std::fs::write(disk.join("cards"), b"x").unwrap();
    std::fs::write(rig.folder.path().join("secret"), b"x").unwrap();
    std::os::unix::fs::symlink(rig.folder.path().join("secret"), disk.join("link")).unwrap();
    assert_eq!(
        rig.types("LINUX1", &["attach deck cards to 300"]),
        "RDR  0300 ATTACHED TO LINUX1 0300\n"
    );
    let absolute = rig.folder.path().join("secret").display().to_string();
    for name in [
        "../../secret",
        "link",
        "../linux1.0191/cards",
        absolute.as_str(),
        "nothing",
    ] {
        assert_eq!(
            rig.rc("LINUX1", &format!("ATTACH DECK {name} TO 301")),
            1505,
            "{name}"
        );
    }
}

#[test]
fn every_row_says_what_it_is_and_its_example_works() {
    let rows = commands::commands()
        .map(|r| ("", r))
        .chain(commands::operands());
    for (of, row) in rows {
        assert!(
            !row.doc.is_empty() && row.doc.ends_with('.'),
            "{}",
            row.name
        );
        let least = row
            .name
            .bytes()
            .take_while(|c| !c.is_ascii_lowercase())
            .count();
        assert!(least > 0, "{} has a minimum", row.name);
        assert!(
            row.usage
                .to_ascii_uppercase()
                .contains(&row.name.to_ascii_uppercase()),
            "{}",
            row.name
        );
        let mut rig = Rig::new().on("MAINT");
        // The examples are for the default system: its devices and users are here too.
        rig.system.command(b"MAINT", b"DEFINE RDR C");
        rig.system.command(b"MAINT", b"DEFINE PUNCH D");
        rig.system.command(b"MAINT", b"DEFINE PRINTER E");
        rig.system.directory.users[1].id = b"LINUX2".to_vec();
        rig.system.directory.users[1]
            .xautolog
            .push(b"MAINT".to_vec());
        if row.name == "FORCE" {
            rig.system.logon(b"LINUX2", LogonHow::Disconnected).unwrap();
        }
        // These speak of the default system's disks and reader.
        if matches!(row.name, "Ipl" | "LINK") {
            continue;
        }
        let reply = rig.system.command(b"MAINT", row.example.as_bytes());
        assert_eq!(reply.rc, 0, "{of} {}: {:?}", row.example, reply);
    }
}

/// Runs one DIAGNOSE 8 (R2 and R4) of a machine in ESA/390 mode and gives R4, R5 and the condition code.
fn diagnose_8(rig: &mut Rig, text: &str, flags: u32, room: u32) -> (u32, u32, u8) {
    let ebcdic = crate::base::codepage::host_to_ebcdic(text.as_bytes());
    let hex: String = ebcdic.iter().map(|b| format!("{b:02X}")).collect();
    let control = flags | u32::try_from(text.len()).unwrap();
    rig.types(
        "LINUX1",
        &[
            "system reset",
            "trace end",
            "store s2000 83240008",
            &format!("store s3000 {hex}"),
            &format!("store g2 3000 4000 {control:X} {room:X}"),
            "trace i r 2004",
            "begin 2000",
        ],
    );
    let guest = rig.system.guest(b"LINUX1").unwrap();
    let cpu = guest.hardware.cpu();
    assert_eq!(cpu.psw.addr, 0x2004, "{}", guest.hardware.psw_text());
    (cpu.gr32(4), cpu.gr32(5), cpu.psw.cc)
}

#[test]
fn diagnose_8_gives_the_return_code_the_length_and_what_did_not_fit() {
    let mut rig = Rig::new().on("LINUX1");
    let with_buffer = 0x4000_0000;
    // The response is "STORAGE = 64M" and a new line: 14 bytes.
    assert_eq!(
        diagnose_8(&mut rig, "QUERY V STOR", with_buffer, 100),
        (0, 14, 0)
    );
    assert_eq!(
        rig.types("LINUX1", &["d t4000.10"]),
        "R00004000  E2E3D6D9 C1C7C540 7E40F6F4 D4150000  *STORAGE = 64M...*\n"
    );
    assert_eq!(
        diagnose_8(&mut rig, "QUERY V STOR", with_buffer, 10),
        (0, 4, 1)
    );
    // Linux's vmcp has buffers of up to a megabyte.
    assert_eq!(
        diagnose_8(&mut rig, "QUERY V STOR", with_buffer, 1 << 20),
        (0, 14, 0)
    );
    let (rc, _, cc) = diagnose_8(&mut rig, "QUERY FROB", with_buffer, 100);
    assert_eq!((rc, cc), (3, 0));
    // Two commands, split at X'15' alone.
    assert_eq!(
        diagnose_8(&mut rig, "ECHO A#B\nECHO C", with_buffer, 100),
        (0, 6, 0)
    );
    // Without a buffer the response is on the console and R5 stays.
    assert_eq!(diagnose_8(&mut rig, "QUERY V STOR", 0, 77), (0, 77, 0));
}

#[test]
fn what_diagnose_does_not_know_is_a_program_interruption() {
    let mut rig = Rig::new().on("LINUX1");
    for (word, code) in [
        ("83240258", "0006"),
        // Rx is odd, or the subcode is none.
        ("83340308", "0006"),
        ("83240288", "0006"),
        ("83240204", "0006"),
        ("8324FFFC", "0006"),
        ("83FF0008", "0006"),
    ] {
        let store = format!("store s2000 {word}");
        let out = rig.types(
            "LINUX1",
            &[
                "trace end",
                "system reset",
                &store,
                "store gf 40000001 ",
                "store g4 6",
                "trace prog",
                "begin 2000",
            ],
        );
        assert!(
            out.contains(&format!("*** PROG {code} ->")),
            "{word}: {out}"
        );
    }
    // Yielding does nothing, storage size is what DEFINE STORAGE says.
    rig.types(
        "LINUX1",
        &[
            "trace end",
            "system reset",
            "st s2000 83000044",
            "st s2004 83300060",
            "trace i r 2008",
            "begin 2000",
        ],
    );
    assert_eq!(rig.types("LINUX1", &["d g3"]), "GPR  3 =  04000000\n");
}

#[test]
fn a_program_that_waits_disabled_enters_cp_with_its_psw() {
    let mut rig = Rig::new().on("LINUX1");
    let out = rig.types(
        "LINUX1",
        &[
            "st s2000 82000800",
            "st 800 000a0000 80001234",
            "begin 2000",
        ],
    );
    assert!(
        out.ends_with("HCPGIR450W CP entered; disabled wait PSW 000A0000 80001234\n"),
        "{out}"
    );
    assert_eq!(rig.system.state(b"LINUX1"), ConsoleState::CpRead);
}

#[test]
fn messages_go_to_the_program_that_listens() {
    let mut rig = Rig::new().on("LINUX1").on("MAINT");
    assert_eq!(rig.rc("MAINT", "SMSG LINUX1 early"), 57, "SMSG is off");
    assert_eq!(rig.rc("LINUX1", "SET SMSG IUCV"), 0);
    assert_eq!(rig.rc("LINUX1", "SET MSG IUCV"), 0);
    let set = rig.system.command(b"LINUX1", b"QUERY SET").response;
    assert!(set[0].starts_with(b"MSG IUCV , WNG ON "));
    assert_eq!(rig.rc("MAINT", "SMSG LINUX1 do this"), 0);
    assert_eq!(rig.rc("MAINT", "MSG LINUX1 to the console"), 0);
    assert!(
        rig.out("LINUX1")
            .contains("MSG FROM MAINT   : to the console")
    );
    if let Some(guest) = rig.system.guest_mut(b"LINUX1") {
        guest.messages.connect();
    }
    assert_eq!(rig.rc("MAINT", "MSG LINUX1 to the program"), 0);
    assert_eq!(rig.rc("MAINT", "MSGNOH LINUX1 bare"), 0);
    assert_eq!(rig.rc("MAINT", "WNG LINUX1 warned"), 0);
    assert_eq!(rig.out("LINUX1").matches("FROM").count(), 1, "the warning");
    let mut taken = Vec::new();
    while let Some(message) = rig
        .system
        .guest_mut(b"LINUX1")
        .and_then(|g| g.messages.take())
    {
        taken.push(String::from_utf8_lossy(&message).into_owned());
    }
    assert_eq!(
        taken,
        [
            "00000004MAINT   do this",
            "00000001MAINT   to the program",
            "00000001MAINT   bare"
        ]
    );
}

/// Runs what stands at 2000 up to 2004 in LINUX1's machine, in ESA/390 mode.
fn at_2000(rig: &mut Rig, lines: &[&str]) {
    let mut all = vec!["trace end", "system reset"];
    all.extend(lines);
    all.extend(["trace i r 2004", "begin 2000"]);
    rig.types("LINUX1", &all);
    let guest = rig.system.guest(b"LINUX1").unwrap();
    assert_eq!(guest.hardware.cpu().psw.addr, 0x2004, "{lines:?}");
}

#[test]
fn released_pages_are_zeros_and_the_host_has_them_back() {
    let mut rig = Rig::new().on("LINUX1");
    // ST 2,0(1) in three pages.
    for registers in ["st g1 100000 7", "st g1 101000 7", "st g1 102000 7"] {
        at_2000(&mut rig, &["st s2000 50201000", registers]);
    }
    let before = rig
        .system
        .guest(b"LINUX1")
        .unwrap()
        .hardware
        .private_pages();
    // DIAGNOSE X'10' with R2 and R3: two pages.
    at_2000(&mut rig, &["st s2000 83230010", "st g2 100000 101000"]);
    let guest = rig.system.guest(b"LINUX1").unwrap();
    assert_eq!(guest.hardware.private_pages() + 2, before);
    assert_eq!(
        rig.types("LINUX1", &["d 100000.4", "d 101000.4", "d 102000.4"])
            .matches("00000007")
            .count(),
        1
    );
}

#[test]
fn the_times_of_diagnose_c_and_270() {
    let mut rig = Rig::new().on("LINUX1");
    at_2000(&mut rig, &["st s2000 8320000C", "st g2 3000"]);
    let out = rig.types("LINUX1", &["d t3000.10"]);
    assert!(out.contains("*08/31/1322:42:30*"), "{out}");
    at_2000(&mut rig, &["st s2000 83240270", "st g2 3000", "st g4 34"]);
    let out = rig.types("LINUX1", &["d t3020.20"]);
    assert!(out.contains("*08/31/20132013-0"), "{out}");
}

#[test]
fn diagnose_308_tells_sets_and_does_the_load() {
    let mut rig = Rig::new().on("LINUX1");
    // Nothing has been loaded: X'102' in R3.
    at_2000(&mut rig, &["st s2000 83240308", "st g2 4000 0 6"]);
    assert_eq!(rig.types("LINUX1", &["d g3"]), "GPR  3 =  00000102\n");
    // What is no parameter block: X'402'.
    at_2000(&mut rig, &["st s2000 83240308", "st g2 4000 0 5"]);
    assert_eq!(rig.types("LINUX1", &["d g3"]), "GPR  3 =  00000402\n");
    // A block of device 0200, with PARM; then the same read back.
    at_2000(
        &mut rig,
        &[
            "st s4000 000000C8 00000000 000000C0 02000000",
            "st s406C 00000200 40000000 00000002",
            "st s4080 C1C2",
            "st s2000 83240308",
            "st g2 4000 0 5",
        ],
    );
    assert_eq!(rig.types("LINUX1", &["d g3"]), "GPR  3 =  00000001\n");
    at_2000(&mut rig, &["st s2000 83240308", "st g2 5000 0 6"]);
    let out = rig.types("LINUX1", &["d 5000.10", "d 506C.18"]);
    assert!(out.contains("000000C8 00000000 000000C0 02000000"), "{out}");
    assert!(out.contains("  00000200\n"), "{out}");
    assert!(out.contains("40000000 00000002"), "{out}");
    // A load from a device that is not there leaves the machine in CP.
    let out = rig.types(
        "LINUX1",
        &[
            "trace end",
            "st s406C 00000777 00000000 00000000",
            "st s2000 83240308 82001000",
            "st g2 4000 0 5",
            "trace i r 2004",
            "begin 2000",
            "trace end",
            "st g2 0 0 3",
            "begin 2000",
        ],
    );
    assert!(out.contains("0777"), "{out}");
    assert_eq!(rig.system.state(b"LINUX1"), ConsoleState::CpRead);
    // Subcode 1: reset, and on with the PSW at 0.
    rig.types(
        "LINUX1",
        &[
            "system reset",
            "st s0 00080000 80002010",
            "st s2000 83240308",
            "st g2 0 0 1",
            "trace i r 2010",
            "begin 2000",
        ],
    );
    let guest = rig.system.guest(b"LINUX1").unwrap();
    assert_eq!(guest.hardware.cpu().psw.addr, 0x2010);
}
