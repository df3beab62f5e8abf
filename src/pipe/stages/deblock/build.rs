//! BLOCK: blocks of records.

use super::layout::{FIRST, LAST, MIDDLE, Prefix, Spans, WHOLE};
use super::{Lineend, PREFIXES, VARIABLE, codes, filter, positive, transfer, unknown};
use crate::base::Record;
use crate::base::codepage::CodePage;
use crate::base::msg::fpl;
use crate::pipe::args::{Args, Fault};
use crate::pipe::filter::{Emit, Filter, Flow};
use crate::pipe::stage::Body;

pub fn block(args: &mut Args<'_>) -> Result<Body, Fault> {
    let size = positive(args)?;
    let page = args.page;
    let held = Vec::new();
    if let Some(line) = Lineend::take(args)? {
        return filter(Lines {
            size,
            line,
            held,
            any: false,
        });
    }
    if let Some(prefix) = args.choice(PREFIXES) {
        args.end()?;
        return filter(Stream {
            size,
            page,
            prefix,
            held,
        });
    }
    let single = matches!(args.peek(), Some([_] | [_, b's' | b'S']));
    if let Some(spans) = args.choice(VARIABLE) {
        args.end()?;
        return filter(Variable {
            size,
            page,
            spans,
            single,
            held,
        });
    }
    if let Some(format) = args.choice(transfer::FORMATS) {
        args.end()?;
        return filter(transfer::block(format, page, size));
    }
    if !args.keyword("Fixed")
        && let Some(word) = args.peek()
    {
        return Err(unknown(word));
    }
    args.end()?;
    filter(Fixed {
        size,
        length: None,
        held,
    })
}

fn too_long(out: &mut Emit, length: usize) -> Flow {
    let length = length.to_string();
    out.fail(Fault::new(&fpl::FPLDEB059E, &[length.as_bytes()]))
}

/// Writes all whole blocks.
pub fn cut(size: usize, page: CodePage, held: &mut Vec<u8>, out: &mut Emit) {
    let whole = held.len() / size * size;
    for block in held[..whole].chunks(size) {
        out.put(0, codes::record(page, block.to_vec()));
    }
    held.drain(..whole);
}

/// Records of the same length, as many as fit.
struct Fixed {
    size: usize,
    length: Option<usize>,
    held: Vec<u8>,
}

impl Filter for Fixed {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        let length = *self.length.get_or_insert(record.len());
        if record.len() != length || length > self.size {
            return too_long(out, record.len());
        }
        if self.held.len() + length > self.size {
            self.finish(out);
        }
        self.held.extend_from_slice(record);
        if self.held.len() == self.size {
            self.finish(out);
        }
        Flow::More
    }

    fn finish(&mut self, out: &mut Emit) {
        if !self.held.is_empty() {
            out.put(0, Record::from(std::mem::take(&mut self.held)));
        }
    }
}

/// Records with line ends between them.
struct Lines {
    size: usize,
    line: Lineend,
    held: Vec<u8>,
    any: bool,
}

impl Filter for Lines {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        if self.any && !self.line.terminate {
            self.held.extend_from_slice(&self.line.end);
        }
        self.any = true;
        self.held.extend_from_slice(record);
        if self.line.terminate {
            self.held.extend_from_slice(&self.line.end);
        }
        cut(self.size, CodePage::Host, &mut self.held, out);
        Flow::More
    }

    fn finish(&mut self, out: &mut Emit) {
        self.held.extend(self.line.eof);
        cut(self.size, CodePage::Host, &mut self.held, out);
        if !self.held.is_empty() {
            out.put(0, Record::from(std::mem::take(&mut self.held)));
        }
    }
}

/// Records with their lengths before them.
struct Stream {
    size: usize,
    page: CodePage,
    prefix: Prefix,
    held: Vec<u8>,
}

impl Filter for Stream {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        match self.prefix.with(&codes::of(self.page, record)) {
            Some(bytes) => self.held.extend_from_slice(&bytes),
            None => return too_long(out, record.len()),
        }
        cut(self.size, self.page, &mut self.held, out);
        Flow::More
    }

    fn finish(&mut self, out: &mut Emit) {
        self.held.extend_from_slice(self.prefix.end());
        cut(self.size, self.page, &mut self.held, out);
        if !self.held.is_empty() {
            let held = std::mem::take(&mut self.held);
            out.put(0, codes::record(self.page, held));
        }
    }
}

/// The bytes of a descriptor word.
const DESCRIPTOR: usize = 4;

/// Blocks with a descriptor word, of records with one.
struct Variable {
    size: usize,
    page: CodePage,
    spans: Spans,
    /// Whether a block has no more than one record.
    single: bool,
    /// The records of the block so far, with their descriptor words.
    held: Vec<u8>,
}

impl Variable {
    fn room(&self) -> usize {
        self.size.saturating_sub(2 * DESCRIPTOR + self.held.len())
    }

    fn add(&mut self, data: &[u8], segment: u8) -> Option<()> {
        let mut bytes = Prefix::VARIABLE.with(data)?;
        bytes[2] = segment;
        self.held.extend_from_slice(&bytes);
        Some(())
    }

    fn span(&mut self, mut data: &[u8], out: &mut Emit) -> Option<()> {
        let mut segment = FIRST;
        loop {
            if self.room() == 0 {
                self.finish(out);
            }
            let room = self.room();
            if data.len() <= room {
                let code = if segment == FIRST { WHOLE } else { LAST };
                return self.add(data, code);
            }
            self.add(&data[..room], segment)?;
            data = &data[room..];
            segment = MIDDLE;
            self.finish(out);
        }
    }
}

impl Filter for Variable {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        let bytes = codes::of(self.page, record);
        if self.size <= 2 * DESCRIPTOR {
            return too_long(out, record.len());
        }
        let fits = bytes.len() <= self.room();
        if self.single || (!fits && self.spans == Spans::Never) {
            self.finish(out);
        }
        let done = if bytes.len() <= self.room() {
            self.add(&bytes, WHOLE)
        } else if self.spans == Spans::Yes {
            self.span(&bytes, out)
        } else {
            None
        };
        match done {
            Some(()) => Flow::More,
            None => too_long(out, record.len()),
        }
    }

    fn finish(&mut self, out: &mut Emit) {
        if self.held.is_empty() {
            return;
        }
        let held = std::mem::take(&mut self.held);
        if let Some(block) = Prefix::VARIABLE.with(&held) {
            out.put(0, codes::record(self.page, block));
        }
    }
}
