//! Functions on strings.

use super::{Function, Given, count, fits, place, row, text};
use crate::base::msg::fpl;
use crate::pipe::args::Fault;
use crate::pipe::specs::value::Value;

pub(super) const TABLE: &[Function] = &[
    row("abbrev", 2, 3, abbrev, ("abbrev('print','pri')", "1")),
    row("bitand", 1, 3, bitand, ("bitand('az','ZZ')", "@Z")),
    row("bitor", 1, 3, bitor, ("bitor('AB','  ')", "ab")),
    row("bitxor", 1, 3, bitxor, ("bitxor('AB','  ')", "ab")),
    row("center", 2, 3, center, ("center('ab',5,'*')", "*ab**")),
    row("centre", 2, 3, center, ("centre('abcd',2)", "bc")),
    row(
        "changestr",
        3,
        4,
        changestr,
        ("changestr('a','banana','o')", "bonono"),
    ),
    row("compare", 2, 3, compare, ("compare('abc','abd')", "3")),
    row("copies", 2, 2, copies, ("copies('ab',3)", "ababab")),
    row("countstr", 2, 2, countstr, ("countstr('an','banana')", "2")),
    row("delstr", 2, 3, delstr, ("delstr('abcd',2,2)", "ad")),
    row(
        "includes",
        2,
        2,
        includes,
        ("includes('banana','nan')", "1"),
    ),
    row("index", 2, 3, index, ("index('banana','an',3)", "4")),
    row("insert", 2, 5, insert, ("insert('x','abc',2)", "abxc")),
    row("lastpos", 2, 3, lastpos, ("lastpos('an','banana')", "4")),
    row("left", 2, 3, left, ("left('abc',5,'.')", "abc..")),
    row("length", 1, 1, length, ("length('abc')", "3")),
    row("lower", 1, 1, lower, ("lower('aBc')", "abc")),
    row("overlay", 2, 5, overlay, ("overlay('xy','abcd',2)", "axyd")),
    row("pos", 2, 3, pos, ("pos('an','banana')", "2")),
    row("reverse", 1, 1, reverse, ("reverse('abc')", "cba")),
    row("right", 2, 3, right, ("right('7',3,'0')", "007")),
    row("string", 1, 1, string, ("string(07)", "7")),
    row("strip", 1, 3, strip, ("strip('  a ')", "a")),
    row(
        "substitute",
        3,
        4,
        substitute,
        ("substitute('banana','a','o','U')", "bonono"),
    ),
    row("substr", 2, 4, substr, ("substr('abcdef',2,3)", "bcd")),
    row(
        "translate",
        1,
        4,
        translate,
        ("translate('abc','xy','ab')", "xyc"),
    ),
    row("upper", 1, 1, upper, ("upper('aBc')", "ABC")),
    row("verify", 2, 4, verify, ("verify('12a4','1234567890')", "3")),
    row("xrange", 0, 2, xrange, ("xrange('a','e')", "abcde")),
];

/// The first place, from 0, of a needle that is not null at or after a place.
pub(super) fn find(needle: &[u8], haystack: &[u8], from: usize) -> Option<usize> {
    if needle.is_empty() {
        return None;
    }
    let rest = haystack.get(from..)?;
    memchr::memmem::find(rest, needle).map(|at| at + from)
}

fn abbrev(g: &mut Given) -> Result<Value, Fault> {
    let (full, short) = (g.text(0), g.text(1));
    let least = g.length(2)?.unwrap_or(short.len());
    Ok(Value::from(
        short.len() >= least && full.starts_with(&short),
    ))
}

/// What the bit functions do: without pad character the rest of the longer string stays.
fn bits(g: &mut Given, f: fn(u8, u8) -> u8) -> Result<Value, Fault> {
    let (a, b) = (g.text(0), g.text(1));
    let pad = match g.values.get(2) {
        Some(Some(_)) => Some(g.character(2, 0)?),
        _ => None,
    };
    let (mut long, short) = if a.len() < b.len() { (b, a) } else { (a, b) };
    let page = g.page;
    for (n, byte) in long.iter_mut().enumerate() {
        if let Some(other) = short.get(n).copied().or(pad) {
            *byte = page.to_host(f(page.code_of(*byte), page.code_of(other)));
        }
    }
    text(long)
}

fn bitand(g: &mut Given) -> Result<Value, Fault> {
    bits(g, |a, b| a & b)
}

fn bitor(g: &mut Given) -> Result<Value, Fault> {
    bits(g, |a, b| a | b)
}

fn bitxor(g: &mut Given) -> Result<Value, Fault> {
    bits(g, |a, b| a ^ b)
}

fn center(g: &mut Given) -> Result<Value, Fault> {
    let s = g.text(0);
    let length = g.length(1)?.unwrap_or(s.len());
    let pad = g.character(2, b' ')?;
    if length <= s.len() {
        let start = (s.len() - length) / 2;
        return text(&s[start..start + length]);
    }
    let mut out = vec![pad; (length - s.len()) / 2];
    out.extend_from_slice(&s);
    out.resize(length, pad);
    text(out)
}

fn changestr(g: &mut Given) -> Result<Value, Fault> {
    let (needle, haystack, to) = (g.text(0), g.text(1), g.text(2));
    let most = g.length(3)?.unwrap_or(usize::MAX);
    replaced(&needle, &haystack, &to, most)
}

fn substitute(g: &mut Given) -> Result<Value, Fault> {
    let (haystack, needle, to) = (g.text(0), g.text(1), g.text(2));
    let all =
        matches!(&g.values.get(3), Some(Some(Value::Text(t))) if t.eq_ignore_ascii_case(b"u"));
    let most = match all {
        true => usize::MAX,
        false => g.length(3)?.unwrap_or(1),
    };
    replaced(&needle, &haystack, &to, most)
}

fn replaced(needle: &[u8], haystack: &[u8], to: &[u8], most: usize) -> Result<Value, Fault> {
    if needle.is_empty() {
        return Err(Fault::new(&fpl::FPLSPC1572E, &[]));
    }
    let mut out = Vec::new();
    let mut at = 0;
    for found in memchr::memmem::find_iter(haystack, needle).take(most) {
        out.extend_from_slice(&haystack[at..found]);
        out.extend_from_slice(to);
        super::bounded(out.len())?;
        at = found + needle.len();
    }
    out.extend_from_slice(&haystack[at..]);
    text(out)
}

fn compare(g: &mut Given) -> Result<Value, Fault> {
    let (a, b) = (g.text(0), g.text(1));
    let pad = g.character(2, b' ')?;
    let at = |s: &[u8], n: usize| s.get(n).copied().unwrap_or(pad);
    place((0..a.len().max(b.len())).find(|&n| at(&a, n) != at(&b, n)))
}

fn copies(g: &mut Given) -> Result<Value, Fault> {
    let s = g.text(0);
    let times = g.length(1)?.unwrap_or(1);
    fits(times, s.len())?;
    text(s.repeat(times))
}

fn countstr(g: &mut Given) -> Result<Value, Fault> {
    let (needle, haystack) = (g.text(0), g.text(1));
    match needle.is_empty() {
        true => Err(Fault::new(&fpl::FPLSPC1572E, &[])),
        false => count(memchr::memmem::find_iter(&haystack, &needle).count()),
    }
}

fn delstr(g: &mut Given) -> Result<Value, Fault> {
    let mut s = g.text(0);
    let from = g.position(1)?.unwrap_or(0).min(s.len());
    let length = g.length(2)?.unwrap_or(usize::MAX);
    let to = from.saturating_add(length).min(s.len());
    s.drain(from..to);
    text(s)
}

fn includes(g: &mut Given) -> Result<Value, Fault> {
    let (haystack, needle) = (g.text(0), g.text(1));
    Ok(Value::from(find(&needle, &haystack, 0).is_some()))
}

fn index(g: &mut Given) -> Result<Value, Fault> {
    let (haystack, needle) = (g.text(0), g.text(1));
    let from = g.position(2)?.unwrap_or(0);
    place(find(&needle, &haystack, from))
}

fn pos(g: &mut Given) -> Result<Value, Fault> {
    let (needle, haystack) = (g.text(0), g.text(1));
    let from = g.position(2)?.unwrap_or(0);
    place(find(&needle, &haystack, from))
}

fn lastpos(g: &mut Given) -> Result<Value, Fault> {
    let (needle, haystack) = (g.text(0), g.text(1));
    let last = g
        .position(2)?
        .map_or(haystack.len(), |n| n.saturating_add(1));
    let within = &haystack[..last.min(haystack.len())];
    place(match needle.is_empty() {
        true => None,
        false => memchr::memmem::rfind(within, &needle),
    })
}

/// A string cut or padded to a length.
fn sized(mut s: Vec<u8>, length: usize, pad: u8) -> Vec<u8> {
    s.resize(length, pad);
    s
}

fn insert(g: &mut Given) -> Result<Value, Fault> {
    let (new, target) = (g.text(0), g.text(1));
    let at = g.length(2)?.unwrap_or(0);
    let length = g.length(3)?.unwrap_or(new.len());
    let pad = g.character(4, b' ')?;
    let rest = target.get(at..).unwrap_or_default().to_vec();
    let mut out = sized(target, at, pad);
    out.extend(sized(new, length, pad));
    out.extend(rest);
    text(out)
}

fn overlay(g: &mut Given) -> Result<Value, Fault> {
    let (new, target) = (g.text(0), g.text(1));
    let at = super::bounded(g.position(2)?.unwrap_or(0))?;
    let length = g.length(3)?.unwrap_or(new.len());
    let pad = g.character(4, b' ')?;
    let rest = target.get(at + length..).unwrap_or_default().to_vec();
    let mut out = sized(target, at, pad);
    out.extend(sized(new, length, pad));
    out.extend(rest);
    text(out)
}

fn left(g: &mut Given) -> Result<Value, Fault> {
    let s = g.text(0);
    let length = g.length(1)?.unwrap_or(s.len());
    let pad = g.character(2, b' ')?;
    text(sized(s, length, pad))
}

fn right(g: &mut Given) -> Result<Value, Fault> {
    let s = g.text(0);
    let length = g.length(1)?.unwrap_or(s.len());
    let pad = g.character(2, b' ')?;
    if length <= s.len() {
        return text(&s[s.len() - length..]);
    }
    let mut out = vec![pad; length - s.len()];
    out.extend(s);
    text(out)
}

fn length(g: &mut Given) -> Result<Value, Fault> {
    count(g.text(0).len())
}

fn lower(g: &mut Given) -> Result<Value, Fault> {
    text(g.text(0).to_ascii_lowercase())
}

fn upper(g: &mut Given) -> Result<Value, Fault> {
    text(g.text(0).to_ascii_uppercase())
}

fn reverse(g: &mut Given) -> Result<Value, Fault> {
    let mut s = g.text(0);
    s.reverse();
    text(s)
}

fn string(g: &mut Given) -> Result<Value, Fault> {
    text(g.text(0))
}

fn strip(g: &mut Given) -> Result<Value, Fault> {
    let s = g.text(0);
    let which = g.option(1, b"BLT")?;
    let pad = g.character(2, b' ')?;
    let other = |b: &u8| *b != pad;
    let start = match which {
        b'T' => 0,
        _ => s.iter().position(other).unwrap_or(s.len()),
    };
    let end = match which {
        b'L' => s.len(),
        _ => s.iter().rposition(other).map_or(0, |n| n + 1),
    };
    text(s.get(start..end).unwrap_or_default())
}

fn substr(g: &mut Given) -> Result<Value, Fault> {
    let s = g.text(0);
    let from = g.position(1)?.unwrap_or(0).min(s.len());
    let rest = s[from..].to_vec();
    let length = g.length(2)?.unwrap_or(rest.len());
    let pad = g.character(3, b' ')?;
    text(sized(rest, length, pad))
}

fn translate(g: &mut Given) -> Result<Value, Fault> {
    let s = g.text(0);
    let (to, from) = (g.maybe(1), g.maybe(2));
    let pad = g.character(3, b' ')?;
    if to.is_none() && from.is_none() {
        return text(s.to_ascii_uppercase());
    }
    let to = to.unwrap_or_default();
    let page = g.page;
    let becomes = |b: u8| {
        let at = match &from {
            None => Some(usize::from(page.code_of(b))),
            Some(from) => from.iter().position(|f| *f == b),
        };
        at.map_or(b, |n| to.get(n).copied().unwrap_or(pad))
    };
    text(s.into_iter().map(becomes).collect::<Vec<u8>>())
}

fn verify(g: &mut Given) -> Result<Value, Fault> {
    let (s, reference) = (g.text(0), g.text(1));
    let wanted = g.option(2, b"NM")? == b'M';
    let from = g.position(3)?.unwrap_or(0);
    let at = (from..s.len()).find(|&n| reference.contains(&s[n]) == wanted);
    place(at)
}

fn xrange(g: &mut Given) -> Result<Value, Fault> {
    let page = g.page;
    let first = page.code_of(g.character(0, page.to_host(0))?);
    let last = page.code_of(g.character(1, page.to_host(255))?);
    let length = usize::from(last.wrapping_sub(first)) + 1;
    let codes = (first..=255).chain(0..=255).take(length);
    text(codes.map(|code| page.to_host(code)).collect::<Vec<u8>>())
}
