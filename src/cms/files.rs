//! The accessed disks: file modes A to Z, the order of search, read-only extensions
//! (CMS User's Guide, "File Modes"; ACCESS, RELEASE).

use super::disk::{Disk, Entry};
use super::fileid::{Mode, Name, Pattern};
use crate::base::clock::{Civil, Clock};

/// A disk under a file mode.
#[derive(Debug)]
pub struct Accessed {
    /// The file mode letter.
    pub letter: u8,
    /// The mode this one is a read-only extension of.
    pub parent: Option<u8>,
    /// The files that ACCESS left visible; all when there is none.
    pub filter: Option<(Pattern, Pattern)>,
    /// The disk.
    pub disk: Disk,
}

impl Accessed {
    /// Whether files can be written under this mode.
    pub fn writable(&self) -> bool {
        self.disk.writable && self.parent.is_none()
    }

    /// `R/W` or `R/O`.
    pub fn status(&self) -> &'static str {
        if self.writable() { "R/W" } else { "R/O" }
    }

    /// The mode as QUERY shows it: `A`, or `Y/S` for an extension.
    pub fn mode_text(&self) -> String {
        match self.parent {
            Some(parent) => format!("{}/{}", char::from(self.letter), char::from(parent)),
            None => char::from(self.letter).to_string(),
        }
    }

    /// The files that are visible under this mode.
    pub fn list(&self) -> Vec<Entry> {
        let mut entries = self.disk.list();
        entries.retain(|e| self.shows(e));
        entries.iter_mut().for_each(|e| e.once &= self.writable());
        if let Some((fname, ftype)) = &self.filter {
            entries.retain(|e| fname.fits(&e.name.fname) && ftype.fits(&e.name.ftype));
        }
        entries
    }

    fn find(&self, name: &Name) -> Option<Entry> {
        let hidden = self
            .filter
            .as_ref()
            .is_some_and(|(f, t)| !f.fits(&name.fname) || !t.fits(&name.ftype));
        if hidden {
            return None;
        }
        let mut entry = self.disk.find(name).filter(|e| self.shows(e))?;
        entry.once &= self.writable();
        Some(entry)
    }

    /// Mode number 0 is private: such files are not seen on a disk that is read-only.
    fn shows(&self, entry: &Entry) -> bool {
        entry.attributes.number != 0 || self.disk.writable
    }
}

/// A file and the mode it was found under.
#[derive(Debug, Clone)]
pub struct Found {
    /// The mode letter.
    pub letter: u8,
    /// The file.
    pub entry: Entry,
}

impl Found {
    /// The file mode with its number, `A1`.
    pub fn fm(&self) -> [u8; 2] {
        [self.letter, b'0' + self.entry.attributes.number]
    }

    /// `fn ft fm` with single blanks, for messages.
    pub fn fileid(&self) -> Vec<u8> {
        let name = self.entry.name.to_string();
        [name.as_bytes(), b" ", &self.fm()].concat()
    }
}

/// The accessed disks in the order of search.
#[derive(Debug, Default)]
pub struct Files {
    accessed: Vec<Accessed>,
}

impl Files {
    /// All accessed disks in the order of search.
    pub fn all(&self) -> &[Accessed] {
        &self.accessed
    }

    /// The disk under a mode.
    pub fn get(&self, letter: u8) -> Option<&Accessed> {
        self.accessed.iter().find(|a| a.letter == letter)
    }

    /// Puts a disk under its mode; gives back the one that was there.
    pub fn access(&mut self, new: Accessed) -> Option<Accessed> {
        let old = self.release(new.letter);
        let at = self.accessed.partition_point(|a| a.letter < new.letter);
        self.accessed.insert(at, new);
        old
    }

    /// Takes a mode's disk away.
    pub fn release(&mut self, letter: u8) -> Option<Accessed> {
        let at = self.accessed.iter().position(|a| a.letter == letter)?;
        Some(self.accessed.remove(at))
    }

    /// Keeps only the disks whose virtual device still exists.
    pub fn keep(&mut self, exists: impl Fn(u16) -> bool) {
        self.accessed.retain(|a| exists(a.disk.vdev));
    }

    /// The disks a mode operand means; a letter means its read-only extensions too.
    fn meant(&self, mode: Mode) -> impl Iterator<Item = &Accessed> {
        let letter = mode.letter();
        let own = self.accessed.iter().filter(move |a| mode.takes(a.letter));
        let extensions = self
            .accessed
            .iter()
            .filter(move |a| letter.is_some() && a.parent == letter && Some(a.letter) != letter);
        own.chain(extensions)
    }

    /// The first file of a name in the order of search. The mode number selects nothing here: the host may
    /// not keep it, and a program that wrote `X Y A5` must find its file again.
    pub fn find(&self, name: &Name, mode: Mode) -> Option<Found> {
        self.meant(mode).find_map(|a| {
            a.find(name).map(|entry| Found {
                letter: a.letter,
                entry,
            })
        })
    }

    /// Every file that fits, mode by mode.
    pub fn select(&self, fname: &Pattern, ftype: &Pattern, mode: Mode) -> Vec<Found> {
        let mut found = self.select_any(fname, ftype, mode);
        if let Some(number) = mode.number() {
            found.retain(|f| f.entry.attributes.number == number);
        }
        found
    }

    /// Every file that fits, whatever its mode number.
    fn select_any(&self, fname: &Pattern, ftype: &Pattern, mode: Mode) -> Vec<Found> {
        if fname.is_literal() && ftype.is_literal() {
            let Some(name) = Name::new(fname.text(), ftype.text()) else {
                return Vec::new();
            };
            return self
                .meant(mode)
                .filter_map(|a| {
                    let entry = a.find(&name)?;
                    Some(Found {
                        letter: a.letter,
                        entry,
                    })
                })
                .collect();
        }
        let fits = |e: &Entry| fname.fits(&e.name.fname) && ftype.fits(&e.name.ftype);
        self.meant(mode)
            .flat_map(|a| {
                let letter = a.letter;
                a.list()
                    .into_iter()
                    .filter(fits)
                    .map(move |entry| Found { letter, entry })
            })
            .collect()
    }

    /// The first letter that no disk is accessed under, from the end of the alphabet.
    pub fn free_letter(&self) -> Option<u8> {
        (b'A'..=b'Z').rev().find(|&l| self.get(l).is_none())
    }
}

/// The local date and time of a moment in microseconds since 1970.
pub fn local(micros: i64, clock: &Clock) -> Civil {
    Civil::from_micros(micros + i64::from(clock.zone().offset) * 1_000_000)
}

/// How dates are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DateForm {
    /// `mm/dd/yy`.
    #[default]
    Short,
    /// `mm/dd/yyyy`.
    Full,
    /// `yyyy-mm-dd`.
    Iso,
}

impl DateForm {
    /// A date with leading zeros.
    pub fn text(self, c: &Civil) -> String {
        match self {
            DateForm::Short => {
                format!("{:02}/{:02}/{:02}", c.month, c.day, c.year.rem_euclid(100))
            }
            DateForm::Full => format!("{:02}/{:02}/{:04}", c.month, c.day, c.year),
            DateForm::Iso => format!("{:04}-{:02}-{:02}", c.year, c.month, c.day),
        }
    }

    /// The option of this name: SHORTDATE, FULLDATE, ISODATE.
    pub fn option(word: &[u8]) -> Option<DateForm> {
        use crate::base::abbrev::matches;
        if matches("SHOrtdate", word) {
            Some(DateForm::Short)
        } else if matches("FULldate", word) {
            Some(DateForm::Full)
        } else if matches("ISOdate", word) {
            Some(DateForm::Iso)
        } else {
            None
        }
    }
}
