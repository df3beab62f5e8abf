//! Message catalogues: each message stands once, under a constant whose name is its id.
//!
//! An id is a prefix (`HCP`, `DMS`, `FPL`), three letters of the issuing module, three or four digits
//! and the severity (I, W, E, R, S, T, A). Return code first, message id second, wording third: a caller
//! branches on [`Msg::number`], never on the text.

pub mod dms;
pub mod fpl;
pub mod hcp;
pub mod rexx;

/// A message of a catalogue: its id and its text, where each `{}` takes one insert.
#[derive(Debug, PartialEq, Eq)]
pub struct Msg {
    /// The whole id, such as `HCPNSS440I`.
    pub id: &'static str,
    /// The text; each `{}` is replaced by the insert of that position.
    pub text: &'static str,
}

impl Msg {
    /// A catalogue row; [`messages!`](crate::messages) calls this.
    pub const fn new(id: &'static str, text: &'static str) -> Self {
        Msg { id, text }
    }

    /// The numeric part of the id: CP's return code for its errors.
    pub fn number(&self) -> i32 {
        self.id
            .bytes()
            .skip(3)
            .filter(u8::is_ascii_digit)
            .fold(0, |n, d| n * 10 + i32::from(d - b'0'))
    }

    /// The severity letter, the last of the id.
    pub fn severity(&self) -> u8 {
        self.id.bytes().last().unwrap_or(b'E')
    }

    /// The message with its inserts in place.
    pub fn with(&'static self, inserts: &[&[u8]]) -> Message {
        let mut text = Vec::with_capacity(self.text.len() + 16);
        let mut inserts = inserts.iter();
        let mut rest = self.text;
        while let Some(at) = rest.find("{}") {
            text.extend_from_slice(&rest.as_bytes()[..at]);
            text.extend_from_slice(inserts.next().copied().unwrap_or_default());
            rest = &rest[at + 2..];
        }
        text.extend_from_slice(rest.as_bytes());
        Message { msg: self, text }
    }
}

/// A message with its inserts: what a command reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The catalogue row.
    pub msg: &'static Msg,
    /// The text with the inserts in place, without the id.
    pub text: Vec<u8>,
}

/// Which parts of a message a user wants to see (SET EMSG).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Emsg {
    /// Id and text.
    On,
    /// Nothing.
    Off,
    /// The id alone.
    Code,
    /// The text alone: what a user has who never said otherwise.
    #[default]
    Text,
}

impl Emsg {
    /// The line to show of an id and a text; `None` when nothing is to be shown.
    pub fn line(self, id: &[u8], text: &[u8]) -> Option<Vec<u8>> {
        match self {
            Emsg::On => Some([id, b" ", text].concat()),
            Emsg::Off => None,
            Emsg::Code => Some(id.to_vec()),
            Emsg::Text => Some(text.to_vec()),
        }
    }
}

impl Message {
    /// The numeric part of the id.
    pub fn number(&self) -> i32 {
        self.msg.number()
    }

    /// The line to show under a SET EMSG setting; `None` when nothing is to be shown.
    pub fn line(&self, emsg: Emsg) -> Option<Vec<u8>> {
        emsg.line(self.msg.id.as_bytes(), &self.text)
    }
}

/// Declares catalogue rows: a constant each, and `ALL` with every row of the file.
#[macro_export]
macro_rules! messages {
    ($($id:ident $text:literal;)*) => {
        $(#[doc = $text] pub static $id: $crate::base::msg::Msg = $crate::base::msg::Msg::new(stringify!($id), $text);)*
        /// Every message of this catalogue.
        pub static ALL: &[&$crate::base::msg::Msg] = &[$(&$id),*];
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_severity_and_inserts() {
        static M: Msg = Msg::new("HCPCLS6056I", "for {}: {} done");
        assert_eq!(M.number(), 6056);
        assert_eq!(M.severity(), b'I');
        assert_eq!(M.with(&[b"LINUX2", b"all"]).text, b"for LINUX2: all done");
    }

    #[test]
    fn ids_are_well_formed_and_unique() {
        let mut seen = std::collections::BTreeSet::new();
        for m in hcp::ALL.iter().chain(dms::ALL).chain(fpl::ALL) {
            assert!(m.number() > 0, "{} has a number", m.id);
            assert!(
                b"IWERSTA".contains(&m.severity()),
                "{} has a severity",
                m.id
            );
            assert!(seen.insert(m.id), "{} stands once", m.id);
        }
    }
}
