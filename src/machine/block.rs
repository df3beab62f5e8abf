//! Decoded instructions: operations of 40 bytes in runs (blocks) that end at a page's end or where control
//! always goes elsewhere, kept by absolute address and dropped when the page is stored into.
//!
//! A block holds nothing that depends on the virtual address, the addressing mode or the address space, so
//! one block serves every mapping of its page, and a translator can later hang on the same key.

use super::bits::{count, index, low16, low32};
use super::cpu::{Cpu, Step};
use super::insn;
use super::storage::{PAGE, Storage};
use rustc_hash::FxHashMap;

/// What runs an operation on one CPU and storage.
pub type Handler = fn(&mut Cpu, &mut Storage, &Op) -> Step;

/// Runs an operation and, when it simply ends, goes on with those behind it. How it ended is left in `Cpu::ended`, for
/// the call of the next one is a jump only in a function that gives nothing back.
pub type Chain = fn(&mut Cpu, &mut Storage, &Op, &[Op]);

/// One decoded instruction. What each field holds is the format's matter (`insn::decode`).
#[derive(Clone, Copy)]
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
    /// Index register, or length code.
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
    /// The index register in the same way.
    pub inx: u8,
}

const _: () = assert!(size_of::<Op>() <= 40);

/// Most operations of one block.
const LONGEST: usize = 64;
/// Operations after which the cache starts afresh.
const FULL: usize = 1 << 20;

/// A block in the cache.
#[derive(Clone, Copy)]
pub struct Block {
    /// Its first operation.
    pub start: u32,
    /// How many there are.
    pub ops: u16,
    /// Bytes it covers.
    pub bytes: u16,
}

/// The decoded-code cache of one machine.
#[derive(Default)]
pub struct Cache {
    /// All operations, block after block.
    pub ops: Vec<Op>,
    blocks: FxHashMap<u64, Block>,
    pages: FxHashMap<u64, Vec<u16>>,
    /// Architecture the code was decoded for.
    zarch: bool,
    /// How many blocks were decoded since the start.
    pub decoded: u64,
}

impl Cache {
    /// The block at an absolute address, decoded now if need be. `None`: the first instruction
    /// reaches into the next page.
    pub fn block(&mut self, st: &mut Storage, at: u64, zarch: bool) -> Option<Block> {
        if self.zarch != zarch {
            self.clear(st);
            self.zarch = zarch;
        }
        if let Some(b) = self.blocks.get(&at) {
            return Some(*b);
        }
        if self.ops.len() > FULL {
            self.clear(st);
        }
        let start = self.ops.len();
        let page = at / PAGE;
        let first = at % PAGE;
        let mut off = first;
        while off < PAGE && self.ops.len() - start < LONGEST {
            let mut bytes = [0u8; 6];
            let room = index(PAGE - off).min(6);
            st.copy_out(page * PAGE + off, &mut bytes[..room]);
            let len = insn::length(bytes[0]);
            if usize::from(len) > room {
                break;
            }
            let mut op = insn::decode(&bytes, zarch);
            op.off = low16(off);
            off += u64::from(len);
            let ends = insn::ends_block(&op);
            self.ops.push(op);
            if ends {
                break;
            }
        }
        let ops = self.ops.len() - start;
        if ops == 0 {
            return None;
        }
        st.note_code(page, first, off - 1);
        let block = Block {
            start: low32(count(start)),
            ops: low16(count(ops)),
            bytes: low16(off - first),
        };
        self.blocks.insert(at, block);
        self.pages.entry(page).or_default().push(low16(first));
        self.decoded += 1;
        Some(block)
    }

    /// Drops the blocks of pages that were stored into; `dropped` hears of each with its offset in the page.
    pub fn drop_stale(&mut self, st: &mut Storage, mut dropped: impl FnMut(u16, Block)) {
        for page in st.take_stale_code() {
            for first in self.pages.remove(&page).unwrap_or_default() {
                if let Some(block) = self.blocks.remove(&(page * PAGE + u64::from(first))) {
                    dropped(first, block);
                }
            }
        }
    }

    /// Drops everything.
    pub fn clear(&mut self, st: &mut Storage) {
        for page in self.pages.keys() {
            st.forget_code(*page);
        }
        self.ops.clear();
        self.blocks.clear();
        self.pages.clear();
        st.take_stale_code();
        st.forget_translations();
    }
}
