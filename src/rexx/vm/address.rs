//! ADDRESS and commands: environments, and where a command's input comes from and its output goes
//! (ANSI X3.274 sections 8.3.1 and 5.7; SC24-5770, ADDRESS).

use std::rc::Rc;

use super::{Vm, Wait};
use crate::rexx::code::{CONST, Code, IoCode, NONE, Reg, WithCode};
use crate::rexx::{CommandInput, CommandIo, CommandLines, CommandOutput, Error, Exit, Keep, Value};

/// Where a command's input comes from or its output goes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Resource {
    #[default]
    Normal,
    Stream(Keep, Vec<u8>),
    /// The stem's name with its period.
    Stem(Keep, Vec<u8>),
}

/// The three of an environment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Redirects {
    input: Resource,
    output: Resource,
    error: Resource,
}

impl Redirects {
    /// `INPUT NORMAL`, as ADDRESS('I') and its like give it.
    pub(super) fn text(&self, which: u8) -> Vec<u8> {
        let resource = match which {
            b'I' => &self.input,
            b'O' => &self.output,
            _ => &self.error,
        };
        let (keep, kind, name): (_, &[u8], &[u8]) = match resource {
            Resource::Normal => (Keep::Replace, b"NORMAL", b""),
            Resource::Stream(keep, name) => (*keep, b"STREAM", name),
            Resource::Stem(keep, name) => (*keep, b"STEM", name),
        };
        let first: &[u8] = match (which, keep) {
            (b'I', _) => b"INPUT",
            (_, Keep::Replace) => b"REPLACE",
            (_, Keep::Append) => b"APPEND",
        };
        let mut text = [first, b" ", kind].concat();
        if !name.is_empty() {
            text.push(b' ');
            text.extend_from_slice(name);
        }
        text
    }
}

/// The command that was asked for last.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// The constant or temporary that the text stays in.
    from: Option<Reg>,
    /// The text, when it is a variable's: that may get another value while the command runs.
    kept: Value,
    /// Its own environment; `None` is the current one.
    env: Option<Rc<[u8]>>,
}

impl Asked {
    /// What it holds beside the registers.
    pub(super) fn kept(&self) -> &Value {
        &self.kept
    }
}

impl Vm {
    /// The command that [`Exit::Command`](crate::rexx::Exit::Command) asks for: its environment and its text.
    #[inline]
    pub fn asked(&self) -> (&[u8], &Value) {
        let env = self.asked.env.as_ref();
        let text = self.asked.from.and_then(|r| self.peek(&self.code, r));
        (
            env.unwrap_or(&self.settings.address[0]),
            text.unwrap_or(&self.asked.kept),
        )
    }

    /// ADDRESS with an environment.
    pub(super) fn set_address(
        &mut self,
        v: &Value,
        io: Option<Rc<Redirects>>,
    ) -> Result<(), Error> {
        let name = v.to_vec();
        self.check_environment(&name)?;
        self.own_settings();
        let settings = &mut self.settings;
        settings.address[1] = std::mem::replace(&mut settings.address[0], name.into());
        settings.io[1] = std::mem::replace(&mut settings.io[0], io);
        Ok(())
    }

    fn check_environment(&self, name: &[u8]) -> Result<(), Error> {
        match self.program.dialect.environment_limit() {
            Some(limit) if name.len() > limit => {
                Err(Error::new(29, 1, &[limit.to_string().as_bytes(), name]))
            }
            _ => Ok(()),
        }
    }

    /// ADDRESS alone.
    pub(super) fn swap_address(&mut self) {
        self.own_settings();
        self.settings.address.swap(0, 1);
        self.settings.io.swap(0, 1);
    }

    /// The redirections of WITH, their stream names worked out.
    pub(super) fn redirects(
        &mut self,
        code: &Code,
        with: u32,
    ) -> Result<Option<Rc<Redirects>>, Error> {
        let Some(WithCode {
            input,
            output,
            error,
        }) = code.withs.get(with as usize)
        else {
            return Ok(None);
        };
        Ok(Some(Rc::new(Redirects {
            input: self.resource(code, input)?,
            output: self.resource(code, output)?,
            error: self.resource(code, error)?,
        })))
    }

    fn resource(&mut self, code: &Code, io: &IoCode) -> Result<Resource, Error> {
        Ok(match io {
            IoCode::Normal => Resource::Normal,
            IoCode::Stream(keep, name) => {
                Resource::Stream(*keep, self.value(code, *name)?.to_vec())
            }
            IoCode::Stem(keep, stem) => {
                let mut name = self.names.stem_name(*stem).to_vec();
                name.push(b'.');
                Resource::Stem(*keep, name)
            }
        })
    }

    /// A command: an environment of its own, or the current one; gives the exit, or nothing when
    /// tracing keeps commands from being run.
    pub(super) fn command(
        &mut self,
        code: &Code,
        s: Reg,
        env: Reg,
        with: u32,
    ) -> Result<Option<Exit>, Error> {
        let (env, io) = match env {
            NONE => (None, self.settings.io[0].clone()),
            r => {
                // What is in error in the command comes first.
                self.value(code, s)?;
                let env = self.value(code, r)?.to_vec();
                self.check_environment(&env)?;
                (Some(Rc::from(env)), self.redirects(code, with)?)
            }
        };
        let io = io.filter(|io| **io != Redirects::default());
        let wanted = match &io {
            Some(io) => {
                self.value(code, s)?;
                Some(Box::new(self.wanted(io)?))
            }
            None => None,
        };
        self.ask(code, s)?;
        self.asked.env = env;
        if self.settings.trace.letter == b'C' {
            let text = self.asked().1.clone();
            self.trace_command(&text);
        }
        if self.settings.trace.inhibited && self.tracer.typed.is_none() {
            self.wait = Wait::Nothing;
            self.put(crate::rexx::names::RC, Value::Int(0));
            return Ok(None);
        }
        self.wait = Wait::Command { io };
        Ok(Some(Exit::Command(wanted)))
    }

    /// Whether a command of the current environment goes out as it is: with no redirections, and not traced.
    #[inline]
    pub(super) fn asks_plainly(&self) -> bool {
        let trace = &self.settings.trace;
        self.settings.io[0].is_none() && trace.letter != b'C' && !trace.inhibited
    }

    /// Notes the command of the current environment that is in a register.
    pub(super) fn ask(&mut self, code: &Code, s: Reg) -> Result<(), Error> {
        let is_variable = s & CONST == 0 && self.layout.id(s).is_some();
        if is_variable {
            self.asked.kept = self.value(code, s)?;
        }
        self.asked.from = (!is_variable).then_some(s);
        if self.asked.env.is_some() {
            self.asked.env = None;
        }
        self.wait = Wait::Command { io: None };
        Ok(())
    }

    /// What whoever runs the command is told of its redirections.
    fn wanted(&self, io: &Redirects) -> Result<CommandIo, Error> {
        let output = |resource: &Resource| match resource {
            Resource::Normal => CommandOutput::Normal,
            Resource::Stream(keep, name) => CommandOutput::Stream(*keep, Value::from_bytes(name)),
            Resource::Stem(..) => CommandOutput::Lines,
        };
        let input = match &io.input {
            Resource::Normal => CommandInput::Normal,
            Resource::Stream(_, name) => CommandInput::Stream(Value::from_bytes(name)),
            Resource::Stem(_, stem) => {
                let count = self.stem_count(stem)?;
                let line = |n| {
                    let name = tail(stem, n);
                    self.get_direct(&name).map_or(name, |v| v.to_vec())
                };
                CommandInput::Lines((1..=count).map(line).collect())
            }
        };
        let same = io.output == io.error && io.output != Resource::Normal;
        Ok(CommandIo {
            input,
            output: output(&io.output),
            error: match same {
                true => CommandOutput::AsOutput,
                false => output(&io.error),
            },
        })
    }

    /// How many lines a stem has by its tail 0.
    fn stem_count(&self, stem: &[u8]) -> Result<u64, Error> {
        let name = tail(stem, 0);
        let count = self.get_direct(&name);
        let whole = count.as_ref().and_then(|v| {
            let n = v.as_int().or_else(|| v.number()?.to_i64())?;
            u64::try_from(n).ok()
        });
        whole.ok_or_else(|| {
            let found = count.map_or_else(|| name.clone(), |v| v.to_vec());
            Error::new(54, 1, &[&name, &found])
        })
    }

    /// Puts what a command gave where its environment wants it.
    pub(super) fn keep_output(&mut self, io: &Redirects, lines: CommandLines) -> Result<(), Error> {
        self.keep_lines(&io.output, lines.output)?;
        if io.error != io.output {
            self.keep_lines(&io.error, lines.error)?;
        }
        Ok(())
    }

    fn keep_lines(&mut self, resource: &Resource, lines: Vec<Vec<u8>>) -> Result<(), Error> {
        let Resource::Stem(keep, stem) = resource else {
            return Ok(());
        };
        let before = match keep {
            Keep::Append => self.stem_count(stem)?,
            Keep::Replace => 0,
        };
        let count = before + lines.len() as u64;
        for (n, line) in (before + 1..).zip(lines) {
            self.keep_line(&tail(stem, n), Value::from_vec(line));
        }
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.keep_line(&tail(stem, 0), Value::int(count));
        Ok(())
    }

    fn keep_line(&mut self, name: &[u8], value: Value) {
        // The name was a stem in the program, so it can be set.
        let _ = self.set_direct(name, Some(value));
    }
}

fn tail(stem: &[u8], n: u64) -> Vec<u8> {
    [stem, n.to_string().as_bytes()].concat()
}
