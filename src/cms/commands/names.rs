//! NAMEFIND and TELL: the names file of a user (z/VM: CMS Commands and Utilities Reference, NAMES,
//! NAMEFIND, TELL).
//!
//! A names file is called as its user: `LINUX1 NAMES`. An entry begins with `:nick.name`; behind each tag
//! stands its value up to the next tag, on as many records as it takes.

use super::{Call, Fault, Row, Verdict};
use crate::base::abbrev::matches;
use crate::base::msg::dms;
use crate::cms::commands::operands::number;
use crate::cms::fileid::{Mode, Name};
use crate::cms::stack::Order;

/// The family.
pub const ROWS: &[Row] = &[
    Row {
        name: "NAMEFind",
        operands: ":tag value ... [:tag ...] [(FILE fn|LIFO|FIFO|STACK|TYpe|STart n|SIze n)]",
        run: |call| ended(call, namefind),
        doc: "Finds an entry of a names file by its values, and shows or stacks other values of it.",
        example: "NAMEFIND :NICK ME :USERID",
    },
    Row {
        name: "TELL",
        operands: "name|userid [AT node] message",
        run: |call| ended(call, tell),
        doc: "Sends a message to a user, or to everybody under a nickname of the names file.",
        example: "TELL ME hello",
    },
];

/// No entry has the values.
const NO_ENTRY: i32 = 32;

fn ended(call: &mut Call<'_>, run: fn(&mut Call<'_>) -> Result<i32, Fault>) -> Verdict {
    match run(call) {
        Ok(rc) => Verdict::Rc(rc),
        Err(fault) => call.raise(&fault),
    }
}

/// A tag in capitals, without colon and period, and its value.
type Tagged = (Vec<u8>, Vec<u8>);

/// The entries of a names file: runs of tags, each begun by `:nick.`.
fn entries(records: &[Vec<u8>]) -> Vec<Vec<Tagged>> {
    let mut entries: Vec<Vec<Tagged>> = Vec::new();
    let words = records
        .iter()
        .filter(|r| !r.starts_with(b"*"))
        .flat_map(|r| r.split(u8::is_ascii_whitespace))
        .filter(|w| !w.is_empty());
    for word in words {
        let tag = word
            .strip_prefix(b":")
            .and_then(|w| Some((w, w.iter().position(|&c| c == b'.')?)));
        if let Some((word, at)) = tag {
            let tag = word[..at].to_ascii_uppercase();
            if tag == b"NICK" || entries.is_empty() {
                entries.push(Vec::new());
            }
            if let Some(entry) = entries.last_mut() {
                entry.push((tag, word[at + 1..].to_vec()));
            }
            continue;
        }
        if let Some((_, value)) = entries.last_mut().and_then(|e| e.last_mut()) {
            if !value.is_empty() {
                value.push(b' ');
            }
            value.extend_from_slice(word);
        }
    }
    entries
}

fn value<'a>(entry: &'a [Tagged], tag: &[u8]) -> Option<&'a [u8]> {
    let found = entry.iter().find(|(name, _)| name == tag);
    found.map(|(_, value)| value.as_slice())
}

/// The entries of a user's names file; `None` when there is no file.
fn names(call: &Call<'_>, fname: &[u8]) -> Result<Option<Vec<Vec<Tagged>>>, Fault> {
    let found = Name::new(fname, b"NAMES").and_then(|n| call.cms.files.find(&n, Mode::Any));
    let Some(found) = found else {
        return Ok(None);
    };
    let failed = |e: std::io::Error| {
        let why = e.to_string();
        (
            dms::DMSNAM104S.with(&[why.as_bytes(), &found.fileid()]),
            100,
        )
    };
    let mut lines = found.entry.lines().map_err(failed)?;
    let mut records = Vec::new();
    while let Some(line) = lines.read().map_err(failed)? {
        records.push(line.to_vec());
    }
    Ok(Some(entries(&records)))
}

/// What NAMEFIND was asked.
#[derive(Default)]
struct Asked {
    /// Values an entry must have.
    wanted: Vec<Tagged>,
    /// Tags whose values are given.
    given: Vec<Vec<u8>>,
    file: Option<Vec<u8>>,
    order: Option<Order>,
    start: usize,
    size: Option<usize>,
}

fn asked(call: &Call<'_>) -> Result<Asked, Fault> {
    let operands = call.operands();
    let mut asked = Asked {
        start: 1,
        ..Asked::default()
    };
    let mut pairs: Vec<Tagged> = Vec::new();
    for word in &operands.words {
        match (word.strip_prefix(b":"), pairs.last_mut()) {
            (Some(tag), _) => {
                let tag = tag.strip_suffix(b".").unwrap_or(tag);
                pairs.push((tag.to_ascii_uppercase(), Vec::new()));
            }
            (None, Some((_, value))) => {
                if !value.is_empty() {
                    value.push(b' ');
                }
                value.extend_from_slice(word);
            }
            (None, None) => return Err((dms::DMSNAM070E.with(&[word]), 24)),
        }
    }
    for (tag, value) in pairs {
        match value.is_empty() {
            true => asked.given.push(tag),
            false => asked.wanted.push((tag, value)),
        }
    }
    if asked.wanted.is_empty() {
        return Err((dms::DMSNAM386E.with(&[]), 24));
    }
    let mut options = operands.options.iter();
    while let Some(word) = options.next() {
        let mut counted = || {
            let value = options.next().map_or(&[][..], Vec::as_slice);
            number(value)
                .and_then(|n| usize::try_from(n).ok())
                .filter(|n| *n > 0)
                .ok_or_else(|| (dms::DMSNAM029E.with(&[value]), 24))
        };
        match word {
            w if matches("LIFO", w) => asked.order = Some(Order::Lifo),
            w if matches("FIFO", w) || matches("STACK", w) => asked.order = Some(Order::Fifo),
            w if matches("TYpe", w) => asked.order = None,
            w if matches("STart", w) => asked.start = counted()?,
            w if matches("SIze", w) => asked.size = Some(counted()?),
            w if matches("FILE", w) => asked.file = options.next().cloned(),
            w => return Err((dms::DMSNAM003E.with(&[w]), 24)),
        }
    }
    Ok(asked)
}

fn namefind(call: &mut Call<'_>) -> Result<i32, Fault> {
    let asked = asked(call)?;
    let fname = asked
        .file
        .clone()
        .unwrap_or_else(|| call.cms.info.user.clone());
    let Some(entries) = names(call, &fname)? else {
        let fileid = [fname.as_slice(), b" NAMES *"].concat();
        return Err((dms::DMSNAM002E.with(&[&fileid]), 28));
    };
    let fits = |entry: &&Vec<Tagged>| {
        asked
            .wanted
            .iter()
            .all(|(tag, wanted)| value(entry, tag).is_some_and(|v| v.eq_ignore_ascii_case(wanted)))
    };
    let Some(entry) = entries.iter().filter(fits).nth(asked.start - 1) else {
        return Ok(NO_ENTRY);
    };
    let mut lines: Vec<Vec<u8>> = match asked.given.is_empty() {
        true => entry
            .iter()
            .map(|(tag, value)| [b":", tag.as_slice(), b".", value.as_slice()].concat())
            .collect(),
        false => asked
            .given
            .iter()
            .map(|tag| value(entry, tag).unwrap_or_default().to_vec())
            .collect(),
    };
    for line in &mut lines {
        line.truncate(asked.size.unwrap_or(usize::MAX));
    }
    match asked.order {
        None => lines.iter().for_each(|line| call.say(line)),
        Some(order) => lines
            .into_iter()
            .for_each(|line| call.cms.stack.put(order, line)),
    }
    Ok(0)
}

/// A user, and the node when it is said.
type Receiver = (Vec<u8>, Option<Vec<u8>>);

/// Who a name of TELL means: users with the node that the names file says, if any.
fn receivers(call: &Call<'_>, name: &[u8]) -> Result<Vec<Receiver>, Fault> {
    let upper = name.to_ascii_uppercase();
    let entries = names(call, &call.cms.info.user.clone())?.unwrap_or_default();
    let find = |nick: &[u8]| {
        entries
            .iter()
            .find(|e| value(e, b"NICK").is_some_and(|v| v.eq_ignore_ascii_case(nick)))
    };
    let one = |nick: &[u8]| match find(nick) {
        Some(entry) => (
            value(entry, b"USERID").unwrap_or(nick).to_ascii_uppercase(),
            value(entry, b"NODE").map(<[u8]>::to_ascii_uppercase),
        ),
        None => (nick.to_ascii_uppercase(), None),
    };
    let list = find(&upper).and_then(|e| value(e, b"LIST"));
    Ok(match list {
        Some(list) => list
            .split(|c| *c == b' ')
            .filter(|w| !w.is_empty())
            .map(one)
            .collect(),
        None => vec![one(&upper)],
    })
}

fn tell(call: &mut Call<'_>) -> Result<i32, Fault> {
    let next = |rest: &mut &[u8]| -> Vec<u8> {
        let text = rest.trim_ascii_start();
        let end = text.iter().position(|&c| c == b' ').unwrap_or(text.len());
        *rest = text[end..].trim_ascii_start();
        text[..end].to_vec()
    };
    let mut rest = call.text;
    let name = next(&mut rest);
    let mut node = None;
    let mut behind = rest;
    if next(&mut behind).eq_ignore_ascii_case(b"AT") {
        node = Some(next(&mut behind).to_ascii_uppercase());
        rest = behind;
    }
    if name.is_empty() || rest.is_empty() {
        return Err((dms::DMSTEL386E.with(&[]), 24));
    }
    let text = rest.to_vec();
    let here = call.cms.info.system_name.clone();
    let to = match node {
        Some(node) => vec![(name.to_ascii_uppercase(), Some(node))],
        None => receivers(call, &name)?,
    };
    let mut worst = 0;
    for (user, node) in to {
        let command = match node.filter(|n| *n != here) {
            None => [b"MSG ", user.as_slice(), b" ", &text].concat(),
            Some(node) => [
                b"SMSG RSCS MSG ".as_slice(),
                &node,
                b" ",
                user.as_slice(),
                b" ",
                &text,
            ]
            .concat(),
        };
        let reply = call.cms.cp(call.port, &command);
        for line in &reply.response {
            call.say(line);
        }
        worst = worst.max(reply.rc);
    }
    Ok(worst)
}

#[cfg(test)]
mod tests {
    use crate::cms::testing::Console;

    const NAMES: &str = "\
* people
:nick.ann   :userid.ANNA  :node.VMSHARE
            :name.Ann of  the
             Hill
:nick.bob   :userid.BOBBY :node.FARAWAY :name.Bob
:nick.both  :list.ann bob
";

    #[test]
    fn values_by_other_values() {
        let mut c = Console::ready(&[
            ("linux1.names", NAMES),
            ("other.names", ":nick.x :phone.1 2\n"),
        ]);
        assert_eq!(
            c.enter("namefind :nick ann :name :phone :userid"),
            ["Ann of the Hill", "", "ANNA", "Ready;"]
        );
        assert_eq!(
            c.enter("namefind :name ann OF the hill :nick"),
            ["ann", "Ready;"]
        );
        assert_eq!(c.enter("namefind :node nowhere :nick"), ["Ready(00032);"]);
        assert_eq!(
            c.enter("namefind :nick x :phone (file other size 1"),
            ["1", "Ready;"]
        );
        assert_eq!(
            c.enter("namefind :nick x (file absent"),
            ["DMSNAM002E File ABSENT NAMES * not found", "Ready(00028);"]
        );
        assert_eq!(
            c.enter("namefind").last().map(String::as_str),
            Some("Ready(00024);")
        );
    }

    #[test]
    fn a_program_takes_the_values_from_the_stack() {
        let program = "/* */\naddress command\n'NAMEFIND :NICK BOB :USERID :NODE (FIFO'\n\
                       say rc queued(); pull u; pull n; say u'@'n\n";
        let mut c = Console::ready(&[("linux1.names", NAMES), ("who.exec", program)]);
        assert_eq!(c.enter("who"), ["0 2", "BOBBY@FARAWAY", "Ready;"]);
    }

    #[test]
    fn tell_goes_to_whoever_the_name_means() {
        let mut c = Console::ready(&[("linux1.names", NAMES)]);
        c.enter("tell both hi  there");
        let asked: Vec<&str> = c.cp.asked.iter().map(String::as_str).collect();
        assert!(asked.contains(&"MSG ANNA HI  THERE"), "{asked:?}");
        assert!(
            asked.contains(&"SMSG RSCS MSG FARAWAY BOBBY HI  THERE"),
            "{asked:?}"
        );
        assert_eq!(
            c.enter("tell linux9 hi").last().map(String::as_str),
            Some("Ready(00045);")
        );
        assert_eq!(
            c.enter("tell ann").last().map(String::as_str),
            Some("Ready(00024);")
        );
    }
}
