//! The keyboard: what typing does in the buffer, and the keys that the program hears of.

use super::inbound::Aid;
use super::screen::{Cell, DEFAULT, Extended, Screen, attribute};
use crate::base::codepage::CodePage;

/// A key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Key {
    /// A character, as the code page of consoles has it.
    Character(u8),
    /// A key that gives the program the attention.
    Aid(Aid),
    /// To the next unprotected field.
    Tab,
    /// To the field's beginning, or that of the one before.
    BackTab,
    /// To the first unprotected field.
    Home,
    /// To the first unprotected place of a later line.
    NewLine,
    /// The cursor, a place.
    Up,
    /// The cursor, a place.
    Down,
    /// The cursor, a place.
    Left,
    /// The cursor, a place.
    Right,
    /// Takes the character out before the cursor.
    Rubout,
    /// Takes the character out at the cursor.
    Delete,
    /// Nulls up to the end of the field.
    EraseEnd,
    /// Nulls in all unprotected fields.
    EraseInput,
    /// Typed characters are put between the others, or no longer.
    Insert,
    /// The DUP character, and on to the next field.
    Dup,
    /// The FIELD MARK character.
    FieldMark,
    /// Frees the keyboard, and ends insertion.
    Reset,
}

/// What a key did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pressed {
    /// It was done here.
    Done,
    /// The program is to be told.
    Attention,
    /// It can't be pressed now, or not here.
    Refused,
}

const DUP: u8 = 0x1C;
const FIELD_MARK: u8 = 0x1E;

impl Screen {
    /// Presses a key.
    pub fn press(&mut self, key: Key) -> Pressed {
        if self.locked && key != Key::Reset {
            return Pressed::Refused;
        }
        self.changes += 1;
        match key {
            Key::Character(c) => return self.type_code(CodePage::CONSOLE.code_of(c)),
            Key::FieldMark => return self.type_code(FIELD_MARK),
            Key::Dup => {
                let typed = self.type_code(DUP);
                if typed == Pressed::Done {
                    self.cursor = self.next_open(self.before(self.cursor)).unwrap_or(0);
                }
                return typed;
            }
            Key::Aid(aid) => return self.press_aid(aid),
            Key::Tab => self.cursor = self.next_open(self.cursor).unwrap_or(0),
            Key::BackTab => self.back_tab(),
            Key::Home => self.cursor = self.next_open(self.cells.len() - 1).unwrap_or(0),
            Key::NewLine => self.new_line(),
            Key::Up => self.step(self.cells.len() - self.columns),
            Key::Down => self.step(self.columns),
            Key::Left => self.cursor = self.before(self.cursor),
            Key::Right => self.cursor = self.after(self.cursor),
            Key::Rubout => return self.rub_out(),
            Key::Delete => return self.delete(),
            Key::EraseEnd => return self.erase_end(),
            Key::EraseInput => self.erase_input(),
            Key::Insert => self.inserting = !self.inserting,
            Key::Reset => (self.locked, self.inserting) = (false, false),
        }
        Pressed::Done
    }

    /// Types host bytes at the cursor, in place of what stands from there to the end of the field; a cursor where
    /// nothing can be typed goes to the next field first. What finds no room sounds the alarm.
    pub fn type_text(&mut self, text: &[u8]) {
        if !self.open(self.cursor) {
            self.press(Key::Tab);
        }
        let room = match self.formatted() {
            true => self.to_end(self.cursor).len(),
            false => self.cells.len(),
        };
        let inserting = std::mem::take(&mut self.inserting);
        self.erase_end();
        for &c in text.iter().take(room) {
            self.press(Key::Character(c));
        }
        if text.len() > room {
            self.alarms = self.alarms.saturating_add(1);
        }
        self.inserting = inserting;
    }

    fn press_aid(&mut self, aid: Aid) -> Pressed {
        let Some(code) = aid.code() else {
            return Pressed::Refused;
        };
        if aid == Aid::Clear {
            self.erase(DEFAULT);
        }
        self.aid = code;
        self.locked = true;
        self.inserting = false;
        Pressed::Attention
    }

    fn step(&mut self, by: usize) {
        self.cursor = (self.cursor + by) % self.cells.len();
    }

    /// A typed character, with the attributes of its field: it takes the place of another or moves it, and the cursor
    /// leaves a field that is full.
    fn type_code(&mut self, code: u8) -> Pressed {
        let at = self.cursor;
        if !self.open(at) || self.inserting && !self.make_room(at) {
            return Pressed::Refused;
        }
        self.cells[at] = Cell::character(code, Extended::default());
        self.set_modified(at);
        let mut next = self.after(at);
        while let Some(bits) = self.cells[next].field {
            const SKIP: u8 = attribute::PROTECTED | attribute::NUMERIC;
            if bits & SKIP == SKIP {
                next = self.next_open(next).unwrap_or(0);
                break;
            }
            next = self.after(next);
            if next == at {
                break;
            }
        }
        self.cursor = next;
        Pressed::Done
    }

    /// The places from one to the end of its field, or of the screen's line when there are no fields.
    fn to_end(&self, at: usize) -> Vec<usize> {
        if !self.formatted() {
            let line_end = (at / self.columns + 1) * self.columns;
            return (at..line_end).collect();
        }
        self.around(at)
            .take_while(|place| self.cells[*place].field.is_none())
            .collect()
    }

    /// Moves the characters from a place on, up to the first null behind it; false when there is none.
    fn make_room(&mut self, at: usize) -> bool {
        let places = self.to_end(at);
        let Some(free) = places.iter().position(|place| self.cells[*place].code == 0) else {
            return false;
        };
        for n in (0..free).rev() {
            self.cells[places[n + 1]] = self.cells[places[n]];
        }
        true
    }

    fn delete(&mut self) -> Pressed {
        let at = self.cursor;
        if !self.open(at) {
            return Pressed::Refused;
        }
        let places = self.to_end(at);
        for pair in places.windows(2) {
            self.cells[pair[0]] = self.cells[pair[1]];
        }
        if let Some(&last) = places.last() {
            self.cells[last].empty();
        }
        self.set_modified(at);
        Pressed::Done
    }

    fn rub_out(&mut self) -> Pressed {
        let before = self.before(self.cursor);
        if !self.open(self.cursor) || !self.open(before) {
            return Pressed::Refused;
        }
        self.cursor = before;
        self.delete()
    }

    fn erase_end(&mut self) -> Pressed {
        let at = self.cursor;
        if !self.open(at) {
            return Pressed::Refused;
        }
        let places = match self.formatted() {
            true => self.to_end(at),
            false => (at..self.cells.len()).collect(),
        };
        for place in places {
            self.cells[place].empty();
        }
        self.set_modified(at);
        Pressed::Done
    }

    /// Unlike what the program's command does, the state of the keyboard stays.
    fn erase_input(&mut self) {
        let before = (self.aid, self.inserting);
        self.erase_unprotected();
        (self.aid, self.inserting) = before;
    }

    fn back_tab(&mut self) {
        // From the place before the cursor, and from its field's beginning on to the field before.
        let mut from = self.before(self.cursor);
        if self.cells[from].field.is_some() {
            from = self.before(from);
        }
        let found = self.around_back(from).find_map(|at| self.opens(at));
        self.cursor = found.unwrap_or(0);
    }

    fn new_line(&mut self) {
        let next = (self.cursor / self.columns + 1) * self.columns % self.cells.len();
        self.cursor = match self.open(next) {
            true => next,
            false => self.next_open(next).unwrap_or(0),
        };
    }
}
