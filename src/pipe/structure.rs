//! Structures: names for the columns of a record, with a type each (*User's Guide and Reference*, chapter
//! "Structured data").
//!
//! STRUCTURE ADD defines them; MEMBER in an input range, and a name in an expression of SPECS, refer to
//! them. Definitions are kept for one PIPE command (CALLER) or for the session (THREAD).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::args::{self, Args, Fault};
use super::range::{Range, Separators};
use crate::base::msg::fpl;

/// Columns of a record with a name and a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// As it was written; upper and lower case differ.
    pub name: Vec<u8>,
    /// A letter, in upper case: D signed, U unsigned, F floating-point, P packed; any other is characters.
    pub kind: u8,
    /// The decimal places of a packed number.
    pub scale: u32,
    /// The first column, from 0.
    pub first: usize,
    /// How many columns; `None` up to the end of the record.
    pub length: Option<usize>,
}

/// A structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Structure {
    /// As it was written.
    pub name: Vec<u8>,
    /// In the order of definition.
    pub members: Vec<Member>,
}

impl Structure {
    /// The member of a name.
    ///
    /// # Errors
    /// Message 9007 when there is none.
    pub fn member(&self, name: &[u8]) -> Result<&Member, Fault> {
        let found = self.members.iter().find(|m| m.name == name);
        found.ok_or_else(|| Fault::new(&fpl::FPLSTR9007E, &[name, &self.name]))
    }

    /// The definition as STRUCTURE ADD reads it.
    pub fn lines(&self) -> Vec<Vec<u8>> {
        let mut lines = vec![[b":", &self.name[..]].concat()];
        for member in &self.members {
            let kind = char::from(member.kind);
            let kind = match member.scale {
                0 => kind.to_string(),
                places => format!("{kind}({places})"),
            };
            let first = member.first + 1;
            let range = match member.length {
                Some(length) => format!("{first}.{length}"),
                None => format!("{first}-*"),
            };
            let mut line = member.name.clone();
            line.extend_from_slice(format!(" {kind} {range}").as_bytes());
            lines.push(line);
        }
        lines
    }
}

/// A table of structures, by name.
pub type Table = Rc<RefCell<BTreeMap<Vec<u8>, Rc<Structure>>>>;

/// How long a definition is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// As long as the PIPE command runs.
    Caller,
    /// As long as the session.
    Thread,
}

/// The structures that a specification can refer to.
#[derive(Debug, Clone, Default)]
pub struct Structures {
    caller: Table,
    thread: Table,
}

impl Structures {
    /// Those of a session, for a new PIPE command.
    pub fn of(thread: Table) -> Self {
        Structures {
            caller: Table::default(),
            thread,
        }
    }

    /// The table that definitions are kept in for so long.
    pub fn table(&self, kept: Kept) -> &Table {
        match kept {
            Kept::Caller => &self.caller,
            Kept::Thread => &self.thread,
        }
    }

    /// The structure of a name: the PIPE command's goes before the session's.
    ///
    /// # Errors
    /// Message 9006 when there is none.
    pub fn find(&self, name: &[u8]) -> Result<Rc<Structure>, Fault> {
        let look = |table: &Table| table.borrow().get(name).cloned();
        look(&self.caller)
            .or_else(|| look(&self.thread))
            .ok_or_else(|| Fault::new(&fpl::FPLSTR9006E, &[name]))
    }

    /// The member that a name, alone or behind that of its structure and a period, means.
    ///
    /// # Errors
    /// 9006 no such structure, or none in force; 9007 no such member.
    pub fn member(&self, name: &[u8], in_force: Option<&Qualifier>) -> Result<Member, Fault> {
        if let Some(dot) = memchr::memchr(b'.', name) {
            let structure = self.find(&name[..dot])?;
            return structure.member(&name[dot + 1..]).cloned();
        }
        let none = || Fault::new(&fpl::FPLSTR9006E, &[b""]);
        let qualifier = in_force.ok_or_else(none)?;
        let mut member = qualifier.structure.member(name)?.clone();
        member.first = member.first.saturating_add(qualifier.at);
        Ok(member)
    }
}

/// QUALIFY: the structure that member names are of, and where in the record it begins.
#[derive(Debug, Clone)]
pub struct Qualifier {
    /// The structure.
    pub structure: Rc<Structure>,
    /// Its first column in the record, from 0.
    pub at: usize,
}

impl Qualifier {
    /// Takes what follows QUALIFY: a name, and perhaps the column where the structure begins.
    ///
    /// # Errors
    /// 113 nothing there, 9006 no such structure, 66 not a column.
    pub fn take(args: &mut Args<'_>) -> Result<Qualifier, Fault> {
        let name = args.need()?;
        let structure = args.structures.find(name)?;
        let Some(word) = args.peek() else {
            return Ok(Qualifier { structure, at: 0 });
        };
        let at = match args.number() {
            None => 0,
            Some(0) => return Err(Fault::new(&fpl::FPLSCA066E, &[word])),
            Some(column) => usize::try_from(column - 1).unwrap_or(usize::MAX),
        };
        Ok(Qualifier { structure, at })
    }
}

/// Reads definitions, record by record.
#[derive(Debug, Default)]
pub struct Reader {
    open: Option<Structure>,
}

impl Reader {
    /// Takes a record: a colon and a name begin a structure; else there are members, each a name, a type and
    /// columns. Gives the structure that is complete.
    ///
    /// # Errors
    /// 113 something missing, 111 a type that is not a letter, 54 not columns, 9006 a member of no structure.
    pub fn line(&mut self, record: &[u8]) -> Result<Option<Structure>, Fault> {
        let mut words = Args::new(record, false);
        let mut complete = None;
        if words.peek().is_some_and(|w| w.starts_with(b":")) {
            let name = words.word().unwrap_or_default()[1..].to_vec();
            if name.is_empty() || name.contains(&b'.') {
                return Err(Fault::new(&fpl::FPLSCA111E, &[args::trim(record)]));
            }
            let members = Vec::new();
            complete = self.open.replace(Structure { name, members });
        }
        while !words.is_done() {
            let member = member(&mut words)?;
            let none = || Fault::new(&fpl::FPLSTR9006E, &[b""]);
            self.open.as_mut().ok_or_else(none)?.members.push(member);
        }
        Ok(complete)
    }

    /// The last structure, at end of file.
    pub fn end(&mut self) -> Option<Structure> {
        self.open.take()
    }
}

fn member(words: &mut Args<'_>) -> Result<Member, Fault> {
    let name = words.need()?.to_vec();
    let word = words.need()?;
    let bad = || Fault::new(&fpl::FPLSCA111E, &[word]);
    let (&kind, rest) = word.split_first().ok_or_else(bad)?;
    let kind = kind.to_ascii_uppercase();
    if !kind.is_ascii_uppercase() {
        return Err(bad());
    }
    let scale = match rest {
        [] => 0,
        [b'(', digits @ .., b')'] if kind == b'P' => {
            let places = u32::try_from(args::unsigned(digits)?).map_err(|_| bad())?;
            if places > super::specs::MOST_PLACES {
                return Err(bad());
            }
            places
        }
        _ => return Err(bad()),
    };
    let columns = words.peek().unwrap_or_default();
    let range = Range::take(words, &mut Separators::default())?;
    let not = || Fault::new(&fpl::FPLSCA054E, &[columns]);
    let (first, after) = range.columns().ok_or_else(not)?;
    Ok(Member {
        name,
        kind,
        scale,
        first,
        length: (after != usize::MAX).then(|| after - first),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn member() -> impl Strategy<Value = Member> {
        let name = "[a-zA-Z_][a-zA-Z0-9_]{0,9}";
        let kind = prop_oneof![Just(b'C'), Just(b'D'), Just(b'P'), Just(b'U'), Just(b'X')];
        let length = proptest::option::of(0usize..1000);
        (name, kind, 0u32..32, 0usize..100_000, length).prop_map(
            |(name, kind, scale, first, length)| Member {
                name: name.into_bytes(),
                kind,
                scale: if kind == b'P' { scale } else { 0 },
                first,
                length,
            },
        )
    }

    proptest! {
        #[test]
        fn a_definition_is_read_as_it_is_shown(
            name in "[a-z]{1,9}",
            members in proptest::collection::vec(member(), 0..9),
        ) {
            let structure = Structure { name: name.into_bytes(), members };
            let mut reader = Reader::default();
            for line in structure.lines() {
                prop_assert_eq!(reader.line(&line), Ok(None));
            }
            prop_assert_eq!(reader.end(), Some(structure));
        }

        #[test]
        fn no_line_is_too_bad(lines in proptest::collection::vec(any::<Vec<u8>>(), 0..9)) {
            let mut reader = Reader::default();
            for line in lines {
                let _ = reader.line(&line);
            }
        }

        #[test]
        fn members_never_lie_outside_the_record(
            members in proptest::collection::vec(member(), 1..5),
            at in 1u64..u64::MAX,
            record in proptest::collection::vec(any::<u8>(), 0..50),
        ) {
            let name = b"s".to_vec();
            let first = members[0].name.clone();
            let structures = Structures::default();
            let structure = Rc::new(Structure { name: name.clone(), members });
            structures.table(Kept::Caller).borrow_mut().insert(name, structure);
            let text = [format!("qualify s {at} member ").as_bytes(), &first].concat();
            let mut args = Args::new(&text, false).with(&structures);
            let range = Range::take(&mut args, &mut Separators::default());
            let range = range.map_err(|f| TestCaseError::fail(format!("{f:?}")))?;
            prop_assert!(range.of(&record).len() <= record.len());
        }
    }
}
