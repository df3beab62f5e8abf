//! Packed files: what COPYFILE (PACK and SET PACK ON of XEDIT write (and, in other blocks, ISPF).
//!
//! Eight bytes come first: zero, one, the fill character, the record format and the record length. Runs
//! follow: of the fill character, of any other character, or a string as it is; runs do not go from one
//! record to the next. The end of a variable record that is shorter than the record length is marked. All that is cut in
//! blocks of 1024 bytes.
//!
//! | byte | what |
//! |---|---|
//! | 00 to 79 | so many fill characters, less one |
//! | 7A, 7E n c | n + 1 times the character; 7E where it completes a variable record |
//! | 7C n | the end of a variable record; n + 1 characters are missing |
//! | 80 to FE | a string of so many characters, less 7F |
//! | FC n | in a file of variable records, a string of n + 1 characters, where it completes one |
//! | FF | the end |

use super::codepage::CodePage;

/// The length of the blocks.
const BLOCK: usize = 1024;

/// The length of what comes first.
const HEADER: usize = 8;

/// The most characters of a short run: the codes above may mean something else.
const SHORT: usize = 120;

/// The most characters of a run with a count of its own.
const LONG: usize = 256;

const REPEAT: u8 = 0x7a;
const END_OF_RECORD: u8 = 0x7c;
const LAST_REPEAT: u8 = 0x7e;
const STRING: u8 = 0x80;
const LAST_STRING: u8 = 0xfc;
const END: u8 = 0xff;

/// From how many fill characters on a string is interrupted for them, and from how many others.
const WORTH_FILL: usize = 3;
const WORTH_REPEAT: usize = 4;

/// The record format of the file that is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// All records have the record length.
    Fixed,
    /// None is longer.
    Variable,
}

impl Form {
    /// The form of a letter, in EBCDIC or ASCII.
    fn of(letter: u8) -> Option<Form> {
        match letter {
            0xc6 | b'F' => Some(Form::Fixed),
            0xe5 | b'V' => Some(Form::Variable),
            _ => None,
        }
    }
}

/// The data are not those of a packed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bad;

/// Whether a file that begins so is packed.
fn is_packed(begins: &[u8]) -> bool {
    matches!(begins, [0, 1, _, letter, ..] if Form::of(*letter).is_some())
}

/// Packs records.
#[derive(Debug)]
pub struct Packer {
    form: Form,
    lrecl: usize,
    fill: u8,
    out: Vec<u8>,
}

/// A count of one byte: of one to 256.
fn less_one(count: usize) -> u8 {
    u8::try_from(count - 1).unwrap_or(u8::MAX)
}

impl Packer {
    /// Packs records of a length of at least one; `letter` is the record format as a code.
    pub fn new(form: Form, letter: u8, lrecl: u32, fill: u8) -> Self {
        let mut out = vec![0, 1, fill, letter];
        out.extend(lrecl.to_be_bytes());
        Packer {
            form,
            lrecl: usize::try_from(lrecl).unwrap_or(usize::MAX),
            fill,
            out,
        }
    }

    /// Packs records whose codes are those of a code page.
    pub fn in_page(form: Form, lrecl: u32, page: CodePage) -> Self {
        let letter = match form {
            Form::Fixed => b'F',
            Form::Variable => b'V',
        };
        Packer::new(form, page.code_of(letter), lrecl, page.code_of(b' '))
    }

    /// Packs a record, whose length the record format allows.
    pub fn put(&mut self, record: &[u8]) {
        let full = self.form == Form::Variable && record.len() == self.lrecl;
        let mut string = 0;
        let mut at = 0;
        while let Some(&byte) = record.get(at) {
            let run = record[at..].iter().take_while(|b| **b == byte).count();
            let worth = match byte == self.fill {
                true if at == string => 1,
                true => WORTH_FILL,
                false => WORTH_REPEAT,
            };
            if run >= worth {
                self.string(&record[string..at], false);
                self.run(byte, run, full && at + run == record.len());
                string = at + run;
            }
            at += run;
        }
        self.string(&record[string..], full);
        if self.form == Form::Variable && !full {
            let missing = self.lrecl.saturating_sub(record.len()).max(1);
            self.out.extend([END_OF_RECORD, less_one(missing)]);
        }
    }

    fn run(&mut self, byte: u8, count: usize, completes: bool) {
        let most = if byte == self.fill { SHORT } else { LONG };
        let mut left = count;
        while left > 0 {
            let now = left.min(most);
            left -= now;
            if byte == self.fill {
                self.out.push(less_one(now));
            } else {
                let last = completes && left == 0;
                let code = if last { LAST_REPEAT } else { REPEAT };
                self.out.extend([code, less_one(now), byte]);
            }
        }
    }

    fn string(&mut self, text: &[u8], completes: bool) {
        let mut rest = text;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(SHORT));
            rest = later;
            if completes && rest.is_empty() {
                self.out.extend([LAST_STRING, less_one(now.len())]);
            } else {
                self.out.push(STRING + less_one(now.len()));
            }
            self.out.extend_from_slice(now);
        }
    }

    /// The blocks that are complete.
    pub fn blocks(&mut self) -> Vec<Vec<u8>> {
        let complete = self.out.len() / BLOCK * BLOCK;
        let blocks = self.out[..complete].chunks(BLOCK).map(<[u8]>::to_vec);
        let blocks = blocks.collect();
        self.out.drain(..complete);
        blocks
    }

    /// The blocks that are left, at the end; the last one is filled up with zeros.
    pub fn finish(mut self) -> Vec<Vec<u8>> {
        self.out.push(END);
        let whole = self.out.len().next_multiple_of(BLOCK);
        self.out.resize(whole, 0);
        self.blocks()
    }
}

/// What a packed file says of itself.
#[derive(Debug, Clone, Copy)]
struct Header {
    form: Form,
    lrecl: usize,
    fill: u8,
}

impl Header {
    fn read(bytes: &[u8; HEADER]) -> Result<Header, Bad> {
        let [0, 1, fill, letter, a, b, c, d] = *bytes else {
            return Err(Bad);
        };
        let lrecl = u32::from_be_bytes([a, b, c, d]);
        match usize::try_from(lrecl) {
            Ok(0) | Err(_) => Err(Bad),
            Ok(lrecl) => Ok(Header {
                form: Form::of(letter).ok_or(Bad)?,
                lrecl,
                fill,
            }),
        }
    }
}

/// Unpacks a file.
#[derive(Debug, Default)]
pub struct Unpacker {
    header: Option<Header>,
    /// What is not complete.
    held: Vec<u8>,
    record: Vec<u8>,
    ended: bool,
}

impl Unpacker {
    /// Takes bytes; gives the records that are complete.
    ///
    /// # Errors
    /// [`Bad`].
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Vec<Vec<u8>>, Bad> {
        let mut held = std::mem::take(&mut self.held);
        held.extend_from_slice(bytes);
        let mut rest = &held[..];
        let mut records = Vec::new();
        if self.header.is_none()
            && let Some((header, behind)) = rest.split_first_chunk::<HEADER>()
        {
            self.header = Some(Header::read(header)?);
            rest = behind;
        }
        if let Some(header) = self.header {
            while !self.ended
                && let Some(behind) = self.step(header, rest, &mut records)?
            {
                rest = behind;
            }
        }
        if !self.ended {
            self.held = rest.to_vec();
        }
        Ok(records)
    }

    /// Whether the file ended where it may.
    ///
    /// # Errors
    /// [`Bad`] when it did not.
    pub fn finish(&self) -> Result<(), Bad> {
        match self.ended && self.record.is_empty() {
            true => Ok(()),
            false => Err(Bad),
        }
    }

    /// Takes one run; gives what is behind it, nothing when it is not complete.
    fn step<'a>(
        &mut self,
        header: Header,
        bytes: &'a [u8],
        records: &mut Vec<Vec<u8>>,
    ) -> Result<Option<&'a [u8]>, Bad> {
        let variable = header.form == Form::Variable;
        let count = |code: u8| usize::from(code) + 1;
        let rest = match *bytes {
            [] => return Ok(None),
            [END, ref rest @ ..] => {
                self.ended = true;
                rest
            }
            [END_OF_RECORD, ref rest @ ..] if variable => {
                let Some((_, rest)) = rest.split_first() else {
                    return Ok(None);
                };
                records.push(std::mem::take(&mut self.record));
                rest
            }
            [LAST_REPEAT, ref rest @ ..] if variable => match *rest {
                [n, byte, ref rest @ ..] => {
                    self.add(header, std::iter::repeat_n(byte, count(n)))?;
                    rest
                }
                _ => return Ok(None),
            },
            [REPEAT, ref rest @ ..] => match *rest {
                [n, byte, ref rest @ ..] => {
                    self.add(header, std::iter::repeat_n(byte, count(n)))?;
                    rest
                }
                _ => return Ok(None),
            },
            [LAST_STRING, ref rest @ ..] if variable => {
                let Some((&n, rest)) = rest.split_first() else {
                    return Ok(None);
                };
                let Some((text, rest)) = rest.split_at_checked(count(n)) else {
                    return Ok(None);
                };
                self.add(header, text.iter().copied())?;
                rest
            }
            [code @ STRING..=END, ref rest @ ..] => {
                let Some((text, rest)) = rest.split_at_checked(count(code - STRING)) else {
                    return Ok(None);
                };
                self.add(header, text.iter().copied())?;
                rest
            }
            [code, ref rest @ ..] => {
                self.add(header, std::iter::repeat_n(header.fill, count(code)))?;
                rest
            }
        };
        if self.record.len() == header.lrecl {
            records.push(std::mem::take(&mut self.record));
        }
        Ok(Some(rest))
    }

    fn add(&mut self, header: Header, bytes: impl ExactSizeIterator<Item = u8>) -> Result<(), Bad> {
        if bytes.len() > header.lrecl - self.record.len() {
            return Err(Bad);
        }
        self.record.extend(bytes);
        Ok(())
    }
}

/// What becomes of a line of a file that may be packed.
#[derive(Debug, PartialEq, Eq)]
pub enum Given {
    /// The file is not packed: the line is a record.
    AsItIs,
    /// The records that are complete.
    Records(Vec<Vec<u8>>),
}

/// Unpacks a file that is kept as lines: a byte that looks like the end of one cuts a block. A file that is not
/// packed is left as it is.
#[derive(Debug)]
pub struct FromLines {
    page: CodePage,
    /// Whether the file is packed, when that is known.
    packed: Option<bool>,
    unpacker: Unpacker,
    block: Vec<u8>,
    /// Whether the block is not complete.
    open: bool,
}

impl FromLines {
    /// For a file whose codes are those of a code page.
    pub fn new(page: CodePage) -> Self {
        FromLines {
            page,
            packed: None,
            unpacker: Unpacker::default(),
            block: Vec::new(),
            open: false,
        }
    }

    /// Takes a line.
    ///
    /// # Errors
    /// [`Bad`].
    pub fn line(&mut self, line: &[u8]) -> Result<Given, Bad> {
        let page = self.page;
        let code = |b: &u8| page.code_of(*b);
        let begins = || line.iter().take(HEADER).map(code).collect::<Vec<u8>>();
        if !*self.packed.get_or_insert_with(|| is_packed(&begins())) {
            return Ok(Given::AsItIs);
        }
        if self.open {
            self.block.push(b'\n');
        }
        self.block.extend_from_slice(line);
        self.open = self.block.len() < BLOCK;
        match self.open {
            true => Ok(Given::Records(Vec::new())),
            false => self.block().map(Given::Records),
        }
    }

    fn block(&mut self) -> Result<Vec<Vec<u8>>, Bad> {
        let page = self.page;
        let block = std::mem::take(&mut self.block);
        self.open = false;
        let codes: Vec<u8> = block.iter().map(|b| page.code_of(*b)).collect();
        let mut records = self.unpacker.feed(&codes)?;
        for byte in records.iter_mut().flatten() {
            *byte = page.to_host(*byte);
        }
        Ok(records)
    }

    /// The records that are left, at end of file.
    ///
    /// # Errors
    /// [`Bad`] when the file ended where it may not.
    pub fn finish(&mut self) -> Result<Vec<Vec<u8>>, Bad> {
        if self.packed != Some(true) {
            return Ok(Vec::new());
        }
        let records = match self.open {
            true => self.block()?,
            false => Vec::new(),
        };
        self.unpacker.finish()?;
        Ok(records)
    }
}

/// Packs records whose codes are those of a code page: as fixed ones when all have one length, unless the form
/// is given. The blocks are as the host has them.
pub fn pack_all(records: &[Vec<u8>], form: Option<Form>, page: CodePage) -> Vec<Vec<u8>> {
    let longest = records.iter().map(Vec::len).max().unwrap_or(0);
    let lrecl = u32::try_from(longest.max(1)).unwrap_or(u32::MAX);
    let alike = longest > 0 && records.iter().all(|r| r.len() == longest);
    let form = match form {
        Some(Form::Variable) => Form::Variable,
        _ if alike => Form::Fixed,
        _ => Form::Variable,
    };
    let mut packer = Packer::in_page(form, lrecl, page);
    for record in records {
        let codes: Vec<u8> = record.iter().map(|b| page.code_of(*b)).collect();
        packer.put(&codes);
    }
    let mut blocks = packer.finish();
    for byte in blocks.iter_mut().flatten() {
        *byte = page.to_host(*byte);
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pack(form: Form, lrecl: u32, records: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let letter = if form == Form::Fixed { 0xc6 } else { 0xe5 };
        let mut packer = Packer::new(form, letter, lrecl, 0x40);
        for record in records {
            packer.put(record);
        }
        packer.finish()
    }

    fn unpack(bytes: &[u8], piece: usize) -> Result<Vec<Vec<u8>>, Bad> {
        let mut unpacker = Unpacker::default();
        let mut records = Vec::new();
        for piece in bytes.chunks(piece) {
            records.extend(unpacker.feed(piece)?);
        }
        unpacker.finish()?;
        Ok(records)
    }

    fn line(blanks: usize, text: u8, count: usize) -> Vec<u8> {
        let mut line = vec![0x40; blanks];
        line.resize(blanks + count, text);
        line
    }

    /// A file that ISPF has packed, as it was published with the lines it was made of.
    #[test]
    fn the_bytes_of_a_file_of_variable_records() {
        let mut lines = vec![
            line(0, 0x81, 80),
            line(79, 0x82, 1),
            line(75, 0x83, 5),
            line(0, 0x84, 32),
            line(0, 0xf0, 1),
            line(0, 0xf1, 1),
        ];
        let letters = (0x81..=0x89).chain(0x91..=0x99).chain(0xa2..=0xa9);
        lines.push(letters.clone().collect());
        let mut packed = b"\x00\x01\x40\xe5\x00\x00\x00\x50".to_vec();
        packed.extend(b"\x7e\x4f\x81\x4e\xfc\x00\x82\x4a\x7e\x04\x83");
        packed.extend(b"\x7a\x1f\x84\x7c\x2f\x80\xf0\x7c\x4e\x80\xf1\x7c\x4e\x99");
        packed.extend(letters);
        packed.extend(b"\x7c\x35\xff");
        let blocks = pack(Form::Variable, 80, &lines);
        assert_eq!(blocks.len(), 1);
        assert_eq!(blocks[0].len(), BLOCK);
        assert_eq!(blocks[0][..packed.len()], packed);
        assert_eq!(unpack(&packed, 1000), Ok(lines));
    }

    #[test]
    fn codes_of_fixed_records_go_further() {
        let mut packed = b"\x00\x01\x40\xc6\x00\x00\x01\x00".to_vec();
        // 125 and 127 fill characters, four times another; then 125 characters as they are, and the rest.
        packed.extend(b"\x7c\x7e\x7a\x03\xc1\xfc");
        packed.extend([0xc2; 125]);
        packed.extend(b"\x7a\x82\xc3\xff");
        let mut first = line(252, 0xc1, 4);
        first.truncate(256);
        let mut second = vec![0xc2; 125];
        second.resize(256, 0xc3);
        assert_eq!(unpack(&packed, 1), Ok(vec![first, second]));
    }

    #[test]
    fn what_is_not_packed() {
        assert!(is_packed(b"\0\x01 F") && is_packed(b"\0\x01\x40\xe5\0"));
        assert!(!is_packed(b"\0\x01 X") && !is_packed(b"\0\x01 ") && !is_packed(b"text"));
        for bytes in [
            &b""[..],
            b"\0\x01 F\0\0\0",
            b"\0\x01 F\0\0\0\0\xff",
            b"\0\x02 F\0\0\0\x01\xff",
            b"\0\x01 F\0\0\0\x01",
            b"\0\x01 F\0\0\0\x02\0\xff",
            b"\0\x01 F\0\0\0\x02\x02\xff",
            b"\0\x01 V\0\0\0\x02\x81a",
            b"\0\x01 V\0\0\0\x02\x7c",
            b"\0\x01 V\0\0\0\x02\x81abc\xff",
        ] {
            assert_eq!(unpack(bytes, 3), Err(Bad), "{bytes:x?}");
        }
    }

    /// Records with runs of all kinds and lengths.
    fn record() -> impl Strategy<Value = Vec<u8>> {
        let run = (
            prop_oneof![Just(0x40u8), any::<u8>()],
            prop_oneof![1usize..6, 100usize..300],
        );
        proptest::collection::vec(run, 0..8).prop_map(|runs| {
            let bytes = runs.into_iter();
            bytes.flat_map(|(b, n)| std::iter::repeat_n(b, n)).collect()
        })
    }

    proptest! {
        #[test]
        fn what_was_packed_is_unpacked(
            records in proptest::collection::vec(record(), 0..20),
            more in 0usize..400,
            piece in 1usize..2000,
        ) {
            let longest = records.iter().map(Vec::len).max().unwrap_or(0);
            let lrecl = u32::try_from((longest + more).max(1)).expect("small");
            let packed = pack(Form::Variable, lrecl, &records).concat();
            prop_assert_eq!(unpack(&packed, piece), Ok(records.clone()));
            let mut fixed = records;
            for record in &mut fixed {
                record.resize(lrecl as usize, 0x40);
            }
            let packed = pack(Form::Fixed, lrecl, &fixed).concat();
            prop_assert_eq!(unpack(&packed, piece), Ok(fixed));
        }

        #[test]
        fn no_bytes_are_too_bad(bytes in proptest::collection::vec(any::<u8>(), 0..300), v in any::<bool>()) {
            let mut all = b"\0\x01 F\0\0\0\x50".to_vec();
            if v {
                all[3] = b'V';
            }
            all.extend(bytes);
            let _ = unpack(&all, 7);
        }
    }
}
