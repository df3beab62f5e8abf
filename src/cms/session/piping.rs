//! A pipeline's turn: the commands and console lines it asks for.

use super::command::UNKNOWN;
use super::{Session, Step};
use crate::base::msg::dms;
use crate::cms::commands::Origin;
use crate::cms::frame::{Catching, Ended, Frame, Pending, Piping, Running};
use crate::cms::pipehost::PipeHost;
use crate::cms::port::Port;
use crate::cms::stack::Order;
use crate::cms::stage::Parcel;
use crate::cms::watch::Progress;
use crate::cp::NativeExit;
use crate::pipe::{self, CommandKind, CommandReply, Outcome};
use crate::rexx::Exit;

/// The return code when storage is exhausted.
const NO_STORAGE: i32 = 104;

/// Records that a pipeline passes from stage to stage before CMS looks up.
const BUDGET: u64 = 20_000;

impl Session {
    pub(super) fn step_pipe(&mut self, port: &mut dyn Port, mut piping: Box<Piping>) -> Step {
        if let Some(&ticket) = piping.reads.front() {
            let line = self.take_answer().or_else(|| self.cms.stack.take_typed());
            if line.is_some() || self.console_ended() {
                piping.reads.pop_front();
                piping.pipeline.reply_line(ticket, line);
            }
        }
        let mut host = PipeHost {
            cms: &mut self.cms,
            port,
            below: &mut self.frames,
        };
        let outcome = piping.pipeline.run(&mut host, BUDGET);
        piping.passed += BUDGET;
        self.show_progress(&piping, &outcome);
        if outcome == Outcome::Budget && self.cms.storage.is_exhausted() {
            // Nothing of the pipeline is left that could write what it has.
            drop(piping);
            self.cms.report(port, &dms::DMSPIP109S.with(&[]));
            self.answer(port, Ended::Command(NO_STORAGE));
            return Step::Go;
        }
        self.pipe_wants(port, piping, outcome)
    }

    /// Shows whoever watches how far a pipeline is.
    fn show_progress(&mut self, piping: &Piping, outcome: &Outcome) {
        let Some(watcher) = self.cms.watcher.as_mut().filter(|_| piping.outermost) else {
            return;
        };
        let ended = match outcome {
            Outcome::Done(rc) => Some(*rc),
            _ => None,
        };
        let said = self.cms.said;
        watcher.look(&Progress::new(&piping.pipeline, piping.passed, said, ended));
    }

    pub(super) fn pipe_wants(
        &mut self,
        port: &mut dyn Port,
        mut piping: Box<Piping>,
        outcome: Outcome,
    ) -> Step {
        match outcome {
            Outcome::Done(rc) => {
                drop(piping);
                self.answer(port, Ended::Command(rc));
                Step::Go
            }
            Outcome::Command { ticket, kind, text } => {
                self.pipe_command(port, piping, ticket, &kind, &text)
            }
            Outcome::ReadConsole { ticket } => {
                piping.reads.push_back(ticket);
                self.frames.push(Frame::Pipe(piping));
                Step::Go
            }
            Outcome::Budget => {
                self.frames.push(Frame::Pipe(piping));
                Step::Stop(NativeExit::Budget)
            }
            Outcome::Wait { until } => {
                let reads = !piping.reads.is_empty();
                self.reading |= reads;
                self.frames.push(Frame::Pipe(piping));
                Step::Stop(match until {
                    Some(until_micros) => NativeExit::Sleep { until_micros },
                    None if reads => NativeExit::ReadConsole,
                    None => NativeExit::Budget,
                })
            }
        }
    }

    pub(super) fn pipe_command(
        &mut self,
        port: &mut dyn Port,
        mut piping: Box<Piping>,
        ticket: u32,
        kind: &CommandKind,
        text: &[u8],
    ) -> Step {
        let origin = match kind {
            CommandKind::Cms => Origin::Cms,
            CommandKind::Command => Origin::Command,
            CommandKind::Cp => {
                let reply = self.cms.cp(port, text);
                let response = reply.response.into_iter().map(Into::into).collect();
                let rc = reply.rc;
                piping.pipeline.reply(ticket, CommandReply { rc, response });
                self.frames.push(Frame::Pipe(piping));
                return Step::Go;
            }
            CommandKind::Program(number) => {
                piping.ticket = Some(ticket);
                piping.catching = Catching::No;
                self.frames.push(Frame::Pipe(piping));
                return self.stage_wants(port, *number);
            }
            // No subcommand environment but CMS's own two can be reached from a pipeline.
            CommandKind::Subcom(_) => {
                let reply = CommandReply {
                    rc: UNKNOWN,
                    response: Vec::new(),
                };
                piping.pipeline.reply(ticket, reply);
                self.frames.push(Frame::Pipe(piping));
                return Step::Go;
            }
        };
        piping.ticket = Some(ticket);
        piping.catching = Catching::Yes;
        self.frames.push(Frame::Pipe(piping));
        self.cms.capture();
        let begun = self.command(port, text, origin);
        self.take_up(port, begun);
        Step::Go
    }

    /// What a stage program wants of the session. Its pipeline is the topmost frame.
    fn stage_wants(&mut self, port: &mut dyn Port, number: u32) -> Step {
        let Some(Parcel { mut running, exit }) = self.cms.parcels.take(number) else {
            return Step::Go;
        };
        if let Exit::Stream { name, ask } = exit {
            self.stream(port, &mut running, &name, ask);
            // A stage that waits for characters of the console has its lines by READTO and CONSOLE.
            running.pending = Pending::Nothing;
            self.hand_back(running, number, 0);
            return Step::Go;
        }
        running.note_charged();
        let (env, text) = running.vm.asked();
        let (env, text) = (env.to_vec(), text.to_vec());
        self.frames.push(Frame::Stage(running, number));
        self.count_storage();
        match exit {
            Exit::Command(io) => self.program_command(port, &env, &text, io),
            Exit::Call {
                name, kind, args, ..
            } => self.call(port, &name, kind, args),
            // Out of fuel: time to look up.
            _ => {
                self.answer(port, Ended::Command(0));
                return Step::Stop(NativeExit::Budget);
            }
        }
        Step::Go
    }
}

impl Session {
    /// Hands a stage program back to its pipeline, the topmost frame, with what it is to be told.
    pub(super) fn hand_back(&mut self, running: Box<Running>, number: u32, rc: i32) {
        let parcel = Parcel {
            running,
            exit: Exit::Fuel,
        };
        self.cms.parcels.put_back(number, parcel);
        if let Some(Frame::Pipe(piping)) = self.frames.last_mut()
            && let Some(ticket) = piping.ticket.take()
        {
            let response = Vec::new();
            piping.pipeline.reply(ticket, CommandReply { rc, response });
        }
    }
}

impl From<pipe::Order> for Order {
    fn from(order: pipe::Order) -> Order {
        match order {
            pipe::Order::Fifo => Order::Fifo,
            pipe::Order::Lifo => Order::Lifo,
        }
    }
}
