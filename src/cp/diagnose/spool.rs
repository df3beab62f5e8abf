//! DIAGNOSE X'14', input spool file manipulation, as far as Linux's reader driver (vmur) uses it: the blocks
//! of a reader's file one after the other, and what files there are.
//!
//! The subcode is in Ry+1. A block is 4096 bytes: of a dump its record; of other files a head, records and a
//! tail. A record is a CCW of eight bytes, its own length at 10, and the data.

use super::{Answer, Call, guest, register, set_cc, write};
use crate::base::clock::Civil;
use crate::base::codepage::ebcdic_field;
use crate::cp::spool::{Attributes, Made, Queue};
use crate::cp::system::System;
use crate::device::Reader;
use crate::machine::ProgramCode;

/// Subcodes.
mod subcode {
    pub const READ_BLOCK: u64 = 0x0000;
    pub const POSITION: u64 = 0x0028;
    pub const NEXT_FILE: u64 = 0x0FFF;
}

/// Condition codes: X'0000' at the end, X'0FFF' when there is no other file.
const NO_MORE: u8 = 1;
/// Nothing is being read and nothing could be.
const NO_FILE: u8 = 2;
/// No reader, or beyond the end.
const WRONG: u8 = 3;

/// Bytes of a block.
const BLOCK: usize = 4096;
/// Where records begin, and where they must have ended.
const RECORDS: std::ops::Range<usize> = 16..4064;
/// Where the record length, and the number of the file, are.
const LENGTH_AT: usize = 4064;
const NUMBER_AT: usize = 4088;
/// Bytes before the data of a record.
const HEAD: usize = 12;
/// The length of a file's description.
const DESCRIPTION: usize = 304;

/// Status of a file.
mod status {
    pub const SYSTEM_HOLD: u8 = 0x04;
    pub const DUMP: u8 = 0x10;
    pub const USER_HOLD: u8 = 0x20;
    pub const IN_USE: u8 = 0x80;
}

/// The blocks of the file that a reader reads by this DIAGNOSE.
#[derive(Debug, Default)]
pub struct Blocks {
    file: u16,
    blocks: Vec<Vec<u8>>,
    next: usize,
}

pub(super) fn input_file(sys: &mut System, id: &[u8], call: &Call) -> Answer {
    if call.r3 == 15 {
        return Err(ProgramCode::SPECIFICATION);
    }
    let g = guest(sys, id)?;
    let at = register(g, call.cpu, call.r1);
    let asked = register(g, call.cpu, call.r3) & 0xFFFF;
    let asked = u16::try_from(asked).unwrap_or(0);
    let cc = match register(g, call.cpu, call.r3 + 1) & 0xFFFF {
        subcode::READ_BLOCK => read_block(sys, id, call, at, asked)?,
        subcode::POSITION => position(sys, id, at, asked),
        subcode::NEXT_FILE => next_file(sys, id, call, at, asked)?,
        _ => return Err(ProgramCode::SPECIFICATION),
    };
    set_cc(guest(sys, id)?, call.cpu, cc);
    Ok(())
}

/// Has the reader read a file, the next one if it reads none. Gives the condition code when it cannot.
fn opened<'a>(sys: &'a mut System, id: &[u8], reader: u16) -> Result<&'a mut Blocks, u8> {
    let g = sys.guests.get_mut(id).ok_or(WRONG)?;
    let device = g.hardware.devices.get_mut::<Reader>(reader).ok_or(WRONG)?;
    if !device.activate() {
        return Err(NO_FILE);
    }
    let file = g.hardware.reading_file(reader).ok_or(NO_FILE)?;
    if g.spool_blocks.get(&reader).is_none_or(|b| b.file != file) {
        let files = sys.spool.list().map(|l| l.files).unwrap_or_default();
        let attributes = files.into_iter().find(|a| a.id == file).ok_or(NO_FILE)?;
        let device = g.hardware.devices.get_mut::<Reader>(reader).ok_or(WRONG)?;
        let made = Blocks {
            file,
            blocks: blocks(&attributes, device.fed_cards()),
            next: 0,
        };
        g.spool_blocks.insert(reader, made);
    }
    g.spool_blocks.get_mut(&reader).ok_or(NO_FILE)
}

fn read_block(
    sys: &mut System,
    id: &[u8],
    call: &Call,
    at: u64,
    reader: u16,
) -> Result<u8, ProgramCode> {
    let open = match opened(sys, id, reader) {
        Ok(open) => open,
        Err(cc) => return Ok(cc),
    };
    let Some(block) = open.blocks.get(open.next).cloned() else {
        return Ok(NO_MORE);
    };
    open.next += 1;
    write(guest(sys, id)?, call.cpu, at, &block)?;
    Ok(0)
}

/// The next block is that of the number, counted from 1.
fn position(sys: &mut System, id: &[u8], number: u64, reader: u16) -> u8 {
    let g = sys.guests.get_mut(id);
    if g.is_none_or(|g| g.hardware.reading_file(reader).is_none()) {
        return NO_FILE;
    }
    match opened(sys, id, reader) {
        Err(_) => NO_FILE,
        Ok(open) => {
            let index = number.checked_sub(1).and_then(|n| usize::try_from(n).ok());
            match index.filter(|n| *n < open.blocks.len()) {
                Some(index) => {
                    open.next = index;
                    0
                }
                None => WRONG,
            }
        }
    }
}

/// Describes the reader file behind the one of the number; with 0 the first.
fn next_file(
    sys: &mut System,
    id: &[u8],
    call: &Call,
    at: u64,
    number: u16,
) -> Result<u8, ProgramCode> {
    let mut files = sys.spool.list().map(|l| l.files).unwrap_or_default();
    files.retain(|a| a.owner == id && a.queue == Queue::Reader);
    let index = match number {
        0 => 0,
        number => match files.iter().position(|a| a.id == number) {
            Some(index) => index + 1,
            None => return Ok(2),
        },
    };
    let Some(file) = files.get(index) else {
        return Ok(NO_MORE);
    };
    let in_use = sys.spool.is_open(file.id);
    let zone = i64::from(sys.clock.zone().offset) * 1_000_000;
    let made = Civil::from_micros(file.created + zone);
    let block = described(file, in_use, &made);
    write(guest(sys, id)?, call.cpu, at, &block)?;
    Ok(0)
}

fn described(file: &Attributes, in_use: bool, c: &Civil) -> Vec<u8> {
    let mut out = vec![0; DESCRIPTION];
    let mut text = |at: usize, length: usize, text: &[u8]| {
        out[at..at + length].copy_from_slice(&ebcdic_field(text, length));
    };
    text(8, 8, &file.owner);
    text(16, 8, &file.origin);
    text(40, 12, &file.name);
    text(52, 12, &file.kind);
    let date = format!("{:02}/{:02}/{:02}", c.month, c.day, c.year % 100);
    text(64, 8, date.as_bytes());
    let time = format!("{:02}:{:02}:{:02}", c.hour, c.minute, c.second);
    text(72, 8, time.as_bytes());
    text(86, 1, &[file.class]);
    text(88, 8, &file.dist);
    let records = u32::try_from(file.records).unwrap_or(u32::MAX);
    out[24..28].copy_from_slice(&records.to_be_bytes());
    let width = u16::try_from(file.made.width()).unwrap_or(0);
    out[28..30].copy_from_slice(&width.to_be_bytes());
    out[30..32].copy_from_slice(&file.id.to_be_bytes());
    for (set, bit) in [
        (file.hold.system, status::SYSTEM_HOLD),
        (file.made == Made::Dump, status::DUMP),
        (file.hold.user, status::USER_HOLD),
        (in_use, status::IN_USE),
    ] {
        out[32] |= if set { bit } else { 0 };
    }
    out
}

/// A file in blocks.
fn blocks(file: &Attributes, records: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    if file.made == Made::Dump {
        return records;
    }
    let command = if file.made == Made::Punch { 0x41 } else { 0x09 };
    let mut out: Vec<Vec<u8>> = Vec::new();
    let mut at = RECORDS.end;
    let mut count = 0u32;
    for data in records {
        let data = &data[..data.len().min(RECORDS.len() - HEAD)];
        let length = (HEAD + data.len()).next_multiple_of(8);
        if at + length > RECORDS.end {
            let mut block = vec![0; BLOCK];
            let width = u16::try_from(file.made.width()).unwrap_or(0);
            block[LENGTH_AT..LENGTH_AT + 2].copy_from_slice(&width.to_be_bytes());
            block[NUMBER_AT..NUMBER_AT + 2].copy_from_slice(&file.id.to_be_bytes());
            out.push(block);
            (at, count) = (RECORDS.start, 0);
        }
        let Some(block) = out.last_mut() else {
            break;
        };
        count += 1;
        block[12..16].copy_from_slice(&count.to_be_bytes());
        let half = |n: usize| u16::try_from(n).unwrap_or(0).to_be_bytes();
        block[at] = command;
        block[at + 6..at + 8].copy_from_slice(&half(data.len()));
        block[at + 10..at + 12].copy_from_slice(&half(length));
        block[at + HEAD..at + HEAD + data.len()].copy_from_slice(data);
        at += length;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cp::spool::Hold;

    #[test]
    fn records_are_found_as_linux_looks_for_them() {
        let mut file = crate::cp::spool::format::tests::attributes(7);
        file.made = Made::Punch;
        file.hold = Hold {
            user: true,
            system: false,
        };
        let cards: Vec<Vec<u8>> = (0..100u8).map(|n| vec![n; 80]).collect();
        let blocks = blocks(&file, cards.clone());
        let mut found = Vec::new();
        for block in &blocks {
            assert_eq!(block.len(), BLOCK);
            assert_eq!(block[..4], [0; 4]);
            assert_eq!(block[LENGTH_AT..LENGTH_AT + 2], [0, 80]);
            let count = u32::from_be_bytes(block[12..16].try_into().unwrap());
            let half = |at: usize| usize::from(u16::from_be_bytes([block[at], block[at + 1]]));
            let mut at = 16;
            for _ in 0..count {
                found.push(block[at + 12..at + 12 + half(at + 6)].to_vec());
                at += half(at + 10);
            }
            assert!(at <= 4064);
        }
        assert_eq!(found, cards);
        let text = described(&file, true, &Civil::from_micros(0));
        assert_eq!(text[32], status::USER_HOLD | status::IN_USE);
        assert_eq!(text[8..14], ebcdic_field(b"LINUX1", 6));
        assert_eq!(text[30..32], [0, 7]);
    }
}
