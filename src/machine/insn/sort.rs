//! COMPARE AND FORM CODEWORD and UPDATE TREE, the two steps of a replacement-selection sort
//! (Principles of Operation, chapter 7, and appendix A: Sorting Instructions).

use super::Format::*;
use super::moves::{length_of, pointer, set_length};
use super::source::{aligned, first};
use super::{Row, both};
use crate::machine::access::Access;
use crate::machine::bits::{index, join64};
use crate::machine::block::Op;
use crate::machine::cpu::{Cpu, ProgramCode, Step, Stop};
use crate::machine::storage::Storage;
use std::cmp::Ordering;

pub(super) const TABLE: &[Row] = &[
    both(0xB21A, "cfc", S, compare_and_form_codeword),
    both(0x0102, "upt", E, update_tree),
];

/// The leftmost bit of a register's participating part.
fn top_bit(cpu: &Cpu) -> u64 {
    if cpu.is_64() { 1 << 63 } else { 1 << 31 }
}

/// Registers 1 and 3 are where two keys are, register 2 is an index into both. Units of two or six bytes are compared
/// up to the first difference, of which a codeword is made; the second-operand address is the highest index and, in
/// its last bit, the operand control.
fn compare_and_form_codeword(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let control = first(cpu, op);
    let (limit, from_low) = (control & 0x7FFE, control & 1 != 0);
    if (cpu.gr32(1) | cpu.gr32(2) | cpu.gr32(3)) & 1 != 0 {
        return Err(Stop::Program(ProgramCode::SPECIFICATION));
    }
    let size: u64 = if cpu.is_64() { 6 } else { 2 };
    loop {
        let reached = length_of(cpu, 2);
        if reached & 0xFFFF > limit {
            let equal = length_of(cpu, 3) | top_bit(cpu);
            set_length(cpu, 2, equal);
            cpu.set_cc(0);
            return Ok(());
        }
        let one = unit(cpu, st, 1, reached & 0xFFFF, size)?;
        let three = unit(cpu, st, 3, reached & 0xFFFF, size)?;
        // A unit of operation is complete.
        set_length(cpu, 2, reached.wrapping_add(size));
        let in_sequence = match one.cmp(&three) {
            Ordering::Equal => continue,
            Ordering::Less => !from_low,
            Ordering::Greater => from_low,
        };
        let ones = (1u64 << (8 * size)) - 1;
        let word = if from_low {
            one.min(three)
        } else {
            !one.max(three) & ones
        };
        let codeword = length_of(cpu, 2) << (8 * size) | word;
        set_length(cpu, 2, codeword);
        if !in_sequence {
            let (a, b) = (length_of(cpu, 1), length_of(cpu, 3));
            set_length(cpu, 1, b);
            set_length(cpu, 3, a);
        }
        cpu.set_cc(if in_sequence { 1 } else { 2 });
        return Ok(());
    }
}

/// The unit of `size` bytes `ahead` of where a register points; access register 1 is both operands'.
fn unit(cpu: &mut Cpu, st: &mut Storage, r: u8, ahead: u64, size: u64) -> Result<u64, Stop> {
    let a = cpu.gr64(r).wrapping_add(ahead) & cpu.amask;
    if size == 2 {
        return Ok(u64::from(cpu.load::<u16>(st, a, 1)?));
    }
    let mut bytes = [0u8; 8];
    cpu.fetch_bytes(st, a, 1, &mut bytes[2..])?;
    Ok(u64::from_be_bytes(bytes))
}

/// Goes from the node whose index is in register 5 up the tree at register 4, keeping the highest codeword and what
/// belongs to it in registers 0 and 1.
fn update_tree(cpu: &mut Cpu, st: &mut Storage, _: &Op) -> Step {
    let half: u64 = if cpu.is_64() { 8 } else { 4 };
    aligned(pointer(cpu, 4) | length_of(cpu, 5), 2 * half)?;
    loop {
        let parent = length_of(cpu, 5) >> 1 & !(2 * half - 1);
        let own = length_of(cpu, 0);
        if parent == 0 || own & top_bit(cpu) != 0 {
            set_length(cpu, 5, parent);
            cpu.set_cc(if parent == 0 { 1 } else { 3 });
            return Ok(());
        }
        let node = cpu.gr64(4).wrapping_add(parent) & cpu.amask;
        let codeword = part(cpu, st, node, half)?;
        let other = part(cpu, st, node.wrapping_add(half), half)?;
        if codeword > own {
            let to = cpu.span(st, node, index(2 * half), 4, Access::Store)?;
            let beside = length_of(cpu, 1);
            if half == 8 {
                to.write(st, &join64(own, beside).to_be_bytes());
            } else {
                to.write(st, &(own << 32 | beside).to_be_bytes());
            }
            set_length(cpu, 0, codeword);
            set_length(cpu, 1, other);
        }
        set_length(cpu, 5, parent);
        if codeword == own {
            set_length(cpu, 2, codeword);
            set_length(cpu, 3, other);
            cpu.set_cc(0);
            return Ok(());
        }
    }
}

/// One half of a node.
fn part(cpu: &mut Cpu, st: &mut Storage, a: u64, half: u64) -> Result<u64, Stop> {
    if half == 8 {
        cpu.load::<u64>(st, a, 4)
    } else {
        Ok(u64::from(cpu.load::<u32>(st, a, 4)?))
    }
}
