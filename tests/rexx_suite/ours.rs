//! Runs a case on our own interpreter, in this process: what a program asks of its surroundings is answered
//! as `regina` on a terminal without a user would.

use super::Ran;
use super::case::{Case, Level};
use std::collections::VecDeque;
use vmshare::base::clock::Clock;
use vmshare::base::codepage::CodePage;
use vmshare::rexx::{
    CallKind, Dialect, Exit, Flag, Invocation, Language, Ready, Reply, StreamAsk, Value, Vm,
    compile,
};

/// More than any case needs.
const FUEL: u64 = 5_000_000;

/// 2009-05-11 12:34:56 UTC.
const NOW: i64 = 1_242_045_296_000_000;

/// Runs a case at a level.
pub fn run(case: &Case, level: Level) -> Ran {
    let args = case.args.as_deref().map(|a| Some(Value::from(a)));
    let codepage = match case.ebcdic {
        true => CodePage::Ibm1047,
        false => CodePage::Host,
    };
    let invocation = Invocation {
        args: args.into_iter().collect(),
        codepage,
        ..invocation()
    };
    run_with(&case.text(), level, invocation, &case.input)
}

/// Runs a program that needs nothing from outside.
pub fn run_text(text: &str, level: Level) -> Ran {
    run_with(text.as_bytes(), level, invocation(), &[])
}

fn invocation() -> Invocation {
    Invocation {
        kind: CallKind::Command,
        args: Vec::new(),
        source: b"CMS COMMAND CASE EXEC A1 case CMS".to_vec(),
        name: b"CASE EXEC".to_vec(),
        address: b"SYSTEM".to_vec(),
        clock: Clock::fixed(NOW),
        seed: 1,
        user: b"USER".to_vec(),
        codepage: CodePage::Host,
        storage: vmshare::rexx::STORAGE,
    }
}

fn run_with(text: &[u8], level: Level, invocation: Invocation, input: &[String]) -> Ran {
    let dialect = match level {
        Level::Ansi => Dialect::Ansi,
        _ => Dialect::Cms,
    };
    let language = Language {
        dialect,
        codepage: invocation.codepage,
    };
    let mut vm = Vm::new(compile(text, language), invocation);
    vm.set_fuel(FUEL);
    let mut world = World {
        ran: Ran::default(),
        input: input.iter().map(|l| l.as_bytes().to_vec()).collect(),
        stack: VecDeque::new(),
    };
    let mut reply = Reply::Done;
    loop {
        let exit = vm.resume(reply);
        match world.answer(&vm, exit) {
            Some(next) => reply = next,
            None => return world.ran,
        }
    }
}

struct World {
    ran: Ran,
    input: VecDeque<Vec<u8>>,
    stack: VecDeque<Vec<u8>>,
}

impl World {
    /// The answer to an exit; `None` when the program is over.
    fn answer(&mut self, vm: &Vm, exit: Exit) -> Option<Reply> {
        Some(match exit {
            Exit::Say(line) => {
                self.ran.said.push(line);
                Reply::Done
            }
            Exit::Trace(_) => Reply::Done,
            Exit::Command(_) => self.command(&vm.asked().1.to_vec()),
            Exit::Call { name, .. } if name == b"NODATA" => Reply::Value(None),
            // There are no pools.
            Exit::Call { name, .. } if name == b"VALUE" => Reply::Fail {
                number: 40,
                sub: 37,
            },
            Exit::Stream {
                ask: StreamAsk::LineIn { .. },
                ..
            } => match self.input.pop_front() {
                Some(line) => Reply::Line(line),
                None => Reply::Stream(Value::empty(), Ready::No),
            },
            Exit::Call { .. } => Reply::NotFound,
            Exit::Pull => match self.stack.pop_front() {
                Some(line) => Reply::Line(line),
                None => self.read(),
            },
            Exit::PullTerminal => self.read(),
            Exit::Push(line) => {
                self.stack.push_front(line);
                Reply::Done
            }
            Exit::Queue(line) => {
                self.stack.push_back(line);
                Reply::Done
            }
            Exit::Queued => Reply::Count(i64::try_from(self.stack.len()).unwrap()),
            Exit::Done(_) => return None,
            Exit::Raised(e) => {
                self.ran.error = Some((e.number, e.subcode, e.line));
                return None;
            }
            other => {
                self.ran.stopped = Some(format!("stopped: {other:?}"));
                return None;
            }
        })
    }

    fn read(&mut self) -> Reply {
        Reply::Line(self.input.pop_front().unwrap_or_default())
    }

    /// The two commands of a shell that the suite uses: `exit n` and `echo text`.
    fn command(&mut self, text: &[u8]) -> Reply {
        let text = String::from_utf8_lossy(text);
        if let Some(line) = text.strip_prefix("echo ") {
            self.ran.said.push(line.as_bytes().to_vec());
        }
        let rc: i64 = text
            .strip_prefix("exit ")
            .and_then(|n| n.parse().ok())
            .unwrap_or(0);
        let flag = match rc {
            0 => Flag::Ok,
            1.. => Flag::Error,
            _ => Flag::Failure,
        };
        Reply::Rc { rc, flag }
    }
}
