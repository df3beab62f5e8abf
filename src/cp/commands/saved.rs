//! DEFSYS, SAVESYS, PURGE (z/VM CP Commands).

use super::query_nss::Which;
use super::{Ctx, Outcome, Row, no_more, show, spool_files};
use crate::base::Message;
use crate::base::abbrev;
use crate::base::msg::hcp;
use crate::cp::guest::{Body, Guest};
use crate::cp::saved::{Entry, Family, Header, SavedError, Sort, State, define};
use crate::cp::words::Words;

pub(super) const COMMANDS: &[Row] = &[
    Row {
        name: "DEFSYS",
        classes: "E",
        run: defsys,
        usage: "DEFSYS name hexpage1-hexpage2 type ... [MINSIZE=nnnnnnnK|nnnnM] [RSTD] [PARMREGS=m-n|NONE] [VMGROUP] [MACHMODE mode ...]",
        doc: "Describes a saved system: which pages, and who may have them.",
        example: "DEFSYS EXAMPLE 0-FF EW 100-1FF SR MINSIZE=4M",
    },
    Row {
        name: "SAVESYS",
        classes: "E",
        run: savesys,
        usage: "SAVESYS name",
        doc: "Saves the virtual machine into a saved system that DEFSYS described.",
        example: "QUERY NSS",
    },
    Row {
        name: "PURge",
        classes: "DEG",
        run: purge,
        usage: "PURge NSS {NAME name|ALL|spoolid|CLass c} [ASSOCIATES] | PURge [*|user|SYSTEM] {Reader|RDR|PRinter|PRT|PUnch} {ALL|spoolid ...|CLass c|FORM f|DEST d} | PURge ALL",
        doc: "Removes saved systems (class E) or spool files.",
        example: "PURGE RDR ALL",
    },
];

fn defsys(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let definition = define::parse(&words.list())?;
    let name = definition.name.clone();
    let now = ctx.sys.clock().micros();
    let origin = ctx.user.clone();
    match ctx.sys.saved.define(definition, &origin, now) {
        Ok(fileid) => {
            let number = format!("{fileid:04}");
            let the = [b"The ", Family::System.noun()].concat();
            ctx.message(&hcp::HCPNSD440I.with(&[&the, &name, number.as_bytes()]));
            Ok(())
        }
        Err(SavedError::AlreadyDefined) => {
            Err(hcp::HCPNSD442E.with(&[Family::System.noun(), &name]))
        }
        Err(error) => Err(hcp::HCPNSD444E.with(&[error.to_string().as_bytes()])),
    }
}

fn savesys(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    save(ctx, words, Family::System)
}

/// SAVESYS, and SAVESEG, which saves no machine. Where only a segment of the name has been defined, SAVESYS does
/// what SAVESEG does.
pub(super) fn save(ctx: &mut Ctx<'_>, words: &mut Words<'_>, family: Family) -> Outcome {
    let Some(name) = words.next() else {
        return Err(hcp::HCPNSS026E.with(&[]));
    };
    no_more(words, &hcp::HCPNSS003E)?;
    let name = name.to_ascii_uppercase();
    let trouble = |e: SavedError, family: Family| match e {
        SavedError::NoSkeleton => hcp::HCPNSS263E.with(&[family.noun(), &name]),
        SavedError::OutsideStorage(page) => {
            hcp::HCPNSS445E.with(&[family.noun(), &name, format!("{page:05X}").as_bytes()])
        }
        other => hcp::HCPNSS444E.with(&[other.to_string().as_bytes()]),
    };
    let saved = &ctx.sys.saved;
    let (family, skeleton) = match saved.skeleton(family, &name) {
        Err(SavedError::NoSkeleton) => match saved.skeleton(Family::Segment, &name) {
            Ok(skeleton) => (Family::Segment, skeleton),
            Err(error) => return Err(trouble(error, family)),
        },
        other => (family, other.map_err(|e| trouble(e, family))?),
    };
    let now = ctx.sys.clock().micros();
    let origin = ctx.user.clone();
    let sys = &mut *ctx.sys;
    let Some(guest) = sys.guests.get_mut(&origin) else {
        return Err(hcp::HCPCFC015E.with(&[b"SAVESYS"]));
    };
    let state = match family {
        Family::System => Some(machine_state(guest, &name, &skeleton)?),
        Family::Segment => None,
    };
    let fileid = sys
        .saved
        .save(family, &name, &origin, state, &mut guest.hardware, now)
        .map_err(|e| trouble(e, family))?;
    let number = format!("{fileid:04}");
    ctx.message(&hcp::HCPNSS440I.with(&[family.noun(), &name, number.as_bytes()]));
    Ok(())
}

fn machine_state(guest: &Guest, name: &[u8], skeleton: &Header) -> Result<State, Message> {
    // CMS runs here without the virtual processors: there is no machine to save.
    if !matches!(guest.body, Body::Machine) {
        return Err(hcp::HCPNSS447E.with(&[name]));
    }
    let mode = guest.hardware.mode();
    let modes = &skeleton.definition.machmodes;
    if !modes.is_empty() && !modes.contains(&mode) {
        return Err(hcp::HCPNSS446E.with(&[name, mode.name().as_bytes()]));
    }
    Ok(guest.hardware.save_state())
}

fn purge(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let nss = words.peek().is_some_and(|w| abbrev::matches("NSS", w));
    if nss && ctx.classes().has(b'E') {
        words.next();
        return purge_nss(ctx, words);
    }
    spool_files::purge(ctx, words)
}

fn purge_nss(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let invalid = words.peek().map(<[u8]>::to_vec);
    let Some(which) = Which::read(words) else {
        return Err(match invalid {
            Some(word) => hcp::HCPCSU003E.with(&[&word]),
            None => hcp::HCPCSU026E.with(&[]),
        });
    };
    let trouble = |e: SavedError| hcp::HCPNSP444E.with(&[e.to_string().as_bytes()]);
    let mut associates = Vec::new();
    if let Some(word) = words.peek()
        && abbrev::matches("ASSOCIATES", word)
    {
        words.next();
        let found = ctx.sys.saved.associates(|entry| which.takes(entry));
        associates = found.map_err(trouble)?;
    }
    no_more(words, &hcp::HCPCSU003E)?;
    let chosen =
        |e: &Entry| which.takes(e) || e.sort == Sort::Member && associates.contains(&e.name);
    let count = ctx.sys.saved.purge(chosen).map_err(trouble)?;
    ctx.inform(match count {
        0 => "NO FILES PURGED".to_string(),
        1 => "0001 FILE PURGED".to_string(),
        n => format!("{n:04} FILES PURGED"),
    });
    Ok(())
}

/// What a failed load of a saved system says.
pub(super) fn load_trouble(name: &[u8], error: &SavedError) -> crate::base::Message {
    match error {
        SavedError::NotFound => hcp::HCPVMI022E.with(&[]),
        other => hcp::HCPNSI444E.with(&[show(name).as_bytes(), other.to_string().as_bytes()]),
    }
}
