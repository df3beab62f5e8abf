//! PUNCH, PRINT and READCARD: files to the virtual punch and printer, and from the virtual reader
//! (z/VM: CMS Commands and Utilities Reference). Cards and lines are EBCDIC on the devices.

use super::operands::{FileidMessages, Selection, number};
use super::{Call, Fault, Row, Verdict};
use crate::base::Msg;
use crate::base::abbrev::matches;
use crate::base::codepage::{ebcdic_to_host, host_to_ebcdic};
use crate::base::msg::dms;
use crate::cms::attributes::{Attributes, Kept, Recfm};
use crate::cms::fileid::{self, Mode, Name, token};
use crate::cms::files::{Accessed, DateForm, Found, local};
use crate::cp::CardRead;

/// The family.
pub const ROWS: &[Row] = &[
    Row {
        name: "PUnch",
        operands: "fn ft [fm] [(Header|NOHeader)]",
        run: |call| ended(call, punch),
        doc: "Punches a file on the virtual punch.",
        example: "PUNCH SAVELX EXEC S (NOHEADER",
    },
    Row {
        name: "PRint",
        operands: "fn ft [fm] [(CC|NOCC LInecoun nn UPcase HEX)]",
        run: |call| ended(call, print),
        doc: "Prints a file on the virtual printer.",
        example: "PRINT SAVELX EXEC S",
    },
    Row {
        name: "READcard",
        operands: "{fn ft [fm] | * [* [fm]]}",
        run: |call| ended(call, readcard),
        doc: "Reads a file from the virtual reader; READ control cards name files when * does.",
        example: "READCARD *",
    },
];

/// The reader of CMS.
pub const READER: u16 = 0x00C;
/// The punch of CMS.
pub const PUNCH: u16 = 0x00D;
/// The printer of CMS.
pub const PRINTER: u16 = 0x00E;
/// Columns of a card.
pub const CARD: usize = 80;
/// Characters of a printer's line.
pub const LINE: usize = 132;
/// Punch, feed and select stacker 2.
pub const PUNCH_CARD: u8 = 0x41;
/// Write a line and space one line.
pub const WRITE_SPACE: u8 = 0x09;
/// Write a line without spacing.
const WRITE: u8 = 0x01;
/// Skip to channel 1: the top of a page.
const TOP_OF_PAGE: u8 = 0x8B;

fn ended(call: &mut Call<'_>, run: fn(&mut Call<'_>) -> Result<(), Fault>) -> Verdict {
    match run(call) {
        Ok(()) => Verdict::Rc(0),
        Err(fault) => call.raise(&fault),
    }
}

/// The ids of a command that sends a file to a device.
struct Ids {
    fileid: FileidMessages,
    missing: &'static Msg,
    device: &'static Msg,
    too_long: &'static Msg,
    not_accessed: &'static Msg,
    parameter: &'static Msg,
    reading: &'static Msg,
    writing: &'static Msg,
}

const PUNCH_IDS: Ids = Ids {
    fileid: FileidMessages {
        mode: &dms::DMSPUN048E,
        incomplete: &dms::DMSPUN054E,
        character: &dms::DMSPUN062E,
    },
    missing: &dms::DMSPUN002E,
    device: &dms::DMSPUN008E,
    too_long: &dms::DMSPUN044E,
    not_accessed: &dms::DMSPUN069E,
    parameter: &dms::DMSPUN070E,
    reading: &dms::DMSPUN104S,
    writing: &dms::DMSPUN118S,
};

const PRINT_IDS: Ids = Ids {
    fileid: FileidMessages {
        mode: &dms::DMSPRT048E,
        incomplete: &dms::DMSPRT054E,
        character: &dms::DMSPRT062E,
    },
    missing: &dms::DMSPRT002E,
    device: &dms::DMSPRT008E,
    too_long: &dms::DMSPRT044E,
    not_accessed: &dms::DMSPRT069E,
    parameter: &dms::DMSPRT070E,
    reading: &dms::DMSPRT104S,
    writing: &dms::DMSPRT123S,
};

/// The one file that the operands name.
fn input(call: &Call<'_>, words: &[Vec<u8>], ids: &Ids) -> Result<Found, Fault> {
    let word = |at: usize| words.get(at).map_or(&[][..], Vec::as_slice);
    if words.len() > 3 {
        return Err((ids.parameter.with(&[word(3)]), 24));
    }
    // The file mode that is left out is A with its extensions.
    let mode = if words.len() < 3 { b"A" } else { word(2) };
    let selection =
        Selection::parse(word(0), word(1), mode).map_err(|bad| bad.fault(&ids.fileid))?;
    if let Some(letter) = selection.mode.letter()
        && call.cms.files.get(letter).is_none()
    {
        return Err((ids.not_accessed.with(&[&[letter]]), 36));
    }
    selection
        .literal()
        .and_then(|name| call.cms.files.find(&name, selection.mode))
        .ok_or_else(|| (ids.missing.with(&[&selection.text()]), 28))
}

/// The records of a file, none longer than a device takes.
fn records(found: &Found, longest: usize, ids: &Ids) -> Result<Vec<Vec<u8>>, Fault> {
    let reading = |e: std::io::Error| {
        let why = e.to_string();
        (ids.reading.with(&[why.as_bytes(), &found.fileid()]), 100)
    };
    let mut lines = found.entry.reader().map_err(reading)?;
    let mut records = Vec::new();
    while let Some(line) = lines.read().map_err(reading)? {
        if line.len() > longest {
            return Err((ids.too_long.with(&[]), 32));
        }
        records.push(line.to_vec());
    }
    Ok(records)
}

/// Writes one record on a device.
fn put(call: &mut Call<'_>, vdev: u16, command: u8, host: &[u8], ids: &Ids) -> Result<(), Fault> {
    put_bytes(call, vdev, command, &host_to_ebcdic(host), ids)
}

/// Writes one record of code values on a device.
fn put_bytes(
    call: &mut Call<'_>,
    vdev: u16,
    command: u8,
    bytes: &[u8],
    ids: &Ids,
) -> Result<(), Fault> {
    match call.port.write_unit(vdev, command, bytes) {
        true => Ok(()),
        false => Err((ids.device.with(&[format!("{vdev:03X}").as_bytes()]), 36)),
    }
}

/// Closes a device with the name of the file; what CP says about it is shown.
fn close(call: &mut Call<'_>, vdev: u16, found: &Found, ids: &Ids) -> Result<(), Fault> {
    let name = &found.entry.name;
    let command = format!("CLOSE {vdev:03X} NAME {name}");
    let reply = call.cms.cp(call.port, command.as_bytes());
    for line in &reply.response {
        call.say(line);
    }
    match reply.rc {
        0 => Ok(()),
        rc => Err((
            ids.writing
                .with(&[rc.to_string().as_bytes(), &found.fileid()]),
            100,
        )),
    }
}

fn punch(call: &mut Call<'_>) -> Result<(), Fault> {
    let operands = call.operands();
    let mut header = true;
    for word in &operands.options {
        match word {
            w if matches("Header", w) => header = true,
            w if matches("NOHeader", w) => header = false,
            w => return Err((dms::DMSPUN003E.with(&[w]), 24)),
        }
    }
    let found = input(call, &operands.words, &PUNCH_IDS)?;
    let cards = records(&found, CARD, &PUNCH_IDS)?;
    if header {
        let card = header_card(call, &found);
        put(call, PUNCH, PUNCH_CARD, &card, &PUNCH_IDS)?;
    }
    // What is no text has no code page.
    let is_text = found.entry.attributes.kept != Kept::Bytes;
    for card in &cards {
        match is_text {
            true => put(call, PUNCH, PUNCH_CARD, card, &PUNCH_IDS)?,
            false => put_bytes(call, PUNCH, PUNCH_CARD, card, &PUNCH_IDS)?,
        }
    }
    close(call, PUNCH, &found, &PUNCH_IDS)
}

/// The READ control card of a file: its name, its disk and its date in fixed columns.
fn header_card(call: &Call<'_>, found: &Found) -> Vec<u8> {
    let name = &found.entry.name;
    let label = call
        .cms
        .files
        .get(found.letter)
        .map(|a| a.disk.label.clone());
    let when = local(found.entry.changed, &call.cms.info.clock);
    let text = String::from_utf8_lossy;
    format!(
        ":READ  {:<8} {:<8} {}1 {:<6} {}  {:02}:{:02}",
        text(&name.fname),
        text(&name.ftype),
        char::from(found.letter),
        text(&label.unwrap_or_default()),
        DateForm::Short.text(&when),
        when.hour,
        when.minute
    )
    .into_bytes()
}

/// How PRINT prints.
struct Layout {
    carriage: bool,
    page: u64,
    upper: bool,
    hex: bool,
}

fn print(call: &mut Call<'_>) -> Result<(), Fault> {
    let operands = call.operands();
    let found = input(call, &operands.words, &PRINT_IDS)?;
    let mut layout = Layout {
        // A compiler's listing has carriage control.
        carriage: found.entry.name.ftype == b"LISTING" || found.entry.name.ftype == b"LISTCPDS",
        page: 55,
        upper: false,
        hex: false,
    };
    let mut options = operands.options.iter();
    while let Some(word) = options.next() {
        match word {
            w if matches("CC", w) => layout.carriage = true,
            w if matches("NOCC", w) || matches("NC", w) => layout.carriage = false,
            w if matches("UPcase", w) => layout.upper = true,
            w if matches("HEX", w) => (layout.hex, layout.carriage) = (true, false),
            w if matches("LInecoun", w) => {
                let value = options.next().map_or(&[][..], Vec::as_slice);
                layout.page = number(value)
                    .filter(|n| *n <= 144)
                    .ok_or_else(|| (dms::DMSPRT029E.with(&[value]), 24))?;
            }
            w => return Err((dms::DMSPRT003E.with(&[w]), 24)),
        }
    }
    let longest = match (layout.hex, layout.carriage) {
        (true, _) => usize::MAX,
        (false, true) => LINE + 1,
        (false, false) => LINE,
    };
    let records = records(&found, longest, &PRINT_IDS)?;
    print_records(call, &records, &layout)?;
    close(call, PRINTER, &found, &PRINT_IDS)
}

fn print_records(call: &mut Call<'_>, records: &[Vec<u8>], layout: &Layout) -> Result<(), Fault> {
    let mut at = 0;
    for record in records {
        let record = match layout.upper {
            true => record.to_ascii_uppercase(),
            false => record.clone(),
        };
        if layout.carriage {
            print_controlled(call, &record)?;
            continue;
        }
        for line in lines_of(&record, layout) {
            let top = match layout.page {
                0 => at == 0,
                page => at % page == 0,
            };
            if top {
                put(call, PRINTER, TOP_OF_PAGE, b"", &PRINT_IDS)?;
            }
            put(call, PRINTER, WRITE_SPACE, &line, &PRINT_IDS)?;
            at += 1;
        }
    }
    Ok(())
}

/// The lines that one record makes: itself, or its code values.
fn lines_of(record: &[u8], layout: &Layout) -> Vec<Vec<u8>> {
    if !layout.hex {
        return vec![record.to_vec()];
    }
    let digits: Vec<u8> = host_to_ebcdic(record)
        .iter()
        .flat_map(|b| format!("{b:02X}").into_bytes())
        .collect();
    let width = LINE - LINE % 8;
    digits.chunks(width).map(<[u8]>::to_vec).collect()
}

/// A record whose first character moves the carriage: an ANSI character before it is printed, or a
/// machine code (a CCW command) that is obeyed as it is.
fn print_controlled(call: &mut Call<'_>, record: &[u8]) -> Result<(), Fault> {
    let (control, text) = match record {
        [] => (b' ', &[][..]),
        [control, text @ ..] => (*control, text),
    };
    let skip = |channel: u8| 0x83 | channel << 3;
    let before = match control {
        b'+' => None,
        b' ' => Some(0x0B),
        b'0' => Some(0x13),
        b'-' => Some(0x1B),
        b'1'..=b'9' => Some(skip(control - b'0')),
        b'A'..=b'C' => Some(skip(control - b'A' + 10)),
        other => {
            let code = host_to_ebcdic(&[other])
                .first()
                .copied()
                .unwrap_or(WRITE_SPACE);
            let command = if machine_code(code) {
                code
            } else {
                WRITE_SPACE
            };
            let text = if command & 0x02 == 0 { text } else { &[] };
            return put(call, PRINTER, command, text, &PRINT_IDS);
        }
    };
    if let Some(command) = before {
        put(call, PRINTER, command, b"", &PRINT_IDS)?;
    }
    put(call, PRINTER, WRITE, text, &PRINT_IDS)
}

/// Whether a byte is a printer's write or control command.
fn machine_code(code: u8) -> bool {
    let movement = code >> 3;
    let moves = match movement & 0x10 {
        0 => movement <= 3,
        _ => (1..=12).contains(&(movement & 0x0F)),
    };
    moves && matches!(code & 0x07, 1 | 3)
}

const READ_IDS: FileidMessages = FileidMessages {
    mode: &dms::DMSRDC048E,
    incomplete: &dms::DMSRDC054E,
    character: &dms::DMSRDC062E,
};

/// A file that READCARD makes.
struct Output {
    name: Name,
    /// The file mode number, where a control card says one.
    number: Option<u8>,
    cards: Vec<Vec<u8>>,
}

fn readcard(call: &mut Call<'_>) -> Result<(), Fault> {
    let operands = call.operands();
    if let Some(word) = operands.options.first() {
        return Err((dms::DMSRDC003E.with(&[word]), 24));
    }
    if operands.words.is_empty() {
        return Err((dms::DMSRDC042E.with(&[]), 24));
    }
    if operands.words.len() > 3 {
        return Err((dms::DMSRDC070E.with(&[operands.word(3)]), 24));
    }
    let named = operands.word(0) != b"*";
    let mode = match operands.word(2) {
        b"" => b"A",
        word => word,
    };
    let (letter, number) = match Mode::parse(mode) {
        Some(Mode::Letter(letter, number)) => (letter, number),
        Some(Mode::Any) => (b'A', None),
        None => return Err((dms::DMSRDC048E.with(&[mode]), 24)),
    };
    let name = match named {
        true => Some(name(operands.word(0), operands.word(1))?),
        false => None,
    };
    match call.cms.files.get(letter).map(Accessed::writable) {
        None => return Err((dms::DMSRDC069E.with(&[&[letter]]), 36)),
        Some(false) => return Err((dms::DMSRDC037E.with(&[&[letter]]), 36)),
        Some(true) => {}
    }
    let cards = read_cards(call)?;
    if cards.is_empty() {
        call.report(&dms::DMSRDC701I, &[]);
        return Ok(());
    }
    let outputs = match name {
        Some(name) => vec![Output {
            name,
            number: None,
            cards,
        }],
        None => by_control_cards(call, cards)?,
    };
    for output in &outputs {
        write(call, output, letter, number.or(output.number))?;
    }
    Ok(())
}

fn name(fname: &[u8], ftype: &[u8]) -> Result<Name, Fault> {
    let selection = Selection::parse(fname, ftype, b"A").map_err(|bad| bad.fault(&READ_IDS))?;
    selection.literal().ok_or_else(|| {
        let word = if fname.contains(&b'*') { fname } else { ftype };
        (dms::DMSRDC062E.with(&[b"*", word]), 20)
    })
}

/// The cards of the next reader file, as host text without trailing blanks.
fn read_cards(call: &mut Call<'_>) -> Result<Vec<Vec<u8>>, Fault> {
    let mut cards = Vec::new();
    let mut begun = false;
    loop {
        match call.port.read_unit(READER) {
            None => {
                let number = format!("{READER:03X}");
                return Err((dms::DMSRDC008E.with(&[number.as_bytes()]), 36));
            }
            Some(CardRead::Card(card)) => {
                begun = true;
                let mut text = ebcdic_to_host(&card);
                text.truncate(text.iter().rposition(|&c| c != b' ').map_or(0, |at| at + 1));
                cards.push(text);
            }
            Some(CardRead::EndOfFile) => return Ok(cards),
            Some(CardRead::Empty) if begun => return Ok(cards),
            Some(CardRead::Empty) => return Err((dms::DMSRDC205W.with(&[]), 8)),
        }
    }
}

/// Cuts the cards at READ control cards, which name the files behind them.
fn by_control_cards(call: &mut Call<'_>, cards: Vec<Vec<u8>>) -> Result<Vec<Output>, Fault> {
    let mut outputs: Vec<Output> = Vec::new();
    for card in cards {
        if let Some((name, number)) = control_card(&card)? {
            call.say(&card);
            outputs.push(Output {
                name,
                number,
                cards: Vec::new(),
            });
            continue;
        }
        if outputs.is_empty() {
            call.report(&dms::DMSRDC702I, &[]);
            call.say(b":READ  READCARD CMSUT1   A1");
            outputs.push(Output {
                name: name(b"READCARD", b"CMSUT1")?,
                number: None,
                cards: Vec::new(),
            });
        }
        if let Some(output) = outputs.last_mut() {
            output.cards.push(card);
        }
    }
    Ok(outputs)
}

/// The name on a READ control card and the number of its file mode; `None` for another card.
fn control_card(card: &[u8]) -> Result<Option<(Name, Option<u8>)>, Fault> {
    let Some(rest) = card.strip_prefix(b":READ") else {
        return Ok(None);
    };
    if !rest.starts_with(b" ") {
        return Ok(None);
    }
    let mut words = rest.split(|&c| c == b' ').filter(|w| !w.is_empty());
    let (fname, ftype) = (words.next().unwrap_or(b""), words.next().unwrap_or(b""));
    if !fileid::is_name(token(fname)) || !fileid::is_name(token(ftype)) {
        return name(fname, ftype).map(|name| Some((name, None)));
    }
    let number = match words.next().and_then(Mode::parse) {
        Some(Mode::Letter(_, number)) => number,
        _ => None,
    };
    let name = Name::new(&fname.to_ascii_uppercase(), &ftype.to_ascii_uppercase());
    Ok(name.map(|name| (name, number)))
}

/// Writes a file: its records have one length, that of the longest card but at least a card's.
fn write(
    call: &mut Call<'_>,
    output: &Output,
    letter: u8,
    number: Option<u8>,
) -> Result<(), Fault> {
    let attributes = Attributes {
        recfm: Recfm::Fixed(output.cards.iter().map(Vec::len).fold(CARD, usize::max)),
        number: number.unwrap_or(1),
        ..Attributes::default()
    };
    let fileid = format!(
        "{} {}{}",
        output.name,
        char::from(letter),
        attributes.number
    );
    let writing = |e: std::io::Error| {
        let why = e.to_string();
        (
            dms::DMSRDC105S.with(&[why.as_bytes(), fileid.as_bytes()]),
            100,
        )
    };
    let Some(accessed) = call.cms.files.get(letter) else {
        return Err((dms::DMSRDC069E.with(&[&[letter]]), 36));
    };
    let mut draft = accessed.disk.create(&output.name).map_err(writing)?;
    draft.have(attributes);
    for card in &output.cards {
        draft.put(card).map_err(writing)?;
    }
    draft.commit().map_err(writing)?;
    drop(draft);
    accessed.disk.forget();
    call.cms.open.close(&output.name, letter);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::cms::testing::Console;

    fn rc(lines: &[String]) -> String {
        lines.last().cloned().unwrap_or_default()
    }

    #[test]
    fn punch_makes_a_control_card_and_refuses_what_no_card_holds() {
        let long = format!("{}\n", "x".repeat(81));
        let mut c = Console::ready(&[("note.data", "one\n"), ("long.data", &long)]);
        c.enter("PUNCH NOTE DATA");
        let cards: Vec<&str> = c.cp.written.iter().map(|w| w.2.as_str()).collect();
        assert!(
            cards[0].starts_with(":READ  NOTE     DATA     A1 LIN191 "),
            "{cards:?}"
        );
        assert_eq!(cards[0].len(), 50);
        assert_eq!(cards[1], "one");
        assert!(c.cp.asked.contains(&"CLOSE 00D NAME NOTE DATA".to_string()));
        c.cp.written.clear();
        c.enter("PUNCH NOTE DATA (NOH");
        assert_eq!(c.cp.written.len(), 1);
        c.cp.written.clear();
        for (command, code) in [
            ("PUNCH LONG DATA", "Ready(00032);"),
            ("PUNCH GONE DATA", "Ready(00028);"),
            ("PUNCH NOTE", "Ready(00024);"),
            ("PUNCH NOTE DATA A EXTRA", "Ready(00024);"),
            ("PUNCH NOTE DATA Q", "Ready(00036);"),
            ("PUNCH NOTE DATA (FROB", "Ready(00024);"),
        ] {
            assert_eq!(rc(&c.enter(command)), code, "{command}");
        }
        assert!(c.cp.written.is_empty());
    }

    #[test]
    fn print_moves_the_carriage() {
        let page: String = (1..=56).map(|n| format!("{n}\n")).collect();
        let files = [
            ("page.data", page.as_str()),
            (
                "list.listing",
                "1top\n next\n0two\n-three\n+over\n3channel\n\n",
            ),
        ];
        let mut c = Console::ready(&files);
        c.enter("PRINT PAGE DATA");
        let skips = |c: &Console| {
            let at = c.cp.written.iter().enumerate();
            at.filter(|(_, w)| w.1 == 0x8B)
                .map(|(n, _)| n)
                .collect::<Vec<_>>()
        };
        assert_eq!((skips(&c), c.cp.written.len()), (vec![0, 56], 58));
        c.cp.written.clear();
        c.enter("PRINT PAGE DATA (LINECOUN 0");
        assert_eq!(skips(&c), [0]);
        c.cp.written.clear();
        c.enter("PRINT LIST LISTING");
        let seen: Vec<(u8, &str)> = c.cp.written.iter().map(|w| (w.1, w.2.as_str())).collect();
        assert_eq!(
            seen,
            [
                (0x8B, ""),
                (0x01, "top"),
                (0x0B, ""),
                (0x01, "next"),
                (0x13, ""),
                (0x01, "two"),
                (0x1B, ""),
                (0x01, "three"),
                (0x01, "over"),
                (0x9B, ""),
                (0x01, "channel"),
                (0x0B, ""),
                (0x01, ""),
            ]
        );
        c.cp.written.clear();
        c.enter("PRINT LIST LISTING (NOCC UPCASE");
        assert_eq!(c.cp.written[1], (0x00E, 0x09, "1TOP".to_string()));
        c.cp.written.clear();
        c.enter("PRINT LIST LISTING (HEX");
        assert_eq!(c.cp.written[1].2, "F1A39697");
        assert_eq!(rc(&c.enter("PRINT PAGE DATA (LINECOUN X")), "Ready(00024);");
    }

    #[test]
    fn readcard_cuts_a_deck_at_its_control_cards() {
        let mut c = Console::ready(&[("two.data", "old\n")]);
        let deck = ["loose", ":READ  ONE      DATA     B5", "1", "", "EOF"];
        c.cp.cards = deck.map(String::from).to_vec();
        c.cp.cards.push(":READ  TWO      DATA".into());
        let lines = c.enter("READCARD *");
        assert_eq!(
            lines[0],
            "DMSRDC702I READ control card is missing; the following is assumed:"
        );
        // The files have fixed records of 80 columns; the number of the mode is the card's.
        assert_eq!(c.file("readcard.cmsut1"), format!("{:80}\n", "loose"));
        assert_eq!(c.file("one.data"), format!("{:80}\n{:80}\n", "1", ""));
        assert_eq!(c.file("two.data"), "old\n");
        assert_eq!(rc(&c.enter("READCARD TWO DATA")), "Ready;");
        assert_eq!(
            c.file("two.data"),
            format!("{:80}\n", ":READ  TWO      DATA")
        );
        assert_eq!(rc(&c.enter("READCARD *")), "Ready(00008);");
        c.cp.cards = vec!["EOF".into()];
        assert!(c.enter("READCARD *")[0].starts_with("DMSRDC701I"));
        for (command, code) in [
            ("READCARD", "Ready(00024);"),
            ("READCARD A* DATA", "Ready(00020);"),
            ("READCARD NOTE DATA S", "Ready(00036);"),
            ("READCARD NOTE DATA Q", "Ready(00036);"),
            ("READCARD NOTE", "Ready(00024);"),
        ] {
            assert_eq!(rc(&c.enter(command)), code, "{command}");
        }
    }
}
