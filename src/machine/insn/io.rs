//! Input/output instructions (Principles of Operation, chapter 14) and SERVC: the operands are fetched and stored
//! here, what they mean is the channel subsystem's and the service processor's matter.

use super::Facility::Both;
use super::Format::*;
use super::source::*;
use super::{Row, wide};
use crate::machine::access::Access;
use crate::machine::bits::{index, low8};
use crate::machine::block::Op;
use crate::machine::channel::OperandException;
use crate::machine::cpu::{ProgramCode, Stop};
use crate::machine::interrupt::lowcore;
use crate::machine::sclp::{Configuration, ServiceException};
use crate::machine::storage::PAGE;
use crate::machine::{Exit, Machine};

pub(super) const TABLE: &[Row] = &[
    wide(Both, 0xB233, "ssch", S, start),
    wide(Both, 0xB235, "tsch", S, test),
    wide(Both, 0xB234, "stsch", S, store),
    wide(Both, 0xB232, "msch", S, modify),
    wide(Both, 0xB238, "rsch", SNone, resume),
    wide(Both, 0xB231, "hsch", SNone, halt),
    wide(Both, 0xB230, "csch", SNone, clear),
    wide(Both, 0xB276, "xsch", SNone, cancel),
    wide(Both, 0xB236, "tpi", S, test_pending),
    wide(Both, 0xB239, "stcrw", S, store_report),
    wide(Both, 0xB23C, "schm", SNone, set_monitor),
    wide(Both, 0xB237, "sal", SNone, set_limit),
    wide(Both, 0xB23B, "rchp", SNone, reset_path),
    wide(Both, 0xB23A, "stcps", S, store_path_status),
    wide(Both, 0xB25F, "chsc", RreOne, call),
    wide(Both, 0xB220, "servc", Rre, service),
];

type Done = Result<Option<Exit>, Stop>;

impl From<OperandException> for Stop {
    fn from(_: OperandException) -> Stop {
        Stop::Program(ProgramCode::OPERAND)
    }
}

/// The condition code is set; a pending function sends control to the channel subsystem.
fn done(m: &mut Machine, i: usize, cc: u8) -> Done {
    m.cpus[i].set_cc(cc);
    Ok(m.channels.work_pending().then_some(Exit::ChannelWork))
}

/// The subsystem-identification word.
fn id(m: &Machine, i: usize) -> u32 {
    m.cpus[i].gr32(1)
}

/// The operand's address on a word boundary, from the supervisor state only.
fn operand(m: &Machine, i: usize, op: &Op) -> Result<u64, Stop> {
    let cpu = &m.cpus[i];
    cpu.supervisor()?;
    aligned(first(cpu, op), 4)
}

fn fetch<const N: usize>(m: &mut Machine, i: usize, op: &Op) -> Result<[u8; N], Stop> {
    let at = operand(m, i, op)?;
    let mut image = [0; N];
    m.cpus[i].fetch_bytes(&mut m.storage, at, op.b, &mut image)?;
    Ok(image)
}

/// Makes sure that the operand can be stored, then makes it and stores it.
fn put<const N: usize>(
    m: &mut Machine,
    i: usize,
    op: &Op,
    make: impl FnOnce(&mut Machine) -> Result<Option<[u8; N]>, Stop>,
) -> Result<(), Stop> {
    let at = operand(m, i, op)?;
    let span = m.cpus[i].span(&mut m.storage, at, N, op.b, Access::Store)?;
    if let Some(bytes) = make(m)? {
        span.write(&mut m.storage, &bytes);
    }
    Ok(())
}

fn start(m: &mut Machine, i: usize, op: &Op) -> Done {
    let orb = fetch::<12>(m, i, op)?;
    let cc = m.channels.start(id(m, i), &orb)?;
    done(m, i, cc)
}

fn test(m: &mut Machine, i: usize, op: &Op) -> Done {
    let mut cc = 3;
    let subsystem = id(m, i);
    put::<64>(m, i, op, |m| {
        let (code, irb) = m.channels.test(subsystem)?;
        cc = code;
        Ok(irb)
    })?;
    done(m, i, cc)
}

fn store(m: &mut Machine, i: usize, op: &Op) -> Done {
    let mut cc = 3;
    let subsystem = id(m, i);
    put::<52>(m, i, op, |m| {
        let schib = m.channels.store(subsystem)?;
        cc = if schib.is_some() { 0 } else { 3 };
        Ok(schib)
    })?;
    done(m, i, cc)
}

fn modify(m: &mut Machine, i: usize, op: &Op) -> Done {
    let pmcw = fetch::<28>(m, i, op)?;
    let cc = m.channels.modify(id(m, i), &pmcw)?;
    done(m, i, cc)
}

fn resume(m: &mut Machine, i: usize, _: &Op) -> Done {
    m.cpus[i].supervisor()?;
    let cc = m.channels.resume(id(m, i))?;
    done(m, i, cc)
}

fn halt(m: &mut Machine, i: usize, _: &Op) -> Done {
    m.cpus[i].supervisor()?;
    let cc = m.channels.halt(id(m, i))?;
    done(m, i, cc)
}

fn cancel(m: &mut Machine, i: usize, _: &Op) -> Done {
    m.cpus[i].supervisor()?;
    let cc = m.channels.cancel(id(m, i))?;
    done(m, i, cc)
}

fn clear(m: &mut Machine, i: usize, _: &Op) -> Done {
    m.cpus[i].supervisor()?;
    let cc = m.channels.clear(id(m, i))?;
    done(m, i, cc)
}

fn test_pending(m: &mut Machine, i: usize, op: &Op) -> Done {
    let at = operand(m, i, op)?;
    let mask = low8(m.cpus[i].cr[6] >> 24);
    if at == 0 {
        // The interruption code goes where an interruption would put it.
        if let Some(io) = m.channels.test_pending(mask) {
            let zarch = m.cpus[i].psw.zarch;
            let mut words = [io.subsystem_id, io.parameter, io.identification]
                .map(u32::to_be_bytes)
                .concat();
            words.truncate(if zarch { 12 } else { 8 });
            let place = lowcore(&m.cpus[i], 184);
            let stored = m.storage.write(place, &words);
            stored.map_err(|_| Stop::Program(ProgramCode::PROTECTION))?;
            return done(m, i, 1);
        }
        return done(m, i, 0);
    }
    let mut cc = 0;
    put::<8>(m, i, op, |m| {
        Ok(m.channels.test_pending(mask).map(|io| {
            cc = 1;
            let mut words = [0; 8];
            words[..4].copy_from_slice(&io.subsystem_id.to_be_bytes());
            words[4..].copy_from_slice(&io.parameter.to_be_bytes());
            words
        }))
    })?;
    done(m, i, cc)
}

fn store_report(m: &mut Machine, i: usize, op: &Op) -> Done {
    let mut cc = 0;
    put::<4>(m, i, op, |m| {
        let (code, report) = m.channels.store_report();
        cc = code;
        Ok(Some(report.to_be_bytes()))
    })?;
    done(m, i, cc)
}

fn set_monitor(m: &mut Machine, i: usize, _: &Op) -> Done {
    m.cpus[i].supervisor()?;
    let (one, two) = (m.cpus[i].gr32(1), m.cpus[i].gr64(2));
    m.channels.set_monitor(one, two)?;
    Ok(None)
}

fn set_limit(m: &mut Machine, i: usize, _: &Op) -> Done {
    m.cpus[i].supervisor()?;
    m.channels.set_address_limit(id(m, i))?;
    Ok(None)
}

fn reset_path(m: &mut Machine, i: usize, _: &Op) -> Done {
    m.cpus[i].supervisor()?;
    let cc = m.channels.reset_path(id(m, i))?;
    done(m, i, cc)
}

fn store_path_status(m: &mut Machine, i: usize, op: &Op) -> Done {
    m.cpus[i].supervisor()?;
    aligned(first(&m.cpus[i], op), 32)?;
    put::<32>(m, i, op, |m| Ok(Some(m.channels.path_status())))?;
    Ok(None)
}

fn call(m: &mut Machine, i: usize, op: &Op) -> Done {
    m.cpus[i].supervisor()?;
    let at = aligned(super::moves::pointer(&m.cpus[i], op.r1), PAGE)?;
    let size = index(PAGE);
    let from = m.cpus[i].locate(&mut m.storage, at, size, op.r1, Access::Fetch)?;
    let mut block = [0u8; 4096];
    m.storage.copy_out(from, &mut block);
    let to = m.cpus[i].locate(&mut m.storage, at, size, op.r1, Access::Store)?;
    let cc = m.channels.call(&mut block)?;
    m.storage.copy_in(to, &block);
    done(m, i, cc)
}

fn service(m: &mut Machine, i: usize, op: &Op) -> Done {
    m.cpus[i].supervisor()?;
    let cpus: Vec<u8> = m.cpus.iter().map(|c| low8(u64::from(c.address))).collect();
    let cpu = &m.cpus[i];
    let configuration = Configuration {
        storage: m.storage.size(),
        cpus: &cpus,
        highest_cpu: m.config.most_cpus.saturating_sub(1),
        prefix: cpu.prefix,
    };
    let (command, at) = (cpu.gr32(op.r1), super::moves::pointer(cpu, op.r2));
    let number = low8(u64::from(cpu.address));
    let called = m.sclp.call(&mut m.storage, &configuration, command, at);
    let cc = called.map_err(|refused| {
        Stop::Program(match refused {
            ServiceException::Addressing => ProgramCode::ADDRESSING,
            ServiceException::Protection => ProgramCode::PROTECTION,
            ServiceException::Specification => ProgramCode::SPECIFICATION,
        })
    })?;
    m.cpus[i].set_cc(cc);
    Ok(m.sclp
        .has_output()
        .then_some(Exit::ServiceCall { cpu: number }))
}
