//! The virtual machine's unit record devices and storage: PUNCH, PRINTMC, URO, READER, STORAGE; and printer
//! carriage control: ASATOMC, MCTOASA (*User's Guide and Reference*, chapter "Inventory of built-in programs").

mod carriage;

use super::{Delay, PLAIN, Place, Row, codes, filter, task};
use crate::base::Record;
use crate::base::msg::fpl;
use crate::pipe::args::{Args, Fault};
use crate::pipe::host::Card;
use crate::pipe::kernel::EofReport;
use crate::pipe::stage::{Body, Stage, Stop};

const UNIT: Row = Row {
    place: Place::NotFirst,
    eof: EofReport::Current,
    ..PLAIN
};

pub const TABLE: &[Row] = &[
    Row {
        names: "PUNCH",
        operands: "[devaddr]",
        doc: "Punches a card of each record (00D unless said) and passes it.",
        make: |a| output(a, 0x00d, Some(PUNCH_CARD)),
        example: ("literal a|punch|hole", &["00D 41 a"]),
        ..UNIT
    },
    Row {
        names: "PRINTMC",
        operands: "[devaddr]",
        doc: "Prints records whose first byte is a channel command code (00E unless said) and passes them.",
        make: |a| output(a, 0x00e, None),
        example: ("strliteral x0961|printmc|hole", &["00E 09 a"]),
        ..UNIT
    },
    Row {
        names: "URO",
        operands: "[devaddr]",
        doc: "Writes records whose first byte is a channel command code to a unit record device (00E unless said) and passes them.",
        make: |a| output(a, 0x00e, None),
        example: ("strliteral x0961|uro 00d|hole", &["00D 09 a"]),
        ..UNIT
    },
    Row {
        names: "READER",
        operands: "[devaddr]",
        doc: "Reads a deck from the card reader (00C unless said); the first byte of each record is a channel command code.",
        place: Place::First,
        delay: Delay::Source,
        make: reader,
        example: ("reader|specs 2-* 1|console", &["card"]),
        ..PLAIN
    },
    Row {
        names: "STORAGE",
        operands: "hexaddress number",
        doc: "Reads so many bytes of the virtual machine's storage when first; else writes its records there and passes them.",
        eof: EofReport::Current,
        make: storage,
        example: ("storage 0 0|console", &[""]),
        ..PLAIN
    },
    Row {
        names: "ASATOMC",
        operands: "",
        doc: "Makes channel command codes of ASA carriage control characters; delays by one record.",
        delay: Delay::One,
        make: |a| {
            a.end()?;
            filter(carriage::ToMachine::new(a.page))
        },
        example: (
            "literal 1top|asatomc|specs 1.4 c2x 1|console",
            &["8B", "01746F70"],
        ),
        ..PLAIN
    },
    Row {
        names: "MCTOASA",
        operands: "",
        doc: "Makes ASA carriage control characters of channel command codes.",
        make: |a| {
            a.end()?;
            filter(carriage::ToAsa::new(a.page))
        },
        example: ("literal 1top|asatomc|mctoasa|console", &["1top"]),
        ..PLAIN
    },
];

/// Punch, feed and select stacker 2.
const PUNCH_CARD: u8 = 0x41;

/// Takes a device address in hexadecimal.
fn device(args: &mut Args<'_>, usual: u16) -> Result<u16, Fault> {
    let Some(word) = args.word() else {
        return Ok(usual);
    };
    let text = std::str::from_utf8(word).unwrap_or("");
    u16::from_str_radix(text, 16).map_err(|_| Fault::new(&fpl::FPLSCA082E, &[word]))
}

/// A device that cannot be used: there is none, or it is of another type.
async fn no_device(s: &Stage, device: u16) -> Stop {
    let message = match s.host(move |h| h.has_device(device)).await {
        true => &fpl::FPLURO084E,
        false => &fpl::FPLURO083E,
    };
    let number = format!("{device:03X}");
    s.fail(Fault::new(message, &[number.as_bytes()]))
}

fn output(args: &mut Args<'_>, usual: u16, command: Option<u8>) -> Result<Body, Fault> {
    let device = device(args, usual)?;
    args.end()?;
    let page = args.page;
    Ok(task(move |s| async move {
        s.commit(0).await?;
        loop {
            let record = s.peekto(0).await?;
            let (code, at) = match (command, record.first()) {
                (Some(code), _) => (code, 0),
                (None, Some(&b)) => (page.code_of(b), 1),
                (None, None) => {
                    s.pass(0, record).await?;
                    s.readto(0).await?;
                    continue;
                }
            };
            let text = record.slice(at, record.len() - at);
            let done = s.host(move |h| h.write_unit(device, code, &text)).await;
            if !done {
                return Err(no_device(&s, device).await);
            }
            s.pass(0, record).await?;
            s.readto(0).await?;
        }
    }))
}

fn reader(args: &mut Args<'_>) -> Result<Body, Fault> {
    let device = device(args, 0x00c)?;
    args.end()?;
    let page = args.page;
    Ok(task(move |s| async move {
        s.commit(0).await?;
        let mut found = false;
        loop {
            let card = s.host(move |h| h.read_unit(device)).await;
            match card {
                None => return Err(no_device(&s, device).await),
                Some(Card::End) if found => return Ok(()),
                Some(Card::End) => return Err(s.fail(Fault::new(&fpl::FPLRDR090E, &[]))),
                Some(Card::Card(text)) => {
                    found = true;
                    let mut line = vec![page.to_host(PUNCH_CARD)];
                    line.extend_from_slice(&text);
                    s.output(0, Record::from(line)).await?;
                }
            }
        }
    }))
}

fn storage(args: &mut Args<'_>) -> Result<Body, Fault> {
    let first = args.first;
    let word = args.need()?;
    let text = std::str::from_utf8(word).unwrap_or("");
    let at = u64::from_str_radix(text, 16).map_err(|_| Fault::new(&fpl::FPLSCA065E, &[word]))?;
    let length = args.length()?;
    args.end()?;
    let page = args.page;
    let outside = move || {
        let address = format!("{at:X}");
        Fault::new(&fpl::FPLSTO534E, &[address.as_bytes()])
    };
    Ok(task(move |s: Stage| async move {
        s.commit(0).await?;
        if first {
            let bytes = s.host(move |h| h.read_storage(at, length)).await;
            let bytes = match (bytes, length) {
                (None, 0) => Vec::new(),
                (bytes, _) => bytes.ok_or_else(|| s.fail(outside()))?,
            };
            return s.output(0, codes::record(page, bytes)).await;
        }
        let mut left = length;
        let mut next = at;
        while let Some(record) = s.next(0).await? {
            let bytes = codes::of(page, &record)[..record.len().min(left)].to_vec();
            left -= bytes.len();
            let to = next;
            next += bytes.len() as u64;
            if !bytes.is_empty() && !s.host(move |h| h.write_storage(to, &bytes)).await {
                return Err::<(), Stop>(s.fail(outside()));
            }
            s.pass(0, record).await?;
            s.readto(0).await?;
        }
        Ok(())
    }))
}

#[cfg(test)]
mod tests {
    use crate::pipe::tests::{TestHost, check};

    #[test]
    fn cards_in_and_out() {
        let mut host = TestHost {
            cards: ["one", "two"].map(|c| c.as_bytes().to_vec()).into(),
            ..TestHost::default()
        };
        assert_eq!(host.run("reader|specs 2-* 1|punch|console"), 0);
        assert_eq!(host.said, ["00D 41 one", "one", "00D 41 two", "two"]);
        check("literal a|punch 123|hole", -83, &["123 41 a"]);
        check("reader|hole", -90, &[]);
        check("reader 123|hole", -83, &[]);
        check("literal a|punch xyz|hole", -82, &[]);
        check("literal a|punch 191|hole", -84, &["191 41 a"]);
        check("reader 191|hole", -84, &[]);
        check("punch", -127, &[]);
    }

    #[test]
    fn storage_of_the_virtual_machine() {
        let mut host = TestHost {
            storage: b"0123456789".to_vec(),
            ..TestHost::default()
        };
        assert_eq!(host.run("storage 2 3|console"), 0);
        assert_eq!(host.said, ["234"]);
        assert_eq!(host.run("literal ab cdef|split|storage 4 4|hole"), 0);
        assert_eq!(host.storage, b"0123abcd89");
        assert_eq!(host.run("storage 8 9|hole"), -534);
        assert_eq!(host.run("literal abc|storage 9 3|hole"), -534);
        check("storage zz 1|hole", -65, &[]);
    }

    #[test]
    fn carriage_control() {
        check(
            "literal -d|literal 0c|literal +b|literal  a|literal 1top|asatomc|specs 1 c2x 1 2-* nw|console",
            0,
            &["8B", "09 top", "01 a", "11 b", "19 c", "01 d"],
        );
        let lines = ["1top", " a", "+b", "0c", "-d", "2e"];
        let literals: Vec<String> = lines.iter().rev().map(|l| format!("literal {l}")).collect();
        check(
            &format!("{}|asatomc|mctoasa|console", literals.join("|")),
            0,
            &lines,
        );
        check("literal a|asatomc x|hole", -112, &[]);
        check("literal xa|literal 1b|asatomc|hole", -179, &[]);
        check("strliteral x00|mctoasa|hole", -180, &[]);
        check("strliteral x5a|mctoasa|hole", -180, &[]);
    }
}
