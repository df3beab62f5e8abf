//! SORT and MERGE (*User's Guide and Reference*, chapter "Inventory of built-in programs").

use std::cmp::Ordering;

use rustc_hash::FxHashMap;

use super::pick::counted;
use super::{Delay, MANY, PLAIN, Row, filter, task};
use crate::base::Record;
use crate::base::msg::fpl;
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
    // What is left out is all that goes to the secondary output.
    if matches!(duplicates, Duplicates::Keep) && args.has_secondary() {
        return Err(Fault::new(&fpl::FPLSCA1197E, &[b"1"]));
    }
    let keys = keys(args)?;
    filter(Sort::new(keys, duplicates))
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

/// What sorts a record: the first bytes of its first key, their mark, and the number of the record, from the
/// high bits to the low. Most comparisons need no more.
type Item = u128;

/// How many bytes of a key stand in an item.
const BYTES: usize = 10;

/// The mark of a key that is longer than that.
const LONGER: u8 = 11;

/// How many bits the number of a record takes: there is no storage for more records than that.
const NUMBER: u32 = 40;

fn number(item: Item) -> usize {
    (item & ((1 << NUMBER) - 1)) as usize
}

fn mark(item: Item) -> u8 {
    item.to_be_bytes()[BYTES]
}

/// A key of at most 15 bytes, and its length.
type Short = (u64, u64);

/// A key that is short enough to be compared without looking where it stands.
#[inline]
fn short(key: &[u8]) -> Option<Short> {
    let length = u64::try_from(key.len()).ok().filter(|n| *n < 16)?;
    let (low, high) = match (key.first_chunk::<8>(), key.last_chunk::<8>()) {
        // The last eight bytes overlap the first ones; what is theirs alone is the high part.
        (Some(first), Some(last)) => {
            let last = u64::from_le_bytes(*last).checked_shr(8 * (16 - key.len() as u32));
            (u64::from_le_bytes(*first), last.unwrap_or(0))
        }
        _ => match (key.first_chunk::<4>(), key.last_chunk::<4>()) {
            (Some(first), Some(last)) => {
                let last = u64::from(u32::from_le_bytes(*last)) << (8 * (key.len() - 4));
                (u64::from(u32::from_le_bytes(*first)) | last, 0)
            }
            _ => (key.iter().fold(0, |n, b| n << 8 | u64::from(*b)), 0),
        },
    };
    Some((low, high | length << 56))
}

struct Sort {
    keys: Vec<Key>,
    duplicates: Duplicates,
    /// Whether records with equal keys are wanted too, on the secondary output.
    secondary: bool,
    held: Vec<Record>,
    /// How many each record stands for (0: one before it stands for it); none when nobody counts.
    counts: Vec<u64>,
    order: Vec<Item>,
    /// Where the record of each key is held, when the others are not wanted: of short keys, and of the others.
    short: FxHashMap<Short, usize>,
    index: FxHashMap<Box<[u8]>, usize>,
    /// How many were put out.
    done: usize,
}

impl Sort {
    fn new(keys: Vec<Key>, duplicates: Duplicates) -> Sort {
        Sort {
            keys,
            duplicates,
            secondary: false,
            held: Vec::new(),
            counts: Vec::new(),
            order: Vec::new(),
            short: FxHashMap::default(),
            index: FxHashMap::default(),
            done: 0,
        }
    }

    fn compare(&self, a: Item, b: Item) -> Ordering {
        let first = &self.keys[0];
        let turned = |key: &Key, order: Ordering| match key.descending {
            true => order.reverse(),
            false => order,
        };
        // With a pad character, lengths say nothing about the order.
        let shift = NUMBER + 8 * u32::from(first.compare.pad.is_some());
        let order = turned(first, (a >> shift).cmp(&(b >> shift)));
        if order.is_ne() {
            return order;
        }
        let known = usize::from(mark(a) != LONGER && mark(b) != LONGER);
        if known == self.keys.len() {
            return order;
        }
        let (a, b) = (&self.held[number(a)], &self.held[number(b)]);
        let mut rest = self.keys[known..].iter().map(|key| key.order(a, b));
        rest.find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
    }

    /// Holds a record.
    fn hold(&mut self, record: Record) {
        let key = &self.keys[0];
        let field = key.range.of(&record);
        let mut bytes = [0; 16];
        key.compare.begin(field, &mut bytes[..BYTES]);
        bytes[BYTES] = match (key.compare.pad, u8::try_from(field.len())) {
            (Some(_), Ok(0..LONGER)) => 0,
            (None, Ok(n @ 0..LONGER)) => n,
            _ => LONGER,
        };
        let item = Item::from_be_bytes(bytes) | self.held.len() as Item;
        self.order.push(item);
        self.held.push(record);
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
        let next = self.held.len();
        let at = match short(&key) {
            Some(short) => *self.short.entry(short).or_insert(next),
            None => match self.index.get(&*key) {
                Some(&at) => at,
                None => *self.index.entry(key.into()).or_insert(next),
            },
        };
        if at < next {
            self.counts[at] += 1;
            return;
        }
        self.counts.push(1);
        // A copy, so that not all of the input is kept for a few records.
        self.hold(Record::from(&record[..]));
    }

    /// Counts the records with equal keys, once they are in order.
    fn count(&mut self) {
        self.counts = vec![1; self.held.len()];
        let mut first = 0;
        for at in 1..self.order.len() {
            if self.compare(self.order[first], self.order[at]).is_eq() {
                self.counts[number(self.order[first])] += 1;
                self.counts[number(self.order[at])] = 0;
            } else {
                first = at;
            }
        }
    }
}

impl Filter for Sort {
    fn start(&mut self, outputs: &[bool]) {
        self.secondary = outputs.get(1).copied().unwrap_or(false);
    }

    fn step(&mut self, record: &Record, _: &mut Emit) -> Flow {
        match self.duplicates != Duplicates::Keep && !self.secondary {
            true => self.group(record),
            false => self.hold(record.clone()),
        }
        Flow::More
    }

    fn finish(&mut self, _: &mut Emit) {
        self.short = FxHashMap::default();
        self.index = FxHashMap::default();
        let mut order = std::mem::take(&mut self.order);
        // Their numbers keep those with equal keys in order.
        order.sort_unstable_by(|&a, &b| self.compare(a, b).then_with(|| number(a).cmp(&number(b))));
        self.order = order;
        if self.duplicates != Duplicates::Keep && self.counts.is_empty() {
            self.count();
        }
    }

    fn more(&mut self, out: &mut Emit) -> Left {
        let left = self.order.get(self.done..).unwrap_or_default();
        for &item in left.iter().take(BATCH) {
            self.done += 1;
            let at = number(item);
            let record = std::mem::replace(&mut self.held[at], Record::null());
            match (self.counts.get(at), self.duplicates) {
                (Some(0), _) => out.put(1, record),
                (Some(&n), Duplicates::Count) => out.put(0, counted(n, &record)),
                _ => out.put(0, record),
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
    use super::*;
    use crate::pipe::tests::check;

    #[test]
    fn short_keys_differ() {
        let mut seen = std::collections::BTreeMap::new();
        for length in 0..16usize {
            for place in 0..=length {
                for byte in [0, b'a', b'b', 0xFF] {
                    let mut key = vec![b'a'; length];
                    if let Some(b) = key.get_mut(place) {
                        *b = byte;
                    }
                    let other = seen.insert(short(&key).expect("short"), key.clone());
                    assert!(other.is_none_or(|o| o == key), "{key:?}");
                }
            }
        }
        assert_eq!(short(&[0; 16]), None);
    }

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
    fn keys_about_as_long_as_what_is_compared_at_once() {
        use crate::pipe::args::Args;
        use crate::pipe::filter::Emit;
        // All texts of two letters in two cases and a pad character, around the length of an item.
        let mut texts = vec![String::new()];
        for stem in ["", "12345678", "123456789", "1234567890", "12345678901"] {
            for tail in [
                "", "a", "A", "b", "~", "a~", "aB", "Ab", "ab", "~~", "~a", "\0", "a\0",
            ] {
                texts.push(format!("{stem}{tail}"));
            }
        }
        for operands in [
            "",
            "d",
            "pad ~",
            "pad ~ d",
            "anycase",
            "anycase d",
            "anycase pad ~",
            "2-* d 1",
            "1.3 9-* d pad ~",
        ] {
            let mut args = Args::new(operands.as_bytes(), false);
            let keys = keys(&mut args).expect("operands");
            let again = super::keys(&mut Args::new(operands.as_bytes(), false)).expect("operands");
            let mut sort = Sort::new(again, Duplicates::Keep);
            let mut out = Emit::default();
            for text in &texts {
                sort.step(&Record::from(text.as_bytes()), &mut out);
            }
            sort.finish(&mut out);
            while sort.more(&mut out) == Left::Some && out.items.len() < texts.len() {}
            let sorted: Vec<Vec<u8>> = out.items.iter().map(|i| i.1.to_vec()).collect();
            let mut plain: Vec<Vec<u8>> = texts.iter().map(|t| t.as_bytes().to_vec()).collect();
            plain.sort_by(|a, b| {
                let mut orders = keys.iter().map(|key| key.order(a, b));
                orders.find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
            });
            assert_eq!(sorted, plain, "{operands}");
        }
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
