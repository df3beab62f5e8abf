//! Transcripts of sessions: what a user types and what CMS says.

use super::testing::Console;
use crate::cp::NativeExit;

#[test]
fn the_ready_message_tells_processor_time_not_waiting() {
    let mut c = Console::at_ipl(&[("ask.exec", "/* */\npull x\n")]);
    c.cp.cpu = 7_000_000;
    c.enter("ask");
    c.cp.cpu += 2_500_000;
    assert_eq!(c.enter("x"), ["Ready; T=2.50/2.50 18:42:50"]);
}

#[test]
fn ipl_profile_and_ready_messages() {
    let mut c = Console::at_ipl(&[]);
    assert_eq!(c.cp.lines, ["z/VM V7.3.0    2026-11-21 12:00"]);
    assert_eq!(c.exit, NativeExit::ReadConsole);
    c.cp.lines.clear();
    assert_eq!(c.enter(""), ["Ready; T=0.01/0.01 18:42:50"]);
    assert_eq!(c.enter(""), ["CMS"]);
    assert_eq!(
        c.enter("state no such a"),
        [
            "DMSSTT002E File NO SUCH A not found",
            "Ready(00028); T=0.01/0.01 18:42:50"
        ]
    );
    assert_eq!(c.enter("SET RDYMSG SMSG"), ["Ready;"]);
    assert_eq!(
        c.enter("state no such a").last().expect("line"),
        "Ready(00028);"
    );
    assert_eq!(c.enter("* a comment"), ["Ready;"]);
}

#[test]
fn unknown_commands_and_cp_return_codes() {
    let mut c = Console::ready(&[]);
    assert_eq!(
        c.enter("frobnicate x"),
        ["Unknown CP/CMS command", "Ready(-0001);"]
    );
    assert_eq!(
        c.enter("cp frobnicate"),
        ["HCPCMD001E Unknown CP command: FROBNICATE", "Ready(00001);"]
    );
    assert_eq!(
        c.enter("msg linux9 hi"),
        ["HCPMFS045E LINUX9 not logged on", "Ready(00045);"]
    );
    assert_eq!(c.enter("q time").len(), 3, "QUERY goes on to CP");
    assert_eq!(c.enter("set impcp off"), ["Ready;"]);
    assert_eq!(
        c.enter("msg linux9 hi"),
        ["Unknown CMS command", "Ready(-0001);"]
    );
    assert_eq!(c.enter("query impcp"), ["IMPCP    = OFF", "Ready;"]);
}

#[test]
fn emsg_decides_what_is_shown_of_a_message() {
    let mut c = Console::ready(&[]);
    c.cp.emsg = "TEXT";
    assert_eq!(c.enter("state a b")[0], "File A B * not found");
    c.cp.emsg = "CODE";
    assert_eq!(c.enter("state a b")[0], "DMSSTT002E");
    c.cp.emsg = "OFF";
    assert_eq!(c.enter("state a b"), ["Ready(00028);"]);
}

#[test]
fn listfile_columns() {
    let mut c = Console::ready(&[("a.exec", "/* */\nsay 1\n"), ("long.data", "x\nyy\nzzz")]);
    assert_eq!(
        c.enter("listfile"),
        ["A        EXEC     A1", "LONG     DATA     A1", "Ready;"]
    );
    assert_eq!(
        c.enter("listfile savelx exec s (date"),
        [
            "FILENAME FILETYPE FM FORMAT LRECL       RECS     BLOCKS     DATE     TIME",
            "SAVELX   EXEC     S1 V         65         35          1 11/21/26  0:00:00",
            "Ready;"
        ]
    );
    assert_eq!(
        c.enter("l * data (format noheader")[0],
        "LONG     DATA     A1 V          3"
    );
    assert_eq!(
        c.enter("listfile none *"),
        ["DMSLST002E File not found", "Ready(00028);"]
    );
    assert_eq!(
        c.enter("listfile * * q"),
        ["DMSLST069E Filemode Q is not accessed", "Ready(00036);"]
    );
    assert_eq!(
        c.enter("listfile * * a5"),
        ["DMSLST002E File not found", "Ready(00028);"]
    );
    assert_eq!(
        c.enter("listfile * * a (frob"),
        ["DMSLST003E Invalid option: FROB", "Ready(00024);"]
    );
    assert_eq!(
        c.enter("listfile a%"),
        ["DMSLST002E File not found", "Ready(00028);"]
    );
    assert_eq!(c.enter("listfile * exec a (exec"), ["Ready;"]);
    assert_eq!(c.file("cms.exec"), "&1 &2 A        EXEC     A1\n");
}

#[test]
fn files_are_packed_and_unpacked() {
    let lines = format!("alpha\n\n  {}b \n{}\n", "-".repeat(300), "x".repeat(310));
    let mut c = Console::ready(&[("one.data", &lines), ("bad.data", "\0\u{1} F\n")]);
    assert_eq!(c.enter("copyfile one data a = packed = (pack"), ["Ready;"]);
    let packed = std::fs::read(c.path().join("one.packed")).expect("the file");
    // A file of variable records, the longest of 310 characters.
    assert_eq!(&packed[..8], b"\0\x01 V\0\0\x01\x36");
    assert_eq!(packed.len(), 1025);
    assert_eq!(c.enter("copyfile one packed a two data a (unp"), ["Ready;"]);
    assert_eq!(c.file("two.data"), lines);
    assert_eq!(
        c.enter("copyfile one packed a two data a (replace unpack for 1"),
        ["Ready;"]
    );
    assert_eq!(c.file("two.data"), "alpha\n");
    assert_eq!(
        c.enter("pipe < one packed a | unpack | take 1 | console"),
        ["alpha", "Ready;"]
    );
    // What is not packed is copied as it is.
    assert_eq!(
        c.enter("copyfile one data a two data a (replace unpack"),
        ["Ready;"]
    );
    assert_eq!(c.file("two.data"), lines);
    let failed = c.enter("copyfile bad data a two data a (replace unpack");
    assert!(
        failed[0].starts_with("DMSCPY104S") && failed[1] == "Ready(00100);",
        "{failed:?}"
    );
    assert_eq!(c.file("two.data"), lines);
}

#[test]
fn files_erase_rename_copy_type() {
    let mut c = Console::ready(&[("one.data", "alpha\nBeta\ngamma\n")]);
    assert_eq!(
        c.enter("type one data a 2"),
        ["", "Beta", "gamma", "", "Ready;"]
    );
    assert_eq!(c.enter("copyfile one data a two = ="), ["Ready;"]);
    assert_eq!(
        c.enter("copyfile one data a two = ="),
        [
            "DMSCPY024E File TWO DATA A1 already exists; specify REPLACE option",
            "Ready(00028);"
        ]
    );
    assert_eq!(
        c.enter("copy one data a two data a (replace upcase from 2 for 1"),
        ["Ready;"]
    );
    assert_eq!(c.file("two.data"), "BETA\n");
    assert_eq!(
        c.enter("copy one data a two data a (append frlabel gam"),
        [
            "DMSCPY157E Label GAM not found in file ONE DATA A1",
            "Ready(00032);"
        ],
        "operands are folded, records are not"
    );
    assert_eq!(c.file("two.data"), "BETA\n");
    assert_eq!(
        c.enter("copy two data a one data a three data a"),
        ["Ready;"]
    );
    assert_eq!(c.file("three.data"), "BETA\nalpha\nBeta\ngamma\n");
    assert_eq!(c.enter("copy one data a (recfm f lrecl 3"), ["Ready;"]);
    assert_eq!(c.file("one.data"), "alp\nBet\ngam\n");
    assert_eq!(
        c.enter("copy one data a x y s"),
        [
            "DMSCPY037E Output filemode S is accessed as read/only",
            "Ready(00036);"
        ]
    );
    assert_eq!(c.enter("rename two data a four = ="), ["Ready;"]);
    assert_eq!(
        c.enter("rename one data a four data a"),
        [
            "DMSRNM024E File FOUR DATA A1 already exists",
            "Ready(00028);"
        ]
    );
    assert_eq!(
        c.enter("erase * data a (type"),
        ["FOUR DATA A1", "ONE DATA A1", "THREE DATA A1", "Ready;"]
    );
    assert_eq!(
        c.enter("erase one data a"),
        ["DMSERS002E File ONE DATA A not found", "Ready(00028);"]
    );
    assert_eq!(
        c.enter("erase savelx exec s").last().expect("line"),
        "Ready(00036);"
    );
    assert_eq!(
        c.enter("erase * * a"),
        ["DMSERS071E ERASE * * A not allowed", "Ready(00024);"]
    );
    assert_eq!(
        c.enter("erase one"),
        ["DMSERS054E Incomplete fileid specified", "Ready(00024);"]
    );
    assert_eq!(
        c.enter("erase ../x data a"),
        [
            "DMSERS062E Invalid character . in fileid ../X",
            "Ready(00020);"
        ]
    );
}

#[test]
fn access_release_and_query() {
    let mut c = Console::ready(&[("a.exec", "/* */")]);
    assert_eq!(
        c.enter("query accessed"),
        [
            "Mode  Stat     Files  Vdev  Label/Directory",
            "A      R/W         1  191   LIN191",
            "S      R/O         6  190   CMS190",
            "Ready;"
        ]
    );
    assert_eq!(
        c.enter("access 191 b/a"),
        [
            "DMSACP723I B/A (191) R/O",
            "DMSACP725I 191 also = A",
            "Ready;"
        ]
    );
    assert_eq!(c.enter("query search")[1], "LIN191  191   B/A  R/O");
    assert_eq!(
        c.enter("access 190 b"),
        [
            "DMSACC724I 190 replaces B (191)",
            "DMSACP723I B (190) R/O",
            "DMSACP725I 190 also = S",
            "Ready;"
        ]
    );
    assert_eq!(
        c.enter("access 5e5 b"),
        [
            "DMSACP726I 190 B released",
            "DMSACP113S B(5E5) not attached or invalid device address",
            "Ready(00100);"
        ]
    );
    assert_eq!(
        c.enter("release b"),
        ["DMSARE069E Filemode B is not accessed", "Ready(00036);"]
    );
    assert_eq!(c.enter("release a"), ["Ready;"]);
    assert_eq!(c.enter("listfile").last().expect("line"), "Ready(00036);");
    assert_eq!(c.enter("access 191 a"), ["Ready;"]);
    assert_eq!(
        c.enter("access zzz"),
        ["DMSACC017E Invalid device address ZZZ", "Ready(00024);"]
    );
    let disk = c.enter("query disk a");
    assert_eq!(
        disk[1],
        "LIN191 191  A   R/W    10 3390 4096        1          1-00       1799       1800"
    );
    c.cp.minidisks.remove(1);
    assert_eq!(
        c.enter("listfile").last().expect("line"),
        "Ready(00036);",
        "DETACH takes the disk"
    );
}

#[test]
fn the_stack_feeds_the_prompt_and_buffers_count() {
    let mut c = Console::ready(&[]);
    assert_eq!(c.enter("makebuf"), ["Ready(00001);"]);
    assert_eq!(
        c.enter("makebuf"),
        ["Ready(00001);"],
        "the prompt read the empty buffer away"
    );
    assert_eq!(c.enter("dropbuf 3"), ["Ready(00002);"]);
    assert_eq!(c.enter("dropbuf x"), ["Ready(00001);"]);
    assert_eq!(
        c.enter("identify (stack"),
        ["Ready;", "Unknown CP/CMS command", "Ready(-0001);"],
        "a stacked line is the next command"
    );
    assert_eq!(
        c.enter("id"),
        [
            "LINUX1   AT VMSHARE  VIA RSCS     11/21/26 18:42:50 UTC      SATURDAY",
            "Ready;"
        ]
    );
    assert_eq!(c.enter("sentries"), ["Ready;"]);
    assert_eq!(
        c.enter("query time (lifo"),
        [
            "Ready;",
            "Unknown CP/CMS command",
            "Ready(-0001);",
            "Unknown CP/CMS command",
            "Ready(-0001);"
        ],
        "CP's response is stacked too"
    );
}

#[test]
fn ht_at_the_prompt_and_settings() {
    let mut c = Console::ready(&[]);
    assert_eq!(c.enter("query cmstype"), ["CMSTYPE  = RT", "Ready;"]);
    assert_eq!(
        c.enter("set cmstype ht"),
        ["Ready;"],
        "RT again at the ready message"
    );
    assert_eq!(
        c.enter("set rdymsg what"),
        ["DMSSET070E Invalid parameter WHAT", "Ready(00024);"]
    );
    assert_eq!(
        c.enter("set"),
        ["DMSSET047E No function specified", "Ready(00024);"]
    );
    assert_eq!(c.enter("hx"), Vec::<String>::new(), "nothing runs");
    assert_eq!(c.enter("help state")[0], "STATE fn ft [fm]");
    assert!(c.enter("help pipe locate")[0].starts_with("Locate"));
    assert!(c.enter("help rexx substr")[0].starts_with("SUBSTR"));
    assert!(c.enter("help")[0].starts_with("ACCESS"));
    assert_eq!(
        c.enter("help nonsense").last().expect("line"),
        "Ready(00028);"
    );
}

#[test]
fn an_exec_must_be_rexx() {
    let mut c = Console::ready(&[("old.exec", "&TRACE ALL\n&EXIT 3\n")]);
    assert_eq!(c.enter("old").last().expect("line"), "Ready(00088);");
    assert_eq!(
        c.enter("exec nothere"),
        ["DMSEXC002E File NOTHERE EXEC * not found", "Ready(00028);"]
    );
}

#[test]
fn globalv_keeps_values_over_sessions() {
    let mut c = Console::ready(&[]);
    assert_eq!(
        c.enter("globalv select mine setlp greeting Hello  there"),
        ["Ready;"]
    );
    assert_eq!(c.enter("globalv select mine set a 1 b 2"), ["Ready;"]);
    assert_eq!(
        c.enter("globalv select mine list"),
        [
            " SELECTED TABLE IS: MINE",
            " A=1",
            " B=2",
            " GREETING=Hello  there",
            "Ready;"
        ]
    );
    let kept = c.file("lasting.globalv");
    let mut c = Console::ready(&[("lasting.globalv", &kept)]);
    assert_eq!(
        c.enter("globalv select mine list")[1],
        " GREETING=Hello  there"
    );
}

#[test]
fn execio_between_files_and_the_stack() {
    let mut c = Console::ready(&[("in.data", "one\ntwo\nthree\n")]);
    assert_eq!(
        c.enter("execio 0 diskr no file a"),
        ["DMSEIO002E File NO FILE A not found", "Ready(00028);"]
    );
    assert_eq!(
        c.enter("execio 1 diskw out data a (string First line"),
        ["Ready;"]
    );
    assert_eq!(c.file("out.data"), "First line\n");
    assert_eq!(
        c.enter("execio 1 diskw out data a (string Second"),
        ["Ready;"]
    );
    assert_eq!(c.file("out.data"), "First line\nSecond\n");
    assert_eq!(c.enter("execio 1 diskw out data a 1 (string F"), ["Ready;"]);
    assert_eq!(
        c.file("out.data"),
        "F\n",
        "another length ends a V file there"
    );
    assert_eq!(
        c.enter("execio 1 diskw out data s (string F")
            .last()
            .expect("line"),
        "Ready(00112);"
    );
    assert_eq!(
        c.enter("execio 5 diskr in data a (finis skip"),
        ["Ready(00002);"]
    );
    assert_eq!(c.enter("execio * cp (skip string q time"), ["Ready;"]);
    assert_eq!(
        c.enter("execio 1 cp (string msg linux9 hi")
            .last()
            .expect("line"),
        "Ready(-0001);"
    );
}

#[test]
fn every_example_can_be_typed() {
    for row in super::commands::rows() {
        let mut c = Console::ready(&[
            ("old.data", "x\n"),
            ("linux1.names", ":nick.me :userid.LINUX1\n"),
            ("profile.exec", "/* */\nsay 'profile'\n"),
            ("savelx.exec", "/* */\nsay arg(1)\n"),
        ]);
        if row.name == "RELease" {
            c.enter("access 190 b");
        }
        if matches!(row.name, "EXECDrop" | "EXECMap" | "EXECStat") {
            c.enter("execload savelx exec");
        }
        let lines = c.enter(row.example);
        let last = lines.last().cloned().unwrap_or_default();
        let rc: i32 = last
            .trim_start_matches("Ready")
            .trim_matches(|c: char| !c.is_ascii_digit() && c != '-')
            .parse()
            .unwrap_or(0);
        // MAKEBUF answers by its return code, FINIS has nothing to close, TELL finds nobody logged on, the
        // time that WAKEUP waits for has come.
        let fine = [0, 1, 2, 6, 45].contains(&rc);
        assert!(
            last.starts_with("Ready") && fine,
            "{}: {lines:?}",
            row.example
        );
    }
}

#[test]
fn no_operand_leaves_the_folder() {
    let mut c = Console::ready(&[("a.data", "x\n")]);
    let outside = tempfile::tempdir().expect("temp");
    std::fs::write(outside.path().join("b.data"), "secret\n").expect("write");
    std::os::unix::fs::symlink(outside.path().join("b.data"), c.path().join("b.data"))
        .expect("link");
    std::os::unix::fs::symlink(outside.path(), c.path().join("c.data")).expect("link");
    for command in [
        "type ../b data a",
        "type b data a",
        "type c data a",
        "erase b data a",
        "copy b data a d data a",
        "copy a data a ../x data a",
        "rename a data a ../x data a",
        "execio * diskr b data a",
        "execio 1 diskw ../x data a (string x",
        "pipe < b data | console",
        "pipe < ../b.data | console",
        "pipe < /etc/passwd | console",
        "pipe literal x | > /tmp/x.y a",
        "exec ../b",
    ] {
        let lines = c.enter(command);
        assert!(
            lines.last().expect("a line").starts_with("Ready("),
            "{command}: {lines:?}"
        );
        assert!(!lines.iter().any(|l| l.contains("secret")), "{command}");
    }
    assert_eq!(
        std::fs::read(outside.path().join("b.data")).expect("read"),
        b"secret\n"
    );
    assert_eq!(
        c.enter("copy a data a b data a (replace"),
        ["Ready;"],
        "the link itself is replaced"
    );
    assert_eq!(
        std::fs::read(outside.path().join("b.data")).expect("read"),
        b"secret\n"
    );
}

proptest::proptest! {
    /// Whatever is typed, the session comes back to its prompt.
    #[test]
    fn no_line_breaks_the_session(
        words in proptest::collection::vec(
            proptest::sample::select(vec![
                "listfile", "copyfile", "erase", "rename", "type", "state", "access", "release", "query",
                "set", "execio", "globalv", "identify", "dropbuf", "help", "finis", "exec", "cp", "pipe",
                "a", "b", "data", "*", "%", "=", "(", ")", "1", "0", "-1", "99999999999999999999", "191",
                "diskr", "diskw", "string", "stem", "var", "find", "/x/", "/", "margins", "select", "setl",
                "recfm", "f", "lrecl", "from", "for", "col", "1-2", "3-1", "hex", "date", "stack", "disk",
                "\u{e9}", "toolongname", "a.b", "append", "frlabel", "replace", "lifo", "cms", "literal",
            ]),
            0..9,
        )
    ) {
        let line = words.join(" ");
        // EXECIO and PIPE may read the console; a null line answers them.
        let mut c = Console::ready(&[("a.data", "x\nyy\n"), ("b.data", "")]);
        let mut lines = c.enter(&line);
        for _ in 0..20 {
            if lines.last().is_some_and(|l| l.starts_with("Ready") || l == "CMS") {
                break;
            }
            lines.extend(c.enter(""));
        }
        let last = lines.last().cloned().unwrap_or_default();
        proptest::prop_assert!(last.starts_with("Ready") || last == "CMS", "{:?}: {:?}", line, lines);
    }
}

#[test]
fn execio_on_the_unit_record_devices() {
    let program = "/* */\naddress command\n'EXECIO 1 PUNCH (STRING a card'; say rc\n\
                   'EXECIO 1 PRINT (CC 1 STRING head'; say rc\nqueue '0text'; queue 'last'\n\
                   'EXECIO 2 PRINT (CC DATA'; say rc queued()\n\
                   'EXECIO 1 CARD (VAR C'; say rc left(c, 20)'|'\n\
                   'EXECIO * CARD (STEM C. STRIP'; say rc c.0 c.1\n'EXECIO 1 CARD (VAR C'; say rc\n\
                   'EXECIO 1 PUNCH (STRING' copies('x', 81); say rc\n\
                   'EXECIO 1 EMSG (STRING DMSABC123E What is this'; say rc\n\
                   'EXECIO 1 EMSG (STRING DMSABC1234W More of it'\n'EXECIO 1 CARD A'; say rc\n";
    let mut c = Console::ready(&[("t.exec", program)]);
    assert_eq!(
        c.enter("t"),
        [
            "0",
            "0",
            "0 0",
            "0 :READ  CARDS    DATA|",
            "0 1 a card",
            "2",
            "1",
            "DMSABC123E What is this",
            "0",
            "DMSABC1234W More of it",
            "DMSEIO621E Bad plist: A",
            "24",
            "Ready;"
        ]
    );
    let written: Vec<(u16, u8, &str)> =
        c.cp.written
            .iter()
            .map(|(d, o, t)| (*d, *o, t.as_str()))
            .collect();
    assert_eq!(written[4].2.len(), 80, "the card is cut");
    assert_eq!(
        written[..4],
        [
            (0xD, 0x41, "a card"),
            (0xE, 0x89, "head"),
            (0xE, 0x11, "text"),
            (0xE, 0x09, "ast")
        ]
    );
    c.cp.emsg = "CODE";
    assert!(c.enter("t").contains(&"DMSABC1234W".to_string()));
}

#[test]
fn options_that_say_what_is_so_anyway() {
    let mut c = Console::ready(&[("a.data", "x\n")]);
    assert_eq!(c.enter("listfile * * a (alloc allfile noheader").len(), 2);
    assert!(c.enter("identify (all")[0].starts_with("LINUX1   AT "));
}

#[test]
fn settings_that_do_nothing_here_are_kept() {
    let mut c = Console::ready(&[]);
    assert_eq!(c.enter("q autoread"), ["AUTOREAD = OFF", "Ready;"]);
    assert_eq!(c.enter("set autoread on"), ["Ready;"]);
    assert_eq!(c.enter("q autoread"), ["AUTOREAD = ON", "Ready;"]);
    assert!(c.enter("q display")[0].starts_with("DISPLAY 24 80 "));
    assert_eq!(c.enter("q ldrtbls"), ["LDRTBLS  = 30", "Ready;"]);
    assert_eq!(c.enter("set ldrtbls 12"), ["Ready;"]);
    assert_eq!(c.enter("q ldrtbls"), ["LDRTBLS  = 12", "Ready;"]);
    assert_eq!(
        c.enter("set ldrtbls x").last().map(String::as_str),
        Some("Ready(00024);")
    );
    assert_eq!(
        c.enter("set relpage maybe").last().map(String::as_str),
        Some("Ready(00024);")
    );
    assert_eq!(
        c.enter("set relpage").last().map(String::as_str),
        Some("Ready(00024);")
    );
}

#[test]
fn wakeup_tells_by_its_return_code_what_came() {
    let program = "/* */\naddress command\ntrace off\nparse arg how\n'WAKEUP' how\nsay rc queued()\n\
                   if queued() > 0 then do; parse pull line; say line; end\n";
    let mut c = Console::ready(&[("wait.exec", program)]);
    assert_eq!(c.enter("wait +0"), ["2 0", "Ready;"]);
    c.cp.messages.push("00000004LINUX2  do this".into());
    assert_eq!(
        c.enter("wait 23:59 (smsg cons"),
        ["1 1", "*SMSG LINUX2   do this", "Ready;"]
    );
    c.cp.messages.push("00000001LINUX3  hello".into());
    assert_eq!(
        c.enter("wait +99:00 (iucvmsg"),
        ["5 1", "*MSG LINUX3   hello", "Ready;"]
    );
    assert_eq!(c.enter("wait +5 (cons"), [""; 0], "it waits");
    assert_eq!(c.enter("typed"), ["6 1", "typed", "Ready;"]);
    assert_eq!(
        c.enter("wait +x"),
        ["DMSWAK070E Invalid parameter +X", "24 0", "Ready;"]
    );
    assert_eq!(c.enter("wait").last().map(String::as_str), Some("Ready;"));
}
