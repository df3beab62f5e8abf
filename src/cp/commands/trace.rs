//! TRACE and QUERY TRACE (z/VM CP Commands: TRACE). One trace set is there, INITIAL; addresses are
//! hexadecimal; what follows CMD is kept as it is, and split at the user's LINEND when the trap is hit.

use super::{Ctx, Outcome, Row, line, no_more, show};
use crate::base::Message;
use crate::base::abbrev;
use crate::base::msg::hcp;
use crate::cp::trace::TraceTrap;
use crate::cp::words::{self, Words};
use crate::machine::TrapKind;

pub(super) const COMMANDS: &[Row] = &[Row {
    name: "TRace",
    classes: "G",
    run: trace,
    usage: "TRace {Instr|BRanch|STore|SVC [n]|PROG [n]|EXTernal|IO} [Range|FROM|PSWA|INTO range] [RUN|NORUN] [SKip n] [PASS n] [STEP n] [COUNT] [IDentifier name] [CMD commands] | DELete id | END [ALL|id]",
    doc: "Watches the virtual machine: shows, stops, counts, or issues commands when something happens.",
    example: "TRACE INSTR RANGE 10000 CMD DISPLAY PSW",
}];

const EVERYWHERE: (u64, u64) = (0, u64::MAX);

fn trace(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let Some(event) = words.next() else {
        return Err(hcp::HCPTRI026E.with(&[]));
    };
    if abbrev::matches("END", event) {
        return end(ctx, words);
    }
    if abbrev::matches("DELete", event) {
        return delete(ctx, words);
    }
    if abbrev::matches("QUEry", event) {
        return query(ctx, words);
    }
    let (start, last) = EVERYWHERE;
    let kind = match event {
        w if abbrev::matches("Instruct", w) => TrapKind::Instruction { start, end: last },
        w if abbrev::matches("BRanch", w) => TrapKind::Branch { start, end: last },
        w if abbrev::matches("STore", w) => TrapKind::Store { start, end: last },
        w if abbrev::matches("SVC", w) => TrapKind::Svc(code(words, 0xFF)?.map(low_byte)),
        w if abbrev::matches("PRog", w) => TrapKind::Program(code(words, 0xFFFF)?),
        w if abbrev::matches("EXTernal", w) => TrapKind::External,
        w if abbrev::matches("IO", w) || w.eq_ignore_ascii_case(b"I/O") => TrapKind::Io,
        w if abbrev::matches("RESTART", w) => TrapKind::Restart,
        w => return Err(hcp::HCPTRI002E.with(&[w])),
    };
    let mut trap = TraceTrap::new(kind);
    while let Some(word) = words.next() {
        option(&mut trap, word, words)?;
    }
    let guest = ctx.guest_mut()?;
    let name = trap.name.clone();
    if guest.traps.add(trap).is_none() {
        return Err(match name.is_empty() {
            true => hcp::HCPTRI1176E.with(&[]),
            false => hcp::HCPTRI013E.with(&[&name]),
        });
    }
    guest.hardware.set_traps(guest.traps.for_machine());
    Ok(())
}

/// The number that may stand behind SVC and PROG.
fn code(words: &mut Words<'_>, most: u64) -> Result<Option<u16>, Message> {
    let Some(word) = words.peek() else {
        return Ok(None);
    };
    // `*` is every one of them.
    if word == b"*" {
        words.next();
        return Ok(None);
    }
    let is_option = OPTIONS.iter().any(|o| abbrev::matches(o, word));
    match words::hex(word) {
        Some(_) | None if is_option => Ok(None),
        Some(n) if n <= most => {
            words.next();
            Ok(u16::try_from(n).ok())
        }
        _ => Err(hcp::HCPTRI002E.with(&[word])),
    }
}

const OPTIONS: [&str; 15] = [
    "Range",
    "FROM",
    "PSWA",
    "INTO",
    "RUN",
    "NORUN",
    "SKip",
    "PASS",
    "STEP",
    "COUNT",
    "TERMinal",
    "CMD",
    "IDentifier",
    "NOTERMinal",
    "NOPRint",
];

fn low_byte(n: u16) -> u8 {
    n.to_be_bytes()[1]
}

fn option(trap: &mut TraceTrap, word: &[u8], words: &mut Words<'_>) -> Outcome {
    match word {
        w if abbrev::matches("Range", w) || abbrev::matches("FROM", w) => limit(trap, w, words),
        w if abbrev::matches("PSWA", w) => {
            trap.pswa = true;
            limit(trap, w, words)
        }
        w if abbrev::matches("INTO", w) => {
            if matches!(trap.kind, TrapKind::Instruction { .. }) {
                return Err(hcp::HCPTRI013E.with(&[w]));
            }
            limit(trap, w, words)
        }
        w if abbrev::matches("RUN", w) => flag(&mut trap.run, true),
        w if abbrev::matches("NORUN", w) => flag(&mut trap.run, false),
        w if abbrev::matches("TERMinal", w) => flag(&mut trap.silent, false),
        w if abbrev::matches("NOTERMinal", w) => flag(&mut trap.silent, true),
        // Nothing is ever printed, so asking for that is granted.
        w if abbrev::matches("NOPRint", w) => Ok(()),
        w if abbrev::matches("SKip", w) => number(&mut trap.skip, words),
        w if abbrev::matches("PASS", w) => number(&mut trap.pass, words),
        w if abbrev::matches("STEP", w) => number(&mut trap.step, words),
        w if abbrev::matches("COUNT", w) => {
            trap.silent = true;
            flag(&mut trap.run, true)
        }
        w if abbrev::matches("IDentifier", w) => {
            let name = words.next().filter(|n| n.len() <= 8);
            trap.name = name
                .ok_or_else(|| hcp::HCPTRI026E.with(&[]))?
                .to_ascii_uppercase();
            Ok(())
        }
        w if abbrev::matches("CMD", w) => {
            trap.command = words.rest().to_vec();
            *words = Words::new(b"");
            match trap.command.is_empty() {
                true => Err(hcp::HCPTRI026E.with(&[])),
                false => Ok(()),
            }
        }
        w => Err(hcp::HCPTRI003E.with(&[w])),
    }
}

fn flag(flag: &mut bool, value: bool) -> Outcome {
    *flag = value;
    Ok(())
}

fn number(into: &mut u32, words: &mut Words<'_>) -> Outcome {
    let Some(word) = words.next() else {
        return Err(hcp::HCPTRI026E.with(&[]));
    };
    let n = words::decimal(word)
        .and_then(|n| u32::try_from(n).ok())
        .filter(|n| *n <= 99_999);
    *into = n.ok_or_else(|| hcp::HCPTRI002E.with(&[word]))?;
    Ok(())
}

/// An address alone is the one place where an instruction starts or a byte is stored.
fn limit(trap: &mut TraceTrap, keyword: &[u8], words: &mut Words<'_>) -> Outcome {
    let Some(word) = words.next() else {
        return Err(hcp::HCPTRI026E.with(&[]));
    };
    let (first, last) = words::range(word, 1).ok_or_else(|| hcp::HCPTRI005E.with(&[word]))?;
    match &mut trap.kind {
        TrapKind::Instruction { start, end }
        | TrapKind::Branch { start, end }
        | TrapKind::Store { start, end } => (*start, *end) = (first, last),
        _ => return Err(hcp::HCPTRI013E.with(&[keyword])),
    }
    Ok(())
}

fn end(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let which = words.next();
    no_more(words, &hcp::HCPTRI003E)?;
    let guest = ctx.guest_mut()?;
    match which {
        None => guest.traps.all.clear(),
        Some(w) if abbrev::matches("ALL", w) || abbrev::matches("INITIAL", w) => {
            guest.traps.all.clear();
        }
        Some(w) => {
            if !guest.traps.remove(w) {
                return Err(hcp::HCPTRI1178E.with(&[w]));
            }
        }
    }
    guest.hardware.set_traps(guest.traps.for_machine());
    if guest.traps.all.is_empty() {
        ctx.inform("Trace ended");
    }
    Ok(())
}

fn delete(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    if words.is_empty() {
        return Err(hcp::HCPTRI026E.with(&[]));
    }
    for word in words.by_ref() {
        let guest = ctx.guest_mut()?;
        if !guest.traps.remove(word) {
            return Err(hcp::HCPTRI1178E.with(&[word]));
        }
        guest.hardware.set_traps(guest.traps.for_machine());
    }
    Ok(())
}

/// QUERY TRACE.
pub(super) fn query(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let which = words.next();
    no_more(words, &hcp::HCPCQV003E)?;
    let traps = ctx.guest().map(|g| g.traps.all.clone()).unwrap_or_default();
    let all = which.is_none_or(|w| abbrev::matches("ALL", w) || abbrev::matches("INITIAL", w));
    let chosen: Vec<&TraceTrap> = traps
        .iter()
        .filter(|t| all || which.is_some_and(|w| t.name.eq_ignore_ascii_case(w)))
        .collect();
    if let (false, Some(name)) = (all, which)
        && chosen.is_empty()
    {
        return Err(hcp::HCPTRI1178E.with(&[name]));
    }
    if chosen.is_empty() {
        ctx.say("No traces active");
        return Ok(());
    }
    ctx.say("NAME  INITIAL    (ACTIVE)");
    for t in chosen {
        ctx.say(line!(
            "{:>4}        {:<7}    {}",
            show(&t.name),
            t.event(),
            t.limit()
        ));
        let run = if t.run { "RUN" } else { "NORUN" };
        let terminal = if t.silent { "NOTERM" } else { "TERM" };
        ctx.say(line!(
            "                       {terminal}   NOPRINT {run} SIM"
        ));
        ctx.say(line!(
            "                       SKIP {:05}  PASS {:05}  STEP {:05}  COUNT {}",
            t.skip,
            t.pass,
            t.step,
            t.hits
        ));
        let command = match t.command.is_empty() {
            true => b"NONE".as_slice(),
            false => &t.command,
        };
        let mut out = b"                       CMD  ".to_vec();
        out.extend_from_slice(command);
        ctx.say(out);
    }
    Ok(())
}
