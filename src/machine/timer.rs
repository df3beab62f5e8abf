//! The TOD clock, and when the clock comparator and the CPU timers ask for an interruption
//! (Principles of Operation, chapter 4: Timing).

use super::cpu::Cpu;
use crate::base::Clock;

/// What makes time pass for a machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TimeSource {
    /// The clock of the configuration.
    Clock,
    /// Executed instructions, ten nanoseconds each: a run is repeatable.
    Instructions,
}

/// TOD units (2^-12 microseconds) of one instruction under [`TimeSource::Instructions`].
pub const UNITS_PER_INSTRUCTION: u64 = 41;

/// The TOD clock of a machine.
#[derive(Debug)]
pub struct Tod {
    clock: Clock,
    source: TimeSource,
    /// What SET CLOCK added.
    offset: u64,
    /// What idle skips added.
    skipped: u64,
    start: u64,
    last: u64,
}

impl Tod {
    /// A clock that shows the configured time.
    pub fn new(clock: Clock, source: TimeSource) -> Tod {
        let start = clock.tod();
        Tod {
            clock,
            source,
            offset: 0,
            skipped: 0,
            start,
            last: 0,
        }
    }

    /// The value of the clock after `instructions`.
    pub fn now(&self, instructions: u64) -> u64 {
        self.physical(instructions).wrapping_add(self.offset)
    }

    /// The clock beneath, which nobody can set, after `instructions`.
    pub fn physical(&self, instructions: u64) -> u64 {
        match self.source {
            TimeSource::Clock => self.clock.tod(),
            TimeSource::Instructions => self
                .start
                .wrapping_add(instructions.wrapping_mul(UNITS_PER_INSTRUCTION))
                .wrapping_add(self.skipped),
        }
    }

    /// How far the clock is ahead of the one beneath (TOD units).
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// A value for STORE CLOCK: later than every one stored before.
    pub fn unique(&mut self, instructions: u64) -> u64 {
        let now = self.now(instructions);
        self.last = if now > self.last || self.last - now > 1 << 40 {
            now
        } else {
            self.last + 1
        };
        self.last
    }

    /// Sets the clock.
    pub fn set(&mut self, value: u64, instructions: u64) {
        self.offset = self
            .offset
            .wrapping_add(value.wrapping_sub(self.now(instructions)));
        self.last = 0;
    }

    /// Lets the time until `value` pass at once, for a machine that only waits. Does nothing under
    /// [`TimeSource::Clock`], where time passes by itself.
    pub fn skip_to(&mut self, value: u64, instructions: u64) {
        let now = self.now(instructions);
        if self.source == TimeSource::Instructions && value > now {
            self.skipped = self.skipped.wrapping_add(value - now);
        }
    }

    /// What makes time pass.
    pub fn source(&self) -> TimeSource {
        self.source
    }
}

impl Cpu {
    /// The CPU timer now; negative values ask for an interruption.
    pub fn timer_at(&self, now: u64) -> u64 {
        self.cpu_timer
            .wrapping_sub(now.wrapping_sub(self.timer_set_at))
    }

    /// Sets the CPU timer.
    pub fn set_timer(&mut self, value: u64, now: u64) {
        self.cpu_timer = value;
        self.timer_set_at = now;
    }

    /// Whether the clock comparator asks for an interruption.
    pub fn comparator_due(&self, now: u64) -> bool {
        now > self.clock_comparator
    }

    /// Whether the CPU timer asks for an interruption.
    pub fn timer_due(&self, now: u64) -> bool {
        self.timer_at(now) >> 63 != 0
    }

    /// When the next timer interruption that this CPU is enabled for comes.
    pub fn next_timer(&self, now: u64) -> Option<u64> {
        if !self.psw.ext {
            return None;
        }
        let comparator = self
            .control(0, 52)
            .then_some(self.clock_comparator.saturating_add(1));
        let timer = self.control(0, 53).then(|| {
            let left = self.timer_at(now);
            if left >> 63 != 0 {
                now
            } else {
                now.saturating_add(left).saturating_add(1)
            }
        });
        match (comparator, timer) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }
}
