//! The display as a program and a person see it.

use super::*;
use crate::device::rig::{CC, Rig, SLI};

const DISPLAY: u16 = 0x0020;

/// A display with a program's storage.
struct Desk(Rig);

impl Desk {
    fn new() -> Desk {
        let display = Box::new(Display::new(Model::Four));
        Desk(Rig::of(vec![(DISPLAY, display)], 0x1_0000))
    }

    fn display(&mut self) -> &mut Display {
        self.0.devices.get_mut(DISPLAY).unwrap()
    }

    /// Writes a data stream; gives the unit status.
    fn write(&mut self, command: u8, stream: &[u8]) -> u8 {
        use crate::machine::channel::Memory;
        self.0.memory.write(0x2000, stream).unwrap();
        let count = u16::try_from(stream.len()).unwrap().max(1);
        self.0
            .start_at(0x1000, DISPLAY, &[(command, 0x2000, SLI, count)]);
        self.0.test(DISPLAY).unwrap().device
    }

    fn read(&mut self, command: u8) -> Vec<u8> {
        self.0
            .start_at(0x1000, DISPLAY, &[(command, 0x4000, SLI, 0x2000)]);
        let status = self.0.test(DISPLAY).unwrap();
        assert_eq!(status.device, 0x0C);
        let length = 0x2000 - usize::from(status.count);
        self.0.memory.bytes[0x4000..0x4000 + length].to_vec()
    }

    fn sense(&mut self) -> u8 {
        self.read(0x04)[0]
    }

    /// The status that the display presents of its own accord.
    fn attention(&mut self) -> Option<u8> {
        self.0.service();
        self.0.test(DISPLAY).map(|status| status.device)
    }

    fn line(&mut self, n: usize) -> String {
        self.display().screen.text()[n].clone()
    }
}

/// `USER:` protected, an input field of four places behind it, and a skipped one.
const FORM: &[u8] = &[
    0xC3, 0x11, 0x40, 0x40, 0x1D, 0x60, 0xE4, 0xE2, 0xC5, 0xD9, 0x7A, 0x1D, 0x40, 0x13, 0x00, 0x00,
    0x00, 0x00, 0x1D, 0xF0, 0xD6, 0xD2,
];

#[test]
fn a_form_is_shown_filled_in_and_read() {
    let mut desk = Desk::new();
    assert_eq!(desk.write(0x05, FORM), 0x0C);
    assert_eq!(desk.line(0), " USER:      OK");
    assert_eq!(desk.display().screen.cursor(), (0, 7));
    for c in b"MAIN" {
        assert_eq!(desk.display().press(Key::Character(*c)), Pressed::Done);
    }
    assert_eq!(desk.line(0), " USER: MAIN OK");
    // The field is full and the next one is skipped: back in the only open field.
    assert_eq!(desk.display().screen.cursor(), (0, 7));
    assert_eq!(
        desk.display().press(Key::Aid(Aid::Pf(10))),
        Pressed::Attention
    );
    assert_eq!(desk.attention(), Some(0x80));
    assert_eq!(desk.attention(), None, "once");
    assert_eq!(
        desk.display().press(Key::Character(b'X')),
        Pressed::Refused,
        "the keyboard is locked"
    );
    let main = [0xD4, 0xC1, 0xC9, 0xD5];
    let head = [0x7A, 0x40, 0xC7, 0x11, 0x40, 0xC7];
    assert_eq!(desk.read(0x06), [&head[..], &main].concat());
    // Read buffer shows the fields, the changed one with its bit.
    let all = desk.read(0x02);
    assert_eq!(all.len(), 3 + 24 * 80 + 3, "an order before each attribute");
    assert_eq!(all[..5], [0x7A, 0x40, 0xC7, 0x1D, 0x60]);
    assert_eq!(all[10..12], [0x1D, 0xC1]);
    // Keyboard restore and reset of the modified bit.
    assert_eq!(desk.write(0x01, &[0xC3]), 0x0C);
    assert!(!desk.display().screen.locked());
    assert_eq!(desk.read(0x06), [0x60, 0x40, 0xC7]);
}

#[test]
fn clear_and_pa_keys_send_themselves() {
    let mut desk = Desk::new();
    desk.write(0x05, FORM);
    desk.display().press(Key::Character(b'A'));
    desk.display().press(Key::Aid(Aid::Pa(2)));
    assert_eq!(desk.read(0x06), [0x6E]);
    assert_eq!(desk.read(0x0E), [0x6E, 0x40, 0xC8, 0x11, 0x40, 0xC7, 0xC1]);
    desk.display().press(Key::Reset);
    desk.display().press(Key::Aid(Aid::Clear));
    assert_eq!(desk.read(0x06), [0x6D]);
    assert_eq!(desk.line(0), "");
    assert_eq!(
        desk.display().press(Key::Aid(Aid::Pf(25))),
        Pressed::Refused
    );
}

#[test]
fn a_line_typed_early_waits_for_the_keyboard() {
    let mut desk = Desk::new();
    desk.write(0x05, FORM);
    desk.display().type_line(b"one");
    desk.display().type_line(b"toolong");
    assert_eq!(desk.attention(), Some(0x80));
    let one = [0x7D, 0x40, 0x4A, 0x11, 0x40, 0xC7, 0x96, 0x95, 0x85];
    assert_eq!(desk.read(0x06), one);
    assert_eq!(desk.display().take_alarms(), 0);
    // The program puts the cursor back and frees the keyboard.
    desk.write(0x01, &[0xC3, 0x11, 0x40, 0xC7, 0x13]);
    assert_eq!(desk.attention(), Some(0x80));
    let two = [0x7D, 0x40, 0xC7, 0x11, 0x40, 0xC7, 0xA3, 0x96, 0x96, 0x93];
    assert_eq!(desk.read(0x06), two);
    assert_eq!(desk.display().take_alarms(), 1);
}

#[test]
fn a_stream_that_is_none_is_refused_where_it_goes_wrong() {
    let mut desk = Desk::new();
    for bad in [
        &[0xC3, 0xC1, 0x11, 0x5E, 0x40][..],
        &[0xC3, 0xC1, 0x11, 0x20, 0x00],
        &[0xC3, 0xC1, 0x29, 0x01, 0x99, 0x00],
        &[0xC3, 0xC1, 0x2C, 0x00],
        &[0xC3, 0xC1, 0x1D],
        &[0xC3, 0xC1, 0x02],
        &[0xC3, 0xC1, 0x3C, 0x40],
    ] {
        assert_eq!(desk.write(0x05, bad), 0x0E, "{bad:X?}");
        assert_eq!(desk.sense(), 0x01);
        assert_eq!(desk.line(0), "A", "{bad:X?}");
    }
    for bad in [
        &[0x00, 0x05, 0x7F, 0x00, 0x00][..],
        &[0x00, 0x09, 0x03, 0x00],
    ] {
        assert_eq!(desk.write(0x11, bad), 0x0E, "{bad:X?}");
    }
    assert_eq!(desk.write(0x09, &[0xC1]), 0x0E);
    assert_eq!(desk.sense(), 0x80, "a command of other consoles");
}

#[test]
fn a_query_is_answered_by_the_next_read() {
    let mut desk = Desk::new();
    assert_eq!(
        desk.write(0x11, &[0x00, 0x07, 0x01, 0xFF, 0x03, 0x00, 0x81]),
        0x0C
    );
    assert_eq!(desk.attention(), Some(0x80));
    let reply = desk.read(0x06);
    assert_eq!(reply[..5], [0x88, 0x00, 0x17, 0x81, 0x81]);
    assert_eq!(reply[7..11], [0x00, 80, 0x00, 43]);
    assert_eq!(desk.read(0x06), [0x60, 0x40, 0x40], "once");
    desk.write(0x11, &[0x00, 0x05, 0x01, 0xFF, 0x02]);
    let all = desk.read(0x06);
    let mut at = 1;
    let mut codes = Vec::new();
    while at < all.len() {
        codes.push(all[at + 3]);
        at += usize::from(u16::from_be_bytes([all[at], all[at + 1]]));
    }
    assert_eq!(at, all.len());
    assert_eq!(all[5..5 + codes.len()], codes, "the summary names them");
}

#[test]
fn sizes_follow_the_command() {
    let mut desk = Desk::new();
    desk.write(0x0D, &[0xC3]);
    assert_eq!(desk.display().screen.size(), (43, 80));
    // Chained: a write at the last place, then a read of everything.
    desk.write(0x0D, &[0xC3, 0x11, 0x0D, 0x6F, 0xE7]);
    assert_eq!(desk.line(42).len(), 80);
    desk.write(0x05, &[]);
    assert_eq!(desk.display().screen.size(), (24, 80));
    desk.0.start_at(
        0x1000,
        DISPLAY,
        &[(0x0B, 0, CC | SLI, 1), (0x06, 0x4000, SLI, 10)],
    );
    assert_eq!(desk.0.test(DISPLAY).unwrap().count, 7);
}
