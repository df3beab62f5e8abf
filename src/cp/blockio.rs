//! Block I/O of DIAGNOSE X'250' and the device characteristics of DIAGNOSE X'210' (z/VM CP Programming
//! Services): how a program reads and writes disks by block numbers, and learns what a disk is.

use crate::cp::diagnose::{
    Answer, Call, description, guest, read, register, set_cc, set_register, write,
};
use crate::cp::guest::{Disk, Guest};
use crate::cp::system::System;
use crate::device::dasd::{Access, BlockFault, block};
use crate::machine::{External, ProgramCode, Request};

/// The class of count-key-data disks in DIAGNOSE X'24' and X'210', and of fixed-block ones.
const CLASS_CKD: u32 = 0x04;
const CLASS_FIXED: u32 = 0x01;

/// Class, type, status and flags of a disk. What is only files is a fixed-block disk of no type.
pub(in crate::cp) fn disk_description(disk: &Disk) -> u32 {
    let (class, kind) = match disk.kind.as_slice() {
        _ if disk.image.is_none() => (CLASS_FIXED, 0x01),
        kind if kind.starts_with(b"3390") => (CLASS_CKD, 0x82),
        kind if kind.starts_with(b"3380") => (CLASS_CKD, 0x20),
        _ => (CLASS_FIXED, 0x40),
    };
    // Flags: read-only; RESERVE and RELEASE are there.
    let flags = match (&disk.image, disk.writable) {
        (None, _) => 0,
        (Some(_), false) => 0x82,
        (Some(_), true) => 0x02,
    };
    class << 24 | kind << 16 | flags
}

/// Bytes of the characteristics block.
const CHARACTERISTICS: usize = 256;

/// X'210': what the device of the block at Rx is, as much of it as the block's length says.
pub(in crate::cp) fn device_characteristics(sys: &mut System, id: &[u8], call: &Call) -> Answer {
    let g = guest(sys, id)?;
    let at = register(g, call.cpu, call.r1);
    let head = read(g, call.cpu, at, 4)?;
    let number = u16::from_be_bytes([head[0], head[1]]);
    let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
    if length < 8 {
        return Err(ProgramCode::SPECIFICATION);
    }
    let Some(vdev) = g.vdevs.get(&number) else {
        set_cc(g, call.cpu, 3);
        return Ok(());
    };
    let word = description(vdev);
    let mut out = vec![0; CHARACTERISTICS];
    out[4..8].copy_from_slice(&word.to_be_bytes());
    // Spooled devices and consoles with lines have no real device: condition code 2.
    let disk = g.hardware.disk(number).is_some();
    let display = g.hardware.display_model(number);
    if disk {
        let identity = g.hardware.devices.list().find(|(n, _)| *n == number);
        let model = identity.map_or(0, |(_, i)| i.device_model);
        out[8..10].copy_from_slice(&word.to_be_bytes()[..2]);
        out[10] = model;
        // The real device: rotational position sensing, reserve and release.
        out[11] = if word >> 24 == CLASS_CKD { 0x82 } else { 0 };
    }
    if let Some(model) = display {
        out[8..10].copy_from_slice(&word.to_be_bytes()[..2]);
        out[10] = model.number();
    }
    let end = length.min(out.len());
    write(g, call.cpu, at + 4, &out[4..end])?;
    set_cc(g, call.cpu, if disk || display.is_some() { 0 } else { 2 });
    Ok(())
}

/// What INITIALIZE has set up for a disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BlockIo {
    /// Bytes of a block.
    size: u32,
    /// What is taken from a block's number for its place.
    offset: i64,
}

/// Return codes in Rx+1.
mod rc {
    pub const DONE: u64 = 0;
    pub const READ_ONLY: u64 = 4;
    pub const STARTED: u64 = 8;
    pub const SOME_FAILED: u64 = 12;
    pub const NO_DEVICE: u64 = 16;
    pub const NOT_A_DISK: u64 = 20;
    pub const BLOCK_SIZE: u64 = 24;
    pub const STATE: u64 = 28;
    pub const COUNT: u64 = 36;
    pub const ALL_FAILED: u64 = 40;
}

/// Status codes of a block.
mod status {
    pub const DONE: u8 = 0x00;
    pub const NO_BLOCK: u8 = 0x01;
    pub const ADDRESSING: u8 = 0x02;
    pub const READ_ONLY: u8 = 0x03;
    pub const RECORD: u8 = 0x04;
    pub const ERROR: u8 = 0x05;
    pub const REQUEST: u8 = 0x06;
    pub const PROTECTION: u8 = 0x07;
    pub const ALET: u8 = 0x0A;
    pub const RESERVED: u8 = 0x0B;
}

/// Bytes of the parameter list.
const LIST: u64 = 64;
/// The most blocks of a request.
const MOST: u32 = 256;

/// The two layouts of parameter list and entries, by the flag byte.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    Short,
    Long,
}

/// The parameter list.
struct List(Vec<u8>);

impl List {
    fn device(&self) -> u16 {
        u16::from_be_bytes([self.0[0], self.0[1]])
    }

    fn word(&self, at: usize) -> u32 {
        u32::from_be_bytes([self.0[at], self.0[at + 1], self.0[at + 2], self.0[at + 3]])
    }

    fn long(&self, at: usize) -> u64 {
        u64::from(self.word(at)) << 32 | u64::from(self.word(at + 4))
    }

    fn layout(&self) -> Result<Layout, ProgramCode> {
        match self.0[2] {
            0x00 => Ok(Layout::Short),
            0x80 => Ok(Layout::Long),
            _ => Err(ProgramCode::SPECIFICATION),
        }
    }

    /// Reserved bytes must be zero.
    fn zero(&self, range: std::ops::Range<usize>) -> Answer {
        match self.0[range].iter().all(|b| *b == 0) {
            true => Ok(()),
            false => Err(ProgramCode::SPECIFICATION),
        }
    }
}

/// X'250': the parameter list is at Rx, the function in Ry (0 initialize, 1 read and write, 2 remove); the
/// return code comes in Rx+1.
pub(in crate::cp) fn block_io(sys: &mut System, id: &[u8], call: &Call) -> Answer {
    let g = guest(sys, id)?;
    let at = register(g, call.cpu, call.r1);
    // A program in 64-bit mode may have set the low half of the register alone.
    let function = register(g, call.cpu, call.r3) & 0xFFFF_FFFF;
    if call.r1 == 15 || !at.is_multiple_of(8) {
        return Err(ProgramCode::SPECIFICATION);
    }
    let list = List(read(g, call.cpu, at, LIST)?);
    let (cc, rc) = match function {
        0 => initialize(g, call, at, &list)?,
        1 => transfer(g, call, &list)?,
        2 => {
            list.zero(2..64)?;
            match g.block_io.remove(&list.device()) {
                Some(_) => (0, rc::DONE),
                None if g.vdevs.contains_key(&list.device()) => (2, rc::STATE),
                None => (2, rc::NO_DEVICE),
            }
        }
        _ => return Err(ProgramCode::SPECIFICATION),
    };
    set_register(g, call.cpu, call.r1 + 1, rc);
    set_cc(g, call.cpu, cc);
    Ok(())
}

/// Function 0: block size and offset in, numbers of the first and last block out.
fn initialize(g: &mut Guest, call: &Call, at: u64, list: &List) -> Result<(u8, u64), ProgramCode> {
    let number = list.device();
    let layout = list.layout()?;
    list.zero(3..24)?;
    let size = list.word(24);
    let offset = match layout {
        Layout::Short => {
            list.zero(40..64)?;
            i64::from(list.word(28).cast_signed())
        }
        Layout::Long => {
            list.zero(28..32)?;
            list.zero(56..64)?;
            list.long(32).cast_signed()
        }
    };
    if !g.vdevs.contains_key(&number) {
        return Ok((2, rc::NO_DEVICE));
    }
    let Some((image, access)) = g.hardware.disk(number) else {
        return Ok((2, rc::NOT_A_DISK));
    };
    if !block::is_size(size) {
        return Ok((2, rc::BLOCK_SIZE));
    }
    if g.block_io.contains_key(&number) {
        return Ok((2, rc::STATE));
    }
    let blocks = i64::try_from(image.blocks(size)).unwrap_or(i64::MAX);
    let (first, last) = (1i64.saturating_sub(offset), blocks.saturating_sub(offset));
    let code = match access {
        Access::Read => rc::READ_ONLY,
        Access::Write => rc::DONE,
    };
    g.block_io.insert(number, BlockIo { size, offset });
    let numbers: Vec<u8> = match layout {
        Layout::Long => [first, last].iter().flat_map(|n| n.to_be_bytes()).collect(),
        Layout::Short => [first, last]
            .iter()
            .flat_map(|n| n.to_be_bytes()[4..].to_vec())
            .collect(),
    };
    let place = match layout {
        Layout::Short => 32,
        Layout::Long => 40,
    };
    write(g, call.cpu, at + place, &numbers)?;
    Ok((0, code))
}

/// A request of function 1.
struct Request250 {
    device: u16,
    io: BlockIo,
    key: u8,
    layout: Layout,
}

/// Function 1: the entries of a list, each a block to read or write. An asynchronous request is done by
/// the time the program goes on; an external interruption tells of it.
fn transfer(g: &mut Guest, call: &Call, list: &List) -> Result<(u8, u64), ProgramCode> {
    const ASYNCHRONOUS: u8 = 0x02;
    const BYPASS_CACHE: u8 = 0x01;
    let device = list.device();
    let layout = list.layout()?;
    list.zero(3..24)?;
    list.zero(26..28)?;
    let (key, flags, count) = (list.0[24], list.0[25], list.word(28));
    let (alet, entries, parameter) = match layout {
        Layout::Short => {
            list.zero(44..64)?;
            (
                list.word(32),
                u64::from(list.word(36)),
                u64::from(list.word(40)),
            )
        }
        Layout::Long => {
            list.zero(36..40)?;
            list.zero(56..64)?;
            (list.word(32), list.long(48), list.long(40))
        }
    };
    let known = flags & !(ASYNCHRONOUS | BYPASS_CACHE) == 0;
    if !known || key & 0x0F != 0 || alet != 0 {
        return Err(ProgramCode::SPECIFICATION);
    }
    if !g.vdevs.contains_key(&device) {
        return Ok((2, rc::NO_DEVICE));
    }
    let Some(io) = g.block_io.get(&device).copied() else {
        return Ok((2, rc::STATE));
    };
    if !(1..=MOST).contains(&count) {
        return Ok((2, rc::COUNT));
    }
    let request = Request250 {
        device,
        io,
        key,
        layout,
    };
    let mut good = 0;
    let size: u64 = match layout {
        Layout::Short => 16,
        Layout::Long => 24,
    };
    for index in 0..u64::from(count) {
        let at = entries.wrapping_add(index * size);
        let entry = List(read(g, call.cpu, at, size)?);
        let status = one(g, call, &request, &entry);
        write(g, call.cpu, at + 1, &[status])?;
        good += u32::from(status == status::DONE);
    }
    if flags & ASYNCHRONOUS != 0 {
        interrupt(g, layout, parameter, u8::from(good != count));
        return Ok((0, rc::STARTED));
    }
    Ok(match good {
        n if n == count => (0, rc::DONE),
        0 => (2, rc::ALL_FAILED),
        _ => (1, rc::SOME_FAILED),
    })
}

/// External interruption X'2603': what kind of parameter and how it went, where the processor's address is
/// else; the parameter.
fn interrupt(g: &mut Guest, layout: Layout, parameter: u64, outcome: u8) {
    let (kind, long) = match layout {
        Layout::Short => (0x03, None),
        Layout::Long => (0x07, Some(parameter)),
    };
    g.hardware.machine.request(Request::External(External {
        code: 0x2603,
        cpu: u16::from_be_bytes([kind, outcome]),
        parameter: match layout {
            Layout::Short => u32::try_from(parameter).unwrap_or(0),
            Layout::Long => 0,
        },
        long,
        mask_bit: 54,
    }));
}

/// One block, and its status.
fn one(g: &mut Guest, call: &Call, request: &Request250, entry: &List) -> u8 {
    let kind = entry.0[0];
    let (number, alet, buffer) = match request.layout {
        Layout::Short => (
            i64::from(entry.word(4).cast_signed()),
            entry.word(8),
            u64::from(entry.word(12)),
        ),
        Layout::Long => (entry.long(8).cast_signed(), entry.word(4), entry.long(16)),
    };
    if entry.0[2] != 0 || entry.0[3] != 0 {
        return status::RESERVED;
    }
    if !matches!(kind, 1 | 2) {
        return status::REQUEST;
    }
    if alet != 0 {
        return status::ALET;
    }
    let place = number.checked_add(request.io.offset).map(|n| n - 1);
    let Some(place) = place.and_then(|n| u64::try_from(n).ok()) else {
        return status::NO_BLOCK;
    };
    let size = u64::from(request.io.size);
    if let Some(refused) = protected(g, request.key, buffer, size, kind == 2) {
        return refused;
    }
    let Some((image, access)) = g.hardware.disk(request.device) else {
        return status::ERROR;
    };
    let image = std::sync::Arc::clone(image);
    if kind == 2 {
        let mut bytes = vec![0; usize::try_from(size).unwrap_or(0)];
        return match image.read_block(place, &mut bytes) {
            Ok(()) => match write(g, call.cpu, buffer, &bytes) {
                Ok(()) => status::DONE,
                Err(_) => status::ADDRESSING,
            },
            Err(fault) => failed(g, &fault),
        };
    }
    if access == Access::Read {
        return status::READ_ONLY;
    }
    match read(g, call.cpu, buffer, size) {
        Ok(bytes) => match image.write_block(place, &bytes) {
            Ok(()) => status::DONE,
            Err(fault) => failed(g, &fault),
        },
        Err(_) => status::ADDRESSING,
    }
}

fn failed(g: &mut Guest, fault: &BlockFault) -> u8 {
    match fault {
        BlockFault::Outside => status::NO_BLOCK,
        BlockFault::Unformatted => status::RECORD,
        BlockFault::Broken(error) => {
            g.hardware.note_disk_fault(error.to_string());
            status::ERROR
        }
    }
}

/// Whether the request's key keeps it from a buffer, or the buffer is not in storage.
fn protected(g: &Guest, key: u8, buffer: u64, size: u64, stores: bool) -> Option<u8> {
    let storage = &g.hardware.machine.storage;
    let end = buffer.checked_add(size).filter(|end| *end > buffer);
    let Some(end) =
        end.filter(|end| (buffer >> 12..=(end - 1) >> 12).all(|p| storage.has(p << 12)))
    else {
        return Some(status::ADDRESSING);
    };
    let refused = |page: u64| {
        let has = storage.key(page << 12);
        key != 0 && has & 0xF0 != key && (stores || has & 0x08 != 0)
    };
    (buffer >> 12..=(end - 1) >> 12)
        .any(refused)
        .then_some(status::PROTECTION)
}
