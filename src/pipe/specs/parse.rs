//! Reading a SPECS list.

use super::{Align, AtEnd, Conversion, Field, Item, Place, Plan, Source};
use crate::base::abbrev;
use crate::base::msg::fpl;
use crate::pipe::args::{self, Args, Fault};
use crate::pipe::range::{Range, Separators};

/// Keywords of SPECS that are not built in yet.
const ABSENT: &[&str] = &[
    "SELECT",
    "BREAK",
    "SET",
    "IF",
    "WHILE",
    "PRINT",
    "PRINTONLY",
    "COUNTERS",
    "STOP",
    "NOWRITE",
];

/// Reads a specification list.
///
/// # Errors
/// 113 nothing there, 54 range, 60 string, 61 and 63 output placement, 1033 identifier, 9002 not available.
pub fn parse(args: &mut Args<'_>) -> Result<Plan, Fault> {
    let mut parser = Parser {
        separators: Separators::default(),
        pad: b' ',
        kept: [false; 256],
    };
    let mut plan = Plan {
        each: Vec::new(),
        at_end: Vec::new(),
        page: args.page,
    };
    let mut at_end = false;
    if args.is_done() {
        return Err(Fault::new(&fpl::FPLSCA113E, &[]));
    }
    while let Some(word) = args.peek() {
        if ABSENT.iter().any(|k| abbrev::matches(k, word)) {
            return Err(Fault::new(&fpl::FPLSCA9002E, &[word]));
        }
        if args.keyword("EOF") {
            at_end = true;
            continue;
        }
        let Some(item) = parser.item(args)? else {
            continue;
        };
        match at_end {
            true => plan.at_end.push(item),
            false => plan.each.push(item),
        }
    }
    Ok(plan)
}

struct Parser {
    separators: Separators,
    pad: u8,
    kept: [bool; 256],
}

impl Parser {
    /// Takes one item; `None` when it changed what is in force.
    fn item(&mut self, args: &mut Args<'_>) -> Result<Option<Item>, Fault> {
        if args.keyword("PAD") {
            self.pad = args.xorc()?;
            return Ok(None);
        }
        if args.keyword("READ") {
            return Ok(Some(Item::Read(AtEnd::Null)));
        }
        if args.keyword("READSTOP") {
            return Ok(Some(Item::Read(AtEnd::Stop)));
        }
        if args.keyword("WRITE") {
            return Ok(Some(Item::Write));
        }
        if args.keyword("OUTSTREAM") {
            let n = args::unsigned(args.need()?)?;
            return Ok(Some(Item::Output(usize::try_from(n).unwrap_or(usize::MAX))));
        }
        self.separators.take(args)?;
        if args.is_done() {
            return Ok(None);
        }
        let keep = self.identifier(args);
        self.field(args, keep).map(|f| Some(Item::Field(f)))
    }

    /// Takes a field identifier: a letter and a colon.
    fn identifier(&mut self, args: &mut Args<'_>) -> Option<u8> {
        let word = args.peek()?;
        let (&[letter, b':'], _) = word.split_first_chunk::<2>()? else {
            return None;
        };
        if !letter.is_ascii_alphabetic() {
            return None;
        }
        args.blanks();
        args.advance(2);
        self.kept[usize::from(letter)] = true;
        Some(letter)
    }

    fn field(&mut self, args: &mut Args<'_>, keep: Option<u8>) -> Result<Field, Fault> {
        let source = self.source(args)?;
        let numeric = matches!(source, Source::Number { .. });
        let strip = args.keyword("STRIP");
        let conversion = match args.peek().and_then(Conversion::named) {
            Some(conversion) => {
                args.word();
                Some(conversion?)
            }
            None => None,
        };
        let (place, length) = placement(args)?;
        let align = args.choice(&[
            ("Left", Align::Left),
            ("Center", Align::Center),
            ("Centre", Align::Center),
            ("Right", Align::Right),
        ]);
        // A record number is ten columns wide and aligned right unless said otherwise.
        let length = match numeric && conversion.is_none() && !strip {
            true => length.or(Some(10)),
            false => length,
        };
        Ok(Field {
            source,
            strip,
            conversion,
            place,
            length,
            align: align.unwrap_or(if numeric { Align::Right } else { Align::Left }),
            pad: self.pad,
            keep,
        })
    }

    fn source(&mut self, args: &mut Args<'_>) -> Result<Source, Fault> {
        if args.keyword("NUMBER") || args.keyword("RECNO") {
            let mut from = 1;
            let mut by = 1;
            let number = |args: &mut Args<'_>| {
                let word = args.need()?;
                args::signed(word).ok_or_else(|| Fault::new(&fpl::FPLSCA058E, &[word]))
            };
            if args.keyword("FROM") {
                from = number(args)?;
            }
            if args.keyword("BY") {
                by = number(args)?;
            }
            return Ok(Source::Number { from, by });
        }
        if args.keyword("TODclock") {
            return Ok(Source::Clock);
        }
        if args.keyword("ID") {
            let word = args.need()?;
            let known = word.len() == 1 && self.kept[usize::from(word[0])];
            return match known {
                true => Ok(Source::Kept(word[0])),
                false => Err(Fault::new(&fpl::FPLSPC1033E, &[word])),
            };
        }
        match Range::ahead(args) {
            true => Ok(Source::Range(Range::take(args, &mut self.separators)?)),
            false => Ok(Source::Text(args.delimited()?)),
        }
    }
}

/// Takes where a field goes: `n`, `n-m`, `n.len`, NEXT, NEXTWORD, NEXTFIELD with a length, or `.`.
fn placement(args: &mut Args<'_>) -> Result<(Place, Option<usize>), Fault> {
    let Some(word) = args.word() else {
        return Err(Fault::new(&fpl::FPLSPC061E, &[]));
    };
    let bad = || Fault::new(&fpl::FPLSPC063E, &[word]);
    if word == b"." || word == b"-" {
        return Ok((Place::None, None));
    }
    let size = |text: &[u8]| {
        let n = args::unsigned(text)
            .ok()
            .and_then(|n| usize::try_from(n).ok());
        n.filter(|n| (1..=args::LONGEST).contains(n))
            .ok_or_else(bad)
    };
    let (key, length) = match memchr::memchr(b'.', word) {
        Some(at) => (&word[..at], Some(size(&word[at + 1..])?)),
        None => (word, None),
    };
    let places = [
        ("Next", Place::Next),
        ("NEXTWord", Place::NextWord),
        ("NWord", Place::NextWord),
        ("NEXTField", Place::NextField),
        ("NField", Place::NextField),
    ];
    if let Some((_, place)) = abbrev::find(&places, |p| p.0, key) {
        return Ok((*place, length));
    }
    if let Some(dash) = memchr::memchr(b'-', key) {
        let (from, to) = (size(&key[..dash])?, size(&key[dash + 1..])?);
        if to < from || length.is_some() {
            return Err(bad());
        }
        return Ok((Place::Column(from - 1), Some(to - from + 1)));
    }
    Ok((Place::Column(size(key)? - 1), length))
}
