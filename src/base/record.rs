//! Records: reference-counted slices of what was read. Copying one copies no data.

use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

/// What a record is a slice of.
enum Backing {
    Bytes(Vec<u8>),
    Mapped(memmap2::Mmap),
}

impl Backing {
    fn bytes(&self) -> &[u8] {
        match self {
            Backing::Bytes(b) => b,
            Backing::Mapped(m) => m,
        }
    }
}

/// A shared block of bytes that records are cut from.
#[derive(Clone)]
pub struct Block(Rc<Backing>);

impl Block {
    /// A block that owns `bytes`.
    pub fn new(bytes: Vec<u8>) -> Self {
        Block(Rc::new(Backing::Bytes(bytes)))
    }

    /// A block over a mapped file.
    pub fn mapped(map: memmap2::Mmap) -> Self {
        Block(Rc::new(Backing::Mapped(map)))
    }

    /// All bytes of the block.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }

    /// The room of the block, empty, when nobody else holds it.
    pub fn reclaim(&mut self) -> Option<Vec<u8>> {
        match Rc::get_mut(&mut self.0)? {
            Backing::Bytes(bytes) => {
                bytes.clear();
                Some(std::mem::take(bytes))
            }
            Backing::Mapped(_) => None,
        }
    }

    /// The record of `len` bytes from `start`.
    ///
    /// Panics when the range is not within the block.
    #[inline]
    pub fn slice(&self, start: usize, len: usize) -> Record {
        assert!(
            start + len <= self.bytes().len(),
            "a record lies within its block"
        );
        Record {
            block: Some(self.clone()),
            start,
            len,
        }
    }
}

/// A line that records are made of, one after another. Once nobody holds the last record any more, its room
/// is used again.
#[derive(Default)]
pub struct Builder {
    line: Vec<u8>,
    last: Option<Block>,
}

impl Builder {
    /// The line as it is now.
    pub fn line(&mut self) -> &mut Vec<u8> {
        &mut self.line
    }

    /// The line to look at.
    pub fn text(&self) -> &[u8] {
        &self.line
    }

    /// The line as a record; the next line begins empty.
    #[inline]
    pub fn finish(&mut self) -> Record {
        self.finish_from(0)
    }

    /// What stands in the line from a place on, as a record; the next line begins empty.
    ///
    /// Panics when the line ends before that place.
    #[inline]
    pub fn finish_from(&mut self, start: usize) -> Record {
        let len = self.line.len() - start;
        if let Some(block) = &mut self.last
            && let Some(Backing::Bytes(room)) = Rc::get_mut(&mut block.0)
        {
            std::mem::swap(room, &mut self.line);
            self.line.clear();
            return block.slice(start, len);
        }
        self.renew(start + len).slice(start, len)
    }

    /// The line as a block; somebody still holds the last one.
    #[inline(never)]
    fn renew(&mut self, length: usize) -> Block {
        let next = Vec::with_capacity(length.min(4096));
        let block = Block::new(std::mem::replace(&mut self.line, next));
        self.last = Some(block.clone());
        block
    }
}

/// One record: a slice of a shared block.
#[derive(Clone)]
pub struct Record {
    block: Option<Block>,
    start: usize,
    len: usize,
}

impl Record {
    /// The record of no bytes.
    pub const fn null() -> Self {
        Record {
            block: None,
            start: 0,
            len: 0,
        }
    }

    /// The part of `len` bytes from `start`, sharing the data.
    #[inline]
    pub fn slice(&self, start: usize, len: usize) -> Record {
        assert!(start + len <= self.len, "a slice lies within its record");
        Record {
            block: self.block.clone(),
            start: self.start + start,
            len,
        }
    }

    /// The bytes, without a copy when this is the only user of a whole block.
    pub fn into_vec(self) -> Vec<u8> {
        let Some(block) = self.block else {
            return Vec::new();
        };
        match Rc::try_unwrap(block.0) {
            Ok(Backing::Bytes(mut v)) => {
                v.truncate(self.start + self.len);
                v.drain(..self.start);
                v
            }
            Ok(other) => other.bytes()[self.start..self.start + self.len].to_vec(),
            Err(shared) => shared.bytes()[self.start..self.start + self.len].to_vec(),
        }
    }
}

impl Deref for Record {
    type Target = [u8];
    #[inline]
    fn deref(&self) -> &[u8] {
        match &self.block {
            Some(b) => &b.bytes()[self.start..self.start + self.len],
            None => &[],
        }
    }
}

impl From<Vec<u8>> for Record {
    fn from(v: Vec<u8>) -> Self {
        let len = v.len();
        Record {
            block: Some(Block::new(v)),
            start: 0,
            len,
        }
    }
}

impl From<&[u8]> for Record {
    fn from(v: &[u8]) -> Self {
        Record::from(v.to_vec())
    }
}

impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}
impl Eq for Record {}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_share_and_into_vec_gives_the_part() {
        let r = Record::from(b"hello world".to_vec());
        let w = r.slice(6, 5);
        assert_eq!(&*w, b"world");
        drop(r);
        assert_eq!(w.into_vec(), b"world");
        assert_eq!(Record::null().into_vec(), b"");
    }

    #[test]
    fn a_record_that_is_held_keeps_its_bytes() {
        let mut builder = Builder::default();
        let mut make = |text: &[u8]| {
            builder.line().extend_from_slice(text);
            builder.finish()
        };
        let first = make(b"first");
        let part = first.slice(0, 2);
        drop(first);
        let second = make(b"second");
        assert_eq!((&*part, &*second), (&b"fi"[..], &b"second"[..]));
        drop(second);
        assert_eq!(&*make(b"3"), b"3");
        assert_eq!(&*make(b""), b"");
        builder.line().extend_from_slice(b"OUTPUT x");
        assert_eq!(&*builder.finish_from(7), b"x");
        assert_eq!(&*builder.finish_from(0), b"");
        assert_eq!(&*part, b"fi");
    }
}
