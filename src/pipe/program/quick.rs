//! The pipeline commands that never wait.

use super::verbs::Verb;
use super::{Implied, Runner, Selected, UNKNOWN};
use crate::base::Message;
use crate::base::abbrev;
use crate::base::msg::fpl;
use crate::pipe::args::{self, Args};
use crate::pipe::kernel::{EofReport, Port};
use crate::pipe::spec::{self, Direction};
use crate::pipe::stages::{self, Lookup};

/// The return code for a stream that is not defined, of SELECT and of the commands that ask about streams.
const NOT_THERE: i32 = 4;
const UNDEFINED: i32 = -4;

/// The return code when other streams are at end of file (EOFREPORT).
const OTHERS_ENDED: i32 = 8;

fn count(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

fn is_number(word: &[u8]) -> bool {
    !word.is_empty() && word.iter().all(u8::is_ascii_digit)
}

impl Runner {
    /// Runs a command that never waits; gives its return code.
    pub(super) fn quick(&mut self, verb: Verb, text: &[u8], rest: &[u8]) -> i32 {
        let done = match verb {
            Verb::Addstream => self.addstream(rest),
            Verb::Begoutput => Ok(self.begoutput(rest)),
            Verb::Eofreport => self.eofreport(rest),
            Verb::Getrange => self.getrange(rest, None),
            Verb::Issuemsg => self.issuemsg(rest),
            Verb::Maxstream => self.maxstream(rest),
            Verb::Message => {
                let mut kernel = self.stage.kernel.borrow_mut();
                kernel.emit.told.say(rest);
                Ok(0)
            }
            Verb::Nocommit => Ok(self.nocommit()),
            Verb::Resolve => resolve(rest),
            Verb::Scanrange => self.scanrange(rest),
            Verb::Scanstring => self.scanstring(rest),
            Verb::Select => self.select(rest),
            Verb::Setrc => self.setrc(rest),
            Verb::Sever => self.sever(rest),
            Verb::Stagenum => {
                let kernel = self.stage.kernel.borrow();
                let node = kernel.nodes.get(self.stage.id);
                Ok(node.map_or(0, |n| count(n.number)))
            }
            Verb::Streamnum => self.streamnum(rest),
            Verb::Streamstate => self.streamstate(rest),
            _ => return UNKNOWN,
        };
        done.unwrap_or_else(|message| self.refuse(text, message))
    }

    fn begoutput(&mut self, rest: &[u8]) -> i32 {
        let word = args::trim(rest);
        self.implied = match args::unsigned(word) {
            Ok(0) => None,
            Ok(n) => Some(Implied::Count(n)),
            Err(_) => Some(Implied::Until(word.to_vec())),
        };
        0
    }

    fn maxstream(&self, rest: &[u8]) -> Result<i32, Message> {
        let streams = self.stage.streams();
        match side(args::trim(rest))? {
            Direction::Input => Ok(count(streams.0) - 1),
            Direction::Output => Ok(count(streams.1) - 1),
        }
    }

    fn nocommit(&mut self) -> i32 {
        let kernel = self.stage.kernel.borrow();
        let level = kernel.nodes.get(self.stage.id).map_or(0, |n| n.level);
        match std::mem::replace(&mut self.autocommit, false) {
            _ if level >= 0 => 8,
            true => 0,
            false => 4,
        }
    }

    fn select(&mut self, rest: &[u8]) -> Result<i32, Message> {
        let mut args = Args::new(rest, false);
        let word = args.peek().unwrap_or(b"");
        if abbrev::matches("ANYINput", word) {
            args.word();
            args.end().map_err(|f| f.message)?;
            return Ok(self.select_any());
        }
        let both = abbrev::matches("BOTH", word);
        let side = spec::side(word);
        if both || side.is_some() {
            args.word();
        }
        if side == Some(Direction::Input) && abbrev::matches("ANYINput", args.peek().unwrap_or(b""))
        {
            return Ok(self.select_any());
        }
        let stream = args.word().unwrap_or(b"0");
        args.end().map_err(|f| f.message)?;
        let find = |direction| match side {
            Some(other) if other != direction => Ok(None),
            _ => match self.stage.find_stream(direction, stream) {
                Some(n) => Ok(Some(n)),
                None => Err(()),
            },
        };
        let (Ok(input), Ok(output)) = (find(Direction::Input), find(Direction::Output)) else {
            return Ok(NOT_THERE);
        };
        if input.is_some() && self.others_ended() {
            return Ok(OTHERS_ENDED);
        }
        if let Some(n) = input {
            self.input = Selected::Stream(n);
        }
        if let Some(n) = output {
            self.output = n;
        }
        self.note_selected();
        Ok(0)
    }

    fn select_any(&mut self) -> i32 {
        if self.others_ended() {
            return OTHERS_ENDED;
        }
        let kernel = self.stage.kernel.clone();
        let inputs = self.stage.streams().0;
        let ended = |n| kernel.borrow().input_ended(self.stage.id, n);
        if (0..inputs).all(ended) {
            return 12;
        }
        self.input = Selected::Any;
        0
    }

    /// Whether the output streams are gone that EOFREPORT looks at.
    fn others_ended(&self) -> bool {
        self.stage.kernel.borrow().eof_reported(self.stage.id)
    }

    /// Connectors without a stream mean the selected one.
    fn note_selected(&self) {
        let selected = (self.input_port(), self.output);
        if let Some(node) = self.stage.kernel.borrow_mut().nodes.get_mut(self.stage.id) {
            node.selected = selected;
        }
    }

    fn sever(&mut self, rest: &[u8]) -> Result<i32, Message> {
        match side(args::trim(rest))? {
            Direction::Input => self.stage.sever_input(self.input_port()),
            Direction::Output => self.stage.sever_output(self.output),
        }
        Ok(0)
    }

    fn addstream(&mut self, rest: &[u8]) -> Result<i32, Message> {
        let words: Vec<&[u8]> = rest
            .split(|&b| b == b' ')
            .filter(|w| !w.is_empty())
            .collect();
        let direction = |word: &[u8]| match spec::side(word) {
            Some(side) => Some(Some(side)),
            None => abbrev::matches("BOTH", word).then_some(None),
        };
        let (side, id) = match words[..] {
            [] => (None, None),
            [word] => match direction(word) {
                Some(side) => (side, None),
                None => (None, Some(word)),
            },
            [word, id] => match direction(word) {
                Some(side) => (side, Some(id)),
                None => return Err(fpl::FPLPCM164E.with(&[word])),
            },
            [..] => return Err(fpl::FPLPCM165E.with(&[args::trim(rest)])),
        };
        if let Some(id) = id {
            if id.len() > 4 || is_number(id) {
                return Err(fpl::FPLPCM165E.with(&[id]));
            }
            let sides = [Direction::Input, Direction::Output];
            let wanted = sides.iter().filter(|s| side.is_none_or(|w| w == **s));
            if wanted
                .into_iter()
                .any(|&s| self.stage.find_stream(s, id).is_some())
            {
                return Err(fpl::FPLPCM174E.with(&[id]));
            }
        }
        let port = Port {
            id: id.map(<[u8]>::to_vec),
            link: None,
        };
        if let Some(node) = self.stage.kernel.borrow_mut().nodes.get_mut(self.stage.id) {
            if side != Some(Direction::Output) {
                node.inputs.push(port.clone());
            }
            if side != Some(Direction::Input) {
                node.outputs.push(port);
            }
        }
        Ok(0)
    }

    fn eofreport(&mut self, rest: &[u8]) -> Result<i32, Message> {
        let word = args::trim(rest);
        let rows = [
            ("CURRENT", EofReport::Current),
            ("ANY", EofReport::Any),
            ("ALL", EofReport::All),
        ];
        let (_, eof) =
            abbrev::find(&rows, |r| r.0, word).ok_or_else(|| fpl::FPLSCA111E.with(&[word]))?;
        self.stage.eof_report(*eof);
        let kernel = self.stage.kernel.borrow();
        let inputs = kernel
            .nodes
            .get(self.stage.id)
            .map_or(0, |n| n.inputs.len());
        let fed = (0..inputs).any(|n| !kernel.input_ended(self.stage.id, n));
        match fed || !kernel.outputs_gone(self.stage.id) {
            true => Ok(0),
            false => Ok(OTHERS_ENDED),
        }
    }

    fn setrc(&self, rest: &[u8]) -> Result<i32, Message> {
        let word = args::trim(rest);
        let rc = args::signed(word).and_then(|n| i32::try_from(n).ok());
        let rc = rc.ok_or_else(|| fpl::FPLSCA058E.with(&[word]))?;
        let port = self.input_port();
        let mut kernel = self.stage.kernel.borrow_mut();
        match kernel.set_output_rc(self.stage.id, port, rc) {
            true => Ok(0),
            false => Ok(UNDEFINED),
        }
    }

    /// Issues a message of the catalogue: its number, the name of a module, what goes into its text.
    fn issuemsg(&self, rest: &[u8]) -> Result<i32, Message> {
        let mut args = Args::new(rest, false);
        let word = args.word().unwrap_or(b"");
        let number = args::unsigned(word)
            .ok()
            .and_then(|n| i32::try_from(n).ok());
        let number = number.ok_or_else(|| fpl::FPLSCA058E.with(&[word]))?;
        let row = fpl::ALL.iter().find(|m| m.number() == number);
        let row = row.ok_or_else(|| fpl::FPLPCM9003E.with(&[word]))?;
        args.word();
        let mut inserts = Vec::new();
        while !args.is_done() {
            inserts.push(args.delimited().map_err(|f| f.message)?);
        }
        let inserts: Vec<&[u8]> = inserts.iter().map(Vec::as_slice).collect();
        self.stage.message(row.with(&inserts));
        Ok(number)
    }

    /// Reads a direction and a stream; no stream is the selected one.
    fn stream(&self, rest: &[u8]) -> Result<(Direction, Option<usize>, Vec<u8>), Message> {
        let mut args = Args::new(rest, false);
        let side = side(args.word().unwrap_or(b""))?;
        let stream = args.word().map(<[u8]>::to_vec);
        args.end().map_err(|f| f.message)?;
        let port = match &stream {
            Some(stream) => self.stage.find_stream(side, stream),
            None if side == Direction::Input => Some(self.input_port()),
            None => Some(self.output),
        };
        Ok((side, port, stream.unwrap_or_default()))
    }

    fn streamnum(&self, rest: &[u8]) -> Result<i32, Message> {
        let (_, port, stream) = self.stream(rest)?;
        match port {
            Some(n) => Ok(count(n)),
            None if is_number(&stream) => Ok(UNDEFINED),
            None => Err(fpl::FPLSCA178E.with(&[&stream])),
        }
    }

    fn streamstate(&self, rest: &[u8]) -> Result<i32, Message> {
        let mut args = Args::new(rest, false);
        if args.keyword("SUMmary") {
            args.end().map_err(|f| f.message)?;
            return Ok(self.summary());
        }
        if args.keyword("ALL") {
            let name = args.need().map_err(|f| f.message)?;
            args.end().map_err(|f| f.message)?;
            return self.set(name, Some(&self.states())).map(|()| 0);
        }
        let (side, port, _) = self.stream(rest)?;
        let kernel = self.stage.kernel.borrow();
        Ok(port.map_or(UNDEFINED, |n| kernel.stream_state(self.stage.id, side, n)))
    }

    /// 0 when at least one input and one output are connected, else -4.
    fn summary(&self) -> i32 {
        let kernel = self.stage.kernel.borrow();
        let id = self.stage.id;
        let inputs = kernel.nodes.get(id).map_or(0, |n| n.inputs.len());
        let fed = (0..inputs).any(|n| !kernel.input_ended(id, n));
        match fed && !kernel.outputs_gone(id) {
            true => 0,
            false => UNDEFINED,
        }
    }

    /// The states of all streams: `input:output` for each number.
    fn states(&self) -> Vec<u8> {
        let kernel = self.stage.kernel.borrow();
        let (inputs, outputs) = self.stage.streams();
        let state = |side, n| kernel.stream_state(self.stage.id, side, n);
        let pairs = (0..inputs.max(outputs)).map(|n| {
            format!(
                "{}:{}",
                state(Direction::Input, n),
                state(Direction::Output, n)
            )
        });
        pairs.collect::<Vec<_>>().join(" ").into_bytes()
    }
}

fn side(word: &[u8]) -> Result<Direction, Message> {
    spec::side(word).ok_or_else(|| fpl::FPLPCM164E.with(&[word]))
}

fn resolve(rest: &[u8]) -> Result<i32, Message> {
    let name = args::trim(rest);
    if name.is_empty() {
        return Err(fpl::FPLSCA042E.with(&[]));
    }
    if name.contains(&b' ') {
        return Err(fpl::FPLSCA112E.with(&[name]));
    }
    match stages::lookup(name) {
        Lookup::Found(_) => Ok(1),
        _ => Ok(0),
    }
}
