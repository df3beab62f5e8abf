//! PARSE against a slow reference: the standard's description of templates, step by step.

use super::case::Level;
use super::ours;
use proptest::prelude::*;

/// A piece of a template.
#[derive(Debug, Clone)]
enum Piece {
    /// A variable, numbered in order of appearance.
    Name,
    Period,
    Literal(String),
    /// A variable that holds the text to be found.
    Variable(String),
    At(usize),
    Forward(usize),
    Back(usize),
}

/// A text to be found: parts of [`LONG`] are often there.
fn sought() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ab, ]{1,3}",
        (0usize..10, 1usize..16).prop_map(|(at, length)| LONG[at..at + length].to_owned()),
    ]
}

const LONG: &str = "cdefghijklmnopqrstuvwxyzbcd";

/// A text to be taken apart, with words of all lengths.
fn source() -> impl Strategy<Value = String> {
    let word = prop_oneof![4 => "[ab, ]{1,20}", 1 => Just(LONG.to_owned())];
    prop_oneof![
        "[ab, ]{0,12}",
        proptest::collection::vec(word, 0..24).prop_map(|words| words.concat()),
    ]
}

fn piece() -> impl Strategy<Value = Piece> {
    prop_oneof![
        5 => Just(Piece::Name),
        1 => Just(Piece::Period),
        2 => "[ab, ]{1,2}".prop_map(Piece::Literal),
        1 => sought().prop_map(Piece::Literal),
        1 => sought().prop_map(Piece::Variable),
        1 => Just(Piece::Literal(String::new())),
        2 => (0usize..14).prop_map(Piece::At),
        1 => (0usize..400).prop_map(Piece::At),
        2 => (0usize..6).prop_map(Piece::Forward),
        1 => (0usize..300).prop_map(Piece::Forward),
        1 => (0usize..6).prop_map(Piece::Back),
    ]
}

/// The template as it is written, and how many names it has.
fn written(template: &[Piece]) -> (String, usize) {
    let mut names = 0;
    let words = template.iter().map(|piece| match piece {
        Piece::Name => {
            names += 1;
            format!("v{names}")
        }
        Piece::Period => ".".into(),
        Piece::Literal(text) => format!("'{text}'"),
        Piece::Variable(text) => format!("({})", holder(text)),
        Piece::At(n) => format!("{n}"),
        Piece::Forward(n) => format!("+{n}"),
        Piece::Back(n) => format!("-{n}"),
    });
    let text: Vec<String> = words.collect();
    (text.join(" "), names)
}

/// The variable that holds a text.
fn holder(text: &str) -> String {
    format!("P_{}", text.replace(' ', "X").replace(',', "Y"))
}

/// What the names get, one value for each `Name`.
fn reference(source: &str, template: &[Piece]) -> Vec<String> {
    let mut values = Vec::new();
    let mut targets: Vec<bool> = Vec::new();
    // The last match: where it starts and where it ends.
    let (mut start, mut end) = (0usize, 0usize);
    for trigger in template.iter().map(Some).chain([None]) {
        let from = match trigger {
            Some(Piece::Name) => {
                targets.push(true);
                continue;
            }
            Some(Piece::Period) => {
                targets.push(false);
                continue;
            }
            Some(Piece::Forward(_) | Piece::Back(_)) => start,
            _ => end,
        };
        (start, end) = match trigger {
            Some(Piece::Literal(text) | Piece::Variable(text)) => {
                match source[end..].find(text.as_str()) {
                    Some(at) if !text.is_empty() => (end + at, end + at + text.len()),
                    _ => (source.len(), source.len()),
                }
            }
            Some(Piece::At(n)) => both(n.saturating_sub(1).min(source.len())),
            Some(Piece::Forward(n)) => both((start + n).min(source.len())),
            Some(Piece::Back(n)) => both(start.saturating_sub(*n)),
            _ => both(source.len()),
        };
        // A position that does not lie further on selects the rest.
        let to = if end <= from { source.len() } else { start };
        words(&source[from..to], &targets, &mut values);
        targets.clear();
    }
    values
}

fn both(at: usize) -> (usize, usize) {
    (at, at)
}

/// Deals a piece of the source out to its targets; `false` stands for a period.
fn words(piece: &str, targets: &[bool], values: &mut Vec<String>) {
    let mut rest = piece;
    for (i, named) in targets.iter().enumerate() {
        let word = if i + 1 == targets.len() {
            rest
        } else {
            rest = rest.trim_start_matches(' ');
            let (word, more) = rest.split_once(' ').unwrap_or((rest, ""));
            rest = more;
            word
        };
        if *named {
            values.push(word.to_owned());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn parse_does_what_the_standard_describes(
        source in source(),
        template in proptest::collection::vec(piece(), 0..9),
    ) {
        let (text, names) = written(&template);
        let shown: String = (1..=names).map(|n| format!("; say '<'||v{n}||'>'")).collect();
        let held = template.iter().map(|piece| match piece {
            Piece::Variable(text) => format!("{}='{text}'; ", holder(text)),
            _ => String::new(),
        });
        let held: String = held.collect();
        let (first, last) = source.split_at(source.len() / 2);
        let program = format!("{held}all='{first}'||'{last}'; parse var all {text}{shown}\n");
        let ran = ours::run_text(&program, Level::Cms);
        let said: Vec<String> = ran.said.iter().map(|l| String::from_utf8_lossy(l).into_owned()).collect();
        let expected: Vec<String> = reference(&source, &template).iter().map(|v| format!("<{v}>")).collect();
        prop_assert_eq!(&ran.error, &None);
        prop_assert_eq!(said, expected, "{} of {:?}", text, source);
    }
}

#[test]
fn the_reference_itself_knows_a_date() {
    let template = [
        Piece::Name,
        Piece::Forward(4),
        Piece::Name,
        Piece::Forward(2),
        Piece::Name,
    ];
    assert_eq!(reference("19990225", &template), ["1999", "02", "25"]);
}
