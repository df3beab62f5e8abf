//! Disks of a virtual machine: which images are open, and the devices that are links to them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::Hardware;
use crate::cp::guest::{Disk, ImageSource};
use crate::device::dasd::{Access, Ckd, Fba, Geometry, Image, Shape};
use crate::machine::channel::Device;

/// The disk images that are open: links to the same file share one.
#[derive(Clone, Default)]
pub struct Images(Arc<Mutex<Open>>);

#[derive(Default)]
struct Open {
    files: BTreeMap<(PathBuf, bool), Weak<Image>>,
    /// How many links there have been.
    links: u64,
}

impl Images {
    /// The image of a file, for a link that writes it or one that reads.
    fn open(&self, path: &Path, access: Access) -> Result<Arc<Image>, String> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let name = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        open.files.retain(|_, image| image.strong_count() > 0);
        let written = open.files.get(&(name.clone(), true));
        let shared = match access {
            Access::Write => written,
            Access::Read => written.or_else(|| open.files.get(&(name.clone(), false))),
        };
        if let Some(image) = shared.and_then(Weak::upgrade) {
            return Ok(image);
        }
        let image = Arc::new(Image::open(path, access).map_err(|e| e.to_string())?);
        let key = (name, access == Access::Write);
        open.files.insert(key, Arc::downgrade(&image));
        Ok(image)
    }

    fn next_link(&self) -> u64 {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.links += 1;
        open.links
    }
}

/// What a directory or DEFINE says that a disk is, when it says how large.
fn wanted(disk: &Disk) -> Result<Option<Shape>, String> {
    let Some(size) = disk.size else {
        return Ok(None);
    };
    if is_fixed(&disk.kind) {
        return Ok(Some(Shape::Fixed { blocks: size }));
    }
    let geometry = Geometry::named(&disk.kind).ok_or_else(|| {
        let kind = String::from_utf8_lossy(&disk.kind);
        format!("a {kind} cannot be on an image; 3390, 3380 and FB-512 can")
    })?;
    Ok(Some(Shape::Ckd {
        geometry,
        cylinders: size,
    }))
}

fn is_fixed(kind: &[u8]) -> bool {
    kind.starts_with(b"FB") || kind.starts_with(b"9336")
}

/// An image, made when there is none and the disk is one to write whose size is known.
fn image_of(images: &Images, disk: &Disk, source: &ImageSource) -> Result<Arc<Image>, String> {
    let wanted = wanted(disk)?;
    let ImageSource::File(path) = source else {
        let shape = wanted.ok_or("a temporary disk has a size")?;
        let image = Image::temporary(shape).map_err(|e| e.to_string())?;
        return Ok(Arc::new(image));
    };
    let access = match disk.writable {
        true => Access::Write,
        false => Access::Read,
    };
    if !path.exists() {
        match wanted {
            Some(shape) if disk.writable => {
                Image::create(path, shape).map_err(|e| e.to_string())?;
            }
            Some(_) => {}
            None => {
                let name = path.display();
                return Err(format!("{name}: there is none, and no size to make one of"));
            }
        }
    }
    let image = images.open(path, access)?;
    let found = image.shape();
    if wanted.is_some_and(|w| w != found) {
        let (name, wanted) = (path.display(), wanted.map(|w| w.to_string()));
        let wanted = wanted.unwrap_or_default();
        return Err(format!(
            "{name}: it is {found}, and the directory says {wanted}"
        ));
    }
    let fixed = matches!(found, Shape::Fixed { .. });
    if !disk.kind.is_empty() && fixed != is_fixed(&disk.kind) {
        let kind = String::from_utf8_lossy(&disk.kind).into_owned();
        return Err(format!("{}: it is {found}, and no {kind}", path.display()));
    }
    Ok(image)
}

impl Hardware {
    pub(super) fn attach_disk(
        &mut self,
        number: u16,
        disk: &Disk,
        source: &ImageSource,
    ) -> Result<(), String> {
        let image = image_of(&self.images, disk, source)?;
        let access = match disk.writable {
            true => Access::Write,
            false => Access::Read,
        };
        let link = self.images.next_link();
        let device: Option<Box<dyn Device>> = match image.shape() {
            Shape::Ckd { .. } => {
                Ckd::new(image, access, link, number).map(|d| -> Box<dyn Device> { Box::new(d) })
            }
            Shape::Fixed { .. } => {
                Fba::new(image, access, link).map(|d| -> Box<dyn Device> { Box::new(d) })
            }
        };
        if let Some(device) = device {
            self.devices.attach(number, device);
        }
        Ok(())
    }

    /// The image behind a disk, and what its link may do.
    pub fn disk(&self, number: u16) -> Option<(&Arc<Image>, Access)> {
        let ckd = self.devices.get::<Ckd>(number).map(Ckd::link);
        ckd.or_else(|| self.devices.get::<Fba>(number).map(Fba::link))
    }

    /// The type of a disk with an image and its cylinders or blocks, as a directory would say them.
    pub fn disk_size(&self, number: u16) -> Option<(Vec<u8>, u32)> {
        let (image, _) = self.disk(number)?;
        Some(match image.shape() {
            Shape::Ckd {
                geometry,
                cylinders,
            } => (format!("{:X}", geometry.device).into_bytes(), cylinders),
            Shape::Fixed { blocks } => (b"FB-512".to_vec(), blocks),
        })
    }

    /// Remembers what was wrong with an image.
    pub fn note_disk_fault(&mut self, fault: String) {
        if !self.disk_faults.contains(&fault) {
            self.disk_faults.push(fault);
        }
    }

    /// What was wrong with images since the last call.
    pub fn take_disk_faults(&mut self) -> Vec<String> {
        let numbers: Vec<u16> = self.devices.list().map(|(n, _)| n).collect();
        let mut faults = std::mem::take(&mut self.disk_faults);
        for number in numbers {
            if let Some(disk) = self.devices.get_mut::<Ckd>(number) {
                faults.extend(disk.take_faults());
            } else if let Some(disk) = self.devices.get_mut::<Fba>(number) {
                faults.extend(disk.take_faults());
            }
        }
        faults
    }
}
