//! Saved segments and segment spaces (z/VM Saved Segments Planning and Administration): a space is a file with
//! the names of its members, and whoever loads a member has the whole space. It is a skeleton until all of its
//! members are saved; a member that is added makes a new skeleton beside the space that is available.

use std::sync::Arc;

use super::catalogue::{self, Catalogue, Entry, Loaded, find, next_fileid, open_file, skeleton};
use super::define::{self, Definition, Family, MOST_MEMBERS, PageRange, Sort};
use super::format::{Header, SavedError};

/// A saved segment in use, with all of its segment space.
#[derive(Clone, Debug)]
pub struct Segment {
    /// The segment space that it comes in.
    pub space: Option<Arc<Loaded>>,
    /// The files of all pages.
    pub parts: Vec<Arc<Loaded>>,
}

impl Segment {
    /// The page ranges of all files, by page number.
    pub fn ranges(&self) -> Vec<PageRange> {
        let all = self.parts.iter().map(|p| &p.header.definition);
        let mut ranges: Vec<PageRange> = all.flat_map(|d| d.ranges.clone()).collect();
        ranges.sort_by_key(|r| r.first);
        ranges
    }

    /// Whether it goes by this name: its own, that of the segment space or of a member.
    pub fn is_called(&self, name: &[u8]) -> bool {
        self.is_space(name) || self.part(name).is_some()
    }

    /// Whether this is the name of the segment space.
    pub fn is_space(&self, name: &[u8]) -> bool {
        let space = self.space.as_ref().map(|s| &s.header.definition.name);
        space.is_some_and(|space| space == name)
    }

    fn part(&self, name: &[u8]) -> Option<&Arc<Loaded>> {
        let mut parts = self.parts.iter();
        parts.find(|p| p.header.definition.name == name)
    }

    /// The page ranges under a name.
    pub fn ranges_of(&self, name: &[u8]) -> Vec<PageRange> {
        match self.part(name) {
            Some(part) => part.header.definition.ranges.clone(),
            None => self.ranges(),
        }
    }

    /// The first and the last byte under a name; those of whole segments for a segment space.
    pub fn bounds(&self, name: &[u8]) -> (u64, u64) {
        let ranges = self.ranges_of(name);
        let first = ranges.first().map_or(0, |r| r.first);
        let last = ranges.last().map_or(0, |r| r.last);
        let (first, last) = match self.is_space(name) {
            true => (first & !(define::SEGMENT - 1), last | (define::SEGMENT - 1)),
            false => (first, last),
        };
        (u64::from(first) << 12, u64::from(last) << 12 | 0xFFF)
    }
}

impl Catalogue {
    /// Makes the skeleton of a segment, or finds the segment when the definition has no ranges (SAMERANGE), and
    /// makes it a member of a segment space when one is named. Gives its file number.
    pub fn define_segment(
        &mut self,
        definition: Definition,
        space: Option<&[u8]>,
        origin: &[u8],
        now: i64,
    ) -> Result<u16, SavedError> {
        let _lock = self.lock()?;
        let list = self.list()?;
        let name = definition.name.clone();
        let skeletal = find(&list, Family::Segment, &name, b"S");
        let present = skeletal.or_else(|| find(&list, Family::Segment, &name, b"AR"));
        if present.is_some_and(|e| e.sort == Sort::Space) {
            return Err(SavedError::NameTaken(name));
        }
        let same = definition.ranges.is_empty();
        let ranges = match present {
            _ if !same && skeletal.is_some() => return Err(SavedError::AlreadyDefined),
            Some(member) if same && member.sort != Sort::Member => {
                return Err(SavedError::NameTaken(name));
            }
            Some(member) if same => self.header(member)?.definition.ranges,
            None if same => return Err(SavedError::NotFound),
            _ => definition.ranges.clone(),
        };
        let mut fileid = next_fileid(&list);
        if let Some(space) = space {
            let changed = self.with_member(&list, space, &name, &ranges)?;
            if let Some(mut header) = changed {
                header.origin = origin.to_vec();
                header.created = self.later(&list, Family::Segment, space, now);
                if find(&list, Family::Segment, space, b"S").is_none() {
                    header.fileid = fileid;
                    fileid = next_of(&list, fileid);
                }
                self.put(&mut header, Sort::Space, b'S', None)?;
            }
        }
        if let Some(present) = present.filter(|_| same) {
            return Ok(present.fileid);
        }
        let sort = match space {
            Some(_) => Sort::Member,
            None => Sort::Segment,
        };
        let mut header = skeleton(definition, fileid, origin, now);
        self.put(&mut header, sort, b'S', None)?;
        Ok(fileid)
    }

    /// The segment space with a member more; `None` when it has it. Refuses pages that are in the way of others.
    fn with_member(
        &self,
        list: &[Entry],
        space: &[u8],
        name: &[u8],
        ranges: &[PageRange],
    ) -> Result<Option<Header>, SavedError> {
        let entry = find(list, Family::Segment, space, b"S");
        let entry = entry.or_else(|| find(list, Family::Segment, space, b"AR"));
        let mut header = match entry {
            Some(e) if e.sort != Sort::Space => return Err(SavedError::NameTaken(space.to_vec())),
            Some(e) => self.header(e)?,
            None => skeleton(Definition::new(space.to_vec()), 0, b"", 0),
        };
        let members = &mut header.definition.members;
        for other in members.iter().filter(|m| *m != name) {
            let mut all = self.member_ranges(list, other)?;
            if !ranges.iter().all(|r| define::add_range(&mut all, *r)) {
                return Err(SavedError::Conflict(other.clone()));
            }
        }
        if members.iter().any(|m| m == name) {
            return Ok(None);
        }
        if members.len() == MOST_MEMBERS {
            return Err(SavedError::Full(space.to_vec()));
        }
        members.push(name.to_vec());
        Ok(Some(header))
    }

    /// The ranges of a member as it was defined last.
    fn member_ranges(&self, list: &[Entry], name: &[u8]) -> Result<Vec<PageRange>, SavedError> {
        let entry = find(list, Family::Segment, name, b"S");
        let entry = entry.or_else(|| find(list, Family::Segment, name, b"AR"));
        match entry {
            Some(entry) => Ok(self.header(entry)?.definition.ranges),
            None => Ok(Vec::new()),
        }
    }

    /// The page ranges of the members of a segment space, by page number.
    pub fn space_ranges(&self, header: &Header) -> Result<Vec<PageRange>, SavedError> {
        let list = self.list()?;
        let mut ranges = Vec::new();
        for member in &header.definition.members {
            ranges.extend(self.member_ranges(&list, member)?);
        }
        ranges.sort_by_key(|r| r.first);
        Ok(ranges)
    }

    /// The available copy of a segment, with the rest of the segment space that it is a member of. A member that
    /// no available space has is not found.
    pub fn segment(&mut self, name: &[u8]) -> Result<Segment, SavedError> {
        let list = self.list()?;
        let entry = find(&list, Family::Segment, name, b"AR").ok_or(SavedError::NotFound)?;
        let space = match entry.sort {
            Sort::Space => Some(entry),
            Sort::Member => self.space_of(&list, &entry.name)?,
            Sort::Segment | Sort::System => None,
        };
        let space = space.map(|entry| self.use_file(entry)).transpose()?;
        let mut parts = Vec::new();
        match &space {
            Some(space) => {
                for member in &space.header.definition.members {
                    let member = find(&list, Family::Segment, member, b"AR");
                    parts.push(self.use_file(member.ok_or(SavedError::NotFound)?)?);
                }
            }
            None if entry.sort == Sort::Member => return Err(SavedError::NotFound),
            None => parts.push(self.use_file(entry)?),
        }
        Ok(Segment { space, parts })
    }

    /// The first available segment space with a member.
    fn space_of<'a>(
        &self,
        list: &'a [Entry],
        member: &[u8],
    ) -> Result<Option<&'a Entry>, SavedError> {
        let available = |e: &&Entry| e.sort == Sort::Space && b"AR".contains(&e.class);
        let mut spaces: Vec<&Entry> = list.iter().filter(available).collect();
        spaces.sort_by_key(|e| e.fileid);
        for space in spaces {
            let members = self.header(space)?.definition.members;
            if members.iter().any(|m| m == member) {
                return Ok(Some(space));
            }
        }
        Ok(None)
    }

    /// The members of the segment spaces that `chosen` names which are in no other one.
    pub fn associates(&self, chosen: impl Fn(&Entry) -> bool) -> Result<Vec<Vec<u8>>, SavedError> {
        let (mut of_chosen, mut of_others) = (Vec::new(), Vec::new());
        for space in self
            .list()?
            .iter()
            .filter(|e| e.sort == Sort::Space && e.class != b'P')
        {
            let members = self.header(space)?.definition.members;
            match chosen(space) {
                true => of_chosen.extend(members),
                false => of_others.extend(members),
            }
        }
        of_chosen.retain(|m| !of_others.contains(m));
        Ok(of_chosen)
    }

    /// Segment spaces forget members that are gone, or never came, and go with the last one. The folder is locked.
    pub(super) fn forget_members(&self) -> Result<(), SavedError> {
        let all = self.files()?;
        let there = |name: &Vec<u8>| {
            let of_it = |e: &Entry| e.sort == Sort::Member && e.class != b'P' && e.name == *name;
            all.iter().any(of_it)
        };
        let spaces = all
            .iter()
            .filter(|e| e.sort == Sort::Space && e.class != b'P');
        for space in spaces {
            // A damaged one is left for those who ask for it.
            let Ok((_, mut header)) = open_file(&space.path) else {
                continue;
            };
            let before = header.definition.members.len();
            header.definition.members.retain(there);
            match header.definition.members.len() {
                0 => catalogue::remove(&space.path)?,
                now if now < before => self.put(&mut header, Sort::Space, space.class, None)?,
                _ => {}
            }
        }
        Ok(())
    }
}

/// The files, where segment spaces whose members are all saved have become available.
pub(super) fn promoted(mut list: Vec<Entry>) -> Vec<Entry> {
    let saved: Vec<Vec<u8>> = list
        .iter()
        .filter(|e| e.sort == Sort::Member && b"AR".contains(&e.class))
        .map(|e| e.name.clone())
        .collect();
    let skeletons = list
        .iter_mut()
        .filter(|e| e.sort == Sort::Space && e.class == b'S');
    for space in skeletons {
        let members = open_file(&space.path).map(|(_, header)| header.definition.members);
        if members.is_ok_and(|m| !m.is_empty() && m.iter().all(|m| saved.contains(m))) {
            space.class = b'A';
        }
    }
    list
}

/// The number for a second new file.
fn next_of(list: &[Entry], taken: u16) -> u16 {
    let next = taken.saturating_add(1);
    match list.iter().any(|e| e.fileid == next) || next > 9999 {
        true => (1..=9999)
            .find(|n| *n != taken && list.iter().all(|e| e.fileid != *n))
            .unwrap_or(next),
        false => next,
    }
}
