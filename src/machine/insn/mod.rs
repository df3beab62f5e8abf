//! The instructions: one row {opcode, mnemonic, format, facility, what runs it} each, by family. Decoding, the
//! disassembler and the facility list come from the rows (Principles of Operation, chapters 5, 7 to 10, 14
//! and 18 to 20, and appendix B).

mod arith;
mod atomic;
mod authority;
mod branch;
mod call;
mod cmpsc;
mod compare;
mod control;
mod decimal;
mod dictionary;
pub mod disasm;
mod float;
mod fpc;
mod invalidate;
mod io;
mod keys;
mod load;
mod logic;
mod moves;
mod shift;
mod soft;
mod sort;
mod source;
mod space;
mod system;
mod time;
mod translate;
mod trap;

use super::access::{NO_REGISTER, base_or_index};
use super::block::{Handler, Op};
use super::chain::{Chain, hot, plainly, quick};
use super::cpu::{Cpu, ProgramCode, Step, Stop};
use super::storage::Storage;
use super::{Exit, Machine};
use std::sync::OnceLock;

/// What runs an instruction that needs the whole machine.
pub type MachineHandler = fn(&mut Machine, usize, &Op) -> Result<Option<Exit>, Stop>;

/// What runs an instruction.
#[derive(Clone, Copy)]
pub enum Run {
    /// A function of one CPU and storage.
    Cpu(Handler),
    /// The same, and control never goes on behind it by itself or must be looked at there.
    Last(Handler),
    /// A function of the machine.
    Machine(MachineHandler),
}

/// Where an instruction is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Facility {
    /// In both architecture modes.
    Both,
    /// In z/Architecture.
    Zarch,
    /// In z/Architecture, with a facility of this number.
    Bit(u8),
}

/// One instruction.
pub struct Row {
    /// The opcode: one byte, or two put together from wherever the format has them.
    pub opcode: u16,
    /// The mnemonic.
    pub mnemonic: &'static str,
    /// The format.
    pub format: Format,
    /// Where it is there.
    pub facility: Facility,
    /// What runs it.
    pub run: Run,
    /// What runs an operation of it and goes on with what is behind it.
    pub chain: fn(&Op) -> Chain,
}

/// Instruction formats (Principles of Operation, chapter 5), split where the operands of one format are written
/// differently.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Format {
    E,
    I,
    Rr,
    RrMask,
    RrOne,
    Rre,
    RreOne,
    RreNone,
    /// R1, R3, R2 written r1,r3,r2 with R1 in bits 16-19 (MADBR).
    Rrd,
    /// R1, R2, R3 (bits 16-19).
    RrfA,
    /// R1, R3, R2, M4.
    RrfB,
    /// R1, R2, M3.
    RrfC,
    /// R1, R2, M4 in bits 20-23.
    RrfD,
    /// R1, M3, R2.
    RrfE,
    /// R1, M3, R2, M4.
    RrfX,
    /// R1, R3 (bits 16-19), R2: written r1,r3,r2.
    RrfR,
    Rx,
    RxMask,
    Rxe,
    Rxf,
    Rxy,
    RxyMask,
    Rs,
    RsMask,
    RsShift,
    Rsi,
    Rsl,
    Rsy,
    RsyMask,
    /// R1, D2(B2), M3.
    RsyCond,
    Ri,
    RiRel,
    RiMask,
    RieA,
    RieB,
    RieC,
    RieD,
    RieE,
    RieF,
    RieMask,
    Ris,
    Rrs,
    Ril,
    RilRel,
    RilMask,
    Si,
    Siy,
    Sil,
    S,
    SNone,
    Ss,
    SsTwo,
    SsShift,
    SsKey,
    SsRegs,
    Sse,
    Ssf,
}

/// All rows, family by family.
pub const FAMILIES: &[&[Row]] = &[
    load::TABLE,
    arith::TABLE,
    compare::TABLE,
    logic::TABLE,
    shift::TABLE,
    branch::TABLE,
    moves::TABLE,
    translate::TABLE,
    sort::TABLE,
    cmpsc::TABLE,
    decimal::TABLE,
    atomic::TABLE,
    float::TABLE,
    fpc::TABLE,
    control::TABLE,
    trap::TABLE,
    space::TABLE,
    keys::TABLE,
    invalidate::TABLE,
    call::TABLE,
    authority::TABLE,
    io::TABLE,
    time::TABLE,
    system::TABLE,
];

/// The facilities that are whole and therefore shown (STFL, STFLE).
pub const SHOWN: &[u8] = &[
    0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 13, 14, 16, 18, 19, 21, 22, 24, 25, 26, 27, 28, 30, 31, 32, 33,
    34, 35, 37, 40, 41, 45, 66, 75,
];

/// A row that is there in both modes.
const fn both(opcode: u16, mnemonic: &'static str, format: Format, run: Handler) -> Row {
    Row {
        opcode,
        mnemonic,
        format,
        facility: Facility::Both,
        run: Run::Cpu(run),
        chain: |_| plainly,
    }
}

/// A row of z/Architecture.
const fn long(opcode: u16, mnemonic: &'static str, format: Format, run: Handler) -> Row {
    Row {
        facility: Facility::Zarch,
        ..both(opcode, mnemonic, format, run)
    }
}

/// A row of a facility.
const fn with(bit: u8, opcode: u16, mnemonic: &'static str, format: Format, run: Handler) -> Row {
    Row {
        facility: Facility::Bit(bit),
        ..both(opcode, mnemonic, format, run)
    }
}

impl Row {
    /// The same row, ending its block.
    const fn last(self) -> Row {
        let run = match self.run {
            Run::Cpu(f) => Run::Last(f),
            other => other,
        };
        Row { run, ..self }
    }
}

/// A row that needs the whole machine.
const fn wide(
    facility: Facility,
    opcode: u16,
    mnemonic: &'static str,
    format: Format,
    run: MachineHandler,
) -> Row {
    Row {
        opcode,
        mnemonic,
        format,
        facility,
        run: Run::Machine(run),
        chain: |_| plainly,
    }
}

/// The length of an instruction from its first byte.
#[inline(always)]
pub fn length(first: u8) -> u8 {
    match first >> 6 {
        0 => 2,
        1 | 2 => 4,
        _ => 6,
    }
}

/// The opcode of instruction bytes, as rows have it.
fn opcode(bytes: &[u8; 6]) -> u16 {
    let [first, second, .., sixth] = *bytes;
    let rest = match first {
        0x01 | 0xB2 | 0xB3 | 0xB9 | 0xE5 => second,
        0xA5 | 0xA7 | 0xC0 | 0xC2 | 0xC4 | 0xC6 | 0xC8 | 0xCC => second & 15,
        0xE3 | 0xEB | 0xEC | 0xED => sixth,
        _ => 0,
    };
    u16::from_be_bytes([first, rest])
}

struct Index {
    rows: Vec<&'static Row>,
    by_opcode: Vec<u16>,
}

fn tables() -> &'static Index {
    static INDEX: OnceLock<Index> = OnceLock::new();
    INDEX.get_or_init(|| {
        let rows: Vec<&'static Row> = FAMILIES.iter().copied().flatten().collect();
        let mut by_opcode = vec![0u16; 0x10000];
        for (i, row) in (1u16..).zip(&rows) {
            by_opcode[usize::from(row.opcode)] = i;
        }
        Index { rows, by_opcode }
    })
}

/// The row of instruction bytes, whatever the mode.
pub fn row_of(bytes: &[u8; 6]) -> Option<&'static Row> {
    row_number(bytes).map(|i| tables().rows[usize::from(i)])
}

fn row_number(bytes: &[u8; 6]) -> Option<u16> {
    tables().by_opcode[usize::from(opcode(bytes))].checked_sub(1)
}

fn there(row: &Row, zarch: bool) -> bool {
    match row.facility {
        Facility::Both => true,
        Facility::Zarch => zarch,
        Facility::Bit(bit) => zarch && SHOWN.contains(&bit),
    }
}

/// The row number of an operation that is not there.
const NO_ROW: u16 = u16::MAX;

fn not_there(_: &mut Cpu, _: &mut Storage, _: &Op) -> Step {
    Err(Stop::Program(ProgramCode::OPERATION))
}

fn machine_wide(_: &mut Cpu, _: &mut Storage, _: &Op) -> Step {
    Err(Stop::Machine)
}

/// Decodes an instruction; the operation's `off` is left zero.
pub fn decode(bytes: &[u8; 6], zarch: bool) -> Op {
    let mut op = Op {
        run: not_there,
        chain: plainly,
        imm: 0,
        disp: 0,
        d2: 0,
        off: 0,
        row: NO_ROW,
        r1: 0,
        r2: 0,
        r3: 0,
        x: NO_REGISTER,
        b: 0,
        b2: 0,
        m: 0,
        len: length(bytes[0]),
        base: NO_REGISTER,
        behind: 0,
    };
    let Some(number) = row_number(bytes) else {
        return op;
    };
    let row = tables().rows[usize::from(number)];
    if !there(row, zarch) {
        return op;
    }
    op.row = number;
    op.run = match row.run {
        Run::Cpu(f) | Run::Last(f) => f,
        Run::Machine(_) => machine_wide,
    };
    fields(&mut op, row.format, bytes);
    op.base = base_or_index(op.b);
    op.chain = (row.chain)(&op);
    op
}

/// The machine function of an operation.
pub fn machine_handler(op: &Op) -> Option<MachineHandler> {
    let row = tables().rows.get(usize::from(op.row))?;
    match row.run {
        Run::Machine(f) => Some(f),
        _ => None,
    }
}

/// The opcode of a decoded operation.
pub fn opcode_of(op: &Op) -> Option<u16> {
    Some(tables().rows.get(usize::from(op.row))?.opcode)
}

/// Whether an operation depends on where it stands when it is the target of EXECUTE.
fn has_its_place(op: &Op, zarch: bool) -> bool {
    tables().rows.get(usize::from(op.row)).is_some_and(|row| {
        use Format::*;
        let relative = matches!(
            row.format,
            RiRel | RiMask | RilRel | RilMask | RieB | RieC | RieE | Rsi
        );
        // RESUME PROGRAM has a parameter list behind it.
        zarch && relative || row.opcode == 0xB277
    })
}

/// Whether a block ends behind an operation.
pub fn ends_block(op: &Op) -> bool {
    let Some(row) = tables().rows.get(usize::from(op.row)) else {
        return true;
    };
    match row.run {
        Run::Cpu(_) => {
            matches!(
                row.format,
                Format::RrMask | Format::RxMask | Format::RiMask | Format::RilMask
            ) && op.r1 == 15
        }
        Run::Last(_) | Run::Machine(_) => true,
    }
}

/// Takes the fields of a format apart.
fn fields(op: &mut Op, format: Format, bytes: &[u8; 6]) {
    let high = |i: usize| bytes[i] >> 4;
    let low = |i: usize| bytes[i] & 15;
    let d12 = |i: usize| u16::from_be_bytes([bytes[i] & 15, bytes[i + 1]]);
    let i16_at = |i: usize| i32::from(i16::from_be_bytes([bytes[i], bytes[i + 1]]));
    let i32_at =
        |i: usize| i32::from_be_bytes([bytes[i], bytes[i + 1], bytes[i + 2], bytes[i + 3]]);
    let d20 = || {
        let high = i32::from(i8::from_be_bytes([bytes[4]]));
        high * 4096 + i32::from(d12(2))
    };
    let index = base_or_index;
    op.r1 = high(1);
    match format {
        Format::E | Format::RreNone | Format::SNone => op.r1 = 0,
        Format::I => op.imm = i32::from(bytes[1]),
        Format::Rr | Format::RrMask | Format::RrOne => op.r2 = low(1),
        Format::Rre | Format::RreOne => (op.r1, op.r2) = (high(3), low(3)),
        Format::Rrd => (op.r1, op.r3, op.r2) = (high(2), high(3), low(3)),
        Format::RrfA
        | Format::RrfB
        | Format::RrfC
        | Format::RrfD
        | Format::RrfE
        | Format::RrfX
        | Format::RrfR => {
            (op.r1, op.r2, op.r3, op.m) = (high(3), low(3), high(2), low(2));
        }
        Format::Rx | Format::RxMask => {
            (op.x, op.b, op.disp) = (index(low(1)), high(2), i32::from(d12(2)));
        }
        Format::Rxe => {
            (op.x, op.b, op.disp) = (index(low(1)), high(2), i32::from(d12(2)));
            op.m = high(4);
        }
        Format::Rxf => {
            (op.x, op.b, op.disp) = (index(low(1)), high(2), i32::from(d12(2)));
            (op.r1, op.r3) = (high(4), high(1));
        }
        Format::Rxy | Format::RxyMask => (op.x, op.b, op.disp) = (index(low(1)), high(2), d20()),
        Format::Rs | Format::RsMask | Format::RsShift => {
            (op.r3, op.b, op.disp) = (low(1), high(2), i32::from(d12(2)));
        }
        Format::Rsl => (op.b, op.disp) = (high(2), i32::from(d12(2))),
        Format::Rsi | Format::RieE => (op.r3, op.imm) = (low(1), i16_at(2)),
        Format::Rsy | Format::RsyMask | Format::RsyCond => {
            (op.r3, op.b, op.disp) = (low(1), high(2), d20());
        }
        Format::Ri | Format::RiRel | Format::RiMask => op.imm = i16_at(2),
        Format::RieA | Format::RieMask => (op.m, op.imm) = (high(4), i16_at(2)),
        Format::RieB => (op.r2, op.imm, op.m) = (low(1), i16_at(2), high(4)),
        Format::RieC => {
            (op.m, op.imm) = (low(1), i16_at(2));
            op.disp = i32::from(i8::from_be_bytes([bytes[4]]));
        }
        Format::RieD => (op.r3, op.imm) = (low(1), i16_at(2)),
        Format::RieF => {
            (op.r2, op.x, op.b, op.b2) = (low(1), bytes[2], bytes[3], bytes[4]);
            (op.imm, op.disp) = logic::halves(logic::selected(op.x, op.b));
        }
        Format::Ris => {
            (op.m, op.b, op.disp) = (low(1), high(2), i32::from(d12(2)));
            op.imm = i32::from(i8::from_be_bytes([bytes[4]]));
        }
        Format::Rrs => {
            (op.r2, op.b, op.disp, op.m) = (low(1), high(2), i32::from(d12(2)), high(4));
        }
        Format::Ril | Format::RilRel | Format::RilMask => op.imm = i32_at(2),
        Format::Si => (op.imm, op.b, op.disp) = (i32::from(bytes[1]), high(2), i32::from(d12(2))),
        Format::Siy => (op.imm, op.b, op.disp) = (i32::from(bytes[1]), high(2), d20()),
        Format::Sil => (op.b, op.disp, op.imm) = (high(2), i32::from(d12(2)), i16_at(4)),
        Format::S => (op.b, op.disp) = (high(2), i32::from(d12(2))),
        Format::Ss
        | Format::SsTwo
        | Format::SsShift
        | Format::SsKey
        | Format::SsRegs
        | Format::Sse
        | Format::Ssf => {
            op.x = bytes[1];
            (op.r2, op.r3) = (low(1), low(1));
            (op.b, op.disp) = (high(2), i32::from(d12(2)));
            (op.b2, op.d2) = (high(4), d12(4));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_opcode_is_one_row() {
        let mut seen = std::collections::HashMap::new();
        for row in FAMILIES.iter().copied().flatten() {
            if let Some(other) = seen.insert(row.opcode, row.mnemonic) {
                panic!("{:04X} is both {other} and {}", row.opcode, row.mnemonic);
            }
        }
    }
}
