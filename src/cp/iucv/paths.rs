//! CONNECT, ACCEPT, QUIESCE, RESUME and SEVER; paths whose user has gone; the message service.

use std::collections::VecDeque;

use super::{
    Caller, Done, List, Path, Peer, Refusal, Sent, State, code, flag, kind, listening, message,
};
use crate::base::codepage::{ebcdic_field, ebcdic_to_host, host_to_ebcdic};
use crate::cp::UserId;
use crate::cp::system::System;

/// The system services that z/VM has.
const SERVICES: &[&[u8]] = &[
    b"*ACCOUNT",
    b"*ASYNCMD",
    b"*BLOCKIO",
    b"*CCS",
    b"*CONFIG",
    b"*CRM",
    b"*IDENT",
    b"*LOGREC",
    b"*MONITOR",
    b"*MSGALL",
    b"*RPI",
    b"*SCLP",
    b"*SIGNAL",
    b"*SPL",
    b"*SYMPTOM",
    b"*VMEVENT",
    b"*VSWITCH",
];
const MESSAGE_SERVICE: &[u8] = b"*MSG";

/// The message limit when none is given.
const LIMIT: u16 = 10;

impl Path {
    fn new(peer: Peer, state: State, asked: &List) -> Path {
        let limit = match asked.half(4) {
            0 => LIMIT,
            limit => limit,
        };
        Path {
            peer,
            state,
            parameter_data: asked.flags() & flag::PARAMETER_DATA != 0,
            priority: asked.flags() & flag::PRIORITY != 0,
            limit,
            quiesced: asked.flags() & flag::QUIESCED != 0,
            silent: false,
            incoming: VecDeque::new(),
            unanswered: Vec::new(),
        }
    }
}

/// CONNECT: the name of a user or service is at 8.
pub(super) fn connect(sys: &mut System, caller: &Caller<'_>, list: &mut List) -> Done {
    let name = ebcdic_to_host(&list.bytes::<8>(8));
    let name = name.trim_ascii().to_ascii_uppercase();
    if name.starts_with(b"*") {
        return connect_service(sys, caller, list, &name);
    }
    if sys.guests.get(&name).is_none() {
        return Err(Refusal::Code(code::NOT_LOGGED_ON));
    }
    if !sys.listens(&name) {
        return Err(Refusal::Code(code::NO_BUFFER));
    }
    if !authorized(sys, caller.id, &name) {
        return Err(Refusal::Code(code::NOT_AUTHORIZED));
    }
    let own = free(sys, caller.id, None).ok_or(Refusal::Code(code::TOO_MANY))?;
    let same = (caller.id == name).then_some(own);
    let there = free(sys, &name, same).ok_or(Refusal::Code(code::TOO_MANY_THERE))?;
    for (user, number, peer, state) in [
        (caller.id, own, (name.clone(), there), State::Waiting),
        (&name, there, (caller.id.to_vec(), own), State::Offered),
    ] {
        let path = Path::new(Peer::User(peer.0, peer.1), state, list);
        add(sys, user, number, path);
    }
    let mut told = message(there, list.flags(), kind::CONNECTION_PENDING);
    told.put(4, &list.bytes::<2>(4));
    told.put(8, &ebcdic_field(caller.id, 8));
    told.put(16, &list.bytes::<16>(16));
    sys.notify(&name, &told);
    list.put(0, &own.to_be_bytes());
    Ok(())
}

/// CONNECT to *MSG, for which everybody is authorized; no other service is there.
fn connect_service(sys: &mut System, caller: &Caller<'_>, list: &mut List, name: &[u8]) -> Done {
    if name != MESSAGE_SERVICE {
        let may = sys
            .guests
            .get(caller.id)
            .is_some_and(|g| has(&g.entry.iucv, name));
        return Err(Refusal::Code(match SERVICES.contains(&name) && !may {
            true => code::NOT_AUTHORIZED,
            false => code::NO_SERVICE,
        }));
    }
    let paths = sys.iucv.users.get(caller.id);
    if paths.is_some_and(|p| p.values().any(|p| p.peer == Peer::MessageService)) {
        return Err(Refusal::Code(code::TOO_MANY_THERE));
    }
    let own = free(sys, caller.id, None).ok_or(Refusal::Code(code::TOO_MANY))?;
    let path = Path::new(Peer::MessageService, State::Open, list);
    let mut told = message(own, list.flags() & !flag::PARAMETER_DATA, kind::CONNECTED);
    told.put(4, &path.limit.to_be_bytes());
    add(sys, caller.id, own, path);
    if let Some(guest) = sys.guests.get_mut(caller.id) {
        guest.messages.connect();
    }
    sys.notify(caller.id, &told);
    list.put(0, &own.to_be_bytes());
    Ok(())
}

/// Whether the IUCV statements of two directory entries allow a path. To itself everybody may have one.
fn authorized(sys: &System, from: &[u8], to: &[u8]) -> bool {
    let words = |id: &[u8]| sys.guests.get(id).map(|g| &g.entry.iucv);
    let by_own = words(from).is_some_and(|w| has(w, b"ANY") || has(w, to));
    from == to || by_own || words(to).is_some_and(|w| has(w, b"ALLOW"))
}

fn has(words: &[Vec<u8>], word: &[u8]) -> bool {
    words.iter().any(|w| w == word)
}

/// The first number that is free for a path, other than one that will be taken.
fn free(sys: &System, id: &[u8], but: Option<u16>) -> Option<u16> {
    let paths = sys.iucv.users.get(id);
    let mut numbers = 0..sys.connections(id);
    numbers.find(|n| Some(*n) != but && paths.is_none_or(|p| !p.contains_key(n)))
}

fn add(sys: &mut System, id: &[u8], number: u16, path: Path) {
    let paths = sys.iucv.users.entry(id.to_vec()).or_default();
    paths.insert(number, path);
}

/// ACCEPT: the path is open to both.
pub(super) fn accept(sys: &mut System, caller: &Caller<'_>, list: &mut List) -> Done {
    let path = sys.iucv.path(caller.id, list.path())?;
    let (peer, there) = match (&path.peer, path.state) {
        (Peer::User(peer, there), State::Offered) => (peer.clone(), *there),
        (_, State::Severed) => return Err(Refusal::Code(code::SEVERED)),
        _ => return Err(Refusal::Code(code::NO_PATH)),
    };
    // What a side may send is what the other side's CONNECT or ACCEPT takes.
    let (taken, limit) = (path.parameter_data, path.limit);
    let by_other = path.quiesced;
    let other = sys.iucv.path(&peer, there)?;
    let asked = Path::new(Peer::MessageService, State::Open, list);
    other.state = State::Open;
    (other.parameter_data, other.limit) = (asked.parameter_data, asked.limit);
    other.priority &= asked.priority;
    let priority = other.priority;
    (other.quiesced, other.silent) = (false, asked.quiesced);
    let path = sys.iucv.path(caller.id, list.path())?;
    path.state = State::Open;
    (path.parameter_data, path.limit, path.priority) = (taken, limit, priority);
    (path.quiesced, path.silent) = (false, by_other);
    let mut told = message(there, list.flags(), kind::CONNECTED);
    told.put(4, &asked.limit.to_be_bytes());
    told.put(16, &list.bytes::<16>(16));
    sys.notify(&peer, &told);
    list.put(4, &limit.to_be_bytes());
    Ok(())
}

/// QUIESCE: nothing is to be sent to this side for now.
pub(super) fn quiesce(sys: &mut System, caller: &Caller<'_>, list: &mut List) -> Done {
    hush(sys, caller, list, true)
}

/// RESUME: it may be again.
pub(super) fn resume(sys: &mut System, caller: &Caller<'_>, list: &mut List) -> Done {
    hush(sys, caller, list, false)
}

fn hush(sys: &mut System, caller: &Caller<'_>, list: &List, silent: bool) -> Done {
    let kind = match silent {
        true => kind::QUIESCED,
        false => kind::RESUMED,
    };
    for number in named(sys, caller, list)? {
        let Ok(path) = sys.iucv.open(caller.id, number) else {
            continue;
        };
        let Peer::User(peer, there) = path.peer.clone() else {
            continue;
        };
        sys.iucv.path(&peer, there)?.silent = silent;
        let mut told = message(there, 0, kind);
        told.put(16, &list.bytes::<16>(16));
        sys.notify(&peer, &told);
    }
    Ok(())
}

/// The paths that a list names: one, or all.
fn named(sys: &mut System, caller: &Caller<'_>, list: &List) -> Result<Vec<u16>, Refusal> {
    if list.flags() & flag::ALL != 0 {
        let paths = sys.iucv.users.get(caller.id);
        return Ok(paths
            .map(|p| p.keys().copied().collect())
            .unwrap_or_default());
    }
    sys.iucv.path(caller.id, list.path())?;
    Ok(vec![list.path()])
}

/// SEVER: the other side hears of it, and has to sever its end as well.
pub(super) fn sever(sys: &mut System, caller: &Caller<'_>, list: &mut List) -> Done {
    for number in named(sys, caller, list)? {
        sys.sever(caller.id, number, list.bytes(16));
    }
    Ok(())
}

impl System {
    fn sever(&mut self, id: &[u8], number: u16, data: [u8; 16]) {
        let Some(paths) = self.iucv.users.get_mut(id) else {
            return;
        };
        let removed = paths.remove(&number);
        if paths.is_empty() {
            self.iucv.users.remove(id);
        }
        self.forget(id, |m| m.path() == number);
        let Some(path) = removed else {
            return;
        };
        let Peer::User(peer, there) = path.peer else {
            if let Some(guest) = self.guests.get_mut(id) {
                guest.messages.disconnect();
            }
            return;
        };
        if path.state == State::Severed {
            return;
        }
        if let Ok(other) = self.iucv.path(&peer, there) {
            other.state = State::Severed;
            other.incoming.clear();
            other.unanswered.clear();
            self.forget(&peer, |m| {
                m.path() == there && m.0[3] != kind::CONNECTION_PENDING
            });
            let mut told = message(there, 0, kind::SEVERED);
            told.put(16, &data);
            self.notify(&peer, &told);
        }
    }

    /// Ends all paths of a user.
    pub(super) fn sever_all(&mut self, id: &[u8], data: [u8; 16]) {
        let paths = self.iucv.users.get(id);
        let numbers: Vec<u16> = paths
            .map(|p| p.keys().copied().collect())
            .unwrap_or_default();
        for number in numbers {
            self.sever(id, number, data);
        }
    }

    /// Ends the paths of those who have gone or were reset, and hands on what the message service has.
    pub(in crate::cp) fn settle_paths(&mut self) {
        let wants = |id: &UserId| {
            let guest = self.guests.get(id);
            guest.is_none_or(|g| !g.messages.is_empty() || !listening(g))
        };
        let users: Vec<UserId> = self
            .iucv
            .users
            .keys()
            .filter(|u| wants(u))
            .cloned()
            .collect();
        for user in users {
            match self.listens(&user) {
                true => self.serve_messages(&user),
                false => self.sever_all(&user, [0; 16]),
            }
        }
    }

    /// Messages of other users: the sender's name and the text; the class is what kind it is.
    fn serve_messages(&mut self, id: &[u8]) {
        let Some(paths) = self.iucv.users.get(id) else {
            return;
        };
        let mut served = paths.iter().filter(|(_, p)| p.peer == Peer::MessageService);
        let Some((&number, path)) = served.next() else {
            return;
        };
        let room = usize::from(path.limit).saturating_sub(path.incoming.len());
        for _ in 0..room {
            let record = self.guests.get_aside(id).and_then(|g| g.messages.take());
            let Some((class, text)) = record.as_deref().and_then(|r| r.split_at_checked(8)) else {
                return;
            };
            let class = class.last().map_or(0, |d| u32::from(*d & 0x0F));
            let data = host_to_ebcdic(text);
            let sent = Sent {
                number: self.iucv.next_message(),
                target_class: class,
                source_class: 0,
                tag: 0,
                flags: flag::ONE_WAY,
                inline: None,
                data,
                answer: Vec::new(),
            };
            self.arrive(id, number, sent);
        }
    }
}
