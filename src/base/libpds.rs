//! Libraries of 80-byte records with a directory: MACLIB and TXTLIB files, in the format that begins with
//! `LIBPDS` (*CMS File Formats*, "Macro libraries").
//!
//! The first record says how many bytes of directory there are and in which record it begins. Members follow,
//! each ended by a delimiter record; then the directory, five entries of sixteen bytes to a record.

use super::codepage::{CodePage, ebcdic_to_host};

/// The length of every record.
pub const LRECL: usize = 80;

/// The length of an entry of the directory.
pub const ENTRY: usize = 16;

/// How the first record begins.
const IDENT: &[u8] = b"LIBPDS";

/// [`IDENT`] in EBCDIC: a library that came here byte by byte.
const EBCDIC_IDENT: &[u8] = &[0xd3, 0xc9, 0xc2, 0xd7, 0xc4, 0xe2];

/// The characters of a delimiter record, as codes: a slash stands at either side.
const DELIMITER: [u8; 4] = [0x61, 0xff, 0xff, 0x61];

/// Whether a record ends a member, when its characters are codes.
fn delimiter(page: CodePage) -> [u8; 4] {
    [b'/', page.to_host(0xff), page.to_host(0xff), b'/']
}

/// How a library is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    /// Text as the host has it; what is not text has the codes of a code page.
    Text(CodePage),
    /// EBCDIC, byte by byte.
    Raw,
}

/// What a library is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bad {
    /// Its first record is not that of a library.
    NotLibrary,
    /// Its directory is not within it.
    Directory,
}

/// An entry of the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name of the member, without blanks behind it, as the host has text.
    pub name: Vec<u8>,
    /// The number of its first record, from 1.
    pub item: u32,
    /// The sixteen bytes.
    pub bytes: Vec<u8>,
}

/// A library that is read.
#[derive(Debug)]
pub struct Library {
    bytes: Vec<u8>,
    /// From one record to the next: a new line may stand between them.
    stride: usize,
    coding: Coding,
    /// The directory.
    pub entries: Vec<Entry>,
}

impl Library {
    /// Reads a library from the bytes of its file; there may be a new line after each record.
    ///
    /// # Errors
    /// [`Bad`].
    pub fn read(bytes: Vec<u8>, page: CodePage) -> Result<Library, Bad> {
        let coding = match bytes.get(..IDENT.len()) {
            Some(begins) if begins == IDENT => Coding::Text(page),
            Some(begins) if begins == EBCDIC_IDENT => Coding::Raw,
            _ => return Err(Bad::NotLibrary),
        };
        let stride = match bytes.get(LRECL) {
            Some(b'\n') => LRECL + 1,
            _ => LRECL,
        };
        let mut library = Library {
            bytes,
            stride,
            coding,
            entries: Vec::new(),
        };
        library.entries = library.directory().ok_or(Bad::Directory)?;
        Ok(library)
    }

    fn directory(&self) -> Option<Vec<Entry>> {
        let header = self.record(1)?;
        let size = usize::try_from(self.number(header.get(8..12)?)).ok()?;
        let first = self.number(header.get(12..16)?);
        let mut entries = Vec::new();
        let mut number = first;
        let mut left = size / ENTRY;
        while left > 0 {
            let record = self.record(number)?;
            for bytes in record.chunks_exact(ENTRY).take(left) {
                let name = match self.coding {
                    Coding::Text(_) => bytes[..8].to_vec(),
                    Coding::Raw => ebcdic_to_host(&bytes[..8]),
                };
                entries.push(Entry {
                    name: name.trim_ascii_end().to_vec(),
                    item: self.number(&bytes[12..]),
                    bytes: bytes.to_vec(),
                });
            }
            left = left.saturating_sub(LRECL / ENTRY);
            number = number.checked_add(1)?;
        }
        Some(entries)
    }

    /// A record by its number, from 1.
    fn record(&self, number: u32) -> Option<&[u8]> {
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        let at = at.checked_mul(self.stride)?;
        self.bytes.get(at..at.checked_add(LRECL)?)
    }

    fn number(&self, bytes: &[u8]) -> u32 {
        let code = |b: u8| match self.coding {
            Coding::Text(page) => page.code_of(b),
            Coding::Raw => b,
        };
        bytes.iter().fold(0, |n, &b| n << 8 | u32::from(code(b)))
    }

    /// The entry of a name, in any case.
    pub fn find(&self, name: &[u8]) -> Option<&Entry> {
        let same = |e: &&Entry| e.name.eq_ignore_ascii_case(name);
        self.entries.iter().find(same)
    }

    /// The records of a member.
    pub fn member(&self, entry: &Entry) -> impl Iterator<Item = &[u8]> {
        let end = match self.coding {
            Coding::Text(page) => delimiter(page),
            Coding::Raw => DELIMITER,
        };
        let numbers = entry.item..u32::MAX;
        let records = numbers.map_while(|n| self.record(n));
        records.take_while(move |r| !r.starts_with(&end))
    }
}

/// A library that is made: it gives the records to be written.
#[derive(Debug)]
pub struct Builder {
    page: CodePage,
    /// The number of the next record.
    next: u32,
    entries: Vec<(Vec<u8>, u32)>,
}

impl Builder {
    /// A library whose first record is yet to come.
    pub fn new(page: CodePage) -> Self {
        Builder {
            page,
            next: 2,
            entries: Vec::new(),
        }
    }

    fn coded(&self, number: usize) -> [u8; 4] {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        number.to_be_bytes().map(|code| self.page.to_host(code))
    }

    /// The first record, when all members are there.
    pub fn header(&self) -> Vec<u8> {
        let mut record = IDENT.to_vec();
        record.resize(8, 0);
        record.extend(self.coded(self.entries.len() * ENTRY));
        record.extend(self.next.to_be_bytes().map(|code| self.page.to_host(code)));
        record.resize(LRECL, 0);
        record
    }

    /// Begins a member; its name has at most eight characters.
    pub fn begin(&mut self, name: &[u8]) {
        self.entries.push((name.to_ascii_uppercase(), self.next));
    }

    /// A line of the member, which is not longer than [`LRECL`].
    pub fn line(&mut self, line: &[u8]) -> Vec<u8> {
        self.next += 1;
        let mut record = line.to_vec();
        record.resize(LRECL, b' ');
        record
    }

    /// Ends the member: one delimiter record, or two, since no member begins in a record whose number ends in
    /// a byte of zeros.
    pub fn end(&mut self) -> Vec<Vec<u8>> {
        let mut record = delimiter(self.page).to_vec();
        record.resize(LRECL, 0);
        self.next += 1;
        let mut records = vec![record];
        if self.next.trailing_zeros() >= 8 {
            self.next += 1;
            records.push(records[0].clone());
        }
        records
    }

    /// The directory.
    pub fn directory(&self) -> Vec<Vec<u8>> {
        let mut records = Vec::new();
        for entries in self.entries.chunks(LRECL / ENTRY) {
            let mut record = Vec::with_capacity(LRECL);
            for (name, item) in entries {
                let start = record.len();
                record.extend_from_slice(name);
                record.resize(start + 8, b' ');
                record.resize(start + 12, 0);
                record.extend(item.to_be_bytes().map(|code| self.page.to_host(code)));
            }
            record.resize(LRECL, 0);
            records.push(record);
        }
        records
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::codepage::host_to_ebcdic;
    use proptest::prelude::*;

    type Members = Vec<(String, Vec<String>)>;

    fn build(members: &Members, page: CodePage) -> Vec<Vec<u8>> {
        let mut builder = Builder::new(page);
        let mut records = vec![Vec::new()];
        for (name, lines) in members {
            builder.begin(name.as_bytes());
            records.extend(lines.iter().map(|l| builder.line(l.as_bytes())));
            records.extend(builder.end());
        }
        records.extend(builder.directory());
        records[0] = builder.header();
        records
    }

    fn members(library: &Library) -> Members {
        let text = |b: &[u8]| String::from_utf8_lossy(b).trim_end().to_string();
        let lines = |e| library.member(e).map(text).collect();
        let entries = library.entries.iter();
        entries.map(|e| (text(&e.name), lines(e))).collect()
    }

    /// The bytes that the tools of the format's author make of two one-line members.
    #[test]
    fn the_bytes_of_a_small_library() {
        let two = vec![
            ("MBR1".to_string(), vec![" line 1".to_string()]),
            ("MBR2".to_string(), vec![" line 2".to_string()]),
        ];
        let records = build(&two, CodePage::Ibm1047);
        let codes =
            |r: &[u8]| -> Vec<u8> { r.iter().map(|&b| CodePage::Ibm1047.code_of(b)).collect() };
        let records: Vec<Vec<u8>> = records.iter().map(|r| codes(r)).collect();
        assert_eq!(records.len(), 6);
        let header = b"\xd3\xc9\xc2\xd7\xc4\xe2\0\0\0\0\0\x20\0\0\0\x06";
        assert_eq!(&records[0][..16], header);
        assert_eq!(&records[1][..8], b"\x40\x93\x89\x95\x85\x40\xf1\x40");
        assert_eq!(&records[2][..6], b"\x61\xff\xff\x61\0\0");
        let entry = b"\xd4\xc2\xd9\xf1\x40\x40\x40\x40\0\0\0\0\0\0\0\x02";
        assert_eq!(&records[5][..16], entry);
        assert_eq!(&records[5][28..36], b"\0\0\0\x04\0\0\0\0");
        // It is read as it came from there, and as lines of text.
        for page in [CodePage::Host, CodePage::Ibm1047] {
            let library = Library::read(records.concat(), page).expect("a library");
            let first = library.find(b"mbr2").expect("there");
            let lines: Vec<&[u8]> = library.member(first).collect();
            assert_eq!(
                lines,
                [&host_to_ebcdic(format!("{:80}", " line 2").as_bytes())[..]]
            );
        }
    }

    #[test]
    fn what_is_not_a_library() {
        let read = |bytes: &[u8]| Library::read(bytes.to_vec(), CodePage::Host).err();
        assert_eq!(read(b""), Some(Bad::NotLibrary));
        assert_eq!(read(&[b' '; 160]), Some(Bad::NotLibrary));
        let mut record = b"LIBPDS\0\0\0\0\0\x10\0\0\0\x02".to_vec();
        record.resize(80, 0);
        assert_eq!(read(&record), Some(Bad::Directory));
        record[11] = 0;
        assert_eq!(read(&record), None);
        record[8] = 0xff;
        record[15] = 0;
        assert_eq!(read(&record), Some(Bad::Directory));
    }

    proptest! {
        #[test]
        fn what_was_put_in_comes_out(
            members in proptest::collection::vec(
                ("[A-Z]{1,8}", proptest::collection::vec("[ -.0-~]{0,79}[!-.0-~]", 0..90)), 0..12),
            lines in any::<bool>(),
            page in prop_oneof![Just(CodePage::Host), Just(CodePage::Ibm1047)],
        ) {
            let mut numbered = members;
            for (n, (name, _)) in numbered.iter_mut().enumerate() {
                *name = format!("{n}{}", &name[..name.len().min(6)]);
            }
            let records = build(&numbered, page);
            let separator: &[u8] = if lines { b"\n" } else { b"" };
            let library = Library::read(records.join(separator), page).expect("a library");
            for entry in &library.entries {
                prop_assert!(entry.item & 0xff != 0);
            }
            prop_assert_eq!(super::tests::members(&library), numbered);
        }

        #[test]
        fn no_bytes_are_too_bad(bytes in proptest::collection::vec(any::<u8>(), 0..400), ident in any::<bool>()) {
            let mut all = if ident { IDENT.to_vec() } else { Vec::new() };
            all.extend(bytes);
            if let Ok(library) = Library::read(all, CodePage::Host) {
                for entry in &library.entries {
                    prop_assert!(library.member(entry).count() < 10);
                }
            }
        }
    }
}
