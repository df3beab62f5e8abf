//! Behaviour of channel programs and of the I/O instructions, with a device made for the purpose.

use proptest::prelude::*;

use super::*;

/// A device that reads from a tape of bytes and keeps what is written to it.
struct Probe {
    /// Records that reads (X'02') give, in order; then unit exception.
    records: std::collections::VecDeque<Vec<u8>>,
    /// What writes (X'01') took.
    written: Vec<Vec<u8>>,
    commands: Vec<u8>,
    /// Reads wait while there are no records.
    waits: bool,
    halts: usize,
    unsolicited: Option<UnitStatus>,
}

impl Device for Probe {
    fn identity(&self) -> Identity {
        Identity {
            class: Class::Dasd,
            control_unit: 0x1234,
            control_unit_model: 0x56,
            device: 0x789A,
            device_model: 0xBC,
        }
    }

    fn execute(&mut self, command: u8, data: &mut Transfer<'_>) -> Outcome {
        self.commands.push(command);
        match command {
            0x01 => self.written.push(data.get_all(200)),
            // A fixed-length write: it wants 8 bytes, no more and no less.
            0x05 => {
                let mut record = [0; 8];
                let got = data.get(&mut record);
                self.written.push(record[..got].to_vec());
            }
            0x02 => {
                let Some(record) = self.records.pop_front() else {
                    if self.waits {
                        return Outcome::Pending;
                    }
                    return Outcome::Ended(UnitStatus::EXCEPTION);
                };
                data.put(&record);
            }
            0x03 => {}
            // Search: equal, so the next CCW is skipped.
            0x31 => return Outcome::Ended(UnitStatus::NORMAL.with(UnitStatus::MODIFIER)),
            _ => return Outcome::Ended(UnitStatus::CHECK),
        }
        Outcome::Ended(UnitStatus::NORMAL)
    }

    fn halt(&mut self) {
        self.halts += 1;
    }

    fn take_unsolicited(&mut self) -> Option<UnitStatus> {
        self.unsolicited.take()
    }
}

struct Rig {
    channels: Channels,
    memory: Plain,
    probe: Probe,
    /// Device numbers that are there.
    there: bool,
}

struct Only<'a>(Option<&'a mut Probe>);

impl DeviceMap for Only<'_> {
    fn device(&mut self, _: u16) -> Option<&mut dyn Device> {
        match &mut self.0 {
            Some(probe) => Some(&mut **probe),
            None => None,
        }
    }
}

const ID: u32 = 0x0001_0000;
const PROGRAM: u64 = 0x1000;
/// ORB word 1: all paths.
const PATHS: u32 = 0x0000_FF00;
const FORMAT_1: u32 = 0x0080_0000;

impl Rig {
    fn new() -> Rig {
        let mut channels = Channels::new();
        channels.attach(0x0120);
        let mut rig = Rig {
            channels,
            memory: Plain::new(0x10_0000),
            probe: Probe {
                records: Default::default(),
                written: Vec::new(),
                commands: Vec::new(),
                waits: false,
                halts: 0,
                unsolicited: None,
            },
            there: true,
        };
        let mut pmcw = [0; 28];
        // ISC 3, enabled, all logical paths, all paths operational.
        pmcw[4] = 3 << 3;
        pmcw[5] = 0x80;
        pmcw[8] = 0xFF;
        pmcw[14] = 0xFF;
        assert_eq!(rig.channels.modify(ID, &pmcw), Ok(0));
        rig
    }

    fn put(&mut self, at: u64, bytes: &[u8]) {
        self.memory.write(at, bytes).unwrap();
    }

    /// Puts format-0 CCWs at PROGRAM.
    fn ccws(&mut self, ccws: &[(u8, u32, u8, u16)]) {
        for (at, (command, address, flags, count)) in (PROGRAM..).step_by(8).zip(ccws) {
            self.put(at, &format_0(*command, *address, *flags, *count));
        }
    }

    fn start(&mut self, control: u32) -> ConditionCode {
        let mut orb = [0; 12];
        orb[0..4].copy_from_slice(&0xCAFE_F00Du32.to_be_bytes());
        orb[4..8].copy_from_slice(&(PATHS | control).to_be_bytes());
        orb[8..12].copy_from_slice(&u32::try_from(PROGRAM).unwrap().to_be_bytes());
        self.channels.start(ID, &orb).unwrap()
    }

    fn service(&mut self) -> Progress {
        let mut only = Only(self.there.then_some(&mut self.probe));
        self.channels.service(&mut self.memory, &mut only)
    }

    /// Runs the program at PROGRAM and gives the IRB's status.
    fn run(&mut self, control: u32) -> Scsw {
        assert_eq!(self.start(control), 0);
        assert_eq!(self.service(), Progress::Quiet);
        self.test()
    }

    fn test(&mut self) -> Scsw {
        let (cc, irb) = self.channels.test(ID).unwrap();
        assert_eq!(cc, 0, "status is pending");
        let irb = irb.unwrap();
        Scsw {
            control: subchannel::word(&irb, 0),
            ccw: subchannel::word(&irb, 4),
            device: irb[8],
            channel: irb[9],
            count: u16::from_be_bytes([irb[10], irb[11]]),
        }
    }

    fn bytes(&self, at: usize, len: usize) -> &[u8] {
        &self.memory.bytes[at..at + len]
    }
}

fn format_0(command: u8, address: u32, flags: u8, count: u16) -> [u8; 8] {
    let [_, a, b, c] = address.to_be_bytes();
    let [high, low] = count.to_be_bytes();
    [command, a, b, c, flags, 0, high, low]
}

fn format_1(command: u8, address: u32, flags: u8, count: u16) -> [u8; 8] {
    let [a, b, c, d] = address.to_be_bytes();
    let [high, low] = count.to_be_bytes();
    [command, flags, high, low, a, b, c, d]
}

const ENDED: u32 = scsw::PRIMARY | scsw::SECONDARY | scsw::PENDING;

#[test]
fn command_chaining_reads_record_after_record() {
    let mut rig = Rig::new();
    rig.probe.records = [b"one!".to_vec(), b"two!".to_vec()].into();
    rig.ccws(&[(0x02, 0x2000, flag::CHAIN_COMMAND, 4), (0x02, 0x2004, 0, 4)]);
    let status = rig.run(0);
    assert_eq!(rig.bytes(0x2000, 8), b"one!two!");
    assert_eq!(status.control & scsw::STATUS, ENDED);
    assert_eq!(status.control & scsw::FUNCTION, scsw::START);
    assert_eq!((status.device, status.channel, status.count), (0x0C, 0, 0));
    assert_eq!(status.ccw, 0x1010);
}

#[test]
fn an_interruption_brings_the_orbs_parameter_under_its_subclass_mask() {
    let mut rig = Rig::new();
    rig.ccws(&[(0x03, 0, 0, 1)]);
    assert_eq!(rig.start(0), 0);
    assert!(rig.channels.work_pending());
    assert_eq!(rig.channels.pending_mask(), 0);
    rig.service();
    assert!(!rig.channels.work_pending());
    assert_eq!(rig.channels.pending_mask(), 0x10);
    assert_eq!(rig.channels.take_interrupt(0xEF), None);
    let taken = rig.channels.take_interrupt(0x10).unwrap();
    assert_eq!(taken.subsystem_id, ID);
    assert_eq!(taken.parameter, 0xCAFE_F00D);
    assert_eq!(taken.identification, 3 << 27);
    // The interruption is taken, the status is not.
    assert_eq!(rig.channels.pending_mask(), 0);
    assert_eq!(rig.start(0), 1);
    rig.test();
    assert_eq!(rig.channels.test(ID).unwrap().0, 1);
    assert_eq!(rig.start(0), 0);
}

#[test]
fn a_wrong_length_ends_the_chain_unless_suppressed() {
    for (given, count, residual) in [(3, 8, 5), (9, 8, 0)] {
        for (flags, status, second) in [
            (flag::CHAIN_COMMAND, 0x40, false),
            (flag::CHAIN_COMMAND | flag::SUPPRESS_LENGTH, 0, true),
        ] {
            let mut rig = Rig::new();
            rig.probe.records = [vec![0xAA; given]].into();
            rig.ccws(&[(0x02, 0x2000, flags, count), (0x03, 0, 0, 1)]);
            let got = rig.run(0);
            assert_eq!(got.channel, status, "{given} of {count}");
            assert_eq!(rig.probe.commands.len() == 2, second);
            if !second {
                assert_eq!(got.count, residual);
                assert_eq!(got.ccw, 0x1008);
                assert!(got.is(scsw::ALERT));
            }
            // Never more than the count is stored.
            assert_eq!(rig.bytes(0x2000 + usize::from(count), 4), [0; 4]);
        }
    }
}

#[test]
fn an_immediate_operation_has_no_wrong_length_in_format_0_but_in_format_1() {
    let mut rig = Rig::new();
    rig.ccws(&[(0x03, 0, 0, 1)]);
    assert_eq!(rig.run(0).channel, 0);
    rig.put(PROGRAM, &format_1(0x03, 0, 0, 1));
    assert_eq!(rig.run(FORMAT_1).channel, 0x40);
    // The ORB's length-suppression control makes format 1 behave as format 0.
    assert_eq!(rig.run(FORMAT_1 | 0x80).channel, 0);
    rig.put(PROGRAM, &format_1(0x03, 0, flag::SUPPRESS_LENGTH, 1));
    assert_eq!(rig.run(FORMAT_1).channel, 0);
    rig.put(PROGRAM, &format_1(0x03, 0, 0, 0));
    assert_eq!(rig.run(FORMAT_1).channel, 0);
}

#[test]
fn a_unit_exception_breaks_the_chain_and_shows_where() {
    let mut rig = Rig::new();
    rig.probe.records = [vec![1; 4]].into();
    let chained = flag::CHAIN_COMMAND;
    rig.ccws(&[
        (0x02, 0x2000, chained, 4),
        (0x02, 0x2004, chained, 4),
        (0x02, 0x2008, 0, 4),
    ]);
    let status = rig.run(0);
    assert_eq!((status.device, status.channel), (0x0D, 0));
    assert_eq!((status.ccw, status.count), (0x1010, 4));
    assert!(status.is(scsw::ALERT));
    assert_eq!(rig.probe.commands.len(), 2);
}

#[test]
fn data_chaining_scatters_one_record() {
    let mut rig = Rig::new();
    rig.probe.records = [b"abcdefghij".to_vec()].into();
    rig.ccws(&[
        (0x02, 0x2000, flag::CHAIN_DATA, 4),
        (0xFF, 0x3000, flag::CHAIN_DATA | flag::SKIP, 2),
        (0x08, 0x1028, 0, 0),
        (0, 0, 0, 0),
        (0, 0, 0, 0),
        (0x00, 0x4000, 0, 4),
    ]);
    let status = rig.run(0);
    assert_eq!(status.channel, 0);
    assert_eq!(rig.bytes(0x2000, 5), b"abcd\0");
    assert_eq!(rig.bytes(0x3000, 2), [0, 0]);
    assert_eq!(rig.bytes(0x4000, 4), b"ghij");
    assert_eq!(status.ccw, 0x1030);
    // A record that ends inside a data chain is a wrong length even when that is suppressed.
    rig.probe.records = [b"abcdef".to_vec()].into();
    let quiet = flag::CHAIN_DATA | flag::SUPPRESS_LENGTH;
    rig.ccws(&[
        (0x02, 0x2000, quiet, 8),
        (0, 0x3000, flag::SUPPRESS_LENGTH, 8),
    ]);
    let status = rig.run(0);
    assert_eq!((status.channel, status.count), (0x40, 2));
}

#[test]
fn writing_gathers_and_a_fixed_record_must_fit() {
    let mut rig = Rig::new();
    rig.put(0x2000, b"gather");
    rig.put(0x3000, b"ed");
    rig.ccws(&[(0x01, 0x2000, flag::CHAIN_DATA, 6), (0, 0x3000, 0, 2)]);
    assert_eq!(rig.run(0).channel, 0);
    assert_eq!(rig.probe.written[0], b"gathered");
    rig.ccws(&[(0x05, 0x2000, 0, 6)]);
    let status = rig.run(0);
    assert_eq!((status.channel, status.count), (0x40, 0));
    assert_eq!(rig.probe.written[1], b"gather");
}

#[test]
fn status_modifier_skips_a_ccw() {
    let mut rig = Rig::new();
    let chained = flag::CHAIN_COMMAND | flag::SUPPRESS_LENGTH;
    rig.ccws(&[
        (0x31, 0x2000, chained, 5),
        (0x08, 0x1000, 0, 0),
        (0x03, 0, 0, 1),
    ]);
    assert_eq!(rig.run(0).channel, 0);
    assert_eq!(rig.probe.commands, [0x31, 0x03]);
}

#[test]
fn every_bad_ccw_is_a_program_check_at_its_address() {
    let cases: &[(&str, [u8; 8], u32)] = &[
        ("command 0", format_0(0x00, 0x2000, 0, 1), 0),
        ("command 10", format_0(0x10, 0x2000, 0, 1), 0),
        ("count 0", format_0(0x02, 0x2000, 0, 0), 0),
        ("TIC first", format_0(0x08, 0x1000, 0, 1), 0),
        ("flag bit 39", format_0(0x02, 0x2000, 1, 1), 0),
        ("suspend without control", format_0(0x02, 0x2000, 2, 1), 0),
        (
            "format 1, address bit 0",
            format_1(0x02, 0x8000_2000, 0, 1),
            FORMAT_1,
        ),
        (
            "format 1, chained count 0",
            format_1(0x02, 0x2000, 0x80, 0),
            FORMAT_1,
        ),
    ];
    for (what, ccw, control) in cases {
        let mut rig = Rig::new();
        rig.put(PROGRAM, ccw);
        let status = rig.run(*control);
        assert_eq!(status.channel, 0x20, "{what}");
        assert_eq!(status.ccw, 0x1008, "{what}");
        assert_eq!(status.device, 0, "{what}");
        assert_eq!(status.control & scsw::STATUS, scsw::ALERT | ENDED, "{what}");
        assert!(rig.probe.commands.is_empty(), "{what}");
    }
}

#[test]
fn transfer_in_channel_may_not_lead_to_another_nor_outside() {
    for (target, ccw) in [(0x1010, 0x1018), (0x1004, 0x1010), (0xFF_FFF8, 0x1010)] {
        let mut rig = Rig::new();
        rig.ccws(&[
            (0x03, 0, flag::CHAIN_COMMAND, 1),
            (0x08, target, 0, 0),
            (0x08, 0x1000, 0, 0),
        ]);
        let status = rig.run(0);
        assert_eq!((status.channel, status.ccw), (0x20, ccw), "{target:X}");
    }
}

#[test]
fn an_endless_chain_gives_way_and_can_be_cleared() {
    let mut rig = Rig::new();
    rig.ccws(&[(0x03, 0, flag::CHAIN_COMMAND, 1), (0x08, 0x1000, 0, 0)]);
    assert_eq!(rig.start(0), 0);
    assert_eq!(rig.service(), Progress::More);
    assert_eq!(rig.service(), Progress::More);
    assert_eq!(rig.start(0), 2);
    assert_eq!(rig.channels.clear(ID), Ok(0));
    assert_eq!(rig.service(), Progress::Quiet);
    let status = rig.test();
    assert_eq!(status.control, scsw::CLEAR | scsw::PENDING);
    assert_eq!(rig.service(), Progress::Quiet);
    assert_eq!(rig.start(0), 0);
}

#[test]
fn storage_outside_is_a_program_check_with_what_fitted() {
    let mut rig = Rig::new();
    rig.probe.records = [vec![7; 16]].into();
    rig.ccws(&[(0x02, 0x0F_FFF8, 0, 16)]);
    let status = rig.run(0);
    assert_eq!((status.channel, status.device), (0x20, 0x0C));
    assert_eq!(status.count, 8);
    assert_eq!(rig.bytes(0x0F_FFF8, 8), [7; 8]);
}

#[test]
fn a_foreign_key_is_a_protection_check_and_key_zero_is_not() {
    let mut rig = Rig::new();
    rig.memory.keys[2] = 0x20;
    // Storing needs the same key whatever the fetch-protection bit.
    rig.probe.records = [vec![7; 4], vec![8; 4], vec![9; 4]].into();
    rig.ccws(&[(0x02, 0x2000, 0, 4)]);
    let status = rig.run(0x1000_0000);
    assert_eq!((status.channel, status.count), (0x10, 4));
    assert_eq!(rig.bytes(0x2000, 4), [0; 4]);
    assert_eq!(rig.run(0x2000_0000).channel, 0);
    assert_eq!(rig.run(0).channel, 0);
    assert_eq!(rig.bytes(0x2000, 4), [9; 4]);
    // Fetching needs it with the bit alone.
    rig.ccws(&[(0x01, 0x2000, 0, 4)]);
    assert_eq!(rig.run(0x1000_0000).channel, 0);
    rig.memory.keys[2] = 0x28;
    assert_eq!(rig.run(0x1000_0000).channel, 0x10);
    // The CCWs themselves are fetched under the key.
    rig.memory.keys[1] = 0x28;
    let status = rig.run(0x1000_0000);
    assert_eq!((status.channel, status.ccw), (0x10, 0x1008));
}

#[test]
fn indirect_words_scatter_at_block_boundaries() {
    let mut rig = Rig::new();
    let record: Vec<u8> = (0..4000u32).map(|i| i.to_le_bytes()[0]).collect();
    rig.probe.records = [record.clone()].into();
    for (at, address) in [(0x3000u64, 0x5600u32), (0x3004, 0x8000), (0x3008, 0x6800)] {
        rig.put(at, &address.to_be_bytes());
    }
    rig.ccws(&[(0x02, 0x3000, flag::INDIRECT, 4000)]);
    assert_eq!(rig.run(0).channel, 0);
    assert_eq!(rig.bytes(0x5600, 0x200), &record[..0x200]);
    assert_eq!(rig.bytes(0x8000, 0x800), &record[0x200..0xA00]);
    assert_eq!(rig.bytes(0x6800, 4000 - 0xA00), &record[0xA00..]);
    // The second word must lie on a 2K boundary.
    rig.probe.records = [record.clone()].into();
    rig.put(0x3004, &0x8004u32.to_be_bytes());
    let status = rig.run(0);
    assert_eq!((status.channel, status.count), (0x20, 4000 - 0x200));
}

#[test]
fn format_2_indirect_words_have_64_bits_and_4k_blocks() {
    let mut rig = Rig::new();
    let record = vec![0x5A; 5000];
    rig.probe.records = [record.clone(), record.clone()].into();
    rig.put(0x3000, &0x5F00u64.to_be_bytes());
    rig.put(0x3008, &0x9000u64.to_be_bytes());
    rig.put(0x3010, &0xB000u64.to_be_bytes());
    rig.put(PROGRAM, &format_1(0x02, 0x3000, flag::INDIRECT, 5000));
    assert_eq!(rig.run(FORMAT_1 | 0x0002_0000).channel, 0);
    assert_eq!(rig.bytes(0x5F00, 0x100), &record[..0x100]);
    assert_eq!(rig.bytes(0x9000, 0x1000), &record[..0x1000]);
    assert_eq!(rig.bytes(0xB000, 5000 - 0x1100), &record[0x1100..]);
    // Far outside storage.
    rig.put(0x3008, &0x1_0000_0000u64.to_be_bytes());
    let status = rig.run(FORMAT_1 | 0x0002_0000);
    assert_eq!((status.channel, status.count), (0x20, 5000 - 0x100));
}

#[test]
fn a_waiting_read_is_active_until_data_comes() {
    let mut rig = Rig::new();
    rig.probe.waits = true;
    rig.ccws(&[(0x02, 0x2000, flag::SUPPRESS_LENGTH, 80)]);
    assert_eq!(rig.start(0), 0);
    rig.service();
    let (cc, irb) = rig.channels.test(ID).unwrap();
    assert_eq!(cc, 1);
    let active = scsw::START | scsw::SUBCHANNEL_ACTIVE | scsw::DEVICE_ACTIVE;
    assert_eq!(subchannel::word(&irb.unwrap(), 0) & 0xFFFF, active);
    assert_eq!(rig.start(0), 2);
    rig.probe.records.push_back(b"typed".to_vec());
    rig.service();
    let status = rig.test();
    assert_eq!((status.device, status.count), (0x0C, 75));
    assert_eq!(rig.bytes(0x2000, 6), b"typed\0");
}

#[test]
fn halting_a_waiting_read_ends_it() {
    let mut rig = Rig::new();
    rig.probe.waits = true;
    rig.ccws(&[(0x02, 0x2000, 0, 80)]);
    rig.start(0);
    rig.service();
    assert_eq!(rig.channels.halt(ID), Ok(0));
    assert_eq!(rig.channels.halt(ID), Ok(2));
    rig.service();
    assert_eq!(rig.channels.halt(ID), Ok(1));
    let status = rig.test();
    assert_eq!(rig.probe.halts, 1);
    assert_eq!(status.control & scsw::FUNCTION, scsw::START | scsw::HALT);
    assert_eq!(status.control & scsw::STATUS, ENDED);
    assert_eq!((status.device, status.count), (0x0C, 80));
    // Halting an idle subchannel is status pending alone.
    assert_eq!(rig.channels.halt(ID), Ok(0));
    rig.service();
    assert_eq!(rig.test().control, scsw::HALT | scsw::PENDING);
}

#[test]
fn a_program_suspends_and_resumes_where_it_stopped() {
    const SUSPEND: u32 = 0x0800_0000;
    let mut rig = Rig::new();
    rig.ccws(&[
        (0x03, 0, flag::CHAIN_COMMAND, 1),
        (0x03, 0, flag::SUSPEND, 1),
    ]);
    assert_eq!(rig.channels.resume(ID), Ok(2));
    rig.start(SUSPEND);
    rig.service();
    assert_eq!(rig.channels.resume(ID), Ok(1));
    let status = rig.test();
    assert_eq!(
        status.control & scsw::STATUS,
        scsw::INTERMEDIATE | scsw::PENDING
    );
    assert!(status.is(scsw::SUSPENDED));
    assert_eq!(rig.probe.commands.len(), 1);
    // The CCW is fetched again, so the program may have changed it.
    rig.ccws(&[(0x03, 0, flag::CHAIN_COMMAND, 1), (0x03, 0, 0, 1)]);
    assert_eq!(rig.channels.resume(ID), Ok(0));
    rig.service();
    let status = rig.test();
    assert_eq!(status.control & scsw::STATUS, ENDED);
    assert_eq!(rig.probe.commands.len(), 2);
}

#[test]
fn a_program_controlled_interruption_is_intermediate_status() {
    let mut rig = Rig::new();
    rig.probe.waits = true;
    rig.ccws(&[
        (0x03, 0, flag::CHAIN_COMMAND | flag::PCI, 1),
        (0x02, 0x2000, flag::SUPPRESS_LENGTH, 8),
    ]);
    rig.start(0);
    rig.service();
    let status = rig.test();
    assert_eq!(status.channel, 0x80);
    assert_eq!(
        status.control & scsw::STATUS,
        scsw::INTERMEDIATE | scsw::PENDING
    );
    assert!(status.is(scsw::START));
    rig.probe.records.push_back(vec![1]);
    rig.service();
    let status = rig.test();
    assert_eq!(status.channel, 0);
    assert_eq!(status.control & scsw::STATUS, ENDED);
}

#[test]
fn attention_is_presented_to_an_enabled_idle_subchannel() {
    let mut rig = Rig::new();
    rig.probe.unsolicited = Some(UnitStatus::ATTENTION);
    rig.service();
    assert_eq!(rig.channels.pending_mask(), 0x10);
    let status = rig.test();
    assert_eq!(status.control, scsw::ALERT | scsw::PENDING);
    assert_eq!(status.device, 0x80);
    // Disabled: it waits with the device.
    rig.channels.modify(ID, &[0; 28]).unwrap();
    rig.probe.unsolicited = Some(UnitStatus::ATTENTION);
    rig.service();
    assert_eq!(rig.channels.pending_mask(), 0);
    assert!(rig.probe.unsolicited.is_some());
}

#[test]
fn conditions_of_subchannels_that_are_not_there_or_not_enabled() {
    let mut rig = Rig::new();
    assert_eq!(rig.channels.store(0x0001_0001), Ok(None));
    assert_eq!(rig.channels.start(0x0001_0001, &[0; 12]), Ok(3));
    assert_eq!(rig.channels.store(0x0000_0000), Err(OperandException));
    assert_eq!(rig.channels.test(0x0002_0000), Err(OperandException));
    rig.channels.modify(ID, &[0; 28]).unwrap();
    assert_eq!(rig.channels.start(ID, &[0; 12]), Ok(3));
    assert_eq!(rig.channels.test(ID), Ok((3, None)));
    // Storing it works, and shows device number and validity.
    let schib = rig.channels.store(ID).unwrap().unwrap();
    assert_eq!(schib[5], 0x01);
    assert_eq!(schib[6..8], [0x01, 0x20]);
}

#[test]
fn what_msch_sets_is_what_stsch_shows() {
    let mut rig = Rig::new();
    let mut pmcw = [0; 28];
    pmcw[0..4].copy_from_slice(&[1, 2, 3, 4]);
    // ISC 5, enabled, multipath; then what it may not change: device number and installed paths.
    pmcw[4] = 5 << 3;
    pmcw[5] = 0x84;
    pmcw[6..12].copy_from_slice(&[9, 9, 0x80, 9, 9, 9]);
    pmcw[27] = 1;
    assert_eq!(rig.channels.modify(ID, &pmcw), Ok(0));
    let schib = rig.channels.store(ID).unwrap().unwrap();
    assert_eq!(schib[0..6], [1, 2, 3, 4, 5 << 3, 0x85]);
    assert_eq!(schib[6..12], [0x01, 0x20, 0x80, 0, 0, 0x80]);
    assert_eq!(schib[27], 1);
    // A path mask without an installed path starts nothing.
    pmcw[8] = 0x7F;
    assert_eq!(rig.channels.modify(ID, &pmcw), Ok(0));
    assert_eq!(rig.start(0), 3);
}

#[test]
fn reserved_bits_are_operand_exceptions() {
    let mut rig = Rig::new();
    for (byte, bits) in [(4, 0x80), (4, 0x01), (5, 0x60), (24, 0x01), (27, 0x08)] {
        let mut pmcw = [0; 28];
        pmcw[byte] = bits;
        let got = rig.channels.modify(ID, &pmcw);
        assert_eq!(got, Err(OperandException), "{byte}");
    }
    for (byte, bits) in [(5, 0x04), (7, 0x40), (7, 0x01), (8, 0x80)] {
        let mut orb = [0; 12];
        orb[byte] = bits;
        let got = rig.channels.start(ID, &orb);
        assert_eq!(got, Err(OperandException), "{byte}");
    }
}

#[test]
fn a_device_that_has_gone_is_not_operational() {
    let mut rig = Rig::new();
    rig.ccws(&[(0x03, 0, 0, 1)]);
    rig.there = false;
    let status = rig.run(0);
    assert_eq!(status.control & 0x0301_0000, 0x0301_0000);
    assert!(status.is(scsw::ALERT));
    rig.channels.detach(0x0120);
    assert_eq!(rig.start(0), 3);
}

#[test]
fn the_address_limit_holds_when_orb_and_subchannel_say_so() {
    const CHECKED: u32 = 0x0010_0000;
    let mut rig = Rig::new();
    rig.channels.set_address_limit(0x0004_0000).unwrap();
    let mut pmcw = [0; 28];
    // Enabled, limit mode 01: at or above.
    pmcw[5] = 0x80 | 0x20;
    pmcw[8] = 0xFF;
    rig.channels.modify(ID, &pmcw).unwrap();
    rig.probe.records = [vec![1], vec![2], vec![3]].into();
    rig.ccws(&[(0x02, 0x2000, 0, 1)]);
    assert_eq!(rig.run(CHECKED).channel, 0x20);
    assert_eq!(rig.run(0).channel, 0);
    rig.ccws(&[(0x02, 0x4_0000, 0, 1)]);
    assert_eq!(rig.run(CHECKED).channel, 0);
}

#[test]
fn channel_subsystem_calls_answer_or_say_unsupported() {
    let mut rig = Rig::new();
    let mut block = [0; 4096];
    block[1] = 16;
    block[3] = 0x33;
    assert_eq!(rig.channels.call(&mut block), Ok(0));
    assert_eq!(block[16..20], [0, 8, 0, 4]);
    // Subchannel description of 0 to 5: one is there.
    block = [0; 4096];
    block[1] = 16;
    block[3] = 0x04;
    block[11] = 5;
    assert_eq!(rig.channels.call(&mut block), Ok(0));
    assert_eq!(block[16..20], [0, 40, 0, 1]);
    assert_eq!(block[24..32], [0xC0, 0, 0x01, 0x20, 0x80, 0, 0, 0]);
    block[1] = 12;
    assert_eq!(rig.channels.call(&mut block), Err(OperandException));
}

#[test]
fn saved_subchannels_come_back_where_the_devices_are_the_same() {
    let mut rig = Rig::new();
    let saved = rig.channels.save();
    let mut other = Channels::new();
    other.attach(0x0120);
    assert!(other.restore(&saved));
    assert_eq!(other.store(ID), rig.channels.store(ID));
    let mut different = Channels::new();
    different.attach(0x0121);
    assert!(!different.restore(&saved));
    assert_eq!(different.test(ID), Ok((3, None)));
}

#[test]
fn a_reset_forgets_everything_but_the_devices() {
    let mut rig = Rig::new();
    rig.ccws(&[(0x03, 0, 0, 1)]);
    rig.start(0);
    rig.service();
    rig.channels.report_change(0);
    rig.channels.reset();
    assert_eq!(rig.channels.pending_mask(), 0);
    assert_eq!(rig.channels.store_report(), (1, 0));
    assert_eq!(rig.channels.test(ID), Ok((3, None)));
    let schib = rig.channels.store(ID).unwrap().unwrap();
    assert_eq!(schib[4..8], [0, 1, 1, 0x20]);
}

#[test]
fn a_start_that_has_not_begun_can_be_cancelled() {
    let mut rig = Rig::new();
    assert_eq!(rig.channels.cancel(ID), Ok(2), "nothing was started");
    rig.ccws(&[(0x01, 0x2000, flag::SUPPRESS_LENGTH, 4)]);
    assert_eq!(rig.start(0x0800_0000), 0);
    assert_eq!(rig.channels.cancel(ID), Ok(0));
    rig.service();
    assert!(rig.probe.commands.is_empty(), "the device saw nothing");
    assert_eq!(rig.channels.test(ID).map(|(cc, _)| cc), Ok(1));
    assert_eq!(rig.channels.cancel(0x0001_7777), Ok(3));
    // What has ended is cleared by TEST SUBCHANNEL alone.
    assert_eq!(rig.start(0x0800_0000), 0);
    rig.service();
    assert_eq!(rig.channels.cancel(ID), Ok(1));
}

proptest! {
    /// Whatever stands in storage and in the ORB, a channel program neither panics nor reaches outside,
    /// and can always be cleared.
    #[test]
    fn any_channel_program_is_survived(
        words in proptest::collection::vec(any::<[u8; 8]>(), 1..64),
        control in any::<u32>(),
        entry in 0u32..64,
        size in 0x1000usize..0x6000,
        keys in any::<[u8; 2]>(),
    ) {
        let mut rig = Rig::new();
        rig.memory = Plain::new(size);
        rig.memory.keys[0] = keys[0];
        if let Some(key) = rig.memory.keys.get_mut(1) {
            *key = keys[1];
        }
        rig.probe.records = (0..20).map(|i| vec![i; 300]).collect();
        for (i, word) in words.iter().enumerate() {
            // Addresses that are often within the little storage there is.
            let word = [word[0] % 9, word[1] & 3, word[2], word[3], word[4], word[5], 0, word[7]];
            rig.memory.bytes[i * 8..i * 8 + 8].copy_from_slice(&word);
        }
        let mut orb = [0; 12];
        orb[4..8].copy_from_slice(&(control & !0x0004_007F | 0x8000).to_be_bytes());
        orb[8..12].copy_from_slice(&(entry * 4).to_be_bytes());
        prop_assert_eq!(rig.channels.start(ID, &orb), Ok(0));
        for _ in 0..3 {
            rig.service();
        }
        prop_assert_eq!(rig.channels.clear(ID), Ok(0));
        prop_assert_eq!(rig.service(), Progress::Quiet);
        prop_assert_eq!(rig.test().control, scsw::CLEAR | scsw::PENDING);
    }
}

proptest! {
    /// Instructions in any order keep the subchannel's state sensible: condition codes agree with what
    /// TEST SUBCHANNEL shows, and CLEAR always leads back to idle.
    #[test]
    fn any_order_of_instructions_is_survived(
        steps in proptest::collection::vec((0u8..9, any::<u8>()), 1..60),
    ) {
        let mut rig = Rig::new();
        rig.probe.waits = true;
        let flags = [0, flag::SUPPRESS_LENGTH, flag::CHAIN_COMMAND, flag::PCI, flag::SUSPEND, 0x48];
        for (what, choice) in steps {
            match what {
                0 => {
                    let flags = flags[usize::from(choice) % flags.len()];
                    let command = choice % 4;
                    rig.ccws(&[(command, 0x2000, flags, 4), (0x02, 0x2000, flag::SUPPRESS_LENGTH, 4)]);
                    let idle = rig.channels.by_device(0x0120).is_some_and(|s| {
                        !s.scsw.is(scsw::PENDING | scsw::FUNCTION)
                    });
                    let cc = rig.start(0x0800_0000);
                    prop_assert_eq!(cc == 0, idle);
                }
                1 => prop_assert!(rig.channels.halt(ID).is_ok_and(|cc| cc < 3)),
                2 => prop_assert_eq!(rig.channels.clear(ID), Ok(0)),
                3 => prop_assert!(rig.channels.resume(ID).is_ok_and(|cc| cc < 3)),
                4 => {
                    let pending = rig.channels.subchannels()[0].scsw.is(scsw::PENDING);
                    let (cc, irb) = rig.channels.test(ID).unwrap();
                    prop_assert_eq!(cc == 0, pending);
                    prop_assert!(irb.is_some());
                    prop_assert!(!rig.channels.subchannels()[0].scsw.is(scsw::PENDING));
                }
                5 => rig.probe.records.push_back(vec![choice; 4]),
                6 => rig.probe.unsolicited = Some(UnitStatus::ATTENTION),
                7 => {
                    let had = rig.channels.has_interrupt(0xFF);
                    prop_assert_eq!(rig.channels.take_interrupt(0xFF).is_some(), had);
                }
                _ => {
                    rig.service();
                }
            }
        }
        rig.channels.clear(ID).unwrap();
        rig.probe.unsolicited = None;
        rig.service();
        prop_assert_eq!(rig.test().control, scsw::CLEAR | scsw::PENDING);
        prop_assert_eq!(rig.start(0), 0);
    }
}
