//! A virtual machine's hardware and saved systems: what SAVESYS takes out of it, how IPL maps the pages.

use std::fs::File;
use std::os::unix::fs::FileExt;

use super::{Clearing, Hardware, put_parm};
use crate::cp::saved::define::{self, Access, LAST_PAGE, ParmRegs};
use crate::cp::saved::format::{PAGE, PageSource, Run};
use crate::cp::saved::{CpuState, Loaded, SavedError, State};
use crate::machine::{Cpu, Psw, Request, Share, State as CpuRuns};

impl Hardware {
    /// What SAVESYS keeps of the processors and the channel subsystem.
    pub fn save_state(&self) -> State {
        let now = self.machine.tod_now();
        let mut cpus: Vec<CpuState> = self.machine.cpus.iter().map(|c| save_cpu(c, now)).collect();
        // The processor that SAVESYS was issued for goes on first.
        let index = self.index();
        cpus[..=index].rotate_right(1);
        State {
            zarch: self.cpu().psw.zarch,
            cpus,
            channels: self.machine.channels.save(),
            service: self.machine.sclp.save(),
            tod: now,
        }
    }

    /// Makes the machine what a saved system was: resets it, maps the pages, sets the registers.
    pub fn load_saved(
        &mut self,
        loaded: &Loaded,
        clearing: Clearing,
        parm: Option<&[u8]>,
    ) -> Result<(), SavedError> {
        let host = |e| SavedError::Host {
            file: loaded.path.display().to_string(),
            source: e,
        };
        self.reset(clearing).map_err(host)?;
        let definition = &loaded.header.definition;
        for range in definition.ranges.iter().filter(|r| !r.kind.saved()) {
            let access = range.kind.access();
            self.empty(loaded, range.first, range.pages(), access)
                .map_err(host)?;
        }
        for (first, pages, access) in define::gaps(&definition.ranges) {
            self.empty(loaded, first, pages, access).map_err(host)?;
        }
        for run in &loaded.header.runs {
            self.map(loaded, run, run.kind.access())?;
        }
        let Some(state) = &loaded.header.state else {
            return Err(SavedError::NotFound);
        };
        self.resume_clock(state.tod);
        let now = self.machine.tod_now();
        for saved in &state.cpus {
            let cpu = self.machine.cpus.get_mut(usize::from(saved.address));
            // A machine with fewer processors than the saved one runs with those it has.
            if let Some(cpu) = cpu {
                restore_cpu(cpu, saved, state.zarch, now);
            }
        }
        let first = state.cpus.first().map_or(0, |c| c.address);
        self.current = first;
        if let (Some(parm), ParmRegs::Range(m, n)) = (parm, definition.parmregs) {
            put_parm(self.cpu_mut(), m, n, parm);
        }
        self.machine.channels.restore(&state.channels);
        self.machine.sclp.restore(&state.service);
        let number = self.number();
        self.machine.request(Request::Start(number));
        self.machine.set_traps(self.traps.clone());
        Ok(())
    }

    /// Pages without data: zeros, and keys of zero.
    pub(super) fn empty(
        &mut self,
        loaded: &Loaded,
        first: u32,
        pages: u32,
        access: Access,
    ) -> Result<(), std::io::Error> {
        let (page, count) = (u64::from(first), u64::from(pages));
        let storage = &mut self.machine.storage;
        // The last segment of a system may reach past the end of a small machine.
        let count = match storage.has((page + count) * PAGE as u64 - 1) {
            true => count,
            false => count.min(storage.pages().saturating_sub(page)),
        };
        if count == 0 {
            return Ok(());
        }
        storage.release(page, count)?;
        storage.clear_keys(page, count);
        match access {
            Access::Own => {}
            Access::OwnReadOnly | Access::SharedReadOnly => storage.set_read_only(page, count),
            Access::SharedWrite => {
                let file = loaded.common()?;
                storage.map_file(page, count, file, page << 12, Share::SharedWrite, None)?;
            }
        }
        Ok(())
    }

    /// Saved pages.
    pub(super) fn map(
        &mut self,
        loaded: &Loaded,
        run: &Run,
        access: Access,
    ) -> Result<(), SavedError> {
        let host = |e| SavedError::Host {
            file: loaded.path.display().to_string(),
            source: e,
        };
        let (page, count) = (u64::from(run.first), run.keys.len() as u64);
        let storage = &mut self.machine.storage;
        let file = &loaded.file;
        let sums = Some(run.sums.clone());
        let mapped = match access {
            Access::Own => storage.map_file(page, count, file, run.offset, Share::Private, sums),
            Access::OwnReadOnly | Access::SharedReadOnly => {
                storage.map_file(page, count, file, run.offset, Share::SharedReadOnly, sums)
            }
            Access::SharedWrite => {
                loaded.fill_common(run)?;
                let common = loaded.common().map_err(host)?;
                storage.map_file(page, count, common, page << 12, Share::SharedWrite, None)
            }
        };
        mapped.map_err(host)?;
        if access != Access::SharedWrite {
            storage.share_code(page, count, &loaded.code);
        }
        storage.set_keys(page, &run.keys);
        Ok(())
    }
}

impl PageSource for Hardware {
    fn page(&mut self, page: u32, into: &mut [u8; PAGE]) -> Option<u8> {
        let at = u64::from(page) << 12;
        self.machine.storage.read(at, into).ok()?;
        Some(self.machine.storage.key(at))
    }
}

impl Loaded {
    /// The memory that machines of this process share for pages that all may store into.
    fn common(&self) -> Result<&File, std::io::Error> {
        if let Some(file) = self.shared.get() {
            return Ok(file);
        }
        let file = rustix::fs::memfd_create("saved", rustix::fs::MemfdFlags::CLOEXEC)?;
        let file = File::from(file);
        file.set_len((u64::from(LAST_PAGE) + 1) << 12)?;
        Ok(self.shared.get_or_init(|| file))
    }

    /// Copies the saved contents of such pages, once, checking them.
    fn fill_common(&self, run: &Run) -> Result<(), SavedError> {
        let mut filled = self.filled.lock().unwrap_or_else(|e| e.into_inner());
        if filled.contains(&run.first) {
            return Ok(());
        }
        let host = |e| SavedError::Host {
            file: self.path.display().to_string(),
            source: e,
        };
        let common = self.common().map_err(host)?;
        let mut page = [0; PAGE];
        for (index, sum) in (0u64..).zip(run.sums.iter()) {
            self.file
                .read_exact_at(&mut page, run.offset + index * PAGE as u64)
                .map_err(host)?;
            let number = u64::from(run.first) + index;
            if crc32fast::hash(&page) != *sum {
                return Err(SavedError::Damaged {
                    file: self.path.display().to_string(),
                    place: format!("page {number:05X}"),
                });
            }
            common.write_all_at(&page, number << 12).map_err(host)?;
        }
        filled.push(run.first);
        Ok(())
    }
}

fn save_cpu(cpu: &Cpu, now: u64) -> CpuState {
    CpuState {
        address: cpu.address,
        gr: *cpu.gr,
        cr: cpu.cr,
        fpr: cpu.fpr,
        ar: cpu.ar,
        fpc: cpu.fpc,
        psw: cpu.psw.bytes(),
        prefix: cpu.prefix,
        timer: cpu.timer_at(now),
        comparator: cpu.clock_comparator,
        todpr: cpu.tod_programmable,
        stopped: cpu.state != CpuRuns::Operating,
    }
}

fn restore_cpu(cpu: &mut Cpu, saved: &CpuState, zarch: bool, now: u64) {
    let half = |at: usize| {
        let mut half = [0; 8];
        half.copy_from_slice(&saved.psw[at..at + 8]);
        u64::from_be_bytes(half)
    };
    let mut psw = Psw::from_long(half(0), half(8));
    psw.zarch = zarch;
    cpu.gr = saved.gr.into();
    cpu.cr = saved.cr;
    cpu.fpr = saved.fpr;
    cpu.ar = saved.ar;
    cpu.fpc = saved.fpc;
    cpu.prefix = saved.prefix;
    cpu.set_timer(saved.timer, now);
    cpu.clock_comparator = saved.comparator;
    cpu.tod_programmable = saved.todpr;
    cpu.state = match saved.stopped {
        true => CpuRuns::Stopped,
        false => CpuRuns::Operating,
    };
    cpu.load_psw(psw);
}
