//! INDICATE (z/VM CP Commands: INDICATE LOAD, INDICATE USER).

use super::{Ctx, Outcome, Row, line, no_more, show, size};
use crate::base::abbrev;
use crate::base::msg::hcp;
use crate::cp::words::Words;

pub(super) const COMMANDS: &[Row] = &[Row {
    name: "INDicate",
    classes: "EG",
    run: indicate,
    usage: "INDicate [LOAD | USER [user|*]]",
    doc: "Shows how busy the system is, or what a user's virtual machine has used.",
    example: "INDICATE USER",
}];

fn indicate(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    match words.next() {
        None => load(ctx),
        Some(w) if abbrev::matches("LOAD", w) => {
            no_more(words, &hcp::HCPIND003E)?;
            load(ctx)
        }
        Some(w) if abbrev::matches("USEr", w) => user(ctx, words),
        Some(w) => Err(hcp::HCPIND003E.with(&[w])),
    }
}

fn load(ctx: &mut Ctx<'_>) -> Outcome {
    let now = ctx.sys.clock().micros();
    let running = ctx.sys.guests.values().filter(|g| g.runnable(now)).count();
    let used: i64 = ctx.sys.guests.values().map(|g| g.cpu_micros).sum();
    let up = (now - ctx.sys.started).max(1);
    let busy = (used * 100 / up).clamp(0, 100);
    let pages: u64 = ctx
        .sys
        .guests
        .values()
        .map(|g| g.hardware.private_pages())
        .sum();
    let users = ctx.sys.guests.count();
    ctx.say(line!("AVGPROC-{busy:03}% 01"));
    ctx.say(line!("USERS-{users:05} RUNNING-{running:05}"));
    ctx.say(line!("PAGES-{pages:08} PRIVATE"));
    Ok(())
}

fn user(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let id = match words.next() {
        None | Some(b"*") => ctx.user.clone(),
        Some(name) => name.to_ascii_uppercase(),
    };
    no_more(words, &hcp::HCPIND003E)?;
    if id != ctx.user && !ctx.classes().has(b'E') {
        return Err(hcp::HCPIND003E.with(&[&id]));
    }
    let Some(guest) = ctx.sys.guest(&id) else {
        return Err(hcp::HCPIND045E.with(&[&id]));
    };
    let mode = guest.hardware.mode().name();
    let ipl = guest.ipl_name();
    let seconds = guest.cpu_micros / 1_000_000;
    let connected = (ctx.sys.clock().micros() - guest.since).max(0) / 60_000_000;
    let out = [
        format!(
            "USERID={:<8} MACH={mode:<3} STOR={} VIRT=V XSTORE=NONE",
            show(&id),
            size(guest.storage)
        ),
        format!("IPLSYS={:<8} DEVNUM={:05}", ipl, guest.vdevs.len()),
        format!(
            "PAGES: PRIVATE={:08} INSTRUCTIONS={}",
            guest.hardware.private_pages(),
            guest.hardware.instructions()
        ),
        format!(
            "CPU 00: CTIME={:02}:{:02} VTIME={:03}:{:02}",
            connected / 60,
            connected % 60,
            seconds / 60,
            seconds % 60
        ),
    ];
    out.into_iter().for_each(|l| ctx.say(l));
    Ok(())
}
