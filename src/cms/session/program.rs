//! A REXX program's turn: what it asks for when it stops running.

use super::command::UNKNOWN;
use super::{Begun, Session, Step};
use crate::base::msg::Emsg;
use crate::cms::Purpose;
use crate::cms::commands::Origin;
use crate::cms::fileid::Name;
use crate::cms::frame::{Ended, Frame, Pending, Running};
use crate::cms::functions;
use crate::cms::port::Port;
use crate::cms::search;
use crate::cms::stack::Order;
use crate::cms::state::emsg;
use crate::cp::NativeExit;
use crate::num::{Number, Settings};
use crate::rexx::{self, CallKind, Exit, Reply, Value};

/// Clauses that a program runs before CMS looks up.
const FUEL: u64 = 20_000;

/// The return code of a program that ended with a REXX error is this and the error's number.
pub const REXX_ERROR: i32 = 20_000;

impl Session {
    pub(super) fn step_program(&mut self, port: &mut dyn Port, mut program: Box<Running>) -> Step {
        if program.pending == Pending::Line {
            let line = self.take_answer().or_else(|| self.cms.stack.take_typed());
            // A program that reads behind the end of the console finds null lines there.
            let Some(line) = line.or_else(|| self.input_ended.then(Vec::new)) else {
                self.reading = true;
                self.frames.push(Frame::Program(program));
                return Step::Stop(NativeExit::ReadConsole);
            };
            program.pending = Pending::Nothing;
            program.next = Reply::Line(line);
        }
        program.vm.set_fuel(FUEL);
        let reply = std::mem::replace(&mut program.next, Reply::Done);
        let exit = program.vm.resume(reply);
        self.program_wants(port, program, exit)
    }

    pub(super) fn program_wants(
        &mut self,
        port: &mut dyn Port,
        mut program: Box<Running>,
        exit: Exit,
    ) -> Step {
        let mut step = Step::Go;
        match exit {
            Exit::Say(line) | Exit::Trace(line) => self.cms.say(port, &line),
            Exit::Push(line) => self.cms.stack.put(Order::Lifo, line),
            Exit::Queue(line) => self.cms.stack.put(Order::Fifo, line),
            Exit::Queued => {
                let count = i64::try_from(self.cms.stack.count()).unwrap_or(i64::MAX);
                program.next = Reply::Count(count);
            }
            Exit::Pull => match self.cms.stack.take() {
                Some(line) => program.next = Reply::Line(line),
                None => program.pending = Pending::Line,
            },
            Exit::PullTerminal => program.pending = Pending::Line,
            Exit::Fuel => step = Step::Stop(NativeExit::Budget),
            Exit::Command { env, text } => {
                program.pending = Pending::Command;
                self.frames.push(Frame::Program(program));
                self.program_command(port, &env, &text);
                return Step::Go;
            }
            Exit::Call {
                name, kind, args, ..
            } => {
                program.pending = Pending::Call;
                self.frames.push(Frame::Program(program));
                self.call(port, &name, kind, args);
                return Step::Go;
            }
            Exit::Done(value) => {
                let ended = self.program_ended(port, &program, value);
                drop(program);
                self.answer(port, ended);
                return Step::Go;
            }
            Exit::Raised(error) => {
                self.show_error(port, &program.name, &error);
                let ended = match program.kind {
                    CallKind::Command => Ended::Command(REXX_ERROR + i32::from(error.number)),
                    _ => Ended::Failed,
                };
                drop(program);
                self.answer(port, ended);
                return Step::Go;
            }
        }
        self.frames.push(Frame::Program(program));
        step
    }

    pub(super) fn program_command(&mut self, port: &mut dyn Port, env: &[u8], text: &[u8]) {
        let origin = match env.to_ascii_uppercase().as_slice() {
            b"CMS" => Some(Origin::Cms),
            b"COMMAND" | b"" => Some(Origin::Command),
            _ => None,
        };
        let begun = match origin {
            Some(origin) => self.command(port, text, origin),
            None => Begun::Rc(UNKNOWN),
        };
        self.take_up(port, begun);
    }

    /// A function or subroutine that the topmost program itself does not have: one of CMS's, else an EXEC.
    pub(super) fn call(
        &mut self,
        port: &mut dyn Port,
        name: &[u8],
        kind: CallKind,
        args: Vec<Option<Value>>,
    ) {
        let upper = name.to_ascii_uppercase();
        if let Some(row) = functions::find(&upper) {
            let ended = functions::run(row, &mut self.cms, port, &args);
            return self.answer(port, ended);
        }
        let found = Name::new(&upper, b"EXEC").and_then(|n| search::program(&self.cms, &n));
        let Some(found) = found else {
            return self.answer(port, Ended::NotFound);
        };
        match self.program(port, &found, name, kind, args) {
            Ok(running) => self.frames.push(Frame::Program(Box::new(running))),
            Err(_) => self.answer(port, Ended::Failed),
        }
    }

    /// What the end of a program means to its caller.
    pub(super) fn program_ended(
        &mut self,
        port: &mut dyn Port,
        program: &Running,
        value: Option<Value>,
    ) -> Ended {
        if program.kind != CallKind::Command {
            return Ended::Value(value);
        }
        let Some(value) = value else {
            return Ended::Command(0);
        };
        if value.is_empty() {
            return Ended::Command(0);
        }
        match whole(&value) {
            Some(rc) => Ended::Command(rc),
            None => {
                let error = rexx::Error::bare(26, 0);
                self.show_error(port, &program.name, &error);
                Ended::Command(REXX_ERROR + 26)
            }
        }
    }

    /// Shows the error that ended a program: in CMS's form, or in the standard's when there is no CMS.
    pub(super) fn show_error(&mut self, port: &mut dyn Port, name: &[u8], error: &rexx::Error) {
        if self.purpose == Purpose::Single {
            for line in error.two_line(name) {
                self.cms.say(port, &line);
            }
            return;
        }
        let line = error.cms_line(name);
        let id = line.iter().position(|&c| c == b' ').unwrap_or(line.len());
        let shown = match emsg(port) {
            Emsg::On => &line[..],
            Emsg::Off => return,
            Emsg::Code => &line[..id],
            Emsg::Text => line.get(id + 1..).unwrap_or_default(),
        };
        self.cms.say(port, shown);
    }
}

/// The return code that a value is; `None` when it is no whole number of that size.
fn whole(value: &Value) -> Option<i32> {
    if let Some(n) = value.as_int() {
        return i32::try_from(n).ok();
    }
    let number = value.with_bytes(Number::parse)?;
    i32::try_from(number.whole(&Settings::default())?).ok()
}
