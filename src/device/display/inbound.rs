//! Inbound data streams: what a read gives the program (GA23-0059, chapter 3).

use super::outbound::{FIELD, order};
use super::screen::{Cell, Extended, GRAPHIC, Reply, Screen, attribute};

/// The attention identifier while no key has been pressed.
pub(super) const NO_KEY: u8 = 0x60;
/// The attention identifier before structured fields.
pub(super) const STRUCTURED: u8 = 0x88;

/// A key that gives the program the attention.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Aid {
    /// ENTER.
    Enter,
    /// CLEAR, which also erases the screen.
    Clear,
    /// PA1 to PA3.
    Pa(u8),
    /// PF1 to PF24.
    Pf(u8),
}

impl Aid {
    /// The attention identifier; none for a key that there is not.
    pub(super) fn code(self) -> Option<u8> {
        const PF: [u8; 24] = [
            0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0x7A, 0x7B, 0x7C, 0xC1, 0xC2,
            0xC3, 0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0x4A, 0x4B, 0x4C,
        ];
        match self {
            Aid::Enter => Some(0x7D),
            Aid::Clear => Some(CLEAR),
            Aid::Pa(1) => Some(0x6C),
            Aid::Pa(2) => Some(0x6E),
            Aid::Pa(3) => Some(0x6B),
            Aid::Pa(_) => None,
            Aid::Pf(n) => PF.get(usize::from(n).checked_sub(1)?).copied(),
        }
    }
}

/// The attention identifier of CLEAR.
pub(super) const CLEAR: u8 = 0x6D;
/// Those of keys which send nothing but themselves.
const SHORT: [u8; 4] = [CLEAR, 0x6C, 0x6E, 0x6B];

/// How much read modified gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Amount {
    /// Of CLEAR and the PA keys, the key alone.
    ByKey,
    /// The fields in any case (read modified all).
    All,
}

/// Six bits as the graphic character that stands for them.
pub(super) fn graphic_of(bits: u8) -> u8 {
    let bits = bits & 0x3F;
    match bits {
        0x01..=0x09 | 0x11..=0x19 | 0x22..=0x29 | 0x30..=0x39 => bits | 0xC0,
        _ => bits | 0x40,
    }
}

impl Screen {
    /// Read modified, from a place on.
    pub(super) fn read_modified(&self, amount: Amount, from: usize) -> Vec<u8> {
        if amount == Amount::ByKey && SHORT.contains(&self.aid) {
            return vec![self.aid];
        }
        let mut out = self.header();
        let mut state = Extended::default();
        if !self.formatted() {
            for cell in self.cells.iter().skip(from) {
                self.character(*cell, &mut state, &mut out);
            }
            return out;
        }
        for start in from..self.cells.len() {
            let modified = self.cells[start]
                .field
                .is_some_and(|bits| bits & attribute::MODIFIED != 0);
            if modified {
                self.modified_field(start, &mut state, &mut out);
            }
        }
        out
    }

    /// A field: its address, and what stands in it without nulls.
    fn modified_field(&self, start: usize, state: &mut Extended, out: &mut Vec<u8>) {
        out.push(order::SET_BUFFER_ADDRESS);
        let first = self.after(start);
        out.extend(address(first));
        for at in self.around(first) {
            let cell = self.cells[at];
            if cell.field.is_some() {
                return;
            }
            self.character(cell, state, out);
        }
    }

    /// Read buffer, from a place on: everything, with the places of the fields.
    pub(super) fn read_buffer(&self, from: usize) -> Vec<u8> {
        let mut out = self.header();
        let mut state = Extended::default();
        for cell in self.cells.iter().skip(from) {
            match cell.field {
                Some(bits) => self.field(bits, cell.extended, &mut out),
                None => {
                    self.changed(*cell, &mut state, &mut out);
                    escape(*cell, &mut out);
                    out.push(cell.code);
                }
            }
        }
        out
    }

    fn header(&self) -> Vec<u8> {
        let mut out = vec![self.aid];
        out.extend(address(self.cursor));
        out
    }

    /// The beginning of a field, as the reply mode wants it.
    fn field(&self, bits: u8, extended: Extended, out: &mut Vec<u8>) {
        if self.reply == Reply::Field {
            out.extend([order::START_FIELD, graphic_of(bits)]);
            return;
        }
        let pairs: Vec<(u8, u8)> = extended.pairs().collect();
        let count = u8::try_from(pairs.len() + 1).unwrap_or(u8::MAX);
        out.extend([order::START_FIELD_EXTENDED, count, FIELD, graphic_of(bits)]);
        out.extend(pairs.into_iter().flat_map(|(kind, value)| [kind, value]));
    }

    /// A character that is no null.
    fn character(&self, cell: Cell, state: &mut Extended, out: &mut Vec<u8>) {
        if cell.code != 0 {
            self.changed(cell, state, out);
            escape(cell, out);
            out.push(cell.code);
        }
    }

    /// In character mode: what differs from the character before.
    fn changed(&self, mut cell: Cell, state: &mut Extended, out: &mut Vec<u8>) {
        let Reply::Character(wanted) = &self.reply else {
            return;
        };
        for kind in [0x42, 0x45, 0x41, 0x43] {
            let (Some(now), Some(before)) = (cell.extended.of_type(kind), state.of_type(kind))
            else {
                continue;
            };
            // The set of one character alone is told by its escape.
            let escaped = kind == 0x43 && [*now, *before].contains(&GRAPHIC);
            if wanted.contains(&kind) && now != before && !escaped {
                *before = *now;
                out.extend([order::SET_ATTRIBUTE, kind, *now]);
            }
        }
    }
}

/// The order before a character of the other set.
fn escape(cell: Cell, out: &mut Vec<u8>) {
    if cell.extended.set == GRAPHIC {
        out.push(order::GRAPHIC_ESCAPE);
    }
}

/// An address of a buffer that has no more than 4096 places.
fn address(at: usize) -> [u8; 2] {
    let six = |bits: usize| graphic_of(u8::try_from(bits & 0x3F).unwrap_or(0));
    [six(at >> 6), six(at)]
}
