//! Control instructions on the PSW, the control registers and the addressing modes
//! (Principles of Operation, chapter 10).

use super::Facility;
use super::Format::*;
use super::source::*;
use super::{Row, both, long, wide, with};
use crate::machine::access::Access;
use crate::machine::bits::{bits32, high32, join32, low8, low16, low32};
use crate::machine::block::Op;
use crate::machine::cpu::{Cpu, ProgramCode, Step, Stop};
use crate::machine::psw::{Amode, Psw, Space};
use crate::machine::spaces;
use crate::machine::storage::Storage;
use crate::machine::trace::{self, Entries};
use crate::machine::trap::HitKind;
use crate::machine::{Exit, Machine, interrupt};

pub(super) const TABLE: &[Row] = &[
    both(0x8200, "lpsw", S, load_psw).last(),
    long(0xB2B2, "lpswe", S, load_psw_extended).last(),
    both(0x8000, "ssm", S, set_system_mask).last(),
    both(0xAC00, "stnsm", Si, store_then_and),
    both(0xAD00, "stosm", Si, store_then_or).last(),
    both(0xB700, "lctl", Rs, load_control).last(),
    long(0xEB2F, "lctlg", Rsy, load_control_long).last(),
    both(0xB600, "stctl", Rs, store_control),
    long(0xEB25, "stctg", Rsy, store_control_long),
    both(0x0400, "spm", RrOne, set_program_mask),
    both(0xB222, "ipm", RreOne, insert_program_mask),
    long(0xB98D, "epsw", Rre, extract_psw),
    both(0xB20A, "spka", S, set_key_from_address).last(),
    both(0xB20B, "ipk", SNone, insert_key),
    both(0x010B, "tam", E, test_mode),
    both(0x010C, "sam24", E, set_mode_24).last(),
    both(0x010D, "sam31", E, set_mode_31).last(),
    both(0x010E, "sam64", E, set_mode_64).last(),
    both(0xB219, "sac", S, set_space::<false>).last(),
    both(0xB279, "sacf", S, set_space::<true>).last(),
    both(0xB224, "iac", RreOne, insert_space),
    long(0xB99D, "esea", RreOne, exchange_extended_authority),
    both(0xB226, "epar", RreOne, extract_primary),
    both(0xB227, "esar", RreOne, extract_secondary),
    wide(Facility::Both, 0x0A00, "svc", I, supervisor_call),
    both(0xAF00, "mc", Si, monitor_call),
    wide(Facility::Both, 0x8300, "diag", Rs, diagnose),
    wide(Facility::Both, 0xB2F0, "iucv", S, control_program),
    wide(Facility::Both, 0x9900, "trace", Rs, trace_registers),
    wide(Facility::Zarch, 0xEB0F, "tracg", Rsy, trace_registers),
    with(34, 0xE336, "pfd", RxyMask, nothing),
    with(34, 0xC602, "pfdrl", RilMask, nothing),
    with(34, 0xEB4C, "ecag", Rsy, extract_cache),
];

fn nothing(_: &mut Cpu, _: &mut Storage, _: &Op) -> Step {
    Ok(())
}

fn specification<T>() -> Result<T, Stop> {
    Err(Stop::Program(ProgramCode::SPECIFICATION))
}

/// Goes on under a PSW that was loaded: it may enable interruptions or change translation.
fn entered(cpu: &mut Cpu, psw: Psw) -> Step {
    cpu.load_psw(psw);
    Err(Stop::Loaded)
}

fn load_psw(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    cpu.supervisor()?;
    let a = aligned(first(cpu, op), 8)?;
    let image = cpu.load::<u64>(st, a, op.b)?;
    if cpu.psw.zarch && image & (0x0008_0000 << 32) == 0 {
        return specification();
    }
    entered(cpu, Psw::from_short(image, cpu.psw.zarch))
}

fn load_psw_extended(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    cpu.supervisor()?;
    let a = aligned(first(cpu, op), 8)?;
    let span = cpu.span(st, a, 16, op.b, Access::Fetch)?;
    let mut image = [0u8; 16];
    span.read(st, &mut image);
    let v = u128::from_be_bytes(image);
    let psw = Psw::from_long(
        crate::machine::bits::high64(v),
        crate::machine::bits::low64(v),
    );
    entered(cpu, psw)
}

/// The system-mask byte of the PSW.
fn system_mask(cpu: &Cpu) -> u8 {
    low8(cpu.psw.long().0 >> 56)
}

/// Sets bits 0 to 7 of the PSW; a bit that must be zero gives a specification exception.
fn replace_mask(cpu: &mut Cpu, mask: u8) -> Step {
    let (dat, per) = (cpu.psw.dat, cpu.psw.per);
    cpu.psw.per = mask & 0x40 != 0;
    cpu.psw.dat = mask & 4 != 0;
    cpu.psw.io = mask & 2 != 0;
    cpu.psw.ext = mask & 1 != 0;
    if mask & 0xB8 != 0 {
        // Found before the next instruction, with this one complete and its length in the code.
        cpu.psw.reserved |= u64::from(mask & 0xB8) << 56;
        return specification();
    }
    if dat != cpu.psw.dat || per != cpu.psw.per {
        cpu.refresh();
    }
    Err(Stop::Next)
}

fn set_system_mask(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    cpu.supervisor()?;
    // SSM suppression.
    if cpu.control(0, 33) {
        return Err(Stop::Program(ProgramCode::SPECIAL));
    }
    let a = first(cpu, op);
    let mask = cpu.load::<u8>(st, a, op.b)?;
    replace_mask(cpu, mask)
}

fn store_then_and(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    cpu.supervisor()?;
    let a = first(cpu, op);
    let old = system_mask(cpu);
    cpu.store(st, a, op.b, old)?;
    let new = old & low8(u64::from(bits32(op.imm)));
    if (old ^ new) & !3 == 0 {
        // Only interruptions were disabled: nothing has to be looked at.
        cpu.psw.io = new & 2 != 0;
        cpu.psw.ext = new & 1 != 0;
        return Ok(());
    }
    replace_mask(cpu, new)
}

fn store_then_or(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    cpu.supervisor()?;
    let a = first(cpu, op);
    let old = system_mask(cpu);
    cpu.store(st, a, op.b, old)?;
    let new = old | low8(u64::from(bits32(op.imm)));
    if new == old {
        return Ok(());
    }
    replace_mask(cpu, new)
}

/// How many control registers.
fn count_of(op: &Op) -> u8 {
    super::load::registers(op)
}

fn load_control(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    cpu.supervisor()?;
    let a = aligned(first(cpu, op), 4)?;
    let n = count_of(op);
    let mut bytes = [0u8; 64];
    let len = usize::from(n) * 4;
    cpu.span(st, a, len, op.b, Access::Fetch)?
        .read(st, &mut bytes[..len]);
    for (i, w) in (0..n).zip(bytes.chunks_exact(4)) {
        let r = usize::from((op.r1 + i) & 15);
        cpu.cr[r] = join32(
            high32(cpu.cr[r]),
            u32::from_be_bytes([w[0], w[1], w[2], w[3]]),
        );
    }
    cpu.refresh();
    Err(Stop::Next)
}

fn load_control_long(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    cpu.supervisor()?;
    let a = aligned(first(cpu, op), 8)?;
    let n = count_of(op);
    let mut bytes = [0u8; 128];
    let len = usize::from(n) * 8;
    cpu.span(st, a, len, op.b, Access::Fetch)?
        .read(st, &mut bytes[..len]);
    for (i, w) in (0..n).zip(bytes.chunks_exact(8)) {
        let r = usize::from((op.r1 + i) & 15);
        cpu.cr[r] = u64::from_be_bytes([w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]]);
    }
    cpu.refresh();
    Err(Stop::Next)
}

fn store_control(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    cpu.supervisor()?;
    let a = aligned(first(cpu, op), 4)?;
    let cr = cpu.cr;
    let all = (0..count_of(op)).map(|i| low32(cr[usize::from((op.r1 + i) & 15)]).to_be_bytes());
    let bytes: Vec<u8> = all.flatten().collect();
    cpu.store_bytes(st, a, op.b, &bytes)
}

fn store_control_long(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    cpu.supervisor()?;
    let a = aligned(first(cpu, op), 8)?;
    let cr = cpu.cr;
    let all = (0..count_of(op)).map(|i| cr[usize::from((op.r1 + i) & 15)].to_be_bytes());
    let bytes: Vec<u8> = all.flatten().collect();
    cpu.store_bytes(st, a, op.b, &bytes)
}

fn set_program_mask(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    let v = low8(u64::from(cpu.gr32(op.r1) >> 24));
    cpu.psw.cc = v >> 4 & 3;
    cpu.psw.progmask = v & 15;
    Ok(())
}

fn insert_program_mask(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    let top = cpu.psw.cc << 4 | cpu.psw.progmask;
    let v = cpu.gr32(op.r1) & 0x00FF_FFFF | u32::from(top) << 24;
    cpu.set_gr32(op.r1, v);
    Ok(())
}

fn extract_psw(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    let (mask, _) = cpu.psw.long();
    cpu.set_gr32(op.r1, high32(mask));
    if op.r2 != 0 {
        cpu.set_gr32(op.r2, low32(mask));
    }
    Ok(())
}

/// Whether the PSW-key mask of control register 3 lets the problem state use a key.
pub(super) fn key_allowed(cpu: &Cpu, key: u8) -> Step {
    let mask = low16(cpu.cr[3] >> 16);
    if cpu.psw.problem && mask & (0x8000 >> (key & 15)) == 0 {
        return Err(Stop::Program(ProgramCode::PRIVILEGED));
    }
    Ok(())
}

fn set_key_from_address(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    let key = low8(first(cpu, op)) >> 4;
    key_allowed(cpu, key)?;
    cpu.psw.key = key;
    cpu.refresh();
    Err(Stop::Next)
}

/// Extraction authority: the problem state needs the bit of control register 0.
fn extraction(cpu: &Cpu) -> Step {
    if cpu.psw.problem && !cpu.control(0, 36) {
        return Err(Stop::Program(ProgramCode::PRIVILEGED));
    }
    Ok(())
}

fn insert_key(cpu: &mut Cpu, _: &mut Storage, _: &Op) -> Step {
    extraction(cpu)?;
    let v = cpu.gr64(2) & !0xFF;
    cpu.set_gr64(2, v | u64::from(cpu.psw.key) << 4);
    Ok(())
}

fn test_mode(cpu: &mut Cpu, _: &mut Storage, _: &Op) -> Step {
    cpu.set_cc(match cpu.psw.amode {
        Amode::A24 => 0,
        Amode::A31 => 1,
        Amode::A64 => 3,
    });
    Ok(())
}

fn set_mode(cpu: &mut Cpu, st: &mut Storage, op: &Op, amode: Amode) -> Step {
    let next = crate::machine::run::next_of(cpu, op);
    if next & !amode.mask() != 0 {
        return specification();
    }
    let mut traced = Entries::default();
    traced.mode(cpu, st, amode, next)?;
    traced.store(cpu, st)?;
    cpu.psw.amode = amode;
    cpu.amask = amode.mask();
    Err(Stop::Next)
}

fn set_mode_24(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    set_mode(cpu, st, op, Amode::A24)
}

fn set_mode_31(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    set_mode(cpu, st, op, Amode::A31)
}

fn set_mode_64(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    if !cpu.psw.zarch {
        return Err(Stop::Program(ProgramCode::OPERATION));
    }
    set_mode(cpu, st, op, Amode::A64)
}

/// SET ADDRESS SPACE CONTROL; the fast form does not serialize, which nobody here can see.
fn set_space<const FAST: bool>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    let code = low32(first(cpu, op)) >> 8 & 15;
    let space = match code {
        0 => Space::Primary,
        1 => Space::Secondary,
        2 => Space::Access,
        3 => Space::Home,
        _ => return specification(),
    };
    if !cpu.psw.dat || space != Space::Home && !cpu.control(0, 37) {
        return Err(Stop::Program(ProgramCode::SPECIAL));
    }
    if space == Space::Home && cpu.psw.problem {
        return Err(Stop::Program(ProgramCode::PRIVILEGED));
    }
    go_to_space(cpu, space);
    Err(Stop::Next)
}

/// Goes on in an address-space mode; going into or out of the home space may be an event.
pub(super) fn go_to_space(cpu: &mut Cpu, space: Space) {
    let (old, home) = (cpu.psw.space, cpu.cr[13]);
    cpu.psw.space = space;
    cpu.refresh();
    match (old, space) {
        _ if !cpu.psw.dat => {}
        (Space::Home, Space::Home) => {}
        (Space::Home, _) => {
            let asks = spaces::asks_for_event(cpu, cpu.cr[1]);
            spaces::note_switch(cpu, asks, home, 0);
        }
        (_, Space::Home) => {
            let asks = spaces::asks_for_event(cpu, home);
            spaces::note_switch(cpu, asks, cpu.cr[1], spaces::primary(cpu));
        }
        _ => {}
    }
}

/// These need DAT; the problem state needs extraction authority.
fn with_spaces(cpu: &Cpu) -> Step {
    if !cpu.psw.dat {
        return Err(Stop::Program(ProgramCode::SPECIAL));
    }
    extraction(cpu)
}

fn insert_space(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    with_spaces(cpu)?;
    let code = match cpu.psw.space {
        Space::Primary => 0,
        Space::Secondary => 1,
        Space::Access => 2,
        Space::Home => 3,
    };
    let v = cpu.gr64(op.r1) & !0xFF00;
    cpu.set_gr64(op.r1, v | u64::from(code) << 8);
    cpu.set_cc(code);
    Ok(())
}

/// EXTRACT AND SET EXTENDED AUTHORITY: the index in control register 8 becomes the one in bits 48-63 of the register,
/// and is kept in bits 32-47.
fn exchange_extended_authority(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    cpu.supervisor()?;
    let (given, old) = (cpu.gr32(op.r1), low32(cpu.cr[8]));
    cpu.set_gr32(op.r1, old & 0xFFFF_0000 | given & 0xFFFF);
    cpu.cr[8] = join32(high32(cpu.cr[8]), given << 16 | old & 0xFFFF);
    Ok(())
}

fn extract_primary(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    with_spaces(cpu)?;
    let v = low32(cpu.cr[4]) & 0xFFFF;
    cpu.set_gr32(op.r1, v);
    Ok(())
}

fn extract_secondary(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    with_spaces(cpu)?;
    let v = low32(cpu.cr[3]) & 0xFFFF;
    cpu.set_gr32(op.r1, v);
    Ok(())
}

fn supervisor_call(m: &mut Machine, i: usize, op: &Op) -> Result<Option<Exit>, Stop> {
    let number = low8(u64::from(bits32(op.imm)));
    let ilc = op.len;
    let old = m.cpus[i].psw;
    if interrupt::svc(&mut m.cpus[i], &mut m.storage, number, ilc).is_err() {
        m.cpus[i].state = crate::machine::State::CheckStop;
        return Ok(Some(Exit::CheckStop {
            cpu: low8(u64::from(m.cpus[i].address)),
        }));
    }
    let at = old.addr.wrapping_sub(u64::from(ilc)) & old.amode.mask();
    Ok(m.hit(i, HitKind::Svc { number }, at, vec![0x0A, number]))
}

fn monitor_call(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    let class = bits32(op.imm);
    if class > 15 {
        return specification();
    }
    if cpu.cr[8] & (0x8000 >> class) == 0 {
        return Ok(());
    }
    cpu.fault = crate::machine::cpu::Fault {
        monitor_class: low8(u64::from(class)),
        monitor_code: first(cpu, op),
        ..Default::default()
    };
    Err(Stop::Program(ProgramCode::MONITOR))
}

fn diagnose(m: &mut Machine, i: usize, op: &Op) -> Result<Option<Exit>, Stop> {
    let cpu = &m.cpus[i];
    cpu.supervisor()?;
    Ok(Some(Exit::Diagnose {
        cpu: low8(u64::from(cpu.address)),
        code: first(cpu, op) & 0xFFFF,
        r1: op.r1,
        r3: op.r3,
    }))
}

fn control_program(m: &mut Machine, i: usize, op: &Op) -> Result<Option<Exit>, Stop> {
    let cpu = &m.cpus[i];
    cpu.supervisor()?;
    Ok(Some(Exit::ControlProgram {
        cpu: low8(u64::from(cpu.address)),
        instruction: 0xB2F0_0000 | u32::from(op.b) << 12 | bits32(op.disp),
        address: first(cpu, op),
    }))
}

/// TRACE: an entry with the clock, the operand and the registers, when explicit tracing is on.
fn trace_registers(m: &mut Machine, i: usize, op: &Op) -> Result<Option<Exit>, Stop> {
    m.cpus[i].supervisor()?;
    if m.cpus[i].cr[12] & trace::EXPLICIT == 0 {
        return Ok(None);
    }
    let long = super::opcode_of(op) == Some(0xEB0F);
    let now = m.tod.now(m.instructions);
    let cpu = &mut m.cpus[i];
    let a = aligned(first(cpu, op), 4)?;
    let operand = cpu.load::<u32>(&mut m.storage, a, op.b)?;
    if operand & 0x8000_0000 != 0 {
        // The operand's own switch.
        return Ok(None);
    }
    let registers = (0..super::load::registers(op)).map(|r| cpu.gr64((op.r1 + r) & 15));
    let registers: Vec<u64> = registers.collect();
    let bytes = trace::explicit(long, now, operand, &registers);
    let mut traced = Entries::default();
    traced.add(cpu, &m.storage, bytes)?;
    traced.store(cpu, &mut m.storage)?;
    Ok(None)
}

/// EXTRACT CACHE ATTRIBUTE: one level of unified cache is shown as private, lines of 256 bytes.
fn extract_cache(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    let a = address(cpu, op);
    let (attribute, level) = (a >> 4 & 15, a >> 1 & 7);
    let v = match (attribute, level) {
        // Another selector: CPU attributes.
        _ if a >> 8 & 0xFFFF != 0 => u64::MAX,
        // Topology summary: level 0 private, unified (separate caches are not shown).
        (0, _) => 0x0400_0000_0000_0000,
        (1, 0) => 256,
        (2, 0) => 0x4_0000,
        (3, 0) => 8,
        _ => u64::MAX,
    };
    cpu.set_gr64(op.r1, v);
    Ok(())
}
