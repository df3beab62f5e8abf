//! COMPRESSION CALL: dictionaries trained on text and at random, every size and bit number, operands too short, in
//! every addressing mode, damaged entries, pages that are missing.

use super::dictionary::{Node, Pair, Siblings, alphabet, build, trained};
use super::{A24, A31, A64, ARMODE, DAT, Ending, FREE, INVALID, Operation, PROTECTED, Table};
use crate::support::project;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use vmshare::base::Clock;
use vmshare::machine::{Config, Exit, Machine, Psw, State, Trap, TrapKind};

/// Expand.
const EXPAND: u64 = 0x100;
/// Translate symbols.
const TRANSLATE: u64 = 0x1_0000;
/// CMPSC 2,4 and back to it with condition code 3.
const CALL: [u8; 8] = [0xB2, 0x63, 0x00, 0x24, 0xA7, 0x14, 0xFF, 0xFE];
/// What stands in halves of registers that do not count.
const JUNK: u64 = 0xA5A5_5A5A_0000_0000;

/// A run of storage: where and how long.
type Run = (u64, u64);

fn call(name: String, psw: u64, control: u64, g1: u64, to: Run, from: Run) -> Operation {
    let mut gr = [0xC0DE_0000_0000_0000; 16];
    let high = if psw & A64 == A64 { 0 } else { JUNK };
    gr[0] = JUNK | control;
    gr[1] = high | g1;
    (gr[2], gr[3]) = (high | to.0, high | to.1);
    (gr[4], gr[5]) = (high | from.0, high | from.1);
    Operation {
        name,
        gr,
        psw,
        code: CALL.to_vec(),
        ar: [0; 16],
    }
}

fn text(len: usize) -> Vec<u8> {
    let mut all = Vec::new();
    for name in ["LICENSE-APACHE", "Cargo.toml", "README.md", "CHANGELOG.md"] {
        all.extend(std::fs::read(project().join(name)).unwrap());
    }
    let mut all: Vec<u8> = all.iter().copied().cycle().take(len).collect();
    // Something that no text has.
    for (n, byte) in all.iter_mut().enumerate().skip(len / 2).take(300) {
        *byte = ((n * 37) >> 3) as u8;
    }
    all
}

/// The symbols of compressed data, from a bit number, as many as fit.
fn symbols(data: &[u8], bit: u32, size: u32) -> Vec<u16> {
    let bit_at = |n: usize| u16::from(data[n / 8] >> (7 - n % 8) & 1);
    let width = size as usize + 8;
    let starts = (bit as usize..).step_by(width);
    starts
        .take_while(|s| s + width <= data.len() * 8)
        .map(|s| (s..s + width).fold(0, |v, n| v << 1 | bit_at(n)))
        .collect()
}

/// What symbols stand for.
fn meaning(pair: &Pair, symbols: &[u16]) -> Vec<u8> {
    let strings = symbols.iter().map(|s| pair.strings[s].clone());
    strings.flatten().collect()
}

fn nothing(_: &Operation, _: &mut Ending) {}

/// All sizes and formats of dictionaries trained on the text.
fn dictionaries(data: &[u8]) -> Vec<Pair> {
    let mut all = Vec::new();
    for siblings in [Siblings::Format0, Siblings::Format1] {
        for size in 1..=5 {
            let tree = trained(data, (256 << size) - 256);
            all.push(build(size, siblings, &tree));
        }
    }
    all
}

#[test]
fn text_is_compressed_and_expanded_as_in_hercules() {
    const DICTIONARIES: u64 = FREE;
    const SOURCE: u64 = 0x50_0000;
    const OUT: u64 = 0x60_0000;
    let Some(mut table) = Table::new() else {
        return;
    };
    let data = text(24_000);
    let pairs = dictionaries(&data);
    table.put(SOURCE, &data);
    let modes = [A64, A31, A24, A64 | DAT];
    let mut made = Vec::new();
    let mut at = DICTIONARIES;
    for (n, pair) in pairs.iter().enumerate() {
        table.put(at, &pair.bytes());
        for bit in 0..8u64 {
            let to = (OUT + (8 * n as u64 + bit) * 0x1_0000 + 41 * bit, 0x8000);
            let from = (SOURCE + bit, data.len() as u64 - 10 * bit);
            let name = format!("size {} {:?} bit {bit}", pair.size, pair.siblings);
            // What is left of the bit number stays.
            table.put(to.0, &[!(0xFFu8 >> bit)]);
            let psw = modes[(n + bit as usize) % 4];
            let number = table.add(call(name, psw, pair.control(), at | bit, to, from));
            made.push((number, n, bit, to, from, at));
        }
        at += 2 * pair.length();
    }
    let after = table.compare(nothing);
    // The same back again: where each stands is where the other one was.
    let mut back = Table::new().unwrap();
    let mut at = DICTIONARIES;
    for pair in &pairs {
        back.put(at, &pair.bytes());
        at += 2 * pair.length();
    }
    for (number, n, bit, to, from, at) in &made {
        let pair = &pairs[*n];
        let ending = after.ending(*number);
        assert_eq!((ending.program(), ending.cc()), (0, 0), "{number}");
        let end = ending.gr(2) & 0xFF_FFFF;
        let left = if (ending.gr(1) & 7) == 0 { 0 } else { 1 };
        let len = end + left - to.0;
        assert!(len < from.1, "it is compressed: {len} of {}", from.1);
        let out = after.piece(to.0, len);
        let input = &data[(from.0 - SOURCE) as usize..][..from.1 as usize];
        let whole = meaning(pair, &symbols(out, *bit as u32, pair.size));
        assert_eq!(&whole[..input.len()], input, "{number}");
        back.put(to.0 + 0x8000, out);
        let name = format!("{number} back");
        let (to, from) = ((to.0, 0x8000), (to.0 + 0x8000, len));
        let g1 = (at + pair.length()) | bit;
        let mut operation = call(name, A64, pair.control() | EXPAND, g1, to, from);
        if len % 3 == 0 {
            operation.psw = A24;
        }
        back.add(operation);
    }
    let after = back.compare(nothing);
    for (number, _, _, to, from, _) in &made {
        assert_eq!(after.ending(*number).cc(), 0);
        let input = &data[(from.0 - SOURCE) as usize..][..from.1 as usize];
        assert_eq!(after.piece(to.0, from.1), input, "{number}");
    }
}

#[test]
fn operands_of_a_few_bytes_end_as_in_hercules() {
    const SOURCE: u64 = 0x50_0000;
    const OUT: u64 = 0x60_0000;
    let Some(mut table) = Table::new() else {
        return;
    };
    let data = text(3000);
    // With nine bits hercules needs no third byte, which it takes even when it is not there.
    let pair = build(1, Siblings::Format1, &trained(&data, 256));
    table.put(FREE, &pair.bytes());
    table.put(SOURCE, &data);
    let mut made = Vec::new();
    for bit in 0..8u64 {
        for room in 0..12 {
            for len in [0, 1, 2, 3, 7, 40] {
                let to = (OUT + 32 * made.len() as u64, room);
                let name = format!("bit {bit} room {room} of {len}");
                let from = (SOURCE + 50 * room, len);
                let g1 = FREE | bit;
                let number = table.add(call(name, A64, pair.control(), g1, to, from));
                made.push((number, bit, to, from));
            }
        }
    }
    let after = table.compare(nothing);
    for (number, bit, to, from) in &made {
        let ending = after.ending(*number);
        let done = ending.gr(4) - from.0;
        let out = after.piece(to.0, to.1);
        let whole = meaning(&pair, &symbols(out, *bit as u32, pair.size));
        let input = &data[(from.0 - SOURCE) as usize..][..done as usize];
        assert!(whole.starts_with(input), "{number}");
        let left = ending.gr(3) * 8 - (ending.gr(1) & 7).min(ending.gr(3) * 8);
        match ending.cc() {
            0 => assert_eq!(done, from.1, "{number}"),
            1 => assert!(done < from.1 && left < 9, "{number}"),
            _ => panic!("{number}: condition code"),
        }
    }
}

#[test]
fn symbols_are_translated_as_in_hercules() {
    const SOURCE: u64 = 0x50_0000;
    let Some(mut table) = Table::new() else {
        return;
    };
    let data = text(9000);
    let mut made = 0;
    let mut at = FREE;
    for size in 1..=5u64 {
        let tree = trained(&data, (256 << size) - 256);
        let pair = build(size as u32, Siblings::Format0, &tree);
        table.put(at, &pair.bytes());
        // Behind the compression dictionary, where nothing else is.
        let offset = pair.length() / 128 + 1;
        let offset = offset.min(511);
        let place = at + 128 * offset;
        for n in 0..256u64 << size {
            let other = (n * 77 + 5) as u16 & ((256u16 << size).wrapping_sub(1));
            table.put(place + 2 * n, &other.to_be_bytes());
        }
        let control = pair.control() | TRANSLATE;
        for bit in [0, 5] {
            let to = (0x60_0000 + 0x1_0000 * made, 0x8000);
            made += 1;
            let from = (SOURCE, data.len() as u64);
            let name = format!("translated, size {size}");
            table.add(call(name, A64, control, at | offset << 3 | bit, to, from));
        }
        at += 3 * pair.length();
    }
    table.put(SOURCE, &data);
    table.compare(nothing);
}

/// An entry and its number.
type Numbered = (usize, u64);

/// A dictionary of one entry and what belongs to it, at numbers of its own.
fn entries(list: &[Numbered]) -> Vec<u8> {
    let mut all = vec![0u64; 1024];
    for (number, entry) in list {
        all[*number] = *entry;
    }
    all.iter().flat_map(|e| e.to_be_bytes()).collect()
}

/// Damaged entries of the compression dictionary: what 'A' (number 65) is, and what else there is.
const DAMAGED: &[(&str, u64, &[Numbered])] = &[
    ("CCT 7", 0xE000_0100_4200_0000, &[]),
    ("CCT 7 and D", 0xE020_0100_0042_0000, &[]),
    ("CCT 6 and D", 0xC020_0100_0042_0000, &[]),
    ("CCT 0, ACT 5", 0x00A0_0000_0000_0000, &[]),
    ("CCT 0, ACT 7", 0x00E0_0000_0000_0000, &[]),
    ("CCT 1, ACT 5", 0x20A1_0000_4242_4242, &[]),
    (
        "a child with CCT 7",
        0x3001_0042_0000_0000,
        &[(256, 0xE000_0000_0000_0000)],
    ),
    (
        "a child with ACT 6",
        0x3001_0042_0000_0000,
        &[(256, 0x00C0_0000_0000_0000)],
    ),
];

/// Damaged entries of the expansion dictionary, of symbol 300.
const MIXED_UP: &[(&str, u64)] = &[
    ("CSL 0", 0),
    ("unpreceded, bit 3", 0x1141_0000_0000_0000),
    ("unpreceded, bit 4", 0x0941_0000_0000_0000),
    ("PSL 6", 0xC041_4141_4141_4101),
    ("PSL 7", 0xE041_4141_4141_4101),
    ("preceded by itself", 0x212C_4100_0000_0001),
    ("preceded by a damaged one", 0x212D_4100_0000_0001),
];

#[test]
fn damaged_dictionaries_are_data_exceptions_as_in_hercules() {
    const SOURCE: u64 = 0x50_0000;
    const OUT: u64 = 0x60_0000;
    let Some(mut table) = Table::new() else {
        return;
    };
    table.put(SOURCE, b"ABBBBBBBBBBB");
    // Symbol 300 in nine bits.
    table.put(SOURCE + 16, &[0x96, 0, 0, 0]);
    let mut at = FREE;
    for (name, own, others) in DAMAGED {
        let mut list = others.to_vec();
        list.push((65, *own));
        table.put(at, &entries(&list));
        for control in [0x1000, 0x1200] {
            let name = (*name).to_owned();
            table.add(call(name, A64, control, at, (OUT, 100), (SOURCE, 12)));
        }
        at += 0x2000;
    }
    // A descriptor of format 1 for no siblings.
    table.put(at, &entries(&[(65, 0xC001_0061_6263_6465), (261, 0)]));
    let name = "SCT 0 in format 1".to_owned();
    table.add(call(name, A64, 0x1200, at, (OUT, 100), (SOURCE, 12)));
    at += 0x2000;
    for (name, entry) in MIXED_UP {
        table.put(at, &entries(&[(300, *entry)]));
        let name = (*name).to_owned();
        let (to, from) = ((OUT, 1000), (SOURCE + 16, 4));
        table.add(call(name, A31, 0x1000 | EXPAND, at, to, from));
        at += 0x2000;
    }
    let after = table.compare(nothing);
    for n in 0..table.operations.len() {
        let ending = after.ending(n);
        assert_eq!(ending.program(), 7, "{}", table.operations[n].name);
        // The data-exception code.
        assert_eq!(ending.word(144) & 0xFF, 0);
    }
}

#[test]
fn registers_and_sizes_that_cannot_be_are_specification_exceptions() {
    let Some(mut table) = Table::new() else {
        return;
    };
    for size in [0u64, 6, 7, 8, 15] {
        for expand in [0, EXPAND] {
            let name = format!("size {size}");
            let control = size << 12 | expand;
            table.add(call(name, A64, control, FREE, (FREE, 9), (FREE, 9)));
        }
    }
    for registers in [0x34, 0x25, 0x35] {
        let name = format!("registers {registers:X}");
        let mut operation = call(name, A64, 0x1000, FREE, (FREE, 9), (FREE, 9));
        operation.code[3] = registers;
        table.add(operation);
    }
    let after = table.compare(nothing);
    for n in 0..table.operations.len() {
        assert_eq!(after.ending(n).program(), 6, "{}", table.operations[n].name);
    }
}

#[test]
fn pages_that_are_missing_are_found_where_they_are_needed() {
    const SOURCE: u64 = 0x50_0000;
    const OUT: u64 = 0x60_0000;
    let Some(mut table) = Table::new() else {
        return;
    };
    let data = text(6000);
    let tree = trained(&data, 7000);
    let pair = build(5, Siblings::Format1, &tree);
    table.put(FREE, &pair.bytes());
    table.put(SOURCE, &data);
    // Without the first page, with the second one protected.
    let bad = FREE + 0x4_0000;
    table.put(bad, &pair.bytes());
    table.page(bad, INVALID);
    table.page(OUT, INVALID);
    table.page(OUT + 0x2000, PROTECTED);
    table.page(SOURCE + 0x1000, INVALID);
    let plain = pair.control();
    let add = |table: &mut Table, name: &str, control, g1, to, from| {
        let name = name.to_owned();
        table.add(call(name, A64 | DAT, control, g1, to, from))
    };
    let well = OUT + 0x1_0000;
    // The first symbol already: nothing is done.
    add(
        &mut table,
        "no output",
        plain,
        FREE,
        (OUT + 7, 50),
        (SOURCE, 50),
    );
    add(
        &mut table,
        "protected output",
        plain,
        FREE,
        (OUT + 0x2000, 50),
        (SOURCE, 50),
    );
    add(
        &mut table,
        "no source",
        plain,
        FREE,
        (well, 50),
        (SOURCE + 0x1000, 50),
    );
    add(
        &mut table,
        "no dictionary",
        plain,
        bad,
        (well, 50),
        (SOURCE, 50),
    );
    let across = (OUT + 0x1FFF, 50);
    add(
        &mut table,
        "output into a protected page",
        plain,
        FREE,
        across,
        (SOURCE, 50),
    );
    let control = plain | EXPAND;
    let second = FREE + pair.length();
    add(
        &mut table,
        "no room to expand",
        control,
        second,
        (OUT, 50),
        (SOURCE + 0x4000, 50),
    );
    let absent = (SOURCE + 0xFFF, 50);
    add(
        &mut table,
        "a symbol into a missing page",
        control,
        second,
        (well, 50),
        absent,
    );
    let exact = table.operations.len();
    // Later ones: hercules gives back eight symbols at once, and fewer of them.
    let runs = [
        (
            "source into a missing page",
            plain,
            FREE,
            (well, 5000),
            (SOURCE + 0x800, 5000),
        ),
        (
            "output runs into a protected page",
            plain,
            FREE,
            (OUT + 0x1F00, 5000),
            (SOURCE, 4000),
        ),
    ];
    for (name, control, g1, to, from) in runs {
        add(&mut table, name, control, g1, to, from);
    }
    // Access registers: the first operand in the secondary space, whose segment 5 is segment 6.
    let mut operation = call(
        "access registers".to_owned(),
        A64 | DAT | ARMODE,
        plain,
        FREE,
        (SOURCE + 0x2_0000, 5000),
        (SOURCE, 1000),
    );
    operation.ar[2] = 1;
    table.add(operation);
    let after = table.compare_endings(|operation, ending| {
        if ending.program() != 0 && operation.name.contains("into a") {
            (1..6).for_each(|r| ending.forget(r));
        }
    });
    for n in 0..exact {
        let (ending, operation) = (after.ending(n), &table.operations[n]);
        let code = if operation.name.contains("protected") {
            4
        } else {
            0x11
        };
        assert_eq!(ending.program(), code, "{}", operation.name);
        assert_eq!(ending.gr(2), operation.gr[2], "{}", operation.name);
        assert_eq!(ending.gr(5), operation.gr[5], "{}", operation.name);
    }
    // All that could be done is done, and the registers say so.
    for (n, (name, _, _, to, from)) in (exact..).zip(runs) {
        let ending = after.ending(n);
        let (out, done) = (ending.gr(2) - to.0, ending.gr(4) - from.0);
        assert_eq!(
            (to.1 - ending.gr(3), from.1 - ending.gr(5)),
            (out, done),
            "{name}"
        );
        let written = after.piece(to.0, out + 1);
        let whole = meaning(&pair, &symbols(written, 0, pair.size));
        let input = &data[(from.0 - SOURCE) as usize..][..done as usize];
        assert!(whole.starts_with(input), "{name}");
        let near = match n - exact {
            0 => from.0 + done > SOURCE + 0x1000 - 260,
            _ => to.0 + out >= OUT + 0x1FFE,
        };
        assert!(near, "{name}: {done} bytes, {out} out");
    }
    let other = after.ending(exact + runs.len());
    assert_eq!((other.program(), other.cc()), (0, 0));
    let len = other.gr(2) - SOURCE - 0x2_0000 + 1;
    let written = after.piece(OUT + 0x2_0000, len);
    let whole = meaning(&pair, &symbols(written, 0, pair.size));
    assert!(whole.starts_with(&data[..1000]));
}

#[test]
fn much_is_done_in_parts_and_operands_go_around_the_end_of_storage() {
    const SOURCE: u64 = 0x50_0000;
    const OUT: u64 = 0x60_0000;
    const END: u64 = 0x100_0000;
    let Some(mut table) = Table::new() else {
        return;
    };
    let data = text(200_000);
    let pair = build(4, Siblings::Format1, &trained(&data, 4000));
    table.put(FREE, &pair.bytes());
    table.put(SOURCE, &data);
    let len = data.len() as u64;
    let name = |text: &str| text.to_owned();
    let plain = pair.control();
    let to = (OUT, 0x4_0000);
    let all = table.add(call(name("all of it"), A31, plain, FREE, to, (SOURCE, len)));
    // Once only: no branch back.
    let to = (OUT + 0x4_0000, 0x4_0000);
    let mut once = call(name("a part"), A64, plain, FREE | 3, to, (SOURCE, len));
    once.code.truncate(4);
    // In the 24-bit mode the byte behind the last one is the first one.
    table.put(END - 40, &data[..40]);
    let around = call(
        name("source"),
        A24,
        plain,
        FREE,
        (OUT + 0x8_0000, 100),
        (END - 40, 44),
    );
    table.add(around);
    let around = call(
        name("output"),
        A24,
        plain,
        FREE,
        (END - 2, 5),
        (SOURCE, 100),
    );
    let around = table.add(around);
    let after = table.compare(nothing);
    let ending = after.ending(around);
    assert_eq!((ending.program(), ending.cc()), (0, 1));
    assert!((ending.gr(2) & 0xFFFF_FFFF) < 4);
    let ending = after.ending(all);
    assert_eq!((ending.program(), ending.cc()), (0, 0));
    let part = table.add(once);
    let after = table.here();
    let ending = after.ending(part);
    assert_eq!((ending.program(), ending.cc()), (0, 3));
    assert!(ending.gr(5) > 0 && ending.gr(5) < len);
    let out = after.piece(OUT + 0x4_0000, ending.gr(2) - OUT - 0x4_0000 + 1);
    let whole = meaning(&pair, &symbols(out, 3, 4));
    assert!(whole.starts_with(&data[..(len - ending.gr(5)) as usize]));
}

/// The symbols of nine bits that a compression of `source` gives; nothing for a data exception.
fn compressed(list: &[Numbered], source: &[u8]) -> Option<Vec<u16>> {
    compressed_by(0x1000, list, source)
}

fn compressed_by(control: u64, list: &[Numbered], source: &[u8]) -> Option<Vec<u16>> {
    let dictionary = entries(list);
    let operation = call(
        String::new(),
        A64,
        control,
        PAIR,
        (TO, 100),
        (FROM, source.len() as u64),
    );
    let (gr, mut machine) = alone_or_data(&operation, &[(PAIR, &dictionary), (FROM, source)])?;
    assert_eq!(gr[5], 0);
    let len = gr[2] - TO + u64::from(gr[1] & 7 != 0);
    Some(symbols(
        &machine.storage.read_vec(TO, len as usize).unwrap(),
        0,
        (control >> 12) as u32,
    ))
}

#[test]
fn children_that_begin_alike_are_tried_one_after_the_other_if_they_are_the_first() {
    // b, additional x; b, additional y; c.
    let children = [
        (256, 0x0020_0078_0000_0000),
        (257, 0x0020_0079_0000_0000),
        (258, 0),
    ];
    let with = |parent: u64| {
        let mut list = children.to_vec();
        list.push((65, parent));
        list
    };
    let alike = with(0x7801_0062_6263_0000);
    for (source, expected) in [
        ("Abx", vec![256]),
        ("Aby", vec![257]),
        ("Ac", vec![258]),
        ("Abz", vec![65, 98, 122]),
        ("Ab", vec![65, 98]),
        ("A", vec![65]),
        ("AbyAbx", vec![257, 256]),
    ] {
        assert_eq!(
            compressed(&alike, source.as_bytes()),
            Some(expected),
            "{source}"
        );
    }
    // Behind another character the first one that begins so is the only one.
    let later = [
        (65, 0x7801_0063_6262_0000),
        (257, 0x0020_0078_0000_0000),
        (258, 0x0020_0079_0000_0000),
    ];
    assert_eq!(compressed(&later, b"Abx"), Some(vec![257]));
    assert_eq!(compressed(&later, b"Aby"), Some(vec![65, 98, 121]));
    // When all children here begin alike and the last one fails, the siblings are not looked at.
    let full = [
        (65, 0xDF01_0062_6262_6262),
        (256, 0x0020_0031_0000_0000),
        (257, 0x0020_0032_0000_0000),
        (258, 0x0020_0033_0000_0000),
        (259, 0x0020_0034_0000_0000),
        (260, 0x0020_0035_0000_0000),
        (261, 0x3062_0000_0000_0000),
        (262, 0x0020_0036_0000_0000),
    ];
    assert_eq!(compressed(&full, b"Ab5"), Some(vec![260]));
    assert_eq!(compressed(&full, b"Ab6"), Some(vec![65, 98, 54]));
}

#[test]
fn a_symbol_stands_for_260_characters_at_most() {
    // A, and an entry that is its own child.
    let list = [(65, 0x3001_0041_0000_0000), (256, 0x3001_0041_0000_0000)];
    assert_eq!(compressed(&list, &[65; 260]), Some(vec![256]));
    assert_eq!(compressed(&list, &[65; 261]), None);
    // An index beyond the dictionary.
    let list = [(65, 0x2003_0042_0000_0000)];
    assert_eq!(compressed(&list, b"AC"), Some(vec![65, 67]));
    assert_eq!(compressed(&list, b"AB"), None);
    // Descriptors of nobody, one behind the other: more than 260 children.
    let list = [(65, 0xC001_0061_6263_6465)];
    assert_eq!(compressed_by(0x2000, &list, b"Aa"), Some(vec![256]));
    assert_eq!(compressed_by(0x2000, &list, b"AB"), None);
}

/// Runs an operation on a machine of its own: registers 0 to 5 at the end, and storage.
fn alone(operation: &Operation, pieces: &[(u64, &[u8])]) -> ([u64; 6], Machine) {
    alone_or_data(operation, pieces).expect("a data exception")
}

/// A machine that begins with an operation.
fn ready(operation: &Operation, pieces: &[(u64, &[u8])]) -> Machine {
    let mut machine = Machine::new(Config::new(1 << 20, Clock::fixed(0))).unwrap();
    // A disabled wait behind the loop.
    let mut code = operation.code.clone();
    code.extend([0xB2, 0xB2, 0x03, 0x00]);
    machine.storage.write(0x1000, &code).unwrap();
    let wait = [
        0x0002_0001_8000_0000u64,
        0x600D,
        0x0002_0001_8000_0000,
        0xBAD,
    ];
    let wait: Vec<u8> = wait.iter().flat_map(|w| w.to_be_bytes()).collect();
    machine.storage.write(0x300, &wait[..16]).unwrap();
    machine.storage.write(464, &wait[16..]).unwrap();
    for (at, bytes) in pieces {
        machine.storage.write(*at, bytes).unwrap();
    }
    machine.cpus[0].load_psw(Psw::from_long(operation.psw, 0x1000));
    machine.cpus[0].state = State::Operating;
    machine.cpus[0].gr.copy_from_slice(&operation.gr);
    machine
}

/// The same; nothing for a data exception.
fn alone_or_data(operation: &Operation, pieces: &[(u64, &[u8])]) -> Option<([u64; 6], Machine)> {
    let mut machine = ready(operation, pieces);
    let exit = machine.run(100_000);
    assert_eq!(exit, Exit::DisabledWait { cpu: 0 });
    if machine.cpus[0].psw.addr == 0xBAD {
        let code = machine.storage.read_vec(142, 2).unwrap();
        assert_eq!(code, [0, 7], "a program interruption");
        return None;
    }
    let mut gr = [0; 6];
    gr.copy_from_slice(&machine.cpus[0].gr[..6]);
    Some((gr, machine))
}

#[test]
fn random_dictionaries_do_the_same_in_hercules() {
    const WORK: u64 = 0xC0_0000;
    let Some(mut table) = Table::new() else {
        return;
    };
    let mut runner = TestRunner::deterministic();
    let data = prop::collection::vec(prop_oneof![9 => 0u8..6, 1 => any::<u8>()], 1..4000);
    let mut at = FREE;
    for n in 0..120u64 {
        let mut forest = forest().new_tree(&mut runner).unwrap().current();
        // Hercules goes on to the siblings when children that begin alike have failed.
        forest.iter_mut().for_each(all_different);
        let size = [1, 1, 2, 2, 3, 4][(n % 6) as usize];
        let siblings = [Siblings::Format0, Siblings::Format1][(n % 2) as usize];
        let pair = build(size, siblings, &forest);
        table.put(at, &pair.bytes());
        let data = data.new_tree(&mut runner).unwrap().current();
        let (from, to) = (WORK + 0x4000 * n, WORK + 0x4000 * n + 0x1000 + n);
        table.put(from, &data);
        let bit = n % 8;
        table.put(to, &[0xFF00u16.wrapping_shr(bit as u32) as u8]);
        let name = format!("random {n}");
        let g1 = at | bit;
        let (to, from) = ((to, 0x2000), (from, data.len() as u64));
        table.add(call(name, A64, pair.control(), g1, to, from));
        at += 2 * pair.length();
    }
    assert!(at < WORK);
    let after = table.compare(nothing);
    for n in 0..120 {
        assert_eq!(
            (after.ending(n).program(), after.ending(n).cc()),
            (0, 0),
            "{n}"
        );
    }
}

/// Leaves no two children that begin alike.
fn all_different(node: &mut Node) {
    let mut seen = [false; 256];
    let seen = &mut seen;
    let new = |c: &Node| !std::mem::replace(&mut seen[usize::from(c.characters[0])], true);
    node.children.retain(new);
    node.children.iter_mut().for_each(all_different);
}

/// What a compression of text gives on a machine that was made ready in some way: how it ended, the registers and
/// what is at the output.
fn under(prepare: impl FnOnce(&mut Machine), to: Run) -> (Exit, [u64; 6], Vec<u8>) {
    let data = text(3000);
    let pair = build(3, Siblings::Format1, &trained(&data, 1700));
    let operation = call(
        String::new(),
        A64,
        pair.control(),
        PAIR | 2,
        to,
        (FROM, 3000),
    );
    let mut machine = ready(&operation, &[(PAIR, &pair.bytes()), (FROM, &data)]);
    prepare(&mut machine);
    let exit = machine.run(100_000);
    let mut gr = [0; 6];
    gr.copy_from_slice(&machine.cpus[0].gr[..6]);
    let out = machine.storage.read_vec(to.0, 1500).unwrap();
    (exit, gr, out)
}

#[test]
fn what_is_stored_is_seen_where_somebody_looks_and_not_where_it_is_protected() {
    let (_, gr, plain) = under(|_| {}, (TO, 2000));
    let len = gr[2] - TO;
    assert!((700..1500).contains(&len) && gr[5] == 0, "{len}");
    // Into the page of the instruction itself.
    let (_, gr, out) = under(|_| {}, (0x1800, 2000));
    assert_eq!((gr[2], &out), (0x1800 + len, &plain));
    // A trap for every store: the first one is told, once it is done; those elsewhere are not.
    let store = |start: u64| Trap {
        id: 7,
        kind: TrapKind::Store {
            start,
            end: start + 3,
        },
    };
    let (exit, gr, out) = under(|m| m.set_traps(vec![store(TO + 500)]), (TO, 2000));
    assert!(matches!(exit, Exit::Hit(_)), "{exit:?}");
    assert_eq!((gr[2], &out), (TO + len, &plain));
    let (exit, _, _) = under(|m| m.set_traps(vec![store(TO + len + 1)]), (TO, 2000));
    assert_eq!(exit, Exit::DisabledWait { cpu: 0 });
    // Low addresses from 4096 on are protected, those before are not.
    let low = |m: &mut Machine| m.cpus[0].cr[0] |= 1 << 28;
    let (_, gr, out) = under(low, (4096 - 100, 2000));
    assert!((4093..=4096).contains(&gr[2]), "{:X}", gr[2]);
    assert_eq!(&out[..97], &plain[..97]);
    // The last page of the output has another key.
    let keyed = |m: &mut Machine| {
        for page in 0..256 {
            m.storage
                .set_key(4096 * page, if page == 0x81 { 0x20 } else { 0x10 });
        }
        m.cpus[0].psw.key = 1;
    };
    let (_, gr, out) = under(keyed, (0x8_0F00, 2000));
    assert!((0x8_0FFD..=0x8_1000).contains(&gr[2]), "{:X}", gr[2]);
    assert_eq!(&out[..0xFD], &plain[..0xFD]);
}

#[test]
fn esa_390_has_it_as_well() {
    let data = text(2000);
    let pair = build(2, Siblings::Format0, &trained(&data, 700));
    let (to, from) = ((TO, 3000), (FROM, 2000));
    let operation = call(String::new(), A31, pair.control(), PAIR, to, from);
    let mut machine = ready(&operation, &[(PAIR, &pair.bytes()), (FROM, &data)]);
    machine.cpus[0].load_psw(Psw::from_short(0x0008_0000_8000_1000, false));
    // SVC 0 and a disabled wait.
    machine.storage.write(0x1008, &[0x0A, 0x00]).unwrap();
    let wait = 0x000A_0000_8000_600Du64;
    machine.storage.write(96, &wait.to_be_bytes()).unwrap();
    assert_eq!(machine.run(1000), Exit::DisabledWait { cpu: 0 });
    let cpu = &machine.cpus[0];
    assert_eq!((cpu.gr[5], cpu.psw.addr), (JUNK, 0x600D));
    let len = cpu.gr[2] - (JUNK | TO) + 1;
    let out = machine.storage.read_vec(TO, len as usize).unwrap();
    let whole = meaning(&pair, &symbols(&out, 0, 2));
    assert!(whole.starts_with(&data));
}

/// A tree of strings at random, some of whose first children begin alike.
fn forest() -> impl Strategy<Value = Vec<Node>> {
    let character = prop_oneof![3 => 0u8..6, 1 => any::<u8>()];
    let characters = prop::collection::vec(character, 1..6);
    let leaf = characters.clone().prop_map(|characters| Node {
        characters,
        children: Vec::new(),
    });
    let tree = leaf.prop_recursive(5, 400, 40, move |inner| {
        let children = prop::collection::vec(inner, 0..40);
        (characters.clone(), children).prop_map(|(characters, children)| {
            let mut node = Node {
                characters,
                children,
            };
            tidy(&mut node);
            node
        })
    });
    prop::collection::vec((any::<u8>(), tree), 1..12).prop_map(|list| {
        let mut all = alphabet();
        for (n, node) in list {
            all[usize::from(n % 6)].children.push(node.clone());
            all[usize::from(n)].children.push(node);
        }
        all.iter_mut().for_each(tidy);
        all
    })
}

/// Makes a node one that a dictionary can have: only the first children begin alike, and one that has more than one
/// child has no more than one additional character.
fn tidy(node: &mut Node) {
    if node.children.len() > 1 {
        node.characters.truncate(2);
    }
    let Some(first) = node.children.first().map(|c| c.characters[0]) else {
        return;
    };
    let mut seen = [false; 256];
    let mut alike = true;
    node.children.retain(|child| {
        let c = child.characters[0];
        alike &= c == first;
        let known = std::mem::replace(&mut seen[usize::from(c)], true);
        alike || !known
    });
}

const TO: u64 = 0x8_0000;
const FROM: u64 = 0x4_0000;
const PAIR: u64 = 0x1_0000;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_any_dictionary_compresses_is_expanded_again(
        forest in forest(),
        data in prop::collection::vec(prop_oneof![4 => 0u8..6, 1 => any::<u8>()], 0..3000),
        size in 1u32..=5,
        second in any::<bool>(),
        bit in 0u64..8,
        room in prop_oneof![Just(0x1_0000u64), 0u64..400],
        odd in 0u64..5000,
    ) {
        let siblings = if second { Siblings::Format1 } else { Siblings::Format0 };
        let pair = build(size, siblings, &forest);
        let (to, from) = ((TO + odd, room), (FROM + odd, data.len() as u64));
        let g1 = PAIR | bit;
        let operation = call(String::new(), A64, pair.control(), g1, to, from);
        let bytes = pair.bytes();
        let (gr, mut machine) = alone(&operation, &[(PAIR, &bytes), (from.0, &data)]);
        let done = gr[4] - from.0;
        prop_assert_eq!(gr[5], from.1 - done);
        prop_assert_eq!(gr[3], room - (gr[2] - to.0));
        let bits = (gr[2] - to.0) * 8 + (gr[1] & 7);
        if gr[5] > 0 {
            prop_assert!(room * 8 < bits + u64::from(size) + 8, "there was room");
        }
        let out = machine.storage.read_vec(to.0, bits.div_ceil(8) as usize).unwrap();
        let wide = usize::try_from(size + 8).unwrap();
        let count = (bits as usize).saturating_sub(bit as usize) / wide;
        let list = symbols(&out, bit as u32, size);
        let whole = meaning(&pair, &list[..count.min(list.len())]);
        prop_assert_eq!(&whole, &data[..done as usize]);
        // And back, into just enough room.
        let (to, from) = ((TO + odd, done), (FROM + odd, out.len() as u64));
        let g1 = (PAIR + pair.length()) | bit;
        // The last byte may hold the beginning of one more symbol at most when symbols are shorter than it: never.
        let operation = call(String::new(), A64, pair.control() | EXPAND, g1, to, from);
        let (gr, mut machine) = alone(&operation, &[(PAIR, &bytes), (from.0, &out)]);
        prop_assert_eq!(gr[2], to.0 + done);
        let again = machine.storage.read_vec(to.0, done as usize).unwrap();
        prop_assert_eq!(&again, &data[..done as usize]);
    }
}

/// Entries of any kind, most of them not beyond the dictionary.
fn any_entry() -> impl Strategy<Value = u64> {
    let within = any::<u64>().prop_map(|e| e & !(0x1E00 << 40));
    prop_oneof![3 => within, 1 => any::<u64>(), 1 => Just(0)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_dictionary_ends_in_order(
        dictionary in prop::collection::vec(any_entry(), 1024),
        data in prop::collection::vec(any::<u8>(), 0..600),
        controls in (1u64..=5, any::<u16>(), any::<bool>(), any::<bool>()),
        room in 0u64..600,
    ) {
        let (size, low, expand, second) = controls;
        let mut control = size << 12;
        control |= if expand { EXPAND } else { 0 } | if second { 0x200 } else { 0 };
        control |= u64::from(low & 1) << 16;
        let g1 = PAIR | u64::from(low) & 0xFFF;
        let (to, from) = ((TO, room), (FROM, data.len() as u64));
        let operation = call(String::new(), A64, control, g1, to, from);
        let bytes: Vec<u8> = dictionary.iter().flat_map(|e| e.to_be_bytes()).collect();
        let Some((gr, mut machine)) = alone_or_data(&operation, &[(PAIR, &bytes), (FROM, &data)])
        else {
            return Ok(());
        };
        prop_assert_eq!(gr[2] + gr[3], TO + room);
        prop_assert_eq!(gr[4] + gr[5], FROM + data.len() as u64);
        prop_assert!(gr[3] <= room && gr[5] <= data.len() as u64);
        // Nothing is stored behind the operand, and the rest is as it was.
        let behind = machine.storage.read_vec(TO + room, 600).unwrap();
        prop_assert!(behind.iter().all(|b| *b == 0));
        prop_assert_eq!(machine.storage.read_vec(FROM, data.len()).unwrap(), data);
    }
}
