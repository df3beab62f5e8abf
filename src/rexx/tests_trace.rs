//! TRACE, line by line, and what is typed at its pauses.

use super::tests::{check, drive_typed, run_as, vm};
use super::{Dialect, Exit, Interrupt, Reply};

/// What a program says when these lines are typed.
#[track_caller]
fn typed(source: &str, lines: &[&str], expected: &[&str]) {
    let said = drive_typed(&mut vm(source, Dialect::Cms, &[]), Some(lines));
    assert_eq!(said, expected, "{source}\n{lines:?}");
}

const PROMPT: &str =
    "       +++ Interactive trace.  TRACE OFF to end debug, ENTER to continue. +++";

#[test]
fn results_in_the_layout_of_cms() {
    check(
        "trace r\na=1\nif a=1 then say 'x'\ndo i=1 to 1\nb.i=a+1\nend\ntrace o\nsay b.1",
        &[
            "     2 *-* a=1",
            "       >>>   \"1\"",
            "     3 *-* if a=1",
            "       >>>   \"1\"",
            "       *-*  then",
            "       *-*  say 'x'",
            "       >>>    \"x\"",
            "x",
            "     4 *-* do i=1 to 1",
            "       >>>   \"1\"",
            "       >>>   \"1\"",
            "     5 *-*  b.i=a+1",
            "       >>>    \"2\"",
            "     6 *-* end",
            "     4 *-* do i=1 to 1",
            "     7 *-* trace o",
            "2",
        ],
    );
}

#[test]
fn a_routine_is_one_deeper_and_its_result_shows_at_the_call() {
    check(
        "trace r\ncall s 5\nx=f(1)+1\nexit\ns: procedure\narg k .\nreturn k+1\nf: return arg(1)",
        &[
            "     2 *-* call s 5",
            "     5 *-*  s:",
            "       *-*  procedure",
            "     6 *-*  arg k .",
            "       >>>    \"5\"",
            "       >.>    \"\"",
            "     7 *-*  return k+1",
            "       >>>    \"6\"",
            "       >>>   \"6\"",
            "     3 *-* x=f(1)+1",
            "     8 *-*  f:",
            "       *-*  return arg(1)",
            "       >>>    \"1\"",
            "       >>>   \"2\"",
            "     4 *-* exit",
        ],
    );
    check(
        "trace r; call gives 'v'; call silent; call length 'abc'",
        &[
            "     1 *-* call gives 'v'",
            "       >>>   \"v\"",
            "       *-* call silent",
            "       *-* call length 'abc'",
            "       >>>   \"3\"",
        ],
    );
}

#[test]
fn intermediate_results_without_the_final_one() {
    check(
        "i=2\ntrace i\nb.2=3*-4\nx=b.i||q\nsay length('ab') b.7 b.\nparse value 'p q' with . w",
        &[
            "     3 *-* b.2=3*-4",
            "       >L>   \"3\"",
            "       >L>   \"4\"",
            "       >P>   \"-4\"",
            "       >O>   \"-12\"",
            "     4 *-* x=b.i||q",
            "       >C>   \"B.2\"",
            "       >V>   \"-12\"",
            "       >L>   \"Q\"",
            "       >O>   \"-12Q\"",
            "     5 *-* say length('ab') b.7 b.",
            "       >L>   \"ab\"",
            "       >F>   \"2\"",
            "       >L>   \"B.7\"",
            "       >O>   \"2 B.7\"",
            "       >L>   \"B.\"",
            "       >O>   \"2 B.7 B.\"",
            "2 B.7 B.",
            "     6 *-* parse value 'p q' with . w",
            "       >L>   \"p q\"",
            "       >.>   \"p\"",
            "       >>>   \"q\"",
        ],
    );
}

#[test]
fn a_clause_of_several_lines_is_joined_and_control_characters_hidden() {
    check(
        "trace r\nx='a',\n  'b'\nparse value '0109'x with y",
        &[
            "     2 *-* x='a',  'b'",
            "       >>>   \"a b\"",
            "     4 *-* parse value '0109'x with y",
            "       >>>   \"??\"",
            "       >>>   \"??\"",
        ],
    );
}

#[test]
fn every_letter_shows_its_clauses() {
    let program = "'OK 0'\n'BAD 3'\n'DEAD -3'\nl: nop";
    let command = |n: usize, text: &str| format!("     {n} *-* {text}");
    let mut expected: Vec<(&str, Vec<String>)> = Vec::new();
    let (ok, bad, dead) = (
        command(2, "'OK 0'"),
        command(3, "'BAD 3'"),
        command(4, "'DEAD -3'"),
    );
    let rc = |n: i32| format!("       +++ RC({n}) +++");
    let go = |text: &str| format!("[CMS] {text}");
    let value = |text: &str| format!("       >>>   \"{text}\"");
    let none = vec![go("OK 0"), go("BAD 3"), go("DEAD -3")];
    expected.push(("o", none.clone()));
    let label = command(5, "l:");
    let nop = "       *-* nop".to_string();
    let mut l = none.clone();
    l.push(label.clone());
    expected.push(("l", l));
    for letter in ["n", "f"] {
        let mut n = none.clone();
        n.extend([dead.clone(), rc(-3)]);
        expected.push((letter, n));
    }
    let (bad_rc, dead_rc) = ([bad.clone(), rc(3)], [dead.clone(), rc(-3)]);
    let mut e = vec![go("OK 0"), go("BAD 3")];
    e.extend(bad_rc);
    e.push(go("DEAD -3"));
    e.extend(dead_rc);
    expected.push(("e", e));
    let shown = |values: bool, rest: bool| {
        let mut out = Vec::new();
        for (line, text, code) in [(&ok, "OK 0", 0), (&bad, "BAD 3", 3), (&dead, "DEAD -3", -3)] {
            out.push(line.clone());
            if values {
                out.push(value(text));
            }
            out.push(go(text));
            if code != 0 {
                out.push(rc(code));
            }
        }
        if rest {
            out.extend([label.clone(), nop.clone()]);
        }
        out
    };
    expected.push(("a", shown(false, true)));
    expected.push(("r", shown(true, true)));
    expected.push(("c", shown(true, false)));
    for (letter, lines) in expected {
        let source = format!("trace {letter}\n{program}");
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        check(&source, &lines);
    }
}

#[test]
fn trace_s_shows_without_running() {
    check(
        "trace s\nsay 1\ndo i=1 to 2\n say i\nend\nexit",
        &[
            "     2 *-* say 1",
            "     3 *-* do i=1 to 2",
            "     4 *-*  say i",
            "     5 *-* end",
            "     6 *-* exit",
        ],
    );
    check(
        "trace s\nsay 1\ndo\n say 2",
        &[
            "     2 *-* say 1",
            "     3 *-* do",
            "     4 *-*  say 2",
            "     2 +++ say 1",
            "error 14.1 line 4",
        ],
    );
    check(
        "if 1 then trace s",
        &["     1 +++  trace s", "error 24.1 line 1"],
    );
}

#[test]
fn commands_can_be_inhibited() {
    check(
        "trace !c; rc=7; 'CMD'; say rc; trace !; 'GO'",
        &[
            "     1 *-* 'CMD'",
            "       >>>   \"CMD\"",
            "0",
            "     1 *-* 'GO'",
            "       >>>   \"GO\"",
            "[CMS] GO",
        ],
    );
}

#[test]
fn requests_and_the_function() {
    check(
        "say trace(); trace e; say trace(); call trace '!'; say trace(); trace; say trace(); trace value 'l'; say trace()\nx=trace('o'); say trace()",
        &["N", "E", "!E", "N", "L", "O"],
    );
    check(
        "x=trace('r')\nsay 1\nx=trace('o')\nsay 2",
        &[
            "     2 *-* say 1",
            "       >>>   \"1\"",
            "1",
            "     3 *-* x=trace('o')",
            "2",
        ],
    );
    check("trace 5; trace -7; say trace()", &["N"]);
    check("trace 1.5", &["     1 +++ trace 1.5", "error 26.7 line 1"]);
    check("trace x", &["     1 +++ trace x", "error 24.1 line 1"]);
    check(
        "x=trace('z')",
        &["     1 +++ x=trace('z')", "error 40.28 line 1"],
    );
    check("x=trace('?e') trace('?!s') trace('o'); say x", &["N ?E !S"]);
    check("x=trace('s'); say 1", &["     1 *-* say 1"]);
}

#[test]
fn trace_within_a_text() {
    check(
        "interpret 'trace r; x=1; do 1; y=2; end'\nz=3",
        &[
            "     1 *-*  x=1",
            "       >>>    \"1\"",
            "       *-*  do 1",
            "       >>>    \"1\"",
            "       *-*   y=2",
            "       >>>     \"2\"",
            "       *-*  end",
            "       *-*  do 1",
            "     2 *-* z=3",
            "       >>>   \"3\"",
        ],
    );
    // Within a block of the text too, at the next clause.
    check(
        "interpret 'do i=1 to 2; trace a; say i; end; say 3'\nsay 4",
        &[
            "     1 *-*   say i",
            "1",
            "       *-*  end",
            "       *-*  do i=1 to 2",
            "       *-*   trace a",
            "     1 *-*   say i",
            "2",
            "       *-*  end",
            "       *-*  do i=1 to 2",
            "       *-*  say 3",
            "3",
            "     2 *-* say 4",
            "4",
        ],
    );
    // Its numbers are not in its code, so that texts that differ in them share it.
    check(
        "n=2\ninterpret 'do i=n to 3 by 1 for 9; do 2; if i=3 then do; trace r; z=i; end; end; end; say i z'\ntrace o",
        &[
            "     2 *-*      z=i",
            "       >>>        \"3\"",
            "       *-*     end",
            "       *-*   end",
            "       *-*   do 2",
            "       *-*    if i=3",
            "       >>>      \"1\"",
            "       *-*     then",
            "       *-*     do",
            "       *-*      trace r",
            "     2 *-*      z=i",
            "       >>>        \"3\"",
            "       *-*     end",
            "       *-*   end",
            "       *-*   do 2",
            "       *-*  end",
            "       *-*  do i=n to 3 by 1 for 9",
            "       *-*  say i z",
            "       >>>    \"4 3\"",
            "4 3",
            "     3 *-* trace o",
        ],
    );
    // A text within a block of a text.
    check(
        "interpret 'do 2; interpret \"do j=5 to 5; trace r; y=j; end\"; x=3; trace o; end; say x y'",
        &[
            "     1 *-*    y=j",
            "       >>>      \"5\"",
            "       *-*   end",
            "       *-*   do j=5 to 5",
            "       *-*   x=3",
            "       >>>     \"3\"",
            "       *-*   trace o",
            "     1 *-*    y=j",
            "       >>>      \"5\"",
            "       *-*   end",
            "       *-*   do j=5 to 5",
            "       *-*   x=3",
            "       >>>     \"3\"",
            "       *-*   trace o",
            "3 5",
        ],
    );
    check(
        "trace a\ndo; x=1; end; do 1; end; trace o",
        &[
            "     2 *-* do",
            "       *-*  x=1",
            "       *-* end",
            "       *-* do 1",
            "       *-* end",
            "     2 *-* do 1",
            "       *-* trace o",
        ],
    );
}

#[test]
fn settings_are_the_routines_own() {
    check(
        "call s\nsay 'on'\nexit\ns: trace r\nx=1\nreturn",
        &[
            "     5 *-*  x=1",
            "       >>>    \"1\"",
            "     6 *-*  return",
            "on",
        ],
    );
}

#[test]
fn a_pause_comes_after_what_was_shown() {
    typed(
        "trace ?r\nx=1\nif x=1 then y=2\nelse y=3\nsay y",
        &["", "x=5", "=", "", "", ""],
        &[
            "     2 *-* x=1",
            "       >>>   \"1\"",
            PROMPT,
            "     3 *-* if x=1",
            "       >>>   \"1\"",
            "     3 *-* if x=1",
            "       >>>   \"0\"",
            "     4 *-*  else",
            "       *-*  y=3",
            "       >>>    \"3\"",
            "     5 *-* say y",
            "       >>>   \"3\"",
            "3",
        ],
    );
}

#[test]
fn what_is_typed_is_run_unseen_and_its_errors_end_nothing() {
    typed(
        "signal on syntax; signal on error; signal on novalue; trace ?a\nx=1\nexit x\nsyntax: error: novalue: say 'never'",
        &[
            "say x+1; y=2",
            "say 1/0; say 'no'",
            "do; say 1",
            "'BAD 5'",
            "say rc unset",
            "call sub 2",
            "say trace()",
            "x=8",
            "",
        ],
        &[
            "     2 *-* x=1",
            PROMPT,
            "2",
            "       +++ Interactive trace.  Error 42: Arithmetic overflow/underflow +++",
            "1",
            "       +++ Interactive trace.  Error 14: Incomplete DO/SELECT/IF +++",
            "[CMS] BAD 5",
            "       +++ RC(5) +++",
            "RC UNSET",
            "       +++ Interactive trace.  Error 43: Routine not found +++",
            "?A",
            "     3 *-* exit x",
            "exit 8",
        ],
    );
}

#[test]
fn trace_in_a_typed_line_takes_effect() {
    let program = "trace ?r\na=1\nb=2\nc=3\nd=4\nsay 'end'";
    let shown = |n: usize, text: &str| {
        let value = &text[2..];
        [
            format!("     {n} *-* {text}"),
            format!("       >>>   \"{value}\""),
        ]
    };
    let all = |which: &[usize], end: bool| {
        let mut out: Vec<String> = Vec::new();
        for &n in which {
            let text = ["a=1", "b=2", "c=3", "d=4"][n - 2];
            out.extend(shown(n, text));
            if n == 2 {
                out.push(PROMPT.into());
            }
        }
        if end {
            out.extend(["     6 *-* say 'end'".into(), "       >>>   \"end\"".into()]);
        }
        out.push("end".into());
        out
    };
    for (line, expected) in [
        ("trace o", all(&[2], false)),
        ("trace", all(&[2], false)),
        ("trace ?r", all(&[2, 3, 4, 5], true)),
        ("trace 2", all(&[2, 3, 4, 5], true)),
        ("trace -2", all(&[2, 5], true)),
    ] {
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        typed(program, &[line, "", "", "", ""], &expected);
    }
    // The third pause is the first that is not passed over.
    typed(
        "trace ?a\na=1\nb=2\nc=3\nd=4",
        &["trace 2", "say a b c d"],
        &[
            "     2 *-* a=1",
            PROMPT,
            "     3 *-* b=2",
            "     4 *-* c=3",
            "     5 *-* d=4",
            "1 2 3 4",
        ],
    );
}

#[test]
fn no_pause_where_a_clause_cannot_run_again() {
    typed(
        "trace ?a\ncall s\ndo i=1 to 2\nend\nsignal l\nl: exit\ns: return",
        &["say 'label'", "", "say 'do'", "", "say 'l'"],
        &[
            "     2 *-* call s",
            "     7 *-*  s:",
            PROMPT,
            "label",
            "       *-*  return",
            "     3 *-* do i=1 to 2",
            "do",
            "     4 *-* end",
            "     3 *-* do i=1 to 2",
            "     4 *-* end",
            "     3 *-* do i=1 to 2",
            "     5 *-* signal l",
            "     6 *-* l:",
            "l",
            "       *-* exit",
        ],
    );
    // A TRACE of the program is passed over while there are pauses; TRACE() is not.
    typed(
        "trace ?a\ntrace o\nx=trace('o')\nsay 1",
        &[],
        &["     2 *-* trace o", PROMPT, "     3 *-* x=trace('o')", "1"],
    );
}

#[test]
fn pauses_of_the_other_letters() {
    typed(
        "trace ?e\n'OK 0'\n'BAD 1'\nsay 'end'",
        &["say rc", "="],
        &[
            "[CMS] OK 0",
            "[CMS] BAD 1",
            "     3 *-* 'BAD 1'",
            "       +++ RC(1) +++",
            PROMPT,
            "1",
            "[CMS] BAD 1",
            "     3 *-* 'BAD 1'",
            "       +++ RC(1) +++",
            "end",
        ],
    );
    typed(
        "trace ?l\nx=1\na: x=2\nb: say x",
        &["say x", ""],
        &["     3 *-* a:", PROMPT, "1", "     4 *-* b:", "2"],
    );
    typed(
        "trace ?c\nx=1; 'GO' x 'on'\nsay x",
        &["x=4", "="],
        &[
            "     2 *-* 'GO' x 'on'",
            "       >>>   \"GO 1 on\"",
            "[CMS] GO 1 on",
            PROMPT,
            "     2 *-* 'GO' x 'on'",
            "       >>>   \"GO 4 on\"",
            "[CMS] GO 4 on",
            "4",
        ],
    );
}

#[test]
fn typed_lines_can_leave_and_jump() {
    typed(
        "trace ?a\nx=1\nsay 'no'",
        &["exit 7"],
        &["     2 *-* x=1", PROMPT, "exit 7"],
    );
    typed(
        "trace ?a\nx=1\nsay 'no'\nl: say 'there'",
        &["signal l", "trace o"],
        &["     2 *-* x=1", PROMPT, "     4 *-* l:", "there"],
    );
    typed(
        "call s\nsay result\nexit\ns: trace ?a\nx=1\nsay 'no'",
        &["return 6"],
        &["     5 *-*  x=1", PROMPT, "6"],
    );
    typed(
        "x=0; trace ?a\ninterpret 'x=1; x=x+1'\nsay x",
        &["say x", "=", "say x", "", "trace o"],
        &[
            "     2 *-* interpret 'x=1; x=x+1'",
            "       *-*  x=1",
            PROMPT,
            "1",
            "       *-*  x=1",
            "1",
            "       *-*  x=x+1",
            "2",
        ],
    );
}

#[test]
fn ts_and_te_from_outside() {
    let mut long = vm("n=0\ndo while n<40\nn=n+1\nend\nsay n", Dialect::Cms, &[]);
    long.set_fuel(17);
    assert!(matches!(long.resume(Reply::Done), Exit::Fuel));
    long.interrupt(Interrupt::TraceStart);
    let mut lines = Vec::new();
    while let Exit::Trace(line) = long.resume(Reply::Done) {
        lines.push(String::from_utf8_lossy(&line).into_owned());
    }
    let expected = [
        "     2 *-* do while n<40",
        "       >>>   \"1\"",
        "     3 *-*  n=n+1",
        "       >>>    \"19\"",
        PROMPT,
    ];
    assert_eq!(lines, expected, "a pause after the first whole clause");
    long.interrupt(Interrupt::TraceEnd);
    let said = drive_typed(&mut long, Some(&[""]));
    assert_eq!(said.last().map(String::as_str), Some("40"));
    assert!(said.len() < 6, "{said:?}");
}

#[test]
fn the_standard_writes_some_things_otherwise() {
    let long = format!("trace r\n'BAD 3'\n{}say 1", "nop\n".repeat(8));
    let lines = run_as(&long, Dialect::Ansi, &[]);
    assert_eq!(lines[0], " 2 *-* 'BAD 3'");
    assert_eq!(lines[1], "   >>>   \"BAD 3\"");
    assert_eq!(lines[3], "   +++ RC=3 +++");
    assert_eq!(lines[12], "11 *-* say 1");
    let mut many = "nop\n".repeat(100_000);
    many.push_str("say 1/0");
    let lines = run_as(&many, Dialect::Cms, &[]);
    assert_eq!(lines[0], "?00001 +++ say 1/0");
}

mod properties {
    use super::super::Dialect;
    use super::super::tests::{drive_typed, vm};
    use proptest::prelude::*;

    const CLAUSES: &[&str] = &[
        "x=1",
        "call s",
        "x=f(x)",
        "do i=1 to 2; x=i; end",
        "do until 1; y=2; end",
        "if x=1 then y=2; else y=3",
        "select; when x=1 then nop; otherwise nop; end",
        "interpret 'x=3; call s; y=4'",
        "'CMD 1'",
        "'DEAD -1'",
        "call on error name h",
        "signal on syntax name l",
        "x=1/0",
        "parse value 'a b' with p . q",
        "trace value 'i'",
        "x=trace('?')",
        "call trace 'r'",
        "trace o",
        "x=notready(1)",
        "call on notready name h",
    ];

    const TYPED: &[&str] = &[
        "",
        "",
        "",
        "=",
        "trace 2",
        "trace -3",
        "trace o",
        "trace ?i",
        "trace ?",
        "x=1/0",
        "do",
        "interpret 'x=2'",
        "call s",
        "x=f(2)",
        "return",
        "signal l",
        "exit 3",
        "'BAD 9'",
        "trace e",
        "call on error name h; 'BAD 1'",
    ];

    proptest! {
        #[test]
        fn no_pause_breaks_a_program(
            clauses in prop::collection::vec(prop::sample::select(CLAUSES), 1..8),
            letter in prop::sample::select(&["?a", "?r", "?i", "?l", "?c", "?e", "?n", "r", "c"][..]),
            typed in prop::collection::vec(prop::sample::select(TYPED), 0..12),
        ) {
            let source = format!(
                "x=0\ntrace {letter}\n{}\nexit\ns: procedure expose x; x=5; 'IN 2'; return x\nf: return arg(1)\nh: return\nl: x=9",
                clauses.join("\n")
            );
            let mut vm = vm(&source, Dialect::Cms, &[]);
            // It comes to an end, whatever is typed.
            drive_typed(&mut vm, Some(&typed));
        }
    }
}
