//! `cms pipe [--watch] SPEC` and `cms rexx FILE | -e TEXT`: no virtual machine, the host's console.

use std::io::{self, IsTerminal, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::board::{Board, Output, Screen, Ticker};
use crate::base::Clock;
use crate::base::codepage::CodePage;
use crate::cms::{Allowed, Alone, Dialect, Language, Switch, Watcher, run_pipe, run_rexx};

/// Runs a pipeline; gives its return code. `words` are `[--watch] SPEC`.
///
/// # Errors
/// A sentence when the console cannot be read or written.
pub fn pipe(
    words: &[Vec<u8>],
    clock: &Clock,
    codepage: CodePage,
    allowed: Allowed,
) -> Result<i32, String> {
    let how = How::new(codepage, allowed);
    let screen = how.screen.clone();
    let (spec, watcher): (_, Option<Box<dyn Watcher>>) = match words {
        [option, spec @ ..] if option == b"--watch" => (spec, Some(Box::new(Board::new(screen)))),
        spec => {
            let ticker = Ticker::where_it_helps(screen);
            (spec, ticker.map(|t| Box::new(t) as Box<dyn Watcher>))
        }
    };
    with_console(clock, how, |alone| {
        let alone = Alone { watcher, ..alone };
        run_pipe(alone, &spec.join(&b' '))
    })
}

/// Runs a program; gives its return code. `words` are options and what they apply to:
/// `[--ansi | --cms] [--allow-system] [--allow-net HOST[:PORT]] FILE | -e TEXT | - [arguments]`; without a
/// file the program is what standard input gives.
///
/// # Errors
/// A sentence when an option is not known, the program cannot be read, or the console cannot be read or
/// written.
pub fn rexx(
    words: &[Vec<u8>],
    clock: &Clock,
    codepage: CodePage,
    allowed: Allowed,
) -> Result<i32, String> {
    let mut how = How::new(codepage, allowed);
    let words = how.options(words)?;
    let (text, name, args) = match words {
        [] => (from_stdin(), b"STDIN".to_vec(), &[][..]),
        [flag, args @ ..] if flag == b"-" => (from_stdin(), b"STDIN".to_vec(), args),
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
    with_console(clock, how, |alone| {
        run_rexx(alone, &text, &name, &args.join(&b' '))
    })
}

/// The whole of standard input.
fn from_stdin() -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    io::Read::read_to_end(&mut io::stdin(), &mut text)?;
    Ok(text)
}

/// How a program or pipeline runs alone.
struct How {
    allowed: Allowed,
    level: Language,
    /// What stands at the terminal beside the output.
    screen: Rc<Screen>,
}

impl How {
    fn new(codepage: CodePage, allowed: Allowed) -> How {
        How {
            allowed,
            level: Language {
                codepage,
                ..Language::default()
            },
            screen: Rc::default(),
        }
    }

    /// Reads the options; gives what stands behind them.
    fn options<'a>(&mut self, mut words: &'a [Vec<u8>]) -> Result<&'a [Vec<u8>], String> {
        while let Some((word, rest)) = words.split_first() {
            if let Some(dialect) = word.strip_prefix(b"--").and_then(Dialect::named) {
                self.level.dialect = dialect;
                words = rest;
                continue;
            }
            match word.as_slice() {
                b"--allow-system" => self.allowed.system = true,
                b"--allow-net" => {
                    let (host, rest) = rest
                        .split_first()
                        .ok_or("--allow-net needs a host, or HOST:PORT")?;
                    let host = String::from_utf8_lossy(host).into_owned();
                    self.allowed.net.push(host);
                    words = rest;
                    continue;
                }
                b"--" => return Ok(rest),
                b"-" | b"-e" => return Ok(words),
                [b'-', ..] => {
                    let word = String::from_utf8_lossy(word);
                    return Err(format!("rexx has no option {word}"));
                }
                _ => return Ok(words),
            }
            words = rest;
        }
        Ok(words)
    }
}

fn with_console(
    clock: &Clock,
    how: How,
    run: impl FnOnce(Alone<'_>) -> io::Result<i32>,
) -> Result<i32, String> {
    let mut input = io::stdin().lock();
    let excerpts = match io::stdout().is_terminal() {
        true => Switch::On,
        false => Switch::Off,
    };
    // A person sees each line when it is written; whoever else reads has them in greater pieces.
    let stdout = io::stdout().lock();
    let mut output: Box<dyn Write> = match excerpts {
        Switch::On => Box::new(Output::beside(how.screen, stdout)),
        Switch::Off => Box::new(io::BufWriter::new(stdout)),
    };
    let seed = u64::try_from(clock.micros()).unwrap_or(0);
    let alone = Alone {
        user: user(),
        folder: PathBuf::from("."),
        clock: clock.clone(),
        seed,
        level: how.level,
        excerpts,
        input: &mut input,
        output: &mut output,
        shared: true,
        allowed: how.allowed,
        watcher: None,
    };
    let ran = run(alone);
    output.flush().map_err(|e| e.to_string())?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<(Vec<String>, How), String> {
        let words: Vec<Vec<u8>> = words.iter().map(|w| w.as_bytes().to_vec()).collect();
        let mut how = How {
            allowed: Allowed::default(),
            level: Language::default(),
            screen: Rc::default(),
        };
        let rest = how.options(&words)?;
        let rest = rest.iter().map(|w| String::from_utf8_lossy(w).into_owned());
        Ok((rest.collect(), how))
    }

    #[test]
    fn options_stand_before_the_program() {
        let (rest, how) = read(&["--ansi", "--allow-net", "h:80", "f", "--allow-system"]).unwrap();
        assert_eq!(
            rest,
            ["f", "--allow-system"],
            "what follows is the program's"
        );
        assert_eq!(
            (how.level.dialect, how.allowed.system),
            (Dialect::Ansi, false)
        );
        assert_eq!(how.allowed.net, ["h:80"]);
        assert_eq!(
            read(&["--allow-system", "-e", "say 1"]).unwrap().0,
            ["-e", "say 1"]
        );
        assert_eq!(read(&["-", "x"]).unwrap().0, ["-", "x"]);
        assert_eq!(read(&["--", "-e"]).unwrap().0, ["-e"]);
        assert!(read(&["--frob"]).is_err_and(|e| e.contains("--frob")));
        assert!(read(&["--allow-net"]).is_err());
    }
}
