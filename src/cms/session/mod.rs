//! A CMS session: the programs and pipelines that are suspended on top of one another, and the loop that
//! resumes the topmost and answers what it asks.
//!
//! A program that calls another leaves its frame on the stack and takes it up again with the answer, so any
//! depth of calls costs heap and nothing else, and everything can be dropped between two steps.

mod command;
mod piping;
mod program;
mod prompt;
mod redirect;
mod streaming;

pub use program::REXX_ERROR;

use std::collections::VecDeque;

use super::Returns;
use super::frame::Frame;
use super::immediate::{self, Action};
use super::level;
use super::port::Port;
use super::stack::Stack;
use super::state::{Start, State, Typing};
use crate::base::msg::dms;
use crate::cp::{CpPort, Minidisk, NativeExit, NativeInfo, NativeSystem};
use crate::rexx::{self, CallKind, Value};

/// Steps in one slice of the virtual machine.
const STEPS: usize = 1_000;

/// What the session does when no program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It prompts for commands: CMS in a virtual machine.
    Interactive,
    /// It ends with the last return code: one program or pipeline without a system.
    Single,
}

/// How far the session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing was shown yet.
    Start,
    /// The first line decides about PROFILE EXEC.
    FirstInput,
    /// Commands are taken.
    Ready,
}

/// Whether to go on at once.
enum Step {
    Go,
    Stop(NativeExit),
}

/// What a command has begun.
enum Begun {
    Rc(i32),
    Frame(Frame),
}

/// The session.
pub struct Session {
    cms: State,
    frames: Vec<Frame>,
    phase: Phase,
    purpose: Purpose,
    /// The console is in VM READ.
    reading: bool,
    /// Lines typed for what is being read.
    answers: VecDeque<Vec<u8>>,
    /// What CHARIN and its like have taken of typed lines and not yet given.
    typed_chars: VecDeque<u8>,
    input_ended: bool,
    /// The last line typed had no line end.
    unended: bool,
    attention: bool,
    immediate: Vec<Action>,
    /// The command behind PROFILE EXEC when the first line was one.
    first_line: Option<Vec<u8>>,
    /// The processor time that was used when the command began.
    started: i64,
    last_rc: i32,
    returns: Returns,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.returns.alive(&self.cms.info.user, false);
    }
}

impl NativeSystem for Session {
    fn run(&mut self, cp: &mut CpPort<'_>) -> NativeExit {
        self.slice(cp)
    }

    fn input(&mut self, line: Vec<u8>) {
        let at_once = !self.reading || self.attention;
        self.attention = false;
        if at_once && let Some(row) = immediate::find(&line) {
            self.immediate.push(row.action);
        } else if at_once && self.cms.immediates.call(&line) {
            // The pipeline that has set the command up sees it.
        } else if self.reading && self.answers.is_empty() {
            self.answers.push_back(line);
        } else {
            self.cms.stack.type_ahead(line);
        }
    }

    /// The next line is taken as an immediate command even when a program is reading.
    fn attention(&mut self) {
        self.attention = true;
    }
}

impl Session {
    /// A session that has just been IPLed.
    pub fn new(info: &NativeInfo, minidisks: &[Minidisk], purpose: Purpose) -> Session {
        Session {
            cms: State::new(info.clone(), minidisks),
            frames: Vec::new(),
            phase: Phase::Start,
            purpose,
            reading: false,
            answers: VecDeque::new(),
            typed_chars: VecDeque::new(),
            input_ended: false,
            unended: false,
            attention: false,
            immediate: Vec::new(),
            first_line: None,
            started: 0,
            last_rc: 0,
            returns: Returns::default(),
        }
    }

    /// Whom to tell what commands returned.
    pub fn tell(&mut self, returns: Returns) {
        self.returns = returns;
        self.returns.alive(&self.cms.info.user, true);
    }

    /// The return code of the last command.
    pub fn last_rc(&self) -> i32 {
        self.last_rc
    }

    /// The session's state.
    pub fn state(&mut self) -> &mut State {
        &mut self.cms
    }

    /// No more lines will be typed.
    pub fn end_input(&mut self) {
        self.input_ended = true;
    }

    /// No more lines will be typed, and the last one has no line end.
    pub fn end_input_within_line(&mut self) {
        self.input_ended = true;
        self.unended = true;
    }

    /// Runs for a slice.
    pub fn slice(&mut self, port: &mut dyn Port) -> NativeExit {
        for _ in 0..STEPS {
            if self.phase == Phase::Start {
                self.begin(port);
            }
            self.act_at_once(port);
            let step = match self.frames.pop() {
                Some(Frame::Program(program)) => self.step_program(port, program),
                Some(Frame::Pipe(piping)) => self.step_pipe(port, piping),
                // A stage program goes back to its pipeline; it is on top only while something runs for it.
                Some(Frame::Stage(..)) => Step::Go,
                None => self.step_prompt(port),
            };
            if self.cms.gone {
                self.frames.clear();
                return NativeExit::Gone;
            }
            if let Step::Stop(exit) = step {
                return exit;
            }
            if std::mem::take(&mut self.cms.asked_cp) && !port.may_run() {
                return NativeExit::Budget;
            }
        }
        NativeExit::Budget
    }

    fn begin(&mut self, port: &mut dyn Port) {
        if self.purpose == Purpose::Single {
            self.phase = Phase::Ready;
            return;
        }
        let minidisks = port.minidisks();
        self.cms.access_at_ipl(&minidisks);
        self.cms.say(port, level::IPL_LINE);
        self.phase = Phase::FirstInput;
        let parm = self.cms.info.parm.to_ascii_uppercase();
        if parm.split(|&c| c == b' ').any(|w| w == b"AUTOCR") {
            self.answers.push_back(Vec::new());
        }
    }

    /// Does the immediate commands that were typed.
    fn act_at_once(&mut self, port: &mut dyn Port) {
        for action in std::mem::take(&mut self.immediate) {
            match action {
                Action::Abandon => self.abandon(port),
                Action::HaltTyping => self.cms.settings.typing = Typing::Halted,
                Action::ResumeTyping => self.cms.settings.typing = Typing::Resumed,
                Action::Interrupt(what) => {
                    let vms = self.frames.iter_mut().filter_map(Frame::vm);
                    vms.for_each(|vm| vm.interrupt(what));
                    self.cms.parcels.interrupt(what);
                }
                Action::NoTracing => {}
            }
        }
    }

    /// HX: everything that runs is gone, and what was stacked with it.
    fn abandon(&mut self, port: &mut dyn Port) {
        if self.frames.is_empty() {
            return;
        }
        self.frames.clear();
        self.reading = false;
        self.cms.drop_captures();
        self.cms.catching_cp = 0;
        self.cms.in_storage.abend();
        self.cms.stack = Stack::default();
        self.cms.settings.typing = Typing::Resumed;
        self.first_line = None;
        self.cms.csl.abandon();
        self.close_files(port);
        self.cms.say(port, b"CMS");
    }

    fn close_files(&mut self, port: &mut dyn Port) {
        let fault = self.cms.open.flush(&self.cms.files);
        if let Some(message) = fault {
            self.cms.report(port, &message);
        }
        self.cms.open.finis(b"*", b"*", b"*");
        if let Some((e, fileid)) = self.cms.csl.close_all(&self.cms.files) {
            let message = dms::DMSEIO105S.with(&[e.to_string().as_bytes(), &fileid]);
            self.cms.report(port, &message);
        }
        self.close_streams(port);
    }

    /// Takes the line that is being read; `None` when it was not typed yet.
    fn take_answer(&mut self) -> Option<Vec<u8>> {
        let line = self.answers.pop_front()?;
        self.reading = false;
        Some(line)
    }

    /// Runs one program without a system; the session's purpose is [`Purpose::Single`].
    pub fn push_program(&mut self, text: &[u8], name: &[u8], source: &[u8], args: &[u8]) {
        let program = rexx::compile(text, self.cms.settings.level);
        let args = if args.is_empty() {
            Vec::new()
        } else {
            vec![Some(Value::from_bytes(args))]
        };
        let running = self.cms.start(Start {
            program,
            name: name.to_vec(),
            source: source.to_vec(),
            address: b"CMS",
            kind: CallKind::Command,
            args,
        });
        self.frames.push(Frame::Program(Box::new(running)));
    }

    /// Runs one pipeline without a system.
    pub fn push_pipe(&mut self, port: &mut dyn Port, spec: &[u8]) {
        let begun = self.pipe(port, spec);
        self.take_up(port, begun);
    }
}
