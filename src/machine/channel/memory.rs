//! The channel subsystem's view of main storage: absolute addresses, bounds, storage keys.

/// Why an access to main storage was refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refused {
    /// Some byte is outside main storage.
    Addressing,
    /// The page may not be stored into.
    Protection,
}

/// Main storage at absolute addresses. The processor's storage implements it; tests use [`Plain`].
pub trait Memory {
    /// Bytes of main storage.
    fn size(&self) -> u64;

    /// Whether a byte is there: in main storage, or in whole blocks of 4K beyond.
    fn has(&self, at: u64) -> bool {
        at < self.size()
    }

    /// Copies bytes from storage at `at`, all or none.
    fn read(&mut self, at: u64, into: &mut [u8]) -> Result<(), Refused>;

    /// Copies bytes to storage at `at`, all or none.
    fn write(&mut self, at: u64, from: &[u8]) -> Result<(), Refused>;

    /// The storage key of the block at `at`: access-control bits in bits 0-3, fetch protection in
    /// bit 4. Zero outside storage.
    fn key(&self, at: u64) -> u8;
}

/// Plain bytes with one key per 4K block, for tests and tools.
#[derive(Clone, Debug)]
pub struct Plain {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// A key per 4K block.
    pub keys: Vec<u8>,
}

impl Plain {
    /// Zeroed storage of `size` bytes, all keys zero.
    pub fn new(size: usize) -> Plain {
        Plain {
            bytes: vec![0; size],
            keys: vec![0; size.div_ceil(4096)],
        }
    }

    fn range(&self, at: u64, len: usize) -> Result<std::ops::Range<usize>, Refused> {
        let start = usize::try_from(at).map_err(|_| Refused::Addressing)?;
        let end = start.checked_add(len).ok_or(Refused::Addressing)?;
        if end > self.bytes.len() {
            return Err(Refused::Addressing);
        }
        Ok(start..end)
    }
}

impl Memory for Plain {
    fn size(&self) -> u64 {
        u64::try_from(self.bytes.len()).unwrap_or(u64::MAX)
    }

    fn read(&mut self, at: u64, into: &mut [u8]) -> Result<(), Refused> {
        let range = self.range(at, into.len())?;
        into.copy_from_slice(&self.bytes[range]);
        Ok(())
    }

    fn write(&mut self, at: u64, from: &[u8]) -> Result<(), Refused> {
        let range = self.range(at, from.len())?;
        self.bytes[range].copy_from_slice(from);
        Ok(())
    }

    fn key(&self, at: u64) -> u8 {
        let block = usize::try_from(at / 4096).unwrap_or(usize::MAX);
        self.keys.get(block).copied().unwrap_or(0)
    }
}
