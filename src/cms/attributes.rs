//! What CMS keeps of a file beside its bytes: the record format, the record length of RECFM F, and the
//! number of the file mode (CMS User's Guide, "Record Formats" and "File Mode Numbers").
//!
//! On the host the file stays a text of lines; these facts are its extended attribute `user.cms`, such as
//! `F 80 1`. A file without the attribute, or on a file system that has none, is RECFM V and its mode number
//! is 1. An F file that was edited on the host may have lines of other lengths: a shorter line is padded when
//! it is read, a longer one is given whole, so that nothing is lost.
//!
//! A file with line ends in its records is `COUNTED` (`F 80 1 COUNTED`: decks, packed files): those of RECFM F are
//! found by their length, a line end behind each; each of RECFM V has its length before it, in four bytes.
//!
//! A file that came from elsewhere and is no text, for a zero byte is among its first bytes, is RECFM F, LRECL 80, as
//! a file that was sent in binary to be punched: its records are nothing but its bytes, the last filled with zeros.
//! Lines that all have one length are a text all the same.
//! On a file system without attributes nobody could tell it from a text that CMS wrote, and it is lines.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The name of the extended attribute.
const NAME: &str = "user.cms";

/// The longest record of RECFM F.
pub const LONGEST: usize = i32::MAX as usize;

/// How many bytes of a file without the attribute are looked at to see whether it is a text.
pub const LOOKED_AT: usize = 8192;

/// The length of a card, and so of the records of what is no text.
const CARD: usize = 80;

/// Whether the beginning of a file is lines of one length, as decks are that are kept as texts, whatever bytes are
/// punched.
fn is_cards(start: &[u8]) -> bool {
    let Some(end) = memchr::memchr(b'\n', start) else {
        return false;
    };
    let mut lines = start.chunks_exact(end + 1);
    let more = lines.len() > 1 || lines.remainder().is_empty();
    more && lines.all(|line| line[end] == b'\n')
}

/// How records are told from one another in the host's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kept {
    /// As lines.
    #[default]
    Lines,
    /// By their length: line ends may be in them.
    Counted,
    /// By their length, with nothing between them; the last is filled with zeros. Only of RECFM F.
    Bytes,
}

/// The record format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Recfm {
    /// V: each record has its own length.
    #[default]
    Variable,
    /// F: all records have this length, from 1.
    Fixed(usize),
}

impl Recfm {
    /// `F` or `V`.
    pub fn letter(self) -> u8 {
        match self {
            Recfm::Variable => b'V',
            Recfm::Fixed(_) => b'F',
        }
    }

    /// The length of every record, where they have one.
    pub fn fixed(self) -> Option<usize> {
        match self {
            Recfm::Variable => None,
            Recfm::Fixed(length) => Some(length),
        }
    }
}

/// What is kept of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attributes {
    /// The record format.
    pub recfm: Recfm,
    /// The mode number, 0 to 6.
    pub number: u8,
    /// How records are told from one another.
    pub kept: Kept,
}

impl Default for Attributes {
    fn default() -> Attributes {
        Attributes {
            recfm: Recfm::Variable,
            number: 1,
            kept: Kept::Lines,
        }
    }
}

impl Attributes {
    /// Those of a host file; a link has none of its own.
    pub fn of(path: &Path) -> Attributes {
        let mut text = [0; 32];
        match rustix::fs::lgetxattr(path, NAME, &mut text[..]) {
            Ok(length) => Attributes::parse(&text[..length.min(text.len())]).unwrap_or_default(),
            Err(rustix::io::Errno::NODATA) => Attributes::seen_in(path),
            Err(_) => Attributes::default(),
        }
    }

    /// Those of a file about which nothing was kept, by what is in it.
    fn seen_in(path: &Path) -> Attributes {
        let mut start = [0; LOOKED_AT];
        // One read of a regular file gives all there is up to that.
        let read = File::open(path).and_then(|mut file| file.read(&mut start));
        let start = &start[..read.unwrap_or(0)];
        if memchr::memchr(0, start).is_none() || is_cards(start) {
            return Attributes::default();
        }
        Attributes {
            recfm: Recfm::Fixed(CARD),
            kept: Kept::Bytes,
            ..Attributes::default()
        }
    }

    /// Keeps them with a host file that is open; a file system that has no attributes forgets them.
    ///
    /// # Errors
    /// The file system has none, and without them counted records could not be read.
    pub fn keep(self, file: &File) -> std::io::Result<()> {
        let kept = match self == Attributes::default() {
            true => rustix::fs::fremovexattr(file, NAME),
            false => {
                let flags = rustix::fs::XattrFlags::empty();
                rustix::fs::fsetxattr(file, NAME, self.text().as_bytes(), flags)
            }
        };
        // Taking away what is not there is no fault either.
        match kept {
            Err(_) if self.kept == Kept::Counted => Err(std::io::Error::other(
                "records with line ends need a file system with extended attributes",
            )),
            _ => Ok(()),
        }
    }

    /// Keeps that a file about which nothing was kept is a text of lines, whatever bytes are in it.
    pub fn say_text(file: &File) {
        let text = Attributes::default().text();
        let flags = rustix::fs::XattrFlags::CREATE;
        // One that is there stays, and a file system that has none forgets it.
        let _ = rustix::fs::fsetxattr(file, NAME, text.as_bytes(), flags);
    }

    /// With another mode number, where one is given.
    pub fn numbered(self, number: Option<u8>) -> Attributes {
        Attributes {
            number: number.unwrap_or(self.number),
            ..self
        }
    }

    fn text(self) -> String {
        let letter = char::from(self.recfm.letter());
        let length = self.recfm.fixed().unwrap_or(0);
        let kept = match self.kept {
            Kept::Lines => "",
            Kept::Counted => " COUNTED",
            Kept::Bytes => " BYTES",
        };
        format!("{letter} {length} {}{kept}", self.number)
    }

    fn parse(text: &[u8]) -> Option<Attributes> {
        let mut words = std::str::from_utf8(text).ok()?.split(' ');
        let (letter, length) = (words.next()?, words.next()?.parse().ok()?);
        let recfm = match letter {
            "V" => Recfm::Variable,
            "F" if (1..=LONGEST).contains(&length) => Recfm::Fixed(length),
            _ => return None,
        };
        let number = words.next()?.parse().ok().filter(|n| *n <= 6)?;
        let kept = match words.next() {
            Some("COUNTED") => Kept::Counted,
            Some("BYTES") if recfm != Recfm::Variable => Kept::Bytes,
            _ => Kept::Lines,
        };
        Some(Attributes {
            recfm,
            number,
            kept,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cms::testing::Console;

    fn last(lines: &[String]) -> &str {
        lines.last().map_or("", String::as_str)
    }

    /// Tests that need the attribute say nothing where the file system of temporary files has none.
    fn has_attributes(c: &Console) -> bool {
        let path = c.folder.path().join("probe");
        let file = File::create(&path).expect("a file");
        let wanted = Attributes {
            recfm: Recfm::Fixed(7),
            number: 5,
            kept: Kept::Counted,
        };
        let _ = wanted.keep(&file);
        let has = Attributes::of(&path) == wanted;
        std::fs::remove_file(path).expect("removed");
        has
    }

    #[test]
    fn text_of_attributes() {
        for (text, recfm, number) in [
            ("F 80 1", Recfm::Fixed(80), 1),
            ("V 0 5", Recfm::Variable, 5),
            ("F 80 2 COUNTED", Recfm::Fixed(80), 2),
        ] {
            let attributes = Attributes {
                recfm,
                number,
                kept: match text.ends_with("COUNTED") {
                    true => Kept::Counted,
                    false => Kept::Lines,
                },
            };
            assert_eq!(attributes.text(), text);
            assert_eq!(Attributes::parse(text.as_bytes()), Some(attributes));
        }
        for bad in [
            "",
            "F",
            "F 0 1",
            "F 80",
            "F 80 7",
            "U 80 1",
            "F -1 1",
            "F 99999999999 1",
        ] {
            assert_eq!(Attributes::parse(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn a_fixed_file_stays_one() {
        let mut c = Console::ready(&[]);
        if !has_attributes(&c) {
            return;
        }
        let ready = ["Ready;"];
        assert_eq!(
            c.enter("pipe literal one two|split|> x y a4 fixed 5 pad"),
            ready
        );
        assert_eq!(c.file("x.y"), "one  \ntwo  \n", "a text file on the host");
        assert_eq!(
            c.enter("listfile x y * (alloc")[1],
            "X        Y        A4 F          5          2          1"
        );
        assert!(
            c.enter("pipe state x y|console")[0]
                .starts_with("X        Y        A4 F          5          2")
        );
        // Edited on the host: padded again when it is read.
        let path = c.folder.path().join("x.y");
        {
            use std::io::Write;
            let file = File::options().append(true).open(&path).expect("there");
            (&file).write_all(b"x\n").expect("written");
        }
        let read = "pipe < x y|specs /(/ 1 1-* n /)/ n|console";
        assert_eq!(c.enter(read), ["(one  )", "(two  )", "(x    )", "Ready;"]);
        assert_eq!(
            c.enter("pipe < x y|locate /  /|count lines|console"),
            ["3", "Ready;"],
            "a search sees the padding"
        );
        // Records of another length are refused, and the file stays.
        let refused = c.enter("pipe literal longer|>> x y a");
        assert_eq!(last(&refused), "Ready(-0134);");
        assert_eq!(last(&c.enter("pipe literal 12345|>> x y a4")), "Ready;");
        assert_eq!(last(&c.enter("pipe literal abc|>> x y a pad")), "Ready;");
        assert_eq!(c.file("x.y"), "one  \ntwo  \nx\n12345\nabc  \n");
        // RENAME, COPYFILE and an update in place keep it.
        assert_eq!(c.enter("rename x y a z = ="), ready);
        assert_eq!(c.enter("copyfile z y a w = ="), ready);
        assert_eq!(
            c.enter("pipe strliteral /         3X/|pad 15|diskupdate w y a"),
            ready
        );
        assert_eq!(
            c.enter("listfile * y (format noh"),
            [
                "W        Y        A4 F          5",
                "Z        Y        A4 F          5",
                "Ready;"
            ]
        );
        // A file that is replaced is V unless it is said again.
        assert_eq!(c.enter("pipe literal one more|> z y a"), ready);
        assert_eq!(
            c.enter("listfile z y (format noh"),
            ["Z        Y        A4 V          8", "Ready;"]
        );
    }

    #[test]
    fn there_is_no_file_without_records() {
        let mut c = Console::ready(&[("old.data", "x\n")]);
        assert_eq!(last(&c.enter("pipe hole|>> old data a")), "Ready;");
        assert_eq!(c.file("old.data"), "x\n");
        assert_eq!(last(&c.enter("pipe hole|> old data a")), "Ready;");
        assert_eq!(last(&c.enter("pipe hole|> new data a fixed 80")), "Ready;");
        assert_eq!(last(&c.enter("pipe hole|>> new data a")), "Ready;");
        assert_eq!(last(&c.enter("listfile * data")), "Ready(00028);");
    }

    #[test]
    fn commands_make_fixed_files() {
        let mut c = Console::ready(&[("in.data", "alpha\n\nbe\n")]);
        if !has_attributes(&c) {
            return;
        }
        let ready = ["Ready;"];
        let show = "listfile out data (format noh";
        assert_eq!(c.enter("copyfile in data a out = a5 (recfm f"), ready);
        assert_eq!(
            c.enter(show),
            ["OUT      DATA     A5 F          5", "Ready;"],
            "as long as the longest"
        );
        assert_eq!(c.file("out.data"), "alpha\n     \nbe   \n");
        assert_eq!(c.enter("copyfile in data a out = = (append"), ready);
        assert_eq!(
            c.enter("copyfile out data a = = = (recfm v trunc replace"),
            ready
        );
        assert_eq!(
            c.enter(show),
            ["OUT      DATA     A5 V          5", "Ready;"]
        );
        assert_eq!(c.file("out.data"), "alpha\n\nbe\nalpha\n\nbe\n");
        c.enter("erase out data");
        // EXECIO: the first write says what the file is, the others keep to it.
        assert_eq!(c.enter("execio 1 diskw out data a 0 f 4 (string ab"), ready);
        assert_eq!(c.enter("execio 1 diskw out data a (string abc"), ready);
        assert_eq!(
            last(&c.enter("execio 1 diskw out data a (string abcde")),
            "Ready(00001);"
        );
        assert_eq!(c.file("out.data"), "ab  \nabc \nabcd\n");
        assert_eq!(
            last(&c.enter("execio 1 diskw out data a 0 v (string x")),
            "Ready(00116);"
        );
        assert_eq!(
            last(&c.enter("execio 1 diskw out data a 0 f 9 (string x")),
            "Ready(00115);"
        );
        assert_eq!(c.enter("execio 1 diskw out data a 2 (string Z"), ready);
        assert_eq!(c.file("out.data"), "ab  \nZ   \nabcd\n", "the rest stays");
        assert_eq!(
            last(&c.enter("execio 1 diskw out data a 0 u (string x")),
            "Ready(00024);"
        );
        assert_eq!(
            c.enter(show),
            ["OUT      DATA     A1 F          4", "Ready;"]
        );
    }

    #[test]
    fn decks_become_fixed_files() {
        let mut c = Console::ready(&[]);
        if !has_attributes(&c) {
            return;
        }
        let show = "listfile in data (format noh";
        for (card, command, shown) in [
            (
                ":READ  IN       DATA     B5",
                "readcard *",
                "A5 F         80",
            ),
            (
                ":READ  IN       DATA     B5",
                "readcard * * a2",
                "A2 F         80",
            ),
            (":READ  IN       DATA", "readcard * * a", "A1 F         80"),
            ("", "readcard in data", "A1 F        132"),
        ] {
            c.cp.cards = vec![
                card.to_string(),
                "x".repeat(if card.is_empty() { 132 } else { 9 }),
            ];
            c.enter(command);
            assert_eq!(
                c.enter(show)[0],
                format!("IN       DATA     {shown}"),
                "{command}"
            );
        }
    }

    #[test]
    fn lines_of_fixed_files_have_their_length() {
        let program = "/* */\nf = 'in data a'\ncall lineout f, 'abc'\ncall lineout f, 'longer'\n\
             call lineout f\ndo while lines(f) > 0\nsay '['linein(f)']'\nend\n\
             say '['linein(f, 2)'] ['linein(f)']'\n";
        let mut c = Console::ready(&[("in.data", "a\n\n"), ("t.exec", program)]);
        if !has_attributes(&c) {
            return;
        }
        let path = c.folder.path().join("in.data");
        let file = File::options().write(true).open(path).expect("a file");
        let recfm = Recfm::Fixed(4);
        let attributes = Attributes {
            recfm,
            ..Attributes::default()
        };
        attributes.keep(&file).expect("kept");
        assert_eq!(
            c.enter("t"),
            [
                "[a   ]",
                "[    ]",
                "[abc ]",
                "[longer]",
                "[    ] [abc ]",
                "Ready;"
            ]
        );
        assert_eq!(
            c.file("in.data"),
            "a\n\nabc \nlonger\n",
            "the host's lines stay"
        );
    }

    #[test]
    fn records_of_fixed_files_may_hold_line_ends() {
        let mut c = Console::ready(&[]);
        if !has_attributes(&c) {
            return;
        }
        for typed in [
            "pipe literal a| specs x410A42 1 / / n 1-* n | dup 2 | > bin data a f 5",
            "pipe literal b| specs x0A0A 1 | pad 5 | >> bin data a f 5",
            "copyfile bin data a bin2 data a",
        ] {
            assert_eq!(c.enter(typed), ["Ready;"], "{typed}");
        }
        assert_eq!(c.file("bin.data"), "A\nB a\n".repeat(3) + "\n\n   \n");
        let expected = ["410A422061"; 3];
        for file in ["bin", "bin2"] {
            let typed = format!("pipe < {file} data a | specs 1-* c2x 1 | console");
            let said = c.enter(&typed);
            assert_eq!(said[..3], expected, "{file}");
            assert_eq!(said[3..], ["0A0A202020", "Ready;"], "{file}");
        }
        // Records that are exchanged, and lines that an editor has made: nothing is lost.
        let program = "/* */\n'execio * diskr bin data a (stem r.'\nsay r.0 c2x(r.4)\n\
             'execio 1 diskw bin data a 2 (string' 'x'\n'execio * diskr bin data a (stem r.'\n\
             say r.0 r.2'.' c2x(r.3)\n";
        std::fs::write(c.folder.path().join("t.exec"), program).expect("written");
        assert_eq!(
            c.enter("t"),
            ["4 0A0A202020", "4 x    . 410A422061", "Ready;"]
        );
        let path = c.folder.path().join("bin2.data");
        let mut file = File::options().append(true).open(path).expect("a file");
        std::io::Write::write_all(&mut file, b"ab\nlonger\n").expect("written");
        let said = c.enter("pipe < bin2 data a | drop 4 | console");
        assert_eq!(said, ["ab   ", "longer", "Ready;"]);
    }

    #[test]
    fn a_file_that_is_no_text_is_cards() {
        let mut c = Console::ready(&[]);
        if !has_attributes(&c) {
            return;
        }
        let image: Vec<u8> = (0..=255).collect();
        std::fs::write(c.folder.path().join("linux.kernel"), &image).expect("written");
        let said = c.enter("listfile linux kernel a (format");
        assert_eq!(said[1].trim_end(), "LINUX    KERNEL   A1 F         80");
        let typed = "pipe < linux kernel a | take last | specs 1-17 c2x 1 | console";
        let expected = "F0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF00";
        assert_eq!(c.enter(typed), [expected, "Ready;"]);
        // Records that are added and copied: bytes as they were.
        for typed in [
            "copyfile linux kernel a linux copy a",
            "pipe literal x| pad 80| >> linux kernel a",
            "rename linux kernel a = = a2",
        ] {
            assert_eq!(c.enter(typed), ["Ready;"], "{typed}");
        }
        for (file, records) in [("copy", "4"), ("kernel", "5")] {
            let typed = format!("pipe < linux {file} a | count lines | console");
            assert_eq!(c.enter(&typed), [records, "Ready;"], "{file}");
        }
        let program = "/* */\n'execio * diskr linux kernel a (stem r.'\nsay r.0 r.5'.'\n\
             'execio * diskr linux copy a (stem r.'\n\
             say left(r.1 || r.2 || r.3 || r.4, 256) == xrange('00'x, 'FF'x)\n";
        std::fs::write(c.folder.path().join("t.exec"), program).expect("written");
        let x = format!("5 x{}.", " ".repeat(79));
        assert_eq!(c.enter("t"), [&x, "1", "Ready;"]);
    }

    #[test]
    fn lines_of_one_length_are_a_text_whatever_is_in_them() {
        let card = |byte: u8| [&[0, byte], &[b' '; 78][..], b"\n"].concat();
        let cards: Vec<u8> = (0..200).flat_map(|n| card(n % 7)).collect();
        for deck in [&cards[..], &cards[..162], &cards[..81], &cards[..242]] {
            assert!(is_cards(deck), "{}", deck.len());
        }
        let mut image = cards;
        image[300] = b'\n';
        assert!(is_cards(&image), "line ends may be in cards");
        image[80 + 81 * 7] = 1;
        assert!(!is_cards(&image));
        assert!(!is_cards(&[0; 100]));
        assert!(!is_cards(b"\0ab\ncd"));
    }

    #[test]
    fn what_cms_writes_stays_lines_whatever_is_in_them() {
        let mut c = Console::ready(&[("old.data", "one\n")]);
        if !has_attributes(&c) {
            return;
        }
        let program = "/* */\n'pipe literal a| specs x00 1 1-* n | > new data a'\n\
             'pipe literal b| specs x00 1 1-* n | >> old data a'\n\
             call lineout 'line data a', '00'x'c'\n\
             call lineout 'old data a', '00'x'd'\n\
             call lineout 'old data a'\ncall lineout 'line data a'\n\
             'execio 1 diskw io data a (string' '00'x'e'\n'finis * * a'\n";
        std::fs::write(c.folder.path().join("t.exec"), program).expect("written");
        assert_eq!(c.enter("t"), ["Ready;"]);
        for (file, records) in [("new", "1"), ("old", "3"), ("line", "1"), ("io", "1")] {
            let typed = format!("pipe < {file} data a | count lines | console");
            assert_eq!(c.enter(&typed), [records, "Ready;"], "{file}");
        }
    }

    #[test]
    fn records_of_variable_files_with_line_ends_are_counted() {
        let mut c = Console::ready(&[("old.data", "one\ntwo\n")]);
        if !has_attributes(&c) {
            return;
        }
        let hex = |c: &mut Console, file: &str| {
            let said = c.enter(&format!("pipe < {file} data a | specs 1-* c2x 1 | console"));
            said.join(" ").replace(" Ready;", "")
        };
        // The first such record is the third; then one is added to each form, in each form.
        for typed in [
            "pipe strliteral /ab/ | append strliteral // | append strliteral x0A | append literal c| > new data a",
            "pipe literal d| >> new data a",
            "pipe strliteral x0A0A | >> old data a",
            "pipe strliteral x0A | >> new data a",
            "copyfile new data a copy data a",
        ] {
            assert_eq!(c.enter(typed), ["Ready;"], "{typed}");
        }
        for file in ["new", "copy"] {
            assert_eq!(hex(&mut c, file), "6162  0A 63 64 0A");
        }
        assert_eq!(hex(&mut c, "old"), "6F6E65 74776F 0A0A");
        let counted = c.enter("pipe < new data a | locate x0A | count lines | console");
        assert_eq!(counted, ["2", "Ready;"]);
        // Streams are lines.
        let program = "/* */\nsay linein('new data a')'.' stream('new data a', 'D')\n";
        std::fs::write(c.folder.path().join("t.exec"), program).expect("written");
        let said = c.enter("t").join(" ");
        assert!(
            said.contains("records with line ends are no lines"),
            "{said}"
        );
        // Without line ends it is a text again; a file that was cut off says so.
        assert_eq!(c.enter("pipe literal x| > copy data a"), ["Ready;"]);
        assert_eq!(c.file("copy.data"), "x\n");
        let file = File::options()
            .write(true)
            .open(c.folder.path().join("new.data"));
        file.expect("a file").set_len(9).expect("cut");
        let said = c.enter("pipe < new data a | console");
        assert!(
            said.join(" ").contains("lengths of its records are wrong"),
            "{said:?}"
        );
    }

    #[test]
    fn mode_numbers_select_and_do_what_they_mean() {
        let mut c = Console::ready(&[("one.data", "1\n"), ("two.data", "2\n")]);
        if !has_attributes(&c) {
            return;
        }
        let ready = ["Ready;"];
        assert_eq!(c.enter("rename one data a1 = = a3"), ready);
        assert_eq!(
            c.enter("listfile * data a3"),
            ["ONE      DATA     A3", "Ready;"]
        );
        assert_eq!(
            c.enter("listfile * data a1"),
            ["TWO      DATA     A1", "Ready;"]
        );
        // Looking at it is no reading.
        assert_eq!(c.enter("state one data a"), ready);
        assert_eq!(c.enter("listfile one data (alloc noh").len(), 2);
        // 3: erased once it was read.
        assert_eq!(c.enter("pipe < one data|console"), ["1", "Ready;"]);
        assert_eq!(last(&c.enter("state one data a")), "Ready(00028);");
        c.enter("pipe literal again|> one data a3");
        assert_eq!(c.enter("execio 1 diskr one data (skip"), ready);
        assert_eq!(last(&c.enter("state one data a")), "Ready(00028);");
        // ERASE of one number.
        c.enter("pipe literal x|> one data a5");
        assert_eq!(c.enter("erase * data a5"), ready);
        assert_eq!(
            c.enter("listfile * data"),
            ["TWO      DATA     A1", "Ready;"]
        );
        // 0: not seen where the disk is read-only.
        c.enter("rename two data a = = a0");
        assert_eq!(c.enter("pipe < two data a|console"), ["2", "Ready;"]);
    }
}
