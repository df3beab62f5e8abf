//! Check sums: DIGEST, CRC, TCPCKSUM
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs").

mod crc;

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::{Delay, PLAIN, Row, codes, filter};
use crate::base::Record;
use crate::base::codepage::CodePage;
use crate::base::msg::fpl;
use crate::pipe::args::{Args, Fault};
use crate::pipe::filter::{Emit, Filter, Flow, Map};
use crate::pipe::stage::Body;

pub const TABLE: &[Row] = &[
    Row {
        names: "DIGEST",
        operands: "{MD5 | SHA1 | SHA256 | SHA384 | SHA512} [APPEND | VERIFY]",
        doc: "Writes the digest of all records at end of file, to the secondary output when there is one; VERIFY compares it with the last record.",
        outputs: 2,
        delay: Delay::Buffers,
        make: digest,
        example: (
            "literal abc|digest md5|specs 1-* c2x 1|console",
            &["900150983CD24FB0D6963F7D28E17F72"],
        ),
        ..PLAIN
    },
    Row {
        names: "CRC",
        operands: "{APPEND | EACHrecord [CRCFIRST] | ADDLENgth} [CRC-32 | CRC-16 | CRC-16I | CCITT-16 | CKSUM | {16-BIT | 32-BIT} hex {ADDLENgth | COMPLEMENT | PRELOAD hex | REFLIN | REFLOUT | XOROUT hex}]",
        doc: "Writes the cyclic redundancy code of all records, or of each.",
        outputs: 2,
        delay: Delay::Buffers,
        make: crc::crc,
        example: (
            "literal 123456789|crc crc-32|specs 1-* c2x 1|console",
            &["CBF43926"],
        ),
        ..PLAIN
    },
    Row {
        names: "TCPCKSUM TCPCHSUM",
        operands: "",
        doc: "Writes the Internet check sum of each record: the complement of the sum of its halfwords.",
        make: |a| {
            a.end()?;
            let page = a.page;
            filter(Map(move |r: &Record| {
                let sum = internet(&codes::of(page, r));
                codes::record(page, sum.to_be_bytes().to_vec())
            }))
        },
        example: (
            "strliteral x4500003c|tcpcksum|specs 1-* c2x 1|console",
            &["BAC3"],
        ),
        ..PLAIN
    },
];

/// The Internet check sum (RFC 1071).
fn internet(bytes: &[u8]) -> u16 {
    let mut sum = 0u64;
    for pair in bytes.chunks(2) {
        let low = pair.get(1).copied().unwrap_or(0);
        sum += u64::from(u16::from_be_bytes([pair[0], low]));
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or(0)
}

/// A digest that is being made.
#[derive(Clone)]
enum Hash {
    Md5(Md5),
    Sha1(Sha1),
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
}

impl Hash {
    fn update(&mut self, bytes: &[u8]) {
        match self {
            Hash::Md5(h) => h.update(bytes),
            Hash::Sha1(h) => h.update(bytes),
            Hash::Sha256(h) => h.update(bytes),
            Hash::Sha384(h) => h.update(bytes),
            Hash::Sha512(h) => h.update(bytes),
        }
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Hash::Md5(h) => h.finalize().to_vec(),
            Hash::Sha1(h) => h.finalize().to_vec(),
            Hash::Sha256(h) => h.finalize().to_vec(),
            Hash::Sha384(h) => h.finalize().to_vec(),
            Hash::Sha512(h) => h.finalize().to_vec(),
        }
    }
}

/// What becomes of the records.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Data {
    /// They are dropped; the digest alone is written.
    Dropped,
    /// They are passed, the digest is the last record.
    Passed,
    /// They are passed; the last one is the digest to compare with.
    Verified,
}

struct Digester {
    hash: Hash,
    page: CodePage,
    data: Data,
    /// The output stream of the digest.
    to: usize,
    held: Option<Record>,
}

fn digest(args: &mut Args<'_>) -> Result<Body, Fault> {
    let word = args.need()?;
    let hash = match word.to_ascii_uppercase().as_slice() {
        b"MD5" => Hash::Md5(Md5::new()),
        b"SHA1" | b"SHA-1" => Hash::Sha1(Sha1::new()),
        b"SHA256" | b"SHA-256" => Hash::Sha256(Sha256::new()),
        b"SHA384" | b"SHA-384" => Hash::Sha384(Sha384::new()),
        b"SHA512" | b"SHA-512" => Hash::Sha512(Sha512::new()),
        _ => return Err(Fault::new(&fpl::FPLSCA111E, &[word])),
    };
    let data = args.choice(&[("APPEND", Data::Passed), ("VERIFY", Data::Verified)]);
    args.end()?;
    filter(Digester {
        hash,
        page: args.page,
        data: data.unwrap_or(Data::Dropped),
        to: 0,
        held: None,
    })
}

impl Filter for Digester {
    fn start(&mut self, outputs: &[bool]) {
        if outputs.len() > 1 && self.data == Data::Dropped {
            self.data = Data::Passed;
            self.to = 1;
        }
    }

    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        if self.data == Data::Verified {
            if let Some(held) = self.held.replace(record.clone()) {
                self.hash.update(&codes::of(self.page, &held));
                out.put(0, held);
            }
            return Flow::More;
        }
        self.hash.update(&codes::of(self.page, record));
        if self.data == Data::Passed {
            out.put(0, record.clone());
        }
        Flow::More
    }

    fn finish(&mut self, out: &mut Emit) {
        let digest = codes::record(self.page, self.hash.clone().finish());
        match (self.data, self.held.take()) {
            (Data::Verified, held) => {
                if held.as_ref() != Some(&digest) {
                    out.fail(Fault::new(&fpl::FPLDIG1549E, &[]));
                }
            }
            _ => out.put(self.to, digest),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::base::codepage::CodePage;
    use crate::pipe::tests::{check, check_in};

    #[test]
    fn digests() {
        for (name, hex) in [
            ("md5", "900150983CD24FB0D6963F7D28E17F72"),
            ("sha1", "A9993E364706816ABA3E25717850C26C9CD0D89D"),
            (
                "sha256",
                "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
            ),
        ] {
            // The boundaries of records do not count.
            for input in ["abc", "a b c"] {
                check(
                    &format!("literal {input}|split|digest {name}|specs 1-* c2x 1|console"),
                    0,
                    &[hex],
                );
            }
        }
        check("literal abc|digest sha384|count bytes|console", 0, &["48"]);
        check("literal abc|digest sha512|count bytes|console", 0, &["64"]);
        check(
            "literal a b|split|digest md5 append|count lines|console",
            0,
            &["3"],
        );
        check(
            "(end ?) literal abc|d: digest md5|console ? d: |specs 1.2 c2x 1|console",
            0,
            &["abc", "9001"],
        );
        check(
            "literal a b|split|digest md5 append|digest md5 verify|console",
            0,
            &["a", "b"],
        );
        check("literal a b|split|digest md5 verify|console", -1549, &["a"]);
        check("literal a|digest crc|console", -111, &[]);
        check("literal a|digest|console", -11, &[]);
        // In a session with EBCDIC the digest is that of the codes.
        check_in(
            CodePage::Ibm1047,
            "strliteral x616263|digest md5|specs 1-* c2x 1|console",
            0,
            &["900150983CD24FB0D6963F7D28E17F72"],
        );
    }

    #[test]
    fn check_sums() {
        for (operands, hex) in [
            ("", "CBF43926"),
            ("crc-16", "BB3D"),
            ("ccitt-16", "29B1"),
            ("crc-16i", "4B37"),
            ("cksum", "377A6011"),
            ("16-bit 1021 preload ffff", "29B1"),
            (
                "32-bit 04c11db7 preload ffffffff reflin reflout complement",
                "CBF43926",
            ),
            ("32-bit 04c11db7 addlength xorout ffffffff", "377A6011"),
        ] {
            check(
                &format!("literal 123456789|crc {operands}|specs 1-* c2x 1|console"),
                0,
                &[hex],
            );
        }
        check(
            "literal a b|split|crc each crc-16|specs 1-* c2x 1|console",
            0,
            &["E8C1", "E981"],
        );
        check(
            "literal ab|crc append each crc-16|chop 2|console",
            0,
            &["ab"],
        );
        check(
            "literal ab|crc append each crcfirst crc-16|specs 3.2 1|console",
            0,
            &["ab"],
        );
        check(
            "literal a b|split|crc append|count lines|console",
            0,
            &["3"],
        );
        check(
            "(end ?) literal 123456789|c: crc|console ? c: |specs 1-* c2x 1|console",
            0,
            &["123456789", "CBF43926"],
        );
        check("literal a|crc nonsense|console", -111, &[]);
        check("literal a|crc 16-bit xyz|console", -65, &[]);
    }

    #[test]
    fn internet_check_sum() {
        check(
            "strliteral x0001f203f4f5f6f7|tcpcksum|specs 1-* c2x 1|console",
            0,
            &["220D"],
        );
        check(
            "strliteral x01|tcpcksum|specs 1-* c2x 1|console",
            0,
            &["FEFF"],
        );
    }
}
