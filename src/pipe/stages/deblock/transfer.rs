//! Data on its way between systems: NETDATA (*TSO/E Customization*, "Transmitted data format"), text units,
//! AWSTAPE images of tapes, monitor records.

use super::codes;
use crate::base::Record;
use crate::base::codepage::{CodePage, host_to_ebcdic};
use crate::base::msg::fpl;
use crate::pipe::args::Fault;
use crate::pipe::filter::{Emit, Filter, Flow};

/// A format that both DEBLOCK and BLOCK know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transfer {
    /// Segments of at most 255 bytes with their length and flags.
    Netdata,
    /// A key, a count and that many strings with their lengths.
    TextUnits,
    /// Chunks with their length, that of the one before, and flags.
    Awstape,
}

/// The names of the formats; capitals are the minimum abbreviation.
pub const FORMATS: &[(&str, Transfer)] = &[
    ("NETdata", Transfer::Netdata),
    ("TEXTunits", Transfer::TextUnits),
    ("AWSTAPE", Transfer::Awstape),
];

/// The first segment of a record.
const FIRST: u8 = 0x80;
/// The last segment of a record.
const LAST: u8 = 0x40;
/// The record says something about the data.
const CONTROL: u8 = 0x20;
/// The longest segment's data.
const SEGMENT: usize = 253;

/// The beginning of an AWSTAPE chunk: two lengths with the low byte first, and two bytes of flags.
const CHUNK_HEADER: usize = 6;
/// A chunk begins a block.
const BEGINS: u8 = 0x80;
/// A chunk is a tape mark.
const TAPE_MARK: u8 = 0x40;
/// A chunk ends a block.
const ENDS: u8 = 0x20;

fn invalid(out: &mut Emit) -> Flow {
    out.fail(Fault::new(&fpl::FPLDEB072E, &[]))
}

fn too_long(out: &mut Emit, length: usize) -> Flow {
    let length = length.to_string();
    out.fail(Fault::new(&fpl::FPLDEB059E, &[length.as_bytes()]))
}

/// Whether a control record is the last one of a transmission.
fn is_trailer(flags: u8, data: &[u8]) -> bool {
    const NAME: &[u8] = b"INMR06";
    flags & CONTROL != 0 && (data.starts_with(NAME) || data.starts_with(&host_to_ebcdic(NAME)))
}

/// Two bytes as a number, the high one first.
fn half(bytes: &[u8]) -> Option<usize> {
    let pair = bytes.first_chunk::<2>()?;
    Some(usize::from(u16::from_be_bytes(*pair)))
}

/// The length of the text unit that some bytes begin with; `None` when it is not whole.
fn unit(bytes: &[u8]) -> Option<usize> {
    let mut at = 4;
    for _ in 0..half(bytes.get(2..4)?)? {
        at += 2 + half(bytes.get(at..at + 2)?)?;
    }
    (at <= bytes.len()).then_some(at)
}

/// DEBLOCK with one of the formats.
pub fn deblock(format: Transfer, page: CodePage) -> Deblock {
    Deblock {
        format,
        page,
        held: Vec::new(),
        partial: None,
    }
}

/// Takes a stream of bytes apart.
pub struct Deblock {
    format: Transfer,
    page: CodePage,
    /// What came and is not taken apart yet.
    held: Vec<u8>,
    /// The segments of a record so far.
    partial: Option<Vec<u8>>,
}

impl Deblock {
    /// Writes what is whole; `None` when it is not valid.
    fn run(&mut self, out: &mut Emit) -> Option<()> {
        let held = std::mem::take(&mut self.held);
        let mut at = 0;
        while at < held.len() {
            let used = match self.format {
                Transfer::Netdata => self.segment(&held[at..], out)?,
                Transfer::Awstape => self.chunk(&held[at..], out)?,
                Transfer::TextUnits => {
                    let length = unit(&held[at..])?;
                    self.put(held[at..at + length].to_vec(), out);
                    length
                }
            };
            if used == 0 {
                break;
            }
            at += used;
        }
        self.held = held[at..].to_vec();
        Some(())
    }

    fn put(&self, bytes: Vec<u8>, out: &mut Emit) {
        out.put(0, codes::record(self.page, bytes));
    }

    /// Takes a segment; gives how many bytes it was, 0 when it is not all there.
    fn segment(&mut self, bytes: &[u8], out: &mut Emit) -> Option<usize> {
        let length = usize::from(bytes[0]);
        if length == 0 {
            // What fills the block.
            return Some(bytes.len());
        }
        if length < 2 {
            return None;
        }
        let Some(segment) = bytes.get(..length) else {
            return Some(0);
        };
        let (flags, data) = (segment[1], &segment[2..]);
        let mut record = match (flags & FIRST != 0, self.partial.take()) {
            (true, None) => vec![flags | FIRST | LAST],
            (false, Some(before)) => before,
            _ => return None,
        };
        record.extend_from_slice(data);
        if flags & LAST == 0 {
            self.partial = Some(record);
            return Some(length);
        }
        let ends = is_trailer(record[0], &record[1..]);
        self.put(record, out);
        Some(if ends { bytes.len() } else { length })
    }

    /// Takes a chunk; gives how many bytes it was, 0 when it is not all there.
    fn chunk(&mut self, bytes: &[u8], out: &mut Emit) -> Option<usize> {
        let Some(header) = bytes.first_chunk::<CHUNK_HEADER>() else {
            return Some(0);
        };
        let length = usize::from(u16::from_le_bytes([header[0], header[1]]));
        let Some(data) = bytes.get(CHUNK_HEADER..CHUNK_HEADER + length) else {
            return Some(0);
        };
        let flags = header[4];
        if flags & TAPE_MARK != 0 {
            if length > 0 || self.partial.is_some() {
                return None;
            }
            self.put(Vec::new(), out);
            return Some(CHUNK_HEADER);
        }
        let mut block = match (flags & BEGINS != 0, self.partial.take()) {
            (true, None) => Vec::new(),
            (false, Some(before)) => before,
            _ => return None,
        };
        block.extend_from_slice(data);
        match flags & ENDS != 0 {
            true => self.put(block, out),
            false => self.partial = Some(block),
        }
        Some(CHUNK_HEADER + length)
    }
}

impl Filter for Deblock {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        self.held.extend_from_slice(&codes::of(self.page, record));
        match self.run(out) {
            Some(()) => Flow::More,
            None => invalid(out),
        }
    }

    fn finish(&mut self, out: &mut Emit) {
        if !self.held.is_empty() || self.partial.is_some() {
            invalid(out);
        }
    }
}

/// DEBLOCK MONITOR: records that begin with their length in two bytes; one of zero ends the block.
pub fn monitor(page: CodePage, record: &Record, out: &mut Emit) -> Flow {
    let bytes = codes::of(page, record);
    let mut at = 0;
    while let Some(length) = bytes.get(at..).and_then(half) {
        if length == 0 {
            return Flow::More;
        }
        if length < 2 || length > bytes.len() - at {
            return invalid(out);
        }
        out.put(0, record.slice(at, length));
        at += length;
    }
    match at == bytes.len() {
        true => Flow::More,
        false => invalid(out),
    }
}

/// BLOCK with one of the formats: blocks of `size` bytes.
pub fn block(format: Transfer, page: CodePage, size: usize) -> Block {
    Block {
        format,
        page,
        size,
        held: Vec::new(),
        before: 0,
    }
}

/// Makes blocks of a stream of bytes; text units are not split.
pub struct Block {
    format: Transfer,
    page: CodePage,
    size: usize,
    held: Vec<u8>,
    /// The length of the chunk before.
    before: u16,
}

impl Block {
    /// Adds a record, whose first byte is its flags, in segments.
    fn segments(&mut self, bytes: &[u8]) -> Option<()> {
        let (&flags, data) = bytes.split_first()?;
        let kind = flags & !(FIRST | LAST);
        let count = data.len().div_ceil(SEGMENT).max(1);
        for n in 0..count {
            let piece = &data[n * SEGMENT..data.len().min((n + 1) * SEGMENT)];
            let first = if n == 0 { FIRST } else { 0 };
            let last = if n + 1 == count { LAST } else { 0 };
            let length = u8::try_from(piece.len() + 2).ok()?;
            self.held.extend_from_slice(&[length, kind | first | last]);
            self.held.extend_from_slice(piece);
        }
        if is_trailer(flags, data) {
            let whole = self.held.len().next_multiple_of(self.size);
            self.held.resize(whole, 0);
        }
        Some(())
    }

    /// Adds a block of a tape in chunks; a null one is a tape mark.
    fn chunks(&mut self, bytes: &[u8]) {
        const MOST: usize = u16::MAX as usize;
        let count = bytes.len().div_ceil(MOST).max(1);
        for n in 0..count {
            let piece = &bytes[n * MOST..bytes.len().min((n + 1) * MOST)];
            let begins = if n == 0 { BEGINS } else { 0 };
            let ends = if n + 1 == count { ENDS } else { 0 };
            let flags = match bytes.is_empty() {
                true => TAPE_MARK,
                false => begins | ends,
            };
            let length = u16::try_from(piece.len()).unwrap_or(u16::MAX);
            self.held.extend_from_slice(&length.to_le_bytes());
            self.held.extend_from_slice(&self.before.to_le_bytes());
            self.held.extend_from_slice(&[flags, 0]);
            self.held.extend_from_slice(piece);
            self.before = length;
        }
    }
}

impl Filter for Block {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        let bytes = codes::of(self.page, record);
        match self.format {
            Transfer::Netdata => {
                if self.segments(&bytes).is_none() {
                    return invalid(out);
                }
            }
            Transfer::Awstape => self.chunks(&bytes),
            Transfer::TextUnits => {
                if unit(&bytes) != Some(bytes.len()) {
                    return invalid(out);
                }
                if bytes.len() > self.size {
                    return too_long(out, bytes.len());
                }
                if self.held.len() + bytes.len() > self.size {
                    self.finish(out);
                }
                self.held.extend_from_slice(&bytes);
                return Flow::More;
            }
        }
        super::build::cut(self.size, self.page, &mut self.held, out);
        Flow::More
    }

    fn finish(&mut self, out: &mut Emit) {
        if !self.held.is_empty() {
            let held = std::mem::take(&mut self.held);
            out.put(0, codes::record(self.page, held));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::base::codepage::CodePage;
    use crate::pipe::tests::{TestHost, check, check_in};
    use proptest::prelude::*;

    #[test]
    fn segments_of_a_transmission() {
        // A control record, a record in two segments that lies across two cards, and the trailer.
        let card = "x09E0494E4D523031610680616263640340";
        check(
            &format!(
                "strliteral append x6508E0494E4D52303640404040|strliteral {card}|deblock netdata|specs 1-* c2x 1|console"
            ),
            0,
            &["E0494E4D52303161", "C06162636465", "E0494E4D523036"],
        );
        let shown = "deblock netdata|specs 1-* c2x 1|console";
        for (bytes, rc, said) in [
            ("03C061000000", 0, &["C061"][..]),
            ("02C0", 0, &["C0"]),
            ("01C0", -72, &[]),
            ("05C061", -72, &[]),
            ("038061", -72, &[]),
            ("034061", -72, &[]),
            ("038061038062", -72, &[]),
        ] {
            check(&format!("strliteral x{bytes}|{shown}"), rc, said);
        }
        check("literal|block 80 netdata|hole", -72, &[]);
        // The trailer fills its block.
        check(
            "strliteral xE0494E4D523036|block 10 netdata|specs 1-* c2x 1|console",
            0,
            &["08E0494E4D5230360000"],
        );
        check_in(
            CodePage::Ibm1047,
            "strliteral x08E0C9D5D4D9F0F640408181|deblock netdata|specs 2-* 1|console",
            0,
            &["INMR06"],
        );
    }

    #[test]
    fn units_chunks_and_monitor_records() {
        let units = "strliteral x1002000100026162102800020001630000";
        check(
            &format!("{units}|deblock textunit|specs 1-* c2x 1|console"),
            0,
            &["1002000100026162", "102800020001630000"],
        );
        check("strliteral x10020001|deblock textunits|hole", -72, &[]);
        check(
            "strliteral x100200010002616210|block 99 text|hole",
            -72,
            &[],
        );
        check("strliteral x1002000100026162|block 7 text|hole", -59, &[]);
        let tape = "x02000000A0006162000002004000010000008000630100010020006465";
        check(
            &format!("strliteral {tape}|deblock awstape|specs /[/ 1 1-* n /]/ n|console"),
            -72,
            &["[ab]", "[]", "[cd]"],
        );
        check("strliteral x010000004000|deblock awstape|hole", -72, &[]);
        check(
            "literal ab|block 99 awstape|specs 1-* c2x 1|console",
            0,
            &["02000000A0006162"],
        );
        check(
            "strliteral x0003610004626300007777|deblock monitor|specs 3-* 1|console",
            0,
            &["a", "bc"],
        );
        check("strliteral x000961|deblock monitor|hole", -72, &[]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn what_is_sent_arrives(
            records in proptest::collection::vec(proptest::collection::vec(1..=255u8, 0..600), 0..9),
            size in 8..300usize,
        ) {
            for (format, head) in [("netdata", &b"\xc0"[..]), ("awstape", b"")] {
                let lines: Vec<Vec<u8>> = records
                    .iter()
                    .map(|r| [head, &r.iter().filter(|b| **b != b'\n').copied().collect::<Vec<_>>()].concat())
                    .collect();
                let mut host = TestHost::default();
                host.files.borrow_mut().insert("IN DATA".into(), lines.clone());
                let spec = format!("< in data|block {size} {format}|deblock {format}|> out data");
                prop_assert_eq!(host.run(&spec), 0, "{:?}", host.told);
                prop_assert_eq!(&host.files.borrow()["OUT DATA"], &lines);
            }
            // A text unit of each record, in halves.
            let units: Vec<Vec<u8>> = records
                .iter()
                .map(|r| {
                    let (a, b) = r.split_at(r.len() / 2);
                    let part = |p: &[u8]| [&(p.len() as u16).to_be_bytes()[..], p].concat();
                    [&[0x10, 2, 0, 2][..], &part(a), &part(b)].concat()
                })
                .collect();
            let mut host = TestHost::default();
            host.files.borrow_mut().insert("IN DATA".into(), units.clone());
            let spec = "< in data|block 700 textunits|deblock textunits|> out data";
            prop_assert_eq!(host.run(spec), 0, "{:?}", host.told);
            prop_assert_eq!(&host.files.borrow()["OUT DATA"], &units);
        }
    }
}
