//! Runs a case as a process of the host: on Regina, and with `cms rexx` what needs files or commands.

use super::Ran;
use super::case::{Case, Level};
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Longer than any case takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs a case with `cms rexx` at a level.
pub fn ours(case: &Case, level: Level) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_cms"));
    command.args(["rexx", "--allow-system"]);
    command.arg(match level {
        Level::Ansi => "--ansi",
        _ => "--cms",
    });
    run(command, case, folder.path())
}

/// Runs a case in a folder; no shell command but the built-in ones of `sh` can be found by it.
pub fn run(mut command: Command, case: &Case, folder: &Path) -> Ran {
    fs::write(folder.join("case.rexx"), case.text()).unwrap();
    let mut child = command
        .arg("./case.rexx")
        .args(&case.args)
        .env_clear()
        .env("PATH", "/nonexistent")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let input: String = case.input.iter().map(|l| format!("{l}\n")).collect();
    // A program need not read its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let start = Instant::now();
    let mut ran = Ran::default();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            ran.stopped = Some("stopped: it does not end".into());
            break;
        }
        std::thread::sleep(Duration::from_micros(500));
    }
    let output = child.wait_with_output().unwrap();
    let lines = output.stdout.split(|b| *b == b'\n');
    ran.said = lines.map(<[u8]>::to_vec).collect();
    if ran.said.last().is_some_and(Vec::is_empty) {
        ran.said.pop();
    }
    // Regina's messages go to the error stream, ours to the console that SAY writes to.
    ran.error = error(&String::from_utf8_lossy(&output.stderr));
    let message = |line: &Vec<u8>| line.starts_with(b"Error ") && contains(line, b" running ");
    if ran.error.is_none()
        && let Some(at) = ran.said.iter().rposition(message)
    {
        let text = ran.said.split_off(at).join(&b'\n');
        ran.error = error(&String::from_utf8_lossy(&text));
        while ran.said.last().is_some_and(|line| is_traceback(line)) {
            ran.said.pop();
        }
    }
    ran
}

fn contains(line: &[u8], wanted: &[u8]) -> bool {
    line.windows(wanted.len()).any(|w| w == wanted)
}

/// Whether a line shows a clause that led to an error: a number, if one, and `+++`.
fn is_traceback(line: &[u8]) -> bool {
    let number = |b: &u8| b.is_ascii_digit() || *b == b' ';
    let mark = line.iter().position(|b| !number(b)).unwrap_or(0);
    mark > 0 && line[mark..].starts_with(b"+++ ")
}

/// Number and subcode of `Error 40 running ...` and `Error 40.3: ...`.
fn error(text: &str) -> Option<(u16, u16, usize)> {
    let mut codes = text.lines().filter_map(|l| l.strip_prefix("Error "));
    let last = codes.next_back()?;
    let code = last.split([' ', ':']).next()?;
    let (number, sub) = code.split_once('.').unwrap_or((code, "0"));
    Some((number.parse().ok()?, sub.parse().ok()?, 0))
}
