//! Commands: the search, the rows, CP, and the programs and pipelines that commands begin.

use std::collections::VecDeque;

use super::{Begun, Session};
use crate::base::msg::dms;
use crate::cms::commands::{Call, Origin, ToCp, Verdict};
use crate::cms::fileid;
use crate::cms::files::Found;
use crate::cms::frame::{Catching, Ended, Frame, Piping, Running};
use crate::cms::pipehost::PipeHost;
use crate::cms::port::Port;
use crate::cms::search::{self, Meaning};
use crate::cms::state::{Start, Switch};
use crate::pipe::{CommandReply, Pipeline};
use crate::rexx::{CallKind, Value};

/// Nobody knows a command that a program issued.
pub(super) const UNKNOWN: i32 = -3;

/// Nobody knows a command that was typed.
const UNKNOWN_TYPED: i32 = -1;

/// The return code for an EXEC in a language that is not there.
const NOT_REXX: i32 = 88;

impl Session {
    /// Runs a command, or begins the program that it is.
    pub(super) fn command(&mut self, port: &mut dyn Port, line: &[u8], origin: Origin) -> Begun {
        let (word, rest) = search::split(line);
        if word.is_empty() {
            // A null command from a program: nothing to look up.
            return Begun::Rc(if origin == Origin::Command {
                UNKNOWN
            } else {
                0
            });
        }
        match search::resolve(&self.cms, word, origin) {
            Meaning::Exec(found) => {
                let (rest, called) = (rest.to_vec(), word.to_vec());
                self.exec(port, &found, &rest, &called, origin)
            }
            Meaning::Command(row) => {
                if row.name != "EXECIO" {
                    self.flush(port);
                }
                let program = self.frames.iter_mut().rev().find_map(Frame::vm);
                let mut call = Call {
                    cms: &mut self.cms,
                    port,
                    program,
                    origin,
                    line,
                    text: rest,
                };
                let verdict = (row.run)(&mut call);
                if std::mem::take(&mut self.cms.stop_pipes) {
                    let pipes = self.frames.iter_mut().filter_map(|f| match f {
                        Frame::Pipe(piping) => Some(&mut piping.pipeline),
                        _ => None,
                    });
                    pipes.for_each(Pipeline::stop_waiting);
                }
                self.done(port, verdict, origin)
            }
            Meaning::Cp => self.cp(port, ToCp::Implied, line, origin),
            Meaning::Unknown => Begun::Rc(self.unknown(port, origin)),
        }
    }

    pub(super) fn flush(&mut self, port: &mut dyn Port) {
        if self.cms.open.has_written()
            && let Some(message) = self.cms.open.flush(&self.cms.files)
        {
            self.cms.report(port, &message);
        }
    }

    pub(super) fn done(&mut self, port: &mut dyn Port, verdict: Verdict, origin: Origin) -> Begun {
        match verdict {
            Verdict::Rc(rc) => Begun::Rc(rc),
            Verdict::Cp(how, text) => self.cp(port, how, &text, origin),
            Verdict::Again(line) => self.command(port, &line, Origin::Cms),
            Verdict::Exec {
                found,
                args,
                called,
            } => self.exec(port, &found, &args, &called, origin),
            Verdict::Pipe(spec) => self.pipe(port, &spec),
        }
    }

    /// Passes a command to CP. Its response goes to the console past CMS, so that no stage catches it and
    /// CMSTYPE HT does not hide it; the stage `cp` is there to catch it.
    pub(super) fn cp(
        &mut self,
        port: &mut dyn Port,
        how: ToCp,
        text: &[u8],
        origin: Origin,
    ) -> Begun {
        let reply = self.cms.cp(port, text);
        if how == ToCp::Implied && reply.rc == 1 {
            return Begun::Rc(self.unknown(port, origin));
        }
        if !self.cms.gone {
            for line in &reply.response {
                match self.cms.catching_cp {
                    0 => port.write(line),
                    _ => self.cms.say(port, line),
                }
            }
        }
        Begun::Rc(reply.rc)
    }

    pub(super) fn unknown(&mut self, port: &mut dyn Port, origin: Origin) -> i32 {
        if origin != Origin::Console {
            return UNKNOWN;
        }
        let text: &[u8] = match self.cms.settings.impcp {
            Switch::On => b"Unknown CP/CMS command",
            Switch::Off => b"Unknown CMS command",
        };
        self.cms.say(port, text);
        UNKNOWN_TYPED
    }

    /// Begins an EXEC that was called as a command.
    pub(super) fn exec(
        &mut self,
        port: &mut dyn Port,
        found: &Found,
        args: &[u8],
        called: &[u8],
        _origin: Origin,
    ) -> Begun {
        let args = if args.is_empty() {
            Vec::new()
        } else {
            vec![Some(Value::from_bytes(args))]
        };
        match self.program(port, found, called, CallKind::Command, args) {
            Ok(running) => Begun::Frame(Frame::Program(Box::new(running))),
            Err(rc) => Begun::Rc(rc),
        }
    }

    /// Makes a program of a file.
    pub(super) fn program(
        &mut self,
        port: &mut dyn Port,
        found: &Found,
        called: &[u8],
        kind: CallKind,
        args: Vec<Option<Value>>,
    ) -> Result<Running, i32> {
        let text = match found.entry.content() {
            Ok(text) => text,
            Err(e) => {
                let why = e.to_string();
                let message = dms::DMSEXC104S.with(&[why.as_bytes(), &found.fileid()]);
                self.cms.report(port, &message);
                return Err(100);
            }
        };
        if !is_rexx(&text) {
            let message = dms::DMSEXC255E.with(&[&found.fileid()]);
            self.cms.report(port, &message);
            return Err(NOT_REXX);
        }
        let start = Start {
            source: source_text(found, kind, called),
            program: self.cms.compile(&found.fileid(), text),
            name: found.entry.name.to_string().into_bytes(),
            address: b"CMS",
            kind,
            args,
        };
        Ok(self.cms.start(start))
    }

    /// Begins a pipeline.
    pub(super) fn pipe(&mut self, port: &mut dyn Port, spec: &[u8]) -> Begun {
        let mut host = PipeHost {
            cms: &mut self.cms,
            port,
            below: &mut self.frames,
        };
        let built = Pipeline::new(spec, &mut host);
        let outermost = self.frames.is_empty();
        let watcher = self.cms.watcher.as_ref().filter(|_| outermost);
        let counts = watcher.is_some_and(|w| w.counts());
        match built {
            Ok(mut pipeline) => {
                if counts {
                    pipeline.watch();
                }
                Begun::Frame(Frame::Pipe(Box::new(Piping {
                    pipeline,
                    ticket: None,
                    reads: VecDeque::new(),
                    catching: Catching::Yes,
                    passed: 0,
                    outermost,
                })))
            }
            Err(rc) => Begun::Rc(rc),
        }
    }

    /// Takes up what a command has begun.
    pub(super) fn take_up(&mut self, port: &mut dyn Port, begun: Begun) {
        match begun {
            Begun::Rc(rc) => self.answer(port, Ended::Command(rc)),
            Begun::Frame(frame) => self.frames.push(frame),
        }
    }

    /// Gives the end of a command or routine to whoever waits for it: the topmost frame, or the prompt.
    pub(super) fn answer(&mut self, port: &mut dyn Port, ended: Ended) {
        let redirected = match self.frames.last_mut() {
            Some(Frame::Program(program) | Frame::Stage(program, _)) => program.redirected.take(),
            _ => None,
        };
        if let Some(redirected) = redirected {
            let kept = self.redirect_done(port, *redirected);
            if let Some(Frame::Program(program) | Frame::Stage(program, _)) = self.frames.last_mut()
            {
                program.kept = Some(Box::new(kept));
            }
        }
        if let Some(Frame::Stage(..)) = self.frames.last() {
            return self.answer_stage(ended);
        }
        match self.frames.last_mut() {
            Some(Frame::Program(program)) => program.answer(ended),
            Some(Frame::Pipe(piping)) => {
                let response = match piping.catching {
                    Catching::Yes => self.cms.captured(),
                    Catching::No => Vec::new(),
                };
                if let Some(ticket) = piping.ticket.take() {
                    let rc = ended.rc();
                    piping.pipeline.reply(ticket, CommandReply { rc, response });
                }
            }
            _ => self.ready(port, ended.rc()),
        }
    }

    /// Hands a stage program back to its pipeline with the answer.
    fn answer_stage(&mut self, ended: Ended) {
        let Some(Frame::Stage(mut running, number)) = self.frames.pop() else {
            return;
        };
        let rc = ended.rc();
        running.answer(ended);
        self.hand_back(running, number, rc);
    }
}

/// Whether a file is a REXX program: its first line begins with a comment, or names an interpreter.
fn is_rexx(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    text.starts_with(b"/*") || text.starts_with(b"#!")
}

/// The text of PARSE SOURCE for an EXEC.
fn source_text(found: &Found, kind: CallKind, called: &[u8]) -> Vec<u8> {
    let kind = match kind {
        CallKind::Command => "COMMAND",
        CallKind::Function => "FUNCTION",
        CallKind::Subroutine => "SUBROUTINE",
    };
    // The mode of a program in storage has no number.
    let number = if found.letter == search::IN_STORAGE {
        ""
    } else {
        "1"
    };
    let letter = char::from(found.letter);
    let mut text = format!("CMS {kind} {} {letter}{number} ", found.entry.name).into_bytes();
    text.extend_from_slice(fileid::token(called));
    text.extend_from_slice(b" CMS");
    text
}
