//! CRC: cyclic redundancy codes of 16 and 32 bits.

use super::codes;
use crate::base::Record;
use crate::base::codepage::CodePage;
use crate::base::msg::fpl;
use crate::pipe::args::{Args, Fault};
use crate::pipe::filter::{Emit, Filter, Flow};
use crate::pipe::stage::Body;

/// A code as it is defined.
#[derive(Clone, Copy)]
struct Algorithm {
    bits: u32,
    polynomial: u32,
    preload: u32,
    /// Whether the bits of each byte, and those of the result, are mirrored.
    reflect_in: bool,
    reflect_out: bool,
    xor_out: u32,
    /// Whether the length is added behind the data, as cksum(1) has it.
    length: bool,
}

const CRC16: Algorithm = Algorithm {
    bits: 16,
    polynomial: 0x8005,
    preload: 0,
    reflect_in: true,
    reflect_out: true,
    xor_out: 0,
    length: false,
};

const CKSUM: Algorithm = Algorithm {
    bits: 32,
    polynomial: 0x04c1_1db7,
    preload: 0,
    reflect_in: false,
    reflect_out: false,
    xor_out: u32::MAX,
    length: true,
};

const NAMED: &[(&str, Algorithm)] = &[
    (
        "CRC-32",
        Algorithm {
            preload: u32::MAX,
            reflect_in: true,
            reflect_out: true,
            length: false,
            ..CKSUM
        },
    ),
    ("CRC-16", CRC16),
    (
        "CRC-16I",
        Algorithm {
            preload: 0xffff,
            ..CRC16
        },
    ),
    (
        "CCITT-16",
        Algorithm {
            polynomial: 0x1021,
            preload: 0xffff,
            reflect_in: false,
            reflect_out: false,
            ..CRC16
        },
    ),
    ("CKSUM", CKSUM),
];

/// A code that is being computed.
struct Code {
    algorithm: Algorithm,
    table: [u32; 256],
    value: u32,
    length: u64,
}

fn mirror(value: u32, bits: u32) -> u32 {
    value.reverse_bits() >> (32 - bits)
}

impl Code {
    fn new(algorithm: Algorithm) -> Code {
        let top = 1u32 << (algorithm.bits - 1);
        let table = std::array::from_fn(|n| {
            let mut value = u32::try_from(n).unwrap_or(0) << (algorithm.bits - 8);
            for _ in 0..8 {
                let carry = value & top != 0;
                value <<= 1;
                if carry {
                    value ^= algorithm.polynomial;
                }
            }
            value
        });
        Code {
            algorithm,
            table,
            value: algorithm.preload,
            length: 0,
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        for &b in bytes {
            self.feed(match self.algorithm.reflect_in {
                true => b.reverse_bits(),
                false => b,
            });
        }
    }

    fn feed(&mut self, b: u8) {
        let top = self.value >> (self.algorithm.bits - 8);
        let [.., low] = top.to_be_bytes();
        self.value = (self.value << 8) ^ self.table[usize::from(low ^ b)];
    }

    /// The code so far; the next one begins anew.
    fn take(&mut self) -> Vec<u8> {
        if self.algorithm.length {
            let mut left = self.length;
            while left > 0 {
                let [low, ..] = left.to_le_bytes();
                self.feed(low);
                left >>= 8;
            }
        }
        let bits = self.algorithm.bits;
        let mut value = self.value & (u32::MAX >> (32 - bits));
        if self.algorithm.reflect_out {
            value = mirror(value, bits);
        }
        value ^= self.algorithm.xor_out;
        self.value = self.algorithm.preload;
        self.length = 0;
        let skip = if bits == 16 { 2 } else { 0 };
        value.to_be_bytes()[skip..].to_vec()
    }
}

struct Crc {
    code: Code,
    page: CodePage,
    append: bool,
    each: bool,
    first: bool,
    secondary: bool,
}

pub fn crc(args: &mut Args<'_>) -> Result<Body, Fault> {
    let (mut append, mut each, mut first, mut length) = (false, false, false, false);
    loop {
        if args.keyword("APPEND") {
            append = true;
        } else if args.keyword("EACHrecord") {
            each = true;
            first |= args.keyword("CRCFIRST");
        } else if args.keyword("ADDLENgth") {
            length = true;
        } else {
            break;
        }
    }
    let named = args.choice(NAMED);
    let mut algorithm = match named {
        Some(algorithm) => algorithm,
        None => match args.choice(&[("16-BIT", 16), ("32-BIT", 32)]) {
            Some(bits) => custom(args, bits)?,
            None => NAMED[0].1,
        },
    };
    if let Some(word) = args.peek() {
        return Err(Fault::new(&fpl::FPLSCA111E, &[word]));
    }
    algorithm.length |= length;
    Ok(Body::filter(Crc {
        code: Code::new(algorithm),
        page: args.page,
        append,
        each,
        first,
        secondary: false,
    }))
}

fn custom(args: &mut Args<'_>, bits: u32) -> Result<Algorithm, Fault> {
    let mut algorithm = Algorithm {
        bits,
        polynomial: hex(args, bits)?,
        preload: 0,
        reflect_in: false,
        reflect_out: false,
        xor_out: 0,
        length: false,
    };
    loop {
        if args.keyword("ADDLENgth") {
            algorithm.length = true;
        } else if args.keyword("COMPLEMENT") {
            algorithm.xor_out ^= u32::MAX >> (32 - bits);
        } else if args.keyword("PRELOAD") {
            algorithm.preload = hex(args, bits)?;
        } else if args.keyword("REFLIN") {
            algorithm.reflect_in = true;
        } else if args.keyword("REFLOUT") {
            algorithm.reflect_out = true;
        } else if args.keyword("XOROUT") {
            algorithm.xor_out ^= hex(args, bits)?;
        } else {
            return Ok(algorithm);
        }
    }
}

fn hex(args: &mut Args<'_>, bits: u32) -> Result<u32, Fault> {
    let word = args.need()?;
    let text = std::str::from_utf8(word).unwrap_or("");
    let value = u32::from_str_radix(text, 16).ok();
    let value = value.filter(|v| bits == 32 || *v <= 0xffff);
    value.ok_or_else(|| Fault::new(&fpl::FPLSCA065E, &[word]))
}

impl Filter for Crc {
    fn start(&mut self, outputs: &[bool]) {
        self.secondary = outputs.len() > 1;
    }

    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        self.code.update(&codes::of(self.page, record));
        if !self.each {
            if self.append || self.secondary {
                out.put(0, record.clone());
            }
            return Flow::More;
        }
        let code = codes::record(self.page, self.code.take());
        if self.append {
            let parts = match self.first {
                true => [&code[..], &record[..]],
                false => [&record[..], &code[..]],
            };
            out.put(0, Record::from(parts.concat()));
        } else if self.secondary {
            out.put(0, record.clone());
            out.put(1, code);
        } else {
            out.put(0, code);
        }
        Flow::More
    }

    fn finish(&mut self, out: &mut Emit) {
        if !self.each {
            let code = codes::record(self.page, self.code.take());
            out.put(usize::from(self.secondary && !self.append), code);
        }
    }
}
