//! The character buffer of a display: cells, fields, cursor (3270 Data Stream Programmer's Reference, GA23-0059,
//! chapters 2 and 4).

use crate::base::codepage::CodePage;

/// The bits of a field attribute.
pub(super) mod attribute {
    /// Nothing can be typed into the field.
    pub const PROTECTED: u8 = 0x20;
    /// Digits only; of a protected field: the cursor skips it.
    pub const NUMERIC: u8 = 0x10;
    /// How the field is shown.
    pub const DISPLAY: u8 = 0x0C;
    /// It is shown brighter.
    pub const INTENSE: u8 = 0x08;
    /// It is not shown.
    pub const HIDDEN: u8 = 0x0C;
    /// The field was modified.
    pub const MODIFIED: u8 = 0x01;
}

/// What extends a field attribute, or differs from it for one character; 0 is the default of each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Extended {
    pub highlight: u8,
    pub colour: u8,
    pub background: u8,
    pub set: u8,
}

impl Extended {
    /// The value that belongs to an attribute type; none when the type is not there.
    pub fn of_type(&mut self, kind: u8) -> Option<&mut u8> {
        match kind {
            0x41 => Some(&mut self.highlight),
            0x42 => Some(&mut self.colour),
            0x43 => Some(&mut self.set),
            0x45 => Some(&mut self.background),
            _ => None,
        }
    }

    /// Types and values that are not the default.
    pub fn pairs(self) -> impl Iterator<Item = (u8, u8)> {
        let Extended {
            highlight,
            colour,
            background,
            set,
        } = self;
        [
            (0x42, colour),
            (0x45, background),
            (0x41, highlight),
            (0x43, set),
        ]
        .into_iter()
        .filter(|(_, value)| *value != 0)
    }
}

/// The character set that the graphic escape order chooses.
pub(super) const GRAPHIC: u8 = 0xF1;

/// One place of the buffer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Cell {
    /// The EBCDIC character.
    pub code: u8,
    /// Here begins a field, with these bits.
    pub field: Option<u8>,
    /// Of the field, or of the character.
    pub extended: Extended,
}

impl Cell {
    /// A character.
    pub fn character(code: u8, extended: Extended) -> Cell {
        Cell {
            code,
            field: None,
            extended,
        }
    }

    /// Makes it a null; what a character had of its own stays but for the set.
    pub fn empty(&mut self) {
        self.code = 0;
        self.extended.set = 0;
    }

    /// The place before a field.
    pub fn start(field: u8, extended: Extended) -> Cell {
        Cell {
            code: 0,
            field: Some(field & 0x3F),
            extended,
        }
    }
}

/// The models, which differ in the size of the alternate screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Model {
    /// 24 lines of 80.
    #[default]
    Two,
    /// 32 lines of 80.
    Three,
    /// 43 lines of 80.
    Four,
    /// 27 lines of 132.
    Five,
}

impl Model {
    /// Lines and columns of the alternate screen.
    pub fn size(self) -> (usize, usize) {
        match self {
            Model::Two => DEFAULT,
            Model::Three => (32, 80),
            Model::Four => (43, 80),
            Model::Five => (27, 132),
        }
    }

    /// The model's number.
    pub fn number(self) -> u8 {
        match self {
            Model::Two => 2,
            Model::Three => 3,
            Model::Four => 4,
            Model::Five => 5,
        }
    }

    /// The greatest model for which there is room, with a line left for the status.
    pub fn fitting(lines: usize, columns: usize) -> Model {
        let fits = |model: &Model| {
            let (high, wide) = model.size();
            lines > high && columns >= wide
        };
        [Model::Four, Model::Five, Model::Three]
            .into_iter()
            .find(fits)
            .unwrap_or_default()
    }
}

/// Lines and columns of the default screen.
pub(super) const DEFAULT: (usize, usize) = (24, 80);

/// How much of the attributes an inbound data stream tells (set reply mode).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) enum Reply {
    /// Field attributes.
    #[default]
    Field,
    /// Extended ones of fields, too.
    Extended,
    /// And those of characters, of these types.
    Character(Vec<u8>),
}

/// How a place of the screen looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Look {
    /// What stands there.
    pub character: char,
    /// X'F1' blue, X'F2' red, X'F3' pink, X'F4' green, X'F5' turquoise, X'F6' yellow, X'F7' white.
    pub colour: u8,
    /// The same of the background; X'00' as the terminal has it.
    pub background: u8,
    /// X'F1' blinks, X'F2' is reversed, X'F4' underscored; else plain.
    pub highlight: u8,
    /// It is brighter.
    pub intense: bool,
}

/// The screen of a display station: its buffer, the cursor and the state of the keyboard.
#[derive(Clone, Debug)]
pub struct Screen {
    pub(super) model: Model,
    pub(super) lines: usize,
    pub(super) columns: usize,
    pub(super) cells: Vec<Cell>,
    pub(super) cursor: usize,
    /// Where an outbound data stream goes on.
    pub(super) address: usize,
    pub(super) aid: u8,
    pub(super) locked: bool,
    pub(super) inserting: bool,
    pub(super) reply: Reply,
    pub(super) alarms: u32,
    /// Counts what changes the picture.
    pub(super) changes: u64,
}

impl Screen {
    /// A screen that has shown nothing, of the default size.
    pub fn new(model: Model) -> Screen {
        let (lines, columns) = DEFAULT;
        Screen {
            model,
            lines,
            columns,
            cells: vec![Cell::default(); lines * columns],
            cursor: 0,
            address: 0,
            aid: super::inbound::NO_KEY,
            locked: false,
            inserting: false,
            reply: Reply::Field,
            alarms: 0,
            changes: 0,
        }
    }

    /// Lines and columns, as they are now.
    pub fn size(&self) -> (usize, usize) {
        (self.lines, self.columns)
    }

    /// The model.
    pub fn model(&self) -> Model {
        self.model
    }

    /// The cursor's line and column, from 0.
    pub fn cursor(&self) -> (usize, usize) {
        (self.cursor / self.columns, self.cursor % self.columns)
    }

    /// Whether keys wait until the program has dealt with the last one.
    pub fn locked(&self) -> bool {
        self.locked
    }

    /// Whether typed characters move those behind them.
    pub fn inserting(&self) -> bool {
        self.inserting
    }

    /// A number that changes when the picture does.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// How often the alarm sounded since the last call.
    pub fn take_alarms(&mut self) -> u32 {
        std::mem::take(&mut self.alarms)
    }

    /// Nulls everywhere, at another size; the cursor goes to the first place, and reads tell fields only.
    pub(super) fn erase(&mut self, (lines, columns): (usize, usize)) {
        (self.lines, self.columns) = (lines, columns);
        self.cells = vec![Cell::default(); lines * columns];
        self.cursor = 0;
        self.address = 0;
        self.reply = Reply::Field;
        self.changes += 1;
    }

    /// The place after one; the buffer has no end.
    pub(super) fn after(&self, at: usize) -> usize {
        (at + 1) % self.cells.len()
    }

    /// The place before one.
    pub(super) fn before(&self, at: usize) -> usize {
        (at + self.cells.len() - 1) % self.cells.len()
    }

    /// Every place once, beginning with one.
    pub(super) fn around(&self, from: usize) -> impl Iterator<Item = usize> + use<> {
        let size = self.cells.len();
        (0..size).map(move |n| (from + n) % size)
    }

    /// The same the other way about.
    pub(super) fn around_back(&self, from: usize) -> impl Iterator<Item = usize> + use<> {
        let size = self.cells.len();
        (0..size).map(move |n| (from + size - n) % size)
    }

    /// Whether the screen has fields.
    pub(super) fn formatted(&self) -> bool {
        self.cells.iter().any(|cell| cell.field.is_some())
    }

    /// Where the field begins in which a place is, with its bits; none on a screen without fields.
    pub(super) fn field_of(&self, at: usize) -> Option<(usize, u8)> {
        self.around_back(at)
            .find_map(|place| self.cells[place].field.map(|bits| (place, bits)))
    }

    /// Whether something can be typed at a place.
    pub(super) fn open(&self, at: usize) -> bool {
        self.cells[at].field.is_none()
            && self
                .field_of(at)
                .is_none_or(|(_, bits)| bits & attribute::PROTECTED == 0)
    }

    /// The first character of an unprotected field that begins at a place and is not empty.
    pub(super) fn opens(&self, at: usize) -> Option<usize> {
        let next = self.after(at);
        let begins = self.cells[at]
            .field
            .is_some_and(|bits| bits & attribute::PROTECTED == 0);
        (begins && self.cells[next].field.is_none()).then_some(next)
    }

    /// The same of the first such field that begins at or behind a place.
    pub(super) fn next_open(&self, from: usize) -> Option<usize> {
        self.around(from).find_map(|at| self.opens(at))
    }

    /// The bit that says whether a field was modified.
    pub(super) fn set_modified(&mut self, at: usize) {
        if let Some((start, bits)) = self.field_of(at) {
            self.cells[start].field = Some(bits | attribute::MODIFIED);
        }
    }

    /// How the places look, line by line.
    pub fn looks(&self) -> Vec<Vec<Look>> {
        let mut field = self.field_of(0);
        let looks: Vec<Look> = (0..self.cells.len())
            .map(|at| {
                field = self.cells[at].field.map(|bits| (at, bits)).or(field);
                self.look(at, field)
            })
            .collect();
        looks.chunks(self.columns).map(<[Look]>::to_vec).collect()
    }

    /// How a place looks that is in a field, if there is one.
    fn look(&self, at: usize, field: Option<(usize, u8)>) -> Look {
        let cell = self.cells[at];
        let bits = field.map_or(0, |(_, bits)| bits);
        let of_field = field.map_or(Extended::default(), |(start, _)| self.cells[start].extended);
        let own = match cell.field {
            Some(_) => Extended::default(),
            None => cell.extended,
        };
        let either = |own: u8, field: u8| if own == 0 { field } else { own };
        let hidden = bits & attribute::DISPLAY == attribute::HIDDEN;
        let intense = bits & attribute::DISPLAY == attribute::INTENSE;
        let colour = match either(own.colour, of_field.colour) {
            0 => base_colour(bits),
            colour => colour,
        };
        let plain = Look {
            character: ' ',
            colour,
            background: either(own.background, of_field.background),
            highlight: either(own.highlight, of_field.highlight),
            intense: intense || own.highlight == 0xF8,
        };
        match cell.field.is_some() || hidden {
            true => Look {
                // The place of an attribute is a blank.
                highlight: 0,
                background: 0,
                ..plain
            },
            false => Look {
                character: shown(cell.code, either(own.set, of_field.set)),
                ..plain
            },
        }
    }

    /// The lines as text, without the blanks at their ends.
    pub fn text(&self) -> Vec<String> {
        let line = |looks: &Vec<Look>| {
            let text: String = looks.iter().map(|look| look.character).collect();
            text.trim_end().to_owned()
        };
        self.looks().iter().map(line).collect()
    }
}

/// The colour that a field's bits give it where it has none of its own.
fn base_colour(bits: u8) -> u8 {
    let intense = bits & attribute::DISPLAY == attribute::INTENSE;
    match (bits & attribute::PROTECTED != 0, intense) {
        (false, false) => 0xF4,
        (false, true) => 0xF2,
        (true, false) => 0xF1,
        (true, true) => 0xF7,
    }
}

/// The character of a code; the controls that have a sign on the screen show it.
fn shown(code: u8, set: u8) -> char {
    match (code, set) {
        (0x1C, _) => '*',
        (0x1E, _) => ';',
        (0x3F, _) => '\u{25CF}',
        (0x00..=0x3F | 0xFF, _) => ' ',
        (_, GRAPHIC) => graphic(code),
        _ => char::from(CodePage::CONSOLE.to_host(code)),
    }
}

/// The lines and corners of code page 310, which the graphic escape order shows; the other signs are not known.
fn graphic(code: u8) -> char {
    match code {
        0x40 => ' ',
        0x85 => '\u{2502}',
        0xA2 => '\u{2500}',
        0xC4 => '\u{2514}',
        0xC5 => '\u{250C}',
        0xC6 => '\u{251C}',
        0xC7 => '\u{2534}',
        0xD3 => '\u{253C}',
        0xD4 => '\u{2518}',
        0xD5 => '\u{2510}',
        0xD6 => '\u{2524}',
        0xD7 => '\u{252C}',
        _ => char::REPLACEMENT_CHARACTER,
    }
}
