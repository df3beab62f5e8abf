//! The folder of saved systems. A file's name is `NAME.FILEID.CLASS`: class S a skeleton, A available, R
//! available to those with NAMESAVE, P purged while somebody uses it. That of a saved segment has what it is
//! behind that: `NAME.FILEID.CLASS.DCSS`, and DCSS-M or DCSS-S for a member and a segment space.
//!
//! Files are replaced whole: written under a temporary name, made safe, renamed. A new copy is in place
//! before the old one goes, and of two available copies the later counts, so that whoever is killed when
//! leaves the old or the new one. Changes are made under a lock, so that several processes may work on
//! one folder; a process holds a shared lock on each file it uses, so that no other takes it away.

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{FlockOperation, flock};

use crate::machine::block::SharedCode;

use super::define::{Definition, Family, Sort};
use super::format::{self, Header, PageSource, SavedError, State};
use super::spaces;

/// One system data file.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The name of the saved system.
    pub name: Vec<u8>,
    /// The file number.
    pub fileid: u16,
    /// S, A, R or P.
    pub class: u8,
    /// What it holds.
    pub sort: Sort,
    pub(super) path: PathBuf,
}

/// A saved system in use: its header, and its file held open and locked against purging.
#[derive(Debug)]
pub struct Loaded {
    /// Everything but the page data.
    pub header: Header,
    identity: Option<Identity>,
    /// The file, to be mapped.
    pub file: File,
    /// Its name on the host, for messages.
    pub path: PathBuf,
    /// Memory for the pages that all machines of this process store into.
    pub(in crate::cp) shared: OnceLock<File>,
    /// The first pages of the runs whose saved contents are in there.
    pub(in crate::cp) filled: Mutex<Vec<u32>>,
    /// What machines have decoded of its pages.
    pub(in crate::cp) code: Arc<SharedCode>,
}

/// Which file it is, and when it was last written: files are replaced whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
    length: u64,
    written: (i64, i64),
}

impl Identity {
    fn of(path: &Path) -> Option<Identity> {
        let found = std::fs::metadata(path).ok()?;
        Some(Identity {
            device: found.dev(),
            inode: found.ino(),
            length: found.len(),
            written: (found.mtime(), found.mtime_nsec()),
        })
    }
}

/// The saved systems of one system folder.
pub struct Catalogue {
    folder: PathBuf,
    open: Vec<Weak<Loaded>>,
    seen: Option<Seen>,
}

/// What the folder had in it, for as long as it stays the same.
struct Seen {
    folder: Identity,
    list: Vec<Entry>,
}

impl Seen {
    /// A folder that has just changed may change again without its time showing it.
    const SETTLED: Duration = Duration::from_secs(2);

    fn of(folder: Option<Identity>, list: &[Entry]) -> Option<Seen> {
        let folder = folder?;
        let changed = u64::try_from(folder.written.0).ok()?;
        let age = SystemTime::now().duration_since(UNIX_EPOCH + Duration::from_secs(changed));
        age.is_ok_and(|age| age > Seen::SETTLED).then(|| Seen {
            folder,
            list: list.to_vec(),
        })
    }
}

/// The lock on the folder; gone when it is dropped.
pub(super) struct Lock(#[expect(dead_code, reason = "the open file is the lock")] File);

impl Catalogue {
    /// The catalogue in `folder`, which is made when something is first defined.
    pub fn new(folder: PathBuf) -> Catalogue {
        Catalogue {
            folder,
            open: Vec::new(),
            seen: None,
        }
    }

    /// All files, by name and then by number. A folder that is not there has none.
    pub fn list(&self) -> Result<Vec<Entry>, SavedError> {
        let mut list = self.files()?;
        list.sort_by(|a, b| (&a.name, a.fileid, a.class).cmp(&(&b.name, b.fileid, b.class)));
        Ok(current(spaces::promoted(list)))
    }

    /// The header of a file of the list.
    pub fn header(&self, entry: &Entry) -> Result<Header, SavedError> {
        open_file(&entry.path).map(|(_, header)| header)
    }

    /// Makes the skeleton of a system and gives its file number.
    pub fn define(
        &mut self,
        definition: Definition,
        origin: &[u8],
        now: i64,
    ) -> Result<u16, SavedError> {
        let _lock = self.lock()?;
        let list = self.list()?;
        if find(&list, Family::System, &definition.name, b"S").is_some() {
            return Err(SavedError::AlreadyDefined);
        }
        let mut header = skeleton(definition, next_fileid(&list), origin, now);
        self.put(&mut header, Sort::System, b'S', None)?;
        Ok(header.fileid)
    }

    /// The definition of the skeleton that SAVESYS or SAVESEG of this name fills.
    pub fn skeleton(&self, family: Family, name: &[u8]) -> Result<Header, SavedError> {
        let list = self.list()?;
        let entry = fillable(&list, family, name)?;
        self.header(entry)
    }

    /// Saves pages, and for a system the machine, into the skeleton of this name and gives the file number.
    pub fn save(
        &mut self,
        family: Family,
        name: &[u8],
        origin: &[u8],
        state: Option<State>,
        source: &mut dyn PageSource,
        now: i64,
    ) -> Result<u16, SavedError> {
        let _lock = self.lock()?;
        let list = self.list()?;
        let skeleton = fillable(&list, family, name)?;
        let mut header = self.header(skeleton)?;
        header.state = state;
        header.origin = origin.to_vec();
        header.created = self.later(&list, family, name, now);
        let class = if header.definition.restricted {
            b'R'
        } else {
            b'A'
        };
        let fileid = header.fileid;
        self.put(&mut header, skeleton.sort, class, Some(source))?;
        let old =
            |e: &&Entry| e.name == name && e.sort.family() == family && b"AR".contains(&e.class);
        for old in list.iter().filter(old) {
            retire(old)?;
        }
        remove(&skeleton.path)?;
        self.settle()?;
        Ok(fileid)
    }

    /// A time for a new copy: later than the one it replaces, even by a clock that stands still.
    pub(super) fn later(&self, list: &[Entry], family: Family, name: &[u8], now: i64) -> i64 {
        let before = find(list, family, name, b"AR").map(|old| self.header(old));
        let before = before.and_then(Result::ok).map_or(i64::MIN, |h| h.created);
        now.max(before.saturating_add(1))
    }

    /// The available copy of a system: one for all who use it in this process.
    pub fn load(&mut self, name: &[u8]) -> Result<Arc<Loaded>, SavedError> {
        let entry = self.available(name)?;
        self.use_file(&entry)
    }

    /// A file, held open: one for all who use it in this process.
    pub(super) fn use_file(&mut self, entry: &Entry) -> Result<Arc<Loaded>, SavedError> {
        self.open.retain(|w| w.strong_count() > 0);
        let mut open = self.open.iter().filter_map(Weak::upgrade);
        // A file that is in use and has not changed need not be read again.
        let found = Identity::of(&entry.path);
        if let Some(loaded) = open.find(|l| found.is_some() && l.identity == found) {
            return Ok(loaded);
        }
        let (file, header) = open_file(&entry.path)?;
        flock(&file, FlockOperation::NonBlockingLockShared)
            .map_err(|e| SavedError::host(&entry.path, e.into()))?;
        let loaded = Arc::new(Loaded {
            header,
            identity: found,
            file,
            path: entry.path.clone(),
            shared: OnceLock::new(),
            filled: Mutex::new(Vec::new()),
            code: Arc::default(),
        });
        self.open.push(Arc::downgrade(&loaded));
        Ok(loaded)
    }

    /// The available copy of a name, from what is known of the folder if that has not changed.
    fn available(&mut self, name: &[u8]) -> Result<Entry, SavedError> {
        let folder = Identity::of(&self.folder);
        if folder.is_none() || self.seen.as_ref().map(|s| s.folder) != folder {
            let list = self.list()?;
            self.seen = Seen::of(folder, &list);
            return find(&list, Family::System, name, b"AR")
                .cloned()
                .ok_or(SavedError::NotFound);
        }
        let find = |s| find(s, Family::System, name, b"AR");
        let known = self.seen.iter().find_map(|s| find(&s.list));
        known.cloned().ok_or(SavedError::NotFound)
    }

    /// Whether an available copy of a system of this name is there.
    pub fn has(&self, name: &[u8]) -> bool {
        self.list()
            .is_ok_and(|list| find(&list, Family::System, name, b"AR").is_some())
    }

    /// Purges the files that `chosen` names; a file in use becomes class P. Gives how many.
    pub fn purge(&mut self, chosen: impl Fn(&Entry) -> bool) -> Result<usize, SavedError> {
        let list = self.list()?;
        if list.is_empty() {
            return Ok(0);
        }
        let _lock = self.lock()?;
        let mut purged = 0;
        for entry in self.list()?.iter().filter(|e| e.class != b'P' && chosen(e)) {
            retire(entry)?;
            purged += 1;
        }
        self.settle()?;
        Ok(purged)
    }

    /// Writes a file under a temporary name and puts it in place.
    pub(super) fn put(
        &self,
        header: &mut Header,
        sort: Sort,
        class: u8,
        pages: Option<&mut dyn PageSource>,
    ) -> Result<(), SavedError> {
        let temporary = self.folder.join(format!(".new.{}", std::process::id()));
        remove(&temporary)?;
        let written = format::write(&temporary, header, pages);
        if let Err(error) = written {
            remove(&temporary)?;
            return Err(error);
        }
        let name = file_name(&header.definition.name, header.fileid, class, sort);
        let path = self.folder.join(name);
        std::fs::rename(&temporary, &path).map_err(|e| SavedError::host(&path, e))?;
        let folder = File::open(&self.folder).map_err(|e| SavedError::host(&self.folder, e))?;
        folder
            .sync_all()
            .map_err(|e| SavedError::host(&self.folder, e))
    }

    /// Locks the folder, waiting for another process, and clears away what a killed one left.
    pub(super) fn lock(&self) -> Result<Lock, SavedError> {
        let host = |e| SavedError::host(&self.folder, e);
        std::fs::create_dir_all(&self.folder).map_err(host)?;
        let path = self.folder.join(".lock");
        let file = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(host)?;
        flock(&file, FlockOperation::LockExclusive).map_err(|e| host(e.into()))?;
        let entries = std::fs::read_dir(&self.folder).map_err(host)?;
        for entry in entries.flatten() {
            if entry.file_name().to_string_lossy().starts_with(".new.") {
                remove(&entry.path())?;
            }
        }
        self.settle()?;
        Ok(Lock(file))
    }

    /// Brings the files to where a change leads that was made, or was cut short: what has been replaced goes, and
    /// a segment space whose members are all saved is available. The folder is locked.
    fn settle(&self) -> Result<(), SavedError> {
        let all = self.files()?;
        let kept = current(spaces::promoted(all.clone()));
        for entry in &all {
            let kept = kept.iter().find(|k| k.path == entry.path);
            match (entry.class, kept) {
                (b'S', None) => remove(&entry.path)?,
                (b'P', _) => remove_unused(entry)?,
                (_, None) => retire(entry)?,
                (_, Some(kept)) if kept.class != entry.class => reclass(entry, kept.class)?,
                _ => {}
            }
        }
        self.forget_members()
    }

    /// All files in the folder. A folder that is not there has none.
    pub(super) fn files(&self) -> Result<Vec<Entry>, SavedError> {
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(SavedError::host(&self.folder, e)),
        };
        let files = entries.flatten().filter_map(|e| entry_of(&e.path()));
        Ok(files.collect())
    }
}

/// The header of a file without pages.
pub(super) fn skeleton(definition: Definition, fileid: u16, origin: &[u8], now: i64) -> Header {
    Header {
        definition,
        fileid,
        origin: origin.to_vec(),
        created: now,
        state: None,
        runs: Vec::new(),
    }
}

/// Drops what a newer file has taken the place of: an older available copy of the same name (the
/// order of two is in their headers), and a skeleton whose number an available copy has.
fn current(list: Vec<Entry>) -> Vec<Entry> {
    let available = |e: &Entry| b"AR".contains(&e.class);
    let alike = |a: &Entry, b: &Entry| a.name == b.name && a.sort.family() == b.sort.family();
    let filled = |s: &Entry| {
        list.iter()
            .any(|e| available(e) && e.fileid == s.fileid && alike(e, s))
    };
    let created = |e: &Entry| open_file(&e.path).map_or(i64::MIN, |(_, h)| h.created);
    let newer = |old: &Entry| {
        list.iter().any(|e| {
            available(e) && alike(e, old) && e.path != old.path && created(e) > created(old)
        })
    };
    let keep: Vec<bool> = list
        .iter()
        .map(|e| match e.class {
            b'S' => !filled(e),
            b'A' | b'R' => !newer(e),
            _ => true,
        })
        .collect();
    let mut keep = keep.into_iter();
    list.into_iter()
        .filter(|_| keep.next().unwrap_or(true))
        .collect()
}

/// The file of a name of one of these classes.
pub(super) fn find<'a>(
    list: &'a [Entry],
    family: Family,
    name: &[u8],
    classes: &[u8],
) -> Option<&'a Entry> {
    let is_it = |e: &&Entry| {
        e.sort.family() == family && e.name.eq_ignore_ascii_case(name) && classes.contains(&e.class)
    };
    list.iter().find(is_it)
}

/// The skeleton that pages are saved into.
fn fillable<'a>(list: &'a [Entry], family: Family, name: &[u8]) -> Result<&'a Entry, SavedError> {
    let found = find(list, family, name, b"S").filter(|e| e.sort != Sort::Space);
    found.ok_or(SavedError::NoSkeleton)
}

/// The number after the highest, or the lowest free one when the numbers have run out.
pub(super) fn next_fileid(list: &[Entry]) -> u16 {
    let highest = list.iter().map(|e| e.fileid).max().unwrap_or(0);
    if highest < 9900 {
        return highest + 1;
    }
    (1..=9900)
        .find(|id| list.iter().all(|e| e.fileid != *id))
        .unwrap_or(9999)
}

fn file_name(name: &[u8], fileid: u16, class: u8, sort: Sort) -> String {
    let name = String::from_utf8_lossy(name);
    let class = char::from(class);
    match sort {
        Sort::System => format!("{name}.{fileid:04}.{class}"),
        segment => format!("{name}.{fileid:04}.{class}.{}", segment.code()),
    }
}

fn entry_of(path: &Path) -> Option<Entry> {
    let name = path.file_name()?.to_str()?;
    let mut parts = name.split('.');
    let (name, fileid, class) = (parts.next()?, parts.next()?, parts.next()?);
    let sort = match parts.next() {
        None => Sort::System,
        Some(code) => Sort::parse(code).filter(|s| *s != Sort::System)?,
    };
    if name.is_empty() || parts.next().is_some() || !matches!(class, "S" | "A" | "R" | "P") {
        return None;
    }
    Some(Entry {
        name: name.as_bytes().to_vec(),
        fileid: fileid.parse().ok()?,
        class: class.bytes().next()?,
        sort,
        path: path.to_path_buf(),
    })
}

pub(super) fn open_file(path: &Path) -> Result<(File, Header), SavedError> {
    let mut file = File::open(path).map_err(|e| match e.kind() {
        ErrorKind::NotFound => SavedError::NotFound,
        _ => SavedError::host(path, e),
    })?;
    let header = format::read(&mut file, path)?;
    Ok((file, header))
}

pub(super) fn remove(path: &Path) -> Result<(), SavedError> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(SavedError::host(path, e)),
        _ => Ok(()),
    }
}

fn in_use(entry: &Entry) -> bool {
    let Ok(file) = File::open(&entry.path) else {
        return false;
    };
    flock(&file, FlockOperation::NonBlockingLockExclusive).is_err()
}

/// Takes a file away: at once, or when its last user has gone.
fn retire(entry: &Entry) -> Result<(), SavedError> {
    if !in_use(entry) {
        return remove(&entry.path);
    }
    reclass(entry, b'P')
}

fn reclass(entry: &Entry, class: u8) -> Result<(), SavedError> {
    let name = file_name(&entry.name, entry.fileid, class, entry.sort);
    let path = entry.path.with_file_name(name);
    std::fs::rename(&entry.path, &path).map_err(|e| SavedError::host(&entry.path, e))
}

fn remove_unused(entry: &Entry) -> Result<(), SavedError> {
    match in_use(entry) {
        true => Ok(()),
        false => remove(&entry.path),
    }
}

#[cfg(test)]
mod tests {
    use super::super::format::CpuState;
    use super::super::format::tests::{Pattern, definition};
    use super::*;

    fn state() -> State {
        State {
            zarch: true,
            cpus: vec![CpuState::default()],
            ..State::default()
        }
    }
    fn classes(c: &Catalogue) -> String {
        let show = |e: &Entry| {
            format!(
                "{}{}{}",
                String::from_utf8_lossy(&e.name),
                e.fileid,
                char::from(e.class)
            )
        };
        c.list()
            .unwrap()
            .iter()
            .map(show)
            .collect::<Vec<_>>()
            .join(" ")
    }
    fn save(c: &mut Catalogue, now: i64) -> u16 {
        c.define(definition("LX 0-3 EW"), b"MAINT", now).unwrap();
        c.save(
            Family::System,
            b"LX",
            b"MAINT",
            Some(state()),
            &mut Pattern(99),
            now,
        )
        .unwrap()
    }

    #[test]
    fn a_skeleton_becomes_an_available_system() {
        let dir = tempfile::tempdir().unwrap();
        let mut c = Catalogue::new(dir.path().join("saved"));
        assert_eq!(classes(&c), "");
        assert!(matches!(c.load(b"LX"), Err(SavedError::NotFound)));
        let save_without = c.save(
            Family::System,
            b"LX",
            b"M",
            Some(state()),
            &mut Pattern(9),
            0,
        );
        assert!(matches!(save_without, Err(SavedError::NoSkeleton)));
        assert_eq!(c.define(definition("LX 0-3 EW"), b"M", 5).unwrap(), 1);
        let again = c.define(definition("LX 0-3 EW"), b"M", 5);
        assert!(matches!(again, Err(SavedError::AlreadyDefined)));
        assert!(matches!(c.load(b"LX"), Err(SavedError::NotFound)));
        assert_eq!(
            c.save(
                Family::System,
                b"LX",
                b"M",
                Some(state()),
                &mut Pattern(9),
                6
            )
            .unwrap(),
            1
        );
        assert_eq!(classes(&c), "LX1A");
        assert_eq!(c.load(b"lx").unwrap().header.created, 6);
    }

    #[test]
    fn users_share_one_copy_and_keep_it_through_purge_and_replacement() {
        let dir = tempfile::tempdir().unwrap();
        let mut c = Catalogue::new(dir.path().into());
        save(&mut c, 5);
        let a = c.load(b"LX").unwrap();
        let b = c.load(b"LX").unwrap();
        assert!(Arc::ptr_eq(&a, &b));
        // Another process, as far as the folder is concerned.
        let mut other = Catalogue::new(dir.path().into());
        save(&mut other, 5);
        assert_eq!(classes(&c), "LX1P LX2A");
        let new = c.load(b"LX").unwrap();
        assert!(!Arc::ptr_eq(&a, &new));
        assert_eq!(c.purge(|e| e.name == b"LX").unwrap(), 1);
        assert_eq!(classes(&c), "LX1P LX2P");
        drop((a, b));
        assert_eq!(c.purge(|_| true).unwrap(), 0);
        assert_eq!(classes(&c), "LX2P");
        drop(new);
        c.define(definition("Y 0-0 EW RSTD"), b"M", 1).unwrap();
        c.save(
            Family::System,
            b"Y",
            b"M",
            Some(state()),
            &mut Pattern(9),
            1,
        )
        .unwrap();
        assert_eq!(classes(&c), "Y1R");
    }

    #[test]
    fn a_kill_between_any_two_steps_leaves_the_old_or_the_new_one() {
        let dir = tempfile::tempdir().unwrap();
        let mut c = Catalogue::new(dir.path().into());
        save(&mut c, 5);
        let old = std::fs::read(dir.path().join("LX.0001.A")).unwrap();
        save(&mut c, 9);
        let new = std::fs::read(dir.path().join("LX.0002.A")).unwrap();
        // Killed while it wrote: the old one counts.
        std::fs::remove_file(dir.path().join("LX.0002.A")).unwrap();
        std::fs::write(dir.path().join("LX.0001.A"), &old).unwrap();
        std::fs::write(dir.path().join(".new.1"), &new[..100]).unwrap();
        assert_eq!(c.load(b"LX").unwrap().header.created, 5);
        // Killed behind the rename, the old one and the skeleton still there: the new one counts.
        c.define(definition("LX 0-3 EW"), b"MAINT", 9).unwrap();
        std::fs::write(dir.path().join("LX.0002.A"), &new).unwrap();
        assert_eq!(c.load(b"LX").unwrap().header.created, 9);
        assert_eq!(classes(&c), "LX2A");
        // The next change clears the rest away.
        c.define(definition("Z 0-3 EW"), b"MAINT", 9).unwrap();
        let mut names: Vec<_> = std::fs::read_dir(dir.path())
            .unwrap()
            .flatten()
            .map(|e| e.file_name())
            .collect();
        names.sort();
        assert_eq!(names, [".lock", "LX.0002.A", "Z.0003.S"]);
    }

    #[test]
    fn a_damaged_file_is_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let mut c = Catalogue::new(dir.path().into());
        save(&mut c, 5);
        let path = dir.path().join("LX.0001.A");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[40] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let error = c.load(b"LX").unwrap_err().to_string();
        assert!(
            error.contains("LX.0001.A: the header (checksum) is damaged"),
            "{error}"
        );
    }
}
