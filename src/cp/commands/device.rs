//! Virtual devices: LINK, DETACH, ATTACH (z/VM CP Commands).

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
];

fn detach(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    if words.is_empty() {
        return Err(hcp::HCPDTV026E.with(&[]));
    }
    for word in words.by_ref() {
        let vdev = words::vdev(word).ok_or_else(|| hcp::HCPDTV002E.with(&[word]))?;
        let user = ctx.user.clone();
        let closed = ctx.sys.close_device(&user, vdev);
        closed.into_iter().for_each(|line| ctx.inform(line));
        ctx.sys.uncouple(&user, vdev);
        let guest = ctx.guest_mut()?;
        let Some(device) = guest.vdevs.remove(&vdev) else {
            return Err(hcp::HCPDTV040E.with(&[format!("{vdev:04X}").as_bytes()]));
        };
        guest.hardware.detach(vdev);
        guest.block_io.remove(&vdev);
        crate::cp::session::discard(&user, &device);
        ctx.inform(line!("{} {vdev:04X} DETACHED", kind_name(&device)));
    }
    Ok(())
}

fn kind_name(device: &Vdev) -> &'static str {
    match device {
        Vdev::Console { .. } => "CONS",
        Vdev::Disk(_) => "DASD",
        Vdev::Ctc { .. } => "CTCA",
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
