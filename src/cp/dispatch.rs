//! The dispatcher: which virtual machine runs, and what CP does when one stops.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::base::msg::hcp;
use crate::cp::UserId;
use crate::cp::guest::{Body, Guest, Waits};
use crate::cp::hardware::psw_text;
use crate::cp::lineedit;
use crate::cp::native::{CpPort, NativeExit, Origin};
use crate::cp::share::Weights;
use crate::cp::system::{Activity, System};
use crate::cp::trace::{self, Seen};
use crate::cp::workers::{self, Ran, Slice};
use crate::machine::{Exit, Hit, HitKind, ProgramCode};

/// How many of the virtual machines that use up their slices get one in a round: consoles and timers are
/// looked at between rounds.
const ROUND: usize = 16;

impl System {
    /// One round of dispatching: the virtual machines whose turn it is get a slice of `budget` instructions,
    /// more or less by their shares (SET SHARE).
    pub fn run(&mut self, budget: u64) -> Activity {
        let now = self.clock.micros();
        for id in self.guests.due(now) {
            self.bite(&id, now);
            if let Some(guest) = self.guests.get_mut(&id)
                && guest.sleeps.is_some_and(|at| at <= now)
            {
                guest.sleeps = None;
                self.deliver(&id);
            }
        }
        self.answer_calls();
        self.guests.settle(now);
        let weights = Weights::of(self.guests.in_queues());
        let round = self.guests.next_round(ROUND);
        let busy = !round.is_empty();
        for id in &round {
            self.bite(id, now);
        }
        let mut ran = self.run_machines(&round, now, |guest| weights.slice(guest, budget));
        for id in round {
            match ran.remove(&id) {
                Some(ran) => self.ran(ran),
                None => self.slice(&id, now),
            }
        }
        // Commands of one machine may have made another one runnable, and what it sent over an adapter.
        self.answer_calls();
        self.guests.settle(self.clock.micros());
        if busy || self.guests.queued() > 0 {
            return Activity::Busy;
        }
        Activity::Idle {
            wake_micros: self.guests.first_timer(),
        }
    }

    /// Gives those of the round that are machines their slices.
    fn run_machines(
        &mut self,
        round: &[UserId],
        now: i64,
        budget: impl Fn(&Guest) -> u64,
    ) -> BTreeMap<UserId, Ran> {
        let guests = self.guests.each_of(round).filter(|g| g.runnable(now));
        let slices = guests
            .filter(|g| matches!(g.body, Body::Machine))
            .map(|guest| Slice {
                budget: budget(guest),
                id: guest.id.clone(),
                generation: guest.generation,
                hardware: &mut guest.hardware,
            })
            .collect();
        let ran = workers::run(slices, self.workers);
        ran.into_iter().map(|r| (r.id.clone(), r)).collect()
    }

    /// What is to be done after a machine's slice, unless a command has put something else into it by now.
    fn ran(&mut self, ran: Ran) {
        let id = &ran.id;
        let Some(guest) = self.guests.get_mut(id) else {
            return;
        };
        if guest.generation == ran.generation {
            let output = guest.hardware.take_output();
            for line in output {
                self.console_write(id, &line);
            }
            self.tell_spool_faults(id);
            self.tell_disk_faults(id);
            self.exit(id, ran.exit, ran.generation);
        }
        self.used(id, ran.micros);
    }

    /// Gives a virtual machine with a native system its turn, if it still can use it.
    fn slice(&mut self, id: &[u8], now: i64) {
        let Some(guest) = self.guests.get_mut(id).filter(|g| g.runnable(now)) else {
            return;
        };
        let before = Instant::now();
        if let Body::Native { .. } = guest.body {
            self.run_native(id);
        }
        let micros = i64::try_from(before.elapsed().as_micros()).unwrap_or(0);
        self.used(id, micros);
    }

    /// A virtual machine has used a host processor for so long, and may want more.
    fn used(&mut self, id: &[u8], micros: i64) {
        let now = self.clock.micros();
        let measured = !self.deterministic && !self.clock.is_fixed();
        let Some(guest) = self.guests.get_mut(id) else {
            return;
        };
        if measured {
            guest.cpu_micros += micros;
        }
        if guest.runnable(now) {
            self.guests.again(id);
        }
    }

    fn run_native(&mut self, id: &[u8]) {
        let Some(guest) = self.guests.get_mut(id) else {
            return;
        };
        let generation = guest.generation;
        let Body::Native { system, waits, .. } = &mut guest.body else {
            return;
        };
        *waits = Waits::Nothing;
        let Some(mut running) = system.take() else {
            return;
        };
        let exit = running.run(&mut CpPort {
            system: self,
            user: id.to_vec(),
            generation,
        });
        // Something else may run in the machine by now: then this system is gone.
        let Some(guest) = self
            .guests
            .get_mut(id)
            .filter(|g| g.generation == generation)
        else {
            return;
        };
        if let Body::Native { system, waits, .. } = &mut guest.body {
            *system = Some(running);
            *waits = match exit {
                NativeExit::ReadConsole => Waits::Console,
                NativeExit::Sleep { until_micros } => Waits::Until(until_micros),
                _ => Waits::Nothing,
            };
        }
        match exit {
            NativeExit::Ended | NativeExit::Gone => guest.stop_all(),
            _ => self.deliver(id),
        }
    }

    /// CP's part of what a machine stopped for.
    fn exit(&mut self, id: &[u8], exit: Exit, generation: u64) {
        match exit {
            Exit::Budget | Exit::Wait { .. } | Exit::ServiceCall { .. } | Exit::ChannelWork => {}
            Exit::Diagnose { cpu, code, r1, r3 } => {
                self.diagnose(
                    id,
                    crate::cp::diagnose::Call {
                        cpu,
                        // CP looks at the low half of the address.
                        code: u16::try_from(code & 0xFFFF).unwrap_or(0),
                        r1,
                        r3,
                        generation,
                    },
                );
            }
            Exit::ControlProgram {
                cpu,
                instruction,
                address,
            } if instruction >> 16 == 0xB2F0 => self.iucv(id, cpu, address),
            Exit::ControlProgram { cpu, .. } => self.refuse(id, cpu, ProgramCode::OPERATION, 4),
            Exit::Hit(hit) => self.hit(id, &hit),
            Exit::DisabledWait { cpu } => {
                let psw = self.psw_of(id, cpu);
                self.stop_with(id, cpu, &hcp::HCPGIR450W.with(&[psw.as_bytes()]));
            }
            Exit::Stopped => {
                if let Some(guest) = self.guests.get_mut(id) {
                    guest.cp_read = true;
                }
                self.console_message(id, &hcp::HCPGSP2629I.with(&[]));
            }
            Exit::CheckStop { cpu } => {
                self.stop_with(id, cpu, &hcp::HCPGIR451W.with(&[]));
            }
            Exit::ExternalLoop { cpu } => {
                self.stop_with(id, cpu, &hcp::HCPGIR452W.with(&[]));
            }
            Exit::ProgramLoop { cpu } => {
                self.stop_with(id, cpu, &hcp::HCPGIR453W.with(&[]));
            }
            Exit::BadPage { page } => {
                let file = self.guests.get(id).and_then(|g| {
                    let system = g.saved.as_ref().map(|s| s.path.as_path());
                    g.hardware.segment_file(page).or(system)
                });
                let file = file.map_or(String::new(), |f| f.display().to_string());
                let page = format!("{page:05X}");
                self.stop_with(
                    id,
                    0,
                    &hcp::HCPGIR454E.with(&[page.as_bytes(), file.as_bytes()]),
                );
            }
        }
    }

    /// Gives a machine a program interruption in place of what it asked for.
    pub(in crate::cp) fn refuse(&mut self, id: &[u8], cpu: u8, code: ProgramCode, length: u8) {
        if let Some(guest) = self.guests.get_mut(id) {
            guest.hardware.machine.program_interrupt(cpu, code, length);
        }
    }

    fn psw_of(&self, id: &[u8], cpu: u8) -> String {
        let guest = self.guests.get(id);
        let cpu = guest.and_then(|g| g.hardware.machine.cpus.get(usize::from(cpu)));
        cpu.map(|c| psw_text(&c.psw)).unwrap_or_default()
    }

    /// Enters CP with a message; a machine of several processors says which one it was.
    fn stop_with(&mut self, id: &[u8], cpu: u8, message: &crate::base::Message) {
        let Some(guest) = self.guests.get_mut(id) else {
            return;
        };
        guest.cp_read = true;
        let several = guest.hardware.machine.cpus.len() > 1;
        let Some(mut line) = message.line(guest.switches.emsg) else {
            return;
        };
        if several {
            line.splice(..0, format!("{cpu:02X}: ").into_bytes());
        }
        self.console_write(id, &line);
    }

    /// A TRACE trap was hit: the line, the command string split at the user's LINEND, then CP READ.
    fn hit(&mut self, id: &[u8], hit: &Hit) {
        let Some(guest) = self.guests.get_mut(id) else {
            return;
        };
        let action = guest.traps.hit(&hit.traps);
        guest.hardware.select(u16::from(hit.cpu));
        let linend = guest.terminal.symbols.linend;
        let line = action.show.then(|| {
            let operand = operand_of(guest, hit);
            let cpu = guest.hardware.cpu();
            let seen = Seen {
                cc: cpu.psw.cc,
                new_psw: psw_text(&cpu.psw),
                stops: action.stop,
                operand,
            };
            trace::hit_line(hit, &seen)
        });
        if action.stop {
            guest.cp_read = true;
        }
        if let Some(line) = line {
            self.console_write(id, &line);
        }
        for commands in &action.commands {
            for command in lineedit::split_commands(commands, linend) {
                self.console_command(id, &command, Origin::Trace);
            }
        }
    }
}

/// The second operand's address of the instruction about to run, for those that have one in storage
/// (true), and the target of a branch (false).
fn operand_of(guest: &Guest, hit: &Hit) -> Option<(bool, u64)> {
    if hit.kind != HitKind::Instruction {
        return None;
    }
    let bytes = &hit.instruction;
    let op = *bytes.first()?;
    let cpu = guest.hardware.cpu();
    let mask = cpu.psw.amode.mask();
    let base = |b: u8| if b == 0 { 0 } else { cpu.gr64(b) };
    let word = |at: usize| Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
    let reach = |base_disp: u16| {
        let [high, low] = base_disp.to_be_bytes();
        base(high >> 4).wrapping_add(u64::from(u16::from_be_bytes([high & 15, low])))
    };
    match op {
        // BC and the like: R(X,B); the relative ones count halfwords.
        0x45 | 0x46 | 0x47 | 0x4D => {
            let index = base(bytes.get(1)? & 15);
            Some((false, reach(word(2)?).wrapping_add(index) & mask))
        }
        0xA7 if matches!(bytes.get(1)? & 15, 4..=7) => {
            let offset = i64::from(word(2)?.cast_signed()) * 2;
            Some((false, hit.address.wrapping_add_signed(offset) & mask))
        }
        0xC0 if matches!(bytes.get(1)? & 15, 4 | 5) => {
            let offset = u32::from_be_bytes([
                *bytes.get(2)?,
                *bytes.get(3)?,
                *bytes.get(4)?,
                *bytes.get(5)?,
            ]);
            Some((
                false,
                hit.address
                    .wrapping_add_signed(i64::from(offset.cast_signed()) * 2)
                    & mask,
            ))
        }
        // BALR, BCTR, BCR, BASR with a register that is not 0.
        0x05 | 0x06 | 0x07 | 0x0D => {
            let r2 = bytes.get(1)? & 15;
            (r2 != 0).then(|| (false, cpu.gr64(r2) & mask))
        }
        // RX: D(X,B); RS and SI: D(B).
        0x42..=0x5F => {
            let index = base(bytes.get(1)? & 15);
            Some((true, reach(word(2)?).wrapping_add(index) & mask))
        }
        0x90..=0x98 | 0x9A | 0x9B | 0xB6 | 0xB7 | 0xBD..=0xBF | 0xD0..=0xEA => {
            Some((true, reach(word(2)?) & mask))
        }
        _ => None,
    }
}
