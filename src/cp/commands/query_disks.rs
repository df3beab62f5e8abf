//! QUERY MDISK and QUERY LINKS: where a minidisk is and who has it (z/VM CP Commands: QUERY MDISK,
//! QUERY LINKS).

use super::{Ctx, Outcome, line, no_more, show};
use crate::base::Message;
use crate::base::abbrev;
use crate::base::msg::hcp;
use crate::cp::guest::{Disk, Vdev, devices_of};
use crate::cp::words::{self, Words};
use crate::cp::{Extent, UserId};

/// How many links stand on a line of QUERY LINKS.
const LINKS_A_LINE: usize = 4;

fn absent(vdev: u16) -> Message {
    hcp::HCPQVD040E.with(&[format!("{vdev:04X}").as_bytes()])
}

/// QUERY LINKS vdev: every virtual machine that has the disk, the issuer's own link among them.
pub(super) fn links(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let number = words
        .next()
        .and_then(words::vdev)
        .ok_or_else(|| hcp::HCPCQV022E.with(&[]))?;
    no_more(words, &hcp::HCPCQV003E)?;
    let own = ctx.guest().and_then(|g| g.vdevs.get(&number));
    let Some(Vdev::Disk(disk)) = own else {
        return Err(absent(number));
    };
    let owner = disk.owner.clone();
    let mut all = Vec::new();
    for guest in ctx.sys.guests.values() {
        for (number, vdev) in &guest.vdevs {
            if let Vdev::Disk(d) = vdev
                && d.owner == owner
            {
                let mode = if d.writable { "R/W" } else { "R/O" };
                all.push(format!("{:<8} {number:04X} {mode}", show(&guest.id)));
            }
        }
    }
    for some in all.chunks(LINKS_A_LINE) {
        ctx.say(some.join(", "));
    }
    Ok(())
}

/// What QUERY MDISK asks for.
struct Asked {
    user: UserId,
    devices: Vec<(u16, u16)>,
    /// The user's directory entry rather than the machine that is logged on.
    direct: bool,
    location: bool,
}

fn asked(ctx: &Ctx<'_>, words: &mut Words<'_>) -> Result<Asked, Message> {
    let mut asked = Asked {
        user: ctx.user.clone(),
        devices: Vec::new(),
        direct: false,
        location: false,
    };
    if words.peek().is_some_and(|w| abbrev::matches("USERid", w)) {
        words.next();
        let who = words.next().ok_or_else(|| hcp::HCPCQV020E.with(&[]))?;
        if who != b"*" {
            asked.user = ctx.sys.known(who)?;
        }
    }
    for word in words.by_ref() {
        if abbrev::matches("LOCation", word) {
            asked.location = true;
        } else if abbrev::matches("DIRECT", word) {
            asked.direct = true;
        } else if abbrev::matches("ALL", word) && asked.devices.is_empty() {
            asked.devices.push((0, u16::MAX));
        } else {
            asked.devices.push(
                words::vdev_range(word)
                    .ok_or_else(|| hcp::HCPCQV003E.with(&[&word.to_ascii_uppercase()]))?,
            );
        }
    }
    if asked.devices.is_empty() {
        return Err(hcp::HCPCQV022E.with(&[]));
    }
    // What other forms show, the minidisk cache, is not there.
    if !asked.location {
        return Err(hcp::HCPCQV026E.with(&[]));
    }
    // Without class B one asks for what is one's own.
    if asked.user != ctx.user && !ctx.classes().has(b'B') {
        return Err(hcp::HCPCQV003E.with(&[&asked.user]));
    }
    Ok(asked)
}

/// QUERY MDISK [USERID user] vdev ... [DIRECT] LOCATION.
pub(super) fn mdisk(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let asked = asked(ctx, words)?;
    let devices = match asked.direct {
        true => {
            let folder = ctx.sys.disks_folder();
            let entry = ctx.sys.directory.user(&asked.user);
            entry.map(|entry| devices_of(entry, &folder))
        }
        false => ctx.sys.guest(&asked.user).map(|g| g.vdevs.clone()),
    };
    let Some(devices) = devices else {
        return Err(hcp::HCPCQU045E.with(&[&asked.user]));
    };
    let mut found = Vec::new();
    for (first, last) in asked.devices {
        let before = found.len();
        let within = devices.range(first..=last);
        found.extend(within.filter_map(|(number, vdev)| match vdev {
            Vdev::Disk(disk) => Some(location(&asked.user, *number, disk)),
            _ => None,
        }));
        if found.len() == before {
            return Err(absent(first));
        }
    }
    ctx.say("TargetID Tdev OwnerID  Odev Dtype Vol-ID Rdev   StartLoc       Size");
    found.into_iter().for_each(|line| ctx.say(line));
    Ok(())
}

fn location(user: &[u8], number: u16, disk: &Disk) -> Vec<u8> {
    let extent = disk.extent();
    let size = match extent {
        Extent::Cylinders(n) | Extent::Blocks(n) => n,
    };
    // A disk that is a folder of the host stands on a volume of its own.
    let volume = match disk.volume.as_slice() {
        b"" => b"------".as_slice(),
        volume => volume,
    };
    line!(
        "{:<8} {number:04X} {:<8} {:04X} {:<5} {:<6} {:04X} {:>10} {size:>10}",
        show(user),
        show(&disk.owner.0),
        disk.owner.1,
        extent.device(),
        show(volume),
        disk.owner.1,
        disk.start.unwrap_or(0),
    )
}

#[cfg(test)]
mod tests {
    use crate::cp::tests::Rig;

    #[test]
    fn a_disk_and_who_has_it() {
        let mut rig = Rig::new();
        rig.system
            .logon(b"LINUX1", crate::cp::LogonHow::Terminal)
            .expect("logon");
        let reply = rig.system.command(b"LINUX1", b"QUERY LINKS 191");
        assert_eq!(
            (reply.rc, reply.response),
            (0, vec![b"LINUX1   0191 R/W".to_vec()])
        );
        let reply = rig.system.command(b"LINUX1", b"QUERY MDISK 191 LOCATION");
        assert_eq!(reply.rc, 0);
        let words: Vec<&[u8]> = reply.response[1]
            .split(|c| *c == b' ')
            .filter(|w| !w.is_empty())
            .collect();
        assert_eq!(
            words[..4],
            [b"LINUX1".as_slice(), b"0191", b"LINUX1", b"0191"]
        );
        assert_eq!(words.len(), 9, "EXECs take the ninth word as the size");
    }

    #[test]
    fn one_program_function_key() {
        let mut rig = Rig::new().on("LINUX1");
        let _ = rig.system.command(b"LINUX1", b"SET PF3 QUERY TIME");
        let reply = rig.system.command(b"LINUX1", b"QUERY PF03");
        assert_eq!(reply.response, [b"PF03 QUERY TIME".to_vec()]);
        assert_eq!(rig.system.command(b"LINUX1", b"QUERY PF25").rc, 3);
    }

    #[test]
    fn what_is_not_there_and_what_is_not_yours() {
        let mut rig = Rig::new();
        rig.system
            .logon(b"LINUX1", crate::cp::LogonHow::Terminal)
            .expect("logon");
        for (command, rc) in [
            ("QUERY MDISK 999 LOCATION", 40),
            ("QUERY MDISK 00C LOCATION", 40),
            ("QUERY LINKS 999", 40),
            ("QUERY LINKS", 22),
            ("QUERY MDISK LOCATION", 22),
            ("QUERY MDISK USER GENERAL 191 DIRECT LOCATION", 3),
            ("QUERY MDISK USER NOBODY 191 LOCATION", 53),
        ] {
            let reply = rig.system.command(b"LINUX1", command.as_bytes());
            assert_eq!(reply.rc, rc, "{command}");
        }
    }
}
