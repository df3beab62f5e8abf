//! The commands of STREAM(name,'C',command): OPEN, CLOSE, FLUSH, SEEK, QUERY
//! (SC24-5770, STREAM; the words that other interpreters have in common are accepted too).

use std::io;

use super::stream::{Fault, State, Stream};
use super::{Begin, Place, Streams, Way, Where, done, is_console, place, qualify};
use crate::base::clock::Civil;
use crate::cms::disk::changed_micros;
use crate::rexx::{Error, Ready, Reply, Value};

/// What a successful command gives.
const READY: &[u8] = b"READY:";

/// Positions count characters or lines.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Char,
    Line,
}

impl Streams {
    pub(super) fn command(&mut self, at: Where<'_>, name: &[u8], command: &[u8]) -> Reply {
        let upper = command.to_ascii_uppercase();
        let words: Vec<&[u8]> = upper
            .split(|c| *c == b' ')
            .filter(|w| !w.is_empty())
            .collect();
        let Some((verb, operands)) = words.split_first() else {
            return unknown(command);
        };
        match *verb {
            b"OPEN" => self
                .open(at, name, operands)
                .unwrap_or_else(|| unknown(command)),
            b"CLOSE" => match self.close(at, name) {
                None => done(Vec::new()),
                Some(Ok(())) => done(READY.to_vec()),
                Some(Err(e)) => failed(&e),
            },
            b"FLUSH" => match self.find(name).map(|n| self.slots[n].stream.flush()) {
                None | Some(Ok(())) => done(READY.to_vec()),
                Some(Err(e)) => failed(&e),
            },
            b"SEEK" | b"POSITION" => self
                .seek(at, name, operands, Unit::Char)
                .unwrap_or_else(|| unknown(command)),
            b"LINEPOS" => self
                .seek(at, name, operands, Unit::Line)
                .unwrap_or_else(|| unknown(command)),
            b"QUERY" => self
                .query(at, name, operands)
                .unwrap_or_else(|| unknown(command)),
            _ => unknown(command),
        }
    }

    /// OPEN; `None` when an operand is not known.
    fn open(&mut self, at: Where<'_>, name: &[u8], operands: &[&[u8]]) -> Option<Reply> {
        let (mut way, mut begin) = (None, Begin::End);
        let mut words = operands.iter();
        while let Some(word) = words.next() {
            match *word {
                b"READ" => way = Some(Way::Read),
                b"WRITE" => way = Some(Way::Write),
                b"BOTH" | b"READWRITE" => way = None,
                b"APPEND" => begin = Begin::End,
                b"REPLACE" => begin = Begin::Replace,
                b"NEW" => begin = Begin::New,
                b"BINARY" | b"TEXT" | b"SHARED" | b"SHAREREAD" | b"SHAREWRITE" | b"NOBUFFER" => {}
                // A line ends at the new line character, however it is written.
                b"LINEEND" => {
                    words
                        .next()
                        .filter(|hex| matches!(**hex, b"15" | b"25" | b"0A"))?;
                }
                _ => return None,
            }
        }
        if is_console(name, at.host) {
            return Some(done(READY.to_vec()));
        }
        if let Some(Err(e)) = self.close(at, name) {
            return Some(failed(&e));
        }
        let opened = match way {
            Some(Way::Read) => self.reading(at, name).map(|_| ()),
            _ => self.writing(at, name, begin).map(|_| ()),
        };
        let number = self.slot(at, name);
        let slot = &mut self.slots[number];
        slot.only = way;
        Some(match opened {
            Ok(()) => {
                slot.stream.state = State::Ready;
                done(READY.to_vec())
            }
            Err(Fault::System(e)) => {
                slot.stream.state = State::Error;
                slot.stream.why = e.to_string().into_bytes();
                failed(&e)
            }
            Err(_) => done(b"ERROR:".to_vec()),
        })
    }

    /// SEEK: moves the read or write position, or both; gives the new one, counted from 1. `None` when
    /// an operand is not known.
    fn seek(
        &mut self,
        at: Where<'_>,
        name: &[u8],
        operands: &[&[u8]],
        unit: Unit,
    ) -> Option<Reply> {
        let (mut unit, mut way) = (unit, None);
        let mut text = Vec::new();
        for word in operands {
            if !place_word(word, &mut unit, &mut way) {
                text.extend_from_slice(word);
            }
        }
        let (from, digits) = match text.first()? {
            sign @ (b'=' | b'<' | b'+' | b'-') => (*sign, &text[1..]),
            _ => (b'=', &text[..]),
        };
        let offset: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
        if way.is_none()
            && self
                .find(name)
                .is_none_or(|n| !self.slots[n].stream.writes())
        {
            way = Some(Way::Read);
        }
        let moved = self.moved(at, name, (from, offset), unit, way);
        Some(match moved {
            Ok(new) => done(new.to_string().into_bytes()),
            Err(fault) => {
                if let Some(number) = self.find(name) {
                    let stream = &mut self.slots[number].stream;
                    stream.state = State::NotReady;
                    stream.why = b"POSITION".to_vec();
                }
                let text = match fault {
                    Fault::System(e) => format!("ERROR:{}", e.raw_os_error().unwrap_or(0)),
                    _ => String::new(),
                };
                Reply::Stream(Value::from_vec(text.into_bytes()), Ready::No)
            }
        })
    }

    fn moved(
        &mut self,
        at: Where<'_>,
        name: &[u8],
        (from, offset): (u8, u64),
        unit: Unit,
        way: Option<Way>,
    ) -> Result<u64, Fault> {
        let stream = match way {
            Some(Way::Read) => self.reading(at, name)?,
            _ => self.writing(at, name, Begin::End)?,
        };
        let size = stream.size()?.ok_or(Fault::NoPositions)?;
        let here = position(stream, way);
        let (now, end) = match unit {
            Unit::Char => (here + 1, size),
            Unit::Line => (
                stream.line_of(here)?,
                stream.line_of(size)?.saturating_sub(1),
            ),
        };
        let to = match from {
            b'=' => Some(offset),
            b'<' => (end + 1).checked_sub(offset),
            b'+' => now.checked_add(offset),
            _ => now.checked_sub(offset),
        };
        let to = to.filter(|to| *to > 0).ok_or(Fault::Outside)?;
        let byte = match unit {
            Unit::Char => to - 1,
            Unit::Line => stream.line_start(to)?,
        };
        if way != Some(Way::Write) && stream.reads() {
            stream.seek_reading(byte)?;
        }
        if way != Some(Way::Read) {
            stream.seek_writing(byte)?;
        }
        stream.state = State::Ready;
        stream.why.clear();
        Ok(to)
    }

    /// QUERY; `None` when an operand is not known.
    fn query(&mut self, at: Where<'_>, name: &[u8], operands: &[&[u8]]) -> Option<Reply> {
        let (what, rest) = operands.split_first()?;
        if let Some(number) = self.find(name) {
            // What was written counts.
            if let Err(e) = self.slots[number].stream.flush() {
                return Some(failed(&e));
            }
        }
        let text = match *what {
            b"EXISTS" => about(at, name).map(|_| qualify(at, name)),
            b"SIZE" => about(at, name).map(|a| a.size.to_string().into_bytes()),
            b"DATETIME" => about(at, name).map(|a| a.date_time()),
            b"TIMESTAMP" => about(at, name).map(|a| a.timestamp()),
            b"STREAMTYPE" => Some(self.stream_type(at, name).to_vec()),
            b"HANDLE" => self.find(name).map(|n| n.to_string().into_bytes()),
            b"SEEK" | b"POSITION" | b"LINEPOS" => {
                let default = if *what == b"LINEPOS" {
                    Unit::Line
                } else {
                    Unit::Char
                };
                self.position(name, rest, default)?
            }
            _ => return None,
        };
        Some(done(text.unwrap_or_default()))
    }

    fn stream_type(&self, at: Where<'_>, name: &[u8]) -> &'static [u8] {
        let open = self.find(name).map(|n| &self.slots[n].stream);
        match open.filter(|s| s.reads() || s.writes()) {
            _ if is_console(name, at.host) => b"TRANSIENT",
            None => b"UNKNOWN",
            Some(stream) if stream.is_transient() => b"TRANSIENT",
            Some(_) => b"PERSISTENT",
        }
    }

    /// A position, counted from 1; nothing of a stream that is not open. The outer `None` is an operand
    /// that is not known.
    fn position(
        &mut self,
        name: &[u8],
        operands: &[&[u8]],
        default: Unit,
    ) -> Option<Option<Vec<u8>>> {
        let (mut unit, mut way) = (default, None);
        for word in operands {
            if !place_word(word, &mut unit, &mut way) && *word != b"SYS" {
                return None;
            }
        }
        let Some(number) = self.find(name) else {
            return Some(None);
        };
        let stream = &mut self.slots[number].stream;
        if way.is_none() && stream.reads() {
            way = Some(Way::Read);
        }
        let byte = position(stream, way);
        let number = match unit {
            Unit::Char => Some(byte + 1),
            Unit::Line => stream.line_of(byte).ok(),
        };
        Some(number.map(|n| n.to_string().into_bytes()))
    }
}

/// Takes a word that says which position is meant, and in what; `false` when it is none.
fn place_word(word: &[u8], unit: &mut Unit, way: &mut Option<Way>) -> bool {
    match word {
        b"READ" => *way = Some(Way::Read),
        b"WRITE" => *way = Some(Way::Write),
        b"CHAR" => *unit = Unit::Char,
        b"LINE" => *unit = Unit::Line,
        _ => return false,
    }
    true
}

fn position(stream: &Stream, way: Option<Way>) -> u64 {
    match way {
        Some(Way::Read) => stream.read_position(),
        _ => stream.write_position(),
    }
}

/// What is known of a file without opening it for a program.
struct About {
    size: u64,
    changed: Civil,
}

impl About {
    /// `mm-dd-yy hh:mm:ss`.
    fn date_time(&self) -> Vec<u8> {
        let c = &self.changed;
        let year = c.year.rem_euclid(100);
        format!(
            "{:02}-{:02}-{year:02} {:02}:{:02}:{:02}",
            c.month, c.day, c.hour, c.minute, c.second
        )
        .into_bytes()
    }

    /// `yyyy-mm-dd hh:mm:ss`.
    fn timestamp(&self) -> Vec<u8> {
        let c = &self.changed;
        format!(
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
            c.year, c.month, c.day, c.hour, c.minute, c.second
        )
        .into_bytes()
    }
}

fn about(at: Where<'_>, name: &[u8]) -> Option<About> {
    let place = place(at, name);
    let (size, micros) = match &place {
        Place::Cms(name, mode) => {
            let found = at.files.find(name, *mode)?;
            (found.entry.bytes, found.entry.changed)
        }
        Place::Host(path) => {
            let metadata = std::fs::metadata(path).ok().filter(|m| !m.is_dir())?;
            (metadata.len(), changed_micros(&metadata))
        }
        Place::Errors | Place::Bad | Place::Closed => return None,
    };
    Some(About {
        size,
        changed: Civil::from_micros(micros),
    })
}

fn failed(e: &io::Error) -> Reply {
    done(format!("ERROR:{}", e.raw_os_error().unwrap_or(0)).into_bytes())
}

fn unknown(command: &[u8]) -> Reply {
    let words = b"CLOSE FLUSH OPEN POSITION QUERY SEEK";
    Reply::Error(Error::new(40, 28, &[b"STREAM", b"3", words, command]))
}
