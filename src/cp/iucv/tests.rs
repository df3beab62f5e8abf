//! Two virtual machines with a path between them, and one with the message service.

use super::{flag, kind};
use crate::base::codepage::host_to_ebcdic;
use crate::cp::hardware::Address;
use crate::cp::tests::Rig;
use crate::machine::Message;

const DIRECTORY: &str = "\
USER LINUX1 NOPASS 1M 4M G
 CONSOLE 0009 3215
 IUCV ALLOW
 IUCV *LOGREC
 OPTION MAXCONN 3
USER LINUX2 NOPASS 1M 4M G
 CONSOLE 0009 3215
USER LINUX3 NOPASS 1M 4M G
 CONSOLE 0009 3215
";
const LIST: u64 = 0x3000;

fn rig() -> Rig {
    Rig::with(DIRECTORY).on("LINUX1").on("LINUX2").on("LINUX3")
}

fn storage<'a>(rig: &'a mut Rig, user: &str) -> &'a mut crate::cp::hardware::Hardware {
    let guest = rig.system.guests.get_mut(user.as_bytes());
    &mut guest.unwrap().hardware
}

/// Executes a function with these fields in the list; the condition code, or 99 for an exception, and the list.
fn call(rig: &mut Rig, user: &str, function: u64, fields: &[(usize, &[u8])]) -> (u8, Message) {
    let mut list = [0; 40];
    for (at, bytes) in fields {
        list[*at..at + bytes.len()].copy_from_slice(bytes);
    }
    let hardware = storage(rig, user);
    hardware.write(Address::Real, LIST, &list).unwrap();
    let cpu = &mut hardware.machine.cpus[0];
    cpu.gr[0] = function;
    cpu.psw.addr = 0x1000;
    rig.system.iucv(user.as_bytes(), 0, LIST);
    let hardware = storage(rig, user);
    let cpu = &hardware.machine.cpus[0];
    let cc = if cpu.psw.addr == 0x1000 {
        cpu.psw.cc
    } else {
        99
    };
    let after = hardware.read(Address::Real, LIST, 40).unwrap();
    list.copy_from_slice(&after);
    (cc, list)
}

/// A return code with condition code 1.
fn code(answer: (u8, Message)) -> u8 {
    assert_eq!(answer.0, 1);
    answer.1[3]
}

fn heard(rig: &mut Rig, user: &str) -> Vec<Message> {
    storage(rig, user).machine.messages.drain(..).collect()
}

fn name(text: &str) -> Vec<u8> {
    host_to_ebcdic(format!("{text:<8}").as_bytes())
}

fn declared(rig: &mut Rig) {
    for user in ["LINUX1", "LINUX2"] {
        let buffer = 0x4000u32.to_be_bytes();
        assert_eq!(call(rig, user, 12, &[(12, &buffer)]).0, 0);
    }
}

/// A path from LINUX2 to LINUX1 on which data may be in lists; its numbers.
fn connected(rig: &mut Rig) -> ([u8; 2], [u8; 2]) {
    let (cc, list) = call(
        rig,
        "LINUX2",
        11,
        &[
            (2, &[flag::PARAMETER_DATA]),
            (4, &[0, 2]),
            (8, &name("LINUX1")),
            (16, b"who I am, 16 by."),
        ],
    );
    assert_eq!(cc, 0);
    let from = [list[0], list[1]];
    let told = heard(rig, "LINUX1");
    assert_eq!(told.len(), 1);
    assert_eq!(told[0][3], kind::CONNECTION_PENDING);
    assert_eq!(told[0][8..16], name("LINUX2"));
    assert_eq!(&told[0][16..32], b"who I am, 16 by.");
    let to = [told[0][0], told[0][1]];
    // Nothing is sent before it is accepted.
    assert_eq!(code(call(rig, "LINUX2", 4, &[(0, &from), (2, &[0x90])])), 1);
    let fields: [(usize, &[u8]); 3] = [(0, &to), (2, &[flag::PARAMETER_DATA]), (4, &[0, 2])];
    assert_eq!(call(rig, "LINUX1", 10, &fields).0, 0);
    let told = heard(rig, "LINUX2");
    assert_eq!((told[0][0..2].to_vec(), told[0][3]), (from.to_vec(), 2));
    (from, to)
}

#[test]
fn who_cannot_be_reached_is_told_why() {
    let mut rig = rig();
    let connect = |rig: &mut Rig, from: &str, to: &str| call(rig, from, 11, &[(8, &name(to))]);
    assert_eq!(code(connect(&mut rig, "LINUX2", "LINUX1")), 12);
    declared(&mut rig);
    let buffer = 0x5000u32.to_be_bytes();
    assert_eq!(code(call(&mut rig, "LINUX1", 12, &[(12, &buffer)])), 19);
    assert_eq!(code(connect(&mut rig, "LINUX2", "NOBODY")), 11);
    assert_eq!(code(connect(&mut rig, "LINUX2", "LINUX3")), 12);
    assert_eq!(code(connect(&mut rig, "LINUX1", "LINUX2")), 15);
    assert_eq!(code(connect(&mut rig, "LINUX2", "*LOGREC")), 15);
    assert_eq!(code(connect(&mut rig, "LINUX1", "*LOGREC")), 16);
    assert_eq!(code(connect(&mut rig, "LINUX1", "*NOSUCH")), 16);
    assert_eq!(code(call(&mut rig, "LINUX1", 99, &[])), 17);
    // A buffer that is not in storage, or not at a doubleword.
    storage(&mut rig, "LINUX3")
        .write(Address::Real, 104, &[0, 8, 0, 0, 0x80, 0, 0x77, 0x70])
        .unwrap();
    for at in [0x4004u32, 0x7FFF_F000] {
        assert_eq!(
            call(&mut rig, "LINUX3", 12, &[(12, &at.to_be_bytes())]).0,
            99
        );
    }
    for _ in 0..3 {
        assert_eq!(connect(&mut rig, "LINUX2", "LINUX1").0, 0);
    }
    assert_eq!(code(connect(&mut rig, "LINUX2", "LINUX1")), 14);
    assert_eq!(code(connect(&mut rig, "LINUX1", "LINUX1")), 13);
}

#[test]
fn messages_are_sent_received_and_answered() {
    let mut rig = rig();
    declared(&mut rig);
    let (from, to) = connected(&mut rig);
    storage(&mut rig, "LINUX2")
        .write(Address::Real, 0x6000, b"a message")
        .unwrap();
    let place = [0x6000u32, 9].map(u32::to_be_bytes).concat();
    let answer = [0x7000u32, 8].map(u32::to_be_bytes).concat();
    let fields: [(usize, &[u8]); 5] = [
        (0, &from),
        (8, &[0, 0, 0, 7]),
        (12, &place),
        (20, b"classtag"),
        (28, &answer),
    ];
    let (cc, sent) = call(&mut rig, "LINUX2", 4, &fields);
    assert_eq!(cc, 0);
    let told = heard(&mut rig, "LINUX1");
    assert_eq!(
        (told[0][3], &told[0][8..12], told[0][19]),
        (9, &[0, 0, 0, 7][..], 9)
    );
    assert_eq!(told[0][4..8], sent[4..8]);
    assert_eq!(told[0][35], 8);
    // Received in two parts.
    let number = &sent[4..8];
    let to_buffer = |length: u32| [0x6000u32, length].map(u32::to_be_bytes).concat();
    let by_number = |length: u32| call_receive(&to, number, &to_buffer(length));
    let (cc, list) = call(&mut rig, "LINUX1", 5, &fields_of(&by_number(2)));
    assert_eq!((cc, list[3], list[19]), (1, 5, 7));
    let (cc, list) = call(&mut rig, "LINUX1", 5, &fields_of(&by_number(100)));
    assert_eq!((cc, list[3], list[19]), (0, 0, 93));
    let got = storage(&mut rig, "LINUX1")
        .read(Address::Real, 0x6000, 9)
        .unwrap();
    assert_eq!(&got[..7], b"message");
    assert_eq!(call(&mut rig, "LINUX1", 5, &fields_of(&by_number(9))).0, 2);
    assert!(heard(&mut rig, "LINUX2").is_empty());
    // The answer, and how much of its buffer is left.
    storage(&mut rig, "LINUX1")
        .write(Address::Real, 0x8000, b"reply")
        .unwrap();
    let reply = [0x8000u32, 5].map(u32::to_be_bytes).concat();
    let fields: [(usize, &[u8]); 3] = [(0, &to), (4, number), (28, &reply)];
    assert_eq!(call(&mut rig, "LINUX1", 6, &fields).0, 0);
    assert_eq!(call(&mut rig, "LINUX1", 6, &fields).0, 2);
    let told = heard(&mut rig, "LINUX2");
    assert_eq!(
        (told[0][3], &told[0][4..8], &told[0][8..12]),
        (7, number, &[0; 4][..])
    );
    assert_eq!((&told[0][20..28], told[0][35]), (&b"classtag"[..], 3));
    let got = storage(&mut rig, "LINUX2")
        .read(Address::Real, 0x7000, 5)
        .unwrap();
    assert_eq!(got, b"reply");
}

type Fields = Vec<(usize, Vec<u8>)>;

fn call_receive(path: &[u8], number: &[u8], place: &[u8]) -> Fields {
    vec![
        (0, path.to_vec()),
        (2, vec![flag::PATH_GIVEN | flag::MESSAGE_GIVEN]),
        (4, number.to_vec()),
        (12, place.to_vec()),
    ]
}

fn fields_of(fields: &Fields) -> Vec<(usize, &[u8])> {
    fields.iter().map(|(at, f)| (*at, f.as_slice())).collect()
}

#[test]
fn limits_quiesce_and_purge_hold_messages_back() {
    let mut rig = rig();
    declared(&mut rig);
    let (from, to) = connected(&mut rig);
    let send: [(usize, &[u8]); 3] = [(0, &from), (2, &[0x90]), (12, b"12345678")];
    let (_, first) = call(&mut rig, "LINUX2", 4, &send);
    assert_eq!(call(&mut rig, "LINUX2", 4, &send).0, 0);
    assert_eq!(code(call(&mut rig, "LINUX2", 4, &send)), 3);
    let fields: [(usize, &[u8]); 2] = [(0, &from), (4, &first[4..8])];
    assert_eq!(call(&mut rig, "LINUX2", 9, &fields).0, 0);
    assert_eq!(call(&mut rig, "LINUX2", 9, &fields).0, 2);
    assert_eq!(heard(&mut rig, "LINUX1").len(), 1);
    // The other message has its data in the list; who sent it hears when it is received.
    let (cc, list) = call(&mut rig, "LINUX1", 5, &[]);
    assert_eq!((cc, list[2], &list[12..20]), (0, 0x90, &b"12345678"[..]));
    assert_eq!(heard(&mut rig, "LINUX2")[0][3], kind::DONE);
    assert_eq!(call(&mut rig, "LINUX1", 13, &[(0, &to)]).0, 0);
    assert_eq!(code(call(&mut rig, "LINUX2", 4, &send)), 2);
    assert_eq!(call(&mut rig, "LINUX1", 14, &[(2, &[flag::ALL])]).0, 0);
    let kinds = |told: Vec<Message>| told.iter().map(|m| m[3]).collect::<Vec<_>>();
    assert_eq!(kinds(heard(&mut rig, "LINUX2")), [4, 5]);
    assert_eq!(
        code(call(&mut rig, "LINUX2", 4, &[(0, &from), (2, &[0xB0])])),
        4
    );
    // A message that nobody wants.
    let (_, sent) = call(&mut rig, "LINUX2", 4, &send);
    let fields: [(usize, &[u8]); 2] = [(0, &to), (4, &sent[4..8])];
    assert_eq!(call(&mut rig, "LINUX1", 8, &fields).0, 0);
    assert_eq!(heard(&mut rig, "LINUX2")[0][8], 4);
    // The path ends when one side is reset, and then for the other as well.
    storage(&mut rig, "LINUX1").machine.cpus[0].reset();
    rig.run();
    assert_eq!(kinds(heard(&mut rig, "LINUX2")), [3]);
    assert_eq!(code(call(&mut rig, "LINUX2", 4, &send)), 1);
    assert_eq!(call(&mut rig, "LINUX2", 15, &[(0, &from)]).0, 0);
    assert_eq!(code(call(&mut rig, "LINUX2", 15, &[(0, &from)])), 1);
    assert!(rig.system.iucv.users.is_empty());
}

#[test]
fn special_messages_come_from_the_message_service() {
    let mut rig = rig();
    declared(&mut rig);
    let (cc, list) = call(&mut rig, "LINUX1", 11, &[(8, &name("*MSG"))]);
    assert_eq!(cc, 0);
    let path = [list[0], list[1]];
    assert_eq!(heard(&mut rig, "LINUX1")[0][3], kind::CONNECTED);
    rig.types("LINUX1", &["set smsg iucv"]);
    rig.types("LINUX2", &["smsg linux1 APP hello"]);
    rig.run();
    let told = heard(&mut rig, "LINUX1");
    assert_eq!((told[0][3], told[0][11], told[0][19]), (9, 4, 17));
    let place = [0x6000u32, 17].map(u32::to_be_bytes).concat();
    let fields = call_receive(&path, &told[0][4..8], &place);
    assert_eq!(call(&mut rig, "LINUX1", 5, &fields_of(&fields)).0, 0);
    let got = storage(&mut rig, "LINUX1")
        .read(Address::Real, 0x6000, 17)
        .unwrap();
    assert_eq!(got, host_to_ebcdic(b"LINUX2  APP hello"));
    // Without a path it waits.
    assert_eq!(call(&mut rig, "LINUX1", 15, &[(0, &path)]).0, 0);
    let guest = rig.system.guests.get(b"LINUX1").unwrap();
    assert!(!guest.messages.is_connected());
}

#[test]
fn a_message_is_taken_by_the_processor_whose_masks_allow_it() {
    let mut rig = rig();
    declared(&mut rig);
    let cpu = |rig: &mut Rig| {
        storage(rig, "LINUX1").machine.cpus[0]
            .message_buffer
            .unwrap()
    };
    for (mask, control, takes) in [
        (0xFF, 0xFF, [true; 9]),
        (0, 0xFF, [false; 9]),
        (
            0x08,
            0x20,
            [false, false, true, false, false, false, false, false, false],
        ),
        (
            0x80,
            0xFF,
            [false, false, false, false, false, false, false, false, true],
        ),
        (
            0x10,
            0,
            [false, false, false, false, false, true, false, false, false],
        ),
    ] {
        assert_eq!(call(&mut rig, "LINUX1", 16, &[(0, &[mask])]).0, 0);
        assert_eq!(call(&mut rig, "LINUX1", 17, &[(0, &[control])]).0, 0);
        let buffer = cpu(&mut rig);
        let taken: Vec<bool> = (1..=9).map(|k| buffer.takes(k)).collect();
        assert_eq!(taken, takes, "{mask:02X} {control:02X}");
        assert!(!buffer.takes(0) && !buffer.takes(10));
    }
    assert_eq!(call(&mut rig, "LINUX1", 2, &[]).0, 0);
    assert!(
        storage(&mut rig, "LINUX1").machine.cpus[0]
            .message_buffer
            .is_none()
    );
}
