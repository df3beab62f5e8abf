//! The dictionaries of COMPRESSION CALL: the entries' formats, the longest string of the compression dictionary that
//! data begins with, and the string of a symbol in the expansion dictionary
//! (SA22-7208, ESA/390 Data Compression; Principles of Operation, chapter 7: COMPRESSION CALL).

use super::cmpsc::Source;
use crate::machine::access::Access;
use crate::machine::bits::{index, low8, low16, low32, low64};
use crate::machine::cpu::{Cpu, ProgramCode, Stop};
use crate::machine::storage::{PAGE, Storage};

/// Most characters that a symbol stands for.
const LONGEST: u64 = 260;
/// Room for the characters of any symbol.
pub(super) const SYMBOL_ROOM: usize = 260;
/// Most children of an entry.
const MOST_CHILDREN: u64 = 260;
/// Most entries that the expansion of a symbol may take.
const MOST_ENTRIES: u32 = 127;
/// Symbols below this are characters.
const ALPHABET: u32 = 256;

/// Pages from the origin that an entry or a translation table may be in: two dictionaries of 64K.
const PAGES: usize = 32;
/// A page that has not been looked up.
const NONE: u64 = u64::MAX;

fn data_exception<T>() -> Result<T, Stop> {
    Err(Stop::Program(ProgramCode::DATA))
}

/// A dictionary, or the pair of them for compression.
pub(super) struct Dictionary {
    /// Logical address of the first entry.
    origin: u64,
    /// The access register.
    r: u8,
    /// Bits of a symbol.
    size: u32,
    /// Sibling descriptors have two entries, the second one in the expansion dictionary.
    format_1: bool,
    /// Where the interchange symbols are, from the origin.
    table: Option<u64>,
    /// Absolute addresses of the pages.
    pages: [u64; PAGES],
}

/// A character entry of the compression dictionary.
#[derive(Clone, Copy)]
struct Character {
    entry: u64,
    /// Additional extension characters, which follow byte 2.
    additional: u64,
    /// Child characters here, behind those.
    children: u64,
    /// A sibling descriptor follows the last child.
    more: bool,
}

/// A sibling descriptor.
struct Siblings {
    characters: u128,
    count: u64,
    /// Examine-sibling bits, from the left.
    examine: u16,
    /// Another descriptor follows.
    more: bool,
}

/// What stands for the entry of a child that has neither additional characters nor children, and is not looked at.
const LEAF: Character = Character {
    entry: 0,
    additional: 0,
    children: 0,
    more: false,
};

/// The child that was found: its index and entry.
type Child = Option<(u64, Character)>;

/// Byte `n` of an entry.
#[inline]
fn byte_of(entry: u64, n: u64) -> u8 {
    low8(entry >> (56 - 8 * n))
}

impl Character {
    fn of(entry: u64) -> Result<Character, Stop> {
        let children = entry >> 61;
        let character = if children < 2 {
            Character {
                entry,
                additional: entry >> 53 & 7,
                children,
                more: false,
            }
        } else {
            let additional = entry >> 53 & 1;
            let most = 5 - additional;
            if children > most + 1 {
                return data_exception();
            }
            Character {
                entry,
                additional,
                children: children.min(most),
                more: children > most,
            }
        };
        if character.additional > 4 {
            return data_exception();
        }
        Ok(character)
    }

    /// The index of the first child.
    fn first_child(self) -> u64 {
        self.entry >> 40 & 0x1FFF
    }

    /// The character of child `n`.
    fn child(self, n: u64) -> u8 {
        byte_of(self.entry, 3 + self.additional + n)
    }

    /// Whether the entry of child `n` has to be looked at.
    fn examines(self, n: u64) -> bool {
        self.entry << (3 + n) >> 63 != 0
    }

    /// The two bits for the last two siblings of the first descriptor, at the right.
    fn examine_siblings(self) -> u16 {
        u16::from(byte_of(self.entry, 1)) >> 6
    }
}

impl Dictionary {
    /// The dictionary at a logical address, for symbols of `size` bits, reached by an access register.
    pub(super) fn new(origin: u64, r: u8, size: u32, format_1: bool) -> Dictionary {
        Dictionary {
            origin,
            r,
            size,
            format_1,
            table: None,
            pages: [NONE; PAGES],
        }
    }

    /// Symbols are to be translated by the table `offset` bytes from the origin.
    pub(super) fn translate(&mut self, offset: u64) {
        self.table = Some(offset);
    }

    /// The absolute address of what is `offset` bytes from the origin and does not cross a page.
    #[inline]
    fn place(&mut self, cpu: &mut Cpu, st: &mut Storage, offset: u64) -> Result<u64, Stop> {
        let page = index(offset / PAGE);
        let known = self.pages.get(page).copied().unwrap_or(NONE);
        if known != NONE {
            return Ok(known + offset % PAGE);
        }
        let a = self.origin.wrapping_add(offset) & cpu.amask;
        let absolute = cpu.locate(st, a, 1, self.r, Access::Fetch)?;
        // Fetch protection has exceptions in the first page.
        if a >= PAGE
            && let Some(known) = self.pages.get_mut(page)
        {
            *known = absolute - offset % PAGE;
        }
        Ok(absolute)
    }

    /// An entry by its index; `second` counts from the expansion dictionary behind the compression dictionary.
    #[inline]
    fn entry(
        &mut self,
        cpu: &mut Cpu,
        st: &mut Storage,
        number: u64,
        second: bool,
    ) -> Result<u64, Stop> {
        let entries = 1u64 << self.size;
        if number >= entries {
            return data_exception();
        }
        let number = if second { number + entries } else { number };
        let at = self.place(cpu, st, number * 8)?;
        Ok(st.get64(at))
    }

    fn character(
        &mut self,
        cpu: &mut Cpu,
        st: &mut Storage,
        number: u64,
    ) -> Result<Character, Stop> {
        Character::of(self.entry(cpu, st, number, false)?)
    }

    /// The symbol of the longest string that the source begins with, and its length.
    pub(super) fn longest(
        &mut self,
        cpu: &mut Cpu,
        st: &mut Storage,
        source: &mut Source<'_>,
    ) -> Result<(u32, u64), Stop> {
        let mut number = u64::from(source.byte(cpu, st, 0)?);
        let mut parent = self.character(cpu, st, number)?;
        let mut used = 1;
        while parent.children > 0 && used < source.left() {
            let wanted = source.byte(cpu, st, used)?;
            let mut search = Search {
                dictionary: self,
                source,
                used,
                wanted,
            };
            let Some((child, character)) = search.child_of(cpu, st, parent)? else {
                break;
            };
            (number, parent) = (child, character);
            used += 1 + character.additional;
            if used > LONGEST || number >> self.size != 0 {
                return data_exception();
            }
        }
        Ok((low32(number), used))
    }

    fn siblings(
        &mut self,
        cpu: &mut Cpu,
        st: &mut Storage,
        number: u64,
        examine_last: u16,
    ) -> Result<Siblings, Stop> {
        let entry = self.entry(cpu, st, number, false)?;
        if !self.format_1 {
            let n = entry >> 61;
            return Ok(Siblings {
                characters: u128::from(entry << 8) << 64,
                count: if n == 0 { 7 } else { n },
                examine: u16::from(byte_of(entry, 0)) << 11 | examine_last << 9,
                more: n == 0,
            });
        }
        let n = entry >> 60;
        if n == 0 {
            return data_exception();
        }
        let mut characters = u128::from(entry << 16) << 64;
        if n > 6 {
            characters |= u128::from(self.entry(cpu, st, number, true)?) << 16;
        }
        Ok(Siblings {
            characters,
            count: n.min(14),
            examine: low16(entry >> 48) << 4 | examine_last << 2,
            more: n == 15,
        })
    }

    /// The interchange symbol of a symbol.
    pub(super) fn interchange(
        &mut self,
        cpu: &mut Cpu,
        st: &mut Storage,
        symbol: u32,
    ) -> Result<u32, Stop> {
        let Some(table) = self.table else {
            return Ok(symbol);
        };
        let at = self.place(cpu, st, table + 2 * u64::from(symbol))?;
        Ok(u32::from(st.get16(at)) & ((1 << self.size) - 1))
    }

    /// Puts the characters of a symbol into `room`: how many, or nothing when they are more than `most`.
    pub(super) fn expansion(
        &mut self,
        cpu: &mut Cpu,
        st: &mut Storage,
        symbol: u32,
        most: u64,
        room: &mut [u8; SYMBOL_ROOM],
    ) -> Result<Option<usize>, Stop> {
        if symbol < ALPHABET {
            room[0] = low8(u64::from(symbol));
            return Ok(Some(1));
        }
        let mut entry = self.entry(cpu, st, u64::from(symbol), false)?;
        let mut whole = None;
        for _ in 0..MOST_ENTRIES {
            let partial = entry >> 61;
            if partial == 0 {
                let n = unpreceded(entry)?;
                let whole = whole.unwrap_or(n);
                if whole > most {
                    return Ok(None);
                }
                put_characters(room, 0, entry << 8, n);
                return Ok(Some(index(whole)));
            }
            if partial > 5 {
                return data_exception();
            }
            let offset = entry & 0xFF;
            if *whole.get_or_insert(partial + offset) > most {
                return Ok(None);
            }
            put_characters(room, offset, entry << 16, partial);
            entry = self.entry(cpu, st, entry >> 48 & 0x1FFF, false)?;
        }
        data_exception()
    }
}

/// How many characters an unpreceded entry has.
fn unpreceded(entry: u64) -> Result<u64, Stop> {
    let n = entry >> 56 & 7;
    if n == 0 || entry >> 59 != 0 {
        return data_exception();
    }
    Ok(n)
}

/// Puts the first `n` bytes of a doubleword `offset` bytes into the room.
fn put_characters(room: &mut [u8; SYMBOL_ROOM], offset: u64, from: u64, n: u64) {
    let bytes = from.to_be_bytes();
    for (to, from) in room[index(offset)..].iter_mut().zip(&bytes[..index(n)]) {
        *to = *from;
    }
}

/// The search for the child of an entry that the data goes on with.
struct Search<'a, 'b> {
    dictionary: &'a mut Dictionary,
    source: &'a mut Source<'b>,
    /// Characters that the parent stands for.
    used: u64,
    /// The one behind them.
    wanted: u8,
}

impl Search<'_, '_> {
    fn child_of(
        &mut self,
        cpu: &mut Cpu,
        st: &mut Storage,
        parent: Character,
    ) -> Result<Child, Stop> {
        // Only a child that all before it have the character of can be there twice.
        let mut same = true;
        for n in 0..parent.children {
            if parent.child(n) != self.wanted {
                same = false;
                continue;
            }
            let number = parent.first_child() + n;
            let child = self.examined(cpu, st, number, parent.examines(n))?;
            let last = n + 1 == parent.children;
            if child.is_some() || !same || last {
                return Ok(child);
            }
        }
        if !parent.more {
            return Ok(None);
        }
        self.sibling_of(cpu, st, parent)
    }

    /// Goes on in the sibling descriptors, the first of which follows the last child.
    fn sibling_of(
        &mut self,
        cpu: &mut Cpu,
        st: &mut Storage,
        parent: Character,
    ) -> Result<Child, Stop> {
        let mut searched = parent.children;
        let mut number = parent.first_child() + searched;
        let mut examine_last = parent.examine_siblings();
        loop {
            let siblings = self.dictionary.siblings(cpu, st, number, examine_last)?;
            for n in 0..siblings.count {
                if low8(low64(siblings.characters >> (120 - 8 * n))) == self.wanted {
                    let examine = siblings.examine << n >> 15 != 0;
                    return self.examined(cpu, st, number + 1 + n, examine);
                }
            }
            searched += siblings.count;
            if searched > MOST_CHILDREN {
                return data_exception();
            }
            if !siblings.more {
                return Ok(None);
            }
            number += siblings.count + 1;
            // The later descriptors' last two are always looked at.
            examine_last = 3;
        }
    }

    /// The child whose character is the wanted one, if its additional characters follow as well.
    fn examined(
        &mut self,
        cpu: &mut Cpu,
        st: &mut Storage,
        number: u64,
        examine: bool,
    ) -> Result<Child, Stop> {
        if !examine {
            return Ok(Some((number, LEAF)));
        }
        let child = self.dictionary.character(cpu, st, number)?;
        if self.source.left() - self.used < 1 + child.additional {
            return Ok(None);
        }
        for n in 0..child.additional {
            let byte = self.source.byte(cpu, st, self.used + 1 + n)?;
            if byte != byte_of(child.entry, 3 + n) {
                return Ok(None);
            }
        }
        Ok(Some((number, child)))
    }
}
