//! A REXX program's turn: what it asks for when it stops running.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

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
use crate::cms::state::{Start, Typing, emsg};
use crate::cp::NativeExit;
use crate::num::{Number, Settings};
use crate::rexx::{self, CallKind, CommandIo, Dialect, Exit, Reply, StreamAsk, Value};

/// What a routine's file may be called behind its name.
const HOST_TYPES: [&str; 4] = ["", ".rexx", ".rex", ".exec"];

/// Clauses that a program runs before CMS looks up.
const FUEL: u64 = 20_000;

/// Lines that a program says before CMS looks up.
const LINES: usize = 100;

/// The return code of a program that ended with a REXX error is this and the error's number.
pub const REXX_ERROR: i32 = 20_000;

impl Session {
    pub(super) fn step_program(&mut self, port: &mut dyn Port, mut program: Box<Running>) -> Step {
        if program.pending == Pending::Line {
            let line = self
                .rest_of_line()
                .or_else(|| self.take_answer())
                .or_else(|| self.cms.stack.take_typed());
            // A program that reads behind the end of the console finds null lines there.
            let Some(line) = line.or_else(|| self.console_ended().then(Vec::new)) else {
                self.cms.end_part(port);
                self.reading = true;
                self.frames.push(Frame::Program(program));
                return Step::Stop(NativeExit::ReadConsole);
            };
            program.pending = Pending::Nothing;
            program.next = Reply::Line(line);
        }
        if program.pending == Pending::Stream {
            let asked = program.asked.take();
            let reply = asked.as_ref().map(|ask| self.console_stream(port, ask));
            if let Some(None) = reply {
                program.asked = asked;
                self.cms.end_part(port);
                self.reading = true;
                self.frames.push(Frame::Program(program));
                return Step::Stop(NativeExit::ReadConsole);
            }
            program.pending = Pending::Nothing;
            program.next = reply.flatten().unwrap_or(Reply::Done);
        }
        program.vm.set_fuel(FUEL);
        let mut reply = std::mem::replace(&mut program.next, Reply::Done);
        let mut lines = LINES;
        let exit = loop {
            // Streams are answered here, so that reading a file costs little more than the file.
            let exit = program.vm.resume(reply);
            if let Some(lent) = program.vm.give_back() {
                self.cms.streams.take_back(lent);
            }
            let (name, ask) = match exit {
                Exit::Stream { name, ask } => (name, ask),
                // Most of what is said is said by loops.
                Exit::Say(line) if lines > 0 => {
                    lines -= 1;
                    self.cms.say(port, &line);
                    reply = Reply::Done;
                    continue;
                }
                exit => break exit,
            };
            let Some(answer) = self.cms.stream(&name, &ask) else {
                break Exit::Stream { name, ask };
            };
            reply = answer;
            if let StreamAsk::LineIn { .. } = ask
                && let Some(lent) = self.cms.streams.lend()
            {
                program.vm.lend(lent);
            }
        };
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
            Exit::Stream { name, ask } => self.stream(port, &mut program, &name, ask),
            Exit::Fuel => step = Step::Stop(NativeExit::Budget),
            Exit::Command(io) => {
                let (env, text) = program.vm.asked();
                let (env, text) = (env.to_vec(), text.to_vec());
                program.pending = Pending::Command;
                program.note_charged();
                self.frames.push(Frame::Program(program));
                self.count_storage();
                self.program_command(port, &env, &text, io);
                return Step::Go;
            }
            Exit::Call {
                name, kind, args, ..
            } => {
                program.pending = Pending::Call;
                program.note_charged();
                self.frames.push(Frame::Program(program));
                self.count_storage();
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
                self.show_error(port, &program, &error);
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

    /// Counts what the suspended programs hold, when they may hold too much.
    pub(super) fn count_storage(&mut self) {
        if !self.cms.ledger.is_due() {
            return;
        }
        for frame in &mut self.frames {
            if let Frame::Program(program) | Frame::Stage(program, _) = frame {
                program.share.set(program.vm.count_storage());
            }
        }
        self.cms.ledger.counted();
    }

    pub(super) fn program_command(
        &mut self,
        port: &mut dyn Port,
        env: &[u8],
        text: &[u8],
        io: Option<Box<CommandIo>>,
    ) {
        self.flush_streams(port);
        let origin = match env.to_ascii_uppercase().as_slice() {
            b"CMS" => Some(Origin::Cms),
            b"COMMAND" | b"" => Some(Origin::Command),
            b"SYSTEM" => return self.host_command(port, text, io),
            _ => None,
        };
        if let Some(io) = io {
            self.redirect(port, *io);
        }
        let begun = match origin {
            Some(origin) => self.command(port, text, origin),
            None => Begun::Rc(UNKNOWN),
        };
        self.take_up(port, begun);
    }

    /// A function or subroutine that the topmost program itself does not have (SC24-5770, "Search Order"):
    /// one of CMS's function packages, RXUSERFN, RXLOCFN and RXSYSFN, of which only the last can be here,
    /// since the others are modules; a program with the file type of the one that calls; an EXEC. SET
    /// IMPEX has no say in it.
    pub(super) fn call(
        &mut self,
        port: &mut dyn Port,
        name: &[u8],
        kind: CallKind,
        args: Vec<Option<Value>>,
    ) {
        let upper = name.to_ascii_uppercase();
        if let Some(row) = functions::find(&upper) {
            return self.call_function(port, row, &args);
        }
        // A program of another type than EXEC finds its own kind first.
        let own = self.frames.last().map_or(&b""[..], |frame| match frame {
            Frame::Program(caller) | Frame::Stage(caller, _) => search::split(&caller.name).1,
            Frame::Pipe(_) => b"",
        });
        let found = [own, b"EXEC"]
            .into_iter()
            .filter_map(|ftype| Name::new(&upper, ftype))
            .find_map(|name| search::program(&self.cms, &name));
        let Some(found) = found else {
            if let Some(running) = self.host_routine(name, kind, &args) {
                return self.frames.push(Frame::Program(Box::new(running)));
            }
            return match functions::find_added(&upper) {
                Some(row) => self.call_function(port, row, &args),
                None => self.answer(port, Ended::NotFound),
            };
        };
        match self.program(port, &found, name, kind, args) {
            Ok(running) => self.frames.push(Frame::Program(Box::new(running))),
            Err(_) => self.answer(port, Ended::Failed),
        }
    }

    fn call_function(&mut self, port: &mut dyn Port, row: &functions::Row, args: &[Option<Value>]) {
        let env = functions::Env {
            cms: &mut self.cms,
            port: &mut *port,
            program: self.frames.last_mut().and_then(Frame::vm),
        };
        let ended = functions::run(row, env, args);
        self.answer(port, ended);
    }

    /// A routine in a host file, where programs run without a system: the name as it is written or in
    /// small letters, with the type of a REXX program, beside the program that calls it or in the current
    /// folder.
    fn host_routine(
        &mut self,
        name: &[u8],
        kind: CallKind,
        args: &[Option<Value>],
    ) -> Option<Running> {
        if !self.cms.host_paths.is_on() {
            return None;
        }
        let beside = match self.frames.last() {
            Some(Frame::Program(caller) | Frame::Stage(caller, _)) => folder_of(&caller.name),
            _ => b"",
        };
        let lower = name.to_ascii_lowercase();
        let paths = [beside, b""].into_iter().flat_map(|folder| {
            let names = [name, &lower].map(|name| [folder, name].concat());
            let types = |name: Vec<u8>| HOST_TYPES.map(|t| [&name[..], t.as_bytes()].concat());
            names.into_iter().flat_map(types).collect::<Vec<_>>()
        });
        let (path, text) = paths.into_iter().find_map(|path| {
            let text = std::fs::read(OsStr::from_bytes(&path)).ok()?;
            Some((path, text))
        })?;
        let how: &[u8] = match kind {
            CallKind::Command => b"COMMAND ",
            CallKind::Function => b"FUNCTION ",
            CallKind::Subroutine => b"SUBROUTINE ",
        };
        let source = [b"CMS ", how, &path[..], b" * ", name, b" CMS"].concat();
        let start = Start {
            program: self.cms.compile(&path, text),
            name: path,
            source,
            address: b"CMS",
            kind,
            args: args.to_vec(),
        };
        Some(self.cms.start(start))
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
                let mut error = rexx::Error::bare(26, 0);
                error.line = program.vm.line_now();
                self.show_error(port, program, &error);
                Ended::Command(REXX_ERROR + 26)
            }
        }
    }

    /// Shows the error that ended a program: in CMS's form, or in the standard's when there is no CMS or
    /// the program is at the standard's level.
    pub(super) fn show_error(
        &mut self,
        port: &mut dyn Port,
        program: &Running,
        error: &rexx::Error,
    ) {
        let name = &program.name;
        let standard = program.vm.program().dialect() == Dialect::Ansi;
        if standard || self.purpose == Purpose::Single {
            for line in error.two_line(name) {
                self.cms.say(port, &line);
            }
            return self.show_place(port, program, error);
        }
        // An error is seen even when typing was halted.
        self.cms.settings.typing = Typing::Resumed;
        let line = error.cms_line(name);
        let id = line.iter().position(|&c| c == b' ').unwrap_or(line.len());
        let shown = match emsg(port) {
            Emsg::On => &line[..],
            Emsg::Off => return,
            Emsg::Code => &line[..id],
            Emsg::Text => line.get(id + 1..).unwrap_or_default(),
        };
        self.cms.say(port, shown);
        self.show_place(port, program, error);
    }

    /// Shows the source line of an error with its place, where a person reads: what a stage or another
    /// stream takes of the console goes without.
    fn show_place(&mut self, port: &mut dyn Port, program: &Running, error: &rexx::Error) {
        if !self.cms.excerpts.is_on() || self.cms.is_capturing() {
            return;
        }
        for line in rexx::excerpt(program.vm.program(), error) {
            self.cms.say(port, &line);
        }
    }
}

/// The folder of a path, with the separator; null when it is the current one.
fn folder_of(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|c| *c == b'/');
    end.map_or(b"", |at| &path[..=at])
}

/// The return code that a value is; `None` when it is no whole number of that size.
fn whole(value: &Value) -> Option<i32> {
    if let Some(n) = value.as_int() {
        return i32::try_from(n).ok();
    }
    let number = value.with_bytes(Number::parse)?;
    i32::try_from(number.whole(&Settings::default())?).ok()
}
