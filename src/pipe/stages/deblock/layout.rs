//! Lengths before records and blocks with descriptor words.

use super::codes;
use crate::base::Record;
use crate::base::codepage::CodePage;
use crate::base::msg::fpl;
use crate::pipe::args::Fault;
use crate::pipe::filter::{Emit, Filter, Flow};

/// A length before a record.
#[derive(Clone, Copy)]
pub struct Prefix {
    /// How many bytes it has.
    pub width: usize,
    /// How many of them hold the length.
    digits: usize,
    /// Whether it counts itself.
    counts_itself: bool,
    /// Whether a length of zero ends the file.
    zero_ends: bool,
}

impl Prefix {
    /// Two bytes, the record's own length.
    pub const CMS: Prefix = Prefix {
        width: 2,
        digits: 2,
        counts_itself: false,
        zero_ends: true,
    };
    /// Four bytes, the record's own length.
    pub const CMS4: Prefix = Prefix {
        width: 4,
        digits: 4,
        ..Prefix::CMS
    };
    /// A structured field: two bytes that count themselves.
    pub const SF: Prefix = Prefix {
        counts_itself: true,
        zero_ends: false,
        ..Prefix::CMS
    };
    /// Four bytes that count themselves.
    pub const SF4: Prefix = Prefix {
        width: 4,
        digits: 4,
        ..Prefix::SF
    };
    /// A record descriptor word: two bytes that count it, and two of zeros.
    pub const VARIABLE: Prefix = Prefix {
        width: 4,
        ..Prefix::SF
    };

    /// The size of what stands first in some bytes, the prefix included; `None` when that is not complete
    /// or not valid.
    pub fn size(&self, bytes: &[u8]) -> Option<usize> {
        let digits = bytes.get(..self.width)?;
        let mut value = 0usize;
        for &b in &digits[..self.digits] {
            value = value << 8 | usize::from(b);
        }
        match self.counts_itself {
            true => (value >= self.width).then_some(value),
            false => value.checked_add(self.width),
        }
    }

    /// What is told of a length that is not valid.
    fn bad(&self, bytes: &[u8]) -> Fault {
        let digits = bytes.get(..self.width).unwrap_or(bytes);
        if self.digits < self.width {
            return Fault::new(&fpl::FPLDEB070E, &[hex(digits).as_bytes()]);
        }
        let value = digits.iter().fold(0u64, |n, &b| n << 8 | u64::from(b));
        let (value, least) = (value.to_string(), self.width.to_string());
        Fault::new(&fpl::FPLDEB1126E, &[value.as_bytes(), least.as_bytes()])
    }

    /// What ends the file.
    pub fn end(&self) -> &'static [u8] {
        match self.zero_ends {
            true => &[0; 4][..self.width],
            false => &[],
        }
    }

    /// The bytes with their length before them; `None` when they are too long.
    pub fn with(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let value = match self.counts_itself {
            true => bytes.len() + self.width,
            false => bytes.len(),
        };
        let value = u32::try_from(value).ok()?;
        if self.digits == 2 && value > 0xffff {
            return None;
        }
        let mut line = value.to_be_bytes()[4 - self.digits..].to_vec();
        line.resize(self.width, 0);
        line.extend_from_slice(bytes);
        Some(line)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02X}")).collect()
}

/// Whether records may go on in the next block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Spans {
    Never,
    Yes,
}

/// Records with their lengths in a stream of bytes.
pub struct Stream {
    page: CodePage,
    prefix: Prefix,
    held: Vec<u8>,
    ended: bool,
}

impl Stream {
    pub fn new(page: CodePage, prefix: Prefix) -> Stream {
        Stream {
            page,
            prefix,
            held: Vec::new(),
            ended: false,
        }
    }
}

impl Filter for Stream {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        if self.ended {
            return Flow::More;
        }
        self.held.extend_from_slice(&codes::of(self.page, record));
        let width = self.prefix.width;
        let mut at = 0;
        while self.held.len() - at >= width {
            let rest = &self.held[at..];
            let Some(size) = self.prefix.size(rest) else {
                return out.fail(self.prefix.bad(rest));
            };
            if self.prefix.zero_ends && size == width {
                self.ended = true;
                at = self.held.len();
                break;
            }
            if rest.len() < size {
                break;
            }
            out.put(0, codes::record(self.page, rest[width..size].to_vec()));
            at += size;
        }
        self.held.drain(..at);
        Flow::More
    }

    fn finish(&mut self, out: &mut Emit) {
        if !self.held.is_empty() {
            out.fail(Fault::new(&fpl::FPLDEB072E, &[]));
        }
    }
}

/// Segment codes of a record descriptor word.
pub const WHOLE: u8 = 0;
/// The first segment of a record.
pub const FIRST: u8 = 1;
/// The last segment.
pub const LAST: u8 = 2;
/// One between.
pub const MIDDLE: u8 = 3;

/// Blocks of variable-length records, each block a record.
pub struct Blocks {
    page: CodePage,
    /// The segments of a record so far.
    partial: Option<Vec<u8>>,
    /// The segment code before.
    before: u8,
}

impl Blocks {
    pub fn new(page: CodePage) -> Blocks {
        Blocks {
            page,
            partial: None,
            before: WHOLE,
        }
    }

    /// Takes one block apart.
    ///
    /// # Errors
    /// 68 its descriptor word, 69 its length, 70 a record descriptor word, 73 a segment that is not expected.
    fn take_apart(&mut self, bytes: &[u8], out: &mut Emit) -> Result<(), Fault> {
        let descriptor = Prefix::VARIABLE;
        let Some(size) = descriptor.size(bytes) else {
            let word = &bytes[..bytes.len().min(descriptor.width)];
            return Err(Fault::new(&fpl::FPLDEB068E, &[hex(word).as_bytes()]));
        };
        if size != bytes.len() {
            let (length, size) = (bytes.len().to_string(), size.to_string());
            let of = [length.as_bytes(), size.as_bytes()];
            return Err(Fault::new(&fpl::FPLDEB069E, &of));
        }
        let mut rest = &bytes[descriptor.width..];
        while !rest.is_empty() {
            let size = descriptor.size(rest).filter(|n| *n <= rest.len());
            let size = size.ok_or_else(|| descriptor.bad(rest))?;
            let data = &rest[descriptor.width..size];
            let code = rest[2] & 3;
            match (code, self.partial.take()) {
                (WHOLE, None) => out.put(0, codes::record(self.page, data.to_vec())),
                (FIRST, None) => self.partial = Some(data.to_vec()),
                (MIDDLE, Some(before)) => self.partial = Some([&before[..], data].concat()),
                (LAST, Some(before)) => {
                    out.put(0, codes::record(self.page, [&before[..], data].concat()));
                }
                _ => {
                    let (before, now) = (hex(&[self.before]), hex(&[code]));
                    let of = [before.as_bytes(), now.as_bytes()];
                    return Err(Fault::new(&fpl::FPLDEB073E, &of));
                }
            }
            self.before = code;
            rest = &rest[size..];
        }
        Ok(())
    }
}

impl Filter for Blocks {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        let bytes = codes::of(self.page, record);
        match self.take_apart(&bytes, out) {
            Ok(()) => Flow::More,
            Err(fault) => out.fail(fault),
        }
    }

    fn finish(&mut self, out: &mut Emit) {
        if self.partial.is_some() {
            out.fail(Fault::new(&fpl::FPLDEB072E, &[]));
        }
    }
}
