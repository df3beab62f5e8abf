//! The `cms` binary: arguments in, one of the faces, the return code out.
//!
//! Options stand before the command, since all after it is CMS's. The exit code is the return code
//! (0 to 255); a larger or negative one becomes 255 and is named on stderr.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use vmshare::base::Clock;
use vmshare::base::codepage::CodePage;
use vmshare::cms::Allowed;
use vmshare::term::{self, Linux, Start};

/// REXX, CMS Pipelines, CMS and CP virtual machines on this computer.
#[derive(Parser)]
#[command(name = "cms", version, about, after_help = AFTER_HELP)]
struct Arguments {
    /// The system's folder (system.direct, spool, saved systems); without it the embedded system starts
    #[arg(long, value_name = "DIR")]
    system: Option<PathBuf>,
    /// Log on this user instead of the first one of the directory
    #[arg(long, value_name = "USERID")]
    user: Option<String>,
    /// Start the clock at this time and let only guests' work move it: YYYY-MM-DDTHH:MM:SS
    #[arg(long, value_name = "TIME", value_parser = clock_at)]
    clock: Option<Clock>,
    /// Repeat a run byte for byte: the clock starts at --clock (2001-01-01T00:00:00) and only guests' work moves it
    #[arg(long)]
    deterministic: bool,
    /// Let ADDRESS SYSTEM run commands of this computer
    #[arg(long)]
    allow_system: bool,
    /// Let SOCKET reach this host; may be given several times
    #[arg(long, value_name = "HOST[:PORT]")]
    allow_net: Vec<String>,
    /// How `rexx` and `pipe` see code values: HOST, 1047, 037, 1140 or 500 (in a session: SET CODEPAGE)
    #[arg(long, value_name = "PAGE", value_parser = codepage)]
    codepage: Option<CodePage>,
    /// Run this command line; may be given several times
    #[arg(short = 'c', value_name = "COMMAND")]
    commands: Vec<OsString>,
    /// One CMS command line; `pipe SPEC` and `rexx [--ansi] FILE | -e TEXT` run without a virtual machine,
    /// `guest KERNEL [INITRD] [PARAMETERS]` starts Linux in one
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "COMMAND"
    )]
    command: Vec<OsString>,
}

/// Where the clock of --deterministic starts.
const START: &str = "2001-01-01T00:00:00";

const AFTER_HELP: &str = "\
cms                         a terminal session; from a pipe, a script of command lines
cms SAVELX LXSHR 200        one command line, then exit with its return code
cms -c 'Q NSS' -c 'Q TIME'  several
cms pipe 'literal hello | console'
cms pipe --watch '< big file | sort | > sorted file'   shows what each stage does
cms rexx report.rexx arguments   options before the file: --ansi, --allow-system, --allow-net HOST
cms rexx -e 'say 1/3'            - or no file: the program is what standard input gives
cms guest vmlinuz initrd console=ttyS0   Linux for s390x; before the kernel: --storage SIZE; - for no initrd";

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let rc = match run(arguments) {
        Ok(rc) => rc,
        Err(text) => {
            eprintln!("cms: {text}");
            1
        }
    };
    exit_code(rc)
}

fn run(arguments: Arguments) -> Result<i32, String> {
    let clock = match (arguments.clock, arguments.deterministic) {
        (Some(clock), _) => clock,
        (None, true) => clock_at(START)?,
        (None, false) => Clock::host(),
    };
    let allowed = Allowed {
        system: arguments.allow_system,
        net: arguments.allow_net,
    };
    let words: Vec<Vec<u8>> = arguments
        .command
        .into_iter()
        .map(OsStringExt::into_vec)
        .collect();
    let mut linux = None;
    if arguments.commands.is_empty() {
        let codepage = arguments.codepage.unwrap_or_default();
        match words.split_first() {
            Some((word, rest)) if word == b"pipe" => {
                return term::alone::pipe(rest, &clock, codepage, allowed);
            }
            Some((word, rest)) if word == b"rexx" => {
                return term::alone::rexx(rest, &clock, codepage, allowed);
            }
            Some((word, rest)) if word == b"guest" => linux = Some(Linux::new(rest)?),
            _ => {}
        }
    }
    if arguments.codepage.is_some() {
        return Err("--codepage is for rexx and pipe; a session takes SET CODEPAGE".to_owned());
    }
    let mut commands: Vec<Vec<u8>> = arguments
        .commands
        .iter()
        .map(|c| c.as_bytes().to_vec())
        .collect();
    if !words.is_empty() && linux.is_none() {
        commands.push(words.join(&b' '));
    }
    term::session(Start {
        system: arguments.system,
        user: arguments.user,
        clock,
        commands,
        allowed,
        linux,
    })
}

/// A return code as an exit code.
fn exit_code(rc: i32) -> ExitCode {
    if let Ok(code) = u8::try_from(rc) {
        return ExitCode::from(code);
    }
    eprintln!("cms: return code {rc}");
    ExitCode::from(255)
}

/// A code page by its number.
fn codepage(text: &str) -> Result<CodePage, String> {
    let page = CodePage::named(text.as_bytes());
    page.ok_or_else(|| "a code page is HOST or a number: 1047, 037, 1140, 500, 273 …".to_owned())
}

/// A clock fixed at `YYYY-MM-DDTHH:MM:SS`.
fn clock_at(text: &str) -> Result<Clock, String> {
    term::clock_at(text).ok_or_else(|| "a time is written YYYY-MM-DDTHH:MM:SS".to_owned())
}
