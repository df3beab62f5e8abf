//! The operands of DEFSYS and DEFSEG (z/VM CP Commands), as a definition that keeps the rules: every page
//! of a 1 MB segment is exclusive or every page is shared, and no page is described twice.

use crate::base::Message;
use crate::base::abbrev;
use crate::base::msg::hcp;
use crate::cp::directory::MachineMode;

/// Pages of 4096 bytes in a segment.
pub const SEGMENT: u32 = 256;
/// The highest page that may be saved: the last below 2047 MB.
pub const LAST_PAGE: u32 = 0x7_FEFF;

/// The most members of a segment space.
pub const MOST_MEMBERS: usize = 64;

/// What a system data file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// A named saved system.
    System,
    /// A saved segment by itself.
    Segment,
    /// A saved segment that is a member of segment spaces.
    Member,
    /// A segment space: the names of its members.
    Space,
}

const SORTS: [(Sort, &str); 4] = [
    (Sort::System, "NSS"),
    (Sort::Segment, "DCSS"),
    (Sort::Member, "DCSS-M"),
    (Sort::Space, "DCSS-S"),
];

impl Sort {
    /// How QUERY NSS calls it.
    pub fn code(self) -> &'static str {
        SORTS.iter().find(|(s, _)| *s == self).map_or("", |s| s.1)
    }

    /// The sort of a code.
    pub fn parse(code: &str) -> Option<Sort> {
        SORTS.iter().find(|(_, c)| *c == code).map(|s| s.0)
    }

    /// Among which names its name is the only one.
    pub fn family(self) -> Family {
        match self {
            Sort::System => Family::System,
            Sort::Segment | Sort::Member | Sort::Space => Family::Segment,
        }
    }
}

/// Files whose names are to be told from each other: there may be a system and a segment of one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Named saved systems.
    System,
    /// Saved segments and segment spaces.
    Segment,
}

impl Family {
    /// What messages call one of them.
    pub fn noun(self) -> &'static [u8] {
        match self {
            Family::System => b"Named Saved System (NSS)",
            Family::Segment => b"Saved segment",
        }
    }
}

/// A page descriptor code: who may have the pages, and whether their data is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageKind {
    /// Exclusive, read/write, saved.
    Ew,
    /// Exclusive, read/write, no data saved.
    En,
    /// Exclusive, read-only, saved.
    Er,
    /// Shared, read/write, saved.
    Sw,
    /// Shared, read/write, no data saved.
    Sn,
    /// Shared, read-only, saved.
    Sr,
    /// Shared, read-only to machines, written by CP, no data saved.
    Sc,
}

/// What a machine that IPLs the system may do with a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Its own copy, from its first store on.
    Own,
    /// Its own copy, which it may not store into.
    OwnReadOnly,
    /// The one copy of all, which it may not store into.
    SharedReadOnly,
    /// The one copy of all, stored into by all.
    SharedWrite,
}

const CODES: [(&str, PageKind); 7] = [
    ("EW", PageKind::Ew),
    ("EN", PageKind::En),
    ("ER", PageKind::Er),
    ("SW", PageKind::Sw),
    ("SN", PageKind::Sn),
    ("SR", PageKind::Sr),
    ("SC", PageKind::Sc),
];

impl PageKind {
    /// The kind of a code in any case.
    pub fn parse(code: &[u8]) -> Option<PageKind> {
        let row = CODES
            .iter()
            .find(|(c, _)| code.eq_ignore_ascii_case(c.as_bytes()));
        row.map(|(_, kind)| *kind)
    }

    /// The two letters.
    pub fn code(self) -> &'static str {
        CODES
            .iter()
            .find(|(_, k)| *k == self)
            .map_or("EW", |(c, _)| c)
    }

    /// Whether all machines have the same page.
    pub fn shared(self) -> bool {
        matches!(
            self,
            PageKind::Sw | PageKind::Sn | PageKind::Sr | PageKind::Sc
        )
    }

    /// Whether SAVESYS keeps the data and the storage keys.
    pub fn saved(self) -> bool {
        matches!(
            self,
            PageKind::Ew | PageKind::Er | PageKind::Sw | PageKind::Sr
        )
    }

    /// The number by which DIAGNOSE X'64' tells the code to a program.
    pub fn told(self) -> u8 {
        match self {
            PageKind::Sw => 0,
            PageKind::Ew => 1,
            PageKind::Sr => 2,
            PageKind::Er => 3,
            PageKind::Sn => 4,
            PageKind::En => 5,
            PageKind::Sc => 6,
        }
    }

    /// What a machine may do with the page.
    pub fn access(self) -> Access {
        match self {
            PageKind::Ew | PageKind::En => Access::Own,
            PageKind::Er => Access::OwnReadOnly,
            PageKind::Sw | PageKind::Sn => Access::SharedWrite,
            PageKind::Sr | PageKind::Sc => Access::SharedReadOnly,
        }
    }

    /// The number of the code in the file.
    pub(super) fn number(self) -> u8 {
        CODES
            .iter()
            .position(|(_, k)| *k == self)
            .map_or(0, |i| i.to_le_bytes()[0])
    }

    pub(super) fn numbered(number: u8) -> Option<PageKind> {
        CODES.get(usize::from(number)).map(|(_, k)| *k)
    }
}

/// A range of pages of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRange {
    /// The first page number.
    pub first: u32,
    /// The last page number.
    pub last: u32,
    /// The descriptor code.
    pub kind: PageKind,
}

impl PageRange {
    /// How many pages.
    pub fn pages(&self) -> u32 {
        self.last - self.first + 1
    }
}

/// Which registers get the PARM string of IPL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParmRegs {
    /// From the first to the last of these, four bytes each.
    Range(u8, u8),
    /// PARM is not allowed.
    None,
}

/// What DEFSYS or DEFSEG defined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The name, one to eight characters, upper case.
    pub name: Vec<u8>,
    /// The ranges by page number.
    pub ranges: Vec<PageRange>,
    /// The least storage a machine must have, in bytes.
    pub minsize: u64,
    /// RSTD: only users with a NAMESAVE statement may load it.
    pub restricted: bool,
    /// Where the PARM string goes.
    pub parmregs: ParmRegs,
    /// Whether machines that load it form a group.
    pub vmgroup: bool,
    /// The architecture modes SAVESYS is allowed in; empty for any.
    pub machmodes: Vec<MachineMode>,
    /// LOADNSHR: everybody may have a copy of a segment alone.
    pub loadnshr: bool,
    /// SECURE: only who made the segment may take it to tape.
    pub secure: bool,
    /// The members of a segment space.
    pub members: Vec<Vec<u8>>,
}

impl Definition {
    /// A definition of nothing but a name.
    pub fn new(name: Vec<u8>) -> Definition {
        Definition {
            name,
            ranges: Vec::new(),
            minsize: 0,
            restricted: false,
            parmregs: ParmRegs::Range(0, 15),
            vmgroup: false,
            machmodes: Vec::new(),
            loadnshr: false,
            secure: false,
            members: Vec::new(),
        }
    }

    /// The byte behind the last page of the last range.
    pub fn end(&self) -> u64 {
        self.ranges
            .last()
            .map_or(0, |r| (u64::from(r.last) + 1) << 12)
    }
}

/// The whole segments that ranges lie in, as runs of first page and count.
pub fn segments(ranges: &[PageRange]) -> Vec<(u32, u32)> {
    let mut out: Vec<(u32, u32)> = Vec::new();
    for range in ranges {
        let first = range.first / SEGMENT * SEGMENT;
        let end = (range.last / SEGMENT + 1) * SEGMENT;
        match out.last_mut() {
            Some((start, pages)) if first <= *start + *pages => {
                *pages = end.max(*start + *pages) - *start;
            }
            _ => out.push((first, end - first)),
        }
    }
    out
}

/// The pages that stand in a segment with others but are not in a range, as runs of first page and
/// count: zero when loaded; in a shared segment nobody may store into them.
pub fn gaps(ranges: &[PageRange]) -> Vec<(u32, u32, Access)> {
    let mut out = Vec::new();
    let mut index = 0;
    while let Some(range) = ranges.get(index) {
        // A block of segments that touch each other through ranges.
        let mut segment = range.first / SEGMENT;
        let mut at = segment * SEGMENT;
        let mut kind = range.kind;
        while let Some(range) = ranges.get(index) {
            if range.first / SEGMENT > segment {
                break;
            }
            kind = range.kind;
            push_gap(&mut out, at, range.first, kind);
            at = range.last + 1;
            segment = range.last / SEGMENT;
            index += 1;
        }
        push_gap(&mut out, at, (segment + 1) * SEGMENT, kind);
    }
    out
}

fn push_gap(out: &mut Vec<(u32, u32, Access)>, from: u32, to: u32, kind: PageKind) {
    if from < to {
        let access = match kind.shared() {
            true => Access::SharedReadOnly,
            false => Access::Own,
        };
        out.push((from, to - from, access));
    }
}

/// Reads the operands of DEFSYS.
pub fn parse(operands: &[&[u8]]) -> Result<Definition, Message> {
    let Some((&name, rest)) = operands.split_first() else {
        return Err(hcp::HCPNSD026E.with(&[]));
    };
    let mut def = Definition::new(check_name(name)?);
    if [&b"LOADDEV"[..], b"DUMPDEV"].contains(&def.name.as_slice()) {
        return Err(hcp::HCPNSD002E.with(&[name]));
    }
    let mut words = rest.iter().copied().peekable();
    def.ranges = page_ranges(&mut words)?;
    let mut seen = Vec::new();
    while let Some(word) = words.next() {
        option(&mut def, word, &mut words, &mut seen)?;
    }
    def.minsize = def.minsize.max(def.end());
    Ok(def)
}

/// Reads the operands of DEFSEG: the definition, without ranges for SAMERANGE, and the segment space.
pub fn parse_segment(operands: &[&[u8]]) -> Result<(Definition, Option<Vec<u8>>), Message> {
    let Some((&name, rest)) = operands.split_first() else {
        return Err(hcp::HCPNSD026E.with(&[]));
    };
    let mut def = Definition::new(check_name(name)?);
    let mut words = rest.iter().copied().peekable();
    let same = words.next_if(|w| abbrev::matches("SAMErange", w)).is_some();
    if !same {
        def.ranges = page_ranges(&mut words)?;
    }
    let mut space = None;
    while let Some(word) = words.next() {
        let upper = word.to_ascii_uppercase();
        let twice = match upper.as_slice() {
            b"SPACE" => {
                let name = words.next().ok_or_else(|| hcp::HCPNSD026E.with(&[]))?;
                space.replace(check_name(name)?).is_some()
            }
            b"RSTD" => std::mem::replace(&mut def.restricted, true),
            b"LOADNSHR" => std::mem::replace(&mut def.loadnshr, true),
            b"SECURE" => std::mem::replace(&mut def.secure, true),
            _ => return Err(hcp::HCPNSD003E.with(&[word])),
        };
        let written = def.ranges.iter().any(|r| r.kind == PageKind::Sc);
        let clash = def.loadnshr && (def.restricted || written);
        if twice || clash || same && upper != b"SPACE" || space.as_ref() == Some(&def.name) {
            return Err(hcp::HCPNSD013E.with(&[word]));
        }
    }
    if same && space.is_none() {
        return Err(hcp::HCPNSD026E.with(&[]));
    }
    Ok((def, space))
}

/// The page ranges with their codes at the beginning of the operands, one at least.
fn page_ranges<'a>(
    words: &mut std::iter::Peekable<impl Iterator<Item = &'a [u8]>>,
) -> Result<Vec<PageRange>, Message> {
    let mut ranges = Vec::new();
    while let Some(word) = words.peek().copied() {
        let Some((first, last)) = page_range(word)? else {
            break;
        };
        words.next();
        let Some(code) = words.next() else {
            return Err(hcp::HCPNSD026E.with(&[]));
        };
        let kind = PageKind::parse(code).ok_or_else(|| hcp::HCPNSD002E.with(&[code]))?;
        if !add_range(&mut ranges, PageRange { first, last, kind }) {
            return Err(hcp::HCPNSD013E.with(&[word]));
        }
    }
    match (ranges.is_empty(), words.peek()) {
        (false, _) => Ok(ranges),
        (true, Some(word)) => Err(hcp::HCPNSD002E.with(&[word])),
        (true, None) => Err(hcp::HCPNSD026E.with(&[])),
    }
}

/// A name of one to eight letters, digits and national characters.
fn check_name(name: &[u8]) -> Result<Vec<u8>, Message> {
    let upper = name.to_ascii_uppercase();
    let good = upper.len() <= 8
        && upper
            .iter()
            .all(|c| c.is_ascii_alphanumeric() || b"@#$_-".contains(c));
    if good {
        return Ok(upper);
    }
    Err(hcp::HCPNSD002E.with(&[name]))
}

/// `hexpage1-hexpage2`; `None` when the word is no range at all.
fn page_range(word: &[u8]) -> Result<Option<(u32, u32)>, Message> {
    let Some(dash) = word.iter().position(|&c| c == b'-') else {
        return Ok(None);
    };
    let page = |digits: &[u8]| {
        let digits = std::str::from_utf8(digits).ok().filter(|d| d.len() <= 8)?;
        if !digits.bytes().all(|c| c.is_ascii_hexdigit()) {
            return None;
        }
        u32::from_str_radix(digits, 16).ok()
    };
    if word[..dash].contains(&b'=') {
        return Ok(None);
    }
    match (page(&word[..dash]), page(&word[dash + 1..])) {
        (Some(first), Some(last)) if first <= last && last <= LAST_PAGE => Ok(Some((first, last))),
        _ => Err(hcp::HCPNSD002E.with(&[word])),
    }
}

/// Puts a range in its place; false, and nothing is done, when it overlaps another one or a segment would mix
/// shared and exclusive pages.
pub fn add_range(ranges: &mut Vec<PageRange>, new: PageRange) -> bool {
    let at = ranges.partition_point(|r| r.first < new.first);
    let before = at.checked_sub(1).and_then(|i| ranges.get(i));
    let after = ranges.get(at);
    let overlaps =
        before.is_some_and(|r| r.last >= new.first) || after.is_some_and(|r| r.first <= new.last);
    let mixes = |r: &PageRange| r.kind.shared() != new.kind.shared();
    let mixed = before.is_some_and(|r| r.last / SEGMENT == new.first / SEGMENT && mixes(r))
        || after.is_some_and(|r| r.first / SEGMENT == new.last / SEGMENT && mixes(r));
    if !overlaps && !mixed {
        ranges.insert(at, new);
    }
    !overlaps && !mixed
}

/// One option behind the page ranges; each may stand once.
fn option<'a>(
    def: &mut Definition,
    word: &'a [u8],
    words: &mut std::iter::Peekable<impl Iterator<Item = &'a [u8]>>,
    seen: &mut Vec<Vec<u8>>,
) -> Result<(), Message> {
    let upper = word.to_ascii_uppercase();
    let invalid = || hcp::HCPNSD002E.with(&[word]);
    let (key, value) = match upper.iter().position(|&c| c == b'=') {
        Some(at) => (&upper[..at], Some(&upper[at + 1..])),
        None => (&upper[..], None),
    };
    if seen.iter().any(|s| s == key) {
        return Err(hcp::HCPNSD013E.with(&[word]));
    }
    match (key, value) {
        (b"MINSIZE", Some(size)) => def.minsize = minsize(size).ok_or_else(invalid)?,
        (b"PARMREGS", Some(regs)) => def.parmregs = parmregs(regs).ok_or_else(invalid)?,
        (b"RSTD", None) => def.restricted = true,
        (b"VMGROUP", None) => def.vmgroup = true,
        (b"MACHMODE", None) => {
            while let Some(mode) = words.peek().and_then(|w| machmode(w)) {
                for m in mode {
                    if !def.machmodes.contains(&m) {
                        def.machmodes.push(m);
                    }
                }
                words.next();
            }
            if def.machmodes.is_empty() {
                return Err(hcp::HCPNSD026E.with(&[]));
            }
        }
        (b"MINSIZE" | b"PARMREGS" | b"RSTD" | b"VMGROUP", _) => return Err(invalid()),
        _ => return Err(hcp::HCPNSD003E.with(&[word])),
    }
    seen.push(key.to_vec());
    Ok(())
}

fn minsize(size: &[u8]) -> Option<u64> {
    let (digits, most, shift) = match size.split_last()? {
        (b'K', digits) => (digits, 7, 10),
        (b'M', digits) => (digits, 4, 20),
        _ => return None,
    };
    if digits.is_empty() || digits.len() > most || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    let bytes = number << shift;
    (bytes > 0 && bytes <= 2047 << 20).then_some(bytes)
}

fn parmregs(regs: &[u8]) -> Option<ParmRegs> {
    if regs == b"NONE" {
        return Some(ParmRegs::None);
    }
    let (m, n) = std::str::from_utf8(regs).ok()?.split_once('-')?;
    let number = |s: &str| {
        s.bytes()
            .all(|c| c.is_ascii_digit())
            .then(|| s.parse::<u8>().ok())
    };
    let (m, n) = (number(m)??, number(n)??);
    (m <= n && n <= 15).then_some(ParmRegs::Range(m, n))
}

/// One word behind MACHMODE; modes may also be joined by commas.
fn machmode(word: &[u8]) -> Option<Vec<MachineMode>> {
    word.split(|&c| c == b',')
        .filter(|w| !w.is_empty())
        .map(|w| match w.to_ascii_uppercase().as_slice() {
            b"XA" => Some(MachineMode::Xa),
            b"ESA" => Some(MachineMode::Esa),
            b"XC" => Some(MachineMode::Xc),
            b"Z" => Some(MachineMode::Z),
            _ => None,
        })
        .collect::<Option<Vec<_>>>()
        .filter(|modes| !modes.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Definition, Message> {
        let words: Vec<&[u8]> = text.split_whitespace().map(str::as_bytes).collect();
        parse(&words)
    }
    fn refused(text: &str) -> (i32, String) {
        let m = read(text).unwrap_err();
        (m.number(), String::from_utf8(m.text).unwrap())
    }

    #[test]
    fn the_founding_definition() {
        let d = read("lxshr 0-FF EW 100-2FF SR 300-4FF EW MINSIZE=64M").unwrap();
        assert_eq!(d.name, b"LXSHR");
        assert_eq!(d.minsize, 64 << 20);
        assert_eq!(
            d.ranges[1],
            PageRange {
                first: 0x100,
                last: 0x2FF,
                kind: PageKind::Sr
            }
        );
        assert!(gaps(&d.ranges).is_empty());
        assert_eq!(d.parmregs, ParmRegs::Range(0, 15));
    }

    #[test]
    fn what_the_kernel_itself_issues() {
        let d = read(
            "LNXNSS 00000-000FF EW 00100-005FF SR 00600-006D8 EW 00AD8-00BCE EW MINSIZE=0012088K PARMREGS=0-13",
        )
        .unwrap();
        assert_eq!(d.ranges.len(), 4);
        assert_eq!(d.parmregs, ParmRegs::Range(0, 13));
        // MINSIZE is below the last page here by nothing: 0xBCF pages are 12092K.
        assert_eq!(d.minsize, 0xBCF << 12);
        assert_eq!(gaps(&d.ranges).len(), 3);
    }

    #[test]
    fn rules_of_segments_and_pages() {
        let table = [
            ("X 0-7F EW 80-FF SR", 13),
            ("X 80-FF SR 0-7F EW", 13),
            ("X 0-10 EW 10-20 EW", 13),
            ("X 0-10 EW 5-6 EW", 13),
            ("X 5-6 EW 0-10 EW", 13),
            ("X 0-7FF00 EW", 2),
            ("X 10-0 EW", 2),
            ("X 0-G EW", 2),
            ("X 0 EW", 2),
            ("X 0-1 XX", 2),
            ("X 0-1 EC", 2),
            ("X 0-1", 26),
            ("X", 26),
            ("", 26),
            ("TOOLONGNM 0-1 EW", 2),
            ("LOADDEV 0-1 EW", 2),
            ("X 0-1 EW MINSIZE=64", 2),
            ("X 0-1 EW MINSIZE=M", 2),
            ("X 0-1 EW MINSIZE=12345678K", 2),
            ("X 0-1 EW MINSIZE=2048M", 2),
            ("X 0-1 EW PARMREGS=5", 2),
            ("X 0-1 EW PARMREGS=9-3", 2),
            ("X 0-1 EW PARMREGS=0-16", 2),
            ("X 0-1 EW RSTD RSTD", 13),
            ("X 0-1 EW MACHMODE", 26),
            ("X 0-1 EW FROBNICATE", 3),
            ("X 0-1 EW 64M", 3),
        ];
        for (text, number) in table {
            assert_eq!(refused(text).0, number, "{text}");
        }
        for good in [
            "X 0-FF EW 100-1FF SR",
            "X 0-0 EN 1-1 ER 2-2 EW",
            "X 100-100 SW 101-101 SN 102-102 SR 103-103 SC",
            "X 7FEFF-7FEFF EW",
            "CAFE 0-1 EW RSTD VMGROUP PARMREGS=NONE MACHMODE XA,ESA Z",
        ] {
            assert!(read(good).is_ok(), "{good}");
        }
        assert_eq!(
            refused("X 0-1 EW MINSIZE=2048M").1,
            "Invalid operand - MINSIZE=2048M"
        );
    }

    #[test]
    fn pages_of_a_segment_that_nobody_described() {
        let d = read("X 10-1F SR 30-3F SR 1F0-20F EW").unwrap();
        let shared = Access::SharedReadOnly;
        assert_eq!(
            gaps(&d.ranges),
            [
                (0, 0x10, shared),
                (0x20, 0x10, shared),
                (0x40, 0xC0, shared),
                (0x100, 0xF0, Access::Own),
                (0x210, 0xF0, Access::Own),
            ]
        );
    }

    #[test]
    fn segments_have_options_of_their_own() {
        let read = |text: &str| {
            let words: Vec<&[u8]> = text.split_whitespace().map(str::as_bytes).collect();
            parse_segment(&words)
        };
        let (d, space) =
            read("lxdata 10000-100ff sw 10200-1020f sn space all rstd secure").unwrap();
        assert_eq!((d.name.as_slice(), d.ranges.len()), (&b"LXDATA"[..], 2));
        assert!(d.restricted && d.secure && !d.loadnshr);
        assert_eq!(space.unwrap(), b"ALL");
        assert_eq!(segments(&d.ranges), [(0x10000, 0x100), (0x10200, 0x100)]);
        let (d, _) = read("X SAMERANGE SPACE Y").unwrap();
        assert!(d.ranges.is_empty());
        for (text, number) in [
            ("", 26),
            ("X", 26),
            ("X SAMERANGE", 26),
            ("X SAMERANGE SPACE Y RSTD", 13),
            ("X 100-1FF SR SPACE", 26),
            ("X 100-1FF SR SPACE X", 13),
            ("X 100-1FF SR SPACE A SPACE B", 13),
            ("X 100-1FF SR SPACE TOOLONGNM", 2),
            ("X 100-1FF SR LOADNSHR RSTD", 13),
            ("X 100-1FF SC LOADNSHR", 13),
            ("X 100-1FF SR SECURE SECURE", 13),
            ("X 100-1FF SR MINSIZE=4M", 3),
            ("X 100-1FF SR 180-1FF EW", 13),
            ("X 100 SR", 2),
            ("X 7FF00-7FF00 SR", 2),
        ] {
            assert_eq!(read(text).unwrap_err().number(), number, "{text}");
        }
        // Runs of whole segments: what touches is one.
        let (d, _) = read("X 1F0-20F EW 300-300 EW 500-500 SR").unwrap();
        assert_eq!(segments(&d.ranges), [(0x100, 0x300), (0x500, 0x100)]);
    }
}
