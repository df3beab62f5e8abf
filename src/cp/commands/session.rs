//! LOGON, LOGOFF, DISCONNECT, XAUTOLOG, AUTOLOG, FORCE (z/VM CP Commands).

use super::{Ctx, Outcome, Row, line, no_more, show};
use crate::base::abbrev;
use crate::base::msg::hcp;
use crate::cp::native::{Fate, Origin};
use crate::cp::system::LogonHow;
use crate::cp::words::Words;

pub(super) const COMMANDS: &[Row] = &[
    Row {
        name: "LOGON",
        classes: "",
        run: logon,
        usage: "LOGON user",
        doc: "Identifies a user to the system, at a terminal where nobody is logged on.",
        example: "QUERY USERID",
    },
    Row {
        name: "LOGoff",
        classes: "",
        run: logoff,
        usage: "LOGoff",
        doc: "Ends the session and the virtual machine.",
        example: "LOGOFF",
    },
    Row {
        name: "LOGout",
        classes: "",
        run: logoff,
        usage: "LOGout",
        doc: "Ends the session and the virtual machine.",
        example: "LOGOUT",
    },
    Row {
        name: "DISConn",
        classes: "",
        run: disconnect,
        usage: "DISConn",
        doc: "Leaves the terminal; the virtual machine goes on.",
        example: "DISCONN",
    },
    Row {
        name: "XAUTOlog",
        classes: "ABG",
        run: xautolog,
        usage: "XAUTOlog user [STORage size] [SYNCH|ASYNCH] [NOIPL | IPL name [PARM text]]",
        doc: "Starts another user's virtual machine without a terminal.",
        example: "XAUTOLOG LINUX2",
    },
    Row {
        name: "AUTOLOG",
        classes: "AB",
        run: autolog,
        usage: "AUTOLOG user password [command]",
        doc: "Starts another user's virtual machine without a terminal.",
        example: "AUTOLOG LINUX2 NOPASS",
    },
    Row {
        name: "FORCE",
        classes: "A",
        run: force,
        usage: "FORCE user",
        doc: "Logs another user off.",
        example: "FORCE LINUX2",
    },
];

fn logon(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let Some(user) = words.next() else {
        return Err(hcp::HCPLGA020E.with(&[]));
    };
    // A terminal whose user is logged on has no LOGON; faces log on through the system itself.
    let place = match ctx.sys.guest(user) {
        Some(guest) if guest.disconnected => "DSC".to_string(),
        Some(guest) => format!("L{:04X}", guest.console().unwrap_or(0)),
        None => return Err(hcp::HCPLGA361E.with(&[&ctx.user.clone()])),
    };
    Err(hcp::HCPLGA054E.with(&[&user.to_ascii_uppercase(), place.as_bytes()]))
}

fn logoff(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    if words.peek().is_some_and(|w| abbrev::matches("HOld", w)) {
        words.next();
    }
    no_more(words, &hcp::HCPUSO003E)?;
    let user = ctx.user.clone();
    for out in ctx.sys.end_session(&user) {
        ctx.say(out);
    }
    ctx.fate = Fate::Gone;
    Ok(())
}

fn disconnect(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    if words.peek().is_some_and(|w| abbrev::matches("HOld", w)) {
        words.next();
    }
    no_more(words, &hcp::HCPUSO003E)?;
    let user = ctx.user.clone();
    let out = line!("DISCONNECT AT {}", ctx.sys.time_and_date());
    ctx.sys.console_write(&user, &out);
    let guest = ctx.guest_mut()?;
    guest.disconnected = true;
    Ok(())
}

/// XAUTOLOG: classes A and B anybody, class G those whose directory entry names the issuer.
fn xautolog(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let Some(name) = words.next() else {
        return Err(hcp::HCPAUT020E.with(&[]));
    };
    let user = name.to_ascii_uppercase();
    let Some(entry) = ctx.sys.directory.user(&user) else {
        return Err(hcp::HCPAUT053E.with(&[&user]));
    };
    let may = ctx.classes().allows("AB") || entry.xautolog.contains(&ctx.user);
    if !may || entry.password == b"NOLOG" {
        return Err(hcp::HCPAUT059E.with(&[&user]));
    }
    let max = entry.max_storage;
    let mut storage = None;
    let mut how = LogonHow::Disconnected;
    let mut then = None;
    while let Some(word) = words.next() {
        if abbrev::matches("STORage", word) {
            let size = words.next().and_then(|w| std::str::from_utf8(w).ok());
            let size = size.and_then(|w| crate::cp::directory::size(w).ok());
            let bytes = size.ok_or_else(|| hcp::HCPAUT026E.with(&[]))?;
            if bytes > max {
                return Err(hcp::HCPDFN094E.with(&[super::size(max).as_bytes()]));
            }
            storage = Some(bytes);
        } else if abbrev::matches("NOIPL", word) {
            how = LogonHow::DisconnectedNoIpl;
        } else if abbrev::matches("IPL", word) {
            how = LogonHow::DisconnectedNoIpl;
            let mut command = b"IPL ".to_vec();
            command.extend_from_slice(words.rest());
            then = Some(command);
            break;
        } else if !abbrev::matches("SYNCH", word) && !abbrev::matches("ASYNCH", word) {
            return Err(hcp::HCPAUT003E.with(&[word]));
        }
    }
    start(ctx, &user, how, storage)?;
    if let Some(command) = then {
        ctx.sys.console_command(&user, &command, Origin::Console);
    }
    Ok(())
}

fn start(ctx: &mut Ctx<'_>, user: &[u8], how: LogonHow, storage: Option<u64>) -> Outcome {
    let by = ctx.user.clone();
    ctx.sys.logon_with(user, how, storage)?;
    ctx.inform("Command accepted");
    let count = ctx.sys.guests.count();
    let out = line!(
        "AUTO LOGON  ***       {:<8} USERS = {count:<5} BY  {}",
        show(user),
        show(&by)
    );
    if ctx.sys.guest(b"OPERATOR").is_some() {
        ctx.sys.console_write(b"OPERATOR", &out);
    }
    Ok(())
}

fn autolog(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let (Some(name), Some(password)) = (words.next(), words.next()) else {
        return Err(hcp::HCPAUT020E.with(&[]));
    };
    let user = name.to_ascii_uppercase();
    let Some(entry) = ctx.sys.directory.user(&user) else {
        return Err(hcp::HCPAUT053E.with(&[&user]));
    };
    if !entry.password.eq_ignore_ascii_case(password) {
        return Err(hcp::HCPLGA050E.with(&[]));
    }
    start(ctx, &user, LogonHow::Disconnected, None)?;
    let command = words.rest().to_vec();
    if !command.is_empty() {
        ctx.sys.console_line(&user, &command);
    }
    Ok(())
}

fn force(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let Some(name) = words.next() else {
        return Err(hcp::HCPFOR020E.with(&[]));
    };
    no_more(words, &hcp::HCPFOR003E)?;
    let user = name.to_ascii_uppercase();
    if ctx.sys.guest(&user).is_none() {
        return Err(hcp::HCPFOR045E.with(&[&user]));
    }
    let by = ctx.user.clone();
    for out in ctx.sys.end_session(&user) {
        ctx.sys.console_write(&user, &out);
    }
    if user == by {
        ctx.fate = Fate::Gone;
    }
    let count = ctx.sys.guests.count();
    ctx.say(line!(
        "USER DSC   LOGOFF AS  {:<8} USERS = {count:<5} FORCED BY {}",
        show(&user),
        show(&by)
    ));
    Ok(())
}
