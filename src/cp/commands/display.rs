//! DISPLAY: storage, registers, PSW, storage keys (z/VM CP Commands: DISPLAY).

use super::{Ctx, Outcome, Row, line};
use crate::base::Message;
use crate::base::codepage::ebcdic_to_host;
use crate::base::msg::hcp;
use crate::cp::hardware::{Address, Hardware};
use crate::cp::words::{self, Words};

pub(super) const COMMANDS: &[Row] = &[Row {
    name: "Display",
    classes: "G",
    run: display,
    usage: "Display {[T|V|R|P|S|H|K|I]hexloc[-hexloc|:hexloc|.length] | {G|GG|X|XG|Y|AR}[n[-n|.n]] | PSW[EXT|SVC|PRG|IO|MCH|RST] | PREFIX}",
    doc: "Shows storage (T with characters, K keys, I instructions), registers or the PSW.",
    example: "DISPLAY 0.20",
}];

fn display(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    if words.is_empty() {
        return Err(hcp::HCPCDB026E.with(&[]));
    }
    for word in words.by_ref() {
        let upper = word.to_ascii_uppercase();
        let guest = ctx.guest_mut()?;
        let lines = one(&mut guest.hardware, &upper)?;
        lines.into_iter().for_each(|l| ctx.say(l));
    }
    Ok(())
}

pub(super) type Lines = Vec<Vec<u8>>;

pub(super) fn one(hw: &mut Hardware, word: &[u8]) -> Result<Lines, Message> {
    if let Some(lines) = psw(hw, word) {
        return Ok(lines);
    }
    if word == b"PREFIX" || word == b"PX" {
        return Ok(vec![line!("PREFIX = {:08X}", hw.cpu().prefix)]);
    }
    if let Some(lines) = registers(hw, word) {
        return lines;
    }
    if let Some(range) = word.strip_prefix(b"K") {
        return keys(hw, range, word);
    }
    storage(hw, word)
}

/// PSW, and the new PSWs of the interruption classes.
fn psw(hw: &mut Hardware, word: &[u8]) -> Option<Lines> {
    let class = word.strip_prefix(b"PSW")?;
    if class.is_empty() {
        return Some(vec![line!("PSW = {}", hw.psw_text())]);
    }
    // The old and the new PSW: places in ESA/390 and in z/Architecture.
    let (name, esa, long) = match class {
        b"EXT" => ("EXT", (24, 88), (0x130, 0x1B0)),
        b"SVC" => ("SVC", (32, 96), (0x140, 0x1C0)),
        b"PRG" => ("PRG", (40, 104), (0x150, 0x1D0)),
        b"MCH" => ("MCH", (48, 112), (0x160, 0x1E0)),
        b"IO" | b"I/O" => ("I/O", (56, 120), (0x170, 0x1F0)),
        b"RST" => ("RST", (8, 0), (0x120, 0x1A0)),
        _ => return None,
    };
    let zarch = hw.cpu().psw.zarch;
    let ((old, new), len) = if zarch { (long, 16) } else { (esa, 8) };
    let mut show = |at: u64| {
        let bytes = hw.read(Address::Real, at, len).unwrap_or_default();
        words_of(&bytes)
    };
    let (old, new) = (show(old), show(new));
    Some(vec![line!("{name} OLD {old}"), line!("{name} NEW {new}")])
}

fn words_of(bytes: &[u8]) -> String {
    let hex: Vec<String> = bytes
        .chunks(4)
        .map(|w| w.iter().map(|b| format!("{b:02X}")).collect())
        .collect();
    hex.join(" ")
}

/// What a register operand names: its letters, how a line begins, registers on a line, digits of each.
const REGISTERS: [(&str, &str, usize, Kind); 8] = [
    ("GG", "GRG", 2, Kind::Long),
    ("GR", "GPR", 4, Kind::Short),
    ("G", "GPR", 4, Kind::Short),
    ("XG", "CRG", 2, Kind::ControlLong),
    ("X", "ECR", 4, Kind::Control),
    ("YG", "FPR", 2, Kind::Floating),
    ("Y", "FPR", 2, Kind::Floating),
    ("AR", "AR", 4, Kind::Access),
];

#[derive(Clone, Copy)]
enum Kind {
    Short,
    Long,
    Control,
    ControlLong,
    Floating,
    Access,
}

fn registers(hw: &Hardware, word: &[u8]) -> Option<Result<Lines, Message>> {
    let fits = |(letters, ..): &&(&str, &str, usize, Kind)| {
        word.strip_prefix(letters.as_bytes()).is_some_and(|r| {
            r.first()
                .is_none_or(|c| c.is_ascii_hexdigit() && !c.is_ascii_lowercase())
        })
    };
    let (letters, name, per_line, kind) = REGISTERS.iter().find(fits)?;
    let range = match &word[letters.len()..] {
        b"" => (0, 15),
        digits => match register_range(digits) {
            Some(range) => range,
            None => return Some(Err(hcp::HCPCDB010E.with(&[word]))),
        },
    };
    let cpu = hw.cpu();
    let value = |r: usize| match kind {
        Kind::Short => format!("{:08X}", cpu.gr[r] & 0xFFFF_FFFF),
        Kind::Long => format!("{:016X}", cpu.gr[r]),
        Kind::Control => format!("{:08X}", cpu.cr[r] & 0xFFFF_FFFF),
        Kind::ControlLong => format!("{:016X}", cpu.cr[r]),
        Kind::Floating => format!("{:016X}", cpu.fpr[r]),
        Kind::Access => format!("{:08X}", cpu.ar[r]),
    };
    let all: Vec<usize> = (range.0..=range.1).collect();
    let lines = all.chunks(*per_line).map(|some| {
        let values: Vec<String> = some.iter().map(|r| value(*r)).collect();
        line!("{name} {:>2} =  {}", some[0], values.join("  "))
    });
    Some(Ok(lines.collect()))
}

/// Register numbers are decimal or one hexadecimal digit; `5.3` is three from 5.
fn register_range(digits: &[u8]) -> Option<(usize, usize)> {
    let number = |w: &[u8]| {
        let n = match w {
            [c] if c.is_ascii_hexdigit() => words::hex(w)?,
            _ => words::decimal(w)?,
        };
        usize::try_from(n).ok().filter(|n| *n < 16)
    };
    if let Some(at) = digits.iter().position(|c| b"-:".contains(c)) {
        let range = (number(&digits[..at])?, number(&digits[at + 1..])?);
        return (range.0 <= range.1).then_some(range);
    }
    if let Some(at) = digits.iter().position(|&c| c == b'.') {
        let first = number(&digits[..at])?;
        let count = usize::try_from(words::decimal(&digits[at + 1..])?).ok()?;
        let last = first + count.checked_sub(1)?;
        return (last < 16).then_some((first, last));
    }
    number(digits).map(|n| (n, n))
}

/// The storage keys of a range of real pages; pages of one key in one line.
fn keys(hw: &mut Hardware, range: &[u8], word: &[u8]) -> Result<Lines, Message> {
    let size = hw.storage_size();
    let (first, last) = match range.is_empty() {
        true => (0, size - 1),
        false => words::range(range, 1).ok_or_else(|| hcp::HCPCDB005E.with(&[word]))?,
    };
    if last >= size {
        return Err(hcp::HCPCDB160E.with(&[format!("{last:08X}").as_bytes()]));
    }
    let mut lines: Vec<Vec<u8>> = Vec::new();
    let end = last >> 12;
    let mut from = first >> 12;
    while from <= end {
        let key = hw.key(from);
        let to = (from..=end)
            .take_while(|page| hw.key(*page) == key)
            .last()
            .unwrap_or(from);
        lines.push(line!(
            "{:08X} TO {:08X}  KEY = {key:02X}",
            from << 12,
            (to << 12) | 0xFFF
        ));
        from = to + 1;
    }
    Ok(lines)
}

/// Storage, sixteen bytes a line from a multiple of sixteen on.
fn storage(hw: &mut Hardware, word: &[u8]) -> Result<Lines, Message> {
    let mut rest = word;
    let mut space = None;
    let (mut translated, mut instructions) = (false, false);
    while let Some((letter, more)) = rest.split_first() {
        match letter {
            b'T' => translated = true,
            b'I' => instructions = true,
            b'V' | b'P' => space = Some(Address::Virtual),
            b'S' => space = Some(Address::Secondary),
            b'H' => space = Some(Address::Home),
            b'R' => space = Some(Address::Real),
            b'U' => space = Some(Address::Absolute),
            b'L' => {}
            _ => break,
        }
        rest = more;
    }
    let space = space.unwrap_or_else(|| hw.natural_address());
    if rest.is_empty() {
        return Err(hcp::HCPCDB026E.with(&[]));
    }
    let (first, last) = words::range(rest, 4).ok_or_else(|| hcp::HCPCDB005E.with(&[word]))?;
    if instructions {
        return disassembled(hw, space, first, last);
    }
    let mut lines = Vec::new();
    let mut at = first & !3;
    while at <= last {
        let stop = (at | 15).min(last | 3);
        let bytes = match hw.read(space, at, (stop - at + 1).try_into().unwrap_or(16)) {
            Ok(bytes) => bytes,
            Err(why) => {
                lines.push(not_there(space, at, &why));
                // The rest of a page that is not there is not there either.
                at = (at | 0xFFF).saturating_add(1);
                if at >= hw.storage_size() && space.is_absolute() || at == 0 {
                    break;
                }
                continue;
            }
        };
        let mut out = format!(
            "{}{}  {:<35}",
            space.letter(),
            address_text(at),
            words_of(&bytes)
        );
        if translated {
            let text: String = ebcdic_to_host(&bytes)
                .iter()
                .map(|&c| {
                    if (0x20..0x7F).contains(&c) {
                        char::from(c)
                    } else {
                        '.'
                    }
                })
                .collect();
            out = format!("{out}  *{text:<16}*");
        }
        lines.push(out.trim_end().as_bytes().to_vec());
        match stop.checked_add(1) {
            Some(next) => at = next,
            None => break,
        }
    }
    Ok(lines)
}

fn not_there(space: Address, at: u64, why: &str) -> Vec<u8> {
    line!("{}{}  {why}", space.letter(), address_text(at))
}

/// Eight digits, or sixteen where eight are not enough.
pub(super) fn address_text(at: u64) -> String {
    match u32::try_from(at) {
        Ok(at) => format!("{at:08X}"),
        Err(_) => format!("{at:016X}"),
    }
}

fn disassembled(
    hw: &mut Hardware,
    space: Address,
    first: u64,
    last: u64,
) -> Result<Lines, Message> {
    let mut lines = Vec::new();
    let mut at = first & !1;
    while at <= last {
        let bytes = match hw.read(space, at, 6).or_else(|_| hw.read(space, at, 2)) {
            Ok(bytes) => bytes,
            Err(why) => {
                lines.push(not_there(space, at, &why));
                break;
            }
        };
        let (text, length) = crate::cp::trace::instruction_text(&bytes, at);
        lines.push(line!("{}{}  {text}", space.letter(), address_text(at)));
        at += length;
    }
    Ok(lines)
}
