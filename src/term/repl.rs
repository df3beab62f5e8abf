//! The terminal session: line editing, history, completion and the state of the virtual machine in the
//! prompt. Lines are edited in a thread of their own, so that output appears while one is typed. The screen of a
//! program (CONMODE 3270) is shown in the terminal's other buffer; lines of CP bring the prompt back, and stay until
//! an empty line is typed.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::io::Write;
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
use super::keyboard::{self, Keyboard};
use super::keys::Decoder;
use super::panel;
use crate::cms;
use crate::cp::{self, ConsoleState};
use crate::cp::{Key, Screen};

/// The states a prompt shows; all of one width, since the prompt is redrawn in place.
const STATES: [&str; 4] = ["CP READ", "VM READ", "RUNNING", "HOLDING"];
/// The state in which the program's screen waits for an empty line.
const HOLDING: u8 = 3;

fn state_index(state: ConsoleState) -> u8 {
    match state {
        ConsoleState::CpRead => 0,
        ConsoleState::VmRead => 1,
        ConsoleState::Running | ConsoleState::LoggedOff => 2,
    }
}

/// What comes from the terminal.
enum Typed {
    /// From line editing.
    Input(Input),
    /// Keys, while a screen is shown.
    Keys(Vec<u8>),
    /// The empty line that a screen waits for; line editing waits for its end.
    Screen,
}

/// What the threads know of the program's screen.
#[derive(Default)]
struct Turn {
    /// It is shown.
    shown: Arc<AtomicBool>,
    /// It waits for an empty line.
    waits: Arc<AtomicBool>,
}

/// A terminal session's console.
pub struct Repl {
    typed: Receiver<Typed>,
    turn: Turn,
    /// Lets line editing go on after a screen.
    resume: Sender<()>,
    /// Line editing waits for that.
    parked: bool,
    /// Lines have been shown and not yet been acknowledged.
    held: bool,
    /// The picture on the screen.
    picture: Option<u64>,
    decoder: Decoder,
    keys: VecDeque<Key>,
    user: String,
    printer: Box<dyn ExternalPrinter + Send>,
    state: Arc<AtomicU8>,
    /// Without a pseudo-terminal, keys come as the host gives them.
    keyboard: Option<Keyboard>,
    editing: Option<JoinHandle<()>>,
    closed: Arc<AtomicBool>,
}

impl Repl {
    /// Opens the terminal for a user; the history lives in the folder `data`.
    ///
    /// # Errors
    /// A sentence when the terminal cannot be put into line editing.
    pub fn open(data: &Path, user: &str) -> Result<Self, String> {
        let (send, typed) = mpsc::channel();
        let turn = Turn::default();
        let keys = send.clone();
        let take = move |bytes| keys.send(Typed::Keys(bytes)).is_ok();
        let keyboard = Keyboard::open(Arc::clone(&turn.shown), take).ok();
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
        let (resume, resumed) = mpsc::channel();
        let closed = Arc::new(AtomicBool::new(false));
        let editing = Editing {
            send,
            closed: Arc::clone(&closed),
            waits: Arc::clone(&turn.waits),
            resumed,
        };
        let editing = thread::spawn(move || editing.lines(editor, &history));
        Ok(Repl {
            typed,
            turn,
            resume,
            parked: false,
            held: false,
            picture: None,
            decoder: Decoder::default(),
            keys: VecDeque::new(),
            user: user.to_owned(),
            printer: Box::new(printer),
            state,
            keyboard,
            editing: Some(editing),
            closed,
        })
    }
}

/// The thread that edits lines.
struct Editing {
    send: Sender<Typed>,
    closed: Arc<AtomicBool>,
    waits: Arc<AtomicBool>,
    resumed: Receiver<()>,
}

impl Editing {
    /// Edits lines until the terminal or the session ends.
    fn lines(self, mut editor: Editor<Face, FileHistory>, history: &PathBuf) {
        while !self.closed.load(Ordering::SeqCst) {
            let input = match editor.readline("RUNNING> ") {
                Ok(line) => Input::Line(line.into_bytes()),
                Err(ReadlineError::Interrupted) => Input::Attention,
                Err(_) => Input::End,
            };
            // A history that cannot be written is no reason to stop a session.
            let _ = editor.save_history(history);
            let ended = matches!(input, Input::End);
            let empty = matches!(&input, Input::Line(line) if line.is_empty());
            let screen = empty && self.waits.swap(false, Ordering::SeqCst);
            let typed = match screen {
                true => Typed::Screen,
                false => Typed::Input(input),
            };
            if self.send.send(typed).is_err() || ended {
                return;
            }
            if screen && self.resumed.recv().is_err() {
                return;
            }
        }
    }
}

impl Repl {
    /// Brings the prompt back after a screen.
    fn leave(&mut self) {
        if self.turn.shown.swap(false, Ordering::SeqCst) {
            put(panel::LEAVE);
            self.picture = None;
        }
        self.turn.waits.store(false, Ordering::SeqCst);
        if std::mem::take(&mut self.parked) {
            // A thread that has ended edits no lines.
            let _ = self.resume.send(());
        }
    }

    /// What was typed, as the session takes it.
    fn input(&mut self, typed: Typed) -> Input {
        match typed {
            Typed::Input(input) => {
                // An empty line acknowledges what was shown before the screen was written, too.
                self.held &= !matches!(&input, Input::Line(line) if line.is_empty());
                input
            }
            Typed::Screen => {
                (self.parked, self.held) = (true, false);
                Input::Nothing
            }
            Typed::Keys(bytes) => {
                self.keys.extend(self.decoder.keys(&bytes));
                self.keys.pop_front().map_or(Input::Nothing, Input::Key)
            }
        }
    }
}

/// Writes to the terminal at once; one that is gone shows nothing.
fn put(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

impl Console for Repl {
    fn show(&mut self, lines: &[Vec<u8>]) {
        self.leave();
        self.held = true;
        let mut text = String::new();
        for line in lines {
            text.push_str(&String::from_utf8_lossy(line));
            text.push('\n');
        }
        let _ = self.printer.print(text);
    }

    fn paint(&mut self, screen: Option<&Screen>, settled: bool) {
        let Some(screen) = screen else {
            return self.leave();
        };
        if self.keyboard.is_none() {
            // Keys could not be taken from the editor: the screen is text, as in a script.
            if settled && self.picture != Some(screen.changes()) {
                self.show(&panel::text(screen));
                self.picture = Some(screen.changes());
            }
            return;
        }
        if self.held {
            // The editor's thread has taken it when it is parked.
            self.turn.waits.store(!self.parked, Ordering::SeqCst);
            return;
        }
        if self.picture == Some(screen.changes()) {
            return;
        }
        let mut text = String::new();
        if !self.turn.shown.swap(true, Ordering::SeqCst) {
            text.push_str(panel::ENTER);
        }
        text.push_str(&panel::picture(screen, &self.user, keyboard::room()));
        put(&text);
        self.picture = Some(screen.changes());
    }

    fn alarm(&mut self) {
        put("\x07");
    }

    fn next(&mut self, state: ConsoleState, patience: Patience) -> Input {
        if let Some(key) = self.keys.pop_front() {
            return Input::Key(key);
        }
        let shown = match self.turn.waits.load(Ordering::SeqCst) {
            true => HOLDING,
            false => state_index(state),
        };
        let prompts = !self.turn.shown.load(Ordering::SeqCst);
        if prompts && self.state.swap(shown, Ordering::Relaxed) != shown {
            // Printing nothing redraws the prompt, and with it the state.
            let _ = self.printer.print(String::new());
        }
        let typed = match patience {
            Patience::Pause(time) | Patience::UpTo(time) => match self.typed.recv_timeout(time) {
                Ok(typed) => typed,
                Err(RecvTimeoutError::Timeout) => return Input::Nothing,
                Err(RecvTimeoutError::Disconnected) => return Input::End,
            },
            Patience::Forever => match self.typed.recv() {
                Ok(typed) => typed,
                Err(_) => return Input::End,
            },
        };
        self.input(typed)
    }

    /// Ends line editing, so that what is shown last is not left to a thread that ends with the program.
    fn close(&mut self) {
        self.leave();
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
        Cow::Owned(format!("{}> ", STATES[index.min(STATES.len() - 1)]))
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
