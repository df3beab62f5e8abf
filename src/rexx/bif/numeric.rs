//! Built-in functions of arithmetic, DATATYPE and RANDOM (ANSI X3.274 sections 9.4 and 9.8; SC24-5770
//! chapter 3).

use std::cmp::Ordering;

use crate::base::random::Random;
use crate::num::{Layout, LayoutError, NumError, Number, Settings};

use super::args::{given, number, option, text, whole};
use super::check::{is_grouped, is_symbol};
use super::{Bif, BifContext, Error, Value};

pub(super) const TABLE: &[Bif] = &[
    Bif::new(
        "ABS",
        "rNUM",
        abs,
        "The number without its sign.",
        "ABS('-0.307') == '0.307'",
    ),
    Bif::new(
        "DATATYPE",
        "rANY oABLMNSUWX",
        datatype,
        "NUM or CHAR; with a type, whether the string is of it.",
        "DATATYPE('12.3','N') == 1",
    ),
    Bif::new(
        "FORMAT",
        "rNUM oWHOLE>=0 oWHOLE>=0 oWHOLE>=0 oWHOLE>=0",
        format,
        "A number laid out in places before and after the point, and for the exponent.",
        "FORMAT('12345.73',,,2,2) == '1.234573E+04'",
    ),
    Bif::new(
        "MAX",
        "rNUM+",
        max,
        "The largest of the numbers.",
        "MAX(-7,-3,-4.3) == '-3'",
    ),
    Bif::new(
        "MIN",
        "rNUM+",
        min,
        "The smallest of the numbers.",
        "MIN(-7,-3,-4.3) == '-7'",
    ),
    Bif::new(
        "RANDOM",
        "oWHOLE>=0 oWHOLE>=0 oWHOLE>=0",
        random,
        "A whole number between two others, at random; a seed makes it repeatable.",
        "RANDOM(5,5) == 5",
    ),
    Bif::new(
        "SIGN",
        "rNUM",
        sign,
        "-1, 0 or 1 for a number below, at or above zero.",
        "SIGN(' -0.307') == -1",
    ),
    Bif::new(
        "TRUNC",
        "rNUM oWHOLE>=0",
        trunc,
        "The whole part of a number, and so many digits after the point.",
        "TRUNC(127.09782,3) == '127.097'",
    ),
];

type Context<'a> = BifContext<'a>;
type Args = [Option<Value>];
type Outcome = Result<Value, Error>;

fn arithmetic(e: NumError) -> Error {
    let (code, subcode) = e.code();
    Error::bare(code, subcode)
}

/// A numeric argument, rounded to the caller's DIGITS.
fn rounded(context: &Context, args: &Args, index: usize) -> Result<Number, Error> {
    number(args, index)
        .plus(&context.settings)
        .map_err(arithmetic)
}

fn abs(context: &mut Context, args: &Args) -> Outcome {
    let n = rounded(context, args, 0)?.abs();
    Ok(context.value(&n))
}

fn sign(context: &mut Context, args: &Args) -> Outcome {
    let n = rounded(context, args, 0)?;
    Ok(Value::int(match (n.is_zero(), n.is_negative()) {
        (true, _) => 0,
        (false, true) => -1,
        (false, false) => 1,
    }))
}

fn max(context: &mut Context, args: &Args) -> Outcome {
    extreme(context, args, Ordering::Greater)
}

fn min(context: &mut Context, args: &Args) -> Outcome {
    extreme(context, args, Ordering::Less)
}

fn extreme(context: &mut Context, args: &Args, wanted: Ordering) -> Outcome {
    let exact = Settings {
        fuzz: 0,
        ..context.settings
    };
    let mut best = rounded(context, args, 0)?;
    let digits = context.settings.digits as usize;
    if digits > LONG_NUMBER {
        context.host.storage(digits)?;
    }
    for index in 1..args.len() {
        if given(args, index).is_none() {
            return Err(context.fail(5, &[(index + 1).to_string().as_bytes()]));
        }
        let next = rounded(context, args, index)?;
        if next.compare(&best, &exact) == wanted {
            best = next;
        }
    }
    Ok(context.value(&best))
}

fn trunc(context: &mut Context, args: &Args) -> Outcome {
    let places = whole(args, 1).unwrap_or(0);
    let n = rounded(context, args, 0)?;
    context.room(places)?;
    context.room(n.reach())?;
    n.truncated(places, &context.settings)
        .map(Value::from_vec)
        .map_err(|_| Error::bare(5, 0))
}

fn format(context: &mut Context, args: &Args) -> Outcome {
    let n = rounded(context, args, 0)?;
    if (1..5).all(|index| given(args, index).is_none()) {
        return Ok(context.value(&n));
    }
    let layout = Layout {
        before: whole(args, 1),
        after: whole(args, 2),
        expp: whole(args, 3),
        expt: whole(args, 4),
    };
    for width in [layout.before, layout.after, layout.expp] {
        context.room(width.unwrap_or(0))?;
    }
    if layout.expp == Some(0) || layout.expt.is_some() {
        context.room(n.reach().min(crate::num::LONGEST as usize))?;
    }
    n.layout(&layout, &context.settings)
        .map(Value::from_vec)
        .map_err(|e| {
            let which: &[u8] = match e {
                LayoutError::Before => b"2",
                LayoutError::Exponent => b"4",
                LayoutError::TooLong => return Error::bare(5, 0),
            };
            context.fail(38, &[which, &n.format(&context.settings)])
        })
}

fn datatype(context: &mut Context, args: &Args) -> Outcome {
    let settings = context.settings;
    text(args, 0, |s| {
        let Some(_) = given(args, 1) else {
            let numeric = Number::parse(s).is_some();
            return Ok(Value::from(if numeric { "NUM" } else { "CHAR" }));
        };
        let every = |test: fn(&u8) -> bool| !s.is_empty() && s.iter().all(test);
        let holds = match option(args, 1, b'N') {
            b'A' => every(u8::is_ascii_alphanumeric),
            b'B' => is_grouped(s, 4, |b| matches!(b, b'0' | b'1')),
            b'L' => every(u8::is_ascii_lowercase),
            b'M' => every(u8::is_ascii_alphabetic),
            b'N' => Number::parse(s).is_some(),
            b'S' => is_symbol(s),
            b'U' => every(u8::is_ascii_uppercase),
            b'W' => Number::parse(s).is_some_and(|n| n.is_whole(&settings)),
            _ => is_grouped(s, 2, |b| b.is_ascii_hexdigit()),
        };
        Ok(Value::truth(holds))
    })
}

/// Comparing numbers of so many digits takes storage worth the mention.
const LONG_NUMBER: usize = 10_000;

/// The widest range of RANDOM.
const WIDEST: usize = 100_000;

fn random(context: &mut Context, args: &Args) -> Outcome {
    let alone = given(args, 1).is_none() && given(args, 2).is_none();
    let (low, high) = match whole(args, 0) {
        Some(high) if alone => (0, high),
        low => (low.unwrap_or(0), whole(args, 1).unwrap_or(999)),
    };
    let (low_text, high_text) = (low.to_string(), high.to_string());
    if high < low {
        return Err(context.fail(33, &[low_text.as_bytes(), high_text.as_bytes()]));
    }
    if high - low > WIDEST {
        return Err(if alone {
            context.fail(31, &[high_text.as_bytes()])
        } else {
            context.fail(32, &[low_text.as_bytes(), high_text.as_bytes()])
        });
    }
    if let Some(seed) = whole(args, 2) {
        *context.random = Random::seeded(seed as u64);
    }
    let v = context.random.between(low as u64, high as u64);
    Ok(Value::int(v as i64))
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use crate::num::{Form, SmallRule};

    #[test]
    fn cases_of_the_manual() {
        Bench::new().table(
            r"
            ABS('12.3') == '12.3'
            ABS(' -0.307') == '0.307'
            ABS('-0') == 0
            ABS('1234567890') == '1.23456789E+9'
            ABS('x') ! 40.11 ABS|1|x
            ABS('') ! 40.11 ABS|1|
            ABS('1e1000000000') ! 40.9 ABS|1|9|1e1000000000
            DATATYPE(' 12 ') == 'NUM'
            DATATYPE('') == 'CHAR'
            DATATYPE('123*') == 'CHAR'
            DATATYPE('12.3','N') == 1
            DATATYPE('12.3','W') == 0
            DATATYPE('Fred','M') == 1
            DATATYPE('','M') == 0
            DATATYPE('Fred','L') == 0
            DATATYPE('?20K','s') == 1
            DATATYPE('BCd3','X') == 1
            DATATYPE('BC d3','X') == 1
            DATATYPE('B Cd35','X') == 1
            DATATYPE('BCd 3','X') == 0
            DATATYPE('','X') == 1
            DATATYPE('','B') == 1
            DATATYPE('','N') == 0
            DATATYPE('1 0010','B') == 1
            DATATYPE('1010 ','B') == 0
            DATATYPE('1e9','W') == 0
            DATATYPE('1e8','W') == 1
            DATATYPE('12.00','W') == 1
            DATATYPE('1e9999999999') == 'CHAR'
            DATATYPE('1.5e+3','S') == 1
            DATATYPE('a+b','S') == 0
            DATATYPE('aB1','A') == 1
            DATATYPE('a','Z') ! 40.28 DATATYPE|2|ABLMNSUWX|Z
            MAX(12,6,7,9) == 12
            MAX('17.3',19,'17.03') == 19
            MAX(-7,-3,-4.3) == -3
            MAX('1.0',1) == '1.0'
            MAX(1,,2) ! 40.5 MAX|2
            MAX() ! 40.3 MAX|1
            MAX(1,'x') ! 40.11 MAX|2|x
            MIN(12,6,7,9) == 6
            MIN('17.3',19,'17.03') == '17.03'
            SIGN('12.3') == 1
            SIGN(0.0) == 0
            TRUNC(12.3) == 12
            TRUNC(127.09782,3) == '127.097'
            TRUNC(127.1,3) == '127.100'
            TRUNC(127,2) == '127.00'
            TRUNC(0.000001,3) == '0.000'
            TRUNC(-0.5) == 0
            TRUNC(-0.5,1) == '-0.5'
            TRUNC(-0.04,1) == '0.0'
            TRUNC(1e5) == 100000
            TRUNC('1.5e20',1) == '150000000000000000000.0'
            TRUNC('999999999.9') == '1000000000'
            TRUNC(0,2) == '0.00'
            TRUNC(1e-999999999,3) == '0.000'
            FORMAT('1e-999999999',,2,0) == '0.00'
            FORMAT('1e-999999999',,,0) ! 5.0
            FORMAT('1e999999999',,,0) ! 5.0
            FORMAT('1e999999999',,,,0) == '1E+999999999'
            FORMAT('0.5',,0) == '1'
            FORMAT('0.05',,0) == '0'
            FORMAT('0.05',,1) == '0.1'
            TRUNC(1e999999999) == ''
            RANDOM(7,7) == 7
            RANDOM(0) == 0
            RANDOM(5,3) ! 40.33 RANDOM|5|3
            RANDOM(100001) ! 40.31 RANDOM|100001
            RANDOM(1,200000) ! 40.32 RANDOM|1|200000
            RANDOM(-1) ! 40.13 RANDOM|1|-1
            "
            .replace("TRUNC(1e999999999) == ''", "TRUNC('2e999999999') ! 5.0 ")
            .as_str(),
        );
    }

    #[test]
    fn format_lays_out() {
        Bench::new().table(
            r"
            FORMAT('3',4) == '   3'
            FORMAT('1.73',4,0) == '   2'
            FORMAT('1.73',4,3) == '   1.730'
            FORMAT('-.76',4,1) == '  -0.8'
            FORMAT('3.03',4) == '   3.03'
            FORMAT(' - 12.73',,4) == '-12.7300'
            FORMAT(' - 12.73') == '-12.73'
            FORMAT('0.000') == '0'
            FORMAT('12345.73',,,2,2) == '1.234573E+04'
            FORMAT('12345.73',,3,,0) == '1.235E+4'
            FORMAT('1.234573',,3,,0) == '1.235'
            FORMAT('12345.73',,,3,6) == '12345.73'
            FORMAT('1234567e5',,3,0) == '123456700000.000'
            FORMAT('123.45',,3,2,0) == '1.235E+02'
            FORMAT('1.2345',,3,2,0) == '1.235    '
            FORMAT('9.999',,2) == '10.00'
            FORMAT('999.9',2) ! 40.38 FORMAT|2|999.9
            FORMAT('-99',2) ! 40.38 FORMAT|2|-99
            FORMAT('1e123',,,2) ! 40.38 FORMAT|4|1E+123
            FORMAT('99999',,0,2,0) == '1E+05'
            FORMAT('-0.001',,2) == '0.00'
            FORMAT('0.05',,,2,0) == '5E-02'
            FORMAT('1e-10',,3) == '0.000'
            FORMAT('1e-30',,3) == '1.000E-30'
            FORMAT('0',,2,2,0) == '0.00    '
            FORMAT('1234567890') == '1.23456789E+9'
            FORMAT('123456789.96',,1) == '123456790.0'
            FORMAT('0.0001234',,,,2) == '1.234E-4'
            FORMAT('12',,,,1) == '1.2E+1'
            ",
        );
        let mut bench = Bench::new();
        bench.settings.form = Form::Engineering;
        bench.table(
            r"
            FORMAT('12345.73',,,2,2) == '12.34573E+03'
            FORMAT('999999',,0,2,0) == '1E+06'
            FORMAT('999.96e3',3,1,,0) == '  1.0E+6'
            FORMAT('1e20') == '100E+18'
            ",
        );
        let mut bench = Bench::new();
        bench.settings.small = SmallRule::Ansi;
        bench.table(
            r"
            FORMAT('1e-7',,9) == '1.000000000E-7'
            FORMAT('1e-6',,9) == '0.000001000'
            ",
        );
    }

    #[test]
    fn random_numbers_repeat_with_their_seed_and_keep_the_range() {
        let mut bench = Bench::new();
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..2_000 {
            let v: i64 = bench.text("RANDOM(3,9)").parse().unwrap();
            assert!((3..=9).contains(&v));
            seen.insert(v);
        }
        assert_eq!(seen.len(), 7, "every value comes up");
        let sequence = |bench: &mut Bench| {
            let first = bench.text("RANDOM(,,42)");
            [first, bench.text("RANDOM()"), bench.text("RANDOM(50)")]
        };
        assert_eq!(sequence(&mut bench), sequence(&mut Bench::new()));
        for _ in 0..200 {
            let v: i64 = bench.text("RANDOM()").parse().unwrap();
            assert!((0..=999).contains(&v));
        }
    }
}
