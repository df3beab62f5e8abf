//! DEFSEG, SAVESEG (z/VM CP Commands).

use super::saved::save;
use super::{Ctx, Outcome, Row};
use crate::base::msg::hcp;
use crate::cp::saved::{Family, SavedError, define};
use crate::cp::words::Words;

pub(super) const COMMANDS: &[Row] = &[
    Row {
        name: "DEFSEG",
        classes: "E",
        run: defseg,
        usage: "DEFSEG name {hexpage1-hexpage2 type ...|SAMErange} [SPACE spacename] [RSTD] [LOADNSHR] [SECURE]",
        doc: "Describes a saved segment: which pages, who may have them, and which segment space it belongs to.",
        example: "DEFSEG EXAMPLE 10000-100FF SR",
    },
    Row {
        name: "SAVESEG",
        classes: "E",
        run: saveseg,
        usage: "SAVESEG name",
        doc: "Saves pages of the virtual machine into a saved segment that DEFSEG described.",
        example: "QUERY NSS",
    },
];

fn defseg(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let (definition, space) = define::parse_segment(&words.list())?;
    let name = definition.name.clone();
    let now = ctx.sys.clock().micros();
    let origin = ctx.user.clone();
    let noun = Family::Segment.noun();
    let defined = ctx
        .sys
        .saved
        .define_segment(definition, space.as_deref(), &origin, now);
    let fileid = defined.map_err(|error| match error {
        SavedError::AlreadyDefined => hcp::HCPNSD442E.with(&[noun, &name]),
        SavedError::NotFound => hcp::HCPNSD044E.with(&[&name]),
        SavedError::NameTaken(_) | SavedError::Conflict(_) | SavedError::Full(_) => {
            hcp::HCPNSD450E.with(&[noun, &name, error.to_string().as_bytes()])
        }
        other => hcp::HCPNSD444E.with(&[other.to_string().as_bytes()]),
    })?;
    let number = format!("{fileid:04}");
    ctx.message(&hcp::HCPNSD440I.with(&[noun, &name, number.as_bytes()]));
    Ok(())
}

fn saveseg(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    save(ctx, words, Family::Segment)
}
