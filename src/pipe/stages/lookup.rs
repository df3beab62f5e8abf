//! Stages that match streams: LOOKUP, COLLATE, MERGE
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs").

use std::borrow::Cow;
use std::hash::BuildHasher;

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

use super::{PLAIN, Row, task};
use crate::base::Record;
use crate::base::msg::fpl;
use crate::pipe::args::{self, Args, Fault};
use crate::pipe::kernel::EofReport;
use crate::pipe::range::{Range, Separators};
use crate::pipe::stage::{Body, Stage, Stop};
use crate::pipe::target::Compare;

pub const TABLE: &[Row] = &[
    Row {
        names: "LOOKUP",
        operands: "[COUNT] [MAXcount number] [INCREMENT] [SETCOUNT] [TRACKCOUnt] [NOPAD | PAD xorc] [ANYcase] [AUTOADD [BEFORE] | CEILING | FLOOR] [KEYONLY] [STRICT] [inputRange [inputRange]] [DETAILs | MASTERs | DETAILs MASTERs | MASTERs DETAILs | DETAILs ALLMASTERs [PAIRWISE] | ALLMASTERs [DETAILs [PAIRWISE]]]",
        doc: "Matches details (stream 0) with a table of masters (stream 1, added on 2, deleted on 3); unmatched details go to stream 1, unused masters to 2, deleted ones to 3, duplicates to 4, deletions of what is not there to 5.",
        inputs: 4,
        outputs: 6,
        make: lookup,
        example: (
            "(end ?) literal a x b|split|l: lookup detail|console ? literal b a|split|l:",
            &["a", "b"],
        ),
        ..PLAIN
    },
    Row {
        names: "COLLATE",
        operands: "[STOP {ALLEOF | ANYEOF}] [NOPAD | PAD xorc] [ANYcase] [inputRange [inputRange]] [MASTER | DETAIL | MASTER DETAIL | DETAIL MASTER]",
        doc: "Matches sorted masters (stream 0) and details (stream 1); masters without details go to stream 1, details without masters to stream 2.",
        inputs: 2,
        outputs: 3,
        make: collate,
        example: (
            "(end ?) literal a b d|split|c: collate master|console ? literal b c|split|c:",
            &["b"],
        ),
        ..PLAIN
    },
];

/// Which records a match gives, in order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Give {
    Detail,
    Master,
}

/// What a key without a master of its own matches.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Near {
    Nothing,
    /// The master of the next higher key.
    Ceiling,
    /// The master of the next lower key.
    Floor,
}

struct Options {
    count: bool,
    /// A master whose count has come so far is deleted.
    most: Option<i64>,
    /// The first ten columns of a detail are what is counted.
    increment: bool,
    /// The first ten columns of a master are its count.
    setcount: bool,
    /// Matched masters are written with their count.
    trackcount: bool,
    autoadd: bool,
    before: bool,
    near: Near,
    keyonly: bool,
    strict: bool,
    allmasters: bool,
    pairwise: bool,
}

/// The columns of a count.
const COUNT: usize = 10;

fn lookup(args: &mut Args<'_>) -> Result<Body, Fault> {
    let mut compare = Compare::exact(args);
    let mut options = Options {
        count: false,
        most: None,
        increment: false,
        setcount: false,
        trackcount: false,
        autoadd: false,
        before: false,
        near: Near::Nothing,
        keyonly: false,
        strict: false,
        allmasters: false,
        pairwise: false,
    };
    loop {
        if args.keyword("COUNT") {
            options.count = true;
        } else if args.keyword("INCREMENT") {
            options.increment = true;
        } else if args.keyword("SETCOUNT") {
            options.setcount = true;
        } else if args.keyword("TRACKCOUnt") {
            options.trackcount = true;
        } else if args.keyword("AUTOADD") {
            options.autoadd = true;
            options.before = args.keyword("BEFORE");
        } else if args.keyword("CEILING") {
            options.near = Near::Ceiling;
        } else if args.keyword("FLOOR") {
            options.near = Near::Floor;
        } else if args.keyword("KEYONLY") {
            options.keyonly = true;
        } else if args.keyword("STRICT") {
            options.strict = true;
        } else if args.keyword("MAXcount") {
            let word = args.need()?;
            let most = i64::try_from(args::unsigned(word)?).unwrap_or(i64::MAX);
            match most {
                0 => return Err(Fault::new(&fpl::FPLSCA066E, &[word])),
                most => options.most = Some(most),
            }
        } else if !compare.take_one(args)? {
            break;
        }
    }
    let (detail, master) = ranges(args)?;
    if options.autoadd && detail != master {
        return Err(Fault::new(&fpl::FPLLUP761E, &[]));
    }
    let mut give = Vec::new();
    loop {
        let all = args.keyword("ALLMASTERs");
        options.allmasters |= all;
        if all || args.keyword("MASTERs") {
            give.push(Give::Master);
        } else if args.keyword("DETAILs") {
            give.push(Give::Detail);
        } else if args.keyword("PAIRWISE") {
            options.pairwise = true;
        } else {
            break;
        }
    }
    args.end()?;
    if give.is_empty() {
        give = vec![Give::Detail, Give::Master];
    }
    Ok(task(move |s| {
        Table {
            compare,
            options,
            detail,
            master,
            give,
            index: HashTable::new(),
            entries: Vec::new(),
            order: None,
        }
        .run(s)
    }))
}

/// Takes the range of the stream 0 key and that of stream 1, which is the same unless given.
fn ranges(args: &mut Args<'_>) -> Result<(Range, Range), Fault> {
    let mut separators = Separators::default();
    let mut take = |args: &mut Args<'_>| match Range::ahead(args) {
        true => Range::take(args, &mut separators).map(Some),
        false => Ok(None),
    };
    let first = take(args)?.unwrap_or_else(Range::whole);
    let second = take(args)?.unwrap_or_else(|| first.clone());
    Ok((first, second))
}

fn gives(args: &mut Args<'_>) -> Vec<Give> {
    let rows = [("DETAILs", Give::Detail), ("MASTERs", Give::Master)];
    let mut give = Vec::new();
    while let Some(one) = args.choice(&rows) {
        give.push(one);
    }
    give
}

/// The masters of one key; none when they were deleted.
struct Entry {
    key: Record,
    /// The first one and, with ALLMASTERS, the others.
    first: Option<Record>,
    /// Most entries have none: these take little room then.
    #[expect(clippy::box_collection, reason = "an entry is to be small")]
    more: Option<Box<Vec<Record>>>,
    count: i64,
}

impl Entry {
    fn masters(&self) -> impl Iterator<Item = &Record> {
        self.first
            .iter()
            .chain(self.more.iter().flat_map(|more| more.iter()))
    }

    fn take(&mut self) -> impl Iterator<Item = Record> + use<> {
        let more = self.more.take().unwrap_or_default();
        self.first.take().into_iter().chain(*more)
    }
}

/// A key in the table: its hash, so that no key is looked at again when the table grows, and its entry.
#[derive(Clone, Copy)]
struct Place {
    hash: u64,
    entry: usize,
}

struct Table {
    compare: Compare,
    options: Options,
    detail: Range,
    master: Range,
    give: Vec<Give>,
    index: HashTable<Place>,
    entries: Vec<Entry>,
    /// The entries in the order of their keys, when that is known.
    order: Option<Vec<usize>>,
}

/// The number in the first ten columns and the rest of a record.
fn split_count(record: &Record) -> Result<(i64, Record), Fault> {
    let at = COUNT.min(record.len());
    let text = args::trim(&record[..at]);
    let bad = || Fault::new(&fpl::FPLSCA058E, &[text]);
    let count = args::signed(text).ok_or_else(bad)?;
    Ok((count, record.slice(at, record.len() - at)))
}

fn with_count(count: i64, record: &[u8]) -> Record {
    let mut line = format!("{count:>10}").into_bytes();
    line.extend_from_slice(record);
    Record::from(line)
}

impl Table {
    async fn run(mut self, s: Stage) -> Result<(), Stop> {
        if s.streams().0 > 1 {
            while let Some(master) = s.read_while(1, |master| self.is_new(master)).await? {
                self.add(&s, master, self.options.setcount).await?;
                s.readto(1).await?;
            }
            s.sever_input(1);
        }
        loop {
            let mut port = match s.any_input_while(0).await {
                Err(Stop::Eof) => break,
                other => other?,
            };
            if self.options.strict {
                port = s.lowest_ready().unwrap_or(port);
            }
            let record = s.peekto(port).await?;
            match port {
                0 => self.detail(&s, record).await?,
                2 => self.add(&s, record, self.options.increment).await?,
                _ => self.delete(&s, record).await?,
            }
            s.readto(port).await?;
        }
        self.masters(&s).await
    }

    /// Puts a master into the table when it is the first of its key, and nothing is to be said about it.
    fn is_new(&mut self, record: &Record) -> bool {
        if self.options.setcount {
            return false;
        }
        let key = self.key(&self.master, record);
        let hash = FxBuildHasher.hash_one(&*key);
        let new = self.exact(hash, &key).is_none();
        if new {
            let master = self.kept(&self.master, record.clone());
            self.insert((hash, key), master, 0);
        }
        new
    }

    /// Puts a master into the table; one whose key is there goes to stream 4.
    async fn add(&mut self, s: &Stage, record: Record, counted: bool) -> Result<(), Stop> {
        let (count, master) = match counted {
            true => split_count(&record).map_err(|fault| s.fail(fault))?,
            false => (0, record),
        };
        let key = self.key(&self.master, &master);
        let hash = FxBuildHasher.hash_one(&*key);
        if let Some(at) = self.exact(hash, &key) {
            if self.options.allmasters {
                self.entries[at].more.get_or_insert_default().push(master);
                return Ok(());
            }
            return s.pass(4, master).await;
        }
        let master = self.kept(&self.master, master);
        self.insert((hash, key), master, count);
        Ok(())
    }

    /// What the table keeps of a record: with KEYONLY the range alone.
    fn kept(&self, range: &Range, record: Record) -> Record {
        match self.options.keyonly {
            true => Record::from(range.of(&record)),
            false => record,
        }
    }

    /// The key of a record, as a part of it where it needs no change.
    fn key(&self, range: &Range, record: &Record) -> Record {
        let (start, end) = range.find(record).unwrap_or((0, 0));
        match self.compare.canonical(&record[start..end]) {
            Cow::Borrowed(part) => record.slice(start, part.len()),
            Cow::Owned(made) => made.into(),
        }
    }

    /// The entry of a key.
    fn exact(&self, hash: u64, key: &[u8]) -> Option<usize> {
        let same = |place: &Place| place.hash == hash && *self.entries[place.entry].key == *key;
        self.index.find(hash, same).map(|place| place.entry)
    }

    fn insert(&mut self, (hash, key): (u64, Record), master: Record, count: i64) {
        self.order = None;
        let entry = self.entries.len();
        let place = Place { hash, entry };
        self.index.insert_unique(hash, place, |place| place.hash);
        self.entries.push(Entry {
            key,
            first: Some(master),
            more: None,
            count,
        });
    }

    /// Takes the masters of a key out of the table, to stream 3; the record of one that is not there goes to
    /// stream 5.
    async fn delete(&mut self, s: &Stage, record: Record) -> Result<(), Stop> {
        let key = self.key(&self.master, &record);
        let hash = FxBuildHasher.hash_one(&*key);
        let entries = &self.entries;
        let same = |place: &Place| place.hash == hash && entries[place.entry].key == key;
        let Ok(found) = self.index.find_entry(hash, same) else {
            return s.pass(5, record).await;
        };
        let at = found.remove().0.entry;
        self.removed(s, at).await
    }

    /// Writes the masters of an entry that is no longer in the table to stream 3.
    async fn removed(&mut self, s: &Stage, at: usize) -> Result<(), Stop> {
        self.order = None;
        let count = self.entries[at].count;
        for master in self.entries[at].take() {
            let line = match self.options.count || self.options.trackcount {
                true => with_count(count, &master),
                false => master,
            };
            s.pass(3, line).await?;
        }
        Ok(())
    }

    /// The entry that a key matches.
    fn find(&mut self, hash: u64, key: &[u8]) -> Option<usize> {
        let exact = self.exact(hash, key);
        if exact.is_some() || self.options.near == Near::Nothing {
            return exact;
        }
        let (entries, compare) = (&self.entries, self.compare);
        let order = self.order.get_or_insert_with(|| {
            let live = (0..entries.len()).filter(|&n| entries[n].first.is_some());
            let mut order: Vec<usize> = live.collect();
            order.sort_by(|&a, &b| compare.order(&entries[a].key, &entries[b].key));
            order
        });
        let above = order.partition_point(|&n| compare.order(&entries[n].key, key).is_lt());
        match self.options.near {
            Near::Floor => above.checked_sub(1).map(|n| order[n]),
            _ => order.get(above).copied(),
        }
    }

    /// Looks a detail up. With INCREMENT its first ten columns are what it counts, and the rest is the detail.
    async fn detail(&mut self, s: &Stage, record: Record) -> Result<(), Stop> {
        let (step, record) = match self.options.increment {
            true => split_count(&record).map_err(|fault| s.fail(fault))?,
            false => (1, record),
        };
        let record = &record;
        let key = self.key(&self.detail, record);
        let hash = FxBuildHasher.hash_one(&*key);
        let mut found = self.find(hash, &key);
        if found.is_none() && self.options.autoadd {
            let master = self.kept(&self.detail, record.clone());
            self.insert((hash, key), master, 0);
            if self.options.before {
                found = Some(self.entries.len() - 1);
            }
        }
        let Some(at) = found else {
            return s.pass(1, record.clone()).await;
        };
        let entry = &mut self.entries[at];
        entry.count = entry.count.saturating_add(step);
        self.matched(s, record, at).await?;
        let entry = &self.entries[at];
        if self.options.most.is_none_or(|most| entry.count < most) {
            return Ok(());
        }
        let hash = FxBuildHasher.hash_one(&*entry.key);
        if let Ok(found) = self.index.find_entry(hash, |place| place.entry == at) {
            found.remove();
        }
        self.removed(s, at).await
    }

    /// Writes a detail and the masters that it matches.
    async fn matched(&self, s: &Stage, record: &Record, at: usize) -> Result<(), Stop> {
        let entry = &self.entries[at];
        let shown = |master: &Record| match self.options.trackcount {
            true => with_count(entry.count, master),
            false => master.clone(),
        };
        if self.options.pairwise {
            for master in entry.masters() {
                for give in &self.give {
                    let line = match give {
                        Give::Detail => record.clone(),
                        Give::Master => shown(master),
                    };
                    s.pass(0, line).await?;
                }
            }
            return Ok(());
        }
        for give in &self.give {
            match give {
                Give::Detail => s.pass(0, record.clone()).await?,
                Give::Master => {
                    for master in entry.masters() {
                        s.pass(0, shown(master)).await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// At end of file: the masters that no detail referred to; with COUNT all of them.
    async fn masters(self, s: &Stage) -> Result<(), Stop> {
        let (all, track) = (self.options.count, self.options.trackcount);
        for mut entry in self.entries {
            if !all && entry.count != 0 {
                continue;
            }
            for master in entry.take() {
                let line = match all || track {
                    true => with_count(entry.count, &master),
                    false => master,
                };
                s.pass(2, line).await?;
            }
        }
        Ok(())
    }
}

fn collate(args: &mut Args<'_>) -> Result<Body, Fault> {
    let mut compare = Compare::exact(args);
    let mut any = false;
    loop {
        if args.keyword("STOP") {
            any = args.keyword("ANYEOF") || args.keyword("ANYOF");
            if !any && !args.keyword("ALLEOF") {
                return Err(Fault::new(&fpl::FPLSCA111E, &[args.peek().unwrap_or(b"")]));
            }
        } else if !compare.take_one(args)? {
            break;
        }
    }
    let (master, detail) = ranges(args)?;
    args.secondary()?;
    let give = gives(args);
    args.end()?;
    let give = match give.is_empty() {
        true => vec![Give::Master, Give::Detail],
        false => give,
    };
    Ok(task(move |s| async move {
        if any {
            s.eof_report(EofReport::Any);
        }
        run_collate(s, compare, master, detail, give).await
    }))
}

async fn run_collate(
    s: Stage,
    compare: Compare,
    master: Range,
    detail: Range,
    give: Vec<Give>,
) -> Result<(), Stop> {
    use std::cmp::Ordering;
    // DETAIL MASTER: a master follows all its details.
    let last = give[0] == Give::Detail && give.contains(&Give::Master);
    let mut matched = false;
    loop {
        let (m, d) = (s.next(0).await?, s.next(1).await?);
        let order = match (&m, &d) {
            (None, None) => return Ok(()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(m), Some(d)) => compare.order(master.of(m), detail.of(d)),
        };
        match (order, m, d) {
            (Ordering::Equal, Some(m), Some(d)) => {
                if !matched && give[0] == Give::Master {
                    s.pass(0, m).await?;
                }
                if give.contains(&Give::Detail) {
                    s.pass(0, d).await?;
                }
                matched = true;
                s.readto(1).await?;
            }
            (Ordering::Less, Some(m), _) => {
                if !matched {
                    s.pass(1, m).await?;
                } else if last {
                    s.pass(0, m).await?;
                }
                matched = false;
                s.readto(0).await?;
            }
            (_, _, Some(d)) => {
                s.pass(2, d).await?;
                s.readto(1).await?;
            }
            _ => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::base::codepage::CodePage;
    use crate::pipe::tests::{check, check_in};

    const NETWORK: &str = "(end ?) literal b1 x1 b2 a1|split|l: lookup OPTIONS|console ? literal b9 c9 a9 b8|split|l: |insert />/|console ? l: |insert /=/|console";

    #[test]
    fn lookups() {
        for (options, said) in [
            ("1", &["b1", "b9", ">x1", "b2", "b9", "a1", "a9", "=c9"][..]),
            ("1 1 detail", &["b1", ">x1", "b2", "a1", "=c9"]),
            (
                "1 master detail",
                &["b9", "b1", ">x1", "b9", "b2", "a9", "a1", "=c9"],
            ),
            (
                "1 detail allmaster",
                &["b1", "b9", "b8", ">x1", "b2", "b9", "b8", "a1", "a9", "=c9"],
            ),
            (
                "count 1 detail",
                &[
                    "b1",
                    ">x1",
                    "b2",
                    "a1",
                    "=         2b9",
                    "=         0c9",
                    "=         1a9",
                ],
            ),
            ("autoadd 1 detail", &["b1", ">x1", "b2", "a1", "=c9", "=x1"]),
            ("anycase keyonly 1 master", &["b", ">x1", "b", "a", "=c"]),
        ] {
            check(&NETWORK.replace("OPTIONS", options), 0, said);
        }
        for (options, said) in [
            (
                "1 detail allmaster pairwise",
                &[
                    "b1", "b9", "b1", "b8", ">x1", "b2", "b9", "b2", "b8", "a1", "a9", "=c9",
                ][..],
            ),
            ("1 allmaster", &["b9", "b8", ">x1", "b9", "b8", "a9", "=c9"]),
            (
                "trackcount 1 master",
                &[
                    "         1b9",
                    ">x1",
                    "         2b9",
                    "         1a9",
                    "=         0c9",
                ],
            ),
            // The next higher or lower key of a master.
            ("ceiling 1 master", &["b9", ">x1", "b9", "a9", "=c9"]),
            ("floor 1 master", &["b9", "c9", "b9", "a9"]),
            ("autoadd before 1 master", &["b9", "x1", "b9", "a9", "=c9"]),
        ] {
            check(&NETWORK.replace("OPTIONS", options), 0, said);
        }
    }

    #[test]
    fn masters_go_when_they_were_counted_often_enough() {
        let spec = |options: &str| {
            format!(
                "(end ?) literal a b a a|split|l: lookup {options}|console ? literal a b|split|l: |insert /not /|console ? hole|l: |insert /left /|console ? hole|l: |insert /gone /|console"
            )
        };
        check(
            &spec("maxcount 2 master"),
            0,
            &["a", "b", "a", "gone a", "not a"],
        );
        check(
            &spec("count maxcount 2 master"),
            0,
            &[
                "a",
                "b",
                "a",
                "gone          2a",
                "not a",
                "left          1b",
            ],
        );
        check(
            &spec("max 1 autoadd detail"),
            0,
            &["a", "gone a", "b", "gone b", "not a", "a", "gone a"],
        );
        check("literal a|lookup maxcount 0|hole", -66, &[]);
        check("literal a|lookup maxcount x|hole", -58, &[]);
        check("literal a|lookup maxcount|hole", -113, &[]);
    }

    #[test]
    fn the_nearest_master_is_that_of_the_code_page() {
        let spec = |near: &str| {
            format!("(end ?) literal A|l: lookup {near} 1 master|console ? literal 1 a|split|l:")
        };
        for (page, floor, ceiling) in [
            (CodePage::Host, "1", "a"),
            (CodePage::Ibm1047, "a", "1"),
            (CodePage::Ibm037, "a", "1"),
        ] {
            check_in(page, &spec("floor"), 0, &[floor]);
            check_in(page, &spec("ceiling"), 0, &[ceiling]);
        }
        // In any case an exact one is nearer.
        check(&spec("anycase floor"), 0, &["a"]);
    }

    #[test]
    fn counts_in_the_records() {
        check(
            "(end ?) strliteral /        -3a/|strliteral /         5a/|l: lookup count increment 1|hole ? literal a b|split|l: ? l: |console",
            0,
            &["         2a", "         0b"],
        );
        check(
            "(end ?) literal a|l: lookup setcount count 1|hole ? strliteral /         7a/|l: ? l: |console",
            0,
            &["         8a"],
        );
        // A running table of totals: the first ten columns are what a detail adds, the rest is the detail.
        check(
            "(end ?) strliteral /         7x/|strliteral /         5y/|strliteral /         1x/|l: lookup autoadd count increment 1|hole ? l: |insert /new /|console ? l: |console",
            0,
            &["new x", "new y", "         7x", "         0y"],
        );
        // No masters to begin with: stream 1 need not be there.
        check(
            "literal ax bz ay|split|lookup autoadd before trackcount count keyonly 1 master|console",
            0,
            &["         1a", "         1b", "         2a"],
        );
        check(
            "(end ?) literal a|l: lookup increment 1|hole ? literal a|l:",
            -58,
            &[],
        );
    }

    #[test]
    fn masters_come_and_go() {
        // Streams: 0 and 1, additions, deletions; out: matched, -, -, deleted, duplicates, not there.
        check(
            "(end ?) literal a b|split|l: lookup 1 detail|console ? literal a1 a2|split|l: |insert /not /|console ? hole|l: |insert /unused /|console ? hole|l: |console ? l: |insert /twice /|console",
            0,
            &["twice a2", "a", "not b"],
        );
    }

    #[test]
    fn collated_streams() {
        check(
            "(end ?) literal a1 b1 d1|split|c: collate 1|console ? literal b2 b3 c2|split|c: |insert />/|console ? c: |insert /=/|console",
            0,
            &[">a1", "b1", "b2", "b3", "=c2", ">d1"],
        );
    }
}
