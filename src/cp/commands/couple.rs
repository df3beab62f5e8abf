//! Channel-to-channel adapters between virtual machines: COUPLE, UNCOUPLE and QUERY VIRTUAL CTCA (z/VM CP
//! Commands: COUPLE, UNCOUPLE).

use super::{Ctx, Outcome, Row, line, no_more, show};
use crate::base::Message;
use crate::base::abbrev;
use crate::base::msg::hcp;
use crate::cp::UserId;
use crate::cp::guest::Vdev;
use crate::cp::words::{self, Words};

pub(super) const COMMANDS: &[Row] = &[
    Row {
        name: "COUPLe",
        classes: "G",
        run: couple,
        usage: "COUPLe vdev1 [TO] {userid|*} vdev2",
        doc: "Connects a virtual channel-to-channel adapter with one of another user.",
        example: "QUERY VIRTUAL ALL",
    },
    Row {
        name: "UNCOUPLE",
        classes: "G",
        run: uncouple,
        usage: "UNCOUPLE vdev",
        doc: "Ends the connection of a virtual channel-to-channel adapter.",
        example: "QUERY VIRTUAL ALL",
    },
];

/// An adapter's number, which must be one.
fn adapter(ctx: &Ctx<'_>, user: &[u8], word: Option<&[u8]>) -> Result<u16, Message> {
    let vdev = word.and_then(words::vdev);
    let vdev = vdev.ok_or_else(|| hcp::HCPCPL022E.with(&[]))?;
    let shown = format!("{vdev:04X}");
    match ctx.sys.guest(user).and_then(|g| g.vdevs.get(&vdev)) {
        Some(Vdev::Ctc { .. }) => Ok(vdev),
        Some(_) => Err(hcp::HCPCPL011E.with(&[shown.as_bytes()])),
        None => Err(hcp::HCPCPL040E.with(&[shown.as_bytes()])),
    }
}

fn couple(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let user = ctx.user.clone();
    let own = adapter(ctx, &user, words.next())?;
    if words.peek().is_some_and(|w| abbrev::matches("TO", w)) {
        words.next();
    }
    let other = match words.next() {
        None => return Err(hcp::HCPCPL020E.with(&[])),
        Some(b"*") => user.clone(),
        Some(word) => word.to_ascii_uppercase(),
    };
    if ctx.sys.guest(&other).is_none() {
        return Err(hcp::HCPCPL045E.with(&[&other]));
    }
    let theirs = adapter(ctx, &other, words.next())?;
    no_more(words, &hcp::HCPCPL003E)?;
    if (&user, own) == (&other, theirs) {
        return Err(hcp::HCPCPL011E.with(&[format!("{own:04X}").as_bytes()]));
    }
    for (who, vdev, with) in [(&user, own, &other), (&other, theirs, &user)] {
        let guest = ctx.sys.guest(who);
        let mut adapters = guest.iter().flat_map(|g| &g.entry.adapters);
        let only = adapters.find(|a| a.0 == vdev).and_then(|a| a.1.as_ref());
        if only.is_some_and(|only| only != with) {
            return Err(hcp::HCPCPL059E.with(&[format!("{vdev:04X}").as_bytes(), with]));
        }
        if ctx.sys.coupled(who, vdev).is_some() {
            return Err(hcp::HCPCPL058E.with(&[format!("{vdev:04X}").as_bytes()]));
        }
    }
    ctx.sys.couple((&user, own), (&other, theirs));
    if other != user {
        let told = line!("CTCA {theirs:04X} COUPLED BY {} {own:04X}", show(&user));
        ctx.sys.tell(&other, &told);
    }
    ctx.inform(line!(
        "CTCA {own:04X} COUPLED TO {} {theirs:04X}",
        show(&other)
    ));
    Ok(())
}

fn uncouple(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let user = ctx.user.clone();
    let own = adapter(ctx, &user, words.next())?;
    no_more(words, &hcp::HCPCPL003E)?;
    if ctx.sys.coupled(&user, own).is_none() {
        return Err(hcp::HCPCPL060E.with(&[format!("{own:04X}").as_bytes()]));
    }
    ctx.sys.uncouple(&user, own);
    ctx.inform(line!("CTCA {own:04X} UNCOUPLED"));
    Ok(())
}

/// The line of QUERY VIRTUAL.
pub(super) fn ctc_line(number: u16, peer: Option<&(UserId, u16)>, subchannel: u16) -> Vec<u8> {
    let state = match peer {
        Some((user, vdev)) => format!("COUPLED TO {:<8} {vdev:04X}", show(user)),
        None => "NOT COUPLED".to_owned(),
    };
    line!("CTCA {number:04X} {state} SUBCHANNEL = {subchannel:04X}")
}
