//! COMPARE AND FORM CODEWORD and UPDATE TREE: keys and trees at random, and a sort that uses both.

use super::{
    A24, A31, A64, ARMODE, DAT, Dice, Ending, FREE, INVALID, Operation, PROTECTED, Table,
    storage_after, word,
};
use crate::bare::assembled;

fn operation(name: String, psw: u64, code: &[u8], gr: [u64; 16]) -> Operation {
    Operation {
        name,
        gr,
        psw,
        code: code.to_vec(),
        ar: [0; 16],
    }
}

fn nothing(_: &Operation, _: &mut Ending) {}

/// CFC 0(6): the second-operand address is register 6.
const CFC: [u8; 4] = [0xB2, 0x1A, 0x60, 0x00];
const UPT: [u8; 2] = [0x01, 0x02];

/// A number below one of three bounds.
fn below_one(dice: &mut Dice, of: [u64; 3]) -> u64 {
    let most = dice.pick(&of);
    dice.below(most)
}

#[test]
fn codewords_are_those_of_hercules() {
    let Some(mut table) = Table::new() else {
        return;
    };
    let mut dice = Dice::new(7);
    // Keys that are alike for long.
    let keys = FREE;
    let mut bytes = vec![0u8; 0x2_0000];
    for byte in &mut bytes {
        *byte = if dice.below(40) == 0 {
            dice.below(3) as u8
        } else {
            1
        };
    }
    table.put(keys, &bytes);
    table.page(keys + 0x8000, INVALID);
    for n in 0..3000 {
        let mode = [A64, A31, A24, A64 | DAT, A31 | DAT][dice.below(5) as usize];
        let mut gr = [0; 16];
        for value in &mut gr {
            *value = dice.next();
        }
        let high = if mode & A64 == A64 {
            0
        } else {
            dice.next() << 32
        };
        let even = if dice.below(20) == 0 { !0 } else { !1 };
        gr[1] = high | (keys + dice.below(0x9000)) & even;
        gr[3] = high | (keys + dice.below(0x9000)) & even;
        gr[2] = below_one(&mut dice, [2, 40, 0x400]) & even;
        if dice.below(3) == 0 {
            gr[2] |= dice.next() & 0xFFFF_FFFF_FFFF_0000;
        }
        gr[6] = dice.next() & !0xFFFF | below_one(&mut dice, [4, 60, 0x800]);
        table.add(operation(format!("codeword {n}"), mode, &CFC, gr));
    }
    let after = table.compare(nothing);
    // All ways to end occur.
    for cc in 0..3 {
        let ended = (0..3000).filter(|n| {
            let e = after.ending(*n);
            e.program() == 0 && e.cc() == cc
        });
        assert!(ended.count() > 100, "condition code {cc}");
    }
    for code in [6, 0x11] {
        let ended = (0..3000).filter(|n| after.ending(*n).program() == code);
        assert!(ended.count() > 10, "code {code:X}");
    }
}

#[test]
fn trees_are_updated_as_in_hercules() {
    let Some(mut table) = Table::new() else {
        return;
    };
    let mut dice = Dice::new(11);
    let trees = FREE;
    let mut bytes = Vec::new();
    for _ in 0..0x4000 {
        // Codewords of a few values, some negative.
        let half = |dice: &mut Dice| {
            let top = if dice.below(30) == 0 { 0x8000_0000 } else { 0 };
            (top | dice.below(40)) as u32
        };
        bytes.extend(half(&mut dice).to_be_bytes());
        bytes.extend((dice.next() as u32).to_be_bytes());
    }
    table.put(trees, &bytes);
    table.page(trees + 0x6000, PROTECTED);
    table.page(trees + 0x8000, INVALID);
    for n in 0..3000 {
        let mode = [A64, A31, A24, A64 | DAT, A31 | DAT][dice.below(5) as usize];
        let long = mode & A64 == A64;
        let size = if long { 16 } else { 8 };
        let mut gr = [0; 16];
        for value in &mut gr {
            *value = dice.next();
        }
        let high = if long { 0 } else { dice.next() << 32 };
        gr[0] = high | dice.below(45) | u64::from(dice.below(20) == 0) << 31;
        if long && dice.below(2) == 0 {
            gr[0] = gr[0] << 32 | dice.next() >> 32;
        }
        gr[4] = high | (trees + size * dice.below(0x8000 / size));
        gr[5] = high | (size * below_one(&mut dice, [3, 30, 400]));
        if dice.below(25) == 0 {
            gr[4 + dice.below(2) as usize] |= 1 << dice.below(4);
        }
        table.add(operation(format!("tree {n}"), mode, &UPT, gr));
    }
    // A store that is refused leaves the index alone; hercules has moved it on.
    let after = table.compare(|_, ending| {
        if ending.program() == 4 {
            ending.forget(5);
        }
    });
    for cc in [0, 1, 3] {
        let ended = (0..3000).filter(|n| {
            let e = after.ending(*n);
            e.program() == 0 && e.cc() == cc
        });
        assert!(ended.count() > 50, "condition code {cc}");
    }
    for code in [4, 6, 0x11] {
        let ended = (0..3000).filter(|n| after.ending(*n).program() == code);
        assert!(ended.count() > 10, "code {code:X}");
    }
}

#[test]
fn access_registers_one_and_four_name_the_spaces() {
    let Some(mut table) = Table::new() else {
        return;
    };
    // The secondary space's segment 5 is segment 6.
    table.put(0x50_0000, &[0; 64]);
    table.put(0x60_0000, &[0, 9, 0, 1, 0, 9, 0, 2, 0, 0, 0, 7, 0, 0, 0, 8]);
    let mut gr = [0; 16];
    (gr[1], gr[3], gr[6]) = (0x50_0000, 0x50_0004, 8);
    let mut cfc = operation("cfc".to_owned(), A31 | DAT | ARMODE, &CFC, gr);
    cfc.ar[1] = 1;
    table.add(cfc);
    let mut gr = [0; 16];
    (gr[4], gr[5]) = (0x50_0000, 16);
    let mut upt = operation("upt".to_owned(), A31 | DAT | ARMODE, &UPT, gr);
    upt.ar[4] = 1;
    table.add(upt);
    let after = table.compare(nothing);
    assert_eq!(after.ending(0).gr(2) & 0xFFFF_FFFF, 0x0004_FFFD);
    assert_eq!(after.ending(1).gr(0), 7);
}

/// One run of tests/guests/sort.s: what it gave, and what came too late for it.
fn run(program: &[u8], long: bool, players: u64, keys: &[(u64, [u8; 12])]) -> [Vec<u64>; 2] {
    const KEYS: usize = 0x11_0000;
    const RUN: u64 = 0x13_0000;
    const LATER: u64 = 0x15_0000;
    let mut image = program.to_vec();
    image.resize(0x40_0000, 0);
    let mut put = |at: usize, bytes: &[u8]| image[at..at + bytes.len()].copy_from_slice(bytes);
    put(0x10_0000, &u64::from(long).to_be_bytes());
    put(0x10_0008, &players.to_be_bytes());
    put(0x10_0010, &(keys.len() as u64).to_be_bytes());
    for (n, (at, key)) in keys.iter().enumerate() {
        put(KEYS + 8 * n, &at.to_be_bytes());
        put(*at as usize, key);
    }
    let after = storage_after(&image, 0x20_0000);
    let list = |from: u64, end: usize| {
        let end = word(&after, end);
        (from..end)
            .step_by(8)
            .map(|at| word(&after, at as usize))
            .collect()
    };
    [list(RUN, 0x10_0018), list(LATER, 0x10_0020)]
}

#[test]
fn replacement_selection_gives_sorted_runs() {
    let dir = tempfile::tempdir().unwrap();
    if assembled(dir.path()).is_none() {
        return;
    }
    let program = std::fs::read(dir.path().join("sort.image")).unwrap();
    let mut dice = Dice::new(23);
    for (long, players, count) in [
        (false, 64, 64),
        (true, 64, 64),
        (false, 50, 900),
        (true, 37, 900),
    ] {
        let mut keys = Vec::new();
        for n in 0..count {
            // Few values: many keys begin alike, and some are equal.
            let mut key = [1u8; 12];
            key.iter_mut()
                .for_each(|b| *b += u8::from(dice.below(4) == 0));
            keys.push((0x30_0004 + 16 * n, key));
        }
        let key_of = |at: &u64| keys[(*at as usize - 0x30_0004) / 16].1;
        let mut left = keys.clone();
        let mut all = Vec::new();
        let mut runs = 0u64;
        while !left.is_empty() {
            let [sorted, late] = run(&program, long, players, &left);
            let in_order: Vec<[u8; 12]> = sorted.iter().map(key_of).collect();
            assert!(
                in_order.is_sorted(),
                "long {long}, run {runs}: {in_order:?}"
            );
            assert!(sorted.len() as u64 >= players.min(left.len() as u64));
            assert_eq!(sorted.len() + late.len(), left.len());
            all.extend(sorted);
            left = late.iter().map(|at| (*at, key_of(at))).collect();
            runs += 1;
        }
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len() as u64, count, "every key comes once");
        // What makes it worth while: runs are about twice as long as the tree.
        assert!(runs <= count.div_ceil(players) * 2 / 3 + 1, "{runs} runs");
    }
}
