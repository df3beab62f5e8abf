//! TERMINAL and QUERY TERMINAL (z/VM CP Commands: TERMINAL).

use super::{Ctx, Outcome, Row, line};
use crate::base::abbrev;
use crate::base::msg::hcp;
use crate::cp::guest::Terminal;
use crate::cp::words::{self, Words};

pub(super) const COMMANDS: &[Row] = &[Row {
    name: "TERMinal",
    classes: "G",
    run: terminal,
    usage: "TERMinal {LINENd c|OFF} {LINEDel c|OFF} {CHardel c|OFF} {ESCape c|OFF} {TABchar ON|OFF|c} {LINESize n|OFF} {CONMode 3215|3270} {MODE CP|VM} {AUTOcr ON|OFF} {HOLD ON|OFF} {MORE n n} {HIlight ON|OFF} {ATTN ON|OFF} {TIMEstamp ON|OFF} {BRKkey key}",
    doc: "Sets the line editing symbols and how the terminal behaves.",
    example: "TERMINAL LINEND #",
}];

/// One operand: its name, and what takes its value.
struct Operand {
    name: &'static str,
    set: fn(&mut Terminal, &[u8], Option<&[u8]>) -> Taken,
}

/// How many words a value was, or that it was none.
enum Taken {
    One,
    Two,
    Invalid,
}

const OPERANDS: &[Operand] = &[
    Operand {
        name: "LINENd",
        set: |t, v, _| symbol(&mut t.symbols.linend, v, b'#'),
    },
    Operand {
        name: "LINEDel",
        set: |t, v, _| symbol(&mut t.symbols.linedel, v, b'['),
    },
    Operand {
        name: "CHardel",
        set: |t, v, _| symbol(&mut t.symbols.chardel, v, b'@'),
    },
    Operand {
        name: "ESCape",
        set: |t, v, _| symbol(&mut t.symbols.escape, v, b'"'),
    },
    Operand {
        name: "TABchar",
        set: tabchar,
    },
    Operand {
        name: "LINESize",
        set: linesize,
    },
    Operand {
        name: "CONMode",
        set: conmode,
    },
    Operand {
        name: "MODE",
        set: mode,
    },
    Operand {
        name: "AUTOcr",
        set: |t, v, _| on_off(&mut t.autocr, v),
    },
    Operand {
        name: "HOLD",
        set: |t, v, _| on_off(&mut t.hold, v),
    },
    Operand {
        name: "MORE",
        set: more,
    },
    Operand {
        name: "HIlight",
        set: |t, v, _| on_off(&mut t.highlight, v),
    },
    Operand {
        name: "ATTN",
        set: |t, v, _| on_off(&mut t.attn, v),
    },
    Operand {
        name: "BREAKIn",
        set: breakin,
    },
    Operand {
        name: "BRKkey",
        set: brkkey,
    },
];

fn terminal(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    if words.is_empty() {
        return Err(hcp::HCPCFT026E.with(&[]));
    }
    // All or nothing: a bad operand leaves the terminal as it was.
    let guest = ctx.guest_mut()?;
    let mut new = guest.terminal.clone();
    let mut stamp = guest.switches.timestamp;
    while let Some(name) = words.next() {
        let Some(value) = words.next() else {
            return Err(hcp::HCPCFT026E.with(&[]));
        };
        let taken = if abbrev::matches("TIMEstamp", name) {
            on_off(&mut stamp, value)
        } else if let Some(operand) = abbrev::find(OPERANDS, |o| o.name, name) {
            (operand.set)(&mut new, value, words.peek())
        } else {
            return Err(hcp::HCPCFT003E.with(&[name]));
        };
        match taken {
            Taken::One => {}
            Taken::Two => drop(words.next()),
            Taken::Invalid => return Err(hcp::HCPCFT002E.with(&[value])),
        }
    }
    check_symbols(&new)?;
    guest.hardware.set_autocr(new.autocr);
    let conmode = new.conmode;
    guest.terminal = new;
    guest.set_conmode(conmode);
    guest.switches.timestamp = stamp;
    Ok(())
}

/// Two line editing symbols may not be the same character.
fn check_symbols(t: &Terminal) -> Outcome {
    let s = &t.symbols;
    let used: Vec<u8> = [s.linend, s.linedel, s.chardel, s.escape, s.tabchar]
        .into_iter()
        .flatten()
        .collect();
    for (i, c) in used.iter().enumerate() {
        if used[..i].contains(c) {
            return Err(hcp::HCPCFT013E.with(&[&[*c]]));
        }
    }
    Ok(())
}

/// ON is the symbol's default character, OFF none; any other character but a letter, a digit, blank or
/// those that commands are made of is the symbol itself.
fn symbol(symbol: &mut Option<u8>, value: &[u8], default: u8) -> Taken {
    *symbol = match value {
        v if v.eq_ignore_ascii_case(b"ON") => Some(default),
        v if v.eq_ignore_ascii_case(b"OFF") => None,
        &[c] if !c.is_ascii_alphanumeric() => Some(c),
        _ => return Taken::Invalid,
    };
    Taken::One
}

fn on_off(switch: &mut bool, value: &[u8]) -> Taken {
    match super::set::on_off(value) {
        Some(on) => *switch = on,
        None => return Taken::Invalid,
    }
    Taken::One
}

fn tabchar(t: &mut Terminal, value: &[u8], _: Option<&[u8]>) -> Taken {
    t.tabs = !value.eq_ignore_ascii_case(b"OFF");
    if value.eq_ignore_ascii_case(b"ON") {
        t.symbols.tabchar = None;
        return Taken::One;
    }
    symbol(&mut t.symbols.tabchar, value, b'\t')
}

fn linesize(t: &mut Terminal, value: &[u8], _: Option<&[u8]>) -> Taken {
    let size = match value.eq_ignore_ascii_case(b"OFF") {
        true => Some(0),
        false => words::decimal(value).and_then(|n| u16::try_from(n).ok()),
    };
    match size {
        Some(n) if n <= 255 => t.linesize = n,
        _ => return Taken::Invalid,
    }
    Taken::One
}

fn conmode(t: &mut Terminal, value: &[u8], _: Option<&[u8]>) -> Taken {
    t.conmode = match value {
        b"3215" => 3215,
        b"3270" => 3270,
        _ => return Taken::Invalid,
    };
    Taken::One
}

fn mode(t: &mut Terminal, value: &[u8], _: Option<&[u8]>) -> Taken {
    t.mode_cp = match value.to_ascii_uppercase().as_slice() {
        b"CP" => true,
        b"VM" => false,
        _ => return Taken::Invalid,
    };
    Taken::One
}

fn more(t: &mut Terminal, value: &[u8], next: Option<&[u8]>) -> Taken {
    let number = |w: &[u8]| {
        words::decimal(w)
            .and_then(|n| u16::try_from(n).ok())
            .filter(|n| *n <= 255)
    };
    match (number(value), next.and_then(number)) {
        (Some(a), Some(b)) => t.more = (a, b),
        _ => return Taken::Invalid,
    }
    Taken::Two
}

fn breakin(t: &mut Terminal, value: &[u8], _: Option<&[u8]>) -> Taken {
    t.breakin = match value {
        v if abbrev::matches("IMmed", v) => true,
        v if abbrev::matches("GUESTctl", v) => false,
        _ => return Taken::Invalid,
    };
    Taken::One
}

fn brkkey(t: &mut Terminal, value: &[u8], _: Option<&[u8]>) -> Taken {
    let upper = value.to_ascii_uppercase();
    let known = match upper.as_slice() {
        b"PA1" | b"NONE" => true,
        [b'P', b'F', rest @ ..] => words::decimal(rest).is_some_and(|n| (1..=24).contains(&n)),
        _ => false,
    };
    if !known {
        return Taken::Invalid;
    }
    t.brkkey = upper;
    Taken::One
}

/// QUERY TERMINAL: five lines, each a list of settings; EXECs read the symbols from the first.
pub(super) fn query(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    super::no_more(words, &hcp::HCPCQV003E)?;
    let Some(guest) = ctx.guest() else {
        return Ok(());
    };
    let t = guest.terminal.clone();
    let stamp = guest.switches.timestamp;
    let on = |b: bool| if b { "ON " } else { "OFF" };
    let sym = |s: Option<u8>| s.map_or("OFF".to_string(), |c| format!("{:<3}", char::from(c)));
    let s = &t.symbols;
    let tab = match s.tabchar {
        Some(c) => format!("{:<3}", char::from(c)),
        None => on(t.tabs).to_string(),
    };
    ctx.say(latin(&format!(
        "LINEND {} , LINEDEL {} , CHARDEL {} , ESCAPE {} , TABCHAR {tab}",
        sym(s.linend),
        sym(s.linedel),
        sym(s.chardel),
        sym(s.escape)
    )));
    let size = match t.linesize {
        0 => "OFF".to_string(),
        n => format!("{n:03}"),
    };
    let mode = if t.mode_cp { "CP" } else { "VM" };
    ctx.say(line!(
        "LINESIZE {size}, ATTN {} , APL OFF , TEXT OFF , MODE {mode} , HIGHLIGHT {}",
        on(t.attn),
        on(t.highlight)
    ));
    let breakin = if t.breakin { "IMMED " } else { "GUESTCTL" };
    ctx.say(line!(
        "CONMODE {}, BREAKIN {breakin}, BRKKEY {} , SCRNSAVE OFF",
        t.conmode,
        super::show(&t.brkkey)
    ));
    ctx.say(line!(
        "AUTOCR {} , MORE {:03} {:03}, HOLD {} , TIMESTAMP {} , SYS3270 OFF",
        on(t.autocr),
        t.more.0,
        t.more.1,
        on(t.hold),
        on(stamp)
    ));
    ctx.say("PROMPT VM");
    Ok(())
}

/// A symbol may be any byte: the line is bytes, not UTF-8.
fn latin(text: &str) -> Vec<u8> {
    text.chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
        .collect()
}
