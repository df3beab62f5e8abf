//! Small programs in bytes, run on a bare machine.

use super::*;

/// A machine with `code` at x'10000', in z/Architecture and 64-bit mode, DAT off.
fn machine(code: &[u8]) -> Machine {
    let mut m = Machine::new(Config::new(4 << 20, Clock::fixed(0))).unwrap();
    m.storage.write(0x10000, code).unwrap();
    let mut psw = Psw::from_long(0x0000_0001_8000_0000, 0x10000);
    psw.zarch = true;
    m.cpus[0].load_psw(psw);
    m.cpus[0].state = State::Operating;
    // Program interruptions end in a disabled wait with their own address.
    m.storage
        .write(464, &0x0002_0001_8000_0000u64.to_be_bytes())
        .unwrap();
    m.storage.write(472, &0xDEADu64.to_be_bytes()).unwrap();
    m
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits
        .chunks(2)
        .map(|p| u8::from_str_radix(std::str::from_utf8(p).unwrap(), 16).unwrap())
        .collect()
}

#[test]
fn an_endless_loop_uses_up_its_budget_exactly_enough() {
    // j .
    let mut m = machine(&hex("a7f40000"));
    assert_eq!(m.run(1000), Exit::Budget);
    assert_eq!(m.instructions(), 1000);
}

#[test]
fn a_loop_that_adds() {
    // lghi 1,10; lghi 2,0; agr 2,1; brctg 1,*-4; larl 3,psw; lpswe 0(3); psw
    let code = "a719000a a7290000 b9080021 a717fffe c03000000005 b2b23000";
    let mut m = machine(&hex(code));
    m.storage
        .write(0x10020, &hex("00020001800000000000000000012345"))
        .unwrap();
    m.storage
        .write(0x10010, &hex("c03000000008 b2b23000"))
        .unwrap();
    assert_eq!(m.run(1000), Exit::DisabledWait { cpu: 0 });
    assert_eq!(m.cpus[0].gr[2], 55);
    assert_eq!(m.cpus[0].psw.addr, 0x12345);
}

#[test]
fn code_that_changes_itself_runs_as_changed() {
    // larl 1,target; mvi 3(1),7; target: lhi 2,1; j self
    let mut m = machine(&hex("c01000000005 92071003 a7280001 a7f40000"));
    m.run(10);
    assert_eq!(m.cpus[0].gr[2], 7);
    // A loop whose body is rewritten every time: 3 rounds.
    // lhi 3,3; larl 1,t; t0: ic 4,3(1); ahi 4,5; stc 4,3(1); t: lhi 2,1; brct 3,t0; j .
    let mut m = machine(&hex(
        "a7380003 c01000000009 43401003 a74a0005 42401003 a7280001 a736fff8 a7f40000",
    ));
    m.run(50);
    assert_eq!(m.cpus[0].gr[2], 16);
}

#[test]
fn code_in_the_same_place_of_other_pages_is_told_apart_and_its_changes_are_seen() {
    // At 8 KB from one another: aghi 2,n; j to the next of the three.
    let mut m = machine(&hex("a72b0001 a7f40ffe"));
    m.storage.write(0x12000, &hex("a72b0010 a7f40ffe")).unwrap();
    m.storage.write(0x14000, &hex("a72b0100 a7f4dffe")).unwrap();
    m.run(600);
    assert_eq!(m.cpus[0].gr[2], 100 * 0x111);
    for (page, changed) in [(0x12000, "a72b0020"), (0x14000, "a72b0200")] {
        m.cpus[0].gr[2] = 0;
        m.storage.write(page, &hex(changed)).unwrap();
        m.run(600);
        let each = if page == 0x12000 { 0x121 } else { 0x221 };
        assert_eq!(m.cpus[0].gr[2], 100 * each);
    }
}

#[test]
fn program_interruptions_say_what_where_and_how_long() {
    // An operation that is not there: code 1, length 2, old PSW behind it.
    let mut m = machine(&hex("0000"));
    assert_eq!(m.run(10), Exit::DisabledWait { cpu: 0 });
    let read = |m: &mut Machine, at, n| m.storage.read_vec(at, n).unwrap();
    assert_eq!(read(&mut m, 140, 4), [0, 2, 0, 1]);
    assert_eq!(read(&mut m, 344, 8), 0x10002u64.to_be_bytes());
    // l 1,0(15) with an address outside storage: addressing.
    let mut m = machine(&hex("5810f000"));
    m.cpus[0].gr[15] = 1 << 40;
    assert_eq!(m.run(10), Exit::DisabledWait { cpu: 0 });
    assert_eq!(read(&mut m, 140, 4), [0, 4, 0, 5]);
    // ex of an ex: execute exception; exrl's length is 6.
    let mut m = machine(&hex("c600 00000000"));
    assert_eq!(m.run(10), Exit::DisabledWait { cpu: 0 });
    assert_eq!(read(&mut m, 140, 4), [0, 6, 0, 3]);
}

#[test]
fn a_store_into_a_shared_page_is_a_protection_exception() {
    let mut m = machine(&hex("5010f000"));
    m.storage.set_read_only(0x20, 1);
    m.cpus[0].gr[15] = 0x20000;
    assert_eq!(m.run(10), Exit::DisabledWait { cpu: 0 });
    assert_eq!(m.storage.read_vec(140, 4).unwrap(), [0, 4, 0, 4]);
}

#[test]
fn a_trap_stops_before_the_instruction_and_only_once() {
    let mut m = machine(&hex("a7280001 a72a0001 a7f4fffe"));
    let kind = TrapKind::Instruction {
        start: 0x10004,
        end: 0x10004,
    };
    m.set_traps(vec![Trap { id: 7, kind }]);
    for round in 1..4 {
        let Exit::Hit(hit) = m.run(100) else {
            panic!("no hit");
        };
        assert_eq!((hit.address, &hit.traps[..]), (0x10004, &[7][..]));
        assert_eq!(hit.instruction, hex("a72a0001"));
        assert_eq!(m.cpus[0].psw.addr, 0x10004);
        assert_eq!(m.cpus[0].gr[2], round);
    }
    m.set_traps(Vec::new());
    assert_eq!(m.run(100), Exit::Budget);
}

#[test]
fn esa_start_of_zarchitecture() {
    let mut m = Machine::new(Config::new(4 << 20, Clock::fixed(0))).unwrap();
    // lhi 1,1; lhi 0,0; sigp 0,0,x'12'; sam64; lghi 5,-1; j .
    m.storage
        .write(
            0x200,
            &hex("a7180001 a7080000 ae000012 010e a759ffff a7f40000"),
        )
        .unwrap();
    m.cpus[0].load_psw(Psw::from_short(0x0008_0000_8000_0200, false));
    m.cpus[0].state = State::Operating;
    m.run(20);
    assert!(m.cpus[0].psw.zarch);
    assert_eq!(m.cpus[0].psw.amode, Amode::A64);
    assert_eq!(m.cpus[0].gr[5], u64::MAX);
    assert_eq!(m.cpus[0].psw.addr, 0x212);
}

#[test]
fn an_instruction_across_two_pages() {
    let mut m = machine(&[]);
    // lgfi 1,x'01020304' at 10ffc, then j .
    m.storage
        .write(0x10FFC, &hex("c01101020304 a7f40000"))
        .unwrap();
    m.cpus[0].psw.addr = 0x10FFC;
    m.run(5);
    assert_eq!(m.cpus[0].gr[1], 0x0102_0304);
}

#[test]
fn clock_comparator_interrupts_a_wait() {
    let mut config = Config::new(4 << 20, Clock::fixed(0));
    config.time = TimeSource::Instructions;
    let mut m = Machine::new(config).unwrap();
    m.cpus[0].load_psw(Psw::from_long(0x0100_0001_8000_0000, 0x10000));
    m.cpus[0].state = State::Operating;
    m.storage.write(0x10000, &hex("a7f40000")).unwrap();
    m.storage
        .write(432, &hex("00020001800000000000000000000777"))
        .unwrap();
    m.cpus[0].cr[0] = 0x800;
    m.cpus[0].clock_comparator = m.tod_now() + 41 * 5000;
    assert_eq!(m.run(1_000_000), Exit::DisabledWait { cpu: 0 });
    assert_eq!(m.cpus[0].psw.addr, 0x777);
    assert_eq!(m.storage.read_vec(134, 2).unwrap(), [0x10, 0x04]);
    assert!((4990..5100).contains(&m.instructions()));
}

#[test]
fn a_machine_can_move_to_another_thread() {
    fn sendable<T: Send>() {}
    sendable::<Machine>();
}

#[test]
fn translate_changes_nothing_when_an_entry_it_comes_to_is_not_there() {
    // tr 0(256,1),0(2) with the table running out of storage.
    let mut m = machine(&hex("dcff 1000 2000"));
    m.cpus[0].gr[1] = 0x20000;
    m.cpus[0].gr[2] = (4 << 20) - 16;
    let operand: Vec<u8> = (0..=255).collect();
    m.storage.write(0x20000, &operand).unwrap();
    assert_eq!(m.run(10), Exit::DisabledWait { cpu: 0 });
    assert_eq!(m.storage.read_vec(140, 4).unwrap(), [0, 6, 0, 5]);
    assert_eq!(m.storage.read_vec(0x20000, 256).unwrap(), operand);
}

#[test]
fn translate_with_its_table_inside_the_operand_works_from_the_left() {
    // tr 0(2,1),0(1)
    let mut m = machine(&hex("dc01 1000 1000 a7f40000"));
    m.cpus[0].gr[1] = 0x20000;
    m.storage.write(0x20000, &[1, 0, 0]).unwrap();
    m.run(1);
    // Byte 0 became byte 1 (0); byte 1 is 0 and becomes byte 0, which is 0 by now.
    assert_eq!(m.storage.read_vec(0x20000, 2).unwrap(), [0, 0]);
}

#[test]
fn search_string_unicode_ends_though_the_addresses_differ_in_the_low_bit() {
    // srstu 8,6
    let mut m = machine(&hex("b9be0086 a7f40000"));
    m.cpus[0].gr[0] = 0x2623;
    m.cpus[0].gr[8] = 0x20C6B;
    m.cpus[0].gr[6] = 0x20C00;
    m.run(1);
    assert_eq!(m.cpus[0].psw.cc, 2);
}

#[test]
fn the_high_words_are_what_store_multiple_high_stores() {
    // stmh 2,3,0(1)
    let mut m = machine(&hex("eb2310000026 a7f40000"));
    m.cpus[0].gr[1] = 0x20000;
    m.cpus[0].gr[2] = 0x0102_0304_0506_0708;
    m.cpus[0].gr[3] = 0x1112_1314_1516_1718;
    m.run(1);
    let stored = m.storage.read_vec(0x20000, 8).unwrap();
    assert_eq!(stored, [1, 2, 3, 4, 0x11, 0x12, 0x13, 0x14]);
}

#[test]
fn fixed_point_overflow_is_complete_when_its_exception_comes() {
    // ar 1,2 with the mask on: code 8, the sum is there, condition code 3 is in the old PSW.
    let mut m = machine(&hex("1a12"));
    m.cpus[0].gr[1] = 0x8000_0000;
    m.cpus[0].gr[2] = 0x8000_0000;
    m.cpus[0].psw.progmask = 8;
    assert_eq!(m.run(10), Exit::DisabledWait { cpu: 0 });
    assert_eq!(m.storage.read_vec(140, 4).unwrap(), [0, 2, 0, 8]);
    assert_eq!(m.storage.read_vec(338, 1).unwrap(), [0x38]);
    assert_eq!(m.cpus[0].gr[1], 0);
}

#[test]
fn an_idle_machine_whose_time_is_made_by_instructions_can_be_moved_on() {
    let mut config = Config::new(4 << 20, Clock::fixed(0));
    config.time = TimeSource::Instructions;
    let mut m = Machine::new(config).unwrap();
    m.cpus[0].load_psw(Psw::from_long(0x0102_0001_8000_0000, 0));
    m.cpus[0].state = State::Operating;
    m.storage
        .write(432, &hex("00020001800000000000000000000777"))
        .unwrap();
    m.cpus[0].cr[0] = 0x800;
    m.cpus[0].clock_comparator = m.tod_now() + 4_096_000_000;
    let Exit::Wait { wake: Some(wake) } = m.run(1000) else {
        panic!("it does not wait for its clock comparator");
    };
    m.idle_until(wake);
    assert_eq!(m.run(1000), Exit::DisabledWait { cpu: 0 });
    assert_eq!(m.cpus[0].psw.addr, 0x777);
}

/// A machine that loads an enabled wait with the clock comparator due and `external` as the external new PSW.
fn with_the_comparator_due(external: &str) -> Machine {
    let mut config = Config::new(1 << 20, Clock::fixed(0));
    config.time = TimeSource::Instructions;
    let mut m = Machine::new(config).unwrap();
    m.storage.write(432, &hex(external)).unwrap();
    m.cpus[0].load_psw(Psw::from_long(0x0102_0001_8000_0000, 0));
    m.cpus[0].state = State::Operating;
    m.cpus[0].cr[0] = 0x800;
    m.cpus[0].clock_comparator = m.tod_now() - 1;
    m
}

#[test]
fn a_timer_interruption_that_allows_itself_is_told() {
    let mut m = with_the_comparator_due("01000001800000000000000000008000");
    assert_eq!(m.run(1000), Exit::ExternalLoop { cpu: 0 });
    // It waits with the same interruption allowed.
    let mut m = with_the_comparator_due("01020001800000000000000000008000");
    assert_eq!(m.run(1000), Exit::ExternalLoop { cpu: 0 });
}

#[test]
fn a_string_of_interruptions_of_two_classes_uses_its_time_up() {
    // The external new PSW has a one in an unassigned bit position, the program new PSW allows the comparator.
    let mut m = with_the_comparator_due("80000001800000000000000000008000");
    m.storage
        .write(464, &hex("01000001800000000000000000008000"))
        .unwrap();
    for _ in 0..3 {
        assert_eq!(m.run(1000), Exit::Budget);
    }
}

/// The bytes of an instruction of some row: its opcode, whatever the operands.
fn some_instruction(choice: u16, operands: [u8; 6]) -> Vec<u8> {
    let rows: Vec<_> = insn::FAMILIES.iter().copied().flatten().collect();
    let [first, second] = rows[usize::from(choice) % rows.len()].opcode.to_be_bytes();
    let mut bytes = operands;
    bytes[0] = first;
    match first {
        0x01 | 0xB2 | 0xB3 | 0xB9 | 0xE5 => bytes[1] = second,
        0xA5 | 0xA7 | 0xC0 | 0xC2 | 0xC4 | 0xC6 | 0xC8 | 0xCC => {
            bytes[1] = bytes[1] & 0xF0 | second;
        }
        0xE3 | 0xEB | 0xEC | 0xED => bytes[5] = second,
        _ => {}
    }
    bytes[..usize::from(insn::length(first))].to_vec()
}

#[test]
fn a_cpu_that_asks_those_above_over_and_over_keeps_no_other_from_running() {
    let run = |handled: fn(&mut Machine)| {
        let mut config = Config::new(4 << 20, Clock::fixed(0));
        config.cpus = 2;
        let mut m = Machine::new(config).unwrap();
        // diag 0,0,x'44'; j *-4, as a lock's waiter does; the other: lghi 2,1; j .
        m.storage.write(0x10000, &hex("83000044 a7f4fffe")).unwrap();
        m.storage.write(0x11000, &hex("a7290001 a7f40000")).unwrap();
        for (i, at) in [0x10000, 0x11000].into_iter().enumerate() {
            let mut psw = Psw::from_long(0x0000_0001_8000_0000, at);
            psw.zarch = true;
            m.cpus[i].load_psw(psw);
            m.cpus[i].state = State::Operating;
        }
        let mut asked = 0;
        while m.cpus[1].gr[2] != 1 {
            assert!(asked < 100_000);
            if let Exit::Diagnose { .. } = m.run(20_000) {
                asked += 1;
                handled(&mut m);
            }
        }
        asked
    };
    // Its turn ends, and when it says that it has nothing to do, at once (the second time is its next turn).
    assert!(run(|_| ()) > 1000);
    assert_eq!(run(|m| m.yield_turn(None)), 2);
    assert_eq!(run(|m| m.yield_turn(Some(1))), 2);
    // There is no such CPU, or it is the one that asks.
    assert_eq!(run(|m| m.yield_turn(Some(7))), 2);
    assert_eq!(run(|m| m.yield_turn(Some(0))), 2);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 400 }))]

    /// Instructions in any order, with anything in registers, control registers and PSW, on two CPUs: the
    /// machine goes on, waits, stops or asks, and never panics.
    #[test]
    fn any_instructions_are_survived(
        code in proptest::collection::vec(proptest::prelude::any::<(u16, [u8; 6])>(), 1..120),
        registers in proptest::prelude::any::<[u64; 16]>(),
        near in proptest::prelude::any::<u16>(),
        controls in proptest::prelude::any::<[u64; 16]>(),
        mask in proptest::prelude::any::<u64>(),
        wild in proptest::prelude::any::<(bool, bool)>(),
    ) {
        let mut config = Config::new(1 << 20, Clock::fixed(0));
        config.cpus = 2;
        let mut m = Machine::new(config).unwrap();
        let image: Vec<u8> = code.iter().flat_map(|(row, operands)| some_instruction(*row, *operands)).collect();
        m.storage.write(0x8000, &image).unwrap();
        for i in 0..2 {
            for (r, v) in registers.iter().enumerate() {
                // Most registers are addresses in storage, or small.
                m.cpus[i].gr[r] = if near >> r & 1 == 1 { v & 0xF_FFF8 } else { *v };
            }
            m.cpus[i].fpr = registers;
            m.cpus[i].fpc = 0xF800_0000;
            if wild.0 {
                m.cpus[i].cr = controls;
            }
            let mask = if wild.1 { mask & 0x4703_FF01_8000_0000 } else { mask & 0x0000_3F01_8000_0000 };
            m.cpus[i].load_psw(Psw::from_long(mask & !(2 << 48), 0x8000));
            m.cpus[i].state = State::Operating;
        }
        for _ in 0..200 {
            match m.run(20) {
                Exit::DisabledWait { cpu } | Exit::CheckStop { cpu } | Exit::ProgramLoop { cpu } | Exit::ExternalLoop { cpu } => {
                    // Back into the code, somewhere else.
                    let at = 0x8000 + m.instructions() % 0x100 * 2;
                    let mut psw = m.cpus[usize::from(cpu)].psw;
                    (psw.wait, psw.addr, psw.reserved) = (false, at, 0);
                    m.cpus[usize::from(cpu)].load_psw(psw);
                    m.cpus[usize::from(cpu)].state = State::Operating;
                }
                Exit::Stopped | Exit::Wait { .. } => break,
                _ => {}
            }
        }
    }
}
