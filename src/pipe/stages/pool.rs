//! Whole pools of variables: VARLOAD, VARSET, VARDROP, VARFETCH, REXXVARS
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs").

use super::pick::matches;
use super::vars::{pool, var_fault};
use super::{DRIVER, Delay, PLAIN, Place, Row, task};
use crate::base::Record;
use crate::base::msg::fpl;
use crate::pipe::args::{Args, Fault};
use crate::pipe::host::{Names, Pool, VarError};
use crate::pipe::stage::{Body, Stage, Stop};
use crate::pipe::target::Case;

pub const TABLE: &[Row] = &[
    Row {
        names: "VARLOAD VARSET",
        operands: "[PRODUCER | MAIN] [number] [SYMBOLIC | DIRECT]",
        doc: "Sets variables from records of a delimiter, a name, the delimiter and the value.",
        outputs: 2,
        place: Place::NotFirst,
        make: |a| each(a, What::Set),
        example: (
            "literal /X.1/one|varload|append var x.1|console",
            &["/X.1/one", "one"],
        ),
        ..DRIVER
    },
    Row {
        names: "VARDROP",
        operands: "[PRODUCER | MAIN] [number] [SYMBOLIC | DIRECT]",
        doc: "Drops the variables that its records name.",
        outputs: 2,
        place: Place::NotFirst,
        make: |a| each(a, What::Drop),
        example: ("literal x|vardrop|console", &["x"]),
        ..DRIVER
    },
    Row {
        names: "VARFETCH",
        operands: "[PRODUCER | MAIN] [number] [SYMBOLIC | DIRECT] [TOLOAD [NOCOMMENTS] [delimitedString]]",
        doc: "Writes the values of the variables that its records name; names that are not set go to the secondary output.",
        outputs: 2,
        place: Place::NotFirst,
        make: |a| each(a, What::Fetch),
        example: ("literal x|varfetch|console", &["X"]),
        ..DRIVER
    },
    Row {
        names: "REXXVARS",
        operands: "[PRODUCER | MAIN] [number] [WILDCARD pattern] [TOLOAD [NOCOMMENTS] [delimitedString]]",
        doc: "Writes the source string and all variables of a program: a line n with the name, a line v with the value.",
        place: Place::First,
        delay: Delay::Source,
        make: rexxvars,
        example: ("rexxvars|console", &["s CMS COMMAND TEST EXEC A TEST CMS"]),
        ..PLAIN
    },
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Set,
    Drop,
    Fetch,
}

fn each(args: &mut Args<'_>, what: What) -> Result<Body, Fault> {
    let mut found = Pool::default();
    pool(args, &mut found);
    let mut pool = found;
    // Names in records are used as they are, since programs made them.
    pool.names = args
        .choice(&[("SYMBOLIC", Names::Symbolic), ("DIRECT", Names::Direct)])
        .unwrap_or(match what {
            What::Set => Names::Direct,
            What::Drop | What::Fetch => Names::Symbolic,
        });
    let toload = match what {
        What::Fetch => toload(args)?,
        What::Set | What::Drop => None,
    };
    args.end()?;
    Ok(task(move |s| async move {
        // A pool that is not there stops the pipeline before anything is done.
        let looked = s.get_variable(pool.clone(), b"RC".to_vec()).await;
        looked.map_err(|e| s.fail(var_fault(b"RC", e)))?;
        s.commit(0).await?;
        loop {
            let record = s.peekto(0).await?;
            match what {
                What::Fetch => fetch(&s, &pool, &record, toload.as_deref()).await?,
                _ => change(&s, &pool, what, &record).await?,
            }
            s.readto(0).await?;
        }
    }))
}

/// Splits `/name/value`.
fn named(record: &Record) -> Option<(Vec<u8>, Record)> {
    let delimiter = *record.first()?;
    let end = record[1..].iter().position(|&b| b == delimiter)? + 1;
    let value = record.slice(end + 1, record.len() - end - 1);
    Some((record[1..end].to_vec(), value))
}

async fn change(s: &Stage, pool: &Pool, what: What, record: &Record) -> Result<(), Stop> {
    if what == What::Set && matches!(record.first(), None | Some(b' ' | b'*')) {
        // A comment.
        return s.pass(0, record.clone()).await;
    }
    let (name, value) = match what {
        What::Set => match named(record) {
            Some((name, value)) => (name, Some(value)),
            None => return Err(s.fail(Fault::new(&fpl::FPLSCA060E, &[record]))),
        },
        _ => (record.trim_ascii().to_vec(), None),
    };
    match s.set_variable(pool.clone(), name.clone(), value).await {
        Ok(()) => s.pass(0, record.clone()).await,
        Err(VarError::BadName) if s.has_output(1) => s.pass(1, record.clone()).await,
        Err(e) => Err(s.fail(var_fault(&name, e))),
    }
}

async fn fetch(s: &Stage, pool: &Pool, record: &Record, toload: Option<&[u8]>) -> Result<(), Stop> {
    let name = record.trim_ascii().to_vec();
    let value = s.get_variable(pool.clone(), name.clone()).await;
    let value = value.map_err(|e| s.fail(var_fault(&name, e)))?;
    let value = match value {
        None if s.has_output(1) => return s.pass(1, record.clone()).await,
        None => name.to_ascii_uppercase(),
        Some(value) => value,
    };
    let line = match toload {
        Some(delimiters) => loadable(&name, &value, delimiters),
        None => value,
    };
    s.pass(0, Record::from(line)).await
}

/// Takes TOLOAD and what follows it: the characters that may delimit names, the likeliest first.
fn toload(args: &mut Args<'_>) -> Result<Option<Vec<u8>>, Fault> {
    if !args.keyword("TOLOAD") {
        return Ok(None);
    }
    // There are no comments to leave out.
    args.keyword("NOCOMMENTS");
    match args.is_done() {
        true => Ok(Some(b"/".to_vec())),
        false => args.delimited().map(Some),
    }
}

/// A record that VARLOAD takes back. When all the delimiters are in the name, another character is one.
fn loadable(name: &[u8], value: &[u8], delimiters: &[u8]) -> Vec<u8> {
    let usual = |b: &u8| !name.contains(b) && !b" *".contains(b);
    let mut all = delimiters.iter().copied().chain((0..=255u8).rev());
    let delimiter = all.find(usual).unwrap_or(b'/');
    let mut line = vec![delimiter];
    line.extend_from_slice(name);
    line.push(delimiter);
    line.extend_from_slice(value);
    line
}

fn rexxvars(args: &mut Args<'_>) -> Result<Body, Fault> {
    let mut found = Pool::default();
    pool(args, &mut found);
    let pool = found;
    let mut pattern = None;
    if args.keyword("WILDCARD") {
        pattern = Some(args.need()?.to_vec());
    }
    let toload = toload(args)?;
    args.end()?;
    Ok(task(move |s| async move {
        let found = s.variables(pool).await;
        let found = found.map_err(|e| s.fail(var_fault(b"", e)))?;
        let prefixed = |key: &[u8], text: &[u8]| Record::from([key, b" ", text].concat());
        if toload.is_none() {
            s.output(0, prefixed(b"s", &found.source)).await?;
        }
        for (name, value) in found.all {
            let wanted = |p: &Vec<u8>| matches(p, &name, Case::Any);
            if !pattern.as_ref().is_none_or(wanted) {
                continue;
            }
            if let Some(delimiters) = &toload {
                let line = loadable(&name, &value, delimiters);
                s.output(0, Record::from(line)).await?;
                continue;
            }
            s.output(0, prefixed(b"n", &name)).await?;
            s.output(0, prefixed(b"v", &value)).await?;
        }
        Ok(())
    }))
}

#[cfg(test)]
mod tests {
    use crate::pipe::tests::TestHost;

    #[test]
    fn variables_to_load_again() {
        let mut host = TestHost::default();
        for (name, value) in [("A/B", "1"), ("X.1", "one"), ("X.2", "two")] {
            host.variables.insert(name.into(), value.into());
        }
        for (spec, said) in [
            (
                "rexxvars toload",
                &["\u{fffd}A/B\u{fffd}1", "/X.1/one", "/X.2/two"][..],
            ),
            (
                "rexxvars wildcard x.* toload nocomments /#/",
                &["#X.1#one", "#X.2#two"],
            ),
            ("rexxvars wildcard %.2|drop 1", &["n X.2", "v two"]),
            ("literal x.1|varfetch toload /#/", &["#x.1#one"]),
        ] {
            host.said.clear();
            assert_eq!(host.run(&format!("{spec}|console")), 0, "{spec}");
            assert_eq!(host.said, said, "{spec}");
        }
    }

    #[test]
    fn the_producer_s_variables_need_a_program() {
        let mut host = TestHost::default();
        assert_eq!(host.run("literal x|var y producer|console"), -233);
        assert_eq!(host.run("literal x|stem y. producer 1|console"), -233);
        assert_eq!(host.run("literal x|stem y. 1 append|console"), -233);
        assert!(host.numbers.contains(&233));
        host.numbers.clear();
        assert_eq!(host.run("literal x|stem y. 1 nomsg233|console"), -233);
        assert!(host.numbers.is_empty());
        assert_eq!(host.run("stem|console"), -231);
        assert_eq!(
            host.run("literal b|literal a|stem y. direct append|console"),
            0
        );
        assert_eq!(host.run("stem y. 0 nomsg233 from 2|console"), 0);
        assert_eq!(host.said, ["a", "b", "b"]);
    }
}
