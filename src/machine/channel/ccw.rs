//! Channel-command words: formats 0 and 1, their checks, and fetching them (Principles of Operation,
//! chapter 15, "Channel-Command Word").

use super::memory::{Memory, Refused};
use super::subchannel::{Orb, channel_status, word};

/// CCW flags, in the byte where both formats keep them.
pub mod flag {
    /// Chain data.
    pub const CHAIN_DATA: u8 = 0x80;
    /// Chain command.
    pub const CHAIN_COMMAND: u8 = 0x40;
    /// Suppress length indication.
    pub const SUPPRESS_LENGTH: u8 = 0x20;
    /// Do not store what is read.
    pub const SKIP: u8 = 0x10;
    /// Program-controlled interruption.
    pub const PCI: u8 = 0x08;
    /// The address designates indirect-data-address words.
    pub const INDIRECT: u8 = 0x04;
    /// Suspend before this CCW.
    pub const SUSPEND: u8 = 0x02;
    /// Modified indirect addressing; not installed.
    pub const MODIFIED_INDIRECT: u8 = 0x01;
}

/// One channel-command word in either format.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Ccw {
    /// Command code.
    pub command: u8,
    /// Flags, see [`flag`].
    pub flags: u8,
    /// Byte count.
    pub count: u16,
    /// Data address, or where the IDAWs are.
    pub address: u32,
}

impl Ccw {
    /// Decodes eight bytes.
    pub fn new(image: [u8; 8], format_1: bool) -> Ccw {
        let count = |at: usize| u16::from_be_bytes([image[at], image[at + 1]]);
        if format_1 {
            return Ccw {
                command: image[0],
                flags: image[1],
                count: count(2),
                address: word(&image, 4),
            };
        }
        Ccw {
            command: image[0],
            flags: image[4],
            count: count(6),
            address: word(&image, 0) & 0x00FF_FFFF,
        }
    }

    /// Whether all flags of `mask` are on.
    pub fn has(&self, mask: u8) -> bool {
        self.flags & mask == mask
    }

    /// Whether it is TRANSFER IN CHANNEL.
    pub fn is_transfer(&self) -> bool {
        self.command & 0x0F == 0x08
    }

    fn transfer_malformed(&self, format_1: bool) -> bool {
        format_1 && (self.command != 0x08 || self.flags != 0 || self.count != 0)
    }

    fn malformed(&self, orb: &Orb, chain: Chain) -> bool {
        if self.has(flag::MODIFIED_INDIRECT) || self.address & 0x8000_0000 != 0 {
            return true;
        }
        if self.has(flag::SUSPEND) && (!orb.may_suspend() || chain == Chain::Data) {
            return true;
        }
        if chain == Chain::Command && self.command & 0x0F == 0 {
            return true;
        }
        let zero_allowed = orb.format_1() && chain == Chain::Command && !self.has(flag::CHAIN_DATA);
        self.count == 0 && !zero_allowed
    }
}

/// Why a CCW is fetched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Chain {
    /// For a new command.
    Command,
    /// For more storage for the same command.
    Data,
}

/// Whether TRANSFER IN CHANNEL may stand here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Transferring {
    /// It may.
    Allowed,
    /// It is the first CCW of a program.
    Refused,
}

/// A channel program's error, with what the SCSW tells about it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Check {
    /// Subchannel status: program check or protection check.
    pub status: u8,
    /// CCW address for the SCSW.
    pub ccw: u32,
}

/// The subchannel status for a refused storage access.
pub fn status_of(refused: Refused) -> u8 {
    match refused {
        Refused::Addressing => channel_status::PROGRAM_CHECK,
        Refused::Protection => channel_status::PROTECTION_CHECK,
    }
}

/// The CCW address that the SCSW shows after the CCW at `at`.
pub fn after(at: u32) -> u32 {
    at.wrapping_add(8) & 0x7FFF_FFFF
}

/// Whether key-controlled protection forbids a fetch from the block at `at`.
pub fn fetch_protected(memory: &dyn Memory, key: u8, at: u64) -> bool {
    let storage_key = memory.key(at);
    key != 0 && storage_key & 0x08 != 0 && storage_key & 0xF0 != key
}

/// Fetches the CCW at `at`, following one TRANSFER IN CHANNEL. Gives the CCW and where it stands.
pub fn fetch(
    memory: &mut dyn Memory,
    orb: &Orb,
    at: u32,
    chain: Chain,
    transferring: Transferring,
) -> Result<(Ccw, u32), Check> {
    let program_check = |ccw: u32| Check {
        status: channel_status::PROGRAM_CHECK,
        ccw: after(ccw),
    };
    let ccw = fetch_one(memory, orb, at)?;
    if !ccw.is_transfer() {
        if ccw.malformed(orb, chain) {
            return Err(program_check(at));
        }
        return Ok((ccw, at));
    }
    if transferring == Transferring::Refused || ccw.transfer_malformed(orb.format_1()) {
        return Err(program_check(at));
    }
    let target = ccw.address;
    let ccw = fetch_one(memory, orb, target).map_err(|check| Check {
        ccw: after(at),
        ..check
    })?;
    if ccw.is_transfer() || ccw.malformed(orb, chain) {
        return Err(program_check(target));
    }
    Ok((ccw, target))
}

fn fetch_one(memory: &mut dyn Memory, orb: &Orb, at: u32) -> Result<Ccw, Check> {
    let check = |status| Check {
        status,
        ccw: after(at),
    };
    let limit = if orb.format_1() {
        0x7FFF_FFFF
    } else {
        0x00FF_FFFF
    };
    if !at.is_multiple_of(8) || at > limit {
        return Err(check(channel_status::PROGRAM_CHECK));
    }
    let address = u64::from(at);
    if !memory.has(address) {
        return Err(check(channel_status::PROGRAM_CHECK));
    }
    if fetch_protected(memory, orb.key(), address) {
        return Err(check(channel_status::PROTECTION_CHECK));
    }
    let mut image = [0; 8];
    memory
        .read(address, &mut image)
        .map_err(|refused| check(status_of(refused)))?;
    Ok(Ccw::new(image, orb.format_1()))
}
