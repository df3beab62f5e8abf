//! Outbound data streams: the write control character and the orders (GA23-0059, chapters 3 and 4).

use super::screen::{Cell, Extended, GRAPHIC, Screen, attribute};

/// The data stream is not one: what was right before it is done, the rest is not (operation check).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct BadStream;

/// Bits of the write control character.
mod control {
    pub const ALARM: u8 = 0x04;
    pub const RESTORE: u8 = 0x02;
    pub const RESET_MODIFIED: u8 = 0x01;
}

/// Orders.
pub(super) mod order {
    pub const PROGRAM_TAB: u8 = 0x05;
    pub const GRAPHIC_ESCAPE: u8 = 0x08;
    pub const SET_BUFFER_ADDRESS: u8 = 0x11;
    pub const ERASE_UNPROTECTED: u8 = 0x12;
    pub const INSERT_CURSOR: u8 = 0x13;
    pub const START_FIELD: u8 = 0x1D;
    pub const SET_ATTRIBUTE: u8 = 0x28;
    pub const START_FIELD_EXTENDED: u8 = 0x29;
    pub const MODIFY_FIELD: u8 = 0x2C;
    pub const REPEAT: u8 = 0x3C;
}

/// The type of a field attribute among the pairs of an order.
pub(super) const FIELD: u8 = 0xC0;

/// What the last order was, for program tab.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// Characters were written.
    Characters,
    /// Something else, or nothing.
    Order,
}

/// One pass through a data stream.
struct Writer<'a> {
    screen: &'a mut Screen,
    rest: &'a [u8],
    /// What set attribute gives the characters that follow.
    extended: Extended,
    last: Last,
}

impl Screen {
    /// A program begins: a write goes to the cursor, not to where the one before ended.
    pub(super) fn begin(&mut self) {
        self.address = self.cursor;
    }

    /// Write: the control character, then orders and characters, from the current address on.
    pub(super) fn write(&mut self, stream: &[u8]) -> Result<(), BadStream> {
        let Some((&control, rest)) = stream.split_first() else {
            return Ok(());
        };
        self.changes += 1;
        if control & control::RESET_MODIFIED != 0 {
            self.reset_modified(|_| true);
        }
        let mut writer = Writer {
            screen: self,
            rest,
            extended: Extended::default(),
            last: Last::Order,
        };
        let done = writer.orders();
        if control & control::ALARM != 0 {
            self.alarms = self.alarms.saturating_add(1);
        }
        if done.is_ok() && control & control::RESTORE != 0 {
            self.restore();
        }
        done
    }

    /// Erase, then write; with nothing to write it erases all the same.
    pub(super) fn erase_write(
        &mut self,
        size: (usize, usize),
        stream: &[u8],
    ) -> Result<(), BadStream> {
        self.erase(size);
        self.write(stream)
    }

    /// Erase all unprotected: nulls in the unprotected fields, which are not modified any more.
    pub(super) fn erase_unprotected(&mut self) {
        self.changes += 1;
        if self.formatted() {
            for at in 0..self.cells.len() {
                if self.open(at) {
                    self.cells[at].empty();
                }
            }
            self.reset_modified(|bits| bits & attribute::PROTECTED == 0);
            self.cursor = self.next_open(0).unwrap_or(0);
        } else {
            let (size, reply) = (self.size(), self.reply.clone());
            self.erase(size);
            self.reply = reply;
        }
        self.restore();
    }

    /// The size that erase/write alternate gives the screen.
    pub(super) fn alternate(&self) -> (usize, usize) {
        self.model.size()
    }

    /// Keyboard restore: keys are taken, insertion has ended, and no key is reported.
    pub(super) fn restore(&mut self) {
        (self.locked, self.inserting) = (false, false);
        self.aid = super::inbound::NO_KEY;
    }

    /// The fields of these bits count as not modified.
    fn reset_modified(&mut self, which: impl Fn(u8) -> bool) {
        for cell in &mut self.cells {
            if let Some(bits) = cell.field.filter(|bits| which(*bits)) {
                cell.field = Some(bits & !attribute::MODIFIED);
            }
        }
    }
}

impl Writer<'_> {
    fn orders(&mut self) -> Result<(), BadStream> {
        while let Some(code) = self.next() {
            self.order(code)?;
        }
        Ok(())
    }

    fn order(&mut self, code: u8) -> Result<(), BadStream> {
        let mut last = Last::Order;
        match code {
            order::SET_BUFFER_ADDRESS => self.screen.address = self.address()?,
            order::START_FIELD => {
                let bits = self.operand()?;
                self.put(Cell::start(bits, Extended::default()));
            }
            order::START_FIELD_EXTENDED => {
                let cell = self.pairs(Cell::start(0, Extended::default()))?;
                self.put(cell);
            }
            order::MODIFY_FIELD => {
                let cell = self.screen.cells[self.screen.address];
                cell.field.ok_or(BadStream)?;
                let cell = self.pairs(cell)?;
                self.put(cell);
            }
            order::SET_ATTRIBUTE => self.set_attribute()?,
            order::INSERT_CURSOR => self.screen.cursor = self.screen.address,
            order::PROGRAM_TAB => last = self.program_tab(),
            order::REPEAT => self.repeat()?,
            order::ERASE_UNPROTECTED => self.erase_unprotected()?,
            order::GRAPHIC_ESCAPE => {
                let code = self.operand()?;
                self.character(code, GRAPHIC)?;
                last = Last::Characters;
            }
            code => {
                self.character(code, self.extended.set)?;
                // Format control orders are stored, and orders all the same.
                if !(0x01..0x40).contains(&code) {
                    last = Last::Characters;
                }
            }
        }
        self.last = last;
        Ok(())
    }

    fn next(&mut self) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    fn operand(&mut self) -> Result<u8, BadStream> {
        self.next().ok_or(BadStream)
    }

    /// An address of the buffer: 14 bits, or twice 6.
    fn address(&mut self) -> Result<usize, BadStream> {
        let (high, low) = (usize::from(self.operand()?), usize::from(self.operand()?));
        let address = match high >> 6 {
            0 => high << 8 | low,
            _ => (high & 0x3F) << 6 | low & 0x3F,
        };
        match address < self.screen.cells.len() {
            true => Ok(address),
            false => Err(BadStream),
        }
    }

    /// The pairs of types and values that change a field.
    fn pairs(&mut self, mut cell: Cell) -> Result<Cell, BadStream> {
        for _ in 0..self.operand()? {
            let (kind, value) = (self.operand()?, self.operand()?);
            match kind {
                FIELD => cell.field = Some(value & 0x3F),
                kind => *cell.extended.of_type(kind).ok_or(BadStream)? = value,
            }
        }
        Ok(cell)
    }

    fn set_attribute(&mut self) -> Result<(), BadStream> {
        let (kind, value) = (self.operand()?, self.operand()?);
        match kind {
            0x00 => self.extended = Extended::default(),
            kind => *self.extended.of_type(kind).ok_or(BadStream)? = value,
        }
        Ok(())
    }

    fn put(&mut self, cell: Cell) {
        let at = self.screen.address;
        self.screen.cells[at] = cell;
        self.screen.address = self.screen.after(at);
    }

    /// A character; of the codes below X'40' those that are no orders but have a meaning.
    fn character(&mut self, code: u8, set: u8) -> Result<(), BadStream> {
        if !matches!(
            code,
            0x00 | 0x0C | 0x0D | 0x15 | 0x19 | 0x1C | 0x1E | 0x3F | 0x40..
        ) {
            return Err(BadStream);
        }
        let extended = Extended {
            set,
            ..self.extended
        };
        self.put(Cell::character(code, extended));
        Ok(())
    }

    /// On to the next unprotected field; after characters the rest of their field becomes nulls. From the end of the
    /// buffer it goes to the first place, and another one goes on as this one has.
    fn program_tab(&mut self) -> Last {
        let from = self.screen.address;
        let unprotected = |bits: u8| bits & attribute::PROTECTED == 0;
        if self.screen.cells[from].field.is_some_and(unprotected) {
            self.screen.address = self.screen.after(from);
            return Last::Order;
        }
        let mut behind = from..self.screen.cells.len();
        if self.last == Last::Characters {
            for cell in &mut self.screen.cells[behind.clone()] {
                if cell.field.is_some() {
                    break;
                }
                *cell = Cell::default();
            }
        }
        let found = behind.find_map(|at| self.screen.opens(at));
        self.screen.address = found.unwrap_or(0);
        match self.screen.address {
            0 => self.last,
            _ => Last::Order,
        }
    }

    /// A character up to an address; the whole buffer when that is the current one.
    fn repeat(&mut self) -> Result<(), BadStream> {
        let stop = self.address()?;
        let (code, set) = match self.operand()? {
            order::GRAPHIC_ESCAPE => (self.operand()?, GRAPHIC),
            code => (code, self.extended.set),
        };
        loop {
            self.character(code, set)?;
            if self.screen.address == stop {
                return Ok(());
            }
        }
    }

    /// Nulls in the unprotected places up to an address.
    fn erase_unprotected(&mut self) -> Result<(), BadStream> {
        let stop = self.address()?;
        loop {
            let at = self.screen.address;
            if self.screen.open(at) {
                self.screen.cells[at].empty();
            }
            self.screen.address = self.screen.after(at);
            if self.screen.address == stop {
                return Ok(());
            }
        }
    }
}
