//! Spool files: CHANGE, ORDER, TRANSFER, the queues of PURGE, QUERY READER/PRINTER/PUNCH and QUERY FILES
//! (z/VM CP Commands). A class G user has the files of the own queues; class D has all.

use super::spool::{class, copies, file_name, queue, short, spoolid, trouble};
use super::{Ctx, Outcome, Row, line, no_more, show};
use crate::base::abbrev;
use crate::base::clock::Civil;
use crate::base::msg::hcp;
use crate::base::{Message, Msg};
use crate::cp::UserId;
use crate::cp::spool::output::sent_lines;
use crate::cp::spool::{Attributes, Hold, Made, Queue};
use crate::cp::system::System;
use crate::cp::words::Words;

pub(super) const COMMANDS: &[Row] = &[
    Row {
        name: "CHange",
        classes: "DG",
        run: change,
        usage: "CHange [*|user|SYSTEM] {Reader|RDR|PRinter|PRT|PUnch} {ALL|spoolid ...|CLass c|FORM f|DEST d} [CLass c] [HOld|NOHold] [SYSHold|NOSYShold] [KEep|NOKeep] [MSG|NOMsg] [COpy n] [Dist code] [FORM form] [DEST dest] [NAme fn ft|NOName]",
        doc: "Changes spool files.",
        example: "CHANGE RDR ALL KEEP NOHOLD",
    },
    Row {
        name: "ORDer",
        classes: "DG",
        run: order,
        usage: "ORDer [*|user] {Reader|RDR|PRinter|PRT|PUnch} {spoolid ...|CLass c|FORM f|DEST d}",
        doc: "Puts spool files at the front of their queue.",
        example: "ORDER RDR CLASS A",
    },
    Row {
        name: "TRANsfer",
        classes: "DG",
        run: transfer,
        usage: "TRANsfer [*|user|SYSTEM] {Reader|RDR|PRinter|PRT|PUnch} {ALL|spoolid ...|CLass c|FORM f|DEST d} {To user|*|FROM user|*|ALL} [Reader|PRinter|PUnch]",
        doc: "Moves spool files to another user or another queue.",
        example: "TRANSFER RDR ALL TO * PRT",
    },
];

/// The messages of a command that chooses spool files.
struct Ids {
    option: &'static Msg,
    missing: &'static Msg,
    spoolid: &'static Msg,
    class: &'static Msg,
    user: &'static Msg,
}

const FILES: Ids = Ids {
    option: &hcp::HCPCSU003E,
    missing: &hcp::HCPCSU026E,
    spoolid: &hcp::HCPCSU008E,
    class: &hcp::HCPCSU028E,
    user: &hcp::HCPCSU053E,
};

const QUERY: Ids = Ids {
    option: &hcp::HCPCQS003E,
    missing: &hcp::HCPCQS026E,
    spoolid: &hcp::HCPCQS008E,
    class: &hcp::HCPCQS028E,
    user: &hcp::HCPCQS053E,
};

/// Which spool files a command means.
#[derive(Clone, Default)]
struct Which {
    /// Whose; all users' when there is none.
    owner: Option<UserId>,
    queue: Option<Queue>,
    all: bool,
    ids: Vec<u16>,
    class: Option<u8>,
    form: Option<Vec<u8>>,
    dest: Option<Vec<u8>>,
    hold: Option<bool>,
}

impl Which {
    fn takes(&self, a: &Attributes) -> bool {
        self.owner.as_ref().is_none_or(|o| *o == a.owner)
            && self.queue.is_none_or(|q| q == a.queue)
            && (self.ids.is_empty() || self.ids.contains(&a.id))
            && self.class.is_none_or(|c| c == a.class || c == b'*')
            && self.form.as_ref().is_none_or(|f| *f == a.form)
            && self.dest.as_ref().is_none_or(|d| *d == a.dest)
            && self.hold.is_none_or(|h| h != a.hold.none())
    }

    fn empty(&self) -> bool {
        !self.all
            && self.ids.is_empty()
            && self.class.is_none()
            && self.form.is_none()
            && self.dest.is_none()
    }

    /// Reads one more choice when the next words are one.
    fn read(&mut self, words: &mut Words<'_>, ids: &Ids) -> Result<bool, Message> {
        let Some(word) = words.peek() else {
            return Ok(false);
        };
        let mut rest = *words;
        rest.next();
        let is = |name: &str| abbrev::matches(name, word);
        let missing = || ids.missing.with(&[]);
        match word {
            _ if is("ALL") => self.all = true,
            w if w.iter().all(u8::is_ascii_digit) => {
                self.ids
                    .push(spoolid(w).ok_or_else(|| ids.spoolid.with(&[w]))?);
            }
            _ if is("CLass") => {
                let word = rest.next().ok_or_else(missing)?;
                self.class = Some(class(word).ok_or_else(|| ids.class.with(&[word]))?);
            }
            _ if is("FORM") => {
                self.form = Some(rest.next().ok_or_else(missing)?.to_ascii_uppercase());
            }
            _ if is("DEST") => {
                self.dest = Some(rest.next().ok_or_else(missing)?.to_ascii_uppercase());
            }
            _ => return Ok(false),
        }
        *words = rest;
        Ok(true)
    }
}

/// Whose files an operand means: `*`, a user or SYSTEM; the latter two are class D's. `None`: no such word.
fn owner(
    ctx: &Ctx<'_>,
    words: &mut Words<'_>,
    ids: &Ids,
) -> Result<Option<Option<UserId>>, Message> {
    let Some(mut word) = words.peek() else {
        return Ok(None);
    };
    let mut rest = *words;
    rest.next();
    let keyword = abbrev::matches("USERID", word) || word.eq_ignore_ascii_case(b"U");
    if keyword {
        word = rest.next().ok_or_else(|| ids.missing.with(&[]))?;
    }
    let any = ctx.classes().has(b'D');
    let owner = match word {
        b"*" => Some(ctx.user.clone()),
        w if any && w.eq_ignore_ascii_case(b"SYSTEM") && !keyword => None,
        w if any || keyword => {
            let user = w.to_ascii_uppercase();
            match ctx.sys.directory.user(&user) {
                Some(_) if any || user == ctx.user => Some(user),
                Some(_) => return Err(ids.option.with(&[w])),
                None if keyword => return Err(ids.user.with(&[&user])),
                None => return Ok(None),
            }
        }
        _ => return Ok(None),
    };
    *words = rest;
    Ok(Some(owner))
}

/// Reads `[owner] queue which`: the operands that CHANGE, ORDER, PURGE and TRANSFER begin with.
fn which(ctx: &Ctx<'_>, words: &mut Words<'_>) -> Result<Which, Message> {
    let mut which = Which {
        owner: Some(ctx.user.clone()),
        ..Which::default()
    };
    if words.peek().and_then(queue).is_none()
        && let Some(owner) = owner(ctx, words, &FILES)?
    {
        which.owner = owner;
    }
    let word = words.next().ok_or_else(|| hcp::HCPCSU026E.with(&[]))?;
    which.queue = queue(word);
    if which.queue.is_none() {
        // ALL is every queue, and every file of it.
        if !abbrev::matches("ALL", word) {
            return Err(hcp::HCPCSU003E.with(&[word]));
        }
        which.all = true;
    }
    if !which.all {
        which.read(words, &FILES)?;
    }
    // Several numbers may be named; what stands behind them is the command's own.
    let number = |words: &Words<'_>| {
        words
            .peek()
            .is_some_and(|w| w.iter().all(u8::is_ascii_digit))
    };
    while !which.ids.is_empty() && number(words) {
        which.read(words, &FILES)?;
    }
    match (which.empty(), words.peek()) {
        (false, _) => Ok(which),
        (true, Some(word)) => Err(hcp::HCPCSU003E.with(&[word])),
        (true, None) => Err(hcp::HCPCSU027E.with(&[])),
    }
}

/// Says how many files something was done to; a number that is in no queue of the user's is an error.
fn tell(ctx: &mut Ctx<'_>, which: &Which, before: &[u16], count: usize, done: &str) -> Outcome {
    ctx.inform(match count {
        0 => format!("NO FILES {done}"),
        1 => format!("0000001 FILE  {done}"),
        n => format!("{n:07} FILES {done}"),
    });
    report_damage(ctx);
    for id in which.ids.iter().filter(|id| !before.contains(id)) {
        let absent = hcp::HCPCSU042E.with(&[format!("{id:04}").as_bytes()]);
        ctx.message(&absent);
    }
    Ok(())
}

/// Names the damaged files of the spool.
fn report_damage(ctx: &mut Ctx<'_>) {
    let damaged = match ctx.sys.spool.list() {
        Ok(listing) => listing.damaged,
        Err(error) => vec![error],
    };
    for error in damaged {
        ctx.message(&hcp::HCPCQS444E.with(&[error.to_string().as_bytes()]));
    }
}

/// The numbers of the files that are meant, in order.
fn meant(ctx: &Ctx<'_>, which: &Which) -> Result<Vec<u16>, Message> {
    let listing = ctx.sys.spool.list().map_err(|e| trouble(&e))?;
    let files = listing.files.iter().filter(|a| which.takes(a));
    Ok(files.map(|a| a.id).collect())
}

pub(super) fn purge(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let mut which = which(ctx, words)?;
    while which.read(words, &FILES)? {}
    no_more(words, &hcp::HCPCSU003E)?;
    let before = meant(ctx, &which)?;
    let count = ctx
        .sys
        .spool
        .purge(|a| which.takes(a))
        .map_err(|e| trouble(&e))?;
    tell(ctx, &which, &before, count, "PURGED")
}

fn change(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let which = which(ctx, words)?;
    let mut changes: Vec<Change> = Vec::new();
    while let Some(word) = words.next() {
        changes.push(read_change(ctx, word, words)?);
    }
    if changes.is_empty() {
        return Err(hcp::HCPCSU026E.with(&[]));
    }
    let before = meant(ctx, &which)?;
    let changed = ctx.sys.spool.change(|a| {
        let found = which.takes(a);
        if found {
            changes.iter().for_each(|change| change(a));
        }
        found
    });
    let changed = changed.map_err(|e| trouble(&e))?;
    wake(ctx, &changed);
    tell(ctx, &which, &before, changed.len(), "CHANGED")
}

type Change = Box<dyn Fn(&mut Attributes)>;

/// One option of CHANGE.
fn read_change(ctx: &Ctx<'_>, word: &[u8], words: &mut Words<'_>) -> Result<Change, Message> {
    let is = |name: &str| abbrev::matches(name, word);
    let operator = ctx.classes().has(b'D');
    let mut value = || words.next().ok_or_else(|| hcp::HCPCSU026E.with(&[]));
    let bad = |w: &[u8]| hcp::HCPCSU002E.with(&[w]);
    Ok(match word {
        _ if is("HOld") || is("USERhold") => Box::new(|a| a.hold.user = true),
        _ if is("NOHold") => Box::new(|a| a.hold.user = false),
        _ if is("SYSHold") && operator => Box::new(|a| a.hold.system = true),
        _ if is("NOSYShold") && operator => Box::new(|a| a.hold.system = false),
        _ if is("KEep") => Box::new(|a| a.keep = true),
        _ if is("NOKeep") => Box::new(|a| a.keep = false),
        _ if is("MSG") => Box::new(|a| a.msg = true),
        _ if is("NOMsg") => Box::new(|a| a.msg = false),
        _ if is("CLass") => {
            let word = value()?;
            let class = class(word)
                .filter(|c| *c != b'*')
                .ok_or_else(|| hcp::HCPCSU028E.with(&[word]))?;
            Box::new(move |a| a.class = class)
        }
        _ if is("COpy") => {
            let word = value()?;
            let copies = copies(word).ok_or_else(|| bad(word))?;
            Box::new(move |a| a.copies = copies)
        }
        _ if is("Dist") => {
            let word = value()?;
            let dist = short(word).ok_or_else(|| bad(word))?;
            Box::new(move |a| a.dist.clone_from(&dist))
        }
        _ if is("FORM") => {
            let word = value()?;
            let form = short(word).ok_or_else(|| bad(word))?;
            Box::new(move |a| a.form.clone_from(&form))
        }
        _ if is("DEST") => {
            let word = value()?;
            let dest = short(word).ok_or_else(|| bad(word))?;
            Box::new(move |a| a.dest.clone_from(&dest))
        }
        _ if is("NAme") => {
            let (name, kind) = file_name(ctx, words).ok_or_else(|| hcp::HCPCSU026E.with(&[]))?;
            Box::new(move |a| {
                a.name.clone_from(&name);
                a.kind.clone_from(&kind);
            })
        }
        _ if is("NOName") => Box::new(|a| {
            a.name.clear();
            a.kind.clear();
        }),
        w => return Err(hcp::HCPCSU003E.with(&[w])),
    })
}

/// Owners whose programs wait for a reader file look again.
fn wake(ctx: &mut Ctx<'_>, files: &[Attributes]) {
    for file in files {
        if let Some(guest) = ctx.sys.guests.get_mut(&file.owner) {
            guest.hardware.wake_readers();
        }
    }
}

fn order(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let mut which = which(ctx, words)?;
    while which.read(words, &FILES)? {}
    no_more(words, &hcp::HCPCSU003E)?;
    let listing = ctx.sys.spool.list().map_err(|e| trouble(&e))?;
    let first = listing.files.first().map_or(1, |a| a.place);
    let mut before: Vec<u16> = listing
        .files
        .iter()
        .filter(|a| which.takes(a))
        .map(|a| a.id)
        .collect();
    // They come in the order in which they were named.
    let rank = |id: &u16| which.ids.iter().position(|i| i == id);
    before.sort_by_key(rank);
    let room = i64::try_from(before.len()).unwrap_or(i64::MAX);
    let changed = ctx.sys.spool.change(|a| {
        let Some(at) = before.iter().position(|id| *id == a.id) else {
            return false;
        };
        a.place = first - room + i64::try_from(at).unwrap_or(0);
        which.takes(a)
    });
    let changed = changed.map_err(|e| trouble(&e))?;
    wake(ctx, &changed);
    tell(ctx, &which, &before, changed.len(), "ORDERED")
}

fn transfer(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let mut which = which(ctx, words)?;
    while which.read(words, &FILES)? {}
    let user = ctx.user.clone();
    let word = words.next().ok_or_else(|| hcp::HCPCSU026E.with(&[]))?;
    let back = abbrev::matches("FROM", word);
    if !back && !abbrev::matches("To", word) {
        return Err(hcp::HCPCSU003E.with(&[word]));
    }
    let other = words.next().ok_or_else(|| hcp::HCPCSU020E.with(&[]))?;
    let other = match other {
        b"*" => Some(user.clone()),
        w if back && abbrev::matches("ALL", w) => None,
        w => {
            let id = w.to_ascii_uppercase();
            if ctx.sys.directory.user(&id).is_none() {
                return Err(hcp::HCPCSU053E.with(&[&id]));
            }
            Some(id)
        }
    };
    let to_queue = match words.next() {
        None => None,
        Some(w) => Some(queue(w).ok_or_else(|| hcp::HCPCSU003E.with(&[w]))?),
    };
    no_more(words, &hcp::HCPCSU003E)?;
    let receiver = match back {
        true => user.clone(),
        false => other.clone().unwrap_or_else(|| user.clone()),
    };
    if back {
        which.owner = other;
    }
    // What was sent may be taken back by its sender alone.
    let takes = |a: &Attributes| which.takes(a) && (!back || a.origin == user);
    let listing = ctx.sys.spool.list().map_err(|e| trouble(&e))?;
    let before: Vec<Attributes> = listing.files.into_iter().filter(takes).collect();
    let last = ctx
        .sys
        .spool
        .list()
        .ok()
        .and_then(|l| l.files.last().map(|a| a.place));
    let mut place = last.unwrap_or(0);
    let moved = ctx.sys.spool.change(|a| {
        let found = takes(a);
        if found {
            place += 1;
            a.place = place;
            a.owner.clone_from(&receiver);
            a.queue = to_queue.unwrap_or(Queue::Reader);
        }
        found
    });
    let moved = moved.map_err(|e| trouble(&e))?;
    for file in &moved {
        tell_moved(ctx, file, &before);
    }
    wake(ctx, &moved);
    let ids: Vec<u16> = before.iter().map(|a| a.id).collect();
    tell(ctx, &which, &ids, moved.len(), "TRANSFERRED")
}

/// The messages about one transferred file: to who has it now, and to who had it.
fn tell_moved(ctx: &mut Ctx<'_>, file: &Attributes, before: &[Attributes]) {
    let Some(old) = before.iter().find(|a| a.id == file.id) else {
        return;
    };
    let mut shown = file.clone();
    shown.origin.clone_from(&old.owner);
    let (received, sent) = sent_lines(&shown, old.queue.name(), old.id);
    let mut tell = |to: &[u8], line: Vec<u8>| match to == ctx.user.as_slice() {
        true => ctx.inform(line),
        false => ctx.sys.tell(to, &line),
    };
    if file.owner != old.owner {
        tell(&old.owner, sent);
    }
    tell(&file.owner, received);
}

impl System {
    /// The line that counts a user's spool files, and what is to be said about damaged ones.
    pub(in crate::cp) fn spool_counts(&self, user: &[u8]) -> (String, Vec<Message>) {
        let trouble =
            |e: &crate::cp::spool::SpoolError| hcp::HCPCQS444E.with(&[e.to_string().as_bytes()]);
        let (listing, mut messages) = match self.spool.list() {
            Ok(listing) => (listing, Vec::new()),
            Err(error) => (Default::default(), vec![trouble(&error)]),
        };
        messages.extend(listing.damaged.iter().map(trouble));
        let open = self.guests.get(user).map(|g| (g, g.open_outputs()));
        let count = |queue: Queue| {
            let closed = listing
                .files
                .iter()
                .filter(|a| a.queue == queue && a.owner == user);
            let open = open
                .iter()
                .flat_map(|(g, all)| all.iter().filter(|v| open_queue(g, **v) == Some(queue)));
            match closed.count() + open.count() {
                0 => "NO".to_string(),
                n => format!("{n:04}"),
            }
        };
        let line = format!(
            "FILES: {:>4} RDR, {:>4} PRT, {:>4} PUN",
            count(Queue::Reader),
            count(Queue::Printer),
            count(Queue::Punch)
        );
        (line, messages)
    }

    /// Shows a user what went wrong with spool files that readers passed by.
    pub(in crate::cp) fn tell_spool_faults(&mut self, user: &[u8]) {
        let Some(guest) = self.guests.get_mut(user) else {
            return;
        };
        for fault in guest.hardware.take_spool_faults() {
            self.console_message(user, &hcp::HCPCQS444E.with(&[fault.as_bytes()]));
        }
    }

    /// Tells a user what went wrong with the disk images that the virtual machine uses.
    pub(in crate::cp) fn tell_disk_faults(&mut self, user: &[u8]) {
        let Some(guest) = self.guests.get_mut(user) else {
            return;
        };
        for fault in guest.hardware.take_disk_faults() {
            self.console_message(user, &hcp::HCPERP1505E.with(&[fault.as_bytes()]));
        }
    }
}

/// The queue in which the open output of a device is shown: that of the device.
fn open_queue(guest: &crate::cp::guest::Guest, vdev: u16) -> Option<Queue> {
    guest.makes(vdev).map(|made| match made {
        Made::Punch => Queue::Punch,
        Made::Printer | Made::Console | Made::Dump => Queue::Printer,
    })
}

/// QUERY FILES.
pub(super) fn files(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let user = match owner(ctx, words, &QUERY)? {
        None | Some(None) => ctx.user.clone(),
        Some(Some(user)) => user,
    };
    no_more(words, &hcp::HCPCQS003E)?;
    let (line, messages) = ctx.sys.spool_counts(&user);
    ctx.say(line);
    messages.iter().for_each(|m| ctx.message(m));
    Ok(())
}

/// How QUERY shows files.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Form {
    #[default]
    Basic,
    All,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Dates {
    #[default]
    Short,
    Full,
    Iso,
}

pub(super) fn query_reader(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    query(ctx, words, Queue::Reader)
}

pub(super) fn query_printer(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    query(ctx, words, Queue::Printer)
}

pub(super) fn query_punch(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    query(ctx, words, Queue::Punch)
}

fn query(ctx: &mut Ctx<'_>, words: &mut Words<'_>, queue: Queue) -> Outcome {
    let any = ctx.classes().has(b'D');
    let mut which = Which {
        owner: (!any).then(|| ctx.user.clone()),
        queue: Some(queue),
        ..Which::default()
    };
    let (mut form, mut dates) = (Form::Basic, Dates::Short);
    while let Some(word) = words.peek() {
        let is = |name: &str| abbrev::matches(name, word);
        match word {
            _ if is("ALL") => form = Form::All,
            _ if is("SHOrtdate") => dates = Dates::Short,
            _ if is("FULldate") => dates = Dates::Full,
            _ if is("ISOdate") => dates = Dates::Iso,
            _ if is("HOLd") => which.hold = Some(true),
            _ if is("NOHold") => which.hold = Some(false),
            _ if is("DIST") => {}
            _ if which.read(words, &QUERY)? => continue,
            _ => match owner(ctx, words, &QUERY)? {
                Some(owner) => {
                    which.owner = owner;
                    continue;
                }
                None => return Err(hcp::HCPCQS003E.with(&[word])),
            },
        }
        words.next();
    }
    let listing = ctx.sys.spool.list().map_err(|e| trouble(&e))?;
    let mut files: Vec<(Attributes, Option<u16>)> = listing
        .files
        .into_iter()
        .filter(|a| which.takes(a))
        .map(|a| (a, None))
        .collect();
    open_files(ctx, &which, &mut files)?;
    if files.is_empty() {
        report_damage(ctx);
        return match which.ids.first() {
            Some(id) => Err(hcp::HCPCQS042E.with(&[format!("{id:04}").as_bytes()])),
            None => {
                ctx.say(format!("NO {} FILES", queue.name()));
                Ok(())
            }
        };
    }
    let zone = i64::from(ctx.sys.clock().zone().offset) * 1_000_000;
    ctx.say(header(form, dates, which.owner.is_none()));
    for (file, open) in &files {
        let first = match which.owner {
            None => &file.owner,
            Some(_) => &file.origin,
        };
        ctx.say(file_line(file, first, *open, form, dates, zone));
    }
    report_damage(ctx);
    Ok(())
}

/// Marks the files that are open on devices of users of this system, and adds open output.
fn open_files(
    ctx: &mut Ctx<'_>,
    which: &Which,
    files: &mut Vec<(Attributes, Option<u16>)>,
) -> Outcome {
    let users: Vec<UserId> = ctx.sys.guests.keys().cloned().collect();
    for user in users {
        if which.owner.as_ref().is_some_and(|o| *o != user) {
            continue;
        }
        let devices: Vec<u16> = ctx
            .sys
            .guests
            .get(&user)
            .map(|g| g.vdevs.keys().copied().collect())
            .unwrap_or_default();
        for vdev in devices {
            let number = ctx.sys.open_number(&user, vdev).map_err(|e| trouble(&e))?;
            let (Some(id), Some(guest)) = (number, ctx.sys.guests.get(&user)) else {
                continue;
            };
            if let Some(read) = files.iter_mut().find(|(a, _)| a.id == id) {
                read.1 = Some(vdev);
                continue;
            }
            let (Some(made), Some(queue), Some(s)) = (
                guest.makes(vdev),
                open_queue(guest, vdev),
                guest.spooling(vdev),
            ) else {
                continue;
            };
            let (name, kind) = s.name.clone().unwrap_or_default();
            let open = Attributes {
                id,
                owner: user.clone(),
                origin: user.clone(),
                queue,
                made,
                class: s.class,
                copies: s.copies,
                hold: Hold {
                    user: s.hold,
                    system: false,
                },
                keep: s.keep,
                msg: s.msg,
                form: s.form.clone(),
                dest: s.dest.clone(),
                dist: s.dist.clone().unwrap_or_else(|| user.clone()),
                name,
                kind,
                tag: s.tag.clone(),
                created: 0,
                place: 0,
                records: u64::try_from(guest.written(vdev)).unwrap_or(0),
            };
            if which.takes(&open) {
                files.push((open, Some(vdev)));
            }
        }
    }
    Ok(())
}

fn header(form: Form, dates: Dates, system: bool) -> String {
    let first = if system { "OWNERID " } else { "ORIGINID" };
    let rest = match (form, dates) {
        (Form::Basic, _) => "FORM     DEST     KEEP MSG",
        (Form::All, Dates::Short) => "DATE  TIME     NAME      TYPE     DIST",
        (Form::All, _) => "DATE       TIME     NAME      TYPE     DIST",
    };
    format!("{first} FILE CLASS RECORDS  CPY HOLD {rest}")
}

fn file_line(
    a: &Attributes,
    first: &[u8],
    open: Option<u16>,
    form: Form,
    dates: Dates,
    zone: i64,
) -> Vec<u8> {
    let front = format!(
        "{:<8} {:04} {} {} {:08} {:03} {:<4}",
        show(first),
        a.id,
        char::from(a.class),
        a.made.name(),
        a.records,
        a.copies,
        a.hold.name()
    );
    let rest = match form {
        Form::Basic => format!(
            "{:<8} {:<8} {:<4} {:<3}",
            show(&a.form),
            show(&a.dest),
            if a.keep { "ON" } else { "OFF" },
            if a.msg { "ON" } else { "OFF" }
        ),
        Form::All => {
            let when = match open {
                Some(vdev) => format!("OPEN- {vdev:04X}"),
                None => moment(a.created + zone, dates),
            };
            let width = if dates == Dates::Short { 14 } else { 19 };
            let name = match a.kind.is_empty() && a.name.len() > 8 {
                true => format!("{:<18}", show(&a.name)),
                false => format!("{:<9} {:<8}", show(&a.name), show(&a.kind)),
            };
            format!("{when:<width$} {name} {:<8}", show(&a.dist))
        }
    };
    line!("{}", format!("{front} {rest}").trim_end())
}

/// `mm/dd hh:mm:ss` and its like.
fn moment(local: i64, dates: Dates) -> String {
    let c = Civil::from_micros(local);
    let day = match dates {
        Dates::Short => format!("{:02}/{:02}", c.month, c.day),
        Dates::Full => format!("{:02}/{:02}/{:04}", c.month, c.day, c.year),
        Dates::Iso => format!("{:04}-{:02}-{:02}", c.year, c.month, c.day),
    };
    format!("{day} {:02}:{:02}:{:02}", c.hour, c.minute, c.second)
}
