//! Functions on words and fields.

use super::{Function, Given, count, place, row, text};
use crate::pipe::args::Fault;
use crate::pipe::specs::value::Value;

pub(super) const TABLE: &[Function] = &[
    row("delword", 2, 3, delword, ("delword('a b c d',2,2)", "a d")),
    row("field", 2, 3, field, ("field('a,,c',3,',')", "c")),
    row("find", 2, 2, find, ("find('now is the','is the')", "2")),
    row("justify", 2, 3, justify, ("justify('a b c',7)", "a  b  c")),
    row("space", 1, 3, space, ("space(' a  b ',1,'-')", "a-b")),
    row("subword", 2, 3, subword, ("subword('a b c d',2,2)", "b c")),
    row("word", 2, 3, word, ("word('one two three',-1)", "three")),
    row(
        "wordindex",
        2,
        2,
        wordindex,
        ("wordindex('one two',2)", "5"),
    ),
    row(
        "wordlength",
        2,
        2,
        wordlength,
        ("wordlength('one two',2)", "3"),
    ),
    row(
        "wordpos",
        2,
        3,
        wordpos,
        ("wordpos('is the','now is the')", "2"),
    ),
    row("words", 1, 1, words, ("words(' a b  c')", "3")),
];

/// The start and end of each word.
fn spans(s: &[u8], separator: u8) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = s[at..].iter().position(|&b| b != separator) {
        let start = at + start;
        let end = s[start..].iter().position(|&b| b == separator);
        at = end.map_or(s.len(), |n| start + n);
        found.push((start, at));
    }
    found
}

fn blank_words(s: &[u8]) -> Vec<&[u8]> {
    spans(s, b' ').into_iter().map(|(a, b)| &s[a..b]).collect()
}

/// The number, from 0, of the one that is asked for; a negative number counts from the end.
fn chosen(g: &mut Given, total: usize) -> Result<Option<usize>, Fault> {
    let n = g.whole(1, i64::MIN)?.unwrap_or(0);
    let total = i64::try_from(total).unwrap_or(i64::MAX);
    let at = if n < 0 {
        total.saturating_add(n)
    } else {
        n - 1
    };
    Ok(usize::try_from(at).ok())
}

fn delword(g: &mut Given) -> Result<Value, Fault> {
    let mut s = g.text(0);
    let from = g.position(1)?.unwrap_or(0);
    let length = g.length(2)?.unwrap_or(usize::MAX);
    let all = spans(&s, b' ');
    let Some(first) = all.get(from).filter(|_| length > 0) else {
        return text(s);
    };
    let after = all.get(from.saturating_add(length));
    let end = after.map_or(s.len(), |w| w.0);
    s.drain(first.0..end);
    text(s)
}

fn field(g: &mut Given) -> Result<Value, Fault> {
    let s = g.text(0);
    let separator = g.character(2, b'\t')?;
    let all: Vec<&[u8]> = s.split(|&b| b == separator).collect();
    let n = chosen(g, all.len())?;
    text(n.and_then(|n| all.get(n).copied()).unwrap_or_default())
}

fn word(g: &mut Given) -> Result<Value, Fault> {
    let s = g.text(0);
    let separator = g.character(2, b' ')?;
    let all = spans(&s, separator);
    let n = chosen(g, all.len())?;
    let span = n.and_then(|n| all.get(n));
    text(span.map_or(&[][..], |&(a, b)| &s[a..b]))
}

/// The number, from 0, of the word at which a phrase begins.
fn phrase(phrase: &[u8], s: &[u8], from: usize) -> Option<usize> {
    let (phrase, s) = (blank_words(phrase), blank_words(s));
    if phrase.is_empty() {
        return None;
    }
    let starts = s.get(from..)?.windows(phrase.len());
    let at = starts.into_iter().position(|w| w == phrase)?;
    Some(at + from)
}

fn find(g: &mut Given) -> Result<Value, Fault> {
    let (s, wanted) = (g.text(0), g.text(1));
    place(phrase(&wanted, &s, 0))
}

fn wordpos(g: &mut Given) -> Result<Value, Fault> {
    let (wanted, s) = (g.text(0), g.text(1));
    let from = g.position(2)?.unwrap_or(0);
    place(phrase(&wanted, &s, from))
}

fn justify(g: &mut Given) -> Result<Value, Fault> {
    let s = g.text(0);
    let length = g.length(1)?.unwrap_or(0);
    let pad = g.character(2, b' ')?;
    let all = blank_words(&s);
    let gaps = all.len().saturating_sub(1);
    let letters: usize = all.iter().map(|w| w.len()).sum();
    let spare = length.saturating_sub(letters + gaps);
    let mut out = Vec::new();
    for (n, word) in all.iter().enumerate() {
        if n > 0 {
            // What cannot be shared out evenly goes to the gaps on the left.
            let extra = spare / gaps + usize::from(n <= spare % gaps);
            out.resize(out.len() + 1 + extra, pad);
        }
        out.extend_from_slice(word);
    }
    out.resize(length, pad);
    text(out)
}

fn space(g: &mut Given) -> Result<Value, Fault> {
    let s = g.text(0);
    let gap = g.length(1)?.unwrap_or(1);
    let pad = g.character(2, b' ')?;
    let all = blank_words(&s);
    super::fits(all.len(), gap)?;
    text(all.join(&vec![pad; gap][..]))
}

fn subword(g: &mut Given) -> Result<Value, Fault> {
    let s = g.text(0);
    let from = g.position(1)?.unwrap_or(0);
    let length = g.length(2)?.unwrap_or(usize::MAX);
    let all = spans(&s, b' ');
    let to = from.saturating_add(length).min(all.len());
    match all.get(from..to) {
        Some([first, ..]) => text(&s[first.0..all[to - 1].1]),
        _ => text(Vec::new()),
    }
}

fn wordindex(g: &mut Given) -> Result<Value, Fault> {
    let s = g.text(0);
    let n = g.position(1)?.unwrap_or(0);
    place(spans(&s, b' ').get(n).map(|w| w.0))
}

fn wordlength(g: &mut Given) -> Result<Value, Fault> {
    let s = g.text(0);
    let n = g.position(1)?.unwrap_or(0);
    count(spans(&s, b' ').get(n).map_or(0, |w| w.1 - w.0))
}

fn words(g: &mut Given) -> Result<Value, Fault> {
    count(spans(&g.text(0), b' ').len())
}
