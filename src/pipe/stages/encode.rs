//! Encodings: 64ENCODE, 64DECODE, QPENCODE, QPDECODE, URLDEBLOCK, UTF, VCHAR, IP2SOCKA, SOCKA2IP
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs"; RFC 2045).

mod utf;

use std::net::{Ipv4Addr, SocketAddrV4};

use super::{Delay, PLAIN, Row, codes, filter};
use crate::base::Record;
use crate::base::codepage::CodePage;
use crate::base::msg::fpl;
use crate::pipe::args::{self, Args, Fault};
use crate::pipe::filter::{Each, Emit, Filter, Flow};
use crate::pipe::stage::Body;

pub const TABLE: &[Row] = &[
    Row {
        names: "64ENCODE ENCODE64",
        operands: "",
        doc: "Encodes all records as one stream of bytes in base 64, in lines of 76 characters.",
        delay: Delay::Buffers,
        make: |a| {
            a.end()?;
            let page = a.page;
            filter(Encode64 {
                page,
                held: Vec::new(),
            })
        },
        example: ("literal Hello|64encode|console", &["SGVsbG8="]),
        ..PLAIN
    },
    Row {
        names: "64DECODE DECODE64",
        operands: "",
        doc: "Decodes base 64; what is not of its alphabet is ignored.",
        make: |a| {
            a.end()?;
            let page = a.page;
            filter(Decode64 {
                page,
                bits: 0,
                count: 0,
            })
        },
        example: ("literal SGVsbG8=|64decode|console", &["Hello"]),
        ..PLAIN
    },
    Row {
        names: "QPENCODE",
        operands: "",
        doc: "Encodes records as quoted-printable lines of at most 76 characters.",
        make: |a| {
            a.end()?;
            let page = a.page;
            filter(Each(move |r: &Record, out: &mut Emit| {
                qpencode(page, r, out)
            }))
        },
        example: ("literal a=b|qpencode|console", &["a=3Db"]),
        ..PLAIN
    },
    Row {
        names: "QPDECODE",
        operands: "",
        doc: "Decodes quoted-printable lines; those that end in an equal sign are joined with the next.",
        delay: Delay::Buffers,
        make: |a| {
            a.end()?;
            filter(Qpdecode {
                page: a.page,
                line: None,
            })
        },
        example: ("literal a=3Db=|qpdecode|console", &["a=b"]),
        ..PLAIN
    },
    Row {
        names: "URLDEBLOCK",
        operands: "",
        doc: "Splits URL-encoded records at ampersands and decodes each part; those that are not valid go to the secondary output.",
        outputs: 2,
        make: |a| {
            a.end()?;
            let page = a.page;
            filter(Each(move |r: &Record, out: &mut Emit| {
                urldeblock(page, r, out)
            }))
        },
        example: ("literal a=1+2&b=%41|urldeblock|console", &["a=1 2", "b=A"]),
        ..PLAIN
    },
    Row {
        names: "UTF",
        operands: "[FROM] {8 | 16 | 32} [TO] {8 | 16 | 32}",
        doc: "Converts between UTF-8, UTF-16 and UTF-32; records that are not valid go to the secondary output.",
        outputs: 2,
        make: utf::utf,
        example: (
            "literal A|utf from 8 to 16|specs 1-* c2x 1|console",
            &["0041"],
        ),
        ..PLAIN
    },
    Row {
        names: "VCHAR",
        operands: "number number",
        doc: "Makes characters of so many bits of ones of another number of bits: leading zeros are added, leading bits dropped.",
        make: vchar,
        example: (
            "literal AB|vchar 8 16|specs 1-* c2x 1|console",
            &["00410042"],
        ),
        ..PLAIN
    },
    Row {
        names: "IP2SOCKA",
        operands: "",
        doc: "Makes a socket address of records of a port and a dotted-decimal address; AF_INET may stand before.",
        make: |a| {
            a.end()?;
            let page = a.page;
            filter(Each(move |r: &Record, out: &mut Emit| {
                ip2socka(page, r, out)
            }))
        },
        example: (
            "literal 80 127.0.0.1|ip2socka|specs 1-* c2x 1|console",
            &["000200507F0000010000000000000000"],
        ),
        ..PLAIN
    },
    Row {
        names: "SOCKA2IP",
        operands: "",
        doc: "Makes records of AF_INET, a port and a dotted-decimal address of socket addresses.",
        make: |a| {
            a.end()?;
            let page = a.page;
            filter(Each(move |r: &Record, out: &mut Emit| {
                socka2ip(page, r, out)
            }))
        },
        example: (
            "literal AF_INET 80 127.0.0.1|ip2socka|socka2ip|console",
            &["AF_INET 80 127.0.0.1"],
        ),
        ..PLAIN
    },
];

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// How many bytes a line of 76 characters stands for.
const LINE: usize = 57;

struct Encode64 {
    page: CodePage,
    held: Vec<u8>,
}

fn encode64(bytes: &[u8]) -> Record {
    let mut line = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let at = |n: usize| u32::from(group.get(n).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for n in 0..4 {
            let index = usize::try_from(bits >> (18 - 6 * n) & 63).unwrap_or(0);
            line.push(match n as usize <= group.len() {
                true => ALPHABET[index],
                false => b'=',
            });
        }
    }
    Record::from(line)
}

impl Filter for Encode64 {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        self.held.extend_from_slice(&codes::of(self.page, record));
        let whole = self.held.len() / LINE * LINE;
        for line in self.held[..whole].chunks(LINE) {
            out.put(0, encode64(line));
        }
        self.held.drain(..whole);
        Flow::More
    }

    fn finish(&mut self, out: &mut Emit) {
        if !self.held.is_empty() {
            out.put(0, encode64(&self.held));
        }
    }
}

struct Decode64 {
    page: CodePage,
    /// Bits that wait for the next record, and how many of six.
    bits: u32,
    count: u32,
}

fn sextet(b: u8) -> Option<u32> {
    Some(u32::from(match b {
        b'A'..=b'Z' => b - b'A',
        b'a'..=b'z' => b - b'a' + 26,
        b'0'..=b'9' => b - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

impl Filter for Decode64 {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        let mut line = Vec::with_capacity(record.len() * 3 / 4 + 3);
        for &b in record.iter() {
            if b == b'=' {
                self.end(&mut line);
            } else if let Some(six) = sextet(b) {
                self.bits = self.bits << 6 | six;
                self.count += 1;
                if self.count == 4 {
                    line.extend_from_slice(&self.bits.to_be_bytes()[1..]);
                    (self.bits, self.count) = (0, 0);
                }
            }
        }
        if !line.is_empty() {
            out.put(0, codes::record(self.page, line));
        }
        Flow::More
    }

    fn finish(&mut self, out: &mut Emit) {
        let mut line = Vec::new();
        self.end(&mut line);
        if !line.is_empty() {
            out.put(0, codes::record(self.page, line));
        }
    }
}

impl Decode64 {
    /// The bytes of a last group that is not complete.
    fn end(&mut self, line: &mut Vec<u8>) {
        if self.count > 1 {
            let bits = self.bits << (6 * (4 - self.count));
            let bytes = usize::try_from(self.count).unwrap_or(1) - 1;
            line.extend_from_slice(&bits.to_be_bytes()[1..=bytes]);
        }
        (self.bits, self.count) = (0, 0);
    }
}

/// The longest quoted-printable line, the equal sign at its end included.
const QUOTED: usize = 76;

fn qpencode(page: CodePage, record: &Record, out: &mut Emit) -> Flow {
    let mut line = Vec::new();
    let last = record.len().wrapping_sub(1);
    for (n, &b) in record.iter().enumerate() {
        let plain = match b {
            b'=' => false,
            b' ' | b'\t' => n != last,
            b => b.is_ascii_graphic(),
        };
        let part = match plain {
            true => vec![b],
            false => format!("={:02X}", page.code_of(b)).into_bytes(),
        };
        let room = if n == last { QUOTED } else { QUOTED - 1 };
        if line.len() + part.len() > room {
            line.push(b'=');
            out.put(0, Record::from(std::mem::take(&mut line)));
        }
        line.extend_from_slice(&part);
    }
    out.put(0, Record::from(line));
    Flow::More
}

struct Qpdecode {
    page: CodePage,
    line: Option<Vec<u8>>,
}

/// The character of two hexadecimal digits.
fn digits(page: CodePage, text: &[u8]) -> Option<u8> {
    let text = std::str::from_utf8(text.get(..2)?).ok()?;
    if !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u8::from_str_radix(text, 16).ok().map(|c| page.to_host(c))
}

impl Filter for Qpdecode {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        let mut line = self.line.take().unwrap_or_default();
        // Blanks at the end were added on the way.
        let text = record.trim_ascii_end();
        let mut at = 0;
        while at < text.len() {
            if text[at] != b'=' {
                line.push(text[at]);
                at += 1;
            } else if at + 1 == text.len() {
                self.line = Some(line);
                return Flow::More;
            } else {
                let Some(b) = digits(self.page, &text[at + 1..]) else {
                    let bad = &text[at..text.len().min(at + 3)];
                    return out.fail(Fault::new(&fpl::FPLSCA065E, &[bad]));
                };
                line.push(b);
                at += 3;
            }
        }
        out.put(0, Record::from(line));
        Flow::More
    }

    fn finish(&mut self, out: &mut Emit) {
        if let Some(line) = self.line.take() {
            out.put(0, Record::from(line));
        }
    }
}

fn urldeblock(page: CodePage, record: &Record, out: &mut Emit) -> Flow {
    for part in record.split(|&b| b == b'&') {
        match unescape(page, part) {
            Some(line) => out.put(0, Record::from(line)),
            None => out.put(1, Record::from(part)),
        }
    }
    Flow::More
}

fn unescape(page: CodePage, part: &[u8]) -> Option<Vec<u8>> {
    let mut line = Vec::with_capacity(part.len());
    let mut at = 0;
    while at < part.len() {
        match part[at] {
            b'%' => {
                line.push(digits(page, &part[at + 1..])?);
                at += 2;
            }
            b'+' => line.push(b' '),
            b => line.push(b),
        }
        at += 1;
    }
    Some(line)
}

fn vchar(args: &mut Args<'_>) -> Result<Body, Fault> {
    let bits = |args: &mut Args<'_>| {
        let word = args.need()?;
        let n = args::unsigned(word)?;
        let n = u32::try_from(n).ok().filter(|n| (1..=32).contains(n));
        n.ok_or_else(|| Fault::new(&fpl::FPLSCA111E, &[word]))
    };
    let (from, to) = (bits(args)?, bits(args)?);
    args.end()?;
    let page = args.page;
    let mut held: (u64, u32) = (0, 0);
    filter(Each(move |record: &Record, out: &mut Emit| {
        let mut line = Vec::new();
        let (mut waiting, mut filled) = (0u64, 0u32);
        for &b in codes::of(page, record).iter() {
            held = (held.0 << 8 | u64::from(b), held.1 + 8);
            while held.1 >= from {
                held.1 -= from;
                let one = held.0 >> held.1 & (u64::MAX >> (64 - from));
                held.0 &= (1 << held.1) - 1;
                waiting = waiting << to | one & (u64::MAX >> (64 - to));
                filled += to;
                while filled >= 8 {
                    filled -= 8;
                    let [.., byte] = (waiting >> filled).to_be_bytes();
                    line.push(byte);
                    waiting &= (1 << filled) - 1;
                }
            }
        }
        if filled > 0 {
            let [.., byte] = (waiting << (8 - filled)).to_be_bytes();
            line.push(byte);
        }
        // A character does not go on in the next record.
        held = (0, 0);
        out.put(0, codes::record(page, line));
        Flow::More
    }))
}

/// The address family of the Internet.
const INET: u8 = 2;

/// The bytes of a socket address.
pub(super) const SOCKADDR: usize = 16;

fn ip2socka(page: CodePage, record: &Record, out: &mut Emit) -> Flow {
    match socket_address(record) {
        Some(bytes) => {
            out.put(0, codes::record(page, bytes));
            Flow::More
        }
        None => out.fail(Fault::new(&fpl::FPLSCA111E, &[args::trim(record)])),
    }
}

/// The structure of an address and a port.
pub(super) fn sockaddr(to: SocketAddrV4) -> Vec<u8> {
    let mut bytes = vec![0, INET];
    bytes.extend_from_slice(&to.port().to_be_bytes());
    bytes.extend_from_slice(&to.ip().octets());
    bytes.resize(SOCKADDR, 0);
    bytes
}

/// The address and the port of a structure.
pub(super) fn of_sockaddr(bytes: &[u8]) -> Option<SocketAddrV4> {
    match *bytes {
        [0, INET, high, low, a, b, c, d, ..] => {
            let port = u16::from_be_bytes([high, low]);
            Some(SocketAddrV4::new(Ipv4Addr::new(a, b, c, d), port))
        }
        _ => None,
    }
}

fn socket_address(record: &[u8]) -> Option<Vec<u8>> {
    let mut words = Args::new(record, false);
    // The address family may stand first.
    words.keyword("AF_INET");
    let port = u16::try_from(words.number()?).ok()?;
    let text = std::str::from_utf8(words.word()?).ok()?;
    let ip: Ipv4Addr = text.parse().ok()?;
    words.end().ok()?;
    Some(sockaddr(SocketAddrV4::new(ip, port)))
}

fn socka2ip(page: CodePage, record: &Record, out: &mut Emit) -> Flow {
    match of_sockaddr(&codes::of(page, record)) {
        Some(from) => {
            let line = format!("AF_INET {} {}", from.port(), from.ip());
            out.put(0, Record::from(line.into_bytes()));
            Flow::More
        }
        None => out.fail(Fault::new(&fpl::FPLSCA111E, &[record])),
    }
}

#[cfg(test)]
mod tests {
    use crate::pipe::tests::{TestHost, check};
    use proptest::prelude::*;

    #[test]
    fn base_64() {
        for (text, coded) in [
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            check(&format!("literal {text}|64encode|console"), 0, &[coded]);
            check(&format!("literal {coded}|64decode|console"), 0, &[text]);
        }
        // Records are one stream of bytes, cut in lines of 76.
        check("literal a b c|split|64encode|console", 0, &["YWJj"]);
        check(
            "strliteral //|pad 100 x|64encode|specs 1-* 1|count minline maxline|console",
            0,
            &["60 76"],
        );
        check("literal Zm9 vYm|split|64decode|console", 0, &["foo", "b"]);
        check("literal a|64encode x|console", -112, &[]);
    }

    #[test]
    fn quoted_printable() {
        check("literal a  |qpencode|console", 0, &["a =20"]);
        check("literal |qpencode|console", 0, &[""]);
        check("literal b|literal a=|qpdecode|console", 0, &["ab"]);
        check("literal a=4|qpdecode|console", -65, &[]);
        check(
            "strliteral //|pad 80 x|qpencode|count minline maxline|console",
            0,
            &["5 76"],
        );
        check(
            "strliteral //|pad 76 x|qpencode|count lines|console",
            0,
            &["1"],
        );
    }

    #[test]
    fn parts_of_a_query() {
        check(
            "(end ?) literal a=%zz&b=%2B&c|u: urldeblock|console ? u: |insert />/|console",
            0,
            &[">a=%zz", "b=+", "c"],
        );
    }

    #[test]
    fn characters_of_other_sizes() {
        check(
            "strliteral x1234|vchar 4 8|specs 1-* c2x 1|console",
            0,
            &["01020304"],
        );
        check("strliteral x00410042|vchar 16 8|console", 0, &["AB"]);
        check(
            "strliteral xABCD|vchar 8 4|specs 1-* c2x 1|console",
            0,
            &["BD"],
        );
        check("literal a|vchar 0 8|console", -111, &[]);
    }

    #[test]
    fn socket_addresses() {
        check("literal 99999 1.2.3.4|ip2socka|hole", -111, &[]);
        check("literal 1 1.2.3|ip2socka|hole", -111, &[]);
        check("literal x|socka2ip|hole", -111, &[]);
    }

    #[test]
    fn unicode() {
        for (from, to, hex, said) in [
            (8, 16, "C3A5F09F9880", "00E5D83DDE00"),
            (16, 8, "00E5D83DDE00", "C3A5F09F9880"),
            (32, 8, "0001F600", "F09F9880"),
            (8, 32, "41", "00000041"),
        ] {
            check(
                &format!("strliteral x{hex}|utf from {from} to {to}|specs 1-* c2x 1|console"),
                0,
                &[said],
            );
        }
        // A character may go on in the next record.
        check(
            "strliteral x9880|strliteral xF09F|utf 8 32|specs 1-* c2x 1|console",
            0,
            &["", "0001F600"],
        );
        check(
            "(end ?) strliteral xFF41|u: utf 8 16|console ? u: |specs 1-* c2x 1|console",
            0,
            &["FF41"],
        );
        check("literal a|utf 8 9|console", -111, &[]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_encoded_is_decoded(data in proptest::collection::vec(any::<u8>(), 0..300), page in 0..2) {
            let mut host = TestHost::default();
            if page == 1 {
                host.page = crate::base::codepage::CodePage::Ibm1047;
            }
            host.files.borrow_mut().insert("IN DATA".into(), vec![data.clone()]);
            for there_and_back in ["64encode|64decode|join *", "qpencode|qpdecode", "vchar 8 12|vchar 12 8"] {
                let rc = host.run(&format!("< in data|{there_and_back}|> out data"));
                prop_assert_eq!(rc, 0);
                let mut got = host.files.borrow().get("OUT DATA").cloned().unwrap_or_default().concat();
                if there_and_back.starts_with("vchar") {
                    // Bytes that do not fill up a character are padded with zeros.
                    got.truncate(data.len());
                }
                prop_assert_eq!(&got, &data, "{}", there_and_back);
            }
        }
    }
}
