//! Links to minidisks: who has a disk, and whether one more link may read or write it (z/VM CP Commands: LINK;
//! CP Planning and Administration: MDISK).

use crate::base::Message;
use crate::base::msg::hcp;
use crate::cp::UserId;
use crate::cp::guest::{Disk, Vdev};
use crate::cp::system::System;

/// The links that there are to a disk: a user for each.
#[derive(Debug, Default)]
pub struct Held {
    writers: Vec<UserId>,
    readers: Vec<UserId>,
}

/// What a link gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// It may write.
    Write,
    /// It may read, as was asked.
    Read,
    /// It may read, since others have the disk.
    OnlyRead,
}

impl Held {
    fn names(users: &[UserId]) -> String {
        match users {
            [one] => String::from_utf8_lossy(one).into_owned(),
            several => format!("{} users", several.len()),
        }
    }

    /// `R/W by LINUX1; R/O by 2 users`; empty when nobody has the disk.
    pub fn by(&self) -> String {
        let part = |mode: &str, users: &[UserId]| {
            (!users.is_empty()).then(|| format!("{mode} by {}", Held::names(users)))
        };
        let parts = [part("R/W", &self.writers), part("R/O", &self.readers)];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }

    /// What a link of an access mode gets; `None` when there can be none.
    pub fn grant(&self, mode: &[u8]) -> Option<Grant> {
        let mode = mode.strip_suffix(b"V").unwrap_or(mode);
        let (written, used) = (
            !self.writers.is_empty(),
            !self.writers.is_empty() || !self.readers.is_empty(),
        );
        match mode {
            b"R" if written => None,
            b"R" | b"RR" => Some(Grant::Read),
            b"W" if used => None,
            b"WR" if used => Some(Grant::OnlyRead),
            b"M" if written => None,
            b"MR" if written => Some(Grant::OnlyRead),
            b"W" | b"WR" | b"M" | b"MR" | b"MW" => Some(Grant::Write),
            _ => None,
        }
    }

    /// Why there can be no link.
    pub fn refusal(&self, owner: &[u8], number: u16) -> Message {
        let number = format!("{number:04X}");
        let id = match (self.writers.is_empty(), self.readers.is_empty()) {
            (false, true) => &hcp::HCPLNM104E,
            (true, _) => &hcp::HCPLNM105E,
            (false, false) => &hcp::HCPLNM106E,
        };
        id.with(&[owner, number.as_bytes(), self.by().as_bytes()])
    }
}

/// Whether links of an access mode are links at all: R, RR, W, WR, M, MR, MW, with V behind or not.
pub fn is_mode(mode: &[u8]) -> bool {
    const MODES: [&[u8]; 7] = [b"R", b"RR", b"W", b"WR", b"M", b"MR", b"MW"];
    MODES.contains(&mode.strip_suffix(b"V").unwrap_or(mode))
}

impl System {
    /// The links to a disk; of the user's own those but at `except`.
    pub(in crate::cp) fn held(&self, disk: &Disk, except: Option<(&[u8], u16)>) -> Held {
        let mut held = Held::default();
        for guest in self.guests.values() {
            for (number, vdev) in &guest.vdevs {
                let Vdev::Disk(d) = vdev else {
                    continue;
                };
                if d.owner != disk.owner || except == Some((&guest.id[..], *number)) {
                    continue;
                }
                match d.writable {
                    true => held.writers.push(guest.id.clone()),
                    false => held.readers.push(guest.id.clone()),
                }
            }
        }
        held
    }

    /// Gives a user who logs on his own disks as others leave them: for reading only, or not at all.
    pub(in crate::cp) fn settle_disks(&mut self, id: &[u8]) {
        let Some(guest) = self.guests.get(id) else {
            return;
        };
        let own: Vec<(u16, Disk, Vec<u8>)> = guest
            .vdevs
            .iter()
            .filter_map(|(number, vdev)| match vdev {
                Vdev::Disk(d) if d.writable && !d.temporary => {
                    let mdisk = guest.entry.mdisks.iter().find(|m| m.vdev == *number);
                    let mode = mdisk.map_or(&b"MR"[..], |m| &m.mode);
                    Some((*number, d.clone(), mode.to_vec()))
                }
                _ => None,
            })
            .collect();
        for (number, mut disk, mode) in own {
            let held = self.held(&disk, Some((id, number)));
            match held.grant(&mode) {
                Some(Grant::Write) => continue,
                Some(_) => {
                    let line = format!("DASD {number:04X} LINKED R/O; {}", held.by());
                    self.console_write(id, line.to_ascii_uppercase().as_bytes());
                    disk.writable = false;
                    if let Some(guest) = self.guests.get_mut(id) {
                        guest.vdevs.insert(number, Vdev::Disk(disk));
                    }
                }
                None => {
                    let refusal = held.refusal(id, number);
                    self.console_message(id, &refusal);
                    if let Some(guest) = self.guests.get_mut(id) {
                        guest.vdevs.remove(&number);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_give_what_others_leave() {
        use Grant::{OnlyRead, Read, Write};
        let held = |writers: usize, readers: usize| Held {
            writers: vec![b"A".to_vec(); writers],
            readers: vec![b"B".to_vec(); readers],
        };
        let table = [
            ("R", [Some(Read), Some(Read), None]),
            ("RR", [Some(Read), Some(Read), Some(Read)]),
            ("W", [Some(Write), None, None]),
            ("WR", [Some(Write), Some(OnlyRead), Some(OnlyRead)]),
            ("M", [Some(Write), Some(Write), None]),
            ("MR", [Some(Write), Some(Write), Some(OnlyRead)]),
            ("MW", [Some(Write), Some(Write), Some(Write)]),
        ];
        for (mode, [free, read, written]) in table {
            for mode in [mode.to_owned(), format!("{mode}V")] {
                assert_eq!(held(0, 0).grant(mode.as_bytes()), free, "{mode}");
                assert_eq!(held(0, 2).grant(mode.as_bytes()), read, "{mode}");
                assert_eq!(held(1, 0).grant(mode.as_bytes()), written, "{mode}");
            }
        }
        assert_eq!(held(1, 3).by(), "R/W by A; R/O by 3 users");
    }
}
