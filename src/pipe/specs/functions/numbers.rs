//! Functions on numbers, and conversions.

use super::{Function, Given, row, text};
use crate::base::msg::fpl;
use crate::num::{Layout, Number};
use crate::pipe::args::Fault;
use crate::pipe::specs::convert::{self, Conversion};
use crate::pipe::specs::eval::square_root;
use crate::pipe::specs::value::{Num, Value, arithmetic, settings};

pub(super) const TABLE: &[Function] = &[
    row("abs", 1, 1, abs, ("abs(-1.50)", "1.50")),
    row("b2x", 1, 1, b2x, ("b2x('11111')", "1F")),
    row("c2d", 1, 1, c2d, ("c2d(x2c('ffff'))", "-1")),
    row(
        "c2f",
        1,
        1,
        |g| converted(g, b"C2F"),
        ("c2f(x2c('4110000000000000'))", "1E+00"),
    ),
    row(
        "c2i",
        1,
        1,
        |g| converted(g, b"C2I"),
        ("c2i(i2c('20240101'))", "20240101000000000000"),
    ),
    row("c2p", 1, 2, c2p, ("c2p(x2c('123d'),1)", "-12.3")),
    row("c2u", 1, 1, c2u, ("c2u(x2c('ffff'))", "65535")),
    row(
        "c2v",
        1,
        1,
        |g| converted(g, b"C2V"),
        ("c2v(v2c('ab'))", "ab"),
    ),
    row("c2x", 1, 1, |g| converted(g, b"C2X"), ("c2x('AB')", "4142")),
    row("d2c", 1, 2, d2c, ("d2c(65)", "A")),
    row("d2x", 1, 2, d2x, ("d2x(-1,4)", "FFFF")),
    row("datatype", 1, 2, datatype, ("datatype('12.5')", "NUM")),
    row(
        "f2c",
        1,
        1,
        |g| converted(g, b"F2C"),
        ("c2x(f2c(1))", "4110000000000000"),
    ),
    row("format", 1, 5, format, ("format(3.14159,3,2)", "  3.14")),
    row(
        "i2c",
        1,
        1,
        |g| converted(g, b"I2C"),
        ("c2x(i2c('19000101'))", "0000000000000000"),
    ),
    row("max", 1, 20, max, ("max(1,12,3)", "12")),
    row("min", 1, 20, min, ("min(3,-1,2)", "-1")),
    row("p2c", 1, 2, p2c, ("c2x(right(p2c(-123),2))", "123D")),
    row("sign", 1, 1, sign, ("sign(-3)", "-1")),
    row("sqrt", 1, 1, sqrt, ("sqrt(2.25)", "1.5")),
    row("trunc", 1, 2, trunc, ("trunc(12.99)", "12")),
    row(
        "u2c",
        1,
        1,
        |g| converted(g, b"U2C"),
        ("c2x(u2c(258))", "00000102"),
    ),
    row("v2c", 1, 1, |g| converted(g, b"V2C"), ("v2c('')", "\0\0")),
    row("x2b", 1, 1, x2b, ("x2b('c5')", "11000101")),
    row("x2c", 1, 1, |g| converted(g, b"X2C"), ("x2c('4142')", "AB")),
    row("x2d", 1, 2, x2d, ("x2d('ff')", "255")),
];

fn number(n: Num) -> Result<Value, Fault> {
    Ok(Value::Num(n))
}

fn exactly(n: Result<Number, crate::num::NumError>) -> Result<Value, Fault> {
    n.map(|n| Value::Num(n.into())).map_err(arithmetic)
}

/// A conversion of SPECS on the first argument; X2C takes an odd number of digits, as REXX does.
fn converted(g: &mut Given, name: &[u8]) -> Result<Value, Fault> {
    let mut value = g.text(0);
    if name == b"X2C" && value.iter().filter(|&&b| b != b' ').count() % 2 == 1 {
        value.insert(0, b'0');
    }
    match Conversion::named(name)? {
        Some(conversion) => text(convert::convert(conversion, &value, g.page)?),
        None => text(value),
    }
}

/// The codes of the bytes of the first argument.
fn codes(g: &mut Given) -> Vec<u8> {
    let page = g.page;
    g.text(0).into_iter().map(|b| page.code_of(b)).collect()
}

/// Bytes of codes as the host has them.
fn hosted(g: &Given, codes: Vec<u8>) -> Result<Value, Fault> {
    let page = g.page;
    text(
        codes
            .into_iter()
            .map(|c| page.to_host(c))
            .collect::<Vec<u8>>(),
    )
}

fn abs(g: &mut Given) -> Result<Value, Fault> {
    let n = g.num(0)?.number();
    exactly(n.abs().plus(&settings()))
}

fn sign(g: &mut Given) -> Result<Value, Fault> {
    let order = g.num(0)?.compare(&Num::from(0));
    number(Num::from(order as i64))
}

fn sqrt(g: &mut Given) -> Result<Value, Fault> {
    square_root(&g.num(0)?).map(Value::Num)
}

/// The argument that is furthest in a direction.
fn extreme(g: &mut Given, wanted: std::cmp::Ordering) -> Result<Value, Fault> {
    let mut best = g.num(0)?;
    for n in 1..g.values.len() {
        let next = g.num(n)?;
        if next.compare(&best) == wanted {
            best = next;
        }
    }
    number(best)
}

fn max(g: &mut Given) -> Result<Value, Fault> {
    extreme(g, std::cmp::Ordering::Greater)
}

fn min(g: &mut Given) -> Result<Value, Fault> {
    extreme(g, std::cmp::Ordering::Less)
}

fn trunc(g: &mut Given) -> Result<Value, Fault> {
    let n = g.num(0)?.number();
    let places = g.length(1)?.unwrap_or(0);
    let text = n.truncated(places, &settings());
    text.map(Value::Text).map_err(|_| too_large())
}

fn too_large() -> Fault {
    Fault::new(&fpl::FPLSPC1039E, &[])
}

fn format(g: &mut Given) -> Result<Value, Fault> {
    let n = g.num(0)?.number();
    let layout = Layout {
        before: g.length(1)?,
        after: g.length(2)?,
        expp: g.length(3)?,
        expt: g.length(4)?,
    };
    let text = n.layout(&layout, &settings());
    text.map(Value::Text).map_err(|_| too_large())
}

fn b2x(g: &mut Given) -> Result<Value, Fault> {
    let digits = g.text(0);
    let length = digits.iter().filter(|b| **b != b' ').count();
    let hex = convert::to_hex(&convert::from_binary(&digits)?);
    text(&hex[hex.len() - length.div_ceil(4)..])
}

fn x2b(g: &mut Given) -> Result<Value, Fault> {
    let digits = g.text(0);
    let length = digits.iter().filter(|b| **b != b' ').count();
    let binary = convert::to_binary(&convert::from_hex(&digits)?);
    text(&binary[binary.len() - length * 4..])
}

fn c2d(g: &mut Given) -> Result<Value, Fault> {
    number(Num::from(convert::signed(&codes(g))?))
}

fn c2u(g: &mut Given) -> Result<Value, Fault> {
    exactly(Number::from_magnitude(false, &codes(g)))
}

fn c2p(g: &mut Given) -> Result<Value, Fault> {
    let bytes = codes(g);
    let printed = convert::to_packed(&bytes, scale(g)?)?;
    Num::parse(&printed).map(Value::Num)
}

fn p2c(g: &mut Given) -> Result<Value, Fault> {
    let value = g.text(0);
    let packed = convert::from_packed(&value, scale(g)?)?;
    hosted(g, packed)
}

fn scale(g: &mut Given) -> Result<u32, Fault> {
    let n = g.whole(1, 0)?.unwrap_or(0).min(31);
    u32::try_from(n).map_err(|_| too_large())
}

/// The bytes of a whole number: as few as it needs, or so many.
fn bytes(n: &Num, length: Option<usize>) -> Result<Vec<u8>, Fault> {
    let mut shown = Vec::new();
    n.write(&mut shown);
    let bad = || Fault::new(&fpl::FPLSPC1575E, &[&shown]);
    let general = n.number();
    if !general.is_whole(&settings()) || (general.is_negative() && length.is_none()) {
        return Err(bad());
    }
    let negative = general.is_negative();
    let mut magnitude = general.magnitude_bytes().map_err(arithmetic)?;
    let Some(length) = length else {
        return Ok(magnitude);
    };
    let missing = length.saturating_sub(magnitude.len());
    magnitude.splice(0..0, std::iter::repeat_n(0, missing));
    if negative {
        // Two's complement: all bits changed, and one added.
        let mut carry = true;
        for byte in magnitude.iter_mut().rev() {
            let (changed, more) = (!*byte).overflowing_add(u8::from(carry));
            (*byte, carry) = (changed, more);
        }
    }
    Ok(magnitude.split_off(magnitude.len() - length))
}

fn d2c(g: &mut Given) -> Result<Value, Fault> {
    let n = g.num(0)?;
    let length = g.length(1)?;
    hosted(g, bytes(&n, length)?)
}

fn d2x(g: &mut Given) -> Result<Value, Fault> {
    let n = g.num(0)?;
    let length = g.length(1)?;
    let hex = convert::to_hex(&bytes(&n, length.map(|l| l.div_ceil(2)))?);
    let from = match length {
        Some(length) => hex.len() - length,
        None => hex.iter().position(|&d| d != b'0').unwrap_or(hex.len() - 1),
    };
    text(&hex[from..])
}

fn x2d(g: &mut Given) -> Result<Value, Fault> {
    let mut digits = g.text(0);
    let length = g.length(1)?;
    digits.retain(|b| *b != b' ');
    let Some(length) = length else {
        return exactly(Number::from_magnitude(false, &convert::from_hex(&digits)?));
    };
    let missing = length.saturating_sub(digits.len());
    digits.splice(0..0, std::iter::repeat_n(b'0', missing));
    let kept = digits.split_off(digits.len() - length);
    let magnitude = Number::from_magnitude(false, &convert::from_hex(&kept)?);
    let magnitude = magnitude.map_err(arithmetic)?;
    if !kept.first().is_some_and(|d| b"89abcdefABCDEF".contains(d)) {
        return number(magnitude.into());
    }
    let mut whole = vec![b'0'; length + 1];
    whole[0] = b'1';
    let whole = Number::from_magnitude(false, &convert::from_hex(&whole)?).map_err(arithmetic)?;
    exactly(magnitude.sub(&whole, &settings()))
}

fn datatype(g: &mut Given) -> Result<Value, Fault> {
    let value = g.text(0);
    let n = Number::parse(&value);
    if g.values.len() < 2 {
        return text(if n.is_some() { "NUM" } else { "CHAR" });
    }
    let all = |f: fn(&u8) -> bool| !value.is_empty() && value.iter().all(f);
    let yes = match g.option(1, b"NABLMUWX")? {
        b'A' => all(u8::is_ascii_alphanumeric),
        b'B' => value.iter().all(|b| b"01 ".contains(b)),
        b'L' => all(u8::is_ascii_lowercase),
        b'M' => all(u8::is_ascii_alphabetic),
        b'U' => all(u8::is_ascii_uppercase),
        b'W' => n.is_some_and(|n| n.is_whole(&settings())),
        b'X' => value.iter().all(|b| b.is_ascii_hexdigit() || *b == b' '),
        _ => n.is_some(),
    };
    Ok(Value::from(yes))
}
