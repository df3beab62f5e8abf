//! SET, QUERY SET and QUERY PF (z/VM CP Commands: SET).

use super::{Ctx, Outcome, Row, line, no_more};
use crate::base::abbrev;
use crate::base::msg::{Emsg, hcp};
use crate::cp::UserId;
use crate::cp::classes::Classes;
use crate::cp::guest::Switches;
use crate::cp::share::Share;
use crate::cp::words::{self, Words};

pub(super) const COMMANDS: &[Row] = &[Row {
    name: "SET",
    classes: "",
    run: set,
    usage: "SET {MSG|WNG|SMSG ON|OFF|IUCV} | {IMSG|ACNT|RUN ON|OFF} | {EMSG ON|OFF|CODE|TEXT} | {PFnn ...} | {SECUSER [target] user|*|OFF|RESET} | {PRIVclass classes|RESET} | {RETrieve nnn}",
    doc: "Sets what the virtual machine is told and how it behaves.",
    example: "SET EMSG ON",
}];

pub(super) const OPERANDS: &[Row] = &[
    Row {
        name: "MSG",
        classes: "",
        run: |ctx, words| message_switch(ctx, words, |s| (&mut s.msg, &mut s.iucv.msg)),
        usage: "SET MSG ON|OFF|IUCV",
        doc: "Whether messages of other users are shown.",
        example: "SET MSG ON",
    },
    Row {
        name: "WNG",
        classes: "",
        run: |ctx, words| message_switch(ctx, words, |s| (&mut s.wng, &mut s.iucv.wng)),
        usage: "SET WNG ON|OFF|IUCV",
        doc: "Whether warnings are shown.",
        example: "SET WNG ON",
    },
    Row {
        name: "IMSG",
        classes: "",
        run: |ctx, words| switch(ctx, words, |s| &mut s.imsg),
        usage: "SET IMSG ON|OFF",
        doc: "Whether informational responses are shown.",
        example: "SET IMSG ON",
    },
    Row {
        name: "SMSG",
        classes: "",
        run: |ctx, words| message_switch(ctx, words, |s| (&mut s.smsg, &mut s.iucv.smsg)),
        usage: "SET SMSG ON|OFF|IUCV",
        doc: "Whether special messages are taken.",
        example: "SET SMSG OFF",
    },
    Row {
        name: "ACNT",
        classes: "",
        run: |ctx, words| switch(ctx, words, |s| &mut s.acnt),
        usage: "SET ACNT ON|OFF",
        doc: "Whether accounting messages are shown.",
        example: "SET ACNT OFF",
    },
    Row {
        name: "RUN",
        classes: "G",
        run: |ctx, words| switch(ctx, words, |s| &mut s.run),
        usage: "SET RUN ON|OFF",
        doc: "Whether the machine goes on when attention enters CP.",
        example: "SET RUN OFF",
    },
    Row {
        name: "EMSG",
        classes: "",
        run: emsg,
        usage: "SET EMSG ON|OFF|CODE|TEXT",
        doc: "Which parts of error messages are shown.",
        example: "SET EMSG ON",
    },
    Row {
        name: "SECUSER",
        classes: "ACG",
        run: secuser,
        usage: "SET SECUSER [target] user|*|OFF|RESET",
        doc: "Names who sees the console while this user (class A or C: any user) is disconnected.",
        example: "SET SECUSER OFF",
    },
    Row {
        name: "RETrieve",
        classes: "G",
        run: super::screen::set_retrieve,
        usage: "SET RETrieve nnn|MAXimum",
        doc: "How many of the lines you type are kept.",
        example: "SET RETRIEVE 7",
    },
    Row {
        name: "SHARE",
        classes: "A",
        run: share,
        usage: "SET SHARE user {RELative n|ABSolute n%|INITial}",
        doc: "How large a part of the processor a user's virtual machine gets when others want it too.",
        example: "SET SHARE * INITIAL",
    },
    Row {
        name: "PRIVclass",
        classes: "",
        run: privclass,
        usage: "SET PRIVclass {+|-|=}classes|RESET",
        doc: "Gives up privilege classes for the session, or takes them back.",
        example: "SET PRIVCLASS RESET",
    },
];

/// ON or OFF.
pub(super) fn on_off(word: &[u8]) -> Option<bool> {
    match word.to_ascii_uppercase().as_slice() {
        b"ON" => Some(true),
        b"OFF" => Some(false),
        _ => None,
    }
}

fn set(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let Some(name) = words.next() else {
        return Err(hcp::HCPCFS026E.with(&[]));
    };
    if let Some(key) = function_key(name) {
        return pf(ctx, key, words);
    }
    let classes = ctx.classes();
    let row = OPERANDS
        .iter()
        .find(|r| abbrev::matches(r.name, name) && classes.allows(r.classes));
    match row {
        Some(row) => (row.run)(ctx, words),
        None => Err(hcp::HCPCFS003E.with(&[&name.to_ascii_uppercase()])),
    }
}

fn switch(
    ctx: &mut Ctx<'_>,
    words: &mut Words<'_>,
    which: fn(&mut Switches) -> &mut bool,
) -> Outcome {
    let Some(word) = words.next() else {
        return Err(hcp::HCPCFS026E.with(&[]));
    };
    let on = on_off(word).ok_or_else(|| hcp::HCPCFS002E.with(&[word]))?;
    no_more(words, &hcp::HCPCFS003E)?;
    *which(&mut ctx.guest_mut()?.switches) = on;
    Ok(())
}

/// The setting of a kind of message: whether it is taken, and whether the message service gets it.
type Taken = fn(&mut Switches) -> (&mut bool, &mut bool);

fn message_switch(ctx: &mut Ctx<'_>, words: &mut Words<'_>, which: Taken) -> Outcome {
    let Some(word) = words.next() else {
        return Err(hcp::HCPCFS026E.with(&[]));
    };
    let iucv = word.eq_ignore_ascii_case(b"IUCV");
    let on = match iucv {
        true => true,
        false => on_off(word).ok_or_else(|| hcp::HCPCFS002E.with(&[&word.to_ascii_uppercase()]))?,
    };
    no_more(words, &hcp::HCPCFS003E)?;
    let (taken, served) = which(&mut ctx.guest_mut()?.switches);
    (*taken, *served) = (on, iucv);
    Ok(())
}

fn emsg(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let Some(word) = words.next() else {
        return Err(hcp::HCPCFS026E.with(&[]));
    };
    let new = match word.to_ascii_uppercase().as_slice() {
        b"ON" => Emsg::On,
        b"OFF" => Emsg::Off,
        b"CODE" => Emsg::Code,
        b"TEXT" => Emsg::Text,
        _ => return Err(hcp::HCPCFS002E.with(&[word])),
    };
    no_more(words, &hcp::HCPCFS003E)?;
    ctx.guest_mut()?.switches.emsg = new;
    Ok(())
}

/// SET SECUSER with one operand is of the issuer; with two, the first is whose secondary user is set.
fn secuser(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let Some(word) = words.next() else {
        return Err(hcp::HCPCFS026E.with(&[]));
    };
    let (target, what) = match words.next() {
        Some(what) => (word.to_ascii_uppercase(), what),
        None => (ctx.user.clone(), word),
    };
    no_more(words, &hcp::HCPCFS003E)?;
    may_set_secondary(ctx, &target, what)?;
    let secondary = match what.to_ascii_uppercase().as_slice() {
        b"OFF" => None,
        b"*" => Some(ctx.user.clone()),
        b"RESET" => directory_secondary(ctx, &target),
        user => Some(ctx.sys.known(user)?),
    };
    let Some(guest) = ctx.sys.guest_mut(&target) else {
        return Err(hcp::HCPCFS045E.with(&[&target]));
    };
    guest.secondary = secondary;
    Ok(())
}

/// Who has neither class A nor C sets only his own, or ends being that of another.
fn may_set_secondary(ctx: &Ctx<'_>, target: &[u8], what: &[u8]) -> Outcome {
    let classes = ctx.classes();
    let own = target == ctx.user.as_slice();
    if own || classes.has(b'A') || classes.has(b'C') {
        return Ok(());
    }
    let guest = ctx.sys.guests.get(target);
    let is_secondary = guest.is_some_and(|g| g.secondary.as_deref() == Some(&ctx.user));
    if is_secondary && what.eq_ignore_ascii_case(b"OFF") {
        return Ok(());
    }
    Err(hcp::HCPCFS003E.with(&[what]))
}

/// The secondary user that the CONSOLE statement of a user's directory entry names.
fn directory_secondary(ctx: &Ctx<'_>, target: &[u8]) -> Option<UserId> {
    let guest = ctx.sys.guests.get(target)?;
    guest.entry.console.as_ref()?.secondary.clone()
}

/// Shares are 1 to 10000 relative, or 0.1% to 100% absolute; INITIAL is what everybody has.
fn share(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let (Some(who), Some(kind)) = (words.next(), words.next()) else {
        return Err(hcp::HCPCFS026E.with(&[]));
    };
    let target = match who {
        b"*" => ctx.user.clone(),
        who => who.to_ascii_uppercase(),
    };
    let new = if abbrev::matches("INITial", kind) {
        Share::default()
    } else {
        let word = words.next().ok_or_else(|| hcp::HCPCFS026E.with(&[]))?;
        let value = if abbrev::matches("RELative", kind) {
            Share::relative(word)
        } else if abbrev::matches("ABSolute", kind) {
            Share::absolute(word)
        } else {
            return Err(hcp::HCPCFS002E.with(&[kind]));
        };
        value.ok_or_else(|| hcp::HCPCFS002E.with(&[word]))?
    };
    no_more(words, &hcp::HCPCFS003E)?;
    let Some(guest) = ctx.sys.guest_mut(&target) else {
        return Err(hcp::HCPCFS045E.with(&[&target]));
    };
    guest.share = new;
    Ok(())
}

/// QUERY SHARE.
pub(super) fn query_share(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let target = match words.next() {
        None | Some(b"*") => ctx.user.clone(),
        Some(who) => who.to_ascii_uppercase(),
    };
    no_more(words, &hcp::HCPCQV003E)?;
    let Some(guest) = ctx.sys.guest(&target) else {
        return Err(hcp::HCPCFS045E.with(&[&target]));
    };
    let share = guest.share.show();
    ctx.say(line!("USER {:<8}: {share}", super::show(&target)));
    ctx.say("               MAXIMUM SHARE = NOLIMIT");
    Ok(())
}

/// A user may give up classes of the directory entry and take them back, and no others.
fn privclass(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let Some(word) = words.next() else {
        return Err(hcp::HCPCFS026E.with(&[]));
    };
    no_more(words, &hcp::HCPCFS003E)?;
    let guest = ctx.guest_mut()?;
    let all = guest.entry.classes.show();
    let invalid = || hcp::HCPCFS002E.with(&[word]);
    let (sign, letters) = match word.split_first() {
        _ if word.eq_ignore_ascii_case(b"RESET") => (b'=', all.as_slice()),
        Some((sign @ (b'+' | b'-' | b'='), letters)) => (*sign, letters),
        _ => (b'=', word),
    };
    let named = Classes::parse(letters).ok_or_else(invalid)?;
    if sign != b'-' && !named.show().iter().all(|c| all.contains(c)) {
        return Err(invalid());
    }
    let keep = |c: &u8| match sign {
        b'+' => guest.classes.has(*c) || named.has(*c),
        b'-' => guest.classes.has(*c) && !named.has(*c),
        _ => named.has(*c),
    };
    let letters: Vec<u8> = all.iter().copied().filter(keep).collect();
    guest.classes = Classes::parse(&letters).ok_or_else(invalid)?;
    Ok(())
}

/// `PF1` to `PF24`.
pub(super) fn function_key(word: &[u8]) -> Option<u8> {
    let digits = word
        .get(2..)
        .filter(|_| word[..2].eq_ignore_ascii_case(b"PF"))?;
    let number = words::decimal(digits)?;
    u8::try_from(number).ok().filter(|n| (1..=24).contains(n))
}

fn pf(ctx: &mut Ctx<'_>, key: u8, words: &mut Words<'_>) -> Outcome {
    let guest = ctx.guest_mut()?;
    match words.is_empty() {
        true => drop(guest.pf.remove(&key)),
        false => drop(guest.pf.insert(key, words.rest().to_vec())),
    }
    Ok(())
}

/// QUERY PF.
pub(super) fn query_pf(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    no_more(words, &hcp::HCPCQV003E)?;
    (1..=24).for_each(|key| say_key(ctx, key));
    Ok(())
}

/// What one program function key is set to.
pub(super) fn say_key(ctx: &mut Ctx<'_>, key: u8) {
    let set = ctx.guest().and_then(|g| g.pf.get(&key));
    let mut out = line!("PF{key:02} ");
    out.extend_from_slice(set.map_or(b"UNDEFINED", Vec::as_slice));
    ctx.say(out);
}

/// QUERY SET.
pub(super) fn query(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    no_more(words, &hcp::HCPCQV003E)?;
    let Some(guest) = ctx.guest() else {
        return Ok(());
    };
    let s = guest.switches;
    let machine = guest.entry.mode.name();
    let secondary = guest.secondary.clone();
    let on = |b: bool| if b { "ON " } else { "OFF" };
    let taken = |on: bool, iucv: bool| match (on, iucv) {
        (true, true) => "IUCV",
        (true, false) => "ON ",
        (false, _) => "OFF",
    };
    let emsg = match s.emsg {
        Emsg::On => "ON ",
        Emsg::Off => "OFF",
        Emsg::Code => "CODE",
        Emsg::Text => "TEXT",
    };
    ctx.say(line!(
        "MSG {} , WNG {} , EMSG {emsg} , ACNT {} , RUN {}",
        taken(s.msg, s.iucv.msg),
        taken(s.wng, s.iucv.wng),
        on(s.acnt),
        on(s.run)
    ));
    ctx.say(line!(
        "IMSG {} , SMSG {} , MACHINE {machine}",
        on(s.imsg),
        taken(s.smsg, s.iucv.smsg)
    ));
    let secondary = secondary.unwrap_or_else(|| b"NOSECUSER".to_vec());
    ctx.say(line!("SECUSER {}", super::show(&secondary)));
    Ok(())
}
