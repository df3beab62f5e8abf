//! Whole pipelines, run on a host in memory.

mod flow;
mod program;
mod random;
mod spec;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::rc::Rc;

use super::*;
use crate::base::codepage::CodePage;
use crate::base::{Clock, Message, Record};

pub type MakeProgram = fn(&[u8]) -> Box<dyn StageProgram>;
type Files = Rc<RefCell<BTreeMap<String, Vec<Vec<u8>>>>>;

/// A system in memory.
#[derive(Default)]
pub struct TestHost {
    pub said: Vec<String>,
    pub told: Vec<String>,
    pub numbers: Vec<i32>,
    pub variables: BTreeMap<String, Vec<u8>>,
    pub files: Files,
    pub stack: VecDeque<Vec<u8>>,
    pub console: VecDeque<Vec<u8>>,
    pub commands: Vec<String>,
    pub programs: HashMap<String, MakeProgram>,
    pub rcs: HashMap<String, i32>,
    pub page: CodePage,
    /// The places the last pipeline needed for stages and links.
    pub places: usize,
}

impl TestHost {
    pub fn file(&mut self, name: &str, lines: &[&str]) {
        let lines = lines.iter().map(|l| l.as_bytes().to_vec()).collect();
        self.files.borrow_mut().insert(name.into(), lines);
    }

    pub fn lines(&self, name: &str) -> Vec<String> {
        let files = self.files.borrow();
        let lines = files.get(name).cloned().unwrap_or_default();
        lines
            .iter()
            .map(|l| String::from_utf8_lossy(l).into_owned())
            .collect()
    }

    /// Runs a specification fused and, on a host of its own, not fused: both must show the same.
    pub fn run(&mut self, spec: &str) -> i32 {
        self.run_with(spec, Fusion::On)
    }

    pub fn run_with(&mut self, spec: &str, fusion: Fusion) -> i32 {
        self.run_in_slices(spec, fusion, u64::MAX)
    }

    pub fn run_in_slices(&mut self, spec: &str, fusion: Fusion, budget: u64) -> i32 {
        let mut pipeline = match Pipeline::with_fusion(spec.as_bytes(), self, fusion) {
            Ok(p) => p,
            Err(rc) => return rc,
        };
        loop {
            match pipeline.run(self, budget) {
                Outcome::Budget => {}
                Outcome::Done(rc) => {
                    self.places = pipeline.places();
                    return rc;
                }
                Outcome::Command { ticket, kind, text } => {
                    let text = String::from_utf8_lossy(&text).into_owned();
                    let kind = match kind {
                        CommandKind::Cp => "CP".into(),
                        CommandKind::Cms => "CMS".into(),
                        CommandKind::Command => "COMMAND".into(),
                        CommandKind::Subcom(n) => String::from_utf8_lossy(&n).into_owned(),
                        CommandKind::Program(n) => n.to_string(),
                    };
                    let line = format!("{kind}: {text}");
                    self.commands.push(line.clone());
                    let rc = self.rcs.get(&text).copied().unwrap_or(0);
                    let response = match kind == "XEDIT" {
                        true => Vec::new(),
                        false => vec![Record::from(line.into_bytes())],
                    };
                    pipeline.reply(ticket, CommandReply { rc, response });
                }
                Outcome::ReadConsole { ticket } => {
                    let line = self.console.pop_front();
                    pipeline.reply_line(ticket, line);
                }
                Outcome::Wait { .. } => panic!("nothing to wait for"),
            }
        }
    }
}

fn upper(name: &[u8]) -> String {
    String::from_utf8_lossy(name).to_ascii_uppercase()
}

struct Records(VecDeque<Vec<u8>>);

impl Input for Records {
    fn read(&mut self) -> Result<Option<Record>, FileError> {
        Ok(self.0.pop_front().map(Record::from))
    }
}

struct Writer {
    files: Files,
    name: String,
    lines: Vec<Vec<u8>>,
    how: Mode,
}

impl Output for Writer {
    fn put(&mut self, record: &[u8]) -> Result<(), FileError> {
        self.lines.push(record.to_vec());
        Ok(())
    }
    fn commit(&mut self) -> Result<(), FileError> {
        let mut files = self.files.borrow_mut();
        let old = files.entry(self.name.clone()).or_default();
        if self.how == Mode::Replace {
            old.clear();
        }
        old.append(&mut self.lines);
        Ok(())
    }
}

impl Host for TestHost {
    fn codepage(&self) -> CodePage {
        self.page
    }
    fn message(&mut self, message: &Message) {
        self.numbers.push(message.number());
        let line = message.line(crate::base::msg::Emsg::On).unwrap_or_default();
        self.told.push(String::from_utf8_lossy(&line).into_owned());
    }
    fn say(&mut self, line: &[u8]) {
        self.said.push(String::from_utf8_lossy(line).into_owned());
    }
    fn get_variable(&mut self, pool: &Pool, name: &[u8]) -> Result<Option<Vec<u8>>, VarError> {
        match pool.level {
            0 => Ok(self.variables.get(&upper(name)).cloned()),
            _ => Err(VarError::NoProgram),
        }
    }
    fn set_variable(
        &mut self,
        pool: &Pool,
        name: &[u8],
        value: Option<&[u8]>,
    ) -> Result<(), VarError> {
        if pool.level != 0 {
            return Err(VarError::NoProgram);
        }
        match value {
            Some(v) => self.variables.insert(upper(name), v.to_vec()),
            None => self.variables.remove(&upper(name)),
        };
        Ok(())
    }
    fn variables(&mut self, _: &Pool) -> Result<Vec<(Vec<u8>, Vec<u8>)>, VarError> {
        let all = self.variables.iter();
        Ok(all
            .map(|(n, v)| (n.clone().into_bytes(), v.clone()))
            .collect())
    }
    fn source(&mut self, _: &Pool) -> Result<Vec<u8>, VarError> {
        Ok(b"CMS COMMAND TEST EXEC A TEST CMS".to_vec())
    }
    fn open_input(&mut self, fileid: &[u8]) -> Result<Box<dyn Input>, FileError> {
        let files = self.files.borrow();
        let lines = files.get(&upper(fileid)).ok_or(FileError::NotFound)?;
        Ok(Box::new(Records(lines.iter().cloned().collect())))
    }
    fn open_output(
        &mut self,
        fileid: &[u8],
        how: Mode,
        _: Format,
    ) -> Result<Box<dyn Output>, FileError> {
        if upper(fileid).starts_with("READONLY") {
            return Err(FileError::ReadOnly);
        }
        Ok(Box::new(Writer {
            files: self.files.clone(),
            name: upper(fileid),
            lines: Vec::new(),
            how,
        }))
    }
    fn pull(&mut self) -> Option<Vec<u8>> {
        self.stack.pop_front()
    }
    fn queued(&mut self) -> usize {
        self.stack.len()
    }
    fn push(&mut self, order: Order, line: &[u8]) {
        match order {
            Order::Fifo => self.stack.push_back(line.to_vec()),
            Order::Lifo => self.stack.push_front(line.to_vec()),
        }
    }
    fn find_stage(&mut self, name: &[u8], args: &[u8]) -> Option<Box<dyn StageProgram>> {
        self.programs.get(&upper(name)).map(|make| make(args))
    }
    fn clock(&self) -> Clock {
        Clock::fixed(0)
    }
}

/// Runs a specification fused and not fused, at once and in the smallest slices; all must give the return
/// code and the console lines.
pub fn check(spec: &str, rc: i32, said: &[&str]) {
    check_in(CodePage::Host, spec, rc, said);
}

/// The same in a session with a code page.
pub fn check_in(page: CodePage, spec: &str, rc: i32, said: &[&str]) {
    for (fusion, budget) in [
        (Fusion::On, u64::MAX),
        (Fusion::Off, u64::MAX),
        (Fusion::On, 1),
        (Fusion::Off, 1),
    ] {
        let mut host = TestHost {
            page,
            ..TestHost::default()
        };
        let got = host.run_in_slices(spec, fusion, budget);
        assert_eq!(
            host.said, said,
            "{spec} {fusion:?} {budget} {:?}",
            host.told
        );
        assert_eq!(got, rc, "{spec} {fusion:?} {budget} {:?}", host.told);
    }
}
