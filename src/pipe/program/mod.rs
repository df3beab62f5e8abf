//! Stage programs (REXX stages) and the pipeline commands they issue
//! (*User's Guide and Reference*, chapter "Pipeline commands").
//!
//! A program runs as long as what it asks for is there, within one call of the host; only what must wait
//! (a record that has not come, a subroutine, a commit) goes through the dispatcher.

mod quick;
mod scan;
mod verbs;

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use self::verbs::Verb;
use super::args;
use super::host::{
    CommandKind, Host, NamedValues, Names, StageProgram, StageReply, StageRequest, VarError,
};
use super::kernel::Wait;
use super::stage::{End, Stage, Stop};
use crate::base::msg::fpl;
use crate::base::{Message, Record};

/// A program that its stage, and stages of its subroutines, all reach.
pub(super) type SharedProgram = Rc<RefCell<Box<dyn StageProgram>>>;

/// The programs of a stage, as the dispatcher calls them.
pub(super) type SharedRunner = Rc<RefCell<Runner>>;

/// What SELECT chose.
#[derive(Clone, Copy)]
enum Selected {
    Stream(usize),
    Any,
}

/// When implied output (BEGOUTPUT) ends.
enum Implied {
    /// After so many commands.
    Count(u64),
    /// With a command that is this; it is not written.
    Until(Vec<u8>),
}

/// Whether a read leaves the record.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Yes,
    No,
}

/// What a program waits for.
enum Want {
    /// For level 0, before this command begins.
    Begin(Vec<u8>),
    /// For a record; the name of the variable.
    Read(Keep, Vec<u8>),
    /// For the record to be consumed that it wrote.
    Written,
    /// For a command that the dispatcher does.
    Verb(Verb, Vec<u8>),
    /// For a command of another environment.
    Command(CommandKind, Vec<u8>),
    Console,
    Done(i32),
}

/// What became of a command.
enum Begun {
    Rc(i32),
    Wants(Want),
    /// A program was called.
    Program,
}

/// The programs of one stage: the one it is, and those that it called with REXX.
pub(super) struct Runner {
    stage: Stage,
    /// Each was called by the one before; the last runs.
    programs: Vec<SharedProgram>,
    input: Selected,
    /// The stream that the last PEEKTO of any input showed.
    shown: usize,
    output: usize,
    /// Whether the first input or output commits to level 0.
    autocommit: bool,
    implied: Option<Implied>,
    lists_commands: bool,
    traces: bool,
    reply: StageReply,
    /// The command that waited for its commit level.
    again: Option<Vec<u8>>,
    want: Option<Want>,
}

/// Runs a stage program.
pub(super) async fn run(program: Box<dyn StageProgram>, stage: Stage) -> End {
    let mut runner = Runner::new(stage.clone());
    runner.call(program);
    match run_on(&stage, &Rc::new(RefCell::new(runner))).await {
        0 => Ok(()),
        rc => Err(Stop::Rc(rc)),
    }
}

/// Runs the programs to their end; gives the return code.
async fn run_on(stage: &Stage, runner: &SharedRunner) -> i32 {
    loop {
        stage.advance(runner).await;
        let want = runner.borrow_mut().want.take();
        let reply = match want {
            // The budget was used up.
            None => continue,
            Some(Want::Done(rc)) => return rc,
            Some(Want::Command(kind, text)) => StageReply::Command(stage.command(kind, text).await),
            Some(Want::Console) => StageReply::Line(stage.read_console().await),
            Some(Want::Begin(text)) => match stage.commit_rc(0).await {
                0 => {
                    runner.borrow_mut().again = Some(text);
                    continue;
                }
                rc => StageReply::Rc(rc),
            },
            Some(Want::Read(keep, name)) => StageReply::Rc(read(runner, keep, &name).await),
            Some(Want::Written) => {
                let result = stage.written().await;
                StageReply::Rc(runner.borrow().written(result))
            }
            Some(Want::Verb(verb, rest)) => StageReply::Rc(wait_for(stage, verb, rest).await),
        };
        let mut runner = runner.borrow_mut();
        if let StageReply::Rc(rc) = reply {
            runner.trace_rc(rc);
        }
        runner.reply = reply;
    }
}

/// Pipeline commands that a built-in stage issues (PIPCMD).
pub(super) struct Commands {
    runner: SharedRunner,
    rc: Rc<Cell<i32>>,
}

impl Commands {
    /// Commands of a stage.
    pub fn of(stage: &Stage) -> Commands {
        let rc = Rc::new(Cell::new(0));
        let issuer: Box<dyn StageProgram> = Box::new(Issuer(rc.clone()));
        let mut runner = Runner::new(stage.clone());
        runner.autocommit = false;
        runner.programs.push(Rc::new(RefCell::new(issuer)));
        Commands {
            runner: Rc::new(RefCell::new(runner)),
            rc,
        }
    }

    /// Issues a command; gives its return code.
    pub async fn issue(&mut self, text: &[u8]) -> i32 {
        let stage = {
            let mut runner = self.runner.borrow_mut();
            runner.again = Some(text.to_vec());
            runner.stage.clone()
        };
        run_on(&stage, &self.runner).await;
        self.rc.get()
    }
}

/// The program of a stage that is none: it has no variables, and ends when its command is done.
struct Issuer(Rc<Cell<i32>>);

impl StageProgram for Issuer {
    fn resume(&mut self, reply: StageReply, _: &mut dyn Host) -> StageRequest {
        if let StageReply::Rc(rc) = reply {
            self.0.set(rc);
        }
        StageRequest::Done(0)
    }
    fn get_variable(&mut self, _: Names, _: &[u8]) -> Result<Option<Vec<u8>>, VarError> {
        Ok(None)
    }
    fn set_variable(&mut self, _: Names, _: &[u8], _: Option<&[u8]>) -> Result<(), VarError> {
        Ok(())
    }
    fn variables(&mut self) -> NamedValues {
        Vec::new()
    }
    fn source(&self) -> Vec<u8> {
        Vec::new()
    }
}

async fn read(runner: &SharedRunner, keep: Keep, name: &[u8]) -> i32 {
    poll_fn(|_| {
        let mut runner = runner.borrow_mut();
        match runner.try_read(keep, name) {
            Some(rc) => Poll::Ready(rc),
            None => {
                runner.stage.waits(match runner.input {
                    Selected::Stream(n) => Wait::Input(n),
                    Selected::Any => Wait::AnyInput,
                });
                Poll::Pending
            }
        }
    })
    .await
}

async fn wait_for(stage: &Stage, verb: Verb, rest: Vec<u8>) -> i32 {
    match verb {
        Verb::Addpipe => stage.addpipe(rest).await,
        Verb::Callpipe => stage.callpipe(rest).await,
        Verb::Commit => {
            let level = args::signed(args::trim(&rest)).unwrap_or(0);
            let level = i32::try_from(level).unwrap_or(i32::MAX);
            match stage.commit_rc(level).await {
                0 => stage.aggregate_rc(),
                rc => rc,
            }
        }
        Verb::Suspend => {
            stage.suspend().await;
            0
        }
        _ => 0,
    }
}

fn rc_of(result: Result<(), Stop>) -> i32 {
    match result {
        Ok(()) => 0,
        Err(Stop::Eof) => 12,
        Err(Stop::Rc(rc)) => rc,
    }
}

impl Runner {
    fn new(stage: Stage) -> Runner {
        let (traces, lists_commands) = stage.lists();
        Runner {
            stage,
            programs: Vec::new(),
            input: Selected::Stream(0),
            shown: 0,
            output: 0,
            autocommit: true,
            implied: None,
            lists_commands,
            traces,
            reply: StageReply::Start,
            again: None,
            want: None,
        }
    }

    /// Begins a program: its variables are those of the stage.
    fn call(&mut self, program: Box<dyn StageProgram>) {
        self.programs.push(Rc::new(RefCell::new(program)));
        self.shares();
    }

    /// The variables of the stage are those of the program that runs.
    fn shares(&self) {
        if let Some(node) = self.stage.kernel.borrow_mut().nodes.get_mut(self.stage.id) {
            node.program = self.programs.last().cloned();
        }
    }

    /// Runs the program until it wants something that must be waited for.
    pub(super) fn advance(&mut self, host: &mut dyn Host) {
        if self.stage.kernel.borrow().overflow.is_some() {
            return;
        }
        let mut reply = std::mem::replace(&mut self.reply, StageReply::Rc(0));
        loop {
            let request = match self.again.take() {
                Some(text) => StageRequest::Pipe(text),
                None => match self.programs.last() {
                    Some(program) => program.borrow_mut().resume(reply, host),
                    None => StageRequest::Done(0),
                },
            };
            reply = match request {
                StageRequest::Pipe(text) => match self.begin(text, host) {
                    Begun::Rc(rc) => {
                        self.trace_rc(rc);
                        StageReply::Rc(rc)
                    }
                    Begun::Program => StageReply::Start,
                    Begun::Wants(want) => {
                        self.want = Some(want);
                        return;
                    }
                },
                StageRequest::Done(rc) if self.programs.len() > 1 => {
                    self.programs.pop();
                    self.shares();
                    self.trace_rc(rc);
                    StageReply::Rc(rc)
                }
                StageRequest::Done(rc) => return self.want = Some(Want::Done(rc)),
                StageRequest::Command(kind, text) => {
                    self.want = Some(Want::Command(kind, text));
                    return;
                }
                StageRequest::ReadConsole => return self.want = Some(Want::Console),
            };
            // What the commands had to say comes before what the program says next.
            super::run::tell(&self.stage.kernel, host);
            let mut kernel = self.stage.kernel.borrow_mut();
            if kernel.left == 0 || !kernel.requests.is_empty() {
                drop(kernel);
                self.reply = reply;
                return;
            }
            kernel.left -= 1;
        }
    }

    /// Begins one pipeline command.
    fn begin(&mut self, text: Vec<u8>, host: &mut dyn Host) -> Begun {
        if let Some(begun) = self.imply(&text) {
            return begun;
        }
        let at = text.iter().position(|&b| b != b' ').unwrap_or(text.len());
        let length = text[at..].iter().position(|&b| b == b' ');
        let end = length.map_or(text.len(), |n| at + n);
        if at == end {
            return Begun::Rc(self.refuse(&text, fpl::FPLSCA190E.with(&[])));
        }
        let Some(verb) = verbs::find(&text[at..end]) else {
            let message = fpl::FPLPCM212E.with(&[&text[at..end]]);
            return Begun::Rc(self.refuse(&text, message));
        };
        if self.autocommit && verb.transports() {
            self.autocommit = false;
            return Begun::Wants(Want::Begin(text));
        }
        self.trace_command(verb, &text);
        // One blank is between the command and its operands.
        let from = (end + 1).min(text.len());
        match verb {
            Verb::Output => self.write(text, from),
            Verb::Peekto => self.begin_read(Keep::Yes, &text[from..]),
            Verb::Readto => self.begin_read(Keep::No, &text[from..]),
            Verb::Rexx => self.rexx(&text, &text[from..], host),
            Verb::Short => {
                let spec = format!("*.input.{}: | *.output.{}:", self.input_port(), self.output);
                Begun::Wants(Want::Verb(Verb::Addpipe, spec.into_bytes()))
            }
            Verb::Commit if args::signed(args::trim(&text[from..])).is_none() => {
                let message = fpl::FPLSCA058E.with(&[&text[from..]]);
                Begun::Rc(self.refuse(&text, message))
            }
            Verb::Addpipe | Verb::Callpipe | Verb::Commit | Verb::Suspend => {
                Begun::Wants(Want::Verb(verb, text[from..].to_vec()))
            }
            _ => Begun::Rc(self.quick(verb, &text, &text[from..])),
        }
    }

    /// In implied output, a command is a record.
    fn imply(&mut self, text: &[u8]) -> Option<Begun> {
        match self.implied.as_mut()? {
            Implied::Until(end) if end == text => {
                self.implied = None;
                return Some(Begun::Rc(0));
            }
            Implied::Until(_) => {}
            Implied::Count(1) => self.implied = None,
            Implied::Count(left) => *left -= 1,
        }
        Some(self.write(text.to_vec(), 0))
    }

    /// Writes a record: what stands from a place on.
    fn write(&mut self, text: Vec<u8>, from: usize) -> Begun {
        let length = text.len() - from;
        let record = Record::from(text).slice(from, length);
        self.stage.trace_output(self.output, &record);
        let mut kernel = self.stage.kernel.borrow_mut();
        let offered = kernel.offer(self.stage.id, self.output, record);
        drop(kernel);
        let result = match offered {
            Ok(None) => return Begun::Wants(Want::Written),
            Ok(Some(true)) => Ok(()),
            Ok(Some(false)) => Err(Stop::Eof),
            Err(stop) => Err(stop),
        };
        Begun::Rc(self.written(result))
    }

    /// The return code of OUTPUT: what the consumer gave with SETRC, when the record was consumed.
    fn written(&self, result: Result<(), Stop>) -> i32 {
        match rc_of(result) {
            0 => {
                let kernel = self.stage.kernel.borrow();
                let node = kernel.nodes.get(self.stage.id);
                node.map_or(0, |n| n.output_rc)
            }
            rc => rc,
        }
    }

    fn begin_read(&mut self, keep: Keep, name: &[u8]) -> Begun {
        match self.try_read(keep, name) {
            Some(rc) => Begun::Rc(rc),
            None => Begun::Wants(Want::Read(keep, name.to_vec())),
        }
    }

    /// Reads a record, if there is one, or end of file.
    fn try_read(&mut self, keep: Keep, name: &[u8]) -> Option<i32> {
        let id = self.stage.id;
        let kernel = self.stage.kernel.clone();
        let mut kernel = kernel.borrow_mut();
        let port = match self.input {
            Selected::Stream(n) => Ok(n),
            Selected::Any => kernel.look_any(id).transpose()?,
        };
        let found = match port {
            // A record is of no use any more, whether it is there already or not.
            Ok(_) if kernel.eof_reported(id) => Err(Stop::Eof),
            Ok(port) => {
                self.shown = port;
                kernel.look(id, port).transpose()?
            }
            Err(stop) => Err(stop),
        };
        if keep == Keep::No && found.is_ok() {
            kernel.consume(id, self.shown);
        }
        let over = match (&found, self.input) {
            // It is the other streams that end the read.
            (Err(Stop::Eof), Selected::Stream(n)) if !kernel.input_ended(id, n) => 8,
            (Err(Stop::Eof), Selected::Any) if kernel.eof_reported(id) => 8,
            _ => 12,
        };
        drop(kernel);
        Some(match found {
            Ok(record) => match self.set(name, Some(&record)) {
                Ok(()) => 0,
                Err(message) => self.refuse(name, message),
            },
            Err(stop) => {
                let _ = self.set(name, None);
                match stop {
                    Stop::Eof => over,
                    Stop::Rc(rc) => rc,
                }
            }
        })
    }

    /// Sets or drops a variable of the program; no name is no variable.
    fn set(&self, name: &[u8], value: Option<&[u8]>) -> Result<(), Message> {
        let name = args::trim(name);
        let (false, Some(program)) = (name.is_empty(), self.programs.last()) else {
            return Ok(());
        };
        let mut program = program.borrow_mut();
        program
            .set_variable(Names::Symbolic, name, value)
            .map_err(|_| fpl::FPLVAR231E.with(&[name]))
    }

    /// Calls a program that has this stage's streams.
    fn rexx(&mut self, text: &[u8], rest: &[u8], host: &mut dyn Host) -> Begun {
        let rest = args::trim_left(rest);
        let length = rest.iter().position(|&b| b == b' ').unwrap_or(rest.len());
        let (name, operands) = rest.split_at(length);
        if name.is_empty() {
            return Begun::Rc(self.refuse(text, fpl::FPLSCA042E.with(&[])));
        }
        let operands = operands.strip_prefix(b" ").unwrap_or(operands);
        match host.find_stage(name, operands) {
            Some(program) => {
                self.call(program);
                Begun::Program
            }
            None => {
                let name = name.to_ascii_uppercase();
                Begun::Rc(self.refuse(text, fpl::FPLSCA027E.with(&[&name])))
            }
        }
    }

    fn input_port(&self) -> usize {
        match self.input {
            Selected::Stream(n) => n,
            Selected::Any => self.shown,
        }
    }

    /// Issues a message about a pipeline command; gives the return code.
    fn refuse(&self, text: &[u8], message: Message) -> i32 {
        let rc = -message.number();
        let mut all = vec![message];
        if self.stage.msglevel() & 2 != 0 {
            all.push(fpl::FPLSCA002I.with(&[text]));
        }
        let mut kernel = self.stage.kernel.borrow_mut();
        kernel.tell(self.stage.id, all);
        rc
    }

    fn trace_command(&self, verb: Verb, text: &[u8]) {
        if !self.lists_commands && !self.traces {
            return;
        }
        self.stage.message(fpl::FPLDSP034I.with(&[text]));
        if self.traces && verb == Verb::Readto {
            self.stage.message(fpl::FPLDSP033I.with(&[b"0"]));
        }
    }

    fn trace_rc(&self, rc: i32) {
        if self.traces {
            let message = fpl::FPLDSP031I.with(&[rc.to_string().as_bytes()]);
            self.stage.message(message);
        }
    }
}
