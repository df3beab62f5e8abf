//! Stage programs (REXX stages) and the pipeline commands they issue
//! (*User's Guide and Reference*, chapter "Pipeline commands").

use std::cell::RefCell;
use std::rc::Rc;

use super::args::{self, Args};
use super::host::{Host, NamedValues, Names, StageProgram, StageReply, StageRequest, VarError};
use super::kernel::EofReport;
use super::spec::{self, Direction};
use super::stage::{End, Stage, Stop};
use super::stages::{self, Lookup};
use crate::base::msg::fpl;
use crate::base::{Message, Record, abbrev};

/// A program that its stage, and stages of its subroutines, all reach.
pub(super) type SharedProgram = Rc<RefCell<Box<dyn StageProgram>>>;

/// What SELECT chose.
#[derive(Clone, Copy)]
enum Selected {
    Stream(usize),
    Any,
}

struct Runner {
    stage: Stage,
    program: SharedProgram,
    input: Selected,
    /// The stream that the last PEEKTO of any input showed.
    shown: usize,
    output: usize,
    /// Whether the first input or output commits to level 0.
    autocommit: bool,
}

/// The program of a stage that is none: it has no variables.
struct Nobody;

impl StageProgram for Nobody {
    fn resume(&mut self, _: StageReply, _: &mut dyn Host) -> StageRequest {
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

/// Pipeline commands that a built-in stage issues (PIPCMD).
pub(super) struct Commands(Runner);

impl Commands {
    /// Commands of a stage.
    pub fn of(stage: &Stage) -> Commands {
        let program: Box<dyn StageProgram> = Box::new(Nobody);
        Commands(Runner {
            stage: stage.clone(),
            program: Rc::new(RefCell::new(program)),
            input: Selected::Stream(0),
            shown: 0,
            output: 0,
            autocommit: false,
        })
    }

    /// Issues a command; gives its return code.
    pub async fn issue(&mut self, text: &[u8]) -> i32 {
        self.0.command(text).await
    }
}

/// Runs a stage program.
pub(super) async fn run(program: Box<dyn StageProgram>, stage: Stage) -> End {
    let program: SharedProgram = Rc::new(RefCell::new(program));
    if let Some(node) = stage.kernel.borrow_mut().nodes.get_mut(stage.id) {
        node.program = Some(program.clone());
    }
    let mut runner = Runner {
        stage: stage.clone(),
        program: program.clone(),
        input: Selected::Stream(0),
        shown: 0,
        output: 0,
        autocommit: true,
    };
    let mut reply = StageReply::Start;
    loop {
        let p = program.clone();
        let request = stage
            .host(move |host| p.borrow_mut().resume(reply, host))
            .await;
        reply = match request {
            StageRequest::Done(0) => return Ok(()),
            StageRequest::Done(rc) => return Err(Stop::Rc(rc)),
            StageRequest::Pipe(text) => StageReply::Rc(runner.command(&text).await),
            StageRequest::Command(kind, text) => {
                StageReply::Command(stage.command(kind, text).await)
            }
            StageRequest::ReadConsole => StageReply::Line(stage.read_console().await),
        };
    }
}

/// The pipeline commands.
#[derive(Clone, Copy)]
enum Verb {
    /// A command of CMS Pipelines that is not built in.
    Absent,
    Addpipe,
    Addstream,
    Callpipe,
    Commit,
    Eofreport,
    Maxstream,
    Message,
    Nocommit,
    Output,
    Peekto,
    Readto,
    Resolve,
    Select,
    Setrc,
    Sever,
    Short,
    Stagenum,
    Streamnum,
    Streamstate,
    Suspend,
}

const VERBS: &[(&str, Verb)] = &[
    ("ADDPipe", Verb::Addpipe),
    ("ADDSTREAm", Verb::Addstream),
    ("CALLpipe", Verb::Callpipe),
    ("COMMIT", Verb::Commit),
    ("EOFREPORT", Verb::Eofreport),
    ("BEGOUTPUT", Verb::Absent),
    ("GETRANGE", Verb::Absent),
    ("INSTORE", Verb::Absent),
    ("ISSUEMSG", Verb::Absent),
    ("SCANRANGE", Verb::Absent),
    ("SCANSTRING", Verb::Absent),
    ("REXX", Verb::Absent),
    ("MAXSTREAm", Verb::Maxstream),
    ("MESSAGE", Verb::Message),
    ("NOCOMMIT", Verb::Nocommit),
    ("OUTPUT", Verb::Output),
    ("PEEKTO", Verb::Peekto),
    ("READTO", Verb::Readto),
    ("RESOLVE", Verb::Resolve),
    ("SELECT", Verb::Select),
    ("SETRC", Verb::Setrc),
    ("SEVER", Verb::Sever),
    ("SHORT", Verb::Short),
    ("STAGENUM", Verb::Stagenum),
    ("STREAMNUM", Verb::Streamnum),
    ("STREAMSTate", Verb::Streamstate),
    ("SUSPEND", Verb::Suspend),
];

fn rc_of(result: Result<(), Stop>) -> i32 {
    match result {
        Ok(()) => 0,
        Err(Stop::Eof) => 12,
        Err(Stop::Rc(rc)) => rc,
    }
}

fn count(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

impl Runner {
    /// Runs one pipeline command; gives its return code.
    async fn command(&mut self, text: &[u8]) -> i32 {
        if self.lists_commands() {
            self.stage.message(fpl::FPLDSP031I.with(&[text]));
        }
        let mut args = Args::new(text, false);
        let Some(word) = args.word() else {
            return self.refuse(text, fpl::FPLSCA190E.with(&[]));
        };
        let Some((_, verb)) = abbrev::find(VERBS, |v| v.0, word) else {
            return self.refuse(text, fpl::FPLPCM212E.with(&[word]));
        };
        let rest = args.rest();
        let rest = rest.strip_prefix(b" ").unwrap_or(rest);
        let transports = matches!(
            verb,
            Verb::Output
                | Verb::Peekto
                | Verb::Readto
                | Verb::Callpipe
                | Verb::Short
                | Verb::Select
        );
        if self.autocommit && transports {
            self.autocommit = false;
            let rc = self.stage.commit_rc(0).await;
            if rc != 0 {
                return rc;
            }
        }
        match verb {
            Verb::Addpipe => self.stage.addpipe(rest.to_vec()).await,
            Verb::Callpipe => self.stage.callpipe(rest.to_vec()).await,
            Verb::Output => {
                let record = Record::from(rest);
                let result = self.stage.output(self.output, record).await;
                let kernel = self.stage.kernel.borrow();
                let given = kernel.nodes.get(self.stage.id).map_or(0, |n| n.output_rc);
                match rc_of(result) {
                    0 => given,
                    rc => rc,
                }
            }
            Verb::Peekto => self.read(rest, Keep::Yes).await,
            Verb::Readto => self.read(rest, Keep::No).await,
            Verb::Commit => match args::signed(args::trim(rest)) {
                Some(n) => {
                    let n = i32::try_from(n).unwrap_or(i32::MAX);
                    self.stage.commit_rc(n).await
                }
                None => self.refuse(text, fpl::FPLSCA058E.with(&[rest])),
            },
            Verb::Nocommit => {
                self.autocommit = false;
                0
            }
            Verb::Message => {
                let line = rest.to_vec();
                self.stage.host(move |h| h.say(&line)).await;
                0
            }
            Verb::Short => self.short().await,
            Verb::Suspend => {
                self.stage.suspend().await;
                0
            }
            _ => self.quick(*verb, text, rest),
        }
    }

    /// Whether LISTCMD or TRACE is on.
    fn lists_commands(&self) -> bool {
        let kernel = self.stage.kernel.borrow();
        let node = kernel.nodes.get(self.stage.id);
        node.is_some_and(|n| n.options.listcmd || n.options.trace)
    }

    /// Commands that never wait.
    fn quick(&mut self, verb: Verb, text: &[u8], rest: &[u8]) -> i32 {
        match verb {
            Verb::Select => self.select(rest),
            Verb::Sever => self.sever(text, rest),
            Verb::Addstream => self.addstream(text, rest),
            Verb::Eofreport => self.eofreport(text, rest),
            Verb::Maxstream => match spec::side(args::trim(rest)) {
                Some(Direction::Input) => count(self.stage.streams().0) - 1,
                Some(Direction::Output) => count(self.stage.streams().1) - 1,
                None => self.refuse(text, fpl::FPLPCM164E.with(&[rest])),
            },
            Verb::Resolve => match stages::lookup(args::trim(rest)) {
                _ if args::trim(rest).is_empty() => self.refuse(text, fpl::FPLSCA042E.with(&[])),
                Lookup::Found(_) => 1,
                _ => 0,
            },
            Verb::Setrc => match args::signed(args::trim(rest)) {
                Some(n) => self.setrc(i32::try_from(n).unwrap_or(i32::MAX)),
                None => self.refuse(text, fpl::FPLSCA058E.with(&[rest])),
            },
            Verb::Stagenum => {
                let kernel = self.stage.kernel.borrow();
                kernel
                    .nodes
                    .get(self.stage.id)
                    .map_or(0, |n| count(n.number))
            }
            Verb::Streamnum => self.streamnum(text, rest),
            Verb::Streamstate => self.streamstate(text, rest),
            _ => self.refuse(text, fpl::FPLSCA9002E.with(&[text])),
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

    async fn read(&mut self, name: &[u8], keep: Keep) -> i32 {
        let port = match self.input {
            Selected::Stream(n) => n,
            Selected::Any => match self.stage.any_input().await {
                Ok(n) => n,
                Err(stop) => return rc_of(Err(stop)),
            },
        };
        self.shown = port;
        let found = match keep {
            Keep::Yes => self.stage.peekto(port).await,
            Keep::No => self.stage.readto(port).await,
        };
        let name = args::trim(name);
        match found {
            Ok(record) => {
                if !name.is_empty() {
                    let mut program = self.program.borrow_mut();
                    if program
                        .set_variable(Names::Symbolic, name, Some(&record))
                        .is_err()
                    {
                        drop(program);
                        return self.refuse(name, fpl::FPLVAR231E.with(&[name]));
                    }
                }
                0
            }
            Err(stop) => {
                if !name.is_empty() {
                    let _ = self
                        .program
                        .borrow_mut()
                        .set_variable(Names::Symbolic, name, None);
                }
                rc_of(Err(stop))
            }
        }
    }

    fn input_port(&self) -> usize {
        match self.input {
            Selected::Stream(n) => n,
            Selected::Any => self.shown,
        }
    }

    async fn short(&mut self) -> i32 {
        let spec = format!("*.input.{}: | *.output.{}:", self.input_port(), self.output);
        self.stage.addpipe(spec.into_bytes()).await
    }

    fn select(&mut self, rest: &[u8]) -> i32 {
        let mut args = Args::new(rest, false);
        let word = args.peek().unwrap_or(b"");
        if abbrev::matches("ANYINput", word) {
            self.input = Selected::Any;
            return 0;
        }
        let both = abbrev::matches("BOTH", word);
        let side = spec::side(word);
        if both || side.is_some() {
            args.word();
        }
        let stream = args.word().unwrap_or(b"0");
        if side != Some(Direction::Output) {
            match self.stage.find_stream(Direction::Input, stream) {
                Some(n) => self.input = Selected::Stream(n),
                None => return UNDEFINED,
            }
        }
        if side != Some(Direction::Input) {
            match self.stage.find_stream(Direction::Output, stream) {
                Some(n) => self.output = n,
                None => return UNDEFINED,
            }
        }
        let selected = (self.input_port(), self.output);
        if let Some(node) = self.stage.kernel.borrow_mut().nodes.get_mut(self.stage.id) {
            node.selected = selected;
        }
        0
    }

    fn sever(&mut self, text: &[u8], rest: &[u8]) -> i32 {
        match spec::side(args::trim(rest)) {
            Some(Direction::Input) => self.stage.sever_input(self.input_port()),
            Some(Direction::Output) => self.stage.sever_output(self.output),
            None => return self.refuse(text, fpl::FPLPCM164E.with(&[rest])),
        }
        0
    }

    fn addstream(&mut self, text: &[u8], rest: &[u8]) -> i32 {
        let mut args = Args::new(rest, false);
        let word = args.peek().unwrap_or(b"BOTH");
        let side = spec::side(word);
        if side.is_some() || abbrev::matches("BOTH", word) {
            args.word();
        }
        let id = args.word().map(<[u8]>::to_vec);
        if let Some(id) = &id {
            if id.len() > 4 || id.iter().all(u8::is_ascii_digit) {
                return self.refuse(text, fpl::FPLPCM165E.with(&[id]));
            }
            let sides = [Direction::Input, Direction::Output];
            let used = |s: &Direction| self.stage.find_stream(*s, id).is_some();
            if sides
                .iter()
                .filter(|s| side.is_none_or(|w| w == **s))
                .any(used)
            {
                return self.refuse(text, fpl::FPLPCM174E.with(&[id]));
            }
        }
        let port = super::kernel::Port { id, link: None };
        if let Some(node) = self.stage.kernel.borrow_mut().nodes.get_mut(self.stage.id) {
            if side != Some(Direction::Output) {
                node.inputs.push(port.clone());
            }
            if side != Some(Direction::Input) {
                node.outputs.push(port);
            }
        }
        0
    }

    fn eofreport(&mut self, text: &[u8], rest: &[u8]) -> i32 {
        let word = args::trim(rest);
        let rows = [
            ("CURRENT", EofReport::Current),
            ("ANY", EofReport::Any),
            ("ALL", EofReport::All),
        ];
        match rows.iter().find(|r| abbrev::matches(r.0, word)) {
            Some((_, eof)) => {
                self.stage.eof_report(*eof);
                0
            }
            None => self.refuse(text, fpl::FPLSCA111E.with(&[word])),
        }
    }

    fn setrc(&self, rc: i32) -> i32 {
        let port = self.input_port();
        let mut kernel = self.stage.kernel.borrow_mut();
        kernel.set_output_rc(self.stage.id, port, rc);
        0
    }

    fn streamnum(&self, text: &[u8], rest: &[u8]) -> i32 {
        let mut args = Args::new(rest, false);
        let word = args.word().unwrap_or(b"");
        let Some(side) = spec::side(word) else {
            return self.refuse(text, fpl::FPLPCM164E.with(&[word]));
        };
        let stream = args.word().unwrap_or(b"0");
        match self.stage.find_stream(side, stream) {
            Some(n) => count(n),
            None => self.refuse(text, fpl::FPLSCA102E.with(&[stream])),
        }
    }

    fn streamstate(&self, text: &[u8], rest: &[u8]) -> i32 {
        let mut args = Args::new(rest, false);
        let word = args.word().unwrap_or(b"");
        let Some(side) = spec::side(word) else {
            return self.refuse(text, fpl::FPLPCM164E.with(&[word]));
        };
        let port = match args.word() {
            Some(stream) => self.stage.find_stream(side, stream),
            None if side == Direction::Input => Some(self.input_port()),
            None => Some(self.output),
        };
        let Some(port) = port else { return -4 };
        self.stage
            .kernel
            .borrow()
            .stream_state(self.stage.id, side, port)
    }
}

/// The return code of SELECT for a stream that is not defined.
const UNDEFINED: i32 = 4;

/// Whether a read leaves the record.
#[derive(Clone, Copy)]
enum Keep {
    Yes,
    No,
}
