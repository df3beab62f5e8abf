//! Arithmetic against the decNumber library, which was made after this arithmetic, at random settings.
//!
//! Operands have at most DIGITS digits, and those of a sum lie close enough together that nothing of them
//! is cut before it is added: there the two agree exactly. What REXX does beyond is in the suite's EXECs.

use super::case::Level;
use super::ours;
use dec::{Context, Decimal, Rounding};
use proptest::prelude::*;
use proptest::string::string_regex;
use std::cmp::Ordering;

/// Room for every exact result.
type Big = Decimal<80>;

/// A setting of DIGITS, and two numbers that fit it.
#[derive(Debug, Clone)]
struct Operands {
    digits: usize,
    a: String,
    b: String,
}

fn matching(pattern: String) -> impl Strategy<Value = String> {
    string_regex(&pattern).unwrap()
}

fn number(digits: usize) -> impl Strategy<Value = String> {
    let coefficient = prop_oneof![
        matching(format!("[1-9][0-9]{{0,{}}}", digits - 1)),
        matching(format!("[1-9]0{{0,{}}}", digits - 1)),
        matching(format!("9{{1,{digits}}}")),
        Just("0".to_owned()),
    ];
    let exponent = prop_oneof![3 => -6i64..6, 1 => -60i64..60];
    (any::<bool>(), coefficient, exponent)
        .prop_map(|(minus, c, e)| format!("{}{c}E{e}", if minus { "-" } else { "" }))
}

fn operands() -> impl Strategy<Value = Operands> {
    (1usize..=50).prop_flat_map(|digits| {
        (number(digits), number(digits)).prop_map(move |(a, b)| Operands { digits, a, b })
    })
}

fn context(digits: usize) -> Context<Big> {
    let mut context = Context::<Big>::default();
    context.set_precision(digits).unwrap();
    context.set_rounding(Rounding::HalfUp);
    context
}

fn big(text: &str) -> Big {
    Context::<Big>::default().parse(text).unwrap()
}

/// What our interpreter gives for an expression: its value, or the error.
fn ours(digits: usize, expression: &str) -> Result<String, (u16, u16)> {
    let program = format!("numeric digits {digits}; say {expression}\n");
    let ran = ours::run_text(&program, Level::Cms);
    match ran.error {
        Some((number, sub, _)) => Err((number, sub)),
        None => Ok(String::from_utf8_lossy(&ran.said[0]).into_owned()),
    }
}

fn same(ours: &str, theirs: &Big) -> bool {
    let mut wide = Context::<Big>::default();
    wide.partial_cmp(&big(ours), theirs) == Some(Ordering::Equal)
}

/// The exponent of the first digit, and that of the last.
fn reach(n: &Big) -> (i64, i64) {
    let last = i64::from(n.exponent());
    (last + i64::from(n.digits()) - 1, last)
}

/// Whether the digits of two numbers, written under each other, need no more than `digits` places.
fn close(a: &Big, b: &Big, digits: usize) -> bool {
    let ((a_first, a_last), (b_first, b_last)) = (reach(a), reach(b));
    a.is_zero() || b.is_zero() || a_first.max(b_first) - a_last.min(b_last) < digits as i64
}

/// How many decimals a number in plain notation has.
fn decimals(text: &str) -> Option<usize> {
    (!text.contains('E')).then(|| text.split_once('.').map_or(0, |(_, d)| d.len()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn sums_and_differences(o in operands()) {
        let (a, b) = (big(&o.a), big(&o.b));
        prop_assume!(close(&a, &b, o.digits));
        for sign in ['+', '-'] {
            let mut theirs = a;
            let mut context = context(o.digits);
            match sign {
                '+' => context.add(&mut theirs, &b),
                _ => context.sub(&mut theirs, &b),
            }
            let mine = ours(o.digits, &format!("'{}' {sign} '{}'", o.a, o.b)).unwrap();
            prop_assert!(same(&mine, &theirs), "{o:?} {sign}: {mine}, not {theirs}");
            // Zeros at the end stay.
            if let Some(shown) = decimals(&mine) && !a.is_zero() && !b.is_zero() && !theirs.is_zero() {
                prop_assert_eq!(shown, usize::try_from(-theirs.exponent()).unwrap_or(0), "{:?} {}", o, sign);
            }
        }
    }

    #[test]
    fn products(o in operands()) {
        let mut theirs = big(&o.a);
        context(o.digits).mul(&mut theirs, &big(&o.b));
        let mine = ours(o.digits, &format!("'{}' * '{}'", o.a, o.b)).unwrap();
        prop_assert!(same(&mine, &theirs), "{o:?}: {mine}, not {theirs}");
        if let Some(shown) = decimals(&mine) && !theirs.is_zero() {
            prop_assert_eq!(shown, usize::try_from(-theirs.exponent()).unwrap_or(0), "{:?}", o);
        }
    }

    #[test]
    fn quotients(o in operands()) {
        let (a, b) = (big(&o.a), big(&o.b));
        for sign in ["/", "%", "//"] {
            let mut theirs = a;
            let mut context = context(o.digits);
            match sign {
                "/" => context.div(&mut theirs, &b),
                "%" => context.div_integer(&mut theirs, &b),
                _ => context.rem(&mut theirs, &b),
            }
            let mine = ours(o.digits, &format!("'{}' {sign} '{}'", o.a, o.b));
            let status = context.status();
            match mine {
                Err(code) if b.is_zero() => prop_assert_eq!(code, (42, 3)),
                Err(code) => {
                    prop_assert!(status.division_impossible(), "{o:?} {sign}: {code:?}, not {theirs}");
                    prop_assert_eq!(code, (26, if sign == "%" { 11 } else { 12 }));
                }
                Ok(mine) => {
                    prop_assert!(same(&mine, &theirs), "{o:?} {sign}: {mine}, not {theirs}");
                    let stripped = !mine.contains('.') || !mine.split('E').next().unwrap_or("").ends_with('0');
                    prop_assert!(sign != "/" || stripped, "{o:?}: {mine} ends with zeros");
                }
            }
        }
    }

    #[test]
    fn powers(digits in 1usize..=50, base in "-?[1-9][0-9]{0,3}(\\.[0-9]{1,3})?", power in -60i64..60) {
        prop_assume!(base.bytes().filter(u8::is_ascii_digit).count() <= digits);
        prop_assume!(power.unsigned_abs().to_string().len() <= digits);
        // Exactly, with room to spare, then rounded once.
        let mut exact = big(&base);
        context(230).pow(&mut exact, &big(&power.to_string()));
        let mine = big(&ours(digits, &format!("({base}) ** {power}")).unwrap());
        let mut apart = mine;
        let mut wide = context(230);
        wide.sub(&mut apart, &exact);
        wide.abs(&mut apart);
        // The last digit may be one off: the standard rounds at every step, with a few digits more.
        let ulp = big(&format!("1E{}", reach(&exact).0 - digits as i64 + 1));
        let order = wide.partial_cmp(&apart, &ulp);
        prop_assert!(order == Some(Ordering::Less), "{digits}: {base} ** {power} = {mine}, not {exact}");
    }

    #[test]
    fn comparisons(o in operands()) {
        let (a, b) = (big(&o.a), big(&o.b));
        prop_assume!(close(&a, &b, o.digits));
        let order = Context::<Big>::default().partial_cmp(&a, &b).unwrap();
        let expected = format!(
            "{} {} {} {} {} {}",
            u8::from(order.is_eq()), u8::from(order.is_ne()), u8::from(order.is_lt()),
            u8::from(order.is_gt()), u8::from(order.is_le()), u8::from(order.is_ge()),
        );
        let (a, b) = (&o.a, &o.b);
        let text = format!("('{a}' = '{b}') ('{a}' \\= '{b}') ('{a}' < '{b}') ('{a}' > '{b}') ('{a}' <= '{b}') ('{a}' >= '{b}')");
        prop_assert_eq!(ours(o.digits, &text).unwrap(), expected, "{:?}", o);
    }
}
