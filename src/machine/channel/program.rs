//! Executing a channel program: start, command chaining, suspend and resume, halt and clear, and the
//! status that ends it (Principles of Operation, chapter 15 and 16).

use super::ccw::{Ccw, Chain, Check, Transferring, after, fetch, flag};
use super::memory::Memory;
use super::subchannel::{Orb, Subchannel, channel_status, scsw};
use super::transfer::{Limit, Place, Transfer};
use super::unit::{Device, Outcome, UnitStatus};

/// A channel program between SSCH and its ending status.
#[derive(Clone, Copy, Debug)]
pub(super) struct Program {
    orb: Orb,
    next: u32,
    stage: Stage,
    place: Place,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// The first CCW has not been fetched.
    First,
    /// A CCW is to be fetched by command chaining, or again after a suspension.
    Chained,
    /// The device has the command and waits.
    Waiting,
    /// The command is given, not fetched: the implied read of an initial program load.
    Implied,
}

impl Program {
    pub fn new(orb: Orb) -> Program {
        Program {
            orb,
            next: orb.program,
            stage: Stage::First,
            place: Place::default(),
        }
    }

    /// The implied format-0 read of 24 bytes to location 0, chained to the CCW at location 8.
    pub fn ipl() -> Program {
        let read = Ccw {
            command: 0x02,
            flags: flag::CHAIN_COMMAND | flag::SUPPRESS_LENGTH,
            count: 24,
            address: 0,
        };
        Program {
            orb: Orb::default(),
            next: 8,
            stage: Stage::Implied,
            place: Place::new(read, 0),
        }
    }

    /// Whether the current command is to be fetched.
    fn fetches(&self) -> bool {
        matches!(self.stage, Stage::First | Stage::Chained)
    }
}

/// How far servicing a subchannel came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// Nothing more to do until the program or the outside does something.
    Quiet,
    /// The channel program used up its allowance of CCWs and goes on at the next service.
    More,
}

/// What one command led to.
enum Step {
    Continue,
    Stop,
}

impl Subchannel {
    /// Performs pending functions and goes on with the channel program. `fuel` is the number of CCWs
    /// that may be executed before control goes back, so that an endless chain holds up nobody.
    pub fn perform(
        &mut self,
        memory: &mut dyn Memory,
        device: Option<&mut dyn Device>,
        limit: u64,
        fuel: u32,
    ) -> Progress {
        let Some(device) = device else {
            self.perform_without_device();
            return Progress::Quiet;
        };
        if self.scsw.is(scsw::CLEAR_PENDING) {
            self.abandon(device);
            self.cleared();
            return Progress::Quiet;
        }
        if self.scsw.is(scsw::HALT_PENDING) {
            self.halted(device);
            return Progress::Quiet;
        }
        if self.scsw.is(scsw::START_PENDING) {
            self.pmcw.last_used = 0x80;
            self.scsw.control &= !scsw::START_PENDING;
            self.scsw.control |= scsw::SUBCHANNEL_ACTIVE;
            device.begin();
        }
        if self.scsw.is(scsw::RESUME_PENDING) && self.scsw.is(scsw::SUSPENDED) {
            self.scsw.control &= !(scsw::RESUME_PENDING | scsw::SUSPENDED);
            self.scsw.control |= scsw::SUBCHANNEL_ACTIVE;
        }
        self.execute(memory, device, limit, fuel)
    }

    /// Presents status that the device has of its own accord, when the subchannel can take it.
    pub fn offer(&mut self, device: &mut dyn Device) {
        let idle = !self.scsw.is(scsw::FUNCTION | scsw::STATUS);
        if !self.operational() || !idle {
            return;
        }
        if let Some(status) = device.take_unsolicited() {
            self.scsw = super::Scsw {
                device: status.0,
                ..super::Scsw::default()
            };
            self.pmcw.last_used = 0x80;
            self.present(scsw::ALERT);
        }
    }

    fn execute(
        &mut self,
        memory: &mut dyn Memory,
        device: &mut dyn Device,
        limit: u64,
        fuel: u32,
    ) -> Progress {
        let Some(mut program) = self.program else {
            return Progress::Quiet;
        };
        if !self.scsw.is(scsw::SUBCHANNEL_ACTIVE) {
            return Progress::Quiet;
        }
        let limit = self.limit(&program.orb, limit);
        for _ in 0..fuel {
            match self.step(&mut program, memory, device, limit) {
                Step::Continue => {}
                Step::Stop => {
                    let over = !self.scsw.is(scsw::SUBCHANNEL_ACTIVE | scsw::SUSPENDED);
                    self.program = if over { None } else { Some(program) };
                    return Progress::Quiet;
                }
            }
        }
        self.program = Some(program);
        Progress::More
    }

    fn limit(&self, orb: &Orb, limit: u64) -> Limit {
        match self.pmcw.modes & 0x60 {
            0x20 if orb.address_limited() => Limit::Above(limit),
            0x40 if orb.address_limited() => Limit::Below(limit),
            _ => Limit::None,
        }
    }

    /// Fetches and executes one command.
    fn step(
        &mut self,
        program: &mut Program,
        memory: &mut dyn Memory,
        device: &mut dyn Device,
        limit: Limit,
    ) -> Step {
        let first = program.stage == Stage::First;
        if program.fetches()
            && let Some(stop) = self.fetch(program, memory)
        {
            return stop;
        }
        let mut data = Transfer::new(memory, program.orb, limit, program.place);
        let outcome = device.execute(program.place.ccw.command, &mut data);
        let pci = data.pci;
        let end = Ending::of(&data);
        program.place = data.place;
        if first && program.orb.control & 0x0020_0000 != 0 {
            self.scsw.control |= scsw::ZERO_CONDITION;
            self.present(scsw::INTERMEDIATE);
        }
        match outcome {
            Outcome::Pending => {
                program.stage = Stage::Waiting;
                self.scsw.control |= scsw::DEVICE_ACTIVE;
                Step::Stop
            }
            Outcome::Ended(status) => {
                if pci {
                    self.present_pci(after(program.place.at));
                }
                self.ended(program, status, end)
            }
        }
    }

    /// Fetches the next command CCW; an answer ends the step.
    fn fetch(&mut self, program: &mut Program, memory: &mut dyn Memory) -> Option<Step> {
        let transferring = match program.stage {
            Stage::First => Transferring::Refused,
            _ => Transferring::Allowed,
        };
        let fetched = fetch(
            memory,
            &program.orb,
            program.next,
            Chain::Command,
            transferring,
        );
        let (ccw, at) = match fetched {
            Ok(found) => found,
            Err(check) => {
                self.checked(check);
                return Some(Step::Stop);
            }
        };
        if ccw.has(flag::SUSPEND) {
            self.suspend(program, at);
            return Some(Step::Stop);
        }
        program.place = Place::new(ccw, at);
        program.next = after(at);
        program.stage = Stage::Chained;
        if ccw.has(flag::PCI) {
            self.present_pci(after(at));
        }
        None
    }

    fn present_pci(&mut self, ccw: u32) {
        self.scsw.ccw = ccw;
        self.scsw.channel |= channel_status::PCI;
        self.present(scsw::INTERMEDIATE);
    }

    fn suspend(&mut self, program: &mut Program, at: u32) {
        // The CCW is fetched again when the program is resumed.
        program.next = at;
        if program.stage == Stage::First {
            program.stage = Stage::Chained;
        }
        self.scsw.ccw = after(at);
        self.scsw.control &= !(scsw::SUBCHANNEL_ACTIVE | scsw::DEVICE_ACTIVE);
        self.scsw.control |= scsw::SUSPENDED;
        if !program.orb.suppress_suspended() {
            self.present(scsw::INTERMEDIATE);
        }
    }

    /// The device has ended a command: chain to the next, or present the status.
    fn ended(&mut self, program: &mut Program, status: UnitStatus, end: Ending) -> Step {
        let normal = UnitStatus(status.0 & !UnitStatus::MODIFIER.0) == UnitStatus::NORMAL;
        let ccw = program.place.ccw;
        // After data chaining the next command follows the last CCW used, not the first.
        let at = program.place.at;
        program.next = after(at);
        program.stage = Stage::Chained;
        self.scsw.control &= !scsw::DEVICE_ACTIVE;
        let chains = ccw.has(flag::CHAIN_COMMAND) && !ccw.has(flag::CHAIN_DATA);
        if chains && normal && end.status == 0 {
            if status.has(UnitStatus::MODIFIER) {
                program.next = after(program.next);
            }
            return Step::Continue;
        }
        self.scsw.device = status.0;
        self.scsw.channel |= end.status;
        self.scsw.ccw = end.ccw.unwrap_or(after(at));
        self.scsw.count = program.place.residual();
        let mut control = scsw::PRIMARY;
        let only_channel = UnitStatus(status.0 & UnitStatus::NORMAL.0) == UnitStatus::CHANNEL_END;
        if !only_channel {
            control |= scsw::SECONDARY;
        }
        if !normal || end.status != 0 {
            control |= scsw::ALERT;
        }
        self.finish(control);
        Step::Stop
    }

    /// A CCW could not be used: the program ends without the device.
    fn checked(&mut self, check: Check) {
        self.scsw.device = 0;
        self.scsw.channel |= check.status;
        self.scsw.ccw = check.ccw;
        self.scsw.count = 0;
        self.finish(scsw::ALERT | scsw::PRIMARY | scsw::SECONDARY);
    }

    fn finish(&mut self, control: u32) {
        self.scsw.control &= !(scsw::ACTIVITY & !scsw::HALT_PENDING & !scsw::CLEAR_PENDING);
        self.present(control);
    }

    fn abandon(&mut self, device: &mut dyn Device) {
        if let Some(program) = self.program.take()
            && program.stage != Stage::First
        {
            device.halt();
        }
    }

    fn cleared(&mut self) {
        self.program = None;
        self.scsw = super::Scsw {
            control: scsw::CLEAR,
            ..super::Scsw::default()
        };
        self.pmcw.not_operational = 0;
        self.present(0);
    }

    fn halted(&mut self, device: &mut dyn Device) {
        let program = self.program.take();
        self.scsw.control &= !scsw::HALT_PENDING;
        match program {
            Some(program) if program.stage == Stage::Waiting => {
                device.halt();
                self.scsw.device = UnitStatus::NORMAL.0;
                self.scsw.ccw = after(program.place.at);
                self.scsw.count = program.place.residual();
                self.finish(scsw::PRIMARY | scsw::SECONDARY);
            }
            Some(program) if program.stage == Stage::Chained => {
                device.halt();
                self.scsw.ccw = program.next;
                self.finish(scsw::PRIMARY | scsw::SECONDARY);
            }
            _ => self.finish(0),
        }
    }

    /// The device is gone: functions end with the path not operational.
    fn perform_without_device(&mut self) {
        if self.scsw.is(scsw::CLEAR_PENDING) {
            self.cleared();
            return;
        }
        if !self.scsw.is(scsw::FUNCTION) || self.scsw.is(scsw::PENDING) {
            return;
        }
        self.program = None;
        self.pmcw.not_operational |= 0x80;
        self.scsw.control |= scsw::DEFERRED_3 | scsw::PATH_NOT_OPERATIONAL;
        self.scsw.control &= !scsw::HALT_PENDING;
        self.finish(scsw::ALERT);
    }
}

/// What the channel found at the end of a command.
struct Ending {
    status: u8,
    ccw: Option<u32>,
}

impl Ending {
    fn of(data: &Transfer<'_>) -> Ending {
        if data.check != 0 {
            return Ending {
                status: data.check,
                ccw: data.check_at,
            };
        }
        let wrong = data.overrun || data.place.left != 0;
        let status = if wrong && Ending::indicated(data) {
            channel_status::INCORRECT_LENGTH
        } else {
            0
        };
        Ending { status, ccw: None }
    }

    /// The table of channel-subsystem actions in chapter 15: which flags let a wrong length be shown.
    fn indicated(data: &Transfer<'_>) -> bool {
        let immediate = !data.touched;
        if immediate && data.orb.length_suppressed() {
            return false;
        }
        let ccw = data.place.ccw;
        ccw.has(flag::CHAIN_DATA) || !ccw.has(flag::SUPPRESS_LENGTH)
    }
}
