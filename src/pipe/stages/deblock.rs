//! Blocked data of other systems: DEBLOCK, BLOCK, ADDRDW, PARCEL, INSTORE, OUTSTORE
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs"; *DFSMS Using Data Sets*,
//! "Variable-length records").

mod build;
mod layout;
mod transfer;

use super::{Delay, PLAIN, Row, codes, filter, task};
use crate::base::Record;
use crate::base::msg::fpl;
use crate::pipe::args::{self, Args, Fault};
use crate::pipe::filter::{Each, Emit, Filter, Flow};
use crate::pipe::stage::{Body, Stage, Stop};
use layout::{Prefix, Spans};

pub const TABLE: &[Row] = &[
    Row {
        names: "DEBLOCK",
        operands: "[Fixed] [number] | {LINEND [xorc] | C | CRLF | STRING delimitedString} [EOF [xorc]] [TERMINATE] | CMS | CMS4 | SF | SF4 | VARiable | V | VB | VS | VBS | NETdata | TEXTunits | AWSTAPE | MONITOR | ADRDW {VARiable | CMS | CMS4 | SF | SF4}",
        doc: "Cuts a byte stream into records of a length or at line ends, and takes blocks apart.",
        make: deblock,
        example: ("literal abcde|deblock 2|console", &["ab", "cd", "e"]),
        ..PLAIN
    },
    Row {
        names: "BLOCK",
        operands: "number [Fixed | {LINEND [xorc] | C | CRLF | STRING delimitedString} [EOF [xorc]] [TERMINATE] | CMS | CMS4 | SF | SF4 | VARiable | V | VB | VS | VBS | NETdata | TEXTunits | AWSTAPE]",
        doc: "Builds blocks of records: as many as fit, or a stream of bytes cut in blocks.",
        delay: Delay::Buffers,
        make: build::block,
        example: (
            "literal ab cd ef|split|block 4 fixed|console",
            &["abcd", "ef"],
        ),
        ..PLAIN
    },
    Row {
        names: "ADDRDW",
        operands: "{VARiable | CMS | CMS4 | SF | SF4}",
        doc: "Prefixes each record with its length.",
        make: addrdw,
        example: (
            "literal abc|addrdw variable|specs 1-* c2x 1|console",
            &["00070000616263"],
        ),
        ..PLAIN
    },
    Row {
        names: "PARCEL",
        operands: "",
        doc: "Cuts the bytes of stream 0 into records of the lengths that stream 1 gives.",
        inputs: 2,
        make: |a| {
            a.end()?;
            a.secondary()?;
            Ok(task(parcel))
        },
        example: (
            "(end ?) literal abcdef|p: parcel|console ? literal 1 3|split|p:",
            &["a", "bcd"],
        ),
        ..PLAIN
    },
    Row {
        names: "INSTORE",
        operands: "[REVERSE]",
        doc: "Makes one record of a whole file, for OUTSTORE; with REVERSE the last record comes first.",
        delay: Delay::Buffers,
        make: |a| {
            let reverse = a.keyword("REVERSE");
            a.end()?;
            filter(Instore {
                reverse,
                held: Vec::new(),
            })
        },
        example: (
            "literal a b|split|instore reverse|outstore|console",
            &["b", "a"],
        ),
        ..PLAIN
    },
    Row {
        names: "OUTSTORE",
        operands: "",
        doc: "Takes apart the records that INSTORE made.",
        make: |a| {
            a.end()?;
            filter(Each(outstore))
        },
        example: ("literal a b|split|instore|outstore|console", &["a", "b"]),
        ..PLAIN
    },
];

/// Takes a length that is not zero.
pub(super) fn positive(args: &mut Args<'_>) -> Result<usize, Fault> {
    match args.length()? {
        0 => Err(Fault::new(&fpl::FPLSCA066E, &[b"0"])),
        n => Ok(n),
    }
}

/// The character that ends a file unless said: X'3F' in EBCDIC.
const SUBSTITUTE: u8 = 0x1a;

/// How lines end.
struct Lineend {
    end: Vec<u8>,
    /// What ends the file.
    eof: Option<u8>,
    terminate: bool,
}

impl Lineend {
    /// Takes LINEND and the like with what follows them.
    fn take(args: &mut Args<'_>) -> Result<Option<Lineend>, Fault> {
        let end = if args.keyword("LINEND") {
            // X'15' in EBCDIC is the host's new line.
            vec![optional(args).unwrap_or(b'\n')]
        } else if args.keyword("C") {
            vec![b'\n']
        } else if args.keyword("CRLF") {
            b"\r\n".to_vec()
        } else if args.keyword("STRING") {
            args.delimited()?
        } else {
            return Ok(None);
        };
        if end.is_empty() {
            return Err(Fault::new(&fpl::FPLSCA113E, &[]));
        }
        let mut eof = None;
        let mut terminate = false;
        loop {
            if args.keyword("EOF") {
                eof = Some(optional(args).unwrap_or(SUBSTITUTE));
            } else if args.keyword("TERMINATE") {
                terminate = true;
            } else {
                args.end()?;
                return Ok(Some(Lineend {
                    end,
                    eof,
                    terminate,
                }));
            }
        }
    }
}

/// Takes the next word when it is a character.
fn optional(args: &mut Args<'_>) -> Option<u8> {
    let word = args.peek()?;
    let c = args::xorc(word, args.page).ok()?;
    args.word();
    Some(c)
}

/// The names of the formats in which each record has its length before it.
const PREFIXES: &[(&str, Prefix)] = &[
    ("CMS", Prefix::CMS),
    ("CMS4", Prefix::CMS4),
    ("SF", Prefix::SF),
    ("SF4", Prefix::SF4),
];

/// The names of the formats of blocks with a descriptor word.
const VARIABLE: &[(&str, Spans)] = &[
    ("VARiable", Spans::Never),
    ("V", Spans::Never),
    ("VB", Spans::Never),
    ("VS", Spans::Yes),
    ("VBS", Spans::Yes),
];

/// Formats of CMS Pipelines that are not built in.
const ABSENT: &[&str] = &["GIF", "IEBCOPY", "PACKED", "J"];

fn deblock(args: &mut Args<'_>) -> Result<Body, Fault> {
    if let Some(line) = Lineend::take(args)? {
        return filter(Lines {
            line,
            partial: Vec::new(),
            ended: false,
        });
    }
    let page = args.page;
    if let Some(prefix) = args.choice(PREFIXES) {
        args.end()?;
        return filter(layout::Stream::new(page, prefix));
    }
    if args.choice(VARIABLE).is_some() {
        args.end()?;
        return filter(layout::Blocks::new(page));
    }
    if let Some(format) = args.choice(transfer::FORMATS) {
        args.end()?;
        return filter(transfer::deblock(format, page));
    }
    if args.keyword("MONITOR") {
        args.end()?;
        return filter(Each(move |record: &Record, out: &mut Emit| {
            transfer::monitor(page, record, out)
        }));
    }
    if args.keyword("ADRDW") {
        let prefix = prefix(args)?;
        args.end()?;
        return filter(Each(move |record: &Record, out: &mut Emit| {
            let bytes = codes::of(page, record);
            match prefix.size(&bytes) {
                Some(n) if n == bytes.len() => {
                    let at = prefix.width.min(record.len());
                    out.put(0, record.slice(at, record.len() - at));
                    Flow::More
                }
                _ => out.fail(Fault::new(&fpl::FPLDEB072E, &[])),
            }
        }));
    }
    let fixed = args.keyword("Fixed");
    let length = match args.peek() {
        None => 80,
        Some(word) if !fixed && args::unsigned(word).is_err() => {
            return Err(match absent(word) {
                true => Fault::new(&fpl::FPLSCA9002E, &[word]),
                false => Fault::new(&fpl::FPLDEB109E, &[word]),
            });
        }
        Some(_) => positive(args)?,
    };
    args.end()?;
    filter(Each(move |record: &Record, out: &mut Emit| {
        let mut at = 0;
        while at < record.len() {
            let n = length.min(record.len() - at);
            out.put(0, record.slice(at, n));
            at += n;
        }
        Flow::More
    }))
}

fn absent(word: &[u8]) -> bool {
    ABSENT.iter().any(|k| crate::base::abbrev::matches(k, word))
}

/// What there is to say about a format that is not built in.
fn unknown(word: &[u8]) -> Fault {
    match absent(word) {
        true => Fault::new(&fpl::FPLSCA9002E, &[word]),
        false => Fault::new(&fpl::FPLSCA111E, &[word]),
    }
}

fn prefix(args: &mut Args<'_>) -> Result<Prefix, Fault> {
    if args.keyword("VARiable") || args.keyword("V") {
        return Ok(Prefix::VARIABLE);
    }
    let word = args.peek().unwrap_or(b"");
    match args.choice(PREFIXES) {
        Some(prefix) => Ok(prefix),
        None if word.is_empty() => Err(args.missing()),
        None => Err(unknown(word)),
    }
}

fn addrdw(args: &mut Args<'_>) -> Result<Body, Fault> {
    let prefix = prefix(args)?;
    args.end()?;
    let page = args.page;
    filter(Each(move |record: &Record, out: &mut Emit| {
        match prefix.with(&codes::of(page, record)) {
            Some(bytes) => {
                out.put(0, codes::record(page, bytes));
                Flow::More
            }
            None => {
                let length = record.len().to_string();
                out.fail(Fault::new(&fpl::FPLDEB059E, &[length.as_bytes()]))
            }
        }
    }))
}

/// Cuts at a string; a piece without its end waits for the next record.
struct Lines {
    line: Lineend,
    partial: Vec<u8>,
    /// Whether the character that ends the file was met.
    ended: bool,
}

impl Filter for Lines {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        if self.ended {
            return Flow::More;
        }
        let end = self.line.eof.and_then(|eof| memchr::memchr(eof, record));
        match end {
            None => {
                self.add(record, out);
                Flow::More
            }
            Some(at) => {
                self.add(&record.slice(0, at), out);
                self.finish(out);
                self.ended = true;
                match self.line.terminate {
                    true => Flow::Last,
                    false => Flow::More,
                }
            }
        }
    }

    fn finish(&mut self, out: &mut Emit) {
        if !self.partial.is_empty() {
            out.put(0, Record::from(std::mem::take(&mut self.partial)));
        }
    }
}

impl Lines {
    fn add(&mut self, record: &Record, out: &mut Emit) {
        if self.partial.is_empty() {
            return self.cut(record, out);
        }
        // The end may lie across the two records.
        let from = (self.partial.len() + 1).saturating_sub(self.line.end.len());
        self.partial.extend_from_slice(record);
        if memchr::memmem::find(&self.partial[from..], &self.line.end).is_some() {
            let joined = Record::from(std::mem::take(&mut self.partial));
            self.cut(&joined, out);
        }
    }

    fn cut(&mut self, record: &Record, out: &mut Emit) {
        let mut start = 0;
        for at in memchr::memmem::find_iter(record, &self.line.end) {
            out.put(0, record.slice(start, at - start));
            start = at + self.line.end.len();
        }
        self.partial = record[start..].to_vec();
    }
}

async fn parcel(s: Stage) -> Result<(), Stop> {
    let mut held: Vec<u8> = Vec::new();
    let mut ended = false;
    loop {
        let record = s.peekto(1).await?;
        let length = args::unsigned(args::trim(&record));
        let length = length.map_err(|fault| s.fail(fault))?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        while held.len() < length && !ended {
            match s.next(0).await? {
                Some(more) => {
                    held.extend_from_slice(&more);
                    s.readto(0).await?;
                }
                None => ended = true,
            }
        }
        if held.is_empty() && ended {
            return Ok(());
        }
        let rest = held.split_off(length.min(held.len()));
        s.output(0, Record::from(std::mem::replace(&mut held, rest)))
            .await?;
        s.readto(1).await?;
    }
}

struct Instore {
    reverse: bool,
    held: Vec<Record>,
}

impl Filter for Instore {
    fn step(&mut self, record: &Record, _: &mut Emit) -> Flow {
        self.held.push(record.clone());
        Flow::More
    }

    fn finish(&mut self, out: &mut Emit) {
        if self.reverse {
            self.held.reverse();
        }
        let mut all = Vec::new();
        for record in self.held.drain(..) {
            all.extend_from_slice(&(record.len() as u64).to_be_bytes());
            all.extend_from_slice(&record);
        }
        out.put(0, Record::from(all));
    }
}

fn outstore(record: &Record, out: &mut Emit) -> Flow {
    let mut at = 0;
    while at < record.len() {
        let length = record[at..]
            .first_chunk::<8>()
            .map(|b| u64::from_be_bytes(*b));
        let length = length.and_then(|n| usize::try_from(n).ok());
        let Some(n) = length.filter(|n| *n <= record.len() - at - 8) else {
            return out.fail(Fault::new(&fpl::FPLDEB072E, &[]));
        };
        out.put(0, record.slice(at + 8, n));
        at += 8 + n;
    }
    Flow::More
}

#[cfg(test)]
mod tests {
    use crate::pipe::tests::{TestHost, check};
    use proptest::prelude::*;

    #[test]
    fn lines_and_lengths() {
        for (spec, said) in [
            (
                "literal b;c|literal a;b|deblock linend ;",
                &["a", "bb", "c"][..],
            ),
            (
                "literal ab<>cd<|literal x|deblock string /<>/",
                &["xab", "cd<"],
            ),
            ("literal a;;b;|deblock linend ;", &["a", "", "b"]),
            (
                "literal a < > b<>c<>|split|deblock string /<>/",
                &["a", "b", "c"],
            ),
            ("strliteral x610a62|deblock c", &["a", "b"]),
            ("strliteral x610d0a620d|deblock crlf", &["a", "b\r"]),
            // What is behind the end of the file is dropped.
            (
                "literal d|literal a;b!c;|deblock linend ; eof !",
                &["a", "b"],
            ),
            ("literal a;!c;|deblock linend ; eof !", &["a"]),
            ("strliteral x613b1a62|deblock linend ; eof", &["a"]),
        ] {
            check(&format!("{spec}|console"), 0, said);
        }
        check("literal a|deblock 0|console", -66, &[]);
        check("literal a|deblock nonsense|console", -109, &[]);
        check("literal a|deblock iebcopy|console", -9002, &[]);
        check("literal a|deblock linend ; eof ! x|console", -112, &[]);
        // With TERMINATE the stage ends there, and its producer with it.
        check(
            "(end ?) literal a! b c|split|o: fanout stop 1|deblock linend ; eof ! terminate|hole ? o: |console",
            0,
            &["a!"],
        );
    }

    #[test]
    fn lengths_before_records() {
        for (format, hex) in [
            ("variable", "00060000"),
            ("cms", "0002"),
            ("cms4", "00000002"),
            ("sf", "0004"),
            ("sf4", "00000006"),
        ] {
            check(
                &format!("literal ab|addrdw {format}|specs 1-* c2x 1|console"),
                0,
                &[&format!("{hex}6162")],
            );
            check(
                &format!("literal ab|addrdw {format}|deblock adrdw {format}|console"),
                0,
                &["ab"],
            );
        }
        check("literal ab|deblock adrdw cms|console", -72, &[]);
        check("literal ab|addrdw|console", -11, &[]);
        check("strliteral x000361|deblock cms|console", -72, &[]);
        check(
            "strliteral x0003616263000062|deblock cms|console",
            0,
            &["abc"],
        );
        check("strliteral x0003610004|deblock sf|console", -72, &["a"]);
        check("strliteral x0001|deblock sf|console", -1126, &[]);
        check("strliteral x00030000|deblock variable|console", -68, &[]);
    }

    #[test]
    fn blocks_of_records() {
        check("literal ab cd ef|split|block 5|console", 0, &["abcd", "ef"]);
        check("literal ab cde|split|block 4 fixed|hole", -59, &[]);
        check("literal abc|block 2 fixed|hole", -59, &[]);
        check(
            "literal ab cd|split|block 3 linend ;|console",
            0,
            &["ab;", "cd"],
        );
        check(
            "literal ab cd|split|block 9 linend ; terminate eof !|console",
            0,
            &["ab;cd;!"],
        );
        check(
            "literal ab|block 9 cms|specs 1-* c2x 1|console",
            0,
            &["000261620000"],
        );
        check(
            "literal ab cde|split|block 20 vb|specs 1-* c2x 1|console",
            0,
            &["0011000000060000616200070000636465"],
        );
        check(
            "literal ab cde|split|block 20 v|specs 1.4 c2x 1|console",
            0,
            &["000A0000", "000B0000"],
        );
        check(
            "literal abcdef|block 12 vbs|specs 1-* c2x 1|console",
            0,
            &["000C00000008010061626364", "000A0000000602006566"],
        );
        check("literal abcdef|block 12 vb|hole", -59, &[]);
        check("literal abcdef|block 8 vbs|hole", -59, &[]);
        check("literal a|block|hole", -11, &[]);
        check("strliteral x000A000000060000|deblock vb|hole", -69, &[]);
        check("strliteral x0003000000060000|deblock vb|hole", -68, &[]);
        check("strliteral x000800000003FFFF|deblock vb|hole", -70, &[]);
        check("strliteral x0008000000040200|deblock vb|hole", -73, &[]);
        check("strliteral x0008000000060100|deblock vb|hole", -70, &[]);
        check("strliteral x0008000000040100|deblock vb|hole", -72, &[]);
    }

    #[test]
    fn parcels() {
        check(
            "(end ?) literal cd|literal ab|p: parcel|console ? literal 3 0 9 1|split|p:",
            0,
            &["abc", "", "d"],
        );
        check(
            "(end ?) literal cd|p: parcel|console ? literal x|p:",
            -58,
            &[],
        );
    }

    #[test]
    fn a_file_in_storage() {
        check(
            "literal a |pad 2|literal|instore|outstore|count lines bytes|console",
            0,
            &["2 2"],
        );
        check("literal abc|outstore|console", -72, &[]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn what_is_blocked_is_deblocked(
            lines in proptest::collection::vec(proptest::collection::vec(1..=255u8, 1..40), 0..20),
            size in 1..60usize,
        ) {
            let mut host = TestHost::default();
            let lines: Vec<Vec<u8>> = lines
                .into_iter()
                .map(|l| l.into_iter().map(|b| if b == b'\n' { b'.' } else { b }).collect())
                .collect();
            host.files.borrow_mut().insert("IN DATA".into(), lines.clone());
            for (format, size) in [
                ("linend terminate", size),
                ("linend", size),
                ("string /<>/ terminate", size),
                ("cms", size),
                ("cms4", size),
                ("sf", size),
                ("sf4", size),
                ("v", size + 50),
                ("vb", size + 50),
                ("vs", size + 8),
                ("vbs", size + 8),
            ] {
                let back = format.trim_end_matches(" terminate");
                if back.starts_with("string") && lines.iter().any(|l| l.contains(&b'<') || l.contains(&b'>')) {
                    continue;
                }
                let rc = host.run(&format!("< in data|block {size} {format}|deblock {back}|> out data"));
                prop_assert_eq!(rc, 0, "{} {:?}", format, host.told);
                let got = host.files.borrow().get("OUT DATA").cloned().unwrap_or_default();
                prop_assert_eq!(&got, &lines, "{} {}", size, format);
            }
        }

        #[test]
        fn no_blocks_break_deblock(data in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut host = TestHost::default();
            host.files.borrow_mut().insert("IN DATA".into(), vec![data]);
            for format in ["cms", "cms4", "sf", "sf4", "vb", "adrdw v", "linend", "crlf eof", "7", "netdata", "textunits", "awstape", "monitor"] {
                let rc = host.run(&format!("< in data|deblock {format}|hole"));
                prop_assert!(matches!(rc, 0 | -73..=-68 | -1126));
            }
        }
    }
}
