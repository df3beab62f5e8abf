//! STORE: into storage, registers, the PSW (z/VM CP Commands: STORE).

use super::{Ctx, Outcome, Row, no_more};
use crate::base::Message;
use crate::base::msg::hcp;
use crate::cp::hardware::Address;
use crate::cp::words::{self, Words};

pub(super) const COMMANDS: &[Row] = &[Row {
    name: "STore",
    classes: "G",
    run: store,
    usage: "STore {[V|R|P|S]hexloc hexword ... | S hexloc hexdata | {G|GG|X|XG|Y|AR}n hexword ... | PSW [hexword] hexword | STATUS}",
    doc: "Changes storage, registers or the PSW of the virtual machine.",
    example: "STORE G0 00000001",
}];

fn store(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let Some(word) = words.next() else {
        return Err(hcp::HCPCDS026E.with(&[]));
    };
    let upper = word.to_ascii_uppercase();
    match upper.as_slice() {
        b"PSW" => psw(ctx, words)?,
        b"STATUS" => {
            no_more(words, &hcp::HCPCDS003E)?;
            ctx.guest_mut()?.hardware.store_status();
        }
        b"S" => {
            let location = words.next().ok_or_else(|| hcp::HCPCDS026E.with(&[]))?;
            bytes(ctx, &location.to_ascii_uppercase(), words)?;
        }
        w if register(w).is_some() => registers(ctx, w, words)?,
        w if w.starts_with(b"S") && w.len() > 1 => bytes(ctx, &w[1..], words)?,
        w => fullwords(ctx, w, words)?,
    }
    ctx.inform("Store complete.");
    Ok(())
}

#[derive(Clone, Copy)]
enum Kind {
    Short,
    Long,
    Control,
    ControlLong,
    Floating,
    Access,
}

/// `G5`, `GG5`, `X0`, `XG13`, `Y6`, `AR2`; a number is decimal or one hexadecimal digit.
fn register(word: &[u8]) -> Option<(Kind, usize)> {
    const LETTERS: [(&[u8], Kind); 6] = [
        (b"GG", Kind::Long),
        (b"G", Kind::Short),
        (b"XG", Kind::ControlLong),
        (b"X", Kind::Control),
        (b"Y", Kind::Floating),
        (b"AR", Kind::Access),
    ];
    LETTERS.iter().find_map(|(letters, kind)| {
        let digits = word.strip_prefix(*letters)?;
        let number = match digits {
            [c] if c.is_ascii_hexdigit() => words::hex(digits)?,
            [_, _] => words::decimal(digits)?,
            _ => return None,
        };
        Some((*kind, usize::try_from(number).ok().filter(|n| *n < 16)?))
    })
}

/// The values that follow, each of at most so many digits.
fn values(words: &mut Words<'_>, digits: usize) -> Result<Vec<u64>, Message> {
    let mut out = Vec::new();
    for word in words.by_ref() {
        let value = words::hex(word).filter(|_| word.len() <= digits);
        out.push(value.ok_or_else(|| hcp::HCPCDS005E.with(&[word]))?);
    }
    match out.is_empty() {
        true => Err(hcp::HCPCDS026E.with(&[])),
        false => Ok(out),
    }
}

fn registers(ctx: &mut Ctx<'_>, word: &[u8], words: &mut Words<'_>) -> Outcome {
    let Some((kind, first)) = register(word) else {
        return Err(hcp::HCPCDS010E.with(&[word]));
    };
    let digits = match kind {
        Kind::Long | Kind::ControlLong | Kind::Floating => 16,
        _ => 8,
    };
    let values = values(words, digits)?;
    if first + values.len() > 16 {
        return Err(hcp::HCPCDS010E.with(&[word]));
    }
    let cpu = ctx.guest_mut()?.hardware.cpu_mut();
    let low = |old: u64, new: u64| (old & 0xFFFF_FFFF_0000_0000) | new;
    for (r, value) in (first..).zip(values) {
        match kind {
            Kind::Short => cpu.gr[r] = low(cpu.gr[r], value),
            Kind::Long => cpu.gr[r] = value,
            Kind::Control => cpu.cr[r] = low(cpu.cr[r], value),
            Kind::ControlLong => cpu.cr[r] = value,
            Kind::Floating => cpu.fpr[r] = value,
            Kind::Access => cpu.ar[r] = u32::try_from(value).unwrap_or(0),
        }
    }
    // Control registers decide how addresses are translated.
    let psw = cpu.psw;
    cpu.load_psw(psw);
    Ok(())
}

/// One word is the address half; two are a short PSW, four a long one.
fn psw(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let values = values(words, 8)?;
    let hardware = &mut ctx.guest_mut()?.hardware;
    match values.as_slice() {
        [address] => {
            hardware.set_address(address & 0x7FFF_FFFF);
            Ok(())
        }
        [a, b] => {
            hardware.set_short_psw(a << 32 | b);
            Ok(())
        }
        [a, b, c, d] => {
            hardware.set_long_psw(a << 32 | b, c << 32 | d);
            Ok(())
        }
        _ => Err(hcp::HCPCDS026E.with(&[])),
    }
}

fn location(ctx: &mut Ctx<'_>, word: &[u8]) -> Result<(Address, u64), Message> {
    let hardware = &ctx.guest_mut()?.hardware;
    let (space, digits) = match word.split_first() {
        Some((b'V' | b'P', rest)) => (Address::Virtual, rest),
        Some((b'R', rest)) => (Address::Real, rest),
        Some((b'U', rest)) => (Address::Absolute, rest),
        Some((b'H', rest)) => (Address::Home, rest),
        Some((b'L', rest)) => (hardware.natural_address(), rest),
        _ => (hardware.natural_address(), word),
    };
    let at = words::hex(digits).ok_or_else(|| hcp::HCPCDS005E.with(&[word]))?;
    Ok((space, at))
}

fn put(ctx: &mut Ctx<'_>, space: Address, at: u64, data: &[u8]) -> Outcome {
    let hardware = &mut ctx.guest_mut()?.hardware;
    hardware
        .write(space, at, data)
        .map_err(|why| hcp::HCPCDS160E.with(&[format!("{at:08X}").as_bytes(), why.as_bytes()]))
}

fn fullwords(ctx: &mut Ctx<'_>, word: &[u8], words: &mut Words<'_>) -> Outcome {
    let (space, at) = location(ctx, word)?;
    let values = values(words, 8)?;
    let low = |v: u64| u32::try_from(v).unwrap_or(0).to_be_bytes();
    let data: Vec<u8> = values.into_iter().flat_map(low).collect();
    put(ctx, space, at & !3, &data)
}

/// Bytes as a string of digits, from any address.
fn bytes(ctx: &mut Ctx<'_>, word: &[u8], words: &mut Words<'_>) -> Outcome {
    let (space, at) = location(ctx, word)?;
    let digits: Vec<u8> = words.by_ref().flatten().copied().collect();
    if digits.is_empty() {
        return Err(hcp::HCPCDS026E.with(&[]));
    }
    let pairs = digits.chunks(2).map(|pair| {
        let value = words::hex(pair).filter(|_| pair.len() == 2);
        value.and_then(|v| u8::try_from(v).ok())
    });
    let data: Option<Vec<u8>> = pairs.collect();
    put(
        ctx,
        space,
        at,
        &data.ok_or_else(|| hcp::HCPCDS005E.with(&[&digits]))?,
    )
}
