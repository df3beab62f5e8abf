//! Arithmetic against a slow reference that follows the standard's routines on strings of digits, and
//! the cases of the manuals.

use std::cmp::Ordering;

use super::*;
use crate::base::random::Random;

/// The standard's ArithOp on digit strings: nothing shared with the code under test.
mod reference {
    #[derive(Clone, Debug)]
    pub struct Num {
        pub neg: bool,
        pub m: Vec<u8>,
        pub e: i64,
    }

    fn strip(m: &mut Vec<u8>) {
        while m.len() > 1 && m[0] == 0 {
            m.remove(0);
        }
    }

    fn is_zero(m: &[u8]) -> bool {
        m.iter().all(|d| *d == 0)
    }

    pub fn prepare(text: &str, digits: usize) -> Num {
        let text = text.trim();
        let (neg, body) = match text.strip_prefix('-') {
            Some(rest) => (true, rest.trim_start()),
            None => (false, text.trim_start_matches('+').trim_start()),
        };
        let upper = body.to_ascii_uppercase();
        let (mantissa, exponent) = upper.split_once('E').unwrap_or((&upper, "0"));
        let mut e: i64 = exponent.parse().unwrap();
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        e -= fraction.len() as i64;
        let mut m: Vec<u8> = (whole.to_owned() + fraction)
            .bytes()
            .map(|b| b - b'0')
            .collect();
        strip(&mut m);
        if m.len() > digits + 1 {
            e += (m.len() - digits - 1) as i64;
            m.truncate(digits + 1);
        }
        if is_zero(&m) {
            e = 0;
        }
        Num { neg, m, e }
    }

    fn add(a: &[u8], b: &[u8]) -> Vec<u8> {
        let n = a.len().max(b.len());
        let at = |v: &[u8], i: usize| if i < v.len() { v[v.len() - 1 - i] } else { 0 };
        let mut out = Vec::new();
        let mut carry = 0;
        for i in 0..n {
            let s = at(a, i) + at(b, i) + carry;
            out.push(s % 10);
            carry = s / 10;
        }
        if carry > 0 {
            out.push(carry);
        }
        out.reverse();
        out
    }

    fn less(a: &[u8], b: &[u8]) -> bool {
        let (mut a, mut b) = (a.to_vec(), b.to_vec());
        strip(&mut a);
        strip(&mut b);
        (a.len(), a) < (b.len(), b)
    }

    fn sub(a: &[u8], b: &[u8]) -> Vec<u8> {
        let at = |v: &[u8], i: usize| {
            if i < v.len() {
                v[v.len() - 1 - i] as i8
            } else {
                0
            }
        };
        let mut out = Vec::new();
        let mut borrow = 0;
        for i in 0..a.len() {
            let mut d = at(a, i) - at(b, i) - borrow;
            borrow = i8::from(d < 0);
            d += 10 * borrow;
            out.push(d as u8);
        }
        out.reverse();
        strip(&mut out);
        out
    }

    fn left(m: &[u8], n: usize) -> Vec<u8> {
        let mut out = m.to_vec();
        out.resize(n, 0);
        out
    }

    /// AddSubComp; `now` is DIGITS less FUZZ for a comparison.
    pub fn add_sub(a: Num, mut b: Num, minus: bool, now: usize) -> Num {
        b.neg ^= minus;
        if is_zero(&b.m) {
            return a;
        }
        if is_zero(&a.m) {
            return b;
        }
        let (mut m1, mut m2) = (a.m.clone(), b.m.clone());
        let (mut e1, e2) = (a.e + m1.len() as i64, b.e + m2.len() as i64);
        let align = (e1 - e2).unsigned_abs().min(now as u64 + 1) as usize;
        let zeros = vec![0u8; align];
        if e1 > e2 {
            m2 = [zeros, m2].concat();
        } else if e2 > e1 {
            m1 = [zeros, m1].concat();
            e1 = e2;
        }
        let mut sig = m1.len().max(m2.len()).min(now + 1);
        let (m1, m2) = (left(&m1, sig), left(&m2, sig));
        let mut e = e1 - sig as i64;
        let (neg, mut m) = if a.neg == b.neg {
            (a.neg, add(&m1, &m2))
        } else if less(&m1, &m2) {
            (b.neg, sub(&m2, &m1))
        } else {
            (a.neg, sub(&m1, &m2))
        };
        strip(&mut m);
        if m.len() > sig {
            sig += 1;
        }
        if sig <= now {
            return Num { neg, m, e };
        }
        let d = sig - now;
        if m.len() <= d {
            return Num {
                neg: false,
                m: vec![0],
                e: 0,
            };
        }
        let mut t = m.len() - d;
        m.truncate(t + 1);
        m = add(&m, &[5]);
        if m.len() > t + 1 {
            if t < now {
                t += 1;
            } else {
                e += 1;
            }
        }
        m.truncate(t);
        e += d as i64;
        Num { neg, m, e }
    }

    pub fn multiply(a: &Num, b: &Num) -> Num {
        let mut m = vec![0];
        for d in &b.m {
            m.push(0);
            for _ in 0..*d {
                m = add(&m, &a.m);
            }
        }
        strip(&mut m);
        Num {
            neg: a.neg != b.neg,
            m,
            e: a.e + b.e,
        }
    }

    /// The quotient as digits, `extra` zeros having been put after the dividend, and the remainder.
    fn long_division(a: &[u8], b: &[u8], extra: usize) -> (Vec<u8>, Vec<u8>) {
        let mut rest = vec![0];
        let mut q = Vec::new();
        for d in a.iter().copied().chain(std::iter::repeat_n(0, extra)) {
            rest.push(d);
            strip(&mut rest);
            let mut z = 0;
            while !less(&rest, b) {
                rest = sub(&rest, b);
                z += 1;
            }
            q.push(z);
        }
        strip(&mut q);
        (q, rest)
    }

    pub fn divide(a: &Num, b: &Num, digits: usize) -> Num {
        let extra = digits + 2 + b.m.len();
        let (m, _) = long_division(&a.m, &b.m, extra);
        Num {
            neg: a.neg != b.neg,
            m,
            e: a.e - b.e - extra as i64,
        }
    }

    /// Quotient and remainder of the whole division; `None` when the quotient has too many digits.
    pub fn whole(a: &Num, b: &Num, digits: usize) -> Option<(Num, Num)> {
        let low = a.e.min(b.e);
        let m1 = left(&a.m, a.m.len() + (a.e - low) as usize);
        let m2 = left(&b.m, b.m.len() + (b.e - low) as usize);
        let (q, r) = long_division(&m1, &m2, 0);
        if q.len() > digits {
            return None;
        }
        let rest = if is_zero(&q) {
            a.clone()
        } else {
            Num {
                neg: a.neg,
                m: r,
                e: low,
            }
        };
        Some((
            Num {
                neg: a.neg != b.neg,
                m: q,
                e: 0,
            },
            rest,
        ))
    }

    /// PostOp: rounding and the CMS or ANSI layout, scientific.
    pub fn post(n: Num, digits: usize, strip_zeros: bool, ansi: bool) -> String {
        let Num { neg, mut m, mut e } = n;
        strip(&mut m);
        if m.len() > digits {
            let t = m.len() - digits;
            m.truncate(digits + 1);
            m = add(&m, &[5]);
            if m.len() > digits + 1 {
                e += 1;
            }
            m.truncate(digits);
            e += t as i64;
        }
        if is_zero(&m) {
            return "0".into();
        }
        while strip_zeros && m.len() > 1 && m.last() == Some(&0) {
            m.pop();
            e += 1;
        }
        let text: String = m.iter().map(|d| char::from(b'0' + d)).collect();
        let n = text.len() as i64;
        let small = if ansi {
            n + e < -5
        } else {
            -e > 2 * digits as i64
        };
        let body = if e + n > digits as i64 || small {
            let exponent = e + n - 1;
            let point = if n > 1 { "." } else { "" };
            let sign = if exponent >= 0 { "+" } else { "" };
            format!("{}{point}{}E{sign}{exponent}", &text[..1], &text[1..])
        } else if e >= 0 {
            text + &"0".repeat(e as usize)
        } else if n + e > 0 {
            let (w, f) = text.split_at((n + e) as usize);
            format!("{w}.{f}")
        } else {
            format!("0.{}{text}", "0".repeat((-(n + e)) as usize))
        };
        if neg { format!("-{body}") } else { body }
    }
}

fn some_number(random: &mut Random) -> String {
    let mut text = String::new();
    if random.between(0, 2) == 0 {
        text.push('-');
    }
    let length = match random.between(0, 5) {
        0 => random.between(1, 60),
        1 => random.between(1, 22),
        _ => random.between(1, 11),
    };
    let shape = random.between(0, 3);
    let point = random.between(0, length * 2);
    for i in 0..length {
        if i == point {
            text.push('.');
        }
        let digit = match shape {
            // Runs of nines, zeros and fives are where carries and roundings happen.
            0 => [b'9', b'9', b'9', b'0'][random.between(0, 3) as usize],
            1 => [b'0', b'0', b'1', b'5'][random.between(0, 3) as usize],
            _ => b'0' + random.between(0, 9) as u8,
        };
        text.push(char::from(digit));
    }
    if random.between(0, 3) == 0 {
        let e = random.between(0, 30) as i64 - 15;
        text.push_str(&format!("E{e}"));
    }
    text
}

fn show(result: Result<Number, NumError>, settings: &Settings) -> String {
    match result {
        Ok(n) => String::from_utf8(n.format(settings)).unwrap(),
        Err(e) => format!("{e:?}"),
    }
}

#[test]
fn every_operation_agrees_with_the_standard_on_strings() {
    let mut random = Random::seeded(20);
    for round in 0..12_000 {
        let digits = match round % 4 {
            0 => 9,
            1 => random.between(1, 20) as u32,
            2 => random.between(17, 20) as u32,
            _ => random.between(1, 50) as u32,
        };
        let ansi = random.between(0, 1) == 1;
        let fuzz = if random.between(0, 2) == 0 {
            random.between(0, u64::from(digits) - 1)
        } else {
            0
        };
        let settings = Settings {
            digits,
            fuzz: fuzz as u32,
            small: if ansi {
                SmallRule::Ansi
            } else {
                SmallRule::Cms
            },
            ..Settings::default()
        };
        let (x, y) = (some_number(&mut random), some_number(&mut random));
        let (a, b) = (
            Number::parse(x.as_bytes()).unwrap(),
            Number::parse(y.as_bytes()).unwrap(),
        );
        let d = digits as usize;
        let (p, q) = (reference::prepare(&x, d), reference::prepare(&y, d));
        let context = format!("{x} ? {y} digits {digits} fuzz {fuzz} ansi {ansi}");
        let post = |n, zeros| reference::post(n, d, zeros, ansi);

        let sum = reference::add_sub(p.clone(), q.clone(), false, d);
        assert_eq!(
            show(a.add(&b, &settings), &settings),
            post(sum, false),
            "+ {context}"
        );
        let difference = reference::add_sub(p.clone(), q.clone(), true, d);
        assert_eq!(
            show(a.sub(&b, &settings), &settings),
            post(difference, false),
            "- {context}"
        );
        let product = reference::multiply(&p, &q);
        assert_eq!(
            show(a.mul(&b, &settings), &settings),
            post(product, false),
            "* {context}"
        );
        assert_eq!(
            show(a.plus(&settings), &settings),
            post(p.clone(), false),
            "+x {context}"
        );

        let order = reference::add_sub(p.clone(), q.clone(), true, d - fuzz as usize);
        let expected = match (a.is_zero(), b.is_zero(), a.is_negative(), b.is_negative()) {
            (true, true, ..) => Ordering::Equal,
            _ if order.m.iter().all(|d| *d == 0) => Ordering::Equal,
            _ if order.neg => Ordering::Less,
            _ => Ordering::Greater,
        };
        assert_eq!(a.compare(&b, &settings), expected, "= {context}");
        if b.is_zero() {
            assert_eq!(show(a.div(&b, &settings), &settings), "DivideByZero");
            continue;
        }
        let quotient = reference::divide(&p, &q, d);
        assert_eq!(
            show(a.div(&b, &settings), &settings),
            post(quotient, true),
            "/ {context}"
        );
        let (whole, rest) = match reference::whole(&p, &q, d) {
            Some((q, r)) => (post(q, false), post(r, false)),
            None => ("QuotientTooLong".into(), "RemainderTooLong".into()),
        };
        assert_eq!(
            show(a.int_div(&b, &settings), &settings),
            whole,
            "% {context}"
        );
        assert_eq!(show(a.rem(&b, &settings), &settings), rest, "// {context}");
    }
}

#[test]
fn powers_agree_with_the_standard_on_strings() {
    let mut random = Random::seeded(21);
    for _ in 0..1_500 {
        let digits = random.between(1, 30) as u32;
        let power = random.between(0, 40) as i64 - 12;
        let x = some_number(&mut random);
        let settings = Settings::default().with_digits(digits);
        if power.to_string().len() > digits as usize {
            continue;
        }
        let a = Number::parse(x.as_bytes()).unwrap();
        let result = show(a.pow(&Number::from(power), &settings), &settings);
        if a.is_zero() && power < 0 {
            assert_eq!(result, "DivideByZero");
            continue;
        }
        let working = digits as usize + power.unsigned_abs().to_string().len() + 1;
        let step = |n: reference::Num| {
            reference::prepare(&reference::post(n, working, false, true), working)
        };
        let base = reference::prepare(&x, digits as usize);
        let mut value = reference::prepare("1", working);
        if power != 0 {
            for bit in format!("{:b}", power.unsigned_abs()).bytes() {
                value = step(reference::multiply(&value, &value));
                if bit == b'1' {
                    value = step(reference::multiply(&value, &base));
                }
            }
            if power < 0 {
                let one = reference::prepare("1", working);
                let text = reference::post(
                    reference::divide(&one, &value, working),
                    working,
                    true,
                    true,
                );
                value = reference::prepare(&text, working);
            }
        }
        let expected = reference::post(value, digits as usize, power != 0, false);
        assert_eq!(result, expected, "{x} ** {power} digits {digits}");
    }
}

fn calculate(text: &str, settings: &Settings) -> String {
    let mut words = text.split(' ');
    let mut next = || words.next().unwrap_or_default();
    let (a, op, b) = (next(), next(), next());
    let a = Number::parse(a.as_bytes()).unwrap();
    let b = Number::parse(b.as_bytes()).unwrap();
    let result = match op {
        "+" => a.add(&b, settings),
        "-" => a.sub(&b, settings),
        "*" => a.mul(&b, settings),
        "/" => a.div(&b, settings),
        "%" => a.int_div(&b, settings),
        "//" => a.rem(&b, settings),
        "**" => a.pow(&b, settings),
        other => panic!("{other}"),
    };
    show(result, settings)
}

#[test]
fn cases_of_the_manuals() {
    let cms = Settings::default();
    let five = cms.with_digits(5);
    let ansi = Settings {
        small: SmallRule::Ansi,
        ..cms
    };
    for (settings, sum, value) in [
        (&cms, "12 + 7.00", "19.00"),
        (&cms, "1.3 - 1.07", "0.23"),
        (&cms, "1.3 - 2.07", "-0.77"),
        (&cms, "1.20 * 3", "3.60"),
        (&cms, "0.9 * 0.8", "0.72"),
        (&five, "2 / 3", "0.66667"),
        (&five, "2.4 / -1", "-2.4"),
        (&five, "2 / 4", "0.5"),
        (&five, "123456 + 0", "1.2346E+5"),
        (&cms, "2 ** 3", "8"),
        (&cms, "2 ** -3", "0.125"),
        (&cms, "1.7 ** 8", "69.7575744"),
        (&cms, "2 ** 31", "2.14748365E+9"),
        (&cms, "2 % 3", "0"),
        (&cms, "2.1 // 3", "2.1"),
        (&cms, "10 // 3", "1"),
        (&cms, "-10 // 3", "-1"),
        (&cms, "10.2 // 1", "0.2"),
        (&cms, "10 // 0.3", "0.1"),
        (&cms, "3.6 // 1.3", "1.0"),
        (&cms, "-5 // 5", "0"),
        (&cms, "1e10 + 1", "1.00000000E+10"),
        (&cms, "123456789 * 10", "1.23456789E+9"),
        (&cms, "54E27 * 1", "5.4E+28"),
        (&cms, "1e-7 * 1", "0.0000001"),
        (&ansi, "1e-7 * 1", "1E-7"),
        (&ansi, "1e-6 * 1", "0.000001"),
        (&cms, "1e-18 * 1", "0.000000000000000001"),
        (&cms, "1e-19 * 1", "1E-19"),
        (&cms, "5e999999999 * 2", "Overflow"),
        (&cms, "1e-999999999 / 10", "Underflow"),
        (&cms, "1e999999999 + 9e999999999", "Overflow"),
        (&cms, "9e999999999 - 9e999999999", "0"),
        (&cms, "10 ** 999999999", "1E+999999999"),
        (&cms, "11 ** 999999999", "Overflow"),
        (&cms, "11 ** -999999999", "Underflow"),
        (&cms, "1 ** 999999999", "1"),
        (&cms, "2 ** 0.5", "PowerNotWhole"),
        (&cms, "2 ** 1e10", "PowerNotWhole"),
        (&cms, "0 ** 0", "1"),
        (&cms, "1e9 % 1", "QuotientTooLong"),
        (&cms, "1e999999999 // 7", "RemainderTooLong"),
        (&cms, "7 // 1e999999999", "7"),
    ] {
        assert_eq!(calculate(sum, settings), value, "{sum}");
    }
    let engineering = Settings {
        form: Form::Engineering,
        ..cms
    };
    assert_eq!(calculate("123.45 * 1e11", &engineering), "12.345E+12");
    assert_eq!(calculate("1 * 1e11", &engineering), "100E+9");
    assert_eq!(calculate("1 * 1e-20", &engineering), "10E-21");
}

#[test]
fn whole_numbers_under_digits() {
    let s = Settings::default();
    for (text, value) in [
        ("12", Some(12)),
        (" -7.000 ", Some(-7)),
        ("1.5E1", Some(15)),
        ("1e8", Some(100_000_000)),
        ("1e9", None),
        ("1234567890", None),
        ("0.5", None),
        ("1.0000000000001", None),
        ("0.000", Some(0)),
        ("-0", Some(0)),
        ("1000e-3", Some(1)),
    ] {
        assert_eq!(
            Number::parse(text.as_bytes()).unwrap().whole(&s),
            value,
            "{text}"
        );
    }
    let long = Number::parse(b"123456789012345678901234567890").unwrap();
    assert!(long.is_whole(&s.with_digits(30)));
    assert_eq!(long.whole(&s.with_digits(30)), None);
    let long = Number::parse(b"12345678901.0000000000000").unwrap();
    assert_eq!(long.whole(&s.with_digits(30)), Some(12_345_678_901));
}

#[test]
fn bytes_there_and_back() {
    let mut random = Random::seeded(3);
    for _ in 0..500 {
        let n = random.between(1, 40) as usize;
        let mut bytes: Vec<u8> = (0..n).map(|_| random.between(0, 255) as u8).collect();
        bytes[0] |= 1;
        let number = Number::from_magnitude(false, &bytes);
        assert_eq!(number.map(|n| n.magnitude_bytes()), Ok(Ok(bytes.to_vec())));
    }
    let wide = Settings::default().with_digits(40);
    assert_eq!(
        Number::from_magnitude(true, &[1, 0, 0]).map(|n| n.format(&wide)),
        Ok(b"-65536".to_vec())
    );
    let zero = Number::from_magnitude(true, &[0, 0]);
    assert_eq!(zero.map(|n| n.format(&wide)), Ok(b"0".to_vec()));
}
