//! The clocks (Principles of Operation, chapters 4 and 10).

use super::Facility::{Bit, Both};
use super::Format::*;
use super::source::*;
use super::{Row, wide};
use crate::machine::bits::low32;
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
