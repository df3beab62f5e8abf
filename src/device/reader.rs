//! The card reader (2540, 3505): decks of cards, unit exception at the end of each deck, intervention
//! required when the hopper is empty. Behind the decks of the hopper come those of a [`Feed`], one at a
//! time and when the program asks for a card.

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

/// A deck of cards. A card shorter than the deck is wide is filled with blanks.
#[derive(Clone)]
pub struct Deck {
    cards: Cards,
    number: u32,
    at_end: AtEnd,
}

#[derive(Clone)]
enum Cards {
    /// 80-byte cards one after the other, in bytes shared with whoever made them.
    Image(Arc<dyn AsRef<[u8]> + Send + Sync>),
    /// Records that a punch or printer made.
    Records(Arc<[Vec<u8>]>, usize),
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
            cards: Cards::Image(Arc::new(bytes)),
            number,
            at_end,
        }
    }

    /// A deck of records, each read as one card of `width` bytes, or longer when the record is.
    pub fn of_records(records: Vec<Vec<u8>>, width: usize, number: u32) -> Deck {
        Deck {
            cards: Cards::Records(records.into(), width),
            number,
            at_end: AtEnd::Remove,
        }
    }

    /// How many cards it has.
    pub fn cards(&self) -> usize {
        match &self.cards {
            Cards::Image(bytes) => (**bytes).as_ref().len().div_ceil(CARD),
            Cards::Records(records, _) => records.len(),
        }
    }

    /// A card, counted from 0.
    fn card(&self, index: usize) -> Option<Vec<u8>> {
        let (card, width) = match &self.cards {
            Cards::Image(bytes) => {
                let rest = (**bytes).as_ref().get(index * CARD..)?;
                (&rest[..rest.len().min(CARD)], CARD)
            }
            Cards::Records(records, width) => (records.get(index)?.as_slice(), *width),
        };
        let mut card = card.to_vec();
        if card.is_empty() && matches!(self.cards, Cards::Image(_)) {
            return None;
        }
        card.resize(card.len().max(width), BLANK);
        Some(card)
    }

    /// The owner's number.
    pub fn number(&self) -> u32 {
        self.number
    }
}

/// Where a reader gets decks when its hopper has none.
pub trait Feed: Send {
    /// The next deck, which counts as being read from now on.
    fn next(&mut self) -> Option<Deck>;
    /// Whether [`Feed::next`] would give a deck.
    fn waiting(&self) -> bool;
    /// The deck that was given has been read to its end.
    fn ended(&mut self) -> DeckEnd;
    /// The deck that was given is put back as it was.
    fn put_back(&mut self);
}

/// What the program sees at the end of a deck that came from a feed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeckEnd {
    /// Unit exception: the end-of-file button.
    EndOfFile,
    /// Intervention required: the hopper is empty.
    Empty,
    /// The first card of the next deck.
    Continues,
}

/// What reading a card gives a system that reads without a channel program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CardRead {
    /// A card, in EBCDIC.
    Card(Vec<u8>),
    /// The end of a deck.
    EndOfFile,
    /// There is nothing to read.
    Empty,
}

/// A card reader.
pub struct Reader {
    kind: u16,
    hopper: Vec<Deck>,
    /// Index of the deck being read.
    deck: usize,
    /// The next card in it.
    at: usize,
    feed: Option<Box<dyn Feed>>,
    /// The deck that came from the feed.
    fed: Option<Deck>,
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
            feed: None,
            fed: None,
            sense: Sense::default(),
            starved: false,
            finished: Vec::new(),
        }
    }

    /// Puts a deck behind those that are there.
    pub fn load(&mut self, deck: Deck) {
        self.hopper.push(deck);
    }

    /// Sets where decks come from when the hopper has none.
    pub fn set_feed(&mut self, feed: Box<dyn Feed>) {
        self.put_back();
        self.feed = Some(feed);
    }

    /// Takes out all decks, read or not. One that came from the feed goes back there.
    pub fn unload(&mut self) -> Vec<Deck> {
        self.rewind();
        std::mem::take(&mut self.hopper)
    }

    /// Goes back to the first card of the first deck.
    pub fn rewind(&mut self) {
        self.put_back();
        self.deck = 0;
        self.at = 0;
    }

    /// Ends the deck being read: one from the feed as though its last card had been read, one of the
    /// hopper by going back to the first. True when there was one from the feed.
    pub fn close(&mut self) -> bool {
        let fed = self.fed.take().is_some();
        if fed && let Some(feed) = &mut self.feed {
            feed.ended();
        }
        self.rewind();
        fed
    }

    fn put_back(&mut self) {
        if self.fed.take().is_some()
            && let Some(feed) = &mut self.feed
        {
            feed.put_back();
        }
    }

    /// The deck that the next read is from, with how many of its cards have been read.
    pub fn current(&self) -> Option<(&Deck, usize)> {
        let deck = self.hopper.get(self.deck).or(self.fed.as_ref())?;
        Some((deck, self.at))
    }

    /// Takes a deck from the feed when none of it is being read; false when it has none.
    pub fn activate(&mut self) -> bool {
        if self.fed.is_none() {
            self.fed = self.feed.as_mut().and_then(|feed| feed.next());
            if self.deck >= self.hopper.len() {
                self.at = 0;
            }
        }
        self.fed.is_some()
    }

    /// All cards of the deck from the feed, read or not.
    pub fn fed_cards(&self) -> Vec<Vec<u8>> {
        let cards = |d: &Deck| (0..d.cards()).map_while(|n| d.card(n)).collect();
        self.fed.as_ref().map(cards).unwrap_or_default()
    }

    /// The numbers of decks that were read to the end and have left the hopper since the last call.
    pub fn take_finished(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.finished)
    }

    /// Reads a card and feeds the next one.
    pub fn next_card(&mut self) -> CardRead {
        let card = self.look();
        if matches!(card, CardRead::Card(_)) {
            self.at += 1;
        }
        card
    }

    /// The next card, which stays; a deck that has no more ends.
    fn look(&mut self) -> CardRead {
        loop {
            if self.deck >= self.hopper.len() && self.fed.is_none() {
                self.at = 0;
                self.fed = self.feed.as_mut().and_then(|feed| feed.next());
            }
            let Some((deck, at)) = self.current() else {
                return CardRead::Empty;
            };
            if let Some(card) = deck.card(at) {
                return CardRead::Card(card);
            }
            match self.end_deck() {
                DeckEnd::EndOfFile => return CardRead::EndOfFile,
                DeckEnd::Empty => return CardRead::Empty,
                DeckEnd::Continues => {}
            }
        }
    }

    fn read(&mut self, data: &mut Transfer<'_>) -> Outcome {
        match self.look() {
            CardRead::Card(card) => {
                data.put(&card);
                Outcome::Ended(UnitStatus::NORMAL)
            }
            CardRead::EndOfFile => Outcome::Ended(UnitStatus::EXCEPTION),
            CardRead::Empty => {
                self.starved = true;
                self.sense.check(sense::INTERVENTION_REQUIRED)
            }
        }
    }

    fn feed(&mut self) {
        if self.current().is_some_and(|(deck, at)| at < deck.cards()) {
            self.at += 1;
        }
    }

    fn end_deck(&mut self) -> DeckEnd {
        self.at = 0;
        let Some(deck) = self.hopper.get(self.deck) else {
            self.fed = None;
            return match &mut self.feed {
                Some(feed) => feed.ended(),
                None => DeckEnd::EndOfFile,
            };
        };
        match deck.at_end {
            AtEnd::Keep => self.deck += 1,
            AtEnd::Remove => {
                self.finished.push(deck.number);
                self.hopper.remove(self.deck);
            }
        }
        DeckEnd::EndOfFile
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
        self.current().is_some() || self.feed.as_ref().is_some_and(|feed| feed.waiting())
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
