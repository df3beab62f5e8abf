//! Cases for an instruction row: an encoding with random operands, and registers and storage that make it do
//! something. What the format does not say (which registers are addresses, which must be even) is chosen
//! often enough by chance or tuned by mnemonic.

use super::peer::{DATA, DATA_SIZE};
use super::values::{Dice, Float, integer, packed};
use vmshare::machine::block::Op;
use vmshare::machine::insn::{Format, Row, decode, row_of};

/// Where instructions stand: two pages.
pub const CODE: u64 = 0x10000;
/// Where the targets of EXECUTE stand.
pub const TARGET: u64 = 0x14000;
/// Problem state, 64-bit addressing.
pub const PROBLEM_64: u64 = 0x0001_0001_8000_0000;

/// When an instruction is run again where it ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Repeats {
    Never = 0,
    /// While the PSW still points at it.
    Interruptible = 2,
    /// While it ends early with condition code 3.
    CpuDetermined = 6,
}

/// One instruction with everything before it.
#[derive(Clone, Debug)]
pub struct Case {
    pub at: u64,
    pub code: Vec<u8>,
    pub target_at: u64,
    pub target: Vec<u8>,
    pub gr: [u64; 16],
    pub ar: [u32; 16],
    pub fpr: [u64; 16],
    pub fpc: u32,
    pub mask: u64,
    pub patches: Vec<(u16, Vec<u8>)>,
    pub repeats: Repeats,
    /// The AFP-register control is zero.
    pub without_afp: bool,
}

impl Case {
    /// The instruction that does the work: the target of EXECUTE as it is executed, or the instruction.
    pub fn executed(&self) -> [u8; 6] {
        if self.target.is_empty() {
            return whole(&self.code);
        }
        let mut code = whole(&self.target);
        let r1 = self.code[1] >> 4;
        if r1 != 0 {
            code[1] |= self.gr[usize::from(r1)] as u8;
        }
        code
    }
}

/// What the address of a storage operand is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Data,
    Code,
    Value,
}

/// Whether a row works on floating-point registers.
pub fn is_float(row: &Row) -> bool {
    let [first, second] = row.opcode.to_be_bytes();
    matches!(first, 0xB3 | 0xED | 0x20..=0x3F | 0x60..=0x70 | 0x78..=0x7F)
        || matches!(row.opcode, 0xB29C | 0xB29D | 0xB299 | 0xB2B8 | 0xB2BD)
        || first == 0xED && second != 0
}

fn place(row: &Row) -> Place {
    match row.mnemonic {
        "la" | "lay" | "lae" | "laey" | "pfd" | "ecag" | "mvcle" | "clcle" | "mvclu" | "clclu"
        | "srnm" | "srnmb" | "srnmt" | "spka" | "sac" | "sacf" | "tceb" | "tcdb" | "tcxb" => {
            Place::Value
        }
        "bas" | "bal" | "bct" | "bctg" | "bxh" | "bxhg" | "bxle" | "bxleg" => Place::Code,
        _ => match (row.format, row.opcode) {
            (Format::RsShift, _) => Place::Value,
            (Format::Rsy, 0xEB0A..=0xEB0D | 0xEB1C | 0xEB1D | 0xEBDC..=0xEBDF) => Place::Value,
            (Format::RxMask | Format::Ris | Format::Rrs, _) => Place::Code,
            (Format::RxyMask, _) => Place::Value,
            _ => Place::Data,
        },
    }
}

/// Rows that have a first base register in the high nibble of byte 2.
fn has_storage(format: Format) -> bool {
    use Format::*;
    matches!(
        format,
        Rx | RxMask
            | Rxe
            | Rxf
            | Rxy
            | RxyMask
            | Rs
            | RsMask
            | RsShift
            | Rsl
            | Rsy
            | RsyMask
            | RsyCond
            | Ris
            | Rrs
            | Si
            | Siy
            | Sil
            | S
            | Ss
            | SsTwo
            | SsShift
            | SsKey
            | SsRegs
            | Sse
            | Ssf
    )
}

fn has_second_storage(format: Format) -> bool {
    use Format::*;
    matches!(format, Ss | SsTwo | SsShift | SsKey | SsRegs | Sse | Ssf)
}

fn register(dice: &mut Dice, float: bool) -> u8 {
    let any = dice.below(16) as u8;
    match dice.below(3) {
        0 => any,
        _ if float => any & 0xD,
        _ => any & 0xE,
    }
}

/// The bytes of an instruction of a row, operands at random.
pub fn encode(dice: &mut Dice, row: &Row) -> Vec<u8> {
    use Format::*;
    let float = is_float(row);
    let [first, second] = row.opcode.to_be_bytes();
    let mut b = [0u8; 6];
    b[0] = first;
    let aliased = dice.percent(20);
    let r1 = register(dice, float);
    let r2 = if aliased { r1 } else { register(dice, float) };
    let r3 = if dice.percent(10) {
        r1
    } else {
        register(dice, float)
    };
    let base = dice.below(15) as u8 + 1;
    let base2 = dice.below(15) as u8 + 1;
    let x = if dice.percent(40) {
        0
    } else {
        dice.below(16) as u8
    };
    let disp = dice.below(4096) as u16;
    let disp2 = dice.below(4096) as u16;
    let high = if dice.percent(50) {
        0
    } else {
        dice.next() as u8
    };
    let imm8 = dice.next() as u8;
    let imm16 = immediate(dice, 16) as u16;
    let imm32 = immediate(dice, 32) as u32;
    let place_d = |b: &mut [u8; 6], at: usize, base: u8, d: u16| {
        b[at] = base << 4 | (d >> 8) as u8;
        b[at + 1] = d as u8;
    };
    match row.format {
        E | RreNone | SNone => {}
        I => b[1] = imm8,
        Rr | RrMask => b[1] = r1 << 4 | r2,
        RrOne => b[1] = r1 << 4,
        Rre => b[3] = r1 << 4 | r2,
        RreOne => b[3] = r1 << 4,
        Rrd => (b[2], b[3]) = (r1 << 4, r3 << 4 | r2),
        RrfA | RrfC | RrfE | RrfR => (b[2], b[3]) = (r3 << 4, r1 << 4 | r2),
        RrfD => (b[2], b[3]) = (r3, r1 << 4 | r2),
        RrfX => {
            // A rounding method and a modifier that newer machines give no other meaning.
            let method = if dice.percent(95) {
                dice.pick(&[0, 0, 1, 3, 4, 5, 6, 7])
            } else {
                r3
            };
            (b[2], b[3]) = (method << 4 | imm8 & 4, r1 << 4 | r2);
        }
        RrfB => (b[2], b[3]) = (r3 << 4 | imm8 & 15, r1 << 4 | r2),
        Rx | RxMask | Rxe | Rxy | RxyMask => {
            b[1] = r1 << 4 | x;
            place_d(&mut b, 2, base, disp);
        }
        Rxf => {
            b[1] = r3 << 4 | x;
            b[4] = r1 << 4;
            place_d(&mut b, 2, base, disp);
        }
        Rs | RsMask | RsShift | Rsy | RsyMask | RsyCond => {
            b[1] = r1 << 4 | if row.format == RsShift { 0 } else { r3 };
            place_d(&mut b, 2, base, disp);
        }
        Rsl => {
            b[1] = imm8 & 0xF0;
            place_d(&mut b, 2, base, disp);
        }
        Ri | RiRel | RiMask | Rsi => {
            b[1] = r1 << 4 | r3;
            b[2..4].copy_from_slice(&imm16.to_be_bytes());
        }
        RieA | RieMask => {
            b[1] = r1 << 4;
            b[2..4].copy_from_slice(&imm16.to_be_bytes());
            b[4] = r3 << 4;
        }
        RieB => {
            b[1] = r1 << 4 | r2;
            b[2..4].copy_from_slice(&imm16.to_be_bytes());
            b[4] = r3 << 4;
        }
        RieC => {
            b[1] = r1 << 4 | r3;
            b[2..4].copy_from_slice(&imm16.to_be_bytes());
            b[4] = imm8;
        }
        RieD | RieE => {
            b[1] = r1 << 4 | r3;
            b[2..4].copy_from_slice(&imm16.to_be_bytes());
        }
        RieF => {
            b[1] = r1 << 4 | r2;
            b[2..5].copy_from_slice(&dice.bytes(3));
            b[2] &= if row.mnemonic.starts_with("ris") {
                0xBF
            } else {
                0xFF
            };
        }
        Ris | Rrs => {
            b[1] = r1 << 4 | r2;
            place_d(&mut b, 2, base, disp);
            b[4] = if row.format == Ris { imm8 } else { r3 << 4 };
        }
        Ril | RilRel | RilMask => {
            b[1] = r1 << 4;
            b[2..6].copy_from_slice(&imm32.to_be_bytes());
        }
        Si | Siy => {
            b[1] = imm8;
            place_d(&mut b, 2, base, disp);
        }
        Sil => {
            place_d(&mut b, 2, base, disp);
            b[4..6].copy_from_slice(&imm16.to_be_bytes());
        }
        S => place_d(&mut b, 2, base, disp),
        Ss | SsTwo | SsShift | SsKey | SsRegs | Sse | Ssf => {
            b[1] = match (row.format, dice.below(3)) {
                (Ssf, _) => r1 << 4,
                (_, 0) => imm8 & 0x0F,
                _ => imm8,
            };
            place_d(&mut b, 2, base, disp);
            place_d(&mut b, 4, base2, disp2);
        }
    }
    if matches!(row.format, Rxy | RxyMask | Rsy | RsyMask | RsyCond | Siy) {
        b[4] = high;
    }
    match first {
        0x01 | 0xB2 | 0xB3 | 0xB9 | 0xE5 => b[1] = second,
        0xA5 | 0xA7 | 0xC0 | 0xC2 | 0xC4 | 0xC6 | 0xC8 | 0xCC => b[1] = b[1] & 0xF0 | second,
        0xE3 | 0xEB | 0xEC | 0xED => b[5] = second,
        _ => {}
    }
    b[..usize::from(vmshare::machine::insn::length(first))].to_vec()
}

fn immediate(dice: &mut Dice, bits: u32) -> u64 {
    let all = u64::MAX >> (64 - bits);
    match dice.below(6) {
        0 => 0,
        1 => 1,
        2 => all,
        3 => dice.pick(&[all >> 1, (all >> 1) + 1]),
        4 => dice.below(256),
        _ => dice.next() & all,
    }
}

/// An offset into the data area where an operand of up to 256 bytes fits, or does not.
fn offset(dice: &mut Dice) -> u64 {
    let size = DATA_SIZE as u64;
    let at = match dice.below(20) {
        0 => size - dice.below(20),
        1..=3 => 0x1000 - dice.below(20),
        4 => 0x1000 - dice.below(300),
        5 => dice.below(size),
        _ => dice.below(size - 0x200),
    };
    match dice.below(3) {
        0 => at,
        1 => at & !15,
        _ => at & !7,
    }
}

/// Bits above the address that the addressing mode ignores.
fn dirty(dice: &mut Dice, mask: u64, address: u64) -> u64 {
    let wide = match mask >> 31 & 3 {
        3 => return address,
        1 => 0x7FFF_FFFF,
        _ => 0x00FF_FFFF,
    };
    address & wide | dice.next() & !wide
}

/// An instruction of a row, with `count` different states before it.
pub fn cases(dice: &mut Dice, row: &Row, executable: &[&'static Row], count: usize) -> Vec<Case> {
    let execute = matches!(row.mnemonic, "ex" | "exrl");
    let mut code = encode(dice, row);
    while execute && free_register(&code).is_none() {
        code = encode(dice, row);
    }
    let at = CODE
        + match dice.below(8) {
            0 => 0x1000 - 2 * dice.below(4),
            n => 0x100 * n,
        };
    let mode = dice.pick(&[
        PROBLEM_64,
        PROBLEM_64,
        PROBLEM_64,
        0x0001_0000_8000_0000,
        0x0001_0000_0000_0000,
    ]);
    let mut plan = Case {
        at,
        code,
        target_at: TARGET,
        target: Vec::new(),
        gr: [0; 16],
        ar: [0; 16],
        fpr: [0; 16],
        fpc: 0,
        mask: mode,
        patches: Vec::new(),
        repeats: repeats(row),
        without_afp: is_float(row) && dice.percent(4),
    };
    relative(dice, row, &mut plan);
    let inner = execute.then(|| dice.pick(executable));
    if let Some(inner) = inner {
        plan.target = encode(dice, inner);
    }
    (0..count)
        .map(|_| fill(dice, row, inner, plan.clone()))
        .collect()
}

/// The first register of an EXECUTE, when it is not part of the address and that can be chosen freely.
fn free_register(code: &[u8]) -> Option<u8> {
    let (r1, x, b) = (code[1] >> 4, code[1] & 15, code[2] >> 4);
    let chosen = r1 == 0 || r1 != x && r1 != b;
    (code[0] != 0x44 || chosen && (x == 0 || x != b)).then_some(r1)
}

/// When a row is run again where it ended.
pub fn repeats(row: &Row) -> Repeats {
    match row.mnemonic {
        "mvcl" | "clcl" => Repeats::Interruptible,
        "mvcle" | "clcle" | "mvclu" | "clclu" | "mvst" | "clst" | "srst" | "srstu" | "cuse"
        | "cksm" | "tre" | "troo" | "trot" | "trto" | "trtt" | "cu12" | "cu14" | "cu21"
        | "cu24" | "cu41" | "cu42" | "cutfu" | "cuutf" | "trtre" | "trte" | "cmpsc" => {
            Repeats::CpuDetermined
        }
        _ => Repeats::Never,
    }
}

/// Points relative operands where they belong.
fn relative(dice: &mut Dice, row: &Row, case: &mut Case) {
    let branch = row.opcode >> 8 == 0xC0 && row.mnemonic != "larl" || row.mnemonic == "brcth";
    if !matches!(row.format, Format::RilRel | Format::RilMask) || row.mnemonic == "larl" {
        return;
    }
    let to = if row.mnemonic == "exrl" {
        case.target_at
    } else if branch || row.mnemonic == "pfdrl" {
        return;
    } else {
        let off = offset(dice);
        DATA + if dice.percent(80) { off & !7 } else { off & !1 }
    };
    let halfwords = (to.wrapping_sub(case.at) as i64 / 2) as i32;
    case.code[2..6].copy_from_slice(&halfwords.to_be_bytes());
}

/// An instruction with zeros behind it.
pub fn whole(code: &[u8]) -> [u8; 6] {
    let mut bytes = [0; 6];
    bytes[..code.len()].copy_from_slice(code);
    bytes
}

fn fill(dice: &mut Dice, row: &Row, inner: Option<&'static Row>, mut case: Case) -> Case {
    case.mask |= dice.below(4) << 44;
    for i in 0..16 {
        case.gr[i] = integer(dice);
        case.ar[i] = if dice.percent(30) {
            0
        } else {
            dice.next() as u32
        };
    }
    let actual = inner.unwrap_or(row);
    floats(dice, actual, &mut case);
    let code = if inner.is_some() {
        &case.target
    } else {
        &case.code
    };
    let op = decode(&whole(code), true);
    let width = width_hint(dice, actual);
    operands(dice, actual, &op, &mut case, width);
    tune(dice, actual, &op, &mut case);
    if row.mnemonic == "ex" {
        let op = decode(&whole(&case.code), true);
        let to = case.target_at;
        aim(dice, op.b, op.x & 15, i64::from(op.disp), to, &mut case);
    }
    if let Some(inner) = inner {
        execute_register(dice, inner, &mut case);
    }
    case
}

/// Gives the first register of an EXECUTE bits that leave its target the same instruction.
fn execute_register(dice: &mut Dice, inner: &Row, case: &mut Case) {
    let r1 = usize::from(case.code[1] >> 4);
    if dice.percent(70) {
        // Most often only one bit is put into the target.
        let bit = if dice.percent(50) {
            0
        } else {
            1 << dice.below(8)
        };
        case.gr[r1] = case.gr[r1] & !0xFF | bit;
    }
    let same = row_of(&case.executed()).is_some_and(|row| row.opcode == inner.opcode);
    if !same {
        case.gr[r1] &= !0xFF;
    }
}

/// Makes base + index + displacement the address `to`.
fn aim(dice: &mut Dice, b: u8, x: u8, disp: i64, to: u64, case: &mut Case) {
    if b == 0 {
        return;
    }
    let to = dirty(dice, case.mask, to);
    let rest = to.wrapping_sub(disp as u64);
    if x == 0 {
        case.gr[usize::from(b)] = rest;
    } else if x == b {
        case.gr[usize::from(b)] = rest / 2;
    } else {
        let index = integer(dice);
        case.gr[usize::from(x)] = index;
        case.gr[usize::from(b)] = rest.wrapping_sub(index);
    }
}

fn operands(dice: &mut Dice, row: &Row, op: &Op, case: &mut Case, width: Float) {
    if !has_storage(row.format) {
        return;
    }
    let index = matches!(
        row.format,
        Format::Rx | Format::RxMask | Format::Rxe | Format::Rxf | Format::Rxy | Format::RxyMask
    );
    let x = if index { op.x & 15 } else { 0 };
    let disp = i64::from(op.disp);
    match place(row) {
        Place::Value => return,
        Place::Code => {
            let to = CODE + 0x2000 + 2 * dice.below(0x1000);
            return aim(dice, op.b, x, disp, to, case);
        }
        Place::Data => {}
    }
    let first = offset(dice);
    aim(dice, op.b, x, disp, DATA + first, case);
    patch(dice, row, op, case, first, width);
    if has_second_storage(row.format) {
        let second = match dice.below(4) {
            0 => first.wrapping_add(dice.below(40)).wrapping_sub(20),
            _ => offset(dice),
        };
        aim(
            dice,
            op.b2,
            0,
            i64::from(op.d2),
            DATA.wrapping_add(second),
            case,
        );
        if dice.percent(50) {
            let same = dice.bytes(256);
            put(case, first, &same);
            put(case, second, &same);
            if dice.percent(70) {
                let at = second.wrapping_add(dice.below(u64::from(op.x) + 1));
                put(case, at, &dice.bytes(1));
            }
        }
        patch(dice, row, op, case, second, width);
    }
}

/// Puts bytes into the data area, as far as it goes.
pub fn put(case: &mut Case, at: u64, bytes: &[u8]) {
    let Ok(at) = usize::try_from(at) else { return };
    if at >= DATA_SIZE {
        return;
    }
    let n = bytes.len().min(DATA_SIZE - at);
    case.patches.push((at as u16, bytes[..n].to_vec()));
}

/// Puts something worth having at a storage operand.
fn patch(dice: &mut Dice, row: &Row, op: &Op, case: &mut Case, at: u64, width: Float) {
    if is_float(row) {
        let bytes = match width {
            Float::Short => (width.number(dice) as u32).to_be_bytes().to_vec(),
            Float::Long => (width.number(dice) as u64).to_be_bytes().to_vec(),
            Float::Extended => width.number(dice).to_be_bytes().to_vec(),
        };
        return put(case, at, &bytes);
    }
    let r1 = case.gr[usize::from(op.r1)];
    match dice.below(8) {
        0 => {}
        1 => {
            let n = if row.format == Format::SsTwo { 16 } else { 8 };
            let n = 1 + dice.below(n) as usize;
            put(case, at, &packed(dice, n));
        }
        2 => put(case, at, &r1.to_be_bytes()),
        3 => {
            put(case, at, &(r1 as u32).to_be_bytes());
            let next = case.gr[usize::from((op.r1 + 1) & 15)];
            put(case, at.wrapping_add(4), &(next as u32).to_be_bytes());
        }
        4 => {
            let next = case.gr[usize::from((op.r1 + 1) & 15)];
            put(case, at, &[r1.to_be_bytes(), next.to_be_bytes()].concat());
        }
        5 => {
            for i in 0..4 {
                put(
                    case,
                    at.wrapping_add(4 * i),
                    &(integer(dice) as u32).to_be_bytes(),
                );
            }
        }
        _ => {
            put(case, at, &integer(dice).to_be_bytes());
            put(case, at.wrapping_add(8), &integer(dice).to_be_bytes());
        }
    }
}

/// Which width the operands of a floating-point row have, mostly.
fn width_hint(dice: &mut Dice, row: &Row) -> Float {
    const ALL: [Float; 3] = [Float::Short, Float::Long, Float::Extended];
    if dice.percent(10) {
        return dice.pick(&ALL);
    }
    let name = row.mnemonic.strip_prefix("tc").unwrap_or(row.mnemonic);
    // The last width letter names the source, before the final b, r or both.
    let stem = name.trim_end_matches(['r', 'b']);
    match stem.bytes().last() {
        Some(b'e') => Float::Short,
        Some(b'd') => Float::Long,
        Some(b'x') => Float::Extended,
        _ => dice.pick(&ALL),
    }
}

fn floats(dice: &mut Dice, row: &Row, case: &mut Case) {
    let width = width_hint(dice, row);
    for i in 0..16usize {
        let i = (i & 12) | (i & 1) << 1 | (i >> 1 & 1);
        match width {
            Float::Short => case.fpr[i] = (width.number(dice) as u64) << 32 | dice.next() >> 32,
            Float::Long => case.fpr[i] = width.number(dice) as u64,
            Float::Extended if i & 2 == 0 => {
                let v = width.number(dice);
                case.fpr[i] = (v >> 64) as u64;
                case.fpr[i + 2] = v as u64;
            }
            Float::Extended => {}
        }
    }
    // Operands that meet: equal, opposite, or near each other.
    for _ in 0..3 {
        let (a, b) = (dice.below(16) as usize & 13, dice.below(16) as usize & 13);
        case.fpr[a] = case.fpr[b] ^ (dice.below(2) << 63);
        case.fpr[a | 2] = case.fpr[b | 2] ^ (dice.below(4) / 3);
    }
    case.fpc = dice.pick(&[0, 0, 1, 2, 3, 7]) | (dice.below(32) as u32) << 19;
    if dice.percent(15) {
        case.fpc |= (dice.below(32) as u32) << 27;
    }
}

/// A count of bytes for the long instructions.
fn length(dice: &mut Dice) -> u64 {
    match dice.below(12) {
        0 => 0,
        1 => 0x1000 - dice.below(16),
        2 => 0x1000 + dice.below(600),
        3 => 1,
        _ => dice.below(300),
    }
}

/// What only the instruction knows about its registers.
fn tune(dice: &mut Dice, row: &Row, op: &Op, case: &mut Case) {
    let r = |n: u8| usize::from(n & 15);
    let pair = |case: &mut Case, dice: &mut Dice, n: u8, narrow: bool| {
        let mask = case.mask;
        let to = DATA + offset(dice);
        case.gr[r(n)] = dirty(dice, mask, to);
        let mut len = length(dice);
        if narrow {
            len |= dice.next() & !0xFF_FFFF;
        } else if mask >> 31 & 3 != 3 {
            len |= dice.next() << 32;
        }
        case.gr[r(n + 1)] = len;
    };
    match row.mnemonic {
        "mvcl" | "clcl" => {
            pair(case, dice, op.r1, true);
            if op.r2 != op.r1 {
                pair(case, dice, op.r2, true);
            }
        }
        "mvcle" | "clcle" | "mvclu" | "clclu" => {
            pair(case, dice, op.r1, false);
            if op.r3 != op.r1 {
                pair(case, dice, op.r3, false);
            }
        }
        // The host of the peer cannot divide the least number by -1.
        "dr" | "d"
            if case.gr[r(op.r1)] as u32 == 0x8000_0000 && case.gr[r(op.r1 + 1)] as u32 == 0 =>
        {
            case.gr[r(op.r1 + 1)] |= 1;
        }
        "cksm" => pair(case, dice, op.r2, false),
        "cu12" | "cu14" | "cu21" | "cu24" | "cu41" | "cu42" | "cutfu" | "cuutf" => {
            // Overlapping operands are unpredictable.
            pair(case, dice, op.r1, false);
            pair(case, dice, op.r2, false);
            let mask = case.mask;
            let (to, from) = (
                DATA + dice.below(0x600),
                DATA + 0x1000 + offset(dice) % 0x1000,
            );
            case.gr[r(op.r1)] = dirty(dice, mask, to);
            case.gr[r(op.r1 + 1)] &= !0xFFFF_FFFF;
            case.gr[r(op.r1 + 1)] |= dice.below(0x900);
            case.gr[r(op.r2)] = dirty(dice, mask, from);
        }
        "cuse" => {
            pair(case, dice, op.r1, false);
            pair(case, dice, op.r2, false);
        }
        "tre" | "troo" | "trot" | "trto" | "trtt" | "trtre" | "trte" | "cmpsc" => {
            pair(case, dice, op.r1, false);
            let (a, b) = (case.gr[r(op.r1)].wrapping_sub(DATA) & 0xFFFF, offset(dice));
            case.gr[r(op.r2)] = dirty(dice, case.mask, DATA + b);
            if matches!(row.mnemonic, "trto" | "trtt" | "trte" | "trtre") && dice.percent(70) {
                // Small characters, so that their entries are in the table's part that is there.
                let from = if row.mnemonic.starts_with("trt") && row.mnemonic.len() > 4 {
                    a
                } else {
                    b
                };
                let small: Vec<u8> = (0..300)
                    .flat_map(|_| [dice.below(4) as u8, dice.next() as u8])
                    .collect();
                put(case, from & !1, &small);
                case.gr[r(op.r1 + 1)] &= !1;
            }
            let table = DATA + (dice.below(0x1000) & !7);
            case.gr[1] = dirty(dice, case.mask, table);
            case.gr[0] = case.gr[0] & !0xFF | dice.below(256);
        }
        "mvst" | "clst" | "srst" | "srstu" => {
            let (a, b) = (offset(dice), offset(dice));
            case.gr[r(op.r1)] = dirty(dice, case.mask, DATA + a);
            case.gr[r(op.r2)] = dirty(dice, case.mask, DATA + b);
            if row.mnemonic.starts_with("srst") && dice.percent(70) {
                case.gr[r(op.r1)] = case.gr[r(op.r2)].wrapping_add(length(dice));
            }
            let ending = if row.mnemonic == "srstu" {
                0xFFFF
            } else {
                0xFF
            };
            if row.mnemonic == "mvst" && a.abs_diff(b) < 0x1000 {
                // What overlaps destructively is unpredictable.
                let (to, from) = (DATA + dice.below(0x800), DATA + 0x1000 + b % 0x1000);
                case.gr[r(op.r1)] = dirty(dice, case.mask, to);
                case.gr[r(op.r2)] = dirty(dice, case.mask, from);
            }
            case.gr[0] = if dice.percent(95) {
                dice.next() & ending | case.gr[0] << 32
            } else {
                integer(dice)
            };
        }
        "bassm" | "bsm" => {
            let to = CODE + 0x2000 + 2 * dice.below(0x1000);
            case.gr[r(op.r2)] = match dice.below(3) {
                0 => to,
                1 => to | 0x8000_0000 | dice.next() << 32,
                _ => to | 1,
            };
        }
        "bcr" | "basr" | "balr" | "bctr" | "bctgr" => {
            let to = CODE + 0x2000 + 2 * dice.below(0x1000);
            case.gr[r(op.r2)] = dirty(dice, case.mask, to);
        }
        "csst" => {
            let (list, one, two) = (offset(dice) & !15, offset(dice) & !15, offset(dice) & !15);
            case.gr[0] = dice.below(3) | dice.below(5) << 8;
            aim(dice, op.b, 0, i64::from(op.disp), DATA + one, case);
            aim(dice, op.b2, 0, i64::from(op.d2), DATA + two, case);
            if op.b != 1 && op.b2 != 1 {
                case.gr[1] = dirty(dice, case.mask, DATA + list);
            }
            let (r, s) = (case.gr[r(op.r3)], case.gr[r(op.r3 + 1)]);
            let compared = match case.gr[0] & 3 {
                0 => (r as u32).to_be_bytes().to_vec(),
                1 => r.to_be_bytes().to_vec(),
                _ => [r.to_be_bytes(), s.to_be_bytes()].concat(),
            };
            if dice.percent(60) {
                put(case, one, &compared);
            }
        }
        "srnmb" if op.b != 0 && dice.percent(80) => {
            let mode = dice.pick(&[0, 1, 2, 3, 7, 7, 5]);
            case.gr[r(op.b)] = (mode + 0x100 * dice.below(9)).wrapping_sub(op.disp as u64);
        }
        "cvb" | "cvby" | "cvbg" => {
            let n = if row.mnemonic == "cvbg" { 16 } else { 8 };
            let address = effective(case, op);
            if let Some(at) = address.checked_sub(DATA) {
                put(case, at, &packed(dice, n));
            }
        }
        "mvpg" => {
            let (to, from) = (dice.below(2), dice.below(2));
            case.gr[0] = if dice.percent(80) {
                0
            } else {
                case.gr[0] & 0xFFFF
            };
            case.gr[r(op.r1)] = DATA + 0x1000 * to + dice.below(0x1000);
            case.gr[r(op.r2)] = DATA + 0x1000 * from + dice.below(0x1000);
        }
        "sfpc" | "sfasr" if dice.percent(90) => {
            case.gr[r(op.r1)] = case.gr[r(op.r1)] & !0x0707_07FF | dice.below(4);
        }
        "lfpc" | "lfas" => {
            let address = effective(case, op);
            if let Some(at) = address.checked_sub(DATA) {
                let wild = dice.next() as u32;
                let tame = wild & 0xF8F8_FF00 | dice.below(4) as u32;
                put(
                    case,
                    at,
                    &if dice.percent(80) { tame } else { wild }.to_be_bytes(),
                );
            }
        }
        "ed" | "edmk" => pattern(dice, op, case),
        _ if row.format == Format::SsTwo || row.format == Format::SsShift => {
            decimals(dice, op, case)
        }
        _ => {}
    }
}

/// A pattern of EDIT and digits for it.
fn pattern(dice: &mut Dice, op: &Op, case: &mut Case) {
    let mask = if case.mask >> 31 & 3 == 3 {
        u64::MAX
    } else {
        0xFF_FFFF
    };
    let one = case.gr[usize::from(op.b)].wrapping_add(op.disp as u64) & mask;
    let two = case.gr[usize::from(op.b2)].wrapping_add(u64::from(op.d2)) & mask;
    let characters = [0x20, 0x20, 0x20, 0x20, 0x20, 0x21, 0x22, 0x6B, 0x4B, 0x40];
    let pattern: Vec<u8> = (0..=op.x).map(|_| dice.pick(&characters)).collect();
    put(case, one.wrapping_sub(DATA), &pattern);
    let mut done = 0;
    while done < 128 {
        let n = 1 + dice.below(8) as usize;
        let number = packed(dice, n);
        put(case, two.wrapping_add(done).wrapping_sub(DATA), &number);
        done += n as u64;
    }
}

/// Good packed numbers at both operands.
fn decimals(dice: &mut Dice, op: &Op, case: &mut Case) {
    if dice.percent(15) {
        return;
    }
    let one = case.gr[usize::from(op.b)].wrapping_add(op.disp as u64);
    let two = case.gr[usize::from(op.b2)].wrapping_add(u64::from(op.d2));
    for (at, n) in [(one, (op.x >> 4) + 1), (two, (op.x & 15) + 1)] {
        let at = at
            & if case.mask >> 31 & 3 == 3 {
                u64::MAX
            } else {
                0xFF_FFFF
            };
        if let Some(at) = at.checked_sub(DATA) {
            let number = packed(dice, usize::from(n));
            put(case, at, &number);
        }
    }
}

fn effective(case: &Case, op: &Op) -> u64 {
    let reg = |n: u8| if n == 0 { 0 } else { case.gr[usize::from(n)] };
    let a = reg(op.b)
        .wrapping_add(reg(op.x & 15))
        .wrapping_add(op.disp as i64 as u64);
    a & match case.mask >> 31 & 3 {
        3 => u64::MAX,
        1 => 0x7FFF_FFFF,
        _ => 0x00FF_FFFF,
    }
}
