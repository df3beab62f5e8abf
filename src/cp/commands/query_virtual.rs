//! QUERY VIRTUAL: the virtual machine's storage, processors and devices (z/VM CP Commands: QUERY VIRTUAL).

use super::{Ctx, Outcome, Row, line, no_more, set, show};
use crate::base::abbrev;
use crate::base::msg::hcp;
use crate::cp::Extent;
use crate::cp::directory::SpoolKind;
use crate::cp::guest::{Disk, Guest, UnitRecordDevice, Vdev};
use crate::cp::words::{self, Words};

pub(super) const OPERANDS: &[Row] = &[
    Row {
        name: "STORage",
        classes: "G",
        run: storage,
        usage: "Query Virtual STORage",
        doc: "The size of the machine's storage.",
        example: "QUERY VIRTUAL STORAGE",
    },
    Row {
        name: "CPUs",
        classes: "G",
        run: cpus,
        usage: "Query Virtual CPUs",
        doc: "The machine's processors.",
        example: "QUERY VIRTUAL CPUS",
    },
    Row {
        name: "ALL",
        classes: "G",
        run: all,
        usage: "Query Virtual [ALL]",
        doc: "The machine's storage, processors and devices.",
        example: "QUERY VIRTUAL ALL",
    },
    Row {
        name: "CONsole",
        classes: "G",
        run: console,
        usage: "Query Virtual CONsole",
        doc: "The machine's console.",
        example: "QUERY VIRTUAL CONSOLE",
    },
    Row {
        name: "DAsd",
        classes: "G",
        run: |ctx, words| some(ctx, words, |v| matches!(v, Vdev::Disk(_)), "DASD"),
        usage: "Query Virtual DAsd",
        doc: "The machine's disks.",
        example: "QUERY VIRTUAL DASD",
    },
    Row {
        name: "RDR",
        classes: "G",
        run: |ctx, words| some(ctx, words, |v| spooled(v, SpoolKind::Reader), "RDR"),
        usage: "Query Virtual RDR",
        doc: "The machine's card readers.",
        example: "QUERY VIRTUAL RDR",
    },
    Row {
        name: "PUnch",
        classes: "G",
        run: |ctx, words| some(ctx, words, |v| spooled(v, SpoolKind::Punch), "PUN"),
        usage: "Query Virtual PUnch",
        doc: "The machine's card punches.",
        example: "QUERY VIRTUAL PUNCH",
    },
    Row {
        name: "PRinter",
        classes: "G",
        run: |ctx, words| some(ctx, words, |v| spooled(v, SpoolKind::Printer), "PRT"),
        usage: "Query Virtual PRinter",
        doc: "The machine's printers.",
        example: "QUERY VIRTUAL PRINTER",
    },
    Row {
        name: "UR",
        classes: "G",
        run: |ctx, words| some(ctx, words, |v| matches!(v, Vdev::Spool(_)), "UR"),
        usage: "Query Virtual UR",
        doc: "The machine's unit record devices.",
        example: "QUERY VIRTUAL UR",
    },
    Row {
        name: "PF",
        classes: "G",
        run: set::query_pf,
        usage: "Query Virtual PF",
        doc: "The program function keys.",
        example: "QUERY VIRTUAL PF",
    },
];

pub(super) fn query(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let Some(name) = words.next() else {
        return all(ctx, words);
    };
    if let Some(row) = abbrev::find(OPERANDS, |r| r.name, name) {
        return (row.run)(ctx, words);
    }
    if let Some((first, last)) = device_range(name) {
        if first == last {
            return device(ctx, first, words);
        }
        return some_numbers(ctx, words, first, last);
    }
    Err(hcp::HCPCQV003E.with(&[name]))
}

/// `vdev` or `vdev-vdev`.
fn device_range(word: &[u8]) -> Option<(u16, u16)> {
    match word.iter().position(|&c| c == b'-') {
        None => words::vdev(word).map(|v| (v, v)),
        Some(at) => {
            let range = (words::vdev(&word[..at])?, words::vdev(&word[at + 1..])?);
            (range.0 <= range.1).then_some(range)
        }
    }
}

fn storage(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    no_more(words, &hcp::HCPCQV003E)?;
    let bytes = ctx.guest().map_or(0, |g| g.storage);
    ctx.say(line!("STORAGE = {}", super::size(bytes)));
    Ok(())
}

fn cpus(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    no_more(words, &hcp::HCPCQV003E)?;
    let Some(guest) = ctx.guest() else {
        return Ok(());
    };
    let id = guest.hardware.cpu_id();
    let addresses: Vec<u16> = guest.hardware.cpu_addresses();
    for (index, address) in addresses.iter().enumerate() {
        let base = if index == 0 { "(BASE)" } else { "      " };
        ctx.say(line!(
            "CPU {address:02X}  ID  {id:016X} {base} CP   CPUAFF ON"
        ));
    }
    Ok(())
}

fn all(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    no_more(words, &hcp::HCPCQV003E)?;
    storage(ctx, &mut Words::new(b""))?;
    cpus(ctx, &mut Words::new(b""))?;
    let lines = ctx
        .guest()
        .map(|g| device_lines(g, |_, _| true))
        .unwrap_or_default();
    lines.into_iter().for_each(|l| ctx.say(l));
    Ok(())
}

fn spooled(vdev: &Vdev, kind: SpoolKind) -> bool {
    matches!(vdev, Vdev::Spool(s) if s.kind == kind)
}

fn some(ctx: &mut Ctx<'_>, words: &mut Words<'_>, which: fn(&Vdev) -> bool, what: &str) -> Outcome {
    no_more(words, &hcp::HCPCQV003E)?;
    let lines = ctx
        .guest()
        .map(|g| device_lines(g, |_, v| which(v)))
        .unwrap_or_default();
    if lines.is_empty() {
        return Err(hcp::HCPQVD040E.with(&[what.as_bytes()]));
    }
    lines.into_iter().for_each(|l| ctx.say(l));
    Ok(())
}

fn some_numbers(ctx: &mut Ctx<'_>, words: &mut Words<'_>, first: u16, last: u16) -> Outcome {
    no_more(words, &hcp::HCPCQV003E)?;
    let within = |n: u16| (first..=last).contains(&n);
    let lines = ctx
        .guest()
        .map(|g| device_lines(g, |n, _| within(n)))
        .unwrap_or_default();
    if lines.is_empty() {
        return Err(hcp::HCPQVD040E.with(&[format!("{first:04X}-{last:04X}").as_bytes()]));
    }
    lines.into_iter().for_each(|l| ctx.say(l));
    Ok(())
}

/// QUERY vdev.
pub(super) fn device(ctx: &mut Ctx<'_>, vdev: u16, words: &mut Words<'_>) -> Outcome {
    no_more(words, &hcp::HCPCQV003E)?;
    let lines = ctx
        .guest()
        .map(|g| device_lines(g, |n, _| n == vdev))
        .unwrap_or_default();
    if lines.is_empty() {
        return Err(hcp::HCPQVD040E.with(&[format!("{vdev:04X}").as_bytes()]));
    }
    lines.into_iter().for_each(|l| ctx.say(l));
    Ok(())
}

/// QUERY CONSOLE: what Linux asks to find its console and how it works.
pub(super) fn console(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    no_more(words, &hcp::HCPCQV003E)?;
    let is_console = |_: u16, v: &Vdev| matches!(v, Vdev::Console { .. });
    let lines = ctx
        .guest()
        .map(|g| device_lines(g, is_console))
        .unwrap_or_default();
    if lines.is_empty() {
        return Err(hcp::HCPQVD040E.with(&[b"CONS"]));
    }
    lines.into_iter().for_each(|l| ctx.say(l));
    Ok(())
}

fn device_lines(guest: &Guest, which: impl Fn(u16, &Vdev) -> bool) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    for (number, vdev) in guest.vdevs.iter().filter(|(n, v)| which(**n, v)) {
        let subchannel = guest.hardware.subchannel(*number);
        match vdev {
            Vdev::Console { .. } => console_lines(&mut out, guest, *number, subchannel),
            Vdev::Spool(s) => spool_lines(&mut out, *number, s, subchannel),
            Vdev::Disk(d) => out.push(disk_line(*number, d, subchannel)),
        }
    }
    out
}

/// Linux reads the word at a fixed place: `CONS 0009 ON …` with CONMODE behind TERM on the second line.
fn console_lines(out: &mut Vec<Vec<u8>>, guest: &Guest, number: u16, subchannel: u16) {
    let place = match guest.disconnected {
        true => "DISCONNECTED".to_string(),
        false => format!("ON LDEV L{number:04X}"),
    };
    let start = if guest.disconnected {
        ""
    } else {
        " TERM START"
    };
    out.push(line!("CONS {number:04X} {place}{start}"));
    out.push(line!(
        "     {number:04X} CL T NOCONT NOHOLD COPY 001    READY FORM STANDARD"
    ));
    out.push(line!(
        "     {number:04X} TO {} PRT DIST {} FLASHC 000 DEST OFF",
        show(&guest.id),
        show(&guest.id)
    ));
    out.push(line!(
        "     {number:04X} FLASH      CHAR      MDFY      0 FCB      LPP OFF"
    ));
    out.push(line!(
        "     {number:04X} {}  NOEOF CLOSED    NOKEEP NOMSG NONAME",
        guest.terminal.conmode
    ));
    out.push(line!("     {number:04X} SUBCHANNEL = {subchannel:04X}"));
}

fn spool_lines(out: &mut Vec<Vec<u8>>, number: u16, s: &UnitRecordDevice, subchannel: u16) {
    let cont = if s.cont { "CONT" } else { "NOCONT" };
    let hold = if s.hold { "HOLD" } else { "NOHOLD" };
    let ready = if s.ready { "READY" } else { "NOTREADY" };
    let keep = if s.keep { "KEEP" } else { "NOKEEP" };
    let class = char::from(s.class);
    let model = s.model;
    if s.kind == SpoolKind::Reader {
        let eof = if s.eof { "EOF" } else { "NOEOF" };
        out.push(line!(
            "RDR  {number:04X} CL {class} {cont} {hold}   {eof}       {ready}"
        ));
        out.push(line!(
            "     {number:04X} {model:04} CLOSED    {keep} NORESCAN SUBCHANNEL = {subchannel:04X}"
        ));
        return;
    }
    let name = if s.kind == SpoolKind::Punch {
        "PUN"
    } else {
        "PRT"
    };
    let to = s.to.as_deref().map_or("*".into(), |t| show(t).into_owned());
    let copies = s.copies;
    let form = show(&s.form);
    out.push(line!(
        "{name}  {number:04X} CL {class} {cont} {hold} COPY {copies:03}    {ready} FORM {form}"
    ));
    out.push(line!("     {number:04X} TO {to} {name} DIST {to} DEST OFF"));
    out.push(line!(
        "     {number:04X} {model:04} CLOSED    {keep} NOMSG NONAME SUBCHANNEL = {subchannel:04X}"
    ));
}

fn disk_line(number: u16, d: &Disk, subchannel: u16) -> Vec<u8> {
    let access = if d.writable { "R/W" } else { "R/O" };
    let extent = d.extent();
    let kind = extent.device();
    let size = match extent {
        Extent::Cylinders(n) => format!("{n:>10} CYL"),
        Extent::Blocks(n) => format!("{n:>10} BLK"),
    };
    line!(
        "DASD {number:04X} {kind} {:<6} {access} {size} ON DASD  {:04X} SUBCHANNEL = {subchannel:04X}",
        show(&d.volume),
        d.owner.1
    )
}

/// Spool files are kept by the spool; without one there are none to list.
pub(super) fn no_files_reader(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    no_files(ctx, words, "NO RDR FILES")
}

pub(super) fn no_files_punch(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    no_files(ctx, words, "NO PUN FILES")
}

pub(super) fn no_files_printer(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    no_files(ctx, words, "NO PRT FILES")
}

fn no_files(ctx: &mut Ctx<'_>, words: &mut Words<'_>, line: &str) -> Outcome {
    for word in words.by_ref() {
        if word != b"*" && !abbrev::matches("ALL", word) {
            return Err(hcp::HCPCQV003E.with(&[word]));
        }
    }
    ctx.say(line);
    Ok(())
}

/// QUERY FILES.
pub(super) fn files(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    no_more(words, &hcp::HCPCQV003E)?;
    ctx.say("FILES:   NO RDR,   NO PRT,   NO PUN");
    Ok(())
}
