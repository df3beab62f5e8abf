//! The conformance suite of the language: the EXECs of `tests/rexx`, one a rule, with what they must print
//! written at the line that prints it (`tests/rexx/README.md` says how). Every case runs at the CMS level and
//! at the standard's, and on Regina, whose differences `docs/rexx-regina.md` lists.

mod arithmetic;
mod case;
mod host;
mod ours;
mod parsing;
mod regina;
mod roundtrip;

use case::{Case, Expected, Level};
use std::fmt::Write;

/// What a run of a case gave: the lines it said, and how it ended.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Ran {
    said: Vec<Vec<u8>>,
    /// The error that ended it: number, subcode, line within the case.
    error: Option<(u16, u16, usize)>,
    /// Why it was stopped, when it was.
    stopped: Option<String>,
}

/// A check that a run did not meet.
struct Miss {
    /// The line of the file.
    line: usize,
    expected: String,
    got: String,
}

/// Whether the line of an error belongs to the check.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    Compared,
    Ignored,
}

fn shown(bytes: &[u8]) -> String {
    bytes
        .escape_ascii()
        .to_string()
        .replace("\\'", "'")
        .replace("\\\"", "\"")
        .replace("\\\\", "\\")
}

/// An error as it is shown; its line only where that is compared.
fn error_text((number, sub, line): (u16, u16, usize), lines: Lines) -> String {
    match lines {
        Lines::Compared => format!("error {number}.{sub} line {line}"),
        Lines::Ignored => format!("error {number}.{sub}"),
    }
}

/// What stands at a place of a run: a line, the error that ended it, or nothing.
fn got(ran: &Ran, at: usize, lines: Lines) -> String {
    match (ran.said.get(at), ran.error, &ran.stopped) {
        (Some(said), ..) => shown(said),
        (None, Some(error), _) => error_text(error, lines),
        (None, None, Some(why)) => why.clone(),
        (None, None, None) => "nothing".to_owned(),
    }
}

/// Holds a run against the case's expectations at a level.
fn judge(case: &Case, level: Level, ran: &Ran, lines: Lines) -> Vec<Miss> {
    let mut misses = Vec::new();
    let mut at = 0;
    let mut miss = |line, expected, at| {
        let got = got(ran, at, lines);
        misses.push(Miss {
            line,
            expected,
            got,
        });
    };
    for check in case.checks.iter().filter(|c| c.level.covers(level)) {
        match &check.expected {
            Expected::Line(text) => {
                if ran.said.get(at) != Some(text) {
                    miss(check.line, shown(text), at);
                    if at >= ran.said.len() {
                        return misses;
                    }
                }
                at += 1;
            }
            Expected::Error(number, sub, line) => {
                let right = at == ran.said.len()
                    && ran.error.is_some_and(|(n, s, l)| {
                        (n, s) == (*number, *sub) && (l == *line || lines == Lines::Ignored)
                    });
                if !right {
                    miss(check.line, error_text((*number, *sub, *line), lines), at);
                }
                return misses;
            }
        }
    }
    if at < ran.said.len() || ran.error.is_some() || ran.stopped.is_some() {
        miss(case.last_line(), "nothing more".into(), at);
    }
    misses
}

#[test]
fn the_suite_holds_at_both_levels() {
    let cases = case::all();
    let mut checks = 0;
    let mut text = String::new();
    for case in &cases {
        checks += case.checks.len();
        for level in [Level::Cms, Level::Ansi] {
            if !case.level.covers(level) {
                continue;
            }
            let (ran, lines) = match case.host {
                true => (host::ours(case, level), Lines::Ignored),
                false => (ours::run(case, level), Lines::Compared),
            };
            for miss in judge(case, level, &ran, lines) {
                let _ = writeln!(
                    text,
                    "{}:{} ({level:?}): expected {}, got {}",
                    case.file, miss.line, miss.expected, miss.got
                );
            }
        }
    }
    eprintln!("rexx_suite: {} programs, {checks} checks", cases.len());
    assert!(text.is_empty(), "\n{text}");
    assert!(checks >= 1500, "only {checks} checks");
}
