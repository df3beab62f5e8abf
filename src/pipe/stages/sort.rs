//! SORT and MERGE (*User's Guide and Reference*, chapter "Inventory of built-in programs").

use std::cmp::Ordering;

use rustc_hash::FxHashMap;

use super::pick::counted;
use super::{Delay, MANY, PLAIN, Row, filter, task};
use crate::base::Record;
use crate::pipe::args::{Args, Fault};
use crate::pipe::filter::{Emit, Filter, Flow, Left};
use crate::pipe::range::{Range, Separators};
use crate::pipe::stage::Body;
use crate::pipe::target::Compare;

pub const TABLE: &[Row] = &[
    Row {
        names: "SORT",
        operands: "[COUNT | UNIQue] [NOPAD | PAD xorc] [ANYcase] [Ascending | Descending | {inputRange [Ascending | Descending] [NOPAD | PAD xorc]}]",
        doc: "Sorts records; those with the same key keep their order.",
        outputs: 2,
        delay: Delay::Buffers,
        make: sort,
        example: (
            "literal b a c a|split|sort count|console",
            &["         2a", "         1b", "         1c"],
        ),
        ..PLAIN
    },
    Row {
        names: "MERGE",
        operands: "[NOPAD | PAD xorc] [ANYcase] [Ascending | Descending | {inputRange [Ascending | Descending] [NOPAD | PAD xorc]}]",
        doc: "Merges input streams that are each in order; of equal records the lower stream's comes first.",
        inputs: MANY,
        make: merge,
        example: (
            "(end ?) literal a c|split|m: merge|console ? literal b d|split|m:",
            &["a", "b", "c", "d"],
        ),
        ..PLAIN
    },
];

/// How many records are put out at a time.
const BATCH: usize = 1_000;

struct Key {
    range: Range,
    descending: bool,
    compare: Compare,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Duplicates {
    Keep,
    Drop,
    Count,
}

fn direction(args: &mut Args<'_>) -> Option<bool> {
    args.choice(&[("Ascending", false), ("Descending", true)])
}

fn sort(args: &mut Args<'_>) -> Result<Body, Fault> {
    let duplicates = args
        .choice(&[("COUNT", Duplicates::Count), ("UNIQue", Duplicates::Drop)])
        .unwrap_or(Duplicates::Keep);
    let keys = keys(args)?;
    filter(Sort {
        keys,
        duplicates,
        secondary: false,
        held: Vec::new(),
        index: FxHashMap::default(),
        sorted: Vec::new().into_iter(),
    })
}

/// Reads what says by which fields records are in order.
fn keys(args: &mut Args<'_>) -> Result<Vec<Key>, Fault> {
    let compare = Compare::take(args)?;
    let mut separators = Separators::default();
    let mut keys = Vec::new();
    let whole = direction(args);
    while whole.is_none() && !args.is_done() {
        if !Range::ahead(args) {
            args.end()?;
        }
        let range = Range::take(args, &mut separators)?;
        let descending = direction(args).unwrap_or(false);
        let mut key = Key {
            range,
            descending,
            compare,
        };
        key.compare.take_pad(args)?;
        keys.push(key);
    }
    args.end()?;
    if keys.is_empty() {
        keys.push(Key {
            range: Range::whole(),
            descending: whole.unwrap_or(false),
            compare,
        });
    }
    Ok(keys)
}

impl Key {
    /// Which of two records comes first by this key.
    fn order(&self, a: &[u8], b: &[u8]) -> Ordering {
        let order = self.compare.order(self.range.of(a), self.range.of(b));
        match self.descending {
            true => order.reverse(),
            false => order,
        }
    }
}

fn merge(args: &mut Args<'_>) -> Result<Body, Fault> {
    let keys = keys(args)?;
    Ok(task(|s| async move {
        let order = |a: &Record, b: &Record| {
            let mut orders = keys.iter().map(|key| key.order(a, b));
            orders.find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
        };
        let mut open: Vec<usize> = (0..s.streams().0).collect();
        loop {
            let mut first: Option<(usize, Record)> = None;
            let mut ended = Vec::new();
            for &port in &open {
                match s.next(port).await? {
                    None => ended.push(port),
                    Some(record) => {
                        if first
                            .as_ref()
                            .is_none_or(|(_, f)| order(&record, f).is_lt())
                        {
                            first = Some((port, record));
                        }
                    }
                }
            }
            open.retain(|port| !ended.contains(port));
            let Some((port, record)) = first else {
                return Ok(());
            };
            s.output(0, record).await?;
            s.readto(port).await?;
        }
    }))
}

/// A record with what sorts it, and how many it stands for (0: one before it stands for it).
struct Held {
    /// Of the first key: most comparisons need no more.
    prefix: u64,
    record: Record,
    count: u64,
}

struct Sort {
    keys: Vec<Key>,
    duplicates: Duplicates,
    /// Whether records with equal keys are wanted too, on the secondary output.
    secondary: bool,
    held: Vec<Held>,
    /// Where the record of each key is held, when the others are not wanted.
    index: FxHashMap<Box<[u8]>, usize>,
    sorted: std::vec::IntoIter<Held>,
}

impl Sort {
    fn order(&self, a: &Held, b: &Held) -> Ordering {
        let turned = |key: &Key, order: Ordering| match key.descending {
            true => order.reverse(),
            false => order,
        };
        let first = turned(&self.keys[0], a.prefix.cmp(&b.prefix));
        let mut rest = self.keys.iter().map(|key| {
            let (a, b) = (key.range.of(&a.record), key.range.of(&b.record));
            turned(key, key.compare.order(a, b))
        });
        first.then_with(|| rest.find(|o| o.is_ne()).unwrap_or(Ordering::Equal))
    }

    fn prefix(&self, record: &[u8]) -> u64 {
        let key = &self.keys[0];
        key.compare.prefix(key.range.of(record))
    }

    fn sort(&mut self) -> Vec<Held> {
        let mut held = std::mem::take(&mut self.held);
        held.sort_by(|a, b| self.order(a, b));
        held
    }

    /// Counts a record when one with its keys is held.
    fn group(&mut self, record: &Record) {
        let key = match self.keys.as_slice() {
            [key] => key.compare.canonical(key.range.of(record)),
            keys => {
                let mut all = Vec::new();
                for key in keys {
                    let part = key.compare.canonical(key.range.of(record));
                    all.extend_from_slice(&part.len().to_le_bytes());
                    all.extend_from_slice(&part);
                }
                all.into()
            }
        };
        if let Some(&at) = self.index.get(&*key) {
            self.held[at].count += 1;
            return;
        }
        self.index.insert(key.into(), self.held.len());
        // A copy, so that not all of the input is kept for a few records.
        let record = Record::from(&record[..]);
        self.held.push(Held {
            prefix: self.prefix(&record),
            record,
            count: 1,
        });
    }
}

impl Filter for Sort {
    fn start(&mut self, outputs: &[bool]) {
        self.secondary = outputs.get(1).copied().unwrap_or(false);
    }

    fn step(&mut self, record: &Record, _: &mut Emit) -> Flow {
        if self.duplicates != Duplicates::Keep && !self.secondary {
            self.group(record);
            return Flow::More;
        }
        self.held.push(Held {
            prefix: self.prefix(record),
            record: record.clone(),
            count: 1,
        });
        Flow::More
    }

    fn finish(&mut self, _: &mut Emit) {
        self.index = FxHashMap::default();
        let mut held = self.sort();
        if self.duplicates != Duplicates::Keep {
            let mut first = 0;
            for at in 1..held.len() {
                if self.order(&held[first], &held[at]).is_eq() {
                    held[first].count += held[at].count;
                    held[at].count = 0;
                } else {
                    first = at;
                }
            }
        }
        self.sorted = held.into_iter();
    }

    fn more(&mut self, out: &mut Emit) -> Left {
        for held in self.sorted.by_ref().take(BATCH) {
            match (held.count, self.duplicates) {
                (0, _) => out.put(1, held.record),
                (n, Duplicates::Count) => out.put(0, counted(n, &held.record)),
                _ => out.put(0, held.record),
            }
        }
        match out.items.is_empty() {
            true => Left::Nothing,
            false => Left::Some,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::pipe::tests::check;

    #[test]
    fn keys_and_duplicates() {
        for (operands, said) in [
            ("", &["a1 x", "b1 x", "b2 w"][..]),
            ("d", &["b2 w", "b1 x", "a1 x"]),
            ("w2 a 1 d", &["b2 w", "b1 x", "a1 x"]),
            ("w2 a 2", &["b2 w", "b1 x", "a1 x"]),
            ("unique w2", &["b2 w", "b1 x"]),
            ("count w2", &["         1b2 w", "         2b1 x"]),
        ] {
            let spec = format!("literal a1 x|literal b2 w|literal b1 x|sort {operands}|console");
            check(&spec, 0, said);
        }
        check(
            "literal b A a B|split|sort anycase|console",
            0,
            &["A", "a", "b", "B"],
        );
        check("literal a!|literal a|sort pad ~|console", 0, &["a!", "a"]);
        check(
            "(end ?) literal b a b|split|s: sort unique|hole ? s: |console",
            0,
            &["b"],
        );
        check("literal a|sort zz|console", -112, &[]);
        check(
            "(end ?) literal b A a B b|split|s: sort count anycase|console ? s: |console",
            0,
            &["         2A", "a", "         3b", "B", "b"],
        );
    }

    #[test]
    fn merged_streams() {
        let network = "(end ?) literal a2 b1 c2|split|m: merge KEYS|console ? literal b0 c1|split|m: ? literal a1|m:";
        check(
            &network.replace("KEYS", ""),
            0,
            &["a1", "a2", "b0", "b1", "c1", "c2"],
        );
        // Equal keys: the lower stream first, and each stream in its own order.
        check(
            &network.replace("KEYS", "1"),
            0,
            &["a2", "a1", "b1", "b0", "c2", "c1"],
        );
        check(
            "(end ?) literal c a|split|m: merge d|console ? literal B|m:",
            0,
            &["c", "a", "B"],
        );
        check(
            "(end ?) literal c a|split|m: merge anycase d|console ? literal B|m:",
            0,
            &["c", "B", "a"],
        );
        check(
            "(end ?) literal a b|split|m: merge|take 1|console ? literal c|m:",
            0,
            &["a"],
        );
        check("literal a|merge unique|console", -112, &[]);
    }

    #[test]
    fn long_and_short_keys_in_order() {
        let words = "abcdefgh2 abcdefgh abcdefgh1 abcdefg ab abcdefgh ABCDEFGH1";
        for (operands, said) in [
            (
                "",
                "ABCDEFGH1 ab abcdefg abcdefgh abcdefgh abcdefgh1 abcdefgh2",
            ),
            (
                "d",
                "abcdefgh2 abcdefgh1 abcdefgh abcdefgh abcdefg ab ABCDEFGH1",
            ),
            (
                "unique pad ~",
                "ABCDEFGH1 abcdefgh1 abcdefgh2 abcdefgh abcdefg ab",
            ),
            ("unique anycase", "ab abcdefg abcdefgh abcdefgh1 abcdefgh2"),
            ("unique 1.2 2.1 d", "ABCDEFGH1 abcdefgh2"),
        ] {
            let spec = format!("literal {words}|split|sort {operands}|join * / /|console");
            check(&spec, 0, &[said]);
        }
        let spec = "literal a|dup 4999|specs recno 1|sort d|drop 4998|console";
        check(spec, 0, &["         2", "         1"]);
    }
}
