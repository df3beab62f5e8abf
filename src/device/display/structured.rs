//! Structured fields: what write structured field brings, and what a query is answered (GA23-0059, chapters 5
//! and 6).

use super::inbound::{Amount, STRUCTURED};
use super::outbound::BadStream;
use super::screen::{DEFAULT, GRAPHIC, Reply, Screen};

/// Identifiers of outbound structured fields.
mod field {
    pub const RESET_PARTITION: u8 = 0x00;
    pub const READ_PARTITION: u8 = 0x01;
    pub const ERASE_RESET: u8 = 0x03;
    pub const SET_REPLY_MODE: u8 = 0x09;
    pub const OUTBOUND: u8 = 0x40;
}

/// Commands inside structured fields, as remote control units know them.
mod remote {
    pub const WRITE: u8 = 0xF1;
    pub const ERASE_WRITE: u8 = 0xF5;
    pub const ERASE_WRITE_ALTERNATE: u8 = 0x7E;
    pub const ERASE_UNPROTECTED: u8 = 0x6F;
    pub const READ_BUFFER: u8 = 0xF2;
    pub const READ_MODIFIED: u8 = 0xF6;
    pub const READ_MODIFIED_ALL: u8 = 0x6E;
}

/// Codes of query replies.
mod query {
    pub const SUMMARY: u8 = 0x80;
    pub const USABLE_AREA: u8 = 0x81;
    pub const CHARACTER_SETS: u8 = 0x85;
    pub const COLOUR: u8 = 0x86;
    pub const HIGHLIGHT: u8 = 0x87;
    pub const REPLY_MODES: u8 = 0x88;
    pub const IMPLICIT_PARTITION: u8 = 0xA6;
    pub const NULL: u8 = 0xFF;
}

/// What is there, in the order of the replies.
const REPLIES: [u8; 7] = [
    query::SUMMARY,
    query::USABLE_AREA,
    query::CHARACTER_SETS,
    query::COLOUR,
    query::HIGHLIGHT,
    query::REPLY_MODES,
    query::IMPLICIT_PARTITION,
];

/// The partition that a display without partitions has, and the one that a query names.
const PARTITION: u8 = 0x00;
const NO_PARTITION: u8 = 0xFF;

impl Screen {
    /// Write structured field. Gives what the program is to read, if it asked for something.
    pub(super) fn write_structured(
        &mut self,
        mut stream: &[u8],
    ) -> Result<Option<Vec<u8>>, BadStream> {
        let mut answer = None;
        while !stream.is_empty() {
            let (field, rest) = next_field(stream)?;
            answer = self.structured(field)?.or(answer);
            stream = rest;
        }
        Ok(answer)
    }

    fn structured(&mut self, field: &[u8]) -> Result<Option<Vec<u8>>, BadStream> {
        match *field {
            [field::RESET_PARTITION, PARTITION, ..] => self.reply = Reply::Field,
            [field::READ_PARTITION, partition, kind, ref rest @ ..] => {
                return self.read_partition(partition, kind, rest).map(Some);
            }
            [field::ERASE_RESET, 0x00, ..] => self.erase(DEFAULT),
            [field::ERASE_RESET, 0x80, ..] => self.erase(self.alternate()),
            [field::SET_REPLY_MODE, PARTITION, mode, ref kinds @ ..] => {
                self.reply = match mode {
                    0x00 => Reply::Field,
                    0x01 => Reply::Extended,
                    0x02 => Reply::Character(kinds.to_vec()),
                    _ => return Err(BadStream),
                };
            }
            [field::OUTBOUND, PARTITION, command, ref rest @ ..] => {
                self.begin();
                match command {
                    remote::WRITE => self.write(rest)?,
                    remote::ERASE_WRITE => self.erase_write(DEFAULT, rest)?,
                    remote::ERASE_WRITE_ALTERNATE => self.erase_write(self.alternate(), rest)?,
                    remote::ERASE_UNPROTECTED => self.erase_unprotected(),
                    _ => return Err(BadStream),
                }
            }
            _ => return Err(BadStream),
        }
        Ok(None)
    }

    /// Read partition: a query, or a read of the only partition.
    fn read_partition(
        &mut self,
        partition: u8,
        kind: u8,
        rest: &[u8],
    ) -> Result<Vec<u8>, BadStream> {
        let read = match (partition, kind) {
            (NO_PARTITION, 0x02) => return Ok(self.replies(&REPLIES)),
            (NO_PARTITION, 0x03) => return self.query_list(rest),
            (PARTITION, remote::READ_BUFFER) => self.read_buffer(0),
            (PARTITION, remote::READ_MODIFIED) => self.read_modified(Amount::ByKey, 0),
            (PARTITION, remote::READ_MODIFIED_ALL) => self.read_modified(Amount::All, 0),
            _ => return Err(BadStream),
        };
        // Inbound 3270 data stream of the partition.
        let mut out = vec![STRUCTURED];
        out.extend(structured_field(&[&[0x80, PARTITION][..], &read].concat()));
        Ok(out)
    }

    /// A query list: the replies it names, what is equivalent to them, or all.
    fn query_list(&self, list: &[u8]) -> Result<Vec<u8>, BadStream> {
        let (&how, wanted) = list.split_first().ok_or(BadStream)?;
        match how >> 6 {
            0 | 1 => {
                let there: Vec<u8> = REPLIES
                    .into_iter()
                    .filter(|code| wanted.contains(code))
                    .collect();
                Ok(match there.is_empty() {
                    true => self.replies(&[query::NULL]),
                    false => self.replies(&there),
                })
            }
            2 => Ok(self.replies(&REPLIES)),
            _ => Err(BadStream),
        }
    }

    fn replies(&self, codes: &[u8]) -> Vec<u8> {
        let mut out = vec![STRUCTURED];
        for &code in codes {
            let mut reply = vec![0x81, code];
            reply.extend(self.reply_of(code));
            out.extend(structured_field(&reply));
        }
        out
    }

    fn reply_of(&self, code: u8) -> Vec<u8> {
        match code {
            query::SUMMARY => REPLIES.to_vec(),
            query::USABLE_AREA => self.usable_area(),
            query::CHARACTER_SETS => character_sets(),
            query::COLOUR => colours(),
            query::HIGHLIGHT => {
                let values = [0x00, 0xF1, 0xF2, 0xF4, 0xF8];
                let acts_as = |value: u8| [value, if value == 0 { 0xF0 } else { value }];
                let mut out = vec![5];
                out.extend(values.into_iter().flat_map(acts_as));
                out
            }
            query::REPLY_MODES => vec![0x00, 0x01, 0x02],
            query::IMPLICIT_PARTITION => self.implicit_partition(),
            _ => Vec::new(),
        }
    }

    /// 12-bit and 14-bit addresses, the size, and how the cells are made.
    fn usable_area(&self) -> Vec<u8> {
        let (lines, columns) = self.alternate();
        let mut out = vec![0x01, 0x00];
        out.extend(half(columns));
        out.extend(half(lines));
        // Millimetres; 10 by 40 hundredths in a point, of which a cell has 9 by 12.
        out.extend([0x01, 0x00, 0x0A, 0x02, 0xE5, 0x00, 0x02, 0x00, 0x6F, 9, 12]);
        out.extend(half(lines * columns));
        out
    }

    fn implicit_partition(&self) -> Vec<u8> {
        let (lines, columns) = self.alternate();
        let (least_lines, least_columns) = DEFAULT;
        let mut out = vec![0x00, 0x00, 0x0B, 0x01, 0x00];
        for size in [least_columns, least_lines, columns, lines] {
            out.extend(half(size));
        }
        out
    }
}

/// The base set and the one of graphic escape.
fn character_sets() -> Vec<u8> {
    // Graphic escape is there; two sets of 9 by 12 cells, with identifiers of 4 bytes.
    let mut out = vec![0x82, 0x00, 9, 12, 0x00, 0x00, 0x00, 0x00, 0x07];
    out.extend([0x00, 0x00, 0x00, 0x02, 0xB9, 0x00, 0x25]);
    out.extend([0x01, 0x00, GRAPHIC, 0x03, 0xC3, 0x01, 0x36]);
    out
}

/// Every colour as itself; the default is green.
fn colours() -> Vec<u8> {
    let mut out = vec![0x00, 0x08, 0x00, 0xF4];
    out.extend((0xF1..=0xF7).flat_map(|colour| [colour, colour]));
    out
}

/// A number of two bytes.
fn half(n: usize) -> [u8; 2] {
    u16::try_from(n).unwrap_or(u16::MAX).to_be_bytes()
}

/// The content with its length.
fn structured_field(content: &[u8]) -> Vec<u8> {
    let mut out = half(content.len() + 2).to_vec();
    out.extend_from_slice(content);
    out
}

/// The content of the first field, and the fields behind it; a length of 0 is up to the end.
fn next_field(stream: &[u8]) -> Result<(&[u8], &[u8]), BadStream> {
    let [high, low, ..] = *stream else {
        return Err(BadStream);
    };
    let length = match usize::from(u16::from_be_bytes([high, low])) {
        0 => stream.len(),
        length => length,
    };
    if length < 3 || length > stream.len() {
        return Err(BadStream);
    }
    Ok((&stream[2..length], &stream[length..]))
}
