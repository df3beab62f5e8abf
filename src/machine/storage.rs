//! Main storage of one virtual machine: an anonymous mapping of the host with storage keys, pages
//! mapped from saved systems, and a note of which pages hold decoded code
//! (Principles of Operation, chapter 3: Storage).
//!
//! Saved segments may lie beyond the end of storage, with nothing between: the host addresses up to [`ROOM`] are
//! set aside for them, and only the pages that were added are there ([`Storage::has`]).
//!
//! This is the one file of the machine with `unsafe`: guest storage is host memory that is mapped,
//! remapped page by page and read at guest-chosen offsets. No reference into it is ever given out,
//! only copies, so that a page replaced under our hands cannot break a promise made to the compiler.

#![allow(unsafe_code)]

use super::bits::{count, index};
use super::block::SharedCode;
use rustc_hash::FxHashMap;
use rustix::mm::{MapFlags, ProtFlags};
use std::fs::File;
use std::ptr::NonNull;
use std::sync::Arc;

/// Bytes of a page of guest storage.
pub const PAGE: u64 = 4096;
/// Where pages added beyond storage end: 2 GB.
pub const ROOM: u64 = 1 << 31;

/// Why absolute storage could not be read or written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StorageError {
    /// Outside main storage: addressing exception.
    #[error("address outside storage")]
    Addressing,
    /// A page shared read-only: protection exception.
    #[error("store into a page shared read-only")]
    Protection,
    /// A page of a saved system whose checksum is wrong: the page number.
    #[error("damaged page {0:X} of a saved system")]
    BadPage(u64),
}

/// How pages of a saved system are mapped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Share {
    /// The guest's own after its first store (classes EW, EN, SW): copy on write.
    Private,
    /// One copy for all guests; a store is a protection exception (classes SR, ER).
    SharedReadOnly,
    /// One copy for all guests, which all may store into (classes SW, SN): the file is memory that they
    /// share. It must be open for writing.
    SharedWrite,
}

/// The page holds decoded instructions.
pub const CODE: u8 = 1;
/// The page may not be stored into.
pub const READ_ONLY: u8 = 2;
/// The page's checksum has not been verified yet.
pub const UNVERIFIED: u8 = 4;
/// The guest or its devices stored into the page since it was last cleared or mapped.
pub const WRITTEN: u8 = 8;
/// Some CPU remembers that the page may be stored into.
pub const TAGGED: u8 = 32;
/// The page is as in a file whose decoded code is shared, unless it has been written.
const SHARED: u8 = 64;
/// Other machines store into the page too.
pub const COMMON: u8 = 128;
/// The checksum was wrong.
pub const BAD: u8 = 16;

/// Checksums of a mapped run of pages.
struct Sums {
    first: u64,
    sums: Arc<[u32]>,
}

/// A run of pages whose decoded code is shared.
struct SharedRun {
    first: u64,
    pages: u64,
    code: Arc<SharedCode>,
}

/// Main storage of one virtual machine.
pub struct Storage {
    base: NonNull<u8>,
    size: u64,
    /// The end of the last page that is there: `size`, or that of the last page added.
    reach: u64,
    /// The last addresses of a byte, halfword, word and doubleword that are there.
    last: [u64; 4],
    /// The pages added behind `size`: first page, and how many.
    beyond: Vec<(u64, u64)>,
    /// What is set aside on the host; from `reach` on nothing can be touched.
    mapped: usize,
    flags: Vec<u8>,
    keys: Vec<u8>,
    sums: Vec<Sums>,
    shared: Vec<SharedRun>,
    /// For each page with decoded code: which doublewords of it.
    decoded: FxHashMap<u64, Doublewords>,
    /// Pages with code that were stored into and whose blocks are to be dropped.
    stale: Vec<u64>,
    /// Moves on whenever keys or mappings change, so that translations made before are dropped.
    epoch: u64,
    /// Pages of which alone the translations are to be dropped, since the epoch last moved on.
    changed: Vec<u64>,
}

/// One bit for each doubleword of a page.
type Doublewords = [u64; 8];

/// So many flags are looked at together: a saved system has tens of thousands of pages, few with code or stored into.
const TOGETHER: usize = 64;

/// Pages named in `changed` before all translations are dropped instead.
const MOST_CHANGED: usize = 64;

/// Whether a page with these flags is as in a file whose decoded code is shared.
fn is_like_file(flags: u8) -> bool {
    unlike(flags) == 0
}

/// The flags that say that it is not.
fn unlike(flags: u8) -> u8 {
    flags & (SHARED | WRITTEN) ^ SHARED
}

/// The last addresses of a byte, halfword, word and doubleword in this many bytes.
fn last(reach: u64) -> [u64; 4] {
    [1, 2, 4, 8].map(|bytes| reach - bytes)
}

// SAFETY: the mapping belongs to this value alone (the pointer is never copied out of it), so moving
// the value to another thread moves every access along. It is not Sync.
unsafe impl Send for Storage {}

macro_rules! scalar {
    ($get:ident, $put:ident, $t:ty, $what:literal) => {
        #[doc = concat!("The ", $what, " at an absolute address; zero outside storage (callers translate first).")]
        #[inline(always)]
        pub fn $get(&self, at: u64) -> $t {
            const N: u64 = count(size_of::<$t>());
            if at > self.last[index(u64::from(N.ilog2()))] {
                return 0;
            }
            // SAFETY: at <= reach - N, so the bytes lie in the part of our mapping that is readable; the
            // read is unaligned and of a type for which every bit pattern is a value.
            let v = unsafe { self.base.as_ptr().add(index(at)).cast::<$t>().read_unaligned() };
            <$t>::from_be(v)
        }

        #[doc = concat!("Puts the ", $what, " at an absolute address that was translated for storing; nothing outside storage.")]
        #[inline(always)]
        pub fn $put(&mut self, at: u64, v: $t) {
            const N: u64 = count(size_of::<$t>());
            if at > self.last[index(u64::from(N.ilog2()))] {
                return;
            }
            // SAFETY: at <= reach - N, so the bytes lie in our mapping; pages that are read-only or not
            // there are never translated for storing and `write` refuses them.
            unsafe { self.base.as_ptr().add(index(at)).cast::<$t>().write_unaligned(v.to_be()) }
        }
    };
}

impl Storage {
    /// Zeroed storage of `size` bytes, rounded up to whole pages (at least two). No host memory is
    /// used before it is touched. Fails when the host has no room for the mapping.
    pub fn new(size: u64) -> Result<Storage, std::io::Error> {
        let size = size.max(2 * PAGE).next_multiple_of(PAGE);
        let mapped = usize::try_from(size.max(ROOM));
        let mapped = mapped.map_err(|_| std::io::ErrorKind::OutOfMemory)?;
        // SAFETY: a new anonymous mapping at an address the kernel chooses; nothing else refers to it.
        let base = unsafe {
            rustix::mm::mmap_anonymous(
                std::ptr::null_mut(),
                mapped,
                ProtFlags::empty(),
                MapFlags::PRIVATE | MapFlags::NORESERVE,
            )
        }?;
        let base = NonNull::new(base.cast::<u8>()).ok_or(std::io::ErrorKind::OutOfMemory)?;
        let pages = index(size / PAGE);
        let storage = Storage {
            base,
            size,
            reach: size,
            last: last(size),
            beyond: Vec::new(),
            mapped,
            flags: vec![0; pages],
            keys: vec![0; pages],
            sums: Vec::new(),
            shared: Vec::new(),
            decoded: FxHashMap::default(),
            stale: Vec::new(),
            epoch: 0,
            changed: Vec::new(),
        };
        storage.map_zeros(0, size / PAGE, ProtFlags::READ | ProtFlags::WRITE)?;
        Ok(storage)
    }

    /// Bytes of storage, without what was added beyond.
    #[inline(always)]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Whether the byte at an absolute address is there.
    #[inline(always)]
    pub fn has(&self, at: u64) -> bool {
        at < self.size || self.has_beyond(at)
    }

    #[cold]
    fn has_beyond(&self, at: u64) -> bool {
        let page = at / PAGE;
        self.beyond
            .iter()
            .any(|(first, pages)| page >= *first && page - first < *pages)
    }

    /// The runs of pages added beyond storage: first page, and how many.
    pub fn beyond(&self) -> &[(u64, u64)] {
        &self.beyond
    }

    /// Makes pages addressable, as far as they lie beyond storage: zeros, keys zero. Fails when they reach
    /// behind [`ROOM`], when some are there already, or when the host refuses.
    pub fn extend(&mut self, page: u64, pages: u64) -> Result<(), std::io::Error> {
        let Some((page, pages)) = self.outside(page, pages) else {
            return Ok(());
        };
        let end = page.saturating_add(pages).saturating_mul(PAGE);
        let taken = |(first, n): &(u64, u64)| page < first + n && *first < page + pages;
        if end > count(self.mapped) || self.beyond.iter().any(taken) {
            return Err(std::io::ErrorKind::InvalidInput.into());
        }
        let reached = self.reach / PAGE;
        if page > reached {
            // Reading what lies between gives zeros, though nobody gets so far.
            self.map_zeros(reached, page - reached, ProtFlags::READ)?;
        }
        self.map_zeros(page, pages, ProtFlags::READ | ProtFlags::WRITE)?;
        self.beyond.push((page, pages));
        self.reach = self.reach.max(end);
        self.last = last(self.reach);
        self.flags.resize(index(self.reach / PAGE), 0);
        self.keys.resize(index(self.reach / PAGE), 0);
        self.forget_translations();
        Ok(())
    }

    /// Takes away pages that [`Storage::extend`] added, and clears those of the run that lie in storage.
    pub fn retract(&mut self, page: u64, pages: u64) -> Result<(), std::io::Error> {
        let outside = self.outside(page, pages);
        if let Some(run) = outside {
            let Some(at) = self.beyond.iter().position(|r| *r == run) else {
                return Err(std::io::ErrorKind::InvalidInput.into());
            };
            self.beyond.remove(at);
            self.map_zeros(run.0, run.1, ProtFlags::READ)?;
        }
        self.remapped(page, pages);
        self.clear_keys(page, pages);
        match pages - outside.map_or(0, |(_, pages)| pages) {
            0 => Ok(()),
            inside => self.map_zeros(page, inside, ProtFlags::READ | ProtFlags::WRITE),
        }
    }

    /// The part of a run of pages that lies beyond storage.
    fn outside(&self, page: u64, pages: u64) -> Option<(u64, u64)> {
        let first = page.max(self.pages());
        let end = page.saturating_add(pages);
        (first < end).then(|| (first, end - first))
    }

    /// Pages of storage.
    pub fn pages(&self) -> u64 {
        self.size / PAGE
    }

    scalar!(get8, put8, u8, "byte");
    scalar!(get16, put16, u16, "halfword");
    scalar!(get32, put32, u32, "word");
    scalar!(get64, put64, u64, "doubleword");

    /// Copies absolute storage into `into`: all or nothing, after checksums are verified.
    pub fn read(&mut self, at: u64, into: &mut [u8]) -> Result<(), StorageError> {
        self.bounds(at, into.len())?;
        self.verify(at, into.len())?;
        self.copy_out(at, into);
        Ok(())
    }

    /// Copies `from` into absolute storage: all or nothing.
    pub fn write(&mut self, at: u64, from: &[u8]) -> Result<(), StorageError> {
        self.bounds(at, from.len())?;
        self.verify(at, from.len())?;
        if from.is_empty() {
            return Ok(());
        }
        let pages = at / PAGE..=(at + count(from.len()) - 1) / PAGE;
        if pages.clone().any(|p| self.flags[index(p)] & READ_ONLY != 0) {
            return Err(StorageError::Protection);
        }
        let end = at + count(from.len());
        for page in pages {
            let first = at.max(page * PAGE);
            let len = end.min((page + 1) * PAGE) - first;
            if self.hits_code(first, index(len)) {
                self.forget_code(page);
            }
            self.touch(page);
        }
        self.copy_in(at, from);
        Ok(())
    }

    /// Makes a page zeros. One that is zeros already is not touched, and costs the host nothing.
    pub fn clear_page(&mut self, page: u64) -> Result<(), StorageError> {
        const ZEROS: [u8; 4096] = [0; 4096];
        let at = page * PAGE;
        let mut bytes = ZEROS;
        self.read(at, &mut bytes)?;
        match self.flags(page) & READ_ONLY {
            0 if bytes == ZEROS => Ok(()),
            0 => self.write(at, &ZEROS),
            _ => Err(StorageError::Protection),
        }
    }

    /// Bytes at an absolute address as a vector.
    pub fn read_vec(&mut self, at: u64, len: usize) -> Result<Vec<u8>, StorageError> {
        self.bounds(at, len)?;
        let mut v = vec![0; len];
        self.read(at, &mut v)?;
        Ok(v)
    }

    /// Copies bytes that were translated before; nothing outside storage.
    #[inline]
    pub fn copy_out(&self, at: u64, into: &mut [u8]) {
        if self.bounds(at, into.len()).is_err() {
            return;
        }
        // SAFETY: the source lies in our mapping; `into` is a host buffer, which the mapping is not
        // part of, so the two do not overlap.
        unsafe {
            std::ptr::copy_nonoverlapping(
                self.base.as_ptr().add(index(at)),
                into.as_mut_ptr(),
                into.len(),
            );
        }
    }

    /// Stores bytes at an address translated for storing; nothing outside storage.
    #[inline]
    pub fn copy_in(&mut self, at: u64, from: &[u8]) {
        if self.bounds(at, from.len()).is_err() {
            return;
        }
        // SAFETY: the destination lies in our mapping and is translated for storing; `from` is a
        // host buffer outside the mapping.
        unsafe {
            std::ptr::copy_nonoverlapping(
                from.as_ptr(),
                self.base.as_ptr().add(index(at)),
                from.len(),
            );
        }
    }

    /// Moves bytes inside storage as if through a buffer; both ranges were translated before.
    #[inline]
    pub fn copy_within(&mut self, from: u64, to: u64, len: usize) {
        if self.bounds(from, len).is_err() || self.bounds(to, len).is_err() {
            return;
        }
        // SAFETY: both ranges lie in our mapping; `copy` allows them to overlap.
        unsafe {
            std::ptr::copy(
                self.base.as_ptr().add(index(from)),
                self.base.as_ptr().add(index(to)),
                len,
            );
        }
    }

    /// Fills bytes translated for storing.
    #[inline]
    pub fn fill(&mut self, at: u64, len: usize, byte: u8) {
        if self.bounds(at, len).is_err() {
            return;
        }
        // SAFETY: the range lies in our mapping and is translated for storing.
        unsafe { std::ptr::write_bytes(self.base.as_ptr().add(index(at)), byte, len) }
    }

    /// The storage key of the page: access-control bits 0-3, fetch protection, reference, change, in
    /// bits 0-6 of the byte (x'FE'). Zero outside storage.
    #[inline]
    pub fn key(&self, at: u64) -> u8 {
        self.keys.get(index(at / PAGE)).copied().unwrap_or(0)
    }

    /// Sets the storage key of a page; nothing outside storage.
    pub fn set_key(&mut self, at: u64, key: u8) {
        if let Some(k) = self.keys.get_mut(index(at / PAGE))
            && *k != key & 0xFE
        {
            *k = key & 0xFE;
            self.change(at / PAGE);
        }
    }

    /// The translations of one page are no longer what they were.
    fn change(&mut self, page: u64) {
        // What has been fetched from a page with code is not looked for page by page.
        if self.flags(page) & CODE != 0 || self.changed.len() == MOST_CHANGED {
            self.forget_translations();
        } else {
            self.changed.push(page);
        }
    }

    /// All translations are no longer what they were, nor where the blocks of code are.
    pub fn forget_translations(&mut self) {
        self.changed.clear();
        self.epoch += 1;
    }

    /// The pages whose translations have changed since the epoch last moved on.
    #[inline]
    pub fn changed(&self) -> &[u64] {
        &self.changed
    }

    /// Sets the storage keys of pages from `page` on; nothing outside storage.
    pub fn set_keys(&mut self, page: u64, keys: &[u8]) {
        let from = index(page).min(self.keys.len());
        for (k, new) in self.keys[from..].iter_mut().zip(keys) {
            *k = new & 0xFE;
        }
        self.forget_translations();
    }

    /// Makes the keys of a run of pages zero.
    pub fn clear_keys(&mut self, page: u64, pages: u64) {
        let end = index(page.saturating_add(pages)).min(self.keys.len());
        self.keys[index(page).min(end)..end].fill(0);
        self.forget_translations();
    }

    /// Notes a reference (x'04') or a change (x'02', with reference) of a page.
    #[inline]
    pub fn note(&mut self, page: u64, bits: u8) {
        if let Some(k) = self.keys.get_mut(index(page)) {
            *k |= bits;
        }
    }

    /// All storage keys, one per page.
    pub fn keys(&self) -> &[u8] {
        &self.keys
    }

    /// The flags of a page (`CODE`, `READ_ONLY`, …); zero outside storage.
    #[inline]
    pub fn flags(&self, page: u64) -> u8 {
        self.flags.get(index(page)).copied().unwrap_or(0)
    }

    /// Marks a page as stored into.
    #[inline]
    pub fn touch(&mut self, page: u64) {
        if let Some(f) = self.flags.get_mut(index(page)) {
            *f |= WRITTEN;
        }
    }

    /// Notes that a CPU may store into the page without asking again.
    #[inline]
    pub fn write_tagged(&mut self, page: u64) {
        if let Some(f) = self.flags.get_mut(index(page)) {
            *f |= TAGGED;
        }
    }

    /// How many pages were stored into since they were cleared or mapped: the guest's private memory.
    pub fn written_pages(&self) -> u64 {
        count(self.flags.iter().filter(|f| **f & WRITTEN != 0).count())
    }

    /// Whether the guest or its devices stored into the page.
    pub fn is_written(&self, page: u64) -> bool {
        self.flags(page) & WRITTEN != 0
    }

    /// Moves on whenever a key, a mapping or a protection changed.
    #[inline]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Clears all of storage: zeros, keys zero, nothing mapped from files, no page private.
    pub fn clear(&mut self) -> Result<(), std::io::Error> {
        for (page, pages) in std::mem::take(&mut self.beyond) {
            self.remapped(page, pages);
            self.map_zeros(page, pages, ProtFlags::READ)?;
        }
        self.zero_pages(0, self.pages())?;
        self.sums.clear();
        self.shared.clear();
        self.flags.fill(0);
        self.keys.fill(0);
        Ok(())
    }

    /// Gives pages back to the host; they read as zeros afterwards (DIAGNOSE x'10').
    pub fn release(&mut self, page: u64, pages: u64) -> Result<(), std::io::Error> {
        if self
            .bounds(page.saturating_mul(PAGE), index(pages.saturating_mul(PAGE)))
            .is_err()
        {
            return Err(std::io::ErrorKind::InvalidInput.into());
        }
        self.zero_pages(page, pages)
    }

    fn zero_pages(&mut self, page: u64, pages: u64) -> Result<(), std::io::Error> {
        self.remapped(page, pages);
        self.map_zeros(page, pages, ProtFlags::READ | ProtFlags::WRITE)
    }

    /// Maps pages of zeros; the run lies in what is set aside.
    fn map_zeros(&self, page: u64, pages: u64, allowed: ProtFlags) -> Result<(), std::io::Error> {
        debug_assert!(page + pages <= count(self.mapped) / PAGE);
        // SAFETY: the fixed mapping replaces pages of our own mapping only (checked by the callers);
        // no reference into them exists.
        unsafe {
            rustix::mm::mmap_anonymous(
                self.base.as_ptr().add(index(page * PAGE)).cast(),
                index(pages * PAGE),
                allowed,
                MapFlags::PRIVATE | MapFlags::FIXED | MapFlags::NORESERVE,
            )
        }?;
        Ok(())
    }

    /// Maps `count` pages of `file` from byte `offset` over guest pages from `page` on. `sums`, when
    /// given, has the CRC-32 of each page, verified when the page is first touched. What was mapped so before and is
    /// still as in the file is left as it is.
    /// Fails when the run is outside storage, the offset not a multiple of 4096, or the host refuses.
    pub fn map_file(
        &mut self,
        page: u64,
        pages: u64,
        file: &File,
        offset: u64,
        share: Share,
        sums: Option<Arc<[u32]>>,
    ) -> Result<(), std::io::Error> {
        let fits = pages
            .checked_mul(PAGE)
            .and_then(|bytes| Some((page.checked_mul(PAGE)?, usize::try_from(bytes).ok()?)))
            .is_some_and(|(at, bytes)| self.bounds(at, bytes).is_ok());
        let enough = sums.as_ref().is_none_or(|s| count(s.len()) >= pages);
        if !fits || !enough || !offset.is_multiple_of(PAGE) {
            return Err(std::io::ErrorKind::InvalidInput.into());
        }
        if pages == 0 {
            return Ok(());
        }
        if file.metadata()?.len() < offset.saturating_add(pages * PAGE) {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let mut flags = match share {
            Share::Private => 0,
            Share::SharedWrite => COMMON,
            Share::SharedReadOnly => READ_ONLY,
        };
        let again = share == Share::Private && self.has_run(page, pages, sums.as_ref());
        if sums.is_some() {
            flags |= UNVERIFIED;
        }
        let parts = match again {
            true => self.unlike_file(page, pages),
            false => vec![(page, pages)],
        };
        for (first, pages) in parts {
            self.remapped(first, pages);
            self.place(first, pages, file, offset + (first - page) * PAGE, share)?;
            self.flags[index(first)..index(first + pages)].fill(flags);
        }
        self.forget_translations();
        if !self.has_run(page, pages, sums.as_ref())
            && let Some(sums) = sums
        {
            self.sums.push(Sums { first: page, sums });
        }
        Ok(())
    }

    /// Whether the last that was mapped where these pages are is what has these very checksums, and so is of the same
    /// file.
    fn has_run(&self, page: u64, pages: u64, sums: Option<&Arc<[u32]>>) -> bool {
        let there = |s: &&Sums| s.first < page + pages && page < s.first + count(s.sums.len());
        let last = self.sums.iter().rev().find(there);
        let (Some(last), Some(sums)) = (last, sums) else {
            return false;
        };
        last.first == page && Arc::ptr_eq(&last.sums, sums)
    }

    /// The runs of those pages that are not any more as in the file they were mapped from.
    fn unlike_file(&self, page: u64, pages: u64) -> Vec<(u64, u64)> {
        let mut runs: Vec<(u64, u64)> = Vec::new();
        let flags = &self.flags[index(page)..index(page + pages)];
        for (first, some) in (page..).step_by(TOGETHER).zip(flags.chunks(TOGETHER)) {
            if some.iter().fold(0, |all, f| all | unlike(*f)) == 0 {
                continue;
            }
            for (page, _) in (first..).zip(some).filter(|(_, f)| unlike(**f) != 0) {
                match runs.last_mut() {
                    Some((from, pages)) if *from + *pages == page => *pages += 1,
                    _ => runs.push((page, 1)),
                }
            }
        }
        runs
    }

    /// Maps pages of a file, which is long enough; the run lies in storage.
    fn place(
        &self,
        page: u64,
        pages: u64,
        file: &File,
        offset: u64,
        share: Share,
    ) -> Result<(), std::io::Error> {
        debug_assert!(page + pages <= count(self.mapped) / PAGE);
        let prot = match share {
            Share::Private | Share::SharedWrite => ProtFlags::READ | ProtFlags::WRITE,
            Share::SharedReadOnly => ProtFlags::READ,
        };
        let how = match share {
            Share::Private | Share::SharedReadOnly => MapFlags::PRIVATE,
            Share::SharedWrite => MapFlags::SHARED,
        };
        // SAFETY: the fixed mapping replaces pages of our own mapping only (checked by the caller); no
        // reference into them exists. The file is long enough, so touching them does not fault
        // unless somebody cuts the file while it is in use.
        unsafe {
            rustix::mm::mmap(
                self.base.as_ptr().add(index(page * PAGE)).cast(),
                index(pages * PAGE),
                prot,
                how | MapFlags::FIXED | MapFlags::NORESERVE,
                file,
                offset,
            )
        }?;
        Ok(())
    }

    /// Says that pages mapped from a file have their decoded code in common with other machines, as long as
    /// this one has not stored into them.
    pub fn share_code(&mut self, page: u64, pages: u64, code: &Arc<SharedCode>) {
        self.flag(page, pages, SHARED);
        let same = |run: &SharedRun| {
            (run.first, run.pages) == (page, pages) && Arc::ptr_eq(&run.code, code)
        };
        self.shared.retain(|run| !same(run));
        self.shared.push(SharedRun {
            first: page,
            pages,
            code: code.clone(),
        });
    }

    /// Where the decoded code of a page is to be found and kept, when it is shared.
    pub fn shared_code(&self, page: u64) -> Option<&SharedCode> {
        if !is_like_file(self.flags(page)) {
            return None;
        }
        let of_it = |run: &&SharedRun| page >= run.first && page - run.first < run.pages;
        let run = self.shared.iter().rev().find(of_it)?;
        Some(&run.code)
    }

    /// Notes that shared code of a page is in use: any store into it has to be looked at.
    pub fn note_shared_code(&mut self, page: u64) {
        if let Some(f) = self.flags.get_mut(index(page)) {
            *f |= CODE;
        }
    }

    /// Marks pages that the guest may not store into without mapping anything.
    pub fn set_read_only(&mut self, page: u64, pages: u64) {
        self.flag(page, pages, READ_ONLY);
        self.forget_translations();
    }

    /// Sets flags of pages, as far as they are in storage.
    fn flag(&mut self, page: u64, pages: u64, flags: u8) {
        let end = page.saturating_add(pages).min(self.reach / PAGE);
        for f in &mut self.flags[index(page.min(end))..index(end)] {
            *f |= flags;
        }
    }

    /// What must be forgotten when pages get new contents from outside.
    fn remapped(&mut self, page: u64, pages: u64) {
        let pages = index(page)..index(page + pages);
        for from in pages.clone().step_by(TOGETHER) {
            let some = from..pages.end.min(from + TOGETHER);
            if self.flags[some.clone()].iter().fold(0, |all, f| all | f) & CODE == 0 {
                continue;
            }
            for p in some
                .filter(|&p| self.flags[p] & CODE != 0)
                .collect::<Vec<_>>()
            {
                self.forget_code(count(p));
            }
        }
        let gone = |first: u64, count: usize| {
            pages.start <= index(first) && index(first) + count <= pages.end
        };
        self.sums.retain(|s| !gone(s.first, s.sums.len()));
        self.shared.retain(|run| !gone(run.first, index(run.pages)));
        self.flags[pages].fill(0);
        self.forget_translations();
    }

    /// Verifies the checksums of the pages of a range.
    #[inline]
    pub fn verify(&mut self, at: u64, len: usize) -> Result<(), StorageError> {
        if len == 0 {
            return Ok(());
        }
        for page in at / PAGE..=(at + count(len) - 1) / PAGE {
            if self.flags(page) & (UNVERIFIED | BAD) != 0 {
                self.verify_page(page)?;
            }
        }
        Ok(())
    }

    #[cold]
    fn verify_page(&mut self, page: u64) -> Result<(), StorageError> {
        if self.flags(page) & BAD != 0 {
            return Err(StorageError::BadPage(page));
        }
        let mut bytes = [0u8; 4096];
        self.copy_out(page * PAGE, &mut bytes);
        let expected = self.sums.iter().rev().find_map(|s| {
            let i = page.checked_sub(s.first)?;
            s.sums.get(index(i)).copied()
        });
        self.flags[index(page)] &= !UNVERIFIED;
        if expected.is_some_and(|sum| sum != crc32fast::hash(&bytes)) {
            self.flags[index(page)] |= BAD;
            return Err(StorageError::BadPage(page));
        }
        Ok(())
    }

    /// Notes that bytes of a page have been decoded.
    pub fn note_code(&mut self, page: u64, first: u64, last: u64) {
        if let Some(f) = self.flags.get_mut(index(page)) {
            if *f & TAGGED != 0 {
                // Stores into it have to be looked at from now on.
                *f &= !TAGGED;
                self.change(page);
            }
            self.flags[index(page)] |= CODE;
            let decoded = self.decoded.entry(page).or_default();
            for (part, mask) in doublewords(first, last) {
                decoded[part] |= mask;
            }
        }
    }

    /// Whether a store to these bytes of a page would change decoded code.
    #[inline]
    pub fn hits_code(&self, at: u64, len: usize) -> bool {
        let page = at / PAGE;
        let flags = self.flags(page);
        if flags & CODE == 0 {
            return false;
        }
        if is_like_file(flags) {
            return true;
        }
        let Some(decoded) = self.decoded.get(&page) else {
            return false;
        };
        let first = at % PAGE;
        let last = (first + count(len.max(1)) - 1).min(PAGE - 1);
        doublewords(first, last).any(|(part, mask)| decoded[part] & mask != 0)
    }

    /// Drops the note about decoded code of a page; the cache drops its blocks at the next look.
    pub fn forget_code(&mut self, page: u64) {
        if let Some(f) = self.flags.get_mut(index(page)) {
            *f &= !CODE;
        }
        self.decoded.remove(&page);
        self.stale.push(page);
    }

    /// Whether blocks have to be dropped.
    #[inline]
    pub fn has_stale_code(&self) -> bool {
        !self.stale.is_empty()
    }

    /// The pages whose blocks have to be dropped.
    pub fn take_stale_code(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.stale)
    }

    #[inline(always)]
    fn bounds(&self, at: u64, len: usize) -> Result<(), StorageError> {
        match at.checked_add(count(len)) {
            Some(end) if end <= self.size => Ok(()),
            _ => self.bounds_beyond(at, len),
        }
    }

    #[cold]
    fn bounds_beyond(&self, at: u64, len: usize) -> Result<(), StorageError> {
        let end = at.checked_add(count(len)).filter(|end| *end <= self.reach);
        let end = end.ok_or(StorageError::Addressing)?;
        let mut pages = at / PAGE..end.div_ceil(PAGE);
        match pages.all(|page| self.has(page * PAGE)) {
            true => Ok(()),
            false => Err(StorageError::Addressing),
        }
    }
}

impl Drop for Storage {
    fn drop(&mut self) {
        // SAFETY: the whole mapping made in `new` is ours and nothing refers into it any more. A
        // failure leaves the host memory mapped, which hurts nobody.
        let _ = unsafe { rustix::mm::munmap(self.base.as_ptr().cast(), self.mapped) };
    }
}

impl std::fmt::Debug for Storage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Storage({} bytes)", self.size)
    }
}

/// The doublewords that the bytes from `first` to `last` of a page lie in: which words of [`Doublewords`], and
/// the bits in each.
fn doublewords(first: u64, last: u64) -> impl Iterator<Item = (usize, u64)> {
    let (first, last) = (first / 8, last / 8);
    (first / 64..=last / 64).map(move |part| {
        let from = first.saturating_sub(part * 64);
        let to = (last - part * 64).min(63);
        (index(part), (u64::MAX << from) & (u64::MAX >> (63 - to)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn nothing_outside_is_read_or_written() {
        let mut s = Storage::new(8192).unwrap();
        assert_eq!(s.write(8190, &[1, 2, 3]), Err(StorageError::Addressing));
        assert_eq!(s.get64(8185), 0);
        s.put64(8185, u64::MAX);
        assert_eq!(s.get64(8184), 0);
        assert_eq!(s.read(u64::MAX, &mut [0; 4]), Err(StorageError::Addressing));
        assert_eq!(s.get8(u64::MAX), 0);
    }

    #[test]
    fn saved_pages_are_shared_private_or_refused() {
        let mut file = tempfile::tempfile().unwrap();
        let mut image = vec![0u8; 3 * 4096];
        image[0] = 1;
        image[4096] = 2;
        image[8192] = 3;
        file.write_all(&image).unwrap();
        let sums: Arc<[u32]> = image.chunks(4096).map(crc32fast::hash).collect();
        let mut a = Storage::new(1 << 20).unwrap();
        a.map_file(16, 1, &file, 0, Share::Private, Some(sums.clone()))
            .unwrap();
        a.map_file(
            17,
            1,
            &file,
            4096,
            Share::SharedReadOnly,
            Some(sums[1..].into()),
        )
        .unwrap();
        a.map_file(18, 1, &file, 8192, Share::Private, Some([77u32].into()))
            .unwrap();
        assert_eq!(a.read_vec(0x10000, 1).unwrap(), [1]);
        a.write(0x10000, &[9]).unwrap();
        assert_eq!(a.read_vec(0x10000, 1).unwrap(), [9]);
        assert_eq!(a.written_pages(), 1);
        assert_eq!(a.write(0x11000, &[9]), Err(StorageError::Protection));
        assert_eq!(a.read_vec(0x11000, 1).unwrap(), [2]);
        assert_eq!(a.read_vec(0x12000, 1), Err(StorageError::BadPage(18)));
        assert_eq!(a.read_vec(0x12000, 1), Err(StorageError::BadPage(18)));
        let mut b = Storage::new(1 << 20).unwrap();
        b.map_file(16, 1, &file, 0, Share::Private, Some(sums))
            .unwrap();
        assert_eq!(b.read_vec(0x10000, 1).unwrap(), [1]);
        a.clear().unwrap();
        assert_eq!(a.read_vec(0x11000, 1).unwrap(), [0]);
        assert!(a.write(0x11000, &[9]).is_ok());
        assert!(a.map_file(255, 2, &file, 0, Share::Private, None).is_err());
        assert!(a.map_file(0, 4, &file, 0, Share::Private, None).is_err());
    }

    #[test]
    fn pages_beyond_storage_are_there_while_they_are_wanted_and_nothing_between() {
        let mut s = Storage::new(1 << 20).unwrap();
        // The last page of storage, and one behind it.
        s.extend(255, 2).unwrap();
        s.extend(1024, 256).unwrap();
        s.extend(0x7FF00, 256).unwrap();
        assert!(s.extend(1100, 1).is_err());
        assert!(s.extend(0x80000, 1).is_err());
        assert!(s.extend(u64::MAX - 1, 1).is_err());
        assert_eq!((s.size(), s.pages()), (1 << 20, 256));
        s.write(0xFF000, &[7; 8192]).unwrap();
        assert_eq!(s.write(0x100FFF, &[1, 2]), Err(StorageError::Addressing));
        assert_eq!(s.read_vec(0x100FFF, 1).unwrap(), [7]);
        s.write(0x7FFF_FFF8, &[9; 8]).unwrap();
        assert_eq!(s.get64(0x7FFF_FFF8), 0x0909_0909_0909_0909);
        assert_eq!(s.write(0x7FFF_FFF9, &[9; 8]), Err(StorageError::Addressing));
        for hole in [0x101000, 0x3FFFFF, 0x500000, 0x7FEF_FFFF, 0x8000_0000] {
            assert!(!s.has(hole), "{hole:X}");
            assert_eq!(s.read_vec(hole, 1), Err(StorageError::Addressing));
            assert_eq!(s.get8(hole), 0);
        }
        s.set_key(0x400000, 0x30);
        assert_eq!(s.key(0x400000), 0x30);
        s.retract(1024, 256).unwrap();
        assert!(s.retract(1024, 256).is_err());
        assert_eq!(s.read_vec(0x400000, 1), Err(StorageError::Addressing));
        s.extend(1024, 1).unwrap();
        assert_eq!((s.key(0x400000), s.get8(0x400000)), (0, 0));
        // What lies in storage becomes zeros.
        s.retract(255, 2).unwrap();
        assert!(s.has(0xFF000) && !s.has(0x100000));
        assert_eq!(s.read_vec(0xFF000, 1).unwrap(), [0]);
        s.clear().unwrap();
        assert!(!s.has(0x400000) && !s.has(0x7FFF_FFFF));
        s.extend(0x7FF00, 256).unwrap();
        assert_eq!(s.get8(0x7FFF_FFF8), 0);
    }

    #[test]
    fn a_file_is_mapped_beyond_storage_and_may_be_common_to_several() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(8192).unwrap();
        let mut two = [0, 1].map(|_| Storage::new(1 << 20).unwrap());
        for s in &mut two {
            assert!(
                s.map_file(0x300, 2, &file, 0, Share::SharedWrite, None)
                    .is_err()
            );
            s.extend(0x300, 2).unwrap();
            s.map_file(0x300, 2, &file, 0, Share::SharedWrite, None)
                .unwrap();
        }
        two[0].write(0x300FFC, &[1, 2, 3, 4, 5, 6]).unwrap();
        assert_eq!(two[1].get32(0x300FFE), 0x0304_0506);
        two[1].put8(0x301001, 99);
        assert_eq!(two[0].read_vec(0x301001, 1).unwrap(), [99]);
    }

    #[test]
    fn mapped_again_a_file_brings_back_what_is_not_as_in_it() {
        use std::io::Write as _;
        let file_of = |byte: u8| {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&[byte; 8 * 4096]).unwrap();
            file
        };
        let (file, other) = (file_of(7), file_of(9));
        let sums_of = |byte: u8, pages| Arc::from(vec![crc32fast::hash(&[byte; 4096]); pages]);
        let (sums, others): (Arc<[u32]>, Arc<[u32]>) = (sums_of(7, 8), sums_of(9, 2));
        let code = Arc::new(SharedCode::default());
        let mut s = Storage::new(1 << 20).unwrap();
        let map = |s: &mut Storage, file: &File, first: u64, sums: &Arc<[u32]>| {
            let pages = count(sums.len());
            s.map_file(first, pages, file, 0, Share::Private, Some(sums.clone()))
                .unwrap();
            s.share_code(first, pages, &code);
        };
        let all = |s: &mut Storage| s.read_vec(16 * PAGE, 8 * 4096).unwrap();
        map(&mut s, &file, 16, &sums);
        // Stored into, given back, and mapped from another file.
        s.write(17 * PAGE + 5, &[1]).unwrap();
        s.release(19, 1).unwrap();
        map(&mut s, &other, 21, &others);
        assert_eq!(all(&mut s)[5 * 4096], 9);
        map(&mut s, &file, 16, &sums);
        assert!(all(&mut s).iter().all(|b| *b == 7));
        // The same again, with nothing else mapped there.
        s.write(17 * PAGE + 5, &[1]).unwrap();
        s.write(23 * PAGE, &[1; 4096]).unwrap();
        s.release(19, 1).unwrap();
        let epoch = s.epoch();
        map(&mut s, &file, 16, &sums);
        assert!(s.epoch() > epoch);
        assert_eq!((s.written_pages(), s.flags(19)), (0, SHARED | UNVERIFIED));
        assert!(all(&mut s).iter().all(|b| *b == 7));
        assert_eq!((s.sums.len(), s.shared.len()), (1, 1));
    }

    #[test]
    fn a_store_hits_code_by_doublewords() {
        let mut s = Storage::new(8192).unwrap();
        s.note_code(0, 508, 518);
        assert!(s.hits_code(0, 512));
        assert!(s.hits_code(519, 1));
        assert!(!s.hits_code(0, 504));
        assert!(!s.hits_code(520, 3576));
        assert!(!s.hits_code(4096, 64));
        s.write(4, &[0; 500]).unwrap();
        assert_eq!(s.take_stale_code(), []);
        s.write(4090, &[0; 12]).unwrap();
        assert_eq!(s.take_stale_code(), []);
        s.write(500, &[0; 5]).unwrap();
        assert_eq!(s.take_stale_code(), [0]);
    }

    #[test]
    fn one_page_that_changed_is_named_and_many_are_all_pages() {
        let mut s = Storage::new(1 << 20).unwrap();
        let before = s.epoch();
        s.set_key(0x5000, 0x10);
        s.set_key(0x5000, 0x10);
        assert_eq!((s.epoch(), s.changed()), (before, &[5][..]));
        for page in 0..count(MOST_CHANGED) {
            s.set_key(page * PAGE, 0x20);
        }
        assert_eq!((s.epoch(), s.changed()), (before + 1, &[][..]));
    }
}
