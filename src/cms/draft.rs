//! Files being written: a temporary file beside the target, which takes its place whole.
//!
//! A file is a text of lines as long as no record has a line end in it. From then on records are counted, and the
//! file says so ([`Kept::Counted`]): those of RECFM F are as before, found by their length; each of RECFM V
//! has its length before it, four bytes, and nothing behind it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::attributes::{Attributes, Kept, LOOKED_AT, Recfm};
use super::lines::Lines;

/// Makes a temporary file beside its target. Its name is no CMS name, so it is never shown.
fn temporary(target: &Path) -> io::Result<(PathBuf, File)> {
    let name = target.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    for attempt in 0..1000u32 {
        let path = target.with_file_name(format!(
            ".{}.{}-{attempt}.tmp",
            name.to_string_lossy(),
            std::process::id()
        ));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Where a file that is written belongs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// On a disk of CMS, which knows records.
    Cms,
    /// At a path of the host: its records are lines, whatever is in them.
    Host,
}

/// A file being written. It takes its place whole at [`Draft::commit`]; dropped before, it is gone.
pub struct Draft {
    file: io::BufWriter<File>,
    attributes: Attributes,
    kind: Kind,
    /// How many bytes of records have been looked at, and whether one was zero.
    looked: usize,
    zeros: bool,
    temporary: Option<PathBuf>,
    target: PathBuf,
}

impl Draft {
    /// Starts the file of a path that a user gave: links are followed, and what is no regular file (a
    /// terminal, a pipe) is written to as it is.
    ///
    /// # Errors
    /// A folder, or what the host says.
    pub fn of_path(path: &Path) -> io::Result<Draft> {
        let metadata = fs::metadata(path);
        if let Ok(metadata) = &metadata
            && !metadata.is_file()
            && !metadata.is_dir()
        {
            let file = OpenOptions::new().write(true).open(path)?;
            return Ok(Draft {
                file: io::BufWriter::with_capacity(1 << 16, file),
                attributes: Attributes::default(),
                kind: Kind::Host,
                looked: 0,
                zeros: false,
                temporary: None,
                target: path.to_owned(),
            });
        }
        let target = match metadata {
            Ok(_) => fs::canonicalize(path)?,
            Err(_) => path.to_owned(),
        };
        // What is named by its path is lines, whatever CMS knows of it.
        let mut draft = Draft::at(target)?;
        (draft.attributes, draft.kind) = (Attributes::default(), Kind::Host);
        Ok(draft)
    }

    /// Starts a host file of a disk of CMS.
    ///
    /// # Errors
    /// What is there is not a regular file or may not be written to, or what the host says.
    pub fn at(target: PathBuf) -> io::Result<Draft> {
        if let Ok(old) = fs::symlink_metadata(&target) {
            if old.is_dir() {
                return Err(io::ErrorKind::IsADirectory.into());
            }
            if !old.is_file() && !old.is_symlink() {
                return Err(io::Error::other("not a regular file"));
            }
            // A new file could take its place all the same; whoever made it read-only does not want that.
            if old.is_file() {
                rustix::fs::access(&target, rustix::fs::Access::WRITE_OK)?;
            }
        }
        let (temporary, file) = temporary(&target)?;
        let attributes = Attributes {
            kept: Kept::Lines,
            ..Attributes::of(&target)
        };
        Ok(Draft {
            file: io::BufWriter::with_capacity(1 << 16, file),
            attributes,
            kind: Kind::Cms,
            looked: 0,
            zeros: false,
            temporary: Some(temporary),
            target,
        })
    }

    /// The record format and mode number that the file is to have: those of the old one unless
    /// [`Draft::have`] said otherwise.
    pub fn attributes(&self) -> Attributes {
        self.attributes
    }

    /// Gives the file a record format and mode number, before any record; with [`Kept::Bytes`] it is to be no text.
    pub fn have(&mut self, attributes: Attributes) {
        let kept = match attributes.kept {
            Kept::Bytes => Kept::Bytes,
            _ => self.attributes.kept,
        };
        self.attributes = Attributes { kept, ..attributes };
    }

    /// Writes one record; with RECFM F it is padded with blanks, with zeros where it is no text, or cut.
    ///
    /// # Errors
    /// What the host says.
    pub fn put(&mut self, record: &[u8]) -> io::Result<()> {
        let length = self.attributes.recfm.fixed();
        let record = &record[..record.len().min(length.unwrap_or(usize::MAX))];
        self.look(record);
        if self.kind == Kind::Cms
            && self.attributes.kept == Kept::Lines
            && memchr::memchr(b'\n', record).is_some()
        {
            self.count()?;
        }
        if self.attributes.kept == Kept::Counted && length.is_none() {
            return put_counted(&mut self.file, record);
        }
        self.file.write_all(record)?;
        let padding = length.map_or(0, |length| length - record.len()) as u64;
        let (filling, end): (u8, &[u8]) = match self.attributes.kept {
            Kept::Bytes => (0, b""),
            _ => (b' ', b"\n"),
        };
        io::copy(&mut io::repeat(filling).take(padding), &mut self.file)?;
        self.file.write_all(end)
    }

    /// A text with a zero byte among its first ones would be taken for something else, did it not say what it is.
    #[inline]
    fn look(&mut self, record: &[u8]) {
        if self.looked < LOOKED_AT {
            self.looked += record.len() + 1;
            self.zeros |= memchr::memchr(0, record).is_some();
        }
    }

    /// Writes bytes that are no record.
    ///
    /// # Errors
    /// What the host says.
    pub fn put_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    /// From now on records are counted; those of RECFM V that are lines are written again.
    fn count(&mut self) -> io::Result<()> {
        self.file.flush()?;
        if let (Recfm::Variable, Some(old)) = (self.attributes.recfm, &self.temporary) {
            let lines = Lines::new(Box::new(File::open(old)?));
            let (path, file) = copy_of(lines, Kept::Lines, &self.target)?;
            fs::remove_file(old)?;
            (self.temporary, self.file) = (Some(path), file);
        }
        self.attributes.kept = Kept::Counted;
        Ok(())
    }

    /// Puts the file in place of the old one.
    ///
    /// # Errors
    /// What the host says; the old file is then unchanged.
    pub fn commit(&mut self) -> io::Result<()> {
        self.file.flush()?;
        if self.temporary.is_none() {
            return Ok(());
        }
        self.attributes.keep(self.file.get_ref())?;
        if self.zeros {
            Attributes::say_text(self.file.get_ref());
        }
        self.file.get_ref().sync_all()?;
        let Some(temporary) = self.temporary.take() else {
            return Ok(());
        };
        if let Ok(old) = fs::metadata(&self.target) {
            fs::set_permissions(&temporary, old.permissions())?;
        }
        fs::rename(&temporary, &self.target).inspect_err(|_| {
            self.temporary = Some(temporary.clone());
        })
    }

    /// Erases the old file: no records came to replace it, and a CMS disk has no files without any.
    ///
    /// # Errors
    /// What the host says.
    pub fn commit_nothing(&mut self) -> io::Result<()> {
        match fs::remove_file(&self.target) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        }
    }

    /// Adds the records written here behind those of the old file.
    ///
    /// # Errors
    /// What the host says.
    pub fn commit_behind(&mut self) -> io::Result<()> {
        if self.kind == Kind::Host || self.temporary.is_none() || !self.target.exists() {
            return self.add_behind(Seam::Lines);
        }
        let old = Attributes::of(&self.target);
        let counted = self.attributes.kept == Kept::Counted;
        match (old.recfm, old.kept) {
            (_, Kept::Bytes) => self.replace_by_both(old),
            (_, Kept::Lines) if !counted => self.add_behind(Seam::Lines),
            (Recfm::Fixed(_), was) => {
                if was == Kept::Lines {
                    let kept = Kept::Counted;
                    let file = OpenOptions::new().append(true).open(&self.target)?;
                    Attributes { kept, ..old }.keep(&file)?;
                }
                self.add_behind(Seam::Lines)
            }
            (Recfm::Variable, Kept::Counted) => {
                if !counted {
                    self.count()?;
                }
                self.add_behind(Seam::Bytes)
            }
            (Recfm::Variable, Kept::Lines) => self.replace_by_both(old),
        }
    }

    /// Adds the bytes written here behind those of the old file.
    ///
    /// # Errors
    /// What the host says.
    pub fn commit_bytes_behind(&mut self) -> io::Result<()> {
        self.add_behind(Seam::Bytes)
    }

    fn add_behind(&mut self, seam: Seam) -> io::Result<()> {
        if self.temporary.is_none() || !self.target.exists() {
            return self.commit();
        }
        self.file.flush()?;
        let Some(temporary) = &self.temporary else {
            return Ok(());
        };
        let mut added = File::open(temporary)?;
        let mut old = OpenOptions::new()
            .read(true)
            .append(true)
            .open(&self.target)?;
        if seam == Seam::Lines && !ends_a_line(&old)? {
            old.write_all(b"\n")?;
        }
        if self.zeros {
            Attributes::say_text(&old);
        }
        io::copy(&mut added, &mut old)?;
        old.sync_all()
    }

    /// The records of the old file and those here, all counted or all of no text, take the old file's place.
    fn replace_by_both(&mut self, old: Attributes) -> io::Result<()> {
        self.file.flush()?;
        let Some(here) = self.temporary.clone() else {
            return Ok(());
        };
        let lines = |path: &Path, kept: Kept| -> io::Result<Lines> {
            let from = Box::new(File::open(path)?);
            Ok(Lines::new(from).padded(old.recfm.fixed()).kept(kept))
        };
        let old_lines = lines(&self.target, old.kept)?;
        let (path, mut file) = copy_of(old_lines, old.kept, &self.target)?;
        self.temporary = Some(path);
        if old.kept == Kept::Bytes {
            let mut added = lines(&here, self.attributes.kept)?;
            fs::remove_file(&here)?;
            while let Some(record) = added.read()? {
                file.write_all(&record)?;
            }
            (self.file, self.attributes) = (file, old);
            return self.commit();
        }
        self.attributes.kept = Kept::Counted;
        let added = File::open(&here);
        fs::remove_file(&here)?;
        io::copy(&mut added?, &mut file)?;
        self.file = file;
        self.commit()
    }
}

/// A record of RECFM V in a counted file.
fn put_counted(file: &mut impl Write, record: &[u8]) -> io::Result<()> {
    let length = u32::try_from(record.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    file.write_all(&length.to_be_bytes())?;
    file.write_all(record)
}

/// The records of a file in a temporary file of their own: those of no text as they are, lines as counted ones.
fn copy_of(
    mut lines: Lines,
    kept: Kept,
    target: &Path,
) -> io::Result<(PathBuf, io::BufWriter<File>)> {
    let (path, file) = temporary(target)?;
    let mut file = io::BufWriter::with_capacity(1 << 16, file);
    let mut copied = || -> io::Result<()> {
        while let Some(record) = lines.read()? {
            match kept {
                Kept::Bytes => file.write_all(&record)?,
                _ => put_counted(&mut file, &record)?,
            }
        }
        file.flush()
    };
    match copied() {
        Ok(()) => Ok((path, file)),
        Err(e) => {
            let _ = fs::remove_file(&path);
            Err(e)
        }
    }
}

/// Where what is added to a file begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seam {
    /// At a new line.
    Lines,
    /// At once.
    Bytes,
}

/// Whether a file is empty or its last line is ended.
fn ends_a_line(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::FileExt;
    let size = file.metadata()?.len();
    let mut last = [b'\n'];
    if size > 0 {
        file.read_exact_at(&mut last, size - 1)?;
    }
    Ok(last[0] == b'\n')
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Some(path) = self.temporary.take() {
            let _ = fs::remove_file(path);
        }
    }
}
