//! DIAGNOSE: how a program in a virtual machine asks CP for something (z/VM CP Programming Services). A
//! code that is not here is a specification exception, which operating systems take as "not offered": Linux
//! goes on without X'204', X'2FC' and X'304' (performance data), X'2C4' (files of the HMC), X'26C' (names of the
//! system) and X'318' (its version for the operator).

mod ipl;
mod linux;
mod segments;
mod spool;

pub use ipl::IplParameters;
pub use linux::Watchdog;
pub(in crate::cp) use segments::perform;
pub use segments::{SegmentAnswer, SegmentFunction};
pub use spool::Blocks;

use crate::base::clock::Civil;
use crate::base::codepage::{ebcdic_to_host, host_to_ebcdic};
use crate::cp::directory::SpoolKind;
use crate::cp::guest::{Guest, Vdev};
use crate::cp::hardware::Address;
use crate::cp::native::Fate;
use crate::cp::system::System;
use crate::machine::storage::{COMMON, READ_ONLY};
use crate::machine::{Amode, ProgramCode};

/// A DIAGNOSE instruction: its length is 4.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// The processor.
    pub cpu: u8,
    /// The function code.
    pub code: u16,
    /// The Rx register number.
    pub r1: u8,
    /// The Ry register number.
    pub r3: u8,
    /// The machine's generation when it was executed.
    pub generation: u64,
}

/// One function code.
struct Row {
    code: u16,
    run: fn(&mut System, &[u8], &Call) -> Answer,
}

/// Done, or the exception that the program gets.
pub(in crate::cp) type Answer = Result<(), ProgramCode>;

const TABLE: &[Row] = &[
    Row {
        code: 0x000,
        run: identification,
    },
    Row {
        code: 0x008,
        run: command,
    },
    Row {
        code: 0x00C,
        run: timer,
    },
    Row {
        code: 0x010,
        run: release,
    },
    Row {
        code: 0x014,
        run: spool::input_file,
    },
    Row {
        code: 0x024,
        run: device_type,
    },
    Row {
        code: 0x044,
        run: yields,
    },
    Row {
        code: 0x060,
        run: storage_size,
    },
    Row {
        code: 0x064,
        run: segments::manipulate,
    },
    Row {
        code: 0x09C,
        run: yields,
    },
    Row {
        code: 0x0DC,
        run: monitor_collection,
    },
    Row {
        code: 0x210,
        run: crate::cp::blockio::device_characteristics,
    },
    Row {
        code: 0x250,
        run: crate::cp::blockio::block_io,
    },
    Row {
        code: 0x258,
        run: linux::page_reference,
    },
    Row {
        code: 0x260,
        run: extents,
    },
    Row {
        code: 0x270,
        run: timer_extended,
    },
    Row {
        code: 0x288,
        run: linux::watchdog,
    },
    Row {
        code: 0x308,
        run: ipl::list_directed,
    },
];

pub(in crate::cp) const LENGTH: u8 = 4;
/// The longest command of DIAGNOSE X'08'.
const LONGEST_COMMAND: u64 = 240;
/// The longest response buffer: the most that Linux's vmcp asks for.
const LONGEST_RESPONSE: u64 = 1 << 20;

impl System {
    pub(in crate::cp) fn diagnose(&mut self, id: &[u8], call: Call) {
        let answer = match TABLE.iter().find(|r| r.code == call.code) {
            Some(row) => (row.run)(self, id, &call),
            None => Err(ProgramCode::SPECIFICATION),
        };
        if let Err(code) = answer {
            self.refuse(id, call.cpu, code, LENGTH);
        }
    }
}

pub(in crate::cp) fn guest<'a>(
    sys: &'a mut System,
    id: &[u8],
) -> Result<&'a mut Guest, ProgramCode> {
    sys.guests.get_mut(id).ok_or(ProgramCode::SPECIFICATION)
}

/// A register as an address or a value: 64 bits in 64-bit mode, else the low 32.
pub(in crate::cp) fn register(g: &Guest, cpu: u8, r: u8) -> u64 {
    let Some(cpu) = g.hardware.machine.cpus.get(usize::from(cpu)) else {
        return 0;
    };
    match cpu.psw.amode {
        Amode::A64 => cpu.gr64(r),
        _ => u64::from(cpu.gr32(r)),
    }
}

pub(in crate::cp) fn set_register(g: &mut Guest, cpu: u8, r: u8, value: u64) {
    let Some(cpu) = g.hardware.machine.cpus.get_mut(usize::from(cpu)) else {
        return;
    };
    match cpu.psw.amode {
        Amode::A64 => cpu.set_gr64(r, value),
        _ => cpu.set_gr32(r, u32::try_from(value & 0xFFFF_FFFF).unwrap_or(0)),
    }
}

pub(in crate::cp) fn set_cc(g: &mut Guest, cpu: u8, cc: u8) {
    if let Some(cpu) = g.hardware.machine.cpus.get_mut(usize::from(cpu)) {
        cpu.set_cc(cc);
    }
}

/// Real storage of the processor that asks.
pub(in crate::cp) fn read(
    g: &mut Guest,
    cpu: u8,
    at: u64,
    len: u64,
) -> Result<Vec<u8>, ProgramCode> {
    g.hardware.select(u16::from(cpu));
    let len = usize::try_from(len).map_err(|_| ProgramCode::ADDRESSING)?;
    g.hardware
        .read(Address::Real, at, len)
        .map_err(|_| ProgramCode::ADDRESSING)
}

pub(in crate::cp) fn write(g: &mut Guest, cpu: u8, at: u64, data: &[u8]) -> Answer {
    g.hardware.select(u16::from(cpu));
    g.hardware
        .write(Address::Real, at, data)
        .map_err(|_| ProgramCode::ADDRESSING)
}

/// X'08', console function: a command of Rx, its length and flags in Ry; with flag X'40' the response
/// goes to the buffer of Rx+1, of the length in Ry+1.
fn command(sys: &mut System, id: &[u8], call: &Call) -> Answer {
    let g = guest(sys, id)?;
    let control = register(g, call.cpu, call.r3);
    let (flags, length) = ((control >> 24) & 0xFF, control & 0xFF_FFFF);
    let at = register(g, call.cpu, call.r1);
    let wants_response = flags & 0x40 != 0;
    let pairs = call.r1 == 15 || call.r3 == 15 || call.r1.abs_diff(call.r3) == 1;
    if length > LONGEST_COMMAND || wants_response && pairs {
        return Err(ProgramCode::SPECIFICATION);
    }
    if length == 0 {
        sys.enter_cp(id);
        return Ok(());
    }
    let buffer = wants_response.then(|| {
        (
            register(g, call.cpu, call.r1 + 1),
            register(g, call.cpu, call.r3 + 1),
        )
    });
    if buffer.is_some_and(|(_, room)| room > LONGEST_RESPONSE || room == 0) {
        return Err(ProgramCode::SPECIFICATION);
    }
    let text = ebcdic_to_host(&read(g, call.cpu, at, length)?);
    let reply = sys.command(id, &text);
    // IPL or LOGOFF: the registers belong to somebody else now.
    let same = sys
        .guests
        .get(id)
        .is_some_and(|g| g.generation == call.generation);
    if reply.fate == Fate::Gone || !same {
        return Ok(());
    }
    let rc = u64::from(reply.rc.unsigned_abs());
    let Some((to, room)) = buffer else {
        for line in &reply.response {
            sys.console_write(id, line);
        }
        set_register(guest(sys, id)?, call.cpu, call.r3, rc);
        return Ok(());
    };
    let mut response = Vec::new();
    for line in &reply.response {
        response.extend(host_to_ebcdic(line));
        response.push(0x15);
    }
    let g = guest(sys, id)?;
    let fits = usize::try_from(room).unwrap_or(0).min(response.len());
    write(g, call.cpu, to, &response[..fits])?;
    let left = response.len() - fits;
    set_register(g, call.cpu, call.r3, rc);
    let (cc, length) = match left {
        0 => (0, response.len()),
        left => (1, left),
    };
    set_register(g, call.cpu, call.r3 + 1, u64::try_from(length).unwrap_or(0));
    set_cc(g, call.cpu, cc);
    Ok(())
}

/// X'00', the extended identification: up to 40 bytes at Rx; Ry is less by what was stored.
fn identification(sys: &mut System, id: &[u8], call: &Call) -> Answer {
    let zone = sys.clock.zone().offset;
    let g = guest(sys, id)?;
    let at = register(g, call.cpu, call.r1);
    let room = register(g, call.cpu, call.r3);
    if room == 0 || !at.is_multiple_of(8) {
        return Err(ProgramCode::SPECIFICATION);
    }
    let mut block = host_to_ebcdic(b"VM/ESA  ");
    block.extend([0, 0, 7, 0xFF, 0, 0, 0, call.cpu]);
    let mut user = id.to_vec();
    user.resize(8, b' ');
    block.extend(host_to_ebcdic(&user));
    block.extend([0xFF, 0, 0, 0, 0, 0, 0, 0]);
    block.extend(zone.to_be_bytes());
    block.extend([3, 0, 0, 0]);
    let stored = usize::try_from(room).unwrap_or(usize::MAX).min(block.len());
    write(g, call.cpu, at, &block[..stored])?;
    set_register(
        g,
        call.cpu,
        call.r3,
        room - u64::try_from(stored).unwrap_or(0),
    );
    Ok(())
}

/// X'0C', the pseudo timer: date, time, virtual and total processor time in microseconds, at Rx.
fn timer(sys: &mut System, id: &[u8], call: &Call) -> Answer {
    let c: Civil = sys.clock.local();
    let g = guest(sys, id)?;
    let at = register(g, call.cpu, call.r1);
    if !at.is_multiple_of(8) {
        return Err(ProgramCode::SPECIFICATION);
    }
    let block = times(g, &c);
    write(g, call.cpu, at, &block)
}

/// X'270', the pseudo timer extended: what X'0C' gives, then the date with the century as month, day, year
/// and as year, month, day; as much of it as the length in Ry has room for.
fn timer_extended(sys: &mut System, id: &[u8], call: &Call) -> Answer {
    let c: Civil = sys.clock.local();
    let g = guest(sys, id)?;
    let at = register(g, call.cpu, call.r1);
    let room = register(g, call.cpu, call.r3);
    if !at.is_multiple_of(8) || room == 0 {
        return Err(ProgramCode::SPECIFICATION);
    }
    let mut block = times(g, &c);
    let full = format!(
        "{:02}/{:02}/{:04}{:04}-{:02}-{:02}",
        c.month, c.day, c.year, c.year, c.month, c.day
    );
    block.extend(host_to_ebcdic(full.as_bytes()));
    block.truncate(usize::try_from(room).unwrap_or(usize::MAX));
    write(g, call.cpu, at, &block)
}

/// Date, time, virtual and total processor time.
fn times(g: &Guest, c: &Civil) -> Vec<u8> {
    let date = format!("{:02}/{:02}/{:02}", c.month, c.day, c.year % 100);
    let time = format!("{:02}:{:02}:{:02}", c.hour, c.minute, c.second);
    let mut block = host_to_ebcdic(format!("{date}{time}").as_bytes());
    let used = g.cpu_micros.to_be_bytes();
    block.extend(used);
    block.extend(used);
    block
}

/// X'10', release pages: the contents from Rx to Ry are no longer needed and become zeros.
fn release(sys: &mut System, id: &[u8], call: &Call) -> Answer {
    let g = guest(sys, id)?;
    let (first, last) = (
        register(g, call.cpu, call.r1),
        register(g, call.cpu, call.r3),
    );
    if !first.is_multiple_of(4096) || !last.is_multiple_of(4096) || first > last {
        return Err(ProgramCode::SPECIFICATION);
    }
    let storage = &mut g.hardware.machine.storage;
    if !storage.has(last) {
        return Err(ProgramCode::ADDRESSING);
    }
    // Pages of a saved system that all share stay as they are.
    for page in first >> 12..=last >> 12 {
        if storage.flags(page) & (READ_ONLY | COMMON) == 0 {
            storage
                .release(page, 1)
                .map_err(|_| ProgramCode::ADDRESSING)?;
        }
    }
    Ok(())
}

/// X'24', device type and features of the device in Rx (-1: the console, whose number is put there):
/// the virtual description in Ry, the real one in Ry+1.
fn device_type(sys: &mut System, id: &[u8], call: &Call) -> Answer {
    let g = guest(sys, id)?;
    if call.r3 == 15 {
        return Err(ProgramCode::SPECIFICATION);
    }
    let asked = register(g, call.cpu, call.r1) & 0xFFFF_FFFF;
    let described = match asked {
        0xFFFF_FFFF => describe(g, None),
        n => u16::try_from(n).ok().and_then(|n| describe(g, Some(n))),
    };
    let Some((number, word)) = described else {
        set_cc(g, call.cpu, 3);
        return Ok(());
    };
    if asked == 0xFFFF_FFFF {
        set_register(g, call.cpu, call.r1, u64::from(number));
    }
    set_register(g, call.cpu, call.r3, u64::from(word));
    set_register(g, call.cpu, call.r3 + 1, u64::from(word));
    set_cc(g, call.cpu, 0);
    Ok(())
}

/// The number of a device, or of the console, with its class, type, status and flags.
pub(in crate::cp) fn describe(g: &Guest, vdev: Option<u16>) -> Option<(u16, u32)> {
    let number = vdev.or_else(|| g.console())?;
    Some((number, description(g.vdevs.get(&number)?)))
}

/// Class, type, status and flags of a device.
pub(in crate::cp) fn description(vdev: &Vdev) -> u32 {
    match vdev {
        Vdev::Console { kind: 3270 } => 0x4004_0000,
        Vdev::Console { .. } => 0x8000_0000,
        Vdev::Ctc { .. } => 0x0220_0000,
        Vdev::Disk(disk) => crate::cp::blockio::disk_description(disk),
        Vdev::Spool(s) => match (s.kind, s.model) {
            (SpoolKind::Reader, 2501) => 0x2081_0000,
            (SpoolKind::Reader, 2540) => 0x2082_0000,
            (SpoolKind::Reader, _) => 0x2084_0000,
            (SpoolKind::Punch, 2540) => 0x1082_0000,
            (SpoolKind::Punch, _) => 0x1084_0000,
            (SpoolKind::Printer, 3211) => 0x1042_0000,
            (SpoolKind::Printer, 3203) => 0x1043_0000,
            (SpoolKind::Printer, _) => 0x1041_0000,
        },
    }
}

/// X'44' and X'9C', voluntary time slice end and yield: the next processor, or the one whose address is in Rx,
/// runs at once; without it one that waits for a lock would use up the turn of the one that has it.
fn yields(sys: &mut System, id: &[u8], call: &Call) -> Answer {
    let g = guest(sys, id)?;
    let to = match call.code {
        0x09C => u16::try_from(register(g, call.cpu, call.r1)).ok(),
        _ => None,
    };
    g.hardware.machine.yield_turn(to);
    Ok(())
}

/// X'60', the size of storage into Rx.
fn storage_size(sys: &mut System, id: &[u8], call: &Call) -> Answer {
    let g = guest(sys, id)?;
    let size = g.storage;
    set_register(g, call.cpu, call.r1, size);
    Ok(())
}

/// X'DC', control of the collection of application monitor records: there is no monitor for which a program
/// could be authorized (return code 5 in Ry).
fn monitor_collection(sys: &mut System, id: &[u8], call: &Call) -> Answer {
    const NOT_AUTHORIZED: u64 = 5;
    set_register(guest(sys, id)?, call.cpu, call.r3, NOT_AUTHORIZED);
    Ok(())
}

/// X'260': subcode X'C' the highest addresses, X'10' the extents of storage at Rx, of the length in Rx+1.
fn extents(sys: &mut System, id: &[u8], call: &Call) -> Answer {
    let g = guest(sys, id)?;
    let last = g.storage - 1;
    match register(g, call.cpu, call.r3) {
        0x0C => {
            set_register(g, call.cpu, call.r1, last);
            set_register(g, call.cpu, call.r3, last);
            Ok(())
        }
        0x10 if call.r1.is_multiple_of(2) => {
            let at = register(g, call.cpu, call.r1);
            let room = register(g, call.cpu, call.r1 + 1);
            if room == 0 || !room.is_multiple_of(16) || !at.is_multiple_of(16) {
                return Err(ProgramCode::SPECIFICATION);
            }
            let mut extent = vec![0; 8];
            extent.extend(last.to_be_bytes());
            write(g, call.cpu, at, &extent)?;
            set_register(g, call.cpu, call.r3, 1);
            set_cc(g, call.cpu, 0);
            Ok(())
        }
        _ => Err(ProgramCode::SPECIFICATION),
    }
}
