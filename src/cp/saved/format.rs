//! The file of a saved system: one header with a checksum, then the data of the saved pages, aligned so
//! that every range is mapped in one piece. Numbers are big-endian.
//!
//! | bytes | what |
//! |---|---|
//! | 0-7 | kind, `VMSHNSS` and a zero |
//! | 8-11 | version |
//! | 12-15 | length of the header |
//! | 16-19 | CRC-32 of the header from byte 20 on |
//! | 20- | definition, machine state, page table: a storage key and a CRC-32 for each saved page |
//! | from the next multiple of 4096 | page data; a page of zeros is a hole |
//!
//! The checksum of a page is verified when the page is first touched, so that IPL reads only the header.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use super::define::{Definition, PageKind, PageRange, ParmRegs};
use crate::cp::directory::MachineMode;

/// Bytes of a page.
pub const PAGE: usize = 4096;
const KIND: &[u8; 8] = b"VMSHNSS\0";
const VERSION: u32 = 3;
/// The versions before: 2 without what only segments have, 1 without the TOD clock in the machine state too.
const VERSIONS_BEFORE: [u32; 2] = [1, 2];
/// A header longer than this is no header: 2047 MB of pages need 2.6 MB.
const LONGEST_HEADER: u32 = 16 << 20;

/// Why a saved system could not be used.
#[derive(Debug, thiserror::Error)]
pub enum SavedError {
    /// The file is not what was written.
    #[error("{file}: {place} is damaged")]
    Damaged {
        /// The file.
        file: String,
        /// The part of it.
        place: String,
    },
    /// The host refused.
    #[error("{file}: {source}")]
    Host {
        /// The file.
        file: String,
        /// What the host said.
        source: std::io::Error,
    },
    /// There is no saved system of this name.
    #[error("no saved system of that name")]
    NotFound,
    /// There is no skeleton of this name.
    #[error("no skeleton of that name")]
    NoSkeleton,
    /// A skeleton of this name is already defined.
    #[error("a skeleton of that name is already defined")]
    AlreadyDefined,
    /// The name is that of a segment, or of a segment space, where the other is meant.
    #[error("{} is the name of another sort of segment", String::from_utf8_lossy(.0))]
    NameTaken(Vec<u8>),
    /// The pages of a member of the same segment space are in the way.
    #[error("a page range conflicts with member {}", String::from_utf8_lossy(.0))]
    Conflict(Vec<u8>),
    /// The segment space has as many members as it may have.
    #[error("segment space {} is full", String::from_utf8_lossy(.0))]
    Full(Vec<u8>),
    /// A page lies outside the storage of the machine that is saved.
    #[error("page {0:X} is outside the virtual machine's storage")]
    OutsideStorage(u32),
}

impl SavedError {
    pub(super) fn host(path: &Path, source: std::io::Error) -> SavedError {
        SavedError::Host {
            file: path.display().to_string(),
            source,
        }
    }

    pub(super) fn damaged(path: &Path, place: &str) -> SavedError {
        SavedError::Damaged {
            file: path.display().to_string(),
            place: place.to_string(),
        }
    }
}

/// One processor as SAVESYS found it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct CpuState {
    /// The processor address.
    pub address: u16,
    /// General registers.
    pub gr: [u64; 16],
    /// Control registers.
    pub cr: [u64; 16],
    /// Floating-point registers.
    pub fpr: [u64; 16],
    /// Access registers.
    pub ar: [u32; 16],
    /// Floating-point control register.
    pub fpc: u32,
    /// The PSW in its 16-byte form; the mode is [`State::zarch`].
    pub psw: [u8; 16],
    /// The prefix register.
    pub prefix: u64,
    /// The CPU timer.
    pub timer: u64,
    /// The clock comparator.
    pub comparator: u64,
    /// The TOD programmable register.
    pub todpr: u32,
    /// Whether it was stopped rather than running.
    pub stopped: bool,
}

/// The machine as SAVESYS found it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct State {
    /// Whether it was in z/Architecture mode.
    pub zarch: bool,
    /// Its processors, the one that IPL goes on with first.
    pub cpus: Vec<CpuState>,
    /// The subchannels, as the channel subsystem keeps them.
    pub channels: Vec<u8>,
    /// The event facility, as the service processor keeps it.
    pub service: [u8; 9],
    /// The TOD clock; zero when the file does not tell.
    pub tod: u64,
}

/// A run of saved pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The first page.
    pub first: u32,
    /// The page descriptor.
    pub kind: PageKind,
    /// Where its data begins in the file.
    pub offset: u64,
    /// The storage key of each page.
    pub keys: Vec<u8>,
    /// The CRC-32 of each page.
    pub sums: Arc<[u32]>,
}

/// Everything of a saved system but the page data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// What DEFSYS defined.
    pub definition: Definition,
    /// The system data file number, 1 to 9999.
    pub fileid: u16,
    /// Who defined it.
    pub origin: Vec<u8>,
    /// When it was defined or saved, in microseconds since 1970 UTC.
    pub created: i64,
    /// The machine, once it is saved; `None` in a skeleton, and in a segment.
    pub state: Option<State>,
    /// The saved pages.
    pub runs: Vec<Run>,
}

impl Header {
    /// How many pages the file holds, the header counted as one.
    pub fn records(&self) -> usize {
        1 + self.runs.iter().map(|r| r.keys.len()).sum::<usize>()
    }
}

/// Where SAVESYS gets pages from.
pub trait PageSource {
    /// Copies a page out and gives its storage key; `None` when it is outside storage.
    fn page(&mut self, page: u32, into: &mut [u8; PAGE]) -> Option<u8>;
}

struct Nothing;
impl PageSource for Nothing {
    fn page(&mut self, _page: u32, _into: &mut [u8; PAGE]) -> Option<u8> {
        None
    }
}

/// Writes a saved system (or, without pages, a skeleton) to a new file and makes it safe on disk.
pub fn write(
    path: &Path,
    header: &mut Header,
    pages: Option<&mut dyn PageSource>,
) -> Result<(), SavedError> {
    let host = |e| SavedError::host(path, e);
    header.runs.clear();
    let mut nothing = Nothing;
    let source: &mut dyn PageSource = match pages {
        Some(source) => {
            let saved = header.definition.ranges.iter().filter(|r| r.kind.saved());
            header.runs.extend(saved.map(blank_run));
            source
        }
        None => &mut nothing,
    };
    let data = encode(header).len().next_multiple_of(PAGE);
    let mut at = data.try_into().unwrap_or(u64::MAX);
    let mut file = File::options()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(host)?;
    let mut page = [0u8; PAGE];
    for run in &mut header.runs {
        run.offset = at;
        let mut sums = Vec::with_capacity(run.keys.len());
        for (number, key) in (run.first..).zip(run.keys.iter_mut()) {
            *key = source
                .page(number, &mut page)
                .ok_or(SavedError::OutsideStorage(number))?;
            sums.push(crc32fast::hash(&page));
            if page.iter().any(|&b| b != 0) {
                file.seek(SeekFrom::Start(at)).map_err(host)?;
                file.write_all(&page).map_err(host)?;
            }
            at += PAGE as u64;
        }
        run.sums = sums.into();
    }
    file.set_len(at).map_err(host)?;
    file.rewind().map_err(host)?;
    file.write_all(&encode(header)).map_err(host)?;
    file.sync_all().map_err(host)
}

fn blank_run(range: &PageRange) -> Run {
    let pages = range.pages() as usize;
    Run {
        first: range.first,
        kind: range.kind,
        offset: 0,
        keys: vec![0; pages],
        sums: vec![0; pages].into(),
    }
}

/// Reads and checks the header of a saved system.
///
/// # Errors
/// [`SavedError::Damaged`] names the place; [`SavedError::Host`] says why the host could not read.
pub fn read(file: &mut (impl Read + Seek), path: &Path) -> Result<Header, SavedError> {
    let host = |e| SavedError::host(path, e);
    let short = |e: std::io::Error| match e.kind() {
        std::io::ErrorKind::UnexpectedEof => SavedError::damaged(path, "the header (cut off)"),
        _ => SavedError::host(path, e),
    };
    let mut front = [0u8; 20];
    file.rewind().map_err(host)?;
    file.read_exact(&mut front).map_err(short)?;
    let word =
        |at: usize| u32::from_be_bytes([front[at], front[at + 1], front[at + 2], front[at + 3]]);
    if front[..8] != KIND[..] {
        return Err(SavedError::damaged(path, "the kind of file"));
    }
    let version = word(8);
    if version != VERSION && !VERSIONS_BEFORE.contains(&version) {
        return Err(SavedError::damaged(path, &format!("version {version}")));
    }
    if !(20..=LONGEST_HEADER).contains(&word(12)) {
        return Err(SavedError::damaged(path, "the length of the header"));
    }
    let mut body = vec![0u8; word(12) as usize - 20];
    file.read_exact(&mut body).map_err(short)?;
    if crc32fast::hash(&body) != word(16) {
        return Err(SavedError::damaged(path, "the header (checksum)"));
    }
    let header =
        decode(&body, version).ok_or_else(|| SavedError::damaged(path, "the header (contents)"))?;
    let end = header
        .runs
        .iter()
        .map(|r| r.offset + (r.keys.len() * PAGE) as u64)
        .max();
    if file.seek(SeekFrom::End(0)).map_err(host)? < end.unwrap_or(0) {
        return Err(SavedError::damaged(path, "the page data (cut off)"));
    }
    Ok(header)
}

/// Writes big-endian fields.
pub(in crate::cp) struct Out(pub(in crate::cp) Vec<u8>);

impl Out {
    pub(in crate::cp) fn u8(&mut self, v: u8) {
        self.0.push(v);
    }
    pub(in crate::cp) fn u16(&mut self, v: u16) {
        self.0.extend_from_slice(&v.to_be_bytes());
    }
    pub(in crate::cp) fn u32(&mut self, v: u32) {
        self.0.extend_from_slice(&v.to_be_bytes());
    }
    pub(in crate::cp) fn u64(&mut self, v: u64) {
        self.0.extend_from_slice(&v.to_be_bytes());
    }
    pub(in crate::cp) fn name(&mut self, v: &[u8]) {
        self.u8(u8::try_from(v.len()).unwrap_or(u8::MAX));
        self.0.extend_from_slice(v);
    }
}

/// The header's bytes, from the kind on.
fn encode(header: &Header) -> Vec<u8> {
    let mut out = Out(Vec::new());
    let def = &header.definition;
    out.name(&def.name);
    out.name(&header.origin);
    out.u16(header.fileid);
    out.u64(header.created.cast_unsigned());
    out.u64(def.minsize);
    out.u8(u8::from(def.restricted));
    out.u8(u8::from(def.vmgroup));
    let (m, n) = match def.parmregs {
        ParmRegs::Range(m, n) => (m, n),
        ParmRegs::None => (0xFF, 0xFF),
    };
    out.u8(m);
    out.u8(n);
    let modes: Vec<u8> = def.machmodes.iter().map(|m| mode_number(*m)).collect();
    out.name(&modes);
    out.u32(u32::try_from(def.ranges.len()).unwrap_or(u32::MAX));
    for r in &def.ranges {
        out.u32(r.first);
        out.u32(r.last);
        out.u8(r.kind.number());
    }
    encode_state(&mut out, header.state.as_ref());
    out.u32(u32::try_from(header.runs.len()).unwrap_or(u32::MAX));
    for run in &header.runs {
        out.u32(run.first);
        out.u8(run.kind.number());
        out.u64(run.offset);
        out.u32(u32::try_from(run.keys.len()).unwrap_or(u32::MAX));
        out.0.extend_from_slice(&run.keys);
        run.sums.iter().for_each(|s| out.u32(*s));
    }
    out.u8(u8::from(def.loadnshr) | u8::from(def.secure) << 1);
    out.u8(u8::try_from(def.members.len()).unwrap_or(u8::MAX));
    def.members.iter().for_each(|name| out.name(name));
    let body = out.0;
    let mut all = Vec::with_capacity(body.len() + 20);
    all.extend_from_slice(KIND);
    all.extend_from_slice(&VERSION.to_be_bytes());
    all.extend_from_slice(
        &u32::try_from(body.len() + 20)
            .unwrap_or(u32::MAX)
            .to_be_bytes(),
    );
    all.extend_from_slice(&crc32fast::hash(&body).to_be_bytes());
    all.extend_from_slice(&body);
    all
}

fn encode_state(out: &mut Out, state: Option<&State>) {
    let Some(state) = state else {
        out.u8(0);
        return;
    };
    out.u8(if state.zarch { 4 } else { 3 });
    out.u64(state.tod);
    out.u16(u16::try_from(state.cpus.len()).unwrap_or(u16::MAX));
    for cpu in &state.cpus {
        out.u16(cpu.address);
        for v in cpu.gr.iter().chain(&cpu.cr).chain(&cpu.fpr) {
            out.u64(*v);
        }
        cpu.ar.iter().for_each(|v| out.u32(*v));
        out.u32(cpu.fpc);
        out.0.extend_from_slice(&cpu.psw);
        out.u64(cpu.prefix);
        out.u64(cpu.timer);
        out.u64(cpu.comparator);
        out.u32(cpu.todpr);
        out.u8(u8::from(cpu.stopped));
    }
    out.u32(u32::try_from(state.channels.len()).unwrap_or(u32::MAX));
    out.0.extend_from_slice(&state.channels);
    out.0.extend_from_slice(&state.service);
}

/// Reads big-endian fields; `None` when they end too early.
pub(in crate::cp) struct In<'a>(pub(in crate::cp) &'a [u8]);

impl<'a> In<'a> {
    pub(in crate::cp) fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(head)
    }
    pub(in crate::cp) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }
    pub(in crate::cp) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[b]| b)
    }
    pub(in crate::cp) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }
    pub(in crate::cp) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }
    pub(in crate::cp) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }
    pub(in crate::cp) fn name(&mut self) -> Option<Vec<u8>> {
        let n = self.u8()?;
        Some(self.take(usize::from(n))?.to_vec())
    }
    fn words(&mut self) -> Option<[u64; 16]> {
        let mut out = [0; 16];
        for v in &mut out {
            *v = self.u64()?;
        }
        Some(out)
    }
}

fn decode(body: &[u8], version: u32) -> Option<Header> {
    let mut input = In(body);
    let name = input.name()?;
    let origin = input.name()?;
    let fileid = input.u16()?;
    let created = input.u64()?.cast_signed();
    let minsize = input.u64()?;
    let restricted = input.u8()? != 0;
    let vmgroup = input.u8()? != 0;
    let parmregs = match (input.u8()?, input.u8()?) {
        (m, n) if m <= n && n <= 15 => ParmRegs::Range(m, n),
        (0xFF, 0xFF) => ParmRegs::None,
        _ => return None,
    };
    let machmodes = input
        .name()?
        .into_iter()
        .map(mode_numbered)
        .collect::<Option<_>>()?;
    let mut ranges = Vec::new();
    for _ in 0..input.u32()? {
        let (first, last) = (input.u32()?, input.u32()?);
        let kind = PageKind::numbered(input.u8()?)?;
        if first > last || last > super::define::LAST_PAGE {
            return None;
        }
        ranges.push(PageRange { first, last, kind });
    }
    let state = decode_state(&mut input)?;
    let mut runs = Vec::new();
    for _ in 0..input.u32()? {
        runs.push(decode_run(&mut input)?);
    }
    let mut definition = Definition {
        ranges,
        minsize,
        restricted,
        parmregs,
        vmgroup,
        machmodes,
        ..Definition::new(name)
    };
    if version >= 3 {
        let flags = input.u8()?;
        definition.loadnshr = flags & 1 != 0;
        definition.secure = flags & 2 != 0;
        for _ in 0..input.u8()? {
            definition.members.push(input.name()?);
        }
    }
    input.0.is_empty().then_some(Header {
        definition,
        fileid,
        origin,
        created,
        state,
        runs,
    })
}

fn decode_run(input: &mut In<'_>) -> Option<Run> {
    let first = input.u32()?;
    let kind = PageKind::numbered(input.u8()?)?;
    let offset = input.u64()?;
    let pages = input.u32()?;
    let end = first.checked_add(pages)?;
    if end > super::define::LAST_PAGE + 1 || offset % PAGE as u64 != 0 || offset > 1 << 40 {
        return None;
    }
    let keys = input.take(pages as usize)?.to_vec();
    let sums = (0..pages)
        .map(|_| input.u32())
        .collect::<Option<Arc<[u32]>>>()?;
    Some(Run {
        first,
        kind,
        offset,
        keys,
        sums,
    })
}

/// `Some(None)` for a skeleton, `None` for nonsense.
fn decode_state(input: &mut In<'_>) -> Option<Option<State>> {
    let (zarch, timed) = match input.u8()? {
        0 => return Some(None),
        1 => (false, false),
        2 => (true, false),
        3 => (false, true),
        4 => (true, true),
        _ => return None,
    };
    let tod = match timed {
        true => input.u64()?,
        false => 0,
    };
    let mut cpus = Vec::new();
    for _ in 0..input.u16()? {
        let mut cpu = CpuState {
            address: input.u16()?,
            gr: input.words()?,
            cr: input.words()?,
            fpr: input.words()?,
            ..CpuState::default()
        };
        for v in &mut cpu.ar {
            *v = input.u32()?;
        }
        cpu.fpc = input.u32()?;
        cpu.psw = input.array()?;
        cpu.prefix = input.u64()?;
        cpu.timer = input.u64()?;
        cpu.comparator = input.u64()?;
        cpu.todpr = input.u32()?;
        cpu.stopped = input.u8()? != 0;
        cpus.push(cpu);
    }
    let channels = input.u32()?;
    let channels = input.take(channels as usize)?.to_vec();
    let service = input.array()?;
    (!cpus.is_empty()).then_some(Some(State {
        zarch,
        cpus,
        channels,
        service,
        tod,
    }))
}

const MODES: [MachineMode; 4] = [
    MachineMode::Esa,
    MachineMode::Xa,
    MachineMode::Xc,
    MachineMode::Z,
];

fn mode_number(mode: MachineMode) -> u8 {
    MODES
        .iter()
        .position(|m| *m == mode)
        .map_or(0, |i| i.to_le_bytes()[0])
}

fn mode_numbered(number: u8) -> Option<MachineMode> {
    MODES.get(usize::from(number)).copied()
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::define;
    use super::*;
    use proptest::prelude::*;

    /// Storage where page n is filled with n, and has the key n & FE.
    pub struct Pattern(pub u32);
    impl PageSource for Pattern {
        fn page(&mut self, page: u32, into: &mut [u8; PAGE]) -> Option<u8> {
            into.fill(page.to_be_bytes()[3]);
            (page < self.0).then_some(page.to_be_bytes()[3] & 0xFE)
        }
    }

    pub fn definition(text: &str) -> Definition {
        let words: Vec<&[u8]> = text.split_whitespace().map(str::as_bytes).collect();
        define::parse(&words).unwrap()
    }

    pub fn sample() -> Header {
        let mut cpu = CpuState {
            prefix: 0x2000,
            ..CpuState::default()
        };
        cpu.gr[3] = 0x0123_4567_89AB_CDEF;
        cpu.psw[15] = 0x42;
        Header {
            definition: definition("X 0-3 EW 100-101 SR 102-102 SN RSTD PARMREGS=NONE MACHMODE Z"),
            fileid: 12,
            origin: b"MAINT".to_vec(),
            created: 1_234_567,
            state: Some(State {
                zarch: true,
                cpus: vec![cpu],
                channels: vec![1, 2, 3],
                service: [7; 9],
                tod: 77,
            }),
            runs: Vec::new(),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        let mut header = sample();
        write(&path, &mut header, Some(&mut Pattern(0x200))).unwrap();
        let mut file = File::open(&path).unwrap();
        let back = read(&mut file, &path).unwrap();
        assert_eq!(back, header);
        assert_eq!(back.runs.len(), 2);
        assert_eq!(back.records(), 7);
        let mut page = vec![0; PAGE];
        file.seek(SeekFrom::Start(back.runs[1].offset + PAGE as u64))
            .unwrap();
        file.read_exact(&mut page).unwrap();
        assert!(page.iter().all(|&b| b == 1));
        assert_eq!(back.runs[1].sums[1], crc32fast::hash(&page));
    }

    #[test]
    fn a_file_of_the_version_before_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        let mut header = sample();
        write(&path, &mut header, Some(&mut Pattern(0x200))).unwrap();
        let mut file = std::fs::read(&path).unwrap();
        // Without the flags and the count of members at the end of the header, both zero.
        let end = usize::try_from(u32::from_be_bytes(file[12..16].try_into().unwrap())).unwrap();
        file[8..12].copy_from_slice(&2u32.to_be_bytes());
        file[12..16].copy_from_slice(&u32::try_from(end - 2).unwrap().to_be_bytes());
        let sum = crc32fast::hash(&file[20..end - 2]);
        file[16..20].copy_from_slice(&sum.to_be_bytes());
        std::fs::write(&path, &file).unwrap();
        assert_eq!(
            read(&mut File::open(&path).unwrap(), &path).unwrap(),
            header
        );
    }

    #[test]
    fn a_page_outside_storage_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let error = write(
            &dir.path().join("x"),
            &mut sample(),
            Some(&mut Pattern(0x101)),
        )
        .unwrap_err();
        assert!(
            matches!(error, SavedError::OutsideStorage(0x101)),
            "{error}"
        );
    }

    #[test]
    fn every_damaged_byte_of_the_header_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        let mut header = sample();
        write(&path, &mut header, Some(&mut Pattern(0x200))).unwrap();
        let good = std::fs::read(&path).unwrap();
        let header_len = encode(&header).len();
        for at in 0..header_len {
            let mut bad = good.clone();
            bad[at] ^= 0x40;
            std::fs::write(&path, &bad).unwrap();
            let error = read(&mut File::open(&path).unwrap(), &path)
                .unwrap_err()
                .to_string();
            assert!(
                error.contains("is damaged") && error.contains("x:"),
                "{at}: {error}"
            );
        }
        for len in [0, 7, 19, 20, header_len - 1, good.len() - 1] {
            std::fs::write(&path, &good[..len]).unwrap();
            let error = read(&mut File::open(&path).unwrap(), &path)
                .unwrap_err()
                .to_string();
            assert!(error.contains("cut off"), "{len}: {error}");
        }
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            (1..=VERSION).for_each(|v| drop(decode(&body, v)));
        }
    }
}
