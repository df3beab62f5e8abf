//! MESSAGE, MSGNOH, WARNING, SMSG, SEND, ECHO, SLEEP, SILENTLY (z/VM CP Commands).

use super::{Ctx, Outcome, Row, no_more, run, show};
use crate::base::abbrev;
use crate::base::msg::hcp;
use crate::cp::UserId;
use crate::cp::guest::MessageClass;
use crate::cp::native::{Fate, Origin};
use crate::cp::words::{self, Words};

pub(super) const COMMANDS: &[Row] = &[
    Row {
        name: "Message",
        classes: "",
        run: message,
        usage: "Message {user|*|ALL} text",
        doc: "Shows a line on another user's console.",
        example: "MESSAGE * HELLO",
    },
    Row {
        name: "MSG",
        classes: "",
        run: message,
        usage: "MSG {user|*|ALL} text",
        doc: "Shows a line on another user's console.",
        example: "MSG * HELLO",
    },
    Row {
        name: "MSGNOH",
        classes: "B",
        run: msgnoh,
        usage: "MSGNOH {user|*} text",
        doc: "Shows a line without a header on another user's console.",
        example: "MSGNOH * HELLO",
    },
    Row {
        name: "WARNing",
        classes: "ABC",
        run: warning,
        usage: "WARNing {user|*|ALL} text",
        doc: "Shows a warning on another user's console.",
        example: "WARNING * HELLO",
    },
    Row {
        name: "WNG",
        classes: "ABC",
        run: warning,
        usage: "WNG {user|*|ALL} text",
        doc: "Shows a warning on another user's console.",
        example: "WNG * HELLO",
    },
    Row {
        name: "SMsg",
        classes: "G",
        run: smsg,
        usage: "SMsg user text",
        doc: "Sends a special message to a virtual machine that takes them.",
        example: "SET SMSG ON",
    },
    Row {
        name: "SEND",
        classes: "CG",
        run: send,
        usage: "SEND [CP] user text",
        doc: "Types a line at the console of a disconnected user whose secondary user you are.",
        example: "SET SECUSER OFF",
    },
    Row {
        name: "ECHO",
        classes: "G",
        run: echo,
        usage: "ECHO text",
        doc: "Shows the text on your console.",
        example: "ECHO HELLO",
    },
    Row {
        name: "SLeep",
        classes: "",
        run: sleep,
        usage: "SLeep [n [SEC|MIN|HRS|DAYS]]",
        doc: "Stops the virtual machine for a time, or until attention.",
        example: "SLEEP 0 SEC",
    },
    Row {
        name: "SILENTly",
        classes: "",
        run: silently,
        usage: "SILENTly command",
        doc: "Executes a command without showing its response.",
        example: "SILENTLY QUERY TIME",
    },
];

/// What a kind of message asks of its receiver, and its header.
struct Kind {
    header: &'static str,
    class: MessageClass,
    wants: fn(&crate::cp::guest::Switches) -> bool,
    /// Whether the message service gets it.
    serves: fn(&crate::cp::guest::Switches) -> bool,
    off: &'static [u8],
}

const MSG: Kind = Kind {
    header: "MSG",
    class: MessageClass::Message,
    wants: |s| s.msg,
    serves: |s| s.iucv.msg,
    off: b"MSG off",
};
const WNG: Kind = Kind {
    header: "WNG",
    class: MessageClass::Warning,
    wants: |s| s.wng,
    serves: |s| s.iucv.wng,
    off: b"WNG off",
};

fn message(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    headed(ctx, words, &MSG)
}

fn warning(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    headed(ctx, words, &WNG)
}

fn headed(ctx: &mut Ctx<'_>, words: &mut Words<'_>, kind: &Kind) -> Outcome {
    let Some(to) = words.next() else {
        return Err(hcp::HCPMFS020E.with(&[]));
    };
    let text = words.rest();
    if text.is_empty() {
        return Err(hcp::HCPMFS026E.with(&[]));
    }
    let header = format!(
        "{} * {} FROM {:<8}: ",
        ctx.sys.time_of_day(),
        kind.header,
        show(&ctx.user)
    );
    let mut full = header.into_bytes();
    full.extend_from_slice(text);
    if to.eq_ignore_ascii_case(b"ALL") && ctx.classes().allows("ABC") {
        let all: Vec<UserId> = ctx.sys.guests.keys().cloned().collect();
        for user in all {
            if ctx
                .sys
                .guest(&user)
                .is_some_and(|g| (kind.wants)(&g.switches))
            {
                deliver(ctx, &user, kind, text, &full);
            }
        }
        return Ok(());
    }
    let user = receiver(ctx, to)?;
    let guest = ctx.sys.guest(&user);
    if !guest.is_some_and(|g| (kind.wants)(&g.switches)) {
        return Err(hcp::HCPMFS057I.with(&[&user, kind.off]));
    }
    deliver(ctx, &user, kind, text, &full);
    Ok(())
}

/// Gives a message to the program that is connected to the user's message service, else to the console.
fn deliver(ctx: &mut Ctx<'_>, user: &[u8], kind: &Kind, text: &[u8], shown: &[u8]) {
    let from = ctx.user.clone();
    if let Some(guest) = ctx.sys.guest_mut(user)
        && guest.messages.is_connected()
        && (kind.serves)(&guest.switches)
    {
        return guest.messages.put(kind.class, &from, text);
    }
    ctx.sys.console_write(user, shown);
}

/// The user a message goes to: logged on, and with somebody to read it.
fn receiver(ctx: &Ctx<'_>, to: &[u8]) -> Result<UserId, crate::base::Message> {
    let user = match to {
        b"*" => ctx.user.clone(),
        _ => to.to_ascii_uppercase(),
    };
    let Some(guest) = ctx.sys.guest(&user) else {
        return Err(hcp::HCPMFS045E.with(&[&user]));
    };
    let served = guest.messages.is_connected() && guest.switches.iucv.msg;
    if guest.disconnected && guest.secondary.is_none() && !served {
        return Err(hcp::HCPMFS057I.with(&[&user, b"disconnected"]));
    }
    Ok(user)
}

fn msgnoh(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let Some(to) = words.next() else {
        return Err(hcp::HCPMFS020E.with(&[]));
    };
    let text = words.rest().to_vec();
    if text.is_empty() {
        return Err(hcp::HCPMFS026E.with(&[]));
    }
    let user = receiver(ctx, to)?;
    if !ctx.sys.guest(&user).is_some_and(|g| g.switches.msg) {
        return Err(hcp::HCPMFS057I.with(&[&user, b"MSG off"]));
    }
    deliver(ctx, &user, &MSG, &text, &text);
    Ok(())
}

fn smsg(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let Some(to) = words.next() else {
        return Err(hcp::HCPMFS020E.with(&[]));
    };
    let user = match to {
        b"*" => ctx.user.clone(),
        _ => to.to_ascii_uppercase(),
    };
    let from = ctx.user.clone();
    let text = words.rest();
    let Some(guest) = ctx.sys.guest_mut(&user) else {
        return Err(hcp::HCPMFS045E.with(&[&user]));
    };
    if !guest.switches.smsg {
        return Err(hcp::HCPMFS057I.with(&[&user, b"SMSG off"]));
    }
    guest.messages.put(MessageClass::Special, &from, text);
    Ok(())
}

/// SEND: class C to anybody, class G to a user whose secondary user the sender is.
fn send(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let Some(mut to) = words.next() else {
        return Err(hcp::HCPSND020E.with(&[]));
    };
    let as_cp = to.eq_ignore_ascii_case(b"CP");
    if as_cp {
        to = words.next().ok_or_else(|| hcp::HCPSND020E.with(&[]))?;
    }
    let user = to.to_ascii_uppercase();
    let text = words.rest().to_vec();
    let Some(guest) = ctx.sys.guest(&user) else {
        return Err(hcp::HCPSND045E.with(&[&user]));
    };
    let secondary = guest.secondary.as_deref() == Some(&ctx.user);
    if !ctx.classes().has(b'C') && !secondary {
        return Err(hcp::HCPSND068E.with(&[&user]));
    }
    if as_cp {
        ctx.sys.console_command(&user, &text, Origin::Console);
    } else {
        ctx.sys.console_line(&user, &text);
    }
    Ok(())
}

fn echo(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    ctx.say(words.rest());
    Ok(())
}

fn sleep(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let Some(word) = words.next() else {
        ctx.fate = Fate::Sleeps(i64::MAX);
        return Ok(());
    };
    let count = words::decimal(word).filter(|n| *n <= 99_999);
    let count = count.ok_or_else(|| hcp::HCPCFL002E.with(&[word]))?;
    let seconds = match words.next() {
        None => 60,
        Some(w) if abbrev::matches("Sec", w) => 1,
        Some(w) if abbrev::matches("Min", w) => 60,
        Some(w) if abbrev::matches("Hrs", w) => 3600,
        Some(w) if abbrev::matches("Days", w) => 86_400,
        Some(w) => return Err(hcp::HCPCFL003E.with(&[w])),
    };
    no_more(words, &hcp::HCPCFL003E)?;
    let micros = i64::try_from(count).unwrap_or(0) * seconds * 1_000_000;
    ctx.fate = Fate::Sleeps(micros);
    Ok(())
}

fn silently(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let kept = ctx.shown();
    let outcome = run(ctx, words);
    if outcome.is_ok() {
        ctx.forget_behind(kept);
    }
    outcome
}
