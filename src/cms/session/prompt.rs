//! The prompt: what is read there, PROFILE EXEC, the ready message.

use super::{Begun, Phase, Purpose, Session, Step};
use crate::base::abbrev;
use crate::cms::commands::{Operands, Origin};
use crate::cms::fileid::{Mode, Name};
use crate::cms::immediate;
use crate::cms::port::Port;
use crate::cms::search::{self, Meaning};
use crate::cms::state::{ReadyForm, Typing};
use crate::cp::NativeExit;

impl Session {
    pub(super) fn step_prompt(&mut self, port: &mut dyn Port) -> Step {
        if self.purpose == Purpose::Single {
            return Step::Stop(NativeExit::Ended);
        }
        let line = self
            .first_line
            .take()
            .or_else(|| {
                (self.phase == Phase::Ready)
                    .then(|| self.cms.stack.take())
                    .flatten()
            })
            .or_else(|| self.take_answer())
            .or_else(|| self.cms.stack.take_typed());
        match line {
            Some(line) => {
                self.reading = false;
                self.returns.prompting(&self.cms.info.user, false);
                self.prompted(port, &line)
            }
            None if self.input_ended => Step::Stop(NativeExit::Ended),
            None => {
                self.reading = true;
                self.returns.prompting(&self.cms.info.user, true);
                Step::Stop(NativeExit::ReadConsole)
            }
        }
    }

    pub(super) fn prompted(&mut self, port: &mut dyn Port, line: &[u8]) -> Step {
        self.started = port.cpu_micros();
        let line = line.trim_ascii_start();
        if self.phase == Phase::FirstInput {
            self.phase = Phase::Ready;
            return self.first_input(port, line);
        }
        if line.is_empty() {
            self.cms.say(port, b"CMS");
            return Step::Go;
        }
        self.drop_vanished_disks(port);
        // Nothing runs that an immediate command could act upon, so an EXEC of that name comes first.
        let is_exec = matches!(
            search::resolve(&self.cms, line, Origin::Console),
            Meaning::Exec(_)
        );
        if !is_exec && let Some(row) = immediate::find(line) {
            self.immediate.push(row.action);
            return Step::Go;
        }
        let begun = if line[0] == b'*' {
            Begun::Rc(0)
        } else {
            self.command(port, line, Origin::Console)
        };
        self.take_up(port, begun);
        Step::Go
    }

    /// The first line after IPL: PROFILE EXEC runs before it, unless it is ACCESS (NOPROF.
    pub(super) fn first_input(&mut self, port: &mut dyn Port, line: &[u8]) -> Step {
        let (word, rest) = search::split(line);
        let noprof = abbrev::matches("ACcess", word)
            && Operands::parse(&rest.to_ascii_uppercase())
                .options
                .iter()
                .any(|o| o == b"NOPROF");
        let profile = Name::new(b"PROFILE", b"EXEC")
            .filter(|_| !noprof)
            .and_then(|name| self.cms.files.find(&name, Mode::Letter(b'A', None)));
        if !line.is_empty() {
            self.first_line = Some(line.to_vec());
        }
        match profile {
            Some(found) => {
                let begun = self.exec(port, &found, b"", b"PROFILE", Origin::Console);
                self.take_up(port, begun);
            }
            None if line.is_empty() => self.ready(port, 0),
            None => {}
        }
        Step::Go
    }

    pub(super) fn drop_vanished_disks(&mut self, port: &mut dyn Port) {
        let minidisks = port.minidisks();
        self.cms
            .files
            .keep(|vdev| minidisks.iter().any(|m| m.vdev == vdev));
    }

    /// A command at the prompt has ended.
    pub(super) fn ready(&mut self, port: &mut dyn Port, rc: i32) {
        if self.cms.gone {
            return;
        }
        self.last_rc = rc;
        self.close_files(port);
        self.cms.settings.typing = Typing::Resumed;
        if self.first_line.is_some() || self.purpose == Purpose::Single {
            return;
        }
        self.returns.note(&self.cms.info.user, rc);
        if self.cms.settings.ready == ReadyForm::Silent {
            return;
        }
        let mut line = match rc {
            0 => String::from("Ready;"),
            _ => format!("Ready({rc:05});"),
        };
        if self.cms.settings.ready == ReadyForm::Long {
            let now = self.cms.clock().local();
            let spent = (port.cpu_micros() - self.started) / 10_000;
            let hundredths = spent.max(1);
            let cpu = format!("{}.{:02}", hundredths / 100, hundredths % 100);
            line.push_str(&format!(
                " T={cpu}/{cpu} {:02}:{:02}:{:02}",
                now.hour, now.minute, now.second
            ));
        }
        self.cms.say(port, line.as_bytes());
    }
}
