//! Transcripts of programs and pipelines in a session.

use super::testing::Console;
use crate::cp::{NativeExit, NativeSystem};

#[test]
fn parse_source_and_arguments() {
    let mut c = Console::ready(&[(
        "who.exec",
        "/* */\nparse source s\nsay s\nparse arg a\nsay '<'a'>'\nsay arg()\n",
    )]);
    assert_eq!(
        c.enter("Who  am I "),
        ["CMS COMMAND WHO EXEC A1 Who CMS", "<am I >", "1", "Ready;"]
    );
    assert_eq!(c.enter("exec who").as_slice()[1..], ["<>", "0", "Ready;"]);
    assert_eq!(c.enter("exec who(x")[1], "<(x>");
}

#[test]
fn return_codes_of_programs() {
    let mut c = Console::ready(&[
        ("rc.exec", "/* */\nparse arg n\nexit n\n"),
        ("err.exec", "/* */\nsay 'before'\nsay 1 +\n"),
    ]);
    assert_eq!(c.enter("rc 28"), ["Ready(00028);"]);
    assert_eq!(c.enter("rc -12"), ["Ready(-0012);"]);
    assert_eq!(c.enter("rc"), ["Ready;"]);
    assert_eq!(
        c.enter("rc abc"),
        [
            "DMSREX466E Error 26 running RC EXEC, line 3: Invalid whole number",
            "Ready(20026);"
        ]
    );
    let lines = c.enter("err");
    assert_eq!(lines[0], "before");
    assert_eq!(lines.last().expect("line"), "Ready(20035);", "{lines:?}");
}

#[test]
fn address_cms_and_command_differ() {
    let mut c = Console::ready(&[
        (
            "t.exec",
            "/* */\ntrace o\n'sub one'; say rc\n'q time'; say rc\n'nonsense'; say rc\n'cp nonsense'; say rc\n\
             address command\n'sub one'; say rc\n'EXEC sub'; say rc\n'EXEC SUB two'; say rc\n\
             'q time'; say rc\n'NONSENSE'; say rc\n'state x y a'; say rc\n'STATE X Y A'; say rc\n\
             'CP MSG LINUX9 x'; say rc\n'MSG LINUX9 x'; say rc\naddress xyz 'abc'; say rc\n",
        ),
        ("sub.exec", "/* */\nsay 'sub' arg(1)\nexit 7\n"),
    ]);
    assert_eq!(
        c.enter("t"),
        [
            "sub one",
            "7",
            "TIME IS 18:42:50 UTC SATURDAY 11/21/26",
            "CONNECT= 00:00:01",
            "0",
            "-3",
            "HCPCMD001E Unknown CP command: NONSENSE",
            "1",
            "-3",
            "DMSEXC002E File sub EXEC * not found",
            "28",
            "sub two",
            "7",
            "-3",
            "-3",
            "-3",
            "28",
            "HCPMFS045E LINUX9 not logged on",
            "45",
            "-3",
            "-3",
            "Ready;"
        ]
    );
}

#[test]
fn search_order_prefers_execs_to_commands() {
    let mut c = Console::ready(&[
        ("listfile.exec", "/* */\nsay 'mine' arg(1)\n"),
        ("state.exec", "/* */\nsay 'my state'\n"),
    ]);
    assert_eq!(c.enter("listfile x"), ["mine x", "Ready;"]);
    assert_eq!(
        c.enter("listf y"),
        ["mine y", "Ready;"],
        "also where the word abbreviates"
    );
    assert_eq!(c.enter("set impex off"), ["Ready;"]);
    assert_eq!(c.enter("state savelx exec s"), ["Ready;"]);
    assert_eq!(c.enter("exec state"), ["my state", "Ready;"]);
}

#[test]
fn profile_exec_runs_first_and_can_be_left_out() {
    let files = [("profile.exec", "/* */\nsay 'profile'\n'SET RDYMSG SMSG'\n")];
    let mut c = Console::at_ipl(&files);
    c.cp.lines.clear();
    assert_eq!(c.enter(""), ["profile", "Ready;"]);
    let mut c = Console::at_ipl(&files);
    c.cp.lines.clear();
    assert_eq!(
        c.enter("query rdymsg"),
        ["profile", "RDYMSG   = SMSG", "Ready;"]
    );
    let mut c = Console::at_ipl(&files);
    c.cp.lines.clear();
    assert_eq!(
        c.enter("access 191 a (noprof"),
        ["Ready; T=0.01/0.01 18:42:50"]
    );
}

#[test]
fn buffers_of_the_program_stack() {
    let mut c = Console::ready(&[(
        "b.exec",
        "/* */\naddress command\nqueue 'low'\n'MAKEBUF'; say rc\nqueue 'one'\n'MAKEBUF'; say rc\npush 'two'\n\
         'SENTRIES'; say rc queued()\n'DROPBUF 2'; say rc queued()\n'DROPBUF'; say rc queued()\npull x; say x\n\
         'DROPBUF 7'; say rc\n'MAKEBUF'\nqueue 'x'\n'DESBUF'\nsay queued()\n",
    )]);
    assert_eq!(
        c.enter("b"),
        ["1", "2", "3 3", "0 2", "0 1", "LOW", "2", "0", "Ready;"]
    );
}

#[test]
fn the_stack_then_the_terminal() {
    let mut c = Console::ready(&[(
        "p.exec",
        "/* */\nqueue 'b'\npush 'a'\nsay queued()\npull x; say x\nparse pull y; say y\nparse pull z; say 'got' z\n\
         say externals()\nparse external e; say 'ext' e\n",
    )]);
    assert_eq!(c.enter("p"), ["2", "A", "b"]);
    assert_eq!(c.exit, NativeExit::ReadConsole);
    assert_eq!(c.enter("typed Line"), ["got typed Line", "0"]);
    assert_eq!(c.enter("more"), ["ext more", "Ready;"]);
}

#[test]
fn lines_typed_ahead_are_kept() {
    let mut c = Console::ready(&[(
        "busy.exec",
        "/* */\ndo i = 1 to 60000\nend\nsay externals()\nparse external x\nsay x\n",
    )]);
    c.session.input(b"busy".to_vec());
    c.slice();
    assert_eq!(c.exit, NativeExit::Budget);
    c.session.input(b"first".to_vec());
    c.session.input(b"set rdymsg smsg".to_vec());
    c.settle();
    assert_eq!(
        std::mem::take(&mut c.cp.lines),
        ["2", "first", "Ready;", "Ready;"]
    );
}

#[test]
fn hx_ht_and_hi_reach_a_loop() {
    let mut c = Console::ready(&[
        (
            "loop.exec",
            "/* */\nsay 'in'\nqueue 'state a b'\ndo forever\nend\n",
        ),
        (
            "talk.exec",
            "/* */\ndo i = 1 to 100000\nend\nsay 'hidden'\nexit 4\n",
        ),
        (
            "caught.exec",
            "/* */\nsignal on halt\ndo forever\nend\nhalt: say 'halted'; exit 3\n",
        ),
    ]);
    c.session.input(b"loop".to_vec());
    c.slice();
    c.session.input(b"hx".to_vec());
    c.settle();
    assert_eq!(std::mem::take(&mut c.cp.lines), ["in", "CMS"]);
    assert_eq!(c.exit, NativeExit::ReadConsole);
    c.session.input(b"talk".to_vec());
    c.slice();
    c.session.input(b"ht".to_vec());
    c.settle();
    assert_eq!(std::mem::take(&mut c.cp.lines), ["Ready(00004);"]);
    c.session.input(b"caught".to_vec());
    c.slice();
    c.session.input(b"hi".to_vec());
    c.settle();
    assert_eq!(std::mem::take(&mut c.cp.lines), ["halted", "Ready(00003);"]);
}

#[test]
fn hx_ends_an_endless_pipeline_and_leaves_the_old_file() {
    for spec in [
        "literal x|dup *|hole",
        "literal x|dup *|> out data a|hole",
        "literal x|dup *|copy|strip|> out data a|count lines|console",
        "literal x|dup *|noeofback|>> out data a",
    ] {
        let mut c = Console::ready(&[("out.data", "old\n"), ("back.exec", "/* */\nsay 'back'\n")]);
        let before = std::fs::read_dir(c.path()).expect("folder").count();
        c.session.input(format!("pipe {spec}").into_bytes());
        for _ in 0..3 {
            c.slice();
            assert_eq!(c.exit, NativeExit::Budget, "{spec} gives way");
        }
        c.session.input(b"hx".to_vec());
        c.settle();
        assert_eq!(std::mem::take(&mut c.cp.lines), ["CMS"], "{spec}");
        assert_eq!(c.exit, NativeExit::ReadConsole);
        assert_eq!(c.file("out.data"), "old\n", "{spec}");
        let after = std::fs::read_dir(c.path()).expect("folder").count();
        assert_eq!(after, before, "{spec} leaves no draft");
        assert_eq!(c.enter("back"), ["back", "Ready;"]);
    }
}

#[test]
fn hi_and_hx_reach_a_program_that_is_a_stage() {
    let rexx = "/* */\nsignal on halt\ndo forever\n'SUSPEND'\nend\nhalt: 'OUTPUT halted'; exit 3\n";
    let mut c = Console::ready(&[("spin.rexx", rexx)]);
    c.session.input(b"pipe spin|console".to_vec());
    c.slice();
    assert_eq!(c.exit, NativeExit::Budget);
    c.session.input(b"hi".to_vec());
    c.settle();
    assert_eq!(std::mem::take(&mut c.cp.lines), ["halted", "Ready(00003);"]);
    c.session.input(b"pipe spin|console".to_vec());
    c.slice();
    c.session.input(b"hx".to_vec());
    c.settle();
    assert_eq!(std::mem::take(&mut c.cp.lines), ["CMS"]);
}

#[test]
fn functions_and_subroutines_in_other_execs() {
    let mut c = Console::ready(&[
        (
            "main.exec",
            "/* */\nsay twice(21)\ncall twice 4\nsay result\nsay userid() linesize() cmsflag('IMPCP')\n\
             parse value diag(8,'Q V STOR') with a '=' b '15'x\nsay strip(b)\n\
             parse value diagrc(8,'MSG LINUX9 x') with drc dcc text\nsay drc dcc\n\
             parse value diagrc(8,'Q V STOR') with 1 drc 10 17 text '15'x\nsay drc+0 text\nsay nowhere(1)\n",
        ),
        (
            "twice.exec",
            "/* */\nparse source . how .\nreturn how 2*arg(1)\n",
        ),
    ]);
    let lines = c.enter("main");
    assert_eq!(
        lines[..6],
        [
            "FUNCTION 42",
            "SUBROUTINE 8",
            "LINUX1 80 1",
            "64M",
            "45 0",
            "0 STORAGE = 64M"
        ]
    );
    assert_eq!(lines.last().expect("line"), "Ready(20043);");
}

#[test]
fn execs_call_execs_to_any_depth() {
    let mut c = Console::ready(&[(
        "deep.exec",
        "/* */\nparse arg n\nif n > 0 then do; 'EXEC DEEP' n-1; exit rc+1; end\nexit 0\n",
    )]);
    assert_eq!(c.enter("deep 20000"), ["Ready(20000);"]);
}

#[test]
fn an_ipl_from_an_exec_drops_the_session() {
    let mut c = Console::ready(&[("boot.exec", "/* */\nsay 'off'\n'i 200'\nsay 'never'\n")]);
    c.session.input(b"boot".to_vec());
    c.settle();
    assert_eq!(c.exit, NativeExit::Gone);
    assert_eq!(c.cp.lines, ["off"]);
}

#[test]
fn savelx_issues_its_commands() {
    let mut c = Console::ready(&[]);
    c.session.input(b"savelx lxshr 200".to_vec());
    c.settle();
    assert_eq!(
        c.cp.lines,
        [
            "DEFSYS lxshr 0-FF EW 100-2FF SR 300-4FF EW MINSIZE=64M",
            "TRACE I R 10000 CMD SAVESYS lxshr# TRACE END ALL",
            "i 200"
        ]
    );
    assert_eq!(c.exit, NativeExit::Gone);
    let asked: Vec<&str> = c.cp.asked.iter().map(String::as_str).collect();
    assert_eq!(
        asked[asked.len() - 3..],
        [
            "DEFSYS LXSHR 0-FF EW 100-2FF SR 300-4FF EW MINSIZE=64M",
            "TRACE I R 10000 CMD SAVESYS LXSHR# TRACE END ALL",
            "I 200"
        ]
    );
}

#[test]
fn savelx_keeps_every_line_of_the_founding_page() {
    // The surviving lines in their order; the restored ones stand between them.
    let kept = [
        "/* SAVELX EXEC */",
        "parse arg lxname devnum",
        "lxname = strip(lxname)",
        "devnum = strip(devnum)",
        "'pipe cp q term | var termout'",
        "parse var termout one myend three",
        "myend = strip(myend)",
        "'pipe cp q v stor | var storout'",
        "parse var storout one two storsize",
        "DODEF = 'DEFSYS' lxname '0-FF EW 100-2FF SR 300-4FF EW'",
        "dodef = dodef 'MINSIZE=' || storsize",
        "say dodef",
        "/* define the saved system */",
        "/* arrange to stop the ipl processing at the appropriate spot, */",
        "/* at which point a savesys will be issued */",
        "setsave = setsave || myend 'TRACE END ALL'",
        "say setsave",
        "doipl = 'i' devnum",
        "say doipl",
        "/* all set, issue the ipl */",
    ];
    let text = include_str!("../../execs/savelx.exec");
    let mut lines = text.lines();
    for wanted in kept {
        assert!(lines.any(|l| l == wanted), "{wanted}");
    }
}

#[test]
fn pipelines_and_the_variables_of_their_program() {
    let mut c = Console::ready(&[
        (
            "v.exec",
            "/* */\n'PIPE CP Q TIME | var first'\nsay rc first\n'PIPE cms listfile sav* exec s | stem f.'\nsay f.0 f.1\n\
         x.1='one'; x.2='two'; x.0=2\n'PIPE stem x. | > out file a'\nsay rc\n'PIPE < out file | stack'\n\
         pull a; pull b; say a b\n'PIPE cms sub 5 | stem s.'\nsay s.0 s.1 rc\ntrace o\n'PIPE nosuch | hole'\nsay rc\n\
         'PIPE command STATE NO FILE A | cons'\nsay rc\n",
        ),
        ("sub.exec", "/* */\nsay 'sub says' arg(1)\nexit 9\n"),
    ]);
    assert_eq!(
        c.enter("v"),
        [
            "0 TIME IS 18:42:50 UTC SATURDAY 11/21/26",
            "2 SAVELATE EXEC     S1",
            "0",
            "ONE TWO",
            "1 sub says 5 9",
            "FPLSCA027E Entry point NOSUCH not found",
            "FPLSCA003I ... Issued from stage 1 of pipeline 1",
            "FPLSCA001I ... Running \"nosuch\"",
            "-27",
            "28",
            "Ready;"
        ]
    );
    assert_eq!(c.file("out.file"), "one\ntwo\n");
    assert_eq!(c.enter("pipe literal hello| console"), ["hello", "Ready;"]);
    assert_eq!(
        c.enter("pipe var x | console")
            .last()
            .expect("line")
            .get(..6),
        Some("Ready(")
    );
}

#[test]
fn what_a_command_says_comes_before_what_the_stage_says_next() {
    // The record of the second PEEKTO is not there yet: the message comes when it does.
    let mut c = Console::ready(&[(
        "bad.rexx",
        "/* */\n'peekto 1x'\nsay rc\n'readto'\n'peekto 1x'\nsay rc\n'output done'\n",
    )]);
    let once = |line: u32| {
        [
            "FPLVAR235E Variable name \"1x\" is not valid".to_string(),
            "FPLSCA002I ... Processing \"1x\"".to_string(),
            format!("     {line} *-* 'peekto 1x'"),
            "       +++ RC(-235) +++".to_string(),
            "-235".to_string(),
        ]
    };
    let mut expected = [once(2), once(5)].concat();
    expected.extend(["done".to_string(), "Ready;".to_string()]);
    assert_eq!(c.enter("pipe literal a b| split| bad| console"), expected);
}

#[test]
fn rexx_stages() {
    let mut c = Console::ready(&[
        (
            "dbl.rexx",
            "/* */\nsignal on error\ndo forever\n'peekto line'\n'output' line line arg(1)\n'readto'\nend\nerror: exit rc*(rc<>12)\n",
        ),
        (
            "env.rexx",
            "/* */\nparse source s\n'output' s\naddress command 'EXEC SET7'\n'output' rc userid() seven()\n\
             address command 'PIPE literal inner| var v'\n'output' v\nexit 5\n",
        ),
        ("set7.exec", "/* */\nsay 'in set7'\nexit 7\n"),
        ("seven.exec", "/* */\nreturn 'seven'\n"),
    ]);
    assert_eq!(
        c.enter("pipe literal a b| dbl X| console"),
        ["a b a b X", "Ready;"]
    );
    assert_eq!(
        c.enter("pipe env | console"),
        [
            "CMS COMMAND ENV REXX A1 ENV PIPE",
            "in set7",
            "7 LINUX1 seven",
            "inner",
            "Ready(00005);"
        ]
    );
}

#[test]
fn execio_in_programs() {
    let mut c = Console::ready(&[
        (
            "io.exec",
            "/* */\naddress command\n'EXECIO * DISKR IN DATA A (STEM L. FINIS'\nsay rc l.0 l.3\n\
             'EXECIO 1 DISKR IN DATA A (VAR V'\nsay v\n'EXECIO 1 DISKR IN DATA A'\npull w; say w\n\
             'EXECIO 5 DISKR IN DATA A (STEM M.'\nsay rc m.0\n'FINIS IN DATA A'\nsay rc\n\
             'EXECIO * DISKR IN DATA A (FINIS LOCATE /hre/'\nsay rc queued()\npull n; parse pull t; say n t\n\
             o.1='x'; o.2='y'\n'EXECIO 2 DISKW OUT DATA A (STEM O.'\n'STATE OUT DATA A'\nsay rc\n\
             'EXECIO * CP (STEM C. STRING Q TIME'\nsay rc c.0\n'EXECIO * CP (STRING MSG LINUX9 x'\nsay rc\n",
        ),
        ("in.data", "one\ntwo\nthree\n"),
    ]);
    assert_eq!(
        c.enter("io"),
        [
            "0 3 three",
            "one",
            "TWO",
            "2 1",
            "0",
            "0 2",
            "3 3 three",
            "0",
            "0 2",
            "1045",
            "Ready;",
            "Unknown CP/CMS command",
            "Ready(-0001);"
        ],
        "what CP said is left on the stack, and so the next command"
    );
    assert_eq!(c.file("out.data"), "x\ny\n");
}

#[test]
fn globalv_between_programs() {
    let mut c = Console::ready(&[
        (
            "put.exec",
            "/* */\nname='Some One'; n=3\n'GLOBALV SELECT G PUT NAME N'\n",
        ),
        (
            "get.exec",
            "/* */\n'GLOBALV SELECT G GET NAME N X'\nsay '<'name'>' n '<' || x'>'\n",
        ),
    ]);
    assert_eq!(c.enter("put"), ["Ready;"]);
    assert_eq!(c.enter("get"), ["<Some One> 3 <>", "Ready;"]);
}

#[test]
fn the_execs_that_ship() {
    let mut c = Console::ready(&[("text.data", "the cat\nThe dog and THE bird\na/b dog\n")]);
    assert_eq!(
        c.enter("words text data a 2"),
        ["         3THE", "         2DOG", "Ready;"]
    );
    assert_eq!(
        c.enter("words no file").last().expect("line"),
        "Ready(00028);"
    );
    assert_eq!(
        c.enter("findtext * data a dog"),
        [
            "TEXT DATA A1: The dog and THE bird",
            "TEXT DATA A1: a/b dog",
            "Ready;"
        ]
    );
    assert_eq!(c.enter("findtext * data a a/b")[0], "TEXT DATA A1: a/b dog");
    assert_eq!(c.enter("findtext * data a zzz"), ["Ready(00028);"]);
    assert_eq!(
        c.enter("pipe < text data | take 1 | lineno | console"),
        ["     1 the cat", "Ready;"]
    );
}

#[test]
fn an_error_ends_a_program_with_its_traceback_and_message() {
    let mut c = Console::ready(&[
        (
            "bad.exec",
            "/* */\ncall s\nexit\ns: procedure\ndo i=1 to 2\n  if i=1 then do\n    x=1+'a'\n  end\nend\n",
        ),
        (
            "out.exec",
            "/* */\n'SET CMSTYPE HT'\nsay 'unseen'\nx=bad()\n",
        ),
        ("open.exec", "/* */\nsay 'runs'\nsay 'open\n"),
        ("ansi.exec", "/* */\noptions ansi\nsay 1+'a'\n"),
    ]);
    assert_eq!(
        c.enter("ansi"),
        [
            "3 +++ say 1+'a'",
            "Error 41 running ANSI EXEC, line 3:  Bad arithmetic conversion",
            "Error 41.2:  The value \"a\" on the right of \"+\" is no number",
            "Ready(20041);"
        ]
    );
    assert_eq!(
        c.enter("bad"),
        [
            "     7 +++     x=1+'a'",
            "     2 +++ call s",
            "DMSREX476E Error 41 running BAD EXEC, line 7: Bad arithmetic conversion",
            "Ready(20041);"
        ]
    );
    let lines = c.enter("out");
    assert_eq!(
        lines[lines.len() - 2..],
        [
            "DMSREX475E Error 40 running OUT EXEC, line 4: Incorrect call to routine",
            "Ready(20040);"
        ],
        "{lines:?}"
    );
    assert_eq!(
        c.enter("open"),
        [
            "runs",
            "     3 +++ say 'open",
            "DMSREX453E Error 6 running OPEN EXEC, line 3: Unmatched \"/*\" or quote",
            "Ready(20006);"
        ]
    );
}

#[test]
fn exectrac_and_the_pauses_of_a_session() {
    let mut c = Console::ready(&[("t.exec", "/* */\nx=1\nsay x\n")]);
    assert_eq!(c.enter("set exectrac on"), ["Ready;"]);
    assert_eq!(
        c.enter("t"),
        [
            "     2 *-* x=1",
            "       >>>   \"1\"",
            "       +++ Interactive trace.  TRACE OFF to end debug, ENTER to continue. +++"
        ]
    );
    assert_eq!(c.enter("x=5; say 'now' x"), ["now 5"]);
    assert_eq!(c.enter("trace o"), ["5", "Ready;"]);
    assert_eq!(c.enter("set exectrac off"), ["Ready;"]);
    assert_eq!(c.enter("t"), ["1", "Ready;"]);
}

#[test]
fn ts_stops_a_loop_for_a_look() {
    let program = "/* */\nstop=0\ndo until stop\nn=1\nend\nsay 'out'\nexit 2\n";
    let mut c = Console::ready(&[("spin.exec", program)]);
    c.session.input(b"spin".to_vec());
    c.slice();
    c.session.input(b"ts".to_vec());
    c.settle();
    assert_eq!(
        std::mem::take(&mut c.cp.lines),
        [
            "     3 *-* do until stop",
            "     4 *-*  n=1",
            "       >>>    \"1\"",
            "       +++ Interactive trace.  TRACE OFF to end debug, ENTER to continue. +++"
        ]
    );
    assert_eq!(c.enter("stop=1; trace o"), ["out", "Ready(00002);"]);
}

#[test]
fn the_code_page_of_a_session() {
    let mut c = Console::ready(&[(
        "cp.exec",
        "/* */\nsay c2x('A1') ('C1F1'x == 'A1') ('a' < '1')\n",
    )]);
    assert_eq!(c.enter("cp")[0], "4131 0 0");
    assert_eq!(c.enter("set codepage 1047"), ["Ready;"]);
    assert_eq!(c.enter("q codepage"), ["CODEPAGE = 1047", "Ready;"]);
    assert_eq!(c.enter("cp")[0], "C1F1 1 1");
    assert_eq!(c.enter("set codepage host"), ["Ready;"]);
    assert_eq!(c.enter("cp")[0], "4131 0 0");
}
