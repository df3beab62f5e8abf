//! Saved segments in a virtual machine: loaded at their own addresses, in its storage or beyond the end of it
//! (z/VM CP Programming Services, "DIAGNOSE Code X'64'").

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Hardware;
use crate::cp::saved::define::{self, Access, PageKind};
use crate::cp::saved::{Loaded, SavedError, Segment};

/// How a segment is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// As its pages are defined.
    Shared,
    /// All pages the machine's own, to be stored into.
    Nonshared,
}

/// Where a segment is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// All of it beyond storage.
    Beyond,
    /// At least partly in storage, whose contents there are gone.
    InStorage,
}

/// A segment, or a segment space, that is loaded.
#[derive(Debug)]
pub struct LoadedSegment {
    segment: Segment,
    /// The names that were asked for.
    named: BTreeSet<Vec<u8>>,
    sharing: Sharing,
    /// The whole segments that it takes: first page and count.
    blocks: Vec<(u32, u32)>,
}

impl LoadedSegment {
    /// Whether a file is in use.
    fn uses(&self, fileid: u16, created: i64) -> bool {
        let Segment { space, parts } = &self.segment;
        let mut files = space.iter().chain(parts).map(|f| &f.header);
        files.any(|h| h.fileid == fileid && h.created == created)
    }

    fn overlaps(&self, blocks: &[(u32, u32)]) -> bool {
        let meets = |a: &(u32, u32), b: &(u32, u32)| a.0 < b.0 + b.1 && b.0 < a.0 + a.1;
        let taken = |a: &(u32, u32)| blocks.iter().any(|b| meets(a, b));
        self.blocks.iter().any(taken)
    }

    fn is(&self, segment: &Segment, sharing: Sharing) -> bool {
        let files = |s: &Segment| -> Vec<*const Loaded> {
            s.space.iter().chain(&s.parts).map(Arc::as_ptr).collect()
        };
        self.sharing == sharing && files(&self.segment) == files(segment)
    }
}

impl Hardware {
    /// Whether the machine has loaded a file of a segment.
    pub fn uses_segment(&self, fileid: u16, created: i64) -> bool {
        self.segments.iter().any(|s| s.uses(fileid, created))
    }

    /// The loaded segment of a name.
    pub fn segment(&self, name: &[u8]) -> Option<&Segment> {
        let mut segments = self.segments.iter().map(|s| &s.segment);
        segments.find(|s| s.is_called(name))
    }

    /// Whether a segment would lie on others that are loaded, or in storage.
    pub fn overlays(&self, segment: &Segment) -> bool {
        let blocks = define::segments(&segment.ranges());
        self.segments.iter().any(|s| s.overlaps(&blocks)) || self.lies_in_storage(&blocks)
    }

    fn lies_in_storage(&self, blocks: &[(u32, u32)]) -> bool {
        let end = self.machine.storage.pages();
        blocks.iter().any(|(first, _)| u64::from(*first) < end)
    }

    /// Loads a segment that was asked for by a name; those on which it lies are purged. Nothing of it is there
    /// after an error.
    pub fn load_segment(
        &mut self,
        name: &[u8],
        segment: &Segment,
        sharing: Sharing,
    ) -> Result<Place, SavedError> {
        let blocks = define::segments(&segment.ranges());
        let place = match self.lies_in_storage(&blocks) {
            true => Place::InStorage,
            false => Place::Beyond,
        };
        // Another member of a space that is there already.
        let there = self.segments.iter_mut().find(|s| s.is(segment, sharing));
        if let (Some(there), true) = (there, segment.space.is_some()) {
            there.named.insert(name.to_vec());
            return Ok(place);
        }
        let host = |e| host(name, e);
        for at in (0..self.segments.len()).rev() {
            if self.segments[at].overlaps(&blocks) {
                self.unload(at).map_err(host)?;
            }
        }
        self.segments.push(LoadedSegment {
            segment: segment.clone(),
            named: BTreeSet::from([name.to_vec()]),
            sharing,
            blocks: Vec::new(),
        });
        let done = self.fill(name, segment, &blocks, sharing);
        if done.is_err() {
            self.unload(self.segments.len() - 1).map_err(host)?;
        }
        done.map(|()| place)
    }

    fn fill(
        &mut self,
        name: &[u8],
        segment: &Segment,
        blocks: &[(u32, u32)],
        sharing: Sharing,
    ) -> Result<(), SavedError> {
        let host = |e| host(name, e);
        let access = |access: Access| match sharing {
            Sharing::Shared => access,
            Sharing::Nonshared => Access::Own,
        };
        for block in blocks {
            let storage = &mut self.machine.storage;
            let (first, pages) = (u64::from(block.0), u64::from(block.1));
            storage.extend(first, pages).map_err(host)?;
            // What has been added so far can be taken away again.
            if let Some(last) = self.segments.last_mut() {
                last.blocks.push(*block);
            }
        }
        let Some(any) = segment.parts.first() else {
            return Ok(());
        };
        for (first, pages, gap) in define::gaps(&segment.ranges()) {
            self.empty(any, first, pages, access(gap)).map_err(host)?;
        }
        for part in &segment.parts {
            let ranges = &part.header.definition.ranges;
            for range in ranges.iter().filter(|r| !r.kind.saved()) {
                let access = access(range.kind.access());
                self.empty(part, range.first, range.pages(), access)
                    .map_err(host)?;
            }
            for run in &part.header.runs {
                self.map(part, run, access(run.kind.access()))?;
            }
        }
        Ok(())
    }

    /// Purges the segment of this name, or one member of a segment space, which goes with the last of those
    /// that were asked for. False when it is not loaded.
    pub fn purge_segment(&mut self, name: &[u8]) -> Result<bool, std::io::Error> {
        let of_it = |s: &LoadedSegment| s.segment.is_space(name) || s.named.contains(name);
        let Some(at) = self.segments.iter().position(of_it) else {
            return Ok(false);
        };
        let loaded = &mut self.segments[at];
        loaded.named.remove(name);
        if loaded.segment.is_space(name) || loaded.named.is_empty() {
            self.unload(at)?;
        }
        Ok(true)
    }

    /// Purges all segments.
    pub(super) fn unload_segments(&mut self) -> Result<(), std::io::Error> {
        while let Some(last) = self.segments.len().checked_sub(1) {
            self.unload(last)?;
        }
        Ok(())
    }

    fn unload(&mut self, at: usize) -> Result<(), std::io::Error> {
        let segment = self.segments.remove(at);
        for (first, pages) in &segment.blocks {
            let storage = &mut self.machine.storage;
            storage.retract(u64::from(*first), u64::from(*pages))?;
        }
        Ok(())
    }

    /// The file of a loaded segment that has a page.
    pub fn segment_file(&self, page: u64) -> Option<&std::path::Path> {
        let has = |part: &&Arc<Loaded>| {
            let mut ranges = part.header.definition.ranges.iter();
            ranges.any(|r| (u64::from(r.first)..=u64::from(r.last)).contains(&page))
        };
        let mut parts = self.segments.iter().flat_map(|s| &s.segment.parts);
        parts.find(has).map(|part| part.path.as_path())
    }
}

fn host(name: &[u8], source: std::io::Error) -> SavedError {
    SavedError::Host {
        file: String::from_utf8_lossy(name).into_owned(),
        source,
    }
}

impl Segment {
    /// Whether a machine may have a copy of it alone, whatever its directory entry says.
    pub fn may_be_nonshared(&self) -> bool {
        let free = |part: &Arc<Loaded>| {
            let definition = &part.header.definition;
            let mut kinds = definition.ranges.iter().map(|r| r.kind);
            definition.loadnshr || !kinds.any(PageKind::shared)
        };
        self.parts.iter().all(free)
    }

    /// Whether pages are written by CP, which no machine can have alone.
    pub fn has_pages_of_cp(&self) -> bool {
        self.ranges().iter().any(|r| r.kind == PageKind::Sc)
    }
}
