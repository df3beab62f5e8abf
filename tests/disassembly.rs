//! Every instruction of the tables is disassembled, as `objdump` does where it is installed.

use std::collections::BTreeMap;
use std::process::Command;

use vmshare::machine::insn::disasm::disassemble;
use vmshare::machine::insn::{FAMILIES, Format, Row};

/// Bytes of an instruction: registers that differ, displacements that show their places.
fn bytes(row: &Row) -> Vec<u8> {
    let [first, rest] = row.opcode.to_be_bytes();
    let mut bytes = match first >> 6 {
        0 => vec![first, 0x24],
        3 => vec![first, 0x24, 0x61, 0x23, 0x82, 0x46],
        _ => vec![first, 0x24, 0x61, 0x23],
    };
    match first {
        0x01 | 0xB2 | 0xB3 | 0xB9 | 0xE5 => bytes[1] = rest,
        0xA5 | 0xA7 | 0xC0 | 0xC2 | 0xC4 | 0xC6 | 0xC8 | 0xCC => bytes[1] = 0x20 | rest,
        0xE3 | 0xEB | 0xEC | 0xED => bytes[5] = rest,
        _ => {}
    }
    // Fields that must be zero, or have only some values.
    match row.format {
        Format::RrOne => bytes[1] = 0x20,
        Format::Rre => (bytes[2], bytes[3]) = (0, 0x24),
        Format::RreOne => (bytes[2], bytes[3]) = (0, 0x20),
        Format::RreNone | Format::SNone => (bytes[2], bytes[3]) = (0, 0),
        Format::Rsi | Format::RiRel | Format::RiMask => (bytes[2], bytes[3]) = (0, 0x10),
        Format::RilRel | Format::RilMask => bytes[2..6].copy_from_slice(&[0, 0, 0, 0x20]),
        Format::Rxe | Format::RieD => bytes[4] = 0,
        Format::RrfC => bytes[2] = 0x10,
        Format::RrfB | Format::Rrd => bytes[2] = 0x60,
        Format::Rrs | Format::Rxf => bytes[4] = 0x80,
        Format::RieA => (bytes[1], bytes[4]) = (0x20, 0x80),
        Format::RsShift => bytes[1] = 0x20,
        Format::Rsl => (bytes[1], bytes[4]) = (0x20, 0),
        _ => {}
    }
    bytes
}

/// Operands in one form: lower case, hexadecimal numbers as decimal ones, no register prefixes.
fn plain(text: &str) -> String {
    let text = text.to_ascii_lowercase().replace(['%', ' '], "");
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        let hexadecimal = rest.strip_prefix("x'").or_else(|| rest.strip_prefix("0x"));
        if let Some(digits) = hexadecimal {
            let end = digits
                .find(|c: char| !c.is_ascii_hexdigit())
                .unwrap_or(digits.len());
            let value = u64::from_str_radix(&digits[..end], 16).unwrap();
            out.push_str(&value.to_string());
            rest = digits[end..].strip_prefix('\'').unwrap_or(&digits[end..]);
            continue;
        }
        out.push(c);
        rest = &rest[1..];
    }
    // Registers of any kind are numbers.
    let mut plain = String::new();
    let mut before = ',';
    for c in out.chars() {
        let register = matches!(c, 'r' | 'f' | 'a' | 'c') && matches!(before, ',' | '(');
        if !register {
            plain.push(c);
        }
        before = c;
    }
    plain
}

#[test]
fn every_row_is_disassembled_with_its_mnemonic_and_length() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for row in FAMILIES.iter().copied().flatten() {
        let bytes = bytes(row);
        let shown = disassemble(&bytes, 0x1000);
        let operands_missing = shown.operands.is_empty()
            && !matches!(row.format, Format::E | Format::RreNone | Format::SNone);
        if shown.mnemonic != row.mnemonic.to_ascii_uppercase()
            || shown.length != bytes.len()
            || operands_missing
        {
            wrong.push(format!("{:04X} {shown:?}", row.opcode));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(count > 600, "{count}");
}

/// Names of objdump's for the same instruction with another word: it shows the mask or a default in the name.
fn same_name(ours: &str, theirs: &str) -> bool {
    ours == theirs || theirs.starts_with(ours) || {
        let known: BTreeMap<&str, &[&str]> = BTreeMap::from([
            ("bc", &["b", "nop"][..]),
            ("bcr", &["b", "nopr"]),
            ("brc", &["j", "jnop"]),
            ("brcl", &["jg", "jgnop"]),
            ("bras", &["jas"]),
            ("brasl", &["jasl"]),
            ("brct", &["jct"]),
            ("brctg", &["jctg"]),
            ("brxh", &["jxh"]),
            ("brxle", &["jxle"]),
            ("brxhg", &["jxhg"]),
            ("brxlg", &["jxleg"]),
        ]);
        known
            .get(ours)
            .is_some_and(|names| names.iter().any(|n| theirs.starts_with(n)))
    }
}

#[test]
fn mnemonics_and_operands_are_those_of_objdump() {
    if Command::new("s390x-linux-gnu-objdump")
        .arg("--version")
        .output()
        .is_err()
    {
        eprintln!("skipped: s390x-linux-gnu-objdump is not installed (binutils-s390x-linux-gnu)");
        return;
    }
    // CHSC, SERVC and IUCV have no place in the assembler.
    let known = |row: &&Row| ![0xB25F, 0xB220, 0xB2F0].contains(&row.opcode);
    let rows: Vec<&Row> = FAMILIES.iter().copied().flatten().filter(known).collect();
    let mut image = Vec::new();
    let mut starts = BTreeMap::new();
    for row in &rows {
        starts.insert(image.len() as u64, *row);
        image.extend(bytes(row));
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("image");
    std::fs::write(&path, &image).unwrap();
    let out = Command::new("s390x-linux-gnu-objdump")
        .args([
            "-D",
            "-z",
            "-b",
            "binary",
            "-m",
            "s390:64-bit",
            "-M",
            "zarch",
        ])
        .arg(&path)
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&out.stdout).into_owned();
    let mut seen = 0;
    let mut wrong = Vec::new();
    for line in out.lines() {
        let mut columns = line.split('\t');
        let at = columns.next().and_then(|c| c.trim().strip_suffix(':'));
        let Some(at) = at.and_then(|a| u64::from_str_radix(a, 16).ok()) else {
            continue;
        };
        let (Some(row), Some(name)) = (starts.get(&at), columns.nth(1)) else {
            continue;
        };
        seen += 1;
        let theirs = columns.next().unwrap_or_default();
        let theirs = theirs.split('<').next().unwrap_or_default();
        let ours = disassemble(&bytes(row), at);
        let name = name.trim();
        if name.starts_with('.') || !same_name(&row.mnemonic.to_ascii_lowercase(), name) {
            wrong.push(format!(
                "{:04X} {} is {name} {theirs}",
                row.opcode, row.mnemonic
            ));
            continue;
        }
        // With the mask in the name, or a field left out, the operands are others.
        let masked = name != row.mnemonic.to_ascii_lowercase();
        if !masked && !same_operands(row, &ours.operands, theirs) {
            wrong.push(format!(
                "{:04X} {name}: {} and {theirs}",
                row.opcode, ours.operands
            ));
        }
    }
    assert!(seen >= rows.len() * 9 / 10, "{seen} of {}", rows.len());
    assert!(wrong.is_empty(), "{} of {seen}: {wrong:#?}", wrong.len());
}

/// Whether operands say the same; addresses of branches are hexadecimal in both.
fn same_operands(row: &Row, ours: &str, theirs: &str) -> bool {
    let relative = matches!(
        row.format,
        Format::Rsi
            | Format::RieB
            | Format::RieC
            | Format::RieE
            | Format::RiRel
            | Format::RiMask
            | Format::RilRel
            | Format::RilMask
    );
    let (ours, theirs) = match relative {
        true => {
            let tail = |t: &str| {
                t.rsplit_once(',')
                    .map(|(a, b)| (a.to_owned(), b.to_owned()))
            };
            let (Some((a, x)), Some((b, y))) = (tail(ours), tail(theirs)) else {
                return false;
            };
            let number = |t: &str| u64::from_str_radix(t.trim().trim_start_matches("0x"), 16).ok();
            if number(&x) != number(&y) {
                return false;
            }
            (a, b)
        }
        false => (ours.to_owned(), theirs.to_owned()),
    };
    plain(&ours) == plain(&theirs)
}
