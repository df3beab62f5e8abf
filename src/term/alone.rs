//! `cms pipe SPEC` and `cms rexx FILE | -e TEXT`: no virtual machine, the host's console.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::base::Clock;
use crate::cms::{Alone, run_pipe, run_rexx};

/// Runs a pipeline; gives its return code.
///
/// # Errors
/// A sentence when the console cannot be read or written.
pub fn pipe(spec: &[u8], clock: &Clock) -> Result<i32, String> {
    with_console(clock, |alone| run_pipe(alone, spec))
}

/// Runs a program: `-e TEXT arguments`, `FILE arguments`, or the program on standard input when there is
/// neither; gives its return code.
///
/// # Errors
/// A sentence when the program cannot be read, or the console cannot be read or written.
pub fn rexx(words: &[Vec<u8>], clock: &Clock) -> Result<i32, String> {
    let (text, name, args) = match words {
        [] => (
            io::read_to_string(io::stdin()).map(String::into_bytes),
            b"STDIN".to_vec(),
            &[][..],
        ),
        [flag] if flag == b"-e" => return Err("-e needs the text of a program".to_owned()),
        [flag, text, args @ ..] if flag == b"-e" => {
            (Ok(text.clone()), b"EXPRESSION".to_vec(), args)
        }
        [file, args @ ..] => {
            let path = Path::new(std::ffi::OsStr::from_bytes(file));
            (std::fs::read(path), file.clone(), args)
        }
    };
    let text = text.map_err(|e| format!("{}: {e}", String::from_utf8_lossy(&name)))?;
    with_console(clock, |alone| {
        run_rexx(alone, &text, &name, &args.join(&b' '))
    })
}

fn with_console(
    clock: &Clock,
    run: impl FnOnce(Alone<'_>) -> io::Result<i32>,
) -> Result<i32, String> {
    let mut input = io::stdin().lock();
    let mut output = io::BufWriter::new(io::stdout().lock());
    let seed = u64::try_from(clock.micros()).unwrap_or(0);
    let alone = Alone {
        user: user(),
        folder: PathBuf::from("."),
        clock: clock.clone(),
        seed,
        input: &mut input,
        output: &mut output,
    };
    let ran = run(alone);
    io::Write::flush(&mut output).map_err(|e| e.to_string())?;
    match ran {
        Ok(rc) => Ok(rc),
        // Whoever read the output has had enough; that is no error of the program.
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(0),
        Err(e) => Err(e.to_string()),
    }
}

/// The host's user name as a user identification.
fn user() -> Vec<u8> {
    let mut name = std::env::var("USER")
        .unwrap_or_default()
        .to_ascii_uppercase()
        .into_bytes();
    name.retain(u8::is_ascii_alphanumeric);
    name.truncate(8);
    if name.is_empty() {
        b"USER".to_vec()
    } else {
        name
    }
}
