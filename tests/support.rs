//! Runs the `cms` binary as a user would: in a folder of its own, with a fixed clock.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// A user's place: a current folder (the A-disk) and a data folder, both thrown away at the end.
pub struct Place {
    dir: tempfile::TempDir,
}

/// What a run gave.
pub struct Ran {
    pub out: String,
    pub err: String,
    pub code: i32,
}

impl Place {
    pub fn new() -> Self {
        let place = Place {
            dir: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(place.work()).unwrap();
        place
    }

    /// The current folder of the runs.
    pub fn work(&self) -> PathBuf {
        self.dir.path().join("work")
    }

    /// The per-user data folder of the runs.
    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// A folder for a system with this directory.
    pub fn system(&self, directory: &str) -> PathBuf {
        let dir = self.dir.path().join("system");
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("system.direct"), directory).unwrap();
        dir
    }

    /// `cms` as it would be started here.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cms"));
        command
            .args(["--clock", "2009-05-11T12:34:56"])
            .args(args)
            .current_dir(self.work())
            .env("XDG_DATA_HOME", self.data())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs `cms` with no input.
    pub fn cms(&self, args: &[&str]) -> Ran {
        Ran::from(self.command(args).output().unwrap())
    }

    /// Runs `cms` with these lines on standard input.
    pub fn typing(&self, args: &[&str], input: &str) -> Ran {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A session may end before it has read everything.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        Ran::from(child.wait_with_output().unwrap())
    }
}

impl From<Output> for Ran {
    fn from(o: Output) -> Self {
        Ran {
            out: String::from_utf8_lossy(&o.stdout).into_owned(),
            err: String::from_utf8_lossy(&o.stderr).into_owned(),
            code: o.status.code().unwrap_or(-1),
        }
    }
}

impl Place {
    /// A session of a system by the host's clock, for what waits by time: its process, what is typed and what it shows.
    pub fn live(&self, system: &Path) -> (Child, ChildStdin, Receiver<String>) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cms"))
            .arg("--system")
            .arg(system)
            .current_dir(self.work())
            .env("XDG_DATA_HOME", self.data())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("cms starts");
        let keyboard = child.stdin.take().expect("a pipe");
        let lines = lines_of(child.stdout.take().expect("a pipe"));
        (child, keyboard, lines)
    }
}

/// The lines that a process writes, as they come.
pub fn lines_of(out: impl Read + Send + 'static) -> Receiver<String> {
    let (send, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(out).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            if send.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

/// The project's own folder.
pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of the decks that tests/tools/fetch-debian-kernel made; `None`, said on standard error, when it
/// has not been run.
pub fn fetched_kernel() -> Option<PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| project().join("target"), PathBuf::from);
    let dir = target.join("debian-s390x");
    if dir.join("facts").exists() {
        return Some(dir);
    }
    eprintln!(
        "skipped: {} is not there; tests/tools/fetch-debian-kernel makes it",
        dir.display()
    );
    None
}

/// Holds a console transcript against `snapshots/NAME.snap`.
pub fn transcript(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(project().join("snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}
