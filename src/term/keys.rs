//! Keys of a host terminal as keys of a 3270.

use crate::cp::{Aid, Key};

/// Makes keys of the bytes that a terminal sends. Sequences are those of xterm and the Linux console; the escape
/// key, or Alt, goes before PA1 to PA3 (1, 2, 3), DUP (d), FIELD MARK (f) and NEW LINE (Enter).
#[derive(Default)]
pub struct Decoder {
    /// The beginning of a sequence whose rest has not come.
    begun: Vec<u8>,
}

impl Decoder {
    /// The keys that these bytes complete.
    pub fn keys(&mut self, bytes: &[u8]) -> Vec<Key> {
        self.begun.extend_from_slice(bytes);
        let mut keys = Vec::new();
        loop {
            match next(&self.begun) {
                Found::Key(length, key) => {
                    keys.extend(key);
                    self.begun.drain(..length);
                }
                Found::Incomplete => return keys,
            }
        }
    }
}

/// What stands first.
enum Found {
    /// So many bytes, which are a key or nothing known.
    Key(usize, Option<Key>),
    /// More bytes are needed.
    Incomplete,
}

fn next(bytes: &[u8]) -> Found {
    match *bytes {
        [] | [0x1B] => Found::Incomplete,
        [0x1B, b'[', ref rest @ ..] => sequence(rest),
        [0x1B, b'O', ref rest @ ..] => match rest.first() {
            None => Found::Incomplete,
            Some(&last) => Found::Key(3, named(last, 1)),
        },
        [0x1B, c, ..] => Found::Key(2, escaped(c)),
        [c, ..] if c < 0x80 => Found::Key(1, plain(c)),
        _ => letter(bytes),
    }
}

fn plain(c: u8) -> Option<Key> {
    Some(match c {
        b'\r' | b'\n' => Key::Aid(Aid::Enter),
        b'\t' => Key::Tab,
        0x03 => Key::Aid(Aid::Pa(1)),
        0x0C => Key::Aid(Aid::Clear),
        0x12 => Key::Reset,
        0x0B => Key::EraseEnd,
        0x15 => Key::EraseInput,
        0x08 | 0x7F => Key::Rubout,
        b' '..=b'~' => Key::Character(c),
        _ => return None,
    })
}

fn escaped(c: u8) -> Option<Key> {
    Some(match c {
        b'1'..=b'3' => Key::Aid(Aid::Pa(c - b'0')),
        b'\r' | b'\n' => Key::NewLine,
        b'd' => Key::Dup,
        b'f' => Key::FieldMark,
        _ => return None,
    })
}

/// A character of UTF-8 that Latin-1 has.
fn letter(bytes: &[u8]) -> Found {
    let length = match bytes[0] {
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF7 => 4,
        _ => 1,
    };
    let Some(bytes) = bytes.get(..length) else {
        return Found::Incomplete;
    };
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let latin = text.chars().next().and_then(|c| u8::try_from(c).ok());
    Found::Key(length, latin.map(Key::Character))
}

/// `ESC [` numbers, and what ends them.
fn sequence(rest: &[u8]) -> Found {
    // The Linux console's F1 to F5.
    if let [b'[', ..] = rest {
        return match rest.get(1) {
            None => Found::Incomplete,
            Some(&c @ b'A'..=b'E') => Found::Key(4, pf(c - b'A' + 1, 1)),
            Some(_) => Found::Key(4, None),
        };
    }
    let Some(end) = rest.iter().position(|c| (0x40..0x7F).contains(c)) else {
        return Found::Incomplete;
    };
    let text = std::str::from_utf8(&rest[..end]).unwrap_or_default();
    let mut numbers = text.split(';').map(|n| n.parse().unwrap_or(1));
    let first: u8 = numbers.next().unwrap_or(1);
    let modifier: u8 = numbers.next().unwrap_or(1);
    let key = match rest[end] {
        b'~' => numbered(first, modifier),
        last => named(last, modifier),
    };
    Found::Key(end + 3, key)
}

/// A function key; with Shift those from 13 on.
fn pf(n: u8, modifier: u8) -> Option<Key> {
    let shifted = modifier == 2;
    Some(Key::Aid(Aid::Pf(if shifted { n + 12 } else { n })))
}

fn named(last: u8, modifier: u8) -> Option<Key> {
    Some(match last {
        b'A' => Key::Up,
        b'B' => Key::Down,
        b'C' => Key::Right,
        b'D' => Key::Left,
        b'H' => Key::Home,
        b'Z' => Key::BackTab,
        b'M' => Key::Aid(Aid::Enter),
        b'P'..=b'S' => return pf(last - b'P' + 1, modifier),
        _ => return None,
    })
}

fn numbered(number: u8, modifier: u8) -> Option<Key> {
    let n = match number {
        1 | 7 => return Some(Key::Home),
        2 => return Some(Key::Insert),
        3 => return Some(Key::Delete),
        // The keys of pages, as most programs for screens have them.
        5 => 7,
        6 => 8,
        11..=15 => number - 10,
        17..=21 => number - 11,
        23..=26 => number - 12,
        28 | 29 => number - 13,
        31..=34 => number - 14,
        _ => return None,
    };
    pf(n, modifier)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(bytes: &[u8]) -> Vec<Key> {
        Decoder::default().keys(bytes)
    }

    #[test]
    fn what_terminals_send() {
        let pf = |n| Key::Aid(Aid::Pf(n));
        assert_eq!(
            keys(b"a\r\x1b[A\x1bOP\x1b[15~\x1b[1;2P\x1b[24;2~"),
            [
                Key::Character(b'a'),
                Key::Aid(Aid::Enter),
                Key::Up,
                pf(1),
                pf(5),
                pf(13),
                pf(24)
            ]
        );
        assert_eq!(
            keys(b"\x1b[[E\x1b[17~\x1b[21~\x1b[23~"),
            [pf(5), pf(6), pf(10), pf(11)]
        );
        assert_eq!(keys(b"\x03\x1b1\x1b2\x0c").len(), 4);
        assert_eq!(keys(b"\x1b3"), [Key::Aid(Aid::Pa(3))]);
        assert_eq!(
            keys("\u{e4}\u{20ac}b".as_bytes()),
            [Key::Character(0xE4), Key::Character(b'b')]
        );
        assert_eq!(keys(b"\xff\x1b[99~\x1bxz"), [Key::Character(b'z')]);
    }

    #[test]
    fn a_sequence_may_come_in_pieces() {
        let mut decoder = Decoder::default();
        for piece in [&b"\x1b"[..], b"[", b"1", b";2"] {
            assert_eq!(decoder.keys(piece), []);
        }
        assert_eq!(
            decoder.keys(b"Qx"),
            [Key::Aid(Aid::Pf(14)), Key::Character(b'x')]
        );
    }
}
