//! The loop: which CPU is next, which interruption, which block, and what an instruction that did not simply
//! end asks for.

use super::access::{Access, JUMPS, Jump};
use super::bits::{count, index};
use super::block::{Block, Op};
use super::chain::{self, Ended, LEG};
use super::cpu::{Event, ProgramCode, State, Step, Stop};
use super::interrupt::{self, CLOCK_COMPARATOR, CPU_TIMER, Delivered};
use super::storage::PAGE;
use super::timer::{TimeSource, UNITS_PER_INSTRUCTION};
use super::trap::{Hit, HitKind};
use super::{Exit, Machine, insn};

/// Instructions between two looks at the timers.
const SLICE: u64 = 16_384;

/// Why a CPU's turn ended.
enum Turn {
    /// Its slice is used up.
    Over,
    /// It waits for an interruption.
    Waiting,
    /// It is stopped.
    Idle,
    /// Somebody above is needed.
    Exit(Exit),
}

/// Why the inner loop was left.
enum Leave {
    Fuel,
    /// Interruptions may have become enabled.
    Poll,
    /// Run the next instruction by itself.
    Single,
    /// An instruction completed and has left something to be taken.
    Event(Op),
    /// An instruction wants more than its CPU.
    Stop(Stop, Op),
    /// The instruction could not be fetched.
    Fetch(Stop),
}

impl Machine {
    /// Runs for about `budget` instructions, or until something above is needed.
    pub fn run(&mut self, budget: u64) -> Exit {
        let end = self.instructions.saturating_add(budget);
        for cpu in &mut self.cpus {
            cpu.catch_up(&self.storage);
            cpu.refresh();
        }
        let mut quiet = 0;
        while quiet < self.cpus.len() {
            if self.instructions >= end {
                return Exit::Budget;
            }
            if self.turn >= self.cpus.len() {
                self.turn = 0;
            }
            let left = end - self.instructions;
            // What a CPU asks of those above does not make its turn longer.
            let turn_ends = *self.turn_ends.get_or_insert(self.instructions + SLICE);
            let most = turn_ends.saturating_sub(self.instructions);
            match self.turn_of(self.turn, left.min(most)) {
                Turn::Over => quiet = 0,
                Turn::Waiting | Turn::Idle => quiet += 1,
                Turn::Exit(exit) => return exit,
            }
            self.next_turn(self.turn + 1);
        }
        self.nothing_runs()
    }

    /// Ends the turn of a CPU that has nothing to do but wait for another: the next one is that of the CPU with
    /// this address, or of whichever follows.
    pub fn yield_turn(&mut self, to: Option<u16>) {
        let named = self.cpus.iter().position(|c| to == Some(c.address));
        let named = named.filter(|n| *n != self.turn);
        self.next_turn(named.unwrap_or(self.turn + 1));
    }

    fn next_turn(&mut self, of: usize) {
        self.turn = of;
        self.turn_ends = None;
    }

    /// What is to be said when no CPU can go on.
    fn nothing_runs(&self) -> Exit {
        let number = |cpu: &super::Cpu| super::bits::low8(u64::from(cpu.address));
        if let Some(cpu) = self.cpus.iter().find(|c| c.state == State::CheckStop) {
            return Exit::CheckStop { cpu: number(cpu) };
        }
        if self.cpus.iter().all(|c| c.state != State::Operating) {
            return Exit::Stopped;
        }
        let mut waiting = self.cpus.iter().filter(|c| c.is_waiting());
        if let Some(cpu) = waiting.clone().next()
            && waiting.all(super::Cpu::is_disabled_wait)
        {
            return Exit::DisabledWait { cpu: number(cpu) };
        }
        let now = self.tod_now();
        let wake = self.cpus.iter().filter(|c| c.is_waiting());
        Exit::Wait {
            wake: wake.filter_map(|c| c.next_timer(now)).min(),
        }
    }

    fn turn_of(&mut self, i: usize, most: u64) -> Turn {
        if self.cpus[i].state != State::Operating && !self.cpus[i].restart {
            return Turn::Idle;
        }
        if self.cpus[i].state == State::CheckStop {
            return Turn::Idle;
        }
        let end = self.instructions + most;
        self.cpus[i].catch_up(&self.storage);
        if self.storage.has_stale_code() {
            self.drop_stale();
        }
        loop {
            if let Some(exit) = self.take_interrupts(i, end) {
                return Turn::Exit(exit);
            }
            if self.cpus[i].state != State::Operating {
                return Turn::Idle;
            }
            if self.instructions > end {
                // Interruptions are left.
                return Turn::Over;
            }
            if self.cpus[i].psw.wait {
                return Turn::Waiting;
            }
            if self.instructions >= end {
                return Turn::Over;
            }
            let fuel = self.until_timer(i, end - self.instructions);
            let leave = if self.single(i) {
                Leave::Single
            } else {
                self.blocks(i, fuel)
            };
            if let Some(exit) = self.left(i, leave) {
                return Turn::Exit(exit);
            }
        }
    }

    /// Whether every instruction has to be looked at, or the PSW is none to run under.
    fn single(&self, i: usize) -> bool {
        let psw = &self.cpus[i].psw;
        self.traps.everywhere || psw.per || !psw.valid()
    }

    /// How many instructions may run before a timer has to be looked at.
    fn until_timer(&self, i: usize, most: u64) -> u64 {
        if self.tod.source() == TimeSource::Clock {
            return most;
        }
        let now = self.tod_now();
        match self.cpus[i].next_timer(now) {
            Some(at) => (at.saturating_sub(now) / UNITS_PER_INSTRUCTION + 1).min(most),
            None => most,
        }
    }

    /// Takes interruptions while there are some and the turn lasts.
    fn take_interrupts(&mut self, i: usize, end: u64) -> Option<Exit> {
        while self.instructions <= end {
            let old = self.cpus[i].psw;
            let delivered = match self.deliver(i) {
                Ok(Delivered::Nothing) => return None,
                Ok(delivered) => delivered,
                Err(_) => return Some(self.check_stop(i)),
            };
            let kind = match delivered {
                Delivered::Nothing => return None,
                Delivered::MachineCheck => {
                    self.count_one(i);
                    continue;
                }
                Delivered::Restart => HitKind::Restart,
                Delivered::External(code) => HitKind::External { code },
                Delivered::Io(subsystem) => HitKind::Io { subsystem },
            };
            // An interruption takes time as well: a string of them ends a turn like a loop does.
            self.count_one(i);
            let again = self.cpus[i].psw == old;
            if again && matches!(delivered, Delivered::External(CLOCK_COMPARATOR | CPU_TIMER)) {
                return Some(Exit::ExternalLoop { cpu: number(i) });
            }
            if let Some(hit) = self.hit(i, kind, old.addr, Vec::new()) {
                return Some(hit);
            }
        }
        None
    }

    fn check_stop(&mut self, i: usize) -> Exit {
        self.cpus[i].state = State::CheckStop;
        Exit::CheckStop { cpu: number(i) }
    }

    /// The exit for an event that traps ask for.
    pub(super) fn hit(
        &mut self,
        i: usize,
        kind: HitKind,
        address: u64,
        instruction: Vec<u8>,
    ) -> Option<Exit> {
        if !self.traps.any() {
            return None;
        }
        let traps = self.traps.hit_by(&kind, address);
        if traps.is_empty() {
            return None;
        }
        Some(Exit::Hit(Hit {
            cpu: number(i),
            traps,
            kind,
            address,
            instruction,
        }))
    }

    /// Runs blocks until the fuel is used up or something else is needed.
    fn blocks(&mut self, i: usize, fuel: u64) -> Leave {
        let cpu = &mut self.cpus[i];
        let st = &mut self.storage;
        let code = &mut self.code;
        let Some(mut jumps) = cpu.jumps.take() else {
            return Leave::Single;
        };
        let mut left = super::bits::signed64(fuel);
        let leave = loop {
            if left <= 0 {
                break Leave::Fuel;
            }
            let ia = cpu.psw.addr;
            let slot = index(ia >> 1) % JUMPS;
            if !jumps[slot].is(ia, cpu.code_tag) {
                // What was there goes beside, and comes back from there.
                jumps.swap(slot, slot ^ 1);
            }
            if !jumps[slot].is(ia, cpu.code_tag) {
                if self.traps.watches(ia) {
                    break Leave::Single;
                }
                let block = match find(cpu, st, code, ia) {
                    Ok(Some(block)) => block,
                    Ok(None) => break Leave::Single,
                    Err(stop) => break Leave::Fetch(stop),
                };
                jumps[slot] = Jump {
                    ia,
                    tag: cpu.code_tag,
                    block: Some(block),
                };
            }
            let Some(block) = &jumps[slot].block else {
                break Leave::Single;
            };
            let most = left.min(LEG);
            cpu.left = most;
            let fits = block.ops.len().min(index(super::bits::bits64(most)));
            chain::start(cpu, st, &jumps, &block.ops[..fits]);
            left -= most - cpu.left;
            match std::mem::replace(&mut cpu.ended, Ended::Between) {
                Ended::Between => {}
                Ended::Stopped(Stop::Loaded, _) => break Leave::Poll,
                Ended::Stopped(stop @ (Stop::Next | Stop::Called), op) => {
                    if stop == Stop::Next {
                        cpu.psw.addr = next_of(cpu, &op);
                    }
                    if cpu.event.is_some() {
                        break Leave::Event(op);
                    }
                    break Leave::Poll;
                }
                Ended::Stopped(stop, op) => {
                    cpu.psw.addr = cpu.page.wrapping_add(u64::from(op.off)) & cpu.amask;
                    // It has not been completed yet.
                    left += 1;
                    break Leave::Stop(stop, op);
                }
            }
        };
        cpu.jumps = Some(jumps);
        let executed = fuel.wrapping_sub(super::bits::bits64(left));
        self.instructions += executed;
        self.cpus[i].instructions += executed;
        leave
    }

    fn left(&mut self, i: usize, leave: Leave) -> Option<Exit> {
        match leave {
            Leave::Fuel | Leave::Poll => self.after(i),
            Leave::Single => self.one(i),
            Leave::Event(op) => {
                let at = self.cpus[i].page.wrapping_add(u64::from(op.off));
                self.event(i, at, op.len)
            }
            Leave::Fetch(stop) => self.fetch_stopped(i, stop),
            Leave::Stop(stop, op) => self.stopped(i, stop, &op),
        }
    }

    /// Housekeeping after an instruction that may have changed more than its CPU.
    fn after(&mut self, i: usize) -> Option<Exit> {
        if self.storage.has_stale_code() {
            self.drop_stale();
        }
        if std::mem::take(&mut self.cpus[i].purge_others) {
            self.cpus.iter_mut().for_each(super::Cpu::purge);
        }
        self.cpus[i].catch_up(&self.storage);
        None
    }

    fn drop_stale(&mut self) {
        let cpus = &mut self.cpus;
        self.code.drop_stale(&mut self.storage, |offset, block| {
            cpus.iter_mut().for_each(|c| c.forget_block(offset, block));
        });
    }

    /// An instruction that could not be fetched: the PSW points at it.
    fn fetch_stopped(&mut self, i: usize, stop: Stop) -> Option<Exit> {
        if matches!(stop, Stop::Program(_)) {
            self.count_one(i);
        }
        let cpu = &self.cpus[i];
        match stop {
            Stop::BadPage => Some(Exit::BadPage {
                page: cpu.fault_page,
            }),
            Stop::Program(ProgramCode::SPECIFICATION) => {
                // An odd address, or a PSW that is not valid: the address stays.
                let loop_at = cpu.psw;
                self.program_at(i, ProgramCode::SPECIFICATION, loop_at.addr, 0)
            }
            Stop::Program(code) => {
                let at = cpu.psw.addr;
                self.program_at(i, code, at, 2)
            }
            _ => self.after(i),
        }
    }

    /// A program interruption with the PSW's address as it will be stored decided by the code.
    fn program_at(&mut self, i: usize, code: ProgramCode, at: u64, ilc: u8) -> Option<Exit> {
        let cpu = &mut self.cpus[i];
        let old = cpu.psw;
        if interrupt::program(cpu, &mut self.storage, code, at, ilc).is_err() {
            return Some(self.check_stop(i));
        }
        let bytes = self.instruction_bytes(i, &old, at);
        let hit = self.hit(i, HitKind::Program { code }, at, bytes);
        if let Some(exit) = self.after(i) {
            return Some(exit);
        }
        if hit.is_some() {
            return hit;
        }
        let new = &self.cpus[i].psw;
        if !new.valid() && !old.valid() && new.long() == old.long() || *new == old && new.addr == at
        {
            return Some(Exit::ProgramLoop { cpu: number(i) });
        }
        None
    }

    /// Takes what an instruction that completed has left: the PSW is as it is to be stored.
    fn event(&mut self, i: usize, at: u64, ilc: u8) -> Option<Exit> {
        let cpu = &mut self.cpus[i];
        let per = cpu.per_code != 0;
        let code = match cpu.event.take() {
            Some(Event::SpaceSwitch) => ProgramCode::SPACE_SWITCH,
            Some(Event::SpaceSwitchUnderPer) if per => ProgramCode::SPACE_SWITCH,
            // A PER event alone: the code is 0080.
            _ if per => ProgramCode(0),
            _ => return self.after(i),
        };
        let old = cpu.psw;
        if interrupt::program_here(cpu, &mut self.storage, code, ilc).is_err() {
            return Some(self.check_stop(i));
        }
        let mut hit = None;
        if code == ProgramCode::SPACE_SWITCH {
            let bytes = self.instruction_bytes(i, &old, at);
            hit = self.hit(i, HitKind::Program { code }, at, bytes);
        }
        self.after(i).or(hit)
    }

    /// The bytes at an instruction address under a PSW, for the traps only.
    fn instruction_bytes(&mut self, i: usize, psw: &super::Psw, at: u64) -> Vec<u8> {
        if !self.traps.any() {
            return Vec::new();
        }
        let space = match (psw.dat, psw.space) {
            (false, _) => None,
            (true, super::Space::Home) => Some(super::Space::Home),
            (true, _) => Some(super::Space::Primary),
        };
        let mut bytes = Vec::new();
        let mut wanted = 2;
        while bytes.len() < wanted {
            let va = at.wrapping_add(count(bytes.len())) & psw.amode.mask();
            let Ok(absolute) = self.translate(number(i), va, space) else {
                return Vec::new();
            };
            let mut pair = [0; 2];
            if self.storage.read(absolute, &mut pair).is_err() {
                return Vec::new();
            }
            bytes.extend(pair);
            wanted = usize::from(insn::length(bytes[0]));
        }
        bytes
    }

    /// What an instruction that did not end normally asks for. The PSW points at it.
    fn stopped(&mut self, i: usize, stop: Stop, op: &Op) -> Option<Exit> {
        let at = self.cpus[i].psw.addr;
        let ilc = op.len;
        match stop {
            Stop::Program(code) => {
                self.count_one(i);
                self.program_at(i, code, at, ilc)
            }
            Stop::Machine => {
                self.count_one(i);
                let op = self.cpus[i].executed.take().unwrap_or(*op);
                self.machine_wide(i, &op, at)
            }
            Stop::CodeStore => {
                let page = self.cpus[i].fault_page;
                self.storage.forget_code(page);
                self.drop_stale();
                // Its traps have been told already.
                self.cpus[i].passed = Some(at);
                self.one(i)
            }
            Stop::BadPage => Some(Exit::BadPage {
                page: self.cpus[i].fault_page,
            }),
            Stop::Again => {
                self.count_one(i);
                self.after(i)
            }
            Stop::Branch | Stop::Next | Stop::Loaded | Stop::Called => self.after(i),
        }
    }

    fn count_one(&mut self, i: usize) {
        self.instructions += 1;
        self.cpus[i].instructions += 1;
    }

    fn machine_wide(&mut self, i: usize, op: &Op, at: u64) -> Option<Exit> {
        let ilc = op.len;
        let Some(run) = insn::machine_handler(op) else {
            return self.program_at(i, ProgramCode::OPERATION, at, ilc);
        };
        let cpu = &mut self.cpus[i];
        cpu.psw.addr = at.wrapping_add(u64::from(ilc)) & cpu.amask;
        match run(self, i, op) {
            Ok(exit) => {
                self.after(i);
                exit
            }
            Err(Stop::Program(code)) => self.program_at(i, code, at, ilc),
            Err(Stop::Branch | Stop::Next | Stop::Loaded | Stop::Called) => self.after(i),
            Err(stop) => {
                self.cpus[i].psw.addr = at;
                self.stopped(i, stop, op)
            }
        }
    }

    /// Runs one instruction by itself: across a page boundary, under PER or traps, or to store into code.
    fn one(&mut self, i: usize) -> Option<Exit> {
        let watch = self.traps.stores || self.cpus[i].psw.per;
        if watch {
            self.cpus[i].stores = Some(Vec::new());
            self.cpus[i].purge();
        }
        let exit = self.one_watched(i);
        if watch {
            self.cpus[i].stores = None;
        }
        exit
    }

    fn one_watched(&mut self, i: usize) -> Option<Exit> {
        let ia = self.cpus[i].psw.addr;
        let cpu = &mut self.cpus[i];
        let bytes = match fetch_instruction(cpu, &mut self.storage, ia) {
            Ok(bytes) => bytes,
            Err(stop) => return self.fetch_stopped(i, stop),
        };
        let len = usize::from(insn::length(bytes[0]));
        if self.cpus[i].passed.take() != Some(ia)
            && let Some(hit) = self.hit(i, HitKind::Instruction, ia, bytes[..len].to_vec())
        {
            self.cpus[i].passed = Some(ia);
            return Some(hit);
        }
        let cpu = &mut self.cpus[i];
        let mut op = insn::decode(&bytes, cpu.psw.zarch);
        cpu.page = ia & !(PAGE - 1);
        op.off = super::bits::low16(ia % PAGE);
        let per = cpu.psw.per;
        let result = (op.run)(cpu, &mut self.storage, &op);
        let mut branched = None;
        let exit = match result {
            Ok(()) => {
                cpu.psw.addr = next_of(cpu, &op);
                self.count_one(i);
                self.after(i)
            }
            Err(Stop::Next) => {
                cpu.psw.addr = next_of(cpu, &op);
                self.count_one(i);
                self.after(i)
            }
            Err(Stop::Loaded) => {
                self.count_one(i);
                self.after(i)
            }
            Err(Stop::Branch | Stop::Called) => {
                branched = Some(cpu.psw.addr);
                self.count_one(i);
                self.after(i)
            }
            Err(stop) => {
                if per {
                    self.per_events(i, ia, &bytes, None);
                }
                return self.stopped(i, stop, &op);
            }
        };
        if exit.is_some() {
            return exit;
        }
        if per {
            self.per_events(i, ia, &bytes, branched);
        }
        if self.cpus[i].per_code != 0 || self.cpus[i].event.is_some() {
            // The PSW is past the instruction.
            let exit = self.event(i, ia, op.len);
            if exit.is_some() {
                return exit;
            }
        }
        self.trapped_after(i, ia, &bytes[..len], branched)
    }

    /// Branch and store traps, after the instruction.
    fn trapped_after(
        &mut self,
        i: usize,
        ia: u64,
        bytes: &[u8],
        branched: Option<u64>,
    ) -> Option<Exit> {
        if !self.traps.everywhere {
            return None;
        }
        if let Some(to) = branched
            && let Some(hit) = self.hit(i, HitKind::Branch { to }, ia, bytes.to_vec())
        {
            return Some(hit);
        }
        let stores = self.cpus[i].stores.take().unwrap_or_default();
        for (at, len) in stores {
            if let Some(hit) = self.hit(i, HitKind::Store { at, len }, ia, bytes.to_vec()) {
                return Some(hit);
            }
        }
        None
    }

    /// Collects the PER events of an instruction (chapter 4: Program-Event Recording).
    fn per_events(&mut self, i: usize, ia: u64, bytes: &[u8; 6], branched: Option<u64>) {
        let _ = bytes;
        let cpu = &mut self.cpus[i];
        let controls = cpu.cr[9];
        let (from, to) = (cpu.cr[10], cpu.cr[11]);
        let inside = |a: u64| {
            if from <= to {
                (from..=to).contains(&a)
            } else {
                a >= from || a <= to
            }
        };
        let mut code = 0u16;
        if controls & 0x8000_0000 != 0
            && let Some(target) = branched
            && (controls & 0x0080_0000 == 0 || inside(target))
        {
            code |= 0x8000;
        }
        if controls & 0x4000_0000 != 0 && inside(ia) {
            code |= 0x4000;
        }
        let stores = cpu.stores.as_deref().unwrap_or_default();
        let touched = |(at, len): &(u64, u64)| {
            inside(*at)
                || inside(at.wrapping_add(len.saturating_sub(1)))
                || (*at <= from && from < at.saturating_add(*len))
        };
        if controls & 0x2000_0000 != 0 && stores.iter().any(touched) {
            code |= 0x2000;
        }
        cpu.per_code = code;
        cpu.per_address = ia;
    }
}

/// A CPU's number as CP counts them.
fn number(i: usize) -> u8 {
    super::bits::low8(count(i))
}

/// The address behind an operation.
pub(super) fn next_of(cpu: &super::Cpu, op: &Op) -> u64 {
    let len = op.len;
    cpu.page
        .wrapping_add(u64::from(op.off))
        .wrapping_add(u64::from(len))
        & cpu.amask
}

/// The block at an instruction address.
fn find(
    cpu: &mut super::Cpu,
    st: &mut super::Storage,
    code: &mut super::block::Cache,
    ia: u64,
) -> Result<Option<Block>, Stop> {
    may_fetch(cpu, ia)?;
    let at = cpu.locate(st, ia, 2, 0, Access::Instruction)?;
    let block = code.block(st, at, cpu.psw.zarch);
    cpu.catch_up(st);
    Ok(block)
}

fn may_fetch(cpu: &super::Cpu, ia: u64) -> Step {
    if ia & 1 != 0 || !cpu.psw.valid() {
        return Err(Stop::Program(ProgramCode::SPECIFICATION));
    }
    Ok(())
}

/// The bytes of one instruction, wherever it lies.
fn fetch_instruction(
    cpu: &mut super::Cpu,
    st: &mut super::Storage,
    ia: u64,
) -> Result<[u8; 6], Stop> {
    may_fetch(cpu, ia)?;
    let mut bytes = [0u8; 6];
    let mut at = 0;
    let mut len = 2;
    while at < len {
        let va = ia.wrapping_add(count(at)) & cpu.amask;
        let absolute = cpu.locate(st, va, 2, 0, Access::Instruction)?;
        st.copy_out(absolute, &mut bytes[at..at + 2]);
        len = usize::from(insn::length(bytes[0]));
        at += 2;
    }
    Ok(bytes)
}
