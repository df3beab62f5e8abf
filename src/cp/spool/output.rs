//! Output of a virtual machine on its way to the spool: how a device is spooled, the files that are open
//! on it, and closing them (z/VM CP Commands: SPOOL, CLOSE).

use super::format::{Attributes, Hold, Made, Queue, SpoolError, is_data};
use crate::base::codepage::host_to_ebcdic;
use crate::cp::UserId;
use crate::cp::directory::SpoolKind;
use crate::cp::guest::{Guest, Vdev};
use crate::cp::hardware::Hardware;
use crate::cp::system::System;
use crate::device::UnitRecord;

/// Write and space one line: the command of a console's lines in the spool.
const WRITE_LINE: u8 = 0x09;

/// How a device is spooled: what SPOOL sets and TAG says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spooling {
    /// The spool class.
    pub class: u8,
    /// SPOOL CONT.
    pub cont: bool,
    /// SPOOL HOLD.
    pub hold: bool,
    /// SPOOL KEEP.
    pub keep: bool,
    /// SPOOL EOF.
    pub eof: bool,
    /// SPOOL MSG.
    pub msg: bool,
    /// How many copies.
    pub copies: u16,
    /// In whose queue and which one files come; `None` for the user's own, of the device's kind.
    pub to: Option<(UserId, Queue)>,
    /// The distribution code; `None` for the user's own.
    pub dist: Option<Vec<u8>>,
    /// The form name.
    pub form: Vec<u8>,
    /// The destination.
    pub dest: Vec<u8>,
    /// File name and file type of the files.
    pub name: Option<(Vec<u8>, Vec<u8>)>,
    /// What TAG said.
    pub tag: Vec<u8>,
}

impl Spooling {
    /// As after logon.
    pub fn new(class: u8) -> Spooling {
        Spooling {
            class,
            cont: false,
            hold: false,
            keep: false,
            eof: false,
            msg: false,
            copies: 1,
            to: None,
            dist: None,
            form: b"STANDARD".to_vec(),
            dest: b"OFF".to_vec(),
            name: None,
            tag: Vec::new(),
        }
    }
}

/// What becomes of the open file of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposal {
    /// It goes to its queue.
    Queue,
    /// It is thrown away.
    Purge,
}

/// A console whose lines may go to the spool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleSpool {
    /// How it is spooled.
    pub spooling: Spooling,
    /// SPOOL CONSOLE START.
    pub started: bool,
    /// SPOOL CONSOLE TERM: lines are shown too.
    pub term: bool,
    /// The lines of the open file.
    pub lines: Vec<UnitRecord>,
}

impl Default for ConsoleSpool {
    fn default() -> Self {
        ConsoleSpool {
            spooling: Spooling::new(b'T'),
            started: false,
            term: true,
            lines: Vec::new(),
        }
    }
}

impl ConsoleSpool {
    /// Adds a line, when the console is spooled.
    pub fn record(&mut self, line: &[u8]) {
        if self.started {
            self.lines.push(UnitRecord {
                command: WRITE_LINE,
                data: host_to_ebcdic(&line[..line.len().min(Made::Console.width())]),
            });
        }
    }
}

impl Guest {
    /// What a device makes, when it is one that output is spooled from.
    pub fn makes(&self, vdev: u16) -> Option<Made> {
        match self.vdevs.get(&vdev)? {
            Vdev::Console { .. } => Some(Made::Console),
            Vdev::Spool(s) => match s.kind {
                SpoolKind::Reader => None,
                SpoolKind::Punch => Some(Made::Punch),
                SpoolKind::Printer => Some(Made::Printer),
            },
            Vdev::Disk(_) | Vdev::Ctc { .. } => None,
        }
    }

    /// How a spooled device is spooled.
    pub fn spooling(&self, vdev: u16) -> Option<&Spooling> {
        match self.vdevs.get(&vdev)? {
            Vdev::Console { .. } => Some(&self.console_spool.spooling),
            Vdev::Spool(s) => Some(&s.spooling),
            Vdev::Disk(_) | Vdev::Ctc { .. } => None,
        }
    }

    /// How a spooled device is spooled, to change.
    pub fn spooling_mut(&mut self, vdev: u16) -> Option<&mut Spooling> {
        match self.vdevs.get_mut(&vdev)? {
            Vdev::Console { .. } => Some(&mut self.console_spool.spooling),
            Vdev::Spool(s) => Some(&mut s.spooling),
            Vdev::Disk(_) | Vdev::Ctc { .. } => None,
        }
    }

    /// How many records an open output file has.
    pub fn written(&self, vdev: u16) -> usize {
        match self.makes(vdev) {
            Some(Made::Console) => self.console_spool.lines.len(),
            Some(_) => self.hardware.written(vdev),
            None => 0,
        }
    }

    fn take_written(&mut self, vdev: u16) -> Vec<UnitRecord> {
        match self.makes(vdev) {
            Some(Made::Console) => std::mem::take(&mut self.console_spool.lines),
            Some(_) => self.hardware.take_written(vdev),
            None => Vec::new(),
        }
    }

    /// The devices that have an open output file.
    pub fn open_outputs(&self) -> Vec<u16> {
        let open = |v: &&u16| self.written(**v) > 0;
        self.vdevs.keys().filter(open).copied().collect()
    }
}

impl System {
    /// The number of the file that is open on a device, if one is: a reader's, or that which an output
    /// file will have.
    pub(in crate::cp) fn open_number(
        &mut self,
        user: &[u8],
        vdev: u16,
    ) -> Result<Option<u16>, SpoolError> {
        let Some(guest) = self.guests.get_mut(user) else {
            return Ok(None);
        };
        if let Some(id) = guest.hardware.reading_file(vdev) {
            return Ok(Some(id));
        }
        if guest.written(vdev) == 0 {
            return Ok(None);
        }
        if let Some(reserved) = guest.reserved.get(&vdev) {
            return Ok(Some(reserved.id));
        }
        let reserved = self.spool.reserve()?;
        let id = reserved.id;
        guest.reserved.insert(vdev, reserved);
        Ok(Some(id))
    }

    /// Closes the output file that is open on a device, spooled as `spooling` says. Gives the attributes
    /// of the file that came into a queue.
    pub(in crate::cp) fn close_output(
        &mut self,
        user: &[u8],
        vdev: u16,
        spooling: &Spooling,
        disposal: Disposal,
    ) -> Result<Option<Attributes>, SpoolError> {
        let now = self.clock.micros();
        let Some(guest) = self.guests.get_mut(user) else {
            return Ok(None);
        };
        let Some(made) = guest.makes(vdev) else {
            return Ok(None);
        };
        let reserved = guest.reserved.remove(&vdev);
        let records = guest.take_written(vdev);
        if !records.iter().any(is_data) || disposal == Disposal::Purge {
            return Ok(None);
        }
        let own = match made {
            Made::Punch => Queue::Punch,
            Made::Printer | Made::Console | Made::Dump => Queue::Printer,
        };
        let (owner, queue) = spooling.to.clone().unwrap_or((user.to_vec(), own));
        let (name, kind) = spooling.name.clone().unwrap_or_default();
        let mut attributes = Attributes {
            id: 0,
            owner,
            origin: user.to_vec(),
            queue,
            made,
            class: spooling.class,
            copies: spooling.copies,
            hold: Hold {
                user: spooling.hold,
                system: false,
            },
            keep: spooling.keep,
            msg: spooling.msg,
            form: spooling.form.clone(),
            dest: spooling.dest.clone(),
            dist: spooling.dist.clone().unwrap_or_else(|| user.to_vec()),
            name,
            kind,
            tag: spooling.tag.clone(),
            created: now,
            place: 0,
            records: 0,
        };
        let made = self
            .spool
            .make(&mut attributes, reserved.as_ref(), &records);
        if let Err(error) = made {
            // Nothing is lost: the file stays open and can be closed again.
            if let Some(guest) = self.guests.get_mut(user) {
                guest.put_written(vdev, records);
            }
            return Err(error);
        }
        if let Some(owner) = self.guests.get_mut(&attributes.owner) {
            owner.hardware.wake_readers();
        }
        Ok(Some(attributes))
    }

    /// Closes all open files of a user, as LOGOFF, IPL and SYSTEM RESET do: output goes to its queue as it
    /// was spooled; a file that is being read stays in the reader. Gives the lines that tell of it.
    pub(in crate::cp) fn close_all(&mut self, user: &[u8]) -> Vec<Vec<u8>> {
        let Some(guest) = self.guests.get_mut(user) else {
            return Vec::new();
        };
        guest.hardware.rewind_readers();
        let mut out = Vec::new();
        for vdev in guest.open_outputs() {
            out.extend(self.close_device(user, vdev));
        }
        out
    }

    /// Closes the open output file of one device as it is spooled. Gives the lines that tell of it.
    pub(in crate::cp) fn close_device(&mut self, user: &[u8], vdev: u16) -> Vec<Vec<u8>> {
        let Some(spooling) = self
            .guests
            .get(user)
            .and_then(|g| g.spooling(vdev).cloned())
        else {
            return Vec::new();
        };
        match self.close_output(user, vdev, &spooling, Disposal::Queue) {
            Ok(None) => Vec::new(),
            Ok(Some(made)) => vec![self.tell_sent(user, &made)],
            Err(error) => {
                let message =
                    crate::base::msg::hcp::HCPCSC444E.with(&[error.to_string().as_bytes()]);
                message
                    .line(crate::base::msg::Emsg::On)
                    .into_iter()
                    .collect()
            }
        }
    }

    /// Tells the receiver of a file that it came, and gives the line for the sender. A file that stays
    /// with its sender is told of once.
    pub(in crate::cp) fn tell_sent(&mut self, sender: &[u8], file: &Attributes) -> Vec<u8> {
        let (received, sent) = sent_lines(file, file.made.name(), file.id);
        if file.owner == sender {
            return received;
        }
        self.tell(&file.owner, &received);
        sent
    }

    /// An informational line on a user's console, when the user is there and wants such.
    pub(in crate::cp) fn tell(&mut self, user: &[u8], line: &[u8]) {
        if self.guests.get(user).is_some_and(|g| g.switches.imsg) {
            self.console_write(user, line);
        }
    }
}

/// The lines about a file that changed hands: for who has it now and for who sent it. `from` is where it
/// was, and `was` its number there.
pub(in crate::cp) fn sent_lines(file: &Attributes, from: &str, was: u16) -> (Vec<u8>, Vec<u8>) {
    let to = file.queue.name();
    let rest = format!(
        "RECS {} CPY  {:03} {} {} {}",
        count(file.records),
        file.copies,
        char::from(file.class),
        if file.hold.user { "HOLD" } else { "NOHOLD" },
        if file.keep { "KEEP" } else { "NOKEEP" },
    );
    let (id, origin) = (file.id, String::from_utf8_lossy(&file.origin));
    let owner = String::from_utf8_lossy(&file.owner);
    let received = format!("{to} FILE {id:04} SENT FROM {origin:<8} {from} WAS {was:04} {rest}");
    let sent = format!("{from} FILE {was:04} SENT TO   {owner:<8} {to} AS  {id:04} {rest}");
    (received.into_bytes(), sent.into_bytes())
}

/// A number of records in four columns.
fn count(records: u64) -> String {
    match records {
        n if n <= 9999 => format!("{n:04}"),
        n if n / 1000 <= 999 => format!("{:03}K", n / 1000),
        n => format!("{:03}M", n / 1_000_000),
    }
}

impl Guest {
    fn put_written(&mut self, vdev: u16, records: Vec<UnitRecord>) {
        match self.makes(vdev) {
            Some(Made::Console) => self.console_spool.lines = records,
            _ => Hardware::put_written(&mut self.hardware, vdev, records),
        }
    }
}
