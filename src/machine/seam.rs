//! Main storage as the channel subsystem and the service processor see it: absolute addresses.

use super::channel::{Memory, Refused};
use super::storage::{Storage, StorageError};

impl From<StorageError> for Refused {
    fn from(e: StorageError) -> Refused {
        match e {
            StorageError::Protection => Refused::Protection,
            // A damaged page is not there for a channel.
            StorageError::Addressing | StorageError::BadPage(_) => Refused::Addressing,
        }
    }
}

impl Memory for Storage {
    fn size(&self) -> u64 {
        Storage::size(self)
    }

    fn has(&self, at: u64) -> bool {
        Storage::has(self, at)
    }

    fn read(&mut self, at: u64, into: &mut [u8]) -> Result<(), Refused> {
        Ok(Storage::read(self, at, into)?)
    }

    fn write(&mut self, at: u64, from: &[u8]) -> Result<(), Refused> {
        Ok(Storage::write(self, at, from)?)
    }

    fn key(&self, at: u64) -> u8 {
        Storage::key(self, at)
    }
}
