//! VMDUMP and DUMP: storage and registers into a spool file for the dump tools, or on paper (z/VM CP
//! Commands: VMDUMP, DUMP).

use super::display::one;
use super::{Ctx, Outcome, Row, line};
use crate::base::Message;
use crate::base::abbrev;
use crate::base::codepage::host_to_ebcdic;
use crate::base::msg::hcp;
use crate::cp::directory::SpoolKind;
use crate::cp::guest::Vdev;
use crate::cp::spool::{Attributes, Made, Queue, Spooling};
use crate::cp::vmdump::{self, About};
use crate::cp::words::{self, Words};
use crate::device::UnitRecord;

pub(super) const COMMANDS: &[Row] = &[
    Row {
        name: "VMDUMP",
        classes: "G",
        run: vmdump,
        usage: "VMDUMP [[hexloc]{-|:}{hexloc|END}|hexloc.{length|END}|hexloc …] [TO {userid|*}|SYSTEM] [FORMAT vmtype] [DSS] [*dumpid]",
        doc: "Puts storage and registers into a reader file that dump tools understand.",
        example: "VMDUMP 0-FFF TO * FORMAT LINUX *first page",
    },
    Row {
        name: "DUmp",
        classes: "G",
        run: dump,
        usage: "DUmp [T][L|V|R|U][hexloc]{-|:}{hexloc|END}|hexloc.{length|END}|hexloc … [*dumpid]",
        doc: "Prints registers, storage keys and storage on the virtual printer.",
        example: "DUMP T0-1F *new PSWs",
    },
];

/// The reader that SYSTEM means.
const SYSTEM: &[u8] = b"OPERATNS";
/// The class of dump files.
const CLASS: u8 = b'V';
/// The most ranges of one command that the file tells of.
const MOST_RANGES: usize = 4;
/// The command of a record in the file, and of a printed line: write, no carriage movement; write, one line.
const WRITE: u8 = 0x01;
const WRITE_LINE: u8 = 0x09;
/// The longest text behind `*`.
const DUMPID: usize = 100;

/// A range of storage; END is its last byte, and 0 where the first location is missing.
fn range(word: &[u8], size: u64, alone: u64) -> Result<(u64, u64), Message> {
    let upper = word.to_ascii_uppercase();
    let invalid = || hcp::HCPVMD005E.with(&[&upper]);
    let mut text = upper.clone();
    if text.starts_with(b"-") || text.starts_with(b":") {
        text.insert(0, b'0');
    }
    if let Some(at) = text.iter().position(|c| b"-:.".contains(c))
        && matches!(&text[at + 1..], b"" | b"END")
    {
        let first = words::hex(&text[..at]).ok_or_else(invalid)?;
        text = format!("{first:X}-{:X}", size.saturating_sub(1).max(first)).into_bytes();
    }
    let (first, last) = words::range(&text, alone).ok_or_else(invalid)?;
    match last < size {
        true => Ok((first, last)),
        false => {
            let shown = last.max(first);
            Err(hcp::HCPVMD160E.with(&[format!("{shown:08X}").as_bytes()]))
        }
    }
}

/// The text behind `*`, which ends the command.
fn dumpid(words: &Words<'_>) -> Vec<u8> {
    let text = words.rest();
    text[1..text.len().min(1 + DUMPID)].to_vec()
}

fn vmdump(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let size = ctx.guest_mut()?.hardware.storage_size();
    let (mut ranges, mut to, mut format, mut id) = (Vec::new(), None, Vec::new(), Vec::new());
    let mut segments = false;
    while let Some(word) = words.peek() {
        if word.starts_with(b"*") {
            id = dumpid(words);
            break;
        }
        words.next();
        match word {
            w if abbrev::matches("TO", w) => {
                let user = words.next().ok_or_else(|| hcp::HCPVMD026E.with(&[]))?;
                to = Some(match user {
                    b"*" => ctx.user.clone(),
                    user => user.to_ascii_uppercase(),
                });
            }
            w if abbrev::matches("SYSTEM", w) => to = Some(SYSTEM.to_vec()),
            w if abbrev::matches("FORMAT", w) => {
                let kind = words.next().ok_or_else(|| hcp::HCPVMD026E.with(&[]))?;
                if kind.len() > 8 {
                    return Err(hcp::HCPVMD003E.with(&[kind]));
                }
                format = kind.to_ascii_uppercase();
            }
            w if abbrev::matches("DSS", w) => segments = true,
            w if w.iter().any(|c| b"-:.".contains(c)) || words::hex(w).is_some() => {
                let (first, last) = range(w, size, 4)?;
                ranges.push((first & !0xFFF, last | 0xFFF));
            }
            w => return Err(hcp::HCPVMD003E.with(&[&w.to_ascii_uppercase()])),
        }
    }
    if ranges.len() > MOST_RANGES {
        return Err(hcp::HCPVMD026E.with(&[]));
    }
    if ranges.is_empty() {
        ranges.push((0, size - 1));
    }
    if segments {
        let storage = &ctx.guest_mut()?.hardware.machine.storage;
        let beyond = storage.beyond().iter();
        ranges.extend(beyond.map(|(page, pages)| (page << 12, ((page + pages) << 12) - 1)));
    }
    let owner = to.unwrap_or_else(|| ctx.user.clone());
    if ctx.sys.directory.user(&owner).is_none() {
        return Err(hcp::HCPVMD053E.with(&[&owner]));
    }
    let records = take(ctx, &ranges, &format, &id)?;
    send(ctx, owner, records)
}

/// The records of the dump.
fn take(
    ctx: &mut Ctx<'_>,
    ranges: &[(u64, u64)],
    format: &[u8],
    id: &[u8],
) -> Result<Vec<UnitRecord>, Message> {
    let (system, user) = (ctx.sys.name.clone(), ctx.user.clone());
    let c = ctx.sys.clock.local();
    let digits = |n: i64| [b'0' + (n / 10 % 10) as u8, b'0' + (n % 10) as u8];
    let [yy, mm, dd] = [c.year, c.month.into(), c.day.into()].map(digits);
    let [hour, minute] = [c.hour, c.minute].map(|n| digits(n.into()));
    let about = About {
        system: &system,
        user: &user,
        format,
        dumpid: id,
        date: [yy[0], yy[1], mm[0], mm[1], dd[0], dd[1]],
        time: [hour[0], hour[1], minute[0], minute[1]],
        ranges,
    };
    let records = vmdump::records(&mut ctx.guest_mut()?.hardware.machine, &about)
        .map_err(|e| hcp::HCPVMD444E.with(&[e.as_bytes()]))?;
    let record = |data| UnitRecord {
        command: WRITE,
        data,
    };
    Ok(records.into_iter().map(record).collect())
}

/// Puts a dump into a reader.
fn send(ctx: &mut Ctx<'_>, owner: Vec<u8>, records: Vec<UnitRecord>) -> Outcome {
    let spooling = Spooling::new(CLASS);
    let mut file = Attributes {
        id: 0,
        owner,
        origin: ctx.user.clone(),
        queue: Queue::Reader,
        made: Made::Dump,
        class: CLASS,
        copies: 1,
        hold: crate::cp::spool::Hold::default(),
        keep: false,
        msg: false,
        form: spooling.form,
        dest: spooling.dest,
        dist: ctx.user.clone(),
        name: b"VMDUMP".to_vec(),
        kind: b"FILE".to_vec(),
        tag: Vec::new(),
        created: ctx.sys.clock.micros(),
        place: 0,
        records: 0,
    };
    ctx.sys
        .spool
        .make(&mut file, None, &records)
        .map_err(|e| hcp::HCPVMD444E.with(&[e.to_string().as_bytes()]))?;
    if let Some(owner) = ctx.sys.guest_mut(&file.owner) {
        owner.hardware.wake_readers();
    }
    let user = ctx.user.clone();
    let told = ctx.sys.tell_sent(&user, &file);
    ctx.inform(told);
    ctx.inform("Command complete");
    Ok(())
}

fn dump(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let size = ctx.guest_mut()?.hardware.storage_size();
    let mut asked: Vec<Vec<u8>> = Vec::new();
    let mut id = Vec::new();
    while let Some(word) = words.peek() {
        if word.starts_with(b"*") {
            id = dumpid(words);
            break;
        }
        words.next();
        let upper = word.to_ascii_uppercase();
        let letters = upper.iter().take_while(|c| b"TLVRU".contains(c)).count();
        let (letters, place) = upper.split_at(letters);
        let (first, last) = range(place, size, 4)?;
        asked.push([letters, format!("{first:X}-{last:X}").as_bytes()].concat());
    }
    if asked.is_empty() {
        asked.push(format!("R0-{:X}", size - 1).into_bytes());
    }
    let guest = ctx.guest_mut()?;
    let printer = |v: &Vdev| matches!(v, Vdev::Spool(s) if s.kind == SpoolKind::Printer);
    let printer = guest
        .vdevs
        .iter()
        .find(|(_, v)| printer(v))
        .map(|(n, _)| *n);
    let printer = printer.ok_or_else(|| hcp::HCPVMD040E.with(&[b"000E"]))?;
    let head = line!("DUMP OF {} *{}", super::show(&guest.id), super::show(&id));
    let hardware = &mut guest.hardware;
    let mut lines = vec![head];
    for what in [&b"PSW"[..], b"PREFIX", b"GG", b"XG", b"AR", b"Y", b"K"] {
        lines.extend(one(hardware, what)?);
    }
    for what in &asked {
        lines.extend(shortened(one(hardware, what)?));
    }
    for line in lines {
        let text = host_to_ebcdic(&line[..line.len().min(132)]);
        hardware.write_unit(printer, WRITE_LINE, &text);
    }
    ctx.inform("Command complete");
    Ok(())
}

/// Lines of storage, with one line in place of those that show the same as the line before.
fn shortened(lines: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let place = |l: &[u8]| l.iter().position(|c| *c == b' ').unwrap_or(l.len());
    let contents = |l: &[u8]| l[place(l)..].to_vec();
    let mut out: Vec<Vec<u8>> = Vec::new();
    let mut same: Option<(Vec<u8>, Vec<u8>)> = None;
    let mut before: Option<Vec<u8>> = None;
    for line in lines {
        let at = line[..place(&line)].to_vec();
        if before.as_deref() == Some(&contents(&line)) {
            let first = same.take().map_or_else(|| at.clone(), |(first, _)| first);
            same = Some((first, at));
            continue;
        }
        out.extend(same.take().map(|s| suppressed(&s)));
        before = Some(contents(&line));
        out.push(line);
    }
    out.extend(same.map(|s| suppressed(&s)));
    out
}

fn suppressed((first, last): &(Vec<u8>, Vec<u8>)) -> Vec<u8> {
    let (first, last) = (super::show(first), super::show(last));
    line!("{first} TO {last}  LINES SAME AS ABOVE")
}
