//! Reads the EXECs of the suite: a file is a run of cases, each a program of its own.

use crate::support::project;
use std::fs;
use std::path::Path;

/// Where a case or a check holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Cms,
    Ansi,
    Both,
}

impl Level {
    /// Whether something marked with this level belongs to a run at `level`.
    pub fn covers(self, level: Level) -> bool {
        self == Level::Both || self == level
    }
}

/// What a check expects.
#[derive(Debug)]
pub enum Expected {
    /// This line is said.
    Line(Vec<u8>),
    /// The program ends with this error: number, subcode, line within the case.
    Error(u16, u16, usize),
}

/// One expectation.
#[derive(Debug)]
pub struct Check {
    /// The line of the file.
    pub line: usize,
    pub level: Level,
    pub expected: Expected,
}

/// A program with its expectations.
#[derive(Debug)]
pub struct Case {
    /// The file, from the project's folder.
    pub file: String,
    /// The first line of the case in the file.
    pub first: usize,
    pub lines: Vec<String>,
    pub checks: Vec<Check>,
    pub level: Level,
    /// Why it is not run on Regina.
    pub not_regina: Option<String>,
    /// Lines for standard input.
    pub input: Vec<String>,
    /// The argument string.
    pub args: Option<String>,
    /// Codes and order of characters are those of code page 1047.
    pub ebcdic: bool,
    /// It needs the host's files and commands.
    pub host: bool,
}

impl Case {
    /// The program's text: bytes as in the file.
    pub fn text(&self) -> Vec<u8> {
        let mut text = self.lines.join("\n").into_bytes();
        text.push(b'\n');
        text
    }

    /// The last line of the case in the file.
    pub fn last_line(&self) -> usize {
        self.first + self.lines.len() - 1
    }

    /// A line of the file without its expectations.
    pub fn clause(&self, line: usize) -> String {
        let line = &self.lines[line - self.first];
        let end = MARKS
            .iter()
            .filter_map(|m| line.find(&format!("/* {m}")))
            .min();
        line[..end.unwrap_or(line.len())].trim().to_owned()
    }
}

/// What an expectation starts with, after `/* `.
const MARKS: [&str; 4] = ["expect", "level:", "regina:", "input:"];

/// Every case of `tests/rexx`, in the order of the files' names.
pub fn all() -> Vec<Case> {
    let mut files = Vec::new();
    collect(&project().join("tests/rexx"), &mut files);
    files.sort();
    let mut cases = Vec::new();
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        let name = file
            .strip_prefix(project())
            .unwrap()
            .to_string_lossy()
            .into_owned();
        read(&name, &text, &mut cases);
    }
    cases
}

fn collect(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "rexx") {
            files.push(path);
        }
    }
}

/// What stands over a case, or over the whole file.
#[derive(Debug, Clone, Default)]
struct Marks {
    level: Option<Level>,
    not_regina: Option<String>,
    input: Vec<String>,
    args: Option<String>,
    ebcdic: bool,
    host: bool,
}

impl Marks {
    /// Takes what a comment says; whether it was such a comment.
    fn take(&mut self, comment: &str, at: &str) -> bool {
        let Some((key, value)) = comment.split_once(": ") else {
            return false;
        };
        match key {
            "level" => {
                self.level = Some(match value {
                    "cms" => Level::Cms,
                    "ansi" => Level::Ansi,
                    _ => panic!("{at}: level is cms or ansi"),
                });
            }
            "regina" => self.not_regina = Some(value.to_owned()),
            "input" => self.input.push(value.to_owned()),
            "args" => self.args = Some(value.to_owned()),
            "world" => {
                assert_eq!(value, "host", "{at}");
                self.host = true;
            }
            "codepage" => self.ebcdic = value == "1047",
            _ => return false,
        }
        true
    }
}

/// Cuts a file into its cases: a blank line ends one, and so does a line that expects an error.
fn read(file: &str, text: &str, cases: &mut Vec<Case>) {
    let mut of_file = Marks::default();
    let mut marks = Marks::default();
    let mut lines: Vec<&str> = Vec::new();
    let mut checks: Vec<Check> = Vec::new();
    let all: Vec<&str> = text.lines().collect();
    for (index, line) in all.iter().enumerate() {
        let at = format!("{file}:{}", index + 1);
        let before = checks.len();
        if !line.is_empty() {
            lines.push(line);
            for comment in comments(line) {
                if !marks.take(comment, &at) {
                    expectations(comment, index + 1, lines.len(), &at, &mut checks);
                }
            }
        }
        let failed = checks[before..]
            .iter()
            .any(|c| matches!(c.expected, Expected::Error(..)));
        let next_blank = all.get(index + 1).is_none_or(|l| l.is_empty());
        if lines.is_empty() || !(next_blank || failed) {
            continue;
        }
        if checks.is_empty() {
            let only_comments = lines
                .iter()
                .all(|l| l.starts_with("/*") && l.ends_with("*/"));
            assert!(only_comments, "{at}: a case without an expectation");
            of_file = std::mem::take(&mut marks);
            lines.clear();
            continue;
        }
        let own = std::mem::take(&mut marks);
        cases.push(Case {
            file: file.to_owned(),
            first: index + 2 - lines.len(),
            lines: lines.drain(..).map(str::to_owned).collect(),
            checks: std::mem::take(&mut checks),
            level: own.level.or(of_file.level).unwrap_or(Level::Both),
            not_regina: own.not_regina.or_else(|| of_file.not_regina.clone()),
            input: own.input,
            args: own.args,
            ebcdic: own.ebcdic || of_file.ebcdic,
            host: own.host || of_file.host,
        });
    }
}

/// The texts of a line's comments that stand by themselves: `/* text */`.
fn comments(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(start) = rest.find("/* ") {
        let Some(length) = rest[start..].find(" */") else {
            break;
        };
        if length >= 3 {
            found.push(&rest[start + 3..start + length]);
        }
        rest = &rest[start + length.max(2) + 1..];
    }
    found
}

/// Takes the expectations of a comment.
fn expectations(comment: &str, line: usize, own: usize, at: &str, checks: &mut Vec<Check>) {
    let Some((key, value)) = comment.split_once(": ") else {
        assert!(
            !comment.starts_with("expect"),
            "{at}: an expectation without its colon"
        );
        return;
    };
    let mut words = key.split(' ');
    if words.next() != Some("expect") {
        return;
    }
    let mut level = Level::Both;
    let mut kind = "line";
    for word in words {
        match word {
            "cms" => level = Level::Cms,
            "ansi" => level = Level::Ansi,
            "each" | "error" => kind = word,
            _ => panic!("{at}: what is \"{word}\" of an expectation?"),
        }
    }
    let mut push = |expected| {
        checks.push(Check {
            line,
            level,
            expected,
        })
    };
    match kind {
        "error" => {
            let (code, line) = match value.split_once(" line ") {
                Some((code, line)) => (code, line.parse().unwrap()),
                None => (value, own),
            };
            let (number, sub) = code
                .split_once('.')
                .unwrap_or_else(|| panic!("{at}: no subcode"));
            push(Expected::Error(
                number.parse().unwrap(),
                sub.parse().unwrap(),
                line,
            ));
        }
        "each" => {
            let lines = value.split(" | ").map(str::as_bytes);
            lines.for_each(|l| push(Expected::Line(l.to_vec())));
        }
        _ => push(Expected::Line(value.as_bytes().to_vec())),
    }
}
