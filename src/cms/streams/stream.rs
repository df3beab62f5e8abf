//! One stream with separate read and write positions (ANSI X3.274 section 5.8; SC24-5770, "Input and
//! output streams"): lines end at a new line, positions count bytes from 0 here and from 1 outside.
//!
//! What is read comes in large blocks; what is written is gathered and goes out when the stream is
//! read, closed, or when something else may look at the file ([`Stream::flush`]).

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;

use crate::rexx::{Lent, Value};

/// Bytes read at once.
const CHUNK: usize = 1 << 17;

/// Bytes gathered before they are written.
const GATHER: usize = 1 << 16;

/// The state that STREAM gives (ANSI X3.274 section 5.8.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The last operation was done.
    Ready,
    /// The last operation was not done, or only in part: mostly the end of the stream.
    NotReady,
    /// The last operation was an error of the system.
    Error,
}

/// What bytes come from.
#[derive(Debug)]
pub enum Source {
    /// A regular file: any position can be read.
    File(File),
    /// A pipe or device: what is read is gone.
    Flow(File),
    /// A file inside the program.
    Bytes(&'static [u8]),
}

/// What bytes go to.
#[derive(Debug)]
pub enum Sink {
    /// A regular file.
    File(File),
    /// A pipe or device.
    Flow(File),
}

/// Where reading is.
#[derive(Debug)]
struct Reader {
    source: Source,
    /// What was read last, and where in the stream it begins.
    block: Vec<u8>,
    base: u64,
    /// The next byte, within the block.
    at: usize,
    /// Nothing is behind the block.
    ended: bool,
    /// The number of the line at the read position, while it is known.
    line: Option<u64>,
    /// Shorter lines are padded to this length (RECFM F).
    length: usize,
}

/// Where writing is.
#[derive(Debug)]
struct Writer {
    sink: Sink,
    /// Where the gathered bytes begin.
    start: u64,
    gathered: Vec<u8>,
    /// Shorter lines are padded to this length (RECFM F).
    length: usize,
}

/// A stream that was opened.
#[derive(Debug)]
pub struct Stream {
    reader: Option<Reader>,
    writer: Option<Writer>,
    /// What the last operation came to.
    pub state: State,
    /// Why it is not ready: `EOF`, or what the system says.
    pub why: Vec<u8>,
}

/// Why an operation was not done.
#[derive(Debug)]
pub enum Fault {
    /// The end of the stream: NOTREADY.
    End,
    /// The position lies outside the stream: error 40.41.
    Outside,
    /// The stream has no positions: error 40.42.
    NoPositions,
    /// What the system says.
    System(io::Error),
}

impl From<io::Error> for Fault {
    fn from(e: io::Error) -> Fault {
        Fault::System(e)
    }
}

impl Default for Stream {
    fn default() -> Stream {
        Stream {
            reader: None,
            writer: None,
            state: State::Ready,
            why: Vec::new(),
        }
    }
}

impl Stream {
    /// Whether it can be read.
    pub fn reads(&self) -> bool {
        self.reader.is_some()
    }

    /// Whether it can be written.
    pub fn writes(&self) -> bool {
        self.writer.is_some()
    }

    /// Whether it is a pipe or device, without positions.
    pub fn is_transient(&self) -> bool {
        let reads = self.reader.as_ref().map(|r| &r.source);
        let writes = self.writer.as_ref().map(|w| &w.sink);
        matches!(reads, Some(Source::Flow(_))) || matches!(writes, Some(Sink::Flow(_)))
    }

    /// Reads from here on, from the first byte; the lines of a file of RECFM F have at least `length` bytes.
    pub fn open_reading(&mut self, source: Source, length: usize) {
        self.reader = Some(Reader {
            source,
            block: Vec::new(),
            base: 0,
            at: 0,
            ended: false,
            line: Some(1),
            length,
        });
    }

    /// Writes to here from now on, from a position; the lines of a file of RECFM F have at least `length` bytes.
    pub fn open_writing(&mut self, sink: Sink, at: u64, length: usize) {
        self.writer = Some(Writer {
            sink,
            start: at,
            gathered: Vec::new(),
            length,
        });
    }

    /// Puts out what was gathered; what was read before it is read again.
    ///
    /// # Errors
    /// What the host says; the bytes are lost then.
    pub fn flush(&mut self) -> io::Result<()> {
        let Some(writer) = &mut self.writer else {
            return Ok(());
        };
        if writer.gathered.is_empty() {
            return Ok(());
        }
        let bytes = std::mem::take(&mut writer.gathered);
        let start = writer.start;
        writer.start += bytes.len() as u64;
        if let Some(reader) = &mut self.reader
            && !matches!(reader.source, Source::Flow(_))
        {
            reader.forget();
        }
        match &mut writer.sink {
            Sink::File(file) => file.write_all_at(&bytes, start),
            Sink::Flow(file) => file.write_all(&bytes),
        }
    }

    /// Takes the block out, with the place of the next byte; `None` when nothing is left in it, or its lines
    /// are not the stream's.
    pub fn lend(&mut self) -> Option<(Vec<u8>, usize)> {
        let lends = |r: &&mut Reader| r.at < r.block.len() && r.length == 0;
        let reader = self.reader.as_mut().filter(lends)?;
        Some((std::mem::take(&mut reader.block), reader.at))
    }

    /// Puts the block back.
    pub fn take_back(&mut self, lent: Lent) {
        if let Some(reader) = &mut self.reader {
            reader.block = lent.block;
            reader.at = lent.at;
            reader.line = reader.line.map(|n| n + lent.lines);
        }
    }

    fn reader(&mut self) -> Result<&mut Reader, Fault> {
        if self.writer.as_ref().is_some_and(|w| !w.gathered.is_empty()) {
            self.flush()?;
        }
        self.reader
            .as_mut()
            .ok_or_else(|| Fault::System(io::ErrorKind::PermissionDenied.into()))
    }

    fn writer(&mut self) -> Result<&mut Writer, Fault> {
        self.writer
            .as_mut()
            .ok_or_else(|| Fault::System(io::ErrorKind::PermissionDenied.into()))
    }

    /// The next line without its line end.
    ///
    /// # Errors
    /// [`Fault::End`], or what the host says.
    #[inline]
    pub fn read_line(&mut self) -> Result<Value, Fault> {
        self.reader()?.line()
    }

    /// Up to `count` characters; fewer at the end of the stream.
    ///
    /// # Errors
    /// What the host says.
    pub fn read_chars(&mut self, count: usize) -> Result<Vec<u8>, Fault> {
        Ok(self.reader()?.chars(count)?)
    }

    /// Whether anything is left to read. A pipe is waited for.
    ///
    /// # Errors
    /// What the host says.
    #[inline]
    pub fn has_more(&mut self) -> Result<bool, Fault> {
        let reader = self.reader()?;
        while reader.at == reader.block.len() {
            if reader.ended {
                return Ok(false);
            }
            reader.refill()?;
        }
        Ok(true)
    }

    /// How many characters are left; of a pipe those that have come.
    ///
    /// # Errors
    /// What the host says.
    pub fn chars_left(&mut self) -> Result<u64, Fault> {
        let more = self.has_more()?;
        let reader = self.reader()?;
        let left = match reader.size()? {
            Some(size) => size.saturating_sub(reader.position()),
            None => (reader.block.len() - reader.at) as u64,
        };
        Ok(if more { left } else { 0 })
    }

    /// How many lines are left; of a pipe those that have come.
    ///
    /// # Errors
    /// What the host says.
    pub fn lines_left(&mut self) -> Result<u64, Fault> {
        let reader = self.reader()?;
        if matches!(reader.source, Source::Flow(_)) {
            let more = self.has_more()?;
            let reader = self.reader()?;
            let rest = &reader.block[reader.at..];
            let ends = memchr::memchr_iter(b'\n', rest).count() as u64;
            return Ok(if ends == 0 { u64::from(more) } else { ends });
        }
        let (from, line) = (reader.position(), reader.line);
        let mut count = 0;
        let mut last = b'\n';
        loop {
            let rest = &reader.block[reader.at..];
            count += memchr::memchr_iter(b'\n', rest).count() as u64;
            last = rest.last().copied().unwrap_or(last);
            reader.at = reader.block.len();
            if reader.ended {
                break;
            }
            reader.refill()?;
        }
        reader.seek(from);
        reader.line = line;
        Ok(count + u64::from(last != b'\n'))
    }

    /// Writes bytes at the write position.
    ///
    /// # Errors
    /// What the host says, now or of what was gathered before.
    #[inline]
    pub fn write(&mut self, text: &[u8], end: &[u8]) -> Result<(), Fault> {
        let writer = self.writer()?;
        writer.gathered.extend_from_slice(text);
        writer.gathered.extend_from_slice(end);
        if writer.gathered.len() >= GATHER || matches!(writer.sink, Sink::Flow(_)) {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes a line at the write position.
    ///
    /// # Errors
    /// As [`Stream::write`].
    #[inline]
    pub fn write_line(&mut self, line: &[u8]) -> Result<(), Fault> {
        let missing = self.writer()?.length.saturating_sub(line.len());
        match missing {
            0 => self.write(line, b"\n"),
            missing => {
                self.write(line, b"")?;
                let mut rest = vec![b' '; missing];
                rest.push(b'\n');
                self.write(&rest, b"")
            }
        }
    }

    /// The size in bytes; `None` of a pipe.
    ///
    /// # Errors
    /// What the host says.
    pub fn size(&mut self) -> Result<Option<u64>, Fault> {
        self.flush()?;
        if let Some(reader) = &self.reader {
            return Ok(reader.size()?);
        }
        match &self.writer()?.sink {
            Sink::File(file) => Ok(Some(file.metadata()?.len())),
            Sink::Flow(_) => Ok(None),
        }
    }

    fn bounds(&mut self) -> Result<u64, Fault> {
        if self.is_transient() {
            return Err(Fault::NoPositions);
        }
        self.size()?.ok_or(Fault::NoPositions)
    }

    /// The read position in bytes.
    pub fn read_position(&self) -> u64 {
        self.reader.as_ref().map_or(0, Reader::position)
    }

    /// The write position in bytes.
    pub fn write_position(&self) -> u64 {
        let writer = self.writer.as_ref();
        writer.map_or(0, |w| w.start + w.gathered.len() as u64)
    }

    /// Reads from this byte on; the byte behind the last is allowed.
    ///
    /// # Errors
    /// Outside the stream, no positions, or what the host says.
    pub fn seek_reading(&mut self, to: u64) -> Result<(), Fault> {
        if to > self.bounds()? {
            return Err(Fault::Outside);
        }
        self.reader()?.seek(to);
        Ok(())
    }

    /// Writes from this byte on; the byte behind the last is allowed.
    ///
    /// # Errors
    /// Outside the stream, no positions, or what the host says.
    pub fn seek_writing(&mut self, to: u64) -> Result<(), Fault> {
        if to > self.bounds()? {
            return Err(Fault::Outside);
        }
        self.writer()?.start = to;
        Ok(())
    }

    /// The byte where a line begins (lines count from 1), in what `reader` reads. The line behind the
    /// last is allowed.
    ///
    /// # Errors
    /// Outside the stream, no positions, or what the host says.
    pub fn line_start(&mut self, line: u64) -> Result<u64, Fault> {
        self.bounds()?;
        let Some(reader) = &mut self.reader else {
            return self.line_start_of_sink(line);
        };
        let keep = (reader.position(), reader.line);
        let found = reader.find_line(line);
        reader.seek(keep.0);
        reader.line = keep.1;
        found
    }

    /// The same in a stream that is only written.
    fn line_start_of_sink(&mut self, line: u64) -> Result<u64, Fault> {
        let file = match &self.writer()?.sink {
            Sink::File(file) => file.try_clone()?,
            Sink::Flow(_) => return Err(Fault::NoPositions),
        };
        let mut own = Stream::default();
        own.open_reading(Source::File(file), 0);
        own.line_start(line)
    }

    /// The number of the line that a byte is in, counted from 1.
    ///
    /// # Errors
    /// What the host says.
    pub fn line_of(&mut self, byte: u64) -> Result<u64, Fault> {
        self.bounds()?;
        let Some(reader) = &mut self.reader else {
            return Ok(1);
        };
        if reader.position() == byte
            && let Some(line) = reader.line
        {
            return Ok(line);
        }
        let keep = (reader.position(), reader.line);
        let found = reader.line_at(byte);
        reader.seek(keep.0);
        reader.line = keep.1;
        found
    }

    /// Reads from this line on.
    ///
    /// # Errors
    /// Outside the stream, no positions, or what the host says.
    pub fn seek_line(&mut self, line: u64) -> Result<(), Fault> {
        let reading = self.reader.as_ref().and_then(|r| r.line);
        if reading == Some(line) && !self.is_transient() {
            return Ok(());
        }
        let start = self.line_start(line)?;
        let reader = self.reader()?;
        reader.seek(start);
        reader.line = Some(line);
        Ok(())
    }
}

/// A line as the value that LINEIN gives.
#[inline]
fn padded(line: &[u8], length: usize) -> Value {
    if line.len() >= length {
        return Value::from_bytes(line);
    }
    let mut line = line.to_vec();
    line.resize(length, b' ');
    Value::from_vec(line)
}

impl Reader {
    fn position(&self) -> u64 {
        self.base + self.at as u64
    }

    /// Throws the block away: the file was changed.
    fn forget(&mut self) {
        self.base = self.position();
        self.block.clear();
        self.at = 0;
        self.ended = false;
    }

    fn size(&self) -> io::Result<Option<u64>> {
        match &self.source {
            Source::File(file) => Ok(Some(file.metadata()?.len())),
            Source::Flow(_) => Ok(None),
            Source::Bytes(bytes) => Ok(Some(bytes.len() as u64)),
        }
    }

    fn seek(&mut self, to: u64) {
        self.line = (to == 0).then_some(1);
        if to >= self.base && to - self.base <= self.block.len() as u64 {
            self.at = (to - self.base) as usize;
            return;
        }
        self.base = to;
        self.block.clear();
        self.at = 0;
        self.ended = false;
    }

    /// Reads on: the block then begins with what is left of it.
    fn refill(&mut self) -> io::Result<()> {
        let left = self.block.len() - self.at;
        self.block.copy_within(self.at.., 0);
        self.block.truncate(left);
        self.base += self.at as u64;
        self.at = 0;
        // A line longer than the block doubles it, so that long lines cost linear time.
        let room = CHUNK.max(left);
        self.block.resize(left + room, 0);
        let behind = self.base + left as u64;
        let got = match &mut self.source {
            Source::File(file) => file.read_at(&mut self.block[left..], behind),
            Source::Flow(file) => file.read(&mut self.block[left..]),
            Source::Bytes(bytes) => {
                let from = usize::try_from(behind).unwrap_or(usize::MAX);
                let mut rest = bytes.get(from..).unwrap_or_default();
                rest.read(&mut self.block[left..])
            }
        };
        let count = match &got {
            Ok(count) => *count,
            Err(_) => 0,
        };
        self.block.truncate(left + count);
        if got
            .as_ref()
            .is_err_and(|e| e.kind() == io::ErrorKind::Interrupted)
        {
            return Ok(());
        }
        self.ended = got? == 0;
        Ok(())
    }

    #[inline]
    fn line(&mut self) -> Result<Value, Fault> {
        loop {
            let rest = &self.block[self.at..];
            if let Some(len) = memchr::memchr(b'\n', rest) {
                let line = padded(&rest[..len], self.length);
                self.at += len + 1;
                if let Some(number) = &mut self.line {
                    *number += 1;
                }
                return Ok(line);
            }
            if self.ended {
                if rest.is_empty() {
                    // A file may have grown since.
                    self.ended = false;
                    return Err(Fault::End);
                }
                let line = padded(rest, self.length);
                self.at = self.block.len();
                if let Some(number) = &mut self.line {
                    *number += 1;
                }
                return Ok(line);
            }
            self.refill()?;
        }
    }

    fn chars(&mut self, count: usize) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        while out.len() < count {
            let rest = &self.block[self.at..];
            let take = rest.len().min(count - out.len());
            out.extend_from_slice(&rest[..take]);
            self.at += take;
            if out.len() < count {
                if std::mem::take(&mut self.ended) {
                    break;
                }
                self.refill()?;
            }
        }
        match out.as_slice() {
            [] => {}
            [b'\n'] => self.line = self.line.map(|n| n + 1),
            _ => self.line = None,
        }
        Ok(out)
    }

    /// The byte where a line begins.
    fn find_line(&mut self, line: u64) -> Result<u64, Fault> {
        let mut number = match self.line {
            Some(number) if number <= line => number,
            _ => {
                self.seek(0);
                1
            }
        };
        while number < line {
            match self.line() {
                Ok(_) => number += 1,
                Err(Fault::End) => return Err(Fault::Outside),
                Err(fault) => return Err(fault),
            }
        }
        Ok(self.position())
    }

    /// The number of the line that a byte is in.
    fn line_at(&mut self, byte: u64) -> Result<u64, Fault> {
        let mut number = match self.line {
            Some(number) if self.position() <= byte => number,
            _ => {
                self.seek(0);
                1
            }
        };
        loop {
            match self.line() {
                Ok(_) if self.position() <= byte => number += 1,
                Ok(_) | Err(Fault::End) => return Ok(number),
                Err(fault) => return Err(fault),
            }
        }
    }
}
