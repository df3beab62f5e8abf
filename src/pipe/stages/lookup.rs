//! Stages that match streams: LOOKUP, COLLATE, MERGE
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs").

use rustc_hash::FxHashMap;

use super::flow::read_all;
use super::pick::counted;
use super::{PLAIN, Row, task};
use crate::base::Record;
use crate::base::msg::fpl;
use crate::pipe::args::{Args, Fault};
use crate::pipe::range::{Range, Separators};
use crate::pipe::stage::{Body, Stage, Stop};
use crate::pipe::target::Compare;

pub const TABLE: &[Row] = &[
    Row {
        names: "LOOKUP",
        operands: "[COUNT] [NOPAD | PAD xorc] [ANYcase] [AUTOADD [BEFORE]] [KEYONLY] [inputRange [inputRange]] [DETAIL | MASTER | DETAIL MASTER | MASTER DETAIL | ALLMASTER [PAIRWISE]]",
        doc: "Matches details (stream 0) with a table of masters (stream 1); the unmatched go to stream 1, unused masters to stream 2.",
        inputs: 2,
        outputs: 3,
        make: lookup,
        example: (
            "(end ?) literal a x b|split|l: lookup detail|console ? literal b a|split|l:",
            &["a", "b"],
        ),
        ..PLAIN
    },
    Row {
        names: "COLLATE",
        operands: "[NOPAD | PAD xorc] [ANYcase] [inputRange [inputRange]] [MASTER | DETAIL | MASTER DETAIL | DETAIL MASTER]",
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

#[derive(Default)]
struct Options {
    count: bool,
    autoadd: bool,
    before: bool,
    keyonly: bool,
    allmasters: bool,
    pairwise: bool,
}

/// The options that are not built in.
const ABSENT: &[&str] = &[
    "MAXcount",
    "INCREMENT",
    "SETCOUNT",
    "TRACKCOUNT",
    "CEILING",
    "FLOOR",
    "STRICT",
];

fn lookup(args: &mut Args<'_>) -> Result<Body, Fault> {
    let mut compare = Compare::EXACT;
    let mut options = Options::default();
    while let Some(word) = args.peek() {
        if ABSENT.iter().any(|k| crate::base::abbrev::matches(k, word)) {
            return Err(Fault::new(&fpl::FPLSCA9002E, &[word]));
        }
        if args.keyword("COUNT") {
            options.count = true;
        } else if args.keyword("AUTOADD") {
            options.autoadd = true;
            options.before = args.keyword("BEFORE");
        } else if args.keyword("KEYONLY") {
            options.keyonly = true;
        } else if !compare.take_one(args)? {
            break;
        }
    }
    let (detail, master) = ranges(args)?;
    if args.keyword("ALLMASTERs") {
        options.allmasters = true;
        options.pairwise = args.keyword("PAIRWISE");
    }
    let give = gives(args);
    args.end()?;
    let give = match give.is_empty() {
        true if options.allmasters => vec![Give::Master],
        true => vec![Give::Detail, Give::Master],
        false => give,
    };
    Ok(task(move |s| {
        Table {
            compare,
            options,
            detail,
            master,
            give,
            index: FxHashMap::default(),
            entries: Vec::new(),
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

/// The masters of one key.
struct Entry {
    masters: Vec<Record>,
    count: u64,
}

struct Table {
    compare: Compare,
    options: Options,
    detail: Range,
    master: Range,
    give: Vec<Give>,
    index: FxHashMap<Vec<u8>, usize>,
    entries: Vec<Entry>,
}

impl Table {
    async fn run(mut self, s: Stage) -> Result<(), Stop> {
        for master in read_all(&s, 1).await? {
            self.add(master);
        }
        s.sever_input(1);
        while let Some(record) = s.next(0).await? {
            self.detail(&s, &record).await?;
            s.readto(0).await?;
        }
        self.masters(&s).await
    }

    fn add(&mut self, master: Record) {
        let key = self.compare.canonical(self.master.of(&master)).into_owned();
        let next = self.entries.len();
        let at = *self.index.entry(key).or_insert(next);
        if at < next {
            if self.options.allmasters {
                self.entries[at].masters.push(master);
            }
            return;
        }
        let master = match self.options.keyonly {
            true => Record::from(self.master.of(&master)),
            false => master,
        };
        self.entries.push(Entry {
            masters: vec![master],
            count: 0,
        });
    }

    async fn detail(&mut self, s: &Stage, record: &Record) -> Result<(), Stop> {
        let key = self.compare.canonical(self.detail.of(record));
        let mut found = self.index.get(&*key).copied();
        if found.is_none() && self.options.autoadd {
            self.index.insert(key.into_owned(), self.entries.len());
            self.entries.push(Entry {
                masters: vec![record.clone()],
                count: 0,
            });
            if self.options.before {
                found = Some(self.entries.len() - 1);
            }
        }
        let Some(at) = found else {
            return s.pass(1, record.clone()).await;
        };
        self.entries[at].count += 1;
        let entry = &self.entries[at];
        if self.options.pairwise {
            for master in &entry.masters {
                s.pass(0, record.clone()).await?;
                s.pass(0, master.clone()).await?;
            }
            return Ok(());
        }
        for give in &self.give {
            match give {
                Give::Detail => s.pass(0, record.clone()).await?,
                Give::Master => {
                    for master in &entry.masters {
                        s.pass(0, master.clone()).await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// At end of file: the masters that no detail referred to; with COUNT all of them.
    async fn masters(self, s: &Stage) -> Result<(), Stop> {
        let count = self.options.count;
        for entry in self.entries {
            if !count && entry.count > 0 {
                continue;
            }
            for master in entry.masters {
                let line = match count {
                    true => counted(entry.count, &master),
                    false => master,
                };
                s.pass(2, line).await?;
            }
        }
        Ok(())
    }
}

fn collate(args: &mut Args<'_>) -> Result<Body, Fault> {
    let compare = Compare::take(args)?;
    if args.keyword("STOP") {
        return Err(Fault::new(&fpl::FPLSCA9002E, &[b"STOP"]));
    }
    let (master, detail) = ranges(args)?;
    let give = gives(args);
    args.end()?;
    let give = match give.is_empty() {
        true => vec![Give::Master, Give::Detail],
        false => give,
    };
    Ok(task(move |s| run_collate(s, compare, master, detail, give)))
}

async fn run_collate(
    s: Stage,
    compare: Compare,
    master: Range,
    detail: Range,
    give: Vec<Give>,
) -> Result<(), Stop> {
    use std::cmp::Ordering;
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
                for give in &give {
                    match give {
                        Give::Master if matched => {}
                        Give::Master => s.pass(0, m.clone()).await?,
                        Give::Detail => s.pass(0, d.clone()).await?,
                    }
                }
                matched = true;
                s.readto(1).await?;
            }
            (Ordering::Less, Some(m), _) => {
                if !matched {
                    s.pass(1, m).await?;
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
    use crate::pipe::tests::check;

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
                "1 allmasters detail master",
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
        check("literal a|lookup ceiling 1|hole", -9002, &[]);
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
