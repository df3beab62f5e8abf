//! Magnitudes of any length in base 10^9: the integer kernel below the long path of the decimal
//! arithmetic. Least significant limb first, no zero limb on top, nothing at all for zero.

use std::cmp::Ordering;

use super::large;

/// A magnitude.
pub(super) type Limbs = Vec<u32>;

/// The base of the limbs.
const BASE: u64 = 1_000_000_000;
/// How many decimal digits a limb holds.
const WIDTH: usize = 9;
/// How many products of two limbs, and as many carries, a `u64` column takes before it overflows.
const COLUMN_ROOM: usize = 16;

/// Ten to the power of 0 to 9.
const POW10: [u32; 10] = [
    1,
    10,
    100,
    1000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
    1_000_000_000,
];

fn trim(v: &mut Limbs) {
    while v.last() == Some(&0) {
        v.pop();
    }
}

/// The magnitude of a machine number.
pub(super) fn from_u128(mut v: u128) -> Limbs {
    let mut out = Limbs::with_capacity(5);
    while v > 0 {
        out.push((v % u128::from(BASE)) as u32);
        v /= u128::from(BASE);
    }
    out
}

/// The machine number of a magnitude, when it is below 10^19.
pub(super) fn to_u64(v: &[u32]) -> Option<u64> {
    match *v {
        [] => Some(0),
        [a] => Some(u64::from(a)),
        [a, b] => Some(u64::from(b) * BASE + u64::from(a)),
        [a, b, c] if c < 10 => Some((u64::from(c) * BASE + u64::from(b)) * BASE + u64::from(a)),
        _ => None,
    }
}

/// The magnitude of ASCII digits.
pub(super) fn from_digits(text: &[u8]) -> Limbs {
    let mut out = Limbs::with_capacity(text.len() / WIDTH + 1);
    for chunk in text.rchunks(WIDTH) {
        out.push(chunk.iter().fold(0, |n, d| n * 10 + u32::from(d - b'0')));
    }
    trim(&mut out);
    out
}

/// Appends the ASCII digits; `0` for zero.
pub(super) fn write_digits(v: &[u32], out: &mut Vec<u8>) {
    let Some((&top, rest)) = v.split_last() else {
        out.push(b'0');
        return;
    };
    out.reserve(v.len() * WIDTH);
    let mut chunk = [0u8; WIDTH];
    write_limb(top, &mut chunk);
    out.extend_from_slice(&chunk[WIDTH - limb_digits(top)..]);
    for &limb in rest.iter().rev() {
        write_limb(limb, &mut chunk);
        out.extend_from_slice(&chunk);
    }
}

fn write_limb(limb: u32, out: &mut [u8; WIDTH]) {
    let pair = |out: &mut [u8], v: u32| {
        out[0] = b'0' + (v / 10) as u8;
        out[1] = b'0' + (v % 10) as u8;
    };
    let (high, low) = (limb / 10_000, limb % 10_000);
    pair(&mut out[7..], low % 100);
    pair(&mut out[5..], low / 100);
    let (top, high) = (high / 10_000, high % 10_000);
    pair(&mut out[3..], high % 100);
    pair(&mut out[1..], high / 100);
    out[0] = b'0' + top as u8;
}

fn limb_digits(limb: u32) -> usize {
    POW10.iter().position(|&p| limb < p).unwrap_or(10)
}

/// How many decimal digits there are; 0 for zero.
pub(super) fn digits(v: &[u32]) -> usize {
    v.last()
        .map_or(0, |&top| (v.len() - 1) * WIDTH + limb_digits(top))
}

/// Which of the two is the greater.
pub(super) fn compare(a: &[u32], b: &[u32]) -> Ordering {
    a.len()
        .cmp(&b.len())
        .then_with(|| a.iter().rev().cmp(b.iter().rev()))
}

/// `a + b`.
pub(super) fn add(a: &[u32], b: &[u32]) -> Limbs {
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let mut out = Limbs::with_capacity(long.len() + 1);
    let mut carry = 0;
    for (i, &x) in long.iter().enumerate() {
        let sum = x + short.get(i).copied().unwrap_or(0) + carry;
        carry = u32::from(sum >= BASE as u32);
        out.push(sum - carry * BASE as u32);
    }
    if carry > 0 {
        out.push(carry);
    }
    out
}

/// `a - b`, where `a` is not below `b`.
pub(super) fn sub(a: &[u32], b: &[u32]) -> Limbs {
    let mut out = Limbs::with_capacity(a.len());
    let mut borrow = 0;
    for (i, &x) in a.iter().enumerate() {
        let take = b.get(i).copied().unwrap_or(0) + borrow;
        borrow = u32::from(x < take);
        out.push(x + borrow * BASE as u32 - take);
    }
    trim(&mut out);
    out
}

/// `v + 1`.
pub(super) fn increment(v: &mut Limbs) {
    for limb in v.iter_mut() {
        *limb += 1;
        if *limb < BASE as u32 {
            return;
        }
        *limb = 0;
    }
    v.push(1);
}

/// `a * b`.
pub(super) fn mul(a: &[u32], b: &[u32]) -> Limbs {
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    match *short {
        [] => return Limbs::new(),
        [one] => return mul_limb(long, one),
        _ if short.len() >= large::SPLIT => return large::mul(long, short),
        _ => {}
    }
    mul_plain(a, b)
}

/// `a * b`, digit by digit.
pub(super) fn mul_plain(a: &[u32], b: &[u32]) -> Limbs {
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    // Columns are carried only every sixteen rows, so that the inner loop has no division.
    let mut columns = vec![0u64; a.len() + b.len()];
    for (block, rows) in short.chunks(COLUMN_ROOM).enumerate() {
        let base = block * COLUMN_ROOM;
        for (i, &x) in rows.iter().enumerate() {
            let x = u64::from(x);
            let at = base + i;
            for (column, &y) in columns[at..at + long.len()].iter_mut().zip(long) {
                *column += x * u64::from(y);
            }
        }
        carry_columns(&mut columns[base..]);
    }
    let mut out: Limbs = columns.iter().map(|&c| c as u32).collect();
    trim(&mut out);
    out
}

fn carry_columns(columns: &mut [u64]) {
    let mut carry = 0;
    for column in columns {
        let sum = *column + carry;
        carry = sum / BASE;
        *column = sum - carry * BASE;
    }
}

fn mul_limb(a: &[u32], by: u32) -> Limbs {
    let mut out = Limbs::with_capacity(a.len() + 1);
    let mut carry = 0;
    for &x in a {
        let product = u64::from(x) * u64::from(by) + carry;
        carry = product / BASE;
        out.push((product - carry * BASE) as u32);
    }
    if carry > 0 {
        out.push(carry as u32);
    }
    trim(&mut out);
    out
}

/// Divides in place by a limb that is not zero; the remainder.
pub(super) fn div_limb(a: &mut Limbs, by: u32) -> u32 {
    let by = u64::from(by);
    // Multiplying by the reciprocal gives the quotient or one less, and is much faster than dividing.
    let reciprocal = u64::MAX / by;
    let mut rest = 0;
    for x in a.iter_mut().rev() {
        let now = rest * BASE + u64::from(*x);
        let mut q = ((u128::from(now) * u128::from(reciprocal)) >> 64) as u64;
        rest = now - q * by;
        while rest >= by {
            rest -= by;
            q += 1;
        }
        *x = q as u32;
    }
    trim(a);
    rest as u32
}

/// `a / b` and what remains, for `b` that is not zero.
pub(super) fn div_rem(a: &[u32], b: &[u32]) -> (Limbs, Limbs) {
    let many = large::HALVES;
    if b.len() < many || a.len() < b.len() + many {
        return div_rem_plain(a, b);
    }
    let scale = normal_scale(b);
    let (quotient, mut rest) = large::div_rem(&mul_limb(a, scale), &mul_limb(b, scale));
    div_limb(&mut rest, scale);
    (quotient, rest)
}

/// What makes the top limb of a divisor at least half the base.
fn normal_scale(b: &[u32]) -> u32 {
    let top = b.last().copied().unwrap_or(1);
    (BASE / (u64::from(top) + 1)) as u32
}

/// The same, digit by digit (Knuth, algorithm D).
pub(super) fn div_rem_plain(a: &[u32], b: &[u32]) -> (Limbs, Limbs) {
    if compare(a, b) == Ordering::Less {
        return (Limbs::new(), a.to_vec());
    }
    if let [one] = *b {
        let mut q = a.to_vec();
        let rest = div_limb(&mut q, one);
        let rest = if rest == 0 { Limbs::new() } else { vec![rest] };
        return (q, rest);
    }
    // Scale both so that the divisor's top limb is at least half the base.
    let scale = normal_scale(b);
    let divisor = mul_limb(b, scale);
    let mut rest = mul_limb(a, scale);
    rest.resize(a.len() + 1, 0);
    let n = divisor.len();
    let mut quotient = vec![0; rest.len() - n];
    for j in (0..quotient.len()).rev() {
        let guess = estimate(&rest[j..=j + n], &divisor);
        quotient[j] = subtract_multiple(&mut rest[j..=j + n], &divisor, guess);
    }
    trim(&mut quotient);
    trim(&mut rest);
    div_limb(&mut rest, scale);
    (quotient, rest)
}

/// The next quotient limb, right or one too great.
fn estimate(window: &[u32], divisor: &[u32]) -> u32 {
    let n = divisor.len();
    let (v1, v2) = (u64::from(divisor[n - 1]), u64::from(divisor[n - 2]));
    let head = u64::from(window[n]) * BASE + u64::from(window[n - 1]);
    let mut q = head / v1;
    let mut r = head - q * v1;
    while q >= BASE || q * v2 > r * BASE + u64::from(window[n - 2]) {
        q -= 1;
        r += v1;
        if r >= BASE {
            break;
        }
    }
    q as u32
}

/// Takes `q` times the divisor from the window; the `q` that was right.
fn subtract_multiple(window: &mut [u32], divisor: &[u32], q: u32) -> u32 {
    let mut carry = 0u64;
    for (w, &d) in window.iter_mut().zip(divisor) {
        let product = u64::from(q) * u64::from(d) + carry;
        carry = product / BASE;
        let low = (product - carry * BASE) as u32;
        if *w < low {
            *w += BASE as u32;
            carry += 1;
        }
        *w -= low;
    }
    let n = divisor.len();
    if u64::from(window[n]) >= carry {
        window[n] -= carry as u32;
        return q;
    }
    // One too many: add the divisor back; the carry out of it cancels the borrow.
    let mut up = 0;
    for (w, &d) in window.iter_mut().zip(divisor) {
        let sum = *w + d + up;
        up = u32::from(sum >= BASE as u32);
        *w = sum - up * BASE as u32;
    }
    window[n] = 0;
    q - 1
}

/// `v * 10^places`.
pub(super) fn shift_left(v: &[u32], places: usize) -> Limbs {
    if v.is_empty() {
        return Limbs::new();
    }
    let (limbs, odd) = (places / WIDTH, places % WIDTH);
    let mut out = Limbs::with_capacity(v.len() + limbs + 1);
    out.resize(limbs, 0);
    if odd == 0 {
        out.extend_from_slice(v);
    } else {
        out.extend(mul_limb(v, POW10[odd]));
    }
    out
}

/// `v / 10^places`, the rest dropped.
pub(super) fn shift_right(v: &[u32], places: usize) -> Limbs {
    let (limbs, odd) = (places / WIDTH, places % WIDTH);
    let Some(kept) = v.get(limbs..) else {
        return Limbs::new();
    };
    if odd == 0 {
        return kept.to_vec();
    }
    let (low, high) = (POW10[odd], POW10[WIDTH - odd]);
    let mut out: Limbs = kept
        .iter()
        .zip(kept.iter().skip(1).chain(std::iter::once(&0)))
        .map(|(&x, &above)| x / low + above % low * high)
        .collect();
    trim(&mut out);
    out
}

/// The decimal digit that counts 10^place.
pub(super) fn digit_at(v: &[u32], place: usize) -> u32 {
    v.get(place / WIDTH)
        .map_or(0, |limb| limb / POW10[place % WIDTH] % 10)
}

/// How many zeros the decimal digits end with; 0 for zero.
pub(super) fn trailing_zeros(v: &[u32]) -> usize {
    let Some(limbs) = v.iter().position(|&limb| limb != 0) else {
        return 0;
    };
    let mut limb = v[limbs];
    let mut count = limbs * WIDTH;
    while limb.is_multiple_of(10) {
        limb /= 10;
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::Random;

    fn some(random: &mut Random, limbs: u64) -> Limbs {
        let n = random.between(0, limbs);
        let mut v: Limbs = (0..n)
            .map(|_| match random.between(0, 3) {
                // Limbs at the edges provoke the rare corrections of the division.
                0 => 0,
                1 => BASE as u32 - 1,
                _ => random.between(0, BASE - 1) as u32,
            })
            .collect();
        trim(&mut v);
        v
    }

    #[test]
    fn division_undoes_multiplication() {
        let mut random = Random::seeded(1);
        for _ in 0..20_000 {
            let (a, b, c) = (
                some(&mut random, 40),
                some(&mut random, 20),
                some(&mut random, 20),
            );
            if b.is_empty() {
                continue;
            }
            let (q, r) = div_rem(&a, &b);
            assert_eq!(compare(&r, &b), Ordering::Less);
            assert_eq!(add(&mul(&q, &b), &r), a);
            assert_eq!(mul(&add(&a, &c), &b), add(&mul(&a, &b), &mul(&c, &b)));
            assert_eq!(sub(&add(&a, &b), &b), a);
        }
    }

    #[test]
    fn shifts_and_digits_agree_with_the_text() {
        let mut random = Random::seeded(2);
        for _ in 0..2_000 {
            let v = some(&mut random, 6);
            let mut text = Vec::new();
            write_digits(&v, &mut text);
            assert_eq!(from_digits(&text), v);
            let n = random.between(0, 40) as usize;
            let mut longer = text.clone();
            longer.resize(text.len() + n, b'0');
            assert_eq!(shift_left(&v, n), from_digits(&longer));
            let kept = text.len().saturating_sub(n);
            assert_eq!(shift_right(&v, n), from_digits(&text[..kept]));
            if !v.is_empty() {
                assert_eq!(digits(&v), text.len());
                let zeros = text.iter().rev().take_while(|&&d| d == b'0').count();
                assert_eq!(trailing_zeros(&v), zeros);
                let at = text.len() - 1 - n.min(text.len() - 1);
                let place = text.len() - 1 - at;
                assert_eq!(digit_at(&v, place), u32::from(text[at] - b'0'));
            }
        }
    }
}
