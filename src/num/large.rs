//! Multiplication and division of magnitudes of thousands of digits: Karatsuba's product, and division
//! by halves built on it (Brent and Zimmermann, *Modern Computer Arithmetic*, sections 1.3.2 and 1.4.3).

use std::cmp::Ordering;

use super::NumError;
use super::limbs::{self, Limbs};

/// From this many limbs on of the shorter operand a product is cut in three.
pub(super) const SPLIT: usize = 48;
/// From this many limbs on a quotient is had by halves.
pub(super) const HALVES: usize = 96;
/// How many products of two limbs one operation may take: some seconds' work that nothing could stop.
const MOST_WORK: usize = 1 << 33;

/// Refuses an operation on magnitudes of so many limbs when it would not end in reasonable time.
///
/// # Errors
/// [`NumError::TooMuch`].
pub(super) fn bounded(a: usize, b: usize) -> Result<(), NumError> {
    let (long, short) = (a.max(b), a.min(b));
    let mut piece = short;
    // Each halving takes three products for four.
    let mut work = long.saturating_mul(short);
    while piece > SPLIT {
        piece /= 2;
        work = work / 4 * 3;
    }
    if work > MOST_WORK {
        return Err(NumError::TooMuch);
    }
    Ok(())
}

/// The same for work that takes every limb with every other one.
///
/// # Errors
/// [`NumError::TooMuch`].
pub(super) fn bounded_plain(a: usize, b: usize) -> Result<(), NumError> {
    if a.saturating_mul(b) > MOST_WORK / 4 {
        return Err(NumError::TooMuch);
    }
    Ok(())
}

/// Without zero limbs on top.
fn trimmed(mut v: &[u32]) -> &[u32] {
    while let [rest @ .., 0] = v {
        v = rest;
    }
    v
}

/// The limbs below and from `at` on.
fn cut(v: &[u32], at: usize) -> (&[u32], &[u32]) {
    let (low, high) = v.split_at(at.min(v.len()));
    (trimmed(low), high)
}

/// `high * base^at + low`, where `low` has at most `at` limbs.
fn joined(high: &[u32], low: &[u32], at: usize) -> Limbs {
    if high.is_empty() {
        return trimmed(low).to_vec();
    }
    let mut out = low.to_vec();
    out.resize(at, 0);
    out.extend_from_slice(high);
    out
}

/// `long * short`, both longer than [`SPLIT`].
pub(super) fn mul(long: &[u32], short: &[u32]) -> Limbs {
    let half = long.len().div_ceil(2);
    if short.len() <= half {
        // Far from equal: the longer one in pieces of the shorter one's length.
        let mut out = Limbs::new();
        for piece in long.chunks(short.len()).rev() {
            let product = limbs::mul(trimmed(piece), short);
            let (low, carry) = cut(&product, short.len());
            out = joined(&limbs::add(&out, carry), low, short.len());
        }
        return trimmed(&out).to_vec();
    }
    let (a0, a1) = cut(long, half);
    let (b0, b1) = cut(short, half);
    let low = limbs::mul(a0, b0);
    let high = limbs::mul(a1, b1);
    let both = limbs::mul(&limbs::add(a0, a1), &limbs::add(b0, b1));
    let middle = limbs::sub(&limbs::sub(&both, &low), &high);
    let (low, carry) = cut(&low, half);
    let middle = limbs::add(&middle, carry);
    let (middle, carry) = cut(&middle, half);
    let high = limbs::add(&high, carry);
    joined(&joined(&high, middle, half), low, half)
}

/// `a / b` and what remains; the top limb of `b` is at least half the base.
pub(super) fn div_rem(a: &[u32], b: &[u32]) -> (Limbs, Limbs) {
    let n = b.len();
    // The quotient in pieces of the divisor's length, from the top.
    let mut quotient = Limbs::new();
    let mut rest: Limbs = Limbs::new();
    for piece in a.chunks(n).rev() {
        rest = joined(&rest, piece, piece.len());
        let (q, r) = halves(&rest, b);
        quotient = joined(&quotient, &q, piece.len());
        rest = r;
    }
    (trimmed(&quotient).to_vec(), rest)
}

/// The same for a quotient not longer than the divisor.
fn halves(a: &[u32], b: &[u32]) -> (Limbs, Limbs) {
    if limbs::compare(a, b) == Ordering::Less {
        return (Limbs::new(), a.to_vec());
    }
    let m = a.len() - b.len();
    if m < HALVES {
        return limbs::div_rem_plain(a, b);
    }
    let k = m / 2;
    let (b0, b1) = cut(b, k);
    // The upper half of the quotient, guessed from the upper limbs, then the lower half.
    let (low, high) = cut(a, 2 * k);
    let (mut q1, r1) = halves(high, b1);
    let rest = joined(&r1, low, 2 * k);
    let rest = corrected(rest, &mut q1, b0, b, k);
    let (low, high) = cut(&rest, k);
    let (mut q0, r0) = halves(high, b1);
    let rest = joined(&r0, low, k);
    let rest = corrected(rest, &mut q0, b0, b, 0);
    // A guess one too great has been corrected: the lower half fits its place.
    let (low, carry) = cut(&q0, k);
    (joined(&limbs::add(&q1, carry), low, k), rest)
}

/// `rest - q * b0 * base^at`, with `q` lowered until that is not negative; each time `b * base^at` comes
/// back.
fn corrected(rest: Limbs, q: &mut Limbs, b0: &[u32], b: &[u32], at: usize) -> Limbs {
    let take = joined(&limbs::mul(q, b0), &[], at);
    let mut rest = rest;
    while limbs::compare(&rest, &take) == Ordering::Less {
        *q = limbs::sub(q, &[1]);
        rest = limbs::add(&rest, &joined(b, &[], at));
    }
    limbs::sub(&rest, &take)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::Random;

    fn some(random: &mut Random, most: u64) -> Limbs {
        let n = random.between(0, most);
        let kind = random.between(0, 2);
        let v: Limbs = (0..n)
            .map(|_| match random.between(0, 9) {
                // Long runs of zeros and of nines provoke the rare corrections.
                0..8 if kind == 0 => 0,
                0..8 if kind == 1 => 999_999_999,
                _ => random.between(0, 999_999_999) as u32,
            })
            .collect();
        trimmed(&v).to_vec()
    }

    #[test]
    fn long_products_and_quotients_are_the_plain_ones() {
        let mut random = Random::seeded(4);
        for turn in 0..300 {
            let most = if turn % 10 == 0 { 1500 } else { 400 };
            let (a, b) = (some(&mut random, most), some(&mut random, 400));
            let product = limbs::mul(&a, &b);
            assert_eq!(product, limbs::mul_plain(&a, &b));
            if b.is_empty() {
                continue;
            }
            let c = some(&mut random, b.len() as u64);
            let a = limbs::add(&product, &c);
            let (q, r) = limbs::div_rem(&a, &b);
            assert_eq!(limbs::compare(&r, &b), Ordering::Less);
            assert_eq!((q, r), limbs::div_rem_plain(&a, &b));
        }
    }

    #[test]
    fn work_without_end_is_refused() {
        let digits = |n: usize| n / 9;
        assert_eq!(bounded(digits(1_000_000), digits(1_000_000)), Ok(()));
        assert_eq!(bounded(digits(100_000_000), 1), Ok(()));
        assert_eq!(
            bounded(digits(100_000_000), digits(100_000_000)),
            Err(NumError::TooMuch)
        );
    }
}
