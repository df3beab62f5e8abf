//! One logged-on virtual machine: its settings, its virtual devices and what runs in it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

use crate::base::msg::Emsg;
use crate::cp::UserId;
use crate::cp::blockio::BlockIo;
use crate::cp::classes::Classes;
use crate::cp::commands::ScreenAreas;
use crate::cp::diagnose::{Blocks, IplParameters, Watchdog};
use crate::cp::directory::{Host, HostWhat, SpoolKind, User};
use crate::cp::hardware::Hardware;
use crate::cp::lineedit::Symbols;
use crate::cp::linux::LinuxDeck;
use crate::cp::native::{DiskPath, Extent, Minidisk, NativeSystem};
use crate::cp::saved::Loaded;
use crate::cp::share::Share;
use crate::cp::spool::{ConsoleSpool, Reservation, Spooling};
use crate::cp::trace::Traps;

/// What the status area of a user's screen says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsoleState {
    /// CP waits for a command.
    CpRead,
    /// The system in the virtual machine waits for a line.
    VmRead,
    /// The virtual machine runs; typed lines are kept for it.
    Running,
    /// Nobody is logged on under this user identification.
    LoggedOff,
}

/// The settings of SET that are on or off, and EMSG.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switches {
    /// Messages of other users are shown.
    pub msg: bool,
    /// Warnings are shown.
    pub wng: bool,
    /// Which parts of error messages are shown.
    pub emsg: Emsg,
    /// Informational responses are shown.
    pub imsg: bool,
    /// Special messages are taken.
    pub smsg: bool,
    /// Which of them go to the message service when a program is connected to it (IUCV).
    pub iucv: Iucv,
    /// Accounting messages are shown.
    pub acnt: bool,
    /// The machine goes on when attention enters CP.
    pub run: bool,
    /// Time stamps before lines (TERMINAL TIMESTAMP).
    pub timestamp: bool,
}

/// What goes to the message service (*MSG) rather than to the console: SET MSG, WNG and SMSG IUCV.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Iucv {
    /// Messages of other users.
    pub msg: bool,
    /// Warnings.
    pub wng: bool,
    /// Special messages.
    pub smsg: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Switches {
            msg: true,
            wng: true,
            emsg: Emsg::On,
            imsg: true,
            smsg: false,
            iucv: Iucv::default(),
            acnt: false,
            run: false,
            timestamp: false,
        }
    }
}

/// What TERMINAL sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// The line editing symbols.
    pub symbols: Symbols,
    /// TABCHAR ON without a character of its own.
    pub tabs: bool,
    /// Columns of a line.
    pub linesize: u16,
    /// CONMODE: 3215 or 3270.
    pub conmode: u16,
    /// MODE: whether the attention key enters CP at once rather than the machine.
    pub mode_cp: bool,
    /// AUTOCR.
    pub autocr: bool,
    /// HOLD.
    pub hold: bool,
    /// MORE: seconds until the alarm and until the screen is cleared.
    pub more: (u16, u16),
    /// HIGHLIGHT.
    pub highlight: bool,
    /// ATTN: whether `!` is shown for attention.
    pub attn: bool,
    /// BREAKIN IMMED (true) or GUESTCTL.
    pub breakin: bool,
    /// BRKKEY: the key that enters CP.
    pub brkkey: Vec<u8>,
}

impl Default for Terminal {
    fn default() -> Self {
        Terminal {
            symbols: Symbols::default(),
            tabs: true,
            linesize: 80,
            conmode: 3215,
            mode_cp: false,
            autocr: true,
            hold: false,
            more: (50, 10),
            highlight: false,
            attn: false,
            breakin: true,
            brkkey: b"PA1".to_vec(),
        }
    }
}

/// The lines typed last at the console (SET RETRIEVE).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retrieve {
    /// How many are kept.
    pub limit: u8,
    /// The lines, the oldest first.
    pub lines: VecDeque<Vec<u8>>,
}

impl Default for Retrieve {
    fn default() -> Self {
        Retrieve {
            limit: 7,
            lines: VecDeque::new(),
        }
    }
}

impl Retrieve {
    /// Keeps a line that was typed; an empty one is none.
    pub fn keep(&mut self, line: &[u8]) {
        if !line.trim_ascii().is_empty() {
            self.lines.push_back(line.to_vec());
            self.shrink();
        }
    }

    /// Keeps so many lines from now on.
    pub fn set_limit(&mut self, limit: u8) {
        self.limit = limit;
        self.shrink();
    }

    fn shrink(&mut self) {
        while self.lines.len() > usize::from(self.limit) {
            self.lines.pop_front();
        }
    }
}

/// What runs in the virtual machine.
pub enum Body {
    /// Nothing has been IPLed.
    Empty,
    /// A native system.
    Native {
        /// The name it was IPLed under.
        name: Vec<u8>,
        /// The system; away while it runs.
        system: Option<Box<dyn NativeSystem>>,
        /// What it waits for.
        waits: Waits,
    },
    /// A program on the virtual processors.
    Machine,
}

/// What a native system waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// Nothing: it can run.
    Nothing,
    /// A line from the console.
    Console,
    /// A line or a time, in microseconds since 1970.
    Until(i64),
}

/// A virtual device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vdev {
    /// The console.
    Console {
        /// 3215 or 3270.
        kind: u16,
    },
    /// A unit record device.
    Spool(UnitRecordDevice),
    /// A disk.
    Disk(Disk),
    /// A channel-to-channel adapter.
    Ctc {
        /// The user and the device that it is connected with.
        peer: Option<(UserId, u16)>,
    },
}

/// A unit record device and how it is spooled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitRecordDevice {
    /// What it does.
    pub kind: SpoolKind,
    /// The device type number.
    pub model: u16,
    /// How it is spooled.
    pub spooling: Spooling,
    /// Host files that are decks in a reader.
    pub decks: Vec<DeckSource>,
    /// Whether it is ready (NOTREADY, READY).
    pub ready: bool,
}

/// Where the cards of a deck come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeckSource {
    /// A host file.
    File(PathBuf),
    /// The files of a Linux.
    Linux(LinuxDeck),
    /// The IPL deck of the guest that ships inside the program.
    Guest,
}

/// A disk of a virtual machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disk {
    /// The type as the directory has it.
    pub kind: Vec<u8>,
    /// The volume label.
    pub volume: Vec<u8>,
    /// The owner and its device number there.
    pub owner: (UserId, u16),
    /// Whether this link may write.
    pub writable: bool,
    /// Where its files are; `None` for a disk that has none.
    pub files: Option<DiskPath>,
    /// The first cylinder or block on the volume, when the directory says.
    pub start: Option<u32>,
    /// What a program on the virtual processors reads and writes; `None` for a disk of files only.
    pub image: Option<ImageSource>,
    /// Cylinders or blocks, when the directory says.
    pub size: Option<u32>,
    /// Whether it goes at logoff.
    pub temporary: bool,
}

/// Where the tracks or blocks of a disk are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageSource {
    /// A host file.
    File(PathBuf),
    /// Storage of this process: DEFINE T3390 and the like.
    Temporary,
}

impl Disk {
    /// How large the directory says that it is.
    pub fn extent(&self) -> Extent {
        Extent::new(&self.kind, self.size)
    }
}

impl UnitRecordDevice {
    /// A device as it is after logon.
    pub fn new(kind: SpoolKind, model: u16, class: u8) -> UnitRecordDevice {
        UnitRecordDevice {
            kind,
            model,
            spooling: Spooling {
                eof: kind == SpoolKind::Reader,
                ..Spooling::new(class)
            },
            decks: Vec::new(),
            ready: true,
        }
    }
}

/// Where a system is loaded from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IplSource {
    /// A device.
    Device(u16),
    /// A saved system of this name.
    Saved(Vec<u8>),
}

/// A virtual machine whose user is logged on.
pub struct Guest {
    /// The user identification.
    pub id: UserId,
    /// The directory entry.
    pub entry: User,
    /// The privilege classes in force.
    pub classes: Classes,
    /// What SET sets.
    pub switches: Switches,
    /// What TERMINAL sets.
    pub terminal: Terminal,
    /// What SCREEN sets: a colour and a highlighting for each area of the screen.
    pub screen: ScreenAreas,
    /// The lines typed last.
    pub retrieve: Retrieve,
    /// What the program function keys are set to.
    pub pf: BTreeMap<u8, Vec<u8>>,
    /// Bytes of storage.
    pub storage: u64,
    /// The processors, channels and devices.
    pub hardware: Hardware,
    /// The virtual devices by number.
    pub vdevs: BTreeMap<u16, Vdev>,
    /// The spooled console.
    pub console_spool: ConsoleSpool,
    /// The numbers of the open output files by device.
    pub reserved: BTreeMap<u16, Reservation>,
    /// What runs.
    pub body: Body,
    /// Whether CP waits for a command and nothing runs.
    pub cp_read: bool,
    /// Grows with every IPL and reset, so that what ran before notices; never what another machine of the user had.
    pub generation: u64,
    /// Nothing runs before this time (SLEEP); [`i64::MAX`] until attention.
    pub sleeps: Option<i64>,
    /// Whether no terminal is there.
    pub disconnected: bool,
    /// Who sees the console while it is disconnected.
    pub secondary: Option<UserId>,
    /// When the user logged on.
    pub since: i64,
    /// Microseconds of processor time used.
    pub cpu_micros: i64,
    /// The share of the processors.
    pub share: Share,
    /// TRACE traps.
    pub traps: Traps,
    /// The saved system that was IPLed.
    pub saved: Option<Arc<Loaded>>,
    /// What the last load was told, or the next one is to be told (DIAGNOSE X'308').
    pub ipl: Option<IplParameters>,
    /// Whether the machine was given the attention key and no line was typed since.
    pub attention_given: bool,
    /// Typed lines that wait until the machine can take them.
    pub typed: VecDeque<Vec<u8>>,
    /// The block I/O of DIAGNOSE X'250' that was initialized, by device.
    pub block_io: BTreeMap<u16, BlockIo>,
    /// The spool files that are read by DIAGNOSE X'14', by reader.
    pub spool_blocks: BTreeMap<u16, Blocks>,
    /// The processors that want to be told of pages that are away, with the generation that asked.
    pub page_tokens: BTreeSet<(u8, u64)>,
    /// The timer of DIAGNOSE X'288'.
    pub watchdog: Option<Watchdog>,
    /// What the message service has for the program that is connected to it.
    pub messages: MessageService,
}

/// The message service of a virtual machine (*MSG; z/VM CP Programming Services, "Message System Service").
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageService {
    connected: bool,
    waiting: VecDeque<Vec<u8>>,
}

/// The class of a message in the message service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageClass {
    /// MESSAGE and MSGNOH.
    Message = 1,
    /// WARNING.
    Warning = 2,
    /// SMSG.
    Special = 4,
}

/// How many messages wait; one more and the oldest is lost.
const MOST_MESSAGES: usize = 255;

impl MessageService {
    /// A program connects to the service; special messages taken before wait for it.
    pub fn connect(&mut self) {
        self.connected = true;
    }

    /// The program goes away; what comes meanwhile waits for the next one.
    pub fn disconnect(&mut self) {
        self.connected = false;
    }

    /// Whether a program is connected.
    pub fn is_connected(&self) -> bool {
        self.connected
    }

    /// Keeps a message: eight digits of its class, the sender in eight columns, the text.
    pub fn put(&mut self, class: MessageClass, from: &[u8], text: &[u8]) {
        if self.waiting.len() == MOST_MESSAGES {
            self.waiting.pop_front();
        }
        let class = class as u8;
        let mut record = format!("{class:08}{:<8}", String::from_utf8_lossy(from)).into_bytes();
        record.extend_from_slice(text);
        self.waiting.push_back(record);
    }

    /// Whether no message waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The next message.
    pub fn take(&mut self) -> Option<Vec<u8>> {
        self.waiting.pop_front()
    }
}

impl Guest {
    /// The minidisks with files behind them.
    pub fn minidisks(&self) -> Vec<Minidisk> {
        let files = self.vdevs.iter().filter_map(|(vdev, device)| match device {
            Vdev::Disk(disk) => Some((*vdev, disk, disk.files.clone()?)),
            _ => None,
        });
        files
            .map(|(vdev, disk, path)| Minidisk {
                vdev,
                path,
                writable: disk.writable,
                label: disk.volume.clone(),
                extent: disk.extent(),
            })
            .collect()
    }

    /// Whether what is IPLed may get a slice at a time.
    pub fn runnable(&self, now: i64) -> bool {
        if self.cp_read || self.sleeps.is_some_and(|until| until > now) {
            return false;
        }
        match &self.body {
            Body::Empty => false,
            Body::Native { waits, .. } => match waits {
                Waits::Nothing => true,
                Waits::Console => false,
                Waits::Until(at) => *at <= now,
            },
            Body::Machine => self.hardware.wakes().is_none_or(|at| at <= now),
        }
    }

    /// When something is to be done for the machine, or it can run again by itself, if it cannot now.
    pub fn wakes(&self) -> Option<i64> {
        let timer = self.watchdog.as_ref().map(|w| w.at);
        self.wakes_itself().into_iter().chain(timer).min()
    }

    fn wakes_itself(&self) -> Option<i64> {
        if self.cp_read {
            return self.sleeps.filter(|at| *at != i64::MAX);
        }
        let own = match &self.body {
            Body::Empty => None,
            Body::Native {
                waits: Waits::Until(at),
                ..
            } => Some(*at),
            Body::Native { .. } => None,
            Body::Machine => self.hardware.wakes(),
        };
        match self.sleeps {
            Some(until) => Some(until),
            None => own,
        }
        .filter(|at| *at != i64::MAX)
    }

    /// What the status area says.
    pub fn state(&self) -> ConsoleState {
        if self.sleeps.is_some() {
            return ConsoleState::Running;
        }
        if self.cp_read {
            return ConsoleState::CpRead;
        }
        let reads = match &self.body {
            Body::Native { waits, .. } => *waits == Waits::Console,
            Body::Machine => self.hardware.reading(),
            Body::Empty => return ConsoleState::CpRead,
        };
        match reads {
            true => ConsoleState::VmRead,
            false => ConsoleState::Running,
        }
    }

    /// The device number of the console.
    pub fn console(&self) -> Option<u16> {
        let console = |d: &Vdev| matches!(d, Vdev::Console { .. });
        self.vdevs.iter().find(|(_, d)| console(d)).map(|(v, _)| *v)
    }
}

/// The virtual devices of a directory entry; links to other users' disks are made by the caller.
/// `disks` is the folder where minidisks are that no HOST statement speaks of.
pub fn devices_of(entry: &User, disks: &std::path::Path) -> BTreeMap<u16, Vdev> {
    let mut out = BTreeMap::new();
    if let Some(console) = &entry.console {
        out.insert(console.vdev, Vdev::Console { kind: console.kind });
    }
    for (vdev, _) in &entry.adapters {
        out.insert(*vdev, Vdev::Ctc { peer: None });
    }
    for s in &entry.spools {
        out.insert(
            s.vdev,
            Vdev::Spool(UnitRecordDevice::new(s.kind, s.model, s.class)),
        );
    }
    for m in &entry.mdisks {
        let id = String::from_utf8_lossy(&entry.id).to_ascii_lowercase();
        let folder = disks.join(format!("{id}.{:04x}", m.vdev));
        let disk = Disk {
            kind: m.kind.clone(),
            volume: m.volume.clone(),
            owner: (entry.id.clone(), m.vdev),
            writable: m.mode.first() != Some(&b'R'),
            files: Some(DiskPath::Folder(folder)),
            start: m.start,
            image: None,
            size: m.size,
            temporary: m.temporary,
        };
        out.insert(m.vdev, Vdev::Disk(disk));
    }
    for host in &entry.hosts {
        put_host(&mut out, entry, host);
    }
    out
}

fn put_host(out: &mut BTreeMap<u16, Vdev>, entry: &User, host: &Host) {
    let device = match &host.what {
        HostWhat::Folder(_) | HostWhat::Image(_) => None,
        HostWhat::Deck(paths) => Some(paths.iter().cloned().map(DeckSource::File).collect()),
        HostWhat::Linux(deck) => Some(vec![DeckSource::Linux(deck.clone())]),
        HostWhat::Builtin(name) if name == "EXECS" => None,
        HostWhat::Builtin(_) => Some(vec![DeckSource::Guest]),
    };
    if let Some(decks) = device {
        let fresh = || Vdev::Spool(UnitRecordDevice::new(SpoolKind::Reader, 2540, b'*'));
        if let Vdev::Spool(reader) = out.entry(host.vdev).or_insert_with(fresh) {
            reader.decks = decks;
        }
        return;
    }
    let fresh = || {
        Vdev::Disk(Disk {
            kind: match &host.what {
                // What kind of disk an image is shows when it is opened.
                HostWhat::Image(_) => Vec::new(),
                _ => b"FB-512".to_vec(),
            },
            volume: Vec::new(),
            owner: (entry.id.clone(), host.vdev),
            writable: host.writable,
            files: None,
            start: None,
            image: None,
            size: None,
            temporary: false,
        })
    };
    let Vdev::Disk(disk) = out.entry(host.vdev).or_insert_with(fresh) else {
        return;
    };
    disk.writable &= host.writable;
    if let HostWhat::Image(path) = &host.what {
        disk.image = Some(ImageSource::File(path.clone()));
    }
    disk.files = match &host.what {
        HostWhat::Folder(path) => Some(DiskPath::Folder(path.clone())),
        HostWhat::Builtin(name) => Some(DiskPath::Embedded(name.clone())),
        _ => None,
    };
}
