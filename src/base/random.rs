//! A small seeded generator, so that a run with a given seed is repeatable.

/// SplitMix64: every seed gives a full-period sequence of 64-bit values.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// A generator that gives the same sequence for the same seed.
    pub fn seeded(seed: u64) -> Self {
        Random { state: seed }
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A value from `low` to `high`, both included, each as likely as the others.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        let span = high.wrapping_sub(low).wrapping_add(1);
        if span == 0 {
            return self.next_u64();
        }
        let zone = u64::MAX - u64::MAX % span;
        loop {
            let v = self.next_u64();
            if v < zone {
                return low + v % span;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_and_the_range_holds() {
        let mut a = Random::seeded(7);
        let mut b = Random::seeded(7);
        for _ in 0..1000 {
            let v = a.between(3, 9);
            assert!((3..=9).contains(&v));
            assert_eq!(v, b.between(3, 9));
        }
    }
}
