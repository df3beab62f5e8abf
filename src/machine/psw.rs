//! The program-status word in both architecture modes
//! (Principles of Operation, chapter 4: Program-Status Word).

use super::bits::{high32, join32, low8, low32};

/// Where instructions and operands are found when DAT is on (PSW bits 16-17).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
pub enum Space {
    /// Primary-space mode.
    #[default]
    Primary,
    /// Access-register mode.
    Access,
    /// Secondary-space mode.
    Secondary,
    /// Home-space mode.
    Home,
}

impl Space {
    /// The mode of the two PSW bits, in instruction order 00, 01, 10, 11.
    pub fn from_bits(bits: u8) -> Space {
        match bits & 3 {
            0 => Space::Primary,
            1 => Space::Access,
            2 => Space::Secondary,
            _ => Space::Home,
        }
    }

    /// The two PSW bits.
    pub fn bits(self) -> u8 {
        match self {
            Space::Primary => 0,
            Space::Access => 1,
            Space::Secondary => 2,
            Space::Home => 3,
        }
    }
}

/// The addressing mode (PSW bits 31 and 32).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
pub enum Amode {
    /// 24-bit addresses.
    #[default]
    A24,
    /// 31-bit addresses.
    A31,
    /// 64-bit addresses.
    A64,
}

impl Amode {
    /// The bits of an address that count.
    pub fn mask(self) -> u64 {
        match self {
            Amode::A24 => 0x00FF_FFFF,
            Amode::A31 => 0x7FFF_FFFF,
            Amode::A64 => u64::MAX,
        }
    }
}

/// A program-status word, taken apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Psw {
    /// PER mask (bit 1).
    pub per: bool,
    /// DAT mode (bit 5).
    pub dat: bool,
    /// I/O mask (bit 6).
    pub io: bool,
    /// External mask (bit 7).
    pub ext: bool,
    /// Access key (bits 8-11), 0 to 15.
    pub key: u8,
    /// Machine-check mask (bit 13).
    pub mcheck: bool,
    /// Wait state (bit 14).
    pub wait: bool,
    /// Problem state (bit 15).
    pub problem: bool,
    /// Address-space control (bits 16-17).
    pub space: Space,
    /// Condition code, 0 to 3 (bits 18-19).
    pub cc: u8,
    /// Program mask (bits 20-23): fixed-point overflow 8, decimal overflow 4, HFP underflow 2, significance 1.
    pub progmask: u8,
    /// Addressing mode.
    pub amode: Amode,
    /// The instruction address.
    pub addr: u64,
    /// z/Architecture (true) or ESA/390 (false); not a bit of the PSW itself.
    pub zarch: bool,
    /// Bits that must be zero and were not, kept so that a bad PSW is shown and stored as it was loaded.
    pub reserved: u64,
    /// Bits 31-32 were 10: no addressing mode at all.
    pub bad_amode: bool,
}

/// Bits of the first doubleword that must be zero in z/Architecture: 0, 2-4, 24-30, 33-63 (bit 12 is checked too).
const LONG_RESERVED: u64 = 0xB808_00FE_7FFF_FFFF;
/// Bits of the first word that must be zero in ESA/390: 0, 2-4, 24-31.
const SHORT_RESERVED: u32 = 0xB800_00FF;

impl Psw {
    fn from_word0(word: u32, zarch: bool) -> Psw {
        let bit = |n: u32| word & (0x8000_0000 >> n) != 0;
        Psw {
            per: bit(1),
            dat: bit(5),
            io: bit(6),
            ext: bit(7),
            key: low8(u64::from(word >> 20)) & 15,
            mcheck: bit(13),
            wait: bit(14),
            problem: bit(15),
            space: Space::from_bits(low8(u64::from(word >> 14)) & 3),
            cc: low8(u64::from(word >> 12)) & 3,
            progmask: low8(u64::from(word >> 8)) & 15,
            zarch,
            ..Psw::default()
        }
    }

    fn word0(&self) -> u32 {
        let bit = |on: bool, n: u32| if on { 0x8000_0000u32 >> n } else { 0 };
        bit(self.per, 1)
            | bit(self.dat, 5)
            | bit(self.io, 6)
            | bit(self.ext, 7)
            | u32::from(self.key & 15) << 20
            | bit(self.mcheck, 13)
            | bit(self.wait, 14)
            | bit(self.problem, 15)
            | u32::from(self.space.bits()) << 14
            | u32::from(self.cc & 3) << 12
            | u32::from(self.progmask & 15) << 8
    }

    /// The PSW of a z/Architecture 16-byte image, as two doublewords. Any image is taken: [`Psw::valid`] judges it.
    pub fn from_long(mask: u64, addr: u64) -> Psw {
        let mut psw = Psw::from_word0(high32(mask), true);
        psw.reserved = mask & LONG_RESERVED;
        (psw.amode, psw.bad_amode) = match (mask >> 31) & 3 {
            // EA is bit 31, BA is bit 32.
            0 => (Amode::A24, false),
            1 => (Amode::A31, false),
            2 => (Amode::A64, true),
            _ => (Amode::A64, false),
        };
        psw.addr = addr;
        psw
    }

    /// The PSW of an ESA/390 8-byte image; `zarch` says which mode the new PSW is to run in
    /// (LOAD PSW takes a short PSW in both modes).
    pub fn from_short(image: u64, zarch: bool) -> Psw {
        let word = high32(image);
        let low = low32(image);
        let mut psw = Psw::from_word0(word, zarch);
        let mut reserved = SHORT_RESERVED;
        if zarch {
            // Bit 31 is the extended-addressing mode there.
            reserved &= !1;
        }
        psw.reserved = u64::from(word & reserved) << 32;
        if word & 0x0008_0000 == 0 {
            // Bit 12 must be one in a short PSW.
            psw.reserved |= 0x0008_0000 << 32;
        }
        let basic = low & 0x8000_0000 != 0;
        (psw.amode, psw.bad_amode) = match (zarch && word & 1 != 0, basic) {
            (false, false) => (Amode::A24, false),
            (false, true) => (Amode::A31, false),
            (true, false) => (Amode::A64, true),
            (true, true) => (Amode::A64, false),
        };
        psw.addr = u64::from(low & 0x7FFF_FFFF);
        psw
    }

    /// The z/Architecture image: two doublewords.
    pub fn long(&self) -> (u64, u64) {
        let modes = match (self.amode, self.bad_amode) {
            (Amode::A24, _) => 0,
            (Amode::A31, _) => 1u64 << 31,
            (Amode::A64, true) => 1u64 << 32,
            (Amode::A64, false) => 3u64 << 31,
        };
        let reserved = if self.zarch { self.reserved } else { 0 };
        (join32(self.word0(), 0) | modes | reserved, self.addr)
    }

    /// The ESA/390 image: one doubleword, with bit 12 on. A 64-bit address is cut to 31 bits.
    pub fn short(&self) -> u64 {
        let word = self.word0() | 0x0008_0000;
        let ea = u32::from(self.amode == Amode::A64);
        let ba = u32::from(self.amode != Amode::A24) << 31;
        let image = join32(word | ea, ba | (low32(self.addr) & 0x7FFF_FFFF));
        if self.zarch {
            image
        } else {
            // A missing bit 12 is kept in `reserved`; the other bits are shown as they came.
            image ^ self.reserved
        }
    }

    /// Whether instructions can be fetched under this PSW, or a specification exception comes first
    /// (Early exception recognition).
    pub fn valid(&self) -> bool {
        let fits = match self.amode {
            Amode::A24 => self.addr <= 0x00FF_FFFF,
            Amode::A31 => self.addr <= 0x7FFF_FFFF,
            Amode::A64 => true,
        };
        self.reserved == 0 && !self.bad_amode && fits
    }

    /// The 16 bytes that CP shows and that SAVESYS keeps: the long image in either mode.
    pub fn bytes(&self) -> [u8; 16] {
        let (mask, addr) = self.long();
        let mut out = [0; 16];
        out[..8].copy_from_slice(&mask.to_be_bytes());
        out[8..].copy_from_slice(&addr.to_be_bytes());
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipl_psw_of_a_linux_deck() {
        let psw = Psw::from_short(0x0008_0000_8000_0200, false);
        assert!(psw.valid());
        assert_eq!((psw.amode, psw.addr, psw.wait), (Amode::A31, 0x200, false));
        assert_eq!(psw.short(), 0x0008_0000_8000_0200);
    }

    #[test]
    fn long_images_go_there_and_back() {
        for (mask, addr) in [
            (0x0000_0001_8000_0000u64, 0x10000u64),
            (0x0704_C001_8000_0000, 0xFFFF_FFFF_FFFF_FFFE),
            (0x0002_0000_8000_0000, 0xDEAD),
            (0xFFFF_FFFF_FFFF_FFFF, u64::MAX),
            (0x0000_0001_0000_0000, 4),
        ] {
            assert_eq!(
                Psw::from_long(mask, addr).long(),
                (mask, addr),
                "{mask:016X}"
            );
        }
        assert!(!Psw::from_long(0x0000_0001_0000_0000, 4).valid());
        assert!(!Psw::from_long(0x0008_0001_8000_0000, 4).valid());
        assert!(!Psw::from_long(0, 0x0100_0000).valid());
    }

    #[test]
    fn a_short_psw_without_bit_12_is_not_valid() {
        assert!(!Psw::from_short(0x0000_0000_8000_0200, false).valid());
        assert!(Psw::from_short(0x0008_0001_8000_0200, true).valid());
        assert!(!Psw::from_short(0x0008_0001_0000_0200, true).valid());
    }
}
