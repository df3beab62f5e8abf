//! The sizes of count-key-data disks: cylinders, tracks, how much a track holds, and the characteristics
//! that the control unit tells of them (IBM 3390 Direct Access Storage Introduction, GC26-4573; 3990
//! Storage Control Reference, GA32-0274, "Read Device Characteristics").

/// What is the same for all volumes of a device type.
#[derive(Clone, Copy, Debug)]
pub struct Geometry {
    /// Device type, decimal digits as hexadecimal.
    pub device: u16,
    /// Tracks of a cylinder.
    pub heads: u16,
    /// Bytes of a track's image in a file, header and end marker included.
    pub image: usize,
    /// Rotational positions.
    sectors: u8,
    /// Bytes of a track as the characteristics tell them.
    length: u16,
    /// Bytes of home address and record zero.
    home: u16,
    /// The longest record zero.
    record_zero: u16,
    /// Track capacity formula with its factors.
    formula: [u8; 6],
    /// Models: the highest number of cylinders, the model, the type code.
    models: &'static [(u32, u8, u8)],
    /// How much room a record takes, in the cells of the capacity formula.
    cells: fn(usize, usize) -> usize,
    /// The cells of a track.
    capacity: usize,
}

/// The device types there are. A row each.
const TABLE: &[Geometry] = &[
    Geometry {
        device: 0x3390,
        heads: 15,
        image: 56832,
        sectors: 224,
        length: 58786,
        home: 1428,
        record_zero: 57326,
        formula: [2, 34, 19, 9, 6, 116],
        models: &[
            (1113, 0x02, 0x26),
            (2226, 0x06, 0x27),
            (3339, 0x0A, 0x24),
            (u32::MAX, 0x0C, 0x32),
        ],
        cells: cells_3390,
        capacity: 1729,
    },
    Geometry {
        device: 0x3380,
        heads: 15,
        image: 47616,
        sectors: 222,
        length: 47968,
        home: 1088,
        record_zero: 47988,
        formula: [1, 32, 1, 236, 0, 236],
        models: &[
            (885, 0x02, 0x0E),
            (1770, 0x0A, 0x0E),
            (u32::MAX, 0x1E, 0x0E),
        ],
        cells: cells_3380,
        capacity: 1499,
    },
];

/// The most cylinders that a volume may have.
pub const MOST_CYLINDERS: u32 = 65_520;

fn cells_3390(key: usize, data: usize) -> usize {
    let field = |length: usize| {
        let segments = (length + 6).div_ceil(232) + 1;
        9 + (length + 6 * segments).div_ceil(34)
    };
    10 + field(data) + if key == 0 { 0 } else { field(key) }
}

fn cells_3380(key: usize, data: usize) -> usize {
    let key = match key {
        0 => 0,
        key => 7 + (key + 12).div_ceil(32),
    };
    15 + key + (data + 12).div_ceil(32)
}

impl PartialEq for Geometry {
    fn eq(&self, other: &Geometry) -> bool {
        self.device == other.device
    }
}

impl Eq for Geometry {}

impl Geometry {
    /// The device type whose digits are these, such as X'3390'.
    pub fn of(device: u16) -> Option<&'static Geometry> {
        TABLE.iter().find(|g| g.device == device)
    }

    /// The device type of a directory statement, such as `3390`.
    pub fn named(name: &[u8]) -> Option<&'static Geometry> {
        let text = std::str::from_utf8(name.get(..4)?).ok()?;
        Geometry::of(u16::from_str_radix(text, 16).ok()?)
    }

    /// The device type that an image's header names by the low byte of its number, and its track size.
    pub(super) fn coded(code: u8) -> Option<&'static Geometry> {
        TABLE.iter().find(|g| g.device.to_be_bytes()[1] == code)
    }

    /// The model of a volume with so many cylinders.
    pub fn model(&self, cylinders: u32) -> u8 {
        self.row(cylinders).1
    }

    fn row(&self, cylinders: u32) -> (u32, u8, u8) {
        let fits = self.models.iter().find(|m| cylinders <= m.0);
        fits.copied().unwrap_or((0, 0, 0))
    }

    /// Cells of the capacity formula that a record takes.
    pub fn cells(&self, key: usize, data: usize) -> usize {
        (self.cells)(key, data)
    }

    /// Cells that a track has for records behind record zero.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// How many records without keys fit on a track.
    pub fn records(&self, data: usize) -> usize {
        self.capacity / self.cells(0, data)
    }

    /// The rotational position at which a byte of a track's image stands.
    pub fn sector(&self, at: usize) -> u8 {
        let sector = at * usize::from(self.sectors) / self.image;
        u8::try_from(sector).unwrap_or(0)
    }

    /// What READ DEVICE CHARACTERISTICS gives.
    pub fn characteristics(&self, cylinders: u32) -> [u8; 64] {
        let (_, model, code) = self.row(cylinders);
        let mut out = [0; 64];
        let mut half = |at: usize, value: u16| {
            out[at..at + 2].copy_from_slice(&value.to_be_bytes());
        };
        half(0, super::CONTROL_UNIT);
        half(3, self.device);
        half(12, u16::try_from(cylinders).unwrap_or(u16::MAX));
        half(14, self.heads);
        half(18, self.length);
        half(20, self.home);
        half(44, self.record_zero);
        out[2] = super::CONTROL_UNIT_MODEL;
        out[5] = model;
        // LOCATE RECORD with the operations read and read tracks.
        out[6] = 0x50;
        // DASD, and which one.
        out[10] = 0x20;
        out[11] = code;
        out[16] = self.sectors;
        out[22..28].copy_from_slice(&self.formula);
        // Record identifications of the error recorder, the control unit's type code, parameter length.
        out[40] = code;
        out[41] = code;
        out[42] = 0x06;
        out[43] = 0x02;
        // The track set, and the sixth factor.
        out[47] = 0x01;
        out[48] = if self.formula[0] == 2 { 6 } else { 0 };
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_track_holds_what_the_books_say() {
        let g = Geometry::named(b"3390").unwrap();
        let counts = [512, 1024, 2048, 4096].map(|n| g.records(n));
        assert_eq!(counts, [49, 33, 21, 12]);
        assert_eq!(g.records(56_664), 1, "the longest record");
        assert_eq!(g.records(56_665), 0);
        let g = Geometry::named(b"3380").unwrap();
        assert_eq!([512, 4096].map(|n| g.records(n)), [46, 10]);
        assert_eq!(g.records(47_476), 1);
        assert_eq!(g.records(47_477), 0);
    }

    #[test]
    fn characteristics_tell_model_and_size() {
        let g = Geometry::of(0x3390).unwrap();
        let c = g.characteristics(3339);
        assert_eq!(&c[0..6], [0x39, 0x90, 0xEC, 0x33, 0x90, 0x0A]);
        assert_eq!((&c[12..14], &c[14..16]), (&[0x0D, 0x0B][..], &[0, 15][..]));
        assert_eq!(Geometry::named(b"9336"), None);
        assert_eq!(Geometry::named(b"33"), None);
    }
}
