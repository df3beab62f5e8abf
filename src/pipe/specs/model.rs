//! SPECS once more, as simply as can be: random lists must do what this model of the book does
//! (*User's Guide and Reference*, "SPECS reference", "Input ranges").
//!
//! The model works on the items themselves, never on their text, and knows nothing of plans, layouts or streams
//! that are fused: it cuts with vectors, pads byte by byte and keeps whole lists of records.

use proptest::prelude::*;

use crate::pipe::Fusion;
use crate::pipe::tests::TestHost;

/// What a range counts.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Unit {
    Columns,
    Words,
    Fields,
}

/// `from;to`, `from.length`, `from-*`, or one unit.
#[derive(Debug, Clone, Copy)]
enum Extent {
    One(i64),
    Both(i64, i64),
    Length(i64, i64),
    ToEnd(i64),
}

#[derive(Debug, Clone)]
struct Cut {
    unit: Unit,
    extent: Extent,
}

#[derive(Debug, Clone)]
enum Input {
    /// The last is cut from the record, the one before it from what that gave.
    Range(Vec<Cut>),
    Text(String),
    Recno {
        from: i64,
        by: i64,
    },
    Kept(char),
    Counter(usize),
}

#[derive(Debug, Clone, Copy)]
enum Where {
    Column(usize),
    Next,
    NextWord,
    NextField,
    Nowhere,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Side {
    Left,
    Center,
    Right,
}

#[derive(Debug, Clone)]
struct Field {
    id: Option<char>,
    input: Input,
    strip: bool,
    conversion: Option<&'static str>,
    place: Where,
    length: Option<usize>,
    side: Option<Side>,
}

#[derive(Debug, Clone)]
enum Test {
    /// A counter has this remainder when divided by two.
    Odd(usize),
    Longer(char, usize),
    First,
    Same(char, String),
    Less(usize, i64),
}

#[derive(Debug, Clone)]
enum Item {
    Field(Field),
    Pad(char),
    WordSeparator(char),
    FieldSeparator(char),
    Read,
    ReadStop,
    Write,
    NoWrite,
    Select(u8),
    Output(usize),
    Add(usize, i64),
    Times(usize, usize, i64),
    If(Test, Vec<Item>, Vec<Item>),
}

/// A whole list: its items, those of BREAK a, those of EOF.
#[derive(Debug, Clone)]
struct List {
    /// The fields that have the identifiers a and b: each has but one definition.
    kept: [Field; 2],
    printonly: bool,
    any_eof: bool,
    items: Vec<Item>,
    at_break: Option<Vec<Item>>,
    at_end: Option<Vec<Item>>,
}

// ---- what is written ----

fn extent(e: Extent) -> String {
    match e {
        Extent::One(n) => n.to_string(),
        Extent::Both(from, to) if from > 0 && to >= from => format!("{from}-{to}"),
        Extent::Both(from, to) => format!("{from};{to}"),
        Extent::Length(from, length) => format!("{from}.{length}"),
        Extent::ToEnd(from) if from > 0 => format!("{from}-*"),
        Extent::ToEnd(from) => format!("{from};*"),
    }
}

impl Field {
    fn text(&self) -> String {
        let mut words = Vec::new();
        if let Some(id) = self.id {
            words.push(format!("{id}:"));
        }
        words.push(match &self.input {
            Input::Range(cuts) => {
                let cut = |c: &Cut| match c.unit {
                    Unit::Columns => extent(c.extent),
                    Unit::Words => format!("w{}", extent(c.extent)),
                    Unit::Fields => format!("f{}", extent(c.extent)),
                };
                let (last, before) = cuts.split_last().expect("a range");
                let inner: String = before
                    .iter()
                    .map(|c| format!("substr {} of ", cut(c)))
                    .collect();
                inner + &cut(last)
            }
            Input::Text(text) => format!("+{text}+"),
            Input::Recno { from, by } => format!("recno from {from} by {by}"),
            Input::Kept(id) => format!("id {id}"),
            Input::Counter(n) => format!("print #{n}"),
        });
        if self.strip {
            words.push("strip".into());
        }
        words.extend(self.conversion.map(str::to_string));
        let place = match self.place {
            Where::Column(n) => n.to_string(),
            Where::Next => "next".into(),
            Where::NextWord => "nw".into(),
            Where::NextField => "nextfield".into(),
            Where::Nowhere => ".".into(),
        };
        words.push(match (self.place, self.length) {
            (Where::Nowhere, _) | (_, None) => place,
            (_, Some(length)) => format!("{place}.{length}"),
        });
        words.extend(self.side.map(|s| format!("{s:?}")));
        words.join(" ")
    }
}

fn text(items: &[Item]) -> String {
    let words: Vec<String> = items
        .iter()
        .map(|item| match item {
            Item::Field(field) => field.text(),
            Item::Pad(c) => format!("pad {c}"),
            Item::WordSeparator(c) => format!("ws {c}"),
            Item::FieldSeparator(c) => format!("fs {c}"),
            Item::Read => "read".into(),
            Item::ReadStop => "readstop".into(),
            Item::Write => "write".into(),
            Item::NoWrite => "nowrite".into(),
            Item::Select(0) => "select first".into(),
            Item::Select(1) => "select 1".into(),
            Item::Select(_) => "select second".into(),
            Item::Output(n) => format!("outstream {n}"),
            Item::Add(n, by) => format!("set #{n}+={by}"),
            Item::Times(to, from, by) => format!("set #{to}:=#{from}*{by}"),
            Item::If(test, then, other) => {
                let test = match test {
                    Test::Odd(n) => format!("#{n}//2=1"),
                    Test::Longer(id, n) => format!("length({id})>{n}"),
                    Test::First => "first()".into(),
                    Test::Same(id, text) => format!("{id}=='{text}'"),
                    Test::Less(n, than) => format!("#{n}<{than}"),
                };
                format!(
                    "if {test} then {} else {} fi",
                    self::text(then),
                    self::text(other)
                )
            }
        })
        .collect();
    words.join(" ")
}

impl List {
    fn text(&self) -> String {
        let mut list = String::new();
        if self.any_eof {
            list.push_str("stop anyeof ");
        }
        if self.printonly {
            list.push_str("printonly eof ");
        }
        // The identifiers are there, whatever uses them.
        for field in &self.kept {
            list.push_str(&field.text());
            list.push(' ');
        }
        list.push_str(&text(&self.items));
        if let Some(items) = &self.at_break {
            list.push_str(&format!(" break a {}", text(items)));
        }
        if let Some(items) = &self.at_end {
            list.push_str(&format!(" eof {}", text(items)));
        }
        list
    }
}

// ---- what it does ----

/// Stops a cycle.
enum Halt {
    /// A conversion failed: the stage ends.
    Failed,
    /// READSTOP at end of file.
    Stop,
}

struct Model<'m> {
    list: &'m List,
    /// What is left of the two streams; the first of each is the record looked at.
    streams: [&'m [Vec<u8>]; 2],
    /// The second reading station.
    behind: Vec<u8>,
    station: u8,
    output: usize,
    writes: bool,
    line: Vec<u8>,
    cycle: i64,
    /// This is the cycle at end of file.
    ends: bool,
    kept: [Vec<u8>; 2],
    seen: bool,
    broken: bool,
    counters: [i64; 2],
    pad: u8,
    separators: [u8; 2],
    written: [Vec<Vec<u8>>; 2],
}

/// The bytes of a range.
fn cut(cut: &Cut, text: &[u8], separators: [u8; 2]) -> Vec<u8> {
    // The units, and what stands before each.
    let mut units: Vec<(usize, usize)> = Vec::new();
    match cut.unit {
        Unit::Columns => units.extend((0..text.len()).map(|n| (n, n + 1))),
        Unit::Fields => {
            let mut start = 0;
            for n in 0..=text.len() {
                if n == text.len() || text[n] == separators[1] {
                    units.push((start, n));
                    start = n + 1;
                }
            }
        }
        Unit::Words => {
            for n in 0..text.len() {
                let begins = n == 0 || text[n - 1] == separators[0];
                match text[n] == separators[0] {
                    true => {}
                    false if begins => units.push((n, n + 1)),
                    false => units.last_mut().expect("a word").1 = n + 1,
                }
            }
        }
    }
    let total = units.len() as i64;
    let from_left = |n: i64| if n > 0 { n } else { total + 1 + n };
    let (from, to) = match cut.extent {
        Extent::One(n) => (from_left(n), from_left(n)),
        Extent::Both(a, b) => (from_left(a), from_left(b)),
        Extent::Length(a, length) => (from_left(a), from_left(a) + length - 1),
        Extent::ToEnd(a) => (from_left(a), total),
    };
    let wanted: Vec<(usize, usize)> = (1..=total)
        .filter(|n| *n >= from && *n <= to)
        .map(|n| units[n as usize - 1])
        .collect();
    match (wanted.first(), wanted.last()) {
        (Some(first), Some(last)) => text[first.0..last.1].to_vec(),
        _ => Vec::new(),
    }
}

fn trimmed(text: &[u8]) -> Vec<u8> {
    let mut text = text.to_vec();
    while text.first() == Some(&b' ') {
        text.remove(0);
    }
    while text.last() == Some(&b' ') {
        text.pop();
    }
    text
}

/// A conversion of a value that is not null.
fn converted(name: &str, value: &[u8]) -> Result<Vec<u8>, Halt> {
    let text = String::from_utf8_lossy(value).replace(' ', "");
    let trimmed = String::from_utf8_lossy(value).trim().to_string();
    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|b| format!("{b:02X}")).collect() };
    let digits = |text: &str, base: u32, each: usize| -> Result<Vec<u8>, Halt> {
        if !text.len().is_multiple_of(each) {
            return Err(Halt::Failed);
        }
        let of = |c: &[u8]| {
            let c = std::str::from_utf8(c).map_err(|_| Halt::Failed)?;
            match c.chars().all(|c| c.is_digit(base)) {
                true => u8::from_str_radix(c, base).map_err(|_| Halt::Failed),
                false => Err(Halt::Failed),
            }
        };
        text.as_bytes().chunks(each).map(of).collect()
    };
    let number = |bytes: &[u8]| -> Result<i64, Halt> {
        let mut wide = match bytes.first() {
            Some(b) if *b >= 0x80 => vec![0xFF; 8],
            _ => vec![0; 8],
        };
        wide.extend_from_slice(bytes);
        match bytes.len() > 8 {
            true => Err(Halt::Failed),
            false => Ok(i64::from_be_bytes(
                wide[wide.len() - 8..].try_into().expect("eight"),
            )),
        }
    };
    let decimal = |text: &str| -> Result<Vec<u8>, Halt> {
        let n: i64 = text.parse().map_err(|_| Halt::Failed)?;
        match (-(1 << 31)..1 << 32).contains(&n) {
            true => Ok(n.to_be_bytes()[4..].to_vec()),
            false => Err(Halt::Failed),
        }
    };
    Ok(match name {
        "c2x" => hex(value).into_bytes(),
        "c2b" => value
            .iter()
            .map(|b| format!("{b:08b}"))
            .collect::<String>()
            .into_bytes(),
        "c2d" => format!("{:>11}", number(value)?).into_bytes(),
        "x2c" => digits(&text, 16, 2)?,
        "b2c" => digits(&text, 2, 8)?,
        "x2d" => format!("{:>11}", number(&digits(&text, 16, 2)?)?).into_bytes(),
        "x2b" => digits(&text, 16, 2)?
            .iter()
            .map(|b| format!("{b:08b}"))
            .collect::<String>()
            .into_bytes(),
        "b2x" => hex(&digits(&text, 2, 8)?).into_bytes(),
        "d2c" => decimal(&trimmed)?,
        "d2x" => hex(&decimal(&trimmed)?).into_bytes(),
        "v2c" => {
            let mut out = (value.len() as u16).to_be_bytes().to_vec();
            out.extend_from_slice(value);
            out
        }
        other => panic!("{other}"),
    })
}

impl Model<'_> {
    fn record(&self) -> Vec<u8> {
        match self.station {
            0 => self.streams[0].first().cloned().unwrap_or_default(),
            1 => self.streams[1].first().cloned().unwrap_or_default(),
            _ => self.behind.clone(),
        }
    }

    fn advance(&mut self, stream: usize) {
        if stream == 0 {
            self.behind = self.streams[0].first().cloned().unwrap_or_default();
        }
        self.streams[stream] = self.streams[stream].get(1..).unwrap_or_default();
    }

    fn write(&mut self) {
        let line = std::mem::take(&mut self.line);
        self.written[self.output].push(line);
    }

    /// PAD and the separators hold for what is written behind them, whether it is done or not.
    fn set(&mut self, items: &[Item]) {
        for item in items {
            match item {
                Item::Pad(c) => self.pad = *c as u8,
                Item::WordSeparator(c) => self.separators[0] = *c as u8,
                Item::FieldSeparator(c) => self.separators[1] = *c as u8,
                Item::If(_, then, other) => {
                    self.set(then);
                    self.set(other);
                }
                _ => {}
            }
        }
    }

    fn items(&mut self, items: &[Item]) -> Result<(), Halt> {
        for item in items {
            match item {
                Item::Field(field) => self.field(field)?,
                Item::Pad(_) | Item::WordSeparator(_) | Item::FieldSeparator(_) => {
                    self.set(std::slice::from_ref(item));
                }
                Item::Read | Item::ReadStop => {
                    let stream = usize::from(self.station == 1);
                    self.advance(stream);
                    if self.streams[stream].is_empty() && matches!(item, Item::ReadStop) {
                        return Err(Halt::Stop);
                    }
                }
                Item::Write => self.write(),
                Item::NoWrite => self.writes = false,
                Item::Select(station) => self.station = *station,
                Item::Output(n) => self.output = *n,
                Item::Add(n, by) => self.counters[*n] += by,
                Item::Times(to, from, by) => self.counters[*to] = self.counters[*from] * by,
                Item::If(test, then, other) => {
                    let holds = match test {
                        Test::Odd(n) => self.counters[*n] % 2 == 1,
                        Test::Longer(id, n) => self.kept[usize::from(*id == 'b')].len() > *n,
                        Test::First => self.cycle == 1 && !self.ends,
                        Test::Same(id, text) => {
                            self.kept[usize::from(*id == 'b')] == text.as_bytes()
                        }
                        Test::Less(n, than) => self.counters[*n] < *than,
                    };
                    if holds {
                        self.items(then)?;
                        self.set(other);
                    } else {
                        self.set(then);
                        self.items(other)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn value(&self, input: &Input) -> Vec<u8> {
        match input {
            Input::Range(cuts) => cuts
                .iter()
                .rev()
                .fold(self.record(), |text, c| cut(c, &text, self.separators)),
            Input::Text(text) => text.clone().into_bytes(),
            Input::Recno { from, by } => {
                format!("{:>10}", from + by * (self.cycle - 1)).into_bytes()
            }
            Input::Kept(id) => self.kept[usize::from(*id == 'b')].clone(),
            Input::Counter(n) => format!("{:>11}", self.counters[*n]).into_bytes(),
        }
    }

    fn field(&mut self, field: &Field) -> Result<(), Halt> {
        let mut value = self.value(&field.input);
        if field.strip {
            value = trimmed(&value);
        }
        if let Some(name) = field.conversion
            && !value.is_empty()
        {
            value = converted(name, &value)?;
        }
        if let Some(id) = field.id {
            if id == 'a' {
                self.broken |= !self.seen || self.kept[0] != value;
                self.seen = true;
            }
            self.kept[usize::from(id == 'b')] = value.clone();
        }
        if matches!(field.place, Where::Nowhere) || (value.is_empty() && field.length.is_none()) {
            return Ok(());
        }
        let at = match field.place {
            Where::Column(n) => n - 1,
            Where::NextWord if !self.line.is_empty() => {
                self.line.push(b' ');
                self.line.len()
            }
            Where::NextField if !self.line.is_empty() => {
                self.line.push(b'\t');
                self.line.len()
            }
            _ => self.line.len(),
        };
        let numbered = matches!(field.input, Input::Recno { .. });
        let side = field.side.unwrap_or(match numbered {
            true => Side::Right,
            false => Side::Left,
        });
        let room = field.length.unwrap_or(value.len());
        if field.side.is_some() {
            value = trimmed(&value);
        }
        let mut turn = true;
        while value.len() > room {
            // The middle loses on both sides in turn, the right one first.
            match side {
                Side::Left => drop(value.pop()),
                Side::Right => drop(value.remove(0)),
                Side::Center if turn => drop(value.pop()),
                Side::Center => drop(value.remove(0)),
            }
            turn = !turn;
        }
        let mut turn = true;
        while value.len() < room {
            match side {
                Side::Left => value.push(self.pad),
                Side::Right => value.insert(0, self.pad),
                Side::Center if turn => value.push(self.pad),
                Side::Center => value.insert(0, self.pad),
            }
            turn = !turn;
        }
        for (n, byte) in value.into_iter().enumerate() {
            while self.line.len() <= at + n {
                self.line.push(self.pad);
            }
            self.line[at + n] = byte;
        }
        Ok(())
    }

    /// One cycle; at end of file with the items of EOF.
    fn cycle(&mut self, ends: bool, from_start: bool) -> Result<(), Halt> {
        let list = self.list;
        self.station = 0;
        self.output = 0;
        self.writes = true;
        self.pad = b' ';
        self.separators = [b' ', b'\t'];
        self.broken = ends;
        self.ends = ends;
        let mut all = || -> Result<(), Halt> {
            match from_start {
                true => {
                    for field in &list.kept {
                        self.field(field)?;
                    }
                    self.items(&list.items)?;
                }
                false => self.set(&list.items),
            }
            if let Some(items) = &list.at_break {
                match self.broken && from_start {
                    true => self.items(items)?,
                    false => self.set(items),
                }
            }
            if let Some(items) = &list.at_end
                && ends
            {
                self.items(items)?;
            }
            Ok(())
        };
        match all() {
            Err(Halt::Failed) => return Err(Halt::Failed),
            Err(Halt::Stop) | Ok(()) => {}
        }
        if self.writes && (ends || !list.printonly) {
            self.write();
        }
        self.line.clear();
        Ok(())
    }

    fn run(&mut self) -> Result<(), Halt> {
        let uses = self.list.uses_secondary();
        loop {
            let gone = [
                self.streams[0].is_empty(),
                uses && self.streams[1].is_empty(),
            ];
            let ends = match (uses, self.list.any_eof) {
                (false, _) => gone[0],
                (true, true) => gone[0] || gone[1],
                (true, false) => gone[0] && gone[1],
            };
            if ends {
                break;
            }
            self.cycle += 1;
            self.cycle(false, true)?;
            self.advance(0);
            if uses {
                self.advance(1);
            }
        }
        let again = self.list.uses_second();
        if self.list.at_end.is_some() || again {
            self.streams = [&[], &[]];
            self.cycle(true, again)?;
        }
        Ok(())
    }
}

fn mentions(items: &[Item], what: &dyn Fn(&Item) -> bool) -> bool {
    items.iter().any(|item| match item {
        Item::If(_, then, other) => mentions(then, what) || mentions(other, what),
        item => what(item),
    })
}

impl List {
    fn selects(&self, station: u8, items: &Option<Vec<Item>>) -> bool {
        let it = |item: &Item| matches!(item, Item::Select(n) if *n == station);
        let more = [&self.at_break, items];
        mentions(&self.items, &it) || more.into_iter().flatten().any(|items| mentions(items, &it))
    }

    fn uses_secondary(&self) -> bool {
        self.selects(1, &self.at_end)
    }

    /// Whether the items before EOF use the second reading station: they then have a cycle of their own at the
    /// end.
    fn uses_second(&self) -> bool {
        self.selects(2, &None)
    }
}

// ---- lists as they come ----

fn any_cut() -> impl Strategy<Value = Cut> {
    let at = prop_oneof![8 => 1..7i64, 2 => -5..0i64];
    let extent = prop_oneof![
        4 => at.clone().prop_map(Extent::One),
        3 => (at.clone(), at.clone()).prop_filter_map("in order", |(a, b)| {
            ((a > 0) != (b > 0) || a <= b).then_some(Extent::Both(a, b))
        }),
        3 => (at.clone(), 1..5i64).prop_map(|(a, n)| Extent::Length(a, n)),
        3 => at.prop_map(Extent::ToEnd),
    ];
    let unit = prop_oneof![
        3 => Just(Unit::Columns),
        3 => Just(Unit::Words),
        1 => Just(Unit::Fields)
    ];
    (unit, extent).prop_map(|(unit, extent)| Cut { unit, extent })
}

fn any_input() -> impl Strategy<Value = Input> {
    prop_oneof![
        8 => any_cut().prop_map(|c| Input::Range(vec![c])),
        1 => prop::collection::vec(any_cut(), 2..4).prop_map(Input::Range),
        3 => "[xy ]{0,4}".prop_map(Input::Text),
        1 => "[-]?[0-9]{1,4}".prop_map(Input::Text),
        1 => (-3..1000i64, -2..20i64).prop_map(|(from, by)| Input::Recno { from, by }),
        1 => prop_oneof![Just('a'), Just('b')].prop_map(Input::Kept),
        1 => (0..2usize).prop_map(Input::Counter),
    ]
}

const CONVERSIONS: &[&str] = &[
    "c2x", "c2b", "c2d", "x2c", "b2c", "x2d", "x2b", "b2x", "d2c", "d2x", "v2c",
];

/// A field without an identifier.
fn any_field() -> impl Strategy<Value = Field> {
    let place = prop_oneof![
        4 => (1..16usize).prop_map(Where::Column),
        3 => Just(Where::Next),
        4 => Just(Where::NextWord),
        1 => Just(Where::NextField),
        1 => Just(Where::Nowhere),
    ];
    let side = prop::option::weighted(
        0.3,
        prop_oneof![Just(Side::Left), Just(Side::Center), Just(Side::Right)],
    );
    let safe = prop_oneof![Just("c2x"), Just("c2b"), Just("v2c")];
    let conversion = prop_oneof![
        20 => Just(None),
        3 => safe.prop_map(Some),
        1 => prop::sample::select(CONVERSIONS).prop_map(Some),
    ];
    (
        any_input(),
        prop::bool::weighted(0.2),
        conversion,
        place,
        prop::option::weighted(0.3, 1..9usize),
        side,
    )
        .prop_map(|(input, strip, conversion, place, length, side)| Field {
            id: None,
            input,
            strip,
            conversion,
            place,
            length,
            side,
        })
}

/// The fields a and b, which refer to no field themselves.
fn any_kept() -> impl Strategy<Value = [Field; 2]> {
    (any_field(), any_field(), prop::bool::weighted(0.7)).prop_map(|(a, b, hidden)| {
        let kept = |id, field: Field| Field {
            id: Some(id),
            input: match field.input {
                Input::Kept(_) => Input::Text("zz".into()),
                input => input,
            },
            place: if hidden { Where::Nowhere } else { field.place },
            ..field
        };
        [kept('a', a), kept('b', b)]
    })
}

fn any_test() -> impl Strategy<Value = Test> {
    prop_oneof![
        (0..2usize).prop_map(Test::Odd),
        (prop_oneof![Just('a'), Just('b')], 0..5usize).prop_map(|(id, n)| Test::Longer(id, n)),
        Just(Test::First),
        (prop_oneof![Just('a'), Just('b')], "[ab]{0,1}").prop_map(|(id, t)| Test::Same(id, t)),
        (0..2usize, -2..6i64).prop_map(|(n, than)| Test::Less(n, than)),
    ]
}

fn any_item() -> impl Strategy<Value = Item> {
    let separator = prop_oneof![Just(','), Just('b'), Just('/')];
    let plain = prop_oneof![
        12 => any_field().prop_map(Item::Field),
        1 => prop_oneof![Just('*'), Just('.'), Just('0')].prop_map(Item::Pad),
        1 => separator.clone().prop_map(Item::WordSeparator),
        1 => separator.prop_map(Item::FieldSeparator),
        1 => Just(Item::Read),
        1 => Just(Item::ReadStop),
        1 => Just(Item::Write),
        1 => Just(Item::NoWrite),
        2 => (0..2u8).prop_map(Item::Select),
        1 => (0..2usize).prop_map(Item::Output),
        1 => (0..2usize, -3..9i64).prop_map(|(n, by)| Item::Add(n, by)),
        1 => (0..2usize, 0..2usize, -2..4i64).prop_map(|(a, b, by)| Item::Times(a, b, by)),
    ];
    plain.prop_recursive(2, 12, 4, |inner| {
        (
            any_test(),
            prop::collection::vec(inner.clone(), 0..4),
            prop::collection::vec(inner, 0..3),
        )
            .prop_map(|(test, then, other)| Item::If(test, then, other))
    })
}

/// The same without READ, which the book does not tell of at end of file and with the second reading station.
fn unread(items: Vec<Item>) -> Vec<Item> {
    items
        .into_iter()
        .filter_map(|item| match item {
            Item::Read | Item::ReadStop => None,
            Item::If(test, then, other) => Some(Item::If(test, unread(then), unread(other))),
            item => Some(item),
        })
        .collect()
}

/// The same with the second reading station for the second stream.
fn with_second(items: Vec<Item>) -> Vec<Item> {
    items
        .into_iter()
        .map(|item| match item {
            Item::Select(1) => Item::Select(2),
            Item::If(test, then, other) => Item::If(test, with_second(then), with_second(other)),
            item => item,
        })
        .collect()
}

fn any_list() -> impl Strategy<Value = List> {
    let some = |n| prop::collection::vec(any_item(), n);
    (
        any_kept(),
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.2),
        prop_oneof![3 => prop::collection::vec(any_field().prop_map(Item::Field), 1..6), 5 => some(1..9)],
        prop::option::weighted(0.2, some(0..3)),
        prop::option::weighted(0.3, some(0..4)),
    )
        .prop_map(|(kept, printonly, second, any_eof, items, at_break, at_end)| {
            let of = |items| match second {
                true => with_second(unread(items)),
                false => items,
            };
            List {
                kept,
                printonly,
                any_eof,
                items: of(items),
                at_break: at_break.map(of),
                at_end: at_end.map(unread).map(of),
            }
        })
}

fn records() -> impl Strategy<Value = Vec<String>> {
    let record = prop_oneof![
        3 => "[ab ,]{0,12}",
        2 => "[a-d]{1,3}( {1,2}[a-d]{1,3}){0,4}",
        1 => "[0-9]{1,4}( [0-9]{1,2})?",
        1 => "[abc]{0,2}(,[ab ]{0,2}){0,4}",
    ];
    prop::collection::vec(record, 0..5)
}

/// What the stage itself writes: the return code and the records of its two outputs.
fn ours(list: &str, inputs: [&[String]; 2], fusion: Fusion) -> (i32, [Vec<Vec<u8>>; 2]) {
    let mut host = TestHost::default();
    for (name, records) in ["IN", "TWO"].iter().zip(inputs) {
        let records: Vec<&str> = records.iter().map(String::as_str).collect();
        host.file(&format!("{name} DATA"), &records);
    }
    let spec = format!("(end ?) < in data|s: specs {list}|> out data ? < two data|s:|> more data");
    let rc = host.run_with(&spec, fusion);
    let files = host.files.borrow();
    let lines = |name: &str| files.get(name).cloned().unwrap_or_default();
    (rc, [lines("OUT DATA"), lines("MORE DATA")])
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn random_lists_do_what_the_model_does(
        list in any_list(),
        first in records(),
        two in records(),
    ) {
        let bytes = |r: &[String]| r.iter().map(|l| l.clone().into_bytes()).collect::<Vec<_>>();
        let (one, other) = (bytes(&first), bytes(&two));
        let mut model = Model {
            list: &list,
            streams: [&one, &other],
            behind: Vec::new(),
            station: 0,
            output: 0,
            writes: true,
            line: Vec::new(),
            cycle: 0,
            ends: false,
            kept: [Vec::new(), Vec::new()],
            seen: false,
            broken: false,
            counters: [0, 0],
            pad: b' ',
            separators: [b' ', b'\t'],
            written: [Vec::new(), Vec::new()],
        };
        let done = model.run();
        let wanted = model.written.clone();
        let text = list.text();
        for fusion in [Fusion::On, Fusion::Off] {
            let (rc, written) = ours(&text, [&first, &two], fusion);
            match done {
                Ok(()) => {
                    prop_assert_eq!(rc, 0, "specs {}", text);
                    let show = |w: &[Vec<Vec<u8>>; 2]| w.clone().map(|records| {
                        records.iter().map(|r| String::from_utf8_lossy(r).into_owned()).collect::<Vec<_>>()
                    });
                    prop_assert_eq!(show(&written), show(&wanted), "specs {}\non {:?} {:?}", text, first, two);
                }
                Err(_) => prop_assert!(rc < 0, "{} specs {}", rc, text),
            }
        }
    }
}
