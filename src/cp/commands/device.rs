//! Virtual devices: LINK, DETACH, ATTACH, SPOOL, CLOSE (z/VM CP Commands).

use super::{Ctx, Outcome, Row, line, no_more, show};
use crate::base::abbrev;
use crate::base::msg::hcp;
use crate::cp::directory::SpoolKind;
use crate::cp::guest::{DeckSource, UnitRecordDevice, Vdev};
use crate::cp::words::{self, Words};

pub(super) const COMMANDS: &[Row] = &[
    Row {
        name: "DETach",
        classes: "G",
        run: detach,
        usage: "DETach vdev ...",
        doc: "Takes devices away from the virtual machine.",
        example: "DETACH E",
    },
    Row {
        name: "LINK",
        classes: "G",
        run: link,
        usage: "LINK [TO] {user|*} vdev1 [AS] vdev2 [mode] [[PASS=] password]",
        doc: "Gives the virtual machine a minidisk of another user.",
        example: "LINK MAINT 191 291 RR",
    },
    Row {
        name: "ATTach",
        classes: "BG",
        run: attach,
        usage: "ATTach DECK 'host file' [TO] vdev",
        doc: "Puts a host file of the work folder as a deck of cards into a card reader.",
        example: "QUERY VIRTUAL RDR",
    },
    Row {
        name: "SPool",
        classes: "G",
        run: spool,
        usage: "SPool {RDR|PUnch|PRinter|vdev} [CLass c] [CONT|NOCont] [Hold|NOHold] [Keep|NOKeep] [EOF|NOEof] [COpy n] [TO user|*|OFF] [FOrm name]",
        doc: "Sets how unit record devices are spooled.",
        example: "SPOOL PUNCH CLASS A NOCONT",
    },
    Row {
        name: "CLOSE",
        classes: "G",
        run: close,
        usage: "CLOSE {RDR|PUnch|PRinter|CONsole|vdev}",
        doc: "Ends the spool file of a unit record device.",
        example: "CLOSE PUNCH",
    },
    Row {
        name: "CHange",
        classes: "DG",
        run: change,
        usage: "CHange {RDR|PUnch|PRinter} {ALL|spoolid} [CLass c] [Hold|NOHold] [Keep|NOKeep] [COpy n] [FOrm name]",
        doc: "Changes spool files; the system has no spool yet, so it finds none.",
        example: "CHANGE RDR ALL KEEP NOHOLD",
    },
];

fn detach(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    if words.is_empty() {
        return Err(hcp::HCPDTV026E.with(&[]));
    }
    for word in words.by_ref() {
        let vdev = words::vdev(word).ok_or_else(|| hcp::HCPDTV002E.with(&[word]))?;
        let guest = ctx.guest_mut()?;
        let Some(device) = guest.vdevs.remove(&vdev) else {
            return Err(hcp::HCPDTV040E.with(&[format!("{vdev:04X}").as_bytes()]));
        };
        guest.hardware.detach(vdev);
        ctx.inform(line!("{} {vdev:04X} DETACHED", kind_name(&device)));
    }
    Ok(())
}

fn kind_name(device: &Vdev) -> &'static str {
    match device {
        Vdev::Console { .. } => "CONS",
        Vdev::Disk(_) => "DASD",
        Vdev::Spool(s) => match s.kind {
            SpoolKind::Reader => "RDR ",
            SpoolKind::Punch => "PUN ",
            SpoolKind::Printer => "PRT ",
        },
    }
}

fn link(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let skip = |words: &mut Words<'_>, keyword: &str| {
        if words.peek().is_some_and(|w| abbrev::matches(keyword, w)) {
            words.next();
        }
    };
    skip(words, "TO");
    let Some(owner) = words.next() else {
        return Err(hcp::HCPLNM020E.with(&[]));
    };
    let owner = match owner {
        b"*" => ctx.user.clone(),
        _ => owner.to_ascii_uppercase(),
    };
    let number = |word: Option<&[u8]>| match word {
        None => Err(hcp::HCPLNM022E.with(&[])),
        Some(word) => words::vdev(word).ok_or_else(|| hcp::HCPLNM022E.with(&[])),
    };
    let target = number(words.next())?;
    skip(words, "AS");
    let vdev = match words.peek().and_then(words::vdev) {
        // A mode such as RR is no number; MR and the like are not either.
        Some(vdev) => {
            words.next();
            vdev
        }
        None => target,
    };
    let mode = words.next().unwrap_or(b"RR").to_ascii_uppercase();
    // The password, if any is given: minidisks here have none, so any is right.
    let _password = words.rest();
    let user = ctx.user.clone();
    let access = ctx.sys.link(&user, &owner, target, vdev, &mode)?;
    if let Some(said) = access {
        ctx.inform(said);
    }
    Ok(())
}

/// What a virtual machine gets of the host is the directory's business; the owner of the work folder may
/// put files of it into a reader by hand.
fn attach(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let Some(word) = words.next() else {
        return Err(hcp::HCPATR026E.with(&[]));
    };
    if !abbrev::matches("DECK", word) {
        return Err(hcp::HCPATR003E.with(&[word]));
    }
    let rest = words.rest();
    let (name, rest) = match rest.strip_prefix(b"'") {
        Some(quoted) => match quoted.iter().position(|&c| c == b'\'') {
            Some(end) => (&quoted[..end], &quoted[end + 1..]),
            None => return Err(hcp::HCPATR002E.with(&[rest])),
        },
        None => rest.split_at(rest.iter().position(|&c| c == b' ').unwrap_or(rest.len())),
    };
    let mut rest = Words::new(rest);
    if rest.peek().is_some_and(|w| abbrev::matches("TO", w)) {
        rest.next();
    }
    let vdev = rest
        .next()
        .and_then(words::vdev)
        .ok_or_else(|| hcp::HCPATR022E.with(&[]))?;
    no_more(&mut rest, &hcp::HCPATR003E)?;
    let user = ctx.user.clone();
    let path = ctx
        .sys
        .host_file(&user, name)
        .ok_or_else(|| hcp::HCPATR1505E.with(&[name]))?;
    let mut device = UnitRecordDevice::new(SpoolKind::Reader, 2540, b'*');
    if let Some(there) = ctx.guest().and_then(|g| g.vdevs.get(&vdev)) {
        let Vdev::Spool(reader) = there else {
            return Err(hcp::HCPATR122E.with(&[format!("{vdev:04X}").as_bytes()]));
        };
        if reader.kind != SpoolKind::Reader {
            return Err(hcp::HCPATR122E.with(&[format!("{vdev:04X}").as_bytes()]));
        }
        device = reader.clone();
    }
    device.decks.push(DeckSource::File(path));
    ctx.sys.add_device(&user, vdev, Vdev::Spool(device))?;
    ctx.inform(line!(
        "RDR  {vdev:04X} ATTACHED TO {} {vdev:04X}",
        show(&user)
    ));
    Ok(())
}

/// The devices that RDR, PUNCH, PRINTER or a number means.
fn chosen(ctx: &Ctx<'_>, word: &[u8]) -> Option<Vec<u16>> {
    let kind = match word {
        w if abbrev::matches("RDR", w) || abbrev::matches("Reader", w) => SpoolKind::Reader,
        w if abbrev::matches("PUnch", w) => SpoolKind::Punch,
        w if abbrev::matches("PRinter", w) || abbrev::matches("PRT", w) => SpoolKind::Printer,
        w => return words::vdev(w).map(|v| vec![v]),
    };
    let guest = ctx.guest()?;
    let of_kind = |v: &Vdev| matches!(v, Vdev::Spool(s) if s.kind == kind);
    Some(
        guest
            .vdevs
            .iter()
            .filter(|(_, v)| of_kind(v))
            .map(|(n, _)| *n)
            .collect(),
    )
}

fn spool(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let Some(word) = words.next() else {
        return Err(hcp::HCPCSU026E.with(&[]));
    };
    let numbers = chosen(ctx, word).ok_or_else(|| hcp::HCPCSU003E.with(&[word]))?;
    for vdev in numbers {
        let guest = ctx.guest_mut()?;
        let Some(Vdev::Spool(device)) = guest.vdevs.get(&vdev) else {
            return Err(hcp::HCPCSU040E.with(&[format!("{vdev:04X}").as_bytes()]));
        };
        let mut new = device.clone();
        let mut options = *words;
        while let Some(option) = options.next() {
            spool_option(&mut new, option, &mut options)?;
        }
        guest.vdevs.insert(vdev, Vdev::Spool(new));
    }
    Ok(())
}

fn spool_option(d: &mut UnitRecordDevice, option: &[u8], words: &mut Words<'_>) -> Outcome {
    let missing = || hcp::HCPCSU026E.with(&[]);
    match option {
        w if abbrev::matches("CLass", w) => match words.next().ok_or_else(missing)? {
            &[c] if c.is_ascii_alphanumeric() || c == b'*' => d.class = c.to_ascii_uppercase(),
            other => return Err(hcp::HCPCSU002E.with(&[other])),
        },
        w if abbrev::matches("CONT", w) => d.cont = true,
        w if abbrev::matches("NOCont", w) => d.cont = false,
        w if abbrev::matches("Hold", w) => d.hold = true,
        w if abbrev::matches("NOHold", w) => d.hold = false,
        w if abbrev::matches("Keep", w) => d.keep = true,
        w if abbrev::matches("NOKeep", w) => d.keep = false,
        w if abbrev::matches("EOF", w) => d.eof = true,
        w if abbrev::matches("NOEof", w) => d.eof = false,
        w if abbrev::matches("COpy", w) => {
            let word = words.next().ok_or_else(missing)?;
            let copies = words::decimal(word)
                .and_then(|n| u8::try_from(n).ok())
                .filter(|n| *n > 0);
            d.copies = copies.ok_or_else(|| hcp::HCPCSU002E.with(&[word]))?;
        }
        w if abbrev::matches("TO", w) || abbrev::matches("FOR", w) => {
            let user = words.next().ok_or_else(missing)?;
            d.to = match user {
                b"*" => None,
                u => Some(u.to_ascii_uppercase()),
            };
        }
        w if abbrev::matches("OFF", w) => d.to = None,
        w if abbrev::matches("FOrm", w) => {
            d.form = words.next().ok_or_else(missing)?.to_ascii_uppercase();
        }
        w => return Err(hcp::HCPCSU003E.with(&[w])),
    }
    Ok(())
}

fn close(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let Some(word) = words.next() else {
        return Err(hcp::HCPCSC026E.with(&[]));
    };
    if abbrev::matches("CONsole", word) {
        return no_more(words, &hcp::HCPCSC003E);
    }
    let numbers = chosen(ctx, word).ok_or_else(|| hcp::HCPCSC003E.with(&[word]))?;
    no_more(words, &hcp::HCPCSC003E)?;
    for vdev in numbers {
        let guest = ctx.guest_mut()?;
        if !matches!(guest.vdevs.get(&vdev), Some(Vdev::Spool(_))) {
            return Err(hcp::HCPCSC040E.with(&[format!("{vdev:04X}").as_bytes()]));
        }
        if !guest.hardware.close(vdev) {
            return Err(hcp::HCPCSC1500E.with(&[format!("{vdev:04X}").as_bytes()]));
        }
    }
    Ok(())
}

/// Linux issues this when it has loaded itself from the reader.
fn change(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let (Some(queue), Some(which)) = (words.next(), words.next()) else {
        return Err(hcp::HCPCSH026E.with(&[]));
    };
    let queues = ["Reader", "RDR", "PUnch", "PRinter", "PRT"];
    if !queues.iter().any(|q| abbrev::matches(q, queue)) {
        return Err(hcp::HCPCSH003E.with(&[queue]));
    }
    if !abbrev::matches("ALL", which) && words::decimal(which).is_none() {
        return Err(hcp::HCPCSH003E.with(&[which]));
    }
    let mut model = UnitRecordDevice::new(SpoolKind::Reader, 2540, b'A');
    while let Some(option) = words.next() {
        spool_option(&mut model, option, words)?;
    }
    ctx.inform("NO FILES CHANGED");
    Ok(())
}
