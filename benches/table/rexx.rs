//! The language beside Regina: time, peak memory and result of the programs in benches/rexx, and how many
//! instructions ours takes for them.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use super::{cms, pair, project, row, whole};

/// A program, the argument that makes it short enough for counting instructions, and what its time is to be
/// as a fraction of the peer's.
struct Program {
    file: &'static str,
    short: &'static str,
    target: &'static str,
}

const PROGRAMS: &[Program] = &[
    program("b1_fib.rex", "15", "1/12, then 1/30"),
    program("b2_sieve.rex", "20000", "1/3, then 1/7"),
    program("b3_words.rex", "2500", "1/5, then 1/8"),
    program("b4_parse.rex", "1000", "1/5, then 1/8"),
    program("b5_loops.rex", "250", "1/14, then 1/28"),
    program("b6_digits.rex", "200", "1/3.3, then 1/8"),
    program("b7_matmul.rex", "30", "1/3, then 1/6"),
    program("b8_interpret.rex", "2000", "1/2, then 1/5"),
    program("b10_clauses.rex", "300", "1/3.3, then 1/7"),
];

const fn program(file: &'static str, short: &'static str, target: &'static str) -> Program {
    Program {
        file,
        short,
        target,
    }
}

/// Rounds of b10_clauses.rex, and the clauses in a thousand of them, as TRACE counts them.
const ROUNDS: f64 = 30_000.0;
const CLAUSES: f64 = 105_134.0;

/// How many lines b9 reads, and how many the compiler gets.
const READ: usize = 200_000;
const COMPILED: usize = 100_000;

/// The rows of the table.
pub fn rows() {
    let dir = project().join("benches/rexx");
    let Ok(work) = tempfile::tempdir() else {
        return;
    };
    for program in PROGRAMS {
        let path = dir.join(program.file);
        let ours = measured(work.path(), &path, &[], program.target);
        if program.file.starts_with("b10")
            && let Some(ours) = ours
        {
            let rate = ROUNDS / 1e9 * CLAUSES / ours.as_secs_f64();
            println!("{:<58} {rate:>7.1} M clauses a second", "");
        }
    }
    lines(work.path(), &dir.join("b9_linein.rex"));
    let empty = work.path().join("empty.rex");
    let long = work.path().join("long.rex");
    if fs::write(&empty, "").is_ok() && fs::write(&long, long_program()).is_ok() {
        measured(work.path(), &empty, &[], "3 ms");
        measured(work.path(), &long, &[], "0.5 s");
    }
}

/// b9 with a file of its own.
fn lines(work: &Path, program: &Path) {
    let mut text = String::new();
    for n in 0..READ {
        let kind = if n % 7 == 0 { "error" } else { "info" };
        let _ = writeln!(
            text,
            "{n} {kind} the quick brown fox jumps over the lazy dog"
        );
    }
    let file = work.join("lines.txt");
    if fs::write(&file, text).is_ok() {
        let file = file.to_string_lossy();
        measured(work, program, &[&file], "1/4.5, then 1/9");
        beside_mawk(work, &file);
    }
}

/// Only reading, against the quickest reader of lines there is.
fn beside_mawk(work: &Path, file: &str) {
    let program = work.join("reading.rex");
    let text = "parse arg f .\ndo while lines(f) > 0\n  l = linein(f)\nend\n";
    if fs::write(&program, text).is_err() {
        return;
    }
    let mawk = || {
        let mut command = Command::new("mawk");
        command.args(["1", file]);
        command
    };
    let (time, peer) = beside(
        || ours(work, &program, &[file]),
        output(mawk()).map(|_| mawk),
    );
    row("cms rexx reading.rex, beside mawk 1", time, peer, "1.5");
}

/// The time of a command and, where there is one, its peer's in the same minutes.
fn beside(
    ours: impl Fn() -> Command,
    peer: Option<impl Fn() -> Command>,
) -> (Duration, Option<Duration>) {
    match peer {
        Some(peer) => {
            let (ours, peer) = pair(ours, peer);
            (ours, Some(peer))
        }
        None => (whole(ours), None),
    }
}

fn regina(program: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("regina");
    command.arg(program).args(args).env("REGINA_MACROS", ".");
    command
}

fn ours(work: &Path, program: &Path, args: &[&str]) -> Command {
    let path = program.to_string_lossy();
    let mut all = vec!["rexx", &*path];
    all.extend(args);
    cms(work, &all)
}

/// A row: only where both give the same result, which a row is worth nothing without.
fn measured(work: &Path, program: &Path, args: &[&str], target: &str) -> Option<Duration> {
    let name = program
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    let what = format!("cms rexx {name}");
    let own = output(ours(work, program, args));
    let peer = output(regina(program, args));
    if own.is_none() || (peer.is_some() && own != peer) {
        println!("{what}: no row, the result is not the peer's");
        return None;
    }
    let peer = peer.map(|_| || regina(program, args));
    let (time, peer) = beside(|| ours(work, program, args), peer);
    row(&what, time, peer, target);
    let memory = peak(ours(work, program, args));
    let theirs = peer.map(|_| peak(regina(program, args)));
    let theirs = theirs.map_or_else(|| "-".to_string(), |m| format!("{m:.1} MB"));
    println!("{:<58} {:>10} {theirs:>10}", "", format!("{memory:.1} MB"));
    Some(time)
}

fn output(mut command: Command) -> Option<Vec<u8>> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output.status.success().then_some(output.stdout)
}

/// The peak of the resident memory, in MB, as it is seen while the command runs.
fn peak(mut command: Command) -> f64 {
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else {
        return 0.0;
    };
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut peak = 0;
    while let Ok(None) = child.try_wait() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let seen = text
            .lines()
            .find_map(|l| l.strip_prefix("VmHWM:")?.split_whitespace().next());
        peak = peak.max(seen.and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0));
        std::thread::sleep(Duration::from_micros(200));
    }
    peak as f64 / 1024.0
}

/// A program of many lines of all kinds that ends at once.
fn long_program() -> String {
    let mut text = String::from("exit\n");
    for n in 0..COMPILED / 8 {
        let (a, b, c) = (n % 50, n % 20, n % 10);
        let _ = write!(
            text,
            "/* section {n} */\nx{a} = {n} * 3 + y\nif x{a} > 100 then say 'value is' x{a}\n\
             do j = 1 to {c}\n  call sub{c} j, 'text {n}', x{a}\nend\n\
             parse var line a{b} '=' b . ; tot = tot + length(a{b})\n\
             select; when a = 1 then b = 2; otherwise nop; end\n"
        );
    }
    text
}

/// How much more instructions a program may take before it is a regression.
const TOLERANCE: f64 = 1.02;

/// Counts the instructions of the short runs and compares them with those in benches/instructions.tsv, or
/// writes that file anew. The counts hold for one compiler and C library; another machine writes its own first.
pub fn instructions(update: bool) -> ExitCode {
    let file = project().join("benches/instructions.tsv");
    let Ok(work) = tempfile::tempdir() else {
        return ExitCode::FAILURE;
    };
    let kept = fs::read_to_string(&file).unwrap_or_default();
    let before = |name: &str| -> Option<u64> {
        let line = kept.lines().find(|l| l.split('\t').next() == Some(name))?;
        line.split('\t').nth(2)?.parse().ok()
    };
    let mut table = String::from("program\targument\tinstructions\n");
    let mut worse = false;
    for program in PROGRAMS {
        let path = project().join("benches/rexx").join(program.file);
        let Some(count) = counted(work.path(), &path, program.short) else {
            println!("{}: no count, valgrind is not installed", program.file);
            return ExitCode::FAILURE;
        };
        let _ = writeln!(table, "{}\t{}\t{count}", program.file, program.short);
        let ratio = before(program.file).map(|b| count as f64 / b as f64);
        let change = ratio.map_or_else(
            || "new".to_string(),
            |r| format!("{:+.2} %", r * 100.0 - 100.0),
        );
        println!("{:<24} {count:>14} {change:>10}", program.file);
        worse |= ratio.is_some_and(|r| r > TOLERANCE);
    }
    if update && fs::write(&file, table).is_err() {
        println!("{}: cannot be written", file.display());
        return ExitCode::FAILURE;
    }
    if worse && !update {
        println!("more than 2 % more instructions than benches/instructions.tsv has");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn counted(work: &Path, program: &Path, argument: &str) -> Option<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env!("CARGO_BIN_EXE_cms"))
        .arg("rexx")
        .arg(program)
        .arg(argument)
        .current_dir(work)
        .env("XDG_DATA_HOME", work)
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().find(|l| l.contains("Collected : "))?;
    line.rsplit(' ').next()?.parse().ok()
}
