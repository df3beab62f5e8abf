//! Disk images. A count-key-data disk is kept as Hercules keeps one (uncompressed: a header `CKD_P370`,
//! then every track in a fixed place), so that images can be exchanged with it; that format has no
//! checksum, and every track says where it belongs, which is checked when it is read. A fixed-block disk is
//! its blocks of 512 bytes one after the other, as loop devices and file system tools take them.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use thiserror::Error;

use super::Access;
use super::geometry::{Geometry, MOST_CYLINDERS};
use super::store::{Fresh, Store};
use super::track::Track;

/// Bytes of a fixed block.
pub const BLOCK: usize = 512;
const BLOCK_BYTES: u64 = 512;
/// Bytes before the first track.
const HEADER: usize = 512;
const HEADER_BYTES: u64 = 512;
const MAGIC: &[u8; 8] = b"CKD_P370";

/// What is wrong with a disk image, where.
#[derive(Debug, Error)]
#[error("{}", .0.text)]
pub struct ImageError(Box<Fault>);

#[derive(Debug)]
struct Fault {
    text: String,
    missing: bool,
}

impl ImageError {
    fn new(path: &Path, reason: impl std::fmt::Display) -> ImageError {
        ImageError(Box::new(Fault {
            text: format!("{}: {reason}", path.display()),
            missing: false,
        }))
    }

    fn io(path: &Path, error: &io::Error) -> ImageError {
        let mut made = ImageError::new(path, error);
        made.0.missing = error.kind() == io::ErrorKind::NotFound;
        made
    }

    /// Whether there is no such file.
    pub fn is_missing(&self) -> bool {
        self.0.missing
    }
}

/// What kind of disk an image is, and how large.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// Count-key-data tracks.
    Ckd {
        /// The device type.
        geometry: &'static Geometry,
        /// How many cylinders.
        cylinders: u32,
    },
    /// Blocks of 512 bytes.
    Fixed {
        /// How many.
        blocks: u32,
    },
}

impl Shape {
    fn bytes(&self) -> u64 {
        match self {
            Shape::Ckd { geometry, .. } => {
                HEADER_BYTES + u64::from(self.tracks()) * image_bytes(geometry)
            }
            Shape::Fixed { blocks } => u64::from(*blocks) * BLOCK_BYTES,
        }
    }

    fn tracks(&self) -> u32 {
        match self {
            Shape::Ckd {
                geometry,
                cylinders,
            } => cylinders * u32::from(geometry.heads),
            Shape::Fixed { .. } => 0,
        }
    }

    /// What is wrong with the size, if anything is.
    fn fault(&self) -> Option<String> {
        match self {
            Shape::Ckd { cylinders, .. } if !(1..=MOST_CYLINDERS).contains(cylinders) => {
                Some(format!("a disk has 1 to {MOST_CYLINDERS} cylinders"))
            }
            Shape::Fixed { blocks: 0 } => Some("a disk has at least one block".into()),
            _ => None,
        }
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Shape::Ckd {
                geometry,
                cylinders,
            } => write!(f, "a {:X} of {cylinders} cylinders", geometry.device),
            Shape::Fixed { blocks } => write!(f, "{blocks} blocks of 512 bytes"),
        }
    }
}

fn image_bytes(geometry: &Geometry) -> u64 {
    u64::try_from(geometry.image).unwrap_or(u64::MAX)
}

/// A disk image that is open. All its devices share it.
#[derive(Debug)]
pub struct Image {
    path: PathBuf,
    store: Store,
    shape: Shape,
    access: Access,
    /// Which device has reserved the disk.
    reserved: Mutex<Option<u64>>,
    /// Something was written that [`Image::sync`] has not seen.
    written: AtomicBool,
}

impl Drop for Image {
    fn drop(&mut self) {
        // Nobody is left who could be told; what was written is in the host's hands anyway.
        let _ = self.sync();
    }
}

impl Image {
    /// Opens a file, and says what it is from what is in it.
    pub fn open(path: &Path, access: Access) -> Result<Image, ImageError> {
        let failed = |e: io::Error| ImageError::io(path, &e);
        let store = Store::open(path, access).map_err(failed)?;
        let length = store.len().map_err(failed)?;
        let mut magic = [0; 8];
        if length >= HEADER_BYTES {
            store.read(0, &mut magic).map_err(failed)?;
        }
        let shape = match &magic {
            MAGIC => ckd_shape(&store, length),
            b"CKD_C370" | b"CKD_S370" | b"FBA_C370" | b"FBA_S370" => {
                Err("it is a compressed or shadow image, which is not read here".into())
            }
            _ => fixed_shape(length),
        };
        let shape = shape.map_err(|reason| ImageError::new(path, reason))?;
        Ok(Image::over(path.to_owned(), store, shape, access))
    }

    /// Makes a file with an empty disk, complete before it has its name. An existing one stays.
    pub fn create(path: &Path, shape: Shape) -> Result<(), ImageError> {
        let fresh = Image::fill(Some(path), shape)?;
        fresh.keep().map_err(|e| ImageError::io(path, &e))
    }

    /// An empty disk in storage of this process, gone with the last device that has it.
    pub fn temporary(shape: Shape) -> Result<Image, ImageError> {
        let store = Image::fill(None, shape)?.into_store();
        let path = PathBuf::from("temporary disk");
        Ok(Image::over(path, store, shape, Access::Write))
    }

    fn over(path: PathBuf, store: Store, shape: Shape, access: Access) -> Image {
        Image {
            path,
            store,
            shape,
            access,
            reserved: Mutex::new(None),
            written: AtomicBool::new(false),
        }
    }

    fn fill(path: Option<&Path>, shape: Shape) -> Result<Fresh, ImageError> {
        let name = path.unwrap_or(Path::new("temporary disk"));
        if let Some(reason) = shape.fault() {
            return Err(ImageError::new(name, reason));
        }
        let failed = |e: io::Error| ImageError::io(name, &e);
        let fresh = Store::make(path, shape.bytes()).map_err(failed)?;
        let Shape::Ckd { geometry, .. } = shape else {
            return Ok(fresh);
        };
        let mut header = [0; HEADER];
        header[..8].copy_from_slice(MAGIC);
        header[8..12].copy_from_slice(&u32::from(geometry.heads).to_le_bytes());
        let size = u32::try_from(geometry.image).unwrap_or(0);
        header[12..16].copy_from_slice(&size.to_le_bytes());
        header[16] = geometry.device.to_be_bytes()[1];
        fresh.store.write(0, &header).map_err(failed)?;
        // Tracks of a disk in storage are made when they are first read.
        if !fresh.store.is_memory() {
            for number in 0..shape.tracks() {
                let start = Track::empty_start(geometry, number);
                let at = HEADER_BYTES + u64::from(number) * image_bytes(geometry);
                fresh.store.write(at, &start).map_err(failed)?;
            }
        }
        Ok(fresh)
    }

    /// What kind of disk it is.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// How it was opened.
    pub fn access(&self) -> Access {
        self.access
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Has the host write everything that was written to its disk.
    pub fn sync(&self) -> Result<(), ImageError> {
        if !self.written.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        self.store
            .sync()
            .map_err(|e| ImageError::io(&self.path, &e))
    }

    fn write(&self, at: u64, bytes: &[u8]) -> Result<(), ImageError> {
        self.written.store(true, Ordering::Relaxed);
        self.store
            .write(at, bytes)
            .map_err(|e| ImageError::io(&self.path, &e))
    }

    /// Reads a track of a count-key-data disk, counted from 0.
    pub fn track(&self, number: u32) -> Result<Track, ImageError> {
        let Shape::Ckd { geometry, .. } = self.shape else {
            return Err(ImageError::new(&self.path, "it has no tracks"));
        };
        let at = self.track_at(number)?;
        let mut bytes = vec![0; geometry.image];
        self.store
            .read(at, &mut bytes)
            .map_err(|e| ImageError::io(&self.path, &e))?;
        if let Some(start) = self.untouched(geometry, number, &bytes) {
            bytes[..start.len()].copy_from_slice(&start);
        }
        Track::read(geometry, number, bytes).map_err(|reason| {
            let heads = u32::from(geometry.heads);
            let (cylinder, head) = (number / heads, number % heads);
            let place = format!("cylinder {cylinder} head {head}: {reason}");
            ImageError::new(&self.path, place)
        })
    }

    /// How a track of a disk in storage begins, when nothing was written there.
    fn untouched(&self, geometry: &Geometry, number: u32, bytes: &[u8]) -> Option<Vec<u8>> {
        let start = Track::empty_start(geometry, number);
        let blank = bytes.iter().take(start.len()).all(|b| *b == 0);
        (self.store.is_memory() && blank).then_some(start)
    }

    fn track_at(&self, number: u32) -> Result<u64, ImageError> {
        match self.shape {
            Shape::Ckd { geometry, .. } if number < self.shape.tracks() => {
                Ok(HEADER_BYTES + u64::from(number) * image_bytes(geometry))
            }
            _ => Err(ImageError::new(&self.path, "there is no such track")),
        }
    }

    /// Writes part of a track's image.
    pub(super) fn write_track(
        &self,
        number: u32,
        at: usize,
        bytes: &[u8],
    ) -> Result<(), ImageError> {
        let place = self.track_at(number)?;
        if let Shape::Ckd { geometry, .. } = self.shape
            && self.store.is_memory()
        {
            let mut first = [0; 64];
            self.store
                .read(place, &mut first)
                .map_err(|e| ImageError::io(&self.path, &e))?;
            if let Some(start) = self.untouched(geometry, number, &first) {
                self.write(place, &start)?;
            }
        }
        self.write(place + u64::try_from(at).unwrap_or(0), bytes)
    }

    /// Reads fixed blocks, counted from 0. The caller keeps inside the disk.
    pub(super) fn read_blocks(&self, first: u32, into: &mut [u8]) -> Result<(), ImageError> {
        self.store
            .read(u64::from(first) * BLOCK_BYTES, into)
            .map_err(|e| ImageError::io(&self.path, &e))
    }

    /// Writes fixed blocks.
    pub(super) fn write_blocks(&self, first: u32, from: &[u8]) -> Result<(), ImageError> {
        self.write(u64::from(first) * BLOCK_BYTES, from)
    }

    /// Makes fixed blocks zero.
    pub(super) fn clear_blocks(&self, first: u32, count: u32) -> Result<(), ImageError> {
        let (at, length) = (u64::from(first), u64::from(count));
        self.written.store(true, Ordering::Relaxed);
        self.store
            .clear(at * BLOCK_BYTES, length * BLOCK_BYTES)
            .map_err(|e| ImageError::io(&self.path, &e))
    }

    /// Reserves the disk for a device; true when it has it now.
    pub(super) fn reserve(&self, device: u64) -> bool {
        let mut reserved = self.reserved.lock().unwrap_or_else(PoisonError::into_inner);
        *reserved.get_or_insert(device) == device
    }

    /// Reserves the disk for a device whoever has it.
    pub(super) fn take(&self, device: u64) {
        *self.reserved.lock().unwrap_or_else(PoisonError::into_inner) = Some(device);
    }

    /// Ends a device's reservation.
    pub(super) fn release(&self, device: u64) {
        let mut reserved = self.reserved.lock().unwrap_or_else(PoisonError::into_inner);
        if *reserved == Some(device) {
            *reserved = None;
        }
    }

    /// Whether another device has reserved the disk.
    pub(super) fn reserved_else(&self, device: u64) -> bool {
        let reserved = self.reserved.lock().unwrap_or_else(PoisonError::into_inner);
        reserved.is_some_and(|by| by != device)
    }
}

fn ckd_shape(store: &Store, length: u64) -> Result<Shape, String> {
    let mut header = [0; 20];
    store.read(0, &mut header).map_err(|e| e.to_string())?;
    let word = |at: usize| {
        let bytes = [header[at], header[at + 1], header[at + 2], header[at + 3]];
        u32::from_le_bytes(bytes)
    };
    let (heads, size, code) = (word(8), word(12), header[16]);
    let Some(geometry) = Geometry::coded(code) else {
        return Err(format!("byte 16: there is no disk of type X'{code:02X}'"));
    };
    if header[17] != 0 || header[18..20] != [0, 0] {
        return Err(
            "byte 17: it is one of several files of a disk; only whole disks are read".into(),
        );
    }
    if heads != u32::from(geometry.heads) {
        return Err(format!("byte 8: {heads} tracks in a cylinder"));
    }
    if u64::from(size) != image_bytes(geometry) {
        return Err(format!("byte 12: tracks of {size} bytes"));
    }
    let cylinder = u64::from(heads) * u64::from(size);
    let data = length - HEADER_BYTES;
    if data == 0 || !data.is_multiple_of(cylinder) {
        let at = data / cylinder;
        return Err(format!("byte {length}: the file ends inside cylinder {at}"));
    }
    let cylinders = u32::try_from(data / cylinder).unwrap_or(u32::MAX);
    let shape = Shape::Ckd {
        geometry,
        cylinders,
    };
    match shape.fault() {
        Some(reason) => Err(reason),
        None => Ok(shape),
    }
}

fn fixed_shape(length: u64) -> Result<Shape, String> {
    if !length.is_multiple_of(BLOCK_BYTES) {
        let block = length / BLOCK_BYTES;
        return Err(format!("byte {length}: the file ends inside block {block}"));
    }
    let blocks = u32::try_from(length / BLOCK_BYTES).map_err(|_| "it is larger than 2 TiB")?;
    let shape = Shape::Fixed { blocks };
    match shape.fault() {
        Some(reason) => Err(reason),
        None => Ok(shape),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: u16 = 0x3390;

    fn shape(cylinders: u32) -> Shape {
        let geometry = Geometry::of(MODEL).unwrap();
        Shape::Ckd {
            geometry,
            cylinders,
        }
    }

    fn made(cylinders: u32) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("disk.3390");
        Image::create(&path, shape(cylinders)).unwrap();
        (dir, path)
    }

    fn refusal(path: &Path) -> String {
        Image::open(path, Access::Read).unwrap_err().to_string()
    }

    #[test]
    fn what_is_made_is_an_empty_formatted_disk() {
        let (_dir, path) = made(2);
        let image = Image::open(&path, Access::Write).unwrap();
        assert_eq!(image.shape(), shape(2));
        for number in [0, 1, 29] {
            assert_eq!(
                image.track(number).unwrap().records().len(),
                1,
                "record zero"
            );
        }
        assert!(image.track(30).is_err());
        assert!(
            Image::create(&path, shape(2)).is_err(),
            "it is there already"
        );
    }

    #[test]
    fn damage_is_refused_with_the_file_and_the_place() {
        let (_dir, path) = made(2);
        let good = std::fs::read(&path).unwrap();
        let change = |at: usize, to: u8| {
            let mut bytes = good.clone();
            bytes[at] = to;
            std::fs::write(&path, bytes).unwrap();
        };
        for (at, to, says) in [
            (16, 0x75, "byte 16: there is no disk of type X'75'"),
            (8, 30, "byte 8: 30 tracks"),
            (13, 0, "byte 12: tracks of"),
            (17, 1, "byte 17: it is one of several files"),
            (4, b'C', "compressed"),
        ] {
            change(at, to);
            let said = refusal(&path);
            assert!(
                said.contains("disk.3390: ") && said.contains(says),
                "{said}"
            );
        }
        std::fs::write(&path, &good[..good.len() - 1]).unwrap();
        assert!(refusal(&path).contains("ends inside cylinder 1"));
        // A track that says it is another is found when it is read, and the others still are.
        change(HEADER + 56832 * 17 + 2, 9);
        let image = Image::open(&path, Access::Read).unwrap();
        let said = image.track(17).unwrap_err().to_string();
        assert!(said.contains("disk.3390: cylinder 1 head 2: "), "{said}");
        assert!(image.track(16).is_ok());
    }

    #[test]
    fn blocks_come_back_and_odd_sizes_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("fba.img");
        Image::create(&path, Shape::Fixed { blocks: 9 }).unwrap();
        let image = Image::open(&path, Access::Write).unwrap();
        image.write_blocks(7, &[5; 1024]).unwrap();
        image.clear_blocks(8, 1).unwrap();
        assert!(image.write_blocks(0, &[1; 512]).is_ok());
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(
            (bytes.len(), bytes[7 * 512], bytes[8 * 512]),
            (9 * 512, 5, 0)
        );
        std::fs::write(&path, [0; 700]).unwrap();
        assert!(refusal(&path).contains("byte 700: the file ends inside block 1"));
        std::fs::write(&path, []).unwrap();
        assert!(refusal(&path).contains("at least one block"));
        assert!(
            Image::open(&dir.path().join("none"), Access::Read)
                .unwrap_err()
                .is_missing()
        );
    }

    #[test]
    fn a_temporary_disk_takes_room_where_it_is_written() {
        let image = Image::temporary(shape(3339)).unwrap();
        assert_eq!(image.track(50_000).unwrap().records().len(), 1);
        assert_eq!(image.track(0).unwrap().records().len(), 1);
        assert!(Image::temporary(shape(0)).is_err());
        assert!(Image::temporary(shape(70_000)).is_err());
    }
}
