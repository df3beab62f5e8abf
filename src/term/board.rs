//! What a pipeline is doing, on standard error: a table of its stages (`cms pipe --watch`), or one line while
//! a pipeline takes its time. Where standard output is the same terminal, they give way to what is written.

use std::cell::Cell;
use std::io::{self, IsTerminal, Write};
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::cms::{Progress, StageView, Waiting, Watcher};

/// How often the table is shown anew at a terminal.
const REFRESH: Duration = Duration::from_millis(250);

/// When a pipeline has taken its time.
const LONG: Duration = Duration::from_secs(1);

/// The columns of a stage's text.
const TEXT: usize = 36;

/// The terminal that standard error is: what stands there that may be taken away again.
#[derive(Default)]
pub struct Screen {
    /// The rows of the table above the cursor.
    rows: Cell<usize>,
    /// Whether the cursor stands behind the line of progress.
    ticking: Cell<bool>,
    /// Whether output has left the cursor within a line.
    within: Cell<bool>,
    /// When something was written to standard output last.
    written: Cell<Option<Instant>>,
}

impl Screen {
    /// What takes away all that stands there.
    fn eraser(&self) -> String {
        let mut out = String::new();
        if self.ticking.take() {
            out.push_str("\r\x1b[K");
        }
        let rows = self.rows.take();
        if rows > 0 {
            out.push_str(&format!("\x1b[{rows}A\x1b[J"));
        }
        out
    }

    /// Writes text in place of what stands there.
    fn put(&self, text: &str) {
        tell(&(self.eraser() + text));
    }

    /// Writes the lines of a table over those of the one before, without a blank screen between them.
    fn put_over(&self, lines: &[String]) {
        tell(&self.over(lines));
        self.rows.set(lines.len());
    }

    fn over(&self, lines: &[String]) -> String {
        let mut out = match self.rows.take() {
            0 => String::new(),
            rows => format!("\x1b[{rows}A"),
        };
        for line in lines {
            out.push_str(line);
            out.push_str("\x1b[K\n");
        }
        out.push_str("\x1b[J");
        out
    }

    /// Whether output was written lately, or has not ended its line.
    fn is_busy(&self) -> bool {
        self.within.get() || self.written.get().is_some_and(|at| at.elapsed() < LONG)
    }

    /// Columns and rows.
    fn size() -> (usize, usize) {
        let size = rustix::termios::tcgetwinsize(io::stderr()).ok();
        let given = |n: u16, default| if n == 0 { default } else { usize::from(n) };
        size.map_or((80, 24), |s| (given(s.ws_col, 80), given(s.ws_row, 24)))
    }
}

/// Writes to standard error at once. What cannot be shown does not stop the pipeline.
fn tell(text: &str) {
    if !text.is_empty() {
        let mut out = io::stderr().lock();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
}

/// Standard output on the terminal that the screen is: what stands there gives way to it.
pub struct Output<W> {
    inner: W,
    screen: Rc<Screen>,
}

impl<W: Write> Output<W> {
    /// Output beside a screen.
    pub fn beside(screen: Rc<Screen>, inner: W) -> Output<W> {
        Output { inner, screen }
    }
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.screen.put("");
        let length = self.inner.write(text)?;
        if let Some(last) = text[..length].last() {
            self.screen.within.set(*last != b'\n');
            self.screen.written.set(Some(Instant::now()));
        }
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// The table of stages.
pub struct Board {
    /// Whether standard error is a terminal: only then it is shown while the pipeline runs.
    live: bool,
    shown: Instant,
    screen: Rc<Screen>,
}

impl Board {
    /// A table on standard error.
    pub fn new(screen: Rc<Screen>) -> Board {
        Board {
            live: io::stderr().is_terminal(),
            shown: Instant::now(),
            screen,
        }
    }
}

impl Watcher for Board {
    fn counts(&self) -> bool {
        true
    }

    fn look(&mut self, progress: &Progress<'_>) {
        let due = self.live && self.shown.elapsed() >= REFRESH && !self.screen.within.get();
        if !due && progress.ended.is_none() {
            return;
        }
        self.shown = Instant::now();
        let lines = table(&progress.stages(), progress.ended);
        if progress.ended.is_none() {
            return self.screen.put_over(&fitted(lines, Screen::size()));
        }
        let text: String = lines.iter().flat_map(|line| [line, "\n"]).collect();
        self.screen.put(&text);
    }
}

/// The lines as a screen of so many columns and rows has room for them; the cursor needs a row too, and
/// one stays of what stood there before.
fn fitted(mut lines: Vec<String>, (columns, rows): (usize, usize)) -> Vec<String> {
    let room = rows.saturating_sub(2).max(1);
    if lines.len() > room {
        let more = lines.len() - room + 1;
        lines.truncate(room - 1);
        lines.push(format!("... and {more} more stages"));
    }
    let cut = |line: String| line.chars().take(columns.saturating_sub(1)).collect();
    lines.into_iter().map(cut).collect()
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
    /// Whether others may write what they read of the output to the same terminal: then the line gives way
    /// for good.
    piped: bool,
    screen: Rc<Screen>,
}

impl Ticker {
    /// A line on standard error, when that is a terminal.
    pub fn where_it_helps(screen: Rc<Screen>) -> Option<Ticker> {
        let kind =
            rustix::fs::fstat(io::stdout()).map(|s| rustix::fs::FileType::from_raw_mode(s.st_mode));
        io::stderr().is_terminal().then(|| Ticker {
            begun: Instant::now(),
            shown: None,
            piped: matches!(
                kind,
                Ok(rustix::fs::FileType::Fifo | rustix::fs::FileType::Socket)
            ),
            screen,
        })
    }
}

impl Watcher for Ticker {
    fn counts(&self) -> bool {
        false
    }

    fn look(&mut self, progress: &Progress<'_>) {
        if progress.ended.is_some() || (self.piped && progress.said > 0) {
            return self.screen.put("");
        }
        let wait = self.shown.map_or(LONG, |_| REFRESH);
        if self.shown.unwrap_or(self.begun).elapsed() < wait || self.screen.is_busy() {
            return;
        }
        self.shown = Some(Instant::now());
        let line = format!(
            "pipe: {} s, {} records passed",
            self.begun.elapsed().as_secs(),
            grouped(progress.passed)
        );
        let columns = Screen::size().0.saturating_sub(1);
        self.screen
            .put(&line.chars().take(columns).collect::<String>());
        self.screen.ticking.set(true);
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
    fn what_stands_there_is_taken_away_once() {
        let screen = Rc::new(Screen::default());
        screen.ticking.set(true);
        screen.rows.set(3);
        assert_eq!(screen.eraser(), "\r\u{1b}[K\u{1b}[3A\u{1b}[J");
        assert_eq!(screen.eraser(), "");
        screen.rows.set(2);
        assert_eq!(
            screen.over(&["one".to_owned()]),
            "\u{1b}[2Aone\u{1b}[K\n\u{1b}[J"
        );
        let mut written = Vec::new();
        let mut output = Output::beside(screen.clone(), &mut written);
        output.write_all(b"part").unwrap();
        assert!(screen.within.get() && screen.is_busy());
        output.write_all(b" of a line\n").unwrap();
        assert!(!screen.within.get());
        assert_eq!(written, b"part of a line\n");
    }

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
        let narrow = fitted(lines.clone(), (20, 4));
        assert_eq!(
            narrow,
            ["stage              ", "... and 3 more stag"],
            "nothing goes to the next row"
        );
        assert_eq!(fitted(lines.clone(), (200, 6)), lines);
        assert_eq!(
            (grouped(999), grouped(1_234_567)),
            ("999".into(), "1 234 567".into())
        );
    }
}
