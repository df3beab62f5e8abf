//! Streams of REXX programs: in a session they are CMS files, alone they are host paths.

use std::path::Path;

use super::allowed::Allowed;
use super::standalone::{Alone, run_rexx};
use super::testing::Console;
use crate::base::Clock;
use crate::cms::Switch;
use crate::rexx::Language;

/// Runs a program alone in a folder; gives its return code and what it wrote.
fn alone(folder: &Path, text: &str, mut input: &'static [u8]) -> (i32, String) {
    let mut output = Vec::new();
    let alone = Alone {
        user: b"TESTER".to_vec(),
        folder: folder.to_owned(),
        clock: Clock::fixed(0),
        seed: 1,
        input: &mut input,
        output: &mut output,
        shared: false,
        allowed: Allowed::default(),
        level: Language::default(),
        excerpts: Switch::Off,
        watcher: None,
    };
    let folder = folder.display();
    let text = format!("dir = '{folder}/'\n{text}");
    let rc = run_rexx(alone, text.as_bytes(), b"T", b"").expect("console");
    (rc, String::from_utf8(output).expect("text"))
}

fn lines(text: &str) -> Vec<String> {
    let dir = tempfile::tempdir().expect("temp");
    let (_, said) = alone(dir.path(), text, b"");
    said.lines().map(str::to_owned).collect()
}

#[test]
fn read_and_write_positions_are_two() {
    assert_eq!(
        lines(
            "f = dir'f'\ncall lineout f,'one'; call lineout f,'two'\nsay linein(f)\n\
             call lineout f,'three'\nsay linein(f) linein(f) linein(f)'.'\n\
             call lineout f,'four'\nsay linein(f) lines(f)\n\
             call charout f,'TWO',5\nsay linein(f,2)\ncall lineout f,'FOUR!',4\nsay linein(f,4) chars(f)\n\
             say charin(f,2,4)'|' charin(f)'|' stream(f,'c','query seek read')\n"
        ),
        [
            "one",
            "two three .",
            "four 0",
            "TWO",
            "FOUR! 0",
            "ne",
            "T| W| 7"
        ]
    );
}

#[test]
fn lines_and_chars_tell_whether_or_how_many() {
    assert_eq!(
        lines(
            "f = dir'f'\nsay lines(f) chars(f) stream(f)\ncall charout f,'a'||'0a0a'x||'bc'\n\
             say lines(f) chars(f) lines(f,'C') chars(f,'Count') lines(f,'N')\n\
             x = linein(f)\nsay lines(f,'C') chars(f,'C')\n\
             x = linein(f); say '['linein(f)']' lines(f,'C') stream(f)\n\
             say '['linein(f)']' lines(f) chars(f) stream(f) stream(f,'D')\n"
        ),
        [
            "0 0 UNKNOWN",
            "1 1 3 5 1",
            "2 3",
            "[bc] 0 READY",
            "[] 0 0 NOTREADY NOTREADY:EOF"
        ]
    );
}

#[test]
fn the_end_of_a_stream_signals_at_once_and_calls_at_the_end_of_the_clause() {
    assert_eq!(
        lines(
            "f = dir'f'\ncall lineout f,'x'\nx = linein(f)\nsignal on notready\ny = 'old'\n\
             y = linein(f)\nsay 'never'\nnotready: say 'at' sigl y condition('I') condition('C')\n\
             say substr(condition('D'),lastpos('/',condition('D'))) stream(f)\n\
             call on notready name n\nz = 'a'linein(f)'b'\nsay 'after' z\n\
             if linein(f) == '' then say 'then'; else say 'else'\n\
             do until n = 5; call charin f; end\nsay 'out' n\ninterpret 'w = linein(f); say w'\nexit\n\
             n: if n = 'N' then n = 0; n = n + 1; say 'called' sigl z n; return\n"
        ),
        [
            "at 7 old SIGNAL NOTREADY",
            "/f NOTREADY",
            "called 12 ab 1",
            "after ab",
            "called 14 ab 2",
            "then",
            "called 15 ab 3",
            "called 15 ab 4",
            "called 15 ab 5",
            "out 5",
            "called 17 ab 6",
            "",
        ]
    );
}

#[test]
fn positions_outside_and_streams_without_positions_are_errors() {
    for (program, error) in [
        ("call lineout dir'f','a'; x = linein(dir'f',3)", "40.41"),
        ("call lineout dir'f','a',3", "40.41"),
        ("call charout dir'f','a',2", "40.41"),
        ("call charout dir'f','a'; x = charin(dir'f',3)", "40.41"),
        ("x = linein('/dev/null',1)", "40.42"),
        ("x = linein(,2)", "40.42"),
        ("x = linein(dir'f',,2)", "40.39"),
        ("x = linein(dir'f',0)", "40.14"),
        ("x = stream(dir'f','C')", "40.3"),
        ("x = stream(dir'f','S','CLOSE')", "40.4"),
        ("x = stream(dir'f','C','FROB')", "40.28"),
        ("x = lines(dir'f','Z')", "40.28"),
    ] {
        let said = lines(program).join(" ");
        assert!(
            said.contains(&format!("Error {error}:")),
            "{program}: {said}"
        );
    }
    assert_eq!(
        lines("f=dir'f'; call lineout f,'a'; say linein(f,2)'.' lineout(f,'b',2) linein(f,2)"),
        [". 0 b"],
        "the place behind the end is within"
    );
}

#[test]
fn closed_streams_are_forgotten() {
    assert_eq!(
        lines(
            "do i = 1 to 3000; call lineout dir'f'i,i; call lineout dir'f'i; end\nsay linein(dir'f2999')\n\
             a = dir'a'; b = dir'b'; call lineout a,'a'; call lineout b,'b'; call lineout a\n\
             c = dir'c'; call lineout c,'c'; say linein(b) linein(c) linein(a) stream(dir'f1')\n\
             call lineout b; call lineout c; say stream(a) stream(b) stream(c)\n"
        ),
        ["2999", "b c a UNKNOWN", "READY UNKNOWN UNKNOWN"]
    );
}

#[test]
fn what_cannot_be_written_is_told() {
    assert_eq!(
        lines(
            "say lineout('/dev/full','x') stream('/dev/full') charout('/dev/full','abc')\n\
             say lineout(dir,'x') stream(dir) lineout(dir'no/where','x') linein(dir)'.'\n\
             call on notready; call lineout '/dev/full','x'; say 'after'; exit\n\
             notready: say condition('D') condition('C') condition('S'); return\n"
        ),
        [
            "1 ERROR 3",
            "1 ERROR 1 .",
            "/dev/full NOTREADY DELAY",
            "after"
        ]
    );
}

#[test]
fn stream_commands() {
    assert_eq!(
        lines(
            "f = dir'f'\nsay '['stream(f,'C','QUERY EXISTS')']' stream(f,'C','OPEN READ') stream(f)\n\
             say stream(f,'c','open write') lineout(f,'abc') linein(f)'.' stream(f)\n\
             say stream(f,'c','close') stream(f) '['stream(f,'c','close')']'\n\
             say (stream(f,'c','query exists') = f) stream(f,'c','query size')\n\
             say stream(f,'c','open both replace') stream(f,'c','query size')\n\
             do i = 1 to 5; call lineout f,i'.'; end\n\
             say stream(f,'c','seek 3 read line') linein(f) stream(f,'c','query position read line')\n\
             say stream(f,'c','seek <1 read line') linein(f) stream(f,'c','seek -2 read') linein(f)\n\
             say stream(f,'c','query streamtype') stream('/dev/null','c','query exists')\n\
             say stream(f,'c','open new') stream(f,'c','open read') lineout(f,'no')\n\
             say stream(f,'c','linepos 2 read') linein(f) (qualify(f) = f)\n"
        ),
        [
            "[] ERROR:2 ERROR",
            "READY: 0 . ERROR",
            "READY: UNKNOWN []",
            "1 4",
            "READY: 0",
            "3 3. 4",
            "5 5. 14 .",
            "PERSISTENT /dev/null",
            "ERROR:17 READY: 1",
            "2 2. 1",
        ]
    );
}

#[test]
fn the_console_is_the_default_stream() {
    let dir = tempfile::tempdir().expect("temp");
    let run = |text: &str, input: &'static [u8]| alone(dir.path(), text, input).1;
    assert_eq!(
        run(
            "do while lines() > 0; say '<'linein()'>'; end; say linein()'.'",
            b"a\n\nb c"
        ),
        "<a>\n<>\n<b c>\n.\n"
    );
    assert_eq!(
        run(
            "say charin(,,2); parse pull x; say x; parse linein y; say y; say chars()",
            b"abc\nde\n"
        ),
        "ab\nc\nde\n0\n"
    );
    assert_eq!(
        run(
            "do while chars() > 0; call charout ,charin(); end",
            b"a\n\nb"
        ),
        "a\n\nb",
        "a copy is a copy"
    );
    assert_eq!(
        run("say charin() lines() linein() lines()", b"ab"),
        "a 1 b 0\n"
    );
    assert_eq!(
        run(
            "call charout ,'Na'; call charout ,'me'; say '!'; call lineout ,'x'; call charout ,'end'",
            b""
        ),
        "Name!\nx\nend"
    );
    assert_eq!(
        run(
            "call on notready; parse linein x; say 'got' x; exit; notready: say 'NR'; return",
            b""
        ),
        "NR\ngot \n"
    );
}

#[test]
fn routines_of_a_program_alone_stand_beside_it_or_in_the_folder() {
    let dir = tempfile::tempdir().expect("temp");
    let path = dir.path().join("twice.rexx");
    std::fs::write(&path, "parse source . how . ; return how 2*arg(1)").expect("write");
    let mut output = Vec::new();
    let alone = Alone {
        user: b"TESTER".to_vec(),
        folder: dir.path().to_owned(),
        clock: Clock::fixed(0),
        seed: 1,
        input: &mut &b""[..],
        output: &mut output,
        shared: false,
        allowed: Allowed::default(),
        level: Language::default(),
        excerpts: Switch::Off,
        watcher: None,
    };
    let main = dir.path().join("main.rexx").display().to_string();
    let text = b"say twice(21); call twice 4; say result; say value('PATH',,'SYSTEM') <> ''; say nowhere()";
    let rc = run_rexx(alone, text, main.as_bytes(), b"").expect("console");
    let said = String::from_utf8(output).expect("text");
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[..3], ["FUNCTION 42", "SUBROUTINE 8", "1"]);
    assert_eq!(rc, 20_043);
}

#[test]
fn in_a_session_streams_are_files_of_the_accessed_disks() {
    let outside = tempfile::tempdir().expect("temp");
    std::fs::write(outside.path().join("secret.data"), "secret\n").expect("write");
    let mut c = Console::ready(&[
        ("in.data", "one\ntwo"),
        (
            "s.exec",
            "/* */\nf = 'in data'\ndo while lines(f) > 0; say linein('IN DATA A'); end\n\
             call lineout f,'three'\nsay lineout('NEW FILE A1','x') lineout('NO FILE S','x') lineout('bad','x')\n\
             'STATE NEW FILE A'; say rc\n'PIPE < new file | console'\nsay qualify('new file') qualify('other file')\n\
             say stream('savelx exec','c','query exists') left(linein('savelx exec s'),2)\n\
             say stream('nope data') '['linein('nope data')']' stream('nope data')\n\
             call charout 'chars data', 'abc'; call lineout 'chars data','def'\n\
             parse arg out; say lineout(out'/x.data','x') linein(out'/secret.data')'.' lineout('../x data','x')\n",
        ),
    ]);
    let command = format!("s {}", outside.path().display());
    assert_eq!(
        c.enter(&command),
        [
            "one",
            "two",
            "0 1 1",
            "0",
            "x",
            "NEW FILE A1 OTHER FILE A1",
            "SAVELX EXEC S1 /*",
            "UNKNOWN [] ERROR",
            "1 . 1",
            "Ready;"
        ]
    );
    assert_eq!(c.file("in.data"), "one\ntwo\nthree\n", "records are whole");
    assert_eq!(c.file("new.file"), "x\n");
    assert_eq!(c.file("chars.data"), "abcdef\n");
}

#[test]
fn a_program_waits_at_the_terminal_for_lines_and_characters() {
    let mut c = Console::ready(&[(
        "t.exec",
        "/* */\ncall charout ,'name? '\nsay 'got' linein()\nsay charin(,,3)'|'\nparse external x\nsay x lines()\n",
    )]);
    assert_eq!(c.enter("t"), ["name? "]);
    assert_eq!(c.enter("Me"), ["got Me"]);
    assert_eq!(c.enter("a"), Vec::<String>::new(), "two characters so far");
    assert_eq!(c.enter("bcd"), ["a\nb|", "cd 1", "Ready;"]);
}

#[test]
fn a_stage_reads_streams_too() {
    let mut c = Console::ready(&[
        ("in.data", "one\ntwo\n"),
        (
            "rd.rexx",
            "/* */\ndo while lines('in data'); 'OUTPUT' linein('in data'); end\n",
        ),
    ]);
    assert_eq!(c.enter("pipe rd | console"), ["one", "two", "Ready;"]);
}
