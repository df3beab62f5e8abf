//! The functions of CMS, called from programs.

use std::io::{Read, Write};
use std::net::TcpListener;

use super::ledger::Ledger;
use super::testing::Console;
use crate::cp::NativeSystem;

/// Runs an EXEC in a session; gives what it says.
fn said(text: &str) -> Vec<String> {
    let program = format!("/* */\n{text}\n");
    let mut c = Console::ready(&[("t.exec", &program)]);
    c.enter("t")
}

#[test]
fn value_keeps_variables_in_the_groups_of_globalv() {
    let mut c = Console::ready(&[
        (
            "vset.exec",
            "/* */\nsay '['value('one','1 x','GLOBAL mine')']' value('one',,'global MINE')\n\
             x = value('two',2,'LASTING mine'); x = value('three',3,'SESSION')\n\
             'GLOBALV SELECT MINE GET ONE TWO'; say one two\n'GLOBALV SELECT MINE SETL FOUR four'\n\
             say value('four',,'GLOBAL mine')\n",
        ),
        ("bad.exec", "/* */\nsay value('a',,'NOPOOL')\n"),
    ]);
    assert_eq!(c.enter("vset"), ["[] 1 x", "1 x 2", "four", "Ready;"]);
    assert_eq!(c.file("lasting.globalv"), "MINE TWO 2\n");
    assert_eq!(c.file("session.globalv"), "UNNAMED THREE 3\n");
    assert_eq!(
        c.enter("bad").last().map(String::as_str),
        Some("Ready(20040);")
    );
}

#[test]
fn diagnoses_and_their_return_codes() {
    assert_eq!(
        said(
            "say left(diag('00'),8)'|' substr(diag(0),17,6) length(diag(0))\n\
             say left(diag('0C'),16) length(diag('C'))\nsay diag('5C','DMSABC123E It is so')\n\
             say diagrc(8,'nonsense')\nsay diag('C8')"
        ),
        [
            "VM/ESA  | LINUX1 40",
            "11/21/2618:42:50 32",
            "DMSABC123E It is so",
            "        1 0     HCPCMD001E Unknown CP command: NONSENSE\u{FFFD}",
            "AMENG",
            "Ready;"
        ]
        .map(|l| l.replace('\u{FFFD}', "\u{15}"))
    );
    assert_eq!(
        said(
            "say length(diag('270')) substr(diag(270),33,20)\nsay c2x(diag(24,'-1'))\n\
             say left(diagrc(24,'FFF'),12)'|' c2x(diag(24,'FFF'))\n\
             say c2x(diag(64,'F','MYSEG')) left(diagrc('64','f','MYSEG'),11)'|'\nsay '['diag('8C')']'"
        ),
        [
            "64 11/21/20262026-11-21",
            "00000000000000000000000003",
            "        0 3 | 00000000000000000000000003",
            "000000000000002C02         0 2|",
            "[]",
            "Ready;"
        ]
    );
    assert_eq!(
        said("'SET CODEPAGE 1047'; say c2x(diag(60)) c2x(right(diag(24,'-1'),1))")[0],
        "00000000 03",
        "codes are seen as when the program began"
    );
    let lines = said("say diag('FFF')");
    assert!(
        lines
            .iter()
            .any(|l| l.contains("Error 40 running T EXEC, line 2")),
        "{lines:?}"
    );
}

#[test]
fn queues_with_names() {
    assert_eq!(
        said(
            "queue 'mine'\nq = rxqueue('create','jobs'); say q rxqueue('get')\n\
             say rxqueue('set','jobs') queued()\nqueue 'a'; queue 'b'; say queued()\n\
             say rxqueue('set','SESSION') queued(); parse pull x; say x\n\
             say rxqueue('delete','jobs') rxqueue('d','jobs') rxqueue('d','session')"
        ),
        [
            "JOBS SESSION",
            "SESSION 0",
            "2",
            "JOBS 1",
            "mine",
            "0 9 10",
            "Ready;"
        ]
    );
}

#[test]
fn other_functions() {
    assert_eq!(
        said("say csl('NOSUCH rc') cmsflag('subset') linesize() userid() externals()"),
        ["-7 0 80 LINUX1 0", "Ready;"]
    );
    for wrong in ["cmsflag('x')", "userid(1)", "storage('zz')", "storage('0')"] {
        let lines = said(&format!("say {wrong}"));
        assert_eq!(
            lines.last().map(String::as_str),
            Some("Ready(20040);"),
            "{wrong}"
        );
    }
}

#[test]
fn sockets_reach_what_is_allowed_and_nothing_else() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a caller");
        let mut got = [0; 5];
        stream.read_exact(&mut got).expect("five bytes");
        stream.write_all(b"reply to ").expect("sent");
        stream.write_all(&got).expect("sent");
    });
    let program = format!(
        "/* */\nsay socket('socket')\nsay socket('initialize','me',5)\nsay socket('initialize','me')\n\
         parse value socket('socket') with rc s\nsay rc s\nsay socket('connect',s,'AF_INET 9 127.0.0.1')\n\
         say socket('gethostbyname','example.com')\nsay socket('recv',s)\nsay socket('recv',77)\n\
         say socket('connect',s,'AF_INET {port} 127.0.0.1')\nsay socket('send',s,'hello')\n\
         say socket('select','write' s,5)\nall = ''\ndo until n = 0\n\
         parse value socket('read',s,100) with rc n data\nall = all || data\nend\nsay all\n\
         say socket('close',s) socket('close',s)\nsay socket('socketsetstatus')\nsay socket('terminate')\n\
         say socket('frob')\n"
    );
    let mut c = Console::ready(&[("net.exec", &program)]);
    let allowed = &mut c.session.state().allowed;
    allowed.net.push(format!("127.0.0.1:{port}"));
    let lines = c.enter("net");
    server.join().expect("the server ends");
    assert_eq!(
        lines,
        [
            "2005 ESUBTASKNOTACTIVE Subtask not active",
            "0 me 5 TCPIP",
            "2004 ESUBTASKALREADYACTIVE Subtask already active",
            "0 1",
            "13 EACCES Permission denied",
            "2053 EUNKNOWNHOST Unknown host",
            "57 ENOTCONN Socket is not connected",
            "2009 ESOCKETNOTDEFINED Socket not defined",
            "0",
            "0 5",
            "0 1 READ WRITE 1 EXCEPTION",
            "reply to hello",
            "0 2009 ESOCKETNOTDEFINED Socket not defined",
            "0 me Connected Free 5 Used 0",
            "0 me",
            "2001 EINVALIDRXSOCKETCALL Syntax error in RXSOCKET parameter list",
            "Ready;"
        ]
    );
}

#[test]
fn address_with_redirects_cms_commands() {
    let program = "/* */\ntrace o\n\
             address command 'CP Q V STOR' with output stem a.\nsay rc a.0 a.1\n\
             address cms 'listfile savelx exec s' with output append stem a.\nsay a.0\n\
             address cms 'q time' with output stream 'out data a'\nsay linein('out data a')\n\
             address cms 'nonsense' with output stem b.; say rc b.0\n\
             in.0 = 2; in.1 = 'first'; in.2 = 'second'\n\
             address cms 'EXEC READER' with input stem in. output stem r.; say r.0 r.1 r.2\n\
             address cms 'PIPE console | xlate upper | console' with input stem in. output stem p.\n\
             say p.0 p.1 p.2\n\
             address cms with output stem k.\n'cp q v stor'\nsay k.1 '/' address() address('O') address('I')\n\
             address command; say address('O'); address; 'cp q v stor'; say k.0 address('O')\n";
    let reader = "/* */\nparse pull x; parse external y; say y'-'||x\n";
    let mut c = Console::ready(&[("t.exec", program), ("reader.exec", reader)]);
    assert_eq!(
        c.enter("t"),
        [
            "0 1 STORAGE = 64M",
            "2",
            "TIME IS 18:42:50 UTC SATURDAY 11/21/26",
            "-3 0",
            "1 second-first R.2",
            "2 FIRST SECOND",
            "STORAGE = 64M / CMS REPLACE STEM K. INPUT NORMAL",
            "REPLACE NORMAL",
            "1 REPLACE STEM K.",
            "Ready;",
        ]
    );
}

#[test]
fn execs_in_storage_come_first() {
    let mut c = Console::ready(&[
        ("one.exec", "/* */\nparse source s; say 'disk' s\n"),
        ("two.exec", "/* */\nparse source s; say 'two' s\nreturn 2\n"),
        (
            "t.exec",
            "/* */\n'EXECSTAT ONE EXEC'; say rc\n'EXECLOAD TWO EXEC A ONE EXEC'; say rc\n'EXECSTAT ONE EXEC'; say rc\n\
             'one'; say one()\n'EXECLOAD TWO EXEC A ONE EXEC'; say rc\n'EXECMAP (STACK'\npull .; parse pull m; say m\n\
             'EXECDROP ONE EXEC'; say rc\n'EXECSTAT ONE EXEC'; say rc\n'EXECSTAT NONE EXEC'; say rc\n\
             'EXECDROP ONE EXEC'; say rc\n'SUBCOM CMS'; say rc\n'SUBCOM XYZ'; say rc\n",
        ),
    ]);
    let lines = c.enter("t");
    let expected = [
        "4",
        "0",
        "0",
        "two CMS COMMAND ONE EXEC * one CMS",
        "two CMS FUNCTION ONE EXEC * ONE CMS",
        "2",
        "DMSEXL024E EXEC ONE EXEC already exists in storage; specify PUSH option",
        "28",
        "ONE      EXEC         0        3       43  USER",
        "0",
        "4",
        "28",
        "DMSEXD002E EXEC ONE EXEC not found in storage",
        "28",
        "0",
        "1",
        "Ready;",
    ];
    assert_eq!(lines, expected);
    assert_eq!(
        c.enter("one"),
        ["disk CMS COMMAND ONE EXEC A1 one CMS", "Ready;"]
    );
}

#[test]
fn one_hundred_thousand_external_calls_nest() {
    let mut c = Console::ready(&[
        (
            "deep.exec",
            "/* */\nparse arg n\nif n = 0 then return 0\nreturn deep(n - 1) + 1\n",
        ),
        ("t.exec", "/* */\nsay deep(100000)\n"),
    ]);
    assert_eq!(c.enter("t"), ["100000", "Ready;"]);
}

#[test]
fn programs_that_call_one_another_without_end() {
    let mut c = Console::ready(&[
        ("cmd.exec", "/* */\n'EXEC CMD'\nexit rc\n"),
        ("fun.exec", "/* */\nreturn fun() + 1\n"),
        ("st.exec", "/* */\n'PIPE literal | st | hole'\nexit rc\n"),
        ("st.rexx", "/* */\n'CALLPIPE literal | st | *:'\nexit rc\n"),
        (
            "keep.exec",
            "/* */\nx = copies('a', 12e6)\ncall big 6e6\nsay result length(x)\n",
        ),
        (
            "drop.exec",
            "/* */\ndo i = 1 to 9; x = copies('a', 2e6 + i); end\ncall big 3e6\nsay result length(x)\n",
        ),
        ("big.exec", "/* */\nreturn length(copies('b', arg(1)))\n"),
    ]);
    c.session.state().ledger = Ledger::new(16 << 20);
    let exhausted = "DMSREX450E Error 5 running CMD EXEC, line 2: Machine storage exhausted";
    let lines = c.enter("cmd");
    assert_eq!(
        lines.iter().filter(|l| *l == exhausted).count(),
        1,
        "{:?}",
        &lines[..3.min(lines.len())]
    );
    assert_eq!(lines.last().map(String::as_str), Some("Ready(20005);"));
    let lines = c.enter("fun");
    assert!(lines.iter().any(|l| l.contains("Error 5 running FUN EXEC")));
    assert_eq!(lines.last().map(String::as_str), Some("Ready(20040);"));
    let lines = c.enter("st");
    assert!(lines.iter().any(|l| l.contains("Error 5 running ST REXX")));
    // What a caller keeps, its routine cannot have; what it no longer holds, it can.
    let lines = c.enter("keep");
    assert!(lines.iter().any(|l| l.contains("Error 5 running BIG EXEC")));
    assert_eq!(c.enter("drop"), ["3000000 2000009", "Ready;"]);
    assert_eq!(c.enter("cmd").len(), 3, "nothing is left behind");
}

#[test]
fn a_stage_finds_routines_of_its_own_type_first() {
    let mut c = Console::ready(&[
        ("st.rexx", "/* */\n'OUTPUT' which() other()\n"),
        ("which.rexx", "/* */\nreturn 'rexx'\n"),
        ("which.exec", "/* */\nreturn 'exec'\n"),
        ("other.exec", "/* */\nreturn which()\n"),
    ]);
    assert_eq!(c.enter("pipe st | console"), ["rexx exec", "Ready;"]);
}

#[test]
fn ts_reaches_a_loop_and_a_pause_ends_it() {
    let mut c = Console::ready(&[(
        "l.exec",
        "/* */\ndo i = 1 to 200000\nnop\nend\nsay 'done'\n",
    )]);
    c.session.input(b"l".to_vec());
    c.slice();
    c.session.input(b"ts".to_vec());
    c.slice();
    // The trace is interactive: what is typed now answers its pause.
    c.session.input(b"trace off".to_vec());
    c.settle();
    let lines = std::mem::take(&mut c.cp.lines);
    assert!(
        lines.iter().any(|l| l.contains("*-*") && l.contains("nop")),
        "traced"
    );
    assert_eq!(lines[lines.len() - 2..], ["done", "Ready;"]);
}

#[test]
fn address_system_only_where_it_is_allowed() {
    let program = "/* */\ntrace o\naddress system 'echo hi; exit 3'; say rc\n\
                   in.0 = 2; in.1 = 'b'; in.2 = 'a'\n\
                   address system 'sort; echo e >&2' with input stem in. output stem o. error stem e.\n\
                   say rc o.0 o.1 o.2 e.0 e.1\n";
    let mut c = Console::ready(&[("t.exec", program)]);
    let lines = c.enter("t");
    assert!(lines[0].contains("ADDRESS SYSTEM is refused"), "{lines:?}");
    assert_eq!(lines[1], "-3");
    c.session.state().allowed.system = true;
    assert_eq!(c.enter("t"), ["hi", "3", "0 2 a b 1 e", "Ready;"]);
}

#[test]
fn wrong_redirections_are_errors_with_the_standards_numbers() {
    for (clause, error) in [
        ("address cms with", "25.5"),
        ("address cms 'x' with inputs normal", "25.5"),
        ("address cms with input normal input normal", "25.5"),
        ("address cms with input append stem a.", "25.6"),
        ("address cms with output frob", "25.7"),
        ("address cms with output append normal", "25.8"),
        ("address cms with error replace x", "25.9"),
        ("address cms with output stream", "53.1"),
        ("address cms with output stem 'a.'", "53.2"),
        ("address cms with output stem a", "53.3"),
        ("address cms with output stem a.1", "53.3"),
        ("a.0 = 'x'; address cms 'q time' with input stem a.", "54.1"),
        (
            "drop a.; address cms 'q time' with output append stem a.",
            "54.1",
        ),
        ("address toolongname", "29.1"),
        ("address toolongname 'x'", "29.1"),
    ] {
        let clause = clause.replace('\'', "''");
        let program = format!(
            "trace o\nsignal on syntax\ninterpret '{clause}'\nsay 'no error'\nexit\n\
             syntax: say condition('E')"
        );
        assert_eq!(said(&program), [error, "Ready;"], "{clause}");
    }
}

#[test]
fn callable_services_read_and_write_files() {
    let mut c = Console::ready(&[
        ("in.data", "one\ntwo\nthree\n"),
        (
            "rd.exec",
            "/* */\nid = 'IN DATA A'; how = 'READ'\n\
             call csl 'DMSOPEN rc rs id 9 how 4 tok'; say result rc rs length(tok)\n\
             do n = 1\n  call csl 'DMSREAD rc rs tok 1 80 line 80 got'\n  if rc <> 0 then leave\n\
             say n got '['line']'\nend\nsay (rc > 4) got n\n\
             say csl('DMSCLOSE rc rs tok') csl('DMSCLOSE rc rs tok') rs\n",
        ),
        (
            "wr.exec",
            "/* */\nrec = 'first record'\n\
             say csl('DMSOPEN rc rs \"OUT DATA A\" 10 \"NEW V\" 5 t')\n\
             say csl('DMSWRITE rc rs t 1 5 rec 12 0') csl('DMSWRITE rc rs t 2 3 \"aaabbb\" 6')\n\
             say csl('DMSWRITE rc rs t 1 4 \"2nd.\" 4 2') csl('DMSEXIFI rc rs \"OUT DATA A\" 10') rs\n\
             say csl('DMSCLOSE rc rs t \"COMMIT\" 6') csl('DMSEXIFI rc rs \"OUT DATA A\" 10') rs\n\
             say csl('DMSOPEN rc rs \"OUT DATA A\" 10 \"NEW\" 3 t') rs\n\
             say csl('DMSOPEN rc rs \"OUT DATA A\" 10 \"WRITE\" 5 t') csl('DMSWRITE rc rs t 1 3 \"end\" 3')\n\
             say csl('DMSREAD rc rs t 1 9 b 9 n') b n csl('DMSCLOSE rc rs t \"NOCOMMIT\" 8')\n",
        ),
        (
            "more.exec",
            "/* */\nsay csl('DMSFILEC rc rs \"IN DATA A\" 9 \"OUT DATA A\" 10') rs\n\
             say csl('DMSFILEC rc rs \"IN DATA A\" 9 \"OUT DATA A\" 10 \"REPLACE\" 7')\n\
             say csl('DMSRENAM rc rs \"OUT DATA A\" 10 \"NEW DATA A\" 10 \"COMMIT\" 6')\n\
             say csl('DMSERASE rc rs \"OUT DATA A\" 10') rs csl('DMSERASE rc rs \"NEW DATA A\" 10') rs\n\
             say csl('DMSGETFM rc rs fm') fm\n",
        ),
        (
            "bad.exec",
            "/* */\nsay csl('NOSUCH rc') rc csl('DMSOPEN rc rs') rc csl('DMSGETFM rc rs fm more')\n\
             say csl('DMSGETFM') csl('DMSGETFM rc') csl('DMSGETFM rc rs 5') csl('DMSERASE rc rs nosuch 4') csl('DMSERASE rc rs \"A B\" x')\n\
             x = 'two'; say csl('DMSERASE rc rs \"A B\" x') csl('DMSERASE rc rs \"A B\" -1') csl(\"X 'open\") csl('DMSERASE 5')\n\
             big = 999999999999; say csl('DMSERASE rc rs \"A B\" big') csl('DMSEXIFI rc rs \"A B Q\" 5') rs\n\
             say csl('DMSOPEN rc rs \"X Y S\" 5 \"NEW\" 3 t') rs csl('DMSOPEN rc rs \"IN DATA\" 7 \"ANY\" 3 t')\n\
             say csl('DMSOPEN rc rs \"IN DATA\" 7 \"READ\" 4 t') csl('DMSREAD rc rs t big big b big n') csl('DMSWRITE rc rs t 1 1 \"x\" 1')\n",
        ),
    ]);
    assert_eq!(
        c.enter("rd"),
        [
            "0 0 0 8",
            "1 3 [one]",
            "2 3 [two]",
            "3 5 [three]",
            "1 0 4",
            "0 8 90230",
            "Ready;"
        ]
    );
    assert_eq!(
        c.enter("wr"),
        [
            "0",
            "0 0",
            "0 8 44000",
            "0 0 0",
            "8 44020",
            "0 0",
            "0 first 5 0",
            "Ready;"
        ]
    );
    assert_eq!(c.file("out.data"), "first\n2nd.\nbbb\n");
    assert_eq!(
        c.enter("more"),
        ["8 44020", "0", "0", "8 44000 0 0", "0 Z", "Ready;"]
    );
    assert_eq!(
        c.enter("bad"),
        [
            "-7 -7 -11 -11 -10",
            "-11 -11 -28003 -24 -24",
            "-27004 -29004 -20 -28001",
            "-29004 8 44000",
            "12 90540 8",
            "0 -29005 8",
            "Ready;"
        ]
    );
    assert_eq!(c.file("in.data"), "one\ntwo\nthree\n");
}

#[test]
fn what_is_written_without_close_is_kept_at_the_ready_message_and_not_after_hx() {
    let open = "/* */\ncall csl 'DMSOPEN rc rs \"KEPT DATA A\" 11 \"REPLACE\" 7 t'\n\
                call csl 'DMSWRITE rc rs t 1 2 \"ok\" 2'\n";
    let wait = format!("{open}call csl 'DMSWRITE rc rs t 1 2 \"no\" 2'; pull x\n");
    let mut c = Console::ready(&[("k.exec", open), ("w.exec", &wait)]);
    assert_eq!(c.enter("k"), ["Ready;"]);
    assert_eq!(c.file("kept.data"), "ok\n");
    c.enter("w");
    c.session.attention();
    c.enter("HX");
    assert_eq!(c.file("kept.data"), "ok\n");
}

#[test]
fn a_function_of_cms_comes_before_an_exec_of_its_name_and_one_of_others_behind_it() {
    let exec = "/* */\nparse source . how name .\nreturn 'the EXEC' name how\n";
    let mut c = Console::ready(&[
        ("cmsflag.exec", exec),
        ("rxqueue.exec", exec),
        ("own.exec", exec),
        ("own.rexx", "/* */\nreturn 'the stage type'\n"),
        ("cmsflag.rexx", "/* */\nreturn 'no'\n"),
        (
            "st.rexx",
            "/* */\n'output' own() cmsflag('impex') max(1, 2)\n",
        ),
        (
            "t.exec",
            "/* */\nsay cmsflag('abbrev')\nsay rxqueue('get')\nsay own()\ncall own; say result\n\
             say 'MAX'(1, 2) max(1, 2)\n'PIPE st | console'\n'SET IMPEX OFF'\nsay own()\n'SET IMPEX ON'\n\
             'EXECLOAD OWN REXX A OWN EXEC'; say own()\nexit\nmax: return 'mine'\n",
        ),
    ]);
    assert_eq!(
        c.enter("t"),
        [
            "1",
            "the EXEC RXQUEUE FUNCTION",
            "the EXEC OWN FUNCTION",
            "the EXEC OWN SUBROUTINE",
            "2 mine",
            "the stage type 1 2",
            "the EXEC OWN FUNCTION",
            "the stage type",
            "Ready;"
        ]
    );
}

#[test]
fn pipelines_that_call_themselves_nest_deep_and_come_back() {
    let mut c = Console::ready(&[(
        "n.rexx",
        "/* */\narg n\nif n > 0 then 'CALLPIPE literal x | n' n-1 '| *:'\nelse 'OUTPUT bottom'\nexit rc\n",
    )]);
    assert_eq!(
        c.enter("pipe literal | n 2000 | console"),
        ["bottom", "Ready;"]
    );
}

#[test]
fn every_callable_service_and_diagnose_is_documented() {
    let page = include_str!("../../docs/rexx-functions.md");
    for routine in super::functions::routines() {
        let row = format!(
            "| `{}` | `{}` | {} |",
            routine.name, routine.params, routine.doc
        );
        assert!(
            page.contains(&row),
            "docs/rexx-functions.md has no row\n{row}"
        );
    }
    for row in super::functions::rows() {
        let name = format!("| `{}(", row.name);
        assert!(page.contains(&name), "{}", row.name);
    }
}

#[test]
fn a_pipeline_that_fills_storage_is_stopped_and_the_session_goes_on() {
    let mut c = Console::ready(&[("keep.txt", "old\n")]);
    c.session.state().storage = crate::cms::watch::Storage::of(1);
    assert_eq!(
        c.enter("pipe literal x | dup * | buffer | > keep txt a"),
        [
            "DMSPIP109S Virtual storage capacity exceeded: the pipeline was stopped",
            "Ready(00104);"
        ]
    );
    assert_eq!(c.file("keep.txt"), "old\n");
    // What is done before anybody looks is done.
    assert_eq!(c.enter("pipe literal x| console"), ["x", "Ready;"]);
}

#[test]
fn the_place_of_an_error_in_a_specification_is_shown_to_a_person() {
    let mut c = Console::ready(&[]);
    c.session.state().excerpts = crate::cms::Switch::On;
    let shown = |c: &mut Console, line: &str| {
        let lines = c.enter(line);
        let at = lines.iter().rposition(|l| l.trim().starts_with("| "));
        at.map_or(Vec::new(), |at| lines[at - 1..=at].to_vec())
    };
    for (spec, marks) in [
        (
            "literal a| sort 1-5 sideways | console",
            "                    ^^^^^^^^",
        ),
        ("literal a| nosuch | console", "           ^^^^^^"),
        ("literal a| b: | console", "           ^^"),
        ("(end ? foo) hole", "       ^^^"),
        (
            "literal a| specs 1-* 1 w1| console",
            "                       ^^",
        ),
    ] {
        let (text, under) = (format!("       | {spec}"), format!("       | {marks}"));
        let line = format!("pipe {spec}");
        assert_eq!(shown(&mut c, &line), [text, under], "{spec}");
    }
    // A program's own catching of errors goes without.
    c.session.state().excerpts = crate::cms::Switch::Off;
    assert_eq!(shown(&mut c, "pipe nosuch"), [""; 0]);
}

#[test]
fn help_for_stages() {
    let mut c = Console::ready(&[]);
    assert!(c.enter("help pipe dup")[0].starts_with("DUPlicate "));
    assert_eq!(
        c.enter("help pipe trackread")[0],
        "TRACKREAD is a stage of CMS Pipelines that is not available here."
    );
}
