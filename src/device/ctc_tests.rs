//! Two channel-to-channel adapters on one line, driven by channel programs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::machine::channel::{Plain, Scsw};

const ONE: u16 = 0x0600;
const TWO: u16 = 0x0601;
const CC: u8 = 0x40;
const SLI: u8 = 0x20;
const NORMAL: u8 = 0x0C;
const CHECK: u8 = 0x0E;
const ATTENTION: u8 = 0x80;

struct Rig {
    devices: Devices,
    channels: Channels,
    memory: Plain,
    rung: [Arc<AtomicU32>; 2],
}

impl Rig {
    fn new() -> Rig {
        let mut devices = Devices::new();
        let rung = [0, 1].map(|_| Arc::new(AtomicU32::new(0)));
        let line = Line::new([0usize, 1].map(|side| -> Bell {
            let rung = rung[side].clone();
            Arc::new(move || {
                rung.fetch_add(1, Ordering::Relaxed);
            })
        }));
        for (side, number) in [ONE, TWO].into_iter().enumerate() {
            let mut ctc = Ctc::new();
            ctc.connect(line.clone(), side);
            devices.attach(number, Box::new(ctc));
        }
        let mut rig = Rig {
            devices,
            channels: Channels::new(),
            memory: Plain::new(0x10_0000),
            rung,
        };
        rig.devices.connect(&mut rig.channels);
        for number in [ONE, TWO] {
            let mut pmcw = [0; 28];
            pmcw[5] = 0x80;
            pmcw[8] = 0xFF;
            let id = rig.id(number);
            assert_eq!(rig.channels.modify(id, &pmcw), Ok(0));
        }
        rig
    }

    fn id(&self, number: u16) -> u32 {
        self.channels.by_device(number).unwrap().identification()
    }

    /// Services until nothing changes.
    fn service(&mut self) {
        for _ in 0..4 {
            self.devices
                .service_on(&mut self.channels, &mut self.memory);
        }
    }

    fn start(&mut self, number: u16, ccws: &[(u8, u32, u8, u16)]) {
        let program = u32::from(number) * 16;
        for (at, (command, address, flags, count)) in (u64::from(program)..).step_by(8).zip(ccws) {
            let mut ccw = [0; 8];
            ccw[0..4].copy_from_slice(&address.to_be_bytes());
            ccw[0] = *command;
            ccw[4] = *flags;
            ccw[6..8].copy_from_slice(&count.to_be_bytes());
            self.memory.write(at, &ccw).unwrap();
        }
        let mut orb = [0; 12];
        orb[6] = 0xFF;
        orb[8..12].copy_from_slice(&program.to_be_bytes());
        let id = self.id(number);
        assert_eq!(self.channels.start(id, &orb), Ok(0));
        self.service();
    }

    fn test(&mut self, number: u16) -> Option<Scsw> {
        let id = self.id(number);
        let (cc, irb) = self.channels.test(id).unwrap();
        let irb = irb.unwrap();
        (cc == 0).then(|| Scsw {
            control: 0,
            ccw: u32::from_be_bytes(irb[4..8].try_into().unwrap()),
            device: irb[8],
            channel: irb[9],
            count: u16::from_be_bytes([irb[10], irb[11]]),
        })
    }

    /// The device status that is pending.
    fn status(&mut self, number: u16) -> Option<u8> {
        self.test(number).map(|s| s.device)
    }

    /// One command of one byte, and what it gave.
    fn sensed(&mut self, number: u16, command: u8) -> (Option<u8>, u8) {
        self.memory.bytes[0x9000] = 0xFF;
        self.start(number, &[(command, 0x9000, SLI, 1)]);
        (self.status(number), self.memory.bytes[0x9000])
    }
}

#[test]
fn a_write_waits_for_the_read_that_attention_asks_for() {
    let mut rig = Rig::new();
    rig.memory.bytes[0x8000..0x8005].copy_from_slice(b"hello");
    rig.start(ONE, &[(0x01, 0x8000, SLI, 5)]);
    assert_eq!(rig.status(ONE), None);
    assert_eq!(rig.status(TWO), Some(ATTENTION));
    assert_eq!(rig.rung[1].load(Ordering::Relaxed), 1);
    assert_eq!(rig.sensed(TWO, 0x14), (Some(NORMAL), 0x01));
    rig.start(TWO, &[(0x02, 0xA000, SLI, 100)]);
    let read = rig.test(TWO).unwrap();
    assert_eq!((read.device, read.count), (NORMAL, 95));
    assert_eq!(rig.status(ONE), Some(NORMAL));
    assert_eq!(rig.memory.bytes[0xA000..0xA005], *b"hello");
    // Told once.
    assert_eq!(rig.status(TWO), None);
}

#[test]
fn a_read_may_come_first_and_ends_of_files_are_exceptions() {
    let mut rig = Rig::new();
    rig.start(TWO, &[(0x02, 0xA000, SLI, 100)]);
    assert_eq!(rig.status(ONE), Some(ATTENTION));
    assert_eq!(rig.sensed(ONE, 0x14), (Some(NORMAL), 0x02));
    rig.start(ONE, &[(0x81, 0x8000, SLI, 1)]);
    assert_eq!(rig.status(ONE), Some(NORMAL));
    assert_eq!(rig.status(TWO), Some(0x0D));
    // What is longer than the room for it is cut; a chain goes on behind it.
    rig.start(TWO, &[(0x02, 0xA000, SLI | CC, 2), (0x03, 0, SLI, 1)]);
    assert_eq!(rig.status(ONE), Some(ATTENTION));
    rig.start(ONE, &[(0x01, 0x8000, SLI | CC, 5), (0x03, 0, SLI, 1)]);
    assert_eq!(rig.status(ONE), Some(NORMAL));
    assert_eq!(rig.status(TWO), Some(NORMAL));
}

#[test]
fn two_that_want_the_same_collide() {
    let mut rig = Rig::new();
    rig.start(ONE, &[(0x01, 0x8000, SLI, 5)]);
    assert_eq!(rig.status(TWO), Some(ATTENTION));
    rig.start(TWO, &[(0x01, 0x8000, SLI, 5)]);
    assert_eq!(rig.status(TWO), Some(0x90));
    // The first one still waits.
    rig.start(TWO, &[(0x02, 0xA000, SLI, 5)]);
    assert_eq!(
        (rig.status(ONE), rig.status(TWO)),
        (Some(NORMAL), Some(NORMAL))
    );
}

#[test]
fn control_is_over_when_its_command_byte_was_sensed() {
    let mut rig = Rig::new();
    rig.start(ONE, &[(0x17, 0, SLI, 1)]);
    assert_eq!((rig.status(ONE), rig.status(TWO)), (None, Some(ATTENTION)));
    assert_eq!(rig.sensed(TWO, 0x14), (Some(NORMAL), 0x17));
    assert_eq!(rig.status(ONE), Some(NORMAL));
    assert_eq!(rig.sensed(TWO, 0x14), (Some(NORMAL), 0x00));
}

#[test]
fn prepare_waits_in_the_basic_mode_only() {
    let mut rig = Rig::new();
    rig.start(TWO, &[(0xE3, 0, SLI, 1)]);
    assert_eq!(rig.status(TWO), None);
    rig.start(ONE, &[(0x01, 0x8000, SLI, 5)]);
    // Its end stands for attention.
    assert_eq!(rig.status(TWO), Some(NORMAL));
    rig.start(TWO, &[(0x02, 0xA000, SLI, 5)]);
    assert_eq!(
        (rig.status(ONE), rig.status(TWO)),
        (Some(NORMAL), Some(NORMAL))
    );
    // The way Linux works on both sides.
    for number in [ONE, TWO] {
        rig.start(number, &[(0xC3, 0, SLI | CC, 1), (0x03, 0, SLI, 1)]);
        assert_eq!(rig.status(number), Some(NORMAL));
    }
    rig.start(ONE, &[(0xE3, 0, SLI | CC, 1), (0x02, 0xA000, SLI, 5)]);
    assert_eq!(rig.status(ONE), None);
    assert_eq!(rig.status(TWO), Some(ATTENTION));
    rig.start(TWO, &[(0xE3, 0, SLI | CC, 1), (0x01, 0x8000, SLI, 5)]);
    assert_eq!(
        (rig.status(ONE), rig.status(TWO)),
        (Some(NORMAL), Some(NORMAL))
    );
}

#[test]
fn the_other_side_going_away_is_told() {
    let mut rig = Rig::new();
    rig.start(ONE, &[(0x02, 0xA000, SLI, 5)]);
    // A reset of the machine on the other side.
    rig.devices.get_mut::<Ctc>(TWO).unwrap().reset();
    rig.service();
    assert_eq!(rig.status(ONE), Some(CHECK));
    assert_eq!(rig.sensed(ONE, 0x04), (Some(NORMAL), 0x41));
    // Nobody waited: nothing is left over.
    rig.devices.get_mut::<Ctc>(TWO).unwrap().reset();
    assert_eq!(rig.sensed(ONE, 0x14), (Some(NORMAL), 0));
    rig.start(ONE, &[(0x01, 0x8000, SLI, 5)]);
    drop(rig.devices.detach(TWO));
    rig.service();
    assert_eq!(rig.status(ONE), Some(CHECK));
    assert_eq!(rig.sensed(ONE, 0x04), (Some(NORMAL), 0x40));
    assert!(!rig.devices.get::<Ctc>(ONE).unwrap().connected());
    assert_eq!(rig.sensed(ONE, 0xA3), (Some(CHECK), 0xFF));
    assert_eq!(rig.sensed(ONE, 0x04), (Some(NORMAL), 0x80));
}

#[test]
fn a_halted_write_is_no_longer_waited_with() {
    let mut rig = Rig::new();
    rig.start(ONE, &[(0x01, 0x8000, SLI, 5)]);
    let id = rig.id(ONE);
    assert_eq!(rig.channels.halt(id), Ok(0));
    rig.service();
    rig.test(ONE);
    rig.test(TWO);
    assert_eq!(rig.sensed(TWO, 0x14), (Some(NORMAL), 0));
}
