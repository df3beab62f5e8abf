//! Decoded code: which bytes of a page have been decoded, so that a store into them is seen, and pages whose decoded
//! code several machines share.

#![deny(unsafe_code)]

use super::super::bits::{count, index};
use super::super::block::SharedCode;
use super::{CODE, PAGE, Storage, TAGGED, WRITTEN};
use std::sync::Arc;

/// The page is as in a file whose decoded code is shared, unless it has been written.
pub(super) const SHARED: u8 = 64;

/// A run of pages whose decoded code is shared.
pub(super) struct SharedRun {
    pub(super) first: u64,
    pub(super) pages: u64,
    code: Arc<SharedCode>,
}

/// One bit for each doubleword of a page.
pub(super) type Doublewords = [u64; 8];

/// Whether a page with these flags is as in a file whose decoded code is shared.
fn is_like_file(flags: u8) -> bool {
    unlike(flags) == 0
}

/// The flags that say that it is not.
pub(super) fn unlike(flags: u8) -> u8 {
    flags & (SHARED | WRITTEN) ^ SHARED
}

impl Storage {
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
