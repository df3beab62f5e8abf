//! Decoded instructions: operations of 40 bytes in runs (blocks) that end at a page's end or where control
//! always goes elsewhere, kept by absolute address and dropped when the page is stored into. Pages of a saved
//! system are decoded once for all machines that have them.
//!
//! A block holds nothing that depends on the virtual address, the addressing mode or the address space, so
//! one block serves every mapping of its page, and a translator can later hang on the same key.

use super::bits::{index, low16};
use super::chain::Chain;
use super::cpu::{Cpu, Step};
use super::insn;
use super::storage::{COMMON, PAGE, Storage};
use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex};

/// What runs an operation on one CPU and storage.
pub type Handler = fn(&mut Cpu, &mut Storage, &Op) -> Step;

/// One decoded instruction. What each field holds is the format's matter (`insn::decode`).
#[derive(Clone, Copy, Debug)]
pub struct Op {
    /// What runs it.
    pub run: Handler,
    /// What runs it and the operations behind it.
    pub chain: Chain,
    /// The immediate operand, or a relative operand in halfwords.
    pub imm: i32,
    /// The (first) displacement, or a second immediate.
    pub disp: i32,
    /// The second displacement.
    pub d2: u16,
    /// Offset of the instruction in its page.
    pub off: u16,
    /// Its row among all rows.
    pub row: u16,
    /// First register or mask.
    pub r1: u8,
    /// Second register.
    pub r2: u8,
    /// Third register or mask.
    pub r3: u8,
    /// Index register as `Cpu::effective` takes it (16 for none), or length code.
    pub x: u8,
    /// (First) base register.
    pub b: u8,
    /// Second base register.
    pub b2: u8,
    /// A mask or a third immediate.
    pub m: u8,
    /// Length of the instruction in bytes; of the EXECUTE, for one that it runs.
    pub len: u8,
    /// The (first) base register as `Cpu::effective` takes it.
    pub base: u8,
    /// How many operations are behind it in its block.
    pub behind: u8,
}

const _: () = assert!(size_of::<Op>() <= 40);

/// Most operations of one block.
const LONGEST: usize = 64;
/// Operations after which the cache starts afresh.
const FULL: usize = 1 << 20;

/// A block.
#[derive(Clone)]
pub struct Block {
    /// Its operations, one at least.
    pub ops: Arc<[Op]>,
}

impl Block {
    /// Where it ends, as an offset in its page.
    fn end(&self) -> u64 {
        let last = self.ops.last();
        last.map_or(0, |op| u64::from(op.off) + u64::from(op.len))
    }
}

/// Decoded code of pages that several machines have from one file: what one has decoded the others find.
/// Which of their pages are still as in the file each machine's storage knows.
#[derive(Default)]
pub struct SharedCode {
    /// By absolute address, and whether it was decoded for z/Architecture.
    blocks: Mutex<FxHashMap<(u64, bool), Block>>,
}

impl SharedCode {
    fn find(&self, at: u64, zarch: bool) -> Option<Block> {
        self.blocks.lock().ok()?.get(&(at, zarch)).cloned()
    }

    fn add(&self, at: u64, zarch: bool, block: &Block) {
        if let Ok(mut blocks) = self.blocks.lock() {
            blocks.insert((at, zarch), block.clone());
        }
    }
}

impl std::fmt::Debug for SharedCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SharedCode").finish_non_exhaustive()
    }
}

/// The decoded-code cache of one machine.
#[derive(Default)]
pub struct Cache {
    blocks: FxHashMap<u64, Block>,
    pages: FxHashMap<u64, Vec<u16>>,
    /// Architecture the code was decoded for.
    zarch: bool,
    /// How many operations are in its own blocks.
    ops: usize,
    /// How many blocks were decoded since the start.
    pub decoded: u64,
}

impl Cache {
    /// The block at an absolute address, decoded now if need be. `None`: the first instruction
    /// reaches into the next page, or cannot be kept.
    pub fn block(&mut self, st: &mut Storage, at: u64, zarch: bool) -> Option<Block> {
        if self.zarch != zarch {
            self.clear(st);
            self.zarch = zarch;
        }
        // What other machines store into unseen is decoded at every step.
        if st.flags(at / PAGE) & COMMON != 0 {
            return None;
        }
        if let Some(shared) = st.shared_code(at / PAGE) {
            let block = match shared.find(at, zarch) {
                Some(block) => block,
                None => {
                    let block = self.decode(st, at)?;
                    shared.add(at, zarch, &block);
                    block
                }
            };
            st.note_shared_code(at / PAGE);
            return Some(block);
        }
        if let Some(b) = self.blocks.get(&at) {
            return Some(b.clone());
        }
        if self.ops > FULL {
            self.clear(st);
        }
        let block = self.decode(st, at)?;
        let (page, first) = (at / PAGE, at % PAGE);
        st.note_code(page, first, block.end() - 1);
        self.ops += block.ops.len();
        self.blocks.insert(at, block.clone());
        self.pages.entry(page).or_default().push(low16(first));
        Some(block)
    }

    fn decode(&mut self, st: &Storage, at: u64) -> Option<Block> {
        let page = at / PAGE;
        let mut off = at % PAGE;
        let mut ops = Vec::with_capacity(LONGEST);
        while off < PAGE && ops.len() < LONGEST {
            let mut bytes = [0u8; 6];
            let room = index(PAGE - off).min(6);
            st.copy_out(page * PAGE + off, &mut bytes[..room]);
            let len = insn::length(bytes[0]);
            if usize::from(len) > room {
                break;
            }
            let mut op = insn::decode(&bytes, self.zarch);
            op.off = low16(off);
            off += u64::from(len);
            let ends = insn::ends_block(&op);
            ops.push(op);
            if ends {
                break;
            }
        }
        self.decoded += 1;
        for (behind, op) in (0..).zip(ops.iter_mut().rev()) {
            op.behind = behind;
        }
        (!ops.is_empty()).then(|| Block { ops: ops.into() })
    }

    /// Drops the blocks of pages that were stored into; `dropped` hears of each with its offset in the page.
    pub fn drop_stale(&mut self, st: &mut Storage, mut dropped: impl FnMut(u16, &Block)) {
        for page in st.take_stale_code() {
            let Some(firsts) = self.pages.remove(&page) else {
                // Code that is shared: no list tells which of it has been used here.
                st.forget_translations();
                continue;
            };
            for first in firsts {
                if let Some(block) = self.blocks.remove(&(page * PAGE + u64::from(first))) {
                    self.ops -= block.ops.len();
                    dropped(first, &block);
                }
            }
        }
    }

    /// How many operations the machine has decoded for itself alone and keeps.
    pub fn kept(&self) -> usize {
        self.ops
    }

    /// Drops everything.
    pub fn clear(&mut self, st: &mut Storage) {
        for page in self.pages.keys() {
            st.forget_code(*page);
        }
        self.ops = 0;
        self.blocks = FxHashMap::default();
        self.pages = FxHashMap::default();
        st.take_stale_code();
        st.forget_translations();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Share;
    use std::io::Write as _;

    fn storage(image: &[u8], code: &Arc<SharedCode>) -> Storage {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(image).unwrap();
        let mut st = Storage::new(1 << 20).unwrap();
        st.map_file(16, 1, &file, 0, Share::Private, None).unwrap();
        st.share_code(16, 1, code);
        st
    }

    #[test]
    fn code_of_a_page_is_decoded_once_until_the_page_is_ones_own() {
        let mut image = vec![0; 4096];
        // lr 1,2; br 14
        image[..4].copy_from_slice(&[0x18, 0x12, 0x07, 0xFE]);
        let code = Arc::new(SharedCode::default());
        let (mut one, mut two) = (storage(&image, &code), storage(&image, &code));
        let (mut first, mut second) = (Cache::default(), Cache::default());
        let a = first.block(&mut one, 0x10000, true).unwrap();
        let b = second.block(&mut two, 0x10000, true).unwrap();
        assert!(Arc::ptr_eq(&a.ops, &b.ops));
        assert_eq!((first.decoded, second.decoded, second.kept()), (1, 0, 0));
        // lr 1,3 in the second machine only.
        assert!(two.hits_code(0x10800, 1));
        let epoch = two.epoch();
        two.write(0x10001, &[0x13]).unwrap();
        second.drop_stale(&mut two, |_, _| ());
        assert!(two.epoch() > epoch);
        let b = second.block(&mut two, 0x10000, true).unwrap();
        assert_eq!((b.ops[0].r2, second.decoded, second.kept()), (3, 1, 2));
        let a = first.block(&mut one, 0x10000, true).unwrap();
        assert_eq!((a.ops[0].r2, first.decoded), (2, 1));
        // Other contents: nothing of it is shared any more.
        one.release(16, 1).unwrap();
        assert!(one.shared_code(16).is_none());
    }
}
