//! DEFINE: the virtual machine's storage, processors and devices (z/VM CP Commands: DEFINE).

use super::{Ctx, Outcome, Row, line, no_more, size};
use crate::base::abbrev;
use crate::base::msg::hcp;
use crate::cp::directory::{self, SpoolKind};
use crate::cp::guest::{UnitRecordDevice, Vdev};
use crate::cp::native::Fate;
use crate::cp::words::{self, Words};

pub(super) const COMMANDS: &[Row] = &[Row {
    name: "DEFine",
    classes: "G",
    run: define,
    usage: "DEFine STORage size | CPU nn | {RDR|PUnch|PRinter|1403} vdev | vdev1 AS vdev2",
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
    match words::vdev(what) {
        Some(old) => rename(ctx, old, words),
        None => Err(hcp::HCPDFN003E.with(&[what])),
    }
}

/// A device number that is free.
fn new_number(ctx: &Ctx<'_>, words: &mut Words<'_>) -> Result<u16, crate::base::Message> {
    if words.peek().is_some_and(|w| abbrev::matches("AS", w)) {
        words.next();
    }
    let vdev = words
        .next()
        .and_then(words::vdev)
        .ok_or_else(|| hcp::HCPDFN022E.with(&[]))?;
    no_more(words, &hcp::HCPDFN003E)?;
    if ctx.guest().is_some_and(|g| g.vdevs.contains_key(&vdev)) {
        return Err(hcp::HCPDFN092E.with(&[format!("{vdev:04X}").as_bytes()]));
    }
    Ok(vdev)
}

fn rename(ctx: &mut Ctx<'_>, old: u16, words: &mut Words<'_>) -> Outcome {
    let new = new_number(ctx, words)?;
    let guest = ctx.guest_mut()?;
    let Some(device) = guest.vdevs.remove(&old) else {
        return Err(hcp::HCPDFN040E.with(&[format!("{old:04X}").as_bytes()]));
    };
    guest.vdevs.insert(new, device);
    guest.hardware.rename(old, new);
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
