//! The executor: polls the stages that are ready, in turn, on the caller's thread.
//!
//! Order is first ready, first run, so that the same specification on the same input does the same thing every
//! time. There is nothing here of threads, timers or input and output.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::Outcome;
use super::host::{CommandReply, Host};
use super::kernel::told::Item;
use super::kernel::{
    Answer, Fusion, HostCall, Kernel, Kind, NodeId, Request, Spent, StageView, Wait, worse,
};
use super::link::{self, Issuer};
use super::program::{self, SharedRunner};
use super::stage::{Body, End, Stage, Stop, Task, drive};
use super::structure::Structures;

/// How often a stall is answered before the stages that are left are dropped.
const STALLS: u32 = 100;

/// Gives the host what the stages have to say.
pub(super) fn tell(kernel: &RefCell<Kernel>, host: &mut dyn Host) {
    if kernel.borrow().emit.told.is_empty() {
        return;
    }
    while let Some(item) = {
        let mut kernel = kernel.borrow_mut();
        kernel.emit.told.next()
    } {
        match item {
            Item::Message(message) => host.message(&message),
            Item::Lines(said) => {
                for line in said.lines() {
                    host.say(line);
                }
                kernel.borrow_mut().emit.told.heard(said);
            }
        }
    }
}

/// What to do next.
enum Next {
    /// There is something to be told.
    Tell,
    /// The pipeline ends at once with this return code.
    Over(i32),
    /// There is something to be asked.
    Ask(Request),
    Stage(NodeId),
    /// There is a stage that is ready, but the budget is used up.
    Later,
    Nothing,
}

/// One PIPE command: its stages, streams and state.
pub struct Pipeline {
    kernel: Rc<RefCell<Kernel>>,
    tasks: Vec<Option<Job>>,
}

/// A stage that was begun.
struct Job {
    task: Task,
    /// The programs of the stage, while they wait for other stages and the task for them.
    program: Option<SharedRunner>,
}

impl Pipeline {
    /// Scans a specification (the operand of the PIPE command) and builds its stages.
    ///
    /// # Errors
    /// The return code, minus the number of the worst message; the messages were given to the host and
    /// nothing was run.
    pub fn new(spec: &[u8], host: &mut dyn Host) -> Result<Pipeline, i32> {
        Pipeline::with_fusion(spec, host, Fusion::On)
    }

    /// [`Pipeline::new`], choosing whether stages are fused.
    ///
    /// # Errors
    /// As [`Pipeline::new`].
    pub fn with_fusion(spec: &[u8], host: &mut dyn Host, fusion: Fusion) -> Result<Pipeline, i32> {
        let structures = Structures::of(host.structures());
        let built = link::build(spec, Issuer::Command, &structures, host)?;
        let mut kernel = Kernel::default();
        kernel.structures = structures;
        kernel.fusion = fusion;
        if let Err(message) = kernel.add(built, Kind::Main) {
            host.message(&message);
            return Err(-message.number());
        }
        Ok(Pipeline {
            kernel: Rc::new(RefCell::new(kernel)),
            tasks: Vec::new(),
        })
    }

    /// Runs until the pipeline is done or needs something, or has passed about `budget` records from stage to
    /// stage. What it does is the same whatever the budgets are.
    pub fn run(&mut self, host: &mut dyn Host, budget: u64) -> Outcome {
        self.kernel.borrow_mut().left = budget.max(1);
        self.wake_timers(host);
        loop {
            match self.next() {
                Next::Tell => {
                    self.tell(host);
                    continue;
                }
                Next::Over(rc) => return self.give_up(rc),
                Next::Ask(Request::Command(ticket, kind, text)) => {
                    return Outcome::Command { ticket, kind, text };
                }
                Next::Ask(Request::Console(ticket)) => return Outcome::ReadConsole { ticket },
                Next::Stage(id) => {
                    self.step(id, host);
                    // Only now: a stage must come a step further, however small the budget.
                    let mut kernel = self.kernel.borrow_mut();
                    kernel.left = kernel.left.saturating_sub(1);
                    continue;
                }
                Next::Later => return Outcome::Budget,
                Next::Nothing => {}
            }
            if let Some(outcome) = self.idle() {
                self.tell(host);
                return outcome;
            }
        }
    }

    /// Answers an [`Outcome::Command`].
    pub fn reply(&mut self, ticket: u32, reply: CommandReply) {
        self.answer(ticket, Answer::Command(reply));
    }

    /// Answers an [`Outcome::ReadConsole`]; `None` is end of input.
    pub fn reply_line(&mut self, ticket: u32, line: Option<Vec<u8>>) {
        self.answer(ticket, Answer::Line(line));
    }

    fn answer(&mut self, ticket: u32, answer: Answer) {
        let mut kernel = self.kernel.borrow_mut();
        let waiting = kernel.nodes.ids().find(|&id| {
            let wait = kernel.nodes.get(id).map(|n| n.wait);
            wait == Some(Wait::Ticket(ticket))
        });
        let Some(id) = waiting else { return };
        if let Some(node) = kernel.nodes.get_mut(id) {
            node.answer = Some(answer);
        }
        kernel.wake(id);
    }

    fn next(&mut self) -> Next {
        let mut kernel = self.kernel.borrow_mut();
        if !kernel.emit.told.is_empty() {
            return Next::Tell;
        }
        if let Some(rc) = kernel.overflow {
            return Next::Over(rc);
        }
        if let Some(request) = kernel.requests.pop_front() {
            return Next::Ask(request);
        }
        if kernel.left == 0 && !kernel.ready.is_empty() {
            return Next::Later;
        }
        kernel.ready.pop_front().map_or(Next::Nothing, Next::Stage)
    }

    fn tell(&mut self, host: &mut dyn Host) {
        tell(&self.kernel, host);
    }

    /// Tells the stages that wait for an external event to wait no longer (PIPMOD STOP).
    pub fn stop_waiting(&mut self) {
        self.kernel.borrow_mut().stop_waiting();
    }

    /// Counts what the stages do from now on.
    pub fn watch(&mut self) {
        self.kernel.borrow_mut().watch.get_or_insert_default();
    }

    /// What the stages do, and have done since [`Pipeline::watch`].
    pub fn stages(&self) -> Vec<StageView> {
        self.kernel.borrow().stages()
    }

    /// How many places for stages and links were ever needed at once, and how long the queue is.
    #[cfg(test)]
    pub(super) fn places(&self) -> usize {
        let kernel = self.kernel.borrow();
        kernel.nodes.places() + kernel.links.places() + kernel.ready.capacity() + self.tasks.len()
    }

    /// Runs one stage on.
    fn step(&mut self, id: NodeId, host: &mut dyn Host) {
        if self.tasks.len() <= id {
            self.tasks.resize_with(id + 1, || None);
        }
        let Some(mut job) = self.tasks[id].take().or_else(|| self.make(id)) else {
            return;
        };
        loop {
            let program = match job.program.take() {
                Some(program) => {
                    self.runs(id, Wait::Host);
                    program
                }
                None => match self.poll(id, &mut job.task) {
                    Poll::Ready(end) => {
                        drop(job);
                        return self.ended(id, end);
                    }
                    Poll::Pending => {
                        let call = self.kernel.borrow_mut().host_call.take();
                        self.tell(host);
                        match call {
                            Some(HostCall::Program(program)) => program,
                            Some(HostCall::Once(call)) => {
                                call(host);
                                if self.goes_on(id) {
                                    continue;
                                }
                                break;
                            }
                            None => break,
                        }
                    }
                },
            };
            let mut runner = program.borrow_mut();
            runner.advance(host);
            if runner.is_waiting() {
                drop(runner);
                job.program = Some(program);
                break;
            }
            drop(runner);
            if !self.goes_on(id) {
                break;
            }
        }
        self.tasks[id] = Some(job);
    }

    /// Notes that a stage runs.
    fn runs(&self, id: NodeId, wait: Wait) {
        if let Some(node) = self.kernel.borrow_mut().nodes.get_mut(id) {
            node.wait = wait;
        }
    }

    fn poll(&self, id: NodeId, task: &mut Task) -> Poll<End> {
        self.runs(id, Wait::Running);
        task.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }

    /// Whether a stage goes on at once after a call of the host. What the program did may have used up the
    /// budget; when the pipeline ends, it does nothing more.
    fn goes_on(&self, id: NodeId) -> bool {
        let mut kernel = self.kernel.borrow_mut();
        let later = kernel.overflow.is_some()
            || kernel.nodes.get(id).is_some_and(|n| n.wait == Wait::Ready);
        !later && kernel.spend(id) == Spent::Within
    }

    /// A stage has ended.
    fn ended(&self, id: NodeId, end: End) {
        let rc = match end {
            Ok(()) | Err(Stop::Eof) => 0,
            Err(Stop::Rc(rc)) => rc,
        };
        let mut kernel = self.kernel.borrow_mut();
        if rc != 0 || !kernel.goes_on(id) {
            kernel.end(id, rc);
        }
    }

    fn make(&mut self, id: NodeId) -> Option<Job> {
        let (body, begun, traced) = {
            let mut kernel = self.kernel.borrow_mut();
            let node = kernel.nodes.get_mut(id)?;
            (node.body.take()?, node.begun, node.options.trace)
        };
        let stage = Stage {
            kernel: self.kernel.clone(),
            id,
            traced,
        };
        Some(Job {
            task: match body {
                Body::Filter(filter) => Box::pin(drive(filter, stage, begun)),
                Body::Task(make) => make(stage),
                Body::Program(program) => Box::pin(program::run(program, stage)),
            },
            program: None,
        })
    }

    fn wake_timers(&mut self, host: &mut dyn Host) {
        let mut kernel = self.kernel.borrow_mut();
        let timers: Vec<(NodeId, i64)> = kernel
            .nodes
            .ids()
            .filter_map(|id| match kernel.nodes.get(id)?.wait {
                Wait::Until(at) | Wait::Timed(_, at) => Some((id, at)),
                _ => None,
            })
            .collect();
        if timers.is_empty() {
            return;
        }
        let now = host.clock().micros();
        for (id, at) in timers {
            if at <= now {
                kernel.wake(id);
            }
        }
    }

    /// Nothing is ready: done, waiting for something outside, or stalled (`None`: go on).
    fn idle(&mut self) -> Option<Outcome> {
        let mut kernel = self.kernel.borrow_mut();
        if kernel.live_sets == 0 {
            return Some(Outcome::Done(kernel.rc));
        }
        let mut until: Option<i64> = None;
        let mut outside = false;
        for id in kernel.nodes.ids() {
            match kernel.nodes.get(id).map(|n| n.wait) {
                Some(Wait::Ticket(_)) => outside = true,
                Some(Wait::Until(at) | Wait::Timed(_, at)) => {
                    until = Some(until.map_or(at, |u| u.min(at)))
                }
                _ => {}
            }
        }
        if outside || until.is_some() {
            return Some(Outcome::Wait { until });
        }
        if kernel.close_idle_warps() {
            return None;
        }
        kernel.stall();
        if kernel.ready.is_empty() || kernel.stalls > STALLS {
            let rc = worse(kernel.rc, super::kernel::STALLED);
            drop(kernel);
            return Some(self.give_up(rc));
        }
        None
    }

    /// Ends the pipeline whatever its stages do.
    fn give_up(&mut self, rc: i32) -> Outcome {
        self.tasks.clear();
        let mut kernel = self.kernel.borrow_mut();
        kernel.rc = rc;
        kernel.ready.clear();
        kernel.live_sets = 0;
        Outcome::Done(rc)
    }
}
