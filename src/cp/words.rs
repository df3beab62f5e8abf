//! The words of a CP command line: blank-delimited, read from the left, the rest as it was typed.

/// A cursor over the operands of a command.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    text: &'a [u8],
}

impl<'a> Words<'a> {
    /// The operands in a text.
    pub fn new(text: &'a [u8]) -> Words<'a> {
        Words {
            text: text.trim_ascii(),
        }
    }

    /// The next word, which stays.
    pub fn peek(&self) -> Option<&'a [u8]> {
        let mut copy = *self;
        copy.next()
    }

    /// What is left, as it was typed, without blanks around it.
    pub fn rest(&self) -> &'a [u8] {
        self.text
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// All that is left as words.
    pub fn list(self) -> Vec<&'a [u8]> {
        self.collect()
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.text.is_empty() {
            return None;
        }
        let end = self
            .text
            .iter()
            .position(|&c| c == b' ')
            .unwrap_or(self.text.len());
        let (word, rest) = self.text.split_at(end);
        self.text = rest.trim_ascii_start();
        Some(word)
    }
}

/// Hexadecimal digits, at most sixteen, as a number.
pub fn hex(word: &[u8]) -> Option<u64> {
    if word.is_empty() || word.len() > 16 || !word.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok()
}

/// A virtual device number: one to four hexadecimal digits.
pub fn vdev(word: &[u8]) -> Option<u16> {
    if word.len() > 4 {
        return None;
    }
    hex(word).and_then(|n| u16::try_from(n).ok())
}

/// `vdev` or `vdev-vdev`: the first and the last.
pub fn vdev_range(word: &[u8]) -> Option<(u16, u16)> {
    match word.iter().position(|&c| c == b'-') {
        None => vdev(word).map(|v| (v, v)),
        Some(at) => {
            let range = (vdev(&word[..at])?, vdev(&word[at + 1..])?);
            (range.0 <= range.1).then_some(range)
        }
    }
}

/// Decimal digits as a number.
pub fn decimal(word: &[u8]) -> Option<u64> {
    if word.is_empty() || word.len() > 18 || !word.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(word).ok()?.parse().ok()
}

/// A range of addresses: `a`, `a-b`, `a:b` or `a.length`, in hexadecimal; the last address is included.
/// `alone` says how many bytes an address alone means.
pub fn range(word: &[u8], alone: u64) -> Option<(u64, u64)> {
    if let Some(at) = word.iter().position(|c| b"-:".contains(c)) {
        let (first, last) = (hex(&word[..at])?, hex(&word[at + 1..])?);
        return (first <= last).then_some((first, last));
    }
    if let Some(at) = word.iter().position(|&c| c == b'.') {
        let (first, length) = (hex(&word[..at])?, hex(&word[at + 1..])?);
        return Some((first, first.checked_add(length.checked_sub(1)?)?));
    }
    let first = hex(word)?;
    Some((first, first.checked_add(alone - 1)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_the_rest_as_typed() {
        let mut w = Words::new(b"  MSG  linux2  Hello   World ");
        assert_eq!(w.next(), Some(&b"MSG"[..]));
        assert_eq!(w.peek(), Some(&b"linux2"[..]));
        assert_eq!(w.next(), Some(&b"linux2"[..]));
        assert_eq!(w.rest(), b"Hello   World");
        assert_eq!(w.list().len(), 2);
    }

    #[test]
    fn ranges_in_all_forms() {
        assert_eq!(range(b"10000", 2), Some((0x10000, 0x10001)));
        assert_eq!(range(b"0.20", 1), Some((0, 0x1F)));
        assert_eq!(range(b"0-3f", 1), Some((0, 0x3F)));
        assert_eq!(range(b"10:20", 1), Some((0x10, 0x20)));
        for bad in [
            "",
            "X",
            "20-10",
            "0.0",
            "-5",
            "5-",
            "FFFFFFFFFFFFFFFF.2",
            "11111111111111111",
        ] {
            assert_eq!(range(bad.as_bytes(), 1), None, "{bad}");
        }
    }
}
