//! Stage programs (REXX stages) and the pipeline commands they issue
//! (*User's Guide and Reference*, chapter "Pipeline commands").
//!
//! A program runs as long as what it asks for is there, within one call of the host; only what must wait
//! (a record that has not come, a subroutine, a commit) goes through the dispatcher.

mod quick;
mod scan;
mod verbs;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use self::verbs::Verb;
use super::args;
use super::host::{
    CommandKind, Host, NamedValues, Names, StageProgram, StageReply, StageRequest, VarError,
};
use super::kernel::Wait;
use super::stage::{End, Stage, Stop};
use crate::base::msg::fpl;
use crate::base::record::Builder;
use crate::base::{Message, Record};

/// A program that its stage, and stages of its subroutines, all reach.
pub(super) type SharedProgram = Rc<RefCell<Box<dyn StageProgram>>>;

/// The programs of a stage, as the dispatcher calls them.
pub(super) type SharedRunner = Rc<RefCell<Runner>>;

/// The return code of a command that is none of the pipeline commands; there is no message for it.
const UNKNOWN: i32 = -7;

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

/// What a program waits for that other stages do. It goes on by itself once they have.
#[derive(Clone, Copy)]
enum Awaits {
    /// A record; where in the command the name of the variable begins.
    Record(Keep, usize),
    /// A record that GETRANGE looks at; where in the command its operands begin.
    Part(usize),
    /// That the record is consumed that it wrote.
    Consumer,
}

/// What a program waits for.
enum Want {
    /// For level 0, before the command begins.
    Begin,
    /// For a command that the dispatcher does.
    Verb(Verb, Vec<u8>),
    /// For what its owner does.
    Command(u32),
    Console,
    Done(i32),
}

/// What became of a command.
enum Begun {
    Rc(i32),
    /// It waits: the runner says what for.
    Waits,
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
    /// The command in hand; OUTPUT makes its record of it.
    command: Builder,
    /// The command has waited for its commit level and begins now.
    again: bool,
    awaits: Option<Awaits>,
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
            // It can go on, or the budget was used up.
            None => continue,
            Some(Want::Done(rc)) => return rc,
            Some(Want::Command(number)) => {
                let kind = CommandKind::Program(number);
                StageReply::Command(stage.command(kind, Vec::new()).await)
            }
            Some(Want::Console) => StageReply::Line(stage.read_console().await),
            Some(Want::Begin) => match stage.commit_rc(0).await {
                0 => {
                    runner.borrow_mut().again = true;
                    continue;
                }
                rc => StageReply::Rc(rc),
            },
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
            runner.command.line().clear();
            runner.command.line().extend_from_slice(text);
            runner.again = true;
            runner.stage.clone()
        };
        run_on(&stage, &self.runner).await;
        self.rc.get()
    }
}

/// The program of a stage that is none: it has no variables, and ends when its command is done.
struct Issuer(Rc<Cell<i32>>);

impl StageProgram for Issuer {
    fn resume(&mut self, reply: StageReply, _: &mut dyn Host, _: &mut Vec<u8>) -> StageRequest {
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

fn rc_of(stop: Stop) -> i32 {
    match stop {
        Stop::Eof => 12,
        Stop::Rc(rc) => rc,
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
            command: Builder::default(),
            again: false,
            awaits: None,
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

    /// Whether it waits for what other stages do.
    pub(super) fn is_waiting(&self) -> bool {
        self.awaits.is_some()
    }

    /// Runs the program until it wants something that must be waited for.
    pub(super) fn advance(&mut self, host: &mut dyn Host) {
        if self.stage.kernel.borrow().overflow.is_some() {
            return;
        }
        let mut request = match self.awaits {
            Some(awaits) => match self.come(awaits) {
                Some(rc) => {
                    self.awaits = None;
                    self.trace_rc(rc);
                    super::run::tell(&self.stage.kernel, host);
                    self.go_on(rc, host)
                }
                None => return,
            },
            None if std::mem::take(&mut self.again) => StageRequest::Pipe,
            None => match std::mem::replace(&mut self.reply, StageReply::Rc(0)) {
                StageReply::Rc(rc) => self.go_on(rc, host),
                reply => self.resume(reply, host),
            },
        };
        loop {
            // The return code to go on with; `None` begins a program.
            let rc = match request {
                StageRequest::Pipe => match self.begin(host) {
                    Begun::Rc(rc) => Some(rc),
                    Begun::Program => None,
                    Begun::Waits => return,
                },
                StageRequest::Done(rc) if self.programs.len() > 1 => {
                    self.programs.pop();
                    self.shares();
                    Some(rc)
                }
                StageRequest::Done(rc) => return self.want = Some(Want::Done(rc)),
                StageRequest::Command(number) => return self.want = Some(Want::Command(number)),
                StageRequest::ReadConsole => return self.want = Some(Want::Console),
            };
            if let Some(rc) = rc {
                self.trace_rc(rc);
            }
            // What the commands had to say comes before what the program says next.
            super::run::tell(&self.stage.kernel, host);
            let mut kernel = self.stage.kernel.borrow_mut();
            if kernel.left == 0 || !kernel.requests.is_empty() {
                drop(kernel);
                self.reply = rc.map_or(StageReply::Start, StageReply::Rc);
                return;
            }
            kernel.left -= 1;
            drop(kernel);
            request = match rc {
                Some(rc) => self.go_on(rc, host),
                None => self.resume(StageReply::Start, host),
            };
        }
    }

    /// Resumes the program with a return code.
    fn go_on(&mut self, rc: i32, host: &mut dyn Host) -> StageRequest {
        match self.programs.last() {
            Some(program) => program.borrow_mut().go_on(rc, host, self.command.line()),
            None => StageRequest::Done(0),
        }
    }

    /// Resumes the program with any answer.
    fn resume(&mut self, reply: StageReply, host: &mut dyn Host) -> StageRequest {
        match self.programs.last() {
            Some(program) => {
                let command = self.command.line();
                program.borrow_mut().resume(reply, host, command)
            }
            None => StageRequest::Done(0),
        }
    }

    /// The return code of what the program waited for, if that has come.
    fn come(&mut self, awaits: Awaits) -> Option<i32> {
        match awaits {
            Awaits::Record(keep, at) => self.try_read(keep, at),
            Awaits::Part(at) => self.try_part(at),
            Awaits::Consumer => {
                let delivered = self.stage.kernel.borrow_mut().deliver(self.stage.id);
                self.written(delivered)
            }
        }
    }

    fn waits(&mut self, want: Want) -> Begun {
        self.want = Some(want);
        Begun::Waits
    }

    fn awaits(&mut self, awaits: Awaits) -> Begun {
        self.awaits = Some(awaits);
        Begun::Waits
    }

    /// Begins the pipeline command in hand.
    fn begin(&mut self, host: &mut dyn Host) -> Begun {
        if self.implied.is_some()
            && let Some(begun) = self.imply()
        {
            return begun;
        }
        let text = self.command.text();
        let at = text.iter().position(|&b| b != b' ').unwrap_or(text.len());
        let length = text[at..].iter().position(|&b| b == b' ');
        let end = length.map_or(text.len(), |n| at + n);
        let verb = match at < end {
            true => verbs::find(&text[at..end]),
            false => None,
        };
        // One blank is between the command and its operands.
        let from = (end + 1).min(text.len());
        let looks = verb == Some(Verb::Getrange) && scan::looks(&text[from..]);
        if let Some(verb) = verb {
            if self.autocommit && (verb.transports() || looks) {
                self.autocommit = false;
                return self.waits(Want::Begin);
            }
            self.trace_command(verb);
        }
        match verb {
            Some(Verb::Output) => self.write(from),
            Some(Verb::Peekto) => self.begin_read(Keep::Yes, from),
            Some(Verb::Readto) => self.begin_read(Keep::No, from),
            Some(Verb::Getrange) if looks => match self.try_part(from) {
                Some(rc) => Begun::Rc(rc),
                None => self.awaits(Awaits::Part(from)),
            },
            verb => {
                let text = std::mem::take(self.command.line());
                let begun = self.begin_other(verb, &text, (at, end), host);
                *self.command.line() = text;
                begun
            }
        }
    }

    /// Begins a command that does not move a record; its first word, when that is a command's, and where
    /// the word is.
    fn begin_other(
        &mut self,
        verb: Option<Verb>,
        text: &[u8],
        (at, end): (usize, usize),
        host: &mut dyn Host,
    ) -> Begun {
        if at == end {
            return Begun::Rc(self.refuse(text, fpl::FPLSCA011E.with(&[])));
        }
        let Some(verb) = verb else {
            return Begun::Rc(UNKNOWN);
        };
        let rest = &text[(end + 1).min(text.len())..];
        match verb {
            Verb::Rexx => self.rexx(text, rest, host),
            Verb::Short => {
                let spec = format!("*.input.{}: | *.output.{}:", self.input_port(), self.output);
                self.waits(Want::Verb(Verb::Addpipe, spec.into_bytes()))
            }
            Verb::Commit if args::signed(args::trim(rest)).is_none() => {
                let message = fpl::FPLSCA058E.with(&[rest]);
                Begun::Rc(self.refuse(text, message))
            }
            Verb::Addpipe | Verb::Callpipe | Verb::Commit | Verb::Suspend => {
                self.waits(Want::Verb(verb, rest.to_vec()))
            }
            _ => Begun::Rc(self.quick(verb, text, rest)),
        }
    }

    /// In implied output, a command is a record.
    fn imply(&mut self) -> Option<Begun> {
        match self.implied.as_mut()? {
            Implied::Until(end) if end == self.command.text() => {
                self.implied = None;
                return Some(Begun::Rc(0));
            }
            Implied::Until(_) => {}
            Implied::Count(1) => self.implied = None,
            Implied::Count(left) => *left -= 1,
        }
        Some(self.write(0))
    }

    /// Writes a record: what stands in the command from a place on.
    fn write(&mut self, from: usize) -> Begun {
        let record = self.command.finish_from(from);
        self.stage.trace_output(self.output, &record);
        let mut kernel = self.stage.kernel.borrow_mut();
        let offered = kernel.offer(self.stage.id, self.output, record);
        drop(kernel);
        match self.written(offered) {
            Some(rc) => Begun::Rc(rc),
            None => self.awaits(Awaits::Consumer),
        }
    }

    /// The return code of OUTPUT: what the consumer gave with SETRC, when the record was consumed; `None`
    /// while it was not.
    fn written(&self, delivered: Result<Option<bool>, Stop>) -> Option<i32> {
        match delivered {
            Ok(None) => None,
            Ok(Some(false)) => Some(12),
            Ok(Some(true)) => {
                let kernel = self.stage.kernel.borrow();
                let node = kernel.nodes.get(self.stage.id);
                Some(node.map_or(0, |n| n.output_rc))
            }
            Err(stop) => Some(rc_of(stop)),
        }
    }

    fn begin_read(&mut self, keep: Keep, at: usize) -> Begun {
        match self.try_read(keep, at) {
            Some(rc) => Begun::Rc(rc),
            None => self.awaits(Awaits::Record(keep, at)),
        }
    }

    /// Reads a record, if there is one, or end of file; else waits for it. The name of the variable stands
    /// in the command from a place on.
    fn try_read(&mut self, keep: Keep, at: usize) -> Option<i32> {
        match self.try_look(keep)? {
            Ok(record) => Some(self.set_read(at, Some(&record))),
            Err(rc) => {
                self.set_read(at, None);
                Some(rc)
            }
        }
    }

    /// GETRANGE of the record that stands on the input, as [`Runner::try_read`].
    fn try_part(&mut self, at: usize) -> Option<i32> {
        let record = match self.try_look(Keep::Yes)? {
            Ok(record) => record,
            Err(rc) => return Some(rc),
        };
        let text = self.command.text();
        let part = self.getrange(&text[at..], Some(&record));
        Some(part.unwrap_or_else(|message| self.refuse(text, message)))
    }

    /// The next record, or the return code when there is none; `None` when one may come.
    #[inline]
    fn try_look(&mut self, keep: Keep) -> Option<Result<Record, i32>> {
        let id = self.stage.id;
        let kernel = self.stage.kernel.clone();
        let mut kernel = kernel.borrow_mut();
        let port = match self.input {
            Selected::Stream(n) => Ok(Some(n)),
            Selected::Any => kernel.look_any(id),
        };
        let found = match port {
            // A record is of no use any more, whether it is there already or not.
            Ok(Some(_)) if kernel.eof_reported(id) => Err(Stop::Eof),
            Ok(Some(port)) => {
                self.shown = port;
                kernel.look(id, port)
            }
            Ok(None) => Ok(None),
            Err(stop) => Err(stop),
        };
        let stop = match found {
            Ok(Some(record)) => {
                if keep == Keep::No {
                    kernel.consume(id, self.shown);
                }
                return Some(Ok(record));
            }
            Ok(None) => {
                if let Some(node) = kernel.nodes.get_mut(id) {
                    node.wait = match self.input {
                        Selected::Stream(n) => Wait::Input(n),
                        Selected::Any => Wait::AnyInput,
                    };
                }
                return None;
            }
            Err(stop) => stop,
        };
        // It may be the other streams that end the read.
        let others = match self.input {
            Selected::Stream(n) => !kernel.input_ended(id, n),
            Selected::Any => kernel.eof_reported(id),
        };
        Some(Err(match stop {
            Stop::Eof if others => 8,
            stop => rc_of(stop),
        }))
    }

    /// Sets or drops the variable of PEEKTO and READTO; gives the return code.
    fn set_read(&self, at: usize, record: Option<&[u8]>) -> i32 {
        let name = &self.command.text()[at..];
        match (self.set(name, record), record) {
            (Ok(()), _) | (_, None) => 0,
            (Err(message), _) => self.refuse(name, message),
        }
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
            .map_err(|_| fpl::FPLVAR235E.with(&[name]))
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

    fn trace_command(&self, verb: Verb) {
        if !self.lists_commands && !self.traces {
            return;
        }
        let text = self.command.text();
        self.stage.message(fpl::FPLDSP034I.with(&[text]));
        if self.traces && verb == Verb::Readto {
            self.stage.message(fpl::FPLDSP033I.with(&[b"0"]));
        }
    }

    #[inline]
    fn trace_rc(&self, rc: i32) {
        if self.traces {
            self.tell_rc(rc);
        }
    }

    #[cold]
    fn tell_rc(&self, rc: i32) {
        let message = fpl::FPLDSP031I.with(&[rc.to_string().as_bytes()]);
        self.stage.message(message);
    }
}
