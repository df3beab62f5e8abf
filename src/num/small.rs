//! Arithmetic on machine integers, for callers that keep small whole numbers as such. `None` always
//! means «not here»: take the general way with [`super::Number`], which also finds the errors.
//!
//! Both operands must be below `limit` in magnitude, which is [`limit`] of NUMERIC DIGITS: beyond it the
//! standard cuts operands and results, and that is the general way's affair.

/// The first magnitude that does not fit `digits` digits, at most 10^18.
#[inline]
pub const fn limit(digits: u32) -> i64 {
    10i64.pow(if digits < 18 { digits } else { 18 })
}

#[inline]
const fn fits(v: i64, limit: i64) -> bool {
    -limit < v && v < limit
}

/// `a + b`.
#[inline]
pub fn add(a: i64, b: i64, limit: i64) -> Option<i64> {
    let sum = a + b;
    (fits(sum, limit) && fits(a, limit) && fits(b, limit)).then_some(sum)
}

/// `a - b`.
#[inline]
pub fn sub(a: i64, b: i64, limit: i64) -> Option<i64> {
    let difference = a - b;
    (fits(difference, limit) && fits(a, limit) && fits(b, limit)).then_some(difference)
}

/// `a * b`.
#[inline]
pub fn mul(a: i64, b: i64, limit: i64) -> Option<i64> {
    let product = a.checked_mul(b)?;
    (fits(product, limit) && fits(a, limit) && fits(b, limit)).then_some(product)
}

/// `a / b` where the quotient is whole. A quotient that ends in zeros is fine: it fits DIGITS.
#[inline]
pub fn div(a: i64, b: i64, limit: i64) -> Option<i64> {
    if b == 0 || !fits(a, limit) || !fits(b, limit) || a % b != 0 {
        return None;
    }
    Some(a / b)
}

/// `a % b`.
#[inline]
pub fn int_div(a: i64, b: i64, limit: i64) -> Option<i64> {
    (b != 0 && fits(a, limit) && fits(b, limit)).then(|| a / b)
}

/// `a // b`.
#[inline]
pub fn rem(a: i64, b: i64, limit: i64) -> Option<i64> {
    (b != 0 && fits(a, limit) && fits(b, limit)).then(|| a % b)
}

/// `a ** b` for `b` that is not negative.
#[inline]
pub fn pow(a: i64, b: i64, limit: i64) -> Option<i64> {
    let b = u32::try_from(b).ok()?;
    let power = a.checked_pow(b)?;
    (fits(power, limit) && fits(a, limit) && fits(i64::from(b), limit)).then_some(power)
}

/// How `a` compares with `b` under FUZZ 0.
#[inline]
pub fn compare(a: i64, b: i64, limit: i64) -> Option<std::cmp::Ordering> {
    (fits(a, limit) && fits(b, limit)).then(|| a.cmp(&b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::{Number, Settings};

    #[test]
    fn agrees_with_the_general_way_or_declines() {
        let edge = [
            0,
            1,
            -1,
            7,
            10,
            99_999,
            100_000,
            999_999_999,
            -999_999_999,
            1_000_000_000,
        ];
        let settings = Settings::default();
        let limit = limit(9);
        type General = fn(&Number, &Number, &Settings) -> Result<Number, crate::num::NumError>;
        type Small = fn(i64, i64, i64) -> Option<i64>;
        let pairs: [(Small, General); 7] = [
            (add, Number::add),
            (sub, Number::sub),
            (mul, Number::mul),
            (div, Number::div),
            (int_div, Number::int_div),
            (rem, Number::rem),
            (pow, Number::pow),
        ];
        for (small, general) in pairs {
            for a in edge {
                for b in edge {
                    let Some(v) = small(a, b, limit) else {
                        continue;
                    };
                    let n = general(&Number::from(a), &Number::from(b), &settings).unwrap();
                    assert_eq!(n.format(&settings), v.to_string().into_bytes(), "{a} {b}");
                }
            }
        }
        assert_eq!(add(999_999_999, 1, limit), None);
        assert_eq!(div(7, 2, limit), None);
        assert_eq!(pow(2, 31, limit), None);
    }
}
