//! The records of a host file: its lines, cut from shared blocks, so that reading takes constant memory
//! and a record is copied only when it crosses two blocks.

use std::io::{self, Read};
use std::path::PathBuf;

use super::attributes::Kept;
use crate::base::Record;
use crate::base::record::Block;
use crate::pipe::{Finder, Sought};

/// How much is read at once.
const CHUNK: usize = 1 << 18;

/// The lines of a file, one after the other. The last line counts without its line end too.
pub struct Lines {
    from: Box<dyn Read>,
    block: Block,
    at: usize,
    /// The room of a block whose records are gone.
    spare: Vec<u8>,
    ended: bool,
    /// Shorter records are padded to this length.
    length: usize,
    /// Counted records have this length, as long as a line end follows, or without a length their own one before
    /// them.
    kept: Kept,
    erase: Option<Erase>,
}

/// A file that is erased when nobody reads it any more, if anybody did.
struct Erase {
    path: PathBuf,
    read: bool,
}

impl Drop for Erase {
    fn drop(&mut self) {
        if self.read {
            // The reader has its records; a file that stays is erased by the next one.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

impl Lines {
    /// The lines of what `from` gives.
    pub fn new(from: Box<dyn Read>) -> Lines {
        Lines {
            from,
            block: Block::new(Vec::new()),
            at: 0,
            spare: Vec::new(),
            ended: false,
            length: 0,
            kept: Kept::Lines,
            erase: None,
        }
    }

    /// Pads shorter lines with blanks to a length, as the records of an F file have it.
    pub fn padded(mut self, length: Option<usize>) -> Lines {
        self.length = length.unwrap_or(0);
        self
    }

    /// How records are found, by line ends or by their length: that to which they are padded, else the four bytes
    /// before each.
    pub fn kept(mut self, kept: Kept) -> Lines {
        self.kept = kept;
        self
    }

    /// Erases the file when it has been read.
    pub fn erasing(mut self, path: PathBuf) -> Lines {
        self.erase = Some(Erase { path, read: false });
        self
    }

    /// The next line without its line end; `None` at the end of the file.
    ///
    /// # Errors
    /// What the host says.
    pub fn read(&mut self) -> io::Result<Option<Record>> {
        let line = self.line()?;
        Ok(match line {
            Some(line) if line.len() < self.length => {
                let mut padded = line.into_vec();
                let filling = if self.kept == Kept::Bytes { 0 } else { b' ' };
                padded.resize(self.length, filling);
                Some(Record::from(padded))
            }
            line => line,
        })
    }

    /// The next line, when it was read already as it is.
    #[inline]
    pub fn at_hand(&mut self) -> Option<Record> {
        if self.length > 0 || self.kept != Kept::Lines {
            return None;
        }
        let rest = self.block.bytes().get(self.at..)?;
        let len = memchr::memchr(b'\n', rest)?;
        let record = self.block.slice(self.at, len);
        self.at += len + 1;
        Some(record)
    }

    /// The next record with its length before it.
    fn record(&mut self) -> io::Result<Option<Record>> {
        const PREFIX: usize = 4;
        loop {
            let rest = &self.block.bytes()[self.at..];
            if let Some((&prefix, text)) = rest.split_first_chunk::<PREFIX>() {
                let length = usize::try_from(u32::from_be_bytes(prefix)).unwrap_or(usize::MAX);
                if length <= text.len() {
                    let record = self.block.slice(self.at + PREFIX, length);
                    self.at += PREFIX + length;
                    return Ok(Some(record));
                }
            }
            match (self.ended, rest.is_empty()) {
                (false, _) => self.refill()?,
                (true, true) => return Ok(None),
                (true, false) => {
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        "the lengths of its records are wrong",
                    ));
                }
            }
        }
    }

    fn line(&mut self) -> io::Result<Option<Record>> {
        if self.kept == Kept::Counted && self.length == 0 {
            return self.record();
        }
        // What is behind each record.
        let end = if self.kept == Kept::Bytes { 0 } else { 1 };
        loop {
            let rest = &self.block.bytes()[self.at..];
            let found = match self.kept {
                Kept::Bytes => (rest.len() >= self.length).then_some(self.length),
                Kept::Counted if rest.get(self.length) == Some(&b'\n') => Some(self.length),
                Kept::Counted if rest.len() <= self.length && !self.ended => None,
                _ => memchr::memchr(b'\n', rest),
            };
            if let Some(len) = found {
                let record = self.block.slice(self.at, len);
                self.at += len + end;
                return Ok(Some(record));
            }
            if self.ended {
                let len = rest.len();
                let record = self.block.slice(self.at, len);
                self.at += len;
                return Ok((len > 0).then_some(record));
            }
            self.refill()?;
        }
    }

    /// The next line with a text in it. Looks through one block at most; a line end is no part of a text.
    ///
    /// # Errors
    /// What the host says.
    pub fn seek(&mut self, text: &Finder) -> io::Result<Sought> {
        if self.length > 0 || self.kept != Kept::Lines {
            // The text may be in the padding, or a line end.
            return Ok(self.read()?.into());
        }
        if memchr::memchr(b'\n', text.needle()).is_some() {
            return Ok(Sought::End);
        }
        let rest = &self.block.bytes()[self.at..];
        if let Some(found) = text.find(rest) {
            self.at += memchr::memrchr(b'\n', &rest[..found]).map_or(0, |n| n + 1);
            return Ok(self.read()?.into());
        }
        // The last line may go on.
        self.at += memchr::memrchr(b'\n', rest).map_or(0, |n| n + 1);
        if self.ended {
            return Ok(Sought::End);
        }
        self.refill()?;
        Ok(Sought::NotYet)
    }

    /// Reads a new block that begins with what is left of the last one.
    fn refill(&mut self) -> io::Result<()> {
        if let Some(erase) = &mut self.erase {
            erase.read = true;
        }
        let mut bytes = std::mem::take(&mut self.spare);
        let rest = &self.block.bytes()[self.at..];
        // A line longer than the block doubles it, so that long lines cost linear time.
        let room = CHUNK.max(rest.len());
        bytes.reserve(rest.len() + room);
        bytes.extend_from_slice(rest);
        let before = bytes.len();
        let wanted = u64::try_from(room).unwrap_or(u64::MAX);
        self.from.by_ref().take(wanted).read_to_end(&mut bytes)?;
        self.ended = bytes.len() == before;
        let mut old = std::mem::replace(&mut self.block, Block::new(bytes));
        self.spare = old.reclaim().unwrap_or_default();
        self.at = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipe::target::Case;

    /// Gives its bytes a few at a time.
    struct Trickle(Vec<u8>, usize);
    impl Read for Trickle {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            let n = self.0.len().min(self.1).min(to.len());
            to[..n].copy_from_slice(&self.0[..n]);
            self.0.drain(..n);
            Ok(n)
        }
    }

    fn all(bytes: &[u8], step: usize) -> Vec<Vec<u8>> {
        let mut lines = Lines::new(Box::new(Trickle(bytes.to_vec(), step)));
        let mut out = Vec::new();
        while let Some(line) = lines.read().expect("read") {
            out.push(line.to_vec());
        }
        out
    }

    #[test]
    fn lines_with_and_without_a_last_line_end() {
        for step in [1, 2, 1000] {
            assert_eq!(all(b"", step), Vec::<Vec<u8>>::new());
            assert_eq!(all(b"a\n\nb", step), [&b"a"[..], b"", b"b"]);
            assert_eq!(all(b"a\n", step), [b"a"]);
        }
    }

    #[test]
    fn lines_that_hold_a_text() {
        let sought = |bytes: &[u8], step: usize, text: &str| {
            let mut lines = Lines::new(Box::new(Trickle(bytes.to_vec(), step)));
            let finder = Finder::new(text.as_bytes(), Case::Any).expect("short");
            let mut out = Vec::new();
            loop {
                match lines.seek(&finder).expect("read") {
                    Sought::Record(line) => out.push(line.to_vec()),
                    Sought::NotYet => {}
                    Sought::End => return out,
                }
            }
        };
        let text = b"ONE\ntwo\n\nanother one\nx";
        for step in [1, 3, 1000] {
            assert_eq!(sought(text, step, "one"), [&b"ONE"[..], b"another one"]);
            assert_eq!(sought(text, step, "x"), [b"x"]);
            assert!(sought(text, step, "o\n").is_empty());
            assert!(sought(b"", step, "o").is_empty());
        }
        let long = [vec![b'y'; 3 * CHUNK], b"one\nz".to_vec()].concat();
        assert_eq!(sought(&long, CHUNK, "one")[0].len(), 3 * CHUNK + 3);
        assert_eq!(sought(&long, CHUNK, "z"), [b"z"]);
    }

    #[test]
    fn a_line_longer_than_a_block() {
        let mut text = vec![b'x'; 3 * CHUNK + 7];
        text.push(b'\n');
        text.extend_from_slice(b"end");
        let got = all(&text, CHUNK);
        assert_eq!(got[0].len(), 3 * CHUNK + 7);
        assert_eq!(got[1], b"end");
    }
}
