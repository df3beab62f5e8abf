//! One subchannel: path-management control word, subchannel-status word and operation-request block
//! (Principles of Operation, chapters 14 and 15).

use super::program::Program;

/// Bits of SCSW word 0.
pub mod scsw {
    /// Suspend control, as in the ORB.
    pub const SUSPEND_CONTROL: u32 = 0x0800_0000;
    /// Deferred condition code 3.
    pub const DEFERRED_3: u32 = 0x0300_0000;
    /// CCW format, prefetch, initial status, address limit, suppress suspended: the ORB's own bits.
    pub const FROM_ORB: u32 = 0x00F8_0000;
    /// Zero condition code.
    pub const ZERO_CONDITION: u32 = 0x0004_0000;
    /// Path not operational.
    pub const PATH_NOT_OPERATIONAL: u32 = 0x0001_0000;
    /// Function control: start.
    pub const START: u32 = 0x4000;
    /// Function control: halt.
    pub const HALT: u32 = 0x2000;
    /// Function control: clear.
    pub const CLEAR: u32 = 0x1000;
    /// All function-control bits.
    pub const FUNCTION: u32 = 0x7000;
    /// Activity control: resume pending.
    pub const RESUME_PENDING: u32 = 0x0800;
    /// Activity control: start pending.
    pub const START_PENDING: u32 = 0x0400;
    /// Activity control: halt pending.
    pub const HALT_PENDING: u32 = 0x0200;
    /// Activity control: clear pending.
    pub const CLEAR_PENDING: u32 = 0x0100;
    /// Activity control: subchannel active.
    pub const SUBCHANNEL_ACTIVE: u32 = 0x0080;
    /// Activity control: device active.
    pub const DEVICE_ACTIVE: u32 = 0x0040;
    /// Activity control: suspended.
    pub const SUSPENDED: u32 = 0x0020;
    /// All activity-control bits.
    pub const ACTIVITY: u32 = 0x0FE0;
    /// Status control: alert.
    pub const ALERT: u32 = 0x0010;
    /// Status control: intermediate.
    pub const INTERMEDIATE: u32 = 0x0008;
    /// Status control: primary.
    pub const PRIMARY: u32 = 0x0004;
    /// Status control: secondary.
    pub const SECONDARY: u32 = 0x0002;
    /// Status control: status pending.
    pub const PENDING: u32 = 0x0001;
    /// All status-control bits.
    pub const STATUS: u32 = 0x001F;
}

/// Bits of the subchannel status (SCSW word 2, bits 8-15).
pub mod channel_status {
    /// Program-controlled interruption.
    pub const PCI: u8 = 0x80;
    /// Incorrect length.
    pub const INCORRECT_LENGTH: u8 = 0x40;
    /// Program check.
    pub const PROGRAM_CHECK: u8 = 0x20;
    /// Protection check.
    pub const PROTECTION_CHECK: u8 = 0x10;
}

/// The subchannel-status word: 12 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Scsw {
    /// Word 0: key, format bits, function, activity and status control.
    pub control: u32,
    /// Word 1: address of the CCW after the last one used.
    pub ccw: u32,
    /// Unit status.
    pub device: u8,
    /// Subchannel status.
    pub channel: u8,
    /// Residual count of the last CCW used.
    pub count: u16,
}

impl Scsw {
    /// The word as TSCH and STSCH store it.
    pub fn image(&self) -> [u8; 12] {
        let mut out = [0; 12];
        out[0..4].copy_from_slice(&self.control.to_be_bytes());
        out[4..8].copy_from_slice(&self.ccw.to_be_bytes());
        out[8] = self.device;
        out[9] = self.channel;
        out[10..12].copy_from_slice(&self.count.to_be_bytes());
        out
    }

    /// Whether any of the bits of `mask` is on in word 0.
    pub fn is(&self, mask: u32) -> bool {
        self.control & mask != 0
    }
}

/// The path-management control word: 28 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Pmcw {
    /// Interruption parameter; SSCH replaces it with the ORB's.
    pub parameter: u32,
    /// Interruption subclass, 0 to 7.
    pub isc: u8,
    /// Whether the subchannel is enabled for use.
    pub enabled: bool,
    /// Limit, measurement and multipath mode, in their places in byte 5 (bits 1-5).
    pub modes: u8,
    /// Whether a device number is assigned.
    pub valid: bool,
    /// The device number.
    pub device: u16,
    /// Logical-path mask.
    pub logical: u8,
    /// Path-not-operational mask.
    pub not_operational: u8,
    /// Last-path-used mask.
    pub last_used: u8,
    /// Path-installed mask.
    pub installed: u8,
    /// Measurement-block index.
    pub measurement: u16,
    /// Path-operational mask.
    pub operational: u8,
    /// Path-available mask.
    pub available: u8,
    /// Channel-path identifiers.
    pub paths: [u8; 8],
    /// Word 6: measurement-block format, extended measurement, concurrent sense.
    pub tail: u32,
}

impl Pmcw {
    /// Byte 5: enabled.
    const ENABLED: u8 = 0x80;
    /// Byte 5: limit, measurement and multipath modes, which MSCH may change.
    const MODES: u8 = 0x7C;
    /// Byte 5: device number valid.
    const VALID: u8 = 0x01;

    /// The control word of a fresh or reset subchannel for a device on one channel path.
    pub fn initial(device: u16) -> Pmcw {
        let [path, _] = device.to_be_bytes();
        Pmcw {
            valid: true,
            device,
            logical: 0xFF,
            installed: 0x80,
            operational: 0xFF,
            available: 0x80,
            paths: [path, 0, 0, 0, 0, 0, 0, 0],
            ..Pmcw::default()
        }
    }

    /// The word as STSCH stores it.
    pub fn image(&self) -> [u8; 28] {
        let mut out = [0; 28];
        out[0..4].copy_from_slice(&self.parameter.to_be_bytes());
        out[4] = self.isc << 3;
        out[5] = self.modes;
        if self.enabled {
            out[5] |= Self::ENABLED;
        }
        if self.valid {
            out[5] |= Self::VALID;
        }
        out[6..8].copy_from_slice(&self.device.to_be_bytes());
        out[8] = self.logical;
        out[9] = self.not_operational;
        out[10] = self.last_used;
        out[11] = self.installed;
        out[12..14].copy_from_slice(&self.measurement.to_be_bytes());
        out[14] = self.operational;
        out[15] = self.available;
        out[16..24].copy_from_slice(&self.paths);
        out[24..28].copy_from_slice(&self.tail.to_be_bytes());
        out
    }

    /// Takes over what MSCH may change. The caller has checked the reserved bits.
    pub fn modify(&mut self, from: &[u8; 28]) {
        self.parameter = word(from, 0);
        self.isc = (from[4] >> 3) & 7;
        self.enabled = from[5] & Self::ENABLED != 0;
        self.modes = from[5] & Self::MODES;
        self.logical = from[8];
        self.measurement = u16::from_be_bytes([from[12], from[13]]);
        self.operational = from[14];
        self.tail = word(from, 24) & 0x0000_0001;
    }

    /// Whether MSCH must refuse the block: reserved bits on, or limit mode 11.
    pub fn malformed(from: &[u8; 28]) -> bool {
        let reserved = from[4] & 0xC7 != 0 || word(from, 24) & 0xFFFF_FFF8 != 0;
        reserved || from[5] & 0x60 == 0x60
    }
}

/// The operation-request block of SSCH: the first 12 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Orb {
    /// Interruption parameter.
    pub parameter: u32,
    /// Word 1: key, controls, logical-path mask.
    pub control: u32,
    /// Absolute address of the channel program.
    pub program: u32,
}

impl Orb {
    const SUSPEND: u32 = 0x0800_0000;
    const FORMAT_1: u32 = 0x0080_0000;
    const ADDRESS_LIMIT: u32 = 0x0010_0000;
    const SUPPRESS_SUSPENDED: u32 = 0x0008_0000;
    const TRANSPORT: u32 = 0x0004_0000;
    const FORMAT_2_IDAW: u32 = 0x0002_0000;
    const TWO_K_IDAW: u32 = 0x0001_0000;
    const LENGTH_SUPPRESSION: u32 = 0x0000_0080;
    const MIDAW: u32 = 0x0000_0040;
    const RESERVED: u32 = 0x0000_003F;

    /// The block from the bytes at the second-operand address of SSCH.
    pub fn new(image: &[u8; 12]) -> Orb {
        Orb {
            parameter: word(image, 0),
            control: word(image, 4),
            program: word(image, 8),
        }
    }

    /// Whether SSCH must refuse it: transport mode, MIDAWs and ORB extensions are not installed, and
    /// the channel-program address has 31 bits.
    pub fn malformed(&self) -> bool {
        let refused = Self::TRANSPORT | Self::MIDAW | Self::RESERVED;
        self.control & refused != 0 || self.program & 0x8000_0000 != 0
    }

    /// The storage key for the channel program's accesses, in bits 0-3 as storage keys have it.
    pub fn key(&self) -> u8 {
        let [first, ..] = self.control.to_be_bytes();
        first & 0xF0
    }

    /// Whether CCWs may suspend the program.
    pub fn may_suspend(&self) -> bool {
        self.control & Self::SUSPEND != 0
    }

    /// Whether CCWs are format 1.
    pub fn format_1(&self) -> bool {
        self.control & Self::FORMAT_1 != 0
    }

    /// Whether data addresses are held against the address limit.
    pub fn address_limited(&self) -> bool {
        self.control & Self::ADDRESS_LIMIT != 0
    }

    /// Whether suspending makes no interruption condition.
    pub fn suppress_suspended(&self) -> bool {
        self.control & Self::SUPPRESS_SUSPENDED != 0
    }

    /// Whether IDAWs have 64 bits.
    pub fn format_2_idaws(&self) -> bool {
        self.control & Self::FORMAT_2_IDAW != 0
    }

    /// Bytes that one IDAW designates at most.
    pub fn idaw_block(&self) -> u64 {
        if self.format_2_idaws() && self.control & Self::TWO_K_IDAW == 0 {
            return 4096;
        }
        2048
    }

    /// Whether format-1 immediate operations suppress incorrect length as format-0 ones do.
    pub fn length_suppressed(&self) -> bool {
        !self.format_1() || self.control & Self::LENGTH_SUPPRESSION != 0
    }

    /// The logical-path mask.
    pub fn paths(&self) -> u8 {
        let [_, _, mask, _] = self.control.to_be_bytes();
        mask
    }

    /// The bits of SCSW word 0 that come from the ORB.
    pub fn scsw_bits(&self) -> u32 {
        let key = self.control & 0xF000_0000;
        key | (self.control & (scsw::SUSPEND_CONTROL | scsw::FROM_ORB))
    }
}

/// A subchannel with what it is doing.
#[derive(Clone, Debug, Default)]
pub struct Subchannel {
    /// The subchannel number.
    pub number: u16,
    /// The path-management control word.
    pub pmcw: Pmcw,
    /// The subchannel-status word.
    pub scsw: Scsw,
    /// Whether an I/O interruption is pending for the status.
    pub interruption: bool,
    /// The channel program, from SSCH until its status is presented.
    pub(super) program: Option<Program>,
}

impl Subchannel {
    /// A subchannel for the device number.
    pub fn new(number: u16, device: u16) -> Subchannel {
        Subchannel {
            number,
            pmcw: Pmcw::initial(device),
            ..Subchannel::default()
        }
    }

    /// The state after an I/O-system reset; the device number stays assigned.
    pub fn reset(&mut self) {
        let pmcw = if self.pmcw.valid {
            Pmcw::initial(self.pmcw.device)
        } else {
            Pmcw::default()
        };
        *self = Subchannel {
            number: self.number,
            pmcw,
            ..Subchannel::default()
        };
    }

    /// The subsystem-identification word.
    pub fn identification(&self) -> u32 {
        0x0001_0000 | u32::from(self.number)
    }

    /// Whether instructions other than STSCH and MSCH find it operational.
    pub fn operational(&self) -> bool {
        self.pmcw.valid && self.pmcw.enabled
    }

    /// Makes it status pending with the given status-control bits, and an interruption pending.
    pub fn present(&mut self, status: u32) {
        self.scsw.control |= status | scsw::PENDING;
        self.interruption = true;
    }

    /// The subchannel-information block as STSCH stores it.
    pub fn schib(&self) -> [u8; 52] {
        let mut out = [0; 52];
        out[0..28].copy_from_slice(&self.pmcw.image());
        out[28..40].copy_from_slice(&self.scsw.image());
        out
    }

    /// The interruption-response block as TSCH stores it: SCSW, a format-1 extended-status word with
    /// the last path used, and no extended control.
    pub fn irb(&self) -> [u8; 64] {
        let mut out = [0; 64];
        out[0..12].copy_from_slice(&self.scsw.image());
        out[13] = self.pmcw.last_used;
        out
    }

    /// Clears what TEST SUBCHANNEL clears (Principles of Operation, chapter 14, the table of
    /// conditions and indications cleared by TSCH).
    pub fn clear_status(&mut self) {
        let status = self.scsw.control & scsw::STATUS;
        self.interruption = false;
        if status == scsw::INTERMEDIATE | scsw::PENDING {
            if !self.scsw.is(scsw::HALT) {
                self.scsw.control &= !(scsw::STATUS | scsw::RESUME_PENDING);
            } else {
                self.scsw.control &= !(scsw::STATUS | scsw::RESUME_PENDING | scsw::SUSPENDED);
            }
            self.scsw.channel = 0;
            return;
        }
        self.scsw.control &= !(scsw::STATUS | scsw::FUNCTION | scsw::PATH_NOT_OPERATIONAL);
        self.scsw.control &= !(scsw::RESUME_PENDING | scsw::START_PENDING | scsw::HALT_PENDING);
        self.scsw.control &= !(scsw::CLEAR_PENDING | scsw::SUSPENDED);
    }
}

/// The big-endian word at `at`.
pub(super) fn word(bytes: &[u8], at: usize) -> u32 {
    let mut out = [0; 4];
    out.copy_from_slice(&bytes[at..at + 4]);
    u32::from_be_bytes(out)
}
