//! The built-in stages: one row and one function each, in a table for each family.

mod block;
mod bytes;
mod change;
mod codes;
mod commands;
mod continued;
mod count;
mod deal;
mod deblock;
mod devices;
mod digest;
mod disk;
mod edit;
mod encode;
mod files;
mod flow;
mod held;
mod http;
mod labels;
mod literal;
mod lookup;
mod maclib;
mod net;
mod pack;
mod pick;
mod pool;
mod select;
mod service;
mod sort;
mod source;
mod sources;
mod sql;
mod stamps;
mod structure;
mod tabs;
mod vars;
mod warp;
mod wrap;

use super::args::{Args, Fault};
use super::filter::Filter;
use super::kernel::EofReport;
use super::stage::{Body, End, Stage};
use crate::base::abbrev;
use std::future::Future;

/// Every family's table.
pub const FAMILIES: &[&[Row]] = &[
    block::TABLE,
    bytes::TABLE,
    change::TABLE,
    commands::TABLE,
    continued::TABLE,
    count::TABLE,
    deal::TABLE,
    deblock::TABLE,
    devices::TABLE,
    digest::TABLE,
    disk::TABLE,
    edit::TABLE,
    encode::TABLE,
    files::TABLE,
    flow::TABLE,
    held::TABLE,
    http::TABLE,
    labels::TABLE,
    literal::TABLE,
    lookup::TABLE,
    maclib::TABLE,
    net::TABLE,
    pack::TABLE,
    pick::TABLE,
    pool::TABLE,
    select::TABLE,
    service::TABLE,
    sort::TABLE,
    source::TABLE,
    sources::TABLE,
    sql::TABLE,
    stamps::TABLE,
    structure::TABLE,
    tabs::TABLE,
    vars::TABLE,
    warp::TABLE,
    wrap::TABLE,
];

/// Where a stage may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Only first: it has no input.
    First,
    /// Never first: it needs input.
    NotFirst,
    /// Anywhere.
    Any,
}

/// How a stage delays records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delay {
    /// A record is written before it is consumed.
    None,
    /// One record.
    One,
    /// Until end of file or the end of a group.
    Buffers,
    /// There are no input records.
    Source,
}

/// Any number of streams.
pub const MANY: usize = usize::MAX;

/// A built-in stage.
pub struct Row {
    /// The names, apart by blanks; capitals are the minimum abbreviation.
    pub names: &'static str,
    /// The operands.
    pub operands: &'static str,
    /// One sentence for HELP.
    pub doc: &'static str,
    /// The most input streams.
    pub inputs: usize,
    /// The most output streams.
    pub outputs: usize,
    /// Where it may stand.
    pub place: Place,
    /// How it delays records.
    pub delay: Delay,
    /// The commit level it starts at.
    pub level: i32,
    /// Whether it ends when its outputs are gone.
    pub eof: EofReport,
    /// Reads the operands.
    pub make: fn(&mut Args<'_>) -> Result<Body, Fault>,
    /// A specification to run, and what its console shows.
    pub example: (&'static str, &'static [&'static str]),
    /// More lines for HELP.
    pub notes: fn() -> Vec<String>,
}

impl Row {
    /// What HELP says of the stage: its names and operands, what it does, its streams, an example.
    pub fn help(&self) -> Vec<String> {
        let delay = match self.delay {
            Delay::None => "records are not delayed",
            Delay::One => "may delay one record",
            Delay::Buffers => "delays records",
            Delay::Source => "reads no input",
        };
        let mut lines = vec![
            format!("{} {}", self.names, self.operands)
                .trim_end()
                .to_string(),
            self.doc.to_string(),
            format!(
                "Streams: {} in, {} out; {delay}.",
                many(self.inputs),
                many(self.outputs)
            ),
            format!("Example: PIPE {}", self.example.0),
        ];
        lines.extend((self.notes)());
        lines
    }
}

/// A number of streams in words.
fn many(streams: usize) -> String {
    match streams {
        MANY => "any".to_owned(),
        n => n.to_string(),
    }
}

/// A row for a stage that takes one stream and gives one, without delay; the table names what differs.
pub const PLAIN: Row = Row {
    names: "",
    operands: "",
    doc: "",
    inputs: 1,
    outputs: 1,
    place: Place::Any,
    delay: Delay::None,
    level: 0,
    eof: EofReport::All,
    make: nothing,
    example: ("", &[]),
    notes: Vec::new,
};

/// A row for a stage that routes records to its primary or secondary output.
pub const SELECTION: Row = Row {
    outputs: 2,
    ..PLAIN
};

/// A row for a device driver: it goes on when its output is not connected.
pub const DRIVER: Row = Row {
    eof: EofReport::Current,
    level: -1,
    ..PLAIN
};

fn nothing(_: &mut Args<'_>) -> Result<Body, Fault> {
    Ok(Body::task(|_| async { Ok(()) }))
}

/// The name of the hidden stage between two connectors: no user can write it.
pub(super) const PASS: &[u8] = b" pass";

const PASS_ROW: Row = Row {
    names: " pass",
    make: |_| Ok(task(|s| async move { s.short(0, 0).await })),
    ..PLAIN
};

/// An `async` stage.
fn task<F: Future<Output = End> + 'static>(f: impl FnOnce(Stage) -> F + 'static) -> Body {
    Body::task(f)
}

/// A filter.
fn filter(f: impl Filter + 'static) -> Result<Body, Fault> {
    Ok(Body::filter(f))
}

/// What a verb is.
pub enum Lookup {
    /// A built-in stage.
    Found(&'static Row),
    /// A stage of CMS Pipelines that is not built in here.
    Absent,
    /// Perhaps a REXX program.
    Unknown,
}

/// Looks a verb up.
pub fn lookup(verb: &[u8]) -> Lookup {
    if verb == PASS {
        return Lookup::Found(&PASS_ROW);
    }
    for row in FAMILIES.iter().copied().flatten() {
        if row.names.split(' ').any(|n| is_name(n, verb)) {
            return Lookup::Found(row);
        }
    }
    match ABSENT.split_ascii_whitespace().any(|n| is_name(n, verb)) {
        true => Lookup::Absent,
        false => Lookup::Unknown,
    }
}

/// The longest name of an entry point: what is behind it may be left out.
const ENTRY: usize = 8;

/// Whether a verb means a name, or begins as one that is longer than a name may be.
fn is_name(name: &str, verb: &[u8]) -> bool {
    let begins = || name.as_bytes().get(..verb.len());
    abbrev::matches(name, verb)
        || (verb.len() >= ENTRY && begins().is_some_and(|b| b.eq_ignore_ascii_case(verb)))
}

/// Stages of CMS Pipelines that are not built in here; a row takes its name out of this list.
pub const ABSENT: &str = "
BFSQ BFSX BRW HFSQ HFSQUERY HFSX HFSXECUTE FULLSCREEN 3277BFRA 3277ENC <MVS <SFS <SFSSLOW >>MVS
>>SFS >MVS >SFS ACIGROUP ADRSPACE AFTFST ALSERV APLDECODE APLENCODE BFSQUERY BFSXECUTE BROWSE
BUILDSCR C14TO38 CIPHER CKDDEBLOCK CONFIGURE DEVINFO DFSORT DIAGE4 DISKID FBAREAD FBAWRITE
FILEDESCRIPTOR FILETOKEN FILTERPACK FITTING FMTFST FULLSCR FULLSCRQ FULLSCRS HLASM HLASMERR
IEBCOPY ISPF LDRTBLS LISTCAT LISTDSI LISTISPF LISTPDS MAPMDISK MDISKBLK MQSC NUCEXT OPTCDJ
OVERSTR POLISH QSAM READPDS SFSBACK SFSDIRECTORY SFSRANDOM SFSUPDATE SQLCODES STARMON
STARSYS STFLE STSI SYSDSN SYSOUT SYSVAR TAPE TRACKBLOCK TRACKDEBLOCK TRACKREAD TRACKSQUISH
TRACKVERIFY TRACKWRITE TRACKXPAND TRFREAD TSO VMC VMCDATA VMCLIENT VMCLISTEN WAITDEV WRITEPDS XAB
XEDIT XMSG XPNDHI";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_runs_its_example() {
        for row in FAMILIES.iter().copied().flatten() {
            assert!(!row.doc.is_empty(), "{} has a doc", row.names);
            let (spec, shows) = row.example;
            assert!(!spec.is_empty(), "{} has an example", row.names);
            for fusion in [crate::pipe::Fusion::On, crate::pipe::Fusion::Off] {
                let mut host = crate::pipe::tests::TestHost::default();
                host.file("TEST DATA", &["one", "two", "three"]);
                host.cards = [b"card".to_vec()].into();
                let rc = host.run_with(spec, fusion);
                assert_eq!(rc, 0, "{}: {spec}: {:?}", row.names, host.told);
                assert_eq!(host.said, shows, "{}: {spec}", row.names);
            }
        }
    }

    /// The stage of a row's example, when that is one plain pipeline with something before and behind it.
    fn middle(row: &Row) -> Option<(String, String)> {
        let (spec, _) = row.example;
        if spec.starts_with('(') || spec.contains("||") {
            return None;
        }
        let stages: Vec<&str> = spec.split('|').collect();
        let verb = |stage: &str| stage.split(' ').next().unwrap_or("").to_string();
        let is_it = |stage: &&str| {
            let verb = verb(stage);
            row.names
                .split(' ')
                .any(|n| abbrev::matches(n, verb.as_bytes()))
        };
        let at = stages.iter().position(is_it)?;
        (at > 0 && at + 1 < stages.len()).then(|| (stages[..at].join("|"), stages[at].to_string()))
    }

    #[test]
    fn what_does_not_delay_is_written_first() {
        // These have more to write at end of file.
        const AT_THE_END: &[&str] = &[
            "COUNT",
            "APPEND",
            "STRLITeral",
            "AGGRC",
            "SQL",
            "DISKRANDOM",
            "FBLOCK",
            "SPECs",
        ];
        let mut tried = 0;
        for row in FAMILIES.iter().copied().flatten() {
            let name = row.names.split(' ').next().unwrap_or("");
            if row.delay != Delay::None || AT_THE_END.contains(&name) {
                continue;
            }
            let Some((before, stage)) = middle(row) else {
                continue;
            };
            // The copy of a record comes when the stage has consumed the record.
            let spec = format!(
                "(end \u{1}) {before}|o: fanout|{stage}|i: faninany|console \u{1} o: |specs /=copy=/ 1|i:"
            );
            for fusion in [crate::pipe::Fusion::On, crate::pipe::Fusion::Off] {
                let mut host = crate::pipe::tests::TestHost::default();
                host.file("TEST DATA", &["one", "two", "three"]);
                let rc = host.run_with(&spec, fusion);
                assert_eq!(rc, 0, "{spec} {:?}", host.told);
                let copy_is_last = host.said.last().is_some_and(|l| l == "=copy=");
                assert!(copy_is_last, "{name}: {spec} {:?}", host.said);
            }
            tried += 1;
        }
        assert!(tried > 80, "{tried} stages were tried");
    }

    #[test]
    fn names_may_end_after_eight_characters() {
        for (verb, found) in [
            ("diskrand", true),
            ("DISKRANDO", true),
            ("diskran", false),
            ("notinsid", true),
            ("wildcard", true),
            ("wildcards", false),
        ] {
            let row = matches!(lookup(verb.as_bytes()), Lookup::Found(_));
            assert_eq!(row, found, "{verb}");
        }
        assert!(matches!(lookup(b"bfsxecut"), Lookup::Absent));
    }

    /// Text for a cell of a table.
    fn cell(text: &str) -> String {
        text.replace('|', "\\|")
    }

    /// `docs/pipe-stages.md`, from the rows.
    fn page() -> String {
        let mut rows: Vec<&Row> = FAMILIES.iter().copied().flatten().collect();
        rows.sort_by_key(|row| row.names.to_ascii_uppercase());
        let mut page = String::from(
            "# The stages of CMS Pipelines\n\nMade from the rows of `src/pipe/stages`: `UPDATE_DOCS=1 cargo \
             test the_page_of_stages` writes this page anew. Capitals are the minimum abbreviation. A stage \
             that does not delay writes a record before it consumes it; how many streams it may have is \
             said as input:output. `HELP PIPE stage` shows the same at the terminal, and `PIPE` followed \
             by an example runs it.\n\n\
             | stage | operands | what it does | streams | delay | example |\n\
             |---|---|---|---|---|---|\n",
        );
        for row in rows {
            let delay = match row.delay {
                Delay::None => "none",
                Delay::One => "one record",
                Delay::Buffers => "buffers",
                Delay::Source => "no input",
            };
            page.push_str(&format!(
                "| `{}` | {} | {} | {}:{} | {delay} | `{}` |\n",
                row.names.replace(' ', "` `"),
                match row.operands {
                    "" => String::new(),
                    operands => format!("`{}`", cell(operands)),
                },
                cell(row.doc),
                many(row.inputs),
                many(row.outputs),
                cell(row.example.0),
            ));
        }
        page.push_str(
            "\n## What is not here\n\nThese stages of CMS Pipelines have nothing behind them here; a \
             specification that names one ends with FPLSCA9001E. Any other name is a REXX program, or \
             FPLSCA027E.\n\n",
        );
        let absent: Vec<_> = ABSENT
            .split_ascii_whitespace()
            .map(|n| format!("`{n}`"))
            .collect();
        page.push_str(&absent.join(" "));
        page.push('\n');
        page
    }

    #[test]
    fn the_page_of_stages_says_what_the_rows_say() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/pipe-stages.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, page()).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            kept == page(),
            "run UPDATE_DOCS=1 cargo test the_page_of_stages"
        );
    }

    #[test]
    fn no_name_stands_twice() {
        let mut seen = std::collections::BTreeSet::new();
        let rows = FAMILIES.iter().copied().flatten();
        let names = rows.flat_map(|r| r.names.split(' '));
        for name in names.chain(ABSENT.split_ascii_whitespace()) {
            assert!(seen.insert(name.to_ascii_uppercase()), "{name} stands once");
        }
    }
}
