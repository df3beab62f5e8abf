//! A stage's side of the dispatcher: what an `async fn` that is a stage may ask for.

mod drive;
mod output;
mod subroutine;
mod variables;

use std::cell::{RefCell, RefMut};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use super::args::Fault;
use super::filter::{Filter, Finder};
use super::host::{CommandKind, CommandReply, Host, Socket, StageProgram};
use super::kernel::{Answer, EofReport, HostCall, Kernel, NodeId, Request, Spent, Wait};
use super::program::SharedRunner;
use crate::base::msg::fpl;
use crate::base::{Message, Record};

pub(super) use drive::drive;
pub use variables::Variables;

/// Why a stage stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// End of file, forward or backward (RC 12): the stage ends with return code 0.
    Eof,
    /// The stage ends with this return code; what there is to say was said.
    Rc(i32),
}

/// How much of a record TRACE shows.
const TRACED: usize = 60;

/// How a stage ends.
pub type End = Result<(), Stop>;

/// The end of a stage that has a return code of its own.
///
/// # Errors
/// [`Stop::Rc`] when that is not 0.
pub fn end_with(rc: i32) -> End {
    match rc {
        0 => Ok(()),
        rc => Err(Stop::Rc(rc)),
    }
}

/// A stage that runs.
pub type Task = Pin<Box<dyn Future<Output = End>>>;

/// What a stage does.
pub enum Body {
    /// A plain function over its records.
    Filter(Box<dyn Filter>),
    /// An `async fn` over its streams.
    Task(Box<dyn FnOnce(Stage) -> Task>),
    /// A program of the host's, such as a REXX stage.
    Program(Box<dyn StageProgram>),
}

impl Body {
    /// A filter.
    pub fn filter(filter: impl Filter + 'static) -> Body {
        Body::Filter(Box::new(filter))
    }

    /// An `async` stage.
    pub fn task<F: Future<Output = End> + 'static>(f: impl FnOnce(Stage) -> F + 'static) -> Body {
        Body::Task(Box::new(move |stage| Box::pin(f(stage))))
    }
}

/// A stage's handle on the dispatcher.
#[derive(Clone)]
pub struct Stage {
    pub(super) kernel: Rc<RefCell<Kernel>>,
    pub(super) id: NodeId,
    /// Whether what it does is traced (TRACE).
    pub(super) traced: bool,
}

impl Stage {
    pub(super) fn waits(&self, wait: Wait) {
        if let Some(node) = self.kernel.borrow_mut().nodes.get_mut(self.id) {
            node.wait = wait;
        }
    }

    /// Waits for a record on an input stream and shows it; it stays there (PEEKTO).
    ///
    /// # Errors
    /// [`Stop::Eof`] when no record will come.
    pub async fn peekto(&self, port: usize) -> Result<Record, Stop> {
        self.trace(|| vec![fpl::FPLDSP034I.with(&[b"PEEKTO"])]);
        poll_fn(|_| {
            let mut kernel = self.kernel.borrow_mut();
            let found = kernel.look(self.id, port).transpose();
            self.found_or_waits(kernel, port, found)
        })
        .await
    }

    /// What a read found, or the wait for it.
    #[inline]
    fn found_or_waits(
        &self,
        mut kernel: RefMut<'_, Kernel>,
        port: usize,
        found: Option<Result<Record, Stop>>,
    ) -> Poll<Result<Record, Stop>> {
        let Some(found) = found else {
            if let Some(node) = kernel.nodes.get_mut(self.id) {
                node.wait = Wait::Input(port);
            }
            return Poll::Pending;
        };
        drop(kernel);
        self.trace_end(&found);
        Poll::Ready(found)
    }

    /// [`Stage::peekto`] for a stage that has something left to do at end of file (`None`).
    ///
    /// # Errors
    /// [`Stop::Rc`] alone.
    pub async fn next(&self, port: usize) -> Result<Option<Record>, Stop> {
        match self.peekto(port).await {
            Err(Stop::Eof) => Ok(None),
            other => other.map(Some),
        }
    }

    /// Waits for a record on an input stream and consumes it (READTO).
    ///
    /// # Errors
    /// [`Stop::Eof`] when no record will come.
    pub async fn readto(&self, port: usize) -> Result<Record, Stop> {
        self.trace(|| vec![fpl::FPLDSP033I.with(&[b"0"])]);
        poll_fn(|_| {
            let mut kernel = self.kernel.borrow_mut();
            let found = match kernel.look(self.id, port).transpose() {
                Some(Ok(_)) => kernel.consume(self.id, port).map(Ok),
                other => other,
            };
            self.found_or_waits(kernel, port, found)
        })
        .await
    }

    /// Waits for a record on any input stream; gives the stream whose record came first.
    ///
    /// # Errors
    /// [`Stop::Eof`] when all input streams are at end of file.
    pub async fn any_input(&self) -> Result<usize, Stop> {
        self.any_input_by(|kernel| kernel.look_any(self.id)).await
    }

    /// Waits until `look` gives a stream or an end.
    async fn any_input_by(
        &self,
        look: impl Fn(&mut Kernel) -> Result<Option<usize>, Stop>,
    ) -> Result<usize, Stop> {
        poll_fn(|_| {
            let found = look(&mut self.kernel.borrow_mut());
            if found == Ok(None) {
                self.waits(Wait::AnyInput);
            }
            found.transpose().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    /// Opens a wormhole for reading: what is written to its name comes in on new streams.
    pub fn warp_open(&self, name: &[u8]) {
        self.kernel.borrow_mut().warp_open(self.id, name);
    }

    /// [`Stage::any_input`] for a stage that reads from a wormhole: it waits even when nobody writes now.
    ///
    /// # Errors
    /// [`Stop::Eof`] when there is nobody left who could write, or the outputs are gone.
    pub async fn any_input_of_warp(&self) -> Result<usize, Stop> {
        self.any_input_by(|kernel| match kernel.look_any(self.id) {
            Err(Stop::Eof) if kernel.warp_is_open(self.id) && !kernel.eof_reported(self.id) => {
                Ok(None)
            }
            other => other,
        })
        .await
    }

    /// The names of the wormholes that are read, the oldest first.
    pub fn warps(&self) -> Vec<Vec<u8>> {
        let kernel = self.kernel.borrow();
        kernel.warps.iter().map(|w| w.name.clone()).collect()
    }

    /// Connects this stage to the readers of a wormhole that it is not connected to; `seen` are those it is or
    /// was connected to. Gives the numbers of the new output streams.
    pub fn warp_connect(&self, name: &[u8], seen: &mut Vec<u64>) -> Vec<usize> {
        let mut kernel = self.kernel.borrow_mut();
        let readers = kernel.warps.iter().filter(|w| w.name == name);
        let fresh: Vec<u64> = readers
            .map(|w| w.serial)
            .filter(|s| !seen.contains(s))
            .collect();
        let mut ports = Vec::new();
        for serial in fresh {
            seen.push(serial);
            ports.extend(kernel.warp_link(self.id, serial));
        }
        ports
    }

    /// [`Stage::any_input`] that ends with one of the streams.
    ///
    /// # Errors
    /// [`Stop::Eof`] when that stream is at end of file and no record stands on another.
    pub async fn any_input_while(&self, port: usize) -> Result<usize, Stop> {
        self.any_input_by(|kernel| match kernel.look_any(self.id) {
            Ok(None) => kernel.look(self.id, port).map(|_| None),
            other => other,
        })
        .await
    }

    /// Whether a record stands on an input stream now.
    pub fn has_record(&self, port: usize) -> bool {
        let found = self.kernel.borrow_mut().look(self.id, port);
        matches!(found, Ok(Some(_)))
    }

    /// The lowest input stream that has a record now.
    pub fn lowest_ready(&self) -> Option<usize> {
        let kernel = self.kernel.borrow();
        let node = kernel.nodes.get(self.id)?;
        node.inputs.iter().position(|p| {
            let link = p.link.and_then(|l| kernel.links.get(l));
            link.is_some_and(|l| l.record.is_some())
        })
    }

    /// Whether the stage is traced, and whether its pipeline commands are listed (TRACE, LISTCMD).
    pub(super) fn lists(&self) -> (bool, bool) {
        let kernel = self.kernel.borrow();
        let options = kernel.nodes.get(self.id).map(|n| n.options.clone());
        options.map_or((false, false), |o| (o.trace, o.listcmd))
    }

    /// Tells what the stage asks of the dispatcher, when it is traced.
    fn trace(&self, messages: impl FnOnce() -> Vec<Message>) {
        if self.traced {
            messages().into_iter().for_each(|m| self.message(m));
        }
    }

    fn trace_end<T>(&self, result: &Result<T, Stop>) {
        self.trace(|| {
            let rc = match result {
                Ok(_) => 0,
                Err(Stop::Eof) => 12,
                Err(Stop::Rc(rc)) => *rc,
            };
            vec![fpl::FPLDSP031I.with(&[rc.to_string().as_bytes()])]
        });
    }

    /// Runs the stage's program on.
    pub(super) async fn advance(&self, runner: &SharedRunner) {
        let mut asked = false;
        poll_fn(|_| {
            if asked {
                return Poll::Ready(());
            }
            asked = true;
            self.kernel.borrow_mut().host_call = Some(HostCall::Program(runner.clone()));
            self.waits(Wait::Host);
            Poll::Pending
        })
        .await;
    }

    /// The worst return code of the stages of this pipeline that have ended.
    pub(super) fn aggregate_rc(&self) -> i32 {
        let kernel = self.kernel.borrow();
        let set = kernel
            .nodes
            .get(self.id)
            .and_then(|n| kernel.sets.get(n.set));
        set.map_or(0, |s| s.rc)
    }

    /// Passes records from an input stream to an output stream until either is at end of file.
    ///
    /// # Errors
    /// [`Stop::Rc`] when the pipeline stalls.
    pub async fn short(&self, input: usize, output: usize) -> Result<(), Stop> {
        while let Some(record) = self.next(input).await? {
            match self.output(output, record).await {
                Err(Stop::Eof) => return Ok(()),
                other => other?,
            }
            self.readto(input).await?;
        }
        Ok(())
    }

    /// Consumes the records of an input stream as long as `takes` takes them; gives the first that it does
    /// not take, which stays there, or none at end of file.
    ///
    /// # Errors
    /// [`Stop::Rc`] when the pipeline stalls.
    pub async fn read_while(
        &self,
        port: usize,
        mut takes: impl FnMut(&Record) -> bool,
    ) -> Result<Option<Record>, Stop> {
        if self.traced {
            return self.next(port).await;
        }
        poll_fn(|_| {
            let mut kernel = self.kernel.borrow_mut();
            loop {
                match kernel.look(self.id, port) {
                    Ok(Some(record)) if !takes(&record) => return Poll::Ready(Ok(Some(record))),
                    Ok(Some(_)) => {
                        kernel.consume(self.id, port);
                    }
                    Ok(None) => {
                        drop(kernel);
                        self.waits(Wait::Input(port));
                        return Poll::Pending;
                    }
                    Err(Stop::Eof) => return Poll::Ready(Ok(None)),
                    Err(stop) => return Poll::Ready(Err(stop)),
                }
            }
        })
        .await
    }

    /// Leaves what is left to do to a filter, once the stage itself ends.
    ///
    /// # Errors
    /// None: it is how the stage ends.
    pub fn go_on_as(&self, filter: impl Filter + 'static) -> End {
        if let Some(node) = self.kernel.borrow_mut().nodes.get_mut(self.id) {
            node.body = Some(Body::filter(filter));
        }
        Ok(())
    }

    /// The text that a record for an output stream must hold to be of any use.
    pub fn sought(&self, port: usize) -> Option<Rc<Finder>> {
        self.kernel.borrow().sought(self.id, port)
    }

    /// Counts a step that takes a while.
    pub async fn spend(&self) {
        let mut spent = false;
        poll_fn(|_| {
            if spent || self.kernel.borrow_mut().spend(self.id) == Spent::Within {
                return Poll::Ready(());
            }
            spent = true;
            Poll::Pending
        })
        .await;
    }

    /// Says when reads end because of the output streams.
    pub fn eof_report(&self, eof: EofReport) {
        if let Some(node) = self.kernel.borrow_mut().nodes.get_mut(self.id) {
            node.eof = eof;
        }
    }

    /// The number of streams that are defined on each side.
    pub fn streams(&self) -> (usize, usize) {
        let kernel = self.kernel.borrow();
        let node = kernel.nodes.get(self.id);
        node.map_or((0, 0), |n| (n.inputs.len(), n.outputs.len()))
    }

    /// Whether an input stream has a producer, or a record that is still to be read.
    pub fn has_input(&self, port: usize) -> bool {
        !self.kernel.borrow().input_ended(self.id, port)
    }

    /// Whether an output stream has a consumer.
    pub fn has_output(&self, port: usize) -> bool {
        self.kernel.borrow().output_connected(self.id, port)
    }

    /// Whether any output stream has a consumer.
    pub fn has_any_output(&self) -> bool {
        !self.kernel.borrow().outputs_gone(self.id)
    }

    /// The number of a stream given by number or identifier.
    pub(super) fn find_stream(
        &self,
        direction: super::spec::Direction,
        stream: &[u8],
    ) -> Option<usize> {
        self.kernel.borrow().find_stream(self.id, direction, stream)
    }

    /// Leaves an input stream; its producer sees end of file.
    pub fn sever_input(&self, port: usize) {
        self.kernel.borrow_mut().sever_input(self.id, port);
    }

    /// Leaves an output stream; its consumer sees end of file.
    pub fn sever_output(&self, port: usize) {
        self.kernel.borrow_mut().sever_output(self.id, port);
    }

    /// Waits until all stages have come to a commit level.
    ///
    /// # Errors
    /// [`Stop::Eof`] when a stage has failed by then: this one should give up.
    pub async fn commit(&self, level: i32) -> Result<(), Stop> {
        match self.commit_rc(level).await {
            0 => Ok(()),
            _ => Err(Stop::Eof),
        }
    }

    /// Waits for a commit level; gives the aggregate return code.
    pub(super) async fn commit_rc(&self, level: i32) -> i32 {
        let mut asked = false;
        poll_fn(|_| {
            if !asked {
                asked = true;
                self.kernel.borrow_mut().commit(self.id, level);
            }
            self.take_rc()
        })
        .await
    }

    fn take_rc(&self) -> Poll<i32> {
        let mut kernel = self.kernel.borrow_mut();
        match kernel.nodes.get_mut(self.id) {
            Some(node) => node.rc_answer.take().map_or(Poll::Pending, Poll::Ready),
            None => Poll::Ready(0),
        }
    }

    /// Does something with the host.
    pub async fn host<R: 'static>(&self, f: impl FnOnce(&mut dyn Host) -> R + 'static) -> R {
        let slot = Rc::new(RefCell::new(None));
        let mut call = Some((f, slot.clone()));
        poll_fn(move |_| {
            if let Some((f, slot)) = call.take() {
                let mut kernel = self.kernel.borrow_mut();
                kernel.host_call = Some(HostCall::Once(Box::new(move |host| {
                    *slot.borrow_mut() = Some(f(host));
                })));
                drop(kernel);
                self.waits(Wait::Host);
                return Poll::Pending;
            }
            slot.borrow_mut().take().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    /// Lets the other stages that are ready run first (SUSPEND).
    pub(super) async fn suspend(&self) {
        let mut suspended = false;
        poll_fn(|_| {
            if suspended {
                return Poll::Ready(());
            }
            suspended = true;
            let mut kernel = self.kernel.borrow_mut();
            if let Some(node) = kernel.nodes.get_mut(self.id) {
                node.wait = Wait::Ready;
            }
            kernel.ready.push_back(self.id);
            Poll::Pending
        })
        .await;
    }

    async fn ask(&self, request: impl FnOnce(u32) -> Request) -> Answer {
        let ticket = self.kernel.borrow_mut().ticket();
        let request = request(ticket);
        self.kernel.borrow_mut().requests.push_back(request);
        self.waits(Wait::Ticket(ticket));
        poll_fn(|_| {
            let mut kernel = self.kernel.borrow_mut();
            let answer = kernel.nodes.get_mut(self.id).and_then(|n| n.answer.take());
            drop(kernel);
            match answer {
                Some(answer) => Poll::Ready(answer),
                None if self.stopped().is_err() => Poll::Ready(Answer::Line(None)),
                None => {
                    self.waits(Wait::Ticket(ticket));
                    Poll::Pending
                }
            }
        })
        .await
    }

    /// Has a command run.
    pub async fn command(&self, kind: CommandKind, text: Vec<u8>) -> CommandReply {
        match self.ask(|t| Request::Command(t, kind, text)).await {
            Answer::Command(reply) => reply,
            Answer::Line(_) => CommandReply::default(),
        }
    }

    /// Reads a line from the terminal; `None` at end of input.
    pub async fn read_console(&self) -> Option<Vec<u8>> {
        match self.ask(Request::Console).await {
            Answer::Line(line) => line,
            Answer::Command(_) => None,
        }
    }

    /// Waits until a time, in microseconds since 1970.
    ///
    /// # Errors
    /// [`Stop::Eof`] when PIPESTOP says not to wait.
    pub async fn wait_until(&self, micros: i64) -> Result<(), Stop> {
        let mut waiting = false;
        poll_fn(|_| {
            if waiting {
                return Poll::Ready(self.stopped());
            }
            waiting = true;
            self.waits(Wait::Until(micros));
            Poll::Pending
        })
        .await
    }

    /// The stage waits for external events, now and then: it is told to wait no longer even while it has a
    /// record to write.
    pub fn awaits_events(&self) {
        if let Some(node) = self.kernel.borrow_mut().nodes.get_mut(self.id) {
            node.eventful = true;
        }
    }

    /// Waits for a record on an input stream, but no longer than until a time in microseconds since 1970;
    /// `None` when there is none yet: the caller looks at the clock.
    ///
    /// # Errors
    /// [`Stop::Eof`] when no record will come.
    pub async fn peekto_until(&self, port: usize, micros: i64) -> Result<Option<Record>, Stop> {
        let mut waited = false;
        poll_fn(|_| {
            let found = self.kernel.borrow_mut().look(self.id, port);
            match found {
                Ok(None) if !waited => {
                    waited = true;
                    self.waits(Wait::Timed(port, micros));
                    Poll::Pending
                }
                other => Poll::Ready(self.stopped().and(other)),
            }
        })
        .await
    }

    /// Whether PIPESTOP has told this stage to wait no longer.
    pub fn stopped(&self) -> Result<(), Stop> {
        let kernel = self.kernel.borrow();
        match kernel.nodes.get(self.id).is_some_and(|n| n.stopped) {
            true => Err(Stop::Eof),
            false => Ok(()),
        }
    }

    /// Leaves a connection for another stage; gives its number.
    pub fn park(&self, socket: Box<dyn Socket>) -> usize {
        self.kernel.borrow_mut().parked.add(socket)
    }

    /// Takes a connection that was left.
    pub fn unpark(&self, number: usize) -> Option<Box<dyn Socket>> {
        self.kernel.borrow_mut().parked.remove(number)
    }

    /// Tells the stages that wait for an external event to wait no longer.
    pub fn stop_waiting(&self) {
        self.kernel.borrow_mut().stop_waiting();
    }

    /// What each stage is doing.
    pub fn states(&self) -> Vec<String> {
        self.kernel.borrow().states()
    }

    /// Issues a message with the follow-ups that say where it comes from.
    pub fn message(&self, message: Message) {
        self.kernel.borrow_mut().report(self.id, message);
    }

    /// Issues a message and gives the return code to end with.
    pub fn fail(&self, fault: impl Into<Fault>) -> Stop {
        let fault = fault.into();
        let rc = fault.rc();
        self.message(fault.message);
        Stop::Rc(rc)
    }

    /// The message level in force (MSGLEVEL).
    pub fn msglevel(&self) -> u32 {
        let kernel = self.kernel.borrow();
        let node = kernel.nodes.get(self.id);
        node.map_or(0, |n| n.options.msglevel)
    }

    /// The numbers of the latest messages, the oldest first.
    pub fn issued(&self) -> Vec<i32> {
        self.kernel.borrow().issued.iter().copied().collect()
    }
}
