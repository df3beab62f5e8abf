//! Address spaces by number: ASN translation, ASN authorization and subspace replacement
//! (Principles of Operation, chapter 3: ASN Translation, ASN Authorization; chapter 5: Subspace-Replacement
//! Operations). The tables are in real storage and no protection applies to them.

use super::bits::{join32, low8, low16, low32};
use super::cpu::{Cpu, Event, Fault, ProgramCode, Stop};
use super::dat::prefixed;
use super::storage::Storage;

/// Where a 64-byte block of a table may be (bits 1 to 25 of a word).
pub const BLOCK: u32 = 0x7FFF_FFC0;
/// In the first word of an ASN-second-table entry: no address space has this number.
const INVALID: u32 = 0x8000_0000;
/// In the first word of an ASN-second-table entry: the base space of a subspace group.
const BASE: u32 = 1;
/// In an address-space-control element, or segment-table designation: a space of a subspace group.
const GROUP: u64 = 0x200;
/// The bit of control register 14 that allows ASN translation.
const TRANSLATION: u8 = 44;
/// In the word at 172: the space that was left asked for the space-switch event.
const LEFT_ASKED: u64 = 0x8000_0000;

/// A word of real storage.
pub fn word(cpu: &Cpu, st: &mut Storage, at: u32) -> Result<u32, Stop> {
    words::<1>(cpu, st, at).map(|[word]| word)
}

/// Words of real storage; none of the tables' blocks crosses a page.
pub fn words<const N: usize>(cpu: &Cpu, st: &mut Storage, at: u32) -> Result<[u32; N], Stop> {
    let absolute = prefixed(cpu.prefix, cpu.psw.zarch, u64::from(at & 0x7FFF_FFFF));
    let mut all = [0; N];
    let mut bytes = [[0; 4]; N];
    let read = st.read(absolute, bytes.as_flattened_mut());
    read.map_err(|_| Stop::Program(ProgramCode::ADDRESSING))?;
    for (word, bytes) in all.iter_mut().zip(bytes) {
        *word = u32::from_be_bytes(bytes);
    }
    Ok(all)
}

/// Whether the address-space-function control is on, as it always is in z/Architecture.
pub fn has_functions(cpu: &Cpu) -> bool {
    cpu.psw.zarch || cpu.control(0, 47)
}

/// Whether an address-space-control element asks for the space-switch event.
pub fn asks_for_event(cpu: &Cpu, asce: u64) -> bool {
    let bit = if cpu.psw.zarch { 0x40 } else { 0x8000_0000 };
    asce & bit != 0
}

/// What stays of the base space's ASCE when a subspace takes its place: the space-switch-event control and the
/// storage-alteration-event bit.
pub fn kept_bits(cpu: &Cpu) -> u64 {
    if cpu.psw.zarch { 0xC0 } else { 0x8000_0080 }
}

/// An ASN-second-table entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Aste {
    /// Its real address.
    pub origin: u32,
    words: [u32; 8],
    zarch: bool,
}

impl Aste {
    /// The entry at a real address, valid or not.
    pub fn at(cpu: &Cpu, st: &mut Storage, origin: u32) -> Result<Aste, Stop> {
        let mut all = [0; 8];
        if has_functions(cpu) {
            all = words::<8>(cpu, st, origin)?;
        } else {
            all[..4].copy_from_slice(&words::<4>(cpu, st, origin)?);
        }
        Ok(Aste {
            origin,
            words: all,
            zarch: cpu.psw.zarch,
        })
    }

    /// Whether it stands for no space.
    pub fn is_invalid(&self) -> bool {
        self.words[0] & INVALID != 0
    }

    /// Whether it is the base space of a subspace group.
    pub fn is_base(&self) -> bool {
        self.words[0] & BASE != 0
    }

    /// The authorization index of programs in this space.
    pub fn authorization_index(&self) -> u16 {
        low16(u64::from(self.words[1] >> 16))
    }

    /// The address-space-control element, or the segment-table designation in ESA/390.
    pub fn asce(&self) -> u64 {
        if self.zarch {
            join32(self.words[2], self.words[3])
        } else {
            u64::from(self.words[2])
        }
    }

    /// Whether it is a space of a subspace group.
    pub fn in_group(&self) -> bool {
        self.asce() & GROUP != 0
    }

    /// The access-list designation.
    pub fn access_list(&self) -> u32 {
        self.words[4]
    }

    /// The sequence number.
    pub fn sequence(&self) -> u32 {
        self.words[5]
    }

    /// The linkage-table designation.
    pub fn linkage_table(&self) -> u32 {
        self.words[if self.zarch { 6 } else { 3 }]
    }

    /// Whether the authority table has the right for an authorization index.
    pub fn allows(
        &self,
        cpu: &Cpu,
        st: &mut Storage,
        index: u16,
        right: Right,
    ) -> Result<bool, Stop> {
        if u32::from(index & 0xFFF0) > self.words[1] & 0xFFF0 {
            return Ok(false);
        }
        let at = (self.words[0] & 0x7FFF_FFFC) + u32::from(index >> 2);
        let four = word(cpu, st, at & !3)?;
        let byte = low8(u64::from(four >> (24 - 8 * (at & 3))));
        let first = match right {
            Right::Primary => 0x80,
            Right::Secondary => 0x40,
        };
        Ok(byte & first >> ((index & 3) * 2) != 0)
    }
}

/// What an authority table gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Right {
    /// To make the space the primary one (PROGRAM TRANSFER).
    Primary,
    /// To make it the secondary one, or to use it by an access list.
    Secondary,
}

/// An exception that identifies something by a number.
fn identified<T>(cpu: &mut Cpu, code: ProgramCode, id: u32) -> Result<T, Stop> {
    cpu.fault = Fault {
        id: u64::from(id),
        ..Fault::default()
    };
    Err(Stop::Program(code))
}

/// A special-operation exception unless ASN translation is allowed.
pub fn may_translate(cpu: &Cpu) -> Result<(), Stop> {
    if !cpu.control(14, TRANSLATION) {
        return Err(Stop::Program(ProgramCode::SPECIAL));
    }
    Ok(())
}

/// The ASN-second-table entry of an address-space number.
pub fn translate(cpu: &mut Cpu, st: &mut Storage, asn: u16) -> Result<Aste, Stop> {
    let first = (low32(cpu.cr[14]) & 0x7_FFFF) << 12;
    let entry = word(cpu, st, first + u32::from(asn >> 6) * 4)?;
    if entry & INVALID != 0 {
        return identified(cpu, ProgramCode::AFX, u32::from(asn));
    }
    let long = has_functions(cpu);
    let (mask, size) = if long { (BLOCK, 64) } else { (0x7FFF_FFF0, 16) };
    if !cpu.psw.zarch && entry & !mask & !INVALID != 0 {
        return Err(Stop::Program(ProgramCode::ASN_TRANSLATION));
    }
    let origin = (entry & mask) + u32::from(asn & 0x3F) * size;
    let aste = Aste::at(cpu, st, origin & 0x7FFF_FFFF)?;
    if aste.is_invalid() {
        return identified(cpu, ProgramCode::ASX, u32::from(asn));
    }
    let [zero, one, ..] = aste.words;
    if !cpu.psw.zarch && (zero & 2 != 0 || one & 15 != 0 || zero & BASE != 0 && !long) {
        return Err(Stop::Program(ProgramCode::ASN_TRANSLATION));
    }
    Ok(aste)
}

/// An ASX-translation exception for a space whose entry was found without translation.
pub fn not_there<T>(cpu: &mut Cpu, asn: u16) -> Result<T, Stop> {
    identified(cpu, ProgramCode::ASX, u32::from(asn))
}

/// An exception for a program-call number.
pub fn no_such_call<T>(cpu: &mut Cpu, code: ProgramCode, number: u32) -> Result<T, Stop> {
    identified(cpu, code, number)
}

/// A primary- or secondary-authority exception unless the space's authority table has the right.
pub fn authorize(
    cpu: &mut Cpu,
    st: &mut Storage,
    (asn, aste): (u16, &Aste),
    index: u16,
    right: Right,
) -> Result<(), Stop> {
    if aste.allows(cpu, st, index, right)? {
        return Ok(());
    }
    let code = match right {
        Right::Primary => ProgramCode::PRIMARY_AUTHORITY,
        Right::Secondary => ProgramCode::SECONDARY_AUTHORITY,
    };
    identified(cpu, code, u32::from(asn))
}

/// The dispatchable-unit-control table's real address.
pub fn control_table(cpu: &Cpu) -> u32 {
    low32(cpu.cr[2]) & BLOCK
}

/// The real address of the entry of the primary space.
pub fn primary_origin(cpu: &Cpu) -> u32 {
    low32(cpu.cr[5]) & BLOCK
}

/// In the second word of the dispatchable-unit-control table: a subspace was entered.
pub const SUBSPACE_ACTIVE: u32 = 0x8000_0000;

/// The ASCE to use for a space: that of the subspace last entered when the space is the base space of the
/// dispatchable unit and a subspace is active.
pub fn replaced(cpu: &mut Cpu, st: &mut Storage, aste: &Aste) -> Result<u64, Stop> {
    let asce = aste.asce();
    if asce & GROUP == 0 || !has_functions(cpu) {
        return Ok(asce);
    }
    let [base, active, _, sequence] = words::<4>(cpu, st, control_table(cpu))?;
    if active & SUBSPACE_ACTIVE == 0 || base & BLOCK != aste.origin {
        return Ok(asce);
    }
    let subspace = subspace(cpu, st, active & BLOCK, sequence)?;
    let kept = kept_bits(cpu);
    Ok(subspace.asce() & !kept | asce & kept)
}

/// The entry of a subspace, checked against the sequence number that was noted; the caller says with which access
/// register.
pub fn subspace(cpu: &mut Cpu, st: &mut Storage, origin: u32, sequence: u32) -> Result<Aste, Stop> {
    let subspace = Aste::at(cpu, st, origin)?;
    if subspace.is_invalid() {
        return identified(cpu, ProgramCode::ASTE_VALIDITY, 0);
    }
    if subspace.sequence() != sequence {
        return identified(cpu, ProgramCode::ASTE_SEQUENCE, 0);
    }
    Ok(subspace)
}

/// The number of the primary space.
pub fn primary(cpu: &Cpu) -> u16 {
    low16(cpu.cr[4])
}

/// Makes another space the primary one; what the caller does not say stays. The space-switch event is noted.
pub fn enter(cpu: &mut Cpu, asn: u16, aste: &Aste, asce: u64) {
    let four = u32::from(aste.authorization_index()) << 16 | u32::from(asn);
    let (left, old) = (cpu.cr[1], primary(cpu));
    set_low(cpu, 4, four);
    set_primary_entry(cpu, aste);
    cpu.cr[1] = asce;
    note_switch(cpu, asks_for_event(cpu, asce), left, old);
}

/// Sets what control register 5 has of the primary space: where its entry is, or its linkage table.
pub fn set_primary_entry(cpu: &mut Cpu, aste: &Aste) {
    let v = if has_functions(cpu) {
        aste.origin
    } else {
        aste.linkage_table()
    };
    set_low(cpu, 5, v);
}

/// Notes that the space of `left` was left: an event when either space asks for it, or when PER finds something.
pub fn note_switch(cpu: &mut Cpu, new_asks: bool, left: u64, old: u16) {
    let old_asks = asks_for_event(cpu, left);
    cpu.fault = Fault {
        id: u64::from(old) | if old_asks { LEFT_ASKED } else { 0 },
        ..Fault::default()
    };
    cpu.event = Some(if old_asks || new_asks {
        Event::SpaceSwitch
    } else {
        Event::SpaceSwitchUnderPer
    });
}

/// Makes the primary space the secondary one too.
pub fn secondary_is_primary(cpu: &mut Cpu) {
    set_secondary(cpu, primary(cpu), cpu.cr[1]);
}

/// Sets the secondary space.
pub fn set_secondary(cpu: &mut Cpu, asn: u16, asce: u64) {
    cpu.cr[3] = cpu.cr[3] & !0xFFFF | u64::from(asn);
    cpu.cr[7] = asce;
}

/// The PSW-key mask.
pub fn key_mask(cpu: &Cpu) -> u16 {
    low16(cpu.cr[3] >> 16)
}

/// Sets the PSW-key mask.
pub fn set_key_mask(cpu: &mut Cpu, mask: u16) {
    cpu.cr[3] = cpu.cr[3] & !0xFFFF_0000 | u64::from(mask) << 16;
}

/// Sets the low word of a control register.
pub fn set_low(cpu: &mut Cpu, register: usize, v: u32) {
    cpu.cr[register] = cpu.cr[register] & !0xFFFF_FFFF | u64::from(v);
}
