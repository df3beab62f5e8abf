//! What a 3990 tells of itself and its devices: SENSE ID, READ DEVICE CHARACTERISTICS, READ CONFIGURATION
//! DATA, PERFORM SUBSYSTEM FUNCTION with READ SUBSYSTEM DATA. No feature is there that it would have to
//! list: no parallel access volumes, no PREFIX, no transport mode.

use super::ckd::Ckd;
use super::{Done, Trouble};
use crate::base::codepage::host_to_ebcdic;
use crate::machine::channel::{Device, Transfer, UnitStatus};

/// SENSE ID's word for READ CONFIGURATION DATA: its command code and length.
const READ_CONFIGURATION: [u8; 4] = [0x40, 0xFA, 0x01, 0x00];

/// X'E4': SENSE ID, with the command that it says is there.
pub(super) fn sense_id(disk: &mut Ckd, _: u8, data: &mut Transfer<'_>) -> Done {
    let mut answer = disk.identity().sense_id().to_vec();
    answer.push(0);
    answer.extend(READ_CONFIGURATION);
    data.put(&answer);
    Ok(UnitStatus::NORMAL)
}

/// X'64': READ DEVICE CHARACTERISTICS.
pub(super) fn characteristics(disk: &mut Ckd, _: u8, data: &mut Transfer<'_>) -> Done {
    data.put(&disk.geometry.characteristics(disk.cylinders));
    Ok(UnitStatus::NORMAL)
}

/// A node-element descriptor: flags, type and class, then what it is called.
fn element(head: [u8; 4], kind: &str) -> Vec<u8> {
    let mut out = head.to_vec();
    // Type, model, manufacturer, plant, sequence number; in front of the tag.
    out.extend(host_to_ebcdic(
        format!("  {kind:<7}VMS00000000000001").as_bytes(),
    ));
    out.resize(30, 0);
    out.extend([0x03, 0]);
    out
}

/// X'FA': READ CONFIGURATION DATA: device, string, storage director and subsystem, and at the end how to
/// reach the device.
pub(super) fn configuration(disk: &mut Ckd, _: u8, data: &mut Transfer<'_>) -> Done {
    let identity = disk.identity();
    let device = format!("{:04X}0{:02X}", identity.device, identity.device_model);
    let control = format!(
        "{:04X}0{:02X}",
        identity.control_unit, identity.control_unit_model
    );
    let subsystem = format!("{:04X}", identity.control_unit);
    let mut out = Vec::new();
    for (head, kind) in [
        ([0xC4, 0x01, 0x01, 0x00], &device),
        ([0xC4, 0x00, 0x00, 0x00], &device),
        ([0xD4, 0x02, 0x00, 0x00], &control),
        ([0xF0, 0x00, 0x00, 0x01], &subsystem),
    ] {
        out.extend(element(head, kind));
    }
    let [high, low] = disk.number.to_be_bytes();
    out[31] = low;
    out.resize(256, 0);
    let qualifier = &mut out[224..];
    // General qualifier; missing interrupts are waited for 30 seconds.
    qualifier[0] = 0x80;
    qualifier[6] = 30;
    // The subsystem identification and the unit address in it.
    qualifier[8] = high;
    qualifier[10] = 0x80;
    qualifier[11..14].fill(low);
    qualifier[18] = 0x80;
    qualifier[19] = low;
    data.put(&out);
    Ok(UnitStatus::NORMAL)
}

fn subsystem_status(disk: &Ckd) -> Vec<u8> {
    let [high, low] = disk.number.to_be_bytes();
    let mut out = vec![0; 40];
    out[1] = low;
    out[38] = high;
    out
}

/// X'54': SENSE SUBSYSTEM STATUS: no cache, nothing to tell.
pub(super) fn status(disk: &mut Ckd, _: u8, data: &mut Transfer<'_>) -> Done {
    data.put(&subsystem_status(disk));
    Ok(UnitStatus::NORMAL)
}

/// X'27': PERFORM SUBSYSTEM FUNCTION. An order or suborder that is not there is a parameter that is not
/// valid, which operating systems take as "not offered".
pub(super) fn perform(disk: &mut Ckd, _: u8, data: &mut Transfer<'_>) -> Done {
    let order = data.get_all(4096);
    let byte = |at: usize| order.get(at).copied();
    match (byte(0), byte(1), byte(6)) {
        (_, _, None) => Err(Trouble::SHORT),
        // Prepare for read subsystem data.
        (Some(0x18), Some(0), Some(suborder)) => {
            disk.chain.prepared = Some(match suborder {
                0x00 => subsystem_status(disk),
                0x0E => unit_addresses(),
                // Feature codes.
                0x41 => vec![0; 256],
                _ => return Err(Trouble::PARAMETER),
            });
            Ok(UnitStatus::NORMAL)
        }
        // Set subsystem characteristics: who the host is, without parallel access volumes.
        (Some(0x1D), Some(0), Some(suborder)) if suborder & 0x08 == 0 => Ok(UnitStatus::NORMAL),
        _ => Err(Trouble::PARAMETER),
    }
}

/// Type and base of each of the 256 unit addresses: every device is a base device; only an alias has one.
fn unit_addresses() -> Vec<u8> {
    [1, 0].repeat(256)
}

/// X'3E': READ SUBSYSTEM DATA: what was prepared in this chain.
pub(super) fn read_data(disk: &mut Ckd, _: u8, data: &mut Transfer<'_>) -> Done {
    let prepared = disk.chain.prepared.take().ok_or(Trouble::SEQUENCE)?;
    data.put(&prepared);
    Ok(UnitStatus::NORMAL)
}
