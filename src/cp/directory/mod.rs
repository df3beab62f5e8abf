//! The user directory: who may log on and what virtual machine each has (z/VM CP Planning and
//! Administration, "Creating and Updating a User Directory"). The syntax is the real one, in
//! `grammar/directory.pest`; HOST alone is ours and says what host file or folder is behind a device.

mod parse;

use std::path::PathBuf;

use crate::cp::UserId;
use crate::cp::classes::Classes;
use crate::cp::linux::LinuxDeck;

pub(in crate::cp) use parse::size;
pub use parse::{DirectoryError, parse};

/// The directory of the system that starts when no folder is named.
pub const DEFAULT: &str = include_str!("default.direct");

/// The whole directory, in the order of the source.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// The users, each once.
    pub users: Vec<User>,
}

impl Directory {
    /// The entry of a user, in any case.
    pub fn user(&self, id: &[u8]) -> Option<&User> {
        self.users.iter().find(|u| u.id.eq_ignore_ascii_case(id))
    }
}

/// One user's entry.
#[derive(Clone, Debug)]
pub struct User {
    /// The user identification, upper case.
    pub id: UserId,
    /// The logon password or one of NOPASS, NOLOG, AUTOONLY, LBYONLY.
    pub password: Vec<u8>,
    /// The size of the virtual machine's storage at logon, in bytes.
    pub storage: u64,
    /// The most that DEFINE STORAGE may give, in bytes.
    pub max_storage: u64,
    /// The privilege classes.
    pub classes: Classes,
    /// The architecture of the machine.
    pub mode: MachineMode,
    /// The processors at logon, at least one.
    pub cpus: Vec<Cpu>,
    /// The most processors the machine may define.
    pub max_cpus: u8,
    /// The console.
    pub console: Option<Console>,
    /// Unit record devices.
    pub spools: Vec<Spool>,
    /// Channel-to-channel adapters, and the user who alone may be connected with each.
    pub adapters: Vec<(u16, Option<UserId>)>,
    /// Minidisks.
    pub mdisks: Vec<Mdisk>,
    /// Links to other users' minidisks.
    pub links: Vec<Link>,
    /// Real devices given to this user alone: virtual and real device number.
    pub dedicated: Vec<(u16, Vec<u8>)>,
    /// What host files or folders are behind devices.
    pub hosts: Vec<Host>,
    /// What is IPLed at logon, and the options of IPL: LOADPARM, PARM.
    pub ipl: Option<(Vec<u8>, Vec<u8>)>,
    /// Restricted saved systems that this user may use.
    pub namesave: Vec<Vec<u8>>,
    /// The words of OPTION statements, upper case.
    pub options: Vec<Vec<u8>>,
    /// The first word of each IUCV statement, upper case: ALLOW, ANY, a user or a system service.
    pub iucv: Vec<Vec<u8>>,
    /// CP commands that are executed at logon.
    pub commands: Vec<Vec<u8>>,
    /// Users who may XAUTOLOG this one.
    pub xautolog: Vec<UserId>,
    /// The line of the entry in the source.
    pub line: usize,
}

impl User {
    /// Whether an OPTION word was given.
    pub fn option(&self, word: &str) -> bool {
        self.options.iter().any(|o| o == word.as_bytes())
    }
}

/// MACHINE: the architecture a virtual machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum MachineMode {
    /// ESA/390, from where a system may go on to z/Architecture.
    #[default]
    Esa,
    /// 370-XA; the same as ESA here as on the real system.
    Xa,
    /// ESA/XC.
    Xc,
    /// z/Architecture only.
    Z,
}

impl MachineMode {
    /// The name as QUERY SET and INDICATE USER show it.
    pub fn name(self) -> &'static str {
        match self {
            MachineMode::Esa => "ESA",
            MachineMode::Xa => "XA",
            MachineMode::Xc => "XC",
            MachineMode::Z => "Z",
        }
    }
}

/// A virtual processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cpu {
    /// The processor address.
    pub address: u8,
    /// The serial number of CPUID, when one is given.
    pub serial: Option<u32>,
}

/// The console of a virtual machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Console {
    /// The virtual device number.
    pub vdev: u16,
    /// Its type: 3215 or 3270.
    pub kind: u16,
    /// Who sees the output while the user is disconnected.
    pub secondary: Option<UserId>,
}

/// What a unit record device does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpoolKind {
    /// A card reader.
    Reader,
    /// A card punch.
    Punch,
    /// A printer.
    Printer,
}

/// A unit record device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spool {
    /// The virtual device number.
    pub vdev: u16,
    /// What it does.
    pub kind: SpoolKind,
    /// The device type number, such as 2540.
    pub model: u16,
    /// The spool class.
    pub class: u8,
}

/// A minidisk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mdisk {
    /// The virtual device number.
    pub vdev: u16,
    /// The device type as written, such as 3390 or FB-512.
    pub kind: Vec<u8>,
    /// The first cylinder or block on the volume, when the statement says.
    pub start: Option<u32>,
    /// Cylinders or blocks; `None` for END.
    pub size: Option<u32>,
    /// The volume label, empty for temporary disks.
    pub volume: Vec<u8>,
    /// Whether its contents go at logoff.
    pub temporary: bool,
    /// The access mode in which its owner gets it.
    pub mode: Vec<u8>,
}

/// A link to another user's minidisk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The owner.
    pub owner: UserId,
    /// The owner's device number.
    pub target: u16,
    /// The device number here.
    pub vdev: u16,
    /// The access mode, such as RR.
    pub mode: Vec<u8>,
}

/// HOST: what only a host has behind a virtual device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// The virtual device number.
    pub vdev: u16,
    /// What is behind it.
    pub what: HostWhat,
    /// Whether it may be written.
    pub writable: bool,
    /// The line of the statement.
    pub line: usize,
}

/// What is behind a virtual device on the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostWhat {
    /// A folder whose files are the files of a minidisk.
    Folder(PathBuf),
    /// A file that is a disk, block by block or track by track.
    Image(PathBuf),
    /// Files that are the cards of a reader, one after the other.
    Deck(Vec<PathBuf>),
    /// Linux in a card reader: its kernel, its ramdisk and its parameters.
    Linux(LinuxDeck),
    /// Something that ships inside the program: EXECS, GUEST.
    Builtin(String),
}
