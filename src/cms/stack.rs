//! The program stack and the terminal input buffer (CMS Commands: MAKEBUF, DROPBUF, DESBUF, SENTRIES;
//! REXX: PUSH, QUEUE, PULL).

use std::collections::{BTreeMap, VecDeque};

/// Where a line goes: the end that is read first, or the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Read last (QUEUE).
    Fifo,
    /// Read first (PUSH).
    Lifo,
}

/// Why DROPBUF could not be done; the values are its return codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DropError {
    /// The operand is not a buffer number: return code 1.
    NotANumber,
    /// No buffer has that number: return code 2.
    NoSuchBuffer,
}

impl DropError {
    /// DROPBUF's return code.
    pub fn rc(self) -> i32 {
        match self {
            DropError::NotANumber => 1,
            DropError::NoSuchBuffer => 2,
        }
    }
}

/// The lines waiting to be read: the program stack in its buffers, and behind them what was typed ahead.
#[derive(Debug)]
pub struct Stack {
    /// Buffer 0 is always there; MAKEBUF adds the next.
    buffers: Vec<VecDeque<Vec<u8>>>,
    typed: VecDeque<Vec<u8>>,
    /// How many times other lines stand in for what is typed.
    replaced: u32,
}

/// The program stacks that RXQUEUE names.
#[derive(Debug, Default)]
pub struct Queues {
    /// The name of the one in use, when it is not the session's own.
    pub current: Option<Vec<u8>>,
    /// Those not in use, by name; the session's own among them while another is.
    pub others: BTreeMap<Vec<u8>, Stack>,
    /// How many names were made up.
    pub made: u32,
}

/// What was typed ahead while other lines stand in for it.
#[derive(Debug)]
pub struct Typed(VecDeque<Vec<u8>>);

impl Default for Stack {
    fn default() -> Self {
        Stack {
            buffers: vec![VecDeque::new()],
            typed: VecDeque::new(),
            replaced: 0,
        }
    }
}

impl Stack {
    /// Puts a line into the newest buffer.
    pub fn put(&mut self, order: Order, line: Vec<u8>) {
        let Some(top) = self.buffers.last_mut() else {
            return;
        };
        match order {
            Order::Fifo => top.push_back(line),
            Order::Lifo => top.push_front(line),
        }
    }

    /// Takes the next line of the program stack. A newest buffer that is found empty is dropped and the one
    /// below it read; buffer 0 stays (MAKEBUF, usage notes).
    pub fn take(&mut self) -> Option<Vec<u8>> {
        loop {
            let line = self.buffers.last_mut()?.pop_front();
            if line.is_some() || self.buffers.len() == 1 {
                return line;
            }
            self.buffers.pop();
        }
    }

    /// Takes the next line that was typed ahead.
    pub fn take_typed(&mut self) -> Option<Vec<u8>> {
        self.typed.pop_front()
    }

    /// Keeps a line that was typed before anything asked for one.
    pub fn type_ahead(&mut self, line: Vec<u8>) {
        self.typed.push_back(line);
    }

    /// Changes places with another program stack; what was typed ahead stays.
    pub fn swap_program(&mut self, other: &mut Stack) {
        std::mem::swap(&mut self.buffers, &mut other.buffers);
    }

    /// Lets other lines stand in for what was typed ahead; gives what was.
    pub fn replace_typed(&mut self, lines: Vec<Vec<u8>>) -> Typed {
        self.replaced += 1;
        Typed(std::mem::replace(&mut self.typed, lines.into()))
    }

    /// Takes the lines away that stood in, and puts back what was typed ahead.
    pub fn restore_typed(&mut self, typed: Typed) {
        self.replaced = self.replaced.saturating_sub(1);
        self.typed = typed.0;
    }

    /// Whether other lines stand in for what is typed.
    pub fn is_replaced(&self) -> bool {
        self.replaced > 0
    }

    /// The number of lines that were typed ahead (EXTERNALS()).
    pub fn typed_count(&self) -> usize {
        self.typed.len()
    }

    /// The number of lines on the program stack in all buffers (SENTRIES, QUEUED()).
    pub fn count(&self) -> usize {
        self.buffers.iter().map(VecDeque::len).sum()
    }

    /// MAKEBUF: a new buffer on top; gives its number.
    pub fn make_buffer(&mut self) -> usize {
        self.buffers.push(VecDeque::new());
        self.buffers.len() - 1
    }

    /// DROPBUF: drops buffer `number` and those above it, with their lines; without a number the newest.
    /// Number 0 empties the whole program stack.
    pub fn drop_buffer(&mut self, number: Option<usize>) -> Result<(), DropError> {
        let newest = self.buffers.len() - 1;
        let number = number.unwrap_or(newest);
        if number > newest {
            return Err(DropError::NoSuchBuffer);
        }
        self.buffers.truncate(number);
        if self.buffers.is_empty() {
            self.buffers.push(VecDeque::new());
        }
        Ok(())
    }

    /// DESBUF: every line of the program stack and of the terminal input buffer goes.
    pub fn clear(&mut self) {
        *self = Stack {
            replaced: self.replaced,
            ..Stack::default()
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Vec<u8> {
        text.as_bytes().to_vec()
    }

    #[test]
    fn the_newest_buffer_is_read_first_and_then_the_older_ones() {
        let mut s = Stack::default();
        s.put(Order::Fifo, line("old"));
        assert_eq!(s.make_buffer(), 1);
        s.put(Order::Fifo, line("a"));
        s.put(Order::Lifo, line("b"));
        assert_eq!(s.count(), 3);
        assert_eq!(s.take(), Some(line("b")));
        assert_eq!(s.take(), Some(line("a")));
        assert_eq!(s.take(), Some(line("old")));
        assert_eq!(
            s.make_buffer(),
            1,
            "the empty buffer was dropped by the read"
        );
        assert_eq!(s.take(), None);
        assert_eq!(s.drop_buffer(Some(1)), Err(DropError::NoSuchBuffer));
    }

    #[test]
    fn dropbuf_takes_the_buffers_above_with_it() {
        let mut s = Stack::default();
        s.put(Order::Fifo, line("base"));
        s.make_buffer();
        s.put(Order::Fifo, line("one"));
        s.make_buffer();
        s.put(Order::Fifo, line("two"));
        assert_eq!(s.drop_buffer(Some(3)), Err(DropError::NoSuchBuffer));
        assert_eq!(s.drop_buffer(Some(1)), Ok(()));
        assert_eq!(s.count(), 1);
        assert_eq!(s.make_buffer(), 1, "numbers are used again");
        assert_eq!(s.drop_buffer(Some(0)), Ok(()));
        assert_eq!(s.count(), 0);
        assert_eq!(s.drop_buffer(None), Ok(()), "buffer 0 is always there");
    }

    #[test]
    fn desbuf_clears_what_was_typed_ahead_too() {
        let mut s = Stack::default();
        s.type_ahead(line("x"));
        s.put(Order::Fifo, line("y"));
        s.clear();
        assert_eq!((s.count(), s.typed_count()), (0, 0));
    }
}
