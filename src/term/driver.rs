//! Drives one system from one console: runs the virtual machines, shows what the user's one says and
//! feeds it lines when it wants them.

use std::collections::VecDeque;
use std::time::Duration;

use crate::base::Clock;
use crate::cms::Returns;
use crate::cp::{Activity, ConsoleState, System};
use crate::cp::{Key, Screen};

/// Guest instructions a virtual machine may run before the console is looked at again.
const SLICE: u64 = 2_000_000;

/// How many slices a guest may be busy before a script's next line is typed all the same.
const PATIENCE: u32 = 100;

/// How long the machine must have shown nothing before it is thought to wait, in microseconds.
const QUIET: i64 = 500_000;

/// When a script's lines are typed to a running machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// When it reads or waits, and after a while in any case.
    Reads,
    /// When it waits and has shown nothing for a while: it does not say when it reads.
    Quiet,
}

/// What a console has for the user's virtual machine.
pub enum Input {
    /// A typed line.
    Line(Vec<u8>),
    /// The attention key (Ctrl-C).
    Attention,
    /// A key, while a program's screen is shown.
    Key(Key),
    /// No more lines will come.
    End,
    /// No line yet.
    Nothing,
}

/// How long a console may take to give a line.
#[derive(Clone, Copy)]
pub enum Patience {
    /// This long, and a line only if whoever types can see that none is asked for.
    Pause(Duration),
    /// At most this long.
    UpTo(Duration),
    /// Until a line comes.
    Forever,
}

/// Where lines come from and output goes.
pub trait Console {
    /// Shows output lines.
    fn show(&mut self, lines: &[Vec<u8>]);
    /// The next line; a script, which cannot know when one is wanted, gives none for [`Patience::Pause`].
    fn next(&mut self, state: ConsoleState, patience: Patience) -> Input;
    /// What the program's screen shows now, if it has one; `settled` when it has been like that for a while.
    fn paint(&mut self, screen: Option<&Screen>, settled: bool);
    /// The alarm sounds.
    fn alarm(&mut self) {}
    /// No more lines are wanted: what is shown from now on is the last.
    fn close(&mut self) {}
}

/// A system, the user whose console this is, and the command lines still to run.
pub struct Driver {
    system: System,
    user: Vec<u8>,
    returns: Returns,
    clock: Clock,
    commands: VecDeque<Vec<u8>>,
    one_shot: bool,
    /// A line was typed to something other than a command level: the session goes on after the command.
    conversing: bool,
    busy_slices: u32,
    pace: Pace,
    /// When something was shown or typed last.
    active: i64,
    /// The picture that the program's screen showed last, and since when.
    picture: Option<(u64, i64)>,
}

impl Driver {
    /// A driver for a logged-on user; with `commands` it ends after the last of them.
    pub fn new(
        system: System,
        user: Vec<u8>,
        returns: Returns,
        clock: Clock,
        commands: VecDeque<Vec<u8>>,
    ) -> Self {
        let one_shot = !commands.is_empty();
        let active = clock.micros();
        Driver {
            system,
            user,
            returns,
            clock,
            commands,
            one_shot,
            conversing: false,
            busy_slices: 0,
            pace: Pace::Reads,
            active,
            picture: None,
        }
    }

    /// The same with another pace.
    pub fn paced(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// Runs until the user is logged off, the commands are done or the input ends; gives the return code.
    ///
    /// # Errors
    /// A sentence when an EXEC waits for a line and the input has ended.
    pub fn run(mut self, mut console: impl Console) -> Result<i32, String> {
        if self.one_shot {
            self.skip_banner();
        }
        loop {
            let activity = self.system.run(SLICE);
            let output = self.system.take_output(&self.user);
            let state = self.system.state(&self.user);
            if state == ConsoleState::LoggedOff {
                console.close();
            }
            if !output.is_empty() {
                self.active = self.clock.micros();
                console.show(&output);
            }
            if state == ConsoleState::LoggedOff {
                return Ok(self.return_code());
            }
            self.paint(state, &mut console);
            if self.command_level(state) {
                if let Some(line) = self.commands.pop_front() {
                    self.system.console_line(&self.user, &line);
                    continue;
                }
                if self.one_shot && !(self.conversing && state == ConsoleState::CpRead) {
                    return self.end(&mut console);
                }
            }
            let patience = self.patience(state, &activity);
            match console.next(state, patience) {
                Input::Line(line) => {
                    self.conversing |= !self.command_level(state);
                    self.busy_slices = 0;
                    self.active = self.clock.micros();
                    self.system.console_line(&self.user, &line);
                }
                Input::Attention => self.system.attention(&self.user),
                Input::Key(key) => {
                    self.busy_slices = 0;
                    if !self.system.key(&self.user, key) {
                        console.alarm();
                    }
                }
                Input::End => {
                    if state == ConsoleState::VmRead && !self.returns.of(&self.user).prompting {
                        self.end(&mut console)?;
                        return Err(
                            "the input ended while a program was waiting for a line".to_owned()
                        );
                    }
                    return self.end(&mut console);
                }
                Input::Nothing => self.let_time_pass(&activity),
            }
        }
    }

    /// Shows the program's screen while it has the terminal, which CP takes when the machine stops.
    fn paint(&mut self, state: ConsoleState, console: &mut impl Console) {
        if self.system.take_alarms(&self.user) > 0 {
            console.alarm();
        }
        let now = self.clock.micros();
        let screen = self.system.screen(&self.user);
        let screen = screen.filter(|_| state == ConsoleState::Running);
        self.picture = screen.map(|screen| match self.picture {
            Some((changes, since)) if changes == screen.changes() => (changes, since),
            _ => (screen.changes(), now),
        });
        let settled = self
            .picture
            .is_some_and(|(_, since)| now >= since.saturating_add(QUIET));
        console.paint(screen, settled);
    }

    /// When the program's screen has been as it is for a while, if that is to come.
    fn settles(&self) -> Option<i64> {
        let (_, since) = self.picture?;
        let at = since.saturating_add(QUIET);
        (at > self.clock.micros()).then_some(at)
    }

    /// Runs the logon and the first IPL without showing them.
    fn skip_banner(&mut self) {
        while self.system.state(&self.user) == ConsoleState::Running {
            if let Activity::Idle { .. } = self.system.run(SLICE) {
                break;
            }
        }
        self.system.take_output(&self.user);
        self.system.forget_refusals(&self.user);
    }

    /// Whether the next line would be a command to CMS or CP rather than an answer to a program.
    fn command_level(&self, state: ConsoleState) -> bool {
        match state {
            ConsoleState::CpRead => true,
            ConsoleState::VmRead => self.returns.of(&self.user).prompting,
            ConsoleState::Running | ConsoleState::LoggedOff => false,
        }
    }

    fn patience(&mut self, state: ConsoleState, activity: &Activity) -> Patience {
        // A program of CMS, and SLEEP, are not ended by a script that has no more lines for them.
        let own_time = self.system.sleeping(&self.user)
            || self.system.expects_a_trap(&self.user)
            || self.returns.of(&self.user).alive;
        if let (Some(at), Activity::Idle { wake_micros }) = (self.settles(), activity) {
            let wake = wake_micros.unwrap_or(i64::MAX);
            return Patience::Pause(self.until(wake.min(at)));
        }
        if self.pace == Pace::Quiet && state == ConsoleState::Running {
            return self.until_quiet(activity);
        }
        match (activity, state == ConsoleState::Running) {
            // The others go on while this user reads. With a clock that is told to move, what they do
            // must not depend on how long that takes.
            (_, false) if self.clock.is_fixed() => Patience::Forever,
            (Activity::Busy, false) => Patience::UpTo(Duration::ZERO),
            (
                Activity::Idle {
                    wake_micros: Some(wake),
                },
                false,
            ) => Patience::UpTo(self.until(*wake)),
            (Activity::Idle { wake_micros: None }, _) => Patience::Forever,
            (
                Activity::Idle {
                    wake_micros: Some(wake),
                },
                _,
            ) if own_time => Patience::Pause(self.until(*wake)),
            (
                Activity::Idle {
                    wake_micros: Some(wake),
                },
                _,
            ) => Patience::UpTo(self.until(*wake)),
            (Activity::Busy, _) => {
                self.busy_slices += 1;
                if self.busy_slices.is_multiple_of(PATIENCE) && !own_time {
                    return Patience::UpTo(Duration::ZERO);
                }
                Patience::Pause(Duration::ZERO)
            }
        }
    }

    /// A line once the machine waits and has been quiet for a while.
    fn until_quiet(&self, activity: &Activity) -> Patience {
        let wake = match activity {
            Activity::Busy => return Patience::Pause(Duration::ZERO),
            Activity::Idle { wake_micros: None } => return Patience::Forever,
            Activity::Idle {
                wake_micros: Some(wake),
            } => *wake,
        };
        let quiet_at = self.active.saturating_add(QUIET);
        match self.clock.micros() < quiet_at {
            true => Patience::Pause(self.until(wake.min(quiet_at))),
            false => Patience::UpTo(self.until(wake)),
        }
    }

    /// How long it is until a time of the clock; no time at all for a clock that is told to move.
    fn until(&self, wake_micros: i64) -> Duration {
        if self.clock.is_fixed() {
            return Duration::ZERO;
        }
        Duration::from_micros(u64::try_from(wake_micros - self.clock.micros()).unwrap_or(0))
    }

    /// With a clock that only moves when told, waiting is moving it to the next event.
    fn let_time_pass(&self, activity: &Activity) {
        if let Activity::Idle { wake_micros } = activity
            && let Some(wake) = [*wake_micros, self.settles()].into_iter().flatten().min()
            && self.clock.is_fixed()
        {
            let now = self.clock.micros();
            let quiet_at = self.active.saturating_add(QUIET);
            let until = match self.pace {
                Pace::Quiet if now < quiet_at => quiet_at.min(wake),
                _ => wake,
            };
            self.clock.advance((until - now).max(1));
        }
    }

    fn end(&mut self, console: &mut impl Console) -> Result<i32, String> {
        let rc = self.return_code();
        self.system.logoff(&self.user);
        let output = self.system.take_output(&self.user);
        if !self.one_shot {
            console.show(&output);
        }
        Ok(rc)
    }

    /// The return code of CMS's last command; when a single command replaced CMS (an IPL), the first code
    /// that CP refused something with.
    fn return_code(&self) -> i32 {
        let cms = self.returns.of(&self.user);
        if cms.alive || !self.one_shot {
            return cms.rc;
        }
        self.system.first_refusal(&self.user)
    }
}
