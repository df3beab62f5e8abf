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

mod code;
mod keys;

use super::bits::{count, index};
use code::{Doublewords, SharedRun, unlike};
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
/// Other machines store into the page too.
pub const COMMON: u8 = 128;
/// The checksum was wrong.
pub const BAD: u8 = 16;

/// Checksums of a mapped run of pages.
struct Sums {
    first: u64,
    sums: Arc<[u32]>,
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

/// So many flags are looked at together: a saved system has tens of thousands of pages, few with code or stored into.
const TOGETHER: usize = 64;

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

#[cfg(test)]
mod tests;
