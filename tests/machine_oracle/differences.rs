//! What is not compared, and why: rows that depend on time or on the machine's own description, rows that the peers
//! do not have (unicorn is QEMU 5's translator, qemu-s390x-static that of QEMU 7 or later), and what they are known
//! to do wrong, each with its section of the Principles of Operation (SA22-7832-08).

use super::cases::{Case, Repeats, is_float};
use super::peer::{DATA, DATA_SIZE, End, State};
use vmshare::machine::block::Op;
use vmshare::machine::insn::Row;

/// Rows without a comparable result: (mnemonic, reason).
pub const NOT_COMPARED: &[(&str, &str)] = &[
    ("stck", "time of day"),
    ("stckf", "time of day"),
    ("stcke", "time of day"),
    ("ectg", "time that a processor was used"),
    ("ptff", "time of day"),
    ("ecag", "describes the caches of the machine"),
    ("stfle", "describes the machine's own facilities"),
    ("iucv", "belongs to the control program, not to the machine"),
];

/// What is known of a peer.
pub struct Known {
    /// What it is.
    pub name: &'static str,
    /// Whether it does the same each time, whatever else the host does.
    pub steady: bool,
    /// Rows that it does not have; it must answer with an operation exception.
    pub not_there: &'static [&'static str],
    /// Where the two differ, and why.
    pub faults: &'static [&'static [Fault]],
}

impl Known {
    /// All its faults.
    pub fn faults(&self) -> impl Iterator<Item = &'static Fault> {
        self.faults.iter().copied().flatten()
    }
}

/// The Python package unicorn.
pub const UNICORN: Known = Known {
    name: "unicorn",
    steady: true,
    not_there: NOT_IN_UNICORN,
    faults: &[UNICORN_FAULTS, QEMU_FAULTS],
};

/// Debian's qemu-s390x-static.
pub const QEMU: Known = Known {
    name: "qemu-s390x-static",
    steady: false,
    not_there: &[
        "lmd", "cuse", "plo", "trte", "trtre", "ap", "sp", "zap", "cp", "mp", "dp", "srp", "ed",
        "edmk", "diebr", "didbr", "pfmf", "rrbm", "tar", "cfc", "upt", "cmpsc", "trap2", "trap4",
        "rp", "lptea",
    ],
    faults: &[PROGRAM_FAULTS, QEMU_FAULTS],
};

const NOT_IN_UNICORN: &[&str] = &[
    "lmd", "cpya", "bassm", "bsm", "cuse", "plo", "mc", "trte", "trtre", "cvb", "cvby", "cvbg",
    "cvdg", "ap", "sp", "zap", "cp", "mp", "dp", "srp", "ed", "edmk", "ipk", "sac", "iac", "epar",
    "esar", "ssar", "trace", "tracg", "strag", "ivsk", "palb", "pgin", "pgout", "mvck", "mvcsk",
    "mvcdk", "diebr", "didbr", "pfmf", "rrbm", "bakr", "bsa", "bsg", "ereg", "eregg", "esta",
    "lasp", "msta", "pc", "pr", "pt", "tar", "cfc", "upt", "cmpsc", "trap2", "trap4", "rp", "esea",
    "lptea",
];

/// A case in which the two differ.
pub struct Seen<'a> {
    pub row: &'a Row,
    pub case: &'a Case,
    /// The instruction, or the target of EXECUTE.
    pub op: Op,
    pub ours: &'a State,
    pub theirs: &'a State,
}

impl Seen<'_> {
    /// 24-bit or 31-bit addressing.
    fn narrow(&self) -> bool {
        self.case.mask >> 31 & 3 != 3
    }

    /// The address bits that count.
    fn address_mask(&self) -> u64 {
        match self.case.mask >> 31 & 3 {
            3 => u64::MAX,
            1 => 0x7FFF_FFFF,
            _ => 0x00FF_FFFF,
        }
    }

    fn ours_ended(&self, code: u16) -> bool {
        self.ours.end == End::Program(code)
    }

    fn theirs_ended(&self, code: u16) -> bool {
        self.theirs.end == End::Program(code)
    }

    fn both_interrupted(&self) -> bool {
        self.ours.end == self.theirs.end && self.ours.end != End::Completed
    }

    /// The outcomes would be the same with this done to the peer's.
    fn same_after(&self, change: impl FnOnce(&mut State)) -> bool {
        let mut theirs = self.theirs.clone();
        change(&mut theirs);
        super::compare(self.ours, &theirs).is_none()
    }

    fn overlap(&self) -> bool {
        let at = |b: u8, d: u64| {
            let base = if b == 0 {
                0
            } else {
                self.case.gr[usize::from(b)]
            };
            base.wrapping_add(d) & self.address_mask()
        };
        let one = at(self.op.b, self.op.disp as u64);
        let two = at(self.op.b2, u64::from(self.op.d2));
        one.abs_diff(two) < 256
    }
}

/// A known fault of the peer, or a choice that the architecture leaves open.
pub struct Fault {
    /// The rows, by mnemonic; none for all.
    pub rows: &'static [&'static str],
    /// Section of the Principles of Operation.
    pub section: &'static str,
    /// In a sentence.
    pub why: &'static str,
    /// Whether it accounts for a difference.
    pub excuses: fn(&Seen<'_>) -> bool,
}

const ADDRESSES: &[&str] = &[
    "mvcl", "clcl", "mvcle", "clcle", "mvclu", "clclu", "mvst", "clst", "srst", "srstu", "cksm",
    "tre", "troo", "trot", "trto", "trtt", "cu12", "cu14", "cu21", "cu24", "cu41", "cu42",
];

/// From floating point to integers.
const CONVERTED: &[&str] = &[
    "cfebra", "cfdbra", "cfxbra", "cgebra", "cgdbra", "cgxbra", "cfebr", "cfdbr", "cfxbr", "cgebr",
    "cgdbr", "cgxbr", "clfebr", "clfdbr", "clfxbr", "clgebr", "clgdbr", "clgxbr",
];

/// Of both, which have one origin.
const QEMU_FAULTS: &[Fault] = &[
    Fault {
        rows: &[
            "lrl", "lgrl", "lgfrl", "llgfrl", "strl", "stgrl", "crl", "cgrl", "cgfrl", "clrl",
            "clgrl", "clgfrl", "chrl", "cghrl", "clhrl", "clghrl", "lhrl", "lghrl", "llhrl",
            "llghrl", "sthrl",
        ],
        section: "7 LOAD RELATIVE LONG and others: specification exception off the operand's boundary",
        why: "relative operands are not checked for their boundary",
        excuses: |s| s.ours_ended(6),
    },
    Fault {
        rows: &[
            "clc", "clm", "clmy", "clmh", "cksm", "clcl", "clcle", "clclu", "nc", "oc", "xc", "tr",
            "trt", "trtr",
        ],
        section: "5 Operand access: exceptions for bytes that need not be looked at",
        why: "the peer stops before the byte that is not there",
        excuses: |s| s.ours_ended(5) && s.theirs.end == End::Completed,
    },
    Fault {
        rows: &["mvclu", "clclu"],
        section: "7 MOVE LONG UNICODE: specification exception with an odd length",
        why: "odd lengths are taken",
        excuses: |s| s.ours_ended(6),
    },
    Fault {
        rows: &["lpd", "lpdg", "csst"],
        section: "6 Priority of program interruptions: specification and access exceptions of two operands",
        why: "a choice of the model",
        excuses: |s| s.ours_ended(6) && s.theirs_ended(5) || s.ours_ended(5) && s.theirs_ended(6),
    },
    Fault {
        rows: &["loc", "locg"],
        section: "7 LOAD ON CONDITION: exceptions when the condition is not met",
        why: "a choice of the model",
        excuses: |s| s.ours.end == End::Completed && s.theirs_ended(5),
    },
    Fault {
        rows: &["clst", "srst", "mvst", "cuse"],
        section: "7 COMPARE LOGICAL STRING: specification exception unless bits 32-55 of register 0 are zeros",
        why: "not checked",
        excuses: |s| s.ours_ended(6),
    },
    Fault {
        rows: ADDRESSES,
        section: "7, each instruction: registers that are both an address and something else",
        why: "units of operation of different size see different values in between",
        excuses: |s| {
            let (r1, r2, r3) = (s.op.r1 & 14, s.op.r2 & 14, s.op.r3 & 14);
            match s.row.mnemonic {
                "mvcle" | "clcle" | "mvclu" | "clclu" => {
                    s.op.b != 0 && [r1, r3].contains(&(s.op.b & 14))
                }
                "srst" | "srstu" | "mvst" | "clst" => r1 == 0 || r2 == 0,
                "mvcl" | "clcl" => false,
                "cksm" => r1 == r2,
                _ => r1 == r2 || r1 == 0 || r2 == 0,
            }
        },
    },
    Fault {
        rows: &["trtt", "trot", "trto", "troo"],
        section: "7 TRANSLATE TWO TO TWO: nothing is done when the length is zero",
        why: "a character is translated before the length is looked at",
        excuses: |s| s.case.gr[usize::from((s.op.r1 + 1) & 15)] == 0,
    },
    Fault {
        rows: &["mvst"],
        section: "7 MOVE STRING: R2 is updated when condition code 3 ends a unit of operation",
        why: "the peer ends at the page boundary first",
        excuses: |s| s.same_after(|t| t.gr[usize::from(s.op.r2)] = s.ours.gr[usize::from(s.op.r2)]),
    },
    Fault {
        rows: &["trtt", "trot", "trto", "troo"],
        section: "7 TRANSLATE TWO TO TWO: specification exception with an odd R1 or length",
        why: "not checked",
        excuses: |s| s.ours_ended(6),
    },
    Fault {
        rows: &["pka", "pku"],
        section: "7 PACK ASCII",
        why: "the leftmost digit of the second operand is lost",
        excuses: |_| true,
    },
    Fault {
        rows: &["pka", "pku", "unpka", "unpku"],
        section: "7 PACK ASCII: overlapping operands are unpredictable",
        why: "a choice of the model",
        excuses: |s| s.overlap(),
    },
    Fault {
        rows: &["cdsg", "cdsy", "cds"],
        section: "7 COMPARE DOUBLE AND SWAP: specification exception with an odd register or off the boundary",
        why: "not checked",
        excuses: |s| s.ours_ended(6),
    },
    Fault {
        rows: &["tr"],
        section: "7 TRANSLATE: nullified or suppressed as a whole",
        why: "the bytes before the one that cannot be translated are replaced",
        excuses: |s| s.both_interrupted(),
    },
    Fault {
        rows: &["csst"],
        section: "7 COMPARE AND SWAP AND STORE: a word is compared with bits 32-63 of the register",
        why: "it is put into bits 0-31",
        excuses: |s| s.case.gr[0] & 0xFF == 0 && s.same_after(|t| t.gr = s.ours.gr),
    },
    Fault {
        rows: &[
            "stm", "stmy", "stmg", "stam", "stamy", "lam", "lamy", "lm", "lmy", "lmg", "lmh",
            "icm", "icmy", "icmh", "stcm", "stcmy", "stcmh", "stctl", "stctg",
        ],
        section: "5 Types of instruction ending: suppression or termination by access exceptions",
        why: "the peer stores or loads what is before the exception",
        excuses: |s| s.both_interrupted(),
    },
    Fault {
        rows: &[],
        section: "5 Interruptible instructions: units of operation completed before the exception",
        why: "the peer does not commit them",
        excuses: |s| s.case.repeats != Repeats::Never && s.both_interrupted(),
    },
    Fault {
        rows: &[],
        section: "6 Data-exception code, 19 IEEE exceptions: operations that complete although they trap",
        why: "the result is not placed, and inexact results are never 'incremented'",
        excuses: |s| {
            const DETAIL: u32 = 0x0C00;
            let dxc = s.ours.fpc >> 8 & 0xFF;
            is_float(s.row)
                && s.both_interrupted()
                && matches!(dxc, 0x08..=0x2F)
                && s.ours.fpc & !DETAIL == s.theirs.fpc & !DETAIL
                || s.both_interrupted()
                    && matches!(dxc, 0x08 | 0x0C)
                    && matches!(s.theirs.fpc & 0xFF00, 0x0800)
                    && s.ours.fpc & !DETAIL == s.theirs.fpc & !DETAIL
        },
    },
    Fault {
        rows: &["ltebr", "ltdbr", "ltxbr"],
        section: "19 LOAD AND TEST: invalid operation with a signaling NaN",
        why: "the NaN stays signaling",
        excuses: |s| s.ours.cc() == 3 || s.ours_ended(7),
    },
    Fault {
        rows: &[],
        section: "19 IEEE underflow: an exact tiny result traps when the mask is one",
        why: "exact results never underflow",
        excuses: |s| {
            let dxc = s.ours.fpc >> 8 & 0xFF;
            is_float(s.row) && s.ours_ended(7) && dxc == 0x10 && s.theirs.end == End::Completed
        },
    },
    Fault {
        rows: &[],
        section: "19 NaNs: the first operand's before the second's",
        why: "of two NaNs the larger is taken, or the positive one",
        excuses: |s| {
            let nan = |v: u64| {
                v >> 51 & 0xFFF == 0xFFF || v >> 54 & 0x1FF == 0x1FF || v >> 47 & 0xFFFF == 0xFFFF
            };
            let r = usize::from(s.op.r1);
            is_float(s.row)
                && nan(s.ours.fpr[r])
                && nan(s.theirs.fpr[r])
                && s.same_after(|t| {
                    t.fpr = s.ours.fpr;
                    // A signaling NaN that is not the first one found may go unnoticed.
                    t.fpc |= s.ours.fpc & 0x0080_0000;
                })
        },
    },
    Fault {
        rows: &["ledbra", "ldxbra", "lexbra"],
        section: "19 LOAD ROUNDED: the first register must name a pair when the source is extended",
        why: "not checked",
        excuses: |s| s.ours_ended(6),
    },
    Fault {
        rows: &["mdebr", "mdeb", "mxdbr", "mxdb"],
        section: "19 MULTIPLY: both operands are of the narrower format",
        why: "the first operand is taken in the wider format (the manual's model compares all but NaNs)",
        excuses: |_| true,
    },
    Fault {
        rows: CONVERTED,
        section: "19 CONVERT TO FIXED: condition code 3, invalid and inexact, out of range and for NaNs",
        why: "older rules",
        excuses: |s| s.ours.cc() == 3,
    },
];

/// Of unicorn alone.
const UNICORN_FAULTS: &[Fault] = &[
    Fault {
        rows: &["la", "lay", "larl", "lae", "laey"],
        section: "7 LOAD ADDRESS: bits 0-31 remain unchanged in 24-bit and 31-bit addressing",
        why: "the whole register is replaced",
        excuses: |s| {
            let r = usize::from(s.op.r1);
            s.narrow()
                && s.same_after(|t| {
                    t.gr[r] = t.gr[r] & s.address_mask() | s.case.gr[r] & !0xFFFF_FFFF;
                    t.ar = s.ours.ar;
                })
        },
    },
    Fault {
        rows: &["lae", "laey"],
        section: "7 LOAD ADDRESS EXTENDED: access register R1",
        why: "another access register is set",
        excuses: |s| s.same_after(|t| t.ar = s.ours.ar),
    },
    Fault {
        rows: &["icm", "icmy", "icmh"],
        section: "7 INSERT CHARACTERS UNDER MASK: condition code from the inserted bytes",
        why: "masks other than one, two or four bytes together give a wrong condition code",
        excuses: |s| {
            let gaps = !matches!(s.op.r3, 0..=4 | 6 | 8 | 12 | 15);
            gaps && s.same_after(|t| t.mask = s.ours.mask)
        },
    },
    Fault {
        rows: &[
            "ar", "agr", "agfr", "ark", "agrk", "a", "ay", "ag", "agf", "ah", "ahy", "ahi", "aghi",
            "afi", "agfi", "ahik", "aghik", "asi", "agsi", "laa", "laag", "ahhhr", "ahhlr", "aih",
            "sr", "sgr", "sgfr", "srk", "sgrk", "s", "sy", "sg", "sgf", "sh", "shy", "shhhr",
            "shhlr",
        ],
        section: "7 ADD, SUBTRACT: condition code 3 on overflow",
        why: "an overflow with the result 0, or from 0, is not seen",
        excuses: |s| s.ours.cc() == 3 && s.same_after(|t| t.mask = s.ours.mask),
    },
    Fault {
        rows: &["clfit", "clgit"],
        section: "7 COMPARE LOGICAL IMMEDIATE AND TRAP: the immediate is unsigned",
        why: "the immediate is sign-extended",
        excuses: |s| s.op.imm < 0,
    },
    Fault {
        rows: &["rnsbg", "rosbg", "rxsbg"],
        section: "7 ROTATE THEN AND SELECTED BITS: T bit",
        why: "with the test bit the first operand is not looked at",
        excuses: |s| s.op.x & 0x80 != 0 && s.same_after(|t| t.mask = s.ours.mask),
    },
    Fault {
        rows: &["risbhg", "risblg"],
        section: "7 ROTATE THEN INSERT SELECTED BITS HIGH, LOW",
        why: "the bits that remain are taken from the wrong word",
        excuses: |_| true,
    },
    Fault {
        rows: &[],
        section: "5 Address generation: branch addresses are cut to the addressing mode",
        why: "addresses in registers and relative ones are not cut",
        excuses: |s| s.narrow() && s.same_after(|t| t.address &= s.address_mask()),
    },
    Fault {
        rows: ADDRESSES,
        section: "7, each instruction: bits that are no part of the address may be zero or remain",
        why: "a choice of the model",
        excuses: |s| {
            s.narrow()
                && s.same_after(|t| {
                    for i in 0..16 {
                        let keep = s.address_mask();
                        t.gr[i] = t.gr[i] & keep | s.ours.gr[i] & !keep;
                    }
                })
        },
    },
    Fault {
        rows: &["icm", "icmy", "icmh", "clm", "clmy", "clmh"],
        section: "7 INSERT CHARACTERS UNDER MASK: with a zero mask exceptions are recognized for one byte",
        why: "nothing is fetched",
        excuses: |s| s.op.r3 == 0 && s.ours_ended(5),
    },
    Fault {
        rows: &["cksm"],
        section: "7 CHECKSUM: specification exception with an odd R2",
        why: "not checked",
        excuses: |s| s.ours_ended(6),
    },
    Fault {
        rows: &[
            "bras", "brasl", "brc", "brcl", "brct", "brctg", "brxh", "brxle", "brxhg", "brxlg",
            "larl",
        ],
        section: "7 EXECUTE: a relative target branches from its own place",
        why: "it branches from the EXECUTE",
        excuses: |s| !s.case.target.is_empty(),
    },
    Fault {
        rows: &["unpk"],
        section: "7 UNPACK: each byte of the second operand is fetched once",
        why: "overlapping operands are fetched twice",
        excuses: |s| s.overlap(),
    },
    Fault {
        rows: &["cksm", "tre", "troo", "trot", "trto", "trtt"],
        section: "7 CHECKSUM, TRANSLATE EXTENDED: lengths and addresses of 24 and 31 bits",
        why: "the whole register counts",
        excuses: |s| s.narrow(),
    },
    Fault {
        rows: &["unpk"],
        section: "7 UNPACK",
        why: "the leftmost digit of the second operand is lost",
        excuses: |s| s.op.x >> 4 >= 2 * (s.op.x & 15) - u8::from(s.op.x & 15 != 0),
    },
    Fault {
        rows: &["csst"],
        section: "7 COMPARE AND SWAP AND STORE: store characteristic 0 needs no boundary",
        why: "a specification exception for any second operand",
        excuses: |s| s.case.gr[0] >> 8 & 0xFF == 0 && s.theirs_ended(6),
    },
    Fault {
        rows: &["csst"],
        section: "7 COMPARE AND SWAP AND STORE: the parameter list is on a quadword boundary",
        why: "the address is rounded down",
        excuses: |s| s.ours_ended(6),
    },
    Fault {
        rows: &["epsw"],
        section: "7 EXTRACT PSW",
        why: "the condition code is not in the PSW yet",
        excuses: |s| s.same_after(|t| t.gr[usize::from(s.op.r1)] |= s.case.mask >> 32 & 0x3000),
    },
    Fault {
        rows: &["sacf", "mvcp", "mvcs", "mvpg", "tprot"],
        section: "10: which exceptions come first in the problem state",
        why: "treated as privileged whatever the operands, or not at all",
        excuses: |s| s.theirs_ended(2) || s.ours_ended(2),
    },
    Fault {
        rows: &["lxr"],
        section: "9 LOAD: data exception 1 for either register without the AFP-register control",
        why: "the second register is not checked",
        excuses: |s| s.ours_ended(7) && s.case.without_afp,
    },
    Fault {
        rows: &["lexbra", "ldxbra", "ledbra"],
        section: "19 LOAD ROUNDED: a signaling NaN becomes quiet",
        why: "it does not",
        excuses: |s| {
            let r = usize::from(s.op.r1);
            let quiet = if s.row.mnemonic == "ldxbra" {
                1 << 51
            } else {
                1 << 54
            };
            s.same_after(|t| t.fpr[r] |= quiet)
        },
    },
    Fault {
        rows: &["lxdbr", "lxebr", "lxdb", "lxeb"],
        section: "19 LOAD LENGTHENED: a signaling NaN becomes quiet",
        why: "it does not",
        excuses: |s| {
            let r = usize::from(s.op.r1 & 13);
            s.same_after(|t| t.fpr[r] |= 0x0000_8000_0000_0000)
        },
    },
];

/// What only a program under Linux meets.
const PROGRAM_FAULTS: &[Fault] = &[
    Fault {
        rows: &[],
        section: "4 Problem state: privileged and semiprivileged instructions",
        why: "a program under Linux has none of them, no PSW key and no key mask",
        excuses: |s| {
            let privileged = s.ours_ended(2) || s.ours_ended(19);
            privileged && (s.theirs_ended(1) || s.theirs_ended(6) || s.row.mnemonic == "mvpg")
        },
    },
    Fault {
        rows: &[],
        section: "7 branches",
        why: "an operation exception two bytes before the next instruction is one of the place branched to",
        excuses: |s| {
            let behind = s.case.at + s.case.code.len() as u64;
            s.theirs_ended(1) && s.ours.end == End::Completed && s.ours.address == behind - 2
        },
    },
    Fault {
        rows: &[],
        section: "7 branches",
        why: "what is branched to runs as well: the instruction itself, or data",
        excuses: |s| {
            let data = DATA..DATA + DATA_SIZE as u64;
            let to = s.ours.address;
            s.ours.end == End::Completed && (to == s.case.at || data.contains(&to))
        },
    },
    Fault {
        rows: &["epsw", "sam24", "sam31", "sac", "sacf"],
        section: "7 EXTRACT PSW, SET ADDRESSING MODE; 10 SET ADDRESS SPACE CONTROL",
        why: "the PSW of a program is not the case's",
        excuses: |_| true,
    },
    Fault {
        rows: &[],
        section: "3 Addressing: what is not there",
        why: "the program itself lies there, or its stack",
        excuses: |s| {
            let there = |at: u64| matches!(at >> 28, 5 | 0x400..=0x40F);
            let gr = |r: u8| s.case.gr[usize::from(r & 15)];
            let base = gr(s.op.b).wrapping_add(s.op.disp as u64);
            s.ours_ended(5) && (there(base) || there(base.wrapping_add(gr(s.op.x & 15))))
        },
    },
    Fault {
        rows: &["trot"],
        section: "7 TRANSLATE ONE TO TWO: the test character has two bytes",
        why: "one byte of it is compared",
        excuses: |s| {
            let found = |state: &State| state.end == End::Completed && state.cc() == 1;
            found(s.ours) || found(s.theirs)
        },
    },
    Fault {
        rows: &["larl"],
        section: "7 LOAD ADDRESS RELATIVE LONG: a 32-bit number of halfwords",
        why: "twice the number is cut to 32 bits",
        excuses: |s| s.op.imm.checked_mul(2).is_none(),
    },
    Fault {
        rows: CONVERTED,
        section: "19 CONVERT TO FIXED: data-exception code 80 when invalid",
        why: "invalid and inexact at once",
        excuses: |s| {
            let dxc = |state: &State| state.fpc >> 8 & 0xFF;
            s.both_interrupted() && dxc(s.ours) == 0x80 && dxc(s.theirs) == 0x88
        },
    },
];
