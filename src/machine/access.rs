//! Storage as a program sees it: logical addresses, the translations made before (a software TLB), and
//! the accesses of one to sixteen bytes and of runs of bytes
//! (Principles of Operation, chapter 3: Storage Addressing and Protection).

use super::art;
use super::bits::{bits64, count, index, low32};
use super::block::Block;
use super::chain::JumpTable;
use super::cpu::{Cpu, Fault, ProgramCode, Step, Stop};
use super::dat;
use super::psw::{Amode, Space};
use super::storage::{self, PAGE, Storage};
use std::sync::Arc;

/// Protection by a storage key or of low addresses, in the translation-exception identification.
const BY_KEY: u64 = 0;
/// Protection by a page or segment table, or of a page shared read-only.
const BY_TABLES: u64 = 4;
/// Protection by an access list, in z/Architecture.
const BY_LIST: u64 = 0xC;

/// Entries of the translation buffer.
const TLB: usize = 512;
/// Entries of the jump cache, in pairs: a block stands in its own place or, put out of there, in the other of the pair.
pub(super) const JUMPS: usize = 4096;
/// Entries of the jump cache for the addresses of one page.
const JUMPS_OF_A_PAGE: usize = index(PAGE) / 2;
/// Tags that a page address leaves room for.
const TAGS: u64 = 4094;
/// A tag that nothing matches.
const EMPTY: u64 = u64::MAX;

/// Bits of control register 0 that change translation or protection: 35, 38, 39 and 40-44.
const CONTROL_BITS: u32 = 0x13F8_0000;

/// What an access is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Reading an operand.
    Fetch,
    /// Writing an operand.
    Store,
    /// Reading an instruction.
    Instruction,
}

/// Everything a translation depends on beside the address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Context {
    /// The address-space-control element; zero with `dat` off.
    pub asce: u64,
    /// Whether addresses are virtual.
    pub dat: bool,
    /// The access key.
    pub key: u8,
    /// z/Architecture tables.
    pub zarch: bool,
    /// Control register 0: the bits that protection and translation depend on.
    pub control: u32,
    /// The prefix.
    pub prefix: u64,
    /// Which space the exception identification names: 0 primary, 1 AR, 2 secondary, 3 home; with
    /// [`art::FETCH_ONLY`] when an access list allows no stores.
    pub named: u8,
    tag: u64,
}

/// A translation made before.
#[derive(Clone, Copy)]
struct Entry {
    /// Page address and context tag for which fetching is allowed.
    read: u64,
    /// Page address and context tag for which storing is allowed.
    write: u64,
    /// Page address and context tag for which storing is allowed where no code and no protected low address is.
    partly: u64,
    /// Absolute minus logical address.
    delta: u64,
}

const NOTHING: Entry = Entry {
    read: EMPTY,
    write: EMPTY,
    partly: EMPTY,
    delta: 0,
};

/// The translation buffer of a CPU.
pub struct Tlb {
    entries: [Entry; TLB],
    next_tag: u64,
    /// How often the tags have begun anew.
    era: u64,
}

impl Tlb {
    pub(super) fn new() -> Tlb {
        Tlb {
            entries: [NOTHING; TLB],
            next_tag: 1,
            era: 0,
        }
    }

    /// Forgets the translations to an absolute page.
    fn drop_page(&mut self, page: u64) {
        for entry in self.entries.iter_mut() {
            let of_it = |tag: u64| tag.wrapping_add(entry.delta) / PAGE == page;
            if of_it(entry.read) || of_it(entry.write) || of_it(entry.partly) {
                *entry = NOTHING;
            }
        }
    }
}

/// What to run at an instruction address.
#[derive(Clone, Default)]
pub struct Jump {
    /// Logical instruction address.
    pub(super) ia: u64,
    /// Fetch context, of this era of tags; zero is no entry.
    pub(super) tag: u64,
    /// The block there.
    pub(super) block: Option<Block>,
}

const _: () = assert!(size_of::<Jump>() == 32);

/// The jump cache of a CPU.
pub type Jumps = Box<JumpTable>;

/// An empty jump cache.
pub(super) fn no_jumps() -> Jumps {
    Box::new(
        [const {
            Jump {
                ia: 0,
                tag: 0,
                block: None,
            }
        }; JUMPS],
    )
}

impl Jump {
    /// Whether this is the block at an address in a fetch context.
    #[inline(always)]
    pub(super) fn is(&self, ia: u64, tag: u64) -> bool {
        self.ia == ia && self.tag == tag
    }
}

/// A run of logical bytes as at most two runs of absolute bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    /// Absolute address of the first run.
    pub at: u64,
    /// Its length.
    pub len: usize,
    /// Absolute address of the second run.
    pub then: u64,
    /// Its length, zero when the run stays in one page.
    pub rest: usize,
}

impl Span {
    /// The absolute address of byte `i`.
    #[inline(always)]
    pub fn byte(&self, i: usize) -> u64 {
        if i < self.len {
            self.at + count(i)
        } else {
            self.then + count(i - self.len)
        }
    }

    /// All bytes, one or two pieces: (absolute address, length).
    pub fn pieces(&self) -> [(u64, usize); 2] {
        [(self.at, self.len), (self.then, self.rest)]
    }

    /// Copies the bytes out.
    #[inline]
    pub fn read(&self, st: &Storage, into: &mut [u8]) {
        let (a, b) = into.split_at_mut(self.len.min(into.len()));
        st.copy_out(self.at, a);
        if !b.is_empty() {
            st.copy_out(self.then, b);
        }
    }

    /// Copies bytes in.
    #[inline]
    pub fn write(&self, st: &mut Storage, from: &[u8]) {
        let (a, b) = from.split_at(self.len.min(from.len()));
        st.copy_in(self.at, a);
        if !b.is_empty() {
            st.copy_in(self.then, b);
        }
    }
}

/// An unsigned scalar in storage.
pub trait Scalar: Copy {
    /// Its bytes.
    const BYTES: u64;
    /// Reads it at an absolute address.
    fn read(st: &Storage, at: u64) -> Self;
    /// Writes it at an absolute address.
    fn write(st: &mut Storage, at: u64, v: Self);
    /// From big-endian bytes, right-aligned in eight.
    fn from_u64(v: u64) -> Self;
    /// To a doubleword.
    fn to_u64(self) -> u64;
}

macro_rules! scalar {
    ($($t:ty, $get:ident, $put:ident, $from:expr;)+) => {$(
        impl Scalar for $t {
            const BYTES: u64 = count(size_of::<$t>());
            #[inline(always)]
            fn read(st: &Storage, at: u64) -> Self {
                st.$get(at)
            }
            #[inline(always)]
            fn write(st: &mut Storage, at: u64, v: Self) {
                st.$put(at, v);
            }
            #[inline(always)]
            fn from_u64(v: u64) -> Self {
                $from(v)
            }
            #[inline(always)]
            fn to_u64(self) -> u64 {
                u64::from(self)
            }
        }
    )+};
}

scalar! {
    u8, get8, put8, super::bits::low8;
    u16, get16, put16, super::bits::low16;
    u32, get32, put32, low32;
    u64, get64, put64, std::convert::identity;
}

/// What stands for no register in an address: the number of one that is always zero.
pub const NO_REGISTER: u8 = 16;

/// The number of a base or index register, of which 0 means none.
#[inline(always)]
pub fn base_or_index(r: u8) -> u8 {
    match r & 15 {
        0 => NO_REGISTER,
        r => r,
    }
}

impl Cpu {
    /// Works out what follows from the PSW, the control registers and the prefix.
    pub fn refresh(&mut self) {
        if self.is_crowded() {
            self.start_over();
        }
        self.amask = self.psw.amode.mask();
        let key = self.psw.key;
        self.data = match (self.psw.dat, self.psw.space) {
            (true, Space::Access) => 0,
            (true, space) => self.tag_of(Some((self.asce_of(space), space.bits())), key),
            (false, _) => self.tag_of(None, key),
        };
        // Instructions come from the primary space unless in home-space mode.
        self.fetch = match (self.psw.dat, self.psw.space) {
            (true, Space::Home) => self.data,
            (true, Space::Primary) => self.data,
            (true, _) => self.tag_of(Some((self.cr[1], 0)), key),
            (false, _) => self.data,
        };
        self.code_tag = self.tlb.era << 12 | self.fetch;
    }

    /// Whether a few more contexts may be too many.
    fn is_crowded(&self) -> bool {
        self.contexts.len() >= 60 || self.tlb.next_tag >= TAGS - 4
    }

    /// Forgets all contexts and, when few tags are left, what they stood for.
    fn start_over(&mut self) {
        self.contexts.clear();
        if self.tlb.next_tag >= TAGS - 4 {
            self.tlb.entries.fill(NOTHING);
            self.tlb.era += 1;
            self.tlb.next_tag = 1;
        }
    }

    /// The tag of a context beside the PSW's own.
    fn other_tag(&mut self, space: Option<(u64, u8)>, key: u8) -> u64 {
        if self.is_crowded() {
            self.refresh();
        }
        self.tag_of(space, key)
    }

    /// The tag of a context, a new one when it has none.
    fn tag_of(&mut self, space: Option<(u64, u8)>, key: u8) -> u64 {
        let context = Context {
            asce: space.map_or(0, |s| s.0),
            dat: space.is_some(),
            key,
            zarch: self.psw.zarch,
            control: low32(self.cr[0]) & CONTROL_BITS,
            prefix: self.prefix,
            named: space.map_or(0, |s| art::unregistered(s.1)),
            tag: 0,
        };
        if let Some(i) = self
            .contexts
            .iter()
            .rposition(|c| Context { tag: 0, ..*c } == context)
        {
            return self.contexts[i].tag;
        }
        let tag = self.tlb.next_tag;
        self.tlb.next_tag += 1;
        self.contexts.push(Context { tag, ..context });
        tag
    }

    /// Forgets all translations.
    pub fn purge(&mut self) {
        self.contexts.clear();
        self.refresh();
    }

    /// Catches up with changes of keys and mappings made outside.
    #[inline]
    pub(super) fn catch_up(&mut self, st: &Storage) {
        if self.epoch != st.epoch() {
            self.epoch = st.epoch();
            self.purge();
        } else if self.changed < st.changed().len() {
            for page in &st.changed()[self.changed..] {
                self.tlb.drop_page(*page);
            }
        }
        self.changed = st.changed().len();
    }

    /// Forgets where a block is, which starts at this offset in its page: it stands in the entries for such
    /// addresses, or beside them.
    pub(super) fn forget_block(&mut self, offset: u16, block: &Block) {
        let Some(jumps) = &mut self.jumps else {
            return;
        };
        let same = |b: &Block| Arc::ptr_eq(&b.ops, &block.ops);
        let first = usize::from(offset >> 1);
        for slot in (first..JUMPS).step_by(JUMPS_OF_A_PAGE) {
            for jump in [slot, slot ^ 1] {
                if jumps[jump].block.as_ref().is_some_and(same) {
                    jumps[jump] = Jump::default();
                }
            }
        }
    }

    /// Forgets the translations made with an entry of a page table: of all pages with this page index
    /// (bits 44-51 of the address), in whatever segment and space.
    pub(super) fn forget_page_index(&mut self, px: u64) {
        for entry in self
            .tlb
            .entries
            .iter_mut()
            .skip(index(px & 0xFF))
            .step_by(0x100)
        {
            *entry = NOTHING;
        }
        for jump in self.jumps.iter_mut().flat_map(|j| j.iter_mut()) {
            if jump.ia >> 12 & 0xFF == px & 0xFF {
                *jump = Jump::default();
            }
        }
    }

    /// Forgets the translations made with entries of one region or segment table, or of any like it: of all
    /// addresses with one of `entries` indexes from `first` on in the 11 bits at `shift`, in whatever space.
    pub(super) fn forget_indexes(&mut self, shift: u32, first: u64, entries: u64) {
        let of_them = |a: u64| (a >> shift).wrapping_sub(first) & 0x7FF < entries;
        for entry in self.tlb.entries.iter_mut() {
            if [entry.read, entry.write, entry.partly]
                .into_iter()
                .any(of_them)
            {
                *entry = NOTHING;
            }
        }
        for jump in self.jumps.iter_mut().flat_map(|j| j.iter_mut()) {
            if of_them(jump.ia) {
                *jump = Jump::default();
            }
        }
    }

    /// Forgets the translations made with the tables that an ASCE designates: all others stay.
    pub(super) fn forget_space(&mut self, asce: u64) {
        self.contexts
            .retain(|c| !c.dat || (c.asce ^ asce) & !0xFFF != 0);
        self.refresh();
    }

    /// The context of an operand access through base register `b`.
    fn context(&mut self, st: &mut Storage, b: u8) -> Result<Context, Stop> {
        let tag = if self.data != 0 {
            self.data
        } else {
            let (asce, named) = art::asce(self, st, b)?;
            self.other_tag(Some((asce, named)), self.psw.key)
        };
        self.context_of(tag)
    }

    fn context_of(&self, tag: u64) -> Result<Context, Stop> {
        match self.contexts.iter().rfind(|c| c.tag == tag) {
            Some(c) => Ok(*c),
            None => Err(Stop::Again),
        }
    }

    /// The scalar at a logical address whose page is remembered.
    #[inline(always)]
    pub fn peek<T: Scalar>(&self, st: &Storage, va: u64) -> Option<T> {
        let e = &self.tlb.entries[index(va / PAGE) % TLB];
        let tag = (va.wrapping_add(T::BYTES - 1) & !(PAGE - 1)) | self.data;
        (e.read == tag).then(|| T::read(st, va.wrapping_add(e.delta)))
    }

    /// Loads a scalar from logical address `va`, formed with base register `b`.
    #[inline(always)]
    pub fn load<T: Scalar>(&mut self, st: &mut Storage, va: u64, b: u8) -> Result<T, Stop> {
        let e = &self.tlb.entries[index(va / PAGE) % TLB];
        if e.read == (va.wrapping_add(T::BYTES - 1) & !(PAGE - 1)) | self.data {
            return Ok(T::read(st, va.wrapping_add(e.delta)));
        }
        self.load_slow(st, va, b)
    }

    #[cold]
    #[inline(never)]
    fn load_slow<T: Scalar>(&mut self, st: &mut Storage, va: u64, b: u8) -> Result<T, Stop> {
        let span = self.span(st, va, index(T::BYTES), b, Access::Fetch)?;
        if span.rest == 0 {
            return Ok(T::read(st, span.at));
        }
        let mut bytes = [0u8; 8];
        span.read(st, &mut bytes[..index(T::BYTES)]);
        let v = u64::from_be_bytes(bytes) >> (64 - 8 * T::BYTES);
        Ok(T::from_u64(v))
    }

    /// Stores a scalar at a logical address whose page is remembered; nothing otherwise.
    #[inline(always)]
    pub fn poke<T: Scalar>(&self, st: &mut Storage, va: u64, v: T) -> Option<()> {
        let e = &self.tlb.entries[index(va / PAGE) % TLB];
        let tag = (va.wrapping_add(T::BYTES - 1) & !(PAGE - 1)) | self.data;
        (e.write == tag).then(|| T::write(st, va.wrapping_add(e.delta), v))
    }

    /// Stores a scalar at logical address `va`, formed with base register `b`.
    #[inline(always)]
    pub fn store<T: Scalar>(&mut self, st: &mut Storage, va: u64, b: u8, v: T) -> Step {
        let e = &self.tlb.entries[index(va / PAGE) % TLB];
        if e.write == (va.wrapping_add(T::BYTES - 1) & !(PAGE - 1)) | self.data {
            T::write(st, va.wrapping_add(e.delta), v);
            return Ok(());
        }
        self.store_slow(st, va, b, v)
    }

    #[cold]
    #[inline(never)]
    fn store_slow<T: Scalar>(&mut self, st: &mut Storage, va: u64, b: u8, v: T) -> Step {
        let span = self.span(st, va, index(T::BYTES), b, Access::Store)?;
        if span.rest == 0 {
            T::write(st, span.at, v);
            return Ok(());
        }
        let bytes = (v.to_u64() << (64 - 8 * T::BYTES)).to_be_bytes();
        span.write(st, &bytes[..index(T::BYTES)]);
        Ok(())
    }

    /// Loads a scalar from a relative operand, which comes from the space of the instructions.
    #[inline(always)]
    pub fn load_relative<T: Scalar>(&mut self, st: &mut Storage, va: u64) -> Result<T, Stop> {
        let data = std::mem::replace(&mut self.data, self.fetch);
        let v = self.load(st, va, 0);
        self.data = data;
        v
    }

    /// Stores a scalar at a relative operand.
    #[inline(always)]
    pub fn store_relative<T: Scalar>(&mut self, st: &mut Storage, va: u64, v: T) -> Step {
        let data = std::mem::replace(&mut self.data, self.fetch);
        let done = self.store(st, va, 0, v);
        self.data = data;
        done
    }

    /// The absolute bytes of a logical run of 1 to 4096 bytes, all accesses checked.
    #[inline]
    pub fn span(
        &mut self,
        st: &mut Storage,
        va: u64,
        len: usize,
        b: u8,
        access: Access,
    ) -> Result<Span, Stop> {
        let len = len.max(1);
        let room = index(PAGE - va % PAGE);
        let at = self.locate(st, va, len.min(room), b, access)?;
        if len <= room {
            return Ok(Span {
                at,
                len,
                then: 0,
                rest: 0,
            });
        }
        let next = va.wrapping_add(count(room)) & self.amask;
        let then = self.locate(st, next, len - room, b, access)?;
        Ok(Span {
            at,
            len: room,
            then,
            rest: len - room,
        })
    }

    /// The absolute address of a run of bytes inside one page.
    #[inline]
    pub fn locate(
        &mut self,
        st: &mut Storage,
        va: u64,
        len: usize,
        b: u8,
        access: Access,
    ) -> Result<u64, Stop> {
        let e = &self.tlb.entries[index(va / PAGE) % TLB];
        let tag = (va & !(PAGE - 1)) | self.data;
        let hit = match access {
            Access::Fetch => e.read == tag,
            Access::Store => e.write == tag,
            Access::Instruction => false,
        };
        if hit {
            return Ok(va.wrapping_add(e.delta));
        }
        if access == Access::Store && e.partly == tag {
            let at = va.wrapping_add(e.delta);
            if self.may_store(st, va, at, len) {
                return Ok(at);
            }
        }
        let context = match access {
            Access::Instruction => self.context_of(self.fetch)?,
            Access::Fetch | Access::Store => self.context(st, b)?,
        };
        self.fill(st, &context, va, len, access, b)
    }

    /// The absolute address of a run inside one page under another key or in another space than the
    /// PSW's (MVCP, MVCOS, …).
    pub fn locate_in(
        &mut self,
        st: &mut Storage,
        space: Option<(u64, u8)>,
        key: u8,
        va: u64,
        len: usize,
        access: Access,
    ) -> Result<u64, Stop> {
        let tag = self.other_tag(space, key);
        let e = &self.tlb.entries[index(va / PAGE) % TLB];
        let wanted = (va & !(PAGE - 1)) | tag;
        let hit = match access {
            Access::Fetch => e.read == wanted,
            Access::Store => e.write == wanted,
            Access::Instruction => false,
        };
        if hit {
            return Ok(va.wrapping_add(e.delta));
        }
        let context = self.context_of(tag)?;
        let b = space.map_or(0, |s| art::register(s.1));
        self.fill(st, &context, va, len, access, b)
    }

    /// Whether bytes of a page that may be stored into in part may be stored into without another look.
    fn may_store(&self, st: &Storage, va: u64, at: u64, len: usize) -> bool {
        !self.is_low_protected(va) && self.stores.is_none() && !st.hits_code(at, len)
    }

    /// Translates, checks protection, and remembers.
    fn fill(
        &mut self,
        st: &mut Storage,
        context: &Context,
        va: u64,
        len: usize,
        access: Access,
        b: u8,
    ) -> Result<u64, Stop> {
        self.fault = Fault {
            operand: b & 15,
            ..Fault::default()
        };
        if access == Access::Store && self.is_low_protected(va) && !dat::private(context) {
            return self.protection(va, context, access, BY_KEY);
        }
        let found = dat::translate(self, st, context, va, access)?;
        let page = found.absolute / PAGE;
        if st.flags(page) & (storage::UNVERIFIED | storage::BAD) != 0
            && st.verify(found.absolute, 1).is_err()
        {
            self.fault_page = page;
            return Err(Stop::BadPage);
        }
        let key = found.key.unwrap_or_else(|| st.key(found.absolute));
        let matches = context.key == 0 || key >> 4 == context.key;
        let (mut write, mut partly) = (false, false);
        match access {
            Access::Store => {
                let flags = st.flags(page);
                if !matches && !self.storage_override(key) {
                    return self.protection(va, context, access, BY_KEY);
                }
                if found.protected || flags & storage::READ_ONLY != 0 {
                    let listed = context.zarch && context.named & art::FETCH_ONLY != 0;
                    let by = if listed { BY_LIST } else { BY_TABLES };
                    return self.protection(va, context, access, by);
                }
                if st.hits_code(found.absolute, len) {
                    self.fault_page = page;
                    return Err(Stop::CodeStore);
                }
                st.note(page, 6);
                st.touch(page);
                // Any page is looked at every time while PER or a trap wants to see stores.
                if self.stores.is_none() {
                    write = flags & storage::CODE == 0
                        && !(self.control(0, 35)
                            && va & self.low_protection_mask() & !(PAGE - 1) == 0);
                    partly = !write;
                }
                if let Some(stores) = &mut self.stores {
                    stores.push((va, count(len)));
                }
            }
            Access::Fetch | Access::Instruction => {
                if !matches && key & 8 != 0 && !self.fetch_override(va, context) {
                    return self.protection(va, context, access, BY_KEY);
                }
                st.note(page, 4);
            }
        }
        if access != Access::Instruction {
            let tag = (va & !(PAGE - 1)) | context.tag;
            let delta = found.absolute.wrapping_sub(va);
            let readable = matches || key & 8 == 0;
            let e = &mut self.tlb.entries[index(va / PAGE) % TLB];
            if e.delta != delta || ![e.read, e.write, e.partly].contains(&tag) {
                *e = NOTHING;
                e.delta = delta;
            }
            if readable {
                e.read = tag;
            }
            if write {
                e.write = tag;
                st.write_tagged(page);
            }
            if partly {
                e.partly = tag;
            }
        }
        Ok(found.absolute)
    }

    /// Low-address protection covers 0-511 and, in z/Architecture, 4096-4607.
    fn low_protection_mask(&self) -> u64 {
        if self.psw.zarch { !0x1000 } else { u64::MAX }
    }

    /// Whether low-address protection keeps a real address from being stored into.
    pub(super) fn is_low_protected(&self, real: u64) -> bool {
        self.control(0, 35) && real & self.low_protection_mask() < 512
    }

    /// Fetch-protection override (control register 0 bit 38): bytes 0 to 2047 may be fetched.
    fn fetch_override(&self, va: u64, context: &Context) -> bool {
        self.control(0, 38) && va < 2048 && !dat::private(context)
    }

    /// Storage-protection override (control register 0 bit 39): key 9 may be stored into.
    pub(super) fn storage_override(&self, key: u8) -> bool {
        self.control(0, 39) && key >> 4 == 9
    }

    /// Identifies a real or absolute address that the instruction could not store into by itself.
    pub(super) fn refused_store(&mut self, address: u64) {
        let by = if self.is_low_protected(address) {
            BY_KEY
        } else {
            BY_TABLES
        };
        self.fault = Fault {
            id: (address & !(PAGE - 1)) | dat::STORING | by,
            ..Fault::default()
        };
    }

    /// `by` is bits 60 and 61 of the identification: what tells the program whether its tables are the reason.
    fn protection<T>(
        &mut self,
        va: u64,
        context: &Context,
        access: Access,
        by: u64,
    ) -> Result<T, Stop> {
        dat::blame(self, context, va, access);
        self.fault.id |= by;
        Err(Stop::Program(ProgramCode::PROTECTION))
    }

    /// The address of a storage operand: base, index (as [`base_or_index`] numbers them) and displacement, in the
    /// addressing mode.
    #[inline(always)]
    pub fn effective(&self, base: u8, inx: u8, disp: i32) -> u64 {
        let (base, inx) = (self.gr.or_zero(base), self.gr.or_zero(inx));
        base.wrapping_add(inx).wrapping_add(bits64(i64::from(disp))) & self.amask
    }

    /// Whether the current addressing mode is 64-bit.
    #[inline(always)]
    pub fn is_64(&self) -> bool {
        self.psw.amode == Amode::A64
    }

    /// Copies logical bytes out; as many as wanted, page by page.
    pub fn fetch_bytes(&mut self, st: &mut Storage, va: u64, b: u8, into: &mut [u8]) -> Step {
        let mut done = 0;
        while done < into.len() {
            let at = va.wrapping_add(count(done)) & self.amask;
            let n = (into.len() - done).min(index(PAGE - at % PAGE));
            let abs = self.locate(st, at, n, b, Access::Fetch)?;
            st.copy_out(abs, &mut into[done..done + n]);
            done += n;
        }
        Ok(())
    }

    /// Copies bytes to logical storage, after every page has been found writable.
    pub fn store_bytes(&mut self, st: &mut Storage, va: u64, b: u8, from: &[u8]) -> Step {
        if from.is_empty() {
            return Ok(());
        }
        let span = self.span(st, va & self.amask, from.len(), b, Access::Store)?;
        span.write(st, from);
        Ok(())
    }
}
