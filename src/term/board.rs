//! What a pipeline is doing, on standard error: a table of its stages (`cms pipe --watch`), or one line while
//! a pipeline takes its time.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::cms::{Progress, StageView, Waiting, Watcher};

/// How often the table is shown anew at a terminal.
const REFRESH: Duration = Duration::from_millis(250);

/// When a pipeline has taken its time.
const LONG: Duration = Duration::from_secs(1);

/// The columns of a stage's text.
const TEXT: usize = 36;

/// The table of stages.
pub struct Board {
    /// Whether standard error is a terminal: only then it is shown while the pipeline runs.
    live: bool,
    shown: Instant,
    /// How many lines stand there now.
    lines: usize,
}

impl Board {
    /// A table on standard error.
    pub fn new() -> Board {
        Board {
            live: io::stderr().is_terminal(),
            shown: Instant::now(),
            lines: 0,
        }
    }
}

impl Watcher for Board {
    fn counts(&self) -> bool {
        true
    }

    fn look(&mut self, progress: &Progress<'_>) {
        let due = self.live && self.shown.elapsed() >= REFRESH;
        if !due && progress.ended.is_none() {
            return;
        }
        self.shown = Instant::now();
        let lines = table(&progress.stages(), progress.ended);
        let mut out = io::stderr().lock();
        // What cannot be shown does not stop the pipeline.
        if self.lines > 0 {
            let _ = write!(out, "\x1b[{}A\x1b[J", self.lines);
        }
        for line in &lines {
            let _ = writeln!(out, "{line}");
        }
        self.lines = lines.len();
    }
}

/// The lines of the table.
fn table(stages: &[StageView], ended: Option<i32>) -> Vec<String> {
    let mut lines = vec![format!(
        "{:>5} {:<TEXT$} {:>12} {:>12}  doing",
        "stage", "", "in", "out"
    )];
    for view in stages {
        let text: String = String::from_utf8_lossy(&view.text)
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(TEXT)
            .collect();
        let added = if view.added { "+" } else { "" };
        let place = format!("{added}{}", place((view.number, view.pipeline)));
        lines.push(format!(
            "{place:>5} {text:<TEXT$} {:>12} {:>12}  {}",
            view.taken,
            view.given,
            doing(view.waits)
        ));
    }
    if let Some(rc) = ended {
        lines.push(format!("return code {rc}"));
    }
    lines
}

/// A stage as `pipeline.number`.
fn place((number, pipeline): (usize, usize)) -> String {
    format!("{pipeline}.{number}")
}

fn doing(waits: Waiting) -> String {
    match waits {
        Waiting::Ready => "runs".to_owned(),
        Waiting::Input(Some(from)) => format!("waits for input from {}", place(from)),
        Waiting::Input(None) => "waits for input".to_owned(),
        Waiting::Output(Some(to)) => format!("waits for {} to take a record", place(to)),
        Waiting::Output(None) => "waits for output".to_owned(),
        Waiting::Commit => "waits to commit".to_owned(),
        Waiting::Call => "waits for its subroutine".to_owned(),
        Waiting::Outside => "waits for something outside".to_owned(),
        Waiting::Ended => "ended".to_owned(),
    }
}

/// One line that says how far a pipeline is, once it takes more than a second.
pub struct Ticker {
    begun: Instant,
    shown: Option<Instant>,
    /// Whether standard output is a terminal too: then the line gives way to what stands there.
    shared: bool,
}

impl Ticker {
    /// A line on standard error, when that is a terminal.
    pub fn where_it_helps() -> Option<Ticker> {
        io::stderr().is_terminal().then(|| Ticker {
            begun: Instant::now(),
            shown: None,
            shared: io::stdout().is_terminal(),
        })
    }
}

impl Watcher for Ticker {
    fn counts(&self) -> bool {
        false
    }

    fn look(&mut self, progress: &Progress<'_>) {
        let mut out = io::stderr().lock();
        if progress.ended.is_some() || (self.shared && progress.said > 0) {
            if self.shown.take().is_some() {
                let _ = write!(out, "\r\x1b[K");
            }
            return;
        }
        let wait = self.shown.map_or(LONG, |_| REFRESH);
        if self.shown.unwrap_or(self.begun).elapsed() < wait {
            return;
        }
        self.shown = Some(Instant::now());
        let _ = write!(
            out,
            "\rpipe: {} s, {} records passed\x1b[K",
            self.begun.elapsed().as_secs(),
            grouped(progress.passed)
        );
        let _ = out.flush();
    }
}

/// A number with its thousands apart.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_who_waits_for_whom() {
        let view = |number, text: &str, taken, given, waits| StageView {
            pipeline: 1,
            number,
            text: text.into(),
            added: false,
            taken,
            given,
            waits,
        };
        let lines = table(
            &[
                view(1, "< a", 0, 7, Waiting::Output(Some((2, 1)))),
                view(2, "sort", 7, 0, Waiting::Input(Some((1, 1)))),
            ],
            Some(0),
        );
        assert!(
            lines[1].contains("1.1 < a") && lines[1].ends_with("waits for 1.2 to take a record")
        );
        assert!(lines[2].contains("           7            0  waits for input from 1.1"));
        assert_eq!(lines[3], "return code 0");
        assert_eq!(
            (grouped(999), grouped(1_234_567)),
            ("999".into(), "1 234 567".into())
        );
    }
}
