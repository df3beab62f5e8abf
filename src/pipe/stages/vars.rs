//! Variables of the program that issued the pipeline: VAR, STEM
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs").

use super::{DRIVER, Row, task};
use crate::base::Record;
use crate::base::msg::fpl;
use crate::pipe::args::{self, Args, Fault};
use crate::pipe::host::{Names, Pool, PoolFrom, VarError};
use crate::pipe::stage::{Body, Stage, Stop};

pub const TABLE: &[Row] = &[
    Row {
        names: "VAR",
        operands: "name [PRODUCER | MAIN] [number] [SYMBOLIC | DIRECT] [TRACKING]",
        doc: "Reads a variable when first; else sets it to the first record and passes all records.",
        make: var,
        example: ("(end ?) literal hello|var x|hole ? var x|console", &["X"]),
        ..DRIVER
    },
    Row {
        names: "STEM",
        operands: "stem [PRODUCER | MAIN] [number] [NOMSG233] [SYMBOLIC | DIRECT] [APPEND | FROM number]",
        doc: "Reads a stemmed array when first; else sets it from the records and passes them.",
        make: stem,
        example: ("literal b|literal a|stem x.|console", &["a", "b"]),
        ..DRIVER
    },
];

/// Reads the operands that say which pool.
pub(super) fn pool(args: &mut Args<'_>, pool: &mut Pool) {
    loop {
        if args.keyword("PRODUCER") {
            pool.from = PoolFrom::Producer;
        } else if args.keyword("MAIN") {
            pool.from = PoolFrom::Main;
        } else if let Some(n) = args.number() {
            pool.level = u32::try_from(n).unwrap_or(u32::MAX);
        } else {
            return;
        }
    }
}

/// Reads the name of a variable and what says which pool, which may stand before or behind it.
fn named(args: &mut Args<'_>) -> Result<(Vec<u8>, Pool), Fault> {
    let mut found = Pool::default();
    pool(args, &mut found);
    found.silent |= args.keyword("NOMSG233");
    let Some(name) = args.word() else {
        return Err(Fault::new(&fpl::FPLVAR231E, &[]));
    };
    let name = name.to_vec();
    pool(args, &mut found);
    found.silent |= args.keyword("NOMSG233");
    Ok((name, found))
}

fn names(args: &mut Args<'_>) -> Option<Names> {
    args.choice(&[("SYMBOLIC", Names::Symbolic), ("DIRECT", Names::Direct)])
}

/// What there is to say about a variable error.
pub(super) fn var_fault(name: &[u8], error: VarError) -> Fault {
    match error {
        VarError::NoProgram => Fault::new(&fpl::FPLVAR233E, &[]),
        VarError::BadName if name.is_empty() => Fault::new(&fpl::FPLVAR231E, &[]),
        VarError::BadName => Fault::new(&fpl::FPLVAR235E, &[name]),
    }
}

/// A variable error ends the stage.
fn stopped(s: &Stage, pool: &Pool, name: &[u8], error: VarError) -> Stop {
    match error {
        VarError::NoProgram if pool.silent => Stop::Rc(-fpl::FPLVAR233E.number()),
        error => s.fail(var_fault(name, error)),
    }
}

async fn get(s: &Stage, pool: &Pool, name: &[u8]) -> Result<Option<Vec<u8>>, Stop> {
    let value = s.get_variable(pool.clone(), name.to_vec()).await;
    value.map_err(|e| stopped(s, pool, name, e))
}

async fn set(s: &Stage, pool: &Pool, name: &[u8], value: Option<Record>) -> Result<(), Stop> {
    let done = s.set_variable(pool.clone(), name.to_vec(), value).await;
    done.map_err(|e| stopped(s, pool, name, e))
}

fn var(args: &mut Args<'_>) -> Result<Body, Fault> {
    let first = args.first;
    let (name, mut pool) = named(args)?;
    pool.names = names(args).unwrap_or_default();
    let tracking = args.keyword("TRACKING");
    args.end()?;
    Ok(match first {
        true => task(|s| async move {
            // A variable that is not set has its name for a value, as in the program.
            let value = get(&s, &pool, &name).await?;
            let value = value.unwrap_or_else(|| match pool.names {
                Names::Symbolic => name.to_ascii_uppercase(),
                Names::Direct => name,
            });
            s.commit(0).await?;
            s.output(0, Record::from(value)).await
        }),
        false => task(move |s| async move {
            // Looked at before level 0, so that a pool that is not there stops the pipeline.
            get(&s, &pool, &name).await?;
            s.commit(0).await?;
            let mut any = false;
            while let Some(record) = s.next(0).await? {
                if tracking || !any {
                    set(&s, &pool, &name, Some(record.clone())).await?;
                    any = true;
                }
                s.pass(0, record).await?;
                s.readto(0).await?;
            }
            match any {
                true => Ok(()),
                false => set(&s, &pool, &name, None).await,
            }
        }),
    })
}

/// Where the elements of an array start.
#[derive(Clone, Copy)]
enum Start {
    From(u64),
    Append,
}

fn stem(args: &mut Args<'_>) -> Result<Body, Fault> {
    let first = args.first;
    let (name, mut pool) = named(args)?;
    pool.names = names(args).unwrap_or_default();
    let mut start = Start::From(1);
    if args.keyword("APPEND") {
        start = Start::Append;
    } else if args.keyword("FROM") {
        start = Start::From(args::unsigned(args.need()?)?);
    }
    args.end()?;
    let array = Array { pool, name, start };
    Ok(match first {
        true => task(|s| read_stem(s, array)),
        false => task(|s| write_stem(s, array)),
    })
}

struct Array {
    pool: Pool,
    name: Vec<u8>,
    start: Start,
}

impl Array {
    fn element(&self, n: u64) -> Vec<u8> {
        let mut name = self.name.clone();
        name.extend_from_slice(n.to_string().as_bytes());
        name
    }

    /// The number of elements; `None` when the variable is not set.
    async fn count(&self, s: &Stage) -> Result<Option<u64>, Stop> {
        let name = self.element(0);
        let Some(value) = get(s, &self.pool, &name).await? else {
            return Ok(None);
        };
        match args::unsigned(args::trim(&value)) {
            Ok(n) => Ok(Some(n)),
            Err(_) => Err(s.fail(Fault::new(&fpl::FPLVAR238E, &[&name, &value]))),
        }
    }
}

async fn read_stem(s: Stage, array: Array) -> Result<(), Stop> {
    let count = match array.count(&s).await? {
        Some(n) => n,
        None => {
            let name = array.element(0).to_ascii_uppercase();
            return Err(s.fail(Fault::new(&fpl::FPLVAR238E, &[&name, &name])));
        }
    };
    s.commit(0).await?;
    let from = match array.start {
        Start::From(n) => n,
        Start::Append => 1,
    };
    for n in from..=count {
        let name = array.element(n);
        let value = get(&s, &array.pool, &name).await?;
        let value = value.unwrap_or_else(|| name.to_ascii_uppercase());
        s.output(0, Record::from(value)).await?;
    }
    Ok(())
}

async fn write_stem(s: Stage, array: Array) -> Result<(), Stop> {
    let first = match array.start {
        Start::From(n) => {
            get(&s, &array.pool, &array.element(0)).await?;
            n
        }
        Start::Append => array.count(&s).await?.unwrap_or(0) + 1,
    };
    s.commit(0).await?;
    let mut next = first;
    while let Some(record) = s.next(0).await? {
        set(&s, &array.pool, &array.element(next), Some(record.clone())).await?;
        next += 1;
        s.pass(0, record).await?;
        s.readto(0).await?;
    }
    let count = Record::from((next.saturating_sub(1)).to_string().into_bytes());
    set(&s, &array.pool, &array.element(0), Some(count)).await
}
