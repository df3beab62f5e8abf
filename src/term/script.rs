//! Standard input that is no terminal: lines are typed when the virtual machine wants one.

use std::io::{self, BufRead, Write};

use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::driver::{Console, Input, Patience};
use super::panel;
use crate::cp::ConsoleState;
use crate::cp::Screen;

/// Lines from standard input, output to standard output.
pub struct Script {
    input: io::BufReader<io::Stdin>,
    output: io::BufWriter<io::Stdout>,
    /// The picture of a screen that was written last.
    picture: u64,
}

impl Script {
    /// A console over the process's standard input and output.
    pub fn new() -> Self {
        Script {
            input: io::BufReader::new(io::stdin()),
            output: io::BufWriter::new(io::stdout()),
            picture: 0,
        }
    }
}

impl Script {
    /// Whether a line, or the end of the input, is there within `time`.
    fn ready_within(&self, time: Duration) -> bool {
        if !self.input.buffer().is_empty() {
            return true;
        }
        let timeout = Timespec::try_from(time).ok();
        let mut fds = [PollFd::new(self.input.get_ref(), PollFlags::IN)];
        poll(&mut fds, timeout.as_ref()).is_ok_and(|n| n > 0)
    }
}

impl Console for Script {
    fn show(&mut self, lines: &[Vec<u8>]) {
        for line in lines {
            // A closed pipe is the reader's choice; the session goes on for its effects.
            let _ = self
                .output
                .write_all(line)
                .and_then(|()| self.output.write_all(b"\n"));
        }
        let _ = self.output.flush();
    }

    fn paint(&mut self, screen: Option<&Screen>, settled: bool) {
        if let Some(screen) = screen.filter(|s| settled && s.changes() != self.picture) {
            self.picture = screen.changes();
            self.show(&panel::text(screen));
        }
    }

    fn next(&mut self, _state: ConsoleState, patience: Patience) -> Input {
        match patience {
            Patience::Pause(time) => {
                std::thread::sleep(time);
                return Input::Nothing;
            }
            Patience::UpTo(time) if !self.ready_within(time) => return Input::Nothing,
            Patience::UpTo(_) | Patience::Forever => {}
        }
        let mut line = Vec::new();
        match self.input.read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => Input::End,
            Ok(_) => {
                if line.ends_with(b"\n") {
                    line.pop();
                }
                if line.ends_with(b"\r") {
                    line.pop();
                }
                Input::Line(line)
            }
        }
    }
}
