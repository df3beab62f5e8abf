//! What the programs of a session hold together: programs that call one another without end are stopped
//! with error 5, as one that calls itself within is by its own limit.
//!
//! A program counts for what it has charged when it calls out, which is more than it still holds. Only
//! when that comes to much are the suspended programs really counted.

use std::cell::Cell;
use std::rc::Rc;

/// What a program takes beside its variables, strings and calls, in bytes, with what it runs in.
const PROGRAM: usize = 16 << 10;

/// The storage of a session's programs.
pub struct Ledger {
    /// How much they may hold together, in bytes.
    limit: usize,
    held: Rc<Cell<usize>>,
    /// What was held when it was last counted.
    counted: usize,
}

impl Ledger {
    /// A ledger of this many bytes.
    pub fn new(limit: usize) -> Ledger {
        Ledger {
            limit,
            held: Rc::default(),
            counted: 0,
        }
    }

    /// What a program that starts now may hold: nothing when what is left is not worth a start.
    pub fn room(&self) -> usize {
        let left = self.limit.saturating_sub(self.held.get());
        if left > self.limit / 16 { left } else { 0 }
    }

    /// The share of a program that starts.
    pub fn share(&self) -> Share {
        let mut share = Share {
            held: Rc::clone(&self.held),
            bytes: 0,
        };
        share.set(0);
        share
    }

    /// Whether the programs must be counted.
    pub fn is_due(&mut self) -> bool {
        let held = self.held.get();
        self.counted = self.counted.min(held);
        held > (self.limit / 2).max(self.counted + self.limit / 16)
    }

    /// Every program that waits was counted.
    pub fn counted(&mut self) {
        self.counted = self.held.get();
    }
}

/// What one program holds; it is given back when the program goes.
pub struct Share {
    held: Rc<Cell<usize>>,
    bytes: usize,
}

impl Share {
    /// The program holds this many bytes.
    pub fn set(&mut self, bytes: usize) {
        let bytes = bytes.saturating_add(PROGRAM);
        let others = self.held.get().saturating_sub(self.bytes);
        self.held.set(others.saturating_add(bytes));
        self.bytes = bytes;
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.held.set(self.held.get().saturating_sub(self.bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_come_and_go() {
        let mut ledger = Ledger::new(64 * PROGRAM);
        let shares: Vec<Share> = (0..32).map(|_| ledger.share()).collect();
        assert!(!ledger.is_due());
        let mut big = ledger.share();
        big.set(8 * PROGRAM);
        assert!(ledger.is_due());
        big.set(2 * PROGRAM);
        ledger.counted();
        assert_eq!(ledger.room(), 29 * PROGRAM);
        assert!(!ledger.is_due(), "not again at once");
        big.set(27 * PROGRAM);
        assert_eq!(ledger.room(), 0, "too little for a start");
        drop((shares, big));
        assert_eq!(ledger.room(), 64 * PROGRAM);
    }
}
