//! Two channel-to-channel adapters on one line, each of a machine of its own, driven by channel programs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use proptest::prelude::*;

use super::rig::{CC, Ccw, Rig, SLI};
use super::*;

/// The machines: each has an adapter of this number.
const ONE: usize = 0;
const TWO: usize = 1;
const NUMBER: u16 = 0x0600;

const NORMAL: u8 = 0x0C;
const CHECK: u8 = 0x0E;
const ATTENTION: u8 = 0x80;
const COLLISION: u8 = 0x90;

/// Programs of one command.
const PREPARE: &[Ccw] = &[(0xE3, 0, SLI, 1)];
const CONTROL: &[Ccw] = &[(0x07, 0, SLI, 1)];
const READ: &[Ccw] = &[(0x02, 0xA000, SLI, 100)];
const WRITE: &[Ccw] = &[(0x01, 0x8000, SLI, 5)];
/// What Linux (ctcm) reads and writes with.
const PREPARED_READ: &[Ccw] = &[(0xE3, 0, SLI | CC, 1), (0x02, 0xA000, SLI, 100)];
const PREPARED_WRITE: &[Ccw] = &[
    (0xE3, 0, SLI | CC, 1),
    (0x01, 0x8000, SLI | CC, 5),
    (0x03, 0, SLI, 1),
];

/// The machines with their adapters, and how often each was rung up.
struct Pair {
    rigs: [Rig; 2],
    rung: [Arc<AtomicU32>; 2],
}

impl Pair {
    /// Two machines whose adapters are not coupled.
    fn apart() -> Pair {
        let rig = |_| {
            let mut rig = Rig::of(vec![(NUMBER, Box::new(Ctc::new()))], 0x10_0000);
            rig.memory.bytes[0x8000..0x8005].copy_from_slice(b"hello");
            rig
        };
        let rung = [0, 1].map(|_| Arc::new(AtomicU32::new(0)));
        Pair {
            rigs: [0, 1].map(rig),
            rung,
        }
    }

    fn new() -> Pair {
        let mut pair = Pair::apart();
        pair.couple();
        pair
    }

    fn couple(&mut self) {
        let line = Line::new([ONE, TWO].map(|side| -> Bell {
            let rung = self.rung[side].clone();
            Arc::new(move || {
                rung.fetch_add(1, Ordering::Relaxed);
            })
        }));
        for side in [ONE, TWO] {
            self.adapter(side).connect(line.clone(), side);
        }
        self.settle();
    }

    fn adapter(&mut self, side: usize) -> &mut Ctc {
        self.rigs[side].devices.get_mut(NUMBER).unwrap()
    }

    /// Services both machines until nothing changes.
    fn settle(&mut self) {
        for _ in 0..4 {
            for rig in &mut self.rigs {
                rig.service();
            }
        }
    }

    fn start(&mut self, side: usize, ccws: &[Ccw]) {
        self.begin(side, ccws);
        self.settle();
    }

    /// Starts a program that only its own machine services.
    fn begin(&mut self, side: usize, ccws: &[Ccw]) {
        self.rigs[side].start_at(0x6000, NUMBER, ccws);
    }

    /// The device status that is pending, taken from it.
    fn status(&mut self, side: usize) -> Option<u8> {
        self.rigs[side].test(NUMBER).map(|s| s.device)
    }

    /// Of both machines.
    fn statuses(&mut self) -> (Option<u8>, Option<u8>) {
        (self.status(ONE), self.status(TWO))
    }

    fn halt(&mut self, side: usize) {
        let id = self.rigs[side].id(NUMBER);
        assert_eq!(self.rigs[side].channels.halt(id), Ok(0));
        self.settle();
        // Channel end and device end of the halt, or nothing when nothing was halted.
        assert!(self.rigs[side].test(NUMBER).is_some());
    }

    /// One command of one byte, and what it gave.
    fn sensed(&mut self, side: usize, command: u8) -> (Option<u8>, u8) {
        self.rigs[side].memory.bytes[0x9000] = 0xFF;
        self.start(side, &[(command, 0x9000, SLI, 1)]);
        (self.status(side), self.rigs[side].memory.bytes[0x9000])
    }

    fn read(&self, side: usize) -> &[u8] {
        &self.rigs[side].memory.bytes[0xA000..0xA005]
    }

    fn rings(&self, side: usize) -> u32 {
        self.rung[side].load(Ordering::Relaxed)
    }
}

#[test]
fn a_write_waits_for_the_read_that_attention_asks_for() {
    let mut pair = Pair::new();
    let before = pair.rings(TWO);
    pair.start(ONE, WRITE);
    assert_eq!(pair.statuses(), (None, Some(ATTENTION)));
    assert_eq!(pair.rings(TWO), before + 1);
    assert_eq!(pair.sensed(TWO, 0x14), (Some(NORMAL), 0x01));
    pair.start(TWO, READ);
    let read = pair.rigs[TWO].test(NUMBER).unwrap();
    assert_eq!((read.device, read.count), (NORMAL, 95));
    assert_eq!(pair.read(TWO), b"hello");
    assert_eq!(pair.status(ONE), Some(NORMAL));
    // Told once.
    assert_eq!(pair.statuses(), (None, None));
}

#[test]
fn a_read_may_come_first_and_ends_of_files_are_exceptions() {
    let mut pair = Pair::new();
    pair.start(TWO, READ);
    assert_eq!(pair.status(ONE), Some(ATTENTION));
    assert_eq!(pair.sensed(ONE, 0x14), (Some(NORMAL), 0x02));
    pair.start(ONE, &[(0x81, 0x8000, SLI, 1)]);
    assert_eq!(pair.statuses(), (Some(NORMAL), Some(0x0D)));
    // What is longer than the room for it is cut; a chain goes on behind it.
    pair.start(TWO, &[(0x02, 0xA000, SLI | CC, 2), (0x03, 0, SLI, 1)]);
    assert_eq!(pair.status(ONE), Some(ATTENTION));
    pair.start(ONE, &[(0x01, 0x8000, SLI | CC, 5), (0x03, 0, SLI, 1)]);
    assert_eq!(pair.statuses(), (Some(NORMAL), Some(NORMAL)));
    assert_eq!(pair.read(TWO), b"he\0\0\0");
}

#[test]
fn what_comes_before_the_end_of_the_last_was_seen_calls_as_well() {
    let mut pair = Pair::new();
    pair.start(TWO, READ);
    assert_eq!(pair.status(ONE), Some(ATTENTION));
    // The second write comes while the other machine has not seen that its read is over.
    for status in [Some(NORMAL), None] {
        pair.begin(ONE, WRITE);
        assert_eq!(pair.status(ONE), status);
    }
    pair.rigs[TWO].service();
    assert_eq!(pair.status(TWO), Some(NORMAL));
    pair.rigs[TWO].service();
    assert_eq!(pair.status(TWO), Some(ATTENTION));
    pair.start(TWO, READ);
    assert_eq!(pair.statuses(), (Some(NORMAL), Some(NORMAL)));
}

#[test]
fn two_that_want_the_same_collide() {
    for (first, second) in [
        (WRITE, WRITE),
        (READ, READ),
        (WRITE, CONTROL),
        (CONTROL, READ),
        (CONTROL, WRITE),
    ] {
        let mut pair = Pair::new();
        pair.start(ONE, first);
        assert_eq!(pair.status(TWO), Some(ATTENTION));
        pair.start(TWO, second);
        assert_eq!(pair.statuses(), (None, Some(COLLISION)));
        // The first one still waits.
        let code = first[0].0;
        assert_eq!(pair.sensed(TWO, 0x14), (Some(NORMAL), code));
    }
}

#[test]
fn control_is_over_when_its_command_byte_was_sensed() {
    let mut pair = Pair::new();
    pair.start(ONE, &[(0x17, 0, SLI, 1)]);
    assert_eq!(pair.statuses(), (None, Some(ATTENTION)));
    assert_eq!(pair.sensed(TWO, 0x14), (Some(NORMAL), 0x17));
    assert_eq!(pair.status(ONE), Some(NORMAL));
    assert_eq!(pair.sensed(TWO, 0x14), (Some(NORMAL), 0x00));
}

#[test]
fn prepare_waits_for_any_command_of_the_other_side_which_then_calls_nobody() {
    // The way Linux works, and the way a system after its load does.
    for mode in [0xC3, 0x43] {
        for (command, answer) in [
            (CONTROL, &[(0x14, 0x9000, SLI, 1)][..]),
            (READ, WRITE),
            (WRITE, READ),
        ] {
            let mut pair = Pair::new();
            for side in [ONE, TWO] {
                assert_eq!(pair.sensed(side, mode).0, Some(NORMAL));
            }
            pair.start(TWO, PREPARE);
            assert_eq!(pair.statuses(), (None, None));
            assert_eq!(pair.sensed(ONE, 0x14), (Some(NORMAL), 0xE3));
            assert_eq!(pair.status(TWO), None);
            // Its end stands for attention.
            pair.start(ONE, command);
            assert_eq!(pair.statuses(), (None, Some(NORMAL)));
            assert_eq!(pair.statuses(), (None, None));
            // It ends at once while the other side waits with something else.
            pair.start(TWO, PREPARE);
            assert_eq!(pair.status(TWO), Some(NORMAL));
            pair.start(TWO, answer);
            assert_eq!(pair.statuses(), (Some(NORMAL), Some(NORMAL)));
        }
        let mut pair = Pair::new();
        pair.start(ONE, PREPARE);
        pair.start(TWO, PREPARE);
        assert_eq!(pair.statuses(), (Some(NORMAL), Some(NORMAL)));
        assert_eq!(pair.statuses(), (None, None));
    }
}

/// A driver that always has a program at its adapter, and what it saw.
#[derive(Default)]
struct Driver {
    ended: usize,
    lines: Vec<u8>,
}

impl Pair {
    /// A machine runs for a while: its adapter is serviced, and its driver takes the ending status and starts
    /// the program again in the interruption handler. A driver like Linux's stands still for good when that
    /// finds the status of an attention instead.
    fn turn(&mut self, side: usize, driver: &mut Driver, ccws: &[Ccw]) {
        self.rigs[side].service();
        let Some(status) = self.rigs[side].test(NUMBER) else {
            return;
        };
        assert_eq!(status.device, NORMAL, "status instead of an end");
        driver.ended += 1;
        driver.lines.push(self.rigs[side].memory.bytes[0xA000]);
        // The channel is free: a call for the machine would come now.
        self.rigs[side].service();
        self.rigs[side].memory.bytes[0x8000] += 1;
        self.begin(side, ccws);
    }
}

proptest! {
    /// Whatever the order in which the two machines have their turns, nothing is lost and nobody is called.
    #[test]
    fn prepared_programs_meet_in_any_order(turns in prop::collection::vec(0..2usize, 1..200)) {
        let mut pair = Pair::new();
        pair.rigs[TWO].memory.bytes[0x8000] = 0;
        let programs = [PREPARED_READ, PREPARED_WRITE];
        let mut drivers = [Driver::default(), Driver::default()];
        let first = turns[0];
        for side in [first, 1 - first] {
            pair.begin(side, programs[side]);
        }
        for side in turns {
            pair.turn(side, &mut drivers[side], programs[side]);
        }
        let expected: Vec<u8> = (0..).take(drivers[ONE].ended).collect();
        prop_assert_eq!(&drivers[ONE].lines, &expected);
        let ahead = drivers[TWO].ended.abs_diff(drivers[ONE].ended);
        prop_assert!(ahead <= 1, "one side is {ahead} ahead");
        // It goes on: nobody waits for what never comes.
        let before = drivers[ONE].ended;
        for side in [ONE, TWO].repeat(4) {
            pair.turn(side, &mut drivers[side], programs[side]);
        }
        prop_assert!(drivers[ONE].ended > before);
    }
}

#[test]
fn a_writer_that_gives_up_and_tries_again_is_met_by_a_prepared_reader() {
    // Linux's writer halts what nobody answers after 5 seconds, sets the mode and begins again.
    let again = |pair: &mut Pair| {
        pair.halt(ONE);
        assert_eq!(pair.sensed(ONE, 0xC3).0, Some(NORMAL));
        pair.start(ONE, PREPARED_WRITE);
    };
    let mut pair = Pair::new();
    pair.start(ONE, PREPARED_WRITE);
    again(&mut pair);
    assert_eq!(pair.statuses(), (None, None));
    pair.start(TWO, PREPARED_READ);
    assert_eq!(pair.statuses(), (Some(NORMAL), Some(NORMAL)));
    // It is halted when the reader has met it, and it has not seen that.
    pair.start(ONE, PREPARED_WRITE);
    pair.begin(TWO, PREPARED_READ);
    again(&mut pair);
    assert_eq!(pair.statuses(), (Some(NORMAL), Some(NORMAL)));
    assert_eq!(pair.read(TWO), b"hello");
    assert_eq!(pair.statuses(), (None, None));
}

#[test]
fn the_other_side_going_away_is_told() {
    for (waits, said) in [(READ, Some(ATTENTION)), (PREPARE, None)] {
        let mut pair = Pair::new();
        pair.start(ONE, waits);
        assert_eq!(pair.status(TWO), said);
        // A reset of the machine on the other side.
        pair.adapter(TWO).reset();
        pair.settle();
        assert_eq!(pair.status(ONE), Some(CHECK));
        assert_eq!(pair.sensed(ONE, 0x04), (Some(NORMAL), 0x41));
        // Nobody waited: nothing is left over.
        pair.adapter(TWO).reset();
        assert_eq!(pair.sensed(ONE, 0x14), (Some(NORMAL), 0));
        pair.start(ONE, WRITE);
        drop(pair.rigs[TWO].devices.detach(NUMBER));
        pair.rigs[ONE].service();
        assert_eq!(pair.status(ONE), Some(CHECK));
        let adapter = pair.rigs[ONE].devices.get::<Ctc>(NUMBER).unwrap();
        assert!(!adapter.connected());
        assert_eq!(pair.sensed(ONE, 0x04), (Some(NORMAL), 0x40));
        assert_eq!(pair.sensed(ONE, 0xA3), (Some(CHECK), 0xFF));
        assert_eq!(pair.sensed(ONE, 0x04), (Some(NORMAL), 0x80));
    }
}

#[test]
fn a_reset_takes_back_the_call() {
    let mut pair = Pair::new();
    pair.begin(ONE, WRITE);
    pair.adapter(ONE).reset();
    pair.rigs[TWO].service();
    assert_eq!(pair.status(TWO), None);
}

#[test]
fn a_halted_write_is_no_longer_waited_with() {
    let mut pair = Pair::new();
    pair.begin(ONE, WRITE);
    pair.halt(ONE);
    // Nor does the other side hear of it.
    assert_eq!(pair.statuses(), (None, None));
    assert_eq!(pair.sensed(TWO, 0x14), (Some(NORMAL), 0));
}

#[test]
fn an_adapter_that_is_not_coupled_waits_until_it_is() {
    let cases = [
        (Some(PREPARE), Some(PREPARE), Some(NORMAL), Some(NORMAL)),
        (Some(PREPARE), Some(WRITE), Some(NORMAL), None),
        (Some(READ), Some(PREPARE), None, Some(NORMAL)),
        (Some(READ), Some(WRITE), Some(NORMAL), Some(NORMAL)),
        (Some(WRITE), Some(READ), Some(NORMAL), Some(NORMAL)),
        (Some(WRITE), Some(WRITE), None, Some(COLLISION)),
        (Some(PREPARE), None, None, None),
        (None, Some(CONTROL), Some(ATTENTION), None),
        (Some(READ), None, None, Some(ATTENTION)),
    ];
    for (one, two, first, second) in cases {
        let mut pair = Pair::apart();
        for (side, ccws) in [(ONE, one), (TWO, two)] {
            if let Some(ccws) = ccws {
                pair.start(side, ccws);
            }
        }
        assert_eq!(pair.statuses(), (None, None), "{one:?} {two:?}");
        pair.couple();
        assert_eq!(pair.statuses(), (first, second), "{one:?} {two:?}");
        assert_eq!(pair.statuses(), (None, None), "{one:?} {two:?}");
    }
}

#[test]
fn uncoupling_breaks_off_what_waits_on_both_sides() {
    let mut pair = Pair::new();
    pair.start(ONE, PREPARE);
    for side in [TWO, ONE] {
        pair.adapter(side).disconnect();
    }
    pair.settle();
    assert_eq!(pair.statuses(), (Some(CHECK), None));
    assert_eq!(pair.sensed(ONE, 0x04), (Some(NORMAL), 0x40));
    // The machine whose user does it has a command that waits as well.
    let mut pair = Pair::new();
    pair.start(ONE, PREPARE);
    pair.adapter(ONE).disconnect();
    pair.settle();
    assert_eq!(pair.status(ONE), Some(CHECK));
    pair.start(ONE, PREPARE);
    pair.couple();
    pair.start(TWO, PREPARED_WRITE);
    assert_eq!(pair.statuses(), (Some(NORMAL), None));
}
