//! What a command's name means: the search order of CMS (CMS User's Guide, "CMS Command Search Order").
//!
//! Typed, or by ADDRESS CMS: an EXEC of that name in storage or on the accessed disks (SET IMPEX ON), an EXEC of the
//! name that the word is a synonym of or abbreviates, the command itself, the command it is a synonym of or
//! abbreviates, CP (SET IMPCP ON).
//! By ADDRESS COMMAND: a command by its whole name, and nothing else.

use std::rc::Rc;

use super::commands::{self, Origin, Row};
use super::disk::Entry;
use super::fileid::{Mode, Name};
use super::files::Found;
use super::state::State;

/// What a command's name means.
pub enum Meaning {
    /// An EXEC.
    Exec(Found),
    /// A command of CMS.
    Command(&'static Row),
    /// None of CMS's: CP is to be asked.
    Cp,
    /// Nothing.
    Unknown,
}

/// Splits a command into its name and what stands behind it, without the blanks between. The name ends at
/// a blank or a left parenthesis.
pub fn split(line: &[u8]) -> (&[u8], &[u8]) {
    let start = line.iter().position(|&c| c != b' ').unwrap_or(line.len());
    let line = &line[start..];
    let end = line
        .iter()
        .position(|&c| c == b' ' || c == b'(')
        .unwrap_or(line.len());
    let (word, rest) = line.split_at(end);
    let skip = rest.iter().position(|&c| c != b' ').unwrap_or(rest.len());
    (word, &rest[skip..])
}

/// The file mode of a program in storage, as PARSE SOURCE shows it.
pub const IN_STORAGE: u8 = b'*';

/// The EXEC (or other program) of a name in storage, else the first one on the accessed disks.
pub fn program(cms: &State, name: &Name) -> Option<Found> {
    if let Some(loaded) = cms.in_storage.find(&name.fname, &name.ftype) {
        return Some(Found {
            letter: IN_STORAGE,
            entry: Entry::in_storage(name.clone(), Rc::clone(&loaded.text)),
        });
    }
    cms.files.find(name, Mode::Any)
}

/// Finds out what a command's name means.
pub fn resolve(cms: &State, word: &[u8], origin: Origin) -> Meaning {
    if origin == Origin::Command {
        return commands::by_name(word).map_or(Meaning::Unknown, Meaning::Command);
    }
    let name = word.to_ascii_uppercase();
    let exact = commands::by_name(&name);
    let abbreviated = cms
        .settings
        .abbrev
        .is_on()
        .then(|| commands::by_abbreviation(&name))
        .flatten();
    let synonym = cms.synonyms.iter().find(|s| s.is(&name));
    let synonym = synonym.map(|s| s.command.as_slice());
    if cms.settings.impex.is_on() {
        let exec = |fname: &[u8]| Name::new(fname, b"EXEC").and_then(|n| program(cms, &n));
        if let Some(found) = exec(&name) {
            return Meaning::Exec(found);
        }
        if let Some(command) = synonym
            && let Some(found) = exec(command)
        {
            return Meaning::Exec(found);
        }
        if exact.is_none()
            && let Some(row) = abbreviated
            && let Some(found) = exec(&commands::full_name(row))
        {
            return Meaning::Exec(found);
        }
    }
    let meant = || synonym.and_then(commands::by_name);
    if let Some(row) = exact.or_else(meant).or(abbreviated) {
        return Meaning::Command(row);
    }
    if cms.settings.impcp.is_on() {
        Meaning::Cp
    } else {
        Meaning::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_at_a_blank_or_a_parenthesis() {
        assert_eq!(split(b"  q disk a "), (&b"q"[..], &b"disk a "[..]));
        assert_eq!(split(b"ACCESS (NOPROF"), (&b"ACCESS"[..], &b"(NOPROF"[..]));
        assert_eq!(split(b"listfile(exec"), (&b"listfile"[..], &b"(exec"[..]));
        assert_eq!(split(b""), (&b""[..], &b""[..]));
    }
}
