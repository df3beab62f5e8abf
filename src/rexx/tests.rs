//! Programs with the lines they must say: one for each rule that trips implementations.

use std::collections::VecDeque;

use super::*;

/// Runs a program; gives its SAY and trace lines, its commands in brackets, and how it ended.
pub(super) fn run(source: &str) -> Vec<String> {
    run_as(source, Dialect::Cms, &[])
}

pub(super) fn vm(source: &str, dialect: Dialect, args: &[Option<&str>]) -> Vm {
    Vm::new(
        compile(source.as_bytes(), dialect),
        Invocation {
            kind: CallKind::Command,
            args: args.iter().map(|a| a.map(Value::from)).collect(),
            source: b"CMS COMMAND T EXEC A1 t CMS".to_vec(),
            name: b"T EXEC".to_vec(),
            address: b"CMS".to_vec(),
            clock: Clock::fixed(0),
            seed: 1,
            user: b"LINUX1".to_vec(),
            codepage: CodePage::Host,
            storage: crate::rexx::STORAGE,
        },
    )
}

pub(super) fn run_as(source: &str, dialect: Dialect, args: &[Option<&str>]) -> Vec<String> {
    drive(&mut vm(source, dialect, args))
}

pub(super) fn drive(vm: &mut Vm) -> Vec<String> {
    drive_typed(vm, None)
}

/// Runs a program; what it reads from the terminal is `typed`, then null lines.
pub(super) fn drive_typed(vm: &mut Vm, typed: Option<&[&str]>) -> Vec<String> {
    drive_seen(vm, typed, true)
}

/// The same; trace lines are seen or left out.
fn drive_seen(vm: &mut Vm, typed: Option<&[&str]>, traces: bool) -> Vec<String> {
    let mut typed = typed.map(|t| t.iter());
    let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
    let mut lines = Vec::new();
    let mut stack: VecDeque<Vec<u8>> = VecDeque::new();
    let mut reply = Reply::Done;
    for _ in 0..1_000_000 {
        let exit = vm.resume(std::mem::replace(&mut reply, Reply::Done));
        match exit {
            Exit::Trace(_) if !traces => {}
            Exit::Say(line) | Exit::Trace(line) => lines.push(text(&line)),
            Exit::Command(None) => {
                let (env, command) = vm.asked();
                let word = text(&command.to_vec());
                lines.push(format!("[{}] {word}", text(env)));
                let rc = word
                    .split_whitespace()
                    .last()
                    .and_then(|w| w.parse().ok())
                    .unwrap_or(0);
                let flag = match rc {
                    0 => Flag::Ok,
                    1.. => Flag::Error,
                    _ => Flag::Failure,
                };
                reply = Reply::Rc { rc, flag };
            }
            Exit::Command(Some(io)) => {
                let command = vm.asked().1.to_vec();
                lines.push(format!("{} {io:?}", text(&command)));
                let kept = CommandLines {
                    output: vec![b"out 1".to_vec(), b"out 2".to_vec()],
                    error: vec![b"err".to_vec()],
                };
                reply = Reply::Command {
                    rc: 0,
                    flag: Flag::Ok,
                    lines: Box::new(kept),
                };
            }
            Exit::Stream { .. } => reply = Reply::Stream(Value::from("part"), Ready::No),
            Exit::Call { name, args, .. } => {
                reply = match name.as_slice() {
                    b"USERID" => Reply::Value(Some(Value::from("LINUX1"))),
                    b"GIVES" => Reply::Value(args.into_iter().next().flatten()),
                    b"SILENT" => Reply::Value(None),
                    // There are no pools.
                    b"VALUE" => Reply::Fail {
                        number: 40,
                        sub: 37,
                    },
                    _ => Reply::NotFound,
                }
            }
            Exit::Pull => {
                reply = Reply::Line(stack.pop_front().unwrap_or_else(|| b"typed".to_vec()))
            }
            Exit::PullTerminal => {
                let line = match &mut typed {
                    Some(lines) => lines.next().unwrap_or(&""),
                    None => "typed",
                };
                reply = Reply::Line(line.as_bytes().to_vec());
            }
            Exit::Push(line) => stack.push_front(line),
            Exit::Queue(line) => stack.push_back(line),
            Exit::Queued => reply = Reply::Count(stack.len() as i64),
            Exit::Fuel => lines.push("fuel".into()),
            Exit::Done(None) => return lines,
            Exit::Done(Some(v)) => {
                lines.push(format!("exit {}", text(&v.to_vec())));
                return lines;
            }
            Exit::Raised(e) => {
                lines.push(format!("error {}.{} line {}", e.number, e.subcode, e.line));
                return lines;
            }
        }
    }
    panic!("the program does not end: {lines:?}");
}

/// A case whose trace would be too long: a program, and the lines it must give.
#[track_caller]
fn check_plain(source: &str, expected: &[&str]) {
    assert_eq!(run(source), expected, "{source}");
}

/// Every case: a program, and the lines it must give.
#[track_caller]
pub(super) fn check(source: &str, expected: &[&str]) {
    assert_eq!(run(source), expected, "{source}");
    // Tracing changes nothing but what is shown.
    if !source.to_ascii_lowercase().contains("trace") {
        let said = drive_seen(&mut vm(source, Dialect::Cms, &[]), None, false);
        let mut traced = vm(source, Dialect::Cms, &[]);
        traced.trace_everything();
        let traced = drive_seen(&mut traced, None, false);
        assert_eq!(traced, said, "traced: {source}");
    }
}

#[test]
fn tokens_and_their_neighbours() {
    check("say 2--3; say 2 - - 3", &["5", "5"]);
    check("say abc/**/def; say abc /**/ def", &["ABCDEF", "ABC DEF"]);
    check("say 'a'||'4b'x'c'; say '0 f0'x == '00f0'x", &["aKc", "1"]);
    check(
        "say 'f0 0'x",
        &["     1 +++ say 'f0 0'x", "error 15.1 line 1"],
    );
    check("say 1(2)", &["     1 +++ say 1(2)", "error 43.1 line 1"]);
    check("f=1; say f (3)", &["1 3"]);
    check(
        "say 1E+2+1; say (5 > = 3) (5 \\ = 5) 7 // 4",
        &["101", "1 0 3"],
    );
    check("@a=1; $b=2; #c=3; a_!?=4; say @a $b #c a_!?", &["1 2 3 4"]);
    check("say \"it''s\" 'it''s' '\"'", &["it''s it's \""]);
}

#[test]
fn continuation_and_clauses() {
    check("say 'a', /* c */\n 'b'; say 'c',\n|| 'd'", &["a b", "cd"]);
    check("#!/usr/bin/env rexx\nsay 'ok'", &["ok"]);
    check("if = 3; say = 1; say if + say", &["4"]);
}

#[test]
fn numbers() {
    check(
        "say 1e-7*1 2**31 1e10+1 1/3 (-2**2)",
        &["0.0000001 2.14748365E+9 1.00000000E+10 0.333333333 4"],
    );
    assert_eq!(run_as("say 1e-7*1", Dialect::Ansi, &[]), ["1E-7"]);
    check(
        "numeric digits 20; say 1/3; call s; say digits()\nexit\ns: numeric digits 5; say 1/3; return",
        &["0.33333333333333333333", "0.33333", "20"],
    );
    check(
        "say ('  12 '=12) (''='  ') ('1e2'=100) (007=7) (007==7) ('a'='A')",
        &["1 1 1 1 0 0"],
    );
    check(
        "numeric fuzz 1; say 123456789=123456788; numeric fuzz 0; say 123456789=123456788",
        &["1", "0"],
    );
    check(
        "say 123456789*10 999999999+1 5%2 (-7//3)",
        &["1.23456789E+9 1.00000000E+9 2 -1"],
    );
    check(
        "signal on lostdigits; x = 1234567890 + 1; x = 1234567891 + 1; say 'no'; exit\nlostdigits: say condition('d')",
        &["1234567891"],
    );
}

#[test]
fn variables_and_stems() {
    check(
        "a.=0; a.3=5; drop a.3; say a.3 a.4; a.='x'; say a.3 a.",
        &["A.3 0", "x x"],
    );
    check("i='01'; a.i=1; a.1=2; say a.i a.1 a.01", &["1 2 1"]);
    check(
        "j='x y.Z'; a.j='v'; k='x y.Z'; say a.k; say a.b.c",
        &["v", "A.B.C"],
    );
    check("a='b c'; b=1; c=2; drop (a); say a b c", &["b c B C"]);
    check("a.1=1; a.2=2; x.='w'; upper x.1; say x.1", &["W"]);
    check(
        "i=1; j=2; m.i.j='p'; k='1.2'; say m.k m.1.2 m.2.1",
        &["p p M.2.1"],
    );
    check(
        "x=nosuch; say x; signal on novalue; say other.j\nnovalue: say condition('d') sigl",
        &["NOSUCH", "OTHER.J 1"],
    );
}

#[test]
fn procedure_exposes_from_left_to_right() {
    check(
        "j=1; a.1='one'; a.j='x'\ncall p; say j a.1\nexit\np: procedure expose a.j j\nsay a.1 j; j=2; a.1=9; return",
        &["A.1 1", "2 x"],
    );
    check(
        "list='q z.'; q=1; z.5=2; call p; say q z.5 z.6\nexit\np: procedure expose (list); q=q+1; z.6=7; say list; return",
        &["q z.", "2 2 7"],
    );
    check(
        "call p 3; say x\nexit\np: procedure; x=arg(1); if x>0 then call p x-1; say x; return",
        &["0", "1", "2", "3", "X"],
    );
    check(
        "say 1\np: procedure",
        &["1", "     2 +++ procedure", "error 17.1 line 2"],
    );
    check(
        "a='in'; call p; say a\nexit\np: procedure expose a; call q; return\nq: procedure expose a; a='deep'; return",
        &["deep"],
    );
}

#[test]
fn do_in_every_form() {
    check("i=5; do i=1 to i; end; say i", &["6"]);
    check(
        "do i=10 to 1 by -4; say i; end; say i",
        &["10", "6", "2", "-2"],
    );
    check(
        "do i=1 for 2; say i; end; do i=1 by 2 while i<5; say i; end",
        &["1", "2", "1", "3"],
    );
    check(
        "x=0; do until x=2; x=x+1; end; say x; do 2; say x; end; do 0; say 'no'; end",
        &["2", "2", "2"],
    );
    check(
        "do a.1=1 to 2; end; say a.1; do i=1.25 to 2; say i; end",
        &["3", "1.25"],
    );
    check(
        "do i=1 to 3; do j=1 to 3; if j=2 then iterate i; if i=3 then leave i; say i j; end j; end i; say i j",
        &["1 1", "2 1", "3 1"],
    );
    check(
        "do i=1 to 2; do; if i=1 then iterate; say i; end; end",
        &["2"],
    );
    check("do i=1 to 5; i=i+1; say i; end", &["2", "4", "6"]);
    check(
        "do i=f(1) to f(3) by f(1); end\nexit\nf: say arg(1); return arg(1)",
        &["1", "3", "1"],
    );
    check(
        "do forever; n=1; leave; end; say n; do; say 'plain'; end",
        &["1", "plain"],
    );
    check(
        "do i=1 to 'x'; end",
        &["     1 +++ do i=1 to 'x'", "error 41.4 line 1"],
    );
}

#[test]
fn select_and_if() {
    check("if 0 then say 1; else if 1 then say 2; else say 3", &["2"]);
    check("if 1 then if 0 then say 1; else say 2", &["2"]);
    check("if 1\nthen\nsay 'x'\nelse\nsay 'y'", &["x"]);
    check(
        "select; when 0 then say 1; when 1 then do; say 2; end; otherwise say 3; end; say 4",
        &["2", "4"],
    );
    check(
        "select\nwhen 0 then nop\nend",
        &["     3 +++ end", "error 7.3 line 3"],
    );
    check(
        "if 'maybe' then nop",
        &["     1 +++ if 'maybe'", "error 34.1 line 1"],
    );
}

#[test]
fn unmatched_blocks_are_errors_when_reached() {
    check("say 1; end", &["1", "     1 +++ end", "error 10.1 line 1"]);
    check(
        "do; say 1",
        &["1", "     1 +++  say 1", "error 14.1 line 1"],
    );
    check(
        "if 0 then do; say 1; end; say 2; else say 3",
        &["2", "     1 +++ else", "error 8.2 line 1"],
    );
    check(
        "say 1; leave",
        &["1", "     1 +++ leave", "error 28.1 line 1"],
    );
    check(
        "signal in\ndo i=1 to 2\nin: say 'x'\nend",
        &["x", "     4 +++ end", "error 10.1 line 4"],
    );
    check(
        "do i=1 to 2; say i; end j",
        &["1", "     1 +++ end j", "error 10.2 line 1"],
    );
}

#[test]
fn calls_and_results() {
    check(
        "call s 1,,3; say result; call t; say result\nexit\ns: return arg() arg(2,'o') arg(3)\nt: return",
        &["3 1 3", "RESULT"],
    );
    check(
        "say fact(12)\nexit\nfact: procedure; parse arg n; if n<2 then return 1; return n*fact(n-1)",
        &["479001600"],
    );
    check(
        "say length('abc') 'LENGTH'('abcd')\nexit\nlength: return 'mine'",
        &["mine 4"],
    );
    check("x=1; say x f() x\nexit\nf: x=2; return 'f'", &["1 f 2"]);
    check(
        "say f(f(1),f(2))\nexit\nf: return '<'arg(1)arg(2)'>'",
        &["<<1><2>>"],
    );
    check(
        "x=f()\nexit\nf: return",
        &[
            "     3 +++  return",
            "     1 +++ x=f()",
            "error 45.1 line 3",
        ],
    );
    check(
        "say gives('v') userid(); call silent; say result; say silent()",
        &[
            "v LINUX1",
            "RESULT",
            "     1 +++ say silent()",
            "error 44.1 line 1",
        ],
    );
    check(
        "s='sub'; call (s) 7\nexit\nSUB: say 'upper'; return",
        &["     1 +++ call (s) 7", "error 43.1 line 1"],
    );
    check("s='SUB'; call (s) 7\nexit\nSUB: say arg(1); return", &["7"]);
    check(
        "do i=1 to 2; call s i; end; say i\nexit\ns: do j=1 to 2; say arg(1) j; end; return",
        &["1 1", "1 2", "2 1", "2 2", "3"],
    );
    check(
        "do i=1 to 2; if i=1 then say g(1+g(2)); end\nexit\ng: do k=1 to 3; end; return k+arg(1)",
        &["11"],
    );
}

#[test]
fn recursion_is_only_bounded_by_memory() {
    let check = |source: &str, expected: &[&str]| assert_eq!(run(source), expected);
    check(
        "say deep(100000)\nexit\ndeep: procedure; parse arg k; if k=0 then return 0; return deep(k-1)+1",
        &["100000"],
    );
    check(
        "n=0; call r; say n\nexit\nr: n=n+1; if n<50000 then interpret 'call r'; return",
        &["50000"],
    );
}

#[test]
fn conditions() {
    check(
        "call on error name e; 'BAD 5'; say 'on' rc\nexit\ne: say rc condition('c') condition('d') condition('i') condition('s'); return",
        &["[CMS] BAD 5", "5 ERROR BAD 5 CALL DELAY", "on 5"],
    );
    check(
        "signal on error; 'BAD 5'\nsay 'no'\nerror: say rc sigl; 'BAD 6'",
        &["[CMS] BAD 5", "5 1", "[CMS] BAD 6"],
    );
    check(
        "signal on failure; 'BAD 5'; 'X -3'\nfailure: say rc condition('s')",
        &[
            "[CMS] BAD 5",
            "[CMS] X -3",
            "     1 *-* 'X -3'",
            "       +++ RC(-3) +++",
            "-3 OFF",
        ],
    );
    check(
        "signal on syntax; call s; say 'no'\nexit\ns: x=1+'a'\nsyntax: say rc sigl condition('e')",
        &["41 3 41.2"],
    );
    check(
        "signal on syntax name nowhere; x=1/0",
        &["     1 +++ x=1/0", "error 16.1 line 1"],
    );
    check(
        "signal on error; call s; 'BAD 1'\nexit\ns: signal off error; 'BAD 2'; return\nerror: say 'trap' rc",
        &["[CMS] BAD 2", "[CMS] BAD 1", "trap 1"],
    );
}

#[test]
fn interrupts_and_fuel() {
    let mut endless = vm("do forever; n=n+1; end", Dialect::Cms, &[]);
    endless.set_fuel(1000);
    assert_eq!(
        drive(&mut endless).last().map(String::as_str),
        Some("error 41.1 line 1")
    );
    let mut endless = vm("n=0; do forever; n=n+1; end", Dialect::Cms, &[]);
    endless.set_fuel(1000);
    assert!(matches!(endless.resume(Reply::Done), Exit::Fuel));
    endless.interrupt(Interrupt::Halt);
    assert_eq!(
        drive(&mut endless).last().map(String::as_str),
        Some("error 4.1 line 1")
    );
    let mut caught = vm(
        "signal on halt; n=0\ndo forever; n=n+1; end\nhalt: say 'halted' sigl",
        Dialect::Cms,
        &[],
    );
    caught.set_fuel(10);
    assert!(matches!(caught.resume(Reply::Done), Exit::Fuel));
    caught.interrupt(Interrupt::Halt);
    assert_eq!(drive(&mut caught), ["halted 2"]);
    let mut shown = vm("n=0\ndo while n<20\nn=n+1\nend", Dialect::Cms, &[]);
    shown.set_fuel(17);
    assert!(matches!(shown.resume(Reply::Done), Exit::Fuel));
    shown.interrupt(Interrupt::TraceStart);
    let lines = drive_typed(&mut shown, Some(&[]));
    assert!(lines.iter().any(|l| l == "     3 *-*  n=n+1"), "{lines:?}");
}

#[test]
fn interpret() {
    check(
        "interpret 'a=1; do i=1 to 2; say i a; end'; say a",
        &["1 1", "2 1", "1"],
    );
    check(
        "interpret 'say 1; end'",
        &[
            "1",
            "     1 +++  end",
            "     1 +++ interpret 'say 1; end'",
            "error 10.1 line 1",
        ],
    );
    check(
        "do i=1 to 3; interpret 'v'i'='i*i; end; say v1 v2 v3 value('v2')",
        &["1 4 9 4"],
    );
    check("interpret 'signal lab'; say 'no'\nlab: say 'lab'", &["lab"]);
    check(
        "do i=1 to 3; interpret 'say' i '+' i*7 '\"12\" 'i'x a.'i; end",
        &["8 12 1X A.1", "16 12 2X A.2", "24 12 3X A.3"],
    );
    check(
        "do i=10 to 30 by 10; interpret 'parse value \"abc\" with x' i 'y; z =' i '- 5; call s' i; end; say z x\nexit\ns: say arg(1) f(2); return\nf: interpret 'return 3 *' arg(1)",
        &["10 6", "20 6", "30 6", "25 abc"],
    );
    check(
        "do i=8 to 9; interpret 'if' i '= 9 then x = 1 +' i '+ q'; end",
        &[
            "     1 +++   x = 1 + 9 + q",
            "     1 +++  interpret 'if' i '= 9 then x = 1 +' i '+ q'",
            "error 41.2 line 1",
        ],
    );
    check(
        "x=f(1)+f(2); say x\nexit\nf: interpret 'return' arg(1)*10",
        &["30"],
    );
    check(
        "interpret 'lab: say 1'",
        &[
            "     1 +++  lab:",
            "     1 +++ interpret 'lab: say 1'",
            "error 47.1 line 1",
        ],
    );
}

#[test]
fn parse_templates() {
    check(
        "parse value 'one two three four' with a 5 b +3 c . d; say '<'||a||'><'||b||'><'||c||'><'||d||'>'",
        &["<one ><two><three><>"],
    );
    check(
        "parse value 'abc def' with 3 x 1 y 5 z; say x||'|'||y||'|'||z",
        &["c def|abc |def"],
    );
    check(
        "parse value 'REXX' with 'E' +0 x 'X' y; say x'-'y",
        &["E-X"],
    );
    check(
        "d='b'; n=3; parse value 'xbybz' with p (d) q (d) r; parse value 'abcdef' with s =(n) t; say p q r s t",
        &["x y z ab cdef"],
    );
    check("x='a b c'; parse var x x y; say x'-'y", &["a-b c"]);
    check(
        "parse upper value 'ab Cd' with w v; say w v; parse lower value 'AB' with w; say w",
        &["AB CD", "ab"],
    );
    check(
        "parse caseless value 'aXbxc' with p 'x' q; say p q",
        &["a bxc"],
    );
    check(
        "parse value 'a,b,c' with p ',' . ',' q; say p q; parse numeric n; say n",
        &["a c", "9 0 SCIENTIFIC"],
    );
    check(
        "parse source s; say s; parse value with z; say '['z']'",
        &["CMS COMMAND T EXEC A1 t CMS", "[]"],
    );
    check(
        "queue 'Ab c'; parse pull x; say x; push 'Ab c'; pull x y; say x y; pull z; say z queued()",
        &["Ab c", "AB C", "TYPED 0"],
    );
    assert_eq!(
        run_as(
            "parse arg a b, c; arg d; say a'|'||b'|'c'|'d",
            Dialect::Cms,
            &[Some("One Two"), Some("Three")]
        ),
        ["One|Two|Three|ONE TWO"]
    );
    check(
        "parse value 'abc' with a 10 b; say a'|'||b'|'; parse value 'abcdef' with 4 a 2 b; say a b",
        &["abc||", "def bcdef"],
    );
}

#[test]
fn commands_and_environments() {
    check(
        "'CMD' 1+2-3; say rc; address cp 'Q TIME'; address cp; x='LINE'; x; address; 'BACK'; say address()",
        &[
            "[CMS] CMD 0",
            "0",
            "[CP] Q TIME",
            "[CP] LINE",
            "[CMS] BACK",
            "CMS",
        ],
    );
    check(
        "address value 'X'||'Y'; 'C'; address; 'D'",
        &["[XY] C", "[CMS] D"],
    );
    check(
        "call s; 'HERE'\nexit\ns: address cp; 'THERE'; return",
        &["[CP] THERE", "[CMS] HERE"],
    );
}

#[test]
fn variables_from_outside() {
    let mut vm = vm("a.1='x'; i=1; 'STOP'; say a.1 b new a.9", Dialect::Cms, &[]);
    assert!(matches!(vm.resume(Reply::Done), Exit::Command(_)));
    assert_eq!(vm.get_variable(b"a.i"), Some(Value::from("x")));
    assert_eq!(vm.get_variable(b"nosuch"), None);
    assert_eq!(vm.get_variable(b"1a"), None);
    assert_eq!(vm.set_variable(b"b", Some(Value::from("set"))), Ok(()));
    assert_eq!(vm.set_variable(b"1x", None), Err(BadName));
    assert_eq!(vm.set_direct(b"A.any Tail", Some(Value::from("t"))), Ok(()));
    assert_eq!(vm.get_direct(b"A.any Tail"), Some(Value::from("t")));
    assert_eq!(vm.set_variable(b"new", Some(Value::from("n"))), Ok(()));
    assert_eq!(vm.set_variable(b"a.i", None), Ok(()));
    let names: Vec<String> = vm
        .all_variables()
        .into_iter()
        .map(|(n, _)| String::from_utf8_lossy(&n).into_owned())
        .collect();
    assert_eq!(names, ["A.any Tail", "B", "I", "NEW"]);
    let mut lines = Vec::new();
    let mut reply = Reply::Rc {
        rc: 0,
        flag: Flag::Ok,
    };
    while let Exit::Say(line) = vm.resume(reply) {
        lines.push(line);
        reply = Reply::Done;
    }
    assert_eq!(lines, [b"A.1 set n A.9".to_vec()]);
}

/// Runs on; gives what is said up to the next command or the end.
fn said(vm: &mut Vm, mut exit: Exit) -> Vec<String> {
    let mut lines = Vec::new();
    while let Exit::Say(line) = exit {
        lines.push(String::from_utf8_lossy(&line).into_owned());
        exit = vm.resume(Reply::Done);
    }
    lines
}

#[test]
fn a_command_stays_what_it_was_while_it_runs() {
    let long = "READTO X and forty more characters behind it";
    let source = format!(
        "signal on error\nx = '{long}'\nx\nx\nx || ' too'\nerror: say condition('d') rc; say x"
    );
    let mut vm = vm(&source, Dialect::Cms, &[]);
    assert!(matches!(vm.resume(Reply::Done), Exit::Command(None)));
    for text in ["short", "another one that is longer than fourteen"] {
        assert_eq!(vm.set_bytes(b"x", text.as_bytes()), Ok(()));
        assert_eq!(vm.asked().1.to_vec(), long.as_bytes());
        assert_eq!(vm.asked().0, b"CMS");
    }
    assert_eq!(vm.set_bytes(b"X", long.as_bytes()), Ok(()));
    assert!(vm.resume_command(0, Flag::Ok).is_none());
    assert_eq!(vm.set_variable(b"x", None), Ok(()));
    assert_eq!(vm.asked().1.to_vec(), long.as_bytes());
    assert!(vm.resume_command(0, Flag::Ok).is_none());
    assert_eq!(vm.asked().1.to_vec(), b"X too");
    let exit = vm.resume_command(12, Flag::Error).expect("a line");
    assert_eq!(said(&mut vm, exit), ["X too 12", "X"]);
}

#[test]
fn room_that_is_used_again_is_nobody_elses() {
    let text = "a text of more than fourteen";
    check(
        &format!(
            "a = '{text}'; do i = 1 to 3; t = a i; s.i = t; end; say s.1; say s.3; say t; \
             t = 'x' || t; say t; t = t || t; say length(t); \
             call f a 'one', a 'two'; exit; f: say arg(1); say arg(2)"
        ),
        &[
            &format!("{text} 1"),
            &format!("{text} 3"),
            &format!("{text} 3"),
            &format!("x{text} 3"),
            "62",
            &format!("{text} one"),
            &format!("{text} two"),
        ],
    );
    let mut vm = vm(
        "x = copies('x', 20); y = x; 'A'; 'B' x; say x; say y; say z.1; say z.7",
        Dialect::Cms,
        &[],
    );
    assert!(matches!(vm.resume(Reply::Done), Exit::Command(None)));
    for name in ["x", "X", "z.1", "z.x"] {
        assert_eq!(vm.set_bytes(name.as_bytes(), b"7"), Ok(()), "{name}");
    }
    assert_eq!(vm.set_bytes(b"7x", b"7"), Err(BadName));
    assert_eq!(vm.set_bytes(b"", b"7"), Err(BadName));
    assert!(vm.resume_command(0, Flag::Ok).is_none());
    assert_eq!(vm.asked().1.to_vec(), b"B 7");
    let exit = vm.resume_command(0, Flag::Ok).expect("a line");
    let x = "x".repeat(20);
    assert_eq!(said(&mut vm, exit), ["7", &x, "7", "7"]);
}

#[test]
fn commands_that_go_well_keep_to_trace_and_interrupts() {
    // TRACE C shows the next command; a halt is seen before the clause behind the command.
    let mut traced = vm("'A'; trace c; 'B'; say rc", Dialect::Cms, &[]);
    assert!(matches!(traced.resume(Reply::Done), Exit::Command(None)));
    let Some(Exit::Trace(line)) = traced.resume_command(0, Flag::Ok) else {
        panic!("a trace line");
    };
    assert!(String::from_utf8_lossy(&line).ends_with("'B'"));
    let mut exits = Vec::new();
    while let Exit::Trace(_) = traced.resume(Reply::Done) {
        exits.push(());
    }
    assert_eq!(exits.len(), 1, "the command's value");
    let exit = traced.resume_command(0, Flag::Ok).expect("a line");
    assert_eq!(said(&mut traced, exit), ["0"]);

    let mut halted = vm(
        "signal on halt; 'A'; 'B'; exit; halt: say 'H' rc",
        Dialect::Cms,
        &[],
    );
    assert!(matches!(halted.resume(Reply::Done), Exit::Command(None)));
    halted.interrupt(Interrupt::Halt);
    let exit = halted.resume_command(0, Flag::Ok).expect("a line");
    assert_eq!(said(&mut halted, exit), ["H 0"]);
}

#[test]
fn errors_in_both_forms() {
    let mut e = Error::new(41, 1, &[b"a", b"+"]);
    e.line = 3;
    assert_eq!(
        e.cms_line(b"SAVELX EXEC"),
        b"DMSREX476E Error 41 running SAVELX EXEC, line 3: Bad arithmetic conversion"
    );
    assert_eq!(
        e.two_line(b"NAME")[0],
        b"Error 41 running NAME, line 3:  Bad arithmetic conversion"
    );
}

#[test]
fn numbers_on_the_short_way_and_off_it() {
    let lines = |source: &str| run(source);
    // Strict order is that of the characters, also for whole numbers.
    assert_eq!(
        lines("x=10; say x >> 9; if x >> 9 then say 'no'; else say 'yes'"),
        ["0", "yes"]
    );
    // Totals past DIGITS, up and down and back.
    assert_eq!(
        lines(
            "x=999999999; x=x+1; say x; x=x+4; say x; x=x+5; say x; x=x-2; say x; x=x-999999999; say x"
        ),
        [
            "1.00000000E+9",
            "1.00000000E+9",
            "1.00000001E+9",
            "1.00000001E+9",
            "10"
        ]
    );
    assert_eq!(lines("x=5e9; x=x-4500000000; say x"), ["500000000"]);
    assert_eq!(lines("x=1e9; if x=999999999 then say 'eq'"), ["eq"]);
    assert_eq!(
        lines("numeric form engineering; x=123456789*100; x=x+7; say x"),
        ["12.3456789E+9"]
    );
    // Numbers that are still text, and DIGITS that got smaller.
    assert_eq!(lines("x='0012'; y='3'; z=x+y; say z x"), ["15 0012"]);
    assert_eq!(
        lines("x='1.50'; y='0'; z=x+y; say z; say 0-x"),
        ["1.50", "-1.50"]
    );
    assert_eq!(
        lines("x=123456; numeric digits 4; y=x+0; say y; say x"),
        ["1.235E+5", "123456"]
    );
    // Exposed variables and tails.
    let source = "n=1; a.=0; call f; say n a.1 t; exit\nf: procedure expose n a. t\n\
              do i=1 to 9; n=n+i; a.1=a.1+n; t=n>20; end; return";
    assert_eq!(lines(source), ["46 174 1"]);
}

#[test]
fn parse_gives_pieces_that_stay() {
    let source = "s=copies('ab cd ',20); parse var s w s; t=s; do 5; parse var s . s; end; t=t'x'\n\
              say w length(s) length(t) left(s,5) right(t,4); parse var s s; say length(s)";
    assert_eq!(run(source), ["ab 102 118 ab cd cd x", "102"]);
    let source = "v='key=value;rest of it;'; parse var v k '=' l ';' m ';' n +3 o\n\
                  say k'.'l'.'m'.'n'.'o'.'; d=';'; parse var v a (d) c (d) .; say a'/'c";
    assert_eq!(
        run(source),
        ["key.value.rest of it.;..", "key=value/rest of it"]
    );
}

mod properties {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_text_breaks_the_parser(text in "[a-c0-9 ='\"();:,.*/+<>|&\\\\\n-]{0,40}") {
            for dialect in [super::Dialect::Cms, super::Dialect::Ansi] {
                let mut vm = super::vm(&text, dialect, &[]);
                vm.set_fuel(50);
                for _ in 0..50 {
                    if matches!(vm.resume(super::Reply::Done), super::Exit::Done(_) | super::Exit::Raised(_) | super::Exit::Fuel) {
                        break;
                    }
                }
            }
        }
    }
}

#[test]
fn expressions_too_high_are_refused_and_high_ones_work() {
    let heights = || {
        check(&format!("say 0{}", "+1".repeat(990)), &["990"]);
        check(
            &format!("say {}1{}", "(".repeat(990), ")".repeat(990)),
            &["1"],
        );
        check(
            &format!("say {}1{}", "abs(".repeat(490), ")".repeat(490)),
            &["1"],
        );
        // Neither deep nor long anywhere, but high when all is put together.
        let chain = format!("{})", "+1".repeat(300));
        for text in [
            format!("say {}1{}", "(".repeat(900), chain.repeat(900)),
            format!("say {}1", "-".repeat(2000)),
            format!("say {}1{}", "(".repeat(2000), ")".repeat(2000)),
            format!("say {}1{}", "f(,".repeat(2000), ")".repeat(2000)),
        ] {
            let lines = run_as(&text, Dialect::Cms, &[]);
            assert_eq!(lines.last().map(String::as_str), Some("error 11.1 line 1"));
        }
    };
    // As much stack as a main thread has.
    let thread = std::thread::Builder::new().stack_size(8 << 20);
    std::thread::scope(|scope| {
        let running = thread.spawn_scoped(scope, heights).unwrap();
        running.join().unwrap();
    });
}

#[test]
fn loops_of_every_kind_use_fuel() {
    for source in [
        "a: signal a",
        "a: signal value 'A'",
        "a: signal on syntax name a; x = 1/0",
        "a: signal on novalue name a; x = y",
        "x = 'interpret x'; interpret x",
        "x = 'do forever; end'; interpret x",
        "a: call a",
        "a: call ('A')",
        "a: interpret 'signal a'",
        "do forever; end",
        "do while 1; end",
        "do until 0; end",
        "do i = 1; iterate; end",
        "do i = 1 by 0 to 2; end",
    ] {
        let mut endless = vm(source, Dialect::Cms, &[]);
        endless.set_fuel(3000);
        assert!(
            matches!(endless.resume(Reply::Done), Exit::Fuel),
            "{source}"
        );
        endless.interrupt(Interrupt::Halt);
        assert_eq!(
            drive(&mut endless).last().map(String::as_str),
            Some("error 4.1 line 1"),
            "{source}"
        );
    }
}

#[test]
fn calls_nest_a_hundred_thousand_deep() {
    check_plain(
        "say f(100000)\nexit\nf: procedure; arg n; if n = 0 then return 0; return 1 + f(n - 1)",
        &["100000"],
    );
    check_plain(
        "n = 0; call a; say n; exit\na: n = n + 1; if n < 100000 then interpret 'call a'; return",
        &["100000"],
    );
    // The traceback of an error down there is short.
    let lines = run_as(
        "call a 0\na: procedure; arg n; if n = 100000 then say 1/0; call a n + 1",
        Dialect::Cms,
        &[],
    );
    assert_eq!(lines.last().map(String::as_str), Some("error 42.3 line 2"));
    assert!(lines.iter().map(String::len).sum::<usize>() < 1_000_000);
}

#[test]
fn work_that_could_take_for_ever_is_quick_or_refused() {
    let before = std::time::Instant::now();
    check_plain(
        "say wordpos(copies('a ', 100000)'b', copies('a ', 200000)'b')",
        &["100001"],
    );
    check_plain(
        "signal on syntax; say c2d(copies('ff'x, 1000000)); syntax: say rc",
        &["40"],
    );
    check_plain(
        "signal on syntax; numeric digits 100000000; say c2d(copies('ff'x, 10000000)); syntax: say rc",
        &["5"],
    );
    check_plain(
        "signal on syntax; numeric digits 100000000; say d2x(copies(9, 10000000)); syntax: say rc",
        &["5"],
    );
    check_plain(
        "signal on syntax; numeric digits 100000000; x = copies(9, 50000000); say x * x; syntax: say rc",
        &["5"],
    );
    check_plain(
        "signal on syntax; numeric digits 100000000; say 3 ** 99999999; syntax: say rc",
        &["5"],
    );
    check_plain(
        "numeric digits 40000; x = copies(9, 20000); y = x * x; \
         say (y == copies(9, 19999)8 || copies(0, 19999)1) (y / x == x) y // (x - 1)",
        &["1 1 1"],
    );
    check_plain("numeric digits 20000; say length(7 ** 20000)", &["16902"]);
    check_plain(
        &format!("b = 1; say length(b{})", " b".repeat(200_000)),
        &["400001"],
    );
    assert!(before.elapsed().as_secs() < 100);
}
