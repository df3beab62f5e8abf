//! Operands worth trying: the edges of integers, of binary floating point and of packed decimal numbers.

/// A repeatable stream of numbers (splitmix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// True `n` times in a hundred.
    pub fn percent(&mut self, n: u64) -> bool {
        self.below(100) < n
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }

    pub fn bytes(&mut self, n: usize) -> Vec<u8> {
        (0..n).map(|_| self.next() as u8).collect()
    }
}

/// An integer in a register.
pub fn integer(dice: &mut Dice) -> u64 {
    match dice.below(12) {
        0 => 0,
        1 => 1,
        2 => u64::MAX,
        3 => dice.pick(&[
            0x8000_0000_0000_0000,
            0x7FFF_FFFF_FFFF_FFFF,
            0x8000_0000,
            0x7FFF_FFFF,
            0xFFFF_FFFF,
            0xFFFF_FFFF_8000_0000,
            0xFFFF_FFFF_0000_0000,
            0x1_0000_0000,
            0x7FFF_FFFF_8000_0000,
            0x8000_0000_7FFF_FFFF,
            0x8000_0000_8000_0000,
        ]),
        4 => dice.below(16),
        5 => dice.below(256).wrapping_neg(),
        6 => half(dice) << 32 | half(dice),
        7 => dice.next() >> dice.below(64),
        8 => 1 << dice.below(64),
        9 => (1u64 << dice.below(64)).wrapping_neg(),
        _ => dice.next(),
    }
}

fn half(dice: &mut Dice) -> u64 {
    match dice.below(4) {
        0 => dice.pick(&[0, 1, 0xFFFF_FFFF, 0x8000_0000, 0x7FFF_FFFF]),
        1 => dice.below(100),
        _ => dice.next() >> 32,
    }
}

/// The three binary floating-point formats.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Float {
    Short,
    Long,
    Extended,
}

impl Float {
    /// Width, bits of the fraction, bias.
    fn shape(self) -> (u32, u32, i64) {
        match self {
            Float::Short => (32, 23, 127),
            Float::Long => (64, 52, 1023),
            Float::Extended => (128, 112, 16383),
        }
    }

    /// A number, right-aligned.
    pub fn number(self, dice: &mut Dice) -> u128 {
        let (width, fraction, bias) = self.shape();
        let top = (1i64 << (width - 1 - fraction)) - 1;
        let mask = (1u128 << fraction) - 1;
        let random = (u128::from(dice.next()) << 64 | u128::from(dice.next())) & mask;
        let long_run = match dice.below(6) {
            0 => 0,
            1 => mask,
            2 => random & (u128::MAX << dice.below(113)) & mask,
            3 => mask & !((1u128 << dice.below(u64::from(fraction))) - 1),
            4 => 1u128 << dice.below(u64::from(fraction)),
            _ => random,
        };
        let exponent = match dice.below(16) {
            0 => 0,
            1 => top,
            2 => 1,
            3 => top - 1,
            4 => bias + dice.below(70) as i64 - 2,
            5 => bias + dice.below(140) as i64 - 70,
            6 => dice.below(u64::from(fraction) * 2) as i64 % (top - 1) + 1,
            7 => (top - 1 - dice.below(u64::from(fraction) * 2) as i64).max(1),
            8 => bias / 2 + dice.below(8) as i64,
            9 => bias + bias / 2 + dice.below(8) as i64,
            // What a narrower format can just hold.
            10 => bias + dice.pick(&[-1074, -1023, -1022, -149, -126, -127, 127, 128, 1023, 1024]),
            _ => bias + dice.below(12) as i64 - 6,
        };
        let exponent = exponent.clamp(0, top);
        let fraction_bits = match (exponent == top, dice.below(3)) {
            (true, 0) => 0,
            (true, 1) => long_run | 1 << (fraction - 1),
            (true, _) => long_run & (mask >> 1),
            (false, 0) if exponent == 0 => 0,
            _ => long_run,
        };
        let sign = u128::from(dice.next() & 1) << (width - 1);
        sign | (exponent as u128) << fraction | fraction_bits
    }
}

/// A packed decimal number in `n` bytes; now and then not one.
pub fn packed(dice: &mut Dice, n: usize) -> Vec<u8> {
    let mut v: Vec<u8> = match dice.below(4) {
        0 => vec![0; n],
        1 => vec![0x99; n],
        _ => (0..n)
            .map(|_| (dice.below(10) << 4 | dice.below(10)) as u8)
            .collect(),
    };
    let zeros = dice.below(n as u64 + 1) as usize;
    v[..zeros].fill(0);
    let sign = dice.pick(&[0xC, 0xD, 0xF, 0xA, 0xB, 0xE, 0xC, 0xD]);
    v[n - 1] = v[n - 1] & 0xF0 | sign;
    if dice.percent(8) {
        let at = dice.below(n as u64) as usize;
        v[at] = dice.next() as u8;
    }
    v
}
