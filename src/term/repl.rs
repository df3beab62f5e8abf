//! The terminal session: line editing, history, completion and the state of the virtual machine in the
//! prompt. Lines are edited in a thread of their own, so that output appears while one is typed.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};

use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::history::FileHistory;
use rustyline::{Config, Context, Editor, ExternalPrinter, Helper, Hinter, Validator};

use super::driver::{Console, Input, Patience};
use super::keyboard::Keyboard;
use crate::cms;
use crate::cp::{self, ConsoleState};

/// The states a prompt shows; all of one width, since the prompt is redrawn in place.
const STATES: [&str; 3] = ["CP READ", "VM READ", "RUNNING"];

fn state_index(state: ConsoleState) -> u8 {
    match state {
        ConsoleState::CpRead => 0,
        ConsoleState::VmRead => 1,
        ConsoleState::Running | ConsoleState::LoggedOff => 2,
    }
}

/// A terminal session's console.
pub struct Repl {
    lines: Receiver<Input>,
    printer: Box<dyn ExternalPrinter + Send>,
    state: Arc<AtomicU8>,
    /// Without a pseudo-terminal, keys come as the host gives them.
    keyboard: Option<Keyboard>,
    editing: Option<JoinHandle<()>>,
    closed: Arc<AtomicBool>,
}

impl Repl {
    /// Opens the terminal; the history lives in the folder `data`.
    ///
    /// # Errors
    /// A sentence when the terminal cannot be put into line editing.
    pub fn open(data: &Path) -> Result<Self, String> {
        let keyboard = Keyboard::open().ok();
        let config = Config::builder().auto_add_history(true).build();
        let mut editor: Editor<Face, FileHistory> = Editor::with_config(config)
            .map_err(|e| format!("the terminal cannot be opened: {e}"))?;
        let state = Arc::new(AtomicU8::new(2));
        editor.set_helper(Some(Face {
            state: Arc::clone(&state),
            files: FilenameCompleter::new(),
        }));
        let history = data.join("history");
        // No history yet is the usual case of a first session.
        let _ = editor.load_history(&history);
        let printer = editor
            .create_external_printer()
            .map_err(|e| format!("the terminal cannot be opened: {e}"))?;
        let (send, lines) = mpsc::channel();
        let closed = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&closed);
        let editing = thread::spawn(move || edit_lines(editor, &history, &send, &over));
        Ok(Repl {
            lines,
            printer: Box::new(printer),
            state,
            keyboard,
            editing: Some(editing),
            closed,
        })
    }
}

/// Edits lines until the terminal or the session ends.
fn edit_lines(
    mut editor: Editor<Face, FileHistory>,
    history: &PathBuf,
    send: &Sender<Input>,
    closed: &AtomicBool,
) {
    while !closed.load(Ordering::SeqCst) {
        let input = match editor.readline("RUNNING> ") {
            Ok(line) => Input::Line(line.into_bytes()),
            Err(ReadlineError::Interrupted) => Input::Attention,
            Err(_) => Input::End,
        };
        // A history that cannot be written is no reason to stop a session.
        let _ = editor.save_history(history);
        let ended = matches!(input, Input::End);
        if send.send(input).is_err() || ended {
            return;
        }
    }
}

impl Console for Repl {
    fn show(&mut self, lines: &[Vec<u8>]) {
        let mut text = String::new();
        for line in lines {
            text.push_str(&String::from_utf8_lossy(line));
            text.push('\n');
        }
        let _ = self.printer.print(text);
    }

    fn next(&mut self, state: ConsoleState, patience: Patience) -> Input {
        let shown = state_index(state);
        if self.state.swap(shown, Ordering::Relaxed) != shown {
            // Printing nothing redraws the prompt, and with it the state.
            let _ = self.printer.print(String::new());
        }
        match patience {
            Patience::Pause(time) | Patience::UpTo(time) => match self.lines.recv_timeout(time) {
                Ok(input) => input,
                Err(RecvTimeoutError::Timeout) => Input::Nothing,
                Err(RecvTimeoutError::Disconnected) => Input::End,
            },
            Patience::Forever => self.lines.recv().unwrap_or(Input::End),
        }
    }

    /// Ends line editing, so that what is shown last is not left to a thread that ends with the program.
    fn close(&mut self) {
        self.closed.store(true, Ordering::SeqCst);
        let (Some(keyboard), Some(editing)) = (&self.keyboard, self.editing.take()) else {
            return;
        };
        if keyboard.interrupt().is_ok() {
            // A thread that has panicked shows nothing more either.
            let _ = editing.join();
        }
    }
}

/// What line editing shows and completes.
#[derive(Helper, Hinter, Validator)]
struct Face {
    state: Arc<AtomicU8>,
    files: FilenameCompleter,
}

impl Highlighter for Face {
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(
        &'s self,
        _prompt: &'p str,
        _default: bool,
    ) -> Cow<'b, str> {
        let index = usize::from(self.state.load(Ordering::Relaxed));
        Cow::Owned(format!("{}> ", STATES[index.min(2)]))
    }
}

impl Completer for Face {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let typed = &line[..pos];
        let start = typed.rfind(' ').map_or(0, |at| at + 1);
        let word = typed[start..].to_ascii_uppercase();
        let first = typed[..start].trim();
        if names_a_stage(first) {
            let names = matching(cms::stage_names(), &word);
            if !names.is_empty() {
                return Ok((start, names));
            }
        }
        if !first.is_empty()
            && !first.eq_ignore_ascii_case("#CP")
            && !first.eq_ignore_ascii_case("CP")
        {
            let names = matching(cms::files_here(Path::new("."), None), &word);
            if !names.is_empty() {
                return Ok((start, names));
            }
            return self.files.complete(line, pos, context);
        }
        let mut names: Vec<String> = cp::commands::commands()
            .map(|r| full_name(r.name))
            .collect();
        if first.is_empty() {
            names.extend(cms::commands::rows().map(|r| full_name(r.name)));
            names.extend(cms::files_here(Path::new("."), Some("EXEC")));
            names.push("#CP".to_owned());
        }
        Ok((start, matching(names, &word)))
    }
}

/// Whether the next word of a command is a stage: what was typed is PIPE, perhaps with some stages and a
/// label, or HELP PIPE.
fn names_a_stage(typed: &str) -> bool {
    let upper = typed.to_ascii_uppercase();
    let mut words = upper.split_whitespace();
    match (words.next(), words.next()) {
        (Some("HELP"), Some("PIPE")) => return words.next().is_none(),
        (Some("PIPE"), None) => return true,
        (Some("PIPE"), Some(_)) => {}
        _ => return false,
    }
    let last = upper.rsplit('|').next().unwrap_or("").trim();
    let before_first = !upper.contains('|') && last == "PIPE";
    let options = upper.trim_start_matches("PIPE").trim();
    before_first
        || last.is_empty()
        || last.split_whitespace().all(|word| word.ends_with(':'))
        || (options.starts_with('(') && options.ends_with(')') && !options.contains('|'))
}

/// A row's name as it is typed in full.
fn full_name(pattern: &str) -> String {
    pattern.to_ascii_uppercase()
}

fn matching(mut names: Vec<String>, word: &str) -> Vec<Pair> {
    names.retain(|n| n.starts_with(word));
    names.sort();
    names.dedup();
    names
        .into_iter()
        .map(|n| Pair {
            display: n.clone(),
            replacement: format!("{n} "),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_stage_is_named() {
        for typed in [
            "pipe",
            "PIPE (end ?)",
            "pipe < a file |",
            "pipe literal a | x:",
            "help pipe",
        ] {
            assert!(names_a_stage(typed), "{typed}");
        }
        for typed in [
            "",
            "type",
            "pipe literal",
            "pipe literal a | sort",
            "help pipe sort",
        ] {
            assert!(!names_a_stage(typed), "{typed}");
        }
        let pairs = matching(cms::stage_names(), "FANIN");
        let names: Vec<_> = pairs.iter().map(|p| p.replacement.as_str()).collect();
        assert_eq!(names, ["FANIN ", "FANINANY ", "FANINTWO "]);
    }
}
