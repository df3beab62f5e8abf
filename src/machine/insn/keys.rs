//! Storage keys and frames (Principles of Operation, chapter 10; chapter 3: Storage Key).

use super::Facility::{Bit, Both};
use super::Format::*;
use super::moves::pointer;
use super::space::{current_space, real};
use super::{Row, both, wide};
use crate::machine::access::Access;
use crate::machine::bits::{low8, low32};
use crate::machine::block::Op;
use crate::machine::cpu::{Cpu, ProgramCode, Step, Stop};
use crate::machine::storage::{PAGE, Storage, StorageError};
use crate::machine::{Amode, Exit, Machine, dat};

pub(super) const TABLE: &[Row] = &[
    both(0xB229, "iske", Rre, insert_key),
    wide(Both, 0xB22B, "sske", RrfC, set_key),
    wide(Both, 0xB22A, "rrbe", Rre, reset_reference),
    wide(Bit(66), 0xB9AE, "rrbm", Rre, reset_references),
    both(0xB223, "ivsk", Rre, insert_virtual_key),
    wide(Bit(8), 0xB9AF, "pfmf", Rre, manage_frame),
];

type Done = Result<Option<Exit>, Stop>;

/// Bytes of a large frame.
const FRAME: u64 = 1 << 20;

/// The block that a storage-key instruction names.
fn key_block(cpu: &Cpu, st: &Storage, r: u8) -> Result<u64, Stop> {
    real(cpu, st, pointer(cpu, r) & !(PAGE - 1))
}

fn insert_key(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    cpu.supervisor()?;
    let at = key_block(cpu, st, op.r2)?;
    let v = cpu.gr64(op.r1) & !0xFF | u64::from(st.key(at) & 0xFE);
    cpu.set_gr64(op.r1, v);
    Ok(())
}

/// When a key is not to be set: it has the same access-control bits and fetch protection, and the same
/// reference and change bits as far as they matter (conditional-SSKE facility).
#[derive(Clone, Copy)]
struct Condition {
    /// The reference bit does not matter (MR).
    reference: bool,
    /// The change bit does not matter (MC).
    change: bool,
}

impl Condition {
    fn is_any(self) -> bool {
        self.reference || self.change
    }

    /// Sets the key of a block, unless it need not be; whether it was set.
    fn set(self, st: &mut Storage, at: u64, key: u8) -> bool {
        let mut matters = 0xFE;
        if self.reference {
            matters &= !4;
        }
        if self.change {
            matters &= !2;
        }
        if self.is_any() && (st.key(at) ^ key) & matters == 0 {
            return false;
        }
        st.set_key(at, key);
        true
    }
}

/// SET STORAGE KEY EXTENDED. The mask says: quiescing is not needed (8), MR (4), MC (2), multiple blocks (1).
fn set_key(m: &mut Machine, i: usize, op: &Op) -> Done {
    let cpu = &mut m.cpus[i];
    cpu.supervisor()?;
    let mask = if cpu.psw.zarch { op.r3 } else { 0 };
    let condition = Condition {
        reference: mask & 4 != 0,
        change: mask & 2 != 0,
    };
    let key = low8(cpu.gr64(op.r1)) & 0xFE;
    if mask & 1 != 0 {
        let kept = cpu.gr64(op.r2) & (PAGE - 1);
        each_block(m, i, op.r2, kept, |m, _, at| {
            condition.set(&mut m.storage, at, key);
            Ok(())
        })?;
        if condition.is_any() {
            m.cpus[i].set_cc(3);
        }
        return Ok(None);
    }
    let at = key_block(cpu, &m.storage, op.r2)?;
    let old = u64::from(m.storage.key(at));
    let set = condition.set(&mut m.storage, at, key);
    if condition.is_any() {
        let v = cpu.gr64(op.r1) & !0xFF00 | old << 8;
        cpu.set_gr64(op.r1, v);
        cpu.set_cc(u8::from(set));
    }
    Ok(None)
}

/// Does something to all blocks from an absolute address in a register to the end of its large frame. The
/// register then has the address behind them, or that of the one where it ended.
fn each_block(
    m: &mut Machine,
    i: usize,
    r: u8,
    kept: u64,
    mut each: impl FnMut(&mut Machine, usize, u64) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut at = pointer(&m.cpus[i], r) & !(PAGE - 1);
    let end = (at | (FRAME - 1)).wrapping_add(1);
    let mut done = Ok(());
    while at != end && done.is_ok() {
        done = match m.storage.has(at) {
            true => each(m, i, at),
            false => Err(Stop::Program(ProgramCode::ADDRESSING)),
        };
        if done.is_ok() {
            at = at.wrapping_add(PAGE);
        }
    }
    let cpu = &mut m.cpus[i];
    let v = at & cpu.amask | kept;
    match cpu.psw.amode {
        Amode::A64 => cpu.set_gr64(r, v),
        _ => cpu.set_gr32(r, low32(v)),
    }
    done
}

fn reset_reference(m: &mut Machine, i: usize, op: &Op) -> Done {
    let cpu = &mut m.cpus[i];
    cpu.supervisor()?;
    let at = key_block(cpu, &m.storage, op.r2)?;
    let key = m.storage.key(at);
    cpu.set_cc(key >> 1 & 3);
    m.storage.set_key(at, key & !4);
    Ok(None)
}

/// RESET REFERENCE BITS MULTIPLE: those of 64 blocks, the first at a multiple of their bytes.
fn reset_references(m: &mut Machine, i: usize, op: &Op) -> Done {
    let cpu = &mut m.cpus[i];
    cpu.supervisor()?;
    let first = pointer(cpu, op.r2) & !(64 * PAGE - 1);
    let blocks = (0..64).map(|n| first + n * PAGE);
    if !blocks.clone().all(|at| m.storage.has(at)) {
        return Err(Stop::Program(ProgramCode::ADDRESSING));
    }
    let mut bits = 0;
    for at in blocks {
        let key = m.storage.key(at);
        bits = bits << 1 | u64::from(key >> 2 & 1);
        m.storage.set_key(at, key & !4);
    }
    cpu.set_gr64(op.r1, bits);
    Ok(None)
}

fn insert_virtual_key(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    if cpu.psw.problem && !cpu.control(0, 36) {
        return Err(Stop::Program(ProgramCode::PRIVILEGED));
    }
    if !cpu.psw.dat {
        return Err(Stop::Program(ProgramCode::SPECIAL));
    }
    let a = pointer(cpu, op.r2);
    let space = current_space(cpu, st, op.r2)?;
    // Keys do not matter for reading a key.
    let at = cpu.locate_in(st, Some(space), 0, a, 1, Access::Fetch)?;
    let found = dat::walk(st, space.0, a, cpu.psw.zarch, low32(cpu.cr[0]));
    let key = found.ok().and_then(|f| f.key).unwrap_or_else(|| st.key(at));
    let v = cpu.gr64(op.r1) & !0xFF | u64::from(key & 0xF8);
    cpu.set_gr64(op.r1, v);
    Ok(())
}

/// What PERFORM FRAME MANAGEMENT FUNCTION is to do, from its first register.
#[derive(Clone, Copy)]
struct Management {
    /// The key to set.
    key: Option<u8>,
    condition: Condition,
    /// Whether to make it zeros.
    clear: bool,
    /// Frames of 1 MB.
    large: bool,
}

impl Management {
    fn new(v: u64) -> Result<Management, Stop> {
        const RESERVED: u64 = 0xFFFC_0101;
        let size = v >> 12 & 7;
        if v & RESERVED != 0 || size > 1 {
            return Err(Stop::Program(ProgramCode::SPECIFICATION));
        }
        Ok(Management {
            key: (v & 0x2_0000 != 0).then(|| low8(v) & 0xFE),
            condition: Condition {
                reference: v & 0x400 != 0,
                change: v & 0x200 != 0,
            },
            clear: v & 0x1_0000 != 0,
            large: size == 1,
        })
    }

    /// Does it to the block at an absolute address, which the program calls `named`.
    fn perform(self, m: &mut Machine, i: usize, named: u64, at: u64) -> Result<(), Stop> {
        if self.clear {
            clear_block(m, i, named, at)?;
        }
        if let Some(key) = self.key {
            self.condition.set(&mut m.storage, at, key);
        }
        Ok(())
    }
}

fn clear_block(m: &mut Machine, i: usize, named: u64, at: u64) -> Result<(), Stop> {
    let cpu = &mut m.cpus[i];
    let by = match cpu.is_low_protected(named) {
        true => Err(StorageError::Protection),
        false => m.storage.clear_page(at / PAGE),
    };
    match by {
        Ok(()) => Ok(()),
        Err(StorageError::Addressing) => Err(Stop::Program(ProgramCode::ADDRESSING)),
        Err(StorageError::Protection) => {
            cpu.refused_store(named);
            Err(Stop::Program(ProgramCode::PROTECTION))
        }
        Err(StorageError::BadPage(page)) => {
            cpu.fault_page = page;
            Err(Stop::BadPage)
        }
    }
}

/// PERFORM FRAME MANAGEMENT FUNCTION: the address of a small frame is real, that of a block of a large frame
/// absolute.
fn manage_frame(m: &mut Machine, i: usize, op: &Op) -> Done {
    let cpu = &m.cpus[i];
    cpu.supervisor()?;
    let what = Management::new(cpu.gr64(op.r1))?;
    if what.large {
        each_block(m, i, op.r2, 0, |m, i, at| what.perform(m, i, at, at))?;
        return Ok(None);
    }
    let named = pointer(cpu, op.r2) & !(PAGE - 1);
    let at = real(cpu, &m.storage, named)?;
    what.perform(m, i, named, at)?;
    Ok(None)
}

#[cfg(test)]
mod tests {
    use crate::base::Clock;
    use crate::machine::storage::PAGE;
    use crate::machine::{Config, Exit, Machine, Psw, Share, State};
    use std::io::Write as _;

    /// Runs one instruction of two registers with these values; the program-interruption code.
    fn run(m: &mut Machine, code: [u8; 4], one: u64, two: u64) -> u16 {
        m.storage.write(0x10000, &code).unwrap();
        m.storage
            .write(464, &0x0002_0001_8000_0000u64.to_be_bytes())
            .unwrap();
        let mut psw = Psw::from_long(0x0000_0001_8000_0000, 0x10000);
        psw.zarch = true;
        m.cpus[0].load_psw(psw);
        m.cpus[0].state = State::Operating;
        m.cpus[0].gr[2] = one;
        m.cpus[0].gr[4] = two;
        match m.run(1) {
            Exit::Budget if !m.cpus[0].is_waiting() => 0,
            _ => m.storage.get16(142),
        }
    }

    fn machine() -> Machine {
        Machine::new(Config::new(3 << 20, Clock::fixed(0))).unwrap()
    }

    const RRBM: [u8; 4] = [0xB9, 0xAE, 0, 0x24];
    const PFMF: [u8; 4] = [0xB9, 0xAF, 0, 0x24];

    #[test]
    fn sixty_four_reference_bits_are_told_and_reset() {
        let mut m = machine();
        m.storage.set_key(0x14_0000, 0x36);
        m.storage.set_key(0x14_3000, 0x32);
        m.storage.set_key(0x17_F000, 0x04);
        m.storage.set_key(0x18_0000, 0x04);
        assert_eq!(run(&mut m, RRBM, u64::MAX, 0x15_6789), 0);
        assert_eq!(m.cpus[0].gr[2], 1 << 63 | 1);
        let keys = [0x14_0000, 0x14_3000, 0x17_F000, 0x18_0000].map(|at| m.storage.key(at));
        assert_eq!(keys, [0x32, 0x32, 0, 4]);
        assert_eq!(run(&mut m, RRBM, 0, 0x30_0000), 5);
    }

    #[test]
    fn a_large_frame_is_cleared_up_to_a_page_shared_read_only() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&[7; 4096]).unwrap();
        let mut m = machine();
        m.storage.write(0x1F_C000, &[1; 8192]).unwrap();
        let share = Share::SharedReadOnly;
        m.storage.map_file(0x1FE, 1, &file, 0, share, None).unwrap();
        assert_eq!(run(&mut m, PFMF, 0x3_1070, 0x1F_C000), 4);
        assert_eq!(m.cpus[0].gr[4], 0x1F_E000);
        assert_eq!(m.storage.get64(168), 0x1F_E404);
        assert_eq!(
            (m.storage.get8(0x1F_DFFF), m.storage.get8(0x1F_E000)),
            (0, 7)
        );
        assert_eq!(
            (m.storage.key(0x1F_D000), m.storage.key(0x1F_E000)),
            (0x70, 0)
        );
        // Its key may be set.
        assert_eq!(run(&mut m, PFMF, 0x2_0050, 0x1F_E000), 0);
        assert_eq!(m.storage.key(0x1F_E000), 0x50);
    }

    #[test]
    fn pages_that_are_zeros_stay_untouched_when_cleared() {
        let mut m = machine();
        m.storage.write(0x10_5000, &[1]).unwrap();
        let before = m.storage.written_pages();
        assert_eq!(run(&mut m, PFMF, 0x1_1000, 0x10_0000), 0);
        assert_eq!(m.cpus[0].gr[4], 0x20_0000);
        assert_eq!(m.storage.get8(0x10_5000), 0);
        // The instruction itself was stored, and an interruption's new PSW.
        assert!(m.storage.written_pages() <= before + 2);
        assert!(!m.storage.is_written(0x10_6000 / PAGE));
    }

    #[test]
    fn cleared_code_is_decoded_again() {
        let mut m = machine();
        // lhi 3,1; br 14 at 1 MB, called once; then cleared.
        m.storage
            .write(0x10_0000, &[0xA7, 0x38, 0, 1, 7, 0xFE])
            .unwrap();
        m.cpus[0].gr[14] = 0x10_0000;
        assert_eq!(run(&mut m, [7, 0xFE, 7, 0xFE], 0, 0), 0);
        m.run(3);
        assert_eq!(m.cpus[0].gr[3], 1);
        assert_eq!(run(&mut m, PFMF, 0x1_0000, 0x10_0000), 0);
        assert_eq!(run(&mut m, [7, 0xFE, 7, 0xFE], 0, 0), 0);
        m.run(3);
        assert_eq!(m.storage.get16(142), 1);
    }
}
