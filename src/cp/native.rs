//! Systems written in the host's language that run in a user's virtual machine. CMS is one: the layer
//! above CP registers a factory under its name, and IPL of that name makes one.

use std::path::PathBuf;

use crate::base::Clock;
use crate::cp::UserId;
use crate::cp::diagnose::{SegmentAnswer, SegmentFunction, describe, perform};
use crate::cp::hardware::Address;
use crate::cp::system::System;
pub use crate::device::CardRead;

/// What a native system is told when it is IPLed.
#[derive(Clone, Debug)]
pub struct NativeInfo {
    /// The user whose virtual machine it is.
    pub user: UserId,
    /// The system identification (the node name of QUERY USERID).
    pub system_name: Vec<u8>,
    /// The clock of the whole system.
    pub clock: Clock,
    /// The PARM string of the IPL command, without leading blanks; empty when none was given.
    pub parm: Vec<u8>,
    /// A seed for random numbers: fixed in a deterministic system.
    pub seed: u64,
}

/// A system that runs in a virtual machine without its processor, as CMS does here.
pub trait NativeSystem {
    /// Runs for a slice and says why it stopped.
    ///
    /// When a command answered [`Fate::Gone`] it must return [`NativeExit::Gone`] at once: the virtual
    /// machine is no longer its own and it is dropped. After [`Fate::Sleeps`] it must return
    /// [`NativeExit::Budget`]; CP calls it again when the time has come.
    fn run(&mut self, cp: &mut CpPort<'_>) -> NativeExit;
    /// A line typed at the console, after CP's line editing.
    fn input(&mut self, line: Vec<u8>);
    /// The attention key. A native system that does not want it leaves it alone.
    fn attention(&mut self);
}

/// Why a native system stopped running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NativeExit {
    /// The slice is over; there is more to do.
    Budget,
    /// It waits for a line from the console: the machine is in VM READ.
    ReadConsole,
    /// It waits until a time (microseconds since 1970) or a console line.
    Sleep {
        /// When to run it again, in microseconds since 1970-01-01 UTC.
        until_micros: i64,
    },
    /// A CP command took the virtual machine away from it.
    Gone,
    /// It has ended; the machine is left in CP READ.
    Ended,
}

/// What one CP command answered.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct CpReply {
    /// The numeric part of the error message, 0 when there was none.
    pub rc: i32,
    /// The response, line by line, already as SET EMSG wants it.
    pub response: Vec<Vec<u8>>,
    /// What became of the caller.
    pub fate: Fate,
}

/// What a CP command did to the virtual machine that issued it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Fate {
    /// It goes on behind the command.
    #[default]
    Continues,
    /// IPL, LOGOFF or a system reset replaced it; its response is on the console.
    Gone,
    /// It does not run for this many microseconds ([`i64::MAX`]: until CP lets it go on).
    Sleeps(i64),
}

/// Who issued a CP command: what is typed behaves in places unlike what a program issues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Typed at the console, or sent there.
    Console,
    /// DIAGNOSE X'08' or a native system.
    Program,
    /// The stored command string of a TRACE trap.
    Trace,
}

/// Where the data of a minidisk is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiskPath {
    /// A host folder.
    Folder(PathBuf),
    /// The files that ship inside the program, under this name (`EXECS`).
    Embedded(String),
}

/// A minidisk of the user: what is behind a virtual device number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Minidisk {
    /// The virtual device number.
    pub vdev: u16,
    /// Where its files are.
    pub path: DiskPath,
    /// Whether the link is read/write.
    pub writable: bool,
    /// The volume label, such as `LIN191`.
    pub label: Vec<u8>,
    /// How large the directory says that it is.
    pub extent: Extent,
}

/// The size of a minidisk as its directory statement has it. A folder behind it may hold more or less;
/// what is shown of a disk follows the directory, so that it does not depend on the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Cylinders of a 3390.
    Cylinders(u32),
    /// Blocks of 512 bytes.
    Blocks(u32),
}

impl Extent {
    /// The extent of a statement with this device type; no size is END, the largest volume there is.
    pub fn new(kind: &[u8], size: Option<u32>) -> Extent {
        if kind.starts_with(b"FB") || kind.starts_with(b"9336") {
            return Extent::Blocks(size.unwrap_or(2_147_483_440));
        }
        Extent::Cylinders(size.unwrap_or(65_520))
    }

    /// The device type that queries show.
    pub fn device(self) -> &'static str {
        match self {
            Extent::Cylinders(_) => "3390",
            Extent::Blocks(_) => "9336",
        }
    }

    /// CMS blocks of 4096 bytes: 180 to a cylinder, one to eight blocks of 512 bytes.
    pub fn cms_blocks(self) -> u64 {
        match self {
            Extent::Cylinders(n) => u64::from(n) * 180,
            Extent::Blocks(n) => u64::from(n) / 8,
        }
    }
}

/// A native system's way to CP: everything it may do outside itself.
pub struct CpPort<'a> {
    pub(in crate::cp) system: &'a mut System,
    pub(in crate::cp) user: UserId,
    pub(in crate::cp) generation: u64,
}

impl CpPort<'_> {
    /// Issues CP commands as DIAGNOSE X'08' does: the text is split only at X'15' (a new line in the
    /// session's bytes), the response is captured, the return code is the last command's.
    pub fn command(&mut self, text: &[u8]) -> CpReply {
        let user = self.user.clone();
        let reply = self.system.command(&user, text);
        self.system.note_refusal(&user, reply.rc);
        reply
    }

    /// Writes a line on the user's console.
    pub fn write(&mut self, line: &[u8]) {
        self.system.console_write(&self.user, line);
    }

    /// The user identification.
    pub fn userid(&self) -> &[u8] {
        &self.user
    }

    /// The system identification.
    pub fn system_name(&self) -> &[u8] {
        self.system.name()
    }

    /// The clock.
    pub fn clock(&self) -> Clock {
        self.system.clock().clone()
    }

    /// Microseconds of processor time that the virtual machine used in its slices before this one.
    pub fn cpu_micros(&self) -> i64 {
        self.system.guest(&self.user).map_or(0, |g| g.cpu_micros)
    }

    /// The number of a device, or of the console when none is given, and what DIAGNOSE X'24' tells of it.
    pub fn device(&self, vdev: Option<u16>) -> Option<(u16, u32)> {
        describe(self.system.guests.get(&self.user)?, vdev)
    }

    /// The size of the user's storage in bytes.
    pub fn storage_size(&self) -> u64 {
        let guest = self.system.guests.get(&self.user);
        guest.map_or(0, |g| g.hardware.machine.storage.size())
    }

    /// What is in the user's storage; `None` outside it.
    pub fn read_storage(&mut self, at: u64, length: usize) -> Option<Vec<u8>> {
        let guest = self.system.guests.get_mut(&self.user)?;
        guest.hardware.read(Address::Absolute, at, length).ok()
    }

    /// Changes the user's storage; `false` outside it.
    pub fn write_storage(&mut self, at: u64, data: &[u8]) -> bool {
        let guest = self.system.guests.get_mut(&self.user);
        guest.is_some_and(|g| g.hardware.write(Address::Absolute, at, data).is_ok())
    }

    /// Finds, loads or purges a saved segment as DIAGNOSE X'64' does.
    pub fn segment(&mut self, function: SegmentFunction, name: &[u8]) -> SegmentAnswer {
        let name = name.to_ascii_uppercase();
        perform(self.system, &self.user, function, &name)
    }

    /// The minidisk at a virtual device number, if there is one with files behind it.
    pub fn minidisk(&self, vdev: u16) -> Option<Minidisk> {
        self.minidisks().into_iter().find(|m| m.vdev == vdev)
    }

    /// All minidisks with files behind them, by virtual device number.
    pub fn minidisks(&self) -> Vec<Minidisk> {
        self.system.minidisks(&self.user)
    }

    /// Punches a card on a punch, or prints a line on a printer, with a CCW command and data in EBCDIC.
    /// False when there is no such device.
    pub fn write_unit(&mut self, vdev: u16, command: u8, data: &[u8]) -> bool {
        let guest = self.system.guests.get_mut(&self.user);
        guest.is_some_and(|g| g.hardware.write_unit(vdev, command, data))
    }

    /// Reads a card in EBCDIC from a reader. `None` when there is no such device.
    pub fn read_unit(&mut self, vdev: u16) -> Option<CardRead> {
        let read = self
            .system
            .guests
            .get_mut(&self.user)?
            .hardware
            .read_unit(vdev);
        let user = self.user.clone();
        self.system.tell_spool_faults(&user);
        read
    }

    /// Connects to the user's message service, or disconnects.
    pub fn listen_for_messages(&mut self, listen: bool) {
        if let Some(guest) = self.system.guests.get_mut(&self.user) {
            match listen {
                true => guest.messages.connect(),
                false => guest.messages.disconnect(),
            }
        }
    }

    /// The next message of the message service: class, sender and text.
    pub fn take_message(&mut self) -> Option<Vec<u8>> {
        self.system.guests.get_mut(&self.user)?.messages.take()
    }

    /// Whether the virtual machine may go on: no after IPL, LOGOFF, CP READ or SLEEP.
    pub fn may_run(&self) -> bool {
        self.system.may_run(&self.user, self.generation)
    }
}
