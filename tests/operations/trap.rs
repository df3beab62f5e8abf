//! TRAP2, TRAP4 and RESUME PROGRAM: modes, forms of the save area, EXECUTE, and what is refused.

use vmshare::base::Clock;
use vmshare::machine::{Config, Exit, Machine, Psw, State};

use super::{A24, A31, A64, ARMODE, DAT, Dice, FREE, INVALID, Operation, PROTECTED, Table};

const SECONDARY: u64 = 0x0000_8000_0000_0000;
const HOME: u64 = 0x0000_C000_0000_0000;
const PROBLEM: u64 = 0x0001_0000_0000_0000;
/// Where the trap program and every program that is resumed is: SVC 255.
const SERVICE: u64 = 0x7F_0000;
/// Where targets of EXECUTE are.
const TARGETS: u64 = 0x7F_1000;
/// Trap save areas.
const AREAS: u64 = 0x80_0000;

/// The instruction and what it is.
const FORMS: &[(&str, &[u8])] = &[
    ("trap2", &[0x01, 0xFF]),
    // TRAP4 X'123'(8)
    ("trap4", &[0xB2, 0xFF, 0x81, 0x23]),
    // EX 0,0(7) and EX 0,8(7)
    ("ex trap2", &[0x44, 0x00, 0x70, 0x00]),
    ("ex trap4", &[0x44, 0x00, 0x70, 0x08]),
    // EXRL of what is 12 bytes on.
    (
        "exrl trap2",
        &[0xC6, 0x00, 0, 0, 0, 6, 7, 0, 7, 0, 7, 0, 0x01, 0xFF],
    ),
    (
        "exrl trap4",
        &[
            0xC6, 0x00, 0, 0, 0, 6, 7, 0, 7, 0, 7, 0, 0xB2, 0xFF, 0x8F, 0xFF,
        ],
    ),
];

#[test]
fn traps_save_what_they_save_in_hercules() {
    let Some(mut table) = Table::new() else {
        return;
    };
    let mut dice = Dice::new(99);
    table.put(SERVICE, &[0x0A, 0xFF]);
    table.put(TARGETS, &[0x01, 0xFF]);
    table.put(TARGETS + 8, &[0xB2, 0xFF, 0x81, 0x23]);
    table.page(AREAS + 0x8000, PROTECTED);
    table.page(AREAS + 0xA000, INVALID);
    table.page(AREAS + 0xC000, INVALID);
    for n in 0..1200u64 {
        let (name, code) = FORMS[dice.below(6) as usize];
        let block = FREE + 0x100 * n;
        let mode = [A24, A31, A64][dice.below(3) as usize];
        let space = [0, ARMODE, SECONDARY, HOME];
        let mut psw = mode | DAT | dice.below(16) << 40;
        match dice.below(20) {
            0 => psw &= !DAT,
            1 => psw |= space[dice.below(4) as usize],
            2..=9 => psw |= ARMODE,
            _ => {}
        }
        // The control block may be across pages, and missing.
        let control = match dice.below(20) {
            0 => AREAS + 0xA000 + 0x1000 * dice.below(2) - 0x10,
            _ => block + 0x40,
        };
        let area = AREAS
            + match dice.below(16) {
                0 => 0x7F80 + 8 * dice.below(40),
                1 => 0x9F80 + 8 * dice.below(40),
                2..=5 => 0x10_0F60 + 0x1000 * n + 8 * dice.below(24),
                _ => 0x10_0000 + 0x1000 * n,
            };
        // Every operation has an area of its own where one can be left.
        let area = if area >= 0xF0_0000 {
            AREAS + 0x1_0000 + 0x100 * n
        } else {
            area
        };
        let enabled = u32::from(dice.below(20) != 0);
        let mut words = [0u32; 24];
        words[11] = control as u32 | enabled | (dice.next() as u32 & 0x8000_0006);
        table.put(block, &words.map(u32::to_be_bytes).concat());
        let controls = (dice.next() as u32 & !0x0006_0000) | (dice.below(4) as u32) << 17;
        let long = mode == A64 && dice.below(12) != 0;
        let controls = controls | if long { 0x0004_0000 } else { 0 };
        for (at, word) in [
            (0, controls),
            (12, area as u32 | (dice.next() as u32 & 0x8000_0007)),
            (20, SERVICE as u32 | (dice.next() as u32 & 0x8000_0000)),
        ] {
            table.put(control + at, &word.to_be_bytes());
        }
        // LCTLG 2,2,0(6)
        table.put(block + 0x80, &block.to_be_bytes());
        let mut gr = [0; 16];
        gr.iter_mut().for_each(|v| *v = dice.next());
        gr[6] = gr[6] & !0xFFFF_FFFF | (block + 0x80);
        gr[7] = gr[7] & !0xFFFF_FFFF | TARGETS;
        gr[8] &= 0x7FFF_F000;
        if mode == A64 {
            (gr[6], gr[7]) = (block + 0x80, TARGETS);
        }
        let mut ar = [0; 16];
        ar[15] = dice.next() as u32;
        let code = [&[0xEB, 0x22, 0x60, 0x00, 0x00, 0x2F], code].concat();
        table.add(Operation {
            name: format!("{name} {n}"),
            gr,
            psw,
            code,
            ar,
        });
    }
    // 10 TRAP: the trap program runs in the 31-bit mode; hercules stays in the 64-bit mode.
    let after = table.compare(|operation, ending| {
        if ending.program() == 0 && operation.psw & A64 == A64 {
            ending.forget_mode();
        }
    });
    let mut ran = (0..1200)
        .map(|n| after.ending(n))
        .filter(|e| e.program() == 0);
    assert!(ran.all(|e| e.word(128) & A64 == A31));
    let ended = |code: u16| {
        (0..1200)
            .filter(|n| after.ending(*n).program() == code)
            .count()
    };
    assert!(ended(0) > 600, "{}", ended(0));
    for code in [4, 0x11, 0x13] {
        assert!(ended(code) > 10, "{code:X}");
    }
}

#[test]
fn programs_are_resumed_as_in_hercules() {
    let Some(mut table) = Table::new() else {
        return;
    };
    let mut dice = Dice::new(5);
    table.put(SERVICE, &[0x0A, 0xFF]);
    table.page(FREE + 0xF_0000, INVALID);
    for n in 0..1500u64 {
        let block = FREE + 0x200 * n;
        let mode = [A24, A31, A64][dice.below(3) as usize];
        let space = [0, 0, 0, ARMODE, SECONDARY, HOME][dice.below(6) as usize];
        let dat = if dice.below(3) == 0 { 0 } else { DAT };
        let problem = if dice.below(3) == 0 { PROBLEM } else { 0 };
        let psw = mode | dat | space | problem | dice.below(16) << 40;
        // The parameter list: flags, and where the fields are.
        let flags = match dice.below(30) {
            0 => 1 << dice.below(16),
            _ => dice.below(8) as u16,
        };
        let offsets: Vec<u16> = (0..4).map(|_| 24 * dice.below(8) as u16).collect();
        let mut fields = vec![0u8; 0x100];
        fields.iter_mut().for_each(|b| *b = dice.next() as u8);
        let modes = [A24, A31, A31, A64, A64, 0x1_0000_0000][dice.below(6) as usize];
        let odd = u64::from(dice.below(20) == 0);
        let high = dice.next() & !0x1_FFFF_FFFF | modes;
        let target = SERVICE | odd;
        let at = usize::from(offsets[0]);
        if flags & 4 != 0 {
            let far = if dice.below(20) == 0 {
                1 << (24 + dice.below(20))
            } else {
                0
            };
            fields[at..at + 8].copy_from_slice(&high.to_be_bytes());
            fields[at + 8..at + 16].copy_from_slice(&(target | far).to_be_bytes());
        } else {
            let high = high & !0x7FFF_FFFF | target;
            fields[at..at + 8].copy_from_slice(&high.to_be_bytes());
        }
        table.put(block, &fields);
        // RP 0(9), as it stands or by EX 0,0(7).
        let list = offsets.iter().flat_map(|o| o.to_be_bytes());
        let program: Vec<u8> = [0xB2, 0x77, 0x90, 0x00]
            .into_iter()
            .chain(flags.to_be_bytes())
            .chain(list)
            .collect();
        let mut gr = [0; 16];
        gr.iter_mut().for_each(|v| *v = dice.next());
        let high = if mode == A64 { 0 } else { !0xFFFF_FFFF };
        gr[7] = gr[7] & high | (block + 0x180);
        gr[9] = gr[9] & high | block;
        if dice.below(20) == 0 {
            gr[9] = gr[9] & high | (FREE + 0xF_0000 - 60);
        }
        table.put(block + 0x180, &program);
        let code = match dice.below(3) {
            0 => vec![0x44, 0x00, 0x70, 0x00],
            _ => program,
        };
        table.add(Operation {
            name: format!("rp {n} flags {flags:X}"),
            gr,
            psw,
            code,
            ar: [0; 16],
        });
    }
    let after = table.compare(|_, ending| {
        // The program that is resumed cannot be fetched: which length it would have is open.
        if ending.program() != 0 && ending.word(136) > 0x2_0000 {
            ending.forget_length();
        }
    });
    let ended = |code: u16| {
        (0..1500)
            .filter(|n| after.ending(*n).program() == code)
            .count()
    };
    assert!(ended(0) > 500, "{}", ended(0));
    for code in [2, 6] {
        assert!(ended(code) > 10, "{code:X}");
    }
}

#[test]
fn extended_authority_is_exchanged_in_the_supervisor_state() {
    let Some(mut table) = Table::new() else {
        return;
    };
    // LCTLG 8,8,0(6), ESEA 3, STCTG 8,8,8(6)
    let code = [
        0xEB, 0x88, 0x60, 0x00, 0x00, 0x2F, 0xB9, 0x9D, 0x00, 0x30, 0xEB, 0x88, 0x60, 0x08, 0x00,
        0x25,
    ];
    table.put(FREE, &0x1111_2222_3333_4444u64.to_be_bytes());
    let mut gr = [0; 16];
    (gr[3], gr[6]) = (0x5555_6666_7777_8888, FREE);
    let operation = Operation {
        name: "esea".to_owned(),
        gr,
        psw: A64,
        code: code.to_vec(),
        ar: [0; 16],
    };
    table.add(Operation {
        psw: A64 | PROBLEM,
        code: code[6..10].to_vec(),
        ..operation.clone()
    });
    let done = table.add(operation);
    let after = table.compare(|_, _| {});
    assert_eq!(after.ending(0).program(), 2);
    assert_eq!(after.ending(done).gr(3), 0x5555_6666_3333_8888);
    let control = 0x1111_2222_8888_4444u64.to_be_bytes();
    assert_eq!(after.piece(FREE + 8, 8), control);
}

#[test]
fn esa_390_traps_and_resumes_with_short_forms() {
    let mut machine = Machine::new(Config::new(1 << 20, Clock::fixed(0))).unwrap();
    let mut put = |at: u64, bytes: &[u8]| machine.storage.write(at, bytes).unwrap();
    let words = |list: &[u32]| -> Vec<u8> { list.iter().flat_map(|w| w.to_be_bytes()).collect() };
    // One segment of pages as they are: a segment table at 8000, a page table at 9000.
    put(0x8000, &words(&[0x0000_900F]));
    let pages: Vec<u32> = (0..256).map(|n| n << 12).collect();
    put(0x9000, &words(&pages));
    // The control table at 7000, the control block at 7100, the save area at 7200, the trap program at 3000.
    put(0x7000 + 44, &words(&[0x7101]));
    put(0x7100, &words(&[0xFFFF_FFFF, 0, 0, 0x7200, 0, 0x3000]));
    // TRAP4 8(5); and with EX 0,0(6) RP 16(2) with its list: the PSW at 0, the access register at 12, the
    // general register at 8.
    put(0x1000, &[0xB2, 0xFF, 0x50, 0x08, 0x0A, 0x07]);
    put(0x3000, &[0x44, 0x00, 0x60, 0x00]);
    put(0x4000, &[0xB2, 0x77, 0x20, 0x10, 0, 0, 0, 0, 0, 12, 0, 8]);
    // What is resumed: SVC 7 behind the TRAP4, with another condition code and the 24-bit mode.
    put(
        0x5010,
        &words(&[0xFFFF_2FFF & !1, 0x1004, 0x1234_5678, 0x9ABC_DEF0]),
    );
    // SVC ends in a disabled wait.
    put(96, &words(&[0x000A_0000, 0x8000_600D]));
    let cpu = &mut machine.cpus[0];
    (cpu.cr[0], cpu.cr[1], cpu.cr[13]) = (0x00B0_0000, 0x8000, 0x8000);
    cpu.cr[2] = 0x7000;
    for r in 0..16u32 {
        cpu.gr[r as usize] = u64::from(r) * 0x1_0001;
    }
    (cpu.gr[2], cpu.gr[5], cpu.gr[6]) = (0x5000, 0x0012_3450, 0x4000);
    cpu.ar[15] = 0xFEDC_BA98;
    cpu.load_psw(Psw::from_short(0x0408_2000_8000_1000, false));
    cpu.state = State::Operating;
    assert_eq!(machine.run(100), Exit::DisabledWait { cpu: 0 });
    let cpu = &machine.cpus[0];
    assert_eq!((cpu.psw.addr, cpu.gr[15]), (0x600D, 0x7100));
    assert_eq!((cpu.gr[2], cpu.ar[2]), (0x1234_5678, 0x9ABC_DEF0));
    // Flags, second-operand address, access register 15, the PSW in eight bytes, registers in four.
    let mut saved = words(&[0x4004_0000, 0, 0x0012_3458, 0xFEDC_BA98]);
    saved.extend(words(&[0x0408_2000, 0x8000_1004, 0, 0]));
    for r in 0..16u32 {
        saved.extend(words(&[match r {
            2 => 0x5000,
            5 => 0x0012_3450,
            6 => 0x4000,
            r => r * 0x1_0001,
        }]));
    }
    saved.extend([0; 32]);
    assert_eq!(machine.storage.read_vec(0x7200, 128).unwrap(), saved);
    // The old PSW of the SVC: all but the mode, the code and the mask is as it was.
    let old = machine.storage.read_vec(32, 8).unwrap();
    assert_eq!(old, words(&[0x0408_2F00, 0x0000_1006]));
}
