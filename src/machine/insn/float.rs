//! Binary floating point, and loads and stores of floating-point registers
//! (Principles of Operation, chapters 9 and 19).

use super::Format::*;
use super::soft::{
    Context, EXTENDED, INVALID, Kind, LONG, Mode, Number, Rounded, SHORT, Shape, Trap, masks_of,
    mode_of, order,
};
use super::source::*;
use super::{Row, both, hot, long, with};
use crate::machine::bits::{
    bits128, high32, high64, join32, join64, low32, low64, signed32, signed64,
};
use crate::machine::block::Op;
use crate::machine::cpu::{Cpu, ProgramCode, Step, Stop};
use crate::machine::storage::Storage;

pub(super) const TABLE: &[Row] = &[
    // Loads and stores
    both(0x3800, "ler", Rr, move_register::<Short>),
    both(0x2800, "ldr", Rr, move_register::<Long>),
    both(0xB365, "lxr", Rre, move_register::<Extended>),
    both(0x7800, "le", Rx, load::<Short>),
    both(0x6800, "ld", Rx, load::<Long>),
    with(18, 0xED64, "ley", Rxy, load::<Short>),
    with(18, 0xED65, "ldy", Rxy, load::<Long>),
    both(0x7000, "ste", Rx, store::<Short>),
    both(0x6000, "std", Rx, store::<Long>),
    with(18, 0xED66, "stey", Rxy, store::<Short>),
    with(18, 0xED67, "stdy", Rxy, store::<Long>),
    both(0xB374, "lzer", RreOne, load_zero::<Short>),
    both(0xB375, "lzdr", RreOne, load_zero::<Long>),
    both(0xB376, "lzxr", RreOne, load_zero::<Extended>),
    with(41, 0xB370, "lpdfr", Rre, copy_sign::<0>),
    with(41, 0xB371, "lndfr", Rre, copy_sign::<1>),
    with(41, 0xB372, "cpsdr", RrfB, copy_sign::<2>),
    with(41, 0xB373, "lcdfr", Rre, copy_sign::<3>),
    hot!(with(41, 0xB3C1, "ldgr", Rre; from_general)),
    hot!(with(41, 0xB3CD, "lgdr", Rre; to_general)),
    // Signs and tests
    both(0xB300, "lpebr", Rre, sign::<Short, Positive>),
    both(0xB310, "lpdbr", Rre, sign::<Long, Positive>),
    both(0xB340, "lpxbr", Rre, sign::<Extended, Positive>),
    both(0xB301, "lnebr", Rre, sign::<Short, Negative>),
    both(0xB311, "lndbr", Rre, sign::<Long, Negative>),
    both(0xB341, "lnxbr", Rre, sign::<Extended, Negative>),
    both(0xB303, "lcebr", Rre, sign::<Short, Complement>),
    both(0xB313, "lcdbr", Rre, sign::<Long, Complement>),
    both(0xB343, "lcxbr", Rre, sign::<Extended, Complement>),
    both(0xB302, "ltebr", Rre, load_and_test::<Short>),
    both(0xB312, "ltdbr", Rre, load_and_test::<Long>),
    both(0xB342, "ltxbr", Rre, load_and_test::<Extended>),
    both(0xED10, "tceb", Rxe, test_class::<Short>),
    both(0xED11, "tcdb", Rxe, test_class::<Long>),
    both(0xED12, "tcxb", Rxe, test_class::<Extended>),
    // Compare
    both(0xB309, "cebr", Rre, compare::<Short, Register, Quietly>),
    both(0xB319, "cdbr", Rre, compare::<Long, Register, Quietly>),
    both(0xB349, "cxbr", Rre, compare::<Extended, Register, Quietly>),
    both(0xED09, "ceb", Rxe, compare::<Short, Storage2, Quietly>),
    both(0xED19, "cdb", Rxe, compare::<Long, Storage2, Quietly>),
    both(0xB308, "kebr", Rre, compare::<Short, Register, Signaling>),
    both(0xB318, "kdbr", Rre, compare::<Long, Register, Signaling>),
    both(
        0xB348,
        "kxbr",
        Rre,
        compare::<Extended, Register, Signaling>,
    ),
    both(0xED08, "keb", Rxe, compare::<Short, Storage2, Signaling>),
    both(0xED18, "kdb", Rxe, compare::<Long, Storage2, Signaling>),
    // Add, subtract
    both(0xB30A, "aebr", Rre, add::<Short, Register>),
    both(0xB31A, "adbr", Rre, add::<Long, Register>),
    both(0xB34A, "axbr", Rre, add::<Extended, Register>),
    both(0xED0A, "aeb", Rxe, add::<Short, Storage2>),
    both(0xED1A, "adb", Rxe, add::<Long, Storage2>),
    both(0xB30B, "sebr", Rre, subtract::<Short, Register>),
    both(0xB31B, "sdbr", Rre, subtract::<Long, Register>),
    both(0xB34B, "sxbr", Rre, subtract::<Extended, Register>),
    both(0xED0B, "seb", Rxe, subtract::<Short, Storage2>),
    both(0xED1B, "sdb", Rxe, subtract::<Long, Storage2>),
    // Multiply, divide
    both(0xB317, "meebr", Rre, multiply::<Short, Short, Register>),
    both(0xB31C, "mdbr", Rre, multiply::<Long, Long, Register>),
    both(
        0xB34C,
        "mxbr",
        Rre,
        multiply::<Extended, Extended, Register>,
    ),
    both(0xB30C, "mdebr", Rre, multiply::<Short, Long, Register>),
    both(0xB307, "mxdbr", Rre, multiply::<Long, Extended, Register>),
    both(0xED17, "meeb", Rxe, multiply::<Short, Short, Storage2>),
    both(0xED1C, "mdb", Rxe, multiply::<Long, Long, Storage2>),
    both(0xED0C, "mdeb", Rxe, multiply::<Short, Long, Storage2>),
    both(0xED07, "mxdb", Rxe, multiply::<Long, Extended, Storage2>),
    both(0xB30D, "debr", Rre, divide::<Short, Register>),
    both(0xB31D, "ddbr", Rre, divide::<Long, Register>),
    both(0xB34D, "dxbr", Rre, divide::<Extended, Register>),
    both(0xED0D, "deb", Rxe, divide::<Short, Storage2>),
    both(0xED1D, "ddb", Rxe, divide::<Long, Storage2>),
    both(0xB30E, "maebr", Rrd, multiply_add::<Short, Register, Plus>),
    both(0xB31E, "madbr", Rrd, multiply_add::<Long, Register, Plus>),
    both(0xED0E, "maeb", Rxf, multiply_add::<Short, Storage2, Plus>),
    both(0xED1E, "madb", Rxf, multiply_add::<Long, Storage2, Plus>),
    both(0xB30F, "msebr", Rrd, multiply_add::<Short, Register, Minus>),
    both(0xB31F, "msdbr", Rrd, multiply_add::<Long, Register, Minus>),
    both(0xED0F, "mseb", Rxf, multiply_add::<Short, Storage2, Minus>),
    both(0xED1F, "msdb", Rxf, multiply_add::<Long, Storage2, Minus>),
    both(0xB314, "sqebr", Rre, square_root::<Short, Register>),
    both(0xB315, "sqdbr", Rre, square_root::<Long, Register>),
    both(0xB316, "sqxbr", Rre, square_root::<Extended, Register>),
    both(0xED14, "sqeb", Rxe, square_root::<Short, Storage2>),
    both(0xED15, "sqdb", Rxe, square_root::<Long, Storage2>),
    // Between formats
    both(
        0xB304,
        "ldebr",
        Rre,
        convert_format::<Short, Long, Register>,
    ),
    both(
        0xB305,
        "lxdbr",
        Rre,
        convert_format::<Long, Extended, Register>,
    ),
    both(
        0xB306,
        "lxebr",
        Rre,
        convert_format::<Short, Extended, Register>,
    ),
    both(0xED04, "ldeb", Rxe, convert_format::<Short, Long, Storage2>),
    both(
        0xED05,
        "lxdb",
        Rxe,
        convert_format::<Long, Extended, Storage2>,
    ),
    both(
        0xED06,
        "lxeb",
        Rxe,
        convert_format::<Short, Extended, Storage2>,
    ),
    both(0xB344, "ledbra", RrfX, load_rounded::<Long, Short>),
    both(0xB345, "ldxbra", RrfX, load_rounded::<Extended, Long>),
    both(0xB346, "lexbra", RrfX, load_rounded::<Extended, Short>),
    both(0xB357, "fiebra", RrfX, to_integral::<Short>),
    both(0xB35F, "fidbra", RrfX, to_integral::<Long>),
    both(0xB347, "fixbra", RrfX, to_integral::<Extended>),
    both(0xB353, "diebr", RrfB, divide_to_integer::<Short>),
    both(0xB35B, "didbr", RrfB, divide_to_integer::<Long>),
    // To and from integers
    both(0xB394, "cefbra", RrfX, from_integer::<Short, Word32>),
    both(0xB395, "cdfbra", RrfX, from_integer::<Long, Word32>),
    both(0xB396, "cxfbra", RrfX, from_integer::<Extended, Word32>),
    long(0xB3A4, "cegbra", RrfX, from_integer::<Short, Word64>),
    long(0xB3A5, "cdgbra", RrfX, from_integer::<Long, Word64>),
    long(0xB3A6, "cxgbra", RrfX, from_integer::<Extended, Word64>),
    with(
        37,
        0xB390,
        "celfbr",
        RrfX,
        from_integer::<Short, Unsigned32>,
    ),
    with(37, 0xB391, "cdlfbr", RrfX, from_integer::<Long, Unsigned32>),
    with(
        37,
        0xB392,
        "cxlfbr",
        RrfX,
        from_integer::<Extended, Unsigned32>,
    ),
    with(
        37,
        0xB3A0,
        "celgbr",
        RrfX,
        from_integer::<Short, Unsigned64>,
    ),
    with(37, 0xB3A1, "cdlgbr", RrfX, from_integer::<Long, Unsigned64>),
    with(
        37,
        0xB3A2,
        "cxlgbr",
        RrfX,
        from_integer::<Extended, Unsigned64>,
    ),
    both(0xB398, "cfebra", RrfX, to_integer::<Short, Word32>),
    both(0xB399, "cfdbra", RrfX, to_integer::<Long, Word32>),
    both(0xB39A, "cfxbra", RrfX, to_integer::<Extended, Word32>),
    long(0xB3A8, "cgebra", RrfX, to_integer::<Short, Word64>),
    long(0xB3A9, "cgdbra", RrfX, to_integer::<Long, Word64>),
    long(0xB3AA, "cgxbra", RrfX, to_integer::<Extended, Word64>),
    with(37, 0xB39C, "clfebr", RrfX, to_integer::<Short, Unsigned32>),
    with(37, 0xB39D, "clfdbr", RrfX, to_integer::<Long, Unsigned32>),
    with(
        37,
        0xB39E,
        "clfxbr",
        RrfX,
        to_integer::<Extended, Unsigned32>,
    ),
    with(37, 0xB3AC, "clgebr", RrfX, to_integer::<Short, Unsigned64>),
    with(37, 0xB3AD, "clgdbr", RrfX, to_integer::<Long, Unsigned64>),
    with(
        37,
        0xB3AE,
        "clgxbr",
        RrfX,
        to_integer::<Extended, Unsigned64>,
    ),
];

/// A width of floating-point data.
trait Width {
    const SHAPE: Shape;
    const BITS: u32;
    fn get(cpu: &Cpu, r: u8) -> u128;
    fn set(cpu: &mut Cpu, r: u8, v: u128);
    fn load(cpu: &mut Cpu, st: &mut Storage, at: u64, b: u8) -> Result<u128, Stop>;
    fn store(cpu: &mut Cpu, st: &mut Storage, at: u64, b: u8, v: u128) -> Step;
    /// Whether the register may name a datum of this width.
    fn check(r: u8) -> Step {
        let _ = r;
        Ok(())
    }
}

struct Short;
struct Long;
struct Extended;

impl Width for Short {
    const SHAPE: Shape = SHORT;
    const BITS: u32 = 32;
    fn get(cpu: &Cpu, r: u8) -> u128 {
        u128::from(high32(cpu.fpr[usize::from(r & 15)]))
    }
    fn set(cpu: &mut Cpu, r: u8, v: u128) {
        let f = &mut cpu.fpr[usize::from(r & 15)];
        *f = join32(low32(low64(v)), low32(*f));
    }
    fn load(cpu: &mut Cpu, st: &mut Storage, at: u64, b: u8) -> Result<u128, Stop> {
        Ok(u128::from(cpu.load::<u32>(st, at, b)?))
    }
    fn store(cpu: &mut Cpu, st: &mut Storage, at: u64, b: u8, v: u128) -> Step {
        cpu.store(st, at, b, low32(low64(v)))
    }
}

impl Width for Long {
    const SHAPE: Shape = LONG;
    const BITS: u32 = 64;
    fn get(cpu: &Cpu, r: u8) -> u128 {
        u128::from(cpu.fpr[usize::from(r & 15)])
    }
    fn set(cpu: &mut Cpu, r: u8, v: u128) {
        cpu.fpr[usize::from(r & 15)] = low64(v);
    }
    fn load(cpu: &mut Cpu, st: &mut Storage, at: u64, b: u8) -> Result<u128, Stop> {
        Ok(u128::from(cpu.load::<u64>(st, at, b)?))
    }
    fn store(cpu: &mut Cpu, st: &mut Storage, at: u64, b: u8, v: u128) -> Step {
        cpu.store(st, at, b, low64(v))
    }
}

impl Width for Extended {
    const SHAPE: Shape = EXTENDED;
    const BITS: u32 = 128;
    fn get(cpu: &Cpu, r: u8) -> u128 {
        let r = usize::from(r & 13);
        join64(cpu.fpr[r], cpu.fpr[r + 2])
    }
    fn set(cpu: &mut Cpu, r: u8, v: u128) {
        let r = usize::from(r & 13);
        cpu.fpr[r] = high64(v);
        cpu.fpr[r + 2] = low64(v);
    }
    fn load(cpu: &mut Cpu, st: &mut Storage, at: u64, b: u8) -> Result<u128, Stop> {
        let mut bytes = [0u8; 16];
        cpu.fetch_bytes(st, at, b, &mut bytes)?;
        Ok(u128::from_be_bytes(bytes))
    }
    fn store(cpu: &mut Cpu, st: &mut Storage, at: u64, b: u8, v: u128) -> Step {
        cpu.store_bytes(st, at, b, &v.to_be_bytes())
    }
    fn check(r: u8) -> Step {
        // Pairs are 0 and 2, 1 and 3, 4 and 6, …
        if r & 2 != 0 {
            return Err(Stop::Program(ProgramCode::SPECIFICATION));
        }
        Ok(())
    }
}

/// Where the second operand comes from.
trait Operand {
    fn get<W: Width>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Result<u128, Stop>;
    fn check<W: Width>(op: &Op) -> Step;
}

struct Register;
struct Storage2;

impl Operand for Register {
    fn get<W: Width>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Result<u128, Stop> {
        Ok(W::get(cpu, op.r2))
    }
    fn check<W: Width>(op: &Op) -> Step {
        W::check(op.r2)
    }
}

impl Operand for Storage2 {
    fn get<W: Width>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Result<u128, Stop> {
        let a = address(cpu, op);
        W::load(cpu, st, a, op.b)
    }
    fn check<W: Width>(_: &Op) -> Step {
        Ok(())
    }
}

pub(super) fn data(cpu: &mut Cpu, dxc: u8) -> Stop {
    cpu.fault.dxc = dxc;
    Stop::Program(ProgramCode::DATA)
}

/// The AFP-register control must be one for the instructions of this chapter.
#[inline]
pub(super) fn afp(cpu: &mut Cpu) -> Step {
    if cpu.cr[0] & 0x4_0000 == 0 {
        return Err(data(cpu, 2));
    }
    Ok(())
}

/// Without the AFP-register control only registers 0, 2, 4 and 6 are there.
#[inline]
fn old_register(cpu: &mut Cpu, registers: &[u8]) -> Step {
    if cpu.cr[0] & 0x4_0000 == 0 && registers.iter().any(|r| r & 9 != 0) {
        return Err(data(cpu, 1));
    }
    Ok(())
}

fn context(cpu: &Cpu) -> Context {
    Context {
        mode: mode_of(cpu.fpc),
        masks: masks_of(cpu.fpc),
        flags: 0,
        trap: None,
        suppress_inexact: false,
    }
}

/// Flags and trap of an operation whose result has been placed.
fn finish(cpu: &mut Cpu, c: &Context) -> Step {
    cpu.fpc |= u32::from(c.flags) << 16;
    match c.trap {
        Some(dxc) => Err(data(cpu, dxc)),
        None => Ok(()),
    }
}

/// The outcome of an operation that may have been suppressed.
fn unless_trapped<T>(cpu: &mut Cpu, v: Result<T, Trap>) -> Result<T, Stop> {
    v.map_err(|dxc| data(cpu, dxc))
}

/// The condition code of a number.
fn number_cc(n: &Number) -> u8 {
    match n.kind {
        Kind::Zero => 0,
        Kind::Quiet | Kind::Signaling => 3,
        _ if n.negative => 1,
        _ => 2,
    }
}

fn move_register<W: Width>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    old_register(cpu, &[op.r1, op.r2])?;
    W::check(op.r1)?;
    W::check(op.r2)?;
    let v = W::get(cpu, op.r2);
    W::set(cpu, op.r1, v);
    Ok(())
}

fn load<W: Width>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    old_register(cpu, &[op.r1])?;
    let a = address(cpu, op);
    let v = W::load(cpu, st, a, op.b)?;
    W::set(cpu, op.r1, v);
    Ok(())
}

fn store<W: Width>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    old_register(cpu, &[op.r1])?;
    let a = address(cpu, op);
    let v = W::get(cpu, op.r1);
    W::store(cpu, st, a, op.b, v)
}

fn load_zero<W: Width>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    old_register(cpu, &[op.r1])?;
    W::check(op.r1)?;
    W::set(cpu, op.r1, 0);
    Ok(())
}

/// LOAD POSITIVE, LOAD NEGATIVE, COPY SIGN, LOAD COMPLEMENT of a sign bit alone.
fn copy_sign<const WHICH: u8>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    old_register(cpu, &[op.r1, op.r2, op.r3])?;
    const SIGN: u64 = 1 << 63;
    let v = cpu.fpr[usize::from(op.r2)];
    cpu.fpr[usize::from(op.r1)] = match WHICH {
        0 => v & !SIGN,
        1 => v | SIGN,
        2 => v & !SIGN | cpu.fpr[usize::from(op.r3)] & SIGN,
        _ => v ^ SIGN,
    };
    Ok(())
}

fn from_general(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    old_register(cpu, &[op.r1])?;
    cpu.fpr[usize::from(op.r1)] = cpu.gr64(op.r2);
    Ok(())
}

fn to_general(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    old_register(cpu, &[op.r2])?;
    let v = cpu.fpr[usize::from(op.r2)];
    cpu.set_gr64(op.r1, v);
    Ok(())
}

/// What becomes of a sign.
trait SignRule {
    fn of(negative: bool) -> bool;
}
struct Positive;
struct Negative;
struct Complement;
impl SignRule for Positive {
    fn of(_: bool) -> bool {
        false
    }
}
impl SignRule for Negative {
    fn of(_: bool) -> bool {
        true
    }
}
impl SignRule for Complement {
    fn of(negative: bool) -> bool {
        !negative
    }
}

fn check_pair<W: Width>(cpu: &mut Cpu, op: &Op) -> Step {
    afp(cpu)?;
    W::check(op.r1)?;
    W::check(op.r2)
}

fn sign<W: Width, R: SignRule>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    check_pair::<W>(cpu, op)?;
    let v = W::get(cpu, op.r2);
    let bit = 1u128 << (W::BITS - 1);
    let v = if R::of(v & bit != 0) {
        v | bit
    } else {
        v & !bit
    };
    W::set(cpu, op.r1, v);
    cpu.set_cc(number_cc(&Number::unpack(v, W::SHAPE)));
    Ok(())
}

fn load_and_test<W: Width>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    check_pair::<W>(cpu, op)?;
    let mut c = context(cpu);
    let v = W::get(cpu, op.r2);
    let n = Number::unpack(v, W::SHAPE);
    let v = if n.kind == Kind::Signaling {
        let quiet = unless_trapped(cpu, c.nan(&[n]))?;
        c.pack(quiet, W::SHAPE)
    } else {
        v
    };
    W::set(cpu, op.r1, v);
    cpu.set_cc(number_cc(&n));
    finish(cpu, &c)
}

fn test_class<W: Width>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    afp(cpu)?;
    W::check(op.r1)?;
    let mask = low32(address(cpu, op)) & 0xFFF;
    let v = W::get(cpu, op.r1);
    let n = Number::unpack(v, W::SHAPE);
    let class = match n.kind {
        Kind::Zero => 0,
        Kind::Finite if Number::is_subnormal(v, W::SHAPE) => 2,
        Kind::Finite => 1,
        Kind::Infinity => 3,
        Kind::Quiet => 4,
        Kind::Signaling => 5,
    };
    let bit = 0x800 >> (2 * class + u32::from(n.negative));
    cpu.set_cc(u8::from(mask & bit != 0));
    Ok(())
}

/// Which NaNs make a comparison invalid.
trait NanRule {
    fn invalid(n: &Number) -> bool;
}
struct Quietly;
struct Signaling;
impl NanRule for Quietly {
    fn invalid(n: &Number) -> bool {
        n.kind == Kind::Signaling
    }
}
impl NanRule for Signaling {
    fn invalid(n: &Number) -> bool {
        n.is_nan()
    }
}

fn compare<W: Width, S: Operand, R: NanRule>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    afp(cpu)?;
    W::check(op.r1)?;
    S::check::<W>(op)?;
    let b = Number::unpack(S::get::<W>(cpu, st, op)?, W::SHAPE);
    let a = Number::unpack(W::get(cpu, op.r1), W::SHAPE);
    if R::invalid(&a) || R::invalid(&b) {
        if masks_of(cpu.fpc) & INVALID != 0 {
            return Err(data(cpu, INVALID));
        }
        cpu.fpc |= u32::from(INVALID) << 16;
    }
    cpu.set_cc(if a.is_nan() || b.is_nan() {
        3
    } else {
        super::compare::order_cc(order(&a, &b))
    });
    Ok(())
}

/// Two operands of one width; the result goes to the first register.
#[inline(always)]
fn binary<W: Width, S: Operand>(
    cpu: &mut Cpu,
    st: &mut Storage,
    op: &Op,
    f: impl FnOnce(&mut Context, Number, Number) -> Result<Number, Trap>,
) -> Result<(Number, Step), Stop> {
    afp(cpu)?;
    W::check(op.r1)?;
    S::check::<W>(op)?;
    let b = Number::unpack(S::get::<W>(cpu, st, op)?, W::SHAPE);
    let a = Number::unpack(W::get(cpu, op.r1), W::SHAPE);
    let mut c = context(cpu);
    let n = unless_trapped(cpu, f(&mut c, a, b))?;
    let bits = c.pack(n, W::SHAPE);
    W::set(cpu, op.r1, bits);
    Ok((Number::unpack(bits, W::SHAPE), finish(cpu, &c)))
}

fn add<W: Width, S: Operand>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let (n, done) = binary::<W, S>(cpu, st, op, |c, a, b| c.add(a, b))?;
    // The condition code is set even when the completed operation traps.
    cpu.set_cc(number_cc(&n));
    done
}

fn subtract<W: Width, S: Operand>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let (n, done) = binary::<W, S>(cpu, st, op, |c, a, b| c.add(a, b.negated()))?;
    cpu.set_cc(number_cc(&n));
    done
}

fn multiply<W: Width, To: Width, S: Operand>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    afp(cpu)?;
    To::check(op.r1)?;
    S::check::<W>(op)?;
    let b = Number::unpack(S::get::<W>(cpu, st, op)?, W::SHAPE);
    let a = Number::unpack(W::get(cpu, op.r1), W::SHAPE);
    let mut c = context(cpu);
    let n = unless_trapped(cpu, c.multiply(a, b))?;
    let bits = c.pack(n, To::SHAPE);
    To::set(cpu, op.r1, bits);
    finish(cpu, &c)
}

fn divide<W: Width, S: Operand>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    let (_, done) = binary::<W, S>(cpu, st, op, |c, a, b| c.divide(a, b))?;
    done
}

/// Whether the third operand is added or subtracted.
trait Third {
    fn of(n: Number) -> Number;
}
struct Plus;
struct Minus;
impl Third for Plus {
    fn of(n: Number) -> Number {
        n
    }
}
impl Third for Minus {
    fn of(n: Number) -> Number {
        n.negated()
    }
}

fn multiply_add<W: Width, S: Operand, R: Third>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    afp(cpu)?;
    let b = Number::unpack(S::get::<W>(cpu, st, op)?, W::SHAPE);
    let a = Number::unpack(W::get(cpu, op.r3), W::SHAPE);
    let third = R::of(Number::unpack(W::get(cpu, op.r1), W::SHAPE));
    let mut c = context(cpu);
    let n = unless_trapped(cpu, c.multiply_add(b, a, third))?;
    let bits = c.pack(n, W::SHAPE);
    W::set(cpu, op.r1, bits);
    finish(cpu, &c)
}

/// One operand; the result goes to the first register in the format `To`.
#[inline(always)]
fn unary<W: Width, To: Width, S: Operand>(
    cpu: &mut Cpu,
    st: &mut Storage,
    op: &Op,
    f: impl FnOnce(&mut Context, Number) -> Result<Number, Trap>,
) -> Step {
    afp(cpu)?;
    To::check(op.r1)?;
    S::check::<W>(op)?;
    let a = Number::unpack(S::get::<W>(cpu, st, op)?, W::SHAPE);
    let mut c = context(cpu);
    let n = unless_trapped(cpu, f(&mut c, a))?;
    let bits = c.pack(n, To::SHAPE);
    To::set(cpu, op.r1, bits);
    finish(cpu, &c)
}

fn square_root<W: Width, S: Operand>(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Step {
    unary::<W, W, S>(cpu, st, op, Context::square_root)
}

fn convert_format<W: Width, To: Width, S: Operand>(
    cpu: &mut Cpu,
    st: &mut Storage,
    op: &Op,
) -> Step {
    unary::<W, To, S>(
        cpu,
        st,
        op,
        |c, a| {
            if a.is_nan() { c.nan(&[a]) } else { Ok(a) }
        },
    )
}

/// The context of an instruction with a rounding method in M3 and the inexact-suppression control in M4.
/// Method 3 and M4 belong to the floating-point-extension facility.
fn modified(cpu: &Cpu, op: &Op) -> Result<Context, Stop> {
    let mut c = context(cpu);
    c.mode = method(cpu, op.r3)?;
    c.suppress_inexact = cpu.psw.zarch && op.m & 4 != 0;
    Ok(c)
}

/// The rounding method of a mask field.
fn method(cpu: &Cpu, mask: u8) -> Result<Mode, Stop> {
    Ok(match mask {
        0 => mode_of(cpu.fpc),
        1 => Mode::Away,
        3 if cpu.psw.zarch => Mode::Shorter,
        4 => Mode::Nearest,
        5 => Mode::Zero,
        6 => Mode::Up,
        7 => Mode::Down,
        _ => return Err(Stop::Program(ProgramCode::SPECIFICATION)),
    })
}

fn load_rounded<W: Width, To: Width>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    // A trapped result is in the format of the source, so both registers must be able to hold it.
    afp(cpu)?;
    W::check(op.r1)?;
    W::check(op.r2)?;
    let mut c = modified(cpu, op)?;
    let a = Number::unpack(W::get(cpu, op.r2), W::SHAPE);
    let a = if a.is_nan() {
        unless_trapped(cpu, c.nan(&[a]))?
    } else {
        a
    };
    match c.load_rounded(a, W::SHAPE, To::SHAPE) {
        Rounded::Target(bits) => To::set(cpu, op.r1, bits),
        Rounded::Source(bits) => W::set(cpu, op.r1, bits),
    }
    finish(cpu, &c)
}

fn to_integral<W: Width>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    check_pair::<W>(cpu, op)?;
    let mut c = modified(cpu, op)?;
    let a = Number::unpack(W::get(cpu, op.r2), W::SHAPE);
    let n = unless_trapped(cpu, c.round_to_integral(a))?;
    let bits = c.pack(n, W::SHAPE);
    W::set(cpu, op.r1, bits);
    finish(cpu, &c)
}

/// The remainder goes to the first register, the quotient to the third.
fn divide_to_integer<W: Width>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    afp(cpu)?;
    let quotient_mode = method(cpu, op.m)?;
    if op.r1 == op.r2 || op.r1 == op.r3 || op.r2 == op.r3 {
        return Err(Stop::Program(ProgramCode::SPECIFICATION));
    }
    let a = Number::unpack(W::get(cpu, op.r1), W::SHAPE);
    let b = Number::unpack(W::get(cpu, op.r2), W::SHAPE);
    let mut c = context(cpu);
    let d = unless_trapped(cpu, c.divide_to_integer(a, b, quotient_mode, W::SHAPE))?;
    W::set(cpu, op.r1, d.remainder);
    W::set(cpu, op.r3, d.quotient);
    cpu.set_cc(d.cc);
    finish(cpu, &c)
}

/// A kind of integer in a general register.
trait Integer {
    const LEAST: i128;
    const MOST: i128;
    fn get(cpu: &Cpu, r: u8) -> i128;
    fn set(cpu: &mut Cpu, r: u8, v: i128);
}

/// Signed, 32 bits.
struct Word32;
/// Signed, 64 bits.
struct Word64;
/// Unsigned, 32 bits.
struct Unsigned32;
/// Unsigned, 64 bits.
struct Unsigned64;

impl Integer for Word32 {
    const LEAST: i128 = -0x8000_0000;
    const MOST: i128 = 0x7FFF_FFFF;
    fn get(cpu: &Cpu, r: u8) -> i128 {
        i128::from(signed32(cpu.gr32(r)))
    }
    fn set(cpu: &mut Cpu, r: u8, v: i128) {
        cpu.set_gr32(r, low32(low64(bits128(v))));
    }
}

impl Integer for Word64 {
    const LEAST: i128 = -0x8000_0000_0000_0000;
    const MOST: i128 = 0x7FFF_FFFF_FFFF_FFFF;
    fn get(cpu: &Cpu, r: u8) -> i128 {
        i128::from(signed64(cpu.gr64(r)))
    }
    fn set(cpu: &mut Cpu, r: u8, v: i128) {
        cpu.set_gr64(r, low64(bits128(v)));
    }
}

impl Integer for Unsigned32 {
    const LEAST: i128 = 0;
    const MOST: i128 = 0xFFFF_FFFF;
    fn get(cpu: &Cpu, r: u8) -> i128 {
        i128::from(cpu.gr32(r))
    }
    fn set(cpu: &mut Cpu, r: u8, v: i128) {
        Word32::set(cpu, r, v);
    }
}

impl Integer for Unsigned64 {
    const LEAST: i128 = 0;
    const MOST: i128 = 0xFFFF_FFFF_FFFF_FFFF;
    fn get(cpu: &Cpu, r: u8) -> i128 {
        i128::from(cpu.gr64(r))
    }
    fn set(cpu: &mut Cpu, r: u8, v: i128) {
        Word64::set(cpu, r, v);
    }
}

fn from_integer<W: Width, I: Integer>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    afp(cpu)?;
    W::check(op.r1)?;
    let mut c = modified(cpu, op)?;
    let bits = c.pack(Number::from_integer(I::get(cpu, op.r2)), W::SHAPE);
    W::set(cpu, op.r1, bits);
    finish(cpu, &c)
}

fn to_integer<W: Width, I: Integer>(cpu: &mut Cpu, _: &mut Storage, op: &Op) -> Step {
    afp(cpu)?;
    W::check(op.r2)?;
    let mut c = modified(cpu, op)?;
    let a = Number::unpack(W::get(cpu, op.r2), W::SHAPE);
    let (v, fits) = unless_trapped(cpu, c.round_to_integer(a, I::LEAST, I::MOST))?;
    I::set(cpu, op.r1, v);
    cpu.set_cc(match (fits, a.kind) {
        (false, _) => 3,
        (_, Kind::Zero) => 0,
        _ if a.negative => 1,
        _ => 2,
    });
    finish(cpu, &c)
}
