//! What stands on the operator's panel of a virtual machine: BEGIN, STOP, SYSTEM, EXTERNAL, RESET, ATTN,
//! CPU (z/VM CP Commands).

use super::{Ctx, Outcome, Row, no_more, run};
use crate::base::abbrev;
use crate::base::msg::hcp;
use crate::cp::guest::Body;
use crate::cp::hardware::Clearing;
use crate::cp::native::{Fate, Origin};
use crate::cp::words::{self, Words};

pub(super) const COMMANDS: &[Row] = &[
    Row {
        name: "Begin",
        classes: "G",
        run: begin,
        usage: "Begin [hexloc]",
        doc: "Goes on with the virtual machine, at an address if one is given.",
        example: "BEGIN",
    },
    Row {
        name: "STOP",
        classes: "G",
        run: stop,
        usage: "STOP",
        doc: "Stops the virtual machine and enters CP.",
        example: "STOP",
    },
    Row {
        name: "CP",
        classes: "",
        run: cp,
        usage: "CP [command]",
        doc: "Enters CP, or issues one command to it.",
        example: "CP QUERY TIME",
    },
    Row {
        name: "SYStem",
        classes: "G",
        run: system,
        usage: "SYStem CLEAR|RESET|RESTART",
        doc: "Resets the virtual machine, clears its storage, or gives it a restart interruption.",
        example: "SYSTEM RESET",
    },
    Row {
        name: "EXTernal",
        classes: "G",
        run: external,
        usage: "EXTernal [code]",
        doc: "Gives the virtual machine an external interruption, that of the interrupt key if none is named.",
        example: "EXTERNAL",
    },
    Row {
        name: "RESET",
        classes: "G",
        run: reset,
        usage: "RESET vdev",
        doc: "Resets a device and clears what is pending on it.",
        example: "RESET 9",
    },
    Row {
        name: "READY",
        classes: "G",
        run: ready,
        usage: "READY vdev",
        doc: "Makes a device ready, which tells the virtual machine.",
        example: "READY C",
    },
    Row {
        name: "NOTReady",
        classes: "G",
        run: notready,
        usage: "NOTReady vdev",
        doc: "Makes a device not ready.",
        example: "NOTREADY C",
    },
    Row {
        name: "ATTN",
        classes: "G",
        run: attention,
        usage: "ATTN",
        doc: "Presses the attention key for the virtual machine.",
        example: "ATTN",
    },
    Row {
        name: "REQuest",
        classes: "G",
        run: attention,
        usage: "REQuest",
        doc: "Presses the attention key for the virtual machine.",
        example: "REQUEST",
    },
    Row {
        name: "CPU",
        classes: "G",
        run: cpu,
        usage: "CPU {nn|ALL} command",
        doc: "Issues a command for one virtual processor.",
        example: "CPU 0 DISPLAY PSW",
    },
    Row {
        name: "VInput",
        classes: "G",
        run: vinput,
        usage: "VInput [VMSG|PVMSG] text",
        doc: "Types a line at the operating system console of the service processor.",
        example: "QUERY VIRTUAL CONSOLE",
    },
];

fn begin(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let address = match words.next() {
        Some(word) => Some(words::hex(word).ok_or_else(|| hcp::HCPCFB002E.with(&[word]))?),
        None => None,
    };
    no_more(words, &hcp::HCPCFB003E)?;
    let guest = ctx.guest_mut()?;
    if let Some(address) = address {
        guest.hardware.set_address(address);
    }
    // A machine that was loaded by hand (STORE, SYSTEM RESET) goes on as its PSW says.
    if matches!(guest.body, Body::Empty) {
        if address.is_none() && !guest.hardware.loaded() {
            return Ok(());
        }
        guest.body = Body::Machine;
    }
    if matches!(guest.body, Body::Machine) {
        guest.hardware.start();
    }
    guest.cp_read = false;
    Ok(())
}

fn stop(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    no_more(words, &hcp::HCPCFB003E)?;
    ctx.guest_mut()?.cp_read = true;
    ctx.fate = Fate::Sleeps(i64::MAX);
    Ok(())
}

fn cp(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    if !words.is_empty() {
        return run(ctx, words);
    }
    if ctx.origin == Origin::Program {
        let user = ctx.user.clone();
        ctx.sys.enter_cp(&user);
        ctx.fate = Fate::Sleeps(i64::MAX);
    }
    Ok(())
}

fn system(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let Some(word) = words.next() else {
        return Err(hcp::HCPCFY026E.with(&[]));
    };
    no_more(words, &hcp::HCPCFY003E)?;
    if abbrev::matches("RESTART", word) {
        let guest = ctx.guest_mut()?;
        guest.hardware.restart();
        if matches!(guest.body, Body::Empty) {
            guest.body = Body::Machine;
        }
        guest.cp_read = false;
        return Ok(());
    }
    let (clearing, said) = match word {
        w if abbrev::matches("CLEAR", w) => (Clearing::Clear, "Storage cleared - system reset."),
        w if abbrev::matches("RESET", w) => (Clearing::Keep, "System reset."),
        w => return Err(hcp::HCPCFY002E.with(&[w])),
    };
    ctx.close_files();
    let guest = ctx.guest_mut()?;
    let done = guest.hardware.reset(clearing);
    guest.stop_all();
    done.map_err(|e| hcp::HCPVMI091E.with(&[e.to_string().as_bytes()]))?;
    ctx.fate = Fate::Gone;
    ctx.say(said);
    Ok(())
}

fn external(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let code = match words.next() {
        Some(word) => {
            let code = words::hex(word).and_then(|c| u16::try_from(c).ok());
            code.ok_or_else(|| hcp::HCPCFB002E.with(&[word]))?
        }
        None => 0x40,
    };
    no_more(words, &hcp::HCPCFB003E)?;
    let guest = ctx.guest_mut()?;
    guest.hardware.external(code);
    // The command also goes on with the machine.
    if matches!(guest.body, Body::Machine) {
        guest.cp_read = false;
    }
    Ok(())
}

fn device_number(ctx: &Ctx<'_>, words: &mut Words<'_>) -> Result<u16, crate::base::Message> {
    let vdev = words
        .next()
        .and_then(words::vdev)
        .ok_or_else(|| hcp::HCPCFB022E.with(&[]))?;
    no_more(words, &hcp::HCPCFB003E)?;
    match ctx.guest().is_some_and(|g| g.vdevs.contains_key(&vdev)) {
        true => Ok(vdev),
        false => Err(hcp::HCPCFB040E.with(&[format!("{vdev:04X}").as_bytes()])),
    }
}

fn reset(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let vdev = device_number(ctx, words)?;
    ctx.guest_mut()?.hardware.reset_device(vdev);
    ctx.inform("DEVICE RESET");
    Ok(())
}

fn ready(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    set_ready(ctx, words, true)
}

fn notready(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    set_ready(ctx, words, false)
}

fn set_ready(ctx: &mut Ctx<'_>, words: &mut Words<'_>, ready: bool) -> Outcome {
    let vdev = device_number(ctx, words)?;
    let user = ctx.user.clone();
    ctx.sys.set_ready(&user, vdev, ready)
}

fn attention(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    no_more(words, &hcp::HCPCFB003E)?;
    let guest = ctx.guest_mut()?;
    match &mut guest.body {
        Body::Machine => guest.hardware.attention(),
        Body::Native {
            system: Some(system),
            ..
        } => system.attention(),
        _ => {}
    }
    Ok(())
}

fn cpu(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let Some(word) = words.next() else {
        return Err(hcp::HCPCFB026E.with(&[]));
    };
    let guest = ctx.guest_mut()?;
    let have = guest.hardware.cpu_addresses();
    let before = guest.hardware.current();
    let chosen: Vec<u16> = match words::hex(word) {
        _ if word.eq_ignore_ascii_case(b"ALL") => have,
        Some(n) => have.into_iter().filter(|a| u64::from(*a) == n).collect(),
        None => Vec::new(),
    };
    if chosen.is_empty() {
        return Err(hcp::HCPCFB002E.with(&[word]));
    }
    let mut outcome = Ok(());
    for address in chosen {
        let mut rest = *words;
        if let Ok(guest) = ctx.guest_mut() {
            guest.hardware.select(address);
        }
        outcome = run(ctx, &mut rest);
        if outcome.is_err() {
            break;
        }
    }
    if let Ok(guest) = ctx.guest_mut() {
        guest.hardware.select(before);
    }
    outcome
}

/// Lines for Linux's operating system console, which an LPAR's operator would type there.
fn vinput(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let mut rest = *words;
    if rest
        .next()
        .is_some_and(|w| abbrev::matches("VMSG", w) || abbrev::matches("PVMSG", w))
    {
        *words = rest;
    }
    if words.is_empty() {
        return Err(hcp::HCPCFB026E.with(&[]));
    }
    let text = words.rest().to_vec();
    let guest = ctx.guest_mut()?;
    if !guest.hardware.service_input(&text) {
        return Err(hcp::HCPCFB2790E.with(&[]));
    }
    Ok(())
}
