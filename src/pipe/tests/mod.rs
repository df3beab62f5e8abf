//! Whole pipelines, run on a host in memory.

mod doubts;
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
    /// What was punched and printed, and what can be read.
    pub cards: VecDeque<Vec<u8>>,
    pub storage: Vec<u8>,
    /// The places the last pipeline needed for stages and links.
    pub places: usize,
    pub structures: super::structure::Table,
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

/// A connection whose other end says something at first, says again what it hears, and then closes.
struct Echo(VecDeque<u8>);

impl Socket for Echo {
    fn read(&mut self) -> Heard {
        match self.0.is_empty() {
            true => Heard::Ended,
            false => Heard::Bytes(self.0.drain(..).collect()),
        }
    }
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Vec<u8>> {
        self.0.extend(bytes);
        Ok(bytes.len())
    }
}

/// A connection that says nothing before it has heard something.
struct Patient {
    heard: VecDeque<u8>,
    /// How often it has nothing to say before it closes.
    patience: u32,
}

impl Socket for Patient {
    fn read(&mut self) -> Heard {
        if !self.heard.is_empty() {
            self.patience = 1;
            return Heard::Bytes(self.heard.drain(..).collect());
        }
        match self.patience {
            0 => Heard::Ended,
            _ => {
                self.patience -= 1;
                Heard::Nothing
            }
        }
    }
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Vec<u8>> {
        // The other end is slow.
        self.heard.extend(&bytes[..1]);
        Ok(1)
    }
}

/// Numbers the statements it runs and gives each back with its values.
struct Parrot(u32);

impl Database for Parrot {
    fn run(&mut self, statement: &[u8], values: &[&[u8]]) -> Result<Rows, SqlError> {
        if statement == b"bad" {
            let text = b"syntax error".to_vec();
            return Err(SqlError { code: -104, text });
        }
        self.0 += 1;
        let mut row = vec![
            Some(self.0.to_string().into_bytes()),
            Some(statement.to_vec()),
        ];
        row.extend(values.iter().map(|v| Some(v.to_vec())));
        let names = vec![b"N".to_vec(), b"STATEMENT".to_vec()];
        let rows = vec![row];
        Ok(Rows { names, rows })
    }
    fn commit(&mut self) -> Result<(), SqlError> {
        Ok(())
    }
    fn rollback(&mut self) -> Result<(), SqlError> {
        Ok(())
    }
}

struct Typed(VecDeque<Vec<u8>>);

impl Calls for Typed {
    fn take(&mut self) -> Option<Vec<u8>> {
        self.0.pop_front()
    }
}

/// A port that gives back what is sent.
struct Boomerang(VecDeque<Datagram>);

impl Datagrams for Boomerang {
    fn receive(&mut self) -> Result<Option<Datagram>, Vec<u8>> {
        Ok(self.0.pop_front())
    }
    fn send(&mut self, to: std::net::SocketAddrV4, bytes: &[u8]) -> Result<(), Vec<u8>> {
        self.0.push_back((to, bytes.to_vec()));
        Ok(())
    }
}

struct OneClient(bool);

impl Listener for OneClient {
    fn accept(&mut self) -> Result<Option<Incoming>, Vec<u8>> {
        if std::mem::replace(&mut self.0, true) {
            return Err(b"no more".to_vec());
        }
        let said = b"from a client".iter().copied().collect();
        Ok(Some((Box::new(Echo(said)), b"client".to_vec())))
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
    fn file_state(&mut self, fileid: &[u8]) -> Result<FileState, FileError> {
        let files = self.files.borrow();
        let name = upper(fileid);
        let lines = files.get(&name).ok_or(FileError::NotFound)?;
        let mut words = name.split(' ').map(|w| w.as_bytes().to_vec());
        Ok(FileState {
            fname: words.next().unwrap_or_default(),
            ftype: words.next().unwrap_or_default(),
            fm: b"A1".to_vec(),
            recfm: b'V',
            lrecl: lines.iter().map(Vec::len).max().unwrap_or(0) as u64,
            records: lines.len() as u64,
            blocks: 1,
            changed: 0,
            writable: !name.starts_with("READONLY"),
        })
    }
    fn connect(&mut self, host: &[u8], _: u16) -> Result<Box<dyn Socket>, Vec<u8>> {
        match host {
            b"test" => Ok(Box::new(Patient {
                heard: VecDeque::new(),
                patience: 9,
            })),
            _ => Err([host, b" cannot be reached"].concat()),
        }
    }
    fn listen(&mut self, _: &[u8], port: u16) -> Result<Box<dyn Listener>, Vec<u8>> {
        match port {
            7 => Ok(Box::new(OneClient(false))),
            _ => Err(b"in use".to_vec()),
        }
    }
    fn listen_for_messages(&mut self, _listen: bool) -> bool {
        true
    }
    fn take_message(&mut self) -> Option<Vec<u8>> {
        Some(b"00000004TEST    hello".to_vec())
    }
    fn immediate(&mut self, name: &[u8]) -> Option<Box<dyn Calls>> {
        (name == b"stop").then(|| Box::new(Typed([b"now".to_vec()].into())) as Box<dyn Calls>)
    }
    fn open_bytes(&mut self, path: &[u8]) -> Result<Box<dyn Input>, FileError> {
        let files = self.files.borrow();
        let lines = files.get(&upper(path)).ok_or(FileError::NotFound)?;
        Ok(Box::new(Records([lines.concat()].into())))
    }
    fn create_bytes(&mut self, path: &[u8], how: Mode) -> Result<Box<dyn Output>, FileError> {
        self.open_output(path, how, Format::Default)
    }
    fn folder(&mut self, _: &[u8]) -> Result<Vec<Vec<u8>>, FileError> {
        let files = self.files.borrow();
        Ok(files.keys().map(|n| n.as_bytes().to_vec()).collect())
    }
    fn datagrams(&mut self, _: &[u8], port: u16) -> Result<Box<dyn Datagrams>, Vec<u8>> {
        match port {
            7 => Ok(Box::new(Boomerang(VecDeque::new()))),
            _ => Err(b"in use".to_vec()),
        }
    }
    fn resolve(&mut self, host: &[u8]) -> Result<Vec<Vec<u8>>, Vec<u8>> {
        match host {
            b"localhost" => Ok(vec![b"127.0.0.1".to_vec()]),
            _ => Err(b"unknown".to_vec()),
        }
    }
    fn name_of(&mut self, address: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
        match address {
            b"127.0.0.1" => Ok(b"localhost".to_vec()),
            _ => Err(b"unknown".to_vec()),
        }
    }
    fn database(&mut self, name: Option<&[u8]>) -> Result<Box<dyn Database>, SqlError> {
        match name {
            None => Ok(Box::new(Parrot(0))),
            Some(name) => Err(SqlError {
                code: -1,
                text: name.to_vec(),
            }),
        }
    }
    fn host_name(&mut self) -> Vec<u8> {
        b"TESTHOST".to_vec()
    }
    fn write_unit(&mut self, device: u16, command: u8, text: &[u8]) -> bool {
        let line = format!(
            "{device:03X} {command:02X} {}",
            String::from_utf8_lossy(text)
        );
        self.said.push(line);
        device < 0x10
    }
    fn has_device(&mut self, device: u16) -> bool {
        device < 0x10 || device == 0x191
    }
    fn read_unit(&mut self, device: u16) -> Option<Card> {
        let card = self.cards.pop_front();
        (device < 0x10).then(|| card.map_or(Card::End, Card::Card))
    }
    fn read_storage(&mut self, at: u64, length: usize) -> Option<Vec<u8>> {
        let at = usize::try_from(at).ok()?;
        self.storage.get(at..at + length).map(<[u8]>::to_vec)
    }
    fn write_storage(&mut self, at: u64, data: &[u8]) -> bool {
        let at = usize::try_from(at).unwrap_or(usize::MAX / 2);
        match self.storage.get_mut(at..at + data.len()) {
            Some(place) => {
                place.copy_from_slice(data);
                true
            }
            None => false,
        }
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
    fn structures(&mut self) -> super::structure::Table {
        self.structures.clone()
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
