//! The trace table: entries that calls, branches and TRACE leave for the operating system
//! (Principles of Operation, chapter 4: Tracing).

use super::Cpu;
use super::art;
use super::bits::{count, high32, low8, low32};
use super::cpu::{Fault, ProgramCode, Step, Stop};
use super::dat::prefixed;
use super::psw::{Amode, Psw};
use super::storage::{PAGE, Storage};

/// Bits of control register 12 of which one, by the architecture mode, says that branches are traced.
pub const BRANCHES: u64 = 1 << 63 | 1 << 31;
/// Bit of control register 12: program calls and what else changes address spaces are traced.
const SPACES: u64 = 2;
/// Bit of control register 12: TRACE makes entries.
pub const EXPLICIT: u64 = 1;

/// The bits of the address in control register 12.
fn address_bits(cpu: &Cpu) -> u64 {
    if cpu.psw.zarch {
        0x3FFF_FFFF_FFFF_FFFC
    } else {
        0x7FFF_FFFC
    }
}

/// Whether branches are traced.
fn traces_branches(cpu: &Cpu) -> bool {
    cpu.control(12, if cpu.psw.zarch { 0 } else { 32 })
}

/// Bit of control register 12: going into and out of 64-bit mode is traced.
const MODES: u64 = 1 << 62;

/// An entry for which there is room.
struct Entry {
    absolute: u64,
    end: u64,
    bytes: Vec<u8>,
}

/// The entries of an instruction, to be stored when nothing can go wrong any more.
#[derive(Default)]
#[must_use]
pub struct Entries(Vec<Entry>);

impl Entries {
    /// Stores them and goes on behind them.
    pub fn store(self, cpu: &mut Cpu, st: &mut Storage) -> Result<(), Stop> {
        for entry in self.0 {
            let stored = st.write(entry.absolute, &entry.bytes);
            stored.map_err(|_| Stop::Program(ProgramCode::ADDRESSING))?;
            cpu.cr[12] = cpu.cr[12] & !address_bits(cpu) | entry.end;
        }
        Ok(())
    }

    /// Looks for room for an entry.
    pub fn add(&mut self, cpu: &mut Cpu, st: &Storage, bytes: Vec<u8>) -> Step {
        let place = match self.0.last() {
            Some(before) => before.end,
            None => cpu.cr[12] & address_bits(cpu),
        };
        if cpu.is_low_protected(place) {
            cpu.fault = Fault {
                id: place & !(PAGE - 1),
                ..Fault::default()
            };
            return Err(Stop::Program(ProgramCode::PROTECTION));
        }
        let absolute = prefixed(cpu.prefix, cpu.psw.zarch, place);
        if !st.has(absolute) {
            return Err(Stop::Program(ProgramCode::ADDRESSING));
        }
        let end = place + count(bytes.len());
        if place / PAGE != end / PAGE {
            return Err(Stop::Program(ProgramCode::TRACE_TABLE));
        }
        self.0.push(Entry {
            absolute,
            end,
            bytes,
        });
        Ok(())
    }

    /// A branch to an address in an addressing mode.
    pub fn branch(&mut self, cpu: &mut Cpu, st: &Storage, to: (Amode, u64)) -> Step {
        if !traces_branches(cpu) {
            return Ok(());
        }
        let bytes = match to {
            (Amode::A24, address) => (low32(address) & 0x00FF_FFFF).to_be_bytes().to_vec(),
            (Amode::A64, address) if address >> 31 != 0 => {
                let mut bytes = vec![0x52, 0xC0, 0, 0];
                bytes.extend(address.to_be_bytes());
                bytes
            }
            (_, address) => (low32(address) | 0x8000_0000).to_be_bytes().to_vec(),
        };
        self.add(cpu, st, bytes)
    }

    /// Going into or out of 64-bit mode, from the instruction before `next`. Says whether it is traced.
    pub fn mode(
        &mut self,
        cpu: &mut Cpu,
        st: &Storage,
        amode: Amode,
        next: u64,
    ) -> Result<bool, Stop> {
        if !switches(cpu, amode) {
            return Ok(false);
        }
        let bytes = match (cpu.is_64(), next >> 31) {
            (false, _) => moded([0x51, 0x30], short(cpu.psw.amode, next)),
            (true, 0) => moded([0x51, 0x20], low32(next)),
            (true, _) => moded_long([0x52, 0x60], next),
        };
        self.add(cpu, st, bytes)?;
        Ok(true)
    }

    /// A branch that may go into or out of 64-bit mode.
    pub fn moding_branch(
        &mut self,
        cpu: &mut Cpu,
        st: &Storage,
        (amode, address): (Amode, u64),
        next: u64,
    ) -> Step {
        if !switches(cpu, amode) {
            return self.branch(cpu, st, (amode, address));
        }
        if !traces_branches(cpu) {
            return self.mode(cpu, st, amode, next).map(drop);
        }
        let bytes = match (cpu.is_64(), address >> 31) {
            (true, _) => moded([0x51, 0xA0], short(amode, address)),
            (false, 0) => moded([0x51, 0xB0], low32(address)),
            (false, _) => moded_long([0x52, 0xF0], address),
        };
        self.add(cpu, st, bytes)
    }

    /// What changes address spaces.
    fn spaces(&mut self, cpu: &mut Cpu, st: &Storage, bytes: Vec<u8>) -> Step {
        if !traces_spaces(cpu) {
            return Ok(());
        }
        self.add(cpu, st, bytes)
    }

    /// SET SECONDARY ASN.
    pub fn secondary(&mut self, cpu: &mut Cpu, st: &Storage, asn: u16) -> Step {
        let [high, low] = asn.to_be_bytes();
        self.spaces(cpu, st, vec![0x10, 0, high, low])
    }

    /// PROGRAM CALL: the number and where to return to.
    pub fn call(&mut self, cpu: &mut Cpu, st: &Storage, number: u32, back: u64) -> Step {
        let [_, high, middle, low] = number.to_be_bytes();
        let back = back | u64::from(cpu.psw.problem);
        let mut bytes = vec![0x21, cpu.psw.key << 4 | high & 15, middle, low];
        if cpu.is_64() {
            bytes[0] = 0x22;
            bytes.extend(back.to_be_bytes());
        } else {
            bytes.extend(short(cpu.psw.amode, back).to_be_bytes());
        }
        self.spaces(cpu, st, bytes)
    }

    /// PROGRAM TRANSFER: the new space and the second operand.
    pub fn transfer(&mut self, cpu: &mut Cpu, st: &Storage, asn: u16, to: u64) -> Step {
        let (format, more) = match (cpu.is_64(), high32(to)) {
            (false, _) => (0x31, 0),
            (true, 0) => (0x31, 0x08),
            (true, _) => (0x32, 0x0C),
        };
        let [high, low] = asn.to_be_bytes();
        let mut bytes = vec![format, cpu.psw.key << 4 | more, high, low];
        if format == 0x32 {
            bytes.extend(to.to_be_bytes());
        } else {
            bytes.extend(low32(to).to_be_bytes());
        }
        self.spaces(cpu, st, bytes)
    }

    /// PROGRAM RETURN from a program call: the space and the PSW returned to, and where the return is left.
    pub fn program_return(
        &mut self,
        cpu: &mut Cpu,
        st: &Storage,
        (asn, to): (u16, &Psw),
        next: u64,
    ) -> Step {
        if !traces_spaces(cpu) {
            return self.mode(cpu, st, to.amode, next).map(drop);
        }
        // Each address has a bit for 64-bit mode and one for being longer than 32 bits.
        let kind = |amode: Amode, address: u64| match (amode, high32(address)) {
            (Amode::A64, 0) => 2,
            (Amode::A64, _) => 3,
            _ => 0,
        };
        let (there, here) = (kind(to.amode, to.addr), kind(cpu.psw.amode, next));
        let long = u8::from(there == 3) + u8::from(here == 3);
        let [high, low] = asn.to_be_bytes();
        let key = cpu.psw.key << 4 | there << 2 | here;
        let mut bytes = vec![0x32 + long, key, high, low];
        let back = to.addr | u64::from(to.problem);
        for (amode, address, kind) in [(to.amode, back, there), (cpu.psw.amode, next, here)] {
            if kind == 3 {
                bytes.extend(address.to_be_bytes());
            } else {
                bytes.extend(short(amode, address).to_be_bytes());
            }
        }
        self.add(cpu, st, bytes)
    }

    /// BRANCH IN SUBSPACE GROUP: the token and the address, or the branch alone.
    pub fn subspace(&mut self, cpu: &mut Cpu, st: &Storage, alet: u32, to: (Amode, u64)) -> Step {
        if !traces_spaces(cpu) {
            return self.branch(cpu, st, to);
        }
        let mut bytes = vec![if cpu.is_64() { 0x42 } else { 0x41 }];
        bytes.extend(art::traced(alet));
        if cpu.is_64() {
            bytes.extend(to.1.to_be_bytes());
        } else {
            bytes.extend(short(to.0, to.1).to_be_bytes());
        }
        self.add(cpu, st, bytes)
    }
}

/// Whether an addressing mode is to be traced as one that goes into or out of 64-bit mode.
fn switches(cpu: &Cpu, amode: Amode) -> bool {
    cpu.psw.zarch && cpu.cr[12] & MODES != 0 && cpu.is_64() != (amode == Amode::A64)
}

/// Whether what changes address spaces is traced.
fn traces_spaces(cpu: &Cpu) -> bool {
    cpu.cr[12] & SPACES != 0
}

/// Whether branches that may go into or out of 64-bit mode, and what only does that, are traced.
pub fn traces_modes(cpu: &Cpu) -> bool {
    cpu.cr[12] & (MODES | BRANCHES) != 0
}

/// An entry with two bytes of format and a word.
fn moded(format: [u8; 2], v: u32) -> Vec<u8> {
    let [a, b, c, d] = v.to_be_bytes();
    vec![format[0], format[1], 0, 0, a, b, c, d]
}

/// An entry with two bytes of format and a doubleword.
fn moded_long(format: [u8; 2], v: u64) -> Vec<u8> {
    let mut bytes = vec![format[0], format[1], 0, 0];
    bytes.extend(v.to_be_bytes());
    bytes
}

/// An address with the addressing mode, as entries have 24- and 31-bit addresses.
fn short(amode: Amode, address: u64) -> u32 {
    match amode {
        Amode::A31 => low32(address) | 0x8000_0000,
        Amode::A24 | Amode::A64 => low32(address),
    }
}

/// The entry of TRACE (the 32-bit form) or TRACG: the clock, the operand and the registers.
pub fn explicit(long: bool, now: u64, operand: u32, registers: &[u64]) -> Vec<u8> {
    let n = low8(count(registers.len())).wrapping_sub(1);
    let mut bytes = vec![0x70 | n, if long { 0x80 } else { 0 }];
    bytes.extend(&now.to_be_bytes()[if long { 0 } else { 2 }..]);
    if long {
        bytes.extend([0; 2]);
    }
    bytes.extend(operand.to_be_bytes());
    for v in registers {
        if long {
            bytes.extend(v.to_be_bytes());
        } else {
            bytes.extend(low32(*v).to_be_bytes());
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_follow_one_another_and_none_is_stored_when_one_has_no_room() {
        let mut st = Storage::new(0x10000).unwrap();
        let mut cpu = Cpu::new(0);
        cpu.load_psw(Psw::from_long(0x1_8000_0000, 0x1000));
        cpu.cr[12] = 1 << 63 | 0x3FF0 | SPACES;
        let mut traced = Entries::default();
        assert_eq!(traced.secondary(&mut cpu, &st, 0x1234), Ok(()));
        assert_eq!(traced.branch(&mut cpu, &st, (Amode::A31, 0x5000)), Ok(()));
        let no_room = traced.call(&mut cpu, &st, 0x12345, 0x1002);
        assert_eq!(no_room, Err(Stop::Program(ProgramCode::TRACE_TABLE)));
        assert_eq!(st.get64(0x3FF0), 0);
        assert_eq!(traced.store(&mut cpu, &mut st), Ok(()));
        assert_eq!(st.get64(0x3FF0), 0x1000_1234_8000_5000);
        assert_eq!(cpu.cr[12] & address_bits(&cpu), 0x3FF8);
    }
}
