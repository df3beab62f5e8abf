//! Pipelines that run on a system in memory: SPECS lists, the stages that cut and build blocks, and whole
//! specifications. The first byte says which, the rest is operands and, after a null, the data.
#![no_main]

use std::collections::VecDeque;

use libfuzzer_sys::fuzz_target;
use vmshare::base::{Clock, Message, Record};
use vmshare::pipe::{
    CommandReply, FileError, Format, Fusion, Host, Input, Mode, NamedValues, Order, Outcome, Output,
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

/// Runs a pipeline for a while, answering everything.
fn run(spec: &[u8], data: &[u8], fusion: Fusion) {
    let mut host = Memory {
        file: data.to_vec(),
        ..Memory::default()
    };
    let Ok(mut pipeline) = Pipeline::with_fusion(spec, &mut host, fusion) else {
        return;
    };
    for _ in 0..60 {
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

fuzz_target!(|input: &[u8]| {
    let Some((&which, rest)) = input.split_first() else {
        return;
    };
    let at = rest.iter().position(|b| *b == 0).unwrap_or(rest.len());
    let (operands, data) = (&rest[..at], rest.get(at + 1..).unwrap_or_default());
    let (before, after): (&[u8], &[u8]) = match which % 12 {
        0..=4 => (b"< in file a|specs ", b"|console"),
        5 => (b"< in file a|deblock ", b"|deblock 3|console"),
        6 => (b"< in file a|fblock ", b"|snake 3|console"),
        7 => (b"< in file a|spill ", b"|escape|console"),
        8 => (b"< in file a|tokenise ", b"|snake 2|console"),
        9 => (b"< in file a|", b"|console"),
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
    run(&spec, data, fusion);
});
