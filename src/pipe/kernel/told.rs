//! What the stages have to say: messages and lines for the terminal, kept in their order until the host
//! hears them.

use std::collections::VecDeque;

use crate::base::Message;

/// Lines, one behind the other.
#[derive(Default)]
pub struct Said {
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Said {
    /// Each line.
    pub fn lines(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(from, &to)| &self.text[from..to])
    }

    fn add(&mut self, line: &[u8]) {
        self.text.extend_from_slice(line);
        self.ends.push(self.text.len());
    }
}

/// Something to be told.
pub enum Item {
    /// A message.
    Message(Message),
    /// Lines for the terminal.
    Lines(Said),
}

/// What is to be told, in order.
#[derive(Default)]
pub struct Told {
    items: VecDeque<Item>,
    /// The room of lines that were heard.
    spare: Said,
}

impl Told {
    /// Adds a message.
    pub fn message(&mut self, message: Message) {
        self.items.push_back(Item::Message(message));
    }

    /// Adds a line for the terminal.
    pub fn say(&mut self, line: &[u8]) {
        if let Some(Item::Lines(said)) = self.items.back_mut() {
            return said.add(line);
        }
        let mut said = std::mem::take(&mut self.spare);
        said.add(line);
        self.items.push_back(Item::Lines(said));
    }

    /// The next thing.
    pub fn next(&mut self) -> Option<Item> {
        self.items.pop_front()
    }

    /// Takes the room of lines back.
    pub fn heard(&mut self, mut said: Said) {
        said.text.clear();
        said.ends.clear();
        self.spare = said;
    }

    /// Adds all that another one has.
    pub fn append(&mut self, other: &mut Told) {
        self.items.append(&mut other.items);
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}
