//! The bytes under a disk image: a host file, or storage of this process for a temporary disk.
//!
//! A write is in the host's hands (`pwrite`) before the channel program or block I/O that asked for it is
//! reported done, so the end of this process loses nothing. It is on the host's own disk once the host
//! writes it there, at the latest when the disk is detached or its user logs off ([`Store::sync`]).

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rustix::fs::{FlockOperation, flock};

use super::Access;

/// Bytes of temporary disks are kept in pieces of this size, from when they are first written.
const PIECE: usize = 4096;

type Pieces = BTreeMap<u64, Box<[u8; PIECE]>>;

/// Where the bytes of an image are.
#[derive(Debug)]
pub(super) enum Store {
    File(File),
    Memory(Mutex<Pieces>),
}

impl Store {
    /// Opens a file. One that is written is written by one process only.
    pub fn open(path: &Path, access: Access) -> io::Result<Store> {
        let writes = access == Access::Write;
        let file = File::options().read(true).write(writes).open(path)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("it is not a file"));
        }
        if writes && flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Err(io::Error::other("another process writes it"));
        }
        Ok(Store::File(file))
    }

    /// Makes a new file, or storage when there is no path, of so many zeros. The file comes to its name
    /// with [`Fresh::keep`].
    pub fn make(path: Option<&Path>, bytes: u64) -> io::Result<Fresh> {
        let Some(path) = path else {
            return Ok(Fresh {
                store: Store::Memory(Mutex::default()),
                names: None,
            });
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut unfinished = path.as_os_str().to_owned();
        unfinished.push(format!(".{}.new", std::process::id()));
        let unfinished = PathBuf::from(unfinished);
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&unfinished)?;
        file.set_len(bytes)?;
        Ok(Fresh {
            store: Store::File(file),
            names: Some((unfinished, path.to_owned())),
        })
    }

    /// The size of a file.
    pub fn len(&self) -> io::Result<u64> {
        match self {
            Store::File(file) => Ok(file.metadata()?.len()),
            Store::Memory(_) => Ok(u64::MAX),
        }
    }

    /// Whether these are bytes of this process, zeros where nothing was written.
    pub fn is_memory(&self) -> bool {
        matches!(self, Store::Memory(_))
    }

    /// Reads exactly so many bytes.
    pub fn read(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        match self {
            Store::File(file) => file.read_exact_at(into, at),
            Store::Memory(pieces) => {
                let pieces = pieces.lock().unwrap_or_else(PoisonError::into_inner);
                each_piece(at, into.len(), |piece, inside, part| {
                    match pieces.get(&piece) {
                        Some(bytes) => into[part].copy_from_slice(&bytes[inside]),
                        None => into[part].fill(0),
                    }
                });
                Ok(())
            }
        }
    }

    /// Writes all the bytes.
    pub fn write(&self, at: u64, from: &[u8]) -> io::Result<()> {
        match self {
            Store::File(file) => file.write_all_at(from, at),
            Store::Memory(pieces) => {
                let mut pieces = pieces.lock().unwrap_or_else(PoisonError::into_inner);
                each_piece(at, from.len(), |piece, inside, part| {
                    let bytes = pieces.entry(piece).or_insert_with(|| Box::new([0; PIECE]));
                    bytes[inside].copy_from_slice(&from[part]);
                });
                Ok(())
            }
        }
    }

    /// Zeros from here on, which take no room where a whole piece of them is.
    pub fn clear(&self, at: u64, length: u64) -> io::Result<()> {
        let zeros = [0; PIECE];
        let mut done = 0;
        while done < length {
            let here = at + done;
            let run = (PIECE_BYTES - here % PIECE_BYTES).min(length - done);
            match self {
                Store::Memory(pieces) if run == PIECE_BYTES => {
                    let mut pieces = pieces.lock().unwrap_or_else(PoisonError::into_inner);
                    pieces.remove(&(here / PIECE_BYTES));
                }
                _ => self.write(here, &zeros[..usize::try_from(run).unwrap_or(0)])?,
            }
            done += run;
        }
        Ok(())
    }

    /// Has the host write everything to its disk.
    pub fn sync(&self) -> io::Result<()> {
        match self {
            Store::File(file) => file.sync_data(),
            Store::Memory(_) => Ok(()),
        }
    }
}

const PIECE_BYTES: u64 = 4096;

/// Calls `act` with the number of each piece that a range touches, the range inside it, and the range of
/// the caller's bytes.
fn each_piece(
    at: u64,
    length: usize,
    mut act: impl FnMut(u64, std::ops::Range<usize>, std::ops::Range<usize>),
) {
    let mut done = 0;
    let mut place = at;
    while done < length {
        let inside = usize::try_from(place % PIECE_BYTES).unwrap_or(0);
        let run = (PIECE - inside).min(length - done);
        act(place / PIECE_BYTES, inside..inside + run, done..done + run);
        done += run;
        place += u64::try_from(run).unwrap_or(PIECE_BYTES);
    }
}

/// A store that is being filled.
pub(super) struct Fresh {
    pub store: Store,
    names: Option<(PathBuf, PathBuf)>,
}

impl Fresh {
    /// Gives the file its name, once all that is in it is on the host's disk. Another of the name stays
    /// as it is.
    pub fn keep(mut self) -> io::Result<()> {
        let Some((unfinished, path)) = self.names.take() else {
            return Ok(());
        };
        let kept = self
            .store
            .sync()
            .and_then(|()| std::fs::hard_link(&unfinished, &path));
        std::fs::remove_file(&unfinished)?;
        kept
    }

    /// The store of a disk that has no name.
    pub fn into_store(mut self) -> Store {
        self.discard();
        std::mem::replace(&mut self.store, Store::Memory(Mutex::default()))
    }

    fn discard(&mut self) {
        if let Some((unfinished, _)) = self.names.take() {
            // What cannot be removed is an unfinished file that nobody opens.
            let _ = std::fs::remove_file(unfinished);
        }
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        self.discard();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_keeps_what_is_written_across_pieces() {
        let store = Store::make(None, 0).unwrap().into_store();
        store.write(4090, b"0123456789AB").unwrap();
        let mut back = [9; 16];
        store.read(4088, &mut back).unwrap();
        assert_eq!(&back, b"\0\x000123456789AB\0\0");
        store.clear(4092, 4096 + 2000).unwrap();
        store.read(4088, &mut back).unwrap();
        assert_eq!(&back, b"\0\x0001\0\0\0\0\0\0\0\0\0\0\0\0");
    }

    #[test]
    fn a_file_that_is_not_finished_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sub/x.img");
        drop(Store::make(Some(&path), 1024).unwrap());
        assert_eq!(
            std::fs::read_dir(path.parent().unwrap()).unwrap().count(),
            0
        );
        Store::make(Some(&path), 1024).unwrap().keep().unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 1024);
        // One that is there is never replaced.
        assert!(Store::make(Some(&path), 4096).unwrap().keep().is_err());
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 1024);
        assert_eq!(
            std::fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1
        );
    }

    #[test]
    fn two_writers_of_a_file_are_one_too_many() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.img");
        std::fs::write(&path, b"x").unwrap();
        let first = Store::open(&path, Access::Write).unwrap();
        assert!(Store::open(&path, Access::Write).is_err());
        assert!(Store::open(&path, Access::Read).is_ok());
        drop(first);
        assert!(Store::open(&path, Access::Write).is_ok());
    }
}
