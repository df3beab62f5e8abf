//! Users coming and going: LOGON, XAUTOLOG, LOGOFF, and the devices they bring.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Component, Path, PathBuf};

use crate::base::Message;
use crate::base::msg::hcp;
use crate::cp::UserId;
use crate::cp::commands::{self, Ctx};
use crate::cp::directory::SpoolKind;
use crate::cp::guest::{
    Body, Disk, Guest, MessageService, Retrieve, Switches, Terminal, Vdev, devices_of,
};
use crate::cp::hardware::{Hardware, Made};
use crate::cp::links::{Grant, is_mode};
use crate::cp::native::{DiskPath, Origin};
use crate::cp::share::Share;
use crate::cp::spool::ConsoleSpool;
use crate::cp::system::{LogonHow, System};
use crate::cp::trace::Traps;

impl System {
    /// Logs a user on. A disconnected user who comes back to a terminal is reconnected.
    pub fn logon(&mut self, user: &[u8], how: LogonHow) -> Result<(), Message> {
        self.logon_with(user, how, None)
    }

    /// Logs a user off, with the response on the console.
    pub fn logoff(&mut self, user: &[u8]) {
        let user = user.to_ascii_uppercase();
        if self.guests.contains_key(&user) {
            self.console_command(&user, b"LOGOFF", Origin::Console);
        }
    }

    pub(in crate::cp) fn logon_with(
        &mut self,
        user: &[u8],
        how: LogonHow,
        storage: Option<u64>,
    ) -> Result<(), Message> {
        let id = user.to_ascii_uppercase();
        let terminal = matches!(how, LogonHow::Terminal | LogonHow::TerminalNoIpl);
        if let Some(guest) = self.guests.get_mut(&id) {
            if !terminal || !guest.disconnected {
                let place = match guest.disconnected {
                    true => "disconnected".to_string(),
                    false => format!("on L{:04X}", guest.console().unwrap_or(0)),
                };
                return Err(hcp::HCPLGA054E.with(&[&id, place.as_bytes()]));
            }
            guest.disconnected = false;
            let line = format!("RECONNECTED AT {}", self.time_and_date());
            self.console_write(&id, line.as_bytes());
            return Ok(());
        }
        let entry = self
            .directory
            .user(&id)
            .filter(|u| u.password != b"NOLOG")
            .cloned();
        let Some(entry) = entry else {
            return Err(hcp::HCPLGA050E.with(&[]));
        };
        let mut guest = self.make_guest(entry, !terminal, storage)?;
        // What ran in a machine that the user had before is not this one's.
        self.logons += 1;
        guest.generation = self.logons << 32;
        self.guests.insert(id.clone(), guest);
        self.greet(&id);
        self.settle_disks(&id);
        self.connect_devices(&id);
        self.start_up(&id, how);
        Ok(())
    }

    fn make_guest(
        &self,
        entry: crate::cp::directory::User,
        disconnected: bool,
        storage: Option<u64>,
    ) -> Result<Guest, Message> {
        let storage = storage.unwrap_or(entry.storage).next_multiple_of(4096);
        let hardware = Hardware::new(&Made {
            storage,
            cpus: u8::try_from(entry.cpus.len()).unwrap_or(1),
            most_cpus: entry.max_cpus,
            serial: entry
                .cpus
                .first()
                .and_then(|c| c.serial)
                .unwrap_or_else(|| self.serial(&entry.id)),
            user: &entry.id,
            system: &self.name,
            clock: self.clock.clone(),
            repeatable: self.deterministic,
            mode: entry.mode,
            spool: self.spool.clone(),
            images: self.images.clone(),
        })
        .map_err(|e| hcp::HCPDFN091E.with(&[e.to_string().as_bytes()]))?;
        Ok(Guest {
            id: entry.id.clone(),
            classes: entry.classes,
            switches: Switches::default(),
            terminal: Terminal {
                conmode: entry.console.as_ref().map_or(3215, |c| c.kind),
                ..Terminal::default()
            },
            screen: commands::ScreenAreas::default(),
            retrieve: Retrieve::default(),
            pf: BTreeMap::new(),
            storage,
            hardware,
            vdevs: devices_of(&entry, &self.disks_folder()),
            console_spool: ConsoleSpool::default(),
            reserved: BTreeMap::new(),
            body: Body::Empty,
            cp_read: true,
            generation: 0,
            sleeps: None,
            attention_given: false,
            disconnected,
            secondary: entry.console.as_ref().and_then(|c| c.secondary.clone()),
            since: self.clock.micros(),
            cpu_micros: 0,
            share: Share::default(),
            traps: Traps::default(),
            saved: None,
            ipl: None,
            typed: VecDeque::new(),
            messages: MessageService::default(),
            block_io: BTreeMap::new(),
            spool_blocks: BTreeMap::new(),
            page_tokens: std::collections::BTreeSet::new(),
            watchdog: None,
            entry,
        })
    }

    /// A serial number of a user's processors: the same at every logon.
    fn serial(&self, user: &[u8]) -> u32 {
        crc32fast::hash(user) & 0xFF_FFFF
    }

    fn greet(&mut self, id: &[u8]) {
        let lines = [
            format!("LOGON {}", String::from_utf8_lossy(id)),
            format!("{},", crate::cp::system::LEVEL),
            "built on the vmshare control program".to_string(),
            "There is no logmsg data".to_string(),
            self.spool_counts(id).0,
            format!("LOGON AT {}", self.time_and_date()),
        ];
        for line in lines {
            self.console_write(id, line.as_bytes());
        }
        for message in self.spool_counts(id).1 {
            self.console_message(id, &message);
        }
    }

    /// Brings the devices to the hardware, and the links and folders the directory speaks of.
    fn connect_devices(&mut self, id: &[u8]) {
        let Some(guest) = self.guests.get(id) else {
            return;
        };
        let links = guest.entry.links.clone();
        let dedicated = guest.entry.dedicated.clone();
        let own: Vec<(u16, Vdev)> = guest.vdevs.iter().map(|(n, v)| (*n, v.clone())).collect();
        for (number, vdev) in own {
            let folder = match &vdev {
                Vdev::Disk(disk) => make_folder(disk).err(),
                _ => None,
            };
            let attached = |g: &mut Guest| g.attach(number, &vdev).err();
            let fault = folder.or_else(|| self.guests.get_mut(id).and_then(attached));
            if let Some(fault) = fault {
                let number = format!("{number:04X}");
                let message = hcp::HCPLGA1505E.with(&[number.as_bytes(), fault.as_bytes()]);
                self.console_message(id, &message);
            }
        }
        for (_, real) in dedicated {
            let message = hcp::HCPQVD040E.with(&[&real]);
            self.console_message(id, &message);
        }
        for link in links {
            if let Err(m) = self.link(id, &link.owner, link.target, link.vdev, &link.mode) {
                self.console_message(id, &m);
            }
        }
        if let Some(guest) = self.guests.get_mut(id) {
            guest
                .hardware
                .devices
                .connect(&mut guest.hardware.machine.channels);
        }
    }

    /// The COMMAND and IPL statements of the directory.
    fn start_up(&mut self, id: &[u8], how: LogonHow) {
        let Some(guest) = self.guests.get(id) else {
            return;
        };
        let commands = guest.entry.commands.clone();
        let ipl = guest.entry.ipl.clone();
        for command in commands {
            self.console_command(id, &command, Origin::Console);
        }
        if !matches!(how, LogonHow::Terminal | LogonHow::Disconnected) {
            return;
        }
        if let Some((name, options)) = ipl {
            let command = [b"IPL", name.as_slice(), &options].join(&b' ');
            self.console_command(id, &command, Origin::Console);
        }
    }

    /// Ends a user's session and gives the lines that tell of it.
    pub(in crate::cp) fn end_session(&mut self, user: &[u8]) -> Vec<Vec<u8>> {
        let user = user.to_ascii_uppercase();
        let ctx = Ctx::new(self, &user, Origin::Console);
        let used = commands::connect(&ctx);
        self.uncouple_all(&user);
        let mut out = self.close_all(&user);
        out.push(used.into_bytes());
        out.push(format!("LOGOFF AT {}", self.time_and_date()).into_bytes());
        if let Some(guest) = self.guests.remove(&user) {
            for vdev in guest.vdevs.values() {
                discard(&user, vdev);
            }
        }
        out
    }

    /// Links a user to a minidisk. Gives the line that tells what came of it when it is worth telling.
    pub(in crate::cp) fn link(
        &mut self,
        user: &[u8],
        owner: &[u8],
        target: u16,
        vdev: u16,
        mode: &[u8],
    ) -> Result<Option<String>, Message> {
        let owner: UserId = self.known(owner)?;
        if !is_mode(mode) {
            return Err(hcp::HCPLNM003E.with(&[mode]));
        }
        let number = format!("{target:04X}");
        let Some(entry) = self.directory.user(&owner) else {
            return Err(hcp::HCPLNM053E.with(&[&owner]));
        };
        let theirs = devices_of(entry, &self.disks_folder());
        let Some(Vdev::Disk(mut disk)) = theirs.get(&target).cloned() else {
            return Err(hcp::HCPLNM107E.with(&[&owner, number.as_bytes()]));
        };
        let there = self
            .guests
            .get(user)
            .is_some_and(|g| g.vdevs.contains_key(&vdev));
        if there {
            let own = format!("{vdev:04X}");
            return Err(hcp::HCPLNM110E.with(&[own.as_bytes()]));
        }
        let held = self.held(&disk, None);
        let granted = held
            .grant(mode)
            .ok_or_else(|| held.refusal(&owner, target))?;
        let owner_reads = !disk.writable;
        disk.writable &= granted == Grant::Write;
        let said = match granted {
            Grant::Read => None,
            _ if held.by().is_empty() && !owner_reads => None,
            _ => {
                let access = if disk.writable { "R/W" } else { "R/O" };
                let by = held.by();
                let more = if by.is_empty() { "" } else { "; " };
                Some(format!("DASD {vdev:04X} LINKED {access}{more}{by}").to_ascii_uppercase())
            }
        };
        self.add_device(user, vdev, Vdev::Disk(disk))?;
        Ok(said)
    }

    /// Adds a device, or replaces one, and brings it to the hardware.
    pub(in crate::cp) fn add_device(
        &mut self,
        user: &[u8],
        vdev: u16,
        device: Vdev,
    ) -> Result<(), Message> {
        let Some(guest) = self.guests.get_mut(user) else {
            return Ok(());
        };
        guest.vdevs.insert(vdev, device.clone());
        let attached = guest.attach(vdev, &device);
        guest
            .hardware
            .devices
            .connect(&mut guest.hardware.machine.channels);
        // The program is told of it, if it wants to be.
        guest.hardware.wake_readers();
        let number = format!("{vdev:04X}");
        attached.map_err(|e| hcp::HCPLGA1505E.with(&[number.as_bytes(), e.as_bytes()]))
    }

    /// Makes a unit record device ready or not ready.
    pub(in crate::cp) fn set_ready(
        &mut self,
        user: &[u8],
        vdev: u16,
        ready: bool,
    ) -> Result<(), Message> {
        let device = self
            .guests
            .get(user)
            .and_then(|g| g.vdevs.get(&vdev))
            .cloned();
        if let Some(Vdev::Spool(mut s)) = device {
            s.ready = ready;
            if s.kind == SpoolKind::Reader {
                return self.add_device(user, vdev, Vdev::Spool(s));
            }
            if let Some(guest) = self.guests.get_mut(user) {
                guest.vdevs.insert(vdev, Vdev::Spool(s));
            }
        }
        Ok(())
    }

    /// A host file that a user may name: one in the folder of a minidisk of theirs, and nowhere else,
    /// whatever symbolic links say.
    pub(in crate::cp) fn host_file(&self, user: &[u8], name: &[u8]) -> Option<PathBuf> {
        let name = Path::new(std::str::from_utf8(name).ok()?);
        if !name.components().all(|c| matches!(c, Component::Normal(_))) {
            return None;
        }
        let guest = self.guests.get(user)?;
        guest.minidisks().into_iter().find_map(|disk| {
            let DiskPath::Folder(folder) = disk.path else {
                return None;
            };
            let folder = folder.canonicalize().ok()?;
            let path = folder.join(name).canonicalize().ok()?;
            (path.starts_with(&folder) && path.is_file()).then_some(path)
        })
    }

    /// A seed for random numbers.
    pub(in crate::cp) fn seed(&self) -> u64 {
        match self.deterministic {
            true => 0,
            false => self.clock.micros().cast_unsigned(),
        }
    }
}

/// A temporary disk is gone with its user. One whose folder cannot be removed is found empty of meaning
/// next time, which is no reason to keep the user.
pub(in crate::cp) fn discard(user: &[u8], device: &Vdev) {
    if let Vdev::Disk(Disk {
        temporary: true,
        files: Some(DiskPath::Folder(folder)),
        owner,
        ..
    }) = device
        && owner.0 == user
    {
        let _ = std::fs::remove_dir_all(folder);
    }
}

/// A writable minidisk's folder is there once its owner logs on.
fn make_folder(disk: &Disk) -> Result<(), String> {
    match &disk.files {
        Some(DiskPath::Folder(folder)) if disk.writable => {
            std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))
        }
        _ => Ok(()),
    }
}

impl Guest {
    /// Brings a device to the hardware. What kind of disk an image is and how large shows then. A disk
    /// whose image cannot be used is not there.
    fn attach(&mut self, number: u16, device: &Vdev) -> Result<(), String> {
        let attached = self.hardware.attach(number, device);
        let Some(Vdev::Disk(disk)) = self.vdevs.get_mut(&number) else {
            return attached;
        };
        if let Some((kind, size)) = self.hardware.disk_size(number) {
            (disk.kind, disk.size) = (kind, Some(size));
        } else if disk.image.is_some() {
            self.vdevs.remove(&number);
        }
        attached
    }

    /// Ends whatever runs: the machine is empty and in CP READ.
    pub(in crate::cp) fn stop_all(&mut self) {
        self.body = Body::Empty;
        self.generation += 1;
        self.saved = None;
        self.cp_read = true;
        self.sleeps = None;
        self.typed.clear();
        self.block_io.clear();
        self.watchdog = None;
    }

    /// Begins with what was IPLed.
    pub(in crate::cp) fn begin(&mut self, body: Body) {
        let saved = self.saved.take();
        self.stop_all();
        if matches!(body, Body::Machine) {
            self.saved = saved;
        }
        self.body = body;
        self.cp_read = false;
    }

    /// What QUERY and INDICATE call the system that runs.
    pub(in crate::cp) fn ipl_name(&self) -> String {
        match (&self.body, &self.saved) {
            (Body::Native { name, .. }, _) => String::from_utf8_lossy(name).into_owned(),
            (_, Some(saved)) => String::from_utf8_lossy(&saved.header.definition.name).into_owned(),
            (Body::Machine, None) => "VIRTDEV".into(),
            (Body::Empty, None) => "NONE".into(),
        }
    }
}
