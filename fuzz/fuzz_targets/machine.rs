//! A machine whose registers and storage are anything: instruction streams, channel programs, service-call control
//! blocks and dictionaries of COMPRESSION CALL. It goes on, waits, stops or asks; it never panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vmshare::base::Clock;
use vmshare::device::{Console, Devices};
use vmshare::machine::{Config, Exit, Machine, Psw, State};

const CODE: u64 = 0x1_0000;
/// Where the control blocks and channel programs stand.
const DATA: u64 = 0x2_0000;
/// Registers and PSW mask, before the rest.
const HEAD: usize = 1 + 8 + 16 * 8;

/// SERVICE CALL with the command in register 1 and the block in register 2, then again.
const SERVE: [u8; 8] = [0xB2, 0x20, 0x00, 0x12, 0xA7, 0xF4, 0xFF, 0xFE];
/// LLILF 1 with the first subchannel, MSCH of the block at the data, SSCH with the ORB behind it, TSCH, again.
const START: [u8; 22] = [
    0xC0, 0x1F, 0x00, 0x01, 0x00, 0x00, 0xB2, 0x32, 0x20, 0x00, 0xB2, 0x33, 0x20, 0x40, 0xB2, 0x35, 0x21,
    0x00, 0xA7, 0xF4, 0xFF, 0xFA,
];
/// CMPSC 2,4, again with condition code 3, then in the other direction, again.
const COMPRESS: [u8; 18] = [
    0xB2, 0x63, 0x00, 0x24, 0xA7, 0x14, 0xFF, 0xFE, 0xA5, 0x0B, 0x01, 0x00, 0xA7, 0xF4, 0xFF, 0xFA, 0x07, 0x00,
];

fuzz_target!(|bytes: &[u8]| {
    let Some((head, rest)) = bytes.split_at_checked(HEAD) else { return };
    let mut config = Config::new(1 << 20, Clock::fixed(0));
    config.cpus = 2;
    let Ok(mut machine) = Machine::new(config) else { return };
    let mut devices = Devices::new();
    devices.attach(0x0009, Box::new(Console::new()));
    devices.connect(&mut machine.channels);
    let longs: Vec<u64> = head[1..]
        .chunks_exact(8)
        .map(|c| c.iter().fold(0, |v, b| v << 8 | u64::from(*b)))
        .collect();
    machine.cpus[0].gr.copy_from_slice(&longs[1..]);
    let mut mask = longs[0] & 0x4703_FF01_8000_0000 & !(2 << 48);
    let (code, data): (&[u8], &[u8]) = match head[0] % 4 {
        0 => (rest, rest),
        1 => (&SERVE, rest),
        2 => (&START, rest),
        _ => (&COMPRESS, rest),
    };
    if head[0] % 4 != 0 {
        mask = 0x0000_0001_8000_0000;
        machine.cpus[0].gr[2] = DATA;
    }
    if head[0] % 4 == 3 {
        let gr = &mut machine.cpus[0].gr;
        gr[0] = gr[0] & !0xF000 | ((gr[0] >> 12 & 3) + 1) << 12;
        gr[1] = DATA | gr[1] & 0xFFF;
        // The data to compress is the dictionary; what comes out goes to what stands behind it.
        gr[2] = 0x4_0000 | gr[3] >> 50;
        gr[3] >>= 48;
        gr[4] = DATA | gr[5] >> 52;
        gr[5] >>= 50;
    }
    let _ = machine.storage.write(DATA, data);
    let _ = machine.storage.write(CODE, code);
    machine.cpus[0].load_psw(Psw::from_long(mask, CODE));
    machine.cpus[0].state = State::Operating;
    for _ in 0..50 {
        match machine.run(100) {
            Exit::ChannelWork => {
                devices.service_on(&mut machine.channels, &mut machine.storage);
            }
            Exit::Budget | Exit::ServiceCall { .. } => {}
            _ => return,
        }
    }
});
