//! The exchanges that operating systems have with the service processor.

use proptest::prelude::*;

use super::*;
use crate::base::codepage::host_to_ebcdic;
use crate::machine::channel::Plain;

const AT: u64 = 0x1_0000;
const WRITE_MASK: u32 = 0x0078_0005;
const WRITE_DATA: u32 = 0x0076_0005;
const READ_DATA: u32 = 0x0077_0005;

struct Rig {
    sclp: Sclp,
    memory: Plain,
}

impl Rig {
    fn new() -> Rig {
        Rig {
            sclp: Sclp::new(),
            memory: Plain::new(0x4_0000),
        }
    }

    fn call_at(&mut self, command: u32, at: u64) -> Result<ConditionCode, ServiceException> {
        let configuration = Configuration {
            storage: 64 << 20,
            cpus: &[0, 1],
            highest_cpu: 3,
            prefix: 0x2_0000,
        };
        self.sclp
            .call(&mut self.memory, &configuration, command, at)
    }

    /// Performs a command on these SCCB bytes, takes the signal, and gives the response code.
    fn call(&mut self, command: u32, sccb: &[u8]) -> u16 {
        self.memory.write(AT, sccb).unwrap();
        assert_eq!(self.call_at(command, AT), Ok(0));
        let parameter = self.sclp.take_signal().unwrap();
        assert_eq!(u64::from(parameter & !7), AT);
        let mut response = [0; 2];
        self.memory.read(AT + 6, &mut response).unwrap();
        u16::from_be_bytes(response)
    }

    fn bytes(&self, at: usize, len: usize) -> &[u8] {
        let start = usize::try_from(AT).unwrap() + at;
        &self.memory.bytes[start..start + len]
    }

    /// Sets 4-byte event masks: what the program receives and sends.
    fn masks(&mut self, receive: u32, send: u32) {
        let mut sccb = [0; 28];
        sccb[1] = 28;
        sccb[11] = 4;
        sccb[12..16].copy_from_slice(&receive.to_be_bytes());
        sccb[16..20].copy_from_slice(&send.to_be_bytes());
        assert_eq!(self.call(WRITE_MASK, &sccb), 0x0020);
    }

    fn write_event(&mut self, kind: u8, body: &[u8]) -> u16 {
        let length = 14 + body.len();
        let mut sccb = vec![0; length];
        sccb[0..2].copy_from_slice(&u16::try_from(length).unwrap().to_be_bytes());
        sccb[8..10].copy_from_slice(&u16::try_from(length - 8).unwrap().to_be_bytes());
        sccb[10] = kind;
        sccb[14..].copy_from_slice(body);
        self.call(WRITE_DATA, &sccb)
    }

    fn read_events(&mut self) -> u16 {
        let mut sccb = [0; 4096];
        sccb[0] = 0x10;
        sccb[5] = 0x80;
        self.call(READ_DATA, &sccb)
    }
}

/// A message-data block with a general object and text objects.
fn message(lines: &[&[u8]]) -> Vec<u8> {
    let mut objects = vec![0; 56];
    objects[1] = 56;
    objects[3] = 1;
    for line in lines {
        let text = host_to_ebcdic(line);
        let length = u16::try_from(10 + text.len()).unwrap();
        objects.extend(length.to_be_bytes());
        objects.extend([0, 4, 0x10, 0, 0, 0, 0, 0]);
        objects.extend(text);
    }
    let length = u16::try_from(12 + objects.len()).unwrap();
    let mut block = length.to_be_bytes().to_vec();
    block.extend([0, 1, 0xD4, 0xC4, 0xC2, 0x40, 0, 0, 0, 1]);
    block.extend(objects);
    block
}

#[test]
fn the_configuration_is_told() {
    let mut rig = Rig::new();
    let mut sccb = [0; 4096];
    sccb[0] = 0x10;
    assert_eq!(rig.call(0x0012_0001, &sccb), 0x0010);
    // 64 increments of 1M, two processors at offset 128, READ CPU INFO provided.
    assert_eq!(rig.bytes(8, 3), [0, 64, 1]);
    assert_eq!(rig.bytes(16, 4), [0, 2, 0, 128]);
    assert_eq!(rig.bytes(48, 1), [0x08]);
    assert_eq!(rig.bytes(120, 2), [0, 3], "the highest processor address");
    assert_eq!((rig.bytes(128, 1)[0], rig.bytes(144, 1)[0]), (0, 1));
    assert_eq!(rig.call(0x0001_0001, &sccb), 0x0010);
    assert_eq!(rig.bytes(8, 4), [0, 2, 0, 24]);
    // The byte that the command leaves open does not matter.
    assert_eq!(rig.call(0x0002_FF01, &sccb), 0x0010);
    // Too short for the answer.
    sccb[0] = 0;
    sccb[1] = 64;
    assert_eq!(rig.call(0x0002_0001, &sccb), 0x0300);
}

#[test]
fn an_unknown_command_is_refused_and_a_page_may_not_be_crossed() {
    let mut rig = Rig::new();
    assert_eq!(rig.call(0x0099_0001, &[0, 16, 0, 0, 0, 0, 0, 0]), 0x01F0);
    rig.memory.write(0x1_0FF8, &[0, 16]).unwrap();
    assert_eq!(rig.call_at(0x0002_0001, 0x1_0FF8), Ok(0));
    assert_eq!(rig.memory.bytes[0x1_0FFE..0x1_1000], [0x01, 0x00]);
}

#[test]
fn bad_addresses_and_lengths_are_program_exceptions() {
    use ServiceException::{Addressing, Specification};
    let mut rig = Rig::new();
    let cases = [
        (0x1_0004, Specification),
        (0x1000, Specification),
        (0x2_1000, Specification),
        (0x1_0000_0000, Specification),
        (0x7000_0000, Addressing),
    ];
    for (at, exception) in cases {
        assert_eq!(rig.call_at(0x0002_0001, at), Err(exception), "{at:X}");
    }
    rig.memory.write(AT, &[0, 7]).unwrap();
    assert_eq!(rig.call_at(0x0002_0001, AT), Err(Specification));
}

#[test]
fn a_call_waits_for_the_last_ones_signal() {
    let mut rig = Rig::new();
    rig.memory.write(AT, &[0, 8]).unwrap();
    assert_eq!(rig.call_at(0x0099_0001, AT), Ok(0));
    assert_eq!(rig.call_at(0x0099_0001, AT), Ok(2));
    assert_eq!(rig.sclp.take_signal(), Some(0x1_0000));
    assert_eq!(rig.call_at(0x0099_0001, AT), Ok(0));
}

#[test]
fn messages_become_lines() {
    let mut rig = Rig::new();
    rig.masks(0x8000_0000, 0x4000_0000);
    // The service processor receives MSG and VT220, and sends OPCMD, VT220 and signal quiesce.
    assert_eq!(rig.bytes(20, 4), [0x40, 0, 0, 0x40]);
    assert_eq!(rig.bytes(24, 4), [0x80, 0, 0, 0x48]);
    let block = message(&[b"Linux version 6.1", b"", b"(debian)"]);
    assert_eq!(rig.write_event(0x02, &block), 0x0020);
    assert_eq!(rig.bytes(11, 1), [0x80], "accepted");
    let lines = rig.sclp.take_output();
    assert_eq!(lines, [&b"Linux version 6.1"[..], b"", b"(debian)"]);
    assert!(!rig.sclp.has_output());
    // A type that is not there.
    assert_eq!(rig.write_event(0x10, b"x"), 0x40F0);
}

#[test]
fn ascii_data_becomes_lines_when_they_end() {
    let mut rig = Rig::new();
    assert_eq!(rig.write_event(0x1A, b"one\r\ntw"), 0x0020);
    assert_eq!(rig.sclp.take_output(), [b"one"]);
    assert_eq!(rig.sclp.unfinished(), b"tw");
    assert_eq!(rig.write_event(0x1A, b"o\n\n"), 0x0020);
    assert_eq!(rig.sclp.take_output(), [&b"two"[..], b""]);
}

#[test]
fn a_typed_line_is_an_operator_command() {
    let mut rig = Rig::new();
    assert!(!rig.sclp.input(b"ignored"), "the program takes nothing yet");
    assert_eq!(rig.sclp.signal(), None);
    rig.masks(0x8000_0000, 0x4000_0000);
    assert!(rig.sclp.input(b"help"));
    assert!(rig.sclp.input(b""));
    assert_eq!(rig.sclp.take_signal(), Some(1));
    assert_eq!(rig.read_events(), 0x0020);
    let text = host_to_ebcdic(b"help");
    let found = rig.bytes(8, 64);
    assert_eq!(found[2], 0x01);
    assert_eq!(found[8..10], [0x13, 0x10]);
    assert_eq!(found[12..14], [0x12, 0x12]);
    assert_eq!(found[16..18], [0x13, 0x20]);
    assert_eq!(found[18..22], [8, 0x31, 6, 0x30]);
    assert_eq!(found[22..26], text[..]);
    // Vectors close on the same byte.
    assert_eq!((found[1], found[7], found[11], found[15]), (26, 20, 16, 12));
    // Both events were in it, and the length tells the end.
    assert_eq!(found[26..29], [0, 22, 0x01]);
    assert_eq!(rig.bytes(0, 2), [0, 8 + 26 + 22]);
    assert_eq!(rig.read_events(), 0x60F0);
}

#[test]
fn a_typed_line_goes_where_the_program_spoke_last() {
    let mut rig = Rig::new();
    rig.masks(0x8000_0040, 0x4000_0040);
    rig.write_event(0x1A, b"login: ");
    assert!(rig.sclp.input(b"root"));
    rig.sclp.take_signal();
    assert_eq!(rig.read_events(), 0x0020);
    assert_eq!(rig.bytes(8, 12), b"\x00\x0C\x1A\x00\x00\x00\x00root\r");
    rig.write_event(0x02, &message(&[b"hello"]));
    assert_eq!(rig.sclp.take_output(), [&b"login: "[..], b"hello"]);
    rig.sclp.input(b"x");
    rig.sclp.take_signal();
    rig.read_events();
    assert_eq!(rig.bytes(10, 1), [0x01]);
}

#[test]
fn masks_may_have_any_length_and_pending_events_are_told() {
    let mut rig = Rig::new();
    let mut sccb = [0; 44];
    sccb[1] = 44;
    sccb[11] = 8;
    sccb[12] = 0x80;
    assert_eq!(rig.call(WRITE_MASK, &sccb), 0x0020);
    assert_eq!(rig.bytes(28, 8), [0x40, 0, 0, 0x40, 0, 0, 0, 0]);
    rig.sclp.input(b"x");
    rig.sclp.take_signal();
    // Bit 31 of the next signal says that an event waits.
    rig.memory.write(AT, &sccb).unwrap();
    rig.call_at(WRITE_MASK, AT).unwrap();
    assert_eq!(rig.sclp.take_signal(), Some(0x1_0001));
    for (length, mask) in [(44, 0), (44, 9), (13, 1)] {
        sccb[1] = length;
        sccb[11] = mask;
        assert_eq!(rig.call(WRITE_MASK, &sccb), 0x74F0);
    }
}

#[test]
fn selective_reading_and_reads_of_what_is_not_received() {
    let mut rig = Rig::new();
    rig.masks(0x8000_0000, 0);
    let mut sccb = [0; 64];
    sccb[1] = 64;
    sccb[2] = 0x80;
    sccb[8..12].copy_from_slice(&0x0000_0040u32.to_be_bytes());
    assert_eq!(rig.call(READ_DATA, &sccb), 0x70F0);
    sccb[8..12].copy_from_slice(&0x8000_0000u32.to_be_bytes());
    assert_eq!(rig.call(READ_DATA, &sccb), 0x60F0);
    sccb[2] = 0x40;
    assert_eq!(rig.call(READ_DATA, &sccb), 0x40F0);
    assert!(!rig.sclp.quiesce(10), "not received");
}

#[test]
fn event_buffers_must_fill_the_block() {
    let mut rig = Rig::new();
    let mut sccb = [0; 20];
    sccb[1] = 20;
    for (length, code) in [(5, 0x73F0), (13, 0x73F0), (8, 0x72F0)] {
        sccb[9] = length;
        sccb[10] = 0x1A;
        assert_eq!(rig.call(WRITE_DATA, &sccb), code, "{length}");
    }
    assert!(rig.sclp.take_output().is_empty());
}

proptest! {
    /// Whatever the SCCB says, a call neither panics nor writes outside of it.
    #[test]
    fn any_control_block_is_survived(
        command in prop::sample::select(vec![0x0002_0001u32, 0x0001_0001, WRITE_MASK, WRITE_DATA, READ_DATA]),
        length in 0u16..0x1100,
        body in proptest::collection::vec(any::<u8>(), 0..200),
        small in any::<bool>(),
    ) {
        let mut rig = Rig::new();
        rig.masks(0x8000_0000, 0);
        rig.sclp.input(b"hello");
        rig.sclp.take_signal();
        rig.memory.bytes.fill(0xEE);
        let length = if small { length & 0xFF } else { length };
        let mut sccb = length.to_be_bytes().to_vec();
        sccb.extend(&body);
        rig.memory.write(AT, &sccb).unwrap();
        let before = rig.memory.bytes.clone();
        let _ = rig.call_at(command, AT);
        let end = 0x1_0000 + usize::from(length).max(8);
        prop_assert_eq!(&rig.memory.bytes[..0x1_0000], &before[..0x1_0000]);
        prop_assert_eq!(&rig.memory.bytes[end..], &before[end..]);
    }
}
