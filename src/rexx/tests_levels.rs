//! The rows of docs/rexx-levels.md: what CMS and the standard do differently. Each row of the page has
//! its case here under the same name. Then the code pages: what the mainframe would answer.

use super::tests::{drive, run_as, vm};
use super::{Dialect, Exit, Invocation, Language, Reply, Vm, compile};
use crate::base::codepage::CodePage;

/// The name of the row, a program, what it says on CMS and what it says in the standard.
type Row = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const ROWS: &[Row] = &[
    (
        "Small numbers",
        "say 1e-7*1 0.00001*1; numeric digits 3; say 1e-6*1 1e-7*1",
        &["0.0000001 0.00001", "0.000001 1E-7"],
        &["1E-7 0.00001", "0.000001 1E-7"],
    ),
    (
        "`UPPER` instruction",
        "x='a'; upper x; say x",
        &["A"],
        &["[CMS] UPPER a", "a"],
    ),
    (
        "`PARSE NUMERIC`, `PARSE EXTERNAL`",
        "parse numeric x; say x; parse external y; say y",
        &["9 0 SCIENTIFIC", "typed"],
        &["1 +++ parse numeric x", "error 25.12 line 1"],
    ),
    (
        "`@ # $ ¢` in symbols",
        "a#=1; say a#",
        &["1"],
        &["1 +++ a#=1", "error 13.1 line 1"],
    ),
    (
        "`@ # $ ¢` in symbols",
        "say symbol('a#')",
        &["LIT"],
        &["BAD"],
    ),
    (
        "`.RC` and other symbols of a period and a name",
        "'BAD 3'; say .rc .5x .",
        &["[CMS] BAD 3", ".RC .5X ."],
        &["[CMS] BAD 3", "3 .5X ."],
    ),
    (
        "`PARSE VERSION`",
        "parse version . level .; say level",
        &["4.02"],
        &["5.00"],
    ),
    (
        "Name of an environment",
        "address longernames; say address()",
        &["     1 +++ address longernames", "error 29.1 line 1"],
        &["LONGERNAMES"],
    ),
    (
        "A clause in error",
        "say 'runs'\nx = 1 +",
        &["runs", "     2 +++ x = 1 +", "error 35.1 line 2"],
        &["2 +++ x = 1 +", "error 35.1 line 2"],
    ),
    (
        "A clause in error",
        "signal on syntax; interpret 'say 1; end'\nsyntax: say rc",
        &["1", "10"],
        &["10"],
    ),
    (
        "The tab",
        "t='09'x; say words('a't'b') ('a' = 'a't); parse value 'a't'b c' with x y; say length(x) length(y)",
        &["1 0", "3 1"],
        &["2 1", "1 3"],
    ),
    (
        "`ERRORTEXT`",
        "say errortext(5); say errortext(5, 'S'); say '<'errortext(50)'>'",
        &[
            "Machine storage exhausted",
            "System resources exhausted",
            "<>",
        ],
        &[
            "System resources exhausted",
            "System resources exhausted",
            "<Unrecognized reserved symbol>",
        ],
    ),
    (
        "Line numbers of `TRACE`",
        "trace a; nop",
        &["     1 *-* nop"],
        &["1 *-* nop"],
    ),
    (
        "Return codes in `TRACE`",
        "trace e; 'BAD 3'",
        &["[CMS] BAD 3", "     1 *-* 'BAD 3'", "       +++ RC(3) +++"],
        &["[CMS] BAD 3", "1 *-* 'BAD 3'", "  +++ RC=3 +++"],
    ),
];

/// A row more, whose programs are long.
#[test]
fn literal_strings() {
    // A doubled quote is one character, and blanks between codes are none.
    let quoted = "x='".to_owned() + &"n".repeat(249) + "'''; say length(x)";
    let codes = "x='".to_owned() + &"c1 ".repeat(249) + "c1'x; say length(x || x)";
    let long = "say 1\nx='".to_owned() + &"n".repeat(251) + "'\nsay length(x)";
    let routine = "'".to_owned() + &"n".repeat(251) + "'(1)";
    let both = [Dialect::Cms, Dialect::Ansi];
    assert_eq!(both.map(|d| run_as(&quoted, d, &[])), [["250"]; 2]);
    assert_eq!(both.map(|d| run_as(&codes, d, &[])), [["500"]; 2]);
    let lines = run_as(&long, Dialect::Cms, &[]);
    assert_eq!(lines.first().map(String::as_str), Some("1"));
    assert_eq!(lines.last().map(String::as_str), Some("error 30.2 line 2"));
    assert_eq!(run_as(&long, Dialect::Ansi, &[]), ["1", "251"]);
    let lines = run_as(&routine, Dialect::Cms, &[]);
    assert_eq!(lines.last().map(String::as_str), Some("error 30.2 line 1"));
}

#[test]
fn each_row_of_the_page() {
    for (name, source, cms, ansi) in ROWS {
        assert_eq!(run_as(source, Dialect::Cms, &[]), *cms, "{name}: {source}");
        assert_eq!(
            run_as(source, Dialect::Ansi, &[]),
            *ansi,
            "{name}: {source}"
        );
    }
}

#[test]
fn the_page_has_each_row() {
    let page = include_str!("../../docs/rexx-levels.md");
    for (name, ..) in ROWS {
        assert!(page.contains(&format!("| {name} |")), "{name}");
    }
    let rows = page.lines().filter(|l| l.starts_with("| ")).count();
    // The head of the table, the form of messages, which the session writes, and literal strings.
    let mut names: Vec<&str> = ROWS.iter().map(|r| r.0).collect();
    names.dedup();
    assert_eq!(rows, names.len() + 3);
}

#[test]
fn a_program_may_choose_its_level() {
    for (source, expected) in [
        ("options 'ansi'; say 1e-7*1", "1E-7"),
        ("/* x */ options ansi\nsay 1e-7*1", "1E-7"),
        ("options 'ETMODE cms'; say 1e-7*1", "0.0000001"),
        ("x=1; options 'ansi'; say 1e-7*1", "0.0000001"),
    ] {
        assert_eq!(run_as(source, Dialect::Cms, &[]), [expected], "{source}");
    }
    assert_eq!(
        run_as("options cms; x='a'; upper x; say x", Dialect::Ansi, &[]),
        ["A"]
    );
}

// ---- code pages ----

fn run_in(codepage: CodePage, source: &str) -> Vec<String> {
    let language = Language {
        dialect: Dialect::Cms,
        codepage,
    };
    let invocation = Invocation {
        kind: super::CallKind::Command,
        args: Vec::new(),
        source: Vec::new(),
        name: b"T EXEC".to_vec(),
        address: b"CMS".to_vec(),
        clock: super::Clock::fixed(0),
        seed: 1,
        user: b"LINUX1".to_vec(),
        codepage,
        storage: crate::rexx::STORAGE,
    };
    drive(&mut Vm::new(
        compile(source.as_bytes(), language),
        invocation,
    ))
}

#[test]
fn code_values_are_those_of_the_page() {
    // The expression, what the host's code gives and what EBCDIC 1047 gives.
    for (expression, host, ebcdic) in [
        ("c2x('A1 z')", "4131207A", "C1F140A9"),
        ("x2c('C1F1')", "\u{fffd}\u{fffd}", "A1"),
        ("'F1'x + 1", "", "2"),
        ("'1111 0001'b || 'C1 C2'x", "", "1AB"),
        ("c2d('a')", "97", "129"),
        ("d2c(193)", "", "A"),
        ("c2d('81'x) d2x(c2d('a'))", "129 61", "129 81"),
        ("('a' < 'A') ('Z' < '0') ('z' << 'A')", "0 0 0", "1 1 1"),
        (
            "('a' < '~') ('ab ' = 'ab') ('ab' < 'ab0')",
            "1 1 1",
            "1 1 1",
        ),
        ("xrange('A','C') length(xrange())", "ABC 256", "ABC 256"),
        ("c2x(xrange('i','j'))", "696A", "898A8B8C8D8E8F9091"),
        ("c2x(bitor('a','404040'x))", "614040", "C14040"),
        ("bitand('a','BF'x)", "!", ""),
        ("bitor('a','40'x)", "a", "A"),
        ("c2x(bitxor('AB',,'1'))", "7073", "3033"),
        ("translate('abc','123','abc')", "123", "123"),
        ("translate('B',xrange('00'x,'FF'x))", "B", "B"),
        ("translate('A',overlay('*',xrange(),194))", "A", "*"),
        ("c2x(' ') c2x('') c2x(left('a',2))", "20  6120", "40  8140"),
        ("copies('40'x,2)'|'", "@@|", "  |"),
        (
            "datatype('F1'x) verify('F2'x,'0123456789')",
            "CHAR 1",
            "NUM 0",
        ),
        (
            "x2d('F1') b2x('11110001') x2b('F1')",
            "241 F1 11110001",
            "241 F1 11110001",
        ),
    ] {
        let source = format!("say {expression}");
        if !host.is_empty() {
            assert_eq!(
                run_in(CodePage::Host, &source),
                [host],
                "host: {expression}"
            );
        }
        if !ebcdic.is_empty() {
            assert_eq!(
                run_in(CodePage::Ibm1047, &source),
                [ebcdic],
                "1047: {expression}"
            );
        }
    }
}

#[test]
fn patterns_sorts_and_texts_follow_the_page() {
    assert_eq!(
        run_in(
            CodePage::Ibm1047,
            "parse value 'a1b' with x 'F1'x y; say x y"
        ),
        ["a b"]
    );
    assert_eq!(
        run_in(
            CodePage::Ibm1047,
            "interpret \"say 'C1'x\"; x='C2'; say x2c(x) value('x')"
        ),
        ["A", "B C2"]
    );
    let order = "w='b 1 B a'; do i=1 to 3; do j=1 to 3; k=j+1; if word(w,j)>word(w,k) then w=subword(w,1,j-1) word(w,k) word(w,j) subword(w,j+2); end; end; say space(w)";
    assert_eq!(run_in(CodePage::Host, order), ["1 B a b"]);
    assert_eq!(run_in(CodePage::Ibm1047, order), ["a b B 1"]);
    // What is written goes out as the host has it.
    let mut vm = vm("say 'F1'x", Dialect::Cms, &[]);
    assert!(matches!(vm.resume(Reply::Done), Exit::Say(line) if line == [0xF1]));
}
