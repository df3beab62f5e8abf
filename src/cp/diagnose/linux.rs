//! DIAGNOSE X'258', page reference services, and X'288', the virtual machine's timer (z/VM CP Programming
//! Services): what Linux uses to hear of pages that are away, and to be restarted when it hangs.

use super::{Answer, Call, guest, read, register, set_register};
use crate::base::codepage::ebcdic_to_host;
use crate::cp::native::Origin;
use crate::cp::system::System;
use crate::machine::ProgramCode;

/// What X'258' returns in Ry.
mod reply {
    pub const DONE: u64 = 0;
    /// CANCEL: there is no token.
    pub const NOT_SET: u64 = 4;
    /// TOKEN: there is one.
    pub const SET_BEFORE: u64 = 8;
}

/// X'258': a processor gives the token by which it wants to be told of pages that are not there, or takes it
/// back. No page of a virtual machine is ever away, so it is never told.
pub(super) fn page_reference(sys: &mut System, id: &[u8], call: &Call) -> Answer {
    const TOKEN: u16 = 0;
    const CANCEL: u16 = 1;
    const LENGTH: u64 = 40;
    /// The reserved word as the token's owner has it in z/Architecture.
    const ZARCH: u64 = 1 << 63;
    let g = guest(sys, id)?;
    let at = register(g, call.cpu, call.r1);
    if !at.is_multiple_of(8) {
        return Err(ProgramCode::SPECIFICATION);
    }
    let block = read(g, call.cpu, at, LENGTH)?;
    let half = |at: usize| u16::from_be_bytes([block[at], block[at + 1]]);
    let long = |at: usize| {
        block[at..at + 8]
            .iter()
            .fold(0, |n, b| n << 8 | u64::from(*b))
    };
    let [token, select, compare, reserved] = [8, 16, 24, 32].map(long);
    if half(0) != 0x258 || half(4) < 5 || half(6) != 2 {
        return Err(ProgramCode::SPECIFICATION);
    }
    let generation = g.generation;
    g.page_tokens.retain(|(_, made)| *made == generation);
    let own = (call.cpu, generation);
    let done = match half(2) {
        TOKEN if g.page_tokens.contains(&own) => reply::SET_BEFORE,
        TOKEN => {
            if compare & select != compare || !token.is_multiple_of(8) || reserved != ZARCH {
                return Err(ProgramCode::SPECIFICATION);
            }
            read(g, call.cpu, token, 8)?;
            g.page_tokens.insert(own);
            reply::DONE
        }
        CANCEL => {
            if token | select | compare | reserved != 0 {
                return Err(ProgramCode::SPECIFICATION);
            }
            match g.page_tokens.remove(&own) {
                true => reply::DONE,
                false => reply::NOT_SET,
            }
        }
        _ => return Err(ProgramCode::SPECIFICATION),
    };
    set_register(g, call.cpu, call.r3, done);
    Ok(())
}

/// The timer of a virtual machine, and what CP does for it when it has run out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watchdog {
    /// When, in microseconds since 1970.
    pub at: i64,
    /// Microseconds from one setting to the end.
    every: i64,
    /// The commands, with X'15' between them.
    command: Vec<u8>,
}

/// X'288': the timer is set (0), set again (1) or stopped (2); Rx+1 has its seconds, Ry and Ry+1 the commands
/// that CP executes when the program does not set it again in time. The bit of CONCEAL has nothing to act on.
pub(super) fn watchdog(sys: &mut System, id: &[u8], call: &Call) -> Answer {
    const SET: u64 = 0;
    const CHANGE: u64 = 1;
    const STOP: u64 = 2;
    const CONCEAL: u64 = 0x8000_0000;
    const SHORTEST: u64 = 15;
    const LONGEST_COMMAND: u64 = 240;
    let now = sys.clock.micros();
    let g = guest(sys, id)?;
    if !call.r1.is_multiple_of(2) || !call.r3.is_multiple_of(2) {
        return Err(ProgramCode::SPECIFICATION);
    }
    let value = |r| register(g, call.cpu, r) & 0xFFFF_FFFF;
    let (function, seconds) = (value(call.r1) & !CONCEAL, value(call.r1 + 1));
    let (at, length) = (register(g, call.cpu, call.r3), value(call.r3 + 1));
    let every = i64::try_from(seconds)
        .unwrap_or(i64::MAX)
        .saturating_mul(1_000_000);
    let ends = now.saturating_add(every);
    match function {
        STOP => g.watchdog = None,
        SET | CHANGE if seconds < SHORTEST => return Err(ProgramCode::SPECIFICATION),
        SET => {
            if !(1..=LONGEST_COMMAND).contains(&length) {
                return Err(ProgramCode::SPECIFICATION);
            }
            let command = ebcdic_to_host(&read(g, call.cpu, at, length)?);
            g.watchdog = Some(Watchdog {
                at: ends,
                every,
                command,
            });
        }
        CHANGE => {
            let Some(watchdog) = &mut g.watchdog else {
                return Err(ProgramCode::SPECIFICATION);
            };
            (watchdog.at, watchdog.every) = (ends, every);
        }
        _ => return Err(ProgramCode::SPECIFICATION),
    }
    Ok(())
}

impl System {
    /// Executes the commands of a virtual machine's timer when it has run out. They are the machine's own, with
    /// its privileges; the responses are shown on its console.
    pub(in crate::cp) fn bite(&mut self, id: &[u8], now: i64) {
        let Some(guest) = self.guests.get_mut(id) else {
            return;
        };
        let Some(watchdog) = guest.watchdog.take_if(|w| w.at <= now) else {
            return;
        };
        for command in watchdog.command.split(|c| b"\x15\n".contains(c)) {
            self.console_command(id, command.trim_ascii(), Origin::Console);
        }
    }
}
