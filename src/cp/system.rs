//! The whole system: the directory, the users who are logged on, their consoles.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::base::msg::hcp;
use crate::base::{Clock, Message};
use crate::cp::UserId;
use crate::cp::commands;
use crate::cp::ctc::Calls;
use crate::cp::directory::{self, Directory};
use crate::cp::guest::{Body, ConsoleState, Guest, Waits};
use crate::cp::guests::Guests;
use crate::cp::hardware::Images;
use crate::cp::lineedit::{self, Line};
use crate::cp::native::{CpReply, Fate, Minidisk, NativeInfo, NativeSystem, Origin};
use crate::cp::saved::Catalogue;
use crate::cp::spool::Spool;
use crate::cp::workers;
use crate::device::{Aid, Key};

/// The level of the control program, as QUERY CPLEVEL and LOGON show it.
pub const LEVEL: &str = "z/VM Version 7 Release 3.0, service level 2301 (64-bit)";
/// What STORE SYSTEM INFORMATION tells a program of the control program.
pub const CONTROL_PROGRAM: &[u8] = b"z/VM    7.3.0";

/// How to start a system.
#[derive(Clone, Debug)]
pub struct Options {
    /// The system's folder, with `system.direct` in it; `None` starts the embedded default system.
    pub dir: Option<PathBuf>,
    /// The folder behind the A-disk of the default system.
    pub work: PathBuf,
    /// Where the default system keeps its saved systems, spool and disks.
    pub data: PathBuf,
    /// The clock of the system.
    pub clock: Clock,
    /// Whether a run must repeat exactly: fixed seeds and processor identifications.
    pub deterministic: bool,
}

/// Why a system did not start. Nothing is running then.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The directory has an error; the text names the file, the line and the statement.
    #[error("{0}")]
    Directory(#[from] directory::DirectoryError),
    /// A host file could not be used.
    #[error("{path}: {source}")]
    Host {
        /// The file or folder.
        path: PathBuf,
        /// What the host said.
        source: std::io::Error,
    },
}

/// How a user comes onto the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogonHow {
    /// At a terminal; the IPL statement of the directory is done.
    Terminal,
    /// At a terminal with NOIPL: the machine is left in CP READ.
    TerminalNoIpl,
    /// Without a terminal (AUTOLOG, XAUTOLOG).
    Disconnected,
    /// Without a terminal and without IPL.
    DisconnectedNoIpl,
}

/// What a round of dispatching found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// Some virtual machine used its slice: call again at once.
    Busy,
    /// All machines wait. `wake_micros`: when the first timer is due (microseconds since 1970), if any.
    Idle {
        /// The clock time of the first timer.
        wake_micros: Option<i64>,
    },
}

/// Makes a native system when it is IPLed.
pub type NativeFactory = Box<dyn Fn(&NativeInfo) -> Box<dyn NativeSystem>>;

/// What a user's console shows; it stays when the user logs off.
#[derive(Default)]
pub(in crate::cp) struct ConsoleOut {
    lines: Vec<Vec<u8>>,
}

/// The system.
pub struct System {
    pub(in crate::cp) clock: Clock,
    pub(in crate::cp) name: Vec<u8>,
    pub(in crate::cp) directory: Directory,
    pub(in crate::cp) folder: PathBuf,
    pub(in crate::cp) guests: Guests,
    pub(in crate::cp) consoles: BTreeMap<UserId, ConsoleOut>,
    pub(in crate::cp) natives: BTreeMap<Vec<u8>, NativeFactory>,
    pub(in crate::cp) saved: Catalogue,
    pub(in crate::cp) spool: Spool,
    /// The disk images that are open.
    pub(in crate::cp) images: Images,
    /// The users whose channel-to-channel adapters have something to do.
    pub(in crate::cp) calls: Calls,
    /// Who is connected with whom.
    pub(in crate::cp) iucv: crate::cp::iucv::Iucv,
    pub(in crate::cp) started: i64,
    pub(in crate::cp) deterministic: bool,
    /// How many threads run virtual machines; one when runs are to repeat.
    pub(in crate::cp) workers: usize,
    /// How many machines have been made by logging on.
    pub(in crate::cp) logons: u64,
    /// The first return code other than 0 of each user's commands, since it was last forgotten.
    pub(in crate::cp) refusals: BTreeMap<UserId, i32>,
}

impl System {
    /// Reads the directory and starts CP. Nobody is logged on yet.
    pub fn open(options: Options) -> Result<System, StartError> {
        let (directory, folder) = match &options.dir {
            Some(dir) => {
                let path = dir.join("system.direct");
                let source = std::fs::read(&path).map_err(|source| StartError::Host {
                    path: path.clone(),
                    source,
                })?;
                let source = String::from_utf8_lossy(&source);
                (
                    directory::parse(&source, &path.display().to_string(), dir)?,
                    dir.clone(),
                )
            }
            None => {
                let directory =
                    directory::parse(directory::DEFAULT, "default.direct", &options.work)?;
                (directory, options.data.clone())
            }
        };
        let started = options.clock.micros();
        Ok(System {
            clock: options.clock,
            name: b"VMSHARE".to_vec(),
            directory,
            saved: Catalogue::new(folder.join("saved")),
            spool: Spool::new(folder.join("spool")),
            images: Images::default(),
            calls: Calls::default(),
            iucv: crate::cp::iucv::Iucv::default(),
            folder,
            guests: Guests::default(),
            consoles: BTreeMap::new(),
            natives: BTreeMap::new(),
            started,
            deterministic: options.deterministic,
            workers: match options.deterministic {
                true => 1,
                false => workers::most(),
            },
            logons: 0,
            refusals: BTreeMap::new(),
        })
    }

    /// Makes a native system known under the name that IPL takes.
    pub fn register_native(&mut self, name: &str, make: NativeFactory) {
        self.natives
            .insert(name.to_ascii_uppercase().into_bytes(), make);
    }

    /// The user whom a face logs on when none is named: the first of the directory.
    pub fn default_user(&self) -> Vec<u8> {
        self.directory
            .users
            .first()
            .map(|u| u.id.clone())
            .unwrap_or_default()
    }

    /// The return code of the first of the user's CP commands that was refused; 0 when none was.
    pub fn first_refusal(&self, user: &[u8]) -> i32 {
        self.refusals.get(user).copied().unwrap_or(0)
    }

    /// Forgets what was refused to the user so far.
    pub fn forget_refusals(&mut self, user: &[u8]) {
        self.refusals.remove(user);
    }

    /// A line typed at the user's terminal: line editing, LINEND splitting and routing are done here.
    pub fn console_line(&mut self, user: &[u8], line: &[u8]) {
        let user = user.to_ascii_uppercase();
        let Some(guest) = self.guests.get_mut(&user) else {
            return;
        };
        guest.attention_given = false;
        guest.console_spool.record(line);
        guest.retrieve.keep(line);
        for logical in lineedit::edit(line, &guest.terminal.symbols) {
            match logical {
                Line::Cp(text) if text.trim_ascii().is_empty() => self.enter_cp(&user),
                Line::Cp(text) => self.console_command(&user, &text, Origin::Console),
                Line::Text(text) => self.route(&user, text),
            }
        }
    }

    /// A logical line goes to whoever reads the console: CP in CP READ, else the virtual machine.
    fn route(&mut self, user: &[u8], text: Vec<u8>) {
        let Some(guest) = self.guests.get_mut(user) else {
            return;
        };
        if guest.sleeps.is_some() {
            guest.typed.push_back(text);
            return;
        }
        if guest.cp_read || matches!(guest.body, Body::Empty) {
            return self.console_command(user, &text, Origin::Console);
        }
        guest.take_line(text);
    }

    /// The attention key (PA1, Ctrl-C): the machine is told; pressed again with no line between, or
    /// with TERMINAL MODE CP at once, it enters CP (CP Commands and Utilities, TERMINAL MODE).
    pub fn attention(&mut self, user: &[u8]) {
        let user = user.to_ascii_uppercase();
        let Some(guest) = self.guests.get_mut(&user) else {
            return;
        };
        if guest.sleeps.take().is_some() {
            return self.deliver(&user);
        }
        if guest.cp_read {
            return;
        }
        if guest.terminal.mode_cp || guest.attention_given {
            guest.attention_given = false;
            return self.enter_cp(&user);
        }
        if guest.display().is_some() {
            self.key(&user, Key::Aid(Aid::Pa(1)));
            return;
        }
        guest.attention_given = true;
        match &mut guest.body {
            Body::Native {
                system: Some(system),
                ..
            } => system.attention(),
            Body::Native { .. } => {}
            Body::Machine => guest.hardware.attention(),
            Body::Empty => guest.cp_read = true,
        }
    }

    /// Stops the virtual machine and waits for a command; with SET RUN ON the machine goes on.
    pub(in crate::cp) fn enter_cp(&mut self, user: &[u8]) {
        let Some(guest) = self.guests.get_mut(user) else {
            return;
        };
        if !guest.switches.run {
            guest.cp_read = true;
        }
        self.console_write(user, b"CP");
    }

    /// Executes a line as a CP command of the console; the response is shown there.
    pub(in crate::cp) fn console_command(&mut self, user: &[u8], text: &[u8], origin: Origin) {
        let reply = commands::execute(self, user, text, origin);
        for line in &reply.response {
            self.console_write(user, line);
        }
        self.note_refusal(user, reply.rc);
        self.apply(user, reply.fate);
    }

    /// Remembers the first command that was refused. What a guest asks by DIAGNOSE is its own matter.
    pub(in crate::cp) fn note_refusal(&mut self, user: &[u8], rc: i32) {
        if rc != 0 {
            self.refusals.entry(user.to_vec()).or_insert(rc);
        }
    }

    /// Typed lines that waited go on to whoever reads the console now.
    pub(in crate::cp) fn deliver(&mut self, user: &[u8]) {
        while let Some(guest) = self.guests.get_mut(user) {
            let away = matches!(guest.body, Body::Native { system: None, .. });
            if guest.sleeps.is_some() || away && !guest.cp_read {
                return;
            }
            let Some(text) = guest.typed.pop_front() else {
                return;
            };
            self.route(user, text);
        }
    }

    /// CP commands for a user, split only at X'15', with the response captured. X'15' is the EBCDIC
    /// new line; a session whose text is the host's has the host's new line there.
    pub fn command(&mut self, user: &[u8], text: &[u8]) -> CpReply {
        let user = user.to_ascii_uppercase();
        let mut all = CpReply::default();
        for text in text.split(|c| b"\x15\n".contains(c)) {
            let reply = commands::execute(self, &user, text, Origin::Program);
            all.rc = reply.rc;
            all.response.extend(reply.response);
            all.fate = reply.fate;
            // What follows a command that failed was meant for its success.
            if all.fate != Fate::Continues || all.rc != 0 {
                break;
            }
        }
        if all.fate == Fate::Gone {
            for line in std::mem::take(&mut all.response) {
                self.console_write(&user, &line);
            }
        }
        self.apply(&user, all.fate);
        all
    }

    fn apply(&mut self, user: &[u8], fate: Fate) {
        let now = self.clock.micros();
        if let (Fate::Sleeps(micros), Some(guest)) = (fate, self.guests.get_mut(user)) {
            // What stopped in CP READ is let go by BEGIN, not by a time.
            if !(guest.cp_read && micros == i64::MAX) {
                guest.sleeps = Some(now.saturating_add(micros));
            }
        }
    }

    /// Whether something is to be done by itself when the user's virtual machine gets to a certain point: a
    /// TRACE trap with commands is set and the machine runs.
    pub fn expects_a_trap(&self, user: &[u8]) -> bool {
        self.guest(user)
            .is_some_and(|g| !g.cp_read && g.traps.all.iter().any(|t| !t.command.is_empty()))
    }

    /// Whether the user's virtual machine is held by SLEEP.
    pub fn sleeping(&self, user: &[u8]) -> bool {
        let user = user.to_ascii_uppercase();
        self.guests.get(&user).is_some_and(|g| g.sleeps.is_some())
    }

    /// The lines written on the user's console since the last call.
    pub fn take_output(&mut self, user: &[u8]) -> Vec<Vec<u8>> {
        let out = self.consoles.get_mut(user.to_ascii_uppercase().as_slice());
        out.map(|c| std::mem::take(&mut c.lines))
            .unwrap_or_default()
    }

    /// What the status area of the user's screen says.
    pub fn state(&self, user: &[u8]) -> ConsoleState {
        self.guest(user)
            .map_or(ConsoleState::LoggedOff, Guest::state)
    }

    /// Closes the open spool files of all users, as LOGOFF does: what was punched and printed is not lost
    /// with the system.
    pub fn close_spool(&mut self) {
        let users: Vec<UserId> = self.guests.keys().cloned().collect();
        for user in users {
            self.close_all(&user);
        }
    }

    /// The clock of the system.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The system identification.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// The virtual machine of a user who is logged on.
    pub(in crate::cp) fn guest(&self, user: &[u8]) -> Option<&Guest> {
        self.guests.get(&user.to_ascii_uppercase())
    }

    pub(in crate::cp) fn guest_mut(&mut self, user: &[u8]) -> Option<&mut Guest> {
        self.guests.get_mut(&user.to_ascii_uppercase())
    }

    /// Writes a line on a user's console. A disconnected user's lines go to the secondary user, with
    /// the name before them, or nowhere.
    pub(in crate::cp) fn console_write(&mut self, user: &[u8], line: &[u8]) {
        let mut line = line.to_vec();
        let stamp = format!("{} ", self.time_of_day());
        if let Some(guest) = self.guests.get_aside(user) {
            guest.console_spool.record(&line);
            if guest.console_spool.started && !guest.console_spool.term {
                return;
            }
            if guest.switches.timestamp {
                line.splice(..0, stamp.into_bytes());
            }
            if guest.disconnected {
                let Some(secondary) = guest.secondary.clone() else {
                    return;
                };
                let there = self.guests.get(&secondary).is_some_and(|g| !g.disconnected);
                if !there || secondary == user {
                    return;
                }
                let mut marked = user.to_vec();
                marked.resize(marked.len().max(8), b' ');
                marked.extend_from_slice(b": ");
                marked.extend_from_slice(&line);
                self.consoles
                    .entry(secondary)
                    .or_default()
                    .lines
                    .push(marked);
                return;
            }
        }
        self.consoles
            .entry(user.to_vec())
            .or_default()
            .lines
            .push(line);
    }

    /// Shows a message on a user's console as SET EMSG wants it.
    pub(in crate::cp) fn console_message(&mut self, user: &[u8], message: &Message) {
        let emsg = self
            .guest(user)
            .map(|g| g.switches.emsg)
            .unwrap_or_default();
        if let Some(line) = message.line(emsg) {
            self.console_write(user, &line);
        }
    }

    pub(in crate::cp) fn minidisks(&self, user: &[u8]) -> Vec<Minidisk> {
        self.guest(user).map(Guest::minidisks).unwrap_or_default()
    }

    pub(in crate::cp) fn may_run(&self, user: &[u8], generation: u64) -> bool {
        let now = self.clock.micros();
        self.guest(user).is_some_and(|g| {
            g.generation == generation && !g.cp_read && g.sleeps.is_none_or(|at| at <= now)
        })
    }

    /// `hh:mm:ss` now.
    pub(in crate::cp) fn time_of_day(&self) -> String {
        let c = self.clock.local();
        format!("{:02}:{:02}:{:02}", c.hour, c.minute, c.second)
    }

    /// `hh:mm:ss ZON WEEKDAY mm/dd/yy` now, as LOGON and QUERY TIME show it.
    pub(in crate::cp) fn time_and_date(&self) -> String {
        let c = self.clock.local();
        let zone = &self.clock.zone().name;
        let (time, day) = (self.time_of_day(), c.weekday_name());
        format!(
            "{time} {zone:<3} {day} {:02}/{:02}/{:02}",
            c.month,
            c.day,
            c.year % 100
        )
    }

    /// The folder of the minidisks that are the system's own.
    pub(in crate::cp) fn disks_folder(&self) -> std::path::PathBuf {
        self.folder.join("disks")
    }

    /// What is wrong with a user identification that must be logged on, as a message of the caller's module.
    pub(in crate::cp) fn known(&self, user: &[u8]) -> Result<UserId, Message> {
        let user = user.to_ascii_uppercase();
        match self.directory.user(&user) {
            Some(_) => Ok(user),
            None => Err(hcp::HCPLNM053E.with(&[&user])),
        }
    }
}

impl Guest {
    /// A typed line for what runs in the machine.
    pub(in crate::cp) fn take_line(&mut self, text: Vec<u8>) {
        match &mut self.body {
            Body::Native {
                system: Some(system),
                waits,
                ..
            } => {
                system.input(text);
                *waits = Waits::Nothing;
            }
            Body::Native { .. } => self.typed.push_back(text),
            Body::Machine => {
                let console = self.console();
                self.hardware.typed(console, &text);
            }
            Body::Empty => {}
        }
    }
}

impl Drop for System {
    fn drop(&mut self) {
        self.close_spool();
    }
}
