//! Binary floating point in integers: every format and rounding mode, exact flags
//! (Principles of Operation, chapter 19).
//!
//! A finite number is a 127-bit fraction with its top bit on and an exponent; the lowest bit also stands for
//! everything below it that is not zero (sticky), which no rounding position of the three formats reaches.

use crate::machine::bits::{low8, low64};

/// A format: bits of exponent and of fraction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shape {
    exponent: u32,
    fraction: u32,
}

/// 32 bits.
pub const SHORT: Shape = Shape {
    exponent: 8,
    fraction: 23,
};
/// 64 bits.
pub const LONG: Shape = Shape {
    exponent: 11,
    fraction: 52,
};
/// 128 bits.
pub const EXTENDED: Shape = Shape {
    exponent: 15,
    fraction: 112,
};

impl Shape {
    fn bias(self) -> i32 {
        (1 << (self.exponent - 1)) - 1
    }

    fn sign(self) -> u128 {
        1 << (self.exponent + self.fraction)
    }

    /// Bits of the significand, the one before the point included.
    fn precision(self) -> u32 {
        self.fraction + 1
    }

    /// What the exponent of a trapped overflow or underflow is moved by.
    fn wrap(self) -> i32 {
        3 << (self.exponent - 2)
    }

    /// The same for LOAD ROUNDED, whose trapped result stays in this, the source format.
    fn load_rounded_wrap(self) -> i32 {
        1 << (self.exponent - 2)
    }
}

/// Rounding modes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// To nearest, ties to even.
    Nearest,
    /// Toward zero.
    Zero,
    /// Toward plus infinity.
    Up,
    /// Toward minus infinity.
    Down,
    /// To nearest, ties away from zero.
    Away,
    /// To prepare for shorter precision: an inexact result gets its last bit on.
    Shorter,
}

/// The flags and masks of the floating-point control register, as its first two bytes have them.
pub const INVALID: u8 = 0x80;
const ZERO_DIVIDE: u8 = 0x40;
const OVERFLOW: u8 = 0x20;
const UNDERFLOW: u8 = 0x10;
const INEXACT: u8 = 0x08;

/// What kind of datum.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Zero.
    Zero,
    /// Finite, not zero.
    Finite,
    /// Infinity.
    Infinity,
    /// Quiet NaN.
    Quiet,
    /// Signaling NaN.
    Signaling,
}

/// A number taken apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Number {
    /// What it is.
    pub kind: Kind,
    /// The sign bit.
    pub negative: bool,
    exponent: i32,
    /// Top bit at 126; of a NaN, the fraction left-aligned below it.
    fraction: u128,
}

/// The top bit of a fraction.
const TOP: u128 = 1 << 126;

/// An operation in progress: modes and masks going in, flags coming out.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// The rounding mode.
    pub mode: Mode,
    /// Exceptions that trap (FPC byte 0).
    pub masks: u8,
    /// Exceptions found that do not trap (FPC byte 1).
    pub flags: u8,
    /// The data-exception code of a trap that completes the operation.
    pub trap: Option<u8>,
    /// Inexact results are no exception (XxC, the inexact-suppression control of a modifier field).
    pub suppress_inexact: bool,
}

/// An exception that suppresses the operation: its data-exception code.
pub type Trap = u8;

/// What LOAD ROUNDED gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rounded {
    /// A datum of the target format.
    Target(u128),
    /// A trapped result, in the format of the source.
    Source(u128),
}

/// What DIVIDE TO INTEGER gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Divided {
    /// The integer quotient, in the operands' format.
    pub quotient: u128,
    /// The remainder.
    pub remainder: u128,
    /// The condition code.
    pub cc: u8,
}

/// Shifts right keeping what falls off as a lowest bit.
fn sticky(v: u128, n: u32) -> u128 {
    if n == 0 {
        return v;
    }
    if n > 127 {
        return u128::from(v != 0);
    }
    v >> n | u128::from(v & ((1 << n) - 1) != 0)
}

impl Number {
    /// Takes the bits of a format apart.
    pub fn unpack(bits: u128, shape: Shape) -> Number {
        let negative = bits & shape.sign() != 0;
        let fraction = bits & ((1 << shape.fraction) - 1);
        let biased = low64(bits >> shape.fraction) & ((1 << shape.exponent) - 1);
        let aligned = fraction << (126 - shape.fraction);
        let special = (1 << shape.exponent) - 1;
        let (kind, exponent, fraction) = match (biased, fraction) {
            (0, 0) => (Kind::Zero, 0, 0),
            (0, _) => {
                let up = aligned.leading_zeros() - 1;
                let e = 1 - shape.bias() - i32::try_from(up).unwrap_or(0);
                (Kind::Finite, e, aligned << up)
            }
            (e, 0) if e == special => (Kind::Infinity, 0, 0),
            (e, f) if e == special => {
                if f >> (shape.fraction - 1) != 0 {
                    (Kind::Quiet, 0, aligned)
                } else {
                    (Kind::Signaling, 0, aligned)
                }
            }
            (e, _) => {
                let e = i32::try_from(e).unwrap_or(0) - shape.bias();
                (Kind::Finite, e, aligned | TOP)
            }
        };
        Number {
            kind,
            negative,
            exponent,
            fraction,
        }
    }

    /// Whether it is a NaN of either kind.
    pub fn is_nan(&self) -> bool {
        matches!(self.kind, Kind::Quiet | Kind::Signaling)
    }

    /// Whether bits of a format are a subnormal number.
    pub fn is_subnormal(bits: u128, shape: Shape) -> bool {
        let biased = bits >> shape.fraction & ((1 << shape.exponent) - 1);
        biased == 0 && bits & ((1 << shape.fraction) - 1) != 0
    }

    /// An integer.
    pub fn from_integer(v: i128) -> Number {
        Number::from_magnitude(v.unsigned_abs(), v < 0, 0)
    }

    /// A magnitude below 2^127 times a power of two.
    fn from_magnitude(magnitude: u128, negative: bool, power: i32) -> Number {
        if magnitude == 0 {
            return Number::zero(negative);
        }
        let up = magnitude.leading_zeros().saturating_sub(1);
        Number {
            kind: Kind::Finite,
            negative,
            exponent: 126 + power - i32::try_from(up).unwrap_or(0),
            fraction: magnitude << up,
        }
    }

    fn zero(negative: bool) -> Number {
        Number {
            kind: Kind::Zero,
            negative,
            exponent: 0,
            fraction: 0,
        }
    }

    /// The same with the other sign; a NaN stays as it is.
    pub fn negated(self) -> Number {
        Number {
            negative: self.negative == self.is_nan(),
            ..self
        }
    }

    fn with_kind(kind: Kind, negative: bool) -> Number {
        Number {
            kind,
            negative,
            exponent: 0,
            fraction: if kind == Kind::Quiet { TOP >> 1 } else { 0 },
        }
    }
}

impl Context {
    /// Whether an exception traps; if not it becomes a flag.
    fn raise(&mut self, exception: u8) -> bool {
        if self.masks & exception != 0 {
            return true;
        }
        self.flags |= exception;
        false
    }

    /// An invalid operation: suppressed when it traps, else the default NaN.
    fn invalid(&mut self) -> Result<Number, Trap> {
        if self.raise(INVALID) {
            return Err(INVALID);
        }
        Ok(Number::with_kind(Kind::Quiet, false))
    }

    /// The NaN that an operation with NaN operands gives: the first signaling one made quiet, else the
    /// first quiet one.
    pub fn nan(&mut self, operands: &[Number]) -> Result<Number, Trap> {
        let signaling = operands.iter().find(|n| n.kind == Kind::Signaling);
        if let Some(n) = signaling {
            if self.raise(INVALID) {
                return Err(INVALID);
            }
            return Ok(Number {
                kind: Kind::Quiet,
                fraction: n.fraction | TOP >> 1,
                ..*n
            });
        }
        match operands.iter().find(|n| n.is_nan()) {
            Some(n) => Ok(*n),
            None => self.invalid(),
        }
    }

    /// Rounds to a format.
    pub fn pack(&mut self, n: Number, shape: Shape) -> u128 {
        let sign = if n.negative { shape.sign() } else { 0 };
        let infinity = ((1u128 << shape.exponent) - 1) << shape.fraction;
        match n.kind {
            Kind::Zero => sign,
            Kind::Infinity => sign | infinity,
            Kind::Quiet | Kind::Signaling => {
                let fraction = n.fraction >> (126 - shape.fraction);
                sign | infinity | fraction & ((1 << shape.fraction) - 1)
            }
            Kind::Finite => sign | self.round(n, shape),
        }
    }

    /// Whether dropping `rest` of `half * 2` rounds the magnitude up.
    fn rounds_up(&self, negative: bool, odd: bool, rest: u128, half: u128) -> bool {
        match self.mode {
            Mode::Nearest => rest > half || rest == half && odd,
            Mode::Away => rest >= half,
            Mode::Zero => false,
            Mode::Up => rest != 0 && !negative,
            Mode::Down => rest != 0 && negative,
            Mode::Shorter => rest != 0 && !odd,
        }
    }

    fn round(&mut self, n: Number, shape: Shape) -> u128 {
        let least = 1 - shape.bias();
        let tiny = n.exponent < least;
        let drop = 126 - shape.fraction;
        if tiny && self.masks & UNDERFLOW != 0 {
            return self.trapped(n, shape, UNDERFLOW, shape.wrap());
        }
        let extra = if tiny {
            u32::try_from(least - n.exponent).unwrap_or(0)
        } else {
            0
        };
        let fraction = sticky(n.fraction, extra);
        let (kept, inexact, up) = self.cut(fraction, drop, n.negative);
        let mut exponent = if tiny { least - 1 } else { n.exponent };
        let mut kept = kept;
        if kept >> (shape.fraction + 1) != 0 {
            kept >>= 1;
            exponent += 1;
        }
        if exponent > shape.bias() {
            if self.masks & OVERFLOW != 0 {
                return self.trapped(n, shape, OVERFLOW, -shape.wrap());
            }
            self.flags |= OVERFLOW;
            self.note_inexact(up);
            let infinity = ((1u128 << shape.exponent) - 1) << shape.fraction;
            let to_infinity = match self.mode {
                Mode::Nearest | Mode::Away => true,
                Mode::Zero | Mode::Shorter => false,
                Mode::Up => !n.negative,
                Mode::Down => n.negative,
            };
            return if to_infinity { infinity } else { infinity - 1 };
        }
        if inexact {
            if tiny {
                self.flags |= UNDERFLOW;
            }
            self.note_inexact(up);
        }
        if tiny {
            // A subnormal that was rounded up to the least normal number has its bit in the right place.
            return kept;
        }
        let biased = u128::from((exponent + shape.bias()).unsigned_abs());
        (biased << shape.fraction) + (kept - (1 << shape.fraction))
    }

    /// Drops the low bits of a fraction: what is kept, whether anything was lost, and whether it went up.
    fn cut(&self, fraction: u128, drop: u32, negative: bool) -> (u128, bool, bool) {
        let rest = fraction & ((1 << drop) - 1);
        let kept = fraction >> drop;
        let half = 1u128 << (drop - 1);
        let up = self.rounds_up(negative, kept & 1 != 0, rest, half);
        (kept + u128::from(up), rest != 0, up)
    }

    fn note_inexact(&mut self, up: bool) {
        if self.suppress_inexact {
            return;
        }
        if self.raise(INEXACT) && self.trap.is_none() {
            self.trap = Some(if up { 0x0C } else { 0x08 });
        }
    }

    /// LOAD ROUNDED: rounds to the narrower format `to`. When overflow or underflow traps, the result is
    /// the source rounded to the precision of the target, its exponent moved, in the format of the source;
    /// otherwise it is in the format `to`.
    pub fn load_rounded(&mut self, n: Number, from: Shape, to: Shape) -> Rounded {
        if n.kind != Kind::Finite {
            return Rounded::Target(self.pack(n, to));
        }
        let bits = self.pack(n, to);
        let by = match self.trap {
            Some(dxc) if dxc & OVERFLOW != 0 => -from.load_rounded_wrap(),
            Some(dxc) if dxc & UNDERFLOW != 0 => from.load_rounded_wrap(),
            _ => return Rounded::Target(bits),
        };
        let (kept, ..) = self.cut(n.fraction, 126 - to.fraction, n.negative);
        let moved = Number::from_magnitude(
            kept,
            n.negative,
            n.exponent + by - i32::try_from(to.fraction).unwrap_or(0),
        );
        // It has fewer bits than the format holds: nothing is rounded here.
        Rounded::Source(self.pack(moved, from))
    }

    /// A trapped overflow or underflow: the result with its exponent moved into range.
    fn trapped(&mut self, n: Number, shape: Shape, exception: u8, by: i32) -> u128 {
        let drop = 126 - shape.fraction;
        let (mut kept, inexact, up) = self.cut(n.fraction, drop, n.negative);
        let mut exponent = n.exponent + by;
        if kept >> (shape.fraction + 1) != 0 {
            kept >>= 1;
            exponent += 1;
        }
        let detail = match (inexact, up) {
            (false, _) => 0,
            (true, false) => 0x08,
            (true, true) => 0x0C,
        };
        self.trap = Some(exception | detail);
        let limit = (1 << shape.exponent) - 2;
        let biased = u128::from((exponent + shape.bias()).clamp(1, limit).unsigned_abs());
        (biased << shape.fraction) + (kept - (1 << shape.fraction))
    }

    /// Sum.
    pub fn add(&mut self, a: Number, b: Number) -> Result<Number, Trap> {
        if a.is_nan() || b.is_nan() {
            return self.nan(&[a, b]);
        }
        match (a.kind, b.kind) {
            (Kind::Infinity, Kind::Infinity) if a.negative != b.negative => self.invalid(),
            (Kind::Infinity, _) => Ok(a),
            (_, Kind::Infinity) => Ok(b),
            (Kind::Zero, Kind::Zero) if a.negative == b.negative => Ok(a),
            (Kind::Zero, Kind::Zero) => Ok(Number::zero(self.mode == Mode::Down)),
            (Kind::Zero, _) => Ok(b),
            (_, Kind::Zero) => Ok(a),
            _ => Ok(self.add_finite(a, b)),
        }
    }

    fn add_finite(&self, a: Number, b: Number) -> Number {
        let (big, small) = if (a.exponent, a.fraction) >= (b.exponent, b.fraction) {
            (a, b)
        } else {
            (b, a)
        };
        let apart = u32::try_from(big.exponent - small.exponent).unwrap_or(u32::MAX);
        let other = sticky(small.fraction, apart.min(128));
        if big.negative == small.negative {
            let sum = big.fraction + other;
            if sum >> 127 != 0 {
                return Number {
                    exponent: big.exponent + 1,
                    fraction: sticky(sum, 1),
                    ..big
                };
            }
            return Number {
                fraction: sum,
                ..big
            };
        }
        let difference = big.fraction - other;
        if difference == 0 {
            return Number::zero(self.mode == Mode::Down);
        }
        let up = difference.leading_zeros() - 1;
        Number {
            exponent: big.exponent - i32::try_from(up).unwrap_or(0),
            fraction: difference << up,
            ..big
        }
    }

    /// Product.
    pub fn multiply(&mut self, a: Number, b: Number) -> Result<Number, Trap> {
        if a.is_nan() || b.is_nan() {
            return self.nan(&[a, b]);
        }
        let negative = a.negative != b.negative;
        match (a.kind, b.kind) {
            (Kind::Infinity, Kind::Zero) | (Kind::Zero, Kind::Infinity) => self.invalid(),
            (Kind::Infinity, _) | (_, Kind::Infinity) => {
                Ok(Number::with_kind(Kind::Infinity, negative))
            }
            (Kind::Zero, _) | (_, Kind::Zero) => Ok(Number::zero(negative)),
            _ => {
                let (fraction, carry) = multiply_fractions(a.fraction, b.fraction);
                Ok(Number {
                    kind: Kind::Finite,
                    negative,
                    exponent: a.exponent + b.exponent + carry,
                    fraction,
                })
            }
        }
    }

    /// Product and sum with one rounding: `a * b + c`.
    pub fn multiply_add(&mut self, a: Number, b: Number, c: Number) -> Result<Number, Trap> {
        if a.is_nan() || b.is_nan() || c.is_nan() {
            let infinite_zero = matches!(
                (a.kind, b.kind),
                (Kind::Infinity, Kind::Zero) | (Kind::Zero, Kind::Infinity)
            );
            if infinite_zero {
                // The product comes first, whatever the addend.
                return self.invalid();
            }
            return self.nan(&[a, b, c]);
        }
        let product = self.multiply(a, b)?;
        if product.is_nan() {
            return Ok(product);
        }
        self.add(product, c)
    }

    /// Quotient.
    pub fn divide(&mut self, a: Number, b: Number) -> Result<Number, Trap> {
        if a.is_nan() || b.is_nan() {
            return self.nan(&[a, b]);
        }
        let negative = a.negative != b.negative;
        match (a.kind, b.kind) {
            (Kind::Infinity, Kind::Infinity) | (Kind::Zero, Kind::Zero) => self.invalid(),
            (Kind::Infinity, _) => Ok(Number::with_kind(Kind::Infinity, negative)),
            (_, Kind::Infinity) | (Kind::Zero, _) => Ok(Number::zero(negative)),
            (_, Kind::Zero) => {
                if self.raise(ZERO_DIVIDE) {
                    return Err(ZERO_DIVIDE);
                }
                Ok(Number::with_kind(Kind::Infinity, negative))
            }
            _ => {
                let (fraction, borrow) = divide_fractions(a.fraction, b.fraction);
                Ok(Number {
                    kind: Kind::Finite,
                    negative,
                    exponent: a.exponent - b.exponent - borrow,
                    fraction,
                })
            }
        }
    }

    /// Square root.
    pub fn square_root(&mut self, a: Number) -> Result<Number, Trap> {
        if a.is_nan() {
            return self.nan(&[a]);
        }
        match a.kind {
            Kind::Zero => Ok(a),
            _ if a.negative => self.invalid(),
            Kind::Infinity => Ok(a),
            _ => {
                let odd = a.exponent.rem_euclid(2);
                Ok(Number {
                    exponent: (a.exponent - odd) / 2,
                    fraction: root(a.fraction, odd == 1),
                    ..a
                })
            }
        }
    }

    /// Rounds to an integral value; the inexact flag is left to the caller: (value, inexact, went up).
    fn integral(&self, a: Number) -> (u128, bool, bool) {
        if a.exponent < -1 {
            let up = self.rounds_up(a.negative, false, 1, 2);
            return (u128::from(up), true, up);
        }
        let drop = u32::try_from(126 - a.exponent).unwrap_or(0);
        if drop == 0 {
            return (a.fraction, false, false);
        }
        self.cut(a.fraction, drop, a.negative)
    }

    /// LOAD FP INTEGER.
    pub fn round_to_integral(&mut self, a: Number) -> Result<Number, Trap> {
        if a.is_nan() {
            return self.nan(&[a]);
        }
        // With an exponent of 113 or more every number is an integer.
        if a.kind != Kind::Finite || a.exponent >= 113 {
            return Ok(a);
        }
        let (v, inexact, up) = self.integral(a);
        if inexact {
            self.note_inexact(up);
        }
        if v == 0 {
            return Ok(Number::zero(a.negative));
        }
        let whole = Number::from_integer(i128::try_from(v).unwrap_or(0));
        Ok(Number {
            negative: a.negative,
            ..whole
        })
    }

    /// To an integer between `least` and `most`: the value and whether it fitted. What does not fit is
    /// invalid, and inexact as well.
    pub fn round_to_integer(
        &mut self,
        a: Number,
        least: i128,
        most: i128,
    ) -> Result<(i128, bool), Trap> {
        let limit = if a.negative { least } else { most };
        let v = match a.kind {
            Kind::Zero => return Ok((0, true)),
            Kind::Quiet | Kind::Signaling => return self.out_of_range(least),
            Kind::Infinity => return self.out_of_range(limit),
            Kind::Finite if a.exponent > 70 => return self.out_of_range(limit),
            Kind::Finite => self.integral(a),
        };
        let (magnitude, inexact, up) = v;
        let magnitude = i128::try_from(magnitude).unwrap_or(i128::MAX);
        let v = if a.negative { -magnitude } else { magnitude };
        if v > most || v < least {
            return self.out_of_range(limit);
        }
        if inexact {
            self.note_inexact(up);
        }
        Ok((v, true))
    }

    fn out_of_range(&mut self, v: i128) -> Result<(i128, bool), Trap> {
        if self.raise(INVALID) {
            return Err(INVALID);
        }
        self.note_inexact(false);
        Ok((v, false))
    }

    /// DIVIDE TO INTEGER: `quotient_mode` rounds the quotient, the context's own mode the remainder.
    pub fn divide_to_integer(
        &mut self,
        a: Number,
        b: Number,
        quotient_mode: Mode,
        shape: Shape,
    ) -> Result<Divided, Trap> {
        let negative = a.negative != b.negative;
        let special = match (a.kind, b.kind) {
            _ if a.is_nan() || b.is_nan() => Some(self.nan(&[a, b])?),
            (Kind::Infinity, _) | (_, Kind::Zero) => Some(self.invalid()?),
            _ => None,
        };
        if let Some(nan) = special {
            let bits = self.pack(nan, shape);
            return Ok(Divided {
                quotient: bits,
                remainder: bits,
                cc: 1,
            });
        }
        if a.kind == Kind::Zero || b.kind == Kind::Infinity {
            let quotient = self.pack(Number::zero(negative), shape);
            return Ok(Divided {
                quotient,
                remainder: self.pack(a, shape),
                cc: 0,
            });
        }
        let (magnitude, power, last) = whole_quotient(a, b, shape, |odd, rest, half| {
            let by = Context {
                mode: quotient_mode,
                ..*self
            };
            by.rounds_up(negative, odd, rest, half)
        });
        let mut quotient = Number::from_magnitude(magnitude, negative, power);
        let remainder = self.remainder(a, b, quotient);
        // A quotient too large for the format is delivered with its exponent moved, and is no exception.
        let overflow = quotient.kind == Kind::Finite && quotient.exponent > shape.bias();
        if overflow {
            quotient.exponent -= shape.wrap();
        }
        let complete = last || remainder.kind == Kind::Zero;
        let exact = Context {
            masks: 0,
            flags: 0,
            trap: None,
            ..*self
        };
        Ok(Divided {
            quotient: { exact }.pack(quotient, shape),
            remainder: self.pack(remainder, shape),
            cc: u8::from(overflow) | if complete { 0 } else { 2 },
        })
    }

    /// `a - b * q`, with a sticky lowest bit; a zero has the sign of `a`.
    fn remainder(&self, a: Number, b: Number, q: Number) -> Number {
        if q.kind == Kind::Zero {
            return a;
        }
        // The two are nearly equal or `a` is the smaller, so the exact product is subtracted.
        let (fraction, carry) = multiply_fractions(b.fraction, q.fraction);
        let product = Number {
            kind: Kind::Finite,
            negative: !a.negative,
            exponent: b.exponent + q.exponent + carry,
            fraction,
        };
        let rest = self.add_finite(a, product);
        if rest.kind == Kind::Zero {
            return Number::zero(a.negative);
        }
        rest
    }
}

/// How two numbers that are no NaNs are ordered.
pub fn order(a: &Number, b: &Number) -> std::cmp::Ordering {
    let rank = |n: &Number| {
        let magnitude = match n.kind {
            Kind::Zero => return (0, 0, 0),
            Kind::Infinity => (2, 0, 0),
            _ => (
                1,
                i64::from(n.exponent),
                i128::try_from(n.fraction).unwrap_or(0),
            ),
        };
        if n.negative {
            (-magnitude.0, -magnitude.1, -magnitude.2)
        } else {
            magnitude
        }
    };
    rank(a).cmp(&rank(b))
}

/// The magnitude of the quotient of two finite numbers as an integer times a power of two, and whether it
/// is the last one: rounded to an integer when that has no more bits than the format, else cut to the
/// format's precision. `rounds_up` is told whether what is kept is odd, what is left, and what half would be.
fn whole_quotient(
    a: Number,
    b: Number,
    shape: Shape,
    rounds_up: impl Fn(bool, u128, u128) -> bool,
) -> (u128, i32, bool) {
    let (fraction, borrow) = divide_fractions(a.fraction, b.fraction);
    let exponent = a.exponent - b.exponent - borrow;
    let precision = i32::try_from(shape.precision()).unwrap_or(0);
    if exponent >= precision {
        let drop = 127 - shape.precision();
        return (fraction >> drop, exponent - (precision - 1), false);
    }
    if exponent < -1 {
        // Less than a half.
        return (u128::from(rounds_up(false, 1, 2)), 0, true);
    }
    let drop = u32::try_from(126 - exponent).unwrap_or(0);
    let rest = fraction & ((1 << drop) - 1);
    let kept = fraction >> drop;
    let up = rounds_up(kept & 1 != 0, rest, 1 << (drop - 1));
    (kept + u128::from(up), 0, true)
}

/// The product of two fractions, normalized, and whether the exponent goes up by one.
fn multiply_fractions(a: u128, b: u128) -> (u128, i32) {
    let half = |v: u128| (v >> 64, u128::from(low64(v)));
    let ((ah, al), (bh, bl)) = (half(a), half(b));
    let low = al * bl;
    let middle = ah * bl + (low >> 64);
    let (middle, carry) = middle.overflowing_add(al * bh);
    let high = ah * bh + (middle >> 64) + (u128::from(carry) << 64);
    let rest = middle << 64 | u128::from(low64(low));
    // The product's top bit is 252 or 253: take 127 bits from there.
    if high >> 125 != 0 {
        let v = high << 1 | rest >> 127;
        (v | u128::from(rest << 1 != 0), 1)
    } else {
        let v = high << 2 | rest >> 126;
        (v | u128::from(rest << 2 != 0), 0)
    }
}

/// The quotient of two fractions, normalized, and whether the exponent goes down by one.
fn divide_fractions(a: u128, b: u128) -> (u128, i32) {
    let (mut rest, borrow) = if a < b { (a << 1, 1) } else { (a, 0) };
    let mut quotient: u128 = 0;
    for _ in 0..127 {
        quotient <<= 1;
        if rest >= b {
            rest -= b;
            quotient |= 1;
        }
        rest <<= 1;
    }
    (quotient | u128::from(rest != 0), borrow)
}

/// The square root of a fraction (doubled when the exponent was odd), normalized.
fn root(fraction: u128, doubled: bool) -> u128 {
    // The radicand is fraction * 2^126 (or 2^127): pairs of its bits go through a restoring root.
    let mut result: u128 = 0;
    let mut rest: u128 = 0;
    let start: i32 = if doubled { 126 } else { 127 };
    let bit = |n: i32| match u32::try_from(n) {
        Ok(n) if n <= 126 => fraction >> n & 1,
        _ => 0,
    };
    for i in 0..127 {
        let high = start - 2 * i;
        let pair = bit(high) << 1 | bit(high - 1);
        // The remainder never needs more than 128 bits for 127 result bits.
        let test = result << 2 | 1;
        let (shifted, over) = (rest << 2 | pair, rest >> 126 != 0);
        result <<= 1;
        if over || shifted >= test {
            rest = shifted.wrapping_sub(test);
            result |= 1;
        } else {
            rest = shifted;
        }
    }
    result | u128::from(rest != 0)
}

/// The rounding mode of the floating-point control register.
pub fn mode_of(fpc: u32) -> Mode {
    match fpc & 7 {
        1 => Mode::Zero,
        2 => Mode::Up,
        3 => Mode::Down,
        7 => Mode::Shorter,
        _ => Mode::Nearest,
    }
}

/// The data-exception code as a byte of the floating-point control register wants it.
pub fn masks_of(fpc: u32) -> u8 {
    low8(u64::from(fpc >> 24)) & 0xF8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context() -> Context {
        Context {
            mode: Mode::Nearest,
            masks: 0,
            flags: 0,
            trap: None,
            suppress_inexact: false,
        }
    }

    fn samples() -> Vec<f64> {
        let mut out = vec![
            0.0,
            -0.0,
            1.0,
            -1.0,
            0.1,
            3.0,
            1e300,
            -1e-300,
            f64::MAX,
            f64::MIN_POSITIVE,
            5e-324,
            f64::INFINITY,
        ];
        let mut seed = 0x0123_4567_89AB_CDEFu64;
        for _ in 0..200 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            out.push(f64::from_bits(seed ^ seed >> 17));
        }
        out.retain(|v| !v.is_nan());
        out
    }

    /// Against the host, which rounds to nearest even as well.
    #[test]
    fn long_arithmetic_is_the_hosts() {
        let un = |v: f64| Number::unpack(u128::from(v.to_bits()), LONG);
        let check = |what: &str, a: f64, b: f64, n: Result<Number, Trap>, host: f64| {
            let mut c = context();
            let bits = c.pack(n.unwrap(), LONG);
            if host.is_nan() {
                assert_eq!(bits >> 51, 0xFFF, "{what} {a} {b}");
            } else {
                assert_eq!(bits, u128::from(host.to_bits()), "{what} {a:e} {b:e}");
            }
        };
        for a in samples() {
            for b in samples() {
                let mut c = context();
                check("+", a, b, c.add(un(a), un(b)), a + b);
                check("*", a, b, c.multiply(un(a), un(b)), a * b);
                check("/", a, b, c.divide(un(a), un(b)), a / b);
                check(
                    "fma",
                    a,
                    b,
                    c.multiply_add(un(a), un(b), un(b)),
                    a.mul_add(b, b),
                );
            }
            let mut c = context();
            check("sqrt", a, a, c.square_root(un(a)), a.sqrt());
            check(
                "rint",
                a,
                a,
                c.round_to_integral(un(a)),
                a.round_ties_even(),
            );
            let mut c = context();
            let short = c.pack(un(a), SHORT);
            #[allow(clippy::cast_possible_truncation)]
            let host = (a as f32).to_bits();
            assert_eq!(short, u128::from(host), "short {a}");
        }
    }
}
