//! The terminal face: a session at a terminal, from a script, or for one command line.

pub mod alone;
mod board;
mod driver;
mod guest;
mod keyboard;
mod keys;
mod panel;
mod repl;
mod script;

use std::collections::VecDeque;
use std::io::IsTerminal;
use std::path::PathBuf;

use crate::base::Clock;
use crate::base::clock::base_days_of;
use crate::cms::{self, Allowed, Manner, ReadyForm, Switch};
use crate::cp::Model;
use crate::cp::{LogonHow, Options, System};
use driver::{Driver, Pace};

pub use guest::Linux;

/// What to start.
pub struct Start {
    /// The system's folder; `None` starts the embedded system.
    pub system: Option<PathBuf>,
    /// The user to log on; `None` is the first one of the directory.
    pub user: Option<String>,
    /// The clock of the whole system.
    pub clock: Clock,
    /// Command lines to run; none means a session over standard input.
    pub commands: Vec<Vec<u8>>,
    /// What of the host sessions may use.
    pub allowed: Allowed,
    /// Linux for the user's virtual machine, in place of what the directory says.
    pub linux: Option<Linux>,
}

/// Runs a session and gives the return code of its last command.
///
/// # Errors
/// A sentence when the system cannot start or the user cannot log on.
pub fn session(start: Start) -> Result<i32, String> {
    let one_shot = !start.commands.is_empty();
    let at_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let data = data_folder(start.system.as_deref());
    let options = Options {
        dir: start.system,
        work: PathBuf::from("."),
        data: data.clone(),
        deterministic: start.clock.is_fixed(),
        clock: start.clock.clone(),
    };
    let mut system = System::open(options).map_err(|e| e.to_string())?;
    let ready = if one_shot {
        ReadyForm::Silent
    } else {
        ReadyForm::Long
    };
    let excerpts = if at_terminal && !one_shot {
        Switch::On
    } else {
        Switch::Off
    };
    let manner = Manner {
        ready,
        excerpts,
        allowed: start.allowed,
    };
    let returns = cms::install(&mut system, manner);
    let user = start.user.map_or_else(
        || system.default_user(),
        |u| u.to_ascii_uppercase().into_bytes(),
    );
    let pace = match start.linux {
        Some(linux) => {
            system.give_linux(&user, linux.deck, linux.storage)?;
            Pace::Quiet
        }
        None => Pace::Reads,
    };
    system
        .logon(&user, LogonHow::Terminal)
        .map_err(|m| String::from_utf8_lossy(&m.text).into_owned())?;
    if at_terminal && !one_shot {
        let (lines, columns) = keyboard::room();
        system.set_screen_model(&user, Model::fitting(lines, columns));
    }
    let name = String::from_utf8_lossy(&user).into_owned();
    let driver = Driver::new(
        system,
        user,
        returns,
        start.clock,
        VecDeque::from(start.commands),
    )
    .paced(pace);
    if at_terminal && !one_shot {
        return driver.run(repl::Repl::open(&data, &name)?);
    }
    driver.run(script::Script::new())
}

/// Where the history and the embedded system's files live: the system's folder, else a per-user folder.
fn data_folder(system: Option<&std::path::Path>) -> PathBuf {
    if let Some(dir) = system {
        return dir.to_path_buf();
    }
    let from = |name: &str| {
        std::env::var_os(name)
            .filter(|v| !v.is_empty())
            .map(PathBuf::from)
    };
    from("XDG_DATA_HOME")
        .or_else(|| from("HOME").map(|home| home.join(".local/share")))
        .unwrap_or_else(std::env::temp_dir)
        .join("vmshare")
}

/// A clock fixed at `YYYY-MM-DDTHH:MM:SS`; `None` when the text is not such a time.
pub fn clock_at(text: &str) -> Option<Clock> {
    let (date, time) = text.split_once('T')?;
    let date: Vec<i64> = date
        .split('-')
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    let time: Vec<i64> = time
        .split(':')
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    let ([y, m, d], [hh, mm, ss]) = (
        <[i64; 3]>::try_from(date).ok()?,
        <[i64; 3]>::try_from(time).ok()?,
    );
    let valid = (1..=9999).contains(&y)
        && (1..=12).contains(&m)
        && (1..=31).contains(&d)
        && (0..24).contains(&hh)
        && (0..60).contains(&mm)
        && (0..60).contains(&ss);
    let days = base_days_of(y, m, d) - base_days_of(1970, 1, 1);
    valid.then(|| Clock::fixed((((days * 24 + hh) * 60 + mm) * 60 + ss) * 1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_set_or_refused() {
        let clock = clock_at("2009-05-11T12:34:56").unwrap();
        let c = clock.local();
        assert_eq!(
            (c.year, c.month, c.day, c.hour, c.minute, c.second),
            (2009, 5, 11, 12, 34, 56)
        );
        for bad in [
            "",
            "2009-05-11",
            "2009-13-01T00:00:00",
            "x-y-zT1:2:3",
            "2009-05-11T24:00:00",
        ] {
            assert!(clock_at(bad).is_none(), "{bad}");
        }
    }
}
