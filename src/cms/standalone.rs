//! A REXX program or a pipeline without a system: `cms rexx` and `cms pipe`. The console is whatever the
//! caller reads and writes; there is no CP, and the only disks are the current folder and the S-disk.

use std::io::{self, BufRead, Write};
use std::path::PathBuf;

use super::allowed::Allowed;
use super::port::Port;
use super::session::{Purpose, Session};
use super::state::Switch;
use super::watch::Watcher;
use crate::base::Clock;
use crate::cp::{CpReply, DiskPath, Extent, Minidisk, NativeExit, NativeInfo};
use crate::rexx::Language;

/// How to run alone.
pub struct Alone<'a> {
    /// Who runs it (USERID()).
    pub user: Vec<u8>,
    /// The folder that is the A-disk.
    pub folder: PathBuf,
    /// The clock.
    pub clock: Clock,
    /// The seed of RANDOM.
    pub seed: u64,
    /// The level of the language, and how codes are seen.
    pub level: Language,
    /// Whether errors show their place in the source: a person reads the output.
    pub excerpts: Switch,
    /// Where PULL and the stage CONSOLE read.
    pub input: &'a mut dyn BufRead,
    /// Where SAY and the stage CONSOLE write.
    pub output: &'a mut dyn Write,
    /// Whether those two are the host's own, so that host commands share them.
    pub shared: bool,
    /// What of the host may be used.
    pub allowed: Allowed,
    /// Who watches the pipeline.
    pub watcher: Option<Box<dyn Watcher>>,
}

/// Runs a REXX program; gives its return code.
///
/// # Errors
/// When the console cannot be read or written.
pub fn run_rexx(alone: Alone<'_>, text: &[u8], name: &[u8], args: &[u8]) -> io::Result<i32> {
    let source = [b"CMS COMMAND ", name, b" * ", name, b" CMS"].concat();
    drive(alone, |session, _| {
        session.push_program(text, name, &source, args);
    })
}

/// Runs a pipeline; gives its return code.
///
/// # Errors
/// When the console cannot be read or written.
pub fn run_pipe(alone: Alone<'_>, spec: &[u8]) -> io::Result<i32> {
    drive(alone, |session, port| session.push_pipe(port, spec))
}

/// The port of a session without CP.
struct NoCp<'a> {
    output: &'a mut dyn Write,
    failed: Option<io::Error>,
    shared: bool,
    minidisks: Vec<Minidisk>,
}

/// CP's return code for a command it does not have.
const UNKNOWN_COMMAND: i32 = 1;

impl Port for NoCp<'_> {
    fn command(&mut self, _text: &[u8]) -> CpReply {
        CpReply {
            rc: UNKNOWN_COMMAND,
            response: vec![b"There is no CP here".to_vec()],
            ..CpReply::default()
        }
    }

    fn write(&mut self, line: &[u8]) {
        let written = self
            .output
            .write_all(line)
            .and_then(|()| self.output.write_all(b"\n"));
        if let Err(e) = written {
            self.failed.get_or_insert(e);
        }
    }

    fn write_part(&mut self, text: &[u8]) -> bool {
        if let Err(e) = self.output.write_all(text) {
            self.failed.get_or_insert(e);
        }
        true
    }

    fn flush(&mut self) -> bool {
        if let Err(e) = self.output.flush() {
            self.failed.get_or_insert(e);
        }
        self.shared
    }

    fn minidisks(&self) -> Vec<Minidisk> {
        self.minidisks.clone()
    }

    fn may_run(&self) -> bool {
        true
    }
}

fn drive(alone: Alone<'_>, begin: impl FnOnce(&mut Session, &mut dyn Port)) -> io::Result<i32> {
    let minidisks = vec![
        Minidisk {
            vdev: 0x190,
            path: DiskPath::Embedded("EXECS".into()),
            writable: false,
            label: b"CMS190".to_vec(),
            extent: Extent::Cylinders(214),
        },
        Minidisk {
            vdev: 0x191,
            path: DiskPath::Folder(alone.folder),
            writable: true,
            label: b"WORK".to_vec(),
            extent: Extent::Cylinders(3124),
        },
    ];
    let info = NativeInfo {
        user: alone.user,
        system_name: b"*".to_vec(),
        clock: alone.clock.clone(),
        parm: Vec::new(),
        seed: alone.seed,
    };
    let mut session = Session::new(&info, &minidisks, Purpose::Single);
    session.state().host_paths = Switch::On;
    session.state().allowed = alone.allowed;
    session.state().settings.level = alone.level;
    session.state().excerpts = alone.excerpts;
    session.state().watcher = alone.watcher;
    let mut port = NoCp {
        output: alone.output,
        failed: None,
        shared: alone.shared,
        minidisks,
    };
    let mut typed = Typed {
        input: alone.input,
        held: Vec::new(),
        at: 0,
        unended: false,
    };
    begin(&mut session, &mut port);
    loop {
        let exit = session.slice(&mut port);
        if let Some(e) = port.failed.take() {
            return Err(e);
        }
        match exit {
            NativeExit::Budget => {}
            NativeExit::ReadConsole => match typed.line(port.output)? {
                Some(line) => {
                    crate::cp::NativeSystem::input(&mut session, line);
                    if typed.unended {
                        session.end_input_within_line();
                    }
                }
                None => session.end_input(),
            },
            NativeExit::Sleep { until_micros } => {
                port.output.flush()?;
                wait(&alone.clock, until_micros);
            }
            NativeExit::Gone | NativeExit::Ended => break,
        }
    }
    port.output.flush()?;
    Ok(session.last_rc())
}

/// What is typed.
struct Typed<'a> {
    input: &'a mut dyn BufRead,
    /// What was read; from `at` on it was not yet taken.
    held: Vec<u8>,
    at: usize,
    /// The last line has no line end, and it was taken.
    unended: bool,
}

impl Typed<'_> {
    /// The next line, whose end is looked for from a place on; `None` when there is no end yet.
    fn cut(&mut self, from: usize) -> Option<Vec<u8>> {
        let length = memchr::memchr(b'\n', &self.held[from..])? + from - self.at;
        let line = self.held[self.at..self.at + length].to_vec();
        self.at += length + 1;
        Some(line)
    }

    /// The next line without its line end; `None` at the end. The last line needs no line end. What was
    /// written is seen before anything is waited for.
    fn line(&mut self, output: &mut dyn Write) -> io::Result<Option<Vec<u8>>> {
        if let Some(line) = self.cut(self.at) {
            return Ok(Some(line));
        }
        output.flush()?;
        self.held.drain(..self.at);
        self.at = 0;
        loop {
            let more = self.input.fill_buf()?;
            if more.is_empty() {
                let rest = std::mem::take(&mut self.held);
                self.unended = !rest.is_empty();
                return Ok((!rest.is_empty()).then_some(rest));
            }
            let (before, count) = (self.held.len(), more.len());
            self.held.extend_from_slice(more);
            self.input.consume(count);
            if let Some(line) = self.cut(before) {
                return Ok(Some(line));
            }
        }
    }
}

/// Waits for a time; a clock that is set is moved there.
fn wait(clock: &Clock, until_micros: i64) {
    let left = until_micros - clock.micros();
    let Ok(micros) = u64::try_from(left) else {
        return;
    };
    if clock.is_fixed() {
        clock.advance(left);
    } else {
        std::thread::sleep(std::time::Duration::from_micros(micros));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::codepage::CodePage;
    use crate::rexx::Dialect;
    use std::path::Path;

    fn alone<'a>(
        folder: &Path,
        input: &'a mut &'static [u8],
        output: &'a mut Vec<u8>,
    ) -> Alone<'a> {
        Alone {
            user: b"TESTER".to_vec(),
            folder: folder.to_owned(),
            clock: Clock::fixed(0),
            seed: 1,
            level: Language::default(),
            excerpts: Switch::Off,
            input,
            output,
            shared: false,
            allowed: Allowed::default(),
            watcher: None,
        }
    }

    fn rexx(text: &str, args: &str, mut input: &'static [u8]) -> (i32, String) {
        let dir = tempfile::tempdir().expect("temp");
        let mut output = Vec::new();
        let alone = alone(dir.path(), &mut input, &mut output);
        let rc = run_rexx(alone, text.as_bytes(), b"T", args.as_bytes()).expect("console");
        (rc, String::from_utf8(output).expect("text"))
    }

    fn pipe(folder: &Path, spec: &str, mut input: &'static [u8]) -> (i32, String) {
        let mut output = Vec::new();
        let alone = alone(folder, &mut input, &mut output);
        let rc = run_pipe(alone, spec.as_bytes()).expect("console");
        (rc, String::from_utf8(output).expect("text"))
    }

    #[test]
    fn a_program_with_the_host_as_its_console() {
        assert_eq!(
            rexx(
                "parse arg a; say a userid(); parse pull x; say x; pull y; say '['y']'; exit 5",
                "hi",
                b"One\n"
            ),
            (5, "hi TESTER\nOne\n[]\n".into())
        );
        let (rc, text) = rexx("say 1/0", "", b"");
        assert_eq!(rc, 20_042);
        assert!(text.contains("Error 42"), "{text}");
        let (rc, text) = rexx("'cp q time'; exit rc", "", b"");
        assert_eq!((rc, text.as_str()), (1, "There is no CP here\n"));
    }

    #[test]
    fn the_level_and_the_place_of_an_error() {
        let dir = tempfile::tempdir().expect("temp");
        let run = |level: Language, excerpts: Switch, text: &str| {
            let (mut input, mut output) = (&b""[..], Vec::new());
            let alone = Alone {
                level,
                excerpts,
                ..alone(dir.path(), &mut input, &mut output)
            };
            let rc = run_rexx(alone, text.as_bytes(), b"T", b"").expect("console");
            (rc, String::from_utf8(output).expect("text"))
        };
        let ansi = Language::from(Dialect::Ansi);
        let (rc, text) = run(ansi, Switch::On, "say 1e-7*1\nsay (2");
        assert_eq!(rc, 20_036);
        assert_eq!(
            text,
            "2 +++ say (2\nError 36 running T, line 2:  Unmatched \"(\" in expression\n\
             Error 36.1:  A \"(\" of line 2 has no \")\"\n     2 | say (2\n       | ^^^^^^\n"
        );
        let ebcdic = Language {
            codepage: CodePage::Ibm1047,
            ..Language::default()
        };
        assert_eq!(
            run(ebcdic, Switch::Off, "say c2x('A') 1e-7*1"),
            (0, "C1 0.0000001\n".into())
        );
    }

    #[test]
    fn a_pipeline_between_host_files_and_the_console() {
        let dir = tempfile::tempdir().expect("temp");
        let path = dir.path().join("some-long-name.log");
        std::fs::write(&path, "a ERROR\nb\nc ERROR").expect("write");
        let spec = format!(
            "< {} | locate /ERROR/ | count lines | console",
            path.display()
        );
        assert_eq!(pipe(dir.path(), &spec, b""), (0, "2\n".into()));
        let out = dir.path().join("copy-of-that.txt");
        let spec = format!("console | > {}", out.display());
        assert_eq!(pipe(dir.path(), &spec, b"x\ny").0, 0);
        assert_eq!(std::fs::read(&out).expect("written"), b"x\ny\n");
        assert_eq!(pipe(dir.path(), "nosuchstage", b"").0, -27);
        assert_eq!(pipe(dir.path(), "< no such | console", b"").0, -146);
    }

    #[test]
    fn the_console_is_a_file_to_a_pipeline_alone() {
        let dir = tempfile::tempdir().expect("temp");
        let run = |spec: &str, mut input: &'static [u8]| {
            let mut output = Vec::new();
            let alone = alone(dir.path(), &mut input, &mut output);
            (run_pipe(alone, spec.as_bytes()).expect("console"), output)
        };
        assert_eq!(
            run("console | console", b"\n\na\r\n\n\xFF\0 b\nHX\nlast"),
            (0, b"\n\na\r\n\n\xFF\0 b\nHX\nlast\n".to_vec()),
            "null lines and any bytes are data, and the last line needs no end"
        );
        assert_eq!(run("console | count lines | console", b"").1, b"0\n");
        assert_eq!(run("console eof // | console", b"a\n\nb\n").1, b"a\n");
        assert_eq!(run("console | take 1 | console", b"a\nb\n").1, b"a\n");
    }

    #[test]
    fn long_lines_of_the_console_come_whole() {
        let text = [b"x".repeat(100_000), b"\n\ny".to_vec()].concat();
        let mut reader = io::BufReader::with_capacity(64, &text[..]);
        let mut typed = Typed {
            input: &mut reader,
            held: Vec::new(),
            at: 0,
            unended: false,
        };
        let mut next = || typed.line(&mut io::sink()).expect("read");
        assert_eq!(next().map(|l| l.len()), Some(100_000));
        assert_eq!(next(), Some(Vec::new()));
        assert_eq!(next(), Some(b"y".to_vec()));
        assert_eq!(next(), None);
    }
}
