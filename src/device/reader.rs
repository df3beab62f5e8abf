//! The card reader (2540, 3505): decks of 80-byte cards, unit exception at the end of each deck,
//! intervention required when the hopper is empty.

use std::sync::Arc;

use super::unit::{Sense, sense};
use crate::machine::channel::{Class, Device, Identity, Outcome, Transfer, UnitStatus};

/// Bytes of a card.
pub const CARD: usize = 80;
/// The code of an unpunched column.
const BLANK: u8 = 0x40;

/// What becomes of a deck when its last card has been read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AtEnd {
    /// It leaves the reader; [`Reader::take_finished`] tells its number.
    Remove,
    /// It stays, and is read again after a reset or [`Reader::rewind`].
    Keep,
}

/// A deck of cards: bytes shared with whoever made them, in 80-byte cards. A short last card is filled
/// with blanks.
#[derive(Clone)]
pub struct Deck {
    bytes: Arc<dyn AsRef<[u8]> + Send + Sync>,
    number: u32,
    at_end: AtEnd,
}

impl Deck {
    /// A deck over shared or static bytes or a mapped file. `number` is the owner's own (a spool file
    /// number).
    pub fn new(
        bytes: impl AsRef<[u8]> + Send + Sync + 'static,
        number: u32,
        at_end: AtEnd,
    ) -> Deck {
        Deck {
            bytes: Arc::new(bytes),
            number,
            at_end,
        }
    }

    /// How many cards it has.
    pub fn cards(&self) -> usize {
        self.bytes().len().div_ceil(CARD)
    }

    /// The owner's number.
    pub fn number(&self) -> u32 {
        self.number
    }

    fn bytes(&self) -> &[u8] {
        (*self.bytes).as_ref()
    }
}

/// A card reader.
pub struct Reader {
    kind: u16,
    hopper: Vec<Deck>,
    /// Index of the deck being read.
    deck: usize,
    /// Byte position of the next card in it.
    at: usize,
    sense: Sense,
    /// The program found the hopper empty and waits for device end.
    starved: bool,
    finished: Vec<u32>,
}

impl Reader {
    /// An empty reader of the type, such as X'2540' or X'3505'.
    pub fn new(kind: u16) -> Reader {
        Reader {
            kind,
            hopper: Vec::new(),
            deck: 0,
            at: 0,
            sense: Sense::default(),
            starved: false,
            finished: Vec::new(),
        }
    }

    /// Puts a deck behind those that are there.
    pub fn load(&mut self, deck: Deck) {
        self.hopper.push(deck);
    }

    /// Takes out all decks, read or not.
    pub fn unload(&mut self) -> Vec<Deck> {
        self.deck = 0;
        self.at = 0;
        std::mem::take(&mut self.hopper)
    }

    /// Goes back to the first card of the first deck.
    pub fn rewind(&mut self) {
        self.deck = 0;
        self.at = 0;
    }

    /// The deck that the next read is from, with how many of its cards have been read.
    pub fn current(&self) -> Option<(&Deck, usize)> {
        Some((self.hopper.get(self.deck)?, self.at / CARD))
    }

    /// The numbers of decks that were read to the end and have left the reader since the last call.
    pub fn take_finished(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.finished)
    }

    fn read(&mut self, data: &mut Transfer<'_>) -> Outcome {
        let Some(deck) = self.hopper.get(self.deck) else {
            self.starved = true;
            return self.sense.check(sense::INTERVENTION_REQUIRED);
        };
        let rest = deck.bytes().get(self.at..).unwrap_or(&[]);
        if rest.is_empty() {
            self.end_deck();
            return Outcome::Ended(UnitStatus::EXCEPTION);
        }
        match rest.get(..CARD) {
            Some(card) => {
                data.put(card);
            }
            None => {
                let mut card = [BLANK; CARD];
                card[..rest.len()].copy_from_slice(rest);
                data.put(&card);
            }
        }
        Outcome::Ended(UnitStatus::NORMAL)
    }

    fn feed(&mut self) {
        let end = self
            .hopper
            .get(self.deck)
            .map_or(0, |deck| deck.bytes().len());
        if self.at < end {
            self.at += CARD;
        }
    }

    fn end_deck(&mut self) {
        self.at = 0;
        let Some(deck) = self.hopper.get(self.deck) else {
            return;
        };
        match deck.at_end {
            AtEnd::Keep => self.deck += 1,
            AtEnd::Remove => {
                self.finished.push(deck.number);
                self.hopper.remove(self.deck);
            }
        }
    }
}

impl Device for Reader {
    fn identity(&self) -> Identity {
        Identity {
            class: Class::Reader,
            control_unit: self.kind,
            control_unit_model: 0,
            device: 0,
            device_model: 0,
        }
    }

    fn execute(&mut self, command: u8, data: &mut Transfer<'_>) -> Outcome {
        match command {
            // Read, feed and select stacker 1, 2 or 3.
            0x02 | 0x42 | 0x82 => {
                let outcome = self.read(data);
                if outcome == Outcome::Ended(UnitStatus::NORMAL) {
                    self.feed();
                }
                outcome
            }
            // Read without feeding: the same card comes again.
            0xC2 => self.read(data),
            // Feed and select stacker.
            0x23 | 0x63 | 0xA3 => {
                self.feed();
                Outcome::Ended(UnitStatus::NORMAL)
            }
            _ => {
                let identity = self.identity();
                self.sense.common(command, &identity, data)
            }
        }
    }

    fn ready(&self) -> bool {
        self.hopper.get(self.deck).is_some()
    }

    fn reset(&mut self) {
        self.sense.clear();
        self.starved = false;
        self.rewind();
    }

    fn take_unsolicited(&mut self) -> Option<UnitStatus> {
        if !self.starved || !self.ready() {
            return None;
        }
        self.starved = false;
        Some(UnitStatus::DEVICE_END)
    }
}
