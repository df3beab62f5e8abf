//! The card punch (2540, 3525): one 80-byte card a write, kept until CP's spool takes them.

use super::unit::{Sense, UnitRecord};
use crate::machine::channel::{Class, Device, Identity, Outcome, Transfer, UnitStatus};

/// Bytes of a card.
const CARD: usize = 80;
/// The code of an unpunched column.
const BLANK: u8 = 0x40;

/// A card punch.
pub struct Punch {
    kind: u16,
    cards: Vec<UnitRecord>,
    sense: Sense,
}

impl Punch {
    /// A punch of the type, such as X'2540' or X'3525'.
    pub fn new(kind: u16) -> Punch {
        Punch {
            kind,
            cards: Vec::new(),
            sense: Sense::default(),
        }
    }

    /// Punches one card, in EBCDIC; what does not fit is lost, what is missing is blank.
    pub fn punch(&mut self, command: u8, data: &[u8]) {
        let mut card = data[..data.len().min(CARD)].to_vec();
        card.resize(CARD, BLANK);
        self.cards.push(UnitRecord {
            command,
            data: card,
        });
    }

    /// How many cards were punched since the last take.
    pub fn cards(&self) -> usize {
        self.cards.len()
    }

    /// Takes the cards punched since the last call.
    pub fn take_cards(&mut self) -> Vec<UnitRecord> {
        std::mem::take(&mut self.cards)
    }
}

impl Device for Punch {
    fn identity(&self) -> Identity {
        Identity {
            class: Class::Punch,
            control_unit: self.kind,
            control_unit_model: 0,
            device: 0,
            device_model: 0,
        }
    }

    fn execute(&mut self, command: u8, data: &mut Transfer<'_>) -> Outcome {
        match command {
            // Punch, feed and select stacker 1, 2 or 3.
            0x01 | 0x41 | 0x81 => {
                let card = data.get_all(CARD);
                if data.stopped() {
                    return Outcome::Ended(UnitStatus::NORMAL);
                }
                self.punch(command, &card);
                Outcome::Ended(UnitStatus::NORMAL)
            }
            _ => {
                let identity = self.identity();
                self.sense.common(command, &identity, data)
            }
        }
    }

    fn reset(&mut self) {
        self.sense.clear();
    }
}
