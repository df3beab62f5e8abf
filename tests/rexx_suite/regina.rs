//! The suite on Regina. Every difference stands in `docs/rexx-regina.md` with its reason; one that is not
//! there, or one that is there and no longer happens, fails the test.

use super::case::{self, Case, Level};
use super::{Lines, Ran, host, judge};
use crate::support::project;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The list is made with this one, as Debian has it.
const VERSION: &str = "REXX-Regina_3.6";

/// A difference: the case's file, the clause, what the standard says, what Regina gives.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Difference {
    file: String,
    clause: String,
    standard: String,
    regina: String,
}

impl Difference {
    /// As it stands in the list.
    fn text(&self) -> String {
        format!(
            "    {}: {}\n        standard: {}\n        Regina: {}\n",
            self.file, self.clause, self.standard, self.regina
        )
    }
}

/// The program, when it is here and is the one the list was made with.
fn program() -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|p| p.join("regina"))
        .find(|p| p.exists());
    let found = found.ok_or("there is no regina")?;
    let version = Command::new(&found)
        .arg("-v")
        .output()
        .map_err(|e| e.to_string())?;
    let version = [version.stdout, version.stderr].concat();
    let version = String::from_utf8_lossy(&version).into_owned();
    if !version.contains(VERSION) {
        return Err(format!("{} is not {VERSION}", version.trim()));
    }
    Ok(found)
}

/// Runs a case; no shell command but the built-in ones of `sh` can be found by it.
fn run(regina: &Path, folder: &Path, case: &Case) -> Ran {
    let own = tempfile::tempdir_in(folder).unwrap();
    host::run(Command::new(regina), case, own.path())
}

/// Every difference of the suite.
fn differences(regina: &Path, cases: &[Case]) -> Vec<Difference> {
    let next = AtomicUsize::new(0);
    let work = || {
        let folder = tempfile::tempdir().unwrap();
        let mut found = Vec::new();
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            if case.not_regina.is_some() {
                continue;
            }
            // At a case of the CMS level only, that is what it is held against.
            let level = match case.level {
                Level::Cms => Level::Cms,
                _ => Level::Ansi,
            };
            let ran = run(regina, folder.path(), case);
            let file = case.file.strip_prefix("tests/rexx/").unwrap_or(&case.file);
            found.extend(
                judge(case, level, &ran, Lines::Ignored)
                    .into_iter()
                    .map(|miss| Difference {
                        file: file.to_owned(),
                        clause: case.clause(miss.line),
                        standard: miss.expected,
                        regina: miss.got,
                    }),
            );
        }
        found
    };
    let threads = std::thread::available_parallelism()
        .map_or(2, |n| n.get())
        .min(8);
    let mut all: Vec<Difference> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running
            .into_iter()
            .flat_map(|t| t.join().unwrap())
            .collect()
    });
    all.sort();
    all
}

/// The differences that the list has.
fn listed(text: &str) -> Vec<Difference> {
    let mut found: Vec<Difference> = Vec::new();
    for line in text.lines() {
        let Some(line) = line.strip_prefix("    ") else {
            continue;
        };
        if let Some(standard) = line.strip_prefix("    standard: ") {
            found.last_mut().unwrap().standard = standard.to_owned();
        } else if let Some(regina) = line.strip_prefix("    Regina: ") {
            found.last_mut().unwrap().regina = regina.to_owned();
        } else if let Some((file, clause)) = line.split_once(": ") {
            found.push(Difference {
                file: file.to_owned(),
                clause: clause.to_owned(),
                standard: String::new(),
                regina: String::new(),
            });
        }
    }
    found.sort();
    found
}

/// How often each stands in one list and not in the other.
fn beyond(these: &[Difference], those: &[Difference]) -> Vec<Difference> {
    let mut count: BTreeMap<&Difference, usize> = BTreeMap::new();
    those.iter().for_each(|d| *count.entry(d).or_default() += 1);
    let mut rest = Vec::new();
    for d in these {
        match count.get_mut(d) {
            Some(n) if *n > 0 => *n -= 1,
            _ => rest.push(d.clone()),
        }
    }
    rest
}

#[test]
fn regina_differs_exactly_where_the_list_says() {
    let regina = match program() {
        Ok(regina) => regina,
        Err(why) => {
            eprintln!("rexx_suite: SKIPPED, nothing has been compared with Regina: {why}");
            return;
        }
    };
    let cases = case::all();
    let list = fs::read_to_string(project().join("docs/rexx-regina.md")).unwrap_or_default();
    let (found, listed) = (differences(&regina, &cases), listed(&list));
    let mut text = String::new();
    for d in beyond(&found, &listed) {
        let _ = write!(text, "not in docs/rexx-regina.md:\n{}", d.text());
    }
    for d in beyond(&listed, &found) {
        let _ = write!(
            text,
            "no longer happens, but is in docs/rexx-regina.md:\n{}",
            d.text()
        );
    }
    let reasons = cases.iter().filter_map(|c| c.not_regina.as_deref());
    let reasons: BTreeSet<&str> = reasons.collect();
    let not_run: BTreeSet<&str> = list.lines().filter_map(|l| l.strip_prefix("- ")).collect();
    for reason in reasons.symmetric_difference(&not_run) {
        let _ = writeln!(
            text,
            "not both in the suite and in the list of what is not run: {reason}"
        );
    }
    eprintln!("rexx_suite: {} differences of Regina", found.len());
    assert!(text.is_empty(), "\n{text}");
}
