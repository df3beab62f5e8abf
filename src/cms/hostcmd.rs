//! Host commands for ADDRESS SYSTEM, by the host's shell.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

/// What a stream of the command is joined to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// The same as ours.
    Ours,
    /// Kept for the caller.
    Kept,
    /// Errors: kept together with the output.
    WithOutput,
}

/// What came of a command.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Its exit code, or the number of the signal that ended it, made negative.
    pub rc: i32,
    /// Its output, when it was kept.
    pub output: Vec<Vec<u8>>,
    /// Its error output, when it was kept.
    pub error: Vec<Vec<u8>>,
}

/// Runs a command and waits for it.
///
/// # Errors
/// When the shell cannot be started, or its streams cannot be read.
pub fn run(
    text: &[u8],
    environment: &BTreeMap<Vec<u8>, Vec<u8>>,
    input: Option<&[Vec<u8>]>,
    output: Join,
    error: Join,
) -> io::Result<Outcome> {
    let mut command = Command::new("/bin/sh");
    command.arg("-c");
    if error == Join::WithOutput {
        // The shell itself joins the two, so that they come in the order of writing.
        command.arg(OsStr::from_bytes(&[b"exec 2>&1\n", text].concat()));
    } else {
        command.arg(OsStr::from_bytes(text));
    }
    for (name, value) in environment {
        command.env(OsStr::from_bytes(name), OsStr::from_bytes(value));
    }
    let pipe = |kept: bool| {
        if kept {
            Stdio::piped()
        } else {
            Stdio::inherit()
        }
    };
    command
        .stdin(pipe(input.is_some()))
        .stdout(pipe(output == Join::Kept))
        .stderr(pipe(error == Join::Kept));
    let mut child = command.spawn()?;
    let stdin = child.stdin.take();
    let mut stdout = child.stdout.take();
    let mut stderr = child.stderr.take();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    std::thread::scope(|scope| -> io::Result<()> {
        if let (Some(mut stdin), Some(lines)) = (stdin, input) {
            scope.spawn(move || {
                for line in lines {
                    // A command need not read all that there is.
                    if stdin.write_all(&[line, &b"\n"[..]].concat()).is_err() {
                        break;
                    }
                }
            });
        }
        let errors = stderr
            .as_mut()
            .map(|stderr| scope.spawn(|| stderr.read_to_end(&mut err)));
        if let Some(stdout) = &mut stdout {
            stdout.read_to_end(&mut out)?;
        }
        if let Some(errors) = errors {
            let read = errors.join();
            read.unwrap_or_else(|_| Err(io::Error::other("reading failed")))?;
        }
        Ok(())
    })?;
    let status = child.wait()?;
    let rc = status.code();
    Ok(Outcome {
        rc: rc.unwrap_or_else(|| -status.signal().unwrap_or(1)),
        output: lines(&out),
        error: lines(&err),
    })
}

fn lines(text: &[u8]) -> Vec<Vec<u8>> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    if text.is_empty() {
        return Vec::new();
    }
    text.split(|c| *c == b'\n').map(<[u8]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str, input: &[&str], error: Join) -> Outcome {
        let input: Vec<Vec<u8>> = input.iter().map(|l| l.as_bytes().to_vec()).collect();
        let none = BTreeMap::from([(b"RL_X".to_vec(), b"set".to_vec())]);
        run(text.as_bytes(), &none, Some(&input), Join::Kept, error).expect("a shell")
    }

    #[test]
    fn output_errors_and_codes_come_back() {
        let o = kept(
            "cat; echo $RL_X; echo e >&2; exit 3",
            &["a", "", "b"],
            Join::Kept,
        );
        assert_eq!((o.rc, o.output.len(), o.error.len()), (3, 4, 1));
        assert_eq!(o.output[3], b"set");
        let o = kept("echo 1; echo 2 >&2; echo 3", &[], Join::WithOutput);
        assert_eq!(o.output, [b"1", b"2", b"3"]);
        assert_eq!(kept("kill -9 $$", &[], Join::Kept).rc, -9);
        assert_eq!(kept("nosuchcommand-x", &[], Join::Kept).rc, 127);
    }

    #[test]
    fn a_command_that_does_not_read_does_not_hang() {
        let many: Vec<&str> = vec!["a line of input that nobody wants"; 20_000];
        assert_eq!(kept("exit 0", &many, Join::Kept).rc, 0);
    }
}
