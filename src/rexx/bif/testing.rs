//! For the tests of the families: a host that is no program, and calls written as in REXX.

use std::collections::BTreeMap;

use super::*;
use crate::base::clock::base_days_of;
use crate::rexx::Dialect;

/// What a call is made in.
pub(super) struct Bench {
    pub settings: Settings,
    pub dialect: Dialect,
    pub codepage: CodePage,
    pub host: Host,
    pub random: Random,
}

/// A program that has variables and little else.
pub(super) struct Host {
    pub now: i64,
    pub offset: i64,
    pub timer: Option<i64>,
    pub variables: BTreeMap<Vec<u8>, Value>,
    pub args: Vec<Option<Value>>,
    pub trace: Vec<u8>,
}

impl Bench {
    /// CMS level, DIGITS 9, host characters; the clock stands at 1996-05-23 16:54:22.123456.
    pub fn new() -> Bench {
        let day = base_days_of(1996, 5, 23) - base_days_of(1970, 1, 1);
        Bench {
            settings: Settings::default(),
            dialect: Dialect::Cms,
            codepage: CodePage::Host,
            random: Random::seeded(1),
            host: Host {
                now: day * 86_400_000_000 + 60_862_123_456,
                offset: 0,
                timer: None,
                variables: BTreeMap::new(),
                args: Vec::new(),
                trace: b"N".to_vec(),
            },
        }
    }

    pub fn with_digits(digits: u32) -> Bench {
        let mut bench = Bench::new();
        bench.settings.digits = digits;
        bench
    }

    pub fn call(&mut self, name: &str, args: &[Option<Value>]) -> Result<Value, Error> {
        let bif = lookup(name.as_bytes()).unwrap_or_else(|| panic!("no function {name}"));
        let mut context = BifContext {
            name: bif.name,
            settings: self.settings,
            dialect: self.dialect,
            codepage: self.codepage,
            random: &mut self.random,
            host: &mut self.host,
        };
        bif.call(&mut context, args)
    }

    /// Runs a call such as `SUBSTR('abc',2,,'-')`.
    pub fn run(&mut self, source: &str) -> Result<Value, Error> {
        let (name, args) = source.split_once('(').expect("a call");
        let args = args.strip_suffix(')').expect("a call");
        let mut values = Vec::new();
        let mut rest = args.as_bytes();
        while !rest.is_empty() || values.last().is_some_and(Option::is_none) {
            let (value, tail) = literal(rest);
            values.push(value);
            match tail {
                [b','] => {
                    values.push(None);
                    break;
                }
                [b',', tail @ ..] => rest = tail,
                [] => break,
                other => panic!("cannot read {:?}", String::from_utf8_lossy(other)),
            }
        }
        self.call(name, &values)
    }

    /// The value of a call, as text with Latin-1 shown as it is.
    pub fn text(&mut self, source: &str) -> String {
        match self.run(source) {
            Ok(v) => v.to_vec().iter().map(|b| char::from(*b)).collect(),
            Err(e) => panic!("{source}: {e}"),
        }
    }

    /// The error that a call raises: `40.12 LEFT 2 x`.
    pub fn error(&mut self, source: &str) -> String {
        match self.run(source) {
            Ok(v) => panic!("{source} gave {v:?}"),
            Err(e) => {
                let inserts: Vec<_> = e
                    .inserts
                    .iter()
                    .map(|i| String::from_utf8_lossy(i))
                    .collect();
                let text = format!("{}.{} {}", e.number, e.subcode, inserts.join("|"));
                text.trim_end().to_owned()
            }
        }
    }

    /// Checks `call == value` lines; `!` before the value stands for an error.
    pub fn table(&mut self, lines: &str) {
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if let Some((call, error)) = line.split_once(" ! ") {
                assert_eq!(self.error(call), error, "{line}");
                continue;
            }
            let (call, value) = line.rsplit_once(" == ").expect("a comparison");
            let (value, tail) = literal(value.as_bytes());
            assert!(tail.is_empty(), "{line}");
            let found = self.run(call).unwrap_or_else(|e| panic!("{line}: {e}"));
            assert_eq!(
                String::from_utf8_lossy(&found.to_vec()),
                String::from_utf8_lossy(&value.unwrap_or_default().to_vec()),
                "{line}"
            );
        }
    }
}

/// A string, hexadecimal string or number at the start of a text, and what follows.
fn literal(text: &[u8]) -> (Option<Value>, &[u8]) {
    if let Some(b'\'') = text.first() {
        let end = 1 + text[1..].iter().position(|b| *b == b'\'').expect("a quote");
        let body = &text[1..end];
        let rest = &text[end + 1..];
        if let Some(b'x') = rest.first() {
            let hex: Vec<u8> = body.iter().filter(|b| **b != b' ').copied().collect();
            let bytes: Vec<u8> = hex
                .chunks(2)
                .map(|pair| {
                    let pair = std::str::from_utf8(pair).unwrap();
                    u8::from_str_radix(pair, 16).unwrap()
                })
                .collect();
            return (Some(Value::from_vec(bytes)), &rest[1..]);
        }
        // Characters of the tests' own source are Latin-1.
        let body = std::str::from_utf8(body).unwrap();
        let bytes: Vec<u8> = body.chars().map(|c| c as u8).collect();
        return (Some(Value::from_vec(bytes)), rest);
    }
    let end = text.iter().position(|b| *b == b',').unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let value = (!word.is_empty()).then(|| Value::from_bytes(word).normal());
    (value, rest)
}

impl BifHost for Host {
    fn storage(&mut self, _bytes: usize) -> Result<(), Error> {
        Ok(())
    }
    fn now(&mut self) -> i64 {
        self.now
    }
    fn zone_offset(&self) -> i64 {
        self.offset
    }
    fn reserved(&self, _name: &str) -> Option<Value> {
        None
    }
    fn note_result(&mut self) {}
    fn timer(&mut self) -> &mut Option<i64> {
        &mut self.timer
    }
    fn symbol(&mut self, name: &[u8]) -> Symbol {
        match self.variables.contains_key(name) {
            true => Symbol::Variable,
            false => Symbol::Literal,
        }
    }
    fn value(&mut self, name: &[u8], new: Option<&Value>) -> Result<Value, Error> {
        let old = self.variables.get(name).cloned();
        if let Some(new) = new {
            self.variables.insert(name.to_vec(), new.clone());
        }
        Ok(old.unwrap_or_else(|| Value::from_bytes(name)))
    }
    fn pool_value(
        &mut self,
        _name: &[u8],
        _new: Option<&Value>,
        pool: &[u8],
    ) -> Result<Value, Error> {
        Err(Error::new(40, 37, &[b"VALUE", pool]))
    }
    fn address(&self) -> Vec<u8> {
        b"CMS".to_vec()
    }
    fn address_stream(&self, _which: u8) -> Vec<u8> {
        b"INPUT NORMAL".to_vec()
    }
    fn arg_count(&self) -> usize {
        self.args.len()
    }
    fn arg(&self, number: usize) -> Option<Value> {
        self.args.get(number - 1).cloned().flatten()
    }
    fn condition(&self, _part: ConditionPart) -> Vec<u8> {
        Vec::new()
    }
    fn source_lines(&self) -> usize {
        2
    }
    fn source_line(&self, number: usize) -> Vec<u8> {
        format!("line {number}").into_bytes()
    }
    fn trace(&self) -> Vec<u8> {
        self.trace.clone()
    }
    fn set_trace(&mut self, setting: &[u8]) {
        self.trace = setting.to_vec();
    }
}

#[test]
fn every_example_holds() {
    for bif in all().filter(|bif| bif.place == Place::Here) {
        // The message texts and the program's own source are the Vm's to show.
        if matches!(bif.name, "ERRORTEXT" | "SOURCELINE") {
            continue;
        }
        Bench::new().table(bif.example);
        assert!(bif.doc.ends_with('.'), "{} has a sentence", bif.name);
    }
}

#[test]
fn names_stand_once() {
    let mut seen = std::collections::BTreeSet::new();
    for bif in all() {
        assert!(seen.insert(bif.name), "{} stands once", bif.name);
        assert_eq!(lookup(bif.name.as_bytes()).map(|b| b.name), Some(bif.name));
    }
    assert!(lookup(b"substr").is_none(), "names are upper case");
}
