//! What goes there and back must come back the same.

use super::case::Level;
use super::ours;
use proptest::prelude::*;
use proptest::string::string_regex;

/// The words that a program says on its only line.
#[track_caller]
fn said(program: &str) -> Vec<String> {
    let ran = ours::run_text(program, Level::Cms);
    assert_eq!((ran.error, ran.said.len()), (None, 1), "{program}");
    let line = String::from_utf8_lossy(&ran.said[0]).into_owned();
    line.split(' ').map(str::to_owned).collect()
}

/// A number of at most `digits` digits as a program writes it.
fn number(digits: usize) -> impl Strategy<Value = String> {
    let whole = string_regex(&format!("[1-9][0-9]{{0,{}}}", digits - 1)).unwrap();
    (any::<bool>(), whole, 0usize..8).prop_map(|(minus, digits, point)| {
        let sign = if minus { "-" } else { "" };
        let width = digits.len().max(point + 1);
        let digits = format!("{digits:0>width$}");
        let (whole, part) = digits.split_at(width - point);
        let dot = if part.is_empty() { "" } else { "." };
        format!("{sign}{whole}{dot}{part}")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn format_keeps_the_value(x in number(9), before in 10usize..20, exponent in 2usize..6) {
        let program = format!(
            "x = '{x}'; say (format(x) = x) (strip(format(x, {before})) = x) (format(x, , , {exponent}, 0) = x) \
             length(format(x, {before}, 0)) (format(x, , 12) = x)"
        );
        prop_assert_eq!(said(&program), ["1", "1", "1", &before.to_string(), "1"]);
    }

    #[test]
    fn format_rounds_as_arithmetic_does(x in number(9), places in 0usize..6) {
        let program = format!(
            "x = '{x}'; h = copies(5, 1) / 10 ** ({places} + 1); numeric digits 30; \
             say (format(x, , {places}) = sign(x) * trunc(abs(x) + h, {places})) (trunc(x, 12) = x) \
             (trunc(x, {places}) = x - x // 10 ** -{places}) (abs(x - trunc(x)) < 1)"
        );
        prop_assert_eq!(said(&program), ["1", "1", "1", "1"]);
    }

    #[test]
    fn codes_and_numbers(n in -999_999_999i64..=999_999_999, size in 5usize..9) {
        let m = n.abs();
        let program = format!(
            "say (c2d(d2c({n}, {size}), {size}) == {n}) (x2d(d2x({n}, {size}), {size}) == {n}) \
             (c2d(d2c({m})) == {m}) (x2d(d2x({m})) == {m}) (c2x(d2c({m})) == right(d2x({m}), length(c2x(d2c({m}))), 0))"
        );
        // A size in digits must have room for the sign.
        let program = program.replace(&format!("d2x({n}, {size}), {size})"), &format!("d2x({n}, {size} + 4), {size} + 4)"));
        prop_assert_eq!(said(&program), ["1", "1", "1", "1", "1"]);
    }

    #[test]
    fn characters_hexadecimal_and_binary(bytes in proptest::collection::vec(any::<u8>(), 1..12)) {
        let hex: String = bytes.iter().map(|b| format!("{b:02X}")).collect();
        let bits: String = bytes.iter().map(|b| format!("{b:08b}")).collect();
        let program = format!(
            "s = x2c('{hex}'); say (c2x(s) == '{hex}') (x2b('{hex}') == '{bits}') (b2x('{bits}') == '{hex}') \
             (s == '{hex}'x) (s == '{bits}'b) (reverse(reverse(s)) == s) (bitxor(bitxor(s, 'a5'x), 'a5'x) == s)"
        );
        prop_assert_eq!(said(&program), ["1"; 7]);
    }

    #[test]
    fn dates(day in 0i64..3_652_059) {
        let program = format!(
            "s = date('S', {day}, 'B'); n = date('N', {day}, 'B'); o = date('S', {day}, 'B', '-'); \
             say (date('B', s, 'S') == {day}) (date('B', n, 'N') == {day}) (date('B', o, 'S', , '-') == {day}) \
             (date('D', s, 'S') == {day} - date('B', left(s, 4)'0101', 'S') + 1) \
             (word('Monday Tuesday Wednesday Thursday Friday Saturday Sunday', {day} // 7 + 1) == date('W', s, 'S'))"
        );
        prop_assert_eq!(said(&program), ["1"; 5]);
    }

    #[test]
    fn dates_of_two_digits_lie_within_fifty_years(back in 0i64..18_000) {
        let program = format!(
            "t = date('B') - {back}; s = date('S', t, 'B'); \
             say (date('S', date('E', t, 'B'), 'E') == s) (date('S', date('U', t, 'B'), 'U') == s) (date('S', date('O', t, 'B'), 'O') == s)"
        );
        prop_assert_eq!(said(&program), ["1"; 3]);
    }

    #[test]
    fn times(second in 0u32..86_400) {
        let program = format!(
            "n = time('N', {second}, 'S'); say (time('S', n) == {second}) (time('N', time('L', n), 'L') == n) \
             (time('M', n) == {second} % 60) (time('H', n) == {second} % 3600) \
             (time('M', time('C', n), 'C') == time('M', n))"
        );
        prop_assert_eq!(said(&program), ["1"; 5]);
    }

    #[test]
    fn words_and_strings(text in "[ab ]{0,20}", width in 0usize..25) {
        let program = format!(
            "s = '{text}'; w = ''; do i = 1 to words(s); w = w word(s, i); end; \
             say (space(s) == strip(w)) (length(left(s, {width})) = {width}) (length(center(s, {width})) = {width}) \
             (left(s, {width})substr(s, {width} + 1) = s) (strip(strip(s, 'L'), 'T') == strip(s)) \
             (overlay(s, copies('-', length(s))) == s) (insert(s, s, length(s)) == s||s) \
             (countstr('a', s) = length(s) - length(changestr('a', s, '')))"
        );
        prop_assert_eq!(said(&program), ["1"; 8]);
    }
}
