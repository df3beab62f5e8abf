//! Storage keys, and what is noted of pages: which were stored into, and of which the translations changed
//! (Principles of Operation, chapter 3: Storage Key).

#![deny(unsafe_code)]

use super::super::bits::{count, index};
use super::{CODE, PAGE, Storage, TAGGED, WRITTEN};

/// Pages named in `changed` before all translations are dropped instead.
pub(super) const MOST_CHANGED: usize = 64;

impl Storage {
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
    pub(super) fn change(&mut self, page: u64) {
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
}
