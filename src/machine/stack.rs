//! The linkage stack: state entries in sections of the home space, of 296 bytes, or 168 in ESA/390
//! (Principles of Operation, chapter 5: Linkage-Stack Operations).

use super::access::{Access, Span};
use super::bits::{count, high32, index, low8, low16, low32};
use super::cpu::{Cpu, ProgramCode, Step, Stop};
use super::psw::{Psw, Space};
use super::spaces;
use super::storage::{PAGE, Storage};

/// What made a state entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// BRANCH AND STACK.
    Branch,
    /// A stacking PROGRAM CALL.
    Call,
}

impl Kind {
    /// The type of the entry in ESA/390.
    fn number(self) -> u8 {
        match self {
            Kind::Branch => 4,
            Kind::Call => 5,
        }
    }
}

/// The type of a section's first entry in ESA/390.
const HEADER: u8 = 1;
/// The length of an entry's descriptor, which is at its end.
const DESCRIPTOR: u64 = 8;

/// Where a state entry has what, in bytes from its beginning.
struct Layout {
    /// Its length.
    size: u64,
    /// Bytes of a general register; they come first.
    register: usize,
    /// The access registers.
    access: usize,
    /// What makes the type of an entry of a type in ESA/390.
    marked: u8,
}

const LONG: Layout = Layout {
    size: 296,
    register: 8,
    access: 224,
    marked: 8,
};
const SHORT: Layout = Layout {
    size: 168,
    register: 4,
    access: 64,
    marked: 0,
};
/// PSW-key mask, secondary ASN, extended authorization index, primary ASN: the same place in both.
const STATUS: usize = 128;
/// The PSW; in z/Architecture its first half.
const PSW: usize = 136;
/// The branch address, or the called space and the program-call number.
const CALLED: usize = 144;
/// What MODIFY STACKED STATE changes.
const MODIFIABLE: usize = 152;
/// The instruction address in z/Architecture.
const ADDRESS: usize = 168;

fn layout(cpu: &Cpu) -> &'static Layout {
    if cpu.psw.zarch { &LONG } else { &SHORT }
}

/// The address bits of the mode.
fn wrap(cpu: &Cpu, va: u64) -> u64 {
    if cpu.psw.zarch { va } else { va & 0x7FFF_FFFF }
}

/// The absolute address of bytes of the home space, inside one page. Keys do not matter.
fn home(cpu: &mut Cpu, st: &mut Storage, va: u64, len: usize, access: Access) -> Result<u64, Stop> {
    let space = (cpu.cr[13], Space::Home.bits());
    let va = wrap(cpu, va);
    cpu.locate_in(st, Some(space), 0, va, len, access)
}

/// The same for bytes that may cross a page.
fn home_span(
    cpu: &mut Cpu,
    st: &mut Storage,
    va: u64,
    len: usize,
    access: Access,
) -> Result<Span, Stop> {
    let va = wrap(cpu, va);
    let first = len.min(index(PAGE - va % PAGE));
    let at = home(cpu, st, va, first, access)?;
    let rest = len - first;
    let then = match rest {
        0 => 0,
        rest => home(cpu, st, va.wrapping_add(count(first)), rest, access)?,
    };
    Ok(Span {
        at,
        len: first,
        then,
        rest,
    })
}

/// A doubleword of the home space.
fn doubleword(cpu: &mut Cpu, st: &mut Storage, va: u64) -> Result<u64, Stop> {
    let at = home(cpu, st, va, 8, Access::Fetch)?;
    Ok(st.get64(at))
}

/// An entry's descriptor.
#[derive(Clone, Copy)]
struct Descriptor(u64);

impl Descriptor {
    fn at(cpu: &mut Cpu, st: &mut Storage, va: u64) -> Result<Descriptor, Stop> {
        doubleword(cpu, st, va).map(Descriptor)
    }

    /// Unstack suppression.
    fn is_kept(self) -> bool {
        self.0 >> 63 != 0
    }

    /// The type, as ESA/390 numbers it.
    fn kind(self, layout: &Layout) -> u8 {
        low8(self.0 >> 56) & 0x7F ^ layout.marked
    }

    /// Remaining free space, in bytes.
    fn free(self) -> u16 {
        low16(self.0 >> 32)
    }

    /// The descriptor of an entry behind this one in its section.
    fn next(self, kind: Kind, layout: &Layout) -> u64 {
        let free = u64::from(self.free()) - layout.size;
        let kind = kind.number() ^ layout.marked;
        u64::from(kind) << 56 | self.0 & 0x00FF_0000_0000_0000 | free << 32
    }
}

/// Where a descriptor has the size of the next entry.
const NEXT_SIZE: u64 = 4;

/// The address of the current entry's descriptor.
fn current(cpu: &Cpu) -> u64 {
    wrap(cpu, cpu.cr[15] & !7)
}

/// Makes the entry with its descriptor at an address the current one.
fn set_current(cpu: &mut Cpu, va: u64) {
    if cpu.psw.zarch {
        cpu.cr[15] = va;
    } else {
        spaces::set_low(cpu, 15, low32(wrap(cpu, va)));
    }
}

/// The address in a header or trailer entry; nothing when it is not valid.
fn link(cpu: &Cpu, v: u64) -> Option<u64> {
    if cpu.psw.zarch {
        (v & 1 != 0).then_some(v & !7)
    } else {
        (v & 0x8000_0000 != 0).then_some(v & 0x7FFF_FFF8)
    }
}

/// What goes into a state entry beside the registers.
pub struct Call {
    /// What makes it.
    pub kind: Kind,
    /// The PSW to go back to.
    pub back: Psw,
    /// Bytes 144 to 151; a branch in ESA/390 leaves the first word of them.
    pub called: u64,
}

/// Makes a state entry. It is the last thing of an instruction that can fail.
pub fn push(cpu: &mut Cpu, st: &mut Storage, call: &Call) -> Step {
    let layout = layout(cpu);
    let size = layout.size;
    let mut place = current(cpu);
    let mut before = Descriptor::at(cpu, st, place)?;
    let mut header = None;
    if u64::from(before.free()) < size {
        let next = next_section(cpu, st, place, before)?;
        before = Descriptor::at(cpu, st, next)?;
        if u64::from(before.free()) < size {
            return Err(Stop::Program(ProgramCode::STACK_SPECIFICATION));
        }
        let at = home(cpu, st, next.wrapping_sub(8), 8, Access::Store)?;
        let back = if cpu.psw.zarch {
            place | 1
        } else {
            st.get64(at) & !0xFFFF_FFFF | 0x8000_0000 | place
        };
        header = Some((at, back));
        place = next;
    }
    let start = place.wrapping_add(DESCRIPTOR);
    let span = home_span(cpu, st, start, index(size), Access::Store)?;
    let old = home(cpu, st, place.wrapping_add(NEXT_SIZE), 2, Access::Store)?;
    let mut bytes = [0; 296];
    let bytes = &mut bytes[..index(size)];
    span.read(st, bytes);
    fill(cpu, bytes, call);
    let last = bytes.len() - index(DESCRIPTOR);
    bytes[last..].copy_from_slice(&before.next(call.kind, layout).to_be_bytes());
    span.write(st, bytes);
    if let Some((at, back)) = header {
        st.put64(at, back);
    }
    st.put16(old, low16(size));
    set_current(cpu, place.wrapping_add(size));
    Ok(())
}

/// The descriptor of the next section's header, which the trailer of this one tells.
fn next_section(
    cpu: &mut Cpu,
    st: &mut Storage,
    place: u64,
    last: Descriptor,
) -> Result<u64, Stop> {
    let free = u64::from(last.free());
    if free % 8 != 0 {
        return Err(Stop::Program(ProgramCode::STACK_SPECIFICATION));
    }
    let forward = doubleword(cpu, st, place.wrapping_add(DESCRIPTOR + free))?;
    link(cpu, forward).ok_or(Stop::Program(ProgramCode::STACK_FULL))
}

/// Fills in a state entry, but for its descriptor. What the architecture does not name stays as it was.
fn fill(cpu: &Cpu, bytes: &mut [u8], call: &Call) {
    let layout = layout(cpu);
    let registers = bytes.chunks_exact_mut(layout.register);
    for (v, place) in cpu.gr.iter().zip(registers) {
        place.copy_from_slice(&v.to_be_bytes()[8 - layout.register..]);
    }
    let access = bytes[layout.access..].chunks_exact_mut(4);
    for (v, place) in cpu.ar.iter().zip(access) {
        place.copy_from_slice(&v.to_be_bytes());
    }
    let mut put = |at: usize, v: u64| bytes[at..at + 8].copy_from_slice(&v.to_be_bytes());
    let status = u64::from(low32(cpu.cr[3])) << 32
        | cpu.cr[8] & 0xFFFF_0000
        | u64::from(spaces::primary(cpu));
    put(STATUS, status);
    put(MODIFIABLE, 0);
    if cpu.psw.zarch {
        let (mask, address) = call.back.long();
        put(PSW, mask);
        put(CALLED, call.called);
        put(MODIFIABLE + 8, 0);
        put(ADDRESS, address);
        return;
    }
    put(PSW, call.back.short());
    if call.kind == Kind::Call {
        put(CALLED, call.called);
    } else {
        bytes[CALLED + 4..CALLED + 8].copy_from_slice(&low32(call.called).to_be_bytes());
    }
}

/// A state entry on the stack.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct State {
    /// What made it.
    pub kind: Kind,
    /// The home-space address of its first byte.
    start: u64,
}

/// What is to be done with the current state entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// Looking at it or changing the modifiable area.
    Extract,
    /// Taking it off: unstack suppression is heeded.
    Unstack,
}

/// The current state entry: the one control register 15 names, or the last one of the section before when that is
/// a header.
pub fn state(cpu: &mut Cpu, st: &mut Storage, purpose: Purpose) -> Result<State, Stop> {
    let kept = |d: Descriptor| match d.is_kept() && purpose == Purpose::Unstack {
        true => Err(Stop::Program(ProgramCode::STACK_OPERATION)),
        false => Ok(()),
    };
    let layout = layout(cpu);
    let mut place = current(cpu);
    let mut found = Descriptor::at(cpu, st, place)?;
    if found.kind(layout) == HEADER {
        kept(found)?;
        let back = doubleword(cpu, st, place.wrapping_sub(8))?;
        place = link(cpu, back).ok_or(Stop::Program(ProgramCode::STACK_EMPTY))?;
        found = Descriptor::at(cpu, st, place)?;
        if found.kind(layout) == HEADER {
            return Err(Stop::Program(ProgramCode::STACK_SPECIFICATION));
        }
    }
    let mut kinds = [Kind::Branch, Kind::Call].into_iter();
    let kind = kinds.find(|kind| kind.number() == found.kind(layout));
    let kind = kind.ok_or(Stop::Program(ProgramCode::STACK_TYPE))?;
    kept(found)?;
    let start = place.wrapping_sub(layout.size - DESCRIPTOR);
    Ok(State { kind, start })
}

impl State {
    /// A doubleword of the entry.
    fn word(&self, cpu: &mut Cpu, st: &mut Storage, at: usize) -> Result<u64, Stop> {
        doubleword(cpu, st, self.start.wrapping_add(count(at)))
    }

    /// The status: PSW-key mask, secondary ASN, extended authorization index and primary ASN.
    pub fn status(&self, cpu: &mut Cpu, st: &mut Storage) -> Result<u64, Stop> {
        self.word(cpu, st, STATUS)
    }

    /// The saved PSW.
    pub fn psw(&self, cpu: &mut Cpu, st: &mut Storage) -> Result<Psw, Stop> {
        let first = self.word(cpu, st, PSW)?;
        if !cpu.psw.zarch {
            return Ok(Psw::from_short(first, false));
        }
        let address = self.word(cpu, st, ADDRESS)?;
        Ok(Psw::from_long(first, address))
    }

    /// The saved PSW as EXTRACT STACKED STATE gives it with code 1: in the ESA/390 format, the last bit one when the
    /// address is longer.
    pub fn short_psw(&self, cpu: &mut Cpu, st: &mut Storage) -> Result<u64, Stop> {
        let first = self.word(cpu, st, PSW)?;
        if !cpu.psw.zarch {
            return Ok(first);
        }
        let address = self.word(cpu, st, ADDRESS)?;
        let beyond = u64::from(address >> 31 != 0);
        let high = u64::from(high32(first) | 0x0008_0000) << 32;
        Ok(high | first & 0x8000_0000 | address & 0x7FFF_FFFF | beyond)
    }

    /// What was called: a branch address, or a space and a program-call number.
    pub fn called(&self, cpu: &mut Cpu, st: &mut Storage) -> Result<u64, Stop> {
        self.word(cpu, st, CALLED)
    }

    /// The modifiable area.
    pub fn modifiable(&self, cpu: &mut Cpu, st: &mut Storage) -> Result<u64, Stop> {
        self.word(cpu, st, MODIFIABLE)
    }

    /// Stores into the modifiable area.
    pub fn modify(&self, cpu: &mut Cpu, st: &mut Storage, v: u64) -> Step {
        let place = self.start.wrapping_add(count(MODIFIABLE));
        let at = home(cpu, st, place, 8, Access::Store)?;
        st.put64(at, v);
        Ok(())
    }

    /// The saved registers.
    pub fn registers(&self, cpu: &mut Cpu, st: &mut Storage) -> Result<Registers, Stop> {
        let layout = layout(cpu);
        let mut saved = Registers {
            general: [0; 16],
            access: [0; 16],
        };
        let mut bytes = [0; 128];
        let general = &mut bytes[..16 * layout.register];
        home_span(cpu, st, self.start, general.len(), Access::Fetch)?.read(st, general);
        for (v, bytes) in saved
            .general
            .iter_mut()
            .zip(general.chunks_exact(layout.register))
        {
            *v = bytes.iter().fold(0, |v, b| v << 8 | u64::from(*b));
        }
        let access = &mut bytes[..64];
        let start = self.start.wrapping_add(count(layout.access));
        home_span(cpu, st, start, 64, Access::Fetch)?.read(st, access);
        for (v, bytes) in saved.access.iter_mut().zip(access.chunks_exact(4)) {
            *v = bytes.iter().fold(0, |v, b| v << 8 | u32::from(*b));
        }
        Ok(saved)
    }

    /// Makes sure that the entry can be taken off.
    pub fn removal(&self, cpu: &mut Cpu, st: &mut Storage) -> Result<Removal, Stop> {
        let place = wrap(cpu, self.start.wrapping_sub(DESCRIPTOR));
        let at = home(cpu, st, place.wrapping_add(NEXT_SIZE), 2, Access::Store)?;
        Ok(Removal { place, at })
    }
}

/// The registers in a state entry; in ESA/390 general registers are words.
pub struct Registers {
    general: [u64; 16],
    access: [u32; 16],
}

/// How much of a general register is loaded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Width {
    /// Bits 32 to 63.
    Word,
    /// All of it.
    Doubleword,
}

impl Registers {
    /// Loads general and access registers `first` to `last`, around the end.
    pub fn load(&self, cpu: &mut Cpu, first: u8, last: u8, width: Width) {
        for i in 0..=(last.wrapping_sub(first) & 15) {
            let r = (first + i) & 15;
            let n = usize::from(r);
            if width == Width::Doubleword && cpu.psw.zarch {
                cpu.set_gr64(r, self.general[n]);
            } else {
                cpu.set_gr32(r, low32(self.general[n]));
            }
            cpu.ar[n] = self.access[n];
        }
    }
}

/// An entry about to be taken off.
#[must_use]
pub struct Removal {
    place: u64,
    at: u64,
}

impl Removal {
    /// Takes it off: the entry before it is the current one and has none behind it.
    pub fn finish(self, cpu: &mut Cpu, st: &mut Storage) {
        st.put16(self.at, 0);
        set_current(cpu, self.place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A CPU whose home space is real storage, with two sections of one entry each.
    fn two_sections() -> (Cpu, Storage) {
        let mut st = Storage::new(0x10000).unwrap();
        let mut cpu = Cpu::new(0);
        cpu.cr[13] = 0x20;
        cpu.cr[15] = 0x2008;
        cpu.load_psw(Psw::from_long(0x0400_0001_8000_0000, 0x1000));
        st.put64(0x2008, 0x0911_0128_0000_0000);
        st.put64(0x2138, 0x3008 | 1);
        st.put64(0x3008, 0x0922_0128_0000_0000);
        (cpu, st)
    }

    fn push_one(cpu: &mut Cpu, st: &mut Storage) -> Step {
        let call = Call {
            kind: Kind::Branch,
            back: cpu.psw,
            called: 0x5001,
        };
        push(cpu, st, &call)
    }

    fn pop(cpu: &mut Cpu, st: &mut Storage) -> Step {
        let state = state(cpu, st, Purpose::Unstack)?;
        let saved = state.registers(cpu, st)?;
        state.removal(cpu, st)?.finish(cpu, st);
        saved.load(cpu, 2, 14, Width::Doubleword);
        Ok(())
    }

    #[test]
    fn entries_come_back_in_order_through_two_sections() {
        let (mut cpu, mut st) = two_sections();
        for v in [0x1111_0000_0000_0001, 0x2222_0000_0000_0002] {
            cpu.set_gr64(2, v);
            cpu.ar[14] = low32(v);
            assert_eq!(push_one(&mut cpu, &mut st), Ok(()));
        }
        assert_eq!(cpu.cr[15], 0x3008 + 296);
        assert_eq!(st.get64(0x3000), 0x2130 | 1, "the way back");
        let full = push_one(&mut cpu, &mut st);
        assert_eq!(full, Err(Stop::Program(ProgramCode::STACK_FULL)));
        for (v, top) in [
            (0x2222_0000_0000_0002, 0x3008),
            (0x1111_0000_0000_0001, 0x2008),
        ] {
            (cpu.gr[2], cpu.ar[14], cpu.gr[15]) = (0, 0, 15);
            assert_eq!(pop(&mut cpu, &mut st), Ok(()));
            assert_eq!((cpu.gr[2], cpu.ar[14]), (v, low32(v)));
            assert_eq!((cpu.gr[15], cpu.cr[15]), (15, top), "register 15 stays");
        }
        assert_eq!(st.get64(0x2008), 0x0911_0128_0000_0000, "none is behind");
        let empty = pop(&mut cpu, &mut st);
        assert_eq!(empty, Err(Stop::Program(ProgramCode::STACK_EMPTY)));
    }

    #[test]
    fn a_kept_entry_is_looked_at_but_not_taken_off() {
        let (mut cpu, mut st) = two_sections();
        assert_eq!(push_one(&mut cpu, &mut st), Ok(()));
        let descriptor = st.get8(0x2130);
        st.put8(0x2130, descriptor | 0x80);
        let refused = Err(Stop::Program(ProgramCode::STACK_OPERATION));
        assert_eq!(state(&mut cpu, &mut st, Purpose::Unstack), refused);
        let seen = state(&mut cpu, &mut st, Purpose::Extract);
        assert_eq!(seen.map(|s| s.kind), Ok(Kind::Branch));
    }
}
