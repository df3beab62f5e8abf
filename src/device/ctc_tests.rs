//! Two channel-to-channel adapters on one line, driven by channel programs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::rig::{CC, Ccw, Rig, SLI};
use super::*;

const ONE: u16 = 0x0600;
const TWO: u16 = 0x0601;
const NORMAL: u8 = 0x0C;
const CHECK: u8 = 0x0E;
const ATTENTION: u8 = 0x80;

/// The adapters, and how often each one's machine was rung up.
struct Pair {
    rig: Rig,
    rung: [Arc<AtomicU32>; 2],
}

impl std::ops::Deref for Pair {
    type Target = Rig;

    fn deref(&self) -> &Rig {
        &self.rig
    }
}

impl std::ops::DerefMut for Pair {
    fn deref_mut(&mut self) -> &mut Rig {
        &mut self.rig
    }
}

impl Pair {
    fn new() -> Pair {
        let rung = [0, 1].map(|_| Arc::new(AtomicU32::new(0)));
        let line = Line::new([0usize, 1].map(|side| -> Bell {
            let rung = rung[side].clone();
            Arc::new(move || {
                rung.fetch_add(1, Ordering::Relaxed);
            })
        }));
        let side = |side: usize| {
            let mut ctc = Ctc::new();
            ctc.connect(line.clone(), side);
            Box::new(ctc)
        };
        let rig = Rig::of(vec![(ONE, side(0)), (TWO, side(1))], 0x10_0000);
        Pair { rig, rung }
    }

    /// Services until nothing changes.
    fn settle(&mut self) {
        for _ in 0..4 {
            self.service();
        }
    }

    fn start(&mut self, number: u16, ccws: &[Ccw]) {
        self.start_at(u32::from(number) * 16, number, ccws);
        self.settle();
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
    let mut rig = Pair::new();
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
    let mut rig = Pair::new();
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
    let mut rig = Pair::new();
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
    let mut rig = Pair::new();
    rig.start(ONE, &[(0x17, 0, SLI, 1)]);
    assert_eq!((rig.status(ONE), rig.status(TWO)), (None, Some(ATTENTION)));
    assert_eq!(rig.sensed(TWO, 0x14), (Some(NORMAL), 0x17));
    assert_eq!(rig.status(ONE), Some(NORMAL));
    assert_eq!(rig.sensed(TWO, 0x14), (Some(NORMAL), 0x00));
}

#[test]
fn prepare_waits_in_the_basic_mode_only() {
    let mut rig = Pair::new();
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
    let mut rig = Pair::new();
    rig.start(ONE, &[(0x02, 0xA000, SLI, 5)]);
    // A reset of the machine on the other side.
    rig.devices.get_mut::<Ctc>(TWO).unwrap().reset();
    rig.settle();
    assert_eq!(rig.status(ONE), Some(CHECK));
    assert_eq!(rig.sensed(ONE, 0x04), (Some(NORMAL), 0x41));
    // Nobody waited: nothing is left over.
    rig.devices.get_mut::<Ctc>(TWO).unwrap().reset();
    assert_eq!(rig.sensed(ONE, 0x14), (Some(NORMAL), 0));
    rig.start(ONE, &[(0x01, 0x8000, SLI, 5)]);
    drop(rig.devices.detach(TWO));
    rig.settle();
    assert_eq!(rig.status(ONE), Some(CHECK));
    assert_eq!(rig.sensed(ONE, 0x04), (Some(NORMAL), 0x40));
    assert!(!rig.devices.get::<Ctc>(ONE).unwrap().connected());
    assert_eq!(rig.sensed(ONE, 0xA3), (Some(CHECK), 0xFF));
    assert_eq!(rig.sensed(ONE, 0x04), (Some(NORMAL), 0x80));
}

#[test]
fn a_halted_write_is_no_longer_waited_with() {
    let mut rig = Pair::new();
    rig.start(ONE, &[(0x01, 0x8000, SLI, 5)]);
    let id = rig.id(ONE);
    assert_eq!(rig.channels.halt(id), Ok(0));
    rig.settle();
    rig.test(ONE);
    rig.test(TWO);
    assert_eq!(rig.sensed(TWO, 0x14), (Some(NORMAL), 0));
}
