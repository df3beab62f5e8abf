//! A minidisk: a plain host folder, or the files that ship inside the program.
//!
//! The files of a folder that are CMS files are those called `name.type`, in any case, with both parts a
//! valid file name and file type; every other host file is left alone and not shown (`Makefile`, `.git`,
//! `long-program-name.rexx`). When two host files give the same CMS name, the one in lower case is it.
//!
//! Invariant: nothing outside the folder is reached. Names have no separators by [`Name`]'s making, only
//! regular files count, and a symbolic link counts only when what it leads to lies inside the folder.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::attributes::Attributes;
use super::draft::Draft;
use super::fileid::Name;
use super::lines::Lines;
use crate::cp::{DiskPath, Extent, Minidisk};

/// A file that ships inside the program.
#[derive(Debug)]
pub struct Embedded {
    /// `name.type`.
    pub host: &'static str,
    /// What is in it.
    pub bytes: &'static [u8],
}

macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        &[$(Embedded { host: $name, bytes: include_bytes!(concat!("../../execs/", $name)) }),*]
    };
}

/// The S-disk: EXECs that ship with the program.
pub static EXECS: &[Embedded] = embedded![
    "findtext.exec",
    "lineno.rexx",
    "savelate.exec",
    "savelx.exec",
    "wakeup.exec",
    "words.exec"
];

/// When the files inside the program count as written: 2026-11-21 00:00 UTC.
const EMBEDDED_CHANGED: i64 = 1_795_219_200_000_000;

/// Bytes in a block of the file system: what BLOCKS and the usage figures count.
pub const BLOCK: u64 = 4096;

/// A listing is trusted only when the folder has been quiet for this long, since a file that appears
/// within one tick of the host's file clock does not change the folder's time again.
const QUIET: Duration = Duration::from_millis(50);

/// Where a minidisk's files are.
#[derive(Debug)]
enum Store {
    Folder(PathBuf),
    Embedded(&'static [Embedded]),
}

/// The CMS names of a folder and the host files that have them.
#[derive(Debug)]
struct Listing {
    folder_changed: SystemTime,
    names: BTreeMap<Name, Vec<u8>>,
}

/// A minidisk.
#[derive(Debug)]
pub struct Disk {
    /// The virtual device number.
    pub vdev: u16,
    /// The volume label.
    pub label: Vec<u8>,
    /// Whether files can be written.
    pub writable: bool,
    /// How large the directory says that it is.
    pub extent: Extent,
    store: Store,
    listing: RefCell<Option<Listing>>,
}

/// A file on a disk.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its name.
    pub name: Name,
    /// Its size in bytes.
    pub bytes: u64,
    /// When it was last written, in microseconds since 1970.
    pub changed: i64,
    /// Its record format and mode number.
    pub attributes: Attributes,
    /// It is erased when it has been read: mode number 3 on a disk that can be written.
    pub once: bool,
    place: Place,
}

#[derive(Debug, Clone)]
enum Place {
    Host(PathBuf),
    Embedded(&'static [u8]),
    Storage(Rc<[u8]>),
}

/// A file opened for reading in place.
#[derive(Debug)]
pub enum Opened {
    /// The host file.
    File(File),
    /// The bytes of one that ships inside the program.
    Bytes(&'static [u8]),
    /// The bytes of one that was put into storage.
    Storage(Rc<[u8]>),
}

/// What a file looks like as records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shape {
    /// The number of records.
    pub records: u64,
    /// The longest record; the length of each where the format is F.
    pub lrecl: usize,
}

impl Entry {
    /// A program that was put into storage.
    pub fn in_storage(name: Name, text: Rc<[u8]>) -> Entry {
        Entry {
            name,
            bytes: text.len() as u64,
            changed: 0,
            attributes: Attributes::default(),
            once: false,
            place: Place::Storage(text),
        }
    }

    /// The records of the file, one after the other, to look at them.
    ///
    /// # Errors
    /// What the host says.
    pub fn lines(&self) -> io::Result<Lines> {
        let from: Box<dyn Read> = match &self.place {
            Place::Host(path) => Box::new(open_plain(path)?),
            Place::Embedded(bytes) => Box::new(*bytes),
            Place::Storage(bytes) => Box::new(io::Cursor::new(Rc::clone(bytes))),
        };
        Ok(Lines::new(from)
            .padded(self.attributes.recfm.fixed())
            .kept(self.attributes.kept))
    }

    /// The records of the file for a program that reads it: a file of mode number 3 is erased after that.
    ///
    /// # Errors
    /// What the host says.
    pub fn reader(&self) -> io::Result<Lines> {
        let lines = self.lines()?;
        Ok(match self.host_path() {
            Some(path) if self.once => lines.erasing(path.to_owned()),
            _ => lines,
        })
    }

    /// The whole content.
    ///
    /// # Errors
    /// What the host says.
    pub fn content(&self) -> io::Result<Vec<u8>> {
        match &self.place {
            Place::Host(path) => {
                let mut bytes = Vec::new();
                open_plain(path)?.read_to_end(&mut bytes)?;
                Ok(bytes)
            }
            Place::Embedded(bytes) => Ok(bytes.to_vec()),
            Place::Storage(bytes) => Ok(bytes.to_vec()),
        }
    }

    /// Opens the file for reading in place.
    ///
    /// # Errors
    /// What the host says.
    pub fn open(&self) -> io::Result<Opened> {
        match &self.place {
            Place::Host(path) => open_plain(path).map(Opened::File),
            Place::Embedded(bytes) => Ok(Opened::Bytes(bytes)),
            Place::Storage(bytes) => Ok(Opened::Storage(Rc::clone(bytes))),
        }
    }

    /// Counts the records and finds the longest.
    ///
    /// # Errors
    /// What the host says.
    pub fn shape(&self) -> io::Result<Shape> {
        let mut shape = Shape {
            lrecl: self.attributes.recfm.fixed().unwrap_or(0),
            ..Shape::default()
        };
        let mut lines = self.lines()?;
        while let Some(line) = lines.read()? {
            shape.records += 1;
            shape.lrecl = shape.lrecl.max(line.len());
        }
        Ok(shape)
    }

    /// How many blocks of [`BLOCK`] bytes the file takes.
    pub fn blocks(&self) -> u64 {
        self.bytes.div_ceil(BLOCK)
    }

    /// The host file, when there is one.
    pub fn host_path(&self) -> Option<&Path> {
        match &self.place {
            Place::Host(path) => Some(path),
            Place::Embedded(_) | Place::Storage(_) => None,
        }
    }
}

/// Opens a host file that was checked to be a regular one; a link put in its place since is refused.
fn open_plain(path: &Path) -> io::Result<File> {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(i32::try_from(flags.bits()).unwrap_or(0))
        .open(path)?;
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(io::Error::other("not a regular file"))
}

impl Disk {
    /// The disk behind one of the user's minidisks; `None` when nothing is behind it here.
    pub fn open(minidisk: &Minidisk) -> Option<Disk> {
        let store = match &minidisk.path {
            DiskPath::Folder(path) => Store::Folder(fs::canonicalize(path).ok()?),
            DiskPath::Embedded(name) if name.eq_ignore_ascii_case("EXECS") => {
                Store::Embedded(EXECS)
            }
            DiskPath::Embedded(_) => return None,
        };
        let embedded = matches!(store, Store::Embedded(_));
        Some(Disk {
            vdev: minidisk.vdev,
            label: minidisk.label.clone(),
            extent: minidisk.extent,
            writable: minidisk.writable && !embedded,
            store,
            listing: RefCell::new(None),
        })
    }

    /// The file of a name.
    pub fn find(&self, name: &Name) -> Option<Entry> {
        match &self.store {
            Store::Embedded(files) => files.iter().find_map(|f| {
                (Name::of_host(f.host.as_bytes()).as_ref() == Some(name))
                    .then(|| embedded_entry(name.clone(), f))
            }),
            Store::Folder(root) => {
                let host = self.with_listing(root, |names| names.get(name).cloned())??;
                folder_entry(root, name.clone(), &host)
            }
        }
    }

    /// Every file, by name and type.
    pub fn list(&self) -> Vec<Entry> {
        match &self.store {
            Store::Embedded(files) => {
                let mut entries: Vec<Entry> = files
                    .iter()
                    .filter_map(|f| Some(embedded_entry(Name::of_host(f.host.as_bytes())?, f)))
                    .collect();
                entries.sort_by(|a, b| a.name.cmp(&b.name));
                entries
            }
            Store::Folder(root) => self
                .with_listing(root, |names| {
                    names
                        .iter()
                        .filter_map(|(name, host)| folder_entry(root, name.clone(), host))
                        .collect()
                })
                .unwrap_or_default(),
        }
    }

    /// Looks into the folder's names, reading them again when the folder has changed.
    fn with_listing<R>(
        &self,
        root: &Path,
        f: impl FnOnce(&BTreeMap<Name, Vec<u8>>) -> R,
    ) -> Option<R> {
        let folder_changed = fs::metadata(root).ok()?.modified().ok()?;
        let mut cached = self.listing.borrow_mut();
        let current = cached
            .as_ref()
            .is_some_and(|l| l.folder_changed == folder_changed);
        if !current {
            let names = read_names(root)?;
            *cached = Some(Listing {
                folder_changed,
                names,
            });
        }
        let result = cached.as_ref().map(|l| f(&l.names));
        let quiet = SystemTime::now()
            .duration_since(folder_changed)
            .is_ok_and(|age| age > QUIET);
        if !quiet {
            *cached = None;
        }
        result
    }

    /// The folder, when files can be written there.
    fn writable_root(&self) -> io::Result<&Path> {
        match &self.store {
            Store::Folder(root) if self.writable => Ok(root),
            _ => Err(io::Error::from(io::ErrorKind::ReadOnlyFilesystem)),
        }
    }

    /// Where a file is, or would be put.
    fn place_of(&self, root: &Path, name: &Name) -> PathBuf {
        self.find(name)
            .and_then(|e| e.host_path().map(Path::to_owned))
            .unwrap_or_else(|| root.join(name.to_host()))
    }

    /// Starts a file that takes its name when it is committed.
    ///
    /// # Errors
    /// A read-only disk, or what the host says.
    pub fn create(&self, name: &Name) -> io::Result<Draft> {
        let root = self.writable_root()?;
        Draft::at(self.place_of(root, name))
    }

    /// Opens a file as `options` say, to be written in place; a link put in its place since it was
    /// looked for is refused.
    ///
    /// # Errors
    /// A read-only disk, something that is no regular file, or what the host says.
    pub fn open_in_place(&self, name: &Name, options: &mut OpenOptions) -> io::Result<File> {
        let root = self.writable_root()?;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        let flags = i32::try_from(flags.bits()).unwrap_or(0);
        let file = options
            .custom_flags(flags)
            .open(self.place_of(root, name))?;
        self.forget();
        if file.metadata()?.is_file() {
            return Ok(file);
        }
        Err(io::Error::other("not a regular file"))
    }

    /// Erases a file.
    ///
    /// # Errors
    /// A read-only disk, no such file, or what the host says.
    pub fn erase(&self, name: &Name) -> io::Result<()> {
        let root = self.writable_root()?;
        let host = self
            .with_listing(root, |names| names.get(name).cloned())
            .flatten()
            .ok_or(io::ErrorKind::NotFound)?;
        *self.listing.borrow_mut() = None;
        fs::remove_file(root.join(std::ffi::OsStr::from_bytes(&host)))
    }

    /// Renames a file on the disk; the new name must not be in use.
    ///
    /// # Errors
    /// A read-only disk, no such file, a name in use, or what the host says.
    pub fn rename(&self, from: &Name, to: &Name) -> io::Result<()> {
        let root = self.writable_root()?;
        if self.find(to).is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let host = self
            .with_listing(root, |names| names.get(from).cloned())
            .flatten()
            .ok_or(io::ErrorKind::NotFound)?;
        *self.listing.borrow_mut() = None;
        fs::rename(
            root.join(std::ffi::OsStr::from_bytes(&host)),
            root.join(to.to_host()),
        )
    }

    /// Gives a file another mode number.
    ///
    /// # Errors
    /// As [`Disk::open_in_place`].
    pub fn set_number(&self, name: &Name, number: u8) -> io::Result<()> {
        let Some(old) = self.find(name) else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let file = self.open_in_place(name, OpenOptions::new().write(true))?;
        old.attributes.numbered(Some(number)).keep(&file)
    }

    /// Forgets what was read of the folder (after a file was put into place).
    pub fn forget(&self) {
        *self.listing.borrow_mut() = None;
    }
}

/// The CMS names in a folder. Lower case wins over other spellings of a name, then the first in order.
fn read_names(root: &Path) -> Option<BTreeMap<Name, Vec<u8>>> {
    let mut names: BTreeMap<Name, Vec<u8>> = BTreeMap::new();
    for item in fs::read_dir(root).ok()?.flatten() {
        let host = item.file_name().into_vec();
        let Some(name) = Name::of_host(&host) else {
            continue;
        };
        let rank = |h: &Vec<u8>| (h.iter().any(u8::is_ascii_uppercase), h.clone());
        match names.get(&name) {
            Some(old) if rank(old) <= rank(&host) => {}
            _ => {
                names.insert(name, host);
            }
        }
    }
    Some(names)
}

fn embedded_entry(name: Name, file: &Embedded) -> Entry {
    Entry {
        name,
        bytes: file.bytes.len() as u64,
        changed: EMBEDDED_CHANGED,
        attributes: Attributes::default(),
        once: false,
        place: Place::Embedded(file.bytes),
    }
}

/// The entry of a host file; `None` when it is not a regular file inside the folder.
fn folder_entry(root: &Path, name: Name, host: &[u8]) -> Option<Entry> {
    let mut path = root.join(std::ffi::OsStr::from_bytes(host));
    let mut meta = fs::symlink_metadata(&path).ok()?;
    if meta.file_type().is_symlink() {
        path = fs::canonicalize(&path).ok()?;
        if !path.starts_with(root) {
            return None;
        }
        meta = fs::symlink_metadata(&path).ok()?;
    }
    if !meta.is_file() {
        return None;
    }
    let attributes = Attributes::of(&path);
    Some(Entry {
        name,
        bytes: meta.len(),
        changed: changed_micros(&meta),
        attributes,
        once: attributes.number == 3,
        place: Place::Host(path),
    })
}

/// When a host file was changed, in microseconds since 1970 UTC; 0 when the host does not tell.
pub fn changed_micros(metadata: &fs::Metadata) -> i64 {
    metadata
        .modified()
        .ok()
        .and_then(|t| t.duration_since(UNIX_EPOCH).ok())
        .map_or(0, |d| i64::try_from(d.as_micros()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn disk(root: &Path) -> Disk {
        Disk::open(&Minidisk {
            vdev: 0x191,
            path: DiskPath::Folder(root.to_owned()),
            writable: true,
            label: b"WORK".to_vec(),
            extent: Extent::Cylinders(1),
        })
        .expect("a folder")
    }

    fn name(text: &str) -> Name {
        Name::of_host(text.as_bytes()).expect("a name")
    }

    #[test]
    fn only_cms_files_inside_the_folder_are_seen() {
        let outside = tempfile::tempdir().expect("temp");
        fs::write(outside.path().join("secret.data"), "x\n").expect("write");
        let dir = tempfile::tempdir().expect("temp");
        let at = |n: &str| dir.path().join(n);
        fs::write(at("b.exec"), "/* b */\n").expect("write");
        fs::write(at("Makefile"), "all:\n").expect("write");
        fs::write(at(".hidden.x"), "x\n").expect("write");
        fs::create_dir(at("sub.dir")).expect("mkdir");
        symlink(outside.path().join("secret.data"), at("leak.data")).expect("link");
        symlink(at("b.exec"), at("alias.exec")).expect("link");
        let d = disk(dir.path());
        let names: Vec<String> = d.list().iter().map(|e| e.name.to_string()).collect();
        assert_eq!(names, ["ALIAS EXEC", "B EXEC"]);
        assert!(d.find(&name("leak.data")).is_none());
    }

    #[test]
    fn lower_case_wins_and_writing_keeps_the_host_name() {
        let dir = tempfile::tempdir().expect("temp");
        fs::write(dir.path().join("A.TXT"), "upper\n").expect("write");
        fs::write(dir.path().join("Mixed.Txt"), "mixed\n").expect("write");
        let d = disk(dir.path());
        let mut draft = d.create(&name("mixed.txt")).expect("draft");
        draft.put(b"new").expect("put");
        assert_eq!(
            fs::read(dir.path().join("Mixed.Txt")).expect("read"),
            b"mixed\n"
        );
        draft.commit().expect("commit");
        assert_eq!(
            fs::read(dir.path().join("Mixed.Txt")).expect("read"),
            b"new\n"
        );
        fs::write(dir.path().join("a.txt"), "lower\n").expect("write");
        let e = d.find(&name("a.txt")).expect("found");
        assert_eq!(e.content().expect("read"), b"lower\n");
    }

    #[test]
    fn a_device_stays_one_and_a_link_is_followed() {
        let mut draft = Draft::of_path(Path::new("/dev/full")).expect("a device");
        draft.put(b"x").expect("held back");
        assert!(draft.commit().is_err(), "no room");
        assert!(!fs::metadata("/dev/full").expect("there").is_file());
        let dir = tempfile::tempdir().expect("temp");
        let at = |n: &str| dir.path().join(n);
        fs::write(at("a.data"), "old\n").expect("write");
        symlink(at("a.data"), at("link.data")).expect("link");
        let mut draft = Draft::of_path(&at("link.data")).expect("draft");
        draft.put(b"new").expect("put");
        draft.commit().expect("commit");
        assert!(
            fs::symlink_metadata(at("link.data"))
                .expect("there")
                .is_symlink()
        );
        assert_eq!(fs::read(at("a.data")).expect("read"), b"new\n");
        assert!(Draft::of_path(dir.path()).is_err(), "a folder");
        assert!(disk(dir.path()).create(&name("a.data")).is_ok());
        fs::create_dir(at("b.data")).expect("mkdir");
        assert!(disk(dir.path()).create(&name("b.data")).is_err());
    }

    #[test]
    fn a_file_that_is_read_only_stays() {
        let dir = tempfile::tempdir().expect("temp");
        let path = dir.path().join("a.data");
        fs::write(&path, "old\n").expect("write");
        let mut permissions = fs::metadata(&path).expect("there").permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&path, permissions).expect("set");
        // Nothing is read-only for the superuser.
        let may = OpenOptions::new().append(true).open(&path).is_ok();
        assert_eq!(Draft::at(path).is_ok(), may);
    }

    #[test]
    fn a_draft_that_is_dropped_leaves_nothing() {
        let dir = tempfile::tempdir().expect("temp");
        let d = disk(dir.path());
        let mut draft = d.create(&name("a.txt")).expect("draft");
        draft.put(b"x").expect("put");
        drop(draft);
        assert_eq!(fs::read_dir(dir.path()).expect("dir").count(), 0);
    }

    #[test]
    fn appending_ends_an_unended_line_first() {
        let dir = tempfile::tempdir().expect("temp");
        fs::write(dir.path().join("log.txt"), "one").expect("write");
        let d = disk(dir.path());
        let mut draft = d.create(&name("log.txt")).expect("draft");
        draft.put(b"two").expect("put");
        draft.commit_behind().expect("commit");
        assert_eq!(
            fs::read(dir.path().join("log.txt")).expect("read"),
            b"one\ntwo\n"
        );
        drop(draft);
        assert_eq!(fs::read_dir(dir.path()).expect("dir").count(), 1);
    }
}
