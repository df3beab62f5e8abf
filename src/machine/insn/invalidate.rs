//! Table entries made invalid and translations forgotten, in all CPUs (Principles of Operation, chapter 10).

use super::Facility::{Bit, Both};
use super::Format::*;
use super::moves::pointer;
use super::source::*;
use super::{Row, both, wide, with};
use crate::machine::access::{Access, Scalar};
use crate::machine::bits::{index, low8};
use crate::machine::block::Op;
use crate::machine::cpu::{Cpu, ProgramCode, Step, Stop};
use crate::machine::storage::{Storage, StorageError};
use crate::machine::{Exit, Machine};

pub(super) const TABLE: &[Row] = &[
    both(0xB20D, "ptlb", SNone, purge),
    both(0xB248, "palb", RreNone, purge),
    wide(Both, 0xB221, "ipte", RrfA, invalidate_pages),
    wide(Bit(3), 0xB98E, "idte", RrfB, invalidate_entries),
    both(0xB250, "csp", Rre, compare_swap_purge::<u32>).last(),
    with(3, 0xB98A, "cspg", Rre, compare_swap_purge::<u64>).last(),
];

type Done = Result<Option<Exit>, Stop>;

/// The invalid bit of region- and segment-table entries.
const INVALID: u64 = 0x20;
/// The invalid bit of page-table entries.
const PAGE_INVALID: u64 = 0x400;

fn purge(cpu: &mut Cpu, _: &mut Storage, _: &Op) -> Step {
    cpu.supervisor()?;
    cpu.purge();
    Ok(())
}

/// Turns a bit of table entries on; all of them are there, or nothing changes. Neither keys nor low-address
/// protection matter.
fn turn_on<T: Scalar>(
    m: &mut Machine,
    i: usize,
    places: impl Iterator<Item = u64>,
    bit: u64,
) -> Result<(), Stop> {
    let size = index(T::BYTES);
    let mut entries = Vec::new();
    let mut refused = |e| match e {
        StorageError::Addressing => Stop::Program(ProgramCode::ADDRESSING),
        StorageError::Protection => Stop::Program(ProgramCode::PROTECTION),
        StorageError::BadPage(page) => {
            m.cpus[i].fault_page = page;
            Stop::BadPage
        }
    };
    for at in places {
        let mut bytes = [0u8; 8];
        let entry = &mut bytes[8 - size..];
        m.storage.read(at, entry).map_err(&mut refused)?;
        entries.push((at, u64::from_be_bytes(bytes)));
    }
    for (at, entry) in entries {
        if entry & bit == 0 {
            let bytes = (entry | bit).to_be_bytes();
            let written = m.storage.write(at, &bytes[8 - size..]);
            written.map_err(&mut refused)?;
        }
    }
    Ok(())
}

/// INVALIDATE PAGE TABLE ENTRY: one, or as many more as the third register says, which then says none is left
/// while the second goes on behind them (IPTE-range facility).
fn invalidate_pages(m: &mut Machine, i: usize, op: &Op) -> Done {
    let cpu = &m.cpus[i];
    cpu.supervisor()?;
    let table = cpu.gr64(op.r1);
    let va = cpu.gr64(op.r2);
    let first = va >> 12 & 0xFF;
    if !cpu.psw.zarch {
        let at = (table & 0x7FFF_FFC0) + first * 4;
        turn_on::<u32>(m, i, std::iter::once(at), PAGE_INVALID)?;
        m.cpus
            .iter_mut()
            .for_each(|cpu| cpu.forget_page_index(first));
        return Ok(None);
    }
    let more = match op.r3 {
        0 => 0,
        r => u64::from(low8(cpu.gr64(r))),
    };
    let pages = first..=first + more;
    if *pages.end() > 0xFF {
        return Err(Stop::Program(ProgramCode::SPECIFICATION));
    }
    let origin = table & !0x7FF;
    let places = pages.clone().map(|page| origin.wrapping_add(page * 8));
    turn_on::<u64>(m, i, places, PAGE_INVALID)?;
    for cpu in &mut m.cpus {
        pages.clone().for_each(|page| cpu.forget_page_index(page));
    }
    if op.r3 != 0 {
        let next = (pages.end() + 1) << 12 & 0xF_F000;
        let cpu = &mut m.cpus[i];
        cpu.set_gr64(op.r2, va & !0xF_F000 | next);
        let left = cpu.gr64(op.r3) | 0xFF;
        cpu.set_gr64(op.r3, left);
    }
    Ok(None)
}

/// INVALIDATE DAT TABLE ENTRY: entries of a region or segment table, or what was translated with the tables of
/// one address space.
fn invalidate_entries(m: &mut Machine, i: usize, op: &Op) -> Done {
    let cpu = &m.cpus[i];
    cpu.supervisor()?;
    let (table, which) = (cpu.gr64(op.r1), cpu.gr64(op.r2));
    if which & 0xF_F000 != 0 {
        return Err(Stop::Program(ProgramCode::SPECIFICATION));
    }
    if which & 0x800 != 0 {
        let asce = cpu.gr64(op.r3);
        m.cpus.iter_mut().for_each(|cpu| cpu.forget_space(asce));
        return Ok(None);
    }
    let shift = match table >> 2 & 3 {
        3 => 53,
        2 => 42,
        1 => 31,
        _ => 20,
    };
    let first = which >> shift & 0x7FF;
    let entries = (which & 0x7FF) + 1;
    // Behind the last entry of a table comes its first.
    let origin = table & !0xFFF;
    let places = (first..first + entries).map(|n| origin.wrapping_add((n & 0x7FF) * 8));
    turn_on::<u64>(m, i, places, INVALID)?;
    for cpu in &mut m.cpus {
        cpu.forget_indexes(shift, first, entries);
    }
    Ok(None)
}

fn compare_swap_purge<T: Word>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    cpu.supervisor()?;
    even(op.r1)?;
    let v = pointer(cpu, op.r2);
    let a = v & !(T::BYTES - 1);
    cpu.locate(st, a, index(T::BYTES), op.r2, Access::Fetch)?;
    let at = cpu.locate(st, a, index(T::BYTES), op.r2, Access::Store)?;
    let old = T::read(st, at);
    if old != T::reg(cpu, op.r1) {
        T::set(cpu, op.r1, old);
        cpu.set_cc(1);
        return Err(Stop::Next);
    }
    T::write(st, at, T::reg(cpu, op.r1 + 1));
    cpu.set_cc(0);
    if v & 3 != 0 {
        cpu.purge_others = true;
    }
    Err(Stop::Next)
}

#[cfg(test)]
mod tests {
    use crate::base::Clock;
    use crate::machine::{Config, Exit, Machine, Psw, State};

    /// Two CPUs in primary-space mode whose space has a frame of 1 MB at 1 MB and pages below. Both run: load
    /// what is at 1 MB, then wait. Their program interruptions wait too.
    fn machine() -> Machine {
        let mut config = Config::new(8 << 20, Clock::fixed(0));
        config.cpus = 2;
        let mut m = Machine::new(config).unwrap();
        let put = |m: &mut Machine, at: u64, v: u64| m.storage.write(at, &v.to_be_bytes()).unwrap();
        put(&mut m, 0x4000, 0x6000);
        put(&mut m, 0x4008, 0x20_0400);
        for page in 0..0x100 {
            put(&mut m, 0x6000 + 8 * page, page << 12);
        }
        put(&mut m, 0x20_0000, 0x1234);
        put(&mut m, 464, 0x0002_0001_8000_0000);
        // lg 2,0(3); j back
        m.storage
            .write(0x8000, &[0xE3, 0x20, 0x30, 0, 0, 4, 0xA7, 0xF4, 0xFF, 0xFD])
            .unwrap();
        // idte or cspg, set up by the registers; j .
        m.storage
            .write(0x8100, &[0xB9, 0x8E, 0, 0x45, 0xA7, 0xF4, 0, 0])
            .unwrap();
        m.storage
            .write(0x8200, &[0xB9, 0x8A, 0, 0x46, 0xA7, 0xF4, 0, 0])
            .unwrap();
        for cpu in &mut m.cpus {
            cpu.cr[0] = 0x80_0000;
            cpu.cr[1] = 0x4000;
            cpu.gr[3] = 0x10_0000;
            let mut psw = Psw::from_long(0x0400_0001_8000_0000, 0x8000);
            psw.zarch = true;
            cpu.load_psw(psw);
            cpu.state = State::Operating;
        }
        m
    }

    /// Runs both CPUs, then CPU 0 from `at` on, then CPU 1 again.
    fn after_both_have_read(m: &mut Machine, at: u64) {
        m.run(40_000);
        assert!(m.cpus.iter().all(|c| c.gr[2] == 0x1234));
        m.cpus[0].psw.addr = at;
        m.run(100_000);
    }

    #[test]
    fn an_invalidated_segment_is_gone_for_every_cpu() {
        let mut m = machine();
        m.cpus[0].gr[4] = 0x4000;
        m.cpus[0].gr[5] = 0x10_0000;
        after_both_have_read(&mut m, 0x8100);
        assert!(m.cpus[1].is_disabled_wait());
        assert_eq!(m.storage.get16(142), 0x10);
        assert_eq!(m.storage.get64(0x4008), 0x20_0420);
        assert!(!m.cpus[0].is_waiting());
    }

    #[test]
    fn clearing_by_asce_and_cspg_reach_every_cpu() {
        for (at, registers) in [
            (0x8100, [0, 0x800, 0]),
            (0x8200, [0x20_0420, 0x20_0420, 0x4009]),
        ] {
            let mut m = machine();
            m.cpus[0].gr[0] = 0x4000;
            m.cpus[0].gr[4..7].copy_from_slice(&registers);
            m.run(40_000);
            // Nobody need see this before it is cleared.
            m.storage.write(0x400F, &[0x20]).unwrap();
            after_both_have_read(&mut m, at);
            assert!(m.cpus[1].is_disabled_wait(), "{at:X}");
        }
    }

    #[test]
    fn clearing_by_another_asce_leaves_what_is_known() {
        let mut m = machine();
        m.cpus[0].gr[0] = 0x5000;
        m.cpus[0].gr[5] = 0x800;
        m.run(40_000);
        let (tags, contexts) = (m.cpus[1].code_tag, m.cpus[1].contexts.clone());
        after_both_have_read(&mut m, 0x8100);
        assert_eq!(m.cpus[1].code_tag, tags);
        assert_eq!(m.cpus[1].contexts, contexts);
    }

    #[test]
    fn neither_is_there_in_the_older_architecture() {
        for code in [[0xB9, 0x8E, 0, 0x45], [0xB9, 0x8A, 0, 0x46]] {
            let mut m = Machine::new(Config::new(1 << 20, Clock::fixed(0))).unwrap();
            m.storage.write(0x8000, &code).unwrap();
            m.storage
                .write(104, &0x000A_0000_0000_0000u64.to_be_bytes())
                .unwrap();
            m.cpus[0].load_psw(Psw::from_short(0x0008_0000_8000_8000, false));
            m.cpus[0].state = State::Operating;
            assert_eq!(m.run(10), Exit::DisabledWait { cpu: 0 });
            assert_eq!(m.storage.get16(142), 1);
        }
    }
}
