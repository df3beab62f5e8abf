//! QUERY of the system and of users (z/VM CP Commands: QUERY). QUERY VIRTUAL and QUERY NSS have rooms of
//! their own.

use super::{
    Ctx, Outcome, Row, line, no_more, query_disks, query_nss, query_virtual, screen, set, show,
    spool, spool_files, terminal, trace,
};
use crate::base::abbrev;
use crate::base::clock::Civil;
use crate::base::msg::hcp;
use crate::cp::UserId;
use crate::cp::guest::Guest;
use crate::cp::words::Words;

pub(super) const COMMANDS: &[Row] = &[Row {
    name: "Query",
    classes: "",
    run: query,
    usage: "Query operand",
    doc: "Shows the status of the system, of users and of your virtual machine.",
    example: "QUERY TIME",
}];

/// How a row that takes no operands of its own is written.
macro_rules! row {
    ($name:literal, $classes:literal, $run:expr, $usage:literal, $doc:literal, $example:literal) => {
        Row {
            name: $name,
            classes: $classes,
            run: $run,
            usage: $usage,
            doc: $doc,
            example: $example,
        }
    };
}

pub(super) const OPERANDS: &[Row] = &[
    row!(
        "TERMinal",
        "G",
        terminal::query,
        "Query TERMinal",
        "The line editing symbols and terminal settings.",
        "QUERY TERMINAL"
    ),
    row!(
        "Virtual",
        "G",
        query_virtual::query,
        "Query Virtual ...",
        "Your virtual machine.",
        "QUERY VIRTUAL STORAGE"
    ),
    row!(
        "USERID",
        "",
        userid,
        "Query USERID",
        "Your user identification and the system's.",
        "QUERY USERID"
    ),
    row!(
        "Time",
        "",
        time,
        "Query Time",
        "The time, and how long you are logged on.",
        "QUERY TIME"
    ),
    row!(
        "NAMes",
        "",
        names,
        "Query NAMes",
        "Who is logged on.",
        "QUERY NAMES"
    ),
    row!(
        "USERs",
        "",
        users,
        "Query USERs [user]",
        "How many users are logged on.",
        "QUERY USERS"
    ),
    row!(
        "SET",
        "G",
        set::query,
        "Query SET",
        "What SET has set.",
        "QUERY SET"
    ),
    row!(
        "NSS",
        "E",
        query_nss::query,
        "Query NSS [NAME name|ALL|spoolid|CLass c] [MAP|USERS|ATTRibutes]",
        "Named saved systems and saved segments.",
        "QUERY NSS ALL MAP"
    ),
    row!(
        "TRace",
        "G",
        trace::query,
        "Query TRace [ALL|id]",
        "The TRACE traps.",
        "QUERY TRACE"
    ),
    row!(
        "CPLEVEL",
        "",
        cplevel,
        "Query CPLEVEL",
        "The level of the control program.",
        "QUERY CPLEVEL"
    ),
    row!(
        "CPUID",
        "G",
        cpuid,
        "Query CPUID",
        "The processor identification of your machine.",
        "QUERY CPUID"
    ),
    row!(
        "PRIVclass",
        "",
        privclass,
        "Query PRIVclass",
        "Your privilege classes.",
        "QUERY PRIVCLASS"
    ),
    row!(
        "CONsole",
        "G",
        query_virtual::console,
        "Query CONsole",
        "Your console.",
        "QUERY CONSOLE"
    ),
    row!(
        "SHARE",
        "ABCDEFG",
        set::query_share,
        "Query SHARE [user]",
        "The share of the processor that a user's virtual machine has.",
        "QUERY SHARE"
    ),
    row!(
        "PF",
        "G",
        set::query_pf,
        "Query PF",
        "The program function keys.",
        "QUERY PF"
    ),
    row!(
        "PROCessors",
        "ABCE",
        processors,
        "Query PROCessors",
        "The real processors.",
        "QUERY PROCESSORS"
    ),
    row!(
        "TIMEZone",
        "",
        timezone,
        "Query TIMEZone",
        "The time zone.",
        "QUERY TIMEZONE"
    ),
    row!(
        "STORage",
        "ABE",
        storage,
        "Query STORage",
        "The real storage.",
        "QUERY STORAGE"
    ),
    row!(
        "SECuser",
        "ABCG",
        secuser,
        "Query SECuser [*|user|ALL]",
        "Who sees your console (class A, B or C: any console) while you are disconnected.",
        "QUERY SECUSER"
    ),
    row!(
        "Reader",
        "DG",
        spool_files::query_reader,
        "Query Reader [*|user|SYSTEM] [spoolid] [CLass c] [FORM f] [DEST d] [HOLd|NOHold] [ALL] [SHOrtdate|FULldate|ISOdate]",
        "Your reader files.",
        "QUERY READER ALL"
    ),
    row!(
        "RDR",
        "DG",
        spool_files::query_reader,
        "Query RDR [*|user|SYSTEM] [spoolid] [CLass c] [FORM f] [DEST d] [HOLd|NOHold] [ALL] [SHOrtdate|FULldate|ISOdate]",
        "Your reader files.",
        "QUERY RDR"
    ),
    row!(
        "PUnch",
        "DG",
        spool_files::query_punch,
        "Query PUnch [*|user|SYSTEM] [spoolid] [CLass c] [FORM f] [DEST d] [HOLd|NOHold] [ALL] [SHOrtdate|FULldate|ISOdate]",
        "Your punch files.",
        "QUERY PUNCH"
    ),
    row!(
        "PRinter",
        "DG",
        spool_files::query_printer,
        "Query PRinter [*|user|SYSTEM] [spoolid] [CLass c] [FORM f] [DEST d] [HOLd|NOHold] [ALL] [SHOrtdate|FULldate|ISOdate]",
        "Your printer files.",
        "QUERY PRINTER"
    ),
    row!(
        "PRT",
        "DG",
        spool_files::query_printer,
        "Query PRT [*|user|SYSTEM] [spoolid] [CLass c] [FORM f] [DEST d] [HOLd|NOHold] [ALL] [SHOrtdate|FULldate|ISOdate]",
        "Your printer files.",
        "QUERY PRT ALL"
    ),
    row!(
        "PCH",
        "DG",
        spool_files::query_punch,
        "Query PCH [*|user|SYSTEM] [spoolid] [CLass c] [FORM f] [DEST d] [HOLd|NOHold] [ALL] [SHOrtdate|FULldate|ISOdate]",
        "Your punch files.",
        "QUERY PCH"
    ),
    row!(
        "Files",
        "DG",
        spool_files::files,
        "Query Files [*|user]",
        "How many spool files you have.",
        "QUERY FILES"
    ),
    row!(
        "COMMands",
        "",
        commands,
        "Query COMMands",
        "The commands you may issue.",
        "QUERY COMMANDS"
    ),
    row!(
        "CPCMDs",
        "",
        commands,
        "Query CPCMDs",
        "The commands you may issue.",
        "QUERY CPCMDS"
    ),
    row!(
        "MDisk",
        "BG",
        query_disks::mdisk,
        "Query MDisk [USERid user|*] {vdev|vdev-vdev|ALL} ... [DIRECT] LOCation",
        "Where minidisks are.",
        "QUERY MDISK 191 LOCATION"
    ),
    row!(
        "Links",
        "G",
        query_disks::links,
        "Query Links vdev",
        "Who has a disk of yours, and how.",
        "QUERY LINKS 191"
    ),
    row!(
        "TAG",
        "G",
        spool::query_tag,
        "Query TAG {DEV device|FILE spoolid}",
        "The tag of a device or of a spool file.",
        "QUERY TAG DEV 00D"
    ),
    row!(
        "SCREen",
        "G",
        screen::query,
        "Query SCREen",
        "The colours of the areas of the screen.",
        "QUERY SCREEN"
    ),
    row!(
        "RETrieve",
        "G",
        screen::query_retrieve,
        "Query RETrieve [BUFfers]",
        "The lines you typed last.",
        "QUERY RETRIEVE BUFFERS"
    ),
    row!(
        "LOGmsg",
        "",
        logmsg,
        "Query LOGmsg",
        "The message that users get at logon.",
        "QUERY LOGMSG"
    ),
    row!(
        "SSI",
        "BEG",
        screen::query_ssi,
        "Query SSI",
        "The cluster that the system is in: none.",
        "QUERY SSI"
    ),
];

fn query(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let Some(name) = words.next() else {
        return Err(hcp::HCPCQV026E.with(&[]));
    };
    let classes = ctx.classes();
    let row = OPERANDS
        .iter()
        .find(|r| abbrev::matches(r.name, name) && classes.allows(r.classes));
    if let Some(row) = row {
        return (row.run)(ctx, words);
    }
    if let Some(key) = set::function_key(name).filter(|_| classes.allows("G")) {
        no_more(words, &hcp::HCPCQV003E)?;
        set::say_key(ctx, key);
        return Ok(());
    }
    // QUERY user and QUERY vdev have no keyword; a name of the directory is a user.
    let upper = name.to_ascii_uppercase();
    if ctx.sys.directory.user(&upper).is_some() {
        no_more(words, &hcp::HCPCQV003E)?;
        return user(ctx, &upper);
    }
    match crate::cp::words::vdev(name) {
        Some(vdev) if classes.allows("BG") => query_virtual::device(ctx, vdev, words),
        // VIRTUAL may be left off by who has no class that asks for the real devices.
        _ if classes.allows("G") => query_virtual::without_keyword(ctx, name, words),
        _ => Err(hcp::HCPCQV003E.with(&[&upper])),
    }
}

/// The system keeps no log message.
fn logmsg(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    no_more(words, &hcp::HCPCQV003E)?;
    ctx.say("There is no logmsg data");
    Ok(())
}

fn user(ctx: &mut Ctx<'_>, id: &[u8]) -> Outcome {
    let Some(guest) = ctx.sys.guest(id) else {
        return Err(hcp::HCPCQU045E.with(&[id]));
    };
    let out = name_and_place(guest);
    ctx.say(out);
    Ok(())
}

/// `LINUX1   -L0009` or `LINUX1   - DSC`.
fn name_and_place(guest: &Guest) -> String {
    let place = match (guest.disconnected, guest.console()) {
        (true, _) => " DSC".to_string(),
        (false, console) => format!("L{:04X}", console.unwrap_or(0)),
    };
    format!("{:<8} -{place}", show(&guest.id))
}

fn userid(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    no_more(words, &hcp::HCPCQV003E)?;
    let out = line!("{:<8} AT {}", show(&ctx.user), show(ctx.sys.name()));
    ctx.say(out);
    Ok(())
}

fn time(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    no_more(words, &hcp::HCPCQV003E)?;
    let now = line!("TIME IS {}", ctx.sys.time_and_date());
    ctx.say(now);
    let out = connect(ctx);
    ctx.say(out);
    Ok(())
}

/// The line of times that QUERY TIME and LOGOFF show.
pub(in crate::cp) fn connect(ctx: &Ctx<'_>) -> String {
    let Some(guest) = ctx.guest() else {
        return String::new();
    };
    let connected = (ctx.sys.clock().micros() - guest.since).max(0) / 1_000_000;
    let cpu = guest.cpu_micros / 10_000;
    let (h, m, s) = (connected / 3600, connected / 60 % 60, connected % 60);
    let used = format!("{:03}:{:02}.{:02}", cpu / 6000, cpu / 100 % 60, cpu % 100);
    format!("CONNECT= {h:02}:{m:02}:{s:02} VIRTCPU= {used} TOTCPU= {used}")
}

fn names(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    no_more(words, &hcp::HCPCQV003E)?;
    let all: Vec<String> = ctx.sys.guests.values().map(name_and_place).collect();
    for four in all.chunks(4) {
        ctx.say(four.join(", "));
    }
    Ok(())
}

fn users(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    if let Some(name) = words.next() {
        no_more(words, &hcp::HCPCQV003E)?;
        let id = ctx.sys.known(name)?;
        return user(ctx, &id);
    }
    let out = line!(
        "{:4} USERS,  {:4} DIALED,  {:4} NET",
        ctx.sys.guests.count(),
        0,
        0
    );
    ctx.say(out);
    Ok(())
}

fn cplevel(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    no_more(words, &hcp::HCPCQV003E)?;
    ctx.say(crate::cp::system::LEVEL);
    ctx.say(line!(
        "Generated from vmshare {}",
        env!("CARGO_PKG_VERSION")
    ));
    let offset = i64::from(ctx.sys.clock().zone().offset) * 1_000_000;
    let c = Civil::from_micros(ctx.sys.started + offset);
    let zone = ctx.sys.clock().zone().name.clone();
    ctx.say(line!(
        "IPL at {:02}/{:02}/{:02} {:02}:{:02}:{:02} {zone}",
        c.month,
        c.day,
        c.year % 100,
        c.hour,
        c.minute,
        c.second
    ));
    Ok(())
}

fn cpuid(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    no_more(words, &hcp::HCPCQV003E)?;
    let Some(guest) = ctx.guest() else {
        return Ok(());
    };
    let out = line!("CPUID = {:016X}", guest.hardware.cpu_id());
    ctx.say(out);
    Ok(())
}

fn privclass(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    no_more(words, &hcp::HCPCQV003E)?;
    let Some(guest) = ctx.guest() else {
        return Ok(());
    };
    let current = guest.classes.show();
    let directory = guest.entry.classes.show();
    ctx.say(line!("Privilege classes for user {}", show(&ctx.user)));
    ctx.say(line!("        Currently: {}", show(&current)));
    ctx.say(line!("        Directory: {}", show(&directory)));
    ctx.say("The privilege classes are not locked against changes.");
    Ok(())
}

fn processors(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    no_more(words, &hcp::HCPCQV003E)?;
    ctx.say("PROCESSOR 00 MASTER CP");
    Ok(())
}

fn timezone(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    no_more(words, &hcp::HCPCQV003E)?;
    let zone = ctx.sys.clock().zone().clone();
    let direction = match zone.offset {
        0 => "----",
        o if o < 0 => "WEST",
        _ => "EAST",
    };
    let o = zone.offset.unsigned_abs();
    ctx.say("ZONE  DIRECTION  OFFSET   STATUS");
    ctx.say(line!(
        "{:<4}    {direction}    {:02}.{:02}.{:02}  ACTIVE",
        zone.name,
        o / 3600,
        o / 60 % 60,
        o % 60
    ));
    Ok(())
}

/// The real storage of a simulated system is what its users' machines have.
fn storage(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    no_more(words, &hcp::HCPCQV003E)?;
    let total: u64 = ctx.sys.guests.values().map(|g| g.storage).sum();
    let size = super::size(total);
    ctx.say(line!(
        "STORAGE = {size} CONFIGURED = {size} INC = 1M STANDBY = 0  RESERVED = 0"
    ));
    Ok(())
}

fn secuser(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let who = words.next().unwrap_or(b"*").to_ascii_uppercase();
    no_more(words, &hcp::HCPCQV003E)?;
    let any = [b'A', b'B', b'C'].iter().any(|c| ctx.classes().has(*c));
    let users = match who.as_slice() {
        b"*" => vec![ctx.user.clone()],
        b"ALL" if any => with_secondary(ctx),
        user if any || user == ctx.user.as_slice() => vec![user.to_vec()],
        _ => return Err(hcp::HCPCQV003E.with(&[&who])),
    };
    for user in users {
        let Some(guest) = ctx.sys.guests.get(&user) else {
            return Err(hcp::HCPCQU045E.with(&[&user]));
        };
        let out = match &guest.secondary {
            Some(secondary) => line!("{} SECUSER {}", show(&user), show(secondary)),
            None => line!("{} has no secondary user", show(&user)),
        };
        ctx.say(out);
    }
    Ok(())
}

/// The users that have a secondary user.
fn with_secondary(ctx: &Ctx<'_>) -> Vec<UserId> {
    let guests = ctx.sys.guests.values();
    let with = guests.filter(|guest| guest.secondary.is_some());
    with.map(|guest| guest.entry.id.clone()).collect()
}

/// The names of the commands that the issuer's classes give, eight on a line.
fn commands(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    no_more(words, &hcp::HCPCQV003E)?;
    let classes = ctx.classes();
    let allowed = super::commands().filter(|r| classes.allows(r.classes));
    let mut names: Vec<String> = allowed.map(|r| r.name.to_ascii_uppercase()).collect();
    names.sort();
    for some in names.chunks(6) {
        let padded: Vec<String> = some.iter().map(|n| format!("{n:<12}")).collect();
        ctx.say(padded.concat().trim_end().to_string());
    }
    Ok(())
}
