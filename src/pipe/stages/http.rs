//! HTTPSPLIT: the lines of HTTP headers and the bodies behind them, from a stream of bytes
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs"; RFC 9112).

use super::{Row, SELECTION, codes, filter};
use crate::base::Record;
use crate::base::codepage::CodePage;
use crate::base::msg::fpl;
use crate::pipe::args::Fault;
use crate::pipe::filter::{Emit, Filter, Flow};

pub const TABLE: &[Row] = &[Row {
    names: "HTTPSPLIT",
    operands: "",
    doc: "Splits a stream of HTTP messages: the lines of each header, and the null line behind it, go to the primary output; the body goes to the secondary output.",
    make: |a| {
        a.end()?;
        filter(Split::new(a.page))
    },
    example: (
        "(end ?) strliteral x504F5354202F0D0A436F6E74656E742D4C656E6774683A20320D0A0D0A6869|h: httpsplit|insert /h:/|console ? h: |insert /b:/|console",
        &["h:POST /", "h:Content-Length: 2", "h:", "b:hi"],
    ),
    ..SELECTION
}];

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// A line of the header.
    Header,
    /// So many bytes of the body.
    Body(u64),
    /// The body goes on until end of file.
    Rest,
    /// The line with the length of a chunk.
    ChunkLength,
    /// So many bytes of a chunk.
    Chunk(u64),
    /// The end of the line after a chunk.
    ChunkEnd,
    /// A line after the last chunk; a null one is the last.
    Trailer,
}

/// What the header that is being read has said of the body.
#[derive(Debug, Default)]
struct Header {
    lines: usize,
    /// Of a response, its status.
    status: Option<u32>,
    length: Option<u64>,
    chunked: bool,
}

struct Split {
    page: CodePage,
    next: Next,
    header: Header,
    /// A line that is not complete.
    line: Vec<u8>,
}

/// Text without blanks and tabs around it.
fn trimmed(text: &[u8]) -> &[u8] {
    let blank = |b: &u8| matches!(b, b' ' | b'\t');
    let from = text.iter().position(|b| !blank(b)).unwrap_or(text.len());
    let to = text.iter().rposition(|b| !blank(b)).map_or(from, |n| n + 1);
    &text[from..to]
}

/// A number in a base, with nothing around it.
fn number(text: &[u8], radix: u32) -> Option<u64> {
    let digits = std::str::from_utf8(text).ok()?;
    let all = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    all.then(|| u64::from_str_radix(digits, radix).ok())
        .flatten()
}

impl Header {
    /// Takes a line of the header.
    fn take(&mut self, line: &[u8]) -> Option<()> {
        self.lines += 1;
        if self.lines == 1 {
            let status = line.strip_prefix(b"HTTP/").map(|rest| {
                let word = rest.split(|&b| b == b' ').nth(1).unwrap_or_default();
                number(word, 10).and_then(|n| u32::try_from(n).ok())
            });
            self.status = status.map(|s| s.unwrap_or(0));
            return Some(());
        }
        let Some(colon) = memchr::memchr(b':', line) else {
            return Some(());
        };
        let (name, value) = (&line[..colon], trimmed(&line[colon + 1..]));
        if name.eq_ignore_ascii_case(b"Content-Length") {
            self.length = Some(number(value, 10)?);
        } else if name.eq_ignore_ascii_case(b"Transfer-Encoding") {
            let last = value.rsplit(|&b| b == b',').next().unwrap_or_default();
            self.chunked = trimmed(last).eq_ignore_ascii_case(b"chunked");
        }
        Some(())
    }

    /// What follows the header (RFC 9112, section 6.3).
    fn body(&self) -> Next {
        match self.status {
            Some(100..200 | 204 | 304) => Next::Header,
            _ if self.chunked => Next::ChunkLength,
            status => match (self.length, status) {
                (Some(0), _) | (None, None) => Next::Header,
                (Some(n), _) => Next::Body(n),
                (None, Some(_)) => Next::Rest,
            },
        }
    }
}

impl Split {
    fn new(page: CodePage) -> Self {
        Split {
            page,
            next: Next::Header,
            header: Header::default(),
            line: Vec::new(),
        }
    }

    fn put(&self, stream: usize, bytes: &[u8], out: &mut Emit) {
        out.put(stream, codes::record(self.page, bytes.to_vec()));
    }

    /// Takes a line that is complete; `None` when it is not valid.
    fn line(&mut self, line: &[u8], out: &mut Emit) -> Option<()> {
        match self.next {
            Next::ChunkLength => {
                let digits = line.split(|&b| b == b';').next().unwrap_or_default();
                self.next = match number(trimmed(digits), 16)? {
                    0 => Next::Trailer,
                    n => Next::Chunk(n),
                };
            }
            Next::ChunkEnd if line.is_empty() => self.next = Next::ChunkLength,
            Next::ChunkEnd => return None,
            Next::Trailer if line.is_empty() => self.next = Next::Header,
            Next::Trailer => {}
            // Null lines before a message are ignored (RFC 9112, section 2.2).
            _ if line.is_empty() && self.header.lines == 0 => {}
            _ if line.is_empty() => {
                self.put(0, line, out);
                self.next = std::mem::take(&mut self.header).body();
            }
            _ => {
                self.put(0, line, out);
                self.header.take(line)?;
            }
        }
        Some(())
    }

    /// Takes some of the bytes; gives those that are left, nothing when they are not valid.
    fn some<'a>(&mut self, bytes: &'a [u8], out: &mut Emit) -> Option<&'a [u8]> {
        if let Next::Body(left) | Next::Chunk(left) = self.next {
            let most = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
            let (now, rest) = bytes.split_at(most);
            self.put(1, now, out);
            let left = left - now.len() as u64;
            self.next = match (self.next, left) {
                (Next::Body(_), 0) => Next::Header,
                (Next::Body(_), n) => Next::Body(n),
                (_, 0) => Next::ChunkEnd,
                (_, n) => Next::Chunk(n),
            };
            return Some(rest);
        }
        if self.next == Next::Rest {
            self.put(1, bytes, out);
            return Some(&[]);
        }
        let Some(at) = memchr::memchr(b'\n', bytes) else {
            self.line.extend_from_slice(bytes);
            return Some(&[]);
        };
        let mut line = std::mem::take(&mut self.line);
        line.extend_from_slice(&bytes[..at]);
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        self.line(&line, out)?;
        Some(&bytes[at + 1..])
    }
}

impl Filter for Split {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        let bytes = codes::of(self.page, record);
        let mut rest = &*bytes;
        while !rest.is_empty() {
            match self.some(rest, out) {
                Some(left) => rest = left,
                None => return out.fail(Fault::new(&fpl::FPLDEB072E, &[])),
            }
        }
        Flow::More
    }

    fn finish(&mut self, out: &mut Emit) {
        let line = std::mem::take(&mut self.line);
        if !line.is_empty() && self.next == Next::Header {
            self.put(0, &line, out);
        }
        let whole = match self.next {
            Next::Header => self.header.lines == 0 && line.is_empty(),
            Next::Rest => true,
            _ => false,
        };
        if !whole {
            out.fail(Fault::new(&fpl::FPLDEB072E, &[]));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::pipe::tests::check;

    /// Runs HTTPSPLIT on bytes, cut in pieces of a length; what it writes, in order.
    fn split(bytes: &str, piece: usize, rc: i32, lines: &[&str]) {
        let hex: String = bytes.bytes().map(|b| format!("{b:02X}")).collect();
        let spec = format!(
            "(end ?) strliteral x{hex}|deblock {piece}|h: httpsplit|insert /h:/|i: faninany|console \
             ? h: |specs /b:/ 1 1-* n|i:"
        );
        check(&spec, rc, lines);
    }

    #[test]
    fn requests_one_after_the_other() {
        let bytes = "\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\nPUT /b HTTP/1.1\r\ncontent-LENGTH:  3 \r\n\r\nabcGET /c HTTP/1.1\n\n";
        let heads = [
            "h:GET /a HTTP/1.1",
            "h:Host: x",
            "h:",
            "h:PUT /b HTTP/1.1",
            "h:content-LENGTH:  3 ",
            "h:",
        ];
        let tail = ["h:GET /c HTTP/1.1", "h:"];
        let whole = [&heads[..], &["b:abc"], &tail].concat();
        split(bytes, 1000, 0, &whole);
        let bytewise = [&heads[..], &["b:a", "b:b", "b:c"], &tail].concat();
        split(bytes, 1, 0, &bytewise);
    }

    #[test]
    fn bodies_of_responses() {
        for (head, body, lines) in [
            (
                "HTTP/1.0 200 OK",
                "all\r\n\r\nthe rest",
                &["b:all\r\n\r\nthe rest"][..],
            ),
            (
                "HTTP/1.1 204 No",
                "HTTP/1.1 100 Continue\n\n",
                &["h:HTTP/1.1 100 Continue", "h:"],
            ),
            ("GET / HTTP/1.1", "", &[]),
        ] {
            let first = format!("h:{head}");
            let lines = [&[first.as_str(), "h:"], lines].concat();
            split(&format!("{head}\r\n\r\n{body}"), 1000, 0, &lines);
        }
        split(
            "HTTP/1.1 200 OK\nTransfer-Encoding: gzip, Chunked\n\n4;x=y\r\nabcd\r\n1\r\ne\r\n0\r\nX: y\r\n\r\nHTTP/1.1 304 A\n\n",
            1000,
            0,
            &[
                "h:HTTP/1.1 200 OK",
                "h:Transfer-Encoding: gzip, Chunked",
                "h:",
                "b:abcd",
                "b:e",
                "h:HTTP/1.1 304 A",
                "h:",
            ],
        );
    }

    #[test]
    fn what_is_not_complete_or_not_valid() {
        split("GET / HT", 1000, -72, &["h:GET / HT"]);
        split("GET /\r\nHost: x\r\n", 1000, -72, &["h:GET /", "h:Host: x"]);
        split(
            "P /\nContent-Length: 3\n\nab",
            1000,
            -72,
            &["h:P /", "h:Content-Length: 3", "h:", "b:ab"],
        );
        split(
            "P /\nContent-Length: -3\n\n",
            1000,
            -72,
            &["h:P /", "h:Content-Length: -3"],
        );
        split(
            "P /\nTransfer-Encoding: chunked\n\nxyz\n",
            1000,
            -72,
            &["h:P /", "h:Transfer-Encoding: chunked", "h:"],
        );
        split(
            "P /\nTransfer-Encoding: chunked\n\n1\nabc\n",
            1000,
            -72,
            &["h:P /", "h:Transfer-Encoding: chunked", "h:", "b:a"],
        );
        check("literal a|httpsplit b|console", -112, &[]);
        check("literal|httpsplit|console", 0, &[]);
    }

    #[test]
    fn without_a_secondary_output_the_body_is_dropped() {
        check(
            "strliteral x500A436F6E74656E742D4C656E6774683A20320A0A6869470A0A|httpsplit|console",
            0,
            &["P", "Content-Length: 2", "", "G", ""],
        );
    }
}
