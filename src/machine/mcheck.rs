//! Machine-check interruptions (Principles of Operation, chapter 11). The only condition is that a channel report
//! waits; every register is valid.

use super::bits::low32;
use super::cpu::Cpu;
use super::interrupt::{self, Class};
use super::storage::StorageError;
use super::{Machine, interrupt::Delivered};

/// Channel report pending, in the machine-check interruption code and (as a bit number) in control register 14.
const REPORT_PENDING: u64 = 0x0040_0000_0000_0000;
const REPORT_MASK: u8 = 35;
/// What is valid: PSW (20 to 23), floating-point, general and control registers (27 to 29), storage (31), access
/// registers (33), TOD programmable register, floating-point-control register, CPU timer and clock comparator (42,
/// 43, 46, 47).
const VALID: u64 = 0x0000_0F1D_4033_0000;
/// The location of the code.
const CODE_AT: u64 = 232;

/// The registers of a CPU and where they are stored, from the prefix area (machine check) or an absolute address
/// (store status) on.
pub(super) fn registers(cpu: &Cpu, now: u64) -> Vec<(u64, Vec<u8>)> {
    let words = |v: &[u32]| v.iter().flat_map(|w| w.to_be_bytes()).collect::<Vec<u8>>();
    let longs = |v: &[u64]| v.iter().flat_map(|w| w.to_be_bytes()).collect::<Vec<u8>>();
    let timer = cpu.timer_at(now).to_be_bytes().to_vec();
    if cpu.psw.zarch {
        return vec![
            (0x1200, longs(&cpu.fpr)),
            (0x1280, longs(&*cpu.gr)),
            (0x131C, cpu.fpc.to_be_bytes().to_vec()),
            (0x1324, cpu.tod_programmable.to_be_bytes().to_vec()),
            (0x1328, timer),
            (0x1331, cpu.clock_comparator.to_be_bytes()[..7].to_vec()),
            (0x1340, words(&cpu.ar)),
            (0x1380, longs(&cpu.cr)),
        ];
    }
    let low = |v: &[u64]| words(&v.iter().map(|w| low32(*w)).collect::<Vec<u32>>());
    let fpr: Vec<u64> = [0, 2, 4, 6].iter().map(|r| cpu.fpr[*r]).collect();
    vec![
        (0xD8, timer),
        (0xE0, cpu.clock_comparator.to_be_bytes().to_vec()),
        (0x120, words(&cpu.ar)),
        (0x160, longs(&fpr)),
        (0x180, low(&*cpu.gr)),
        (0x1C0, low(&cpu.cr)),
    ]
}

impl Machine {
    /// Takes a machine check that a CPU is enabled for. One tells of all reports that wait: the program fetches
    /// them until there are no more.
    pub(super) fn deliver_check(&mut self, i: usize) -> Result<Option<Delivered>, StorageError> {
        let cpu = &self.cpus[i];
        if !cpu.psw.mcheck || !cpu.control(14, REPORT_MASK) || !self.channels.take_report_signal() {
            return Ok(None);
        }
        let now = self.tod.now(self.instructions);
        let (cpu, st) = (&mut self.cpus[i], &mut self.storage);
        for (at, bytes) in registers(cpu, now) {
            st.write(interrupt::lowcore(cpu, at), &bytes)?;
        }
        let code = REPORT_PENDING | VALID;
        st.write(interrupt::lowcore(cpu, CODE_AT), &code.to_be_bytes())?;
        interrupt::exchange(cpu, st, Class::MachineCheck)?;
        Ok(Some(Delivered::MachineCheck))
    }
}

#[cfg(test)]
mod tests {
    use crate::base::clock::Clock;
    use crate::machine::{Config, Exit, Machine, Psw, State};

    #[test]
    fn a_device_that_comes_is_told_once_to_a_cpu_that_is_enabled() {
        let mut m = Machine::new(Config::new(4 << 20, Clock::fixed(0))).unwrap();
        // j . with machine checks enabled.
        m.storage.write(0x10000, &[0xA7, 0xF4, 0, 0]).unwrap();
        let enabled = Psw::from_long(0x0004_0001_8000_0000, 0x10000);
        m.cpus[0].load_psw(Psw {
            zarch: true,
            ..enabled
        });
        m.cpus[0].gr[5] = 0x1122_3344_5566_7788;
        m.cpus[0].state = State::Operating;
        // Behind a machine check: a disabled wait.
        let wait = 0x0002_0001_8000_0000u64.to_be_bytes();
        m.storage.write(480, &wait).unwrap();
        m.storage.write(488, &0x0BADu64.to_be_bytes()).unwrap();
        m.channels.report_change(3);
        assert_eq!(m.run(100), Exit::Budget);
        m.cpus[0].cr[14] = 0x1000_0000;
        m.cpus[0].refresh();
        assert_eq!(m.run(100), Exit::DisabledWait { cpu: 0 });
        let mut stored = [0; 8];
        let mut at = |m: &mut Machine, at: u64| {
            m.storage.read(at, &mut stored).unwrap();
            u64::from_be_bytes(stored)
        };
        assert_eq!(at(&mut m, 232), 0x0040_0F1D_4033_0000);
        assert_eq!(at(&mut m, 352 + 8), 0x10000);
        assert_eq!(at(&mut m, 0x1280 + 40), 0x1122_3344_5566_7788);
        // The report is still to be fetched, and not told of again.
        m.cpus[0].load_psw(Psw {
            zarch: true,
            ..enabled
        });
        assert_eq!(m.run(100), Exit::Budget);
        assert_eq!(m.channels.store_report(), (0, 0x0304_0003));
        m.channels.report_change(4);
        assert_eq!(m.run(100), Exit::DisabledWait { cpu: 0 });
    }
}
