//! Data transfer between a device and the storage that a CCW designates: counts, skipping, indirect
//! addressing, data chaining and the protection checks (Principles of Operation, chapter 15).

use super::ccw::{Ccw, Chain, Transferring, after, fetch, fetch_protected, flag, status_of};
use super::memory::Memory;
use super::subchannel::{Orb, channel_status};

/// The address limit that SET ADDRESS LIMIT has set, as the subchannel's limit mode uses it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Limit {
    /// No limit applies.
    #[default]
    None,
    /// Data addresses must be at or above.
    Above(u64),
    /// Data addresses must be below.
    Below(u64),
}

/// Where the data of the current CCW goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Place {
    /// The current CCW.
    pub ccw: Ccw,
    /// Where it stands.
    pub at: u32,
    /// Bytes of it not yet used.
    pub left: u32,
    /// The next byte, or with indirect addressing the next byte of the current block.
    address: u64,
    /// Bytes left in the block of the current IDAW; zero: fetch the next IDAW.
    block: u64,
    /// Address of the next IDAW.
    idaw: u64,
    /// Whether an IDAW of this CCW has been used.
    indirect: bool,
}

impl Place {
    pub fn new(ccw: Ccw, at: u32) -> Place {
        Place {
            ccw,
            at,
            left: u32::from(ccw.count),
            address: u64::from(ccw.address),
            block: 0,
            idaw: u64::from(ccw.address),
            indirect: false,
        }
    }

    /// The residual count for the SCSW.
    pub fn residual(&self) -> u16 {
        u16::try_from(self.left).unwrap_or(u16::MAX)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Fetch,
    Store,
}

/// The storage of one command, seen by the device that executes it.
pub struct Transfer<'a> {
    pub(super) memory: &'a mut dyn Memory,
    pub(super) orb: Orb,
    pub(super) limit: Limit,
    pub(super) place: Place,
    /// Subchannel status gathered on the way: program or protection check.
    pub(super) check: u8,
    /// CCW address to show for `check`, when it is not the current CCW's.
    pub(super) check_at: Option<u32>,
    /// Whether the device moved or asked for data: if not, the operation was immediate.
    pub(super) touched: bool,
    /// Whether the device had or wanted more than the CCWs designate.
    pub(super) overrun: bool,
    /// Whether a CCW fetched by data chaining asked for a program-controlled interruption.
    pub(super) pci: bool,
}

impl<'a> Transfer<'a> {
    pub(super) fn new(memory: &'a mut dyn Memory, orb: Orb, limit: Limit, place: Place) -> Self {
        Transfer {
            memory,
            orb,
            limit,
            place,
            check: 0,
            check_at: None,
            touched: false,
            overrun: false,
            pci: false,
        }
    }

    /// Bytes that the current CCW still designates, data chaining not counted.
    pub fn count(&self) -> u32 {
        self.place.left
    }

    /// Whether the command ended early because of a program or protection check.
    pub fn stopped(&self) -> bool {
        self.check != 0
    }

    /// Gives data to the channel (read and sense commands). The answer is how many bytes it took; fewer
    /// than given means that the record is longer than the storage designated for it.
    pub fn put(&mut self, bytes: &[u8]) -> usize {
        self.touched = true;
        let mut done = 0;
        while done < bytes.len() {
            let wanted = bytes.len() - done;
            let Some((address, run)) = self.run(wanted, Access::Store) else {
                break;
            };
            let piece = &bytes[done..done + run];
            if !self.place.ccw.has(flag::SKIP)
                && let Err(refused) = self.memory.write(address, piece)
            {
                self.check = status_of(refused);
                break;
            }
            done += run;
            self.advance(run);
        }
        done
    }

    /// Takes data from the channel (write and control commands). The answer is how many bytes came;
    /// fewer than asked for means that the storage designated for the record is exhausted.
    pub fn get(&mut self, into: &mut [u8]) -> usize {
        self.touched = true;
        let mut done = 0;
        while done < into.len() {
            let wanted = into.len() - done;
            let Some((address, run)) = self.run(wanted, Access::Fetch) else {
                break;
            };
            if let Err(refused) = self.memory.read(address, &mut into[done..done + run]) {
                self.check = status_of(refused);
                break;
            }
            done += run;
            self.advance(run);
        }
        done
    }

    /// Takes all the data there is, up to `most` bytes. To ask for no more than there is keeps a
    /// variable-length record from being an incorrect length.
    pub fn get_all(&mut self, most: usize) -> Vec<u8> {
        let mut out = Vec::new();
        self.touched = true;
        while self.place.left > 0 && out.len() < most && self.check == 0 {
            let start = out.len();
            let left = usize::try_from(self.place.left).unwrap_or(usize::MAX);
            out.resize(start + left.min(most - start), 0);
            let got = self.get(&mut out[start..]);
            out.truncate(start + got);
        }
        out
    }

    /// The address and length of the next run of storage that can be moved in one piece, at most
    /// `wanted` bytes.
    fn run(&mut self, wanted: usize, access: Access) -> Option<(u64, usize)> {
        if self.check != 0 {
            return None;
        }
        if self.place.left == 0 {
            self.overrun = true;
            return None;
        }
        let left = usize::try_from(self.place.left).unwrap_or(usize::MAX);
        let most = wanted.min(left);
        if access == Access::Store && self.place.ccw.has(flag::SKIP) {
            return Some((0, most));
        }
        match self.locate(access) {
            Ok(to_boundary) => {
                let run = usize::try_from(to_boundary).unwrap_or(usize::MAX).min(most);
                Some((self.place.address, run))
            }
            Err(status) => {
                self.check = status;
                None
            }
        }
    }

    /// Makes `place.address` the next byte's address and gives how far it may run on: to the end of the
    /// 4K block, whose key and bounds are checked here, or of the IDAW's block.
    fn locate(&mut self, access: Access) -> Result<u64, u8> {
        let indirect = self.place.ccw.has(flag::INDIRECT);
        if indirect && self.place.block == 0 {
            self.next_idaw()?;
        }
        let address = self.place.address;
        let ceiling = if indirect {
            u64::MAX
        } else if self.orb.format_1() {
            0x8000_0000
        } else {
            0x0100_0000
        };
        if address >= ceiling || !self.memory.has(address) || self.limited(address) {
            return Err(channel_status::PROGRAM_CHECK);
        }
        let key = self.orb.key();
        let refused = match access {
            Access::Fetch => fetch_protected(self.memory, key, address),
            Access::Store => key != 0 && self.memory.key(address) & 0xF0 != key,
        };
        if refused {
            return Err(channel_status::PROTECTION_CHECK);
        }
        let mut run = 4096 - address % 4096;
        if address < self.memory.size() {
            run = run.min(self.memory.size() - address);
        }
        if indirect {
            run = run.min(self.place.block);
        }
        Ok(run)
    }

    fn limited(&self, address: u64) -> bool {
        match self.limit {
            Limit::None => false,
            Limit::Above(limit) => address < limit,
            Limit::Below(limit) => address >= limit,
        }
    }

    fn next_idaw(&mut self) -> Result<(), u8> {
        let at = self.place.idaw;
        let size = if self.orb.format_2_idaws() { 8 } else { 4 };
        let ceiling = if self.orb.format_1() {
            0x8000_0000
        } else {
            0x0100_0000
        };
        if !at.is_multiple_of(size) || at >= ceiling || !self.memory.has(at) {
            return Err(channel_status::PROGRAM_CHECK);
        }
        if fetch_protected(self.memory, self.orb.key(), at) {
            return Err(channel_status::PROTECTION_CHECK);
        }
        let address = self.read_idaw(at)?;
        let block = self.orb.idaw_block();
        let within = address % block;
        if self.place.indirect && within != 0 {
            return Err(channel_status::PROGRAM_CHECK);
        }
        self.place.indirect = true;
        self.place.address = address;
        self.place.block = block - within;
        self.place.idaw = at + size;
        Ok(())
    }

    fn read_idaw(&mut self, at: u64) -> Result<u64, u8> {
        if self.orb.format_2_idaws() {
            let mut image = [0; 8];
            self.memory.read(at, &mut image).map_err(status_of)?;
            return Ok(u64::from_be_bytes(image));
        }
        let mut image = [0; 4];
        self.memory.read(at, &mut image).map_err(status_of)?;
        let address = u32::from_be_bytes(image);
        if address & 0x8000_0000 != 0 {
            return Err(channel_status::PROGRAM_CHECK);
        }
        Ok(u64::from(address))
    }

    /// Accounts for `run` bytes moved. A CCW whose count is used up chains data at once, as the channel
    /// fetches the next CCW before the device can end.
    fn advance(&mut self, run: usize) {
        let run = u32::try_from(run).unwrap_or(u32::MAX);
        self.place.left = self.place.left.saturating_sub(run);
        let moved = u64::from(run);
        self.place.address = self.place.address.saturating_add(moved);
        self.place.block = self.place.block.saturating_sub(moved);
        if self.place.left == 0 && self.place.ccw.has(flag::CHAIN_DATA) {
            self.chain_data();
        }
    }

    fn chain_data(&mut self) {
        let (orb, next) = (self.orb, after(self.place.at));
        match fetch(self.memory, &orb, next, Chain::Data, Transferring::Allowed) {
            Ok((ccw, at)) => {
                self.pci |= ccw.has(flag::PCI);
                self.place = Place::new(ccw, at);
            }
            Err(check) => {
                self.check = check.status;
                self.check_at = Some(check.ccw);
            }
        }
    }
}
