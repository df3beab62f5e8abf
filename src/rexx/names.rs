//! The names of a program: every simple variable and stem has a number, so that running code needs no
//! look-ups by name, and VALUE, INTERPRET and callers from outside find the same numbers.

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;

use super::ast::{Part, StemId, Target, VarId};

/// The tables of simple names and of stems; both upper case, stems without their period.
#[derive(Debug, Clone, Default)]
pub struct Names {
    vars: IndexSet<Box<[u8]>, FxBuildHasher>,
    stems: IndexSet<Box<[u8]>, FxBuildHasher>,
    /// The reserved symbol `.RESULT` is used, so that calls must tell what they gave.
    pub tells_result: bool,
}

/// `RC`.
pub const RC: VarId = 0;
/// `RESULT`.
pub const RESULT: VarId = 1;
/// `SIGL`.
pub const SIGL: VarId = 2;

/// What a symbol is.
#[derive(Debug)]
pub enum Symbol {
    /// Starts with a digit or a period: stands for itself.
    Constant(Vec<u8>),
    /// A variable.
    Variable(Target),
}

impl Names {
    /// A table that knows only the special variables.
    pub fn new() -> Names {
        let mut names = Names::default();
        for name in ["RC", "RESULT", "SIGL"] {
            names.var(name.as_bytes());
        }
        names
    }

    /// The number of a simple variable, entered when new. The name is upper case.
    pub fn var(&mut self, name: &[u8]) -> VarId {
        if let Some(at) = self.vars.get_index_of(name) {
            return at as VarId;
        }
        self.vars.insert_full(name.into()).0 as VarId
    }

    /// The number of a stem, entered when new. The name is upper case and without its period.
    pub fn stem(&mut self, name: &[u8]) -> StemId {
        if let Some(at) = self.stems.get_index_of(name) {
            return at as StemId;
        }
        self.stems.insert_full(name.into()).0 as StemId
    }

    /// The number of a simple variable if there is one.
    pub fn find_var(&self, name: &[u8]) -> Option<VarId> {
        self.vars.get_index_of(name).map(|at| at as VarId)
    }

    /// The number of a stem if there is one.
    pub fn find_stem(&self, name: &[u8]) -> Option<StemId> {
        self.stems.get_index_of(name).map(|at| at as StemId)
    }

    /// The name of a simple variable.
    pub fn var_name(&self, id: VarId) -> &[u8] {
        self.vars.get_index(id as usize).map_or(b"", |n| n)
    }

    /// The name of a stem, without its period.
    pub fn stem_name(&self, id: StemId) -> &[u8] {
        self.stems.get_index(id as usize).map_or(b"", |n| n)
    }

    /// How many simple names there are.
    pub fn vars(&self) -> usize {
        self.vars.len()
    }

    /// How many stems there are.
    pub fn stems(&self) -> usize {
        self.stems.len()
    }

    /// Classifies a symbol as written and enters its names.
    pub fn symbol(&mut self, written: &[u8]) -> Symbol {
        if matches!(written.first(), None | Some(b'0'..=b'9' | b'.')) {
            return Symbol::Constant(written.to_ascii_uppercase());
        }
        // Most names are short: no storage is asked for to look one up.
        let mut room = [0; 32];
        let long;
        let name = match room.get_mut(..written.len()) {
            Some(name) => {
                name.copy_from_slice(written);
                name.make_ascii_uppercase();
                &*name
            }
            None => {
                long = written.to_ascii_uppercase();
                &long
            }
        };
        let Some(dot) = memchr::memchr(b'.', name) else {
            return Symbol::Variable(Target::Simple(self.var(name)));
        };
        let stem = self.stem(&name[..dot]);
        if dot + 1 == name.len() {
            return Symbol::Variable(Target::Stem(stem));
        }
        Symbol::Variable(Target::Compound(stem, self.tail(&name[dot + 1..])))
    }

    /// The parts of a tail; neighbouring constants become one.
    fn tail(&mut self, tail: &[u8]) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        for piece in tail.split(|&b| b == b'.') {
            let constant = matches!(piece.first(), None | Some(b'0'..=b'9'));
            if !constant {
                parts.push(Part::Var(self.var(piece)));
                continue;
            }
            if let Some(Part::Text(text)) = parts.last_mut() {
                text.push(b'.');
                text.extend_from_slice(piece);
            } else {
                parts.push(Part::Text(piece.to_vec()));
            }
        }
        parts
    }
}

/// Whether a byte can stand in a symbol. The cent sign counts, as on CMS.
pub const fn is_symbol_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'!' | b'?' | b'@' | b'#' | b'$' | 0xA2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_are_classified() {
        let mut names = Names::new();
        assert!(matches!(names.symbol(b"1e5"), Symbol::Constant(c) if c == b"1E5"));
        assert!(matches!(names.symbol(b".x"), Symbol::Constant(_)));
        assert!(matches!(
            names.symbol(b"rc"),
            Symbol::Variable(Target::Simple(RC))
        ));
        assert!(matches!(
            names.symbol(b"a."),
            Symbol::Variable(Target::Stem(_))
        ));
        let Symbol::Variable(Target::Compound(_, parts)) = names.symbol(b"a.1.2.i..") else {
            panic!("a compound variable");
        };
        assert_eq!(parts.len(), 3);
        assert_eq!(parts[0], Part::Text(b"1.2".to_vec()));
        assert_eq!(parts[2], Part::Text(b".".to_vec()));
    }
}
