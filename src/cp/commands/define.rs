//! DEFINE: the virtual machine's storage, processors and devices (z/VM CP Commands: DEFINE).

use super::{Ctx, Outcome, Row, line, no_more, size};
use crate::base::abbrev;
use crate::base::msg::hcp;
use crate::cp::directory::{self, SpoolKind};
use crate::cp::guest::{Disk, ImageSource, UnitRecordDevice, Vdev};
use crate::cp::native::{DiskPath, Fate};
use crate::cp::words::{self, Words};

pub(super) const COMMANDS: &[Row] = &[Row {
    name: "DEFine",
    classes: "G",
    run: define,
    usage: "DEFine STORage size | CPU nn | {RDR|PUnch|PRinter|1403} vdev | {CTCA|3088} vdev | {T3390|T3380} vdev [CYL] n | {TFB-512|VFB-512} vdev [BLK] n | vdev1 AS vdev2",
    doc: "Changes the configuration of your virtual machine.",
    example: "DEFINE STORAGE 32M",
}];

fn define(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let Some(what) = words.next() else {
        return Err(hcp::HCPDFN026E.with(&[]));
    };
    if abbrev::matches("STORage", what) {
        return storage(ctx, words);
    }
    if abbrev::matches("CPU", what) {
        return cpu(ctx, words);
    }
    let unit_record = match what {
        w if abbrev::matches("RDR", w) || abbrev::matches("Reader", w) || w == b"2540" => {
            Some((SpoolKind::Reader, 2540, b'*'))
        }
        w if abbrev::matches("PUnch", w) || w == b"3525" => Some((SpoolKind::Punch, 3525, b'A')),
        w if abbrev::matches("PRinter", w) || w == b"1403" => {
            Some((SpoolKind::Printer, 1403, b'A'))
        }
        _ => None,
    };
    if let Some((kind, model, class)) = unit_record {
        let vdev = new_number(ctx, words)?;
        let device = Vdev::Spool(UnitRecordDevice::new(kind, model, class));
        ctx.sys.add_device(&ctx.user.clone(), vdev, device)?;
        let name = match kind {
            SpoolKind::Reader => "RDR",
            SpoolKind::Punch => "PUN",
            SpoolKind::Printer => "PRT",
        };
        ctx.inform(line!("{name}  {vdev:04X} DEFINED"));
        return Ok(());
    }
    if ["CTCA", "CTC", "3088"]
        .iter()
        .any(|w| abbrev::matches(w, what))
    {
        let vdev = new_number(ctx, words)?;
        let user = ctx.user.clone();
        ctx.sys.add_device(&user, vdev, Vdev::Ctc { peer: None })?;
        ctx.inform(line!("CTCA {vdev:04X} DEFINED"));
        return Ok(());
    }
    if let Some(kind) = TEMPORARY.iter().find(|t| abbrev::matches(t.word, what)) {
        return temporary(ctx, kind, words);
    }
    match words::vdev(what) {
        Some(old) => rename(ctx, old, words),
        None => Err(hcp::HCPDFN003E.with(&[what])),
    }
}

/// A kind of temporary disk.
struct Temporary {
    word: &'static str,
    kind: &'static str,
    /// What QUERY VIRTUAL shows in place of a volume label.
    volume: &'static str,
    /// The word that may stand before the size.
    unit: &'static str,
    /// The largest size.
    most: u32,
}

const TEMPORARY: &[Temporary] = &[
    Temporary {
        word: "T3390",
        kind: "3390",
        volume: "(TEMP)",
        unit: "CYLinders",
        most: 65_520,
    },
    Temporary {
        word: "T3380",
        kind: "3380",
        volume: "(TEMP)",
        unit: "CYLinders",
        most: 3_339,
    },
    Temporary {
        word: "TFB-512",
        kind: "FB-512",
        volume: "(TEMP)",
        unit: "BLOCKs",
        most: 2_147_483_440,
    },
    Temporary {
        word: "VFB-512",
        kind: "FB-512",
        volume: "(VDSK)",
        unit: "BLOCKs",
        most: 4_194_296,
    },
];

/// A disk that is gone when it is detached or its user logs off: empty for programs on the virtual
/// processors, and for CMS an empty folder.
fn temporary(ctx: &mut Ctx<'_>, kind: &Temporary, words: &mut Words<'_>) -> Outcome {
    let vdev = number(words)?;
    if words
        .peek()
        .is_some_and(|w| abbrev::matches(kind.unit, w) || w.eq_ignore_ascii_case(b"BLK"))
    {
        words.next();
    }
    let Some(word) = words.next() else {
        return Err(hcp::HCPDFN026E.with(&[]));
    };
    let size: Option<u32> = std::str::from_utf8(word).ok().and_then(|w| w.parse().ok());
    let size = size.filter(|n| (1..=kind.most).contains(n));
    let size = size.ok_or_else(|| hcp::HCPDFN002E.with(&[word]))?;
    no_more(words, &hcp::HCPDFN003E)?;
    free(ctx, vdev)?;
    let user = ctx.user.clone();
    let id = String::from_utf8_lossy(&user).to_ascii_lowercase();
    let folder = ctx
        .sys
        .folder
        .join("disks")
        .join(format!("{id}.{vdev:04x}.temp"));
    // One that a session which did not end well left behind is empty again.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).map_err(|e| {
        let text = format!("{}: {e}", folder.display());
        hcp::HCPLGA1505E.with(&[format!("{vdev:04X}").as_bytes(), text.as_bytes()])
    })?;
    let disk = Disk {
        kind: kind.kind.into(),
        volume: kind.volume.into(),
        owner: (user.clone(), vdev),
        writable: true,
        files: Some(DiskPath::Folder(folder)),
        start: None,
        image: Some(ImageSource::Temporary),
        size: Some(size),
        temporary: true,
    };
    ctx.sys.add_device(&user, vdev, Vdev::Disk(disk))?;
    ctx.inform(line!("DASD {vdev:04X} DEFINED"));
    Ok(())
}

fn number(words: &mut Words<'_>) -> Result<u16, crate::base::Message> {
    if words.peek().is_some_and(|w| abbrev::matches("AS", w)) {
        words.next();
    }
    words
        .next()
        .and_then(words::vdev)
        .ok_or_else(|| hcp::HCPDFN022E.with(&[]))
}

/// A device number that is free.
fn new_number(ctx: &Ctx<'_>, words: &mut Words<'_>) -> Result<u16, crate::base::Message> {
    let vdev = number(words)?;
    no_more(words, &hcp::HCPDFN003E)?;
    free(ctx, vdev)?;
    Ok(vdev)
}

fn free(ctx: &Ctx<'_>, vdev: u16) -> Outcome {
    if ctx.guest().is_some_and(|g| g.vdevs.contains_key(&vdev)) {
        return Err(hcp::HCPDFN092E.with(&[format!("{vdev:04X}").as_bytes()]));
    }
    Ok(())
}

fn rename(ctx: &mut Ctx<'_>, old: u16, words: &mut Words<'_>) -> Outcome {
    let new = new_number(ctx, words)?;
    let user = ctx.user.clone();
    ctx.sys.uncouple(&user, old);
    let guest = ctx.guest_mut()?;
    let Some(device) = guest.vdevs.remove(&old) else {
        return Err(hcp::HCPDFN040E.with(&[format!("{old:04X}").as_bytes()]));
    };
    guest.vdevs.insert(new, device);
    guest.hardware.rename(old, new);
    guest.block_io.remove(&old);
    if let Some(open) = guest.reserved.remove(&old) {
        guest.reserved.insert(new, open);
    }
    ctx.inform(line!("DEV  {new:04X} DEFINED"));
    Ok(())
}

/// DEFINE STORAGE resets the machine: whoever issued it from inside is gone.
fn storage(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let Some(word) = words.next() else {
        return Err(hcp::HCPDFN026E.with(&[]));
    };
    no_more(words, &hcp::HCPDFN003E)?;
    let text = String::from_utf8_lossy(word);
    let has_unit = text.ends_with(|c: char| "KMGTkmgt".contains(c));
    let bytes = directory::size(&text).ok().filter(|_| has_unit);
    let bytes = bytes.ok_or_else(|| hcp::HCPDFN002E.with(&[word]))?;
    let guest = ctx.guest_mut()?;
    let max = guest.entry.max_storage;
    if bytes > max {
        return Err(hcp::HCPDFN094E.with(&[size(max).as_bytes()]));
    }
    ctx.close_files();
    let guest = ctx.guest_mut()?;
    // Storage comes in whole pages.
    let bytes = bytes.next_multiple_of(4096);
    guest
        .hardware
        .set_storage(bytes)
        .map_err(|e| hcp::HCPDFN091E.with(&[e.to_string().as_bytes()]))?;
    guest.storage = bytes;
    guest.stop_all();
    ctx.say(line!("STORAGE = {}", size(bytes)));
    ctx.say("Storage cleared - system reset.");
    ctx.fate = Fate::Gone;
    Ok(())
}

fn cpu(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let Some(word) = words.next() else {
        return Err(hcp::HCPDFN026E.with(&[]));
    };
    no_more(words, &hcp::HCPDFN003E)?;
    let address = words::hex(word)
        .and_then(|a| u8::try_from(a).ok())
        .filter(|a| *a < 64);
    let address = address.ok_or_else(|| hcp::HCPDFN002E.with(&[word]))?;
    let guest = ctx.guest_mut()?;
    let have = guest.hardware.cpu_addresses();
    if have.contains(&u16::from(address)) {
        return Err(hcp::HCPDFN1458E.with(&[format!("{address:02X}").as_bytes()]));
    }
    // Processors are numbered without gaps here: the next one is the one to define.
    if usize::from(address) != have.len() || address >= guest.entry.max_cpus {
        return Err(hcp::HCPDFN002E.with(&[word]));
    }
    guest.hardware.add_cpu();
    ctx.say(line!("CPU {address:02X} defined"));
    Ok(())
}
