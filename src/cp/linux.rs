//! Linux in a card reader: the files of a kernel and a ramdisk on the host, which HOST LINUX or a face puts
//! into a reader as the decks that the kernel's loader reads.

use std::path::{Path, PathBuf};

use crate::cp::directory::{Host, HostWhat};
use crate::cp::system::System;
use crate::device::{Part, linux_decks};

/// The device whose reader has the decks of [`System::give_linux`].
const READER: u16 = 0x0200;

/// The files that make the decks, and the kernel's parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinuxDeck {
    /// The kernel image (bzImage, vmlinuz).
    pub kernel: PathBuf,
    /// The initial ramdisk.
    pub initrd: Option<PathBuf>,
    /// The parameters, as the host has text.
    pub parameters: Vec<u8>,
}

impl LinuxDeck {
    /// Reads the files and makes the decks for a machine with so many bytes of storage.
    ///
    /// # Errors
    /// A sentence that names the file and what is wrong with it.
    pub fn decks(&self, storage: u64) -> Result<Vec<Vec<u8>>, String> {
        let read =
            |path: &Path| std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()));
        let kernel = read(&self.kernel)?;
        let initrd = self.initrd.as_deref().map(read).transpose()?;
        linux_decks(kernel, initrd, &self.parameters, storage).map_err(|fault| {
            let file = match fault.part {
                Part::Kernel => Some(&self.kernel),
                Part::Initrd => self.initrd.as_ref(),
                Part::Parameters => None,
            };
            let name = file.map_or_else(|| "PARM".to_owned(), |f| f.display().to_string());
            format!("{name}: {}", fault.reason)
        })
    }
}

impl System {
    /// Gives a user, who is not logged on yet, a machine with so many bytes of storage that loads Linux from
    /// device 200 at logon.
    ///
    /// # Errors
    /// A sentence when the user is not in the directory or the files cannot be used.
    pub fn give_linux(
        &mut self,
        user: &[u8],
        linux: LinuxDeck,
        storage: u64,
    ) -> Result<(), String> {
        linux.decks(storage)?;
        let id = user.to_ascii_uppercase();
        let mut users = self.directory.users.iter_mut();
        let Some(entry) = users.find(|u| u.id == id) else {
            let id = String::from_utf8_lossy(&id);
            return Err(format!("{id} is not in the directory"));
        };
        entry.storage = storage;
        entry.max_storage = entry.max_storage.max(storage);
        entry.mdisks.retain(|m| m.vdev != READER);
        entry.spools.retain(|s| s.vdev != READER);
        entry.hosts.retain(|h| h.vdev != READER);
        entry.hosts.push(Host {
            vdev: READER,
            what: HostWhat::Linux(linux),
            writable: false,
            line: entry.line,
        });
        entry.ipl = Some((format!("{READER:04X}").into_bytes(), b"".to_vec()));
        Ok(())
    }
}

/// A storage size as a directory has it: digits with K, M, G or T.
///
/// # Errors
/// A sentence when it is none.
pub fn storage_size(written: &str) -> Result<u64, String> {
    crate::cp::directory::size(written)
}
