//! Privilege classes: A to Z and 1 to 6 (z/VM CP Planning and Administration, "Privilege Classes").

/// A set of privilege classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Classes(u32);

impl Classes {
    /// The class of a general user.
    pub const G: Classes = Classes(1 << 6);

    /// The set of the letters and digits in `text`; `None` when one of them is no class.
    pub fn parse(text: &[u8]) -> Option<Classes> {
        let mut set = 0;
        for &c in text {
            set |= 1 << bit(c)?;
        }
        Some(Classes(set))
    }

    /// Whether the class of this letter or digit is in the set.
    pub fn has(self, class: u8) -> bool {
        bit(class).is_some_and(|b| self.0 & (1 << b) != 0)
    }

    /// Whether one of the classes that a command row names is in the set; a row that names none is
    /// for everybody.
    pub fn allows(self, row: &str) -> bool {
        row.is_empty() || row.bytes().any(|c| self.has(c))
    }

    /// The classes as QUERY PRIVCLASS shows them.
    pub fn show(self) -> Vec<u8> {
        (b'A'..=b'Z')
            .chain(b'1'..=b'6')
            .filter(|&c| self.has(c))
            .collect()
    }
}

fn bit(class: u8) -> Option<u8> {
    match class.to_ascii_uppercase() {
        c @ b'A'..=b'Z' => Some(c - b'A'),
        c @ b'1'..=b'6' => Some(c - b'1' + 26),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_name_the_classes_that_may() {
        let eg = Classes::parse(b"eG").unwrap();
        assert!(eg.allows("E") && eg.allows("ABG") && eg.allows(""));
        assert!(!eg.allows("AB"));
        assert_eq!(eg.show(), b"EG");
        assert_eq!(Classes::parse(b"7"), None);
        assert_eq!(Classes::parse(b"Z16").unwrap().show(), b"Z16");
    }
}
