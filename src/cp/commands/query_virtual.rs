//! QUERY VIRTUAL: the virtual machine's storage, processors and devices (z/VM CP Commands: QUERY VIRTUAL).

use super::{Ctx, Outcome, Row, line, no_more, set, show};
use crate::base::abbrev;
use crate::base::msg::hcp;
use crate::cp::Extent;
use crate::cp::directory::SpoolKind;
use crate::cp::guest::{Disk, Guest, UnitRecordDevice, Vdev};
use crate::cp::spool::{Queue, Spooling};
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
        name: "CTCA",
        classes: "G",
        run: |ctx, words| some(ctx, words, |v| matches!(v, Vdev::Ctc { .. }), "CTCA"),
        usage: "Query Virtual CTCA",
        doc: "The machine's channel-to-channel adapters.",
        example: "QUERY VIRTUAL ALL",
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
        name: "PRT",
        classes: "G",
        run: |ctx, words| some(ctx, words, |v| spooled(v, SpoolKind::Printer), "PRT"),
        usage: "Query Virtual PRT",
        doc: "The machine's printers.",
        example: "QUERY VIRTUAL PRT",
    },
    Row {
        name: "PCH",
        classes: "G",
        run: |ctx, words| some(ctx, words, |v| spooled(v, SpoolKind::Punch), "PUN"),
        usage: "Query Virtual PCH",
        doc: "The machine's card punches.",
        example: "QUERY VIRTUAL PCH",
    },
    Row {
        name: "Reader",
        classes: "G",
        run: |ctx, words| some(ctx, words, |v| spooled(v, SpoolKind::Reader), "RDR"),
        usage: "Query Virtual Reader",
        doc: "The machine's card readers.",
        example: "QUERY VIRTUAL READER",
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
    if let Some((first, last)) = words::vdev_range(name) {
        if first == last {
            return device(ctx, first, words);
        }
        return some_numbers(ctx, words, first, last);
    }
    Err(hcp::HCPCQV003E.with(&[&name.to_ascii_uppercase()]))
}

/// QUERY of virtual devices without the word VIRTUAL.
pub(super) fn without_keyword(ctx: &mut Ctx<'_>, name: &[u8], words: &mut Words<'_>) -> Outcome {
    if let Some(row) = abbrev::find(OPERANDS, |r| r.name, name) {
        return (row.run)(ctx, words);
    }
    match words::vdev_range(name) {
        Some((first, last)) => some_numbers(ctx, words, first, last),
        None => Err(hcp::HCPCQV003E.with(&[&name.to_ascii_uppercase()])),
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
    let lines = device_lines(ctx, |_, _| true)?;
    lines.into_iter().for_each(|l| ctx.say(l));
    Ok(())
}

fn spooled(vdev: &Vdev, kind: SpoolKind) -> bool {
    matches!(vdev, Vdev::Spool(s) if s.kind == kind)
}

fn some(ctx: &mut Ctx<'_>, words: &mut Words<'_>, which: fn(&Vdev) -> bool, what: &str) -> Outcome {
    no_more(words, &hcp::HCPCQV003E)?;
    let lines = device_lines(ctx, |_, v| which(v))?;
    if lines.is_empty() {
        return Err(hcp::HCPQVD040E.with(&[what.as_bytes()]));
    }
    lines.into_iter().for_each(|l| ctx.say(l));
    Ok(())
}

fn some_numbers(ctx: &mut Ctx<'_>, words: &mut Words<'_>, first: u16, last: u16) -> Outcome {
    no_more(words, &hcp::HCPCQV003E)?;
    let within = |n: u16| (first..=last).contains(&n);
    let lines = device_lines(ctx, |n, _| within(n))?;
    if lines.is_empty() {
        return Err(hcp::HCPQVD040E.with(&[format!("{first:04X}-{last:04X}").as_bytes()]));
    }
    lines.into_iter().for_each(|l| ctx.say(l));
    Ok(())
}

/// QUERY vdev.
pub(super) fn device(ctx: &mut Ctx<'_>, vdev: u16, words: &mut Words<'_>) -> Outcome {
    no_more(words, &hcp::HCPCQV003E)?;
    let lines = device_lines(ctx, |n, _| n == vdev)?;
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
    let lines = device_lines(ctx, is_console)?;
    if lines.is_empty() {
        return Err(hcp::HCPQVD040E.with(&[b"CONS"]));
    }
    lines.into_iter().for_each(|l| ctx.say(l));
    Ok(())
}

/// The lines of the devices that `which` names.
fn device_lines(ctx: &mut Ctx<'_>, which: impl Fn(u16, &Vdev) -> bool) -> Lines {
    let user = ctx.user.clone();
    let mut out = Vec::new();
    let numbers: Vec<u16> = match ctx.guest() {
        Some(guest) => guest
            .vdevs
            .iter()
            .filter(|(n, v)| which(**n, v))
            .map(|(n, _)| *n)
            .collect(),
        None => return Ok(out),
    };
    for number in numbers {
        let open = ctx.sys.open_number(&user, number);
        let open = open.map_err(|e| super::spool::trouble(&e))?;
        let Some((guest, vdev)) = ctx.guest().and_then(|g| Some((g, g.vdevs.get(&number)?))) else {
            continue;
        };
        let subchannel = guest.hardware.subchannel(number);
        match vdev {
            Vdev::Console { .. } => console_lines(&mut out, guest, number, open, subchannel),
            Vdev::Spool(device) => {
                let of = Spooled {
                    number,
                    s: &device.spooling,
                    user: &user,
                    open,
                };
                spool_lines(&mut out, device, &of, subchannel);
            }
            Vdev::Disk(d) => out.push(disk_line(number, d, subchannel)),
            Vdev::Ctc { peer } => {
                out.push(super::couple::ctc_line(number, peer.as_ref(), subchannel));
            }
        }
    }
    Ok(out)
}

type Lines = Result<Vec<Vec<u8>>, crate::base::Message>;

/// Linux reads the word at a fixed place: `CONS 0009 ON …` with CONMODE behind TERM on the second line.
fn console_lines(
    out: &mut Vec<Vec<u8>>,
    guest: &Guest,
    number: u16,
    open: Option<u16>,
    subchannel: u16,
) {
    let place = match guest.disconnected {
        true => "DISCONNECTED".to_string(),
        false => format!("ON LDEV L{number:04X}"),
    };
    let start = match (
        guest.disconnected,
        guest.console_spool.started,
        guest.console_spool.term,
    ) {
        (true, ..) => "",
        (false, true, true) => " TERM START",
        (false, true, false) => " NOTERM START",
        (false, false, _) => " TERM STOP",
    };
    let s = &guest.console_spool.spooling;
    let of = Spooled {
        number,
        s,
        user: &guest.id,
        open,
    };
    let (front, to, open, keep) = (of.front(), of.to(Queue::Printer), of.open(), of.keep());
    let (copies, form, dest) = (s.copies, show(&s.form), show(&s.dest));
    out.push(line!("CONS {number:04X} {place}{start}"));
    out.push(line!(
        "     {number:04X} {front} COPY {copies:03}    READY FORM {form}"
    ));
    out.push(line!("     {number:04X} {to} FLASHC 000 DEST {dest}"));
    out.push(line!(
        "     {number:04X} FLASH      CHAR      MDFY      0 FCB      LPP OFF"
    ));
    out.push(line!(
        "     {number:04X} {} {} {open} {keep} {}",
        guest.terminal.conmode,
        of.eof(),
        of.name()
    ));
    out.push(line!("     {number:04X} SUBCHANNEL = {subchannel:04X}"));
}

/// What the lines of a spooled device have in common.
struct Spooled<'a> {
    number: u16,
    s: &'a Spooling,
    user: &'a [u8],
    open: Option<u16>,
}

impl Spooled<'_> {
    /// `CL A NOCONT NOHOLD`.
    fn front(&self) -> String {
        format!(
            "CL {} {:>6} {:>6}",
            char::from(self.s.class),
            if self.s.cont { "CONT" } else { "NOCONT" },
            if self.s.hold { "HOLD" } else { "NOHOLD" }
        )
    }

    /// `CLOSED    ` or `OPEN 0007 `.
    fn open(&self) -> String {
        match self.open {
            Some(id) => format!("{:<10}", format!("OPEN {id:04}")),
            None => "CLOSED    ".into(),
        }
    }

    fn keep(&self) -> &'static str {
        if self.s.keep { "  KEEP" } else { "NOKEEP" }
    }

    fn eof(&self) -> &'static str {
        if self.s.eof { "  EOF" } else { "NOEOF" }
    }

    /// `TO LINUX1   PUN DIST LINUX1  `.
    fn to(&self, own: Queue) -> String {
        let (user, queue) = match &self.s.to {
            Some((user, queue)) => (user.as_slice(), *queue),
            None => (self.user, own),
        };
        let dist = self.s.dist.as_deref().unwrap_or(self.user);
        format!(
            "TO {:<8} {} DIST {:<8}",
            show(user),
            queue.name(),
            show(dist)
        )
    }

    /// `NOMSG NONAME`.
    fn name(&self) -> String {
        let msg = if self.s.msg { "  MSG" } else { "NOMSG" };
        match &self.s.name {
            Some((name, kind)) => format!("{msg} NAME {} {}", show(name), show(kind))
                .trim_end()
                .into(),
            None => format!("{msg} NONAME"),
        }
    }
}

fn spool_lines(
    out: &mut Vec<Vec<u8>>,
    device: &UnitRecordDevice,
    of: &Spooled<'_>,
    subchannel: u16,
) {
    let (number, s) = (of.number, of.s);
    let ready = if device.ready { "READY" } else { "NOTREADY" };
    let (front, open, keep, model) = (of.front(), of.open(), of.keep(), device.model);
    let (name, own) = match device.kind {
        SpoolKind::Reader => {
            let eof = of.eof();
            out.push(line!("RDR  {number:04X} {front} {eof}    {ready:>8}"));
            out.push(line!(
                "     {number:04X} {model:04}      {open} {keep} NORESCAN SUBCHANNEL = {subchannel:04X}"
            ));
            return;
        }
        SpoolKind::Punch => ("PUN", Queue::Punch),
        SpoolKind::Printer => ("PRT", Queue::Printer),
    };
    let (copies, form, dest) = (s.copies, show(&s.form), show(&s.dest));
    let (to, eof, named) = (of.to(own), of.eof(), of.name());
    out.push(line!(
        "{name}  {number:04X} {front} COPY {copies:03} {ready:>8} FORM {form}"
    ));
    if own == Queue::Punch {
        out.push(line!("     {number:04X} {to}   DEST {dest}"));
        out.push(line!(
            "     {number:04X} FLASH      000 CHAR      MDFY      0 FCB"
        ));
    } else {
        out.push(line!("     {number:04X} {to} FLASHC 000 DEST {dest}"));
        out.push(line!(
            "     {number:04X} FLASH      CHAR      MDFY      0 FCB      LPP OFF"
        ));
    }
    out.push(line!(
        "     {number:04X} {model:04} {eof} {open} {keep} {named}"
    ));
    out.push(line!("     {number:04X} SUBCHANNEL = {subchannel:04X}"));
}

fn disk_line(number: u16, d: &Disk, subchannel: u16) -> Vec<u8> {
    let access = if d.writable { "R/W" } else { "R/O" };
    let extent = d.extent();
    let kind = match d.kind.starts_with(b"3380") {
        true => "3380",
        false => extent.device(),
    };
    let size = match extent {
        Extent::Cylinders(n) => format!("{n:>10} CYL"),
        Extent::Blocks(n) => format!("{n:>10} BLK"),
    };
    let real = match d.volume.as_slice() {
        b"(VDSK)" => "VDSK".into(),
        _ => format!("{:04X}", d.owner.1),
    };
    line!(
        "DASD {number:04X} {kind} {:<6} {access} {size} ON DASD  {real} SUBCHANNEL = {subchannel:04X}",
        show(&d.volume)
    )
}
