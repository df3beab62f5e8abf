//! Pipelines that run on a system in memory: SPECS lists, the stages that cut and build blocks, and whole
//! specifications. The first byte says which, the rest is operands and, after a null, the data.
#![no_main]

use std::collections::VecDeque;

use libfuzzer_sys::fuzz_target;
use vmshare::base::{Clock, Message, Record};
use vmshare::pipe::{
    CommandReply, FileError, FileState, Format, Fusion, Host, Input, Mode, NamedValues, Order, Outcome, Output,
    Pipeline, Pool, StageProgram, VarError,
};

/// A system that has nothing but a stack and one file.
#[derive(Default)]
struct Memory {
    stack: VecDeque<Vec<u8>>,
    file: Vec<u8>,
}

struct Lines(VecDeque<Vec<u8>>);

impl Input for Lines {
    fn read(&mut self) -> Result<Option<Record>, FileError> {
        Ok(self.0.pop_front().map(Record::from))
    }
}

struct Sink;

impl Output for Sink {
    fn put(&mut self, _: &[u8]) -> Result<(), FileError> {
        Ok(())
    }
    fn commit(&mut self) -> Result<(), FileError> {
        Ok(())
    }
}

impl Host for Memory {
    fn message(&mut self, message: &Message) {
        assert!(message.number() > 0);
    }
    fn say(&mut self, _: &[u8]) {}
    fn get_variable(&mut self, pool: &Pool, name: &[u8]) -> Result<Option<Vec<u8>>, VarError> {
        match (pool.level, name.last()) {
            (0, Some(b'0')) => Ok(Some(b"3".to_vec())),
            (0, _) => Ok(Some(name.to_vec())),
            _ => Err(VarError::NoProgram),
        }
    }
    fn set_variable(&mut self, _: &Pool, name: &[u8], _: Option<&[u8]>) -> Result<(), VarError> {
        match name {
            [] => Err(VarError::BadName),
            _ => Ok(()),
        }
    }
    fn variables(&mut self, _: &Pool) -> Result<NamedValues, VarError> {
        Ok(vec![(b"A".to_vec(), b"1".to_vec()), (b"B.C".to_vec(), b"2".to_vec())])
    }
    fn source(&mut self, _: &Pool) -> Result<Vec<u8>, VarError> {
        Ok(b"CMS COMMAND FUZZ EXEC A1 fuzz CMS".to_vec())
    }
    fn open_input(&mut self, _: &[u8]) -> Result<Box<dyn Input>, FileError> {
        let lines = self.file.split(|b| *b == b'\n').map(<[u8]>::to_vec);
        Ok(Box::new(Lines(lines.collect())))
    }
    fn open_output(&mut self, _: &[u8], _: Mode, _: Format) -> Result<Box<dyn Output>, FileError> {
        Ok(Box::new(Sink))
    }
    fn file_state(&mut self, _: &[u8]) -> Result<FileState, FileError> {
        Err(FileError::NotFound)
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
    fn find_stage(&mut self, _: &[u8], _: &[u8]) -> Option<Box<dyn StageProgram>> {
        None
    }
    fn clock(&self) -> Clock {
        Clock::fixed(0)
    }
}

/// Runs a pipeline for some rounds, answering everything.
fn run(spec: &[u8], data: &[u8], fusion: Fusion, rounds: usize) {
    let mut host = Memory {
        file: data.to_vec(),
        ..Memory::default()
    };
    let Ok(mut pipeline) = Pipeline::with_fusion(spec, &mut host, fusion) else {
        return;
    };
    for _ in 0..rounds {
        match pipeline.run(&mut host, 100) {
            Outcome::Done(_) | Outcome::Wait { .. } => return,
            Outcome::Budget => {}
            Outcome::Command { ticket, text, .. } => {
                let response = vec![Record::from(text)];
                pipeline.reply(ticket, CommandReply { rc: 0, response });
            }
            Outcome::ReadConsole { ticket } => {
                pipeline.reply_line(ticket, Some(b"typed".to_vec()));
            }
        }
    }
}

/// Makes SPECS lists, most of which are in order, from bytes that choose.
struct Lists<'a> {
    bytes: &'a [u8],
    out: String,
}

const FIELDS: &[&str] = &[
    "a: w1 .", "b: 2.3 1", "c: w-1 -", "1-* 1", "w2 nw", "/x/ n", "w3 strip nw.4 right", "recno 5.3",
    "id a nw", "1.4 c2x n", "w1 d2c 1", "w1 p2c(2) n", "1-* c2p n", "w1 f2c c2f 1", "w1 f2c n", "1.8 c2f 1",
    "1.8 c2i n", "w1 i2c 1", "1-* v2c 1", "fs , f2 nf", "ws . w2 nw", "pad *", "todclock n", "x4142 3",
    "substr 2;-2 of w-2;-1 n", "read", "readstop", "write", "nowrite", "select second", "select first",
    "select 1", "outstream 1", "break a", "break b", "eof",
];
const OPERATORS: &[&str] = &[
    "+", "-", "*", "/", "%", "//", "**", "||||", "=", "==", "<>", "<", "<<", ">=", "&", "||", "&&", "?", ";",
];
const CALLS: &[&str] = &[
    "length", "pos", "substr", "word", "words", "space", "left", "right", "center", "copies", "strip", "translate",
    "verify", "insert", "overlay", "delstr", "changestr", "abs", "sign", "max", "sqrt", "trunc", "format", "c2x",
    "x2c", "d2x", "x2d", "d2c", "c2d", "c2p", "p2c", "f2c", "c2f", "b2x", "x2b", "bitand", "justify", "field",
    "delword", "subword", "wordpos", "datatype", "xrange", "lastpos", "i2c", "c2u",
];
const PICTURES: &[&str] = &[
    "zz9", "s999v.99", "$$,$$9.99cr", "-,---,--9", "**9.9", "9.99es99", "(7)z", "yyyy", "99/99",
];

impl Lists<'_> {
    fn next(&mut self) -> usize {
        match self.bytes.split_first() {
            Some((&b, rest)) => {
                self.bytes = rest;
                usize::from(b)
            }
            None => 0,
        }
    }

    fn pick(&mut self, from: &[&str]) {
        let n = self.next();
        self.out.push_str(from[n % from.len()]);
    }

    fn expression(&mut self, depth: usize) {
        let kind = self.next();
        match kind % if depth > 4 { 6 } else { 12 } {
            0 => self.out.push_str(&format!("#{}", kind % 3)),
            1 => self.out.push_str(&(kind / 12).to_string()),
            2 => self.out.push_str(["a", "b", "c"][kind / 12 % 3]),
            3 => self.out.push_str(["'x y'", "''", "'12'", "' -3.5 '", "\"a'b\"", "1e30"][kind / 12 % 6]),
            4 => self.out.push_str(["first()", "eof()", "break(a)", "number()"][kind / 12 % 4]),
            5 => self.out.push_str([".5", "1e-9", "9e99", "0"][kind / 12 % 4]),
            6 => {
                self.pick(CALLS);
                self.out.push('(');
                for n in 0..kind / 12 % 4 {
                    if n > 0 {
                        self.out.push(',');
                    }
                    self.expression(depth + 1);
                }
                self.out.push(')');
            }
            7 => {
                self.pick(&["(", "-(", "!(", "+("]);
                self.expression(depth + 1);
                self.out.push(')');
            }
            8 => {
                self.out.push('(');
                self.pick(&["#0:=", "#1+=", "#2-=", "#0*=", "#1/=", "#2||||=", "#0%=", "#1//="]);
                self.expression(depth + 1);
                self.out.push(')');
            }
            9 => {
                self.expression(depth + 1);
                self.out.push('?');
                self.expression(depth + 1);
                self.out.push(':');
                self.expression(depth + 1);
            }
            _ => {
                self.expression(depth + 1);
                self.pick(OPERATORS);
                self.expression(depth + 1);
            }
        }
    }

    fn items(&mut self, depth: usize) {
        for _ in 0..6 {
            if self.bytes.is_empty() {
                return;
            }
            match self.next() % if depth > 3 { 8 } else { 12 } {
                0..=3 => self.pick(FIELDS),
                4 => {
                    self.out.push_str("set (");
                    self.expression(0);
                    self.out.push(')');
                }
                5 => {
                    self.out.push_str("print (");
                    self.expression(0);
                    self.pick(&[") 1", ") nw", ") strip n", ") d2c n", ") c2x (#0)", ") 2.(#1) center"]);
                }
                6 => {
                    self.out.push_str("print (");
                    self.expression(0);
                    self.out.push_str(") picture ");
                    self.pick(PICTURES);
                    self.out.push_str(" n");
                }
                7 => {
                    self.out.push_str("/y/ (");
                    self.expression(1);
                    self.out.push(')');
                }
                8..=10 => {
                    self.out.push_str("if (");
                    self.expression(0);
                    self.out.push_str(") then ");
                    self.items(depth + 1);
                    self.pick(&["fi", "else", "else fi", "endif"]);
                    if self.out.ends_with("else") {
                        self.out.push(' ');
                        self.items(depth + 1);
                        self.out.push_str("fi");
                    }
                }
                _ => {
                    self.out.push_str("while (");
                    self.expression(0);
                    self.out.push_str(") do ");
                    self.items(depth + 1);
                    self.out.push_str("done");
                }
            }
            self.out.push(' ');
        }
    }
}

/// A SPECS list with what its options may be.
fn list(bytes: &[u8]) -> String {
    let mut lists = Lists { bytes, out: String::new() };
    lists.pick(&["", "printonly eof ", "printonly a keep ", "stop anyeof ", "counters 3 "]);
    lists.out.push_str("a: w1 . b: w2 . c: 3.2 . ");
    lists.items(0);
    lists.out
}

fuzz_target!(|input: &[u8]| {
    let Some((&which, rest)) = input.split_first() else {
        return;
    };
    if which & 32 != 0 {
        let (choices, data) = rest.split_at(rest.len() * 3 / 4);
        let fusion = match which & 64 {
            0 => Fusion::On,
            _ => Fusion::Off,
        };
        let after = "|console ? s: |hole ? < in file a|s:";
        let spec = format!("(end ?) < in file a|s: specs {}{after}", list(choices));
        // A list may loop for ever, each time round with a longer string.
        run(spec.as_bytes(), data, fusion, 10);
        return;
    }
    let at = rest.iter().position(|b| *b == 0).unwrap_or(rest.len());
    let (operands, data) = (&rest[..at], rest.get(at + 1..).unwrap_or_default());
    let (before, after): (&[u8], &[u8]) = match which % 15 {
        0..=4 => (b"< in file a|specs ", b"|console"),
        5 => (b"< in file a|deblock ", b"|deblock 3|console"),
        6 => (b"< in file a|fblock ", b"|snake 3|console"),
        7 => (b"< in file a|spill ", b"|escape|console"),
        8 => (b"< in file a|tokenise ", b"|snake 2|console"),
        9 => (b"< in file a|", b"|console"),
        10 => (b"< in file a|block ", b"|deblock 3|console"),
        11 => (b"< in file a|pick ", b"|console"),
        12 => (b"(end ?) < in file a|l: lookup ", b"|console ? < in file a|l: |console"),
        _ => (b"", b""),
    };
    // A record of the greatest length is two gigabytes, which is no mistake: no numbers of that size.
    let long = |number: &[u8]| number.len() > 6;
    if operands.split(|b| !b.is_ascii_digit()).any(long) {
        return;
    }
    let spec = [before, operands, after].concat();
    let fusion = match which & 64 {
        0 => Fusion::On,
        _ => Fusion::Off,
    };
    run(&spec, data, fusion, 60);
});
