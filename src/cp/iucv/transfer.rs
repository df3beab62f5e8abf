//! SEND, RECEIVE, REPLY, REJECT and PURGE.

use super::{Caller, Done, List, Peer, Refusal, Sent, code, flag, kind, message};
use crate::cp::diagnose::{guest, read, write};
use crate::cp::system::System;

/// What became of a message, in the word at 8 of its completion.
mod audit {
    pub const REPLY_TOO_LONG: u32 = 0x8000_0000;
    pub const REJECTED: u32 = 0x0400_0000;
}

/// The most bytes of a message, and entries of a list of buffers.
const MOST: u64 = 1 << 24;
const MOST_BUFFERS: usize = 4096;

/// The buffers that a list names at an address, or the one that it is.
fn buffers(
    sys: &mut System,
    caller: &Caller<'_>,
    (at, length): (u32, u32),
    listed: bool,
) -> Result<Vec<(u64, u64)>, Refusal> {
    if length.cast_signed() < 0 {
        return Err(Refusal::Code(code::NEGATIVE_LENGTH));
    }
    let (at, mut left) = (u64::from(at), u64::from(length).min(MOST));
    if !listed {
        return Ok(vec![(at, left)]);
    }
    let mut out = Vec::new();
    while left > 0 && out.len() < MOST_BUFFERS {
        let g = guest(sys, caller.id)?;
        let entry = at + 8 * u64::try_from(out.len()).unwrap_or(0);
        let entry = read(g, caller.cpu, entry, 8)?;
        let word = |at: usize| {
            let bytes = entry[at..at + 4].iter();
            bytes.fold(0, |n, b| n << 8 | u64::from(*b))
        };
        let length = word(4).min(left);
        out.push((word(0), length));
        left -= length;
    }
    Ok(out)
}

/// SEND.
pub(super) fn send(sys: &mut System, caller: &Caller<'_>, list: &mut List) -> Done {
    let flags = list.flags();
    let path = sys.iucv.open(caller.id, list.path())?;
    let Peer::User(peer, there) = path.peer.clone() else {
        return Err(Refusal::Code(code::NO_PATH));
    };
    if path.silent {
        return Err(Refusal::Code(code::QUIESCED));
    }
    if flags & flag::PRIORITY != 0 && !path.priority {
        return Err(Refusal::Code(code::NO_PRIORITY));
    }
    let inline = flags & flag::PARAMETER_DATA != 0;
    if inline && !path.parameter_data {
        return Err(Refusal::Code(code::NO_PARAMETER_DATA));
    }
    let limit = usize::from(path.limit);
    let other = sys.iucv.path(&peer, there)?;
    if other.incoming.len() + other.unanswered.len() >= limit {
        return Err(Refusal::Code(code::LIMIT));
    }
    let mut data = Vec::new();
    if !inline {
        let place = (list.word(12), list.word(16));
        for (at, length) in buffers(sys, caller, place, flags & flag::LIST != 0)? {
            data.extend(read(guest(sys, caller.id)?, caller.cpu, at, length)?);
        }
    }
    let answer = match flags & flag::ONE_WAY {
        0 => {
            let place = (list.word(28), list.word(32));
            buffers(sys, caller, place, flags & flag::ANSWER_LIST != 0)?
        }
        _ => Vec::new(),
    };
    let number = sys.iucv.next_message();
    let sent = Sent {
        number,
        target_class: list.word(8),
        source_class: list.word(20),
        tag: list.word(24),
        flags: flags & (flag::PARAMETER_DATA | flag::PRIORITY | flag::ONE_WAY),
        inline: inline.then(|| list.bytes(12)),
        data,
        answer,
    };
    sys.arrive(&peer, there, sent);
    list.put(4, &number.to_be_bytes());
    Ok(())
}

impl Sent {
    fn kind(&self, with_priority: u8, without: u8) -> u8 {
        match self.flags & flag::PRIORITY {
            0 => without,
            _ => with_priority,
        }
    }

    fn answer_length(&self) -> u32 {
        let length = self.answer.iter().map(|(_, length)| length).sum::<u64>();
        u32::try_from(length).unwrap_or(u32::MAX)
    }
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

impl System {
    /// A message is there for a user.
    pub(super) fn arrive(&mut self, id: &[u8], number: u16, sent: Sent) {
        let kind = sent.kind(kind::PRIORITY_MESSAGE, kind::MESSAGE);
        let mut told = message(number, sent.flags, kind);
        told.put(4, &sent.number.to_be_bytes());
        told.put(8, &sent.target_class.to_be_bytes());
        match sent.inline {
            Some(data) => told.put(12, &data),
            None => told.put(16, &length(&sent.data).to_be_bytes()),
        }
        told.put(32, &sent.answer_length().to_be_bytes());
        if let Ok(path) = self.iucv.path(id, number) {
            path.incoming.push_back(sent);
            self.notify(id, &told);
        }
    }

    /// Tells the sender what became of a message: the audit trail, the reply in the list or the bytes of the
    /// answer's buffers that are left.
    fn complete(&mut self, to: &Peer, sent: &Sent, audit: u32, reply: Option<[u8; 8]>, left: u32) {
        let Peer::User(sender, path) = to else {
            return;
        };
        let kind = sent.kind(kind::PRIORITY_DONE, kind::DONE);
        let mut flags = sent.flags & !flag::PARAMETER_DATA;
        if reply.is_some() {
            flags |= flag::PARAMETER_DATA;
        }
        let mut told = message(*path, flags, kind);
        told.put(4, &sent.number.to_be_bytes());
        told.put(8, &audit.to_be_bytes());
        told.put(12, &reply.unwrap_or_default());
        told.put(20, &sent.source_class.to_be_bytes());
        told.put(24, &sent.tag.to_be_bytes());
        told.put(32, &left.to_be_bytes());
        self.notify(sender, &told);
    }
}

/// Which message a list means, by path, number and class as far as they are given: the path and whether it is
/// the class that keeps it from being found.
fn wanted(list: &List, sent: &Sent) -> Result<bool, Refusal> {
    let flags = list.flags();
    if flags & flag::MESSAGE_GIVEN != 0 {
        if sent.number != list.word(4) {
            return Ok(false);
        }
        return match flags & flag::CLASS_GIVEN == 0 || sent.target_class == list.word(8) {
            true => Ok(true),
            false => Err(Refusal::Code(code::NOT_ITS_CLASS)),
        };
    }
    Ok(flags & flag::CLASS_GIVEN == 0 || sent.target_class == list.word(8))
}

/// The first message not received yet that a list means: its path and its place there.
fn find(sys: &mut System, caller: &Caller<'_>, list: &List) -> Result<(u16, usize), Refusal> {
    let given = list.flags() & flag::PATH_GIVEN != 0;
    if given {
        sys.iucv.open(caller.id, list.path())?;
    }
    let Some(paths) = sys.iucv.users.get(caller.id) else {
        return Err(Refusal::NoMessage);
    };
    for (number, path) in paths {
        if given && *number != list.path() {
            continue;
        }
        for (place, sent) in path.incoming.iter().enumerate() {
            if wanted(list, sent)? {
                return Ok((*number, place));
            }
        }
    }
    Err(Refusal::NoMessage)
}

/// RECEIVE: as much of a message as there is room for.
pub(super) fn receive(sys: &mut System, caller: &Caller<'_>, list: &mut List) -> Done {
    let (number, place) = find(sys, caller, list)?;
    let room = buffers(
        sys,
        caller,
        (list.word(12), list.word(16)),
        list.flags() & flag::LIST != 0,
    )?;
    let path = sys.iucv.path(caller.id, number)?;
    let peer = path.peer.clone();
    let Some(mut sent) = path.incoming.remove(place) else {
        return Err(Refusal::NoMessage);
    };
    list.put(0, &number.to_be_bytes());
    list.0[2] = sent.flags;
    list.put(4, &sent.number.to_be_bytes());
    list.put(8, &sent.target_class.to_be_bytes());
    list.put(32, &sent.answer_length().to_be_bytes());
    // It was heard of; a program may poll as well.
    let heard = sent.number;
    sys.forget(caller.id, |m| {
        matches!(m.0[3], kind::MESSAGE | kind::PRIORITY_MESSAGE) && m.word(4) == heard
    });
    match sent.inline {
        Some(data) => list.put(12, &data),
        None => {
            let mut free = 0;
            for (at, length) in room {
                let length = usize::try_from(length).unwrap_or(0);
                let now = length.min(sent.data.len());
                let data: Vec<u8> = sent.data.drain(..now).collect();
                free += length - now;
                let stored = guest(sys, caller.id).and_then(|g| write(g, caller.cpu, at, &data));
                if let Err(code) = stored {
                    // The message stays as it is for another RECEIVE.
                    sent.data.splice(..0, data);
                    let path = sys.iucv.path(caller.id, number)?;
                    path.incoming.insert(place.min(path.incoming.len()), sent);
                    return Err(Refusal::Program(code));
                }
            }
            let left = match sent.data.is_empty() {
                true => u32::try_from(free).unwrap_or(u32::MAX),
                false => length(&sent.data),
            };
            list.put(16, &left.to_be_bytes());
        }
    }
    if !sent.data.is_empty() {
        let path = sys.iucv.path(caller.id, number)?;
        path.incoming.insert(place.min(path.incoming.len()), sent);
        return Err(Refusal::Code(code::SHORT));
    }
    if sent.flags & flag::ONE_WAY != 0 {
        sys.complete(&peer, &sent, 0, None, 0);
        return Ok(());
    }
    sys.iucv.path(caller.id, number)?.unanswered.push(sent);
    Ok(())
}

/// Takes the message that a REPLY or REJECT names out of its path.
fn take(sys: &mut System, caller: &Caller<'_>, list: &List) -> Result<(Peer, Sent), Refusal> {
    let path = sys.iucv.open(caller.id, list.path())?;
    let number = list.word(4);
    let peer = path.peer.clone();
    if let Some(at) = path.unanswered.iter().position(|s| s.number == number) {
        return Ok((peer, path.unanswered.remove(at)));
    }
    let at = path.incoming.iter().position(|s| s.number == number);
    let sent = at.and_then(|at| path.incoming.remove(at));
    let sent = sent.ok_or(Refusal::NoMessage)?;
    sys.forget(caller.id, |m| {
        matches!(m.0[3], kind::MESSAGE | kind::PRIORITY_MESSAGE) && m.word(4) == number
    });
    Ok((peer, sent))
}

/// REPLY: to the buffers that the sender named, or in its list.
pub(super) fn reply(sys: &mut System, caller: &Caller<'_>, list: &mut List) -> Done {
    let inline = list.flags() & flag::PARAMETER_DATA != 0;
    let mut data = Vec::new();
    if !inline {
        let listed = list.flags() & flag::ANSWER_LIST != 0;
        for (at, length) in buffers(sys, caller, (list.word(28), list.word(32)), listed)? {
            data.extend(read(guest(sys, caller.id)?, caller.cpu, at, length)?);
        }
    }
    let (peer, sent) = take(sys, caller, list)?;
    if inline {
        let answer = list.bytes(12);
        sys.complete(&peer, &sent, 0, Some(answer), 0);
        return Ok(());
    }
    let mut rest = data.as_slice();
    let mut left = 0;
    if let Peer::User(sender, _) = &peer {
        for (at, length) in &sent.answer {
            let length = usize::try_from(*length).unwrap_or(0);
            let (now, later) = rest.split_at(length.min(rest.len()));
            // A buffer that is not in the sender's storage stays as it is.
            let _ = guest(sys, sender).and_then(|g| write(g, 0, *at, now));
            left += length - now.len();
            rest = later;
        }
    }
    let (audit, done) = match rest.is_empty() {
        true => (0, Ok(())),
        false => (audit::REPLY_TOO_LONG, Err(Refusal::Code(code::SHORT))),
    };
    let left = u32::try_from(left).unwrap_or(u32::MAX);
    sys.complete(&peer, &sent, audit, None, left);
    done
}

/// REJECT: the sender is told that nobody wants its message.
pub(super) fn reject(sys: &mut System, caller: &Caller<'_>, list: &mut List) -> Done {
    let (peer, sent) = take(sys, caller, list)?;
    sys.complete(&peer, &sent, audit::REJECTED, None, 0);
    Ok(())
}

/// PURGE: the sender takes a message back that was not received, or waits no more for its answer.
pub(super) fn purge(sys: &mut System, caller: &Caller<'_>, list: &mut List) -> Done {
    let path = sys.iucv.open(caller.id, list.path())?;
    let Peer::User(peer, there) = path.peer.clone() else {
        return Err(Refusal::NoMessage);
    };
    let number = list.word(4);
    let other = sys.iucv.path(&peer, there)?;
    let before = other.incoming.len() + other.unanswered.len();
    other.incoming.retain(|s| s.number != number);
    other.unanswered.retain(|s| s.number != number);
    if before == other.incoming.len() + other.unanswered.len() {
        return Err(Refusal::NoMessage);
    }
    sys.forget(&peer, |m| {
        matches!(m.0[3], kind::MESSAGE | kind::PRIORITY_MESSAGE) && m.word(4) == number
    });
    list.put(8, &[0; 4]);
    Ok(())
}
