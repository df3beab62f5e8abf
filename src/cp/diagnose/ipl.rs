//! DIAGNOSE X'308', list-directed IPL: how an operating system resets the machine, asks what it was
//! loaded from, says what it wants to be loaded from and loads again (its `reboot`).
//!
//! The subcode is in Ry, the address of an IPL parameter block in Rx, an even register; the response code
//! comes back in Rx+1.

use super::{Answer, Call, guest, read, register, set_register, write};
use crate::base::codepage::{ebcdic_field, ebcdic_to_host, host_to_ebcdic};
use crate::cp::commands::is_load_parameter;
use crate::cp::guest::IplSource;
use crate::cp::system::System;
use crate::machine::{ProgramCode, Reset};

/// What one load was told, as IPL or subcode 5 said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IplParameters {
    /// Where the system comes from.
    pub source: IplSource,
    /// The load parameter, upper case.
    pub loadparm: Option<Vec<u8>>,
    /// The PARM string, as the host has text.
    pub parm: Option<Vec<u8>>,
}

/// Subcodes.
mod subcode {
    pub const CLEAR_RESET: u64 = 0;
    pub const NORMAL_RESET: u64 = 1;
    pub const LOAD_CLEAR: u64 = 3;
    pub const LOAD_NORMAL_DUMP: u64 = 4;
    pub const SET: u64 = 5;
    pub const STORE: u64 = 6;
    pub const LOAD_NORMAL: u64 = 7;
}

/// Response codes.
mod response {
    pub const DONE: u64 = 0x0001;
    pub const NO_PARAMETERS: u64 = 0x0102;
    pub const INVALID_BLOCK: u64 = 0x0402;
}

/// The parts of an IPL parameter block of type CCW: a list header of 8 bytes, then the block.
mod block {
    /// Length of the list, and of the block in it.
    pub const LIST: u32 = 200;
    pub const LENGTH: u32 = 192;
    pub const TYPE_CCW: u8 = 2;
    pub const TYPE_AT: usize = 12;
    pub const VERSION_AT: usize = 7;
    pub const BLOCK_FLAGS_AT: usize = 13;
    pub const LOADPARM_AT: usize = 16;
    pub const DEVICE_AT: usize = 110;
    pub const FLAGS_AT: usize = 112;
    pub const PARM_LENGTH_AT: usize = 116;
    pub const NAME_AT: usize = 120;
    pub const PARM_AT: usize = 128;
    pub const PARM_ROOM: usize = 64;
    /// Of the block's flags: the load parameter is valid.
    pub const LOADPARM: u8 = 0x80;
    /// The name of a saved system is valid.
    pub const SAVED_SYSTEM: u8 = 0x80;
    /// The PARM string is valid.
    pub const PARM: u8 = 0x40;
}

pub(super) fn list_directed(sys: &mut System, id: &[u8], call: &Call) -> Answer {
    let g = guest(sys, id)?;
    let (asked, at) = (
        register(g, call.cpu, call.r3),
        register(g, call.cpu, call.r1),
    );
    match asked {
        subcode::CLEAR_RESET => reset(sys, id, Reset::Initial),
        subcode::NORMAL_RESET => reset(sys, id, Reset::Normal),
        subcode::LOAD_CLEAR => load(sys, id, true),
        subcode::LOAD_NORMAL_DUMP | subcode::LOAD_NORMAL => load(sys, id, false),
        subcode::SET | subcode::STORE => {
            if !call.r1.is_multiple_of(2) || !at.is_multiple_of(4096) {
                return Err(ProgramCode::SPECIFICATION);
            }
            let response = match asked {
                subcode::SET => set(sys, id, call, at)?,
                _ => store(sys, id, call, at)?,
            };
            set_register(guest(sys, id)?, call.cpu, call.r1 + 1, response);
            Ok(())
        }
        _ => Err(ProgramCode::SPECIFICATION),
    }
}

/// Subcodes 0 and 1: the processors and the channels are reset, and the processor that asked goes on with
/// the PSW at absolute 0.
fn reset(sys: &mut System, id: &[u8], how: Reset) -> Answer {
    let g = guest(sys, id)?;
    g.hardware
        .reset_and_go_on(how)
        .map_err(|_| ProgramCode::ADDRESSING)
}

/// Subcodes 3, 4 and 7: an IPL as the parameters say; storage is cleared with subcode 3.
fn load(sys: &mut System, id: &[u8], clear: bool) -> Answer {
    let Some(parameters) = guest(sys, id)?.ipl.clone() else {
        return Err(ProgramCode::SPECIFICATION);
    };
    let mut command = match &parameters.source {
        IplSource::Device(number) => format!("IPL {number:04X}").into_bytes(),
        IplSource::Saved(name) => [b"IPL ", name.as_slice()].concat(),
    };
    command.extend_from_slice(if clear { b" CLEAR" } else { b" NOCLEAR" });
    if let Some(loadparm) = &parameters.loadparm {
        command.extend_from_slice(b" LOADPARM ");
        command.extend_from_slice(loadparm);
    }
    if let Some(parm) = &parameters.parm {
        command.extend_from_slice(b" PARM ");
        command.extend_from_slice(parm);
    }
    let reply = sys.command(id, &command);
    if reply.rc != 0 {
        // There is nothing that the program could go on with.
        for line in &reply.response {
            sys.console_write(id, line);
        }
        sys.enter_cp(id);
    }
    Ok(())
}

/// Subcode 5: what the next load is to be told.
fn set(sys: &mut System, id: &[u8], call: &Call, at: u64) -> Result<u64, ProgramCode> {
    let g = guest(sys, id)?;
    let list = read(g, call.cpu, at, u64::from(block::LIST))?;
    let Some(parameters) = taken_apart(&list) else {
        return Ok(response::INVALID_BLOCK);
    };
    g.ipl = Some(parameters);
    Ok(response::DONE)
}

/// What a parameter block says; nothing when it is not one that can be used.
fn taken_apart(list: &[u8]) -> Option<IplParameters> {
    let word = |at: usize| Some(u32::from_be_bytes(list.get(at..at + 4)?.try_into().ok()?));
    let good = word(0)? >= block::LIST
        && word(8)? >= block::LENGTH
        && list.get(block::VERSION_AT) == Some(&0)
        && list.get(block::TYPE_AT) == Some(&block::TYPE_CCW);
    if !good {
        return None;
    }
    let flags = *list.get(block::FLAGS_AT)?;
    let source = if flags & block::SAVED_SYSTEM != 0 {
        let name = ebcdic_to_host(list.get(block::NAME_AT..block::PARM_AT)?);
        let name = name.trim_ascii().to_ascii_uppercase();
        let is_name = !name.is_empty() && name.iter().all(u8::is_ascii_alphanumeric);
        IplSource::Saved(is_name.then_some(name)?)
    } else {
        let number = list.get(block::DEVICE_AT..block::FLAGS_AT)?;
        IplSource::Device(u16::from_be_bytes(number.try_into().ok()?))
    };
    let loadparm = load_parameter(list)?;
    let length = usize::try_from(word(block::PARM_LENGTH_AT)?).ok()?;
    if flags & block::PARM == 0 || length == 0 {
        return Some(IplParameters {
            source,
            loadparm,
            parm: None,
        });
    }
    if length > block::PARM_ROOM {
        return None;
    }
    let parm = ebcdic_to_host(list.get(block::PARM_AT..block::PARM_AT + length)?);
    // A line end would be another command.
    let is_text = !parm.iter().any(|c| b"\x15\n".contains(c));
    let parm = Some(is_text.then_some(parm)?);
    Some(IplParameters {
        source,
        loadparm,
        parm,
    })
}

/// The load parameter of a block, none when it is all blanks or zeros; nothing at all when it is not one.
fn load_parameter(list: &[u8]) -> Option<Option<Vec<u8>>> {
    let said = *list.get(block::BLOCK_FLAGS_AT)? & block::LOADPARM != 0;
    let field = list.get(block::LOADPARM_AT..block::LOADPARM_AT + 8)?;
    let text = ebcdic_to_host(field).to_ascii_uppercase();
    let text = text.trim_ascii();
    if !said || text.iter().all(|c| *c == 0) {
        return Some(None);
    }
    is_load_parameter(text).then(|| Some(text.to_vec()))
}

/// Subcode 6: what the last load was told.
fn store(sys: &mut System, id: &[u8], call: &Call, at: u64) -> Result<u64, ProgramCode> {
    let g = guest(sys, id)?;
    let Some(parameters) = &g.ipl else {
        return Ok(response::NO_PARAMETERS);
    };
    let list = put_together(parameters);
    write(g, call.cpu, at, &list)?;
    Ok(response::DONE)
}

/// The parameter block of a load.
fn put_together(parameters: &IplParameters) -> Vec<u8> {
    let mut list = block::LIST.to_be_bytes().to_vec();
    list.resize(8, 0);
    list.extend(block::LENGTH.to_be_bytes());
    list.push(block::TYPE_CCW);
    list.resize(block::LOADPARM_AT, 0);
    let loadparm = parameters.loadparm.as_deref();
    if loadparm.is_some() {
        list[block::BLOCK_FLAGS_AT] = block::LOADPARM;
    }
    list.extend(ebcdic_field(loadparm.unwrap_or_default(), 8));
    list.resize(block::DEVICE_AT, 0);
    let mut flags = 0;
    let mut name: &[u8] = b"";
    match &parameters.source {
        IplSource::Device(number) => list.extend(number.to_be_bytes()),
        IplSource::Saved(saved) => {
            flags |= block::SAVED_SYSTEM;
            name = saved;
            list.extend([0; 2]);
        }
    }
    let mut parm = host_to_ebcdic(parameters.parm.as_deref().unwrap_or_default());
    parm.truncate(block::PARM_ROOM);
    if parameters.parm.is_some() {
        flags |= block::PARM;
    }
    list.push(flags);
    list.resize(block::PARM_LENGTH_AT, 0);
    list.extend(u32::try_from(parm.len()).unwrap_or(0).to_be_bytes());
    list.extend(ebcdic_field(name, 8));
    list.extend(parm);
    list.resize(usize::try_from(block::LIST).unwrap_or(200), 0);
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_says_what_the_load_was_told() {
        let loads = [
            (IplSource::Device(0x00C), None, None),
            (
                IplSource::Device(0x1200),
                Some(b"2.PROMPT".to_vec()),
                Some(b"root=/dev/dasda1".to_vec()),
            ),
            (
                IplSource::Saved(b"LXSHR".to_vec()),
                Some(b"1".to_vec()),
                Some(b"single".to_vec()),
            ),
        ];
        for (source, loadparm, parm) in loads {
            let parameters = IplParameters {
                source,
                loadparm,
                parm,
            };
            assert_eq!(taken_apart(&put_together(&parameters)), Some(parameters));
        }
    }

    #[test]
    fn what_is_no_block_is_refused() {
        let good = put_together(&IplParameters {
            source: IplSource::Saved(b"LXSHR".to_vec()),
            loadparm: None,
            parm: Some(b"x".to_vec()),
        });
        // Lengths, version, type; a PARM that is too long, or holds a second command; a name that is none.
        for (at, byte) in [
            (3, 100),
            (11, 8),
            (7, 9),
            (12, 0),
            (116, 1),
            (119, 65),
            (128, 0x15),
            (121, 0x15),
        ] {
            let mut bad = good.clone();
            bad[at] = byte;
            assert_eq!(taken_apart(&bad), None, "byte {at}");
        }
        assert_eq!(taken_apart(&good[..60]), None);
    }
}
