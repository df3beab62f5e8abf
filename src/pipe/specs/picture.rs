//! Pictures: how PRINT edits a number. They are those of PL/I (*Language Reference*, "Picture specification
//! characters"), except that a period stands for the decimal point where there is no V, and that digits which
//! have no place after the point are rounded.

use super::value::{Num, settings};
use crate::base::msg::fpl;
use crate::num::{Layout, Number};
use crate::pipe::args::{self, Fault};

/// The longest picture, its repetitions written out.
const LONGEST: usize = 255;

/// The most digits of a number.
const DIGITS: usize = 31;

/// One character of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    /// `9`: a digit.
    Digit,
    /// `Z` and `*`: a digit, or this instead of a leading zero.
    Suppress(u8),
    /// `Y`: a digit, or a blank instead of any zero.
    BlankZero,
    /// A sign or currency symbol of several: the first only makes room.
    Drift { symbol: u8, first: bool },
    /// A sign or currency symbol by itself.
    Static(u8),
    /// `, . / B`
    Insert(u8),
    /// `V`, or the period that stands for it: where the fraction begins.
    Point,
    /// `CR` and `DB`: shown for a negative number.
    Credit([u8; 2]),
    /// `E` and `K`: where the exponent begins, and what is shown there.
    Exponent(Option<u8>),
}

use Element::*;

/// A picture.
#[derive(Debug, Clone)]
pub(super) struct Picture {
    elements: Vec<Element>,
    /// Where the exponent begins.
    split: Option<usize>,
    /// Digits before and after the point.
    whole: usize,
    places: usize,
    signed: bool,
}

fn digits(elements: &[Element]) -> usize {
    let is_digit = |e: &&Element| {
        matches!(
            e,
            Digit | Suppress(_) | BlankZero | Drift { first: false, .. }
        )
    };
    elements.iter().filter(is_digit).count()
}

impl Picture {
    /// Reads a picture.
    ///
    /// # Errors
    /// 671 not a picture character, 672 twice what may stand once, 676 no digits, 670 too long.
    pub fn read(word: &[u8]) -> Result<Picture, Fault> {
        let chars = written_out(word)?;
        let twice = || Fault::new(&fpl::FPLSPC672E, &[word]);
        let exponent = chars.iter().position(|c| b"EK".contains(c));
        let (mantissa, rest) = chars.split_at(exponent.unwrap_or(chars.len()));
        let mut elements = elements_of(mantissa, word)?;
        let split = exponent.map(|_| elements.len());
        if let [first, rest @ ..] = rest {
            elements.push(Exponent((*first == b'E').then_some(b'E')));
            let of_power = elements_of(rest, word)?;
            let plain = |e: &Element| matches!(e, Digit | Suppress(_) | Static(b'S' | b'+' | b'-'));
            if digits(&of_power) == 0 || !of_power.iter().all(plain) {
                return Err(twice());
            }
            elements.extend(of_power);
        }
        let mantissa = &elements[..split.unwrap_or(elements.len())];
        let count = |which: fn(&&Element) -> bool| mantissa.iter().filter(which).count();
        let signs = count(|e| {
            matches!(
                e,
                Static(b'S' | b'+' | b'-')
                    | Credit(_)
                    | Drift {
                        symbol: b'S' | b'+' | b'-',
                        first: true
                    }
            )
        });
        let points = mantissa.iter().position(|e| *e == Point);
        if signs > 1 || count(|e| **e == Point) > 1 {
            return Err(twice());
        }
        let all = digits(mantissa);
        let whole = digits(&mantissa[..points.unwrap_or(mantissa.len())]);
        match all {
            0 => return Err(Fault::new(&fpl::FPLSPC676E, &[word])),
            1..=DIGITS => {}
            _ => return Err(Fault::new(&fpl::FPLSPC670E, &[word])),
        }
        Ok(Picture {
            split,
            whole,
            places: all - whole,
            signed: signs == 1,
            elements,
        })
    }

    /// Appends the edited number.
    ///
    /// # Errors
    /// 1050 the number does not fit, 1050 it is negative and the picture has no sign.
    pub fn edit(&self, n: &Num, out: &mut Vec<u8>) -> Result<(), Fault> {
        let shown = || {
            let mut text = Vec::new();
            n.write(&mut text);
            text
        };
        let general = n.number();
        let parts = match self.split {
            None => self.fixed(&general).map(|digits| (digits, None)),
            Some(_) => self.floating(&general).map(|(d, x)| (d, Some(x))),
        };
        let (found, power) = parts.ok_or_else(|| Fault::new(&fpl::FPLSPC1050E, &[&shown()]))?;
        let zero = found.iter().all(|&d| d == b'0');
        let negative = general.is_negative() && !zero;
        if negative && !self.signed {
            return Err(Fault::new(&fpl::FPLSPC1050E, &[&shown()]));
        }
        let end = self.split.unwrap_or(self.elements.len());
        edit(&self.elements[..end], &found, negative, out);
        let Some(power) = power else {
            return Ok(());
        };
        if let Some(Exponent(Some(letter))) = self.elements.get(end) {
            out.push(*letter);
        }
        let rest = &self.elements[end + 1..];
        let text = power.abs().to_string().into_bytes();
        let room = digits(rest);
        if text.len() > room {
            return Err(Fault::new(&fpl::FPLSPC1050E, &[&shown()]));
        }
        let mut padded = vec![b'0'; room - text.len()];
        padded.extend(text);
        edit(rest, &padded, power < 0, out);
        Ok(())
    }

    /// The digits of a number, as many as the picture has; `None` when it has too few.
    fn fixed(&self, n: &Number) -> Option<Vec<u8>> {
        if n.reach() > DIGITS + 1 {
            return None;
        }
        let layout = Layout {
            after: Some(self.places),
            expp: Some(0),
            ..Layout::default()
        };
        let text = n.layout(&layout, &settings().with_digits(80)).ok()?;
        let found = text.into_iter().filter(u8::is_ascii_digit);
        let found: Vec<u8> = found.skip_while(|&d| d == b'0').collect();
        let missing = (self.whole + self.places).checked_sub(found.len())?;
        let mut all = vec![b'0'; missing];
        all.extend(found);
        Some(all)
    }

    /// The first digits of a number and its power of ten.
    fn floating(&self, n: &Number) -> Option<(Vec<u8>, i64)> {
        let total = self.whole + self.places;
        let n = n.clone().abs();
        let n = n.rounded(u32::try_from(total).ok()?).into_owned();
        if n.is_zero() {
            return Some((vec![b'0'; total], 0));
        }
        // Up to 31 digits, which may be more than a machine word has: they are taken from the text.
        let text = n.format(&crate::num::Settings::default().with_digits(1000));
        let text = String::from_utf8(text).ok()?;
        let (number, power) = match text.split_once('E') {
            Some((number, power)) => (number, power.parse::<i64>().ok()?),
            None => (text.as_str(), 0),
        };
        let point = number.find('.').unwrap_or(number.len());
        let mut found: Vec<u8> = number.bytes().filter(u8::is_ascii_digit).collect();
        let zeros = found.iter().position(|&d| d != b'0').unwrap_or(0);
        found.drain(..zeros);
        found.resize(total, b'0');
        let reach = i64::try_from(point).ok()? - i64::try_from(zeros).ok()? + power;
        Some((found, reach - i64::try_from(self.whole).ok()?))
    }
}

/// The characters of a picture in capitals, repetition factors written out.
fn written_out(word: &[u8]) -> Result<Vec<u8>, Fault> {
    let too_long = || Fault::new(&fpl::FPLSPC670E, &[word]);
    let mut chars = Vec::new();
    let mut rest = word;
    let mut times = 1;
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first == b'(' {
            let bad = || Fault::new(&fpl::FPLSPC671E, &[b"(", word]);
            let close = tail.iter().position(|&b| b == b')').ok_or_else(bad)?;
            let n = args::unsigned(&tail[..close])?;
            times = usize::try_from(n).unwrap_or(usize::MAX);
            rest = &tail[close + 1..];
            continue;
        }
        if times > LONGEST || chars.len() + times > LONGEST {
            return Err(too_long());
        }
        chars.resize(chars.len() + times, first.to_ascii_uppercase());
        times = 1;
    }
    Ok(chars)
}

fn elements_of(chars: &[u8], word: &[u8]) -> Result<Vec<Element>, Fault> {
    let with_v = chars.contains(&b'V');
    let mut seen_point = false;
    let mut drifting = Vec::new();
    let mut out = Vec::new();
    let mut rest = chars;
    while let [first, tail @ ..] = rest {
        rest = tail;
        match *first {
            b'9' => out.push(Digit),
            b'Z' => out.push(Suppress(b' ')),
            b'*' => out.push(Suppress(b'*')),
            b'Y' => out.push(BlankZero),
            b'V' => out.push(Point),
            b'.' => {
                if !with_v && !seen_point {
                    out.push(Point);
                    seen_point = true;
                }
                out.push(Insert(b'.'));
            }
            b',' | b'/' => out.push(Insert(*first)),
            b'B' => out.push(Insert(b' ')),
            b'C' | b'D' => {
                let second = if *first == b'C' { b'R' } else { b'B' };
                if tail.first() != Some(&second) {
                    return Err(Fault::new(&fpl::FPLSPC671E, &[&[*first], word]));
                }
                rest = &tail[1..];
                out.push(Credit([*first, second]));
            }
            symbol @ (b'S' | b'+' | b'-' | b'$') => {
                let several = chars.iter().filter(|&&c| c == symbol).count() > 1;
                let first = several && !drifting.contains(&symbol);
                drifting.push(symbol);
                out.push(match several {
                    true => Drift { symbol, first },
                    false => Static(symbol),
                });
            }
            other => return Err(Fault::new(&fpl::FPLSPC671E, &[&[other], word])),
        }
    }
    Ok(out)
}

/// How a sign or currency symbol is shown.
fn symbol_shown(symbol: u8, negative: bool) -> u8 {
    match (symbol, negative) {
        (b'S', false) => b'+',
        (b'S' | b'-', true) => b'-',
        (b'+', true) | (b'-', false) => b' ',
        _ => symbol,
    }
}

/// Writes digits by the elements of a picture.
fn edit(elements: &[Element], found: &[u8], negative: bool, out: &mut Vec<u8>) {
    let mut found = found.iter().copied();
    let zero = found.clone().all(|d| d == b'0');
    let plain = |e: &Element| matches!(e, Digit | BlankZero);
    // A zero without any place that must be shown is not shown at all.
    let nothing = zero && digits(elements) > 0 && !elements.iter().any(plain);
    let mut significant = false;
    let mut fill = b' ';
    let mut floating: Option<(u8, usize)> = None;
    for element in elements {
        match *element {
            Digit => {
                significant = true;
                out.extend(found.next());
            }
            BlankZero => match found.next() {
                Some(b'0') | None => out.push(b' '),
                Some(d) => {
                    significant = true;
                    out.push(d);
                }
            },
            Suppress(instead) => {
                fill = instead;
                let digit = found.next().unwrap_or(b'0');
                significant |= digit != b'0';
                out.push(if significant { digit } else { instead });
            }
            Drift { symbol, first } => {
                let digit = if first { None } else { found.next() };
                significant |= digit.is_some_and(|d| d != b'0');
                match digit {
                    Some(digit) if significant => out.push(digit),
                    _ => {
                        floating = Some((symbol, out.len()));
                        out.push(b' ');
                    }
                }
            }
            Static(symbol) => out.push(symbol_shown(symbol, negative)),
            Point => significant |= !nothing,
            Insert(b' ') => out.push(b' '),
            Insert(shown) if significant => out.push(shown),
            Insert(_) => {
                if let Some((_, at)) = &mut floating {
                    *at = out.len();
                }
                out.push(fill);
            }
            Credit(shown) if negative => out.extend(shown),
            Credit(_) => out.extend(b"  "),
            Exponent(_) => {}
        }
    }
    if let Some((symbol, at)) = floating.filter(|_| !nothing) {
        out[at] = symbol_shown(symbol, negative);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(picture: &str, n: &str) -> Result<String, i32> {
        let picture = Picture::read(picture.as_bytes()).map_err(|f| f.rc())?;
        let mut out = Vec::new();
        let n = Num::parse(n.as_bytes()).unwrap();
        picture.edit(&n, &mut out).map_err(|f| f.rc())?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn numbers_are_edited() {
        for (picture, n, is) in [
            ("9999", "12", "0012"),
            ("zzz9", "12", "  12"),
            ("ZZZZ", "0", "    "),
            ("****", "12", "**12"),
            ("****", "0", "****"),
            ("yyyy", "1020", "1 2 "),
            ("zz,zz9.99", "1234.5", " 1,234.50"),
            ("zz,zz9.99", "0.05", "     0.05"),
            ("zz,zzz.zz", "0.05", "      .05"),
            ("zz,zzz.zz", "0", "         "),
            ("**,***.**", "0", "*********"),
            ("**,**9.99", "12.3", "****12.30"),
            ("9V99", "1.23", "123"),
            ("zz9V.99", "1.005", "  1.01"),
            ("s999", "-7", "-007"),
            ("s999", "7", "+007"),
            ("-999", "7", " 007"),
            ("999-", "-7", "007-"),
            ("+++9", "7", "  +7"),
            ("---9", "-7", "  -7"),
            ("---9", "7", "   7"),
            ("----", "0", "    "),
            ("-,---,--9.99", "-1234.5", "   -1,234.50"),
            ("-,---,--9.99", "-4.5", "       -4.50"),
            ("$$$$9.99", "12.5", "  $12.50"),
            ("$zzz9.99", "12.5", "$  12.50"),
            ("$z,zz9.99cr", "-12.5", "$   12.50CR"),
            ("$z,zz9.99cr", "12.5", "$   12.50  "),
            ("999db", "-1", "001DB"),
            ("99/99/99", "20126", "02/01/26"),
            ("99b99", "1234", "12 34"),
            ("(5)z9", "42", "    42"),
            ("9.999es99", "12345", "1.235E+04"),
            ("s9.9es99", "-0.00012", "-1.2E-04"),
            ("9.9e99", "0", "0.0E00"),
            ("99v9ks9", "1234", "123+2"),
            ("9(3)z", "1", "0001"),
        ] {
            assert_eq!(show(picture, n), Ok(is.to_string()), "{picture} {n}");
        }
    }

    #[test]
    fn what_does_not_fit_is_told() {
        for (picture, n, rc) in [
            ("999", "1000", -1050),
            ("99.9", "99.96", -1050),
            ("999", "-1", -1050),
            ("9es9", "1e12", -1050),
            ("q", "1", -671),
            ("9c", "1", -671),
            ("(2", "1", -671),
            ("(x)9", "1", -58),
            ("9v9v9", "1", -672),
            ("s9-", "1", -672),
            ("9e", "1", -672),
            (",,", "1", -676),
            ("(32)9", "1", -670),
            ("(99999)9", "1", -670),
        ] {
            assert_eq!(show(picture, n), Err(rc), "{picture} {n}");
        }
        assert_eq!(show("999", "-0.4"), Ok("000".into()), "rounded to zero");
    }
}
