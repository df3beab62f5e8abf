//! Where variables live: slots of the window, and stems with their tails (SC24-5770 chapter 2,
//! "Compound symbols").

use std::hash::{BuildHasherDefault, Hasher};

use indexmap::IndexMap;
use rustc_hash::{FxHashMap, FxHasher};

use crate::rexx::Value;
use crate::rexx::value::SHORT;

/// A place for a value.
#[derive(Debug, Clone, Default)]
pub enum Slot {
    /// A value.
    Val(Value),
    /// No value: the variable stands for its name.
    #[default]
    Unset,
    /// Exposed: the variable is the slot of this number on the stack of slots; in a stem, the same
    /// tail of the stem of this number.
    Ref(u32),
    /// Nothing is known of this tail: the stem's own value counts.
    Absent,
}

const _: () = assert!(size_of::<Slot>() == 16);

impl Slot {
    /// Stores a short text that `write` puts straight into place: a copy on the way would have to wait for
    /// its parts.
    #[inline(always)]
    pub fn put_short(&mut self, length: usize, write: impl FnOnce(&mut [u8; SHORT])) {
        if !matches!(self, Slot::Val(Value::Short(..))) {
            *self = Slot::Val(Value::empty());
        }
        if let Slot::Val(Value::Short(n, bytes)) = self {
            *n = length as u8;
            write(bytes);
        }
    }
}

/// A place for a stem.
#[derive(Debug, Default)]
pub enum StemSlot {
    /// No tail was ever set.
    #[default]
    Empty,
    Own(Box<Stem>),
    /// Exposed: the stem of this number on the stack of stems.
    Ref(u32),
}

/// A stem: what was assigned to it as a whole, and its tails.
#[derive(Debug, Default)]
pub struct Stem {
    /// The value assigned to the whole stem.
    whole: Option<Value>,
    /// Tails 0, 1, 2 …
    dense: Vec<Slot>,
    /// Other whole numbers.
    sparse: FxHashMap<i64, Slot>,
    /// Two whole numbers joined by a period: rows where they lie close, else by hash.
    rows: Vec<Vec<Slot>>,
    pairs: FxHashMap<u64, Slot>,
    /// How many slots the rows have, and how many tails were new to a table: what the tables may
    /// grow to goes by it.
    cells: usize,
    grown: usize,
    text: IndexMap<Box<[u8]>, Slot, BuildHasherDefault<TailHasher>>,
}

/// Tails that differ in their last digit only lie side by side in the table: most programs go through
/// them in order, and a large table is then read line by line instead of all over.
#[derive(Default)]
struct TailHasher {
    rest: FxHasher,
    /// The last digit, if there is one.
    digit: Option<u8>,
}

impl Hasher for TailHasher {
    #[inline]
    fn write(&mut self, tail: &[u8]) {
        match tail.iter().rposition(u8::is_ascii_digit) {
            Some(at) => {
                self.digit = Some(tail[at] - b'0');
                self.rest.write(&tail[..at]);
                self.rest.write(&tail[at + 1..]);
            }
            None => self.rest.write(tail),
        }
    }

    #[inline]
    fn write_usize(&mut self, length: usize) {
        self.rest.write_usize(length);
    }

    #[inline]
    fn finish(&self) -> u64 {
        // The low bits are the place in the table; the seven high ones tell neighbours apart.
        const PLACE: u64 = 0xF;
        let rest = self.rest.finish();
        match self.digit.map(u64::from) {
            Some(digit) => ((rest & !PLACE) ^ (digit * 11) << 57) | digit,
            None => rest,
        }
    }
}

/// A tail, in the form it is looked up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key<'a> {
    Int(i64),
    Pair(u32, u32),
    Text(&'a [u8]),
}

/// A tail that outlives where it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnKey {
    Int(i64),
    Pair(u32, u32),
    Text(Box<[u8]>),
}

impl OwnKey {
    /// The same key, borrowed.
    pub fn key(&self) -> Key<'_> {
        match self {
            OwnKey::Int(v) => Key::Int(*v),
            OwnKey::Pair(a, b) => Key::Pair(*a, *b),
            OwnKey::Text(text) => Key::Text(text),
        }
    }
}

impl<'a> Key<'a> {
    /// The key of a tail's text.
    pub fn of(text: &'a [u8]) -> Key<'a> {
        if let Some(v) = canonical(text) {
            return Key::Int(v);
        }
        if let Some(dot) = memchr::memchr(b'.', text)
            && let (Some(a), Some(b)) = (canonical(&text[..dot]), canonical(&text[dot + 1..]))
            && let (Ok(a), Ok(b)) = (u32::try_from(a), u32::try_from(b))
        {
            return Key::Pair(a, b);
        }
        Key::Text(text)
    }

    /// The text of the tail.
    pub fn text(&self) -> Vec<u8> {
        match self {
            Key::Int(v) => v.to_string().into_bytes(),
            Key::Pair(a, b) => format!("{a}.{b}").into_bytes(),
            Key::Text(text) => text.to_vec(),
        }
    }

    /// A key that owns its text.
    pub fn own(&self) -> OwnKey {
        match self {
            Key::Int(v) => OwnKey::Int(*v),
            Key::Pair(a, b) => OwnKey::Pair(*a, *b),
            Key::Text(text) => OwnKey::Text((*text).into()),
        }
    }
}

fn pair(a: u32, b: u32) -> u64 {
    (u64::from(a) << 32) | u64::from(b)
}

/// How far beyond its length a table of this length may grow at once.
fn reach(length: usize) -> usize {
    length * 2 + 64
}

/// The whole number that this text is the plain decimal form of, up to eighteen digits.
fn canonical(text: &[u8]) -> Option<i64> {
    Value::canonical(text)
}

/// What a stem knows of a tail.
pub enum Found<'a> {
    Value(&'a Value),
    /// Dropped or never set: stands for its name.
    Unset,
    /// The same tail of the stem of this number.
    Through(u32),
}

impl Stem {
    /// The value assigned to the whole stem.
    pub fn whole(&self) -> Option<&Value> {
        self.whole.as_ref()
    }

    /// Looks a tail up.
    #[inline]
    pub fn get(&self, key: Key<'_>) -> Found<'_> {
        let slot = match key {
            Key::Int(v) => match usize::try_from(v).ok().and_then(|at| self.dense.get(at)) {
                Some(slot) => Some(slot),
                None => self.sparse.get(&v),
            },
            Key::Pair(a, b) => match self
                .rows
                .get(a as usize)
                .and_then(|row| row.get(b as usize))
            {
                None | Some(Slot::Absent) => self.pairs.get(&pair(a, b)),
                found => found,
            },
            Key::Text(text) => self.text.get(text),
        };
        match slot {
            Some(Slot::Val(v)) => Found::Value(v),
            Some(Slot::Unset) => Found::Unset,
            Some(Slot::Ref(stem)) => Found::Through(*stem),
            Some(Slot::Absent) | None => match &self.whole {
                Some(v) => Found::Value(v),
                None => Found::Unset,
            },
        }
    }

    /// The place of a whole number's tail, if there is one close by.
    #[inline(always)]
    pub fn near(&mut self, at: usize) -> Option<&mut Slot> {
        self.dense.get_mut(at)
    }

    /// The same for two whole numbers joined by a period.
    #[inline(always)]
    pub fn near_pair(&mut self, a: usize, b: usize) -> Option<&mut Slot> {
        let slot = self.rows.get_mut(a)?.get_mut(b)?;
        (!matches!(slot, Slot::Absent)).then_some(slot)
    }

    /// The place of a tail, made when new.
    #[inline]
    pub fn place(&mut self, key: Key<'_>) -> &mut Slot {
        match key {
            Key::Int(v) => self.place_int(v),
            Key::Pair(a, b) => self.place_pair(a, b),
            Key::Text(text) => {
                let at = self.text_number(text);
                self.numbered(at)
            }
        }
    }

    /// The number of a tail's text in its table, made when new.
    #[inline]
    pub fn text_number(&mut self, text: &[u8]) -> usize {
        match self.text.get_index_of(text) {
            Some(at) => at,
            None => self.text.insert_full(text.into(), Slot::Absent).0,
        }
    }

    /// The place of the tail that [`Stem::text_number`] gave this number.
    #[inline]
    pub fn numbered(&mut self, at: usize) -> &mut Slot {
        &mut self.text[at]
    }

    /// How many slots the tables may have: few of them stay empty, however far apart the tails are.
    fn allowed(&mut self) -> usize {
        self.grown += 1;
        self.grown * 16 + 1024
    }

    #[inline]
    fn place_int(&mut self, v: i64) -> &mut Slot {
        let dense = self.dense.len();
        match usize::try_from(v) {
            Ok(at) if at < dense => &mut self.dense[at],
            Ok(at) if at <= reach(dense) && at <= self.allowed() => {
                self.dense.resize(at + 1, Slot::Absent);
                if !self.sparse.is_empty() {
                    self.gather(dense);
                }
                &mut self.dense[at]
            }
            _ => self.sparse.entry(v).or_insert(Slot::Absent),
        }
    }

    #[inline]
    fn place_pair(&mut self, a: u32, b: u32) -> &mut Slot {
        let (row, column) = (a as usize, b as usize);
        let length = self.rows.get(row).map_or(0, Vec::len);
        if column < length && self.pairs.is_empty() {
            return &mut self.rows[row][column];
        }
        let more = (row + 1).saturating_sub(self.rows.len()) + (column + 1).saturating_sub(length);
        let close = row <= reach(self.rows.len())
            && column <= reach(length)
            && self.cells + more <= self.allowed();
        if !close || self.pairs.contains_key(&pair(a, b)) {
            return self.pairs.entry(pair(a, b)).or_insert(Slot::Absent);
        }
        self.cells += more;
        if row >= self.rows.len() {
            self.rows.resize_with(row + 1, Vec::new);
        }
        if column >= length {
            self.rows[row].resize(column + 1, Slot::Absent);
        }
        &mut self.rows[row][column]
    }

    /// Moves tails that now fit from the sparse table.
    #[cold]
    fn gather(&mut self, from: usize) {
        let to = self.dense.len();
        let moved: Vec<i64> = self
            .sparse
            .keys()
            .copied()
            .filter(|v| usize::try_from(*v).is_ok_and(|at| (from..to).contains(&at)))
            .collect();
        for v in moved {
            if let (Some(slot), Ok(at)) = (self.sparse.remove(&v), usize::try_from(v)) {
                self.dense[at] = slot;
            }
        }
    }

    /// Gives the whole stem a value; gives back the tails that are exposed elsewhere.
    pub fn assign(&mut self, value: Option<Value>) -> Vec<(OwnKey, u32)> {
        let through = self.exposed();
        *self = Stem {
            whole: value,
            ..Stem::default()
        };
        for (key, stem) in &through {
            *self.place(key.key()) = Slot::Ref(*stem);
        }
        through
    }

    fn exposed(&self) -> Vec<(OwnKey, u32)> {
        self.slots()
            .filter_map(|(key, slot)| match slot {
                Slot::Ref(stem) => Some((key, *stem)),
                _ => None,
            })
            .collect()
    }

    /// Every slot of a tail, without the tail.
    pub fn every_slot(&self) -> impl Iterator<Item = &Slot> {
        let tables = self.dense.iter().chain(self.sparse.values());
        let pairs = self.rows.iter().flatten().chain(self.pairs.values());
        tables.chain(pairs).chain(self.text.values())
    }

    /// The bytes of the tails kept as text.
    pub fn key_lengths(&self) -> usize {
        self.text.keys().map(|key| key.len()).sum()
    }

    /// The bytes that the tables take, without what the values share.
    pub fn tables(&self) -> usize {
        const SLOT: usize = size_of::<Slot>();
        // A table by hash keeps a key and some free places; one by text keeps the text too.
        self.dense.capacity() * SLOT
            + self.cells * SLOT
            + self.rows.capacity() * size_of::<Vec<Slot>>()
            + (self.sparse.capacity() + self.pairs.capacity()) * (SLOT + 10)
            + self.text.capacity() * (SLOT + 56)
    }

    /// Every tail that has a slot.
    pub fn slots(&self) -> impl Iterator<Item = (OwnKey, &Slot)> {
        let dense = self
            .dense
            .iter()
            .enumerate()
            .map(|(n, s)| (OwnKey::Int(n as i64), s));
        let sparse = self.sparse.iter().map(|(n, s)| (OwnKey::Int(*n), s));
        let rows = self.rows.iter().enumerate().flat_map(|(a, row)| {
            row.iter()
                .enumerate()
                .map(move |(b, s)| (OwnKey::Pair(a as u32, b as u32), s))
        });
        let pairs = self
            .pairs
            .iter()
            .map(|(n, s)| (OwnKey::Pair((n >> 32) as u32, *n as u32), s));
        let text = self.text.iter().map(|(t, s)| (OwnKey::Text(t.clone()), s));
        dense.chain(sparse).chain(rows).chain(pairs).chain(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_one_for_one_text() {
        for (text, key) in [
            ("1", Key::Int(1)),
            ("-5", Key::Int(-5)),
            ("01", Key::Text(b"01")),
            ("1.2", Key::Pair(1, 2)),
            ("1.02", Key::Text(b"1.02")),
            ("1.-2", Key::Text(b"1.-2")),
            ("1.2.3", Key::Text(b"1.2.3")),
            ("", Key::Text(b"")),
        ] {
            assert_eq!(Key::of(text.as_bytes()), key);
            assert_eq!(key.text(), text.as_bytes());
        }
    }

    #[test]
    fn texts_that_differ_in_the_last_digit_lie_together() {
        let hash = |text: &[u8]| {
            let mut hasher = TailHasher::default();
            std::hash::Hash::hash(text, &mut hasher);
            hasher.finish()
        };
        let nine: Vec<u64> = (0..10)
            .map(|n| hash(format!("X.12{n}.Y").as_bytes()))
            .collect();
        let place = |h: u64| h % (1 << 20);
        for (n, h) in nine.iter().enumerate() {
            assert_eq!(place(*h), place(nine[0]) + n as u64);
            let tags = nine.iter().filter(|other| *other >> 57 == h >> 57);
            assert_eq!(tags.count(), 1, "neighbours are told apart");
        }
        let texts = [
            "", "A", "1A", "A1", "A1A", "11A", "1.1A", "A11", "1A1", "0", "00",
        ];
        let all: std::collections::BTreeSet<u64> = texts.map(|t| hash(t.as_bytes())).into();
        assert_eq!(all.len(), texts.len());
    }

    #[test]
    fn tails_far_and_near() {
        let mut stem = Stem::default();
        for v in [100_000, 3, 500, 1, -7, 64] {
            *stem.place(Key::Int(v)) = Slot::Val(Value::Int(v));
        }
        for v in 0..1000 {
            let _ = stem.place(Key::Int(v));
        }
        for v in [100_000, 3, 500, 1, -7, 64] {
            assert!(matches!(stem.get(Key::Int(v)), Found::Value(Value::Int(n)) if *n == v));
        }
        assert!(matches!(stem.get(Key::Int(2)), Found::Unset));
        let places = [
            (1, 1),
            (500, 500),
            (2, 70),
            (2, 4000),
            (70, 1),
            (500, 1),
            (4_000_000, 2),
        ];
        for (a, b) in places {
            *stem.place(Key::Pair(a, b)) = Slot::Val(Value::Int(i64::from(a * 7 + b)));
        }
        for (a, b) in (0..600).flat_map(|a| (0..80).map(move |b| (a, b))) {
            let _ = stem.place(Key::Pair(a, b));
        }
        for (a, b) in places {
            let sum = i64::from(a * 7 + b);
            assert!(matches!(stem.get(Key::Pair(a, b)), Found::Value(Value::Int(n)) if *n == sum));
        }
        assert!(matches!(stem.get(Key::Pair(1, 2)), Found::Unset));
        assert_eq!(
            stem.slots()
                .filter(|(_, s)| matches!(s, Slot::Val(_)))
                .count(),
            6 + places.len()
        );
        stem.assign(Some(Value::Int(0)));
        assert!(matches!(
            stem.get(Key::Int(500)),
            Found::Value(Value::Int(0))
        ));
        *stem.place(Key::Int(3)) = Slot::Unset;
        assert!(matches!(stem.get(Key::Int(3)), Found::Unset));
    }
}
