//! The folder of spool files. A file's name is `NNNN.spl`, its number in the system; a number that an
//! open output file has taken is held by `NNNN.open`.
//!
//! Files are written whole under a temporary name, made safe, and renamed: whoever is killed when leaves
//! whole files or none. Changes are made under a lock, so that several processes may work on one folder.
//! A process holds a lock on each file that one of its readers reads, and no other then reads, changes or
//! purges it. A damaged file is told by name and does not keep the others from being used.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::{FlockOperation, flock};

use super::format::{self, Attributes, SpoolError};
use crate::device::UnitRecord;

/// The highest spool file number.
const LAST: u16 = 9999;

/// The spool of one system folder.
#[derive(Clone, Debug)]
pub struct Spool {
    folder: PathBuf,
}

/// The spool files of a system.
#[derive(Debug, Default)]
pub struct Listing {
    /// The good ones, in the order in which each queue is processed.
    pub files: Vec<Attributes>,
    /// What is wrong with the others.
    pub damaged: Vec<SpoolError>,
}

/// A spool file number that nobody else gets; free again when this is dropped.
#[derive(Debug)]
pub struct Reservation {
    /// The number.
    pub id: u16,
    path: PathBuf,
    _lock: File,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        // One that stays is cleared away by the next process that makes a spool file.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A spool file that a reader reads: locked against others until it is dropped.
#[derive(Debug)]
pub struct OpenFile {
    /// Its attributes when it was opened.
    pub attributes: Attributes,
    /// Its records.
    pub records: Vec<UnitRecord>,
    _lock: File,
}

impl Spool {
    /// The spool in `folder`, which is made with the first spool file.
    pub fn new(folder: PathBuf) -> Spool {
        Spool { folder }
    }

    /// When the set of files last changed, as far as the host knows.
    pub fn changed(&self) -> Option<SystemTime> {
        std::fs::metadata(&self.folder).ok()?.modified().ok()
    }

    /// All spool files. A folder that is not there has none.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn list(&self) -> Result<Listing, SpoolError> {
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Listing::default()),
            Err(e) => return Err(SpoolError::host(&self.folder, e)),
        };
        let mut listing = Listing::default();
        for path in entries.flatten().map(|e| e.path()) {
            let Some(number) = number_of(&path, "spl") else {
                continue;
            };
            let read = File::open(&path)
                .map_err(|e| SpoolError::host(&path, e))
                .and_then(|mut file| format::read(&mut file, &path));
            match read {
                Ok(attributes) if attributes.id == number => listing.files.push(attributes),
                // A copy under another name is no file of its own.
                Ok(_) => listing
                    .damaged
                    .push(SpoolError::damaged(&path, "the number")),
                // Read or purged by another process meanwhile.
                Err(SpoolError::Host { source, .. }) if source.kind() == ErrorKind::NotFound => {}
                Err(error) => listing.damaged.push(error),
            }
        }
        listing.files.sort_by_key(|a| (a.place, a.id));
        listing.damaged.sort_by_key(ToString::to_string);
        Ok(listing)
    }

    /// Takes a number for a file that will be made later.
    ///
    /// # Errors
    /// No number is left, or what the host says.
    pub fn reserve(&self) -> Result<Reservation, SpoolError> {
        let mut lock = self.lock()?;
        let id = self.take_number(&mut lock)?;
        let path = self.folder.join(format!("{id:04}.open"));
        let file = File::create(&path).map_err(|e| SpoolError::host(&path, e))?;
        flock(&file, FlockOperation::NonBlockingLockExclusive)
            .map_err(|e| SpoolError::host(&path, e.into()))?;
        Ok(Reservation {
            id,
            path,
            _lock: file,
        })
    }

    /// Makes a file at the end of its queue. Its number is what `reserved` says, or a new one.
    ///
    /// # Errors
    /// No number is left, or what the host says. Then there is no file.
    pub fn make(
        &self,
        attributes: &mut Attributes,
        reserved: Option<&Reservation>,
        records: &[UnitRecord],
    ) -> Result<(), SpoolError> {
        let mut lock = self.lock()?;
        attributes.id = match reserved {
            Some(reservation) => reservation.id,
            None => self.take_number(&mut lock)?,
        };
        attributes.place = self.list()?.files.last().map_or(1, |last| last.place + 1);
        attributes.records =
            u64::try_from(records.iter().filter(|r| format::is_data(r)).count()).unwrap_or(0);
        let made = &*attributes;
        self.put(made.id, |path| format::write(path, made, records))
    }

    /// Changes the files that `change` says true for, in the order of their queues; those that somebody
    /// reads stay as they are. Gives the changed ones.
    ///
    /// # Errors
    /// What the host says; files that were changed before stay changed.
    pub fn change(
        &self,
        mut change: impl FnMut(&mut Attributes) -> bool,
    ) -> Result<Vec<Attributes>, SpoolError> {
        let mut done = Vec::new();
        if self.list()?.files.is_empty() {
            return Ok(done);
        }
        let _lock = self.lock()?;
        for mut attributes in self.list()?.files {
            let path = self.path(attributes.id);
            if !change(&mut attributes) || self.claim(&path)?.is_none() {
                continue;
            }
            let new = &attributes;
            self.put(new.id, |to| format::rewrite(&path, to, new))?;
            done.push(attributes);
        }
        Ok(done)
    }

    /// Purges the files that `chosen` names, but for those that somebody reads. Gives how many.
    ///
    /// # Errors
    /// What the host says.
    pub fn purge(&self, chosen: impl Fn(&Attributes) -> bool) -> Result<usize, SpoolError> {
        let mut purged = 0;
        if self.list()?.files.is_empty() {
            return Ok(purged);
        }
        let _lock = self.lock()?;
        for attributes in self.list()?.files.iter().filter(|a| chosen(a)) {
            let path = self.path(attributes.id);
            if self.claim(&path)?.is_some() {
                std::fs::remove_file(&path).map_err(|e| SpoolError::host(&path, e))?;
                purged += 1;
            }
        }
        Ok(purged)
    }

    /// Opens the first file that `eligible` names and that nobody else reads. A damaged file is passed by
    /// and told to `damaged`.
    pub fn open(
        &self,
        eligible: impl Fn(&Attributes) -> bool,
        mut damaged: impl FnMut(SpoolError),
    ) -> Option<OpenFile> {
        let listing = match self.list() {
            Ok(listing) => listing,
            Err(error) => {
                damaged(error);
                return None;
            }
        };
        for file in listing.files.iter().filter(|a| eligible(a)) {
            match self.open_one(file.id) {
                // It may have been changed between the listing and the lock.
                Ok(Some(open)) if eligible(&open.attributes) => return Some(open),
                Ok(_) => {}
                Err(error) => damaged(error),
            }
        }
        None
    }

    fn open_one(&self, id: u16) -> Result<Option<OpenFile>, SpoolError> {
        let path = self.path(id);
        let Some(mut file) = self.claim(&path)? else {
            return Ok(None);
        };
        let (attributes, records) = format::read_all(&mut file, &path)?;
        Ok(Some(OpenFile {
            attributes,
            records,
            _lock: file,
        }))
    }

    /// Whether somebody reads a file.
    pub fn is_open(&self, id: u16) -> bool {
        matches!(self.claim(&self.path(id)), Ok(None))
    }

    /// Purges a file that was opened.
    ///
    /// # Errors
    /// What the host says.
    pub fn finish(&self, open: OpenFile) -> Result<(), SpoolError> {
        let _lock = self.lock()?;
        let path = self.path(open.attributes.id);
        std::fs::remove_file(&path).map_err(|e| SpoolError::host(&path, e))
    }

    /// Puts a file that was opened into user hold.
    ///
    /// # Errors
    /// What the host says.
    pub fn keep(&self, mut open: OpenFile) -> Result<(), SpoolError> {
        let _lock = self.lock()?;
        let path = self.path(open.attributes.id);
        open.attributes.hold.user = true;
        let new = &open.attributes;
        self.put(new.id, |to| format::rewrite(&path, to, new))
    }

    fn path(&self, id: u16) -> PathBuf {
        self.folder.join(format!("{id:04}.spl"))
    }

    /// Locks a file; `None` when somebody else has it, or it is gone.
    fn claim(&self, path: &Path) -> Result<Option<File>, SpoolError> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(SpoolError::host(path, e)),
        };
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Ok(None),
            Err(e) => return Err(SpoolError::host(path, e.into())),
        }
        // The name may stand for another file by now.
        use std::os::unix::fs::MetadataExt;
        let host = |e| SpoolError::host(path, e);
        let same = match std::fs::metadata(path) {
            Ok(there) => there.ino() == file.metadata().map_err(host)?.ino(),
            Err(_) => false,
        };
        Ok(same.then_some(file))
    }

    /// Has a file written under a temporary name and puts it in place.
    fn put(
        &self,
        id: u16,
        write: impl FnOnce(&Path) -> Result<(), SpoolError>,
    ) -> Result<(), SpoolError> {
        let temporary = self.folder.join(format!(".new.{}", std::process::id()));
        if let Err(error) = write(&temporary) {
            // The error is what matters; what is left of the file is cleared away with the next lock.
            let _ = std::fs::remove_file(&temporary);
            return Err(error);
        }
        let path = self.path(id);
        std::fs::rename(&temporary, &path).map_err(|e| SpoolError::host(&path, e))?;
        File::open(&self.folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|e| SpoolError::host(&self.folder, e))
    }

    /// The number behind the last one given that is free. The lock file remembers the last one.
    fn take_number(&self, lock: &mut File) -> Result<u16, SpoolError> {
        let host = |e| SpoolError::host(&self.folder, e);
        let mut taken = vec![false; usize::from(LAST) + 1];
        for path in std::fs::read_dir(&self.folder).map_err(host)?.flatten() {
            let path = path.path();
            if let Some(id) = number_of(&path, "spl").or_else(|| number_of(&path, "open")) {
                taken[usize::from(id)] = true;
            }
        }
        let mut text = String::new();
        // Whatever else is in there counts as nothing.
        let _ = lock.read_to_string(&mut text);
        let last: u16 = text.trim().parse().unwrap_or(0);
        let behind = (last.min(LAST) + 1..=LAST).chain(1..=last.min(LAST));
        let id = behind
            .into_iter()
            .find(|id| !taken[usize::from(*id)])
            .ok_or(SpoolError::Full)?;
        lock.set_len(0)
            .and_then(|()| lock.rewind())
            .and_then(|()| writeln!(lock, "{id}"))
            .map_err(host)?;
        Ok(id)
    }

    /// Locks the folder, waiting for another process, and clears away what a killed one left.
    fn lock(&self) -> Result<File, SpoolError> {
        let host = |e| SpoolError::host(&self.folder, e);
        std::fs::create_dir_all(&self.folder).map_err(host)?;
        let lock = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(self.folder.join(".lock"))
            .map_err(host)?;
        flock(&lock, FlockOperation::LockExclusive).map_err(|e| host(e.into()))?;
        for path in std::fs::read_dir(&self.folder).map_err(host)?.flatten() {
            let path = path.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let left = name.starts_with(".new.")
                || number_of(&path, "open").is_some() && self.claim(&path)?.is_some();
            if left {
                std::fs::remove_file(&path).map_err(|e| SpoolError::host(&path, e))?;
            }
        }
        Ok(lock)
    }
}

/// The number in `NNNN.extension`.
fn number_of(path: &Path, extension: &str) -> Option<u16> {
    let stem = path.file_stem()?.to_str()?;
    let right = path.extension()? == extension && stem.len() == 4;
    let digits = stem.bytes().all(|b| b.is_ascii_digit());
    let id: u16 = stem.parse().ok().filter(|_| right && digits)?;
    (1..=LAST).contains(&id).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::super::format::tests::{attributes, card};
    use super::*;

    fn ids(spool: &Spool) -> Vec<u16> {
        spool.list().unwrap().files.iter().map(|a| a.id).collect()
    }

    fn make(spool: &Spool, text: &[u8]) -> u16 {
        let mut a = attributes(1);
        spool.make(&mut a, None, &[card(text)]).unwrap();
        a.id
    }

    #[test]
    fn numbers_go_round_and_are_never_given_twice() {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::new(dir.path().join("spool"));
        assert_eq!(make(&spool, b"a"), 1);
        let held = spool.reserve().unwrap();
        assert_eq!(held.id, 2);
        assert_eq!(make(&spool, b"b"), 3);
        assert_eq!(spool.purge(|a| a.id == 3).unwrap(), 1);
        assert_eq!(make(&spool, b"c"), 4, "a number is not used again at once");
        std::fs::write(dir.path().join("spool/.lock"), "9999\n").unwrap();
        assert_eq!(make(&spool, b"d"), 3);
        let mut a = attributes(1);
        spool.make(&mut a, Some(&held), &[card(b"e")]).unwrap();
        drop(held);
        assert_eq!(a.id, 2);
        assert_eq!(
            ids(&spool),
            [1, 4, 3, 2],
            "in the order in which they were made"
        );
        for id in 5..=9999 {
            std::fs::write(dir.path().join(format!("spool/{id:04}.spl")), "").unwrap();
        }
        let full = spool.make(&mut attributes(1), None, &[card(b"f")]);
        assert!(matches!(full, Err(SpoolError::Full)));
    }

    #[test]
    fn what_a_reader_has_open_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::new(dir.path().into());
        make(&spool, b"a");
        make(&spool, b"b");
        let open = || spool.open(|_| true, |e| panic!("{e}")).unwrap();
        let first = open();
        assert_eq!(first.attributes.id, 1);
        assert_eq!(open().attributes.id, 2);
        let other = Spool::new(dir.path().into());
        assert!(other.is_open(1) && !other.is_open(2));
        assert_eq!(
            other
                .change(|a| {
                    a.class = b'Z';
                    true
                })
                .unwrap()
                .len(),
            1
        );
        assert_eq!(other.purge(|_| true).unwrap(), 1);
        assert_eq!(ids(&other), [1]);
        spool.keep(first).unwrap();
        assert!(spool.list().unwrap().files[0].hold.user);
        assert_eq!(other.purge(|_| true).unwrap(), 1);
    }

    #[test]
    fn a_damaged_file_is_named_and_the_others_are_there() {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::new(dir.path().into());
        make(&spool, b"a");
        make(&spool, b"b");
        make(&spool, b"c");
        std::fs::write(dir.path().join("0001.spl"), "rubbish").unwrap();
        std::fs::copy(dir.path().join("0003.spl"), dir.path().join("0007.spl")).unwrap();
        let path = dir.path().join("0002.spl");
        let mut bytes = std::fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let listing = spool.list().unwrap();
        assert_eq!(listing.damaged.len(), 2);
        assert!(listing.damaged[0].to_string().contains("0001.spl"));
        assert!(listing.damaged[1].to_string().contains("0007.spl"));
        // The second one shows it when it is read.
        let mut told = Vec::new();
        let third = spool.open(|_| true, |e| told.push(e.to_string())).unwrap();
        assert_eq!(third.attributes.id, 3);
        assert!(told.len() == 1 && told[0].contains("0002.spl"), "{told:?}");
    }

    #[test]
    fn what_a_kill_leaves_is_cleared_away() {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::new(dir.path().into());
        make(&spool, b"a");
        std::fs::write(dir.path().join(".new.77"), "half a fi").unwrap();
        std::fs::write(dir.path().join("0002.open"), "").unwrap();
        assert_eq!(ids(&spool), [1]);
        assert_eq!(make(&spool, b"b"), 2);
        let names = std::fs::read_dir(dir.path()).unwrap().count();
        assert_eq!(names, 3, "the lock and two files");
    }
}
