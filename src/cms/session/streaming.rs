//! The stream functions of programs: the console is the session's own, everything else a stream of
//! [`crate::cms::streams`].

use super::{Purpose, Session};
use crate::base::msg::dms;
use crate::cms::frame::{Pending, Running};
use crate::cms::port::Port;
use crate::rexx::{Count, Error, Ready, Reply, StreamAsk, Value};

impl Session {
    /// Answers a stream function, or leaves the program waiting for the console.
    pub(super) fn stream(
        &mut self,
        port: &mut dyn Port,
        program: &mut Running,
        name: &Value,
        ask: StreamAsk,
    ) {
        if let Some(reply) = self.cms.stream(name, &ask) {
            program.next = reply;
            return;
        }
        match self.console_stream(port, &ask) {
            Some(reply) => program.next = reply,
            None => {
                program.pending = Pending::Stream;
                program.asked = Some(ask);
            }
        }
    }

    /// What the console answers; `None` when a line must be typed first.
    pub(super) fn console_stream(&mut self, port: &mut dyn Port, ask: &StreamAsk) -> Option<Reply> {
        let done = |v: Value| Some(Reply::Stream(v, Ready::Yes));
        let no_positions = |name: &[u8]| Some(Reply::Error(Error::new(40, 42, &[name, b""])));
        match ask {
            StreamAsk::LineIn { at: Some(_), .. } => no_positions(b"LINEIN"),
            StreamAsk::CharIn { at: Some(_), .. } => no_positions(b"CHARIN"),
            StreamAsk::LineOut { at: Some(_), .. } => no_positions(b"LINEOUT"),
            StreamAsk::CharOut { at: Some(_), .. } => no_positions(b"CHAROUT"),
            StreamAsk::LineIn { read: false, .. } | StreamAsk::CharIn { count: 0, .. } => {
                done(Value::empty())
            }
            StreamAsk::LineIn { .. } => self.console_line(),
            StreamAsk::CharIn { count, .. } => self.console_chars(*count),
            StreamAsk::Lines(how) => self.console_count(*how, b"\n"),
            StreamAsk::Chars(how) => self.console_count(*how, b""),
            StreamAsk::LineOut { line, .. } => {
                if let Some(line) = line {
                    line.with_bytes(|line| self.cms.say(port, line));
                }
                done(Value::int(0))
            }
            StreamAsk::CharOut { text, .. } => {
                if let Some(text) = text {
                    text.with_bytes(|text| self.cms.say_part(port, text));
                }
                done(Value::int(0))
            }
            StreamAsk::Qualify => done(Value::empty()),
            StreamAsk::State | StreamAsk::Description => done(Value::from(
                if self.console_ended() && self.typed_chars.is_empty() {
                    "NOTREADY"
                } else {
                    "READY"
                },
            )),
            StreamAsk::Command(_) => {
                let name = Value::empty();
                Some(self.cms.stream_command(&name, ask))
            }
        }
    }

    /// Whether nothing more can be read from the console: no more is typed, or other lines stand in for
    /// what is typed.
    pub(super) fn console_ended(&self) -> bool {
        self.input_ended || self.cms.stack.is_replaced()
    }

    /// A line that was typed, with its end, goes to the characters to be read.
    fn take_chars(&mut self) -> bool {
        let Some(mut line) = self.take_answer().or_else(|| self.cms.stack.take_typed()) else {
            return false;
        };
        let last = self.answers.is_empty() && self.cms.stack.typed_count() == 0;
        if !(self.unended && last) {
            line.push(b'\n');
        }
        self.typed_chars.extend(line);
        true
    }

    /// What CHARIN left of a line.
    pub(super) fn rest_of_line(&mut self) -> Option<Vec<u8>> {
        if self.typed_chars.is_empty() {
            return None;
        }
        let end = self.typed_chars.iter().position(|c| *c == b'\n');
        let end = end.map_or(self.typed_chars.len(), |at| at + 1);
        let mut line: Vec<u8> = self.typed_chars.drain(..end).collect();
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        Some(line)
    }

    fn console_line(&mut self) -> Option<Reply> {
        let line = self
            .rest_of_line()
            .or_else(|| self.take_answer())
            .or_else(|| self.cms.stack.take_typed());
        match line {
            Some(line) => Some(Reply::Line(line)),
            None => self
                .console_ended()
                .then(|| Reply::Stream(Value::empty(), Ready::No)),
        }
    }

    fn console_chars(&mut self, count: usize) -> Option<Reply> {
        while self.typed_chars.len() < count && self.take_chars() {}
        let ready = match self.typed_chars.len() < count {
            false => Ready::Yes,
            true if self.console_ended() => Ready::No,
            true => return None,
        };
        let take = count.min(self.typed_chars.len());
        let text: Vec<u8> = self.typed_chars.drain(..take).collect();
        Some(Reply::Stream(Value::from_vec(text), ready))
    }

    /// How much of the console waits to be read, in lines or characters.
    fn console_count(&mut self, how: Count, end: &[u8]) -> Option<Reply> {
        while self.take_chars() {}
        let count = match end {
            [] => self.typed_chars.len(),
            _ => {
                let rest = self.typed_chars.back().is_some_and(|c| *c != b'\n');
                let ends = self.typed_chars.iter().filter(|c| **c == b'\n');
                ends.count() + usize::from(rest)
            }
        };
        let count = match (count, how) {
            // A console may always have more; of a pipe only the next line can tell.
            (0, _) if self.console_ended() => 0,
            (0, _) if self.purpose == Purpose::Single => return None,
            (0, _) => 1,
            (_, Count::Any) => 1,
            (count, Count::Exact) => count,
        };
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        Some(Reply::Stream(Value::int(count), Ready::Yes))
    }

    /// Puts out what programs wrote to streams, before something else may look at the files.
    pub(super) fn flush_streams(&mut self, port: &mut dyn Port) {
        if let Some((e, name)) = self.cms.streams.flush() {
            let message = dms::DMSEIO105S.with(&[e.to_string().as_bytes(), &name]);
            self.cms.report(port, &message);
        }
    }

    /// Closes all streams: the command that was typed has ended.
    pub(super) fn close_streams(&mut self, port: &mut dyn Port) {
        if let Some((e, name)) = self.cms.streams.close_all() {
            let message = dms::DMSEIO105S.with(&[e.to_string().as_bytes(), &name]);
            self.cms.report(port, &message);
        }
        self.cms.end_part(port);
    }
}
