//! Conditions and their traps, where they are raised, delayed, kept and seen.

use super::tests::{check, drive, vm};
use super::{Dialect, Exit, Interrupt, Reply};

#[test]
fn a_call_trap_waits_for_the_end_of_the_clause() {
    check(
        "call on notready name n; x='old'; x=charin('FILE') 'and' x; say x; exit\nn: say 'in' x condition('d') condition('c') condition('i') condition('s') sigl; x='new'; return",
        &["in part and old FILE NOTREADY CALL DELAY 1", "new"],
    );
    check(
        "call on notready name n\nif charin('FILE')='part' then say 'then'; else say 'else'\nexit\nn: say 'trap' sigl; return 7",
        &["trap 2", "then"],
    );
    check(
        "call on notready name n\ncall s\nsay 'main'\nexit\ns: x=charin('FILE')\nreturn\nn: say 'trap' sigl x; return",
        &["trap 5 part", "main"],
    );
}

#[test]
fn a_handler_leaves_result_alone_and_may_come_within_a_text() {
    check(
        "call on error name e; result='keep'; 'BAD 1'; say result rc; exit\ne: return 5",
        &["[CMS] BAD 1", "keep 1"],
    );
    check(
        "call on error name e; interpret \"'BAD 1'; say 'text'\"; say 'main'; exit\ne: say 'e' sigl; return",
        &["[CMS] BAD 1", "e 1", "text", "main"],
    );
    check(
        "signal on error name e; do i=1 to 3; interpret \"'BAD' i; say 'no'\"; end\ne: say 'e' sigl i",
        &["[CMS] BAD 1", "e 1 1"],
    );
    check(
        "call on error name e; do i=1 to 2; x = i + f(i); say x; end; exit\nf: 'BAD' arg(1); return 10\ne: procedure; i=99; return",
        &["[CMS] BAD 1", "11", "[CMS] BAD 2", "12"],
    );
}

#[test]
fn notready_by_signal_or_not_at_all() {
    check(
        "signal on notready name n; x='old'; x=charin('FILE'); say 'no'\nn: say x condition('d') condition('s') sigl",
        &["old FILE OFF 1"],
    );
    check("x=charin('FILE'); say x", &["part"]);
    check(
        "interpret 'call on notready name n'; x=charin('FILE'); say x; exit\nn: say 'trap'; return",
        &["trap", "part"],
    );
}

#[test]
fn errors_while_one_is_handled_are_let_go() {
    check(
        "call on error name e; n=0; 'BAD 5'; say 'end' n; exit\ne: n=n+1; say 'in' n condition('d'); if n=1 then do; 'WORSE 6'; 'WORST 7'; end; say 'out' n; return",
        &[
            "[CMS] BAD 5",
            "in 1 BAD 5",
            "[CMS] WORSE 6",
            "[CMS] WORST 7",
            "out 1",
            "end 1",
        ],
    );
    check(
        "call on error name e; 'BAD 5'; 'BAD 6'; exit\ne: call off error; return",
        &["[CMS] BAD 5", "[CMS] BAD 6"],
    );
}

#[test]
fn traps_and_what_they_caught_belong_to_the_routine() {
    check(
        "signal on error name e; call s; 'BAD 2'\nsay 'no'\ns: signal on error name f; 'BAD 1'\nf: say 'f' rc condition('d'); return\ne: say 'e' rc condition('d')",
        &["[CMS] BAD 1", "f 1 BAD 1", "[CMS] BAD 2", "e 2 BAD 2"],
    );
    check(
        "call on error name e; say condition('c')'.'; 'BAD 1'; say condition('c')'.'; exit\ne: call t; return\nt: say condition('c') condition('s'); return",
        &[".", "[CMS] BAD 1", "ERROR DELAY", "."],
    );
}

#[test]
fn failure_falls_to_the_trap_of_error() {
    check(
        "signal on error; 'DEAD -3'\nerror: say condition('c') rc",
        &[
            "[CMS] DEAD -3",
            "     1 *-* 'DEAD -3'",
            "       +++ RC(-3) +++",
            "ERROR -3",
        ],
    );
    check(
        "trace o; signal on error; signal on failure; 'DEAD -3'\nerror: say 'no'\nfailure: say condition('c') rc condition('s')",
        &["[CMS] DEAD -3", "FAILURE -3 OFF"],
    );
}

#[test]
fn syntax_novalue_and_lostdigits() {
    check(
        "signal on syntax; interpret 'x = 1/0'\nsyntax: say rc sigl condition('c') condition('e') condition('d')",
        &["42 1 SYNTAX 42.3 A division by zero"],
    );
    check(
        "signal on syntax; x=f(1)\nsay 'no'\nf: y = 1 + 'a'\nsyntax: say rc sigl; signal on syntax name again; y=2/0\nagain: say rc sigl",
        &["41 3", "42 4"],
    );
    check(
        "i=1; a.1=0; signal on novalue; x = a.i; say x; x = 1 + b.i.j\nnovalue: say condition('d') condition('c') sigl",
        &["0", "B.1.J NOVALUE 1"],
    );
    check(
        "signal on novalue; call s 1, 2; say 'no'\ns: procedure; parse arg x; drop x; say x\nnovalue: say condition('d') sigl x",
        &["X 2 X"],
    );
    check(
        "numeric digits 4; signal on lostdigits; x = 12.345 * 2; say 'no'\nlostdigits: say condition('d')",
        &["12.345"],
    );
    for (expression, said) in [
        ("1200000 * 2", "kept"),
        ("1.20000 + 1", "kept"),
        ("0.0000012 * 2", "kept"),
        ("00012 * 2", "kept"),
        ("1e10 * 2", "kept"),
        ("12001 + 0", "lost"),
        ("1 - 1.2345", "lost"),
        ("-12345", "lost"),
        ("2 ** 10 + 10001", "lost"),
    ] {
        let source = format!(
            "numeric digits 4; signal on lostdigits; x = {expression}; say 'kept'; exit\nlostdigits: say 'lost'"
        );
        check(&source, &[said]);
    }
    // A comparison of numbers can lose digits; a strict one takes strings.
    check(
        "numeric digits 3; signal on lostdigits; say 12345 == 12345; say 12345 = 1\nlostdigits: say 'lost'",
        &["1", "lost"],
    );
}

#[test]
fn halt_is_called_or_signalled_and_ends_what_does_not_trap_it() {
    let halted = |source: &str| {
        let mut vm = vm(source, Dialect::Cms, &[]);
        vm.set_fuel(10);
        assert!(matches!(vm.resume(Reply::Done), Exit::Fuel));
        vm.interrupt(Interrupt::Halt);
        drive(&mut vm)
    };
    assert_eq!(
        halted(
            "call on halt name h; n=0; stop=0\ndo until stop; n=n+1; end; say 'after' stop\nexit\nh: stop=1; say 'halt' sigl condition('s'); return"
        ),
        ["halt 2 DELAY", "after 1"]
    );
    assert_eq!(
        halted(
            "signal on halt\ndo forever; call s; end\ns: return\nhalt: say 'halt' condition('c')"
        ),
        ["halt HALT"]
    );
    assert_eq!(
        halted("signal on syntax; do forever; end\nsyntax: say 'no'"),
        ["     1 +++ end", "error 4.1 line 1"],
        "only HALT traps it"
    );
}

#[test]
fn the_routine_of_a_call_trap_may_be_outside() {
    check(
        "call on error name gives; 'BAD 1'; say 'on' rc; 'BAD 2'; exit",
        &["[CMS] BAD 1", "on 1", "[CMS] BAD 2"],
    );
    check(
        "call on notready name silent; x = charin('FILE'); say x; call on error name date; 'BAD 3'; say rc",
        &["part", "[CMS] BAD 3", "3"],
    );
    check(
        "call on error name gives\ndo i=1 to 2\n'BAD' i; end; say i",
        &["[CMS] BAD 1", "[CMS] BAD 2", "3"],
    );
}

#[test]
fn a_label_that_is_not_there() {
    check(
        "call on error name nowhere; 'BAD 1'",
        &["[CMS] BAD 1", "     1 +++ 'BAD 1'", "error 16.1 line 1"],
    );
    // The search for a label ends at a clause that cannot be cut into tokens.
    check(
        "signal on syntax; x=1/0\nsay 'unmatched\nsyntax: say 'never'",
        &["     1 +++ x=1/0", "error 6.2 line 2"],
    );
    check(
        "signal on syntax; signal on\nsyntax: say 'here' rc\nsay 'unmatched",
        &["here 25", "     3 +++ say 'unmatched", "error 6.2 line 3"],
    );
    check(
        "say length('abc'); call s\nsay 'unmatched\ns: say 'never'",
        &["3", "     1 +++ call s", "error 6.2 line 2"],
    );
}
