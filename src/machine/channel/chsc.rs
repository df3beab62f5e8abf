//! CHANNEL SUBSYSTEM CALL: the requests that operating systems make at start-up. A request that is not
//! there gets response X'0004', which they take as "facility not installed".

use super::{Channels, ConditionCode, OperandException};

/// One request: its command code and what answers it.
struct Row {
    code: u16,
    answer: fn(&Channels, &mut Block<'_>),
}

const TABLE: &[Row] = &[
    // Store channel-path description.
    Row {
        code: 0x0002,
        answer: path_description,
    },
    // Store subchannel description.
    Row {
        code: 0x0004,
        answer: subchannel_description,
    },
    // Store channel-subsystem characteristics.
    Row {
        code: 0x0010,
        answer: characteristics,
    },
    // Store event information.
    Row {
        code: 0x000E,
        answer: event_information,
    },
];

/// Response code: done.
const DONE: u16 = 0x0001;
/// Response code: the request's length or fields are wrong.
const INVALID: u16 = 0x0003;
/// Response code: the command is not provided.
const UNSUPPORTED: u16 = 0x0004;
/// Response code of store event information: there is none.
const NO_EVENT: u16 = 0x0005;

struct Block<'a> {
    bytes: &'a mut [u8; 4096],
    /// Length of the request, where the response begins.
    request: usize,
}

impl Block<'_> {
    fn halfword(&self, at: usize) -> u16 {
        u16::from_be_bytes([self.bytes[at], self.bytes[at + 1]])
    }

    /// Zeroes the response area for `length` bytes of response and sets its header.
    fn respond(&mut self, length: u16, code: u16) -> &mut [u8] {
        let response = &mut self.bytes[self.request..];
        let end = usize::from(length).min(response.len());
        let response = &mut response[..end];
        response.fill(0);
        response[0..2].copy_from_slice(&length.to_be_bytes());
        response[2..4].copy_from_slice(&code.to_be_bytes());
        response
    }
}

/// Performs the request in the block.
pub(super) fn call(
    channels: &mut Channels,
    bytes: &mut [u8; 4096],
) -> Result<ConditionCode, OperandException> {
    let length = u16::from_be_bytes([bytes[0], bytes[1]]);
    if !(16..=4080).contains(&length) || !length.is_multiple_of(8) {
        return Err(OperandException);
    }
    let mut block = Block {
        bytes,
        request: usize::from(length),
    };
    let code = block.halfword(2);
    match TABLE.iter().find(|row| row.code == code) {
        Some(row) => (row.answer)(channels, &mut block),
        None => {
            block.respond(8, UNSUPPORTED);
        }
    }
    Ok(0)
}

fn path_description(channels: &Channels, block: &mut Block<'_>) {
    let (first, last) = (block.bytes[7], block.bytes[11]);
    if block.request != 16 || first > last {
        block.respond(8, INVALID);
        return;
    }
    const ENTRY: usize = 8;
    let count = usize::from(last - first) + 1;
    let length = u16::try_from(8 + count * ENTRY).unwrap_or(u16::MAX);
    let response = block.respond(length, DONE);
    for (path, entry) in (first..=last).zip(response[8..].chunks_exact_mut(ENTRY)) {
        let used = |s: &super::Subchannel| s.pmcw.valid && s.pmcw.paths[0] == path;
        entry[3] = path;
        if channels.subchannels().iter().any(used) {
            // Valid; a FICON path that the channel subsystem converts.
            entry[0] = 0x80;
            entry[2] = 0x1A;
        }
    }
}

fn subchannel_description(channels: &Channels, block: &mut Block<'_>) {
    let (first, last) = (block.halfword(6), block.halfword(10));
    if block.request != 16 || first > last {
        block.respond(8, INVALID);
        return;
    }
    const ENTRY: usize = 32;
    let first = usize::from(first);
    let room = (4096 - block.request - 8) / ENTRY;
    let known = channels.subchannels().len().saturating_sub(first);
    let count = (usize::from(last) - first + 1).min(room).min(known);
    if count == 0 {
        block.respond(8, INVALID);
        return;
    }
    let length = u16::try_from(8 + count * ENTRY).unwrap_or(u16::MAX);
    let response = block.respond(length, DONE);
    let subchannels = &channels.subchannels()[first..first + count];
    for (subchannel, entry) in subchannels
        .iter()
        .zip(response[8..].chunks_exact_mut(ENTRY))
    {
        let pmcw = &subchannel.pmcw;
        entry[6..8].copy_from_slice(&subchannel.number.to_be_bytes());
        if !pmcw.valid {
            continue;
        }
        // Subchannel valid, device number valid, type: I/O.
        entry[0] = 0xC0;
        entry[2..4].copy_from_slice(&pmcw.device.to_be_bytes());
        entry[4] = pmcw.installed;
        entry[8..16].copy_from_slice(&pmcw.paths);
    }
}

fn characteristics(_: &Channels, block: &mut Block<'_>) {
    if block.request != 16 {
        block.respond(8, INVALID);
        return;
    }
    // None of the optional facilities is there, so all characteristics are zero.
    block.respond(0x0FF0, DONE);
}

fn event_information(_: &Channels, block: &mut Block<'_>) {
    block.respond(8, NO_EVENT);
}
