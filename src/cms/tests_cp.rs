//! CMS under the real CP: the default system with a temporary folder as the A-disk.

use crate::base::Clock;
use crate::cms;
use crate::cp::{Activity, ConsoleState, LogonHow, Options, System};

struct Terminal {
    system: System,
    returns: cms::Returns,
    user: Vec<u8>,
    _folders: [tempfile::TempDir; 2],
}

impl Terminal {
    fn logon(files: &[(&str, &str)]) -> Terminal {
        Terminal::with(files, cms::Switch::Off)
    }

    fn with(files: &[(&str, &str)], excerpts: cms::Switch) -> Terminal {
        let folders = [
            tempfile::tempdir().expect("temp"),
            tempfile::tempdir().expect("temp"),
        ];
        for (name, text) in files {
            std::fs::write(folders[0].path().join(name), text).expect("a file");
        }
        let options = Options {
            dir: None,
            work: folders[0].path().into(),
            data: folders[1].path().into(),
            clock: Clock::fixed(1_795_286_570_000_000),
            deterministic: true,
        };
        let mut system = System::open(options).expect("the default system");
        let manner = cms::Manner {
            ready: cms::ReadyForm::Long,
            excerpts,
            allowed: cms::Allowed::default(),
        };
        let returns = cms::install(&mut system, manner);
        let user = system.default_user();
        system.logon(&user, LogonHow::Terminal).expect("logon");
        let mut terminal = Terminal {
            system,
            returns,
            user,
            _folders: folders,
        };
        terminal.settle();
        terminal
    }

    fn settle(&mut self) -> Vec<String> {
        for _ in 0..10_000 {
            if self.system.run(10_000) != Activity::Busy {
                break;
            }
        }
        let lines = self.system.take_output(&self.user);
        lines
            .into_iter()
            .map(|l| String::from_utf8_lossy(&l).into_owned())
            .collect()
    }

    fn enter(&mut self, line: &str) -> Vec<String> {
        self.system
            .console_line(&self.user.clone(), line.as_bytes());
        self.settle()
    }
}

#[test]
fn a_session_with_cp_behind_it() {
    let mut t = Terminal::logon(&[
        (
            "hi.exec",
            "/* */\n'PIPE CP QUERY USERID | var x'\nsay x\n'SET MSG OFF'\nsay rc\n'nonsense'\nexit 8\n",
        ),
        ("ask.exec", "/* */\npull x\nsay 'got' x\n"),
    ]);
    assert_eq!(t.system.state(&t.user), ConsoleState::VmRead);
    assert_eq!(t.enter(""), ["Ready; T=0.01/0.01 18:42:50"]);
    let lines = t.enter("hi");
    assert!(lines[0].starts_with("LINUX1   AT "), "{lines:?}");
    assert_eq!(lines[1], "0", "{lines:?}");
    assert_eq!(
        lines.last().expect("line"),
        "Ready(00008); T=0.01/0.01 18:42:50"
    );
    assert_eq!(t.returns.of(b"LINUX1").rc, 8);
    assert_eq!(t.enter("nonsense")[0], "Unknown CP/CMS command");
    assert_eq!(t.enter("ask"), Vec::<String>::new());
    assert_eq!(t.system.state(&t.user), ConsoleState::VmRead);
    assert_eq!(t.enter("me")[0], "got ME");
    assert!(
        t.enter("query cplevel")[0].starts_with("z/VM"),
        "CP answers"
    );
    let lines = t.enter("#cp query time");
    assert!(lines[0].starts_with("TIME IS"), "{lines:?}");
    let lines = t.enter("set rdymsg smsg#state savelx exec s#state no such");
    assert_eq!(lines[..2], ["Ready;", "Ready;"], "{lines:?}");
    assert_eq!(lines.last().expect("line"), "Ready(00028);");
}

#[test]
fn the_place_of_an_error_is_shown_to_a_person() {
    let files = [
        ("bad.exec", "/* */\nx = 0; say 1/x\n"),
        ("sub.exec", "/* */\nsay bad()\n"),
        ("ret.exec", "/* */\nexit 'x'\n"),
    ];
    let message = "DMSREX477E Error 42 running BAD EXEC, line 2: Arithmetic overflow/underflow";
    let trace = "     2 +++ say 1/x";
    let mut t = Terminal::with(&files, cms::Switch::On);
    t.enter("set rdymsg smsg");
    let lines = t.enter("bad");
    assert_eq!(
        lines,
        [
            trace,
            message,
            "     2 | x = 0; say 1/x",
            "       |        ^^^^^^^",
            "Ready(20042);"
        ]
    );
    // What a stage takes is as it would be without a terminal.
    let lines = t.enter("pipe cms bad | count lines | console");
    assert_eq!(lines[0], "2", "{lines:?}");
    let lines = t.enter("set emsg off#bad");
    assert!(!lines.iter().any(|l| l.contains('^')), "{lines:?}");
    // No place: the error is of what the program gave, not of a clause.
    let lines = t.enter("set emsg on#ret");
    assert!(!lines.iter().any(|l| l.contains('^')), "{lines:?}");
    let mut t = Terminal::logon(&files);
    t.enter("set rdymsg smsg");
    assert_eq!(t.enter("bad"), [trace, message, "Ready(20042);"]);
}

#[test]
fn savelx_under_cp() {
    let mut t = Terminal::logon(&[]);
    assert_eq!(
        t.enter("savelx lxshr 200"),
        [
            "DEFSYS lxshr 0-FF EW 100-2FF SR 300-4FF EW MINSIZE=64M",
            "HCPNSD440I The Named Saved System (NSS) LXSHR was successfully defined in fileid 0001.",
            "TRACE I R 10000 CMD SAVESYS lxshr# TRACE END ALL",
            "i 200",
            " -> 00010000' LARL  C0100000000C                        CC 2",
            "HCPNSS440I Named Saved System (NSS) LXSHR was successfully saved in fileid 0001.",
            "Trace ended",
        ]
    );
    assert_eq!(t.system.state(&t.user), ConsoleState::CpRead);
}

#[test]
fn savelx_with_another_line_end_character() {
    let mut t = Terminal::logon(&[]);
    t.enter("cp terminal linend %");
    let lines = t.enter("savelx lxshr 200");
    assert_eq!(lines[2], "TRACE I R 10000 CMD SAVESYS lxshr% TRACE END ALL");
    assert!(
        lines.iter().any(|l| l.contains("successfully saved")),
        "{lines:#?}"
    );
}
