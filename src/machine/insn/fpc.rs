//! The floating-point control register (Principles of Operation, chapter 9).

use super::Format::*;
use super::float::{afp, data};
use super::source::first;
use super::{Row, both, with};
use crate::machine::bits::{low8, low32};
use crate::machine::block::Op;
use crate::machine::cpu::{Cpu, ProgramCode, Step, Stop};
use crate::machine::storage::Storage;

pub(super) const TABLE: &[Row] = &[
    both(0xB29D, "lfpc", S, load_control),
    both(0xB29C, "stfpc", S, store_control),
    both(0xB384, "sfpc", RreOne, set_control),
    both(0xB38C, "efpc", RreOne, extract_control),
    with(30, 0xB2BD, "lfas", S, load_control_and_signal),
    with(30, 0xB385, "sfasr", RreOne, set_control_and_signal),
    both(0xB299, "srnm", S, set_rounding),
    with(37, 0xB2B8, "srnmb", S, set_binary_rounding),
    with(41, 0xB2B9, "srnmt", S, set_decimal_rounding),
];

/// Bits of the floating-point control register that exist.
const CONTROL: u32 = 0xFCFC_FF77;

/// Whether a value may be in the floating-point control register: BFP rounding modes 4 to 6 may not.
fn valid_control(v: u32) -> bool {
    v & !CONTROL == 0 && !matches!(v & 7, 4..=6)
}

fn put_control(cpu: &mut Cpu, v: u32) -> Step {
    if !valid_control(v) {
        return Err(Stop::Program(ProgramCode::SPECIFICATION));
    }
    cpu.fpc = v;
    Ok(())
}

fn load_control(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    afp(cpu)?;
    let a = first(cpu, op);
    let v = cpu.load::<u32>(st, a, op.b)?;
    put_control(cpu, v)
}

fn store_control(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    afp(cpu)?;
    let a = first(cpu, op);
    let v = cpu.fpc;
    cpu.store(st, a, op.b, v)
}

fn set_control(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    afp(cpu)?;
    let v = cpu.gr32(op.r1);
    put_control(cpu, v)
}

fn load_control_and_signal(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    afp(cpu)?;
    let a = first(cpu, op);
    let v = cpu.load::<u32>(st, a, op.b)?;
    put_control_and_signal(cpu, v)
}

fn set_control_and_signal(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    afp(cpu)?;
    let v = cpu.gr32(op.r1);
    put_control_and_signal(cpu, v)
}

/// The flags that were on stay on beside the new ones; one that is enabled by the new masks is simulated
/// (chapter 9: IEEE-exception-simulation facility).
fn put_control_and_signal(cpu: &mut Cpu, v: u32) -> Step {
    let signaled = cpu.fpc & 0x00FC_0000;
    put_control(cpu, v)?;
    cpu.fpc |= signaled;
    let enabled = low8(u64::from(signaled >> 16 & v >> 24));
    let dxc = match enabled {
        0 => return Ok(()),
        e if e & 0x80 != 0 => 0x80,
        e if e & 0x40 != 0 => 0x40,
        e if e & 0x20 != 0 => e & 0x28,
        e if e & 0x10 != 0 => e & 0x18,
        e if e & 0x08 != 0 => 0x08,
        e => e,
    };
    Err(data(cpu, dxc | 3))
}

fn extract_control(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    afp(cpu)?;
    let v = cpu.fpc;
    cpu.set_gr32(op.r1, v);
    Ok(())
}

fn set_rounding(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    afp(cpu)?;
    cpu.fpc = cpu.fpc & !7 | low32(first(cpu, op)) & 3;
    Ok(())
}

fn set_binary_rounding(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    afp(cpu)?;
    let mode = low32(first(cpu, op)) & 0xFF;
    if !matches!(mode, 0..=3 | 7) {
        return Err(Stop::Program(ProgramCode::SPECIFICATION));
    }
    cpu.fpc = cpu.fpc & !7 | mode;
    Ok(())
}

fn set_decimal_rounding(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    afp(cpu)?;
    cpu.fpc = cpu.fpc & !0x70 | (low32(first(cpu, op)) & 7) << 4;
    Ok(())
}
