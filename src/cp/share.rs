//! SET SHARE: how the processor is divided among the virtual machines that want it (z/VM CP Planning and
//! Administration, "Allocating Processors"; CP Commands: SET SHARE).

use crate::cp::guest::Guest;
use crate::cp::words;

/// The share of a virtual machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// In proportion to the other relative shares, 1 to 10000.
    Relative(u16),
    /// Tenths of a percent of the processor, 1 to 1000.
    Absolute(u16),
}

/// What everybody has who was given nothing else.
const USUAL: u16 = 100;
/// All absolute shares together leave this much, in tenths of a percent, for the relative ones.
const LEFT: u64 = 10;
/// Weights are counted in thousandths of a relative share.
const FINE: u64 = 1000;

impl Default for Share {
    fn default() -> Self {
        Share::Relative(USUAL)
    }
}

impl Share {
    /// A relative share as it is written.
    pub fn relative(word: &[u8]) -> Option<Share> {
        let n = u16::try_from(words::decimal(word)?).ok()?;
        (1..=10_000).contains(&n).then_some(Share::Relative(n))
    }

    /// An absolute share as it is written: a percentage with at most one decimal place, and a percent sign.
    pub fn absolute(word: &[u8]) -> Option<Share> {
        let number = word.strip_suffix(b"%")?;
        let (whole, tenths) = match number.iter().position(|c| *c == b'.') {
            Some(at) => (&number[..at], &number[at + 1..]),
            None => (number, b"0".as_slice()),
        };
        if tenths.len() != 1 {
            return None;
        }
        let n = words::decimal(whole)?.checked_mul(10)?;
        let n = u16::try_from(n.checked_add(words::decimal(tenths)?)?).ok()?;
        (1..=1000).contains(&n).then_some(Share::Absolute(n))
    }

    /// As QUERY SHARE shows it.
    pub fn show(self) -> String {
        match self {
            Share::Relative(n) => format!("RELATIVE SHARE = {n:>5}"),
            Share::Absolute(n) => format!("ABSOLUTE SHARE = {:>3}.{}%", n / 10, n % 10),
        }
    }
}

/// The weights of the virtual machines that want to run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weights {
    count: u64,
    relative: u64,
    absolute: u64,
}

impl Weights {
    /// Those of these virtual machines.
    pub fn of<'a>(guests: impl Iterator<Item = &'a Guest>) -> Weights {
        let mut out = Weights::default();
        guests.for_each(|g| out.add(g.share));
        out
    }

    fn add(&mut self, share: Share) {
        self.count += 1;
        match share {
            Share::Relative(n) => self.relative += u64::from(n),
            Share::Absolute(n) => self.absolute += u64::from(n),
        }
    }

    /// The weight of a share among these. An absolute one takes its part of the whole, the relative ones
    /// divide what is left.
    fn weight(&self, share: Share) -> u64 {
        match share {
            Share::Relative(n) => u64::from(n) * FINE,
            Share::Absolute(n) if self.relative == 0 => u64::from(n) * FINE,
            Share::Absolute(n) => {
                let left = 1000u64.saturating_sub(self.absolute).max(LEFT);
                u64::from(n) * self.relative * FINE / left
            }
        }
    }

    fn total(&self) -> u64 {
        let all = match self.relative {
            0 => self.absolute * FINE,
            n => {
                n * FINE
                    + self.absolute * n * FINE / 1000u64.saturating_sub(self.absolute).max(LEFT)
            }
        };
        all.max(1)
    }

    /// The slice of a virtual machine, when one of all with the same share is `budget`.
    pub fn slice(&self, guest: &Guest, budget: u64) -> u64 {
        self.part(guest.share, budget)
    }

    fn part(&self, share: Share, budget: u64) -> u64 {
        let all = u128::from(budget) * u128::from(self.count.max(1));
        let part = all * u128::from(self.weight(share)) / u128::from(self.total());
        u64::try_from(part).unwrap_or(u64::MAX).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_as_they_are_written() {
        assert_eq!(Share::relative(b"300"), Some(Share::Relative(300)));
        assert_eq!(Share::relative(b"0"), None);
        assert_eq!(Share::relative(b"10001"), None);
        assert_eq!(Share::absolute(b"12.5%"), Some(Share::Absolute(125)));
        assert_eq!(Share::absolute(b"100%"), Some(Share::Absolute(1000)));
        for bad in [
            b"101%".as_slice(),
            b"0%",
            b"5",
            b"1.25%",
            b"%",
            b"99999999999999999999%",
        ] {
            assert_eq!(Share::absolute(bad), None);
        }
    }

    fn parts(shares: &[Share]) -> Vec<u64> {
        let mut weights = Weights::default();
        shares.iter().for_each(|s| weights.add(*s));
        shares.iter().map(|s| weights.part(*s, 1000)).collect()
    }

    #[test]
    fn relative_shares_divide_what_there_is() {
        use Share::Relative;
        assert_eq!(parts(&[Relative(100)]), [1000]);
        assert_eq!(parts(&[Relative(100), Relative(100)]), [1000, 1000]);
        assert_eq!(parts(&[Relative(300), Relative(100)]), [1500, 500]);
        assert_eq!(parts(&[Relative(1), Relative(10_000)]), [1, 1999]);
    }

    #[test]
    fn an_absolute_share_is_a_part_of_the_whole() {
        use Share::{Absolute, Relative};
        assert_eq!(
            parts(&[Absolute(500), Relative(100), Relative(100)]),
            [1500, 750, 750]
        );
        assert_eq!(parts(&[Absolute(250), Absolute(750)]), [500, 1500]);
        // More than there is is taken in proportion, and never everything.
        let all = parts(&[Absolute(1000), Relative(100)]);
        assert!(all[1] > 0 && all[0] > 100 * all[1] / 2, "{all:?}");
    }
}
