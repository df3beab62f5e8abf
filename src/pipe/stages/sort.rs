//! SORT (*User's Guide and Reference*, chapter "Inventory of built-in programs").

use std::cmp::Ordering;

use super::flow::read_all;
use super::pick::counted;
use super::{Delay, PLAIN, Row, task};
use crate::base::Record;
use crate::pipe::args::{Args, Fault};
use crate::pipe::range::{Range, Separators};
use crate::pipe::stage::{Body, Stage, Stop};
use crate::pipe::target::Compare;

pub const TABLE: &[Row] = &[Row {
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
}];

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
    Ok(task(move |s| run(s, keys, duplicates)))
}

fn order(keys: &[Key], a: &[u8], b: &[u8]) -> Ordering {
    for key in keys {
        let order = key.compare.order(key.range.of(a), key.range.of(b));
        let order = if key.descending {
            order.reverse()
        } else {
            order
        };
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}

async fn run(s: Stage, keys: Vec<Key>, duplicates: Duplicates) -> Result<(), Stop> {
    let mut records = read_all(&s, 0).await?;
    records.sort_by(|a, b| order(&keys, a, b));
    if duplicates == Duplicates::Keep {
        for record in records {
            s.output(0, record).await?;
        }
        return Ok(());
    }
    let mut records = records.into_iter().peekable();
    let others_wanted = s.has_output(1);
    while let Some(record) = records.next() {
        let mut count = 1;
        let mut others: Vec<Record> = Vec::new();
        while let Some(next) = records.next_if(|n| order(&keys, &record, n).is_eq()) {
            count += 1;
            if others_wanted {
                others.push(next);
            }
        }
        let shown = match duplicates {
            Duplicates::Count => counted(count, &record),
            _ => record,
        };
        s.pass(0, shown).await?;
        for other in others {
            s.pass(1, other).await?;
        }
        if !s.has_output(0) && !s.has_output(1) {
            break;
        }
    }
    Ok(())
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
    }
}
