//! Host files as streams of bytes, for the stages of a pipeline that runs on them without a system.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::draft::Draft;
use crate::base::Record;
use crate::pipe::{FileError, Input, Mode, Output};

/// How much is read at once.
const PIECE: usize = 1 << 16;

fn failed(e: io::Error) -> FileError {
    match e.kind() {
        io::ErrorKind::NotFound => FileError::NotFound,
        io::ErrorKind::PermissionDenied => FileError::ReadOnly,
        _ => FileError::Failed(e.to_string().into_bytes()),
    }
}

struct Reader(File);

impl Input for Reader {
    fn read(&mut self) -> Result<Option<Record>, FileError> {
        let mut bytes = vec![0; PIECE];
        let length = self.0.read(&mut bytes).map_err(failed)?;
        bytes.truncate(length);
        Ok((length > 0).then(|| Record::from(bytes)))
    }
}

/// Opens a file to read.
pub fn open(path: &Path) -> Result<Box<dyn Input>, FileError> {
    Ok(Box::new(Reader(File::open(path).map_err(failed)?)))
}

struct Writer {
    draft: Draft,
    how: Mode,
}

/// Begins a file that replaces the old one, or is added to it, when all went well.
pub fn create(path: &Path, how: Mode) -> Result<Box<dyn Output>, FileError> {
    let draft = Draft::of_path(path).map_err(failed)?;
    Ok(Box::new(Writer { draft, how }))
}

impl Output for Writer {
    fn put(&mut self, record: &[u8]) -> Result<(), FileError> {
        self.draft.put_bytes(record).map_err(failed)
    }

    fn commit(&mut self) -> Result<(), FileError> {
        let done = match self.how {
            Mode::Replace => self.draft.commit(),
            Mode::Append => self.draft.commit_bytes_behind(),
        };
        done.map_err(failed)
    }
}

/// The names of a folder's files, in order.
pub fn folder(path: &Path) -> Result<Vec<Vec<u8>>, FileError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        names.push(name.as_bytes().to_vec());
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_stay_as_they_are() {
        let folder_path = tempfile::tempdir().unwrap();
        let path = folder_path.path().join("data.bin");
        let bytes: Vec<u8> = (0..=255u8).cycle().take(100_000).collect();
        let mut output = create(&path, Mode::Replace).unwrap();
        output.put(&bytes).unwrap();
        assert!(!path.exists(), "not before all went well");
        output.commit().unwrap();
        drop(output);
        let mut output = create(&path, Mode::Replace).unwrap();
        output.put(b"lost").unwrap();
        drop(output);
        let mut output = create(&path, Mode::Append).unwrap();
        output.put(b"\nend").unwrap();
        output.commit().unwrap();
        drop(output);
        let mut input = open(&path).unwrap();
        let mut got = Vec::new();
        while let Some(record) = input.read().unwrap() {
            got.extend_from_slice(&record);
        }
        assert_eq!(got, [&bytes[..], b"\nend"].concat());
        assert_eq!(folder(folder_path.path()).unwrap(), [b"data.bin".to_vec()]);
        assert!(matches!(
            open(&folder_path.path().join("none")),
            Err(FileError::NotFound)
        ));
    }
}
