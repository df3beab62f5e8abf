//! Spooled devices: SPOOL, CLOSE, TAG (z/VM CP Commands).

use super::{Ctx, Outcome, Row, no_more};
use crate::base::abbrev;
use crate::base::msg::hcp;
use crate::base::{Message, Msg};
use crate::cp::UserId;
use crate::cp::directory::SpoolKind;
use crate::cp::guest::{Body, Vdev};
use crate::cp::spool::{Attributes, Disposal, Queue, SpoolError, Spooling};
use crate::cp::words::{self, Words};

pub(super) const COMMANDS: &[Row] = &[
    Row {
        name: "SPool",
        classes: "G",
        run: spool,
        usage: "SPool {Reader|RDR|PRinter|PRT|PUnch|CONsole|vdev} [CLass c] [CONt|NOCont] [HOld|NOHold] [KEep|NOKeep] [EOF|NOEof] [MSG|NOMsg] [COpy n] [Dist code|OFF] [FORM form] [DEST dest] [[To] user|* [Reader|PRinter|PUnch] | For user|* | SYSTEM | OFF] [STArt|STOp] [TErm|NOTerm] [CLOse] [PUrge] [NAme fn ft|NOName]",
        doc: "Sets how unit record devices and the console are spooled.",
        example: "SPOOL PUNCH CLASS A NOCONT",
    },
    Row {
        name: "CLOSE",
        classes: "G",
        run: close,
        usage: "CLOSE {Reader|RDR|PRinter|PRT|PUnch|CONsole|vdev} [HOld|NOHold] [KEep|NOKeep] [EOF] [PUrge] [Dist code|OFF] [[To] user|* [Reader|PRinter|PUnch] | For user|* | SYSTEM | OFF] [NAme fn ft|NOName]",
        doc: "Ends the spool file that is open on a device.",
        example: "CLOSE PUNCH",
    },
    Row {
        name: "TAG",
        classes: "G",
        run: tag,
        usage: "TAG {DEV device|FILE spoolid} [text] | TAG Query {DEV device|FILE spoolid}",
        doc: "Puts information with the spool files of a device, or shows it.",
        example: "TAG DEV PUNCH NODE USER",
    },
];

/// The most characters a tag has.
const TAG: usize = 136;

/// The devices that RDR, PUNCH, PRINTER, CONSOLE or a number means; none for another word.
fn chosen(ctx: &Ctx<'_>, word: &[u8]) -> Option<Vec<u16>> {
    let guest = ctx.guest()?;
    let kind = |kind: SpoolKind| {
        let fits = move |v: &Vdev| matches!(v, Vdev::Spool(s) if s.kind == kind);
        let fitting = guest.vdevs.iter().filter(|(_, v)| fits(v));
        Some(fitting.map(|(n, _)| *n).collect())
    };
    match queue(word) {
        Some(Queue::Reader) => return kind(SpoolKind::Reader),
        Some(Queue::Printer) => return kind(SpoolKind::Printer),
        Some(Queue::Punch) => return kind(SpoolKind::Punch),
        None => {}
    }
    match word {
        w if abbrev::matches("CONsole", w) => Some(guest.console().into_iter().collect()),
        w => words::vdev(w).map(|v| vec![v]),
    }
}

/// The queue that a word names.
pub(super) fn queue(word: &[u8]) -> Option<Queue> {
    match word {
        w if abbrev::matches("Reader", w) || abbrev::matches("RDR", w) => Some(Queue::Reader),
        w if abbrev::matches("PRinter", w) || abbrev::matches("PRT", w) => Some(Queue::Printer),
        w if abbrev::matches("PUnch", w) || abbrev::matches("PCH", w) => Some(Queue::Punch),
        _ => None,
    }
}

/// The messages of a command that takes spooling options.
struct Ids {
    operand: &'static Msg,
    option: &'static Msg,
    missing: &'static Msg,
    device: &'static Msg,
    user: &'static Msg,
    class: &'static Msg,
}

const SPOOL: Ids = Ids {
    operand: &hcp::HCPCSP002E,
    option: &hcp::HCPCSP003E,
    missing: &hcp::HCPCSP026E,
    device: &hcp::HCPCSP040E,
    user: &hcp::HCPCSP053E,
    class: &hcp::HCPCSP028E,
};

const CLOSE: Ids = Ids {
    operand: &hcp::HCPCSC002E,
    option: &hcp::HCPCSC003E,
    missing: &hcp::HCPCSC026E,
    device: &hcp::HCPCSC040E,
    user: &hcp::HCPCSC053E,
    class: &hcp::HCPCSC003E,
};

/// The devices of the first word, which must be there and spooled.
fn devices(ctx: &Ctx<'_>, words: &mut Words<'_>, ids: &Ids) -> Result<Vec<u16>, Message> {
    let word = words.next().ok_or_else(|| ids.missing.with(&[]))?;
    let numbers = chosen(ctx, word).ok_or_else(|| ids.option.with(&[word]))?;
    let shown = |n: u16| format!("{n:04X}").into_bytes();
    let guest = ctx.guest();
    let absent = |n: &&u16| guest.is_none_or(|g| g.spooling(**n).is_none());
    if let Some(absent) = numbers.iter().find(absent) {
        return Err(ids.device.with(&[&shown(*absent)]));
    }
    match numbers.is_empty() {
        true => Err(ids.device.with(&[&word.to_ascii_uppercase()])),
        false => Ok(numbers),
    }
}

/// What the options of SPOOL and CLOSE ask for besides how the device is spooled.
#[derive(Clone, Copy, Default)]
struct Asked {
    close: bool,
    purge: bool,
    eof: bool,
    hold: Option<bool>,
    keep: Option<bool>,
    start: Option<bool>,
    term: Option<bool>,
}

fn spool(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let numbers = devices(ctx, words, &SPOOL)?;
    if words.is_empty() {
        return Err(hcp::HCPCSP026E.with(&[]));
    }
    for vdev in numbers {
        let mut asked = Asked::default();
        let spooling = options(ctx, vdev, *words, &SPOOL, &mut asked)?;
        let guest = ctx.guest_mut()?;
        let is_console = Some(vdev) == guest.console();
        if !is_console && (asked.start.is_some() || asked.term.is_some()) {
            let word = if asked.start == Some(true) {
                "START"
            } else {
                "STOP"
            };
            return Err(hcp::HCPCSP003E.with(&[word.as_bytes()]));
        }
        if let Some(own) = guest.spooling_mut(vdev) {
            own.clone_from(&spooling);
        }
        if is_console {
            let console = &mut guest.console_spool;
            console.started = asked.start.unwrap_or(console.started);
            console.term = asked.term.unwrap_or(console.term);
        }
        if let Some(Vdev::Spool(device)) = guest.vdevs.get(&vdev).cloned() {
            guest.hardware.set_reading(vdev, &device);
        }
        if asked.close || asked.purge {
            close_one(ctx, vdev, &spooling, &asked)?;
        }
    }
    Ok(())
}

fn close(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    for vdev in devices(ctx, words, &CLOSE)? {
        let mut asked = Asked::default();
        let spooling = options(ctx, vdev, *words, &CLOSE, &mut asked)?;
        close_one(ctx, vdev, &spooling, &asked)?;
    }
    Ok(())
}

/// Closes the file of one device as `spooling` says.
fn close_one(ctx: &mut Ctx<'_>, vdev: u16, spooling: &Spooling, asked: &Asked) -> Outcome {
    let user = ctx.user.clone();
    let guest = ctx.guest_mut()?;
    if guest.makes(vdev).is_none() {
        let (hold, keep) = match asked.purge {
            true => (Some(false), Some(false)),
            false => (asked.hold, asked.keep),
        };
        guest.hardware.close_reader(vdev, hold, keep);
        ctx.sys.tell_spool_faults(&user);
        return Ok(());
    }
    // A continuous file goes on over CLOSE; EOF, PURGE and NOCONT end it.
    if spooling.cont && !asked.eof && !asked.purge {
        return Ok(());
    }
    let disposal = match asked.purge {
        true => Disposal::Purge,
        false => Disposal::Queue,
    };
    let closed = ctx.sys.close_output(&user, vdev, spooling, disposal);
    match closed {
        Ok(None) => Ok(()),
        Ok(Some(file)) => {
            let line = ctx.sys.tell_sent(&user, &file);
            ctx.inform(line);
            Ok(())
        }
        Err(error) => Err(trouble(&error)),
    }
}

/// What a spool that cannot take a file says.
pub(super) fn trouble(error: &SpoolError) -> Message {
    match error {
        SpoolError::Full => hcp::HCPCSC439E.with(&[]),
        other => hcp::HCPCSC444E.with(&[other.to_string().as_bytes()]),
    }
}

/// How a device is spooled with the options of a command.
fn options(
    ctx: &Ctx<'_>,
    vdev: u16,
    mut words: Words<'_>,
    ids: &Ids,
    asked: &mut Asked,
) -> Result<Spooling, Message> {
    let Some(guest) = ctx.guest() else {
        return Err(ids.missing.with(&[]));
    };
    let mut s = guest
        .spooling(vdev)
        .cloned()
        .unwrap_or_else(|| Spooling::new(b'A'));
    while let Some(word) = words.next() {
        let is = |name: &str| abbrev::matches(name, word);
        let known = match word {
            _ if is("CLOse") && ids.option.id == hcp::HCPCSP003E.id => set(&mut asked.close, true),
            _ if is("PUrge") => set(&mut asked.purge, true),
            _ if is("STArt") => set(&mut asked.start, Some(true)),
            _ if is("STOp") => set(&mut asked.start, Some(false)),
            _ if is("TErm") => set(&mut asked.term, Some(true)),
            _ if is("NOTerm") => set(&mut asked.term, Some(false)),
            _ => switch(&mut s, word, asked),
        };
        if !known && !value(ctx, vdev, &mut s, word, &mut words, ids)? {
            return Err(ids.option.with(&[word]));
        }
    }
    Ok(s)
}

fn set<T>(to: &mut T, value: T) -> bool {
    *to = value;
    true
}

/// The options that are on or off.
fn switch(s: &mut Spooling, word: &[u8], asked: &mut Asked) -> bool {
    let is = |name: &str| abbrev::matches(name, word);
    let mut hold = |on: bool| {
        s.hold = on;
        set(&mut asked.hold, Some(on))
    };
    if is("HOld") {
        return hold(true);
    }
    if is("NOHold") {
        return hold(false);
    }
    let mut keep = |on: bool| {
        s.keep = on;
        set(&mut asked.keep, Some(on))
    };
    if is("KEep") {
        return keep(true);
    }
    if is("NOKeep") {
        return keep(false);
    }
    match word {
        _ if is("CONt") => set(&mut s.cont, true),
        _ if is("NOCont") => set(&mut s.cont, false),
        _ if is("MSG") => set(&mut s.msg, true),
        _ if is("NOMsg") => set(&mut s.msg, false),
        _ if is("NOEof") => set(&mut s.eof, false),
        _ if is("NOName") => set(&mut s.name, None),
        _ if is("EOF") => {
            asked.eof = true;
            set(&mut s.eof, true)
        }
        _ => false,
    }
}

/// The options with values; false when the word is none.
fn value(
    ctx: &Ctx<'_>,
    vdev: u16,
    s: &mut Spooling,
    word: &[u8],
    words: &mut Words<'_>,
    ids: &Ids,
) -> Result<bool, Message> {
    let is = |name: &str| abbrev::matches(name, word);
    let missing = || ids.missing.with(&[]);
    let reads = ctx.guest().is_some_and(|g| g.makes(vdev).is_none());
    let closing = ids.option.id == hcp::HCPCSC003E.id;
    match word {
        _ if is("CLass") && !closing => {
            let word = words.next().ok_or_else(missing)?;
            s.class = class(word)
                .filter(|c| *c != b'*' || reads)
                .ok_or_else(|| ids.class.with(&[word]))?;
        }
        // The rest is of output devices.
        _ if reads => return Ok(false),
        _ if is("COpy") && !closing => {
            let word = words.next().ok_or_else(missing)?;
            s.copies = copies(word).ok_or_else(|| ids.operand.with(&[word]))?;
        }
        _ if is("Dist") => {
            let word = words.next().ok_or_else(missing)?;
            s.dist = match word {
                w if w == b"*" || abbrev::matches("OFF", w) => None,
                w => Some(short(w).ok_or_else(|| ids.operand.with(&[w]))?),
            };
        }
        _ if is("FORM") => {
            let word = words.next().ok_or_else(missing)?;
            s.form = match word {
                w if abbrev::matches("OFF", w) => b"STANDARD".to_vec(),
                w => short(w).ok_or_else(|| ids.operand.with(&[w]))?,
            };
        }
        _ if is("DEST") => {
            let word = words.next().ok_or_else(missing)?;
            s.dest = short(word).ok_or_else(|| ids.operand.with(&[word]))?;
        }
        _ if is("NAme") => {
            s.name = Some(file_name(ctx, words).ok_or_else(missing)?);
        }
        _ if is("SYSTEM") || is("OFF") => s.to = None,
        _ if is("To") => {
            let word = words.next().ok_or_else(missing)?;
            s.to = match word {
                w if abbrev::matches("SYSTEM", w) => None,
                w => Some(destination(ctx, w, words, ids)?),
            };
        }
        _ if is("For") => {
            let word = words.next().ok_or_else(missing)?;
            let user = user(ctx, word, ids)?;
            let queue = match ctx.guest().and_then(|g| g.makes(vdev)) {
                Some(crate::cp::spool::Made::Punch) => Queue::Punch,
                _ => Queue::Printer,
            };
            s.to = (user != ctx.user).then_some((user, queue));
        }
        // TO may be left out.
        w if w == b"*" || ctx.sys.directory.user(w).is_some() => {
            s.to = Some(destination(ctx, w, words, ids)?);
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn user(ctx: &Ctx<'_>, word: &[u8], ids: &Ids) -> Result<UserId, Message> {
    let user = match word {
        b"*" => ctx.user.clone(),
        w => w.to_ascii_uppercase(),
    };
    match ctx.sys.directory.user(&user) {
        Some(_) => Ok(user),
        None => Err(ids.user.with(&[&user])),
    }
}

/// A user and the queue behind it, the reader's when there is none.
fn destination(
    ctx: &Ctx<'_>,
    word: &[u8],
    words: &mut Words<'_>,
    ids: &Ids,
) -> Result<(UserId, Queue), Message> {
    let user = user(ctx, word, ids)?;
    let named = words.peek().and_then(queue);
    if named.is_some() {
        words.next();
    }
    Ok((user, named.unwrap_or(Queue::Reader)))
}

/// A spool class: a letter, a digit, or `*`.
pub(super) fn class(word: &[u8]) -> Option<u8> {
    match word {
        &[c] if c.is_ascii_alphanumeric() || c == b'*' => Some(c.to_ascii_uppercase()),
        _ => None,
    }
}

/// A number of copies, 1 to 255; the asterisk of page-by-page copies says nothing here.
pub(super) fn copies(word: &[u8]) -> Option<u16> {
    let digits = word.strip_prefix(b"*").unwrap_or(word);
    let number = words::decimal(digits).and_then(|n| u16::try_from(n).ok());
    number.filter(|n| (1..=255).contains(n))
}

/// A word of up to eight characters, in upper case.
pub(super) fn short(word: &[u8]) -> Option<Vec<u8>> {
    (word.len() <= 8).then(|| word.to_ascii_uppercase())
}

/// File name and file type, or a data set name of up to 24 characters. A program in the machine may give
/// them in small letters; what is typed, and what CMS issues, is folded.
pub(super) fn file_name(ctx: &Ctx<'_>, words: &mut Words<'_>) -> Option<(Vec<u8>, Vec<u8>)> {
    let as_given = ctx.origin == crate::cp::native::Origin::Program
        && ctx.guest().is_some_and(|g| matches!(g.body, Body::Machine));
    let fold = |w: &[u8]| match as_given {
        true => w.to_vec(),
        false => w.to_ascii_uppercase(),
    };
    let name = fold(words.next()?);
    let kind = words.next().map(fold).unwrap_or_default();
    let fits = match kind.is_empty() {
        true => name.len() <= 24,
        false => name.len() <= 8 && kind.len() <= 8,
    };
    fits.then_some((name, kind))
}

fn tag(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let shows = words.peek().is_some_and(|w| abbrev::matches("Query", w));
    if shows {
        words.next();
    }
    set_or_show(ctx, words, shows)
}

/// QUERY TAG, which is TAG QUERY.
pub(super) fn query_tag(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    set_or_show(ctx, words, true)
}

fn set_or_show(ctx: &mut Ctx<'_>, words: &mut Words<'_>, shows: bool) -> Outcome {
    let what = words.next().ok_or_else(|| hcp::HCPCSU026E.with(&[]))?;
    if abbrev::matches("FILE", what) {
        return tag_file(ctx, words, shows);
    }
    if !abbrev::matches("DEV", what) {
        return Err(hcp::HCPCSU003E.with(&[what]));
    }
    let numbers = devices(ctx, words, &SPOOL)?;
    if shows {
        no_more(words, &hcp::HCPCSU003E)?;
        for vdev in numbers {
            let tag = ctx
                .guest()
                .and_then(|g| g.spooling(vdev))
                .map(|s| s.tag.clone());
            ctx.say(tag.unwrap_or_default());
        }
        return Ok(());
    }
    let text = tag_text(words)?;
    let guest = ctx.guest_mut()?;
    for vdev in numbers {
        if let Some(spooling) = guest.spooling_mut(vdev) {
            spooling.tag.clone_from(&text);
        }
    }
    Ok(())
}

fn tag_text(words: &Words<'_>) -> Result<Vec<u8>, Message> {
    match words.rest() {
        text if text.len() > TAG => Err(hcp::HCPCSU002E.with(&[&text[..8]])),
        text => Ok(text.to_vec()),
    }
}

fn tag_file(ctx: &mut Ctx<'_>, words: &mut Words<'_>, shows: bool) -> Outcome {
    let word = words.next().ok_or_else(|| hcp::HCPCSU027E.with(&[]))?;
    let id = spoolid(word).ok_or_else(|| hcp::HCPCSU008E.with(&[word]))?;
    let user = ctx.user.clone();
    // A file that was sent may still be tagged by its sender.
    let mine = |a: &Attributes| a.id == id && (a.owner == user || a.origin == user);
    let absent = || hcp::HCPCSU042E.with(&[format!("{id:04}").as_bytes()]);
    if shows {
        no_more(words, &hcp::HCPCSU003E)?;
        let listing = ctx.sys.spool.list().map_err(|e| trouble(&e))?;
        let file = listing.files.into_iter().find(mine).ok_or_else(absent)?;
        ctx.say(file.tag);
        return Ok(());
    }
    let text = tag_text(words)?;
    let changed = ctx.sys.spool.change(|a| {
        let found = mine(a);
        if found {
            a.tag.clone_from(&text);
        }
        found
    });
    match changed.map_err(|e| trouble(&e))?.is_empty() {
        true => Err(absent()),
        false => Ok(()),
    }
}

/// A spool file number: one to four digits, not 0.
pub(super) fn spoolid(word: &[u8]) -> Option<u16> {
    let number = words::decimal(word).filter(|_| word.len() <= 4)?;
    u16::try_from(number).ok().filter(|n| *n > 0)
}
