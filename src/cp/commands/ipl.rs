//! IPL (z/VM CP Commands: IPL): a native system, a device, or a saved system.

use super::{Ctx, Outcome, Row, saved};
use crate::base::abbrev;
use crate::base::msg::hcp;
use crate::cp::diagnose::IplParameters;
use crate::cp::guest::{Body, Guest, IplSource, Vdev, Waits};
use crate::cp::hardware::Clearing;
use crate::cp::native::{DiskPath, Fate, NativeInfo};
use crate::cp::saved::ParmRegs;
use crate::cp::words::{self, Words};

pub(super) const COMMANDS: &[Row] = &[Row {
    name: "Ipl",
    classes: "G",
    run: ipl,
    usage: "Ipl {vdev [CLear|NOCLear] [STOP] | name} [LOADParm parameter] [PARM text]",
    doc: "Starts a system in your virtual machine from a device or a saved system.",
    example: "IPL 200 STOP",
}];

/// What stands behind the device or the name.
struct Options {
    clearing: Clearing,
    stop: bool,
    loadparm: Option<Vec<u8>>,
    parm: Option<Vec<u8>>,
}

/// Whether this can be a load parameter: 1 to 8 letters, digits and periods.
pub(in crate::cp) fn is_load_parameter(text: &[u8]) -> bool {
    let good = |c: &u8| c.is_ascii_alphanumeric() || *c == b'.';
    (1..=8).contains(&text.len()) && text.iter().all(good)
}

fn ipl(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let Some(name) = words.next() else {
        return Err(hcp::HCPVMI022E.with(&[]));
    };
    let options = options(words)?;
    let upper = name.to_ascii_uppercase();
    // A hexadecimal number is a device, whatever systems are saved.
    if let Some(vdev) = words::vdev(name) {
        return device(ctx, vdev, options);
    }
    if ctx.sys.natives.contains_key(&upper) {
        return native(ctx, &upper, options);
    }
    named(ctx, &upper, options)
}

fn options(words: &mut Words<'_>) -> Result<Options, crate::base::Message> {
    let mut options = Options {
        clearing: Clearing::Keep,
        stop: false,
        loadparm: None,
        parm: None,
    };
    while let Some(word) = words.next() {
        match word {
            w if abbrev::matches("PARM", w) => {
                let text = words.rest().to_vec();
                if text.len() > 64 {
                    return Err(hcp::HCPVMI128E.with(&[]));
                }
                options.parm = Some(text);
                break;
            }
            w if abbrev::matches("CLear", w) => options.clearing = Clearing::Clear,
            w if abbrev::matches("NOCLear", w) => options.clearing = Clearing::Keep,
            w if abbrev::matches("STOP", w) => options.stop = true,
            w if abbrev::matches("LOADParm", w) => {
                let Some(text) = words.next() else {
                    return Err(hcp::HCPVMI026E.with(&[]));
                };
                if !is_load_parameter(text) {
                    return Err(hcp::HCPVMI002E.with(&[text]));
                }
                options.loadparm = Some(text.to_ascii_uppercase());
            }
            w => return Err(hcp::HCPVMI003E.with(&[w])),
        }
    }
    Ok(options)
}

fn native(ctx: &mut Ctx<'_>, name: &[u8], options: Options) -> Outcome {
    let user = ctx.user.clone();
    let info = NativeInfo {
        user: user.clone(),
        system_name: ctx.sys.name.clone(),
        clock: ctx.sys.clock.clone(),
        parm: options.parm.unwrap_or_default(),
        seed: ctx.sys.seed(),
    };
    let Some(make) = ctx.sys.natives.get(name) else {
        return Err(hcp::HCPVMI022E.with(&[]));
    };
    let system = make(&info);
    ctx.close_files();
    let guest = ctx.guest_mut()?;
    guest
        .hardware
        .reset(options.clearing)
        .map_err(|e| hcp::HCPVMI091E.with(&[e.to_string().as_bytes()]))?;
    guest.begin(Body::Native {
        name: name.to_vec(),
        system: Some(system),
        waits: Waits::Nothing,
    });
    guest.ipl = None;
    ctx.fate = Fate::Gone;
    Ok(())
}

fn device(ctx: &mut Ctx<'_>, vdev: u16, options: Options) -> Outcome {
    let number = format!("{vdev:04X}");
    let number = number.as_bytes();
    let device = ctx.guest().and_then(|g| g.vdevs.get(&vdev).cloned());
    let Some(device) = device else {
        return Err(hcp::HCPVMI040E.with(&[number]));
    };
    // The disk that ships with the program holds CMS.
    if let Vdev::Disk(disk) = &device
        && disk.image.is_none()
    {
        return match disk.files {
            Some(DiskPath::Embedded(_)) => native(ctx, b"CMS", options),
            _ => Err(hcp::HCPVMI229E.with(&[number])),
        };
    }
    let guest = ctx.guest_mut()?;
    guest
        .hardware
        .can_ipl(vdev)
        .map_err(|e| hcp::HCPVMI229E.with(&[e.to_string().as_bytes()]))?;
    ctx.close_files();
    let guest = ctx.guest_mut()?;
    guest.stop_all();
    let loaded = guest
        .hardware
        .ipl(vdev, options.clearing, options.parm.as_deref());
    ctx.fate = Fate::Gone;
    ctx.sys.tell_spool_faults(&ctx.user.clone());
    ctx.sys.tell_disk_faults(&ctx.user.clone());
    let guest = ctx.guest_mut()?;
    if let Err(error) = loaded {
        return Err(hcp::HCPVMI229E.with(&[error.to_string().as_bytes()]));
    }
    begin(guest, IplSource::Device(vdev), options);
    Ok(())
}

fn named(ctx: &mut Ctx<'_>, name: &[u8], options: Options) -> Outcome {
    let loaded = ctx
        .sys
        .saved
        .load(name)
        .map_err(|e| saved::load_trouble(name, &e))?;
    let definition = &loaded.header.definition;
    let guest = ctx.guest_mut()?;
    if definition.restricted && !guest.entry.namesave.iter().any(|n| n == name) {
        return Err(hcp::HCPNSI449E.with(&[name]));
    }
    if guest.storage < definition.minsize {
        let size = super::size(definition.minsize);
        return Err(hcp::HCPNSI445E.with(&[name, size.as_bytes()]));
    }
    if options.parm.is_some() && definition.parmregs == ParmRegs::None {
        return Err(hcp::HCPNSI446E.with(&[name]));
    }
    if options
        .parm
        .as_ref()
        .is_some_and(|p| p.len() > parm_room(definition.parmregs))
    {
        return Err(hcp::HCPVMI128E.with(&[]));
    }
    ctx.close_files();
    let guest = ctx.guest_mut()?;
    guest.stop_all();
    let done = guest
        .hardware
        .load_saved(&loaded, options.clearing, options.parm.as_deref());
    ctx.fate = Fate::Gone;
    let guest = ctx.guest_mut()?;
    if let Err(error) = done {
        return Err(hcp::HCPNSI444E.with(&[name, error.to_string().as_bytes()]));
    }
    guest.saved = Some(loaded);
    begin(guest, IplSource::Saved(name.to_vec()), options);
    Ok(())
}

/// The machine that was loaded begins, and remembers what it was told.
fn begin(guest: &mut Guest, source: IplSource, options: Options) {
    let loadparm = options.loadparm.as_deref();
    guest
        .hardware
        .set_load_parameter(loadparm.unwrap_or_default());
    guest.begin(Body::Machine);
    guest.ipl = Some(IplParameters {
        source,
        loadparm: options.loadparm,
        parm: options.parm,
    });
    guest.cp_read = options.stop;
}

fn parm_room(regs: ParmRegs) -> usize {
    match regs {
        ParmRegs::Range(m, n) => usize::from(n - m + 1) * 4,
        ParmRegs::None => 0,
    }
}
