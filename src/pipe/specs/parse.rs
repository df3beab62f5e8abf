//! Reading a SPECS list (*User's Guide and Reference*, "SPECS reference").

use super::Conversion;
use super::expr::{self, END, Ends, Level, Scope, identifier};
use super::picture::Picture;
use super::plan::{
    Align, AtEnd, Field, Layout, Length, Out, Place, Plan, Print, Source, Step, StopWhen,
};
use crate::base::abbrev;
use crate::base::msg::fpl;
use crate::pipe::args::{self, Args, Fault};
use crate::pipe::range::{Range, Separators};

/// How deep IF and WHILE may be nested.
const DEEPEST: usize = 100;

/// The operands, for HELP.
pub const OPERANDS: &str = "[STOP {ALLEOF | ANYEOF | number}] [COUNTERS number] \
[PRINTONLY {letter | EOF} [KEEP]] \
{[letter:] {inputRange | delimitedString | {NUMBER | RECNO} [FROM n] [BY n] | TODclock | ID letter | \
PRINT expression [PICTURE picture] | .} [STRIP] [{B | C | D | F | I | P | T | U | V | X}2{B | C | D | F | I | P | T | U | V | X}[(places)]] \
{column[-column] | column.length | (expression)[.(expression)] | \
{Next | NEXTWord | NWord | NEXTField | NField}[.length] | . | -} [Left | Center | Right] \
| READ | READSTOP | WRITE | NOWRITE | SELECT {stream | FIRST | SECOND} | OUTSTREAM stream \
| PAD xorc | WORDSEParator xorc | FIELDSEparator xorc | QUALify structure [column] | SET expression \
| IF expression THEN items [ELSEIF expression THEN items] [ELSE items] {ENDIF | FI} \
| WHILE expression DO items DONE | BREAK letter items | EOF items}";

/// Where items stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    List,
    If,
    While,
}

/// Reads a specification list.
///
/// # Errors
/// 11 nothing there, 54 range, 60 string, 61 and 63 output placement, 1032 to 1037 field identifier, 671 to
/// 15 picture, 1075 to 1080 IF and WHILE, 206 and up expressions.
pub fn parse(args: &mut Args<'_>) -> Result<Plan, Fault> {
    if args.is_done() {
        return Err(args.missing());
    }
    let mut parser = Parser {
        separators: Separators::default(),
        pad: b' ',
        scope: Scope {
            fields: [false; 54],
            reserved: None,
            counters: 0,
            breaks: [false; 54],
            asks_eof: false,
            members: None,
            structures: args.structures.clone(),
            asks_members: false,
        },
        depth: 0,
        open_break: None,
        placed: false,
        runs_out: false,
        plan: Plan {
            steps: Vec::new(),
            layout: Layout::default(),
            run_out: None,
            print: Print::Always,
            keep: false,
            stop: StopWhen::All,
            counters: 0,
            breaks: [false; 54],
            second: false,
            members: false,
            inputs: Vec::new(),
            outputs: Vec::new(),
            page: args.page,
        },
    };
    parser.options(args)?;
    parser.items(args, Within::List)?;
    parser.close_break();
    parser.finish()
}

struct Parser {
    separators: Separators,
    pad: u8,
    scope: Scope,
    depth: usize,
    /// The step that skips the items of a BREAK, and is yet to be told where they end.
    open_break: Option<usize>,
    /// Whether a field before has a place in the record.
    placed: bool,
    /// Whether the items before EOF need a run-out cycle of their own.
    runs_out: bool,
    plan: Plan,
}

fn unexpected(word: &[u8]) -> Fault {
    Fault::new(&fpl::FPLSPC1076E, &[word])
}

/// Takes a field identifier without its colon.
fn letter(args: &mut Args<'_>) -> Result<(u8, Level), Fault> {
    let word = args.need()?;
    let id = match word {
        &[letter] => identifier(letter).map(|id| (letter, id)),
        _ => None,
    };
    id.ok_or_else(|| Fault::new(&fpl::FPLSPC1032E, &[word]))
}

/// The letter of a field identifier.
fn name_of(id: Level) -> u8 {
    if id > 26 {
        b'A' - 27 + id
    } else {
        b'a' - 1 + id
    }
}

fn size(number: &[u8]) -> Option<usize> {
    let n = usize::try_from(args::unsigned(number).ok()?).ok()?;
    (1..=args::LONGEST).contains(&n).then_some(n)
}

impl Parser {
    /// STOP, COUNTERS and PRINTONLY.
    fn options(&mut self, args: &mut Args<'_>) -> Result<(), Fault> {
        loop {
            if args.keyword("STOP") {
                self.plan.stop = stop(args.need()?)?;
            } else if args.keyword("COUNTERS") {
                let word = args.need()?;
                let n = usize::try_from(args::unsigned(word)?).unwrap_or(usize::MAX);
                if n > expr::COUNTERS {
                    return Err(Fault::new(&fpl::FPLSPC1561E, &[word]));
                }
                self.scope.reserved = Some(n);
            } else if args.keyword("PRINTONLY") {
                let level = match args.keyword("EOF") {
                    true => END,
                    false => letter(args)?.1,
                };
                self.plan.print = Print::Only(level);
                self.plan.keep = args.keyword("KEEP");
            } else {
                return Ok(());
            }
        }
    }

    /// What is known only when all was read.
    fn finish(mut self) -> Result<Plan, Fault> {
        if let Print::Only(level) = self.plan.print
            && level != END
        {
            if !self.scope.fields[usize::from(level)] {
                return Err(Fault::new(&fpl::FPLSPC1033E, &[&[name_of(level)]]));
            }
            self.scope.breaks[usize::from(level)] = true;
        }
        self.plan.steps.push(Step::End);
        let asked = self.plan.second || self.scope.asks_eof;
        if self.runs_out || (asked && self.plan.run_out.is_none()) {
            self.plan.run_out = Some(0);
        }
        self.plan.members = self.scope.asks_members;
        self.plan.counters = self.scope.counters.max(self.scope.reserved.unwrap_or(0));
        self.plan.breaks = self.scope.breaks;
        self.plan.layout = Layout::of(&self.plan.steps);
        Ok(self.plan)
    }

    fn here(&self) -> usize {
        self.plan.steps.len()
    }

    fn push(&mut self, step: Step) -> usize {
        self.plan.steps.push(step);
        self.here() - 1
    }

    /// Has a jump end here.
    fn land(&mut self, jump: usize) {
        let here = self.here();
        if let Some(
            Step::Unless(_, to) | Step::UnlessBreak(_, to) | Step::Jump(to) | Step::Again(to),
        ) = self.plan.steps.get_mut(jump)
        {
            *to = here;
        }
    }

    /// Takes items up to the end of the list, or up to the word that ends what they are in, which stays.
    fn items(&mut self, args: &mut Args<'_>, within: Within) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Fault::new(&fpl::FPLSPC105E, &[]));
        }
        while let Some(word) = args.peek() {
            let ends = |words: &[&str]| {
                words
                    .iter()
                    .any(|w| word.eq_ignore_ascii_case(w.as_bytes()))
            };
            if ends(&["ELSE", "ELSEIF", "ENDIF", "FI"]) {
                match within {
                    Within::If => break,
                    _ => return Err(unexpected(word)),
                }
            }
            if ends(&["DONE"]) {
                match within {
                    Within::While => break,
                    _ => return Err(unexpected(word)),
                }
            }
            if ends(&["THEN", "DO"]) || (ends(&["BREAK", "EOF"]) && within != Within::List) {
                return Err(unexpected(word));
            }
            self.item(args)?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn item(&mut self, args: &mut Args<'_>) -> Result<(), Fault> {
        if self.structure(args)? || self.control(args)? {
            return Ok(());
        }
        if args.keyword("PAD") {
            self.pad = args.xorc()?;
            return Ok(());
        }
        let before = args.rest().len();
        self.separators.take(args)?;
        self.scope.members.clone_from(&self.separators.qualifier);
        if args.rest().len() != before {
            return Ok(());
        }
        let id = self.identifier(args);
        if let Some(id) = id {
            self.define(id)?;
        }
        let field = self.field(args, id)?;
        self.push(Step::Field(field));
        if let Some(id) = id {
            self.scope.fields[usize::from(id)] = true;
        }
        Ok(())
    }

    /// A field may be given an identifier.
    ///
    /// # Errors
    /// 1036 there is one already, 1037 the field is an item of BREAK.
    fn define(&self, id: Level) -> Result<(), Fault> {
        let name = [name_of(id)];
        if self.open_break.is_some() && self.plan.run_out.is_none() {
            return Err(Fault::new(&fpl::FPLSPC1037E, &[&name]));
        }
        match self.scope.fields[usize::from(id)] {
            true => Err(Fault::new(&fpl::FPLSPC1036E, &[&name])),
            false => Ok(()),
        }
    }

    /// IF, WHILE, BREAK and EOF.
    fn structure(&mut self, args: &mut Args<'_>) -> Result<bool, Fault> {
        if args.keyword("IF") {
            self.conditional(args)?;
        } else if args.keyword("WHILE") {
            self.repeated(args)?;
        } else if args.keyword("BREAK") {
            if self.plan.run_out.is_some() {
                return Err(Fault::new(&fpl::FPLSPC1084E, &[]));
            }
            self.close_break();
            let (letter, id) = letter(args)?;
            if !self.scope.fields[usize::from(id)] {
                return Err(Fault::new(&fpl::FPLSPC1033E, &[&[letter]]));
            }
            self.scope.breaks[usize::from(id)] = true;
            self.open_break = Some(self.push(Step::UnlessBreak(id, 0)));
        } else if args.keyword("EOF") {
            if self.plan.run_out.is_some() {
                return Err(unexpected(b"EOF"));
            }
            self.close_break();
            // In a run-out cycle that begins at the first item, these follow the others.
            let skip = self.push(Step::UnlessBreak(END, 0));
            self.open_break = Some(skip);
            self.plan.run_out = Some(self.here());
            self.runs_out = self.plan.second || self.scope.asks_eof;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    fn close_break(&mut self) {
        if let Some(skip) = self.open_break.take() {
            self.land(skip);
        }
    }

    fn conditional(&mut self, args: &mut Args<'_>) -> Result<(), Fault> {
        let mut to_end = Vec::new();
        loop {
            let skip = self.condition(args, "THEN")?;
            self.items(args, Within::If)?;
            if args.keyword("ELSEIF") {
                to_end.push(self.push(Step::Jump(0)));
                self.land(skip);
                continue;
            }
            if args.keyword("ELSE") {
                to_end.push(self.push(Step::Jump(0)));
                self.land(skip);
                self.items(args, Within::If)?;
            } else {
                self.land(skip);
            }
            break;
        }
        if !args.keyword("ENDIF") && !args.keyword("FI") {
            return Err(match args.peek() {
                None => Fault::new(&fpl::FPLSPC1080E, &[b"IF", b"ENDIF"]),
                Some(word) => unexpected(word),
            });
        }
        for jump in to_end {
            self.land(jump);
        }
        Ok(())
    }

    /// Takes an expression and the word after it; gives the step that jumps when it is not true.
    fn condition(&mut self, args: &mut Args<'_>, word: &'static str) -> Result<usize, Fault> {
        let test = expr::take(args, Ends::Keyword(word), &mut self.scope)?;
        if !args.keyword(word) {
            let found = args.peek().unwrap_or(b"");
            return Err(Fault::new(&fpl::FPLSPC1075E, &[word.as_bytes(), found]));
        }
        Ok(self.push(Step::Unless(test, 0)))
    }

    fn repeated(&mut self, args: &mut Args<'_>) -> Result<(), Fault> {
        let start = self.here();
        let skip = self.condition(args, "DO")?;
        self.items(args, Within::While)?;
        if !args.keyword("DONE") {
            return Err(Fault::new(&fpl::FPLSPC1080E, &[b"WHILE", b"DONE"]));
        }
        self.push(Step::Again(start));
        self.land(skip);
        Ok(())
    }

    /// Items that are one or two words.
    fn control(&mut self, args: &mut Args<'_>) -> Result<bool, Fault> {
        let step = if args.keyword("READ") {
            Step::Read(AtEnd::Null)
        } else if args.keyword("READSTOP") {
            Step::Read(AtEnd::Stop)
        } else if args.keyword("WRITE") {
            Step::Write
        } else if args.keyword("NOWRITE") || args.keyword("NOPRINT") {
            Step::NoWrite
        } else if args.keyword("SET") {
            Step::Set(expr::take(args, Ends::Blank, &mut self.scope)?)
        } else if args.keyword("SELECT") {
            Step::Select(self.station(args.need()?))
        } else if args.keyword("OUTSTREAM") {
            Step::Output(self.output(args.need()?))
        } else {
            return Ok(false);
        };
        self.push(step);
        Ok(true)
    }

    /// The place of a stream, or a reading station, among those that are read.
    fn station(&mut self, name: &[u8]) -> usize {
        if name.eq_ignore_ascii_case(b"FIRST") || name == b"0" {
            return 0;
        }
        if name.eq_ignore_ascii_case(b"SECOND") {
            self.plan.second = true;
            return 1;
        }
        let known = self.plan.inputs.iter().position(|n| n == name);
        2 + known.unwrap_or_else(|| {
            self.plan.inputs.push(name.to_vec());
            self.plan.inputs.len() - 1
        })
    }

    fn output(&mut self, name: &[u8]) -> Out {
        if let Ok(n) = args::unsigned(name) {
            return Out::Number(usize::try_from(n).unwrap_or(usize::MAX));
        }
        self.plan.outputs.push(name.to_vec());
        Out::Named(self.plan.outputs.len() - 1)
    }

    /// Takes a field identifier: a letter and a colon.
    fn identifier(&mut self, args: &mut Args<'_>) -> Option<Level> {
        let (&[letter, b':'], _) = args.peek()?.split_first_chunk::<2>()? else {
            return None;
        };
        let id = identifier(letter)?;
        args.blanks();
        args.advance(2);
        Some(id)
    }

    fn field(&mut self, args: &mut Args<'_>, id: Option<Level>) -> Result<Field, Fault> {
        let source = self.source(args)?;
        let numeric = matches!(source, Source::Number { .. });
        let strip = args.keyword("STRIP");
        let conversion = match args.peek() {
            Some(word) => Conversion::named(word)?,
            None => None,
        };
        if conversion.is_some() {
            args.word();
        }
        let (place, length) = self.placement(args)?;
        self.placed |= !matches!(place, Place::None);
        let align = args.choice(&[
            ("Left", Align::Left),
            ("Center", Align::Center),
            ("Centre", Align::Center),
            ("Right", Align::Right),
        ]);
        Ok(Field {
            source,
            strip,
            conversion,
            place,
            length,
            // A record number is aligned right unless said otherwise.
            align: align.unwrap_or(if numeric { Align::Right } else { Align::Left }),
            trim: align.is_some(),
            pad: self.pad,
            id,
        })
    }

    fn source(&mut self, args: &mut Args<'_>) -> Result<Source, Fault> {
        if args.keyword("NUMBER") || args.keyword("RECNO") {
            return numbered(args);
        }
        if args.keyword("TODclock") {
            return Ok(Source::Clock);
        }
        if args.keyword("ID") {
            let (letter, id) = letter(args)?;
            return match self.scope.fields[usize::from(id)] {
                true => Ok(Source::Kept(id)),
                false => Err(Fault::new(&fpl::FPLSPC1033E, &[&[letter]])),
            };
        }
        if args.keyword("PRINT") {
            let expr = expr::take(args, Ends::Blank, &mut self.scope)?;
            let picture = match args.keyword("PICTURE") {
                false => None,
                true => {
                    let missing = || Fault::new(&fpl::FPLSCA015E, &[b"PICTURE"]);
                    Some(Picture::read(args.word().ok_or_else(missing)?)?)
                }
            };
            return Ok(Source::Print(expr, picture));
        }
        if args.peek() == Some(b".") {
            args.word();
            return Ok(Source::Text(Vec::new()));
        }
        if Range::ahead(args) {
            let range = Range::take(args, &mut self.separators)?;
            return Ok(match range.columns() {
                Some((first, after)) => Source::Columns(first, after),
                None => Source::Range(range),
            });
        }
        Ok(Source::Text(args.delimited()?))
    }

    /// Takes where a field goes, and how long it is there.
    fn placement(&mut self, args: &mut Args<'_>) -> Result<(Place, Length), Fault> {
        let Some(word) = args.peek() else {
            return match self.placed {
                // A single field goes to column 1.
                false => Ok((Place::Column(0), Length::Own)),
                true => Err(Fault::new(&fpl::FPLSPC061E, &[])),
            };
        };
        let bad = || Fault::new(&fpl::FPLSPC063E, &[word]);
        if word.starts_with(b"(") {
            let column = expr::parenthesised(args, &mut self.scope)?;
            let length = self.length(args)?;
            return Ok((Place::Computed(column), length));
        }
        let end = word.iter().position(|&b| b == b'.').unwrap_or(word.len());
        let key = match &word[..end] {
            b"" => word,
            key => key,
        };
        args.blanks();
        args.advance(key.len());
        let place = match key {
            b"." | b"-" => return Ok((Place::None, Length::Own)),
            key => match abbrev::find(PLACES, |p| p.0, key) {
                Some((_, place)) => place(),
                None => match memchr::memchr(b'-', key) {
                    Some(dash) => {
                        let from = size(&key[..dash]).ok_or_else(bad)?;
                        if &word[dash + 1..] == b"*" {
                            return Err(Fault::new(&fpl::FPLSPC556E, &[word]));
                        }
                        let to = size(&key[dash + 1..]).ok_or_else(bad)?;
                        if to < from || key.len() < word.len() {
                            return Err(bad());
                        }
                        return Ok((Place::Column(from - 1), Length::Fixed(to - from + 1)));
                    }
                    None => Place::Column(size(key).ok_or_else(bad)? - 1),
                },
            },
        };
        Ok((place, self.length(args)?))
    }

    /// Takes the length after a placement: a period and a number, or an expression in parentheses.
    fn length(&mut self, args: &mut Args<'_>) -> Result<Length, Fault> {
        match args.rest() {
            [b'.', b'(', ..] => {
                args.advance(1);
                let length = expr::parenthesised(args, &mut self.scope)?;
                after_parenthesis(args)?;
                Ok(Length::Computed(length))
            }
            [b'.', rest @ ..] => {
                let end = rest.iter().position(|&b| b == b' ').unwrap_or(rest.len());
                let number = &rest[..end];
                args.advance(1 + end);
                let bad = || Fault::new(&fpl::FPLSPC063E, &[number]);
                Ok(Length::Fixed(size(number).ok_or_else(bad)?))
            }
            _ => {
                after_parenthesis(args)?;
                Ok(Length::Own)
            }
        }
    }
}

/// After what was just taken there is a blank, or nothing.
fn after_parenthesis(args: &Args<'_>) -> Result<(), Fault> {
    match args.rest().first() {
        None | Some(b' ') => Ok(()),
        Some(_) => Err(Fault::new(
            &fpl::FPLSPC063E,
            &[args.peek().unwrap_or_default()],
        )),
    }
}

type MakePlace = fn() -> Place;

const PLACES: &[(&str, MakePlace)] = &[
    ("Next", || Place::Next),
    ("NEXTWord", || Place::NextWord),
    ("NWord", || Place::NextWord),
    ("NEXTField", || Place::NextField),
    ("NField", || Place::NextField),
];

fn stop(word: &[u8]) -> Result<StopWhen, Fault> {
    if abbrev::matches("ALLEOF", word) {
        return Ok(StopWhen::All);
    }
    if abbrev::matches("ANYEOF", word) {
        return Ok(StopWhen::Count(1));
    }
    let n = usize::try_from(args::unsigned(word)?).unwrap_or(usize::MAX);
    match n {
        0 => Err(Fault::new(&fpl::FPLSCA066E, &[word])),
        n => Ok(StopWhen::Count(n)),
    }
}

/// What follows NUMBER.
fn numbered(args: &mut Args<'_>) -> Result<Source, Fault> {
    let number = |args: &mut Args<'_>| {
        let word = args.need()?;
        args::signed(word).ok_or_else(|| Fault::new(&fpl::FPLSCA058E, &[word]))
    };
    let (mut from, mut by) = (1, 1);
    if args.keyword("FROM") {
        from = number(args)?;
    }
    if args.keyword("BY") {
        by = number(args)?;
    }
    Ok(Source::Number { from, by })
}

impl Plan {
    /// Whether some step or field is so.
    pub(super) fn has(&self, f: impl FnMut(&Step) -> bool) -> bool {
        self.steps.iter().any(f)
    }
}

/// Whether a step asks for the time.
pub(super) fn asks_time(step: &Step) -> bool {
    matches!(
        step,
        Step::Field(Field {
            source: Source::Clock,
            ..
        })
    )
}
