//! The clocks (Principles of Operation, chapters 4 and 10).

use super::Facility::{Bit, Both};
use super::Format::*;
use super::moves::pointer;
use super::source::*;
use super::{Row, wide};
use crate::machine::bits::{low8, low32};
use crate::machine::block::Op;
use crate::machine::cpu::{ProgramCode, Stop};
use crate::machine::{Exit, Machine};

pub(super) const TABLE: &[Row] = &[
    wide(Both, 0xB205, "stck", S, store_clock),
    wide(Bit(25), 0xB27C, "stckf", S, store_clock_fast),
    wide(Both, 0xB278, "stcke", S, store_clock_extended),
    wide(Both, 0xB204, "sck", S, set_clock),
    wide(Both, 0xB206, "sckc", S, set_comparator),
    wide(Both, 0xB207, "stckc", S, store_comparator),
    wide(Both, 0xB208, "spt", S, set_timer),
    wide(Both, 0xB209, "stpt", S, store_timer),
    wide(Both, 0x0107, "sckpf", E, set_programmable),
    wide(Bit(28), 0x0104, "ptff", E, timing_function),
    wide(Bit(31), 0xC801, "ectg", Ssf, extract_cpu_time),
];

type Done = Result<Option<Exit>, Stop>;

fn put(m: &mut Machine, i: usize, op: &Op, bytes: &[u8]) -> Result<(), Stop> {
    let a = first(&m.cpus[i], op);
    m.cpus[i].store_bytes(&mut m.storage, a, op.b, bytes)
}

fn get(m: &mut Machine, i: usize, op: &Op) -> Result<u64, Stop> {
    m.cpus[i].supervisor()?;
    let a = aligned(first(&m.cpus[i], op), 8)?;
    m.cpus[i].load::<u64>(&mut m.storage, a, op.b)
}

fn store_clock(m: &mut Machine, i: usize, op: &Op) -> Done {
    let now = m.tod.unique(m.instructions);
    put(m, i, op, &now.to_be_bytes())?;
    m.cpus[i].set_cc(0);
    Ok(None)
}

fn store_clock_fast(m: &mut Machine, i: usize, op: &Op) -> Done {
    let now = m.tod.now(m.instructions);
    put(m, i, op, &now.to_be_bytes())?;
    m.cpus[i].set_cc(0);
    Ok(None)
}

fn store_clock_extended(m: &mut Machine, i: usize, op: &Op) -> Done {
    let now = m.tod.unique(m.instructions);
    let mut bytes = [0u8; 16];
    bytes[1..9].copy_from_slice(&now.to_be_bytes());
    // The rightmost part is never zero, so that values are unique among CPUs.
    bytes[13] = 1;
    let programmable = low32(u64::from(m.cpus[i].tod_programmable)).to_be_bytes();
    bytes[14..].copy_from_slice(&programmable[2..]);
    put(m, i, op, &bytes)?;
    m.cpus[i].set_cc(0);
    Ok(None)
}

fn set_clock(m: &mut Machine, i: usize, op: &Op) -> Done {
    let v = get(m, i, op)?;
    m.tod.set(v, m.instructions);
    m.cpus[i].set_cc(0);
    Ok(None)
}

fn set_comparator(m: &mut Machine, i: usize, op: &Op) -> Done {
    m.cpus[i].clock_comparator = get(m, i, op)?;
    Ok(None)
}

fn store_comparator(m: &mut Machine, i: usize, op: &Op) -> Done {
    m.cpus[i].supervisor()?;
    aligned(first(&m.cpus[i], op), 8)?;
    let v = m.cpus[i].clock_comparator;
    put(m, i, op, &v.to_be_bytes())?;
    Ok(None)
}

fn set_timer(m: &mut Machine, i: usize, op: &Op) -> Done {
    let v = get(m, i, op)?;
    let now = m.tod.now(m.instructions);
    m.cpus[i].set_timer(v, now);
    Ok(None)
}

fn store_timer(m: &mut Machine, i: usize, op: &Op) -> Done {
    m.cpus[i].supervisor()?;
    aligned(first(&m.cpus[i], op), 8)?;
    let now = m.tod.now(m.instructions);
    let v = m.cpus[i].timer_at(now);
    put(m, i, op, &v.to_be_bytes())?;
    Ok(None)
}

fn set_programmable(m: &mut Machine, i: usize, _: &Op) -> Done {
    m.cpus[i].supervisor()?;
    let v = m.cpus[i].gr32(0);
    if v & 0xFFFF_0000 != 0 {
        return Err(Stop::Program(ProgramCode::SPECIFICATION));
    }
    m.cpus[i].tod_programmable = v;
    Ok(None)
}

/// PERFORM TIMING FACILITY FUNCTION: queries. A control program's virtual machines cannot steer its clocks, so
/// the functions that would are not available, and the query of the available functions says so.
fn timing_function(m: &mut Machine, i: usize, _: &Op) -> Done {
    const CONTROL: u8 = 0x40;
    let cpu = &m.cpus[i];
    let code = low8(cpu.gr64(0));
    if code & 0x80 != 0 {
        return Err(Stop::Program(ProgramCode::SPECIFICATION));
    }
    if code & CONTROL != 0 {
        cpu.supervisor()?;
    }
    let Some(function) = QUERIES.get(usize::from(code)) else {
        m.cpus[i].set_cc(3);
        return Ok(None);
    };
    let block = function(m);
    let a = pointer(&m.cpus[i], 1);
    m.cpus[i].store_bytes(&mut m.storage, a, 1, &block)?;
    m.cpus[i].set_cc(0);
    Ok(None)
}

/// The queries by function code, each giving its parameter block.
const QUERIES: [fn(&Machine) -> Vec<u8>; 5] = [
    available_functions,
    tod_offset,
    steering,
    |m| m.tod.physical(m.instructions).to_be_bytes().to_vec(),
    // Nobody tells the machine about leap seconds: no UTC information.
    |_| vec![0; 256],
];

/// PTFF-QAF: a bit for each function.
fn available_functions(_: &Machine) -> Vec<u8> {
    let bits = u128::MAX << (128 - QUERIES.len());
    bits.to_be_bytes().to_vec()
}

/// PTFF-QTO: the physical clock, the basic machine's offset to it, and the machine's own, all of which is the
/// difference of its epoch.
fn tod_offset(m: &Machine) -> Vec<u8> {
    let own = m.tod.offset();
    [m.tod.physical(m.instructions), 0, own, own]
        .iter()
        .flat_map(|v| v.to_be_bytes())
        .collect()
}

/// PTFF-QSI: the physical clock, and two episodes in which nothing has been steered.
fn steering(m: &Machine) -> Vec<u8> {
    let mut block = m.tod.physical(m.instructions).to_be_bytes().to_vec();
    block.resize(56, 0);
    block
}

/// EXTRACT CPU TIME: what is left of a time slice, and two doublewords more.
fn extract_cpu_time(m: &mut Machine, i: usize, op: &Op) -> Done {
    let now = m.tod.now(m.instructions);
    let cpu = &mut m.cpus[i];
    let st = &mut m.storage;
    let (a, b, c) = (first(cpu, op), second(cpu, op), pointer(cpu, op.r1));
    let slice = cpu.load::<u64>(st, a, op.b)?;
    let other = cpu.load::<u64>(st, b, op.b2)?;
    let third = cpu.load::<u64>(st, c, op.r1)?;
    let timer = cpu.timer_at(now);
    cpu.set_gr64(op.r1, third);
    cpu.set_gr64(0, slice.wrapping_sub(timer));
    cpu.set_gr64(1, other);
    Ok(None)
}
