//! The clock of a machine that goes on from a saved system. Its program finds the time at which it was
//! saved, and the clock makes up for what has passed since then while the program waits: by steps that an
//! operating system takes for a wait, and by long steps when nothing seems to be going on in it.
//!
//! Linux finds fault with a clock that moves by more than its stall time-out (21 seconds) while it waits for
//! something, such as the end of an RCU grace period, which takes it a few waits. It counts each second of a
//! long step, so years at once would keep it busy for minutes.

/// A step, in TOD units: 5 seconds.
const STEP: u64 = 5_000_000 << 12;
/// So many waits are looked at.
const WAITS: usize = 8;
/// The longest step: 6 hours.
const LONG: u64 = 21_600_000_000 << 12;
/// What is not worth a long step.
const SHORT: u64 = 2 * WAITS as u64 * STEP;

/// How far the clock of a machine is behind.
#[derive(Debug, Default)]
pub struct CatchUp {
    /// In TOD units.
    behind: u64,
    /// The number of instructions at the last wait.
    before: u64,
    /// How many instructions there were between the last waits.
    stretches: [u64; WAITS],
    waits: usize,
}

impl CatchUp {
    /// A clock that is so many TOD units behind.
    pub fn new(behind: u64) -> CatchUp {
        CatchUp {
            behind,
            ..CatchUp::default()
        }
    }

    /// All that is left, at once.
    pub fn rest(&mut self) -> u64 {
        std::mem::take(&mut self.behind)
    }

    /// How far the clock moves now that the program waits for a timer, having executed so many instructions
    /// in all.
    pub fn step(&mut self, instructions: u64) -> u64 {
        if self.behind == 0 {
            return 0;
        }
        self.stretches[self.waits % WAITS] = instructions.saturating_sub(self.before);
        (self.before, self.waits) = (instructions, self.waits + 1);
        let mut step = STEP.min(self.behind);
        if self.behind > SHORT && self.is_quiet() {
            step = LONG.min(self.behind - SHORT / 2);
            self.waits = 0;
        }
        self.behind -= step;
        step
    }

    /// Whether there was little more to do each time than at the least of times.
    fn is_quiet(&self) -> bool {
        let least = self.stretches.iter().min().copied().unwrap_or(0);
        let all = self.stretches.iter().all(|s| *s <= least + least / 2);
        self.waits >= 2 * WAITS && all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 720 * STEP;

    #[test]
    fn a_short_time_is_made_up_for_by_short_steps() {
        let mut clock = CatchUp::new(2 * STEP + 7);
        let steps = [100, 200, 300, 400].map(|n| clock.step(n));
        assert_eq!(steps, [STEP, STEP, 7, 0]);
    }

    #[test]
    fn a_long_time_is_made_up_for_when_little_is_done() {
        let mut clock = CatchUp::new(HOUR);
        let mut at = 0;
        let mut moved = 0;
        // It does something now and then.
        for n in 0..40 {
            at += if n % 5 == 0 { 90_000 } else { 3_000 };
            let step = clock.step(at);
            assert_eq!(step, STEP);
            moved += step;
        }
        let quiet: Vec<u64> = (1..30).map(|n| clock.step(at + n * 3_000)).collect();
        assert_eq!(quiet.iter().filter(|s| **s > STEP).count(), 1);
        assert_eq!(moved + quiet.iter().sum::<u64>(), HOUR);
    }

    #[test]
    fn years_are_many_long_steps() {
        let years = 8766 * 2 * HOUR;
        let mut clock = CatchUp::new(years);
        let steps: Vec<u64> = (1..)
            .map_while(|n| Some(clock.step(n * 3_000)).filter(|s| *s > 0))
            .collect();
        assert_eq!(steps.iter().sum::<u64>(), years);
        assert_eq!(steps.iter().max(), Some(&LONG));
        let long = |pair: &[u64]| pair.iter().all(|s| *s > STEP);
        assert!(!steps.windows(2).any(long));
    }

    #[test]
    fn who_never_rests_catches_up_as_well() {
        let mut clock = CatchUp::new(HOUR);
        let steps = (0..).map(|n| clock.step(n * n * 1_000));
        assert_eq!(steps.take(720).sum::<u64>(), HOUR);
    }
}
