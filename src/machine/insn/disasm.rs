//! The disassembler: mnemonics and operands as the assembler writes them, from the rows.

use super::{Format, Row, length, row_of};
use crate::machine::bits::bits64;

/// One disassembled instruction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Disassembly {
    /// The mnemonic in upper case, `????` for what is no instruction.
    pub mnemonic: String,
    /// The operands.
    pub operands: String,
    /// The length in bytes: 2, 4 or 6.
    pub length: usize,
}

/// Disassembles the instruction whose bytes start `bytes`, standing at logical address `at`.
/// Missing bytes count as zeros.
pub fn disassemble(bytes: &[u8], at: u64) -> Disassembly {
    let mut whole = [0u8; 6];
    let n = bytes.len().min(6);
    whole[..n].copy_from_slice(&bytes[..n]);
    let len = usize::from(length(whole[0]));
    let Some(row) = row_of(&whole) else {
        return Disassembly {
            mnemonic: "????".into(),
            operands: String::new(),
            length: len,
        };
    };
    Disassembly {
        mnemonic: row.mnemonic.to_ascii_uppercase(),
        operands: operands(row, &whole, at),
        length: len,
    }
}

/// A storage operand: displacement, with index and base where they are.
fn storage(disp: i32, x: u8, b: u8) -> String {
    let sign = if disp < 0 { "-" } else { "" };
    let d = format!("{sign}X'{:X}'", disp.unsigned_abs());
    match (x, b) {
        (0, 0) => d,
        (0, b) => format!("{d}({b})"),
        (x, b) => format!("{d}({x},{b})"),
    }
}

/// A storage operand with a length.
fn with_length(disp: i32, len: u8, b: u8) -> String {
    format!("X'{disp:X}'({},{b})", u16::from(len) + 1)
}

fn operands(row: &Row, bytes: &[u8; 6], at: u64) -> String {
    let mut op = super::decode(bytes, true);
    if op.row == super::NO_ROW {
        super::fields(&mut op, row.format, bytes);
    }
    let (r1, r2, r3, m) = (op.r1, op.r2, op.r3, op.m);
    let mem = storage(op.disp, op.x & 15, op.b);
    let base = storage(op.disp, 0, op.b);
    let target = format!("{:X}", at.wrapping_add(bits64(i64::from(op.imm) * 2)));
    let imm = op.imm;
    match row.format {
        Format::E | Format::RreNone | Format::SNone => String::new(),
        Format::I => format!("{imm}"),
        Format::Rr | Format::Rre | Format::RrMask => format!("{r1},{r2}"),
        Format::RrOne | Format::RreOne => format!("{r1}"),
        Format::Rrd | Format::RrfR => format!("{r1},{r3},{r2}"),
        // INVALIDATE PAGE TABLE ENTRY, SET STORAGE KEY EXTENDED and INVALIDATE DAT TABLE ENTRY are mostly
        // written without what may be left out.
        Format::RrfA if row.opcode == 0xB221 && m != 0 => format!("{r1},{r2},{r3},{m}"),
        Format::RrfA if row.opcode == 0xB221 && r3 == 0 => format!("{r1},{r2}"),
        Format::RrfC if row.opcode == 0xB22B && r3 == 0 => format!("{r1},{r2}"),
        Format::RrfB if row.opcode == 0xB98E && m == 0 => format!("{r1},{r3},{r2}"),
        Format::RrfA => format!("{r1},{r2},{r3}"),
        // COPY SIGN has no mask.
        Format::RrfB if row.opcode == 0xB372 => format!("{r1},{r3},{r2}"),
        Format::RrfB => format!("{r1},{r3},{r2},{m}"),
        Format::RrfC => format!("{r1},{r2},{r3}"),
        Format::RrfD => format!("{r1},{r2},{m}"),
        Format::RrfE => format!("{r1},{r3},{r2}"),
        Format::RrfX => format!("{r1},{r3},{r2},{m}"),
        Format::Rx | Format::RxMask | Format::Rxe | Format::Rxy | Format::RxyMask => {
            format!("{r1},{mem}")
        }
        Format::Rxf => format!("{r1},{r3},{mem}"),
        Format::Rs | Format::RsMask | Format::Rsy | Format::RsyMask => {
            format!("{r1},{r3},{base}")
        }
        Format::RsShift => format!("{r1},{base}"),
        Format::RsyCond => format!("{r1},{base},{r3}"),
        Format::Rsi | Format::RieE => format!("{r1},{r3},{target}"),
        Format::Rsl => with_length(op.disp, r1, op.b),
        Format::Ri | Format::Ril => format!("{r1},{imm}"),
        Format::RiRel | Format::RiMask | Format::RilRel | Format::RilMask => {
            format!("{r1},{target}")
        }
        Format::RieA => format!("{r1},{imm},{m}"),
        Format::RieMask => format!("{m},{imm}"),
        Format::RieB => format!("{r1},{r2},{m},{target}"),
        Format::RieC => format!("{r1},{},{m},{target}", op.disp),
        Format::RieD => format!("{r1},{r3},{imm}"),
        Format::RieF => format!("{r1},{r2},{},{},{}", op.x, op.b, op.b2),
        Format::Ris => format!("{r1},{imm},{m},{base}"),
        Format::Rrs => format!("{r1},{r2},{m},{base}"),
        Format::Si | Format::Siy => format!("{base},X'{imm:02X}'"),
        // COMPARE LOGICAL has a number without a sign.
        Format::Sil if matches!(row.opcode, 0xE555 | 0xE559 | 0xE55D) => {
            format!("{base},{}", imm & 0xFFFF)
        }
        Format::Sil => format!("{base},{imm}"),
        Format::S => base,
        // PACK ASCII and PACK UNICODE: the length is that of the second operand.
        Format::Ss if matches!(row.opcode, 0xE100 | 0xE900) => {
            let second = with_length(i32::from(op.d2), op.x, op.b2);
            format!("{base},{second}")
        }
        Format::Ss => {
            let second = storage(i32::from(op.d2), 0, op.b2);
            format!("{},{second}", with_length(op.disp, op.x, op.b))
        }
        Format::SsTwo => {
            let second = with_length(i32::from(op.d2), r2, op.b2);
            format!("{},{second}", with_length(op.disp, r1, op.b))
        }
        Format::SsShift => {
            let second = storage(i32::from(op.d2), 0, op.b2);
            format!("{},{second},{r3}", with_length(op.disp, r1, op.b))
        }
        Format::SsKey => {
            let second = storage(i32::from(op.d2), 0, op.b2);
            format!("X'{:X}'({r1},{}),{second},{r3}", op.disp, op.b)
        }
        Format::SsRegs => {
            let second = storage(i32::from(op.d2), 0, op.b2);
            match row.opcode {
                // PERFORM LOCKED OPERATION.
                0xEE00 => format!("{r1},{base},{r3},{second}"),
                _ => format!("{r1},{r3},{base},{second}"),
            }
        }
        Format::Sse => format!("{base},{}", storage(i32::from(op.d2), 0, op.b2)),
        Format::Ssf => {
            let second = storage(i32::from(op.d2), 0, op.b2);
            match row.opcode {
                // The register comes last for MVCOS, ECTG and CSST, first for LOAD PAIR DISJOINT.
                0xC800..=0xC802 => format!("{base},{second},{r1}"),
                _ => format!("{r1},{base},{second}"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_as_the_assembler_writes() {
        let show = |bytes: &[u8], at| {
            let d = disassemble(bytes, at);
            format!("{} {}", d.mnemonic, d.operands)
                .trim_end()
                .to_string()
        };
        assert_eq!(show(&[0x18, 0x12], 0), "LR 1,2");
        assert_eq!(show(&[0xA7, 0xF4, 0x00, 0x10], 0x10000), "BRC 15,10020");
        assert_eq!(
            show(&[0xD2, 0x07, 0x10, 0x00, 0x20, 0x08], 0),
            "MVC X'0'(8,1),X'8'(2)"
        );
        assert_eq!(
            show(&[0xE3, 0x10, 0x2F, 0xF0, 0xFF, 0x04], 0),
            "LG 1,-X'10'(2)"
        );
        assert_eq!(show(&[0, 0], 0), "????");
    }
}
