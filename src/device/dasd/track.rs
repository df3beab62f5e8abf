//! One track of a count-key-data disk: home address, record zero, and the records behind it, each a count
//! field (CCHHR, key length, data length), a key and data. Eight bytes of ones end the track.
//!
//! A track is changed so that it can be read after every single write to the file: what comes behind the
//! change is cut off by an end marker first, then key, data and new end marker are written, and last the
//! count field that makes the record be there.

use std::ops::Range;

use super::geometry::Geometry;

/// Bytes of the home address.
pub const HOME: usize = 5;
/// Bytes of a count field.
pub const COUNT: usize = 8;
/// What ends a track.
const END: [u8; COUNT] = [0xFF; COUNT];

/// Where a record is in the image of its track.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Record {
    /// Where its count field is.
    pub at: usize,
    /// Bytes of key.
    pub key: usize,
    /// Bytes of data.
    pub data: usize,
}

impl Record {
    /// Where its key is.
    pub fn key_range(&self) -> Range<usize> {
        let start = self.at + COUNT;
        start..start + self.key
    }

    /// Where its data are.
    pub fn data_range(&self) -> Range<usize> {
        let start = self.at + COUNT + self.key;
        start..start + self.data
    }

    /// Where the next count field is.
    pub fn end(&self) -> usize {
        self.at + COUNT + self.key + self.data
    }
}

/// A count field from a program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Count(pub [u8; COUNT]);

impl Count {
    /// Bytes of key.
    pub fn key(&self) -> usize {
        usize::from(self.0[5])
    }

    /// Bytes of data.
    pub fn data(&self) -> usize {
        usize::from(u16::from_be_bytes([self.0[6], self.0[7]]))
    }
}

/// A track that has been read.
#[derive(Clone, Debug)]
pub struct Track {
    number: u32,
    bytes: Vec<u8>,
    records: Vec<Record>,
}

/// A change to the image of a track: bytes that go to a place in it, in this order.
pub type Change = Vec<(usize, Vec<u8>)>;

impl Track {
    /// How the image of an empty track begins: home address, record zero of eight zeros, end.
    pub fn empty_start(geometry: &Geometry, number: u32) -> Vec<u8> {
        let address = address(geometry, number);
        let mut start = vec![0];
        start.extend(address);
        start.extend(address);
        start.extend([0, 0, 0, 8]);
        start.extend([0; 8]);
        start.extend(END);
        start
    }

    /// Takes a track's image apart. The reason why it cannot be is in words.
    pub fn read(geometry: &Geometry, number: u32, bytes: Vec<u8>) -> Result<Track, String> {
        let home = bytes
            .get(..HOME)
            .ok_or("it is shorter than its home address")?;
        let address = address(geometry, number);
        if home[0] != 0 || home[1..] != address {
            return Err(format!("byte 0: the home address is {}", hexadecimal(home)));
        }
        let mut records = Vec::new();
        let mut at = HOME;
        loop {
            let count = bytes.get(at..at + COUNT);
            let count = count.ok_or_else(|| format!("byte {at}: the track has no end"))?;
            if count == END {
                break;
            }
            let fields = Count([
                count[0], count[1], count[2], count[3], count[4], count[5], count[6], count[7],
            ]);
            let record = Record {
                at,
                key: fields.key(),
                data: fields.data(),
            };
            if records.is_empty() && count[4] != 0 {
                return Err(format!("byte {at}: record zero is {}", hexadecimal(count)));
            }
            if record.end() + COUNT > bytes.len() {
                let shown = hexadecimal(count);
                return Err(format!("byte {at}: record {shown} goes past the track"));
            }
            at = record.end();
            records.push(record);
        }
        Ok(Track {
            number,
            bytes,
            records,
        })
    }

    /// Which track it is.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The records, record zero first. A track whose home address was just written has none.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Bytes of the image.
    pub fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    /// The home address: a flag byte and the track's address.
    pub fn home(&self) -> &[u8] {
        self.bytes(0..HOME)
    }

    /// The first five bytes of a record's count field.
    pub fn id(&self, record: &Record) -> &[u8] {
        self.bytes(record.at..record.at + 5)
    }

    /// A record's count field.
    pub fn count(&self, record: &Record) -> &[u8] {
        self.bytes(record.at..record.at + COUNT)
    }

    /// The record whose count field begins with these five bytes.
    pub fn find(&self, id: &[u8]) -> Option<usize> {
        self.records.iter().position(|r| self.id(r) == id)
    }

    /// The change that puts bytes over a key or data. They end where the record does.
    pub fn update(&mut self, at: usize, new: &[u8]) -> Change {
        let Some(old) = self.bytes.get_mut(at..at + new.len()) else {
            return Vec::new();
        };
        old.copy_from_slice(new);
        vec![(at, new.to_vec())]
    }

    /// Whether a record fits behind the first `keep` ones.
    pub fn fits(&self, geometry: &Geometry, keep: usize, count: &Count) -> bool {
        let kept = self.records.get(..keep).unwrap_or(&self.records);
        let (end, user) = match kept.split_first() {
            Some((zero, rest)) => (rest.last().unwrap_or(zero).end(), rest),
            None => (HOME, kept),
        };
        let cells: usize = user.iter().map(|r| geometry.cells(r.key, r.data)).sum();
        let more = match keep {
            0 => 0,
            _ => geometry.cells(count.key(), count.data()),
        };
        let room = end + COUNT + count.key() + count.data() + COUNT;
        cells + more <= geometry.capacity() && room <= self.bytes.len()
    }

    /// The change that cuts off all but the first `keep` records and puts one behind them, of a count
    /// field and as much key and data as it says. It must fit.
    pub fn format(&mut self, keep: usize, count: &Count, body: &[u8]) -> Change {
        let mut change = self.cut(keep);
        let at = self.end();
        let mut rest = body.to_vec();
        rest.resize(count.key() + count.data(), 0);
        rest.extend(END);
        let start = at + COUNT;
        let Some(place) = self.bytes.get_mut(start..start + rest.len()) else {
            return change;
        };
        place.copy_from_slice(&rest);
        change.push((start, rest));
        self.bytes[at..start].copy_from_slice(&count.0);
        change.push((at, count.0.to_vec()));
        self.records.push(Record {
            at,
            key: count.key(),
            data: count.data(),
        });
        change
    }

    /// The change that cuts off all but the first `keep` records.
    pub fn cut(&mut self, keep: usize) -> Change {
        if keep >= self.records.len() {
            return Vec::new();
        }
        self.records.truncate(keep);
        let at = self.end();
        self.bytes[at..at + COUNT].copy_from_slice(&END);
        vec![(at, END.to_vec())]
    }

    fn end(&self) -> usize {
        self.records.last().map_or(HOME, Record::end)
    }
}

/// The address of a track: CCHH.
pub fn address(geometry: &Geometry, number: u32) -> [u8; 4] {
    let heads = u32::from(geometry.heads);
    let cylinder = u16::try_from(number / heads).unwrap_or(u16::MAX);
    let head = u16::try_from(number % heads).unwrap_or(u16::MAX);
    let ([a, b], [c, d]) = (cylinder.to_be_bytes(), head.to_be_bytes());
    [a, b, c, d]
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02X}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn geometry() -> &'static Geometry {
        Geometry::of(0x3390).unwrap()
    }

    fn empty(number: u32) -> Track {
        let mut bytes = Track::empty_start(geometry(), number);
        bytes.resize(geometry().image, 0);
        Track::read(geometry(), number, bytes).unwrap()
    }

    fn count(record: u8, key: u8, data: u16) -> Count {
        let [high, low] = data.to_be_bytes();
        Count([0, 0, 0, 1, record, key, high, low])
    }

    /// Whatever change was the last to reach the file, the track can be read, and the records before the
    /// change are as they were.
    #[test]
    fn a_kill_between_writes_leaves_a_track() {
        let mut track = empty(1);
        for record in 1..=5 {
            let change = track.format(record, &count(record as u8, 4, 1000), &[record as u8; 1004]);
            assert_eq!(change.len(), 2, "nothing to cut off");
        }
        let before = track.clone();
        for (keep, new) in [
            (2, count(9, 0, 4096)),
            (5, count(9, 255, 10)),
            (3, count(9, 0, 0)),
            (1, count(9, 44, 96)),
        ] {
            let mut after = before.clone();
            let change = after.format(keep, &new, &[0xFF; 5000][..new.key() + new.data()]);
            let mut file = before.bytes.clone();
            for (at, bytes) in change {
                file[at..at + bytes.len()].copy_from_slice(&bytes);
                let read = Track::read(geometry(), 1, file.clone()).unwrap();
                assert_eq!(read.records()[..keep], before.records()[..keep]);
                let kept = before.records()[keep - 1].end();
                assert_eq!(read.bytes[..kept], before.bytes[..kept]);
            }
            let read = Track::read(geometry(), 1, file).unwrap();
            assert_eq!(read.records(), after.records());
            assert_eq!(read.records().len(), keep + 1);
        }
    }

    #[test]
    fn what_does_not_fit_does_not_fit() {
        let mut track = empty(1);
        for record in 1..=12 {
            assert!(track.fits(geometry(), record, &count(record as u8, 0, 4096)));
            track.format(record, &count(record as u8, 0, 4096), &[]);
        }
        assert!(!track.fits(geometry(), 13, &count(13, 0, 4096)));
        assert!(
            track.fits(geometry(), 12, &count(12, 0, 4096)),
            "in its place"
        );
        assert!(!track.fits(geometry(), 1, &count(1, 255, 65535)));
    }

    #[test]
    fn images_that_make_no_sense_are_refused() {
        let good = empty(1).bytes;
        let broken = |change: fn(&mut Vec<u8>)| {
            let mut bytes = good.clone();
            change(&mut bytes);
            Track::read(geometry(), 1, bytes).unwrap_err()
        };
        assert!(broken(|b| b[4] = 2).contains("home address is 0000000002"));
        assert!(broken(|b| b[9] = 7).contains("record zero is 0000000107000008"));
        assert!(broken(|b| b[11] = 0xFF).contains("goes past the track"));
        assert!(broken(|b| b.truncate(20)).contains("goes past"));
        assert!(broken(|b| b.truncate(3)).contains("shorter"));
        // Zeros where the end should be are records without length until the image is used up.
        assert!(broken(|b| b[21..29].fill(0)).contains("goes past the track"));
    }
}
