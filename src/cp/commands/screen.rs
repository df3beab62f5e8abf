//! SCREEN, SET RETRIEVE and what QUERY shows of them (z/VM CP Commands: SCREEN, SET RETRIEVE).

use super::{Ctx, Outcome, Row, line, no_more};
use crate::base::Message;
use crate::base::abbrev;
use crate::base::msg::hcp;
use crate::cp::words::{self, Words};

pub(super) const COMMANDS: &[Row] = &[Row {
    name: "SCREen",
    classes: "G",
    run: screen,
    usage: "SCREen {ALL|INArea|STAtarea|OUTarea|CPOut|VMOut|INRedisp} {colour|hilight} ...",
    doc: "Sets the colour and highlighting of the areas of the screen.",
    example: "SCREEN OUTAREA RED",
}];

/// The areas of a screen, as QUERY SCREEN lists them.
const AREAS: [&str; 5] = ["CPOut", "VMOut", "INRedisp", "INArea", "STAtarea"];
const COLOURS: [&str; 8] = [
    "DEFault",
    "BLUe",
    "RED",
    "PINk",
    "GREen",
    "TURQuoise",
    "YELlow",
    "WHIte",
];
const HIGHLIGHTS: [&str; 4] = ["NONe", "BLInk", "REVvideo", "UNDerlin"];

/// The most lines that SET RETRIEVE may keep.
const MOST_LINES: u8 = 255;

/// What SCREEN has set of each area: the numbers of a colour and of a highlighting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScreenAreas([(usize, usize); AREAS.len()]);

/// The colour of a word; TURQ is what books write, TUR what people type.
fn colour(word: &[u8]) -> Option<usize> {
    let short = |name: &str| word.len() >= 3 && name.len() >= word.len();
    COLOURS.iter().position(|name| {
        abbrev::matches(name, word)
            || short(name) && name.as_bytes()[..word.len()].eq_ignore_ascii_case(word)
    })
}

fn highlight(word: &[u8]) -> Option<usize> {
    HIGHLIGHTS
        .iter()
        .position(|name| abbrev::matches(name, word))
}

/// The areas that a word names.
fn areas(word: &[u8]) -> Option<Vec<usize>> {
    if abbrev::matches("ALL", word) {
        return Some((0..AREAS.len()).collect());
    }
    if abbrev::matches("OUTarea", word) {
        return Some(vec![0, 1, 2]);
    }
    let one = AREAS.iter().position(|name| abbrev::matches(name, word))?;
    Some(vec![one])
}

fn screen(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let invalid = |word: &[u8]| hcp::HCPSCR002E.with(&[&word.to_ascii_uppercase()]);
    let mut new = ctx.guest_mut()?.screen;
    if words.is_empty() {
        return Err(hcp::HCPSCR026E.with(&[]));
    }
    while let Some(word) = words.next() {
        let named = areas(word).ok_or_else(|| invalid(word))?;
        let mut said = false;
        while let Some(word) = words.peek().filter(|w| areas(w).is_none()) {
            words.next();
            said = true;
            let (colour, highlight) = (colour(word), highlight(word));
            if colour.is_none() && highlight.is_none() {
                return Err(invalid(word));
            }
            for &area in &named {
                let (old_colour, old_highlight) = new.0[area];
                new.0[area] = (
                    colour.unwrap_or(old_colour),
                    highlight.unwrap_or(old_highlight),
                );
            }
        }
        if !said {
            return Err(hcp::HCPSCR026E.with(&[]));
        }
    }
    ctx.guest_mut()?.screen = new;
    ctx.inform("COMMAND COMPLETE");
    Ok(())
}

/// QUERY SCREEN.
pub(super) fn query(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    no_more(words, &hcp::HCPCQV003E)?;
    let set = ctx.guest().map(|g| g.screen).unwrap_or_default();
    let upper = |name: &str| name.to_ascii_uppercase();
    for (area, (colour, highlight)) in AREAS.iter().zip(set.0) {
        ctx.say(line!(
            "{:<8} {:<8} {}",
            upper(area),
            upper(COLOURS[colour]),
            upper(HIGHLIGHTS[highlight])
        ));
    }
    Ok(())
}

/// SET RETRIEVE nnn|MAXIMUM: how many typed lines are kept.
pub(super) fn set_retrieve(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let word = words.next().ok_or_else(|| hcp::HCPCFS026E.with(&[]))?;
    no_more(words, &hcp::HCPCFS003E)?;
    let limit = match abbrev::matches("MAXimum", word) {
        true => Some(MOST_LINES),
        false => words::decimal(word).and_then(|n| u8::try_from(n).ok()),
    };
    let limit = limit.ok_or_else(|| hcp::HCPCFS002E.with(&[&word.to_ascii_uppercase()]))?;
    ctx.guest_mut()?.retrieve.set_limit(limit);
    Ok(())
}

/// QUERY RETRIEVE [BUFFERS]: the lines stand from column 10 on.
pub(super) fn query_retrieve(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let buffers = words.peek().is_some_and(|w| abbrev::matches("BUFfers", w));
    if buffers {
        words.next();
    }
    no_more(words, &hcp::HCPCQV003E)?;
    let kept = ctx.guest().map(|g| g.retrieve.clone()).unwrap_or_default();
    if !buffers {
        ctx.say(line!(
            "{} buffers available. Maximum of {MOST_LINES} buffers may be selected.",
            kept.limit
        ));
        return Ok(());
    }
    ctx.say("Position Contents");
    for (at, text) in kept.lines.iter().enumerate() {
        let mut out = line!("{:>8} ", at + 1);
        out.extend_from_slice(text);
        ctx.say(out);
    }
    Ok(())
}

/// QUERY SSI: a system here stands alone.
pub(super) fn query_ssi(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    no_more(words, &hcp::HCPCQV003E)?;
    let alone: Message = hcp::HCPPLM1669I.with(&[]);
    ctx.message(&alone);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::cp::tests::Rig;

    fn rig() -> Rig {
        let mut rig = Rig::new();
        rig.system
            .logon(b"LINUX1", crate::cp::LogonHow::Terminal)
            .expect("logon");
        rig
    }

    fn said(rig: &mut Rig, command: &str) -> (i32, String) {
        let reply = rig.system.command(b"LINUX1", command.as_bytes());
        let text = reply.response.join(&b'\n');
        (reply.rc, String::from_utf8(text).expect("text"))
    }

    #[test]
    fn colours_are_set_whole_or_not_at_all() {
        let mut rig = rig();
        assert_eq!(
            said(&mut rig, "screen outarea turq inarea yellow und"),
            (0, "COMMAND COMPLETE".into())
        );
        assert_eq!(said(&mut rig, "SCREEN ALL RED OUTAREA MAUVE").0, 2);
        assert_eq!(said(&mut rig, "SCREEN").0, 26);
        assert_eq!(said(&mut rig, "SCREEN ALL").0, 26);
        let (rc, text) = said(&mut rig, "QUERY SCREEN");
        assert_eq!(rc, 0);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "CPOUT    TURQUOISE NONE");
        assert_eq!(lines[3], "INAREA   YELLOW   UNDERLIN");
        assert_eq!(lines[4], "STATAREA DEFAULT  NONE");
    }

    #[test]
    fn typed_lines_are_kept_from_column_ten() {
        let mut rig = rig();
        for line in ["QUERY USERID", "", "QUERY TIME", "set retrieve 2"] {
            rig.system.console_line(b"LINUX1", line.as_bytes());
        }
        let (_, text) = said(&mut rig, "QUERY RETRIEVE BUFFERS");
        let kept: Vec<&str> = text.lines().skip(1).map(|l| &l[9..]).collect();
        assert_eq!(kept, ["QUERY TIME", "set retrieve 2"]);
        assert_eq!(said(&mut rig, "SET RETRIEVE 256").0, 2);
    }

    #[test]
    fn a_system_that_stands_alone_says_so() {
        let (rc, text) = said(&mut rig(), "QUERY SSI");
        assert_eq!(rc, 0);
        assert!(text.ends_with("not a member of an SSI cluster."), "{text}");
    }
}
