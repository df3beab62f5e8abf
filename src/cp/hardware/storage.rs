//! Storage of a virtual machine as commands and DIAGNOSE see it: by virtual, real or absolute address,
//! whatever the storage keys.

use super::{Address, Hardware};
use crate::cp::saved::format::PAGE;
use crate::machine::{ProgramCode, Space};

impl Hardware {
    /// The absolute address of a byte.
    fn absolute(&mut self, space: Address, at: u64) -> Result<u64, String> {
        let number = self.number();
        let found = match space {
            Address::Absolute if self.machine.storage.has(at) => Ok(at),
            Address::Absolute => Err(ProgramCode::ADDRESSING),
            Address::Real => self.machine.translate(number, at, None),
            Address::Virtual => {
                // With DAT off the tables of the primary space may not even be set up.
                let space = self.machine.operand_space(number);
                self.machine.translate(number, at, space)
            }
            Address::Secondary => self.machine.translate(number, at, Some(Space::Secondary)),
            Address::Home => self.machine.translate(number, at, Some(Space::Home)),
        };
        found.map_err(|code| code.name().to_string())
    }

    /// The kind of address a number alone means: virtual with DAT on, else real.
    pub fn natural_address(&self) -> Address {
        match self.machine.operand_space(self.number()) {
            Some(_) => Address::Virtual,
            None => Address::Real,
        }
    }

    /// Reads storage, whatever its keys. The error says why it is not there.
    pub fn read(&mut self, space: Address, at: u64, len: usize) -> Result<Vec<u8>, String> {
        let mut out = Vec::with_capacity(len.min(1 << 20));
        for (at, len) in by_pages(at, len) {
            let absolute = self.absolute(space, at)?;
            let part = self.machine.storage.read_vec(absolute, len);
            out.extend(part.map_err(|e| e.to_string())?);
        }
        Ok(out)
    }

    /// Writes storage, whatever its keys; nothing when a part of it is not there.
    pub fn write(&mut self, space: Address, at: u64, data: &[u8]) -> Result<(), String> {
        let mut places = Vec::new();
        for (at, len) in by_pages(at, data.len()) {
            places.push((self.absolute(space, at)?, len));
        }
        let mut rest = data;
        for (absolute, len) in places {
            let (part, more) = rest.split_at(len);
            self.machine
                .storage
                .write(absolute, part)
                .map_err(|e| e.to_string())?;
            rest = more;
        }
        Ok(())
    }

    /// STORE STATUS: registers into the low core of absolute storage (ESA/390 Principles of Operation,
    /// chapter 4; z/Architecture stores from 4608 on).
    pub fn store_status(&mut self) {
        let cpu = self.cpu();
        let mut out: Vec<(u64, Vec<u8>)> = Vec::new();
        let long = |v: &[u64; 16]| v.iter().flat_map(|r| r.to_be_bytes()).collect::<Vec<u8>>();
        let low = |v: &[u64; 16]| {
            v.iter()
                .flat_map(|r| r.to_be_bytes()[4..].to_vec())
                .collect::<Vec<u8>>()
        };
        let access: Vec<u8> = cpu.ar.iter().flat_map(|r| r.to_be_bytes()).collect();
        let timer = cpu.timer_at(self.machine.tod_now());
        if cpu.psw.zarch {
            out.push((4608, long(&cpu.fpr)));
            out.push((4736, long(&cpu.gr)));
            out.push((4864, cpu.psw.bytes().to_vec()));
            out.push((
                4888,
                u32::try_from(cpu.prefix)
                    .unwrap_or(0)
                    .to_be_bytes()
                    .to_vec(),
            ));
            out.push((4892, cpu.fpc.to_be_bytes().to_vec()));
            out.push((4900, cpu.tod_programmable.to_be_bytes().to_vec()));
            out.push((4904, timer.to_be_bytes().to_vec()));
            out.push((4913, cpu.clock_comparator.to_be_bytes()[..7].to_vec()));
            out.push((4928, access));
            out.push((4992, long(&cpu.cr)));
        } else {
            out.push((216, timer.to_be_bytes().to_vec()));
            out.push((224, cpu.clock_comparator.to_be_bytes().to_vec()));
            out.push((256, cpu.psw.short().to_be_bytes().to_vec()));
            out.push((
                264,
                u32::try_from(cpu.prefix)
                    .unwrap_or(0)
                    .to_be_bytes()
                    .to_vec(),
            ));
            out.push((288, access));
            out.push((352, long(&cpu.fpr)[..32].to_vec()));
            out.push((384, low(&cpu.gr)));
            out.push((448, low(&cpu.cr)));
        }
        for (at, bytes) in out {
            // Low core is always there; where it is read-only the status is lost, as it must be.
            let _ = self.machine.storage.write(at, &bytes);
        }
    }
}

/// A range cut at page boundaries.
fn by_pages(at: u64, len: usize) -> Vec<(u64, usize)> {
    let mut out = Vec::new();
    let (mut at, mut left) = (at, len);
    while left > 0 {
        let room = PAGE - usize::try_from(at % PAGE as u64).unwrap_or(0);
        let part = room.min(left);
        out.push((at, part));
        at = at.wrapping_add(part as u64);
        left -= part;
    }
    out
}
