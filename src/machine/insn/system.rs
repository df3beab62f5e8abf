//! What the machine says about itself, and signals among CPUs (Principles of Operation, chapters 4 and 10).

use super::Facility::{Bit, Both};
use super::Format::*;
use super::source::*;
use super::{Row, SHOWN, both, wide, with};
use crate::base::codepage::CodePage;
use crate::machine::access::Access;
use crate::machine::bits::{bits64, low8, low16, low32};
use crate::machine::block::Op;
use crate::machine::cpu::{Cpu, External, ProgramCode, State, Step, Stop};
use crate::machine::interrupt::lowcore;
use crate::machine::storage::{PAGE, Storage};
use crate::machine::{Exit, Machine};

pub(super) const TABLE: &[Row] = &[
    wide(Both, 0xB202, "stidp", S, store_cpu_id),
    both(0xB212, "stap", S, store_cpu_address),
    both(0xB2B1, "stfl", S, store_facilities),
    wide(Bit(7), 0xB2B0, "stfle", S, store_facilities_extended),
    wide(Both, 0xB27D, "stsi", S, store_system_information),
    wide(Both, 0xAE00, "sigp", Rs, signal),
    with(40, 0xB280, "lpp", S, load_program_parameter),
];

type Done = Result<Option<Exit>, Stop>;

fn store_cpu_id(m: &mut Machine, i: usize, op: &Op) -> Done {
    let cpu = &mut m.cpus[i];
    cpu.supervisor()?;
    let a = aligned(first(cpu, op), 8)?;
    cpu.store(&mut m.storage, a, op.b, m.config.cpu_id)?;
    Ok(None)
}

fn store_cpu_address(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    cpu.supervisor()?;
    let a = aligned(first(cpu, op), 2)?;
    let v = cpu.address;
    cpu.store(st, a, op.b, v)
}

/// The facility list, as many doublewords as it has.
pub fn facility_list(zarch: bool) -> [u64; 2] {
    let mut list = [0u64; 2];
    for bit in SHOWN {
        // Bit 2 says that z/Architecture is the current mode.
        if *bit != 2 || zarch {
            list[usize::from(bit / 64)] |= 1 << (63 - bit % 64);
        }
    }
    list
}

fn store_facilities(cpu: &mut Cpu, st: &mut Storage, _: &Op) -> Step {
    cpu.supervisor()?;
    let word = crate::machine::bits::high32(facility_list(cpu.psw.zarch)[0]);
    let at = lowcore(cpu, 200);
    st.write(at, &word.to_be_bytes())
        .map_err(|_| Stop::Program(ProgramCode::PROTECTION))
}

fn store_facilities_extended(m: &mut Machine, i: usize, op: &Op) -> Done {
    let cpu = &mut m.cpus[i];
    let a = aligned(first(cpu, op), 8)?;
    let list = facility_list(cpu.psw.zarch);
    // Only doublewords with a bit on are stored.
    let have = list.iter().rposition(|d| *d != 0).map_or(1, |n| n + 1);
    let room = usize::from(low8(cpu.gr64(0))) + 1;
    let bytes: Vec<u8> = list
        .iter()
        .take(have.min(room))
        .flat_map(|d| d.to_be_bytes())
        .collect();
    cpu.store_bytes(&mut m.storage, a, op.b, &bytes)?;
    let last = bits64(i64::try_from(have).unwrap_or(1) - 1);
    let v = cpu.gr64(0) & !0xFF | last;
    cpu.set_gr64(0, v);
    cpu.set_cc(if have > room { 3 } else { 0 });
    Ok(None)
}

/// LOAD PROGRAM PARAMETER: the register is only ever seen in samples of the CPU-measurement facility, which is
/// not there.
fn load_program_parameter(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    cpu.supervisor()?;
    let a = first(cpu, op);
    cpu.load::<u64>(st, a, op.b)?;
    Ok(())
}

/// Text in EBCDIC, padded with blanks.
fn ebcdic<const N: usize>(text: &[u8]) -> [u8; N] {
    let mut out = [0x40; N];
    for (o, c) in out.iter_mut().zip(text) {
        *o = CodePage::Ibm1047.code_of(*c);
    }
    out
}

fn store_system_information(m: &mut Machine, i: usize, op: &Op) -> Done {
    let cpu = &m.cpus[i];
    cpu.supervisor()?;
    let (g0, g1) = (cpu.gr32(0), cpu.gr32(1));
    let level = g0 >> 28;
    if g0 & 0x0FFF_FF00 != 0 || g1 & 0xFFFF_0000 != 0 {
        return Err(Stop::Program(ProgramCode::SPECIFICATION));
    }
    if level == 0 {
        m.cpus[i].set_gr32(0, 3 << 28);
        m.cpus[i].set_cc(0);
        return Ok(None);
    }
    let Some(block) = information(m, i, level, low8(u64::from(g0)), low16(u64::from(g1))) else {
        m.cpus[i].set_cc(3);
        return Ok(None);
    };
    let a = aligned(first(&m.cpus[i], op), PAGE)?;
    let at = m.cpus[i].locate(&mut m.storage, a, 4096, op.b, Access::Store)?;
    m.storage.copy_in(at, &block);
    m.cpus[i].set_cc(0);
    Ok(None)
}

/// The system-information block of level, first and second selector.
fn information(m: &Machine, i: usize, level: u32, one: u8, two: u16) -> Option<[u8; 4096]> {
    let mut block = [0u8; 4096];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    let machine = low16(m.config.cpu_id >> 16);
    let serial = low32(m.config.cpu_id >> 32) & 0x00FF_FFFF;
    let sequence = ebcdic::<16>(format!("{serial:016X}").as_bytes());
    let cpus = low16(crate::machine::bits::count(m.cpus.len())).to_be_bytes();
    let capability = 1024u32.to_be_bytes();
    match (level, one, two) {
        (1, 1, 1) => {
            put(32, &ebcdic::<16>(b"IBM"));
            put(48, &ebcdic::<4>(format!("{machine:04X}").as_bytes()));
            put(64, &ebcdic::<16>(b"VMSHARE"));
            put(80, &sequence);
            put(96, &ebcdic::<4>(b"00"));
        }
        (1 | 2, 2, 1) => {
            put(80, &sequence);
            put(96, &ebcdic::<4>(b"00"));
            put(102, &m.cpus[i].address.to_be_bytes());
        }
        (1, 2, 2) => {
            put(32, &capability);
            put(36, &cpus);
            put(38, &cpus);
        }
        (2, 2, 2) => {
            put(32, &1u16.to_be_bytes());
            put(36, &cpus);
            put(38, &cpus);
            put(44, &ebcdic::<8>(&m.config.partition));
            put(52, &1000u32.to_be_bytes());
        }
        (3, 2, 2) => {
            put(31, &[1]);
            put(36, &cpus);
            put(38, &cpus);
            put(44, &ebcdic::<8>(&m.config.guest_name));
            put(52, &1000u32.to_be_bytes());
            put(56, &ebcdic::<16>(&m.config.control_program));
        }
        _ => return None,
    }
    Some(block)
}

/// Status bits of SIGNAL PROCESSOR.
mod status {
    pub const INCORRECT_STATE: u32 = 0x200;
    pub const INVALID_PARAMETER: u32 = 0x100;
    pub const EXTERNAL_CALL_PENDING: u32 = 0x80;
    pub const STOPPED: u32 = 0x40;
    pub const CHECK_STOP: u32 = 0x10;
    pub const INVALID_ORDER: u32 = 0x02;
}

/// What an order gives: accepted, or status to store.
type Answer = Result<(), u32>;

fn signal(m: &mut Machine, i: usize, op: &Op) -> Done {
    m.cpus[i].supervisor()?;
    let order = low8(first(&m.cpus[i], op));
    let odd = op.r1 | 1;
    let parameter = m.cpus[i].gr64(odd);
    if order == 0x12 {
        let answer = set_architecture(m, i, low8(parameter));
        return answered(m, i, op.r1, answer);
    }
    let address = low16(m.cpus[i].gr64(op.r3));
    let Some(target) = m.cpus.iter().position(|c| c.address == address) else {
        m.cpus[i].set_cc(3);
        return Ok(None);
    };
    let answer = perform(m, i, target, order, parameter);
    answered(m, i, op.r1, answer)
}

fn answered(m: &mut Machine, i: usize, r1: u8, answer: Answer) -> Done {
    let cpu = &mut m.cpus[i];
    match answer {
        Ok(()) => cpu.set_cc(0),
        Err(status) => {
            cpu.set_gr32(r1, status);
            cpu.set_cc(1);
        }
    }
    Err(Stop::Next)
}

fn perform(m: &mut Machine, i: usize, target: usize, order: u8, parameter: u64) -> Answer {
    let from = m.cpus[i].address;
    let to = &mut m.cpus[target];
    match order {
        0x01 => {
            let mut bits = 0;
            if to.externals.iter().any(|e| e.code == 0x1202) {
                bits |= status::EXTERNAL_CALL_PENDING;
            }
            match to.state {
                State::Operating => {}
                State::Stopped => bits |= status::STOPPED,
                State::CheckStop => bits |= status::CHECK_STOP,
            }
            if bits == 0 { Ok(()) } else { Err(bits) }
        }
        0x02 => {
            if to.externals.iter().any(|e| e.code == 0x1202) {
                return Err(status::EXTERNAL_CALL_PENDING);
            }
            to.externals.push_back(External {
                code: 0x1202,
                cpu: from,
                parameter: 0,
                long: None,
                mask_bit: 50,
            });
            Ok(())
        }
        0x03 => {
            let call = External {
                code: 0x1201,
                cpu: from,
                parameter: 0,
                long: None,
                mask_bit: 49,
            };
            // One per sending CPU stays pending; emergency signals go before external calls.
            if !to.externals.contains(&call) {
                to.externals.push_front(call);
            }
            Ok(())
        }
        0x04 => {
            if to.state == State::Stopped {
                to.state = State::Operating;
            }
            Ok(())
        }
        0x05 => {
            to.state = State::Stopped;
            Ok(())
        }
        0x06 => {
            if to.state == State::CheckStop {
                return Err(status::CHECK_STOP);
            }
            to.restart = true;
            to.state = State::Operating;
            Ok(())
        }
        0x09 => {
            to.state = State::Stopped;
            let at = lowcore(to, 0);
            store_status(m, target, at)
        }
        0x0B => {
            m.cpus[target].initial_reset();
            keep_mode(m, i, target);
            Ok(())
        }
        0x0C => {
            to.reset();
            Ok(())
        }
        0x0D => set_prefix(m, target, parameter),
        0x0E => {
            if to.state != State::Stopped {
                return Err(status::INCORRECT_STATE);
            }
            let at = parameter & 0x7FFF_FE00;
            if at + 512 > m.storage.size() {
                return Err(status::INVALID_PARAMETER);
            }
            // The save area begins with what is at 0 of the low core's second part.
            store_status(
                m,
                target,
                at.wrapping_sub(if m.cpus[target].psw.zarch { 0x1200 } else { 0 }),
            )
        }
        0x15 => {
            // SENSE RUNNING STATUS: every CPU that operates is taken to run.
            if to.state == State::Operating {
                Ok(())
            } else {
                Err(0x0000_0400)
            }
        }
        _ => Err(status::INVALID_ORDER),
    }
}

/// A CPU that was reset by another one comes up in the mode of the configuration.
fn keep_mode(m: &mut Machine, i: usize, target: usize) {
    let zarch = m.cpus[i].psw.zarch;
    let cpu = &mut m.cpus[target];
    cpu.psw.zarch = zarch;
    if zarch {
        cpu.psw.reserved = 0;
    }
    cpu.refresh();
}

fn set_prefix(m: &mut Machine, target: usize, parameter: u64) -> Answer {
    let zarch = m.cpus[target].psw.zarch;
    let (mask, size) = if zarch {
        (0x7FFF_E000, 0x2000)
    } else {
        (0x7FFF_F000, 0x1000)
    };
    if m.cpus[target].state != State::Stopped {
        return Err(status::INCORRECT_STATE);
    }
    let prefix = parameter & mask;
    if prefix + size > m.storage.size() {
        return Err(status::INVALID_PARAMETER);
    }
    m.cpus[target].prefix = prefix;
    m.cpus[target].purge();
    Ok(())
}

/// Switches all CPUs to z/Architecture (parameter 1 or 2) or ESA/390 (0).
fn set_architecture(m: &mut Machine, i: usize, parameter: u8) -> Answer {
    let zarch = match parameter {
        0 => false,
        1 | 2 => true,
        _ => return Err(status::INVALID_PARAMETER),
    };
    if m.cpus[i].psw.zarch == zarch {
        return Err(status::INVALID_PARAMETER);
    }
    let others = m.cpus.iter().enumerate().filter(|(n, _)| *n != i);
    if others.clone().any(|(_, c)| c.state == State::Operating) {
        return Err(status::INCORRECT_STATE);
    }
    for cpu in &mut m.cpus {
        cpu.psw.zarch = zarch;
        cpu.psw.reserved = 0;
        if zarch {
            cpu.prefix &= !0x1FFF;
        } else {
            cpu.psw.amode = if cpu.psw.amode == crate::machine::Amode::A64 {
                crate::machine::Amode::A31
            } else {
                cpu.psw.amode
            };
        }
        cpu.purge();
    }
    Ok(())
}

/// Stores a CPU's status relative to a low core at `base`.
fn store_status(m: &mut Machine, target: usize, base: u64) -> Answer {
    let now = m.tod.now(m.instructions);
    let cpu = &m.cpus[target];
    let mut parts = crate::machine::mcheck::registers(cpu, now);
    match cpu.psw.zarch {
        true => {
            parts.push((0x1300, cpu.psw.bytes().to_vec()));
            parts.push((0x1318, low32(cpu.prefix).to_be_bytes().to_vec()));
        }
        false => {
            parts.push((0x100, cpu.psw.short().to_be_bytes().to_vec()));
            parts.push((0x108, low32(cpu.prefix).to_be_bytes().to_vec()));
        }
    }
    for (at, bytes) in parts {
        let place = base.wrapping_add(at);
        m.storage
            .write(place, &bytes)
            .map_err(|_| status::INVALID_PARAMETER)?;
    }
    Ok(())
}
