//! Devices driven by channel programs that the tests build in storage.

use super::rig::{CC, Ccw, Rig, SLI};
use super::*;
use crate::base::codepage::{ebcdic_to_host, host_to_ebcdic};
use crate::machine::channel::{Scsw, channel_status, scsw};

const CONSOLE: u16 = 0x0009;
const READER: u16 = 0x000C;
const PUNCH: u16 = 0x000D;
const PRINTER: u16 = 0x000E;

impl Rig {
    fn new() -> Rig {
        Rig::of(
            vec![
                (CONSOLE, Box::new(Console::new())),
                (READER, Box::new(Reader::new(0x2540))),
                (PUNCH, Box::new(Punch::new(0x2540))),
                (PRINTER, Box::new(Printer::new(0x1403, 132))),
            ],
            0x80_0000,
        )
    }

    fn load(&mut self, cards: &[u8], at_end: AtEnd) {
        let reader = self.devices.get_mut::<Reader>(READER).unwrap();
        reader.load(Deck::new(cards.to_vec(), 7, at_end));
    }

    fn start(&mut self, number: u16, ccws: &[Ccw]) {
        self.start_at(0x1000, number, ccws);
    }

    fn run(&mut self, number: u16, ccws: &[Ccw]) -> Scsw {
        self.start(number, ccws);
        self.test(number).expect("status is pending")
    }

    fn put(&mut self, at: u64, text: &[u8]) {
        self.memory.write(at, &host_to_ebcdic(text)).unwrap();
    }

    fn text(&self, at: usize, len: usize) -> Vec<u8> {
        ebcdic_to_host(&self.memory.bytes[at..at + len])
    }

    fn shown(&mut self) -> Vec<Vec<u8>> {
        let lines = self.devices.take_console_output();
        lines
            .into_iter()
            .map(|(number, line)| {
                assert_eq!(number, CONSOLE);
                line
            })
            .collect()
    }
}

#[test]
fn a_deck_is_read_card_by_card_to_unit_exception_then_the_hopper_is_empty() {
    let mut rig = Rig::new();
    let mut cards = vec![0xC1; 80];
    cards.extend([0xC2; 30]);
    rig.load(&cards, AtEnd::Remove);
    let read = [
        (0x02, 0x2000, CC, 80),
        (0x02, 0x2050, CC, 80),
        (0x02, 0x20A0, 0, 80),
    ];
    let status = rig.run(READER, &read);
    assert_eq!((status.device, status.channel), (0x0D, 0));
    assert_eq!((status.ccw, status.count), (0x1018, 80));
    assert_eq!(rig.text(0x2000, 80), [b'A'; 80]);
    // A short last card is filled with blanks.
    assert_eq!(rig.text(0x2050, 30), [b'B'; 30]);
    assert_eq!(rig.text(0x206E, 50), [b' '; 50]);
    let reader = rig.devices.get_mut::<Reader>(READER).unwrap();
    assert_eq!(reader.take_finished(), [7]);
    let status = rig.run(READER, &read);
    assert_eq!(status.device, 0x0E);
    let status = rig.run(READER, &[(0x04, 0x3000, SLI, 32)]);
    assert_eq!((status.device, status.count), (0x0C, 31));
    assert_eq!(rig.memory.bytes[0x3000], 0x40, "intervention required");
    // Cards put in afterwards are told by device end.
    rig.load(&[0xC3; 80], AtEnd::Keep);
    rig.service();
    assert_eq!(rig.test(READER).unwrap().device, 0x04);
    rig.service();
    assert_eq!(rig.test(READER), None);
}

#[test]
fn decks_end_one_by_one_and_kept_ones_can_be_read_again() {
    let mut rig = Rig::new();
    rig.load(&[0xC1; 80], AtEnd::Keep);
    rig.load(&[0xC2; 80], AtEnd::Keep);
    let read = [(0x02, 0x2000, 0, 80)];
    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.push(rig.run(READER, &read).device);
    }
    assert_eq!(seen, [0x0C, 0x0D, 0x0C, 0x0D, 0x0E]);
    rig.devices.reset();
    assert_eq!(rig.run(READER, &read).device, 0x0C);
    assert_eq!(rig.text(0x2000, 1), b"A");
}

#[test]
fn a_card_read_short_is_a_wrong_length_and_is_fed_all_the_same() {
    let mut rig = Rig::new();
    rig.load(&[[0xC1; 80], [0xC2; 80]].concat(), AtEnd::Keep);
    let status = rig.run(READER, &[(0x02, 0x2000, 0, 24)]);
    assert_eq!(status.channel, channel_status::INCORRECT_LENGTH);
    // Reading without feeding gives the same card twice.
    for command in [0xC2, 0xC2, 0x02] {
        rig.run(READER, &[(command, 0x2000, SLI, 24)]);
        assert_eq!(rig.text(0x2000, 1), b"B");
    }
}

#[test]
fn an_unknown_command_is_rejected_and_sense_id_names_the_device() {
    let mut rig = Rig::new();
    for number in [CONSOLE, READER, PUNCH, PRINTER] {
        assert_eq!(rig.run(number, &[(0x47, 0x2000, SLI, 16)]).device, 0x0E);
        rig.run(number, &[(0x04, 0x3000, 0, 1)]);
        assert_eq!(rig.memory.bytes[0x3000], 0x80);
        rig.run(number, &[(0x04, 0x3000, 0, 1)]);
        assert_eq!(rig.memory.bytes[0x3000], 0, "sense data is given once");
    }
    rig.run(CONSOLE, &[(0xE4, 0x3000, SLI, 256)]);
    assert_eq!(rig.memory.bytes[0x3000..0x3004], [0xFF, 0x32, 0x15, 0]);
}

#[test]
fn written_lines_appear_and_auto_return_decides_where_they_end() {
    let mut rig = Rig::new();
    rig.put(0x2000, b"HELLO\nWORLD\n");
    rig.run(CONSOLE, &[(0x01, 0x2000, SLI, 5)]);
    assert_eq!(rig.shown(), [b"HELLO"]);
    // As Linux writes: lines that bring their new line, then a no-operation.
    rig.run(CONSOLE, &[(0x01, 0x2000, CC | SLI, 12), (0x03, 0, 0, 1)]);
    assert_eq!(rig.shown(), [b"HELLO", b"WORLD"]);
    let console = rig.devices.get_mut::<Console>(CONSOLE).unwrap();
    console.set_auto_return(AutoReturn::Off);
    rig.run(CONSOLE, &[(0x01, 0x2000, 0, 3)]);
    assert!(rig.shown().is_empty());
    let console = rig.devices.get::<Console>(CONSOLE).unwrap();
    assert_eq!(console.unfinished(), b"HEL");
    rig.run(CONSOLE, &[(0x09, 0x2003, 0, 2)]);
    assert_eq!(rig.shown(), [b"HELLO"]);
}

#[test]
fn a_read_waits_for_the_typed_line() {
    let mut rig = Rig::new();
    rig.start(CONSOLE, &[(0x0A, 0x2000, SLI, 160)]);
    assert_eq!(rig.test(CONSOLE), None);
    assert!(rig.devices.console_reading());
    rig.service();
    assert_eq!(rig.test(CONSOLE), None);
    assert!(rig.devices.console_input(CONSOLE, b"help me"));
    rig.service();
    let status = rig.test(CONSOLE).unwrap();
    assert_eq!((status.device, status.count), (0x0C, 153));
    assert_eq!(rig.text(0x2000, 7), b"help me");
    assert!(!rig.devices.console_reading());
    assert!(!rig.devices.console_input(READER, b"x"), "not a console");
}

#[test]
fn lines_typed_ahead_raise_attention_once_until_they_are_read() {
    let mut rig = Rig::new();
    rig.devices.console_input(CONSOLE, b"one");
    rig.devices.console_input(CONSOLE, b"two");
    rig.service();
    assert_eq!(rig.test(CONSOLE).unwrap().device, 0x80);
    rig.service();
    assert_eq!(rig.test(CONSOLE), None);
    let status = rig.run(CONSOLE, &[(0x0A, 0x2000, SLI, 160)]);
    assert_eq!((status.device, status.count), (0x0C, 157));
    // The next line announces itself.
    assert!(rig.channels.work_pending());
    rig.service();
    assert_eq!(rig.test(CONSOLE).unwrap().device, 0x80);
    rig.run(CONSOLE, &[(0x0A, 0x2000, SLI, 160)]);
    assert_eq!(rig.text(0x2000, 3), b"two");
    rig.service();
    assert_eq!(rig.test(CONSOLE), None);
    // The attention key with nothing typed.
    rig.devices.console_attention(CONSOLE);
    rig.service();
    assert_eq!(rig.test(CONSOLE).unwrap().device, 0x80);
}

#[test]
fn halting_a_console_read_leaves_the_line_for_the_next() {
    let mut rig = Rig::new();
    rig.start(CONSOLE, &[(0x0A, 0x2000, SLI, 160)]);
    let id = rig.id(CONSOLE);
    rig.channels.halt(id).unwrap();
    rig.service();
    let status = rig.test(CONSOLE).unwrap();
    assert!(status.is(scsw::HALT));
    assert!(!rig.devices.console_reading());
    rig.devices.console_input(CONSOLE, b"late");
    rig.service();
    assert_eq!(rig.test(CONSOLE).unwrap().device, 0x80);
}

#[test]
fn punch_and_printer_keep_what_they_made() {
    let mut rig = Rig::new();
    rig.put(0x2000, b"CARD");
    rig.run(PUNCH, &[(0x41, 0x2000, SLI, 4)]);
    let cards = rig.devices.get_mut::<Punch>(PUNCH).unwrap().take_cards();
    assert_eq!(cards.len(), 1);
    assert_eq!((cards[0].command, cards[0].data.len()), (0x41, 80));
    assert_eq!(ebcdic_to_host(&cards[0].data[..6]), b"CARD  ");
    rig.put(0x2000, &[b'X'; 200]);
    let status = rig.run(
        PRINTER,
        &[
            (0x8B, 0, CC, 1),
            (0x09, 0x2000, CC | SLI, 200),
            (0x11, 0x2000, 0, 5),
        ],
    );
    assert_eq!((status.device, status.channel), (0x0C, 0));
    let printer = rig.devices.get_mut::<Printer>(PRINTER).unwrap();
    let lines: Vec<_> = printer
        .take_lines()
        .iter()
        .map(|l| (l.command, l.data.len()))
        .collect();
    assert_eq!(lines, [(0x8B, 0), (0x09, 132), (0x11, 5)]);
    // Channel 13 does not exist.
    assert_eq!(rig.run(PRINTER, &[(0xEB - 2, 0x2000, 0, 5)]).device, 0x0E);
}

#[test]
fn a_device_attached_later_is_reported() {
    let mut rig = Rig::new();
    assert_eq!(rig.channels.store_report(), (1, 0));
    rig.devices.attach(0x0200, Box::new(Reader::new(0x3505)));
    rig.devices.connect(&mut rig.channels);
    assert_eq!(rig.channels.store_report(), (0, 0x0304_0004));
    assert!(rig.devices.detach(0x0200).is_some());
    rig.devices.connect(&mut rig.channels);
    assert_eq!(rig.channels.store_report(), (0, 0x0304_0004));
    assert!(rig.channels.by_device(0x0200).is_none());
    let list: Vec<_> = rig
        .devices
        .list()
        .map(|(n, i)| (n, i.class.keyword()))
        .collect();
    assert_eq!(list, [(9, "CONS"), (12, "RDR"), (13, "PUN"), (14, "PRT")]);
}

/// An IPL deck as kernels have it: a short PSW and two CCWs on the first card, 20 CCWs on the next two,
/// which read the cards that follow.
fn ipl_deck(cards: usize) -> Vec<u8> {
    let mut deck = vec![0x40; 80];
    deck[0..8].copy_from_slice(&[0x00, 0x08, 0, 0, 0x80, 0, 0x02, 0]);
    deck[8..16].copy_from_slice(&[0x02, 0, 0, 0x18, 0x60, 0, 0, 0x50]);
    deck[16..24].copy_from_slice(&[0x02, 0, 0, 0x68, 0x60, 0, 0, 0x50]);
    for i in 0..20u32 {
        let last = i == 19;
        let flags: u32 = if last { 0x2000_0050 } else { 0x6000_0050 };
        deck.extend((0x0200_00F0 + i * 80).to_be_bytes());
        deck.extend(flags.to_be_bytes());
    }
    for i in 0..cards {
        deck.extend([u8::try_from(i % 251).unwrap(); 80]);
    }
    deck
}

#[test]
fn a_kernel_deck_is_loaded_by_its_own_chain() {
    let mut rig = Rig::new();
    rig.load(&ipl_deck(100), AtEnd::Keep);
    rig.channels.reset();
    let Rig {
        devices,
        channels,
        memory,
    } = &mut rig;
    devices.load(channels, memory, READER).unwrap();
    assert_eq!(rig.memory.bytes[4..8], [0x80, 0, 0x02, 0]);
    for i in 0..20u8 {
        let at = 0xF0 + usize::from(i) * 80;
        assert_eq!(rig.memory.bytes[at..at + 80], [i; 80]);
    }
    // The second subchannel; no interruption is left, and the subchannel is enabled.
    assert_eq!(rig.memory.bytes[184..192], [0, 1, 0, 1, 0, 0, 0, 0]);
    assert_eq!(rig.channels.pending_mask(), 0);
    assert_eq!(rig.test(READER), None);
    // The loader goes on with the next cards.
    rig.run(READER, &[(0x02, 0x2000, 0, 80)]);
    assert_eq!(rig.memory.bytes[0x2000], 20);
    // A second IPL begins with the first card again.
    rig.channels.reset();
    let Rig {
        devices,
        channels,
        memory,
    } = &mut rig;
    devices.load(channels, memory, READER).unwrap();
}

#[test]
fn an_ipl_that_cannot_load_says_why() {
    let mut rig = Rig::new();
    let Rig {
        devices,
        channels,
        memory,
    } = &mut rig;
    assert_eq!(
        devices.load(channels, memory, 0x0300),
        Err(IplError::NoDevice(0x0300))
    );
    assert_eq!(
        devices.load(channels, memory, READER),
        Err(IplError::NotReady(READER))
    );
    let rejected = IplError::Status {
        number: PRINTER,
        device: 0x0E,
        channel: 0,
    };
    assert_eq!(devices.load(channels, memory, PRINTER), Err(rejected));
    // A deck that ends too early, and one whose chain leads nowhere.
    rig.load(&ipl_deck(0)[..160], AtEnd::Remove);
    let Rig {
        devices,
        channels,
        memory,
    } = &mut rig;
    let ended = IplError::Status {
        number: READER,
        device: 0x0D,
        channel: 0,
    };
    assert_eq!(devices.load(channels, memory, READER), Err(ended));
    rig.load(&[0; 80], AtEnd::Remove);
    let Rig {
        devices,
        channels,
        memory,
    } = &mut rig;
    let lost = IplError::Status {
        number: READER,
        device: 0,
        channel: 0x20,
    };
    assert_eq!(devices.load(channels, memory, READER), Err(lost));
    let mut endless = ipl_deck(0);
    endless[8..24].copy_from_slice(&[3, 0, 0, 0, 0x60, 0, 0, 1, 8, 0, 0, 8, 0, 0, 0, 0]);
    let reader = rig.devices.get_mut::<Reader>(READER).unwrap();
    reader.unload();
    rig.load(&endless, AtEnd::Remove);
    let Rig {
        devices,
        channels,
        memory,
    } = &mut rig;
    assert_eq!(
        devices.load(channels, memory, READER),
        Err(IplError::Endless(READER))
    );
}

/// The whole Debian deck has 89,000 cards, read 20 at a time; this measures the channel's share.
#[test]
fn a_big_deck_loads_fast() {
    const CARDS: usize = 89_000;
    let mut rig = Rig::new();
    let cards: Vec<u8> = (0..CARDS * 80).map(|i| i.to_le_bytes()[1]).collect();
    rig.load(&cards, AtEnd::Keep);
    let began = std::time::Instant::now();
    let mut at = 0x2000u32;
    let mut read = 0;
    loop {
        let ccws: Vec<_> = (0..20u32)
            .map(|i| (0x02, at + i * 80, if i < 19 { CC } else { 0 }, 80))
            .collect();
        let status = rig.run(READER, &ccws);
        if status.device != 0x0C {
            assert_eq!(status.device, 0x0D);
            break;
        }
        read += 20;
        at += 1600;
    }
    let took = began.elapsed();
    println!("{CARDS} cards in {took:?}");
    assert_eq!(read, CARDS);
    assert!(took.as_secs() < 2, "{took:?}");
    assert_eq!(rig.memory.bytes[0x2000..0x2000 + cards.len()], cards[..]);
}

fn machine() -> Machine {
    let clock = crate::base::Clock::fixed(0);
    Machine::new(crate::machine::Config::new(8 << 20, clock)).unwrap()
}

fn reader(deck: &[u8]) -> Devices {
    let mut reader = Reader::new(0x2540);
    reader.load(Deck::new(deck.to_vec(), 1, AtEnd::Keep));
    let mut devices = Devices::new();
    devices.attach(READER, Box::new(reader));
    devices
}

#[test]
fn a_machine_is_started_by_the_psw_of_its_deck() {
    let mut machine = machine();
    machine.cpus[0].psw.zarch = true;
    machine.storage.write(0x5000, &[1]).unwrap();
    let mut devices = reader(&ipl_deck(20));
    devices
        .ipl(&mut machine, READER, Clearing::Keep, b"console=ttyS0")
        .unwrap();
    let cpu = &machine.cpus[0];
    assert!(!cpu.psw.zarch);
    assert_eq!(cpu.psw.addr, 0x200);
    assert_eq!(cpu.psw.amode, crate::machine::Amode::A31);
    assert_eq!(cpu.state, crate::machine::State::Operating);
    assert_eq!(
        cpu.gr[0..5],
        [0x8396_95A2, 0x9693_857E, 0xA3A3_A8E2, 0xF000_0000, 0]
    );
    let mut byte = [0];
    machine.storage.read(0x5000, &mut byte).unwrap();
    assert_eq!(byte, [1], "storage is kept");
    devices
        .ipl(&mut machine, READER, Clearing::Clear, b"")
        .unwrap();
    machine.storage.read(0x5000, &mut byte).unwrap();
    assert_eq!(byte, [0], "storage is cleared");
    assert_eq!(*machine.cpus[0].gr, [0; 16]);
}

#[test]
fn a_deck_without_a_psw_starts_nothing() {
    let mut machine = machine();
    let mut deck = ipl_deck(20);
    // Bit 12 must be one in a short PSW.
    deck[1] = 0;
    let failed = reader(&deck).ipl(&mut machine, READER, Clearing::Keep, b"");
    assert_eq!(failed, Err(IplError::BadPsw(READER)));
    assert_ne!(machine.cpus[0].state, crate::machine::State::Operating);
}
