//! The Inter-User Communication Vehicle (z/VM CP Programming Services, "IUCV"): paths between virtual machines
//! and to the message service, and the messages on them.
//!
//! The function is in general register 0, the parameter list of 40 bytes at the operand address. Condition code
//! 1 comes with a return code (IPRCODE) in byte 3 of the list. What a program is to hear comes with external
//! interruptions X'4000' in the buffer that its processor declared.
//!
//! System services other than *MSG are not there: CONNECT says that there is no authorization, or no such
//! service.

mod paths;
#[cfg(test)]
mod tests;
mod transfer;

use std::collections::{BTreeMap, VecDeque};

use crate::cp::UserId;
use crate::cp::diagnose::{LENGTH, guest, read, register, set_cc, set_register, write};
use crate::cp::guest::Guest;
use crate::cp::system::System;
use crate::machine::{Message, MessageBuffer, ProgramCode};

/// One function.
struct Row {
    code: u64,
    run: fn(&mut System, &Caller<'_>, &mut List) -> Done,
}

const TABLE: &[Row] = &[
    Row {
        code: 2,
        run: retrieve_buffer,
    },
    Row {
        code: 4,
        run: transfer::send,
    },
    Row {
        code: 5,
        run: transfer::receive,
    },
    Row {
        code: 6,
        run: transfer::reply,
    },
    Row {
        code: 8,
        run: transfer::reject,
    },
    Row {
        code: 9,
        run: transfer::purge,
    },
    Row {
        code: 10,
        run: paths::accept,
    },
    Row {
        code: 11,
        run: paths::connect,
    },
    Row {
        code: 12,
        run: declare_buffer,
    },
    Row {
        code: 13,
        run: paths::quiesce,
    },
    Row {
        code: 14,
        run: paths::resume,
    },
    Row {
        code: 15,
        run: paths::sever,
    },
    Row {
        code: 16,
        run: set_mask,
    },
    Row {
        code: 17,
        run: set_control_mask,
    },
];

const QUERY: u64 = 0;
/// Connections of a virtual machine without OPTION MAXCONN.
const CONNECTIONS: u16 = 64;

/// Who executed the instruction.
struct Caller<'a> {
    id: &'a [u8],
    cpu: u8,
}

/// Why a function was not done.
enum Refusal {
    /// Condition code 1 and this return code.
    Code(u8),
    /// Condition code 2: no message found.
    NoMessage,
    Program(ProgramCode),
}

impl From<ProgramCode> for Refusal {
    fn from(code: ProgramCode) -> Refusal {
        Refusal::Program(code)
    }
}

type Done = Result<(), Refusal>;

/// Return codes.
mod code {
    pub const NO_PATH: u8 = 1;
    pub const QUIESCED: u8 = 2;
    pub const LIMIT: u8 = 3;
    pub const NO_PRIORITY: u8 = 4;
    pub const SHORT: u8 = 5;
    pub const NOT_ITS_CLASS: u8 = 8;
    pub const NEGATIVE_LENGTH: u8 = 10;
    pub const NOT_LOGGED_ON: u8 = 11;
    pub const NO_BUFFER: u8 = 12;
    pub const TOO_MANY: u8 = 13;
    pub const TOO_MANY_THERE: u8 = 14;
    pub const NOT_AUTHORIZED: u8 = 15;
    pub const NO_SERVICE: u8 = 16;
    pub const NO_FUNCTION: u8 = 17;
    pub const DECLARED_BEFORE: u8 = 19;
    pub const SEVERED: u8 = 20;
    pub const NO_PARAMETER_DATA: u8 = 21;
}

/// Flags in byte 2 of a parameter list.
mod flag {
    /// Data in the list; CONNECT, ACCEPT: it may be.
    pub const PARAMETER_DATA: u8 = 0x80;
    /// QUIESCE, RESUME, SEVER: all paths.
    pub const ALL: u8 = 0x80;
    /// A list of buffers; CONNECT, ACCEPT: quiesced at once.
    pub const LIST: u8 = 0x40;
    pub const QUIESCED: u8 = 0x40;
    pub const PRIORITY: u8 = 0x20;
    pub const ONE_WAY: u8 = 0x10;
    /// A list of buffers for the answer.
    pub const ANSWER_LIST: u8 = 0x08;
    pub const MESSAGE_GIVEN: u8 = 0x04;
    pub const PATH_GIVEN: u8 = 0x02;
    pub const CLASS_GIVEN: u8 = 0x01;
}

/// Types of messages in the buffer.
mod kind {
    pub const CONNECTION_PENDING: u8 = 1;
    pub const CONNECTED: u8 = 2;
    pub const SEVERED: u8 = 3;
    pub const QUIESCED: u8 = 4;
    pub const RESUMED: u8 = 5;
    pub const PRIORITY_DONE: u8 = 6;
    pub const DONE: u8 = 7;
    pub const PRIORITY_MESSAGE: u8 = 8;
    pub const MESSAGE: u8 = 9;
}

/// A parameter list, or what is put into a buffer.
struct List(Message);

impl List {
    fn path(&self) -> u16 {
        self.half(0)
    }

    fn flags(&self) -> u8 {
        self.0[2]
    }

    fn half(&self, at: usize) -> u16 {
        u16::from_be_bytes([self.0[at], self.0[at + 1]])
    }

    fn word(&self, at: usize) -> u32 {
        u32::from_be_bytes([self.0[at], self.0[at + 1], self.0[at + 2], self.0[at + 3]])
    }

    fn bytes<const N: usize>(&self, at: usize) -> [u8; N] {
        let mut out = [0; N];
        out.copy_from_slice(&self.0[at..at + N]);
        out
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
    }
}

/// A message for a buffer: path, flags and type.
fn message(path: u16, flags: u8, kind: u8) -> List {
    let mut list = List([0; 40]);
    list.put(0, &path.to_be_bytes());
    list.0[2] = flags;
    list.0[3] = kind;
    list
}

/// The paths of all users.
#[derive(Default)]
pub(in crate::cp) struct Iucv {
    users: BTreeMap<UserId, BTreeMap<u16, Path>>,
    last_message: u32,
}

/// Who is at the other end.
#[derive(Clone, PartialEq, Eq)]
enum Peer {
    /// A user, and the path's number there.
    User(UserId, u16),
    /// *MSG.
    MessageService,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// The other side has connected, and waits for ACCEPT.
    Offered,
    /// This side has connected, and waits.
    Waiting,
    Open,
    /// The other side is gone.
    Severed,
}

/// One end of a path.
struct Path {
    peer: Peer,
    state: State,
    /// Data in parameter lists may be sent, messages may have priority.
    parameter_data: bool,
    priority: bool,
    /// How many messages may be outstanding.
    limit: u16,
    /// This side, or the other, has said that it wants no messages for now.
    quiesced: bool,
    /// Nothing may be sent.
    silent: bool,
    /// What was sent to this side and not received yet.
    incoming: VecDeque<Sent>,
    /// What was received and is to be replied to.
    unanswered: Vec<Sent>,
}

/// A message.
struct Sent {
    number: u32,
    target_class: u32,
    source_class: u32,
    tag: u32,
    flags: u8,
    /// Data in the parameter list.
    inline: Option<[u8; 8]>,
    data: Vec<u8>,
    /// Where the sender wants the answer.
    answer: Vec<(u64, u64)>,
}

impl Iucv {
    fn path(&mut self, id: &[u8], path: u16) -> Result<&mut Path, Refusal> {
        let found = self.users.get_mut(id).and_then(|p| p.get_mut(&path));
        found.ok_or(Refusal::Code(code::NO_PATH))
    }

    /// The path that is open to a user, with who and what is at its end.
    fn open(&mut self, id: &[u8], path: u16) -> Result<&mut Path, Refusal> {
        let path = self.path(id, path)?;
        match path.state {
            State::Open => Ok(path),
            _ => Err(Refusal::Code(code::NO_PATH)),
        }
    }

    fn next_message(&mut self) -> u32 {
        self.last_message = self.last_message.checked_add(1).unwrap_or(1);
        self.last_message
    }
}

impl System {
    /// Executes IUCV.
    pub(in crate::cp) fn iucv(&mut self, id: &[u8], cpu: u8, address: u64) {
        if let Err(code) = self.iucv_function(&Caller { id, cpu }, address) {
            self.refuse(id, cpu, code, LENGTH);
        }
    }

    fn iucv_function(&mut self, caller: &Caller<'_>, address: u64) -> Result<(), ProgramCode> {
        const LIST: u64 = 40;
        let connections = self.connections(caller.id);
        let g = guest(self, caller.id)?;
        let function = register(g, caller.cpu, 0) & 0xFFFF_FFFF;
        if function == QUERY {
            set_register(g, caller.cpu, 0, LIST);
            set_register(g, caller.cpu, 1, u64::from(connections));
            set_cc(g, caller.cpu, 0);
            return Ok(());
        }
        if !address.is_multiple_of(8) {
            return Err(ProgramCode::SPECIFICATION);
        }
        let bytes = read(g, caller.cpu, address, LIST)?;
        let mut list = List([0; 40]);
        list.put(0, &bytes);
        let before = list.0;
        let row = TABLE.iter().find(|r| r.code == function);
        let done = match row {
            Some(row) => (row.run)(self, caller, &mut list),
            None => Err(Refusal::Code(code::NO_FUNCTION)),
        };
        let (cc, rc) = match done {
            Ok(()) => (0, 0),
            Err(Refusal::Code(rc)) => (1, rc),
            Err(Refusal::NoMessage) => (2, 0),
            Err(Refusal::Program(code)) => return Err(code),
        };
        list.0[3] = rc;
        let g = guest(self, caller.id)?;
        if list.0 != before {
            write(g, caller.cpu, address, &list.0)?;
        }
        set_cc(g, caller.cpu, cc);
        Ok(())
    }

    /// How many paths a user may have: OPTION MAXCONN.
    fn connections(&self, id: &[u8]) -> u16 {
        let Some(guest) = self.guests.get(id) else {
            return CONNECTIONS;
        };
        let mut words = guest.entry.options.iter();
        let found = words.find(|w| w.as_slice() == b"MAXCONN");
        let number = found.and_then(|_| words.next());
        let number = number.and_then(|n| std::str::from_utf8(n).ok()?.parse().ok());
        number.unwrap_or(CONNECTIONS)
    }

    /// Whether a processor of a user's machine has declared a buffer.
    fn listens(&self, id: &[u8]) -> bool {
        self.guests.get(id).is_some_and(listening)
    }

    /// Puts a message where a user's machine gets it with an interruption.
    fn notify(&mut self, id: &[u8], list: &List) {
        if let Some(guest) = self.guests.get_mut(id) {
            guest.hardware.machine.messages.push_back(list.0);
            guest.hardware.wake_readers();
        }
    }

    /// Takes back what a user was to be told of a path.
    fn forget(&mut self, id: &[u8], wanted: impl Fn(&List) -> bool) {
        if let Some(guest) = self.guests.get_mut(id) {
            let messages = &mut guest.hardware.machine.messages;
            messages.retain(|m| !wanted(&List(*m)));
        }
    }
}

fn listening(guest: &Guest) -> bool {
    let mut cpus = guest.hardware.machine.cpus.iter();
    cpus.any(|c| c.message_buffer.is_some())
}

/// RETRIEVE BUFFER: the processor's own; with the last one all paths end.
fn retrieve_buffer(sys: &mut System, caller: &Caller<'_>, _: &mut List) -> Done {
    if let Some(cpu) = cpu(sys, caller)? {
        cpu.message_buffer = None;
    }
    if !sys.listens(caller.id) {
        sys.sever_all(caller.id, [0; 16]);
        sys.forget(caller.id, |_| true);
    }
    Ok(())
}

/// DECLARE BUFFER: all messages are taken until a mask says otherwise.
fn declare_buffer(sys: &mut System, caller: &Caller<'_>, list: &mut List) -> Done {
    let at = u64::from(list.word(12));
    if !at.is_multiple_of(8) {
        return Err(ProgramCode::SPECIFICATION.into());
    }
    read(guest(sys, caller.id)?, caller.cpu, at, 40)?;
    match cpu(sys, caller)? {
        Some(cpu) if cpu.message_buffer.is_none() => {
            cpu.message_buffer = Some(MessageBuffer {
                at,
                mask: 0xFF,
                control_mask: 0xFF,
            });
            Ok(())
        }
        _ => Err(Refusal::Code(code::DECLARED_BEFORE)),
    }
}

fn set_mask(sys: &mut System, caller: &Caller<'_>, list: &mut List) -> Done {
    if let Some(buffer) = cpu(sys, caller)?.and_then(|c| c.message_buffer.as_mut()) {
        buffer.mask = list.0[0];
    }
    Ok(())
}

fn set_control_mask(sys: &mut System, caller: &Caller<'_>, list: &mut List) -> Done {
    if let Some(buffer) = cpu(sys, caller)?.and_then(|c| c.message_buffer.as_mut()) {
        buffer.control_mask = list.0[0];
    }
    Ok(())
}

fn cpu<'a>(
    sys: &'a mut System,
    caller: &Caller<'_>,
) -> Result<Option<&'a mut crate::machine::Cpu>, ProgramCode> {
    let g = guest(sys, caller.id)?;
    Ok(g.hardware.machine.cpus.get_mut(usize::from(caller.cpu)))
}
